/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "pn-initramfs.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>

#include "pn-error.h"
#include "pn-modules.h"

#define MODULES "usr/lib/modules"
#define SCRIPT "usr/bin/init_cryptroot.sh"
#define DEFAULT_DISK "mmcblk0"
#define FIXED_TIME 1577836800 /* 2020-01-01: the image is signed, so its bytes must not vary */
#define MAX_ENTRY (64 * 1024 * 1024)
#define MAX_OUTPUT (512 * 1024 * 1024)
#define MAX_TABLE (16 * 1024 * 1024)
#define MAX_KERNELS 32
#define ZSTD_LEVEL "6"
#define CANNOT_UNLOCK N_ ("Kernel %s of the image cannot unlock the storage")

typedef struct archive Archive;
typedef struct archive_entry ArchiveEntry;
static void
write_free (Archive *self)
{
  (void) archive_write_free (self);
}
static void
read_free (Archive *self)
{
  (void) archive_read_free (self);
}
typedef Archive ReadArchive;
typedef Archive WriteArchive;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ReadArchive, read_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WriteArchive, write_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ArchiveEntry, archive_entry_free)

/* image-preparation.md §6.2 */
const char *const pn_initramfs_modules[] = { "dm-crypt",
                                             "algif_skcipher",
                                             "crypto-xts(aes)",
                                             "crypto-adiantum",
                                             "crypto-nhpoly1305",
                                             "crypto-xchacha12",
                                             NULL };

static gboolean
failed (Archive *archive, GError **error, const char *what)
{
  const char *why = archive_error_string (archive);

  pn_set_error (error, PN_ERROR_INVALID_DATA, "%s: %s", what, why != NULL ? why : "damaged");
  return FALSE;
}

static gboolean
write_entry (Archive *out, ArchiveEntry *entry, const void *data, gsize size, GError **error)
{
  archive_entry_set_mtime (entry, FIXED_TIME, 0);
  archive_entry_unset_atime (entry);
  archive_entry_unset_ctime (entry);
  archive_entry_unset_birthtime (entry);
  archive_entry_set_uid (entry, 0);
  archive_entry_set_gid (entry, 0);
  archive_entry_set_size (entry, (la_int64_t) size);
  if (archive_write_header (out, entry) != ARCHIVE_OK ||
      (size > 0 && archive_write_data (out, data, size) != (la_ssize_t) size))
    return failed (out, error, "The initramfs cannot be written");
  return TRUE;
}

static gboolean
write_file (Archive *out, const char *path, GBytes *content, GError **error)
{
  g_autoptr (ArchiveEntry) entry = archive_entry_new ();

  archive_entry_set_pathname (entry, path);
  archive_entry_set_filetype (entry, AE_IFREG);
  archive_entry_set_perm (entry, 0644);
  return write_entry (out, entry, g_bytes_get_data (content, NULL), g_bytes_get_size (content),
                      error);
}

/* A folder and those above it, each once. */
static gboolean
write_folders (Archive *out, GHashTable *made, const char *path, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (path, "/", 0);
  g_autoptr (GString) at = g_string_new (NULL);

  for (guint i = 0; parts[i] != NULL; i++)
    {
      g_autoptr (ArchiveEntry) entry = NULL;

      g_string_append_printf (at, "%s%s", i > 0 ? "/" : "", parts[i]);
      if (!g_hash_table_add (made, g_strdup (at->str)))
        continue;
      entry = archive_entry_new ();
      archive_entry_set_pathname (entry, at->str);
      archive_entry_set_filetype (entry, AE_IFDIR);
      archive_entry_set_perm (entry, 0755);
      if (!write_entry (out, entry, NULL, 0, error))
        return FALSE;
    }
  return TRUE;
}

static GBytes *
replace_disk (const guint8 *data, gsize size, const char *disk)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_auto (GStrv) parts = g_strsplit (text, DEFAULT_DISK, 0);
  char *joined = g_strjoinv (disk, parts);

  return g_bytes_new_take (joined, strlen (joined));
}

static const char *
plain_path (const char *path)
{
  while (g_str_has_prefix (path, "./"))
    path += 2;
  return path;
}

/* Copies one entry of the base; old modules are left out, the script learns the disk's name. */
static gboolean
copy_entry (Archive *in,
            Archive *out,
            ArchiveEntry *entry,
            const char *disk,
            GHashTable *made,
            GError **error)
{
  g_autofree char *path = g_strdup (plain_path (archive_entry_pathname (entry)));
  g_autofree guint8 *data = NULL;
  g_autoptr (GBytes) edited = NULL;
  la_int64_t size = archive_entry_filetype (entry) == AE_IFREG ? archive_entry_size (entry) : 0;

  if (g_str_has_prefix (path, MODULES "/") || g_str_equal (path, ".") || path[0] == '\0')
    return TRUE;
  if (size < 0 || size > MAX_ENTRY)
    {
      pn_set_error (error, PN_ERROR_NO_SPACE, "The initramfs has a file that is too large: %s",
                    path);
      return FALSE;
    }
  data = g_malloc ((gsize) MAX (size, 1));
  if (size > 0 && archive_read_data (in, data, (size_t) size) != (la_ssize_t) size)
    return failed (in, error, "The initramfs is damaged");
  archive_entry_set_pathname (entry, path);
  if (archive_entry_filetype (entry) == AE_IFDIR)
    g_hash_table_add (made, g_strdup (path));
  if (g_str_equal (path, SCRIPT))
    {
      edited = replace_disk (data, (gsize) size, disk);
      return write_entry (out, entry, g_bytes_get_data (edited, NULL), g_bytes_get_size (edited),
                          error);
    }
  /* A link has a length, but no content of its own here. */
  return write_entry (out, entry, data, (gsize) size, error);
}

static gboolean
copy_base (GBytes *base, Archive *out, const char *disk, GHashTable *made, GError **error)
{
  g_autoptr (ReadArchive) in = archive_read_new ();
  ArchiveEntry *entry;
  guint n = 0;
  int result;

  archive_read_support_filter_all (in);
  archive_read_support_format_cpio (in);
  if (archive_read_open_memory (in, g_bytes_get_data (base, NULL), g_bytes_get_size (base)) !=
      ARCHIVE_OK)
    return failed (in, error, "The pre-boot initramfs is not a cpio archive");
  while ((result = archive_read_next_header (in, &entry)) == ARCHIVE_OK)
    {
      n++;
      if (!copy_entry (in, out, entry, disk, made, error))
        return FALSE;
    }
  if (result != ARCHIVE_EOF || n == 0)
    return failed (in, error, "The pre-boot initramfs is damaged");
  return TRUE;
}

static GBytes *
read_optional (PnExt4 *root, const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  return pn_ext4_read_file (root, path, MAX_TABLE, NULL);
}

static gboolean
add_kernel (Archive *out,
            PnExt4 *root,
            const char *folder,
            const char *version,
            const char *const *modules,
            GHashTable *made,
            GError **error)
{
  static const char *const tables[] = { "modules.alias",           "modules.builtin",
                                        "modules.builtin.modinfo", "modules.dep",
                                        "modules.devname",         "modules.order",
                                        "modules.softdep",         "modules.symbols" };
  g_autofree char *target = g_build_filename (MODULES, version, NULL);
  g_autoptr (GBytes) dep = read_optional (root, folder, "modules.dep");
  g_autoptr (GBytes) alias = read_optional (root, folder, "modules.alias");
  g_autoptr (GBytes) builtin = read_optional (root, folder, "modules.builtin");
  g_autoptr (GPtrArray) files = pn_modules_resolve (dep, alias, builtin, modules, error);

  if (files == NULL)
    {
      pn_prefix_error (error, CANNOT_UNLOCK, version);
      return FALSE;
    }
  if (!write_folders (out, made, target, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    {
      g_autoptr (GBytes) table = read_optional (root, folder, tables[i]);
      g_autofree char *path = g_build_filename (target, tables[i], NULL);

      if (table != NULL && !write_file (out, path, table, error))
        return FALSE;
    }
  for (guint i = 0; i < files->len; i++)
    {
      g_autofree char *source = g_build_filename (folder, files->pdata[i], NULL);
      g_autofree char *path = g_build_filename (target, files->pdata[i], NULL);
      g_autofree char *parent = g_path_get_dirname (path);
      g_autoptr (GBytes) module = pn_ext4_read_file (root, source, MAX_ENTRY, error);

      if (module == NULL)
        {
          pn_prefix_error (error, CANNOT_UNLOCK, version);
          return FALSE;
        }
      if (!write_folders (out, made, parent, error) || !write_file (out, path, module, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
add_kernels (Archive *out,
             PnExt4 *root,
             const char *const *modules,
             GPtrArray *kernels,
             GHashTable *made,
             GCancellable *cancellable,
             GError **error)
{
  const char *base =
      pn_ext4_exists (root, "/usr/lib/modules") ? "/usr/lib/modules" : "/lib/modules";
  g_auto (GStrv) versions = pn_ext4_list (root, base, NULL);
  guint n = 0;

  for (guint i = 0; versions != NULL && versions[i] != NULL; i++)
    {
      g_autofree char *folder = g_build_filename (base, versions[i], NULL);
      g_autofree char *dep = g_build_filename (folder, "modules.dep", NULL);
      g_autofree char *own = g_build_filename (folder, "kernel", NULL);

      /* What a removed kernel leaves behind is no kernel; one without its list is a broken one. */
      if (!pn_ext4_exists (root, dep) && !pn_ext4_exists (root, own))
        continue;
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      if (++n > MAX_KERNELS)
        {
          pn_set_error (error, PN_ERROR_NOT_SUPPORTED, "The image has more than %s kernels",
                        PN_NUMBER (MAX_KERNELS));
          return FALSE;
        }
      if (!add_kernel (out, root, folder, versions[i], modules, made, error))
        return FALSE;
      if (kernels != NULL)
        g_ptr_array_add (kernels, g_strdup (versions[i]));
    }
  if (n > 0)
    return TRUE;
  pn_set_error (error, PN_ERROR_NOT_FOUND,
                "The image has no kernel modules (/usr/lib/modules): the device could not "
                "unlock its storage");
  return FALSE;
}

GBytes *
pn_initramfs_build (GBytes *base,
                    PnExt4 *root,
                    const char *const *modules,
                    const char *disk,
                    GPtrArray *kernels,
                    GCancellable *cancellable,
                    GError **error)
{
  /* First, so that they outlive the archive, which writes what is left when it is freed. */
  g_autofree guint8 *buffer = g_malloc (MAX_OUTPUT);
  size_t used = 0;
  g_autoptr (WriteArchive) out = archive_write_new ();
  g_autoptr (GHashTable) made = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  if (archive_write_set_format_cpio_newc (out) != ARCHIVE_OK ||
      archive_write_add_filter_zstd (out) != ARCHIVE_OK ||
      archive_write_set_filter_option (out, "zstd", "compression-level", ZSTD_LEVEL) !=
          ARCHIVE_OK ||
      archive_write_set_bytes_in_last_block (out, 1) != ARCHIVE_OK ||
      archive_write_open_memory (out, buffer, MAX_OUTPUT, &used) != ARCHIVE_OK)
    {
      failed (out, error, "The initramfs cannot be written");
      return NULL;
    }
  if (!copy_base (base, out, disk, made, error) ||
      !add_kernels (out, root, modules != NULL ? modules : pn_initramfs_modules, kernels, made,
                    cancellable, error))
    return NULL;
  if (archive_write_close (out) != ARCHIVE_OK)
    {
      failed (out, error, "The initramfs cannot be written");
      return NULL;
    }
  return g_bytes_new (buffer, used);
}
