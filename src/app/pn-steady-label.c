/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-steady-label.h"

struct _PnSteadyLabel
{
  GtkWidget parent_instance;
  char *label, *brief;
  char *sample;
  float xalign;
  int fitted;          /* the width that the layout was made for */
  PangoLayout *layout; /* of what was drawn last; NULL = to be made */
};

typedef enum
{
  PROP_LABEL = 1,
  PROP_BRIEF,
  PROP_SAMPLE,
  PROP_XALIGN,
  N_PROPS
} PnSteadyLabelProperty;
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (PnSteadyLabel, pn_steady_label, GTK_TYPE_WIDGET)

static PangoLayout *
make_layout (PnSteadyLabel *self, const char *text)
{
  PangoLayout *layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), text);
  g_autoptr (PangoAttrList) attributes = pango_attr_list_new ();

  pango_attr_list_insert (attributes, pango_attr_font_features_new ("tnum=1"));
  pango_layout_set_attributes (layout, attributes);
  pango_layout_set_single_paragraph_mode (layout, TRUE);
  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
  return layout;
}

static void
pn_steady_label_measure (GtkWidget *widget,
                         GtkOrientation orientation,
                         int for_size,
                         int *minimum,
                         int *natural,
                         int *minimum_baseline,
                         int *natural_baseline)
{
  PnSteadyLabel *self = PN_STEADY_LABEL (widget);
  g_autoptr (PangoLayout) layout =
      make_layout (self, self->sample != NULL ? self->sample : self->label);
  int width, height;

  pango_layout_get_pixel_size (layout, &width, &height);
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      *minimum = self->sample != NULL ? width : 0;
      *natural = width;
      return;
    }
  *minimum = *natural = height;
  *minimum_baseline = *natural_baseline = pango_layout_get_baseline (layout) / PANGO_SCALE;
}

/* The label's layout, or the brief one's, in at most @width pixels. */
static void
fit (PnSteadyLabel *self, int width)
{
  int text_width;

  g_clear_object (&self->layout);
  self->layout = make_layout (self, self->label);
  pango_layout_get_pixel_size (self->layout, &text_width, NULL);
  if (text_width <= width)
    return;
  if (self->brief != NULL)
    {
      g_clear_object (&self->layout);
      self->layout = make_layout (self, self->brief);
      pango_layout_get_pixel_size (self->layout, &text_width, NULL);
    }
  if (text_width > width)
    pango_layout_set_width (self->layout, width * PANGO_SCALE);
}

static void
pn_steady_label_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  PnSteadyLabel *self = PN_STEADY_LABEL (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  float align = self->xalign;
  int text_width, text_height;
  GdkRGBA color;

  if (self->label == NULL || self->label[0] == '\0')
    return;
  if (self->layout == NULL || self->fitted != width)
    fit (self, width);
  self->fitted = width;
  if (gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL)
    align = 1 - align;
  pango_layout_get_pixel_size (self->layout, &text_width, &text_height);
  text_width = MIN (text_width, width);
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &color);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (
      snapshot, &GRAPHENE_POINT_INIT ((float) (int) ((float) (width - text_width) * align),
                                      (float) ((height - text_height) / 2)));
  gtk_snapshot_append_layout (snapshot, self->layout, &color);
  gtk_snapshot_restore (snapshot);
}

static void
pn_steady_label_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (pn_steady_label_parent_class)->css_changed (widget, change);
  g_clear_object (&PN_STEADY_LABEL (widget)->layout);
}

static void
pn_steady_label_set_label (PnSteadyLabel *self, const char *label)
{
  if (g_strcmp0 (self->label, label) == 0)
    return;
  g_free (self->label);
  self->label = g_strdup (label);
  g_clear_object (&self->layout);
  if (self->sample == NULL)
    gtk_widget_queue_resize (GTK_WIDGET (self));
  else
    gtk_widget_queue_draw (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LABEL]);
}

static void
pn_steady_label_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PnSteadyLabel *self = PN_STEADY_LABEL (object);

  switch ((PnSteadyLabelProperty) prop_id)
    {
    case PROP_LABEL:
      g_value_set_string (value, self->label);
      break;
    case PROP_BRIEF:
      g_value_set_string (value, self->brief);
      break;
    case PROP_SAMPLE:
      g_value_set_string (value, self->sample);
      break;
    case PROP_XALIGN:
      g_value_set_float (value, self->xalign);
      break;
    case N_PROPS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
pn_steady_label_set_property (GObject *object,
                              guint prop_id,
                              const GValue *value,
                              GParamSpec *pspec)
{
  PnSteadyLabel *self = PN_STEADY_LABEL (object);

  switch ((PnSteadyLabelProperty) prop_id)
    {
    case PROP_LABEL:
      pn_steady_label_set_label (self, g_value_get_string (value));
      break;
    case PROP_BRIEF:
      g_free (self->brief);
      self->brief = g_value_dup_string (value);
      g_clear_object (&self->layout);
      gtk_widget_queue_draw (GTK_WIDGET (self));
      break;
    case PROP_SAMPLE:
      g_free (self->sample);
      self->sample = g_value_dup_string (value);
      gtk_widget_queue_resize (GTK_WIDGET (self));
      break;
    case PROP_XALIGN:
      self->xalign = g_value_get_float (value);
      gtk_widget_queue_draw (GTK_WIDGET (self));
      break;
    case N_PROPS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
pn_steady_label_finalize (GObject *object)
{
  PnSteadyLabel *self = PN_STEADY_LABEL (object);

  g_clear_object (&self->layout);
  g_free (self->label);
  g_free (self->brief);
  g_free (self->sample);
  G_OBJECT_CLASS (pn_steady_label_parent_class)->finalize (object);
}

static void
pn_steady_label_class_init (PnSteadyLabelClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = pn_steady_label_get_property;
  object_class->set_property = pn_steady_label_set_property;
  object_class->finalize = pn_steady_label_finalize;
  widget_class->measure = pn_steady_label_measure;
  widget_class->snapshot = pn_steady_label_snapshot;
  widget_class->css_changed = pn_steady_label_css_changed;
  properties[PROP_LABEL] =
      g_param_spec_string ("label", NULL, NULL, NULL, flags | G_PARAM_EXPLICIT_NOTIFY);
  properties[PROP_BRIEF] = g_param_spec_string ("brief", NULL, NULL, NULL, flags);
  properties[PROP_SAMPLE] = g_param_spec_string ("sample", NULL, NULL, NULL, flags);
  properties[PROP_XALIGN] = g_param_spec_float ("xalign", NULL, NULL, 0, 1, 0, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_css_name (widget_class, "label");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
pn_steady_label_init (PnSteadyLabel *self)
{
}
