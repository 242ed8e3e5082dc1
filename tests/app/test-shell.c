/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The window without a helper: pages, what lies on them, banners, jobs, sizes, keyboard. */
#include "config.h"

#include "pn-error.h"
#include "pn-format.h"
#include "pn-test-app.h"

static void
test_pages (void)
{
  PnWindow *window = pn_test_open_window (1100, 700);
  PnPage *settings, *pushed = g_object_new (PN_TYPE_PAGE, "title", "On top", NULL);
  gboolean can_pop;

  pn_window_show_page (window, "settings");
  settings = pn_window_get_visible_page (window);
  g_assert_cmpstr (pn_page_get_title (settings), ==, "Settings");
  g_assert_true (pn_window_get_page (window, "settings") == settings);
  pn_window_show_page (window, "no such page");
  g_assert_true (pn_window_get_visible_page (window) == settings);
  pn_window_push (window, pushed);
  g_assert_true (pn_window_get_visible_page (window) == pushed);
  g_object_get (pushed, "can-pop", &can_pop, NULL);
  g_assert_true (can_pop);
  g_object_add_weak_pointer (G_OBJECT (pushed), (gpointer *) &pushed);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.pop", NULL);
  PN_TEST_WAIT_FOR (pushed == NULL);
  g_assert_true (pn_window_get_visible_page (window) == settings);
  /* What lies on a page goes when another page is chosen. */
  pushed = g_object_new (PN_TYPE_PAGE, NULL);
  g_object_add_weak_pointer (G_OBJECT (pushed), (gpointer *) &pushed);
  pn_window_push (window, pushed);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.show-page", "s", "activity");
  PN_TEST_WAIT_FOR (pushed == NULL);
  g_assert_cmpstr (pn_page_get_title (pn_window_get_visible_page (window)), ==, "Activity");
  pn_test_close_window (window);
}

static void
test_remembers (void)
{
  PnWindow *window = pn_test_open_window (900, 640);
  g_autoptr (GSettings) settings = g_settings_new (PN_APP_ID);
  g_autofree char *page = NULL;

  pn_window_show_page (window, "settings");
  gtk_window_set_default_size (GTK_WINDOW (window), 840, 610);
  pn_test_settle ();
  pn_test_close_window (window);
  page = g_settings_get_string (settings, "page");
  g_assert_cmpstr (page, ==, "settings");
  g_assert_cmpint (g_settings_get_int (settings, "window-width"), ==, 840);
  window = pn_test_open_window (-1, -1);
  g_assert_cmpstr (pn_page_get_title (pn_window_get_visible_page (window)), ==, "Settings");
  pn_test_close_window (window);
}

static gboolean
is_folded (PnWindow *window)
{
  gboolean folded;

  g_object_get (window, "folded", &folded, NULL);
  return folded;
}

static void
test_narrow (void)
{
  PnWindow *window = pn_test_open_window (360, 640);
  gboolean folded, narrow;

  PN_TEST_WAIT_FOR (pn_page_get_narrow (pn_window_get_visible_page (window)));
  g_object_get (window, "folded", &folded, "narrow", &narrow, NULL);
  g_assert_true (folded && narrow);
  g_assert_cmpint (gtk_widget_get_width (GTK_WIDGET (window)), <=, 360);
  gtk_window_set_default_size (GTK_WINDOW (window), 1100, 700);
  PN_TEST_WAIT_FOR (!pn_page_get_narrow (pn_window_get_visible_page (window)));
  PN_TEST_WAIT_FOR (!is_folded (window));
  pn_test_close_window (window);
}

static void
test_helper_absent (void)
{
  PnWindow *window = pn_test_open_window (1100, 700);
  GListModel *banners = pn_window_get_banners (window);
  g_autoptr (PnBanner) banner = NULL;

  PN_TEST_WAIT_FOR (g_list_model_get_n_items (banners) == 1);
  banner = g_list_model_get_item (banners, 0);
  g_assert_cmpint (pn_banner_get_kind (banner), ==, PN_BANNER_HELPER);
  g_assert_cmpstr (pn_banner_get_action (banner), ==, "app.start-helper");
  pn_test_settle ();
  g_assert_true (pn_test_shows_text (GTK_WIDGET (window), "The background service is not running"));
  g_assert_nonnull (pn_test_find_button (GTK_WIDGET (window), "Start it"));
  pn_test_close_window (window);
}

/* The most severe first, one of a kind, the same one twice is nothing new. */
static void
test_banners (void)
{
  g_autoptr (GListStore) store = g_list_store_new (PN_TYPE_BANNER);
  const PnBannerKind order[] = { PN_BANNER_HELPER, PN_BANNER_PAUSED, PN_BANNER_OTHER };

  pn_banner_store_set (store, PN_BANNER_OTHER, pn_banner_new (PN_BANNER_OTHER, "o", NULL, NULL));
  pn_banner_store_set (store, PN_BANNER_HELPER, pn_banner_new (PN_BANNER_HELPER, "h", "B", "a.b"));
  pn_banner_store_set (store, PN_BANNER_PAUSED, pn_banner_new (PN_BANNER_PAUSED, "p", NULL, NULL));
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (store)), ==, 3);
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (PnBanner) banner = g_list_model_get_item (G_LIST_MODEL (store), i);
      g_autoptr (PnBanner) again = NULL;

      g_assert_cmpint (pn_banner_get_kind (banner), ==, order[i]);
      pn_banner_store_set (store, order[i],
                           pn_banner_new (order[i], pn_banner_get_text (banner),
                                          pn_banner_get_button (banner),
                                          pn_banner_get_action (banner)));
      again = g_list_model_get_item (G_LIST_MODEL (store), i);
      g_assert_true (again == banner);
    }
  pn_banner_store_set (store, PN_BANNER_PAUSED, pn_banner_new (PN_BANNER_PAUSED, "q", NULL, NULL));
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (store)), ==, 3);
  pn_banner_store_set (store, PN_BANNER_PAUSED, NULL);
  pn_banner_store_set (store, PN_BANNER_PAUSED, NULL);
  pn_banner_store_set (store, PN_BANNER_SPACE, NULL);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (store)), ==, 2);
}

static gpointer
report_thread (gpointer job)
{
  for (guint64 i = 0; i <= 100000; i++)
    pn_job_report (job, i == 0 ? "Reading" : NULL, i, 100000);
  return NULL;
}

static void
count_cb (guint *count)
{
  (*count)++;
}

static void
test_job (void)
{
  g_autoptr (PnJob) job = pn_job_new ("import", "an image");
  g_autoptr (PnJob) cancelled = pn_job_new ("import", "another");
  g_autoptr (GError) error = NULL;
  guint shown = 0;
  GThread *thread;

  g_signal_connect_swapped (job, "notify::done", G_CALLBACK (count_cb), &shown);
  g_assert_cmpint (pn_job_get_state (job), ==, PN_JOB_WAITING);
  thread = g_thread_new ("report", report_thread, job);
  PN_TEST_WAIT_FOR (pn_job_get_done (job) == 100000);
  g_thread_join (thread);
  g_assert_cmpint (pn_job_get_state (job), ==, PN_JOB_RUNNING);
  g_assert_cmpstr (pn_job_get_step (job), ==, "Reading");
  g_assert_cmpfloat (pn_job_get_fraction (job), ==, 1);
  g_assert_cmpuint (shown, <=, 40); /* a hundred thousand reports, few changes */
  pn_job_end (job, "All of it is here.", NULL);
  g_assert_cmpint (pn_job_get_state (job), ==, PN_JOB_SUCCEEDED);
  pn_job_report (job, "Too late", 1, 2);
  pn_test_settle ();
  g_assert_cmpstr (pn_job_get_message (job), ==, "All of it is here.");
  g_assert_cmpint (pn_job_get_state (job), ==, PN_JOB_SUCCEEDED);

  pn_job_cancel (cancelled);
  g_assert_true (g_cancellable_is_cancelled (pn_job_get_cancellable (cancelled)));
  (void) g_cancellable_set_error_if_cancelled (pn_job_get_cancellable (cancelled), &error);
  pn_job_end (cancelled, NULL, error);
  g_assert_cmpint (pn_job_get_state (cancelled), ==, PN_JOB_CANCELLED);
}

static void
test_jobs_are_shown (void)
{
  PnWindow *window = pn_test_open_window (1100, 700);
  g_autoptr (PnJob) job = pn_job_new ("import", "raspios.img");

  pn_window_show_page (window, "activity");
  pn_test_settle ();
  g_assert_true (pn_test_shows_text (GTK_WIDGET (window), "Nothing has happened yet"));
  pn_app_add_job (pn_app_get_default (), job);
  pn_job_report (job, "Checking", 1000000, 2000000);
  PN_TEST_WAIT_FOR (
      pn_test_shows_text (GTK_WIDGET (window), "Checking · 1.0\u00a0MB of 2.0\u00a0MB"));
  g_signal_emit_by_name (pn_test_find_button (GTK_WIDGET (window), "Cancel"), "clicked");
  g_assert_true (g_cancellable_is_cancelled (pn_job_get_cancellable (job)));
  pn_test_close_window (window);
}

static void
assert_text (char *text, const char *expected)
{
  g_assert_cmpstr (text, ==, expected);
  g_free (text);
}

static void
test_format (void)
{
  assert_text (pn_format_elapsed (128 * G_USEC_PER_SEC), "2:08");
  assert_text (pn_format_elapsed (G_GINT64_CONSTANT (3728) * G_USEC_PER_SEC), "1:02:08");
  assert_text (pn_format_left (41), "41 s left");
  assert_text (pn_format_left (200), "3 min left");
  assert_text (pn_format_left (-1), "");
  assert_text (pn_format_rate (38e6), "38 MB/s");
  assert_text (pn_format_rate (1.25e6), "1.2 MB/s");
  assert_text (pn_format_rate (0), "");
  assert_text (pn_format_percent (.629), "62 %\u200e");
  assert_text (pn_format_fingerprint ("0123456789abcdef01"), "01234567 89abcdef 01");
  assert_text (pn_format_short_fingerprint ("3f9a11c0deadbeef"), "3f9a 11c0 …\u200e");
  assert_text (pn_format_time (g_get_real_time () - 5 * 60 * G_USEC_PER_SEC), "5 minutes ago");
  assert_text (pn_format_time (0), "–");
}

/* Everything that can be reached by Tab has a name for a screen reader. */
static void
test_keyboard (void)
{
  PnWindow *window = pn_test_open_window (1100, 700);
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);

  pn_window_show_page (window, "settings");
  pn_test_settle ();
  for (guint i = 0; i < 60; i++)
    {
      GtkWidget *focus;

      gtk_widget_child_focus (GTK_WIDGET (window), GTK_DIR_TAB_FORWARD);
      focus = gtk_root_get_focus (GTK_ROOT (window));
      if (focus != NULL)
        g_hash_table_add (seen, focus);
    }
  g_assert_true (g_hash_table_contains (
      seen, gtk_widget_get_ancestor (pn_test_find_button (GTK_WIDGET (window), "Choose…"),
                                     GTK_TYPE_BUTTON)));
  g_assert_cmpuint (g_hash_table_size (seen), >, 8);
  pn_test_close_window (window);
}

static gboolean
is_sidebar (GtkWidget *list, gpointer unused)
{
  return gtk_widget_has_css_class (list, "navigation-sidebar");
}

/* Arrows go from row to row; what is marked is the page that is shown, until Enter. */
static void
test_sidebar (void)
{
  PnWindow *window = pn_test_open_window (1100, 700);
  GtkListBox *list =
      GTK_LIST_BOX (pn_test_find (GTK_WIDGET (window), GTK_TYPE_LIST_BOX, is_sidebar, NULL));
  GtkListBoxRow *shown;

  pn_window_show_page (window, "images");
  shown = gtk_list_box_get_selected_row (list);
  gtk_widget_grab_focus (GTK_WIDGET (shown));
  g_signal_emit_by_name (list, "move-cursor", GTK_MOVEMENT_DISPLAY_LINES, 1, FALSE, FALSE);
  g_assert_true (gtk_list_box_get_selected_row (list) == shown);
  g_assert_true (gtk_root_get_focus (GTK_ROOT (window)) != GTK_WIDGET (shown));
  g_signal_emit_by_name (list, "activate-cursor-row");
  g_assert_cmpstr (pn_page_get_title (pn_window_get_visible_page (window)), ==, "Recipes");
  g_assert_true (gtk_list_box_get_selected_row (list) != shown);
  pn_test_close_window (window);
}

/* A spinner behind another page of a stack would keep the window drawing for nothing. */
static guint
count_idle_spinners (GtkWidget *widget, guint *spinning)
{
  guint n = 0;

  if (GTK_IS_SPINNER (widget))
    {
      *spinning += gtk_spinner_get_spinning (GTK_SPINNER (widget));
      return gtk_spinner_get_spinning (GTK_SPINNER (widget)) != gtk_widget_get_mapped (widget);
    }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    n += count_idle_spinners (child, spinning);
  return n;
}

static void
test_quiet (void)
{
  static const char *const pages[] = { "records", "images", "recipes", "batches", "activity" };
  PnWindow *window = pn_test_open_window (1100, 700);
  guint spinning = 1;

  for (guint i = 0; i < G_N_ELEMENTS (pages); i++)
    {
      pn_window_show_page (window, pages[i]);
      PN_TEST_WAIT_FOR (gtk_widget_get_mapped (GTK_WIDGET (pn_window_get_page (window, pages[i]))));
      g_assert_cmpuint (count_idle_spinners (GTK_WIDGET (window), &spinning), ==, 0);
    }
  /* What they waited for has come. */
  while (spinning > 0)
    {
      spinning = 0;
      g_assert_cmpuint (count_idle_spinners (GTK_WIDGET (window), &spinning), ==, 0);
      g_main_context_iteration (NULL, spinning > 0);
    }
  pn_test_close_window (window);
}

int
main (int argc, char **argv)
{
  pn_test_init (&argc, &argv);
  g_test_add_func ("/shell/pages", test_pages);
  g_test_add_func ("/shell/remembers", test_remembers);
  g_test_add_func ("/shell/narrow", test_narrow);
  g_test_add_func ("/shell/helper-absent", test_helper_absent);
  g_test_add_func ("/shell/banners", test_banners);
  g_test_add_func ("/shell/job", test_job);
  g_test_add_func ("/shell/jobs-are-shown", test_jobs_are_shown);
  g_test_add_func ("/shell/quiet", test_quiet);
  g_test_add_func ("/shell/format", test_format);
  g_test_add_func ("/shell/keyboard", test_keyboard);
  g_test_add_func ("/shell/sidebar", test_sidebar);
  return g_test_run ();
}
