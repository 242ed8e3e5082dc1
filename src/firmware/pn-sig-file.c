/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "pn-sig-file.h"

#include <string.h>

#include "pn-error.h"

#define MAX_SIZE 2048 /* bytes; the longest has 619 */
#define KEY_TS "ts: "
#define KEY_SOC "target-soc: "
#define KEY_RSA "rsa2048: "

static gboolean
malformed (GError **error, const char *what)
{
  g_autofree char *part = pn_sentence_part (what);

  pn_set_error (error, PN_ERROR_INVALID_DATA, "The signature file %s", part);
  return FALSE;
}

static gboolean
parse_line (const char *line, PnSigFile *file, GError **error)
{
  g_autoptr (GBytes) signature = NULL;
  guint64 number;

  if (g_str_has_prefix (line, KEY_TS))
    {
      if (file->timestamp >= 0 ||
          !g_ascii_string_to_unsigned (line + strlen (KEY_TS), 10, 0, G_MAXINT64, &number, NULL))
        return malformed (error, N_ ("has a wrong or second ts line"));
      file->timestamp = (gint64) number;
      return TRUE;
    }
  if (g_str_has_prefix (line, KEY_SOC))
    {
      if (file->target_soc != 0 ||
          !g_ascii_string_to_unsigned (line + strlen (KEY_SOC), 10, 2711, 2712, &number, NULL))
        return malformed (error, N_ ("has a wrong or second target-soc line"));
      file->target_soc = (int) number;
      return TRUE;
    }
  if (g_str_has_prefix (line, KEY_RSA))
    {
      const char *hex = line + strlen (KEY_RSA);

      if (file->has_signature)
        return malformed (error, N_ ("has two signatures"));
      if (strlen (hex) != 2 * PN_SIGNATURE_SIZE || (signature = pn_hex_decode (hex, -1)) == NULL)
        return malformed (error,
                          N_ ("has an empty or incomplete signature: signing it has failed"));
      memcpy (file->signature, g_bytes_get_data (signature, NULL), PN_SIGNATURE_SIZE);
      file->has_signature = TRUE;
      return TRUE;
    }
  return malformed (error, N_ ("has a line that is not known"));
}

gboolean
pn_sig_file_parse (GBytes *text, PnSigFile *file, GError **error)
{
  PnSigFile result = { .timestamp = -1 };
  gsize size;
  const char *data = g_bytes_get_data (text, &size);
  g_autofree char *copy = NULL;
  g_auto (GStrv) lines = NULL;

  if (size == 0)
    return malformed (error, N_ ("is empty"));
  if (size > MAX_SIZE)
    return malformed (error, N_ ("is too long"));
  if (memchr (data, '\0', size) != NULL)
    return malformed (error, N_ ("is not text"));
  copy = g_strndup (data, size);
  lines = g_strsplit (copy, "\n", 0);
  if (!pn_sha256_from_hex (lines[0], &result.digest))
    return malformed (error, N_ ("does not begin with a SHA-256"));
  for (guint i = 1; lines[i] != NULL; i++)
    if ((lines[i][0] != '\0' || lines[i + 1] != NULL) && !parse_line (lines[i], &result, error))
      return FALSE;
  *file = result;
  return TRUE;
}

GBytes *
pn_sig_file_build (const PnSha256 *digest,
                   gint64 timestamp,
                   int target_soc,
                   PnSigner *signer,
                   GCancellable *cancellable,
                   GError **error)
{
  g_autofree char *hex = pn_sha256_to_hex (digest);
  GString *text = g_string_new (hex);

  g_string_append_c (text, '\n');
  if (timestamp >= 0)
    g_string_append_printf (text, KEY_TS "%" G_GINT64_FORMAT "\n", timestamp);
  if (target_soc != 0)
    g_string_append_printf (text, KEY_SOC "%d\n", target_soc);
  if (signer != NULL)
    {
      guint8 signature[PN_SIGNATURE_SIZE];
      g_autofree char *signature_hex = NULL;

      if (!pn_signer_sign (signer, digest, signature, cancellable, error))
        {
          g_string_free (text, TRUE);
          return NULL;
        }
      signature_hex = pn_hex_encode (signature, sizeof signature);
      g_string_append_printf (text, KEY_RSA "%s\n", signature_hex);
    }
  return g_string_free_to_bytes (text);
}

gboolean
pn_sig_file_verify (GBytes *text, const PnSha256 *digest, PnPublicKey *key, GError **error)
{
  PnSigFile file;

  if (!pn_sig_file_parse (text, &file, error))
    return FALSE;
  if (!pn_sha256_equal (&file.digest, digest))
    {
      pn_set_error (error, PN_ERROR_SIGNATURE,
                    "The signature file is for another file: the hash differs");
      return FALSE;
    }
  if (key == NULL)
    return TRUE;
  if (!file.has_signature)
    {
      pn_set_error (error, PN_ERROR_SIGNATURE, "The signature file has no signature");
      return FALSE;
    }
  return pn_public_key_verify (key, digest, file.signature, error);
}
