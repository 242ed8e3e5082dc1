/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copies of the records while they are in use. */
#include "config.h"

#include "pn-records-backup.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>

#include "pn-error.h"
#include "pn-io.h"

#define PREFIX "records-"
#define SUFFIX ".db"
#define BUSY_MS 5000

static gboolean
failed (sqlite3 *db, const char *path, GError **error)
{
  return pn_set_error (error, PN_ERROR_IO, "The records cannot be copied to %s: %s", path,
                       sqlite3_errmsg (db));
}

/* One file, without a log beside it. */
static gboolean
copy (sqlite3 *from, sqlite3 *to, const char *path, GError **error)
{
  sqlite3_backup *backup = sqlite3_backup_init (to, "main", from, "main");
  int result;

  if (backup == NULL)
    return failed (to, path, error);
  result = sqlite3_backup_step (backup, -1);
  if (sqlite3_backup_finish (backup) != SQLITE_OK || result != SQLITE_DONE)
    return failed (to, path, error);
  return sqlite3_exec (to, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL) == SQLITE_OK ||
         failed (to, path, error);
}

static gboolean
copy_file (const char *database, const char *path, GError **error)
{
  sqlite3 *from = NULL, *to = NULL;
  gboolean fine = FALSE;

  if (sqlite3_open_v2 (database, &from, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK)
    failed (from, path, error);
  else if (sqlite3_open_v2 (path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) !=
           SQLITE_OK)
    failed (to, path, error);
  else
    {
      (void) sqlite3_busy_timeout (from, BUSY_MS);
      fine = copy (from, to, path, error);
    }
  (void) sqlite3_close (from);
  (void) sqlite3_close (to);
  return fine;
}

/* What has the name is whole, whatever happens meanwhile. */
gboolean
pn_records_backup (const char *database, const char *path, GError **error)
{
  g_autofree char *aside = g_strconcat (path, ".partial", NULL);

  (void) g_unlink (aside);
  if (copy_file (database, aside, error))
    {
      if (g_rename (aside, path) == 0)
        return pn_flush_folder_of (path, error);
      pn_set_error_from_errno (error, errno, "Cannot write %s", path);
    }
  (void) g_unlink (aside);
  return FALSE;
}

/* ---- regularly ---- */

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* The names of copies in @folder, the oldest first. */
static GPtrArray *
list_copies (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (name, PREFIX) && g_str_has_suffix (name, SUFFIX))
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  return names;
}

gboolean
pn_records_keep_copy (const char *database, const char *folder, GDateTime *now, GError **error)
{
  /* Runs end at the same moment: one of them makes the day's, the others find it. */
  static GMutex mutex;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&mutex);
  g_autofree char *day = g_date_time_format (now, "%Y-%m-%d");
  g_autofree char *name = g_strconcat (PREFIX, day, SUFFIX, NULL);
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GPtrArray) copies = NULL;

  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  if (g_mkdir_with_parents (folder, 0700) < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot make %s", folder);
      return FALSE;
    }
  if (!pn_records_backup (database, path, error))
    return FALSE;
  copies = list_copies (folder);
  for (guint i = 0; i + PN_RECORDS_MAX_COPIES < copies->len; i++)
    {
      g_autofree char *old = g_build_filename (folder, copies->pdata[i], NULL);

      (void) g_unlink (old);
    }
  return TRUE;
}
