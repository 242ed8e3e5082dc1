/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-json.h"

#include <json-glib/json-glib.h>
#include <string.h>

#define MAX_DEPTH 16

gssize
pn_json_scan (const char *data, gsize size, const char *allowed, guint max_depth)
{
  gboolean string = FALSE;
  gssize n_opened = 0;
  guint depth = 0;

  for (gsize i = 0; i < size; i++)
    {
      if (string && data[i] == '\\')
        i++;
      else if (data[i] == '"')
        string = !string;
      else if (string)
        continue;
      else if (data[i] == '\0' || strchr (allowed, data[i]) == NULL)
        return -1;
      else if (data[i] == '{' || data[i] == '[')
        {
          n_opened++;
          depth++;
        }
      else if ((data[i] == '}' || data[i] == ']') && depth > 0)
        depth--;
      if (depth > max_depth)
        return -1;
    }
  return n_opened;
}

GVariant *
pn_json_to_variant (const char *text, const char *type)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  GVariant *value;

  /* json_gvariant_deserialize_data () would not free its parser where the text is not JSON. */
  if (pn_json_scan (text, strlen (text), "{}[]:,-+.0123456789Eaeflnrstu \t\r\n", MAX_DEPTH) < 0 ||
      !json_parser_load_from_data (parser, text, -1, NULL) || json_parser_get_root (parser) == NULL)
    return NULL;
  value = json_gvariant_deserialize (json_parser_get_root (parser), type, NULL);
  return value != NULL ? g_variant_ref_sink (value) : NULL;
}
