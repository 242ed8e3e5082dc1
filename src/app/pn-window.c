/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-window.h"

#include <glib/gi18n.h>

#include "pn-activity-page.h"
#include "pn-approval-watch.h"
#include "pn-batches-page.h"
#include "pn-bench-page.h"
#include "pn-devices-page.h"
#include "pn-drop-frame.h"
#include "pn-error.h"
#include "pn-images-page.h"
#include "pn-narrow.h"
#include "pn-recipes-page.h"
#include "pn-records-page.h"
#include "pn-settings-page.h"

#define NARROW_WIDTH 600 /* below it a page has one column */
#define FOLD_WIDTH 860   /* below it the sidebar is not beside the page */

/* The pages, in the order of the sidebar and of Ctrl+1, 2, … */
static const struct
{
  const char *name, *icon, *label;
  GType (*get_type) (void);
  gboolean practice; /* only while practising */
} pages[] = {
  { "devices", "pn-slots-symbolic", N_ ("Devices"), pn_devices_page_get_type },
  { "batches", "pn-batch-symbolic", N_ ("Batches"), pn_batches_page_get_type },
  { "records", "pn-records-symbolic", N_ ("Records"), pn_records_page_get_type },
  { "images", "pn-image-symbolic", N_ ("Images"), pn_images_page_get_type },
  { "recipes", "pn-recipe-symbolic", N_ ("Recipes"), pn_recipes_page_get_type },
  { "activity", "pn-activity-symbolic", N_ ("Activity"), pn_activity_page_get_type },
  { "bench", "pn-bench-symbolic", N_ ("Practice bench"), pn_bench_page_get_type, TRUE },
  { "settings", "applications-system-symbolic", N_ ("Settings"), pn_settings_page_get_type },
};

struct _PnWindow
{
  AdwApplicationWindow parent_instance;
  PnDropFrame *drop_frame;
  AdwLeaflet *leaflet;
  GtkBox *sidebar;
  GtkListBox *list;
  AdwToastOverlay *toasts;
  AdwLeaflet *pile; /* pages that lie on one another */
  GtkStack *stack;  /* at its bottom: the pages of the sidebar */
  GtkMenuButton *menu;
  GtkImage *foot_symbol;
  GtkLabel *foot_title, *foot_text;

  GListStore *banners;
  PnApprovalWatch *approvals;
  PnClient *client; /* whose changes are followed */
  GtkLabel *counts[G_N_ELEMENTS (pages)];
  gboolean narrow;
  guint resized; /* an idle source that looks at the width */
  guint moved;   /* one that takes away pages that were left */
};

typedef enum
{
  PROP_FOLDED = 1,
  PROP_NARROW,
  N_PROPS
} PnWindowProperty;
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (PnWindow, pn_window, ADW_TYPE_APPLICATION_WINDOW)

/* ---- pages ---- */

static int
find_page (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (pages); i++)
    if (g_str_equal (pages[i].name, name))
      return (int) i;
  return -1;
}

PnPage *
pn_window_get_page (PnWindow *self, const char *name)
{
  GtkWidget *page = gtk_stack_get_child_by_name (self->stack, name);
  int at = find_page (name);

  if (page == NULL && at >= 0)
    {
      page = g_object_new (pages[at].get_type (), NULL);
      gtk_stack_add_named (self->stack, page, name);
    }
  return page != NULL ? PN_PAGE (page) : NULL;
}

PnPage *
pn_window_get_visible_page (PnWindow *self)
{
  GtkWidget *top = adw_leaflet_get_visible_child (self->pile);

  return PN_PAGE (PN_IS_PAGE (top) ? top : gtk_stack_get_visible_child (self->stack));
}

void
pn_window_show_page (PnWindow *self, const char *name)
{
  int at = find_page (name);
  GtkListBoxRow *row;

  if (at < 0 || (pages[at].practice && !pn_app_get_practice (pn_app_get_default ())))
    return;
  adw_leaflet_set_visible_child (self->pile, GTK_WIDGET (self->stack));
  (void) pn_window_get_page (self, name);
  gtk_stack_set_visible_child_name (self->stack, name);
  row = gtk_list_box_get_row_at_index (self->list, at);
  gtk_list_box_select_row (self->list, row);
  adw_leaflet_set_visible_child (self->leaflet, GTK_WIDGET (self->toasts));
  g_settings_set_string (pn_app_get_settings (pn_app_get_default ()), "page", name);
}

/* Takes away the pages that lie on the one that is shown. */
static void
drop_left (PnWindow *self)
{
  g_autoptr (GListModel) pile = G_LIST_MODEL (adw_leaflet_get_pages (self->pile));
  GtkWidget *shown = adw_leaflet_get_visible_child (self->pile);

  for (guint i = g_list_model_get_n_items (pile); i > 0; i--)
    {
      g_autoptr (AdwLeafletPage) top = g_list_model_get_item (pile, i - 1);

      if (adw_leaflet_page_get_child (top) == shown)
        break;
      adw_leaflet_remove (self->pile, adw_leaflet_page_get_child (top));
    }
}

void
pn_window_push (PnWindow *self, PnPage *page)
{
  /* Else the way back would lead over pages that were left a moment ago. */
  drop_left (self);
  g_object_set (page, "can-pop", TRUE, NULL);
  pn_page_set_opener (page, gtk_root_get_focus (GTK_ROOT (self)));
  adw_leaflet_append (self->pile, GTK_WIDGET (page));
  adw_leaflet_set_visible_child (self->pile, GTK_WIDGET (page));
  adw_leaflet_set_visible_child (self->leaflet, GTK_WIDGET (self->toasts));
  pn_page_take_focus (page);
}

void
pn_window_pop (PnWindow *self)
{
  PnPage *left = pn_window_get_visible_page (self);

  if (adw_leaflet_navigate (self->pile, ADW_NAVIGATION_DIRECTION_BACK))
    pn_page_return_focus (left, pn_window_get_visible_page (self));
  else if (adw_leaflet_get_folded (self->leaflet))
    adw_leaflet_navigate (self->leaflet, ADW_NAVIGATION_DIRECTION_BACK);
}

/* What was left, by a button or by a swipe, is gone once the movement is over. */
static gboolean
drop_left_cb (gpointer user_data)
{
  PnWindow *self = user_data;

  self->moved = 0;
  if (!adw_leaflet_get_child_transition_running (self->pile))
    drop_left (self);
  return G_SOURCE_REMOVE;
}

static void
pile_moved_cb (PnWindow *self)
{
  if (self->pile != NULL && self->moved == 0)
    self->moved = g_idle_add (drop_left_cb, self);
}

static void
row_activated_cb (PnWindow *self, GtkListBoxRow *row)
{
  pn_window_show_page (self, pages[gtk_list_box_row_get_index (row)].name);
}

/* The row of the page that is shown is the selected one; arrows move the keyboard only. */
static void
row_selected_cb (PnWindow *self)
{
  /* The list goes after the stack when the window does. */
  const char *shown = self->stack != NULL ? gtk_stack_get_visible_child_name (self->stack) : NULL;
  int at = shown != NULL ? find_page (shown) : -1;

  if (at >= 0)
    gtk_list_box_select_row (self->list, gtk_list_box_get_row_at_index (self->list, at));
}

static void
make_rows (PnWindow *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (pages); i++)
    {
      GtkWidget *row = gtk_list_box_row_new ();
      GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
      GtkWidget *label = gtk_label_new (_ (pages[i].label));

      self->counts[i] = GTK_LABEL (gtk_label_new (""));
      gtk_widget_set_valign (GTK_WIDGET (self->counts[i]), GTK_ALIGN_CENTER);
      gtk_widget_add_css_class (GTK_WIDGET (self->counts[i]), "nav-count");
      gtk_widget_add_css_class (GTK_WIDGET (self->counts[i]), "numeric");
      gtk_widget_set_visible (GTK_WIDGET (self->counts[i]), FALSE);
      gtk_label_set_xalign (GTK_LABEL (label), 0);
      gtk_widget_set_hexpand (label, TRUE);
      gtk_box_append (GTK_BOX (box), gtk_image_new_from_icon_name (pages[i].icon));
      gtk_box_append (GTK_BOX (box), label);
      gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->counts[i]));
      gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
      gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                      _ (pages[i].label), -1);
      gtk_list_box_append (self->list, row);
    }
}

/* The rows of pages that are only for practice; whoever begins to practise goes to the bench. */
static void
show_rows (PnWindow *self)
{
  gboolean practice = pn_app_get_practice (pn_app_get_default ());

  for (guint i = 0; i < G_N_ELEMENTS (pages); i++)
    gtk_widget_set_visible (GTK_WIDGET (gtk_list_box_get_row_at_index (self->list, (int) i)),
                            practice || !pages[i].practice);
}

static void
practice_changed_cb (PnWindow *self)
{
  const char *shown = gtk_stack_get_visible_child_name (self->stack);
  int at = shown != NULL ? find_page (shown) : -1;

  show_rows (self);
  if (pn_app_get_practice (pn_app_get_default ()))
    pn_window_show_page (self, "bench");
  else if (at >= 0 && pages[at].practice)
    pn_window_show_page (self, pages[0].name);
}

/* ---- what the sidebar and the banners say of the helper ---- */

static void
update_banners (PnWindow *self)
{
  PnApp *app = pn_app_get_default ();
  PnClientState state = pn_client_get_state (self->client);
  g_autofree char *problem = NULL;
  PnBanner *helper = NULL, *station = NULL, *practice = NULL, *paused = NULL;
  g_autofree char *reason = pn_client_get_pause_reason (self->client);

  g_object_get (self->client, "error", &problem, NULL);
  if (state == PN_CLIENT_ABSENT)
    {
      g_autofree char *text = g_strdup_printf (
          "%s%s%s", _ ("The background service is not running. Devices cannot be started."),
          problem != NULL ? " " : "", problem != NULL ? problem : "");

      helper = pn_banner_new (PN_BANNER_HELPER, text, _ ("Start it"), "app.start-helper");
    }
  if (pn_app_get_practice (app))
    practice = pn_banner_new (PN_BANNER_PRACTICE, _ ("Practice – no real device is touched."),
                              _ ("Leave practice"), "app.practice");
  if (state == PN_CLIENT_READY && pn_client_get_paused (self->client) && reason[0] != '\0')
    station = pn_banner_new (PN_BANNER_STATION, reason, _ ("Resume"), "app.pause");
  else if (state == PN_CLIENT_READY && pn_client_get_paused (self->client))
    paused = pn_banner_new (PN_BANNER_PAUSED, _ ("Paused. New devices wait."), _ ("Resume"),
                            "app.pause");
  pn_window_set_banner (self, PN_BANNER_HELPER, helper);
  pn_window_set_banner (self, PN_BANNER_STATION, station);
  pn_window_set_banner (self, PN_BANNER_PRACTICE, practice);
  pn_window_set_banner (self, PN_BANNER_PAUSED, paused);
}

/* Of the slots that rest the first; @n: how many these are. Not held. */
static PnClientSlot *
find_resting (PnWindow *self, guint *n)
{
  GListModel *slots = pn_client_get_slots (self->client);
  PnClientSlot *first = NULL;

  *n = 0;
  for (guint i = 0; i < g_list_model_get_n_items (slots); i++)
    {
      g_autoptr (PnClientSlot) slot = g_list_model_get_item (slots, i);

      if (pn_client_slot_get_state (slot) == PN_CARD_RESTING && (*n)++ == 0)
        first = slot;
    }
  return first;
}

static void
update_resting (PnWindow *self)
{
  guint n, failures;
  PnClientSlot *first = find_resting (self, &n);
  g_autofree char *text = NULL;

  if (first == NULL)
    {
      pn_window_set_banner (self, PN_BANNER_RESTING, NULL);
      return;
    }
  failures = pn_client_slot_get_failures (first);
  text = n == 1
             ? g_strdup_printf (
                   /* Translators: the name of a slot, “Slot 4”; failures in a row. */
                   ngettext ("%s was switched off after %u failure.",
                             "%s was switched off after %u failures in a row.", failures),
                   pn_client_slot_get_label (first), failures)
             : g_strdup_printf (ngettext ("%u slot was switched off after failures in a row.",
                                          "%u slots were switched off after failures in a row.", n),
                                n);
  pn_window_set_banner (self, PN_BANNER_RESTING,
                        pn_banner_new (PN_BANNER_RESTING, text,
                                       n == 1 ? _ ("Look at slot") : _ ("Look at the first"),
                                       "win.look-at-resting"));
}

static void
update_foot (PnWindow *self)
{
  static const struct
  {
    const char *icon, *style, *title;
  } looks[] = {
    [PN_CLIENT_CONNECTING] = { "content-loading-symbolic", "dim-label", N_ ("Connecting") },
    [PN_CLIENT_ABSENT] = { "pn-failed-symbolic", "error", N_ ("Service not running") },
    [PN_CLIENT_STARTING] = { "content-loading-symbolic", "dim-label", N_ ("Starting the service") },
    [PN_CLIENT_READY] = { "pn-passed-symbolic", "success", N_ ("Station ready") },
  };
  PnClientState state = pn_client_get_state (self->client);
  gboolean paused = state == PN_CLIENT_READY && pn_client_get_paused (self->client);
  guint running = pn_client_get_running (self->client);
  guint wanted = pn_attention_get_count (pn_app_get_attention (pn_app_get_default ()));
  g_autofree char *text = NULL;
  g_autofree char *count = g_strdup_printf ("%u", wanted);

  for (guint i = 0; i < G_N_ELEMENTS (looks); i++)
    gtk_widget_remove_css_class (GTK_WIDGET (self->foot_symbol), looks[i].style);
  if (!paused)
    gtk_widget_add_css_class (GTK_WIDGET (self->foot_symbol), looks[state].style);
  gtk_image_set_from_icon_name (self->foot_symbol,
                                paused ? "media-playback-pause-symbolic" : looks[state].icon);
  gtk_label_set_label (self->foot_title, paused ? _ ("Paused") : _ (looks[state].title));
  text = running == 0
             ? g_strdup (_ ("No device in progress"))
             : g_strdup_printf (
                   ngettext ("%u device in progress", "%u devices in progress", running), running);
  gtk_label_set_label (self->foot_text, text);
  gtk_label_set_label (self->counts[0], count);
  gtk_widget_set_visible (GTK_WIDGET (self->counts[0]), wanted > 0);
}

static void
client_changed_cb (PnWindow *self)
{
  update_banners (self);
  update_resting (self);
  update_foot (self);
}

static void
follow_client (PnWindow *self)
{
  if (self->client != NULL)
    g_signal_handlers_disconnect_by_data (self->client, self);
  g_set_object (&self->client, pn_app_get_client (pn_app_get_default ()));
  for (const char *const *name =
           (const char *const[]){ "state", "paused", "pause-reason", "running", "error", NULL };
       *name != NULL; name++)
    {
      g_autofree char *signal = g_strconcat ("notify::", *name, NULL);

      g_signal_connect_swapped (self->client, signal, G_CALLBACK (client_changed_cb), self);
    }
  client_changed_cb (self);
  pn_approval_watch_set_client (self->approvals, self->client);
}

GListModel *
pn_window_get_banners (PnWindow *self)
{
  return G_LIST_MODEL (self->banners);
}

void
pn_window_set_banner (PnWindow *self, PnBannerKind kind, PnBanner *banner)
{
  pn_banner_store_set (self->banners, kind, banner);
}

/* ---- toasts, files ---- */

void
pn_window_toast (PnWindow *self, const char *text)
{
  pn_window_toast_action (self, text, NULL, NULL);
}

void
pn_window_toast_error (GtkWidget *widget, const GError *error)
{
  PnWindow *window = pn_window_of (widget);

  if (window != NULL && error != NULL && !pn_error_is_dismissed (error))
    pn_window_toast (window, pn_error_text (error));
}

void
pn_window_toast_action (PnWindow *self, const char *text, const char *button, const char *action)
{
  g_autofree char *escaped = g_markup_escape_text (text, -1);
  AdwToast *toast = adw_toast_new (escaped);

  if (button != NULL)
    {
      adw_toast_set_button_label (toast, button);
      adw_toast_set_detailed_action_name (toast, action);
    }
  pn_window_add_toast (self, toast);
}

void
pn_window_add_toast (PnWindow *self, AdwToast *toast)
{
  adw_toast_overlay_add_toast (self->toasts, toast);
}

void
pn_window_open_files (PnWindow *self, GFile **files, guint n_files)
{
  PnPage *page = pn_window_get_visible_page (self);

  if (PN_PAGE_GET_CLASS (page)->open_files != NULL)
    {
      PN_PAGE_GET_CLASS (page)->open_files (page, files, n_files);
      return;
    }
  pn_window_show_page (self, "images");
  pn_images_page_import_files (PN_IMAGES_PAGE (pn_window_get_page (self, "images")), files,
                               n_files);
}

/* ---- actions ---- */

static void
show_page_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  pn_window_show_page (PN_WINDOW (widget), g_variant_get_string (parameter, NULL));
}

static void
look_at_approval_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  pn_approval_watch_show (PN_WINDOW (widget)->approvals);
}

static void
look_at_resting_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  PnWindow *self = PN_WINDOW (widget);
  guint n;
  PnClientSlot *slot = find_resting (self, &n);

  pn_window_show_page (self, "devices");
  if (slot != NULL)
    pn_devices_page_show_slot (PN_DEVICES_PAGE (pn_window_get_page (self, "devices")), slot);
}

static void
inspect_image_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  PnWindow *self = PN_WINDOW (widget);

  pn_window_show_page (self, "images");
  pn_images_page_inspect (PN_IMAGES_PAGE (pn_window_get_page (self, "images")),
                          g_variant_get_string (parameter, NULL));
}

static void
pop_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  pn_window_pop (PN_WINDOW (widget));
}

static void
search_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  pn_page_start_search (pn_window_get_visible_page (PN_WINDOW (widget)));
}

static void
show_sidebar_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  PnWindow *self = PN_WINDOW (widget);

  adw_leaflet_set_visible_child (self->leaflet, GTK_WIDGET (self->sidebar));
}

static void
full_screen_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  g_object_set (widget, "fullscreened", !gtk_window_is_fullscreen (GTK_WINDOW (widget)), NULL);
}

static void
menu_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  gtk_menu_button_popup (PN_WINDOW (widget)->menu);
}

/* Made when it is asked for: GTK 4.8 shows hidden windows to assistive technology that asks while
 * another is closing, and breaks. */
static void
shortcuts_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  g_autoptr (GtkBuilder) builder =
      gtk_builder_new_from_resource ("/org/punnet/Punnet/ui/help-overlay.ui");
  GtkWindow *shortcuts = GTK_WINDOW (gtk_builder_get_object (builder, "shortcuts"));

  gtk_window_set_transient_for (shortcuts, GTK_WINDOW (widget));
  gtk_window_present (shortcuts);
}

/* ---- the window ---- */

static gboolean
must_fold (PnWindow *self)
{
  GtkWidget *widget = GTK_WIDGET (self);

  return pn_is_narrow (widget, gtk_widget_get_width (widget), FOLD_WIDTH);
}

static gboolean
resized_cb (gpointer user_data)
{
  PnWindow *self = user_data;
  gboolean narrow =
      pn_is_narrow (GTK_WIDGET (self), gtk_widget_get_width (GTK_WIDGET (self)), NARROW_WIDTH);

  self->resized = 0;
  adw_leaflet_set_can_unfold (self->leaflet, !must_fold (self));
  if (self->narrow == narrow)
    return G_SOURCE_REMOVE;
  self->narrow = narrow;
  if (narrow)
    gtk_widget_add_css_class (GTK_WIDGET (self), "narrow");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "narrow");
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_NARROW]);
  return G_SOURCE_REMOVE;
}

static void
pn_window_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  PnWindow *self = PN_WINDOW (widget);

  GTK_WIDGET_CLASS (pn_window_parent_class)->size_allocate (widget, width, height, baseline);
  if ((self->narrow != pn_is_narrow (widget, width, NARROW_WIDTH) ||
       adw_leaflet_get_can_unfold (self->leaflet) == must_fold (self)) &&
      self->resized == 0)
    self->resized = g_idle_add (resized_cb, self);
}

static void
folded_cb (PnWindow *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FOLDED]);
}

static void
pn_window_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PnWindow *self = PN_WINDOW (object);

  switch ((PnWindowProperty) prop_id)
    {
    case PROP_FOLDED:
      g_value_set_boolean (value, self->leaflet != NULL && adw_leaflet_get_folded (self->leaflet));
      break;
    case PROP_NARROW:
      g_value_set_boolean (value, self->narrow);
      break;
    case N_PROPS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
pn_window_constructed (GObject *object)
{
  PnWindow *self = PN_WINDOW (object);
  PnApp *app = pn_app_get_default ();
  GSettings *settings = pn_app_get_settings (app);
  g_autofree char *page = g_settings_get_string (settings, "page");

  G_OBJECT_CLASS (pn_window_parent_class)->constructed (object);
  g_settings_bind (settings, "window-width", self, "default-width", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "window-height", self, "default-height", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (settings, "window-maximized", self, "maximized", G_SETTINGS_BIND_DEFAULT);
  g_signal_connect_object (pn_app_get_attention (app), "resting-changed",
                           G_CALLBACK (update_resting), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (pn_app_get_attention (app), "notify::count", G_CALLBACK (update_foot),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (app, "notify::client", G_CALLBACK (follow_client), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (app, "notify::practice", G_CALLBACK (practice_changed_cb), self,
                           G_CONNECT_SWAPPED);
  show_rows (self);
  follow_client (self);
  pn_window_show_page (self, pages[0].name);
  pn_window_show_page (self, page);
}

static void
pn_window_dispose (GObject *object)
{
  PnWindow *self = PN_WINDOW (object);

  gtk_widget_dispose_template (GTK_WIDGET (object), PN_TYPE_WINDOW);
  g_clear_handle_id (&self->resized, g_source_remove);
  g_clear_handle_id (&self->moved, g_source_remove);
  if (self->client != NULL)
    g_signal_handlers_disconnect_by_data (self->client, self);
  g_clear_object (&self->client);
  g_clear_object (&self->approvals);
  g_clear_object (&self->banners);
  G_OBJECT_CLASS (pn_window_parent_class)->dispose (object);
}

static void
pn_window_class_init (PnWindowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->constructed = pn_window_constructed;
  object_class->dispose = pn_window_dispose;
  object_class->get_property = pn_window_get_property;
  widget_class->size_allocate = pn_window_size_allocate;
  properties[PROP_FOLDED] = g_param_spec_boolean ("folded", NULL, NULL, FALSE, flags);
  properties[PROP_NARROW] = g_param_spec_boolean ("narrow", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_template_from_resource (widget_class, "/org/punnet/Punnet/ui/pn-window.ui");
  g_type_ensure (PN_TYPE_DROP_FRAME);
  gtk_widget_class_bind_template_child (widget_class, PnWindow, drop_frame);
  gtk_widget_class_bind_template_child (widget_class, PnWindow, leaflet);
  gtk_widget_class_bind_template_child (widget_class, PnWindow, sidebar);
  gtk_widget_class_bind_template_child (widget_class, PnWindow, list);
  gtk_widget_class_bind_template_child (widget_class, PnWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, PnWindow, pile);
  gtk_widget_class_bind_template_child (widget_class, PnWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, PnWindow, menu);
  gtk_widget_class_bind_template_child (widget_class, PnWindow, foot_symbol);
  gtk_widget_class_bind_template_child (widget_class, PnWindow, foot_title);
  gtk_widget_class_bind_template_child (widget_class, PnWindow, foot_text);
  gtk_widget_class_bind_template_callback (widget_class, row_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, row_selected_cb);
  gtk_widget_class_bind_template_callback (widget_class, pile_moved_cb);
  gtk_widget_class_bind_template_callback (widget_class, folded_cb);
  gtk_widget_class_install_action (widget_class, "win.show-page", "s", show_page_action);
  gtk_widget_class_install_action (widget_class, "win.look-at-resting", NULL,
                                   look_at_resting_action);
  gtk_widget_class_install_action (widget_class, "win.look-at-approval", NULL,
                                   look_at_approval_action);
  gtk_widget_class_install_action (widget_class, "win.inspect-image", "s", inspect_image_action);
  gtk_widget_class_install_action (widget_class, "win.pop", NULL, pop_action);
  gtk_widget_class_install_action (widget_class, "win.show-shortcuts", NULL, shortcuts_action);
  gtk_widget_class_install_action (widget_class, "win.search", NULL, search_action);
  gtk_widget_class_install_action (widget_class, "win.show-sidebar", NULL, show_sidebar_action);
  gtk_widget_class_install_action (widget_class, "win.full-screen", NULL, full_screen_action);
  gtk_widget_class_install_action (widget_class, "win.menu", NULL, menu_action);
  for (guint i = 0; i < MIN (G_N_ELEMENTS (pages), 9); i++)
    gtk_widget_class_add_binding_action (widget_class, GDK_KEY_1 + i, GDK_CONTROL_MASK,
                                         "win.show-page", "s", pages[i].name);
}

static void
pn_window_init (PnWindow *self)
{
  self->banners = g_list_store_new (PN_TYPE_BANNER);
  self->approvals = pn_approval_watch_new (self);
  gtk_widget_init_template (GTK_WIDGET (self));
  /* Until its width is known: what is wide would widen it. */
  self->narrow = TRUE;
  gtk_widget_add_css_class (GTK_WIDGET (self), "narrow");
  pn_drop_frame_attach (self->drop_frame, self);
  make_rows (self);
}

PnWindow *
pn_window_new (PnApp *app)
{
  return g_object_new (PN_TYPE_WINDOW, "application", app, NULL);
}

PnWindow *
pn_window_of (GtkWidget *widget)
{
  GtkRoot *root = gtk_widget_get_root (widget);

  while (root != NULL && !PN_IS_WINDOW (root))
    root =
        GTK_IS_WINDOW (root) ? GTK_ROOT (gtk_window_get_transient_for (GTK_WINDOW (root))) : NULL;
  return root != NULL ? PN_WINDOW (root) : NULL;
}
