/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The host copes with all that a real daemon was recorded to say: a peer plays the device's lines
 * of a transcript, the host sends the client's commands, and has to make of each reply what it is.
 * What our host never sends (over-long commands, control characters, other counts of data than
 * announced, getvar:mmc-extcsd, which is answered twice) is left out together with its answers. */
#include "config.h"

#include <string.h>
#include <sys/socket.h>

#include "pn-bytes.h"
#include "pn-fastboot.h"
#include "pn-test-peer.h"

#define LONG 20000 /* ms */
#define TWICE "getvar:mmc-extcsd"
#define MAX_UPLOAD ((gsize) 1024 * 1024)

typedef enum
{
  SAY,      /* a reply */
  SAY_DATA, /* @size bytes of data in one frame */
  HEAR_DATA,
  HANG_UP,
} Kind;

typedef struct
{
  Kind kind;
  GBytes *bytes;
  gsize size;
} Line;

typedef struct
{
  char *command;
  GPtrArray *lines; /* Line */
} Step;

static void
line_free (gpointer data)
{
  Line *line = data;

  g_clear_pointer (&line->bytes, g_bytes_unref);
  g_free (line);
}

static void
step_free (gpointer data)
{
  Step *step = data;

  g_free (step->command);
  g_ptr_array_unref (step->lines);
  g_free (step);
}

static GBytes *
unescape (const char *text)
{
  GByteArray *out = g_byte_array_new ();

  for (; *text != '\0'; text++)
    {
      guint8 byte = (guint8) *text;

      if (text[0] == '\\' && text[1] == 'x')
        {
          byte = (guint8) (g_ascii_xdigit_value (text[2]) * 16 + g_ascii_xdigit_value (text[3]));
          text += 3;
        }
      g_byte_array_append (out, &byte, 1);
    }
  return g_byte_array_free_to_bytes (out);
}

/* The count of "[12] …"; the text behind it. */
static const char *
bracketed (const char *text, gsize *size)
{
  g_autofree char *digits = NULL;
  const char *end = strchr (text, ']');
  guint64 value = 0;

  g_assert_true (text[0] == '[' && end != NULL);
  digits = g_strndup (text + 1, (gsize) (end - text - 1));
  g_assert_true (g_ascii_string_to_unsigned (digits, 10, 0, G_MAXUINT32, &value, NULL));
  *size = (gsize) value;
  return end[1] == ' ' ? end + 2 : end + 1;
}

/* The bytes of "<data, 1 frame of N bytes…>" and "<data in frames of [4, 4] bytes…>". */
static gsize
data_size (const char *text)
{
  g_auto (GStrv) words = g_strsplit_set (text, " ,[]<>", 0);
  gboolean many = strstr (text, "in frames of") != NULL;
  gsize total = 0;

  for (guint i = 0; words[i] != NULL && !g_str_equal (words[i], "bytes"); i++)
    {
      guint64 number;

      if (g_ascii_string_to_unsigned (words[i], 10, 0, G_MAXUINT32, &number, NULL))
        total = many ? total + (gsize) number : (gsize) number;
    }
  return total;
}

static gsize
announced_by (GPtrArray *lines)
{
  const Line *last = lines->len > 0 ? lines->pdata[lines->len - 1] : NULL;
  const char *text;
  g_autofree char *hex = NULL;
  guint64 size = 0;

  if (last == NULL || last->kind != SAY || g_bytes_get_size (last->bytes) != 12)
    return 0;
  text = g_bytes_get_data (last->bytes, NULL);
  if (memcmp (text, "DATA", 4) != 0)
    return 0;
  hex = g_strndup (text + 4, 8);
  (void) g_ascii_string_to_unsigned (hex, 16, 0, G_MAXUINT32, &size, NULL);
  return (gsize) size;
}

static void
add_line (Step *step, Kind kind, GBytes *bytes, gsize size)
{
  Line *line = g_new0 (Line, 1);

  line->kind = kind;
  line->bytes = bytes;
  line->size = size;
  g_ptr_array_add (step->lines, line);
}

static gboolean
is_sendable (GBytes *command)
{
  gsize size;
  const char *text = g_bytes_get_data (command, &size);

  if (size == 0 || size > 256)
    return FALSE;
  for (gsize i = 0; i < size; i++)
    if (g_ascii_iscntrl (text[i]))
      return FALSE;
  /* A defect of the daemon: its final reply comes twice (fastboot.md §13). */
  return size != strlen (TWICE) || memcmp (text, TWICE, size) != 0;
}

/* The steps of one connection, from the line after its handshake on; *@at is moved to its end. */
static GPtrArray *
read_session (GStrv lines, guint *at)
{
  GPtrArray *steps = g_ptr_array_new_with_free_func (step_free);
  Step *step = NULL;
  gboolean over = FALSE;

  for (; lines[*at] != NULL && !g_str_has_prefix (lines[*at], "C: <handshake>"); ++*at)
    {
      const char *text = lines[*at] + 3;
      gsize size = 0;

      if (over || strlen (lines[*at]) < 4 || lines[*at][0] == '#')
        continue;
      if (g_str_has_prefix (lines[*at], "C: <data") ||
          (step != NULL && announced_by (step->lines) > 0 && g_str_has_prefix (lines[*at], "C: [")))
        {
          size = text[0] == '<' ? data_size (text) : 0;
          if (text[0] == '[')
            (void) bracketed (text, &size);
          /* Our host sends what was announced; what follows another count means nothing to it. */
          over = step == NULL || size != announced_by (step->lines);
          if (over && step != NULL)
            g_ptr_array_remove (steps, step);
          else if (!over)
            {
              /* Whatever word the client used for it; this is ours. */
              g_free (step->command);
              step->command = g_strdup_printf ("download:%08x", (guint) size);
              add_line (step, HEAR_DATA, NULL, size);
            }
        }
      else if (g_str_has_prefix (lines[*at], "C: ["))
        {
          g_autoptr (GBytes) command = unescape (bracketed (text, &size));

          step = NULL;
          if (!is_sendable (command) || size != g_bytes_get_size (command))
            continue;
          step = g_new0 (Step, 1);
          step->command = g_strndup (g_bytes_get_data (command, NULL), g_bytes_get_size (command));
          step->lines = g_ptr_array_new_with_free_func (line_free);
          g_ptr_array_add (steps, step);
        }
      else if (g_str_has_prefix (lines[*at], "D: [") && step != NULL)
        add_line (step, SAY, unescape (bracketed (text, &size)), 0);
      else if (g_str_has_prefix (lines[*at], "D: <data") && step != NULL)
        add_line (step, SAY_DATA, NULL, data_size (text));
      else if (g_str_has_prefix (lines[*at], "D: <connection") && step != NULL)
        add_line (step, HANG_UP, NULL, 0);
    }
  return steps;
}

/* ---- the device's side ---- */

static gboolean
say_frame (PnTestPeer *peer, gconstpointer data, gsize size)
{
  guint8 header[8];

  pn_poke_be64 (header, size);
  return pn_test_peer_say (peer, header, sizeof header) && pn_test_peer_say (peer, data, size);
}

static GBytes *
hear_frame (PnTestPeer *peer)
{
  guint8 header[8];
  guint8 *data;
  gsize size;

  if (!pn_test_peer_hear (peer, header, sizeof header))
    return NULL;
  size = (gsize) pn_peek_be64 (header);
  data = g_malloc (size + 1);
  if (pn_test_peer_hear (peer, data, size))
    return g_bytes_new_take (data, size);
  g_free (data);
  return NULL;
}

static gboolean
play_step (PnTestPeer *peer, const Step *step)
{
  g_autoptr (GBytes) command = hear_frame (peer);

  if (command == NULL)
    return FALSE;
  g_assert_cmpmem (g_bytes_get_data (command, NULL), g_bytes_get_size (command), step->command,
                   strlen (step->command));
  for (guint i = 0; i < step->lines->len; i++)
    {
      const Line *line = step->lines->pdata[i];

      switch (line->kind)
        {
        case SAY:
          if (!say_frame (peer, g_bytes_get_data (line->bytes, NULL),
                          g_bytes_get_size (line->bytes)))
            return FALSE;
          break;
        case SAY_DATA:
          {
            g_autofree guint8 *data = g_malloc0 (line->size + 1);

            if (!say_frame (peer, data, line->size))
              return FALSE;
            break;
          }
        case HEAR_DATA:
          {
            g_autoptr (GBytes) data = hear_frame (peer);

            g_assert_nonnull (data);
            g_assert_cmpuint (g_bytes_get_size (data), ==, line->size);
            break;
          }
        case HANG_UP:
        default:
          return FALSE;
        }
    }
  return TRUE;
}

static void
play_session (gpointer peer, gpointer user_data)
{
  GPtrArray *steps = user_data;
  guint8 greeting[4];

  if (!pn_test_peer_hear (peer, greeting, 4) || !pn_test_peer_say (peer, "FB01", 4))
    return;
  for (guint i = 0; i < steps->len; i++)
    if (!play_step (peer, steps->pdata[i]))
      return;
}

/* ---- the host's side ---- */

static void
collect (const char *line, gpointer user_data)
{
  g_ptr_array_add (user_data, g_strdup (line));
}

static gssize
zeros (guint8 *buffer, gsize size, gpointer user_data, GError **error)
{
  memset (buffer, 0, size);
  return (gssize) size;
}

/* Text of a reply as people may see it, made in another way than pn-reply.c does. */
static char *
shown (GBytes *reply)
{
  g_autofree char *raw = g_strndup (g_bytes_get_data (reply, NULL), g_bytes_get_size (reply));
  GString *text = g_string_new (NULL);
  gsize size = g_bytes_get_size (reply);
  const guint8 *data = g_bytes_get_data (reply, NULL);

  while (size > 4 && (data[size - 1] == 0 || g_ascii_isspace (data[size - 1])))
    size--;
  for (gsize i = 4; i < size; i++)
    if (g_ascii_isprint (data[i]) || data[i] == '\n')
      g_string_append_c (text, (char) data[i]);
    else
      g_string_append_printf (text, "\\x%02x", data[i]);
  g_string_truncate (text, MIN (text->len, 255));
  return g_string_free (text, FALSE);
}

static gboolean
is_kind (GBytes *reply, const char *kind)
{
  return g_bytes_get_size (reply) >= 4 && memcmp (g_bytes_get_data (reply, NULL), kind, 4) == 0;
}

/* TRUE where the session goes on. */
static gboolean
do_step (PnFastboot *fastboot, const Step *step, guint *n_replies)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  g_autofree char *answer = NULL;
  g_autofree char *expected = NULL;
  const Line *last = step->lines->len > 0 ? step->lines->pdata[step->lines->len - 1] : NULL;
  gsize announced = 0;
  guint n_lines = 0;
  gboolean fine, uploads = FALSE;

  for (guint i = 0; i < step->lines->len; i++)
    {
      const Line *line = step->lines->pdata[i];

      uploads |= line->kind == SAY_DATA;
      if (line->kind == HEAR_DATA)
        announced = line->size;
      *n_replies += line->kind == SAY;
    }
  if (announced > 0)
    fine =
        pn_fastboot_download (fastboot, (guint32) announced, zeros, NULL, NULL, LONG, NULL, &error);
  else if (uploads)
    {
      g_autoptr (GBytes) data = pn_fastboot_upload (fastboot, MAX_UPLOAD, LONG, NULL, &error);

      fine = data != NULL;
    }
  else
    {
      answer = pn_fastboot_command (fastboot, step->command, collect, lines, LONG, NULL, &error);
      fine = answer != NULL;
    }
  g_test_message ("%s: %s", step->command, fine ? answer : error->message);
  if (last == NULL || last->kind == HANG_UP)
    {
      g_assert_error (error, PN_ERROR, PN_ERROR_DISCONNECTED);
      return FALSE;
    }
  if (last->kind == SAY && is_kind (last->bytes, "DATA"))
    {
      /* The recording goes no further, or we would have sent something else. */
      g_assert_error (error, PN_ERROR, PN_ERROR_PROTOCOL);
      return FALSE;
    }
  expected = shown (last->bytes);
  for (guint i = 0; i < step->lines->len; i++)
    {
      const Line *line = step->lines->pdata[i];
      g_autofree char *text = line->kind == SAY ? shown (line->bytes) : NULL;

      if (text == NULL || !is_kind (line->bytes, "INFO") || announced > 0 || uploads)
        continue;
      g_assert_cmpuint (n_lines, <, lines->len);
      g_assert_cmpstr (lines->pdata[n_lines++], ==, text);
    }
  g_assert_cmpuint (n_lines, ==, lines->len);
  if (is_kind (last->bytes, "OKAY"))
    {
      g_assert_no_error (error);
      g_assert_true (fine);
      if (answer != NULL)
        g_assert_cmpstr (answer, ==, expected);
      return TRUE;
    }
  if (is_kind (last->bytes, "FAIL"))
    {
      g_assert_error (error, PN_ERROR, PN_ERROR_REJECTED);
      g_assert_nonnull (strstr (error->message, expected));
      return TRUE;
    }
  /* The daemon hung up within its answer, or said something cut off. */
  g_assert_nonnull (error);
  return FALSE;
}

static void
test_transcript (gconstpointer data)
{
  const char *folder = g_getenv ("PUNNET_VECTORS");
  g_autofree char *path = folder != NULL ? g_build_filename (folder, "fastboot", data, NULL) : NULL;
  g_autofree char *contents = NULL;
  g_auto (GStrv) lines = NULL;
  guint n_replies = 0;

  if (path == NULL || !g_file_get_contents (path, &contents, NULL, NULL))
    {
      g_test_skip ("needs ../shared/vectors");
      return;
    }
  lines = g_strsplit (contents, "\n", 0);
  for (guint at = 0; lines[at] != NULL;)
    {
      g_autoptr (GPtrArray) steps = NULL;
      g_autoptr (PnFastboot) fastboot = NULL;
      g_autoptr (GError) error = NULL;
      gboolean goes_on = TRUE;
      PnTestPeer *peer;
      int fd;

      if (!g_str_has_prefix (lines[at++], "C: <handshake>"))
        continue;
      steps = read_session (lines, &at);
      peer = pn_test_peer_start (play_session, steps, G_MAXUINT64, &fd);
      fastboot = pn_fastboot_new_stream (fd, LONG, NULL, &error);
      g_assert_no_error (error);
      for (guint i = 0; goes_on && i < steps->len; i++)
        goes_on = do_step (fastboot, steps->pdata[i], &n_replies);
      g_clear_object (&fastboot);
      (void) pn_test_peer_finish (peer);
    }
  g_test_message ("%u replies", n_replies);
  g_assert_cmpuint (n_replies, >, 0);
}

int
main (int argc, char **argv)
{
  static const char *const files[] = {
    "commands.txt",
    "session.txt",
    "getvar-all-ns.txt",
    "getvar-all-net.txt",
    "download-flash.txt",
    "dataplane.txt",
    "oem-misc.txt",
    "oem-storage.txt",
    "partapp-sizes.txt",
    "idp-clear-and-errors.txt",
    "idp-encrypted-slots.txt",
    "idp-more-errors.txt",
    "reboot.txt",
    "client-29.0.6-wire.txt",
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *name = g_strdup_printf ("/fastboot/transcript/%s", files[i]);

      g_test_add_data_func (name, files[i], test_transcript);
    }
  return g_test_run ();
}
