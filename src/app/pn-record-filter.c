/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-record-filter.h"

#include <string.h>

#define MAX_TEXT 256 /* bytes; the helper refuses more */

/* Their options of QueryRecords. */
static const char *const options_of_columns[PN_RECORD_FILTER_N_COLUMNS] = {
  [PN_RECORD_FILTER_BATCH] = "batch", [PN_RECORD_FILTER_MODEL] = "model",
  [PN_RECORD_FILTER_IMAGE] = "image", [PN_RECORD_FILTER_KEY] = "key",
  [PN_RECORD_FILTER_CLASS] = "class", [PN_RECORD_FILTER_OVERRIDE] = "override",
};

struct _PnRecordFilter
{
  GObject parent_instance;
  char *verdict, *text;
  char *values[PN_RECORD_FILTER_N_COLUMNS];
  gint64 since, until;
};

static guint changed_signal;

G_DEFINE_FINAL_TYPE (PnRecordFilter, pn_record_filter, G_TYPE_OBJECT)

static void
pn_record_filter_finalize (GObject *object)
{
  PnRecordFilter *self = PN_RECORD_FILTER (object);

  g_free (self->verdict);
  for (guint i = 0; i < PN_RECORD_FILTER_N_COLUMNS; i++)
    g_free (self->values[i]);
  g_free (self->text);
  G_OBJECT_CLASS (pn_record_filter_parent_class)->finalize (object);
}

static void
pn_record_filter_class_init (PnRecordFilterClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = pn_record_filter_finalize;
  changed_signal = g_signal_new ("changed", PN_TYPE_RECORD_FILTER, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 0);
}

static void
pn_record_filter_init (PnRecordFilter *self)
{
}

PnRecordFilter *
pn_record_filter_new (void)
{
  return g_object_new (PN_TYPE_RECORD_FILTER, NULL);
}

const char *
pn_record_filter_get_verdict (PnRecordFilter *self)
{
  return self->verdict;
}

const char *
pn_record_filter_get_value (PnRecordFilter *self, PnRecordFilterColumn column)
{
  return self->values[column];
}

/* Empty is none. */
static gboolean
replace (char **field, const char *value)
{
  if (value != NULL && value[0] == '\0')
    value = NULL;
  if (g_strcmp0 (*field, value) == 0)
    return FALSE;
  g_free (*field);
  *field = g_strdup (value);
  return TRUE;
}

static void
set_word (PnRecordFilter *self, char **field, const char *value)
{
  if (replace (field, value))
    g_signal_emit (self, changed_signal, 0);
}

void
pn_record_filter_set_verdict (PnRecordFilter *self, const char *verdict)
{
  set_word (self, &self->verdict, verdict);
}

void
pn_record_filter_set_value (PnRecordFilter *self, PnRecordFilterColumn column, const char *value)
{
  set_word (self, &self->values[column], value);
}

void
pn_record_filter_set_text (PnRecordFilter *self, const char *text)
{
  g_autofree char *stripped = g_strstrip (g_strdup (text != NULL ? text : ""));

  if (strlen (stripped) > MAX_TEXT)
    {
      stripped[MAX_TEXT] = '\0';
      *(char *) g_utf8_find_prev_char (stripped, stripped + MAX_TEXT) = '\0';
    }
  set_word (self, &self->text, stripped);
}

void
pn_record_filter_set_time (PnRecordFilter *self, gint64 since, gint64 until)
{
  if (self->since == since && self->until == until)
    return;
  self->since = since;
  self->until = until;
  g_signal_emit (self, changed_signal, 0);
}

gboolean
pn_record_filter_is_set (PnRecordFilter *self)
{
  for (guint i = 0; i < PN_RECORD_FILTER_N_COLUMNS; i++)
    if (self->values[i] != NULL)
      return TRUE;
  return self->verdict != NULL || self->text != NULL || self->since != 0 || self->until != 0;
}

void
pn_record_filter_clear (PnRecordFilter *self)
{
  if (!pn_record_filter_is_set (self))
    return;
  (void) replace (&self->verdict, NULL);
  for (guint i = 0; i < PN_RECORD_FILTER_N_COLUMNS; i++)
    (void) replace (&self->values[i], NULL);
  (void) replace (&self->text, NULL);
  self->since = self->until = 0;
  g_signal_emit (self, changed_signal, 0);
}

void
pn_record_filter_add_options (PnRecordFilter *self, GVariantDict *options, const char *verdict)
{
  const char *wanted[] = { verdict != NULL ? verdict : self->verdict, NULL };

  if (wanted[0] != NULL && wanted[0][0] != '\0')
    g_variant_dict_insert_value (options, "verdicts", g_variant_new_strv (wanted, -1));
  for (guint i = 0; i < PN_RECORD_FILTER_N_COLUMNS; i++)
    if (self->values[i] != NULL)
      g_variant_dict_insert (options, options_of_columns[i], "s", self->values[i]);
  if (self->text != NULL)
    g_variant_dict_insert (options, "text", "s", self->text);
  if (self->since != 0)
    g_variant_dict_insert (options, "since", "x", self->since);
  if (self->until != 0)
    g_variant_dict_insert (options, "until", "x", self->until);
}
