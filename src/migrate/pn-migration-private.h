/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-migration.h"

G_BEGIN_DECLS

struct _PnMigration
{
  PnOldStation *station;
  GPtrArray *items; /* (element-type PnMigrationItem) */
  PnRecipeDraft *draft;
  GPtrArray *flags;                         /* (element-type PnOldFlag), borrowed */
  const PnOldHook *hooks[PN_N_HOOK_STAGES]; /* that the recipe gets; NULL = none. Borrowed */
  char *records;      /* where they lie; NULL = there are none, or they cannot be read */
  char *records_name; /* as the old tool calls it */
};

/* Takes @sentence. */
void pn_migration_add (PnMigration *self,
                       PnMigrationKind kind,
                       PnMigrationOutcome outcome,
                       const char *name,
                       char *sentence);
/* What was said of the item turned out differently. */
void pn_migration_say (PnMigration *self,
                       PnMigrationKind kind,
                       PnMigrationOutcome outcome,
                       const char *name,
                       const char *sentence);
void pn_migration_plan_settings (PnMigration *self);
/* pn-migration-hooks.c: needs the settings. Then the scripts that are taken, copied into @folder,
 * which is made, and put into the draft; one that cannot be is left, and says why. */
void pn_migration_plan_hooks (PnMigration *self);
void pn_migration_copy_hooks (PnMigration *self, const char *folder);

G_END_DECLS
