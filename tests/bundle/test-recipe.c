/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "pn-error.h"
#include "pn-recipe.h"

#define SECURE                                                                                     \
  "[Recipe]\nName=Till\nRevision=3\nMode=secure-boot\nChip=bcm2712\nStorage=nvme\n"                \
  "[Image]\nFile=os.img\n"                                                                         \
  "[Firmware]\nEeprom=fw/pieeprom.bin\nRecovery=fw/recovery.bin\nBootfiles=fw/bootfiles.bin\n"     \
  "Gadget=fw/gadget.img\nInitramfs=/elsewhere/initramfs\n"                                         \
  "[Key]\nPem=../keys/key.pem\n"
#define NAKED                                                                                      \
  "[Recipe]\nName=Till\nMode=naked\nChip=bcm2712\nStorage=sd\n"                                    \
  "[Image]\nFile=os.img\n"                                                                         \
  "[Firmware]\nEeprom=pieeprom.bin\nRecovery=recovery.bin\nBootfiles=bootfiles.bin\n"              \
  "Gadget=gadget.img\n"

static PnRecipe *
parse (const char *text, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

  return pn_recipe_parse (bytes, "/recipes", error);
}

static void
test_secure (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PnRecipe) recipe = parse (SECURE, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (recipe->name, ==, "Till");
  g_assert_cmpuint (recipe->revision, ==, 3);
  g_assert_cmpint (recipe->mode, ==, PN_MODE_SECURE_BOOT);
  g_assert_cmpint (recipe->storage, ==, PN_STORAGE_NVME);
  g_assert_cmpstr (recipe->image, ==, "/recipes/os.img");
  g_assert_cmpstr (recipe->eeprom, ==, "/recipes/fw/pieeprom.bin");
  g_assert_cmpstr (recipe->initramfs, ==, "/elsewhere/initramfs");
  g_assert_cmpstr (recipe->key, ==, "/keys/key.pem");
  g_assert_cmpstr (recipe->cipher, ==, "aes-xts-plain64");
  g_assert_null (recipe->config);
  g_assert_true (recipe->update_eeprom);
  g_assert_true (recipe->match_boot_order);
  g_assert_true (recipe->device_key);
  g_assert_false (recipe->jtag_lock);
}

static void
test_naked (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PnRecipe) recipe = parse (NAKED "[Key]\nPem=key.pem\n", &error);
  g_autoptr (PnRecipe) plain = NULL;

  g_assert_no_error (error);
  g_assert_cmpint (recipe->mode, ==, PN_MODE_NAKED);
  g_assert_null (recipe->cipher);
  g_assert_null (recipe->initramfs);
  g_assert_false (recipe->device_key);
  g_assert_cmpstr (recipe->key, ==, "/recipes/key.pem");
  plain = parse ("[Recipe]\nName=x\nMode=naked\nChip=bcm2712\nStorage=sd\n[Image]\nFile=a\n"
                 "[Firmware]\nRecovery=r\nBootfiles=b\nGadget=g\nUpdateEeprom=false\n",
                 &error);
  g_assert_no_error (error);
  g_assert_null (plain->eeprom);
  g_assert_false (plain->update_eeprom);
}

static const struct
{
  const char *text; /* the recipe… */
  const char *from; /* …with this line… */
  const char *to;   /* …replaced */
  PnError code;
  const char *says;
} mistakes[] = {
  { SECURE, "Name=Till", "Nmae=Till", PN_ERROR_INVALID_ARGUMENT, "Nmae in [Recipe]" },
  { SECURE, "Name=Till\n", "", PN_ERROR_INVALID_ARGUMENT, "no name" },
  { SECURE, "Name=Till", "Name=Ti\\nll", PN_ERROR_INVALID_ARGUMENT, "control" },
  { SECURE, "[Key]", "[Keys]", PN_ERROR_INVALID_ARGUMENT, "[Keys]" },
  { SECURE, "[Key]", "[Extra]\n[Key]", PN_ERROR_INVALID_ARGUMENT, "[Extra]" },
  { SECURE, "Revision=3", "Revision=three", PN_ERROR_INVALID_ARGUMENT, "revision" },
  { SECURE, "Revision=3", "Revision=0", PN_ERROR_INVALID_ARGUMENT, "revision" },
  { SECURE, "Mode=secure-boot", "Mode=secure", PN_ERROR_INVALID_ARGUMENT, "secure-boot, fde-only" },
  { SECURE, "Mode=secure-boot\n", "", PN_ERROR_INVALID_ARGUMENT, "mode" },
  { SECURE, "Mode=secure-boot", "Mode=fde-only", PN_ERROR_NOT_SUPPORTED, "not supported yet" },
  { SECURE, "Chip=bcm2712", "Chip=bcm2711", PN_ERROR_NOT_SUPPORTED, "not supported yet" },
  { SECURE, "Chip=bcm2712", "Chip=bcm2710", PN_ERROR_NOT_SUPPORTED, "no secure boot" },
  { SECURE, "Chip=bcm2712", "Chip=z80", PN_ERROR_INVALID_ARGUMENT, "z80" },
  { SECURE, "Storage=nvme", "Storage=floppy", PN_ERROR_INVALID_ARGUMENT, "sd, emmc or nvme" },
  { SECURE, "File=os.img\n", "", PN_ERROR_INVALID_ARGUMENT, "File in [Image]" },
  { SECURE, "Eeprom=fw/pieeprom.bin\n", "", PN_ERROR_INVALID_ARGUMENT, "Eeprom" },
  { SECURE, "Recovery=fw/recovery.bin\n", "", PN_ERROR_INVALID_ARGUMENT, "Recovery" },
  { SECURE, "Bootfiles=fw/bootfiles.bin\n", "", PN_ERROR_INVALID_ARGUMENT, "Bootfiles" },
  { SECURE, "Gadget=fw/gadget.img\n", "", PN_ERROR_INVALID_ARGUMENT, "Gadget" },
  { SECURE, "Initramfs=/elsewhere/initramfs\n", "", PN_ERROR_INVALID_ARGUMENT, "Initramfs" },
  { SECURE, "Pem=../keys/key.pem\n", "", PN_ERROR_INVALID_ARGUMENT, "Pem in [Key]" },
  { SECURE, "[Key]", "[Encryption]\nCipher=rot13\n[Key]", PN_ERROR_NOT_SUPPORTED, "rot13" },
  { SECURE, "[Key]", "[Permanent]\nJtagLock=maybe\n[Key]", PN_ERROR_INVALID_ARGUMENT, "JtagLock" },
  { SECURE, "[Key]", "[Permanent]\nDeviceKey=false\n[Key]", PN_ERROR_INVALID_ARGUMENT,
    "DeviceKey" },
  { NAKED, "[Image]", "[Permanent]\nJtagLock=true\n[Image]", PN_ERROR_INVALID_ARGUMENT, "JTAG" },
  { NAKED, "[Image]", "[Encryption]\nCipher=aes-xts-plain64\n[Image]", PN_ERROR_INVALID_ARGUMENT,
    "does not encrypt" },
  { NAKED, "Eeprom=pieeprom.bin\n", "", PN_ERROR_INVALID_ARGUMENT, "Eeprom" },
  { SECURE, "[Firmware]", "File=other.img\n[Firmware]", PN_ERROR_INVALID_ARGUMENT,
    "File in [Image] twice" },
  { SECURE, "[Key]", "  Gadget\t = other.img\n[Key]", PN_ERROR_INVALID_ARGUMENT, "Gadget in" },
  { SECURE, "[Key]", "[Recipe]\nMode=naked\n[Key]", PN_ERROR_INVALID_ARGUMENT, "Mode in" },
  { NAKED, "[Recipe]", "Recipe", PN_ERROR_INVALID_ARGUMENT, "cannot be read" },
};

static void
test_mistakes (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (mistakes); i++)
    {
      g_auto (GStrv) parts = g_strsplit (mistakes[i].text, mistakes[i].from, 2);
      g_autofree char *text = g_strjoinv (mistakes[i].to, parts);
      g_autoptr (GError) error = NULL;
      g_autoptr (PnRecipe) recipe = parse (text, &error);

      g_test_message ("%s -> %s", mistakes[i].from, mistakes[i].to);
      g_assert_nonnull (parts[1]);
      g_assert_null (recipe);
      g_assert_error (error, PN_ERROR, (int) mistakes[i].code);
      g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, mistakes[i].says));
    }
}

/* A section in two parts and a comment are no line given twice. */
static void
test_parts (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PnRecipe) recipe =
      parse (SECURE "#Pem=old.pem\n[Recipe]\n#Name=Other\n[Firmware]\nConfig=c.txt\n", &error);

  g_assert_no_error (error);
  g_assert_cmpstr (recipe->name, ==, "Till");
  g_assert_cmpstr (recipe->config, ==, "/recipes/c.txt");
}

static void
test_truncated (void)
{
  for (gsize size = 0; size <= strlen (SECURE); size++)
    {
      g_autoptr (GBytes) bytes = g_bytes_new (SECURE, size);
      g_autoptr (GError) error = NULL;
      g_autoptr (PnRecipe) recipe = pn_recipe_parse (bytes, "/recipes", &error);

      g_assert_true ((recipe == NULL) == (error != NULL));
      if (size + strlen ("Pem=../keys/key.pem\n") <= strlen (SECURE))
        g_assert_null (recipe);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/recipe/secure", test_secure);
  g_test_add_func ("/recipe/naked", test_naked);
  g_test_add_func ("/recipe/mistakes", test_mistakes);
  g_test_add_func ("/recipe/parts", test_parts);
  g_test_add_func ("/recipe/truncated", test_truncated);
  return g_test_run ();
}
