/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each variable of the old configuration (operations.md §2.2), and what it is in a recipe. */
#include "config.h"

#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "pn-firmware-folder.h"
#include "pn-io.h"
#include "pn-migration-private.h"

#define WRAPPED_MAGIC "RPISBW1" /* and a zero byte: operations.md §10.2 */

typedef struct
{
  PnMigration *migration;
  const char *name, *value;
  PnRecipeField field; /* where the row names one */
  const char *remark;
} Setting;

static void
add (const Setting *self, PnMigrationOutcome outcome, char *sentence)
{
  pn_migration_add (self->migration, PN_MIGRATION_SETTING, outcome, self->name, sentence);
}

/* “Device family: Raspberry Pi 5 family”; this process's language, in which it is read. */
static char *
say_field (const Setting *self)
{
  g_autofree char *words = pn_recipe_draft_get_words (self->migration->draft, self->field);

  return g_strdup_printf ("%s: %s", pn_recipe_field_get_label (self->field), words);
}

static void
take (const Setting *self, const char *value)
{
  g_autofree char *words = NULL;

  pn_recipe_draft_set (self->migration->draft, self->field, value);
  words = say_field (self);
  add (self, PN_MIGRATION_TAKEN, pn_sentence_format (N_ ("In the recipe – %s"), words));
}

static void
take_word (const Setting *self)
{
  take (self, self->value);
}

static void
take_family (const Setting *self)
{
  static const struct
  {
    const char *family, *chip;
  } chips[] = { { "2W", "bcm2710" }, { "4", "bcm2711" }, { "5", "bcm2712" } };

  for (guint i = 0; i < G_N_ELEMENTS (chips); i++)
    if (g_str_equal (self->value, chips[i].family))
      {
        take (self, chips[i].chip);
        return;
      }
  add (self, PN_MIGRATION_LEFT,
       pn_sentence_format (N_ ("“%s” is no family of devices; choose it in the recipe"),
                           self->value));
}

static void
take_path (const Setting *self)
{
  g_autofree char *place = pn_old_station_locate (self->migration->station, self->value);

  if (place != NULL)
    take (self, place);
  else
    add (self, PN_MIGRATION_LEFT,
         pn_sentence_format (N_ ("%s is not there, or you may not read it; choose the file in the "
                                 "recipe"),
                             self->value));
}

/* The old tool takes anything but nothing, "0", "false", "no" and "off" for on. */
static gboolean
is_off (const char *value)
{
  static const char *const words[] = { "", "0", "false", "no", "off", NULL };
  g_autofree char *lower = g_ascii_strdown (value, -1);

  return g_strv_contains (words, lower);
}

static void
take_switch (const Setting *self)
{
  take (self, is_off (self->value) ? "false" : "true");
}

/* What is permanent is never switched on by a value that reads as off. */
static void
take_permanent (const Setting *self)
{
  if (!is_off (self->value))
    take (self, "true");
  else
    add (self, PN_MIGRATION_CHANGED,
         pn_sentence_format (
             N_ ("The old tool takes even “%s” for on. It is permanent, so it is off "
                 "in the recipe; switch it on if you want it"),
             self->value));
}

static gboolean
is_wrapped (const char *path)
{
  g_auto (PnFd) fd = pn_open (path, O_RDONLY, NULL);
  char magic[sizeof WRAPPED_MAGIC];

  return fd >= 0 && pn_pread_all (fd, magic, sizeof magic, 0, NULL) &&
         memcmp (magic, WRAPPED_MAGIC, sizeof magic) == 0;
}

static void
take_key (const Setting *self)
{
  g_autofree char *place = pn_old_station_locate (self->migration->station, self->value);

  if (place == NULL || !is_wrapped (place))
    take_path (self);
  else
    add (self, PN_MIGRATION_LEFT,
         pn_sentence_format (
             N_ ("%s can be read only by the old tool, on the board that it runs on. "
                 "Take your own copy of the key, and choose it in the recipe"),
             self->value));
}

static void
take_pin (const Setting *self)
{
  g_autofree char *words = NULL;

  pn_recipe_draft_set (self->migration->draft, self->field, self->value);
  words = say_field (self);
  add (self, PN_MIGRATION_TAKEN,
       pn_sentence_format (N_ ("In the recipe – %s. It is permanent"), words));
}

static void
leave (const Setting *self)
{
  add (self, PN_MIGRATION_LEFT, g_strdup (self->remark));
}

static void
note_records (const Setting *self)
{
  /* Where they are; they have an item of their own. */
}

static const struct
{
  const char *name;
  void (*take) (const Setting *self);
  PnRecipeField field;
  const char *remark;
} rows[] = {
  { "PROVISIONING_STYLE", take_word, PN_RECIPE_MODE, NULL },
  { "RPI_DEVICE_FAMILY", take_family, PN_RECIPE_CHIP, NULL },
  { "RPI_DEVICE_STORAGE_TYPE", take_word, PN_RECIPE_STORAGE, NULL },
  { "GOLD_MASTER_OS_FILE", take_path, PN_RECIPE_IMAGE, NULL },
  { "RPI_DEVICE_BOOT_ORDER_MATCH_STORAGE", take_switch, PN_RECIPE_MATCH_BOOT_ORDER, NULL },
  { "RPI_DEVICE_STORAGE_CIPHER", take_word, PN_RECIPE_CIPHER, NULL },
  { "RPI_DEVICE_BOOTLOADER_CONFIG_FILE", take_path, PN_RECIPE_CONFIG, NULL },
  { "RPI_DEVICE_FIRMWARE_FILE", take_path, PN_RECIPE_EEPROM, NULL },
  { "CUSTOMER_KEY_FILE_PEM", take_key, PN_RECIPE_KEY, NULL },
  { "RPI_DEVICE_LOCK_JTAG", take_permanent, PN_RECIPE_JTAG_LOCK, NULL },
  { "RPI_DEVICE_RPIBOOT_GPIO", take_pin, PN_RECIPE_RPIBOOT_GPIO, NULL },
  { "CUSTOMER_KEY_PKCS11_NAME", leave, 0,
    N_ ("Keys in tokens are not supported yet; what is said of it stays where it is") },
  { "RPI_DEVICE_EEPROM_WP_SET", leave, 0,
    N_ ("No recipe protects the boot firmware against writing") },
  { "RPI_DEVICE_RETRIEVE_KEYPAIR", leave, 0,
    N_ ("Not needed: what identifies a device is in its record") },
  { "RPI_SB_WORKDIR", leave, 0, N_ ("Not needed: a bundle is prepared once, in your own library") },
  { "RPI_SB_PROVISIONER_MANUFACTURING_DB", note_records, 0, NULL },
  { "RPI_SB_PROVISONER_MANUFACTURING_DB", note_records, 0, NULL },
  { "RPI_SB_PROVISIONER_STATE_DB", leave, 0,
    N_ ("Not needed: it holds only what the old tool is doing now") },
  { "RPI_CONNECT_API_KEY", leave, 0,
    N_ ("A secret, and registering with Raspberry Pi Connect is not supported yet; it was not read "
        "on") },
  { "RPI_CONNECT_DESCRIPTION", leave, 0,
    N_ ("Registering with Raspberry Pi Connect is not supported yet") },
  { "CONNECT_BASE_URL", leave, 0,
    N_ ("Registering with Raspberry Pi Connect is not supported yet") },
  { "RPI_SB_PROVISIONER_ENABLE_PRIVATE_KEY_API", leave, 0,
    N_ ("Punnet gives nobody the private key of a device") },
  { "PROVISIONER_NOTIFY_URL", leave, 0,
    N_ ("Not needed: parts of the old tool found each other "
        "with it") },
  { "PROVISIONER_MANUFACTURING_NOTIFY_URL", leave, 0,
    N_ ("Not needed: parts of the old tool found each other with it") },
  { "DEMO_MODE_ONLY", leave, 0, N_ ("Not needed: try recipes out on the practice bench") },
  { "RPI_DEVICE_FETCH_METADATA", leave, 0,
    N_ ("Not needed: what a device says of itself is always kept") },
  { "RPI_DEVICE_SERIAL_STORE", leave, 0, N_ ("Not needed: serial numbers are in the records") },
};

static void
plan_setting (PnMigration *migration, const PnOldSetting *old)
{
  Setting setting = { migration, old->name, old->value, 0, NULL };

  if (old->value == NULL)
    {
      add (&setting, PN_MIGRATION_LEFT, g_strdup (old->why));
      return;
    }
  if (old->value[0] == '\0')
    return; /* says nothing */
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (rows[i].name, old->name))
      {
        setting.field = rows[i].field;
        setting.remark = rows[i].remark;
        rows[i].take (&setting);
        return;
      }
  add (&setting, PN_MIGRATION_LEFT,
       g_strdup (N_ ("A setting that neither the old tool nor Punnet knows")));
}

/* What the old tool takes instead of a package's file where it lies in /etc (operations.md §1.2).
 */
static void
plan_replacements (PnMigration *migration)
{
  static const struct
  {
    const char *name;
    PnRecipeField field;
    const char *chip; /* NULL = those with a boot EEPROM */
  } files[] = {
    { "fastboot-gadget.img", PN_RECIPE_GADGET, NULL },
    { "fastboot-gadget.2710-bootfiles-bin", PN_RECIPE_BOOTFILES, "bcm2710" },
    { "cryptroot_initramfs", PN_RECIPE_INITRAMFS, NULL },
  };
  const char *chip = pn_recipe_draft_get (migration->draft, PN_RECIPE_CHIP);

  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *path = g_build_filename ("/etc/rpi-sb-provisioner", files[i].name, NULL);
      g_autofree char *place = pn_old_station_locate (migration->station, path);
      Setting setting = { migration, path, path, files[i].field, NULL };

      if (place != NULL && (files[i].chip == NULL || g_strcmp0 (files[i].chip, chip) == 0))
        take (&setting, place);
    }
}

/* What a recipe cannot say like that goes back to what Punnet takes by itself. */
static void
drop_wrong_values (PnMigration *migration)
{
  for (guint i = 0; i < PN_N_RECIPE_FIELDS; i++)
    {
      const char *value = pn_recipe_draft_get (migration->draft, (PnRecipeField) i);
      g_autoptr (GError) error = NULL;
      g_autofree char *why = NULL;

      if (value == NULL || pn_recipe_draft_check (migration->draft, (PnRecipeField) i, &error))
        continue;
      why = pn_error_to_sentence (error);
      for (guint j = 0; j < G_N_ELEMENTS (rows); j++)
        if (rows[j].field == i && rows[j].take != leave && rows[j].take != note_records)
          pn_migration_say (migration, PN_MIGRATION_SETTING, PN_MIGRATION_LEFT, rows[j].name, why);
      pn_recipe_draft_set (migration->draft, (PnRecipeField) i, NULL);
    }
}

void
pn_migration_plan_settings (PnMigration *self)
{
  g_autoptr (GPtrArray) settings = pn_old_config_list (self->station->config);
  g_autoptr (GPtrArray) package = pn_old_config_list (self->station->boot_package);
  gboolean needs_pin;

  for (guint i = 0; i < settings->len; i++)
    plan_setting (self, settings->pdata[i]);
  plan_replacements (self);
  drop_wrong_values (self);
  needs_pin = pn_recipe_draft_get (self->draft, PN_RECIPE_RPIBOOT_GPIO) == NULL;
  pn_recipe_draft_adapt (self->draft);
  if (needs_pin && pn_recipe_draft_get (self->draft, PN_RECIPE_RPIBOOT_GPIO) != NULL)
    pn_migration_add (self, PN_MIGRATION_SETTING, PN_MIGRATION_CHANGED, "RPI_DEVICE_RPIBOOT_GPIO",
                      pn_sentence_format (
                          N_ ("A locked device of this family needs a pin for USB boot; the recipe "
                              "has the usual one, %s. It is permanent: check it"),
                          PN_RECIPE_RPIBOOT_GPIO_DEFAULT));
  pn_firmware_folder_follow (NULL, pn_recipe_draft_get_chip (self->draft), self->draft);
  for (guint i = 0; i < package->len; i++)
    {
      const PnOldSetting *setting = package->pdata[i];

      pn_migration_add (
          self, PN_MIGRATION_BOOT_PACKAGE, PN_MIGRATION_LEFT, setting->name,
          g_strdup (N_ ("Packages that update the boot image are not supported yet")));
    }
}
