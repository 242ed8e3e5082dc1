/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* Settings: which background service the window speaks to, and how that fares. */
#define PN_TYPE_HELPER_GROUP (pn_helper_group_get_type ())
G_DECLARE_FINAL_TYPE (PnHelperGroup, pn_helper_group, PN, HELPER_GROUP, AdwPreferencesGroup)

G_END_DECLS
