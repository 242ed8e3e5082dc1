/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rehearsals with the real programs: what passes, what does not, what is cancelled or dies, and how
 * the recipe's page shows it. */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "pn-error.h"
#include "pn-phase-bar.h"
#include "pn-recipe-editor.h"
#include "pn-recipe-list.h"
#include "pn-recipe-page.h"
#include "pn-rehearsal.h"
#include "pn-test-app.h"
#include "pn-test-station.h"

#define LIMIT (120 * G_USEC_PER_SEC)

static PnTestStation *station;
static PnWindow *window;

typedef struct
{
  gboolean ended, passed;
  char *message;
  GError *error;
} Outcome;

static void
outcome_clear (Outcome *outcome)
{
  g_free (outcome->message);
  g_clear_error (&outcome->error);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Outcome, outcome_clear)

static void
ended_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Outcome *outcome = user_data;

  outcome->ended = TRUE;
  (void) pn_rehearsal_run_finish (result, &outcome->passed, &outcome->message, &outcome->error);
}

static void
wait_until (const gboolean *what)
{
  gint64 end = g_get_monotonic_time () + LIMIT;

  while (!*what)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      if (!g_main_context_iteration (NULL, FALSE))
        g_usleep (1000);
    }
}

/* No program of a rehearsal, no worker of theirs (they would be ours now), no folder. */
static void
check_nothing_is_left (void)
{
  g_autofree char *cache = g_build_filename (g_get_user_cache_dir (), "punnet", NULL);
  g_autoptr (GDir) dir = g_dir_open (cache, 0, NULL);
  gint64 end = g_get_monotonic_time () + LIMIT;
  const char *name;

  while (waitpid (-1, NULL, WNOHANG) >= 0 || errno != ECHILD)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_usleep (10000);
    }
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    g_assert_false (g_str_has_prefix (name, "rehearsal-"));
}

static PnRecipeBundle *
get_bundle (const char *id)
{
  g_autoptr (PnRecipeStore) store = pn_recipe_store_new (NULL, NULL);
  g_autoptr (GError) error = NULL;
  PnRecipeBundle *bundle = pn_recipe_store_get_bundle (store, id, 1, &error);

  g_assert_no_error (error);
  g_assert_nonnull (bundle);
  return bundle;
}

/* ---- the object ---- */

static void
check_passes (const char *name, const char *mode, const char *storage)
{
  g_autofree char *id = pn_test_station_add_recipe (station, name, mode, storage, FALSE);
  g_autoptr (PnRecipeBundle) bundle = NULL;
  g_auto (Outcome) outcome = { 0 };

  pn_rehearsal_run_async (id, 1, NULL, NULL, ended_cb, &outcome);
  wait_until (&outcome.ended);
  g_assert_no_error (outcome.error);
  g_test_message ("%s", outcome.message);
  g_assert_true (outcome.passed);
  bundle = get_bundle (id);
  g_assert_true (bundle->passed);
  g_assert_cmpint (bundle->rehearsed, >, 0);
  g_assert_cmpstr (bundle->message, ==, outcome.message);
  check_nothing_is_left ();
}

/* What a window that was killed has left behind goes with the next rehearsal. */
static void
test_secure (void)
{
  g_autofree char *left =
      g_build_filename (g_get_user_cache_dir (), "punnet", "rehearsal-left", "device", NULL);

  g_assert_cmpint (g_mkdir_with_parents (left, 0700), ==, 0);
  check_passes ("Locked", "secure-boot", "emmc");
}

static void
test_naked (void)
{
  check_passes ("Open", "naked", "nvme");
}

/* The boot ROM trusts only the vendor's key, and these stand-ins are not signed with it. */
static void
test_refused (void)
{
  g_autofree char *id = pn_test_station_add_recipe (station, "Scrap", "naked", "emmc", TRUE);
  g_autofree char *inputs = g_strdup (g_getenv ("PUNNET_FIRMWARE_DIR"));
  g_autoptr (PnRecipeBundle) bundle = NULL;
  g_auto (Outcome) outcome = { 0 };

  g_unsetenv ("PUNNET_FIRMWARE_DIR");
  pn_rehearsal_run_async (id, 1, NULL, NULL, ended_cb, &outcome);
  wait_until (&outcome.ended);
  g_setenv ("PUNNET_FIRMWARE_DIR", inputs, TRUE);
  g_assert_no_error (outcome.error);
  g_test_message ("%s", outcome.message);
  g_assert_false (outcome.passed);
  g_assert_cmpuint (strlen (outcome.message), >, 20);
  bundle = get_bundle (id);
  g_assert_false (bundle->passed);
  g_assert_cmpstr (bundle->message, ==, outcome.message);
  check_nothing_is_left ();
}

static void
test_not_prepared (void)
{
  g_auto (Outcome) outcome = { 0 };

  pn_rehearsal_run_async ("no-such-recipe", 1, NULL, NULL, ended_cb, &outcome);
  wait_until (&outcome.ended);
  g_assert_error (outcome.error, PN_ERROR, PN_ERROR_NOT_FOUND);
  check_nothing_is_left ();
}

/* ---- in the middle ---- */

static PnJob *
begin (const char *name, Outcome *outcome)
{
  g_autofree char *id = pn_test_station_add_recipe (station, name, "naked", "emmc", FALSE);
  PnJob *job = pn_job_new ("rehearse", name);

  pn_rehearsal_run_async (id, 1, job, pn_job_get_cancellable (job), ended_cb, outcome);
  return job;
}

static void
wait_for_run (PnJob *job)
{
  PN_TEST_WAIT_FOR (pn_rehearsal_get_run (job) != NULL);
  PN_TEST_WAIT_FOR (pn_client_run_get_phase (pn_rehearsal_get_run (job)) > PN_PHASE_CONNECT);
}

static void
check_ended (PnJob *job, Outcome *outcome, GQuark domain, int code)
{
  wait_until (&outcome->ended);
  g_assert_error (outcome->error, domain, code);
  g_assert_null (pn_rehearsal_get_run (job));
  check_nothing_is_left ();
}

static void
test_cancelled (void)
{
  g_auto (Outcome) first = { 0 }, second = { 0 };
  g_autoptr (PnJob) early = begin ("Cancelled at once", &first);
  g_autoptr (PnJob) job = NULL;

  pn_job_cancel (early);
  check_ended (early, &first, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  job = begin ("Cancelled", &second);
  wait_for_run (job);
  pn_job_cancel (job);
  check_ended (job, &second, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* The process of the helper that has a name of rehearsals. */
static pid_t
find_helper (void)
{
  g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);
  g_autoptr (GVariant) names = g_dbus_connection_call_sync (
      bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "ListNames",
      NULL, G_VARIANT_TYPE ("(as)"), G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
  g_autoptr (GVariantIter) iter = NULL;
  const char *name;
  guint32 process = 0;

  g_variant_get (names, "(as)", &iter);
  while (g_variant_iter_next (iter, "&s", &name))
    if (g_str_has_prefix (name, "org.punnet.Rehearsal1."))
      {
        g_autoptr (GVariant) reply = g_dbus_connection_call_sync (
            bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
            "GetConnectionUnixProcessID", g_variant_new ("(s)", name), G_VARIANT_TYPE ("(u)"),
            G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);

        g_variant_get (reply, "(u)", &process);
      }
  return (pid_t) process;
}

static void
test_killed (void)
{
  g_auto (Outcome) outcome = { 0 };
  g_autoptr (PnJob) job = begin ("Killed", &outcome);

  wait_for_run (job);
  g_assert_cmpint (find_helper (), >, 0);
  g_assert_cmpint (kill (find_helper (), SIGKILL), ==, 0);
  check_ended (job, &outcome, PN_ERROR, PN_ERROR_FAILED);
}

/* ---- the page ---- */

static PnPage *
open_page (const char *id)
{
  g_autoptr (PnRecipeList) list = pn_recipe_list_get ();
  PnPage *page;

  pn_recipe_list_refresh (list);
  PN_TEST_WAIT_FOR (pn_recipe_list_find (list, id) != NULL);
  pn_window_show_page (window, "recipes");
  page = pn_recipe_page_new (id);
  pn_window_push (window, page);
  pn_test_settle ();
  return page;
}

static void
click (PnPage *page, const char *label)
{
  GtkWidget *button = pn_test_find_button (GTK_WIDGET (page), label);

  g_assert_nonnull (button);
  g_assert_true (gtk_widget_is_sensitive (button));
  g_signal_emit_by_name (button, "clicked");
}

/* What is drawn of the run; NULL where nothing is. */
static PnClientRun *
get_drawn_run (PnPage *page)
{
  GtkWidget *bar = pn_test_find (GTK_WIDGET (page), PN_TYPE_PHASE_BAR, NULL, NULL);
  g_autoptr (PnClientRun) run = NULL;

  g_object_get (bar, "run", &run, NULL);
  return gtk_widget_get_mapped (bar) ? run : NULL;
}

static void
test_page (void)
{
  g_autofree char *id = pn_test_station_add_recipe (station, "Shown", "naked", "emmc", FALSE);
  g_autofree char *inputs = g_strdup (g_getenv ("PUNNET_FIRMWARE_DIR"));
  g_autoptr (PnRecipeList) list = pn_recipe_list_get ();
  PnPage *page = open_page (id);
  GtkWidget *root = GTK_WIDGET (page);

  g_assert_true (pn_test_shows_text (root, "Not rehearsed"));
  g_assert_null (get_drawn_run (page));
  click (page, "Rehearse");
  g_assert_true (pn_test_shows_text (root, "Rehearsing on a virtual device"));
  g_assert_false (gtk_widget_is_sensitive (pn_test_find_button (root, "Prepare again")));
  PN_TEST_WAIT_FOR (get_drawn_run (page) != NULL);
  PN_TEST_WAIT_FOR (pn_test_shows_text (root, " of 8"));
  click (page, "Cancel");
  PN_TEST_WAIT_FOR (pn_test_shows_text (root, "Not rehearsed"));
  check_nothing_is_left ();

  click (page, "Rehearse");
  PN_TEST_WAIT_FOR (pn_test_shows_text (root, "Passed on a virtual device"));
  g_assert_null (get_drawn_run (page));
  g_assert_nonnull (pn_test_find_button (root, "Rehearse again"));
  g_assert_cmpint (pn_recipe_item_get_state (pn_recipe_list_find (list, id)), ==,
                   PN_RECIPE_STATE_REHEARSED);

  g_unsetenv ("PUNNET_FIRMWARE_DIR");
  click (page, "Rehearse again");
  g_assert_true (pn_test_shows_text (root, "Rehearsing"));
  PN_TEST_WAIT_FOR (pn_test_shows_text (root, "Did not pass on a virtual device"));
  g_setenv ("PUNNET_FIRMWARE_DIR", inputs, TRUE);
  g_assert_cmpint (pn_recipe_item_get_state (pn_recipe_list_find (list, id)), ==,
                   PN_RECIPE_STATE_FAILED);
  pn_window_pop (window);
}

/* ---- an image set ---- */

static gboolean
can_click (const char *label)
{
  GtkWidget *button = pn_test_find_button (GTK_WIDGET (window), label);

  return button != NULL && gtk_widget_is_sensitive (button);
}

static void
wait_and_click (const char *label)
{
  PN_TEST_WAIT_FOR (can_click (label));
  g_signal_emit_by_name (pn_test_find_button (GTK_WIDGET (window), label), "clicked");
}

/* The folder of a set or a tar of it, in the editor, saved, prepared and rehearsed by the window.
 */
static void
make_set_recipe (const char *name, const char *path)
{
  g_autoptr (PnRecipeStore) store = pn_recipe_store_new (NULL, NULL);
  g_autoptr (PnRecipeEntry) entry = NULL;
  PnRecipeEditor *editor;
  PnPage *page;

  pn_window_show_page (window, "recipes");
  page = pn_recipe_editor_new (NULL);
  editor = PN_RECIPE_EDITOR (page);
  pn_window_push (window, page);
  PN_TEST_WAIT_FOR (pn_recipe_editor_is_loaded (editor));
  pn_recipe_editor_set (editor, PN_RECIPE_NAME, name);
  pn_recipe_editor_set (editor, PN_RECIPE_MODE, "naked");
  pn_recipe_editor_set (editor, PN_RECIPE_STORAGE, "emmc");
  pn_recipe_editor_set (editor, PN_RECIPE_IMAGE, path);
  PN_TEST_WAIT_FOR (pn_test_shows_text (GTK_WIDGET (page), "Image set standin-clear"));
  wait_and_click ("Save as revision 1");
  wait_and_click ("_Save");
  PN_TEST_WAIT_FOR ((entry = pn_recipe_store_find (store, name, NULL)) != NULL &&
                    entry->revision == 1);
  page = open_page (entry->id);
  wait_and_click ("Prepare");
  PN_TEST_WAIT_FOR (pn_test_shows_text (GTK_WIDGET (page), "Not rehearsed"));
  wait_and_click ("Rehearse");
  PN_TEST_WAIT_FOR (pn_test_shows_text (GTK_WIDGET (page), "Passed on a virtual device"));
  check_nothing_is_left ();
  pn_window_pop (window);
}

static void
test_image_set (void)
{
  g_autofree char *folder = pn_test_station_make_set (station, "clear");
  g_autofree char *archive = g_strconcat (folder, ".tar.gz", NULL);
  const char *const tar[] = { "tar", "-C", folder, "-czf", archive, ".", NULL };
  int status = -1;

  make_set_recipe ("Set in a folder", folder);
  g_assert_true (g_spawn_sync (NULL, (char **) tar, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                               NULL, &status, NULL));
  g_assert_true (g_spawn_check_wait_status (status, NULL));
  make_set_recipe ("Set in a tar", archive);
}

/* The programs are not there, and the page says so. */
static void
test_page_broken (void)
{
  g_autofree char *id = pn_test_station_add_recipe (station, "Bare", "naked", "emmc", FALSE);
  g_autofree char *path = g_strdup (g_getenv ("PATH"));
  PnPage *page = open_page (id);

  g_setenv ("PATH", "/nowhere", TRUE);
  click (page, "Rehearse");
  PN_TEST_WAIT_FOR (pn_test_shows_text (GTK_WIDGET (page), "The rehearsal broke off"));
  g_setenv ("PATH", path, TRUE);
  g_assert_true (pn_test_shows_text (GTK_WIDGET (page), "punnetd"));
  check_nothing_is_left ();
  pn_window_pop (window);
}

/* Nobody waits for it any more. */
static void
test_window_closed (void)
{
  g_auto (Outcome) outcome = { 0 };
  g_autoptr (PnJob) job = begin ("Left alone", &outcome);

  wait_for_run (job);
  pn_test_close_window (window);
  check_ended (job, &outcome, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

int
main (int argc, char **argv)
{
  g_autofree char *inputs = NULL;
  int status;

  pn_test_init (&argc, &argv);
  g_assert_cmpint (prctl (PR_SET_CHILD_SUBREAPER, 1), ==, 0);
  station = pn_test_station_new ();
  inputs = pn_test_station_get_input (station, "");
  g_setenv ("PUNNET_FIRMWARE_DIR", inputs, TRUE);
  window = pn_test_open_window (1100, 800);
  g_test_add_func ("/rehearsal/secure", test_secure);
  g_test_add_func ("/rehearsal/naked", test_naked);
  g_test_add_func ("/rehearsal/refused", test_refused);
  g_test_add_func ("/rehearsal/not-prepared", test_not_prepared);
  g_test_add_func ("/rehearsal/cancelled", test_cancelled);
  g_test_add_func ("/rehearsal/killed", test_killed);
  g_test_add_func ("/rehearsal/page", test_page);
  g_test_add_func ("/rehearsal/image-set", test_image_set);
  g_test_add_func ("/rehearsal/page-broken", test_page_broken);
  g_test_add_func ("/rehearsal/window-closed", test_window_closed);
  status = g_test_run ();
  pn_test_station_free (station);
  return status;
}
