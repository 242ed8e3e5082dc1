/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-page.h"

G_BEGIN_DECLS

/* Long tasks, running and past, and what the helper says of devices. */
#define PN_TYPE_ACTIVITY_PAGE (pn_activity_page_get_type ())
G_DECLARE_FINAL_TYPE (PnActivityPage, pn_activity_page, PN, ACTIVITY_PAGE, PnPage)

G_END_DECLS
