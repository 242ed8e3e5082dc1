/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-card-grid.h"

#include "pn-slot-card.h"

#define GAP 12

struct _PnCardGrid
{
  GtkWidget parent_instance;
  GListModel *model;
  GHashTable *cards; /* PnClientSlot → PnSlotCard, its child */
  GSignalGroup *scroll_signals;
};

enum
{
  PROP_MODEL = 1,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (PnCardGrid, pn_card_grid, GTK_TYPE_WIDGET)

/* ---- layout ---- */

/* The largest that any card asks for. */
static int
measure_cards (PnCardGrid *self, GtkOrientation orientation, int for_size)
{
  int most = 0;

  for (GtkWidget *card = gtk_widget_get_first_child (GTK_WIDGET (self)); card != NULL;
       card = gtk_widget_get_next_sibling (card))
    {
      int minimum, natural;

      gtk_widget_measure (card, orientation, for_size, &minimum, &natural, NULL, NULL);
      most = MAX (most, minimum);
    }
  return most;
}

static int
count_columns (int width, int card_width)
{
  return card_width > 0 ? MAX ((width + GAP) / (card_width + GAP), 1) : 1;
}

static int
column_width (int width, int columns)
{
  return (width - (columns - 1) * GAP) / columns;
}

static guint
count_cards (PnCardGrid *self)
{
  return self->model != NULL ? g_list_model_get_n_items (self->model) : 0;
}

static int
measure_height (GtkWidget *card, int width)
{
  int minimum;

  gtk_widget_measure (card, GTK_ORIENTATION_VERTICAL, width, &minimum, NULL, NULL, NULL);
  return minimum;
}

/* All of one height, so that nothing moves when a state changes; but in one column, where an empty
 * slot must not take half a phone, each of its own. */
static int
measure_rows (PnCardGrid *self, int columns, int width)
{
  int rows = ((int) count_cards (self) + columns - 1) / columns;
  int height = 0;

  if (columns > 1)
    return rows * measure_cards (self, GTK_ORIENTATION_VERTICAL, width);
  for (GtkWidget *card = gtk_widget_get_first_child (GTK_WIDGET (self)); card != NULL;
       card = gtk_widget_get_next_sibling (card))
    height += measure_height (card, width);
  return height;
}

static GtkSizeRequestMode
pn_card_grid_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
pn_card_grid_measure (GtkWidget *widget,
                      GtkOrientation orientation,
                      int for_size,
                      int *minimum,
                      int *natural,
                      int *minimum_baseline,
                      int *natural_baseline)
{
  PnCardGrid *self = PN_CARD_GRID (widget);
  int card_width = measure_cards (self, GTK_ORIENTATION_HORIZONTAL, -1);
  int columns, rows;

  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      *minimum = *natural = card_width;
      return;
    }
  columns = count_columns (for_size < 0 ? card_width : for_size, card_width);
  rows = ((int) count_cards (self) + columns - 1) / columns;
  *minimum = *natural =
      measure_rows (self, columns, for_size < 0 ? -1 : column_width (for_size, columns)) +
      MAX (rows - 1, 0) * GAP;
}

static void
pn_card_grid_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  PnCardGrid *self = PN_CARD_GRID (widget);
  int columns = count_columns (width, measure_cards (self, GTK_ORIENTATION_HORIZONTAL, -1));
  int card_width = column_width (width, columns);
  int common =
      columns > 1 ? measure_cards (self, GTK_ORIENTATION_VERTICAL, card_width) : 0; /* height */
  gboolean mirrored = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  int at = 0, y = 0;

  for (GtkWidget *card = gtk_widget_get_first_child (widget); card != NULL;
       card = gtk_widget_get_next_sibling (card))
    {
      int column = mirrored ? columns - 1 - at % columns : at % columns;
      int card_height = columns > 1 ? common : measure_height (card, card_width);

      gtk_widget_size_allocate (
          card, &(GtkAllocation){ column * (card_width + GAP), y, card_width, card_height }, -1);
      at++;
      if (at % columns == 0)
        y += card_height + GAP;
    }
}

/* ---- drawing ---- */

/* Within one card's height of what is seen. */
static gboolean
is_near (GtkWidget *card, GtkWidget *scroll)
{
  graphene_rect_t bounds;

  return !gtk_widget_compute_bounds (card, scroll, &bounds) ||
         (bounds.origin.y > -2 * bounds.size.height &&
          bounds.origin.y < (float) gtk_widget_get_height (scroll) + bounds.size.height);
}

/* Of 64 cards that change four times a second most are scrolled away. */
static void
pn_card_grid_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  GtkWidget *scroll = gtk_widget_get_ancestor (widget, GTK_TYPE_SCROLLED_WINDOW);

  for (GtkWidget *card = gtk_widget_get_first_child (widget); card != NULL;
       card = gtk_widget_get_next_sibling (card))
    if (scroll == NULL || is_near (card, scroll))
      gtk_widget_snapshot_child (widget, card, snapshot);
}

/* What was drawn is kept while it only moves: others may be near then. */
static void
pn_card_grid_map (GtkWidget *widget)
{
  PnCardGrid *self = PN_CARD_GRID (widget);
  GtkWidget *scroll = gtk_widget_get_ancestor (widget, GTK_TYPE_SCROLLED_WINDOW);

  g_signal_group_set_target (
      self->scroll_signals,
      scroll != NULL ? gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scroll)) : NULL);
  GTK_WIDGET_CLASS (pn_card_grid_parent_class)->map (widget);
}

/* ---- cards ---- */

static gboolean
is_gone (gpointer slot, gpointer card, gpointer user_data)
{
  GHashTable *present = user_data;

  if (g_hash_table_contains (present, slot))
    return FALSE;
  gtk_widget_unparent (card);
  return TRUE;
}

static void
items_changed_cb (PnCardGrid *self)
{
  g_autoptr (GHashTable) present = g_hash_table_new (NULL, NULL);
  guint n = count_cards (self);
  GtkWidget *before = NULL;

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (PnClientSlot) slot = g_list_model_get_item (self->model, i);
      GtkWidget *card = g_hash_table_lookup (self->cards, slot);

      if (card == NULL)
        {
          card = GTK_WIDGET (pn_slot_card_new (slot));
          g_hash_table_insert (self->cards, g_object_ref (slot), card);
        }
      gtk_widget_insert_after (card, GTK_WIDGET (self), before);
      g_hash_table_add (present, slot);
      before = card;
    }
  g_hash_table_foreach_remove (self->cards, is_gone, present);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

gboolean
pn_card_grid_focus_slot (PnCardGrid *self, PnClientSlot *slot)
{
  GtkWidget *card = g_hash_table_lookup (self->cards, slot);

  return card != NULL && gtk_widget_grab_focus (card);
}

void
pn_card_grid_set_model (PnCardGrid *self, GListModel *model)
{
  if (self->model == model)
    return;
  if (self->model != NULL)
    g_signal_handlers_disconnect_by_data (self->model, self);
  g_set_object (&self->model, model);
  if (model != NULL)
    g_signal_connect_swapped (model, "items-changed", G_CALLBACK (items_changed_cb), self);
  items_changed_cb (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_MODEL]);
}

/* ---- the object ---- */

static void
pn_card_grid_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  if (prop_id == PROP_MODEL)
    g_value_set_object (value, PN_CARD_GRID (object)->model);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
pn_card_grid_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  if (prop_id == PROP_MODEL)
    pn_card_grid_set_model (PN_CARD_GRID (object), g_value_get_object (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
pn_card_grid_dispose (GObject *object)
{
  pn_card_grid_set_model (PN_CARD_GRID (object), NULL);
  g_clear_object (&PN_CARD_GRID (object)->scroll_signals);
  G_OBJECT_CLASS (pn_card_grid_parent_class)->dispose (object);
}

static void
pn_card_grid_finalize (GObject *object)
{
  g_hash_table_unref (PN_CARD_GRID (object)->cards);
  G_OBJECT_CLASS (pn_card_grid_parent_class)->finalize (object);
}

static void
pn_card_grid_class_init (PnCardGridClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = pn_card_grid_dispose;
  object_class->finalize = pn_card_grid_finalize;
  object_class->get_property = pn_card_grid_get_property;
  object_class->set_property = pn_card_grid_set_property;
  widget_class->get_request_mode = pn_card_grid_get_request_mode;
  widget_class->measure = pn_card_grid_measure;
  widget_class->size_allocate = pn_card_grid_size_allocate;
  widget_class->snapshot = pn_card_grid_snapshot;
  widget_class->map = pn_card_grid_map;
  properties[PROP_MODEL] =
      g_param_spec_object ("model", NULL, NULL, G_TYPE_LIST_MODEL,
                           G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_css_name (widget_class, "cardgrid");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_LIST);
}

static void
pn_card_grid_init (PnCardGrid *self)
{
  self->cards = g_hash_table_new_full (NULL, NULL, g_object_unref, NULL);
  self->scroll_signals = g_signal_group_new (GTK_TYPE_ADJUSTMENT);
  g_signal_group_connect_swapped (self->scroll_signals, "value-changed",
                                  G_CALLBACK (gtk_widget_queue_draw), self);
  g_signal_group_connect_swapped (self->scroll_signals, "changed",
                                  G_CALLBACK (gtk_widget_queue_draw), self);
}
