/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-column-list.h"

#include <glib/gi18n.h>

#include "pn-record-list.h"
#include "pn-record-look.h"

/* ---- one column ---- */

#define PN_TYPE_COLUMN_CHOICE (pn_column_choice_get_type ())
G_DECLARE_FINAL_TYPE (PnColumnChoice, pn_column_choice, PN, COLUMN_CHOICE, GObject)

struct _PnColumnChoice
{
  GObject parent_instance;
  const char *column; /* of pn_record_columns () */
  gboolean chosen;
};

G_DEFINE_FINAL_TYPE (PnColumnChoice, pn_column_choice, G_TYPE_OBJECT)

static void
pn_column_choice_class_init (PnColumnChoiceClass *klass)
{
}

static void
pn_column_choice_init (PnColumnChoice *self)
{
}

/* ---- the list ---- */

struct _PnColumnList
{
  AdwBin parent_instance;
  GtkListBox *list;
  GListStore *choices;
  const char *left_out; /* interned, or NULL */
};

static guint changed_signal;

G_DEFINE_FINAL_TYPE (PnColumnList, pn_column_list, ADW_TYPE_BIN)

static void
move_to (PnColumnList *self, guint from, guint to)
{
  g_autoptr (PnColumnChoice) choice = g_list_model_get_item (G_LIST_MODEL (self->choices), from);

  if (from == to)
    return;
  g_list_store_remove (self->choices, from);
  g_list_store_insert (self->choices, to, choice);
  gtk_widget_grab_focus (GTK_WIDGET (gtk_list_box_get_row_at_index (self->list, (int) to)));
  g_signal_emit (self, changed_signal, 0);
}

gboolean
pn_column_list_move (PnColumnList *self, guint position, int by)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->choices));

  if (position >= n || (by < 0 && position == 0) || (by > 0 && position + 1 >= n))
    return FALSE;
  move_to (self, position, by < 0 ? position - 1 : position + 1);
  return TRUE;
}

static gboolean
move_key_cb (GtkWidget *widget, GVariant *by, gpointer user_data)
{
  PnColumnList *self = PN_COLUMN_LIST (widget);
  GtkWidget *row = gtk_widget_get_focus_child (GTK_WIDGET (self->list));

  return GTK_IS_LIST_BOX_ROW (row) &&
         pn_column_list_move (self, (guint) gtk_list_box_row_get_index (GTK_LIST_BOX_ROW (row)),
                              g_variant_get_int32 (by));
}

static void
check_toggled_cb (GtkCheckButton *check, PnColumnChoice *choice)
{
  GtkWidget *self = gtk_widget_get_ancestor (GTK_WIDGET (check), PN_TYPE_COLUMN_LIST);

  choice->chosen = gtk_check_button_get_active (check);
  if (self != NULL)
    g_signal_emit (self, changed_signal, 0);
}

static GdkContentProvider *
drag_prepare_cb (GtkDragSource *source, double x, double y, PnColumnChoice *choice)
{
  return gdk_content_provider_new_typed (PN_TYPE_COLUMN_CHOICE, choice);
}

static void
drag_begin_cb (GtkDragSource *source, GdkDrag *drag, GtkWidget *row)
{
  g_autoptr (GdkPaintable) icon = gtk_widget_paintable_new (row);

  gtk_drag_source_set_icon (source, icon, 0, 0);
}

static gboolean
drop_cb (GtkDropTarget *target, const GValue *value, double x, double y, PnColumnList *self)
{
  GtkWidget *row = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (target));
  guint from;

  /* Another list's column is not here. */
  if (!g_list_store_find (self->choices, g_value_get_object (value), &from))
    return FALSE;
  move_to (self, from, (guint) gtk_list_box_row_get_index (GTK_LIST_BOX_ROW (row)));
  return TRUE;
}

static GtkWidget *
make_row (gpointer item, gpointer user_data)
{
  PnColumnChoice *choice = item;
  GtkWidget *row = gtk_list_box_row_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *check = gtk_check_button_new_with_label (pn_record_look_title (choice->column));
  GtkWidget *name = gtk_label_new (choice->column);
  GtkDragSource *source = gtk_drag_source_new ();
  GtkDropTarget *target = gtk_drop_target_new (PN_TYPE_COLUMN_CHOICE, GDK_ACTION_MOVE);

  gtk_check_button_set_active (GTK_CHECK_BUTTON (check), choice->chosen);
  gtk_widget_set_hexpand (check, TRUE);
  gtk_widget_add_css_class (name, "caption");
  gtk_widget_add_css_class (name, "dim-label");
  gtk_label_set_ellipsize (GTK_LABEL (name), PANGO_ELLIPSIZE_END);
  gtk_box_append (GTK_BOX (box), gtk_image_new_from_icon_name ("list-drag-handle-symbolic"));
  gtk_box_append (GTK_BOX (box), check);
  gtk_box_append (GTK_BOX (box), name);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  pn_record_look_title (choice->column), -1);
  g_signal_connect_object (check, "toggled", G_CALLBACK (check_toggled_cb), choice, 0);
  gtk_drag_source_set_actions (source, GDK_ACTION_MOVE);
  g_signal_connect_object (source, "prepare", G_CALLBACK (drag_prepare_cb), choice, 0);
  g_signal_connect_object (source, "drag-begin", G_CALLBACK (drag_begin_cb), row, 0);
  g_signal_connect_object (target, "drop", G_CALLBACK (drop_cb), user_data, 0);
  gtk_widget_add_controller (row, GTK_EVENT_CONTROLLER (source));
  gtk_widget_add_controller (row, GTK_EVENT_CONTROLLER (target));
  return row;
}

static void
pn_column_list_dispose (GObject *object)
{
  PnColumnList *self = PN_COLUMN_LIST (object);

  g_clear_object (&self->choices);
  G_OBJECT_CLASS (pn_column_list_parent_class)->dispose (object);
}

static void
pn_column_list_class_init (PnColumnListClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_column_list_dispose;
  changed_signal = g_signal_new ("changed", PN_TYPE_COLUMN_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 0);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Up, GDK_ALT_MASK, move_key_cb, "i", -1);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Down, GDK_ALT_MASK, move_key_cb, "i", 1);
}

static void
pn_column_list_init (PnColumnList *self)
{
  self->choices = g_list_store_new (PN_TYPE_COLUMN_CHOICE);
  self->list = GTK_LIST_BOX (gtk_list_box_new ());
  gtk_list_box_set_selection_mode (self->list, GTK_SELECTION_NONE);
  gtk_list_box_bind_model (self->list, G_LIST_MODEL (self->choices), make_row, self, NULL);
  gtk_widget_add_css_class (GTK_WIDGET (self->list), "column-list");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Columns"), -1);
  adw_bin_set_child (ADW_BIN (self), GTK_WIDGET (self->list));
}

static void
add_choice (PnColumnList *self, const char *column, gboolean chosen)
{
  g_autoptr (PnColumnChoice) choice = g_object_new (PN_TYPE_COLUMN_CHOICE, NULL);

  if (g_strcmp0 (column, self->left_out) == 0)
    return;
  choice->column = column;
  choice->chosen = chosen;
  g_list_store_append (self->choices, choice);
}

void
pn_column_list_leave_out (PnColumnList *self, const char *column)
{
  self->left_out = g_intern_string (column);
}

void
pn_column_list_set_chosen (PnColumnList *self, const char *const *columns)
{
  const char *const *all = pn_record_columns ();

  g_list_store_remove_all (self->choices);
  for (guint i = 0; columns[i] != NULL; i++)
    for (guint j = 0; all[j] != NULL; j++)
      if (g_str_equal (all[j], columns[i]))
        add_choice (self, all[j], TRUE);
  for (guint j = 0; all[j] != NULL; j++)
    if (!g_strv_contains (columns, all[j]))
      add_choice (self, all[j], FALSE);
}

GStrv
pn_column_list_get_chosen (PnColumnList *self)
{
  g_autoptr (GStrvBuilder) chosen = g_strv_builder_new ();

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->choices)); i++)
    {
      g_autoptr (PnColumnChoice) choice = g_list_model_get_item (G_LIST_MODEL (self->choices), i);

      if (choice->chosen)
        g_strv_builder_add (chosen, choice->column);
    }
  return g_strv_builder_end (chosen);
}
