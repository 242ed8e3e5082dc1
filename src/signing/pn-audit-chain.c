/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-audit-chain.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "pn-error.h"
#include "pn-json.h"

struct _PnAuditChecker
{
  const PnStationPublicKey *const *keys;
  const PnAuditHead *head;
  PnSha256 last;
  gint64 count, first_bad;
};

PnSha256
pn_audit_chain_hash (const PnSha256 *before, const char *entry)
{
  PnHasher *hasher = pn_hasher_new ();

  pn_hasher_update (hasher, before->bytes, sizeof before->bytes);
  pn_hasher_update (hasher, entry, strlen (entry));
  return pn_hasher_finish (hasher);
}

char *
pn_audit_chain_message (gint64 number, const PnSha256 *hash)
{
  g_autofree char *hex = pn_sha256_to_hex (hash);

  return g_strdup_printf ("punnet-audit-1 %" G_GINT64_FORMAT " %s\n", number, hex);
}

/* By any of them: a station whose key was lost goes on with another. */
static gboolean
is_signed (const PnStationPublicKey *const *keys,
           gint64 number,
           const PnSha256 *hash,
           GBytes *signature)
{
  g_autofree char *message = pn_audit_chain_message (number, hash);

  for (guint i = 0; signature != NULL && keys[i] != NULL; i++)
    if (pn_station_public_key_verify (keys[i], message, strlen (message), signature))
      return TRUE;
  return FALSE;
}

/* ---- heads ---- */

void
pn_audit_head_clear (PnAuditHead *self)
{
  g_clear_pointer (&self->signature, g_bytes_unref);
  self->number = 0;
}

char *
pn_audit_head_to_json (const PnAuditHead *self)
{
  g_autofree char *hash = pn_sha256_to_hex (&self->hash);
  g_autofree char *signature =
      pn_hex_encode (g_bytes_get_data (self->signature, NULL), g_bytes_get_size (self->signature));
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "format", g_variant_new_string ("punnet-audit-head-1"));
  g_variant_builder_add (&builder, "{sv}", "hash", g_variant_new_string (hash));
  g_variant_builder_add (&builder, "{sv}", "number", g_variant_new_int64 (self->number));
  g_variant_builder_add (&builder, "{sv}", "signature", g_variant_new_string (signature));
  return pn_json_to_canonical (g_variant_builder_end (&builder));
}

static gboolean
read_head (PnAuditHead *self, JsonObject *object)
{
  JsonNode *hash = json_object_get_member (object, "hash");
  JsonNode *number = json_object_get_member (object, "number");
  JsonNode *signature = json_object_get_member (object, "signature");

  if (hash == NULL || json_node_get_value_type (hash) != G_TYPE_STRING || number == NULL ||
      json_node_get_value_type (number) != G_TYPE_INT64 || signature == NULL ||
      json_node_get_value_type (signature) != G_TYPE_STRING ||
      !pn_sha256_from_hex (json_node_get_string (hash), &self->hash))
    return FALSE;
  self->number = json_node_get_int (number);
  self->signature = pn_hex_decode (json_node_get_string (signature), -1);
  return self->number > 0 && self->signature != NULL;
}

gboolean
pn_audit_head_parse (PnAuditHead *self, const char *json, gsize size, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_auto (PnAuditHead) head = { 0 };
  JsonNode *root;

  if (size <= PN_AUDIT_HEAD_MAX && pn_json_scan (json, size, "{}:,0123456789\n", 1) == 1 &&
      json_parser_load_from_data (parser, json, (gssize) size, NULL) &&
      (root = json_parser_get_root (parser)) != NULL && JSON_NODE_HOLDS_OBJECT (root) &&
      read_head (&head, json_node_get_object (root)))
    {
      pn_audit_head_clear (self);
      *self = head;
      head.signature = NULL;
      return TRUE;
    }
  return pn_set_error (error, PN_ERROR_INVALID_DATA, "This is not the head of an audit");
}

gboolean
pn_audit_head_verify (const PnAuditHead *self, const PnStationPublicKey *const *keys)
{
  return is_signed (keys, self->number, &self->hash, self->signature);
}

/* ---- entries ---- */

PnAuditChecker *
pn_audit_checker_new (const PnStationPublicKey *const *keys, const PnAuditHead *head)
{
  PnAuditChecker *self = g_new0 (PnAuditChecker, 1);

  self->keys = keys;
  self->head = head;
  return self;
}

void
pn_audit_checker_free (PnAuditChecker *self)
{
  g_free (self);
}

gboolean
pn_audit_checker_feed (PnAuditChecker *self,
                       gint64 number,
                       const char *entry,
                       const char *hash,
                       const char *signature,
                       GError **error)
{
  PnSha256 computed = pn_audit_chain_hash (&self->last, entry);
  g_autoptr (GBytes) bytes = pn_hex_decode (signature, -1);
  PnSha256 said;

  self->first_bad = self->count + 1;
  if (number != self->first_bad)
    return pn_set_error (error, PN_ERROR_SIGNATURE, "Entry %s of the audit is missing",
                         PN_NUMBER ((guint64) self->first_bad));
  if (!pn_sha256_from_hex (hash, &said) || !pn_sha256_equal (&said, &computed))
    return pn_set_error (error, PN_ERROR_SIGNATURE,
                         "Entry %s of the audit is not the one that was written there",
                         PN_NUMBER ((guint64) number));
  if (!is_signed (self->keys, number, &computed, bytes))
    return pn_set_error (error, PN_ERROR_SIGNATURE,
                         "Entry %s of the audit is not signed with the key of this station",
                         PN_NUMBER ((guint64) number));
  if (self->head != NULL && self->head->number == number &&
      !pn_sha256_equal (&self->head->hash, &computed))
    return pn_set_error (error, PN_ERROR_SIGNATURE,
                         "Entry %s of the audit is another one than the head says that was kept",
                         PN_NUMBER ((guint64) number));
  self->last = computed;
  self->count = number;
  self->first_bad = 0;
  return TRUE;
}

gboolean
pn_audit_checker_finish (PnAuditChecker *self, GError **error)
{
  if (self->head == NULL || self->head->number <= self->count)
    return TRUE;
  self->first_bad = self->count + 1;
  return pn_set_error (error, PN_ERROR_SIGNATURE,
                       "The audit was cut off: entry %s is missing, and all after it",
                       PN_NUMBER ((guint64) self->first_bad));
}

gint64
pn_audit_checker_get_count (PnAuditChecker *self)
{
  return self->count;
}

gint64
pn_audit_checker_get_first_bad (PnAuditChecker *self)
{
  return self->first_bad;
}
