/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-test-victim.h"

#include <glib-unix.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "pn-io.h"

#define MAX_WORDS 256 /* bytes of a packet */

const char *
pn_test_kill_to_word (PnTestKill kill)
{
  static const char *const words[] = { "worker", "helper", "both", "cable" };

  G_STATIC_ASSERT (G_N_ELEMENTS (words) == PN_TEST_N_KILLS);
  return words[kill];
}

/* ---- relays ---- */

static void
link_program (const char *folder, const char *name, const char *room, const char *program)
{
  g_autofree char *target = g_build_filename (g_getenv ("PUNNET_BUILD_ROOT"), room, program, NULL);
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_assert_cmpint (symlink (target, path), ==, 0);
}

PnTestRelays *
pn_test_relays_new (PnTestInputs *inputs)
{
  PnTestRelays *self = g_new0 (PnTestRelays, 1);
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  g_autofree char *path = NULL;

  self->folder = g_build_filename (inputs->folder, "relays", NULL);
  path = g_build_filename (self->folder, "control", NULL);
  g_assert_cmpint (g_mkdir (self->folder, 0700), ==, 0);
  link_program (self->folder, "punnet-worker", "tests/e2e", "pn-test-relay");
  link_program (self->folder, "worker", "src/worker", "punnet-worker");
  link_program (self->folder, "punnet-grow", "src/worker", "punnet-grow");
  g_assert_cmpuint (g_strlcpy (address.sun_path, path, sizeof address.sun_path), <,
                    sizeof address.sun_path);
  self->listener = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (self->listener, (const struct sockaddr *) &address, sizeof address), ==,
                   0);
  g_assert_cmpint (listen (self->listener, 64), ==, 0);
  return self;
}

void
pn_test_relays_free (PnTestRelays *self)
{
  pn_fd_close (self->listener);
  g_free (self->folder);
  g_free (self);
}

/* ---- points ---- */

void
pn_test_victim_complain (PnTestVictim *self, const char *format, ...)
{
  va_list args;

  g_mutex_lock (&self->mutex);
  va_start (args, format);
  g_string_append_vprintf (self->complaints, format, args);
  va_end (args);
  g_string_append (self->complaints, "; ");
  g_mutex_unlock (&self->mutex);
}

static gboolean
has_point (PnTestVictim *self, const char *point)
{
  for (guint i = 0; i < self->points->len; i++)
    if (g_str_equal (self->points->pdata[i], point))
      return TRUE;
  return FALSE;
}

/* Whether the run is held at @words. */
static gboolean
take_point (PnTestVictim *self, const char *words)
{
  g_autofree char *point = NULL;
  gboolean due;
  guint n;

  g_mutex_lock (&self->mutex);
  n = GPOINTER_TO_UINT (g_hash_table_lookup (self->seen, words)) + 1;
  g_hash_table_insert (self->seen, g_strdup (words), GUINT_TO_POINTER (n));
  point = n > 1 ? g_strdup_printf ("%s %u", words, n) : g_strdup (words);
  due = !self->reached && g_strcmp0 (point, self->point) == 0;
  self->reached |= due;
  g_ptr_array_add (self->points, g_steal_pointer (&point));
  g_mutex_unlock (&self->mutex);
  if (due)
    g_main_context_wakeup (NULL);
  return due;
}

/* Nothing is burned that was not written down before. */
static void
check_burn (PnTestVictim *self, const char *fuse)
{
  g_autofree char *intent = g_strdup_printf ("answer Intent %s", fuse);

  if (!pn_test_victim_has_point (self, intent))
    pn_test_victim_complain (self, "%s is burned without an intent", fuse);
}

static PnStep
step_cb (PnVirtualDevice *device, const char *step, gpointer user_data)
{
  PnTestVictim *self = user_data;
  g_autofree char *words = g_strconcat ("device ", step, NULL);

  if (g_str_has_prefix (step, "burn "))
    check_burn (self, step + strlen ("burn "));
  if (!take_point (self, words))
    return PN_STEP_FINE;
  g_mutex_lock (&self->mutex);
  while (!self->let_go)
    g_cond_wait (&self->cond, &self->mutex);
  g_mutex_unlock (&self->mutex);
  return self->kill == PN_TEST_KILL_CABLE ? PN_STEP_UNPLUG : PN_STEP_FINE;
}

static void
stage_cb (PnVirtualDevice *device, PnVirtualStage stage, gpointer user_data)
{
  PnTestVictim *self = user_data;

  g_mutex_lock (&self->mutex);
  self->off = stage == PN_VIRTUAL_OFF;
  g_mutex_unlock (&self->mutex);
  g_main_context_wakeup (NULL);
}

static void
answer (PnTestVictim *self)
{
  (void) send (self->control, "go", 2, MSG_NOSIGNAL); /* it may have ended meanwhile */
}

static gboolean
control_cb (int control, GIOCondition condition, gpointer user_data)
{
  PnTestVictim *self = user_data;
  char words[MAX_WORDS];
  gssize got = recv (control, words, sizeof words - 1, 0);

  if (got <= 0)
    {
      pn_fd_close (control);
      self->control = -1;
      self->watch = 0;
      return G_SOURCE_REMOVE;
    }
  words[got] = '\0';
  self->relay_waits = take_point (self, words);
  if (!self->relay_waits)
    answer (self);
  return G_SOURCE_CONTINUE;
}

/* ---- its life ---- */

PnTestVictim *
pn_test_victim_new (PnTestKit *kit, PnTestKill kill, const char *point)
{
  static guint n_victims;
  PnTestVictim *self = g_new0 (PnTestVictim, 1);

  self->kit = kit;
  self->kill = kill;
  self->point = g_strdup (point);
  self->name = g_strdup_printf ("victim-%04u", n_victims++);
  self->folder = g_build_filename (kit->inputs->folder, self->name, NULL);
  self->complaints = g_string_new (NULL);
  self->control = -1;
  self->off = TRUE;
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  self->seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->points = g_ptr_array_new_with_free_func (g_free);
  return self;
}

void
pn_test_victim_take_out (PnTestVictim *self)
{
  const PnTestKit *kit = self->kit;

  self->device =
      pn_test_inputs_model (kit->inputs, self->name, kit->model, kit->storage, kit->disk, NULL);
  pn_virtual_device_set_step_func (self->device, step_cb, self);
  pn_virtual_device_set_stage_func (self->device, stage_cb, self);
  pn_test_look (self->folder, &self->before);
}

static void
remove_folder (const char *folder)
{
  static const char *const names[] = { "otp.json", "eeprom.bin", "storage.img" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (folder, names[i], NULL);

      (void) g_remove (path);
    }
  (void) g_rmdir (folder);
}

void
pn_test_victim_put_away (PnTestVictim *self)
{
  g_clear_object (&self->device);
  remove_folder (self->folder);
}

void
pn_test_victim_free (PnTestVictim *self)
{
  pn_test_look_clear (&self->before);
  pn_test_look_clear (&self->after);
  g_hash_table_unref (self->seen);
  g_ptr_array_unref (self->points);
  g_string_free (self->complaints, TRUE);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->cond);
  g_free (self->point);
  g_free (self->name);
  g_free (self->folder);
  g_free (self->first);
  g_free (self->second);
  g_free (self);
}

void
pn_test_victim_meet (PnTestVictim *self, PnTestRelays *relays)
{
  char number[MAX_WORDS] = "";
  struct ucred peer;
  socklen_t size = sizeof peer;
  guint64 worker;

  g_assert_cmpint (self->control, <, 0);
  self->control = accept4 (relays->listener, NULL, NULL, SOCK_CLOEXEC);
  g_assert_cmpint (self->control, >=, 0);
  g_assert_cmpint (getsockopt (self->control, SOL_SOCKET, SO_PEERCRED, &peer, &size), ==, 0);
  g_assert_cmpint (recv (self->control, number, sizeof number - 1, 0), >, 0);
  g_assert_true (g_ascii_string_to_unsigned (number, 10, 1, G_MAXINT, &worker, NULL));
  self->relay = peer.pid;
  self->worker = (pid_t) worker;
  self->watch = g_unix_fd_add (self->control, G_IO_IN | G_IO_HUP, control_cb, self);
}

void
pn_test_victim_plug (PnTestVictim *self, PnTestStation *station, PnTestRelays *relays)
{
  pn_test_station_attach (station, self->device, self->name);
  g_mutex_lock (&self->mutex);
  self->off = FALSE;
  g_mutex_unlock (&self->mutex);
  pn_virtual_device_plug (self->device, FALSE);
  pn_test_victim_meet (self, relays);
}

void
pn_test_victim_wait (PnTestVictim *self)
{
  gboolean reached = FALSE;

  while (!reached && self->control >= 0)
    {
      g_mutex_lock (&self->mutex);
      reached = self->reached;
      g_mutex_unlock (&self->mutex);
      if (!reached)
        g_main_context_iteration (NULL, TRUE);
    }
  if (!reached && self->point != NULL)
    pn_test_victim_complain (self, "its run ended before it came to its point");
}

void
pn_test_victim_kill (PnTestVictim *self)
{
  if (self->kill == PN_TEST_KILL_CABLE)
    pn_virtual_device_unplug (self->device);
  if ((self->kill != PN_TEST_KILL_WORKER && self->kill != PN_TEST_KILL_BOTH) || self->control < 0)
    return;
  (void) kill (self->worker, SIGKILL);
  (void) kill (self->relay, SIGKILL);
}

void
pn_test_victim_let_go (PnTestVictim *self)
{
  g_mutex_lock (&self->mutex);
  self->let_go = TRUE;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
  if (self->relay_waits && self->control >= 0)
    answer (self);
  self->relay_waits = FALSE;
}

guint
pn_test_victim_count_points (PnTestVictim *self)
{
  guint n;

  g_mutex_lock (&self->mutex);
  n = self->points->len;
  g_mutex_unlock (&self->mutex);
  return n;
}

gboolean
pn_test_victim_has_point (PnTestVictim *self, const char *point)
{
  gboolean has;

  g_mutex_lock (&self->mutex);
  has = has_point (self, point);
  g_mutex_unlock (&self->mutex);
  return has;
}

static gboolean
is_off (PnTestVictim *self)
{
  gboolean off;

  g_mutex_lock (&self->mutex);
  off = self->off;
  g_mutex_unlock (&self->mutex);
  return off;
}

void
pn_test_victim_unplug (PnTestVictim *self)
{
  pn_virtual_device_unplug (self->device);
  while (!is_off (self))
    g_main_context_iteration (NULL, TRUE);
  pn_virtual_socket_detach (self->device);
}
