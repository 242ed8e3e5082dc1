/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-audit.h"

#include <string.h>
#include <unistd.h>

#include "pn-error.h"
#include "pn-io.h"
#include "pn-json.h"
#include "pn-records-private.h"

struct _PnAudit
{
  PnStationKey *key;
  char *head_path;
  PnAuditHead kept;  /* on the disk */
  PnAuditHead added; /* in the transaction that is open */
  PnAuditGrownFunc grown;
  gpointer grown_data;
};

static void
set_head (PnAuditHead *self, const PnAuditHead *other)
{
  PnAuditHead copy = *other;

  if (copy.signature != NULL)
    g_bytes_ref (copy.signature);
  pn_audit_head_clear (self);
  *self = copy;
}

/* ---- opening ---- */

/* What the file has; number 0 where it has nothing. */
static gboolean
read_last (PnRecords *self, PnAuditHead *head, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = pn_records_prepare (
      self, "SELECT number, hash, signature FROM audit_log ORDER BY number DESC LIMIT 1");
  int result = statement != NULL ? sqlite3_step (statement) : SQLITE_ERROR;

  if (result == SQLITE_DONE)
    return TRUE;
  if (result != SQLITE_ROW)
    return pn_records_failed (self, error);
  head->number = sqlite3_column_int64 (statement, 0);
  head->signature = pn_hex_decode ((const char *) sqlite3_column_text (statement, 2), -1);
  /* What is no hash is no entry of ours: the next one shows it. */
  if (!pn_sha256_from_hex ((const char *) sqlite3_column_text (statement, 1), &head->hash))
    memset (&head->hash, 0, sizeof head->hash);
  return TRUE;
}

/* A head that is ahead of the file means that entries were taken out at its end. */
static void
read_head_file (struct _PnAudit *audit)
{
  g_autoptr (PnStationPublicKey) key =
      pn_station_public_key_new (pn_station_key_get_public (audit->key), -1, NULL);
  const PnStationPublicKey *const keys[] = { key, NULL };
  g_auto (PnAuditHead) head = { 0 };
  g_autoptr (GBytes) bytes = pn_read_file (audit->head_path, PN_AUDIT_HEAD_MAX, NULL);

  if (bytes == NULL ||
      !pn_audit_head_parse (&head, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes),
                            NULL) ||
      !pn_audit_head_verify (&head, keys) || head.number < audit->kept.number)
    return;
  if (head.number > audit->kept.number || !pn_sha256_equal (&head.hash, &audit->kept.hash))
    g_warning ("The audit ends at entry %" G_GINT64_FORMAT ", but entry %" G_GINT64_FORMAT
               " was signed: somebody changed it, or put back an older file. Keep the file; "
               "“punnetctl audit verify” says what is missing",
               audit->kept.number, head.number);
  set_head (&audit->kept, &head);
}

static gboolean
tell_of_key (PnRecords *self, GError **error)
{
  PnAuditEntry entry = { .uid = getuid (),
                         .who = "punnetd",
                         .what = "station-key",
                         .object = pn_station_key_get_fingerprint (self->audit->key),
                         .result = "done" };
  GVariantBuilder details;

  g_variant_builder_init (&details, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&details, "{sv}", "public-key",
                         g_variant_new_string (pn_station_key_get_public (self->audit->key)));
  entry.details = g_variant_builder_end (&details);
  return pn_audit_add (self, &entry, error) != 0;
}

gboolean
pn_audit_open (PnRecords *self, const char *folder, GError **error)
{
  gboolean made;
  PnStationKey *key = pn_station_key_open (folder, &made, error);

  if (key == NULL)
    return FALSE;
  self->audit = g_new0 (struct _PnAudit, 1);
  self->audit->key = key;
  self->audit->head_path = g_build_filename (folder, PN_AUDIT_HEAD_FILE, NULL);
  if (!read_last (self, &self->audit->kept, error))
    return FALSE;
  read_head_file (self->audit);
  set_head (&self->audit->added, &self->audit->kept);
  return !made || tell_of_key (self, error);
}

void
pn_audit_close (PnRecords *self)
{
  if (self->audit == NULL)
    return;
  pn_station_key_free (self->audit->key);
  pn_audit_head_clear (&self->audit->kept);
  pn_audit_head_clear (&self->audit->added);
  g_free (self->audit->head_path);
  g_clear_pointer (&self->audit, g_free);
}

void
pn_audit_set_grown (PnRecords *self, PnAuditGrownFunc grown, gpointer user_data)
{
  self->audit->grown = grown;
  self->audit->grown_data = user_data;
}

gint64
pn_audit_get_number (PnRecords *self)
{
  return self->audit->kept.number;
}

PnStationKey *
pn_audit_get_key (PnRecords *self)
{
  return self->audit->key;
}

/* ---- adding ---- */

void
pn_audit_settle (PnRecords *self, gboolean kept)
{
  struct _PnAudit *audit = self->audit;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;
  char *json;

  if (audit == NULL || audit->added.number == audit->kept.number)
    return;
  set_head (kept ? &audit->kept : &audit->added, kept ? &audit->added : &audit->kept);
  if (!kept)
    return;
  json = pn_audit_head_to_json (&audit->kept);
  bytes = g_bytes_new_take (json, strlen (json));
  if (!pn_replace_file (audit->head_path, bytes, &error))
    g_warning ("The audit's head was not kept, ignoring: %s", error->message);
  if (audit->grown != NULL)
    audit->grown (audit->kept.number, audit->grown_data);
}

static void
add_text (GVariantBuilder *builder, const char *name, const char *text)
{
  g_autofree char *start = g_strndup (text, PN_AUDIT_MAX_TEXT);

  g_variant_builder_add (builder, "{sv}", name,
                         g_variant_new_take_string (g_utf8_make_valid (start, -1)));
}

/* The line; NULL with @error where it is too long. */
static char *
write_entry (const PnAuditEntry *entry, gint64 number, GError **error)
{
  g_autoptr (GVariant) details =
      g_variant_ref_sink (entry->details != NULL ? entry->details : g_variant_new ("a{sv}", NULL));
  g_autofree char *line = NULL;
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "number", g_variant_new_int64 (number));
  g_variant_builder_add (&builder, "{sv}", "time", g_variant_new_int64 (g_get_real_time ()));
  g_variant_builder_add (&builder, "{sv}", "uid", g_variant_new_uint32 (entry->uid));
  add_text (&builder, "who", entry->who);
  add_text (&builder, "what", entry->what);
  add_text (&builder, "object", entry->object);
  add_text (&builder, "result", entry->result);
  if (entry->before != NULL)
    add_text (&builder, "before", entry->before);
  if (entry->after != NULL)
    add_text (&builder, "after", entry->after);
  g_variant_builder_add (&builder, "{sv}", "details", details);
  line = pn_json_to_canonical (g_variant_builder_end (&builder));
  if (strlen (line) <= PN_AUDIT_MAX_DETAILS)
    return g_steal_pointer (&line);
  pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                "What was asked for is too long to be kept in the audit, so it is not done");
  return NULL;
}

static gboolean
insert (PnRecords *self, const PnAuditHead *head, const char *line, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = pn_records_prepare (
      self, "INSERT INTO audit_log (number, entry, hash, signature) VALUES (?, ?, ?, ?)");
  g_autofree char *hash = pn_sha256_to_hex (&head->hash);
  g_autofree char *signature =
      pn_hex_encode (g_bytes_get_data (head->signature, NULL), g_bytes_get_size (head->signature));

  (void) sqlite3_bind_int64 (statement, 1, head->number);
  (void) sqlite3_bind_text (statement, 2, line, -1, SQLITE_TRANSIENT);
  (void) sqlite3_bind_text (statement, 3, hash, -1, SQLITE_TRANSIENT);
  (void) sqlite3_bind_text (statement, 4, signature, -1, SQLITE_TRANSIENT);
  return pn_records_finish (self, statement, error);
}

gint64
pn_audit_add (PnRecords *self, const PnAuditEntry *entry, GError **error)
{
  PnAuditHead *last = &self->audit->added;
  g_auto (PnAuditHead) head = { .number = last->number + 1 };
  g_autofree char *line = write_entry (entry, head.number, error);
  g_autofree char *message = NULL;
  gint64 number = head.number;
  gboolean fine;

  if (line == NULL)
    return 0;
  head.hash = pn_audit_chain_hash (&last->hash, line);
  message = pn_audit_chain_message (head.number, &head.hash);
  head.signature = pn_station_key_sign (self->audit->key, message, strlen (message), error);
  if (head.signature == NULL || !pn_records_enter (self, error))
    return 0;
  fine = insert (self, &head, line, error);
  if (fine)
    set_head (last, &head);
  return pn_records_leave (self, fine, error) ? number : 0;
}
