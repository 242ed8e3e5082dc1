/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-state-lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "pn-error.h"
#include "pn-io.h"

/* A thread waits for the lock, for flock () knows no limit of time; it may outlive who waits for
 * the thread. */
typedef struct
{
  GMutex mutex;
  GCond changed;
  int fd; /* of the same open file: what locks it locks ours */
  gboolean locked;
} Waiting;

static void
waiting_clear (gpointer data)
{
  Waiting *self = data;

  pn_fd_close (self->fd);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->changed);
}

static gpointer
wait_thread (gpointer data)
{
  Waiting *self = data;
  int result;

  while ((result = flock (self->fd, LOCK_EX)) < 0 && errno == EINTR)
    continue;
  g_mutex_lock (&self->mutex);
  self->locked = result == 0;
  g_cond_signal (&self->changed);
  g_mutex_unlock (&self->mutex);
  g_atomic_rc_box_release_full (self, waiting_clear);
  return NULL;
}

static gboolean
wait_for_lock (int fd, guint patience)
{
  gint64 end = g_get_monotonic_time () + patience * G_TIME_SPAN_MILLISECOND;
  Waiting *self = g_atomic_rc_box_new0 (Waiting);
  gboolean locked, waiting = TRUE;

  g_mutex_init (&self->mutex);
  g_cond_init (&self->changed);
  self->fd = fcntl (fd, F_DUPFD_CLOEXEC, 0);
  if (self->fd >= 0)
    g_thread_unref (g_thread_new ("lock", wait_thread, g_atomic_rc_box_acquire (self)));
  g_mutex_lock (&self->mutex);
  while (!self->locked && waiting && self->fd >= 0)
    waiting = g_cond_wait_until (&self->changed, &self->mutex, end);
  locked = self->locked;
  g_mutex_unlock (&self->mutex);
  g_atomic_rc_box_release_full (self, waiting_clear);
  return locked;
}

int
pn_state_lock (const char *folder, guint patience, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "lock", NULL);
  g_auto (PnFd) fd = -1;

  if (g_mkdir_with_parents (folder, 0700) < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot make %s", folder);
      return -1;
    }
  fd = pn_open (path, O_RDWR | O_CREAT, error);
  if (fd < 0)
    return -1;
  if (flock (fd, LOCK_EX | LOCK_NB) == 0)
    return g_steal_fd (&fd);
  if (errno != EWOULDBLOCK)
    pn_set_error_from_errno (error, errno, "Cannot lock %s", path);
  else if (patience > 0 && wait_for_lock (fd, patience))
    return g_steal_fd (&fd);
  else
    pn_set_error (error, PN_ERROR_BUSY, "Another helper uses %s already", folder);
  return -1;
}
