/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-test-judge-private.h"

#include <json-glib/json-glib.h>
#include <string.h>
#include <sys/stat.h>

#include "pn-bytes.h"
#include "pn-chip.h"
#include "pn-io.h"
#include "pn-sparse-reader.h"

#define MAX_FILE (4 * 1024 * 1024)
#define LABEL "root"

void
pn_test_look_clear (PnTestLook *self)
{
  g_clear_pointer (&self->otp, g_free);
  g_clear_pointer (&self->eeprom, g_free);
}

static JsonObject *
read_otp (JsonParser *parser, const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "otp.json", NULL);
  g_autoptr (GError) error = NULL;

  json_parser_load_from_file (parser, path, &error);
  g_assert_no_error (error);
  return json_node_get_object (json_parser_get_root (parser));
}

static gboolean
has_bits (JsonObject *otp, const char *member)
{
  const char *hex = json_object_get_string_member (otp, member);

  return strspn (hex, "0") != strlen (hex);
}

void
pn_test_look (const char *folder, PnTestLook *look)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autofree char *eeprom = g_build_filename (folder, "eeprom.bin", NULL);
  g_autofree char *storage = g_build_filename (folder, "storage.img", NULL);
  g_autoptr (GBytes) image = pn_read_file (eeprom, MAX_FILE, NULL);
  JsonObject *otp = read_otp (parser, folder);
  struct stat status;

  pn_test_look_clear (look);
  g_assert_cmpint (stat (storage, &status), ==, 0);
  look->storage = status.st_mtim.tv_sec * G_GINT64_CONSTANT (1000000000) + status.st_mtim.tv_nsec;
  look->device_key = has_bits (otp, "device-key");
  look->jtag_locked = json_object_get_boolean_member (otp, "jtag-locked");
  look->gpio = (guint) json_object_get_int_member_with_default (otp, "rpiboot-gpio", 0);
  g_assert_true (pn_sha256_from_hex (json_object_get_string_member (otp, "customer-key-hash"),
                                     &look->key_hash));
  look->otp = g_strdup_printf (
      "%.8s%s%s%u", json_object_get_string_member (otp, "customer-key-hash"),
      look->device_key ? " device-key" : "", look->jtag_locked ? " jtag " : " ", look->gpio);
  if (image != NULL)
    {
      PnSha256 digest = pn_sha256_bytes (image);

      look->eeprom = pn_sha256_to_hex (&digest);
    }
  else
    look->eeprom = g_strdup ("");
}

/* ---- storage ---- */

typedef struct
{
  PnVirtualStorage *storage;
  const char *node;
  guint64 offset, bytes;
  gint64 wrong; /* the first byte; -1 = none */
} Comparing;

static void
compare_cb (guint64 first_block, const guint8 *data, guint64 size, guint32 fill, gpointer user_data)
{
  Comparing *self = user_data;
  guint64 at = first_block * PN_RUN_BLOCK_SIZE;
  guint8 there[PN_RUN_BLOCK_SIZE], filled[PN_RUN_BLOCK_SIZE];

  for (guint i = 0; i < PN_RUN_BLOCK_SIZE; i += 4)
    pn_poke_le32 (filled + i, fill);
  for (guint64 done = 0; done < size && self->wrong < 0; done += PN_RUN_BLOCK_SIZE)
    if (!pn_virtual_storage_read (self->storage, self->node, self->offset + at + done, there,
                                  sizeof there) ||
        memcmp (there, data != NULL ? data + done : filled, sizeof there) != 0)
      self->wrong = (gint64) (at + done);
  self->bytes += size;
}

char *
pn_test_judge_compare (PnVirtualStorage *storage, const char *node, guint64 offset, PnRuns *runs)
{
  Comparing comparing = { storage, node, offset, 0, -1 };
  g_autoptr (PnSparseReader) reader =
      pn_sparse_reader_new (runs, 0, pn_runs_get_n_blocks (runs), compare_cb, &comparing);
  g_autofree guint8 *buffer = g_malloc (1024 * 1024);
  g_autoptr (GError) error = NULL;
  gssize got;

  while ((got = pn_sparse_reader_read (reader, buffer, 1024 * 1024, &error)) > 0)
    ;
  g_assert_no_error (error);
  g_assert_cmpuint (comparing.bytes, >, 0);
  return comparing.wrong < 0 ? NULL
                             : g_strdup_printf ("%s differs at byte %" G_GINT64_FORMAT
                                                " of what begins at %" G_GUINT64_FORMAT,
                                                node, comparing.wrong, offset);
}

/* Of the device's own key; NULL where it has none. */
static char *
get_passphrase (JsonObject *otp, PnVirtualStorage *storage)
{
  PnSha256 key; /* as many bytes */

  if (!has_bits (otp, "device-key"))
    return NULL;
  g_assert_true (pn_sha256_from_hex (json_object_get_string_member (otp, "device-key"), &key));
  return pn_virtual_storage_passphrase (key.bytes, pn_virtual_storage_get_identifier (storage));
}

static char *
judge_encrypted (const PnTestContents *contents, PnVirtualStorage *storage, const char *passphrase)
{
  const char *disk = pn_virtual_storage_get_disk (storage);
  g_autofree char *boot = g_strdup_printf ("%sp1", disk);
  g_autofree char *root = g_strdup_printf ("%sp2", disk);
  char *wrong;

  if (!pn_virtual_storage_map (storage, root, "judge", passphrase))
    return g_strdup_printf ("%s cannot be opened with the device's key", root);
  wrong = pn_test_judge_compare (storage, boot, 0, contents->boot);
  if (wrong == NULL)
    wrong = pn_test_judge_compare (storage, "mapper/judge", 0, contents->root);
  pn_virtual_storage_unmap_all (storage);
  return wrong;
}

static char *
judge_storage (const char *folder, const PnTestContents *contents, guint64 size)
{
  PnStorage kind = pn_manifest_get_storage (contents->manifest);
  g_autofree char *path = g_build_filename (folder, "storage.img", NULL);
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *otp = read_otp (parser, folder);
  g_autoptr (GError) error = NULL;
  g_autoptr (PnVirtualStorage) storage = NULL;
  g_autofree char *passphrase = NULL;

  if (contents->disk == NULL && contents->root == NULL && contents->set == NULL)
    return NULL;
  storage = pn_virtual_storage_open (
      path, kind, size, json_object_get_string_member (otp, "storage-identifier"), &error);
  g_assert_no_error (error);
  passphrase = get_passphrase (otp, storage);
  if (contents->set != NULL)
    return pn_test_judge_set (storage, contents->set, passphrase);
  return contents->disk != NULL
             ? pn_test_judge_compare (storage, pn_virtual_storage_get_disk (storage), 0,
                                      contents->disk)
             : judge_encrypted (contents, storage, passphrase);
}

/* ---- OTP and EEPROM ---- */

static gboolean
wants (PnManifest *manifest, const char *step)
{
  return g_strv_contains (pn_manifest_get_permanent (manifest), step);
}

char *
pn_test_judge_done (const char *folder, const PnTestContents *contents, guint64 storage_size)
{
  PnManifest *manifest = contents->manifest;
  const PnArtefact *eeprom = pn_manifest_find (manifest, PN_ROLE_EEPROM);
  gboolean locks = pn_mode_locks (pn_manifest_get_mode (manifest));
  g_auto (PnTestLook) look = { 0 };

  pn_test_look (folder, &look);
  if (locks)
    {
      PnSha256 ours = pn_public_key_get_fingerprint (pn_manifest_get_public_key (manifest));

      if (!pn_sha256_equal (&ours, &look.key_hash))
        return g_strdup ("its OTP does not hold our key");
    }
  else if (!pn_sha256_is_zero (&look.key_hash))
    return g_strdup ("a key is in its OTP");
  if (wants (manifest, "device-key") && !look.device_key)
    return g_strdup ("it has no key of its own");
  if (wants (manifest, "jtag-lock") != look.jtag_locked)
    return g_strdup (look.jtag_locked ? "JTAG is locked" : "JTAG is open");
  if (wants (manifest, "rpiboot-gpio") && look.gpio != 0 &&
      look.gpio != pn_manifest_get_rpiboot_gpio (manifest))
    return g_strdup ("another GPIO is in OTP");
  if (eeprom != NULL && pn_manifest_updates_eeprom (manifest))
    {
      g_autofree char *wanted = pn_sha256_to_hex (&eeprom->digest);

      if (!g_str_equal (look.eeprom, wanted))
        return g_strdup ("its EEPROM is not ours");
    }
  return judge_storage (folder, contents, storage_size);
}
