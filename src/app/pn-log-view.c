/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-log-view.h"

#include <glib/gi18n.h>
#include <string.h>

#include "pn-error.h"
#include "pn-window.h"

struct _PnLogView
{
  AdwBin parent_instance;
  GtkListView *list;
  GtkToggleButton *follow;
  GtkWidget *save;
  GtkFilter *filter;
  GtkFilterListModel *lines;
  PnClientRun *run;
  GListModel *log; /* of the run, once it was opened; or any other */
  char *name;      /* what the log is of */
  char *wanted;    /* folded; NULL = every line */
  guint scrolling; /* an idle source */
};

G_DEFINE_FINAL_TYPE (PnLogView, pn_log_view, ADW_TYPE_BIN)

/* Not bound by the template: AdwBin owns its child. */
static GtkExpander *
get_expander (PnLogView *self)
{
  return GTK_EXPANDER (adw_bin_get_child (ADW_BIN (self)));
}

static char *
format_clock (gint64 time)
{
  g_autoptr (GDateTime) when = g_date_time_new_from_unix_local (time / G_USEC_PER_SEC);

  return when != NULL ? g_date_time_format (when, "%H:%M:%S") : g_strdup ("");
}

static char *
make_clock (GtkListItem *item, PnLogLine *line)
{
  return line != NULL ? format_clock (pn_log_line_get_time (line)) : NULL;
}

static char *
make_sentence (GtkListItem *item, PnLogLine *line)
{
  return line != NULL ? g_strdup (pn_log_line_get_sentence (line)) : NULL;
}

char *
pn_log_to_text (GListModel *log)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (log); i++)
    {
      g_autoptr (PnLogLine) line = g_list_model_get_item (log, i);
      g_autofree char *clock = format_clock (pn_log_line_get_time (line));

      g_string_append_printf (text, "%s %s\n", clock, pn_log_line_get_sentence (line));
    }
  return g_string_free (text, FALSE);
}

/* ---- filter and follow ---- */

static gboolean
is_wanted (gpointer line, gpointer user_data)
{
  PnLogView *self = user_data;
  g_autofree char *folded = NULL;

  if (self->wanted == NULL)
    return TRUE;
  folded = g_utf8_casefold (pn_log_line_get_sentence (line), -1);
  return g_strstr_len (folded, -1, self->wanted) != NULL;
}

static void
search_changed_cb (PnLogView *self, GtkSearchEntry *entry)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (entry));

  g_clear_pointer (&self->wanted, g_free);
  if (text[0] != '\0')
    self->wanted = g_utf8_casefold (text, -1);
  gtk_filter_changed (self->filter, GTK_FILTER_CHANGE_DIFFERENT);
}

/* The line that has the keyboard, or NULL. */
static GtkWidget *
get_line (PnLogView *self)
{
  GtkWidget *list = GTK_WIDGET (self->list);

  return gtk_widget_get_state_flags (list) & GTK_STATE_FLAG_FOCUS_WITHIN
             ? gtk_widget_get_focus_child (list)
             : NULL;
}

static gboolean
scroll_cb (gpointer user_data)
{
  PnLogView *self = user_data;
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->lines));

  self->scrolling = 0;
  /* A line that has the keyboard is being read. */
  if (n > 0 && get_line (self) == NULL)
    gtk_widget_activate_action (GTK_WIDGET (self->list), "list.scroll-to-item", "u", n - 1);
  return G_SOURCE_REMOVE;
}

static void
follow_cb (PnLogView *self)
{
  if (gtk_toggle_button_get_active (self->follow) && self->scrolling == 0)
    self->scrolling = g_idle_add (scroll_cb, self);
}

/* ---- the keyboard ---- */

static gboolean
is_in_sight (GtkWidget *row, GtkWidget *list)
{
  graphene_rect_t bounds;

  return gtk_widget_get_child_visible (row) && gtk_widget_compute_bounds (row, list, &bounds) &&
         bounds.origin.y >= 0 &&
         bounds.origin.y + bounds.size.height <= (float) gtk_widget_get_height (list);
}

/* The line that had the keyboard last, where it is in sight, else the last one that is. */
static gboolean
focus_line (PnLogView *self)
{
  GtkWidget *list = GTK_WIDGET (self->list);
  GtkWidget *row = gtk_widget_get_focus_child (list);

  if (!gtk_widget_get_mapped (list))
    return FALSE;
  if (row == NULL || !is_in_sight (row, list))
    row = gtk_widget_get_last_child (list);
  while (row != NULL && !is_in_sight (row, list))
    row = gtk_widget_get_prev_sibling (row);
  return row != NULL && gtk_widget_grab_focus (row);
}

/* The lines are one stop: arrows go from line to line, Tab goes on. GTK 4.8 by itself stops at
 * each, and begins with one that may be out of sight. */
static gboolean
pn_log_view_focus (GtkWidget *widget, GtkDirectionType direction)
{
  PnLogView *self = PN_LOG_VIEW (widget);
  gboolean within = (gtk_widget_get_state_flags (widget) & GTK_STATE_FLAG_FOCUS_WITHIN) != 0;
  gboolean forward = direction == GTK_DIR_TAB_FORWARD;
  gboolean backward = direction == GTK_DIR_TAB_BACKWARD;

  if (get_line (self) != NULL && (forward || backward))
    return backward && gtk_widget_grab_focus (self->save);
  if ((forward && gtk_widget_has_focus (self->save)) || (backward && !within))
    if (focus_line (self))
      return TRUE;
  return GTK_WIDGET_CLASS (pn_log_view_parent_class)->focus (widget, direction);
}

static void
expanded_cb (PnLogView *self)
{
  if (!gtk_expander_get_expanded (get_expander (self)) || self->run == NULL || self->log != NULL)
    return;
  g_set_object (&self->log, pn_client_run_get_log (self->run));
  gtk_filter_list_model_set_model (self->lines, self->log);
  follow_cb (self);
}

/* ---- copy and save ---- */

static void
copy_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  PnLogView *self = PN_LOG_VIEW (widget);
  g_autofree char *text = pn_log_to_text (G_LIST_MODEL (self->lines));

  gdk_clipboard_set_text (gtk_widget_get_clipboard (widget), text);
  pn_window_toast (pn_window_of (widget), _ ("The log is copied."));
}

/* What is selected of the line that has the keyboard, or all of it. */
static void
copy_line_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  GtkWidget *row = get_line (PN_LOG_VIEW (widget));
  GtkWidget *label =
      row != NULL ? gtk_widget_get_last_child (gtk_widget_get_first_child (row)) : NULL;
  int start, end;

  if (label == NULL)
    return;
  if (!gtk_label_get_selection_bounds (GTK_LABEL (label), &start, &end))
    gtk_label_select_region (GTK_LABEL (label), 0, -1);
  gtk_widget_activate_action (label, "clipboard.copy", NULL);
}

static void
written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PnLogView) self = user_data;
  PnWindow *window = pn_window_of (GTK_WIDGET (self));
  g_autoptr (GError) error = NULL;
  gboolean done = g_file_replace_contents_finish (G_FILE (source), result, NULL, &error);

  if (window != NULL)
    pn_window_toast (window, done ? _ ("The log is saved.") : pn_error_text (error));
}

static void
save_response_cb (GtkNativeDialog *dialog, int response, PnLogView *self)
{
  g_autoptr (GFile) file = response == GTK_RESPONSE_ACCEPT
                               ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog))
                               : NULL;

  if (file != NULL && self->log != NULL)
    {
      char *text = pn_log_to_text (self->log);
      g_autoptr (GBytes) bytes = g_bytes_new_take (text, strlen (text));

      g_file_replace_contents_bytes_async (file, bytes, NULL, FALSE, G_FILE_CREATE_NONE, NULL,
                                           written_cb, g_object_ref (self));
    }
  g_object_unref (dialog);
}

static void
save_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  PnLogView *self = PN_LOG_VIEW (widget);
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new (
      _ ("Save log"), GTK_WINDOW (pn_window_of (widget)), GTK_FILE_CHOOSER_ACTION_SAVE, NULL, NULL);
  g_autofree char *name = g_strdup_printf (
      "punnet-%s.log", self->run != NULL ? pn_client_run_get_serial (self->run) : self->name);

  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), name);
  g_signal_connect_object (dialog, "response", G_CALLBACK (save_response_cb), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

/* ---- the object ---- */

void
pn_log_view_set_run (PnLogView *self, PnClientRun *run)
{
  gtk_widget_set_visible (GTK_WIDGET (self), run != NULL);
  if (!g_set_object (&self->run, run))
    return;
  gtk_filter_list_model_set_model (self->lines, NULL);
  g_clear_object (&self->log);
  expanded_cb (self);
}

void
pn_log_view_set_log (PnLogView *self, GListModel *log, const char *name)
{
  g_free (self->name);
  self->name = g_strdup (name);
  g_clear_object (&self->run);
  g_set_object (&self->log, log);
  gtk_filter_list_model_set_model (self->lines, log);
  follow_cb (self);
}

void
pn_log_view_set_open (PnLogView *self, gboolean open)
{
  gtk_expander_set_expanded (get_expander (self), open);
}

static void
pn_log_view_dispose (GObject *object)
{
  PnLogView *self = PN_LOG_VIEW (object);

  g_clear_handle_id (&self->scrolling, g_source_remove);
  gtk_widget_dispose_template (GTK_WIDGET (self), PN_TYPE_LOG_VIEW);
  g_clear_object (&self->lines);
  g_clear_object (&self->filter);
  g_clear_object (&self->log);
  g_clear_object (&self->run);
  g_clear_pointer (&self->wanted, g_free);
  g_clear_pointer (&self->name, g_free);
  G_OBJECT_CLASS (pn_log_view_parent_class)->dispose (object);
}

static void
pn_log_view_class_init (PnLogViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_log_view_dispose;
  widget_class->focus = pn_log_view_focus;
  g_type_ensure (PN_TYPE_LOG_LINE);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-log-view.ui");
  gtk_widget_class_bind_template_child (widget_class, PnLogView, list);
  gtk_widget_class_bind_template_child (widget_class, PnLogView, follow);
  gtk_widget_class_bind_template_child (widget_class, PnLogView, save);
  gtk_widget_class_bind_template_callback (widget_class, make_clock);
  gtk_widget_class_bind_template_callback (widget_class, make_sentence);
  gtk_widget_class_bind_template_callback (widget_class, search_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, expanded_cb);
  gtk_widget_class_bind_template_callback (widget_class, follow_cb);
  gtk_widget_class_install_action (widget_class, "log.copy", NULL, copy_action);
  gtk_widget_class_install_action (widget_class, "log.copy-line", NULL, copy_line_action);
  gtk_widget_class_install_action (widget_class, "log.save", NULL, save_action);
}

static void
pn_log_view_init (PnLogView *self)
{
  g_autoptr (GtkNoSelection) selection = NULL;

  self->filter = GTK_FILTER (gtk_custom_filter_new (is_wanted, self, NULL));
  self->lines = gtk_filter_list_model_new (NULL, g_object_ref (self->filter));
  gtk_widget_init_template (GTK_WIDGET (self));
  selection = gtk_no_selection_new (g_object_ref (G_LIST_MODEL (self->lines)));
  gtk_list_view_set_model (self->list, GTK_SELECTION_MODEL (selection));
  g_signal_connect_object (self->lines, "items-changed", G_CALLBACK (follow_cb), self,
                           G_CONNECT_SWAPPED);
}
