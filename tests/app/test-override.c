/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Overrides in the window, with a real helper and a real virtual device: what is decided in the
 * dialog, by keyboard, is what the device's next run goes by, and is told where the device is. */
#include "config.h"

#include <string.h>

#include "pn-device-page.h"
#include "pn-override-dialog.h"
#include "pn-override-mark.h"
#include "pn-slot-card.h"
#include "pn-test-app.h"
#include "pn-test-station.h"

#define SLOT "bench-1"
#define WHY "Its storage was repaired"

static PnTestStation *station;
static PnWindow *window;

static PnClient *
get_client (void)
{
  return pn_app_get_client (pn_app_get_default ());
}

static PnClientSlot *
get_slot (void)
{
  return pn_client_find_slot (get_client (), SLOT);
}

static guint
count_overrides (void)
{
  return g_list_model_get_n_items (pn_client_get_overrides (get_client ()));
}

static GtkWidget *
get_card (void)
{
  return pn_test_find (GTK_WIDGET (window), PN_TYPE_SLOT_CARD, NULL, NULL);
}

static GtkWidget *
get_mark (void)
{
  return pn_test_find (get_card (), PN_TYPE_OVERRIDE_MARK, NULL, NULL);
}

static GtkWidget *
find_window (GType type)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWidget) one = g_list_model_get_item (windows, i);

      if (G_TYPE_CHECK_INSTANCE_TYPE (one, type))
        return one; /* it is shown */
    }
  return NULL;
}

static GtkWidget *
find_dialog (void)
{
  return find_window (PN_TYPE_OVERRIDE_DIALOG);
}

static GtkWidget *
open_dialog (void)
{
  GtkWidget *dialog;

  g_assert_true (gtk_widget_activate_action (get_card (), "slot.override", NULL));
  PN_TEST_WAIT_FOR ((dialog = find_dialog ()) != NULL && gtk_widget_get_mapped (dialog));
  pn_test_settle ();
  return dialog;
}

static gboolean
is_title (GtkWidget *widget, gpointer title)
{
  return g_strcmp0 (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (widget)), title) == 0;
}

static GtkWidget *
find_row (GtkWidget *dialog, GType type, const char *title)
{
  return pn_test_find (dialog, type, is_title, (gpointer) title);
}

static GtkEditable *
get_reason (GtkWidget *dialog)
{
  return GTK_EDITABLE (find_row (dialog, ADW_TYPE_ENTRY_ROW, "Why, in one line (required)"));
}

static gboolean
is_check (GtkWidget *widget, gpointer title)
{
  GtkWidget *row = gtk_widget_get_ancestor (widget, ADW_TYPE_ACTION_ROW);

  return row != NULL && is_title (row, title);
}

static GtkWidget *
get_check (GtkWidget *dialog, const char *title)
{
  return pn_test_find (dialog, GTK_TYPE_CHECK_BUTTON, is_check, (gpointer) title);
}

/* Where Tab leads, from the dialog's first widget on. */
static gboolean
reaches (GtkWidget *dialog, GtkWidget *wanted)
{
  gtk_window_set_focus (GTK_WINDOW (dialog), NULL);
  for (guint i = 0; i < 30; i++)
    {
      GtkWidget *focus;

      if (!gtk_widget_child_focus (dialog, GTK_DIR_TAB_FORWARD))
        return FALSE;
      focus = gtk_window_get_focus (GTK_WINDOW (dialog));
      if (focus != NULL && (focus == wanted || gtk_widget_is_ancestor (focus, wanted)))
        return TRUE;
    }
  return FALSE;
}

static void
wait_for_verdict (PnVerdict verdict, guint attempt)
{
  PN_TEST_WAIT_FOR (get_slot () != NULL && pn_client_slot_get_run (get_slot ()) != NULL &&
                    pn_client_run_get_attempt (pn_client_slot_get_run (get_slot ())) == attempt &&
                    pn_client_run_get_verdict (pn_client_slot_get_run (get_slot ())) == verdict);
  pn_test_settle ();
}

static void
plug (void)
{
  pn_test_station_plug (station, SLOT, "1000000040072f11", "--model", "cm5", "--storage", "emmc",
                        "--storage-size", "2G", NULL);
}

/* Once more, and what it says of itself is known. */
static void
plug_again (PnVerdict verdict, guint attempt)
{
  pn_test_station_pull (station, SLOT);
  PN_TEST_WAIT_FOR (!pn_client_slot_get_present (get_slot ()));
  plug ();
  wait_for_verdict (verdict, attempt);
}

static void
open_ready (void)
{
  window = pn_test_open_window (1100, 800);
  PN_TEST_WAIT_FOR (pn_client_get_state (get_client ()) == PN_CLIENT_READY);
  pn_window_show_page (window, "devices");
  pn_test_settle ();
}

/* Nothing can be added without a reason, and everything can be reached and has a name. */
static void
test_dialog (void)
{
  g_autofree char *long_reason = g_strnfill (201, 'x');
  GtkWidget *dialog, *add;

  open_ready ();
  pn_test_open_batch ("order 12", 9, FALSE);
  plug ();
  wait_for_verdict (PN_VERDICT_PASSED, 1);
  plug_again (PN_VERDICT_REFUSED, 2);
  g_assert_true (pn_test_shows_text (get_card (), "Done before"));
  g_assert_false (gtk_widget_get_visible (get_mark ()));
  dialog = open_dialog ();
  add = pn_test_find_button (dialog, "Add");
  g_assert_true (pn_test_shows_text (dialog, "For the device"));
  g_assert_true (pn_test_shows_text (dialog, "40072f11"));
  g_assert_false (gtk_widget_get_sensitive (add));
  gtk_editable_set_text (get_reason (dialog), "   ");
  g_assert_false (gtk_widget_get_sensitive (add));
  gtk_editable_set_text (get_reason (dialog), long_reason);
  g_assert_false (gtk_widget_get_sensitive (add));
  g_assert_true (gtk_widget_has_css_class (GTK_WIDGET (get_reason (dialog)), "error"));
  gtk_editable_set_text (get_reason (dialog), WHY);
  g_assert_true (gtk_widget_get_sensitive (add));
  /* Only one batch is open: there is no other recipe. */
  g_assert_false (
      gtk_widget_get_sensitive (find_row (dialog, ADW_TYPE_ACTION_ROW, "Another recipe")));
  g_assert_true (
      gtk_check_button_get_active (GTK_CHECK_BUTTON (get_check (dialog, "Provision again"))));
  gtk_test_accessible_assert_property (get_check (dialog, "Skip the firmware step"),
                                       GTK_ACCESSIBLE_PROPERTY_LABEL, "Skip the firmware step");
  g_assert_true (reaches (dialog, get_check (dialog, "Provision again")));
  g_assert_true (reaches (dialog, find_row (dialog, ADW_TYPE_COMBO_ROW, "How long")));
  g_assert_true (reaches (dialog, GTK_WIDGET (get_reason (dialog))));
  g_assert_true (reaches (dialog, add));
  gtk_window_close (GTK_WINDOW (dialog));
  PN_TEST_WAIT_FOR (find_dialog () == NULL);
  g_assert_cmpuint (count_overrides (), ==, 0);
  pn_test_close_window (window);
}

/* Enter in the reason adds it; it is seen at once, used by the next run, and told in its record. */
static void
test_used (void)
{
  GtkWidget *page;

  open_ready ();
  {
    GtkWidget *dialog = open_dialog ();

    gtk_editable_set_text (get_reason (dialog), WHY);
    g_signal_emit_by_name (get_reason (dialog), "entry-activated");
  }
  PN_TEST_WAIT_FOR (count_overrides () == 1);
  PN_TEST_WAIT_FOR (find_dialog () == NULL);
  pn_test_settle ();
  g_assert_true (gtk_widget_get_visible (get_mark ()));
  {
    g_autofree char *said = gtk_widget_get_tooltip_text (get_mark ()) != NULL
                                ? g_strdup (gtk_widget_get_tooltip_text (get_mark ()))
                                : g_strdup ("");

    g_assert_true (g_str_has_prefix (said, "Provision again, this time, by "));
    g_assert_nonnull (strstr (said, WHY));
    gtk_test_accessible_assert_property (adw_bin_get_child (ADW_BIN (get_mark ())),
                                         GTK_ACCESSIBLE_PROPERTY_LABEL, said);
  }
  /* The same once more is refused in the dialog's own words, which stay readable. */
  {
    GtkWidget *dialog = open_dialog ();

    g_assert_true (pn_test_shows_text (dialog, "What counts already"));
    gtk_editable_set_text (get_reason (dialog), "x");
    g_signal_emit_by_name (pn_test_find_button (dialog, "Add"), "clicked");
    PN_TEST_WAIT_FOR (pn_test_shows_text (dialog, "There is such an override already"));
    gtk_window_close (GTK_WINDOW (dialog));
    PN_TEST_WAIT_FOR (find_dialog () == NULL);
  }
  plug_again (PN_VERDICT_PASSED, 3);
  PN_TEST_WAIT_FOR (count_overrides () == 0);
  g_assert_false (gtk_widget_get_visible (get_mark ()));
  gtk_widget_activate_action (get_card (), "slot.details", NULL);
  pn_test_settle ();
  page = GTK_WIDGET (pn_window_get_visible_page (window));
  g_assert_true (PN_IS_DEVICE_PAGE (page));
  PN_TEST_WAIT_FOR (pn_test_shows_text (page, "Override: Provision again"));
  g_assert_true (pn_test_shows_text (page, WHY));
  g_assert_true (pn_test_shows_text (page, "A device that has passed with this bundle before"));
  pn_test_close_window (window);
}

/* The button of the card of a device that is done asks why, and does it again. */
static void
test_again (void)
{
  AdwMessageDialog *dialog;
  GtkWidget *entry;

  open_ready ();
  plug_again (PN_VERDICT_REFUSED, 4);
  g_assert_true (pn_test_shows_text (get_card (), "Done before"));
  g_assert_nonnull (pn_test_find_button (get_card (), "Again…"));
  /* Trying again would only refuse it again. */
  gtk_widget_activate_action (get_card (), "slot.start", NULL);
  gtk_widget_activate_action (get_card (), "slot.main", NULL);
  PN_TEST_WAIT_FOR (find_window (ADW_TYPE_MESSAGE_DIALOG) != NULL);
  dialog = ADW_MESSAGE_DIALOG (find_window (ADW_TYPE_MESSAGE_DIALOG));
  entry =
      pn_test_find (adw_message_dialog_get_extra_child (dialog), ADW_TYPE_ENTRY_ROW, NULL, NULL);
  g_assert_false (adw_message_dialog_get_response_enabled (dialog, "again"));
  gtk_editable_set_text (GTK_EDITABLE (entry), "  ");
  g_assert_false (adw_message_dialog_get_response_enabled (dialog, "again"));
  gtk_editable_set_text (GTK_EDITABLE (entry), WHY);
  g_assert_true (adw_message_dialog_get_response_enabled (dialog, "again"));
  adw_message_dialog_response (dialog, "again");
  wait_for_verdict (PN_VERDICT_PASSED, 5);
  /* Spent. */
  PN_TEST_WAIT_FOR (count_overrides () == 0);
  gtk_widget_activate_action (get_card (), "slot.details", NULL);
  pn_test_settle ();
  PN_TEST_WAIT_FOR (pn_test_shows_text (GTK_WIDGET (pn_window_get_visible_page (window)), WHY));
  pn_test_close_window (window);
}

/* One that lasts is cleared on the device's page. */
static void
test_cleared (void)
{
  GtkWidget *dialog, *page, *clear;

  open_ready ();
  dialog = open_dialog ();
  gtk_check_button_set_active (GTK_CHECK_BUTTON (get_check (dialog, "Skip the firmware step")),
                               TRUE);
  adw_combo_row_set_selected (ADW_COMBO_ROW (find_row (dialog, ADW_TYPE_COMBO_ROW, "How long")), 1);
  gtk_editable_set_text (get_reason (dialog), WHY);
  g_signal_emit_by_name (pn_test_find_button (dialog, "Add"), "clicked");
  PN_TEST_WAIT_FOR (count_overrides () == 1);
  PN_TEST_WAIT_FOR (find_dialog () == NULL);
  gtk_widget_activate_action (get_card (), "slot.details", NULL);
  pn_test_settle ();
  page = GTK_WIDGET (pn_window_get_visible_page (window));
  g_assert_true (pn_test_shows_text (page, "Overrides for this device"));
  g_assert_true (pn_test_shows_text (page, "Skip the firmware step · until cleared"));
  clear = pn_test_find_button (page, "Clear");
  gtk_test_accessible_assert_property (clear, GTK_ACCESSIBLE_PROPERTY_LABEL,
                                       "Clear the override “Skip the firmware step”");
  g_signal_emit_by_name (clear, "clicked");
  PN_TEST_WAIT_FOR (count_overrides () == 0);
  pn_test_settle ();
  g_assert_false (pn_test_shows_text (page, "Overrides for this device"));
  pn_test_close_window (window);
}

int
main (int argc, char **argv)
{
  int status;

  pn_test_init (&argc, &argv);
  station = pn_test_station_new ();
  g_free (pn_test_station_add_recipe (station, "Desk Pi", "naked", "emmc", FALSE));
  pn_test_station_start_helper (station);
  g_test_add_func ("/override/dialog", test_dialog);
  g_test_add_func ("/override/used", test_used);
  g_test_add_func ("/override/again", test_again);
  g_test_add_func ("/override/cleared", test_cleared);
  status = g_test_run ();
  pn_test_station_free (station);
  return status;
}
