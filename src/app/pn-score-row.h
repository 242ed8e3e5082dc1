/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pn-score.h"

G_BEGIN_DECLS

/* One line of the security score. Properties: "line", "narrow" (its facts lie under its name). */
#define PN_TYPE_SCORE_ROW (pn_score_row_get_type ())
G_DECLARE_FINAL_TYPE (PnScoreRow, pn_score_row, PN, SCORE_ROW, GtkListBoxRow)

#define PN_N_SCORE_COLUMNS 3 /* beside the name: wanted, read back, permanence */

/* @columns: makes what stands below one another equally wide. */
GtkWidget *pn_score_row_new (PnScoreLine *line, GtkSizeGroup *const columns[PN_N_SCORE_COLUMNS])
    G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
