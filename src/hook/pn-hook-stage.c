/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-hook-stage.h"

static const char *const words[] = {
  "bootfs-mounted",    "rootfs-mounted", "bootstrap",
  "provision-started", "post-flash",     "provision-failed",
};
G_STATIC_ASSERT (G_N_ELEMENTS (words) == PN_N_HOOK_STAGES);

const char *
pn_hook_stage_to_word (PnHookStage stage)
{
  return words[stage];
}

gboolean
pn_hook_stage_from_word (const char *word, PnHookStage *stage)
{
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_strcmp0 (words[i], word) == 0)
      {
        *stage = (PnHookStage) i;
        return TRUE;
      }
  return FALSE;
}

gboolean
pn_hook_stage_is_image (PnHookStage stage)
{
  return stage <= PN_HOOK_ROOTFS_MOUNTED;
}
