/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bundle on its way to the helper. */
#include "config.h"

#include "pn-client-private.h"
#include "pn-client.h"

#include "pn-error.h"

typedef struct
{
  PnDbusManager *manager;
  PnClientProgressFunc func;
  gpointer func_data;
  gulong handler;
  guint32 tag;
} Install;

static void
install_free (Install *self)
{
  if (self->handler != 0)
    g_signal_handler_disconnect (self->manager, self->handler);
  g_clear_object (&self->manager);
  g_free (self);
}

static void
progress_cb (PnDbusManager *manager, guint tag, guint64 done, guint64 total, Install *install)
{
  if (tag == install->tag)
    install->func (done, total, install->func_data);
}

static void
installed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autoptr (GVariant) reply = pn_client_call_take (source, result, &error);
  char *digest;

  if (reply == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  g_variant_get (reply, "(s)", &digest);
  g_task_return_pointer (task, digest, g_free);
}

static GVariant *
make_arguments (Install *install, int handle)
{
  GVariantBuilder options;

  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  if (install->func != NULL)
    g_variant_builder_add (&options, "{sv}", "tag", g_variant_new_uint32 (install->tag));
  return g_variant_new ("(ha{sv})", handle, &options);
}

void
pn_client_install_bundle_async (PnClient *self,
                                int bundle,
                                PnClientProgressFunc progress,
                                gpointer progress_data,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  static guint32 last_tag;
  g_autoptr (GUnixFDList) fds = g_unix_fd_list_new ();
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (GError) error = NULL;
  PnDbusManager *manager = pn_client_get_manager (self);
  Install *install = g_new0 (Install, 1);
  int handle = g_unix_fd_list_append (fds, bundle, &error);

  *install = (Install){ .func = progress, .func_data = progress_data, .tag = ++last_tag };
  g_task_set_source_tag (task, pn_client_install_bundle_async);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, install, (GDestroyNotify) install_free);
  if (handle < 0)
    {
      g_task_return_new_error (task, PN_ERROR, PN_ERROR_IO, "The bundle cannot be passed on: %s",
                               error->message);
      return;
    }
  if (manager != NULL && progress != NULL)
    {
      install->manager = g_object_ref (manager);
      install->handler =
          g_signal_connect (manager, "install-progress", G_CALLBACK (progress_cb), install);
    }
  pn_client_call (self, manager, "InstallBundle", make_arguments (install, handle), G_MAXINT, fds,
                  cancellable, installed_cb, g_steal_pointer (&task));
}

char *
pn_client_install_bundle_finish (PnClient *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
