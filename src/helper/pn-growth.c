/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The grown metadata of a root file system, once for each bundle and size: some hundred blocks in
 * memory, which nobody can write any more. Called from a thread, one at a time. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "pn-io.h"
#include "pn-station.h"

/* It takes a second or two; its processor time has a limit of its own (punnet-grow). */
#define LIMIT_MS (5 * 60 * 1000)
#define MAX_KEPT 16

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
run_grow (PnStation *station,
          int metadata,
          guint64 metadata_size,
          int target,
          guint64 size,
          GError **error)
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
  process = g_subprocess_launcher_spawn (launcher, error, program, metadata_word, size_word,
                                         station->unconfined ? "--unconfined" : NULL, NULL);
  if (process == NULL ||
      !communicate (process, (guint) (LIMIT_MS * station->time_scale), &complaint, error))
    return FALSE;
  if (g_subprocess_get_successful (process))
    return TRUE;
  g_set_error_literal (error, PN_ERROR, PN_ERROR_FAILED, g_strstrip (complaint));
  pn_error_take_remote (error);
  return FALSE;
}

/* -1 on error. */
static int
make (PnStation *station, PnBundle *bundle, guint64 size, GError **error)
{
  const PnArtefact *metadata =
      pn_manifest_find (pn_bundle_get_manifest (bundle), PN_ROLE_ROOT_METADATA);
  g_auto (PnFd) fd = -1;

  if (metadata == NULL)
    {
      pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                    "This bundle has no root file system that grows");
      return -1;
    }
  if (!pn_bundle_check_whole (bundle, NULL, error))
    return -1;
  fd = memfd_create ("punnet-growth", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0)
    pn_set_error_from_errno (error, errno, "No memory for the grown file system");
  else if (!run_grow (station, pn_bundle_get_fd (bundle, PN_ROLE_ROOT_METADATA), metadata->size, fd,
                      size, error))
    return -1;
  else if (fcntl (fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
    pn_set_error_from_errno (error, errno, "No memory for the grown file system");
  else
    return g_steal_fd (&fd);
  return -1;
}

static void
close_kept (gpointer data)
{
  pn_fd_close (GPOINTER_TO_INT (data));
}

GHashTable *
pn_growths_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, close_kept);
}

int
pn_growth_get (PnStation *station, PnBundle *bundle, guint64 size, GError **error)
{
  PnSha256 digest = pn_manifest_get_digest (pn_bundle_get_manifest (bundle));
  g_autofree char *hex = pn_sha256_to_hex (&digest);
  g_autofree char *name = g_strdup_printf ("%s %" G_GUINT64_FORMAT, hex, size);
  gpointer found;
  int fd;

  if (!g_hash_table_lookup_extended (station->grown, name, NULL, &found))
    {
      fd = make (station, bundle, size, error);
      if (fd < 0)
        return -1;
      /* Sizes are what devices say. */
      if (g_hash_table_size (station->grown) >= MAX_KEPT)
        g_hash_table_remove_all (station->grown);
      found = GINT_TO_POINTER (fd);
      g_hash_table_insert (station->grown, g_steal_pointer (&name), found);
    }
  fd = fcntl (GPOINTER_TO_INT (found), F_DUPFD_CLOEXEC, 0);
  if (fd < 0)
    pn_set_error_from_errno (error, errno, "No memory for the grown file system");
  return fd;
}
