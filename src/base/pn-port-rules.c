/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-port-rules.h"

#include <fnmatch.h>
#include <string.h>

#include "pn-io.h"

#define MAX_PATTERN 64   /* characters; a topology path has at most 6 ports (USB 2.0 §4.1.1) */
#define MAX_PATTERNS 512 /* of all files */
#define MAX_STARS 8      /* of a pattern: each costs a try a character */

static gboolean
refuse (guint line, const char *what, GError **error)
{
  pn_set_error (error, PN_ERROR_INVALID_DATA, "Line %s %s", PN_NUMBER (line), what);
  return FALSE;
}

/* What counts of a line. */
static char *
squeeze (const char *text, gsize size)
{
  GString *out = g_string_new (NULL);

  for (gsize i = 0; i < size && text[i] != '#'; i++)
    if (!g_ascii_isspace (text[i]))
      g_string_append_c (out, text[i]);
  return g_string_free (out, FALSE);
}

static gboolean
check (const char *pattern, guint line, GError **error)
{
  guint n_stars = 0;

  for (const char *at = pattern; *at != '\0'; at++)
    {
      if (!g_ascii_isgraph (*at))
        return refuse (line, "is not a pattern such as 1-1.*: it has characters that no socket has",
                       error);
      n_stars += *at == '*';
    }
  if (strlen (pattern) > MAX_PATTERN || n_stars > MAX_STARS)
    return refuse (line, "is too long for the pattern of a socket, such as 1-1.*", error);
  return TRUE;
}

gboolean
pn_port_rules_parse (const char *text, gsize size, GPtrArray *patterns, GError **error)
{
  const char *end = text + size;

  if (size > 0 && memchr (text, '\0', size) != NULL)
    return refuse (1, "or a later one has a zero byte: that is no text file", error);
  for (guint line = 1; text < end; line++)
    {
      const char *stop = memchr (text, '\n', (gsize) (end - text));
      g_autofree char *pattern = squeeze (text, (gsize) ((stop != NULL ? stop : end) - text));

      if (!check (pattern, line, error))
        return FALSE;
      if (pattern[0] != '\0')
        {
          if (patterns->len >= MAX_PATTERNS)
            return refuse (line, "is one pattern too many", error);
          g_ptr_array_add (patterns, g_steal_pointer (&pattern));
        }
      text = stop != NULL ? stop + 1 : end;
    }
  return TRUE;
}

gboolean
pn_port_rules_match (const char *const *patterns, const char *port)
{
  if (patterns[0] == NULL)
    return TRUE;
  for (; *patterns != NULL; patterns++)
    if (fnmatch (*patterns, port, FNM_NOESCAPE) == 0)
      return TRUE;
  return FALSE;
}

/* A link to /dev/null is what administrators put there for a file that shall be empty. */
static gboolean
is_nothing (const char *path)
{
  g_autofree char *target = g_file_read_link (path, NULL);

  return g_strcmp0 (target, "/dev/null") == 0;
}

static gboolean
read_file (const char *folder, const char *name, GPtrArray *patterns, GError **error)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GBytes) bytes = NULL;
  gconstpointer text;
  gsize size;

  if (is_nothing (path))
    return TRUE;
  bytes = pn_read_file (path, PN_PORT_RULES_MAX_FILE, error);
  if (bytes == NULL)
    return FALSE;
  text = g_bytes_get_data (bytes, &size);
  if (pn_port_rules_parse (text, size, patterns, error))
    return TRUE;
  g_prefix_error (error, "%s: ", path);
  return FALSE;
}

/* The names of its rule files, added to @files with the folder, unless an earlier one masks it. */
static gboolean
list_folder (const char *folder, GHashTable *files, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &local);
  const char *name;
  guint n = 0;

  if (dir == NULL && g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    return TRUE;
  if (dir == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      if (!g_str_has_suffix (name, ".conf") || name[0] == '.')
        continue;
      if (++n > PN_PORT_RULES_MAX_FILES)
        {
          pn_set_error (error, PN_ERROR_NO_SPACE, "%s has too many files", folder);
          return FALSE;
        }
      if (!g_hash_table_contains (files, name))
        g_hash_table_insert (files, g_strdup (name), (gpointer) folder);
    }
  return TRUE;
}

GStrv
pn_port_rules_read (const char *const *folders, GError **error)
{
  g_autoptr (GHashTable) files = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray) patterns = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  gpointer name, folder;

  for (; *folders != NULL; folders++)
    if (!list_folder (*folders, files, error))
      return NULL;
  g_hash_table_iter_init (&iter, files);
  while (g_hash_table_iter_next (&iter, &name, &folder))
    if (!read_file (folder, name, patterns, error))
      return NULL;
  g_ptr_array_add (patterns, NULL);
  g_ptr_array_set_free_func (patterns, NULL);
  return (GStrv) g_ptr_array_free (g_steal_pointer (&patterns), FALSE);
}
