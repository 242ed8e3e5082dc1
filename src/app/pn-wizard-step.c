/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-wizard-step.h"

typedef struct
{
  GtkLabel *heading, *text;
  AdwBin *content;
  PnSetup *setup;
  char *title, *next, *problem;
  gboolean busy, narrow;
} PnWizardStepPrivate;

typedef enum
{
  PROP_TITLE = 1,
  PROP_HEADING,
  PROP_TEXT,
  PROP_NEXT,
  PROP_COMPLETE,
  PROP_PROBLEM,
  PROP_BUSY,
  PROP_NARROW,
  N_PROPS
} PnWizardStepProperty;
static GParamSpec *properties[N_PROPS];

enum
{
  GO_ON,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static GtkBuildableIface *parent_buildable;
static void buildable_init (GtkBuildableIface *iface);

G_DEFINE_TYPE_WITH_CODE (PnWizardStep,
                         pn_wizard_step,
                         ADW_TYPE_BIN,
                         G_ADD_PRIVATE (PnWizardStep)
                             G_IMPLEMENT_INTERFACE (GTK_TYPE_BUILDABLE, buildable_init))

#define PRIVATE(self) ((PnWizardStepPrivate *) pn_wizard_step_get_instance_private (self))

static void
add_child (GtkBuildable *buildable, GtkBuilder *builder, GObject *child, const char *type)
{
  PnWizardStepPrivate *priv = PRIVATE (PN_WIZARD_STEP (buildable));

  if (type == NULL && GTK_IS_WIDGET (child))
    adw_bin_set_child (priv->content, GTK_WIDGET (child));
  else
    parent_buildable->add_child (buildable, builder, child, type);
}

static void
buildable_init (GtkBuildableIface *iface)
{
  parent_buildable = g_type_interface_peek_parent (iface);
  iface->add_child = add_child;
}

static void
pn_wizard_step_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PnWizardStepPrivate *priv = PRIVATE (PN_WIZARD_STEP (object));

  switch ((PnWizardStepProperty) prop_id)
    {
    case PROP_TITLE:
      g_value_set_string (value, priv->title);
      break;
    case PROP_HEADING:
      g_value_set_string (value, gtk_label_get_label (priv->heading));
      break;
    case PROP_TEXT:
      g_value_set_string (value, gtk_label_get_label (priv->text));
      break;
    case PROP_NEXT:
      g_value_set_string (value, priv->next);
      break;
    case PROP_COMPLETE:
      g_value_set_boolean (value, priv->problem == NULL);
      break;
    case PROP_PROBLEM:
      g_value_set_string (value, priv->problem);
      break;
    case PROP_BUSY:
      g_value_set_boolean (value, priv->busy);
      break;
    case PROP_NARROW:
      g_value_set_boolean (value, priv->narrow);
      break;
    case N_PROPS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
set_text (char **text, const GValue *value)
{
  g_free (*text);
  *text = g_value_dup_string (value);
}

static void
pn_wizard_step_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  PnWizardStepPrivate *priv = PRIVATE (PN_WIZARD_STEP (object));

  switch ((PnWizardStepProperty) prop_id)
    {
    case PROP_TITLE:
      set_text (&priv->title, value);
      break;
    case PROP_HEADING:
      gtk_label_set_label (priv->heading, g_value_get_string (value));
      break;
    case PROP_TEXT:
      gtk_label_set_label (priv->text, g_value_get_string (value));
      gtk_widget_set_visible (GTK_WIDGET (priv->text), *gtk_label_get_label (priv->text) != '\0');
      break;
    case PROP_NEXT:
      set_text (&priv->next, value);
      break;
    case PROP_PROBLEM:
      pn_wizard_step_set_problem (PN_WIZARD_STEP (object), g_value_get_string (value));
      return;
    case PROP_BUSY:
      pn_wizard_step_set_busy (PN_WIZARD_STEP (object), g_value_get_boolean (value));
      return;
    case PROP_NARROW:
      if (priv->narrow == g_value_get_boolean (value))
        return;
      priv->narrow = g_value_get_boolean (value);
      break;
    case PROP_COMPLETE:
    case N_PROPS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
      return;
    }
  g_object_notify_by_pspec (object, pspec);
}

static void
pn_wizard_step_dispose (GObject *object)
{
  /* Every step is the instance of a class with a template. */
  gtk_widget_dispose_template (GTK_WIDGET (object), G_OBJECT_TYPE (object));
  g_clear_object (&PRIVATE (PN_WIZARD_STEP (object))->setup);
  G_OBJECT_CLASS (pn_wizard_step_parent_class)->dispose (object);
}

static void
pn_wizard_step_finalize (GObject *object)
{
  PnWizardStepPrivate *priv = PRIVATE (PN_WIZARD_STEP (object));

  g_free (priv->title);
  g_free (priv->next);
  g_free (priv->problem);
  G_OBJECT_CLASS (pn_wizard_step_parent_class)->finalize (object);
}

static void
pn_wizard_step_class_init (PnWizardStepClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags read = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;
  const GParamFlags both = read | G_PARAM_WRITABLE;

  object_class->get_property = pn_wizard_step_get_property;
  object_class->set_property = pn_wizard_step_set_property;
  object_class->dispose = pn_wizard_step_dispose;
  object_class->finalize = pn_wizard_step_finalize;
  properties[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, NULL, both);
  properties[PROP_HEADING] = g_param_spec_string ("heading", NULL, NULL, "", both);
  properties[PROP_TEXT] = g_param_spec_string ("text", NULL, NULL, "", both);
  properties[PROP_NEXT] = g_param_spec_string ("next", NULL, NULL, NULL, both);
  properties[PROP_COMPLETE] = g_param_spec_boolean ("complete", NULL, NULL, TRUE, read);
  properties[PROP_PROBLEM] = g_param_spec_string ("problem", NULL, NULL, NULL, both);
  properties[PROP_BUSY] = g_param_spec_boolean ("busy", NULL, NULL, FALSE, both);
  properties[PROP_NARROW] = g_param_spec_boolean ("narrow", NULL, NULL, FALSE, both);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[GO_ON] = g_signal_new ("go-on", PN_TYPE_WIZARD_STEP, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 0);
}

static GtkLabel *
make_label (const char *style)
{
  GtkWidget *label = gtk_label_new ("");

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_justify (GTK_LABEL (label), GTK_JUSTIFY_CENTER);
  if (style != NULL)
    gtk_widget_add_css_class (label, style);
  return GTK_LABEL (label);
}

static void
pn_wizard_step_init (PnWizardStep *self)
{
  PnWizardStepPrivate *priv = PRIVATE (self);
  GtkWidget *scroll = gtk_scrolled_window_new ();
  GtkWidget *clamp = adw_clamp_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 22);
  GtkWidget *head = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);

  priv->heading = make_label ("title-1");
  priv->text = make_label (NULL);
  priv->content = ADW_BIN (adw_bin_new ());
  gtk_widget_set_vexpand (GTK_WIDGET (priv->content), TRUE);
  gtk_box_append (GTK_BOX (head), GTK_WIDGET (priv->heading));
  gtk_box_append (GTK_BOX (head), GTK_WIDGET (priv->text));
  gtk_box_append (GTK_BOX (box), head);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (priv->content));
  gtk_widget_add_css_class (box, "wizard-step");
  adw_clamp_set_maximum_size (ADW_CLAMP (clamp), 660);
  adw_clamp_set_child (ADW_CLAMP (clamp), box);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroll), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroll), clamp);
  adw_bin_set_child (ADW_BIN (self), scroll);
}

void
pn_wizard_step_set_setup (PnWizardStep *self, PnSetup *setup)
{
  g_set_object (&PRIVATE (self)->setup, setup);
}

PnSetup *
pn_wizard_step_get_setup (PnWizardStep *self)
{
  return PRIVATE (self)->setup;
}

void
pn_wizard_step_set_problem (PnWizardStep *self, const char *problem)
{
  PnWizardStepPrivate *priv = PRIVATE (self);

  if (g_strcmp0 (priv->problem, problem) == 0)
    return;
  g_free (priv->problem);
  priv->problem = g_strdup (problem);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PROBLEM]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_COMPLETE]);
}

gboolean
pn_wizard_step_is_complete (PnWizardStep *self)
{
  return PRIVATE (self)->problem == NULL;
}

void
pn_wizard_step_set_busy (PnWizardStep *self, gboolean busy)
{
  PnWizardStepPrivate *priv = PRIVATE (self);

  if (priv->busy == busy)
    return;
  priv->busy = busy;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BUSY]);
}

void
pn_wizard_step_go_on (PnWizardStep *self)
{
  g_signal_emit (self, signals[GO_ON], 0);
}

void
pn_wizard_step_enter (PnWizardStep *self)
{
  if (PN_WIZARD_STEP_GET_CLASS (self)->enter != NULL)
    PN_WIZARD_STEP_GET_CLASS (self)->enter (self);
}

void
pn_wizard_step_leave (PnWizardStep *self)
{
  if (PN_WIZARD_STEP_GET_CLASS (self)->leave != NULL)
    PN_WIZARD_STEP_GET_CLASS (self)->leave (self);
  else
    pn_wizard_step_go_on (self);
}

gboolean
pn_wizard_step_skip (PnWizardStep *self)
{
  return PN_WIZARD_STEP_GET_CLASS (self)->skip != NULL &&
         PN_WIZARD_STEP_GET_CLASS (self)->skip (self);
}
