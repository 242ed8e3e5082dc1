/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SIGKILL at any moment of many installs and removals, by a real punnetd: what was answered is so
 * after it was started again, and nothing half is ever shown. PUNNET_KILLS: how many installs
 * and removals there are in all. */
#include "config.h"

#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "pn-io.h"
#include "pn-test-station.h"
#include "pn-test-variants.h"

#define CALLS 60
#define VARIANTS 8

typedef enum
{
  ABSENT,
  PRESENT,
  EITHER, /* it was asked for and not answered */
} Expected;

static PnTestInputs *inputs;

typedef struct
{
  PnTestStation *station;
  char *digests[VARIANTS];
  char *folders[VARIANTS];
  Expected expected[VARIANTS];
  guint n_calls, n_kills, n_cut, n_answered;
  gulong life;  /* µs of calls until it is killed */
  gint64 usual; /* µs that an install takes */
} Trial;

static gboolean
install (Trial *self, guint number)
{
  int fd = open (self->folders[number], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  g_autoptr (GUnixFDList) fds = g_unix_fd_list_new_from_array (&fd, 1);
  g_autofree char *digest = NULL;
  g_autoptr (GError) error = NULL;

  self->expected[number] = self->expected[number] == PRESENT ? PRESENT : EITHER;
  if (!pn_dbus_manager_call_install_bundle_sync (
          self->station->manager, g_variant_new_handle (0), pn_test_options (NULL, NULL),
          G_DBUS_CALL_FLAGS_NO_AUTO_START, G_MAXINT, fds, &digest, NULL, NULL, &error))
    {
      g_assert_cmpint (error->domain, ==, G_DBUS_ERROR); /* nobody is there any more */
      return FALSE;
    }
  g_assert_cmpstr (digest, ==, self->digests[number]);
  self->expected[number] = PRESENT;
  return TRUE;
}

static gboolean
remove_bundle (Trial *self, guint number)
{
  g_autoptr (GError) error = NULL;

  self->expected[number] = self->expected[number] == ABSENT ? ABSENT : EITHER;
  if (!pn_dbus_manager_call_remove_bundle_sync (
          self->station->manager, self->digests[number], pn_test_options (NULL, NULL),
          G_DBUS_CALL_FLAGS_NO_AUTO_START, G_MAXINT, NULL, &error) &&
      !g_error_matches (error, PN_ERROR, PN_ERROR_NOT_FOUND))
    {
      g_test_message ("%s", error->message);
      g_assert_cmpint (error->domain, ==, G_DBUS_ERROR);
      return FALSE;
    }
  self->expected[number] = ABSENT;
  return TRUE;
}

static gpointer
kill_thread (gpointer data)
{
  Trial *self = data;

  g_usleep (self->life);
  pn_test_station_kill (self->station);
  return NULL;
}

static void
call_until_killed (Trial *self)
{
  GThread *killer;
  gboolean alive = TRUE;

  /* In the middle of one of the next few, whatever the machine's speed. */
  self->life = (gulong) g_random_int_range (0, (gint32) (self->usual * 4));
  killer = g_thread_new ("kill", kill_thread, self);

  while (alive)
    {
      guint number = (guint) g_random_int_range (0, VARIANTS);

      alive =
          g_random_int_range (0, 3) == 0 ? remove_bundle (self, number) : install (self, number);
      self->n_calls++;
      self->n_answered += alive;
      self->n_cut += !alive;
    }
  (void) g_thread_join (killer);
  self->n_kills++;
}

static gboolean
is_shown (Trial *self, guint number)
{
  g_autofree char *path =
      g_strconcat ("/org/punnet/Provisioner1/bundles/", self->digests[number], NULL);
  g_autoptr (GDBusObject) object = g_dbus_object_manager_get_object (self->station->objects, path);

  return object != NULL;
}

static void
assert_whole (Trial *self, guint number)
{
  g_autofree char *folder =
      g_build_filename (self->station->state, "bundles", self->digests[number], NULL);
  g_autoptr (GError) error = NULL;
  g_auto (PnFd) fd = pn_open (folder, O_RDONLY | O_DIRECTORY, &error);
  g_autoptr (PnBundle) bundle = pn_bundle_open (fd, NULL, NULL, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (pn_bundle_verify (bundle, NULL, &error));
}

static void
judge (Trial *self)
{
  g_autofree char *folder = g_build_filename (self->station->state, "bundles", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  guint n_shown = 0, n_names = 0;

  for (guint i = 0; i < VARIANTS; i++)
    {
      gboolean shown = is_shown (self, i);

      if (self->expected[i] != EITHER)
        g_assert_cmpint (shown, ==, self->expected[i] == PRESENT);
      self->expected[i] = shown ? PRESENT : ABSENT;
      n_shown += shown;
      if (shown)
        assert_whole (self, i);
    }
  while (g_dir_read_name (dir) != NULL)
    n_names++;
  g_assert_cmpuint (n_names, ==, n_shown);
}

static void
test_kills (void)
{
  const char *wanted = g_getenv ("PUNNET_KILLS");
  guint64 n_wanted = CALLS;
  Trial trial = { 0 };

  if (wanted != NULL)
    g_assert_true (g_ascii_string_to_unsigned (wanted, 10, 1, G_MAXUINT, &n_wanted, NULL));
  for (guint i = 0; i < VARIANTS; i++)
    trial.folders[i] = pn_test_variant (inputs, i, &trial.digests[i]);
  trial.station = pn_test_station_new (inputs, "killed", FALSE, NULL);
  trial.usual = -g_get_monotonic_time ();
  g_assert_true (install (&trial, 0));
  trial.usual += g_get_monotonic_time ();
  while (trial.n_calls < n_wanted)
    {
      call_until_killed (&trial);
      pn_test_station_start_again (trial.station);
      judge (&trial);
    }
  g_test_message ("%u calls, %u answered, %u cut off by %u kills", trial.n_calls, trial.n_answered,
                  trial.n_cut, trial.n_kills);
  g_assert_cmpuint (trial.n_cut, >, 0);
  pn_test_station_free (trial.station);
  for (guint i = 0; i < VARIANTS; i++)
    {
      g_free (trial.folders[i]);
      g_free (trial.digests[i]);
    }
}

int
main (int argc, char **argv)
{
  g_autoptr (GTestDBus) daemon = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  daemon = pn_test_bus_new ();
  inputs = pn_test_inputs_new ();
  g_test_add_func ("/store/kills", test_kills);
  status = g_test_run ();
  pn_test_inputs_free (inputs);
  g_test_dbus_down (daemon);
  return status;
}
