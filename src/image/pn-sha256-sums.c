/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-sha256-sums.h"

#include <string.h>

#include "pn-io.h"

#define BSD "SHA256 ("

static gboolean
is_name (const char *text, const char *name)
{
  const char *slash = strrchr (text, '/');

  return g_str_equal (slash != NULL ? slash + 1 : text, name);
}

/* "SHA256 (NAME) = HEX" */
static gboolean
parse_bsd_line (char *line, const char *name, PnSha256 *digest)
{
  char *end = g_strrstr (line, ") = ");

  if (end == NULL)
    return FALSE;
  *end = '\0';
  return is_name (line + strlen (BSD), name) && pn_sha256_from_hex (end + strlen (") = "), digest);
}

/* "HEX  NAME" or "HEX *NAME" */
static gboolean
parse_line (char *line, const char *name, PnSha256 *digest)
{
  if (g_str_has_prefix (line, BSD))
    return parse_bsd_line (line, name, digest);
  if (strlen (line) < PN_SHA256_HEX_SIZE + 3 || line[PN_SHA256_HEX_SIZE] != ' ' ||
      strchr (" *", line[PN_SHA256_HEX_SIZE + 1]) == NULL)
    return FALSE;
  line[PN_SHA256_HEX_SIZE] = '\0';
  return is_name (line + PN_SHA256_HEX_SIZE + 2, name) && pn_sha256_from_hex (line, digest);
}

gboolean
pn_sha256_sums_find (GBytes *text, const char *name, PnSha256 *digest)
{
  gsize size;
  const char *data = g_bytes_get_data (text, &size);
  g_autofree char *copy = NULL;
  g_auto (GStrv) lines = NULL;

  if (size > PN_SHA256_SUMS_MAX)
    return FALSE;
  copy = g_strndup (size > 0 ? data : "", size);
  g_strstrip (copy);
  if (pn_sha256_from_hex (copy, digest))
    return TRUE;
  lines = g_strsplit (copy, "\n", 0);
  for (guint i = 0; lines[i] != NULL; i++)
    if (parse_line (g_strchomp (lines[i]), name, digest))
      return TRUE;
  return FALSE;
}

gboolean
pn_sha256_sums_beside (const char *path, PnSha256 *digest, char **found)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  char *const candidates[] = { g_strconcat (path, ".sha256", NULL),
                               g_build_filename (folder, "SHA256SUMS", NULL) };
  gboolean there = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (candidates); i++)
    {
      g_autofree char *candidate = candidates[i];
      g_autoptr (GBytes) text = there ? NULL : pn_read_file (candidate, PN_SHA256_SUMS_MAX, NULL);

      if (text != NULL && pn_sha256_sums_find (text, name, digest))
        {
          there = TRUE;
          *found = g_path_get_basename (candidate);
        }
    }
  return there;
}
