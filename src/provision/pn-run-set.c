/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Image sets (idp.md §5 to §8): the device is told once what to make of its storage, has to list
 * exactly the block devices and images that were worked out from the same description, and each of
 * them is written and read back as any other. */
#include "config.h"

#include <string.h>

#include "pn-pause.h"
#include "pn-run-private.h"
#include "pn-sparse.h"

#include <glib/gi18n-lib.h>

#define WRITE_TRIES 3 /* the new table cannot be read again at once, sometimes: §7 */
#define NOT_READ_AGAIN "IDP:failed to start provisioning: timed out re-reading"
#define NO_KEY "IDP:cannot provision: firmware crypto unavailable"

/* What the device's refusals mean, and what to do. The first that fits counts. */
static const struct
{
  const char *prefix;
  PnError code;
  const char *sentence;
} refusals[] = {
  { "IDP:No data", PN_ERROR_PROTOCOL,
    N_ ("The device did not keep the description of the image set. Unplug it and plug it in "
        "again") },
  { "IDP:invalid description", PN_ERROR_NOT_SUPPORTED,
    N_ ("The device's provisioning system does not understand this image set. Prepare the bundle "
        "with a newer one") },
  { "IDP:cannot provision: device class mismatch", PN_ERROR_WRONG_DEVICE,
    N_ ("The image set is for another kind of device. Take the set, or the device, that belongs to "
        "it") },
  { "IDP:cannot provision: storage device not ready", PN_ERROR_BUSY,
    N_ ("The device's storage is not there, or something on it is still open. Take away the "
        "device's power, check its storage, then plug it in again") },
  { "IDP:cannot provision: insufficient storage", PN_ERROR_NO_SPACE,
    N_ ("The storage is too small for the image set. Use a larger one") },
  { NO_KEY, PN_ERROR_NOT_SUPPORTED,
    N_ ("The image set is encrypted, and the device has no key of its own to do it with. Let the "
        "recipe create one (DeviceKey) and prepare the bundle again") },
  { "IDP:not initialised", PN_ERROR_PROTOCOL,
    N_ ("The device forgot the description of the image set, as if it had been restarted. Unplug "
        "it and plug it in again") },
  { "IDP:not partitioned", PN_ERROR_PROTOCOL,
    N_ ("The device has not made the partitions of the image set, although it said so. Take away "
        "its power, then plug it in again") },
  { NOT_READ_AGAIN, PN_ERROR_IO,
    N_ ("The device could not read its new partition table. Take away its power, then plug it in "
        "again") },
  { "IDP:failed to start provisioning: parted", PN_ERROR_IO,
    N_ ("The storage did not take the partitions of the image set. Try again; if it happens again, "
        "the storage is defective") },
  { "IDP:failed to start provisioning: LUKS c", PN_ERROR_NOT_SUPPORTED,
    N_ ("The device could not make the encrypted container. Check that it knows the image set's "
        "cipher") },
  { "IDP:failed to start provisioning: LUKS o", PN_ERROR_IO,
    N_ ("The device could not open the encrypted container that it made. Take away its power, then "
        "plug it in again") },
  { "IDP:failed to start provisioning: ", PN_ERROR_IO,
    N_ ("The device could not lay out its storage. Take away its power, then plug it in again") },
};

void
pn_run_set_clear (PnRunContext *self)
{
  g_clear_pointer (&self->set_plan, g_ptr_array_unref);
  g_clear_pointer (&self->set_runs, g_hash_table_unref);
  g_clear_pointer (&self->set, pn_idp_free);
}

gboolean
pn_run_set_load (PnRunContext *self, GError **error)
{
  g_autoptr (GBytes) json = NULL;

  if (pn_manifest_find (self->manifest, PN_ROLE_IMAGE_SET) == NULL)
    return TRUE;
  json = pn_run_artefact (self, PN_ROLE_IMAGE_SET, error);
  self->set = json != NULL ? pn_idp_parse (json, PN_IDP_HOST, error) : NULL;
  if (self->set == NULL)
    return FALSE;
  self->set_plan = pn_idp_plan (self->set);
  return TRUE;
}

/* ---- talking ---- */

static void
explain (PnRunContext *self, const char *answer, GError **error)
{
  guint64 needed = pn_idp_get_needed (self->set);
  g_autoptr (GError) why = NULL;

  pn_set_error (&why, PN_ERROR_REJECTED, "The device refused the image set: %s", answer);
  /* The same words as for too small a storage: §7. */
  if (g_str_has_prefix (answer, "IDP:cannot provision: insufficient") &&
      needed <= self->result->facts.storage_size)
    {
      pn_set_error_because (error, PN_ERROR_WRONG_DEVICE,
                            N_ ("The storage has sectors of another size than the image set is "
                                "made for. Use another storage, or build the image set for it"),
                            why);
      return;
    }
  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
    if (g_str_has_prefix (answer, refusals[i].prefix))
      {
        if (refusals[i].code == PN_ERROR_WRONG_DEVICE)
          pn_run_classify (self, PN_DEVICE_WRONG_MODEL);
        pn_set_error_because (error, refusals[i].code, refusals[i].sentence, why);
        return;
      }
  g_propagate_error (error, g_steal_pointer (&why));
}

/* What the device answered, its refusals too; NULL where the session is over. */
static char *
ask (PnRunContext *self,
     const char *command,
     PnFastbootInfo info,
     gpointer user_data,
     gboolean *refused,
     GError **error)
{
  g_autoptr (GError) local = NULL;
  char *answer = pn_fastboot_command (self->fastboot, command, info, user_data,
                                      self->job->limits.flash, self->cancellable, &local);

  *refused = answer == NULL && g_error_matches (local, PN_ERROR, PN_ERROR_REJECTED);
  if (*refused)
    {
      const char *own = strstr (local->message, "IDP:"); /* without what our side says around it */

      return g_strdup (own != NULL ? own : local->message);
    }
  if (answer == NULL)
    g_propagate_error (error, g_steal_pointer (&local));
  return answer;
}

static gboolean
expect (PnRunContext *self, const char *command, const char *wanted, GError **error)
{
  gboolean refused;
  g_autofree char *answer = ask (self, command, NULL, NULL, &refused, error);

  if (answer == NULL)
    return FALSE;
  if (refused)
    explain (self, answer, error);
  else if (!g_str_equal (answer, wanted))
    pn_set_error (error, PN_ERROR_PROTOCOL,
                  "The device answered “%s” to “%s”, where “%s” had to come", answer, command,
                  wanted);
  return !refused && g_str_equal (answer, wanted);
}

/* ---- plan and check ---- */

/* Whether the content of an image fits into what will be there. */
static gboolean
check_fits (PnRunContext *self, const PnIdpTarget *target, guint64 size, GError **error)
{
  PnRuns *runs = g_hash_table_lookup (self->set_runs, target->item->image->file);
  guint64 needed = pn_runs_get_n_blocks (runs) * PN_RUN_BLOCK_SIZE;

  if (needed <= size)
    return TRUE;
  pn_set_error (error, PN_ERROR_NO_SPACE,
                "The storage is too small: %s needs %s MiB, but %s has %s MiB",
                target->item->image->file, PN_NUMBER ((needed + 0xfffff) >> 20), target->node,
                PN_NUMBER (size >> 20));
  return FALSE;
}

/* The images' runs, each file's once. */
static gboolean
load_images (PnRunContext *self, GError **error)
{
  if (self->set_runs != NULL)
    return TRUE;
  self->set_runs =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) pn_runs_free);
  for (guint i = 0; i < pn_manifest_get_n_artefacts (self->manifest); i++)
    {
      const PnArtefact *artefact = pn_manifest_get_artefact (self->manifest, i);
      PnRuns *runs;

      if (artefact->role != PN_ROLE_IMAGE_SET_FILE)
        continue;
      runs =
          pn_sparse_parse_fd (self->job->artefacts[i], 0, artefact->size, PN_SPARSE_STRICT, error);
      if (runs == NULL)
        return FALSE;
      g_hash_table_insert (self->set_runs, artefact->name, runs);
    }
  return TRUE;
}

static gboolean
stage (PnRunContext *self, GError **error)
{
  g_autoptr (GBytes) json = pn_run_artefact (self, PN_ROLE_IMAGE_SET, error);

  return json != NULL &&
         pn_fastboot_download_bytes (self->fastboot, json, self->job->limits.command,
                                     self->cancellable, error);
}

static gboolean
close_set (PnRunContext *self, GError **error)
{
  return expect (self, "oem idpdone", "IDP:done", error);
}

/* Lets the device check the description; one that was left over from before is dropped first. */
static char *
initialise (PnRunContext *self, gboolean *refused, GError **error)
{
  g_autofree char *answer = NULL;

  if (!stage (self, error))
    return NULL;
  answer = ask (self, "oem idpinit", NULL, NULL, refused, error);
  if (g_strcmp0 (answer, "IDP:already initialised") != 0)
    return g_steal_pointer (&answer);
  if (!close_set (self, error) || !stage (self, error))
    return NULL;
  return ask (self, "oem idpinit", NULL, NULL, refused, error);
}

/* Nothing on the device changes. Its own key may still be missing where the run will make it. */
gboolean
pn_run_set_plan (PnRunContext *self, GError **error)
{
  g_autofree char *answer = NULL;
  gboolean refused;

  if (!load_images (self, error))
    return FALSE;
  answer = initialise (self, &refused, error);
  if (answer == NULL)
    return FALSE;
  if (!refused)
    return close_set (self, error);
  if (g_str_has_prefix (answer, NO_KEY) && pn_run_makes_permanent (self, PN_PERMANENT_DEVICE_KEY))
    return TRUE;
  explain (self, answer, error);
  return FALSE;
}

/* Bytes at which the partitions of the disk will begin. */
GArray *
pn_run_set_get_starts (PnRunContext *self)
{
  GArray *starts = g_array_new (FALSE, FALSE, sizeof (guint64));
  guint64 at = self->set->alignment;

  for (guint i = 0; i < self->set->items->len; i++)
    {
      g_array_append_val (starts, at);
      at += pn_idp_get_item_size (self->set, self->set->items->pdata[i]);
    }
  return starts;
}

/* ---- storage ---- */

gboolean
pn_run_set_check (PnRunContext *self, GError **error)
{
  g_autofree char *answer = NULL;
  gboolean refused;

  if (!load_images (self, error))
    return FALSE;
  answer = initialise (self, &refused, error);
  if (answer != NULL && refused)
    explain (self, answer, error);
  return answer != NULL && !refused;
}

/* One table, its partitions and containers, made by the device. */
static gboolean
lay_out (PnRunContext *self, GError **error)
{
  for (guint i = 1;; i++)
    {
      gboolean refused;
      g_autofree char *answer = ask (self, "oem idpwrite", NULL, NULL, &refused, error);

      if (answer == NULL)
        return FALSE;
      if (!refused && g_str_equal (answer, "IDP:ok"))
        return TRUE;
      if (!refused || i == WRITE_TRIES || !g_str_has_prefix (answer, NOT_READ_AGAIN))
        {
          explain (self, answer, error);
          return FALSE;
        }
      pn_run_host_log (self->host, "The device was busy with its new partition table; once more");
      pn_pause (self->job->limits.rejected / 4, self->cancellable); /* 2 s on silicon */
      if (!close_set (self, error) || !pn_run_set_check (self, error))
        return FALSE;
    }
}

static void
keep_line_cb (const char *line, gpointer user_data)
{
  GPtrArray *lines = user_data;

  g_ptr_array_add (lines, g_strdup (line));
}

/* One answer of the list; @line NULL at its end. */
static gboolean
next_block (PnRunContext *self, char **line, GError **error)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  gboolean refused;
  g_autofree char *answer = ask (self, "oem idpgetblk", keep_line_cb, lines, &refused, error);

  *line = NULL;
  if (answer == NULL)
    return FALSE;
  if (refused)
    {
      explain (self, answer, error);
      return FALSE;
    }
  if (!g_str_equal (answer, "IDP:done") || lines->len > 1)
    {
      pn_set_error (error, PN_ERROR_PROTOCOL,
                    "The device's list of images is not understood (“%s”). Prepare the bundle with "
                    "another provisioning system",
                    answer);
      return FALSE;
    }
  *line = lines->len > 0 ? g_strdup (lines->pdata[0]) : NULL;
  return TRUE;
}

/* Exactly what was worked out, in that order: one more, one fewer or another one ends the run. */
static gboolean
check_list (PnRunContext *self, GError **error)
{
  g_autoptr (GString) list = g_string_new (NULL);

  for (guint i = 0; i <= self->set_plan->len; i++)
    {
      const PnIdpTarget *target = i < self->set_plan->len ? self->set_plan->pdata[i] : NULL;
      g_autofree char *wanted =
          target != NULL ? g_strdup_printf ("%s:%s", target->node, target->item->image->file)
                         : NULL;
      g_autofree char *line = NULL;

      if (!next_block (self, &line, error))
        return FALSE;
      if (g_strcmp0 (line, wanted) != 0)
        {
          pn_set_error (error, PN_ERROR_PROTOCOL,
                        "The device and the image set do not agree: at place %s it lists “%s”, "
                        "where “%s” has to be. Take away its power, then plug it in again; if it "
                        "happens again, prepare the bundle with a newer provisioning system",
                        PN_NUMBER (i + 1), line != NULL ? line : "–",
                        wanted != NULL ? wanted : "–");
          return FALSE;
        }
      if (line != NULL)
        g_string_append_printf (list, "%s%s", i > 0 ? " " : "", line);
    }
  pn_run_host_evidence (self->host, "image-set", list->str);
  return TRUE;
}

static gboolean
check_nodes (PnRunContext *self, GError **error)
{
  for (guint i = 0; i < self->set_plan->len; i++)
    {
      const PnIdpTarget *target = self->set_plan->pdata[i];
      guint64 size;

      if (!pn_run_wait_for_node (self, target->node, &size, error))
        return FALSE;
      if (target->grows ? size < target->size : size != target->size)
        {
          pn_set_error (error, PN_ERROR_PROTOCOL,
                        "The device made %s with %s bytes, where %s were expected", target->node,
                        PN_NUMBER (size), PN_NUMBER (target->size));
          return FALSE;
        }
      if (!check_fits (self, target, size, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
pn_run_set_lay_out (PnRunContext *self, GError **error)
{
  pn_run_host_log (self->host, pn_idp_encrypts (self->set) ? N_ ("Partitioning and encrypting")
                                                           : N_ ("Partitioning"));
  return lay_out (self, error) && check_list (self, error) && check_nodes (self, error);
}

/* ---- write, close ---- */

static PnRuns *
get_runs (PnRunContext *self, const PnIdpTarget *target)
{
  return g_hash_table_lookup (self->set_runs, target->item->image->file);
}

/* The images that the device starts from, or all others. */
static gboolean
write_some (PnRunContext *self, gboolean boot, guint64 *before, guint64 total, GError **error)
{
  for (guint i = 0; i < self->set_plan->len; i++)
    {
      const PnIdpTarget *target = self->set_plan->pdata[i];

      if (pn_idp_is_boot_file (self->set, target->item->image->file) != boot)
        continue;
      if (!pn_run_flash (self, target->node, get_runs (self, target), *before, total, error))
        return FALSE;
      *before += pn_runs_count_bytes (get_runs (self, target), PN_RUN_DATA);
    }
  return TRUE;
}

gboolean
pn_run_set_write (PnRunContext *self, GError **error)
{
  guint64 total = 0;
  guint64 before = 0;

  for (guint i = 0; i < self->set_plan->len; i++)
    total += pn_runs_count_bytes (get_runs (self, self->set_plan->pdata[i]), PN_RUN_DATA);
  /* What makes the device start comes last. */
  return write_some (self, FALSE, &before, total, error) &&
         write_some (self, TRUE, &before, total, error);
}

/* The headers, which only a closed container shows, as the device reads them back. */
static gboolean
check_containers (PnRunContext *self, GError **error)
{
  const char *disk = pn_storage_to_disk (self->set->storage);

  for (guint i = 0; i < self->set->items->len; i++)
    {
      const PnIdpItem *item = self->set->items->pdata[i];
      g_autofree char *node = g_strdup_printf ("%sp%u", disk, i + 1);

      if (item->luks != NULL &&
          !pn_run_check_luks (self, node, item->luks->label != NULL ? item->luks->label : "",
                              error))
        return FALSE;
    }
  return TRUE;
}

/* "luks2" where all that the device does not start from is encrypted. */
static const char *
get_encryption (PnRunContext *self)
{
  guint n_clear = 0;

  for (guint i = 0; i < self->set_plan->len; i++)
    {
      const PnIdpTarget *target = self->set_plan->pdata[i];

      if (target->container == NULL && !pn_idp_is_boot_file (self->set, target->item->image->file))
        n_clear++;
    }
  return !pn_idp_encrypts (self->set) ? "none" : n_clear > 0 ? "partly" : "luks2";
}

gboolean
pn_run_set_close (PnRunContext *self, GError **error)
{
  if (!close_set (self, error) || !check_containers (self, error))
    return FALSE;
  pn_run_host_evidence (self->host, "image-set-closed", "yes");
  pn_run_host_evidence (self->host, "storage-encryption", get_encryption (self));
  return TRUE;
}
