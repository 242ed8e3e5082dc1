/* SPDX-License-Identifier: GPL-3.0-or-later */
/* That a bundle is still whole when a device is about to be changed for good by it, hours after it
 * was opened and hashed.
 *
 * To hash gigabytes again for each of thousands of devices would cost more than to send them. So
 * the artefacts stay open from then on, for reading only, and what the kernel knows of each open
 * file is compared: its content cannot be written, by whatever name, without its times being set,
 * and only for an artefact of which that is in doubt the hash is made again. A file that was put in
 * the place of another is not looked at: what is open is what was hashed.
 *
 * What this does not see is a disk that loses what it holds, or is written behind the file system's
 * back. (fs-verity would see that, at each read; hardly any station's file system has it on.)
 * Against it the small artefacts are hashed whenever they are sent, and the large ones while they
 * are sent (provision/pn-run-seal.c): such a device has its key and never passes, and a later run
 * of a whole bundle takes it up. */
#include "config.h"

#include "pn-bundle-private.h"

#include "pn-error.h"

static int
get_fd (PnBundle *self, guint index)
{
  return pn_bundle_get_fds (self)[index];
}

static PnBundleGuard
get_guard (PnBundle *self, guint index)
{
  PnBundleGuard guard;

  g_mutex_lock (&self->mutex);
  guard = g_array_index (self->guards, PnBundleGuard, index);
  g_mutex_unlock (&self->mutex);
  return guard;
}

static void
set_guard (PnBundle *self, guint index, PnBundleGuard guard)
{
  g_mutex_lock (&self->mutex);
  g_array_index (self->guards, PnBundleGuard, index) = guard;
  g_mutex_unlock (&self->mutex);
}

gboolean
pn_bundle_is_unchanged (PnBundle *self)
{
  for (guint i = 0; i < self->fds->len; i++)
    {
      PnBundleGuard guard = get_guard (self, i);

      if (!guard.whole || !pn_file_stamp_holds (&guard.stamp, get_fd (self, i)))
        return FALSE;
    }
  return TRUE;
}

/* What is there now, hashed. FALSE where it could not be read. */
static gboolean
hash_again (
    PnBundle *self, guint index, PnBundleGuard *guard, GCancellable *cancellable, GError **error)
{
  const PnArtefact *artefact = pn_manifest_get_artefact (self->manifest, index);
  int fd = get_fd (self, index);
  PnSha256 digest = { { 0 } };

  guard->stamp = pn_file_stamp_take (fd);
  if (!pn_file_stamp_holds (&guard->stamp, fd))
    {
      g_usleep (PN_FILE_STAMP_TICK_US);
      guard->stamp = pn_file_stamp_take (fd);
    }
  if (guard->stamp.size == artefact->size &&
      !pn_sha256_fd (fd, 0, (goffset) artefact->size, &digest, cancellable, error))
    return FALSE;
  guard->whole = pn_sha256_equal (&digest, &artefact->digest);
  set_guard (self, index, *guard);
  return TRUE;
}

static gboolean
check_artefact (PnBundle *self, guint index, GCancellable *cancellable, GError **error)
{
  const char *name = pn_manifest_get_artefact (self->manifest, index)->name;
  PnBundleGuard guard = get_guard (self, index);

  if (!pn_file_stamp_holds (&guard.stamp, get_fd (self, index)) &&
      !hash_again (self, index, &guard, cancellable, error))
    {
      g_prefix_error (error, "%s: ", name);
      return FALSE;
    }
  if (guard.whole)
    return TRUE;
  pn_set_error (error, PN_ERROR_SIGNATURE,
                "The bundle on this station was altered: the content of %s is not what was sealed. "
                "Close its batch, and open one with a bundle that is whole",
                name);
  return FALSE;
}

gboolean
pn_bundle_check_whole (PnBundle *self, GCancellable *cancellable, GError **error)
{
  for (guint i = 0; i < self->fds->len; i++)
    if (!check_artefact (self, i, cancellable, error))
      return FALSE;
  return TRUE;
}
