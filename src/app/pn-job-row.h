/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pn-job.h"

G_BEGIN_DECLS

/* A job in a list: title, step, bar, rate, time left, and Cancel while it goes. Property "job". */
#define PN_TYPE_JOB_ROW (pn_job_row_get_type ())
G_DECLARE_FINAL_TYPE (PnJobRow, pn_job_row, PN, JOB_ROW, AdwBin)

GtkWidget *pn_job_row_new (PnJob *job);

G_END_DECLS
