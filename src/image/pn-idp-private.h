/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-idp.h"

G_BEGIN_DECLS

void pn_idp_image_free (gpointer image);
void pn_idp_item_free (gpointer item);
/* PN_ERROR_INVALID_DATA; always FALSE, so that a check can return it. */
gboolean pn_idp_refuse (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

G_END_DECLS
