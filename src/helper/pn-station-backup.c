/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copies of the records: one a day beside them, and others where somebody wants them. */
#include "config.h"

#include "pn-station-backup.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <sys/stat.h>

#include "pn-io.h"
#include "pn-records-backup.h"
#include "pn-station-audit.h"

#define CHUNK 65536   /* bytes */
#define MAX_COPYING 4 /* for somebody, at a time: each is a whole one beside the records first */
#define ASIDE ".backup"

/* What a thread needs, of its own. */
typedef struct
{
  char *database, *folder;
  int target; /* -1 = none */
} Copying;

static void
copying_free (gpointer data)
{
  Copying *self = data;

  if (self->target >= 0)
    pn_fd_close (self->target);
  g_free (self->database);
  g_free (self->folder);
  g_free (self);
}

/* Takes @target. */
static Copying *
copying_new (PnStation *station, const char *folder, int target)
{
  Copying *self = g_new0 (Copying, 1);

  self->database = g_build_filename (station->state_dir, "records.db", NULL);
  self->folder = g_build_filename (station->state_dir, folder, NULL);
  self->target = target;
  return self;
}

/* ---- one a day ---- */

static void
daily_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Copying *copying = data;
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autoptr (GError) error = NULL;

  if (!pn_records_keep_copy (copying->database, copying->folder, now, &error))
    g_warning ("Today's copy of the records was not kept, ignoring: %s", error->message);
  g_task_return_boolean (task, TRUE);
}

void
pn_station_backup_keep (PnStation *station)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, NULL, NULL);

  g_task_set_task_data (task, copying_new (station, "backups", -1), copying_free);
  g_task_run_in_thread (task, daily_thread);
}

/* ---- for somebody ---- */

/* What a helper that was killed has left. */
static void
remove_begun (PnStation *station)
{
  g_autoptr (GDir) dir = g_dir_open (station->state_dir, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (name, ASIDE "."))
      {
        g_autofree char *path = g_build_filename (station->state_dir, name, NULL);

        (void) g_unlink (path);
      }
}

/* The copy into the descriptor; how many bytes, -1 with @error. */
static goffset
pour (const char *path, int target, GError **error)
{
  g_auto (PnFd) fd = pn_open (path, O_RDONLY, error);
  g_autofree char *chunk = g_malloc (CHUNK);
  goffset done = 0;
  gssize n = 0;

  if (fd < 0)
    return -1;
  while ((n = pn_pread (fd, chunk, CHUNK, done, error)) > 0)
    {
      if (!pn_pwrite_all (target, chunk, (gsize) n, done, error))
        return -1;
      done += n;
    }
  if (n < 0)
    return -1;
  if (ftruncate (target, done) == 0 && fsync (target) == 0)
    return done;
  pn_set_error_from_errno (error, errno, "Cannot write the copy");
  return -1;
}

static void
backup_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Copying *copying = data;
  g_autofree char *aside = g_strconcat (copying->folder, ".XXXXXX", NULL);
  g_auto (PnFd) fd = g_mkstemp_full (aside, O_RDWR | O_CLOEXEC, 0600);
  GError *error = NULL;
  goffset size = -1;

  if (fd < 0)
    pn_set_error_from_errno (&error, errno, "Cannot write %s", aside);
  else if (pn_records_backup (copying->database, aside, &error))
    size = pour (aside, copying->target, &error);
  (void) g_unlink (aside);
  if (size < 0)
    g_task_return_error (task, error);
  else
    g_task_return_int (task, (gssize) size);
}

typedef struct
{
  PnStation *station;
  GDBusMethodInvocation *invocation;
} Asked;

static void
backed_up_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Asked *asked = user_data;
  g_autoptr (GError) error = NULL;
  gssize size = g_task_propagate_int (G_TASK (result), &error);

  asked->station->n_copying--;
  if (error != NULL)
    pn_error_answer (asked->invocation, g_steal_pointer (&error));
  else
    pn_dbus_manager_complete_backup_records (asked->station->object, asked->invocation, NULL,
                                             (guint64) size);
}

static gboolean
is_file_to_write (int fd)
{
  struct stat status;
  int flags = fcntl (fd, F_GETFL);

  return fstat (fd, &status) == 0 && S_ISREG (status.st_mode) && flags >= 0 &&
         (flags & O_ACCMODE) != O_RDONLY;
}

static gboolean
backup_cb (PnDbusManager *object,
           GDBusMethodInvocation *invocation,
           GUnixFDList *fds,
           GVariant *handle,
           GVariant *options,
           PnStation *station)
{
  g_auto (PnFd) target = pn_take_fd (invocation, fds, handle);
  g_autoptr (GTask) task = NULL;
  g_autoptr (GError) error = NULL;
  PnAuditEntry entry = { .what = "backup", .object = "records" };
  Asked *asked;

  if (target < 0)
    return G_DBUS_METHOD_INVOCATION_HANDLED;
  if (!is_file_to_write (target))
    return pn_refuse (invocation, PN_ERROR_INVALID_ARGUMENT,
                      "Records are copied into a regular file that is open for writing");
  if (station->ending || station->n_copying >= MAX_COPYING)
    return pn_refuse (invocation, PN_ERROR_BUSY,
                      station->ending
                          ? PN_STATION_ENDING
                          : N_ ("Records are being copied for others; try it again in a "
                                "moment"));
  if (!pn_station_audit (station, invocation, entry, &error))
    {
      pn_error_answer (invocation, g_steal_pointer (&error));
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }
  asked = g_new (Asked, 1);
  *asked = (Asked){ station, invocation };
  station->n_copying++;
  task = g_task_new (NULL, NULL, backed_up_cb, asked);
  g_task_set_task_data (task, copying_new (station, ASIDE, g_steal_fd (&target)), copying_free);
  g_task_run_in_thread (task, backup_thread);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

void
pn_station_backup_connect (PnStation *station)
{
  g_signal_connect (station->object, "handle-backup-records", G_CALLBACK (backup_cb), station);
  remove_begun (station);
  pn_station_backup_keep (station);
}
