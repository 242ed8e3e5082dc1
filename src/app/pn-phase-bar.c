/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-phase-bar.h"

#include <glib/gi18n.h>

#include "pn-card-look.h"
#include "pn-client-run.h"
#include "pn-format.h"

#define GAP 4
#define PIECE 12      /* width of a piece that does not go, in heights of 10 */
#define UNKNOWN 0.333 /* what is drawn of a phase whose progress nobody knows */

typedef enum
{
  PIECE_DONE,
  PIECE_SKIPPED, /* does not apply to this device */
  PIECE_NOW,
  PIECE_TO_COME,
} PieceKind;

struct _PnPhaseBar
{
  GtkWidget parent_instance;
  PnClientRun *run;
  gboolean still;

  /* What is drawn. */
  PieceKind kinds[PN_N_PHASES];
  double fraction; /* -1 = not known */
  gboolean passed;
};

typedef enum
{
  PROP_RUN = 1,
  PROP_STILL,
  N_PROPS
} PnPhaseBarProperty;
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (PnPhaseBar, pn_phase_bar, GTK_TYPE_WIDGET)

/* ---- what there is to draw ---- */

static guint
phases_that_began (PnClientRun *run)
{
  GVariantIter iter;
  const char *word;
  guint bits = 0;

  g_variant_iter_init (&iter, pn_client_run_get_phases (run));
  while (g_variant_iter_next (&iter, "(&sxx)", &word, NULL, NULL))
    {
      PnPhase phase;

      if (pn_phase_from_word (word, &phase))
        bits |= 1u << phase;
    }
  return bits;
}

static void
tell_assistants (PnPhaseBar *self)
{
  g_autofree char *phase = self->run != NULL ? pn_card_phase_text (self->run) : g_strdup ("");
  double fraction = self->passed ? 1 : self->fraction;

  if (fraction < 0)
    {
      gtk_accessible_reset_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_VALUE_NOW);
      gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT,
                                      phase, -1);
    }
  else
    {
      g_autofree char *percent = pn_format_percent (fraction);
      g_autofree char *text = g_strdup_printf ("%s, %s", phase, percent);

      gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_VALUE_NOW,
                                      fraction, GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, text, -1);
    }
}

static void
update (PnPhaseBar *self)
{
  guint began = self->run != NULL ? phases_that_began (self->run) : 0;
  PnPhase now = self->run != NULL ? pn_client_run_get_phase (self->run) : PN_PHASE_CONNECT;

  self->passed = self->run != NULL && pn_client_run_get_verdict (self->run) == PN_VERDICT_PASSED;
  self->fraction = self->run != NULL ? pn_client_run_get_fraction (self->run) : 0;
  for (guint i = 0; i < PN_N_PHASES; i++)
    {
      gboolean over = self->passed || i < now;

      /* Of a helper that does not tell when they began, none was left out. */
      if (over && began != 0 && (began & (1u << i)) == 0)
        self->kinds[i] = PIECE_SKIPPED;
      else
        self->kinds[i] = over ? PIECE_DONE : i == now ? PIECE_NOW : PIECE_TO_COME;
    }
  tell_assistants (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
set_run (PnPhaseBar *self, PnClientRun *run)
{
  if (self->run == run)
    return;
  if (self->run != NULL)
    g_signal_handlers_disconnect_by_data (self->run, self);
  g_set_object (&self->run, run);
  if (run != NULL)
    g_signal_connect_swapped (run, "changed", G_CALLBACK (update), self);
  update (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RUN]);
}

/* ---- drawing ---- */

static GdkRGBA
fade (GdkRGBA color, float alpha)
{
  color.alpha *= alpha;
  return color;
}

static void
fill (GtkSnapshot *snapshot, const graphene_rect_t *area, const GdkRGBA *color)
{
  GskRoundedRect round;

  gsk_rounded_rect_init_from_rect (&round, area, area->size.height / 2);
  gtk_snapshot_push_rounded_clip (snapshot, &round);
  gtk_snapshot_append_color (snapshot, color, area);
  gtk_snapshot_pop (snapshot);
}

static void
hatch (GtkSnapshot *snapshot, const graphene_rect_t *area, const GdkRGBA *color)
{
  const GdkRGBA clear = fade (*color, 0);
  const GskColorStop stops[] = { { 0, *color }, { .45f, *color }, { .45f, clear }, { 1, clear } };
  graphene_point_t start = area->origin;
  graphene_point_t end = GRAPHENE_POINT_INIT (start.x + 4, start.y + 4);
  GskRoundedRect round;

  gsk_rounded_rect_init_from_rect (&round, area, area->size.height / 2);
  gtk_snapshot_push_rounded_clip (snapshot, &round);
  gtk_snapshot_append_repeating_linear_gradient (snapshot, area, &start, &end, stops,
                                                 G_N_ELEMENTS (stops));
  gtk_snapshot_pop (snapshot);
}

static void
draw_now (PnPhaseBar *self, GtkSnapshot *snapshot, graphene_rect_t area, const GdkRGBA *color)
{
  const GdkRGBA pale = fade (*color, .25f);
  double fraction = self->fraction < 0 ? UNKNOWN : self->fraction;
  float width = MAX ((float) fraction * area.size.width, area.size.height);
  gboolean mirrored = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
  graphene_rect_t part = area;

  fill (snapshot, &area, &pale);
  if (self->fraction == 0)
    return;
  if (mirrored)
    part.origin.x += area.size.width - width;
  part.size.width = width;
  if (self->still || self->fraction < 0)
    hatch (snapshot, &part, color);
  else
    fill (snapshot, &part, color);
}

static void
draw_piece (PnPhaseBar *self,
            GtkSnapshot *snapshot,
            guint piece,
            const graphene_rect_t *area,
            const GdkRGBA *color,
            const GdkRGBA *others)
{
  const GdkRGBA done = self->passed ? *color : fade (*others, .55f);
  const GdkRGBA to_come = fade (*others, .15f);
  const GdkRGBA skipped = fade (*others, .45f);

  switch (self->kinds[piece])
    {
    case PIECE_DONE:
      fill (snapshot, area, &done);
      break;
    case PIECE_SKIPPED:
      hatch (snapshot, area, &skipped);
      break;
    case PIECE_NOW:
      draw_now (self, snapshot, *area, color);
      break;
    case PIECE_TO_COME:
    default:
      fill (snapshot, area, &to_come);
      break;
    }
}

static void
pn_phase_bar_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  PnPhaseBar *self = PN_PHASE_BAR (widget);
  GtkWidget *parent = gtk_widget_get_parent (widget);
  float width = (float) gtk_widget_get_width (widget);
  float height = (float) gtk_widget_get_height (widget);
  float small = PIECE * height / 10;
  float room = width - (PN_N_PHASES - 1) * GAP;
  float large = self->passed ? room / PN_N_PHASES : room - (PN_N_PHASES - 1) * small;
  gboolean mirrored = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  GdkRGBA color, others;
  float x = 0;

  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &color);
  gtk_style_context_get_color (gtk_widget_get_style_context (parent), &others);
  for (guint i = 0; i < PN_N_PHASES; i++)
    {
      float piece = self->passed || self->kinds[i] == PIECE_NOW ? large : small;
      graphene_rect_t area =
          GRAPHENE_RECT_INIT (mirrored ? width - x - piece : x, 0, piece, height);

      draw_piece (self, snapshot, i, &area, &color, &others);
      x += piece + GAP;
    }
}

static void
pn_phase_bar_measure (GtkWidget *widget,
                      GtkOrientation orientation,
                      int for_size,
                      int *minimum,
                      int *natural,
                      int *minimum_baseline,
                      int *natural_baseline)
{
  /* CSS says how high it is. */
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? PN_N_PHASES * (PIECE + GAP) : 0;
}

/* ---- the object ---- */

static void
pn_phase_bar_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PnPhaseBar *self = PN_PHASE_BAR (object);

  switch ((PnPhaseBarProperty) prop_id)
    {
    case PROP_RUN:
      g_value_set_object (value, self->run);
      break;
    case PROP_STILL:
      g_value_set_boolean (value, self->still);
      break;
    case N_PROPS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
pn_phase_bar_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  PnPhaseBar *self = PN_PHASE_BAR (object);

  switch ((PnPhaseBarProperty) prop_id)
    {
    case PROP_RUN:
      set_run (self, g_value_get_object (value));
      break;
    case PROP_STILL:
      if (self->still == g_value_get_boolean (value))
        break;
      self->still = !self->still;
      gtk_widget_queue_draw (GTK_WIDGET (self));
      g_object_notify_by_pspec (object, pspec);
      break;
    case N_PROPS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
pn_phase_bar_dispose (GObject *object)
{
  PnPhaseBar *self = PN_PHASE_BAR (object);

  if (self->run != NULL)
    g_signal_handlers_disconnect_by_data (self->run, self);
  g_clear_object (&self->run);
  G_OBJECT_CLASS (pn_phase_bar_parent_class)->dispose (object);
}

static void
pn_phase_bar_class_init (PnPhaseBarClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->dispose = pn_phase_bar_dispose;
  object_class->get_property = pn_phase_bar_get_property;
  object_class->set_property = pn_phase_bar_set_property;
  widget_class->measure = pn_phase_bar_measure;
  widget_class->snapshot = pn_phase_bar_snapshot;
  properties[PROP_RUN] = g_param_spec_object ("run", NULL, NULL, PN_TYPE_CLIENT_RUN, flags);
  properties[PROP_STILL] = g_param_spec_boolean ("still", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_css_name (widget_class, "phasebar");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PROGRESS_BAR);
}

static void
pn_phase_bar_init (PnPhaseBar *self)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Progress"), GTK_ACCESSIBLE_PROPERTY_VALUE_MIN, 0.0,
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_MAX, 1.0, -1);
  update (self);
}
