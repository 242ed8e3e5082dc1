/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The gadget against what the real daemon said: transcripts replayed over TCP, sparse vectors with
 * the content they leave, the public fastboot client; and our own checks that need none of these.
 */
#include "config.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>
#include <sys/wait.h>

#include "pn-bytes.h"
#include "pn-digest.h"
#include "pn-io.h"
#include "pn-network.h"
#include "pn-test-gadget.h"

#define MIB ((guint64) 1024 * 1024)
#define WAIT 60000 /* ms */

/* Where our answers may differ from a transcript, and why. */
static const struct
{
  const char *file, *command, *ours, *reason;
} differences[] = {
  { "oem-misc.txt", "oem led PWR 0", "OKAYWrote", "the recording machine had no LED" },
  { "oem-misc.txt", "oem gpioset gpiochip0 23=1", "OKAYGPIO set", "it had no libgpiod" },
  { "oem-misc.txt", "oem fwcrypto sign-hash", "INFOconnect-signature:", "another key" },
  { "oem-misc.txt", "getvar:public-key", "OKAY-----BEGIN PUBLIC KEY-----\n", "another key" },
  { "oem-storage.txt", "getvar:partition-size:nvme0n1p1", "OKAY0x1000000", "udev was late there" },
  { "oem-storage.txt", "getvar:partition-size:nvme0n1p2", "OKAY0x400000", "udev was late there" },
  { "oem-storage.txt", "oem bmap-verify nvme0n1", "FAIL1:11111111",
    "the data is not in the vectors" },
  { "partapp-sizes.txt", "getvar:partition-size:", "OKAY0x", "udev was late there" },
};

/* Lines of "all" that are not compared: what is invented, or belongs to the recording machine. */
static const char *const machine_lines[] = {
  "INFOipv4-dns:",
  "INFOcpu-abi:",
  "INFObootloader-build-timestamp:",
  "INFOrpi-duid:",
};

static gboolean
is_machine_line (const char *line)
{
  for (guint i = 0; i < G_N_ELEMENTS (machine_lines); i++)
    if (strstr (line, machine_lines[i]) != NULL)
      return TRUE;
  return FALSE;
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

static void
swap_disks (char *text)
{
  for (char *at; (at = strstr (text, "nvme0n1")) != NULL;)
    memcpy (at, "\1\1\1\1\1\1\1", 7);
  for (char *at; (at = strstr (text, "mmcblk0")) != NULL;)
    memcpy (at, "nvme0n1", 7);
  for (char *at; (at = strstr (text, "\1\1\1\1\1\1\1")) != NULL;)
    memcpy (at, "mmcblk0", 7);
}

/* A FAT boot sector in a sparse file of @size bytes, which is 28 + RAW 1 + FILL + RAW 2 + FILL. */
static void
make_vfat (guint8 *data, gsize size)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  static const struct
  {
    guint16 type;
    guint32 blocks;
  } chunks[] = { { 0xcac1, 1 }, { 0xcac2, 7 }, { 0xcac1, 2 }, { 0xcac2, 6 } };

  pn_write_le32 (out, 0xed26ff3a);
  pn_write_le16 (out, 1);
  pn_write_le16 (out, 0);
  pn_write_le16 (out, 28);
  pn_write_le16 (out, 12);
  pn_write_le32 (out, 4096);
  pn_write_le32 (out, 16);
  pn_write_le32 (out, 4);
  pn_write_le32 (out, 0);
  for (guint i = 0; i < G_N_ELEMENTS (chunks); i++)
    {
      guint32 payload = chunks[i].type == 0xcac1 ? chunks[i].blocks * 4096 : 4;

      pn_write_le16 (out, chunks[i].type);
      pn_write_le16 (out, 0);
      pn_write_le32 (out, chunks[i].blocks);
      pn_write_le32 (out, 12 + payload);
      pn_write_fill (out, 0, payload);
    }
  memcpy (out->data + 28 + 12 + 82, "FAT32   ", 8);
  out->data[28 + 12 + 510] = 0x55;
  out->data[28 + 12 + 511] = 0xaa;
  g_assert_cmpuint (out->len, ==, size);
  memcpy (data, out->data, size);
}

/* A sparse file of @size bytes: as much data as goes in, and 100 bytes of FILL and DONT_CARE. */
static void
make_sparse (guint8 *data, gsize size)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  guint32 blocks = (guint32) ((size - 28 - 12 - 100) / 4096);

  pn_write_le32 (out, 0xed26ff3a);
  pn_write_le16 (out, 1);
  pn_write_le16 (out, 0);
  pn_write_le16 (out, 28);
  pn_write_le16 (out, 12);
  pn_write_le32 (out, 4096);
  pn_write_le32 (out, blocks + 4 + 3);
  pn_write_le32 (out, 8);
  pn_write_le32 (out, 0);
  for (guint i = 0; i < 8; i++)
    {
      guint32 payload = i == 0 ? blocks * 4096 : i <= 4 ? 4 : 0;

      pn_write_le16 (out, (guint16) (i == 0 ? 0xcac1 : i <= 4 ? 0xcac2 : 0xcac3));
      pn_write_le16 (out, 0);
      pn_write_le32 (out, i == 0 ? blocks : 1);
      pn_write_le32 (out, 12 + payload);
      pn_write_fill (out, 0x6b, payload);
    }
  g_assert_cmpuint (out->len, ==, size);
  memcpy (data, out->data, size);
}

/* The description that has that hash: one of the vectors, or the one with another sector size that
 * was only sent. */
static void
make_description (guint8 *data, gsize size, const char *digest)
{
  g_autofree char *folder = g_build_filename (g_getenv ("PUNNET_VECTORS"), "fastboot", "idp", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_autofree char *contents = NULL;
      g_autoptr (GString) text = NULL;
      PnSha256 hash;
      g_autofree char *hex = NULL;

      g_assert_true (g_file_get_contents (path, &contents, NULL, NULL));
      text = g_string_new (contents);
      if (g_str_equal (name, "sector_0.json") && size == 1533)
        g_string_replace (text, "_size\": 0", "_size\": 4096", 1);
      hash = pn_sha256 (text->str, text->len);
      hex = pn_sha256_to_hex (&hash);
      if (!g_str_equal (hex, digest))
        continue;
      g_assert_cmpuint (text->len, ==, size);
      memcpy (data, text->str, size);
      return;
    }
  g_error ("No description has the SHA-256 %s", digest);
}

/* Block maps like those recorded; their content is known from the replies. */
static void
make_map (guint8 *data, gsize size, const char *digest)
{
  memset (data, 0, size);
  if (g_str_has_prefix (digest, "a4a0"))
    return; /* bad magic */
  memcpy (data, "BMAP", 4);
  pn_poke_le32 (data + 4, g_str_has_prefix (digest, "cdb1") ? 1000 : 4096);
  pn_poke_le32 (data + 8, g_str_has_prefix (digest, "d7bb") ? 5 : 2);
  if (size == 96)
    {
      g_autofree guint8 *zeros = g_malloc0 (8 * 4096);
      PnSha256 eight = pn_sha256 (zeros, 8 * 4096);
      PnSha256 one = pn_sha256 (zeros, 4096);

      pn_poke_le32 (data + 20, 7);
      memcpy (data + 24, eight.bytes, 32);
      pn_poke_le32 (data + 56, 9);
      pn_poke_le32 (data + 60, 9);
      memcpy (data + 64, one.bytes, 32);
      if (g_str_has_prefix (digest, "0778"))
        memset (data + 64, 0x11, 32);
    }
}

/* "<data, 1 frame of N bytes of XX>", "… of N bytes, sha256 …>", "<data in frames of [4, 4] …" */
static void
send_data (PnTestGadget *self, const char *line)
{
  g_auto (GStrv) words = g_strsplit_set (line, " ,[]<>", 0);
  g_autofree guint8 *data = NULL;
  const char *digest = "";
  guint64 sizes[8];
  guint64 value = 0;
  guint64 total = 0;
  guint n_sizes = 0;

  for (guint i = 0; words[i] != NULL; i++)
    {
      guint64 number;

      if (i >= 2 && g_str_equal (words[i - 1], "of") && g_str_equal (words[i - 2], "bytes"))
        g_ascii_string_to_unsigned (words[i], 16, 0, 255, &value, NULL);
      else if (i >= 1 && g_str_equal (words[i - 1], "sha256"))
        digest = words[i];
      else if (n_sizes < 8 && g_ascii_string_to_unsigned (words[i], 10, 2, G_MAXINT, &number, NULL))
        {
          total += number;
          sizes[n_sizes++] = number;
        }
    }
  data = g_malloc (total);
  memset (data, (int) value, total);
  if (total == 12372)
    make_vfat (data, total);
  else if (digest[0] != '\0' && (total == 56 || total == 96))
    make_map (data, total, digest);
  else if (g_str_has_prefix (self->setting->file, "idp-") && total > 100000)
    make_sparse (data, total);
  else if (g_str_has_prefix (self->setting->file, "idp-") && digest[0] != '\0')
    make_description (data, total, digest);
  for (guint64 i = 0, at = 0; i < n_sizes; at += sizes[i++])
    g_assert_true (pn_test_gadget_send_frame (self, data + at, sizes[i]));
}

/* TRUE where the difference is known; what else belongs to this answer is read and dropped. */
static gboolean
is_known_difference (PnTestGadget *self, const char *ours)
{
  const char *command = self->sent;

  for (guint i = 0; i < G_N_ELEMENTS (differences); i++)
    if (g_str_equal (self->setting->file, differences[i].file) &&
        g_str_has_prefix (command, differences[i].command) &&
        g_str_has_prefix (ours, differences[i].ours))
      {
        g_autofree char *next = g_strdup (ours);

        g_test_message ("%s: %s (%s)", command, ours, differences[i].reason);
        while (!g_str_has_prefix (next, "OKAY") && !g_str_has_prefix (next, "FAIL"))
          {
            g_free (next);
            next = pn_test_gadget_reply (self);
            g_assert_nonnull (next);
          }
        return TRUE;
      }
  return FALSE;
}

/* FALSE where the rest of this command's replies is to be skipped. */
static gboolean
expect (PnTestGadget *self, const char *text)
{
  g_autoptr (GBytes) frame = NULL;
  g_autoptr (GBytes) expected = NULL;

  if (g_str_has_prefix (text, "<connection"))
    {
      guint8 byte;

      g_assert_false (pn_test_gadget_receive_bytes (self, &byte, 1));
      return TRUE;
    }
  if (g_str_has_prefix (text, "<handshake>"))
    return TRUE; /* dialled and greeted at once */
  /* What is not compared is left out on both sides. */
  if (g_str_equal (self->sent, "getvar:all") && is_machine_line (text))
    return TRUE;
  frame = pn_test_gadget_receive_frame (self);
  g_assert_nonnull (frame);
  while (g_str_equal (self->sent, "getvar:all"))
    {
      g_autofree char *line = g_strndup (g_bytes_get_data (frame, NULL), g_bytes_get_size (frame));

      if (!is_machine_line (line))
        break;
      g_bytes_unref (frame);
      frame = pn_test_gadget_receive_frame (self);
      g_assert_nonnull (frame);
    }
  if (g_str_has_prefix (text, "<data"))
    {
      PnSha256 digest = pn_sha256_bytes (frame);
      g_autofree char *hex = pn_sha256_to_hex (&digest);

      g_assert_nonnull (strstr (text, hex));
      return TRUE;
    }
  expected = unescape (strstr (text, "] ") + 2);
  if (!g_bytes_equal (frame, expected))
    {
      g_autofree char *ours = g_strndup (g_bytes_get_data (frame, NULL), g_bytes_get_size (frame));

      if (is_known_difference (self, ours))
        return FALSE;
      g_error ("%s: %s\nwant %s\n got %s", self->setting->file, self->sent, text, ours);
    }
  return TRUE;
}

static char *
vector (const char *name)
{
  const char *folder = g_getenv ("PUNNET_VECTORS");
  g_autofree char *path = folder != NULL ? g_build_filename (folder, "fastboot", name, NULL) : NULL;

  if (path != NULL && g_file_test (path, G_FILE_TEST_EXISTS))
    return g_steal_pointer (&path);
  g_test_skip ("needs ../shared/vectors");
  return NULL;
}

static void
test_transcript (PnTestGadget *self, gconstpointer data)
{
  g_autofree char *path = vector (self->setting->file);
  g_autofree char *contents = NULL;
  g_auto (GStrv) lines = NULL;
  gboolean skipping = FALSE;
  guint n_commands = 0;

  if (path == NULL)
    return;
  g_assert_true (g_file_get_contents (path, &contents, NULL, NULL));
  lines = g_strsplit (contents, "\n", 0);
  self->sent = "";
  if (g_str_equal (self->setting->file, "idp-more-errors.txt"))
    {
      /* What the one before it left on the card. */
      g_assert_cmpint (pn_virtual_storage_init_table (self->storage, "mmcblk0", "gpt", NULL), ==,
                       PN_TABLE_OK);
      g_assert_cmpint (pn_virtual_storage_append (self->storage, "mmcblk0", "F", 8 * MIB), ==,
                       PN_TABLE_OK);
    }
  for (guint i = 0; lines[i] != NULL; i++)
    {
      char *text = lines[i];

      if (g_str_equal (text, "# --- bmap"))
        {
          self->swap_disk = TRUE;
          pn_virtual_storage_unmap_all (self->storage); /* that disk had none */
        }
      if (self->swap_disk)
        swap_disks (text);
      if (g_str_has_prefix (text, "D: "))
        {
          if (!skipping)
            skipping = !expect (self, text + 3);
          continue;
        }
      skipping = FALSE;
      if (g_str_has_prefix (text, "C: <handshake>"))
        pn_test_gadget_shake (self);
      else if (g_str_has_prefix (text, "C: <close>"))
        pn_test_gadget_hang_up (self);
      else if (g_str_has_prefix (text, "C: <data"))
        send_data (self, text + 3);
      else if (g_str_has_prefix (text, "C: ["))
        {
          g_autoptr (GBytes) command = NULL;

          self->sent = strstr (text, "] ") + 2;
          command = unescape (self->sent);
          /* A closed connection shows where the answer is due. */
          (void) pn_test_gadget_send_frame (self, g_bytes_get_data (command, NULL),
                                            g_bytes_get_size (command));
          n_commands++;
        }
    }
  g_assert_cmpuint (n_commands, >, 0);
  if (g_str_equal (self->setting->file, "partapp-sizes.txt"))
    {
      static const guint64 sectors[] = { 32768, 8192, 16384, 2015232 };

      for (guint i = 0; i < G_N_ELEMENTS (sectors); i++)
        {
          g_autofree char *name = g_strdup_printf ("nvme0n1p%u", i + 1);
          guint64 size = 0;

          g_assert_cmpint (pn_virtual_storage_look (self->storage, name, &size), ==, PN_NODE_FREE);
          g_assert_cmpuint (size, ==, sectors[i] * 512);
        }
    }
}

static void
flash_vector (PnTestGadget *self, const char *folder, char **columns)
{
  g_autofree char *path = g_build_filename (folder, columns[0], NULL);
  g_autofree char *contents = NULL;
  g_autofree char *answer = NULL;
  g_autofree char *hex = NULL;
  g_autoptr (GString) expected = g_string_new (columns[3]);
  g_auto (PnFd) fd = -1;
  PnSha256 digest;
  guint64 expanded;
  gsize size;

  g_assert_true (g_file_get_contents (path, &contents, &size, NULL));
  g_assert_true (pn_virtual_storage_fill (self->storage, "mmcblk0", 0, 0, 64 * MIB));
  pn_test_gadget_shake (self);
  pn_test_gadget_stage (self, contents, size);
  g_assert_true (pn_test_gadget_send_frame (self, "flash:mmcblk0", 13));
  answer = pn_test_gadget_reply (self);
  g_string_replace (expected, "<disk>", "mmcblk0", 0);
  g_test_message ("%s", columns[0]);
  if (columns[3][0] == '<')
    {
      g_assert_null (answer); /* the daemon crashes */
      return;
    }
  g_assert_cmpstr (answer, ==, expected->str);
  if (columns[5][0] == '-')
    return;
  g_assert_true (g_ascii_string_to_unsigned (columns[4], 10, 0, 64 * MIB, &expanded, NULL));
  fd = pn_open (self->path, O_RDONLY, NULL);
  g_assert_true (pn_sha256_fd (fd, 0, (goffset) expanded, &digest, NULL, NULL));
  hex = pn_sha256_to_hex (&digest);
  g_assert_cmpstr (hex, ==, columns[5]);
}

static void
test_sparse (PnTestGadget *self, gconstpointer data)
{
  g_autofree char *path = vector ("sparse/MANIFEST.tsv");
  g_autofree char *folder = path != NULL ? g_path_get_dirname (path) : NULL;
  g_autofree char *contents = NULL;
  g_auto (GStrv) lines = NULL;

  if (path == NULL)
    return;
  g_assert_true (g_file_get_contents (path, &contents, NULL, NULL));
  lines = g_strsplit (contents, "\n", 0);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) columns = g_strsplit (lines[i], "\t", 0);

      if (lines[i][0] != '#' && g_strv_length (columns) >= 6)
        flash_vector (self, folder, columns);
    }
}

static void
test_handshake (PnTestGadget *self, gconstpointer data)
{
  static const struct
  {
    const char *greeting;
    gboolean good;
  } cases[] = { { "FB02", TRUE },  { "FB99", TRUE },  { "FB 1", TRUE }, { "FB+1", TRUE },
                { "FB00", FALSE }, { "XX01", FALSE }, { "FBzz", FALSE } };
  guint8 answer[4];

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      pn_test_gadget_dial (self);
      g_assert_true (pn_test_gadget_send_bytes (self, cases[i].greeting, 4));
      g_assert_cmpint (pn_test_gadget_receive_bytes (self, answer, 4), ==, cases[i].good);
    }
}

/* A key is made, kept, signs, and its public half checks the signature. */
static void
test_key (PnTestGadget *self, gconstpointer data)
{
  g_autofree char *pem = NULL;
  g_autofree char *line = NULL;
  g_autofree char *last = NULL;
  g_autofree guint8 *signature = NULL;
  EVP_PKEY_CTX *context;
  EVP_PKEY *key;
  BIO *bio;
  guint8 digest[32];
  gsize size;

  pn_test_gadget_shake (self);
  pn_test_gadget_say (self, "oem cryptinit mmcblk0 root",
                      "FAILCannot generate LUKS key - unsupported device type");
  pn_test_gadget_say (self, "oem fwcrypto init", "OKAYKey provisioned and LOCKed");
  g_assert_true (pn_test_gadget_send_frame (self, "getvar:public-key", 17));
  pem = pn_test_gadget_reply (self);
  bio = BIO_new_mem_buf (pem + 4, -1);
  key = PEM_read_bio_PUBKEY (bio, NULL, NULL, NULL);
  g_assert_nonnull (key);
  memset (digest, 0xab, sizeof digest);
  g_assert_true (
      pn_test_gadget_send_frame (self,
                                 "oem fwcrypto sign-hash "
                                 "abababababababababababababababababababababababababababababababab",
                                 87));
  line = pn_test_gadget_reply (self);
  last = pn_test_gadget_reply (self);
  g_assert_true (g_str_has_prefix (line, "INFOconnect-signature:"));
  g_assert_cmpstr (last, ==, "OKAY");
  signature = g_base64_decode (line + strlen ("INFOconnect-signature:"), &size);
  context = EVP_PKEY_CTX_new (key, NULL);
  g_assert_cmpint (EVP_PKEY_verify_init (context), ==, 1);
  g_assert_cmpint (EVP_PKEY_verify (context, signature, size, digest, sizeof digest), ==, 1);
  digest[0] ^= 1;
  g_assert_cmpint (EVP_PKEY_verify (context, signature, size, digest, sizeof digest), !=, 1);
  pn_test_gadget_say (self, "getvar:private-key", "OKAYrefused");
  EVP_PKEY_CTX_free (context);
  EVP_PKEY_free (key);
  BIO_free (bio);
}

static void
count_cb (gpointer count)
{
  g_atomic_int_inc ((int *) count);
}

static void
test_led (PnTestGadget *self, gconstpointer data)
{
  int done = 0;

  pn_gadget_set_done_func (self->gadget, count_cb, &done);
  pn_test_gadget_shake (self);
  pn_test_gadget_say (self, "oem led ACT 0", "OKAYWrote LED value");
  pn_test_gadget_say (self, "oem led PWR 1", "OKAYWrote LED value");
  g_assert_cmpint (g_atomic_int_get (&done), ==, 0);
  pn_test_gadget_say (self, "oem led PWR 0", "OKAYWrote LED value");
  g_assert_cmpint (g_atomic_int_get (&done), ==, 1);
}

/* The check through the mapping reads back, decrypts, and sees one bit. */
static void
test_flipped_bit (PnTestGadget *self, gconstpointer data)
{
  PnGadgetFaults faults = { .flip_bit = 24 * 1024 * 1024 + 100, .fail_write_at = -1 };
  guint8 map[56];
  guint8 *block = g_malloc (4096);
  PnSha256 digest;

  memset (block, 0x5a, 4096);
  digest = pn_sha256 (block, 4096);
  memset (map, 0, sizeof map);
  memcpy (map, "BMAP", 4);
  pn_poke_le32 (map + 4, 4096);
  pn_poke_le32 (map + 8, 1);
  memcpy (map + 24, digest.bytes, 32);
  pn_test_gadget_shake (self);
  pn_test_gadget_say (self, "oem partinit mmcblk0 gpt", "OKAYInitialised partition successfully");
  pn_test_gadget_say (self, "oem partapp mmcblk0 F 4194304", "OKAYWrote new partition.");
  pn_test_gadget_say (self, "oem partapp mmcblk0 L", "OKAYWrote new partition.");
  pn_test_gadget_say (self, "oem fwcrypto init", "OKAYKey provisioned and LOCKed");
  pn_test_gadget_say (self, "oem cryptinit mmcblk0p2 root",
                      "OKAYLUKS device formatted successfully");
  pn_test_gadget_say (self, "oem cryptopen mmcblk0p2 cryptroot",
                      "OKAYLUKS device opened successfully");
  pn_test_gadget_stage (self, block, 4096);
  pn_test_gadget_say (self, "flash:mmcblk0",
                      "FAILopen(/dev/mmcblk0, O_WRONLY|O_DIRECT) failed: Device or resource busy");
  pn_test_gadget_say (self, "flash:mapper/cryptroot", "OKAYFlashing succeeded");
  pn_test_gadget_stage (self, map, sizeof map);
  pn_test_gadget_say (self, "oem bmap-load mapper/cryptroot",
                      "OKAYbmap loaded: 1 ranges, block_size=4096, device=mapper/cryptroot");
  pn_test_gadget_say (self, "oem bmap-verify mapper/cryptroot",
                      "INFOverifying range 0/1 (blocks 0-0)");
  g_free (pn_test_gadget_reply (self));
  pn_gadget_set_faults (self->gadget, &faults);
  pn_test_gadget_say (self, "oem bmap-verify mapper/cryptroot",
                      "INFOverifying range 0/1 (blocks 0-0)");
  {
    g_autofree char *answer = pn_test_gadget_reply (self);

    g_assert_true (g_str_has_prefix (answer, "FAIL0:"));
  }
  g_free (block);
}

/* The public client; its exit status. */
static int
client (PnTestGadget *self, const char *const *words, char **output)
{
  g_autofree char *target = g_strdup_printf ("tcp:localhost:%u", pn_gadget_get_port (self->gadget));
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  int status = 0;

  g_ptr_array_add (argv, (gpointer) "fastboot");
  g_ptr_array_add (argv, (gpointer) "-s");
  g_ptr_array_add (argv, target);
  for (; *words != NULL; words++)
    g_ptr_array_add (argv, (gpointer) *words);
  g_ptr_array_add (argv, NULL);
  g_spawn_sync (NULL, (char **) argv->pdata, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, output,
                &status, &error);
  if (error != NULL)
    return -1;
  return WIFEXITED (status) ? WEXITSTATUS (status) : -2;
}

static void
test_client (PnTestGadget *self, gconstpointer data)
{
  g_autofree char *raw = g_build_filename (self->folder, "raw", NULL);
  g_autofree guint8 *bytes = g_malloc (4 * MIB);
  g_autofree guint8 *back = g_malloc (4 * MIB);
  static const struct
  {
    const char *words[4];
    int status;
    const char *output;
  } cases[] = {
    { { "getvar", "version" }, 0, "version: 0.4\n" },
    { { "getvar", "all" }, 0, "(bootloader) version:0.4\n" },
    { { "getvar", "nosuch" }, 0, "FAILED (remote: 'Unknown variable')" },
    { { "oem", "fwcrypto", "status" }, 0, "OKAY" },
    { { "oem", "nosuch" }, 1, "FAILED (remote: 'Unknown OEM command.')" },
    { { "erase", "nosuch" }, 1, "FAILED (remote: 'Partition doesn't exist')" },
    { { "set_active", "a" }, 1, "Device does not support slots" },
    { { "reboot" }, 0, "Rebooting" },
  };
  const char *const flash[] = { "-S", "1M", "flash", "mmcblk0", raw, NULL };
  const char *const put[] = { "stage", raw, NULL };
  g_autofree char *flashed = NULL;
  g_autofree char *staged = NULL;
  int status;

  for (gsize i = 0; i < 4 * MIB; i++)
    bytes[i] = (guint8) (i ^ (i >> 8) * 13);
  g_assert_true (g_file_set_contents (raw, (const char *) bytes, 4 * MIB, NULL));
  status = client (self, flash, &flashed);
  if (status == -1)
    g_test_skip ("needs the fastboot client");
  else
    {
      if (status != 0)
        g_error ("%s", flashed);
      g_assert_nonnull (strstr (flashed, "Sending sparse 'mmcblk0' 4/"));
      g_assert_true (pn_virtual_storage_read (self->storage, "mmcblk0", 0, back, 4 * MIB));
      g_assert_true (memcmp (bytes, back, 4 * MIB) == 0);
      g_assert_cmpint (client (self, put, &staged), ==, 0);
      for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
        {
          g_autofree char *output = NULL;

          g_assert_cmpint (client (self, cases[i].words, &output), ==, cases[i].status);
          if (strstr (output, cases[i].output) == NULL)
            g_error ("%s: %s", cases[i].words[0], output);
        }
    }
  (void) g_unlink (raw);
}

/* It tells where it is, and is there with its data plane; never where anybody else could be. */
static void
test_network (PnTestGadget *self, gconstpointer data)
{
  static const char *const outside[] = {
    "0.0.0.0", "192.0.2.1", "::", "fd00::1", "localhost", "x"
  };
  g_autoptr (GPtrArray) addresses = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GError) error = NULL;
  g_autofree char *answer = NULL;
  g_autofree char *name = NULL;
  guint8 greeting[4];

  pn_test_gadget_shake (self);
  pn_test_gadget_say (self, "getvar:ipv4-address", "FAILNo IPv4 address found");
  pn_test_gadget_say (self, "getvar:ipv6-address", "FAILNo IPv6 address found");
  for (guint i = 0; i < G_N_ELEMENTS (outside); i++)
    {
      g_assert_false (pn_gadget_join_network (self->gadget, outside[i], &error));
      g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_ARGUMENT);
      g_clear_error (&error);
    }
  pn_gadget_join_network (self->gadget, "", &error);
  g_assert_no_error (error);
  pn_test_gadget_say (self, "getvar:ipv6-address", "FAILNo IPv6 address found");
  g_assert_true (pn_test_gadget_send_frame (self, "getvar:ipv4-address", 19));
  answer = pn_test_gadget_reply (self);
  g_assert_true (g_str_has_prefix (answer, "OKAY127."));
  g_ptr_array_add (addresses, pn_network_parse (answer + 4, PN_REACH_LOOPBACK, &error));
  g_assert_no_error (error);
  pn_test_gadget_hang_up (self);
  self->fd = pn_network_connect (addresses, PN_REACH_LOOPBACK, 5554, WAIT, &name, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_unix_set_fd_nonblocking (self->fd, FALSE, NULL));
  g_assert_true (pn_test_gadget_send_bytes (self, "FB01", 4));
  g_assert_true (pn_test_gadget_receive_bytes (self, greeting, 4));
  pn_test_gadget_say (self, "getvar:serialno",
                      "FAILdata-plane connection: getvar serialno not permitted");
}

static const PnTestGadgetSetting settings[] = {
  { "commands.txt", PN_STORAGE_EMMC, 64 * 1024 * 1024 },
  { "session.txt", PN_STORAGE_EMMC, 64 * 1024 * 1024 },
  { "download-flash.txt", PN_STORAGE_EMMC, 64 * 1024 * 1024 },
  { "dataplane.txt", PN_STORAGE_EMMC, 64 * 1024 * 1024, FALSE, TRUE },
  { "reboot.txt", PN_STORAGE_EMMC, 64 * 1024 * 1024 },
  { "getvar-all-ns.txt", PN_STORAGE_EMMC, 64 * 1024 * 1024 },
  { "oem-misc.txt", PN_STORAGE_NVME, 64 * 1024 * 1024 },
  { "oem-storage.txt", PN_STORAGE_NVME, 1024 * 1024 * 1024, TRUE },
  { "partapp-sizes.txt", PN_STORAGE_NVME, 1024 * 1024 * 1024 },
  { "idp-clear-and-errors.txt", PN_STORAGE_SD, 512 * 1024 * 1024 },
  { "idp-encrypted-slots.txt", PN_STORAGE_SD, 512 * 1024 * 1024, TRUE },
  { "idp-more-errors.txt", PN_STORAGE_SD, 512 * 1024 * 1024 },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    {
      g_autofree char *name = g_strdup_printf ("/gadget/transcript/%s", settings[i].file);

      g_test_add (name, PnTestGadget, &settings[i], pn_test_gadget_set_up, test_transcript,
                  pn_test_gadget_tear_down);
    }
  g_test_add ("/gadget/sparse", PnTestGadget, NULL, pn_test_gadget_set_up, test_sparse,
              pn_test_gadget_tear_down);
  g_test_add ("/gadget/handshake", PnTestGadget, NULL, pn_test_gadget_set_up, test_handshake,
              pn_test_gadget_tear_down);
  g_test_add ("/gadget/key", PnTestGadget, NULL, pn_test_gadget_set_up, test_key,
              pn_test_gadget_tear_down);
  g_test_add ("/gadget/led", PnTestGadget, NULL, pn_test_gadget_set_up, test_led,
              pn_test_gadget_tear_down);
  g_test_add ("/gadget/flipped-bit", PnTestGadget, NULL, pn_test_gadget_set_up, test_flipped_bit,
              pn_test_gadget_tear_down);
  g_test_add ("/gadget/network", PnTestGadget, NULL, pn_test_gadget_set_up, test_network,
              pn_test_gadget_tear_down);
  g_test_add ("/gadget/client", PnTestGadget, NULL, pn_test_gadget_set_up, test_client,
              pn_test_gadget_tear_down);
  return g_test_run ();
}
