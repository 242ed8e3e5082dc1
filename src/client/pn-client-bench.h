/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-client-bench-device.h"
#include "pn-client.h"

G_BEGIN_DECLS

#define PN_CLIENT_BENCH_NAME "org.punnet.Bench1"

/* The practice bench as the window sees it, and the program that is it. It outlives that program:
 * when it goes, "devices" becomes empty and "state" PN_CLIENT_ABSENT. Properties (all notify):
 * "state", "error" (why it is not there; NULL), "devices" (GListModel of PnClientBenchDevice, by
 * name, the same object for ever). */
#define PN_TYPE_CLIENT_BENCH (pn_client_bench_get_type ())
G_DECLARE_FINAL_TYPE (PnClientBench, pn_client_bench, PN, CLIENT_BENCH, GObject)

PnClientBench *pn_client_bench_new (void) G_GNUC_WARN_UNUSED_RESULT;
PnClientState pn_client_bench_get_state (PnClientBench *self);
const char *pn_client_bench_get_error (PnClientBench *self);
GListModel *pn_client_bench_get_devices (PnClientBench *self); /* (transfer none) */

/* Runs @command, which is the bench, where there is none, or none any more. It ends when stop () is
 * called, with the last reference, and with this process; it is not run again where it ended by
 * itself. */
void pn_client_bench_start (PnClientBench *self, const char *const *command);
/* Ends the program that start () has started. */
void pn_client_bench_stop (PnClientBench *self);

/* AddDevice; @options (a{sv}, floating taken) as there. Result: its object path. */
void pn_client_bench_add_async (PnClientBench *self,
                                const char *name,
                                GVariant *options,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
char *pn_client_bench_add_finish (PnClientBench *self, GAsyncResult *result, GError **error);

G_END_DECLS
