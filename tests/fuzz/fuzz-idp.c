/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-idp.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* What a host may send must be taken by the device, mean the same there, and be stable. */
static void
check_taken (const PnIdp *idp)
{
  g_autoptr (GBytes) json = pn_idp_to_json (idp);
  g_autoptr (GError) error = NULL;
  g_autoptr (PnIdp) again = pn_idp_parse (json, PN_IDP_HOST, &error);
  g_autoptr (PnIdp) device = NULL;
  g_autoptr (GPtrArray) plan = pn_idp_plan (idp);
  g_autoptr (GPtrArray) device_plan = NULL;
  g_autoptr (GBytes) same = NULL;

  g_assert_no_error (error);
  same = pn_idp_to_json (again);
  g_assert_true (g_bytes_equal (json, same));
  device = pn_idp_parse (json, PN_IDP_DEVICE, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (pn_idp_get_needed (device), ==, pn_idp_get_needed (idp));
  device_plan = pn_idp_plan (device);
  g_assert_cmpuint (device_plan->len, ==, plan->len);
  for (guint i = 0; i < plan->len; i++)
    g_assert_cmpstr (((PnIdpTarget *) plan->pdata[i])->node, ==,
                     ((PnIdpTarget *) device_plan->pdata[i])->node);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);

  for (PnIdpRules rules = PN_IDP_HOST; rules <= PN_IDP_DEVICE; rules++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (PnIdp) idp = pn_idp_parse (bytes, rules, &error);

      g_assert_true ((idp == NULL) == (error != NULL));
      if (idp != NULL && rules == PN_IDP_HOST)
        check_taken (idp);
    }
  return 0;
}
