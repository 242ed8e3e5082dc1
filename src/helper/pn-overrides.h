/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-station.h"

G_BEGIN_DECLS

/* Reads those that count again, tells clients, and looks at every slot. FALSE with @error: then it
 * is as it was. */
gboolean pn_overrides_load (PnStation *station, GError **error);
/* The one of @kind for a device with @serial (nullable) in @slot, and one for the device goes
 * before one for the slot. (transfer none) or NULL. */
PnOverride *
pn_overrides_find (PnStation *station, PnOverrideKind kind, const char *slot, const char *serial);
/* What a caller of AddOverride wants, checked; NULL with @error. (transfer full) */
PnOverride *pn_overrides_read (
    PnStation *station, const char *kind, const char *reason, GVariant *options, GError **error);
/* The methods of the manager. */
void pn_overrides_connect (PnStation *station);

/* A run goes by @override: it is said, and will be in its record. */
void pn_helper_run_use_override (PnHelperRun *self, PnOverride *override);
/* Before the first phase: what is known to count for the device in the run's slot. */
void pn_helper_run_begin_overrides (PnHelperRun *self);
/* The run's device has said its serial. FALSE: what counts for it is not what this run was begun
 * with. */
gboolean pn_helper_run_check_overrides (PnHelperRun *self, const char *serial, GError **error);
/* A device that is done with the bundle goes on: by an override, which is used then, or because the
 * batch does so. FALSE with what it is refused for. */
gboolean pn_helper_run_admit_done (PnHelperRun *self, const char *serial, GError **error);
/* It has the record @record: what was for once is spent where the run has passed. */
void pn_helper_run_end_overrides (PnHelperRun *self, gint64 record, gboolean passed);
/* That is kept: clients hear what counts now. */
void pn_helper_run_told_overrides (PnHelperRun *self);

G_END_DECLS
