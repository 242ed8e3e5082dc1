/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-open.h"

#include <fcntl.h>

#include "pn-io.h"

static void
open_thread (GTask *task, gpointer source, gpointer path, GCancellable *cancellable)
{
  GError *error = NULL;
  int fd = pn_open (path, O_RDONLY, &error);

  if (fd >= 0)
    g_task_return_int (task, fd);
  else
    g_task_return_error (task, error);
}

void
pn_open_async (GObject *source, const char *path, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (source, NULL, callback, data);

  g_task_set_task_data (task, g_strdup (path), g_free);
  g_task_run_in_thread (task, open_thread);
}

int
pn_open_finish (GAsyncResult *result, GError **error)
{
  return (int) g_task_propagate_int (G_TASK (result), error);
}
