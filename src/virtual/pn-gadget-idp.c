/* SPDX-License-Identifier: GPL-3.0-or-later */
/* oem idpinit, idpwrite, idpgetblk and idpdone as the real daemon answers (idp.md §5 to §7): the
 * description is read with its leniencies, the table, the LUKS2 containers and the tables inside of
 * them are real. A description belongs to its session; what it opened stays open without idpdone.
 */
#include "config.h"

#include "pn-gadget-private.h"

#include <string.h>

#include "pn-error.h"
#include "pn-idp.h"

#define LINUX_GPT "0fc63daf-8483-4772-8e79-3d69d8477de4"
#define LINUX_DOS "83"

/* Their numbers are in replies. */
typedef enum
{
  IDP_INIT,
  IDP_CONFIG,
  IDP_READY,
  IDP_WRITING,
  IDP_PARTITIONED,
  IDP_COMPLETE,
  IDP_ERROR,
} IdpState;

struct _PnGadgetIdp
{
  PnIdp *idp; /* NULL = not initialised */
  IdpState state;
  guint64 needed, have; /* bytes; as of the last comparison */
  GPtrArray *plan;      /* PnIdpTarget */
  guint cursor;
};

static void
forget (PnGadgetIdp *self)
{
  g_clear_pointer (&self->plan, g_ptr_array_unref);
  g_clear_pointer (&self->idp, pn_idp_free);
  self->state = IDP_INIT;
  self->cursor = 0;
}

void
pn_gadget_idp_free (PnGadgetIdp *self)
{
  forget (self);
  g_free (self);
}

static PnGadgetIdp *
get (PnGadgetSession *self)
{
  if (self->idp == NULL)
    self->idp = g_new0 (PnGadgetIdp, 1);
  return self->idp;
}

/* Takes one of the fault dial's count. */
static gboolean
take_fault (PnVirtualStorage *storage, guint *count)
{
  gboolean due;

  g_mutex_lock (&storage->mutex);
  due = *count > 0;
  if (due)
    --*count;
  g_mutex_unlock (&storage->mutex);
  return due;
}

/* ---- idpinit ---- */

static gboolean
disk_is_ready (PnVirtualStorage *storage, const char *disk, guint64 *size)
{
  return g_str_equal (disk, pn_virtual_storage_get_disk (storage)) &&
         pn_virtual_storage_look (storage, disk, size) == PN_NODE_FREE;
}

/* A description whose sector size is not the disk's is refused before anything was compared, and
 * the numbers are old ones. */
static gboolean
has_room (PnGadgetIdp *self, guint64 disk_size)
{
  if (self->idp->sector_size != PN_VIRTUAL_SECTOR)
    return FALSE;
  self->needed = pn_idp_get_needed (self->idp);
  self->have = disk_size;
  return self->needed <= self->have;
}

static PnHandled refuse_init (PnGadgetSession *self, const char *format, ...) G_GNUC_PRINTF (2, 3);

static PnHandled
refuse_init (PnGadgetSession *self, const char *format, ...)
{
  g_autofree char *reason = NULL;
  va_list args;

  va_start (args, format);
  reason = g_strdup_vprintf (format, args);
  va_end (args);
  forget (self->idp);
  return pn_gadget_reply (self, "FAIL", "IDP:cannot provision: %s", reason);
}

PnHandled
pn_gadget_idp_init (PnGadgetSession *self, const char *const *words, guint n_words)
{
  PnGadgetIdp *idp = get (self);
  PnVirtualStorage *storage = self->gadget->storage;
  g_autoptr (GBytes) json = NULL;
  g_autoptr (GError) error = NULL;
  const char *disk;
  guint64 size;

  if (idp->idp != NULL)
    return pn_gadget_reply (self, "FAIL", "IDP:already initialised");
  if (self->buffer_size == 0)
    return pn_gadget_reply (self, "FAIL", "IDP:No data. Check description was staged");
  json = g_bytes_new (self->buffer, self->buffer_size);
  idp->idp = pn_idp_parse (json, PN_IDP_DEVICE, &error);
  if (g_error_matches (error, PN_ERROR, PN_ERROR_FAILED))
    return PN_HANDLED_END;
  if (idp->idp == NULL)
    {
      pn_gadget_log (self->gadget, error->message);
      return pn_gadget_reply (self, "FAIL", "IDP:invalid description");
    }
  if (!pn_idp_class_matches (idp->idp->device_class, self->gadget->board.model))
    {
      g_autofree char *expected = g_strdup (idp->idp->device_class);

      return refuse_init (self, "device class mismatch (expected %s)", expected);
    }
  disk = pn_storage_to_disk (idp->idp->storage);
  if (!disk_is_ready (storage, disk, &size))
    return refuse_init (self, "storage device not ready (/dev/%s)", disk);
  if (!has_room (idp, size))
    return refuse_init (
        self, "insufficient storage (need %" G_GUINT64_FORMAT ", have %" G_GUINT64_FORMAT ")",
        idp->needed, idp->have);
  if (pn_idp_encrypts (idp->idp) && !pn_gadget_has_key (self->gadget))
    return refuse_init (self, "firmware crypto unavailable (required for encrypted provisioning)");
  idp->plan = pn_idp_plan (idp->idp);
  idp->state = IDP_READY;
  return pn_gadget_reply (self, "OKAY", "IDP:ready");
}

/* ---- idpwrite ---- */

/* Why it could not be written, for the reply. */
static char *
write_table (PnGadgetSession *self)
{
  const PnIdp *idp = self->idp->idp;
  const char *disk = pn_storage_to_disk (idp->storage);
  g_autofree PnTableItem *items = g_new0 (PnTableItem, idp->items->len);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  PnTable table = { .label = idp->gpt ? "gpt" : "dos",
                    .id = idp->gpt ? idp->disk_id : NULL,
                    .grain = MAX (idp->alignment, PN_VIRTUAL_SECTOR),
                    .items = items,
                    .n_items = idp->items->len };
  guint failed;

  for (guint i = 0; i < idp->items->len; i++)
    {
      const PnIdpItem *item = idp->items->pdata[i];

      items[i].size = item->expand ? 0 : pn_idp_get_item_size (idp, item);
      if (item->luks != NULL)
        {
          g_ptr_array_add (names, g_strdup_printf ("rpi-crypt%02u", names->len + 1));
          items[i].type = idp->gpt ? LINUX_GPT : LINUX_DOS;
          items[i].name =
              item->luks->label != NULL ? item->luks->label : names->pdata[names->len - 1];
          continue;
        }
      /* The DOS type wins where both are there. */
      items[i].type = item->image->type != NULL ? item->image->type : item->image->type_uuid;
      items[i].name = item->image->label;
      items[i].uuid = item->image->uuid;
    }
  if (!idp->gpt)
    for (guint i = 0; i < idp->items->len; i++)
      items[i].name = items[i].uuid = NULL;
  switch (pn_virtual_storage_lay_out (self->gadget->storage, disk, &table, &failed))
    {
    case PN_TABLE_NO_DISK:
      return g_strdup_printf ("parted: unable to open /dev/%s", disk);
    case PN_TABLE_REFUSED:
      if (failed == idp->items->len)
        return g_strdup_printf ("parted: failed to create %s partition table on /dev/%s",
                                idp->gpt ? "GPT" : "DOS", disk);
      return g_strdup_printf (
          "parted: failed to create partition p%u (%" G_GUINT64_FORMAT " bytes) on /dev/%s",
          failed + 1, pn_idp_get_item_size (idp, idp->items->pdata[failed]), disk);
    case PN_TABLE_NOT_WRITTEN:
      return g_strdup_printf ("parted: failed to commit partition table on /dev/%s", disk);
    case PN_TABLE_OK:
    default:
      return NULL;
    }
}

/* The real daemon does not hear of what goes wrong in here: its partitions are not there then. */
static void
write_inner_table (PnGadgetSession *self, const PnIdpItem *container)
{
  const PnIdp *idp = self->idp->idp;
  GPtrArray *children = container->children;
  g_autofree PnTableItem *items = g_new0 (PnTableItem, children->len);
  g_autofree char *node = g_strdup_printf ("mapper/%s", container->luks->name);
  PnTable table = { .label = "gpt",
                    .grain = MAX (idp->alignment, PN_VIRTUAL_SECTOR),
                    .items = items,
                    .n_items = children->len };
  guint failed;

  for (guint i = 0; i < children->len; i++)
    {
      const PnIdpItem *child = children->pdata[i];

      items[i].size = child->expand ? 0 : pn_idp_get_item_size (idp, child);
      items[i].type = child->image->type_uuid != NULL ? child->image->type_uuid : LINUX_GPT;
      items[i].name = child->image->label;
      items[i].uuid = child->image->uuid;
    }
  (void) pn_virtual_storage_lay_out (self->gadget->storage, node, &table, &failed);
}

static char *
write_container (PnGadgetSession *self, const PnIdpItem *item, guint number)
{
  const PnIdpLuks *luks = item->luks;
  const PnIdp *idp = self->idp->idp;
  g_autofree char *node = g_strdup_printf ("%sp%u", pn_storage_to_disk (idp->storage), number);
  g_autofree char *passphrase = pn_gadget_luks_key (self);
  const PnLuksParameters parameters = {
    .label = luks->label,
    .uuid = luks->uuid,
    .cipher = luks->cipher,
    .hash = luks->hash,
    .key_size = luks->key_bits / 8,
    .data_offset = idp->alignment,
  };

  if (passphrase == NULL ||
      !pn_virtual_storage_format_as (self->gadget->storage, node, &parameters, passphrase))
    return g_strdup_printf ("LUKS create failed on /dev/%s", node);
  if (!pn_virtual_storage_map (self->gadget->storage, node, luks->name, passphrase))
    return g_strdup_printf ("LUKS open failed on /dev/%s", node);
  if (luks->partitioned)
    write_inner_table (self, item);
  return NULL;
}

static char *
write_all (PnGadgetSession *self)
{
  const PnIdp *idp = self->idp->idp;
  PnVirtualStorage *storage = self->gadget->storage;
  char *reason = write_table (self);

  if (reason == NULL && take_fault (storage, &storage->faults.idp_busy))
    reason = g_strdup_printf ("timed out re-reading partition table on /dev/%s",
                              pn_storage_to_disk (idp->storage));
  for (guint i = 0; reason == NULL && i < idp->items->len; i++)
    {
      const PnIdpItem *item = idp->items->pdata[i];

      if (item->luks != NULL)
        reason = write_container (self, item, i + 1);
    }
  return reason;
}

PnHandled
pn_gadget_idp_write (PnGadgetSession *self, const char *const *words, guint n_words)
{
  PnGadgetIdp *idp = get (self);
  g_autofree char *reason = NULL;

  if (idp->idp == NULL)
    return pn_gadget_reply (self, "FAIL", "IDP:not initialised");
  if (idp->state != IDP_READY)
    return pn_gadget_reply (self, "FAIL",
                            "IDP:failed to start provisioning: not in ready state (current: %u)",
                            idp->state);
  idp->state = IDP_WRITING;
  reason = write_all (self);
  idp->state = reason == NULL ? IDP_PARTITIONED : IDP_ERROR;
  if (reason != NULL)
    return pn_gadget_reply (self, "FAIL", "IDP:failed to start provisioning: %s", reason);
  return pn_gadget_reply (self, "OKAY", "IDP:ok");
}

/* ---- idpgetblk, idpdone ---- */

PnHandled
pn_gadget_idp_next (PnGadgetSession *self, const char *const *words, guint n_words)
{
  PnGadgetIdp *idp = get (self);
  PnVirtualStorage *storage = self->gadget->storage;
  const PnIdpTarget *target;
  guint64 size;

  if (idp->idp == NULL)
    return pn_gadget_reply (self, "FAIL", "IDP:not initialised");
  if (idp->state != IDP_PARTITIONED)
    return pn_gadget_reply (self, "FAIL", "IDP:not partitioned (state %u)", idp->state);
  if (take_fault (storage, &storage->faults.idp_lose))
    idp->cursor++;
  if (idp->cursor >= idp->plan->len)
    return pn_gadget_reply (self, "OKAY", "IDP:done");
  target = idp->plan->pdata[idp->cursor];
  /* Where a block device did not come, the list ends without a word. */
  if (pn_virtual_storage_look (storage, target->node, &size) != PN_NODE_MISSING)
    {
      idp->cursor++;
      pn_gadget_reply (self, "INFO", "%s:%s", target->node, target->item->image->file);
    }
  return pn_gadget_reply (self, "OKAY", "IDP:done");
}

PnHandled
pn_gadget_idp_done (PnGadgetSession *self, const char *const *words, guint n_words)
{
  PnGadgetIdp *idp = get (self);

  if (idp->idp == NULL)
    return pn_gadget_reply (self, "OKAY", "IDP:not initialised");
  for (guint i = 0; i < idp->idp->items->len; i++)
    {
      const PnIdpItem *item = idp->idp->items->pdata[i];
      g_autofree char *name =
          item->luks != NULL ? g_strdup_printf ("mapper/%s", item->luks->name) : NULL;

      if (name != NULL && (idp->state == IDP_PARTITIONED || idp->state == IDP_ERROR))
        pn_virtual_storage_unmap (self->gadget->storage, name);
    }
  forget (idp);
  return pn_gadget_reply (self, "OKAY", "IDP:done");
}
