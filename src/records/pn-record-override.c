/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What somebody decided for one device: kept for ever once a run has used it. */
#include "config.h"

#include "pn-records-private.h"

#include "pn-error.h"

#define MAX_LISTED 1000
/* Of those that were cleared before any run had used them: nobody can fill the disk with them. */
#define MAX_UNUSED 1000

static void
bind_text (sqlite3_stmt *statement, const char *name, const char *text)
{
  (void) sqlite3_bind_text (statement, sqlite3_bind_parameter_index (statement, name), text, -1,
                            SQLITE_TRANSIENT);
}

static void
bind_number (sqlite3_stmt *statement, const char *name, gint64 number)
{
  (void) sqlite3_bind_int64 (statement, sqlite3_bind_parameter_index (statement, name), number);
}

/* How many rows the last statement changed; 0 sets @error. */
static gboolean
was_there (PnRecords *self, GError **error)
{
  if (sqlite3_changes (self->db) > 0)
    return TRUE;
  return pn_set_error (error, PN_ERROR_NOT_FOUND,
                       "There is no such override, or it does not count any more");
}

/* ---- adding ---- */

/* The same kind for what may be the same device. */
static gboolean
check_room (PnRecords *self, const PnOverride *override, GError **error)
{
  g_autoptr (GPtrArray) all = pn_records_get_overrides (self, error);

  if (all == NULL)
    return FALSE;
  if (all->len >= PN_RECORDS_MAX_OVERRIDES)
    return pn_set_error (error, PN_ERROR_BUSY, "There are too many overrides; clear some");
  for (guint i = 0; i < all->len; i++)
    {
      const PnOverride *other = all->pdata[i];

      if (other->kind == override->kind && (other->slot == NULL) == (override->slot == NULL) &&
          pn_override_is_for (other, override->slot, override->serial))
        return pn_set_error (error, PN_ERROR_EXISTS,
                             "There is such an override already; clear it first");
    }
  return TRUE;
}

gint64
pn_records_add_override (PnRecords *self, const PnOverride *override, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = NULL;

  if (!check_room (self, override, error))
    return 0;
  statement = pn_records_prepare (
      self, "INSERT INTO overrides (kind, serial, slot, bundle, recipe, once, uid, who, reason,"
            " made) VALUES (:kind, :serial, :slot, :bundle, :recipe, :once, :uid, :who, :reason,"
            " :made)");
  bind_text (statement, ":kind", pn_override_kind_to_word (override->kind));
  bind_text (statement, ":serial", override->serial);
  bind_text (statement, ":slot", override->slot);
  bind_text (statement, ":bundle", override->bundle);
  bind_text (statement, ":recipe", override->recipe);
  bind_number (statement, ":once", override->once);
  bind_number (statement, ":uid", override->uid);
  bind_text (statement, ":who", override->who);
  bind_text (statement, ":reason", override->reason);
  bind_number (statement, ":made", override->made);
  return pn_records_finish (self, statement, error) ? sqlite3_last_insert_rowid (self->db) : 0;
}

/* ---- using and clearing ---- */

gboolean
pn_records_use_override (
    PnRecords *self, gint64 override, gint64 record, gboolean spent, GError **error)
{
  /* One that was cleared while the run went has been used all the same. */
  g_autoptr (sqlite3_stmt) statement = pn_records_prepare (
      self, "UPDATE overrides SET uses = uses + 1, used = :now, record = :record,"
            " cleared = coalesce(cleared, CASE WHEN :spent THEN :now END) WHERE id = :id");

  bind_number (statement, ":id", override);
  bind_number (statement, ":record", record);
  bind_number (statement, ":spent", spent);
  bind_number (statement, ":now", g_get_real_time ());
  return pn_records_finish (self, statement, error) && was_there (self, error);
}

gboolean
pn_records_clear_override (PnRecords *self, gint64 override, const char *who, GError **error)
{
  g_autoptr (sqlite3_stmt) clear =
      pn_records_prepare (self, "UPDATE overrides SET cleared = :now, cleared_by = :who"
                                " WHERE id = :id AND cleared IS NULL");
  g_autoptr (sqlite3_stmt) forget = pn_records_prepare (
      self, "DELETE FROM overrides WHERE cleared IS NOT NULL AND uses = 0 AND id NOT IN"
            " (SELECT id FROM overrides WHERE cleared IS NOT NULL AND uses = 0"
            " ORDER BY id DESC LIMIT " G_STRINGIFY (MAX_UNUSED) ")");

  bind_number (clear, ":id", override);
  bind_text (clear, ":who", who);
  bind_number (clear, ":now", g_get_real_time ());
  return pn_records_finish (self, clear, error) && was_there (self, error) &&
         pn_records_finish (self, forget, error);
}

/* ---- reading ---- */

#define COLUMNS                                                                                    \
  "id, kind, serial, slot, bundle, recipe, once, uid, who, reason, made, uses, used, record,"      \
  " cleared, cleared_by"

static char *
read_text (sqlite3_stmt *statement, int column)
{
  const char *text = (const char *) sqlite3_column_text (statement, column);

  return text != NULL ? g_utf8_make_valid (text, -1) : NULL;
}

/* NULL for a row that is not one of ours: it does not count. */
static PnOverride *
read_override (sqlite3_stmt *statement)
{
  g_autoptr (PnOverride) self = g_rc_box_new0 (PnOverride);
  g_autofree char *kind = read_text (statement, 1);

  self->id = sqlite3_column_int64 (statement, 0);
  self->serial = read_text (statement, 2);
  self->slot = read_text (statement, 3);
  self->bundle = read_text (statement, 4);
  self->recipe = read_text (statement, 5);
  self->once = sqlite3_column_int (statement, 6) != 0;
  self->uid = (guint32) sqlite3_column_int64 (statement, 7);
  self->who = read_text (statement, 8);
  self->reason = read_text (statement, 9);
  self->made = sqlite3_column_int64 (statement, 10);
  return pn_override_kind_from_word (kind, &self->kind) && pn_override_check (self, NULL)
             ? g_steal_pointer (&self)
             : NULL;
}

GPtrArray *
pn_records_get_overrides (PnRecords *self, GError **error)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func ((GDestroyNotify) pn_override_unref);
  g_autoptr (sqlite3_stmt) statement = pn_records_prepare (
      self,
      "SELECT " COLUMNS " FROM overrides WHERE cleared IS NULL ORDER BY id LIMIT " G_STRINGIFY (
          PN_RECORDS_MAX_OVERRIDES));
  int result;

  while ((result = sqlite3_step (statement)) == SQLITE_ROW)
    {
      PnOverride *override = read_override (statement);

      if (override != NULL)
        g_ptr_array_add (all, override);
    }
  if (result == SQLITE_DONE)
    return g_steal_pointer (&all);
  pn_records_failed (self, error);
  return NULL;
}

GVariant *
pn_records_list_overrides (PnRecords *self, gboolean all, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = pn_records_prepare (
      self, "SELECT " COLUMNS " FROM overrides WHERE cleared IS NULL OR :all ORDER BY id DESC"
            " LIMIT " G_STRINGIFY (MAX_LISTED));

  bind_number (statement, ":all", all);
  return pn_records_read_rows (self, statement, error);
}
