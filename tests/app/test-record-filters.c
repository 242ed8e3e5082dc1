/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Choosing what is wanted of a column on the Records page, over a real helper. */
#include "config.h"

#include "pn-client.h"
#include "pn-export-dialog.h"
#include "pn-records-page.h"
#include "pn-test-app.h"
#include "pn-test-records-page.h"
#include "pn-test-records.h"
#include "pn-value-chip.h"

#define N_RECORDS 1000
#define N_MADE (N_RECORDS - PN_TEST_N_HOSTILE)
#define KEY "8c41d07e0000000000000000000000000000000000000000000000000000000a"

static gboolean
is_row_of (GtkWidget *row, gpointer value)
{
  return g_strcmp0 (g_object_get_data (G_OBJECT (row), "value"), value) == 0;
}

static gboolean
is_more_button (GtkWidget *button, gpointer unused)
{
  return gtk_widget_has_css_class (button, "more-filters");
}

static GtkMenuButton *
get_more_button (GtkWidget *page)
{
  return GTK_MENU_BUTTON (pn_test_find (page, GTK_TYPE_MENU_BUTTON, is_more_button, NULL));
}

static const char *
get_first_text (GtkWidget *widget)
{
  return gtk_label_get_text (GTK_LABEL (pn_test_find (widget, GTK_TYPE_LABEL, NULL, NULL)));
}

static gboolean
is_titled (GtkWidget *chip, gpointer title)
{
  return g_str_equal (get_first_text (chip), title);
}

/* @title: of its chip. */
static GtkWidget *
get_chip_button (GtkWidget *page, const char *title)
{
  GtkWidget *more = GTK_WIDGET (gtk_menu_button_get_popover (get_more_button (page)));
  GtkWidget *chip = pn_test_find (more, PN_TYPE_VALUE_CHIP, is_titled, (gpointer) title);

  return pn_test_find (chip, GTK_TYPE_MENU_BUTTON, NULL, NULL);
}

static void
open_more (GtkWidget *page)
{
  gtk_menu_button_popdown (get_more_button (page));
  gtk_menu_button_popup (get_more_button (page));
}

/* The helper has no batch at all: what is offered is what the records say. */
static void
choose_value (GtkWidget *page, const char *title, const char *value)
{
  GtkWidget *button = get_chip_button (page, title);
  GtkWidget *popover = GTK_WIDGET (gtk_menu_button_get_popover (GTK_MENU_BUTTON (button)));
  GtkWidget *row;

  open_more (page);
  gtk_menu_button_popup (GTK_MENU_BUTTON (button));
  PN_TEST_WAIT_FOR (
      (row = pn_test_find (popover, GTK_TYPE_LIST_BOX_ROW, is_row_of, (gpointer) value)) != NULL);
  gtk_widget_activate (row);
}

static PnExportDialog *
find_dialog (void)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWindow) window = g_list_model_get_item (windows, i);

      if (PN_IS_EXPORT_DIALOG (window))
        return PN_EXPORT_DIALOG (window);
    }
  return NULL;
}

/* What is exported is what is shown. */
static void
expect_exported (PnWindow *window, guint expected)
{
  PnExportDialog *dialog;

  gtk_widget_activate_action (GTK_WIDGET (pn_test_records_get_page (window)), "records.export",
                              NULL);
  dialog = find_dialog ();
  PN_TEST_WAIT_FOR (pn_export_dialog_get_count (dialog) == expected);
  gtk_window_destroy (GTK_WINDOW (dialog));
  pn_test_settle ();
}

static void
clear_filters (PnWindow *window)
{
  gtk_widget_activate_action (GTK_WIDGET (pn_test_records_get_page (window)),
                              "records.clear-filters", NULL);
  PN_TEST_WAIT_FOR (pn_test_records_count (window) == N_RECORDS &&
                    pn_test_records_is_loaded (window, 0));
}

/* One value of a column, then all of them again. */
static void
narrow (PnWindow *window, const char *title, const char *value, const char *any, guint expected)
{
  GtkWidget *page = GTK_WIDGET (pn_test_records_get_page (window));

  choose_value (page, title, value);
  PN_TEST_WAIT_FOR (pn_test_records_count (window) == expected &&
                    pn_test_records_is_loaded (window, 0));
  g_assert_true (gtk_widget_has_css_class (get_chip_button (page, title), "chosen"));
  g_assert_cmpstr (gtk_widget_get_tooltip_text (get_chip_button (page, title)), ==, value);
  expect_exported (window, expected);
  choose_value (page, title, NULL);
  PN_TEST_WAIT_FOR (pn_test_records_count (window) == N_RECORDS &&
                    pn_test_records_is_loaded (window, 0));
  g_assert_cmpstr (get_first_text (get_chip_button (page, title)), ==, any);
}

static void
test_values (void)
{
  PnWindow *window = pn_test_records_open (N_RECORDS);
  GtkWidget *page = GTK_WIDGET (pn_test_records_get_page (window));
  GtkWidget *more = GTK_WIDGET (get_more_button (page));
  GtkWidget *entry;

  g_settings_set_string (pn_app_get_settings (pn_app_get_default ()), "export-preset",
                         "everything");
  narrow (window, "Batch", PN_TEST_HOSTILE_BATCH, "All batches", PN_TEST_N_HOSTILE);
  narrow (window, "Model", "+1,2", "All models", 1);
  narrow (window, "Image", "gate-2.4.img", "All images", N_MADE);
  narrow (window, "Key", KEY, "All keys", N_MADE);
  narrow (window, "Found as", "other-key", "Anything", N_MADE / 199);
  narrow (window, "Override", "again", "With or without", 1);

  /* The fingerprint is shortened where it is shown. */
  choose_value (page, "Key", KEY);
  PN_TEST_WAIT_FOR (pn_test_records_count (window) == N_MADE);
  g_assert_true (g_str_has_prefix (get_first_text (more), "8c41 d07e"));
  /* Together: no record has both. */
  choose_value (page, "Image", "image.img");
  PN_TEST_WAIT_FOR (
      g_str_equal (pn_records_page_get_shown (pn_test_records_get_page (window)), "none"));
  g_assert_cmpstr (get_first_text (more), ==, "2 filters");
  clear_filters (window);
  g_assert_cmpstr (get_first_text (more), ==, "More filters");
  g_assert_false (gtk_widget_has_css_class (get_chip_button (page, "Key"), "chosen"));

  /* An image can be said by its checksum. */
  entry = pn_test_find (
      GTK_WIDGET (gtk_menu_button_get_popover (GTK_MENU_BUTTON (get_chip_button (page, "Image")))),
      GTK_TYPE_ENTRY, NULL, NULL);
  gtk_editable_set_text (GTK_EDITABLE (entry), " s ");
  g_signal_emit_by_name (entry, "activate");
  PN_TEST_WAIT_FOR (pn_test_records_count (window) == PN_TEST_N_HOSTILE &&
                    pn_test_records_is_loaded (window, 0));
  g_assert_true (pn_test_records_row_has (window, 0, "image_name", "image.img"));
  clear_filters (window);
  pn_test_close_window (window);
}

/* Where no record has a key, none can be chosen. */
static void
test_no_values (void)
{
  PnWindow *window = pn_test_records_open (N_RECORDS);
  GtkWidget *page = GTK_WIDGET (pn_test_records_get_page (window));
  GtkWidget *key = get_chip_button (page, "Key");
  g_autofree char *again =
      g_strdup_printf ("UPDATE records SET key_hash = '" KEY "' WHERE id <= %d", N_MADE);

  pn_test_change_records ("UPDATE records SET key_hash = NULL");
  open_more (page);
  PN_TEST_WAIT_FOR (!gtk_widget_get_sensitive (key));
  g_assert_true (gtk_widget_get_sensitive (get_chip_button (page, "Model")));
  pn_test_change_records (again);
  open_more (page);
  PN_TEST_WAIT_FOR (gtk_widget_get_sensitive (key));
  pn_test_close_window (window);
}

int
main (int argc, char **argv)
{
  g_autofree char *path = NULL;

  pn_test_init (&argc, &argv);
  path = g_strconcat (g_getenv ("PUNNET_BUILD_ROOT"), "/src/helper:", g_getenv ("PATH"), NULL);
  g_setenv ("PATH", path, TRUE);
  pn_test_fill_records (N_RECORDS);
  g_test_add_func ("/record-filters/values", test_values);
  g_test_add_func ("/record-filters/no-values", test_no_values);
  return g_test_run ();
}
