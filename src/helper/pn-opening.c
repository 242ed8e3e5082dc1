/* SPDX-License-Identifier: GPL-3.0-or-later */
/* OpenBatch: a bundle of the store is hashed and verified, and becomes a batch. */
#include "config.h"

#include "pn-authority.h"

#include <glib/gi18n-lib.h>

#include "pn-confine.h"
#include "pn-station-audit.h"

#define MAX_OPENING 16

typedef struct
{
  PnStation *station;
  GDBusMethodInvocation *invocation;
  char *digest; /* held */
  GVariant *options;
  guint caller; /* watch on its name */
  GCancellable *left;
  gboolean loaded; /* the bundle, which is whole then */
} Opening;

static void
opening_free (Opening *self)
{
  g_object_unref (self->left);
  g_variant_unref (self->options);
  g_free (self->digest);
  g_free (self);
}

static void
load_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Opening *opening = data;
  GError *error = NULL;
  PnBundle *bundle =
      pn_bundle_store_load (opening->station->bundles, opening->digest, cancellable, &error);

  opening->loaded = bundle != NULL;
  if (bundle != NULL && !pn_station_check_hooks (opening->station, pn_bundle_get_manifest (bundle),
                                                 cancellable, &error))
    g_clear_pointer (&bundle, pn_bundle_free);
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

/* One that is not whole any more is of no use, and would keep a whole one from being installed. */
static void
drop_damaged (Opening *self, const GError *error)
{
  if (self->loaded || (!g_error_matches (error, PN_ERROR, PN_ERROR_SIGNATURE) &&
                       !g_error_matches (error, PN_ERROR, PN_ERROR_INVALID_DATA)))
    return;
  if (pn_bundle_store_remove (self->station->bundles, self->digest, NULL))
    g_warning ("The bundle %s is damaged and was removed; install it again: %s", self->digest,
               error->message);
}

/* What was installed before the station took enrolled keys only. */
static gboolean
is_allowed (PnStation *station, PnBundle *bundle, GError **error)
{
  g_auto (PnBundlePolicy) policy = { 0 };

  pn_settings_get_bundle_policy (station->settings, &policy);
  return pn_bundle_policy_check_key (&policy, pn_bundle_get_manifest (bundle), error);
}

static void
loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
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
      !self->ending && is_allowed (self, bundle, &error) &&
      pn_authority_check_warrant (self, opening->invocation, pn_bundle_get_manifest (bundle),
                                  opening->options, &error))
    batch = pn_batch_new (self, bundle, opening->options, &error);
  if (batch == NULL && error == NULL)
    pn_set_error (&error, PN_ERROR_BUSY, PN_STATION_ENDING);
  if (batch == NULL)
    {
      pn_bundle_store_let_go (self->bundles, opening->digest);
      drop_damaged (opening, error);
      pn_error_answer (opening->invocation, g_steal_pointer (&error));
      return;
    }
  (void) g_steal_pointer (&bundle);
  pn_batch_set_people (batch, opening->invocation);
  if (!tell_opened (opening, batch, &error))
    {
      pn_batch_free (batch);
      pn_error_answer (opening->invocation, g_steal_pointer (&error));
      return;
    }
  g_ptr_array_add (self->batches, batch);
  pn_dbus_manager_complete_open_batch (self->object, opening->invocation, batch->path);
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

static void
begin (PnStation *self, GDBusMethodInvocation *invocation, const char *digest, GVariant *options)
{
  Opening *opening = g_new0 (Opening, 1);
  g_autoptr (GTask) task = NULL;

  *opening = (Opening){ self, invocation, g_strdup (digest), g_variant_ref (options) };
  opening->left = g_cancellable_new ();
  opening->caller = g_bus_watch_name_on_connection (
      self->connection, g_dbus_method_invocation_get_sender (invocation),
      G_BUS_NAME_WATCHER_FLAGS_NONE, NULL, caller_left_cb, opening, NULL);
  self->n_opening++;
  task = g_task_new (NULL, opening->left, loaded_cb, opening);
  /* A task's own answer to being cancelled would come before the thread is done. */
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, opening, (GDestroyNotify) opening_free);
  g_task_run_in_thread (task, load_thread);
}

gboolean
pn_opening_begin (PnDbusManager *object,
                  GDBusMethodInvocation *invocation,
                  const char *digest,
                  GVariant *options,
                  PnStation *self)
{
  g_autoptr (GError) error = NULL;

  if (!pn_batch_check_options (options, &error) ||
      (!self->unconfined && !pn_confine_is_possible (&error)))
    {
      pn_error_answer (invocation, g_steal_pointer (&error));
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }
  if (self->ending || self->n_opening >= MAX_OPENING || !make_room (self))
    return pn_refuse (invocation, PN_ERROR_BUSY,
                      self->ending ? PN_STATION_ENDING
                      : self->n_opening >= MAX_OPENING
                          ? N_ ("Too many bundles are being opened; try it again in a moment")
                          : N_ ("There are too many batches; close some"));
  if (pn_bundle_store_hold (self->bundles, digest, &error))
    begin (self, invocation, digest, options);
  else
    pn_error_answer (invocation, g_steal_pointer (&error));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}
