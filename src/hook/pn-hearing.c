/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a script prints is drained for as long as it prints, and only the last of it is kept. */
#include "config.h"

#include "pn-hook-private.h"

#include <errno.h>
#include <fcntl.h>

#include "pn-io.h"

#define MAX_OUTPUT (64 * 1024) /* bytes that are kept, from the end */

gboolean
pn_hearing_open (PnHearing *self, int *write_end, GError **error)
{
  int ends[2];

  *self = (PnHearing){ .fd = -1, .text = g_string_new (NULL) };
  if (pipe2 (ends, O_CLOEXEC) < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot make a pipe");
      return FALSE;
    }
  self->fd = ends[0];
  *write_end = ends[1];
  return fcntl (self->fd, F_SETFL, O_NONBLOCK) == 0;
}

void
pn_hearing_clear (PnHearing *self)
{
  if (self->fd >= 0)
    pn_fd_close (self->fd);
  self->fd = -1;
  if (self->text != NULL)
    g_string_free (g_steal_pointer (&self->text), TRUE);
}

gboolean
pn_hearing_drain (PnHearing *self)
{
  char buffer[16 * 1024];
  gssize got = self->fd >= 0 ? read (self->fd, buffer, sizeof buffer) : -1;

  if (got > 0)
    {
      g_string_append_len (self->text, buffer, got);
      if (self->text->len > 2 * MAX_OUTPUT)
        g_string_erase (self->text, 0, (gssize) (self->text->len - MAX_OUTPUT));
      return TRUE;
    }
  if (self->fd >= 0 && (got == 0 || (errno != EAGAIN && errno != EINTR)))
    {
      pn_fd_close (self->fd);
      self->fd = -1;
    }
  return FALSE;
}

char *
pn_hearing_finish (PnHearing *self)
{
  gsize skip;
  char *text;

  while (pn_hearing_drain (self))
    ;
  skip = self->text->len > MAX_OUTPUT ? self->text->len - MAX_OUTPUT : 0;
  text = g_utf8_make_valid (self->text->str + skip, (gssize) (self->text->len - skip));
  for (char *at = text; *at != '\0'; at++)
    if (g_ascii_iscntrl (*at) && *at != '\n')
      *at = ' ';
  return g_strchomp (text);
}
