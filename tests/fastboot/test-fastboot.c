/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The host's side of fastboot against a device that lies, falls silent, talks without end or hangs
 * up after any byte; over the frames of TCP and over USB transfers. */
#include "config.h"

#include <string.h>
#include <sys/socket.h>

#include "pn-bytes.h"
#include "pn-fastboot.h"
#include "pn-test-peer.h"
#include "pn-vusb-transport.h"

#define SHORT 150     /* ms of inactivity where a test waits for it */
#define LONG 20000    /* ms where it must not come to that */
#define IN_TIME 60000 /* ms: longer is hanging, however slow the machine */
#define MAX_UPLOAD 4096

/* ---- a device in words ---- */

static const char *const quiet[] = { NULL };

typedef struct
{
  gboolean usb;
  /* What is said to each message that comes, one after the other: "…" a reply, "<" hears data of
   * the size just announced, ">n" says n bytes of data, "~" falls silent, "%n" says INFO n times.
   */
  const char *const *lines;
} Talk;

static gboolean
say (PnTestPeer *peer, gboolean usb, gconstpointer data, gsize size)
{
  PnTestTransfer transfer;
  guint8 header[8];

  if (!usb)
    {
      pn_poke_be64 (header, size);
      return pn_test_peer_say (peer, header, sizeof header) && pn_test_peer_say (peer, data, size);
    }
  if (!pn_test_peer_next (peer, &transfer))
    return FALSE;
  g_assert_cmpuint (transfer.endpoint & 0x80, ==, 0x80);
  g_assert_cmpuint (size, <=, transfer.length);
  return pn_test_peer_complete (peer, &transfer, 0, data, (guint32) size);
}

static gboolean
hear (PnTestPeer *peer, gboolean usb, gsize expected)
{
  gsize heard = 0;

  do
    {
      PnTestTransfer transfer;
      g_autofree guint8 *data = NULL;
      guint8 header[8];
      gsize size;

      if (usb)
        {
          if (!pn_test_peer_next (peer, &transfer))
            return FALSE;
          g_assert_cmpuint (transfer.endpoint & 0x80, ==, 0);
          size = transfer.length;
          pn_test_transfer_clear (&transfer);
          if (!pn_test_peer_complete (peer, &transfer, 0, NULL, transfer.length))
            return FALSE;
        }
      else
        {
          if (!pn_test_peer_hear (peer, header, sizeof header))
            return FALSE;
          size = (gsize) pn_peek_be64 (header);
          g_assert_cmpuint (size, <=, 1024 * 1024);
          data = g_malloc (size + 1);
          if (!pn_test_peer_hear (peer, data, size))
            return FALSE;
        }
      heard += size;
    }
  while (heard < expected);
  return TRUE;
}

static gboolean
say_number (PnTestPeer *peer, const Talk *talk, const char *line)
{
  static const guint8 zeros[MAX_UPLOAD] = { 0 };
  guint64 n = 0;

  g_assert_true (g_ascii_string_to_unsigned (line + 1, 10, 0, G_MAXUINT32, &n, NULL));
  if (line[0] == '>')
    return say (peer, talk->usb, zeros, (gsize) n);
  for (guint64 i = 0; i < n; i++)
    if (!say (peer, talk->usb, "INFOagain", 9))
      return FALSE;
  return TRUE;
}

static void
talking_device (gpointer user_peer, gpointer user_data)
{
  PnTestPeer *peer = user_peer;
  const Talk *talk = user_data;
  guint64 announced = 0;
  guint8 greeting[4];

  if (talk->usb ? !pn_test_peer_introduce (peer, TRUE)
                : !pn_test_peer_hear (peer, greeting, 4) || !pn_test_peer_say (peer, "FB01", 4))
    return;
  for (guint i = 0; talk->lines[i] != NULL; i++)
    {
      const char *line = talk->lines[i];
      gboolean fine = TRUE;

      if (line[0] == '?')
        fine = hear (peer, talk->usb, 1);
      else if (line[0] == '<')
        fine = hear (peer, talk->usb, (gsize) announced);
      else if (line[0] == '>' || line[0] == '%')
        fine = say_number (peer, talk, line);
      else if (line[0] == '~')
        pn_test_peer_be_silent (peer);
      else
        fine = say (peer, talk->usb, line, strlen (line));
      if (!fine)
        return;
      if (g_str_has_prefix (line, "DATA"))
        (void) g_ascii_string_to_unsigned (line + 4, 16, 0, G_MAXUINT32, &announced, NULL);
    }
}

static PnTestPeer *
start (Talk *talk, guint64 budget, guint timeout, PnFastboot **fastboot, GError **error)
{
  int fd;
  PnTestPeer *peer = pn_test_peer_start (talking_device, talk, budget, &fd);

  *fastboot = NULL;
  if (talk->usb)
    {
      g_autoptr (PnTransport) transport = pn_vusb_transport_new (fd, NULL, error);

      if (transport != NULL)
        *fastboot = pn_fastboot_new_usb (transport);
    }
  else
    *fastboot = pn_fastboot_new_stream (fd, timeout, NULL, error);
  return peer;
}

static void
count_line (const char *line, gpointer user_data)
{
  ++*(guint *) user_data;
}

/* ---- one lie at a time ---- */

typedef enum
{
  ASK,
  ASK_SIZE,
  SEND,
  FETCH,
} Act;

typedef struct
{
  const char *name;
  Act act;
  PnError expected;
  gboolean usable; /* the session goes on */
  const char *lines[8];
} Case;

static const Case cases[] = {
  { "refused", ASK, PN_ERROR_REJECTED, TRUE, { "?", "FAILno" } },
  { "refused-after-lines", ASK, PN_ERROR_REJECTED, TRUE, { "?", "INFOa", "TEXTb", "FAILno" } },
  { "empty-reason", ASK, PN_ERROR_REJECTED, TRUE, { "?", "FAIL" } },
  { "data-for-a-command", ASK, PN_ERROR_PROTOCOL, FALSE, { "?", "DATA00000004", "~" } },
  { "no-fastboot", ASK, PN_ERROR_PROTOCOL, FALSE, { "?", "HTTP/1.1 200 OK", "~" } },
  { "too-short", ASK, PN_ERROR_PROTOCOL, FALSE, { "?", "OKA", "~" } },
  { "lower-case", ASK, PN_ERROR_PROTOCOL, FALSE, { "?", "okay", "~" } },
  { "too-long", ASK, PN_ERROR_PROTOCOL, FALSE, { "?", ">257", "~" } },
  { "silent", ASK, PN_ERROR_TIMED_OUT, FALSE, { "?", "~" } },
  { "silent-after-a-line", ASK, PN_ERROR_TIMED_OUT, FALSE, { "?", "INFOwait", "~" } },
  { "hangs-up", ASK, PN_ERROR_DISCONNECTED, FALSE, { "?" } },
  { "lines-without-end", ASK, PN_ERROR_PROTOCOL, FALSE, { "?", "%100001", "~" } },
  { "size-is-no-number", ASK_SIZE, PN_ERROR_PROTOCOL, TRUE, { "?", "OKAYmany" } },
  { "size-is-negative", ASK_SIZE, PN_ERROR_PROTOCOL, TRUE, { "?", "OKAY-1" } },
  { "size-is-empty", ASK_SIZE, PN_ERROR_PROTOCOL, TRUE, { "?", "OKAY" } },
  { "size-is-huge", ASK_SIZE, PN_ERROR_PROTOCOL, TRUE, { "?", "OKAY0xffffffffffffffff" } },
  { "size-is-over-64-bits", ASK_SIZE, PN_ERROR_PROTOCOL, TRUE, { "?", "OKAY0x10000000000000000" } },
  { "download-refused", SEND, PN_ERROR_REJECTED, TRUE, { "?", "FAILToo large" } },
  { "download-less", SEND, PN_ERROR_PROTOCOL, FALSE, { "?", "DATA00000fff", "~" } },
  { "download-more", SEND, PN_ERROR_PROTOCOL, FALSE, { "?", "DATA00001001", "~" } },
  { "download-huge", SEND, PN_ERROR_PROTOCOL, FALSE, { "?", "DATAffffffff", "~" } },
  { "download-nine-digits", SEND, PN_ERROR_PROTOCOL, FALSE, { "?", "DATA000001000", "~" } },
  { "download-signed", SEND, PN_ERROR_PROTOCOL, FALSE, { "?", "DATA+0001000", "~" } },
  { "download-okay-at-once", SEND, PN_ERROR_PROTOCOL, FALSE, { "?", "OKAY", "~" } },
  { "download-data-twice",
    SEND,
    PN_ERROR_PROTOCOL,
    FALSE,
    { "?", "DATA00001000", "<", "DATA00001000", "~" } },
  { "download-fails-after", SEND, PN_ERROR_REJECTED, TRUE, { "?", "DATA00001000", "<", "FAILno" } },
  { "download-silent-after", SEND, PN_ERROR_TIMED_OUT, FALSE, { "?", "DATA00001000", "<", "~" } },
  { "upload-too-much", FETCH, PN_ERROR_NO_SPACE, FALSE, { "?", "DATA00001001", "~" } },
  { "upload-4-GiB", FETCH, PN_ERROR_NO_SPACE, FALSE, { "?", "DATAffffffff", "~" } },
  { "upload-refused", FETCH, PN_ERROR_REJECTED, TRUE, { "?", "FAILInvalid size (0)" } },
  { "upload-okay-at-once", FETCH, PN_ERROR_PROTOCOL, FALSE, { "?", "OKAY", "~" } },
  { "upload-stops", FETCH, PN_ERROR_TIMED_OUT, FALSE, { "?", "DATA00000010", ">8", "~" } },
  { "upload-hangs-up", FETCH, PN_ERROR_DISCONNECTED, FALSE, { "?", "DATA00000010", ">8" } },
  { "upload-no-end",
    FETCH,
    PN_ERROR_PROTOCOL,
    FALSE,
    { "?", "DATA00000008", ">8", "DATA00000008", "~" } },
};

static gboolean
act (PnFastboot *fastboot, Act what, guint timeout, GError **error)
{
  static const guint8 content[4096] = { 1 };
  g_autoptr (GBytes) bytes = g_bytes_new_static (content, sizeof content);
  g_autoptr (GBytes) fetched = NULL;
  g_autofree char *answer = NULL;
  guint64 size = 0;
  guint lines = 0;

  switch (what)
    {
    case ASK:
      answer = pn_fastboot_command (fastboot, "oem x", count_line, &lines, timeout, NULL, error);
      return answer != NULL;
    case ASK_SIZE:
      return pn_fastboot_getvar_size (fastboot, "size", &size, timeout, NULL, error);
    case SEND:
      return pn_fastboot_download_bytes (fastboot, bytes, timeout, NULL, error);
    case FETCH:
    default:
      fetched = pn_fastboot_upload (fastboot, MAX_UPLOAD, timeout, NULL, error);
      return fetched != NULL;
    }
}

static void
run_case (const Case *one, gboolean usb)
{
  const char *lines[G_N_ELEMENTS (one->lines) + 3];
  Talk talk = { usb, lines };
  g_autoptr (PnFastboot) fastboot = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) second = NULL;
  g_autofree char *answer = NULL;
  guint timeout = one->expected == PN_ERROR_TIMED_OUT ? SHORT : LONG;
  gint64 began = g_get_monotonic_time ();
  PnTestPeer *peer;
  guint n = 0;

  while (n < G_N_ELEMENTS (one->lines) && one->lines[n] != NULL)
    {
      lines[n] = one->lines[n];
      n++;
    }
  if (one->usable)
    {
      lines[n++] = "?";
      lines[n++] = "OKAYstill here";
    }
  lines[n] = NULL;
  peer = start (&talk, G_MAXUINT64, LONG, &fastboot, &error);
  g_assert_no_error (error);
  g_assert_false (act (fastboot, one->act, timeout, &error));
  g_test_message ("%s: %s", one->name, error->message);
  g_assert_error (error, PN_ERROR, (int) one->expected);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  answer = pn_fastboot_command (fastboot, "getvar:x", NULL, NULL, timeout, NULL, &second);
  if (one->usable)
    {
      g_assert_no_error (second);
      g_assert_cmpstr (answer, ==, "still here");
    }
  else
    g_assert_error (second, PN_ERROR, PN_ERROR_PROTOCOL); /* the session is over */
  g_clear_object (&fastboot);
  (void) pn_test_peer_finish (peer);
  g_assert_cmpint (g_get_monotonic_time () - began, <, IN_TIME * 1000);
}

static void
test_lies_tcp (gconstpointer data)
{
  run_case (data, FALSE);
}

static void
test_lies_usb (gconstpointer data)
{
  run_case (data, TRUE);
}

/* ---- a whole session, cut after every byte ---- */

static const char *const session[] = {
  "?", "OKAY0.4",                                              /* getvar */
  "?", "OKAY0x10000000",                                       /* getvar, a size */
  "?", "INFOone",        "INFOtwo", "OKAY",                    /* oem */
  "?", "DATA00001000",   "<",       "OKAY",                    /* download */
  "?", "FAILnot now",                                          /* refused, and goes on */
  "?", "DATA00000010",   ">16",     "OKAY", "?", "OKAY", NULL, /* upload; reboot */
};

static gboolean
whole_session (PnFastboot *fastboot, GError **error)
{
  g_autoptr (GError) refused = NULL;
  g_autofree char *version = pn_fastboot_getvar (fastboot, "version", LONG, NULL, error);

  if (version == NULL || !act (fastboot, ASK_SIZE, LONG, error) ||
      !act (fastboot, ASK, LONG, error) || !act (fastboot, SEND, LONG, error))
    return FALSE;
  if (act (fastboot, ASK, LONG, &refused) ||
      !g_error_matches (refused, PN_ERROR, PN_ERROR_REJECTED))
    {
      g_propagate_error (error, g_steal_pointer (&refused));
      return FALSE;
    }
  return act (fastboot, FETCH, LONG, error) && act (fastboot, ASK, LONG, error);
}

static void
test_cut (gconstpointer data)
{
  Talk talk = { GPOINTER_TO_INT (data), session };
  guint before = pn_test_count_fds ();
  guint64 total = G_MAXUINT64;

  for (guint64 budget = G_MAXUINT64; budget == G_MAXUINT64 || budget < total;
       budget = budget == G_MAXUINT64 ? 0 : budget + 1)
    {
      g_autoptr (PnFastboot) fastboot = NULL;
      g_autoptr (GError) error = NULL;
      PnTestPeer *peer = start (&talk, budget, LONG, &fastboot, &error);
      gboolean fine = fastboot != NULL && whole_session (fastboot, &error);
      guint64 said;

      g_clear_object (&fastboot);
      said = pn_test_peer_finish (peer);
      if (budget == G_MAXUINT64)
        {
          g_assert_no_error (error);
          g_assert_true (fine);
          total = said;
          continue;
        }
      g_assert_cmpuint (said, ==, budget);
      g_assert_false (fine);
      g_assert_error (error, PN_ERROR, PN_ERROR_DISCONNECTED);
    }
  g_assert_cmpuint (total, >, 100);
  g_assert_cmpuint (pn_test_count_fds (), ==, before);
}

/* ---- frames ---- */

typedef struct
{
  const guint8 *bytes;
  gsize size;
  gboolean forever; /* says them again and again */
} Raw;

static void
raw_device (gpointer peer, gpointer user_data)
{
  const Raw *raw = user_data;
  guint8 greeting[4];

  if (!pn_test_peer_hear (peer, greeting, 4) || !pn_test_peer_say (peer, "FB01", 4))
    return;
  do
    if (!pn_test_peer_say (peer, raw->bytes, raw->size))
      return;
  while (raw->forever);
  pn_test_peer_be_silent (peer);
}

static void
test_frames (void)
{
  static const guint8 zeros[8] = { 0 };
  static const guint8 huge[12] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                   0xff, 0xff, 'O',  'K',  'A',  'Y' };
  static const guint8 longer[12] = { 0, 0, 0, 0, 0, 0, 0, 5, 'O', 'K', 'A', 'Y' };
  static const guint8 header_only[3] = { 0, 0, 0 };
  static const guint8 good[] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 'O', 'K', 'A', 'Y'
  };
  static const struct
  {
    Raw raw;
    int expected; /* -1: it works */
  } raws[] = {
    { { good, sizeof good, FALSE }, -1 }, /* an empty frame is skipped */
    { { zeros, sizeof zeros, TRUE }, PN_ERROR_PROTOCOL },
    { { huge, sizeof huge, FALSE }, PN_ERROR_PROTOCOL },
    { { longer, sizeof longer, FALSE }, PN_ERROR_TIMED_OUT },
    { { header_only, sizeof header_only, FALSE }, PN_ERROR_TIMED_OUT },
  };

  for (guint i = 0; i < G_N_ELEMENTS (raws); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *answer = NULL;
      int fd;
      PnTestPeer *peer = pn_test_peer_start (raw_device, (gpointer) &raws[i].raw, G_MAXUINT64, &fd);
      PnFastboot *fastboot = pn_fastboot_new_stream (fd, LONG, NULL, &error);

      g_assert_no_error (error);
      answer = pn_fastboot_command (fastboot, "getvar:x", NULL, NULL, SHORT, NULL, &error);
      if (raws[i].expected < 0)
        g_assert_no_error (error);
      else
        g_assert_error (error, PN_ERROR, raws[i].expected);
      g_object_unref (fastboot);
      (void) pn_test_peer_finish (peer);
    }
}

static void
greeting_device (gpointer peer, gpointer user_data)
{
  guint8 greeting[4];

  if (pn_test_peer_hear (peer, greeting, 4))
    (void) pn_test_peer_say (peer, user_data, strlen (user_data));
  if (strlen (user_data) < 4)
    pn_test_peer_be_silent (peer);
}

static void
test_handshake (void)
{
  static const struct
  {
    const char *greeting;
    int expected;
  } greetings[] = { { "FB01", -1 },
                    { "FB99", -1 },
                    { "FB00", PN_ERROR_PROTOCOL },
                    { "FB 1", PN_ERROR_PROTOCOL },
                    { "HTTP", PN_ERROR_PROTOCOL },
                    { "FB0", PN_ERROR_TIMED_OUT },
                    { "", PN_ERROR_TIMED_OUT } };
  guint before = pn_test_count_fds ();

  for (guint i = 0; i < G_N_ELEMENTS (greetings); i++)
    {
      g_autoptr (GError) error = NULL;
      int fd;
      PnTestPeer *peer =
          pn_test_peer_start (greeting_device, (gpointer) greetings[i].greeting, G_MAXUINT64, &fd);
      PnFastboot *fastboot = pn_fastboot_new_stream (fd, SHORT, NULL, &error);

      if (greetings[i].expected < 0)
        g_assert_no_error (error);
      else
        g_assert_error (error, PN_ERROR, greetings[i].expected);
      g_clear_object (&fastboot);
      (void) pn_test_peer_finish (peer);
    }
  g_assert_cmpuint (pn_test_count_fds (), ==, before);
}

/* Empty packets where data was promised. */
static void
empty_device (gpointer user_peer, gpointer user_data)
{
  PnTestPeer *peer = user_peer;

  if (!pn_test_peer_introduce (peer, TRUE) || !hear (peer, TRUE, 1) ||
      !say (peer, TRUE, "DATA00000010", 12))
    return;
  while (say (peer, TRUE, "", 0))
    ;
}

static void
test_empty_packets (void)
{
  g_autoptr (GError) error = NULL;
  int fd;
  PnTestPeer *peer = pn_test_peer_start (empty_device, NULL, G_MAXUINT64, &fd);
  PnTransport *transport = pn_vusb_transport_new (fd, NULL, &error);
  PnFastboot *fastboot = pn_fastboot_new_usb (transport);

  g_object_unref (transport);
  g_assert_null (pn_fastboot_upload (fastboot, MAX_UPLOAD, LONG, NULL, &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_PROTOCOL);
  g_object_unref (fastboot);
  (void) pn_test_peer_finish (peer);
}

/* What may not be sent is refused before a byte of it goes out. */
static void
test_commands (void)
{
  Talk talk = { FALSE, quiet };
  g_autoptr (PnFastboot) fastboot = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *longest = g_strnfill (PN_FASTBOOT_MAX_COMMAND + 1, 'x');
  const char *const bad[] = { "", longest, "oem\nreboot", "oem \x7f", "oem\t" };
  PnTestPeer *peer = start (&talk, G_MAXUINT64, LONG, &fastboot, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_assert_null (pn_fastboot_command (fastboot, bad[i], NULL, NULL, LONG, NULL, &error));
      g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_ARGUMENT);
      g_clear_error (&error);
    }
  g_assert_false (pn_fastboot_download (fastboot, 0, NULL, NULL, NULL, LONG, NULL, &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_false (
      pn_fastboot_download (fastboot, 0x10000001, NULL, NULL, NULL, LONG, NULL, &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_ARGUMENT);
  g_clear_object (&fastboot);
  (void) pn_test_peer_finish (peer);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *tcp = g_strdup_printf ("/fastboot/tcp/%s", cases[i].name);
      g_autofree char *usb = g_strdup_printf ("/fastboot/usb/%s", cases[i].name);

      g_test_add_data_func (tcp, &cases[i], test_lies_tcp);
      g_test_add_data_func (usb, &cases[i], test_lies_usb);
    }
  g_test_add_data_func ("/fastboot/tcp/cut", GINT_TO_POINTER (FALSE), test_cut);
  g_test_add_data_func ("/fastboot/usb/cut", GINT_TO_POINTER (TRUE), test_cut);
  g_test_add_func ("/fastboot/frames", test_frames);
  g_test_add_func ("/fastboot/handshake", test_handshake);
  g_test_add_func ("/fastboot/empty-packets", test_empty_packets);
  g_test_add_func ("/fastboot/commands", test_commands);
  return g_test_run ();
}
