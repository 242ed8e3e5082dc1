/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A file that is to be imported, looked at on another thread before anything is copied. Properties:
 * "checking" (it is being looked at), "problem" (why it cannot be imported, a sentence; NULL =
 * none), "name" (in the library), "expected" (SHA-256, 64 digits or empty), "notes", "found" (the
 * file beside it that "expected" came from; NULL = none), "issue" (what is wrong with the last
 * three, a sentence; NULL = nothing), "ready" (it can be imported). */
#define PN_TYPE_IMPORT_ITEM (pn_import_item_get_type ())
G_DECLARE_FINAL_TYPE (PnImportItem, pn_import_item, PN, IMPORT_ITEM, GObject)

PnImportItem *pn_import_item_new (const char *path) G_GNUC_WARN_UNUSED_RESULT;
const char *pn_import_item_get_path (PnImportItem *self);
const char *pn_import_item_get_title (PnImportItem *self); /* the file's name, as text */
const char *pn_import_item_get_name (PnImportItem *self);
const char *pn_import_item_get_notes (PnImportItem *self);
const char *pn_import_item_get_expected (PnImportItem *self);
const char *pn_import_item_get_problem (PnImportItem *self);
guint64 pn_import_item_get_size (PnImportItem *self); /* bytes on the disc; 0 = not known */
gboolean pn_import_item_is_ready (PnImportItem *self);

/* Items for files and for the images in folders; a folder without any gives one with the problem.
 * Blocking: not for a main loop. (element-type utf8) paths. */
GPtrArray *pn_import_expand_paths (const char *const *paths);

G_END_DECLS
