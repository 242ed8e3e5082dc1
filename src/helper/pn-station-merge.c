/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records of other stations. */
#include "config.h"

#include "pn-station-merge.h"

#include <gio/gunixfdlist.h>

#include "pn-io.h"
#include "pn-options.h"
#include "pn-record-merge.h"
#include "pn-station-audit.h"

static gboolean
check_name (const char *name, GError **error)
{
  glong length = g_utf8_strlen (name, -1);
  gboolean fine = length > 0 && length <= PN_RECORD_MERGE_MAX_STATION;

  for (const char *at = name; fine && *at != '\0'; at = g_utf8_next_char (at))
    fine = !g_unichar_iscntrl (g_utf8_get_char (at));
  return fine || pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                               "A station's name is one line of 1 to %s characters",
                               PN_NUMBER (PN_RECORD_MERGE_MAX_STATION));
}

/* The records and what the audit says of it, together. */
static gboolean
merge (PnStation *station,
       GDBusMethodInvocation *invocation,
       GBytes *bytes,
       const char *name,
       PnRecordMerge *result,
       GError **error)
{
  gsize size;
  const char *text = g_bytes_get_data (bytes, &size);
  g_autofree char *counts = NULL;
  PnAuditEntry entry = { .what = "merge", .object = name };
  gboolean fine;

  if (!pn_records_enter (station->records, error))
    return FALSE;
  fine = pn_records_merge (station->records, text, size, name, FALSE, result, error);
  if (fine)
    {
      counts = g_strdup_printf ("%u new, %u same, %u conflicting", result->n_new, result->n_same,
                                result->n_conflicting);
      entry.after = counts;
      fine = pn_station_audit (station, invocation, entry, error);
    }
  if (pn_records_leave (station->records, fine, error))
    return TRUE;
  if (result->conflicts != NULL)
    g_variant_unref (g_variant_ref_sink (g_steal_pointer (&result->conflicts)));
  return FALSE;
}

static void
show_count (PnStation *station)
{
  gint64 count = pn_records_count (station->records, g_variant_new ("a{sv}", NULL), NULL);

  pn_dbus_manager_set_record_count (station->object, (guint) MAX (count, 0));
}

static gboolean
merge_records_cb (PnDbusManager *object,
                  GDBusMethodInvocation *invocation,
                  GUnixFDList *fds,
                  GVariant *handle,
                  const char *name,
                  GVariant *options,
                  PnStation *station)
{
  static const PnOption known[] = { { "dry-run", "b" }, { NULL } };
  g_auto (PnFd) fd = pn_take_fd (invocation, fds, handle);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  PnRecordMerge result = { 0 };
  gboolean dry = FALSE, fine = FALSE;

  if (fd < 0)
    return G_DBUS_METHOD_INVOCATION_HANDLED;
  (void) g_variant_lookup (options, "dry-run", "b", &dry);
  if (pn_options_check (options, known, &error) && check_name (name, &error))
    bytes = pn_read_file_fd (fd, PN_RECORD_MERGE_MAX, &error);
  if (bytes != NULL && dry)
    fine = pn_records_merge (station->records, g_bytes_get_data (bytes, NULL),
                             g_bytes_get_size (bytes), name, TRUE, &result, &error);
  else if (bytes != NULL)
    fine = merge (station, invocation, bytes, name, &result, &error);
  if (!fine)
    {
      pn_error_answer (invocation, g_steal_pointer (&error));
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }
  show_count (station);
  pn_dbus_manager_complete_merge_records (object, invocation, NULL, result.n_new, result.n_same,
                                          result.n_conflicting, result.conflicts);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

void
pn_station_merge_connect (PnStation *station)
{
  g_signal_connect (station->object, "handle-merge-records", G_CALLBACK (merge_records_cb),
                    station);
}
