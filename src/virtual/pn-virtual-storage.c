/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-virtual-storage-private.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/hmac.h>
#include <string.h>

#include "pn-digest.h"
#include "pn-io.h"

static void
clear_node (gpointer data)
{
  PnNode *node = data;

  g_clear_pointer (&node->key, pn_secret_unref);
}

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
  g_array_set_clear_func (self->nodes, clear_node);
  self->mounts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->faults = (PnGadgetFaults){ .flip_bit = -1, .fail_write_at = -1 };
  pn_virtual_storage_scan_table (self);
  return self;
}

void
pn_virtual_storage_close (PnVirtualStorage *self)
{
  pn_fd_close (self->fd);
  g_array_unref (self->nodes);
  g_hash_table_unref (self->mounts);
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
  GHashTableIter iter;
  gpointer mounted;

  g_hash_table_iter_init (&iter, self->mounts);
  while (g_hash_table_iter_next (&iter, NULL, &mounted))
    if (disk || g_str_equal (mounted, name))
      return TRUE;
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

void
pn_virtual_storage_rescan (PnVirtualStorage *self)
{
  g_mutex_lock (&self->mutex);
  pn_virtual_storage_scan_table (self);
  g_mutex_unlock (&self->mutex);
}

gboolean
pn_virtual_storage_mount (PnVirtualStorage *self,
                          const char *name,
                          const char *folder,
                          int *saved_errno)
{
  g_mutex_lock (&self->mutex);
  *saved_errno = pn_virtual_storage_node_busy (self, name)      ? EBUSY
                 : g_hash_table_contains (self->mounts, folder) ? EBUSY
                                                                : 0;
  if (*saved_errno == 0)
    g_hash_table_insert (self->mounts, g_strdup (folder), g_strdup (name));
  g_mutex_unlock (&self->mutex);
  return *saved_errno == 0;
}

gboolean
pn_virtual_storage_unmount (PnVirtualStorage *self, const char *folder)
{
  gboolean was;

  g_mutex_lock (&self->mutex);
  was = g_hash_table_remove (self->mounts, folder);
  g_mutex_unlock (&self->mutex);
  return was;
}

void
pn_virtual_storage_unmap_all (PnVirtualStorage *self)
{
  g_mutex_lock (&self->mutex);
  for (guint i = self->nodes->len; i > 0; i--)
    {
      PnNode *node = &g_array_index (self->nodes, PnNode, i - 1);

      if (node->mapped)
        g_array_remove_index (self->nodes, i - 1);
    }
  g_hash_table_remove_all (self->mounts);
  g_mutex_unlock (&self->mutex);
}

void
pn_virtual_storage_unmap (PnVirtualStorage *self, const char *name)
{
  g_mutex_lock (&self->mutex);
  for (guint i = self->nodes->len; i > 0; i--)
    {
      PnNode *node = &g_array_index (self->nodes, PnNode, i - 1);

      if (node->mapped && (g_str_equal (node->name, name) || g_str_equal (node->below, name)))
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
