/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The gadget on USB, as touchy as the real one (fastboot.md §2.3). */
#include "config.h"

#include "pn-gadget-private.h"
#include "pn-virtual-private.h"
#include "pn-virtual-storage-private.h"

#include <string.h>

#define MAX_PACKET 512
#define READ_SIZE (1024 * 1024)

static gboolean
read_command (gpointer channel, guint8 *buffer, gsize size, gsize *length)
{
  /* More than one read of 256 bytes, or a zero-length packet, ends the session. */
  return pn_virtual_read_transfer (channel, buffer, size, length) && *length > 0;
}

static gboolean
read_data (gpointer channel, guint8 *buffer, gsize size)
{
  while (size > 0)
    {
      gsize length;

      if (!pn_virtual_read_transfer (channel, buffer, MIN (size, READ_SIZE), &length) ||
          pn_virtual_step (channel, "data", NULL) != PN_STEP_FINE)
        return FALSE;
      if (length == 0 || (length < size && length % MAX_PACKET != 0))
        return FALSE;
      buffer += length;
      size -= length;
    }
  return TRUE;
}

static gboolean
write_message (gpointer channel, const guint8 *data, gsize size)
{
  return pn_virtual_write_bulk (channel, data, size);
}

static gboolean
burn_key (const guint8 *key, gpointer user_data)
{
  PnVirtualDevice *self = user_data;

  if (pn_virtual_step (self, "burn", "device-key") != PN_STEP_FINE ||
      !pn_otp_burn_device_key (self->otp, key))
    return FALSE;
  return pn_virtual_step (self, "burned", "device-key") == PN_STEP_FINE;
}

static PnStep
step (const char *kind, const char *what, gpointer user_data)
{
  return pn_virtual_step (user_data, kind, what);
}

static void
set_done (gpointer user_data)
{
  PnVirtualDevice *self = user_data;

  g_mutex_lock (&self->mutex);
  self->done = TRUE;
  g_mutex_unlock (&self->mutex);
  pn_virtual_set_stage (self, PN_VIRTUAL_GADGET); /* whoever watches looks again */
}

/* With an address that somebody else has it is on the bus all the same. */
static void
join_network (PnVirtualDevice *self, PnGadget *gadget)
{
  g_autoptr (GError) error = NULL;

  if (self->board.network != NULL && !pn_gadget_join_network (gadget, self->board.network, &error))
    g_warning ("No network: %s", error->message);
}

PnNext
pn_gadget_usb_run (PnVirtualDevice *self)
{
  static const PnGadgetChannel channel = { read_command, read_data, write_message };
  g_autoptr (PnGadget) gadget = NULL;
  g_autofree char *serial = NULL;
  g_autofree char *address = NULL;
  PnGadgetBoard board = {
    .model = self->board.model,
    .board_revision = self->board.board_revision,
    .sdram_size = self->board.chip == PN_CHIP_BCM2710 ? 0 : 8000000000,
    .mac = self->board.mac,
    .signed_eeprom = pn_otp_is_locked (self->otp),
    /* Locking a BCM2711 revokes it; a BCM2712 has none. */
    .devkey_revoked = self->board.chip == PN_CHIP_BCM2711 && pn_otp_is_locked (self->otp),
    .key_in_otp = pn_otp_is_locked (self->otp),
    .chip = self->board.chip,
  };
  PnUsbFace face = { 0x18d1, 0x4e40, 3, "Raspberry Pi", self->board.model, NULL, TRUE };
  PnGadgetFaults faults;
  PnGadgetEnd end;

  pn_virtual_set_stage (self, PN_VIRTUAL_GADGET);
  g_mutex_lock (&self->mutex);
  serial = g_strdup (self->fault_serial != NULL ? self->fault_serial : self->board.serial);
  address = g_strdup (self->fault_address);
  faults = self->faults.gadget;
  board.data_plane = !self->faults.no_data_plane;
  g_mutex_unlock (&self->mutex);
  memcpy (board.device_key, self->otp->device_key, sizeof board.device_key);
  board.serial = serial;
  board.address = address;
  face.serial = serial;
  gadget = pn_gadget_new (&board, self->storage);
  explicit_bzero (board.device_key, sizeof board.device_key);
  pn_gadget_set_key_func (gadget, burn_key, self);
  pn_gadget_set_done_func (gadget, set_done, self);
  pn_gadget_set_step_func (gadget, step, self);
  pn_gadget_set_faults (gadget, &faults);
  if (board.data_plane)
    join_network (self, gadget);
  if (!pn_virtual_attach (self, &face))
    return PN_NEXT_OFF;
  end = pn_gadget_serve (gadget, &channel, self, FALSE);
  pn_gadget_stop_listening (gadget);
  /* Mappings end with the kernel that made them. */
  pn_virtual_storage_unmap_all (self->storage);
  if (!pn_virtual_alive (self))
    return PN_NEXT_OFF;
  if (end == PN_GADGET_END_SHUTDOWN)
    {
      pn_virtual_hold (self);
      return PN_NEXT_OFF;
    }
  pn_virtual_detach (self);
  if (end == PN_GADGET_END_REBOOT)
    return pn_virtual_reset (self, FALSE);
  pn_virtual_set_stage (self, PN_VIRTUAL_STUCK);
  pn_virtual_hold (self);
  return PN_NEXT_OFF;
}
