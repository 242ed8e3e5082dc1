/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-station-certificate.h"

#include <string.h>

#include "pn-certificate.h"
#include "pn-station-audit.h"

/* a{sv}; NULL with @error. (transfer full) */
static GVariant *
find_record (PnStation *station, gint64 record, GError **error)
{
  g_autoptr (GVariant) rows = NULL;
  GVariantBuilder options;

  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "id", g_variant_new_int64 (record));
  rows = pn_records_query (station->records, 0, 1, g_variant_builder_end (&options), error);
  if (rows == NULL)
    return NULL;
  if (g_variant_n_children (rows) == 1)
    return g_variant_get_child_value (rows, 0);
  pn_set_error (error, PN_ERROR_NOT_FOUND, "There is no record of that number");
  return NULL;
}

/* The certificate; *@signature in hex. NULL with @error. (transfer full) */
static char *
certify (PnStation *station, gint64 record, char **signature, GError **error)
{
  PnStationKey *key = pn_audit_get_key (station->records);
  g_autoptr (GVariant) row = find_record (station, record, error);
  g_autofree char *json = NULL;
  g_autoptr (GBytes) bytes = NULL;

  if (row == NULL)
    return NULL;
  json = pn_certificate_write (row, pn_station_key_get_fingerprint (key), error);
  bytes = json != NULL ? pn_station_key_sign (key, json, strlen (json), error) : NULL;
  if (bytes == NULL)
    return NULL;
  *signature = pn_hex_encode (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  return g_steal_pointer (&json);
}

static gboolean
certify_record_cb (PnDbusManager *object,
                   GDBusMethodInvocation *invocation,
                   gint64 record,
                   GVariant *options,
                   PnStation *station)
{
  g_autofree char *number = g_strdup_printf ("%" G_GINT64_FORMAT, record);
  g_autofree char *signature = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *json = certify (station, record, &signature, &error);
  PnAuditEntry entry = { .what = "certificate", .object = number };

  if (json != NULL && pn_station_audit (station, invocation, entry, &error))
    pn_dbus_manager_complete_certify_record (object, invocation, json, signature);
  else
    pn_error_answer (invocation, g_steal_pointer (&error));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

void
pn_station_certificate_connect (PnStation *station)
{
  g_signal_connect (station->object, "handle-certify-record", G_CALLBACK (certify_record_cb),
                    station);
}
