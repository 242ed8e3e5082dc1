/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What somebody who is not trusted writes into a pipe, line by line: printable, of each the first
 * 1,000 bytes, and the first 500 of them. Told in the main context of its creator. */
typedef struct _PnLines PnLines;
typedef void (*PnLinesFunc) (const char *line, gpointer user_data);
/* Takes @fd, which must not block. */
PnLines *pn_lines_new (int fd, PnLinesFunc func, gpointer user_data);
/* Tells what is there still, and the line that has no end. */
void pn_lines_free (PnLines *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnLines, pn_lines_free)

G_END_DECLS
