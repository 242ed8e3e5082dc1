/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "pn-client.h"

G_BEGIN_DECLS

/* Provisions the device of @slot once more, which is done with its batch's bundle. Asks first why,
 * over the window of @widget, and keeps it as an override for once; where somebody has said so
 * before, it starts at once. */
void pn_again_dialog_start (GtkWidget *widget, PnClient *client, PnClientSlot *slot);

G_END_DECLS
