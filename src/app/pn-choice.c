/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-choice.h"

#define PICTURE_SIZE 64 /* pixels; symbols are drawn smaller */
#define PICTURE_SIZE_FLAT 56
#define SYMBOL_SIZE 48
#define SYMBOL_SIZE_FLAT 40
#define MIN_CHARS 12
#define USUAL_CHARS 15

struct _PnChoice
{
  GtkToggleButton parent_instance;
  GtkBox *box;
  GtkImage *icon;
  GtkLabel *title, *text, *note;
  GtkWidget *note_line, *padlock;
  char *said, *why_not; /* what the note says, and instead of it */
  gboolean permanent, flat;
};

typedef enum
{
  PROP_ICON_NAME = 1,
  PROP_TITLE,
  PROP_TEXT,
  PROP_NOTE,
  PROP_PERMANENT,
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
  if (flat)
    gtk_widget_add_css_class (GTK_WIDGET (self), "beside");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "beside");
  gtk_widget_set_valign (GTK_WIDGET (self->box), flat ? GTK_ALIGN_START : GTK_ALIGN_FILL);
  gtk_widget_set_halign (self->note_line, flat ? GTK_ALIGN_FILL : GTK_ALIGN_CENTER);
  for (guint i = 0; i < G_N_ELEMENTS (labels); i++)
    {
      gtk_label_set_xalign (labels[i], flat ? 0 : .5f);
      gtk_label_set_justify (labels[i], flat ? GTK_JUSTIFY_LEFT : GTK_JUSTIFY_CENTER);
      /* What stands beside others in a flow box must not ask for a whole line. */
      gtk_label_set_width_chars (labels[i], flat ? MIN_CHARS : -1);
      gtk_label_set_max_width_chars (labels[i], flat ? USUAL_CHARS : -1);
    }
}

static void
set_label (GtkLabel *label, const char *text)
{
  gtk_label_set_label (label, text != NULL ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (label), text != NULL && text[0] != '\0');
}

/* The note, and one name for whoever listens instead of looking. */
static void
update (PnChoice *self)
{
  const char *note = self->why_not != NULL ? self->why_not : self->said;
  gboolean padlock = self->why_not == NULL && self->permanent;

  set_label (self->note, note);
  /* Whoever cannot choose it wants to know why, and needs no more of it. */
  gtk_widget_set_visible (GTK_WIDGET (self->text),
                          self->why_not == NULL && *gtk_label_get_label (self->text) != '\0');
  gtk_widget_set_visible (self->note_line, gtk_widget_get_visible (GTK_WIDGET (self->note)));
  gtk_widget_set_visible (self->padlock, padlock);
  if (padlock)
    gtk_widget_add_css_class (self->note_line, "permanent");
  else
    gtk_widget_remove_css_class (self->note_line, "permanent");
  gtk_accessible_update_property (
      GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, gtk_label_get_label (self->title),
      GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
      note != NULL && note[0] != '\0' ? note : gtk_label_get_label (self->text), -1);
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
      g_value_set_string (value, self->said);
      break;
    case PROP_PERMANENT:
      g_value_set_boolean (value, self->permanent);
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
      gtk_widget_set_visible (GTK_WIDGET (self->icon), g_value_get_string (value) != NULL);
      set_picture_size (self);
      break;
    case PROP_TITLE:
      set_label (self->title, g_value_get_string (value));
      break;
    case PROP_TEXT:
      set_label (self->text, g_value_get_string (value));
      break;
    case PROP_NOTE:
      g_free (self->said);
      self->said = g_value_dup_string (value);
      break;
    case PROP_PERMANENT:
      self->permanent = g_value_get_boolean (value);
      break;
    case PROP_FLAT:
      set_flat (self, g_value_get_boolean (value));
      break;
    case N_PROPS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
      return;
    }
  update (self);
}

static void
pn_choice_finalize (GObject *object)
{
  g_free (PN_CHOICE (object)->said);
  g_free (PN_CHOICE (object)->why_not);
  G_OBJECT_CLASS (pn_choice_parent_class)->finalize (object);
}

static void
pn_choice_class_init (PnChoiceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  object_class->finalize = pn_choice_finalize;
  object_class->get_property = pn_choice_get_property;
  object_class->set_property = pn_choice_set_property;
  properties[PROP_ICON_NAME] = g_param_spec_string ("icon-name", NULL, NULL, NULL, flags);
  properties[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, "", flags);
  properties[PROP_TEXT] = g_param_spec_string ("text", NULL, NULL, "", flags);
  properties[PROP_NOTE] = g_param_spec_string ("note", NULL, NULL, "", flags);
  properties[PROP_PERMANENT] = g_param_spec_boolean ("permanent", NULL, NULL, FALSE, flags);
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
  if (style != NULL)
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
  self->note_line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  self->padlock = gtk_image_new_from_icon_name ("pn-locking-symbolic");
  gtk_widget_set_valign (self->padlock, GTK_ALIGN_START);
  gtk_widget_add_css_class (self->note_line, "choice-note");
  gtk_box_append (GTK_BOX (self->note_line), self->padlock);
  gtk_box_append (GTK_BOX (words), self->note_line);
  self->note = make_label (self->note_line, NULL);
  gtk_button_set_child (GTK_BUTTON (self), GTK_WIDGET (self->box));
  gtk_widget_add_css_class (GTK_WIDGET (self), "choice");
  gtk_widget_set_visible (GTK_WIDGET (self->icon), FALSE);
  set_flat (self, FALSE);
  update (self);
}

void
pn_choice_set_why_not (PnChoice *self, const char *why_not)
{
  g_free (self->why_not);
  self->why_not = g_strdup (why_not);
  gtk_widget_set_sensitive (GTK_WIDGET (self), why_not == NULL);
  update (self);
}
