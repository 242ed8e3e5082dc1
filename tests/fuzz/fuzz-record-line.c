/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-record-line.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *line = g_memdup2 (data, size); /* ASan sees its end */
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) record = pn_record_line_parse (line != NULL ? line : "", size, &error);

  g_assert_true ((record == NULL) == (error != NULL));
  if (record != NULL)
    g_assert_true (g_variant_is_normal_form (record));
  return 0;
}
