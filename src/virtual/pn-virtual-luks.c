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
#define SECTOR 512
#define USER_SLOT 1 /* key slot of oem cryptsetpassword */
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
  if (*fd >= 0)
    (void) g_unlink (path);
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

static struct crypt_pbkdf_type
cheap_pbkdf (void)
{
  return (struct crypt_pbkdf_type){
    .type = CRYPT_KDF_ARGON2ID,
    .hash = "sha256",
    .iterations = PBKDF_ITERATIONS,
    .max_memory_kb = PBKDF_MEMORY_KB,
    .parallel_threads = 1,
    .flags = CRYPT_PBKDF_NO_BENCHMARK,
  };
}

static gboolean
make_header (const char *path,
             const char *label,
             const char *cipher,
             const char *mode,
             const char *passphrase)
{
  g_autoptr (CryptDevice) device = NULL;
  struct crypt_params_luks2 luks2 = { .sector_size = SECTOR, .label = label };
  struct crypt_pbkdf_type pbkdf = cheap_pbkdf ();

  return crypt_init (&device, path) == 0 && crypt_set_pbkdf_type (device, &pbkdf) == 0 &&
         crypt_format (device, CRYPT_LUKS2, cipher, mode, NULL, NULL, KEY_SIZE, &luks2) == 0 &&
         crypt_keyslot_add_by_volume_key (device, 0, NULL, KEY_SIZE, passphrase,
                                          strlen (passphrase)) == 0;
}

/* Where a partition that nothing holds lies on the disk. */
static gboolean
locate (
    PnVirtualStorage *self, const char *name, gboolean exclusive, guint64 *offset, guint64 *size)
{
  PnNode *node;
  gboolean fine;

  g_mutex_lock (&self->mutex);
  node = pn_virtual_storage_find (self, name);
  fine = node != NULL && !node->mapped && node->size > HEADER_SIZE &&
         !(exclusive && pn_virtual_storage_node_busy (self, name));
  if (fine)
    {
      *offset = node->offset;
      *size = node->size;
    }
  g_mutex_unlock (&self->mutex);
  return fine;
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
  gboolean fine;
  guint64 offset, size;

  if (dash == NULL || !locate (self, name, TRUE, &offset, &size) ||
      (path = make_file (self, size, &fd)) == NULL)
    return FALSE;
  fine = make_header (path, label, algorithm, dash + 1, passphrase) &&
         copy_header (fd, 0, self->fd, (goffset) offset);
  (void) g_unlink (path);
  return fine;
}

/* The data segment must be what this file's reader can decrypt, and where it looks for it. */
static PnSecret *
volume_key (CryptDevice *device, const char *passphrase)
{
  char *key = crypt_safe_alloc (KEY_SIZE);
  PnSecret *secret = NULL;
  size_t size = KEY_SIZE;

  if (key != NULL && g_strcmp0 (crypt_get_cipher (device), "aes") == 0 &&
      g_strcmp0 (crypt_get_cipher_mode (device), "xts-plain64") == 0 &&
      crypt_get_volume_key_size (device) == KEY_SIZE && crypt_get_sector_size (device) == SECTOR &&
      crypt_get_data_offset (device) == HEADER_SIZE / SECTOR &&
      crypt_volume_key_get (device, CRYPT_ANY_SLOT, key, &size, passphrase, strlen (passphrase)) >=
          0 &&
      size == KEY_SIZE)
    secret = pn_secret_new (key, size);
  crypt_safe_free (key);
  return secret;
}

/* What a partition's header says, opened on a copy; @path is unlinked. */
static CryptDevice *
load_header (const char *path)
{
  g_autoptr (CryptDevice) device = NULL;
  struct crypt_pbkdf_type pbkdf;

  if (crypt_init (&device, path) != 0 || crypt_load (device, CRYPT_LUKS2, NULL) != 0)
    return NULL;
  pbkdf = cheap_pbkdf ();
  return crypt_set_pbkdf_type (device, &pbkdf) == 0 ? g_steal_pointer (&device) : NULL;
}

gboolean
pn_virtual_storage_map (PnVirtualStorage *self,
                        const char *name,
                        const char *mapped_name,
                        const char *passphrase)
{
  PnNode mapping = { .mapped = TRUE };
  g_autoptr (CryptDevice) device = NULL;
  g_autofree char *path = NULL;
  g_auto (PnFd) fd = -1;
  gboolean fine;
  guint64 offset, size;

  if (g_snprintf (mapping.name, sizeof mapping.name, "mapper/%s", mapped_name) >=
          (int) sizeof mapping.name ||
      mapped_name[0] == '\0' || strchr (mapped_name, '/') != NULL ||
      g_strlcpy (mapping.below, name, sizeof mapping.below) >= sizeof mapping.below ||
      !locate (self, name, TRUE, &offset, &size) || (path = make_file (self, size, &fd)) == NULL)
    return FALSE;
  mapping.offset = offset + HEADER_SIZE;
  mapping.size = (size - HEADER_SIZE) / SECTOR * SECTOR;
  if (copy_header (self->fd, (goffset) offset, fd, 0) && (device = load_header (path)) != NULL)
    mapping.key = volume_key (device, passphrase);
  (void) g_unlink (path);
  if (mapping.key == NULL)
    return FALSE;
  g_mutex_lock (&self->mutex);
  fine = !pn_virtual_storage_node_busy (self, name) &&
         pn_virtual_storage_find (self, mapping.name) == NULL;
  if (fine)
    g_array_append_val (self->nodes, mapping);
  else
    pn_secret_unref (mapping.key);
  g_mutex_unlock (&self->mutex);
  return fine;
}

gboolean
pn_virtual_storage_set_passphrase (PnVirtualStorage *self,
                                   const char *name,
                                   const char *device_passphrase,
                                   const char *passphrase)
{
  g_autoptr (CryptDevice) device = NULL;
  g_autofree char *path = NULL;
  g_auto (PnFd) fd = -1;
  gboolean fine = FALSE;
  guint64 offset, size;

  if (!locate (self, name, FALSE, &offset, &size) || (path = make_file (self, size, &fd)) == NULL)
    return FALSE;
  if (copy_header (self->fd, (goffset) offset, fd, 0) && (device = load_header (path)) != NULL)
    {
      if (crypt_keyslot_status (device, USER_SLOT) >= CRYPT_SLOT_ACTIVE)
        (void) crypt_keyslot_destroy (device, USER_SLOT);
      fine = passphrase == NULL ||
             crypt_keyslot_add_by_passphrase (device, USER_SLOT, device_passphrase,
                                              strlen (device_passphrase), passphrase,
                                              strlen (passphrase)) == USER_SLOT;
      fine = fine && copy_header (fd, 0, self->fd, (goffset) offset);
    }
  (void) g_unlink (path);
  return fine;
}
