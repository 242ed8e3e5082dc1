/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-client-bus.h"

#include "pn-client-private.h"

#define ANSWER_MS 5000
#define IS_SYSTEM "pn-is-system"

typedef struct
{
  PnClientBus wish;
  char *name;
  gboolean is_system; /* what it came to */
} Choice;

static void
choice_free (gpointer data)
{
  Choice *choice = data;

  g_free (choice->name);
  g_free (choice);
}

static void
connected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  GDBusConnection *bus = g_bus_get_finish (result, &error);

  if (bus != NULL)
    {
      if (((Choice *) g_task_get_task_data (task))->is_system)
        g_object_set_data (G_OBJECT (bus), IS_SYSTEM, GINT_TO_POINTER (TRUE));
      g_task_return_pointer (task, bus, g_object_unref);
    }
  else
    g_task_return_error (task, pn_client_explain (error));
}

static void
take_bus (GTask *task, gboolean is_system)
{
  Choice *choice = g_task_get_task_data (task);

  choice->is_system = is_system;
  g_bus_get (is_system ? G_BUS_TYPE_SYSTEM : G_BUS_TYPE_SESSION, g_task_get_cancellable (task),
             connected_cb, g_object_ref (task));
}

static void ask (GTask *task, GDBusConnection *bus, const char *method);

/* Those that are there, then those that could be started. */
static void
listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Choice *choice = g_task_get_task_data (task);
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);
  g_autofree const char **names = NULL;

  if (reply != NULL)
    g_variant_get (reply, "(^a&s)", &names);
  if (names != NULL && g_strv_contains ((const char *const *) names, choice->name))
    take_bus (task, TRUE);
  else if (names != NULL && g_strcmp0 (g_task_get_name (task), "ListNames") == 0)
    ask (task, G_DBUS_CONNECTION (source), "ListActivatableNames");
  else
    take_bus (task, FALSE);
}

/* @method: a literal. */
static void
ask (GTask *task, GDBusConnection *bus, const char *method)
{
  (g_task_set_name) (task, method);
  g_dbus_connection_call (bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                          "org.freedesktop.DBus", method, NULL, G_VARIANT_TYPE ("(as)"),
                          G_DBUS_CALL_FLAGS_NONE, ANSWER_MS, g_task_get_cancellable (task),
                          listed_cb, g_object_ref (task));
}

/* Where there is no system bus, there is no station. */
static void
system_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GDBusConnection) bus = g_bus_get_finish (result, NULL);

  if (bus != NULL)
    ask (task, bus, "ListNames");
  else
    take_bus (task, FALSE);
}

void
pn_client_bus_choose_async (PnClientBus wish,
                            const char *name,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Choice *choice = g_new0 (Choice, 1);

  g_task_set_source_tag (task, pn_client_bus_choose_async);
  choice->wish = wish;
  choice->name = g_strdup (name);
  g_task_set_task_data (task, choice, choice_free);
  if (wish == PN_CLIENT_BUS_AUTOMATIC)
    g_bus_get (G_BUS_TYPE_SYSTEM, cancellable, system_cb, g_object_ref (task));
  else
    take_bus (task, wish == PN_CLIENT_BUS_SYSTEM);
}

GDBusConnection *
pn_client_bus_choose_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
chosen_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_set_object ((GAsyncResult **) user_data, result);
}

GDBusConnection *
pn_client_bus_choose (PnClientBus wish, const char *name, GError **error)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GAsyncResult) result = NULL;

  g_main_context_push_thread_default (context);
  pn_client_bus_choose_async (wish, name, NULL, chosen_cb, &result);
  while (result == NULL)
    g_main_context_iteration (context, TRUE);
  g_main_context_pop_thread_default (context);
  return pn_client_bus_choose_finish (result, error);
}

gboolean
pn_client_bus_is_system (GDBusConnection *bus)
{
  return g_object_get_data (G_OBJECT (bus), IS_SYSTEM) != NULL;
}
