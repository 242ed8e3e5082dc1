/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading the audit: some of it, or all to see whether it is whole. */
#include "config.h"

#include "pn-audit.h"

#include "pn-error.h"
#include "pn-options.h"
#include "pn-records-private.h"

#define MAX_ROWS 1000

static const PnOption known[] = { { "after", "x" }, { "since", "x" }, { "until", "x" },
                                  { "what", "s" },  { "who", "s" },   { "object", "s" },
                                  { "text", "s" },  { "raw", "b" },   { "ascending", "b" },
                                  { NULL } };

/* As given, or a NULL, which every row fits. */
#define CHOOSE                                                                                     \
  " WHERE number > coalesce(:after, 0) AND (:since IS NULL OR time >= :since)"                     \
  " AND (:until IS NULL OR time < :until) AND (:what IS NULL OR what = :what)"                     \
  " AND (:who IS NULL OR who = :who) AND (:object IS NULL OR object = :object)"                    \
  " AND (:text IS NULL OR instr(lower(who || char(10) || what || char(10) || object || char(10)"   \
  " || coalesce(before, '') || char(10) || coalesce(after, '')), lower(:text)) > 0)"

static void
bind_options (sqlite3_stmt *statement, GVariant *options)
{
  for (guint i = 0; known[i].name != NULL; i++)
    {
      g_autofree char *parameter = g_strconcat (":", known[i].name, NULL);
      int index = sqlite3_bind_parameter_index (statement, parameter);
      const char *text;
      gint64 number;

      if (g_variant_lookup (options, known[i].name, "x", &number))
        (void) sqlite3_bind_int64 (statement, index, number);
      else if (g_variant_lookup (options, known[i].name, "&s", &text))
        (void) sqlite3_bind_text (statement, index, text, -1, SQLITE_TRANSIENT);
    }
}

GVariant *
pn_audit_query (PnRecords *self, guint offset, guint limit, GVariant *options, GError **error)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (options);
  g_autoptr (sqlite3_stmt) statement = NULL;
  g_autofree char *sql = NULL;
  gboolean raw = FALSE, ascending = FALSE;

  if (!pn_options_check (owned, known, error))
    return NULL;
  (void) g_variant_lookup (owned, "raw", "b", &raw);
  (void) g_variant_lookup (owned, "ascending", "b", &ascending);
  sql = g_strdup_printf ("SELECT %s FROM audit JOIN audit_log USING (number)" CHOOSE
                         " ORDER BY number %s LIMIT :limit OFFSET :offset",
                         raw ? "number, audit_log.entry AS entry, hash, signature"
                             : "number, time, uid, who, what, object, before, after, result, "
                               "details, hash",
                         ascending ? "ASC" : "DESC");
  statement = pn_records_prepare (self, sql);
  if (statement == NULL)
    {
      pn_records_failed (self, error);
      return NULL;
    }
  bind_options (statement, owned);
  (void) sqlite3_bind_int64 (statement, sqlite3_bind_parameter_index (statement, ":limit"),
                             MIN (limit, MAX_ROWS));
  (void) sqlite3_bind_int64 (statement, sqlite3_bind_parameter_index (statement, ":offset"),
                             offset);
  return pn_records_read_rows (self, statement, error);
}

/* ---- a file of anybody's ---- */

static const char *
get_text (sqlite3_stmt *statement, int column)
{
  const char *text = (const char *) sqlite3_column_text (statement, column);

  return text != NULL ? text : "";
}

static gboolean
check_rows (PnRecords *self, PnAuditChecker *checker, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = pn_records_prepare (
      self, "SELECT number, entry, hash, signature FROM audit_log ORDER BY number");
  int result;

  if (statement == NULL)
    return pn_set_error (error, PN_ERROR_INVALID_DATA, "%s has no audit: %s", self->path,
                         sqlite3_errmsg (self->db));
  while ((result = sqlite3_step (statement)) == SQLITE_ROW)
    if (!pn_audit_checker_feed (checker, sqlite3_column_int64 (statement, 0),
                                get_text (statement, 1), get_text (statement, 2),
                                get_text (statement, 3), error))
      return FALSE;
  if (result != SQLITE_DONE)
    return pn_set_error (error, PN_ERROR_INVALID_DATA, "%s cannot be read: %s", self->path,
                         sqlite3_errmsg (self->db));
  return pn_audit_checker_finish (checker, error);
}

gboolean
pn_audit_verify_file (const char *path,
                      const PnStationPublicKey *const *keys,
                      const PnAuditHead *head,
                      gint64 *count,
                      gint64 *first_bad,
                      GError **error)
{
  PnRecords records = { .path = (char *) path };
  g_autoptr (PnAuditChecker) checker = pn_audit_checker_new (keys, head);
  gboolean fine = FALSE;

  if (sqlite3_open_v2 (path, &records.db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK)
    fine = check_rows (&records, checker, error);
  else
    pn_set_error (error, PN_ERROR_INVALID_DATA, "%s cannot be read: %s", path,
                  sqlite3_errmsg (records.db));
  (void) sqlite3_close (records.db);
  *count = pn_audit_checker_get_count (checker);
  *first_bad = pn_audit_checker_get_first_bad (checker);
  return fine;
}
