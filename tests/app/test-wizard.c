/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The set-up with the real practice helper: one device in five clicks, from nothing to a sealed
 * bundle; a key that will not do; leaving and coming back. */
#include "config.h"

#include <glib/gstdio.h>

#include "pn-choice.h"
#include "pn-image-step.h"
#include "pn-new-batch-page.h"
#include "pn-protection-step.h"
#include "pn-recipe-store.h"
#include "pn-test-app.h"
#include "pn-test-station.h"
#include "pn-wizard.h"

static PnTestStation *station;
static PnWindow *window;
static PnDialog *wizard;
static guint clicks;

static GSettings *
get_settings (void)
{
  return pn_app_get_settings (pn_app_get_default ());
}

static void
open_wizard (void)
{
  wizard = pn_wizard_new ();
  g_object_add_weak_pointer (G_OBJECT (wizard), (gpointer *) &wizard);
  pn_dialog_present (wizard, GTK_WIDGET (window));
  PN_TEST_WAIT_FOR (gtk_widget_get_mapped (GTK_WIDGET (wizard)));
  clicks = 0;
}

static void
close_wizard (void)
{
  gtk_window_close (GTK_WINDOW (wizard));
  PN_TEST_WAIT_FOR (wizard == NULL);
}

static gboolean
is_at (const char *heading)
{
  pn_test_settle ();
  return pn_test_shows_text (GTK_WIDGET (wizard), heading);
}

static gboolean
is_choice (GtkWidget *widget, gpointer title)
{
  g_autofree char *has = NULL;

  g_object_get (widget, "title", &has, NULL);
  return gtk_widget_get_mapped (widget) && g_str_equal (has, title);
}

static GtkToggleButton *
find_choice (const char *title)
{
  return GTK_TOGGLE_BUTTON (
      pn_test_find (GTK_WIDGET (wizard), PN_TYPE_CHOICE, is_choice, (gpointer) title));
}

static void
click (GtkWidget *button)
{
  g_assert_nonnull (button);
  PN_TEST_WAIT_FOR (gtk_widget_is_sensitive (button));
  g_signal_emit_by_name (button, "clicked");
  clicks++;
}

static gboolean
has_style (GtkWidget *widget, gpointer style)
{
  return gtk_widget_has_css_class (widget, style);
}

static void
click_next (const char *label)
{
  click (pn_test_find_button (GTK_WIDGET (wizard), label));
}

static gboolean
is_row_called (GtkWidget *row, gpointer title)
{
  return gtk_widget_get_mapped (row) &&
         g_str_equal (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (row)), title);
}

static void
click_row (const char *title)
{
  GtkWidget *row;

  PN_TEST_WAIT_FOR ((row = pn_test_find (GTK_WIDGET (wizard), ADW_TYPE_ACTION_ROW, is_row_called,
                                         (gpointer) title)) != NULL);
  g_signal_emit_by_name (gtk_widget_get_parent (row), "row-activated", row);
  clicks++;
}

static void
back (void)
{
  gtk_widget_activate_action (GTK_WIDGET (wizard), "wizard.back", NULL);
}

/* What cannot be imported is refused in words and in red while it is still held over the area. */
static void
assert_hovering (void)
{
  PnImageStep *step =
      PN_IMAGE_STEP (pn_test_find (GTK_WIDGET (wizard), PN_TYPE_IMAGE_STEP, NULL, NULL));
  g_autofree char *wrong = pn_test_station_get_input (station, "vendor-key-hash.txt");
  g_autofree char *right = pn_test_station_get_input (station, "gold-master.img");
  GtkWidget *area =
      pn_test_find (GTK_WIDGET (step), GTK_TYPE_BOX, has_style, (gpointer) "drop-area");

  pn_image_step_hover (step, wrong);
  PN_TEST_WAIT_FOR (is_at ("Only disc images"));
  g_assert_true (gtk_widget_has_css_class (area, "refuse"));
  pn_image_step_hover (step, right);
  PN_TEST_WAIT_FOR (is_at ("Drop to import"));
  g_assert_true (gtk_widget_has_css_class (area, "over"));
  g_assert_false (gtk_widget_has_css_class (area, "refuse"));
  pn_image_step_hover (step, NULL);
  g_assert_true (is_at ("Drop an image here"));
  g_assert_false (gtk_widget_has_css_class (area, "over"));
}

/* ---- one device, to try: five clicks ---- */

static void
test_five_clicks (void)
{
  g_autoptr (PnRecipeStore) store = pn_recipe_store_new (NULL, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (PnRecipeEntry) entry = NULL;

  open_wizard ();
  g_assert_true (is_at ("Welcome to Punnet"));
  click (GTK_WIDGET (find_choice ("One device, to try")));
  g_assert_true (is_at ("Which devices?")); /* the station is in order: nothing to look at */
  g_assert_true (gtk_toggle_button_get_active (find_choice ("Pi 5 family")));
  g_assert_true (gtk_widget_is_sensitive (GTK_WIDGET (find_choice ("Pi 4 family"))));
  click_next ("Next");
  g_assert_true (is_at ("What should the devices run?"));
  assert_hovering ();
  g_assert_false (gtk_widget_is_sensitive (pn_test_find_button (GTK_WIDGET (wizard), "Next")));
  click_row ("gold-master.img");
  PN_TEST_WAIT_FOR (is_at ("How are the devices protected?"));
  g_assert_true (gtk_toggle_button_get_active (find_choice ("Plain")));
  click_next ("Next");
  g_assert_true (is_at ("What will happen"));
  click_next ("Create recipe");
  PN_TEST_WAIT_FOR (is_at ("Practising with a virtual device"));
  PN_TEST_WAIT_FOR (is_at ("Ready to provision"));
  g_assert_cmpuint (clicks, ==, 5);

  entry = pn_recipe_store_find (store, "My Raspberry Pi", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (entry->revision, ==, 1);
  g_assert_nonnull (entry->bundle);
  g_assert_true (entry->bundle->passed);
  g_assert_cmpstr (pn_recipe_draft_get (entry->says, PN_RECIPE_MODE), ==, "naked");
  g_assert_cmpstr (pn_recipe_draft_get (entry->says, PN_RECIPE_STORAGE), ==, "sd");
  back (); /* what is made is made */
  g_assert_true (is_at ("Ready to provision"));
  click_next ("Open a batch…");
  PN_TEST_WAIT_FOR (wizard == NULL);
  g_assert_true (PN_IS_NEW_BATCH_PAGE (pn_window_get_visible_page (window)));
  g_assert_true (g_settings_get_boolean (get_settings (), "first-run-done"));
}

/* ---- a station: the key ---- */

static void
assert_key_refused (PnProtectionStep *step, const char *name, const char *sentence)
{
  g_autofree char *path = pn_test_station_get_input (station, name);

  pn_protection_step_set_key (step, path);
  PN_TEST_WAIT_FOR (is_at (sentence));
  g_assert_false (gtk_widget_is_sensitive (pn_test_find_button (GTK_WIDGET (wizard), "Next")));
}

static void
test_key (void)
{
  g_autofree char *key = pn_test_station_get_input (station, "customer.pem");
  g_autofree char *last = pn_test_station_get_fingerprint_end (station);
  PnProtectionStep *step;

  open_wizard ();
  click (GTK_WIDGET (find_choice ("A production station")));
  g_assert_true (is_at ("Free space")); /* a station is always looked at */
  click_next ("Next");
  g_assert_true (is_at ("Which devices?"));
  click_next ("Next");
  click_row ("gold-master"); /* imported before */
  g_assert_true (is_at ("How are the devices protected?"));
  g_assert_true (gtk_toggle_button_get_active (find_choice ("Locked and encrypted")));
  g_assert_true (gtk_widget_is_sensitive (GTK_WIDGET (find_choice ("Encrypted only"))));
  g_assert_false (gtk_widget_is_sensitive (pn_test_find_button (GTK_WIDGET (wizard), "Next")));
  step =
      PN_PROTECTION_STEP (pn_test_find (GTK_WIDGET (wizard), PN_TYPE_PROTECTION_STEP, NULL, NULL));
  assert_key_refused (step, "vendor-key-hash.txt", "holds no private key");
  pn_protection_step_set_key (step, key);
  PN_TEST_WAIT_FOR (is_at (last));
  click_next ("Next");
  g_assert_true (is_at ("Where are devices plugged in?"));
  click_next ("Next");
  g_assert_true (is_at ("What will happen"));
  g_assert_true (is_at ("Permanently"));
}

/* It goes on where it was left. */
static void
test_left (void)
{
  close_wizard ();
  open_wizard ();
  g_assert_true (is_at ("What will happen"));
  g_assert_true (is_at ("Permanently"));
  back ();
  g_assert_true (is_at ("Where are devices plugged in?"));
  back ();
  g_assert_true (is_at ("How are the devices protected?"));
  g_assert_true (gtk_toggle_button_get_active (find_choice ("Locked and encrypted")));
  close_wizard ();
}

static void
copy_to_downloads (void)
{
  g_autofree char *image = pn_test_station_get_input (station, "gold-master.img");
  g_autofree char *folder = g_build_filename (g_get_home_dir (), "Downloads", NULL);
  g_autofree char *path = g_build_filename (folder, "gold-master.img", NULL);
  g_autoptr (GFile) source = NULL;
  g_autoptr (GFile) target = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  source = g_file_new_for_path (image);
  target = g_file_new_for_path (path);
  g_file_copy (source, target, G_FILE_COPY_NONE, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
}

int
main (int argc, char **argv)
{
  g_autofree char *inputs = NULL;
  int status;

  pn_test_init (&argc, &argv);
  station = pn_test_station_new ();
  inputs = pn_test_station_get_input (station, "");
  g_setenv ("PUNNET_FIRMWARE_DIR", inputs, TRUE);
  copy_to_downloads ();
  window = pn_test_open_window (1100, 800);
  pn_app_set_practice (pn_app_get_default (), TRUE);
  PN_TEST_WAIT_FOR (pn_client_get_state (pn_app_get_client (pn_app_get_default ())) ==
                    PN_CLIENT_READY);
  g_test_add_func ("/wizard/five-clicks", test_five_clicks);
  g_test_add_func ("/wizard/key", test_key);
  g_test_add_func ("/wizard/left", test_left);
  status = g_test_run ();
  pn_app_set_practice (pn_app_get_default (), FALSE);
  pn_test_close_window (window);
  pn_test_station_free (station);
  return status;
}
