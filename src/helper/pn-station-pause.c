/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The station pauses: because a person said so, or by itself, when device after device fails in the
 * same way wherever it is plugged in. */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <unistd.h>

#include "pn-phase.h"
#include "pn-sentence.h"
#include "pn-station-audit.h"

/* Kept before it is told. */
static gboolean
set_paused (PnStation *self, gboolean paused, const char *reason, GError **error)
{
  if (!pn_settings_set_paused (self->settings, paused, reason, error))
    return FALSE;
  pn_dbus_manager_set_pause_reason (self->object, reason);
  pn_dbus_manager_set_paused (self->object, paused);
  pn_station_consider (self);
  return TRUE;
}

gboolean
pn_station_set_paused_cb (PnDbusManager *object,
                          GDBusMethodInvocation *invocation,
                          gboolean paused,
                          GVariant *options,
                          PnStation *self)
{
  /* Who pauses a station that has paused by itself does not know better why. */
  g_autofree char *reason = g_strdup (paused ? pn_dbus_manager_get_pause_reason (object) : "");
  g_autoptr (GError) error = NULL;
  PnAuditEntry entry = { .what = "station-pause",
                         .object = "",
                         .before = pn_dbus_manager_get_paused (object) ? "yes" : "no",
                         .after = paused ? "yes" : "no" };

  if (!pn_station_audit (self, invocation, entry, &error) ||
      !set_paused (self, paused, reason, &error))
    {
      pn_station_audit_failed (self, invocation, entry, error);
      pn_error_answer (invocation, g_steal_pointer (&error));
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }
  /* Who resumes it has looked. */
  pn_failure_watch_clear (self->failures);
  pn_dbus_manager_complete_set_paused (object, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/* What is the same for each device that fails so, whatever their numbers are. */
static char *
make_failure (const PnRecord *record)
{
  g_autofree char *kind = pn_sentence_to_kind (record->message != NULL ? record->message : "");

  return g_strdup_printf ("%s\n%s", record->error_code != NULL ? record->error_code : "", kind);
}

static gboolean
pause_by_itself (PnStation *self, const char *reason, GError **error)
{
  g_autofree char *why = pn_sentence_to_english (reason);
  PnAuditEntry entry = { .uid = getuid (),
                         .who = "punnetd",
                         .what = "station-pause",
                         .object = "",
                         .before = pn_dbus_manager_get_paused (self->object) ? "yes" : "no",
                         .after = "yes",
                         .result = "done" };
  GVariantBuilder details;

  g_variant_builder_init (&details, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&details, "{sv}", "why", g_variant_new_string (why));
  entry.details = g_variant_builder_end (&details);
  return pn_audit_add (self->records, &entry, error) != 0 && set_paused (self, TRUE, reason, error);
}

void
pn_station_count_failure (PnStation *self, const PnRecord *record)
{
  gint64 now = (gint64) ((double) g_get_monotonic_time () / self->time_scale);
  g_autofree char *failure = NULL;
  g_autofree char *last = NULL;
  g_autofree char *reason = NULL;
  g_autoptr (GError) error = NULL;
  PnVerdict verdict;

  if (!pn_verdict_from_word (record->verdict, &verdict))
    return;
  if (verdict == PN_VERDICT_PASSED)
    pn_failure_watch_passed (self->failures, record->slot);
  if (verdict != PN_VERDICT_FAILED && verdict != PN_VERDICT_SET_ASIDE)
    return;
  failure = make_failure (record);
  if (!pn_failure_watch_failed (self->failures, record->slot, failure, now))
    return;
  pn_failure_watch_clear (self->failures);
  last = pn_sentence_part (record->message != NULL ? record->message : "");
  reason =
      pn_sentence_format (N_ ("This is not the devices: three slots failed in the same way within "
                              "ten minutes. Check power, hub and cables. The last one said: %s"),
                          last);
  g_message ("The station pauses: three slots failed in the same way within ten minutes");
  if (!pause_by_itself (self, reason, &error))
    g_warning ("The station should pause, and that is not kept: %s", error->message);
}
