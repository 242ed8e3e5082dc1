/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-merge-dialog.h"

#include <glib/gi18n.h>

#include "pn-merge-row.h"

struct _PnMergeDialog
{
  PnDialog parent_instance;
  GtkButton *close, *take;
  AdwPreferencesGroup *files;
  AdwActionRow *sum;

  PnClient *client;
  GHashTable *rows; /* path → PnMergeRow */
  GPtrArray *order; /* the same rows */
  GtkFileChooserNative *chooser;
};

G_DEFINE_FINAL_TYPE (PnMergeDialog, pn_merge_dialog, PN_TYPE_DIALOG)

/* ---- what is shown ---- */

static guint
count (PnMergeDialog *self, PnMergeState state, guint *n_new)
{
  guint n = 0;

  for (guint i = 0; i < self->order->len; i++)
    if (pn_merge_row_get_state (self->order->pdata[i]) == state)
      {
        n++;
        *n_new += pn_merge_row_get_new (self->order->pdata[i]);
      }
  return n;
}

static PnMergeRow *
find (PnMergeDialog *self, PnMergeState state)
{
  for (guint i = 0; i < self->order->len; i++)
    if (pn_merge_row_get_state (self->order->pdata[i]) == state)
      return self->order->pdata[i];
  return NULL;
}

static gboolean
is_busy (PnMergeDialog *self)
{
  return find (self, PN_MERGE_LOOKING) != NULL || find (self, PN_MERGE_TAKING) != NULL;
}

static void
show (PnMergeDialog *self)
{
  guint n_ready = 0, n_taken = 0;
  guint ready = count (self, PN_MERGE_READY, &n_ready);
  guint taken = count (self, PN_MERGE_TAKEN, &n_taken);
  gboolean busy = is_busy (self) || find (self, PN_MERGE_WAITING) != NULL;
  g_autofree char *text =
      taken > 0
          ? g_strdup_printf (ngettext ("%u record taken over.", "%u records taken over.", n_taken),
                             n_taken)
          : g_strdup_printf (ngettext ("%u record would be taken over.",
                                       "%u records would be taken over.", n_ready),
                             n_ready);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->sum), text);
  gtk_widget_set_visible (GTK_WIDGET (self->sum), ready + taken > 0);
  gtk_widget_set_sensitive (GTK_WIDGET (self->take), !busy && ready > 0 && n_ready > 0);
  gtk_button_set_label (self->close, taken > 0 && !busy ? _ ("Close") : _ ("Cancel"));
}

/* ---- looking and taking over, one after the other ---- */

static void
look_next (PnMergeDialog *self)
{
  PnMergeRow *row = find (self, PN_MERGE_WAITING);

  if (row != NULL && !is_busy (self))
    pn_merge_row_look (row);
}

static void
take_next (PnMergeDialog *self)
{
  PnMergeRow *row = find (self, PN_MERGE_READY);

  if (row != NULL)
    pn_merge_row_take (row);
}

static void
changed_cb (PnMergeRow *row, PnMergeDialog *self)
{
  PnMergeState state = pn_merge_row_get_state (row);

  show (self);
  if (state == PN_MERGE_TAKEN)
    take_next (self);
  look_next (self);
}

static void
take_cb (PnMergeDialog *self)
{
  take_next (self);
}

/* ---- files ---- */

void
pn_merge_dialog_add (PnMergeDialog *self, const char *path)
{
  GtkWidget *row;

  if (g_hash_table_contains (self->rows, path))
    return;
  row = pn_merge_row_new (self->client, path);
  g_hash_table_insert (self->rows, g_strdup (path), row);
  g_ptr_array_add (self->order, row);
  g_signal_connect_object (row, "changed", G_CALLBACK (changed_cb), self, 0);
  adw_preferences_group_add (self->files, row);
  gtk_widget_set_visible (GTK_WIDGET (self->files), TRUE);
  look_next (self);
  show (self);
}

static void
chosen_cb (PnMergeDialog *self, int response)
{
  g_autoptr (GListModel) files = gtk_file_chooser_get_files (GTK_FILE_CHOOSER (self->chooser));
  guint n = g_list_model_get_n_items (files);

  for (guint i = 0; i < n && response == GTK_RESPONSE_ACCEPT; i++)
    {
      g_autoptr (GFile) file = g_list_model_get_item (files, i);

      if (g_file_peek_path (file) != NULL)
        pn_merge_dialog_add (self, g_file_peek_path (file));
    }
  g_clear_object (&self->chooser);
}

static void
choose_cb (PnMergeDialog *self)
{
  g_autoptr (GtkFileFilter) lines = gtk_file_filter_new ();
  g_autoptr (GtkFileFilter) all = gtk_file_filter_new ();

  g_clear_object (&self->chooser);
  self->chooser =
      gtk_file_chooser_native_new (_ ("Choose other stations’ records"), GTK_WINDOW (self),
                                   GTK_FILE_CHOOSER_ACTION_OPEN, _ ("_Choose"), _ ("_Cancel"));
  gtk_file_filter_set_name (lines, _ ("JSON lines"));
  gtk_file_filter_add_suffix (lines, "jsonl");
  gtk_file_filter_add_suffix (lines, "json");
  gtk_file_filter_set_name (all, _ ("All files"));
  gtk_file_filter_add_pattern (all, "*");
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (self->chooser), lines);
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (self->chooser), all);
  gtk_file_chooser_set_select_multiple (GTK_FILE_CHOOSER (self->chooser), TRUE);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (chosen_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static gboolean
drop_cb (PnMergeDialog *self, const GValue *value)
{
  for (GSList *at = g_value_get_boxed (value); at != NULL; at = at->next)
    if (g_file_peek_path (at->data) != NULL)
      pn_merge_dialog_add (self, g_file_peek_path (at->data));
  return TRUE;
}

/* ---- the object ---- */

static void
pn_merge_dialog_dispose (GObject *object)
{
  PnMergeDialog *self = PN_MERGE_DIALOG (object);

  g_ptr_array_set_size (self->order, 0);
  g_clear_object (&self->chooser);
  gtk_widget_dispose_template (GTK_WIDGET (self), PN_TYPE_MERGE_DIALOG);
  g_clear_object (&self->client);
  G_OBJECT_CLASS (pn_merge_dialog_parent_class)->dispose (object);
}

static void
pn_merge_dialog_finalize (GObject *object)
{
  PnMergeDialog *self = PN_MERGE_DIALOG (object);

  g_hash_table_unref (self->rows);
  g_ptr_array_unref (self->order);
  G_OBJECT_CLASS (pn_merge_dialog_parent_class)->finalize (object);
}

static void
pn_merge_dialog_class_init (PnMergeDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_merge_dialog_dispose;
  G_OBJECT_CLASS (klass)->finalize = pn_merge_dialog_finalize;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-merge-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, PnMergeDialog, close);
  gtk_widget_class_bind_template_child (widget_class, PnMergeDialog, take);
  gtk_widget_class_bind_template_child (widget_class, PnMergeDialog, files);
  gtk_widget_class_bind_template_child (widget_class, PnMergeDialog, sum);
  gtk_widget_class_bind_template_callback (widget_class, take_cb);
  gtk_widget_class_bind_template_callback (widget_class, choose_cb);
}

static void
pn_merge_dialog_init (PnMergeDialog *self)
{
  GtkDropTarget *target = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);

  self->rows = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->order = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_swapped (target, "drop", G_CALLBACK (drop_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (target));
  show (self);
}

PnDialog *
pn_merge_dialog_new (PnClient *client)
{
  PnMergeDialog *self = g_object_new (PN_TYPE_MERGE_DIALOG, NULL);

  self->client = g_object_ref (client);
  return PN_DIALOG (self);
}
