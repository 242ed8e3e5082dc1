/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kmod's text tables: modules.dep(5), modules.alias, modules.builtin. */
#include "config.h"

#include "pn-modules.h"

#include <fnmatch.h>
#include <string.h>

#include "pn-error.h"

#define MAX_LINE_WORDS 4096

static char **
lines_of (GBytes *text)
{
  g_autofree char *string = NULL;

  if (text == NULL)
    return g_new0 (char *, 1);
  string = g_strndup (g_bytes_get_data (text, NULL), g_bytes_get_size (text));
  return g_strsplit (string, "\n", 0);
}

/* "kernel/crypto/xts.ko.xz" → "xts"; '-' and '_' are the same in module names. */
static char *
module_name (const char *path)
{
  const char *slash = strrchr (path, '/');
  char *name = g_strdup (slash != NULL ? slash + 1 : path);
  char *end = strstr (name, ".ko");

  if (end != NULL)
    *end = '\0';
  return g_strdelimit (name, "-", '_');
}

static gboolean
is_builtin (char **builtin, const char *name)
{
  for (guint i = 0; builtin[i] != NULL; i++)
    {
      g_autofree char *candidate = module_name (builtin[i]);

      if (candidate[0] != '\0' && g_str_equal (candidate, name))
        return TRUE;
    }
  return FALSE;
}

/* name → the line of modules.dep */
static GHashTable *
index_dep (char **dep)
{
  GHashTable *index = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; dep[i] != NULL; i++)
    {
      const char *colon = strchr (dep[i], ':');

      if (colon != NULL)
        {
          g_autofree char *path = g_strndup (dep[i], (gsize) (colon - dep[i]));

          g_hash_table_insert (index, module_name (path), dep[i]);
        }
    }
  return index;
}

/* Adds the file of a line of modules.dep and those it depends on. */
static void
add_line (GHashTable *files, const char *line)
{
  g_auto (GStrv) words = g_strsplit_set (line, ": ", MAX_LINE_WORDS);

  for (guint i = 0; words[i] != NULL; i++)
    if (words[i][0] != '\0' && words[i][0] != '/' && strstr (words[i], "..") == NULL)
      g_hash_table_add (files, g_strdup (words[i]));
}

/* Modules whose aliases match; TRUE where there was one, or it is built in. */
static gboolean
add_aliases (GHashTable *files, GHashTable *index, char **alias, char **builtin, const char *wanted)
{
  gboolean found = FALSE;

  for (guint i = 0; alias[i] != NULL; i++)
    {
      g_auto (GStrv) words = g_strsplit (alias[i], " ", 3);
      g_autofree char *name = NULL;
      const char *line;

      if (g_strv_length (words) != 3 || !g_str_equal (words[0], "alias") ||
          fnmatch (words[1], wanted, 0) != 0)
        continue;
      name = module_name (words[2]);
      line = g_hash_table_lookup (index, name);
      if (line != NULL)
        add_line (files, line);
      found |= line != NULL || is_builtin (builtin, name);
    }
  return found;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

GPtrArray *
pn_modules_resolve (GBytes *dep_text,
                    GBytes *alias_text,
                    GBytes *builtin_text,
                    const char *const *names,
                    GError **error)
{
  g_auto (GStrv) dep = lines_of (dep_text);
  g_auto (GStrv) alias = lines_of (alias_text);
  g_auto (GStrv) builtin = lines_of (builtin_text);
  g_autoptr (GHashTable) index = index_dep (dep);
  g_autoptr (GHashTable) files = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GPtrArray *sorted;
  GHashTableIter iter;
  gpointer key;

  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autofree char *name = g_strdelimit (g_strdup (names[i]), "-", '_');
      const char *line = g_hash_table_lookup (index, name);

      if (line != NULL)
        add_line (files, line);
      else if (!is_builtin (builtin, name) && !add_aliases (files, index, alias, builtin, names[i]))
        {
          pn_set_error (error, PN_ERROR_NOT_FOUND, "the module %s is missing", names[i]);
          return NULL;
        }
    }
  sorted = g_ptr_array_new_with_free_func (g_free);
  g_hash_table_iter_init (&iter, files);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_ptr_array_add (sorted, g_strdup (key));
  g_ptr_array_sort (sorted, compare);
  return sorted;
}
