/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A virtual device of the practice bench, as org.punnet.Bench1.xml describes it. Properties (all
 * notify): "name", "model", "serial", "storage", "storage-size", "state", "fingerprint", "stage",
 * "done", "plugged", "faults". */
#define PN_TYPE_CLIENT_BENCH_DEVICE (pn_client_bench_device_get_type ())
G_DECLARE_FINAL_TYPE (PnClientBenchDevice, pn_client_bench_device, PN, CLIENT_BENCH_DEVICE, GObject)

PnClientBenchDevice *pn_client_bench_device_new (GDBusProxy *proxy);
const char *pn_client_bench_device_get_name (PnClientBenchDevice *self);
const char *pn_client_bench_device_get_state (PnClientBenchDevice *self); /* "fresh", … */
const char *pn_client_bench_device_get_stage (PnClientBenchDevice *self); /* "off", … */
gboolean pn_client_bench_device_get_plugged (PnClientBenchDevice *self);
GStrv pn_client_bench_device_dup_faults (PnClientBenchDevice *self); /* (transfer full) */

/* Each answers with g_task; finish with pn_client_bench_device_call_finish (). */
void pn_client_bench_device_plug_async (PnClientBenchDevice *self,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);
void pn_client_bench_device_pull_async (PnClientBenchDevice *self,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);
/* As it left the factory. */
void pn_client_bench_device_reset_async (PnClientBenchDevice *self,
                                         GCancellable *cancellable,
                                         GAsyncReadyCallback callback,
                                         gpointer user_data);
void pn_client_bench_device_set_faults_async (PnClientBenchDevice *self,
                                              const char *const *faults,
                                              GCancellable *cancellable,
                                              GAsyncReadyCallback callback,
                                              gpointer user_data);
void pn_client_bench_device_remove_async (PnClientBenchDevice *self,
                                          GCancellable *cancellable,
                                          GAsyncReadyCallback callback,
                                          gpointer user_data);
gboolean pn_client_bench_device_call_finish (PnClientBenchDevice *self,
                                             GAsyncResult *result,
                                             GError **error);

G_END_DECLS
