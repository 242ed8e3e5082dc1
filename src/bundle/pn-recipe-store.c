/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-recipe-store-private.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "pn-io.h"

#include <glib/gi18n-lib.h>

#define DRAFT "draft.recipe"
#define RETIRED "retired"
#define USED "used"
#define MAX_ID 64
#define MAX_RECIPES 10000

PnRecipeStore *
pn_recipe_store_new (const char *recipes, const char *bundles)
{
  PnRecipeStore *self = g_new0 (PnRecipeStore, 1);
  const char *data = g_get_user_data_dir ();

  self->recipes = recipes != NULL ? g_canonicalize_filename (recipes, NULL)
                                  : g_build_filename (data, "punnet", "recipes", NULL);
  self->bundles = bundles != NULL ? g_canonicalize_filename (bundles, NULL)
                                  : g_build_filename (data, "punnet", "bundles", NULL);
  return self;
}

void
pn_recipe_store_free (PnRecipeStore *self)
{
  g_free (self->recipes);
  g_free (self->bundles);
  g_free (self);
}

void
pn_recipe_entry_free (PnRecipeEntry *self)
{
  g_free (self->id);
  g_free (self->problem);
  g_clear_pointer (&self->says, pn_recipe_draft_free);
  g_clear_pointer (&self->bundle, pn_recipe_bundle_free);
  g_free (self);
}

const char *
pn_recipe_store_get_folder (PnRecipeStore *self)
{
  return self->recipes;
}

static gboolean
is_id (const char *id)
{
  gsize length = strlen (id);

  return length > 0 && length <= MAX_ID &&
         strspn (id, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}

char *
pn_recipe_store_path (PnRecipeStore *self, const char *id, const char *file, GError **error)
{
  if (is_id (id))
    return g_build_filename (self->recipes, id, file, NULL);
  pn_set_error (error, PN_ERROR_NOT_FOUND, "There is no recipe “%s”", id);
  return NULL;
}

char *
pn_recipe_store_revision_path (
    PnRecipeStore *self, const char *id, guint revision, const char *suffix, GError **error)
{
  g_autofree char *file = g_strdup_printf ("%u.%s", revision, suffix);

  return pn_recipe_store_path (self, id, file, error);
}

static gboolean
make_folder (const char *path, GError **error)
{
  if (g_mkdir_with_parents (path, 0700) == 0)
    return TRUE;
  pn_set_error_from_errno (error, errno, "Cannot make %s", path);
  return FALSE;
}

static gboolean
remove_file (const char *path, GError **error)
{
  if (g_unlink (path) == 0 || errno == ENOENT)
    return TRUE;
  pn_set_error_from_errno (error, errno, "Cannot remove %s", path);
  return FALSE;
}

/* The number of "N.recipe", without leading zeros so that there is one name each; else 0. */
static guint
parse_revision (const char *file)
{
  const char *dot = strchr (file, '.');
  g_autofree char *number = NULL;
  guint64 revision;

  if (dot == NULL || file[0] == '0' || !g_str_equal (dot, ".recipe"))
    return 0;
  number = g_strndup (file, (gsize) (dot - file));
  return g_ascii_string_to_unsigned (number, 10, 1, G_MAXINT, &revision, NULL) ? (guint) revision
                                                                               : 0;
}

PnRecipeDraft *
pn_recipe_store_load (PnRecipeStore *self, const char *id, guint revision, GError **error)
{
  g_autofree char *path = revision > 0
                              ? pn_recipe_store_revision_path (self, id, revision, "recipe", error)
                              : pn_recipe_store_path (self, id, DRAFT, error);
  g_autofree char *folder = path != NULL ? g_path_get_dirname (path) : NULL;
  g_autoptr (GBytes) text = path != NULL ? pn_read_file (path, PN_RECIPE_MAX, error) : NULL;

  return text != NULL ? pn_recipe_draft_parse (text, folder, error) : NULL;
}

/* The time of the mark that a batch leaves, in unix seconds. */
static gint64
read_used (PnRecipeStore *self, const char *id)
{
  g_autofree char *path = pn_recipe_store_path (self, id, USED, NULL);
  GStatBuf status;

  return g_stat (path, &status) == 0 ? (gint64) status.st_mtime : 0;
}

/* NULL where @id names no recipe's folder. */
static PnRecipeEntry *
read_entry (PnRecipeStore *self, const char *id)
{
  g_autofree char *folder = pn_recipe_store_path (self, id, NULL, NULL);
  g_autoptr (GDir) dir = folder != NULL ? g_dir_open (folder, 0, NULL) : NULL;
  g_autoptr (PnRecipeEntry) entry = NULL;
  g_autoptr (GError) error = NULL;
  const char *file;

  if (dir == NULL)
    return NULL;
  entry = g_new0 (PnRecipeEntry, 1);
  entry->id = g_strdup (id);
  while ((file = g_dir_read_name (dir)) != NULL)
    {
      entry->revision = MAX (entry->revision, parse_revision (file));
      entry->has_draft |= g_str_equal (file, DRAFT);
      entry->retired |= g_str_equal (file, RETIRED);
      if (g_str_equal (file, USED))
        entry->used = read_used (self, id);
    }
  if (entry->revision == 0 && !entry->has_draft)
    return NULL; /* it is just being made, or removed */
  entry->says = pn_recipe_store_load (self, id, entry->revision, &error);
  if (entry->says != NULL && entry->revision > 0)
    entry->bundle = pn_recipe_store_get_bundle (self, id, entry->revision, NULL);
  if (error != NULL)
    entry->problem = g_strdup (error->message);
  return g_steal_pointer (&entry);
}

PnRecipeEntry *
pn_recipe_store_lookup (PnRecipeStore *self, const char *id, GError **error)
{
  PnRecipeEntry *entry = read_entry (self, id);

  if (entry == NULL)
    pn_set_error (error, PN_ERROR_NOT_FOUND, "There is no recipe “%s”", id);
  return entry;
}

static const char *
name_of (const PnRecipeEntry *entry)
{
  const char *name = entry->says != NULL ? pn_recipe_draft_get (entry->says, PN_RECIPE_NAME) : NULL;

  return name != NULL && name[0] != '\0' ? name : entry->id;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  const PnRecipeEntry *const *left = a, *const *right = b;
  int order = g_utf8_collate (name_of (*left), name_of (*right));

  return order != 0 ? order : strcmp ((*left)->id, (*right)->id);
}

GPtrArray *
pn_recipe_store_list (PnRecipeStore *self, GError **error)
{
  g_autoptr (GPtrArray) entries =
      g_ptr_array_new_with_free_func ((GDestroyNotify) pn_recipe_entry_free);
  g_autoptr (GError) local = NULL;
  g_autoptr (GDir) dir = g_dir_open (self->recipes, 0, &local);
  const char *id;

  if (dir == NULL && !g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    {
      pn_set_error (error, PN_ERROR_IO, "%s", local->message);
      return NULL;
    }
  while (dir != NULL && (id = g_dir_read_name (dir)) != NULL && entries->len < MAX_RECIPES)
    {
      PnRecipeEntry *entry = read_entry (self, id);

      if (entry != NULL)
        g_ptr_array_add (entries, entry);
    }
  g_ptr_array_sort (entries, compare_names);
  return g_steal_pointer (&entries);
}

static gboolean
names_equal (const char *a, const char *b)
{
  g_autofree char *left = g_utf8_casefold (a, -1);
  g_autofree char *right = g_utf8_casefold (b, -1);

  return g_str_equal (left, right);
}

PnRecipeEntry *
pn_recipe_store_find (PnRecipeStore *self, const char *name, GError **error)
{
  g_autoptr (GPtrArray) entries = pn_recipe_store_list (self, error);

  if (entries == NULL)
    return NULL;
  for (guint i = 0; i < entries->len; i++)
    {
      PnRecipeEntry *entry = entries->pdata[i];

      if (g_str_equal (entry->id, name) || names_equal (name_of (entry), name))
        return pn_recipe_store_lookup (self, entry->id, error);
    }
  pn_set_error (error, PN_ERROR_NOT_FOUND, "There is no recipe “%s”", name);
  return NULL;
}

gboolean
pn_recipe_store_check_name (PnRecipeStore *self, const char *id, const char *name, GError **error)
{
  g_autoptr (GPtrArray) entries = pn_recipe_store_list (self, error);

  if (entries == NULL)
    return FALSE;
  for (guint i = 0; i < entries->len; i++)
    {
      PnRecipeEntry *entry = entries->pdata[i];

      if (g_strcmp0 (entry->id, id) != 0 && names_equal (name_of (entry), name))
        {
          pn_set_error (error, PN_ERROR_EXISTS,
                        "There is another recipe with the name “%s”: choose a different one", name);
          return FALSE;
        }
    }
  return TRUE;
}

char *
pn_recipe_store_choose_name (PnRecipeStore *self, const char *name)
{
  g_autofree char *choice = g_strdup (name);

  for (guint i = 2; !pn_recipe_store_check_name (self, NULL, choice, NULL) && i < MAX_RECIPES; i++)
    {
      g_autofree char *suffix = g_strdup_printf (" (%u)", i);
      glong room = PN_RECIPE_NAME_MAX - g_utf8_strlen (suffix, -1);
      g_autofree char *start = g_utf8_substring (name, 0, MIN (room, g_utf8_strlen (name, -1)));

      g_free (choice);
      choice = g_strconcat (start, suffix, NULL);
    }
  return g_steal_pointer (&choice);
}

/* Letters, digits and hyphens that remind of the name. */
static char *
make_slug (const char *name)
{
  g_autofree char *ascii = g_str_to_ascii (name != NULL ? name : "", "C");
  GString *slug = g_string_new (NULL);

  for (const char *at = ascii; *at != '\0' && slug->len < MAX_ID - 8; at++)
    if (g_ascii_isalnum (*at))
      g_string_append_c (slug, g_ascii_tolower (*at));
    else if (slug->len > 0 && slug->str[slug->len - 1] != '-')
      g_string_append_c (slug, '-');
  if (slug->len > 0 && slug->str[slug->len - 1] == '-')
    g_string_truncate (slug, slug->len - 1);
  if (slug->len == 0)
    g_string_append (slug, "recipe");
  return g_string_free (slug, FALSE);
}

/* A folder that nobody has; making it is what claims the name. */
static char *
claim_id (PnRecipeStore *self, const char *name, GError **error)
{
  g_autofree char *slug = make_slug (name);

  if (!make_folder (self->recipes, error))
    return NULL;
  for (guint i = 1; i < MAX_RECIPES; i++)
    {
      g_autofree char *id = i == 1 ? g_strdup (slug) : g_strdup_printf ("%s-%u", slug, i);
      g_autofree char *folder = g_build_filename (self->recipes, id, NULL);

      if (g_mkdir (folder, 0700) == 0)
        return g_steal_pointer (&id);
      if (errno != EEXIST)
        {
          pn_set_error_from_errno (error, errno, "Cannot make %s", folder);
          return NULL;
        }
    }
  pn_set_error (error, PN_ERROR_NO_SPACE, "There are too many recipes");
  return NULL;
}

char *
pn_recipe_store_create (PnRecipeStore *self, const PnRecipeDraft *draft, GError **error)
{
  g_autofree char *id = claim_id (self, pn_recipe_draft_get (draft, PN_RECIPE_NAME), error);

  if (id == NULL || !pn_recipe_store_save_draft (self, id, draft, error))
    return NULL;
  return g_steal_pointer (&id);
}

gboolean
pn_recipe_store_save_draft (PnRecipeStore *self,
                            const char *id,
                            const PnRecipeDraft *draft,
                            GError **error)
{
  g_autofree char *path = pn_recipe_store_path (self, id, DRAFT, error);
  g_autoptr (GBytes) text = NULL;

  if (path == NULL)
    return FALSE;
  text = pn_recipe_draft_to_text (draft);
  if (g_bytes_get_size (text) == 0) /* an empty file is no recipe */
    {
      g_bytes_unref (text);
      text = g_bytes_new_static ("[Recipe]\n", 9);
    }
  return pn_replace_file (path, text, error);
}

gboolean
pn_recipe_store_discard_draft (PnRecipeStore *self, const char *id, GError **error)
{
  g_autofree char *folder = pn_recipe_store_path (self, id, NULL, error);
  g_autofree char *path = pn_recipe_store_path (self, id, DRAFT, NULL);

  if (folder == NULL || !remove_file (path, error))
    return FALSE;
  (void) g_rmdir (folder); /* which fails where revisions are */
  return TRUE;
}

guint
pn_recipe_store_save (PnRecipeStore *self,
                      const char *id,
                      const PnRecipeDraft *draft,
                      GError **error)
{
  g_autoptr (PnRecipe) recipe = pn_recipe_new_from_draft (draft, error);
  g_autoptr (PnRecipeEntry) entry = NULL;
  g_autoptr (GBytes) text = NULL;
  g_autoptr (GError) local = NULL;
  g_autofree char *path = NULL;
  g_autofree char *draft_path = NULL;
  guint base;

  if (recipe == NULL || (entry = pn_recipe_store_lookup (self, id, error)) == NULL ||
      !pn_recipe_store_check_name (self, id, recipe->name, error))
    return 0;
  base = pn_recipe_draft_get (draft, PN_RECIPE_REVISION) != NULL ? recipe->revision : 0;
  recipe->revision = base + 1;
  path = pn_recipe_store_revision_path (self, id, recipe->revision, "recipe", error);
  text = pn_recipe_to_text (recipe);
  if (entry->revision != base || !pn_create_file (path, text, &local))
    {
      if (local == NULL || g_error_matches (local, PN_ERROR, PN_ERROR_EXISTS))
        pn_set_error (error, PN_ERROR_STALE,
                      "Revision %s of this recipe was saved elsewhere meanwhile: look at it, then "
                      "make your changes again",
                      PN_NUMBER (MAX (entry->revision, recipe->revision)));
      else
        g_propagate_error (error, g_steal_pointer (&local));
      return 0;
    }
  draft_path = pn_recipe_store_path (self, id, DRAFT, NULL);
  (void) g_unlink (draft_path);
  return recipe->revision;
}

char *
pn_recipe_store_duplicate (PnRecipeStore *self, const char *id, GError **error)
{
  g_autoptr (PnRecipeEntry) entry = pn_recipe_store_lookup (self, id, error);
  g_autoptr (PnRecipeDraft) draft = NULL;
  g_autofree char *name = NULL;

  if (entry == NULL)
    return NULL;
  draft = pn_recipe_store_load (self, id, entry->revision, error);
  if (draft == NULL)
    return NULL;
  name = pn_recipe_store_choose_name (self, name_of (entry));
  pn_recipe_draft_set (draft, PN_RECIPE_NAME, name);
  pn_recipe_draft_set (draft, PN_RECIPE_REVISION, NULL);
  return pn_recipe_store_create (self, draft, error);
}

gboolean
pn_recipe_store_set_retired (PnRecipeStore *self, const char *id, gboolean retired, GError **error)
{
  g_autoptr (PnRecipeEntry) entry = pn_recipe_store_lookup (self, id, error);
  g_autofree char *path = pn_recipe_store_path (self, id, RETIRED, NULL);
  g_autoptr (GBytes) nothing = g_bytes_new_static ("", 0);

  if (entry == NULL)
    return FALSE;
  return retired ? pn_replace_file (path, nothing, error) : remove_file (path, error);
}

gboolean
pn_recipe_store_set_used (PnRecipeStore *self, const char *id, GError **error)
{
  g_autoptr (PnRecipeEntry) entry = pn_recipe_store_lookup (self, id, error);
  g_autofree char *path = pn_recipe_store_path (self, id, USED, NULL);
  g_autoptr (GBytes) nothing = g_bytes_new_static ("", 0);

  return entry != NULL && pn_replace_file (path, nothing, error);
}

static gboolean
uses (const PnRecipeDraft *draft, const char *path)
{
  return draft != NULL && g_strcmp0 (pn_recipe_draft_get (draft, PN_RECIPE_IMAGE), path) == 0;
}

GPtrArray *
pn_recipe_store_find_users (PnRecipeStore *self, const char *path, GError **error)
{
  g_autoptr (GPtrArray) entries = pn_recipe_store_list (self, error);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *image = g_canonicalize_filename (path, NULL);

  if (entries == NULL)
    return NULL;
  for (guint i = 0; i < entries->len; i++)
    {
      PnRecipeEntry *entry = entries->pdata[i];
      g_autoptr (PnRecipeDraft) draft =
          entry->has_draft ? pn_recipe_store_load (self, entry->id, 0, NULL) : NULL;

      if (!entry->retired && (uses (entry->says, image) || uses (draft, image)))
        g_ptr_array_add (names, g_strdup (name_of (entry)));
    }
  return g_steal_pointer (&names);
}
