/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes a FAT file system in one go: all files lie one after the other, so that each is one run
 * and the table is a counting sequence. Deterministic. */
#include "config.h"

#include <string.h>

#include "pn-bytes.h"
#include "pn-fat.h"
#include "pn-io.h"

#define SECTOR 512u
#define ENTRY 32u
#define ROOT_ENTRIES 256u /* FAT12 and 16, as rpi-make-boot-image has it */
#define LONG_UNITS 13
#define MAX_NAME 255u                                /* UTF-16 units */
#define FIXED_DATE ((2020 - 1980) << 9 | 1 << 5 | 1) /* 2020-01-01 */
#define SLACK (16u * 1024)                           /* bytes: image-preparation.md §5 */
#define MAX_CLUSTERS 0x0ffffff0u

/* A file or folder of the tree that is being laid out. */
typedef struct Node Node;
struct Node
{
  char *name;
  GBytes *content;     /* NULL = a folder */
  GPtrArray *children; /* folder: Node, in the order of the list */
  GByteArray *entries; /* folder: its content when made */
  Node *parent;
  guint8 short_name[11];
  gboolean is_short; /* the name needs no long one */
  guint32 first_cluster;
  guint32 n_clusters;
};

typedef struct
{
  const PnFatParameters *parameters;
  Node *root;
  guint bits;
  guint sectors_per_cluster;
  guint reserved; /* sectors */
  guint32 n_clusters;
  guint32 fat_sectors;
  guint32 root_sectors;
  guint64 total_sectors;
  guint32 used; /* clusters */
} Layout;

static void
node_free (Node *self)
{
  g_free (self->name);
  g_clear_pointer (&self->content, g_bytes_unref);
  g_clear_pointer (&self->children, g_ptr_array_unref);
  g_clear_pointer (&self->entries, g_byte_array_unref);
  g_free (self);
}

static Node *
folder_new (const char *name, Node *parent)
{
  Node *self = g_new0 (Node, 1);

  self->name = g_strdup (name);
  self->parent = parent;
  self->children = g_ptr_array_new_with_free_func ((GDestroyNotify) node_free);
  return self;
}

static Node *
find_child (Node *folder, const char *name)
{
  for (guint i = 0; i < folder->children->len; i++)
    {
      Node *child = folder->children->pdata[i];

      if (g_ascii_strcasecmp (child->name, name) == 0)
        return child;
    }
  return NULL;
}

static guint
count_units (const char *name)
{
  guint n = 0;

  for (const char *at = name; *at != '\0'; at = g_utf8_next_char (at))
    n += g_utf8_get_char (at) > 0xffff ? 2 : 1;
  return n;
}

/* What a long name may hold ("FAT: General Overview of On-Disk Format", long directory entries);
 * Windows drops dots and blanks at the end, so that such names would meet. */
static gboolean
name_is_possible (const char *name)
{
  gsize length = strlen (name);

  if (length == 0 || !g_utf8_validate (name, -1, NULL) || count_units (name) > MAX_NAME ||
      name[length - 1] == '.' || name[length - 1] == ' ')
    return FALSE;
  for (const char *at = name; *at != '\0'; at++)
    if ((guchar) *at < 0x20 || *at == 0x7f || strchr ("\"*/:<>?\\|", *at) != NULL)
      return FALSE;
  return TRUE;
}

static gboolean
add_file (Node *root, const PnFatFile *file, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (file->path, "/", 0);
  Node *folder = root;
  guint i;

  for (i = 0; parts[i] != NULL && parts[i + 1] != NULL; i++)
    {
      Node *next = find_child (folder, parts[i]);

      if (next == NULL && !name_is_possible (parts[i]))
        break;
      if (next == NULL)
        {
          next = folder_new (parts[i], folder);
          g_ptr_array_add (folder->children, next);
        }
      if (next->children == NULL)
        break;
      folder = next;
    }
  if (parts[i] == NULL || parts[i + 1] != NULL || !name_is_possible (parts[i]) ||
      find_child (folder, parts[i]) != NULL || g_bytes_get_size (file->content) > G_MAXUINT32)
    {
      g_autofree char *shown = g_utf8_make_valid (file->path, -1);

      pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                    "A FAT file system cannot hold the name %s, or has it already", shown);
      return FALSE;
    }
  {
    Node *node = g_new0 (Node, 1);

    node->name = g_strdup (parts[i]);
    node->content = g_bytes_ref (file->content);
    node->parent = folder;
    g_ptr_array_add (folder->children, node);
  }
  return TRUE;
}

/* ---- names ---- */

static gboolean
is_short_char (char c)
{
  return g_ascii_isupper (c) || g_ascii_isdigit (c) || strchr ("$%'-_@~`!(){}^#&", c) != NULL;
}

/* TRUE where @name is an 8.3 name as it is; fills @out. */
static gboolean
plain_short (const char *name, guint8 *out)
{
  const char *dot = strrchr (name, '.');
  gsize base = dot != NULL ? (gsize) (dot - name) : strlen (name);
  gsize extension = dot != NULL ? strlen (dot + 1) : 0;

  if (base < 1 || base > 8 || extension > 3 || (dot != NULL && extension == 0))
    return FALSE;
  memset (out, ' ', 11);
  for (gsize i = 0; i < base; i++)
    {
      if (!is_short_char (name[i]))
        return FALSE;
      out[i] = (guint8) name[i];
    }
  for (gsize i = 0; i < extension; i++)
    {
      if (!is_short_char (dot[1 + i]))
        return FALSE;
      out[8 + i] = (guint8) dot[1 + i];
    }
  return TRUE;
}

/* The short names of one folder. */
typedef struct
{
  GHashTable *taken; /* as text → NULL */
  GHashTable *next;  /* base and extension → the number to try first */
} ShortNames;

static char *
short_to_text (const guint8 *name)
{
  return g_strndup ((const char *) name, 11);
}

/* BASE~N.EXT, with the lowest N that is free. */
static void
make_short (ShortNames *names, Node *node)
{
  const char *dot = strrchr (node->name, '.');
  char base[9] = "";
  char extension[4] = "";
  g_autofree char *key = NULL;
  gsize n = 0;

  if (dot == node->name)
    dot = NULL;
  for (const char *at = node->name; *at != '\0' && at != dot && n < 8; at++)
    {
      char c = g_ascii_toupper (*at);

      if (*at != '.' && *at != ' ')
        base[n++] = is_short_char (c) ? c : '_';
    }
  n = 0;
  for (const char *at = dot != NULL ? dot + 1 : ""; *at != '\0' && n < 3; at++)
    extension[n++] = is_short_char (g_ascii_toupper (*at)) ? g_ascii_toupper (*at) : '_';
  key = g_strdup_printf ("%.6s.%s", base, extension);
  for (guint number = GPOINTER_TO_UINT (g_hash_table_lookup (names->next, key)) + 1;; number++)
    {
      g_autofree char *tail = g_strdup_printf ("~%u", number);
      gsize keep = MIN (strlen (base), 8 - strlen (tail));
      char *text;

      memset (node->short_name, ' ', 11);
      memcpy (node->short_name, base, keep);
      memcpy (node->short_name + keep, tail, strlen (tail));
      memcpy (node->short_name + 8, extension, strlen (extension));
      text = short_to_text (node->short_name);
      if (!g_hash_table_contains (names->taken, text))
        {
          g_hash_table_add (names->taken, text);
          g_hash_table_insert (names->next, g_steal_pointer (&key), GUINT_TO_POINTER (number));
          return;
        }
      g_free (text);
    }
}

/* Gives everything below @folder its short name: first those that are short as they are, so that
 * no made name takes theirs. */
static void
name_all (Node *folder)
{
  g_autoptr (GHashTable) taken = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) next = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  ShortNames names = { taken, next };

  for (guint i = 0; i < folder->children->len; i++)
    {
      Node *child = folder->children->pdata[i];

      child->is_short = plain_short (child->name, child->short_name);
      if (child->is_short)
        g_hash_table_add (taken, short_to_text (child->short_name));
    }
  for (guint i = 0; i < folder->children->len; i++)
    {
      Node *child = folder->children->pdata[i];

      if (!child->is_short)
        make_short (&names, child);
      if (child->children != NULL)
        name_all (child);
    }
}

static guint8
short_checksum (const guint8 *name)
{
  guint8 sum = 0;

  for (guint i = 0; i < 11; i++)
    sum = (guint8) (((sum & 1) << 7) + (sum >> 1) + name[i]);
  return sum;
}

static void
write_long_name (GByteArray *out, Node *node)
{
  static const guint8 places[LONG_UNITS] = { 1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30 };
  glong n_units = 0;
  g_autofree gunichar2 *units = g_utf8_to_utf16 (node->name, -1, NULL, &n_units, NULL);
  guint n_parts = ((guint) n_units + LONG_UNITS - 1) / LONG_UNITS;

  for (guint part = n_parts; units != NULL && part > 0; part--)
    {
      guint8 entry[ENTRY] = { 0 };

      entry[0] = (guint8) (part | (part == n_parts ? 0x40 : 0));
      entry[11] = 0x0f;
      entry[13] = short_checksum (node->short_name);
      for (guint i = 0; i < LONG_UNITS; i++)
        {
          glong at = (glong) (part - 1) * LONG_UNITS + i;

          pn_poke_le16 (entry + places[i], at < n_units ? units[at] : at == n_units ? 0 : 0xffff);
        }
      g_byte_array_append (out, entry, sizeof entry);
    }
}

static void
write_entry (GByteArray *out, const guint8 *name, guint8 attributes, guint32 cluster, gsize size)
{
  guint8 entry[ENTRY] = { 0 };

  memcpy (entry, name, 11);
  entry[11] = attributes;
  pn_poke_le16 (entry + 16, FIXED_DATE);
  pn_poke_le16 (entry + 18, FIXED_DATE);
  pn_poke_le16 (entry + 20, (guint16) (cluster >> 16));
  pn_poke_le16 (entry + 24, FIXED_DATE);
  pn_poke_le16 (entry + 26, (guint16) cluster);
  pn_poke_le32 (entry + 28, (guint32) size);
  g_byte_array_append (out, entry, sizeof entry);
}

static void
pad_label (const char *label, guint8 *out)
{
  gsize length = MIN (strlen (label), 11);

  memset (out, ' ', 11);
  memcpy (out, label, length);
}

/* ---- layout ---- */

/* The number of directory entries a folder's content takes. */
static guint
count_entries (Node *folder, const char *label)
{
  guint n = folder->parent != NULL ? 2 : (label != NULL ? 1 : 0);

  for (guint i = 0; i < folder->children->len; i++)
    {
      Node *child = folder->children->pdata[i];

      n++;
      if (!child->is_short)
        n += (count_units (child->name) + LONG_UNITS - 1) / LONG_UNITS;
    }
  return n;
}

/* Clusters for everything below @folder (itself too, unless it is a fixed root); gives each its
 * place from *@next on. */
static void
place (Node *folder, const Layout *layout, guint32 cluster_size, guint32 *next, gboolean fixed_root)
{
  if (!fixed_root)
    {
      gsize size = (gsize) count_entries (folder, layout->parameters->label) * ENTRY;

      folder->n_clusters = (guint32) MAX (1, (size + cluster_size - 1) / cluster_size);
      folder->first_cluster = *next;
      *next += folder->n_clusters;
    }
  for (guint i = 0; i < folder->children->len; i++)
    {
      Node *child = folder->children->pdata[i];

      if (child->children != NULL)
        place (child, layout, cluster_size, next, FALSE);
      else
        {
          gsize size = g_bytes_get_size (child->content);

          child->n_clusters = (guint32) ((size + cluster_size - 1) / cluster_size);
          child->first_cluster = child->n_clusters > 0 ? *next : 0;
          *next += child->n_clusters;
        }
    }
}

static guint32
fat_sectors (guint bits, guint32 n_clusters)
{
  guint64 size = ((guint64) n_clusters + 2) * bits;

  return (guint32) ((size + 8 * SECTOR - 1) / (8 * SECTOR));
}

/* The sectors that @bits, the clusters and their table take. */
static void
count_sectors (Layout *self)
{
  self->fat_sectors = fat_sectors (self->bits, self->n_clusters);
  self->total_sectors = self->reserved + self->root_sectors +
                        (guint64) self->parameters->n_fats * self->fat_sectors +
                        (guint64) self->n_clusters * self->sectors_per_cluster;
}

/* The layout with @bits for a given or the smallest size; FALSE where it cannot be. With @shrink a
 * given size may be used in part, for the sizes that are too large for one width and, with its
 * larger table, too small for the next. */
static gboolean
try_bits (Layout *self, guint bits, gboolean shrink)
{
  const guint32 most = bits == 12 ? 4084 : bits == 16 ? 65524 : MAX_CLUSTERS;
  guint32 cluster_size = self->sectors_per_cluster * SECTOR;
  guint32 next = 2;
  guint64 data_sectors;

  self->bits = bits;
  self->reserved = bits == 32 ? 32 : 1;
  self->root_sectors = bits == 32 ? 0 : ROOT_ENTRIES * ENTRY / SECTOR;
  if (bits != 32 && count_entries (self->root, self->parameters->label) > ROOT_ENTRIES)
    return FALSE;
  place (self->root, self, cluster_size, &next, bits != 32);
  self->used = next - 2;
  if (self->parameters->size != 0)
    {
      self->total_sectors = self->parameters->size / SECTOR;
      /* The table's length depends on the clusters, and they on it: the largest that fits. */
      self->fat_sectors = 0;
      for (guint round = 0; round < 16; round++)
        {
          guint64 overhead = self->reserved + self->root_sectors +
                             (guint64) self->parameters->n_fats * self->fat_sectors;
          guint32 needed;

          if (overhead >= self->total_sectors)
            return FALSE;
          data_sectors = self->total_sectors - overhead;
          self->n_clusters = (guint32) MIN (data_sectors / self->sectors_per_cluster, MAX_CLUSTERS);
          needed = fat_sectors (bits, self->n_clusters);
          if (needed <= self->fat_sectors)
            break;
          self->fat_sectors = needed;
        }
      if (shrink && self->n_clusters > most)
        {
          self->total_sectors -= (guint64) (self->n_clusters - most) * self->sectors_per_cluster;
          self->n_clusters = most;
        }
    }
  else
    {
      guint32 slack = (SLACK + cluster_size - 1) / cluster_size;

      self->n_clusters = self->used + slack;
      if (bits == 32)
        self->n_clusters = MAX (self->n_clusters, 65525);
      count_sectors (self);
      /* Whole KiB; a sector more may be a cluster more, which may need more table. */
      while (self->total_sectors % 2 != 0 && self->sectors_per_cluster == 1)
        {
          self->n_clusters++;
          count_sectors (self);
        }
      self->total_sectors += self->total_sectors % 2;
    }
  if (self->used > self->n_clusters)
    return FALSE;
  return bits == 12   ? self->n_clusters < 4085
         : bits == 16 ? self->n_clusters >= 4085 && self->n_clusters < 65525
                      : self->n_clusters >= 65525;
}

static gboolean
make_layout (Layout *self, GError **error)
{
  static const guint widths[] = { 12, 16, 32 };

  if (self->parameters->size / SECTOR > G_MAXUINT32)
    {
      pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                    "A FAT file system cannot be larger than 2 TiB");
      return FALSE;
    }
  self->sectors_per_cluster =
      self->parameters->sectors_per_cluster != 0 ? self->parameters->sectors_per_cluster : 1;
  for (guint i = self->parameters->force_fat32 ? 2 : 0; i < G_N_ELEMENTS (widths); i++)
    if (try_bits (self, widths[i], FALSE))
      return TRUE;
  for (guint i = 0; self->parameters->size != 0 && !self->parameters->force_fat32 && i < 2; i++)
    if (try_bits (self, widths[i], TRUE))
      return TRUE;
  pn_set_error (error, PN_ERROR_NO_SPACE,
                "The files need %s bytes, which do not fit a FAT file system of %s bytes",
                PN_NUMBER ((guint64) self->used * self->sectors_per_cluster * SECTOR),
                PN_NUMBER (self->parameters->size));
  return FALSE;
}

/* ---- bytes ---- */

static void
make_entries (Node *folder, const Layout *layout)
{
  guint8 name[11];

  folder->entries = g_byte_array_new ();
  if (folder->parent != NULL)
    {
      Node *parent = folder->parent;

      pad_label (".", name);
      write_entry (folder->entries, name, 0x10, folder->first_cluster, 0);
      pad_label ("..", name);
      write_entry (folder->entries, name, 0x10, parent->parent != NULL ? parent->first_cluster : 0,
                   0);
    }
  else if (layout->parameters->label != NULL)
    {
      pad_label (layout->parameters->label, name);
      write_entry (folder->entries, name, 0x08, 0, 0);
    }
  for (guint i = 0; i < folder->children->len; i++)
    {
      Node *child = folder->children->pdata[i];

      if (!child->is_short)
        write_long_name (folder->entries, child);
      write_entry (folder->entries, child->short_name, child->children != NULL ? 0x10 : 0x20,
                   child->first_cluster,
                   child->content != NULL ? g_bytes_get_size (child->content) : 0);
      if (child->children != NULL)
        make_entries (child, layout);
    }
}

static void
set_fat (guint8 *fat, guint bits, guint32 cluster, guint32 value)
{
  if (bits == 32)
    pn_poke_le32 (fat + 4 * (gsize) cluster, value & 0x0fffffff);
  else if (bits == 16)
    pn_poke_le16 (fat + 2 * (gsize) cluster, (guint16) value);
  else
    {
      gsize at = cluster + cluster / 2;
      guint16 pair = (guint16) (fat[at] | fat[at + 1] << 8);

      pair = (cluster & 1) != 0 ? (guint16) ((pair & 0x000f) | value << 4)
                                : (guint16) ((pair & 0xf000) | (value & 0xfff));
      pn_poke_le16 (fat + at, pair);
    }
}

static void
chain (guint8 *fat, guint bits, const Node *node)
{
  for (guint32 i = 0; i < node->n_clusters; i++)
    set_fat (fat, bits, node->first_cluster + i,
             i + 1 == node->n_clusters ? 0x0fffffff : node->first_cluster + i + 1);
}

static void
chain_all (guint8 *fat, guint bits, const Node *folder)
{
  chain (fat, bits, folder);
  for (guint i = 0; i < folder->children->len; i++)
    {
      const Node *child = folder->children->pdata[i];

      if (child->children != NULL)
        chain_all (fat, bits, child);
      else
        chain (fat, bits, child);
    }
}

static void
write_boot_sector (const Layout *layout, guint8 *at)
{
  gboolean fat32 = layout->bits == 32;
  guint tail = fat32 ? 64 : 36;

  memcpy (at, "\xeb\x58\x90mkfs.fat", 11);
  at[1] = fat32 ? 0x58 : 0x3c;
  pn_poke_le16 (at + 11, SECTOR);
  at[13] = (guint8) layout->sectors_per_cluster;
  pn_poke_le16 (at + 14, (guint16) layout->reserved);
  at[16] = (guint8) layout->parameters->n_fats;
  pn_poke_le16 (at + 17, fat32 ? 0 : ROOT_ENTRIES);
  if (!fat32 && layout->total_sectors < 65536)
    pn_poke_le16 (at + 19, (guint16) layout->total_sectors);
  else
    pn_poke_le32 (at + 32, (guint32) layout->total_sectors);
  at[21] = 0xf8;
  pn_poke_le16 (at + 24, 1); /* geometry 1/1 */
  pn_poke_le16 (at + 26, 1);
  if (fat32)
    {
      pn_poke_le32 (at + 36, layout->fat_sectors);
      pn_poke_le32 (at + 44, 2);
      pn_poke_le16 (at + 48, 1); /* FSInfo */
      pn_poke_le16 (at + 50, 6); /* backup boot sector */
    }
  else
    pn_poke_le16 (at + 22, (guint16) layout->fat_sectors);
  at[tail] = 0x80;
  at[tail + 2] = 0x29;
  pn_poke_le32 (at + tail + 3, layout->parameters->volume_id);
  pad_label (layout->parameters->label != NULL ? layout->parameters->label : "NO NAME",
             at + tail + 7);
  memcpy (at + tail + 18, fat32 ? "FAT32   " : layout->bits == 16 ? "FAT16   " : "FAT12   ", 8);
  at[510] = 0x55;
  at[511] = 0xaa;
}

static void
write_fsinfo (const Layout *layout, guint8 *at)
{
  pn_poke_le32 (at, 0x41615252);
  pn_poke_le32 (at + 484, 0x61417272);
  pn_poke_le32 (at + 488, layout->n_clusters - layout->used);
  pn_poke_le32 (at + 492, layout->used + 2);
  at[510] = 0x55;
  at[511] = 0xaa;
}

/* Reserved sectors, tables and a fixed root: everything before the clusters. */
static GByteArray *
make_head (const Layout *layout)
{
  gsize fat_size = (gsize) layout->fat_sectors * SECTOR;
  gsize fat_at = (gsize) layout->reserved * SECTOR;
  gsize size =
      fat_at + layout->parameters->n_fats * fat_size + (gsize) layout->root_sectors * SECTOR;
  GByteArray *head = g_byte_array_sized_new ((guint) size);
  guint8 *fat;

  pn_write_fill (head, 0, size);
  write_boot_sector (layout, head->data);
  if (layout->bits == 32)
    {
      write_fsinfo (layout, head->data + SECTOR);
      write_boot_sector (layout, head->data + 6 * SECTOR);
      write_fsinfo (layout, head->data + 7 * SECTOR);
    }
  fat = head->data + fat_at;
  set_fat (fat, layout->bits, 0, 0x0ffffff8);
  set_fat (fat, layout->bits, 1, 0x0fffffff);
  chain_all (fat, layout->bits, layout->root);
  if (layout->parameters->n_fats == 2)
    memcpy (fat + fat_size, fat, fat_size);
  if (layout->root_sectors > 0)
    memcpy (head->data + size - (gsize) layout->root_sectors * SECTOR, layout->root->entries->data,
            layout->root->entries->len);
  return head;
}

/* Collects bytes into runs: large files by reference where they begin on a block. */
typedef struct
{
  PnRuns *runs;
  GByteArray *pending; /* less than a block, or small pieces */
} Collector;

/* Hands on whole blocks; zeros as FILL. */
static void
flush_blocks (Collector *self, gboolean all)
{
  guint whole = self->pending->len / PN_RUN_BLOCK_SIZE * PN_RUN_BLOCK_SIZE;
  guint at = 0;

  if (all && self->pending->len > whole)
    {
      pn_write_fill (self->pending, 0, PN_RUN_BLOCK_SIZE - self->pending->len % PN_RUN_BLOCK_SIZE);
      whole = self->pending->len;
    }
  while (at < whole)
    {
      gboolean zero = pn_bytes_all (self->pending->data + at, PN_RUN_BLOCK_SIZE, 0);
      guint end = at;

      while (end < whole && pn_bytes_all (self->pending->data + end, PN_RUN_BLOCK_SIZE, 0) == zero)
        end += PN_RUN_BLOCK_SIZE;
      if (zero)
        pn_runs_append_fill (self->runs, (end - at) / PN_RUN_BLOCK_SIZE, 0);
      else
        {
          g_autoptr (GBytes) bytes = g_bytes_new (self->pending->data + at, end - at);

          pn_runs_append_bytes (self->runs, bytes);
        }
      at = end;
    }
  if (whole > 0)
    g_byte_array_remove_range (self->pending, 0, whole);
}

static void
collect (Collector *self, const guint8 *data, gsize size, gsize padded)
{
  g_byte_array_append (self->pending, data, (guint) size);
  pn_write_fill (self->pending, 0, padded - size);
  if (self->pending->len >= 1024 * 1024)
    flush_blocks (self, FALSE);
}

static void
collect_file (Collector *self, GBytes *content, gsize padded)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (content, &size);
  gsize lead = (PN_RUN_BLOCK_SIZE - self->pending->len % PN_RUN_BLOCK_SIZE) % PN_RUN_BLOCK_SIZE;
  gsize whole;

  if (size < lead + 16 * PN_RUN_BLOCK_SIZE)
    {
      collect (self, data, size, padded);
      return;
    }
  collect (self, data, lead, lead);
  flush_blocks (self, FALSE);
  whole = (size - lead) / PN_RUN_BLOCK_SIZE * PN_RUN_BLOCK_SIZE;
  {
    PnRun run = { .kind = PN_RUN_DATA,
                  .n_blocks = whole / PN_RUN_BLOCK_SIZE,
                  .fd = -1,
                  .bytes = content,
                  .source_offset = lead };

    pn_runs_append_run (self->runs, &run);
  }
  collect (self, data + lead + whole, size - lead - whole, padded - lead - whole);
}

static void
collect_tree (Collector *self, const Layout *layout, Node *folder, gboolean fixed_root)
{
  gsize cluster = (gsize) layout->sectors_per_cluster * SECTOR;

  if (!fixed_root)
    collect (self, folder->entries->data, folder->entries->len, folder->n_clusters * cluster);
  for (guint i = 0; i < folder->children->len; i++)
    {
      Node *child = folder->children->pdata[i];

      if (child->children != NULL)
        collect_tree (self, layout, child, FALSE);
      else if (child->n_clusters > 0)
        collect_file (self, child->content, child->n_clusters * cluster);
    }
}

PnRuns *
pn_fat_build (GPtrArray *files, const PnFatParameters *parameters, GError **error)
{
  Layout layout = { .parameters = parameters };
  g_autoptr (PnRuns) runs = pn_runs_new ();
  g_autoptr (GByteArray) head = NULL;
  Collector collector = { runs, NULL };
  Node *root = folder_new ("", NULL);
  gboolean fine = TRUE;
  guint64 n_blocks;

  for (guint i = 0; i < files->len && fine; i++)
    fine = add_file (root, files->pdata[i], error);
  name_all (root);
  layout.root = root;
  if (fine && make_layout (&layout, error))
    {
      make_entries (root, &layout);
      head = make_head (&layout);
      collector.pending = g_byte_array_new ();
      collect (&collector, head->data, head->len, head->len);
      collect_tree (&collector, &layout, root, layout.bits != 32);
      flush_blocks (&collector, TRUE);
      g_byte_array_unref (collector.pending);
      n_blocks = (layout.total_sectors * SECTOR + PN_RUN_BLOCK_SIZE - 1) / PN_RUN_BLOCK_SIZE;
      if (pn_runs_get_n_blocks (runs) < n_blocks)
        pn_runs_append_skip (runs, n_blocks - pn_runs_get_n_blocks (runs));
    }
  else
    fine = FALSE;
  node_free (root);
  return fine ? g_steal_pointer (&runs) : NULL;
}

GBytes *
pn_fat_build_bytes (GPtrArray *files, const PnFatParameters *parameters, GError **error)
{
  g_autoptr (PnRuns) runs = pn_fat_build (files, parameters, error);
  g_autofree guint8 *data = NULL;
  gsize size;

  if (runs == NULL)
    return NULL;
  size = (gsize) pn_runs_get_n_blocks (runs) * PN_RUN_BLOCK_SIZE;
  data = g_malloc (size);
  if (!pn_runs_read (runs, 0, data, size, error))
    return NULL;
  return g_bytes_new_take (g_steal_pointer (&data), size);
}
