/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-backup.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "pn-error.h"
#include "pn-io.h"

#define LOOK_S 600 /* between looks at the clock */

struct _PnBackup
{
  GObject parent_instance;
  GSettings *settings;
  PnClient *client;
  char *problem;
  gboolean going;
  guint timer;
};

enum
{
  PROP_GOING = 1,
  PROP_PROBLEM,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (PnBackup, pn_backup, G_TYPE_OBJECT)

static void
set_state (PnBackup *self, gboolean going, const char *problem)
{
  self->going = going;
  g_free (self->problem);
  self->problem = g_strdup (problem);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_GOING]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PROBLEM]);
}

/* ---- one copy: written aside, and then given its name ---- */

typedef struct
{
  PnBackup *backup;
  PnClient *client;
  char *folder, *aside;
  int fd;
  gboolean ask;
  GError *why; /* the helper could not copy */
} Copying;

static void
copying_free (Copying *self)
{
  if (self->fd >= 0)
    pn_fd_close (self->fd);
  g_clear_error (&self->why);
  g_object_unref (self->backup);
  g_object_unref (self->client);
  g_free (self->folder);
  g_free (self->aside);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Copying, copying_free)

static void
make_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Copying *self = data;
  GError *error = NULL;

  self->aside = g_build_filename (self->folder, ".punnet-records-XXXXXX", NULL);
  self->fd = g_mkstemp_full (self->aside, O_RDWR | O_CLOEXEC, 0600);
  if (self->fd >= 0)
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  pn_set_error_from_errno (&error, errno, "Cannot write into %s", self->folder);
  g_task_return_error (task, error);
}

static gboolean
give_name (Copying *self, GError **error)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *name = g_date_time_format (now, "punnet-records-%F.db");
  g_autofree char *path = g_build_filename (self->folder, name, NULL);

  if (fsync (self->fd) == 0 && g_rename (self->aside, path) == 0)
    return TRUE;
  pn_set_error_from_errno (error, errno, "Cannot write %s", path);
  return FALSE;
}

static void
end_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Copying *self = data;
  GError *error = g_steal_pointer (&self->why);

  if (error == NULL && give_name (self, &error))
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  (void) g_unlink (self->aside);
  g_task_return_error (task, error);
}

static void
ended_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Copying) self = user_data;
  g_autoptr (GError) error = NULL;
  PnBackup *backup = self->backup;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    (void) g_settings_set_int64 (backup->settings, "backup-last", g_get_real_time ());
  set_state (backup, FALSE,
             error != NULL && !pn_error_is_dismissed (error) ? pn_error_text (error) : NULL);
}

static void
copied_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Copying *self = user_data;
  g_autoptr (GTask) task = g_task_new (NULL, NULL, ended_cb, self);

  (void) pn_client_store_finish (PN_CLIENT (source), result, &self->why);
  g_task_set_task_data (task, self, NULL);
  g_task_run_in_thread (task, end_thread);
}

static void
made_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Copying) self = user_data;
  g_autoptr (GError) error = NULL;
  Copying *copying;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      set_state (self->backup, FALSE, pn_error_text (error));
      return;
    }
  copying = g_steal_pointer (&self);
  pn_client_backup_records_async (copying->client, copying->fd, copying->ask, NULL, copied_cb,
                                  copying);
}

void
pn_backup_now (PnBackup *self, gboolean ask)
{
  g_autofree char *folder = g_settings_get_string (self->settings, "backup-folder");
  g_autoptr (GTask) task = NULL;
  Copying *copying;

  if (self->going || self->client == NULL || folder[0] == '\0')
    return;
  copying = g_new0 (Copying, 1);
  *copying = (Copying){ .backup = g_object_ref (self),
                        .client = g_object_ref (self->client),
                        .folder = g_steal_pointer (&folder),
                        .fd = -1,
                        .ask = ask };
  set_state (self, TRUE, NULL);
  task = g_task_new (NULL, NULL, made_cb, copying);
  g_task_set_task_data (task, copying, NULL);
  g_task_run_in_thread (task, make_thread);
}

/* ---- regularly ---- */

static void
look (PnBackup *self)
{
  static const gint64 intervals[] = { 0, G_TIME_SPAN_DAY, 7 * G_TIME_SPAN_DAY };
  gint64 interval = intervals[g_settings_get_enum (self->settings, "backup-interval") % 3];
  gint64 last = g_settings_get_int64 (self->settings, "backup-last");
  gint64 now = g_get_real_time ();

  /* A last one that is yet to come is of a clock that was wrong. */
  if (interval > 0 && self->client != NULL &&
      pn_client_get_state (self->client) == PN_CLIENT_READY &&
      (last > now || now - last >= interval))
    pn_backup_now (self, FALSE);
}

static gboolean
timer_cb (gpointer user_data)
{
  look (user_data);
  return G_SOURCE_CONTINUE;
}

void
pn_backup_set_client (PnBackup *self, PnClient *client)
{
  if (self->client != NULL)
    g_signal_handlers_disconnect_by_data (self->client, self);
  g_set_object (&self->client, client);
  if (client == NULL)
    return;
  g_signal_connect_swapped (client, "notify::state", G_CALLBACK (look), self);
  look (self);
}

/* ---- the object ---- */

static void
pn_backup_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PnBackup *self = PN_BACKUP (object);

  switch (prop_id)
    {
    case PROP_GOING:
      g_value_set_boolean (value, self->going);
      break;
    case PROP_PROBLEM:
      g_value_set_string (value, self->problem);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
pn_backup_dispose (GObject *object)
{
  PnBackup *self = PN_BACKUP (object);

  pn_backup_set_client (self, NULL);
  g_clear_handle_id (&self->timer, g_source_remove);
  if (self->settings != NULL)
    g_signal_handlers_disconnect_by_data (self->settings, self);
  g_clear_object (&self->settings);
  G_OBJECT_CLASS (pn_backup_parent_class)->dispose (object);
}

static void
pn_backup_finalize (GObject *object)
{
  g_free (PN_BACKUP (object)->problem);
  G_OBJECT_CLASS (pn_backup_parent_class)->finalize (object);
}

static void
pn_backup_class_init (PnBackupClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = pn_backup_get_property;
  object_class->dispose = pn_backup_dispose;
  object_class->finalize = pn_backup_finalize;
  properties[PROP_GOING] = g_param_spec_boolean ("going", NULL, NULL, FALSE, flags);
  properties[PROP_PROBLEM] = g_param_spec_string ("problem", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
pn_backup_init (PnBackup *self)
{
  self->timer = g_timeout_add_seconds (LOOK_S, timer_cb, self);
}

PnBackup *
pn_backup_new (GSettings *settings)
{
  PnBackup *self = g_object_new (PN_TYPE_BACKUP, NULL);

  self->settings = g_object_ref (settings);
  g_signal_connect_swapped (settings, "changed::backup-interval", G_CALLBACK (look), self);
  g_signal_connect_swapped (settings, "changed::backup-folder", G_CALLBACK (look), self);
  return self;
}

gboolean
pn_backup_is_going (PnBackup *self)
{
  return self->going;
}

const char *
pn_backup_get_problem (PnBackup *self)
{
  return self->problem;
}
