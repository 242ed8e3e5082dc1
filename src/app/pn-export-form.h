/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum
{
  PN_EXPORT_CSV,
  PN_EXPORT_JSON_LINES,
} PnExportFormat;

/* Ready-made choices of columns; some take only some of the records. */
typedef enum
{
  PN_EXPORT_EVERYTHING,
  PN_EXPORT_CLASSIC, /* columns, names and order of the older tool */
  PN_EXPORT_SECURED, /* serials of locked devices */
  PN_EXPORT_SHIPPING,
  PN_EXPORT_OWN,
} PnExportPreset;
#define PN_N_EXPORT_PRESETS (PN_EXPORT_OWN + 1)

const char *pn_export_preset_get_title (PnExportPreset preset); /* translated */
/* NULL for one's own. */
const char *const *pn_export_preset_get_columns (PnExportPreset preset);
/* Narrows what a query chooses to the records that the preset takes. */
void pn_export_preset_add_options (PnExportPreset preset, GVariantDict *options);
gboolean pn_export_preset_takes (PnExportPreset preset, GVariant *record);

/* How an export looks. */
typedef struct
{
  PnExportFormat format;
  PnExportPreset preset;
  GStrv columns;  /* at least one */
  char separator; /* ',', ';' or '\t' */
  gboolean byte_order_mark, guard_formulas, local_times;
} PnExportForm;

PnExportForm *pn_export_form_copy (const PnExportForm *self);
void pn_export_form_free (PnExportForm *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnExportForm, pn_export_form_free)
void pn_export_form_append_head (const PnExportForm *self, GString *text);
/* @record: a{sv}. */
void pn_export_form_append_record (const PnExportForm *self, GString *text, GVariant *record);

G_END_DECLS
