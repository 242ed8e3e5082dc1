/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Edits keep every other byte as it is: the signature covers exactly the text that is stored. */
#include "config.h"

#include "pn-bootloader-config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "pn-error.h"

#define BOOT_ORDER "BOOT_ORDER="
#define SIGNED "SIGNED_BOOT=1"

gboolean
pn_bootloader_config_check (GBytes *text, GError **error)
{
  gsize size;
  const char *data = g_bytes_get_data (text, &size);

  if (size > PN_BOOTLOADER_CONFIG_MAX)
    {
      pn_set_error (error, PN_ERROR_NO_SPACE,
                    "The bootloader configuration has %s bytes; the EEPROM has room for %s",
                    PN_NUMBER (size), PN_NUMBER (PN_BOOTLOADER_CONFIG_MAX));
      return FALSE;
    }
  if (size > 0 && memchr (data, '\0', size) != NULL)
    {
      pn_set_error (error, PN_ERROR_INVALID_DATA,
                    "The bootloader configuration is not text: it has a NUL byte");
      return FALSE;
    }
  return TRUE;
}

static char *
to_string (GBytes *text)
{
  gsize size;
  const char *data = g_bytes_get_data (text, &size);

  return g_strndup (size > 0 ? data : "", size);
}

/* A line without the carriage return of files from elsewhere. */
static char *
strip_cr (const char *line)
{
  char *copy = g_strdup (line);
  gsize length = strlen (copy);

  if (length > 0 && copy[length - 1] == '\r')
    copy[length - 1] = '\0';
  return copy;
}

GBytes *
pn_bootloader_config_ensure_signed (GBytes *text)
{
  g_autofree char *string = to_string (text);
  g_auto (GStrv) lines = g_strsplit (string, "\n", 0);
  g_autofree char *section = g_strdup ("[all]");
  GString *out = NULL;

  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_autofree char *line = strip_cr (lines[i]);

      if (g_str_equal (line, SIGNED))
        return g_bytes_ref (text);
      if (line[0] == '[')
        {
          g_free (section);
          section = g_strdup (line);
        }
    }
  out = g_string_new (NULL);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_autofree char *line = strip_cr (lines[i]);

      if (g_str_equal (line, "SIGNED_BOOT=0"))
        continue;
      g_string_append (out, lines[i]);
      if (lines[i + 1] != NULL)
        g_string_append_c (out, '\n');
    }
  if (out->len > 0 && out->str[out->len - 1] != '\n')
    g_string_append_c (out, '\n');
  /* An appended line belongs to the section that the file ends with. */
  if (!g_str_equal (section, "[all]"))
    g_string_append (out, "[all]\n");
  g_string_append (out, SIGNED "\n");
  return g_string_free_to_bytes (out);
}

static void
warn (GStrvBuilder *warnings, const char *sentence)
{
  if (warnings != NULL)
    g_strv_builder_add (warnings, sentence);
}

/* The new value of BOOT_ORDER, digits only; NULL where the line is to be left alone. */
static char *
move_digit (const char *value, char digit, GStrvBuilder *warnings)
{
  const char *digits = value;
  gsize length;
  const char *found;
  GString *out;

  if (g_str_has_prefix (value, "0x") || g_str_has_prefix (value, "0X"))
    digits += 2;
  length = strlen (digits);
  if (length < 1 || length > 8 || strspn (digits, "0123456789abcdefABCDEF") != length)
    {
      warn (warnings,
            N_ ("BOOT_ORDER in the bootloader configuration is not a plain number of up to "
                "eight hex digits; it was left as it is"));
      return NULL;
    }
  found = strchr (digits, digit);
  if (found == NULL && length == 8)
    {
      warn (warnings,
            N_ ("BOOT_ORDER in the bootloader configuration is full; the storage's digit was "
                "not added"));
      return NULL;
    }
  out = g_string_new (digits);
  if (found != NULL)
    g_string_erase (out, found - digits, 1);
  g_string_append_c (out, digit);
  return g_string_free (out, FALSE);
}

GBytes *
pn_bootloader_config_match_storage (GBytes *text, PnStorage storage, GStrvBuilder *warnings)
{
  g_autofree char *string = to_string (text);
  g_auto (GStrv) lines = g_strsplit (string, "\n", 0);
  g_autofree char *digits = NULL;
  g_autofree char *replaced = NULL;
  g_autofree char *joined = NULL;
  guint found = 0;
  guint n_found = 0;

  for (guint i = 0; lines[i] != NULL; i++)
    if (g_str_has_prefix (lines[i], BOOT_ORDER))
      {
        found = i;
        n_found++;
      }
  if (n_found != 1)
    {
      if (n_found > 1)
        warn (warnings,
              N_ ("The bootloader configuration has several BOOT_ORDER lines; they were left as "
                  "they are"));
      return g_bytes_ref (text);
    }
  digits = move_digit (lines[found] + strlen (BOOT_ORDER), storage == PN_STORAGE_NVME ? '6' : '1',
                       warnings);
  if (digits == NULL)
    return g_bytes_ref (text);
  replaced = g_strconcat (BOOT_ORDER "0x", digits, NULL);
  if (g_str_equal (replaced, lines[found]))
    return g_bytes_ref (text);
  g_free (lines[found]);
  lines[found] = g_steal_pointer (&replaced);
  joined = g_strjoinv ("\n", lines);
  return g_bytes_new (joined, strlen (joined));
}

GBytes *
pn_bootloader_config_default (PnMode mode)
{
  /* The values of rpi-sb-provisioner's packaged files (eeprom.md §7). */
  static const char naked[] = "[all]\nBOOT_UART=1\nPOWER_OFF_ON_HALT=1\nBOOT_ORDER=0xf2461\n";
  static const char secure[] = "[all]\nBOOT_UART=1\nPOWER_OFF_ON_HALT=1\nBOOT_ORDER=0xf2461\n"
                               "ENABLE_SELF_UPDATE=0\nSIGNED_BOOT=1\n";

  return mode == PN_MODE_SECURE_BOOT ? g_bytes_new_static (secure, strlen (secure))
                                     : g_bytes_new_static (naked, strlen (naked));
}
