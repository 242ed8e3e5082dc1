/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-manifest-fixture.h"

#define MIB (1024 * 1024)

static PnPublicKey *
make_key (void)
{
  guint8 blob[PN_PUBLIC_KEY_BLOB_SIZE] = { 0 };
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  PnPublicKey *key;

  for (guint i = 0; i < 256; i++)
    blob[i] = (guint8) (i * 7 + 1);
  blob[255] = 0xc3; /* the highest bit of the modulus */
  blob[256] = 1;
  blob[258] = 1;
  bytes = g_bytes_new (blob, sizeof blob);
  key = pn_public_key_new_from_blob (bytes, &error);
  g_assert_no_error (error);
  return key;
}

static gboolean
belongs (PnRole role, PnChip chip, PnMode mode)
{
  gboolean secure = mode == PN_MODE_SECURE_BOOT;

  switch (role)
    {
    case PN_ROLE_RECOVERY_COUNTERSIGNED:
    case PN_ROLE_BOOTFILES_COUNTERSIGNED:
      return secure && chip == PN_CHIP_BCM2712;
    case PN_ROLE_RECOVERY_CONFIG_LOCK:
    case PN_ROLE_GADGET_SIGNATURE:
      return secure && chip != PN_CHIP_BCM2710;
    case PN_ROLE_RECOVERY:
    case PN_ROLE_RECOVERY_CONFIG_INSPECT:
    case PN_ROLE_RECOVERY_CONFIG_UPDATE:
    case PN_ROLE_EEPROM:
    case PN_ROLE_EEPROM_SIGNATURE:
    case PN_ROLE_GADGET:
    case PN_ROLE_GADGET_CONFIG:
      return chip != PN_CHIP_BCM2710;
    case PN_ROLE_BOOT_PARTITION:
    case PN_ROLE_ROOT_FILESYSTEM:
    case PN_ROLE_ROOT_METADATA:
      return mode != PN_MODE_NAKED;
    case PN_ROLE_DISK:
      return mode == PN_MODE_NAKED;
    case PN_ROLE_RECOVERY_CONFIG_JTAG:
    case PN_ROLE_IMAGE_SET:
    case PN_ROLE_IMAGE_SET_FILE:
      return FALSE;
    case PN_ROLE_BOOTFILES:
      return TRUE;
    case PN_ROLE_HOOKS:
    default:
      return FALSE;
    }
}

PnManifest *
pn_manifest_fixture_for (PnChip chip, PnMode mode, PnStorage storage)
{
  static const char *const locking[] = { "customer-key", "device-key", "rpiboot-gpio", NULL };
  gboolean secure = mode == PN_MODE_SECURE_BOOT;
  gboolean encrypts = mode != PN_MODE_NAKED;
  PnManifest *self = pn_manifest_new ();
  PnSha256 digest = pn_sha256 ("punnet", 6);

  self->recipe_name = g_strdup ("A \"quoted\" name: Übung");
  self->recipe_revision = 7;
  self->chip = chip;
  self->mode = mode;
  self->storage = storage;
  self->cipher = encrypts ? g_strdup ("aes-xts-plain64") : NULL;
  self->public_key = secure ? make_key () : NULL;
  self->rpiboot_gpio = secure && chip == PN_CHIP_BCM2711 ? 8 : 0;
  self->permanent = g_strdupv ((char **) locking);
  if (self->rpiboot_gpio == 0)
    g_clear_pointer (&self->permanent[2], g_free);
  if (!secure)
    {
      g_strfreev (self->permanent);
      self->permanent = g_strsplit (encrypts ? "device-key" : "", ",", 0);
    }
  self->updates_eeprom = chip != PN_CHIP_BCM2710;
  self->disk_id = 0xfeedc0de;
  self->boot_partition_size = encrypts ? 512 * MIB : 0;
  self->minimum_storage = G_GUINT64_CONSTANT (8) * 1024 * MIB;
  self->image_name = g_strdup ("raspios.img");
  self->image_digest = digest;
  self->timestamp = 1760000000;
  for (PnRole role = 0; role < PN_N_ROLES; role++)
    if (belongs (role, chip, mode))
      pn_manifest_add (self, role, pn_role_to_word (role), 1000 + role, &digest,
                       role >= PN_ROLE_BOOT_PARTITION ? 64 * MIB : 0);
  return self;
}

PnManifest *
pn_manifest_fixture_with_set (PnMode mode)
{
  PnManifest *self = pn_manifest_fixture_new (mode);
  PnSha256 digest = pn_sha256 ("set", 3);

  for (guint i = self->artefacts->len; i > 0; i--)
    if (g_array_index (self->artefacts, PnArtefact, i - 1).role >= PN_ROLE_BOOT_PARTITION)
      g_array_remove_index (self->artefacts, i - 1);
  g_clear_pointer (&self->cipher, g_free);
  self->boot_partition_size = 0;
  pn_manifest_add (self, PN_ROLE_IMAGE_SET, "image-set", 2000, &digest, 0);
  pn_manifest_add (self, PN_ROLE_IMAGE_SET_FILE, "boot.sparse", 3000, &digest, 64 * MIB);
  pn_manifest_add (self, PN_ROLE_IMAGE_SET_FILE, "root.sparse", 3000, &digest, 64 * MIB);
  return self;
}

PnManifest *
pn_manifest_fixture_new (PnMode mode)
{
  return pn_manifest_fixture_for (PN_CHIP_BCM2712, mode, PN_STORAGE_EMMC);
}
