/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-certificate-page.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <string.h>

#include "pn-digest.h"
#include "pn-error.h"
#include "pn-io.h"
#include "pn-json.h"

#define CANONICAL "{}[]:,-0123456789aeflnrstu"
#define MAX_DEPTH 8
#define SIGNATURE_DIGITS 128
#define KEY_FILE "station-key.pub"
#define INDEX_FILE "index.csv"
#define HELP_FILE "VERIFY.txt"

/* Hexadecimal digits only: they become the name of a file. */
static gboolean
is_serial (const char *text)
{
  gsize n = text != NULL ? strlen (text) : 0;

  return n > 0 && n <= 16 && strspn (text, "0123456789abcdefABCDEF") == n;
}

static gboolean
read_name (PnCertificate *self, JsonNode *root)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;
  JsonNode *device = object != NULL ? json_object_get_member (object, "device") : NULL;
  JsonNode *run = object != NULL ? json_object_get_member (object, "run") : NULL;
  gint64 record;

  if (device == NULL || !JSON_NODE_HOLDS_OBJECT (device) || run == NULL ||
      !JSON_NODE_HOLDS_OBJECT (run))
    return FALSE;
  self->serial = g_strdup (
      json_object_get_string_member_with_default (json_node_get_object (device), "serial", NULL));
  record = json_object_get_int_member_with_default (json_node_get_object (run), "record", 0);
  self->name = g_strdup_printf ("%s-%" G_GINT64_FORMAT, self->serial, record);
  return is_serial (self->serial) && record > 0;
}

PnCertificate *
pn_certificate_new (const char *json, const char *signature, GError **error)
{
  g_autoptr (PnCertificate) self = g_new0 (PnCertificate, 1);
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (GBytes) bytes = pn_hex_decode (signature, -1);
  gsize size = strlen (json);
  PnSha256 digest = pn_sha256 (json, size);

  self->json = g_strdup (json);
  self->signature = g_strdup (signature);
  self->digest = pn_sha256_to_hex (&digest);
  if (bytes != NULL && strlen (signature) == SIGNATURE_DIGITS && size <= PN_CERTIFICATE_MAX &&
      pn_json_scan (json, size, CANONICAL, MAX_DEPTH) > 0 &&
      json_parser_load_from_data (parser, json, (gssize) size, NULL) &&
      json_parser_get_root (parser) != NULL && read_name (self, json_parser_get_root (parser)))
    return g_steal_pointer (&self);
  pn_set_error (error, PN_ERROR_INVALID_DATA,
                "The helper's certificate cannot be read; a run whose device never said its serial "
                "cannot be certified");
  return NULL;
}

void
pn_certificate_free (PnCertificate *self)
{
  g_free (self->json);
  g_free (self->signature);
  g_free (self->name);
  g_free (self->serial);
  g_free (self->digest);
  g_free (self);
}

/* ---- files ---- */

/* Takes @bytes. */
static gboolean
write_file (const char *folder, const char *name, GBytes *bytes, gboolean replace, GError **error)
{
  g_autoptr (GBytes) owned = bytes;
  g_autofree char *path = g_build_filename (folder, name, NULL);

  return replace ? pn_replace_file (path, owned, error) : pn_create_file (path, owned, error);
}

static gboolean
save_one (PnCertificate *self, const char *folder, gboolean replace, GError **error)
{
  g_autofree char *json = g_strconcat (self->name, ".json", NULL);
  g_autofree char *signature = g_strconcat (self->name, ".sig", NULL);
  g_autofree char *page = g_strconcat (self->name, ".pdf", NULL);
  GBytes *pdf = pn_certificate_to_pdf (self, error);

  return pdf != NULL && write_file (folder, page, pdf, replace, error) &&
         write_file (folder, signature, pn_hex_decode (self->signature, -1), replace, error) &&
         write_file (folder, json, g_bytes_new (self->json, strlen (self->json)), replace, error);
}

static GBytes *
make_index (GPtrArray *certificates)
{
  GString *text = g_string_new ("serial,certificate,signature,page,sha256\n");
  gsize size;

  for (guint i = 0; i < certificates->len; i++)
    {
      const PnCertificate *one = certificates->pdata[i];

      g_string_append_printf (text, "%s,%s.json,%s.sig,%s.pdf,%s\n", one->serial, one->name,
                              one->name, one->name, one->digest);
    }
  size = text->len;
  return g_bytes_new_take (g_string_free (text, FALSE), size);
}

static GBytes *
make_help (GPtrArray *certificates)
{
  const PnCertificate *first = certificates->pdata[0];
  char *text = g_strdup_printf (
      "Each certificate is a JSON file, signed by the station that made the device; the signature "
      "(Ed25519)\nis beside it. To verify one, with OpenSSL 3 alone:\n\n"
      "  openssl pkeyutl -verify -pubin -inkey " KEY_FILE " -rawin -in %s.json -sigfile %s.sig\n\n"
      "" KEY_FILE
      " is the station's public key. That it is, its owner can tell by its fingerprint, "
      "which the\ncertificate names as “station-key”:\n\n"
      "  openssl pkey -pubin -in " KEY_FILE " -outform DER | sha256sum\n\n"
      "The PDF is for people: its code holds the serial and the SHA-256 of the JSON file.\n",
      first->name, first->name);

  return g_bytes_new_take (text, strlen (text));
}

gboolean
pn_certificates_save (GPtrArray *certificates,
                      const char *station_key,
                      const char *folder,
                      gboolean replace,
                      GError **error)
{
  g_return_val_if_fail (certificates->len > 0, FALSE);
  if (g_mkdir_with_parents (folder, 0755) < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot make %s", folder);
      return FALSE;
    }
  for (guint i = 0; i < certificates->len; i++)
    if (!save_one (certificates->pdata[i], folder, replace, error))
      return FALSE;
  /* These are of the last time. */
  return write_file (folder, KEY_FILE, g_bytes_new (station_key, strlen (station_key)), TRUE,
                     error) &&
         write_file (folder, INDEX_FILE, make_index (certificates), TRUE, error) &&
         write_file (folder, HELP_FILE, make_help (certificates), TRUE, error);
}
