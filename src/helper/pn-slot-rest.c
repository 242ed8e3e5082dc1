/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A socket in which one device after the other fails is more likely broken than they are: it rests,
 * and nothing starts there by itself until somebody has looked at it. What a device was refused
 * for, or set aside, says nothing of the socket; a device that passed says that it is good. */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "pn-journal.h"
#include "pn-phase.h"
#include "pn-station-audit.h"

static guint
count_after (PnSlot *self, const char *verdict)
{
  if (g_strcmp0 (verdict, pn_verdict_to_word (PN_VERDICT_FAILED)) == 0)
    return self->failures + 1;
  return g_strcmp0 (verdict, pn_verdict_to_word (PN_VERDICT_PASSED)) == 0 ? 0 : self->failures;
}

static gboolean
rests_after (PnSlot *self, guint failures)
{
  guint limit = pn_dbus_manager_get_rest_after (self->station->object);

  return limit > 0 && failures >= limit;
}

gboolean
pn_slot_is_resting (PnSlot *self)
{
  return rests_after (self, self->failures);
}

gboolean
pn_slot_will_rest (PnSlot *self, const char *verdict)
{
  return rests_after (self, count_after (self, verdict));
}

static gboolean
set_failures (PnSlot *self, guint failures, GError **error)
{
  if (failures == self->failures)
    return TRUE;
  if (!pn_settings_set_failures (self->station->settings, self->name, self->settings.usb, failures,
                                 error))
    return FALSE;
  self->failures = failures;
  pn_dbus_slot_set_failures (self->object, failures);
  return TRUE;
}

void
pn_slot_count_verdict (PnSlot *self, const char *verdict)
{
  guint failures = count_after (self, verdict);
  g_autoptr (GError) error = NULL;

  if (set_failures (self, failures, &error))
    return;
  pn_journal (G_LOG_LEVEL_WARNING, &(PnJournalFields){ .slot = self->name },
              "Slot %s: that it failed is not kept: %s", self->name, error->message);
  self->failures = failures;
  pn_dbus_slot_set_failures (self->object, failures);
}

gboolean
pn_slot_use_again_cb (PnDbusSlot *object,
                      GDBusMethodInvocation *invocation,
                      GVariant *options,
                      PnSlot *self)
{
  g_autofree char *failures = g_strdup_printf ("%u", self->failures);
  g_autoptr (GError) error = NULL;
  PnAuditEntry entry = {
    .what = "slot-use-again", .object = self->name, .before = failures, .after = "0"
  };

  if (!pn_station_audit (self->station, invocation, entry, &error) ||
      !set_failures (self, 0, &error))
    {
      pn_station_audit_failed (self->station, invocation, entry, error);
      pn_error_answer (invocation, g_steal_pointer (&error));
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }
  pn_journal (G_LOG_LEVEL_MESSAGE, &(PnJournalFields){ .slot = self->name }, "Slot %s: used again",
              self->name);
  pn_slot_consider (self);
  pn_dbus_slot_complete_use_again (object, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}
