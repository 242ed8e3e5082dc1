/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-client.h"
#include "pn-page.h"

G_BEGIN_DECLS

/* One device: its verdict and the next step, what it is, what protects it, where the time went, its
 * log and its earlier attempts. Property "slot" (NULL for a record). */
#define PN_TYPE_DEVICE_PAGE (pn_device_page_get_type ())
G_DECLARE_FINAL_TYPE (PnDevicePage, pn_device_page, PN, DEVICE_PAGE, PnPage)

PnPage *pn_device_page_new_for_slot (PnClientSlot *slot) G_GNUC_WARN_UNUSED_RESULT;
/* Read only. @values: a{sv}, a record of QueryRecords. */
PnPage *pn_device_page_new_for_record (GVariant *values) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
