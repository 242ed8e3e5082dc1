/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bundle that comes in: as a folder, as a file, through a pipe; whole, damaged and hostile. */
#include "config.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "pn-bundle-receive.h"
#include "pn-io.h"
#include "pn-test-bundle.h"

static PnTestInputs *inputs;

static char *
path_of (const char *name)
{
  return g_build_filename (inputs->folder, name, NULL);
}

/* In the folder of the inputs, where the bundle is called "secure". */
static gboolean
run (const char *command)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;

  g_subprocess_launcher_set_cwd (launcher, inputs->folder);
  process = g_subprocess_launcher_spawn (launcher, &error, "sh", "-c", command, NULL);
  g_assert_no_error (error);
  return g_subprocess_wait_check (process, NULL, NULL);
}

static gboolean
admit_cb (PnManifest *manifest, int *target, gpointer user_data, GError **error)
{
  *target = *(int *) user_data;
  return TRUE;
}

/* Into the new folder @name, or with NULL nowhere. */
static gboolean
receive (int fd, const char *name, GError **error)
{
  g_autofree char *path = name != NULL ? path_of (name) : NULL;
  g_auto (PnFd) target = -1;
  const PnBundleReception reception = { admit_cb, NULL, &target };
  g_autoptr (PnManifest) manifest = NULL;

  if (path != NULL)
    {
      g_assert_cmpint (g_mkdir (path, 0755), ==, 0);
      target = pn_open (path, O_RDONLY | O_DIRECTORY, error);
      g_assert_cmpint (target, >=, 0);
    }
  manifest = pn_bundle_receive (fd, &reception, NULL, error);
  return manifest != NULL;
}

static int
open_secure (int flags)
{
  g_autofree char *path = path_of ("secure");
  int fd = pn_open (path, O_RDONLY | flags, NULL);

  g_assert_cmpint (fd, >=, 0);
  return fd;
}

static void
test_import (void)
{
  g_auto (PnFd) from_fd = open_secure (O_DIRECTORY);
  g_autoptr (GError) error = NULL;

  g_assert_true (receive (from_fd, "imported", &error));
  g_assert_no_error (error);
  g_assert_true (run ("diff -r secure imported"));
  g_assert_true (run ("rm -rf imported"));
  g_assert_true (receive (from_fd, NULL, &error));
}

static gpointer
pack_thread (gpointer data)
{
  g_auto (PnFd) from_fd = open_secure (O_DIRECTORY);
  g_auto (PnFd) fd = GPOINTER_TO_INT (data);
  g_autoptr (GError) error = NULL;

  (void) pn_bundle_pack (from_fd, fd, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  return NULL;
}

static char *
pack (const char *name)
{
  char *path = path_of (name);
  int fd = open (path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

  g_assert_cmpint (fd, >=, 0);
  (void) pack_thread (GINT_TO_POINTER (fd));
  return path;
}

/* The public tar reads it, and the same bundle gives the same bytes. */
static void
test_pack (void)
{
  g_autofree char *first = pack ("first.punnet");
  g_autofree char *second = pack ("second.punnet");
  g_auto (PnFd) fd = pn_open (first, O_RDONLY, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (run ("cmp first.punnet second.punnet"));
  g_assert_true (run ("mkdir by-tar"));
  g_assert_true (run ("tar -xf first.punnet -C by-tar"));
  g_assert_true (run ("diff -r secure by-tar"));
  g_assert_true (receive (fd, "by-us", &error));
  g_assert_no_error (error);
  g_assert_true (run ("diff -r secure by-us"));
  g_assert_true (run ("rm -rf by-tar by-us second.punnet"));
}

static void
test_pipe (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GThread) thread = NULL;
  int ends[2];

  g_assert_cmpint (pipe2 (ends, O_CLOEXEC), ==, 0);
  thread = g_thread_new ("pack", pack_thread, GINT_TO_POINTER (ends[1]));
  g_assert_true (receive (ends[0], "piped", &error));
  g_assert_no_error (error);
  (void) g_thread_join (g_steal_pointer (&thread));
  pn_fd_close (ends[0]);
  g_assert_true (run ("diff -r secure piped"));
  g_assert_true (run ("rm -rf piped"));
}

static gpointer
cancel_thread (gpointer cancellable)
{
  g_usleep (10000);
  g_cancellable_cancel (cancellable);
  return NULL;
}

/* Whoever holds a pipe and says nothing holds nobody for ever. */
static void
test_mute_pipe (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  const PnBundleReception reception = { admit_cb, NULL, NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (GThread) thread = NULL;
  int ends[2];

  g_assert_cmpint (pipe2 (ends, O_CLOEXEC), ==, 0);
  thread = g_thread_new ("cancel", cancel_thread, cancellable);
  g_assert_null (pn_bundle_receive (ends[0], &reception, cancellable, &error));
  g_assert_true (pn_error_is_cancelled (error));
  (void) g_thread_join (g_steal_pointer (&thread));
  pn_fd_close (ends[0]);
  pn_fd_close (ends[1]);
}

/* The file in each way that it must not be. */
static void
test_hostile_files (void)
{
  static const char *const commands[] = {
    /* the manifest is not first; another file; one twice; a link; nothing; no tar; compressed */
    "tar -C secure -cf hostile.punnet bootfiles.bin manifest.json manifest.sig",
    "cp first.punnet hostile.punnet && tar --transform s/first/other/ -rf hostile.punnet "
    "first.punnet",
    "cp first.punnet hostile.punnet && tar -C secure -rf hostile.punnet manifest.json",
    "cp -r secure linked && ln -sf /etc/passwd linked/zz && tar -C linked -cf hostile.punnet "
    "manifest.json manifest.sig zz; rm -rf linked",
    "true > hostile.punnet",
    "head -c 1000000 /dev/zero > hostile.punnet",
    "gzip -c first.punnet > hostile.punnet",
    "tar -C secure -cf hostile.punnet manifest.json",
    "tar -C secure -P --transform s,^,../, -cf hostile.punnet manifest.json manifest.sig",
  };

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_autofree char *path = path_of ("hostile.punnet");
      g_autoptr (GError) error = NULL;
      g_auto (PnFd) fd = -1;

      g_test_message ("%s", commands[i]);
      g_assert_true (run (commands[i]));
      fd = pn_open (path, O_RDONLY, NULL);
      g_assert_false (receive (fd, "hostile", &error));
      g_assert_true (g_error_matches (error, PN_ERROR, PN_ERROR_INVALID_DATA) ||
                     g_error_matches (error, PN_ERROR, PN_ERROR_SIGNATURE));
      g_assert_true (run ("rm -rf hostile hostile.punnet"));
    }
}

/* Cut anywhere; and with one bit altered it is refused, unless it was one that fills a block up. */
static void
test_damaged_files (void)
{
  g_autofree char *first = path_of ("first.punnet");
  g_autofree char *path = path_of ("damaged.punnet");
  g_autofree char *data = NULL;
  guint n_refused = 0;
  gsize size;

  g_assert_true (g_file_get_contents (first, &data, &size, NULL));
  for (guint i = 1; i < 60; i++)
    {
      gsize at = i < 30 ? i * 512 - (i % 2) : size / 60 * i;
      g_autoptr (GError) error = NULL;
      g_auto (PnFd) fd = -1;

      g_assert_true (g_file_set_contents (path, data, (gssize) at, NULL));
      fd = pn_open (path, O_RDONLY, NULL);
      g_assert_false (receive (fd, NULL, &error));
      g_assert_cmpint (error->domain, ==, PN_ERROR);
    }
  for (guint i = 0; i < 20; i++)
    {
      gsize at = size / 20 * i + 700 + i;
      g_autoptr (GError) error = NULL;
      g_auto (PnFd) fd = -1;

      data[at] ^= 0x20;
      g_assert_true (g_file_set_contents (path, data, (gssize) size, NULL));
      data[at] ^= 0x20;
      fd = pn_open (path, O_RDONLY, NULL);
      if (receive (fd, "damaged", &error))
        g_assert_true (run ("diff -r secure damaged"));
      else
        g_assert_cmpint (error->domain, ==, PN_ERROR);
      n_refused += error != NULL;
      g_assert_true (run ("rm -r damaged"));
    }
  g_assert_cmpuint (n_refused, >, 10);
  g_assert_true (run ("rm damaged.punnet"));
}

int
main (int argc, char **argv)
{
  g_autoptr (PnBundle) bundle = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  inputs = pn_test_inputs_new ();
  bundle = pn_test_inputs_bundle (inputs, PN_MODE_SECURE_BOOT, PN_STORAGE_EMMC);
  g_assert_true (run ("mv bundle-secure-boot-emmc secure"));
  g_test_add_func ("/receive/folder", test_import);
  g_test_add_func ("/receive/file", test_pack);
  g_test_add_func ("/receive/pipe", test_pipe);
  g_test_add_func ("/receive/mute-pipe", test_mute_pipe);
  g_test_add_func ("/receive/hostile-files", test_hostile_files);
  g_test_add_func ("/receive/damaged-files", test_damaged_files);
  status = g_test_run ();
  pn_test_inputs_free (inputs);
  return status;
}
