/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-slot-text.h"

#include <glib/gi18n.h>
#include <string.h>

#include "pn-evidence.h"
#include "pn-format.h"

#define LEFT_TO_RIGHT "\u200e"

static guint64
get_size (PnClientRun *run, PnEvidence evidence)
{
  const char *text = pn_evidence_get (run, evidence);
  guint64 size = 0;

  if (text != NULL)
    (void) g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT64, &size, NULL);
  return size;
}

static char *
make_model (PnClientRun *run, gboolean whole)
{
  const char *model = run != NULL ? pn_evidence_get (run, PN_EVIDENCE_MODEL) : NULL;
  g_autoptr (GString) text = g_string_new (model);
  guint64 memory, storage;

  if (model == NULL)
    return g_strdup ("");
  memory = get_size (run, PN_EVIDENCE_MEMORY);
  storage = get_size (run, PN_EVIDENCE_STORAGE_SIZE);
  if (memory >= (1u << 30))
    /* Translators: a device's memory. */
    g_string_append_printf (text, _ (", %u GB"), (guint) ((memory + (1u << 29)) >> 30));
  if (whole && storage > 0)
    {
      g_autofree char *size = g_format_size (storage);

      /* Translators: the size of a device's storage. */
      g_string_append_printf (text, _ (", %s storage"), size);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

char *
pn_slot_text_model (gpointer self, PnClientRun *run, GVariant *evidence)
{
  return make_model (run, TRUE);
}

/* Where there is no room for the storage. */
static char *
brief_model (gpointer self, PnClientRun *run, GVariant *evidence)
{
  return make_model (run, FALSE);
}

char *
pn_slot_text_serial (gpointer self, PnClientRun *run, const char *serial)
{
  gsize length = serial != NULL ? strlen (serial) : 0;

  if (length == 0)
    return g_strdup (run != NULL ? _ ("Serial not read yet") : "");
  if (length <= 8)
    return g_strdup_printf (LEFT_TO_RIGHT "%s" LEFT_TO_RIGHT, serial);
  return g_strdup_printf (LEFT_TO_RIGHT "…%.4s %.4s" LEFT_TO_RIGHT, serial + length - 8,
                          serial + length - 4);
}

char *
pn_slot_text_mac (gpointer self, PnClientRun *run, GVariant *evidence)
{
  const char *mac = run != NULL ? pn_evidence_get (run, PN_EVIDENCE_ETHERNET) : NULL;

  return mac != NULL ? g_strdup_printf (LEFT_TO_RIGHT "%s" LEFT_TO_RIGHT, mac) : g_strdup ("");
}

/* Its last three bytes: the first three only name the maker. */
static char *
shorten_mac (PnClientRun *run)
{
  const char *mac = run != NULL ? pn_evidence_get (run, PN_EVIDENCE_ETHERNET) : NULL;

  if (mac == NULL || strlen (mac) != 17)
    return g_strdup (mac != NULL ? mac : "");
  return g_strdup_printf (LEFT_TO_RIGHT "…%s" LEFT_TO_RIGHT, mac + 9);
}

static char *
make_attempt (guint attempt)
{
  /* Translators: the how many-th time that this device is tried, on a card: short. */
  return attempt > 1 ? g_strdup_printf (_ ("try %u"), attempt) : g_strdup ("");
}

char *
pn_slot_text_identity (
    gpointer self, PnClientRun *run, const char *serial, GVariant *evidence, guint attempt)
{
  g_autofree char *short_serial = pn_slot_text_serial (self, run, serial);
  g_autofree char *more = attempt > 1 ? make_attempt (attempt) : shorten_mac (run);

  return g_strconcat (short_serial, more[0] != '\0' ? " · " : "", more, NULL);
}

char *
pn_slot_text_whole_identity (
    gpointer self, PnClientRun *run, const char *serial, GVariant *evidence, guint attempt)
{
  g_autofree char *mac = pn_slot_text_mac (self, run, evidence);
  g_autofree char *model = pn_slot_text_model (self, run, evidence);
  g_autofree char *try = make_attempt (attempt);
  g_autofree char *found =
      run != NULL ? pn_evidence_class_text (pn_evidence_get (run, PN_EVIDENCE_CLASS),
                                            pn_evidence_get (run, PN_EVIDENCE_UNFINISHED))
                  : NULL;
  const char *parts[] = { found != NULL ? found : "", model, serial != NULL ? serial : "", mac,
                          try };
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    if (parts[i][0] != '\0')
      g_string_append_printf (text, "%s%s", text->len > 0 ? "\n" : "", parts[i]);
  return text->len > 0 ? g_string_free (g_steal_pointer (&text), FALSE) : NULL;
}

char *
pn_slot_text_percent (gpointer self, double fraction)
{
  return fraction >= 0 ? pn_format_percent (fraction) : g_strdup ("");
}

char *
pn_slot_text_rate (gpointer self, double rate)
{
  return pn_format_rate (rate);
}

char *
pn_slot_text_left (gpointer self, int seconds)
{
  return pn_format_left (seconds);
}

char *
pn_slot_text_elapsed (gpointer self, gint64 started, gint64 ended, gint64 now)
{
  return started > 0 ? pn_format_elapsed ((ended > 0 ? ended : now) - started) : g_strdup ("");
}

void
pn_slot_text_bind (GtkWidgetClass *widget_class)
{
  static const struct
  {
    const char *name;
    GCallback callback;
  } closures[] = {
    { "model", G_CALLBACK (pn_slot_text_model) },
    { "brief_model", G_CALLBACK (brief_model) },
    { "serial", G_CALLBACK (pn_slot_text_serial) },
    { "identity", G_CALLBACK (pn_slot_text_identity) },
    { "whole_identity", G_CALLBACK (pn_slot_text_whole_identity) },
    { "mac", G_CALLBACK (pn_slot_text_mac) },
    { "percent", G_CALLBACK (pn_slot_text_percent) },
    { "rate", G_CALLBACK (pn_slot_text_rate) },
    { "left", G_CALLBACK (pn_slot_text_left) },
    { "elapsed", G_CALLBACK (pn_slot_text_elapsed) },
  };

  for (guint i = 0; i < G_N_ELEMENTS (closures); i++)
    gtk_widget_class_bind_template_callback_full (widget_class, closures[i].name,
                                                  closures[i].callback);
}
