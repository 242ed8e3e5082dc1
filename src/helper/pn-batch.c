/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "pn-authority.h"
#include "pn-error.h"
#include "pn-options.h"
#include "pn-station-audit.h"

static gboolean
check_consent (PnBatch *self, GError **error)
{
  PnManifest *manifest = pn_bundle_get_manifest (self->bundle);
  PnSha256 consent = pn_manifest_get_consent (manifest);
  g_autofree char *ours = NULL;

  if (self->permit == NULL)
    return TRUE; /* the run itself stops before anything permanent */
  if (pn_manifest_get_permanent (manifest)[0] != NULL)
    ours = pn_sha256_to_hex (&consent);
  if (g_strcmp0 (ours, self->permit) != 0)
    {
      pn_set_error (error, PN_ERROR_CONSENT,
                    pn_manifest_get_public_key (manifest) != NULL
                        ? N_ ("The consent is for the key %s, but the bundle's key is %s; nothing "
                              "was started")
                        : N_ ("The consent is for %s, but this bundle, which has no key, needs one "
                              "for %s; nothing was started"),
                    self->permit, ours != NULL ? ours : "–");
      return FALSE;
    }
  if (self->count > 0)
    return TRUE;
  pn_set_error (error, PN_ERROR_CONSENT,
                "A consent to something permanent has to say for how many devices it is");
  return FALSE;
}

gboolean
pn_batch_check_options (GVariant *options, GError **error)
{
  static const PnOption known[] = { { "slots", "as" },
                                    { "count", "u" },
                                    { "reference", "s" },
                                    { "permit-permanent", "s" },
                                    { "automatic", "b" },
                                    { "done", "s" },
                                    { NULL } };
  const char *done = NULL;
  PnDonePolicy policy;

  if (!pn_options_check (options, known, error))
    return FALSE;
  if (!g_variant_lookup (options, "done", "&s", &done) || pn_done_policy_from_word (done, &policy))
    return TRUE;
  return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                       "What is done with devices that are done already is one of ask, skip and "
                       "again, not “%s”",
                       done);
}

gboolean
pn_batch_is_complete (PnBatch *self)
{
  return self->count > 0 && self->used >= self->count;
}

void
pn_batch_update (PnBatch *self)
{
  pn_dbus_batch_set_used (self->object, self->used);
}

static void
let_go_if_over (PnBatch *self)
{
  if (!self->closed || self->going > 0 || self->bundle == NULL)
    return;
  g_clear_pointer (&self->bundle, pn_bundle_free);
  pn_bundle_store_let_go (self->station->bundles, self->digest);
}

void
pn_batch_begin (PnBatch *self)
{
  self->going++;
}

void
pn_batch_end (PnBatch *self)
{
  self->going--;
  let_go_if_over (self);
}

static gboolean
close_cb (PnDbusBatch *object, GDBusMethodInvocation *invocation, GVariant *options, PnBatch *self)
{
  g_autoptr (GError) error = NULL;
  PnAuditEntry entry = { .what = "batch-close", .object = self->path, .before = self->reference };

  if (!pn_station_audit (self->station, invocation, entry, &error))
    {
      pn_error_answer (invocation, g_steal_pointer (&error));
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }
  self->closed = TRUE;
  pn_dbus_batch_set_closed (object, TRUE);
  let_go_if_over (self);
  pn_station_consider (self->station);
  /* Whoever has the answer has the news, too. */
  g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (object));
  pn_dbus_batch_complete_close (object, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
set_paused_cb (PnDbusBatch *object,
               GDBusMethodInvocation *invocation,
               gboolean paused,
               GVariant *options,
               PnBatch *self)
{
  g_autoptr (GError) error = NULL;
  PnAuditEntry entry = { .what = "batch-pause",
                         .object = self->path,
                         .before = self->paused ? "yes" : "no",
                         .after = paused ? "yes" : "no" };

  if (!pn_station_audit (self->station, invocation, entry, &error))
    {
      pn_error_answer (invocation, g_steal_pointer (&error));
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }
  self->paused = paused;
  pn_dbus_batch_set_paused (object, paused);
  pn_station_consider (self->station);
  pn_dbus_batch_complete_set_paused (object, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/* What whoever watches the batch wants to know of its bundle. */
static void
show_bundle (PnBatch *self)
{
  PnManifest *manifest = pn_bundle_get_manifest (self->bundle);
  PnPublicKey *key = pn_manifest_get_public_key (manifest);
  g_autofree char *fingerprint = NULL;
  PnSha256 digest;

  if (key != NULL)
    {
      digest = pn_public_key_get_fingerprint (key);
      fingerprint = pn_sha256_to_hex (&digest);
    }
  pn_dbus_batch_set_bundle (self->object, self->digest);
  pn_dbus_batch_set_recipe (self->object, pn_manifest_get_recipe_name (manifest));
  pn_dbus_batch_set_mode (self->object, pn_mode_to_word (pn_manifest_get_mode (manifest)));
  pn_dbus_batch_set_chip (self->object, pn_chip_to_word (pn_manifest_get_chip (manifest)));
  pn_dbus_batch_set_storage (self->object, pn_storage_to_word (pn_manifest_get_storage (manifest)));
  pn_dbus_batch_set_permanent (self->object, pn_manifest_get_permanent (manifest));
  pn_dbus_batch_set_fingerprint (self->object, fingerprint != NULL ? fingerprint : "");
  pn_dbus_batch_set_image (self->object, pn_manifest_get_image_name (manifest));
}

PnBatch *
pn_batch_new (PnStation *station, PnBundle *bundle, GVariant *options, GError **error)
{
  PnBatch *self = g_new0 (PnBatch, 1);
  PnSha256 digest = pn_manifest_get_digest (pn_bundle_get_manifest (bundle));
  const char *permit = NULL, *done = NULL;
  const char *const none[] = { NULL };

  self->station = station;
  self->bundle = bundle;
  self->digest = pn_sha256_to_hex (&digest);
  (void) g_variant_lookup (options, "permit-permanent", "&s", &permit);
  self->permit = permit != NULL ? g_ascii_strdown (permit, -1) : NULL;
  (void) g_variant_lookup (options, "count", "u", &self->count);
  (void) g_variant_lookup (options, "slots", "^as", &self->slots);
  self->automatic = TRUE;
  (void) g_variant_lookup (options, "automatic", "b", &self->automatic);
  if (g_variant_lookup (options, "done", "&s", &done))
    (void) pn_done_policy_from_word (done, &self->done);
  if (!g_variant_lookup (options, "reference", "s", &self->reference))
    self->reference = g_strdup ("");
  if (!check_consent (self, error))
    {
      self->bundle = NULL;
      pn_batch_free (self);
      return NULL;
    }
  self->path = g_strdup_printf (PN_STATION_PATH "/batches/%u", ++station->n_batches);
  self->skeleton = pn_dbus_object_skeleton_new (self->path);
  self->object = pn_dbus_batch_skeleton_new ();
  show_bundle (self);
  pn_dbus_batch_set_opened (self->object, g_get_real_time ());
  pn_dbus_batch_set_automatic (self->object, self->automatic);
  pn_dbus_batch_set_done (self->object, pn_done_policy_to_word (self->done));
  pn_dbus_batch_set_slots (self->object,
                           self->slots != NULL ? (const char *const *) self->slots : none);
  pn_dbus_batch_set_count (self->object, self->count);
  pn_dbus_batch_set_reference (self->object, self->reference);
  g_signal_connect (self->object, "handle-close", G_CALLBACK (close_cb), self);
  g_signal_connect (self->object, "handle-set-paused", G_CALLBACK (set_paused_cb), self);
  g_signal_connect (self->object, "g-authorize-method", G_CALLBACK (pn_authority_authorize_cb),
                    station);
  pn_dbus_object_skeleton_set_batch (self->skeleton, self->object);
  g_dbus_object_manager_server_export (station->manager, G_DBUS_OBJECT_SKELETON (self->skeleton));
  return self;
}

void
pn_batch_free (PnBatch *self)
{
  if (self->skeleton != NULL)
    g_dbus_object_manager_server_unexport (self->station->manager, self->path);
  g_clear_object (&self->skeleton);
  g_clear_object (&self->object);
  if (self->bundle != NULL)
    pn_bundle_store_let_go (self->station->bundles, self->digest);
  g_clear_pointer (&self->bundle, pn_bundle_free);
  g_strfreev (self->slots);
  g_free (self->path);
  g_free (self->reference);
  g_free (self->digest);
  g_free (self->opener);
  g_free (self->approver);
  g_free (self->permit);
  g_free (self);
}

void
pn_batch_set_people (PnBatch *self, GDBusMethodInvocation *invocation)
{
  guint32 approver = pn_authority_get_approver (invocation);

  self->opener = pn_station_name_user (pn_authority_get_uid (invocation));
  self->approver = approver != G_MAXUINT32 ? pn_station_name_user (approver) : NULL;
  pn_dbus_batch_set_opener (self->object, self->opener);
  pn_dbus_batch_set_approver (self->object, self->approver != NULL ? self->approver : "");
}

gboolean
pn_batch_wants (PnBatch *self, const char *slot)
{
  return !self->closed &&
         (self->slots == NULL || g_strv_contains ((const char *const *) self->slots, slot));
}
