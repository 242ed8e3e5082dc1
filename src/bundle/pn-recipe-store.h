/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-recipe.h"

G_BEGIN_DECLS

/* The user's recipes: a folder each, in it "1.recipe", "2.recipe" … which never change once they
 * are there, "draft.recipe" while one is written, "N.bundle" that says where the sealed bundle of a
 * revision is, and "retired" where nobody is to use it any more. Every call reads the disk, so that
 * windows and punnetctl see each other's work. Blocking; any thread. */
typedef struct _PnRecipeStore PnRecipeStore;

/* Where the sealed bundle of a revision is, and how its rehearsal went. */
typedef struct
{
  char *folder;      /* absolute */
  char *digest;      /* hexadecimal, of its manifest */
  char *fingerprint; /* of its key, hexadecimal; NULL = no key */
  gint64 prepared;   /* unix seconds */
  gint64 rehearsed;  /* unix seconds; 0 = never */
  gboolean passed;   /* the rehearsal */
  char *message;     /* what it came to; NULL = never */
} PnRecipeBundle;

typedef struct
{
  char *id;           /* its folder's name, for ever */
  guint revision;     /* the newest; 0 = there is only a draft */
  gboolean has_draft; /* something is changed and not saved */
  gboolean retired;
  gint64 used;            /* when a batch was opened with it last, unix seconds; 0 = never */
  PnRecipeDraft *says;    /* the newest revision, or else the draft; NULL = @problem */
  char *problem;          /* why it cannot be read */
  PnRecipeBundle *bundle; /* of the newest revision; NULL = not prepared, or a note that is bad */
} PnRecipeEntry;

/* NULL = "punnet/recipes" and "punnet/bundles" in the user's data folder. */
PnRecipeStore *pn_recipe_store_new (const char *recipes, const char *bundles);
void pn_recipe_store_free (PnRecipeStore *self);
const char *pn_recipe_store_get_folder (PnRecipeStore *self);

/* (element-type PnRecipeEntry), by name; a damaged recipe is in it with its problem. */
GPtrArray *pn_recipe_store_list (PnRecipeStore *self, GError **error);
PnRecipeEntry *pn_recipe_store_lookup (PnRecipeStore *self, const char *id, GError **error);
/* By id or name. */
PnRecipeEntry *pn_recipe_store_find (PnRecipeStore *self, const char *name, GError **error);
/* @revision 0 = the draft. */
PnRecipeDraft *
pn_recipe_store_load (PnRecipeStore *self, const char *id, guint revision, GError **error);

/* A new recipe with @draft as its draft: its id. */
char *pn_recipe_store_create (PnRecipeStore *self, const PnRecipeDraft *draft, GError **error);
/* A name that no recipe has yet: @name, or “@name (2)”. */
char *pn_recipe_store_choose_name (PnRecipeStore *self, const char *name);
/* Whether another recipe than @id (nullable) has the name: PN_ERROR_EXISTS. */
gboolean
pn_recipe_store_check_name (PnRecipeStore *self, const char *id, const char *name, GError **error);
/* Keeps unsaved work. The draft's Revision says on which revision it is based (none = 0). */
gboolean pn_recipe_store_save_draft (PnRecipeStore *self,
                                     const char *id,
                                     const PnRecipeDraft *draft,
                                     GError **error);
/* Forgets the draft, and the recipe with it where nothing was ever saved. */
gboolean pn_recipe_store_discard_draft (PnRecipeStore *self, const char *id, GError **error);
/* Saves @draft, which must be right, as the revision after the one that it is based on:
 * PN_ERROR_STALE where somebody else did so meanwhile. The new number, or 0. */
guint pn_recipe_store_save (PnRecipeStore *self,
                            const char *id,
                            const PnRecipeDraft *draft,
                            GError **error);
/* A draft of a new recipe from the newest words of @id: its id. */
char *pn_recipe_store_duplicate (PnRecipeStore *self, const char *id, GError **error);
gboolean
pn_recipe_store_set_retired (PnRecipeStore *self, const char *id, gboolean retired, GError **error);
/* A batch was opened with it just now. */
gboolean pn_recipe_store_set_used (PnRecipeStore *self, const char *id, GError **error);
/* (element-type utf8) the names of recipes that are not retired and whose newest revision or draft
 * writes the image at @path. */
GPtrArray *pn_recipe_store_find_users (PnRecipeStore *self, const char *path, GError **error);

/* Where to prepare a revision's bundle: a folder that does not exist yet, in one that does. */
char *
pn_recipe_store_choose_bundle (PnRecipeStore *self, const char *id, guint revision, GError **error);
/* NULL with no error: not prepared, or the bundle is gone. */
PnRecipeBundle *
pn_recipe_store_get_bundle (PnRecipeStore *self, const char *id, guint revision, GError **error);
/* Notes that the folder, chosen above, holds the revision's bundle. The one before is removed. */
gboolean pn_recipe_store_set_bundle (
    PnRecipeStore *self, const char *id, guint revision, const char *folder, GError **error);
/* PN_ERROR_STALE where the revision's bundle is not the one with @digest any more. */
gboolean pn_recipe_store_set_rehearsal (PnRecipeStore *self,
                                        const char *id,
                                        guint revision,
                                        const char *digest,
                                        gboolean passed,
                                        const char *message,
                                        GError **error);

void pn_recipe_bundle_free (PnRecipeBundle *self);
void pn_recipe_entry_free (PnRecipeEntry *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnRecipeStore, pn_recipe_store_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnRecipeBundle, pn_recipe_bundle_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnRecipeEntry, pn_recipe_entry_free)

G_END_DECLS
