/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether the Devices page stays smooth: 64 cards whose runs all move ten times a second, said by a
 * helper in a process of its own. What is measured is the window's main thread: the processor time
 * of each frame and of each turn of its loop, so that what else the machine does counts little.
 * bench-cards [CARDS [SECONDS]]. Not a test. */
#include "config.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "pn-frame-meter.h"
#include "pn-full-station.h"
#include "pn-window.h"

#define BEAT_MS 100
#define WARM_UP_MS 2000

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
  g_autofree char *what = g_strdup_printf ("%u cards", n_cards);
  PnApp *app;

  if (fork () == 0)
    {
      be_the_helper (n_cards);
      return 0;
    }
  app = pn_app_new (G_APPLICATION_NON_UNIQUE);
  if (!g_application_register (G_APPLICATION (app), NULL, NULL))
    return 1;
  window = pn_window_new (app);
  gtk_window_set_default_size (GTK_WINDOW (window), 1640, 1000);
  pn_window_show_page (window, "devices");
  gtk_window_present (GTK_WINDOW (window));
  while (g_list_model_get_n_items (pn_client_get_slots (pn_app_get_client (app))) < n_cards)
    g_main_context_iteration (NULL, TRUE);
  pn_frame_meter_run (WARM_UP_MS);
  pn_frame_meter_start (GTK_WIDGET (window));
  pn_frame_meter_run (seconds * 1000);
  pn_frame_meter_stop (what);
  return 0;
}
