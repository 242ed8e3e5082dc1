/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gstdio.h>
#include <string.h>

#include "pn-bundle.h"
#include "pn-error.h"
#include "pn-io.h"
#include "pn-manifest-fixture.h"
#include "pn-recipe-store.h"
#include "pn-recipe-summary.h"

#define PLAIN                                                                                      \
  "[Recipe]\nName=Gate v2\nMode=naked\nChip=bcm2712\nStorage=emmc\n[Image]\nFile=/images/a.img\n"  \
  "[Firmware]\nRecovery=/f/r\nBootfiles=/f/b\nGadget=/f/g\nEeprom=/f/e\nInitramfs=/f/i\n"          \
  "[Key]\nPem=/keys/key.pem\n"

typedef struct
{
  char *folder;
  char *bundles;
  PnRecipeStore *store;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *recipes = NULL;

  fixture->folder = g_dir_make_tmp ("punnet-recipes-XXXXXX", &error);
  g_assert_no_error (error);
  recipes = g_build_filename (fixture->folder, "data", "recipes", NULL);
  fixture->bundles = g_build_filename (fixture->folder, "data", "bundles", NULL);
  fixture->store = pn_recipe_store_new (recipes, fixture->bundles);
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_tree (child);
    }
  (void) g_remove (path);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  remove_tree (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->bundles);
  pn_recipe_store_free (fixture->store);
}

static PnRecipeDraft *
make_draft (void)
{
  g_autoptr (GBytes) text = g_bytes_new_static (PLAIN, strlen (PLAIN));
  g_autoptr (GError) error = NULL;
  PnRecipeDraft *draft = pn_recipe_draft_parse (text, "/", &error);

  g_assert_no_error (error);
  return draft;
}

/* A recipe with revision 1. */
static char *
make_recipe (Fixture *fixture)
{
  g_autoptr (PnRecipeDraft) draft = make_draft ();
  g_autoptr (GError) error = NULL;
  char *id = pn_recipe_store_create (fixture->store, draft, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (pn_recipe_store_save (fixture->store, id, draft, &error), ==, 1);
  g_assert_no_error (error);
  return id;
}

static char *
read_revision (Fixture *fixture, const char *id, guint revision)
{
  g_autofree char *file = g_strdup_printf ("%u.recipe", revision);
  g_autofree char *path =
      g_build_filename (pn_recipe_store_get_folder (fixture->store), id, file, NULL);
  g_autoptr (GError) error = NULL;
  char *text;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

static void
test_revisions (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = make_recipe (fixture);
  g_autofree char *first = read_revision (fixture, id, 1);
  g_autofree char *first_again = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (PnRecipeDraft) mine = pn_recipe_store_load (fixture->store, id, 1, &error);
  g_autoptr (PnRecipeDraft) theirs = pn_recipe_store_load (fixture->store, id, 1, &error);
  g_autoptr (PnRecipeDraft) kept = NULL;
  g_autoptr (PnRecipeEntry) entry = NULL;

  g_assert_cmpstr (id, ==, "gate-v2");
  g_assert_cmpstr (pn_recipe_draft_get (mine, PN_RECIPE_REVISION), ==, "1");
  pn_recipe_draft_set (mine, PN_RECIPE_STORAGE, "nvme");
  pn_recipe_store_save_draft (fixture->store, id, mine, &error);
  g_assert_no_error (error);
  entry = pn_recipe_store_lookup (fixture->store, id, &error);
  g_assert_true (entry->has_draft);
  g_assert_cmpuint (entry->revision, ==, 1);
  g_assert_cmpstr (pn_recipe_draft_get (entry->says, PN_RECIPE_STORAGE), ==, "emmc");
  kept = pn_recipe_store_load (fixture->store, id, 0, &error);
  g_assert_true (pn_recipe_draft_equal (kept, mine));
  g_assert_cmpuint (pn_recipe_store_save (fixture->store, id, mine, &error), ==, 2);
  g_assert_no_error (error);
  first_again = read_revision (fixture, id, 1);
  g_assert_cmpstr (first, ==, first_again);
  /* Somebody who started from revision 1 too does not silently win. */
  g_assert_cmpuint (pn_recipe_store_save (fixture->store, id, theirs, &error), ==, 0);
  g_assert_error (error, PN_ERROR, PN_ERROR_STALE);
  pn_recipe_entry_free (entry);
  entry = pn_recipe_store_lookup (fixture->store, id, NULL);
  g_assert_cmpuint (entry->revision, ==, 2);
  g_assert_false (entry->has_draft);
  g_assert_cmpstr (pn_recipe_draft_get (entry->says, PN_RECIPE_STORAGE), ==, "nvme");
}

static gpointer
race (gpointer data)
{
  Fixture *fixture = data;
  g_autoptr (PnRecipeDraft) draft = pn_recipe_store_load (fixture->store, "gate-v2", 1, NULL);

  return GUINT_TO_POINTER (pn_recipe_store_save (fixture->store, "gate-v2", draft, NULL));
}

/* Of several that save at once, one does. */
static void
test_race (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = make_recipe (fixture);
  GThread *threads[8];
  guint winners = 0;

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("race", race, fixture);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    winners += GPOINTER_TO_UINT (g_thread_join (threads[i])) == 2;
  g_assert_cmpuint (winners, ==, 1);
}

static void
test_wrong (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = make_recipe (fixture);
  g_autoptr (PnRecipeDraft) draft = pn_recipe_store_load (fixture->store, id, 1, NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *path =
      g_build_filename (pn_recipe_store_get_folder (fixture->store), id, "2.recipe", NULL);
  static const char *const ids[] = { "", "..", "../gate-v2", "Gate v2", "gate_v2", "/etc" };

  pn_recipe_draft_set (draft, PN_RECIPE_STORAGE, "floppy");
  g_assert_cmpuint (pn_recipe_store_save (fixture->store, id, draft, &error), ==, 0);
  g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_ARGUMENT);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      g_clear_error (&error);
      g_assert_null (pn_recipe_store_lookup (fixture->store, ids[i], &error));
      g_assert_error (error, PN_ERROR, PN_ERROR_NOT_FOUND);
      g_clear_error (&error);
      g_assert_false (pn_recipe_store_save_draft (fixture->store, ids[i], draft, &error));
      g_assert_error (error, PN_ERROR, PN_ERROR_NOT_FOUND);
    }
}

static void
test_names (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = make_recipe (fixture);
  g_autofree char *copy = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (PnRecipeDraft) draft = NULL;
  g_autoptr (PnRecipeEntry) found = NULL;
  g_autoptr (GPtrArray) entries = NULL;
  PnRecipeEntry *entry;

  copy = pn_recipe_store_duplicate (fixture->store, id, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (copy, ==, "gate-v2-2");
  draft = pn_recipe_store_load (fixture->store, copy, 0, &error);
  g_assert_cmpstr (pn_recipe_draft_get (draft, PN_RECIPE_NAME), ==, "Gate v2 (2)");
  pn_recipe_draft_set (draft, PN_RECIPE_NAME, "GATE V2");
  g_assert_cmpuint (pn_recipe_store_save (fixture->store, copy, draft, &error), ==, 0);
  g_assert_error (error, PN_ERROR, PN_ERROR_EXISTS);
  pn_recipe_draft_set (draft, PN_RECIPE_NAME, "Abbey");
  g_clear_error (&error);
  g_assert_cmpuint (pn_recipe_store_save (fixture->store, copy, draft, &error), ==, 1);
  entries = pn_recipe_store_list (fixture->store, &error);
  g_assert_cmpuint (entries->len, ==, 2);
  entry = entries->pdata[0];
  g_assert_cmpstr (entry->id, ==, copy); /* “Abbey” comes first */
  found = pn_recipe_store_find (fixture->store, "abbey", &error);
  g_assert_cmpstr (found->id, ==, copy);
  g_assert_null (pn_recipe_store_find (fixture->store, "Nobody", &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_NOT_FOUND);
}

static void
test_discard (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = make_recipe (fixture);
  g_autofree char *copy = pn_recipe_store_duplicate (fixture->store, id, NULL);
  g_autoptr (PnRecipeDraft) draft = pn_recipe_store_load (fixture->store, id, 1, NULL);
  g_autoptr (PnRecipeEntry) entry = NULL;

  g_assert_true (pn_recipe_store_discard_draft (fixture->store, copy, NULL));
  g_assert_null (pn_recipe_store_lookup (fixture->store, copy, NULL));
  g_assert_true (pn_recipe_store_save_draft (fixture->store, id, draft, NULL));
  g_assert_true (pn_recipe_store_discard_draft (fixture->store, id, NULL));
  entry = pn_recipe_store_lookup (fixture->store, id, NULL);
  g_assert_nonnull (entry);
  g_assert_false (entry->has_draft);
}

static void
test_users (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = make_recipe (fixture);
  g_autoptr (PnRecipeDraft) draft = pn_recipe_store_load (fixture->store, id, 1, NULL);
  g_autoptr (GPtrArray) a =
      pn_recipe_store_find_users (fixture->store, "/images/../images/a.img", NULL);
  g_autoptr (GPtrArray) none = pn_recipe_store_find_users (fixture->store, "/images/b.img", NULL);
  g_autoptr (GPtrArray) b = NULL;
  g_autoptr (GPtrArray) retired = NULL;

  g_assert_cmpuint (a->len, ==, 1);
  g_assert_cmpstr (a->pdata[0], ==, "Gate v2");
  g_assert_cmpuint (none->len, ==, 0);
  pn_recipe_draft_set (draft, PN_RECIPE_IMAGE, "/images/b.img");
  g_assert_true (pn_recipe_store_save_draft (fixture->store, id, draft, NULL));
  b = pn_recipe_store_find_users (fixture->store, "/images/b.img", NULL);
  g_assert_cmpuint (b->len, ==, 1);
  g_assert_true (pn_recipe_store_set_retired (fixture->store, id, TRUE, NULL));
  retired = pn_recipe_store_find_users (fixture->store, "/images/a.img", NULL);
  g_assert_cmpuint (retired->len, ==, 0);
  g_assert_true (pn_recipe_store_set_retired (fixture->store, id, FALSE, NULL));
}

/* A batch that is opened leaves its time, whatever revision it is of. */
static void
test_used (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = make_recipe (fixture);
  g_autoptr (PnRecipeEntry) before = pn_recipe_store_lookup (fixture->store, id, NULL);
  g_autoptr (PnRecipeEntry) after = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (before->used, ==, 0);
  g_assert_true (pn_recipe_store_set_used (fixture->store, id, NULL));
  after = pn_recipe_store_lookup (fixture->store, id, NULL);
  /* A file system's clock may lag behind by a tick. */
  g_assert_cmpint (ABS (after->used - g_get_real_time () / G_USEC_PER_SEC), <, 60);
  g_assert_false (pn_recipe_store_set_used (fixture->store, "no-such-recipe", &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_NOT_FOUND);
}

/* One recipe that cannot be read does not hide the others. */
static void
test_damaged (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = make_recipe (fixture);
  g_autofree char *copy = pn_recipe_store_duplicate (fixture->store, id, NULL);
  g_autofree char *path =
      g_build_filename (pn_recipe_store_get_folder (fixture->store), copy, "draft.recipe", NULL);
  g_autoptr (GPtrArray) entries = NULL;
  guint damaged = 0;

  g_assert_true (g_file_set_contents (path, "[Recipe]\nName=a\nName=b\n", -1, NULL));
  entries = pn_recipe_store_list (fixture->store, NULL);
  g_assert_cmpuint (entries->len, ==, 2);
  for (guint i = 0; i < entries->len; i++)
    {
      PnRecipeEntry *entry = entries->pdata[i];

      g_assert_true ((entry->says == NULL) == (entry->problem != NULL));
      damaged += entry->problem != NULL;
    }
  g_assert_cmpuint (damaged, ==, 1);
}

/* A folder with a manifest in it, as preparing leaves one. */
static char *
make_bundle (Fixture *fixture, const char *id, guint revision)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PnManifest) manifest = pn_manifest_fixture_new (PN_MODE_SECURE_BOOT);
  char *folder = pn_recipe_store_choose_bundle (fixture->store, id, revision, &error);
  g_autofree char *path = g_build_filename (folder, PN_MANIFEST_NAME, NULL);

  g_assert_no_error (error);
  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  pn_manifest_seal (manifest, &error);
  g_assert_no_error (error);
  pn_replace_file (path, pn_manifest_get_bytes (manifest), &error);
  g_assert_no_error (error);
  return folder;
}

static void
test_bundle (Fixture *fixture, gconstpointer data)
{
  g_autofree char *id = make_recipe (fixture);
  g_autoptr (GError) error = NULL;
  g_autoptr (PnRecipeBundle) bundle = pn_recipe_store_get_bundle (fixture->store, id, 1, &error);
  g_autofree char *first = make_bundle (fixture, id, 1);
  g_autofree char *second = NULL;
  g_autoptr (PnRecipeEntry) entry = NULL;

  g_assert_no_error (error);
  g_assert_null (bundle);
  pn_recipe_store_set_bundle (fixture->store, id, 1, first, &error);
  g_assert_no_error (error);
  bundle = pn_recipe_store_get_bundle (fixture->store, id, 1, &error);
  g_assert_cmpstr (bundle->folder, ==, first);
  g_assert_nonnull (bundle->fingerprint);
  g_assert_cmpint (bundle->rehearsed, ==, 0);
  pn_recipe_store_set_rehearsal (fixture->store, id, 1, bundle->digest, TRUE, "All good", &error);
  g_assert_no_error (error);
  entry = pn_recipe_store_lookup (fixture->store, id, &error);
  g_assert_true (entry->bundle->passed);
  g_assert_cmpint (entry->bundle->rehearsed, >, 0);
  g_assert_cmpstr (entry->bundle->message, ==, "All good");
  /* A result of another bundle is not kept for this one. */
  g_assert_false (pn_recipe_store_set_rehearsal (fixture->store, id, 1, "00", TRUE, "?", &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_STALE);
  g_clear_error (&error);
  second = make_bundle (fixture, id, 1);
  g_assert_cmpstr (first, !=, second);
  pn_recipe_store_set_bundle (fixture->store, id, 1, second, &error);
  g_assert_no_error (error);
  g_assert_false (g_file_test (first, G_FILE_TEST_EXISTS));
  pn_recipe_entry_free (entry);
  entry = pn_recipe_store_lookup (fixture->store, id, &error);
  g_assert_cmpint (entry->bundle->rehearsed, ==, 0);
  remove_tree (second);
  pn_recipe_entry_free (entry);
  entry = pn_recipe_store_lookup (fixture->store, id, &error);
  g_assert_no_error (error);
  g_assert_null (entry->bundle);
}

/* Whatever the note beside a recipe says, it leads nowhere but into the bundles' folder. */
static void
test_bad_note (Fixture *fixture, gconstpointer data)
{
  static const char *const folders[] = { "../x", "/etc", ".", "..", "", ".x" };
  g_autofree char *id = make_recipe (fixture);
  g_autofree char *path =
      g_build_filename (pn_recipe_store_get_folder (fixture->store), id, "1.bundle", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *text = g_strdup_printf (
          "[Bundle]\nFolder=%s\nPrepared=1\n"
          "Digest=0123456789012345678901234567890123456789012345678901234567890123\n",
          folders[i]);
      g_autoptr (GError) error = NULL;

      g_assert_true (g_file_set_contents (path, text, -1, NULL));
      g_assert_null (pn_recipe_store_get_bundle (fixture->store, id, 1, &error));
      g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_DATA);
    }
}

static guint
count (GPtrArray *lines, gboolean does, PnPermanence permanence)
{
  guint n = 0;

  for (guint i = 0; i < lines->len; i++)
    {
      PnSummaryLine *line = lines->pdata[i];

      n += line->does == does && (does || line->permanence == permanence);
    }
  return n;
}

static void
test_summary (void)
{
  g_autoptr (PnRecipeDraft) draft = make_draft ();
  g_autoptr (PnRecipe) plain = pn_recipe_new_from_draft (draft, NULL);
  g_autoptr (GPtrArray) lines = pn_recipe_summary (plain);
  g_autoptr (PnRecipe) locked = NULL;
  g_autoptr (GPtrArray) locked_lines = NULL;

  g_assert_cmpuint (count (lines, FALSE, PN_PERMANENCE_PERMANENT), ==, 0);
  g_assert_cmpuint (count (lines, FALSE, PN_PERMANENCE_REVERSIBLE), ==, 2);
  g_assert_cmpuint (count (lines, TRUE, 0), ==, 3);
  pn_recipe_draft_set (draft, PN_RECIPE_MODE, "secure-boot");
  pn_recipe_draft_set_switch (draft, PN_RECIPE_JTAG_LOCK, TRUE);
  locked = pn_recipe_new_from_draft (draft, NULL);
  g_assert_nonnull (locked);
  locked_lines = pn_recipe_summary (locked);
  g_assert_cmpuint (count (locked_lines, FALSE, PN_PERMANENCE_PERMANENT), ==, 3);
  g_assert_cmpuint (count (locked_lines, FALSE, PN_PERMANENCE_SAME_KEY), ==, 2);
  g_assert_cmpuint (count (locked_lines, FALSE, PN_PERMANENCE_REVERSIBLE), ==, 0);
}

static void
test_differences (void)
{
  g_autoptr (PnRecipeDraft) before = make_draft ();
  g_autoptr (PnRecipeDraft) after = make_draft ();
  g_autoptr (GPtrArray) none = NULL;
  g_autoptr (GPtrArray) changes = NULL;
  PnRecipeChange *change;

  pn_recipe_draft_set (after, PN_RECIPE_REVISION, "7");
  pn_recipe_draft_set_switch (after, PN_RECIPE_MATCH_BOOT_ORDER, TRUE); /* as by default */
  none = pn_recipe_differences (before, after);
  g_assert_cmpuint (none->len, ==, 0);
  pn_recipe_draft_set (after, PN_RECIPE_STORAGE, "nvme");
  pn_recipe_draft_set (after, PN_RECIPE_IMAGE, "/new/a.img");
  pn_recipe_draft_set_switch (after, PN_RECIPE_UPDATE_EEPROM, FALSE);
  changes = pn_recipe_differences (before, after);
  g_assert_cmpuint (changes->len, ==, 3);
  change = changes->pdata[0];
  g_assert_cmpint (change->field, ==, PN_RECIPE_STORAGE);
  g_assert_cmpstr (change->before, ==, "eMMC");
  g_assert_cmpstr (change->after, ==, "NVMe drive");
  change = changes->pdata[1];
  g_assert_cmpstr (change->before, ==, "/images/a.img");
  g_assert_cmpstr (change->after, ==, "/new/a.img");
  change = changes->pdata[2];
  g_assert_cmpstr (change->before, ==, "On");
  g_assert_cmpstr (change->after, ==, "Off");
}

#define ADD(name, function) g_test_add (name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/recipe-store/revisions", test_revisions);
  ADD ("/recipe-store/race", test_race);
  ADD ("/recipe-store/wrong", test_wrong);
  ADD ("/recipe-store/names", test_names);
  ADD ("/recipe-store/discard", test_discard);
  ADD ("/recipe-store/users", test_users);
  ADD ("/recipe-store/used", test_used);
  ADD ("/recipe-store/damaged", test_damaged);
  ADD ("/recipe-store/bundle", test_bundle);
  ADD ("/recipe-store/bad-note", test_bad_note);
  g_test_add_func ("/recipe-summary/lines", test_summary);
  g_test_add_func ("/recipe-summary/differences", test_differences);
  return g_test_run ();
}
