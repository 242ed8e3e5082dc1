/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which bundles a station takes, as people set it: enrolled keys, and limits of the store. */
#include "config.h"

#include "pn-bundles.h"

#include "pn-options.h"
#include "pn-station-audit.h"

#define MAX_BUNDLES 10000

void
pn_bundle_rules_show (PnStation *station)
{
  g_auto (PnBundlePolicy) policy = { 0 };
  GVariantBuilder keys;

  pn_settings_get_bundle_policy (station->settings, &policy);
  g_variant_builder_init (&keys, G_VARIANT_TYPE ("a(ss)"));
  for (guint i = 0; policy.keys[i] != NULL; i++)
    {
      g_autofree char *name = pn_settings_get_key_name (station->settings, policy.keys[i]);

      g_variant_builder_add (&keys, "(ss)", policy.keys[i], name);
    }
  pn_dbus_manager_set_enrolled_keys (station->object, g_variant_builder_end (&keys));
  pn_dbus_manager_set_enrolled_only (station->object, policy.enrolled_only);
  pn_dbus_manager_set_max_bundles (station->object, policy.max_bundles);
  pn_dbus_manager_set_max_bundle_size (station->object, policy.max_bundle);
  pn_dbus_manager_set_max_store_size (station->object, policy.max_total);
  pn_dbus_manager_set_store_room (station->object,
                                  pn_bundle_store_get_room (station->bundles, &policy));
}

/* It was set, or *@error (taken) says why not. TRUE where it was. */
static gboolean
answer (PnStation *station,
        GDBusMethodInvocation *invocation,
        PnAuditEntry entry,
        gboolean done,
        GError **error)
{
  if (!done)
    {
      pn_station_audit_failed (station, invocation, entry, *error);
      pn_error_answer (invocation, *error);
      return FALSE;
    }
  pn_bundle_rules_show (station);
  return TRUE;
}

/* ---- keys ---- */

static gboolean
enrol_cb (PnDbusManager *object,
          GDBusMethodInvocation *invocation,
          const char *fingerprint,
          const char *name,
          GVariant *options,
          PnStation *station)
{
  PnAuditEntry entry = { .what = "key-enrol", .object = fingerprint, .after = name };
  GError *error = NULL;

  /* What makes no sense is not told of. */
  if (!pn_settings_check_key (fingerprint, name, &error))
    {
      pn_error_answer (invocation, error);
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }
  if (answer (station, invocation, entry,
              pn_station_audit (station, invocation, entry, &error) &&
                  pn_settings_enrol_key (station->settings, fingerprint, name, &error),
              &error))
    pn_dbus_manager_complete_enrol_key (object, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
remove_cb (PnDbusManager *object,
           GDBusMethodInvocation *invocation,
           const char *fingerprint,
           GVariant *options,
           PnStation *station)
{
  g_autofree char *name = pn_settings_get_key_name (station->settings, fingerprint);
  PnAuditEntry entry = { .what = "key-remove", .object = fingerprint, .before = name };
  GError *error = NULL;

  if (name == NULL)
    return pn_refuse (invocation, PN_ERROR_NOT_FOUND, "This key is not enrolled");
  if (answer (station, invocation, entry,
              pn_station_audit (station, invocation, entry, &error) &&
                  pn_settings_remove_key (station->settings, fingerprint, &error),
              &error))
    pn_dbus_manager_complete_remove_key (object, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
enrolled_only_cb (PnDbusManager *object,
                  GDBusMethodInvocation *invocation,
                  gboolean only,
                  GVariant *options,
                  PnStation *station)
{
  PnAuditEntry entry = { .what = "enrolled-only",
                         .object = "",
                         .before = pn_dbus_manager_get_enrolled_only (object) ? "yes" : "no",
                         .after = only ? "yes" : "no" };
  GError *error = NULL;

  if (answer (station, invocation, entry,
              pn_station_audit (station, invocation, entry, &error) &&
                  pn_settings_set_enrolled_only (station->settings, only, &error),
              &error))
    pn_dbus_manager_complete_set_enrolled_only (object, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/* ---- limits ---- */

static gboolean
read_limits (PnStation *station, GVariant *options, PnBundlePolicy *policy, GError **error)
{
  static const PnOption known[] = {
    { "bundles", "u" }, { "bundle-size", "t" }, { "store-size", "t" }, { NULL }
  };

  if (!pn_options_check (options, known, error))
    return FALSE;
  pn_settings_get_bundle_policy (station->settings, policy);
  (void) g_variant_lookup (options, "bundles", "u", &policy->max_bundles);
  (void) g_variant_lookup (options, "bundle-size", "t", &policy->max_bundle);
  (void) g_variant_lookup (options, "store-size", "t", &policy->max_total);
  return (policy->max_bundles >= 1 && policy->max_bundles <= MAX_BUNDLES &&
          policy->max_bundle >= 1) ||
         pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                       "A store has room for 1 to 10000 bundles, and one of them has at least a "
                       "byte");
}

static gboolean
set_limits_cb (PnDbusManager *object,
               GDBusMethodInvocation *invocation,
               GVariant *options,
               PnStation *station)
{
  g_auto (PnBundlePolicy) policy = { 0 };
  PnAuditEntry entry = { .what = "bundle-limits", .object = "", .details = options };
  GError *error = NULL;

  if (!read_limits (station, options, &policy, &error))
    {
      pn_error_answer (invocation, error);
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }
  if (answer (station, invocation, entry,
              pn_station_audit (station, invocation, entry, &error) &&
                  pn_settings_set_bundle_limits (station->settings, &policy, &error),
              &error))
    pn_dbus_manager_complete_set_bundle_limits (object, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

void
pn_bundle_rules_connect (PnStation *station)
{
  g_signal_connect (station->object, "handle-enrol-key", G_CALLBACK (enrol_cb), station);
  g_signal_connect (station->object, "handle-remove-key", G_CALLBACK (remove_cb), station);
  g_signal_connect (station->object, "handle-set-enrolled-only", G_CALLBACK (enrolled_only_cb),
                    station);
  g_signal_connect (station->object, "handle-set-bundle-limits", G_CALLBACK (set_limits_cb),
                    station);
  pn_bundle_rules_show (station);
}
