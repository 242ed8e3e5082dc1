/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-records-page.h"

#include <glib/gi18n.h>

#include "pn-certificate-save.h"
#include "pn-column-list.h"
#include "pn-device-page.h"
#include "pn-export-dialog.h"
#include "pn-merge-dialog.h"
#include "pn-record-filter-bar.h"
#include "pn-record-line.h"
#include "pn-record-table.h"
#include "pn-spinner.h"
#include "pn-window.h"

#define REST_MS 300       /* after the last key until the search is asked for */
#define MAX_SELECTED 4000 /* rows that a list keeps: what is selected beyond is not at hand */

struct _PnRecordsPage
{
  PnPage parent_instance;
  GtkStack *stack;
  GtkBox *top;
  PnRecordFilterBar *bar;
  GtkMenuButton *columns_button;
  PnRecordTable *table;
  GtkListView *lines;
  GtkLabel *foot;
  GtkWidget *foot_part, *certify;
  PnColumnList *column_list;

  PnRecordFilter *filter;
  PnClient *client;
  PnRecordList *list;
  GtkSelectionModel *selection;
  char *sort;
  gboolean ascending;
  gboolean choosing; /* the columns are being chosen here */
  guint rest;        /* timer of the search */
};

G_DEFINE_FINAL_TYPE (PnRecordsPage, pn_records_page, PN_TYPE_PAGE)

/* ---- what is shown ---- */

static gboolean
is_loading (PnRecordsPage *self)
{
  gboolean loading = FALSE;

  g_object_get (self->list, "loading", &loading, NULL);
  return loading;
}

static const char *
choose_shown (PnRecordsPage *self)
{
  PnClientState state = pn_client_get_state (self->client);

  if (state == PN_CLIENT_ABSENT)
    return "gone";
  if (state != PN_CLIENT_READY)
    return "connecting";
  if (g_list_model_get_n_items (G_LIST_MODEL (self->list)) > 0)
    return pn_page_get_narrow (PN_PAGE (self)) ? "lines" : "table";
  if (pn_record_filter_is_set (self->filter))
    return is_loading (self) ? gtk_stack_get_visible_child_name (self->stack) : "none";
  return pn_client_get_record_count (self->client) == 0 ? "empty" : "connecting";
}

static void
show_foot (PnRecordsPage *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->list));
  g_autoptr (GtkBitset) selected = gtk_selection_model_get_selection (self->selection);
  guint64 n_selected = gtk_bitset_get_size (selected);
  g_autofree char *count = g_strdup_printf (ngettext ("%'u record", "%'u records", n), n);
  /* Translators: the first %s is “412 records”. */
  g_autofree char *text = n_selected > 0
                              ? g_strdup_printf (_ ("%s, %'u selected"), count, (guint) n_selected)
                              : g_strdup (count);

  gtk_label_set_label (self->foot, text);
  gtk_widget_set_visible (self->certify, n_selected > 0);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "records.certificates",
                                 n_selected > 0 && n_selected <= MAX_SELECTED);
}

/* Only the view that is seen has the rows: it asks for them. */
static void
show_state (PnRecordsPage *self)
{
  const char *shown = choose_shown (self);
  gboolean table = g_str_equal (shown, "table");
  gboolean lines = g_str_equal (shown, "lines");
  gboolean any = table || lines || g_str_equal (shown, "none");

  pn_record_table_set_model (self->table, table ? self->selection : NULL);
  gtk_list_view_set_model (self->lines, lines ? self->selection : NULL);
  gtk_stack_set_visible_child_name (self->stack, shown);
  gtk_widget_set_visible (GTK_WIDGET (self->top), any);
  gtk_widget_set_visible (GTK_WIDGET (self->columns_button), table);
  gtk_widget_set_visible (self->foot_part, table || lines);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "records.merge",
                                 pn_client_get_state (self->client) == PN_CLIENT_READY);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "records.export", any);
  show_foot (self);
}

/* ---- which records, in which order ---- */

static void
ask (PnRecordsPage *self)
{
  GVariantDict options;

  g_variant_dict_init (&options, NULL);
  pn_record_filter_add_options (self->filter, &options, NULL);
  /* A record is made when its run ends: its number says the same, and never changes its place. */
  g_variant_dict_insert (&options, "sort", "s",
                         g_str_equal (self->sort, "ended") ? "id" : self->sort);
  g_variant_dict_insert (&options, "ascending", "b", self->ascending);
  gtk_selection_model_unselect_all (self->selection);
  pn_record_list_set_query (self->list, g_variant_dict_end (&options));
  show_state (self);
}

static void
sorted_cb (PnRecordsPage *self, const char *column, gboolean ascending)
{
  g_free (self->sort);
  self->sort = g_strdup (column);
  self->ascending = ascending;
  ask (self);
}

static gboolean
rested_cb (gpointer user_data)
{
  PnRecordsPage *self = user_data;

  self->rest = 0;
  pn_record_filter_set_text (self->filter, pn_page_get_search_text (PN_PAGE (self)));
  return G_SOURCE_REMOVE;
}

static void
search_cb (PnRecordsPage *self)
{
  g_clear_handle_id (&self->rest, g_source_remove);
  self->rest = g_timeout_add (REST_MS, rested_cb, self);
}

static void
follow_client (PnRecordsPage *self)
{
  if (self->client != NULL)
    g_signal_handlers_disconnect_by_data (self->client, self);
  if (self->list != NULL)
    g_signal_handlers_disconnect_by_data (self->list, self);
  g_set_object (&self->client, pn_app_get_client (pn_app_get_default ()));
  pn_record_table_set_model (self->table, NULL);
  gtk_list_view_set_model (self->lines, NULL);
  g_clear_object (&self->list);
  g_clear_object (&self->selection);
  self->list = pn_record_list_new (self->client);
  self->selection =
      GTK_SELECTION_MODEL (gtk_multi_selection_new (g_object_ref (G_LIST_MODEL (self->list))));
  g_signal_connect_swapped (self->client, "notify::state", G_CALLBACK (show_state), self);
  g_signal_connect_swapped (self->client, "notify::record-count", G_CALLBACK (show_state), self);
  g_signal_connect_swapped (self->list, "items-changed", G_CALLBACK (show_state), self);
  g_signal_connect_swapped (self->list, "notify::loading", G_CALLBACK (show_state), self);
  g_signal_connect_swapped (self->selection, "selection-changed", G_CALLBACK (show_foot), self);
  pn_record_filter_bar_set_client (self->bar, self->client);
  ask (self);
}

/* ---- columns ---- */

static void
show_columns (PnRecordsPage *self)
{
  g_auto (GStrv) columns =
      g_settings_get_strv (pn_app_get_settings (pn_app_get_default ()), "records-columns");

  pn_record_table_set_columns (self->table, (const char *const *) columns);
  pn_record_table_sort (self->table, self->sort, self->ascending);
  if (!self->choosing)
    pn_column_list_set_chosen (self->column_list, (const char *const *) columns);
}

static void
columns_chosen_cb (PnRecordsPage *self)
{
  g_auto (GStrv) columns = pn_column_list_get_chosen (self->column_list);

  self->choosing = TRUE;
  (void) g_settings_set_strv (pn_app_get_settings (pn_app_get_default ()), "records-columns",
                              (const char *const *) columns);
  self->choosing = FALSE;
}

static void
usual_columns_cb (PnRecordsPage *self)
{
  g_settings_reset (pn_app_get_settings (pn_app_get_default ()), "records-columns");
}

/* ---- actions ---- */

/* The records that are selected, or NULL where there are none, or more than are at hand. */
static GPtrArray *
get_selected (PnRecordsPage *self)
{
  g_autoptr (GtkBitset) selected = gtk_selection_model_get_selection (self->selection);
  g_autoptr (GPtrArray) records = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  guint64 n = gtk_bitset_get_size (selected);

  if (n == 0 || n > MAX_SELECTED)
    return NULL;
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (PnRecordRow) row =
          g_list_model_get_item (G_LIST_MODEL (self->list), gtk_bitset_get_nth (selected, i));

      if (row == NULL || !pn_record_row_is_loaded (row))
        return NULL;
      g_ptr_array_add (records, g_variant_ref (pn_record_row_get_values (row)));
    }
  return g_steal_pointer (&records);
}

static void
export_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  PnRecordsPage *self = PN_RECORDS_PAGE (widget);
  g_autoptr (GPtrArray) selected = get_selected (self);
  PnExportDialog *dialog = pn_export_dialog_new (self->client, self->filter, selected);

  if (pn_page_get_narrow (PN_PAGE (self)))
    gtk_window_set_default_size (GTK_WINDOW (dialog), gtk_widget_get_width (widget),
                                 gtk_widget_get_height (widget));
  pn_dialog_present (PN_DIALOG (dialog), widget);
}

static void
certificates_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  PnRecordsPage *self = PN_RECORDS_PAGE (widget);
  g_autoptr (GPtrArray) selected = get_selected (self);
  g_autoptr (GArray) numbers = g_array_new (FALSE, FALSE, sizeof (gint64));

  for (guint i = 0; selected != NULL && i < selected->len; i++)
    {
      gint64 number = 0;

      (void) g_variant_lookup (selected->pdata[i], "id", "x", &number);
      g_array_append_val (numbers, number);
    }
  if (numbers->len > 0)
    pn_certificate_save_ask (widget, self->client, numbers);
  else
    pn_window_toast (pn_window_of (widget),
                     _ ("Not all of the selected records are here yet. Select fewer."));
}

static void
merge_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  pn_dialog_present (pn_merge_dialog_new (PN_RECORDS_PAGE (widget)->client), widget);
}

static void
clear_filters_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  PnRecordsPage *self = PN_RECORDS_PAGE (widget);

  g_object_set (self, "search-text", "", "searching", FALSE, NULL);
  g_clear_handle_id (&self->rest, g_source_remove);
  pn_record_filter_bar_clear (self->bar);
}

static void
activated_cb (PnRecordsPage *self, guint position)
{
  g_autoptr (PnRecordRow) row = g_list_model_get_item (G_LIST_MODEL (self->list), position);

  if (row != NULL && pn_record_row_is_loaded (row))
    pn_window_push (pn_window_of (GTK_WIDGET (self)),
                    pn_device_page_new_for_record (pn_record_row_get_values (row)));
}

/* ---- the object ---- */

static void
pn_records_page_dispose (GObject *object)
{
  PnRecordsPage *self = PN_RECORDS_PAGE (object);

  gtk_widget_dispose_template (GTK_WIDGET (object), PN_TYPE_RECORDS_PAGE);
  g_clear_handle_id (&self->rest, g_source_remove);
  if (self->client != NULL)
    g_signal_handlers_disconnect_by_data (self->client, self);
  if (self->list != NULL)
    g_signal_handlers_disconnect_by_data (self->list, self);
  if (self->selection != NULL)
    g_signal_handlers_disconnect_by_data (self->selection, self);
  g_clear_object (&self->client);
  g_clear_object (&self->list);
  g_clear_object (&self->selection);
  g_clear_object (&self->filter);
  g_clear_pointer (&self->sort, g_free);
  G_OBJECT_CLASS (pn_records_page_parent_class)->dispose (object);
}

static void
pn_records_page_class_init (PnRecordsPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_records_page_dispose;
  g_type_ensure (PN_TYPE_COLUMN_LIST);
  g_type_ensure (PN_TYPE_RECORD_FILTER_BAR);
  g_type_ensure (PN_TYPE_RECORD_LINE);
  g_type_ensure (PN_TYPE_RECORD_ROW);
  g_type_ensure (PN_TYPE_RECORD_TABLE);
  g_type_ensure (PN_TYPE_SPINNER);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-records-page.ui");
  gtk_widget_class_bind_template_child (widget_class, PnRecordsPage, stack);
  gtk_widget_class_bind_template_child (widget_class, PnRecordsPage, top);
  gtk_widget_class_bind_template_child (widget_class, PnRecordsPage, bar);
  gtk_widget_class_bind_template_child (widget_class, PnRecordsPage, columns_button);
  gtk_widget_class_bind_template_child (widget_class, PnRecordsPage, table);
  gtk_widget_class_bind_template_child (widget_class, PnRecordsPage, lines);
  gtk_widget_class_bind_template_child (widget_class, PnRecordsPage, foot);
  gtk_widget_class_bind_template_child (widget_class, PnRecordsPage, foot_part);
  gtk_widget_class_bind_template_child (widget_class, PnRecordsPage, certify);
  gtk_widget_class_bind_template_child (widget_class, PnRecordsPage, column_list);
  gtk_widget_class_bind_template_callback (widget_class, sorted_cb);
  gtk_widget_class_bind_template_callback (widget_class, activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, columns_chosen_cb);
  gtk_widget_class_bind_template_callback (widget_class, usual_columns_cb);
  gtk_widget_class_install_action (widget_class, "records.export", NULL, export_action);
  gtk_widget_class_install_action (widget_class, "records.certificates", NULL, certificates_action);
  gtk_widget_class_install_action (widget_class, "records.merge", NULL, merge_action);
  gtk_widget_class_install_action (widget_class, "records.clear-filters", NULL,
                                   clear_filters_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_e, GDK_CONTROL_MASK, "records.export",
                                       NULL);
}

static void
pn_records_page_init (PnRecordsPage *self)
{
  PnApp *app = pn_app_get_default ();

  self->filter = pn_record_filter_new ();
  self->sort = g_strdup ("ended");
  gtk_widget_init_template (GTK_WIDGET (self));
  pn_record_filter_bar_set_filter (self->bar, self->filter);
  g_signal_connect_swapped (self->filter, "changed", G_CALLBACK (ask), self);
  g_signal_connect (self, "notify::search-text", G_CALLBACK (search_cb), NULL);
  g_signal_connect_object (app, "notify::client", G_CALLBACK (follow_client), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (pn_app_get_settings (app), "changed::records-columns",
                           G_CALLBACK (show_columns), self, G_CONNECT_SWAPPED);
  follow_client (self);
  pn_column_list_leave_out (self->column_list, "verdict");
  show_columns (self);
  g_signal_connect (self, "notify::narrow", G_CALLBACK (show_state), NULL);
}

PnRecordFilter *
pn_records_page_get_filter (PnRecordsPage *self)
{
  return self->filter;
}

GtkSelectionModel *
pn_records_page_get_selection (PnRecordsPage *self)
{
  return self->selection;
}

const char *
pn_records_page_get_shown (PnRecordsPage *self)
{
  return gtk_stack_get_visible_child_name (self->stack);
}
