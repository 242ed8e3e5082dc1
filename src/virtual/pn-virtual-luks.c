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

#define HEADER_SIZE (16 * 1024 * 1024) /* bytes: LUKS2 default, and never more */
#define KEY_SIZE 64                    /* bytes: of oem cryptinit, fastboot.md §9.5 */
#define SECTOR 512
#define USER_SLOT 1 /* key slot of oem cryptsetpassword */
/* A real device takes the library's benchmark (some seconds and a gigabyte); eight virtual ones on
 * one machine need the same function at a small price. */
#define PBKDF_ITERATIONS 4
#define PBKDF_MEMORY_KB 1024

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

/* Copies the header, @size bytes, between a file and the disk. */
static gboolean
copy_header (int from, goffset from_offset, int to, goffset to_offset, guint64 size)
{
  g_autofree guint8 *buffer = g_malloc (1024 * 1024);

  for (guint64 at = 0; at < size;)
    {
      gsize count = (gsize) MIN (1024 * 1024, size - at);

      if (!pn_pread_all (from, buffer, count, from_offset + (goffset) at, NULL) ||
          !pn_pwrite_all (to, buffer, count, to_offset + (goffset) at, NULL))
        return FALSE;
      at += count;
    }
  return TRUE;
}

static struct crypt_pbkdf_type
cheap_pbkdf (const char *hash)
{
  return (struct crypt_pbkdf_type){
    .type = CRYPT_KDF_ARGON2ID,
    .hash = hash,
    .iterations = PBKDF_ITERATIONS,
    .max_memory_kb = PBKDF_MEMORY_KB,
    .parallel_threads = 1,
    .flags = CRYPT_PBKDF_NO_BENCHMARK,
  };
}

/* Its warnings (few key slots fit) are the library's for people at a terminal. */
static void
quiet_cb (int level, const char *message, void *user_data)
{
  g_debug ("%s", message);
}

static CryptDevice *
open_file (const char *path)
{
  g_autoptr (CryptDevice) device = NULL;

  if (crypt_init (&device, path) != 0)
    return NULL;
  crypt_set_log_callback (device, quiet_cb, NULL);
  return g_steal_pointer (&device);
}

static gboolean
make_header (const char *path, const PnLuksParameters *parameters, const char *passphrase)
{
  g_autoptr (CryptDevice) device = open_file (path);
  const char *dash = strchr (parameters->cipher, '-');
  g_autofree char *algorithm =
      dash != NULL ? g_strndup (parameters->cipher, (gsize) (dash - parameters->cipher)) : NULL;
  struct crypt_params_luks2 luks2 = { .sector_size = SECTOR, .label = parameters->label };
  struct crypt_pbkdf_type pbkdf = cheap_pbkdf (parameters->hash);

  return dash != NULL && device != NULL && crypt_set_pbkdf_type (device, &pbkdf) == 0 &&
         crypt_set_data_offset (device, parameters->data_offset / SECTOR) == 0 &&
         crypt_format (device, CRYPT_LUKS2, algorithm, dash + 1, parameters->uuid, NULL,
                       parameters->key_size, &luks2) == 0 &&
         crypt_keyslot_add_by_volume_key (device, 0, NULL, parameters->key_size, passphrase,
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

/* A fault of the dial: what is written later lies there as it came. */
static gboolean
only_pretends (PnVirtualStorage *self)
{
  gboolean plain;

  g_mutex_lock (&self->mutex);
  plain = self->faults.plain_storage;
  g_mutex_unlock (&self->mutex);
  return plain;
}

gboolean
pn_virtual_storage_format_as (PnVirtualStorage *self,
                              const char *name,
                              const PnLuksParameters *parameters,
                              const char *passphrase)
{
  g_autofree char *path = NULL;
  g_auto (PnFd) fd = -1;
  gboolean fine;
  guint64 offset, size;

  if (!locate (self, name, TRUE, &offset, &size))
    return FALSE;
  if (only_pretends (self))
    return TRUE;
  path = make_file (self, size, &fd);
  if (path == NULL)
    return FALSE;
  fine = make_header (path, parameters, passphrase) &&
         copy_header (fd, 0, self->fd, (goffset) offset, MIN (size, parameters->data_offset));
  (void) g_unlink (path);
  return fine;
}

gboolean
pn_virtual_storage_format (PnVirtualStorage *self,
                           const char *name,
                           const char *label,
                           const char *cipher,
                           const char *passphrase)
{
  const PnLuksParameters parameters = {
    .label = label,
    .cipher = cipher,
    .hash = "sha256",
    .key_size = KEY_SIZE,
    .data_offset = HEADER_SIZE,
  };

  return pn_virtual_storage_format_as (self, name, &parameters, passphrase);
}

/* The data segment must be what this file's reader can decrypt, and where it looks for it. */
static PnSecret *
volume_key (CryptDevice *device, const char *passphrase)
{
  char *key = crypt_safe_alloc (KEY_SIZE);
  PnSecret *secret = NULL;
  size_t wanted = (size_t) crypt_get_volume_key_size (device);
  size_t size = KEY_SIZE;

  if (key != NULL && g_strcmp0 (crypt_get_cipher (device), "aes") == 0 &&
      g_strcmp0 (crypt_get_cipher_mode (device), "xts-plain64") == 0 &&
      (wanted == KEY_SIZE || wanted == KEY_SIZE / 2) && crypt_get_sector_size (device) == SECTOR &&
      crypt_volume_key_get (device, CRYPT_ANY_SLOT, key, &size, passphrase, strlen (passphrase)) >=
          0 &&
      size == wanted)
    secret = pn_secret_new (key, size);
  crypt_safe_free (key);
  return secret;
}

/* What a partition's header says, opened on a copy; @path is unlinked. */
static CryptDevice *
load_header (const char *path)
{
  g_autoptr (CryptDevice) device = open_file (path);
  struct crypt_pbkdf_type pbkdf;

  if (device == NULL || crypt_load (device, CRYPT_LUKS2, NULL) != 0)
    return NULL;
  pbkdf = cheap_pbkdf ("sha256");
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
  if (copy_header (self->fd, (goffset) offset, fd, 0, HEADER_SIZE) &&
      (device = load_header (path)) != NULL)
    {
      guint64 header = crypt_get_data_offset (device) * SECTOR;

      mapping.offset = offset + header;
      mapping.size = header < size ? (size - header) / SECTOR * SECTOR : 0;
      mapping.key = mapping.size > 0 ? volume_key (device, passphrase) : NULL;
    }
  (void) g_unlink (path);
  if (mapping.key == NULL && !only_pretends (self))
    return FALSE;
  g_mutex_lock (&self->mutex);
  fine = !pn_virtual_storage_node_busy (self, name) &&
         pn_virtual_storage_find (self, mapping.name) == NULL;
  if (fine)
    g_array_append_val (self->nodes, mapping);
  else
    g_clear_pointer (&mapping.key, pn_secret_unref);
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
  if (copy_header (self->fd, (goffset) offset, fd, 0, HEADER_SIZE) &&
      (device = load_header (path)) != NULL)
    {
      guint64 header = crypt_get_data_offset (device) * SECTOR;

      if (crypt_keyslot_status (device, USER_SLOT) >= CRYPT_SLOT_ACTIVE)
        (void) crypt_keyslot_destroy (device, USER_SLOT);
      fine = passphrase == NULL ||
             crypt_keyslot_add_by_passphrase (device, USER_SLOT, device_passphrase,
                                              strlen (device_passphrase), passphrase,
                                              strlen (passphrase)) == USER_SLOT;
      fine = fine && copy_header (fd, 0, self->fd, (goffset) offset, MIN (header, HEADER_SIZE));
    }
  (void) g_unlink (path);
  return fine;
}
