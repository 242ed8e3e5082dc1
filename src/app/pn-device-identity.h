/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pn-device-story.h"

G_BEGIN_DECLS

/* One thing that is known of a device: a name and a value to copy. */
#define PN_TYPE_FACT (pn_fact_get_type ())
G_DECLARE_FINAL_TYPE (PnFact, pn_fact, PN, FACT, GObject)
const char *pn_fact_get_name (PnFact *self);
const char *pn_fact_get_value (PnFact *self);

/* What the device is. (transfer full) GListStore of PnFact */
GListModel *pn_device_identity_new (PnDeviceStory *story) G_GNUC_WARN_UNUSED_RESULT;
/* A row for a fact, with a button that copies its value. */
GtkWidget *pn_fact_row_new (PnFact *fact) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
