/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The store on the bus: InstallBundle, RemoveBundle, and an object for each bundle. */
#include "config.h"

#include "pn-bundles.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "pn-authority.h"
#include "pn-io.h"
#include "pn-options.h"
#include "pn-station-audit.h"

#define MAX_INSTALLING 16
#define MAX_INSTALLING_OF_ONE 4 /* caller */
#define PROGRESS_MS 100

typedef struct
{
  PnStation *station;
  GDBusMethodInvocation *invocation;
  PnIncoming *incoming;
  int fd;
  guint caller;   /* watch on its name */
  guint progress; /* timer; 0 = nobody wants to know */
  guint32 tag;
  guint64 told; /* bytes */
  GCancellable *left;
} Installing;

static const char *
sender_of (Installing *self)
{
  return g_dbus_method_invocation_get_sender (self->invocation);
}

static void
installing_free (Installing *self)
{
  pn_incoming_free (self->incoming);
  g_object_unref (self->left);
  pn_fd_close (self->fd);
  g_free (self);
}

/* ---- objects ---- */

static char *
path_of (const char *digest)
{
  return g_strconcat (PN_STATION_PATH "/bundles/", digest, NULL);
}

static PnDbusBundle *
make_object (const PnStoredBundle *stored)
{
  PnDbusBundle *object = pn_dbus_bundle_skeleton_new ();
  PnManifest *manifest = stored->manifest;
  PnPublicKey *key = pn_manifest_get_public_key (manifest);
  PnSha256 fingerprint;
  g_autofree char *hex = NULL;

  if (key != NULL)
    {
      fingerprint = pn_public_key_get_fingerprint (key);
      hex = pn_sha256_to_hex (&fingerprint);
    }
  pn_dbus_bundle_set_digest (object, stored->digest);
  pn_dbus_bundle_set_recipe (object, pn_manifest_get_recipe_name (manifest));
  pn_dbus_bundle_set_mode (object, pn_mode_to_word (pn_manifest_get_mode (manifest)));
  pn_dbus_bundle_set_chip (object, pn_chip_to_word (pn_manifest_get_chip (manifest)));
  pn_dbus_bundle_set_storage (object, pn_storage_to_word (pn_manifest_get_storage (manifest)));
  pn_dbus_bundle_set_permanent (object, pn_manifest_get_permanent (manifest));
  pn_dbus_bundle_set_fingerprint (object, hex != NULL ? hex : "");
  pn_dbus_bundle_set_image (object, pn_manifest_get_image_name (manifest));
  pn_dbus_bundle_set_size (object, stored->size);
  pn_dbus_bundle_set_installed (object, stored->installed);
  return object;
}

/* Who had it installed last, (transfer full); "" where the audit says nothing of it. */
static char *
find_installer (PnStation *self, const char *digest)
{
  GVariantBuilder options;
  g_autoptr (GVariant) rows = NULL;
  g_autoptr (GVariant) row = NULL;
  g_autoptr (GError) error = NULL;
  char *who = NULL;

  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "what", g_variant_new_string ("bundle-install"));
  g_variant_builder_add (&options, "{sv}", "object", g_variant_new_string (digest));
  rows = pn_audit_query (self->records, 0, 1, g_variant_builder_end (&options), &error);
  if (rows != NULL && g_variant_n_children (rows) > 0)
    {
      row = g_variant_get_child_value (rows, 0);
      (void) g_variant_lookup (row, "who", "s", &who);
    }
  return who != NULL ? who : g_strdup ("");
}

static void export(PnStation *self, const PnStoredBundle *stored, const char *path)
{
  g_autoptr (PnDbusObjectSkeleton) skeleton = pn_dbus_object_skeleton_new (path);
  g_autoptr (PnDbusBundle) object = make_object (stored);
  g_autofree char *who = find_installer (self, stored->digest);

  pn_dbus_bundle_set_installed_by (object, who);
  pn_dbus_bundle_set_in_use (object, stored->holders > 0);
  pn_dbus_bundle_set_last_used (object, stored->used);
  g_signal_connect (object, "g-authorize-method", G_CALLBACK (pn_authority_authorize_cb), self);
  pn_dbus_object_skeleton_set_bundle (skeleton, object);
  g_dbus_object_manager_server_export (self->manager, G_DBUS_OBJECT_SKELETON (skeleton));
}

static void
show (PnStation *self, const PnStoredBundle *stored)
{
  g_autofree char *path = path_of (stored->digest);
  g_autoptr (GDBusObject) there =
      g_dbus_object_manager_get_object (G_DBUS_OBJECT_MANAGER (self->manager), path);
  g_autoptr (PnDbusBundle) object = NULL;

  if (there == NULL)
    {
      export(self, stored, path);
      return;
    }
  object = pn_dbus_object_get_bundle (PN_DBUS_OBJECT (there));
  pn_dbus_bundle_set_installed (object, stored->installed);
  pn_dbus_bundle_set_in_use (object, stored->holders > 0);
  pn_dbus_bundle_set_last_used (object, stored->used);
}

gboolean
pn_bundles_show_cb (gpointer station)
{
  PnStation *self = station;
  g_autoptr (GPtrArray) all = pn_bundle_store_list (self->bundles);
  g_autoptr (GHashTable) paths = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GList *objects = g_dbus_object_manager_get_objects (G_DBUS_OBJECT_MANAGER (self->manager));

  for (guint i = 0; i < all->len; i++)
    {
      const PnStoredBundle *stored = all->pdata[i];

      show (self, stored);
      g_hash_table_add (paths, path_of (stored->digest));
    }
  for (GList *at = objects; at != NULL; at = at->next)
    {
      const char *path = g_dbus_object_get_object_path (at->data);

      if (g_str_has_prefix (path, PN_STATION_PATH "/bundles/") &&
          !g_hash_table_contains (paths, path))
        g_dbus_object_manager_server_unexport (self->manager, path);
    }
  g_list_free_full (objects, g_object_unref);
  pn_bundle_rules_show (self);
  return G_SOURCE_CONTINUE;
}

/* ---- InstallBundle ---- */

static void
receive_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Installing *self = data;
  GError *error = NULL;

  if (pn_incoming_receive (self->incoming, self->fd, cancellable, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static char *
commit (Installing *self, GError **error)
{
  PnAuditEntry entry = { .what = "bundle-install",
                         .object = pn_incoming_get_digest (self->incoming) };
  char *digest = NULL;

  /* Nothing changes where it is there already. */
  if (!pn_incoming_is_new (self->incoming))
    return pn_incoming_commit (self->incoming, error);
  if (!pn_station_audit (self->station, self->invocation, entry, error))
    return NULL;
  digest = pn_incoming_commit (self->incoming, error);
  if (digest == NULL)
    pn_station_audit_failed (self->station, self->invocation, entry, *error);
  return digest;
}

/* From here to the answer nothing else happens: whoever has left by now keeps nothing, and what was
 * answered is in the store. */
static void
received_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Installing *self = user_data;
  PnStation *station = self->station;
  g_autoptr (GError) error = NULL;
  g_autofree char *digest = NULL;

  station->installing = g_list_remove (station->installing, self);
  g_clear_handle_id (&self->caller, g_bus_unwatch_name);
  g_clear_handle_id (&self->progress, g_source_remove);
  if (g_task_propagate_boolean (G_TASK (result), &error) &&
      !g_cancellable_set_error_if_cancelled (self->left, &error))
    digest = commit (self, &error);
  if (digest == NULL)
    {
      pn_error_answer (self->invocation, g_steal_pointer (&error));
      return;
    }
  /* Whoever has the answer finds the object. */
  (void) pn_bundles_show_cb (station);
  pn_dbus_manager_complete_install_bundle (station->object, self->invocation, NULL, digest);
}

static void
caller_left_cb (GDBusConnection *connection, const char *name, gpointer user_data)
{
  Installing *self = user_data;

  g_cancellable_cancel (self->left);
}

/* To whoever installs it, and to nobody else. */
static gboolean
progress_cb (gpointer user_data)
{
  Installing *self = user_data;
  guint64 done, total;

  pn_incoming_get_progress (self->incoming, &done, &total);
  if (done != self->told)
    (void) g_dbus_connection_emit_signal (self->station->connection, sender_of (self),
                                          PN_STATION_PATH "/manager",
                                          "org.punnet.Provisioner1.Manager", "InstallProgress",
                                          g_variant_new ("(utt)", self->tag, done, total), NULL);
  self->told = done;
  return G_SOURCE_CONTINUE;
}

static PnIncoming *
new_incoming (PnStation *station)
{
  g_auto (PnBundlePolicy) policy = { 0 };

  pn_settings_get_bundle_policy (station->settings, &policy);
  return pn_incoming_new (station->bundles, &policy);
}

/* Takes @fd. */
static void
begin (PnStation *station, GDBusMethodInvocation *invocation, int fd, GVariant *options)
{
  Installing *self = g_new0 (Installing, 1);
  g_autoptr (GTask) task = NULL;

  *self = (Installing){ .station = station, .invocation = invocation, .fd = fd };
  self->incoming = new_incoming (station);
  self->left = g_cancellable_new ();
  self->caller = g_bus_watch_name_on_connection (station->connection, sender_of (self),
                                                 G_BUS_NAME_WATCHER_FLAGS_NONE, NULL,
                                                 caller_left_cb, self, NULL);
  if (g_variant_lookup (options, "tag", "u", &self->tag))
    self->progress = g_timeout_add (PROGRESS_MS, progress_cb, self);
  station->installing = g_list_prepend (station->installing, self);
  task = g_task_new (NULL, self->left, received_cb, self);
  /* A task's own answer to being cancelled would come before the thread is done. */
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, self, (GDestroyNotify) installing_free);
  g_task_run_in_thread (task, receive_thread);
}

static const char *
find_busy (PnStation *station, GDBusMethodInvocation *invocation)
{
  const char *sender = g_dbus_method_invocation_get_sender (invocation);
  guint n = 0;

  if (station->ending)
    return PN_STATION_ENDING;
  for (GList *at = station->installing; at != NULL; at = at->next)
    n += g_str_equal (sender_of (at->data), sender);
  return n >= MAX_INSTALLING_OF_ONE || g_list_length (station->installing) >= MAX_INSTALLING
             ? N_ ("Too many bundles are being installed; try it again in a moment")
             : NULL;
}

static gboolean
install_cb (PnDbusManager *object,
            GDBusMethodInvocation *invocation,
            GUnixFDList *fds,
            GVariant *handle,
            GVariant *options,
            PnStation *self)
{
  static const PnOption known[] = { { "tag", "u" }, { NULL } };
  int fd = pn_take_fd (invocation, fds, handle);
  const char *busy = find_busy (self, invocation);
  g_autoptr (GError) error = NULL;

  if (fd < 0)
    return G_DBUS_METHOD_INVOCATION_HANDLED;
  if (busy == NULL && pn_options_check (options, known, &error))
    {
      begin (self, invocation, fd, options);
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }
  pn_fd_close (fd);
  if (busy != NULL)
    return pn_refuse (invocation, PN_ERROR_BUSY, busy);
  pn_error_answer (invocation, g_steal_pointer (&error));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

void
pn_bundles_end_all (PnStation *station)
{
  for (GList *at = station->installing; at != NULL; at = at->next)
    g_cancellable_cancel (((Installing *) at->data)->left);
}

/* ---- RemoveBundle ---- */

static gboolean
remove_cb (PnDbusManager *object,
           GDBusMethodInvocation *invocation,
           const char *digest,
           GVariant *options,
           PnStation *self)
{
  PnAuditEntry entry = { .what = "bundle-remove", .object = digest };
  g_autoptr (GError) error = NULL;

  if (!pn_bundle_store_can_remove (self->bundles, digest, &error))
    {
      pn_error_answer (invocation, g_steal_pointer (&error));
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }
  if (!pn_station_audit (self, invocation, entry, &error) ||
      !pn_bundle_store_remove (self->bundles, digest, &error))
    {
      pn_station_audit_failed (self, invocation, entry, error);
      pn_error_answer (invocation, g_steal_pointer (&error));
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }
  g_log_structured (G_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE, "PUNNET_BUNDLE", digest, "MESSAGE",
                    "The bundle %s was removed by uid %u", digest,
                    pn_authority_get_uid (invocation));
  (void) pn_bundles_show_cb (self);
  pn_dbus_manager_complete_remove_bundle (object, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

void
pn_bundles_connect (PnStation *station)
{
  g_signal_connect (station->object, "handle-install-bundle", G_CALLBACK (install_cb), station);
  g_signal_connect (station->object, "handle-remove-bundle", G_CALLBACK (remove_cb), station);
}
