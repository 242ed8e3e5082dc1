/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The practice bench with the real programs: the tutorial to its end, one device by hand, a bench
 * that dies, and the end of practice. */
#include "config.h"

#include <signal.h>
#include <string.h>

#include "pn-bench-dialog.h"
#include "pn-bench-fault.h"
#include "pn-bench-row.h"
#include "pn-slot-card.h"
#include "pn-test-app.h"
#include "pn-test-station.h"

static PnTestStation *station;
static PnWindow *window;

static PnClientBench *
get_bench (void)
{
  return pn_app_get_bench (pn_app_get_default ());
}

static PnClient *
get_client (void)
{
  return pn_app_get_client (pn_app_get_default ());
}

static PnPage *
get_page (void)
{
  return pn_window_get_page (window, "bench");
}

static PnClientBenchDevice *
find_device (const char *name)
{
  GListModel *devices = pn_client_bench_get_devices (get_bench ());

  for (guint i = 0; i < g_list_model_get_n_items (devices); i++)
    {
      g_autoptr (PnClientBenchDevice) device = g_list_model_get_item (devices, i);

      if (g_str_equal (pn_client_bench_device_get_name (device), name))
        return device; /* the list holds it */
    }
  return NULL;
}

static gboolean
is_row_of (GtkWidget *row, gpointer name)
{
  g_autoptr (PnClientBenchDevice) device = NULL;

  g_object_get (row, "device", &device, NULL);
  return g_str_equal (pn_client_bench_device_get_name (device), name);
}

static GtkWidget *
find_row (const char *name)
{
  return pn_test_find (GTK_WIDGET (window), PN_TYPE_BENCH_ROW, is_row_of, (gpointer) name);
}

static char *
get_storage (const char *name)
{
  char *storage = NULL;

  g_object_get (find_device (name), "storage", &storage, NULL);
  return storage;
}

static GtkWindow *
find_dialog (GType type)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWindow) one = g_list_model_get_item (windows, i);

      if (g_type_is_a (G_OBJECT_TYPE (one), type))
        return one; /* it is shown */
    }
  return NULL;
}

static void
activate (const char *action, const char *target)
{
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (get_page ()), action,
                                             target != NULL ? "s" : NULL, target));
}

static guint32
find_process (void)
{
  g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);
  g_autoptr (GVariant) reply = g_dbus_connection_call_sync (
      bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
      "GetConnectionUnixProcessID", g_variant_new ("(s)", PN_CLIENT_BENCH_NAME),
      G_VARIANT_TYPE ("(u)"), G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
  guint32 process = 0;

  if (reply != NULL)
    g_variant_get (reply, "(u)", &process);
  return process;
}

/* A bench that is there already is used; when it ends, the window's own takes its place. */
static void
end_other_bench (GSubprocess *other)
{
  guint32 process = (guint32) g_ascii_strtoull (g_subprocess_get_identifier (other), NULL, 10);

  g_assert_cmpuint (find_process (), ==, process);
  g_subprocess_send_signal (other, SIGTERM);
  PN_TEST_WAIT_FOR (find_process () != 0 && find_process () != process);
  PN_TEST_WAIT_FOR (pn_client_bench_get_state (get_bench ()) == PN_CLIENT_READY);
}

/* ---- before and after ---- */

static void
test_begin (void)
{
  static const char *const command[] = { "punnet-virtual", "--bench", "--helper",
                                         PN_CLIENT_PRACTICE_NAME, NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) other = g_subprocess_newv (command, G_SUBPROCESS_FLAGS_NONE, &error);

  g_assert_no_error (error);
  PN_TEST_WAIT_FOR (find_process () != 0);
  g_assert_null (get_bench ());
  pn_window_show_page (window, "bench"); /* there is none yet */
  g_assert_cmpstr (pn_page_get_title (pn_window_get_visible_page (window)), !=, "Practice bench");
  pn_app_set_practice (pn_app_get_default (), TRUE);
  g_assert_true (pn_window_get_visible_page (window) == get_page ());
  PN_TEST_WAIT_FOR (pn_client_bench_get_state (get_bench ()) == PN_CLIENT_READY);
  PN_TEST_WAIT_FOR (pn_client_get_state (get_client ()) == PN_CLIENT_READY);
  g_assert_true (pn_client_get_practice (get_client ()));
  end_other_bench (other);
  pn_test_settle ();
  g_assert_true (pn_test_shows_text (GTK_WIDGET (window), "An empty bench"));
  pn_window_show_page (window, "devices");
  PN_TEST_WAIT_FOR (pn_test_shows_text (GTK_WIDGET (window), "Plug in a device"));
  g_assert_false (pn_test_shows_text (GTK_WIDGET (window), "Practice first"));
  g_signal_emit_by_name (
      pn_test_find_button (GTK_WIDGET (pn_window_get_page (window, "devices")), "Practice bench"),
      "clicked");
  g_assert_true (pn_window_get_visible_page (window) == get_page ());
}

/* ---- the tutorial ---- */

static PnVerdict
get_verdict (const char *slot)
{
  PnClientSlot *found = pn_client_find_slot (get_client (), slot);
  PnClientRun *run = found != NULL ? pn_client_slot_get_run (found) : NULL;

  return run != NULL ? pn_client_run_get_verdict (run) : PN_VERDICT_RUNNING;
}

static void
test_tutorial (void)
{
  static const struct
  {
    const char *name;
    PnVerdict verdict;
  } ends[] = {
    { "Fresh", PN_VERDICT_PASSED },
    { "Other storage", PN_VERDICT_REFUSED },
    { "Already ours", PN_VERDICT_PASSED },
    { "Somebody else", PN_VERDICT_REFUSED },
  };
  g_autofree char *first = NULL, *other = NULL;
  gint64 end = g_get_monotonic_time () + 120 * G_USEC_PER_SEC;

  pn_test_open_batch ("practice", 64, TRUE);
  activate ("bench.play", "tutorial");
  PN_TEST_WAIT_FOR (find_device ("Somebody else") != NULL);
  first = get_storage ("Fresh");
  other = get_storage ("Other storage");
  g_assert_cmpstr (first, ==, "emmc"); /* as the recipe wants it */
  g_assert_cmpstr (other, ==, "nvme");
  g_assert_cmpstr (pn_client_bench_device_get_state (find_device ("Already ours")), ==, "ours");
  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      while (get_verdict (ends[i].name) == PN_VERDICT_RUNNING)
        {
          g_assert_cmpint (g_get_monotonic_time (), <, end);
          g_main_context_iteration (NULL, TRUE);
        }
      g_assert_cmpint (get_verdict (ends[i].name), ==, ends[i].verdict);
    }
  PN_TEST_WAIT_FOR (pn_test_shows_text (find_row ("Fresh"), "Finished: its light is off"));
  g_assert_true (pn_test_shows_text (find_row ("Fresh"), "Locked while practising"));
  g_assert_true (pn_test_shows_text (find_row ("Somebody else"), "somebody else’s key"));
  PN_TEST_WAIT_FOR (pn_client_get_record_count (get_client ()) >= 4);
}

/* ---- one device by hand ---- */

/* Sets the faults of the dialog that comes, and presses its button; @name: of a device that is
 * added.
 */
static void
answer_dialog (const char *name, const char *fault, const char *button)
{
  const char *const faults[] = { fault, NULL };
  GtkWindow *dialog;
  GtkWidget *list;

  PN_TEST_WAIT_FOR ((dialog = find_dialog (PN_TYPE_BENCH_DIALOG)) != NULL);
  PN_TEST_WAIT_FOR (pn_test_find_button (GTK_WIDGET (dialog), button) != NULL &&
                    gtk_widget_is_sensitive (pn_test_find_button (GTK_WIDGET (dialog), button)));
  if (name != NULL)
    gtk_editable_set_text (
        GTK_EDITABLE (pn_test_find (GTK_WIDGET (dialog), ADW_TYPE_ENTRY_ROW, NULL, NULL)), name);
  list = pn_test_find (GTK_WIDGET (dialog), PN_TYPE_FAULT_LIST, NULL, NULL);
  PN_TEST_WAIT_FOR (!pn_test_shows_text (list, "Loses an answer")); /* it is of image sets */
  g_assert_true (pn_test_shows_text (list, "Says that it encrypts, and does not"));
  pn_fault_list_set (PN_FAULT_LIST (list), faults);
  pn_test_settle ();
  g_signal_emit_by_name (pn_test_find_button (GTK_WIDGET (dialog), button), "clicked");
  PN_TEST_WAIT_FOR (find_dialog (PN_TYPE_BENCH_DIALOG) == NULL);
}

static PnClientBenchDevice *
add_device (const char *name, const char *fault)
{
  PnClientBenchDevice *device;

  activate ("bench.add", NULL);
  answer_dialog (name, fault, "Add");
  PN_TEST_WAIT_FOR ((device = find_device (name)) != NULL);
  PN_TEST_WAIT_FOR (pn_client_bench_device_get_plugged (device));
  return device;
}

static void
remove_device (PnClientBenchDevice *device)
{
  gtk_widget_activate_action (find_row ("Slot 1"), "device.plug", NULL);
  PN_TEST_WAIT_FOR (!pn_client_bench_device_get_plugged (device));
  gtk_widget_activate_action (find_row ("Slot 1"), "device.remove", NULL);
  PN_TEST_WAIT_FOR (find_device ("Slot 1") == NULL);
}

static void
test_by_hand (void)
{
  const char *const faults[] = { pn_bench_faults ()[0].word, NULL };
  PnClientBenchDevice *device = add_device ("Slot 1", faults[0]);
  g_auto (GStrv) set = pn_client_bench_device_dup_faults (device);

  g_assert_cmpstr (set[0], ==, faults[0]);
  PN_TEST_WAIT_FOR (pn_test_shows_text (find_row ("Slot 1"), "Fault: Bad cable"));
  /* The cable lets go by itself, in the middle of the run. */
  PN_TEST_WAIT_FOR (get_verdict ("Slot 1") == PN_VERDICT_FAILED);

  gtk_widget_activate_action (find_row ("Slot 1"), "device.reset", NULL);
  PN_TEST_WAIT_FOR (!pn_client_bench_device_get_plugged (device));
  PN_TEST_WAIT_FOR (pn_test_shows_text (find_row ("Slot 1"), "Pulled out"));
  PN_TEST_WAIT_FOR (g_str_equal (pn_client_bench_device_get_state (device), "fresh"));

  gtk_widget_activate_action (find_row ("Slot 1"), "device.faults", NULL);
  answer_dialog (NULL, NULL, "Apply");
  PN_TEST_WAIT_FOR (!pn_test_shows_text (find_row ("Slot 1"), "Fault: Bad cable"));

  gtk_widget_activate_action (find_row ("Slot 1"), "device.plug", NULL);
  PN_TEST_WAIT_FOR (pn_client_bench_device_get_plugged (device));
  remove_device (device);
}

static gboolean
is_card_of (GtkWidget *card, gpointer name)
{
  g_autoptr (PnClientSlot) slot = NULL;

  g_object_get (card, "slot", &slot, NULL);
  return slot != NULL && g_str_equal (pn_client_slot_get_name (slot), name);
}

static void
paused_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (pn_client_set_paused_finish (PN_CLIENT (source), result, &error));
  g_assert_no_error (error);
}

static void
set_paused (gboolean paused)
{
  pn_client_set_paused_async (get_client (), paused, NULL, paused_cb, NULL);
  PN_TEST_WAIT_FOR (pn_client_get_paused (get_client ()) == paused);
}

static void
faults_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_assert_true (
      pn_client_bench_device_call_finish (PN_CLIENT_BENCH_DEVICE (source), result, NULL));
  *(gboolean *) user_data = TRUE;
}

static void
set_fault (PnClientBenchDevice *device, const char *fault)
{
  const char *const faults[] = { fault, NULL };
  gboolean set = FALSE;

  pn_client_bench_device_set_faults_async (device, faults, NULL, faults_cb, &set);
  PN_TEST_WAIT_FOR (set);
}

/* The button on the card of a device that failed and is still plugged in. */
static void
test_try_again (void)
{
  PnClientBenchDevice *device;
  GtkWidget *card, *button;

  /* However often it has failed here before. */
  pn_client_set_rest_after_async (get_client (), 0, NULL, NULL, NULL);
  PN_TEST_WAIT_FOR (pn_client_get_rest_after (get_client ()) == 0);
  set_paused (TRUE);
  device = add_device ("Slot 1", NULL);
  set_fault (device, "fail-write-at=0");
  set_paused (FALSE);
  PN_TEST_WAIT_FOR (get_verdict ("Slot 1") == PN_VERDICT_RUNNING);
  PN_TEST_WAIT_FOR (get_verdict ("Slot 1") == PN_VERDICT_FAILED);
  set_fault (device, NULL);
  g_assert_true (pn_client_bench_device_get_plugged (device));
  pn_window_show_page (window, "devices");
  PN_TEST_WAIT_FOR ((card = pn_test_find (GTK_WIDGET (window), PN_TYPE_SLOT_CARD, is_card_of,
                                          (gpointer) "Slot 1")) != NULL);
  PN_TEST_WAIT_FOR ((button = pn_test_find_button (card, "Inspect again")) != NULL &&
                    gtk_widget_is_sensitive (button));
  g_signal_emit_by_name (button, "clicked");
  PN_TEST_WAIT_FOR (get_verdict ("Slot 1") == PN_VERDICT_PASSED);
  pn_window_show_page (window, "bench");
  remove_device (device);
}

static const char *
get_message (const char *slot)
{
  return pn_client_run_get_message (
      pn_client_slot_get_run (pn_client_find_slot (get_client (), slot)));
}

/* A silent device is waited for a minute; and what is of image sets is none here. */
static gboolean
is_tried (const PnBenchFault *fault)
{
  return !g_str_has_prefix (fault->word, "stall-after") &&
         !g_str_equal (fault->word, "reject-gadget") && fault->of != PN_FAULT_IMAGE_SET;
}

/* However small the image is, no fault goes unseen but that of a storage that is slow. */
static void
test_faults (void)
{
  set_paused (TRUE);
  for (const PnBenchFault *fault = pn_bench_faults (); fault->word != NULL; fault++)
    if (is_tried (fault))
      (void) add_device (fault->title, fault->word);
  set_paused (FALSE);
  for (const PnBenchFault *fault = pn_bench_faults (); fault->word != NULL; fault++)
    {
      gboolean slow = g_str_has_prefix (fault->word, "write-delay");
      PnVerdict verdict;

      if (!is_tried (fault))
        continue;
      PN_TEST_WAIT_FOR ((verdict = get_verdict (fault->title)) != PN_VERDICT_RUNNING);
      g_test_message ("%s: %s %s", fault->word, pn_verdict_to_word (verdict),
                      get_message (fault->title));
      g_assert_true ((verdict == PN_VERDICT_PASSED) == slow);
    }
}

/* ---- a bench that dies ---- */

static void
test_killed (void)
{
  g_assert_cmpint (kill ((pid_t) find_process (), SIGKILL), ==, 0);
  PN_TEST_WAIT_FOR (pn_client_bench_get_state (get_bench ()) == PN_CLIENT_ABSENT);
  PN_TEST_WAIT_FOR (pn_test_shows_text (GTK_WIDGET (window), "The bench is not there"));
  g_assert_cmpuint (g_list_model_get_n_items (pn_client_bench_get_devices (get_bench ())), ==, 0);
  g_signal_emit_by_name (pn_test_find_button (GTK_WIDGET (window), "Start it again"), "clicked");
  PN_TEST_WAIT_FOR (pn_client_bench_get_state (get_bench ()) == PN_CLIENT_READY);
  activate ("bench.play", "wrong-key");
  PN_TEST_WAIT_FOR (find_device ("Somebody else") != NULL);
}

static void
test_end (void)
{
  g_assert_cmpuint (find_process (), >, 0);
  pn_app_set_practice (pn_app_get_default (), FALSE);
  g_assert_null (get_bench ());
  g_assert_true (pn_window_get_visible_page (window) != get_page ());
  PN_TEST_WAIT_FOR (find_process () == 0);
  pn_test_close_window (window);
}

int
main (int argc, char **argv)
{
  g_autofree char *inputs = NULL, *recipe = NULL;
  int status;

  pn_test_init (&argc, &argv);
  station = pn_test_station_new ();
  inputs = pn_test_station_get_input (station, "");
  g_setenv ("PUNNET_FIRMWARE_DIR", inputs, TRUE);
  recipe = pn_test_station_add_recipe (station, "Gate controller", "secure-boot", "emmc", TRUE);
  window = pn_test_open_window (1100, 800);
  g_test_add_func ("/bench/begin", test_begin);
  g_test_add_func ("/bench/tutorial", test_tutorial);
  g_test_add_func ("/bench/by-hand", test_by_hand);
  g_test_add_func ("/bench/try-again", test_try_again);
  g_test_add_func ("/bench/faults", test_faults);
  g_test_add_func ("/bench/killed", test_killed);
  g_test_add_func ("/bench/end", test_end);
  status = g_test_run ();
  pn_test_station_free (station);
  return status;
}
