/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pn-banner.h"

G_BEGIN_DECLS

/* Shows the first of a list of banners; a button leads through the others. */
#define PN_TYPE_BANNER_BAR (pn_banner_bar_get_type ())
G_DECLARE_FINAL_TYPE (PnBannerBar, pn_banner_bar, PN, BANNER_BAR, AdwBin)

PnBannerBar *pn_banner_bar_new (void);
void pn_banner_bar_set_banners (PnBannerBar *self, GListModel *banners); /* nullable */

G_END_DECLS
