/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the second stage (or the EEPROM's boot loader in USB boot) to a started ramdisk: rpiboot.md
 * §9, §11.2; signing.md §9. */
#include "config.h"

#include "pn-virtual-private.h"

#include <string.h>

#include "pn-eeprom.h"
#include "pn-sig-file.h"

#define OFF_BUS_MS 20

/* The key that signed boot images are checked with; NULL where the EEPROM holds none that fits. */
static PnPublicKey *
boot_key (PnVirtualDevice *self)
{
  g_autoptr (GBytes) image = pn_virtual_read_eeprom (self);
  g_autoptr (PnEeprom) eeprom = image != NULL ? pn_eeprom_new (image, NULL) : NULL;
  g_autoptr (GBytes) file = NULL;
  g_autoptr (GBytes) blob = NULL;
  g_autoptr (PnPublicKey) key = NULL;
  PnSha256 hash;

  if (eeprom == NULL || (file = pn_eeprom_get_file (eeprom, "pubkey.bin", NULL)) == NULL ||
      g_bytes_get_size (file) < PN_PUBLIC_KEY_BLOB_SIZE)
    return NULL;
  blob = g_bytes_new_from_bytes (file, 0, PN_PUBLIC_KEY_BLOB_SIZE);
  key = pn_public_key_new_from_blob (blob, NULL);
  if (key == NULL)
    return NULL;
  hash = pn_public_key_get_fingerprint (key);
  if (pn_otp_is_locked (self->otp) &&
      memcmp (hash.bytes, self->otp->key_hash, sizeof hash.bytes) != 0)
    return NULL;
  return g_steal_pointer (&key);
}

static gboolean
wants_signature (PnVirtualDevice *self)
{
  g_autoptr (GBytes) image = NULL;
  g_autoptr (PnEeprom) eeprom = NULL;
  g_autoptr (GBytes) config = NULL;
  g_autofree char *text = NULL;

  if (pn_otp_is_locked (self->otp))
    return TRUE;
  image = pn_virtual_read_eeprom (self);
  eeprom = image != NULL ? pn_eeprom_new (image, NULL) : NULL;
  config = eeprom != NULL ? pn_eeprom_get_file (eeprom, "bootconf.txt", NULL) : NULL;
  if (config == NULL)
    return FALSE;
  text = g_strndup (g_bytes_get_data (config, NULL), g_bytes_get_size (config));
  return strstr (text, "SIGNED_BOOT=1") != NULL;
}

/* boot.img as it may be started; NULL at the end of patience or of power. A locked board that is
 * not satisfied asks again and again. */
static GBytes *
load_image (PnVirtualDevice *self)
{
  gboolean check = wants_signature (self);

  while (pn_virtual_alive (self))
    {
      g_autoptr (GBytes) sig = check ? pn_file_client_get (self, "boot.sig") : NULL;
      g_autoptr (GBytes) image = NULL;
      g_autoptr (PnPublicKey) key = check ? boot_key (self) : NULL;
      gboolean refuse;
      PnSha256 digest;

      if (check && sig == NULL)
        continue;
      image = pn_file_client_get (self, "boot.img");
      if (image == NULL)
        {
          pn_virtual_hold (self);
          return NULL;
        }
      g_mutex_lock (&self->mutex);
      refuse = self->faults.reject_gadget;
      g_mutex_unlock (&self->mutex);
      digest = pn_sha256_bytes (image);
      if (!refuse && (!check || (key != NULL && pn_sig_file_verify (sig, &digest, key, NULL))))
        return g_steal_pointer (&image);
      if (!check)
        {
          pn_virtual_hold (self);
          return NULL;
        }
    }
  return NULL;
}

static gboolean
wants_ramdisk (GBytes *config)
{
  g_autofree char *text = NULL;

  if (config == NULL)
    return FALSE;
  text = g_strndup (g_bytes_get_data (config, NULL), g_bytes_get_size (config));
  return strstr (text, "boot_ramdisk=1") != NULL;
}

PnNext
pn_bootloader_run (PnVirtualDevice *self, gboolean second_stage)
{
  static const char *const firmware_2712[] = { "mcb.bin",      "memsys00.bin",
                                               "memsys01.bin", "rp1c0fw1.bin",
                                               "memsys02.bin", "rp1c0fw2.bin",
                                               "memsys03.bin", NULL };
  static const char *const firmware_2711[] = { "mcb.bin", "memsys04.bin", "memsys05.bin", NULL };
  const char *const *firmware = self->board.chip == PN_CHIP_BCM2711 ? firmware_2711 : firmware_2712;
  g_autoptr (GBytes) config = NULL;
  g_autoptr (GBytes) image = NULL;
  PnUsbFace face;

  pn_virtual_set_stage (self, PN_VIRTUAL_BOOTLOADER);
  pn_boot_rom_face (self, &face, TRUE);
  if (!pn_virtual_attach (self, &face))
    return PN_NEXT_OFF;
  if (second_stage)
    {
      g_autoptr (GBytes) bootmain = NULL;

      for (guint i = 0; firmware[i] != NULL; i++)
        {
          g_autoptr (GBytes) piece = pn_file_client_get (self, firmware[i]);

          if (piece == NULL && !pn_virtual_alive (self))
            return PN_NEXT_OFF;
        }
      bootmain = pn_file_client_get (self, "bootmain");
      if (bootmain == NULL)
        {
          pn_virtual_hold (self);
          return PN_NEXT_OFF;
        }
    }
  config = pn_file_client_get (self, "config.txt");
  /* An EEPROM image here would be taken for an update of itself (rpiboot.md §9). */
  if (pn_file_client_size (self, "pieeprom.sig") > 0)
    {
      pn_virtual_hold (self);
      return PN_NEXT_OFF;
    }
  if (!wants_ramdisk (config))
    {
      /* It would look for start files and a kernel; none of them is served. */
      pn_virtual_hold (self);
      return PN_NEXT_OFF;
    }
  image = load_image (self);
  if (image == NULL)
    return PN_NEXT_OFF;
  pn_virtual_detach (self);
  return pn_virtual_sleep (self, OFF_BUS_MS) ? PN_NEXT_GADGET : PN_NEXT_OFF;
}
