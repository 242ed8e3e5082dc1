/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-migration.h"

G_BEGIN_DECLS

struct _PnMigration
{
  PnOldStation *station;
  GPtrArray *items; /* (element-type PnMigrationItem) */
  PnRecipeDraft *draft;
  GPtrArray *flags;   /* (element-type PnOldFlag), borrowed */
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

G_END_DECLS
