/* SPDX-License-Identifier: GPL-3.0-or-later */
/* luks-decrypt HEADER DATA OFFSET OUTPUT: a judge from outside, sharing no code with the virtual
 * device. Opens the LUKS2 header file HEADER with the passphrase on standard input (libcryptsetup),
 * decrypts DATA from byte OFFSET to its end as AES-256-XTS, plain64, and writes OUTPUT with holes
 * where the plain text is zero. */
#include "config.h"

#include <fcntl.h>
#include <glib.h>
#include <libcryptsetup.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pn-bytes.h"

#define KEY_SIZE 64
#define CHUNK (1024 * 1024)

static gboolean
volume_key (const char *header, guint8 *key, guint *sector_size)
{
  struct crypt_device *device = NULL;
  char passphrase[256];
  size_t key_size = KEY_SIZE;
  size_t length = fread (passphrase, 1, sizeof passphrase, stdin);
  int slot;

  if (crypt_init (&device, header) < 0 || crypt_load (device, CRYPT_LUKS2, NULL) < 0)
    return FALSE;
  *sector_size = (guint) crypt_get_sector_size (device);
  if (!g_str_equal (crypt_get_cipher (device), "aes") ||
      !g_str_equal (crypt_get_cipher_mode (device), "xts-plain64"))
    return FALSE;
  slot = crypt_volume_key_get (device, CRYPT_ANY_SLOT, (char *) key, &key_size, passphrase, length);
  crypt_free (device);
  return slot >= 0 && key_size == KEY_SIZE;
}

static gboolean
decrypt_sector (EVP_CIPHER_CTX *context, const guint8 *key, guint64 number, guint8 *data, int size)
{
  guint8 iv[16] = { 0 };
  int done;

  pn_poke_le64 (iv, number);
  return EVP_DecryptInit_ex (context, EVP_aes_256_xts (), NULL, key, iv) == 1 &&
         EVP_DecryptUpdate (context, data, &done, data, size) == 1 && done == size;
}

int
main (int argc, char **argv)
{
  g_autofree guint8 *buffer = g_malloc (CHUNK);
  EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new ();
  guint8 key[KEY_SIZE];
  guint sector_size;
  guint64 offset;
  guint64 at = 0;
  struct stat status;
  int in, out;

  if (argc != 5 || !g_ascii_string_to_unsigned (argv[3], 10, 0, G_MAXINT64, &offset, NULL))
    return 2;
  if (!volume_key (argv[1], key, &sector_size))
    {
      fputs ("luks-decrypt: the passphrase does not open the header\n", stderr);
      return 1;
    }
  in = open (argv[2], O_RDONLY);
  out = open (argv[4], O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (in < 0 || out < 0 || fstat (in, &status) < 0 ||
      ftruncate (out, status.st_size - (off_t) offset) < 0)
    return 1;
  for (;;)
    {
      gssize got = pread (in, buffer, CHUNK, (off_t) (offset + at));

      if (got <= 0)
        {
          EVP_CIPHER_CTX_free (context);
          return got < 0;
        }
      for (gssize i = 0; i + (gssize) sector_size <= got; i += sector_size)
        /* plain64 counts 512-byte units whatever the sector size is. */
        if (!decrypt_sector (context, key, (at + (guint64) i) / 512, buffer + i, (int) sector_size))
          return 1;
      if (!pn_bytes_all (buffer, (gsize) got, 0) &&
          pwrite (out, buffer, (gsize) got, (off_t) at) != got)
        return 1;
      at += (guint64) got;
    }
}
