/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-page.h"

G_BEGIN_DECLS

/* Slots, sounds, appearance, storage. */
#define PN_TYPE_SETTINGS_PAGE (pn_settings_page_get_type ())
G_DECLARE_FINAL_TYPE (PnSettingsPage, pn_settings_page, PN, SETTINGS_PAGE, PnPage)

G_END_DECLS
