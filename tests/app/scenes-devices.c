/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Devices page in its states, and a device's own page. */
#include "config.h"

#include "pn-card-grid.h"
#include "pn-devices-page.h"
#include "pn-device-page.h"
#include "pn-full-station.h"
#include "pn-guide.h"
#include "pn-override-dialog.h"
#include "pn-scene.h"
#include "pn-slot-card.h"

static PnFullStation *station;
static gint64 complete; /* since when all that is there has arrived; 0 = not looked at yet */

static const PnCardState usual[] = { PN_CARD_WRITING,      PN_CARD_PASSED,  PN_CARD_LOCKING,
                                     PN_CARD_FAILED_RETRY, PN_CARD_REFUSED, PN_CARD_CHECKING,
                                     PN_CARD_LOOKING,      PN_CARD_EMPTY,   PN_CARD_UNUSED };

static GtkWidget *
find (GtkWidget *widget, GType type)
{
  GtkWidget *found = G_TYPE_CHECK_INSTANCE_TYPE (widget, type) ? widget : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find (child, type);
  return found;
}

static void
set_setting (const char *key, const char *value)
{
  g_settings_set_string (pn_app_get_settings (pn_app_get_default ()), key, value);
}

static void
open_states (PnWindow *window, const PnCardState *states, guint n)
{
  station = pn_full_station_new (n);
  complete = 0;
  for (guint i = 0; i < n; i++)
    pn_full_station_show (station, i, states[i]);
  pn_window_show_page (window, "devices");
}

static void
open_usual (PnWindow *window)
{
  open_states (window, usual, G_N_ELEMENTS (usual));
}

/* Somebody decided something for the device that was refused. */
static void
open_overridden (PnWindow *window)
{
  open_usual (window);
  pn_dbus_manager_set_overrides (
      station->helper->manager,
      g_variant_new_parsed (
          "[{'id': <int64 7>, 'kind': <'again'>, 'slot': <'1-1.5'>,"
          " 'once': <int64 1>, 'who': <'alice'>, 'made': <int64 1777818068000000>,"
          " 'reason': <'Its storage was replaced, see order 4711'>}]"));
}

/* All that is there has arrived, and was drawn. */
static gboolean
is_ready (PnWindow *window)
{
  GListModel *slots = pn_client_get_slots (pn_app_get_client (pn_app_get_default ()));
  gint64 now = g_get_monotonic_time ();

  g_usleep (1000);
  if (g_list_model_get_n_items (slots) < station->n_slots || complete == 0)
    complete = now;
  return now - complete > 3 * G_USEC_PER_SEC / 10;
}

/* Two runs move for a while, so that they have a rate. */
static gboolean
is_moving (PnWindow *window)
{
  static gint64 since;
  static guint steps;
  gint64 now = g_get_monotonic_time ();

  if (!is_ready (window))
    {
      steps = 0;
      return FALSE;
    }
  if (steps == 0)
    since = now - G_USEC_PER_SEC;
  if (now - since < G_USEC_PER_SEC / 4)
    {
      g_usleep (1000);
      return FALSE;
    }
  since = now;
  steps++;
  pn_full_station_progress (station, 0, .58 + .004 * MIN (steps, 10));
  pn_full_station_progress (station, 5, .17 + .01 * MIN (steps, 10));
  if (steps < 10)
    return FALSE;
  steps = 0;
  return TRUE;
}

/* The next one begins at its top. */
static void
scroll_up (PnWindow *window)
{
  GtkWidget *grid = find (GTK_WIDGET (window), PN_TYPE_CARD_GRID);
  GtkWidget *scroll = gtk_widget_get_ancestor (grid, GTK_TYPE_SCROLLED_WINDOW);

  gtk_adjustment_set_value (gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scroll)), 0);
}

static void
close_station (PnWindow *window)
{
  scroll_up (window);
  pn_full_station_free (station);
  station = NULL;
  set_setting ("density", "normal");
  set_setting ("devices-view", "cards");
  set_setting ("devices-order", "slots");
  pn_window_show_page (window, "activity");
}

/* What is looked for is nowhere. */
static gboolean
is_none_found (PnWindow *window)
{
  GtkWidget *entry =
      find (GTK_WIDGET (pn_window_get_page (window, "devices")), GTK_TYPE_SEARCH_ENTRY);

  if (!is_ready (window))
    return FALSE;
  if (*gtk_editable_get_text (GTK_EDITABLE (entry)) == '\0')
    {
      gtk_widget_activate_action (GTK_WIDGET (window), "win.search", NULL);
      gtk_editable_set_text (GTK_EDITABLE (entry), "no such serial");
    }
  return !gtk_widget_get_mapped (find (GTK_WIDGET (window), PN_TYPE_CARD_GRID));
}

static void
close_search (PnWindow *window)
{
  GtkWidget *page = GTK_WIDGET (pn_window_get_page (window, "devices"));

  gtk_editable_set_text (GTK_EDITABLE (find (page, GTK_TYPE_SEARCH_ENTRY)), "");
  gtk_search_bar_set_search_mode (GTK_SEARCH_BAR (find (page, GTK_TYPE_SEARCH_BAR)), FALSE);
  close_station (window);
}

static void
open_every (PnWindow *window)
{
  PnCardState states[PN_CARD_SKIPPED + 1];

  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    states[i] = i;
  open_states (window, states, G_N_ELEMENTS (states));
}

/* A device that was pulled out is missed after five seconds. */
static gboolean
is_lost (PnWindow *window)
{
  PnClient *client = pn_app_get_client (pn_app_get_default ());
  g_autofree char *name = g_strdup_printf ("1-1.%d", PN_CARD_LOST + 1);
  PnClientSlot *slot;

  if (!is_ready (window))
    return FALSE;
  slot = pn_client_find_slot (client, name);
  g_usleep (1000);
  return pn_client_slot_get_state (slot) == PN_CARD_LOST;
}

static void
open_many (PnWindow *window)
{
  PnCardState states[64];

  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    states[i] = i % 3 == 0 ? PN_CARD_CHECKING : PN_CARD_WRITING;
  open_states (window, states, G_N_ELEMENTS (states));
}

/* Half-way down. */
static gboolean
is_scrolled (PnWindow *window)
{
  GtkWidget *grid = find (GTK_WIDGET (window), PN_TYPE_CARD_GRID);
  GtkWidget *scroll = gtk_widget_get_ancestor (grid, GTK_TYPE_SCROLLED_WINDOW);
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scroll));
  graphene_rect_t bounds;

  if (!is_ready (window) ||
      gtk_adjustment_get_upper (adjustment) < 3 * gtk_adjustment_get_page_size (adjustment))
    return FALSE;
  gtk_adjustment_set_value (adjustment, gtk_adjustment_get_upper (adjustment) / 2);
  return gtk_widget_compute_bounds (grid, scroll, &bounds) && bounds.origin.y < -500 &&
         g_get_monotonic_time () - complete > G_USEC_PER_SEC;
}

static void
open_first_few (PnWindow *window)
{
  set_setting ("devices-order", "needs-you");
  open_usual (window);
}

static void
open_list (PnWindow *window)
{
  set_setting ("devices-view", "list");
  open_usual (window);
}

static void
open_compact (PnWindow *window)
{
  set_setting ("density", "compact");
  open_usual (window);
}

static void
open_large (PnWindow *window)
{
  set_setting ("density", "large");
  open_usual (window);
}

static void
open_guide (PnWindow *window)
{
  station = pn_full_station_new (0);
  complete = 0;
  pn_window_show_page (window, "devices");
}

static void
open_family (PnWindow *window, PnGuideFamily family)
{
  open_guide (window);
  pn_guide_set_family (PN_GUIDE (find (GTK_WIDGET (window), PN_TYPE_GUIDE)), family);
}

static void
open_module_guide (PnWindow *window)
{
  open_family (window, PN_GUIDE_MODULE);
}

static void
open_gpio_guide (PnWindow *window)
{
  open_family (window, PN_GUIDE_PI4);
}

static void
open_zero_guide (PnWindow *window)
{
  open_family (window, PN_GUIDE_ZERO);
}

static void
open_helper_gone (PnWindow *window)
{
  pn_window_show_page (window, "devices");
}

/* The page of the slot is pushed once it is there. */
static gboolean
push_slot (PnWindow *window, const char *name)
{
  static gboolean pushed;
  PnClient *client = pn_app_get_client (pn_app_get_default ());

  if (!is_ready (window))
    return FALSE;
  if (!pushed)
    pn_window_push (window, pn_device_page_new_for_slot (pn_client_find_slot (client, name)));
  pushed = !pushed;
  return !pushed;
}

static gboolean
is_passed_open (PnWindow *window)
{
  return push_slot (window, "1-1.2");
}

static gboolean
is_refused_open (PnWindow *window)
{
  return push_slot (window, "1-1.5");
}

static gboolean
is_writing_open (PnWindow *window)
{
  return push_slot (window, "1-1.1");
}

static gboolean
is_override_open (PnWindow *window)
{
  PnClient *client = pn_app_get_client (pn_app_get_default ());

  if (pn_scene_over == NULL && is_ready (window))
    {
      pn_scene_over =
          GTK_WIDGET (pn_override_dialog_new (client, pn_client_find_slot (client, "1-1.5")));
      pn_dialog_present (PN_DIALOG (pn_scene_over), GTK_WIDGET (window));
    }
  return pn_scene_over != NULL;
}

/* Devices that have passed before: asked about, and skipped. */
static void
open_done (PnWindow *window)
{
  static const PnCardState states[] = { PN_CARD_DONE_BEFORE, PN_CARD_SKIPPED, PN_CARD_REFUSED,
                                        PN_CARD_DECISION };

  open_states (window, states, G_N_ELEMENTS (states));
}

static gboolean
is_again_open (PnWindow *window)
{
  if (pn_scene_over == NULL && is_ready (window))
    {
      gtk_widget_activate_action (find (GTK_WIDGET (window), PN_TYPE_SLOT_CARD), "slot.again",
                                  NULL);
      pn_scene_over = pn_scene_find_window (ADW_TYPE_MESSAGE_DIALOG);
    }
  return pn_scene_over != NULL;
}

static gboolean
is_more (GtkWidget *button, gpointer unused)
{
  return gtk_widget_has_css_class (button, "sentence-more") && gtk_widget_get_mapped (button);
}

/* The whole of a long sentence. */
static gboolean
is_more_open (PnWindow *window)
{
  GtkWidget *more;

  if (pn_scene_over == NULL && is_ready (window))
    {
      more = pn_test_find (GTK_WIDGET (window), GTK_TYPE_MENU_BUTTON, is_more, NULL);
      gtk_menu_button_popup (GTK_MENU_BUTTON (more));
      pn_scene_over = GTK_WIDGET (gtk_menu_button_get_popover (GTK_MENU_BUTTON (more)));
    }
  return pn_scene_over != NULL;
}

static void
open_record (PnWindow *window)
{
  g_autoptr (GVariant) record = g_variant_ref_sink (g_variant_new_parsed (
      "{'id': <int64 4711>, 'serial': <'100000004a1c9e77'>, 'model': <'Compute Module 5'>,"
      " 'mac': <'d8:3a:dd:10:4d:52'>, 'verdict': <'failed'>, 'condition': <'retry'>,"
      " 'mode': <'secure-boot'>, 'storage_size': <uint64 31268536320>,"
      " 'started': <int64 1777818068000000>, 'ended': <int64 1777818359000000>,"
      " 'message': <'The device stopped answering while it was written to'>,"
      " 'key_hash': <'8c41d07e5b92aa1306f4e8c971d3220be95f3c841ab6077dc2f8914e3d0590be'>,"
      " 'evidence': <'{\"JTAG_LOCKED\":\"0\",\"secure-otp\":\"present\","
      "\"device-class\":\"unfinished\",\"unfinished-at\":\"write\","
      "\"override-skip-firmware\":\"alice: The WP pin is soldered\"}'>}"));

  open_usual (window);
  pn_window_push (window, pn_device_page_new_for_record (record));
}

#define CARDS 1180, 800

const PnScene pn_scenes_devices[] = {
  { "devices", open_usual, is_moving, close_station, CARDS },
  { "devices-wide", open_usual, is_moving, close_station, 1640, 880 },
  { "devices-states", open_every, is_lost, close_station, 1640, 1400 },
  { "devices-many", open_many, is_scrolled, close_station, CARDS },
  { "devices-order", open_first_few, is_moving, close_station, CARDS },
  { "devices-list", open_list, is_moving, close_station, 1280, 560 },
  { "devices-compact", open_compact, is_moving, close_station, CARDS },
  { "devices-large", open_large, is_moving, close_station, 1640, 1000 },
  { "devices-override", open_overridden, is_ready, close_station, CARDS },
  { "override", open_overridden, is_override_open, close_station, CARDS },
  { "device-override", open_overridden, is_refused_open, close_station, 1300, 1000 },
  { "devices-done", open_done, is_ready, close_station, CARDS },
  { "devices-again", open_done, is_again_open, close_station, CARDS },
  { "devices-sentence", open_done, is_more_open, close_station, CARDS },
  { "devices-none", open_usual, is_none_found, close_search, CARDS },
  { "devices-no-service", open_helper_gone, NULL, NULL, 1000, 640 },
  { "guide", open_guide, is_ready, close_station, CARDS },
  { "guide-module", open_module_guide, is_ready, close_station, CARDS },
  { "guide-gpio", open_gpio_guide, is_ready, close_station, CARDS },
  { "guide-zero", open_zero_guide, is_ready, close_station, CARDS },
  { "device", open_usual, is_passed_open, close_station, 1300, 1100 },
  { "device-refused", open_usual, is_refused_open, close_station, 1300, 1000 },
  { "device-writing", open_usual, is_writing_open, close_station, 1180, 1000 },
  { "device-record", open_record, is_ready, close_station, 1180, 900 },
  { 0 },
};
