/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-bench-dialog.h"
#include "pn-bench-fault.h"
#include "pn-scene.h"

static PnClientBench *
get_bench (void)
{
  return pn_app_get_bench (pn_app_get_default ());
}

static void
open_bench (PnWindow *window)
{
  pn_app_set_practice (pn_app_get_default (), TRUE);
  pn_window_show_page (window, "bench");
}

static gboolean
is_there (PnWindow *window)
{
  return pn_client_bench_get_state (get_bench ()) == PN_CLIENT_READY &&
         pn_client_get_state (pn_app_get_client (pn_app_get_default ())) == PN_CLIENT_READY;
}

static gboolean
has_devices (PnWindow *window, guint n)
{
  GListModel *devices = pn_client_bench_get_devices (get_bench ());
  guint plugged = 0;

  for (guint i = 0; i < g_list_model_get_n_items (devices); i++)
    {
      g_autoptr (PnClientBenchDevice) device = g_list_model_get_item (devices, i);

      plugged += pn_client_bench_device_get_plugged (device);
    }
  return plugged == n;
}

/* Plays it as soon as the page lets it be played, and waits for its devices. */
static gboolean
has_played (PnWindow *window, const char *scenario, guint n)
{
  if (is_there (window) && has_devices (window, 0))
    gtk_widget_activate_action (GTK_WIDGET (pn_window_get_page (window, "bench")), "bench.play",
                                "s", scenario);
  return has_devices (window, n);
}

static gboolean
has_four (PnWindow *window)
{
  return has_played (window, "tutorial", 4);
}

/* Nothing is plugged in, so that the next one need not ask. */
static void
pull_all (PnWindow *window)
{
  GListModel *devices = pn_client_bench_get_devices (get_bench ());

  for (guint i = 0; i < g_list_model_get_n_items (devices); i++)
    {
      g_autoptr (PnClientBenchDevice) device = g_list_model_get_item (devices, i);

      pn_client_bench_device_pull_async (device, NULL, NULL, NULL);
    }
  while (!has_devices (window, 0))
    g_main_context_iteration (NULL, TRUE);
}

static gboolean
has_two (PnWindow *window)
{
  return has_played (window, "bad-cable", 2);
}

static void
leave (PnWindow *window)
{
  pull_all (window);
  pn_app_set_practice (pn_app_get_default (), FALSE);
}

static void
open_dialog (PnWindow *window)
{
  open_bench (window);
  while (!is_there (window))
    g_main_context_iteration (NULL, TRUE);
  pn_scene_over = GTK_WIDGET (pn_bench_dialog_new (get_bench ()));
  pn_dialog_present (PN_DIALOG (pn_scene_over), GTK_WIDGET (window));
}

const PnScene pn_scenes_bench[] = {
  { .name = "bench-empty", .open = open_bench, .is_ready = is_there },
  { .name = "bench-add", .open = open_dialog, .is_ready = is_there },
  { .name = "bench", .open = open_bench, .is_ready = has_four, .close = pull_all },
  { .name = "bench-faults", .open = open_bench, .is_ready = has_two, .close = leave },
  { 0 },
};
