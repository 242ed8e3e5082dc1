/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mask ROM (rpiboot.md §3, §5, signing.md §6, §9). BCM2712: it takes a loader that Raspberry Pi
 * signed, and once a key is in OTP only one that is counter-signed with that key. BCM2711: one that
 * Raspberry Pi signed; once a key is in OTP not with its development key. BCM2710: any. */
#include "config.h"

#include "pn-virtual-private.h"

#include <errno.h>
#include <string.h>

#include "pn-bootcode-2711.h"
#include "pn-bootcode.h"
#include "pn-bytes.h"
#include "pn-chip.h"

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
  static const char *const names[] = { "BCM2710 Boot", "BCM2711 Boot", "BCM2712 Boot" };
  const PnChipTraits *traits = pn_chip_get_traits (self->board.chip);
  gsize length = strlen (self->board.serial);

  *face = (PnUsbFace){
    .vendor = 0x0a5c,
    .product = traits->product,
    .serial_index = server ? 4 : 3,
    .manufacturer = "Broadcom",
    .product_name = names[self->board.chip],
    .serial = self->board.serial + (length > 8 ? length - 8 : 0),
  };
  if (traits->tells_serial)
    return;
  /* No serial number in the ROM; the loader gives the manufacturer's string for one. */
  face->serial_index = server ? 1 : 0;
  face->serial = server ? face->manufacturer : "";
  face->mass_storage = TRUE;
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

/* Keys that the board was given instead of the real one, for practice and tests. */
static gboolean
is_practice_key (PnVirtualDevice *self, PnPublicKey *key)
{
  PnSha256 hash = pn_public_key_get_fingerprint (key);
  GPtrArray *trusted = self->board.rom_key_hashes;

  for (guint i = 0; trusted != NULL && i < trusted->len; i++)
    if (pn_sha256_equal (&hash, trusted->pdata[i]))
      return TRUE;
  return FALSE;
}

static gboolean
vendor_is_trusted (PnVirtualDevice *self, PnPublicKey *key)
{
  PnSha256 hash = pn_public_key_get_fingerprint (key);
  PnSha256 real;

  return is_practice_key (self, key) ||
         (pn_sha256_from_hex (VENDOR_KEY_HASH, &real) && pn_sha256_equal (&hash, &real));
}

gboolean
pn_boot_rom_trusts_2712 (PnVirtualDevice *self, GBytes *code)
{
  g_autoptr (GPtrArray) blocks = pn_bootcode_get_blocks (code, NULL);
  PnSha256 hash;

  if (blocks == NULL ||
      !vendor_is_trusted (self, ((PnBootcodeBlock *) blocks->pdata[blocks->len - 1])->key))
    return FALSE;
  if (!pn_otp_is_locked (self->otp))
    return blocks->len == 1;
  if (blocks->len != 2)
    return FALSE;
  hash = pn_public_key_get_fingerprint (((PnBootcodeBlock *) blocks->pdata[0])->key);
  return memcmp (hash.bytes, self->otp->key_hash, sizeof hash.bytes) == 0;
}

/* The format has no room for a public key: a practice vendor's stands in front of the trailer. */
static PnPublicKey *
practice_key_2711 (PnVirtualDevice *self, GBytes *code)
{
  gsize size = g_bytes_get_size (code);
  gsize behind = PN_BOOTCODE_2711_TRAILER + PN_PUBLIC_KEY_BLOB_SIZE;
  g_autoptr (GBytes) blob =
      size > behind ? g_bytes_new_from_bytes (code, size - behind, PN_PUBLIC_KEY_BLOB_SIZE) : NULL;
  g_autoptr (PnPublicKey) key = blob != NULL ? pn_public_key_new_from_blob (blob, NULL) : NULL;

  return key != NULL && is_practice_key (self, key) ? g_steal_pointer (&key) : NULL;
}

gboolean
pn_boot_rom_trusts_2711 (PnVirtualDevice *self, GBytes *code)
{
  g_autoptr (PnPublicKey) vendor = pn_bootcode_2711_vendor_key ();
  g_autoptr (PnPublicKey) practice = practice_key_2711 (self, code);
  gint32 number;

  if (!pn_bootcode_2711_get_key_number (code, &number, NULL))
    return FALSE;
  /* Its development key nobody knows here; locking revokes it in any case. */
  if (number != PN_BOOTCODE_2711_KEY_SECURE)
    return number == PN_BOOTCODE_2711_KEY_DEVELOPMENT && !pn_otp_is_locked (self->otp);
  return pn_bootcode_2711_verify (code, vendor) ||
         (practice != NULL && pn_bootcode_2711_verify (code, practice));
}

static gboolean
accepts (PnVirtualDevice *self, GBytes *code)
{
  if (self->board.chip == PN_CHIP_BCM2710)
    return TRUE;
  if (g_bytes_get_size (code) > PN_BOOTCODE_MAX_SIZE)
    return FALSE;
  return self->board.chip == PN_CHIP_BCM2711 ? pn_boot_rom_trusts_2711 (self, code)
                                             : pn_boot_rom_trusts_2712 (self, code);
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
  PnStep fault;
  PnUsbFace face;

  pn_virtual_set_stage (self, PN_VIRTUAL_ROM);
  pn_boot_rom_face (self, &face, FALSE);
  if (!pn_virtual_attach (self, &face))
    return NULL;
  code = receive_loader (self);
  if (code != NULL)
    recovery = pn_virtual_is_recovery (code);
  else
    recovery = FALSE;
  fault = code != NULL ? pn_virtual_step (self, "loader", NULL) : PN_STEP_FINE;
  g_mutex_lock (&self->mutex);
  rejected = (recovery && self->faults.reject_recovery) || fault == PN_STEP_FAIL;
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
