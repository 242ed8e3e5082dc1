/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A bundle of the helper's store. Properties (all notify), as the contract has them: "digest",
 * "recipe", "mode", "chip", "storage", "fingerprint", "image" (words), "size", "installed",
 * "installed-by", "last-used", "in-use". */
#define PN_TYPE_CLIENT_BUNDLE (pn_client_bundle_get_type ())
G_DECLARE_FINAL_TYPE (PnClientBundle, pn_client_bundle, PN, CLIENT_BUNDLE, GObject)

/* None is NULL. */
const char *pn_client_bundle_get_digest (PnClientBundle *self); /* hex */
const char *pn_client_bundle_get_recipe (PnClientBundle *self);
const char *pn_client_bundle_get_mode (PnClientBundle *self);
const char *pn_client_bundle_get_chip (PnClientBundle *self);
const char *pn_client_bundle_get_fingerprint (PnClientBundle *self); /* "" = it has no key */
const char *pn_client_bundle_get_image (PnClientBundle *self);
const char *pn_client_bundle_get_installed_by (PnClientBundle *self); /* "" = not known */
const char *const *pn_client_bundle_get_permanent (PnClientBundle *self);
guint64 pn_client_bundle_get_size (PnClientBundle *self);     /* bytes */
gint64 pn_client_bundle_get_installed (PnClientBundle *self); /* unix time, µs */
gint64 pn_client_bundle_get_last_used (PnClientBundle *self); /* the same */
gboolean pn_client_bundle_get_in_use (PnClientBundle *self);

G_END_DECLS
