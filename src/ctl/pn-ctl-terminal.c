/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was written down elsewhere (records of another station, a name in an image, what a device
 * said) is shown on a terminal as it is, but must not speak to it: control characters and those
 * that change the direction of text are shown by their number. What goes into a file or a pipe is
 * left alone. */
#include "config.h"

#include "pn-ctl.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "pn-io.h"

#define MAX_CHARACTER 6 /* bytes that UTF-8 could take */

static char held[MAX_CHARACTER]; /* the beginning of a character that the next piece goes on with */
static gsize n_held;

static gboolean
speaks_to_terminal (gunichar character)
{
  return (g_unichar_iscntrl (character) && character != '\n' && character != '\t') ||
         (character >= 0x202a && character <= 0x202e) || character == 0x200e || character == 0x200f;
}

/* Also JSON may say it so. */
static void
append (GString *text, gunichar character)
{
  if (speaks_to_terminal (character))
    g_string_append_printf (text, "\\u%04x", character);
  else
    g_string_append_unichar (text, character);
}

static void
append_piece (GString *text, const char *data, gsize size)
{
  const char *end = data + size;

  while (data < end)
    {
      gunichar character = g_utf8_get_char_validated (data, end - data);

      if (character == (gunichar) -2 && end - data < MAX_CHARACTER)
        {
          n_held = (gsize) (end - data);
          memcpy (held, data, n_held);
          return;
        }
      if (character >= (gunichar) -2)
        {
          g_string_append_printf (text, "\\x%02x", (guint8) *data++);
          continue;
        }
      append (text, character);
      data = g_utf8_next_char (data);
    }
}

static ssize_t
write_cb (void *cookie, const char *data, size_t size)
{
  g_autoptr (GString) whole = g_string_new_len (held, (gssize) n_held);
  g_autoptr (GString) text = g_string_new (NULL);

  n_held = 0;
  g_string_append_len (whole, data, (gssize) size);
  append_piece (text, whole->str, whole->len);
  return pn_write_all (STDOUT_FILENO, text->str, text->len, NULL) ? (ssize_t) size : 0;
}

void
pn_ctl_guard_terminal (void)
{
  FILE *guarded;

  if (!isatty (STDOUT_FILENO))
    return;
  guarded = fopencookie (NULL, "w", (cookie_io_functions_t){ .write = write_cb });
  if (guarded == NULL)
    return;
  (void) setvbuf (guarded, NULL, _IOLBF, BUFSIZ);
  stdout = guarded;
}

void
pn_ctl_tell_terminal (const char *sequence)
{
  fflush (stdout);
  (void) pn_write_all (STDOUT_FILENO, sequence, strlen (sequence), NULL);
}
