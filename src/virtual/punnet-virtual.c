/* SPDX-License-Identifier: GPL-3.0-or-later */
/* punnet-virtual: one virtual Raspberry Pi, plugged into a session helper or a TCP port; or a bench
 * of many. */
#include "config.h"

#include <glib-unix.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "pn-bench.h"
#include "pn-digest.h"
#include "pn-error.h"
#include "pn-plug.h"
#include "pn-serve-tcp.h"
#if PN_HAVE_USBREDIR
#include "pn-virtual-redir.h"
#endif

#define PERSON_MS 300 /* how long the simulated person takes to notice */

static const char *const stage_words[] = { "off",    "boot ROM", "recovery", "boot loader",
                                           "gadget", "stuck",    "running" };

typedef struct
{
  /* options */
  char *folder, *model, *storage, *size, *serial, *locked_with, *device_key, *attach, *helper,
      *network, *redir;
  char **rom_keys, **faults;
  gboolean strap, verbose, bench;
  gboolean started; /* a host has sent the first byte */
  int operator, tcp;

  GMainLoop *loop;
  PnVirtualDevice *device;
  int status;
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
parse_storage (Program *self, PnStorage *kind, guint64 *size, GError **error)
{
  if (self->folder == NULL || self->serial == NULL || strlen (self->serial) != 16)
    return fail (error, "--folder and --serial (16 hex digits) are needed");
  return (pn_storage_from_word (self->storage != NULL ? self->storage : "emmc", kind) &&
          parse_size (self->size != NULL ? self->size : "4G", size)) ||
         fail (error, "--storage is sd, emmc or nvme; --storage-size a number with K, M or G");
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
  PnVirtualBoard board = {
    .serial = self->serial,
    .mac = (char *) "2c:cf:67:00:00:01",
    .rom_key_hashes = keys,
  };
  PnStorage kind;
  guint64 size;

  if (!parse_storage (self, &kind, &size, error) ||
      !pn_virtual_board_set_model (&board, self->model != NULL ? self->model : "cm5", error))
    return FALSE;
  pn_virtual_board_set_storage (&board, kind, size);
  board.strap = self->strap;
  board.network = self->network;
  for (guint i = 0; self->rom_keys != NULL && self->rom_keys[i] != NULL; i++)
    {
      PnSha256 hash;

      if (!pn_sha256_from_hex (self->rom_keys[i], &hash))
        return fail (error, "--rom-key-hash takes a SHA-256 in hex");
      g_ptr_array_add (keys, g_memdup2 (&hash, sizeof hash));
    }
  for (guint i = 0; self->faults != NULL && self->faults[i] != NULL; i++)
    if (!pn_virtual_faults_add (&faults, self->faults[i], error))
      return FALSE;
  (void) g_mkdir_with_parents (self->folder, 0700);
  self->device = pn_virtual_device_new (self->folder, &board, error);
  if (self->device == NULL)
    return FALSE;
  pn_virtual_device_set_faults (self->device, &faults);
  pn_virtual_faults_clear (&faults);
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

  gint64 first = pn_virtual_device_get_first_byte (self->device);

  if (self->verbose && first >= 0 && !self->started)
    printf ("first byte: after %.1f ms\n", (double) first / 1000);
  self->started |= first >= 0;
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

static gboolean
quit_cb (gpointer user_data)
{
  g_main_loop_quit (((Program *) user_data)->loop);
  return G_SOURCE_CONTINUE;
}

static void
run_loop (Program *self)
{
  g_unix_signal_add (SIGTERM, quit_cb, self);
  g_unix_signal_add (SIGINT, quit_cb, self);
  g_main_loop_run (self->loop);
}

/* ---- what it can be ---- */

static gboolean
serve_tcp (Program *self, int *status, GError **error)
{
  PnStorage kind;
  guint64 size;

  if (!parse_storage (self, &kind, &size, error))
    return FALSE;
  *status = pn_serve_tcp (self->folder, self->serial, kind, size, (guint16) self->tcp);
  return TRUE;
}

static gboolean
attach (Program *self, GDBusConnection *bus, GError **error)
{
  if (!make_device (self, error))
    return FALSE;
  pn_virtual_device_set_stage_func (self->device, stage_cb, self);
  if (!pn_plug_into (self->device, bus, self->helper, self->attach, error))
    return FALSE;
  pn_virtual_device_plug (self->device, TRUE);
  run_loop (self);
  /* What its thread computes would not come to an end while OpenSSL clears up at exit. */
  g_clear_pointer (&self->device, pn_virtual_device_take_away);
  return TRUE;
}

static gboolean
redirect (Program *self, GError **error)
{
#if PN_HAVE_USBREDIR
  PnVirtualRedir *redir;

  if (!make_device (self, error))
    return FALSE;
  pn_virtual_device_set_stage_func (self->device, stage_cb, self);
  redir = pn_virtual_redir_new (self->device, self->redir, error);
  if (redir == NULL)
    return FALSE;
  pn_virtual_device_plug (self->device, TRUE);
  run_loop (self);
  /* What its thread computes would not come to an end while OpenSSL clears up at exit. */
  g_clear_pointer (&self->device, pn_virtual_device_take_away);
  pn_virtual_redir_free (redir);
  return TRUE;
#else
  return fail (error, "This punnet-virtual was built without libusbredirparser");
#endif
}

static void
name_lost_cb (GDBusConnection *bus, const char *name, gpointer user_data)
{
  Program *self = user_data;

  fprintf (stderr, "punnet-virtual: There is a practice bench on this bus already\n");
  self->status = 1;
  g_main_loop_quit (self->loop);
}

static gboolean
serve_bench (Program *self, GDBusConnection *bus, GError **error)
{
  g_autofree char *folder =
      self->folder != NULL
          ? g_strdup (self->folder)
          : g_build_filename (g_get_user_state_dir (), "punnet", "practice", "bench", NULL);
  PnBench *bench = pn_bench_new (bus, self->helper, folder, error);
  guint owner;

  if (bench == NULL)
    return FALSE;
  owner = g_bus_own_name_on_connection (bus, PN_BENCH_NAME, G_BUS_NAME_OWNER_FLAGS_DO_NOT_QUEUE,
                                        NULL, name_lost_cb, self, NULL);
  run_loop (self);
  g_bus_unown_name (owner);
  pn_bench_free (bench);
  return TRUE;
}

static gboolean
run (Program *self, GError **error)
{
  g_autoptr (GDBusConnection) bus = NULL;

  if (self->tcp > 0)
    return serve_tcp (self, &self->status, error);
  if (self->redir != NULL)
    return redirect (self, error);
  if (!self->bench && self->attach == NULL)
    return fail (error, "--attach NAME, --bench, --redir SOCKET or --tcp PORT is needed");
  if (self->helper == NULL)
    self->helper = g_strdup (self->bench ? "org.punnet.Practice1" : "org.punnet.Provisioner1");
  if (!g_dbus_is_name (self->helper))
    return fail (error, "--helper takes a name on the bus");
  bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, error);
  if (bus == NULL)
    return FALSE;
  return self->bench ? serve_bench (self, bus, error) : attach (self, bus, error);
}

static void
program_clear (Program *self)
{
  char *const words[] = { self->folder, self->model,       self->storage,    self->size,
                          self->serial, self->locked_with, self->device_key, self->attach,
                          self->helper, self->network,     self->redir };

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    g_free (words[i]);
  g_strfreev (self->rom_keys);
  g_strfreev (self->faults);
  g_clear_pointer (&self->loop, g_main_loop_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Program, program_clear)

int
main (int argc, char **argv)
{
  g_auto (Program) self = { 0 };
  const GOptionEntry entries[] = {
    { "folder", 0, 0, G_OPTION_ARG_FILENAME, &self.folder, "Where OTP, EEPROM and storage are kept",
      "FOLDER" },
    { "model", 0, 0, G_OPTION_ARG_STRING, &self.model, "cm5, pi5, cm4, pi4, pi400 or zero2w",
      "MODEL" },
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
      "unplug-after=BYTES, unplug-at=STEP, stall-at=STEP, fail-at=STEP, lie-at=STEP, "
      "stall-after=MESSAGES, flip-bit=BYTE, fail-write-at=BYTE, "
      "write-delay=MICROSECONDS, gadget-serial=HEX, no-data-plane, max-download=BYTES, "
      "network-cut-after=BYTES, network-stall-after=BYTES",
      "NAME[=VALUE]" },
    { "network", 0, 0, G_OPTION_ARG_STRING, &self.network,
      "Plug a network cable in: an address of the loopback interface, such as 127.0.5.4; empty = a "
      "free one",
      "ADDRESS" },
    { "operator", 0, 0, G_OPTION_ARG_INT, &self.operator,
      "Play the person who re-plugs it, up to N times", "N" },
    { "attach", 0, 0, G_OPTION_ARG_STRING, &self.attach,
      "Plug into the session helper as this slot", "NAME" },
    { "bench", 0, 0, G_OPTION_ARG_NONE, &self.bench,
      "Serve a practice bench of many devices on the session bus", NULL },
    { "helper", 0, 0, G_OPTION_ARG_STRING, &self.helper,
      "The helper to plug into (org.punnet.Provisioner1; a bench: org.punnet.Practice1)",
      "BUSNAME" },
    { "tcp", 0, 0, G_OPTION_ARG_INT, &self.tcp, "Only the gadget, on a TCP port", "PORT" },
    { "redir", 0, 0, G_OPTION_ARG_FILENAME, &self.redir,
      "Be a device of the virtual machine that connects to this socket (usb-redir)", "SOCKET" },
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
  self.loop = g_main_loop_new (NULL, FALSE);
  if (run (&self, &error))
    return self.status;
  pn_error_take_remote (&error);
  fprintf (stderr, "punnet-virtual: %s\n", error->message);
  return 1;
}
