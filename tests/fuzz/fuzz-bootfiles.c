/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-bootfiles.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) files = pn_bootfiles_parse (bytes, &error);

  g_assert_true ((files == NULL) == (error != NULL));
  if (files != NULL)
    {
      g_autoptr (GBytes) built = pn_bootfiles_build (files, NULL);

      if (built != NULL)
        {
          g_autoptr (GPtrArray) again = pn_bootfiles_parse (built, &error);

          g_assert_no_error (error);
          g_assert_cmpuint (again->len, ==, files->len);
          for (guint i = 0; i < files->len; i++)
            g_assert_true (g_bytes_equal (((PnBootfile *) again->pdata[i])->content,
                                          ((PnBootfile *) files->pdata[i])->content));
        }
    }
  return 0;
}
