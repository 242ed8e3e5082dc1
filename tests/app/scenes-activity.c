/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-error.h"
#include "pn-scene.h"

static void
open_empty (PnWindow *window)
{
  pn_window_show_page (window, "activity");
}

static void
open_jobs (PnWindow *window)
{
  PnApp *app = pn_app_get_default ();
  g_autoptr (PnJob) failed = pn_job_new ("import", "broken.img");
  g_autoptr (PnJob) passed = pn_job_new ("prepare", "Gate controller, revision 7");
  g_autoptr (PnJob) running = pn_job_new ("import", "raspios-bookworm-arm64-lite.img");
  g_autoptr (GError) error = g_error_new_literal (
      PN_ERROR, PN_ERROR_INVALID_DATA, "This file is not a disc image (it looks like a PDF).");

  pn_app_add_job (app, failed);
  pn_app_add_job (app, passed);
  pn_app_add_job (app, running);
  pn_job_end (failed, NULL, error);
  pn_job_end (passed, "The bundle is sealed.", NULL);
  pn_job_report (running, "Checking", 1900000000, 2600000000);
  pn_window_show_page (window, "activity");
}

const PnScene pn_scenes_activity[] = {
  { .name = "activity-empty", .open = open_empty },
  { .name = "activity", .open = open_jobs },
  { 0 },
};
