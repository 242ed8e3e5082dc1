/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-export-form.h"

#include <glib/gi18n.h>

#include "pn-classic-record.h"
#include "pn-csv.h"
#include "pn-old-records.h"
#include "pn-record-list.h"

static const char *const secured_columns[] = { "serial", NULL };
static const char *const shipping_columns[] = { "serial", "mac", "model", "batch", "ended", NULL };

const char *
pn_export_preset_get_title (PnExportPreset preset)
{
  static const char *const titles[PN_N_EXPORT_PRESETS] = {
    [PN_EXPORT_EVERYTHING] = NC_ ("columns", "Everything"),
    [PN_EXPORT_CLASSIC] = NC_ ("columns", "Classic"),
    [PN_EXPORT_SECURED] = NC_ ("columns", "Secured serials only"),
    [PN_EXPORT_SHIPPING] = NC_ ("columns", "Shipping list"),
    [PN_EXPORT_OWN] = NC_ ("columns", "Own choice"),
  };

  return g_dpgettext2 (NULL, "columns", titles[preset]);
}

const char *const *
pn_export_preset_get_columns (PnExportPreset preset)
{
  switch (preset)
    {
    case PN_EXPORT_EVERYTHING:
      return pn_record_columns ();
    case PN_EXPORT_CLASSIC:
      return pn_old_records_columns ();
    case PN_EXPORT_SECURED:
      return secured_columns;
    case PN_EXPORT_SHIPPING:
      return shipping_columns;
    case PN_EXPORT_OWN:
    default:
      return NULL;
    }
}

static void
require_passed (GVariantDict *options)
{
  const char *passed[] = { "passed", NULL };
  g_autofree const char **wanted = NULL;

  /* Whoever looks at the failed ones wants none of these: no verdict is allowed then. */
  if (g_variant_dict_lookup (options, "verdicts", "^a&s", &wanted) &&
      !g_strv_contains (wanted, "passed"))
    passed[0] = NULL;
  g_variant_dict_insert_value (options, "verdicts", g_variant_new_strv (passed, -1));
}

void
pn_export_preset_add_options (PnExportPreset preset, GVariantDict *options)
{
  if (preset == PN_EXPORT_SECURED)
    g_variant_dict_insert (options, "secure", "b", TRUE);
  else if (preset == PN_EXPORT_SHIPPING)
    require_passed (options);
}

gboolean
pn_export_preset_takes (PnExportPreset preset, GVariant *record)
{
  const char *verdict = NULL;
  gint64 secure = 0;

  (void) g_variant_lookup (record, "verdict", "&s", &verdict);
  (void) g_variant_lookup (record, "secure", "x", &secure);
  return preset == PN_EXPORT_SECURED    ? secure == 1
         : preset == PN_EXPORT_SHIPPING ? g_strcmp0 (verdict, "passed") == 0
                                        : TRUE;
}

PnExportForm *
pn_export_form_copy (const PnExportForm *self)
{
  PnExportForm *copy = g_new (PnExportForm, 1);

  *copy = *self;
  copy->columns = g_strdupv (self->columns);
  return copy;
}

void
pn_export_form_free (PnExportForm *self)
{
  g_strfreev (self->columns);
  g_free (self);
}

static PnCsvFormat
get_csv (const PnExportForm *self)
{
  return (PnCsvFormat){
    .columns = (const char *const *) self->columns,
    .separator = self->separator,
    .byte_order_mark = self->byte_order_mark,
    .guard_formulas = self->guard_formulas,
    .local_times = self->local_times,
  };
}

void
pn_export_form_append_head (const PnExportForm *self, GString *text)
{
  PnCsvFormat csv = get_csv (self);

  if (self->format == PN_EXPORT_CSV)
    pn_csv_append_head (text, &csv);
}

void
pn_export_form_append_record (const PnExportForm *self, GString *text, GVariant *record)
{
  PnCsvFormat csv = get_csv (self);
  g_autoptr (GVariant) shown = self->preset == PN_EXPORT_CLASSIC
                                   ? pn_classic_record (record, self->local_times)
                                   : g_variant_ref (record);

  if (self->format == PN_EXPORT_CSV)
    pn_csv_append_record (text, &csv, shown);
  else
    pn_csv_append_json_line (text, csv.columns, shown);
}
