/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mask ROM of BCM2712 (rpiboot.md §5, signing.md §9): it takes a loader that Raspberry Pi
 * signed, and once a key is in OTP only one that is counter-signed with that key. */
#include "config.h"

#include "pn-virtual-private.h"

#include <errno.h>
#include <string.h>

#include "pn-bootcode.h"
#include "pn-bytes.h"

#define REQUEST_OUT 0x40
#define REQUEST_IN 0xc0
#define MESSAGE_SIZE 24
#define STATUS_REJECTED 1
#define LINGER_MS 100 /* how long the status can still be read */
#define OFF_BUS_MS 20
/* Raspberry Pi's own key: signing.md §5.1 */
#define VENDOR_KEY_HASH "e3345447549bda1f5416a479264be593d60f527c70d666d10ead908fd027fd27"

void
pn_boot_rom_face (PnVirtualDevice *self, PnUsbFace *face, gboolean server)
{
  gsize length = strlen (self->board.serial);

  *face = (PnUsbFace){
    .vendor = 0x0a5c,
    .product = 0x2712,
    .serial_index = server ? 4 : 3,
    .manufacturer = "Broadcom",
    .product_name = "BCM2712 Boot",
    .serial = self->board.serial + (length > 8 ? length - 8 : 0),
  };
}

/* The next announcement of a length; stalls whatever else comes. */
static gboolean
next_length (PnVirtualDevice *self, guint32 *length)
{
  PnVirtualTransfer *transfer;

  while ((transfer = pn_virtual_next_control (self, 0)) != NULL)
    {
      if (transfer->setup[0] == REQUEST_OUT && transfer->setup[1] == 0 &&
          pn_peek_le16 (transfer->setup + 6) == 0)
        {
          *length = pn_peek_le32 (transfer->setup + 2);
          pn_virtual_complete (transfer, 0, 0);
          return TRUE;
        }
      pn_virtual_complete (transfer, -EPIPE, 0);
    }
  return FALSE;
}

static gboolean
vendor_is_trusted (PnVirtualDevice *self, PnPublicKey *key)
{
  PnSha256 hash = pn_public_key_get_fingerprint (key);
  GPtrArray *trusted = self->board.rom_key_hashes;
  PnSha256 real;

  if (trusted == NULL || trusted->len == 0)
    return pn_sha256_from_hex (VENDOR_KEY_HASH, &real) && pn_sha256_equal (&hash, &real);
  for (guint i = 0; i < trusted->len; i++)
    if (pn_sha256_equal (&hash, trusted->pdata[i]))
      return TRUE;
  return pn_sha256_from_hex (VENDOR_KEY_HASH, &real) && pn_sha256_equal (&hash, &real);
}

static gboolean
accepts (PnVirtualDevice *self, GBytes *code)
{
  g_autoptr (GPtrArray) blocks = NULL;
  PnBootcodeBlock *vendor;

  if (g_bytes_get_size (code) > PN_BOOTCODE_MAX_SIZE ||
      (blocks = pn_bootcode_get_blocks (code, NULL)) == NULL)
    return FALSE;
  vendor = blocks->pdata[blocks->len - 1];
  if (!vendor_is_trusted (self, vendor->key))
    return FALSE;
  if (!pn_otp_is_locked (self->otp))
    return blocks->len == 1;
  if (blocks->len == 2)
    {
      PnSha256 hash = pn_public_key_get_fingerprint (((PnBootcodeBlock *) blocks->pdata[0])->key);

      return memcmp (hash.bytes, self->otp->key_hash, sizeof hash.bytes) == 0;
    }
  return FALSE;
}

static void
answer_status (PnVirtualDevice *self, guint32 status)
{
  PnVirtualTransfer *transfer = pn_virtual_next_control (self, LINGER_MS);

  if (transfer == NULL)
    return;
  if (transfer->setup[0] == REQUEST_IN && transfer->length >= 4)
    {
      pn_poke_le32 (transfer->data, status);
      pn_virtual_complete (transfer, 0, 4);
    }
  else
    pn_virtual_complete (transfer, -EPIPE, 0);
}

static GBytes *
receive_loader (PnVirtualDevice *self)
{
  guint8 message[MESSAGE_SIZE];
  g_autofree guint8 *code = NULL;
  guint32 length;

  do
    if (!next_length (self, &length))
      return NULL;
  while (length != MESSAGE_SIZE);
  if (!pn_virtual_read_bulk (self, message, sizeof message) || !next_length (self, &length) ||
      length != pn_peek_le32 (message) || length == 0 || length > 16 * 1024 * 1024)
    return NULL;
  code = g_malloc (length);
  if (!pn_virtual_read_bulk (self, code, length))
    return NULL;
  return g_bytes_new_take (g_steal_pointer (&code), length);
}

GBytes *
pn_boot_rom_run (PnVirtualDevice *self)
{
  g_autoptr (GBytes) code = NULL;
  gboolean recovery, rejected, silent;
  PnUsbFace face;

  pn_virtual_set_stage (self, PN_VIRTUAL_ROM);
  pn_boot_rom_face (self, &face, FALSE);
  if (!pn_virtual_attach (self, &face))
    return NULL;
  code = receive_loader (self);
  if (code != NULL)
    recovery = memmem (g_bytes_get_data (code, NULL), g_bytes_get_size (code), "program_pubkey",
                       14) != NULL;
  else
    recovery = FALSE;
  g_mutex_lock (&self->mutex);
  rejected = recovery && self->faults.reject_recovery;
  silent = self->faults.no_status;
  g_mutex_unlock (&self->mutex);
  if (code == NULL || rejected || !accepts (self, code))
    {
      if (code != NULL)
        answer_status (self, STATUS_REJECTED);
      if (pn_virtual_alive (self))
        pn_virtual_set_stage (self, PN_VIRTUAL_STUCK);
      pn_virtual_hold (self);
      return NULL;
    }
  if (!silent)
    answer_status (self, 0);
  pn_virtual_detach (self);
  return pn_virtual_sleep (self, OFF_BUS_MS) ? g_steal_pointer (&code) : NULL;
}
