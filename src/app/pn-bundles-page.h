/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-client.h"
#include "pn-page.h"

G_BEGIN_DECLS

/* The bundles of the station's store: what there is, how much room is left; installing (also by
 * dropping) and removing. */
#define PN_TYPE_BUNDLES_PAGE (pn_bundles_page_get_type ())
G_DECLARE_FINAL_TYPE (PnBundlesPage, pn_bundles_page, PN, BUNDLES_PAGE, PnPage)

PnPage *pn_bundles_page_new (void) G_GNUC_WARN_UNUSED_RESULT;
/* “3 bundles, 2.1 GB”, of the store that @client sees. (transfer full) */
char *pn_bundles_describe (PnClient *client);

G_END_DECLS
