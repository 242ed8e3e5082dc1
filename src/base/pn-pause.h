/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Waits for @milliseconds, or until @cancellable (nullable) is cancelled: for what nobody announces
 * and has to be asked for again. Any thread that may block. */
void pn_pause (guint milliseconds, GCancellable *cancellable);

G_END_DECLS
