/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What may be a hook, and what it may be allowed. */
#include "config.h"

#include "pn-hook.h"

#include <string.h>

#include "pn-error.h"

gboolean
pn_hook_check_script (GBytes *script, GError **error)
{
  gsize size;
  const char *text = g_bytes_get_data (script, &size);

  if (size == 0)
    return pn_set_error (error, PN_ERROR_INVALID_DATA, "The script is empty");
  if (size > PN_HOOK_MAX)
    return pn_set_error (error, PN_ERROR_INVALID_DATA,
                         "The script is larger than 1 MiB: a hook is one file of text");
  if (!g_utf8_validate (text, (gssize) size, NULL))
    return pn_set_error (error, PN_ERROR_INVALID_DATA,
                         "The script is no text (UTF-8): a hook is a script, not a program");
  if (size < 3 || text[0] != '#' || text[1] != '!')
    return pn_set_error (error, PN_ERROR_INVALID_DATA,
                         "The script’s first line does not say what runs it: begin it with "
                         "“#!/bin/sh”, or whatever it is written for");
  return TRUE;
}

gboolean
pn_hook_check_folder (const char *folder, GError **error)
{
  static const char *const above[] = { "/home", "/media", "/mnt",     "/opt",
                                       "/srv",  "/tmp",   "/var/tmp", NULL };
  g_autofree char *whole = g_canonicalize_filename (folder, "/");

  if (!g_str_equal (whole, folder))
    return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                         "“%s” is not a folder as hooks need it: a whole path, from “/” on, "
                         "without “..” and without “/” at its end",
                         folder);
  for (guint i = 0; above[i] != NULL; i++)
    if (g_str_has_prefix (folder, above[i]) && folder[strlen (above[i])] == '/')
      return TRUE;
  return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                       "A hook cannot be allowed to write to “%s”: choose a folder below /home, "
                       "/media, /mnt, /opt, /srv, /tmp or /var/tmp",
                       folder);
}
