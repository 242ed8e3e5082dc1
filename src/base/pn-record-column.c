/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-record-column.h"

static const char *const names[] = {
  "id",           "started",         "ended",          "slot",         "batch",
  "recipe",       "recipe_revision", "bundle",         "image_name",   "image_sha256",
  "mode",         "permanent",       "storage",        "verdict",      "condition",
  "phase",        "serial",          "model",          "mac",          "duid",
  "attempt",      "operator",        "station",        "device_class", "overrides",
  "wanted_key",   "key_hash",        "error_code",     "message",      "board_revision",
  "storage_size", "bytes_sent",      "bytes_verified", "secure",       "evidence",
  NULL,
};

/* Those that are not text. */
static const struct
{
  const char *name;
  PnColumnKind kind;
} kinds[] = {
  { "id", PN_COLUMN_NUMBER },
  { "started", PN_COLUMN_TIME },
  { "ended", PN_COLUMN_TIME },
  { "board_revision", PN_COLUMN_NUMBER },
  { "recipe_revision", PN_COLUMN_NUMBER },
  { "attempt", PN_COLUMN_NUMBER },
  { "storage_size", PN_COLUMN_SIZE },
  { "bytes_sent", PN_COLUMN_SIZE },
  { "bytes_verified", PN_COLUMN_SIZE },
  { "secure", PN_COLUMN_BOOLEAN },
  { "message", PN_COLUMN_SENTENCE },
  { "permanent", PN_COLUMN_WORDS },
  { "overrides", PN_COLUMN_WORDS },
};

PnColumnKind
pn_record_column_get_kind (const char *column)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_equal (kinds[i].name, column))
      return kinds[i].kind;
  return PN_COLUMN_TEXT;
}

const char *const *
pn_record_columns (void)
{
  return names;
}
