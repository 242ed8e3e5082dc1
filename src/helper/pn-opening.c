/* SPDX-License-Identifier: GPL-3.0-or-later */
/* OpenBatch: a bundle is copied in, verified, and becomes a batch. */
#include "config.h"

#include "pn-station.h"

#include <glib/gi18n-lib.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>

#include "pn-io.h"
#include "pn-station-audit.h"

#define MAX_OPENING 16

typedef struct
{
  PnStation *station;
  GDBusMethodInvocation *invocation;
  GVariant *options;
  int directory;
  guint caller; /* watch on its name */
  GCancellable *left;
} Opening;

static void
opening_free (Opening *self)
{
  g_object_unref (self->left);
  pn_fd_close (self->directory);
  g_variant_unref (self->options);
  g_free (self);
}

/* Copies the bundle into the store while it is hashed, verifies it, and keeps it under its digest.
 */
static PnBundle *
import_bundle (PnStation *station, int directory, GCancellable *cancellable, GError **error)
{
  g_autofree char *store = g_build_filename (station->state_dir, "bundles", NULL);
  g_autofree char *aside = g_build_filename (store, ".partial-XXXXXX", NULL);
  g_autofree char *hex = NULL;
  g_autofree char *kept = NULL;
  g_autoptr (PnBundle) bundle = NULL;
  g_auto (PnFd) target = -1;
  PnSha256 digest;

  if (g_mkdir_with_parents (store, 0700) < 0 || g_mkdtemp (aside) == NULL)
    {
      pn_set_error_from_errno (error, errno, "Cannot write into %s", store);
      return NULL;
    }
  target = pn_open (aside, O_RDONLY | O_DIRECTORY, error);
  if (target >= 0)
    bundle = pn_bundle_import (directory, target, NULL, NULL, cancellable, error);
  if (bundle == NULL || !pn_bundle_verify (bundle, cancellable, error))
    {
      pn_remove_folder (aside);
      return NULL;
    }
  digest = pn_manifest_get_digest (pn_bundle_get_manifest (bundle));
  hex = pn_sha256_to_hex (&digest);
  kept = g_build_filename (store, hex, NULL);
  /* The descriptors stay good wherever the folder is; one that is there already has the same bytes.
   */
  if (g_rename (aside, kept) < 0)
    pn_remove_folder (aside);
  return g_steal_pointer (&bundle);
}

static void
import_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Opening *opening = data;
  GError *error = NULL;
  PnBundle *bundle = import_bundle (opening->station, opening->directory, cancellable, &error);

  if (bundle == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, bundle, (GDestroyNotify) pn_bundle_free);
}

/* What was consented to, and what it is for. */
static gboolean
tell_opened (Opening *opening, PnBatch *batch, GError **error)
{
  PnManifest *manifest = pn_bundle_get_manifest (batch->bundle);
  GVariantDict details;
  PnAuditEntry entry = { .what = "batch-open", .object = batch->path, .after = batch->reference };

  g_variant_dict_init (&details, opening->options);
  g_variant_dict_insert (&details, "bundle", "s", batch->digest);
  g_variant_dict_insert (&details, "recipe", "s", pn_manifest_get_recipe_name (manifest));
  g_variant_dict_insert_value (&details, "permanent",
                               g_variant_new_strv (pn_manifest_get_permanent (manifest), -1));
  entry.details = g_variant_dict_end (&details);
  return pn_station_audit (opening->station, opening->invocation, entry, error);
}

static void
imported_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Opening *opening = user_data;
  PnStation *self = opening->station;
  g_autoptr (GError) error = NULL;
  g_autoptr (PnBundle) bundle = g_task_propagate_pointer (G_TASK (result), &error);
  PnBatch *batch = NULL;

  g_clear_handle_id (&opening->caller, g_bus_unwatch_name);
  self->n_opening--;
  /* Whoever consented does not know of it any more: nothing begins. */
  if (bundle != NULL && !g_cancellable_set_error_if_cancelled (opening->left, &error) &&
      !self->ending)
    batch = pn_batch_new (self, bundle, opening->options, &error);
  if (batch == NULL && error == NULL)
    pn_set_error (&error, PN_ERROR_BUSY, PN_STATION_ENDING);
  if (batch == NULL)
    {
      pn_error_answer (opening->invocation, g_steal_pointer (&error));
      return;
    }
  (void) g_steal_pointer (&bundle);
  if (!tell_opened (opening, batch, &error))
    {
      pn_batch_free (batch);
      pn_error_answer (opening->invocation, g_steal_pointer (&error));
      return;
    }
  g_ptr_array_add (self->batches, batch);
  pn_dbus_manager_complete_open_batch (self->object, opening->invocation, NULL, batch->path);
  pn_station_consider (self);
}

static void
caller_left_cb (GDBusConnection *connection, const char *name, gpointer user_data)
{
  Opening *opening = user_data;

  g_cancellable_cancel (opening->left);
}

/* TRUE where there is room for one more batch; what is closed and over makes room. */
static gboolean
make_room (PnStation *self)
{
  for (guint i = 0;
       i < self->batches->len && self->batches->len + self->n_opening >= PN_STATION_MAX_BATCHES;)
    {
      PnBatch *batch = self->batches->pdata[i];

      if (batch->closed && batch->going == 0)
        g_ptr_array_remove_index (self->batches, i);
      else
        i++;
    }
  return self->batches->len + self->n_opening < PN_STATION_MAX_BATCHES;
}

gboolean
pn_opening_begin (PnDbusManager *object,
                  GDBusMethodInvocation *invocation,
                  GUnixFDList *fds,
                  GVariant *handle,
                  GVariant *options,
                  PnStation *self)
{
  int directory = pn_take_fd (invocation, fds, handle);
  Opening *opening;
  g_autoptr (GTask) task = NULL;
  g_autoptr (GError) error = NULL;

  if (directory < 0)
    return G_DBUS_METHOD_INVOCATION_HANDLED;
  if (!pn_batch_check_options (options, &error))
    {
      pn_fd_close (directory);
      pn_error_answer (invocation, g_steal_pointer (&error));
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }
  if (self->ending || self->n_opening >= MAX_OPENING || !make_room (self))
    {
      pn_fd_close (directory);
      return pn_refuse (invocation, PN_ERROR_BUSY,
                        self->ending ? PN_STATION_ENDING
                        : self->n_opening >= MAX_OPENING
                            ? N_ ("Too many bundles are being opened; try it again in a moment")
                            : N_ ("There are too many batches; close some"));
    }
  opening = g_new0 (Opening, 1);
  *opening = (Opening){ self, invocation, g_variant_ref (options), directory };
  opening->left = g_cancellable_new ();
  opening->caller = g_bus_watch_name_on_connection (
      self->connection, g_dbus_method_invocation_get_sender (invocation),
      G_BUS_NAME_WATCHER_FLAGS_NONE, NULL, caller_left_cb, opening, NULL);
  self->n_opening++;
  task = g_task_new (NULL, opening->left, imported_cb, opening);
  /* A task's own answer to being cancelled would come before the thread is done. */
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, opening, (GDestroyNotify) opening_free);
  g_task_run_in_thread (task, import_thread);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}
