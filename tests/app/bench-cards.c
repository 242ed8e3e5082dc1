/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether the Devices page stays smooth: 64 cards whose runs all move ten times a second, said by a
 * helper in a process of its own. What is measured is the window's main thread: the processor time
 * of each frame and of each turn of its loop, so that what else the machine does counts little.
 * bench-cards [CARDS [SECONDS]]. Not a test. */
#include "config.h"

#include <signal.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "pn-full-station.h"
#include "pn-window.h"

#define FRAME_MS 16.7
#define BEAT_MS 100
#define WARM_UP_MS 2000

static double woken; /* when the main loop came back from waiting */
static double longest;
static gboolean measuring;
static GArray *frames; /* double, ms */

/* ---- the helper's process ---- */

static gboolean
move_cb (gpointer user_data)
{
  PnFullStation *station = user_data;
  static double fraction;

  fraction = fraction > .99 ? 0 : fraction + .001;
  for (guint i = 0; i < station->n_slots; i++)
    pn_full_station_progress (station, i, fraction);
  return G_SOURCE_CONTINUE;
}

static void
be_the_helper (guint n_cards)
{
  PnFullStation *station;
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);

  prctl (PR_SET_PDEATHSIG, SIGTERM);
  station = pn_full_station_new (n_cards);
  for (guint i = 0; i < n_cards; i++)
    pn_full_station_show (station, i, PN_CARD_WRITING);
  g_timeout_add (BEAT_MS, move_cb, station);
  g_main_loop_run (loop);
}

/* ---- the window's ---- */

/* Processor time of this thread, in ms. */
static double
spent (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return (double) now.tv_sec * 1e3 + (double) now.tv_nsec / 1e6;
}

static int
timed_poll (GPollFD *fds, guint n_fds, int timeout)
{
  int n;

  if (measuring && woken > 0)
    longest = MAX (longest, spent () - woken);
  n = g_poll (fds, n_fds, timeout);
  woken = spent ();
  return n;
}

static double frame_began;

static void
before_paint_cb (GdkFrameClock *clock, gpointer user_data)
{
  frame_began = spent ();
}

static void
after_paint_cb (GdkFrameClock *clock, gpointer user_data)
{
  double took = spent () - frame_began;

  if (measuring)
    g_array_append_val (frames, took);
}

static int
compare (gconstpointer a, gconstpointer b)
{
  return *(const double *) a < *(const double *) b ? -1 : 1;
}

static gboolean
stop_cb (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

static void
run_for (guint milliseconds)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);

  g_timeout_add (milliseconds, stop_cb, loop);
  g_main_loop_run (loop);
}

static void
report (guint n_cards)
{
  guint late = 0;

  g_array_sort (frames, compare);
  for (guint i = 0; i < frames->len; i++)
    late += g_array_index (frames, double, i) > FRAME_MS;
  if (frames->len == 0)
    g_error ("nothing was drawn");
  g_print ("  %u cards: %u frames, median %.1f ms, 99 %% within %.1f ms, %.1f %% over %.1f ms, "
           "longest main-thread block %.1f ms\n",
           n_cards, frames->len, g_array_index (frames, double, frames->len / 2),
           g_array_index (frames, double, frames->len * 99 / 100), 100.0 * late / frames->len,
           FRAME_MS, longest);
}

static guint
parse (const char *text)
{
  guint64 number;

  if (!g_ascii_string_to_unsigned (text, 10, 1, 1000, &number, NULL))
    g_error ("not a number from 1 to 1000: %s", text);
  return (guint) number;
}

int
main (int argc, char **argv)
{
  guint n_cards = argc > 1 ? parse (argv[1]) : 64;
  guint seconds = argc > 2 ? parse (argv[2]) : 10;
  PnWindow *window;
  GdkFrameClock *clock;
  PnApp *app;

  if (fork () == 0)
    {
      be_the_helper (n_cards);
      return 0;
    }
  app = pn_app_new (G_APPLICATION_NON_UNIQUE);
  if (!g_application_register (G_APPLICATION (app), NULL, NULL))
    return 1;
  frames = g_array_new (FALSE, FALSE, sizeof (double));
  window = pn_window_new (app);
  gtk_window_set_default_size (GTK_WINDOW (window), 1640, 1000);
  pn_window_show_page (window, "devices");
  gtk_window_present (GTK_WINDOW (window));
  while (g_list_model_get_n_items (pn_client_get_slots (pn_app_get_client (app))) < n_cards)
    g_main_context_iteration (NULL, TRUE);
  run_for (WARM_UP_MS);
  clock = gtk_widget_get_frame_clock (GTK_WIDGET (window));
  g_signal_connect (clock, "before-paint", G_CALLBACK (before_paint_cb), NULL);
  g_signal_connect (clock, "after-paint", G_CALLBACK (after_paint_cb), NULL);
  g_main_context_set_poll_func (NULL, timed_poll);
  measuring = TRUE;
  run_for (seconds * 1000);
  measuring = FALSE;
  report (n_cards);
  return 0;
}
