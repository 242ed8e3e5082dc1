/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Real LUKS2 headers by libcryptsetup, which wants the header at the start of a file: it is made in
 * one beside the disk and copied to its place. */
#include "config.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <libcryptsetup.h>
#include <string.h>

#include "pn-io.h"
#include "pn-virtual-storage-private.h"

#define HEADER_SIZE (16 * 1024 * 1024) /* bytes: LUKS2 default, fastboot.md §9.5 */
#define KEY_SIZE 64
/* A real device takes the library's benchmark (some seconds and a gigabyte); eight virtual ones on
 * one machine need the same function at a small price. */
#define PBKDF_ITERATIONS 4
#define PBKDF_MEMORY_KB 32768

typedef struct crypt_device CryptDevice;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CryptDevice, crypt_free)

static char *
make_file (PnVirtualStorage *self, guint64 size, int *fd)
{
  char *path = g_strconcat (self->path, ".luks-XXXXXX", NULL);

  *fd = g_mkstemp_full (path, O_RDWR | O_CLOEXEC, 0600);
  if (*fd >= 0 && ftruncate (*fd, (off_t) size) == 0)
    return path;
  g_free (path);
  return NULL;
}

/* Copies the first HEADER_SIZE bytes between a file and the disk, holes as such where it can. */
static gboolean
copy_header (int from, goffset from_offset, int to, goffset to_offset)
{
  g_autofree guint8 *buffer = g_malloc (1024 * 1024);

  for (goffset at = 0; at < HEADER_SIZE; at += 1024 * 1024)
    if (!pn_pread_all (from, buffer, 1024 * 1024, from_offset + at, NULL) ||
        !pn_pwrite_all (to, buffer, 1024 * 1024, to_offset + at, NULL))
      return FALSE;
  return TRUE;
}

static gboolean
make_header (const char *path,
             const char *label,
             const char *cipher,
             const char *mode,
             const char *passphrase)
{
  g_autoptr (CryptDevice) device = NULL;
  struct crypt_params_luks2 luks2 = { .sector_size = 512, .label = label };
  struct crypt_pbkdf_type pbkdf = {
    .type = CRYPT_KDF_ARGON2ID,
    .hash = "sha256",
    .iterations = PBKDF_ITERATIONS,
    .max_memory_kb = PBKDF_MEMORY_KB,
    .parallel_threads = 1,
    .flags = CRYPT_PBKDF_NO_BENCHMARK,
  };

  return crypt_init (&device, path) == 0 && crypt_set_pbkdf_type (device, &pbkdf) == 0 &&
         crypt_format (device, CRYPT_LUKS2, cipher, mode, NULL, NULL, KEY_SIZE, &luks2) == 0 &&
         crypt_keyslot_add_by_volume_key (device, 0, NULL, KEY_SIZE, passphrase,
                                          strlen (passphrase)) == 0;
}

gboolean
pn_virtual_storage_format (PnVirtualStorage *self,
                           const char *name,
                           const char *label,
                           const char *cipher,
                           const char *passphrase)
{
  const char *dash = strchr (cipher, '-');
  g_autofree char *algorithm = dash != NULL ? g_strndup (cipher, (gsize) (dash - cipher)) : NULL;
  g_autofree char *path = NULL;
  g_auto (PnFd) fd = -1;
  gboolean fine = FALSE;
  guint64 offset, size;
  PnNode *node;

  g_mutex_lock (&self->mutex);
  node = pn_virtual_storage_find (self, name);
  fine = node != NULL && !node->mapped && !pn_virtual_storage_node_busy (self, name);
  offset = fine ? node->offset : 0;
  size = fine ? node->size : 0;
  g_mutex_unlock (&self->mutex);
  if (!fine || dash == NULL || size <= HEADER_SIZE || (path = make_file (self, size, &fd)) == NULL)
    return FALSE;
  fine = make_header (path, label, algorithm, dash + 1, passphrase) &&
         copy_header (fd, 0, self->fd, (goffset) offset);
  (void) g_unlink (path);
  return fine;
}

static gboolean
volume_key (const char *path, const char *passphrase, guint8 *key)
{
  g_autoptr (CryptDevice) device = NULL;
  size_t size = KEY_SIZE;

  return crypt_init (&device, path) == 0 && crypt_load (device, CRYPT_LUKS2, NULL) == 0 &&
         crypt_volume_key_get (device, CRYPT_ANY_SLOT, (char *) key, &size, passphrase,
                               strlen (passphrase)) >= 0 &&
         size == KEY_SIZE;
}

gboolean
pn_virtual_storage_map (PnVirtualStorage *self,
                        const char *name,
                        const char *mapped_name,
                        const char *passphrase)
{
  PnNode mapping = { .mapped = TRUE };
  g_autofree char *path = NULL;
  g_auto (PnFd) fd = -1;
  gboolean fine;
  PnNode *node;

  g_snprintf (mapping.name, sizeof mapping.name, "mapper/%s", mapped_name);
  g_strlcpy (mapping.below, name, sizeof mapping.below);
  g_mutex_lock (&self->mutex);
  node = pn_virtual_storage_find (self, name);
  fine = node != NULL && !node->mapped && node->size > HEADER_SIZE &&
         !pn_virtual_storage_node_busy (self, name) &&
         pn_virtual_storage_find (self, mapping.name) == NULL;
  if (fine)
    {
      mapping.offset = node->offset + HEADER_SIZE;
      mapping.size = node->size - HEADER_SIZE;
    }
  g_mutex_unlock (&self->mutex);
  if (!fine || (path = make_file (self, HEADER_SIZE + mapping.size, &fd)) == NULL)
    return FALSE;
  fine = copy_header (self->fd, (goffset) (mapping.offset - HEADER_SIZE), fd, 0) &&
         volume_key (path, passphrase, mapping.key);
  (void) g_unlink (path);
  if (fine)
    {
      g_mutex_lock (&self->mutex);
      g_array_append_val (self->nodes, mapping);
      g_mutex_unlock (&self->mutex);
    }
  explicit_bzero (&mapping, sizeof mapping);
  return fine;
}
