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

#define LOCK_2711                                                                                  \
  "[Recipe]\nName=Till\nMode=secure-boot\nChip=bcm2711\nStorage=emmc\n"                            \
  "[Image]\nFile=os.img\n"                                                                         \
  "[Firmware]\nEeprom=e\nRecovery=r\nBootfiles=b\nGadget=g\nInitramfs=i\n"                         \
  "[Key]\nPem=key.pem\n[Permanent]\nRpibootGpio=8\n"
#define ZERO                                                                                       \
  "[Recipe]\nName=Till\nMode=fde-only\nChip=bcm2710\nStorage=sd\n"                                 \
  "[Image]\nFile=os.img\n[Firmware]\nBootfiles=b\nInitramfs=i\n"

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
  g_assert_false (recipe->network);
}

static void
test_network (void)
{
  static const char *const texts[] = { NAKED, LOCK_2711 };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *text = g_strconcat (texts[i], "[Options]\nNetwork=true\n", NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (PnRecipe) recipe = parse (text, &error);
      g_autoptr (GBytes) again = NULL;

      g_assert_no_error (error);
      g_assert_true (recipe->network);
      again = pn_recipe_to_text (recipe);
      g_assert_nonnull (g_strstr_len (g_bytes_get_data (again, NULL),
                                      (gssize) g_bytes_get_size (again),
                                      "[Options]\nNetwork=true\n"));
    }
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

/* Encryption without a lock, on a chip that needs no more than a bootfiles.bin. */
static void
test_encrypted (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PnRecipe) recipe = parse (ZERO, &error);

  g_assert_no_error (error);
  g_assert_cmpint (recipe->mode, ==, PN_MODE_FDE_ONLY);
  g_assert_cmpint (recipe->chip, ==, PN_CHIP_BCM2710);
  g_assert_cmpstr (recipe->cipher, ==, "aes-xts-plain64");
  g_assert_cmpstr (recipe->initramfs, ==, "/recipes/i");
  g_assert_true (recipe->device_key);
  g_assert_false (recipe->update_eeprom);
  g_assert_null (recipe->recovery);
}

static void
test_gpio (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PnRecipe) recipe = parse (LOCK_2711, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (recipe->rpiboot_gpio, ==, 8);
}

#define HOOK                                                                                       \
  "[Hook post-flash]\nFile=h.sh\n"                                                                 \
  "Sha256=00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n"

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
  { SECURE, "[Key]", "[Hook later]\nFile=h.sh\n[Key]", PN_ERROR_INVALID_ARGUMENT, "[Hook later]" },
  { SECURE, "[Key]", "[Hook post-flash]\nFile=h.sh\n[Key]", PN_ERROR_INVALID_ARGUMENT,
    "not frozen" },
  { SECURE, "[Key]", "[Hook post-flash]\nFile=h.sh\nSha256=12\n[Key]", PN_ERROR_INVALID_ARGUMENT,
    "64 hexadecimal" },
  { SECURE, "[Key]", "[Hook post-flash]\nSeconds=5\n[Key]", PN_ERROR_INVALID_ARGUMENT,
    "Choose the hook’s script" },
  { SECURE, "[Key]", HOOK "Seconds=0\n[Key]", PN_ERROR_INVALID_ARGUMENT, "1 to 3600" },
  { SECURE, "[Key]", HOOK "Seconds=3601\n[Key]", PN_ERROR_INVALID_ARGUMENT, "1 to 3600" },
  { SECURE, "[Key]", HOOK "Enabled=yes\n[Key]", PN_ERROR_INVALID_ARGUMENT, "neither true" },
  { SECURE, "[Key]", HOOK "Network=1\n[Key]", PN_ERROR_INVALID_ARGUMENT, "neither true" },
  { SECURE, "[Key]", HOOK "Write=/etc\n[Key]", PN_ERROR_INVALID_ARGUMENT, "/etc" },
  { SECURE, "[Key]", HOOK "Write=/srv/a;/srv/../etc\n[Key]", PN_ERROR_INVALID_ARGUMENT,
    "/srv/../etc" },
  { SECURE, "[Key]",
    HOOK "Write=/srv/1;/srv/2;/srv/3;/srv/4;/srv/5;/srv/6;/srv/7;/srv/8;/srv/9\n[Key]",
    PN_ERROR_INVALID_ARGUMENT, "at most 8" },
  { SECURE, "[Key]", HOOK "File=other.sh\n[Key]", PN_ERROR_INVALID_ARGUMENT, "twice" },
  { SECURE, "[Key]", "[Keys]", PN_ERROR_INVALID_ARGUMENT, "[Keys]" },
  { SECURE, "[Key]", "[Extra]\n[Key]", PN_ERROR_INVALID_ARGUMENT, "[Extra]" },
  { SECURE, "Revision=3", "Revision=three", PN_ERROR_INVALID_ARGUMENT, "revision" },
  { SECURE, "Revision=3", "Revision=0", PN_ERROR_INVALID_ARGUMENT, "revision" },
  { SECURE, "Mode=secure-boot", "Mode=secure", PN_ERROR_INVALID_ARGUMENT, "secure-boot, fde-only" },
  { SECURE, "Mode=secure-boot\n", "", PN_ERROR_INVALID_ARGUMENT, "protected" },
  { SECURE, "Chip=bcm2712", "Chip=bcm2711", PN_ERROR_INVALID_ARGUMENT, "starts USB boot" },
  { SECURE, "[Key]", "[Permanent]\nRpibootGpio=8\n[Key]", PN_ERROR_INVALID_ARGUMENT,
    "Raspberry Pi 4 family" },
  { LOCK_2711, "RpibootGpio=8", "RpibootGpio=3", PN_ERROR_INVALID_ARGUMENT, "2, 4, 5, 6, 7 or 8" },
  { LOCK_2711, "RpibootGpio=8", "RpibootGpio=28", PN_ERROR_INVALID_ARGUMENT, "“28”" },
  { LOCK_2711, "Mode=secure-boot", "Mode=naked", PN_ERROR_INVALID_ARGUMENT, "belongs only" },
  { ZERO, "Mode=fde-only", "Mode=secure-boot", PN_ERROR_NOT_SUPPORTED, "no secure boot" },
  { ZERO, "Storage=sd", "Storage=emmc", PN_ERROR_NOT_SUPPORTED, "cannot start from that" },
  { ZERO, "Storage=sd", "Storage=nvme", PN_ERROR_NOT_SUPPORTED, "cannot start from that" },
  { ZERO, "[Firmware]", "[Options]\nNetwork=true\n[Firmware]", PN_ERROR_NOT_SUPPORTED,
    "no network socket" },
  { SECURE, "[Key]", "[Options]\nNetwork=yes\n[Key]", PN_ERROR_INVALID_ARGUMENT, "Network" },
  { ZERO, "[Firmware]", "[Firmware]\nUpdateEeprom=true", PN_ERROR_NOT_SUPPORTED,
    "no boot firmware" },
  { ZERO, "Initramfs=i\n", "", PN_ERROR_INVALID_ARGUMENT, "Initramfs" },
  { ZERO, "Initramfs=i\n", "Initramfs=i\n[Permanent]\nDeviceKey=false\n", PN_ERROR_INVALID_ARGUMENT,
    "identity" },
  { SECURE, "Chip=bcm2712", "Chip=bcm2710", PN_ERROR_NOT_SUPPORTED, "no secure boot" },
  { SECURE, "Chip=bcm2712", "Chip=z80", PN_ERROR_INVALID_ARGUMENT, "z80" },
  { SECURE, "Storage=nvme", "Storage=floppy", PN_ERROR_INVALID_ARGUMENT, "sd, emmc or nvme" },
  { SECURE, "File=os.img\n", "", PN_ERROR_INVALID_ARGUMENT, "[Image] File" },
  { SECURE, "Eeprom=fw/pieeprom.bin\n", "", PN_ERROR_INVALID_ARGUMENT, "Eeprom" },
  { SECURE, "Recovery=fw/recovery.bin\n", "", PN_ERROR_INVALID_ARGUMENT, "Recovery" },
  { SECURE, "Bootfiles=fw/bootfiles.bin\n", "", PN_ERROR_INVALID_ARGUMENT, "Bootfiles" },
  { SECURE, "Gadget=fw/gadget.img\n", "", PN_ERROR_INVALID_ARGUMENT, "Gadget" },
  { SECURE, "Initramfs=/elsewhere/initramfs\n", "", PN_ERROR_INVALID_ARGUMENT, "Initramfs" },
  { SECURE, "Pem=../keys/key.pem\n", "", PN_ERROR_INVALID_ARGUMENT, "[Key] Pem" },
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
  { NAKED, "Mode=naked", "Mode=naked\nMode=secure-boot", PN_ERROR_INVALID_ARGUMENT,
    "Mode in [Recipe] twice" },
  { NAKED, "[Firmware]", " File = other.img \n[Firmware]", PN_ERROR_INVALID_ARGUMENT,
    "File in [Image] twice" },
  { NAKED, "[Firmware]", "[Recipe]\n\tStorage= nvme\n[Firmware]", PN_ERROR_INVALID_ARGUMENT,
    "Storage in [Recipe] twice" },
  { NAKED, "[Firmware]", "File[C]=other.img\n[Firmware]", PN_ERROR_INVALID_ARGUMENT, "File[C]" },
  { NAKED, "Name=Till", "Name=T\xffill", PN_ERROR_INVALID_ARGUMENT, "cannot be read" },
  { NAKED, "Name=Till", "Name=", PN_ERROR_INVALID_ARGUMENT, "no name" },
  { NAKED, "Name=Till", "Name=0123456789012345678901234567890123456789012345678901234567890",
    PN_ERROR_INVALID_ARGUMENT, "60 characters" },
  { NAKED, "File=os.img", "File=o\\ts.img", PN_ERROR_INVALID_ARGUMENT, "control" },
  { SECURE, "Pem=", "Fingerprint=0123\nPem=", PN_ERROR_INVALID_ARGUMENT, "64 hexadecimal" },
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

static gboolean
hooks_equal (const PnRecipe *a, const PnRecipe *b)
{
  for (guint i = 0; i < PN_N_HOOK_STAGES; i++)
    {
      const PnRecipeHook *one = &a->hooks[i], *other = &b->hooks[i];

      if (g_strcmp0 (one->file, other->file) != 0 || one->enabled != other->enabled ||
          one->seconds != other->seconds || one->network != other->network ||
          !pn_sha256_equal (&one->digest, &other->digest) ||
          (one->file != NULL &&
           !g_strv_equal ((const char *const *) one->write, (const char *const *) other->write)))
        return FALSE;
    }
  return TRUE;
}

static gboolean
recipes_equal (const PnRecipe *a, const PnRecipe *b)
{
  return g_strcmp0 (a->name, b->name) == 0 && a->revision == b->revision && a->mode == b->mode &&
         a->chip == b->chip && a->storage == b->storage && g_strcmp0 (a->image, b->image) == 0 &&
         g_strcmp0 (a->eeprom, b->eeprom) == 0 && g_strcmp0 (a->recovery, b->recovery) == 0 &&
         g_strcmp0 (a->bootfiles, b->bootfiles) == 0 && g_strcmp0 (a->gadget, b->gadget) == 0 &&
         g_strcmp0 (a->initramfs, b->initramfs) == 0 && g_strcmp0 (a->config, b->config) == 0 &&
         g_strcmp0 (a->key, b->key) == 0 && g_strcmp0 (a->cipher, b->cipher) == 0 &&
         pn_sha256_equal (&a->fingerprint, &b->fingerprint) &&
         a->update_eeprom == b->update_eeprom && a->match_boot_order == b->match_boot_order &&
         a->jtag_lock == b->jtag_lock && a->device_key == b->device_key &&
         a->network == b->network && a->rpiboot_gpio == b->rpiboot_gpio && hooks_equal (a, b);
}

/* Characters that key files, paths or lines treat in a way of their own, and some that are long. */
static char *
random_text (const char *before)
{
  static const char *const pieces[] = { "a",  "Z", "0",    " ",        "  ",   ";",      ",",
                                        "#",  "=", "[",    "]",        "\\",   "\\s",    "\\n",
                                        "\"", "'", "%",    "é",        "漢",   "\u202e", "😀",
                                        ".",  "-", "true", "[Recipe]", "Name=" };
  GString *text = g_string_new (before);
  guint n_pieces = (guint) g_test_rand_int_range (1, 8);

  for (guint i = 0; i < n_pieces; i++)
    g_string_append (text, pieces[g_test_rand_int_range (0, G_N_ELEMENTS (pieces))]);
  return g_string_free (text, FALSE);
}

static void
set_random (PnRecipeDraft *draft, PnRecipeField field)
{
  static const char *const storages[] = { "sd", "emmc", "nvme" };
  static const char hexadecimal[] = "0123456789abcdef";
  g_autofree char *text = NULL;
  char digits[PN_SHA256_HEX_SIZE + 1] = "";

  switch (pn_recipe_field_get_kind (field))
    {
    case PN_RECIPE_KIND_TEXT:
      text = random_text ("x");
      break;
    case PN_RECIPE_KIND_NUMBER:
      text = g_strdup_printf ("%d", g_test_rand_int_range (1, 100000));
      break;
    case PN_RECIPE_KIND_PATH:
      text = random_text ("/");
      break;
    case PN_RECIPE_KIND_DIGEST:
      for (guint i = 0; i < PN_SHA256_HEX_SIZE; i++)
        digits[i] = hexadecimal[g_test_rand_int_range (0, 16)];
      text = g_strdup (digits);
      break;
    case PN_RECIPE_KIND_SWITCH:
      text = g_strdup (g_test_rand_bit () ? "true" : "false");
      break;
    case PN_RECIPE_KIND_WORD:
    default:
      if (field == PN_RECIPE_MODE)
        text = g_strdup (pn_mode_to_word ((PnMode) g_test_rand_int_range (0, 3)));
      else if (field == PN_RECIPE_CHIP)
        text = g_strdup (g_test_rand_bit () ? "bcm2711" : "bcm2712");
      else if (field == PN_RECIPE_RPIBOOT_GPIO)
        text = g_strdup ("4");
      else if (field == PN_RECIPE_STORAGE)
        text = g_strdup (storages[g_test_rand_int_range (0, 3)]);
      else
        text = g_strdup ("aes-xts-plain64");
    }
  pn_recipe_draft_set (draft, field, text);
}

static void
set_random_hook (PnRecipeDraft *draft, PnHookStage stage)
{
  static const char *const folders[] = { NULL, "/srv/labels", "/srv/labels;/media/stick" };
  g_autofree char *seconds = g_strdup_printf ("%d", g_test_rand_int_range (1, 3601));

  for (guint key = 0; key < PN_N_RECIPE_HOOK_KEYS; key++)
    if (key != PN_RECIPE_HOOK_SECONDS && key != PN_RECIPE_HOOK_WRITE &&
        (key <= PN_RECIPE_HOOK_SHA256 || g_test_rand_bit ()))
      set_random (draft, pn_recipe_hook_field (stage, (PnRecipeHookKey) key));
  if (g_test_rand_bit ())
    pn_recipe_draft_set (draft, pn_recipe_hook_field (stage, PN_RECIPE_HOOK_SECONDS), seconds);
  pn_recipe_draft_set (draft, pn_recipe_hook_field (stage, PN_RECIPE_HOOK_WRITE),
                       folders[g_test_rand_int_range (0, 3)]);
}

/* For any recipe x: parse (to_text (x)) == x, and the text is the same again. */
static void
test_round_trip (void)
{
  guint n_recipes = 0;

  for (guint round = 0; round < 5000; round++)
    {
      g_autoptr (PnRecipeDraft) draft = pn_recipe_draft_new ();
      g_autoptr (PnRecipeDraft) read_draft = NULL;
      g_autoptr (PnRecipe) recipe = NULL;
      g_autoptr (PnRecipe) again = NULL;
      g_autoptr (GBytes) draft_text = NULL;
      g_autoptr (GBytes) text = NULL;
      g_autoptr (GBytes) text_again = NULL;
      g_autoptr (GError) error = NULL;

      for (guint i = 0; i < PN_N_RECIPE_FIELDS; i++)
        if (g_test_rand_int_range (0, 12) != 0 &&
            !pn_recipe_field_get_hook ((PnRecipeField) i, NULL, NULL))
          set_random (draft, (PnRecipeField) i);
      for (guint i = 0; i < PN_N_HOOK_STAGES; i++)
        if (g_test_rand_bit ())
          set_random_hook (draft, (PnHookStage) i);
      if (g_test_rand_int_range (0, 4) != 0)
        pn_recipe_draft_adapt (draft);
      for (guint i = 0; i < PN_N_RECIPE_FIELDS; i++)
        {
          const char *value = pn_recipe_draft_get (draft, (PnRecipeField) i);

          if (value != NULL && pn_recipe_field_get_kind ((PnRecipeField) i) == PN_RECIPE_KIND_PATH)
            {
              g_autofree char *whole = g_canonicalize_filename (value, "/");

              pn_recipe_draft_set (draft, (PnRecipeField) i, whole);
            }
        }
      recipe = pn_recipe_new_from_draft (draft, NULL);
      if (recipe == NULL)
        continue;
      n_recipes++;
      draft_text = pn_recipe_draft_to_text (draft);
      read_draft = pn_recipe_draft_parse (draft_text, "/elsewhere", &error);
      g_assert_no_error (error);
      g_assert_true (pn_recipe_draft_equal (draft, read_draft));
      text = pn_recipe_to_text (recipe);
      again = pn_recipe_parse (text, "/elsewhere", &error);
      g_assert_no_error (error);
      g_assert_true (recipes_equal (recipe, again));
      text_again = pn_recipe_to_text (again);
      g_assert_true (g_bytes_equal (text, text_again));
    }
  g_test_message ("%u recipes", n_recipes);
  g_assert_cmpuint (n_recipes, >, 500);
}

/* What the window asks while somebody types: each wrong value has its sentence at its own field,
 * and the parser refuses exactly what a field refuses. */
static void
test_fields (void)
{
  for (guint i = 0; i < PN_N_RECIPE_FIELDS; i++)
    {
      PnRecipeField field = (PnRecipeField) i, found;

      g_assert_true (pn_recipe_field_from_key (pn_recipe_field_get_group (field),
                                               pn_recipe_field_get_key (field), &found));
      g_assert_cmpint (found, ==, field);
      g_assert_cmpstr (pn_recipe_field_get_label (field), !=, "");
    }
  for (guint i = 0; i < G_N_ELEMENTS (mistakes); i++)
    {
      g_auto (GStrv) parts = g_strsplit (mistakes[i].text, mistakes[i].from, 2);
      g_autofree char *text = g_strjoinv (mistakes[i].to, parts);
      g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
      g_autoptr (PnRecipeDraft) draft = pn_recipe_draft_parse (bytes, "/recipes", NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (GError) parsed = NULL;
      g_autoptr (PnRecipe) recipe = pn_recipe_parse (bytes, "/recipes", &parsed);
      PnRecipeField wrong;

      if (draft == NULL)
        continue; /* not even a draft */
      g_assert_false (pn_recipe_draft_check_all (draft, &wrong, &error));
      g_assert_false (pn_recipe_draft_check (draft, wrong, NULL));
      g_assert_true (g_str_has_suffix (parsed->message, error->message));
      g_assert_nonnull (strstr (parsed->message, pn_recipe_field_get_key (wrong)));
    }
  g_assert_cmpint (pn_recipe_field_get_permanence (PN_RECIPE_KEY, PN_MODE_SECURE_BOOT), ==,
                   PN_PERMANENCE_PERMANENT);
  g_assert_cmpint (pn_recipe_field_get_permanence (PN_RECIPE_IMAGE, PN_MODE_SECURE_BOOT), ==,
                   PN_PERMANENCE_SAME_KEY);
  g_assert_cmpint (pn_recipe_field_get_permanence (PN_RECIPE_MODE, PN_MODE_NAKED), ==,
                   PN_PERMANENCE_REVERSIBLE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/recipe/secure", test_secure);
  g_test_add_func ("/recipe/network", test_network);
  g_test_add_func ("/recipe/naked", test_naked);
  g_test_add_func ("/recipe/encrypted", test_encrypted);
  g_test_add_func ("/recipe/gpio", test_gpio);
  g_test_add_func ("/recipe/mistakes", test_mistakes);
  g_test_add_func ("/recipe/parts", test_parts);
  g_test_add_func ("/recipe/truncated", test_truncated);
  g_test_add_func ("/recipe/round-trip", test_round_trip);
  g_test_add_func ("/recipe/fields", test_fields);
  return g_test_run ();
}
