/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What preparing says, and the artefacts that it writes, hashed on the way. */
#include "config.h"

#include "pn-prepare-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "pn-io.h"
#include "pn-sentence.h"
#include "pn-sparse-reader.h"

#define STREAM (4 * 1024 * 1024) /* bytes written at once */

void
pn_preparing_say (PnPreparing *self, gboolean warning, const char *format, ...)
{
  g_autofree char *sentence = NULL;
  va_list args;

  if (self->say == NULL)
    return;
  va_start (args, format);
  sentence = pn_sentence_format_valist (format, args);
  va_end (args);
  self->say (sentence, warning, self->user_data);
}

/* Hashes and writes what comes. */
typedef struct
{
  int fd;
  PnHasher *hasher;
  guint64 size;
} Output;

static gboolean
put (Output *self, const guint8 *data, gsize size, GError **error)
{
  pn_hasher_update (self->hasher, data, size);
  self->size += size;
  return pn_write_all (self->fd, data, size, error);
}

static gboolean
open_output (PnPreparing *self, const char *name, Output *output, GError **error)
{
  output->fd = pn_open_at (self->folder_fd, name, O_WRONLY | O_CREAT | O_EXCL, error);
  output->hasher = pn_hasher_new ();
  output->size = 0;
  return output->fd >= 0;
}

static gboolean
close_output (PnPreparing *self,
              Output *output,
              gboolean fine,
              PnRole role,
              const char *name,
              guint64 expanded,
              GError **error)
{
  PnSha256 digest = pn_hasher_finish (output->hasher);

  if (fine && fsync (output->fd) < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot write %s", name);
      fine = FALSE;
    }
  if (output->fd >= 0)
    pn_fd_close (output->fd);
  if (fine)
    pn_manifest_add (self->manifest, role, name, output->size, &digest, expanded);
  return fine;
}

gboolean
pn_preparing_add_bytes (
    PnPreparing *self, PnRole role, const char *name, GBytes *content, GError **error)
{
  Output output;
  gboolean fine =
      open_output (self, name, &output, error) &&
      put (&output, g_bytes_get_data (content, NULL), g_bytes_get_size (content), error);

  return close_output (self, &output, fine, role, name, 0, error);
}

gboolean
pn_preparing_add_text (
    PnPreparing *self, PnRole role, const char *name, const char *text, GError **error)
{
  g_autoptr (GBytes) content = g_bytes_new (text, strlen (text));

  return pn_preparing_add_bytes (self, role, name, content, error);
}

gboolean
pn_preparing_add_runs (
    PnPreparing *self, PnRole role, const char *name, PnRuns *runs, GError **error)
{
  guint64 n_blocks = pn_runs_get_n_blocks (runs);
  g_autoptr (PnSparseReader) reader = pn_sparse_reader_new (runs, 0, n_blocks, NULL, NULL);
  g_autofree guint8 *buffer = g_malloc (STREAM);
  Output output;
  gboolean fine = open_output (self, name, &output, error);

  while (fine)
    {
      gssize got = pn_sparse_reader_read (reader, buffer, STREAM, error);

      if (got == 0)
        break;
      fine = got > 0 && put (&output, buffer, (gsize) got, error) &&
             !g_cancellable_set_error_if_cancelled (self->cancellable, error);
      if (fine && self->progress != NULL)
        self->progress (output.size, pn_sparse_reader_get_size (reader), self->user_data);
    }
  return close_output (self, &output, fine, role, name, n_blocks * PN_RUN_BLOCK_SIZE, error);
}
