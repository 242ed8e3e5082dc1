/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-test-variants.h"

#include <glib/gstdio.h>
#include <unistd.h>

#include "pn-bundle-store-private.h"
#include "pn-manifest-private.h"

static PnManifest *
make_manifest (PnTestInputs *inputs, guint number)
{
  g_autoptr (PnBundle) bundle = pn_test_inputs_bundle (inputs, PN_MODE_NAKED, PN_STORAGE_EMMC);
  g_autoptr (GError) error = NULL;
  PnManifest *manifest =
      pn_manifest_parse (pn_manifest_get_bytes (pn_bundle_get_manifest (bundle)), &error);

  g_assert_no_error (error);
  g_free (manifest->recipe_name);
  manifest->recipe_name = g_strdup_printf ("variant %u", number);
  g_clear_pointer (&manifest->bytes, g_bytes_unref);
  g_assert_true (pn_manifest_seal (manifest, &error));
  return manifest;
}

guint64
pn_test_variant_size (PnTestInputs *inputs)
{
  g_autoptr (PnManifest) manifest = make_manifest (inputs, 100);

  return pn_stored_bundle_size (manifest);
}

char *
pn_test_variant (PnTestInputs *inputs, guint number, char **digest)
{
  g_autoptr (PnManifest) manifest = make_manifest (inputs, number);
  g_autofree char *name = g_strdup_printf ("variant-%u", number);
  g_autofree char *folder = g_build_filename (inputs->folder, name, NULL);
  g_autofree char *file = g_build_filename (folder, PN_MANIFEST_NAME, NULL);
  PnSha256 hash = pn_manifest_get_digest (manifest);
  gsize size;
  const char *json = g_bytes_get_data (pn_manifest_get_bytes (manifest), &size);

  if (digest != NULL)
    *digest = pn_sha256_to_hex (&hash);
  if (g_mkdir (folder, 0700) < 0)
    return g_steal_pointer (&folder);
  for (guint i = 0; i < pn_manifest_get_n_artefacts (manifest); i++)
    {
      const char *artefact = pn_manifest_get_artefact (manifest, i)->name;
      g_autofree char *from =
          g_build_filename (inputs->folder, "bundle-naked-emmc", artefact, NULL);
      g_autofree char *to = g_build_filename (folder, artefact, NULL);

      g_assert_cmpint (link (from, to), ==, 0);
    }
  g_assert_true (g_file_set_contents (file, json, (gssize) size, NULL));
  return g_steal_pointer (&folder);
}
