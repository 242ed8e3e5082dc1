/* SPDX-License-Identifier: GPL-3.0-or-later */
/* flash, and the block map check that reads back what is really on the disk (fastboot.md §7.2,
 * §9.8). */
#include "config.h"

#include "pn-gadget-private.h"

#include <string.h>

#include "pn-bytes.h"
#include "pn-digest.h"
#include "pn-error.h"
#include "pn-sparse.h"

#define PIECE (1024 * 1024)  /* bytes written or read at once */
#define BLOCK_SIZE_OFFSET 12 /* of a sparse image */
#define BMAP_HEADER 16
#define BMAP_RANGE 40

/* Where a write failed, for the reply. */
typedef struct
{
  guint64 offset; /* of the node, bytes */
  gsize size;
} Failure;

static gboolean
write_data (PnGadgetSession *self,
            const char *target,
            guint64 offset,
            const guint8 *data,
            guint64 size,
            Failure *failure)
{
  while (size > 0)
    {
      gsize count = (gsize) MIN (size, PIECE);

      *failure = (Failure){ offset, count };
      if (!pn_virtual_storage_write (self->gadget->storage, target, offset, data, count))
        return FALSE;
      data += count;
      offset += count;
      size -= count;
    }
  return TRUE;
}

static gboolean
write_fill (PnGadgetSession *self,
            const char *target,
            guint64 offset,
            guint32 fill,
            guint64 size,
            Failure *failure)
{
  *failure = (Failure){ offset, (gsize) MIN (size, PIECE) };
  return pn_virtual_storage_fill (self->gadget->storage, target, offset, fill, size);
}

static PnHandled
write_failed (PnGadgetSession *self, const char *target, const Failure *failure)
{
  return pn_gadget_reply (self, "FAIL",
                          "write(%" G_GSIZE_FORMAT "B) to /dev/%s at offset %" G_GUINT64_FORMAT
                          " failed: Input/output error",
                          failure->size, target, failure->offset);
}

/* The daemon's library hands a chunk's block count on as an int and takes a negative one for an
 * error (vector bad-huge-total). The header was parsed, so the block size is there and not 0. */
static gboolean
has_huge_chunk (const guint8 *image, GArray *chunks)
{
  guint32 block_size = pn_peek_le32 (image + BLOCK_SIZE_OFFSET);

  for (guint i = 0; i < chunks->len; i++)
    if (g_array_index (chunks, PnSparseChunk, i).output_size / block_size > G_MAXINT32)
      return TRUE;
  return FALSE;
}

static PnHandled
flash_sparse (PnGadgetSession *self, const char *target, guint64 node_size)
{
  g_autoptr (GArray) chunks = NULL;
  g_autoptr (GError) error = NULL;
  guint64 expanded;

  chunks = pn_sparse_parse (self->buffer, self->buffer_size, PN_SPARSE_DAEMON, &expanded, &error);
  if (chunks == NULL && g_error_matches (error, PN_ERROR, PN_ERROR_FAILED))
    return PN_HANDLED_END;
  if (chunks == NULL || has_huge_chunk (self->buffer, chunks))
    return pn_gadget_reply (
        self, "FAIL",
        "not a valid sparse image (sparse_file_import_buf failed on %" G_GSIZE_FORMAT "B payload)",
        self->buffer_size);
  if (expanded > node_size)
    return pn_gadget_reply (self, "FAIL",
                            "sparse image expands to %" G_GUINT64_FORMAT
                            "B but partition /dev/%s is only %" G_GUINT64_FORMAT "B",
                            expanded, target, node_size);
  for (guint i = 0; i < chunks->len; i++)
    {
      const PnSparseChunk *chunk = &g_array_index (chunks, PnSparseChunk, i);
      gboolean fine = TRUE;
      Failure failure;

      if (chunk->kind == PN_RUN_DATA)
        fine = write_data (self, target, chunk->output_offset, self->buffer + chunk->data_offset,
                           chunk->output_size, &failure);
      else if (chunk->kind == PN_RUN_FILL)
        fine = write_fill (self, target, chunk->output_offset, chunk->fill, chunk->output_size,
                           &failure);
      if (!fine)
        return write_failed (self, target, &failure);
    }
  return pn_gadget_reply (self, "OKAY", "Flashing succeeded");
}

static PnHandled
flash_node (PnGadgetSession *self, const char *target, guint64 size)
{
  Failure failure;

  if (self->buffer_size > size)
    return pn_gadget_reply (self, "FAIL",
                            "payload %" G_GSIZE_FORMAT
                            "B exceeds partition /dev/%s size %" G_GUINT64_FORMAT "B",
                            self->buffer_size, target, size);
  if (self->buffer_size >= 4 && pn_peek_le32 (self->buffer) == PN_SPARSE_MAGIC)
    return flash_sparse (self, target, size);
  if (!write_data (self, target, 0, self->buffer, self->buffer_size, &failure))
    return write_failed (self, target, &failure);
  return pn_gadget_reply (self, "OKAY", "Flashing succeeded");
}

/* Two flashes of one node wait for each other, those of different ones do not. */
static void
begin (PnGadget *gadget, const char *target)
{
  g_mutex_lock (&gadget->mutex);
  while (g_hash_table_contains (gadget->flashing, target))
    g_cond_wait (&gadget->flashed, &gadget->mutex);
  g_hash_table_add (gadget->flashing, g_strdup (target));
  g_mutex_unlock (&gadget->mutex);
}

static void
end (PnGadget *gadget, const char *target)
{
  g_mutex_lock (&gadget->mutex);
  g_hash_table_remove (gadget->flashing, target);
  g_cond_broadcast (&gadget->flashed);
  g_mutex_unlock (&gadget->mutex);
}

static PnHandled
flash_locked (PnGadgetSession *self, const char *target)
{
  PnNodeState state;
  PnHandled handled;
  guint64 size;

  state = pn_virtual_storage_look (self->gadget->storage, target, &size);
  if (state == PN_NODE_MISSING)
    return pn_gadget_reply (self, "FAIL",
                            "cannot access partition /dev/%s (OpenPartition failed; partition may "
                            "not exist)",
                            target);
  if (state == PN_NODE_BUSY)
    return pn_gadget_reply (
        self, "FAIL", "open(/dev/%s, O_WRONLY|O_DIRECT) failed: Device or resource busy", target);
  if (self->buffer_size == 0)
    return pn_gadget_reply (self, "FAIL", "download buffer is empty; stage data before flashing %s",
                            target);
  handled = flash_node (self, target, size);
  /* The buffer is used up, also when the write failed. */
  pn_gadget_clear_buffer (self);
  if (g_str_equal (target, pn_virtual_storage_get_disk (self->gadget->storage)))
    pn_virtual_storage_rescan (self->gadget->storage);
  return handled;
}

PnHandled
pn_gadget_flash (PnGadgetSession *self, const char *target)
{
  PnHandled handled;

  if (target == NULL)
    return pn_gadget_reply (self, "FAIL", "Invalid arguments");
  if (target[0] == '\0')
    return pn_gadget_reply (self, "FAIL", "open(/dev/, O_WRONLY|O_DIRECT) failed: Is a directory");
  begin (self->gadget, target);
  handled = flash_locked (self, target);
  end (self->gadget, target);
  return handled;
}

PnHandled
pn_gadget_bmap_load (PnGadgetSession *self, const char *const *words, guint n_words)
{
  guint32 block_size, n_ranges;

  if (n_words < 1)
    return pn_gadget_reply (self, "FAIL", "Usage: oem bmap-load <block_device>");
  if (self->buffer_size < BMAP_HEADER)
    return pn_gadget_reply (self, "FAIL", "bmap-load: download buffer too small for header");
  if (memcmp (self->buffer, "BMAP", 4) != 0)
    return pn_gadget_reply (self, "FAIL", "bmap-load: bad magic");
  block_size = pn_peek_le32 (self->buffer + 4);
  n_ranges = pn_peek_le32 (self->buffer + 8);
  if (block_size == 0 || (block_size & (block_size - 1)) != 0)
    return pn_gadget_reply (self, "FAIL", "bmap-load: block_size must be a power of two");
  if (n_ranges > (self->buffer_size - BMAP_HEADER) / BMAP_RANGE)
    return pn_gadget_reply (self, "FAIL",
                            "bmap-load: download buffer too small for declared ranges");
  g_mutex_lock (&self->gadget->mutex);
  g_clear_pointer (&self->gadget->bmap, g_bytes_unref);
  g_free (self->gadget->bmap_target);
  self->gadget->bmap = g_bytes_new (self->buffer, self->buffer_size);
  self->gadget->bmap_target = g_strdup (words[0]);
  g_mutex_unlock (&self->gadget->mutex);
  return pn_gadget_reply (self, "OKAY", "bmap loaded: %u ranges, block_size=%u, device=%s",
                          n_ranges, block_size, words[0]);
}

static gboolean
hash_range (
    PnGadgetSession *self, const char *target, guint64 offset, guint64 size, PnSha256 *digest)
{
  g_autoptr (PnHasher) hasher = pn_hasher_new ();
  g_autofree guint8 *piece = g_malloc (PIECE);

  while (size > 0)
    {
      gsize count = (gsize) MIN (size, PIECE);

      if (!pn_virtual_storage_read (self->gadget->storage, target, offset, piece, count))
        return FALSE;
      pn_hasher_update (hasher, piece, count);
      offset += count;
      size -= count;
    }
  *digest = pn_hasher_finish (g_steal_pointer (&hasher));
  return TRUE;
}

static PnHandled
verify_ranges (PnGadgetSession *self, const char *target, GBytes *map)
{
  const guint8 *data = g_bytes_get_data (map, NULL);
  guint64 block_size = pn_peek_le32 (data + 4);
  guint32 n_ranges = pn_peek_le32 (data + 8);

  for (guint32 i = 0; i < n_ranges; i++)
    {
      const guint8 *range = data + BMAP_HEADER + (gsize) i * BMAP_RANGE;
      guint32 first = pn_peek_le32 (range);
      guint32 last = pn_peek_le32 (range + 4);
      PnSha256 digest;

      pn_gadget_reply (self, "INFO", "verifying range %u/%u (blocks %u-%u)", i, n_ranges, first,
                       last);
      if (last < first || !hash_range (self, target, first * block_size,
                                       ((guint64) last - first + 1) * block_size, &digest))
        {
          pn_gadget_reply (self, "FAIL", "bmap-verify: read error at range %u", i);
          return PN_HANDLED_END;
        }
      if (memcmp (digest.bytes, range + 8, sizeof digest.bytes) != 0)
        {
          g_autofree char *expected = pn_hex_encode (range + 8, 32);
          g_autofree char *actual = pn_sha256_to_hex (&digest);

          return pn_gadget_reply (self, "FAIL", "%u:%s:%s", i, expected, actual);
        }
    }
  return pn_gadget_reply (self, "OKAY", "verified %u ranges ok", n_ranges);
}

PnHandled
pn_gadget_bmap_verify (PnGadgetSession *self, const char *const *words, guint n_words)
{
  PnGadget *gadget = self->gadget;
  g_autoptr (GBytes) map = NULL;
  g_autofree char *loaded_for = NULL;
  guint64 size;

  if (n_words < 1)
    return pn_gadget_reply (self, "FAIL", "Usage: oem bmap-verify <block_device>");
  g_mutex_lock (&gadget->mutex);
  map = gadget->bmap != NULL ? g_bytes_ref (gadget->bmap) : NULL;
  loaded_for = g_strdup (gadget->bmap_target);
  g_mutex_unlock (&gadget->mutex);
  if (map == NULL)
    return pn_gadget_reply (self, "FAIL", "bmap-verify: no bmap loaded; run oem bmap-load first");
  if (!g_str_equal (loaded_for, words[0]))
    return pn_gadget_reply (self, "FAIL", "bmap-verify: loaded bmap is for /dev/%s, not /dev/%s",
                            loaded_for, words[0]);
  switch (pn_virtual_storage_look (gadget->storage, words[0], &size))
    {
    case PN_NODE_MISSING:
      return pn_gadget_reply (self, "FAIL", "bmap-verify: cannot access /dev/%s", words[0]);
    case PN_NODE_BUSY:
      return pn_gadget_reply (self, "FAIL", "bmap-verify: cannot open /dev/%s", words[0]);
    case PN_NODE_FREE:
    default:
      break;
    }
  pn_virtual_storage_settle (gadget->storage);
  return verify_ranges (self, words[0], map);
}
