/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* Settings: which bundles a station has, and whose it takes. */
#define PN_TYPE_TRUST_GROUP (pn_trust_group_get_type ())
G_DECLARE_FINAL_TYPE (PnTrustGroup, pn_trust_group, PN, TRUST_GROUP, AdwPreferencesGroup)

G_END_DECLS
