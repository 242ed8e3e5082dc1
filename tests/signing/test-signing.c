/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The PEM signer, with openssl as judge: it makes the keys, checks what was signed, and says what a
 * key's modulus is. Every kind of file that is no RSA-2048 private key is refused in words. */
#include "config.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "pn-error.h"
#include "pn-io.h"
#include "pn-pem-signer.h"

#define PASSPHRASE "Birnen & Äpfel 7"
#define MAX_FILE 65536

static char *folder; /* of this run; removed at its end */

static char *
in_folder (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

/* Runs openssl in the folder; what it printed. */
static char *
openssl (const char *arguments, int *status)
{
  g_autofree char *line = g_strconcat ("openssl ", arguments, NULL);
  g_auto (GStrv) argv = NULL;
  g_autoptr (GError) error = NULL;
  char *output = NULL;
  int result;

  g_assert_true (g_shell_parse_argv (line, NULL, &argv, &error));
  g_assert_true (g_spawn_sync (folder, argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL,
                               NULL, NULL, &output, NULL, &result, &error));
  g_assert_no_error (error);
  if (status != NULL)
    *status = result;
  else
    g_assert_cmpint (result, ==, 0);
  return output;
}

static void
do_openssl (const char *arguments)
{
  g_autofree char *output = openssl (arguments, NULL);

  g_assert_nonnull (output);
}

/* Makes a key of the name unless a test before did. */
static char *
make_key (const char *name, const char *arguments)
{
  char *path = in_folder (name);

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_autofree char *line = g_strdup_printf ("%s -out %s", arguments, name);

      do_openssl (line);
    }
  return path;
}

static char *
make_rsa (void)
{
  return make_key ("rsa.pem", "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048");
}

static GBytes *
read_file (const char *path)
{
  g_autoptr (GError) error = NULL;
  GBytes *bytes = pn_read_file (path, MAX_FILE, &error);

  g_assert_no_error (error);
  return bytes;
}

static void
write_file (const char *name, const void *data, gsize size)
{
  g_autofree char *path = in_folder (name);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (path, data, (gssize) size, &error));
  g_assert_no_error (error);
}

static PnSigner *
open_key (const char *path)
{
  g_autoptr (GError) error = NULL;
  PnSigner *signer = pn_pem_signer_new_from_file (path, NULL, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (signer);
  return signer;
}

static PnSecret *
give_passphrase (gpointer user_data, GError **error)
{
  const char *text = user_data;

  return pn_secret_new (text, strlen (text));
}

static PnSecret *
give_up (gpointer user_data, GError **error)
{
  g_set_error_literal (error, PN_ERROR, PN_ERROR_CANCELLED, "The person went home");
  return NULL;
}

/* No line of the key's text and no passphrase is in what is said. */
static void
assert_no_secret (const char *message, const char *path)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  g_assert_null (strstr (message, PASSPHRASE));
  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR) || !g_file_get_contents (path, &text, NULL, NULL))
    return;
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    if (strlen (lines[i]) > 16 && !g_str_has_prefix (lines[i], "-----"))
      g_assert_null (strstr (message, lines[i]));
}

/* Refused with an error that holds @sentence, the file's name, and nothing secret. */
static void
assert_refused (const char *path,
                PnPassphraseFunc ask,
                const char *passphrase,
                const char *sentence)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PnSigner) signer =
      pn_pem_signer_new_from_file (path, ask, (gpointer) passphrase, &error);

  g_assert_null (signer);
  g_assert_nonnull (error);
  g_assert_true (error->domain == PN_ERROR);
  if (strstr (error->message, sentence) == NULL)
    g_error ("“%s” does not say “%s”", error->message, sentence);
  g_assert_nonnull (strstr (error->message, path));
  assert_no_secret (error->message, path);
}

/* SHA-256 of what openssl says modulus and exponent are, both little endian (signing.md §2). */
static char *
judge_fingerprint (const char *name)
{
  g_autofree char *line = g_strdup_printf ("rsa -in %s -noout -modulus", name);
  g_autofree char *output = openssl (line, NULL);
  g_autoptr (GBytes) modulus = NULL;
  g_autoptr (GByteArray) blob = g_byte_array_new ();
  const guint8 *bytes;

  g_assert_true (g_str_has_prefix (output, "Modulus="));
  modulus = pn_hex_decode (g_strchomp (output) + strlen ("Modulus="), -1);
  g_assert_nonnull (modulus);
  g_assert_cmpuint (g_bytes_get_size (modulus), ==, 256);
  bytes = g_bytes_get_data (modulus, NULL);
  for (guint i = 256; i > 0; i--)
    g_byte_array_append (blob, &bytes[i - 1], 1);
  g_byte_array_append (blob, (const guint8 *) "\1\0\1\0\0\0\0\0", 8);
  return g_compute_checksum_for_data (G_CHECKSUM_SHA256, blob->data, blob->len);
}

static char *
fingerprint (PnSigner *signer)
{
  PnSha256 digest = pn_public_key_get_fingerprint (pn_signer_get_public_key (signer));

  return pn_sha256_to_hex (&digest);
}

static void
test_fingerprint (void)
{
  g_autofree char *path = make_rsa ();
  g_autofree char *old = make_key ("pkcs1.pem", "rsa -in rsa.pem -traditional");
  g_autoptr (PnSigner) signer = open_key (path);
  g_autoptr (PnSigner) same = open_key (old);
  g_autofree char *ours = fingerprint (signer);
  g_autofree char *ours_old = fingerprint (same);
  g_autofree char *judged = judge_fingerprint ("rsa.pem");

  g_assert_cmpstr (ours, ==, judged);
  g_assert_cmpstr (ours_old, ==, judged);
  g_assert_true (
      pn_public_key_equal (pn_signer_get_public_key (signer), pn_signer_get_public_key (same)));
}

static void
sign (PnSigner *signer, GBytes *text, guint8 *signature)
{
  PnSha256 digest = pn_sha256_bytes (text);
  g_autoptr (GError) error = NULL;

  g_assert_true (pn_signer_sign (signer, &digest, signature, NULL, &error));
  g_assert_no_error (error);
}

/* openssl takes our signature, refuses it over other bytes, and would have made the same one. */
static void
test_sign (void)
{
  g_autofree char *path = make_rsa ();
  g_autofree char *made_path = in_folder ("made");
  g_autoptr (PnSigner) signer = open_key (path);
  guint8 signature[PN_SIGNATURE_SIZE];

  do_openssl ("pkey -in rsa.pem -pubout -out public.pem");
  for (gsize size = 0; size < 4096; size = size * 3 + 1)
    {
      g_autoptr (GBytes) text = g_bytes_new_take (g_strnfill (size, 'x'), size);
      g_autoptr (GBytes) made = NULL;
      g_autofree char *output = NULL;
      int status;

      sign (signer, text, signature);
      write_file ("text", g_bytes_get_data (text, NULL), size);
      write_file ("signature", signature, sizeof signature);
      do_openssl ("dgst -sha256 -verify public.pem -signature signature text");
      do_openssl ("dgst -sha256 -sign rsa.pem -out made text");
      made = read_file (made_path);
      g_assert_cmpmem (signature, sizeof signature, g_bytes_get_data (made, NULL),
                       g_bytes_get_size (made));
      write_file ("text", "another text", 12);
      output = openssl ("dgst -sha256 -verify public.pem -signature signature text", &status);
      g_assert_cmpint (status, !=, 0);
    }
}

/* What openssl signed passes; one flipped bit anywhere, another text or another key does not. */
static void
test_verify (void)
{
  g_autofree char *path = make_rsa ();
  g_autofree char *other_path =
      make_key ("other.pem", "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048");
  g_autofree char *made_path = in_folder ("made");
  g_autoptr (PnSigner) signer = open_key (path);
  g_autoptr (PnSigner) other = open_key (other_path);
  PnPublicKey *key = pn_signer_get_public_key (signer);
  PnSha256 digest = pn_sha256 ("text", 4), another = pn_sha256 ("Text", 4);
  g_autoptr (GBytes) made = NULL;
  g_autoptr (GError) error = NULL;
  guint8 signature[PN_SIGNATURE_SIZE];

  write_file ("text", "text", 4);
  do_openssl ("dgst -sha256 -sign rsa.pem -out made text");
  made = read_file (made_path);
  g_assert_cmpuint (g_bytes_get_size (made), ==, sizeof signature);
  g_assert_true (pn_public_key_verify (key, &digest, g_bytes_get_data (made, NULL), &error));
  g_assert_no_error (error);
  for (guint bit = 0; bit < 8 * sizeof signature; bit += 7)
    {
      memcpy (signature, g_bytes_get_data (made, NULL), sizeof signature);
      signature[bit / 8] ^= (guint8) (1u << bit % 8);
      g_assert_false (pn_public_key_verify (key, &digest, signature, NULL));
    }
  g_assert_false (pn_public_key_verify (key, &another, g_bytes_get_data (made, NULL), &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_SIGNATURE);
  g_assert_false (pn_public_key_verify (pn_signer_get_public_key (other), &digest,
                                        g_bytes_get_data (made, NULL), NULL));
}

static void
test_cancelled (void)
{
  g_autofree char *path = make_rsa ();
  g_autoptr (PnSigner) signer = open_key (path);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  PnSha256 digest = pn_sha256 ("text", 4);
  guint8 signature[PN_SIGNATURE_SIZE];

  g_cancellable_cancel (cancellable);
  g_assert_false (pn_signer_sign (signer, &digest, signature, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* A public key's blob comes back from a device's EEPROM: only a real RSA-2048 one is a key. */
static void
test_blob (void)
{
  g_autofree char *path = make_rsa ();
  g_autoptr (PnSigner) signer = open_key (path);
  GBytes *blob = pn_public_key_get_blob (pn_signer_get_public_key (signer));
  const guint8 *data = g_bytes_get_data (blob, NULL);
  g_autoptr (PnPublicKey) again = pn_public_key_new_from_blob (blob, NULL);
  static const guint wrong[] = { 0, 255, 256, 258, 259, 263 }; /* even, short, other exponents */

  g_assert_cmpuint (g_bytes_get_size (blob), ==, PN_PUBLIC_KEY_BLOB_SIZE);
  g_assert_true (pn_public_key_equal (again, pn_signer_get_public_key (signer)));
  for (gsize size = 0; size < PN_PUBLIC_KEY_BLOB_SIZE; size++)
    {
      g_autoptr (GBytes) cut = g_bytes_new (data, size);
      g_autoptr (GError) error = NULL;

      g_assert_null (pn_public_key_new_from_blob (cut, &error));
      g_assert_error (error, PN_ERROR, PN_ERROR_KEY);
    }
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autofree guint8 *copy = g_memdup2 (data, PN_PUBLIC_KEY_BLOB_SIZE);
      g_autoptr (GBytes) bytes = NULL;

      copy[wrong[i]] ^= wrong[i] == 255 ? 0x80 : 1;
      bytes = g_bytes_new (copy, PN_PUBLIC_KEY_BLOB_SIZE);
      g_assert_null (pn_public_key_new_from_blob (bytes, NULL));
    }
}

static void
test_encrypted (gconstpointer data)
{
  const char *cipher = data; /* of PKCS#8; NULL: the traditional form */
  g_autofree char *plain_path = make_rsa ();
  g_autofree char *line = g_strdup_printf ("%s -in rsa.pem -passout 'pass:%s' %s",
                                           cipher != NULL ? "pkcs8 -topk8" : "rsa", PASSPHRASE,
                                           cipher != NULL ? cipher : "-aes256 -traditional");
  g_autofree char *name = g_strdup_printf ("encrypted%s.pem", cipher != NULL ? "-pkcs8" : "");
  g_autofree char *path = make_key (name, line);
  g_autofree char *too_long = g_strnfill (2000, 'x');
  g_autoptr (PnSigner) plain = open_key (plain_path);
  g_autoptr (GError) error = NULL;
  g_autoptr (PnSigner) signer =
      pn_pem_signer_new_from_file (path, give_passphrase, (gpointer) PASSPHRASE, &error);

  g_assert_no_error (error);
  g_assert_true (
      pn_public_key_equal (pn_signer_get_public_key (signer), pn_signer_get_public_key (plain)));
  assert_refused (path, give_passphrase, PASSPHRASE "x", "passphrase does not open");
  assert_refused (path, give_passphrase, "", "passphrase does not open");
  assert_refused (path, give_passphrase, too_long, "passphrase does not open");
  assert_refused (path, NULL, NULL, "no passphrase was given");
  assert_refused (path, give_up, NULL, "The person went home");
}

/* Nobody is asked for the passphrase of a key that has none. */
static void
test_not_asked (void)
{
  g_autofree char *path = make_rsa ();
  g_autoptr (GError) error = NULL;
  g_autoptr (PnSigner) signer = pn_pem_signer_new_from_file (path, give_up, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (signer);
}

typedef struct
{
  const char *name;
  const char *arguments; /* of openssl */
  const char *sentence;
} WrongKey;

static const WrongKey wrong_keys[] = {
  { "rsa1024", "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024", "has 1024 bits" },
  { "rsa3072", "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072", "has 3072 bits" },
  { "rsa4096", "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:4096", "has 4096 bits" },
  { "rsa2047", "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2047", "has 2047 bits" },
  { "exponent-3",
    "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:3",
    "exponent is not 65537" },
  { "pss", "genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048", "of the type RSA-PSS" },
  { "ec", "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256", "of the type EC" },
  { "ed25519", "genpkey -algorithm ED25519", "of the type ED25519" },
  { "public", "pkey -in rsa.pem -pubout", "holds a public key" },
  { "public-pkcs1", "rsa -in rsa.pem -RSAPublicKey_out", "holds a public key" },
  { "certificate", "req -x509 -key rsa.pem -subj /CN=Kiln -days 2", "holds a certificate" },
  { "der", "pkey -in rsa.pem -outform DER", "no private key in PEM" },
};

static void
test_wrong_key (gconstpointer data)
{
  const WrongKey *wrong = data;
  g_autofree char *rsa = make_rsa ();
  g_autofree char *path = make_key (wrong->name, wrong->arguments);

  assert_refused (path, NULL, NULL, wrong->sentence);
}

/* What ssh-keygen writes by default: a form of its own in the same kind of frame. */
static void
test_openssh (void)
{
  static const char content[] = "openssh-key-v1\0\0\0\0\4none\0\0\0\4none\0\0\0\0\0\0\0\1";
  g_autofree char *base64 = g_base64_encode ((const guint8 *) content, sizeof content - 1);
  g_autofree char *text = g_strdup_printf ("-----BEGIN OPENSSH PRIVATE KEY-----\n%s\n"
                                           "-----END OPENSSH PRIVATE KEY-----\n",
                                           base64);
  g_autofree char *path = in_folder ("id_rsa");

  write_file ("id_rsa", text, strlen (text));
  assert_refused (path, NULL, NULL, "OpenSSH");
}

/* Up to the last letter of its last line no part of a key is a key. */
static void
test_truncated (gconstpointer data)
{
  gboolean encrypted = GPOINTER_TO_INT (data);
  g_autofree char *rsa = make_rsa ();
  g_autofree char *path =
      encrypted ? make_key ("encrypted-cut.pem", "pkcs8 -topk8 -in rsa.pem -v2 aes-256-cbc -iter 1 "
                                                 "-passout 'pass:" PASSPHRASE "'")
                : make_rsa ();
  g_autoptr (GBytes) whole = read_file (path);
  const char *text = g_bytes_get_data (whole, NULL);
  gsize size = g_bytes_get_size (whole);

  g_assert_cmpint (text[size - 1], ==, '\n');
  for (gsize length = 0; length < size - 1; length++)
    {
      g_autoptr (PnSecret) cut = pn_secret_new (text, length);
      g_autoptr (GError) error = NULL;

      g_assert_null (pn_pem_signer_new (cut, give_passphrase, (gpointer) PASSPHRASE, &error));
      g_assert_error (error, PN_ERROR, PN_ERROR_KEY);
    }
}

static void
test_no_file (void)
{
  g_autofree char *none = in_folder ("none.pem");
  g_autofree char *large = in_folder ("large.pem");
  g_autofree char *spaces = g_strnfill (5000, '\n');
  g_autofree char *empty = in_folder ("empty.pem");
  g_autofree char *zeros = in_folder ("zeros.pem");
  g_autofree char *fifo = in_folder ("fifo");

  assert_refused (none, NULL, NULL, "No such file");
  assert_refused (folder, NULL, NULL, "not a regular file");
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  assert_refused (fifo, NULL, NULL, "not a regular file");
  write_file ("large.pem", spaces, 5000);
  assert_refused (large, NULL, NULL, "too large for a key file");
  write_file ("empty.pem", "", 0);
  assert_refused (empty, NULL, NULL, "no private key in PEM");
  write_file ("zeros.pem", (char[64]){ 0 }, 64);
  assert_refused (zeros, NULL, NULL, "no private key in PEM");
}

/* The public tools' outputs for a fixed key: pubkey.bin, its hash, and a signature. */
static void
test_vectors (void)
{
  g_autofree char *vectors = g_build_filename (g_getenv ("PUNNET_VECTORS"), "eeprom", NULL);
  static const char *const keys[] = { "key-a-private.pem", "key-a-private-pkcs1.pem" };
  g_autofree char *blob_path = g_build_filename (vectors, "expected", "key-a-pubkey.bin", NULL);
  g_autofree char *hash_path = g_build_filename (vectors, "expected", "key-a-keyhash.txt", NULL);
  g_autofree char *boot_path = g_build_filename (vectors, "inputs", "sample-boot.img", NULL);
  g_autofree char *sig_path = g_build_filename (vectors, "expected", "boot-sig-tool.sig", NULL);
  g_autofree char *hash = NULL;
  g_autofree char *sig = NULL;
  g_autoptr (GBytes) blob = NULL;
  g_autoptr (GBytes) boot = NULL;

  if (!g_file_test (vectors, G_FILE_TEST_IS_DIR))
    {
      g_test_skip ("needs ../shared/vectors");
      return;
    }
  blob = read_file (blob_path);
  boot = pn_read_file (boot_path, 64 * 1024 * 1024, NULL);
  g_assert_nonnull (boot);
  g_assert_true (g_file_get_contents (hash_path, &hash, NULL, NULL));
  g_assert_true (g_file_get_contents (sig_path, &sig, NULL, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autofree char *path = g_build_filename (vectors, "keys", keys[i], NULL);
      g_autoptr (PnSigner) signer = open_key (path);
      g_autofree char *ours = fingerprint (signer);
      g_autofree char *hex = NULL;
      guint8 signature[PN_SIGNATURE_SIZE];

      g_assert_true (
          g_bytes_equal (blob, pn_public_key_get_blob (pn_signer_get_public_key (signer))));
      g_assert_cmpstr (ours, ==, g_strchomp (hash));
      sign (signer, boot, signature);
      hex = pn_hex_encode (signature, sizeof signature);
      g_assert_nonnull (strstr (sig, hex));
    }
}

static void
remove_folder (void)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = in_folder (name);

      g_assert_cmpint (g_unlink (path), ==, 0);
    }
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("punnet-signing-XXXXXX", NULL);
  g_assert_nonnull (folder);
  g_test_add_func ("/signing/fingerprint", test_fingerprint);
  g_test_add_func ("/signing/sign", test_sign);
  g_test_add_func ("/signing/verify", test_verify);
  g_test_add_func ("/signing/cancelled", test_cancelled);
  g_test_add_func ("/signing/blob", test_blob);
  g_test_add_data_func ("/signing/encrypted/pkcs8", "-v2 aes-256-cbc", test_encrypted);
  g_test_add_data_func ("/signing/encrypted/traditional", NULL, test_encrypted);
  g_test_add_func ("/signing/not-asked", test_not_asked);
  for (guint i = 0; i < G_N_ELEMENTS (wrong_keys); i++)
    {
      g_autofree char *path = g_strconcat ("/signing/wrong/", wrong_keys[i].name, NULL);

      g_test_add_data_func (path, &wrong_keys[i], test_wrong_key);
    }
  g_test_add_func ("/signing/wrong/openssh", test_openssh);
  g_test_add_data_func ("/signing/truncated/plain", GINT_TO_POINTER (FALSE), test_truncated);
  g_test_add_data_func ("/signing/truncated/encrypted", GINT_TO_POINTER (TRUE), test_truncated);
  g_test_add_func ("/signing/no-file", test_no_file);
  g_test_add_func ("/signing/vectors", test_vectors);
  status = g_test_run ();
  remove_folder ();
  return status;
}
