/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A folder of its own for one test program, and other people's programs run in it. */
void pn_scratch_open (void);
void pn_scratch_close (void);
char *pn_scratch_path (const char *name) G_GNUC_WARN_UNUSED_RESULT;
/* A line for sh, run in the folder: it has to succeed; what it prints is returned. */
char *pn_scratch_run (const char *format, ...) G_GNUC_PRINTF (1, 2);
GBytes *pn_scratch_load (const char *name);
void pn_scratch_save (const char *name, const void *data, gsize size);
/* Sentences for people are in errors of our own: @code, and @says within. */
void pn_assert_refused (const GError *error, int code, const char *says);

G_END_DECLS
