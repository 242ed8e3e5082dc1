/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs as they go: a live table on a terminal, else one line at each change that the helper tells.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "pn-ctl-helper.h"
#include "pn-sentence.h"

#define BAR_WIDTH 24
#define REDRAW_MS 200
#define IDLE_MS 2000 /* a device that is re-plugged starts again within that */

typedef struct
{
  const PnCtlWatching *what;
  GDBusObjectManager *objects;
  GMainLoop *loop;
  gboolean terminal;
  guint drawn;      /* lines on the terminal */
  gboolean started; /* a run was seen */
  guint idle;       /* timer: nothing goes */
  GHashTable *last; /* path → what was printed last, where it is no terminal */
  int status;
} Watch;

static char *
format_run (PnDbusRun *run)
{
  gint64 ended = pn_dbus_run_get_ended (run);
  double seconds =
      (double) ((ended != 0 ? ended : g_get_real_time ()) - pn_dbus_run_get_started (run)) / 1e6;
  guint64 done = pn_dbus_run_get_done (run);
  guint64 total = pn_dbus_run_get_total (run);
  const char *verdict = pn_dbus_run_get_verdict (run);
  const char *instruction = pn_dbus_run_get_instruction (run);
  g_autoptr (GString) bar = g_string_new (NULL);
  guint filled = total > 0 ? (guint) (done * BAR_WIDTH / total) : 0;

  if (!g_str_equal (verdict, "running"))
    return g_strdup_printf ("%-14s %s %-9s %6.1f s  %s", pn_dbus_run_get_slot (run),
                            g_str_equal (verdict, "passed")    ? "✔"
                            : g_str_equal (verdict, "refused") ? "■"
                                                               : "✘",
                            verdict, seconds, pn_dbus_run_get_message (run));
  for (guint i = 0; i < BAR_WIDTH; i++)
    g_string_append (bar, i < filled ? "━" : "╌");
  return g_strdup_printf ("%-14s %-8s %s %3u %%  %6.1f s  %s%s", pn_dbus_run_get_slot (run),
                          pn_dbus_run_get_phase (run), bar->str,
                          total > 0 ? (guint) (done * 100 / total) : 0, seconds,
                          pn_dbus_run_get_do_not_disconnect (run) ? "do not unplug " : "",
                          instruction != NULL ? instruction : "");
}

/* What a person wants to read once; progress is not. */
static char *
format_change (PnDbusRun *run)
{
  const char *verdict = pn_dbus_run_get_verdict (run);
  gboolean going = g_str_equal (verdict, "running");
  const char *more = going ? pn_dbus_run_get_instruction (run) : pn_dbus_run_get_message (run);

  return g_strdup_printf ("%s: %s %s%s%s", pn_dbus_run_get_slot (run), pn_dbus_run_get_phase (run),
                          verdict, more != NULL && more[0] != '\0' ? ": " : "",
                          more != NULL ? more : "");
}

static void
print_change (Watch *watch, PnDbusRun *run)
{
  const char *path = g_dbus_proxy_get_object_path (G_DBUS_PROXY (run));
  g_autofree char *said = NULL;
  g_autofree char *now = NULL;

  if (watch->what->json)
    {
      g_autoptr (GVariant) properties =
          g_variant_ref_sink (pn_ctl_properties (G_DBUS_PROXY (run), "run"));

      said = json_gvariant_serialize_data (properties, NULL);
    }
  else
    said = format_change (run);
  now = pn_sentence_to_english (said);
  if (g_strcmp0 (g_hash_table_lookup (watch->last, path), now) == 0)
    return;
  puts (now);
  fflush (stdout);
  g_hash_table_insert (watch->last, g_strdup (path), g_steal_pointer (&now));
}

static gboolean
is_wanted (Watch *watch, PnDbusRun *run)
{
  return watch->what->batch == NULL ||
         g_str_equal (pn_dbus_run_get_batch (run), watch->what->batch);
}

/* One row, whatever the line has: after one that wraps, the next drawing would begin too low. */
static void
print_row (char *line)
{
  struct winsize size;
  glong columns =
      ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col : 80;

  g_strdelimit (line, "\n", ' ');
  if (g_utf8_strlen (line, -1) > columns)
    {
      *g_utf8_offset_to_pointer (line, columns - 1) = '\0';
      printf ("%s…\n", line);
    }
  else
    puts (line);
}

static void
draw (Watch *watch)
{
  g_autoptr (GPtrArray) runs = pn_ctl_list_interfaces (watch->objects, PN_CTL_RUN);

  if (watch->drawn > 0)
    {
      g_autofree char *up = g_strdup_printf ("\033[%uA\033[J", watch->drawn);

      pn_ctl_tell_terminal (up);
    }
  watch->drawn = 0;
  for (guint i = 0; i < runs->len; i++)
    if (is_wanted (watch, runs->pdata[i]))
      {
        g_autofree char *said = format_run (runs->pdata[i]);
        g_autofree char *line = pn_sentence_to_english (said);

        print_row (line);
        watch->drawn++;
      }
  fflush (stdout);
}

static gboolean
redraw_cb (gpointer user_data)
{
  draw (user_data);
  return G_SOURCE_CONTINUE;
}

static gboolean
idle_cb (gpointer user_data)
{
  Watch *watch = user_data;

  watch->idle = 0;
  g_main_loop_quit (watch->loop);
  return G_SOURCE_REMOVE;
}

static gboolean
is_going (Watch *watch)
{
  g_autoptr (GPtrArray) runs = pn_ctl_list_interfaces (watch->objects, PN_CTL_RUN);
  gboolean going = FALSE;

  for (guint i = 0; i < runs->len; i++)
    if (is_wanted (watch, runs->pdata[i]))
      {
        watch->started = TRUE;
        going |= g_str_equal (pn_dbus_run_get_verdict (runs->pdata[i]), "running");
      }
  return going;
}

static void
print_end (Watch *watch, PnDbusBatch *batch)
{
  guint passed = pn_dbus_batch_get_passed (batch);
  guint count = pn_dbus_batch_get_count (batch);

  if (watch->what->json)
    {
      pn_ctl_print_variant (pn_ctl_properties (G_DBUS_PROXY (batch), "end"));
      return;
    }
  printf ("%u of %u devices passed", passed, count);
  if (passed < count)
    printf (", %u failed, %u set aside, %u refused%s", pn_dbus_batch_get_failed (batch),
            pn_dbus_batch_get_set_aside (batch), pn_dbus_batch_get_refused (batch),
            pn_dbus_batch_get_closed (batch) ? "; the batch was closed" : "");
  puts (".");
}

/* A batch is over when as many devices have passed as were wanted, or as many have ended in any
 * way, or it was closed; and nothing of it goes any more. */
static void
check_batch (Watch *watch, gboolean going)
{
  g_autoptr (GDBusInterface) found =
      g_dbus_object_manager_get_interface (watch->objects, watch->what->batch, PN_CTL_BATCH);
  PnDbusBatch *batch = found != NULL ? PN_DBUS_BATCH (found) : NULL;
  guint passed, ended, count;

  if (batch == NULL || going)
    return;
  count = pn_dbus_batch_get_count (batch);
  passed = pn_dbus_batch_get_passed (batch);
  ended = passed + pn_dbus_batch_get_failed (batch) + pn_dbus_batch_get_set_aside (batch) +
          pn_dbus_batch_get_refused (batch);
  if (ended < count && !pn_dbus_batch_get_closed (batch))
    return;
  if (watch->terminal)
    draw (watch);
  print_end (watch, batch);
  watch->status = passed >= count ? 0 : 1;
  g_main_loop_quit (watch->loop);
}

static void
consider (Watch *watch)
{
  gboolean going = is_going (watch);

  if (watch->what->batch != NULL)
    check_batch (watch, going);
  if (!watch->what->until_idle)
    return;
  if (going)
    g_clear_handle_id (&watch->idle, g_source_remove);
  else if (watch->started && watch->idle == 0)
    watch->idle = g_timeout_add (IDLE_MS, idle_cb, watch);
}

static void
changed_cb (GDBusObjectManagerClient *objects,
            GDBusObjectProxy *object,
            GDBusProxy *proxy,
            GVariant *changed,
            GStrv invalidated,
            Watch *watch)
{
  if (!watch->terminal && PN_DBUS_IS_RUN (proxy) && is_wanted (watch, PN_DBUS_RUN (proxy)))
    print_change (watch, PN_DBUS_RUN (proxy));
  consider (watch);
}

static void
added_cb (GDBusObjectManager *objects, GDBusObject *object, Watch *watch)
{
  g_autoptr (GDBusInterface) run = g_dbus_object_get_interface (object, PN_CTL_RUN);

  if (!watch->terminal && run != NULL && is_wanted (watch, PN_DBUS_RUN (run)))
    print_change (watch, PN_DBUS_RUN (run));
  consider (watch);
}

static void
removed_cb (GDBusObjectManager *objects, GDBusObject *object, Watch *watch)
{
  g_hash_table_remove (watch->last, g_dbus_object_get_object_path (object));
  consider (watch);
}

static void
owner_cb (GDBusObjectManagerClient *objects, GParamSpec *pspec, Watch *watch)
{
  g_autofree char *owner = g_dbus_object_manager_client_get_name_owner (objects);

  if (owner != NULL)
    return;
  fputs ("punnetctl: The helper has ended\n", stderr);
  watch->status = 1;
  g_main_loop_quit (watch->loop);
}

int
pn_ctl_watch_runs (GDBusObjectManager *objects, const PnCtlWatching *what)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Watch watch = { what, objects, loop, !what->json && isatty (STDOUT_FILENO) };
  g_autoptr (GPtrArray) runs = pn_ctl_list_interfaces (objects, PN_CTL_RUN);
  guint timer = watch.terminal ? g_timeout_add (REDRAW_MS, redraw_cb, &watch) : 0;

  watch.last = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_signal_connect (objects, "interface-proxy-properties-changed", G_CALLBACK (changed_cb), &watch);
  g_signal_connect (objects, "object-added", G_CALLBACK (added_cb), &watch);
  g_signal_connect (objects, "object-removed", G_CALLBACK (removed_cb), &watch);
  g_signal_connect (objects, "notify::name-owner", G_CALLBACK (owner_cb), &watch);
  for (guint i = 0; i < runs->len; i++)
    if (!watch.terminal && is_wanted (&watch, runs->pdata[i]))
      print_change (&watch, runs->pdata[i]);
  consider (&watch);
  g_main_loop_run (loop);
  g_signal_handlers_disconnect_by_data (objects, &watch);
  g_clear_handle_id (&timer, g_source_remove);
  g_clear_handle_id (&watch.idle, g_source_remove);
  g_hash_table_unref (watch.last);
  return watch.status;
}

int
pn_ctl_watch (int argc, char **argv)
{
  PnCtlWatching what = { 0 };
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &what.json, "One JSON object a line, at each change", NULL },
    { "until-idle", 0, 0, G_OPTION_ARG_NONE, &what.until_idle, "End when all runs have ended",
      NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("— watch the runs");
  g_autoptr (GDBusObjectManager) objects = NULL;
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!pn_ctl_parse (context, &argc, &argv, 0, 0))
    return 2;
  objects = pn_ctl_connect (&error);
  if (objects == NULL)
    return pn_ctl_fail_remote (error);
  return pn_ctl_watch_runs (objects, &what);
}
