/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-test-station.h"

#include <stdarg.h>
#include <signal.h>
#include <string.h>

#include "pn-pem-signer.h"
#include "pn-prepare.h"
#include "pn-recipe-store.h"

#define TIMESTAMP 1760000000 /* the one recorded clock of these bundles */

struct _PnTestStation
{
  char *folder, *inputs, *vendor_key;
  PnRecipeStore *store;
  gboolean hooks; /* of recipes that are added */
  GSubprocess *helper;
  GHashTable *devices; /* slot → GSubprocess */
};

static char *
program_path (const char *room, const char *program)
{
  return g_build_filename (g_getenv ("PUNNET_BUILD_ROOT"), room, program, NULL);
}

/* What the window starts by name is what was built. */
static void
set_path (void)
{
  g_autofree char *helper = program_path ("src", "helper");
  g_autofree char *virtual = program_path ("src", "virtual");
  g_autofree char *path = g_strjoin (":", helper, virtual, g_getenv ("PATH"), NULL);

  g_setenv ("PATH", path, TRUE);
}

/* @second, @third: NULL = none. */
static void
run_tool (const char *program, const char *argument, const char *second, const char *third)
{
  g_autofree char *path = program_path ("tests/tools", program);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE, &error,
                                                      path, argument, second, third, NULL);

  g_assert_no_error (error);
  (void) g_subprocess_wait_check (process, NULL, &error);
  g_assert_no_error (error);
}

PnTestStation *
pn_test_station_new (void)
{
  PnTestStation *self = g_new0 (PnTestStation, 1);
  g_autoptr (GError) error = NULL;
  g_autofree char *image = NULL;
  g_autofree char *hash = NULL;
  g_autofree char *worker = program_path ("src", "worker");

  self->folder = g_dir_make_tmp ("punnet-station-XXXXXX", &error);
  g_assert_no_error (error);
  self->inputs = g_build_filename (self->folder, "inputs", NULL);
  g_assert_cmpint (g_mkdir_with_parents (self->inputs, 0700), ==, 0);
  run_tool ("punnet-standins", self->inputs, NULL, NULL);
  image = pn_test_station_get_input (self, "gold-master.img");
  run_tool ("make-standin-image", image, NULL, NULL);
  hash = pn_test_station_get_input (self, "vendor-key-hash.txt");
  g_file_get_contents (hash, &self->vendor_key, NULL, &error);
  g_assert_no_error (error);
  g_strstrip (self->vendor_key);
  g_setenv ("PUNNET_LIBEXEC_DIR", worker, TRUE);
  set_path ();
  self->store = pn_recipe_store_new (NULL, NULL);
  self->devices = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  return self;
}

static void
remove_tree (const char *path)
{
  g_autoptr (GSubprocess) process =
      g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, NULL, "rm", "-rf", "--", path, NULL);

  if (process != NULL)
    (void) g_subprocess_wait (process, NULL, NULL);
}

static void
end_process (GSubprocess *process, int signal_number)
{
  g_subprocess_send_signal (process, signal_number);
  (void) g_subprocess_wait (process, NULL, NULL);
}

void
pn_test_station_free (PnTestStation *self)
{
  GHashTableIter iter;
  gpointer device;

  g_hash_table_iter_init (&iter, self->devices);
  while (g_hash_table_iter_next (&iter, NULL, &device))
    end_process (device, SIGTERM);
  g_hash_table_unref (self->devices);
  if (self->helper != NULL)
    end_process (self->helper, SIGTERM);
  g_clear_object (&self->helper);
  remove_tree (self->folder);
  pn_recipe_store_free (self->store);
  g_free (self->folder);
  g_free (self->inputs);
  g_free (self->vendor_key);
  g_free (self);
}

const char *
pn_test_station_get_folder (PnTestStation *self)
{
  return self->folder;
}

char *
pn_test_station_get_input (PnTestStation *self, const char *name)
{
  return g_build_filename (self->inputs, name, NULL);
}

void
pn_test_station_make_image (PnTestStation *self, const char *name, guint mib)
{
  g_autofree char *path = pn_test_station_get_input (self, name);
  g_autofree char *size = g_strdup_printf ("%u", mib);

  run_tool ("make-standin-image", path, size, NULL);
}

char *
pn_test_station_make_set (PnTestStation *self, const char *layout)
{
  g_autofree char *image = pn_test_station_get_input (self, "gold-master.img");
  char *folder = pn_test_station_get_input (self, layout);

  run_tool ("make-standin-set", image, folder, layout);
  return folder;
}

static void
set_file (PnTestStation *self, PnRecipeDraft *draft, PnRecipeField field, const char *name)
{
  g_autofree char *path = pn_test_station_get_input (self, name);

  pn_recipe_draft_set (draft, field, path);
}

void
pn_test_station_set_hooks (PnTestStation *self, gboolean hooks)
{
  self->hooks = hooks;
}

static void
set_hook (PnTestStation *self, PnRecipeDraft *draft, PnHookStage stage, const char *text)
{
  g_autofree char *name = g_strconcat (pn_hook_stage_to_word (stage), ".sh", NULL);
  g_autofree char *path = pn_test_station_get_input (self, name);
  PnSha256 digest = pn_sha256 (text, strlen (text));
  g_autofree char *hex = pn_sha256_to_hex (&digest);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  pn_recipe_draft_set (draft, pn_recipe_hook_field (stage, PN_RECIPE_HOOK_FILE), path);
  pn_recipe_draft_set (draft, pn_recipe_hook_field (stage, PN_RECIPE_HOOK_SHA256), hex);
}

char *
pn_test_station_add_recipe (PnTestStation *self,
                            const char *name,
                            const char *mode,
                            const char *storage,
                            gboolean rehearsed)
{
  gboolean secure = g_str_equal (mode, "secure-boot");
  g_autoptr (PnRecipeDraft) draft = pn_recipe_draft_new ();
  g_autoptr (GBytes) text = NULL;
  g_autoptr (PnRecipe) recipe = NULL;
  g_autoptr (PnSigner) signer = NULL;
  g_autoptr (PnRecipeBundle) bundle = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = NULL;
  g_autofree char *key = pn_test_station_get_input (self, "customer.pem");
  char *id;
  guint revision;

  pn_recipe_draft_set (draft, PN_RECIPE_NAME, name);
  pn_recipe_draft_set (draft, PN_RECIPE_MODE, mode);
  pn_recipe_draft_set (draft, PN_RECIPE_CHIP, "bcm2712");
  pn_recipe_draft_set (draft, PN_RECIPE_STORAGE, storage);
  set_file (self, draft, PN_RECIPE_IMAGE, "gold-master.img");
  set_file (self, draft, PN_RECIPE_EEPROM, "pieeprom.bin");
  set_file (self, draft, PN_RECIPE_RECOVERY, "recovery.bin");
  set_file (self, draft, PN_RECIPE_BOOTFILES, "bootfiles.bin");
  set_file (self, draft, PN_RECIPE_GADGET, "fastboot-gadget.img");
  if (secure)
    {
      set_file (self, draft, PN_RECIPE_INITRAMFS, "cryptroot_initramfs");
      pn_recipe_draft_set (draft, PN_RECIPE_KEY, key);
    }
  if (self->hooks)
    {
      set_hook (self, draft, PN_HOOK_PROVISION_STARTED, "#!/bin/sh\ntrue\n");
      set_hook (self, draft, PN_HOOK_POST_FLASH, "#!/bin/sh\necho \"$SERIAL\"\n");
      pn_recipe_draft_set_switch (
          draft, pn_recipe_hook_field (PN_HOOK_POST_FLASH, PN_RECIPE_HOOK_NETWORK), TRUE);
      pn_recipe_draft_set (draft, pn_recipe_hook_field (PN_HOOK_POST_FLASH, PN_RECIPE_HOOK_WRITE),
                           "/srv/labels");
    }
  id = pn_recipe_store_create (self->store, draft, &error);
  g_assert_no_error (error);
  revision = pn_recipe_store_save (self->store, id, draft, &error);
  g_assert_no_error (error);
  text = pn_recipe_draft_to_text (draft);
  recipe = pn_recipe_parse (text, self->inputs, &error);
  g_assert_no_error (error);
  if (secure)
    signer = pn_pem_signer_new_from_file (key, NULL, NULL, &error);
  g_assert_no_error (error);
  folder = pn_recipe_store_choose_bundle (self->store, id, revision, &error);
  g_assert_no_error (error);
  (void) pn_prepare (recipe, signer, folder, TIMESTAMP, NULL, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  (void) pn_recipe_store_set_bundle (self->store, id, revision, folder, &error);
  g_assert_no_error (error);
  bundle = pn_recipe_store_get_bundle (self->store, id, revision, &error);
  g_assert_no_error (error);
  if (rehearsed)
    (void) pn_recipe_store_set_rehearsal (self->store, id, revision, bundle->digest, TRUE, "Passed",
                                          &error);
  g_assert_no_error (error);
  return id;
}

char *
pn_test_station_get_fingerprint_end (PnTestStation *self)
{
  g_autofree char *key = pn_test_station_get_input (self, "customer.pem");
  g_autoptr (GError) error = NULL;
  g_autoptr (PnSigner) signer = pn_pem_signer_new_from_file (key, NULL, NULL, &error);
  g_autofree char *hex = NULL;
  PnSha256 fingerprint;

  g_assert_no_error (error);
  fingerprint = pn_public_key_get_fingerprint (pn_signer_get_public_key (signer));
  hex = pn_sha256_to_hex (&fingerprint);
  return g_strdup (hex + 56);
}

GStrv
pn_test_station_list_bundles (PnTestStation *self)
{
  g_autofree char *folder = g_build_filename (g_get_user_data_dir (), "punnet", "bundles", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autoptr (GStrvBuilder) paths = g_strv_builder_new ();
  const char *name;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_strv_builder_add (paths, path);
    }
  return g_strv_builder_end (paths);
}

static gboolean
has_owner (const char *name)
{
  g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);
  g_autoptr (GVariant) reply = g_dbus_connection_call_sync (
      bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "NameHasOwner",
      g_variant_new ("(s)", name), G_VARIANT_TYPE ("(b)"), G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
  gboolean owned = FALSE;

  g_variant_get (reply, "(b)", &owned);
  return owned;
}

void
pn_test_station_start_helper (PnTestStation *self)
{
  g_autofree char *path = program_path ("src/helper", "punnetd");
  g_autofree char *state = g_build_filename (self->folder, "state", NULL);
  g_autoptr (GError) error = NULL;
  gint64 end = g_get_monotonic_time () + 120 * G_USEC_PER_SEC;

  g_clear_object (&self->helper);
  self->helper = g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, &error, path, "--session",
                                   "--state-dir", state, NULL);
  g_assert_no_error (error);
  while (!has_owner (PN_CLIENT_NAME))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_usleep (5000);
    }
}

void
pn_test_station_kill_helper (PnTestStation *self)
{
  end_process (self->helper, SIGKILL);
  g_clear_object (&self->helper);
}

void
pn_test_station_plug (PnTestStation *self, const char *slot, const char *serial, ...)
{
  g_autofree char *path = program_path ("src/virtual", "punnet-virtual");
  g_autofree char *folder = g_build_filename (self->folder, "devices", slot, NULL);
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  const char *const usual[] = {
    path,       "--folder", folder,       "--serial", serial,   "--rom-key-hash", self->vendor_key,
    "--attach", slot,       "--operator", "3",        "--strap"
  };
  const char *option;
  g_autoptr (GError) error = NULL;
  GSubprocess *process;
  va_list options;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (usual); i++)
    g_ptr_array_add (argv, (gpointer) usual[i]);
  va_start (options, serial);
  while ((option = va_arg (options, const char *)) != NULL)
    g_ptr_array_add (argv, (gpointer) option);
  va_end (options);
  g_ptr_array_add (argv, NULL);
  process = g_subprocess_newv ((const char *const *) argv->pdata, G_SUBPROCESS_FLAGS_NONE, &error);
  g_assert_no_error (error);
  g_hash_table_insert (self->devices, g_strdup (slot), process);
}

void
pn_test_station_pull (PnTestStation *self, const char *slot)
{
  end_process (g_hash_table_lookup (self->devices, slot), SIGTERM);
  g_hash_table_remove (self->devices, slot);
}
