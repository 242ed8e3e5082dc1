/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-run.h"

G_BEGIN_DECLS

/* The engine's host in a worker: devices come over the peer connection, questions go back over it.
 */
#define PN_TYPE_WORKER_HOST (pn_worker_host_get_type ())
G_DECLARE_FINAL_TYPE (PnWorkerHost, pn_worker_host, PN, WORKER_HOST, GObject)

/* Exports the worker's object on @connection; quits @loop when the job is over or the helper gone.
 */
PnWorkerHost *pn_worker_host_new (GDBusConnection *connection, GMainLoop *loop);
void pn_worker_host_join (PnWorkerHost *self); /* waits for the engine's thread */

G_END_DECLS
