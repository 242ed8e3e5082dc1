/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-port-rules.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GPtrArray) patterns = g_ptr_array_new_with_free_func (g_free);
  gboolean good;

  if (size > PN_PORT_RULES_MAX_FILE)
    return 0;
  good = pn_port_rules_parse ((const char *) data, size, patterns, NULL);
  g_ptr_array_add (patterns, NULL);
  if (good)
    {
      (void) pn_port_rules_match ((const char *const *) patterns->pdata, "1-1.2.3.4.5");
      (void) pn_port_rules_match ((const char *const *) patterns->pdata, "");
    }
  return 0;
}
