/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-frame-meter.h"

#include <time.h>

#define FRAME_MS 16.7

static double woken; /* when the main loop came back from waiting; 0 = not yet */
static double longest, frame_began;
static GArray *frames; /* double, ms; NULL: nothing is measured */
static GdkFrameClock *clock_of_window;

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

  if (woken > 0)
    longest = MAX (longest, spent () - woken);
  n = g_poll (fds, n_fds, timeout);
  woken = spent ();
  return n;
}

static void
before_paint_cb (GdkFrameClock *clock, gpointer user_data)
{
  frame_began = spent ();
}

static void
after_paint_cb (GdkFrameClock *clock, gpointer user_data)
{
  double took = spent () - frame_began;

  g_array_append_val (frames, took);
}

static int
compare (gconstpointer a, gconstpointer b)
{
  const double first = *(const double *) a, second = *(const double *) b;

  return (first > second) - (first < second);
}

void
pn_frame_meter_start (GtkWidget *window)
{
  frames = g_array_new (FALSE, FALSE, sizeof (double));
  woken = longest = 0;
  frame_began = spent ();
  clock_of_window = g_object_ref (gtk_widget_get_frame_clock (window));
  g_signal_connect (clock_of_window, "before-paint", G_CALLBACK (before_paint_cb), frames);
  g_signal_connect (clock_of_window, "after-paint", G_CALLBACK (after_paint_cb), frames);
  g_main_context_set_poll_func (NULL, timed_poll);
}

void
pn_frame_meter_stop (const char *what)
{
  guint late = 0;

  g_main_context_set_poll_func (NULL, NULL);
  g_signal_handlers_disconnect_by_data (clock_of_window, frames);
  g_clear_object (&clock_of_window);
  if (frames->len == 0)
    g_error ("nothing was drawn");
  g_array_sort (frames, compare);
  for (guint i = 0; i < frames->len; i++)
    late += g_array_index (frames, double, i) > FRAME_MS;
  g_print ("  %s: %u frames, median %.1f ms, 99 %% within %.1f ms, %.1f %% over %.1f ms, "
           "longest main-thread block %.1f ms\n",
           what, frames->len, g_array_index (frames, double, frames->len / 2),
           g_array_index (frames, double, frames->len * 99 / 100), 100.0 * late / frames->len,
           FRAME_MS, longest);
  g_clear_pointer (&frames, g_array_unref);
}

static gboolean
stop_cb (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

void
pn_frame_meter_run (guint milliseconds)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);

  g_timeout_add (milliseconds, stop_cb, loop);
  g_main_loop_run (loop);
}
