/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-lines.h"

#include <errno.h>
#include <glib-unix.h>
#include <unistd.h>

#include "pn-io.h"

#define MAX_LINE 1000 /* bytes */
#define MAX_LINES 500
#define AT_ONCE 4096

struct _PnLines
{
  int fd;
  guint watch;
  PnLinesFunc func;
  gpointer user_data;
  GString *line; /* begun */
  guint n_told;
};

static void
tell (PnLines *self)
{
  g_autofree char *text = g_utf8_make_valid (self->line->str, (gssize) self->line->len);

  g_string_truncate (self->line, 0);
  if (self->n_told >= MAX_LINES || text[0] == '\0')
    return;
  self->n_told++;
  self->func (self->n_told < MAX_LINES ? text : "… and more, which is not kept", self->user_data);
}

static void
take (PnLines *self, const guint8 *bytes, gsize size)
{
  for (gsize i = 0; i < size; i++)
    {
      if (bytes[i] == '\n')
        tell (self);
      else if (self->line->len < MAX_LINE)
        g_string_append_c (self->line, bytes[i] < ' ' || bytes[i] == 0x7f ? ' ' : (char) bytes[i]);
    }
}

/* FALSE where nothing comes any more. */
static gboolean
read_some (PnLines *self, gboolean *more)
{
  guint8 bytes[AT_ONCE];
  gssize count = read (self->fd, bytes, sizeof bytes);

  *more = count > 0;
  if (count > 0)
    take (self, bytes, (gsize) count);
  return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
}

static gboolean
ready_cb (int fd, GIOCondition condition, gpointer user_data)
{
  PnLines *self = user_data;
  gboolean more;

  if (read_some (self, &more))
    return G_SOURCE_CONTINUE;
  self->watch = 0;
  return G_SOURCE_REMOVE;
}

PnLines *
pn_lines_new (int fd, PnLinesFunc func, gpointer user_data)
{
  PnLines *self = g_new0 (PnLines, 1);

  self->fd = fd;
  self->func = func;
  self->user_data = user_data;
  self->line = g_string_new (NULL);
  self->watch = g_unix_fd_add (fd, G_IO_IN | G_IO_HUP | G_IO_ERR, ready_cb, self);
  return self;
}

void
pn_lines_free (PnLines *self)
{
  gboolean more = TRUE;

  /* Whoever holds the other end still may write as fast as this reads. */
  for (guint i = 0; i < MAX_LINES && more; i++)
    (void) read_some (self, &more);
  tell (self);
  g_clear_handle_id (&self->watch, g_source_remove);
  pn_fd_close (self->fd);
  g_string_free (self->line, TRUE);
  g_free (self);
}
