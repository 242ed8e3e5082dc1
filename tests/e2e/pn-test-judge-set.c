/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A disk that an image set was written to, against the set's description and images: the tables on
 * the disk and in its containers, the containers' headers, and every byte of every image. Read with
 * the host's parsers; libfdisk, which wrote the tables, is not asked. */
#include "config.h"

#include <string.h>

#include "pn-bytes.h"
#include "pn-idp.h"
#include "pn-io.h"
#include "pn-partition-table.h"
#include "pn-sparse.h"
#include "pn-test-judge-private.h"

#define SECTOR 512
#define GPT_ENTRIES (2 * SECTOR) /* bytes from the start, where nothing was changed by hand */
#define GPT_ENTRY 128
#define GUID_SIZE 16
#define LUKS_LABEL 24 /* bytes from the start of a LUKS2 header */
#define LUKS_UUID 168
#define LUKS_TEXT 40 /* bytes of either that are looked at */

typedef struct
{
  PnVirtualStorage *storage;
  PnBundle *bundle;
  const PnIdp *idp;
} Judge;

/* The disk, or what is in a container. */
typedef struct
{
  PnVirtualStorage *storage;
  const char *node;
} Place;

static gboolean
read_cb (gpointer user_data, guint64 offset, void *buffer, gsize size, GError **error)
{
  const Place *place = user_data;

  if (pn_virtual_storage_read (place->storage, place->node, offset, buffer, size))
    return TRUE;
  g_set_error (error, PN_ERROR, PN_ERROR_IO, "%s cannot be read", place->node);
  return FALSE;
}

static char *
format_guid (const guint8 *bytes)
{
  static const guint order[GUID_SIZE] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < GUID_SIZE; i++)
    g_string_append_printf (text, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
                            bytes[order[i]]);
  return g_string_free (text, FALSE);
}

static gboolean
has_guid (const Place *place, guint64 offset, const char *wanted)
{
  guint8 bytes[GUID_SIZE];
  g_autofree char *text = NULL;

  g_assert_true (
      pn_virtual_storage_read (place->storage, place->node, offset, bytes, sizeof bytes));
  text = format_guid (bytes);
  return wanted == NULL || g_ascii_strcasecmp (text, wanted) == 0;
}

/* ---- tables ---- */

static char *
judge_partition (Judge *self,
                 const Place *place,
                 const PnPartition *partition,
                 const PnIdpItem *item,
                 guint64 offset,
                 guint number)
{
  guint64 size = pn_idp_get_item_size (self->idp, item);
  gboolean gpt = partition->type_uuid != NULL;
  guint64 entry = GPT_ENTRIES + (number - 1) * GPT_ENTRY;

  if (partition->number != number || partition->offset != offset)
    return g_strdup_printf ("%s: partition %u is number %u and begins at %" G_GUINT64_FORMAT
                            ", not at %" G_GUINT64_FORMAT,
                            place->node, number, partition->number, partition->offset, offset);
  if (item->expand ? partition->size < size : partition->size != size)
    return g_strdup_printf ("%s: partition %u has %" G_GUINT64_FORMAT
                            " bytes, not %" G_GUINT64_FORMAT,
                            place->node, number, partition->size, size);
  if (item->image == NULL)
    return NULL;
  if (gpt ? g_ascii_strcasecmp (partition->type_uuid, item->image->type_uuid) != 0
          : partition->mbr_type != g_ascii_strtoull (item->image->type, NULL, 16))
    return g_strdup_printf ("%s: partition %u is of another type", place->node, number);
  if (gpt && item->image->label != NULL && !g_str_equal (partition->name, item->image->label))
    return g_strdup_printf ("%s: partition %u is called %s", place->node, number, partition->name);
  if (gpt && !has_guid (place, entry + GUID_SIZE, item->image->uuid))
    return g_strdup_printf ("%s: partition %u has another PARTUUID", place->node, number);
  return NULL;
}

/* @starts gets the bytes at which the partitions begin. */
static char *
judge_table (Judge *self, const char *node, gboolean gpt, GPtrArray *items, GArray *starts)
{
  Place place = { self->storage, node };
  g_autoptr (PnPartitionTable) table = NULL;
  g_autoptr (GError) error = NULL;
  guint64 at = self->idp->alignment;
  guint64 size;

  g_assert_cmpint (pn_virtual_storage_look (self->storage, node, &size), !=, PN_NODE_MISSING);
  table = pn_partition_table_parse (read_cb, &place, size, &error);
  if (table == NULL)
    return g_strdup_printf ("%s: %s", node, error->message);
  if ((table->kind == PN_TABLE_GPT) != gpt || table->partitions->len != items->len)
    return g_strdup_printf ("%s has another table, with %u partitions", node,
                            table->partitions->len);
  for (guint i = 0; i < items->len; i++)
    {
      char *wrong =
          judge_partition (self, &place, table->partitions->pdata[i], items->pdata[i], at, i + 1);

      if (wrong != NULL)
        return wrong;
      g_array_append_val (starts, at);
      at += pn_idp_get_item_size (self->idp, items->pdata[i]);
    }
  return NULL;
}

/* ---- contents ---- */

static PnRuns *
load_image (Judge *self, const char *file)
{
  PnManifest *manifest = pn_bundle_get_manifest (self->bundle);

  for (guint i = 0; i < pn_manifest_get_n_artefacts (manifest); i++)
    {
      const PnArtefact *artefact = pn_manifest_get_artefact (manifest, i);
      g_autoptr (GError) error = NULL;
      PnRuns *runs;

      if (artefact->role != PN_ROLE_IMAGE_SET_FILE || !g_str_equal (artefact->name, file))
        continue;
      runs = pn_sparse_parse_fd (pn_bundle_get_fds (self->bundle)[i], 0, artefact->size,
                                 PN_SPARSE_STRICT, &error);
      g_assert_no_error (error);
      return runs;
    }
  g_assert_not_reached ();
}

static char *
judge_image (Judge *self, const PnIdpItem *item, const char *node, guint64 offset)
{
  g_autoptr (PnRuns) runs = load_image (self, item->image->file);

  return pn_test_judge_compare (self->storage, node, offset, runs);
}

static char *
judge_images (Judge *self, GPtrArray *items, const char *node, GArray *starts)
{
  for (guint i = 0; i < items->len; i++)
    {
      const PnIdpItem *item = items->pdata[i];
      char *wrong = item->image != NULL
                        ? judge_image (self, item, node, g_array_index (starts, guint64, i))
                        : NULL;

      if (wrong != NULL)
        return wrong;
    }
  return NULL;
}

/* ---- containers ---- */

static gboolean
has_text (PnVirtualStorage *storage, const char *node, guint64 offset, const char *wanted)
{
  char text[LUKS_TEXT + 1] = "";

  g_assert_true (pn_virtual_storage_read (storage, node, offset, (guint8 *) text, LUKS_TEXT));
  return wanted == NULL || g_str_equal (text, wanted);
}

static char *
judge_opened (Judge *self, const PnIdpItem *item, const char *node)
{
  g_autoptr (GArray) starts = g_array_new (FALSE, FALSE, sizeof (guint64));
  char *wrong;

  if (!item->luks->partitioned)
    return judge_image (self, item->children->pdata[0], node, 0);
  wrong = judge_table (self, node, TRUE, item->children, starts);
  return wrong != NULL ? wrong : judge_images (self, item->children, node, starts);
}

static char *
judge_container (Judge *self, const PnIdpItem *item, const char *partition, const char *passphrase)
{
  g_autofree char *node = g_strconcat ("mapper/", item->luks->name, NULL);

  if (!has_text (self->storage, partition, LUKS_LABEL, item->luks->label) ||
      !has_text (self->storage, partition, LUKS_UUID, item->luks->uuid))
    return g_strdup_printf ("%s has another label or UUID", partition);
  if (!pn_virtual_storage_map (self->storage, partition, item->luks->name, passphrase))
    return g_strdup_printf ("%s cannot be opened with the device's key", partition);
  return judge_opened (self, item, node);
}

static char *
judge_containers (Judge *self, const char *passphrase)
{
  char *wrong = NULL;

  for (guint i = 0; i < self->idp->items->len && wrong == NULL; i++)
    {
      const PnIdpItem *item = self->idp->items->pdata[i];
      g_autofree char *node =
          g_strdup_printf ("%sp%u", pn_virtual_storage_get_disk (self->storage), i + 1);

      if (item->luks != NULL)
        wrong = judge_container (self, item, node, passphrase);
    }
  pn_virtual_storage_unmap_all (self->storage);
  return wrong;
}

char *
pn_test_judge_set (PnVirtualStorage *storage, PnBundle *bundle, const char *passphrase)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) json =
      pn_read_file_fd (pn_bundle_get_fd (bundle, PN_ROLE_IMAGE_SET), PN_IDP_MAX, &error);
  g_autoptr (PnIdp) idp = json != NULL ? pn_idp_parse (json, PN_IDP_HOST, &error) : NULL;
  g_autoptr (GArray) starts = g_array_new (FALSE, FALSE, sizeof (guint64));
  const char *disk = pn_virtual_storage_get_disk (storage);
  Judge judge = { storage, bundle, idp };
  char *wrong;

  g_assert_no_error (error);
  wrong = judge_table (&judge, disk, idp->gpt, idp->items, starts);
  if (wrong == NULL)
    wrong = judge_images (&judge, idp->items, disk, starts);
  return wrong != NULL ? wrong : judge_containers (&judge, passphrase);
}
