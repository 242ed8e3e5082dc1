/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-choice.h"

#define PICTURE_SIZE 80 /* pixels; symbols are drawn smaller */
#define PICTURE_SIZE_FLAT 56
#define SYMBOL_SIZE 48
#define SYMBOL_SIZE_FLAT 40

struct _PnChoice
{
  GtkToggleButton parent_instance;
  GtkBox *box;
  GtkImage *icon;
  GtkLabel *title, *text, *note;
  gboolean flat;
};

typedef enum
{
  PROP_ICON_NAME = 1,
  PROP_TITLE,
  PROP_TEXT,
  PROP_NOTE,
  PROP_FLAT,
  N_PROPS
} PnChoiceProperty;
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (PnChoice, pn_choice, GTK_TYPE_TOGGLE_BUTTON)

static void
set_picture_size (PnChoice *self)
{
  const char *name = gtk_image_get_icon_name (self->icon);

  if (name != NULL && g_str_has_suffix (name, "-symbolic"))
    gtk_image_set_pixel_size (self->icon, self->flat ? SYMBOL_SIZE_FLAT : SYMBOL_SIZE);
  else
    gtk_image_set_pixel_size (self->icon, self->flat ? PICTURE_SIZE_FLAT : PICTURE_SIZE);
}

static void
set_flat (PnChoice *self, gboolean flat)
{
  GtkLabel *labels[] = { self->title, self->text, self->note };

  self->flat = flat;
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self->box),
                                  flat ? GTK_ORIENTATION_HORIZONTAL : GTK_ORIENTATION_VERTICAL);
  set_picture_size (self);
  for (guint i = 0; i < G_N_ELEMENTS (labels); i++)
    {
      gtk_label_set_xalign (labels[i], flat ? 0 : .5f);
      gtk_label_set_justify (labels[i], flat ? GTK_JUSTIFY_LEFT : GTK_JUSTIFY_CENTER);
    }
}

static void
set_label (GtkLabel *label, const char *text)
{
  gtk_label_set_label (label, text != NULL ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (label), text != NULL && text[0] != '\0');
}

/* One name for whoever listens instead of looking. */
static void
update_name (PnChoice *self)
{
  gtk_accessible_update_property (
      GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, gtk_label_get_label (self->title),
      GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
      gtk_label_get_label (gtk_widget_get_visible (GTK_WIDGET (self->note)) ? self->note
                                                                            : self->text),
      -1);
}

static void
pn_choice_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PnChoice *self = PN_CHOICE (object);

  switch ((PnChoiceProperty) prop_id)
    {
    case PROP_ICON_NAME:
      g_value_set_string (value, gtk_image_get_icon_name (self->icon));
      break;
    case PROP_TITLE:
      g_value_set_string (value, gtk_label_get_label (self->title));
      break;
    case PROP_TEXT:
      g_value_set_string (value, gtk_label_get_label (self->text));
      break;
    case PROP_NOTE:
      g_value_set_string (value, gtk_label_get_label (self->note));
      break;
    case PROP_FLAT:
      g_value_set_boolean (value, self->flat);
      break;
    case N_PROPS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
pn_choice_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  PnChoice *self = PN_CHOICE (object);

  switch ((PnChoiceProperty) prop_id)
    {
    case PROP_ICON_NAME:
      gtk_image_set_from_icon_name (self->icon, g_value_get_string (value));
      set_picture_size (self);
      break;
    case PROP_TITLE:
      set_label (self->title, g_value_get_string (value));
      break;
    case PROP_TEXT:
      set_label (self->text, g_value_get_string (value));
      break;
    case PROP_NOTE:
      set_label (self->note, g_value_get_string (value));
      break;
    case PROP_FLAT:
      set_flat (self, g_value_get_boolean (value));
      break;
    case N_PROPS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
      return;
    }
  update_name (self);
}

static void
pn_choice_class_init (PnChoiceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = pn_choice_get_property;
  object_class->set_property = pn_choice_set_property;
  properties[PROP_ICON_NAME] = g_param_spec_string ("icon-name", NULL, NULL, NULL, flags);
  properties[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, "", flags);
  properties[PROP_TEXT] = g_param_spec_string ("text", NULL, NULL, "", flags);
  properties[PROP_NOTE] = g_param_spec_string ("note", NULL, NULL, "", flags);
  properties[PROP_FLAT] = g_param_spec_boolean ("flat", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static GtkLabel *
make_label (GtkWidget *box, const char *style)
{
  GtkWidget *label = gtk_label_new ("");

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_widget_set_visible (label, FALSE);
  gtk_widget_add_css_class (label, style);
  gtk_box_append (GTK_BOX (box), label);
  return GTK_LABEL (label);
}

static void
pn_choice_init (PnChoice *self)
{
  GtkWidget *words = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);

  self->box = GTK_BOX (gtk_box_new (GTK_ORIENTATION_VERTICAL, 12));
  self->icon = GTK_IMAGE (gtk_image_new ());
  gtk_box_append (self->box, GTK_WIDGET (self->icon));
  gtk_box_append (self->box, words);
  gtk_widget_set_valign (words, GTK_ALIGN_CENTER);
  gtk_widget_set_hexpand (words, TRUE);
  self->title = make_label (words, "choice-title");
  self->text = make_label (words, "choice-text");
  self->note = make_label (words, "choice-note");
  gtk_button_set_child (GTK_BUTTON (self), GTK_WIDGET (self->box));
  gtk_widget_add_css_class (GTK_WIDGET (self), "choice");
  set_flat (self, FALSE);
}

void
pn_choice_set_note (PnChoice *self, const char *note)
{
  g_object_set (self, "note", note, NULL);
}
