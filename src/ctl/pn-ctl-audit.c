/* SPDX-License-Identifier: GPL-3.0-or-later */
/* punnetctl audit: who did what, and whether it is all there. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "pn-audit.h"
#include "pn-client-audit.h"
#include "pn-ctl-helper.h"
#include "pn-io.h"
#include "pn-record-format.h"

#define MAX_KEYS 16

/* The helper and its audit. */
typedef struct
{
  GDBusObjectManager *objects;
  PnDbusManager *manager;
} Helper;

static void
helper_clear (Helper *self)
{
  g_clear_object (&self->manager);
  g_clear_object (&self->objects);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Helper, helper_clear)

static gboolean
helper_connect (Helper *self, GError **error)
{
  self->objects = pn_ctl_connect (error);
  self->manager = self->objects != NULL ? pn_ctl_get_manager (self->objects) : NULL;
  return self->manager != NULL;
}

/* ---- list ---- */

static void
print_entry (GVariant *row)
{
  const char *who = "", *what = "", *object = "", *before = NULL, *after = NULL, *result = "";
  gint64 number = 0, time = 0;
  g_autofree char *when = NULL;
  g_autoptr (GVariant) value = NULL;

  (void) g_variant_lookup (row, "number", "x", &number);
  (void) g_variant_lookup (row, "time", "x", &time);
  (void) g_variant_lookup (row, "who", "&s", &who);
  (void) g_variant_lookup (row, "what", "&s", &what);
  (void) g_variant_lookup (row, "object", "&s", &object);
  (void) g_variant_lookup (row, "before", "&s", &before);
  (void) g_variant_lookup (row, "after", "&s", &after);
  (void) g_variant_lookup (row, "result", "&s", &result);
  value = g_variant_ref_sink (g_variant_new_int64 (time));
  when = pn_record_format_value_for_people (value, "started");
  printf ("%-6" G_GINT64_FORMAT " %-19s %-12s %-15s %-8s %s", number, when, who, what, result,
          object);
  if (before != NULL || after != NULL)
    printf (": %s → %s", before != NULL ? before : "–", after != NULL ? after : "–");
  puts ("");
}

static int
list (int argc, char **argv)
{
  gboolean json = FALSE;
  int limit = 100;
  char *what = NULL, *who = NULL;
  const GOptionEntry entries[] = {
    { "limit", 0, 0, G_OPTION_ARG_INT, &limit, "The newest N, at most 1000", "N" },
    { "what", 0, 0, G_OPTION_ARG_STRING, &what, "Only such, as “override-add”", "WORD" },
    { "who", 0, 0, G_OPTION_ARG_STRING, &who, "Only what this user did", "NAME" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "For machines", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("— who did what, the newest first");
  g_autofree char *owned_what = NULL;
  g_autofree char *owned_who = NULL;
  g_auto (Helper) helper = { NULL };
  g_autoptr (GVariant) rows = NULL;
  g_autoptr (GError) error = NULL;
  GVariantBuilder options;
  gboolean fine;

  g_option_context_add_main_entries (context, entries, NULL);
  fine = pn_ctl_parse (context, &argc, &argv, 0, 0) && limit >= 0;
  owned_what = what;
  owned_who = who;
  if (!fine)
    return 2;
  if (!helper_connect (&helper, &error))
    return pn_ctl_fail_remote (error);
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  if (what != NULL)
    g_variant_builder_add (&options, "{sv}", "what", g_variant_new_string (what));
  if (who != NULL)
    g_variant_builder_add (&options, "{sv}", "who", g_variant_new_string (who));
  if (!pn_dbus_manager_call_query_audit_sync (helper.manager, 0, (guint) limit,
                                              g_variant_builder_end (&options), PN_CTL_CALL, -1,
                                              &rows, NULL, &error))
    return pn_ctl_fail_remote (error);
  if (json)
    {
      pn_ctl_print_variant (rows);
      return 0;
    }
  printf ("%-6s %-19s %-12s %-15s %-8s %s\n", "No.", "Time", "Who", "What", "Result", "");
  for (gsize i = 0; i < g_variant_n_children (rows); i++)
    {
      g_autoptr (GVariant) row = g_variant_get_child_value (rows, i);

      print_entry (row);
    }
  return 0;
}

/* ---- export, head, key ---- */

static gboolean
note_export (PnDbusManager *manager, GBytes *bytes, guint count, GError **error)
{
  PnSha256 digest = pn_sha256_bytes (bytes);
  g_autofree char *hex = pn_sha256_to_hex (&digest);

  return pn_ctl_note_export (manager, "audit", count, "sha256", g_variant_new_string (hex), error);
}

static int export(int argc, char **argv)
{
  char *output = NULL;
  gboolean force = FALSE;
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output, "Where to (-: standard output)", "FILE" },
    { "force", 0, 0, G_OPTION_ARG_NONE, &force, "Replace a file that is there", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context =
      g_option_context_new ("— every entry as it was signed, one a line");
  g_autofree char *owned = NULL;
  g_auto (Helper) helper = { NULL };
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  guint count = 0;
  gboolean fine;

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_set_description (
      context,
      "Each line has, with tabs between them: number, hash, signature, entry. To check them\n"
      "without Punnet: the hash is SHA-256 of the hash before it, as 32 bytes (zeros before the\n"
      "first), and the entry; the signature, 64 bytes in hexadecimal digits, is over the line\n"
      "“punnet-audit-1 NUMBER HASH” with its newline:\n"
      "  openssl pkeyutl -verify -pubin -inkey STATION.pub -rawin -in LINE -sigfile SIGNATURE\n");
  fine = pn_ctl_parse (context, &argc, &argv, 0, 0);
  owned = output;
  if (!fine)
    return 2;
  if (!helper_connect (&helper, &error) ||
      (bytes = pn_audit_export (helper.manager, &count, NULL, &error)) == NULL ||
      !note_export (helper.manager, bytes, count, &error))
    return pn_ctl_fail_remote (error);
  if (!pn_ctl_write (output, bytes, force, &error))
    return pn_ctl_fail (error);
  return 0;
}

static int
key (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (
      "— the station's public key, by which others check its audit and certificates");
  g_auto (Helper) helper = { NULL };
  g_autoptr (GError) error = NULL;

  if (!pn_ctl_parse (context, &argc, &argv, 0, 0))
    return 2;
  if (!helper_connect (&helper, &error))
    return pn_ctl_fail_remote (error);
  fputs (pn_dbus_manager_get_station_key (helper.manager), stdout);
  return 0;
}

static int
head (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (
      "— the signed number and hash of the newest entry, to be kept elsewhere");
  g_auto (Helper) helper = { NULL };
  g_auto (PnAuditHead) newest = { 0 };
  g_autofree char *json = NULL;
  g_autoptr (GError) error = NULL;

  if (!pn_ctl_parse (context, &argc, &argv, 0, 0))
    return 2;
  if (!helper_connect (&helper, &error) || !pn_audit_read_head (helper.manager, &newest, &error))
    return pn_ctl_fail_remote (error);
  json = pn_audit_head_to_json (&newest);
  puts (json);
  return 0;
}

/* ---- verify ---- */

/* What to verify with, from files; the keys end with NULL. */
typedef struct
{
  GPtrArray *keys;
  PnAuditHead head;
} Proof;

static void
proof_clear (Proof *self)
{
  g_clear_pointer (&self->keys, g_ptr_array_unref);
  pn_audit_head_clear (&self->head);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Proof, proof_clear)

static gboolean
add_key (Proof *proof, const char *pem, gssize size, GError **error)
{
  PnStationPublicKey *one = pn_station_public_key_new (pem, size, error);

  if (one != NULL)
    g_ptr_array_add (proof->keys, one);
  return one != NULL;
}

static gboolean
load_proof (Proof *proof, char **key_files, const char *head_file, GError **error)
{
  g_autoptr (GBytes) bytes = NULL;
  gsize size;
  const char *data;

  proof->keys = g_ptr_array_new_with_free_func ((GDestroyNotify) pn_station_public_key_free);
  for (guint i = 0; key_files != NULL && key_files[i] != NULL && i < MAX_KEYS; i++)
    {
      g_autoptr (GBytes) pem = pn_read_file (key_files[i], PN_STATION_KEY_PUBLIC_MAX, error);

      if (pem == NULL ||
          !add_key (proof, g_bytes_get_data (pem, NULL), (gssize) g_bytes_get_size (pem), error))
        return FALSE;
    }
  if (head_file == NULL)
    return TRUE;
  bytes = pn_read_file (head_file, PN_AUDIT_HEAD_MAX, error);
  if (bytes == NULL)
    return FALSE;
  data = g_bytes_get_data (bytes, &size);
  return pn_audit_head_parse (&proof->head, data, size, error);
}

static int
say_verified (gboolean fine, const PnAuditProof *proof, gboolean json, const GError *error)
{
  if (json)
    {
      g_autoptr (JsonBuilder) builder = json_builder_new ();

      json_builder_begin_object (builder);
      json_builder_set_member_name (builder, "intact");
      json_builder_add_boolean_value (builder, fine);
      json_builder_set_member_name (builder, "entries");
      json_builder_add_int_value (builder, proof->count);
      json_builder_set_member_name (builder, "first_bad");
      json_builder_add_int_value (builder, proof->first_bad);
      pn_ctl_add_string (builder, "message", fine ? NULL : error->message);
      json_builder_end_object (builder);
      (void) pn_ctl_print_json (builder);
      return fine ? 0 : 1;
    }
  if (!fine)
    return pn_ctl_fail_remote (error);
  printf ("Intact: %" G_GINT64_FORMAT " entries.\n", proof->count);
  return 0;
}

static int
verify_with (Proof *proof, const char *file, gboolean json)
{
  g_auto (Helper) helper = { NULL };
  g_autoptr (GError) error = NULL;
  const PnStationPublicKey *const *keys;
  const PnAuditHead *kept = proof->head.number > 0 ? &proof->head : NULL;
  PnAuditProof found = { 0 };
  gboolean fine;

  if (file == NULL && !helper_connect (&helper, &error))
    return pn_ctl_fail_remote (error);
  if (file == NULL && proof->keys->len == 0 &&
      !add_key (proof, pn_dbus_manager_get_station_key (helper.manager), -1, &error))
    return pn_ctl_fail (error);
  g_ptr_array_add (proof->keys, NULL);
  keys = (const PnStationPublicKey *const *) proof->keys->pdata;
  if (kept != NULL && !pn_audit_head_verify (kept, keys))
    {
      pn_set_error (&error, PN_ERROR_SIGNATURE,
                    "The head that was kept is not signed with this station's key");
      return pn_ctl_fail (error);
    }
  fine = file != NULL
             ? pn_audit_verify_file (file, keys, kept, &found.count, &found.first_bad, &error)
             : pn_audit_verify_helper (helper.manager, keys, kept, &found, NULL, &error);
  return say_verified (fine, &found, json, error);
}

static int
verify (int argc, char **argv)
{
  char **key_files = NULL;
  char *head_file = NULL;
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
    { "key", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &key_files,
      "The station's public key; several where it had several", "FILE" },
    { "head", 0, 0, G_OPTION_ARG_FILENAME, &head_file,
      "What “audit head” said before, or audit.head", "FILE" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "For machines", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (
      "[DATABASE] — whether anything was changed, taken out, moved or put in");
  g_auto (GStrv) owned_keys = NULL;
  g_autofree char *owned_head = NULL;
  g_auto (Proof) proof = { NULL };
  g_autoptr (GError) error = NULL;
  gboolean fine;

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_set_description (
      context,
      "Without DATABASE the helper is asked for its audit and, unless --key is given, for its "
      "key.\n"
      "A copy of records.db can be verified anywhere with the station's key.\n\n"
      "What it finds: the first entry that was changed, deleted, moved or put in, by whoever does\n"
      "not have the station's private key. That entries are missing at the end, only --head can\n"
      "tell; the station's own audit.head is good against whoever changes the database alone, one\n"
      "that was kept elsewhere also against whoever puts the whole folder back to an older state.\n"
      "Who has the private key can write another audit: only a head from before that, kept\n"
      "elsewhere, tells.\n");
  fine = pn_ctl_parse (context, &argc, &argv, 0, 1);
  owned_keys = key_files;
  owned_head = head_file;
  if (!fine)
    return 2;
  if (argc == 2 && key_files == NULL)
    {
      fputs ("A copy needs the station's public key: --key FILE (see punnetctl audit key).\n",
             stderr);
      return 2;
    }
  if (!load_proof (&proof, key_files, head_file, &error))
    return pn_ctl_fail (error);
  return verify_with (&proof, argc == 2 ? argv[1] : NULL, json);
}

int
pn_ctl_audit (int argc, char **argv)
{
  static const PnCtlCommand commands[] = {
    { "list", list, "Who did what" },
    { "verify", verify, "Whether anything was changed, taken out, moved or put in" },
    { "export", export, "Every entry as it was signed" },
    { "head", head, "The newest entry's signature, to be kept elsewhere" },
    { "key", key, "The station's public key" },
    { NULL },
  };

  return pn_ctl_commands (commands, argc, argv);
}
