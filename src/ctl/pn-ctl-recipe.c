/* SPDX-License-Identifier: GPL-3.0-or-later */
/* punnetctl recipe: the same recipes, checks and words as the window has. */
#include "config.h"

#include "pn-ctl.h"

#include <stdio.h>

#include "pn-io.h"
#include "pn-prepare.h"
#include "pn-recipe-files.h"
#include "pn-recipe-store.h"
#include "pn-recipe-summary.h"

static const char *
state_of (const PnRecipeEntry *entry)
{
  if (entry->problem != NULL)
    return "damaged";
  if (entry->retired)
    return "retired";
  if (entry->revision == 0)
    return "draft";
  if (entry->bundle == NULL)
    return "saved";
  if (entry->bundle->rehearsed == 0)
    return "prepared";
  return entry->bundle->passed ? "rehearsed" : "rehearsal-failed";
}

static void
add_draft (JsonBuilder *builder, const PnRecipeDraft *draft)
{
  json_builder_set_member_name (builder, "says");
  json_builder_begin_object (builder);
  for (guint i = 0; i < PN_N_RECIPE_FIELDS; i++)
    {
      PnRecipeField field = (PnRecipeField) i;
      g_autofree char *name = g_strconcat (pn_recipe_field_get_group (field), ".",
                                           pn_recipe_field_get_key (field), NULL);

      if (pn_recipe_draft_get (draft, field) != NULL)
        pn_ctl_add_string (builder, name, pn_recipe_draft_get (draft, field));
    }
  json_builder_end_object (builder);
}

static void
add_entry (JsonBuilder *builder, const PnRecipeEntry *entry)
{
  json_builder_begin_object (builder);
  pn_ctl_add_string (builder, "id", entry->id);
  pn_ctl_add_string (builder, "state", state_of (entry));
  json_builder_set_member_name (builder, "revision");
  json_builder_add_int_value (builder, entry->revision);
  json_builder_set_member_name (builder, "unsaved");
  json_builder_add_boolean_value (builder, entry->has_draft);
  pn_ctl_add_string (builder, "problem", entry->problem);
  pn_ctl_add_string (builder, "bundle", entry->bundle != NULL ? entry->bundle->folder : NULL);
  pn_ctl_add_string (builder, "digest", entry->bundle != NULL ? entry->bundle->digest : NULL);
  if (entry->says != NULL)
    add_draft (builder, entry->says);
  json_builder_end_object (builder);
}

static void
print_entry (const PnRecipeEntry *entry)
{
  const char *name = entry->says != NULL ? pn_recipe_draft_get (entry->says, PN_RECIPE_NAME) : NULL;
  g_autofree char *mode = entry->says != NULL
                              ? pn_recipe_draft_get_words (entry->says, PN_RECIPE_MODE)
                              : g_strdup (entry->problem);

  printf ("%-24s r%-4u %-18s %s%s\n", name != NULL ? name : entry->id, entry->revision,
          state_of (entry), mode,
          entry->has_draft && entry->revision > 0 ? " (unsaved changes)" : "");
}

static int
list (int argc, char **argv)
{
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "For machines", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (PnRecipeStore) store = pn_recipe_store_new (NULL, NULL);
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (GPtrArray) found = NULL;
  g_autoptr (GError) error = NULL;

  g_option_context_set_summary (context, "Lists the recipes.");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!pn_ctl_parse (context, &argc, &argv, 0, 0))
    return 2;
  found = pn_recipe_store_list (store, &error);
  if (found == NULL)
    return pn_ctl_fail (error);
  json_builder_begin_array (builder);
  for (guint i = 0; i < found->len; i++)
    if (json)
      add_entry (builder, found->pdata[i]);
    else
      print_entry (found->pdata[i]);
  json_builder_end_array (builder);
  return json ? pn_ctl_print_json (builder) : 0;
}

static void
print_summary (const PnRecipe *recipe)
{
  g_autoptr (GPtrArray) lines = pn_recipe_summary (recipe);
  const char *heading = NULL;

  for (guint i = 0; i < lines->len; i++)
    {
      const PnSummaryLine *line = lines->pdata[i];
      const char *under =
          line->does ? "Each device will" : pn_permanence_to_label (line->permanence);

      if (heading != under)
        printf ("%s:\n", under);
      heading = under;
      printf ("  - %s\n", line->text);
    }
}

static int
show (int argc, char **argv)
{
  gint64 revision = 0;
  gboolean summary = FALSE;
  const GOptionEntry entries[] = {
    { "revision", 'r', 0, G_OPTION_ARG_INT64, &revision, "An earlier one", "N" },
    { "summary", 's', 0, G_OPTION_ARG_NONE, &summary, "In plain words", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("NAME");
  g_autoptr (PnRecipeStore) store = pn_recipe_store_new (NULL, NULL);
  g_autoptr (PnRecipeEntry) entry = NULL;
  g_autoptr (PnRecipeDraft) draft = NULL;
  g_autoptr (PnRecipe) recipe = NULL;
  g_autoptr (GBytes) text = NULL;
  g_autoptr (GError) error = NULL;

  g_option_context_set_summary (context, "Prints a recipe's newest revision.");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!pn_ctl_parse (context, &argc, &argv, 1, 1))
    return 2;
  entry = pn_recipe_store_find (store, argv[1], &error);
  if (entry == NULL)
    return pn_ctl_fail (error);
  draft = pn_recipe_store_load (
      store, entry->id, revision > 0 && revision <= G_MAXINT ? (guint) revision : entry->revision,
      &error);
  if (draft == NULL)
    return pn_ctl_fail (error);
  text = pn_recipe_draft_to_text (draft);
  if (!summary)
    return pn_ctl_write (NULL, text, FALSE, &error) ? 0 : pn_ctl_fail (error);
  recipe = pn_recipe_new_from_draft (draft, &error);
  if (recipe == NULL)
    return pn_ctl_fail (error);
  print_summary (recipe);
  return 0;
}

/* A file's path, or the name of a recipe in the store. */
static PnRecipeDraft *
load_either (PnRecipeStore *store, const char *argument, GError **error)
{
  g_autofree char *path = g_canonicalize_filename (argument, NULL);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GBytes) text = NULL;
  g_autoptr (PnRecipeEntry) entry = NULL;

  if (g_file_test (path, G_FILE_TEST_EXISTS))
    {
      text = pn_read_file (path, PN_RECIPE_MAX, error);
      return text != NULL ? pn_recipe_draft_parse (text, folder, error) : NULL;
    }
  entry = pn_recipe_store_find (store, argument, error);
  return entry != NULL ? pn_recipe_store_load (store, entry->id,
                                               entry->has_draft ? 0 : entry->revision, error)
                       : NULL;
}

static int
check (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("FILE|NAME");
  g_autoptr (PnRecipeStore) store = pn_recipe_store_new (NULL, NULL);
  g_autoptr (PnRecipeDraft) draft = NULL;
  g_autoptr (GError) error = NULL;
  guint wrong = 0;

  g_option_context_set_summary (context, "Checks every field of a recipe and every file it names.");
  if (!pn_ctl_parse (context, &argc, &argv, 1, 1))
    return 2;
  draft = load_either (store, argv[1], &error);
  if (draft == NULL)
    return pn_ctl_fail (error);
  for (guint i = 0; i < PN_N_RECIPE_FIELDS; i++)
    {
      PnRecipeField field = (PnRecipeField) i;
      g_autofree char *remark = NULL;
      g_autoptr (GError) local = NULL;
      gboolean fine = pn_recipe_draft_check (draft, field, &local) &&
                      pn_recipe_check_file (draft, field, &remark, NULL, &local);

      if (!fine || remark != NULL)
        printf ("%s [%s] %s: %s\n", fine ? "  " : "✗ ", pn_recipe_field_get_group (field),
                pn_recipe_field_get_key (field), fine ? remark : local->message);
      wrong += !fine;
    }
  if (wrong == 0)
    puts ("The recipe can be prepared.");
  return wrong == 0 ? 0 : 1;
}

static int
save (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("FILE");
  g_autoptr (PnRecipeStore) store = pn_recipe_store_new (NULL, NULL);
  g_autoptr (PnRecipe) recipe = NULL;
  g_autoptr (PnRecipeDraft) draft = NULL;
  g_autoptr (PnRecipeEntry) entry = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *id = NULL;
  g_autofree char *base = NULL;
  guint revision;

  g_option_context_set_summary (context,
                                "Saves a recipe as the next revision of the one with its name, or "
                                "as a new one.");
  if (!pn_ctl_parse (context, &argc, &argv, 1, 1))
    return 2;
  recipe = pn_recipe_load (argv[1], &error);
  if (recipe == NULL)
    return pn_ctl_fail (error);
  draft = pn_recipe_to_draft (recipe);
  entry = pn_recipe_store_find (store, recipe->name, NULL);
  base = entry != NULL && entry->revision > 0 ? g_strdup_printf ("%u", entry->revision) : NULL;
  pn_recipe_draft_set (draft, PN_RECIPE_REVISION, base);
  id = entry != NULL ? g_strdup (entry->id) : pn_recipe_store_create (store, draft, &error);
  revision = id != NULL ? pn_recipe_store_save (store, id, draft, &error) : 0;
  if (revision == 0)
    return pn_ctl_fail (error);
  printf ("%s r%u\n", id, revision);
  return 0;
}

static gboolean
prepare_revision (PnRecipeStore *store,
                  const PnRecipeEntry *entry,
                  int passphrase_fd,
                  GError **error)
{
  g_autoptr (PnRecipeDraft) draft = pn_recipe_store_load (store, entry->id, entry->revision, error);
  g_autoptr (PnRecipe) recipe = draft != NULL ? pn_recipe_new_from_draft (draft, error) : NULL;
  g_autofree char *folder = NULL;
  g_autoptr (PnSigner) signer = NULL;
  gint64 timestamp;

  if (recipe == NULL || !pn_ctl_choose_timestamp (NULL, &timestamp, error))
    return FALSE;
  if (recipe->mode == PN_MODE_SECURE_BOOT)
    {
      signer = pn_ctl_load_signer (recipe->key, passphrase_fd, error);
      if (signer == NULL)
        return FALSE;
    }
  folder = pn_recipe_store_choose_bundle (store, entry->id, entry->revision, error);
  if (folder == NULL ||
      !pn_prepare (recipe, signer, folder, timestamp, pn_ctl_say, NULL, NULL, NULL, error) ||
      !pn_recipe_store_set_bundle (store, entry->id, entry->revision, folder, error))
    return FALSE;
  puts (folder);
  return TRUE;
}

static int
prepare (int argc, char **argv)
{
  int passphrase_fd = -1;
  const GOptionEntry entries[] = {
    { "passphrase-fd", 0, 0, G_OPTION_ARG_INT, &passphrase_fd,
      "Read the key's passphrase from this descriptor", "FD" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("NAME");
  g_autoptr (PnRecipeStore) store = pn_recipe_store_new (NULL, NULL);
  g_autoptr (PnRecipeEntry) entry = NULL;
  g_autoptr (GError) error = NULL;

  g_option_context_set_summary (context, "Makes the sealed bundle of a recipe's newest revision.");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!pn_ctl_parse (context, &argc, &argv, 1, 1))
    return 2;
  entry = pn_recipe_store_find (store, argv[1], &error);
  if (entry != NULL && entry->revision == 0)
    g_set_error (&error, PN_ERROR, PN_ERROR_INVALID_ARGUMENT, "“%s” is only a draft; save it first",
                 argv[1]);
  if (error != NULL || !prepare_revision (store, entry, passphrase_fd, &error))
    return pn_ctl_fail (error);
  return 0;
}

int
pn_ctl_recipe (int argc, char **argv)
{
  static const PnCtlCommand commands[] = {
    { "list", list, "The recipes there are" },
    { "show", show, "A recipe's text, or what it does in plain words" },
    { "check", check, "Every field, and every file that it names" },
    { "save", save, "Keep a recipe's file as a revision" },
    { "prepare", prepare, "Make the sealed bundle of the newest revision" },
    { NULL, NULL, NULL },
  };

  return pn_ctl_commands (commands, argc, argv);
}
