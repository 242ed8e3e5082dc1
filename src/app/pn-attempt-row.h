/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pn-record-list.h"

G_BEGIN_DECLS

/* One attempt at a device, from its record: how it ended, when, and why. Activating it shows the
 * record. */
#define PN_TYPE_ATTEMPT_ROW (pn_attempt_row_get_type ())
G_DECLARE_FINAL_TYPE (PnAttemptRow, pn_attempt_row, PN, ATTEMPT_ROW, AdwActionRow)

GtkWidget *pn_attempt_row_new (PnRecordRow *record) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
