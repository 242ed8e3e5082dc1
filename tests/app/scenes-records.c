/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The records of a real helper: a hundred thousand of them. */
#include "config.h"

#include "pn-export-dialog.h"
#include "pn-fake-helper.h"
#include "pn-records-page.h"
#include "pn-scene.h"
#include "pn-test-records.h"

static PnRecordsPage *
get_page (PnWindow *window)
{
  return PN_RECORDS_PAGE (pn_window_get_page (window, "records"));
}

static void
open_gone (PnWindow *window)
{
  pn_window_show_page (window, "records");
}

static gboolean
is_gone (PnWindow *window)
{
  return g_str_equal (pn_records_page_get_shown (get_page (window)), "gone");
}

static void
open_all (PnWindow *window)
{
  static gboolean filled;

  if (!filled)
    pn_test_fill_records (100000);
  filled = TRUE;
  pn_app_start_helper (pn_app_get_default ());
  pn_window_show_page (window, "records");
}

static gboolean
has_arrived (PnWindow *window)
{
  GListModel *rows = G_LIST_MODEL (pn_records_page_get_selection (get_page (window)));
  guint n = g_list_model_get_n_items (rows);
  g_autoptr (PnRecordRow) row = g_list_model_get_item (rows, MIN (n, 13) - 1);
  const char *shown = pn_records_page_get_shown (get_page (window));

  return row != NULL && pn_record_row_is_loaded (row) &&
         (g_str_equal (shown, "table") || g_str_equal (shown, "lines"));
}

/* The rows from before stay until it is known what takes their place. */
static gboolean
has_batch_arrived (PnWindow *window)
{
  GListModel *rows = G_LIST_MODEL (pn_records_page_get_selection (get_page (window)));

  return g_list_model_get_n_items (rows) < 1000 && has_arrived (window);
}

static void
open_batch (PnWindow *window)
{
  open_all (window);
  pn_record_filter_set_value (pn_records_page_get_filter (get_page (window)),
                              PN_RECORD_FILTER_BATCH, "2026-118");
}

static void
open_none (PnWindow *window)
{
  open_all (window);
  pn_record_filter_set_value (pn_records_page_get_filter (get_page (window)),
                              PN_RECORD_FILTER_BATCH, "No such batch");
}

static gboolean
has_style (GtkWidget *button, gpointer style)
{
  return gtk_widget_get_visible (button) && gtk_widget_has_css_class (button, style);
}

/* The popover of the button that has that style. */
static gboolean
show_popover (PnWindow *window, const char *style)
{
  GtkWidget *button = pn_test_find (GTK_WIDGET (get_page (window)), GTK_TYPE_MENU_BUTTON, has_style,
                                    (gpointer) style);

  if (!has_arrived (window))
    return FALSE;
  if (pn_scene_over == NULL)
    {
      gtk_menu_button_popup (GTK_MENU_BUTTON (button));
      pn_scene_over = GTK_WIDGET (gtk_menu_button_get_popover (GTK_MENU_BUTTON (button)));
    }
  return gtk_widget_get_mapped (pn_scene_over);
}

/* What can be wanted of the columns, one of them chosen. */
static gboolean
show_filters (PnWindow *window)
{
  return show_popover (window, "more-filters");
}

/* Where there is no room for a table there are no columns to choose. */
static gboolean
show_columns (PnWindow *window)
{
  return g_str_equal (pn_records_page_get_shown (get_page (window)), "lines")
             ? has_arrived (window)
             : show_popover (window, "columns-button");
}

static void
open_filters (PnWindow *window)
{
  open_all (window);
  pn_record_filter_set_value (pn_records_page_get_filter (get_page (window)), PN_RECORD_FILTER_KEY,
                              "8c41d07e0000000000000000000000000000000000000000000000000000000a");
}

static gboolean
is_none (PnWindow *window)
{
  return g_str_equal (pn_records_page_get_shown (get_page (window)), "none");
}

static void
clear (PnWindow *window)
{
  pn_record_filter_clear (pn_records_page_get_filter (get_page (window)));
}

static gboolean
show_export (PnWindow *window)
{
  if (!has_batch_arrived (window))
    return FALSE;
  if (pn_scene_over == NULL)
    {
      gtk_widget_activate_action (GTK_WIDGET (get_page (window)), "records.export", NULL);
      pn_scene_over = pn_scene_find_window (PN_TYPE_EXPORT_DIALOG);
    }
  return pn_export_dialog_get_count (PN_EXPORT_DIALOG (pn_scene_over)) > 0;
}

static void
use_preset (PnWindow *window, const char *preset, const char *separator)
{
  GSettings *settings = pn_app_get_settings (pn_app_get_default ());

  g_settings_set_string (settings, "export-preset", preset);
  g_settings_set_string (settings, "export-separator", separator);
}

static void
open_export (PnWindow *window)
{
  use_preset (window, "shipping", "semicolon");
  open_batch (window);
}

static void
open_hostile (PnWindow *window)
{
  use_preset (window, "everything", "comma");
  open_all (window);
  pn_record_filter_set_value (pn_records_page_get_filter (get_page (window)),
                              PN_RECORD_FILTER_BATCH, PN_TEST_HOSTILE_BATCH);
}

/* A helper whose records are none. */
static PnFakeHelper *empty;

static void
open_empty (PnWindow *window)
{
  empty = pn_fake_helper_new (PN_CLIENT_NAME);
  pn_window_show_page (window, "records");
}

static gboolean
is_empty (PnWindow *window)
{
  return g_str_equal (pn_records_page_get_shown (get_page (window)), "empty");
}

static void
close_empty (PnWindow *window)
{
  g_clear_pointer (&empty, pn_fake_helper_free);
  while (!is_gone (window))
    g_main_context_iteration (NULL, TRUE);
}

const PnScene pn_scenes_records[] = {
  { .name = "records-gone", .open = open_gone, .is_ready = is_gone },
  { .name = "records-empty", .open = open_empty, .is_ready = is_empty, .close = close_empty },
  { .name = "records", .open = open_all, .is_ready = has_arrived },
  { .name = "records-batch", .open = open_batch, .is_ready = has_batch_arrived, .close = clear },
  { .name = "records-filters", .open = open_filters, .is_ready = show_filters, .close = clear },
  { .name = "records-columns", .open = open_all, .is_ready = show_columns },
  { .name = "records-none", .open = open_none, .is_ready = is_none, .close = clear },
  { .name = "export", .open = open_export, .is_ready = show_export, .close = clear },
  { .name = "export-hostile", .open = open_hostile, .is_ready = show_export, .close = clear },
  { 0 },
};
