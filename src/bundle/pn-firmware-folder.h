/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-recipe-draft.h"

G_BEGIN_DECLS

/* The newest file for @field, one of the firmware fields, that lies in @folder or where packages
 * put such files below it; @folder NULL or "" = where the system's packages put them. NULL where
 * there is none. Blocking. */
char *pn_firmware_folder_find (const char *folder, PnChip chip, PnRecipeField field);
/* What the chip needs, whatever the recipe does with it, and is not there: labels, translated, for
 * people. (transfer full), NULL where nothing is missing. Blocking. */
char *pn_firmware_folder_list_missing (const char *folder, PnChip chip);
/* @draft was for the chip @before, and is for another one: names the files that its own chip needs
 * where it named none, or those of @folder. What a person chose elsewhere stays. Blocking. */
void pn_firmware_folder_follow (const char *folder, PnChip before, PnRecipeDraft *draft);

G_END_DECLS
