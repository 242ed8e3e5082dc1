/* SPDX-License-Identifier: GPL-3.0-or-later */
/* punnetctl firmware: each builder of the firmware room, alone. */
#include "config.h"

#include "pn-ctl.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "pn-bootcode.h"
#include "pn-bootfiles.h"
#include "pn-bootloader-config.h"
#include "pn-eeprom.h"
#include "pn-io.h"
#include "pn-sig-file.h"

#define MAX_FILE (64 * 1024 * 1024) /* bytes; bootfiles.bin has some 5 MiB */

/* What most commands can be told. */
typedef struct
{
  char *output;
  char *key;
  char *timestamp;
  int passphrase_fd;
  gboolean force;
} Common;

#define COMMON_INIT                                                                                \
  {                                                                                                \
    .passphrase_fd = -1                                                                            \
  }

static void
common_clear (Common *self)
{
  g_free (self->output);
  g_free (self->key);
  g_free (self->timestamp);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Common, common_clear)

static GOptionContext *
make_context (const char *arguments, const char *summary, Common *common, gboolean signs)
{
  GOptionContext *context = g_option_context_new (arguments);
  const GOptionEntry output[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &common->output, "Where to write the result",
      "FILE" },
    { "force", 'f', 0, G_OPTION_ARG_NONE, &common->force, "Replace a file that exists", NULL },
    { NULL },
  };
  const GOptionEntry signing[] = {
    { "key", 'k', 0, G_OPTION_ARG_FILENAME, &common->key, "Sign with this RSA-2048 private key",
      "PEM" },
    { "passphrase-fd", 0, 0, G_OPTION_ARG_INT, &common->passphrase_fd,
      "Read the key's passphrase from this descriptor (default: ask)", "FD" },
    { "timestamp", 't', 0, G_OPTION_ARG_STRING, &common->timestamp,
      "The recorded time (default: SOURCE_DATE_EPOCH, or now)", "SECONDS" },
    { NULL },
  };

  g_option_context_set_summary (context, summary);
  g_option_context_add_main_entries (context, output, NULL);
  if (signs)
    g_option_context_add_main_entries (context, signing, NULL);
  return context;
}

/* NULL without @error where no key was given. */
static PnSigner *
load_key (const Common *common, GError **error)
{
  return common->key != NULL ? pn_ctl_load_signer (common->key, common->passphrase_fd, error)
                             : NULL;
}

/* @error is looked at after @done was worked out, whatever the order of arguments. */
static int
end (gboolean done, GError **error)
{
  return done ? 0 : pn_ctl_fail (*error);
}

/* ---- extract ---- */

static int
list_sections (PnEeprom *eeprom, gboolean json)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  guint n;
  const PnEepromSection *sections = pn_eeprom_get_sections (eeprom, &n);
  g_autofree char *version = pn_eeprom_get_version (eeprom);
  const char *chip = pn_chip_to_word (pn_eeprom_get_chip (eeprom));

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "chip");
  json_builder_add_string_value (builder, chip);
  json_builder_set_member_name (builder, "version");
  json_builder_add_string_value (builder, version != NULL ? version : "");
  json_builder_set_member_name (builder, "build-timestamp");
  json_builder_add_int_value (builder, (gint64) pn_eeprom_get_build_timestamp (eeprom));
  json_builder_set_member_name (builder, "sections");
  json_builder_begin_array (builder);
  if (!json)
    printf ("%s, version %s\n", chip, version != NULL ? version : "unknown");
  for (guint i = 0; i < n; i++)
    {
      json_builder_begin_object (builder);
      json_builder_set_member_name (builder, "name");
      json_builder_add_string_value (builder, sections[i].name);
      json_builder_set_member_name (builder, "offset");
      json_builder_add_int_value (builder, (gint64) sections[i].offset);
      json_builder_set_member_name (builder, "magic");
      json_builder_add_int_value (builder, sections[i].magic);
      json_builder_set_member_name (builder, "size");
      json_builder_add_int_value (builder, (gint64) sections[i].content_size);
      json_builder_end_object (builder);
      if (!json && sections[i].name[0] != '\0')
        printf ("  %-14s %8" G_GSIZE_FORMAT " bytes at 0x%06" G_GSIZE_MODIFIER "x\n",
                sections[i].name, sections[i].content_size, sections[i].offset);
    }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  return json ? pn_ctl_print_json (builder) : 0;
}

static PnEeprom *
open_eeprom (const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = pn_read_file (path, PN_EEPROM_SIZE_2712, error);

  return bytes != NULL ? pn_eeprom_new (bytes, error) : NULL;
}

static int
extract (int argc, char **argv)
{
  g_auto (Common) common = COMMON_INIT;
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "List as JSON", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = make_context (
      "EEPROM [NAME]",
      "Lists what is in a boot EEPROM image, or writes one file of it (bootconf.txt, pubkey.bin, "
      "bootcode.bin …)\nto -o FILE or to standard output.",
      &common, FALSE);
  g_autoptr (PnEeprom) eeprom = NULL;
  g_autoptr (GBytes) content = NULL;
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!pn_ctl_parse (context, &argc, &argv, 1, 2))
    return 2;
  eeprom = open_eeprom (argv[1], &error);
  if (eeprom != NULL && argc == 2)
    return list_sections (eeprom, json);
  content = eeprom != NULL ? pn_eeprom_get_file (eeprom, argv[2], &error) : NULL;
  return end (content != NULL && pn_ctl_write (common.output, content, common.force, &error),
              &error);
}

/* ---- replace ---- */

static gboolean
replace_one (PnEeprom *eeprom, const char *assignment, GError **error)
{
  const char *equals = strchr (assignment, '=');
  g_autofree char *name = NULL;
  g_autoptr (GBytes) content = NULL;

  if (equals == NULL || equals == assignment)
    {
      g_set_error (error, PN_ERROR, PN_ERROR_INVALID_ARGUMENT,
                   "“%s” is not NAME=FILE, as in bootconf.txt=my-settings.txt", assignment);
      return FALSE;
    }
  name = g_strndup (assignment, (gsize) (equals - assignment));
  content = pn_read_file (equals + 1, PN_EEPROM_SIZE_2712, error);
  return content != NULL && pn_eeprom_replace_file (eeprom, name, content, error);
}

static int
replace (int argc, char **argv)
{
  g_auto (Common) common = COMMON_INIT;
  g_autoptr (GOptionContext) context = make_context (
      "EEPROM NAME=FILE…",
      "Writes a boot EEPROM image in which files are replaced. Nothing is signed.", &common, FALSE);
  g_autoptr (PnEeprom) eeprom = NULL;
  g_autoptr (GBytes) result = NULL;
  g_autoptr (GError) error = NULL;
  gboolean done;

  if (!pn_ctl_parse (context, &argc, &argv, 2, 16))
    return 2;
  done = pn_ctl_check_output (common.output, common.force, &error);
  if (done)
    eeprom = open_eeprom (argv[1], &error);
  done = eeprom != NULL;
  for (int i = 2; done && i < argc; i++)
    done = replace_one (eeprom, argv[i], &error);
  if (done)
    result = pn_eeprom_to_bytes (eeprom);
  return end (done && pn_ctl_write (common.output, result, common.force, &error), &error);
}

/* ---- build ---- */

static int
build (int argc, char **argv)
{
  g_auto (Common) common = COMMON_INIT;
  g_autofree char *config = NULL;
  const GOptionEntry entries[] = {
    { "config", 'c', 0, G_OPTION_ARG_FILENAME, &config, "The bootloader configuration",
      "BOOTCONF" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = make_context (
      "EEPROM",
      "Writes a boot EEPROM image with a configuration; with --key the configuration and, on "
      "BCM2712, the\nboot code are signed, and the public key is put in.",
      &common, TRUE);
  g_autoptr (GBytes) source = NULL;
  g_autoptr (GBytes) text = NULL;
  g_autoptr (GBytes) result = NULL;
  g_autoptr (PnSigner) signer = NULL;
  g_autoptr (GError) error = NULL;
  gint64 timestamp;
  gboolean done;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!pn_ctl_parse (context, &argc, &argv, 1, 1))
    return 2;
  done = pn_ctl_check_output (common.output, common.force, &error) &&
         pn_ctl_choose_timestamp (common.timestamp, &timestamp, &error) &&
         (source = pn_read_file (argv[1], PN_EEPROM_SIZE_2712, &error)) != NULL;
  if (done && config != NULL)
    text = pn_read_file (config, PN_BOOTLOADER_CONFIG_MAX, &error);
  else if (done)
    {
      g_autoptr (PnEeprom) eeprom = pn_eeprom_new (source, &error);

      text = eeprom != NULL ? pn_eeprom_get_file (eeprom, "bootconf.txt", &error) : NULL;
    }
  done = done && text != NULL;
  if (done)
    signer = load_key (&common, &error);
  if (done && error == NULL)
    result = pn_eeprom_build (source, text, signer, timestamp, NULL, &error);
  return end (result != NULL && pn_ctl_write (common.output, result, common.force, &error), &error);
}

/* ---- countersign ---- */

static gboolean
is_archive (GBytes *bytes)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  return size >= 512 && memcmp (data + 257, "ustar", 5) == 0;
}

static int
countersign (int argc, char **argv)
{
  g_auto (Common) common = COMMON_INIT;
  g_autoptr (GOptionContext) context = make_context (
      "FILE",
      "Adds your signature to BCM2712 boot code that Raspberry Pi signed: a recovery.bin or "
      "bootcode5.bin,\nor the one inside of a bootfiles.bin. Needs --key.",
      &common, TRUE);
  g_autoptr (GBytes) source = NULL;
  g_autoptr (GBytes) result = NULL;
  g_autoptr (PnSigner) signer = NULL;
  g_autoptr (GError) error = NULL;

  if (!pn_ctl_parse (context, &argc, &argv, 1, 1))
    return 2;
  if (common.key == NULL)
    g_set_error_literal (&error, PN_ERROR, PN_ERROR_INVALID_ARGUMENT,
                         "Say with --key what to sign with");
  else if (pn_ctl_check_output (common.output, common.force, &error) &&
           (source = pn_read_file (argv[1], MAX_FILE, &error)) != NULL)
    signer = load_key (&common, &error);
  if (signer != NULL)
    result = is_archive (source) ? pn_bootfiles_countersign (source, signer, NULL, &error)
                                 : pn_bootcode_countersign (source, signer, NULL, &error);
  return end (result != NULL && pn_ctl_write (common.output, result, common.force, &error), &error);
}

/* ---- digest ---- */

static int
digest (int argc, char **argv)
{
  g_auto (Common) common = COMMON_INIT;
  int soc = 0;
  const GOptionEntry entries[] = {
    { "soc", 0, 0, G_OPTION_ARG_INT, &soc, "Add a target_soc line", "2711|2712" },
    { NULL },
  };
  g_autoptr (GOptionContext) context =
      make_context ("FILE",
                    "Writes the .sig file of a boot.img, an EEPROM image or a configuration: its "
                    "SHA-256, the time,\nand with --key the signature.",
                    &common, TRUE);
  g_autoptr (PnSigner) signer = NULL;
  g_autoptr (GBytes) result = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (PnFd) fd = -1;
  PnSha256 hash;
  gint64 timestamp;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!pn_ctl_parse (context, &argc, &argv, 1, 1))
    return 2;
  if (soc != 0 && soc != 2711 && soc != 2712)
    g_set_error_literal (&error, PN_ERROR, PN_ERROR_INVALID_ARGUMENT, "--soc is 2711 or 2712");
  else if (pn_ctl_choose_timestamp (common.timestamp, &timestamp, &error))
    fd = pn_open (argv[1], O_RDONLY, &error);
  if (fd >= 0 && pn_sha256_fd (fd, 0, -1, &hash, NULL, &error))
    {
      signer = load_key (&common, &error);
      if (error == NULL)
        result = pn_sig_file_build (&hash, timestamp, soc, signer, NULL, &error);
    }
  return end (result != NULL && pn_ctl_write (common.output, result, common.force, &error), &error);
}

int
pn_ctl_firmware (int argc, char **argv)
{
  static const PnCtlCommand commands[] = {
    { "extract", extract, "List an EEPROM image's files, or take one out" },
    { "replace", replace, "Put files into an EEPROM image" },
    { "build", build, "Make an EEPROM image with a configuration, signed or not" },
    { "countersign", countersign, "Sign BCM2712 boot code, or bootfiles.bin" },
    { "digest", digest, "Make a .sig file" },
    { NULL, NULL, NULL },
  };

  return pn_ctl_commands (commands, argc, argv);
}
