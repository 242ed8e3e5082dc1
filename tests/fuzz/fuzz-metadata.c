/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "pn-metadata.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* Each line of the input is the name of a file message. */
static void
check_text (gpointer key, gpointer value, gpointer user_data)
{
  for (const char *at = value; *at != 0; at++)
    g_assert_true (g_ascii_isprint (*at));
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr (PnMetadata) metadata = pn_metadata_new ();
  PnSha256 hash;

  for (guint i = 0; lines[i] != NULL; i++)
    {
      (void) pn_metadata_add (metadata, lines[i]);
      g_free (pn_duid_decode (lines[i]));
    }
  g_assert_cmpuint (pn_metadata_size (metadata), <=, PN_METADATA_MAX_KEYS);
  pn_metadata_foreach (metadata, check_text, NULL);
  (void) pn_metadata_get_key_hash (metadata, &hash);
  (void) pn_metadata_get_board_revision (metadata);
  return 0;
}
