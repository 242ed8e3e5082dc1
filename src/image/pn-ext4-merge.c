/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The way back from a tree of files to the file system that it came from. Only names, contents,
 * owners and modes that differ are written, in the order of their names: what comes out depends on
 * what the tree is, not on how it became so. */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "pn-ext4-tree-private.h"
#include "pn-fake-owners.h"
#include "pn-io.h"

#define CHUNK (64 * 1024) /* bytes */
#define MAX_LINK 4096     /* bytes of a symbolic link's target */

typedef struct
{
  PnExt4Tree *tree;
  PnExt4 *fs;
  GHashTable *owners; /* inode on the disk → PnFakeOwner */
  GArray *dropped;    /* ext2_ino_t of what lost a name */
  GString *path;      /* of what is being looked at */
  GCancellable *cancellable;
} Merging;

static gboolean
failed (Merging *self, errcode_t result, GError **error)
{
  const char *path = self->path->len > 0 ? self->path->str : "/";

  if (result == EXT2_ET_BLOCK_ALLOC_FAIL || result == EXT2_ET_INODE_ALLOC_FAIL)
    return pn_set_error (error, PN_ERROR_NO_SPACE,
                         "What the hook put into the root file system does not fit into it (at "
                         "%s): make the image larger, or put in less",
                         path);
  if (result == EXT2_ET_NO_MEMORY)
    return pn_set_error (error, PN_ERROR_NO_SPACE,
                         "The hook changed more than 1 GiB of the root file system (at %s): put "
                         "that much into the image itself",
                         path);
  return pn_set_error (error, PN_ERROR_FAILED, "Cannot change %s in the root file system: %s", path,
                       error_message (result));
}

static gboolean
failed_here (Merging *self, GError **error)
{
  pn_set_error_from_errno (error, errno, "Cannot read what the hook left at %s", self->path->str);
  return FALSE;
}

/* What something on the disk is, as those who worked on it saw it. */
static PnFakeOwner
get_owner (Merging *self, const struct stat *status)
{
  guint64 inode = status->st_ino;
  const PnFakeOwner *told = g_hash_table_lookup (self->owners, &inode);
  PnFakeOwner owner = { .inode = inode, .mode = status->st_mode };

  if (told == NULL)
    return owner;
  owner = *told;
  /* Only a file can be something else than it is on the disk. */
  if (!S_ISREG (status->st_mode) || S_ISDIR (told->mode) || S_ISLNK (told->mode))
    owner.mode = (status->st_mode & S_IFMT) | (told->mode & 07777);
  return owner;
}

/* ---- names that are gone ---- */

static errcode_t drop_entry (Merging *self, ext2_ino_t folder, const PnExt4Entry *entry);

static errcode_t
drop_content (Merging *self, ext2_ino_t folder)
{
  errcode_t result;
  g_autoptr (GPtrArray) entries = pn_ext4_list_entries (self->fs, folder, &result);

  for (guint i = 0; result == 0 && i < entries->len; i++)
    result = drop_entry (self, folder, entries->pdata[i]);
  return result;
}

static errcode_t
drop_entry (Merging *self, ext2_ino_t folder, const PnExt4Entry *entry)
{
  struct ext2_inode inode;
  errcode_t result = ext2fs_read_inode (self->fs->fs, entry->number, &inode);

  if (result == 0 && LINUX_S_ISDIR (inode.i_mode))
    result = drop_content (self, entry->number);
  if (result == 0)
    result = pn_ext4_unlink (self->fs, folder, entry->name, entry->number);
  g_array_append_val (self->dropped, entry->number);
  return result;
}

/* ---- contents ---- */

static gboolean
is_same_content (Merging *self, ext2_file_t file, int fd, gboolean *same, GError **error)
{
  g_autofree guint8 *ours = g_malloc (CHUNK);
  g_autofree guint8 *theirs = g_malloc (CHUNK);
  goffset at = 0;

  for (*same = TRUE; *same;)
    {
      unsigned int got = 0;
      errcode_t result = pn_ext4_read_on (file, ours, CHUNK, &got);
      gssize there;

      if (result != 0)
        return failed (self, result, error);
      there = pn_pread (fd, theirs, CHUNK, at, error);
      if (there < 0 || g_cancellable_set_error_if_cancelled (self->cancellable, error))
        return FALSE;
      if (there == 0 && got == 0)
        break;
      /* Files of one length end in chunks of one length. */
      *same = (gsize) there == got && memcmp (ours, theirs, got) == 0;
      at += there;
    }
  return TRUE;
}

static gboolean
compare_content (Merging *self, ext2_ino_t number, int fd, GError **error)
{
  ext2_file_t file = NULL;
  gboolean same = FALSE;
  gboolean fine;
  errcode_t result = ext2fs_file_open (self->fs->fs, number, 0, &file);

  if (result != 0)
    return failed (self, result, error);
  fine = is_same_content (self, file, fd, &same, error);
  ext2fs_file_close (file);
  if (!fine || same)
    return fine;
  result = pn_ext4_write_file (self->fs, number, fd);
  return result == 0 || failed (self, result, error);
}

static int
open_file (Merging *self, int folder, const char *name, GError **error)
{
  int fd = openat (folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

  if (fd < 0)
    (void) failed_here (self, error);
  return fd;
}

/* A file that was there before, under whatever name: once. */
static gboolean
compare_file (Merging *self,
              PnExt4TreeFile *file,
              const struct stat *status,
              int folder,
              const char *name,
              GError **error)
{
  PnFakeOwner owner = get_owner (self, status);
  errcode_t result;

  if (file->compared)
    return TRUE;
  file->compared = TRUE;
  if (S_ISREG (owner.mode) && (status->st_ctim.tv_sec != file->changed.tv_sec ||
                               status->st_ctim.tv_nsec != file->changed.tv_nsec))
    {
      g_auto (PnFd) fd = open_file (self, folder, name, error);

      if (fd < 0 || !compare_content (self, file->number, fd, error))
        return FALSE;
    }
  result = pn_ext4_set_owner (self->fs, file->number, owner.mode, owner.uid, owner.gid);
  return result == 0 || failed (self, result, error);
}

/* ---- names that are there ---- */

static gboolean
make_file (Merging *self,
           ext2_ino_t parent,
           const struct stat *status,
           int folder,
           const char *name,
           GError **error)
{
  PnFakeOwner owner = get_owner (self, status);
  g_autofree char *target = NULL;
  PnExt4TreeFile *file;
  ext2_ino_t number = 0;
  errcode_t result;

  if (S_ISLNK (owner.mode))
    {
      target = g_malloc0 (MAX_LINK + 1);
      if (readlinkat (folder, name, target, MAX_LINK) < 0)
        return failed_here (self, error);
    }
  result = pn_ext4_make_inode (self->fs, parent, owner.mode, owner.device, target, &number);
  if (result == 0 && S_ISREG (owner.mode))
    {
      g_auto (PnFd) fd = open_file (self, folder, name, error);

      if (fd < 0)
        return FALSE;
      result = pn_ext4_write_file (self->fs, number, fd);
    }
  if (result == 0)
    result = pn_ext4_set_owner (self->fs, number, owner.mode, owner.uid, owner.gid);
  if (result == 0)
    result = pn_ext4_link (self->fs, parent, name, number);
  if (result != 0)
    return failed (self, result, error);
  file = g_new0 (PnExt4TreeFile, 1);
  file->inode = status->st_ino;
  file->number = number;
  file->compared = TRUE;
  g_hash_table_replace (self->tree->files, &file->inode, file);
  return TRUE;
}

static PnExt4TreeFile *
find_file (Merging *self, const struct stat *status)
{
  guint64 inode = status->st_ino;

  return g_hash_table_lookup (self->tree->files, &inode);
}

static gboolean
merge_file (Merging *self,
            ext2_ino_t parent,
            gboolean there,
            const struct stat *status,
            int folder,
            const char *name,
            GError **error)
{
  PnExt4TreeFile *file = find_file (self, status);
  errcode_t result;

  if (file == NULL)
    return make_file (self, parent, status, folder, name, error);
  if (!there && (result = pn_ext4_link (self->fs, parent, name, file->number)) != 0)
    return failed (self, result, error);
  return compare_file (self, file, status, folder, name, error);
}

static gboolean
merge_folder (Merging *self, ext2_ino_t number, int fd, guint depth, GError **error);

static gboolean
merge_subfolder (Merging *self,
                 ext2_ino_t parent,
                 ext2_ino_t number,
                 int folder,
                 const char *name,
                 guint depth,
                 GError **error)
{
  g_auto (PnFd) fd = openat (folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  errcode_t result = 0;

  if (fd < 0)
    return failed_here (self, error);
  if (number == 0)
    {
      result = pn_ext4_make_folder (self->fs, parent, name);
      if (result == 0)
        result = ext2fs_lookup (self->fs->fs, parent, name, (int) strlen (name), NULL, &number);
    }
  if (result != 0)
    return failed (self, result, error);
  return merge_folder (self, number, fd, depth + 1, error);
}

/* The entry of that name, where what is there now is still what it named. */
static PnExt4Entry *
find_kept (Merging *self, GPtrArray *entries, guint *at, const char *name, const struct stat *now)
{
  while (*at < entries->len)
    {
      PnExt4Entry *entry = entries->pdata[*at];
      int order = strcmp (entry->name, name);
      PnExt4TreeFile *file;

      if (order > 0)
        return NULL;
      ++*at;
      if (order < 0)
        continue;
      if (S_ISDIR (now->st_mode))
        return ext2fs_check_directory (self->fs->fs, entry->number) == 0 ? entry : NULL;
      file = find_file (self, now);
      return file != NULL && file->number == entry->number ? entry : NULL;
    }
  return NULL;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Sorted. */
static GPtrArray *
list_folder (Merging *self, int fd, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  DIR *dir = fdopendir (fcntl (fd, F_DUPFD_CLOEXEC, 0));
  struct dirent *entry;

  if (dir == NULL)
    return (void) failed_here (self, error), NULL;
  while ((entry = readdir (dir)) != NULL)
    if (!g_str_equal (entry->d_name, ".") && !g_str_equal (entry->d_name, ".."))
      g_ptr_array_add (names, g_strdup (entry->d_name));
  closedir (dir);
  g_ptr_array_sort (names, compare_names);
  return g_steal_pointer (&names);
}

/* What there is now, beside what there was; both sorted. */
typedef struct
{
  struct stat status;
  ext2_ino_t kept; /* 0: its name is new */
} Now;

static gboolean
look (Merging *self, int fd, GPtrArray *names, GPtrArray *entries, GArray *now, GError **error)
{
  guint at = 0;

  for (guint i = 0; i < names->len; i++)
    {
      const char *name = names->pdata[i];
      PnExt4Entry *entry;
      Now one = { .kept = 0 };

      if (fstatat (fd, name, &one.status, AT_SYMLINK_NOFOLLOW) < 0)
        return failed_here (self, error);
      entry = find_kept (self, entries, &at, name, &one.status);
      if (entry != NULL)
        {
          entry->kept = TRUE;
          one.kept = entry->number;
        }
      g_array_append_val (now, one);
    }
  return TRUE;
}

/* Before anything is put in: a name may be that of something else now. */
static gboolean
drop_names (Merging *self, ext2_ino_t number, GPtrArray *entries, gboolean *changed, GError **error)
{
  errcode_t result = 0;

  for (guint i = 0; result == 0 && i < entries->len; i++)
    {
      const PnExt4Entry *entry = entries->pdata[i];

      if (entry->kept)
        continue;
      *changed = TRUE;
      result = drop_entry (self, number, entry);
    }
  return result == 0 || failed (self, result, error);
}

static gboolean
finish_folder (Merging *self, ext2_ino_t number, int fd, gboolean changed, GError **error)
{
  PnFakeOwner owner;
  struct stat status;
  errcode_t result = 0;

  if (fstat (fd, &status) < 0)
    return failed_here (self, error);
  owner = get_owner (self, &status);
  if (changed)
    result = pn_ext4_set_time (self->fs, number);
  if (result == 0)
    result = pn_ext4_set_owner (self->fs, number, owner.mode, owner.uid, owner.gid);
  return result == 0 || failed (self, result, error);
}

static gboolean
merge_folder (Merging *self, ext2_ino_t number, int fd, guint depth, GError **error)
{
  gsize length = self->path->len;
  errcode_t result;
  g_autoptr (GPtrArray) entries = pn_ext4_list_entries (self->fs, number, &result);
  g_autoptr (GPtrArray) names = list_folder (self, fd, error);
  g_autoptr (GArray) now = g_array_new (FALSE, FALSE, sizeof (Now));
  gboolean changed = FALSE;

  if (names == NULL)
    return FALSE;
  if (entries == NULL)
    return failed (self, result, error);
  if (depth > PN_EXT4_TREE_MAX_DEPTH)
    return pn_set_error (error, PN_ERROR_NOT_SUPPORTED,
                         "The hook made too many folders in folders: %s", self->path->str);
  if (!look (self, fd, names, entries, now, error) ||
      !drop_names (self, number, entries, &changed, error))
    return FALSE;
  for (guint i = 0; i < names->len; i++)
    {
      const char *name = names->pdata[i];
      const Now *one = &g_array_index (now, Now, i);

      changed |= one->kept == 0;
      g_string_append_printf (self->path, "/%s", name);
      if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
        return FALSE;
      if (!(S_ISDIR (one->status.st_mode)
                ? merge_subfolder (self, number, one->kept, fd, name, depth, error)
                : merge_file (self, number, one->kept != 0, &one->status, fd, name, error)))
        return FALSE;
      g_string_truncate (self->path, length);
    }
  return finish_folder (self, number, fd, changed, error);
}

static int
compare_numbers (gconstpointer a, gconstpointer b)
{
  ext2_ino_t first = *(const ext2_ino_t *) a, second = *(const ext2_ino_t *) b;

  return (first > second) - (first < second);
}

/* What has no name left; it may have lost one and been given another. */
static gboolean
free_dropped (Merging *self, GError **error)
{
  ext2_ino_t last = 0;

  g_array_sort (self->dropped, compare_numbers);
  for (guint i = 0; i < self->dropped->len; i++)
    {
      ext2_ino_t number = g_array_index (self->dropped, ext2_ino_t, i);
      errcode_t result = number != last ? pn_ext4_free_inode (self->fs, number) : 0;

      if (result != 0)
        return failed (self, result, error);
      last = number;
    }
  return TRUE;
}

gboolean
pn_ext4_tree_merge (PnExt4Tree *tree, gint64 unix_time, GCancellable *cancellable, GError **error)
{
  g_autoptr (GBytes) text = pn_read_file (tree->owners, PN_FAKE_OWNERS_MAX, error);
  g_autoptr (GHashTable) owners =
      text != NULL ? pn_fake_owners_parse (text, tree->device, error) : NULL;
  g_autoptr (GArray) dropped = g_array_new (FALSE, FALSE, sizeof (ext2_ino_t));
  g_autoptr (GString) path = g_string_new (NULL);
  Merging self = { tree, tree->fs, owners, dropped, path, cancellable };
  errcode_t result;

  if (owners == NULL)
    return FALSE;
  tree->fs->fs->now = (time_t) unix_time;
  if (!merge_folder (&self, EXT2_ROOT_INO, tree->root_fd, 0, error) || !free_dropped (&self, error))
    return FALSE;
  /* Writing down that nothing was written would be a change, too. */
  result = ext2fs_test_changed (tree->fs->fs) ? ext2fs_flush (tree->fs->fs) : 0;
  return result == 0 || failed (&self, result, error);
}
