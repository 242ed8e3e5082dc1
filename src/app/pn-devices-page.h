/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-client.h"
#include "pn-page.h"

G_BEGIN_DECLS

/* The start page: every slot as a card or as a row. */
#define PN_TYPE_DEVICES_PAGE (pn_devices_page_get_type ())
G_DECLARE_FINAL_TYPE (PnDevicesPage, pn_devices_page, PN, DEVICES_PAGE, PnPage)

/* Brings a slot into sight, whatever was chosen or searched for, and the focus to it. */
void pn_devices_page_show_slot (PnDevicesPage *self, PnClientSlot *slot);

G_END_DECLS
