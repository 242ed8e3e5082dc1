/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All that the host can know before a device is touched: that every signature fits the manifest's
 * key, that nothing permanent hides in a configuration, that what will be streamed can be. */
#include "config.h"

#include <string.h>

#include "pn-bootcode.h"
#include "pn-bootfiles.h"
#include "pn-bundle.h"
#include "pn-bytes.h"
#include "pn-eeprom.h"
#include "pn-fat.h"
#include "pn-io.h"
#include "pn-sig-file.h"
#include "pn-sparse.h"

#define MAX_SMALL (64 * 1024 * 1024)
#define MAX_GADGET (512 * 1024 * 1024)
#define LOADER "2712/bootcode5.bin"

static gboolean refuse (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
refuse (GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  if (error != NULL)
    *error = g_error_new_valist (PN_ERROR, PN_ERROR_SIGNATURE, format, args);
  va_end (args);
  return FALSE;
}

static GBytes *
load (PnBundle *self, PnRole role, GError **error)
{
  return pn_read_file_fd (pn_bundle_get_fd (self, role),
                          role == PN_ROLE_GADGET ? MAX_GADGET : MAX_SMALL, error);
}

/* Boot code with Raspberry Pi's block, and ours over it where @key is not NULL. */
static gboolean
check_code (GBytes *code, PnPublicKey *key, const char *what, GError **error)
{
  g_autoptr (GPtrArray) blocks = pn_bootcode_get_blocks (code, error);

  if (blocks == NULL)
    {
      g_prefix_error (error, "%s: ", what);
      return FALSE;
    }
  if (key == NULL)
    return blocks->len == 1 ||
           refuse (error, "%s is counter-signed, but has to be as it was published", what);
  if (blocks->len == 2 && pn_public_key_equal (((PnBootcodeBlock *) blocks->pdata[0])->key, key))
    return TRUE;
  return refuse (error, "%s is not counter-signed with the bundle's key", what);
}

static gboolean
check_eeprom_file (PnEeprom *eeprom, const char *name, PnPublicKey *key, GError **error)
{
  g_autoptr (GBytes) code = pn_eeprom_get_file (eeprom, name, error);

  return code != NULL && check_code (code, key, name, error);
}

/* bootconf.sig and pubkey.bin belong together and to the key; both are empty where there is none.
 */
static gboolean
check_eeprom_config (PnEeprom *eeprom, PnPublicKey *key, GError **error)
{
  g_autoptr (GBytes) config = pn_eeprom_get_file (eeprom, "bootconf.txt", error);
  g_autoptr (GBytes) sig =
      config != NULL ? pn_eeprom_get_file (eeprom, "bootconf.sig", error) : NULL;
  g_autoptr (GBytes) blob = sig != NULL ? pn_eeprom_get_file (eeprom, "pubkey.bin", error) : NULL;
  PnSha256 digest;

  if (blob == NULL)
    return FALSE;
  if (key == NULL)
    return pn_bytes_all (g_bytes_get_data (blob, NULL), g_bytes_get_size (blob), 0) ||
           refuse (error, "The EEPROM image holds a key, although nothing is to be signed");
  if (!g_bytes_equal (blob, pn_public_key_get_blob (key)))
    return refuse (error, "The EEPROM image holds another key than the bundle's");
  digest = pn_sha256_bytes (config);
  return pn_sig_file_verify (sig, &digest, key, error);
}

static gboolean
check_eeprom (PnBundle *self, PnPublicKey *key, GError **error)
{
  g_autoptr (GBytes) image = load (self, PN_ROLE_EEPROM, error);
  g_autoptr (GBytes) sig = image != NULL ? load (self, PN_ROLE_EEPROM_SIGNATURE, error) : NULL;
  g_autoptr (PnEeprom) eeprom = sig != NULL ? pn_eeprom_new (image, error) : NULL;
  PnSha256 digest;

  if (eeprom == NULL)
    return FALSE;
  if (pn_eeprom_get_chip (eeprom) != pn_manifest_get_chip (pn_bundle_get_manifest (self)))
    return refuse (error, "The EEPROM image is for another chip");
  digest = pn_sha256_bytes (image);
  if (!pn_sig_file_verify (sig, &digest, key, error))
    {
      g_prefix_error (error, "pieeprom.sig: ");
      return FALSE;
    }
  return check_eeprom_file (eeprom, "bootcode.bin", key, error) &&
         (!pn_eeprom_is_ab (eeprom) || check_eeprom_file (eeprom, "bootsys", key, error)) &&
         check_eeprom_config (eeprom, key, error);
}

static gboolean
check_recovery (PnBundle *self, PnPublicKey *key, GError **error)
{
  g_autoptr (GBytes) plain = load (self, PN_ROLE_RECOVERY, error);
  g_autoptr (GBytes) ours = NULL;
  g_autoptr (GBytes) covered = NULL;

  if (plain == NULL || !check_code (plain, NULL, "recovery.bin", error))
    return FALSE;
  if (key == NULL)
    return TRUE;
  ours = load (self, PN_ROLE_RECOVERY_COUNTERSIGNED, error);
  if (ours == NULL || !check_code (ours, key, "The counter-signed recovery.bin", error))
    return FALSE;
  covered = g_bytes_new_from_bytes (ours, 0, g_bytes_get_size (ours) - PN_BOOTCODE_BLOCK_SIZE);
  return g_bytes_equal (covered, plain) ||
         refuse (error, "The two variants of recovery.bin are not of the same file");
}

static gboolean
check_bootfiles (PnBundle *self, PnRole role, PnPublicKey *key, GError **error)
{
  g_autoptr (GBytes) archive = load (self, role, error);
  g_autoptr (GPtrArray) files = archive != NULL ? pn_bootfiles_parse (archive, error) : NULL;
  GBytes *loader;

  if (files == NULL)
    return FALSE;
  for (guint i = 0; i < files->len; i++)
    if (strstr (((PnBootfile *) files->pdata[i])->name, "pieeprom") != NULL)
      return refuse (error, "bootfiles.bin holds an EEPROM image: devices would update themselves");
  loader = pn_bootfiles_lookup (files, LOADER);
  if (loader == NULL)
    return refuse (error, "bootfiles.bin has no loader for BCM2712");
  return check_code (loader, key, LOADER, error);
}

/* A configuration holds exactly the lines of @wanted, which the manifest's list stands for. */
static gboolean
check_config (PnBundle *self, PnRole role, const char *wanted, GError **error)
{
  g_autoptr (GBytes) text = load (self, role, error);

  if (text == NULL)
    return FALSE;
  return (g_bytes_get_size (text) == strlen (wanted) &&
          memcmp (g_bytes_get_data (text, NULL), wanted, strlen (wanted)) == 0) ||
         refuse (error, "The %s does something that the manifest does not name",
                 pn_role_to_word (role));
}

static gboolean
check_configs (PnBundle *self, GError **error)
{
  static const char reading[] = "set_reboot_order=0x3\nrecovery_reboot=1\n";
  PnManifest *manifest = pn_bundle_get_manifest (self);
  gboolean jtag = g_strv_contains (pn_manifest_get_permanent (manifest), "jtag-lock");
  g_autofree char *locking =
      g_strconcat ("program_pubkey=1\n", reading, jtag ? "program_jtag_lock=1\n" : "", NULL);

  return check_config (self, PN_ROLE_RECOVERY_CONFIG_INSPECT, reading, error) &&
         check_config (self, PN_ROLE_GADGET_CONFIG, "boot_ramdisk=1\nuart_2ndstage=1\n", error) &&
         (pn_manifest_find (manifest, PN_ROLE_RECOVERY_CONFIG_UPDATE) == NULL ||
          check_config (self, PN_ROLE_RECOVERY_CONFIG_UPDATE, reading, error)) &&
         (pn_manifest_find (manifest, PN_ROLE_RECOVERY_CONFIG_LOCK) == NULL ||
          check_config (self, PN_ROLE_RECOVERY_CONFIG_LOCK, locking, error));
}

static gboolean
check_gadget (PnBundle *self, PnPublicKey *key, GError **error)
{
  g_autoptr (GBytes) sig = NULL;
  const PnArtefact *gadget = pn_manifest_find (pn_bundle_get_manifest (self), PN_ROLE_GADGET);

  if (key == NULL)
    return TRUE;
  sig = load (self, PN_ROLE_GADGET_SIGNATURE, error);
  return sig != NULL && pn_sig_file_verify (sig, &gadget->digest, key, error);
}

static PnRuns *
check_sparse (PnBundle *self, PnRole role, GError **error)
{
  const PnArtefact *artefact = pn_manifest_find (pn_bundle_get_manifest (self), role);
  g_autoptr (PnRuns) runs = pn_sparse_parse_fd (pn_bundle_get_fd (self, role), 0, artefact->size,
                                                PN_SPARSE_STRICT, error);

  if (runs == NULL)
    {
      g_prefix_error (error, "%s: ", artefact->name);
      return NULL;
    }
  if (pn_runs_get_n_blocks (runs) * PN_RUN_BLOCK_SIZE == artefact->expanded_size)
    return g_steal_pointer (&runs);
  refuse (error, "%s expands to another size than the manifest says", artefact->name);
  return NULL;
}

static gboolean
read_runs (gpointer user_data, guint64 offset, void *buffer, gsize size, GError **error)
{
  return pn_runs_read (user_data, offset, buffer, size, error);
}

/* The boot partition as the device's boot loader will see it. */
static gboolean
check_boot_partition (PnBundle *self, PnRuns *runs, PnPublicKey *key, GError **error)
{
  guint64 size = pn_runs_get_n_blocks (runs) * PN_RUN_BLOCK_SIZE;
  g_autoptr (PnFat) fat = pn_fat_open (read_runs, runs, size, error);
  g_autoptr (GBytes) image =
      fat != NULL ? pn_fat_read_file (fat, "boot.img", MAX_GADGET, error) : NULL;
  g_autoptr (GBytes) sig =
      image != NULL ? pn_fat_read_file (fat, "boot.sig", MAX_SMALL, error) : NULL;
  g_autoptr (GBytes) config =
      sig != NULL ? pn_fat_read_file (fat, "config.txt", MAX_SMALL, error) : NULL;
  PnSha256 digest;

  if (config == NULL)
    {
      g_prefix_error (error, "The boot partition: ");
      return FALSE;
    }
  digest = pn_sha256_bytes (image);
  return pn_sig_file_verify (sig, &digest, key, error);
}

static gboolean
check_storage (PnBundle *self, PnPublicKey *key, GError **error)
{
  PnManifest *manifest = pn_bundle_get_manifest (self);
  g_autoptr (PnRuns) boot = NULL;
  g_autoptr (PnRuns) root = NULL;
  g_autoptr (PnRuns) metadata = NULL;
  guint64 needed;

  if (key == NULL)
    {
      g_autoptr (PnRuns) disk = check_sparse (self, PN_ROLE_DISK, error);

      if (disk == NULL)
        return FALSE;
      needed = pn_runs_get_n_blocks (disk) * PN_RUN_BLOCK_SIZE;
    }
  else
    {
      if ((boot = check_sparse (self, PN_ROLE_BOOT_PARTITION, error)) == NULL ||
          (root = check_sparse (self, PN_ROLE_ROOT_FILESYSTEM, error)) == NULL ||
          (metadata = check_sparse (self, PN_ROLE_ROOT_METADATA, error)) == NULL ||
          !check_boot_partition (self, boot, key, error))
        return FALSE;
      if (pn_runs_get_n_blocks (root) != pn_runs_get_n_blocks (metadata) ||
          pn_runs_get_n_blocks (boot) * PN_RUN_BLOCK_SIZE !=
              pn_manifest_get_boot_partition_size (manifest))
        return refuse (error, "The bundle's partitions do not fit together");
      needed = (pn_runs_get_n_blocks (boot) + pn_runs_get_n_blocks (root)) * PN_RUN_BLOCK_SIZE;
    }
  return needed <= pn_manifest_get_minimum_storage (manifest) ||
         refuse (error, "The bundle needs more storage than its manifest says");
}

gboolean
pn_bundle_verify (PnBundle *self, GCancellable *cancellable, GError **error)
{
  PnManifest *manifest = pn_bundle_get_manifest (self);
  PnPublicKey *key = pn_manifest_get_public_key (manifest);

  return !g_cancellable_set_error_if_cancelled (cancellable, error) &&
         check_recovery (self, key, error) &&
         (pn_manifest_find (manifest, PN_ROLE_EEPROM) == NULL || check_eeprom (self, key, error)) &&
         check_bootfiles (self, PN_ROLE_BOOTFILES, NULL, error) &&
         (key == NULL || check_bootfiles (self, PN_ROLE_BOOTFILES_COUNTERSIGNED, key, error)) &&
         check_configs (self, error) && check_gadget (self, key, error) &&
         check_storage (self, key, error);
}
