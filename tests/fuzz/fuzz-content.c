/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a file is, and what a file of hashes says about it. */
#include "config.h"

#include "pn-content.h"
#include "pn-sha256-sums.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  const char *what = NULL;
  PnContent content = pn_content_recognise (g_bytes_get_data (bytes, NULL), size, &what);
  PnSha256 digest;

  g_assert_true ((content == PN_CONTENT_UNKNOWN) == (what == NULL));
  (void) pn_sha256_sums_find (bytes, "disc.img", &digest);
  return 0;
}
