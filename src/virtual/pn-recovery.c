/* SPDX-License-Identifier: GPL-3.0-or-later */
/* recovery.bin (eeprom.md §9, rpiboot.md §7, §11.1, §14): checks everything, then writes the
 * EEPROM, then burns what it was told to, then says what it did. */
#include "config.h"

#include "pn-virtual-private.h"

#include <string.h>

#include "pn-bootcode.h"
#include "pn-chip.h"
#include "pn-eeprom.h"
#include "pn-io.h"
#include "pn-sig-file.h"

/* How long it is silent while the flash is written; some seconds on silicon, and the older chip's
 * is the slower one. */
#define WRITE_MS_2711 150
#define WRITE_MS_2712 40

typedef struct
{
  GHashTable *config; /* key → value, both in one string array */
  GBytes *image;
  gboolean wrote, write_failed;
  gboolean locking, locked, lock_failed;
  PnSha256 image_hash;
} Recovery;

static GHashTable *
parse_config (GBytes *text)
{
  GHashTable *table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autofree char *string = g_strndup (g_bytes_get_data (text, NULL), g_bytes_get_size (text));
  g_auto (GStrv) lines = g_strsplit_set (string, "\r\n", 0);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) pair = g_strsplit (lines[i], "=", 2);

      if (g_strv_length (pair) == 2 && pair[0][0] != '#' && pair[0][0] != '[')
        g_hash_table_insert (table, g_strdup (g_strstrip (pair[0])),
                             g_strdup (g_strstrip (pair[1])));
    }
  return table;
}

static gboolean
is_on (Recovery *self, const char *key)
{
  return g_strcmp0 (g_hash_table_lookup (self->config, key), "1") == 0;
}

/* The older chip's recovery does not know the line (eeprom.md §9). */
static gboolean
wants_usb_boot (PnVirtualDevice *device, Recovery *self)
{
  const char *order = pn_chip_get_traits (device->board.chip)->sets_reboot_order
                          ? g_hash_table_lookup (self->config, "set_reboot_order")
                          : NULL;

  return order != NULL && g_str_has_suffix (order, "3");
}

static char *
eeprom_path (PnVirtualDevice *self)
{
  return g_build_filename (self->folder, "eeprom.bin", NULL);
}

GBytes *
pn_virtual_read_eeprom (PnVirtualDevice *self)
{
  g_autofree char *path = eeprom_path (self);

  return pn_read_file (path, PN_EEPROM_SIZE_2712, NULL);
}

/* The customer's key inside an image; NULL while the slot is empty. */
static PnPublicKey *
image_key (PnEeprom *eeprom)
{
  g_autoptr (GBytes) file = pn_eeprom_get_file (eeprom, "pubkey.bin", NULL);
  g_autoptr (GBytes) blob = NULL;

  if (file == NULL || g_bytes_get_size (file) < PN_PUBLIC_KEY_BLOB_SIZE)
    return NULL;
  blob = g_bytes_new_from_bytes (file, 0, PN_PUBLIC_KEY_BLOB_SIZE);
  return pn_public_key_new_from_blob (blob, NULL);
}

static gboolean
config_is_signed (PnEeprom *eeprom, PnPublicKey *key)
{
  g_autoptr (GBytes) config = pn_eeprom_get_file (eeprom, "bootconf.txt", NULL);
  g_autoptr (GBytes) sig = pn_eeprom_get_file (eeprom, "bootconf.sig", NULL);
  PnSha256 digest;

  if (config == NULL || sig == NULL)
    return FALSE;
  digest = pn_sha256_bytes (config);
  return pn_sig_file_verify (sig, &digest, key, NULL);
}

static gboolean
is_countersigned (PnEeprom *eeprom, const char *name, PnPublicKey *key)
{
  g_autoptr (GBytes) code = pn_eeprom_get_file (eeprom, name, NULL);
  g_autoptr (GPtrArray) blocks = code != NULL ? pn_bootcode_get_blocks (code, NULL) : NULL;

  return blocks != NULL && blocks->len == 2 &&
         pn_public_key_equal (((PnBootcodeBlock *) blocks->pdata[0])->key, key);
}

static gboolean
key_is_in_otp (PnVirtualDevice *self, PnPublicKey *key)
{
  PnSha256 hash = pn_public_key_get_fingerprint (key);

  return memcmp (hash.bytes, self->otp->key_hash, sizeof hash.bytes) == 0;
}

/* All that program_pubkey looks at before it burns: signing.md §10. */
static gboolean
may_lock (PnVirtualDevice *self, PnEeprom *eeprom, PnPublicKey *key)
{
  if (key == NULL || !config_is_signed (eeprom, key))
    return FALSE;
  if (!pn_chip_get_traits (self->board.chip)->countersigned)
    return TRUE;
  return is_countersigned (eeprom, "bootcode.bin", key) &&
         (!pn_eeprom_is_ab (eeprom) || is_countersigned (eeprom, "bootsys", key));
}

static gboolean
sig_fits (GBytes *sig, const PnSha256 *digest, PnPublicKey *key)
{
  PnSigFile file;

  if (sig == NULL || !pn_sig_file_parse (sig, &file, NULL))
    return FALSE;
  return pn_sig_file_verify (sig, digest, file.has_signature ? key : NULL, NULL) &&
         (!file.has_signature || key != NULL);
}

static gboolean
has_fault (PnVirtualDevice *self, const gboolean *fault)
{
  gboolean on;

  g_mutex_lock (&self->mutex);
  on = *fault;
  g_mutex_unlock (&self->mutex);
  return on;
}

static gboolean
write_eeprom (PnVirtualDevice *self, GBytes *image)
{
  g_autofree char *path = eeprom_path (self);

  return !has_fault (self, &self->faults.write_protected) && pn_replace_file (path, image, NULL);
}

/* Before a fuse is burned: FALSE where it is not; *@lied where it is said to be. */
static gboolean
burn (PnVirtualDevice *self, const char *fuse, gboolean *lied)
{
  PnStep fault = pn_virtual_step (self, "burn", fuse);

  *lied = fault == PN_STEP_LIE;
  return fault == PN_STEP_FINE;
}

/* Boards without a jumper of their own could never come back: error 34 on silicon, before anything
 * is locked (eeprom.md §9). */
static gboolean
choose_gpio (PnVirtualDevice *self, Recovery *recovery)
{
  const char *wanted = g_hash_table_lookup (recovery->config, "program_rpiboot_gpio");
  guint64 gpio = self->otp->gpio;
  gboolean lied;

  if (!pn_virtual_board_needs_gpio (&self->board))
    return TRUE;
  if (wanted != NULL && !g_ascii_string_to_unsigned (wanted, 10, 0, 31, &gpio, NULL))
    return FALSE;
  if (gpio == self->otp->gpio)
    return gpio != 0;
  if (!burn (self, "rpiboot-gpio", &lied) || !pn_otp_burn_gpio (self->otp, (guint) gpio))
    return FALSE;
  return pn_virtual_step (self, "burned", "rpiboot-gpio") == PN_STEP_FINE;
}

static void
lock (PnVirtualDevice *self, Recovery *recovery, PnEeprom *eeprom, PnPublicKey *key)
{
  PnSha256 hash;

  recovery->locking = TRUE;
  recovery->lock_failed = TRUE;
  if (!may_lock (self, eeprom, key) || !choose_gpio (self, recovery))
    return;
  hash = pn_public_key_get_fingerprint (key);
  if (!burn (self, "customer-key", &recovery->locked) ||
      !pn_otp_burn_key_hash (self->otp, hash.bytes))
    return;
  recovery->lock_failed = FALSE;
  recovery->locked = TRUE;
  (void) pn_virtual_step (self, "burned", "customer-key");
}

/* Goes with a key that is there, or comes with it: eeprom.md §9. */
static void
lock_jtag (PnVirtualDevice *self, Recovery *recovery)
{
  gboolean lied;

  if (!is_on (recovery, "program_jtag_lock") || !pn_otp_is_locked (self->otp) ||
      self->otp->jtag_locked || !burn (self, "jtag-lock", &lied))
    return;
  (void) pn_otp_burn_jtag_lock (self->otp);
  (void) pn_virtual_step (self, "burned", "jtag-lock");
}

/* The image and what goes with it: checks first, then the flash, then OTP. */
static void
update (PnVirtualDevice *self, Recovery *recovery, GBytes *sig)
{
  g_autoptr (PnEeprom) eeprom = pn_eeprom_new (recovery->image, NULL);
  g_autoptr (PnPublicKey) key = eeprom != NULL ? image_key (eeprom) : NULL;
  gboolean locking = is_on (recovery, "program_pubkey");
  PnStep fault;

  recovery->image_hash = pn_sha256_bytes (recovery->image);
  recovery->write_failed = TRUE;
  recovery->locking = locking;
  recovery->lock_failed = locking;
  if (eeprom == NULL || pn_eeprom_get_chip (eeprom) != self->board.chip ||
      !sig_fits (sig, &recovery->image_hash, key))
    return;
  /* A locked board takes only images of its own key. */
  if (pn_otp_is_locked (self->otp) &&
      (key == NULL || !key_is_in_otp (self, key) || !may_lock (self, eeprom, key)))
    return;
  if (locking && !may_lock (self, eeprom, key))
    return;
  if (!pn_virtual_sleep (self, self->board.chip == PN_CHIP_BCM2711 ? WRITE_MS_2711 : WRITE_MS_2712))
    return;
  fault = pn_virtual_step (self, "write", "eeprom");
  recovery->wrote = fault == PN_STEP_LIE;
  if (fault != PN_STEP_FINE || !write_eeprom (self, recovery->image))
    return;
  recovery->wrote = TRUE;
  recovery->write_failed = FALSE;
  if (pn_virtual_step (self, "wrote", "eeprom") != PN_STEP_FINE)
    return;
  if (locking)
    lock (self, recovery, eeprom, key);
  lock_jtag (self, recovery);
}

static gboolean say (PnVirtualDevice *self, const char *key, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

static gboolean
say (PnVirtualDevice *self, const char *key, const char *format, ...)
{
  g_autofree char *value = NULL;
  va_list args;

  va_start (args, format);
  value = g_strdup_vprintf (format, args);
  va_end (args);
  return pn_file_client_metadata (self, key, value);
}

static gboolean
say_outcome (PnVirtualDevice *self, Recovery *recovery)
{
  PnSha256 hash = recovery->image_hash;
  g_autofree char *hex = NULL;

  if (has_fault (self, &self->faults.wrong_eeprom_hash))
    hash.bytes[0] ^= 1;
  hex = pn_sha256_to_hex (&hash);
  if (recovery->image != NULL &&
      (!say (self, "EEPROM_UPDATE", "%s", recovery->wrote ? "success" : "fail") ||
       (recovery->wrote && !say (self, "EEPROM_HASH", "%s", hex))))
    return FALSE;
  return !recovery->locking ||
         say (self, "SECURE_BOOT_PROVISION", "%s", recovery->locked ? "success" : "fail");
}

/* The order in which a BCM2711 was seen to report: rpiboot.md §7.2. */
static gboolean
report_2711 (PnVirtualDevice *self, Recovery *recovery)
{
  g_autofree char *key_hash = pn_hex_encode (self->otp->key_hash, sizeof self->otp->key_hash);
  guint gpio = self->otp->gpio != 0 ? self->otp->gpio : 8;

  return say (self, "MAC_ADDR", "%s", self->board.mac) && say_outcome (self, recovery) &&
         say (self, "CUSTOMER_KEY_HASH", "%s", key_hash) &&
         say (self, "BOOT_ROM", pn_otp_is_locked (self->otp) ? "0000c8b0" : "000048b0") &&
         say (self, "BOARD_ATTR", "00000000") &&
         say (self, "USER_BOARDREV", "%x", self->board.board_revision) &&
         say (self, "JTAG_LOCKED", "%d", self->otp->jtag_locked) &&
         say (self, "ADVANCED_BOOT", "0000e8e%x", gpio);
}

/* The order in which a BCM2712 was seen to report: rpiboot.md §7.2. */
static gboolean
report_2712 (PnVirtualDevice *self, Recovery *recovery)
{
  g_autofree char *key_hash = pn_hex_encode (self->otp->key_hash, sizeof self->otp->key_hash);
  guint64 serial = 0;

  g_ascii_string_to_unsigned (self->board.serial, 16, 0, G_MAXUINT64, &serial, NULL);
  return say (self, "USER_SERIAL_NUM", "%x", (guint) (serial & G_MAXUINT32)) &&
         say (self, "MAC_ADDR", "%s", self->board.mac) && say_outcome (self, recovery) &&
         say (self, "CUSTOMER_KEY_HASH", "%s", key_hash) && say (self, "BOOT_ROM", "0000000a") &&
         say (self, "BOARD_ATTR", "00000000") &&
         say (self, "USER_BOARDREV", "%x", self->board.board_revision) &&
         say (self, "JTAG_LOCKED", "%d", self->otp->jtag_locked) &&
         say (self, "SIGNATURE_MODE", "0") &&
         say (self, "FACTORY_UUID", "_19a519a6_19ab520e_1ac0212b");
}

static gboolean
report (PnVirtualDevice *self, Recovery *recovery)
{
  return self->board.chip == PN_CHIP_BCM2711 ? report_2711 (self, recovery)
                                             : report_2712 (self, recovery);
}

/* Its configuration's words are in it, uncompressed. */
gboolean
pn_virtual_is_recovery (GBytes *code)
{
  return memmem (g_bytes_get_data (code, NULL), g_bytes_get_size (code), "program_pubkey", 14) !=
         NULL;
}

static void
clear_recovery (Recovery *self)
{
  g_clear_pointer (&self->config, g_hash_table_unref);
  g_clear_pointer (&self->image, g_bytes_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Recovery, clear_recovery)

PnNext
pn_recovery_run (PnVirtualDevice *self)
{
  g_auto (Recovery) recovery = { 0 };
  g_autoptr (GBytes) config = NULL;
  g_autoptr (GBytes) sig = NULL;
  PnUsbFace face;

  pn_virtual_set_stage (self, PN_VIRTUAL_RECOVERY);
  pn_boot_rom_face (self, &face, TRUE);
  if (!pn_virtual_attach (self, &face))
    return PN_NEXT_OFF;
  config = pn_file_client_get (self, "config.txt");
  if (config == NULL)
    config = g_bytes_new_static ("", 0);
  recovery.config = parse_config (config);
  (void) pn_file_client_size (self, "pieeprom.bin");
  sig = pn_file_client_get (self, "pieeprom.sig");
  recovery.image = pn_file_client_get (self, "pieeprom.bin");
  if (!pn_virtual_alive (self))
    return PN_NEXT_OFF;
  if (recovery.image == NULL && has_fault (self, &self->faults.no_reading))
    {
      pn_virtual_hold (self);
      return PN_NEXT_OFF;
    }
  if (recovery.image != NULL)
    update (self, &recovery, sig);
  if (!has_fault (self, &self->faults.silent_metadata) &&
      g_strcmp0 (g_hash_table_lookup (recovery.config, "recovery_metadata"), "0") != 0 &&
      !report (self, &recovery))
    return PN_NEXT_OFF;
  if (!is_on (&recovery, "recovery_reboot"))
    {
      (void) pn_file_client_done (self);
      pn_virtual_hold (self);
      return PN_NEXT_OFF;
    }
  pn_virtual_detach (self);
  return pn_virtual_reset (self, wants_usb_boot (self, &recovery));
}
