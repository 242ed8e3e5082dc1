/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-recipe-field.h"

G_BEGIN_DECLS

/* The newest file for @field, one of the firmware fields, that lies in @folder or where packages
 * put such files below it; @folder NULL or "" = where the system's packages put them. NULL where
 * there is none. Blocking. */
char *pn_firmware_folder_find (const char *folder, PnChip chip, PnRecipeField field);

G_END_DECLS
