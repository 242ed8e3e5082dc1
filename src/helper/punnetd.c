/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib-unix.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>

#include "pn-authority.h"
#include "pn-port-rules.h"
#include "pn-secret.h"

#define BUS_NAME "org.punnet.Provisioner1"
#define PRACTICE_NAME "org.punnet.Practice1"
#define PATIENCE_MS (60 * 1000)
#define IDLE 30                    /* s, of a station's helper */
#define HOOK_SOCKETS "/run/punnet" /* as the units punnet-hook.socket say */

typedef struct
{
  GMainLoop *loop;
  PnStation *station;
  PnStationSetup setup;
  char *state_dir, *bus_name, *hook_sockets;
  GStrv port_folders;
  guint owner;    /* of the name */
  guint patience; /* timer */
  int idle;       /* s, 0 = it stays */
  guint idle_timer;
  int status;
} Program;

static void own_name (Program *program, GDBusConnection *connection);

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
          g_timeout_add ((guint) (PATIENCE_MS * program->setup.time_scale), kill_cb, program);
      pn_station_end (program->station, ended_cb, program);
    }
  return G_SOURCE_CONTINUE;
}

/* ---- nobody needs it ---- */

static gboolean
is_needed (Program *program)
{
  return pn_callers_count (pn_authority_get_callers (program->station->authority)) > 0 ||
         !pn_station_is_idle (program->station);
}

/* Whatever was sent to it before the name was given back is still answered: it stays then. */
static gboolean
idle_cb (gpointer user_data)
{
  Program *program = user_data;

  if (is_needed (program))
    return G_SOURCE_CONTINUE;
  g_bus_unown_name (program->owner);
  program->owner = 0;
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  if (is_needed (program))
    {
      own_name (program, program->station->connection);
      return G_SOURCE_CONTINUE;
    }
  program->idle_timer = 0;
  (void) quit_cb (program);
  return G_SOURCE_REMOVE;
}

/* From now on, for it may be a while until somebody looks again. */
static void
emptied_cb (gpointer callers, gpointer user_data)
{
  Program *program = user_data;

  g_clear_handle_id (&program->idle_timer, g_source_remove);
  program->idle_timer = g_timeout_add_seconds ((guint) program->idle, idle_cb, program);
}

static void
watch_need (Program *program)
{
  PnCallers *callers = pn_authority_get_callers (program->station->authority);

  if (!program->setup.system || program->idle == 0)
    return;
  pn_callers_listen (callers, emptied_cb, program);
  emptied_cb (callers, program);
}

/* ---- the bus ---- */

static void
give_up (Program *program, const char *why)
{
  fprintf (stderr, "punnetd: %s\n", why);
  program->status = 1;
  g_main_loop_quit (program->loop);
}

/* Also where the bus itself has gone: runs end as for any other reason, for what is written just
 * now is not to be cut off, and how they ended is in the records. */
static void
lost_cb (GDBusConnection *connection, const char *name, gpointer user_data)
{
  Program *program = user_data;

  if (program->station->ending)
    return;
  fprintf (stderr, "punnetd: %s\n",
           connection == NULL
               ? "The bus has ended"
               : "The name is taken, or the bus does not allow it to this user: a helper may be "
                 "running already");
  program->status = 1;
  (void) quit_cb (program);
}

static void
own_name (Program *program, GDBusConnection *connection)
{
  program->owner = g_bus_own_name_on_connection (connection, program->bus_name,
                                                 G_BUS_NAME_OWNER_FLAGS_DO_NOT_QUEUE, NULL, lost_cb,
                                                 program, NULL);
}

/* Whoever finds the name finds a helper whose state is whole; whoever has it activated hears that
 * it ended. */
static gboolean
begin_cb (gpointer user_data)
{
  Program *program = user_data;
  GBusType type = program->setup.system ? G_BUS_TYPE_SYSTEM : G_BUS_TYPE_SESSION;
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) connection = g_bus_get_sync (type, NULL, &error);

  if (connection == NULL)
    give_up (program, "There is no bus of that kind");
  else if ((program->station = pn_station_new (connection, &program->setup, &error)) == NULL)
    give_up (program, error->message);
  else
    {
      g_dbus_connection_set_exit_on_close (connection, FALSE); /* see lost_cb () */
      watch_need (program);
      own_name (program, connection);
    }
  return G_SOURCE_REMOVE;
}

/* ---- how it was started ---- */

static char *
choose_state_dir (const Program *program)
{
  const char *given = g_getenv ("STATE_DIRECTORY");

  if (!program->setup.system)
    return g_build_filename (g_get_user_state_dir (), "punnet",
                             program->setup.practice ? "practice" : NULL, NULL);
  return g_strdup (given != NULL ? given : PN_LOCALSTATEDIR "/lib/punnet");
}

/* What is wrong with the options, or NULL. */
static const char *
find_fault (const Program *program)
{
  if (program->setup.time_scale <= 0)
    return "--time-scale is a number greater than 0";
  if (program->idle < 0)
    return "--idle-exit is a number of seconds, or 0";
  if (program->setup.practice && program->setup.system)
    return "--practice is for --session only";
  if (program->bus_name != NULL &&
      (!program->setup.practice || !g_dbus_is_name (program->bus_name) ||
       program->bus_name[0] == ':'))
    return "--bus-name takes a well-known name on the bus, and only with --practice";
  return NULL;
}

/* The user's own before the machine's in a session: nobody else's devices depend on its helper. */
static GStrv
choose_port_folders (gboolean system)
{
  g_autofree char *own =
      g_build_filename (g_get_user_config_dir (), "punnet", PN_PORT_RULES_FOLDER, NULL);
  const char *const folders[] = { own, PN_SYSCONFDIR "/punnet/" PN_PORT_RULES_FOLDER,
                                  PN_DATADIR "/punnet/" PN_PORT_RULES_FOLDER, NULL };

  return g_strdupv ((GStrv) folders + (system ? 1 : 0));
}

static void
fill_in (Program *program)
{
  if (program->bus_name == NULL)
    program->bus_name = g_strdup (program->setup.practice ? PRACTICE_NAME : BUS_NAME);
  if (program->state_dir == NULL)
    program->state_dir = choose_state_dir (program);
  if (program->port_folders == NULL)
    program->port_folders = choose_port_folders (program->setup.system);
  if (program->setup.system && program->hook_sockets == NULL)
    program->hook_sockets = g_strdup (HOOK_SOCKETS);
  program->setup.state_dir = program->state_dir;
  program->setup.hook_sockets = program->hook_sockets;
  program->setup.port_folders = (const char *const *) program->port_folders;
}

static void
serve (Program *program)
{
  (void) signal (SIGPIPE, SIG_IGN);
  g_unix_signal_add (SIGTERM, quit_cb, program);
  g_unix_signal_add (SIGINT, quit_cb, program);
  g_idle_add (begin_cb, program);
  g_main_loop_run (program->loop);
  g_clear_handle_id (&program->patience, g_source_remove);
  g_clear_handle_id (&program->idle_timer, g_source_remove);
  /* What is in the write-ahead log goes into the file, which can be copied alone then. */
  if (program->station != NULL)
    g_clear_pointer (&program->station->records, pn_records_close);
  if (program->owner != 0)
    g_bus_unown_name (program->owner);
}

int
main (int argc, char **argv)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Program program = { .loop = loop, .setup.time_scale = 1.0, .idle = IDLE };
  gboolean session = FALSE;
  const GOptionEntry entries[] = {
    { "session", 0, 0, G_OPTION_ARG_NONE, &session,
      "Serve the session bus, as yourself; else the system bus, for whoever polkit lets", NULL },
    { "practice", 0, 0, G_OPTION_ARG_NONE, &program.setup.practice,
      "With --session: virtual devices only, and records of their own", NULL },
    { "state-dir", 0, 0, G_OPTION_ARG_FILENAME, &program.state_dir,
      "Where records and bundles are kept", "FOLDER" },
    { "time-scale", 0, 0, G_OPTION_ARG_DOUBLE, &program.setup.time_scale,
      "Stretch or shorten all time limits (practice, tests)", "FACTOR" },
    { "usb-ports", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &program.port_folders,
      "Rules which sockets may be used, instead of the station's; the first folder masks the "
      "others",
      "FOLDER" },
    { "unconfined", 0, 0, G_OPTION_ARG_NONE, &program.setup.unconfined,
      "Run workers without Landlock and seccomp; their records say so", NULL },
    { "hook-sockets", 0, 0, G_OPTION_ARG_FILENAME, &program.hook_sockets,
      "Where the sockets of those who run scripts are (" HOOK_SOCKETS "; in a session: nowhere)",
      "FOLDER" },
    { "idle-exit", 0, 0, G_OPTION_ARG_INT, &program.idle,
      "On the system bus: end after so long with no batch, no run and nobody who asks (30; 0: "
      "never)",
      "SECONDS" },
    { "bus-name", 0, 0, G_OPTION_ARG_STRING, &program.bus_name,
      "With --practice: a name of its own, beside other helpers (org.punnet.Practice1)",
      "BUSNAME" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("— provision devices");
  g_autoptr (GError) error = NULL;
  const char *fault;

  pn_forbid_cores ();
  setlocale (LC_ALL, "");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      fprintf (stderr, "punnetd: %s\n", error->message);
      return 2;
    }
  program.setup.system = !session;
  fault = argc > 1 ? "It takes no arguments; see --help" : find_fault (&program);
  if (fault != NULL)
    {
      fprintf (stderr, "punnetd: %s\n", fault);
      return 2;
    }
  fill_in (&program);
  serve (&program);
  g_strfreev (program.port_folders);
  g_free (program.state_dir);
  g_free (program.hook_sockets);
  g_free (program.bus_name);
  return program.status;
}
