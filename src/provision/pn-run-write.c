/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Write and verify: runs are streamed as sparse pieces straight from the bundle, hashed on the way,
 * and then the device reads every written range back and compares (oem bmap-verify). What comes
 * from an artefact is hashed a second time, as the file that it is: the one proves that the device
 * has what was sent, the other that what was sent is what was sealed. */
#include "config.h"

#include <string.h>

#include "pn-run-private.h"
#include "pn-sparse-reader.h"
#include "pn-sparse.h"

#define MAX_PIECE                                                                                  \
  (128u * 1024 * 1024) /* bytes: fewer syncs than smaller ones, half the device's limit */
#define MIN_PIECE (64u * 1024)
#define MAX_RANGE_BLOCKS (64u * 1024 * 1024 / PN_RUN_BLOCK_SIZE)

/* Hashes what is sent in ranges for the block map. */
typedef struct
{
  PnWritten written;
  PnHasher *hasher;
  guint64 first;
  guint64 next; /* the block that continues the open range */
} Ranges;

static void
finish_range (Ranges *self)
{
  PnBmapRange range;
  PnSha256 digest;

  if (self->hasher == NULL)
    return;
  digest = pn_hasher_finish (g_steal_pointer (&self->hasher));
  range.first_block = (guint32) self->first;
  range.last_block = (guint32) (self->next - 1);
  memcpy (range.sha256, digest.bytes, sizeof range.sha256);
  g_array_append_val (self->written.ranges, range);
}

static void
hash_fill (PnHasher *hasher, guint64 size, guint32 fill)
{
  guint32 block[PN_RUN_BLOCK_SIZE / sizeof (guint32)];

  for (guint i = 0; i < G_N_ELEMENTS (block); i++)
    block[i] = GUINT32_TO_LE (fill);
  for (guint64 done = 0; done < size; done += sizeof block)
    pn_hasher_update (hasher, block, sizeof block);
}

static void
observe_cb (guint64 first_block, const guint8 *data, guint64 size, guint32 fill, gpointer user_data)
{
  Ranges *self = user_data;

  while (size > 0)
    {
      guint64 room;
      guint64 count;

      if (self->hasher != NULL &&
          (self->next != first_block || self->next - self->first >= MAX_RANGE_BLOCKS))
        finish_range (self);
      if (self->hasher == NULL)
        {
          self->hasher = pn_hasher_new ();
          self->first = first_block;
          self->next = first_block;
        }
      room = (MAX_RANGE_BLOCKS - (self->next - self->first)) * PN_RUN_BLOCK_SIZE;
      count = MIN (size, room);
      if (data != NULL)
        {
          pn_hasher_update (self->hasher, data, (gsize) count);
          data += count;
        }
      else
        hash_fill (self->hasher, count, fill);
      self->written.bytes += count;
      self->next += count / PN_RUN_BLOCK_SIZE;
      first_block += count / PN_RUN_BLOCK_SIZE;
      size -= count;
    }
}

typedef struct
{
  PnRunContext *run;
  PnSparseReader *reader; /* of the piece being sent */
  guint64 before;         /* bytes of earlier pieces and targets */
  guint64 shown;          /* bytes; it does not go back when a piece is sent once more */
  guint64 total;          /* 0 = not shown */
  PnSeal seal;
} Sending;

static void
sent_cb (guint64 acknowledged, gpointer user_data)
{
  Sending *sending = user_data;

  sending->shown = MAX (sending->shown, sending->before + acknowledged);
  if (sending->total > 0)
    pn_run_host_progress (sending->run->host, MIN (sending->shown, sending->total), sending->total);
}

static gssize
source_cb (guint8 *buffer, gsize size, gpointer user_data, GError **error)
{
  Sending *sending = user_data;
  gsize done = 0;

  /* Transfers must not be short before the end. */
  while (done < size)
    {
      gssize got = pn_sparse_reader_read (sending->reader, buffer + done, size - done, error);

      if (got < 0)
        return -1;
      if (got == 0)
        break;
      done += (gsize) got;
    }
  return (gssize) done;
}

gboolean
pn_run_send (PnRunContext *self,
             PnFastboot *session,
             const char *target,
             guint32 size,
             PnTransportSource source,
             PnTransportProgress progress,
             gpointer user_data,
             GError **error)
{
  g_autofree char *command = g_strdup_printf ("flash:%s", target);
  g_autofree char *answer = NULL;
  guint limit = session == self->network ? self->job->limits.network : self->job->limits.command;

  if (!pn_fastboot_download (session, size, source, progress, user_data, limit, self->cancellable,
                             error))
    return FALSE;
  answer = pn_fastboot_command (session, command, NULL, NULL, self->job->limits.flash,
                                self->cancellable, error);
  if (answer == NULL)
    pn_prefix_error (error, "“%s”", command);
  return answer != NULL;
}

/* A piece has ranges of its own, so that it can be sent once more. */
static gboolean
send_piece (PnRunContext *self,
            PnFastboot *session,
            const char *target,
            PnRuns *runs,
            const PnSparsePiece *piece,
            Ranges *ranges,
            Sending *sending,
            GError **error)
{
  g_autoptr (PnSparseReader) reader =
      pn_sparse_reader_new (runs, piece->first_block, piece->n_blocks, observe_cb, ranges);
  guint64 size = pn_sparse_reader_get_size (reader);
  guint64 bytes = ranges->written.bytes;
  g_auto (PnSeal) seal = pn_seal_copy (&sending->seal);
  guint n_ranges;

  g_return_val_if_fail (size <= PN_FASTBOOT_MAX_DOWNLOAD, FALSE);
  finish_range (ranges);
  n_ranges = ranges->written.ranges->len;
  sending->reader = reader;
  pn_sparse_reader_set_source_func (reader, pn_seal_take, &sending->seal);
  if (pn_run_send (self, session, target, (guint32) size, source_cb, sent_cb, sending, error))
    {
      sending->before += size;
      return TRUE;
    }
  pn_seal_clear (&sending->seal);
  sending->seal = seal;
  seal = (PnSeal){ 0 };
  g_clear_pointer (&ranges->hasher, pn_hasher_free);
  g_array_set_size (ranges->written.ranges, n_ranges);
  ranges->written.bytes = bytes;
  return FALSE;
}

static gboolean
flash_piece (PnRunContext *self,
             const char *target,
             PnRuns *runs,
             const PnSparsePiece *piece,
             Ranges *ranges,
             Sending *sending,
             GError **error)
{
  guint64 before = sending->before;
  g_autoptr (GError) local = NULL;

  if (self->network != NULL)
    {
      if (send_piece (self, self->network, target, runs, piece, ranges, sending, &local))
        {
          self->network_bytes += sending->before - before;
          return TRUE;
        }
      if (!pn_run_route_leave (self, &local))
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
    }
  return send_piece (self, self->fastboot, target, runs, piece, ranges, sending, error);
}

static void
clear_sending (Sending *self)
{
  pn_seal_clear (&self->seal);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Sending, clear_sending)

gboolean
pn_run_flash (PnRunContext *self,
              const char *target,
              PnRuns *runs,
              guint64 done_before,
              guint64 total,
              GError **error)
{
  g_auto (Sending) sending = { self, NULL, done_before, done_before, total, { 0 } };
  g_autoptr (GArray) pieces = NULL;
  gboolean fine = TRUE;
  Ranges ranges = { 0 };
  guint64 max;

  if (!pn_run_route_open (self, target, runs, error) ||
      !pn_fastboot_getvar_size (self->fastboot, "max-download-size", &max,
                                self->job->limits.command, self->cancellable, error))
    return FALSE;
  if (max < MIN_PIECE)
    {
      pn_set_error (error, PN_ERROR_PROTOCOL, "The device takes only %s bytes at a time",
                    PN_NUMBER (max));
      return FALSE;
    }
  pieces = pn_sparse_split (runs, MIN (max, MAX_PIECE), error);
  if (pieces == NULL)
    return FALSE;

  ranges.written.target = target;
  ranges.written.ranges = g_array_new (FALSE, FALSE, sizeof (PnBmapRange));
  pn_seal_begin (self, runs, &sending.seal);
  for (guint i = 0; i < pieces->len && fine; i++)
    fine = flash_piece (self, target, runs, &g_array_index (pieces, PnSparsePiece, i), &ranges,
                        &sending, error);
  if (!fine || !pn_seal_check (&sending.seal, error))
    {
      g_clear_pointer (&ranges.hasher, pn_hasher_free);
      g_array_unref (ranges.written.ranges);
      pn_prefix_error (error, "Writing %s failed", target);
      return FALSE;
    }
  finish_range (&ranges);
  self->result->bytes_sent += sending.before - done_before;
  g_array_append_val (self->written, ranges.written);
  return TRUE;
}

static gboolean
write_image (PnRunContext *self, GError **error)
{
  const char *disk = pn_storage_to_disk (pn_manifest_get_storage (self->manifest));
  g_autofree char *boot_node = g_strdup_printf ("%sp1", disk);
  guint64 boot_bytes = self->boot != NULL ? pn_runs_count_bytes (self->boot, PN_RUN_DATA) : 0;
  guint64 total;

  if (self->set != NULL)
    return pn_run_set_write (self, error);
  total = boot_bytes + pn_runs_count_bytes (self->root, PN_RUN_DATA);
  if (self->boot == NULL)
    return pn_run_flash (self, disk, self->root, 0, total, error);
  /* What makes the device start comes last: until then one without an EEPROM comes back in USB boot
   * mode, whatever happens. */
  return pn_run_flash (self, "mapper/cryptroot", self->root, 0, total, error) &&
         pn_run_flash (self, g_intern_string (boot_node), self->boot, total - boot_bytes, total,
                       error);
}

gboolean
pn_run_write (PnRunContext *self, GError **error)
{
  gboolean fine = write_image (self, error);

  pn_run_route_close (self);
  return fine;
}

typedef struct
{
  PnRunContext *run;
  const PnWritten *written;
  guint64 before;
  guint64 total;
} Verifying;

/* "verifying range <i>/<n> (blocks <a>-<b>)": what came before is verified. */
static void
verify_info_cb (const char *line, gpointer user_data)
{
  Verifying *verifying = user_data;
  g_auto (GStrv) words = g_strsplit_set (line, " /", 5);
  guint64 index;
  guint64 bytes = 0;

  if (g_strv_length (words) < 4 || !g_str_equal (words[1], "range") ||
      !g_ascii_string_to_unsigned (words[2], 10, 0, verifying->written->ranges->len, &index, NULL))
    return;
  for (guint64 i = 0; i < index; i++)
    {
      const PnBmapRange *range = &g_array_index (verifying->written->ranges, PnBmapRange, i);

      bytes += (guint64) (range->last_block - range->first_block + 1) * PN_RUN_BLOCK_SIZE;
    }
  pn_run_host_progress (verifying->run->host, verifying->before + bytes, verifying->total);
}

gboolean
pn_run_compare (PnRunContext *self,
                const char *target,
                guint32 block_size,
                const PnBmapRange *ranges,
                guint n_ranges,
                PnFastbootInfo info,
                gpointer user_data,
                GError **error)
{
  g_autoptr (GBytes) map = pn_bmap_build (block_size, ranges, n_ranges);
  g_autofree char *command = g_strdup_printf ("oem bmap-verify %s", target);
  g_autofree char *expected = g_strdup_printf ("verified %u ranges ok", n_ranges);
  g_autofree char *loaded = NULL;
  g_autofree char *answer = NULL;
  g_autoptr (GError) local = NULL;

  if (!pn_fastboot_download_bytes (self->fastboot, map, self->job->limits.command,
                                   self->cancellable, error))
    return FALSE;
  loaded = pn_run_command (self, self->job->limits.command, error, "oem bmap-load %s", target);
  if (loaded == NULL)
    return FALSE;
  answer = pn_fastboot_command (self->fastboot, command, info, user_data, self->job->limits.flash,
                                self->cancellable, &local);
  if (answer != NULL && g_str_equal (answer, expected))
    return TRUE;
  if (answer == NULL && !g_error_matches (local, PN_ERROR, PN_ERROR_REJECTED))
    g_propagate_error (error, g_steal_pointer (&local));
  else
    pn_set_error (error, PN_ERROR_VERIFY,
                  "What the device read back from %s is not what was written (%s)", target,
                  answer != NULL ? answer : local->message);
  return FALSE;
}

static gboolean
verify_one (PnRunContext *self, Verifying *verifying, GError **error)
{
  const PnWritten *written = verifying->written;

  return pn_run_compare (self, written->target, PN_RUN_BLOCK_SIZE,
                         (PnBmapRange *) written->ranges->data, written->ranges->len,
                         verify_info_cb, verifying, error);
}

gboolean
pn_run_verify (PnRunContext *self, GError **error)
{
  Verifying verifying = { self, NULL, 0, 0 };

  for (guint i = 0; i < self->written->len; i++)
    verifying.total += g_array_index (self->written, PnWritten, i).bytes;
  for (guint i = 0; i < self->written->len; i++)
    {
      verifying.written = &g_array_index (self->written, PnWritten, i);
      if (verifying.written->ranges->len > 0 && !verify_one (self, &verifying, error))
        return FALSE;
      verifying.before += verifying.written->bytes;
      pn_run_host_progress (self->host, verifying.before, verifying.total);
    }
  self->result->bytes_verified += verifying.total;
  g_array_set_size (self->written, 0);
  return TRUE;
}
