/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The boot ROM's protocol and the file server against a device that asks for what it must not have,
 * in the wrong order, without end or not at all, or leaves after any byte. */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "pn-bytes.h"
#include "pn-rpiboot.h"
#include "pn-test-peer.h"
#include "pn-vusb-transport.h"

#define SHORT 300     /* ms of inactivity where a test waits for it */
#define LONG 20000    /* ms where it must not come to that */
#define IN_TIME 10000 /* ms that nothing here may take */
#define FILE_SIZE 40000
#define MESSAGE 260
#define LOADER 30000

/* ---- a device in words ---- */

typedef enum
{
  END,
  SIZE,     /* asks for the size of a file; the answer has to be @number */
  READ,     /* asks for a file; the same, and takes it */
  METADATA, /* says a file name; the answer is 0 */
  COMMAND,  /* says command @number with the name */
  DONE,
  SILENT,  /* for ever */
  STALL,   /* whatever comes, for ever */
  SHORTER, /* answers reads with @number bytes, for ever */
  REPEAT,  /* the name as metadata, for ever */
  LEAVE_IN_FILE,
  STALL_FILE,
} Verb;

typedef struct
{
  Verb verb;
  const char *name;
  gint64 number;
} Word;

static gboolean
tell (PnTestPeer *peer, gint32 command, const char *name)
{
  guint8 message[MESSAGE] = { 0 };
  PnTestTransfer transfer;
  gsize length = strlen (name);

  if (!pn_test_peer_next (peer, &transfer))
    return FALSE;
  g_assert_cmpuint (transfer.endpoint, ==, 0);
  g_assert_cmpuint (transfer.setup[0], ==, 0xc0);
  g_assert_cmpuint (transfer.length, ==, MESSAGE);
  pn_poke_le32 (message, (guint32) command);
  memcpy (message + 4, name, MIN (length, 256)); /* also without its end */
  return pn_test_peer_complete (peer, &transfer, 0, message, MESSAGE);
}

static gboolean
be_answered (PnTestPeer *peer, gint64 expected)
{
  PnTestTransfer transfer;
  gboolean fine;

  if (!pn_test_peer_next (peer, &transfer))
    return FALSE;
  g_assert_cmpuint (transfer.endpoint, ==, 0);
  g_assert_cmpuint (transfer.setup[0], ==, 0x40);
  g_assert_cmpuint (pn_peek_le32 (transfer.setup + 2), ==, expected);
  fine = pn_test_peer_complete (peer, &transfer, 0, NULL, 0);
  pn_test_transfer_clear (&transfer);
  return fine;
}

static gboolean
take (PnTestPeer *peer, gint64 size, int status)
{
  while (size > 0)
    {
      PnTestTransfer transfer;
      gboolean fine;

      if (!pn_test_peer_next (peer, &transfer))
        return FALSE;
      g_assert_cmpuint (transfer.endpoint, ==, 1);
      g_assert_cmpuint (transfer.length, <=, size);
      size -= transfer.length;
      fine =
          pn_test_peer_complete (peer, &transfer, status, NULL, status == 0 ? transfer.length : 0);
      pn_test_transfer_clear (&transfer);
      if (!fine)
        return FALSE;
    }
  return TRUE;
}

/* Answers every transfer in the same wrong way until the host hangs up; how many there were. */
static guint
go_on (PnTestPeer *peer, const Word *word)
{
  static const guint8 bytes[MESSAGE] = { 0 };
  PnTestTransfer transfer;
  guint n = 0;

  while (word->verb == REPEAT ? tell (peer, 0, word->name) && be_answered (peer, 0)
                              : pn_test_peer_next (peer, &transfer))
    {
      n++;
      if (word->verb == STALL)
        (void) pn_test_peer_complete (peer, &transfer, -EPIPE, NULL, 0);
      else if (word->verb == SHORTER)
        (void) pn_test_peer_complete (peer, &transfer, 0, bytes, (guint32) word->number);
      if (word->verb != REPEAT)
        pn_test_transfer_clear (&transfer);
    }
  return n;
}

typedef struct
{
  const Word *words;
  guint n_asked; /* transfers of the verbs that go on for ever */
} Script;

static void
asking_device (gpointer user_peer, gpointer user_data)
{
  PnTestPeer *peer = user_peer;
  Script *script = user_data;
  gboolean fine = pn_test_peer_introduce (peer, FALSE);

  for (const Word *word = script->words; fine && word->verb != END; word++)
    switch (word->verb)
      {
      case SIZE:
        fine = tell (peer, 0, word->name) && be_answered (peer, word->number);
        break;
      case READ:
        fine = tell (peer, 1, word->name) && be_answered (peer, word->number) &&
               take (peer, word->number, 0);
        break;
      case METADATA:
        fine = tell (peer, 0, word->name) && be_answered (peer, 0);
        break;
      case COMMAND:
        fine = tell (peer, (gint32) word->number, word->name);
        break;
      case DONE:
        fine = tell (peer, 2, "Done");
        break;
      case LEAVE_IN_FILE:
        (void) (tell (peer, 1, word->name) && be_answered (peer, word->number) &&
                take (peer, 16384, 0));
        return;
      case STALL_FILE:
        (void) (tell (peer, 1, word->name) && be_answered (peer, word->number) &&
                take (peer, word->number, -EPIPE));
        pn_test_peer_be_silent (peer);
        return;
      case SILENT:
        pn_test_peer_be_silent (peer);
        return;
      case STALL:
      case SHORTER:
      case REPEAT:
        script->n_asked = go_on (peer, word);
        return;
      case END:
      default:
        g_assert_not_reached ();
      }
}

/* ---- the host ---- */

typedef struct
{
  GPtrArray *looked_up;
  guint64 sent;
  guint n_metadata;
} Seen;

static GBytes *
lookup (const char *name, gpointer user_data)
{
  static const guint8 content[FILE_SIZE] = { 7 };
  Seen *seen = user_data;

  g_assert_null (strstr (name, ".."));
  g_assert_true (name[0] != '/');
  g_assert_cmpuint (strlen (name), <, 256);
  g_ptr_array_add (seen->looked_up, g_strdup (name));
  if (g_str_equal (name, "config.txt"))
    return g_bytes_new_static ("boot_ramdisk=1\n", 15);
  if (g_str_equal (name, "overlays/big.bin"))
    return g_bytes_new_static (content, sizeof content);
  if (g_str_equal (name, "empty"))
    return g_bytes_new_static ("", 0);
  return NULL;
}

static void
see_progress (const char *name, guint64 done, guint64 total, gpointer user_data)
{
  g_assert_cmpuint (done, <=, total);
  ((Seen *) user_data)->sent = done;
}

static void
see_metadata (const char *key, const char *value, gpointer user_data)
{
  ((Seen *) user_data)->n_metadata++;
}

typedef struct
{
  gboolean fine;
  PnRpibootEnd end;
  GError *error;
  guint n_lookups, n_metadata, n_keys, n_asked;
  guint64 said;
} Outcome;

static Outcome
serve (const Word *words, guint inactivity, guint64 budget)
{
  g_autoptr (GPtrArray) looked_up = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (PnMetadata) metadata = pn_metadata_new ();
  Seen seen = { looked_up };
  PnFileServer server = { lookup, see_progress, see_metadata, &seen };
  Script script = { words };
  Outcome outcome = { 0 };
  gint64 began = g_get_monotonic_time ();
  int fd;
  PnTestPeer *peer = pn_test_peer_start (asking_device, &script, budget, &fd);
  PnTransport *transport = pn_vusb_transport_new (fd, NULL, &outcome.error);

  if (transport != NULL)
    {
      outcome.fine = pn_rpiboot_serve (transport, &server, metadata, inactivity, &outcome.end, NULL,
                                       &outcome.error);
      g_assert_true (outcome.fine == (outcome.error == NULL));
      g_object_unref (transport);
    }
  outcome.said = pn_test_peer_finish (peer);
  outcome.n_lookups = looked_up->len;
  outcome.n_metadata = seen.n_metadata;
  outcome.n_keys = pn_metadata_size (metadata);
  outcome.n_asked = script.n_asked;
  g_assert_cmpuint (outcome.n_keys, <=, PN_METADATA_MAX_KEYS);
  g_assert_cmpint (g_get_monotonic_time () - began, <, IN_TIME * 1000);
  if (outcome.error != NULL)
    {
      g_test_message ("%s", outcome.error->message);
      g_assert_true (g_utf8_validate (outcome.error->message, -1, NULL));
    }
  return outcome;
}

static const Word usual[] = {
  { SIZE, "config.txt", 15 },
  { READ, "config.txt", 15 },
  { METADATA, "*USER_SERIAL_NUM*40072f01" },
  { SIZE, "missing.bin", 0 },
  { SIZE, "overlays/big.bin", FILE_SIZE },
  { READ, "overlays/big.bin", FILE_SIZE },
  { METADATA, "*EEPROM_UPDATE*success" },
  { DONE },
  { END },
};

static void
test_usual (void)
{
  Outcome outcome = serve (usual, LONG, G_MAXUINT64);

  g_assert_no_error (outcome.error);
  g_assert_true (outcome.end == PN_RPIBOOT_END_DONE);
  g_assert_cmpuint (outcome.n_metadata, ==, 2);
  g_assert_cmpuint (outcome.n_lookups, ==, 3);
}

/* At whatever byte the device leaves: between messages that is an end, in a file an error. */
static void
test_cut (void)
{
  guint64 total = serve (usual, LONG, G_MAXUINT64).said;
  guint before = pn_test_count_fds ();

  for (guint64 budget = 0; budget < total; budget++)
    {
      Outcome outcome = serve (usual, LONG, budget);

      g_assert_cmpuint (outcome.said, ==, budget);
      if (outcome.fine)
        g_assert_true (outcome.end == PN_RPIBOOT_END_LEFT);
      else
        g_assert_error (outcome.error, PN_ERROR, PN_ERROR_DISCONNECTED);
      g_clear_error (&outcome.error);
    }
  g_assert_cmpuint (pn_test_count_fds (), ==, before);
}

#define A16 "aaaaaaaaaaaaaaaa"
#define A64 A16 A16 A16 A16
#define A256 A64 A64 A64 A64

/* Odd, and yet to be answered as the protocol says. */
static const struct
{
  const char *name;
  guint n_lookups;
  Word words[8];
} odd[] = {
  { "parent", 0, { { SIZE, "../customer.pem", 0 }, { READ, "../customer.pem", 0 }, { DONE } } },
  { "parent-inside", 0, { { SIZE, "overlays/../../etc/passwd", 0 }, { DONE } } },
  { "dots", 0, { { SIZE, "..", 0 }, { SIZE, "...", 0 }, { SIZE, "config..txt", 0 }, { DONE } } },
  { "absolute", 0, { { SIZE, "/etc/passwd", 0 }, { SIZE, "//", 0 }, { DONE } } },
  { "unterminated", 1, { { SIZE, A256, 0 }, { DONE } } },
  { "unterminated-parent", 0, { { SIZE, "../" A256, 0 }, { DONE } } },
  { "not-utf8", 1, { { SIZE, "\xff\xfe\x80", 0 }, { READ, "\xff\xfe\x80", 0 }, { DONE } } },
  { "controls", 1, { { SIZE, "a\033[2J\n%n%s", 0 }, { DONE } } },
  { "read-first", 0, { { READ, "config.txt", 0 }, { DONE } } },
  { "read-twice",
    1,
    { { SIZE, "config.txt", 15 },
      { READ, "config.txt", 15 },
      { READ, "config.txt", 0 },
      { DONE } } },
  { "read-after-missing",
    2,
    { { SIZE, "config.txt", 15 }, { SIZE, "nothing", 0 }, { READ, "config.txt", 0 }, { DONE } } },
  { "read-other-name", 1, { { SIZE, "config.txt", 15 }, { READ, "../other", 15 }, { DONE } } },
  { "size-twice",
    2,
    { { SIZE, "config.txt", 15 },
      { SIZE, "config.txt", 15 },
      { READ, "config.txt", 15 },
      { DONE } } },
  { "empty-file", 1, { { SIZE, "empty", 0 }, { READ, "empty", 0 }, { DONE } } },
  { "metadata-odd",
    0,
    { { METADATA, "*" },
      { METADATA, "**" },
      { METADATA, "*KEY" },
      { METADATA, "*KEY*" },
      { METADATA, "***" },
      { METADATA, "*" A256 },
      { DONE } } },
  { "metadata-as-read", 0, { { READ, "*KEY*value", 0 }, { DONE } } },
  { "star-done", 0, { { COMMAND, "*KEY*value", 2 } } },
  { "empty-name", 0, { { COMMAND, "", 0 } } },
  { "empty-name-odd-command", 0, { { COMMAND, "", 99 } } },
};

static void
test_odd (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  Outcome outcome = serve (odd[i].words, LONG, G_MAXUINT64);

  g_assert_no_error (outcome.error);
  g_assert_true (outcome.end == PN_RPIBOOT_END_DONE);
  g_assert_cmpuint (outcome.n_lookups, ==, odd[i].n_lookups);
}

static const struct
{
  const char *name;
  PnError expected;
  const char *says; /* part of the sentence */
  Word words[4];
} hostile[] = {
  { "unknown-command",
    PN_ERROR_PROTOCOL,
    "unknown request 3",
    { { COMMAND, "config.txt", 3 }, { SILENT } } },
  { "negative-command",
    PN_ERROR_PROTOCOL,
    "unknown request -1",
    { { COMMAND, "config.txt", -1 }, { SILENT } } },
  { "least-command",
    PN_ERROR_PROTOCOL,
    "unknown request",
    { { COMMAND, "config.txt", G_MININT32 }, { SILENT } } },
  { "silent", PN_ERROR_TIMED_OUT, "asked for nothing", { { SILENT } } },
  { "silent-later",
    PN_ERROR_TIMED_OUT,
    "asked for nothing",
    { { SIZE, "config.txt", 15 }, { SILENT } } },
  { "leaves-in-file",
    PN_ERROR_DISCONNECTED,
    "overlays/big.bin",
    { { SIZE, "overlays/big.bin", FILE_SIZE }, { LEAVE_IN_FILE, "overlays/big.bin", FILE_SIZE } } },
  { "stalls-file",
    PN_ERROR_PROTOCOL,
    "overlays/big.bin",
    { { SIZE, "overlays/big.bin", FILE_SIZE }, { STALL_FILE, "overlays/big.bin", FILE_SIZE } } },
};

static void
test_hostile (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  gboolean waits = hostile[i].expected == PN_ERROR_TIMED_OUT;
  Outcome outcome = serve (hostile[i].words, waits ? SHORT : LONG, G_MAXUINT64);

  g_assert_error (outcome.error, PN_ERROR, (int) hostile[i].expected);
  g_assert_nonnull (strstr (outcome.error->message, hostile[i].says));
  g_clear_error (&outcome.error);
}

/* A device that answers at once, but wrongly, is asked again, and not a million times. */
static void
test_wrong_without_end (void)
{
  static const Word words[][2] = { { { STALL } },
                                   { { SHORTER, NULL, 0 } },
                                   { { SHORTER, NULL, 259 } } };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    {
      Outcome outcome = serve (words[i], 2 * SHORT, G_MAXUINT64);

      g_assert_error (outcome.error, PN_ERROR, PN_ERROR_TIMED_OUT);
      g_assert_cmpuint (outcome.n_asked, >=, 2);
      g_assert_cmpuint (outcome.n_asked, <=, 20);
      g_clear_error (&outcome.error);
    }
}

static void
test_messages_without_end (void)
{
  static const Word words[] = { { REPEAT, "*KEY*value" }, { END } };
  Outcome outcome = serve (words, LONG, G_MAXUINT64);

  g_assert_error (outcome.error, PN_ERROR, PN_ERROR_PROTOCOL);
  g_assert_nonnull (strstr (outcome.error->message, "did not come to an end"));
  g_assert_cmpuint (outcome.n_keys, ==, 1);
  g_clear_error (&outcome.error);
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
  static const Word words[][2] = { { { SILENT } }, { { STALL } } };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    {
      g_autoptr (GPtrArray) looked_up = g_ptr_array_new ();
      g_autoptr (PnMetadata) metadata = pn_metadata_new ();
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (GError) error = NULL;
      Seen seen = { looked_up };
      PnFileServer server = { lookup, NULL, NULL, &seen };
      Script script = { words[i] };
      gint64 began = g_get_monotonic_time ();
      PnRpibootEnd end;
      int fd;
      PnTestPeer *peer = pn_test_peer_start (asking_device, &script, G_MAXUINT64, &fd);
      PnTransport *transport = pn_vusb_transport_new (fd, NULL, &error);
      GThread *thread = g_thread_new ("cancel", cancel_thread, cancellable);

      g_assert_false (
          pn_rpiboot_serve (transport, &server, metadata, LONG, &end, cancellable, &error));
      g_assert_true (g_error_matches (error, PN_ERROR, PN_ERROR_CANCELLED) ||
                     g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
      g_assert_cmpint (g_get_monotonic_time () - began, <, IN_TIME * 1000);
      g_thread_join (thread);
      g_object_unref (transport);
      (void) pn_test_peer_finish (peer);
    }
}

/* ---- the boot ROM ---- */

typedef struct
{
  guint stop_after; /* transfers; then silence */
  int status;       /* of the transfer after these */
  gint64 word;      /* the ROM's answer; -1 = it is gone by then */
} Rom;

static void
rom_device (gpointer user_peer, gpointer user_data)
{
  PnTestPeer *peer = user_peer;
  const Rom *rom = user_data;
  guint8 answer[4];
  PnTestTransfer transfer;

  if (!pn_test_peer_introduce (peer, FALSE))
    return;
  for (guint n = 0; pn_test_peer_next (peer, &transfer); n++)
    {
      gboolean in = transfer.endpoint == 0 && (transfer.setup[0] & 0x80) != 0;

      pn_test_transfer_clear (&transfer);
      if (rom->stop_after > 0 && n == rom->stop_after)
        {
          if (rom->status != 0)
            (void) pn_test_peer_complete (peer, &transfer, rom->status, NULL, 0);
          pn_test_peer_be_silent (peer);
          return;
        }
      if (in && rom->word < 0)
        return;
      pn_poke_le32 (answer, (guint32) rom->word);
      if (in)
        (void) pn_test_peer_complete (peer, &transfer, 0, answer, 4);
      else
        (void) pn_test_peer_complete (peer, &transfer, 0, NULL, transfer.length);
    }
}

static gboolean
send_loader (const Rom *rom, guint64 budget, gint64 *status, guint64 *said, GError **error)
{
  static const guint8 code[LOADER] = { 3 };
  g_autoptr (GBytes) bytes = g_bytes_new_static (code, sizeof code);
  int fd;
  PnTestPeer *peer = pn_test_peer_start (rom_device, (gpointer) rom, budget, &fd);
  PnTransport *transport = pn_vusb_transport_new (fd, NULL, error);
  gboolean sent = transport != NULL &&
                  pn_rpiboot_send_second_stage (transport, bytes, status, NULL, NULL, NULL, error);

  g_clear_object (&transport);
  *said = pn_test_peer_finish (peer);
  return sent;
}

static void
test_rom (void)
{
  static const struct
  {
    Rom rom;
    int expected; /* -1 = sent */
    gint64 status;
  } roms[] = {
    { { 0, 0, 0 }, -1, 0 },
    { { 0, 0, 1 }, -1, 1 },
    { { 0, 0, 0xffffffff }, -1, 0xffffffff },
    { { 0, 0, -1 }, -1, -1 },
    { { 1, -EPIPE, 0 }, PN_ERROR_PROTOCOL, -1 },
    { { 3, -EPIPE, 0 }, PN_ERROR_PROTOCOL, -1 },
    { { 4, -ENODEV, 0 }, PN_ERROR_DISCONNECTED, -1 },
    { { 2, 0, 0 }, PN_ERROR_TIMED_OUT, -1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (roms); i++)
    {
      g_autoptr (GError) error = NULL;
      gint64 status = 77;
      guint64 said;
      gboolean sent = send_loader (&roms[i].rom, G_MAXUINT64, &status, &said, &error);

      if (roms[i].expected < 0)
        g_assert_no_error (error);
      else
        g_assert_error (error, PN_ERROR, roms[i].expected);
      g_assert_cmpint (sent, ==, roms[i].expected < 0);
      g_assert_cmpint (status, ==, roms[i].status);
    }
}

static void
test_rom_cut (void)
{
  static const Rom rom = { 0, 0, 0 };
  gint64 status;
  guint64 total, said;

  g_assert_true (send_loader (&rom, G_MAXUINT64, &status, &total, NULL));
  for (guint64 budget = 0; budget < total; budget++)
    {
      g_autoptr (GError) error = NULL;

      status = -1;
      /* Gone before its last word is how a ROM may leave. */
      if (send_loader (&rom, budget, &status, &said, &error))
        g_assert_cmpuint (budget, >=, total - 20);
      else
        g_assert_error (error, PN_ERROR, PN_ERROR_DISCONNECTED);
      g_assert_cmpint (status, ==, -1);
    }
}

static void
test_rom_sizes (void)
{
  static const gsize sizes[] = { 0, 4 * 1024 * 1024 + 1 };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autofree guint8 *code = g_malloc0 (sizes[i] + 1);
      g_autoptr (GBytes) bytes = g_bytes_new (code, sizes[i]);
      g_autoptr (GError) error = NULL;
      gint64 status;

      /* It is refused before anything is sent: there is no transport. */
      g_assert_false (
          pn_rpiboot_send_second_stage (NULL, bytes, &status, NULL, NULL, NULL, &error));
      g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_ARGUMENT);
    }
}

/* ---- pure functions ---- */

static void
test_message (void)
{
  guint8 data[MESSAGE + 1];
  PnFileMessage message;

  memset (data, 'x', sizeof data);
  for (gsize size = 0; size <= sizeof data; size++)
    {
      g_autoptr (GError) error = NULL;
      gboolean good = pn_file_message_parse (data, size, &message, &error);

      g_assert_cmpint (good, ==, size == MESSAGE);
      if (!good)
        g_assert_error (error, PN_ERROR, PN_ERROR_PROTOCOL);
    }
  g_assert_true (pn_file_message_parse (data, MESSAGE, &message, NULL));
  g_assert_cmpuint (strlen (message.name), ==, 255);
}

static void
test_metadata (void)
{
  static const char *const bad[] = { "",    "x",        "KEY*value", "*",
                                     "**",  "***",      "*KEY",      "*KEY*",
                                     "**v", "*K\nEY*v", "*\xff*v",   "*device-class*done" };
  g_autoptr (PnMetadata) metadata = pn_metadata_new ();
  PnSha256 hash;

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (pn_metadata_add (metadata, bad[i]));
  g_assert_cmpuint (pn_metadata_size (metadata), ==, 0);
  g_assert_cmpuint (pn_metadata_get_board_revision (metadata), ==, 0);
  g_assert_false (pn_metadata_get_key_hash (metadata, &hash));

  g_assert_true (pn_metadata_add (metadata, "*MAC_ADDR*d8:3a:dd:00:11:22*more*"));
  g_assert_cmpstr (pn_metadata_get (metadata, "MAC_ADDR"), ==, "d8:3a:dd:00:11:22");
  g_assert_true (pn_metadata_add (metadata, "*MAC_ADDR*a\033[2Jb\xff"));
  g_assert_cmpstr (pn_metadata_get (metadata, "MAC_ADDR"), ==, "a?[2Jb?");
  g_assert_true (pn_metadata_add (metadata, "*USER_BOARDREV*d04170"));
  g_assert_cmpuint (pn_metadata_get_board_revision (metadata), ==, 0xd04170);
  g_assert_true (pn_metadata_add (metadata, "*USER_BOARDREV*d0417012345"));
  g_assert_cmpuint (pn_metadata_get_board_revision (metadata), ==, 0);
  g_assert_true (pn_metadata_add (metadata, "*USER_BOARDREV*-1"));
  g_assert_cmpuint (pn_metadata_get_board_revision (metadata), ==, 0);
  g_assert_true (pn_metadata_add (metadata, "*CUSTOMER_KEY_HASH*00"));
  g_assert_false (pn_metadata_get_key_hash (metadata, &hash));

  for (guint i = 0; i < 2 * PN_METADATA_MAX_KEYS; i++)
    {
      g_autofree char *name = g_strdup_printf ("*KEY%u*1", i);

      (void) pn_metadata_add (metadata, name);
    }
  g_assert_cmpuint (pn_metadata_size (metadata), ==, PN_METADATA_MAX_KEYS);
  /* What is known can still change. */
  g_assert_true (pn_metadata_add (metadata, "*USER_BOARDREV*b04170"));
  g_assert_cmpuint (pn_metadata_get_board_revision (metadata), ==, 0xb04170);
}

static void
test_duid (void)
{
  static const struct
  {
    const char *value, *text;
  } cases[] = {
    { "_19a519a6_19ab520e_1ac0212b", "001000911006186073" },
    { "19a519a6_19ab520e_1ac0212b", "001000911006186073" },
    { "_000059e9", "ABC" },
    { "_000059e9_00000000_19a519a6", "ABC" },
    { "", "" },
    { "___", "" },
    { "_00000001", NULL },
    { "_59e90000", NULL },
    { "_ffffffff", NULL },
    { "_000059e9_x", NULL },
    { "_100000000", NULL },
    { "_59e959e9_59e959e9_59e959e9_59e959e9_59e959e9_59e959e9",
      "ABCABCABCABCABCABCABCABCABCABCABCABC" },
    { "_59e959e9_59e959e9_59e959e9_59e959e9_59e959e9_59e959e9_59e959e9", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = pn_duid_decode (cases[i].value);

      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

static void
test_stage (void)
{
  PnIdentity identity = { .vendor = 0x0a5c, .product = 0x2712 };
  static const struct
  {
    guint16 vendor, product;
    guint8 serial_index;
    PnRpibootStage stage;
  } cases[] = {
    { 0x0a5c, 0x2712, 0, PN_RPIBOOT_ROM },    { 0x0a5c, 0x2712, 3, PN_RPIBOOT_ROM },
    { 0x0a5c, 0x2712, 4, PN_RPIBOOT_SERVER }, { 0x0a5c, 0x2711, 1, PN_RPIBOOT_SERVER },
    { 0x0a5c, 0x1234, 0, PN_RPIBOOT_NONE },   { 0x18d1, 0x2712, 3, PN_RPIBOOT_NONE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      identity.vendor = cases[i].vendor;
      identity.product = cases[i].product;
      identity.serial_index = cases[i].serial_index;
      g_assert_true (pn_rpiboot_get_stage (&identity) == cases[i].stage);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rpiboot/usual", test_usual);
  g_test_add_func ("/rpiboot/cut", test_cut);
  for (guint i = 0; i < G_N_ELEMENTS (odd); i++)
    {
      g_autofree char *name = g_strdup_printf ("/rpiboot/odd/%s", odd[i].name);

      g_test_add_data_func (name, GUINT_TO_POINTER (i), test_odd);
    }
  for (guint i = 0; i < G_N_ELEMENTS (hostile); i++)
    {
      g_autofree char *name = g_strdup_printf ("/rpiboot/hostile/%s", hostile[i].name);

      g_test_add_data_func (name, GUINT_TO_POINTER (i), test_hostile);
    }
  g_test_add_func ("/rpiboot/wrong-without-end", test_wrong_without_end);
  g_test_add_func ("/rpiboot/messages-without-end", test_messages_without_end);
  g_test_add_func ("/rpiboot/cancel", test_cancel);
  g_test_add_func ("/rpiboot/rom", test_rom);
  g_test_add_func ("/rpiboot/rom-cut", test_rom_cut);
  g_test_add_func ("/rpiboot/rom-sizes", test_rom_sizes);
  g_test_add_func ("/rpiboot/message", test_message);
  g_test_add_func ("/rpiboot/metadata", test_metadata);
  g_test_add_func ("/rpiboot/duid", test_duid);
  g_test_add_func ("/rpiboot/stage", test_stage);
  return g_test_run ();
}
