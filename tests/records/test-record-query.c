/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which records are had, in which order, and how fast where there are very many. */
#include "config.h"

#include <string.h>

#include "pn-error.h"
#include "pn-records-fixture.h"
#include "pn-records-private.h"

/* ---- choosing and ordering ---- */

static guint
count_chosen (PnRecords *records, const char *name, GVariant *value)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) options = g_variant_ref_sink (pn_records_fixture_options (name, value));
  g_autoptr (GVariant) rows = pn_records_query (records, 0, 10000, options, &error);
  gint64 count = pn_records_count (records, options, &error);

  g_assert_no_error (error);
  g_assert_cmpint (count, ==, (gint64) g_variant_n_children (rows));
  return (guint) count;
}

static void
add_some (PnRecords *records)
{
  static const struct
  {
    const char *serial, *slot, *verdict, *message, *mac;
  } runs[] = {
    { "1000000040072f01", "1-1", "passed", NULL, "2C:CF:67:00:00:01" },
    { "40072f01", "1-2", "failed", "It is \342\201\250100%\342\201\251 broken_", NULL },
    { "1000000040072f02", "1-2", "refused", "Back\\slash", NULL },
    { NULL, "1-3", "cancelled", "Stopped", NULL },
    { "2000000040072f01", "1-3", "passed", NULL, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (runs); i++)
    {
      PnRecord record = pn_records_fixture_passed (runs[i].serial);

      record.started = 1000 + i;
      record.slot = runs[i].slot;
      record.verdict = runs[i].verdict;
      record.message = runs[i].message;
      record.mac = runs[i].mac;
      pn_records_fixture_add (records, &record);
    }
}

static void
assert_values (PnRecords *records, const char *column, guint limit, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) values = pn_records_list_values (records, column, limit, &error);
  g_autofree char *joined = NULL;

  g_assert_no_error (error);
  joined = g_strjoinv (" ", values);
  g_assert_cmpstr (joined, ==, expected);
}

/* Each word once, the latest used first. */
static void
test_values (PnRecordsFixture *self, gconstpointer data)
{
  static const char *const none[] = { "id",      "started", "secure", "records", "",
                                      "slot, 1", "rowid",   "SLOT",   NULL };
  g_autoptr (PnRecords) records = pn_records_fixture_open (self);

  assert_values (records, "slot", 10, "");
  add_some (records);
  assert_values (records, "slot", 10, "1-3 1-2 1-1");
  assert_values (records, "slot", 2, "1-3 1-2");
  assert_values (records, "slot", 0, "");
  assert_values (records, "mac", G_MAXUINT, "2C:CF:67:00:00:01");
  for (guint i = 0; none[i] != NULL; i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (pn_records_list_values (records, none[i], 10, &error));
      g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_ARGUMENT);
    }
}

static void
test_choose (PnRecordsFixture *self, gconstpointer data)
{
  static const struct
  {
    const char *text;
    guint expected;
  } texts[] = { { "2f01", 3 },      { "2c:cf", 1 },      { "BROKEN", 1 },      { "%", 1 },
                { "is 100% b", 1 }, { "_", 1 },          { "\\", 1 },          { "1-2", 2 },
                { "nothing", 0 },   { "a “RECIPE”", 5 }, { "' OR 1=1 --", 0 }, { "", 5 } };
  static const char *const two[] = { "passed", "failed", NULL };
  static const char *const odd[] = { "", "pass", "passed|failed", NULL };
  static const char *const none[] = { NULL };
  g_autoptr (PnRecords) records = pn_records_fixture_open (self);

  add_some (records);
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_assert_cmpuint (count_chosen (records, "text", g_variant_new_string (texts[i].text)), ==,
                      texts[i].expected);
  g_assert_cmpuint (count_chosen (records, "verdicts", g_variant_new_strv (two, -1)), ==, 3);
  g_assert_cmpuint (count_chosen (records, "verdicts", g_variant_new_strv (odd, -1)), ==, 0);
  g_assert_cmpuint (count_chosen (records, "verdicts", g_variant_new_strv (none, -1)), ==, 0);
  g_assert_cmpuint (count_chosen (records, "id", g_variant_new_int64 (3)), ==, 1);
  g_assert_cmpuint (count_chosen (records, "id", g_variant_new_int64 (6)), ==, 0);
  g_assert_cmpuint (count_chosen (records, "recipe", g_variant_new_string ("A “recipe”")), ==, 5);
  g_assert_cmpuint (count_chosen (records, "recipe", g_variant_new_string ("A")), ==, 0);
  g_assert_cmpuint (count_chosen (records, "batch", g_variant_new_string ("")), ==, 5);
  g_assert_cmpuint (count_chosen (records, "since", g_variant_new_int64 (1003)), ==, 2);
  g_assert_cmpuint (count_chosen (records, "until", g_variant_new_int64 (1003)), ==, 3);
  g_assert_cmpuint (count_chosen (records, "after", g_variant_new_int64 (3)), ==, 2);
  g_assert_cmpuint (count_chosen (records, "after", g_variant_new_int64 (5)), ==, 0);
  g_assert_cmpuint (count_chosen (records, "secure", g_variant_new_boolean (TRUE)), ==, 5);
  g_assert_cmpuint (count_chosen (records, "secure", g_variant_new_boolean (FALSE)), ==, 0);
  /* A run that knew the ROM's half is each such device's; whole serials have to be the same. */
  g_assert_cmpuint (count_chosen (records, "serial", g_variant_new_string ("1000000040072f01")), ==,
                    2);
  g_assert_cmpuint (count_chosen (records, "serial", g_variant_new_string ("40072f01")), ==, 3);
  g_assert_cmpuint (pn_records_count_runs (records, "1000000040072f01"), ==, 2);
  g_assert_cmpuint (pn_records_count_runs (records, "40072f01"), ==, 3);
  g_assert_cmpuint (pn_records_count_runs (records, "40072f09"), ==, 0);
}

/* All that choose have to fit. */
static void
test_choose_together (PnRecordsFixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = pn_records_fixture_open (self);
  g_autoptr (GError) error = NULL;
  GVariantBuilder builder;

  add_some (records);
  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "text", g_variant_new_string ("2f01"));
  g_variant_builder_add (&builder, "{sv}", "since", g_variant_new_int64 (1001));
  g_variant_builder_add (&builder, "{sv}", "until", g_variant_new_int64 (1004));
  g_assert_cmpint (pn_records_count (records, g_variant_builder_end (&builder), &error), ==, 1);
  g_assert_no_error (error);
}

static void
test_order (PnRecordsFixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = pn_records_fixture_open (self);
  static const struct
  {
    const char *sort;
    gboolean ascending;
    const char *expected;
  } orders[] = { { NULL, FALSE, "54321" },    { NULL, TRUE, "12345" },
                 { "slot", TRUE, "12345" },   { "slot", FALSE, "54321" },
                 { "serial", TRUE, "41352" }, { "verdict", TRUE, "42153" } };

  add_some (records);
  for (guint i = 0; i < G_N_ELEMENTS (orders); i++)
    {
      g_autoptr (GString) seen = g_string_new (NULL);

      for (guint page = 0; page < 5; page += 2)
        {
          GVariantBuilder builder;
          g_autoptr (GVariant) rows = NULL;

          g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
          if (orders[i].sort != NULL)
            g_variant_builder_add (&builder, "{sv}", "sort", g_variant_new_string (orders[i].sort));
          g_variant_builder_add (&builder, "{sv}", "ascending",
                                 g_variant_new_boolean (orders[i].ascending));
          rows = pn_records_query (records, page, 2, g_variant_builder_end (&builder), NULL);
          for (gsize j = 0; j < g_variant_n_children (rows); j++)
            {
              g_autoptr (GVariant) row = g_variant_get_child_value (rows, j);
              gint64 id = 0;

              g_assert_true (g_variant_lookup (row, "id", "x", &id));
              g_string_append_printf (seen, "%d", (int) id);
            }
        }
      g_assert_cmpstr (seen->str, ==, orders[i].expected);
    }
}

static void
test_wrong_options (PnRecordsFixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = pn_records_fixture_open (self);
  g_autofree char *long_text = g_strnfill (257, 'x');
  const struct
  {
    const char *name;
    GVariant *value;
  } wrong[] = {
    { "verdict", g_variant_new_string ("passed") },
    { "text", g_variant_new_int64 (1) },
    { "text", g_variant_new_string (long_text) },
    { "verdicts", g_variant_new_string ("passed") },
    { "id", g_variant_new_int32 (1) },
    { "since", g_variant_new_string ("yesterday") },
    { "ascending", g_variant_new_string ("yes") },
    { "sort", g_variant_new_string ("") },
    { "sort", g_variant_new_string ("ID") },
    { "sort", g_variant_new_string ("id; DROP TABLE records") },
    { "sort", g_variant_new_string ("(SELECT 1)") },
    { "sort", g_variant_new_string ("rowid") },
    { "", g_variant_new_string ("") },
  };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) options =
          g_variant_ref_sink (pn_records_fixture_options (wrong[i].name, wrong[i].value));

      g_assert_null (pn_records_query (records, 0, 1, options, &error));
      g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_ARGUMENT);
      g_clear_error (&error);
      g_assert_cmpint (pn_records_count (records, options, &error), ==, -1);
      g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_ARGUMENT);
    }
  g_assert_cmpuint (pn_records_fixture_count (records), ==, 0);
}

/* By what the device was, and by what somebody decided for it. */
static void
test_choose_decided (PnRecordsFixture *self, gconstpointer data)
{
  static const struct
  {
    const char *device_class, *overrides;
  } runs[] = { { "fresh", "" },
               { "done", "again" },
               { "ours", "skip-firmware again" },
               { "ours", "skip-firmware" },
               { NULL, NULL } };
  static const struct
  {
    const char *option, *word;
    guint expected;
  } chosen[] = { { "class", "ours", 2 },
                 { "class", "our", 0 },
                 { "class", "", 0 },
                 { "override", "again", 2 },
                 { "override", "skip-firmware", 2 },
                 { "override", "recipe", 0 },
                 { "override", "firmware", 0 },
                 { "override", "a", 0 } };
  g_autoptr (PnRecords) records = pn_records_fixture_open (self);

  for (guint i = 0; i < G_N_ELEMENTS (runs); i++)
    {
      PnRecord record = pn_records_fixture_passed ("1000000040072f01");

      record.device_class = runs[i].device_class;
      record.overrides = runs[i].overrides;
      pn_records_fixture_add (records, &record);
      pn_records_fixture_assert_newest (records, "device_class", runs[i].device_class);
      pn_records_fixture_assert_newest (records, "overrides", runs[i].overrides);
    }
  for (guint i = 0; i < G_N_ELEMENTS (chosen); i++)
    g_assert_cmpuint (
        count_chosen (records, chosen[i].option, g_variant_new_string (chosen[i].word)), ==,
        chosen[i].expected);
  assert_values (records, "device_class", 10, "ours done fresh");
  assert_values (records, "overrides", 10, "skip-firmware again");
  assert_values (records, "overrides", 1, "skip-firmware");
}

/* By what they are made of. */
static void
test_choose_made_of (PnRecordsFixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = pn_records_fixture_open (self);
  PnRecord record = pn_records_fixture_passed ("1000000040072f01");

  record.model = "Compute Module 5";
  pn_records_fixture_add (records, &record);
  record.model = "Compute Module 4";
  record.image_name = "other.img";
  record.image_sha256 = "c0ffee";
  pn_records_fixture_add (records, &record);
  record.model = NULL;
  record.key_hash = PN_RECORDS_FIXTURE_KEY_B;
  pn_records_fixture_add (records, &record);
  g_assert_cmpuint (count_chosen (records, "model", g_variant_new_string ("Compute Module 5")), ==,
                    1);
  g_assert_cmpuint (count_chosen (records, "model", g_variant_new_string ("Compute")), ==, 0);
  g_assert_cmpuint (count_chosen (records, "image", g_variant_new_string ("other.img")), ==, 2);
  g_assert_cmpuint (count_chosen (records, "image", g_variant_new_string ("c0ffee")), ==, 2);
  g_assert_cmpuint (count_chosen (records, "image", g_variant_new_string ("")), ==, 0);
  g_assert_cmpuint (count_chosen (records, "key", g_variant_new_string (PN_RECORDS_FIXTURE_KEY_B)),
                    ==, 1);
  g_assert_cmpuint (
      count_chosen (records, "key",
                    g_variant_new_take_string (g_ascii_strup (PN_RECORDS_FIXTURE_KEY_A, -1))),
      ==, 2);
}

/* ---- very many ---- */

#define MANY                                                                                       \
  "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)"              \
  " INSERT INTO records (started, ended, slot, batch, recipe, bundle, image_name, image_sha256,"   \
  " mode, storage, verdict, condition, phase, serial, model, mac, duid, key_hash, error_code,"     \
  " message, board_revision, storage_size, bytes_sent, bytes_verified, secure, evidence)"          \
  " SELECT 1760000000000000 + i * 30000000, 1760000020000000 + i * 30000000, '1-1.' || i % 16,"    \
  " 'order ' || i / 500, 'recipe ' || i % 7, printf('%064x', i % 9), 'image.img',"                 \
  " printf('%064x', i % 5), 'secure-boot', 'emmc', iif(i % 20, 'passed', 'failed'), 'done',"       \
  " 'record', printf('10000000%08x', i * 7919 % 100000), 'Compute Module 5',"                      \
  " printf('2c:cf:67:%02x:%02x:01', i % 256, i / 256 % 256), NULL, printf('%064x', i % 3), NULL,"  \
  " iif(i % 20, NULL, 'The device left the bus'), 12599680, 31268536320, 3000000000, 3000000000,"  \
  " 1, '{\"EEPROM_UPDATE\":\"success\",\"CUSTOMER_KEY_HASH\":\"00\"}' FROM n"

static double
time_page (PnRecords *records, const char *sort, guint offset)
{
  gint64 began = g_get_monotonic_time ();
  g_autoptr (GVariant) rows = pn_records_query (
      records, offset, 100, pn_records_fixture_options ("sort", g_variant_new_string (sort)), NULL);

  g_assert_cmpuint (g_variant_n_children (rows), ==, 100);
  return (double) (g_get_monotonic_time () - began) / 1000;
}

/* A page of very many records is had by an index, whatever column orders them. */
static void
test_many (PnRecordsFixture *self, gconstpointer data)
{
  static const char *const sorted[] = {
    "id",        "started",    "ended",          "slot",         "batch",      "recipe",
    "bundle",    "image_name", "image_sha256",   "mode",         "storage",    "verdict",
    "condition", "phase",      "serial",         "model",        "mac",        "duid",
    "key_hash",  "error_code", "board_revision", "storage_size", "bytes_sent", "bytes_verified",
    "secure",    "permanent",  "wanted_key",     "device_class", "overrides"
  };
  g_autoptr (PnRecords) records = pn_records_fixture_open (self);
  gint64 began;

  pn_records_fixture_do (self->path, MANY);
  for (guint i = 0; i < G_N_ELEMENTS (sorted); i++)
    {
      g_autoptr (GVariant) options = g_variant_ref_sink (
          pn_records_fixture_options ("sort", g_variant_new_string (sorted[i])));
      g_autofree char *sql = pn_record_query_to_sql (options, FALSE, NULL);
      g_autofree char *explain = g_strconcat ("EXPLAIN QUERY PLAN ", sql, NULL);
      g_autofree char *plan = pn_records_fixture_ask_column (self->path, explain, 3);
      double first = time_page (records, sorted[i], 0);
      double last = time_page (records, sorted[i], 99900);

      g_assert_cmpstr (plan, !=, NULL);
      g_assert_null (strstr (plan, "TEMP B-TREE"));
      g_test_message ("%s: first page %.1f ms, last page %.1f ms; %s", sorted[i], first, last,
                      plan);
    }
  began = g_get_monotonic_time ();
  g_assert_cmpuint (pn_records_count_runs (records, "100000000000001f"), ==, 1);
  {
    g_autofree char *last = pn_records_get_last (records, "nothing", "0000001f");

    g_assert_null (last);
  }
  g_test_message ("one device's runs: %.1f ms", (double) (g_get_monotonic_time () - began) / 1000);
  began = g_get_monotonic_time ();
  g_assert_cmpint (
      pn_records_count (records,
                        pn_records_fixture_options ("text", g_variant_new_string ("LEFT the BUS")),
                        NULL),
      ==, 5000);
  g_test_message ("text in all: %.1f ms", (double) (g_get_monotonic_time () - began) / 1000);
}

int
main (int argc, char **argv)
{
  static const PnRecordsTest tests[] = {
    { "/record-query/choose", test_choose },
    { "/record-query/choose-together", test_choose_together },
    { "/record-query/order", test_order },
    { "/record-query/values", test_values },
    { "/record-query/wrong-options", test_wrong_options },
    { "/record-query/choose-made-of", test_choose_made_of },
    { "/record-query/choose-decided", test_choose_decided },
    { "/record-query/many", test_many },
  };

  return pn_records_fixture_run (argc, argv, tests, G_N_ELEMENTS (tests));
}
