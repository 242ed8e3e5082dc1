/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* When a script of the user's runs. Image hooks run once, while a bundle is prepared; device hooks
 * run at the station for each device. */
typedef enum
{
  PN_HOOK_BOOTFS_MOUNTED,    /* image: the boot partition's files are as they will be sealed */
  PN_HOOK_ROOTFS_MOUNTED,    /* image: directly after it */
  PN_HOOK_BOOTSTRAP,         /* device: it has said its serial, nothing is changed yet */
  PN_HOOK_PROVISION_STARTED, /* device: the gadget runs, the storage is untouched */
  PN_HOOK_POST_FLASH,        /* device: written and read back, the gadget still runs */
  PN_HOOK_PROVISION_FAILED,  /* device: the run ended without passing */
} PnHookStage;
#define PN_N_HOOK_STAGES (PN_HOOK_PROVISION_FAILED + 1)

const char *pn_hook_stage_to_word (PnHookStage stage); /* "bootfs-mounted" … */
gboolean pn_hook_stage_from_word (const char *word, PnHookStage *stage);
gboolean pn_hook_stage_is_image (PnHookStage stage);

G_END_DECLS
