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

PnManifest *
pn_manifest_fixture_new (PnMode mode)
{
  static const char *const permanent[] = { "customer-key", "device-key", NULL };
  gboolean secure = mode == PN_MODE_SECURE_BOOT;
  PnManifest *self = pn_manifest_new ();
  PnSha256 digest = pn_sha256 ("punnet", 6);

  self->recipe_name = g_strdup ("A \"quoted\" name: Übung");
  self->recipe_revision = 7;
  self->chip = PN_CHIP_BCM2712;
  self->mode = mode;
  self->storage = PN_STORAGE_EMMC;
  self->cipher = secure ? g_strdup ("aes-xts-plain64") : NULL;
  self->public_key = secure ? make_key () : NULL;
  self->permanent = g_strdupv ((char **) (secure ? permanent : permanent + 2));
  self->updates_eeprom = TRUE;
  self->disk_id = 0xfeedc0de;
  self->boot_partition_size = secure ? 512 * MIB : 0;
  self->minimum_storage = G_GUINT64_CONSTANT (8) * 1024 * MIB;
  self->image_name = g_strdup ("raspios.img");
  self->image_digest = digest;
  self->timestamp = 1760000000;
  for (PnRole role = 0; role < PN_N_ROLES; role++)
    {
      gboolean sparse = role >= PN_ROLE_BOOT_PARTITION;
      gboolean secure_only = role == PN_ROLE_RECOVERY_COUNTERSIGNED ||
                             role == PN_ROLE_RECOVERY_CONFIG_LOCK ||
                             role == PN_ROLE_BOOTFILES_COUNTERSIGNED ||
                             role == PN_ROLE_GADGET_SIGNATURE || (sparse && role != PN_ROLE_DISK);

      if (role == PN_ROLE_DISK ? !secure : secure || !secure_only)
        pn_manifest_add (self, role, pn_role_to_word (role), 1000 + role, &digest,
                         sparse ? 64 * MIB : 0);
    }
  return self;
}
