/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-sig-file.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (GError) error = NULL;
  PnSigFile file;
  gboolean good = pn_sig_file_parse (bytes, &file, &error);

  g_assert_true (good == (error == NULL));
  if (good)
    {
      /* What was read says the same when it is written and read again. */
      g_autoptr (GBytes) text =
          pn_sig_file_build (&file.digest, file.timestamp, file.target_soc, NULL, NULL, &error);
      PnSigFile again;

      g_assert_no_error (error);
      g_assert_true (pn_sig_file_parse (text, &again, &error));
      g_assert_cmpmem (&again.digest, sizeof again.digest, &file.digest, sizeof file.digest);
      g_assert_cmpint (again.timestamp, ==, file.timestamp);
      g_assert_cmpint (again.target_soc, ==, file.target_soc);
    }
  return 0;
}
