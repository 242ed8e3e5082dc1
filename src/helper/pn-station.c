/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-approvals.h"
#include "pn-authority.h"
#include "pn-bundles.h"
#include "pn-confine.h"
#include "pn-io.h"
#include "pn-journal.h"
#include "pn-overrides.h"
#include "pn-port-rules.h"
#include "pn-state-lock.h"
#include "pn-station-audit.h"
#include "pn-station-backup.h"
#include "pn-station-certificate.h"
#include "pn-station-merge.h"
#include "pn-usb-memory.h"

#define LOCK_PATIENCE_MS 10000

/* ---- real sockets ---- */

PnSlot *
pn_station_take_slot (PnStation *self, const char *name, gboolean usb)
{
  PnSlot *slot = g_hash_table_lookup (self->slots, name);

  if (slot == NULL && g_hash_table_size (self->slots) < PN_STATION_MAX_SLOTS)
    {
      slot = pn_slot_new (self, name, usb);
      g_hash_table_insert (self->slots, slot->name, slot);
    }
  return slot;
}

/* Read anew for every device, so that a rule counts as soon as it is there. */
static gboolean
may_use (PnStation *self, const char *port)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) patterns = pn_port_rules_read ((const char *const *) self->port_folders, &error);

  if (patterns != NULL)
    return pn_port_rules_match ((const char *const *) patterns, port);
  g_warning ("No socket may be used while the port rules cannot be read: %s", error->message);
  return FALSE;
}

static gboolean
usb_wanted_cb (const char *port, gpointer user_data)
{
  PnSlot *slot;

  if (may_use (user_data, port))
    return TRUE;
  pn_journal (G_LOG_LEVEL_MESSAGE, &(PnJournalFields){ .slot = port },
              "Slot %s: the port rules leave it alone", port);
  slot = pn_station_take_slot (user_data, port, TRUE);
  if (slot != NULL && slot->settings.usb)
    pn_slot_usb_excluded (slot);
  return FALSE;
}

static void
usb_arrived_cb (
    const char *port, int device, const char *serial, const GError *error, gpointer user_data)
{
  PnSlot *slot = pn_station_take_slot (user_data, port, TRUE);

  if (error != NULL)
    pn_journal (G_LOG_LEVEL_WARNING, &(PnJournalFields){ .slot = port }, "Slot %s: %s", port,
                error->message);
  if (slot != NULL && slot->settings.usb)
    pn_slot_usb_arrived (slot, device, serial);
  else if (device >= 0)
    {
      pn_journal (G_LOG_LEVEL_WARNING, &(PnJournalFields){ .slot = port },
                  "Slot %s: its name is taken, or there are too many slots; ignoring the device",
                  port);
      pn_fd_close (device);
    }
}

static void
usb_left_cb (const char *port, gpointer user_data)
{
  PnSlot *slot = g_hash_table_lookup (((PnStation *) user_data)->slots, port);

  if (slot != NULL && slot->settings.usb)
    pn_slot_usb_left (slot);
}

static void
usb_plugged_cb (const char *port, gpointer user_data)
{
  pn_identify_plugged (user_data, port);
}

void
pn_station_consider (PnStation *self)
{
  GHashTableIter iter;
  gpointer slot;

  g_hash_table_iter_init (&iter, self->slots);
  while (g_hash_table_iter_next (&iter, NULL, &slot))
    pn_slot_consider (slot);
}

void
pn_station_recorded (PnStation *self)
{
  pn_dbus_manager_set_record_count (self->object,
                                    pn_dbus_manager_get_record_count (self->object) + 1);
  pn_station_backup_keep (self);
}

/* The records and the settings, and what the last helper left in them. */
static gboolean
open_state (PnStation *self, GError **error)
{
  g_autofree char *database = g_build_filename (self->state_dir, PN_STATION_RECORDS, NULL);
  g_autofree char *bundles = g_build_filename (self->state_dir, "bundles", NULL);
  g_autofree char *settings = g_build_filename (self->state_dir, "station.conf", NULL);
  g_auto (GStrv) open_intents = NULL;
  guint n_lost;

  /* Only a station's helper ends by itself when it is idle; whoever calls then starts the next. */
  self->lock = pn_state_lock (self->state_dir, self->system ? LOCK_PATIENCE_MS : 0, error);
  if (self->lock < 0 || (self->records = pn_records_open (database, error)) == NULL ||
      (self->settings = pn_settings_open (settings, error)) == NULL ||
      !pn_audit_open (self->records, self->state_dir, error) ||
      (self->bundles = pn_bundle_store_open (bundles, pn_bundles_show_cb, self, error)) == NULL ||
      !pn_records_recover (self->records, NULL, &n_lost, error))
    return FALSE;
  if (n_lost > 0)
    g_message ("%u runs were cut off when the helper ended; see the records", n_lost);
  open_intents = pn_records_open_intents (self->records);
  for (guint i = 0; open_intents[i] != NULL; i++)
    g_warning ("A permanent step was begun, and how it ended is not known; inspect the device: %s",
               open_intents[i]);
  return TRUE;
}

static PnDbusManager *
make_manager (PnStation *self)
{
  PnDbusManager *object = pn_dbus_manager_skeleton_new ();
  g_autofree char *reason = pn_settings_get_pause_reason (self->settings);
  gint64 count = pn_records_count (self->records, g_variant_new ("a{sv}", NULL), NULL);

  pn_dbus_manager_set_version (object, PN_VERSION);
  pn_dbus_manager_set_practice (object, self->practice);
  pn_dbus_manager_set_pause_reason (object, reason);
  pn_dbus_manager_set_paused (object, pn_settings_get_paused (self->settings));
  pn_dbus_manager_set_rest_after (object, pn_settings_get_rest_after (self->settings));
  pn_dbus_manager_set_record_count (object, (guint) MAX (count, 0));
  pn_dbus_manager_set_station_key (object,
                                   pn_station_key_get_public (pn_audit_get_key (self->records)));
  return object;
}

/* Slots that somebody has set are there without a device. */
static void
make_slots (PnStation *self)
{
  g_auto (GStrv) names = pn_settings_list_slots (self->settings);

  for (guint i = 0; names[i] != NULL; i++)
    if (pn_station_take_slot (self, names[i], FALSE) == NULL)
      pn_journal (G_LOG_LEVEL_WARNING, &(PnJournalFields){ .slot = names[i] },
                  "Slot %s: there are too many slots, ignoring it", names[i]);
}

/* A person at a desk is told; a station refuses to work (OpenBatch), unless it was told. */
static gboolean
is_unconfined (const PnStationSetup *setup)
{
  g_autoptr (GError) error = NULL;

  if (setup->unconfined)
    g_warning ("Workers are not confined: --unconfined");
  else if (!pn_confine_is_possible (&error))
    g_warning ("%s: %s",
               setup->system ? "No batch can be opened" : "Workers are not confined, going on",
               error->message);
  return setup->unconfined || (error != NULL && !setup->system);
}

PnStation *
pn_station_new (GDBusConnection *connection, const PnStationSetup *setup, GError **error)
{
  static const PnUsbWatchFuncs usb = { usb_wanted_cb, usb_arrived_cb, usb_left_cb, usb_plugged_cb };
  PnStation *self = g_new0 (PnStation, 1);
  g_autoptr (PnDbusObjectSkeleton) root = pn_dbus_object_skeleton_new (PN_STATION_PATH "/manager");

  g_queue_init (&self->growths);
  self->grown = pn_growths_new ();
  self->failures = pn_failure_watch_new ();
  self->connection = g_object_ref (connection);
  self->state_dir = g_strdup (setup->state_dir);
  self->system = setup->system;
  self->practice = setup->practice;
  self->unconfined = is_unconfined (setup);
  self->time_scale = setup->time_scale;
  self->port_folders = g_strdupv ((GStrv) setup->port_folders);
  self->authority = pn_authority_new (self, setup->system);
  self->hook_sockets = g_strdup (setup->hook_sockets);
  self->approvals = pn_approvals_new (self);
  if (setup->system)
    self->inhibit = pn_inhibit_new (connection);
  self->slots =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) pn_slot_free);
  self->batches = g_ptr_array_new_with_free_func ((GDestroyNotify) pn_batch_free);
  if (!open_state (self, error))
    {
      pn_station_free (self);
      return NULL;
    }
  self->manager = g_dbus_object_manager_server_new (PN_STATION_PATH);
  self->object = make_manager (self);
  pn_manager_connect (self);
  pn_overrides_connect (self);
  pn_station_audit_connect (self);
  pn_bundles_connect (self);
  pn_station_backup_connect (self);
  pn_station_certificate_connect (self);
  pn_station_merge_connect (self);
  pn_bundle_rules_connect (self);
  pn_approvals_connect (self);
  pn_dbus_object_skeleton_set_manager (root, self->object);
  g_dbus_object_manager_server_export (self->manager, G_DBUS_OBJECT_SKELETON (root));
  make_slots (self);
  (void) pn_bundles_show_cb (self);
  if (!pn_overrides_load (self, error))
    {
      pn_station_free (self);
      return NULL;
    }
  g_dbus_object_manager_server_set_connection (self->manager, connection);
  if (!setup->practice)
    self->usb = pn_usb_watch_start (&usb, self);
  return self;
}

/* ---- the end ---- */

static gboolean
is_going (PnStation *self)
{
  GHashTableIter iter;
  gpointer slot;

  g_hash_table_iter_init (&iter, self->slots);
  while (g_hash_table_iter_next (&iter, NULL, &slot))
    if (((PnSlot *) slot)->run != NULL)
      return TRUE;
  return FALSE;
}

static void
for_each_run (PnStation *self, void (*func) (PnHelperRun *run))
{
  GHashTableIter iter;
  gpointer slot;

  g_hash_table_iter_init (&iter, self->slots);
  while (g_hash_table_iter_next (&iter, NULL, &slot))
    if (((PnSlot *) slot)->run != NULL)
      func (((PnSlot *) slot)->run);
}

gboolean
pn_station_is_idle (PnStation *self)
{
  for (guint i = 0; i < self->batches->len; i++)
    {
      PnBatch *batch = self->batches->pdata[i];

      if (!batch->closed && !pn_batch_is_complete (batch))
        return FALSE;
    }
  return !is_going (self) && g_queue_is_empty (&self->growths) && self->n_opening == 0 &&
         self->identifying == NULL && self->installing == NULL;
}

/* Read anew, as an administrator may have changed it. */
static guint64
read_usb_memory (void)
{
  g_autofree char *text = NULL;

  (void) g_file_get_contents (PN_USB_MEMORY_FILE, &text, NULL, NULL);
  return pn_usb_memory_parse (text);
}

static void
share_usb (PnStation *self)
{
  guint64 memory = read_usb_memory ();
  GHashTableIter iter;
  gpointer slot;
  guint n = 0, share;

  g_hash_table_iter_init (&iter, self->slots);
  while (g_hash_table_iter_next (&iter, NULL, &slot))
    n += ((PnSlot *) slot)->settings.usb && ((PnSlot *) slot)->run != NULL;
  share = pn_usb_memory_share (memory, n);
  g_hash_table_iter_init (&iter, self->slots);
  while (g_hash_table_iter_next (&iter, NULL, &slot))
    if (((PnSlot *) slot)->settings.usb && ((PnSlot *) slot)->run != NULL)
      pn_helper_run_set_usb_memory (((PnSlot *) slot)->run, share, memory);
}

void
pn_station_runs_changed (PnStation *self)
{
  share_usb (self);
  if (self->inhibit != NULL)
    pn_inhibit_set (self->inhibit, is_going (self));
}

void
pn_station_run_ended (PnStation *self)
{
  GFunc ended = self->ended;

  if (ended == NULL || is_going (self) || self->n_errands > 0)
    return;
  self->ended = NULL;
  ended (self, self->ended_data);
}

void
pn_station_end (PnStation *self, GFunc ended, gpointer user_data)
{
  self->ending = TRUE;
  pn_identify_end_all (self);
  pn_bundles_end_all (self);
  pn_approvals_end_all (self->approvals);
  self->ended = ended;
  self->ended_data = user_data;
  for_each_run (self, pn_helper_run_cancel);
  pn_station_run_ended (self);
}

void
pn_station_kill (PnStation *self)
{
  for_each_run (self, pn_helper_run_end);
}

void
pn_station_free (PnStation *self)
{
  g_clear_pointer (&self->usb, pn_usb_watch_stop);
  g_clear_pointer (&self->slots, g_hash_table_unref);
  g_clear_pointer (&self->batches, g_ptr_array_unref);
  g_clear_pointer (&self->approvals, pn_approvals_free);
  g_clear_pointer (&self->overrides, g_ptr_array_unref);
  g_clear_pointer (&self->grown, g_hash_table_unref);
  g_clear_object (&self->object);
  g_clear_object (&self->manager);
  g_clear_pointer (&self->records, pn_records_close);
  g_clear_pointer (&self->bundles, pn_bundle_store_close);
  g_clear_pointer (&self->settings, pn_settings_free);
  g_clear_pointer (&self->authority, pn_authority_free);
  g_clear_pointer (&self->inhibit, pn_inhibit_free);
  pn_failure_watch_free (self->failures);
  if (self->lock >= 0)
    pn_fd_close (self->lock);
  g_clear_object (&self->connection);
  g_strfreev (self->port_folders);
  g_free (self->hook_sockets);
  g_free (self->state_dir);
  g_free (self);
}
