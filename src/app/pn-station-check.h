/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "pn-phase.h"

G_BEGIN_DECLS

typedef enum
{
  PN_FINDING_LOOKING,
  PN_FINDING_GOOD,
  PN_FINDING_WARNING, /* one can go on */
  PN_FINDING_BAD,     /* nothing will work */
} PnFindingState;
#define PN_TYPE_FINDING_STATE (pn_finding_state_get_type ())
GType pn_finding_state_get_type (void) G_GNUC_CONST;

/* One thing that a station needs. Properties (notify): "title", "text" (what was found, and what to
 * do), "state", "fix" (words of a button; "" = none), "action" (what the button does). */
#define PN_TYPE_FINDING (pn_finding_get_type ())
G_DECLARE_FINAL_TYPE (PnFinding, pn_finding, PN, FINDING, GObject)
PnFindingState pn_finding_get_state (PnFinding *self);
const char *pn_finding_get_text (PnFinding *self);

/* All of them: a GListModel of PnFinding that follows the service and the settings by itself.
 * Property "worst" (PnFindingState; LOOKING while any is). */
#define PN_TYPE_STATION_CHECK (pn_station_check_get_type ())
G_DECLARE_FINAL_TYPE (PnStationCheck, pn_station_check, PN, STATION_CHECK, GObject)

PnStationCheck *pn_station_check_new (void) G_GNUC_WARN_UNUSED_RESULT;
GListModel *pn_station_check_get_checks (PnStationCheck *self); /* (transfer none) */
PnFindingState pn_station_check_get_worst (PnStationCheck *self);
const char *pn_station_check_get_problem (PnStationCheck *self); /* of the first bad one, or NULL */
/* What devices there will be: with the next look their firmware is looked for. BCM2712 at first. */
void pn_station_check_set_chip (PnStationCheck *self, PnChip chip);
void pn_station_check_run (PnStationCheck *self); /* looks at the disc again */
G_END_DECLS
