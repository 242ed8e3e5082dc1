/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-run-report.h"

#define MAX_LINES 2000
#define MAX_EVIDENCE 256
#define MAX_SENTENCE 2000 /* bytes */
#define MAX_PHASES 100

typedef struct
{
  gint64 time;
  char *sentence;
} Line;

struct _PnRunReport
{
  PnDbusRun *object; /* which this is the data of */
  GHashTable *evidence;
  GQueue lines;  /* Line, the newest last */
  guint n_lines; /* that were said in all; the first has the number 0 */
};

static void
line_free (gpointer data)
{
  Line *line = data;

  g_free (line->sentence);
  g_free (line);
}

static void
report_free (gpointer data)
{
  PnRunReport *self = data;

  g_hash_table_unref (self->evidence);
  g_queue_clear_full (&self->lines, line_free);
  g_free (self);
}

GVariant *
pn_run_report_read (PnRunReport *self, guint first, guint *next)
{
  guint oldest = self->n_lines - g_queue_get_length (&self->lines);
  guint begin = CLAMP (first, oldest, self->n_lines);
  GVariantBuilder lines;

  g_variant_builder_init (&lines, G_VARIANT_TYPE ("a(xs)"));
  for (GList *at = g_queue_peek_nth_link (&self->lines, begin - oldest); at != NULL; at = at->next)
    g_variant_builder_add (&lines, "(xs)", ((Line *) at->data)->time,
                           ((Line *) at->data)->sentence);
  if (next != NULL)
    *next = self->n_lines;
  return g_variant_builder_end (&lines);
}

static gboolean
get_log_cb (PnDbusRun *object,
            GDBusMethodInvocation *invocation,
            guint first,
            GVariant *options,
            PnRunReport *self)
{
  guint next;
  GVariant *lines = pn_run_report_read (self, first, &next);

  pn_dbus_run_complete_get_log (object, invocation, lines, next);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

PnRunReport *
pn_run_report_new (PnDbusRun *object)
{
  PnRunReport *self = g_new0 (PnRunReport, 1);

  self->object = object;
  self->evidence = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_queue_init (&self->lines);
  pn_dbus_run_set_evidence (object, g_variant_new ("a{ss}", NULL));
  pn_dbus_run_set_phases (object, g_variant_new ("a(sxx)", NULL));
  g_signal_connect (object, "handle-get-log", G_CALLBACK (get_log_cb), self);
  g_object_set_data_full (G_OBJECT (object), "pn-run-report", self, report_free);
  return self;
}

void
pn_run_report_learn (PnRunReport *self, const char *key, const char *value)
{
  GVariantBuilder builder;
  GHashTableIter iter;
  gpointer name, text;

  if (g_hash_table_size (self->evidence) >= MAX_EVIDENCE ||
      g_strcmp0 (g_hash_table_lookup (self->evidence, key), value) == 0)
    return;
  g_hash_table_insert (self->evidence, g_strdup (key), g_strdup (value));
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ss}"));
  g_hash_table_iter_init (&iter, self->evidence);
  while (g_hash_table_iter_next (&iter, &name, &text))
    g_variant_builder_add (&builder, "{ss}", name, text);
  pn_dbus_run_set_evidence (self->object, g_variant_builder_end (&builder));
}

void
pn_run_report_phase (PnRunReport *self, const char *phase)
{
  GVariant *before = pn_dbus_run_get_phases (self->object);
  gint64 now = g_get_real_time ();
  GVariantBuilder builder;
  GVariantIter iter;
  const char *earlier;
  gint64 began, ended;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(sxx)"));
  g_variant_iter_init (&iter, before);
  while (g_variant_iter_next (&iter, "(&sxx)", &earlier, &began, &ended))
    g_variant_builder_add (&builder, "(sxx)", earlier, began, ended != 0 ? ended : now);
  if (phase != NULL && g_variant_n_children (before) < MAX_PHASES)
    g_variant_builder_add (&builder, "(sxx)", phase, now, (gint64) 0);
  pn_dbus_run_set_phases (self->object, g_variant_builder_end (&builder));
}

/* Not in the middle of a character. */
static char *
cut (const char *sentence)
{
  g_autofree char *start = g_strndup (sentence, MAX_SENTENCE);

  return g_utf8_make_valid (start, -1);
}

void
pn_run_report_log (PnRunReport *self, const char *sentence)
{
  Line *line = g_new0 (Line, 1);

  line->time = g_get_real_time ();
  line->sentence = cut (sentence);
  g_queue_push_tail (&self->lines, line);
  self->n_lines++;
  if (g_queue_get_length (&self->lines) > MAX_LINES)
    line_free (g_queue_pop_head (&self->lines));
  pn_dbus_run_emit_logged (self->object, line->time, line->sentence);
}
