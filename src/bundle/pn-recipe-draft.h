/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "pn-recipe-field.h"

G_BEGIN_DECLS

#define PN_RECIPE_MAX (64 * 1024) /* bytes of text */
#define PN_RECIPE_NAME_MAX 60     /* characters */
#define PN_RECIPE_CIPHER_DEFAULT "aes-xts-plain64"
#define PN_RECIPE_RPIBOOT_GPIO_DEFAULT "8" /* what Raspberry Pi recommends: eeprom.md §9 */

/* A recipe that is being written: for each field what is said, right or wrong, or nothing yet. */
typedef struct _PnRecipeDraft PnRecipeDraft;

PnRecipeDraft *pn_recipe_draft_new (void);
PnRecipeDraft *pn_recipe_draft_copy (const PnRecipeDraft *self);
void pn_recipe_draft_free (PnRecipeDraft *self);
gboolean pn_recipe_draft_equal (const PnRecipeDraft *a, const PnRecipeDraft *b);

/* Pure. Key file text; @folder is only put before relative paths. Unknown groups and keys, a line
 * given twice, text that is not UTF-8 or larger than PN_RECIPE_MAX are errors; wrong values are
 * not: pn_recipe_draft_check () finds them. */
PnRecipeDraft *pn_recipe_draft_parse (GBytes *text, const char *folder, GError **error);
/* Canonical: fields in their order, one "Key=value" each, what is not said left out. Text of a
 * draft whose values are valid parses to an equal draft. */
GBytes *pn_recipe_draft_to_text (const PnRecipeDraft *self);

const char *pn_recipe_draft_get (const PnRecipeDraft *self, PnRecipeField field); /* or NULL */
/* NULL = says nothing of it; so does an empty path. */
void pn_recipe_draft_set (PnRecipeDraft *self, PnRecipeField field, const char *value);
void pn_recipe_draft_set_switch (PnRecipeDraft *self, PnRecipeField field, gboolean value);
/* What counts, said or by default. */
gboolean pn_recipe_draft_get_switch (const PnRecipeDraft *self, PnRecipeField field);
PnMode pn_recipe_draft_get_mode (const PnRecipeDraft *self); /* PN_MODE_NAKED where it is wrong */
PnChip pn_recipe_draft_get_chip (const PnRecipeDraft *self); /* PN_CHIP_BCM2712 there */
/* Whether @field means anything beside the others. */
gboolean pn_recipe_draft_is_used (const PnRecipeDraft *self, PnRecipeField field);
/* Whether it has a script for @stage, on or off. */
gboolean pn_recipe_draft_has_hook (const PnRecipeDraft *self, PnHookStage stage);
/* The words on screen for what it says, "" for nothing: (transfer full). */
char *pn_recipe_draft_get_words (const PnRecipeDraft *self, PnRecipeField field);

/* Whether what it says of @field makes sense beside the other fields; no file is looked at.
 * PN_ERROR_INVALID_ARGUMENT or PN_ERROR_NOT_SUPPORTED with a translated sentence. */
gboolean pn_recipe_draft_check (const PnRecipeDraft *self, PnRecipeField field, GError **error);
/* All fields; @wrong is the first that is wrong. */
gboolean
pn_recipe_draft_check_all (const PnRecipeDraft *self, PnRecipeField *wrong, GError **error);
/* Forgets what the chosen mode and chip do not have, and takes the usual where they need something,
 * so that a change of mode or chip leaves no contradiction. */
void pn_recipe_draft_adapt (PnRecipeDraft *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnRecipeDraft, pn_recipe_draft_free)

G_END_DECLS
