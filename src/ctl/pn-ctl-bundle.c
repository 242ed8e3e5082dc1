/* SPDX-License-Identifier: GPL-3.0-or-later */
/* punnetctl bundle show and verify: what is in a bundle, and whether it is whole. */
#include "config.h"

#include "pn-ctl.h"

#include <fcntl.h>
#include <stdio.h>

#include "pn-bundle.h"
#include "pn-io.h"

#define MIB (1024.0 * 1024.0)

static void
print_json (PnManifest *manifest)
{
  gsize size;
  const char *data = g_bytes_get_data (pn_manifest_get_bytes (manifest), &size);

  (void) fwrite (data, 1, size, stdout);
}

static void
print_permanent (PnManifest *manifest)
{
  const char *const *permanent = pn_manifest_get_permanent (manifest);
  g_autofree char *list = g_strjoinv (", ", (char **) permanent);
  PnSha256 consent = pn_manifest_get_consent (manifest);
  g_autofree char *hex = pn_sha256_to_hex (&consent);
  guint gpio = pn_manifest_get_rpiboot_gpio (manifest);

  if (pn_manifest_get_public_key (manifest) != NULL)
    printf ("Key:        %s\n", hex);
  printf ("Permanent:  %s\n", permanent[0] != NULL ? list : "nothing");
  if (gpio != 0)
    printf ("RPIBOOT:    GPIO %u\n", gpio);
  if (permanent[0] != NULL)
    printf ("Consent:    --permit-permanent %s\n", hex);
}

/* Each script by the beginning of its hash, and what it may do. */
static void
print_hooks (PnManifest *manifest)
{
  for (guint i = 0; i < PN_N_HOOK_STAGES; i++)
    {
      const PnManifestHook *hook = pn_manifest_find_hook (manifest, (PnHookStage) i);
      const PnArtefact *script = pn_manifest_find (manifest, (PnRole) (PN_ROLE_HOOKS + i));
      g_autofree char *hex = hook != NULL ? pn_sha256_to_hex (&script->digest) : NULL;
      g_autofree char *folders = hook != NULL ? g_strjoinv (", ", hook->write) : NULL;

      if (hook != NULL)
        printf ("Hook:       %s %.12s, at most %u s, %s, %s%s\n",
                pn_hook_stage_to_word (hook->stage), hex, hook->seconds,
                hook->network ? "may use the network" : "no network",
                folders[0] != '\0' ? "may write to " : "writes nothing that stays", folders);
    }
}

static void
print_manifest (PnManifest *manifest)
{
  PnSha256 digest = pn_manifest_get_digest (manifest);
  g_autofree char *hex = pn_sha256_to_hex (&digest);
  const char *cipher = pn_manifest_get_cipher (manifest);

  printf ("Bundle:     %s\nRecipe:     %s\nDevices:    %s, %s, %s\nImage:      %s\n", hex,
          pn_manifest_get_recipe_name (manifest), pn_chip_to_word (pn_manifest_get_chip (manifest)),
          pn_mode_to_word (pn_manifest_get_mode (manifest)),
          pn_storage_to_word (pn_manifest_get_storage (manifest)),
          pn_manifest_get_image_name (manifest));
  printf ("Storage:    at least %.0f MiB, %s\n", pn_manifest_get_minimum_storage (manifest) / MIB,
          cipher != NULL                         ? cipher
          : pn_manifest_has_image_set (manifest) ? "laid out as its image set says"
                                                 : "not encrypted");
  print_permanent (manifest);
  print_hooks (manifest);
  for (guint i = 0; i < pn_manifest_get_n_artefacts (manifest); i++)
    {
      const PnArtefact *artefact = pn_manifest_get_artefact (manifest, i);

      printf ("  %-24s %10.2f MiB  %s\n", pn_role_to_word (artefact->role), artefact->size / MIB,
              artefact->name);
    }
}

/* Both read and hash everything; verify checks each signature too. */
static gboolean
look (const char *path, gboolean verify, gboolean json, GError **error)
{
  g_auto (PnFd) fd = pn_open (path, O_RDONLY | O_DIRECTORY, error);
  g_autoptr (PnBundle) bundle = fd >= 0 ? pn_bundle_open (fd, NULL, NULL, NULL, error) : NULL;

  if (bundle == NULL || (verify && !pn_bundle_verify (bundle, NULL, error)))
    {
      g_prefix_error (error, "%s: ", path);
      return FALSE;
    }
  if (json)
    print_json (pn_bundle_get_manifest (bundle));
  else if (verify)
    printf ("%s is whole: every hash and signature is right\n", path);
  else
    print_manifest (pn_bundle_get_manifest (bundle));
  return TRUE;
}

static int
run (int argc, char **argv, const char *summary, gboolean verify)
{
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "Print the manifest as JSON", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (summary);
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!pn_ctl_parse (context, &argc, &argv, 1, 1))
    return 2;
  return look (argv[1], verify, json, &error) ? 0 : pn_ctl_fail (error);
}

static int
show (int argc, char **argv)
{
  return run (argc, argv, "BUNDLE — what is in a bundle's folder", FALSE);
}

static int
verify_all (int argc, char **argv)
{
  return run (argc, argv, "BUNDLE — check each hash and signature in a bundle's folder", TRUE);
}

int
pn_ctl_bundle (int argc, char **argv)
{
  static const PnCtlCommand commands[] = {
    { "show", show, "What is in a bundle" },
    { "verify", verify_all, "Check all that is in it" },
    { "pack", pn_ctl_bundle_pack, "Make one file of a bundle" },
    { "unpack", pn_ctl_bundle_unpack, "Make a bundle's folder of its file" },
    { "install", pn_ctl_bundle_install, "Copy a bundle into the store of the helper" },
    { "list", pn_ctl_bundle_list, "The bundles in that store" },
    { "limits", pn_ctl_bundle_limits, "How much the store may hold" },
    { "remove", pn_ctl_bundle_remove, "Remove one from it" },
    { NULL },
  };

  return pn_ctl_commands (commands, argc, argv);
}
