/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-record-table.h"

#include <glib/gi18n.h>

#include "pn-record-cell.h"
#include "pn-record-look.h"
#include "pn-row-sight.h"

#define RESULT "verdict"

struct _PnRecordTable
{
  AdwBin parent_instance;
  GtkColumnView *view;
  PnRowSight *sight;
  const char *sort; /* interned; the column that the header's arrow is on, NULL = none */
  gboolean ascending;
  const char *asked; /* see say_asked () */
  gboolean placed;   /* the first column was brought into view */
};

static guint sorted_signal, activated_signal;

G_DEFINE_FINAL_TYPE (PnRecordTable, pn_record_table, ADW_TYPE_BIN)

/* ---- cells ---- */

static void
setup_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer column)
{
  gtk_list_item_set_child (item, pn_record_cell_new (column));
}

static void
bind_cb (PnRecordTable *self, GtkListItem *item)
{
  pn_record_cell_set_row (PN_RECORD_CELL (gtk_list_item_get_child (item)),
                          gtk_list_item_get_item (item));
  pn_row_sight_bind (self->sight, item);
}

static void
unbind_cb (PnRecordTable *self, GtkListItem *item)
{
  pn_row_sight_unbind (self->sight, item);
  pn_record_cell_set_row (PN_RECORD_CELL (gtk_list_item_get_child (item)), NULL);
}

static void
seen_cb (GtkWidget *cell)
{
  pn_record_cell_show (PN_RECORD_CELL (cell));
}

/* ---- order ---- */

/* GTK 4.8 does not say by which column a view is sorted. So each column has a sorter that says that
 * it was asked: the view's sorter asks that of the first column, and turns its answer round where
 * the order is descending. Nothing is sorted here: the helper does it. */
static int
say_asked (gconstpointer a, gconstpointer b, gpointer user_data)
{
  gpointer *asked = user_data;

  if (*(const char **) asked[0] == NULL)
    *(const char **) asked[0] = asked[1];
  return -1;
}

static GtkSorter *
make_sorter (PnRecordTable *self, const char *column)
{
  gpointer *asked = g_new (gpointer, 2);

  asked[0] = &self->asked;
  asked[1] = (gpointer) column;
  return GTK_SORTER (gtk_custom_sorter_new (say_asked, asked, g_free));
}

static void
sorter_changed_cb (PnRecordTable *self)
{
  GtkSorter *sorter = gtk_column_view_get_sorter (self->view);
  GtkOrdering order;

  self->asked = NULL;
  order = gtk_sorter_compare (sorter, self, self->view);
  if (self->asked == NULL || (self->asked == self->sort && self->ascending == (order < 0)))
    return;
  self->sort = self->asked;
  self->ascending = order < 0;
  g_signal_emit (self, sorted_signal, 0, self->sort, self->ascending);
}

static GtkColumnViewColumn *
find_column (PnRecordTable *self, const char *column)
{
  GListModel *columns = gtk_column_view_get_columns (self->view);

  for (guint i = 0; i < g_list_model_get_n_items (columns); i++)
    {
      g_autoptr (GtkColumnViewColumn) at = g_list_model_get_item (columns, i);

      if (g_strcmp0 (g_object_get_data (G_OBJECT (at), "column"), column) == 0)
        return at; /* the view holds it */
    }
  return NULL;
}

void
pn_record_table_sort (PnRecordTable *self, const char *column, gboolean ascending)
{
  GtkColumnViewColumn *found = find_column (self, column);

  if (found != NULL)
    gtk_column_view_sort_by_column (self->view, found,
                                    ascending ? GTK_SORT_ASCENDING : GTK_SORT_DESCENDING);
}

/* ---- columns ---- */

static void
add_column (PnRecordTable *self, const char *name, gboolean expand)
{
  const char *column = g_intern_string (name);
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  g_autoptr (GtkSorter) sorter = make_sorter (self, column);
  g_autoptr (GtkColumnViewColumn) view_column =
      gtk_column_view_column_new (pn_record_look_title (column), factory);

  g_signal_connect (factory, "setup", G_CALLBACK (setup_cb), (gpointer) column);
  g_signal_connect_object (factory, "bind", G_CALLBACK (bind_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (factory, "unbind", G_CALLBACK (unbind_cb), self, G_CONNECT_SWAPPED);
  g_object_set_data (G_OBJECT (view_column), "column", (gpointer) column);
  gtk_column_view_column_set_sorter (view_column, sorter);
  gtk_column_view_column_set_resizable (view_column, TRUE);
  gtk_column_view_column_set_expand (view_column, expand);
  gtk_column_view_append_column (self->view, view_column);
}

void
pn_record_table_set_columns (PnRecordTable *self, const char *const *columns)
{
  GListModel *old = gtk_column_view_get_columns (self->view);
  const char *sort = self->sort;

  while (g_list_model_get_n_items (old) > 0)
    {
      g_autoptr (GtkColumnViewColumn) first = g_list_model_get_item (old, 0);

      gtk_column_view_remove_column (self->view, first);
    }
  add_column (self, RESULT, FALSE);
  for (guint i = 0; columns[i] != NULL; i++)
    if (!g_str_equal (columns[i], RESULT) && g_strv_contains (pn_record_columns (), columns[i]))
      add_column (self, columns[i], columns[i + 1] == NULL);
  if (sort != NULL)
    pn_record_table_sort (self, sort, self->ascending);
}

void
pn_record_table_set_model (PnRecordTable *self, GtkSelectionModel *model)
{
  pn_row_sight_set_model (self->sight, G_LIST_MODEL (model));
  gtk_column_view_set_model (self->view, model);
}

GtkColumnView *
pn_record_table_get_view (PnRecordTable *self)
{
  return self->view;
}

/* ---- the object ---- */

static void
activate_cb (PnRecordTable *self, guint position)
{
  g_signal_emit (self, activated_signal, 0, position);
}

/* In a mirrored window a view begins at its left end, which is its last column. */
static void
place_cb (PnRecordTable *self, GtkAdjustment *across)
{
  double end = gtk_adjustment_get_upper (across) - gtk_adjustment_get_page_size (across);

  if (self->placed || end <= 0 || gtk_widget_get_direction (GTK_WIDGET (self)) != GTK_TEXT_DIR_RTL)
    return;
  self->placed = TRUE;
  gtk_adjustment_set_value (across, end);
}

static void
pn_record_table_dispose (GObject *object)
{
  PnRecordTable *self = PN_RECORD_TABLE (object);

  if (self->view != NULL)
    g_signal_handlers_disconnect_by_func (gtk_column_view_get_sorter (self->view),
                                          sorter_changed_cb, self);
  self->view = NULL;
  g_clear_object (&self->sight);
  G_OBJECT_CLASS (pn_record_table_parent_class)->dispose (object);
}

static void
pn_record_table_class_init (PnRecordTableClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = pn_record_table_dispose;
  sorted_signal = g_signal_new ("sorted", PN_TYPE_RECORD_TABLE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_BOOLEAN);
  activated_signal = g_signal_new ("activated", PN_TYPE_RECORD_TABLE, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
pn_record_table_init (PnRecordTable *self)
{
  GtkWidget *scrolled = gtk_scrolled_window_new ();

  self->view = GTK_COLUMN_VIEW (gtk_column_view_new (NULL));
  gtk_widget_add_css_class (GTK_WIDGET (self->view), "records");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->view), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Records"), -1);
  g_signal_connect_swapped (self->view, "activate", G_CALLBACK (activate_cb), self);
  g_signal_connect_swapped (gtk_column_view_get_sorter (self->view), "changed",
                            G_CALLBACK (sorter_changed_cb), self);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), GTK_WIDGET (self->view));
  self->sight = pn_row_sight_new (GTK_SCROLLED_WINDOW (scrolled), seen_cb);
  g_signal_connect_object (gtk_scrolled_window_get_hadjustment (GTK_SCROLLED_WINDOW (scrolled)),
                           "changed", G_CALLBACK (place_cb), self, G_CONNECT_SWAPPED);
  gtk_widget_set_vexpand (scrolled, TRUE);
  adw_bin_set_child (ADW_BIN (self), scrolled);
}
