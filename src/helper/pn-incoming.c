/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bundle on its way into the store. */
#include "config.h"

#include "pn-bundle-store-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>

#include "pn-bundle-receive.h"
#include "pn-error.h"
#include "pn-io.h"

struct _PnIncoming
{
  PnBundleStore *store;
  PnBundlePolicy policy;
  char *digest;      /* in hex, once it is known */
  char *aside;       /* the folder it is built in; NULL where it is there already */
  int target;        /* the same */
  gboolean holds;    /* one that is there already */
  gboolean received; /* all of it */
  guint64 reserved, written, done, total;
};

PnIncoming *
pn_incoming_new (PnBundleStore *store, PnBundlePolicy *policy)
{
  PnIncoming *self = g_new0 (PnIncoming, 1);

  self->store = store;
  self->policy = *policy;
  *policy = (PnBundlePolicy){ 0 };
  self->target = -1;
  return self;
}

/* Its room is not kept any more: it has it, or does not want it. */
static void
unreserve (PnIncoming *self)
{
  if (self->reserved == 0)
    return;
  self->store->n_incoming--;
  self->store->reserved -= self->reserved;
  self->store->written -= self->written;
  self->reserved = 0;
}

void
pn_incoming_free (PnIncoming *self)
{
  if (self->target >= 0)
    pn_fd_close (self->target);
  if (self->aside != NULL)
    pn_remove_folder (self->aside);
  g_mutex_lock (&self->store->lock);
  unreserve (self);
  g_mutex_unlock (&self->store->lock);
  if (self->holds)
    pn_bundle_store_let_go (self->store, self->digest);
  pn_bundle_policy_clear (&self->policy);
  g_free (self->aside);
  g_free (self->digest);
  g_free (self);
}

/* ---- before anything is copied ---- */

static gboolean
check_size (PnIncoming *self, guint64 size, GError **error)
{
  g_autofree char *needed = NULL;
  g_autofree char *allowed = NULL;

  if (size <= self->policy.max_bundle)
    return TRUE;
  needed = g_format_size (size);
  allowed = g_format_size (self->policy.max_bundle);
  return pn_set_error (error, PN_ERROR_NO_SPACE,
                       "The bundle is too large for this station: it needs %s, and one may have %s",
                       needed, allowed);
}

static gboolean
reserve (PnIncoming *self, guint64 size, GPtrArray *aside, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->store->lock);

  if (!pn_bundle_store_make_room (self->store, &self->policy, size, aside, error))
    return FALSE;
  self->reserved = size;
  self->store->reserved += size;
  self->store->n_incoming++;
  return TRUE;
}

static gboolean
make_folder (PnIncoming *self, GError **error)
{
  g_autofree char *aside = g_build_filename (self->store->folder, ".incoming-XXXXXX", NULL);

  if (g_mkdtemp (aside) == NULL)
    {
      pn_set_error_from_errno (error, errno, "Cannot write into %s", self->store->folder);
      return FALSE;
    }
  self->aside = g_steal_pointer (&aside);
  self->target = pn_open (self->aside, O_RDONLY | O_DIRECTORY, error);
  return self->target >= 0;
}

static gboolean
admit_cb (PnManifest *manifest, int *target, gpointer user_data, GError **error)
{
  PnIncoming *self = user_data;
  g_autoptr (GPtrArray) aside = g_ptr_array_new_with_free_func (g_free);
  guint64 size = pn_stored_bundle_size (manifest);
  PnSha256 digest = pn_manifest_get_digest (manifest);
  gboolean fine;

  self->digest = pn_sha256_to_hex (&digest);
  if (!pn_bundle_policy_check_key (&self->policy, manifest, error))
    return FALSE;
  self->holds = pn_bundle_store_hold (self->store, self->digest, NULL);
  if (self->holds)
    return TRUE;
  if (!check_size (self, size, error))
    return FALSE;
  fine = reserve (self, size, aside, error);
  for (guint i = 0; i < aside->len; i++)
    pn_remove_folder (aside->pdata[i]);
  if (!fine || !make_folder (self, error))
    return FALSE;
  *target = self->target;
  return TRUE;
}

/* ---- the copy ---- */

static void
progress_cb (guint64 done, guint64 total, gpointer user_data)
{
  PnIncoming *self = user_data;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->store->lock);

  if (self->reserved > 0)
    {
      self->store->written += done - self->done;
      self->written = done;
    }
  self->done = done;
  self->total = total;
}

void
pn_incoming_get_progress (PnIncoming *self, guint64 *done, guint64 *total)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->store->lock);

  *done = self->done;
  *total = self->total;
}

gboolean
pn_incoming_is_new (PnIncoming *self)
{
  return self->aside != NULL;
}

const char *
pn_incoming_get_digest (PnIncoming *self)
{
  return self->digest;
}

static gboolean
verify (PnIncoming *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (PnBundle) bundle = NULL;

  if (self->target < 0)
    return TRUE; /* it was verified when it came */
  bundle = pn_bundle_open_written (self->target, error);
  return bundle != NULL && pn_bundle_verify (bundle, cancellable, error);
}

gboolean
pn_incoming_receive (PnIncoming *self, int fd, GCancellable *cancellable, GError **error)
{
  const PnBundleReception reception = { admit_cb, progress_cb, self };
  g_autoptr (PnManifest) manifest = pn_bundle_receive (fd, &reception, cancellable, error);

  self->received = manifest != NULL && verify (self, cancellable, error);
  /* Whatever file it was that could not be written. */
  if (!self->received && self->aside != NULL &&
      g_error_matches (*error, PN_ERROR, PN_ERROR_NO_SPACE))
    {
      g_clear_error (error);
      pn_set_error (error, PN_ERROR_NO_SPACE,
                    "The disk of the station got full while the bundle was copied, and nothing of "
                    "it was kept. Free up space and install it again");
    }
  return self->received;
}

/* ---- its name ---- */

/* What has the name and is not in the store could not be read: it goes. */
static gboolean
give_name (PnIncoming *self, GError **error)
{
  g_autofree char *path = g_build_filename (self->store->folder, self->digest, NULL);

  if (g_rename (self->aside, path) == 0)
    return TRUE;
  if (errno == ENOTEMPTY || errno == EEXIST)
    {
      pn_remove_folder (path);
      if (g_rename (self->aside, path) == 0)
        return TRUE;
    }
  pn_set_error_from_errno (error, errno, "Cannot keep the bundle %s", self->digest);
  return FALSE;
}

static gboolean
put_in (PnIncoming *self, GError **error)
{
  PnBundleStore *store = self->store;
  g_autofree char *out = NULL;
  PnStoredBundle *stored;

  if (!give_name (self, error))
    return FALSE;
  g_clear_pointer (&self->aside, g_free);
  stored = pn_stored_bundle_read (store, self->digest, error);
  if (stored == NULL)
    {
      out = g_build_filename (store->folder, self->digest, NULL);
      pn_remove_folder (out);
      return FALSE;
    }
  unreserve (self);
  g_hash_table_insert (store->bundles, stored->digest, stored);
  pn_bundle_store_note (store);
  if (pn_bundle_store_flush (store, error))
    return TRUE;
  /* It may be gone after the power has failed: it was not installed. */
  out = pn_bundle_store_take_out (store, stored, NULL);
  if (out != NULL)
    pn_remove_folder (out);
  return FALSE;
}

/* Whoever has the answer may remove it, though this one is freed later, and by another thread. */
static void
let_go (PnIncoming *self)
{
  if (self->holds)
    pn_bundle_store_let_go (self->store, self->digest);
  self->holds = FALSE;
}

static gboolean
commit (PnIncoming *self, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->store->lock);

  /* The same may have come from somebody else meanwhile. */
  return self->aside == NULL || pn_bundle_store_find (self->store, self->digest) != NULL ||
         put_in (self, error);
}

char *
pn_incoming_commit (PnIncoming *self, GError **error)
{
  g_return_val_if_fail (self->received, NULL);
  if (!commit (self, error))
    return NULL;
  let_go (self);
  return g_strdup (self->digest);
}
