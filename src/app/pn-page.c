/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-page.h"

#include <glib/gi18n.h>

#include "pn-banner-bar.h"
#include "pn-window.h"

#define TITLE_WIDTH 420 /* pixels, at most */

typedef struct
{
  AdwHeaderBar *header;
  AdwWindowTitle *title;
  GtkButton *back;
  GtkButton *sidebar;
  GtkToggleButton *search_button;
  PnBannerBar *banner;
  GtkSearchBar *search_bar;
  GtkSearchEntry *search_entry;
  AdwBin *content;
  GBinding *folded_binding, *narrow_binding;
  gboolean can_pop, folded, narrow, searchable;
  guint taking_focus; /* a tick callback */
  GtkWidget *opener;  /* a weak pointer: what had the focus when the page was pushed */
} PnPagePrivate;

typedef enum
{
  PROP_TITLE = 1,
  PROP_SUBTITLE,
  PROP_CAN_POP,
  PROP_FOLDED,
  PROP_NARROW,
  PROP_SEARCHABLE,
  PROP_SEARCHING,
  PROP_SEARCH_TEXT,
  N_PROPS
} PnPageProperty;
static GParamSpec *properties[N_PROPS];

static GtkBuildableIface *parent_buildable;
static void buildable_init (GtkBuildableIface *iface);

G_DEFINE_TYPE_WITH_CODE (PnPage,
                         pn_page,
                         ADW_TYPE_BIN,
                         G_ADD_PRIVATE (PnPage)
                             G_IMPLEMENT_INTERFACE (GTK_TYPE_BUILDABLE, buildable_init))

#define PRIVATE(self) ((PnPagePrivate *) pn_page_get_instance_private (self))

static void
add_child (GtkBuildable *buildable, GtkBuilder *builder, GObject *child, const char *type)
{
  PnPagePrivate *priv = PRIVATE (PN_PAGE (buildable));

  if (g_strcmp0 (type, "start") == 0)
    adw_header_bar_pack_start (priv->header, GTK_WIDGET (child));
  else if (g_strcmp0 (type, "end") == 0)
    adw_header_bar_pack_end (priv->header, GTK_WIDGET (child));
  else if (type == NULL && GTK_IS_WIDGET (child))
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
update_buttons (PnPage *self)
{
  PnPagePrivate *priv = PRIVATE (self);

  gtk_widget_set_visible (GTK_WIDGET (priv->back), priv->can_pop);
  gtk_widget_set_visible (GTK_WIDGET (priv->sidebar), priv->folded && !priv->can_pop);
  adw_header_bar_set_show_start_title_buttons (priv->header, priv->folded);
}

/* Sets a flag and tells of it; TRUE where it changed. */
static gboolean
set_flag (PnPage *self, gboolean *flag, gboolean value, PnPageProperty property)
{
  if (*flag == value)
    return FALSE;
  *flag = value;
  g_object_notify_by_pspec (G_OBJECT (self), properties[property]);
  return TRUE;
}

static void
pn_page_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PnPagePrivate *priv = PRIVATE (PN_PAGE (object));

  switch ((PnPageProperty) prop_id)
    {
    case PROP_TITLE:
      g_value_set_string (value, adw_window_title_get_title (priv->title));
      break;
    case PROP_SUBTITLE:
      g_value_set_string (value, adw_window_title_get_subtitle (priv->title));
      break;
    case PROP_CAN_POP:
      g_value_set_boolean (value, priv->can_pop);
      break;
    case PROP_FOLDED:
      g_value_set_boolean (value, priv->folded);
      break;
    case PROP_NARROW:
      g_value_set_boolean (value, priv->narrow);
      break;
    case PROP_SEARCHABLE:
      g_value_set_boolean (value, priv->searchable);
      break;
    case PROP_SEARCHING:
      g_value_set_boolean (value, gtk_search_bar_get_search_mode (priv->search_bar));
      break;
    case PROP_SEARCH_TEXT:
      g_value_set_string (value, pn_page_get_search_text (PN_PAGE (object)));
      break;
    case N_PROPS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
pn_page_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  PnPage *self = PN_PAGE (object);
  PnPagePrivate *priv = PRIVATE (self);

  switch ((PnPageProperty) prop_id)
    {
    case PROP_TITLE:
      pn_page_set_title (self, g_value_get_string (value));
      break;
    case PROP_SUBTITLE:
      pn_page_set_subtitle (self, g_value_get_string (value));
      break;
    case PROP_CAN_POP:
      if (set_flag (self, &priv->can_pop, g_value_get_boolean (value), PROP_CAN_POP))
        update_buttons (self);
      break;
    case PROP_FOLDED:
      if (set_flag (self, &priv->folded, g_value_get_boolean (value), PROP_FOLDED))
        update_buttons (self);
      break;
    case PROP_NARROW:
      (void) set_flag (self, &priv->narrow, g_value_get_boolean (value), PROP_NARROW);
      break;
    case PROP_SEARCHABLE:
      if (set_flag (self, &priv->searchable, g_value_get_boolean (value), PROP_SEARCHABLE))
        gtk_widget_set_visible (GTK_WIDGET (priv->search_button), priv->searchable);
      break;
    case PROP_SEARCHING:
      gtk_search_bar_set_search_mode (priv->search_bar, g_value_get_boolean (value));
      break;
    case PROP_SEARCH_TEXT:
      gtk_editable_set_text (GTK_EDITABLE (priv->search_entry),
                             g_value_get_string (value) != NULL ? g_value_get_string (value) : "");
      break;
    case N_PROPS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
pn_page_root (GtkWidget *widget)
{
  PnPage *self = PN_PAGE (widget);
  PnPagePrivate *priv = PRIVATE (self);
  PnWindow *window;

  GTK_WIDGET_CLASS (pn_page_parent_class)->root (widget);
  window = pn_window_of (widget);
  if (window == NULL)
    return;
  priv->folded_binding =
      g_object_bind_property (window, "folded", self, "folded", G_BINDING_SYNC_CREATE);
  priv->narrow_binding =
      g_object_bind_property (window, "narrow", self, "narrow", G_BINDING_SYNC_CREATE);
  pn_banner_bar_set_banners (priv->banner, pn_window_get_banners (window));
}

static void
stop_taking_focus (PnPage *self)
{
  PnPagePrivate *priv = PRIVATE (self);

  if (priv->taking_focus != 0)
    gtk_widget_remove_tick_callback (GTK_WIDGET (self), priv->taking_focus);
  priv->taking_focus = 0;
}

static void
pn_page_unroot (GtkWidget *widget)
{
  PnPage *self = PN_PAGE (widget);
  PnPagePrivate *priv = PRIVATE (self);

  g_clear_pointer (&priv->folded_binding, g_binding_unbind);
  g_clear_pointer (&priv->narrow_binding, g_binding_unbind);
  stop_taking_focus (self);
  g_clear_weak_pointer (&priv->opener);
  pn_banner_bar_set_banners (priv->banner, NULL);
  GTK_WIDGET_CLASS (pn_page_parent_class)->unroot (widget);
}

static void
search_changed_cb (GtkSearchEntry *entry, PnPage *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SEARCH_TEXT]);
}

static void
search_mode_cb (PnPage *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SEARCHING]);
}

static GtkWidget *
make_button (const char *icon, const char *action, const char *tooltip)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
  gtk_widget_set_tooltip_text (button, tooltip);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, tooltip,
                                  -1);
  gtk_widget_set_visible (button, FALSE);
  return button;
}

static void
make_search (PnPage *self)
{
  PnPagePrivate *priv = PRIVATE (self);
  const char *words = _ ("Search");

  priv->search_button = GTK_TOGGLE_BUTTON (gtk_toggle_button_new ());
  gtk_button_set_icon_name (GTK_BUTTON (priv->search_button), "edit-find-symbolic");
  gtk_widget_set_tooltip_text (GTK_WIDGET (priv->search_button), words);
  gtk_accessible_update_property (GTK_ACCESSIBLE (priv->search_button),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, words, -1);
  gtk_widget_set_visible (GTK_WIDGET (priv->search_button), FALSE);
  priv->search_bar = GTK_SEARCH_BAR (gtk_search_bar_new ());
  priv->search_entry = GTK_SEARCH_ENTRY (gtk_search_entry_new ());
  gtk_widget_set_hexpand (GTK_WIDGET (priv->search_entry), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (priv->search_entry),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, words, -1);
  gtk_search_bar_set_child (priv->search_bar, GTK_WIDGET (priv->search_entry));
  gtk_search_bar_connect_entry (priv->search_bar, GTK_EDITABLE (priv->search_entry));
  g_object_bind_property (priv->search_button, "active", priv->search_bar, "search-mode-enabled",
                          G_BINDING_BIDIRECTIONAL);
  g_signal_connect (priv->search_entry, "search-changed", G_CALLBACK (search_changed_cb), self);
  g_signal_connect_swapped (priv->search_bar, "notify::search-mode-enabled",
                            G_CALLBACK (search_mode_cb), self);
}

static void
pn_page_init (PnPage *self)
{
  PnPagePrivate *priv = PRIVATE (self);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *clamp = adw_clamp_new ();

  /* Begins narrow: a wide page would widen the window before it is told. */
  priv->narrow = TRUE;
  priv->header = ADW_HEADER_BAR (adw_header_bar_new ());
  priv->title = ADW_WINDOW_TITLE (adw_window_title_new ("", ""));
  priv->back = GTK_BUTTON (make_button ("go-previous-symbolic", "win.pop", _ ("Back")));
  priv->sidebar =
      GTK_BUTTON (make_button ("sidebar-show-symbolic", "win.show-sidebar", _ ("Show all pages")));
  priv->banner = pn_banner_bar_new ();
  priv->content = ADW_BIN (adw_bin_new ());
  gtk_widget_set_vexpand (GTK_WIDGET (priv->content), TRUE);
  make_search (self);
  /* However long a name is: the window does not fold its sidebar for it. */
  adw_clamp_set_maximum_size (ADW_CLAMP (clamp), TITLE_WIDTH);
  adw_clamp_set_child (ADW_CLAMP (clamp), GTK_WIDGET (priv->title));
  adw_header_bar_set_title_widget (priv->header, clamp);
  adw_header_bar_pack_start (priv->header, GTK_WIDGET (priv->back));
  adw_header_bar_pack_start (priv->header, GTK_WIDGET (priv->sidebar));
  adw_header_bar_pack_end (priv->header, GTK_WIDGET (priv->search_button));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (priv->header));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (priv->banner));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (priv->search_bar));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (priv->content));
  adw_bin_set_child (ADW_BIN (self), box);
  gtk_widget_set_hexpand (GTK_WIDGET (self), TRUE);
  update_buttons (self);
}

static void
pn_page_class_init (PnPageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = pn_page_get_property;
  object_class->set_property = pn_page_set_property;
  widget_class->root = pn_page_root;
  widget_class->unroot = pn_page_unroot;
  properties[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, "", flags);
  properties[PROP_SUBTITLE] = g_param_spec_string ("subtitle", NULL, NULL, "", flags);
  properties[PROP_CAN_POP] = g_param_spec_boolean ("can-pop", NULL, NULL, FALSE, flags);
  properties[PROP_FOLDED] = g_param_spec_boolean ("folded", NULL, NULL, FALSE, flags);
  properties[PROP_NARROW] = g_param_spec_boolean ("narrow", NULL, NULL, FALSE, flags);
  properties[PROP_SEARCHABLE] = g_param_spec_boolean ("searchable", NULL, NULL, FALSE, flags);
  properties[PROP_SEARCHING] = g_param_spec_boolean ("searching", NULL, NULL, FALSE, flags);
  properties[PROP_SEARCH_TEXT] = g_param_spec_string ("search-text", NULL, NULL, "", flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

const char *
pn_page_get_title (PnPage *self)
{
  return adw_window_title_get_title (PRIVATE (self)->title);
}

void
pn_page_set_title (PnPage *self, const char *title)
{
  PnPagePrivate *priv = PRIVATE (self);

  if (g_strcmp0 (adw_window_title_get_title (priv->title), title) == 0)
    return;
  adw_window_title_set_title (priv->title, title != NULL ? title : "");
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TITLE]);
}

void
pn_page_set_subtitle (PnPage *self, const char *subtitle)
{
  PnPagePrivate *priv = PRIVATE (self);

  if (g_strcmp0 (adw_window_title_get_subtitle (priv->title), subtitle) == 0)
    return;
  adw_window_title_set_subtitle (priv->title, subtitle != NULL ? subtitle : "");
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SUBTITLE]);
}

gboolean
pn_page_get_narrow (PnPage *self)
{
  return PRIVATE (self)->narrow;
}

const char *
pn_page_get_search_text (PnPage *self)
{
  return gtk_editable_get_text (GTK_EDITABLE (PRIVATE (self)->search_entry));
}

void
pn_page_start_search (PnPage *self)
{
  PnPagePrivate *priv = PRIVATE (self);

  if (!priv->searchable)
    return;
  gtk_search_bar_set_search_mode (priv->search_bar, TRUE);
  gtk_widget_grab_focus (GTK_WIDGET (priv->search_entry));
}

/* Only once everything has its place: before, any of it would be the first. */
static gboolean
take_focus_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  PnPagePrivate *priv = PRIVATE (PN_PAGE (widget));
  GtkWidget *content = GTK_WIDGET (priv->content);
  GtkWidget *focus = gtk_root_get_focus (gtk_widget_get_root (widget));

  if (gtk_widget_get_width (content) == 0)
    return G_SOURCE_CONTINUE;
  priv->taking_focus = 0;
  if (focus == NULL || !gtk_widget_is_ancestor (focus, content))
    (void) gtk_widget_child_focus (content, GTK_DIR_TAB_FORWARD);
  return G_SOURCE_REMOVE;
}

void
pn_page_take_focus (PnPage *self)
{
  PnPagePrivate *priv = PRIVATE (self);

  if (priv->taking_focus == 0)
    priv->taking_focus =
        gtk_widget_add_tick_callback (GTK_WIDGET (self), take_focus_cb, NULL, NULL);
}

void
pn_page_set_opener (PnPage *self, GtkWidget *opener)
{
  g_set_weak_pointer (&PRIVATE (self)->opener, opener);
}

void
pn_page_return_focus (PnPage *self, PnPage *to)
{
  GtkWidget *opener = PRIVATE (self)->opener;

  stop_taking_focus (self);
  if (opener == NULL || !gtk_widget_is_ancestor (opener, GTK_WIDGET (to)) ||
      !gtk_widget_get_mapped (opener) || !gtk_widget_grab_focus (opener))
    pn_page_take_focus (to);
}
