/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Descriptors and transfers: what front ends hand in meets what the device's thread waits for. */
#include "config.h"

#include "pn-virtual-private.h"

#include <errno.h>
#include <string.h>

#include "pn-bytes.h"

#define MAX_PACKET 512

gboolean
pn_virtual_alive (PnVirtualDevice *self)
{
  gboolean alive;

  g_mutex_lock (&self->mutex);
  alive = self->plugged && self->running == self->power && !self->quit;
  g_mutex_unlock (&self->mutex);
  return alive;
}

/* Lock held. */
static gboolean
alive_locked (PnVirtualDevice *self)
{
  return self->plugged && self->running == self->power && !self->quit;
}

void
pn_virtual_complete (PnVirtualTransfer *transfer, int status, gsize actual)
{
  transfer->status = status;
  transfer->actual = actual;
  transfer->complete (transfer, transfer->user_data);
}

/* rpiboot.md §3.2, fastboot.md §2.1 */
static GBytes *
configuration (const PnUsbFace *face)
{
  static const guint8 boot[] = {
    9, 2, 32, 0, 1,    1, 0, 0xc0, 0x32, 9, 4, 0,    0, 2, 0xff, 0,
    0, 0, 7,  5, 0x82, 2, 0, 2,    0,    7, 5, 0x01, 2, 0, 2,    0,
  };
  static const guint8 fastboot[] = {
    9,    2, 32, 0, 1,    1, 4, 0x80, 125, 9, 4, 0,    0, 2, 0xff, 0x42,
    0x03, 5, 7,  5, 0x01, 2, 0, 2,    0,   7, 5, 0x81, 2, 0, 2,    0,
  };

  static const guint8 two[] = {
    9, 2,    55, 0, 2, 1,    0, 0xc0, 0x32, 9, 4,  0, 0,    2, 8,  6, 0x50, 0, 7,
    5, 0x82, 2,  0, 2, 0,    7, 5,    0x01, 2, 64, 0, 0,    9, 4,  1, 0,    2, 0xff,
    0, 0,    0,  7, 5, 0x84, 2, 64,   0,    0, 7,  5, 0x03, 2, 64, 0, 0,
  };

  if (face->mass_storage)
    return g_bytes_new_static (two, sizeof two);
  return face->gadget ? g_bytes_new_static (fastboot, sizeof fastboot)
                      : g_bytes_new_static (boot, sizeof boot);
}

gboolean
pn_virtual_attach (PnVirtualDevice *self, const PnUsbFace *face)
{
  guint8 descriptor[18] = { 18, 1, 0, 2, 0, 0, 0, 64 };
  g_autoptr (GBytes) config = configuration (face);
  PnVirtualPort port;
  gpointer data;
  gboolean alive;

  pn_poke_le16 (descriptor + 8, face->vendor);
  pn_poke_le16 (descriptor + 10, face->product);
  if (face->gadget)
    descriptor[13] = 1; /* bcdDevice 1.00 */
  descriptor[14] = 1;
  descriptor[15] = 2;
  descriptor[16] = face->serial_index;
  descriptor[17] = 1;
  g_mutex_lock (&self->port_mutex);
  g_mutex_lock (&self->mutex);
  alive = alive_locked (self);
  self->attached = alive;
  if (alive && self->on_bus == 0)
    self->on_bus = g_get_monotonic_time ();
  self->broken = FALSE;
  self->out_used = 0;
  self->out_endpoint = face->mass_storage ? 0x03 : 0x01;
  self->in_endpoint = face->gadget ? 0x81 : face->mass_storage ? 0x84 : 0x82;
  port = self->port;
  data = self->port_data;
  g_mutex_unlock (&self->mutex);
  if (alive && port.attach != NULL)
    port.attach (self, descriptor, config, face->manufacturer, face->product_name, face->serial,
                 data);
  g_mutex_unlock (&self->port_mutex);
  return alive;
}

static void
fail_all (GQueue *queue, int status)
{
  PnVirtualTransfer *transfer;

  while ((transfer = g_queue_pop_head (queue)) != NULL)
    pn_virtual_complete (transfer, status, 0);
}

void
pn_virtual_detach (PnVirtualDevice *self)
{
  GQueue pending[3];
  PnVirtualPort port = { 0 };
  gpointer data = NULL;

  g_mutex_lock (&self->port_mutex);
  g_mutex_lock (&self->mutex);
  if (self->attached)
    {
      port = self->port;
      data = self->port_data;
    }
  self->attached = FALSE;
  pending[0] = self->controls;
  pending[1] = self->outs;
  pending[2] = self->ins;
  g_queue_init (&self->controls);
  g_queue_init (&self->outs);
  g_queue_init (&self->ins);
  self->out_used = 0;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
  for (guint i = 0; i < G_N_ELEMENTS (pending); i++)
    fail_all (&pending[i], -ENODEV);
  if (port.detach != NULL)
    port.detach (self, data);
  g_mutex_unlock (&self->port_mutex);
}

gboolean
pn_virtual_sleep (PnVirtualDevice *self, guint milliseconds)
{
  gint64 end = g_get_monotonic_time () + milliseconds * G_TIME_SPAN_MILLISECOND;
  gboolean alive;

  g_mutex_lock (&self->mutex);
  while (alive_locked (self) && g_cond_wait_until (&self->cond, &self->mutex, end))
    ;
  alive = alive_locked (self);
  g_mutex_unlock (&self->mutex);
  return alive;
}

void
pn_virtual_hold (PnVirtualDevice *self)
{
  g_mutex_lock (&self->mutex);
  while (alive_locked (self))
    g_cond_wait (&self->cond, &self->mutex);
  g_mutex_unlock (&self->mutex);
}

void
pn_virtual_set_stage (PnVirtualDevice *self, PnVirtualStage stage)
{
  g_mutex_lock (&self->mutex);
  self->stage = stage;
  g_mutex_unlock (&self->mutex);
  if (self->stage_func != NULL)
    self->stage_func (self, stage, self->stage_data);
}

PnVirtualTransfer *
pn_virtual_next_control (PnVirtualDevice *self, guint timeout)
{
  gint64 end = g_get_monotonic_time () + timeout * G_TIME_SPAN_MILLISECOND;
  PnVirtualTransfer *transfer = NULL;

  g_mutex_lock (&self->mutex);
  while (alive_locked (self) && g_queue_is_empty (&self->controls))
    {
      if (timeout == 0)
        g_cond_wait (&self->cond, &self->mutex);
      else if (!g_cond_wait_until (&self->cond, &self->mutex, end))
        break;
    }
  if (alive_locked (self))
    transfer = g_queue_pop_head (&self->controls);
  g_mutex_unlock (&self->mutex);
  return transfer;
}

/* The first waiting OUT transfer, left in the queue; NULL when the power is gone or the session is
 * broken. */
static PnVirtualTransfer *
peek_out (PnVirtualDevice *self)
{
  while (alive_locked (self) && !self->broken && g_queue_is_empty (&self->outs))
    g_cond_wait (&self->cond, &self->mutex);
  return alive_locked (self) && !self->broken ? g_queue_peek_head (&self->outs) : NULL;
}

/* Counts what came over the cable; TRUE when it is to be pulled now. Lock held. */
static gboolean
count_received (PnVirtualDevice *self, gsize size)
{
  self->received += size;
  if (self->faults.unplug_after < 0 || self->received < (guint64) self->faults.unplug_after)
    return FALSE;
  self->faults.unplug_after = -1;
  return TRUE;
}

gboolean
pn_virtual_read_bulk (PnVirtualDevice *self, guint8 *buffer, gsize size)
{
  while (size > 0)
    {
      PnVirtualTransfer *transfer;
      PnVirtualTransfer *finished = NULL;
      gboolean pull = FALSE;
      gsize count = 0;

      g_mutex_lock (&self->mutex);
      transfer = peek_out (self);
      if (transfer != NULL)
        {
          count = MIN (size, transfer->length - self->out_used);
          if (count > 0)
            memcpy (buffer, transfer->data + self->out_used, count);
          self->out_used += count;
          if (self->out_used == transfer->length)
            {
              finished = g_queue_pop_head (&self->outs);
              self->out_used = 0;
            }
          pull = count_received (self, count);
        }
      g_mutex_unlock (&self->mutex);
      if (finished != NULL)
        pn_virtual_complete (finished, 0, finished->length);
      if (pull)
        pn_virtual_device_unplug (self);
      if (transfer == NULL || pull)
        return FALSE;
      buffer += count;
      size -= count;
    }
  return TRUE;
}

gboolean
pn_virtual_read_transfer (PnVirtualDevice *self, guint8 *buffer, gsize size, gsize *length)
{
  PnVirtualTransfer *transfer;
  gboolean pull = FALSE;
  gboolean fits = FALSE;

  g_mutex_lock (&self->mutex);
  transfer = peek_out (self);
  if (transfer != NULL)
    {
      g_queue_pop_head (&self->outs);
      fits = transfer->length <= size;
      *length = transfer->length;
      if (fits && transfer->length > 0)
        memcpy (buffer, transfer->data, transfer->length);
      pull = count_received (self, transfer->length);
    }
  g_mutex_unlock (&self->mutex);
  if (transfer == NULL)
    return FALSE;
  pn_virtual_complete (transfer, fits ? 0 : -EOVERFLOW, fits ? transfer->length : 0);
  if (pull)
    pn_virtual_device_unplug (self);
  return fits && !pull;
}

gboolean
pn_virtual_write_bulk (PnVirtualDevice *self, const guint8 *data, gsize size)
{
  while (size > 0)
    {
      PnVirtualTransfer *transfer = NULL;
      gsize count = 0;
      gboolean fits = TRUE;

      g_mutex_lock (&self->mutex);
      while (alive_locked (self) && !self->broken && g_queue_is_empty (&self->ins))
        g_cond_wait (&self->cond, &self->mutex);
      if (alive_locked (self) && !self->broken)
        transfer = g_queue_pop_head (&self->ins);
      g_mutex_unlock (&self->mutex);
      if (transfer == NULL)
        return FALSE;
      count = MIN (size, transfer->length);
      /* A host buffer that is no whole packet and too short overflows, and the gadget is gone. */
      fits = count == size || transfer->length % MAX_PACKET == 0;
      if (fits)
        memcpy (transfer->data, data, count);
      pn_virtual_complete (transfer, fits ? 0 : -EOVERFLOW, fits ? count : 0);
      if (!fits)
        return FALSE;
      data += count;
      size -= count;
    }
  return TRUE;
}

/* SET_CONFIGURATION and SET_INTERFACE end the gadget's session: fastboot.md §2.3. */
static gboolean
breaks_gadget (const PnVirtualTransfer *transfer)
{
  return (transfer->setup[0] & 0x60) == 0 && (transfer->setup[1] == 9 || transfer->setup[1] == 11);
}

/* Lock held. */
static gboolean
has_endpoint (PnVirtualDevice *self, guint8 endpoint)
{
  return endpoint == 0 || endpoint == self->out_endpoint || endpoint == self->in_endpoint;
}

void
pn_virtual_device_submit (PnVirtualDevice *self, PnVirtualTransfer *transfer)
{
  gboolean queued = FALSE;
  gboolean standard = FALSE;
  gboolean unknown = FALSE;

  g_mutex_lock (&self->mutex);
  if (self->attached)
    {
      standard = transfer->endpoint == 0 && (transfer->setup[0] & 0x60) == 0;
      if (standard)
        self->broken |= self->stage == PN_VIRTUAL_GADGET && breaks_gadget (transfer);
      else if (!has_endpoint (self, transfer->endpoint))
        unknown = TRUE;
      else
        {
          if (transfer->endpoint != 0 && (transfer->endpoint & 0x80) == 0 && self->first_byte == 0)
            self->first_byte = g_get_monotonic_time ();
          g_queue_push_tail (transfer->endpoint == 0            ? &self->controls
                             : (transfer->endpoint & 0x80) != 0 ? &self->ins
                                                                : &self->outs,
                             transfer);
          queued = TRUE;
        }
      g_cond_broadcast (&self->cond);
    }
  g_mutex_unlock (&self->mutex);
  if (!queued)
    pn_virtual_complete (transfer, standard ? 0 : unknown ? -ENOENT : -ENODEV, 0);
}

gint64
pn_virtual_device_get_first_byte (PnVirtualDevice *self)
{
  gint64 after;

  g_mutex_lock (&self->mutex);
  after = self->first_byte != 0 ? self->first_byte - self->on_bus : -1;
  g_mutex_unlock (&self->mutex);
  return after;
}

void
pn_virtual_device_cancel (PnVirtualDevice *self, PnVirtualTransfer *transfer)
{
  gboolean removed;

  g_mutex_lock (&self->mutex);
  removed = g_queue_remove (&self->controls, transfer) || g_queue_remove (&self->ins, transfer);
  if (!removed && g_queue_peek_head (&self->outs) == transfer)
    self->out_used = 0;
  removed |= g_queue_remove (&self->outs, transfer);
  g_mutex_unlock (&self->mutex);
  if (removed)
    pn_virtual_complete (transfer, -ECANCELED, 0);
}
