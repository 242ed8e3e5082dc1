/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-slot-card.h"

#include <glib/gi18n.h>

#include "pn-card-look.h"
#include "pn-clock.h"
#include "pn-evidence.h"
#include "pn-override-mark.h"
#include "pn-phase-bar.h"
#include "pn-slot-actions.h"
#include "pn-slot-text.h"
#include "pn-steady-label.h"

#define MAX_SHORT 84 /* characters of a sentence that fit on a card */

struct _PnSlotCard
{
  AdwBin parent_instance;
  GtkMenuButton *menu, *more;
  GtkButton *main_button, *second_button;
  GMenuModel *menu_model;
  PnClientSlot *slot;
  GSignalGroup *slot_signals, *run_signals;
  const char *style; /* its class, as last set */
  char *said;        /* the accessible name, as last set */
  guint
      revision; /* of the run, which may be none: a binding needs something that is always there */
};

typedef enum
{
  PROP_SLOT = 1,
  PROP_CLOCK,
  PROP_REVISION,
  N_PROPS
} PnSlotCardProperty;
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (PnSlotCard, pn_slot_card, ADW_TYPE_BIN)

/* ---- what the template shows ---- */

static char *
state_to_icon (PnSlotCard *self, PnCardState state)
{
  return g_strdup (pn_card_look (state)->icon);
}

static char *
state_to_word (PnSlotCard *self, PnCardState state)
{
  return g_strdup (pn_card_look_word (state));
}

static gboolean
shows_figures (PnSlotCard *self, PnCardState state, guint revision)
{
  PnClientRun *run = self->slot != NULL ? pn_client_slot_get_run (self->slot) : NULL;

  return run != NULL && pn_card_look (state)->moving && state != PN_CARD_LOCKING &&
         state != PN_CARD_FINISHING_WRITE && pn_client_run_get_fraction (run) >= 0;
}

static gboolean
shows_sentence (PnSlotCard *self, PnCardState state, guint revision)
{
  return !shows_figures (self, state, revision);
}

static gboolean
shows_plate (PnSlotCard *self, PnCardState state)
{
  return state == PN_CARD_LOCKING;
}

/* The last run of a slot is not that of a device that only waits. */
static gboolean
shows_run (PnSlotCard *self, PnCardState state, PnClientRun *run)
{
  return run != NULL && pn_card_look (state)->group != PN_CARD_GROUP_ALL &&
         state != PN_CARD_FOUND && state != PN_CARD_HELD && state != PN_CARD_READY;
}

static char *
make_sentence (PnSlotCard *self, PnCardState state, guint revision)
{
  return self->slot != NULL ? pn_card_sentence (self->slot) : NULL;
}

/* By its length, not by its layout, which would follow from it. */
static gboolean
has_more (PnSlotCard *self, PnCardState state, guint revision)
{
  g_autofree char *sentence = make_sentence (self, state, revision);

  return sentence != NULL && shows_sentence (self, state, revision) &&
         g_utf8_strlen (sentence, -1) > MAX_SHORT;
}

static int
count_lines (PnSlotCard *self, PnCardState state, guint revision)
{
  return has_more (self, state, revision) ? 3 : 4;
}

/* What did not fit on the card. */
static gboolean
sentence_tooltip_cb (
    GtkLabel *label, int x, int y, gboolean keyboard, GtkTooltip *tooltip, PnSlotCard *self)
{
  gtk_tooltip_set_text (tooltip, gtk_label_get_label (label));
  return pango_layout_is_ellipsized (gtk_label_get_layout (label));
}

static gboolean
is_still (PnSlotCard *self, PnCardState state)
{
  return !pn_card_look (state)->moving;
}

static char *
make_phase (PnSlotCard *self, PnClientRun *run, PnPhase phase, PnVerdict verdict)
{
  return run != NULL ? pn_card_phase_text (run) : NULL;
}

static char *
make_phase_name (PnSlotCard *self, PnClientRun *run, PnPhase phase)
{
  return run != NULL ? g_strdup (pn_phase_label (phase)) : NULL;
}

static char *
make_main_label (PnSlotCard *self, PnCardState state)
{
  return g_strdup (pn_card_button_label (pn_card_look (state)->main));
}

static char *
make_main_action (PnSlotCard *self, PnCardState state)
{
  return g_strdup (pn_card_button_action (pn_card_look (state)->main));
}

static gboolean
has_main (PnSlotCard *self, PnCardState state)
{
  return pn_card_look (state)->main != PN_CARD_BUTTON_NONE;
}

static char **
make_main_classes (PnSlotCard *self, PnCardState state)
{
  PnCardButton button = pn_card_look (state)->main;
  const char *classes[] = { button == PN_CARD_BUTTON_START || button == PN_CARD_BUTTON_TRY_AGAIN
                                ? "suggested-action"
                                : NULL,
                            NULL };

  return g_strdupv ((char **) classes);
}

static char *
make_second_label (PnSlotCard *self, PnCardState state)
{
  return g_strdup (pn_card_button_label (pn_card_look (state)->second));
}

static char *
make_second_action (PnSlotCard *self, PnCardState state)
{
  return g_strdup (pn_card_button_action (pn_card_look (state)->second));
}

static gboolean
has_second (PnSlotCard *self, PnCardState state)
{
  return pn_card_look (state)->second != PN_CARD_BUTTON_NONE;
}

/* ---- what follows the slot ---- */

static void
say (PnSlotCard *self)
{
  g_autofree char *text = self->slot != NULL ? pn_card_describe (self->slot) : NULL;

  if (text == NULL || g_strcmp0 (text, self->said) == 0)
    return;
  g_free (self->said);
  self->said = g_steal_pointer (&text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, self->said,
                                  -1);
}

static void
run_changed_cb (PnSlotCard *self)
{
  self->revision++;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_REVISION]);
  say (self);
  pn_slot_actions_update (GTK_WIDGET (self));
}

/* Not by a binding: GTK does not undo one of a template to the widget that it is the template of.
 */
static void
update_style (PnSlotCard *self)
{
  PnCardState state = self->slot != NULL ? pn_client_slot_get_state (self->slot) : PN_CARD_EMPTY;
  const char *style = pn_card_look (state)->style;

  if (self->style == style)
    return;
  if (self->style != NULL)
    gtk_widget_remove_css_class (GTK_WIDGET (self), self->style);
  gtk_widget_add_css_class (GTK_WIDGET (self), style);
  self->style = style;
}

static void
slot_changed_cb (PnSlotCard *self)
{
  update_style (self);
  g_signal_group_set_target (self->run_signals,
                             self->slot != NULL ? pn_client_slot_get_run (self->slot) : NULL);
  run_changed_cb (self);
}

static void
set_slot (PnSlotCard *self, PnClientSlot *slot)
{
  if (!g_set_object (&self->slot, slot))
    return;
  g_signal_group_set_target (self->slot_signals, slot);
  slot_changed_cb (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SLOT]);
}

/* ---- keys and the menu ---- */

/* 64 cards have 64 menus, of which one is opened: it is made then. */
static void
make_menu (GtkMenuButton *button, gpointer user_data)
{
  PnSlotCard *self = user_data;

  if (gtk_menu_button_get_popover (button) == NULL)
    gtk_menu_button_set_popover (button, gtk_popover_menu_new_from_model (self->menu_model));
}

static void
make_more (GtkMenuButton *button, gpointer user_data)
{
  PnSlotCard *self = user_data;
  g_autofree char *sentence = pn_card_sentence (self->slot);
  GtkWidget *popover = gtk_popover_new ();
  GtkWidget *label = gtk_label_new (sentence);

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 40);
  gtk_widget_add_css_class (popover, "sentence-popover");
  gtk_popover_set_child (GTK_POPOVER (popover), label);
  gtk_menu_button_set_popover (button, popover);
}

static void
menu_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  gtk_menu_button_popup (PN_SLOT_CARD (widget)->menu);
}

static void
pressed_cb (GtkGestureClick *gesture, int n_press, double x, double y, PnSlotCard *self)
{
  guint button = gtk_gesture_single_get_current_button (GTK_GESTURE_SINGLE (gesture));

  if (button == GDK_BUTTON_SECONDARY)
    gtk_menu_button_popup (self->menu);
  else if (button == GDK_BUTTON_PRIMARY && n_press == 2)
    gtk_widget_activate_action (GTK_WIDGET (self), "slot.details", NULL);
  else if (button == GDK_BUTTON_PRIMARY)
    gtk_widget_grab_focus (GTK_WIDGET (self));
}

static void
main_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  PnSlotCard *self = PN_SLOT_CARD (widget);
  const char *name =
      pn_card_button_action (pn_card_look (pn_client_slot_get_state (self->slot))->main);

  if (name != NULL)
    gtk_widget_activate_action (widget, name, NULL);
}

/* Arrows go from card to card, Tab goes through what is on a card. */
static gboolean
pn_slot_card_focus (GtkWidget *widget, GtkDirectionType direction)
{
  GtkWidgetClass *parent = GTK_WIDGET_CLASS (pn_slot_card_parent_class);
  gboolean backward = direction == GTK_DIR_TAB_BACKWARD;

  if (gtk_widget_has_focus (widget))
    return direction == GTK_DIR_TAB_FORWARD && parent->focus (widget, direction);
  /* The AdwBin of libadwaita 1.7 passes itself by. */
  if (backward || gtk_widget_get_focus_child (widget) != NULL)
    return parent->focus (widget, direction) || (backward && gtk_widget_grab_focus (widget));
  return gtk_widget_grab_focus (widget);
}

static gboolean
pn_slot_card_grab_focus (GtkWidget *widget)
{
  GtkRoot *root = gtk_widget_get_root (widget);

  if (root == NULL)
    return FALSE;
  gtk_root_set_focus (root, widget);
  return TRUE;
}

/* ---- the object ---- */

static void
pn_slot_card_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (pn_slot_card_parent_class)->map (widget);
  pn_clock_hold (pn_clock_get_default ());
}

static void
pn_slot_card_unmap (GtkWidget *widget)
{
  pn_clock_release (pn_clock_get_default ());
  GTK_WIDGET_CLASS (pn_slot_card_parent_class)->unmap (widget);
}

static void
pn_slot_card_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PnSlotCard *self = PN_SLOT_CARD (object);

  switch ((PnSlotCardProperty) prop_id)
    {
    case PROP_SLOT:
      g_value_set_object (value, self->slot);
      break;
    case PROP_CLOCK:
      g_value_set_object (value, pn_clock_get_default ());
      break;
    case PROP_REVISION:
      g_value_set_uint (value, self->revision);
      break;
    case N_PROPS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
pn_slot_card_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  if (prop_id == PROP_SLOT)
    set_slot (PN_SLOT_CARD (object), g_value_get_object (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
pn_slot_card_dispose (GObject *object)
{
  PnSlotCard *self = PN_SLOT_CARD (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), PN_TYPE_SLOT_CARD);
  g_clear_object (&self->slot_signals);
  g_clear_object (&self->run_signals);
  g_clear_object (&self->slot);
  g_clear_pointer (&self->said, g_free);
  G_OBJECT_CLASS (pn_slot_card_parent_class)->dispose (object);
}

static void
pn_slot_card_class_init (PnSlotCardClass *klass)
{
  static const struct
  {
    const char *name;
    GCallback callback;
  } closures[] = {
    { "state_to_icon", G_CALLBACK (state_to_icon) },
    { "state_to_word", G_CALLBACK (state_to_word) },
    { "shows_figures", G_CALLBACK (shows_figures) },
    { "shows_sentence", G_CALLBACK (shows_sentence) },
    { "shows_plate", G_CALLBACK (shows_plate) },
    { "shows_run", G_CALLBACK (shows_run) },
    { "make_sentence", G_CALLBACK (make_sentence) },
    { "has_more", G_CALLBACK (has_more) },
    { "count_lines", G_CALLBACK (count_lines) },
    { "sentence_tooltip_cb", G_CALLBACK (sentence_tooltip_cb) },
    { "is_still", G_CALLBACK (is_still) },
    { "make_phase", G_CALLBACK (make_phase) },
    { "make_phase_name", G_CALLBACK (make_phase_name) },
    { "make_main_label", G_CALLBACK (make_main_label) },
    { "make_main_action", G_CALLBACK (make_main_action) },
    { "make_main_classes", G_CALLBACK (make_main_classes) },
    { "has_main", G_CALLBACK (has_main) },
    { "make_second_label", G_CALLBACK (make_second_label) },
    { "make_second_action", G_CALLBACK (make_second_action) },
    { "has_second", G_CALLBACK (has_second) },
    { "pressed_cb", G_CALLBACK (pressed_cb) },
  };
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = pn_slot_card_dispose;
  object_class->get_property = pn_slot_card_get_property;
  object_class->set_property = pn_slot_card_set_property;
  widget_class->map = pn_slot_card_map;
  widget_class->unmap = pn_slot_card_unmap;
  widget_class->focus = pn_slot_card_focus;
  widget_class->grab_focus = pn_slot_card_grab_focus;
  properties[PROP_SLOT] =
      g_param_spec_object ("slot", NULL, NULL, PN_TYPE_CLIENT_SLOT,
                           G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  properties[PROP_CLOCK] = g_param_spec_object ("clock", NULL, NULL, PN_TYPE_CLOCK,
                                                G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_REVISION] =
      g_param_spec_uint ("revision", NULL, NULL, 0, G_MAXUINT, 0,
                         G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  g_type_ensure (PN_TYPE_CLIENT_RUN);
  g_type_ensure (PN_TYPE_OVERRIDE_MARK);
  g_type_ensure (PN_TYPE_PHASE_BAR);
  g_type_ensure (PN_TYPE_STEADY_LABEL);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-slot-card.ui");
  gtk_widget_class_bind_template_child (widget_class, PnSlotCard, menu);
  gtk_widget_class_bind_template_child (widget_class, PnSlotCard, menu_model);
  gtk_widget_class_bind_template_child (widget_class, PnSlotCard, more);
  gtk_widget_class_bind_template_child (widget_class, PnSlotCard, main_button);
  gtk_widget_class_bind_template_child (widget_class, PnSlotCard, second_button);
  for (guint i = 0; i < G_N_ELEMENTS (closures); i++)
    gtk_widget_class_bind_template_callback_full (widget_class, closures[i].name,
                                                  closures[i].callback);
  pn_slot_text_bind (widget_class);
  pn_slot_actions_install (widget_class);
  gtk_widget_class_install_action (widget_class, "slot.menu", NULL, menu_action);
  gtk_widget_class_install_action (widget_class, "slot.main", NULL, main_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Return, 0, "slot.details", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_KP_Enter, 0, "slot.details", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_space, 0, "slot.main", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_KP_Space, 0, "slot.main", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_r, GDK_CONTROL_MASK, "slot.start",
                                       NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_F10, GDK_SHIFT_MASK, "slot.menu",
                                       NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Menu, 0, "slot.menu", NULL);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

/* A long word in some language makes the button's text short, not the card wide. */
static void
let_shrink (GtkButton *button)
{
  gtk_button_set_label (button, "");
  gtk_label_set_ellipsize (GTK_LABEL (gtk_button_get_child (button)), PANGO_ELLIPSIZE_END);
}

static void
pn_slot_card_init (PnSlotCard *self)
{
  self->slot_signals = g_signal_group_new (PN_TYPE_CLIENT_SLOT);
  self->run_signals = g_signal_group_new (PN_TYPE_CLIENT_RUN);
  g_signal_group_connect_swapped (self->slot_signals, "notify", G_CALLBACK (slot_changed_cb), self);
  g_signal_group_connect_swapped (self->run_signals, "changed", G_CALLBACK (run_changed_cb), self);
  gtk_widget_init_template (GTK_WIDGET (self));
  let_shrink (self->main_button);
  let_shrink (self->second_button);
  gtk_menu_button_set_create_popup_func (self->menu, make_menu, self, NULL);
  gtk_menu_button_set_create_popup_func (self->more, make_more, self, NULL);
  pn_slot_actions_update (GTK_WIDGET (self));
}

PnSlotCard *
pn_slot_card_new (PnClientSlot *slot)
{
  return g_object_new (PN_TYPE_SLOT_CARD, "slot", slot, NULL);
}

PnClientSlot *
pn_slot_card_get_slot (PnSlotCard *self)
{
  return self->slot;
}
