/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The child that grows a file system may be slow, and it may never end; what it made is the same
 * for all who ask, and nobody can write it. */
#include "config.h"

#include <glib/gstdio.h>
#include <unistd.h>

#include "pn-io.h"
#include "pn-station.h"
#include "pn-test-bundle.h"

#define SIZE (G_GUINT64_CONSTANT (256) * 1024 * 1024)

typedef struct
{
  PnTestInputs *inputs;
  PnBundle *bundle;
  char *libexec; /* folder of the child that is started */
  char *program; /* the child */
  PnStation station;
} Fixture;

static void
assert_sealed (int fd)
{
  guint8 byte;

  g_assert_true (pn_pread_all (fd, &byte, 1, 0, NULL));
  g_assert_false (pn_pwrite_all (fd, &byte, 1, 0, NULL));
  g_assert_cmpint (ftruncate (fd, 0), <, 0);
}

static void
set_up (Fixture *self, gconstpointer data)
{
  self->inputs = pn_test_inputs_new ();
  self->bundle = pn_test_inputs_bundle (self->inputs, PN_MODE_FDE_ONLY, PN_STORAGE_EMMC);
  self->libexec = g_build_filename (self->inputs->folder, "libexec", NULL);
  self->program = g_build_filename (self->libexec, "punnet-grow", NULL);
  self->station.state_dir = g_build_filename (self->inputs->folder, "state", NULL);
  self->station.time_scale = 1;
  self->station.grown = pn_growths_new ();
  g_assert_cmpint (g_mkdir (self->libexec, 0700), ==, 0);
  g_setenv ("PUNNET_LIBEXEC_DIR", self->libexec, TRUE);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_hash_table_unref (self->station.grown);
  pn_bundle_free (self->bundle);
  pn_test_inputs_free (self->inputs);
  g_free (self->station.state_dir);
  g_free (self->program);
  g_free (self->libexec);
}

/* The real child, which is stopped before it does anything and never goes on. It leaves its number
 * in a file. */
static void
stop_child (Fixture *self, const char *real)
{
  g_autofree char *script = g_strdup_printf (
      "#!/bin/sh\necho $$ >%s/pid\nkill -STOP $$\nexec %s \"$@\"\n", self->libexec, real);

  g_assert_true (g_file_set_contents (self->program, script, -1, NULL));
  g_assert_cmpint (g_chmod (self->program, 0700), ==, 0);
}

/* Nothing has the number of the child that was stopped any more. */
static void
assert_child_gone (Fixture *self)
{
  g_autofree char *file = g_build_filename (self->libexec, "pid", NULL);
  g_autofree char *text = NULL;
  g_autofree char *process = NULL;

  g_assert_true (g_file_get_contents (file, &text, NULL, NULL));
  process = g_build_filename ("/proc", g_strstrip (text), NULL);
  g_assert_false (g_file_test (process, G_FILE_TEST_EXISTS));
}

static void
test_never_ends (Fixture *self, gconstpointer data)
{
  g_autofree char *real =
      g_build_filename (g_getenv ("PUNNET_BUILD_ROOT"), "src", "worker", "punnet-grow", NULL);
  g_autoptr (GError) error = NULL;
  g_auto (PnFd) fd = -1;
  g_auto (PnFd) again = -1;

  stop_child (self, real);
  self->station.time_scale = 0.01;
  fd = pn_growth_get (&self->station, self->bundle, SIZE, &error);
  g_assert_error (error, PN_ERROR, PN_ERROR_TIMED_OUT);
  g_assert_cmpint (fd, ==, -1);
  assert_child_gone (self);
  g_clear_error (&error);

  /* The next one is not the worse for it. */
  g_assert_cmpint (g_remove (self->program), ==, 0);
  g_assert_cmpint (symlink (real, self->program), ==, 0);
  self->station.time_scale = 1;
  fd = pn_growth_get (&self->station, self->bundle, SIZE, &error);
  g_assert_no_error (error);
  g_assert_cmpint (pn_file_size (fd, NULL), >, 0);
  assert_sealed (fd);

  /* Whoever asks next gets what was made, without a child. */
  g_assert_cmpint (g_remove (self->program), ==, 0);
  again = pn_growth_get (&self->station, self->bundle, SIZE, &error);
  g_assert_no_error (error);
  g_assert_cmpint (pn_file_size (again, NULL), ==, pn_file_size (fd, NULL));
  assert_sealed (again);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/growth/never-ends", Fixture, NULL, set_up, test_never_ends, tear_down);
  return g_test_run ();
}
