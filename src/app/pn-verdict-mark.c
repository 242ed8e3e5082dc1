/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-verdict-mark.h"

#include "pn-record-look.h"

struct _PnVerdictMark
{
  GtkWidget parent_instance;
  int size;
  char *verdict;
};

typedef enum
{
  PROP_SIZE = 1,
  N_PROPS
} PnVerdictMarkProperty;

G_DEFINE_FINAL_TYPE (PnVerdictMark, pn_verdict_mark, GTK_TYPE_WIDGET)

static void
get_color (GtkWidget *widget, const char *verdict, GdkRGBA *color)
{
  GtkStyleContext *context = gtk_widget_get_style_context (widget);
  const char *name = verdict != NULL ? pn_record_look_verdict_color (verdict) : NULL;

  if (name == NULL || !gtk_style_context_lookup_color (context, name, color))
    gtk_style_context_get_color (context, color);
}

void
pn_verdict_mark_color_word (GtkInscription *word, const char *verdict)
{
  g_autoptr (PangoAttrList) attributes = pango_attr_list_new ();
  GdkRGBA color;

  get_color (GTK_WIDGET (word), verdict, &color);
  pango_attr_list_insert (attributes,
                          pango_attr_foreground_new ((guint16) (color.red * G_MAXUINT16),
                                                     (guint16) (color.green * G_MAXUINT16),
                                                     (guint16) (color.blue * G_MAXUINT16)));
  gtk_inscription_set_attributes (word, attributes);
}

static void
pn_verdict_mark_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  PnVerdictMark *self = PN_VERDICT_MARK (widget);
  int width = gtk_widget_get_width (widget);
  int height = gtk_widget_get_height (widget);
  g_autoptr (GtkIconPaintable) icon = NULL;
  GdkRGBA color;

  if (self->verdict == NULL)
    return;
  icon = gtk_icon_theme_lookup_icon (
      gtk_icon_theme_get_for_display (gtk_widget_get_display (widget)),
      pn_record_look_verdict_icon (self->verdict), NULL, self->size,
      gtk_widget_get_scale_factor (widget), gtk_widget_get_direction (widget), 0);
  get_color (widget, self->verdict, &color);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float) (width - self->size) / 2,
                                                          (float) (height - self->size) / 2));
  gtk_symbolic_paintable_snapshot_symbolic (GTK_SYMBOLIC_PAINTABLE (icon), snapshot, self->size,
                                            self->size, &color, 1);
  gtk_snapshot_restore (snapshot);
}

static void
pn_verdict_mark_measure (GtkWidget *widget,
                         GtkOrientation orientation,
                         int for_size,
                         int *minimum,
                         int *natural,
                         int *minimum_baseline,
                         int *natural_baseline)
{
  *minimum = *natural = PN_VERDICT_MARK (widget)->size;
}

static void
pn_verdict_mark_set_property (GObject *object,
                              guint prop_id,
                              const GValue *value,
                              GParamSpec *pspec)
{
  if (prop_id == PROP_SIZE)
    PN_VERDICT_MARK (object)->size = g_value_get_int (value);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
pn_verdict_mark_finalize (GObject *object)
{
  g_free (PN_VERDICT_MARK (object)->verdict);
  G_OBJECT_CLASS (pn_verdict_mark_parent_class)->finalize (object);
}

static void
pn_verdict_mark_class_init (PnVerdictMarkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->finalize = pn_verdict_mark_finalize;
  object_class->set_property = pn_verdict_mark_set_property;
  g_object_class_install_property (
      object_class, PROP_SIZE,
      g_param_spec_int ("size", NULL, NULL, 1, 256, 16,
                        G_PARAM_WRITABLE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS));
  widget_class->snapshot = pn_verdict_mark_snapshot;
  widget_class->measure = pn_verdict_mark_measure;
  /* The word beside it says the same. */
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
pn_verdict_mark_init (PnVerdictMark *self)
{
}

GtkWidget *
pn_verdict_mark_new (int size)
{
  return g_object_new (PN_TYPE_VERDICT_MARK, "size", size, NULL);
}

void
pn_verdict_mark_set_verdict (PnVerdictMark *self, const char *verdict)
{
  if (g_strcmp0 (self->verdict, verdict) == 0)
    return;
  g_free (self->verdict);
  self->verdict = g_strdup (verdict);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
