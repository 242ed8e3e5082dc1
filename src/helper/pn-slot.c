/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib-unix.h>

#include "pn-io.h"
#include "pn-station.h"
#include "pn-vusb.h"

#define SETTLE_MS 5000 /* off the bus for so long: unplugged; a reset takes some 1.5 s */

static void
update_state (PnSlot *self)
{
  pn_dbus_slot_set_present (self->object, self->present);
  pn_dbus_slot_set_state (self->object, self->run != NULL ? "running"
                                        : self->finished  ? "finished"
                                        : self->present   ? "waiting"
                                                          : "empty");
}

static void
drop_device (PnSlot *self)
{
  if (self->device >= 0)
    pn_fd_close (self->device);
  self->device = -1;
}

/* Takes @device. */
static void
device_arrived (PnSlot *self, int device)
{
  self->present = TRUE;
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
    device_arrived (self, fd);
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
pn_slot_usb_arrived (PnSlot *self, int device)
{
  if (device >= 0)
    device_arrived (self, device);
  else
    {
      self->present = TRUE;
      update_state (self);
    }
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

PnSlot *
pn_slot_new (PnStation *station, const char *name, int plug)
{
  PnSlot *self = g_new0 (PnSlot, 1);
  g_autofree char *path =
      g_strdup_printf (PN_STATION_PATH "/slots/%u", g_hash_table_size (station->slots) + 1);

  self->station = station;
  self->name = g_strdup (name);
  self->device = -1;
  self->skeleton = pn_dbus_object_skeleton_new (path);
  self->object = pn_dbus_slot_skeleton_new ();
  pn_dbus_slot_set_name (self->object, name);
  pn_dbus_slot_set_kind (self->object, plug < 0 ? "usb" : "virtual");
  pn_dbus_slot_set_run (self->object, "/");
  pn_dbus_object_skeleton_set_slot (self->skeleton, self->object);
  update_state (self);
  g_dbus_object_manager_server_export (station->manager, G_DBUS_OBJECT_SKELETON (self->skeleton));
  self->plug = -1;
  self->usb = plug < 0;
  if (plug >= 0)
    pn_slot_replug (self, plug);
  return self;
}

void
pn_slot_free (PnSlot *self)
{
  g_clear_handle_id (&self->watch, g_source_remove);
  g_clear_handle_id (&self->settle, g_source_remove);
  if (self->plug >= 0)
    pn_fd_close (self->plug);
  drop_device (self);
  g_clear_object (&self->skeleton);
  g_clear_object (&self->object);
  g_free (self->name);
  g_free (self);
}

void
pn_slot_consider (PnSlot *self)
{
  g_autoptr (GError) error = NULL;
  PnBatch *batch = NULL;
  const char *last;
  int device;

  if (self->run != NULL || self->finished || self->device < 0 || self->station->ending)
    return;
  /* The newest batch that wants the slot. */
  for (guint i = self->station->batches->len; i > 0 && batch == NULL; i--)
    {
      PnBatch *candidate = self->station->batches->pdata[i - 1];

      if (pn_batch_wants (candidate, self->name))
        batch = candidate;
    }
  if (batch == NULL)
    return;
  device = self->device;
  self->device = -1;
  self->run = pn_helper_run_start (self, batch, device, &error);
  if (self->run != NULL)
    {
      /* The last run of a slot is shown, not all there ever were: these are in the records. */
      last = pn_dbus_slot_get_run (self->object);
      if (!g_str_equal (last, "/"))
        g_dbus_object_manager_server_unexport (self->station->manager, last);
      pn_dbus_slot_set_run (self->object, pn_helper_run_get_path (self->run));
    }
  else
    g_warning ("Slot %s: no worker could be started: %s", self->name, error->message);
  update_state (self);
}

void
pn_slot_run_ended (PnSlot *self)
{
  self->run = NULL;
  self->finished = self->usb || self->plug >= 0;
  if (self->finished && !self->present)
    self->settle =
        g_timeout_add ((guint) (SETTLE_MS * self->station->time_scale), settled_cb, self);
  update_state (self);
  pn_station_run_ended (self->station);
}
