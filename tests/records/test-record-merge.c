/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records of other stations: what is new comes in, what is there stays, and nothing of a file that
 * is not right in every line. Certificates: the same record says the same for ever. */
#include "config.h"

#include <string.h>

#include "pn-certificate.h"
#include "pn-error.h"
#include "pn-record-line.h"
#include "pn-record-merge.h"
#include "pn-records-fixture.h"

#define LINE                                                                                       \
  "{\"id\":7,\"started\":%d,\"ended\":1760000001000000,\"slot\":\"1-1.2\",\"batch\":\"\","         \
  "\"recipe\":\"r\",\"recipe_revision\":3,\"bundle\":\"b\",\"image_name\":\"i\","                  \
  "\"image_sha256\":\"h\",\"mode\":\"secure-boot\",\"permanent\":\"customer-key\","                \
  "\"storage\":\"emmc\",\"verdict\":\"%s\",\"condition\":\"done\",\"phase\":\"record\","           \
  "\"serial\":\"%s\",\"model\":null,\"mac\":null,\"duid\":null,\"attempt\":1,\"operator\":\"ann\"" \
  ",\"station\":\"\",\"device_class\":\"fresh\",\"overrides\":\"\",\"wanted_key\":\"aa\","         \
  "\"key_hash\":\"aa\",\"error_code\":null,\"message\":null,\"board_revision\":13648240,"          \
  "\"storage_size\":1,\"bytes_sent\":2,\"bytes_verified\":3,\"secure\":1,"                         \
  "\"evidence\":\"{\\\"secure-otp\\\":\\\"present\\\"}\"}\n"

static char *
make_line (int started, const char *verdict, const char *serial)
{
  return g_strdup_printf (LINE, started, verdict, serial);
}

/* ---- lines ---- */

static void
test_lines (void)
{
  g_autofree char *good = g_strchomp (make_line (1000, "passed", "1000000040072f01"));
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) record = pn_record_line_parse (good, strlen (good), &error);
  static const struct
  {
    const char *from, *to;
    int code;
  } wrong[] = {
    { "\"id\"", "\"number\"", PN_ERROR_NOT_SUPPORTED },
    { "\"started\":1000", "\"started\":\"1000\"", PN_ERROR_INVALID_DATA },
    { "\"started\":1000", "\"started\":-1", PN_ERROR_INVALID_DATA },
    { "\"started\":1000", "\"started\":1.5", PN_ERROR_INVALID_DATA },
    { "\"started\":1000", "\"started\":null", PN_ERROR_INVALID_DATA },
    { "\"started\":1000,", "", PN_ERROR_INVALID_DATA },
    { "\"slot\":\"1-1.2\"", "\"slot\":[]", PN_ERROR_INVALID_DATA },
    { "\"slot\":\"1-1.2\"", "\"slot\":{}", PN_ERROR_INVALID_DATA },
    { "\"slot\":\"1-1.2\"", "\"slot\":true", PN_ERROR_INVALID_DATA },
    { "\"passed\"", "\"running\"", PN_ERROR_INVALID_DATA },
    { "\"passed\"", "\"fine\"", PN_ERROR_INVALID_DATA },
    { "\"record\"", "\"nowhere\"", PN_ERROR_INVALID_DATA },
    { "\"{\\\"secure", "\"[\\\"secure", PN_ERROR_INVALID_DATA },
    { "{\"id\"", "/* */{\"id\"", PN_ERROR_INVALID_DATA },
  };

  g_assert_no_error (error);
  g_assert_nonnull (record);
  g_assert_false (g_variant_lookup (record, "model", "s", NULL)); /* null is nothing */
  for (gsize size = 0; size < strlen (good); size++)
    {
      g_autoptr (GError) cut = NULL;

      g_assert_null (pn_record_line_parse (good, size, &cut));
      g_assert_error (cut, PN_ERROR, PN_ERROR_INVALID_DATA);
    }
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GString) line = g_string_new (good);
      g_autoptr (GError) why = NULL;

      g_test_message ("%s", wrong[i].to);
      g_assert_cmpuint (g_string_replace (line, wrong[i].from, wrong[i].to, 1), ==, 1);
      g_assert_null (pn_record_line_parse (line->str, line->len, &why));
      g_assert_error (why, PN_ERROR, wrong[i].code);
    }
}

static void
test_long_lines (void)
{
  g_autofree char *filler = g_strnfill (PN_RECORD_LINE_MAX_TEXT + 1, 'x');
  g_autofree char *text = make_line (1000, "passed", filler);
  g_autofree char *longer = g_strconcat (filler, filler, filler, NULL);

  g_assert_null (pn_record_line_parse (text, strlen (text), NULL));
  g_assert_null (pn_record_line_parse (longer, strlen (longer), NULL));
}

/* ---- merging ---- */

/* As a helper does it. NULL with @error where a line is wrong. */
static PnRecordMerging *
begin (PnRecordsFixture *self, const char *text, gsize size, GError **error)
{
  return pn_record_merging_new (self->path, text, size, "Hall 2", error);
}

static void
add_all (PnRecordMerging *merging, PnRecords *records)
{
  g_autoptr (GError) error = NULL;
  gboolean done = FALSE;

  while (!done)
    g_assert_true (pn_record_merging_step (merging, records, &done, &error));
  g_assert_true (pn_record_merging_keep (records, &error));
  g_assert_no_error (error);
}

static void
merge (PnRecordsFixture *self,
       PnRecords *records,
       const char *text,
       gboolean dry,
       guint n_new,
       guint n_same,
       guint n_conflicting)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PnRecordMerging) merging = begin (self, text, strlen (text), &error);
  const PnRecordMerge *result;

  g_assert_no_error (error);
  result = pn_record_merging_get (merging);
  g_assert_cmpuint (result->n_new, ==, n_new);
  g_assert_cmpuint (result->n_same, ==, n_same);
  g_assert_cmpuint (result->n_conflicting, ==, n_conflicting);
  g_assert_cmpuint (g_variant_n_children (result->conflicts), ==,
                    MIN (n_conflicting, PN_RECORD_MERGE_MAX_LISTED));
  if (!dry)
    add_all (merging, records);
}

/* As it is kept, and as it is exported. */
static void
test_sentences (PnRecordsFixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = pn_records_fixture_open (self);
  g_autofree char *kept = make_line (1000, "failed", "1000000040072f01");
  g_autoptr (GString) exported = g_string_new (kept);
  g_autoptr (GString) other = g_string_new (kept);
  g_autoptr (GString) marked = g_string_new (kept);

  g_string_replace (marked, "\"message\":null", "\"message\":\"It said \u2068no\u2069\"", 1);
  g_string_replace (exported, "\"message\":null", "\"message\":\"It said no\"", 1);
  g_string_replace (other, "\"message\":null", "\"message\":\"It said yes\"", 1);
  merge (self, records, marked->str, FALSE, 1, 0, 0);
  merge (self, records, marked->str, FALSE, 0, 1, 0);
  merge (self, records, exported->str, FALSE, 0, 1, 0);
  merge (self, records, other->str, FALSE, 0, 0, 1);
}

static void
test_merge (PnRecordsFixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = pn_records_fixture_open (self);
  g_autofree char *first = make_line (1000, "passed", "1000000040072f01");
  g_autofree char *second = make_line (2000, "failed", "1000000040072f01");
  g_autofree char *changed = make_line (1000, "failed", "1000000040072f01");
  g_autofree char *both = g_strconcat (first, "\n", second, NULL);
  g_autofree char *mixed = g_strconcat (second, changed, NULL);
  g_autofree char *verdict = NULL;
  PnRecord own = pn_records_fixture_passed ("1000000040072f02");

  pn_records_fixture_add (records, &own);
  merge (self, records, both, TRUE, 2, 0, 0);
  g_assert_cmpuint (pn_records_fixture_count (records), ==, 1);
  merge (self, records, both, FALSE, 2, 0, 0);
  g_assert_cmpuint (pn_records_fixture_count (records), ==, 3);
  pn_records_fixture_assert_newest (records, "station", "Hall 2");
  pn_records_fixture_assert_newest (records, "evidence", "{\"secure-otp\":\"present\"}");
  /* Again, and again. */
  merge (self, records, both, FALSE, 0, 2, 0);
  merge (self, records, first, FALSE, 0, 1, 0);
  g_assert_cmpuint (pn_records_fixture_count (records), ==, 3);
  /* What is there stays. */
  merge (self, records, mixed, FALSE, 0, 1, 1);
  verdict = pn_records_fixture_ask (self->path, "SELECT verdict FROM records WHERE started = 1000");
  g_assert_cmpstr (verdict, ==, "passed");
  /* A device that another station made is known here. */
  g_assert_cmpuint (pn_records_count_runs (records, "1000000040072f01"), ==, 2);
  g_assert_true (pn_records_is_locked_with (records, "1000000040072f01", "aa"));
}

/* Nothing of a file that breaks off, or has one bad line. */
static void
test_all_or_nothing (PnRecordsFixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = pn_records_fixture_open (self);
  g_autofree char *first = make_line (1000, "passed", "1000000040072f01");
  g_autofree char *text = g_strconcat (first, "{\"id\":1}\n", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (begin (self, text, strlen (text), &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_DATA);
  g_assert_nonnull (strstr (error->message, "2"));
  g_assert_cmpuint (pn_records_fixture_count (records), ==, 0);
  for (gsize size = 0; size < strlen (first) - 1; size += 7)
    {
      g_autoptr (PnRecordMerging) merging = begin (self, first, size, NULL);

      g_assert_true ((merging != NULL) == (size == 0));
    }
  g_assert_cmpuint (pn_records_fixture_count (records), ==, 0);
  merge (self, records, first, FALSE, 1, 0, 0);
}

/* Lines of one text against each other: of two for a run the first counts. */
static void
test_within (PnRecordsFixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = pn_records_fixture_open (self);
  g_autofree char *first = make_line (1000, "passed", "1000000040072f01");
  g_autofree char *changed = make_line (1000, "failed", "1000000040072f01");
  g_autofree char *text = g_strconcat (first, first, changed, NULL);
  g_autofree char *verdict = NULL;

  merge (self, records, text, TRUE, 1, 1, 1);
  merge (self, records, text, FALSE, 1, 1, 1);
  g_assert_cmpuint (pn_records_fixture_count (records), ==, 1);
  verdict = pn_records_fixture_ask (self->path, "SELECT verdict FROM records");
  g_assert_cmpstr (verdict, ==, "passed");
}

/* What was added and not kept is gone, whether somebody takes it out or the helper is killed; what
 * was added besides stays, and so does what was kept before. */
static void
test_not_kept (PnRecordsFixture *self, gconstpointer data)
{
  PnRecords *records = pn_records_fixture_open (self);
  g_autoptr (GString) text = g_string_new (NULL);
  PnRecord own = pn_records_fixture_passed ("1000000040072f02");
  g_autofree char *kept = make_line (1, "passed", "1000000040072f01");

  for (int i = 0; i < 220; i++)
    {
      g_autofree char *line = make_line (1000 + i, "passed", "1000000040072f01");

      g_string_append (text, line);
    }
  merge (self, records, kept, FALSE, 1, 0, 0);
  for (guint round = 0; round < 2; round++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (PnRecordMerging) merging = begin (self, text->str, text->len, &error);
      gboolean done = TRUE;

      g_assert_no_error (error);
      g_assert_true (pn_record_merging_step (merging, records, &done, &error));
      g_assert_false (done);
      own.started++;
      pn_records_fixture_add (records, &own);
      g_assert_cmpuint (pn_records_fixture_count (records), >, 10);
      if (round == 0)
        g_assert_true (pn_record_merging_undo (records, &error));
      else
        {
          pn_records_close (records);
          records = pn_records_fixture_open (self);
        }
      g_assert_cmpuint (pn_records_fixture_count (records), ==, 2 + round);
    }
  merge (self, records, text->str, FALSE, 220, 0, 0);
  pn_records_close (records);
  records = pn_records_fixture_open (self);
  g_assert_cmpuint (pn_records_fixture_count (records), ==, 223);
  pn_records_close (records);
}

/* ---- certificates ---- */

static GVariant *
read_newest (PnRecords *records)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) rows =
      pn_records_query (records, 0, 1, pn_records_fixture_options (NULL, NULL), &error);

  g_assert_no_error (error);
  return g_variant_get_child_value (rows, 0);
}

static void
test_certificate (PnRecordsFixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = pn_records_fixture_open (self);
  PnRecord record = pn_records_fixture_passed ("1000000040072f01");
  g_autofree char *text = NULL;

  record.permanent = "customer-key jtag-lock";
  record.evidence = "{\"secure-otp\":\"present\",\"JTAG_LOCKED\":\"0\"}";
  pn_records_fixture_add (records, &record);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GVariant) row = read_newest (records);
      g_autoptr (GError) error = NULL;
      g_autofree char *json = pn_certificate_write (row, "f1", &error);

      g_assert_no_error (error);
      if (text != NULL)
        g_assert_cmpstr (json, ==, text);
      g_free (text);
      text = g_steal_pointer (&json);
    }
  g_assert_nonnull (strstr (
      text,
      "\"permanent\":{\"customer-key\":{\"read\":true,\"read-hash\":\"" PN_RECORDS_FIXTURE_KEY_A
      "\",\"wanted\":true,\"wanted-hash\":\"" PN_RECORDS_FIXTURE_KEY_A
      "\"},\"device-key\":{\"wanted\":false},\"jtag-lock\":{\"read\":false,\"wanted\":true},"
      "\"rpiboot-gpio\":{\"wanted\":false}}"));
  g_assert_nonnull (strstr (text, "\"started\":\"2025-10-09T08:53:20Z\""));
  g_assert_nonnull (strstr (text, "\"station-key\":\"f1\""));
}

/* Who did not pass gets none. */
static void
test_no_certificate (PnRecordsFixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = pn_records_fixture_open (self);
  PnRecord record = pn_records_fixture_passed ("1000000040072f01");
  g_autoptr (GVariant) row = NULL;
  g_autoptr (GError) error = NULL;

  record.verdict = "failed";
  pn_records_fixture_add (records, &record);
  row = read_newest (records);
  g_assert_null (pn_certificate_write (row, "f1", &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_ARGUMENT);
}

int
main (int argc, char **argv)
{
  static const PnRecordsTest tests[] = {
    { "/record-merge/sentences", test_sentences },
    { "/record-merge/merge", test_merge },
    { "/record-merge/all-or-nothing", test_all_or_nothing },
    { "/record-merge/within", test_within },
    { "/record-merge/not-kept", test_not_kept },
    { "/record-merge/certificate", test_certificate },
    { "/record-merge/no-certificate", test_no_certificate },
  };

  g_test_add_func ("/record-merge/lines", test_lines);
  g_test_add_func ("/record-merge/long-lines", test_long_lines);
  return pn_records_fixture_run (argc, argv, tests, G_N_ELEMENTS (tests));
}
