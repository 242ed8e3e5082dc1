/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-stored-image.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (PnStoredImage) image = pn_stored_image_parse (bytes, &error);

  g_assert_true ((image == NULL) == (error != NULL));
  if (image != NULL)
    {
      g_autoptr (GBytes) again = pn_stored_image_to_json (image);

      g_assert_true (g_bytes_equal (again, bytes));
      g_assert_true (pn_image_name_check (pn_stored_image_get (image)->name, NULL));
    }
  return 0;
}
