/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-scratch.h"

#include <string.h>
#include <sys/statvfs.h>

#include "pn-io.h"

#define MAX_FILE (512 * 1024 * 1024)

static char *folder;

/* File systems are made and grown here by the hundred: in memory where there is room for them. */
static void
use_memory (void)
{
  struct statvfs room;

  if (statvfs ("/dev/shm", &room) == 0 && (guint64) room.f_bavail * room.f_frsize >= 2u << 30)
    g_setenv ("TMPDIR", "/dev/shm", FALSE);
}

void
pn_scratch_open (void)
{
  g_autofree char *path = g_strconcat (g_getenv ("PATH"), ":/usr/sbin:/sbin", NULL);

  use_memory ();
  g_setenv ("PATH", path, TRUE);
  g_setenv ("LC_ALL", "C.UTF-8", TRUE);
  g_setenv ("MTOOLS_SKIP_CHECK", "1", TRUE);
  folder = g_dir_make_tmp ("punnet-test-XXXXXX", NULL);
  g_assert_nonnull (folder);
}

void
pn_scratch_close (void)
{
  g_free (pn_scratch_run ("rm -rf \"$PWD\""));
  g_clear_pointer (&folder, g_free);
}

char *
pn_scratch_path (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

char *
pn_scratch_run (const char *format, ...)
{
  g_autofree char *line = NULL;
  g_autofree char *complaint = NULL;
  g_autoptr (GError) error = NULL;
  char *said = NULL;
  va_list args;
  int status;

  va_start (args, format);
  line = g_strdup_vprintf (format, args);
  va_end (args);
  {
    const char *const argv[] = { "sh", "-ec", line, NULL };

    g_spawn_sync (folder, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &said, &complaint,
                  &status, &error);
  }
  g_assert_no_error (error);
  if (status != 0)
    g_error ("%s: %s%s", line, said, complaint);
  return said;
}

GBytes *
pn_scratch_load (const char *name)
{
  g_autofree char *path = pn_scratch_path (name);
  g_autoptr (GError) error = NULL;
  GBytes *bytes = pn_read_file (path, MAX_FILE, &error);

  g_assert_no_error (error);
  return bytes;
}

void
pn_scratch_save (const char *name, const void *data, gsize size)
{
  g_autofree char *path = pn_scratch_path (name);
  g_autoptr (GError) error = NULL;

  /* In place: a name as long as a name can be has no room beside it. */
  g_file_set_contents_full (path, data, (gssize) size, G_FILE_SET_CONTENTS_NONE, 0644, &error);
  g_assert_no_error (error);
}

void
pn_assert_refused (const GError *error, int code, const char *says)
{
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
  g_assert_error (error, PN_ERROR, code);
  if (strstr (error->message, says) == NULL)
    g_error ("“%s” does not say “%s”", error->message, says);
}
