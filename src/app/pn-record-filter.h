/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Columns of which one value can be wanted. */
typedef enum
{
  PN_RECORD_FILTER_BATCH,
  PN_RECORD_FILTER_MODEL,
  PN_RECORD_FILTER_IMAGE,    /* its name or its SHA-256 */
  PN_RECORD_FILTER_KEY,      /* its fingerprint */
  PN_RECORD_FILTER_CLASS,    /* what the device was found to be: a word */
  PN_RECORD_FILTER_OVERRIDE, /* a kind's word */
  PN_RECORD_FILTER_N_COLUMNS
} PnRecordFilterColumn;

/* Which records: what the Records page shows and an export takes. Signal "changed". */
#define PN_TYPE_RECORD_FILTER (pn_record_filter_get_type ())
G_DECLARE_FINAL_TYPE (PnRecordFilter, pn_record_filter, PN, RECORD_FILTER, GObject)

PnRecordFilter *pn_record_filter_new (void) G_GNUC_WARN_UNUSED_RESULT;
/* NULL = any. */
const char *pn_record_filter_get_verdict (PnRecordFilter *self);
const char *pn_record_filter_get_value (PnRecordFilter *self, PnRecordFilterColumn column);
void pn_record_filter_set_verdict (PnRecordFilter *self, const char *verdict);
void
pn_record_filter_set_value (PnRecordFilter *self, PnRecordFilterColumn column, const char *value);
/* Somewhere in the record; at most 256 bytes count. */
void pn_record_filter_set_text (PnRecordFilter *self, const char *text);
/* Of the start, unix µs: from @since on, before @until; 0 = no end. */
void pn_record_filter_set_time (PnRecordFilter *self, gint64 since, gint64 until);
void pn_record_filter_clear (PnRecordFilter *self);
/* Anything but every record. */
gboolean pn_record_filter_is_set (PnRecordFilter *self);

/* The options that choose, for QueryRecords; @verdict instead of the filter's where it is not NULL
 * ("" = any). */
void
pn_record_filter_add_options (PnRecordFilter *self, GVariantDict *options, const char *verdict);

G_END_DECLS
