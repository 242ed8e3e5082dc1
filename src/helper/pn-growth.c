/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The grown metadata of a root file system, once for each bundle and size. Called from a thread,
 * one at a time. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>

#include "pn-io.h"
#include "pn-station.h"

/* It takes a second or two; its processor time has a limit of its own (punnet-grow). */
#define LIMIT_MS (5 * 60 * 1000)

char *
pn_libexec_path (const char *program)
{
  const char *folder = g_getenv ("PUNNET_LIBEXEC_DIR");

  return g_build_filename (folder != NULL ? folder : PN_LIBEXECDIR, program, NULL);
}

/* ---- the child ---- */

static gboolean
too_long_cb (gpointer limit)
{
  g_cancellable_cancel (limit);
  return G_SOURCE_REMOVE;
}

static void
said_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/* What the child says until it ends by itself, which it has to within @limit_ms. */
static gboolean
communicate (GSubprocess *process, guint limit_ms, char **complaint, GError **error)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GSource) timer = g_timeout_source_new (limit_ms);
  g_autoptr (GCancellable) limit = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) local = NULL;

  g_source_set_callback (timer, too_long_cb, limit, NULL);
  g_source_attach (timer, context);
  g_main_context_push_thread_default (context);
  g_subprocess_communicate_utf8_async (process, NULL, limit, said_cb, &result);
  while (result == NULL)
    g_main_context_iteration (context, TRUE);
  g_main_context_pop_thread_default (context);
  g_source_destroy (timer);
  if (g_subprocess_communicate_utf8_finish (process, result, NULL, complaint, &local))
    return TRUE;
  g_subprocess_force_exit (process);
  (void) g_subprocess_wait (process, NULL, NULL);
  if (!g_cancellable_is_cancelled (limit))
    g_propagate_error (error, g_steal_pointer (&local));
  else
    pn_set_error (error, PN_ERROR_TIMED_OUT,
                  "Growing the root file system took longer than %s seconds and was ended; the "
                  "station is too busy, or the image is damaged",
                  PN_NUMBER ((limit_ms + 999) / 1000));
  return FALSE;
}

static gboolean
run_grow (
    int metadata, guint64 metadata_size, int target, guint64 size, guint limit_ms, GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr (GSubprocess) process = NULL;
  g_autofree char *program = pn_libexec_path ("punnet-grow");
  g_autofree char *metadata_word = g_strdup_printf ("%" G_GUINT64_FORMAT, metadata_size);
  g_autofree char *size_word = g_strdup_printf ("%" G_GUINT64_FORMAT, size);
  g_autofree char *complaint = NULL;

  g_subprocess_launcher_take_fd (launcher, fcntl (metadata, F_DUPFD_CLOEXEC, 10), 3);
  g_subprocess_launcher_take_fd (launcher, fcntl (target, F_DUPFD_CLOEXEC, 10), 4);
  process = g_subprocess_launcher_spawn (launcher, error, program, metadata_word, size_word, NULL);
  if (process == NULL || !communicate (process, limit_ms, &complaint, error))
    return FALSE;
  if (g_subprocess_get_successful (process))
    return TRUE;
  g_set_error_literal (error, PN_ERROR, PN_ERROR_FAILED, g_strstrip (complaint));
  pn_error_take_remote (error);
  return FALSE;
}

static gboolean
make (PnBundle *bundle, guint64 size, guint limit_ms, const char *path, GError **error)
{
  const PnArtefact *metadata =
      pn_manifest_find (pn_bundle_get_manifest (bundle), PN_ROLE_ROOT_METADATA);
  g_autofree char *aside = g_strconcat (path, ".partial", NULL);
  g_auto (PnFd) fd = -1;

  if (metadata == NULL)
    {
      pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                    "This bundle has no root file system that grows");
      return FALSE;
    }
  fd = pn_open (aside, O_RDWR | O_CREAT | O_TRUNC, error);
  if (fd < 0 || !run_grow (pn_bundle_get_fd (bundle, PN_ROLE_ROOT_METADATA), metadata->size, fd,
                           size, limit_ms, error))
    return FALSE;
  if (fsync (fd) == 0 && g_rename (aside, path) == 0)
    return TRUE;
  pn_set_error_from_errno (error, errno, "Cannot write %s", path);
  return FALSE;
}

void
pn_growth_forget (PnStation *station, const char *bundle)
{
  g_autofree char *folder = g_build_filename (station->state_dir, "growth", NULL);
  g_autofree char *prefix = g_strconcat (bundle, "-", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (name, prefix))
      {
        g_autofree char *path = g_build_filename (folder, name, NULL);

        (void) g_unlink (path);
      }
}

int
pn_growth_get (PnStation *station, PnBundle *bundle, guint64 size, GError **error)
{
  PnSha256 digest = pn_manifest_get_digest (pn_bundle_get_manifest (bundle));
  g_autofree char *hex = pn_sha256_to_hex (&digest);
  g_autofree char *name = g_strdup_printf ("%s-%" G_GUINT64_FORMAT ".simg", hex, size);
  g_autofree char *folder = g_build_filename (station->state_dir, "growth", NULL);
  g_autofree char *path = g_build_filename (folder, name, NULL);
  gboolean fine = TRUE;

  (void) g_mkdir_with_parents (folder, 0700);
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    fine = make (bundle, size, (guint) (LIMIT_MS * station->time_scale), path, error);
  return fine ? pn_open (path, O_RDONLY, error) : -1;
}
