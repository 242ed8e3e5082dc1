/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The second person in the window: what another user asks for is shown with exactly its values, and
 * answered by a person and by nothing else; who asked waits, and can withdraw it. What the helper
 * makes of the answers is tested by test-approval, with people and polkit. */
#include "config.h"

#include <unistd.h>

#include "pn-approval-dialog.h"
#include "pn-audit-page.h"
#include "pn-banner.h"
#include "pn-fake-helper.h"
#include "pn-test-app.h"

typedef struct
{
  PnWindow *window;
  PnFakeHelper *helper;
  PnDbusApproval *approval;
  char *answer;      /* the last call that came, and what with */
  gboolean refusing; /* the helper says no */
} Fixture;

static PnClient *
get_client (void)
{
  return pn_app_get_client (pn_app_get_default ());
}

static guint
count (void)
{
  return g_list_model_get_n_items (pn_client_get_approvals (get_client ()));
}

static GtkWidget *
find_dialog (void)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWidget) one = g_list_model_get_item (windows, i);

      if (PN_IS_APPROVAL_DIALOG (one))
        return one; /* it is shown */
    }
  return NULL;
}

static PnBanner *
get_banner (Fixture *self)
{
  g_autoptr (PnBanner) banner = g_list_model_get_item (pn_window_get_banners (self->window), 0);

  return banner; /* the list has it */
}

/* ---- the helper ---- */

static gboolean
answer (Fixture *self, GDBusMethodInvocation *invocation, const char *said)
{
  g_free (self->answer);
  self->answer = g_strconcat (g_dbus_method_invocation_get_method_name (invocation), said, NULL);
  if (self->refusing)
    g_dbus_method_invocation_return_dbus_error (invocation, "org.punnet.Error.Permission",
                                                "The authorisation was dismissed");
  else
    {
      g_dbus_method_invocation_return_value (invocation, NULL);
      pn_fake_helper_remove (self->helper, "approvals", 1);
    }
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
approve_cb (PnDbusApproval *object,
            GDBusMethodInvocation *invocation,
            const char *request,
            GVariant *options,
            Fixture *self)
{
  g_autofree char *said = g_strdup_printf (" %s", request);

  return answer (self, invocation, said);
}

static gboolean
refuse_cb (PnDbusApproval *object,
           GDBusMethodInvocation *invocation,
           const char *request,
           const char *reason,
           GVariant *options,
           Fixture *self)
{
  g_autofree char *said = g_strdup_printf (" %s %s", request, reason);

  return answer (self, invocation, said);
}

static gboolean
withdraw_cb (PnDbusApproval *object,
             GDBusMethodInvocation *invocation,
             GVariant *options,
             Fixture *self)
{
  return answer (self, invocation, "");
}

static void
add (Fixture *self, guint uid, const char *caller)
{
  self->approval = pn_fake_helper_add_approval (self->helper, 1, uid, caller);
  g_signal_connect (self->approval, "handle-approve", G_CALLBACK (approve_cb), self);
  g_signal_connect (self->approval, "handle-refuse", G_CALLBACK (refuse_cb), self);
  g_signal_connect (self->approval, "handle-withdraw", G_CALLBACK (withdraw_cb), self);
  PN_TEST_WAIT_FOR (count () == 1);
  pn_test_settle ();
}

static void
set_up (Fixture *self, gconstpointer data)
{
  self->window = pn_test_open_window (1000, 700);
  self->helper = pn_fake_helper_new (PN_CLIENT_NAME);
  PN_TEST_WAIT_FOR (pn_client_get_state (get_client ()) == PN_CLIENT_READY);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  GtkWidget *dialog = find_dialog ();

  if (dialog != NULL)
    gtk_window_destroy (GTK_WINDOW (dialog));
  if (self->approval != NULL)
    g_signal_handlers_disconnect_by_data (self->approval, self);
  g_clear_object (&self->approval);
  pn_fake_helper_free (self->helper);
  PN_TEST_WAIT_FOR (pn_client_get_state (get_client ()) == PN_CLIENT_ABSENT);
  pn_test_close_window (self->window);
  g_free (self->answer);
}

/* ---- who answers ---- */

static GtkWidget *
open_dialog (Fixture *self)
{
  GtkWidget *dialog;

  gtk_widget_activate_action (GTK_WIDGET (self->window), "win.look-at-approval", NULL);
  PN_TEST_WAIT_FOR ((dialog = find_dialog ()) != NULL && gtk_widget_get_mapped (dialog));
  pn_test_settle ();
  return dialog;
}

static gboolean
offers (GtkWidget *dialog, const char *label)
{
  GtkWidget *button = pn_test_find_button (dialog, label);

  return button != NULL && gtk_widget_get_mapped (button);
}

static void
press (GtkWidget *dialog, const char *label)
{
  GtkWidget *button = pn_test_find_button (dialog, label);

  g_assert_nonnull (button);
  g_assert_true (gtk_widget_is_sensitive (button) && gtk_widget_get_mapped (button));
  g_signal_emit_by_name (button, "clicked");
}

static void
test_shown (Fixture *self, gconstpointer data)
{
  static const char *const wanted[] = {
    "ann asks: Change devices for ever",
    "Waits for 1:",
    "Gate controller v2, revision 7",
    "2026-118",
    "gate-2.1.img",
    "Raspberry Pi 5 family",
    "Locked and encrypted",
    "250",
    "1-1.1 (Slot 1), 1-1.2 (Slot 2)",
    "8c41d07e 5b92aa13 06f4e8c9",
    "b71e02c45b92aa",
    "checked these values yourself",
  };
  GtkWidget *dialog;

  add (self, getuid () + 1, ":1.4711");
  g_assert_null (find_dialog ()); /* it does not jump at people */
  g_assert_cmpstr (pn_banner_get_text (get_banner (self)), ==,
                   "ann asks for a second person: Change devices for ever");
  dialog = open_dialog (self);
  for (guint i = 0; i < G_N_ELEMENTS (wanted); i++)
    if (!pn_test_shows_text (dialog, wanted[i]))
      g_error ("“%s” is not shown", wanted[i]);
  /* Nothing is approved by a key that was meant for something else. */
  g_assert_null (gtk_window_get_default_widget (GTK_WINDOW (dialog)));
  g_assert_true (gtk_window_get_focus (GTK_WINDOW (dialog)) ==
                 pn_test_find_button (dialog, "Refuse"));
  g_assert_false (offers (dialog, "Cancel"));
  /* To close it answers nothing. */
  gtk_window_close (GTK_WINDOW (dialog));
  PN_TEST_WAIT_FOR (find_dialog () == NULL);
  g_assert_null (self->answer);
  g_assert_cmpuint (count (), ==, 1);
}

static void
test_approve (Fixture *self, gconstpointer data)
{
  add (self, getuid () + 1, ":1.4711");
  press (open_dialog (self), "Approve");
  PN_TEST_WAIT_FOR (find_dialog () == NULL && count () == 0);
  g_assert_cmpstr (self->answer, ==, "Approve request-1");
  g_assert_null (get_banner (self));
}

static void
test_refuse (Fixture *self, gconstpointer data)
{
  GtkWidget *dialog, *reason;

  add (self, getuid () + 1, ":1.4711");
  dialog = open_dialog (self);
  reason = pn_test_find (dialog, ADW_TYPE_ENTRY_ROW, NULL, NULL);
  gtk_editable_set_text (GTK_EDITABLE (reason), "  Wrong key ");
  press (dialog, "Refuse");
  PN_TEST_WAIT_FOR (find_dialog () == NULL && count () == 0);
  g_assert_cmpstr (self->answer, ==, "Refuse request-1 Wrong key");
}

/* The password was wrong: it can be tried again. */
static void
test_not_allowed (Fixture *self, gconstpointer data)
{
  GtkWidget *dialog;

  add (self, getuid () + 1, ":1.4711");
  self->refusing = TRUE;
  dialog = open_dialog (self);
  press (dialog, "Approve");
  g_assert_false (gtk_widget_is_sensitive (pn_test_find_button (dialog, "Approve")));
  g_assert_false (gtk_widget_is_sensitive (pn_test_find_button (dialog, "Refuse")));
  PN_TEST_WAIT_FOR (pn_test_shows_text (dialog, "The authorisation was dismissed"));
  self->refusing = FALSE;
  press (dialog, "Approve");
  PN_TEST_WAIT_FOR (find_dialog () == NULL);
}

static void
test_over (Fixture *self, gconstpointer data)
{
  GtkWidget *dialog;

  add (self, getuid () + 1, ":1.4711");
  dialog = open_dialog (self);
  pn_fake_helper_remove (self->helper, "approvals", 1);
  PN_TEST_WAIT_FOR (pn_test_shows_text (dialog, "This is over"));
  g_assert_false (offers (dialog, "Approve"));
  g_assert_false (offers (dialog, "Refuse"));
  g_assert_null (get_banner (self));
}

/* ---- who asked ---- */

static void
test_wait (Fixture *self, gconstpointer data)
{
  g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);
  GtkWidget *dialog;

  add (self, getuid (), g_dbus_connection_get_unique_name (bus));
  PN_TEST_WAIT_FOR ((dialog = find_dialog ()) != NULL && gtk_widget_get_mapped (dialog));
  g_assert_true (pn_test_shows_text (dialog, "Waiting for a second person… (1:"));
  g_assert_false (offers (dialog, "Approve"));
  g_assert_false (offers (dialog, "Refuse"));
  press (dialog, "Cancel");
  PN_TEST_WAIT_FOR (find_dialog () == NULL && count () == 0);
  g_assert_cmpstr (self->answer, ==, "Withdraw");
}

/* From a terminal, say; and it was answered. */
static void
test_answered (Fixture *self, gconstpointer data)
{
  add (self, getuid (), ":1.4711");
  g_assert_null (find_dialog ());
  g_assert_cmpstr (pn_banner_get_text (get_banner (self)), ==, "You wait for a second person.");
  open_dialog (self);
  pn_fake_helper_remove (self->helper, "approvals", 1);
  PN_TEST_WAIT_FOR (find_dialog () == NULL);
  g_assert_null (self->answer);
}

/* ---- the audit ---- */

static gboolean
query_audit_cb (PnDbusManager *object,
                GDBusMethodInvocation *invocation,
                guint offset,
                guint limit,
                GVariant *options,
                gpointer user_data)
{
  static const char *const entries[] = {
    /* As a helper writes them; the last one is of a newer one. */
    "{'number': <int64 6>, 'who': <'ben'>, 'what': <'approval'>, 'object': <'/a/approvals/3'>,"
    " 'after': <'approved'>, 'result': <'done'>,"
    " 'details': <'{\"asked-by\":\"anna\",\"method\":\"OpenBatch\"}'>}",
    "{'number': <int64 5>, 'who': <'anna'>, 'what': <'batch-open'>, 'object': <'4'>,"
    " 'result': <'done'>,"
    " 'details': <'{\"count\":8,\"second-person\":\"ben\",\"second-person-uid\":1001}'>}",
    "{'number': <int64 4>, 'who': <'anna'>, 'what': <'approval-ask'>, 'object': <'/a/approvals/3'>,"
    " 'after': <'OpenBatch'>, 'result': <'done'>, 'details': <'{\"slots\":[\"a\"]}'>}",
    "{'number': <int64 3>, 'who': <'root'>, 'what': <'second-person'>, 'object': <''>,"
    " 'before': <''>, 'after': <'burn trust'>, 'result': <'done'>, 'details': <'{}'>}",
    "{'number': <int64 2>, 'who': <'root'>, 'what': <'approval'>, 'object': <'/a/approvals/2'>,"
    " 'after': <'forgotten'>, 'result': <'refused'>, 'details': <'[[[[[[[[[[[[[[{'>}",
  };
  GVariantBuilder rows;

  g_variant_builder_init (&rows, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = offset; i < G_N_ELEMENTS (entries); i++)
    g_variant_builder_add_value (&rows, g_variant_new_parsed (entries[i]));
  pn_dbus_manager_complete_query_audit (object, invocation, g_variant_builder_end (&rows));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/* Who asked, who approved it, and what, in words; what is not understood is told as it is. */
static void
test_audit (Fixture *self, gconstpointer data)
{
  static const char *const texts[] = {
    "Answer of a second person",
    "ben · Request 3: approved · asked by anna",
    "anna · 4 · approved by ben",
    "Second person asked",
    "anna · Request 3: Change devices for ever",
    "When a second person is asked",
    "root · Nothing → Change devices for ever, Change whose bundles the station takes",
    "root · Request 2: forgotten",
  };

  g_signal_connect (self->helper->manager, "handle-query-audit", G_CALLBACK (query_audit_cb), NULL);
  pn_window_push (self->window, pn_audit_page_new ());
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    PN_TEST_WAIT_FOR (pn_test_shows_text (GTK_WIDGET (self->window), texts[i]));
}

int
main (int argc, char **argv)
{
  pn_test_init (&argc, &argv);
#define ADD(name, func) g_test_add ("/approvals/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("shown", test_shown);
  ADD ("approve", test_approve);
  ADD ("refuse", test_refuse);
  ADD ("not-allowed", test_not_allowed);
  ADD ("over", test_over);
  ADD ("wait", test_wait);
  ADD ("answered", test_answered);
  ADD ("audit", test_audit);
#undef ADD
  return g_test_run ();
}
