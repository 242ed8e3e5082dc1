/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-client-start.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "pn-client-private.h"
#include "pn-error.h"

typedef struct
{
  char *bus_name;
  GStrv command; /* or NULL */
} Start;

static void
start_free (Start *start)
{
  g_free (start->bus_name);
  g_strfreev (start->command);
  g_free (start);
}

static void
ended_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Start *start = g_task_get_task_data (task);
  GError *error = NULL;

  if (!g_subprocess_wait_finish (G_SUBPROCESS (source), result, &error))
    g_task_return_error (task, pn_client_explain (error));
  else if (g_subprocess_get_if_signaled (G_SUBPROCESS (source)))
    g_task_return_error (
        task,
        pn_error_new (PN_ERROR_FAILED, "The helper (%s) was ended by signal %s before it was ready",
                      start->command[0],
                      PN_NUMBER ((guint) g_subprocess_get_term_sig (G_SUBPROCESS (source)))));
  else
    g_task_return_error (
        task,
        pn_error_new (PN_ERROR_FAILED, "The helper (%s) ended with status %s before it was ready",
                      start->command[0],
                      PN_NUMBER ((guint) g_subprocess_get_exit_status (G_SUBPROCESS (source)))));
}

/* Programs of ours lie beside the one that asks, wherever they were installed; else on the path. */
static char *
find_program (const char *name)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = self != NULL ? g_path_get_dirname (self) : NULL;
  g_autofree char *beside = folder != NULL ? g_build_filename (folder, name, NULL) : NULL;

  return beside != NULL && g_file_test (beside, G_FILE_TEST_IS_EXECUTABLE)
             ? g_steal_pointer (&beside)
             : g_strdup (name);
}

static GSubprocess *
launch (const char *const *command, GSpawnChildSetupFunc setup, gpointer user_data, GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_auto (GStrv) found = g_strdupv ((char **) command);

  g_free (found[0]);
  found[0] = find_program (command[0]);
  g_subprocess_launcher_set_child_setup (launcher, setup, user_data, NULL);
  return g_subprocess_launcher_spawnv (launcher, (const char *const *) found, error);
}

static void
leave_session (gpointer user_data)
{
  (void) setsid ();
}

static void
spawn (GTask *task)
{
  Start *start = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GSubprocess) process =
      launch ((const char *const *) start->command, leave_session, NULL, &error);

  if (process != NULL)
    g_subprocess_wait_async (process, g_task_get_cancellable (task), ended_cb, g_object_ref (task));
  else
    {
      g_task_return_error (task, pn_error_new (PN_ERROR_NOT_FOUND,
                                               "The helper (%s) cannot be started: %s",
                                               start->command[0], error->message));
      g_error_free (error);
    }
}

static void
activated_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Start *start = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (reply != NULL)
    g_task_return_boolean (task, TRUE);
  else if (!g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN))
    g_task_return_error (task, pn_client_explain (error));
  else
    {
      g_error_free (error);
      if (start->command != NULL)
        spawn (task);
      else
        g_task_return_error (task,
                             pn_error_new (PN_ERROR_NOT_FOUND,
                                           "The helper is not installed: the bus does not know %s",
                                           start->bus_name));
    }
}

static void
ask_bus (GDBusConnection *bus,
         GTask *task,
         const char *method,
         GVariant *arguments,
         const char *answer,
         GAsyncReadyCallback callback)
{
  g_dbus_connection_call (bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                          "org.freedesktop.DBus", method, arguments, G_VARIANT_TYPE (answer),
                          G_DBUS_CALL_FLAGS_NONE, -1, g_task_get_cancellable (task), callback,
                          g_object_ref (task));
}

/* The bus would not start what it has no service file for, even where it is there already. */
static void
owned_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Start *start = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  gboolean owned = FALSE;

  if (reply == NULL)
    {
      g_task_return_error (task, pn_client_explain (error));
      return;
    }
  g_variant_get (reply, "(b)", &owned);
  if (owned)
    g_task_return_boolean (task, TRUE);
  else
    ask_bus (G_DBUS_CONNECTION (source), task, "StartServiceByName",
             g_variant_new ("(su)", start->bus_name, 0), "(u)", activated_cb);
}

static void
connected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Start *start = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GDBusConnection) bus = g_bus_get_finish (result, &error);

  if (bus == NULL)
    g_task_return_error (task, pn_client_explain (error));
  else
    ask_bus (bus, task, "NameHasOwner", g_variant_new ("(s)", start->bus_name), "(b)", owned_cb);
}

void
pn_client_start_helper_async (GBusType bus,
                              const char *bus_name,
                              const char *const *command,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Start *start = g_new0 (Start, 1);

  start->bus_name = g_strdup (bus_name);
  start->command = g_strdupv ((char **) command);
  g_task_set_task_data (task, start, (GDestroyNotify) start_free);
  g_task_set_source_tag (task, pn_client_start_helper_async);
  g_bus_get (bus, cancellable, connected_cb, task);
}

gboolean
pn_client_start_helper_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* ---- a child ---- */

static void
die_with_parent (gpointer parent)
{
  (void) prctl (PR_SET_PDEATHSIG, SIGTERM);
  if (getppid () != GPOINTER_TO_INT (parent))
    _exit (0);
}

GSubprocess *
pn_client_spawn_child (const char *const *command, GError **error)
{
  return launch (command, die_with_parent, GINT_TO_POINTER (getpid ()), error);
}
