/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The socket of a virtual device, with a device that lies, falls silent or hangs up: a clear error,
 * in time, and nothing that came later is taken for something else. */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "pn-bytes.h"
#include "pn-io.h"
#include "pn-test-peer.h"
#include "pn-vusb-transport.h"
#include "pn-vusb.h"

#define SHORT 100    /* ms of inactivity where a test waits for it */
#define LONG 20000   /* ms where it must not come to that */
#define IN_TIME 5000 /* ms that nothing here may take */

static void
silent_device (gpointer peer, gpointer user_data)
{
  (void) pn_test_peer_introduce (peer, FALSE);
  pn_test_peer_be_silent (peer);
}

static PnTransport *
open_transport (int fd)
{
  g_autoptr (GError) error = NULL;
  PnTransport *transport = pn_vusb_transport_new (fd, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (transport);
  return transport;
}

static gssize
read_some (PnTransport *transport, guint timeout, GError **error)
{
  guint8 buffer[64];

  return pn_transport_bulk_in (transport, buffer, sizeof buffer, timeout, NULL, error);
}

/* After a break nothing works any more, at once. */
static void
assert_dead (PnTransport *transport)
{
  g_autoptr (GError) error = NULL;
  gint64 start = g_get_monotonic_time ();

  g_assert_cmpint (read_some (transport, LONG, &error), ==, -1);
  g_assert_error (error, PN_ERROR, PN_ERROR_DISCONNECTED);
  g_assert_cmpint (g_get_monotonic_time () - start, <, IN_TIME * 1000);
}

/* ---- the plug ---- */

static void
test_plug (void)
{
  g_autoptr (GError) error = NULL;
  guint before = pn_test_count_fds ();
  guint32 message = 0;
  int pair[2], fd = -1;

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), ==, 0);
  g_assert_true (pn_vusb_plug_send (pair[0], PN_VUSB_ATTACH, pair[0], &error));
  g_assert_true (pn_vusb_plug_send (pair[0], PN_VUSB_DETACH, -1, &error));
  g_assert_true (pn_vusb_plug_receive (pair[1], &message, &fd, &error));
  g_assert_cmpuint (message, ==, PN_VUSB_ATTACH);
  g_assert_cmpint (fd, >=, 0);
  pn_fd_close (fd);
  g_assert_true (pn_vusb_plug_receive (pair[1], &message, &fd, &error));
  g_assert_cmpuint (message, ==, PN_VUSB_DETACH);
  g_assert_cmpint (fd, ==, -1);
  pn_fd_close (pair[0]);
  g_assert_false (pn_vusb_plug_receive (pair[1], &message, &fd, &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_DISCONNECTED);
  g_clear_error (&error);
  g_assert_false (pn_vusb_plug_send (pair[1], PN_VUSB_DETACH, -1, &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_IO);
  pn_fd_close (pair[1]);
  g_assert_cmpuint (pn_test_count_fds (), ==, before);
}

static void
send_odd (int plug, gsize size, guint n_fds)
{
  guint8 data[16] = { 0x56, 0x41, 0x54, 0x54 };
  struct iovec part = { data, size };
  union
  {
    struct cmsghdr header;
    char space[CMSG_SPACE (8 * sizeof (int))];
  } control = { 0 };
  struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };

  if (n_fds > 0)
    {
      header.msg_control = &control;
      header.msg_controllen = CMSG_SPACE (n_fds * sizeof (int));
      control.header.cmsg_level = SOL_SOCKET;
      control.header.cmsg_type = SCM_RIGHTS;
      control.header.cmsg_len = CMSG_LEN (n_fds * sizeof (int));
      for (guint i = 0; i < n_fds; i++)
        memcpy (CMSG_DATA (&control.header) + i * sizeof (int), &plug, sizeof plug);
    }
  g_assert_cmpint (sendmsg (plug, &header, MSG_NOSIGNAL), ==, (gssize) size);
}

/* Descriptors that somebody sends along must not pile up here. */
static void
test_plug_hostile (void)
{
  static const struct
  {
    gsize size;
    guint n_fds;
  } odd[] = { { 4, 2 }, { 4, 8 }, { 3, 1 }, { 3, 2 }, { 5, 1 }, { 16, 0 }, { 1, 0 }, { 8, 3 } };
  guint before = pn_test_count_fds ();
  int pair[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (odd); i++)
    {
      g_autoptr (GError) error = NULL;
      guint32 message = 0;
      int fd = 7;

      send_odd (pair[0], odd[i].size, odd[i].n_fds);
      g_assert_false (pn_vusb_plug_receive (pair[1], &message, &fd, &error));
      g_assert_error (error, PN_ERROR, PN_ERROR_PROTOCOL);
      g_assert_cmpint (fd, ==, -1);
      g_assert_cmpuint (pn_test_count_fds (), ==, before + 2);
    }
  pn_fd_close (pair[0]);
  pn_fd_close (pair[1]);
}

/* ---- the identity ---- */

static void
say_bytes (gpointer peer, gpointer user_data)
{
  GByteArray *bytes = user_data;

  (void) pn_test_peer_say (peer, bytes->data, bytes->len);
}

static PnTransport *
try_identity (GByteArray *bytes, guint64 budget, GError **error)
{
  int fd;
  PnTestPeer *peer = pn_test_peer_start (say_bytes, bytes, budget, &fd);
  PnTransport *transport = pn_vusb_transport_new (fd, NULL, error);

  (void) pn_test_peer_finish (peer);
  return transport;
}

static void
test_identity (void)
{
  g_autoptr (GByteArray) whole = pn_test_identity (FALSE, "0123\033[2Jabcd\xff");
  g_autoptr (GError) error = NULL;
  g_autoptr (PnTransport) transport = try_identity (whole, G_MAXUINT64, &error);
  const PnIdentity *identity;
  guint before;

  g_assert_no_error (error);
  identity = pn_transport_get_identity (transport);
  g_assert_cmpuint (identity->vendor, ==, 0x0a5c);
  g_assert_cmpuint (identity->endpoint_out, ==, 1);
  g_assert_cmpuint (identity->endpoint_in, ==, 0x82);
  for (const char *at = identity->serial; *at != '\0'; at++)
    g_assert_true (g_ascii_isprint (*at));
  before = pn_test_count_fds ();
  for (gsize n = 0; n < whole->len; n++)
    {
      g_autoptr (GError) cut = NULL;

      g_assert_null (try_identity (whole, n, &cut));
      g_assert_error (cut, PN_ERROR, PN_ERROR_DISCONNECTED);
    }
  /* The same, with a length that fits what comes. */
  for (gsize n = 4; n < whole->len; n++)
    {
      g_autoptr (GByteArray) part = g_byte_array_new ();
      g_autoptr (GError) cut = NULL;

      g_byte_array_append (part, whole->data, (guint) n);
      pn_poke_le32 (part->data, part->len - 4);
      g_assert_null (try_identity (part, G_MAXUINT64, &cut));
      g_assert_error (cut, PN_ERROR, PN_ERROR_PROTOCOL);
    }
  for (gsize n = 0; n < whole->len * 8; n++)
    {
      g_autoptr (GByteArray) bent = g_byte_array_new ();
      g_autoptr (GError) local = NULL;
      g_autoptr (PnTransport) other = NULL;

      g_byte_array_append (bent, whole->data, whole->len);
      bent->data[n / 8] ^= (guint8) (1 << n % 8);
      other = try_identity (bent, G_MAXUINT64, &local);
      g_assert_true ((other == NULL) == (local != NULL));
    }
  g_assert_cmpuint (pn_test_count_fds (), ==, before);
}

static void
test_identity_too_long (void)
{
  g_autoptr (GByteArray) whole = pn_test_identity (FALSE, "0123abcd");
  g_autoptr (GError) error = NULL;

  pn_poke_le32 (whole->data, 0xffffffff);
  g_assert_null (try_identity (whole, G_MAXUINT64, &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_PROTOCOL);
}

/* ---- transfers ---- */

typedef struct
{
  guint32 kind, id_offset, status, actual;
  PnError expected;
} Lie;

static const Lie lies[] = {
  { PN_VUSB_SUBMIT, 0, 0, 0, PN_ERROR_PROTOCOL },            /* not a completion */
  { 0xffffffff, 0, 0, 0, PN_ERROR_PROTOCOL },                /* nothing at all */
  { PN_VUSB_COMPLETE, 1, 0, 0, PN_ERROR_PROTOCOL },          /* of a transfer to come */
  { PN_VUSB_COMPLETE, 0xffffffff, 0, 0, PN_ERROR_PROTOCOL }, /* of one that is over */
  { PN_VUSB_COMPLETE, 0, 0, 65, PN_ERROR_PROTOCOL },         /* more than was asked for */
  { PN_VUSB_COMPLETE, 0, 0, 0xffffffff, PN_ERROR_PROTOCOL },
  { PN_VUSB_COMPLETE, 0, 0x80000000, 0, PN_ERROR_PROTOCOL }, /* no errno */
  { PN_VUSB_COMPLETE, 0, 7, 0, PN_ERROR_PROTOCOL },
  { PN_VUSB_COMPLETE, 0, (guint32) -EPIPE, 0, PN_ERROR_PROTOCOL },
  { PN_VUSB_COMPLETE, 0, (guint32) -ENODEV, 0, PN_ERROR_DISCONNECTED },
};

static void
lying_device (gpointer peer, gpointer user_data)
{
  const Lie *lie = user_data;
  PnTestTransfer transfer;

  if (!pn_test_peer_introduce (peer, FALSE) || !pn_test_peer_next (peer, &transfer))
    return;
  (void) pn_test_peer_say_words (peer, lie->kind, transfer.id + lie->id_offset, lie->status,
                                 lie->actual);
  pn_test_transfer_clear (&transfer);
  pn_test_peer_be_silent (peer);
}

static void
test_lies_in (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (lies); i++)
    {
      g_autoptr (GError) error = NULL;
      int fd;
      PnTestPeer *peer = pn_test_peer_start (lying_device, (gpointer) &lies[i], G_MAXUINT64, &fd);
      PnTransport *transport = open_transport (fd);

      g_assert_cmpint (read_some (transport, LONG, &error), ==, -1);
      g_assert_error (error, PN_ERROR, (int) lies[i].expected);
      if (i < 6)
        assert_dead (transport);
      g_object_unref (transport);
      (void) pn_test_peer_finish (peer);
    }
}

static void
test_lies_out (void)
{
  static const guint8 data[100] = { 0 };
  /* Less, and more, than there was. */
  static const Lie counts[] = { { PN_VUSB_COMPLETE, 0, 0, 0, PN_ERROR_PROTOCOL },
                                { PN_VUSB_COMPLETE, 0, 0, 99, PN_ERROR_PROTOCOL },
                                { PN_VUSB_COMPLETE, 0, 0, 101, PN_ERROR_PROTOCOL },
                                { PN_VUSB_COMPLETE, 1, 0, 100, PN_ERROR_PROTOCOL } };

  for (guint i = 0; i < G_N_ELEMENTS (counts); i++)
    {
      g_autoptr (GError) error = NULL;
      int fd;
      PnTestPeer *peer = pn_test_peer_start (lying_device, (gpointer) &counts[i], G_MAXUINT64, &fd);
      PnTransport *transport = open_transport (fd);

      g_assert_false (
          pn_transport_bulk_out_bytes (transport, data, sizeof data, 1024, LONG, NULL, &error));
      g_assert_error (error, PN_ERROR, PN_ERROR_PROTOCOL);
      assert_dead (transport);
      g_object_unref (transport);
      (void) pn_test_peer_finish (peer);
    }
}

/* A device that keeps its rules: what comes in goes out, cancelled or not. */
typedef struct
{
  guint hold; /* transfers that are answered when they are cancelled only */
} Keeper;

static void
good_device (gpointer user_peer, gpointer user_data)
{
  PnTestPeer *peer = user_peer;
  Keeper *keeper = user_data;
  g_autoptr (GHashTable) held = g_hash_table_new (NULL, NULL);
  guint8 header[8];

  if (!pn_test_peer_introduce (peer, FALSE))
    return;
  while (pn_test_peer_hear (peer, header, sizeof header))
    {
      guint32 id = pn_peek_le32 (header + 4);
      guint8 rest[16], answer[64] = { 'o', 'k' };
      guint32 length;

      if (pn_peek_le32 (header) == PN_VUSB_CANCEL)
        {
          peer->cancelled++;
          if (g_hash_table_remove (held, GUINT_TO_POINTER (id)))
            (void) pn_test_peer_say_words (peer, PN_VUSB_COMPLETE, id, (guint32) -ECANCELED, 0);
          continue;
        }
      if (!pn_test_peer_hear (peer, rest, sizeof rest))
        return;
      length = pn_peek_le32 (rest + 4);
      if ((rest[0] & 0x80) == 0)
        {
          g_autofree guint8 *data = g_malloc (length + 1);

          if (!pn_test_peer_hear (peer, data, length))
            return;
        }
      if (keeper->hold > 0)
        {
          keeper->hold--;
          g_hash_table_add (held, GUINT_TO_POINTER (id));
        }
      else if ((rest[0] & 0x80) == 0)
        (void) pn_test_peer_say_words (peer, PN_VUSB_COMPLETE, id, 0, length);
      else
        {
          (void) pn_test_peer_say_words (peer, PN_VUSB_COMPLETE, id, 0, 2);
          (void) pn_test_peer_say (peer, answer, 2);
        }
    }
}

static gssize
failing_source (guint8 *buffer, gsize size, gpointer user_data, GError **error)
{
  guint *calls = user_data;

  if (++*calls == 6)
    {
      g_set_error_literal (error, PN_ERROR, PN_ERROR_IO, "Enough");
      return -1;
    }
  memset (buffer, 1, size);
  return (gssize) size;
}

/* What failed on our side leaves nothing behind: the next transfer's answer is its own. */
static void
test_out_fails_here (void)
{
  Keeper keepers[] = { { 0 }, { 5 } };

  for (guint i = 0; i < G_N_ELEMENTS (keepers); i++)
    {
      g_autoptr (GError) error = NULL;
      int fd;
      PnTestPeer *peer = pn_test_peer_start (good_device, &keepers[i], G_MAXUINT64, &fd);
      PnTransport *transport = open_transport (fd);
      guint calls = 0;

      g_assert_false (pn_transport_bulk_out (transport, 100 * 4096, 4096, failing_source, NULL,
                                             &calls, LONG, NULL, &error));
      g_assert_error (error, PN_ERROR, PN_ERROR_IO);
      g_assert_cmpstr (error->message, ==, "Enough");
      g_clear_error (&error);
      g_assert_cmpint (read_some (transport, LONG, &error), ==, 2);
      g_assert_no_error (error);
      g_object_unref (transport);
      (void) pn_test_peer_finish (peer);
    }
}

static void
test_silence (void)
{
  static const guint8 data[4096] = { 0 };
  g_autoptr (GError) error = NULL;
  gint64 start = g_get_monotonic_time ();
  guint8 buffer[8];
  int fd;
  PnTestPeer *peer = pn_test_peer_start (silent_device, NULL, G_MAXUINT64, &fd);
  PnTransport *transport = open_transport (fd);

  g_assert_cmpint (pn_transport_control (transport, 0xc0, 0, 8, 0, buffer, 8, SHORT, NULL, &error),
                   ==, -1);
  g_assert_error (error, PN_ERROR, PN_ERROR_TIMED_OUT);
  g_clear_error (&error);
  /* It did not even give back what was cancelled. */
  assert_dead (transport);
  g_object_unref (transport);
  (void) pn_test_peer_finish (peer);

  peer = pn_test_peer_start (silent_device, NULL, G_MAXUINT64, &fd);
  transport = open_transport (fd);
  g_assert_false (
      pn_transport_bulk_out_bytes (transport, data, sizeof data, 1024, SHORT, NULL, &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_TIMED_OUT);
  assert_dead (transport);
  g_object_unref (transport);
  (void) pn_test_peer_finish (peer);
  g_assert_cmpint (g_get_monotonic_time () - start, <, IN_TIME * 1000);
}

/* A device that is only slow: timing out costs the transfer and nothing else. */
static void
test_time_out_and_go_on (void)
{
  Keeper keeper = { 3 };
  int fd;
  PnTestPeer *peer = pn_test_peer_start (good_device, &keeper, G_MAXUINT64, &fd);
  PnTransport *transport = open_transport (fd);

  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_cmpint (read_some (transport, SHORT, &error), ==, -1);
      g_assert_error (error, PN_ERROR, PN_ERROR_TIMED_OUT);
    }
  g_assert_cmpint (read_some (transport, LONG, NULL), ==, 2);
  g_assert_cmpuint (peer->cancelled, ==, 3);
  g_object_unref (transport);
  (void) pn_test_peer_finish (peer);
}

/* Half an answer, then nothing. */
static void
half_device (gpointer peer, gpointer user_data)
{
  static const guint8 half[] = { PN_VUSB_COMPLETE, 0, 0 };
  PnTestTransfer transfer;

  if (!pn_test_peer_introduce (peer, FALSE) || !pn_test_peer_next (peer, &transfer))
    return;
  pn_test_transfer_clear (&transfer);
  if (user_data != NULL)
    (void) pn_test_peer_say_words (peer, PN_VUSB_COMPLETE, transfer.id, 0, 64);
  (void) pn_test_peer_say (peer, half, sizeof half);
  pn_test_peer_be_silent (peer);
}

static void
test_half_an_answer (void)
{
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GError) error = NULL;
      gint64 start = g_get_monotonic_time ();
      int fd;
      PnTestPeer *peer = pn_test_peer_start (half_device, GUINT_TO_POINTER (i), G_MAXUINT64, &fd);
      PnTransport *transport = open_transport (fd);

      g_assert_cmpint (read_some (transport, SHORT, &error), ==, -1);
      g_assert_error (error, PN_ERROR, PN_ERROR_TIMED_OUT);
      assert_dead (transport);
      g_object_unref (transport);
      (void) pn_test_peer_finish (peer);
      g_assert_cmpint (g_get_monotonic_time () - start, <, IN_TIME * 1000);
    }
}

static gpointer
cancel_thread (gpointer data)
{
  g_usleep (SHORT * 1000);
  g_cancellable_cancel (data);
  return NULL;
}

static void
test_cancel (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  gint64 start = g_get_monotonic_time ();
  guint8 buffer[64];
  int fd;
  PnTestPeer *peer = pn_test_peer_start (silent_device, NULL, G_MAXUINT64, &fd);
  PnTransport *transport = open_transport (fd);
  GThread *thread = g_thread_new ("cancel", cancel_thread, cancellable);

  g_assert_cmpint (
      pn_transport_bulk_in (transport, buffer, sizeof buffer, LONG, cancellable, &error), ==, -1);
  g_assert_true (g_error_matches (error, PN_ERROR, PN_ERROR_CANCELLED) ||
                 g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
  g_assert_cmpint (g_get_monotonic_time () - start, <, IN_TIME * 1000);
  g_thread_join (thread);
  g_object_unref (transport);
  (void) pn_test_peer_finish (peer);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/vusb/plug", test_plug);
  g_test_add_func ("/vusb/plug-hostile", test_plug_hostile);
  g_test_add_func ("/vusb/identity", test_identity);
  g_test_add_func ("/vusb/identity-too-long", test_identity_too_long);
  g_test_add_func ("/vusb/lies-in", test_lies_in);
  g_test_add_func ("/vusb/lies-out", test_lies_out);
  g_test_add_func ("/vusb/out-fails-here", test_out_fails_here);
  g_test_add_func ("/vusb/silence", test_silence);
  g_test_add_func ("/vusb/time-out-and-go-on", test_time_out_and_go_on);
  g_test_add_func ("/vusb/half-an-answer", test_half_an_answer);
  g_test_add_func ("/vusb/cancel", test_cancel);
  return g_test_run ();
}
