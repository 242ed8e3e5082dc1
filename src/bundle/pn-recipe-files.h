/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-eeprom.h"
#include "pn-recipe.h"
#include "pn-signer.h"

G_BEGIN_DECLS

#define PN_FIRMWARE_MAX (512 * 1024 * 1024) /* bytes of any firmware file */

/* The files that a recipe names, as preparing wants them: the window asks while the recipe is
 * written, pn_prepare () when it is used. Blocking. */

/* (transfer full) the EEPROM image and its @bytes, for @chip and young enough for @mode. */
PnEeprom *
pn_recipe_load_eeprom (const char *path, PnChip chip, PnMode mode, GBytes **bytes, GError **error);
/* A recovery program for @chip; in a mode that locks one that a locked device takes. */
GBytes *pn_recipe_load_recovery (const char *path, PnChip chip, PnMode mode, GError **error);
/* A boot settings file's text. */
GBytes *pn_recipe_load_config (const char *path, GError **error);

/* Whether the file that @field names is there and what it has to be; TRUE for fields that name
 * none. @remark (nullable) gets one translated sentence on what was found, or NULL. A key that is
 * protected by a passphrase is not opened. */
gboolean pn_recipe_check_file (const PnRecipeDraft *draft,
                               PnRecipeField field,
                               char **remark,
                               GCancellable *cancellable,
                               GError **error);
/* PN_ERROR_KEY unless the signer has the key that the recipe is for. */
gboolean pn_recipe_check_signer (const PnRecipe *recipe, PnSigner *signer, GError **error);

/* A hook's script, as the recipe has frozen it: PN_ERROR_STALE where the file is another one now.
 */
GBytes *pn_recipe_load_hook (const PnRecipeHook *hook, PnHookStage stage, GError **error);

G_END_DECLS
