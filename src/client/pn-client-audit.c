/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-client-audit.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "pn-client-private.h"
#include "pn-error.h"
#include "pn-io.h"

#define PAGE 1000
#define CALL G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION

static void
read_raw (PnAuditRaw *self, GVariant *row)
{
  *self = (PnAuditRaw){ 0, "", "", "" };
  (void) g_variant_lookup (row, "number", "x", &self->number);
  (void) g_variant_lookup (row, "entry", "&s", &self->entry);
  (void) g_variant_lookup (row, "hash", "&s", &self->hash);
  (void) g_variant_lookup (row, "signature", "&s", &self->signature);
}

/* A page of what is signed, from the one after @after on. NULL with @error. (transfer full) */
static GVariant *
read_page (PnDbusManager *manager, gint64 after, GCancellable *cancellable, GError **error)
{
  GVariantBuilder options;
  GVariant *rows = NULL;

  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "after", g_variant_new_int64 (after));
  g_variant_builder_add (&options, "{sv}", "raw", g_variant_new_boolean (TRUE));
  g_variant_builder_add (&options, "{sv}", "ascending", g_variant_new_boolean (TRUE));
  (void) pn_dbus_manager_call_query_audit_sync (manager, 0, PAGE, g_variant_builder_end (&options),
                                                CALL, -1, &rows, cancellable, error);
  return rows;
}

gboolean
pn_audit_read_all (PnDbusManager *manager,
                   PnAuditRawFunc func,
                   gpointer user_data,
                   GCancellable *cancellable,
                   GError **error)
{
  gint64 after = 0;
  gsize n;

  do
    {
      g_autoptr (GVariant) rows = read_page (manager, after, cancellable, error);
      gint64 before = after;

      n = rows != NULL ? g_variant_n_children (rows) : 0;
      if (rows == NULL)
        return FALSE;
      for (gsize i = 0; i < n; i++)
        {
          g_autoptr (GVariant) row = g_variant_get_child_value (rows, i);
          PnAuditRaw raw;

          read_raw (&raw, row);
          if (!func (&raw, user_data, error))
            return FALSE;
          after = MAX (after, raw.number);
        }
      if (n > 0 && after == before)
        return pn_set_error (error, PN_ERROR_INVALID_DATA,
                             "The helper gives the same entries of its audit again and again");
    }
  while (n > 0);
  return TRUE;
}

/* ---- verify ---- */

typedef struct
{
  PnAuditChecker *checker;
  gint64 last_time;
} Verifying;

/* When an entry says that it was made; 0 where it says nothing. */
static gint64
read_time (const char *entry)
{
  g_autoptr (JsonNode) root = json_from_string (entry, NULL);

  return root != NULL && JSON_NODE_HOLDS_OBJECT (root)
             ? json_object_get_int_member_with_default (json_node_get_object (root), "time", 0)
             : 0;
}

static gboolean
feed (const PnAuditRaw *raw, gpointer user_data, GError **error)
{
  Verifying *self = user_data;

  if (!pn_audit_checker_feed (self->checker, raw->number, raw->entry, raw->hash, raw->signature,
                              error))
    return FALSE;
  self->last_time = read_time (raw->entry);
  return TRUE;
}

gboolean
pn_audit_verify_helper (PnDbusManager *manager,
                        const PnStationPublicKey *const *keys,
                        const PnAuditHead *head,
                        PnAuditProof *proof,
                        GCancellable *cancellable,
                        GError **error)
{
  g_autoptr (PnAuditChecker) checker = pn_audit_checker_new (keys, head);
  Verifying verifying = { checker, 0 };
  gboolean fine = pn_audit_read_all (manager, feed, &verifying, cancellable, error) &&
                  pn_audit_checker_finish (checker, error);

  *proof = (PnAuditProof){ .count = pn_audit_checker_get_count (checker),
                           .first_bad = pn_audit_checker_get_first_bad (checker),
                           .last_time = verifying.last_time };
  return fine;
}

/* ---- export, head ---- */

typedef struct
{
  GString *text;
  guint count;
} Exporting;

static gboolean
append (const PnAuditRaw *raw, gpointer user_data, GError **error)
{
  Exporting *self = user_data;

  g_string_append_printf (self->text, "%" G_GINT64_FORMAT "\t%s\t%s\t%s\n", raw->number, raw->hash,
                          raw->signature, raw->entry);
  self->count++;
  return TRUE;
}

GBytes *
pn_audit_export (PnDbusManager *manager, guint *count, GCancellable *cancellable, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  Exporting exporting = { text, 0 };

  if (!pn_audit_read_all (manager, append, &exporting, cancellable, error))
    return NULL;
  if (count != NULL)
    *count = exporting.count;
  return g_bytes_new (text->str, text->len);
}

gboolean
pn_audit_read_head (PnDbusManager *manager, PnAuditHead *head, GError **error)
{
  g_autoptr (GVariant) rows = NULL;
  g_autoptr (GVariant) row = NULL;
  GVariantBuilder options;
  PnAuditRaw raw;

  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "raw", g_variant_new_boolean (TRUE));
  if (!pn_dbus_manager_call_query_audit_sync (manager, 0, 1, g_variant_builder_end (&options), CALL,
                                              -1, &rows, NULL, error))
    return FALSE;
  if (g_variant_n_children (rows) == 1)
    {
      row = g_variant_get_child_value (rows, 0);
      read_raw (&raw, row);
      head->number = raw.number;
      head->signature = pn_hex_decode (raw.signature, -1);
      if (head->signature != NULL && pn_sha256_from_hex (raw.hash, &head->hash))
        return TRUE;
    }
  return pn_set_error (error, PN_ERROR_SIGNATURE,
                       "The newest entry is none; see punnetctl audit verify");
}

/* ---- in a thread ---- */

typedef struct
{
  PnDbusManager *manager; /* NULL = there is none */
  char *key;
  PnAuditProof proof;
  PnAuditSave what;
  char *path;
  char *sha256; /* of what was saved */
  guint count;
} Errand;

static void
errand_free (gpointer data)
{
  Errand *self = data;

  g_clear_object (&self->manager);
  g_free (self->key);
  g_free (self->path);
  g_free (self->sha256);
  g_free (self);
}

static GTask *
new_task (PnClient *client,
          GCancellable *cancellable,
          GAsyncReadyCallback callback,
          gpointer user_data)
{
  GTask *task = g_task_new (client, cancellable, callback, user_data);
  PnDbusManager *manager = pn_client_get_manager (client);
  Errand *errand = g_new0 (Errand, 1);

  if (manager != NULL)
    errand->manager = g_object_ref (manager);
  errand->key = g_strdup (pn_client_get_station_key (client));
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, errand, errand_free);
  return task;
}

/* Takes @error. */
static void
return_done (GTask *task, gboolean done, GError *error)
{
  if (done)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, pn_client_explain (error));
}

static gboolean
check_manager (Errand *errand, GError **error)
{
  return errand->manager != NULL ||
         pn_set_error (error, PN_ERROR_NOT_FOUND, "The helper is not running");
}

static void
verify_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Errand *errand = data;
  GError *error = NULL;
  g_autoptr (PnStationPublicKey) key =
      check_manager (errand, &error) ? pn_station_public_key_new (errand->key, -1, &error) : NULL;
  const PnStationPublicKey *const keys[] = { key, NULL };

  gboolean whole = key != NULL && pn_audit_verify_helper (errand->manager, keys, NULL,
                                                          &errand->proof, cancellable, &error);

  return_done (task, whole, error);
}

void
pn_client_verify_audit_async (PnClient *self,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr (GTask) task = new_task (self, cancellable, callback, user_data);

  g_task_run_in_thread (task, verify_thread);
}

gboolean
pn_client_verify_audit_finish (PnClient *self,
                               GAsyncResult *result,
                               PnAuditProof *proof,
                               GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  *proof = ((Errand *) g_task_get_task_data (G_TASK (result)))->proof;
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* What is to be in the file. NULL with @error. (transfer full) */
static GBytes *
make_contents (Errand *errand, GCancellable *cancellable, GError **error)
{
  g_auto (PnAuditHead) head = { 0 };
  char *text = NULL;

  if (!check_manager (errand, error))
    return NULL;
  switch (errand->what)
    {
    case PN_AUDIT_SAVE_ENTRIES:
      return pn_audit_export (errand->manager, &errand->count, cancellable, error);
    case PN_AUDIT_SAVE_HEAD:
      if (!pn_audit_read_head (errand->manager, &head, error))
        return NULL;
      text = pn_audit_head_to_json (&head);
      break;
    case PN_AUDIT_SAVE_KEY:
    default:
      text = g_strdup (errand->key);
    }
  return g_bytes_new_take (text, strlen (text));
}

static void
save_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Errand *errand = data;
  GError *error = NULL;
  g_autoptr (GBytes) contents = make_contents (errand, cancellable, &error);

  gboolean saved = contents != NULL && pn_replace_file (errand->path, contents, &error);

  if (saved)
    errand->sha256 = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, contents);
  return_done (task, saved, error);
}

void
pn_client_save_audit_async (PnClient *self,
                            PnAuditSave what,
                            const char *path,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_autoptr (GTask) task = new_task (self, cancellable, callback, user_data);
  Errand *errand = g_task_get_task_data (task);

  errand->what = what;
  errand->path = g_strdup (path);
  g_task_run_in_thread (task, save_thread);
}

gboolean
pn_client_save_audit_finish (PnClient *self, GAsyncResult *result, GError **error)
{
  Errand *errand = g_task_get_task_data (G_TASK (result));

  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;
  if (errand->what == PN_AUDIT_SAVE_ENTRIES)
    pn_client_note_export (self, "audit", errand->count, errand->sha256);
  return TRUE;
}
