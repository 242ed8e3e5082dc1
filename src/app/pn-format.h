/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How numbers look on screen. All (transfer full), translated. */
char *pn_format_rate (double bytes_per_second); /* "38 MB/s"; "" where it is 0 */
char *pn_format_left (int seconds);             /* "41 s left", "3 min left"; "" below 0 */
char *pn_format_elapsed (gint64 microseconds);  /* "2:08", "1:02:08" */
char *pn_format_percent (double fraction); /* "62 %", its sign stays on its side in any script */
char *pn_format_progress (guint64 done,
                          guint64 total,
                          double rate); /* "1.9 GB of 2.6 GB · 38 MB/s · 20 s left" */
char *
pn_format_time (gint64 unix_microseconds); /* "5 minutes ago" up to one hour, else date and time */
char *pn_format_fingerprint (const char *hex);       /* groups of eight */
char *pn_format_short_fingerprint (const char *hex); /* "8c41 d07e …" */

G_END_DECLS
