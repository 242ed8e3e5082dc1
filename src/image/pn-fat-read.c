/* SPDX-License-Identifier: GPL-3.0-or-later */
/* FAT12, 16 and 32, read with distrust. Source of the format: Microsoft's "FAT: General Overview of
 * On-Disk Format" 1.03. */
#include "config.h"

#include <string.h>

#include "pn-bytes.h"
#include "pn-fat.h"
#include "pn-io.h"

#define MAX_FILES 20000
#define MAX_DEPTH 16
#define MAX_FOLDER (16u * 1024 * 1024)  /* bytes of one folder */
#define MAX_FOLDERS (64u * 1024 * 1024) /* bytes of all: they may point at each other */
#define MAX_FAT (256u * 1024 * 1024)    /* bytes of the table */
#define ENTRY 32
#define ATTRIBUTE_FOLDER 0x10
#define ATTRIBUTE_LABEL 0x08
#define ATTRIBUTE_LONG 0x0f
#define LONG_UNITS 13

struct _PnFat
{
  PnReadFunc read;
  gpointer user_data;
  guint64 size;
  guint bits;
  guint sector, cluster; /* bytes */
  guint64 fat_at, root_at, data_at;
  guint64 fat_size, root_size;
  guint32 n_clusters;
  guint32 root_cluster; /* FAT32 */
  guint8 *fat;
  char label[12];
  guint32 volume_id;
};

PnFatFile *
pn_fat_file_new (const char *path, GBytes *content)
{
  PnFatFile *self = g_new0 (PnFatFile, 1);

  self->path = g_strdup (path);
  self->content = g_bytes_ref (content);
  self->mtime = -1;
  return self;
}

void
pn_fat_file_free (PnFatFile *self)
{
  g_free (self->path);
  g_bytes_unref (self->content);
  g_free (self);
}

static gboolean
parse_boot_sector (PnFat *self, const guint8 *at, GError **error)
{
  guint reserved = pn_peek_le16 (at + 14);
  guint n_fats = at[16];
  guint root_entries = pn_peek_le16 (at + 17);
  guint64 sectors = pn_peek_le16 (at + 19) != 0 ? pn_peek_le16 (at + 19) : pn_peek_le32 (at + 32);
  guint64 fat_sectors =
      pn_peek_le16 (at + 22) != 0 ? pn_peek_le16 (at + 22) : pn_peek_le32 (at + 36);
  guint64 data_sectors;

  self->sector = pn_peek_le16 (at + 11);
  if (at[510] != 0x55 || at[511] != 0xaa || (self->sector != 512 && self->sector != 4096) ||
      at[13] == 0 || (at[13] & (at[13] - 1)) != 0 || n_fats < 1 || n_fats > 2 || reserved == 0 ||
      fat_sectors == 0)
    return pn_set_error (error, PN_ERROR_INVALID_DATA, "It is not a FAT file system");
  self->cluster = self->sector * at[13];
  if (sectors * self->sector > self->size)
    return pn_set_error (error, PN_ERROR_INVALID_DATA,
                         "The FAT file system is larger than its partition: it was cut off");
  self->fat_at = (guint64) reserved * self->sector;
  self->fat_size = fat_sectors * self->sector;
  self->root_at = self->fat_at + n_fats * self->fat_size;
  self->root_size =
      ((guint64) root_entries * ENTRY + self->sector - 1) / self->sector * self->sector;
  self->data_at = self->root_at + self->root_size;
  if (self->data_at >= sectors * self->sector || self->fat_size > MAX_FAT)
    return pn_set_error (error, PN_ERROR_INVALID_DATA,
                         "The FAT file system's numbers do not fit together");
  data_sectors = sectors - self->data_at / self->sector;
  self->n_clusters = (guint32) (data_sectors * self->sector / self->cluster);
  /* As Linux tells them: mkfs.fat -F 32 makes FAT32 of fewer clusters than the specification has.
   */
  self->bits = pn_peek_le16 (at + 22) == 0 ? 32 : self->n_clusters < 4085 ? 12 : 16;
  if (self->bits == 32)
    self->root_cluster = pn_peek_le32 (at + 44);
  if ((guint64) (self->n_clusters + 2) * self->bits > self->fat_size * 8)
    return pn_set_error (error, PN_ERROR_INVALID_DATA,
                         "The FAT file system's table is too small for its clusters");
  memcpy (self->label, at + (self->bits == 32 ? 71 : 43), 11);
  g_strchomp (self->label);
  self->volume_id = pn_peek_le32 (at + (self->bits == 32 ? 67 : 39));
  return TRUE;
}

PnFat *
pn_fat_open (PnReadFunc read, gpointer user_data, guint64 size, GError **error)
{
  g_autoptr (PnFat) self = g_new0 (PnFat, 1);
  guint8 sector[512];

  self->read = read;
  self->user_data = user_data;
  self->size = size;
  if (size < sizeof sector || !read (user_data, 0, sector, sizeof sector, error) ||
      !parse_boot_sector (self, sector, error))
    {
      if (error != NULL && *error == NULL)
        pn_set_error (error, PN_ERROR_INVALID_DATA, "It is not a FAT file system");
      return NULL;
    }
  self->fat = g_malloc (self->fat_size);
  if (!read (user_data, self->fat_at, self->fat, self->fat_size, error))
    return NULL;
  return g_steal_pointer (&self);
}

typedef struct
{
  int fd;
  guint64 offset;
} Part;

static gboolean
read_part (gpointer user_data, guint64 offset, void *buffer, gsize size, GError **error)
{
  Part *part = user_data;

  return pn_pread_all (part->fd, buffer, size, (goffset) (part->offset + offset), error);
}

PnFat *
pn_fat_open_fd (int fd, guint64 offset, guint64 size, GError **error)
{
  Part *part = g_new (Part, 1);

  *part = (Part){ fd, offset };
  return pn_fat_open (read_part, part, size, error); /* its pn_fat_free () frees the part */
}

void
pn_fat_free (PnFat *self)
{
  if (self->read == read_part)
    g_free (self->user_data);
  g_free (self->fat);
  g_free (self);
}

guint32
pn_fat_get_volume_id (PnFat *self)
{
  return self->volume_id;
}

char *
pn_fat_get_label (PnFat *self)
{
  return g_utf8_make_valid (self->label, -1);
}

guint
pn_fat_get_bits (PnFat *self)
{
  return self->bits;
}

static guint32
next_cluster (PnFat *self, guint32 cluster)
{
  if (self->bits == 32)
    return pn_peek_le32 (self->fat + 4 * (gsize) cluster) & 0x0fffffff;
  if (self->bits == 16)
    return pn_peek_le16 (self->fat + 2 * (gsize) cluster);
  {
    gsize at = cluster + cluster / 2;
    guint16 pair = (guint16) (self->fat[at] | self->fat[at + 1] << 8);

    return (cluster & 1) != 0 ? pair >> 4 : pair & 0xfff;
  }
}

static gboolean
is_data (PnFat *self, guint32 cluster)
{
  return cluster >= 2 && cluster < self->n_clusters + 2;
}

/* The content of a chain: @size bytes, or all of it with G_MAXUINT64 (a folder). */
static GBytes *
read_chain (PnFat *self, guint32 cluster, guint64 size, guint64 max, GError **error)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  guint64 left = size;
  guint32 steps = 0;

  while (left > 0 && is_data (self, cluster))
    {
      gsize count = (gsize) MIN (left, self->cluster);
      guint old = out->len;

      if (steps++ > self->n_clusters)
        return pn_set_error (error, PN_ERROR_INVALID_DATA,
                             "The FAT file system has a chain that goes in circles"),
               NULL;
      if (out->len + count > max)
        {
          pn_set_error (error, PN_ERROR_NO_SPACE,
                        "The FAT file system's files are larger than is accepted");
          return NULL;
        }
      g_byte_array_set_size (out, (guint) (old + count));
      if (!self->read (self->user_data, self->data_at + (guint64) (cluster - 2) * self->cluster,
                       out->data + old, count, error))
        return NULL;
      left -= count;
      cluster = next_cluster (self, cluster);
    }
  if (size != G_MAXUINT64 && left > 0)
    return pn_set_error (error, PN_ERROR_INVALID_DATA,
                         "A file of the FAT file system is shorter than it says"),
           NULL;
  return g_byte_array_free_to_bytes (g_steal_pointer (&out));
}

/* Joins the entries of a long name as they come, last part first. */
typedef struct
{
  gunichar2 units[20 * LONG_UNITS + 1];
  guint expected; /* order number of the part that has to come next; 0 = complete or none */
  guint8 checksum;
  gboolean valid;
} LongName;

static void
add_long_part (LongName *self, const guint8 *entry)
{
  static const guint8 places[LONG_UNITS] = { 1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30 };
  guint order = entry[0] & 0x3f;

  if ((entry[0] & 0x40) != 0)
    {
      memset (self, 0, sizeof *self);
      self->expected = order;
      self->checksum = entry[13];
      self->valid = order >= 1 && order <= 20;
    }
  if (!self->valid || order != self->expected || order == 0 || entry[13] != self->checksum)
    {
      self->valid = FALSE;
      return;
    }
  for (guint i = 0; i < LONG_UNITS; i++)
    self->units[(order - 1) * LONG_UNITS + i] = pn_peek_le16 (entry + places[i]);
  self->expected--;
}

static guint8
short_checksum (const guint8 *name)
{
  guint8 sum = 0;

  for (guint i = 0; i < 11; i++)
    sum = (guint8) (((sum & 1) << 7) + (sum >> 1) + name[i]);
  return sum;
}

static char *
short_name (const guint8 *entry)
{
  g_autofree char *base = g_strndup ((const char *) entry, 8);
  g_autofree char *extension = g_strndup ((const char *) entry + 8, 3);
  char *name;

  g_strchomp (base);
  g_strchomp (extension);
  name = extension[0] != '\0' ? g_strconcat (base, ".", extension, NULL) : g_strdup (base);
  for (char *at = name; *at != '\0'; at++)
    if ((guchar) *at >= 0x80)
      *at = '_';
  return name;
}

static char *
entry_name (LongName *long_name, const guint8 *entry)
{
  char *name = NULL;

  if (long_name->valid && long_name->expected == 0 && long_name->checksum == short_checksum (entry))
    name = g_utf16_to_utf8 (long_name->units, -1, NULL, NULL, NULL);
  long_name->valid = FALSE;
  if (name == NULL)
    {
      char *plain = short_name (entry);
      char *dot = strrchr (plain, '.');

      /* Bits 3 and 4 of byte 12: lower case, as Windows NT writes them. */
      if ((entry[12] & 0x08) != 0)
        for (char *at = plain; *at != '\0' && at != dot; at++)
          *at = g_ascii_tolower (*at);
      if ((entry[12] & 0x10) != 0 && dot != NULL)
        for (char *at = dot; *at != '\0'; at++)
          *at = g_ascii_tolower (*at);
      name = plain;
    }
  return name;
}

static gboolean
name_is_safe (const char *name)
{
  return name[0] != '\0' && strchr (name, '/') == NULL && !g_str_equal (name, ".") &&
         !g_str_equal (name, "..");
}

typedef struct
{
  GPtrArray *files;     /* PnFatFile; names for a list */
  guint64 left;         /* bytes of files that may still be read */
  guint64 folders_left; /* bytes of folders */
  const char *only;     /* the one path wanted; NULL = all */
  gboolean list;        /* only the names, and only in the top folder */
} Walk;

/* FALSE where @path is not wanted and, for a folder, nothing below it either. */
static gboolean
is_wanted (const Walk *walk, const char *path, gboolean folder)
{
  gsize length = strlen (path);

  if (walk->only == NULL)
    return TRUE;
  if (folder)
    return g_ascii_strncasecmp (walk->only, path, length) == 0 && walk->only[length] == '/';
  return g_ascii_strcasecmp (walk->only, path) == 0;
}

static gboolean read_folder (
    PnFat *self, GBytes *content, const char *prefix, guint depth, Walk *walk, GError **error);

static gboolean
read_entry (PnFat *self,
            const guint8 *entry,
            const char *name,
            const char *prefix,
            guint depth,
            Walk *walk,
            GError **error)
{
  guint32 cluster = pn_peek_le16 (entry + 26);
  g_autofree char *path = g_strconcat (prefix, name, NULL);
  gboolean folder = (entry[11] & ATTRIBUTE_FOLDER) != 0;
  g_autoptr (GBytes) content = NULL;

  if (!is_wanted (walk, path, folder))
    return TRUE;
  if (walk->list)
    {
      if (walk->files->len < MAX_FILES)
        g_ptr_array_add (walk->files, g_steal_pointer (&path));
      return TRUE;
    }
  if (self->bits == 32)
    cluster |= (guint32) pn_peek_le16 (entry + 20) << 16;
  content = read_chain (self, cluster, folder ? G_MAXUINT64 : pn_peek_le32 (entry + 28),
                        folder ? MIN (MAX_FOLDER, walk->folders_left) : walk->left, error);
  if (content == NULL)
    {
      g_prefix_error (error, "%s: ", path);
      return FALSE;
    }
  if (folder)
    {
      g_autofree char *below = g_strconcat (path, "/", NULL);

      walk->folders_left -= g_bytes_get_size (content);
      return read_folder (self, content, below, depth + 1, walk, error);
    }
  if (walk->files->len == MAX_FILES)
    return pn_set_error (error, PN_ERROR_INVALID_DATA, "The FAT file system has more than %s files",
                         PN_NUMBER (MAX_FILES));
  walk->left -= g_bytes_get_size (content);
  g_ptr_array_add (walk->files, pn_fat_file_new (path, content));
  return TRUE;
}

static gboolean
read_folder (
    PnFat *self, GBytes *content, const char *prefix, guint depth, Walk *walk, GError **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (content, &size);
  LongName long_name = { .valid = FALSE };

  if (depth > MAX_DEPTH)
    return pn_set_error (error, PN_ERROR_INVALID_DATA,
                         "The FAT file system's folders are too deep");
  for (gsize at = 0; at + ENTRY <= size && data[at] != 0; at += ENTRY)
    {
      const guint8 *entry = data + at;
      g_autofree char *name = NULL;

      if (entry[0] == 0xe5)
        long_name.valid = FALSE;
      else if ((entry[11] & 0x3f) == ATTRIBUTE_LONG)
        add_long_part (&long_name, entry);
      else if ((entry[11] & ATTRIBUTE_LABEL) != 0)
        {
          if (depth == 0)
            {
              memcpy (self->label, entry, 11);
              g_strchomp (self->label);
            }
        }
      else
        {
          name = entry_name (&long_name, entry);
          if (name_is_safe (name) && !read_entry (self, entry, name, prefix, depth, walk, error))
            return FALSE;
        }
    }
  return TRUE;
}

static GBytes *
read_root (PnFat *self, GError **error)
{
  g_autofree guint8 *data = NULL;

  if (self->bits == 32)
    return read_chain (self, self->root_cluster, G_MAXUINT64, MAX_FOLDER, error);
  data = g_malloc (self->root_size);
  if (!self->read (self->user_data, self->root_at, data, self->root_size, error))
    return NULL;
  return g_bytes_new_take (g_steal_pointer (&data), self->root_size);
}

GPtrArray *
pn_fat_read_all (PnFat *self, guint64 max_total, GError **error)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func ((GDestroyNotify) pn_fat_file_free);
  g_autoptr (GBytes) root = read_root (self, error);
  Walk walk = { files, max_total, MAX_FOLDERS, NULL, FALSE };

  if (root == NULL || !read_folder (self, root, "", 0, &walk, error))
    return NULL;
  return g_steal_pointer (&files);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

char **
pn_fat_list (PnFat *self, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GBytes) root = read_root (self, error);
  Walk walk = { names, 0, 0, NULL, TRUE };

  if (root == NULL || !read_folder (self, root, "", 0, &walk, error))
    return NULL;
  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);
  g_ptr_array_set_free_func (names, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&names), FALSE);
}

GBytes *
pn_fat_read_file (PnFat *self, const char *path, gsize max, GError **error)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func ((GDestroyNotify) pn_fat_file_free);
  g_autoptr (GBytes) root = read_root (self, error);
  Walk walk = { files, max, MAX_FOLDERS, path, FALSE };

  if (root == NULL || !read_folder (self, root, "", 0, &walk, error))
    return NULL;
  if (files->len > 0)
    return g_bytes_ref (((PnFatFile *) files->pdata[0])->content);
  pn_set_error (error, PN_ERROR_NOT_FOUND, "There is no %s", path);
  return NULL;
}

/* TRUE where the block from byte @at on touches anything that is in use. */
static gboolean
block_is_used (PnFat *self, guint64 at)
{
  guint64 end = at + PN_RUN_BLOCK_SIZE;
  guint64 first, last;

  if (at < self->data_at)
    return TRUE;
  first = (at - self->data_at) / self->cluster + 2;
  last = (end - 1 - self->data_at) / self->cluster + 2;
  for (guint64 cluster = first; cluster <= last && cluster < self->n_clusters + 2; cluster++)
    if (next_cluster (self, (guint32) cluster) != 0)
      return TRUE;
  return FALSE;
}

PnRuns *
pn_fat_used_runs (PnFat *self, int fd, guint64 offset, GError **error)
{
  g_autoptr (PnRuns) runs = pn_runs_new ();
  g_autofree guint8 *block = g_malloc (PN_RUN_BLOCK_SIZE);

  for (guint64 at = 0; at < self->size; at += PN_RUN_BLOCK_SIZE)
    {
      gsize count = (gsize) MIN (PN_RUN_BLOCK_SIZE, self->size - at);

      if (!block_is_used (self, at))
        {
          pn_runs_append_skip (runs, 1);
          continue;
        }
      if (!self->read (self->user_data, at, block, count, error))
        return NULL;
      if (pn_bytes_all (block, count, 0))
        pn_runs_append_fill (runs, 1, 0);
      else if (count < PN_RUN_BLOCK_SIZE)
        {
          g_autoptr (GBytes) tail = g_bytes_new (block, count);

          /* What lies behind the partition is not ours to copy. */
          pn_runs_append_bytes (runs, tail);
        }
      else
        pn_runs_append_fd (runs, 1, fd, offset + at);
    }
  return g_steal_pointer (&runs);
}
