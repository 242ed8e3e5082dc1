/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pn-export-form.h"

G_BEGIN_DECLS

/* The first lines of an export, its separators in colour. */
#define PN_TYPE_EXPORT_PREVIEW (pn_export_preview_get_type ())
G_DECLARE_FINAL_TYPE (PnExportPreview, pn_export_preview, PN, EXPORT_PREVIEW, AdwBin)

/* @records: a few (aa{sv}). The size in bytes of a file of @count records like these. */
guint64 pn_export_preview_show (PnExportPreview *self,
                                const PnExportForm *form,
                                GVariant *records,
                                guint64 count);

G_END_DECLS
