/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-old-config.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (PnOldConfig) config = pn_old_config_new ();
  g_autoptr (GBytes) text = g_bytes_new (data, size);
  g_autoptr (GPtrArray) settings = NULL;

  (void) pn_old_config_add (config, text, NULL);
  settings = pn_old_config_list (config);
  for (guint i = 0; i < settings->len; i++)
    {
      const PnOldSetting *setting = settings->pdata[i];

      g_assert_true ((setting->value == NULL) != (setting->why == NULL));
      g_assert_true (pn_old_config_get (config, setting->name) == setting->value);
    }
  return 0;
}
