/* SPDX-License-Identifier: GPL-3.0-or-later */
/* No fuzzer makes an RSA signature: each input is tried as it is, and as the code inside a block
 * that is signed here, with the key number and version that its first bytes say. */
#include "config.h"

#include "pn-bootcode.h"
#include "pn-test-signer.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
check (GBytes *code, PnSigner *signer)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) blocks = pn_bootcode_get_blocks (code, &error);
  g_autoptr (GBytes) countersigned = NULL;
  g_autoptr (GPtrArray) again = NULL;
  gboolean fits = g_bytes_get_size (code) <= PN_BOOTCODE_MAX_SIZE - PN_BOOTCODE_BLOCK_SIZE;

  g_assert_true ((blocks == NULL) == (error != NULL));
  for (guint i = 0; blocks != NULL && i < blocks->len; i++)
    g_assert_cmpuint (((PnBootcodeBlock *) blocks->pdata[i])->offset, <=,
                      g_bytes_get_size (code) - PN_BOOTCODE_BLOCK_SIZE);
  g_clear_error (&error);
  countersigned = pn_bootcode_countersign (code, signer, NULL, &error);
  g_assert_true ((countersigned == NULL) == (error != NULL));
  g_assert_true ((countersigned != NULL) == (blocks != NULL && blocks->len == 1 && fits));
  if (countersigned == NULL)
    return;
  again = pn_bootcode_get_blocks (countersigned, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (again->len, ==, 2);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static PnSigner *signer;
  g_autoptr (GBytes) plain = g_bytes_new (data, size);

  if (signer == NULL)
    signer = pn_test_signer_new ();
  check (plain, signer);
  if (size >= 2)
    {
      g_autoptr (GBytes) code = g_bytes_new (data + 2, size - 2);
      g_autoptr (GBytes) block =
          pn_test_sign_block (signer, code, (gint8) data[0], (gint8) data[1]);

      check (block, signer);
    }
  return 0;
}
