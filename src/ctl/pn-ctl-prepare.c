/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

#include "pn-bundle.h"
#include "pn-ctl.h"
#include "pn-io.h"
#include "pn-pem-signer.h"
#include "pn-prepare.h"

/* From the descriptor that was named, else from the terminal without echo. */
static PnSecret *
ask_passphrase (gpointer user_data, GError **error)
{
  int fd = *(int *) user_data;
  struct termios before, quiet;
  PnSecret *secret;

  if (fd >= 0)
    return pn_secret_new_from_fd (fd, error);
  if (tcgetattr (STDIN_FILENO, &before) < 0)
    {
      g_set_error_literal (error, PN_ERROR, PN_ERROR_KEY,
                           "The key file is encrypted; give its passphrase by --passphrase-fd");
      return NULL;
    }
  fputs ("Passphrase of the key file: ", stderr);
  quiet = before;
  quiet.c_lflag &= (tcflag_t) ~ECHO;
  (void) tcsetattr (STDIN_FILENO, TCSAFLUSH, &quiet);
  secret = pn_secret_new_from_fd (STDIN_FILENO, error);
  (void) tcsetattr (STDIN_FILENO, TCSAFLUSH, &before);
  fputc ('\n', stderr);
  return secret;
}

static void
say_cb (const char *sentence, gboolean warning, gpointer user_data)
{
  fprintf (stderr, warning ? "   Warning: %s\n" : "   %s\n", sentence);
}

static gint64
choose_timestamp (gint64 option)
{
  const char *epoch = g_getenv ("SOURCE_DATE_EPOCH");
  guint64 seconds;

  if (option >= 0)
    return option;
  if (epoch != NULL && g_ascii_string_to_unsigned (epoch, 10, 0, G_MAXINT64, &seconds, NULL))
    return (gint64) seconds;
  return g_get_real_time () / G_USEC_PER_SEC;
}

int
pn_ctl_prepare (int argc, char **argv)
{
  g_autofree char *output = NULL;
  gint64 timestamp = -1;
  int passphrase_fd = -1;
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output, "The bundle's folder; must not exist",
      "FOLDER" },
    { "timestamp", 0, 0, G_OPTION_ARG_INT64, &timestamp,
      "The one recorded clock, Unix seconds (else SOURCE_DATE_EPOCH, else now)", "N" },
    { "passphrase-fd", 0, 0, G_OPTION_ARG_INT, &passphrase_fd,
      "Read the key's passphrase from this descriptor", "N" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("RECIPE — make a sealed bundle");
  g_autoptr (PnRecipe) recipe = NULL;
  g_autoptr (PnSigner) signer = NULL;
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    return pn_ctl_fail (error);
  if (argc != 2 || output == NULL)
    {
      fputs ("Usage: punnetctl prepare RECIPE -o FOLDER\n", stderr);
      return 2;
    }
  recipe = pn_recipe_load (argv[1], &error);
  if (recipe == NULL)
    return pn_ctl_fail (error);
  if (recipe->mode == PN_MODE_SECURE_BOOT)
    {
      signer = pn_pem_signer_new_from_file (recipe->key, ask_passphrase, &passphrase_fd, &error);
      if (signer == NULL)
        return pn_ctl_fail (error);
    }
  if (!pn_prepare (recipe, signer, output, choose_timestamp (timestamp), say_cb, NULL, NULL,
                   &error))
    return pn_ctl_fail (error);
  printf ("%s\n", output);
  return 0;
}

static int
show (PnBundle *bundle, gboolean json)
{
  PnManifest *manifest = pn_bundle_get_manifest (bundle);
  PnPublicKey *key = pn_manifest_get_public_key (manifest);
  PnSha256 digest = pn_manifest_get_digest (manifest);
  g_autofree char *hex = pn_sha256_to_hex (&digest);
  g_autofree char *fingerprint = NULL;
  g_autofree char *permanent = g_strjoinv (", ", (char **) pn_manifest_get_permanent (manifest));
  PnSha256 hash;

  if (json)
    {
      GBytes *bytes = pn_manifest_get_bytes (manifest);

      (void) fwrite (g_bytes_get_data (bytes, NULL), 1, g_bytes_get_size (bytes), stdout);
      return 0;
    }
  if (key != NULL)
    {
      hash = pn_public_key_get_fingerprint (key);
      fingerprint = pn_sha256_to_hex (&hash);
    }
  printf ("Bundle       %s\nRecipe       %s\nDevice       %s, %s, %s\nImage        %s\n"
          "Storage      at least %" G_GUINT64_FORMAT " MiB\nKey          %s\nPermanent    %s\n",
          hex, pn_manifest_get_recipe_name (manifest),
          pn_chip_to_word (pn_manifest_get_chip (manifest)),
          pn_mode_to_word (pn_manifest_get_mode (manifest)),
          pn_storage_to_word (pn_manifest_get_storage (manifest)),
          pn_manifest_get_image_name (manifest), pn_manifest_get_minimum_storage (manifest) >> 20,
          fingerprint != NULL ? fingerprint : "none", permanent[0] != '\0' ? permanent : "nothing");
  for (guint i = 0; i < pn_manifest_get_n_artefacts (manifest); i++)
    {
      const PnArtefact *artefact = pn_manifest_get_artefact (manifest, i);

      printf ("  %-28s %12" G_GUINT64_FORMAT "  %s\n", artefact->name, artefact->size,
              pn_role_to_word (artefact->role));
    }
  return 0;
}

int
pn_ctl_bundle (int argc, char **argv)
{
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "The manifest as it is", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context =
      g_option_context_new ("verify|show FOLDER — look at a bundle");
  g_autoptr (PnBundle) bundle = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (PnFd) fd = -1;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    return pn_ctl_fail (error);
  if (argc != 3 || (!g_str_equal (argv[1], "show") && !g_str_equal (argv[1], "verify")))
    {
      fputs ("Usage: punnetctl bundle verify|show FOLDER [--json]\n", stderr);
      return 2;
    }
  fd = pn_open (argv[2], O_RDONLY | O_DIRECTORY, &error);
  if (fd >= 0)
    bundle = pn_bundle_open (fd, NULL, NULL, NULL, &error);
  if (bundle == NULL || !pn_bundle_verify (bundle, NULL, &error))
    return pn_ctl_fail (error);
  if (g_str_equal (argv[1], "show"))
    return show (bundle, json);
  puts ("The bundle is whole; every signature in it fits its key.");
  return 0;
}
