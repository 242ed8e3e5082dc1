/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Edits of the boot partition's text files, and the ramdisk image that holds all of it
 * (image-preparation.md §4, §5). */
#include "config.h"

#include "pn-boot-image.h"

#include <gio/gio.h>
#include <string.h>

#include "pn-error.h"

#define LABEL "BOOT"
#define MAX_TEXT (1024 * 1024)
#define LOCK "lock_device_private_key="

PnFatFile *
pn_boot_find_file (GPtrArray *files, const char *path)
{
  for (guint i = 0; i < files->len; i++)
    {
      PnFatFile *file = files->pdata[i];

      if (g_ascii_strcasecmp (file->path, path) == 0)
        return file;
    }
  return NULL;
}

/* NULL with an error where it is not text. */
static char *
to_text (GBytes *bytes, const char *name, GError **error)
{
  gsize size;
  const char *data = g_bytes_get_data (bytes, &size);

  if (size > MAX_TEXT || (size > 0 && memchr (data, '\0', size) != NULL))
    {
      pn_set_error (error, PN_ERROR_INVALID_DATA, "%s is not a text file", name);
      return NULL;
    }
  return g_strndup (size > 0 ? data : "", size);
}

static GBytes *
from_string (GString *text)
{
  return g_string_free_to_bytes (text);
}

/* Words that would mount, or start, something else than the pre-boot system does. */
static gboolean
drops_word (const char *word)
{
  static const char *const keys[] = {
    "root",      "init",  "rootfstype", "rootwait", "rootdelay",
    "rootflags", "quiet", "resume",     "resize" /* pi-gen's first boot would grow partition 2 */
  };
  gsize length = strcspn (word, "=");

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (strlen (keys[i]) == length && strncmp (word, keys[i], length) == 0)
      return TRUE;
  return FALSE;
}

GBytes *
pn_cmdline_edit (GBytes *bytes, GError **error)
{
  g_autofree char *text = to_text (bytes, "cmdline.txt", error);
  g_auto (GStrv) words = NULL;
  GString *out;

  if (text == NULL)
    return NULL;
  words = g_strsplit_set (text, " \t\r\n", 0);
  out = g_string_new (NULL);
  for (guint i = 0; words[i] != NULL; i++)
    {
      if (words[i][0] == '\0' || drops_word (words[i]))
        continue;
      if (out->len > 0)
        g_string_append_c (out, ' ');
      g_string_append (out, words[i]);
    }
  g_string_append_c (out, '\n');
  return from_string (out);
}

GBytes *
pn_config_edit (GBytes *bytes, GError **error)
{
  g_autofree char *text = to_text (bytes, "config.txt", error);
  g_auto (GStrv) lines = NULL;
  g_autoptr (GString) out = NULL;

  if (text == NULL)
    return NULL;
  lines = g_strsplit (text, "\n", 0);
  out = g_string_new (NULL);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_autofree char *line = g_strstrip (g_strdup (lines[i]));

      if (g_str_has_prefix (line, LOCK) && !g_str_equal (line, LOCK "1"))
        {
          pn_set_error (
              error, PN_ERROR_INVALID_DATA,
              "config.txt says “%s”, but the device's key has to be locked: remove the line", line);
          return NULL;
        }
      /* The second would have the boot.img inside look for another one (§5). */
      if (g_str_has_prefix (line, "auto_initramfs=") || g_str_has_prefix (line, "boot_ramdisk="))
        g_string_append_c (out, '#');
      g_string_append (out, lines[i]);
      if (lines[i + 1] != NULL)
        g_string_append_c (out, '\n');
    }
  if (out->len > 0 && out->str[out->len - 1] != '\n')
    g_string_append_c (out, '\n');
  /* Always a section of our own: the file may end in one for another board. */
  g_string_append (out, "\n[all]\ninitramfs initramfs8\n" LOCK "1\n");
  return from_string (g_steal_pointer (&out));
}

/* TRUE where the entry is mounted at @where. */
static gboolean
mounts_at (const char *line, const char *where)
{
  g_auto (GStrv) words = g_strsplit_set (line, " \t", 0);
  guint n = 0;

  if (line[0] == '#')
    return FALSE;
  for (guint i = 0; words[i] != NULL; i++)
    if (words[i][0] != '\0' && ++n == 2)
      return g_str_equal (words[i], where);
  return FALSE;
}

GBytes *
pn_fstab_edit (GBytes *bytes, GError **error)
{
  g_autofree char *text = to_text (bytes, "/etc/fstab", error);
  g_auto (GStrv) lines = NULL;
  GString *out;

  if (text == NULL)
    return NULL;
  lines = g_strsplit (text, "\n", 0);
  out = g_string_new (NULL);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      if (mounts_at (lines[i], "/") || mounts_at (lines[i], "/boot/firmware") ||
          mounts_at (lines[i], "/boot"))
        g_string_append_c (out, '#');
      g_string_append (out, lines[i]);
      if (lines[i + 1] != NULL)
        g_string_append_c (out, '\n');
    }
  if (out->len > 0 && out->str[out->len - 1] != '\n')
    g_string_append_c (out, '\n');
  g_string_append (out, "/dev/mapper/cryptroot  /               ext4  defaults,noatime  0 1\n"
                        "LABEL=BOOT             /boot/firmware  vfat  defaults,nofail   0 2\n");
  return from_string (out);
}

/* An arm64 kernel, plain or as gzip, by its header (Linux: Documentation/arch/arm64/booting.rst).
 */
static gboolean
is_arm64_kernel (GBytes *content)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (content, &size);
  guint8 head[64] = { 0 };

  if (size > 2 && data[0] == 0x1f && data[1] == 0x8b)
    {
      g_autoptr (GZlibDecompressor) gzip = g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP);
      gsize used, got;

      /* The room is for the header only: what follows is not asked for. */
      (void) g_converter_convert (G_CONVERTER (gzip), data, size, head, sizeof head, 0, &used, &got,
                                  NULL);
    }
  else if (size >= sizeof head)
    memcpy (head, data, sizeof head);
  return memcmp (head + 56, "ARM\x64", 4) == 0;
}

static gboolean
chooses_kernel (GPtrArray *files)
{
  const PnFatFile *config = pn_boot_find_file (files, "config.txt");
  g_autofree char *text = config != NULL ? to_text (config->content, "config.txt", NULL) : NULL;
  g_auto (GStrv) lines = g_strsplit (text != NULL ? text : "", "\n", 0);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_strchug (lines[i]);
      if (g_str_has_prefix (lines[i], "kernel=") || g_str_has_prefix (lines[i], "os_prefix="))
        return TRUE;
    }
  return FALSE;
}

/* What starts the kernel where no boot EEPROM does; the Raspberry Pi 4 family needs its GPU's
 * firmware as well (image-preparation.md §3). NULL where all of it is there. */
static const char *
find_missing_firmware (GPtrArray *files, PnChip chip)
{
  static const char *const needed[][4] = {
    [PN_CHIP_BCM2710] = { "bootcode.bin", "start.elf", "fixup.dat", NULL },
    [PN_CHIP_BCM2711] = { "start4.elf", "fixup4.dat", NULL },
    [PN_CHIP_BCM2712] = { NULL },
  };

  for (guint i = 0; needed[chip][i] != NULL; i++)
    if (pn_boot_find_file (files, needed[chip][i]) == NULL)
      return needed[chip][i];
  return NULL;
}

gboolean
pn_boot_files_check (GPtrArray *files, PnChip chip, gboolean *chosen, GError **error)
{
  const PnFatFile *kernel = NULL;
  const char *missing = find_missing_firmware (files, chip);

  if (pn_boot_find_file (files, "boot.img") != NULL ||
      pn_boot_find_file (files, "boot.sig") != NULL)
    {
      pn_set_error (error, PN_ERROR_NOT_SUPPORTED,
                    "The image's boot partition holds a signed boot.img already: take the "
                    "image as it was before it was signed");
      return FALSE;
    }
  if (missing != NULL)
    {
      pn_set_error (
          error, PN_ERROR_NOT_SUPPORTED,
          "The image's boot partition has no %s, without which %s does not start: take an "
          "image for this device",
          missing, pn_chip_to_word (chip));
      return FALSE;
    }
  *chosen = chooses_kernel (files);
  if (*chosen)
    return TRUE;
  if (chip == PN_CHIP_BCM2712)
    kernel = pn_boot_find_file (files, "kernel_2712.img");
  if (kernel == NULL)
    kernel = pn_boot_find_file (files, "kernel8.img");
  if (kernel != NULL && is_arm64_kernel (kernel->content))
    return TRUE;
  pn_set_error (
      error, PN_ERROR_NOT_SUPPORTED,
      "The image has no 64-bit kernel for %s (%s), but the pre-boot system needs one: take "
      "the 64-bit edition of the system",
      pn_chip_to_word (chip), kernel != NULL ? "its kernel is for 32 bits" : "no kernel8.img");
  return FALSE;
}

/* What the firmware of a chip never reads, by pattern: image-preparation.md §5. */
static const char *const unused_2712[] = { "bootcode.bin",
                                           "start*.elf",
                                           "fixup*.dat",
                                           "kernel.img",
                                           "kernel7*.img",
                                           "bcm2708*.dtb",
                                           "bcm2709*.dtb",
                                           "bcm2710*.dtb",
                                           "bcm2711*.dtb",
                                           "initramfs",
                                           "initramfs7*",
                                           "initramfs_2712",
                                           NULL };
static const char *const unused_2711[] = { "bootcode.bin",   "start.elf",
                                           "fixup.dat",      "start_*.elf",
                                           "fixup_*.dat",    "start4cd.elf",
                                           "start4db.elf",   "start4x.elf",
                                           "fixup4cd.dat",   "fixup4db.dat",
                                           "fixup4x.dat",    "kernel.img",
                                           "kernel7*.img",   "kernel_2712.img",
                                           "bcm2708*.dtb",   "bcm2709*.dtb",
                                           "bcm2710*.dtb",   "bcm2712*.dtb",
                                           "initramfs",      "initramfs7*",
                                           "initramfs_2712", NULL };

gboolean
pn_boot_image_wants (PnChip chip, const char *path)
{
  const char *const *patterns = chip == PN_CHIP_BCM2712   ? unused_2712
                                : chip == PN_CHIP_BCM2711 ? unused_2711
                                                          : NULL;

  g_autofree char *name = g_ascii_strdown (path, -1);

  if (strchr (path, '/') != NULL)
    return TRUE;
  for (guint i = 0; patterns != NULL && patterns[i] != NULL; i++)
    if (g_pattern_match_simple (patterns[i], name))
      return FALSE;
  return TRUE;
}

GBytes *
pn_boot_image_build (GPtrArray *files, PnChip chip, GPtrArray *dropped, GError **error)
{
  g_autoptr (GPtrArray) wanted = g_ptr_array_new ();
  PnFatParameters parameters = {
    .n_fats = 1, .sectors_per_cluster = 1, .label = LABEL, .volume_id = 0x50756e6e
  };

  for (guint i = 0; i < files->len; i++)
    {
      PnFatFile *file = files->pdata[i];

      if (pn_boot_image_wants (chip, file->path))
        g_ptr_array_add (wanted, file);
      else if (dropped != NULL)
        g_ptr_array_add (dropped, g_strdup (file->path));
    }
  return pn_fat_build_bytes (wanted, &parameters, error);
}
