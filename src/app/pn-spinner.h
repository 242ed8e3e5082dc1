/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* Says that something is coming. It turns only while it is seen: one that turns behind another page
 * of a stack keeps the whole window drawing. */
#define PN_TYPE_SPINNER (pn_spinner_get_type ())
G_DECLARE_FINAL_TYPE (PnSpinner, pn_spinner, PN, SPINNER, AdwBin)

G_END_DECLS
