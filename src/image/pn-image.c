/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-image.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "pn-bytes.h"
#include "pn-content.h"
#include "pn-io.h"

#define MIB (1024 * 1024)
#define MAX_OS_RELEASE 65536

/* How the file looked when it was opened. */
typedef struct
{
  PnImage image;
  struct stat status;
} Opened;

static gboolean
check_container (int fd, guint64 size, GError **error)
{
  guint8 start[PN_CONTENT_SIZE];
  gsize count = (gsize) MIN (size, sizeof start);
  g_autofree char *part = NULL;
  const char *what;
  PnContent content;

  if (size == 0)
    return pn_set_error (error, PN_ERROR_INVALID_DATA, "The image is empty");
  if (!pn_pread_all (fd, start, count, 0, error))
    return FALSE;
  content = pn_content_recognise (start, count, &what);
  part = what != NULL ? pn_sentence_part (what) : NULL;
  switch (content)
    {
    case PN_CONTENT_UNKNOWN:
      return TRUE;
    case PN_CONTENT_PACKED:
    case PN_CONTENT_CONVERTIBLE:
      return pn_set_error (
          error, PN_ERROR_NOT_SUPPORTED,
          "It is %s, but a plain disk image (.img) is needed: unpack or convert it "
          "first",
          part);
    case PN_CONTENT_DESCRIPTION:
    case PN_CONTENT_KEY:
    case PN_CONTENT_RECIPE:
    case PN_CONTENT_OTHER:
    default:
      return pn_set_error (error, PN_ERROR_NOT_SUPPORTED,
                           "It is %s, but a plain disk image (.img) is needed", part);
    }
}

static gboolean
is_ext4 (int fd, const PnPartition *partition)
{
  guint8 magic[2];

  return partition->size > 2048 &&
         pn_pread_all (fd, magic, 2, (goffset) partition->offset + 1024 + 56, NULL) &&
         pn_peek_le16 (magic) == 0xef53;
}

static gboolean
is_boot (int fd, const PnPartition *partition)
{
  g_autoptr (PnFat) fat = pn_fat_open_fd (fd, partition->offset, partition->size, NULL);
  g_autoptr (GBytes) config = NULL;

  if (fat == NULL)
    return FALSE;
  config = pn_fat_read_file (fat, "config.txt", MIB, NULL);
  return config != NULL;
}

static gboolean
find_partitions (PnImage *self, GError **error)
{
  guint n_boot = 0;
  guint n_root = 0;

  for (guint i = 0; i < self->table->partitions->len; i++)
    {
      const PnPartition *partition = self->table->partitions->pdata[i];

      if (is_ext4 (self->fd, partition))
        {
          self->root = partition;
          n_root++;
        }
      else if (is_boot (self->fd, partition))
        {
          self->boot = partition;
          n_boot++;
        }
    }
  if (n_boot == 0)
    return pn_set_error (
        error, PN_ERROR_NOT_SUPPORTED,
        "The image has no boot partition: none of its partitions is FAT with a config.txt");
  if (n_root == 0)
    return pn_set_error (
        error, PN_ERROR_NOT_SUPPORTED,
        "The image has no root partition that is supported: none of its partitions is ext4");
  if (n_boot > 1 || n_root > 1)
    return pn_set_error (error, PN_ERROR_NOT_SUPPORTED,
                         "The image has %s boot and %s root partitions, but one of each is needed",
                         PN_NUMBER (n_boot), PN_NUMBER (n_root));
  return TRUE;
}

static char *
pretty_name (GBytes *text)
{
  g_autofree char *string = g_strndup (g_bytes_get_data (text, NULL), g_bytes_get_size (text));
  g_auto (GStrv) lines = g_strsplit (string, "\n", 0);

  for (guint i = 0; lines[i] != NULL; i++)
    if (g_str_has_prefix (lines[i], "PRETTY_NAME="))
      return g_shell_unquote (lines[i] + strlen ("PRETTY_NAME="), NULL);
  return NULL;
}

static gboolean
look_at_root (PnImage *self, gboolean check, GError **error)
{
  g_autoptr (PnExt4) root =
      pn_ext4_open (self->fd, self->root->offset, self->root->size, check, error);
  g_autoptr (GBytes) text = NULL;

  if (root == NULL)
    return FALSE;
  if (!pn_ext4_exists (root, "/etc"))
    return pn_set_error (error, PN_ERROR_NOT_SUPPORTED,
                         "The image's ext4 partition is no root file system: it has no /etc");
  text = pn_ext4_read_file (root, "/etc/os-release", MAX_OS_RELEASE, NULL);
  if (text != NULL)
    self->os_release = pretty_name (text);
  return TRUE;
}

PnImage *
pn_image_open_fd (int fd, gboolean check, GError **error)
{
  Opened *opened = g_new0 (Opened, 1);
  g_autoptr (PnImage) self = &opened->image;
  goffset size;

  self->fd = fcntl (fd, F_DUPFD_CLOEXEC, 0);
  size = pn_file_size (self->fd, error);
  if (size < 0)
    return NULL;
  self->size = (guint64) size;
  (void) fstat (self->fd, &opened->status);
  if (!check_container (self->fd, self->size, error) ||
      (self->table = pn_partition_table_read_fd (self->fd, error)) == NULL ||
      !find_partitions (self, error) || !look_at_root (self, check, error))
    return NULL;
  return g_steal_pointer (&self);
}

PnImage *
pn_image_open (const char *path, gboolean check, GError **error)
{
  g_auto (PnFd) fd = pn_open (path, O_RDONLY, error);
  PnImage *self;

  if (fd < 0)
    return NULL;
  self = pn_image_open_fd (fd, check, error);
  if (self == NULL)
    g_prefix_error (error, "%s: ", path);
  return self;
}

void
pn_image_free (PnImage *self)
{
  if (self->fd >= 0)
    pn_fd_close (self->fd);
  g_clear_pointer (&self->table, pn_partition_table_free);
  g_free (self->os_release);
  g_free (self);
}

gboolean
pn_image_check_unchanged (PnImage *self, GError **error)
{
  const struct stat *before = &((Opened *) self)->status;
  struct stat now;

  if (fstat (self->fd, &now) == 0 && now.st_size == before->st_size &&
      now.st_mtim.tv_sec == before->st_mtim.tv_sec &&
      now.st_mtim.tv_nsec == before->st_mtim.tv_nsec &&
      now.st_ctim.tv_sec == before->st_ctim.tv_sec &&
      now.st_ctim.tv_nsec == before->st_ctim.tv_nsec)
    return TRUE;
  return pn_set_error (error, PN_ERROR_STALE, "The image changed while it was read");
}

/* @size bytes from @offset that must be written whatever they are. */
static gboolean
append_raw (PnImage *self, PnRuns *runs, guint64 offset, guint64 size, GError **error)
{
  guint8 block[PN_RUN_BLOCK_SIZE];

  for (guint64 at = offset; at < offset + size; at += sizeof block)
    {
      gsize count = (gsize) MIN (sizeof block, self->size - at);

      memset (block, 0, sizeof block);
      if (!pn_pread_all (self->fd, block, count, (goffset) at, error))
        return FALSE;
      if (pn_bytes_all (block, sizeof block, 0))
        pn_runs_append_fill (runs, 1, 0);
      else
        pn_runs_append_fd (runs, 1, self->fd, at);
    }
  return TRUE;
}

static PnRuns *
partition_runs (PnImage *self, const PnPartition *partition, GError **error)
{
  g_autoptr (PnRuns) runs = NULL;

  if (partition == self->root)
    {
      g_autoptr (PnExt4) root =
          pn_ext4_open (self->fd, partition->offset, partition->size, FALSE, error);

      return root != NULL ? pn_ext4_used_runs (root, error) : NULL;
    }
  if (partition == self->boot)
    {
      g_autoptr (PnFat) fat = pn_fat_open_fd (self->fd, partition->offset, partition->size, error);

      return fat != NULL ? pn_fat_used_runs (fat, self->fd, partition->offset, error) : NULL;
    }
  runs = pn_runs_new ();
  return append_raw (self, runs, partition->offset, partition->size, error)
             ? g_steal_pointer (&runs)
             : NULL;
}

/* The first MiB is written whole: what is not used there may be the superblock of what was on the
 * disk before (workflows.md H-1). */
static PnRuns *
with_clean_start (PnRuns *list)
{
  g_autoptr (PnRuns) zeros = pn_runs_new ();

  pn_runs_append_fill (zeros, MIN (MIB / PN_RUN_BLOCK_SIZE, pn_runs_get_n_blocks (list)), 0);
  return pn_runs_overlay (zeros, list);
}

static void
append_list (PnRuns *runs, PnRuns *list)
{
  guint n;
  const PnRun *all = pn_runs_get (list, &n);

  for (guint i = 0; i < n; i++)
    pn_runs_append_run (runs, &all[i]);
}

PnRuns *
pn_image_disk_runs (PnImage *self, PnRuns *boot, PnRuns *root, GError **error)
{
  g_autoptr (PnRuns) runs = pn_runs_new ();
  guint64 n_blocks = (self->size + PN_RUN_BLOCK_SIZE - 1) / PN_RUN_BLOCK_SIZE;
  const PnPartition *first = self->table->partitions->pdata[0];
  guint64 head = MIN (first->offset, MIB);

  /* The table, and what a boot loader may have put behind it. */
  if (!append_raw (self, runs, 0, head, error))
    return NULL;
  for (guint i = 0; i < self->table->partitions->len; i++)
    {
      const PnPartition *partition = self->table->partitions->pdata[i];
      PnRuns *instead = partition == self->boot ? boot : partition == self->root ? root : NULL;
      g_autoptr (PnRuns) list = NULL;
      g_autoptr (PnRuns) clean = NULL;
      guint64 at = partition->offset / PN_RUN_BLOCK_SIZE;

      if (partition->offset % PN_RUN_BLOCK_SIZE != 0)
        return pn_set_error (error, PN_ERROR_NOT_SUPPORTED,
                             "Partition %s does not begin on a boundary of 4096 bytes",
                             PN_NUMBER (partition->number)),
               NULL;
      if (at > pn_runs_get_n_blocks (runs))
        pn_runs_append_skip (runs, at - pn_runs_get_n_blocks (runs));
      list = instead == NULL ? partition_runs (self, partition, error) : NULL;
      if (list == NULL && instead == NULL)
        return NULL;
      clean = with_clean_start (instead != NULL ? instead : list);
      append_list (runs, clean);
    }
  if (self->table->kind == PN_TABLE_GPT && n_blocks > pn_runs_get_n_blocks (runs))
    {
      guint64 tail = MIN (n_blocks - pn_runs_get_n_blocks (runs), MIB / PN_RUN_BLOCK_SIZE);

      pn_runs_append_skip (runs, n_blocks - tail - pn_runs_get_n_blocks (runs));
      if (!append_raw (self, runs, (n_blocks - tail) * PN_RUN_BLOCK_SIZE, tail * PN_RUN_BLOCK_SIZE,
                       error))
        return NULL;
    }
  if (n_blocks > pn_runs_get_n_blocks (runs))
    pn_runs_append_skip (runs, n_blocks - pn_runs_get_n_blocks (runs));
  return g_steal_pointer (&runs);
}
