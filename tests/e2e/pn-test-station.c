/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-test-station.h"

#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <signal.h>
#include <sys/socket.h>

#include "pn-io.h"

#define ROOT "/org/punnet/Provisioner1"

GVariant *
pn_test_options (const char *name, GVariant *value)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  if (name != NULL)
    g_variant_builder_add (&builder, "{sv}", name, value);
  return g_variant_builder_end (&builder);
}

static void
start (PnTestStation *self, const char *option)
{
  g_autofree char *program =
      g_build_filename (g_getenv ("PUNNET_BUILD_ROOT"), "src", "helper", "punnetd", NULL);
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  const char *argv[8] = { program, "--session", "--state-dir", self->state };
  guint n = 4;
  g_autoptr (GError) error = NULL;

  if (self->practice)
    argv[n++] = "--practice";
  argv[n++] = option;
  g_subprocess_launcher_setenv (launcher, "PUNNET_LIBEXEC_DIR", self->libexec, TRUE);
  self->process = g_subprocess_launcher_spawnv (launcher, argv, &error);
  g_assert_no_error (error);
  self->objects = pn_dbus_object_manager_client_new_sync (
      self->bus, G_DBUS_OBJECT_MANAGER_CLIENT_FLAGS_DO_NOT_AUTO_START, self->name, ROOT, NULL,
      &error);
  g_assert_no_error (error);
  while ((self->manager = (PnDbusManager *) g_dbus_object_manager_get_interface (
              self->objects, ROOT "/manager", "org.punnet.Provisioner1.Manager")) == NULL)
    g_main_context_iteration (NULL, TRUE);
}

static void
stop (PnTestStation *self)
{
  g_autoptr (GError) error = NULL;

  g_clear_object (&self->manager);
  g_clear_object (&self->objects);
  g_subprocess_send_signal (self->process, SIGTERM);
  g_assert_true (g_subprocess_wait_check (self->process, NULL, &error));
  g_assert_no_error (error);
  g_clear_object (&self->process);
}

GTestDBus *
pn_test_bus_new (void)
{
  GTestDBus *daemon = g_test_dbus_new (G_TEST_DBUS_NONE);

  g_test_dbus_up (daemon);
  (void) pn_error_quark (); /* makes the names known to D-Bus */
  return daemon;
}

PnTestStation *
pn_test_station_new (PnTestInputs *inputs,
                     const char *folder,
                     gboolean practice,
                     const char *option)
{
  g_autofree char *libexec =
      g_build_filename (g_getenv ("PUNNET_BUILD_ROOT"), "src", "worker", NULL);

  return pn_test_station_new_with (inputs, folder, practice, option, libexec);
}

PnTestStation *
pn_test_station_new_with (PnTestInputs *inputs,
                          const char *folder,
                          gboolean practice,
                          const char *option,
                          const char *libexec)
{
  PnTestStation *self = g_new0 (PnTestStation, 1);
  g_autoptr (GError) error = NULL;

  self->name = g_strdup (practice ? "org.punnet.Practice1" : "org.punnet.Provisioner1");
  self->practice = practice;
  self->libexec = g_strdup (libexec);
  self->state = g_build_filename (inputs->folder, folder, NULL);
  self->bus =
      g_dbus_connection_new_for_address_sync (g_getenv ("DBUS_SESSION_BUS_ADDRESS"),
                                              G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                  G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                              NULL, NULL, &error);
  g_assert_no_error (error);
  start (self, option);
  return self;
}

void
pn_test_station_restart (PnTestStation *self)
{
  stop (self);
  start (self, NULL);
}

void
pn_test_station_kill (PnTestStation *self)
{
  g_subprocess_force_exit (self->process);
}

void
pn_test_station_start_again (PnTestStation *self)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (g_subprocess_wait (self->process, NULL, &error));
  g_assert_no_error (error);
  g_clear_object (&self->process);
  g_clear_object (&self->manager);
  for (;;)
    {
      g_autofree char *owner = g_dbus_object_manager_client_get_name_owner (
          G_DBUS_OBJECT_MANAGER_CLIENT (self->objects));

      if (owner == NULL)
        break;
      g_main_context_iteration (NULL, TRUE);
    }
  g_clear_object (&self->objects);
  start (self, NULL);
}

void
pn_test_station_free (PnTestStation *self)
{
  stop (self);
  g_assert_true (g_dbus_connection_close_sync (self->bus, NULL, NULL));
  g_object_unref (self->bus);
  g_free (self->name);
  g_free (self->state);
  g_free (self->libexec);
  g_free (self);
}

PnDbusSlot *
pn_test_station_find_slot (PnTestStation *self, const char *name)
{
  GList *all = g_dbus_object_manager_get_objects (self->objects);
  PnDbusSlot *found = NULL;

  for (GList *at = all; at != NULL && found == NULL; at = at->next)
    {
      g_autoptr (PnDbusSlot) slot = pn_dbus_object_get_slot (PN_DBUS_OBJECT (at->data));

      if (slot != NULL && g_strcmp0 (pn_dbus_slot_get_name (slot), name) == 0)
        found = g_steal_pointer (&slot);
    }
  g_list_free_full (all, g_object_unref);
  return found;
}

PnDbusSlot *
pn_test_station_wait_slot (PnTestStation *self, const char *name)
{
  PnDbusSlot *slot;

  while ((slot = pn_test_station_find_slot (self, name)) == NULL)
    g_main_context_iteration (NULL, TRUE);
  return slot;
}

PnDbusRun *
pn_test_station_wait_run (PnTestStation *self, PnDbusSlot *slot)
{
  GDBusInterface *run;

  while ((run = g_dbus_object_manager_get_interface (self->objects, pn_dbus_slot_get_run (slot),
                                                     "org.punnet.Provisioner1.Run")) == NULL)
    g_main_context_iteration (NULL, TRUE);
  return PN_DBUS_RUN (run);
}

void
pn_test_station_wait_state (PnDbusSlot *slot, const char *state)
{
  while (g_strcmp0 (pn_dbus_slot_get_state (slot), state) != 0)
    g_main_context_iteration (NULL, TRUE);
}

PnDbusRun *
pn_test_station_wait_end (PnTestStation *self, PnDbusSlot *slot, const char *last)
{
  PnDbusRun *run;

  while (g_str_equal (pn_dbus_slot_get_run (slot), last))
    g_main_context_iteration (NULL, TRUE);
  run = pn_test_station_wait_run (self, slot);
  /* The two objects' news may come in any order. */
  while (g_str_equal (pn_dbus_run_get_verdict (run), "running") ||
         g_str_equal (pn_dbus_slot_get_state (slot), "running"))
    g_main_context_iteration (NULL, TRUE);
  return run;
}

void
pn_test_station_attach (PnTestStation *self, PnVirtualDevice *device, const char *name)
{
  g_autoptr (GUnixFDList) fds = NULL;
  g_autofree char *digest = NULL;
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  int pair[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), ==, 0);
  fds = g_unix_fd_list_new_from_array (&pair[1], 1);
  pn_dbus_manager_call_attach_virtual_sync (self->manager, g_variant_new_handle (0), name,
                                            pn_test_options (NULL, NULL), G_DBUS_CALL_FLAGS_NONE,
                                            -1, fds, &path, NULL, NULL, &error);
  g_assert_no_error (error);
  pn_virtual_socket_attach (device, pair[0]);
}

static char *
fingerprint_of (PnBundle *bundle)
{
  PnPublicKey *key = pn_manifest_get_public_key (pn_bundle_get_manifest (bundle));
  PnSha256 digest;

  if (key == NULL)
    return NULL;
  digest = pn_public_key_get_fingerprint (key);
  return pn_sha256_to_hex (&digest);
}

PnDbusBatch *
pn_test_station_open (
    PnTestStation *self, PnTestInputs *inputs, PnMode mode, guint count, gboolean automatic)
{
  return pn_test_station_open_for (self, inputs, mode, PN_STORAGE_EMMC, count, automatic);
}

PnDbusBatch *
pn_test_station_open_for (PnTestStation *self,
                          PnTestInputs *inputs,
                          PnMode mode,
                          PnStorage storage,
                          guint count,
                          gboolean automatic)
{
  return pn_test_station_open_on (self, inputs, PN_CHIP_BCM2712, mode, storage, count, automatic);
}

PnDbusBatch *
pn_test_station_open_on (PnTestStation *self,
                         PnTestInputs *inputs,
                         PnChip chip,
                         PnMode mode,
                         PnStorage storage,
                         guint count,
                         gboolean automatic)
{
  g_autoptr (PnBundle) bundle = pn_test_inputs_bundle_for (inputs, chip, mode, storage);
  g_autofree char *fingerprint = fingerprint_of (bundle);
  g_autofree char *folder =
      pn_test_inputs_get_bundle_folder (inputs, chip, mode, storage, NULL, "");

  return pn_test_station_open_folder (self, folder, fingerprint, count, automatic);
}

PnDbusBatch *
pn_test_station_open_folder (
    PnTestStation *self, const char *folder, const char *permit, guint count, gboolean automatic)
{
  g_autoptr (GUnixFDList) fds = NULL;
  g_autofree char *digest = NULL;
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  GVariantBuilder options;
  GDBusInterface *batch;
  int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  g_assert_cmpint (fd, >=, 0);
  fds = g_unix_fd_list_new_from_array (&fd, 1);
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "count", g_variant_new_uint32 (count));
  g_variant_builder_add (&options, "{sv}", "automatic", g_variant_new_boolean (automatic));
  g_variant_builder_add (&options, "{sv}", "reference", g_variant_new_string ("order 7"));
  if (permit != NULL)
    g_variant_builder_add (&options, "{sv}", "permit-permanent", g_variant_new_string (permit));
  pn_dbus_manager_call_install_bundle_sync (self->manager, g_variant_new_handle (0),
                                            pn_test_options (NULL, NULL), G_DBUS_CALL_FLAGS_NONE,
                                            G_MAXINT, fds, &digest, NULL, NULL, &error);
  g_assert_no_error (error);
  pn_dbus_manager_call_open_batch_sync (self->manager, digest, g_variant_builder_end (&options),
                                        G_DBUS_CALL_FLAGS_NONE, G_MAXINT, &path, NULL, &error);
  g_assert_no_error (error);
  while ((batch = g_dbus_object_manager_get_interface (self->objects, path,
                                                       "org.punnet.Provisioner1.Batch")) == NULL)
    g_main_context_iteration (NULL, TRUE);
  return PN_DBUS_BATCH (batch);
}
