/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Keeps the machine from sleeping and shutting down while runs go, by logind. Where logind lets us
 * only delay it, that is used; where there is none, that is said once. Main thread only. */
typedef struct _PnInhibit PnInhibit;

PnInhibit *pn_inhibit_new (GDBusConnection *system_bus);
void pn_inhibit_free (PnInhibit *self);
void pn_inhibit_set (PnInhibit *self, gboolean wanted);

G_END_DECLS
