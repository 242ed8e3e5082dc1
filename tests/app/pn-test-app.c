/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-test-app.h"

#include <glib/gstdio.h>
#include <string.h>

#include "pn-batch-plan.h"

static PnApp *app;

/* ---- who shows notifications on a desktop: without it GLib warns, and a warning is a failure ----
 */

static void
notify_cb (GDBusConnection *bus,
           const char *sender,
           const char *path,
           const char *interface,
           const char *method,
           GVariant *arguments,
           GDBusMethodInvocation *invocation,
           gpointer user_data)
{
  g_dbus_method_invocation_return_value (
      invocation, g_str_equal (method, "Notify") ? g_variant_new ("(u)", 1) : NULL);
}

static void
own_notifications (void)
{
  static const GDBusInterfaceVTable table = { .method_call = notify_cb };
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (
      "<node><interface name='org.freedesktop.Notifications'>"
      "<method name='Notify'><arg type='s' direction='in'/><arg type='u' direction='in'/>"
      "<arg type='s' direction='in'/><arg type='s' direction='in'/><arg type='s' direction='in'/>"
      "<arg type='as' direction='in'/><arg type='a{sv}' direction='in'/>"
      "<arg type='i' direction='in'/><arg type='u' direction='out'/></method>"
      "<method name='CloseNotification'><arg type='u' direction='in'/></method>"
      "</interface></node>",
      NULL);
  g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);
  g_autoptr (GError) error = NULL;

  g_dbus_connection_register_object (bus, "/org/freedesktop/Notifications", node->interfaces[0],
                                     &table, NULL, NULL, &error);
  g_assert_no_error (error);
  g_bus_own_name_on_connection (bus, node->interfaces[0]->name, G_BUS_NAME_OWNER_FLAGS_NONE, NULL,
                                NULL, NULL, NULL);
}

/* ---- a warning that is not ours ---- */

static gboolean
is_measured (GtkWidget *label, gpointer message)
{
  g_autofree char *words =
      g_strdup_printf ("Trying to measure GtkLabel %p for width", (gpointer) label);

  return gtk_widget_has_css_class (label, "title-2") && g_str_has_prefix (message, words);
}

static gboolean
is_of_message_dialog (const char *message)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GtkWidget) window = g_list_model_get_item (windows, i);

      if (ADW_IS_MESSAGE_DIALOG (window) &&
          pn_test_find (window, GTK_TYPE_LABEL, is_measured, (gpointer) message) != NULL)
        return TRUE;
    }
  return FALSE;
}

/* libadwaita 1.7 itself measures the heading of a message dialog for less than it needs, and GTK
 * warns of that since 4.18. */
static GLogWriterOutput
write_log_cb (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  for (gsize i = 0; i < n_fields; i++)
    if (g_str_equal (fields[i].key, "MESSAGE") &&
        g_str_has_prefix (fields[i].value, "Trying to measure GtkLabel ") &&
        is_of_message_dialog (fields[i].value))
      return G_LOG_WRITER_HANDLED;
  return g_log_writer_default (level, fields, n_fields, user_data);
}

void
pn_test_init (int *argc, char ***argv)
{
  g_autofree char *folder = g_dir_make_tmp ("punnet-app-XXXXXX", NULL);
  static const char *const names[] = { "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME",
                                       "XDG_STATE_HOME", NULL };

  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autofree char *path = g_build_filename (folder, names[i], NULL);

      g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
      g_setenv (names[i], path, TRUE);
    }
  gtk_test_init (argc, argv, NULL);
  g_log_set_writer_func (write_log_cb, NULL, NULL);
  adw_init ();
  own_notifications ();
}

void
pn_test_settle (void)
{
  gint64 end = g_get_monotonic_time () + G_USEC_PER_SEC; /* what moves for ever is never quiet */

  for (guint quiet = 0; quiet < 5 && g_get_monotonic_time () < end; quiet++)
    {
      while (g_main_context_iteration (NULL, FALSE) && g_get_monotonic_time () < end)
        quiet = 0;
      g_usleep (4000);
    }
}

PnWindow *
pn_test_open_window (int width, int height)
{
  g_autoptr (GError) error = NULL;
  PnWindow *window;

  /* One for the whole program: only g_application_run () could end it properly. */
  if (app == NULL)
    {
      app = pn_app_new (G_APPLICATION_NON_UNIQUE);
      g_assert_true (g_application_register (G_APPLICATION (app), NULL, &error));
      g_assert_no_error (error);
    }
  window = pn_window_new (app);
  gtk_window_set_default_size (GTK_WINDOW (window), width, height);
  gtk_window_present (GTK_WINDOW (window));
  PN_TEST_WAIT_FOR (gtk_widget_get_mapped (GTK_WIDGET (window)) &&
                    gtk_widget_get_width (GTK_WIDGET (window)) > 0);
  pn_test_settle ();
  return window;
}

void
pn_test_close_window (PnWindow *window)
{
  gpointer weak = window;

  g_object_add_weak_pointer (G_OBJECT (window), &weak);
  gtk_window_destroy (GTK_WINDOW (window));
  PN_TEST_WAIT_FOR (weak == NULL);
}

GtkWidget *
pn_test_find (GtkWidget *root, GType type, gboolean (*test) (GtkWidget *, gpointer), gpointer data)
{
  if (g_type_is_a (G_OBJECT_TYPE (root), type) && (test == NULL || test (root, data)))
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = pn_test_find (child, type, test, data);

      if (found != NULL)
        return found;
    }
  return NULL;
}

static gboolean
has_label (GtkWidget *widget, gpointer label)
{
  return gtk_widget_get_mapped (widget) &&
         g_strcmp0 (gtk_button_get_label (GTK_BUTTON (widget)), label) == 0;
}

GtkWidget *
pn_test_find_button (GtkWidget *root, const char *label)
{
  return pn_test_find (root, GTK_TYPE_BUTTON, has_label, (gpointer) label);
}

static gboolean
contains (GtkWidget *widget, gpointer text)
{
  const char *said = GTK_IS_LABEL (widget) ? gtk_label_get_text (GTK_LABEL (widget))
                     : GTK_IS_INSCRIPTION (widget)
                         ? gtk_inscription_get_text (GTK_INSCRIPTION (widget))
                         : NULL;

  return said != NULL && gtk_widget_get_mapped (widget) && strstr (said, text) != NULL;
}

gboolean
pn_test_shows_text (GtkWidget *root, const char *text)
{
  return pn_test_find (root, GTK_TYPE_WIDGET, contains, (gpointer) text) != NULL;
}

/* ---- a batch ---- */

static void
opened_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  *(char **) user_data = pn_batch_plan_open_finish (PN_BATCH_PLAN (source), result, &error);
  g_assert_no_error (error);
}

static void
listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GPtrArray **) user_data = pn_batch_plan_list_finish (result, NULL);
}

void
pn_test_open_batch (const char *reference, guint count, gboolean permit)
{
  PnClient *client = pn_app_get_client (pn_app_get_default ());
  g_autoptr (GPtrArray) plans = NULL;
  g_autofree char *path = NULL;

  pn_batch_plan_list_async (NULL, listed_cb, &plans);
  PN_TEST_WAIT_FOR (plans != NULL);
  g_assert_cmpuint (plans->len, ==, 1);
  pn_batch_plan_set_reference (plans->pdata[0], reference);
  pn_batch_plan_set_count (plans->pdata[0], count);
  pn_batch_plan_set_automatic (plans->pdata[0], TRUE);
  pn_batch_plan_open_async (plans->pdata[0], client, permit, NULL, NULL, NULL, opened_cb, &path);
  PN_TEST_WAIT_FOR (path != NULL);
}
