/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The client against helpers that come, go, are silent and say what they like. */
#include "config.h"

#include "pn-client.h"

#include <gio/gunixfdlist.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pn-error.h"
#include "pn-fake-helper.h"
#include "pn-test-wait.h"

#define NAME "org.punnet.TestClient"

static guint
n_slots (PnClient *client)
{
  return g_list_model_get_n_items (pn_client_get_slots (client));
}

static guint
n_batches (PnClient *client)
{
  return g_list_model_get_n_items (pn_client_get_batches (client));
}

static const char *
slot_name (PnClient *client, guint position)
{
  g_autoptr (PnClientSlot) slot = g_list_model_get_item (pn_client_get_slots (client), position);

  return pn_client_slot_get_name (slot);
}

static PnClient *
ready_client (void)
{
  PnClient *client = pn_client_new (NAME);

  pn_test_wait (pn_client_get_state (client) == PN_CLIENT_READY);
  return client;
}

static void
assert_error (GAsyncResult *result, GObject *source, int code, const char *message)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (pn_client_set_paused_finish (PN_CLIENT (source), result, &error));
  g_assert_error (error, PN_ERROR, code);
  g_assert_nonnull (strstr (error->message, message));
  g_assert_null (strstr (error->message, "GDBus"));
}

static void
test_absent (void)
{
  g_autoptr (PnClient) client = pn_client_new (NAME);
  g_autoptr (GAsyncResult) result = NULL;

  g_assert_cmpint (pn_client_get_state (client), ==, PN_CLIENT_CONNECTING);
  pn_test_wait (pn_client_get_state (client) == PN_CLIENT_ABSENT);
  g_assert_null (pn_client_get_error (client));
  g_assert_cmpuint (n_slots (client), ==, 0);
  pn_client_set_paused_async (client, TRUE, NULL, pn_test_result_cb, &result);
  pn_test_wait (result != NULL);
  assert_error (result, G_OBJECT (client), PN_ERROR_NOT_FOUND, "The helper is not running");
}

/* Others' and one's own; of what is not known here nothing is made up. */
static void
test_approvals (void)
{
  g_autoptr (PnFakeHelper) helper = pn_fake_helper_new (NAME);
  g_autoptr (PnDbusApproval) late =
      pn_fake_helper_add_approval (helper, 1, getuid () + 1, ":1.4711");
  g_autoptr (PnDbusApproval) soon = pn_fake_helper_add_approval (helper, 2, getuid (), ":1.4711");
  g_autoptr (PnClient) client = NULL;
  g_autoptr (PnClientApproval) first = NULL;
  g_autoptr (PnClientApproval) second = NULL;
  GListModel *approvals;

  pn_dbus_approval_set_expires (soon, g_get_monotonic_time () + 1);
  pn_dbus_approval_set_kind (late, "something newer");
  client = ready_client ();
  approvals = pn_client_get_approvals (client);
  pn_test_wait (g_list_model_get_n_items (approvals) == 2);
  first = g_list_model_get_item (approvals, 0);
  second = g_list_model_get_item (approvals, 1);
  g_assert_true (pn_client_approval_is_own (first));
  g_assert_false (pn_client_approval_is_from_here (first));
  g_assert_false (pn_client_approval_is_own (second));
  g_assert_cmpint (pn_client_approval_get_kind (first), ==, PN_SECOND_PERSON_BURN);
  g_assert_cmpint (pn_client_approval_get_kind (second), ==, 0);
  g_assert_cmpuint (pn_client_approval_get_seconds (first), ==, 0);
  g_assert_cmpuint (pn_client_approval_get_seconds (second), >, 0);
  g_assert_cmpstr (pn_client_approval_get_user (first), ==, "ann");
  pn_fake_helper_remove (helper, "approvals", 2);
  pn_test_wait (g_list_model_get_n_items (approvals) == 1);
  g_assert_cmpuint (pn_client_get_second_person (client), ==, 0);
  pn_dbus_manager_set_second_person (helper->manager,
                                     (const char *const[]){ "trust", "newer", NULL });
  pn_test_wait (pn_client_get_second_person (client) == PN_SECOND_PERSON_TRUST);
  g_assert_false (pn_client_is_station (client));
}

static void
test_life (void)
{
  g_autoptr (PnClient) client = pn_client_new (NAME);
  GListModel *slots = pn_client_get_slots (client);
  GListModel *batches = pn_client_get_batches (client);

  for (guint life = 0; life < 3; life++)
    {
      PnFakeHelper *helper = pn_fake_helper_new (NAME);
      g_autoptr (PnDbusSlot) second = pn_fake_helper_add_slot (helper, 1, "1-1.10");
      g_autoptr (PnDbusSlot) first = pn_fake_helper_add_slot (helper, 2, "1-1.2");
      g_autoptr (PnDbusBatch) old = pn_fake_helper_add_batch (helper, 9);
      g_autoptr (PnDbusBatch) new = pn_fake_helper_add_batch (helper, 10);
      g_autoptr (PnDbusSlot) third = NULL;
      g_autoptr (PnDbusRun) run = pn_fake_helper_add_run (helper, 1);
      g_autoptr (PnClientBatch) newest = NULL;

      pn_dbus_slot_set_run (first, PN_FAKE_ROOT "/runs/1");
      pn_dbus_manager_set_practice (helper->manager, TRUE);
      pn_test_wait (pn_client_get_state (client) == PN_CLIENT_READY);
      g_assert_true (pn_client_get_slots (client) == slots);
      g_assert_true (pn_client_get_batches (client) == batches);
      pn_test_wait (n_slots (client) == 2 && n_batches (client) == 2);
      g_assert_cmpstr (slot_name (client, 0), ==, "1-1.2");
      g_assert_cmpstr (slot_name (client, 1), ==, "1-1.10");
      newest = g_list_model_get_item (batches, 0);
      g_assert_cmpstr (pn_client_batch_get_path (newest), ==, PN_FAKE_ROOT "/batches/10");
      g_assert_cmpint (pn_client_batch_get_mode (newest), ==, PN_MODE_NAKED);
      g_assert_cmpint (pn_client_batch_get_storage (newest), ==, PN_STORAGE_NVME);
      g_assert_cmpstr (pn_client_batch_get_fingerprint (newest), ==, "");
      g_assert_null (pn_client_batch_get_slots (newest)[0]);
      pn_test_wait (pn_client_get_practice (client));
      g_assert_nonnull (pn_client_slot_get_run (pn_client_find_slot (client, "1-1.2")));
      g_assert_null (pn_client_slot_get_run (pn_client_find_slot (client, "1-1.10")));
      g_assert_null (pn_client_find_slot (client, "nowhere"));
      g_assert_cmpuint (pn_client_get_running (client), ==, 1);
      third = pn_fake_helper_add_slot (helper, 3, "1-1.3");
      pn_test_wait (n_slots (client) == 3);
      g_assert_cmpstr (slot_name (client, 1), ==, "1-1.3");
      pn_fake_helper_remove (helper, "slots", 3);
      pn_fake_helper_remove (helper, "batches", 9);
      pn_test_wait (n_slots (client) == 2 && n_batches (client) == 1);
      pn_fake_helper_free (helper);
      pn_test_wait (pn_client_get_state (client) == PN_CLIENT_ABSENT);
      g_assert_cmpuint (n_slots (client), ==, 0);
      g_assert_cmpuint (n_batches (client), ==, 0);
      g_assert_cmpuint (pn_client_get_running (client), ==, 0);
      g_assert_false (pn_client_get_practice (client));
    }
}

static GDBusMessage *
swallow (GDBusConnection *bus, GDBusMessage *message, gboolean incoming, gpointer user_data)
{
  if (incoming && g_dbus_message_get_message_type (message) == G_DBUS_MESSAGE_TYPE_METHOD_CALL)
    {
      g_object_unref (message);
      return NULL;
    }
  return message;
}

typedef struct
{
  gint64 last, longest;
} Gap;

static gboolean
gap_cb (gpointer user_data)
{
  Gap *gap = user_data;
  gint64 now = g_get_monotonic_time ();

  gap->longest = MAX (gap->longest, now - gap->last);
  gap->last = now;
  return G_SOURCE_CONTINUE;
}

/* A helper that answers nothing comes after one that did: this thread goes on. */
static void
test_mute (void)
{
  PnFakeHelper *helper = pn_fake_helper_new (NAME);
  g_autoptr (PnDbusSlot) slot = pn_fake_helper_add_slot (helper, 1, "one");
  g_autoptr (PnClient) client = ready_client ();
  g_autoptr (GDBusConnection) mute = pn_fake_connect ();
  g_autoptr (GVariant) reply = NULL;
  Gap gap = { g_get_monotonic_time (), 0 };
  guint timer;

  g_dbus_connection_add_filter (mute, swallow, NULL, NULL);
  pn_fake_helper_free (helper);
  reply = g_dbus_connection_call_sync (
      mute, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName",
      g_variant_new ("(su)", NAME, 0), NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
  timer = g_timeout_add (10, gap_cb, &gap);
  pn_test_run_for (2000);
  g_source_remove (timer);
  g_assert_cmpint (gap.longest, <, 1500000);
  g_assert_cmpint (pn_client_get_state (client), ==, PN_CLIENT_ABSENT);
  g_assert_cmpuint (n_slots (client), ==, 0);
  g_assert_true (g_dbus_connection_close_sync (mute, NULL, NULL));
  helper = pn_fake_helper_new (NAME);
  pn_test_wait (pn_client_get_state (client) == PN_CLIENT_READY);
  pn_fake_helper_free (helper);
}

static void
count_notify_cb (GObject *object, GParamSpec *pspec, guint *n)
{
  (*n)++;
}

static void
test_run (void)
{
  g_autoptr (PnFakeHelper) helper = pn_fake_helper_new (NAME);
  g_autoptr (PnDbusBatch) batch = pn_fake_helper_add_batch (helper, 1);
  g_autoptr (PnDbusSlot) slot = pn_fake_helper_add_slot (helper, 1, "one");
  g_autoptr (PnDbusRun) object = pn_fake_helper_add_run (helper, 1);
  g_autoptr (PnClient) client = NULL;
  guint n_done = 0, n_phase = 0;
  gint64 began;
  PnClientRun *run;

  pn_dbus_run_set_batch (object, PN_FAKE_ROOT "/batches/1");
  pn_dbus_slot_set_run (slot, PN_FAKE_ROOT "/runs/1");
  client = ready_client ();
  run = pn_client_slot_get_run (pn_client_find_slot (client, "one"));
  g_assert_nonnull (run);
  g_assert_cmpstr (pn_client_run_get_message (run), ==, "");
  g_assert_null (pn_client_run_get_evidence (run, "model"));
  g_assert_cmpuint (g_variant_n_children (pn_client_run_get_phases (run)), ==, 0);
  g_signal_connect (run, "notify::done", G_CALLBACK (count_notify_cb), &n_done);
  g_signal_connect (run, "notify::phase", G_CALLBACK (count_notify_cb), &n_phase);
  pn_dbus_run_set_phase (object, "write");
  pn_dbus_run_set_total (object, 1000000);
  pn_test_wait (n_phase == 1);
  /* No lock in this mode: its share is the others'. */
  g_assert_cmpfloat_with_epsilon (pn_client_run_get_total_fraction (run), .14 / .87, 1e-9);

  began = g_get_monotonic_time ();
  for (guint i = 1; i <= 200; i++)
    {
      pn_dbus_run_set_done (object, i * 2500);
      pn_test_run_for (8);
    }
  pn_test_wait (pn_client_run_get_done (run) == 500000 && pn_client_run_get_fraction (run) == .5);
  g_assert_cmpuint (n_done, >=, 2);
  g_assert_cmpuint (n_done, <=, (guint) ((g_get_monotonic_time () - began) / 250000) + 1);
  g_assert_cmpfloat (pn_client_run_get_rate (run), >, 0);
  g_assert_cmpint (pn_client_run_get_seconds_left (run), >, 0);
  /* Silence brings the rate down without a word from the helper. */
  pn_test_wait (pn_client_run_get_rate (run) == 0);
  g_assert_cmpint (pn_client_run_get_seconds_left (run), ==, -1);

  pn_dbus_run_set_verdict (object, "passed");
  pn_dbus_run_set_condition (object, "done");
  pn_dbus_run_set_message (object, "All is well");
  pn_test_wait (pn_client_run_get_verdict (run) == PN_VERDICT_PASSED);
  g_assert_cmpfloat (pn_client_run_get_total_fraction (run), ==, 1);
  g_assert_cmpstr (pn_client_run_get_message (run), ==, "All is well");
  g_assert_cmpuint (pn_client_get_running (client), ==, 0);
}

static PnCardState
state_of (PnClient *client)
{
  return pn_client_slot_get_state (pn_client_find_slot (client, "one"));
}

static void
test_slot (void)
{
  g_autoptr (PnFakeHelper) helper = pn_fake_helper_new (NAME);
  g_autoptr (PnDbusSlot) slot = pn_fake_helper_add_slot (helper, 1, "one");
  g_autoptr (PnClient) client = ready_client ();
  g_autoptr (PnDbusRun) run = NULL;
  g_autoptr (PnDbusRun) next = NULL;
  PnClientSlot *card = pn_client_find_slot (client, "one");
  PnClientRun *last;
  gint64 left;

  g_assert_cmpint (state_of (client), ==, PN_CARD_EMPTY);
  g_assert_cmpstr (pn_client_slot_get_label (card), ==, "one");
  pn_dbus_slot_set_label (slot, "Left \342\200\223 3");
  pn_test_wait (strcmp (pn_client_slot_get_label (card), "one") != 0);
  pn_dbus_slot_set_present (slot, TRUE);
  pn_dbus_slot_set_state (slot, "waiting");
  pn_test_wait (state_of (client) == PN_CARD_FOUND);
  /* The slot may say its run before the run is there. */
  pn_dbus_slot_set_run (slot, PN_FAKE_ROOT "/runs/7");
  pn_dbus_slot_set_state (slot, "running");
  pn_test_wait (state_of (client) == PN_CARD_LOOKING);
  g_assert_null (pn_client_slot_get_run (card));
  run = pn_fake_helper_add_run (helper, 7);
  pn_test_wait (pn_client_slot_get_run (card) != NULL);
  pn_dbus_run_set_phase (run, "write");
  pn_dbus_run_set_total (run, 10);
  pn_test_wait (state_of (client) == PN_CARD_WRITING);
  pn_dbus_run_set_done (run, 10);
  pn_test_wait (state_of (client) == PN_CARD_FINISHING_WRITE);
  pn_dbus_run_set_instruction (run, "Press the button");
  pn_test_wait (state_of (client) == PN_CARD_DECISION);
  pn_dbus_run_set_instruction (run, "");
  pn_dbus_run_set_do_not_disconnect (run, TRUE);
  pn_test_wait (state_of (client) == PN_CARD_LOCKING);
  pn_dbus_run_set_do_not_disconnect (run, FALSE);
  /* Gone: nobody says anything, and after five seconds the card does. */
  left = g_get_monotonic_time ();
  pn_dbus_slot_set_present (slot, FALSE);
  pn_test_wait (state_of (client) == PN_CARD_LOST);
  g_assert_cmpint (g_get_monotonic_time () - left, >=, 5 * G_USEC_PER_SEC);
  pn_dbus_slot_set_present (slot, TRUE);
  pn_test_wait (state_of (client) == PN_CARD_FINISHING_WRITE);
  pn_dbus_run_set_verdict (run, "set-aside");
  pn_dbus_run_set_condition (run, "set-aside");
  pn_test_wait (state_of (client) == PN_CARD_SET_ASIDE);
  /* The last run stays until there is another one. */
  last = pn_client_slot_get_run (card);
  pn_fake_helper_remove (helper, "runs", 7);
  next = pn_fake_helper_add_run (helper, 8);
  pn_test_wait (pn_client_get_running (client) == 1);
  g_assert_true (pn_client_slot_get_run (card) == last);
  pn_dbus_slot_set_run (slot, PN_FAKE_ROOT "/runs/8");
  pn_test_wait (state_of (client) == PN_CARD_LOOKING);
  g_assert_true (pn_client_slot_get_run (card) != last);
}

/* Lines that cross with answers are neither missed nor doubled. */
static void
test_log (void)
{
  g_autoptr (PnFakeHelper) helper = pn_fake_helper_new (NAME);
  g_autoptr (PnDbusSlot) slot = pn_fake_helper_add_slot (helper, 1, "one");
  g_autoptr (PnDbusRun) run = pn_fake_helper_add_run (helper, 1);
  g_autoptr (PnClient) client = NULL;
  GListModel *log;

  pn_dbus_slot_set_run (slot, PN_FAKE_ROOT "/runs/1");
  for (guint i = 0; i < 100; i++)
    pn_fake_helper_log (helper, run, "before");
  client = ready_client ();
  log = pn_client_run_get_log (pn_client_slot_get_run (pn_client_find_slot (client, "one")));
  for (guint i = 0; i < 500; i++)
    {
      pn_fake_helper_log (helper, run, "a line");
      if (i % 7 == 0)
        g_main_context_iteration (NULL, FALSE);
    }
  pn_test_wait (g_list_model_get_n_items (log) == 600);
  for (guint i = 0; i < 600; i++)
    {
      g_autoptr (PnLogLine) line = g_list_model_get_item (log, i);

      g_assert_cmpint (pn_log_line_get_time (line), ==, i);
      g_assert_cmpstr (pn_log_line_get_sentence (line), ==, i < 100 ? "before" : "a line");
    }
}

static gboolean
keep_cb (PnDbusManager *manager,
         GDBusMethodInvocation *invocation,
         gboolean paused,
         GVariant *options,
         GDBusMethodInvocation **kept)
{
  *kept = invocation;
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
test_errors (void)
{
  PnFakeHelper *helper = pn_fake_helper_new (NAME);
  g_autoptr (PnClient) client = ready_client ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  GDBusMethodInvocation *kept = NULL;

  /* Nobody handles it: an older helper. */
  pn_client_set_paused_async (client, TRUE, NULL, pn_test_result_cb, &result);
  pn_test_wait (result != NULL);
  assert_error (result, G_OBJECT (client), PN_ERROR_NOT_SUPPORTED, "another version");
  g_clear_object (&result);

  g_signal_connect (helper->manager, "handle-set-paused", G_CALLBACK (keep_cb), &kept);
  pn_client_set_paused_async (client, TRUE, NULL, pn_test_result_cb, &result);
  pn_test_wait (kept != NULL);
  g_dbus_method_invocation_return_error_literal (g_steal_pointer (&kept), PN_ERROR,
                                                 PN_ERROR_CONSENT, "Nobody agreed to this");
  pn_test_wait (result != NULL);
  assert_error (result, G_OBJECT (client), PN_ERROR_CONSENT, "Nobody agreed to this");
  g_clear_object (&result);

  pn_client_set_paused_async (client, TRUE, cancellable, pn_test_result_cb, &result);
  pn_test_wait (kept != NULL);
  g_cancellable_cancel (cancellable);
  pn_test_wait (result != NULL);
  assert_error (result, G_OBJECT (client), PN_ERROR_CANCELLED, "");
  g_dbus_method_invocation_return_value (g_steal_pointer (&kept), NULL);
  g_clear_object (&result);

  pn_client_set_paused_async (client, TRUE, NULL, pn_test_result_cb, &result);
  pn_test_wait (kept != NULL);
  pn_fake_helper_free (helper);
  pn_test_wait (result != NULL);
  assert_error (result, G_OBJECT (client), PN_ERROR_DISCONNECTED, "ended before it answered");
  pn_test_wait (pn_client_get_state (client) == PN_CLIENT_ABSENT);
  g_object_unref (kept);
}

static gboolean
open_cb (PnDbusManager *manager,
         GDBusMethodInvocation *invocation,
         const char *digest,
         GVariant *options,
         gpointer user_data)
{
  guint count;

  g_assert_cmpstr (digest, ==, "00ff");
  g_assert_true (g_variant_lookup (options, "count", "u", &count));
  g_assert_cmpuint (count, ==, 3);
  pn_dbus_manager_complete_open_batch (manager, invocation, PN_FAKE_ROOT "/batches/4");
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
test_open_batch (void)
{
  g_autoptr (PnFakeHelper) helper = pn_fake_helper_new (NAME);
  g_autoptr (PnClient) client = ready_client ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;

  g_signal_connect (helper->manager, "handle-open-batch", G_CALLBACK (open_cb), NULL);
  pn_client_open_batch_async (client, "00ff", g_variant_new_parsed ("{'count': <uint32 3>}"), NULL,
                              pn_test_result_cb, &result);
  pn_test_wait (result != NULL);
  path = pn_client_open_batch_finish (client, result, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (path, ==, PN_FAKE_ROOT "/batches/4");
}

static gboolean
install_cb (PnDbusManager *manager,
            GDBusMethodInvocation *invocation,
            GUnixFDList *fds,
            GVariant *handle,
            GVariant *options,
            ino_t *inode)
{
  int fd = g_unix_fd_list_get (fds, g_variant_get_handle (handle), NULL);
  struct stat status;
  guint32 tag;

  g_assert_cmpint (fstat (fd, &status), ==, 0);
  (void) close (fd);
  *inode = status.st_ino;
  if (g_variant_lookup (options, "tag", "u", &tag))
    {
      pn_dbus_manager_emit_install_progress (manager, tag + 1, 7, 8); /* another's */
      pn_dbus_manager_emit_install_progress (manager, tag, 3, 4);
    }
  pn_dbus_manager_complete_install_bundle (manager, invocation, NULL, "00ff");
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
progress_cb (guint64 done, guint64 total, gpointer user_data)
{
  GString *told = user_data;

  g_string_append_printf (told, "%u/%u ", (guint) done, (guint) total);
}

static void
test_install (void)
{
  g_autoptr (PnFakeHelper) helper = pn_fake_helper_new (NAME);
  g_autoptr (PnClient) client = ready_client ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GString) told = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *digest = NULL;
  FILE *file = tmpfile ();
  struct stat status;
  ino_t inode = 0;

  g_assert_cmpint (fstat (fileno (file), &status), ==, 0);
  g_signal_connect (helper->manager, "handle-install-bundle", G_CALLBACK (install_cb), &inode);
  pn_client_install_bundle_async (client, fileno (file), progress_cb, told, NULL, pn_test_result_cb,
                                  &result);
  (void) fclose (file); /* it was duplicated */
  pn_test_wait (result != NULL);
  digest = pn_client_install_bundle_finish (client, result, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (digest, ==, "00ff");
  g_assert_cmpuint (inode, ==, status.st_ino);
  g_assert_cmpstr (told->str, ==, "3/4 ");
  g_clear_object (&result);
  pn_client_install_bundle_async (client, 9999, NULL, NULL, NULL, pn_test_result_cb, &result);
  pn_test_wait (result != NULL);
  g_assert_null (pn_client_install_bundle_finish (client, result, &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_IO);
}

static void
test_start_fails (void)
{
  static const char *const nothing[] = { "/nonexistent/punnetd", NULL };
  static const char *const ends[] = { "/bin/sh", "-c", "exit 3", NULL };
  static const struct
  {
    const char *const *command;
    const char *says;
  } cases[] = { { NULL, "not installed" },
                { nothing, "/nonexistent/punnetd" },
                { ends, "status 3" } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (PnClient) client = pn_client_new (NAME);

      if (i > 0)
        pn_test_wait (pn_client_get_state (client) == PN_CLIENT_ABSENT);
      pn_client_start (client, cases[i].command);
      g_assert_cmpint (pn_client_get_state (client), ==, PN_CLIENT_STARTING);
      pn_test_wait (pn_client_get_state (client) != PN_CLIENT_STARTING);
      g_assert_cmpint (pn_client_get_state (client), ==, PN_CLIENT_ABSENT);
      g_assert_nonnull (strstr (pn_client_get_error (client), cases[i].says));
    }
}

/* One that was asked for and takes its time. */
static void
test_start_slow (void)
{
  static const char *const sleeps[] = { "/bin/sleep", "5", NULL };
  g_autoptr (PnClient) client = pn_client_new (NAME);
  g_autoptr (PnFakeHelper) helper = NULL;

  pn_client_start (client, sleeps);
  pn_test_run_for (300);
  g_assert_cmpint (pn_client_get_state (client), ==, PN_CLIENT_STARTING);
  helper = pn_fake_helper_new (NAME);
  pn_test_wait (pn_client_get_state (client) == PN_CLIENT_READY);
  g_assert_null (pn_client_get_error (client));
}

/* Whatever is on its way when nobody needs it any more. */
static void
test_dropped (void)
{
  g_autoptr (PnFakeHelper) helper = pn_fake_helper_new (NAME);
  PnClient *client = ready_client ();
  gpointer watched = client;

  g_object_add_weak_pointer (G_OBJECT (client), &watched);
  g_object_unref (client);
  g_assert_null (watched);
  client = pn_client_new (NAME);
  g_object_unref (client);
  client = pn_client_new (NAME);
  g_main_context_iteration (NULL, TRUE);
  g_object_unref (client);
  pn_test_run_for (200);
}

int
main (int argc, char **argv)
{
  g_autoptr (GTestDBus) daemon = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  daemon = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (daemon);
  g_test_add_func ("/client/absent", test_absent);
  g_test_add_func ("/client/life", test_life);
  g_test_add_func ("/client/approvals", test_approvals);
  g_test_add_func ("/client/mute", test_mute);
  g_test_add_func ("/client/run", test_run);
  g_test_add_func ("/client/slot", test_slot);
  g_test_add_func ("/client/log", test_log);
  g_test_add_func ("/client/errors", test_errors);
  g_test_add_func ("/client/open-batch", test_open_batch);
  g_test_add_func ("/client/install", test_install);
  g_test_add_func ("/client/start-fails", test_start_fails);
  g_test_add_func ("/client/start-slow", test_start_slow);
  g_test_add_func ("/client/dropped", test_dropped);
  status = g_test_run ();
  g_test_dbus_stop (daemon);
  return status;
}
