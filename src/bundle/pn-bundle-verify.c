/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All that the host can know before a device is touched: that every signature fits the manifest's
 * key, that nothing permanent hides in a configuration, that what will be streamed can be. */
#include "config.h"

#include <glib/gi18n-lib.h>

#include <string.h>

#include "pn-bootcode.h"
#include "pn-bootfiles.h"
#include "pn-bundle-private.h"
#include "pn-bytes.h"
#include "pn-chip.h"
#include "pn-eeprom.h"
#include "pn-fat.h"
#include "pn-hook.h"
#include "pn-io.h"
#include "pn-sig-file.h"
#include "pn-sparse.h"

#define MAX_SMALL (64 * 1024 * 1024)
#define MAX_GADGET (512 * 1024 * 1024)
#define PARTITION_GAP (4 * 1024 * 1024) /* bytes before the first partition: fastboot.md §9.4 */
#define LUKS_HEADER (16 * 1024 * 1024)  /* bytes: fastboot.md §9.5 */

static GBytes *
load (PnBundle *self, PnRole role, GError **error)
{
  return pn_read_file_fd (pn_bundle_get_fd (self, role),
                          role == PN_ROLE_GADGET ? MAX_GADGET : MAX_SMALL, error);
}

/* Names by which loaders look for an EEPROM image to update themselves with (workflows.md §4.5.2).
 */
static gboolean
updates_eeprom (const char *path)
{
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *lower = g_ascii_strdown (name, -1);

  return g_str_has_prefix (lower, "pieeprom.") || g_str_has_prefix (lower, "recovery.");
}

static const PnChipTraits *
get_traits (PnBundle *self)
{
  return pn_chip_get_traits (pn_manifest_get_chip (pn_bundle_get_manifest (self)));
}

/* The key that counts for boot code: none where the owner signs none of it. */
static PnPublicKey *
code_key (PnBundle *self, PnPublicKey *key)
{
  return get_traits (self)->countersigned ? key : NULL;
}

/* Boot code as it was published, or with our block over Raspberry Pi's where @key is not NULL. */
static gboolean
check_code (PnBundle *self, GBytes *code, PnPublicKey *key, const char *what, GError **error)
{
  PnManifest *manifest = pn_bundle_get_manifest (self);
  gboolean locks = pn_mode_locks (pn_manifest_get_mode (manifest));
  g_autoptr (GPtrArray) blocks = NULL;
  PnBootcodeBlock *outer;

  if (key == NULL)
    {
      if (pn_bootcode_check_published (code, pn_manifest_get_chip (manifest), locks, error))
        return TRUE;
      g_prefix_error (error, "%s: ", what);
      return FALSE;
    }
  blocks = pn_bootcode_get_blocks (code, error);
  if (blocks == NULL)
    {
      g_prefix_error (error, "%s: ", what);
      return FALSE;
    }
  outer = blocks->pdata[0];
  if (blocks->len == 2 && outer->key_number == PN_BOOTCODE_KEY_CUSTOMER && outer->version == 0 &&
      pn_public_key_equal (outer->key, key))
    return TRUE;
  return pn_set_error (error, PN_ERROR_SIGNATURE, "%s is not counter-signed with the bundle's key",
                       what);
}

/* TRUE where @ours is @plain and one block behind it. */
static gboolean
covers (GBytes *ours, GBytes *plain)
{
  gsize size = g_bytes_get_size (ours);
  g_autoptr (GBytes) covered = NULL;

  if (size < PN_BOOTCODE_BLOCK_SIZE)
    return FALSE;
  covered = g_bytes_new_from_bytes (ours, 0, size - PN_BOOTCODE_BLOCK_SIZE);
  return g_bytes_equal (covered, plain);
}

static gboolean
check_eeprom_file (
    PnBundle *self, PnEeprom *eeprom, const char *name, PnPublicKey *key, GError **error)
{
  g_autoptr (GBytes) code = pn_eeprom_get_file (eeprom, name, error);

  return code != NULL && check_code (self, code, code_key (self, key), name, error);
}

static gboolean
is_blank (GBytes *content)
{
  return pn_bytes_all (g_bytes_get_data (content, NULL), g_bytes_get_size (content), 0);
}

static gboolean
is_text (GBytes *content, const char *text)
{
  return g_bytes_get_size (content) == strlen (text) &&
         memcmp (g_bytes_get_data (content, NULL), text, strlen (text)) == 0;
}

/* A line of its own, in whatever section: a device without a key could not boot what follows. */
static gboolean
has_line (GBytes *text, const char *wanted)
{
  g_autofree char *string = g_strndup (g_bytes_get_data (text, NULL), g_bytes_get_size (text));
  g_auto (GStrv) lines = g_strsplit (string, "\n", 0);

  for (guint i = 0; lines[i] != NULL; i++)
    if (g_str_equal (g_strstrip (lines[i]), wanted))
      return TRUE;
  return FALSE;
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
  if (has_line (config, "SIGNED_BOOT=1") != (key != NULL))
    return pn_set_error (error, PN_ERROR_SIGNATURE,
                         key != NULL ? N_ ("The bootloader configuration lacks SIGNED_BOOT=1")
                                     : N_ ("The bootloader configuration says SIGNED_BOOT=1, but "
                                           "the mode signs nothing: the device would not boot"));
  if (key == NULL)
    return (is_blank (blob) && is_blank (sig)) ||
           pn_set_error (error, PN_ERROR_SIGNATURE,
                         "The EEPROM image holds a key or a signature, although its mode signs "
                         "nothing");
  if (!g_bytes_equal (blob, pn_public_key_get_blob (key)))
    return pn_set_error (error, PN_ERROR_SIGNATURE,
                         "The EEPROM image holds another key than the bundle's");
  digest = pn_sha256_bytes (config);
  if (pn_sig_file_verify (sig, &digest, key, error))
    return TRUE;
  g_prefix_error (error, "bootconf.sig: ");
  return FALSE;
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
    return pn_set_error (error, PN_ERROR_SIGNATURE, "The EEPROM image is for another chip");
  digest = pn_sha256_bytes (image);
  if (!pn_sig_file_verify (sig, &digest, key, error))
    {
      g_prefix_error (error, "pieeprom.sig: ");
      return FALSE;
    }
  return check_eeprom_file (self, eeprom, "bootcode.bin", key, error) &&
         (!pn_eeprom_is_ab (eeprom) || check_eeprom_file (self, eeprom, "bootsys", key, error)) &&
         check_eeprom_config (eeprom, key, error);
}

static gboolean
check_recovery (PnBundle *self, PnPublicKey *key, GError **error)
{
  g_autoptr (GBytes) plain = load (self, PN_ROLE_RECOVERY, error);
  g_autoptr (GBytes) ours = NULL;

  if (plain == NULL || !check_code (self, plain, NULL, "recovery.bin", error))
    return FALSE;
  if (code_key (self, key) == NULL)
    return TRUE;
  ours = load (self, PN_ROLE_RECOVERY_COUNTERSIGNED, error);
  if (ours == NULL || !check_code (self, ours, key, "The counter-signed recovery.bin", error))
    return FALSE;
  return covers (ours, plain) ||
         pn_set_error (error, PN_ERROR_SIGNATURE,
                       "The two variants of recovery.bin are not of the same file");
}

static char *
loader_name (PnBundle *self)
{
  return g_strconcat (get_traits (self)->folder, get_traits (self)->loader, NULL);
}

static GPtrArray *
load_bootfiles (PnBundle *self, PnRole role, PnPublicKey *key, GError **error)
{
  g_autoptr (GBytes) archive = load (self, role, error);
  g_autoptr (GPtrArray) files = archive != NULL ? pn_bootfiles_parse (archive, error) : NULL;
  g_autofree char *name = loader_name (self);
  GBytes *loader;

  if (files == NULL)
    {
      g_prefix_error (error, "%s: ", pn_role_to_word (role));
      return NULL;
    }
  for (guint i = 0; i < files->len; i++)
    if (updates_eeprom (((PnBootfile *) files->pdata[i])->name))
      return pn_set_error (error, PN_ERROR_SIGNATURE,
                           "bootfiles.bin holds an EEPROM image: devices would update themselves"),
             NULL;
  loader = pn_bootfiles_lookup (files, name);
  if (loader == NULL)
    return pn_set_error (error, PN_ERROR_SIGNATURE,
                         "bootfiles.bin has no loader for the bundle's chip (%s)", name),
           NULL;
  return check_code (self, loader, key, name, error) ? g_steal_pointer (&files) : NULL;
}

/* The counter-signed archive differs from the published one by the loader's block, no more. */
static gboolean
check_bootfiles (PnBundle *self, PnPublicKey *key, GError **error)
{
  g_autoptr (GPtrArray) plain = load_bootfiles (self, PN_ROLE_BOOTFILES, NULL, error);
  g_autoptr (GPtrArray) ours = NULL;
  g_autofree char *loader = loader_name (self);

  if (plain == NULL || code_key (self, key) == NULL)
    return plain != NULL;
  ours = load_bootfiles (self, PN_ROLE_BOOTFILES_COUNTERSIGNED, key, error);
  if (ours == NULL)
    return FALSE;
  for (guint i = 0; i < plain->len; i++)
    {
      PnBootfile *file = plain->pdata[i];
      GBytes *other = pn_bootfiles_lookup (ours, file->name);

      if (ours->len != plain->len || other == NULL ||
          !(g_ascii_strcasecmp (file->name, loader) == 0 ? covers (other, file->content)
                                                         : g_bytes_equal (other, file->content)))
        return pn_set_error (error, PN_ERROR_SIGNATURE,
                             "The two variants of bootfiles.bin are not of the same files");
    }
  return TRUE;
}

/* A configuration holds exactly the lines that the manifest stands for. */
static gboolean
check_hooks (PnBundle *self, GError **error)
{
  for (PnRole role = PN_ROLE_HOOKS; role < PN_N_ROLES; role++)
    {
      g_autoptr (GBytes) script = NULL;

      if (pn_manifest_find (pn_bundle_get_manifest (self), role) == NULL)
        continue;
      script = load (self, role, error);
      if (script == NULL || !pn_hook_check_script (script, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_config (PnBundle *self, PnRole role, GError **error)
{
  PnManifest *manifest = pn_bundle_get_manifest (self);
  g_autofree char *wanted = pn_manifest_make_config (manifest, role);
  g_autoptr (GBytes) text = NULL;

  if (pn_manifest_find (manifest, role) == NULL)
    return TRUE;
  text = load (self, role, error);
  return text != NULL && (is_text (text, wanted) ||
                          pn_set_error (error, PN_ERROR_SIGNATURE,
                                        "The %s does something that the manifest does not name",
                                        pn_role_to_word (role)));
}

static gboolean
check_configs (PnBundle *self, GError **error)
{
  return check_config (self, PN_ROLE_RECOVERY_CONFIG_INSPECT, error) &&
         check_config (self, PN_ROLE_RECOVERY_CONFIG_LOCK, error) &&
         check_config (self, PN_ROLE_RECOVERY_CONFIG_UPDATE, error) &&
         check_config (self, PN_ROLE_RECOVERY_CONFIG_JTAG, error) &&
         check_config (self, PN_ROLE_GADGET_CONFIG, error);
}

static gboolean
read_bytes (gpointer user_data, guint64 offset, void *buffer, gsize size, GError **error)
{
  PnReader reader;
  const guint8 *data;

  pn_reader_init_bytes (&reader, user_data);
  if (offset > G_MAXSIZE || !pn_reader_seek (&reader, (gsize) offset) ||
      (data = pn_reader_take (&reader, size)) == NULL)
    return pn_set_error (error, PN_ERROR_SIGNATURE, "It ends before its file system does");
  memcpy (buffer, data, size);
  return TRUE;
}

/* All files of a ramdisk: a FAT image. NULL where one of them would update the EEPROM. */
static GPtrArray *
read_ramdisk (GBytes *image, const char *what, GError **error)
{
  g_autoptr (PnFat) fat = pn_fat_open (read_bytes, image, g_bytes_get_size (image), error);
  g_autoptr (GPtrArray) files = fat != NULL ? pn_fat_read_all (fat, MAX_GADGET, error) : NULL;

  if (files == NULL)
    {
      pn_prefix_error (error, "%s is not a boot image", what);
      return NULL;
    }
  for (guint i = 0; i < files->len; i++)
    if (updates_eeprom (((PnFatFile *) files->pdata[i])->path))
      return pn_set_error (error, PN_ERROR_SIGNATURE,
                           "%s holds an EEPROM image: devices would update themselves", what),
             NULL;
  return g_steal_pointer (&files);
}

static gboolean
check_gadget (PnBundle *self, PnPublicKey *key, GError **error)
{
  const PnArtefact *gadget = pn_manifest_find (pn_bundle_get_manifest (self), PN_ROLE_GADGET);
  g_autoptr (GBytes) image = load (self, PN_ROLE_GADGET, error);
  g_autoptr (GPtrArray) files = image != NULL ? read_ramdisk (image, gadget->name, error) : NULL;
  g_autoptr (GBytes) sig = NULL;

  if (files == NULL || key == NULL)
    return files != NULL;
  sig = load (self, PN_ROLE_GADGET_SIGNATURE, error);
  if (sig == NULL)
    return FALSE;
  if (pn_sig_file_verify (sig, &gadget->digest, key, error))
    return TRUE;
  pn_prefix_error (error, "The gadget's boot.sig");
  return FALSE;
}

PnRuns *
pn_bundle_load_runs (PnBundle *self, const PnArtefact *artefact, GError **error)
{
  guint index = pn_manifest_index_of (pn_bundle_get_manifest (self), artefact);
  g_autoptr (PnRuns) runs = pn_sparse_parse_fd (pn_bundle_get_fds (self)[index], 0, artefact->size,
                                                PN_SPARSE_STRICT, error);

  if (runs == NULL)
    {
      g_prefix_error (error, "%s: ", artefact->name);
      return NULL;
    }
  if (pn_runs_get_n_blocks (runs) * PN_RUN_BLOCK_SIZE == artefact->expanded_size)
    return g_steal_pointer (&runs);
  pn_set_error (error, PN_ERROR_SIGNATURE, "%s expands to another size than the manifest says",
                artefact->name);
  return NULL;
}

static PnRuns *
check_sparse (PnBundle *self, PnRole role, GError **error)
{
  return pn_bundle_load_runs (self, pn_manifest_find (pn_bundle_get_manifest (self), role), error);
}

static GBytes *
find_file (GPtrArray *files, const char *path)
{
  for (guint i = 0; i < files->len; i++)
    if (g_ascii_strcasecmp (((PnFatFile *) files->pdata[i])->path, path) == 0)
      return ((PnFatFile *) files->pdata[i])->content;
  return NULL;
}

static gboolean
read_runs (gpointer user_data, guint64 offset, void *buffer, gsize size, GError **error)
{
  return pn_runs_read (user_data, offset, buffer, size, error);
}

/* The files with which the encrypted system starts. */
static gboolean
check_system_files (GPtrArray *files, const char *what, GError **error)
{
  GBytes *config = find_file (files, "config.txt");

  return (config != NULL && has_line (config, "lock_device_private_key=1") &&
          has_line (config, "initramfs initramfs8") && find_file (files, "initramfs8") != NULL) ||
         pn_set_error (error, PN_ERROR_SIGNATURE,
                       "%s does not lock the device's key, or cannot open its storage", what);
}

/* What the device's boot loader will find: boot.img, boot.sig where there is a key, config.txt, and
 * no other file. */
static GPtrArray *
check_boot_image (GPtrArray *files, PnPublicKey *key, GError **error)
{
  GBytes *image = find_file (files, "boot.img");
  GBytes *sig = find_file (files, "boot.sig");
  GBytes *config = find_file (files, "config.txt");
  PnSha256 digest;

  if (files->len != (key != NULL ? 3 : 2) || image == NULL || (key != NULL) != (sig != NULL) ||
      config == NULL)
    return pn_set_error (error, PN_ERROR_SIGNATURE,
                         "The boot partition has other files than boot.img, %sconfig.txt",
                         key != NULL ? "boot.sig and " : ""),
           NULL;
  if (!is_text (config, PN_MANIFEST_RAMDISK_CONFIG))
    return pn_set_error (error, PN_ERROR_SIGNATURE,
                         "The boot partition's config.txt does not start boot.img alone"),
           NULL;
  digest = pn_sha256_bytes (image);
  if (key != NULL && !pn_sig_file_verify (sig, &digest, key, error))
    {
      pn_prefix_error (error, "The boot partition's boot.sig");
      return NULL;
    }
  return read_ramdisk (image, "boot.img", error);
}

static GPtrArray *
read_boot_partition (PnRuns *runs, GError **error)
{
  guint64 size = pn_runs_get_n_blocks (runs) * PN_RUN_BLOCK_SIZE;
  g_autoptr (PnFat) fat = pn_fat_open (read_runs, runs, size, error);
  GPtrArray *files = fat != NULL ? pn_fat_read_all (fat, MAX_GADGET, error) : NULL;

  if (files == NULL)
    pn_prefix_error (error, "The boot partition");
  return files;
}

gboolean
pn_bundle_check_signed_boot (PnRuns *runs, PnPublicKey *key, GError **error)
{
  g_autoptr (GPtrArray) files = read_boot_partition (runs, error);
  g_autoptr (GPtrArray) inner = files != NULL ? check_boot_image (files, key, error) : NULL;

  return inner != NULL;
}

static gboolean
check_boot_partition (PnBundle *self, PnRuns *runs, PnPublicKey *key, GError **error)
{
  g_autoptr (GPtrArray) files = read_boot_partition (runs, error);
  g_autoptr (GPtrArray) inner = NULL;

  if (files == NULL)
    return FALSE;
  if (get_traits (self)->has_eeprom)
    {
      inner = check_boot_image (files, key, error);
      return inner != NULL && check_system_files (inner, "boot.img", error);
    }
  if (find_file (files, "bootcode.bin") == NULL)
    return pn_set_error (error, PN_ERROR_SIGNATURE,
                         "The boot partition has no bootcode.bin: the device would not start");
  return check_system_files (files, "The boot partition", error);
}

static gboolean
check_storage (PnBundle *self, PnPublicKey *key, GError **error)
{
  PnManifest *manifest = pn_bundle_get_manifest (self);
  g_autoptr (PnRuns) boot = NULL;
  g_autoptr (PnRuns) root = NULL;
  g_autoptr (PnRuns) metadata = NULL;
  guint64 needed;

  if (pn_manifest_has_image_set (manifest))
    return pn_bundle_check_image_set (self, key, error);
  if (!pn_mode_encrypts (pn_manifest_get_mode (manifest)))
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
        return pn_set_error (error, PN_ERROR_SIGNATURE,
                             "The bundle's partitions do not fit together");
      needed = PARTITION_GAP + LUKS_HEADER +
               (pn_runs_get_n_blocks (boot) + pn_runs_get_n_blocks (root)) * PN_RUN_BLOCK_SIZE;
    }
  return needed <= pn_manifest_get_minimum_storage (manifest) ||
         pn_set_error (error, PN_ERROR_SIGNATURE,
                       "The bundle needs more storage than its manifest says");
}

gboolean
pn_bundle_verify (PnBundle *self, GCancellable *cancellable, GError **error)
{
  PnManifest *manifest = pn_bundle_get_manifest (self);
  PnPublicKey *key = pn_manifest_get_public_key (manifest);

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (get_traits (self)->has_eeprom && !check_recovery (self, key, error))
    return FALSE;
  if (pn_manifest_find (manifest, PN_ROLE_EEPROM) != NULL && !check_eeprom (self, key, error))
    return FALSE;
  if (!check_hooks (self, error))
    return FALSE;
  if (pn_manifest_find (manifest, PN_ROLE_GADGET) != NULL && !check_gadget (self, key, error))
    return FALSE;
  return check_bootfiles (self, key, error) && check_configs (self, error) &&
         check_storage (self, key, error);
}
