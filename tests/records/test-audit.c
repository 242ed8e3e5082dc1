/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audit: what is in it cannot be changed, taken out, moved or added to without that the first
 * entry that is not as it was is named; judged also by openssl. */
#include "config.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "pn-audit.h"
#include "pn-error.h"
#include "pn-io.h"
#include "pn-records-fixture.h"

#define N_ENTRIES 12 /* the first one tells of the key */

static PnRecords *
open_audit (PnRecordsFixture *self)
{
  PnRecords *records = pn_records_fixture_open (self);
  g_autoptr (GError) error = NULL;

  g_assert_true (pn_audit_open (records, self->folder, &error));
  g_assert_no_error (error);
  return records;
}

static gint64
add (PnRecords *records, const char *what, const char *object)
{
  g_autoptr (GError) error = NULL;
  GVariantBuilder details;
  PnAuditEntry entry = { .uid = 1000,
                         .who = "ann",
                         .what = what,
                         .object = object,
                         .before = "a \"quoted\"\n\001 word",
                         .after = "Ü",
                         .result = "done" };
  gint64 number;

  g_variant_builder_init (&details, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&details, "{sv}", "z", g_variant_new_boolean (TRUE));
  g_variant_builder_add (&details, "{sv}", "count", g_variant_new_uint32 (3));
  entry.details = g_variant_builder_end (&details);
  number = pn_audit_add (records, &entry, &error);
  g_assert_no_error (error);
  g_assert_cmpint (number, >, 0);
  return number;
}

/* An audit of N_ENTRIES, closed. */
static void
make_audit (PnRecordsFixture *self)
{
  g_autoptr (PnRecords) records = open_audit (self);

  for (int i = 2; i <= N_ENTRIES; i++)
    {
      g_autofree char *object = g_strdup_printf ("object %d", i);

      g_assert_cmpint (add (records, "rest-after", object), ==, i);
    }
}

static PnStationPublicKey *
load_key (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, PN_STATION_KEY_PUBLIC_FILE, NULL);
  g_autofree char *pem = NULL;
  PnStationPublicKey *key;
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_get_contents (path, &pem, NULL, NULL));
  key = pn_station_public_key_new (pem, -1, &error);
  g_assert_no_error (error);
  return key;
}

/* The first bad entry as it is found with the public key alone, and the head in @head_file where
 * that is not NULL; 0 = intact. */
static gint64
find_bad (PnRecordsFixture *self, const char *head_file)
{
  g_autoptr (PnStationPublicKey) key = load_key (self->folder);
  const PnStationPublicKey *const keys[] = { key, NULL };
  g_auto (PnAuditHead) head = { 0 };
  g_autoptr (GError) error = NULL;
  gint64 count, first_bad;
  gboolean fine;

  if (head_file != NULL)
    {
      g_autoptr (GBytes) bytes = pn_read_file (head_file, PN_AUDIT_HEAD_MAX, &error);

      g_assert_no_error (error);
      g_assert_true (pn_audit_head_parse (&head, g_bytes_get_data (bytes, NULL),
                                          g_bytes_get_size (bytes), &error));
      g_assert_true (pn_audit_head_verify (&head, keys));
    }
  fine = pn_audit_verify_file (self->path, keys, head_file != NULL ? &head : NULL, &count,
                               &first_bad, &error);
  g_assert_cmpint (fine, ==, first_bad == 0);
  if (!fine)
    {
      g_autofree char *number = g_strdup_printf ("%" G_GINT64_FORMAT, first_bad);

      g_assert_error (error, PN_ERROR, PN_ERROR_SIGNATURE);
      g_assert_nonnull (strstr (error->message, number));
      g_assert_cmpint (count, ==, first_bad - 1);
    }
  return first_bad;
}

static char *
own_head (PnRecordsFixture *self)
{
  return g_build_filename (self->folder, PN_AUDIT_HEAD_FILE, NULL);
}

/* ---- what is kept ---- */

static void
test_kept (PnRecordsFixture *self, gconstpointer data)
{
  g_autofree char *head = own_head (self);
  g_autofree char *entry = NULL;
  g_autofree char *object = NULL;
  g_autoptr (PnRecords) records = NULL;

  make_audit (self);
  g_assert_cmpint (find_bad (self, NULL), ==, 0);
  g_assert_cmpint (find_bad (self, head), ==, 0);
  /* Taken up again, with the same key. */
  records = open_audit (self);
  g_assert_cmpint (add (records, "export", "csv"), ==, N_ENTRIES + 1);
  g_assert_cmpint (find_bad (self, head), ==, 0);
  /* The line is canonical, and anybody can look at it with SQL. */
  entry = pn_records_fixture_ask (
      self->path, "SELECT replace(entry, entry ->> 'time', 'T') FROM audit_log WHERE number = 2");
  g_assert_cmpstr (entry, ==,
                   "{\"after\":\"Ü\",\"before\":\"a \\\"quoted\\\"\\n\\u0001 word\","
                   "\"details\":{\"count\":3,\"z\":true},\"number\":2,\"object\":\"object 2\","
                   "\"result\":\"done\",\"time\":T,\"uid\":1000,\"what\":\"rest-after\","
                   "\"who\":\"ann\"}");
  object = pn_records_fixture_ask (self->path, "SELECT object FROM audit WHERE number = 5");
  g_assert_cmpstr (object, ==, "object 5");
}

static void
test_key_is_private (PnRecordsFixture *self, gconstpointer data)
{
  g_autofree char *path = g_build_filename (self->folder, PN_STATION_KEY_FILE, NULL);
  struct stat status;

  make_audit (self);
  g_assert_cmpint (stat (path, &status), ==, 0);
  g_assert_cmpuint (status.st_mode & 07777, ==, 0600);
}

/* Nothing is replaced that is there already. */
static void
test_broken_key (PnRecordsFixture *self, gconstpointer data)
{
  static const char *const wrong[] = { "", "nonsense", "-----BEGIN PRIVATE KEY-----\nAAAA\n" };
  g_autofree char *path = g_build_filename (self->folder, PN_STATION_KEY_FILE, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (PnRecords) records = pn_records_fixture_open (self);
      g_autoptr (GError) error = NULL;
      g_autofree char *after = NULL;

      g_assert_true (g_file_set_contents (path, wrong[i], -1, NULL));
      g_assert_false (pn_audit_open (records, self->folder, &error));
      g_assert_error (error, PN_ERROR, PN_ERROR_KEY);
      g_assert_true (g_file_get_contents (path, &after, NULL, NULL));
      g_assert_cmpstr (after, ==, wrong[i]);
    }
}

/* ---- damage ---- */

static const struct
{
  const char *name, *sql;
  gint64 first_bad;
} damages[] = {
  { "a word",
    "UPDATE audit_log SET entry = replace(entry, 'object 7', 'object x') WHERE number = 7", 7 },
  { "a user",
    "UPDATE audit_log SET entry = replace(entry, '\"uid\":1000', '\"uid\":1001')"
    " WHERE number = 3",
    3 },
  { "a space", "UPDATE audit_log SET entry = entry || ' ' WHERE number = 9", 9 },
  { "not JSON", "UPDATE audit_log SET entry = 'x' WHERE number = 2", 2 },
  { "the hash",
    "UPDATE audit_log SET hash = replace(hash, substr(hash, 1, 1), 'g')"
    " WHERE number = 4",
    4 },
  { "the signature",
    "UPDATE audit_log SET signature = (SELECT signature FROM audit_log"
    " WHERE number = 5) WHERE number = 6",
    6 },
  { "no signature", "UPDATE audit_log SET signature = '' WHERE number = 12", 12 },
  { "one is deleted", "DELETE FROM audit_log WHERE number = 5", 5 },
  { "the first is deleted", "DELETE FROM audit_log WHERE number = 1", 1 },
  { "deleted and closed up",
    "DELETE FROM audit_log WHERE number = 5; UPDATE audit_log SET number = number - 1"
    " WHERE number > 5",
    5 },
  { "two are exchanged",
    "UPDATE audit_log SET number = -4 WHERE number = 4;"
    "UPDATE audit_log SET number = 4 WHERE number = 8;"
    "UPDATE audit_log SET number = 8 WHERE number = -4",
    4 },
  { "one is put in",
    "INSERT INTO audit_log SELECT 13, entry, hash, signature FROM audit_log"
    " WHERE number = 12",
    13 },
  { "one before all",
    "INSERT INTO audit_log SELECT 0, entry, hash, signature FROM audit_log"
    " WHERE number = 1",
    1 },
  { "the end, and a head that knows", "DELETE FROM audit_log WHERE number > 9", 10 },
  { "all, and a head that knows", "DELETE FROM audit_log", 1 },
};

static void
test_damage (PnRecordsFixture *self, gconstpointer data)
{
  g_autofree char *head = own_head (self);
  g_autofree char *kept = NULL;
  gsize size;

  make_audit (self);
  g_assert_true (g_file_get_contents (self->path, &kept, &size, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (damages); i++)
    {
      g_test_message ("%s", damages[i].name);
      g_assert_true (g_file_set_contents (self->path, kept, (gssize) size, NULL));
      g_assert_cmpint (find_bad (self, head), ==, 0);
      pn_records_fixture_do (self->path, damages[i].sql);
      g_assert_cmpint (find_bad (self, head), ==, damages[i].first_bad);
    }
}

/* Somebody who hashes all of it anew, but has no key. */
static void
test_hashed_anew (PnRecordsFixture *self, gconstpointer data)
{
  PnSha256 last = { { 0 } };

  make_audit (self);
  pn_records_fixture_do (
      self->path,
      "UPDATE audit_log SET entry = replace(entry, 'object 6', 'object x') WHERE number = 6");
  for (int i = 1; i <= N_ENTRIES; i++)
    {
      g_autofree char *ask = g_strdup_printf ("SELECT entry FROM audit_log WHERE number = %d", i);
      g_autofree char *entry = pn_records_fixture_ask (self->path, ask);
      g_autofree char *hash = NULL;
      g_autofree char *sql = NULL;

      last = pn_audit_chain_hash (&last, entry);
      hash = pn_sha256_to_hex (&last);
      sql = g_strdup_printf ("UPDATE audit_log SET hash = '%s' WHERE number = %d", hash, i);
      pn_records_fixture_do (self->path, sql);
    }
  g_assert_cmpint (find_bad (self, NULL), ==, 6);
}

/* What was cut off stays missing, also when the helper goes on. */
static void
test_cut_off (PnRecordsFixture *self, gconstpointer data)
{
  g_autofree char *head = own_head (self);

  make_audit (self);
  pn_records_fixture_do (self->path, "DELETE FROM audit_log WHERE number > 9");
  /* Without a head nobody can know: that is what it is kept for. */
  g_assert_cmpint (find_bad (self, NULL), ==, 0);
  g_assert_cmpint (find_bad (self, head), ==, 10);
  g_test_expect_message ("pn-records", G_LOG_LEVEL_WARNING, "*ends at entry 9, but entry 12*");
  {
    g_autoptr (PnRecords) records = open_audit (self);

    g_assert_cmpint (add (records, "export", "csv"), ==, N_ENTRIES + 1);
  }
  g_test_assert_expected_messages ();
  g_assert_cmpint (find_bad (self, NULL), ==, 10);
  g_assert_cmpint (find_bad (self, head), ==, 10);
}

/* While the helper runs. */
static void
test_cut_off_meanwhile (PnRecordsFixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = NULL;

  make_audit (self);
  records = open_audit (self);
  pn_records_fixture_do (self->path, "DELETE FROM audit_log WHERE number > 9");
  g_assert_cmpint (add (records, "export", "csv"), ==, N_ENTRIES + 1);
  g_assert_cmpint (find_bad (self, NULL), ==, 10);
}

/* The whole folder put back to an older state: only a head from elsewhere tells. */
static void
test_put_back (PnRecordsFixture *self, gconstpointer data)
{
  g_autofree char *head = own_head (self);
  g_autofree char *elsewhere = g_build_filename (self->folder, "elsewhere", NULL);
  g_autofree char *database = NULL, *older = NULL, *newer = NULL;
  gsize size;

  make_audit (self);
  g_assert_true (g_file_get_contents (self->path, &database, &size, NULL));
  g_assert_true (g_file_get_contents (head, &older, NULL, NULL));
  {
    g_autoptr (PnRecords) records = open_audit (self);

    (void) add (records, "batch-open", "1");
    (void) add (records, "batch-close", "1");
  }
  g_assert_true (g_file_get_contents (head, &newer, NULL, NULL));
  g_assert_true (g_file_set_contents (elsewhere, newer, -1, NULL));
  g_assert_true (g_file_set_contents (head, older, -1, NULL));
  g_assert_true (g_file_set_contents (self->path, database, (gssize) size, NULL));
  g_assert_cmpint (find_bad (self, head), ==, 0);
  g_assert_cmpint (find_bad (self, elsewhere), ==, N_ENTRIES + 1);
  {
    g_autoptr (PnRecords) records = open_audit (self);

    (void) add (records, "batch-open", "2");
    (void) add (records, "batch-close", "2");
  }
  /* The same number, but not the same entry. */
  g_assert_cmpint (find_bad (self, elsewhere), ==, N_ENTRIES + 2);
}

/* Another station's. */
static void
test_other_key (PnRecordsFixture *self, gconstpointer data)
{
  g_autofree char *other = g_dir_make_tmp ("punnet-other-XXXXXX", NULL);
  g_autoptr (PnStationKey) key = NULL;
  g_autoptr (PnStationPublicKey) public_key = NULL;
  g_autoptr (GError) error = NULL;
  gint64 count, first_bad;
  gboolean made;

  make_audit (self);
  key = pn_station_key_open (other, &made, &error);
  g_assert_no_error (error);
  g_assert_true (made);
  public_key = load_key (other);
  {
    const PnStationPublicKey *const keys[] = { public_key, NULL };

    g_assert_false (pn_audit_verify_file (self->path, keys, NULL, &count, &first_bad, &error));
  }
  g_assert_error (error, PN_ERROR, PN_ERROR_SIGNATURE);
  g_assert_cmpint (first_bad, ==, 1);
  pn_remove_folder (other);
}

/* ---- with what it tells of ---- */

static void
test_together (PnRecordsFixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = open_audit (self);
  g_autoptr (GError) error = NULL;
  PnRecord record = pn_records_fixture_passed ("1000000040072f01");

  g_assert_true (pn_records_enter (records, &error));
  g_assert_cmpint (pn_records_add (records, 0, &record, &error), >, 0);
  g_assert_cmpint (add (records, "record", "1"), ==, 2);
  g_assert_false (pn_records_leave (records, FALSE, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (pn_records_fixture_count (records), ==, 0);
  g_assert_true (pn_records_enter (records, &error));
  g_assert_cmpint (pn_records_add (records, 0, &record, &error), >, 0);
  g_assert_cmpint (add (records, "record", "1"), ==, 2);
  g_assert_true (pn_records_leave (records, TRUE, &error));
  g_assert_cmpuint (pn_records_fixture_count (records), ==, 1);
  g_assert_cmpint (find_bad (self, NULL), ==, 0);
}

/* What is inside a part that failed cannot be kept by the whole. */
static void
test_nested (PnRecordsFixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = open_audit (self);
  g_autoptr (GError) error = NULL;

  g_assert_true (pn_records_enter (records, &error));
  g_assert_true (pn_records_enter (records, &error));
  (void) add (records, "record", "1");
  g_assert_false (pn_records_leave (records, FALSE, &error));
  g_assert_false (pn_records_leave (records, TRUE, &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_IO);
  g_assert_cmpint (add (records, "record", "1"), ==, 2);
  g_assert_cmpint (find_bad (self, NULL), ==, 0);
}

static void
test_too_long (PnRecordsFixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = open_audit (self);
  g_autofree char *text = g_strnfill (PN_AUDIT_MAX_DETAILS, 'x');
  g_autoptr (GError) error = NULL;
  PnAuditEntry entry = { .who = text, .what = "export", .object = text, .result = "done" };

  g_assert_cmpint (pn_audit_add (records, &entry, &error), ==, 2);
  g_assert_no_error (error);
  entry.details = pn_records_fixture_options ("x", g_variant_new_string (text));
  g_assert_cmpint (pn_audit_add (records, &entry, &error), ==, 0);
  g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_ARGUMENT);
  g_assert_cmpint (add (records, "export", "csv"), ==, 3);
  g_assert_cmpint (find_bad (self, NULL), ==, 0);
}

/* ---- queries ---- */

static guint
count (PnRecords *records, const char *name, GVariant *value)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) rows =
      pn_audit_query (records, 0, 1000, pn_records_fixture_options (name, value), &error);

  g_assert_no_error (error);
  return (guint) g_variant_n_children (rows);
}

static void
test_query (PnRecordsFixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) rows = NULL;
  g_autoptr (GVariant) row = NULL;
  const char *entry;

  make_audit (self);
  records = open_audit (self);
  g_assert_cmpuint (count (records, NULL, NULL), ==, N_ENTRIES);
  g_assert_cmpuint (count (records, "what", g_variant_new_string ("rest-after")), ==,
                    N_ENTRIES - 1);
  g_assert_cmpuint (count (records, "who", g_variant_new_string ("ann")), ==, N_ENTRIES - 1);
  g_assert_cmpuint (count (records, "object", g_variant_new_string ("object 3")), ==, 1);
  g_assert_cmpuint (count (records, "after", g_variant_new_int64 (10)), ==, 2);
  g_assert_cmpuint (count (records, "until", g_variant_new_int64 (1)), ==, 0);
  g_assert_cmpuint (count (records, "since", g_variant_new_int64 (1)), ==, N_ENTRIES);
  rows = pn_audit_query (records, 1, 1,
                         pn_records_fixture_options ("raw", g_variant_new_boolean (TRUE)), &error);
  row = g_variant_get_child_value (rows, 0);
  g_assert_true (g_variant_lookup (row, "entry", "&s", &entry));
  g_assert_nonnull (strstr (entry, "object 11"));
  g_assert_null (pn_audit_query (
      records, 0, 1, pn_records_fixture_options ("who", g_variant_new_boolean (TRUE)), &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_ARGUMENT);
  /* One that somebody broke is shown as far as it can be. */
  pn_records_fixture_do (self->path, "UPDATE audit_log SET entry = 'x' WHERE number = 3");
  g_assert_cmpuint (count (records, NULL, NULL), ==, N_ENTRIES);
}

/* ---- heads ---- */

static void
test_heads (void)
{
  g_autofree char *hex = g_strnfill (64, 'a');
  g_autofree char *good = g_strdup_printf (
      "{\"format\":\"punnet-audit-head-1\",\"hash\":\"%s\",\"number\":7,\"signature\":\"%s%s\"}",
      hex, hex, hex);
  static const char *const wrong[] = { "",
                                       "{}",
                                       "[]",
                                       "{\"hash\":1,\"number\":1,\"signature\":\"aa\"}",
                                       "{\"hash\":\"aa\",\"number\":1,\"signature\":\"aa\"}",
                                       "{\"a\":{\"a\":{}}}" };
  g_auto (PnAuditHead) head = { 0 };
  g_autofree char *again = NULL;

  for (gsize size = 0; size < strlen (good); size++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *part = g_strndup (good, size);

      g_assert_false (pn_audit_head_parse (&head, part, size, &error));
      g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_DATA);
    }
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    g_assert_false (pn_audit_head_parse (&head, wrong[i], strlen (wrong[i]), NULL));
  g_assert_true (pn_audit_head_parse (&head, good, strlen (good), NULL));
  again = pn_audit_head_to_json (&head);
  g_assert_cmpstr (again, ==, good);
}

int
main (int argc, char **argv)
{
  static const PnRecordsTest tests[] = {
    { "/audit/kept", test_kept },
    { "/audit/key-is-private", test_key_is_private },
    { "/audit/broken-key", test_broken_key },
    { "/audit/damage", test_damage },
    { "/audit/hashed-anew", test_hashed_anew },
    { "/audit/cut-off", test_cut_off },
    { "/audit/cut-off-meanwhile", test_cut_off_meanwhile },
    { "/audit/put-back", test_put_back },
    { "/audit/other-key", test_other_key },
    { "/audit/together", test_together },
    { "/audit/nested", test_nested },
    { "/audit/too-long", test_too_long },
    { "/audit/query", test_query },
  };

  g_test_add_func ("/audit/heads", test_heads);
  return pn_records_fixture_run (argc, argv, tests, G_N_ELEMENTS (tests));
}
