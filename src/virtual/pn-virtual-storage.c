/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-virtual-storage-private.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "pn-digest.h"
#include "pn-io.h"

#define MAPPER "mapper/"
#define SECTOR 512

PnVirtualStorage *
pn_virtual_storage_open (
    const char *path, PnStorage kind, guint64 size, const char *identifier, GError **error)
{
  g_auto (PnFd) fd = pn_open (path, O_RDWR | O_CREAT, error);
  PnVirtualStorage *self;
  goffset there;

  if (fd < 0 || (there = pn_file_size (fd, error)) < 0)
    return NULL;
  if (there == 0 && ftruncate (fd, (off_t) size) < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot make %s", path);
      return NULL;
    }
  self = g_new0 (PnVirtualStorage, 1);
  g_mutex_init (&self->mutex);
  self->path = g_strdup (path);
  self->fd = g_steal_fd (&fd);
  self->size = there > 0 ? (guint64) there : size;
  self->kind = kind;
  self->identifier = g_strdup (identifier);
  self->nodes = g_array_new (FALSE, TRUE, sizeof (PnNode));
  pn_virtual_storage_scan_table (self);
  return self;
}

void
pn_virtual_storage_close (PnVirtualStorage *self)
{
  pn_fd_close (self->fd);
  explicit_bzero (self->nodes->data, self->nodes->len * sizeof (PnNode));
  g_array_unref (self->nodes);
  g_free (self->path);
  g_free (self->identifier);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

char *
pn_virtual_storage_passphrase (const guint8 *device_key, const char *identifier)
{
  guint8 digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;

  HMAC (EVP_sha256 (), device_key, 32, (const guint8 *) identifier, strlen (identifier), digest,
        &size);
  return pn_hex_encode (digest, size);
}

const char *
pn_virtual_storage_get_disk (PnVirtualStorage *self)
{
  return pn_storage_to_disk (self->kind);
}

const char *
pn_virtual_storage_get_identifier (PnVirtualStorage *self)
{
  return self->identifier;
}

PnStorage
pn_virtual_storage_get_kind (PnVirtualStorage *self)
{
  return self->kind;
}

PnNode *
pn_virtual_storage_find (PnVirtualStorage *self, const char *name)
{
  for (guint i = 0; i < self->nodes->len; i++)
    {
      PnNode *node = &g_array_index (self->nodes, PnNode, i);

      if (g_str_equal (node->name, name))
        return node;
    }
  return NULL;
}

gboolean
pn_virtual_storage_node_busy (PnVirtualStorage *self, const char *name)
{
  gboolean disk = g_str_equal (name, pn_virtual_storage_get_disk (self));

  for (guint i = 0; i < self->nodes->len; i++)
    {
      PnNode *node = &g_array_index (self->nodes, PnNode, i);

      if (node->mapped && (disk || g_str_equal (node->below, name)))
        return TRUE;
    }
  return FALSE;
}

PnNodeState
pn_virtual_storage_look (PnVirtualStorage *self, const char *name, guint64 *size)
{
  PnNodeState state = PN_NODE_MISSING;
  PnNode *node;

  g_mutex_lock (&self->mutex);
  node = pn_virtual_storage_find (self, name);
  if (node != NULL || g_str_equal (name, pn_virtual_storage_get_disk (self)))
    {
      *size = node != NULL ? node->size : self->size;
      state = pn_virtual_storage_node_busy (self, name) ? PN_NODE_BUSY : PN_NODE_FREE;
    }
  g_mutex_unlock (&self->mutex);
  return state;
}

/* A copy of the node, or of the disk as one, so that I/O needs no lock. */
static gboolean
snapshot (PnVirtualStorage *self, const char *name, PnNode *copy)
{
  PnNode *node;
  gboolean found;

  g_mutex_lock (&self->mutex);
  node = pn_virtual_storage_find (self, name);
  found = node != NULL || g_str_equal (name, pn_virtual_storage_get_disk (self));
  if (node != NULL)
    *copy = *node;
  else
    *copy = (PnNode){ .size = self->size };
  g_mutex_unlock (&self->mutex);
  return found;
}

void
pn_virtual_crypt (const guint8 *key, guint64 sector, guint8 *data, gsize size, gboolean encrypt)
{
  EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new ();

  EVP_CipherInit_ex (context, EVP_aes_256_xts (), NULL, key, NULL, encrypt);
  for (gsize at = 0; at < size; at += SECTOR, sector++)
    {
      guint8 iv[16] = { 0 };
      int done;

      for (guint i = 0; i < 8; i++)
        iv[i] = (guint8) (sector >> (8 * i));
      EVP_CipherInit_ex (context, NULL, NULL, NULL, iv, encrypt);
      EVP_CipherUpdate (context, data + at, &done, data + at, SECTOR);
    }
  EVP_CIPHER_CTX_free (context);
}

gboolean
pn_virtual_storage_read (
    PnVirtualStorage *self, const char *name, guint64 offset, guint8 *buffer, gsize size)
{
  PnNode node;
  gboolean fine;

  if (!snapshot (self, name, &node) || offset > node.size || size > node.size - offset)
    return FALSE;
  fine = pn_pread_all (self->fd, buffer, size, (goffset) (node.offset + offset), NULL);
  if (fine && node.mapped)
    pn_virtual_crypt (node.key, offset / SECTOR, buffer, size, FALSE);
  explicit_bzero (&node, sizeof node);
  return fine;
}

gboolean
pn_virtual_storage_write (
    PnVirtualStorage *self, const char *name, guint64 offset, const guint8 *data, gsize size)
{
  g_autofree guint8 *copy = NULL;
  PnNode node;
  gboolean fine;

  if (!snapshot (self, name, &node) || offset > node.size || size > node.size - offset)
    return FALSE;
  if (node.mapped)
    {
      copy = g_memdup2 (data, size);
      pn_virtual_crypt (node.key, offset / SECTOR, copy, size, TRUE);
      data = copy;
    }
  fine = pn_pwrite_all (self->fd, data, size, (goffset) (node.offset + offset), NULL);
  explicit_bzero (&node, sizeof node);
  return fine;
}

void
pn_virtual_storage_rescan (PnVirtualStorage *self)
{
  g_mutex_lock (&self->mutex);
  pn_virtual_storage_scan_table (self);
  g_mutex_unlock (&self->mutex);
}

void
pn_virtual_storage_unmap_all (PnVirtualStorage *self)
{
  g_mutex_lock (&self->mutex);
  for (guint i = self->nodes->len; i > 0; i--)
    {
      PnNode *node = &g_array_index (self->nodes, PnNode, i - 1);

      if (!node->mapped)
        continue;
      explicit_bzero (node, sizeof *node);
      g_array_remove_index (self->nodes, i - 1);
    }
  g_mutex_unlock (&self->mutex);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

GStrv
pn_virtual_storage_list (PnVirtualStorage *self)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  g_mutex_lock (&self->mutex);
  g_ptr_array_add (names, g_strdup (pn_virtual_storage_get_disk (self)));
  for (guint i = 0; i < self->nodes->len; i++)
    g_ptr_array_add (names, g_strdup (g_array_index (self->nodes, PnNode, i).name));
  g_mutex_unlock (&self->mutex);
  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);
  return (GStrv) g_ptr_array_free (g_steal_pointer (&names), FALSE);
}

void
pn_virtual_storage_flip (PnVirtualStorage *self, guint64 offset)
{
  guint8 byte;

  if (offset >= self->size || !pn_pread_all (self->fd, &byte, 1, (goffset) offset, NULL))
    return;
  byte ^= 1;
  (void) pn_pwrite_all (self->fd, &byte, 1, (goffset) offset, NULL);
}
