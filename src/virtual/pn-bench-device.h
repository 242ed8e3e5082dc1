/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-bench-dbus.h"

G_BEGIN_DECLS

/* One device on the practice bench, and its object on the bus. Main thread only. */
#define PN_TYPE_BENCH_DEVICE (pn_bench_device_get_type ())
G_DECLARE_FINAL_TYPE (PnBenchDevice, pn_bench_device, PN, BENCH_DEVICE, GObject)

/* What is in @folder goes first. @options as of AddDevice. */
PnBenchDevice *pn_bench_device_new (const char *name,
                                    const char *folder,
                                    const char *path,
                                    GVariant *options,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
const char *pn_bench_device_get_name (PnBenchDevice *self);
PnBenchDbusObjectSkeleton *pn_bench_device_get_skeleton (PnBenchDevice *self);
PnBenchDbusDevice *pn_bench_device_get_object (PnBenchDevice *self);

/* A helper is there: the device's cable leads to it from now on. */
gboolean pn_bench_device_connect (PnBenchDevice *self,
                                  GDBusConnection *bus,
                                  const char *bus_name,
                                  GError **error);
/* There is none any more. */
void pn_bench_device_disconnect (PnBenchDevice *self);
/* The helper asked the person at the slot to do something. */
void pn_bench_device_instructed (PnBenchDevice *self);
/* Pulls it out and removes what it held. */
void pn_bench_device_remove (PnBenchDevice *self);

G_END_DECLS
