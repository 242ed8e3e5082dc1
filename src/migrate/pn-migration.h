/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-old-station.h"
#include "pn-recipe-store.h"

G_BEGIN_DECLS

/* The move from rpi-sb-provisioner to Punnet: what its station has, and what becomes of each thing
 * here. It only ever adds; the old installation stays as it is. */

typedef enum
{
  PN_MIGRATION_TAKEN,
  PN_MIGRATION_CHANGED, /* taken, but it means something else here */
  PN_MIGRATION_LEFT,
} PnMigrationOutcome;

typedef enum
{
  PN_MIGRATION_SETTING,
  PN_MIGRATION_KEY,
  PN_MIGRATION_HOOK,
  PN_MIGRATION_PORT_RULES,
  PN_MIGRATION_OVERRIDE,
  PN_MIGRATION_RECORDS,
  PN_MIGRATION_BOOT_PACKAGE,
  PN_MIGRATION_PROBLEM, /* something is there and cannot be read */
} PnMigrationKind;
#define PN_N_MIGRATION_KINDS (PN_MIGRATION_PROBLEM + 1)

typedef struct
{
  PnMigrationKind kind;
  PnMigrationOutcome outcome;
  char *name;     /* what the old tool calls it */
  char *sentence; /* what becomes of it (pn-sentence.h); never a secret */
} PnMigrationItem;

typedef struct _PnMigration PnMigration;

/* What would be done; nothing is done yet. Takes @station. Blocking. */
PnMigration *pn_migration_plan (PnOldStation *station);
void pn_migration_free (PnMigration *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnMigration, pn_migration_free)

/* (element-type PnMigrationItem) in the order of their kinds. Owned by @self. */
GPtrArray *pn_migration_get_items (PnMigration *self);
guint pn_migration_count (PnMigration *self, PnMigrationOutcome outcome);
/* What the configuration comes to as a recipe; what is wrong with it is for the person to mend. */
const PnRecipeDraft *pn_migration_get_draft (PnMigration *self);
/* (element-type PnOldFlag) those that become overrides. */
GPtrArray *pn_migration_get_flags (PnMigration *self);
/* The old records as lines that Manager.MergeRecords takes, in a nameless file: its descriptor, or
 * -1 where there are none or with @error. Blocking. */
int pn_migration_open_records (PnMigration *self, GError **error);
/* They were merged. */
void
pn_migration_merged_records (PnMigration *self, guint n_new, guint n_same, guint n_conflicting);
/* Whose they are then. */
#define PN_MIGRATION_STATION "rpi-sb-provisioner"
/* The name of their item. */
const char *pn_migration_get_records_name (PnMigration *self);
/* Something that was planned did not work out: its item is left, and says why. */
void
pn_migration_fail (PnMigration *self, PnMigrationKind kind, const char *name, const GError *error);

/* A new recipe, as a draft: its id, or NULL. @name gets what it is called. Its scripts are copied
 * into "scripts" beside the folder of recipes. */
char *
pn_migration_make_recipe (PnMigration *self, PnRecipeStore *store, char **name, GError **error);
/* Copies the port rules that count into @folder, which is made. One of a name that is there already
 * is left. */
void pn_migration_copy_port_rules (PnMigration *self, const char *folder);
/* "taken", "changed", "left"; and for people, untranslated (marked for translation). */
const char *pn_migration_outcome_to_word (PnMigrationOutcome outcome);
const char *pn_migration_outcome_to_label (PnMigrationOutcome outcome);
const char *pn_migration_kind_to_word (PnMigrationKind kind);
const char *pn_migration_kind_to_label (PnMigrationKind kind);

G_END_DECLS
