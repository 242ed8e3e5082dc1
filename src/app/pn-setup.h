/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "pn-recipe-draft.h"

G_BEGIN_DECLS

/* What was chosen in the set-up so far: a recipe that is being written, and how many devices there
 * will be. It is kept in the settings, so that leaving loses nothing. Signal "changed". */
#define PN_TYPE_SETUP (pn_setup_get_type ())
G_DECLARE_FINAL_TYPE (PnSetup, pn_setup, PN, SETUP, GObject)

/* Takes up what was kept in @settings. */
PnSetup *pn_setup_new (GSettings *settings) G_GNUC_WARN_UNUSED_RESULT;

/* One device, to try; else a production station. Begins with the defaults of either. */
void pn_setup_begin (PnSetup *self, gboolean one_device);
gboolean pn_setup_is_one_device (PnSetup *self);
guint pn_setup_get_step (PnSetup *self); /* where it was left */
void pn_setup_set_step (PnSetup *self, guint step);

const char *pn_setup_get (PnSetup *self, PnRecipeField field); /* or NULL */
/* Also forgets what the change rules out: a storage that the family does not have, a key that
 * nothing is locked with. */
void pn_setup_set (PnSetup *self, PnRecipeField field, const char *value);
PnChip pn_setup_get_chip (PnSetup *self);
PnMode pn_setup_get_mode (PnSetup *self);
PnStorage pn_setup_get_storage (PnSetup *self);
PnRecipeDraft *pn_setup_get_draft (PnSetup *self); /* (transfer none), not to be changed */
/* Names the firmware files of @folder (NULL or "": the system's) that the recipe has to have.
 * Blocking for a moment: it only looks at names. */
void pn_setup_take_firmware (PnSetup *self, const char *folder);

/* What came of it; NULL and 0 until it is created. */
const char *pn_setup_get_recipe (PnSetup *self);
guint pn_setup_get_revision (PnSetup *self);
/* A recipe was made of it: what was kept is forgotten. */
void pn_setup_set_created (PnSetup *self, const char *recipe, guint revision);

G_END_DECLS
