/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-import-dialog.h"

#include <glib/gi18n.h>

#include "pn-image-library.h"
#include "pn-import-row.h"

struct _PnImportDialog
{
  PnDialog parent_instance;
  GListStore *items;
  GtkListBox *list;
  GtkLabel *space;
  GtkButton *import;
  guint64 available; /* bytes; G_MAXUINT64 = not known */
};

static guint import_signal;

G_DEFINE_FINAL_TYPE (PnImportDialog, pn_import_dialog, PN_TYPE_DIALOG)

static PnImportItem *
get_item (PnImportDialog *self, guint at)
{
  g_autoptr (PnImportItem) item = g_list_model_get_item (G_LIST_MODEL (self->items), at);

  return item; /* the store holds it */
}

static guint
count_items (PnImportDialog *self)
{
  return g_list_model_get_n_items (G_LIST_MODEL (self->items));
}

/* ---- the button and the line below ---- */

static void
update_space (PnImportDialog *self)
{
  guint64 needed = 0;
  g_autofree char *needed_text = NULL;
  g_autofree char *available_text = NULL;
  g_autofree char *text = NULL;

  for (guint i = 0; i < count_items (self); i++)
    if (pn_import_item_is_ready (get_item (self, i)))
      needed += pn_import_item_get_size (get_item (self, i));
  gtk_widget_set_visible (GTK_WIDGET (self->space), needed > 0 && self->available != G_MAXUINT64);
  needed_text = g_format_size (needed);
  available_text = g_format_size (self->available);
  /* Translators: sizes such as "2.6 GB" and "120 GB". */
  text = g_strdup_printf (_ ("Needs up to %s; %s are free."), needed_text, available_text);
  gtk_label_set_label (self->space, text);
  if (needed > self->available)
    gtk_widget_add_css_class (GTK_WIDGET (self->space), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->space), "error");
}

static void
update (PnImportDialog *self)
{
  guint n = count_items (self);
  guint ready = 0;
  const char *why = NULL;
  g_autofree char *label = NULL;

  for (guint i = 0; i < n; i++)
    {
      PnImportItem *item = get_item (self, i);
      g_autofree char *issue = NULL;

      g_object_get (item, "issue", &issue, NULL);
      ready += pn_import_item_is_ready (item);
      if (why == NULL && pn_import_item_get_problem (item) != NULL)
        why = pn_import_item_get_problem (item);
      /* A wrong name or hash holds all of them back: it is to be put right, not left out. */
      if (issue != NULL && pn_import_item_get_problem (item) == NULL)
        {
          gtk_widget_set_sensitive (GTK_WIDGET (self->import), FALSE);
          gtk_widget_set_tooltip_text (GTK_WIDGET (self->import), issue);
          return;
        }
    }
  label = ready > 1
              ? g_strdup_printf (ngettext ("Import %u image", "Import %u images", ready), ready)
              : g_strdup (_ ("Import"));
  gtk_button_set_label (self->import, label);
  gtk_widget_set_sensitive (GTK_WIDGET (self->import), ready > 0);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->import), ready > 0 ? NULL : why);
  update_space (self);
}

static void
space_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PnImportDialog) self = user_data;
  g_autoptr (GFileInfo) info = g_file_query_filesystem_info_finish (G_FILE (source), result, NULL);

  if (info != NULL && g_file_info_has_attribute (info, G_FILE_ATTRIBUTE_FILESYSTEM_FREE))
    self->available = g_file_info_get_attribute_uint64 (info, G_FILE_ATTRIBUTE_FILESYSTEM_FREE);
  update_space (self);
}

/* ---- the list ---- */

static void
removed_cb (PnImportRow *row, PnImportDialog *self)
{
  g_autoptr (PnImportItem) item = NULL;
  guint at;

  g_object_get (row, "item", &item, NULL);
  if (g_list_store_find (self->items, item, &at))
    g_list_store_remove (self->items, at);
}

static GtkWidget *
make_row (gpointer item, gpointer self)
{
  GtkWidget *row = pn_import_row_new (item);

  g_signal_connect_object (row, "removed", G_CALLBACK (removed_cb), self, 0);
  return row;
}

static void
items_changed_cb (PnImportDialog *self)
{
  guint n = count_items (self);

  if (n == 0)
    {
      gtk_window_close (GTK_WINDOW (self));
      return;
    }
  for (guint i = 0; i < n; i++)
    {
      GtkListBoxRow *row = gtk_list_box_get_row_at_index (self->list, (int) i);

      g_object_set (row, "removable", n > 1, NULL);
      if (n == 1)
        adw_expander_row_set_expanded (ADW_EXPANDER_ROW (row), TRUE);
    }
  update (self);
}

static gboolean
has_path (PnImportDialog *self, const char *path)
{
  for (guint i = 0; i < count_items (self); i++)
    if (g_str_equal (pn_import_item_get_path (get_item (self, i)), path))
      return TRUE;
  return FALSE;
}

void
pn_import_dialog_add (PnImportDialog *self, const char *const *paths)
{
  for (guint i = 0; paths[i] != NULL; i++)
    {
      g_autoptr (PnImportItem) item = NULL;

      if (has_path (self, paths[i]))
        continue;
      item = pn_import_item_new (paths[i]);
      g_signal_connect_object (item, "notify::ready", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
      g_list_store_append (self->items, item);
    }
}

/* ---- importing ---- */

static void
import_item (PnImportDialog *self, PnImportItem *item)
{
  g_autofree char *name = g_strstrip (g_strdup (pn_import_item_get_name (item)));
  g_autofree char *expected = g_strstrip (g_strdup (pn_import_item_get_expected (item)));
  PnJob *job = pn_image_library_import (
      pn_image_library_get_default (), pn_import_item_get_path (item), name,
      pn_import_item_get_notes (item), expected[0] != '\0' ? expected : NULL);

  g_signal_emit (self, import_signal, 0, job);
}

static void
import_cb (PnImportDialog *self)
{
  for (guint i = 0; i < count_items (self); i++)
    if (pn_import_item_is_ready (get_item (self, i)))
      import_item (self, get_item (self, i));
  gtk_window_destroy (GTK_WINDOW (self));
}

/* ---- the object ---- */

static void
pn_import_dialog_dispose (GObject *object)
{
  PnImportDialog *self = PN_IMPORT_DIALOG (object);

  if (self->items != NULL)
    g_signal_handlers_disconnect_by_data (self->items, self);
  g_clear_object (&self->items);
  G_OBJECT_CLASS (pn_import_dialog_parent_class)->dispose (object);
}

static void
pn_import_dialog_class_init (PnImportDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_import_dialog_dispose;
  import_signal = g_signal_new ("import", PN_TYPE_IMPORT_DIALOG, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                NULL, G_TYPE_NONE, 1, PN_TYPE_JOB);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-import-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, PnImportDialog, list);
  gtk_widget_class_bind_template_child (widget_class, PnImportDialog, space);
  gtk_widget_class_bind_template_child (widget_class, PnImportDialog, import);
  gtk_widget_class_bind_template_callback (widget_class, import_cb);
}

static void
pn_import_dialog_init (PnImportDialog *self)
{
  g_autoptr (GFile) folder = g_file_new_for_path (g_get_user_data_dir ());

  self->available = G_MAXUINT64;
  self->items = g_list_store_new (PN_TYPE_IMPORT_ITEM);
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_list_box_bind_model (self->list, G_LIST_MODEL (self->items), make_row, self, NULL);
  g_signal_connect_swapped (self->items, "items-changed", G_CALLBACK (items_changed_cb), self);
  g_file_query_filesystem_info_async (folder, G_FILE_ATTRIBUTE_FILESYSTEM_FREE, G_PRIORITY_DEFAULT,
                                      NULL, space_cb, g_object_ref (self));
}

PnImportDialog *
pn_import_dialog_new (void)
{
  return g_object_new (PN_TYPE_IMPORT_DIALOG, NULL);
}
