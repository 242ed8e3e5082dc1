/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What somebody decided for one device: the manager's methods, and what counts for whom. */
#include "config.h"

#include "pn-overrides.h"

#include "pn-authority.h"
#include "pn-options.h"
#include "pn-station-audit.h"

gboolean
pn_overrides_load (PnStation *station, GError **error)
{
  g_autoptr (GPtrArray) all = pn_records_get_overrides (station->records, error);
  g_autoptr (GVariant) rows = NULL;

  if (all == NULL || (rows = pn_records_list_overrides (station->records, FALSE, error)) == NULL)
    return FALSE;
  g_clear_pointer (&station->overrides, g_ptr_array_unref);
  station->overrides = g_steal_pointer (&all);
  pn_dbus_manager_set_overrides (station->object, rows);
  pn_station_consider (station);
  return TRUE;
}

PnOverride *
pn_overrides_find (PnStation *station, PnOverrideKind kind, const char *slot, const char *serial)
{
  PnOverride *found = NULL;

  for (guint i = 0; station->overrides != NULL && i < station->overrides->len; i++)
    {
      PnOverride *one = station->overrides->pdata[i];

      if (one->kind == kind && pn_override_is_for (one, slot, serial) &&
          (found == NULL || found->slot != NULL))
        found = one;
    }
  return found;
}

/* ---- the bus ---- */

/* The bundle's recipe, where a batch of it is open. */
static char *
find_recipe (PnStation *station, const char *digest)
{
  for (guint i = station->batches->len; digest != NULL && i > 0; i--)
    {
      PnBatch *batch = station->batches->pdata[i - 1];

      if (g_str_equal (batch->digest, digest))
        return g_strdup (pn_dbus_batch_get_recipe (batch->object));
    }
  return NULL;
}

PnOverride *
pn_overrides_read (
    PnStation *station, const char *kind, const char *reason, GVariant *options, GError **error)
{
  static const PnOption known[] = {
    { "serial", "s" }, { "slot", "s" }, { "bundle", "s" }, { "once", "b" }, { NULL }
  };
  g_autoptr (PnOverride) self = g_rc_box_new0 (PnOverride);

  if (!pn_options_check (options, known, error))
    return NULL;
  if (!pn_override_kind_from_word (kind, &self->kind))
    {
      pn_set_error (error, PN_ERROR_INVALID_ARGUMENT, "There is no override “%s”", kind);
      return NULL;
    }
  self->once = TRUE;
  self->reason = g_strdup (reason);
  (void) g_variant_lookup (options, "serial", "s", &self->serial);
  (void) g_variant_lookup (options, "slot", "s", &self->slot);
  (void) g_variant_lookup (options, "bundle", "s", &self->bundle);
  (void) g_variant_lookup (options, "once", "b", &self->once);
  if (!pn_override_check (self, error))
    return NULL;
  if (self->slot != NULL && !g_hash_table_contains (station->slots, self->slot))
    {
      pn_set_error (error, PN_ERROR_NOT_FOUND, "There is no slot of that name");
      return NULL;
    }
  return g_steal_pointer (&self);
}

/* Both or neither is kept. 0 with @error. */
static gint64
keep_override (PnStation *station,
               GDBusMethodInvocation *invocation,
               const PnOverride *override,
               GVariant *options,
               GError **error)
{
  PnAuditEntry entry = { .what = "override-add",
                         .object = pn_override_kind_to_word (override->kind),
                         .after = override->reason,
                         .details = options };
  gint64 id;

  if (!pn_records_enter (station->records, error))
    return 0;
  id = pn_records_add_override (station->records, override, error);
  return pn_records_leave (station->records,
                           id != 0 && pn_station_audit (station, invocation, entry, error), error)
             ? id
             : 0;
}

/* Two people have decided it where a second one had to approve it. */
static char *
name_deciders (GDBusMethodInvocation *invocation)
{
  guint32 approver = pn_authority_get_approver (invocation);
  g_autofree char *who = pn_station_name_user (pn_authority_get_uid (invocation));
  g_autofree char *second = NULL;

  if (approver == G_MAXUINT32)
    return g_steal_pointer (&who);
  second = pn_station_name_user (approver);
  return g_strdup_printf ("%s + %s", who, second);
}

static gboolean
add_cb (PnDbusManager *object,
        GDBusMethodInvocation *invocation,
        const char *kind,
        const char *reason,
        GVariant *options,
        PnStation *station)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PnOverride) override = pn_overrides_read (station, kind, reason, options, &error);
  gint64 id = 0;

  if (override != NULL)
    {
      override->uid = pn_authority_get_uid (invocation);
      override->who = name_deciders (invocation);
      override->recipe = find_recipe (station, override->bundle);
      override->made = g_get_real_time ();
      id = keep_override (station, invocation, override, options, &error);
    }
  if (id != 0 && pn_overrides_load (station, &error))
    {
      /* Whoever has the answer has the news, too. */
      g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (object));
      pn_dbus_manager_complete_add_override (object, invocation, id);
    }
  else
    pn_error_answer (invocation, g_steal_pointer (&error));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
list_cb (PnDbusManager *object,
         GDBusMethodInvocation *invocation,
         GVariant *options,
         PnStation *station)
{
  static const PnOption known[] = { { "all", "b" }, { NULL } };
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) rows = NULL;
  gboolean all = FALSE;

  if (pn_options_check (options, known, &error))
    {
      (void) g_variant_lookup (options, "all", "b", &all);
      rows = pn_records_list_overrides (station->records, all, &error);
    }
  if (rows != NULL)
    pn_dbus_manager_complete_list_overrides (object, invocation, rows);
  else
    pn_error_answer (invocation, g_steal_pointer (&error));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
drop_override (PnStation *station, GDBusMethodInvocation *invocation, gint64 id, GError **error)
{
  g_autofree char *who = pn_station_name_user (pn_authority_get_uid (invocation));
  g_autofree char *number = g_strdup_printf ("%" G_GINT64_FORMAT, id);
  PnAuditEntry entry = { .what = "override-clear", .object = number };

  return pn_records_enter (station->records, error) &&
         pn_records_leave (station->records,
                           pn_records_clear_override (station->records, id, who, error) &&
                               pn_station_audit (station, invocation, entry, error),
                           error);
}

static gboolean
clear_cb (PnDbusManager *object,
          GDBusMethodInvocation *invocation,
          gint64 id,
          GVariant *options,
          PnStation *station)
{
  g_autoptr (GError) error = NULL;

  if (drop_override (station, invocation, id, &error) && pn_overrides_load (station, &error))
    {
      g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (object));
      pn_dbus_manager_complete_clear_override (object, invocation);
    }
  else
    pn_error_answer (invocation, g_steal_pointer (&error));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

void
pn_overrides_connect (PnStation *station)
{
  g_signal_connect (station->object, "handle-add-override", G_CALLBACK (add_cb), station);
  g_signal_connect (station->object, "handle-list-overrides", G_CALLBACK (list_cb), station);
  g_signal_connect (station->object, "handle-clear-override", G_CALLBACK (clear_cb), station);
}
