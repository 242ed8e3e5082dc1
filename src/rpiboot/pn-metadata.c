/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-metadata.h"

#include <string.h>

#define MAX_DUID_WORDS 6 /* six full words give 36 characters: rpiboot.md §7.4 */

struct _PnMetadata
{
  GHashTable *values; /* char * → char * */
};

PnMetadata *
pn_metadata_new (void)
{
  PnMetadata *self = g_new0 (PnMetadata, 1);

  self->values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

void
pn_metadata_free (PnMetadata *self)
{
  g_hash_table_unref (self->values);
  g_free (self);
}

/* "MAC_ADDR". Small letters are for the names that records give to what was found out here: no
 * device can say that. */
static gboolean
is_key (const char *text)
{
  while (g_ascii_isprint (*text) && !g_ascii_islower (*text))
    text++;
  return *text == '\0';
}

static char *
printable (const char *text)
{
  char *copy = g_strdup (text);

  for (char *at = copy; *at != '\0'; at++)
    if (!g_ascii_isprint (*at))
      *at = '?';
  return copy;
}

gboolean
pn_metadata_add (PnMetadata *self, const char *name)
{
  g_auto (GStrv) parts = g_strsplit (name, "*", 4);

  /* "*KEY*VALUE": what follows a third asterisk is ignored, as upstream does. */
  if (g_strv_length (parts) < 3 || parts[0][0] != '\0' || parts[1][0] == '\0' ||
      !is_key (parts[1]) || parts[2][0] == '\0')
    return FALSE;
  if (g_hash_table_size (self->values) >= PN_METADATA_MAX_KEYS &&
      !g_hash_table_contains (self->values, parts[1]))
    return FALSE;
  g_hash_table_insert (self->values, g_strdup (parts[1]), printable (parts[2]));
  return TRUE;
}

const char *
pn_metadata_get (PnMetadata *self, const char *key)
{
  return g_hash_table_lookup (self->values, key);
}

guint
pn_metadata_size (PnMetadata *self)
{
  return g_hash_table_size (self->values);
}

void
pn_metadata_foreach (PnMetadata *self, GHFunc func, gpointer user_data)
{
  g_hash_table_foreach (self->values, func, user_data);
}

gboolean
pn_metadata_get_key_hash (PnMetadata *self, PnSha256 *hash)
{
  const char *value = pn_metadata_get (self, "CUSTOMER_KEY_HASH");

  return value != NULL && pn_sha256_from_hex (value, hash);
}

guint32
pn_metadata_get_board_revision (PnMetadata *self)
{
  const char *value = pn_metadata_get (self, "USER_BOARDREV");
  guint64 revision = 0;

  if (value != NULL)
    g_ascii_string_to_unsigned (value, 16, 0, G_MAXUINT32, &revision, NULL);
  return (guint32) revision;
}

/* Three characters of a half-word, C40: rpiboot.md §7.4. */
static gboolean
append_half (GString *text, guint half)
{
  guint values[3];

  values[0] = (half - 1) / 1600;
  half -= 1600 * values[0];
  values[1] = (half - 1) / 40;
  half -= 40 * values[1];
  values[2] = half - 1;
  for (guint i = 0; i < 3; i++)
    {
      if (values[i] >= 4 && values[i] <= 13)
        g_string_append_c (text, (char) ('0' + values[i] - 4));
      else if (values[i] >= 14 && values[i] <= 39)
        g_string_append_c (text, (char) ('A' + values[i] - 14));
      else
        return FALSE;
    }
  return TRUE;
}

char *
pn_duid_decode (const char *value)
{
  g_auto (GStrv) words = g_strsplit (value, "_", 0);
  g_autoptr (GString) text = g_string_new (NULL);
  guint n_words = 0;

  for (guint i = 0; words[i] != NULL; i++)
    {
      guint64 word;

      if (words[i][0] == '\0')
        continue;
      if (!g_ascii_string_to_unsigned (words[i], 16, 0, G_MAXUINT32, &word, NULL) ||
          ++n_words > MAX_DUID_WORDS)
        return NULL;
      if (word == 0)
        break;
      if ((word & 0xffff) == 0 || !append_half (text, word & 0xffff) ||
          ((word >> 16) != 0 && !append_half (text, (guint) (word >> 16))))
        return NULL;
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}
