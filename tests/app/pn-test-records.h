/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The reference of the records that a spreadsheet, a parser or a screen could trip over. */
#define PN_TEST_HOSTILE_BATCH "=1+1;\"B\""
#define PN_TEST_N_HOSTILE 4

/* Fills the records of the helper that will be started (below XDG_STATE_HOME) with @n made by
 * number, the last PN_TEST_N_HOSTILE of them hostile. Once a program, before the helper runs. */
void pn_test_fill_records (guint n);
/* One statement of SQL on them, while the helper runs. */
void pn_test_change_records (const char *sql);

G_END_DECLS
