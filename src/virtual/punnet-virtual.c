/* SPDX-License-Identifier: GPL-3.0-or-later */
/* punnet-virtual: one virtual Raspberry Pi, plugged into a session helper or a TCP port. */
#include "config.h"

#include <gio/gio.h>
#include <gio/gunixfdlist.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "pn-digest.h"
#include "pn-io.h"
#include "pn-virtual-device.h"
#include "pn-virtual-storage-private.h"

#define PERSON_MS 300 /* how long the simulated person takes to notice */

static const char *const stage_words[] = { "off",    "boot ROM", "recovery", "boot loader",
                                           "gadget", "stuck",    "running" };

typedef struct
{
  /* options */
  char *folder, *model, *storage, *size, *serial, *locked_with, *device_key, *attach;
  char **rom_keys, **faults;
  gboolean strap, verbose;
  int operator, tcp;

  GMainLoop *loop;
  PnVirtualDevice *device;
  PnVirtualStage stage;
} Program;

static gboolean
fail (GError **error, const char *sentence)
{
  g_set_error_literal (error, PN_ERROR, PN_ERROR_INVALID_ARGUMENT, sentence);
  return FALSE;
}

/* "4G", "768M", bytes */
static gboolean
parse_size (const char *text, guint64 *size)
{
  gsize length = strlen (text);
  guint shift = 0;
  g_autofree char *digits = NULL;

  if (length > 0 && strchr ("kKmMgG", text[length - 1]) != NULL)
    {
      shift = g_ascii_toupper (text[length - 1]) == 'K'   ? 10
              : g_ascii_toupper (text[length - 1]) == 'M' ? 20
                                                          : 30;
      length--;
    }
  digits = g_strndup (text, length);
  if (!g_ascii_string_to_unsigned (digits, 10, 1, G_MAXINT64 >> shift, size, NULL))
    return FALSE;
  *size <<= shift;
  return TRUE;
}

static gboolean
parse_fault (const char *text, PnVirtualFaults *faults, GError **error)
{
  g_auto (GStrv) pair = g_strsplit (text, "=", 2);
  guint64 number = 0;

  if (g_strv_length (pair) == 2)
    (void) g_ascii_string_to_unsigned (pair[1], 10, 0, G_MAXINT64, &number, NULL);
  if (g_str_equal (pair[0], "reject-recovery"))
    faults->reject_recovery = TRUE;
  else if (g_str_equal (pair[0], "reject-gadget"))
    faults->reject_gadget = TRUE;
  else if (g_str_equal (pair[0], "wrong-eeprom-hash"))
    faults->wrong_eeprom_hash = TRUE;
  else if (g_str_equal (pair[0], "silent-metadata"))
    faults->silent_metadata = TRUE;
  else if (g_str_equal (pair[0], "no-status"))
    faults->no_status = TRUE;
  else if (pair[1] == NULL)
    return fail (error, "A fault is NAME or NAME=NUMBER; see --help");
  else if (g_str_equal (pair[0], "unplug-after"))
    faults->unplug_after = (gint64) number;
  else if (g_str_equal (pair[0], "stall-after"))
    faults->stall_after = (guint) number;
  else if (g_str_equal (pair[0], "flip-bit"))
    faults->gadget.flip_bit = (gint64) number;
  else if (g_str_equal (pair[0], "fail-write-at"))
    faults->gadget.fail_write_at = (gint64) number;
  else if (g_str_equal (pair[0], "write-delay"))
    faults->gadget.write_delay_us = (guint) number;
  else if (g_str_equal (pair[0], "gadget-serial"))
    faults->gadget_serial = g_strdup (pair[1]);
  else
    return fail (error, "There is no such fault; see --help");
  return TRUE;
}

static gboolean
burn (Program *self, GError **error)
{
  PnSha256 hash, key;
  gboolean with_key = self->device_key != NULL && pn_sha256_from_hex (self->device_key, &key);

  if (self->locked_with == NULL)
    return TRUE;
  if (!pn_sha256_from_hex (self->locked_with, &hash))
    return fail (error, "--locked-with takes a SHA-256 in hex");
  return pn_virtual_device_burn (self->device, hash.bytes, with_key ? key.bytes : NULL) ||
         fail (error, "OTP holds another key already");
}

static gboolean
make_device (Program *self, GError **error)
{
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func (g_free);
  PnVirtualFaults faults = pn_virtual_faults_none ();
  gboolean pi5 = g_strcmp0 (self->model, "pi5") == 0;
  PnVirtualBoard board = {
    .chip = PN_CHIP_BCM2712,
    .model =
        (char *) (pi5 ? "Raspberry Pi 5 Model B Rev 1.0" : "Raspberry Pi Compute Module 5 Rev 1.0"),
    .serial = self->serial,
    .board_revision = pi5 ? 0xd04170 : 0xc04180,
    .mac = (char *) "2c:cf:67:00:00:01",
    .strap = self->strap,
    .rom_key_hashes = keys,
  };

  if (self->folder == NULL || self->serial == NULL || strlen (self->serial) != 16)
    return fail (error, "--folder and --serial (16 hex digits) are needed");
  if (!pn_storage_from_word (self->storage != NULL ? self->storage : "emmc", &board.storage_kind) ||
      !parse_size (self->size != NULL ? self->size : "4G", &board.storage_size))
    return fail (error, "--storage is sd, emmc or nvme; --storage-size a number with K, M or G");
  board.storage_identifier =
      (char *) (board.storage_kind == PN_STORAGE_NVME ? "S4EVNX0R123456A     \n"
                                                      : "1b534d45423151543012345678900145\n");
  for (guint i = 0; self->rom_keys != NULL && self->rom_keys[i] != NULL; i++)
    {
      PnSha256 hash;

      if (!pn_sha256_from_hex (self->rom_keys[i], &hash))
        return fail (error, "--rom-key-hash takes a SHA-256 in hex");
      g_ptr_array_add (keys, g_memdup2 (&hash, sizeof hash));
    }
  for (guint i = 0; self->faults != NULL && self->faults[i] != NULL; i++)
    if (!parse_fault (self->faults[i], &faults, error))
      return FALSE;
  (void) g_mkdir_with_parents (self->folder, 0700);
  self->device = pn_virtual_device_new (self->folder, &board, error);
  if (self->device == NULL)
    return FALSE;
  pn_virtual_device_set_faults (self->device, &faults);
  return burn (self, error);
}

/* ---- the person at the bench ---- */

static gboolean
person_cb (gpointer user_data)
{
  Program *self = user_data;
  PnVirtualStage stage = pn_virtual_device_get_stage (self->device);

  if ((stage == PN_VIRTUAL_STUCK || stage == PN_VIRTUAL_RUNNING) &&
      self->operator> 0 && !pn_virtual_device_is_done (self->device))
    {
      self->operator--;
      if (self->verbose)
        printf ("person: unplugs, holds the button, plugs in again\n");
      fflush (stdout);
      pn_virtual_device_unplug (self->device);
      pn_virtual_device_plug (self->device, TRUE);
    }
  return G_SOURCE_REMOVE;
}

static gboolean
stage_changed_cb (gpointer user_data)
{
  Program *self = user_data;
  PnVirtualStage stage = pn_virtual_device_get_stage (self->device);

  if (self->verbose)
    printf ("stage: %s\n", stage_words[stage]);
  fflush (stdout);
  if (stage == PN_VIRTUAL_STUCK || stage == PN_VIRTUAL_RUNNING)
    g_timeout_add (PERSON_MS, person_cb, self);
  return G_SOURCE_REMOVE;
}

static void
stage_cb (PnVirtualDevice *device, PnVirtualStage stage, gpointer user_data)
{
  g_idle_add (stage_changed_cb, user_data);
}

/* ---- ways in ---- */

static gboolean
attach_session (Program *self, GError **error)
{
  g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, error);
  g_autoptr (GUnixFDList) fds = NULL;
  g_autoptr (GVariant) reply = NULL;
  GVariantBuilder options;
  int pair[2];

  if (bus == NULL)
    return FALSE;
  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
    return fail (error, "Cannot make a socket");
  fds = g_unix_fd_list_new_from_array (&pair[1], 1);
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  reply = g_dbus_connection_call_with_unix_fd_list_sync (
      bus, "org.punnet.Provisioner1", "/org/punnet/Provisioner1/manager",
      "org.punnet.Provisioner1.Manager", "AttachVirtual",
      g_variant_new ("(hsa{sv})", 0, self->attach, &options), G_VARIANT_TYPE ("(o)"),
      G_DBUS_CALL_FLAGS_NONE, -1, fds, NULL, NULL, error);
  if (reply == NULL)
    {
      pn_fd_close (pair[0]);
      return FALSE;
    }
  pn_virtual_socket_attach (self->device, pair[0]);
  return TRUE;
}

/* Only the gadget, to whoever speaks fastboot over TCP: one connection after the other. */
static int
serve_tcp (Program *self)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  g_autoptr (PnVirtualStorage) storage = NULL;
  g_autoptr (PnGadget) gadget = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (self->folder, "storage.img", NULL);
  PnGadgetBoard board = { .model = (char *) "Raspberry Pi Compute Module 5 Rev 1.0",
                          .serial = self->serial,
                          .board_revision = 0xc04180,
                          .sdram_size = 8000000000,
                          .mac = (char *) "2c:cf:67:00:00:01" };
  PnGadgetFaults faults = { .flip_bit = -1, .fail_write_at = -1 };
  PnStorage kind = PN_STORAGE_EMMC;
  guint64 size = 0;

  if (self->folder == NULL || self->serial == NULL ||
      !parse_size (self->size != NULL ? self->size : "4G", &size) ||
      !pn_storage_from_word (self->storage != NULL ? self->storage : "emmc", &kind))
    {
      fputs ("punnet-virtual: --folder and --serial are needed\n", stderr);
      return 2;
    }
  (void) g_mkdir_with_parents (self->folder, 0700);
  storage =
      pn_virtual_storage_open (path, kind, size, "1b534d45423151543012345678900145\n", &error);
  if (storage == NULL ||
      !g_socket_listener_add_inet_port (listener, (guint16) self->tcp, NULL, &error))
    {
      fprintf (stderr, "punnet-virtual: %s\n", error->message);
      return 1;
    }
  gadget = pn_gadget_new (&board, storage);
  pn_gadget_set_faults (gadget, &faults);
  printf ("listening on port %d\n", self->tcp);
  fflush (stdout);
  for (;;)
    {
      g_autoptr (GSocketConnection) connection =
          g_socket_listener_accept (listener, NULL, NULL, &error);
      int fd;

      if (connection == NULL)
        return 1;
      /* What GSocket calls blocking is its own waiting: its descriptors never block. */
      fd = g_socket_get_fd (g_socket_connection_get_socket (connection));
      if (!g_unix_set_fd_nonblocking (fd, FALSE, NULL))
        return 1;
      if (pn_gadget_serve_tcp (gadget, fd, FALSE) == PN_GADGET_END_SHUTDOWN)
        return 0;
      pn_virtual_storage_unmap_all (storage);
    }
}

static gboolean
quit_cb (gpointer user_data)
{
  g_main_loop_quit (((Program *) user_data)->loop);
  return G_SOURCE_REMOVE;
}

int
main (int argc, char **argv)
{
  Program self = { 0 };
  const GOptionEntry entries[] = {
    { "folder", 0, 0, G_OPTION_ARG_FILENAME, &self.folder, "Where OTP, EEPROM and storage are kept",
      "FOLDER" },
    { "model", 0, 0, G_OPTION_ARG_STRING, &self.model, "cm5 or pi5", "MODEL" },
    { "serial", 0, 0, G_OPTION_ARG_STRING, &self.serial, "16 hex digits", "SERIAL" },
    { "storage", 0, 0, G_OPTION_ARG_STRING, &self.storage, "sd, emmc or nvme", "KIND" },
    { "storage-size", 0, 0, G_OPTION_ARG_STRING, &self.size, "Such as 768M or 4G", "SIZE" },
    { "strap", 0, 0, G_OPTION_ARG_NONE, &self.strap, "The nRPIBOOT jumper is fitted", NULL },
    { "locked-with", 0, 0, G_OPTION_ARG_STRING, &self.locked_with,
      "Burn this key hash into OTP first", "HEX" },
    { "device-key", 0, 0, G_OPTION_ARG_STRING, &self.device_key, "… and this device key", "HEX" },
    { "rom-key-hash", 0, 0, G_OPTION_ARG_STRING_ARRAY, &self.rom_keys,
      "The boot ROM trusts this vendor key too", "HEX" },
    { "fault", 0, 0, G_OPTION_ARG_STRING_ARRAY, &self.faults,
      "reject-recovery, reject-gadget, wrong-eeprom-hash, silent-metadata, no-status, "
      "unplug-after=BYTES, stall-after=MESSAGES, flip-bit=BYTE, fail-write-at=BYTE, "
      "write-delay=MICROSECONDS, gadget-serial=HEX",
      "NAME[=VALUE]" },
    { "operator", 0, 0, G_OPTION_ARG_INT, &self.operator,
      "Play the person who re-plugs it, up to N times", "N" },
    { "attach", 0, 0, G_OPTION_ARG_STRING, &self.attach,
      "Plug into the session helper as this slot", "NAME" },
    { "tcp", 0, 0, G_OPTION_ARG_INT, &self.tcp, "Only the gadget, on a TCP port", "PORT" },
    { "verbose", 0, 0, G_OPTION_ARG_NONE, &self.verbose, "Say what happens", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("— a virtual Raspberry Pi 5");
  g_autoptr (GError) error = NULL;

  setlocale (LC_ALL, "");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      fprintf (stderr, "punnet-virtual: %s\n", error->message);
      return 2;
    }
  (void) signal (SIGPIPE, SIG_IGN);
  if (self.tcp > 0)
    return serve_tcp (&self);
  self.loop = g_main_loop_new (NULL, FALSE);
  if (self.attach == NULL)
    (void) fail (&error, "--attach NAME or --tcp PORT is needed");
  else if (make_device (&self, &error))
    {
      pn_virtual_device_set_stage_func (self.device, stage_cb, &self);
      (void) attach_session (&self, &error);
    }
  if (error != NULL)
    {
      g_dbus_error_strip_remote_error (error);
      fprintf (stderr, "punnet-virtual: %s\n", error->message);
      return 1;
    }
  g_unix_signal_add (SIGTERM, quit_cb, &self);
  g_unix_signal_add (SIGINT, quit_cb, &self);
  pn_virtual_device_plug (self.device, TRUE);
  g_main_loop_run (self.loop);
  pn_virtual_device_unplug (self.device);
  g_object_unref (self.device);
  return 0;
}
