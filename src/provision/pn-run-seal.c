/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A large artefact is hashed while it is streamed, so that a bundle that changed on the disk after
 * the helper vouched for it ends the run, and no device passes with it. What is read for the device
 * is hashed as it was read; what the device does not get (the sparse file's own headers, blocks
 * that others lie over) is read in between. It is the artefact's own hash, so that it is known only
 * when all of it has been sent. Where what makes the device start is an artefact of its own, that
 * comes last. */
#include "config.h"

#include "pn-run-private.h"

#include "pn-io.h"

#define CHUNK (256u * 1024)

void
pn_seal_clear (PnSeal *self)
{
  g_clear_pointer (&self->hasher, pn_hasher_free);
  *self = (PnSeal){ 0 };
}

static const PnArtefact *
find_artefact (PnRunContext *run, int fd)
{
  for (guint i = 0; i < pn_manifest_get_n_artefacts (run->manifest); i++)
    if (run->job->artefacts[i] == fd)
      return pn_manifest_get_artefact (run->manifest, i);
  return NULL;
}

void
pn_seal_begin (PnRunContext *run, PnRuns *runs, PnSeal *self)
{
  guint n_runs;
  const PnRun *all = pn_runs_get (runs, &n_runs);

  *self = (PnSeal){ .fd = -1 };
  for (guint i = 0; i < n_runs && self->artefact == NULL; i++)
    if (all[i].kind == PN_RUN_DATA && all[i].fd >= 0)
      {
        self->fd = all[i].fd;
        self->artefact = find_artefact (run, self->fd);
      }
  if (self->artefact != NULL)
    self->hasher = pn_hasher_new ();
}

/* Hashes what lies before @end. */
static void
catch_up (PnSeal *self, guint64 end)
{
  g_autofree guint8 *buffer = self->at < end ? g_malloc (CHUNK) : NULL;

  while (self->at < end && !self->broken)
    {
      gsize count = (gsize) MIN (CHUNK, end - self->at);

      self->broken = !pn_pread_all (self->fd, buffer, count, (goffset) self->at, NULL);
      pn_hasher_update (self->hasher, buffer, count);
      self->at += count;
    }
}

void
pn_seal_take (int fd, guint64 offset, const guint8 *data, gsize size, gpointer user_data)
{
  PnSeal *self = user_data;
  guint64 end;

  if (self->artefact == NULL || fd != self->fd || self->broken)
    return;
  end = MIN (offset + size, self->artefact->size);
  self->broken = offset < self->at || offset > end;
  if (self->broken)
    return;
  catch_up (self, offset);
  pn_hasher_update (self->hasher, data, (gsize) (end - offset));
  self->at = end;
}

PnSeal
pn_seal_copy (const PnSeal *self)
{
  PnSeal copy = *self;

  if (self->hasher != NULL)
    copy.hasher = pn_hasher_copy (self->hasher);
  return copy;
}

gboolean
pn_seal_check (PnSeal *self, GError **error)
{
  PnSha256 digest;

  if (self->artefact == NULL)
    return TRUE;
  catch_up (self, self->artefact->size);
  digest = pn_hasher_finish (g_steal_pointer (&self->hasher));
  if (!self->broken && pn_sha256_equal (&digest, &self->artefact->digest))
    return TRUE;
  pn_set_error (error, PN_ERROR_SIGNATURE, "The bundle's %s has changed", self->artefact->name);
  return FALSE;
}
