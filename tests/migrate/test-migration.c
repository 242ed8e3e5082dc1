/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A whole installation of rpi-sb-provisioner in a folder: what becomes of each thing it has. */
#include "config.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

#include "pn-error.h"
#include "pn-migration.h"
#include "pn-sentence.h"

typedef struct
{
  char *folder, *root;
} Fixture;

static char *
place (Fixture *self, const char *path)
{
  return g_build_filename (self->root, path, NULL);
}

static void
put (Fixture *self, const char *path, const char *text, int mode)
{
  g_autofree char *file = place (self, path);
  g_autofree char *folder = g_path_get_dirname (file);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
  g_assert_true (g_file_set_contents (file, text, -1, NULL));
  g_assert_cmpint (g_chmod (file, mode), ==, 0);
}

static void
put_records (Fixture *self)
{
  g_autofree char *path = place (self, "srv/rpi-sb-provisioner/manufacturing.db");
  sqlite3 *db = NULL;

  put (self, "srv/rpi-sb-provisioner/manufacturing.db", "", 0644);
  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db,
                                 "CREATE TABLE devices (id integer primary key, boardname text,"
                                 " serial text, secure integer, provision_ts timestamp);"
                                 "INSERT INTO devices VALUES (1, '5', '10000000aaaa0001', 1, 'x'),"
                                 " (2, '5', '10000000aaaa0002', 1, 'x');",
                                 NULL, NULL, NULL),
                   ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_close (db), ==, SQLITE_OK);
}

static void
set_up (Fixture *self, gconstpointer data)
{
  self->folder = g_dir_make_tmp ("punnet-migration-XXXXXX", NULL);
  self->root = g_build_filename (self->folder, "root", NULL);
  put (self, "usr/share/rpi-sb-provisioner/defaults/config",
       "PROVISIONING_STYLE=secure-boot\nRPI_DEVICE_STORAGE_CIPHER=aes-xts-plain64\n", 0644);
  put (self, "etc/rpi-sb-provisioner/config",
       "RPI_DEVICE_FAMILY=5\nRPI_DEVICE_STORAGE_TYPE=nvme\n"
       "GOLD_MASTER_OS_FILE=/srv/rpi-sb-provisioner/images/gate.img\n"
       "CUSTOMER_KEY_FILE_PEM='/etc/rpi-sb-provisioner/keys/gate key.pem'\n"
       "RPI_DEVICE_LOCK_JTAG=1\nRPI_CONNECT_API_KEY=rpuak_canary\nRPI_SB_WORKDIR=/tmp/x\n"
       "RPI_DEVICE_BOOTLOADER_CONFIG_FILE=/nowhere/boot.conf\n",
       0600);
  put (self, "srv/rpi-sb-provisioner/images/gate.img", "image", 0644);
  put (self, "etc/rpi-sb-provisioner/keys/gate key.pem", "-----BEGIN PRIVATE KEY-----\n", 0600);
  put (self, "etc/rpi-sb-provisioner/keys/registry.json",
       "{\"activeKeyId\": \"a\", \"keys\": [{\"id\": \"a\", \"type\": \"pem\", \"label\": \"Gate\","
       " \"path\": \"/etc/rpi-sb-provisioner/keys/gate key.pem\"}, {\"id\": \"b\", \"type\":"
       " \"pkcs11\", \"label\": \"Token\", \"uri\": \"pkcs11:object=x;pin-value=canary\"}]}",
       0600);
  put (self, "etc/rpi-sb-provisioner/usb-ports.d/10-bench.conf", "1-1.*\n", 0644);
  put (self, "usr/share/rpi-sb-provisioner/usb-ports.d/10-bench.conf", "2-*\n", 0644);
  put (self, "usr/share/rpi-sb-provisioner/usb-ports.d/20-more.conf", "3-1\n", 0644);
  put (self, "usr/share/rpi-sb-provisioner/usb-ports.d/README", "Text\n", 0644);
  put (self, "etc/rpi-sb-provisioner/special-skip-eeprom/10000000AAAA0001", "once\n", 0644);
  put (self, "etc/rpi-sb-provisioner/special-reprovision-device/aaaa0002", "", 0644);
  put (self, "etc/rpi-sb-provisioner/special-reprovision-device/what", "", 0644);
  put (self, "etc/rpi-sb-provisioner/bootimg-package-config",
       "RPI_SB_PACKAGE_MAINTAINER_NAME='Jo'\n", 0644);
  put (self, "etc/rpi-sb-provisioner/scripts/sb-provisioner-post-flash.sh",
       "#!/bin/sh\necho flashed\n", 0755);
  put (self, "etc/rpi-sb-provisioner/scripts/sb-provisioner-bootfs-mounted.sh", "#!/bin/sh\ntrue\n",
       0755);
  put (self, "etc/rpi-sb-provisioner/scripts/sb-provisioner-bootstrap.sh", "#!/bin/sh\ntrue\n",
       0644);
  put (self, "etc/rpi-sb-provisioner/scripts/sb-provisioner-provision-failed.sh", "no script\n",
       0755);
  put (self, "etc/rpi-sb-provisioner/scripts/naked-provisioner-post-flash.sh", "#!/bin/sh\ntrue\n",
       0755);
  put (self, "etc/rpi-sb-provisioner/scripts/idp-provisioner-bootstrap.sh", "#!/bin/sh\ntrue\n",
       0755);
  put (self, "etc/rpi-sb-provisioner/scripts/notes.txt", "Text\n", 0644);
  put_records (self);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  const char *const argv[] = { "rm", "-r", self->folder, NULL };

  g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                               NULL, NULL, NULL));
  g_free (self->folder);
  g_free (self->root);
}

static PnMigration *
plan (Fixture *self)
{
  g_autoptr (GError) error = NULL;
  PnOldStation *station = pn_old_station_read (self->root, &error);

  g_assert_no_error (error);
  return pn_migration_plan (station);
}

static const PnMigrationItem *
find (PnMigration *migration, PnMigrationKind kind, const char *name)
{
  GPtrArray *items = pn_migration_get_items (migration);

  for (guint i = 0; i < items->len; i++)
    {
      const PnMigrationItem *item = items->pdata[i];

      if (item->kind == kind && g_str_has_suffix (item->name, name))
        return item;
    }
  g_error ("There is no item %s", name);
}

static void
check (PnMigration *migration, PnMigrationKind kind, const char *name, PnMigrationOutcome outcome)
{
  g_test_message ("%s", name);
  g_assert_cmpint (find (migration, kind, name)->outcome, ==, outcome);
}

static void
test_plan (Fixture *self, gconstpointer data)
{
  g_autoptr (PnMigration) migration = plan (self);
  const PnRecipeDraft *draft = pn_migration_get_draft (migration);
  g_autofree char *image = place (self, "srv/rpi-sb-provisioner/images/gate.img");
  g_autofree char *key = place (self, "etc/rpi-sb-provisioner/keys/gate key.pem");

  check (migration, PN_MIGRATION_SETTING, "PROVISIONING_STYLE", PN_MIGRATION_TAKEN);
  check (migration, PN_MIGRATION_SETTING, "RPI_DEVICE_LOCK_JTAG", PN_MIGRATION_TAKEN);
  check (migration, PN_MIGRATION_SETTING, "RPI_CONNECT_API_KEY", PN_MIGRATION_LEFT);
  check (migration, PN_MIGRATION_SETTING, "RPI_SB_WORKDIR", PN_MIGRATION_LEFT);
  check (migration, PN_MIGRATION_SETTING, "RPI_DEVICE_BOOTLOADER_CONFIG_FILE", PN_MIGRATION_LEFT);
  check (migration, PN_MIGRATION_KEY, "Gate", PN_MIGRATION_TAKEN);
  check (migration, PN_MIGRATION_KEY, "Token", PN_MIGRATION_LEFT);
  check (migration, PN_MIGRATION_PORT_RULES, "etc/rpi-sb-provisioner/usb-ports.d/10-bench.conf",
         PN_MIGRATION_TAKEN);
  check (migration, PN_MIGRATION_PORT_RULES, "share/rpi-sb-provisioner/usb-ports.d/10-bench.conf",
         PN_MIGRATION_LEFT);
  check (migration, PN_MIGRATION_PORT_RULES, "20-more.conf", PN_MIGRATION_TAKEN);
  check (migration, PN_MIGRATION_OVERRIDE, "10000000AAAA0001", PN_MIGRATION_TAKEN);
  check (migration, PN_MIGRATION_OVERRIDE, "what", PN_MIGRATION_LEFT);
  check (migration, PN_MIGRATION_RECORDS, "manufacturing.db", PN_MIGRATION_TAKEN);
  check (migration, PN_MIGRATION_BOOT_PACKAGE, "RPI_SB_PACKAGE_MAINTAINER_NAME", PN_MIGRATION_LEFT);
  g_assert_nonnull (
      strstr (find (migration, PN_MIGRATION_RECORDS, "manufacturing.db")->sentence, "2"));
  g_assert_cmpstr (pn_recipe_draft_get (draft, PN_RECIPE_MODE), ==, "secure-boot");
  g_assert_cmpstr (pn_recipe_draft_get (draft, PN_RECIPE_CHIP), ==, "bcm2712");
  g_assert_cmpstr (pn_recipe_draft_get (draft, PN_RECIPE_STORAGE), ==, "nvme");
  g_assert_cmpstr (pn_recipe_draft_get (draft, PN_RECIPE_IMAGE), ==, image);
  g_assert_cmpstr (pn_recipe_draft_get (draft, PN_RECIPE_KEY), ==, key);
  g_assert_true (pn_recipe_draft_get_switch (draft, PN_RECIPE_JTAG_LOCK));
  g_assert_cmpuint (pn_migration_get_flags (migration)->len, ==, 2);
}

/* Whatever the report shows, no secret is in it. */
static void
test_no_secrets (Fixture *self, gconstpointer data)
{
  g_autoptr (PnMigration) migration = plan (self);
  GPtrArray *items = pn_migration_get_items (migration);

  for (guint i = 0; i < items->len; i++)
    {
      const PnMigrationItem *item = items->pdata[i];

      g_assert_null (strstr (item->name, "canary"));
      g_assert_null (strstr (item->sentence, "canary"));
    }
}

/* What reads as off does not make anything permanent, and what is permanent by need is said. */
static void
test_permanent (Fixture *self, gconstpointer data)
{
  g_autoptr (PnMigration) migration = NULL;
  const PnRecipeDraft *draft;

  put (self, "etc/rpi-sb-provisioner/config",
       "RPI_DEVICE_FAMILY=4\nRPI_DEVICE_STORAGE_TYPE=emmc\nRPI_DEVICE_LOCK_JTAG=0\n"
       "RPI_DEVICE_STORAGE_CIPHER=xchacha12,aes-adiantum-plain64\n",
       0600);
  migration = plan (self);
  draft = pn_migration_get_draft (migration);
  check (migration, PN_MIGRATION_SETTING, "RPI_DEVICE_LOCK_JTAG", PN_MIGRATION_CHANGED);
  check (migration, PN_MIGRATION_SETTING, "RPI_DEVICE_RPIBOOT_GPIO", PN_MIGRATION_CHANGED);
  check (migration, PN_MIGRATION_SETTING, "RPI_DEVICE_STORAGE_CIPHER", PN_MIGRATION_LEFT);
  g_assert_false (pn_recipe_draft_get_switch (draft, PN_RECIPE_JTAG_LOCK));
  g_assert_cmpstr (pn_recipe_draft_get (draft, PN_RECIPE_RPIBOOT_GPIO), ==, "8");
  g_assert_null (pn_recipe_draft_get (draft, PN_RECIPE_CIPHER));
}

/* A configuration that would run a command, links out of the folder, a wrapped key. */
static void
test_hostile (Fixture *self, gconstpointer data)
{
  g_autofree char *outside = g_build_filename (self->folder, "secret.conf", NULL);
  g_autofree char *ran = g_build_filename (self->folder, "ran", NULL);
  g_autofree char *text =
      g_strdup_printf ("PROVISIONING_STYLE=$(touch %s)\ntouch %s\nRPI_DEVICE_FAMILY=5\n"
                       "GOLD_MASTER_OS_FILE=../../../secret.conf\nCUSTOMER_KEY_FILE_PEM=/w.pem\n",
                       ran, ran);
  g_autofree char *link = place (self, "etc/rpi-sb-provisioner/usb-ports.d/30-out.conf");
  g_autoptr (PnMigration) migration = NULL;
  GPtrArray *items;

  g_assert_true (g_file_set_contents (outside, "1-1\n", -1, NULL));
  g_assert_cmpint (symlink (outside, link), ==, 0);
  put (self, "etc/rpi-sb-provisioner/config", text, 0600);
  put (self, "w.pem", "RPISBW1", 0600); /* and the zero byte that the file lacks: not wrapped */
  migration = plan (self);
  g_assert_false (g_file_test (ran, G_FILE_TEST_EXISTS));
  check (migration, PN_MIGRATION_SETTING, "PROVISIONING_STYLE", PN_MIGRATION_LEFT);
  check (migration, PN_MIGRATION_SETTING, "#2", PN_MIGRATION_LEFT);
  check (migration, PN_MIGRATION_SETTING, "GOLD_MASTER_OS_FILE", PN_MIGRATION_LEFT);
  check (migration, PN_MIGRATION_SETTING, "CUSTOMER_KEY_FILE_PEM", PN_MIGRATION_TAKEN);
  items = pn_migration_get_items (migration);
  for (guint i = 0; i < items->len; i++)
    g_assert_null (strstr (((PnMigrationItem *) items->pdata[i])->name, "30-out.conf"));
}

static void
test_wrapped_key (Fixture *self, gconstpointer data)
{
  static const char wrapped[] = "RPISBW1\0salt";
  g_autofree char *path = place (self, "etc/rpi-sb-provisioner/keys/gate key.pem");
  g_autoptr (PnMigration) migration = NULL;

  g_assert_true (g_file_set_contents (path, wrapped, sizeof wrapped, NULL));
  migration = plan (self);
  check (migration, PN_MIGRATION_SETTING, "CUSTOMER_KEY_FILE_PEM", PN_MIGRATION_LEFT);
  check (migration, PN_MIGRATION_KEY, "Gate", PN_MIGRATION_LEFT);
  g_assert_null (pn_recipe_draft_get (pn_migration_get_draft (migration), PN_RECIPE_KEY));
}

static void
test_apply (Fixture *self, gconstpointer data)
{
  g_autofree char *recipes = g_build_filename (self->folder, "recipes", NULL);
  g_autofree char *bundles = g_build_filename (self->folder, "bundles", NULL);
  g_autofree char *ports = g_build_filename (self->folder, "config", "usb-ports.d", NULL);
  g_autofree char *copied = g_build_filename (ports, "10-bench.conf", NULL);
  g_autofree char *text = NULL;
  g_autofree char *name = NULL;
  g_autofree char *again = NULL;
  g_autoptr (PnRecipeStore) store = pn_recipe_store_new (recipes, bundles);
  g_autoptr (PnMigration) migration = plan (self);
  g_autoptr (PnMigration) second = plan (self);
  g_autoptr (GError) error = NULL;
  g_autofree char *id = pn_migration_make_recipe (migration, store, &name, &error);
  g_autofree char *other = NULL;
  g_autoptr (PnRecipeDraft) draft = NULL;

  g_assert_no_error (error);
  draft = pn_recipe_store_load (store, id, 0, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (pn_recipe_draft_get (draft, PN_RECIPE_CHIP), ==, "bcm2712");
  pn_migration_copy_port_rules (migration, ports);
  g_assert_true (g_file_get_contents (copied, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "1-1.*\n");

  /* Once more: nothing that is there is touched, and it is said. */
  other = pn_migration_make_recipe (second, store, &again, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (again, !=, name);
  g_assert_true (g_file_set_contents (copied, "mine\n", -1, NULL));
  pn_migration_copy_port_rules (second, ports);
  check (second, PN_MIGRATION_PORT_RULES, "etc/rpi-sb-provisioner/usb-ports.d/10-bench.conf",
         PN_MIGRATION_LEFT);
  g_clear_pointer (&text, g_free);
  g_assert_true (g_file_get_contents (copied, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "mine\n");
}

/* Scripts are copied and frozen as they are; those that do not count are said, and stay. */
static void
test_hooks (Fixture *self, gconstpointer data)
{
  g_autofree char *recipes = g_build_filename (self->folder, "recipes", NULL);
  g_autofree char *taken =
      g_build_filename (self->folder, "scripts", "sb-provisioner-post-flash.sh", NULL);
  g_autofree char *beside =
      g_build_filename (self->folder, "scripts", "sb-provisioner-post-flash-2.sh", NULL);
  g_autofree char *first_name = NULL;
  g_autofree char *second_name = NULL;
  g_autofree char *text = NULL;
  g_autoptr (PnRecipeStore) store = pn_recipe_store_new (recipes, recipes);
  g_autoptr (PnMigration) first = plan (self);
  g_autoptr (PnMigration) second = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *first_id = NULL;
  g_autofree char *second_id = NULL;
  const PnRecipeDraft *draft = pn_migration_get_draft (first);
  const PnRecipeField on = pn_recipe_hook_field (PN_HOOK_BOOTSTRAP, PN_RECIPE_HOOK_ENABLED);
  const PnRecipeField file = pn_recipe_hook_field (PN_HOOK_POST_FLASH, PN_RECIPE_HOOK_FILE);
  const PnRecipeField hash = pn_recipe_hook_field (PN_HOOK_POST_FLASH, PN_RECIPE_HOOK_SHA256);

  check (first, PN_MIGRATION_HOOK, "sb-provisioner-post-flash.sh", PN_MIGRATION_CHANGED);
  check (first, PN_MIGRATION_HOOK, "sb-provisioner-bootfs-mounted.sh", PN_MIGRATION_CHANGED);
  check (first, PN_MIGRATION_HOOK, "sb-provisioner-bootstrap.sh", PN_MIGRATION_TAKEN);
  check (first, PN_MIGRATION_HOOK, "sb-provisioner-provision-failed.sh", PN_MIGRATION_LEFT);
  check (first, PN_MIGRATION_HOOK, "naked-provisioner-post-flash.sh", PN_MIGRATION_LEFT);
  check (first, PN_MIGRATION_HOOK, "idp-provisioner-bootstrap.sh", PN_MIGRATION_LEFT);
  check (first, PN_MIGRATION_HOOK, "notes.txt", PN_MIGRATION_LEFT);
  g_assert_null (pn_recipe_draft_get (draft, file));
  first_id = pn_migration_make_recipe (first, store, &first_name, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (pn_recipe_draft_get (draft, file), ==, taken);
  g_assert_cmpstr (pn_recipe_draft_get (draft, hash), ==,
                   "51165de88d0d10ca6dccb9a91030f6423518819f34f66d1cd1648cdf7bb6a7f3");
  g_assert_true (pn_recipe_draft_check (draft, file, &error));
  g_assert_true (pn_recipe_draft_check (draft, hash, &error));
  g_assert_false (pn_recipe_draft_get_switch (draft, on));
  g_assert_false (pn_recipe_draft_has_hook (draft, PN_HOOK_PROVISION_FAILED));
  g_assert_true (g_file_get_contents (taken, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "#!/bin/sh\necho flashed\n");

  /* Another one of that name does not take the place of the first recipe's. */
  put (self, "etc/rpi-sb-provisioner/scripts/sb-provisioner-post-flash.sh",
       "#!/bin/sh\necho other\n", 0755);
  second = plan (self);
  second_id = pn_migration_make_recipe (second, store, &second_name, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (pn_recipe_draft_get (pn_migration_get_draft (second), file), ==, beside);
  g_clear_pointer (&text, g_free);
  g_assert_true (g_file_get_contents (taken, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "#!/bin/sh\necho flashed\n");
}

/* Those of an image set's own program, and the bootstrap's of the style. */
static void
test_hooks_of_set (Fixture *self, gconstpointer data)
{
  g_autoptr (PnMigration) migration = NULL;

  put (self, "srv/set/image.json", "{}", 0644);
  put (self, "etc/rpi-sb-provisioner/config", "GOLD_MASTER_OS_FILE=/srv/set\n", 0600);
  put (self, "etc/rpi-sb-provisioner/scripts/idp-provisioner-post-flash.sh", "#!/bin/sh\ntrue\n",
       0755);
  migration = plan (self);
  check (migration, PN_MIGRATION_HOOK, "idp-provisioner-post-flash.sh", PN_MIGRATION_CHANGED);
  check (migration, PN_MIGRATION_HOOK, "sb-provisioner-post-flash.sh", PN_MIGRATION_LEFT);
  check (migration, PN_MIGRATION_HOOK, "sb-provisioner-bootfs-mounted.sh", PN_MIGRATION_LEFT);
  check (migration, PN_MIGRATION_HOOK, "sb-provisioner-bootstrap.sh", PN_MIGRATION_TAKEN);
}

static void
test_nothing (Fixture *self, gconstpointer data)
{
  g_autofree char *empty = g_build_filename (self->folder, "empty", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) missing = NULL;

  g_assert_cmpint (g_mkdir (empty, 0700), ==, 0);
  g_assert_null (pn_old_station_read (empty, &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_NOT_FOUND);
  g_assert_null (pn_old_station_read ("/nowhere", &missing));
  g_assert_error (missing, PN_ERROR, PN_ERROR_NOT_FOUND);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*func) (Fixture *self, gconstpointer data);
  } tests[] = {
    { "/migration/plan", test_plan },
    { "/migration/no-secrets", test_no_secrets },
    { "/migration/permanent", test_permanent },
    { "/migration/hostile", test_hostile },
    { "/migration/wrapped-key", test_wrapped_key },
    { "/migration/apply", test_apply },
    { "/migration/hooks", test_hooks },
    { "/migration/hooks-of-set", test_hooks_of_set },
    { "/migration/nothing", test_nothing },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].func, tear_down);
  return g_test_run ();
}
