/* SPDX-License-Identifier: GPL-3.0-or-later */
/* "N.bundle" of a recipe: key file text that says where the sealed bundle of revision N is. */
#include "config.h"

#include "pn-recipe-store-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "pn-io.h"
#include "pn-bundle.h"

#include <glib/gi18n-lib.h>

#define MAX_NOTE (16 * 1024)
#define BUNDLE "Bundle"
#define REHEARSAL "Rehearsal"

void
pn_recipe_bundle_free (PnRecipeBundle *self)
{
  g_free (self->folder);
  g_free (self->digest);
  g_free (self->fingerprint);
  g_free (self->message);
  g_free (self);
}

static gboolean
is_digest (const char *hex)
{
  PnSha256 digest;

  return hex != NULL && pn_sha256_from_hex (hex, &digest);
}

/* Pure, but for @bundles, which is put before the folder's name. */
static PnRecipeBundle *
parse_note (GBytes *text, const char *bundles, GError **error)
{
  g_autoptr (PnRecipeBundle) self = g_new0 (PnRecipeBundle, 1);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *folder = NULL;
  gsize size;
  const char *data = g_bytes_get_data (text, &size);

  if (g_key_file_load_from_data (file, data, size, G_KEY_FILE_NONE, NULL))
    folder = g_key_file_get_string (file, BUNDLE, "Folder", NULL);
  self->digest = g_key_file_get_string (file, BUNDLE, "Digest", NULL);
  self->fingerprint = g_key_file_get_string (file, BUNDLE, "Fingerprint", NULL);
  self->prepared = g_key_file_get_int64 (file, BUNDLE, "Prepared", NULL);
  self->rehearsed = g_key_file_get_int64 (file, REHEARSAL, "Time", NULL);
  self->passed = g_key_file_get_boolean (file, REHEARSAL, "Passed", NULL);
  self->message = g_key_file_get_string (file, REHEARSAL, "Message", NULL);
  if (folder == NULL || folder[0] == '\0' || folder[0] == '.' || strchr (folder, '/') != NULL ||
      !is_digest (self->digest) || self->prepared <= 0 || self->rehearsed < 0 ||
      (self->fingerprint != NULL && !is_digest (self->fingerprint)))
    {
      pn_set_error (error, PN_ERROR_INVALID_DATA,
                    "What was noted of the bundle cannot be read: prepare it again");
      return NULL;
    }
  self->folder = g_build_filename (bundles, folder, NULL);
  return g_steal_pointer (&self);
}

static GBytes *
write_note (const PnRecipeBundle *self)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *folder = g_path_get_basename (self->folder);
  gsize size;
  char *text;

  g_key_file_set_string (file, BUNDLE, "Folder", folder);
  g_key_file_set_string (file, BUNDLE, "Digest", self->digest);
  if (self->fingerprint != NULL)
    g_key_file_set_string (file, BUNDLE, "Fingerprint", self->fingerprint);
  g_key_file_set_int64 (file, BUNDLE, "Prepared", self->prepared);
  if (self->rehearsed > 0)
    {
      g_key_file_set_int64 (file, REHEARSAL, "Time", self->rehearsed);
      g_key_file_set_boolean (file, REHEARSAL, "Passed", self->passed);
      g_key_file_set_string (file, REHEARSAL, "Message", self->message);
    }
  text = g_key_file_to_data (file, &size, NULL);
  return g_bytes_new_take (text, size);
}

char *
pn_recipe_store_choose_bundle (PnRecipeStore *self, const char *id, guint revision, GError **error)
{
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;

  if (g_mkdir_with_parents (self->bundles, 0700) < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot make %s", self->bundles);
      return NULL;
    }
  for (;; now++)
    {
      g_autofree char *name = g_strdup_printf ("%s-%u-%" G_GINT64_FORMAT, id, revision, now);
      g_autofree char *path = g_build_filename (self->bundles, name, NULL);

      if (!g_file_test (path, G_FILE_TEST_EXISTS))
        return g_steal_pointer (&path);
    }
}

PnRecipeBundle *
pn_recipe_store_get_bundle (PnRecipeStore *self, const char *id, guint revision, GError **error)
{
  g_autofree char *path = pn_recipe_store_revision_path (self, id, revision, "bundle", error);
  g_autoptr (GError) local = NULL;
  g_autoptr (GBytes) text = path != NULL ? pn_read_file (path, MAX_NOTE, &local) : NULL;
  g_autoptr (PnRecipeBundle) bundle = NULL;

  if (g_error_matches (local, PN_ERROR, PN_ERROR_NOT_FOUND))
    return NULL;
  if (local != NULL)
    g_propagate_error (error, g_steal_pointer (&local));
  if (text == NULL)
    return NULL;
  bundle = parse_note (text, self->bundles, error);
  if (bundle != NULL && !g_file_test (bundle->folder, G_FILE_TEST_IS_DIR))
    return NULL;
  return g_steal_pointer (&bundle);
}

static gboolean
write_bundle (PnRecipeStore *self,
              const char *id,
              guint revision,
              const PnRecipeBundle *bundle,
              GError **error)
{
  g_autofree char *path = pn_recipe_store_revision_path (self, id, revision, "bundle", error);
  g_autoptr (GBytes) text = path != NULL ? write_note (bundle) : NULL;

  return text != NULL && pn_replace_file (path, text, error);
}

static PnManifest *
read_manifest (const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, PN_MANIFEST_NAME, NULL);
  g_autoptr (GBytes) bytes = pn_read_file (path, PN_MANIFEST_MAX, error);

  return bytes != NULL ? pn_manifest_parse (bytes, error) : NULL;
}

gboolean
pn_recipe_store_set_bundle (
    PnRecipeStore *self, const char *id, guint revision, const char *folder, GError **error)
{
  g_autoptr (PnManifest) manifest = read_manifest (folder, error);
  g_autoptr (PnRecipeBundle) before = NULL;
  g_autoptr (PnRecipeBundle) bundle = NULL;
  PnSha256 digest;

  if (manifest == NULL)
    return FALSE;
  before = pn_recipe_store_get_bundle (self, id, revision, NULL);
  bundle = g_new0 (PnRecipeBundle, 1);
  bundle->folder = g_strdup (folder);
  digest = pn_manifest_get_digest (manifest);
  bundle->digest = pn_sha256_to_hex (&digest);
  bundle->prepared = pn_manifest_get_timestamp (manifest);
  if (pn_manifest_get_public_key (manifest) != NULL)
    {
      digest = pn_public_key_get_fingerprint (pn_manifest_get_public_key (manifest));
      bundle->fingerprint = pn_sha256_to_hex (&digest);
    }
  if (!write_bundle (self, id, revision, bundle, error))
    return FALSE;
  if (before != NULL && !g_str_equal (before->folder, folder))
    pn_remove_folder (before->folder);
  return TRUE;
}

gboolean
pn_recipe_store_set_rehearsal (PnRecipeStore *self,
                               const char *id,
                               guint revision,
                               const char *digest,
                               gboolean passed,
                               const char *message,
                               GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (PnRecipeBundle) bundle = pn_recipe_store_get_bundle (self, id, revision, &local);

  if (local != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (bundle == NULL || g_ascii_strcasecmp (bundle->digest, digest) != 0)
    {
      pn_set_error (error, PN_ERROR_STALE,
                    "The bundle was prepared again meanwhile: rehearse the new one");
      return FALSE;
    }
  g_free (bundle->message);
  bundle->message = g_strdup (message);
  bundle->passed = passed;
  bundle->rehearsed = g_get_real_time () / G_USEC_PER_SEC;
  return write_bundle (self, id, revision, bundle, error);
}
