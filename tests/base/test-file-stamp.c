/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "pn-file-stamp.h"
#include "pn-io.h"

#define SIZE 8192

static char *path;
static int held; /* for reading, as whoever guards it has it */

static PnFileStamp
take (void)
{
  PnFileStamp stamp;

  /* What was just done has to be older than a tick. */
  do
    {
      g_usleep (PN_FILE_STAMP_TICK_US);
      stamp = pn_file_stamp_take (held);
    }
  while (!pn_file_stamp_holds (&stamp, held));
  return stamp;
}

static void
begin (void)
{
  g_autofree char *bytes = g_malloc0 (SIZE);
  g_autoptr (GError) error = NULL;
  int fd = g_file_open_tmp ("stamp-XXXXXX", &path, &error);

  g_assert_no_error (error);
  g_assert_true (pn_write_all (fd, bytes, SIZE, &error));
  pn_fd_close (fd);
  held = pn_open (path, O_RDONLY, &error);
  g_assert_no_error (error);
}

static void
end (void)
{
  pn_fd_close (held);
  (void) g_unlink (path);
  g_clear_pointer (&path, g_free);
}

static void
test_reading (void)
{
  PnFileStamp stamp;
  char byte;

  begin ();
  stamp = take ();
  g_assert_true (pn_pread_all (held, &byte, 1, 17, NULL));
  g_assert_true (pn_file_stamp_holds (&stamp, held));
  end ();
}

static void
test_written (void)
{
  struct stat before;
  struct timespec times[2];
  PnFileStamp stamp;
  int fd;

  begin ();
  stamp = take ();
  g_assert_cmpint (fstat (held, &before), ==, 0);
  fd = pn_open (path, O_RDWR, NULL);
  g_assert_true (pn_file_stamp_holds (&stamp, held));
  g_assert_true (pn_pwrite_all (fd, "x", 1, 17, NULL));
  g_assert_false (pn_file_stamp_holds (&stamp, held));
  /* As much as can be put back, is. */
  g_assert_true (pn_pwrite_all (fd, "\0", 1, 17, NULL));
  times[0] = before.st_atim;
  times[1] = before.st_mtim;
  g_assert_cmpint (futimens (fd, times), ==, 0);
  g_assert_false (pn_file_stamp_holds (&stamp, held));
  pn_fd_close (fd);
  end ();
}

static void
test_mapped (void)
{
  PnFileStamp stamp;
  char *bytes;
  int fd;

  begin ();
  stamp = take ();
  fd = pn_open (path, O_RDWR, NULL);
  bytes = mmap (NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  g_assert_true (bytes != MAP_FAILED);
  bytes[17] = 'x';
  g_assert_cmpint (msync (bytes, SIZE, MS_SYNC), ==, 0);
  g_assert_false (pn_file_stamp_holds (&stamp, held));
  (void) munmap (bytes, SIZE);
  pn_fd_close (fd);
  end ();
}

static void
test_size (void)
{
  PnFileStamp stamp;

  begin ();
  stamp = take ();
  g_assert_cmpint (truncate (path, SIZE - 1), ==, 0);
  g_assert_false (pn_file_stamp_holds (&stamp, held));
  end ();
}

/* Another file by that name is not the one that is held. */
static void
test_replaced (void)
{
  PnFileStamp stamp;
  g_autoptr (GError) error = NULL;
  int fd;

  begin ();
  stamp = take ();
  g_file_set_contents (path, "another", -1, &error);
  g_assert_no_error (error);
  fd = pn_open (path, O_RDONLY, NULL);
  g_assert_false (pn_file_stamp_holds (&stamp, fd));
  pn_fd_close (fd);
  end ();
}

/* Too soon to tell, and nothing to tell of. */
static void
test_doubt (void)
{
  PnFileStamp stamp;
  PnFileStamp never = { 0 };
  gint64 changed;

  begin ();
  stamp = pn_file_stamp_take (held);
  changed = stamp.changed;
  stamp.taken = changed + 1000;
  g_assert_false (pn_file_stamp_holds (&stamp, held));
  stamp.taken = changed + G_GINT64_CONSTANT (1000000000);
  g_assert_true (pn_file_stamp_holds (&stamp, held));
  g_assert_false (pn_file_stamp_holds (&never, held));
  stamp = pn_file_stamp_take (-1);
  g_assert_cmpint (stamp.taken, ==, 0);
  g_assert_false (pn_file_stamp_holds (&stamp, -1));
  end ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/file-stamp/reading", test_reading);
  g_test_add_func ("/file-stamp/written", test_written);
  g_test_add_func ("/file-stamp/mapped", test_mapped);
  g_test_add_func ("/file-stamp/size", test_size);
  g_test_add_func ("/file-stamp/replaced", test_replaced);
  g_test_add_func ("/file-stamp/doubt", test_doubt);
  return g_test_run ();
}
