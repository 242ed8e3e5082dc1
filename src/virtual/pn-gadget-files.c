/* SPDX-License-Identifier: GPL-3.0-or-later */
/* oem mount, umount, upload-file and download-file. The daemon's file system is a table in memory,
 * so that no path from the wire ever names a file of the host. */
#include "config.h"

#include "pn-gadget-private.h"

#include <errno.h>
#include <string.h>

#include "pn-bytes.h"

#define MAX_FILES_SIZE (512u * 1024 * 1024) /* bytes of all files, the device's tmpfs */
#define EXT_MAGIC_OFFSET 1080
#define EXT_MAGIC 0xef53

/* Folders that files can be made in; mount points come and go (PnVirtualStorage). */
static const char *const folders[] = { "/", "/tmp", "/data", "/run", "/root" };

static gboolean
folder_exists (const char *path)
{
  for (guint i = 0; i < G_N_ELEMENTS (folders); i++)
    if (g_str_equal (path, folders[i]))
      return TRUE;
  return FALSE;
}

/* 0, or the errno of opening @path for writing. */
static int
create_error (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);

  if (folder_exists (path))
    return EISDIR;
  return path[0] == '/' && folder_exists (folder) ? 0 : ENOENT;
}

/* Lock held. */
static gsize
size_of_others (PnGadget *gadget, const char *path)
{
  GHashTableIter iter;
  gpointer name, contents;
  gsize size = 0;

  g_hash_table_iter_init (&iter, gadget->files);
  while (g_hash_table_iter_next (&iter, &name, &contents))
    if (!g_str_equal (name, path))
      size += g_bytes_get_size (contents);
  return size;
}

PnHandled
pn_gadget_download_file (PnGadgetSession *self, const char *const *words, guint n_words)
{
  PnGadget *gadget = self->gadget;
  gboolean fits;
  int saved_errno;

  if (n_words != 1)
    return pn_gadget_reply (
        self, "FAIL",
        "Invalid argument count. Wanted oem download-file <current-path> <path-to-destination>");
  if ((saved_errno = create_error (words[0])) != 0)
    return pn_gadget_reply (self, "FAIL", "Error opening file, ERRNO: %d", saved_errno);
  g_mutex_lock (&gadget->mutex);
  fits = size_of_others (gadget, words[0]) + self->buffer_size <= MAX_FILES_SIZE;
  if (fits) /* also with nothing staged: the file is truncated by then */
    g_hash_table_replace (gadget->files, g_strdup (words[0]),
                          g_bytes_new (self->buffer, self->buffer_size));
  g_mutex_unlock (&gadget->mutex);
  if (!fits)
    return pn_gadget_reply (self, "FAIL", "Error opening file, ERRNO: %d", ENOSPC);
  if (self->buffer_size == 0)
    return pn_gadget_reply (self, "FAIL", "Buffer size zero. Check file was successfully staged");
  pn_gadget_clear_buffer (self);
  return pn_gadget_reply (self, "OKAY", "Write Successful!");
}

PnHandled
pn_gadget_upload_file (PnGadgetSession *self, const char *const *words, guint n_words)
{
  g_autoptr (GBytes) contents = NULL;

  if (n_words != 1)
    return pn_gadget_reply (self, "FAIL",
                            "Invalid argument count. Wanted [oem upload-file <path-on-client>]");
  g_mutex_lock (&self->gadget->mutex);
  contents = g_hash_table_lookup (self->gadget->files, words[0]);
  if (contents != NULL)
    g_bytes_ref (contents);
  g_mutex_unlock (&self->gadget->mutex);
  if (contents == NULL)
    return pn_gadget_reply (self, "FAIL", "Error opening file, ERRNO: %d", ENOENT);
  if (g_bytes_get_size (contents) == 0)
    return pn_gadget_reply (self, "FAIL", "Filesize zero. Will not upload empty file");
  pn_gadget_clear_buffer (self);
  self->buffer_size = g_bytes_get_size (contents);
  self->buffer = g_memdup2 (g_bytes_get_data (contents, NULL), self->buffer_size);
  return pn_gadget_reply (self, "OKAY", "Write Successful!");
}

/* What the kernel would find: auto-detection, then vfat, ext4. */
static const char *
detect (PnGadgetSession *self, const char *node, guint64 size)
{
  guint8 head[2048] = { 0 };

  if (size < sizeof head ||
      !pn_virtual_storage_read (self->gadget->storage, node, 0, head, sizeof head))
    return NULL;
  if ((head[EXT_MAGIC_OFFSET] | head[EXT_MAGIC_OFFSET + 1] << 8) == EXT_MAGIC)
    return "ext4";
  if (head[510] == 0x55 && head[511] == 0xaa &&
      (memcmp (head + 54, "FAT", 3) == 0 || memcmp (head + 82, "FAT32", 5) == 0))
    return "vfat";
  return NULL;
}

static PnHandled
mount_failed (
    PnGadgetSession *self, const char *node, const char *folder, const char *type, int saved_errno)
{
  g_autofree char *note = type != NULL ? g_strdup_printf (" (type %s)", type) : g_strdup ("");

  return pn_gadget_reply (self, "FAIL", "Mount failed for /dev/%s on %s%s: %s", node, folder, note,
                          g_strerror (saved_errno));
}

PnHandled
pn_gadget_mount (PnGadgetSession *self, const char *const *words, guint n_words)
{
  const char *type = n_words > 2 ? words[2] : NULL;
  const char *found;
  PnNodeState state;
  guint64 size;
  int saved_errno;

  if (n_words < 2 || n_words > 3)
    return pn_gadget_reply (self, "FAIL",
                            "Usage: oem mount <device> <mountpoint> [fstype]\r\n"
                            "e.g.:  oem mount mmcblk0p1 /mnt/bootfs\r\n"
                            "       oem mount mmcblk0p1 /mnt/bootfs vfat\r\n"
                            "       oem mount cryptroot2 /mnt/rootfs ext4");
  if (g_str_equal (words[0], "null") || g_str_equal (words[0], "zero"))
    return pn_gadget_reply (self, "FAIL", "Not a block device: /dev/%s", words[0]);
  state = pn_virtual_storage_look (self->gadget->storage, words[0], &size);
  if (state == PN_NODE_MISSING)
    return pn_gadget_reply (self, "FAIL", "Device not found: /dev/%s: No such file or directory",
                            words[0]);
  if (words[1][0] != '/')
    return pn_gadget_reply (self, "FAIL", "Failed to create mountpoint: %s", words[1]);
  if (state == PN_NODE_BUSY)
    return mount_failed (self, words[0], words[1], type, EBUSY);
  found = detect (self, words[0], size);
  if (found == NULL || (type != NULL && !g_str_equal (type, found)))
    return mount_failed (self, words[0], words[1], type, EINVAL);
  if (!pn_virtual_storage_mount (self->gadget->storage, words[0], words[1], &saved_errno))
    return mount_failed (self, words[0], words[1], type, saved_errno);
  return pn_gadget_reply (self, "OKAY", "Mounted /dev/%s on %s", words[0], words[1]);
}

PnHandled
pn_gadget_umount (PnGadgetSession *self, const char *const *words, guint n_words)
{
  if (n_words < 1)
    return pn_gadget_reply (self, "FAIL", "Usage: oem umount <mountpoint>");
  if (pn_virtual_storage_unmount (self->gadget->storage, words[0]))
    return pn_gadget_reply (self, "OKAY", "Unmounted %s", words[0]);
  return pn_gadget_reply (self, "FAIL", "Unmount failed for %s: %s", words[0],
                          g_strerror (folder_exists (words[0]) ? EINVAL : ENOENT));
}
