/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* A row for a file: its name, a button that chooses another one, and one that forgets it.
 * Properties: "path" (NULL = none; notify), "placeholder" (said where there is none), "words" (said
 * in place of the file's name; NULL = the name). Signal "choose": somebody wants another file; a
 * handler that returns TRUE asks for it itself. Files can be dropped on it. */
#define PN_TYPE_FILE_ROW (pn_file_row_get_type ())
G_DECLARE_FINAL_TYPE (PnFileRow, pn_file_row, PN, FILE_ROW, AdwActionRow)

const char *pn_file_row_get_path (PnFileRow *self);
void pn_file_row_set_path (PnFileRow *self, const char *path);
/* Opens the desktop's file chooser, for a file or for a folder. */
void pn_file_row_browse (PnFileRow *self, gboolean for_folder);
/* Where the chooser opens while there is no path. */
void pn_file_row_set_folder (PnFileRow *self, const char *folder);

G_END_DECLS
