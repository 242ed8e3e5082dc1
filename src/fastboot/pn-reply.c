/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "pn-bytes.h"
#include "pn-fastboot.h"

static const struct
{
  char word[5];
  PnReplyKind kind;
} kinds[] = {
  { "OKAY", PN_REPLY_OKAY }, { "FAIL", PN_REPLY_FAIL }, { "DATA", PN_REPLY_DATA },
  { "INFO", PN_REPLY_INFO }, { "TEXT", PN_REPLY_TEXT },
};

/* Untrusted text for people and records: newlines stay (keys in PEM have them), the rest of what is
 * not printable is escaped. Ends of lines and NULs at the end belong to files, not to values. */
static void
copy_text (char *out, gsize room, const guint8 *data, gsize size)
{
  gsize used = 0;

  while (size > 0 && (data[size - 1] == '\0' || g_ascii_isspace (data[size - 1])))
    size--;
  for (gsize i = 0; i < size; i++)
    {
      gboolean plain = g_ascii_isprint (data[i]) || data[i] == '\n';
      gsize need = plain ? 1 : 4;

      if (used + need >= room)
        break;
      if (plain)
        out[used] = (char) data[i];
      else
        g_snprintf (out + used, room - used, "\\x%02x", data[i]);
      used += need;
    }
  out[used] = '\0';
}

gboolean
pn_reply_parse (const guint8 *data, gsize size, PnReply *reply, GError **error)
{
  memset (reply, 0, sizeof *reply);
  if (size < 4 || size > PN_FASTBOOT_MAX_REPLY)
    {
      pn_set_error (error, PN_ERROR_PROTOCOL, "A reply of %s bytes is not one of fastboot",
                    PN_NUMBER (size));
      return FALSE;
    }
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      if (memcmp (data, kinds[i].word, 4) != 0)
        continue;
      reply->kind = kinds[i].kind;
      if (reply->kind == PN_REPLY_DATA)
        {
          g_autofree char *hex = g_strndup ((const char *) data + 4, size - 4);
          guint64 value;

          if (strlen (hex) != 8 ||
              !g_ascii_string_to_unsigned (hex, 16, 0, G_MAXUINT32, &value, NULL))
            break;
          reply->size = (guint32) value;
          return TRUE;
        }
      copy_text (reply->text, sizeof reply->text, data + 4, size - 4);
      return TRUE;
    }
  pn_set_error (error, PN_ERROR_PROTOCOL, "The device's reply is not fastboot's");
  return FALSE;
}

GBytes *
pn_bmap_build (guint32 block_size, const PnBmapRange *ranges, guint n_ranges)
{
  GByteArray *map = g_byte_array_new ();

  pn_write_string (map, "BMAP");
  pn_write_le32 (map, block_size);
  pn_write_le32 (map, n_ranges);
  pn_write_le32 (map, 0);
  for (guint i = 0; i < n_ranges; i++)
    {
      pn_write_le32 (map, ranges[i].first_block);
      pn_write_le32 (map, ranges[i].last_block);
      g_byte_array_append (map, ranges[i].sha256, sizeof ranges[i].sha256);
    }
  return g_byte_array_free_to_bytes (map);
}
