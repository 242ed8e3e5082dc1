/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The classic export and the view `devices` of the records say the same of a device. */
#include "config.h"

#include <sqlite3.h>

#include "pn-classic-record.h"
#include "pn-old-records.h"
#include "pn-records-fixture.h"

/* What differs by intent: a file for others has its times as ISO 8601 says. */
#define TIME "provision_ts"

static void
fill (PnRecordsFixture *self)
{
  static const char *const evidences[] = {
    "{\"secure-otp\":\"present\",\"secure-devkey\":\"not present\",\"JTAG_LOCKED\":\"1\","
    "\"device-public-key-sha256\":\"ab\",\"mac-wifi\":\"not available\","
    "\"MAC_WIFI_ADDR\":\"2c:cf:67:00:00:02\",\"mac-bt\":\"2c:cf:67:00:00:03\","
    "\"mmc-cid\":\"c1d\",\"eeprom-size\":\"2097152\",\"eeprom-jedec\":\"ef4015\","
    "\"eeprom-unique-id\":\"\",\"bootloader-build-timestamp\":\"1760000000\","
    "\"eeprom-write-protect\":\"on\"}",
    "{\"device-public-key-sha256\":\"ab\",\"secure-otp\":\"not present\","
    "\"eeprom-write-protect\":\"off\",\"secure-devkey\":\"present\"}",
    "{}",
    "no JSON",
  };
  g_autoptr (PnRecords) records = pn_records_fixture_open (self);

  for (guint i = 0; i < 2 * G_N_ELEMENTS (evidences); i++)
    {
      g_autofree char *serial = g_strdup_printf ("10000000%08x", i);
      PnRecord record = pn_records_fixture_passed (serial);

      record.evidence = evidences[i / 2];
      record.mac = i % 2 != 0 ? "2c:cf:67:00:00:01" : NULL;
      record.model = "Compute Module 5";
      record.board_revision = 0xc04170;
      if (i % 2 != 0)
        {
          record.secure = FALSE;
          record.storage = "nvme";
          record.key_hash = NULL;
        }
      pn_records_fixture_add (records, &record);
    }
}

/* NULL, the empty text and what is not there are one. */
static char *
get_text (GVariant *record, const char *column)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (record, column, NULL);

  return value == NULL ? g_strdup ("")
         : g_variant_is_of_type (value, G_VARIANT_TYPE_INT64)
             ? g_strdup_printf ("%" G_GINT64_FORMAT, g_variant_get_int64 (value))
             : g_variant_dup_string (value, NULL);
}

static void
compare (PnRecordsFixture *self, GVariant *record)
{
  g_autoptr (GVariant) classic = pn_classic_record (record, FALSE);
  g_autofree char *id = get_text (record, "id");

  for (const char *const *column = pn_old_records_columns (); *column != NULL; column++)
    {
      g_autofree char *sql =
          g_strdup_printf ("SELECT coalesce(%s, '') FROM devices WHERE id = %s", *column, id);
      g_autofree char *of_view = pn_records_fixture_ask (self->path, sql);
      g_autofree char *of_export = get_text (classic, *column);

      g_test_message ("record %s, %s", id, *column);
      if (g_str_equal (*column, TIME))
        {
          g_assert_true (g_str_has_prefix (of_view, "2025-10-09 08:5"));
          g_assert_true (g_str_has_prefix (of_export, "2025-10-09T08:5"));
        }
      else
        g_assert_cmpstr (of_export, ==, of_view);
    }
}

static void
test_as_the_view (PnRecordsFixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = NULL;
  g_autoptr (GVariant) options = g_variant_ref_sink (pn_records_fixture_options (NULL, NULL));
  g_autoptr (GVariant) rows = NULL;
  g_autoptr (GError) error = NULL;
  GVariantIter iter;
  GVariant *row;

  fill (self);
  records = pn_records_fixture_open (self);
  rows = pn_records_query (records, 0, 100, options, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_variant_n_children (rows), ==, 8);
  g_variant_iter_init (&iter, rows);
  while (g_variant_iter_loop (&iter, "@a{sv}", &row))
    compare (self, row);
}

int
main (int argc, char **argv)
{
  static const PnRecordsTest tests[] = { { "/classic-record/as-the-view", test_as_the_view } };

  return pn_records_fixture_run (argc, argv, tests, G_N_ELEMENTS (tests));
}
