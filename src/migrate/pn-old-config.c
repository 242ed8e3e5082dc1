/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-old-config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "pn-error.h"

#define MAX_LINES 4096
#define MAX_NAME 64    /* characters */
#define MAX_VALUE 4096 /* bytes */
/* What means something to a shell outside quotes. */
#define SPECIAL "$`\\\"'(){}<>|&*?[]!~"

struct _PnOldConfig
{
  GTree *settings; /* name → PnOldSetting */
};

static void
setting_free (PnOldSetting *self)
{
  g_free (self->name);
  g_free (self->value);
  g_free (self->why);
  g_free (self);
}

static int
compare_cb (gconstpointer a, gconstpointer b, gpointer user_data)
{
  return strcmp (a, b);
}

PnOldConfig *
pn_old_config_new (void)
{
  PnOldConfig *self = g_new0 (PnOldConfig, 1);

  self->settings = g_tree_new_full (compare_cb, NULL, NULL, (GDestroyNotify) setting_free);
  return self;
}

void
pn_old_config_free (PnOldConfig *self)
{
  g_tree_unref (self->settings);
  g_free (self);
}

/* ---- one value ---- */

/* Copies what stands between the quotes that @at begins with to @out: where it ends, or NULL. */
static const char *
take_quoted (const char *at, GString *out)
{
  char quote = *at++;

  for (; *at != '\0' && *at != quote; at++)
    {
      if (quote == '"' && (*at == '$' || *at == '`'))
        return NULL;
      if (quote == '"' && *at == '\\' && at[1] != '\0' && strchr ("$`\"\\", at[1]) != NULL)
        at++;
      g_string_append_c (out, *at);
    }
  return *at == quote ? at + 1 : NULL;
}

/* A token's URI was often written without quotes; the old tool's own reader took that, so do we. */
static gboolean
is_plain (char byte, gboolean uri)
{
  return (guchar) byte >= 0x80 ||
         (g_ascii_isgraph (byte) && strchr (SPECIAL, byte) == NULL && (byte != ';' || uri));
}

static gboolean
is_rest_blank (const char *at)
{
  while (*at == ' ' || *at == '\t' || *at == '\r')
    at++;
  return *at == '\0' || *at == '#';
}

/* The value that stands from @at to the end of its line; NULL where a shell would do more with it
 * than take it. */
static char *
take_value (const char *at)
{
  gboolean uri = g_str_has_prefix (at, "pkcs11:");
  g_autoptr (GString) out = g_string_new (NULL);

  while (at != NULL && *at != '\0' && out->len <= MAX_VALUE)
    {
      if (*at == '\'' || *at == '"')
        at = take_quoted (at, out);
      else if (*at == '\\' && (at[1] == '\'' || at[1] == '"' || at[1] == '\\'))
        {
          g_string_append_c (out, at[1]);
          at += 2;
        }
      else if (is_plain (*at, uri))
        g_string_append_c (out, *at++);
      else if (is_rest_blank (at))
        break;
      else
        return NULL;
    }
  return at != NULL && out->len <= MAX_VALUE ? g_string_free (g_steal_pointer (&out), FALSE) : NULL;
}

/* ---- lines ---- */

static gsize
measure_name (const char *at)
{
  gsize length = 0;

  while (g_ascii_isalpha (at[length]) || at[length] == '_' ||
         (length > 0 && g_ascii_isdigit (at[length])))
    length++;
  return length;
}

static void
add_line (PnOldConfig *self, char *line, guint number)
{
  PnOldSetting *setting;
  gsize length;

  g_strstrip (line);
  if (line[0] == '\0' || line[0] == '#')
    return;
  if (g_str_has_prefix (line, "export "))
    line = g_strchug (line + strlen ("export "));
  length = measure_name (line);
  setting = g_new0 (PnOldSetting, 1);
  setting->line = number;
  if (length == 0 || length > MAX_NAME || line[length] != '=')
    {
      setting->name = g_strdup_printf ("#%u", number);
      setting->why = pn_sentence_format (
          N_ ("Line %s is no setting: the old tool would have run it as a command. It was not run"),
          PN_NUMBER (number));
    }
  else
    {
      setting->name = g_strndup (line, length);
      setting->value = take_value (line + length + 1);
      if (setting->value == NULL)
        setting->why = pn_sentence_format (
            N_ ("Line %s gives no plain value: a shell would have run something there. It was not "
                "run"),
            PN_NUMBER (number));
    }
  g_tree_replace (self->settings, setting->name, setting);
}

gboolean
pn_old_config_add (PnOldConfig *self, GBytes *text, GError **error)
{
  gsize size;
  const char *data = g_bytes_get_data (text, &size);
  g_autofree char *copy = NULL;
  g_auto (GStrv) lines = NULL;

  if (size > PN_OLD_CONFIG_MAX || !g_utf8_validate_len (data != NULL ? data : "", size, NULL))
    return pn_set_error (error, PN_ERROR_INVALID_DATA,
                         "The configuration is no text file of a sensible size");
  copy = g_strndup (data, size);
  lines = g_strsplit (copy, "\n", MAX_LINES + 1);
  if (g_strv_length (lines) > MAX_LINES)
    return pn_set_error (error, PN_ERROR_INVALID_DATA, "The configuration has more than %s lines",
                         PN_NUMBER (MAX_LINES));
  for (guint i = 0; lines[i] != NULL; i++)
    add_line (self, lines[i], i + 1);
  return TRUE;
}

const char *
pn_old_config_get (PnOldConfig *self, const char *name)
{
  const PnOldSetting *setting = g_tree_lookup (self->settings, name);

  return setting != NULL ? setting->value : NULL;
}

static gboolean
list_cb (gpointer name, gpointer setting, gpointer list)
{
  g_ptr_array_add (list, setting);
  return FALSE;
}

GPtrArray *
pn_old_config_list (PnOldConfig *self)
{
  GPtrArray *list = g_ptr_array_new ();

  g_tree_foreach (self->settings, list_cb, list);
  return list;
}
