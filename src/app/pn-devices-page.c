/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-devices-page.h"

#include <glib/gi18n.h>

#include "pn-app.h"
#include "pn-attention.h"
#include "pn-batch-strip.h"
#include "pn-card-grid.h"
#include "pn-guide.h"
#include "pn-slot-list.h"
#include "pn-slot-table.h"
#include "pn-unused-slot.h"

#define MAX_FOCUS_KEYS 10

struct _PnDevicesPage
{
  PnPage parent_instance;
  GtkWidget *pause;
  PnBatchStrip *strip;
  GtkBox *chips;
  GtkWidget *chips_scroll;
  GtkStack *stack;
  AdwStatusPage *helper_page;
  GtkWidget *start_button;
  PnCardGrid *grid;
  PnSlotTable *table;
  GtkListBox *unused;
  GtkLabel *announcer;

  GSettings *settings;
  GSimpleActionGroup *actions;
  PnSlotList *list;
  GSignalGroup *client_signals;
  GtkToggleButton *chip_buttons[PN_N_CARD_GROUPS];
  GtkLabel *chip_counts[PN_N_CARD_GROUPS];
};

typedef enum
{
  PROP_CLIENT = 1,
  N_PROPS
} PnDevicesPageProperty;
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (PnDevicesPage, pn_devices_page, PN_TYPE_PAGE)

static PnClient *
get_client (PnDevicesPage *self)
{
  return pn_app_get_client (pn_app_get_default ());
}

/* ---- what is shown ---- */

static void
update_helper_page (PnDevicesPage *self, PnClientState state)
{
  gboolean absent = state == PN_CLIENT_ABSENT;

  adw_status_page_set_icon_name (self->helper_page,
                                 absent ? "pn-failed-symbolic" : "content-loading-symbolic");
  adw_status_page_set_title (self->helper_page, absent ? _ ("The service is not running")
                                                : state == PN_CLIENT_STARTING
                                                    ? _ ("Starting the service")
                                                    : _ ("Looking for the service"));
  adw_status_page_set_description (
      self->helper_page,
      absent
          ? _ ("Devices are watched and provisioned by a service in the background. Devices that "
               "it was working on can be plugged in again once it runs.")
          : NULL);
  gtk_widget_set_visible (self->start_button, absent);
}

static void
update_stack (PnDevicesPage *self)
{
  PnClientState state = pn_client_get_state (get_client (self));
  guint n_used = pn_slot_list_get_count (self->list, PN_CARD_GROUP_ALL);
  guint n_unused = g_list_model_get_n_items (pn_slot_list_get_unused (self->list));
  guint n_shown = g_list_model_get_n_items (pn_slot_list_get_shown (self->list));
  g_autofree char *view = g_settings_get_string (self->settings, "devices-view");
  const char *name;

  update_helper_page (self, state);
  if (state != PN_CLIENT_READY)
    name = "helper";
  else if (n_used == 0 && n_unused == 0)
    name = "guide";
  else if (n_shown == 0 && n_used > 0)
    name = "nothing";
  else
    name = view; /* "cards", "list" */
  gtk_widget_set_visible (self->chips_scroll, state == PN_CLIENT_READY && n_used > 0);
  gtk_stack_set_visible_child_name (self->stack, name);
}

static void
update_counts (PnDevicesPage *self)
{
  for (guint i = 0; i < PN_N_CARD_GROUPS; i++)
    {
      guint count = pn_slot_list_get_count (self->list, i);
      g_autofree char *number = g_strdup_printf ("%u", count);
      /* Translators: what a filter chooses, and how many those are: “Working: 4”. */
      g_autofree char *said = g_strdup_printf (_ ("%s: %u"), pn_card_group_label (i), count);

      gtk_label_set_label (self->chip_counts[i], number);
      gtk_accessible_update_property (GTK_ACCESSIBLE (self->chip_buttons[i]),
                                      GTK_ACCESSIBLE_PROPERTY_LABEL, said, -1);
      if (i == PN_CARD_GROUP_NEEDS_YOU && count > 0)
        gtk_widget_add_css_class (GTK_WIDGET (self->chip_buttons[i]), "wants");
      else
        gtk_widget_remove_css_class (GTK_WIDGET (self->chip_buttons[i]), "wants");
    }
  update_stack (self);
}

static void
update_density (PnDevicesPage *self)
{
  g_autofree char *density = g_settings_get_string (self->settings, "density");
  GtkWidget *grid = GTK_WIDGET (self->grid);

  gtk_widget_remove_css_class (grid, "compact");
  gtk_widget_remove_css_class (grid, "large");
  if (pn_page_get_narrow (PN_PAGE (self)))
    gtk_widget_add_css_class (grid, "compact");
  else if (!g_str_equal (density, "normal"))
    gtk_widget_add_css_class (grid, density);
}

static void
update_order (PnDevicesPage *self)
{
  g_autofree char *order = g_settings_get_string (self->settings, "devices-order");

  pn_slot_list_set_needs_you_first (self->list, g_str_equal (order, "needs-you"));
}

static char *
make_pause_label (PnDevicesPage *self, gboolean paused)
{
  return g_strdup (paused ? _ ("Resume") : _ ("Pause"));
}

static char *
make_pause_icon (PnDevicesPage *self, gboolean paused)
{
  return g_strdup (paused ? "media-playback-start-symbolic" : "media-playback-pause-symbolic");
}

static gboolean
shows_pause (PnDevicesPage *self, gboolean folded, PnClientState state)
{
  return !folded && state == PN_CLIENT_READY;
}

/* ---- what is said ---- */

/* Once, and never a number that runs. */
static void
announce_cb (PnSlotList *list, PnClientSlot *slot, PnDevicesPage *self)
{
  PnCardState state = pn_client_slot_get_state (slot);
  g_autofree char *text = NULL;

  if (state != PN_CARD_FOUND && state != PN_CARD_PASSED && !pn_card_state_wants_person (state))
    return;
  /* Translators: a slot and the state of the device in it. */
  text = g_strdup_printf (_ ("%s: %s"), pn_client_slot_get_label (slot), pn_card_look_word (state));
  gtk_label_set_label (self->announcer, text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->announcer), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  text, -1);
}

/* ---- chips ---- */

static void
chip_toggled_cb (GtkToggleButton *chip, PnDevicesPage *self)
{
  if (!gtk_toggle_button_get_active (chip))
    return;
  for (guint i = 0; i < PN_N_CARD_GROUPS; i++)
    if (self->chip_buttons[i] == chip)
      pn_slot_list_set_group (self->list, i);
  update_stack (self);
}

static void
make_chips (PnDevicesPage *self)
{
  for (guint i = 0; i < PN_N_CARD_GROUPS; i++)
    {
      GtkWidget *chip = gtk_toggle_button_new ();
      GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 2);

      self->chip_buttons[i] = GTK_TOGGLE_BUTTON (chip);
      self->chip_counts[i] = GTK_LABEL (gtk_label_new ("0"));
      gtk_widget_add_css_class (GTK_WIDGET (self->chip_counts[i]), "count");
      gtk_widget_add_css_class (GTK_WIDGET (self->chip_counts[i]), "numeric");
      gtk_box_append (GTK_BOX (box), gtk_label_new (pn_card_group_label (i)));
      gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->chip_counts[i]));
      gtk_button_set_child (GTK_BUTTON (chip), box);
      gtk_widget_add_css_class (chip, "chip");
      if (i > 0)
        gtk_toggle_button_set_group (self->chip_buttons[i], self->chip_buttons[0]);
      g_signal_connect (chip, "toggled", G_CALLBACK (chip_toggled_cb), self);
      gtk_box_append (self->chips, chip);
    }
  gtk_toggle_button_set_active (self->chip_buttons[PN_CARD_GROUP_ALL], TRUE);
}

static void
search_changed_cb (PnDevicesPage *self)
{
  pn_slot_list_set_search (self->list, pn_page_get_search_text (PN_PAGE (self)));
  update_stack (self);
}

/* ---- actions ---- */

static void
show_all_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  PnDevicesPage *self = PN_DEVICES_PAGE (widget);

  gtk_toggle_button_set_active (self->chip_buttons[PN_CARD_GROUP_ALL], TRUE);
  g_object_set (self, "search-text", "", "searching", FALSE, NULL);
}

/* The parameter: how many sizes up; 0 = the normal one. */
static void
resize_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  PnDevicesPage *self = PN_DEVICES_PAGE (widget);
  int step = g_variant_get_int32 (parameter);
  int size = g_settings_get_enum (self->settings, "density");

  g_settings_set_enum (self->settings, "density", step == 0 ? 1 : CLAMP (size + step, 0, 2));
}

static void
focus_slot (PnDevicesPage *self, PnClientSlot *slot)
{
  if (g_str_equal (gtk_stack_get_visible_child_name (self->stack), "list"))
    (void) pn_slot_table_focus_slot (self->table, slot);
  else
    (void) pn_card_grid_focus_slot (self->grid, slot);
}

static void
focus_slot_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  PnDevicesPage *self = PN_DEVICES_PAGE (widget);
  g_autoptr (PnClientSlot) slot =
      pn_slot_list_get_nth (self->list, (guint) g_variant_get_int32 (parameter));

  if (slot != NULL && gtk_widget_get_mapped (widget))
    focus_slot (self, slot);
}

void
pn_devices_page_show_slot (PnDevicesPage *self, PnClientSlot *slot)
{
  show_all_action (GTK_WIDGET (self), NULL, NULL);
  focus_slot (self, slot);
}

/* Wherever the focus is. */
static void
add_key (GtkEventController *controller,
         guint key,
         GdkModifierType modifiers,
         const char *action,
         int parameter)
{
  GtkShortcut *shortcut =
      gtk_shortcut_new (gtk_keyval_trigger_new (key, modifiers), gtk_named_action_new (action));

  gtk_shortcut_set_arguments (shortcut, g_variant_new_int32 (parameter));
  gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (controller), shortcut);
}

static void
add_keys (PnDevicesPage *self)
{
  GtkEventController *controller = gtk_shortcut_controller_new ();

  gtk_shortcut_controller_set_scope (GTK_SHORTCUT_CONTROLLER (controller),
                                     GTK_SHORTCUT_SCOPE_GLOBAL);
  for (int i = 0; i < MAX_FOCUS_KEYS; i++)
    add_key (controller, i < 9 ? GDK_KEY_1 + (guint) i : GDK_KEY_0, GDK_ALT_MASK,
             "devices.focus-slot", i);
  add_key (controller, GDK_KEY_plus, GDK_CONTROL_MASK, "devices.resize", 1);
  add_key (controller, GDK_KEY_equal, GDK_CONTROL_MASK, "devices.resize", 1);
  add_key (controller, GDK_KEY_KP_Add, GDK_CONTROL_MASK, "devices.resize", 1);
  add_key (controller, GDK_KEY_minus, GDK_CONTROL_MASK, "devices.resize", -1);
  add_key (controller, GDK_KEY_KP_Subtract, GDK_CONTROL_MASK, "devices.resize", -1);
  add_key (controller, GDK_KEY_0, GDK_CONTROL_MASK, "devices.resize", 0);
  gtk_widget_add_controller (GTK_WIDGET (self), controller);
}

static void
add_choice (PnDevicesPage *self, const char *key)
{
  g_autoptr (GAction) action = g_settings_create_action (self->settings, key);

  g_action_map_add_action (G_ACTION_MAP (self->actions), action);
}

/* ---- the object ---- */

static GtkWidget *
make_unused_row (gpointer slot, gpointer user_data)
{
  GtkWidget *row = gtk_list_box_row_new ();

  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  gtk_widget_set_focusable (row, FALSE);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), pn_unused_slot_new (slot));
  return row;
}

static void
follow_client (PnDevicesPage *self)
{
  PnClient *client = get_client (self);

  g_signal_group_set_target (self->client_signals, client);
  pn_slot_list_set_slots (self->list, pn_client_get_slots (client));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CLIENT]);
  update_counts (self);
}

static void
pn_devices_page_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  if (prop_id == PROP_CLIENT)
    g_value_set_object (value, get_client (PN_DEVICES_PAGE (object)));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
pn_devices_page_dispose (GObject *object)
{
  PnDevicesPage *self = PN_DEVICES_PAGE (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), PN_TYPE_DEVICES_PAGE);
  g_clear_object (&self->client_signals);
  g_clear_object (&self->list);
  g_clear_object (&self->actions);
  g_clear_object (&self->settings);
  G_OBJECT_CLASS (pn_devices_page_parent_class)->dispose (object);
}

static void
pn_devices_page_class_init (PnDevicesPageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = pn_devices_page_dispose;
  object_class->get_property = pn_devices_page_get_property;
  properties[PROP_CLIENT] =
      g_param_spec_object ("client", NULL, NULL, PN_TYPE_CLIENT,
                           G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  g_type_ensure (PN_TYPE_BATCH_STRIP);
  g_type_ensure (PN_TYPE_CARD_GRID);
  g_type_ensure (PN_TYPE_GUIDE);
  g_type_ensure (PN_TYPE_SLOT_TABLE);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-devices-page.ui");
  gtk_widget_class_bind_template_child (widget_class, PnDevicesPage, pause);
  gtk_widget_class_bind_template_child (widget_class, PnDevicesPage, strip);
  gtk_widget_class_bind_template_child (widget_class, PnDevicesPage, chips);
  gtk_widget_class_bind_template_child (widget_class, PnDevicesPage, chips_scroll);
  gtk_widget_class_bind_template_child (widget_class, PnDevicesPage, stack);
  gtk_widget_class_bind_template_child (widget_class, PnDevicesPage, helper_page);
  gtk_widget_class_bind_template_child (widget_class, PnDevicesPage, start_button);
  gtk_widget_class_bind_template_child (widget_class, PnDevicesPage, grid);
  gtk_widget_class_bind_template_child (widget_class, PnDevicesPage, table);
  gtk_widget_class_bind_template_child (widget_class, PnDevicesPage, unused);
  gtk_widget_class_bind_template_child (widget_class, PnDevicesPage, announcer);
  gtk_widget_class_bind_template_callback (widget_class, make_pause_label);
  gtk_widget_class_bind_template_callback (widget_class, make_pause_icon);
  gtk_widget_class_bind_template_callback (widget_class, shows_pause);
  gtk_widget_class_bind_template_callback (widget_class, search_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, update_density);
  gtk_widget_class_install_action (widget_class, "devices.show-all", NULL, show_all_action);
  gtk_widget_class_install_action (widget_class, "devices.focus-slot", "i", focus_slot_action);
  gtk_widget_class_install_action (widget_class, "devices.resize", "i", resize_action);
}

static void
pn_devices_page_init (PnDevicesPage *self)
{
  PnApp *app = pn_app_get_default ();

  self->settings = g_object_ref (pn_app_get_settings (app));
  self->actions = g_simple_action_group_new ();
  self->list = pn_slot_list_new ();
  self->client_signals = g_signal_group_new (PN_TYPE_CLIENT);
  g_signal_group_connect_swapped (self->client_signals, "notify::state", G_CALLBACK (update_stack),
                                  self);
  add_choice (self, "devices-view");
  add_choice (self, "devices-order");
  add_choice (self, "density");
  gtk_widget_insert_action_group (GTK_WIDGET (self), "settings", G_ACTION_GROUP (self->actions));
  gtk_widget_init_template (GTK_WIDGET (self));
  make_chips (self);
  add_keys (self);
  gtk_list_box_bind_model (self->unused, pn_slot_list_get_unused (self->list), make_unused_row,
                           NULL, NULL);
  pn_card_grid_set_model (self->grid, pn_slot_list_get_shown (self->list));
  pn_slot_table_set_model (self->table, pn_slot_list_get_shown (self->list));
  g_signal_connect_object (self->list, "counts-changed", G_CALLBACK (update_counts), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->list, "slot-changed", G_CALLBACK (announce_cb), self, 0);
  g_signal_connect_object (pn_slot_list_get_shown (self->list), "items-changed",
                           G_CALLBACK (update_stack), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->settings, "changed::devices-view", G_CALLBACK (update_stack), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->settings, "changed::devices-order", G_CALLBACK (update_order),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->settings, "changed::density", G_CALLBACK (update_density), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (app, "notify::client", G_CALLBACK (follow_client), self,
                           G_CONNECT_SWAPPED);
  update_density (self);
  update_order (self);
  follow_client (self);
}
