/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is found of the firmware in a folder, for each chip. */
#include "config.h"

#include <glib/gstdio.h>
#include <string.h>

#include "pn-firmware-folder.h"

typedef struct
{
  char *folder;
} Fixture;

static void
add (Fixture *self, const char *name)
{
  g_autofree char *path = g_build_filename (self->folder, name, NULL);
  g_autofree char *place = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (place, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, "", 0, NULL));
}

static void
set_up (Fixture *self, gconstpointer data)
{
  static const char *const names[] = {
    "bootloader-2711/default/recovery.bin",
    "bootloader-2711/default/pieeprom-2025-01-01.bin",
    "bootloader-2712/default/recovery.bin",
    "bootloader-2712/default/pieeprom-2024-09-23.bin",
    "bootloader-2712/default/pieeprom-2025-05-08.bin",
    "bootfiles.bin",
    "fastboot-gadget.img",
  };

  self->folder = g_dir_make_tmp ("punnet-firmware-XXXXXX", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    add (self, names[i]);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  const char *const argv[] = { "rm", "-r", self->folder, NULL };

  g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                               NULL, NULL, NULL));
  g_free (self->folder);
}

static void
test_find (Fixture *self, gconstpointer data)
{
  g_autofree char *newest =
      pn_firmware_folder_find (self->folder, PN_CHIP_BCM2712, PN_RECIPE_EEPROM);
  g_autofree char *other =
      pn_firmware_folder_find (self->folder, PN_CHIP_BCM2711, PN_RECIPE_EEPROM);
  g_autofree char *none = pn_firmware_folder_find (self->folder, PN_CHIP_BCM2710, PN_RECIPE_EEPROM);

  g_assert_true (g_str_has_suffix (newest, "/bootloader-2712/default/pieeprom-2025-05-08.bin"));
  g_assert_true (g_str_has_suffix (other, "/bootloader-2711/default/pieeprom-2025-01-01.bin"));
  g_assert_null (none);
}

/* Only what the chip needs is missed. */
static void
test_missing (Fixture *self, gconstpointer data)
{
  g_autofree char *pi5 = pn_firmware_folder_list_missing (self->folder, PN_CHIP_BCM2712);
  g_autofree char *zero = pn_firmware_folder_list_missing (self->folder, PN_CHIP_BCM2710);
  g_autofree char *whole = NULL;

  g_assert_nonnull (strstr (pi5, "Unlocking system"));
  g_assert_null (strstr (pi5, ", "));
  g_assert_nonnull (strstr (zero, "Start files"));
  g_assert_null (strstr (zero, "Boot firmware"));
  add (self, "cryptroot_initramfs");
  whole = pn_firmware_folder_list_missing (self->folder, PN_CHIP_BCM2712);
  g_assert_null (whole);
}

/* A draft for another chip has that chip's files; what a person chose stays. */
static void
test_follow (Fixture *self, gconstpointer data)
{
  g_autoptr (PnRecipeDraft) draft = pn_recipe_draft_new ();
  g_autofree char *bootfiles = g_build_filename (self->folder, "bootfiles.bin", NULL);

  pn_recipe_draft_set (draft, PN_RECIPE_CHIP, "bcm2712");
  pn_firmware_folder_follow (self->folder, PN_CHIP_BCM2712, draft);
  g_assert_nonnull (strstr (pn_recipe_draft_get (draft, PN_RECIPE_RECOVERY), "bootloader-2712"));
  pn_recipe_draft_set (draft, PN_RECIPE_EEPROM, "/mine/pieeprom.bin");
  pn_recipe_draft_set (draft, PN_RECIPE_CHIP, "bcm2711");
  pn_firmware_folder_follow (self->folder, PN_CHIP_BCM2712, draft);
  g_assert_nonnull (strstr (pn_recipe_draft_get (draft, PN_RECIPE_RECOVERY), "bootloader-2711"));
  g_assert_cmpstr (pn_recipe_draft_get (draft, PN_RECIPE_EEPROM), ==, "/mine/pieeprom.bin");
  g_assert_cmpstr (pn_recipe_draft_get (draft, PN_RECIPE_BOOTFILES), ==, bootfiles);
  pn_recipe_draft_set (draft, PN_RECIPE_CHIP, "bcm2710");
  pn_firmware_folder_follow (self->folder, PN_CHIP_BCM2711, draft);
  g_assert_null (pn_recipe_draft_get (draft, PN_RECIPE_RECOVERY));
  g_assert_null (pn_recipe_draft_get (draft, PN_RECIPE_BOOTFILES));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/firmware-folder/find", Fixture, NULL, set_up, test_find, tear_down);
  g_test_add ("/firmware-folder/missing", Fixture, NULL, set_up, test_missing, tear_down);
  g_test_add ("/firmware-folder/follow", Fixture, NULL, set_up, test_follow, tear_down);
  return g_test_run ();
}
