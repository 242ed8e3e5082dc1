/* SPDX-License-Identifier: GPL-3.0-or-later */
/* punnetctl prepare: recipe in, sealed bundle out. */
#include "config.h"

#include "pn-ctl.h"

#include <fcntl.h>
#include <json-glib/json-glib.h>
#include <stdio.h>

#include "pn-io.h"
#include "pn-prepare.h"

static void
print_result (PnManifest *manifest, const char *output)
{
  PnSha256 digest = pn_manifest_get_digest (manifest);
  g_autofree char *hex = pn_sha256_to_hex (&digest);
  g_autofree char *name = g_filename_display_name (output);
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *text = NULL;
  gsize size;
  const char *data = g_bytes_get_data (pn_manifest_get_bytes (manifest), &size);

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "bundle");
  json_builder_add_string_value (builder, name);
  json_builder_set_member_name (builder, "digest");
  json_builder_add_string_value (builder, hex);
  json_builder_set_member_name (builder, "manifest");
  if (json_parser_load_from_data (parser, data, (gssize) size, NULL))
    json_builder_add_value (builder, json_parser_steal_root (parser));
  else
    json_builder_add_null_value (builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  text = json_to_string (root, FALSE);
  puts (text);
}

/* The manifest of what was just made. */
static gboolean
report (const char *output, gboolean json, GError **error)
{
  g_auto (PnFd) fd = pn_open (output, O_RDONLY | O_DIRECTORY, error);
  g_auto (PnFd) file = fd >= 0 ? pn_open_at (fd, PN_MANIFEST_NAME, O_RDONLY, error) : -1;
  g_autoptr (GBytes) bytes = file >= 0 ? pn_read_file_fd (file, PN_MANIFEST_MAX, error) : NULL;
  g_autoptr (PnManifest) manifest = bytes != NULL ? pn_manifest_parse (bytes, error) : NULL;

  if (manifest == NULL)
    return FALSE;
  if (json)
    print_result (manifest, output);
  else
    printf ("%s\n", output);
  return TRUE;
}

static gboolean
prepare (const char *recipe_path,
         const char *output,
         const char *timestamp_text,
         int passphrase_fd,
         gboolean json,
         GError **error)
{
  g_autoptr (PnRecipe) recipe = pn_recipe_load (recipe_path, error);
  g_autoptr (PnSigner) signer = NULL;
  gint64 timestamp;

  if (recipe == NULL || !pn_ctl_choose_timestamp (timestamp_text, &timestamp, error))
    return FALSE;
  if (g_file_test (output, G_FILE_TEST_EXISTS))
    {
      g_set_error (error, PN_ERROR, PN_ERROR_EXISTS, "%s exists already; choose another name",
                   output);
      return FALSE;
    }
  if (recipe->mode == PN_MODE_SECURE_BOOT)
    {
      signer = pn_ctl_load_signer (recipe->key, passphrase_fd, error);
      if (signer == NULL)
        return FALSE;
    }
  return pn_prepare (recipe, signer, output, timestamp, pn_ctl_say, NULL, NULL, NULL, error) &&
         report (output, json, error);
}

int
pn_ctl_prepare (int argc, char **argv)
{
  g_autofree char *output = NULL;
  g_autofree char *timestamp = NULL;
  int passphrase_fd = -1;
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output, "The folder to make", "BUNDLE" },
    { "timestamp", 0, 0, G_OPTION_ARG_STRING, &timestamp,
      "The one recorded time (default: SOURCE_DATE_EPOCH, or now)", "SECONDS" },
    { "passphrase-fd", 0, 0, G_OPTION_ARG_INT, &passphrase_fd,
      "Read the key's passphrase from this descriptor", "FD" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "Print what was made as JSON", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("RECIPE");
  g_autoptr (GError) error = NULL;

  g_option_context_set_summary (context, "Makes a sealed bundle from a recipe.");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      pn_ctl_fail (error);
      return 2;
    }
  if (argc != 2 || output == NULL)
    {
      fputs ("Usage: punnetctl prepare RECIPE -o BUNDLE [--timestamp N] [--passphrase-fd N] "
             "[--json]\n",
             stderr);
      return 2;
    }
  return prepare (argv[1], output, timestamp, passphrase_fd, json, &error) ? 0
                                                                           : pn_ctl_fail (error);
}
