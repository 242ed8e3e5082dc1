/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Devices page and a device's page, on a station whose slots can be put into any state. */
#include "config.h"

#include <string.h>

#include "pn-attention.h"
#include "pn-batch-pace.h"
#include "pn-card-look.h"
#include "pn-device-identity.h"
#include "pn-device-page.h"
#include "pn-devices-page.h"
#include "pn-full-station.h"
#include "pn-log-view.h"
#include "pn-phase-bar.h"
#include "pn-score.h"
#include "pn-slot-card.h"
#include "pn-slot-list.h"
#include "pn-test-app.h"

#define N_STATES (PN_CARD_SKIPPED + 1)

/* ---- pure ---- */

static void
test_looks (void)
{
  for (guint i = 0; i < N_STATES; i++)
    {
      const PnCardLook *look = pn_card_look (i);

      g_test_message ("state %u: %s", i, look->word);
      g_assert_cmpuint (look->state, ==, i);
      g_assert_cmpuint (g_utf8_strlen (look->word, -1), >, 2);
      g_assert_cmpuint (g_utf8_strlen (look->word, -1), <=, 20);
      g_assert_cmpstr (pn_card_look_word (i), ==, look->word);
      g_assert_cmpstr (look->style, !=, "");
      g_assert_nonnull (look->sentence);
      g_assert_true (look->main != PN_CARD_BUTTON_NONE || look->second == PN_CARD_BUTTON_NONE);
      g_assert_true (look->main == PN_CARD_BUTTON_NONE || look->main != look->second);
      g_assert_true (!look->moving || look->group == PN_CARD_GROUP_WORKING);
      /* No two are told apart by colour or word alone. */
      for (guint j = 0; j < i; j++)
        {
          g_assert_cmpstr (look->icon, !=, pn_card_look (j)->icon);
          g_assert_cmpstr (look->word, !=, pn_card_look (j)->word);
        }
    }
  /* A permanent step cannot be stopped. */
  g_assert_cmpint (pn_card_look (PN_CARD_LOCKING)->main, !=, PN_CARD_BUTTON_STOP);
  g_assert_cmpint (pn_card_look (PN_CARD_LOCKING)->second, !=, PN_CARD_BUTTON_STOP);
  for (guint i = 1; i < PN_N_CARD_BUTTONS; i++)
    {
      g_assert_nonnull (pn_card_button_label (i));
      g_assert_true (g_str_has_prefix (pn_card_button_action (i), "slot."));
    }
}

static void
test_pace (void)
{
  const gint64 minute = 60 * G_USEC_PER_SEC, now = 600 * minute;
  const struct
  {
    const char *serial, *verdict;
    gint64 started, ended; /* minutes ago */
  } runs[] = {
    { "a", "passed", 300, 295 }, { "b", "failed", 50, 49 }, { "c", "passed", 40, 35 },
    { "b", "passed", 30, 25 },   { "d", "passed", 20, 15 }, { "e", "refused", 9, 8 },
  };
  GVariantBuilder records;
  g_autoptr (GVariant) all = NULL;
  g_autoptr (GVariant) none = g_variant_ref_sink (g_variant_new_parsed ("@aa{sv} []"));
  PnBatchPace pace;

  g_variant_builder_init (&records, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < G_N_ELEMENTS (runs); i++)
    {
      g_variant_builder_open (&records, G_VARIANT_TYPE_VARDICT);
      g_variant_builder_add (&records, "{sv}", "serial", g_variant_new_string (runs[i].serial));
      g_variant_builder_add (&records, "{sv}", "verdict", g_variant_new_string (runs[i].verdict));
      g_variant_builder_add (&records, "{sv}", "started",
                             g_variant_new_int64 (now - runs[i].started * minute));
      g_variant_builder_add (&records, "{sv}", "ended",
                             g_variant_new_int64 (now - runs[i].ended * minute));
      g_variant_builder_close (&records);
    }
  all = g_variant_ref_sink (g_variant_builder_end (&records));
  pace = pn_batch_pace (all, now, 6);
  g_assert_cmpuint (pace.devices, ==, 5);
  g_assert_cmpuint (pace.first_time, ==, 3); /* a, c, d: b passed at its second try */
  g_assert_cmpfloat_with_epsilon (pace.per_hour, 3, 1e-6);
  g_assert_cmpint (pace.end, ==, now + 120 * minute);
  pace = pn_batch_pace (all, now, 0);
  g_assert_cmpint (pace.end, ==, 0);
  pace = pn_batch_pace (none, now, 6);
  g_assert_cmpuint (pace.devices, ==, 0);
  g_assert_cmpfloat (pace.per_hour, ==, 0);
}

/* ---- with a window ---- */

static PnFullStation *station;
static PnWindow *window;

static gboolean
has_states (const PnCardState *states, guint n)
{
  GListModel *slots = pn_client_get_slots (pn_app_get_client (pn_app_get_default ()));

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("1-1.%u", i + 1);
      PnClientSlot *slot = pn_client_find_slot (pn_app_get_client (pn_app_get_default ()), name);

      if (slot == NULL || pn_client_slot_get_state (slot) != states[i])
        return FALSE;
    }
  return g_list_model_get_n_items (slots) == n;
}

static void
open_station (const PnCardState *states, guint n, int width, int height)
{
  station = pn_full_station_new (n);
  for (guint i = 0; i < n; i++)
    pn_full_station_show (station, i, states[i]);
  window = pn_test_open_window (width, height);
  pn_window_show_page (window, "devices");
  PN_TEST_WAIT_FOR (has_states (states, n));
  pn_test_settle ();
}

static void
close_station (void)
{
  pn_test_close_window (window);
  pn_full_station_free (station);
  PN_TEST_WAIT_FOR (pn_client_get_state (pn_app_get_client (pn_app_get_default ())) ==
                    PN_CLIENT_ABSENT);
}

static PnClientSlot *
get_slot (guint number)
{
  g_autofree char *name = g_strdup_printf ("1-1.%u", number);

  return pn_client_find_slot (pn_app_get_client (pn_app_get_default ()), name);
}

static gboolean
is_of_slot (GtkWidget *card, gpointer slot)
{
  return pn_slot_card_get_slot (PN_SLOT_CARD (card)) == slot;
}

static GtkWidget *
get_card (guint number)
{
  return pn_test_find (GTK_WIDGET (window), PN_TYPE_SLOT_CARD, is_of_slot, get_slot (number));
}

static gboolean
focus_is (GtkWidget *widget)
{
  return gtk_root_get_focus (GTK_ROOT (window)) == widget;
}

static GtkWidget *
get_page (void)
{
  return GTK_WIDGET (pn_window_get_page (window, "devices"));
}

static const PnCardState quick[] = {
  PN_CARD_EMPTY,     PN_CARD_FOUND,           PN_CARD_HELD,         PN_CARD_READY,
  PN_CARD_LOOKING,   PN_CARD_FIRMWARE,        PN_CARD_LOCKING,      PN_CARD_STARTING,
  PN_CARD_STORAGE,   PN_CARD_WRITING,         PN_CARD_CHECKING,     PN_CARD_RECORDING,
  PN_CARD_DECISION,  PN_CARD_FINISHING_WRITE, PN_CARD_PASSED,       PN_CARD_REFUSED,
  PN_CARD_RESTING,   PN_CARD_STOPPED,         PN_CARD_FAILED_RETRY, PN_CARD_FAILED_UNKNOWN,
  PN_CARD_SET_ASIDE, PN_CARD_DONE_BEFORE,     PN_CARD_SKIPPED,
};

static void
test_cards (void)
{
  int height;

  open_station (quick, G_N_ELEMENTS (quick), 1180, 800);
  height = gtk_widget_get_height (get_card (1));
  for (guint i = 0; i < G_N_ELEMENTS (quick); i++)
    {
      GtkWidget *card = get_card (i + 1);
      const PnCardLook *look = pn_card_look (quick[i]);
      g_autofree char *sentence = pn_card_sentence (get_slot (i + 1));
      g_autofree char *said = pn_card_describe (get_slot (i + 1));
      GtkWidget *bar = pn_test_find (card, PN_TYPE_PHASE_BAR, NULL, NULL);

      g_test_message ("%s", said);
      g_assert_true (pn_test_shows_text (card, pn_client_slot_get_label (get_slot (i + 1))));
      g_assert_true (pn_test_shows_text (card, look->word));
      g_assert_true (gtk_widget_has_css_class (card, look->style));
      gtk_test_accessible_assert_role (card, GTK_ACCESSIBLE_ROLE_GROUP);
      gtk_test_accessible_assert_property (card, GTK_ACCESSIBLE_PROPERTY_LABEL, said);
      gtk_test_accessible_assert_role (bar, GTK_ACCESSIBLE_ROLE_PROGRESS_BAR);
      g_assert_cmpint (pn_test_shows_text (card, "Do not disconnect"), ==,
                       quick[i] == PN_CARD_LOCKING);
      for (PnCardButton button = PN_CARD_BUTTON_START; button < PN_N_CARD_BUTTONS; button++)
        g_assert_cmpint (pn_test_find_button (card, pn_card_button_label (button)) != NULL, ==,
                         look->main == button || look->second == button);
      /* Nothing moves when the state changes. */
      g_assert_cmpint (gtk_widget_get_height (card), ==, height);
    }
  gtk_test_accessible_assert_property (pn_test_find (get_card (10), PN_TYPE_PHASE_BAR, NULL, NULL),
                                       GTK_ACCESSIBLE_PROPERTY_VALUE_NOW, .62);
  close_station ();
}

static gboolean
start_cb (PnDbusSlot *slot, GDBusMethodInvocation *invocation, GVariant *options, guint *n_started)
{
  (*n_started)++;
  pn_dbus_slot_complete_start (slot, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
use_again_cb (PnDbusSlot *slot,
              GDBusMethodInvocation *invocation,
              GVariant *options,
              gpointer user_data)
{
  pn_full_station_show (station, 0, PN_CARD_EMPTY);
  pn_dbus_slot_complete_use_again (slot, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/* A slot that rests wants somebody, and its button is the way out. */
static void
test_resting (void)
{
  const PnCardState states[] = { PN_CARD_RESTING, PN_CARD_WRITING };
  GtkWidget *card;

  open_station (states, G_N_ELEMENTS (states), 1180, 800);
  g_signal_connect (station->slots[0], "handle-use-again", G_CALLBACK (use_again_cb), NULL);
  card = get_card (1);
  g_assert_true (pn_card_state_wants_person (pn_client_slot_get_state (get_slot (1))));
  g_assert_true (pn_test_shows_text (card, "Resting after 3 failures in a row"));
  gtk_widget_activate_action (get_card (2), "slot.use-again", NULL);
  gtk_widget_activate_action (card, "slot.main", NULL);
  PN_TEST_WAIT_FOR (pn_client_slot_get_state (get_slot (1)) == PN_CARD_EMPTY);
  g_assert_null (pn_test_find_button (card, pn_card_button_label (PN_CARD_BUTTON_USE_AGAIN)));
  close_station ();
}

static PnBanner *
find_banner (PnBannerKind kind)
{
  GListModel *banners = pn_window_get_banners (window);

  for (guint i = 0; i < g_list_model_get_n_items (banners); i++)
    {
      g_autoptr (PnBanner) one = g_list_model_get_item (banners, i);

      if (pn_banner_get_kind (one) == kind)
        return one; /* the list holds it */
    }
  return NULL;
}

static gboolean
banner_says (PnBannerKind kind, const char *text)
{
  PnBanner *banner = find_banner (kind);

  return banner != NULL && g_str_has_prefix (pn_banner_get_text (banner), text);
}

/* A slot that was switched off is told on every page, and its banner leads to it. */
static void
test_resting_banner (void)
{
  const PnCardState states[] = { PN_CARD_WRITING, PN_CARD_RESTING, PN_CARD_WRITING };

  open_station (states, G_N_ELEMENTS (states), 1180, 800);
  g_assert_true (
      banner_says (PN_BANNER_RESTING, "Slot 2 was switched off after 3 failures in a row."));
  pn_window_show_page (window, "settings");
  pn_test_settle ();
  gtk_widget_activate_action (GTK_WIDGET (window),
                              pn_banner_get_action (find_banner (PN_BANNER_RESTING)), NULL);
  PN_TEST_WAIT_FOR (focus_is (get_card (2)));
  pn_full_station_show (station, 2, PN_CARD_RESTING);
  PN_TEST_WAIT_FOR (banner_says (PN_BANNER_RESTING, "2 slots were switched off"));
  pn_full_station_show (station, 1, PN_CARD_EMPTY);
  PN_TEST_WAIT_FOR (banner_says (PN_BANNER_RESTING, "Slot 3 was switched off"));
  pn_full_station_show (station, 2, PN_CARD_EMPTY);
  PN_TEST_WAIT_FOR (find_banner (PN_BANNER_RESTING) == NULL);
  close_station ();
}

/* A station that paused by itself says why, before anything else. */
static void
test_pause_reason (void)
{
  const PnCardState states[] = { PN_CARD_FAILED_RETRY, PN_CARD_EMPTY };
  PnDbusManager *manager;

  open_station (states, G_N_ELEMENTS (states), 1180, 800);
  manager = station->helper->manager;
  pn_dbus_manager_set_paused (manager, TRUE);
  PN_TEST_WAIT_FOR (banner_says (PN_BANNER_PAUSED, "Paused."));
  pn_dbus_manager_set_pause_reason (manager, "This is not the devices: \xe2\x81\xa8"
                                             "x"
                                             "\xe2\x81\xa9");
  PN_TEST_WAIT_FOR (banner_says (PN_BANNER_STATION, "This is not the devices: x"));
  g_assert_null (find_banner (PN_BANNER_PAUSED));
  g_assert_cmpstr (pn_banner_get_action (find_banner (PN_BANNER_STATION)), ==, "app.pause");
  pn_dbus_manager_set_pause_reason (manager, "");
  pn_dbus_manager_set_paused (manager, FALSE);
  PN_TEST_WAIT_FOR (find_banner (PN_BANNER_STATION) == NULL);
  g_assert_null (find_banner (PN_BANNER_PAUSED));
  close_station ();
}

static void
focus_slot (guint number)
{
  gtk_widget_activate_action (get_page (), "devices.focus-slot", "i", (int) number - 1);
}

static void
test_keyboard (void)
{
  const PnCardState states[] = { PN_CARD_READY, PN_CARD_WRITING, PN_CARD_EMPTY, PN_CARD_PASSED };
  guint n_started = 0;
  GtkWidget *card, *before;

  open_station (states, G_N_ELEMENTS (states), 1180, 800);
  g_signal_connect (station->slots[0], "handle-start", G_CALLBACK (start_cb), &n_started);
  focus_slot (1);
  g_assert_true (focus_is (get_card (1)));
  /* Arrows go from card to card, Tab through a card. */
  gtk_widget_child_focus (GTK_WIDGET (window), GTK_DIR_RIGHT);
  g_assert_true (focus_is (get_card (2)));
  gtk_widget_child_focus (GTK_WIDGET (window), GTK_DIR_LEFT);
  g_assert_true (focus_is (get_card (1)));
  gtk_widget_child_focus (GTK_WIDGET (window), GTK_DIR_TAB_FORWARD);
  g_assert_true (gtk_widget_is_ancestor (gtk_root_get_focus (GTK_ROOT (window)), get_card (1)));
  gtk_widget_child_focus (GTK_WIDGET (window), GTK_DIR_TAB_FORWARD);
  g_assert_true (
      focus_is (pn_test_find_button (get_card (1), pn_card_button_label (PN_CARD_BUTTON_START))));
  gtk_widget_activate_action (get_card (1), "slot.main", NULL);
  PN_TEST_WAIT_FOR (n_started == 1);
  /* Focus stays, whatever becomes of the device and wherever its card is moved. */
  card = get_card (4);
  focus_slot (4);
  g_settings_set_string (pn_app_get_settings (pn_app_get_default ()), "devices-order", "needs-you");
  pn_test_settle ();
  before = gtk_widget_get_prev_sibling (card);
  pn_full_station_show (station, 3, PN_CARD_FAILED_RETRY);
  PN_TEST_WAIT_FOR (pn_client_slot_get_state (get_slot (4)) == PN_CARD_FAILED_RETRY);
  pn_test_settle ();
  g_assert_true (get_card (4) == card);
  g_assert_true (gtk_widget_get_prev_sibling (card) != before);
  g_assert_null (gtk_widget_get_prev_sibling (card));
  g_assert_true (focus_is (card));
  g_settings_reset (pn_app_get_settings (pn_app_get_default ()), "devices-order");
  gtk_widget_activate_action (card, "slot.details", NULL);
  g_assert_true (PN_IS_DEVICE_PAGE (pn_window_get_visible_page (window)));
  pn_window_pop (window);
  PN_TEST_WAIT_FOR (PN_IS_DEVICES_PAGE (pn_window_get_visible_page (window)));
  gtk_widget_activate_action (get_page (), "devices.resize", "i", 1);
  g_assert_cmpint (g_settings_get_enum (pn_app_get_settings (pn_app_get_default ()), "density"), ==,
                   2);
  gtk_widget_activate_action (get_page (), "devices.resize", "i", 0);
  close_station ();
}

static guint
count_shown (void)
{
  guint n = 0;

  for (guint i = 1; i <= station->n_slots; i++)
    {
      GtkWidget *card = get_card (i);

      n += card != NULL && gtk_widget_get_mapped (card);
    }
  return n;
}

static gboolean
is_chip (GtkWidget *widget, gpointer label)
{
  return gtk_widget_has_css_class (widget, "chip") && pn_test_shows_text (widget, label);
}

static void
choose_chip (const char *label)
{
  GtkWidget *chip =
      pn_test_find (GTK_WIDGET (window), GTK_TYPE_TOGGLE_BUTTON, is_chip, (gpointer) label);

  g_assert_nonnull (chip);
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (chip), TRUE);
  pn_test_settle ();
}

static void
test_filters (void)
{
  const PnCardState states[] = { PN_CARD_WRITING, PN_CARD_PASSED, PN_CARD_FAILED_RETRY,
                                 PN_CARD_REFUSED, PN_CARD_EMPTY,  PN_CARD_UNUSED };

  open_station (states, G_N_ELEMENTS (states), 1180, 800);
  g_assert_cmpuint (count_shown (), ==, 5);
  g_assert_true (pn_test_shows_text (get_page (), "Slot 6 – not used"));
  choose_chip ("Failed");
  g_assert_cmpuint (count_shown (), ==, 1);
  g_assert_nonnull (get_card (3));
  /* What is chosen follows what happens. */
  pn_full_station_show (station, 2, PN_CARD_PASSED);
  PN_TEST_WAIT_FOR (pn_test_shows_text (get_page (), "No device like this"));
  gtk_widget_activate_action (get_page (), "devices.show-all", NULL);
  pn_test_settle ();
  g_assert_cmpuint (count_shown (), ==, 5);
  g_object_set (get_page (), "search-text", "4E:72", NULL); /* a MAC, in any case */
  PN_TEST_WAIT_FOR (count_shown () == 1);
  g_assert_nonnull (get_card (2));
  g_object_set (get_page (), "search-text", "slot 5", NULL);
  PN_TEST_WAIT_FOR (count_shown () == 1 && get_card (5) != NULL);
  gtk_widget_activate_action (get_page (), "devices.show-all", NULL);
  PN_TEST_WAIT_FOR (count_shown () == 5);
  g_settings_set_string (pn_app_get_settings (pn_app_get_default ()), "devices-view", "list");
  pn_test_settle ();
  g_assert_cmpuint (count_shown (), ==, 0);
  g_assert_true (pn_test_shows_text (get_page (), "Refused"));
  g_settings_reset (pn_app_get_settings (pn_app_get_default ()), "devices-view");
  close_station ();
}

/* The card that has the focus is scrolled to. What the cards say may still be coming, and with it
 * their heights. */
static gboolean
is_scrolled_to (guint slot)
{
  graphene_rect_t bounds;

  focus_slot (10);
  g_assert_true (focus_is (get_card (10)));
  focus_slot (slot);
  pn_test_settle ();
  return gtk_widget_compute_bounds (get_card (slot), GTK_WIDGET (window), &bounds) &&
         bounds.origin.y + bounds.size.height <= 800 && bounds.origin.y > 0;
}

static void
test_many (void)
{
  PnCardState states[64];

  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    states[i] = PN_CARD_WRITING;
  open_station (states, G_N_ELEMENTS (states), 1180, 800);
  g_assert_cmpuint (count_shown (), ==, 64);
  for (guint i = 2; i <= 64; i++)
    {
      g_assert_cmpint (gtk_widget_get_width (get_card (i)), ==,
                       gtk_widget_get_width (get_card (1)));
      g_assert_cmpint (gtk_widget_get_height (get_card (i)), ==,
                       gtk_widget_get_height (get_card (1)));
    }
  PN_TEST_WAIT_FOR (is_scrolled_to (60));
  close_station ();
}

static void
test_narrow (void)
{
  const PnCardState states[] = { PN_CARD_WRITING, PN_CARD_FAILED_RETRY, PN_CARD_LOCKING };

  open_station (states, G_N_ELEMENTS (states), 350, 700);
  g_assert_cmpint (gtk_widget_get_width (GTK_WIDGET (window)), <=, 360);
  g_assert_cmpuint (count_shown (), ==, 3);
  gtk_widget_activate_action (get_card (1), "slot.details", NULL);
  pn_test_settle ();
  g_assert_cmpint (gtk_widget_get_width (GTK_WIDGET (window)), <=, 360);
  close_station ();
}

static void
test_detail (void)
{
  const PnCardState states[] = { PN_CARD_PASSED, PN_CARD_REFUSED };
  GtkWidget *page, *log;

  open_station (states, G_N_ELEMENTS (states), 1180, 800);
  pn_fake_helper_log (station->helper, station->runs[0], "Writing the boot EEPROM");
  pn_window_push (window, pn_device_page_new_for_slot (get_slot (1)));
  pn_test_settle ();
  page = GTK_WIDGET (pn_window_get_visible_page (window));
  g_assert_true (pn_test_shows_text (page, "This device is good"));
  g_assert_true (pn_test_shows_text (page, "000000004a1c9f03"));
  g_assert_true (pn_test_shows_text (page, "Lock & firmware"));
  log = pn_test_find (page, PN_TYPE_LOG_VIEW, NULL, NULL);
  pn_log_view_set_open (PN_LOG_VIEW (log), TRUE);
  PN_TEST_WAIT_FOR (pn_test_shows_text (log, "Writing the boot EEPROM"));
  pn_fake_helper_log (station->helper, station->runs[0], "Locked");
  PN_TEST_WAIT_FOR (pn_test_shows_text (log, "Locked"));
  pn_window_pop (window);
  PN_TEST_WAIT_FOR (PN_IS_DEVICES_PAGE (pn_window_get_visible_page (window)));
  pn_window_push (window, pn_device_page_new_for_slot (get_slot (2)));
  pn_test_settle ();
  page = GTK_WIDGET (pn_window_get_visible_page (window));
  g_assert_true (pn_test_shows_text (page, "only its owner can use it"));
  g_assert_nonnull (pn_test_find_button (page, "Try again"));
  close_station ();
}

static PnScoreResult
get_result (GListModel *score, const char *name)
{
  for (guint i = 0; i < g_list_model_get_n_items (score); i++)
    {
      g_autoptr (PnScoreLine) line = g_list_model_get_item (score, i);

      if (g_str_equal (pn_score_line_get_name (line), name))
        return pn_score_line_get_result (line);
    }
  g_error ("no line “%s”", name);
}

/* Of a record of a BCM2711 (c03114) or BCM2712 (c04170) with that mode, wish and evidence. */
static GListModel *
score_of (const char *mode, const char *permanent, const char *board, const char *said)
{
  g_autofree char *evidence =
      g_strdup_printf ("{\"USER_BOARDREV\":\"%s\"%s%s}", board, said[0] != '\0' ? "," : "", said);
  g_autoptr (PnDeviceStory) story = pn_device_story_new_for_record (g_variant_new_parsed (
      "{'verdict': <'passed'>, 'condition': <'done'>, 'mode': <%s>, 'permanent': <%s>,"
      " 'wanted_key': <'ab'>, 'key_hash': <'AB'>, 'evidence': <%s>}",
      mode, permanent, evidence));

  return pn_score_new (story);
}

/* What was wanted against what was read back, line by line. */
static void
test_evidence (void)
{
  static const struct
  {
    const char *mode, *permanent, *board, *said, *line;
    PnScoreResult result;
  } cases[] = {
    { "secure-boot", "", "c04170", "", "Key fingerprint burned", PN_SCORE_PROVEN },
    { "secure-boot", "", "c04170", "\"storage-encryption\":\"luks2\"", "Storage encrypted",
      PN_SCORE_PROVEN },
    { "fde-only", "", "c04170", "\"storage-encryption\":\"none\"", "Storage encrypted",
      PN_SCORE_DIFFERENT },
    { "naked", "", "c04170", "\"storage-encryption\":\"none\"", "Storage encrypted",
      PN_SCORE_AS_WANTED },
    { "naked", "", "c04170", "", "Storage encrypted", PN_SCORE_NOT_READ },
    { "secure-boot", "", "c04170", "\"secure-devkey\":\"not present\"", "Development key revoked",
      PN_SCORE_AS_WANTED },
    { "secure-boot", "", "c04170", "\"BOOT_ROM\":\"0000c8b0\"", "Development key revoked",
      PN_SCORE_NOT_READ },
    { "secure-boot", "", "c03114", "\"secure-devkey\":\"present\"", "Development key revoked",
      PN_SCORE_PROVEN },
    { "secure-boot", "", "c03114", "\"secure-devkey\":\"not present\"", "Development key revoked",
      PN_SCORE_DIFFERENT },
    { "secure-boot", "", "c03114", "\"secure-devkey\":\"not available\",\"BOOT_ROM\":\"0000c8b0\"",
      "Development key revoked", PN_SCORE_PROVEN },
    { "secure-boot", "", "c03114", "\"BOOT_ROM\":\"000048b0\"", "Development key revoked",
      PN_SCORE_DIFFERENT },
    { "naked", "", "c03114", "\"BOOT_ROM\":\"000048b0\"", "Development key revoked",
      PN_SCORE_AS_WANTED },
    { "naked", "", "c04170", "\"eeprom-write-protect\":\"off\"", "Boot firmware write-protected",
      PN_SCORE_AS_WANTED },
    { "naked", "", "c04170", "", "Boot firmware write-protected", PN_SCORE_NOT_READ },
    { "secure-boot", "customer-key jtag-lock", "c04170", "\"JTAG_LOCKED\":\"1\"",
      "Debug port closed", PN_SCORE_PROVEN },
    { "secure-boot", "customer-key jtag-lock", "c04170", "\"JTAG_LOCKED\":\"0\"",
      "Debug port closed", PN_SCORE_DIFFERENT },
    { "secure-boot", "customer-key", "c04170", "\"JTAG_LOCKED\":\"0\"", "Debug port closed",
      PN_SCORE_AS_WANTED },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GListModel) score =
          score_of (cases[i].mode, cases[i].permanent, cases[i].board, cases[i].said);

      g_test_message ("%s, %s: %s", cases[i].mode, cases[i].said, cases[i].line);
      g_assert_cmpint (get_result (score, cases[i].line), ==, cases[i].result);
    }
}

/* Which way the image went, where a record says so; what it says otherwise is not shown. */
static void
test_route (void)
{
  static const struct
  {
    const char *evidence, *shown;
  } cases[] = {
    { "{}", NULL },
    { "{\"data-route\":\"usb\"}", "USB" },
    { "{\"data-route\":\"network\",\"data-address\":\"fe80::1%eth0\"}",
      "the network, to fe80::1%eth0" },
    { "{\"data-route\":\"network-then-usb\",\"data-address\":\"10.0.2.15\"}",
      "the network, to 10.0.2.15, and then USB" },
    { "{\"data-route\":\"network\"}", NULL },
    { "{\"data-route\":\"pigeon\",\"data-address\":\"10.0.2.15\"}", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (PnDeviceStory) story = pn_device_story_new_for_record (
          g_variant_new_parsed ("{'verdict': <'passed'>, 'evidence': <%s>}", cases[i].evidence));
      g_autoptr (GListModel) facts = pn_device_identity_new (story);
      g_autofree char *shown = NULL;

      for (guint j = 0; j < g_list_model_get_n_items (facts); j++)
        {
          g_autoptr (PnFact) fact = g_list_model_get_item (facts, j);

          if (g_str_equal (pn_fact_get_name (fact), "Image sent over"))
            shown = g_strdup (pn_fact_get_value (fact));
        }
      g_assert_cmpstr (shown, ==, cases[i].shown);
    }
}

static void
test_score (void)
{
  g_autoptr (PnDeviceStory) empty =
      pn_device_story_new_for_record (g_variant_new_parsed ("{'verdict': <'passed'>, 'condition': "
                                                            "<'done'>, 'mode': <'secure-boot'>}"));
  g_autoptr (PnDeviceStory) told = pn_device_story_new_for_record (g_variant_new_parsed (
      "{'verdict': <'passed'>, 'condition': <'done'>, 'mode': <'secure-boot'>,"
      " 'bytes_verified': <uint64 2600000000>,"
      " 'key_hash': <'0000000000000000000000000000000000000000000000000000000000000000'>,"
      " 'evidence': <'{\"secure-otp\":\"present\",\"JTAG_LOCKED\":\"not available\"}'>}"));
  g_autoptr (PnDeviceStory) odd = pn_device_story_new_for_record (
      g_variant_new_parsed ("{'verdict': <'?'>, 'evidence': <'[1, {'>, 'serial': <7>}"));
  g_autoptr (GListModel) score = pn_score_new (empty);
  g_autofree char *sentence = NULL;

  /* What nobody read is never a tick. */
  for (guint i = 0; i < g_list_model_get_n_items (score); i++)
    {
      g_autoptr (PnScoreLine) line = g_list_model_get_item (score, i);

      if (!g_str_equal (pn_score_line_get_name (line), "System as written"))
        g_assert_cmpint (pn_score_line_get_result (line), ==, PN_SCORE_NOT_READ);
    }
  g_set_object (&score, NULL);
  score = pn_score_new (told);
  g_assert_cmpint (get_result (score, "Key fingerprint burned"), ==, PN_SCORE_DIFFERENT);
  g_assert_cmpint (get_result (score, "Signed boot required"), ==, PN_SCORE_PROVEN);
  g_assert_cmpint (get_result (score, "Debug port closed"), ==, PN_SCORE_NOT_READ);
  g_assert_cmpint (get_result (score, "System as written"), ==, PN_SCORE_PROVEN);
  g_assert_cmpint (get_result (score, "Storage encrypted"), ==, PN_SCORE_NOT_READ);
  test_evidence ();
  /* Whatever a record says. */
  g_assert_cmpint (pn_device_story_get_state (odd), ==, PN_CARD_FAILED_UNKNOWN);
  g_assert_cmpstr (pn_device_story_get_serial (odd), ==, "");
  sentence = pn_device_story_make_sentence (odd);
  g_assert_nonnull (sentence);
}

int
main (int argc, char **argv)
{
  pn_test_init (&argc, &argv);
  g_test_add_func ("/devices/looks", test_looks);
  g_test_add_func ("/devices/pace", test_pace);
  g_test_add_func ("/devices/score", test_score);
  g_test_add_func ("/devices/route", test_route);
  g_test_add_func ("/devices/cards", test_cards);
  g_test_add_func ("/devices/resting", test_resting);
  g_test_add_func ("/devices/resting-banner", test_resting_banner);
  g_test_add_func ("/devices/pause-reason", test_pause_reason);
  g_test_add_func ("/devices/keyboard", test_keyboard);
  g_test_add_func ("/devices/filters", test_filters);
  g_test_add_func ("/devices/many", test_many);
  g_test_add_func ("/devices/narrow", test_narrow);
  g_test_add_func ("/devices/detail", test_detail);
  return g_test_run ();
}
