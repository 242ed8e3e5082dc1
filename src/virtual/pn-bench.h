/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define PN_BENCH_NAME "org.punnet.Bench1"

/* The practice bench, org.punnet.Bench1.xml: many virtual devices at one helper. Main thread only.
 * @helper: its bus name. @folder: where the devices keep what they hold. */
typedef struct _PnBench PnBench;
PnBench *
pn_bench_new (GDBusConnection *bus, const char *helper, const char *folder, GError **error);
void pn_bench_free (PnBench *self);

G_END_DECLS
