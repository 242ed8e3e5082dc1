/* SPDX-License-Identifier: GPL-3.0-or-later */
/* punnetctl image import, list, rename, remove: the user's library of images. */
#include "config.h"

#include "pn-ctl.h"

#include <stdio.h>
#include <unistd.h>

#include "pn-image-store.h"
#include "pn-recipe-store.h"

#define PROGRESS_INTERVAL (G_USEC_PER_SEC / 4)

static PnImageStore *
open_store (const char *folder, GError **error)
{
  g_autofree char *standard = pn_image_store_default_folder ();

  return pn_image_store_open (folder != NULL ? folder : standard, error);
}

/* @words: arguments wanted besides the options. */
static gboolean
parse (int *argc,
       char ***argv,
       const char *usage,
       const char *summary,
       const GOptionEntry *entries,
       int words)
{
  g_autoptr (GOptionContext) context = g_option_context_new (usage);

  g_option_context_set_summary (context, summary);
  g_option_context_add_main_entries (context, entries, NULL);
  return pn_ctl_parse (context, argc, argv, words, words);
}

#define LIBRARY_ENTRY                                                                              \
  {                                                                                                \
    "library", 'l', 0, G_OPTION_ARG_FILENAME, &folder, "The library (default: the user's)",        \
        "FOLDER"                                                                                   \
  }

/* ---- import ---- */

static void
progress_cb (PnImportStep step, guint64 done, guint64 total, gpointer user_data)
{
  static const char *const words[] = { "Reading", "Inspecting", "Storing" };
  gint64 *last = user_data;
  gint64 now = g_get_monotonic_time ();

  if (done < total && now - *last < PROGRESS_INTERVAL)
    return;
  *last = now;
  fprintf (stderr, "\r%-10s %3.0f %%", words[step],
           total > 0 ? 100.0 * (double) done / (double) total : 100.0);
}

static void
print_json (PnStoredImage *image)
{
  g_autoptr (GBytes) text = pn_stored_image_to_json (image);

  fwrite (g_bytes_get_data (text, NULL), 1, g_bytes_get_size (text), stdout);
}

static int
end_import (PnStoredImage *image, gboolean json, const GError *error)
{
  if (image == NULL)
    return pn_ctl_fail (error);
  if (json)
    {
      print_json (image);
      return 0;
    }
  printf ("Imported ‘%s’, SHA-256 %s%s\n", pn_stored_image_get (image)->name,
          pn_stored_image_get_id (image),
          pn_stored_image_get (image)->published ? ", which is the published one" : "");
  return 0;
}

int
pn_ctl_image_import (int argc, char **argv)
{
  g_autofree char *folder = NULL;
  g_autofree char *name = NULL;
  g_autofree char *notes = NULL;
  g_autofree char *expected = NULL;
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
    { "name", 'n', 0, G_OPTION_ARG_STRING, &name, "Its name in the library", "NAME" },
    { "notes", 0, 0, G_OPTION_ARG_STRING, &notes, "Notes to keep with it", "TEXT" },
    { "sha256", 0, 0, G_OPTION_ARG_STRING, &expected,
      "The published hash (default: FILE.sha256 or SHA256SUMS beside it)", "HEX" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "Print as JSON", NULL },
    LIBRARY_ENTRY,
    { NULL },
  };
  g_autoptr (PnImageStore) store = NULL;
  g_autoptr (PnStoredImage) image = NULL;
  g_autoptr (GError) error = NULL;
  gboolean show = isatty (STDERR_FILENO);
  gint64 last = 0;

  if (!parse (&argc, &argv, "FILE", "Takes a disc image into the library, whole or not at all.",
              entries, 1))
    return 2;
  store = open_store (folder, &error);
  if (store != NULL)
    {
      const PnImportOptions options = { name, notes, expected };

      image = pn_image_store_import (store, argv[1], &options, show ? progress_cb : NULL, &last,
                                     NULL, &error);
    }
  if (show)
    fprintf (stderr, "\r%20s\r", "");
  return end_import (image, json, error);
}

/* ---- list ---- */

static void
print_line (PnStoredImage *image)
{
  const PnStoredImageFields *fields = pn_stored_image_get (image);
  g_autofree char *size = g_format_size (fields->size);
  g_autofree char *stored = g_format_size (fields->stored_size);
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (fields->imported);
  g_autofree char *date = g_date_time_format (time, "%F");

  printf ("%.8s  %s  %9s  %9s  %s%s%s\n", pn_stored_image_get_id (image), date, size, stored,
          fields->name, fields->system != NULL ? "  – " : "",
          fields->system != NULL ? fields->system : "");
}

static void
print_list (GPtrArray *images)
{
  puts ("[");
  for (guint i = 0; i < images->len; i++)
    {
      if (i > 0)
        puts (",");
      print_json (images->pdata[i]);
    }
  puts ("]");
}

int
pn_ctl_image_list (int argc, char **argv)
{
  g_autofree char *folder = NULL;
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "Print as JSON", NULL },
    LIBRARY_ENTRY,
    { NULL },
  };
  g_autoptr (PnImageStore) store = NULL;
  g_autoptr (GPtrArray) images = NULL;
  g_autoptr (GError) error = NULL;

  if (!parse (&argc, &argv, NULL, "Lists the library: SHA-256, date, size, size on disc, name.",
              entries, 0))
    return 2;
  store = open_store (folder, &error);
  if (store != NULL)
    images = pn_image_store_list (store, &error);
  if (images == NULL)
    return pn_ctl_fail (error);
  if (json)
    print_list (images);
  for (guint i = 0; !json && i < images->len; i++)
    print_line (images->pdata[i]);
  return 0;
}

/* ---- rename, remove ---- */

int
pn_ctl_image_rename (int argc, char **argv)
{
  g_autofree char *folder = NULL;
  const GOptionEntry entries[] = { LIBRARY_ENTRY, { NULL } };
  g_autoptr (PnImageStore) store = NULL;
  g_autoptr (PnStoredImage) image = NULL;
  g_autoptr (PnStoredImage) renamed = NULL;
  g_autoptr (GError) error = NULL;

  if (!parse (&argc, &argv, "IMAGE NAME", "IMAGE is a name or the first digits of a SHA-256.",
              entries, 2))
    return 2;
  store = open_store (folder, &error);
  if (store != NULL)
    image = pn_image_store_find (store, argv[1], &error);
  if (image != NULL)
    renamed = pn_image_store_edit (store, pn_stored_image_get_id (image), argv[2], NULL, &error);
  return renamed != NULL ? 0 : pn_ctl_fail (error);
}

static char *
used_by (const char *id, gpointer store)
{
  g_autoptr (PnRecipeStore) recipes = pn_recipe_store_new (NULL, NULL);
  g_autofree char *path = pn_image_store_get_path (store, id);
  g_autoptr (GPtrArray) names = pn_recipe_store_find_users (recipes, path, NULL);

  return names != NULL && names->len > 0
             ? g_strdup_printf ("The image is used by recipe ‘%s’", (char *) names->pdata[0])
             : NULL;
}

int
pn_ctl_image_remove (int argc, char **argv)
{
  g_autofree char *folder = NULL;
  const GOptionEntry entries[] = { LIBRARY_ENTRY, { NULL } };
  g_autoptr (PnImageStore) store = NULL;
  g_autoptr (PnStoredImage) image = NULL;
  g_autoptr (GError) error = NULL;

  if (!parse (&argc, &argv, "IMAGE", "IMAGE is a name or the first digits of a SHA-256.", entries,
              1))
    return 2;
  store = open_store (folder, &error);
  if (store != NULL)
    image = pn_image_store_find (store, argv[1], &error);
  if (image == NULL ||
      !pn_image_store_remove (store, pn_stored_image_get_id (image), used_by, store, &error))
    return pn_ctl_fail (error);
  return 0;
}
