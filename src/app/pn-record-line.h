/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pn-record-list.h"

G_BEGIN_DECLS

/* A record in two lines, for a narrow window: result, serial and time; below slot, model, recipe.
 * Property "row" (PnRecordRow, may be NULL). */
#define PN_TYPE_RECORD_LINE (pn_record_line_get_type ())
G_DECLARE_FINAL_TYPE (PnRecordLine, pn_record_line, PN, RECORD_LINE, AdwBin)

G_END_DECLS
