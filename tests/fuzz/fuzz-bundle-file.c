/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bundle that comes as one file: a tar of anybody's, its manifest and what is behind it. */
#include "config.h"

#include <sys/mman.h>

#include "pn-bundle-receive.h"
#include "pn-io.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static gboolean
admit_cb (PnManifest *manifest, int *target, gpointer user_data, GError **error)
{
  return TRUE; /* it is hashed, and goes nowhere */
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  const PnBundleReception reception = { admit_cb, NULL, NULL };
  g_auto (PnFd) fd = memfd_create ("bundle", MFD_CLOEXEC);
  g_autoptr (PnManifest) manifest = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (pn_write_all (fd, data, size, NULL));
  manifest = pn_bundle_receive (fd, &reception, NULL, &error);
  g_assert_true ((manifest == NULL) == (error != NULL));
  if (error != NULL)
    g_assert_true (g_utf8_validate (error->message, -1, NULL));
  return 0;
}
