/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Storage: what will be written is made ready for this very disk before anything on it changes
 * (H-6); then old tables and headers are overwritten (H-1), and the disk partitioned and encrypted.
 */
#include "config.h"

#include <fcntl.h>

#include "pn-io.h"
#include "pn-pause.h"
#include "pn-run-private.h"
#include "pn-sparse.h"

#define NODE_POLL_MS 50 /* the device announces no nodes; it has to be asked */
#define MAPPED "mapper/cryptroot"
#define LABEL "root"

static PnRuns *
parse_artefact (PnRunContext *self, PnRole role, GError **error)
{
  const PnArtefact *artefact;
  int fd = pn_run_find_artefact (self, role, &artefact, error);

  return fd >= 0 ? pn_sparse_parse_fd (fd, 0, artefact->size, PN_SPARSE_STRICT, error) : NULL;
}

/* The root file system as it has to be for @size bytes: what was sealed, and over it the metadata
 * that grew. */
static PnRuns *
grown_root (PnRunContext *self, guint64 size, GError **error)
{
  g_autoptr (PnRuns) base = parse_artefact (self, PN_ROLE_ROOT_FILESYSTEM, error);
  g_autoptr (PnRuns) over = NULL;
  PnRuns *grown;
  g_auto (PnFd) fd = -1;
  goffset file_size;

  if (base == NULL)
    return NULL;
  fd = pn_run_host_growth (self->host, size, self->cancellable, error);
  if (fd < 0 || (file_size = pn_file_size (fd, error)) < 0)
    return NULL;
  over = pn_sparse_parse_fd (fd, 0, (guint64) file_size, PN_SPARSE_STRICT, error);
  if (over == NULL)
    return NULL;
  if (pn_runs_get_n_blocks (over) * PN_RUN_BLOCK_SIZE > size)
    {
      pn_set_error (error, PN_ERROR_INVALID_DATA,
                    "The grown file system is larger than the storage");
      return NULL;
    }
  grown = pn_runs_overlay (base, over);
  pn_runs_own_fd (grown, g_steal_fd (&fd));
  return grown;
}

gboolean
pn_run_plan_storage (PnRunContext *self, GError **error)
{
  guint64 disk_size = self->result->facts.storage_size;
  const PnArtefact *root = pn_manifest_find (self->manifest, PN_ROLE_ROOT_FILESYSTEM);

  if (self->set != NULL)
    {
      self->layout = (PnLayout){ .disk_size = disk_size };
      return pn_run_set_plan (self, error);
    }
  if (self->root != NULL && self->layout.disk_size == disk_size)
    return TRUE;
  g_clear_pointer (&self->root, pn_runs_free);
  g_clear_pointer (&self->boot, pn_runs_free);
  if (root == NULL)
    {
      self->layout = (PnLayout){ .disk_size = disk_size };
      self->root = parse_artefact (self, PN_ROLE_DISK, error);
      return self->root != NULL;
    }
  if (!pn_layout_compute (disk_size, pn_manifest_get_boot_partition_size (self->manifest),
                          root->expanded_size, &self->layout, error))
    return FALSE;
  self->boot = parse_artefact (self, PN_ROLE_BOOT_PARTITION, error);
  if (self->boot == NULL)
    return FALSE;
  pn_run_host_log (self->host, "Growing the root file system to %s MiB",
                   PN_NUMBER (self->layout.root_size >> 20));
  self->root = grown_root (self, self->layout.root_size, error);
  return self->root != NULL;
}

gboolean
pn_run_wait_for_node (PnRunContext *self, const char *node, guint64 *size, GError **error)
{
  gint64 deadline = g_get_monotonic_time () + self->job->limits.node * G_TIME_SPAN_MILLISECOND;
  g_autofree char *name = g_strdup_printf ("partition-size:%s", node);

  for (;;)
    {
      g_autoptr (GError) local = NULL;

      if (pn_fastboot_getvar_size (self->fastboot, name, size, self->job->limits.command,
                                   self->cancellable, &local))
        return TRUE;
      if (!g_error_matches (local, PN_ERROR, PN_ERROR_REJECTED) ||
          g_get_monotonic_time () > deadline)
        {
          g_propagate_error (error, g_steal_pointer (&local));
          pn_prefix_error (error, "The device did not show %s", node);
          return FALSE;
        }
      pn_pause (NODE_POLL_MS, self->cancellable);
    }
}

static gboolean
expect_node (PnRunContext *self, const char *node, guint64 wanted, GError **error)
{
  guint64 size;

  if (!pn_run_wait_for_node (self, node, &size, error))
    return FALSE;
  if (size == wanted)
    return TRUE;
  pn_set_error (error, PN_ERROR_VERIFY, "%s has %s bytes, expected %s", node, PN_NUMBER (size),
                PN_NUMBER (wanted));
  return FALSE;
}

static gboolean
run_command (PnRunContext *self, GError **error, const char *command)
{
  g_autofree char *answer = pn_run_command (self, self->job->limits.flash, error, "%s", command);

  return answer != NULL;
}

/* Where partitions will begin, bytes; a whole disk's image brings its own. */
static GArray *
get_starts (PnRunContext *self)
{
  const guint64 starts[] = { self->layout.boot_offset, self->layout.crypt_offset };
  GArray *array;

  if (self->set != NULL)
    return pn_run_set_get_starts (self);
  array = g_array_new (FALSE, FALSE, sizeof (guint64));
  if (self->layout.root_size > 0)
    g_array_append_vals (array, starts, G_N_ELEMENTS (starts));
  return array;
}

static gboolean
wipe (PnRunContext *self, const char *disk, GError **error)
{
  g_autoptr (GArray) starts = get_starts (self);
  g_autoptr (PnRuns) runs =
      pn_layout_wipe_runs (self->layout.disk_size, (const guint64 *) starts->data, starts->len);

  /* No device of this kind erases: its answer to that command means nothing. */
  pn_run_host_log (self->host,
                   "Overwriting old partition tables and headers. Other things that were stored "
                   "before stay until something is written over them");
  self->storage_touched = TRUE;
  /* Read back at once: what is written later covers some of it. */
  if (!pn_run_flash (self, disk, runs, 0, 0, error) || !pn_run_verify (self, error))
    return FALSE;
  pn_run_host_evidence (self->host, "old-contents", "headers-overwritten");
  return TRUE;
}

static gboolean
partition (PnRunContext *self, const char *disk, GError **error)
{
  guint32 id = pn_manifest_get_disk_id (self->manifest);
  g_autofree char *id_word = id != 0 ? g_strdup_printf (" 0x%08x", id) : g_strdup ("");
  g_autofree char *init = g_strdup_printf ("oem partinit %s DOS%s", disk, id_word);
  g_autofree char *boot =
      g_strdup_printf ("oem partapp %s 0c %" G_GUINT64_FORMAT, disk, self->layout.boot_size);
  g_autofree char *rest = g_strdup_printf ("oem partapp %s 83", disk);
  g_autofree char *node1 = g_strdup_printf ("%sp1", disk);
  g_autofree char *node2 = g_strdup_printf ("%sp2", disk);
  guint64 crypt_size;

  pn_run_host_log (self->host, "Partitioning");
  if (!run_command (self, error, init) || !run_command (self, error, boot) ||
      !run_command (self, error, rest))
    return FALSE;
  return expect_node (self, node1, self->layout.boot_size, error) &&
         pn_run_wait_for_node (self, node2, &crypt_size, error);
}

/* libfdisk may end the last partition a little before the disk's end; the file system is then grown
 * again, to what is really there. Only time is lost: the source is known to be good. */
static gboolean
adopt_root_size (PnRunContext *self, guint64 size, GError **error)
{
  const PnArtefact *root = pn_manifest_find (self->manifest, PN_ROLE_ROOT_FILESYSTEM);

  if (size == self->layout.root_size)
    return TRUE;
  pn_run_host_log (self->host, "The encrypted volume has %s bytes instead of %s", PN_NUMBER (size),
                   PN_NUMBER (self->layout.root_size));
  if (size < root->expanded_size)
    {
      pn_set_error (error, PN_ERROR_NO_SPACE,
                    "The encrypted volume is too small for the root file system");
      return FALSE;
    }
  self->layout.root_size = size;
  g_clear_pointer (&self->root, pn_runs_free);
  self->root = grown_root (self, size, error);
  return self->root != NULL;
}

static gboolean
encrypt (PnRunContext *self, const char *disk, GError **error)
{
  g_autofree char *node = g_strdup_printf ("%sp2", disk);
  g_autofree char *init = g_strdup_printf ("oem cryptinit %s " LABEL " %s", node,
                                           pn_manifest_get_cipher (self->manifest));
  g_autofree char *open = g_strdup_printf ("oem cryptopen %s cryptroot", node);
  guint64 size;

  pn_run_host_log (self->host, "Encrypting");
  /* Looked at before it is opened: then nobody else can open the partition any more. */
  if (!run_command (self, error, init) || !pn_run_check_luks (self, node, LABEL, error) ||
      !run_command (self, error, open) || !pn_run_wait_for_node (self, MAPPED, &size, error))
    return FALSE;
  pn_run_host_evidence (self->host, "storage-encryption", "luks2");
  return adopt_root_size (self, size, error);
}

/* The device checks the set before anything on it changes, and lays it out afterwards. */
static gboolean
lay_out_set (PnRunContext *self, const char *disk, GError **error)
{
  self->layout = (PnLayout){ .disk_size = self->result->facts.storage_size };
  return expect_node (self, disk, self->layout.disk_size, error) &&
         pn_run_set_check (self, error) && wipe (self, disk, error) &&
         pn_run_set_lay_out (self, error);
}

gboolean
pn_run_storage (PnRunContext *self, GError **error)
{
  const char *disk = pn_storage_to_disk (pn_manifest_get_storage (self->manifest));

  if (self->set != NULL)
    return lay_out_set (self, disk, error);
  /* A partition whose mapping is open, or one that is mounted, shows as busy here. */
  if (!pn_run_plan_storage (self, error) ||
      !expect_node (self, disk, self->layout.disk_size, error) || !wipe (self, disk, error))
    return FALSE;
  if (pn_manifest_get_cipher (self->manifest) == NULL)
    return TRUE;
  return partition (self, disk, error) && encrypt (self, disk, error);
}
