/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-app.h"
#include "pn-attention.h"

G_BEGIN_DECLS

typedef enum
{
  PN_SOUND_PASSED,
  PN_SOUND_FAILED,
  PN_SOUND_ASKS,
} PnSound;

/* Sounds and notifications when a device or a batch wants somebody. A missing sound system is
 * silent. Property "sounding": a sound repeats until it is acknowledged. */
#define PN_TYPE_ALERTS (pn_alerts_get_type ())
G_DECLARE_FINAL_TYPE (PnAlerts, pn_alerts, PN, ALERTS, GObject)

PnAlerts *pn_alerts_new (PnApp *app, PnAttention *attention) G_GNUC_WARN_UNUSED_RESULT;
/* Plays it now, whatever the settings say: for trying it. */
void pn_alerts_try (PnAlerts *self, PnSound sound);
void pn_alerts_acknowledge (PnAlerts *self);
gboolean pn_alerts_is_sounding (PnAlerts *self);

G_END_DECLS
