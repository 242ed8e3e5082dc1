/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <glib-unix.h>

#include "pn-authority.h"
#include "pn-io.h"
#include "pn-journal.h"
#include "pn-json.h"
#include "pn-options.h"
#include "pn-overrides.h"
#include "pn-station-audit.h"
#include "pn-vusb-transport.h"
#include "pn-vusb.h"

#define MAX_LABEL 60   /* characters */
#define SETTLE_MS 5000 /* off the bus for so long: unplugged; a reset takes some 1.5 s */

/* The newest batch that wants the slot, and is of the bundle that its device is to have where
 * somebody said so. */
static PnBatch *
find_batch (PnSlot *self)
{
  GPtrArray *batches = self->station->batches;
  PnOverride *recipe =
      pn_overrides_find (self->station, PN_OVERRIDE_RECIPE, self->name, self->serial);

  for (guint i = batches->len; i > 0; i--)
    {
      PnBatch *batch = batches->pdata[i - 1];

      if (pn_batch_wants (batch, self->name) &&
          (recipe == NULL || g_str_equal (recipe->bundle, batch->digest)))
        return batch;
    }
  return NULL;
}

static gboolean
is_held (PnSlot *self, PnBatch *batch)
{
  return pn_dbus_manager_get_paused (self->station->object) || batch->paused ||
         pn_batch_is_complete (batch);
}

static const char *
get_state (PnSlot *self)
{
  PnBatch *batch = find_batch (self);

  if (self->run != NULL)
    return "running";
  if (!self->settings.used)
    return "unused";
  if (self->excluded)
    return "excluded";
  if (pn_slot_is_resting (self))
    return "resting";
  if (self->finished)
    return "finished";
  if (!self->present)
    return "empty";
  if (batch != NULL && is_held (self, batch))
    return "held";
  return batch != NULL && !batch->automatic ? "ready" : "waiting";
}

static void
update_state (PnSlot *self)
{
  pn_dbus_slot_set_present (self->object, self->present);
  pn_dbus_slot_set_state (self->object, get_state (self));
}

static void
drop_device (PnSlot *self)
{
  if (self->device >= 0)
    pn_fd_close (self->device);
  self->device = -1;
}

/* Nothing that a boot ROM's loaders show but a serial is one: "Broadcom". */
static void
set_serial (PnSlot *self, const char *serial)
{
  g_free (self->serial);
  self->serial = pn_serial_normalise (serial);
  pn_dbus_slot_set_serial (self->object, self->serial != NULL ? self->serial : "");
}

/* Takes @device. */
static void
device_arrived (PnSlot *self, int device, const char *serial)
{
  self->present = TRUE;
  self->excluded = FALSE;
  set_serial (self, serial);
  g_clear_handle_id (&self->settle, g_source_remove);
  if (self->run != NULL)
    pn_helper_run_device_arrived (self->run, device);
  else
    {
      drop_device (self);
      self->device = device;
      pn_slot_consider (self);
    }
  update_state (self);
}

static gboolean
settled_cb (gpointer user_data)
{
  PnSlot *self = user_data;

  self->settle = 0;
  self->finished = FALSE;
  update_state (self);
  return G_SOURCE_REMOVE;
}

static void
device_left (PnSlot *self)
{
  self->present = FALSE;
  self->excluded = FALSE;
  set_serial (self, NULL);
  drop_device (self);
  /* A device that resets is off the bus for a moment, too: only one that stays away was unplugged.
   */
  if (self->finished && self->settle == 0)
    self->settle =
        g_timeout_add ((guint) (SETTLE_MS * self->station->time_scale), settled_cb, self);
  if (self->run != NULL)
    pn_helper_run_device_left (self->run);
  update_state (self);
}

static gboolean
plug_cb (int plug, GIOCondition condition, gpointer user_data)
{
  PnSlot *self = user_data;
  guint32 message;
  int fd;

  if (!pn_vusb_plug_receive (plug, &message, &fd, NULL))
    {
      self->closed_watch = self->watch;
      self->watch = 0;
      pn_fd_close (self->plug);
      self->plug = -1;
      self->finished = FALSE;
      device_left (self);
      return G_SOURCE_REMOVE;
    }
  if (message == PN_VUSB_ATTACH && fd >= 0)
    {
      g_autofree char *serial = pn_vusb_transport_peek_serial (fd);

      device_arrived (self, fd, serial);
    }
  else
    {
      if (fd >= 0)
        pn_fd_close (fd);
      if (message == PN_VUSB_DETACH)
        device_left (self);
    }
  return G_SOURCE_CONTINUE;
}

void
pn_slot_usb_arrived (PnSlot *self, int device, const char *serial)
{
  if (device >= 0)
    device_arrived (self, device, serial);
  else
    {
      self->present = TRUE;
      update_state (self);
    }
}

void
pn_slot_usb_excluded (PnSlot *self)
{
  self->present = TRUE;
  self->excluded = TRUE;
  update_state (self);
}

void
pn_slot_usb_left (PnSlot *self)
{
  device_left (self);
}

void
pn_slot_replug (PnSlot *self, int plug)
{
  self->plug = plug;
  self->watch = g_unix_fd_add (plug, G_IO_IN | G_IO_HUP | G_IO_ERR, plug_cb, self);
}

gboolean
pn_slot_is_plugged (PnSlot *self)
{
  GPollFD look = { .fd = self->plug, .events = G_IO_IN };

  /* The other end may have gone while its last words are still unread. */
  while (self->plug >= 0 && g_poll (&look, 1, 0) > 0)
    if (!plug_cb (self->plug, look.revents, self))
      {
        /* The source would have removed itself. */
        g_source_remove (self->closed_watch);
        self->closed_watch = 0;
      }
  return self->plug >= 0;
}

/* ---- what it is set to ---- */

static void
show_settings (PnSlot *self)
{
  pn_dbus_slot_set_label (self->object, self->settings.label);
  pn_dbus_slot_set_used (self->object, self->settings.used);
  pn_dbus_slot_set_kind (self->object, self->settings.usb ? "usb" : "virtual");
}

static gboolean
check_label (const char *label, GError **error)
{
  gboolean fine = g_utf8_strlen (label, -1) <= MAX_LABEL;

  for (const char *at = label; fine && *at != '\0'; at = g_utf8_next_char (at))
    fine = !g_unichar_iscntrl (g_utf8_get_char (at));
  if (!fine)
    pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                  "A slot's label is one line of at most %s characters", PN_NUMBER (MAX_LABEL));
  return fine;
}

static char *
describe_settings (const PnSlotSettings *settings)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "label", g_variant_new_string (settings->label));
  g_variant_builder_add (&builder, "{sv}", "used", g_variant_new_boolean (settings->used));
  return pn_json_to_canonical (g_variant_builder_end (&builder));
}

static gboolean
tell_settings (PnSlot *self,
               GDBusMethodInvocation *invocation,
               const PnSlotSettings *settings,
               GError **error)
{
  g_autofree char *before = describe_settings (&self->settings);
  g_autofree char *after = describe_settings (settings);
  PnAuditEntry entry = {
    .what = "slot-configure", .object = self->name, .before = before, .after = after
  };

  return pn_station_audit (self->station, invocation, entry, error);
}

gboolean
pn_slot_configure (PnSlot *self,
                   GDBusMethodInvocation *invocation,
                   GVariant *options,
                   GError **error)
{
  static const PnOption known[] = { { "label", "s" }, { "used", "b" }, { NULL } };
  g_auto (PnSlotSettings) settings = { .used = self->settings.used, .usb = self->settings.usb };

  if (!pn_options_check (options, known, error))
    return FALSE;
  (void) g_variant_lookup (options, "used", "b", &settings.used);
  if (!g_variant_lookup (options, "label", "s", &settings.label))
    settings.label = g_strdup (self->settings.label);
  if (!check_label (settings.label, error) || !tell_settings (self, invocation, &settings, error) ||
      !pn_settings_set_slot (self->station->settings, self->name, &settings, error))
    return FALSE;
  g_free (self->settings.label);
  self->settings = settings;
  settings.label = NULL;
  show_settings (self);
  pn_slot_consider (self);
  return TRUE;
}

/* ---- runs ---- */

/* Takes the device. */
static gboolean
start_run (PnSlot *self, PnBatch *batch, gboolean by_hand, GError **error)
{
  const char *last = pn_dbus_slot_get_run (self->object);
  int device = self->device;

  self->device = -1;
  self->run = pn_helper_run_start (self, batch, device, by_hand, error);
  if (self->run == NULL)
    return FALSE;
  /* The last run of a slot is shown, not all there ever were: these are in the records. */
  if (!g_str_equal (last, "/"))
    g_dbus_object_manager_server_unexport (self->station->manager, last);
  pn_dbus_slot_set_run (self->object, pn_helper_run_get_path (self->run));
  pn_station_runs_changed (self->station);
  return TRUE;
}

void
pn_slot_consider (PnSlot *self)
{
  PnBatch *batch = find_batch (self);
  g_autoptr (GError) error = NULL;

  if (self->run == NULL && !self->finished && self->device >= 0 && self->settings.used &&
      !self->station->ending && !pn_slot_is_resting (self) && batch != NULL && batch->automatic &&
      !is_held (self, batch) && !start_run (self, batch, FALSE, &error))
    pn_journal (G_LOG_LEVEL_WARNING, &(PnJournalFields){ .slot = self->name },
                "Slot %s: no worker could be started: %s", self->name, error->message);
  update_state (self);
}

void
pn_slot_run_ended (PnSlot *self)
{
  self->run = NULL;
  self->finished = self->settings.usb || self->plug >= 0;
  if (self->finished && !self->present && self->settle == 0)
    self->settle =
        g_timeout_add ((guint) (SETTLE_MS * self->station->time_scale), settled_cb, self);
  pn_station_runs_changed (self->station);
  /* A place in the batch may have become free for another slot. */
  pn_station_consider (self->station);
  pn_station_run_ended (self->station);
}

/* Why no run can be started by hand, or NULL. */
static const char *
why_not (PnSlot *self, PnBatch *batch)
{
  if (self->station->ending)
    return PN_STATION_ENDING;
  if (self->run != NULL)
    return N_ ("A run is going in this slot already");
  if (!self->settings.used)
    return N_ ("This slot is not used; use it first");
  if (!self->present)
    return N_ ("There is no device in this slot; plug one in");
  if (self->excluded)
    return N_ ("The station's port rules do not allow this socket; use another one, or change the "
               "rules");
  if (pn_slot_is_resting (self))
    return N_ ("This slot rests after several failures in a row; check the cable and the socket, "
               "and say that it may be used again");
  if (batch == NULL &&
      pn_overrides_find (self->station, PN_OVERRIDE_RECIPE, self->name, self->serial) != NULL)
    return N_ ("An override wants another recipe for this device, and no batch of it is open for "
               "this slot; open one, or clear the override");
  if (batch == NULL)
    return N_ ("No batch is open for this slot; open one");
  if (pn_batch_is_complete (batch))
    return N_ ("The batch has all the devices it was opened for; nothing was changed");
  if (is_held (self, batch))
    return N_ ("The station or the batch is paused; resume it first");
  return NULL;
}

/* The last run's worker had the device; whoever opens it again starts from where it is. */
static gboolean
reach_device (PnSlot *self, GError **error)
{
  if (self->device < 0)
    self->device = self->plug >= 0 ? pn_vusb_plug_open (self->plug, error)
                                   : pn_usb_watch_open (self->station->usb, self->name, error);
  return self->device >= 0;
}

static gboolean
start_cb (PnDbusSlot *object, GDBusMethodInvocation *invocation, GVariant *options, PnSlot *self)
{
  PnBatch *batch = find_batch (self);
  g_autoptr (GError) error = NULL;
  const char *reason = why_not (self, batch);
  PnAuditEntry entry = { .what = "run-start", .object = self->name, .after = self->serial };

  if (reason != NULL)
    return pn_refuse (invocation, PN_ERROR_BUSY, reason);
  if (reach_device (self, &error) && pn_station_audit (self->station, invocation, entry, &error) &&
      start_run (self, batch, TRUE, &error))
    {
      self->finished = FALSE;
      pn_dbus_slot_complete_start (object, invocation);
    }
  else
    pn_error_answer (invocation, g_steal_pointer (&error));
  update_state (self);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/* ---- the object ---- */

static gboolean
configure_cb (PnDbusSlot *object,
              GDBusMethodInvocation *invocation,
              GVariant *options,
              PnSlot *self)
{
  g_autoptr (GError) error = NULL;

  if (pn_slot_configure (self, invocation, options, &error))
    pn_dbus_slot_complete_configure (object, invocation);
  else
    pn_error_answer (invocation, g_steal_pointer (&error));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
remove_cb (PnDbusSlot *object, GDBusMethodInvocation *invocation, GVariant *options, PnSlot *self)
{
  g_autoptr (GError) error = NULL;
  PnAuditEntry entry = { .what = "slot-remove", .object = self->name };

  if (self->run != NULL || self->present || pn_slot_is_plugged (self))
    return pn_refuse (invocation, PN_ERROR_BUSY, "There is a device in this slot; unplug it first");
  if (!pn_station_audit (self->station, invocation, entry, &error) ||
      !pn_settings_forget_slot (self->station->settings, self->name, &error))
    {
      pn_station_audit_failed (self->station, invocation, entry, error);
      pn_error_answer (invocation, g_steal_pointer (&error));
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }
  pn_dbus_slot_complete_remove (object, invocation);
  g_hash_table_remove (self->station->slots, self->name);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

PnSlot *
pn_slot_new (PnStation *station, const char *name, gboolean usb)
{
  PnSlot *self = g_new0 (PnSlot, 1);
  g_autofree char *path = g_strdup_printf (PN_STATION_PATH "/slots/%u", ++station->n_slots);

  self->station = station;
  self->name = g_strdup (name);
  self->plug = -1;
  self->device = -1;
  pn_settings_get_slot (station->settings, name, &self->settings);
  self->settings.usb |= usb;
  self->failures = pn_settings_get_failures (station->settings, name);
  self->skeleton = pn_dbus_object_skeleton_new (path);
  self->object = pn_dbus_slot_skeleton_new ();
  pn_dbus_slot_set_name (self->object, name);
  pn_dbus_slot_set_run (self->object, "/");
  pn_dbus_slot_set_failures (self->object, self->failures);
  g_signal_connect (self->object, "handle-configure", G_CALLBACK (configure_cb), self);
  g_signal_connect (self->object, "handle-start", G_CALLBACK (start_cb), self);
  g_signal_connect (self->object, "handle-use-again", G_CALLBACK (pn_slot_use_again_cb), self);
  g_signal_connect (self->object, "handle-remove", G_CALLBACK (remove_cb), self);
  g_signal_connect (self->object, "g-authorize-method", G_CALLBACK (pn_authority_authorize_cb),
                    station);
  pn_dbus_object_skeleton_set_slot (self->skeleton, self->object);
  show_settings (self);
  update_state (self);
  g_dbus_object_manager_server_export (station->manager, G_DBUS_OBJECT_SKELETON (self->skeleton));
  return self;
}

void
pn_slot_free (PnSlot *self)
{
  const char *last = pn_dbus_slot_get_run (self->object);

  g_clear_handle_id (&self->watch, g_source_remove);
  g_clear_handle_id (&self->settle, g_source_remove);
  if (self->plug >= 0)
    pn_fd_close (self->plug);
  drop_device (self);
  g_signal_handlers_disconnect_by_data (self->object, self);
  if (!g_str_equal (last, "/"))
    g_dbus_object_manager_server_unexport (self->station->manager, last);
  g_dbus_object_manager_server_unexport (
      self->station->manager, g_dbus_object_get_object_path (G_DBUS_OBJECT (self->skeleton)));
  g_clear_object (&self->skeleton);
  g_clear_object (&self->object);
  pn_slot_settings_clear (&self->settings);
  g_free (self->serial);
  g_free (self->name);
  g_free (self);
}
