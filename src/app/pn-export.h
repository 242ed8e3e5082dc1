/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-client.h"
#include "pn-export-form.h"
#include "pn-job.h"

G_BEGIN_DECLS

/* What is exported. */
typedef struct
{
  GVariant *options;  /* a{sv}, options of QueryRecords that choose; or NULL: */
  GPtrArray *records; /* these (a{sv}) */
  guint64 count;      /* how many are expected, for the progress */
} PnExportSource;

typedef struct
{
  guint64 count;
  char *sha256; /* of the file, hex */
  gint64 last;  /* the greatest number of a record in it */
} PnExportResult;
void pn_export_result_free (PnExportResult *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnExportResult, pn_export_result_free)

/* Writes records into the file @path, the oldest first, page by page, aside in the same folder, and
 * renames it when all of it is on the disc: a file that was there before is replaced then and not
 * before, and when it fails or @job is cancelled nothing is left. Everything is copied. Errors are
 * sentences for people. */
void pn_export_async (PnClient *client,
                      const PnExportSource *source,
                      const PnExportForm *form,
                      const char *path,
                      PnJob *job,
                      GAsyncReadyCallback callback,
                      gpointer user_data);
PnExportResult *pn_export_finish (GAsyncResult *result, GError **error);

G_END_DECLS
