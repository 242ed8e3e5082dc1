/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading and writing a node's bytes: through AES-256-XTS where the node is a mapping, and with the
 * faults that are dialled in. */
#include "config.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <string.h>

#include "pn-bytes.h"
#include "pn-io.h"
#include "pn-virtual-storage-private.h"

#define SECTOR 512
#define PIECE ((gsize) 1024 * 1024) /* bytes encrypted at once */

/* A copy of the node, or of the disk as one, so that I/O needs no lock; holds the key. */
static gboolean
snapshot (PnVirtualStorage *self, const char *name, PnNode *copy)
{
  PnNode *node;
  gboolean found;

  g_mutex_lock (&self->mutex);
  node = pn_virtual_storage_find (self, name);
  found = node != NULL || g_str_equal (name, pn_virtual_storage_get_disk (self));
  *copy = node != NULL ? *node : (PnNode){ .size = self->size };
  if (copy->key != NULL)
    pn_secret_ref (copy->key);
  g_mutex_unlock (&self->mutex);
  return found;
}

static gboolean
snapshot_range (
    PnVirtualStorage *self, const char *name, guint64 offset, guint64 size, PnNode *copy)
{
  if (!snapshot (self, name, copy))
    return FALSE;
  if (offset <= copy->size && size <= copy->size - offset)
    return TRUE;
  g_clear_pointer (&copy->key, pn_secret_unref);
  return FALSE;
}

void
pn_virtual_crypt (PnSecret *key, guint64 sector, guint8 *data, gsize size, gboolean encrypt)
{
  EVP_CIPHER_CTX *context;

  if (key == NULL)
    return; /* a fault: the mapping only looks like one */
  context = EVP_CIPHER_CTX_new ();
  EVP_CipherInit_ex (context,
                     pn_secret_get_size (key) == 64 ? EVP_aes_256_xts () : EVP_aes_128_xts (), NULL,
                     (const guint8 *) pn_secret_get (key), NULL, encrypt);
  for (gsize at = 0; at + SECTOR <= size; at += SECTOR, sector++)
    {
      guint8 iv[16] = { 0 };
      int done;

      pn_poke_le64 (iv, sector);
      EVP_CipherInit_ex (context, NULL, NULL, NULL, iv, encrypt);
      EVP_CipherUpdate (context, data + at, &done, data + at, SECTOR);
    }
  EVP_CIPHER_CTX_free (context);
}

/* Whole sectors of a mapping. */
static gboolean
read_sectors (PnVirtualStorage *self, const PnNode *node, guint64 offset, guint8 *data, gsize size)
{
  if (!pn_pread_all (self->fd, data, size, (goffset) (node->offset + offset), NULL))
    return FALSE;
  pn_virtual_crypt (node->key, (node->volume_offset + offset) / SECTOR, data, size, FALSE);
  return TRUE;
}

/* The whole sectors around a range of at most PIECE bytes; a mapping's size is a multiple of one.
 */
static void
align (guint64 offset, gsize size, guint64 *first, gsize *whole)
{
  *first = offset - offset % SECTOR;
  *whole = (gsize) ((offset + size + SECTOR - 1) / SECTOR * SECTOR - *first);
}

static gboolean
read_mapped (PnVirtualStorage *self, const PnNode *node, guint64 offset, guint8 *buffer, gsize size)
{
  g_autofree guint8 *sectors = NULL;

  if (offset % SECTOR == 0 && size % SECTOR == 0)
    return read_sectors (self, node, offset, buffer, size);
  sectors = g_malloc (PIECE + 2 * SECTOR);
  while (size > 0)
    {
      gsize count = MIN (size, PIECE);
      guint64 first;
      gsize whole;

      align (offset, count, &first, &whole);
      if (!read_sectors (self, node, first, sectors, whole))
        return FALSE;
      memcpy (buffer, sectors + (offset - first), count);
      buffer += count;
      offset += count;
      size -= count;
    }
  return TRUE;
}

static gboolean
write_mapped (
    PnVirtualStorage *self, const PnNode *node, guint64 offset, const guint8 *data, gsize size)
{
  g_autofree guint8 *sectors = g_malloc (MIN (size, PIECE) + 2 * SECTOR);

  while (size > 0)
    {
      gsize count = MIN (size, PIECE);
      guint64 first;
      gsize whole;

      align (offset, count, &first, &whole);
      /* What a cut sector held before stays around the new bytes. */
      if (first != offset && !read_sectors (self, node, first, sectors, SECTOR))
        return FALSE;
      if ((offset + count) % SECTOR != 0 &&
          !read_sectors (self, node, first + whole - SECTOR, sectors + whole - SECTOR, SECTOR))
        return FALSE;
      memcpy (sectors + (offset - first), data, count);
      pn_virtual_crypt (node->key, (node->volume_offset + first) / SECTOR, sectors, whole, TRUE);
      if (!pn_pwrite_all (self->fd, sectors, whole, (goffset) (node->offset + first), NULL))
        return FALSE;
      data += count;
      offset += count;
      size -= count;
    }
  return TRUE;
}

static gboolean
covers (guint64 offset, guint64 size, gint64 byte)
{
  return byte >= 0 && (guint64) byte >= offset && (guint64) byte - offset < size;
}

/* Counts a write of @size bytes at byte @offset of the disk; FALSE where it is one too many. */
static gboolean
count_write (PnVirtualStorage *self, guint64 offset, guint64 size)
{
  PnGadgetFaults *faults = &self->faults;
  gboolean fine;

  g_mutex_lock (&self->mutex);
  self->written += size;
  fine = faults->fail_after == 0 || self->written <= faults->fail_after;
  if (faults->flip_after > 0 && self->written >= faults->flip_after)
    {
      faults->flip_bit = (gint64) (offset + size / 2);
      faults->flip_after = 0;
    }
  g_mutex_unlock (&self->mutex);
  return fine;
}

/* The faults of a write of @size bytes at byte @offset of the disk; FALSE where it fails. */
static gboolean
apply_faults (PnVirtualStorage *self, guint64 offset, guint64 size)
{
  PnGadgetFaults faults;

  g_mutex_lock (&self->mutex);
  faults = self->faults;
  if (covers (offset, size, faults.flip_bit))
    self->flip_due = TRUE;
  g_mutex_unlock (&self->mutex);
  if (faults.write_delay_us > 0)
    g_usleep ((gulong) ((guint64) faults.write_delay_us * size / PIECE));
  return !covers (offset, size, faults.fail_write_at);
}

gboolean
pn_virtual_storage_read (
    PnVirtualStorage *self, const char *name, guint64 offset, guint8 *buffer, gsize size)
{
  PnNode node;
  gboolean fine;

  if (!snapshot_range (self, name, offset, size, &node))
    return FALSE;
  fine = node.mapped
             ? read_mapped (self, &node, offset, buffer, size)
             : pn_pread_all (self->fd, buffer, size, (goffset) (node.offset + offset), NULL);
  g_clear_pointer (&node.key, pn_secret_unref);
  return fine;
}

gboolean
pn_virtual_storage_write (
    PnVirtualStorage *self, const char *name, guint64 offset, const guint8 *data, gsize size)
{
  PnNode node;
  gboolean fine;

  if (!snapshot_range (self, name, offset, size, &node))
    return FALSE;
  fine =
      count_write (self, node.offset + offset, size) &&
      apply_faults (self, node.offset + offset, size) &&
      (node.mapped ? write_mapped (self, &node, offset, data, size)
                   : pn_pwrite_all (self->fd, data, size, (goffset) (node.offset + offset), NULL));
  g_clear_pointer (&node.key, pn_secret_unref);
  return fine;
}

/* TRUE where the file system could make it a hole, which reads as zeros and takes no room. */
static gboolean
punch (PnVirtualStorage *self, const PnNode *node, guint64 offset, guint64 size)
{
  return fallocate (self->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                    (off_t) (node->offset + offset), (off_t) size) == 0;
}

gboolean
pn_virtual_storage_fill (
    PnVirtualStorage *self, const char *name, guint64 offset, guint32 fill, guint64 size)
{
  g_autofree guint8 *piece = NULL;
  PnNode node;
  gboolean punched;

  if (size == 0)
    return TRUE;
  if (!snapshot_range (self, name, offset, size, &node))
    return FALSE;
  g_clear_pointer (&node.key, pn_secret_unref); /* only where it is counts here */
  punched = fill == 0 && !node.mapped &&
            !covers (node.offset + offset, size, self->faults.fail_write_at) &&
            punch (self, &node, offset, size);
  if (punched)
    return apply_faults (self, node.offset + offset, size);
  piece = g_malloc (PIECE);
  for (gsize i = 0; i < PIECE; i += 4)
    pn_poke_le32 (piece + i, fill);
  while (size > 0)
    {
      gsize count = (gsize) MIN (size, PIECE);

      if (!pn_virtual_storage_write (self, name, offset, piece, count))
        return FALSE;
      offset += count;
      size -= count;
    }
  return TRUE;
}

void
pn_virtual_storage_set_faults (PnVirtualStorage *self, const PnGadgetFaults *faults)
{
  g_mutex_lock (&self->mutex);
  self->faults = *faults;
  self->written = 0;
  self->flip_due = faults->flip_bit >= 0;
  g_mutex_unlock (&self->mutex);
}

PnGadgetFaults
pn_virtual_storage_get_faults (PnVirtualStorage *self)
{
  PnGadgetFaults faults;

  g_mutex_lock (&self->mutex);
  faults = self->faults;
  g_mutex_unlock (&self->mutex);
  return faults;
}

void
pn_virtual_storage_settle (PnVirtualStorage *self)
{
  gint64 byte;
  guint8 value;
  gboolean due;

  g_mutex_lock (&self->mutex);
  due = self->flip_due;
  byte = self->faults.flip_bit;
  self->flip_due = FALSE;
  g_mutex_unlock (&self->mutex);
  if (!due || byte < 0 || (guint64) byte >= self->size ||
      !pn_pread_all (self->fd, &value, 1, byte, NULL))
    return;
  value ^= 1;
  (void) pn_pwrite_all (self->fd, &value, 1, byte, NULL);
}
