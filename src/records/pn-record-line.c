/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-record-line.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "pn-error.h"
#include "pn-json.h"
#include "pn-phase.h"
#include "pn-record-column.h"

/* A record is one object and nothing in it. */
#define ALLOWED "{}:,-0123456789aeflnrstu \t\r"

static const char *const needed[] = {
  "started",    "ended",          "slot",     "batch",          "recipe",
  "bundle",     "mode",           "storage",  "verdict",        "condition",
  "phase",      "image_name",     "evidence", "board_revision", "storage_size",
  "bytes_sent", "bytes_verified", "secure",   "image_sha256",
};

static gboolean
is_text (const char *column)
{
  PnColumnKind kind = pn_record_column_get_kind (column);

  return kind == PN_COLUMN_TEXT || kind == PN_COLUMN_SENTENCE || kind == PN_COLUMN_WORDS;
}

/* NULL where it is of another type. Floating. */
static GVariant *
read_value (const char *column, JsonNode *node)
{
  const char *text;

  if (!JSON_NODE_HOLDS_VALUE (node))
    return NULL;
  if (!is_text (column))
    return json_node_get_value_type (node) == G_TYPE_INT64 && json_node_get_int (node) >= 0
               ? g_variant_new_int64 (json_node_get_int (node))
               : NULL;
  if (json_node_get_value_type (node) != G_TYPE_STRING)
    return NULL;
  text = json_node_get_string (node);
  return strlen (text) <= PN_RECORD_LINE_MAX_TEXT && g_utf8_validate (text, -1, NULL)
             ? g_variant_new_string (text)
             : NULL;
}

static GVariant *
read_members (JsonObject *object, GError **error)
{
  g_autoptr (GVariantDict) dict = g_variant_dict_new (NULL);
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  json_object_iter_init (&iter, object);
  while (json_object_iter_next (&iter, &name, &node))
    {
      GVariant *value;

      if (!g_strv_contains (pn_record_columns (), name))
        {
          pn_set_error (error, PN_ERROR_NOT_SUPPORTED,
                        "There is a column “%s”, which this version does not know; update it",
                        name);
          return NULL;
        }
      if (JSON_NODE_HOLDS_NULL (node))
        continue;
      value = read_value (name, node);
      if (value == NULL)
        {
          pn_set_error (error, PN_ERROR_INVALID_DATA, "What is in “%s” is not what it should be",
                        name);
          return NULL;
        }
      g_variant_dict_insert_value (dict, name, value);
    }
  return g_variant_ref_sink (g_variant_dict_end (dict));
}

static gboolean
check_words (GVariant *record)
{
  const char *verdict = "", *condition = "", *phase = "", *evidence = "";
  g_autoptr (GVariant) said = NULL;
  PnVerdict a;
  PnCondition b;
  PnPhase c;

  (void) g_variant_lookup (record, "verdict", "&s", &verdict);
  (void) g_variant_lookup (record, "condition", "&s", &condition);
  (void) g_variant_lookup (record, "phase", "&s", &phase);
  (void) g_variant_lookup (record, "evidence", "&s", &evidence);
  said = pn_json_to_variant (evidence, "a{ss}");
  return pn_verdict_from_word (verdict, &a) && a != PN_VERDICT_RUNNING &&
         pn_condition_from_word (condition, &b) && pn_phase_from_word (phase, &c) && said != NULL;
}

static gboolean
check_record (GVariant *record, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (needed); i++)
    {
      g_autoptr (GVariant) value = g_variant_lookup_value (record, needed[i], NULL);

      if (value == NULL)
        return pn_set_error (error, PN_ERROR_INVALID_DATA,
                             "“%s” is missing: only whole records can be merged, exported with all "
                             "columns",
                             needed[i]);
    }
  return check_words (record) || pn_set_error (error, PN_ERROR_INVALID_DATA,
                                               "Its result, its phase or its evidence is none");
}

GVariant *
pn_record_line_parse (const char *line, gsize size, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (GVariant) record = NULL;
  JsonNode *root;

  if (size > PN_RECORD_LINE_MAX || pn_json_scan (line, size, ALLOWED, 1) != 1 ||
      !json_parser_load_from_data (parser, line, (gssize) size, NULL) ||
      (root = json_parser_get_root (parser)) == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    {
      pn_set_error (error, PN_ERROR_INVALID_DATA, "It is not one JSON object");
      return NULL;
    }
  record = read_members (json_node_get_object (root), error);
  return record != NULL && check_record (record, error) ? g_steal_pointer (&record) : NULL;
}
