/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-test-power.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pn-io.h"

int __real_fsync (int fd);
int __real_renameat (int from_fd, const char *from, int to_fd, const char *to);
int __real_g_rename (const char *from, const char *to);
int __real_g_unlink (const char *path);
int __real_g_rmdir (const char *path);
char *__real_g_mkdtemp (char *path);
int __real_ioctl (int fd, unsigned long request, void *argument);
int __wrap_fsync (int fd);
int __wrap_renameat (int from_fd, const char *from, int to_fd, const char *to);
int __wrap_g_rename (const char *from, const char *to);
int __wrap_g_unlink (const char *path);
int __wrap_g_rmdir (const char *path);
char *__wrap_g_mkdtemp (char *path);
int __wrap_ioctl (int fd, unsigned long request, void *argument);

static struct
{
  char *folder; /* NULL = nothing is watched */
  gboolean honest, judging;
  PnTestPowerFunc judge;
  gpointer user_data;
  GHashTable *contents; /* inode → GBytes, of files that were flushed */
  GHashTable *names;    /* inode → (name → inode), of folders that were flushed */
} power;

static gpointer
key_of (ino_t inode)
{
  return GSIZE_TO_POINTER ((gsize) inode);
}

/* Name → inode, as it is now. */
static GHashTable *
read_names (const char *path)
{
  GHashTable *names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  DIR *dir = opendir (path);
  struct dirent *entry;

  while (dir != NULL && (entry = readdir (dir)) != NULL)
    if (!g_str_equal (entry->d_name, ".") && !g_str_equal (entry->d_name, ".."))
      g_hash_table_insert (names, g_strdup (entry->d_name), key_of (entry->d_ino));
  if (dir != NULL)
    closedir (dir);
  return names;
}

static void
note_flushed (int fd)
{
  g_autofree char *link = g_strdup_printf ("/proc/self/fd/%d", fd);
  g_autofree char *path = g_file_read_link (link, NULL);
  struct stat status;

  if (path == NULL || !g_str_has_prefix (path, power.folder) || fstat (fd, &status) < 0)
    return;
  if (S_ISDIR (status.st_mode))
    g_hash_table_insert (power.names, key_of (status.st_ino), read_names (path));
  else
    {
      char *data;
      gsize size;

      g_assert_true (g_file_get_contents (path, &data, &size, NULL));
      g_hash_table_insert (power.contents, key_of (status.st_ino), g_bytes_new_take (data, size));
    }
}

/* ---- what is found ---- */

static void
put_file (const char *path, gpointer inode)
{
  GBytes *bytes = g_hash_table_lookup (power.contents, inode);
  gsize size = 0;
  const char *data = bytes != NULL ? g_bytes_get_data (bytes, &size) : "";

  g_assert_true (g_file_set_contents (path, data, (gssize) size, NULL));
}

static gboolean
is_folder (gpointer inode, const char *real)
{
  return g_file_test (real, G_FILE_TEST_IS_DIR) || g_hash_table_contains (power.names, inode);
}

/* @names: of the folder that is made at @path. @real: where it is now. */
static void
put_folder (const char *path, GHashTable *names, const char *real, gboolean all_names)
{
  GHashTableIter iter;
  gpointer name, inode;

  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  if (names == NULL)
    return;
  g_hash_table_iter_init (&iter, names);
  while (g_hash_table_iter_next (&iter, &name, &inode))
    {
      g_autofree char *to = g_build_filename (path, name, NULL);
      g_autofree char *from = g_build_filename (real, name, NULL);

      if (!is_folder (inode, from))
        put_file (to, inode);
      else if (all_names)
        {
          g_autoptr (GHashTable) below = read_names (from);

          put_folder (to, below, from, TRUE);
        }
      else
        put_folder (to, g_hash_table_lookup (power.names, inode), from, FALSE);
    }
}

static void
judge_one (gboolean all_names)
{
  g_autofree char *found = g_strconcat (power.folder, "-found", NULL);
  g_autofree char *remove = g_strdup_printf ("rm -rf '%s'", found);
  g_autoptr (GHashTable) now = read_names (power.folder);
  struct stat status;

  g_assert_cmpint (stat (power.folder, &status), ==, 0);
  put_folder (found, all_names ? now : g_hash_table_lookup (power.names, key_of (status.st_ino)),
              power.folder, all_names);
  power.judge (found, power.user_data);
  g_assert_true (g_spawn_command_line_sync (remove, NULL, NULL, NULL, NULL));
}

void
pn_test_power_fail (void)
{
  if (power.folder == NULL || power.judging)
    return;
  power.judging = TRUE;
  judge_one (FALSE);
  judge_one (TRUE);
  power.judging = FALSE;
}

void
pn_test_power_watch (const char *folder, gboolean honest, PnTestPowerFunc judge, gpointer user_data)
{
  power.contents = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_bytes_unref);
  power.names = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_hash_table_unref);
  power.honest = honest;
  power.judge = judge;
  power.user_data = user_data;
  power.folder = g_strdup (folder);
}

void
pn_test_power_end (void)
{
  g_clear_pointer (&power.folder, g_free);
  g_clear_pointer (&power.contents, g_hash_table_unref);
  g_clear_pointer (&power.names, g_hash_table_unref);
}

/* ---- what is asked of the disk ---- */

static gboolean
is_watched (void)
{
  return power.folder != NULL && !power.judging;
}

int
__wrap_fsync (int fd)
{
  int result = __real_fsync (fd);

  if (is_watched () && power.honest && result == 0)
    note_flushed (fd);
  pn_test_power_fail ();
  return result;
}

int
__wrap_renameat (int from_fd, const char *from, int to_fd, const char *to)
{
  int result = __real_renameat (from_fd, from, to_fd, to);
  int saved = errno;

  pn_test_power_fail ();
  errno = saved;
  return result;
}

int
__wrap_g_rename (const char *from, const char *to)
{
  int result = __real_g_rename (from, to);
  int saved = errno;

  pn_test_power_fail ();
  errno = saved;
  return result;
}

int
__wrap_g_unlink (const char *path)
{
  int result = __real_g_unlink (path);

  pn_test_power_fail ();
  return result;
}

int
__wrap_g_rmdir (const char *path)
{
  int result = __real_g_rmdir (path);

  pn_test_power_fail ();
  return result;
}

char *
__wrap_g_mkdtemp (char *path)
{
  char *result = __real_g_mkdtemp (path);

  pn_test_power_fail ();
  return result;
}

/* Blocks that are shared would come by another way. */
int
__wrap_ioctl (int fd, unsigned long request, void *argument)
{
  errno = EOPNOTSUPP;
  return -1;
}
