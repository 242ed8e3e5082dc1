/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-drop-frame.h"

#include <glib/gi18n.h>

#include "pn-import-item.h"

#define MAX_LOOKED_AT 20 /* files */

struct _PnDropFrame
{
  AdwBin parent_instance;
  GtkWidget *area;
  GtkLabel *title, *text;
  PnWindow *window; /* not owned: it owns us */
  GPtrArray *items; /* PnImportItem: what is over the window */
  GtkDropTarget *target;
  guint turn; /* which drag it is; results of an older one do not count */
};

G_DEFINE_FINAL_TYPE (PnDropFrame, pn_drop_frame, ADW_TYPE_BIN)

static void
show (PnDropFrame *self, const char *title, const char *text, gboolean refused)
{
  gtk_label_set_label (self->title, title);
  gtk_label_set_label (self->text, text != NULL ? text : "");
  if (refused)
    {
      gtk_widget_remove_css_class (self->area, "over");
      gtk_widget_add_css_class (self->area, "refuse");
    }
  else
    {
      gtk_widget_remove_css_class (self->area, "refuse");
      gtk_widget_add_css_class (self->area, "over");
    }
  gtk_widget_set_visible (GTK_WIDGET (self), TRUE);
}

/* Refused only where all are: of several, the good ones can be imported. */
static void
update (PnDropFrame *self)
{
  const char *why = NULL;
  const char *name = NULL;
  g_autofree char *text = NULL;

  for (guint i = 0; i < self->items->len; i++)
    {
      PnImportItem *item = self->items->pdata[i];

      if (pn_import_item_get_problem (item) == NULL)
        {
          g_autofree char *count = g_strdup_printf (
              ngettext ("%u file", "%u files", self->items->len), self->items->len);

          show (self, _ ("Drop to import"),
                self->items->len == 1 ? pn_import_item_get_title (item) : count, FALSE);
          return;
        }
      if (why == NULL)
        {
          why = pn_import_item_get_problem (item);
          name = pn_import_item_get_title (item);
        }
    }
  if (why == NULL)
    return;
  text = g_strdup_printf ("%s: %s", name, why);
  show (self, _ ("Only disc images"), text, TRUE);
}

static void
take_paths (PnDropFrame *self, GPtrArray *paths)
{
  g_ptr_array_set_size (self->items, 0);
  for (guint i = 0; i < MIN (paths->len, MAX_LOOKED_AT); i++)
    {
      PnImportItem *item = pn_import_item_new (paths->pdata[i]);

      g_ptr_array_add (self->items, item);
      g_signal_connect_object (item, "notify::problem", G_CALLBACK (update), self,
                               G_CONNECT_SWAPPED);
    }
  update (self);
}

static void
expand_worker (GTask *task, gpointer source, gpointer paths, GCancellable *cancellable)
{
  g_task_return_pointer (task, pn_import_expand_paths (paths), (GDestroyNotify) g_ptr_array_unref);
}

static void
expanded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  PnDropFrame *self = PN_DROP_FRAME (source);
  g_autoptr (GPtrArray) paths = g_task_propagate_pointer (G_TASK (result), NULL);

  if (GPOINTER_TO_UINT (user_data) == self->turn)
    take_paths (self, paths);
}

static GPtrArray *
get_files (const GValue *value)
{
  GPtrArray *files = g_ptr_array_new_with_free_func (g_object_unref);

  for (GSList *at = g_value_get_boxed (value); at != NULL; at = at->next)
    g_ptr_array_add (files, g_object_ref (at->data));
  return files;
}

/* What the page that is seen does with them; NULL = they are for the window. */
static const char *
find_words (PnDropFrame *self)
{
  PnPageClass *page = PN_PAGE_GET_CLASS (pn_window_get_visible_page (self->window));

  return page->open_files != NULL ? _ (page->drop_words) : NULL;
}

/* The names are known: they are asked for while the files are over the window. */
static void
value_cb (PnDropFrame *self)
{
  const GValue *value = gtk_drop_target_get_value (self->target);
  g_autoptr (GPtrArray) files = NULL;
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (GTask) task = NULL;

  if (value == NULL || find_words (self) != NULL)
    return;
  files = get_files (value);
  for (guint i = 0; i < files->len; i++)
    {
      g_autofree char *path = g_file_get_path (files->pdata[i]);

      if (path != NULL)
        g_strv_builder_add (builder, path);
    }
  task = g_task_new (self, NULL, expanded_cb, GUINT_TO_POINTER (self->turn));
  g_task_set_task_data (task, g_strv_builder_end (builder), (GDestroyNotify) g_strfreev);
  g_task_run_in_thread (task, expand_worker);
}

static GdkDragAction
enter_cb (PnDropFrame *self)
{
  const char *words = find_words (self);

  self->turn++;
  show (self, words != NULL ? words : _ ("Drop to import"), NULL, FALSE);
  return GDK_ACTION_COPY;
}

static void
leave_cb (PnDropFrame *self)
{
  self->turn++;
  g_ptr_array_set_size (self->items, 0);
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}

static gboolean
drop_cb (PnDropFrame *self, const GValue *value)
{
  g_autoptr (GPtrArray) files = get_files (value);

  leave_cb (self);
  pn_window_open_files (self->window, (GFile **) files->pdata, files->len);
  return TRUE;
}

void
pn_drop_frame_attach (PnDropFrame *self, PnWindow *window)
{
  self->window = window;
  self->target = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);
  gtk_drop_target_set_preload (self->target, TRUE);
  g_signal_connect_object (self->target, "enter", G_CALLBACK (enter_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->target, "leave", G_CALLBACK (leave_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->target, "notify::value", G_CALLBACK (value_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->target, "drop", G_CALLBACK (drop_cb), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (GTK_WIDGET (window), GTK_EVENT_CONTROLLER (self->target));
}

static void
pn_drop_frame_dispose (GObject *object)
{
  g_clear_pointer (&PN_DROP_FRAME (object)->items, g_ptr_array_unref);
  G_OBJECT_CLASS (pn_drop_frame_parent_class)->dispose (object);
}

static void
pn_drop_frame_class_init (PnDropFrameClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_drop_frame_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-drop-frame.ui");
  gtk_widget_class_bind_template_child (widget_class, PnDropFrame, area);
  gtk_widget_class_bind_template_child (widget_class, PnDropFrame, title);
  gtk_widget_class_bind_template_child (widget_class, PnDropFrame, text);
}

static void
pn_drop_frame_init (PnDropFrame *self)
{
  self->items = g_ptr_array_new_with_free_func (g_object_unref);
  gtk_widget_init_template (GTK_WIDGET (self));
}
