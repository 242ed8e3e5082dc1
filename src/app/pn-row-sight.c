/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-row-sight.h"

struct _PnRowSight
{
  GObject parent_instance;
  GtkAdjustment *place;
  GListModel *model;
  PnRowSightFunc seen;
  GHashTable *waiting; /* GtkListItem, which a list keeps while they are bound */
};

G_DEFINE_FINAL_TYPE (PnRowSight, pn_row_sight, G_TYPE_OBJECT)

static gboolean
is_seen (PnRowSight *self, GtkListItem *item)
{
  guint n = self->model != NULL ? g_list_model_get_n_items (self->model) : 0;
  double height = n > 0 ? gtk_adjustment_get_upper (self->place) / n : 0;
  double top = gtk_adjustment_get_value (self->place);
  double bottom = top + gtk_adjustment_get_page_size (self->place);
  double row = gtk_list_item_get_position (item) * height;
  double margin = PN_ROW_SIGHT_MARGIN * height;

  return height > 0 && row + height > top - margin && row < bottom + margin;
}

static void
moved_cb (PnRowSight *self)
{
  GHashTableIter iter;
  gpointer item;

  g_hash_table_iter_init (&iter, self->waiting);
  while (g_hash_table_iter_next (&iter, &item, NULL))
    if (is_seen (self, item))
      {
        g_hash_table_iter_remove (&iter);
        self->seen (gtk_list_item_get_child (item));
      }
}

void
pn_row_sight_bind (PnRowSight *self, GtkListItem *item)
{
  if (is_seen (self, item))
    self->seen (gtk_list_item_get_child (item));
  else
    g_hash_table_add (self->waiting, item);
}

void
pn_row_sight_unbind (PnRowSight *self, GtkListItem *item)
{
  g_hash_table_remove (self->waiting, item);
}

void
pn_row_sight_set_model (PnRowSight *self, GListModel *model)
{
  g_set_object (&self->model, model);
}

static void
pn_row_sight_dispose (GObject *object)
{
  PnRowSight *self = PN_ROW_SIGHT (object);

  g_clear_object (&self->place);
  g_clear_object (&self->model);
  G_OBJECT_CLASS (pn_row_sight_parent_class)->dispose (object);
}

static void
pn_row_sight_finalize (GObject *object)
{
  g_hash_table_unref (PN_ROW_SIGHT (object)->waiting);
  G_OBJECT_CLASS (pn_row_sight_parent_class)->finalize (object);
}

static void
pn_row_sight_class_init (PnRowSightClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = pn_row_sight_dispose;
  object_class->finalize = pn_row_sight_finalize;
}

static void
pn_row_sight_init (PnRowSight *self)
{
  self->waiting = g_hash_table_new (NULL, NULL);
}

PnRowSight *
pn_row_sight_new (GtkScrolledWindow *scrolled, PnRowSightFunc seen)
{
  PnRowSight *self = g_object_new (PN_TYPE_ROW_SIGHT, NULL);

  self->place = g_object_ref (gtk_scrolled_window_get_vadjustment (scrolled));
  self->seen = seen;
  /* The list was there first: it has bound its rows when these come here. */
  g_signal_connect_object (self->place, "value-changed", G_CALLBACK (moved_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->place, "changed", G_CALLBACK (moved_cb), self, G_CONNECT_SWAPPED);
  return self;
}
