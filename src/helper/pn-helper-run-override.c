/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The overrides that one run goes by. What was for the device when the run began stays as it was
 * then; what nobody could know then, since the device had not said its serial, ends the run before
 * anything is changed. */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <unistd.h>

#include "pn-audit.h"
#include "pn-helper-run-private.h"
#include "pn-overrides.h"

static gboolean
is_used (PnHelperRun *self, const PnOverride *override)
{
  for (guint i = 0; i < self->overrides->len; i++)
    if (((PnOverride *) self->overrides->pdata[i])->id == override->id)
      return TRUE;
  return FALSE;
}

void
pn_helper_run_use_override (PnHelperRun *self, PnOverride *override)
{
  g_autofree char *key =
      g_strconcat (PN_OVERRIDE_EVIDENCE, pn_override_kind_to_word (override->kind), NULL);
  g_autofree char *value = g_strdup_printf ("%s: %s", override->who, override->reason);
  g_autofree char *label = pn_sentence_part (pn_override_kind_to_label (override->kind));
  g_autofree char *sentence = NULL;

  if (is_used (self, override))
    return;
  g_ptr_array_add (self->overrides, g_rc_box_acquire (override));
  sentence = pn_sentence_format (N_ ("Override: %s, by %s, because: %s"), label, override->who,
                                 override->reason);
  pn_run_report_log (self->report, sentence);
  pn_run_report_learn (self->report, key, value);
  g_hash_table_insert (self->evidence, g_steal_pointer (&key), g_steal_pointer (&value));
}

void
pn_helper_run_begin_overrides (PnHelperRun *self)
{
  static const PnOverrideKind kinds[] = { PN_OVERRIDE_RECIPE, PN_OVERRIDE_SKIP_FIRMWARE };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      PnOverride *one =
          pn_overrides_find (self->slot->station, kinds[i], self->slot->name, self->slot->serial);

      if (one != NULL)
        pn_helper_run_use_override (self, one);
    }
}

static gboolean
uses_kind (PnHelperRun *self, PnOverrideKind kind)
{
  for (guint i = 0; i < self->overrides->len; i++)
    if (((PnOverride *) self->overrides->pdata[i])->kind == kind)
      return TRUE;
  return FALSE;
}

gboolean
pn_helper_run_skips_firmware (PnHelperRun *self)
{
  return uses_kind (self, PN_OVERRIDE_SKIP_FIRMWARE);
}

char *
pn_helper_run_list_overrides (PnHelperRun *self)
{
  const char *words[PN_N_OVERRIDE_KINDS + 1] = { NULL };
  guint n = 0;

  for (guint kind = 0; kind < PN_N_OVERRIDE_KINDS; kind++)
    if (uses_kind (self, (PnOverrideKind) kind))
      words[n++] = pn_override_kind_to_word ((PnOverrideKind) kind);
  return g_strjoinv (" ", (GStrv) words);
}

gboolean
pn_helper_run_check_overrides (PnHelperRun *self, const char *serial, GError **error)
{
  PnStation *station = self->slot->station;
  PnOverride *recipe = pn_overrides_find (station, PN_OVERRIDE_RECIPE, self->slot->name, serial);
  PnOverride *skip =
      pn_overrides_find (station, PN_OVERRIDE_SKIP_FIRMWARE, self->slot->name, serial);

  /* It has the recipe that it should have, by chance. */
  if (recipe != NULL && g_str_equal (recipe->bundle, self->batch->digest))
    pn_helper_run_use_override (self, recipe);
  if ((recipe == NULL || is_used (self, recipe)) && (skip == NULL || is_used (self, skip)))
    return TRUE;
  return pn_set_error (error, PN_ERROR_STALE,
                       "There is an override for this device that was not known when the run "
                       "began; nothing was changed. Start the device again");
}

/* What is done with it stands in its record. */
static void
note_done (PnHelperRun *self, const char *word)
{
  pn_run_report_learn (self->report, PN_DONE_EVIDENCE, word);
  g_hash_table_insert (self->evidence, g_strdup (PN_DONE_EVIDENCE), g_strdup (word));
}

gboolean
pn_helper_run_admit_done (PnHelperRun *self, const char *serial, GError **error)
{
  PnOverride *again =
      pn_overrides_find (self->slot->station, PN_OVERRIDE_AGAIN, self->slot->name, serial);
  PnDonePolicy policy = self->batch->done;

  if (again != NULL)
    {
      pn_helper_run_use_override (self, again);
      return TRUE;
    }
  note_done (self, pn_done_policy_to_word (policy));
  switch (policy)
    {
    case PN_DONE_AGAIN:
      pn_run_report_log (self->report, N_ ("This device has been provisioned with this bundle "
                                           "already; the batch does it again"));
      return TRUE;
    case PN_DONE_SKIP:
      return pn_set_error (error, PN_ERROR_EXISTS,
                           "This device has been provisioned with this bundle already, and the "
                           "batch skips such devices; nothing was changed");
    case PN_DONE_ASK:
    default:
      return pn_set_error (
          error, PN_ERROR_EXISTS,
          "This device has been provisioned with this bundle already; nothing was changed");
    }
}

/* Decided by somebody, and done now. */
static gboolean
tell_used (PnHelperRun *self, const PnOverride *override, gint64 record, GError **error)
{
  g_autofree char *number = g_strdup_printf ("%" G_GINT64_FORMAT, override->id);
  PnAuditEntry entry = { .uid = getuid (),
                         .who = "punnetd",
                         .what = "override-use",
                         .object = number,
                         .after = pn_override_kind_to_word (override->kind),
                         .result = "done" };
  GVariantBuilder details;

  g_variant_builder_init (&details, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&details, "{sv}", "record", g_variant_new_int64 (record));
  g_variant_builder_add (&details, "{sv}", "slot", g_variant_new_string (self->slot->name));
  g_variant_builder_add (&details, "{sv}", "of", g_variant_new_string (override->who));
  g_variant_builder_add (&details, "{sv}", "reason", g_variant_new_string (override->reason));
  entry.details = g_variant_builder_end (&details);
  return pn_audit_add (self->slot->station->records, &entry, error) != 0;
}

void
pn_helper_run_end_overrides (PnHelperRun *self, gint64 record, gboolean passed)
{
  PnStation *station = self->slot->station;
  g_autoptr (GError) error = NULL;
  gboolean fine = TRUE;

  if (self->overrides->len == 0)
    return;
  for (guint i = 0; fine && i < self->overrides->len; i++)
    {
      const PnOverride *one = self->overrides->pdata[i];

      fine = pn_records_use_override (station->records, one->id, record, passed && one->once,
                                      &error) &&
             tell_used (self, one, record, &error);
    }
  if (!fine)
    pn_helper_run_journal (self, G_LOG_LEVEL_WARNING, "that an override was used was not kept: %s",
                           error->message);
}

void
pn_helper_run_told_overrides (PnHelperRun *self)
{
  g_autoptr (GError) error = NULL;

  if (self->overrides->len > 0 && !pn_overrides_load (self->slot->station, &error))
    pn_helper_run_journal (self, G_LOG_LEVEL_WARNING, "which overrides count now is not known: %s",
                           error->message);
}
