/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "pn-override.h"

G_BEGIN_DECLS

/* An override that counts. Nothing of it changes. */
#define PN_TYPE_CLIENT_OVERRIDE (pn_client_override_get_type ())
G_DECLARE_FINAL_TYPE (PnClientOverride, pn_client_override, PN, CLIENT_OVERRIDE, GObject)

/* @values: a{sv} as of ListOverrides; NULL where it is none. */
PnClientOverride *pn_client_override_new (GVariant *values) G_GNUC_WARN_UNUSED_RESULT;
const PnOverride *pn_client_override_get (PnClientOverride *self); /* (transfer none) */

G_END_DECLS
