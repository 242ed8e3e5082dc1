/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records of other stations. */
#include "config.h"

#include "pn-station-merge.h"

#include <gio/gunixfdlist.h>
#include <glib/gi18n-lib.h>

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

/* One at a time. What it comes to is found out by a thread; what is new is added by this one, a few
 * at a time, so that runs and callers go on in between. */
typedef struct
{
  PnStation *station;
  GDBusMethodInvocation *invocation;
  int fd;
  char *database, *name;
  gboolean dry;
  PnRecordMerging *work; /* NULL until the thread is done */
} Merging;

static void
merging_free (Merging *self)
{
  self->station->merging = FALSE;
  self->station->n_errands--;
  pn_station_run_ended (self->station);
  g_clear_pointer (&self->work, pn_record_merging_free);
  pn_fd_close (self->fd);
  g_free (self->database);
  g_free (self->name);
  g_free (self);
}

static void
read_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Merging *self = data;
  GError *error = NULL;
  g_autoptr (GBytes) bytes = pn_read_file_fd (self->fd, PN_RECORD_MERGE_MAX, &error);
  PnRecordMerging *work =
      bytes != NULL ? pn_record_merging_new (self->database, g_bytes_get_data (bytes, NULL),
                                             g_bytes_get_size (bytes), self->name, &error)
                    : NULL;

  if (work != NULL)
    g_task_return_pointer (task, work, (GDestroyNotify) pn_record_merging_free);
  else
    g_task_return_error (task, error);
}

static void
show_count (PnStation *station)
{
  gint64 count = pn_records_count (station->records, g_variant_new ("a{sv}", NULL), NULL);

  pn_dbus_manager_set_record_count (station->object, (guint) MAX (count, 0));
}

static void
answer (Merging *self)
{
  const PnRecordMerge *result = pn_record_merging_get (self->work);

  pn_dbus_manager_complete_merge_records (self->station->object, self->invocation, NULL,
                                          result->n_new, result->n_same, result->n_conflicting,
                                          result->conflicts);
  merging_free (self);
}

/* Nothing of it stays. */
static void
fail (Merging *self, GError *why)
{
  g_autoptr (GError) error = NULL;

  if (!pn_record_merging_undo (self->station->records, &error))
    g_warning ("What a merge has added is taken out when the helper starts again: %s",
               error->message);
  pn_error_answer (self->invocation, why);
  merging_free (self);
}

/* The records and what the audit says of it, together. */
static gboolean
keep (Merging *self, GError **error)
{
  const PnRecordMerge *result = pn_record_merging_get (self->work);
  g_autofree char *counts = g_strdup_printf ("%u new, %u same, %u conflicting", result->n_new,
                                             result->n_same, result->n_conflicting);
  PnAuditEntry entry = { .what = "merge", .object = self->name, .after = counts };
  PnRecords *records = self->station->records;

  return pn_records_enter (records, error) &&
         pn_records_leave (records,
                           pn_record_merging_keep (records, error) &&
                               pn_station_audit (self->station, self->invocation, entry, error),
                           error);
}

static gboolean
step_cb (gpointer user_data)
{
  Merging *self = user_data;
  GError *error = NULL;
  gboolean done = FALSE;

  if (self->station->ending)
    {
      fail (self, pn_error_new (PN_ERROR_BUSY, PN_STATION_ENDING));
      return G_SOURCE_REMOVE;
    }
  if (!pn_record_merging_step (self->work, self->station->records, &done, &error) ||
      (done && !keep (self, &error)))
    {
      fail (self, error);
      return G_SOURCE_REMOVE;
    }
  if (!done)
    return G_SOURCE_CONTINUE;
  show_count (self->station);
  answer (self);
  return G_SOURCE_REMOVE;
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Merging *self = user_data;
  GError *error = NULL;

  self->work = g_task_propagate_pointer (G_TASK (result), &error);
  if (self->work == NULL)
    {
      pn_error_answer (self->invocation, error);
      merging_free (self);
    }
  else if (self->dry)
    answer (self);
  else
    g_idle_add (step_cb, self);
}

static void
begin (
    PnStation *station, GDBusMethodInvocation *invocation, int fd, const char *name, gboolean dry)
{
  Merging *self = g_new0 (Merging, 1);
  g_autoptr (GTask) task = g_task_new (NULL, NULL, read_cb, self);

  *self = (Merging){ station, invocation, fd, NULL, g_strdup (name), dry, NULL };
  self->database = g_build_filename (station->state_dir, PN_STATION_RECORDS, NULL);
  station->merging = TRUE;
  station->n_errands++;
  g_task_set_task_data (task, self, NULL);
  g_task_run_in_thread (task, read_thread);
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
  g_autoptr (GError) error = NULL;
  gboolean dry = FALSE;

  if (fd < 0)
    return G_DBUS_METHOD_INVOCATION_HANDLED;
  (void) g_variant_lookup (options, "dry-run", "b", &dry);
  if (!pn_options_check (options, known, &error) || !check_name (name, &error))
    pn_error_answer (invocation, g_steal_pointer (&error));
  else if (station->ending || station->merging)
    return pn_refuse (invocation, PN_ERROR_BUSY,
                      station->ending ? PN_STATION_ENDING
                                      : N_ ("Other records are being taken over; try it again when "
                                            "that is done"));
  else
    begin (station, invocation, g_steal_fd (&fd), name, dry);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

void
pn_station_merge_connect (PnStation *station)
{
  g_signal_connect (station->object, "handle-merge-records", G_CALLBACK (merge_records_cb),
                    station);
}
