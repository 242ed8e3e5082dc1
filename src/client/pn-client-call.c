/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "pn-client-bus.h"
#include "pn-client-private.h"

#include "pn-error.h"

/* GLib has no code for it yet. */
#define INTERACTION_REQUIRED "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired"

/* Errors that say how a message fared, not what the helper thinks of it. */
static const struct
{
  int code; /* of G_DBUS_ERROR */
  PnError meaning;
  const char *sentence; /* NULL = as it is */
} explanations[] = {
  { G_DBUS_ERROR_NO_REPLY, PN_ERROR_DISCONNECTED,
    N_ ("The helper ended before it answered; look at what it did before you try again") },
  { G_DBUS_ERROR_DISCONNECTED, PN_ERROR_DISCONNECTED,
    N_ ("The connection to the helper was lost") },
  { G_DBUS_ERROR_NAME_HAS_NO_OWNER, PN_ERROR_NOT_FOUND, N_ ("The helper is not running") },
  { G_DBUS_ERROR_SERVICE_UNKNOWN, PN_ERROR_NOT_FOUND, N_ ("The helper is not running") },
  { G_DBUS_ERROR_SPAWN_CHILD_EXITED, PN_ERROR_FAILED,
    N_ ("The helper could not start; its log says why") },
  { G_DBUS_ERROR_UNKNOWN_METHOD, PN_ERROR_NOT_SUPPORTED,
    N_ ("The helper that runs is of another version and cannot do this; restart it") },
  { G_DBUS_ERROR_UNKNOWN_OBJECT, PN_ERROR_NOT_FOUND, N_ ("The helper has forgotten this object") },
  { G_DBUS_ERROR_ACCESS_DENIED, PN_ERROR_PERMISSION, NULL },
  { G_DBUS_ERROR_INVALID_ARGS, PN_ERROR_INVALID_ARGUMENT, NULL },
  { G_DBUS_ERROR_LIMITS_EXCEEDED, PN_ERROR_BUSY, NULL },
  { G_DBUS_ERROR_TIMED_OUT, PN_ERROR_TIMED_OUT, N_ ("The helper did not answer in time") },
  { G_DBUS_ERROR_TIMEOUT, PN_ERROR_TIMED_OUT, N_ ("The helper did not answer in time") },
};

GError *
pn_client_explain (GError *error)
{
  PnError code = PN_ERROR_FAILED;
  const char *sentence = NULL;
  GError *explained;
  g_autofree char *name = g_dbus_error_get_remote_error (error);

  pn_error_take_remote (&error);
  if (error->domain == PN_ERROR)
    return error;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    code = PN_ERROR_CANCELLED;
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    {
      code = PN_ERROR_TIMED_OUT;
      sentence = N_ ("The helper did not answer in time");
    }
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED))
    {
      code = PN_ERROR_DISCONNECTED;
      sentence = N_ ("The connection to the helper was lost");
    }
  for (guint i = 0; error->domain == G_DBUS_ERROR && i < G_N_ELEMENTS (explanations); i++)
    if (explanations[i].code == error->code)
      {
        code = explanations[i].meaning;
        sentence = explanations[i].sentence;
      }
  if (g_strcmp0 (name, INTERACTION_REQUIRED) == 0)
    {
      code = PN_ERROR_PERMISSION;
      sentence = N_ ("This needs an authorisation, and nobody could be asked for it");
    }
  explained =
      g_error_new_literal (PN_ERROR, (int) code, sentence != NULL ? sentence : error->message);
  g_error_free (error);
  return explained;
}

static void
called_cb (GObject *proxy, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  GVariant *reply =
      g_dbus_proxy_call_with_unix_fd_list_finish (G_DBUS_PROXY (proxy), NULL, result, &error);

  if (reply != NULL)
    g_task_return_pointer (task, reply, (GDestroyNotify) g_variant_unref);
  else
    g_task_return_error (task, pn_client_explain (error));
}

void
pn_client_call_asking (gpointer source,
                       gpointer proxy,
                       const char *method,
                       GVariant *arguments,
                       int timeout,
                       GUnixFDList *fds,
                       gboolean ask,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (arguments);
  GTask *task = g_task_new (source, cancellable, callback, user_data);

  g_task_set_source_tag (task, pn_client_call);
  /* Being cancelled is said as a PN_ERROR, too. */
  g_task_set_check_cancellable (task, FALSE);
  if (proxy == NULL)
    {
      g_task_return_error (task, pn_error_new (PN_ERROR_NOT_FOUND, "The helper is not running"));
      g_object_unref (task);
      return;
    }
  if (pn_client_bus_is_system (g_dbus_proxy_get_connection (proxy)))
    timeout = G_MAXINT; /* a person may be asked for a password first */
  g_dbus_proxy_call_with_unix_fd_list (proxy, method, owned,
                                       ask ? G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION
                                           : G_DBUS_CALL_FLAGS_NONE,
                                       timeout, fds, cancellable, called_cb, task);
}

void
pn_client_call (gpointer source,
                gpointer proxy,
                const char *method,
                GVariant *arguments,
                int timeout,
                GUnixFDList *fds,
                GCancellable *cancellable,
                GAsyncReadyCallback callback,
                gpointer user_data)
{
  pn_client_call_asking (source, proxy, method, arguments, timeout, fds, TRUE, cancellable,
                         callback, user_data);
}

GVariant *
pn_client_call_take (gpointer source, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, source), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

gboolean
pn_client_call_done (gpointer source, GAsyncResult *result, GError **error)
{
  g_autoptr (GVariant) reply = pn_client_call_take (source, result, error);

  return reply != NULL;
}
