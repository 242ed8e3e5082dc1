/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-bundle-install.h"

#include <glib/gi18n.h>

#include "pn-error.h"
#include "pn-io.h"
#include "pn-open.h"

typedef struct
{
  PnJob *job;
  PnClient *client;
} Installing;

static void
installing_free (Installing *self)
{
  g_object_unref (self->job);
  g_object_unref (self->client);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Installing, installing_free)

static void
progress_cb (guint64 done, guint64 total, gpointer user_data)
{
  Installing *self = user_data;

  pn_job_report (self->job, NULL, done, total);
}

static void
installed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Installing) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *digest = pn_client_install_bundle_finish (PN_CLIENT (source), result, &error);

  pn_job_end (self->job, _ ("The station has it now."), error);
}

static void
opened_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Installing) self = user_data;
  g_autoptr (GError) error = NULL;
  g_auto (PnFd) fd = pn_open_finish (result, &error);
  PnJob *job = self->job;

  if (error != NULL)
    {
      pn_job_end (job, NULL, error);
      return;
    }
  pn_client_install_bundle_async (self->client, fd, progress_cb, self, pn_job_get_cancellable (job),
                                  installed_cb, self);
  self = NULL;
}

PnJob *
pn_bundle_install_start (PnClient *client, GFile *file)
{
  g_autofree char *name = g_file_get_basename (file);
  g_autofree char *shown = g_filename_display_name (name);
  g_autoptr (PnJob) job = pn_job_new (PN_BUNDLE_INSTALL_JOB, shown);
  Installing *self = g_new0 (Installing, 1);

  *self = (Installing){ g_object_ref (job), g_object_ref (client) };
  pn_app_add_job (pn_app_get_default (), job);
  pn_job_report (job, _ ("Copying and checking"), 0, 0);
  pn_open_async (NULL, g_file_peek_path (file), opened_cb, self);
  return job; /* which the application keeps */
}
