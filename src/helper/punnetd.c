/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib-unix.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>

#include "pn-port-rules.h"
#include "pn-station.h"

#define BUS_NAME "org.punnet.Provisioner1"
#define PRACTICE_NAME "org.punnet.Practice1"
#define PATIENCE_MS (60 * 1000)

typedef struct
{
  GMainLoop *loop;
  PnStation *station;
  char *state_dir, *bus_name;
  GStrv port_folders;
  gboolean practice;
  double time_scale;
  guint patience; /* timer */
  int status;
} Program;

static void
ended_cb (gpointer station, gpointer user_data)
{
  Program *program = user_data;

  g_main_loop_quit (program->loop);
}

static gboolean
kill_cb (gpointer user_data)
{
  Program *program = user_data;

  g_warning ("Some runs did not end in time; their workers are stopped");
  pn_station_kill (program->station);
  return G_SOURCE_CONTINUE;
}

/* Runs end in a stated outcome first; the second time, and whenever a while has gone by, workers
 * are made to. One that writes flash or OTP ends what it does in any case. */
static gboolean
quit_cb (gpointer user_data)
{
  Program *program = user_data;

  if (program->station == NULL)
    g_main_loop_quit (program->loop);
  else if (program->station->ending)
    pn_station_kill (program->station);
  else
    {
      program->patience =
          g_timeout_add ((guint) (PATIENCE_MS * program->time_scale), kill_cb, program);
      pn_station_end (program->station, ended_cb, program);
    }
  return G_SOURCE_CONTINUE;
}

static void
bus_acquired_cb (GDBusConnection *connection, const char *name, gpointer user_data)
{
  Program *program = user_data;
  g_autoptr (GError) error = NULL;

  program->station =
      pn_station_new (connection, program->state_dir, program->practice, program->time_scale,
                      (const char *const *) program->port_folders, &error);
  if (program->station != NULL)
    return;
  fprintf (stderr, "punnetd: %s\n", error->message);
  program->status = 1;
  g_main_loop_quit (program->loop);
}

static void
name_lost_cb (GDBusConnection *connection, const char *name, gpointer user_data)
{
  Program *program = user_data;

  fprintf (stderr, "punnetd: %s\n",
           connection == NULL ? "There is no session bus" : "A helper is running already");
  program->status = 1;
  g_main_loop_quit (program->loop);
}

/* The user's own before the machine's: nobody else's devices depend on this helper. */
static GStrv
choose_port_folders (void)
{
  g_autofree char *own =
      g_build_filename (g_get_user_config_dir (), "punnet", PN_PORT_RULES_FOLDER, NULL);
  const char *const folders[] = { own, PN_SYSCONFDIR "/punnet/" PN_PORT_RULES_FOLDER,
                                  PN_DATADIR "/punnet/" PN_PORT_RULES_FOLDER, NULL };

  return g_strdupv ((GStrv) folders);
}

int
main (int argc, char **argv)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Program program = { .loop = loop, .time_scale = 1.0 };
  gboolean session = FALSE;
  const GOptionEntry entries[] = {
    { "session", 0, 0, G_OPTION_ARG_NONE, &session, "Serve the session bus, as yourself", NULL },
    { "practice", 0, 0, G_OPTION_ARG_NONE, &program.practice,
      "Virtual devices only, and records of their own", NULL },
    { "state-dir", 0, 0, G_OPTION_ARG_FILENAME, &program.state_dir,
      "Where records and bundles are kept", "FOLDER" },
    { "time-scale", 0, 0, G_OPTION_ARG_DOUBLE, &program.time_scale,
      "Stretch or shorten all time limits (practice, tests)", "FACTOR" },
    { "usb-ports", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &program.port_folders,
      "Rules which sockets may be used, instead of the station's; the first folder masks the "
      "others",
      "FOLDER" },
    { "bus-name", 0, 0, G_OPTION_ARG_STRING, &program.bus_name,
      "With --practice: a name of its own, beside other helpers (org.punnet.Practice1)",
      "BUSNAME" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("— provision devices");
  g_autoptr (GError) error = NULL;
  guint owner;

  setlocale (LC_ALL, "");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      fprintf (stderr, "punnetd: %s\n", error->message);
      return 2;
    }
  if (!session || argc > 1 || program.time_scale <= 0)
    {
      fputs ("punnetd: Start it as `punnetd --session`; see --help\n", stderr);
      return 2;
    }
  if (program.bus_name != NULL &&
      (!program.practice || !g_dbus_is_name (program.bus_name) || program.bus_name[0] == ':'))
    {
      fputs ("punnetd: --bus-name takes a well-known name on the bus, and only with --practice\n",
             stderr);
      return 2;
    }
  if (program.bus_name == NULL)
    program.bus_name = g_strdup (program.practice ? PRACTICE_NAME : BUS_NAME);
  if (program.state_dir == NULL)
    program.state_dir = g_build_filename (g_get_user_state_dir (), "punnet",
                                          program.practice ? "practice" : NULL, NULL);
  if (program.port_folders == NULL)
    program.port_folders = choose_port_folders ();
  (void) signal (SIGPIPE, SIG_IGN);
  g_unix_signal_add (SIGTERM, quit_cb, &program);
  g_unix_signal_add (SIGINT, quit_cb, &program);
  owner = g_bus_own_name (G_BUS_TYPE_SESSION, program.bus_name, G_BUS_NAME_OWNER_FLAGS_DO_NOT_QUEUE,
                          bus_acquired_cb, NULL, name_lost_cb, &program, NULL);
  g_main_loop_run (loop);
  g_clear_handle_id (&program.patience, g_source_remove);
  /* What is in the write-ahead log goes into the file, which can be copied alone then. */
  if (program.station != NULL)
    g_clear_pointer (&program.station->records, pn_records_close);
  g_bus_unown_name (owner);
  g_strfreev (program.port_folders);
  g_free (program.state_dir);
  g_free (program.bus_name);
  return program.status;
}
