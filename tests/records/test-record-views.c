/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The queries that the documentation of rpi-sb-provisioner gives, by the sqlite3 program: they find
 * here what they found there. */
#include "config.h"

#include <string.h>

#include "pn-error.h"
#include "pn-records-backup.h"
#include "pn-records-fixture.h"

#include <glib/gstdio.h>

#define LOCKED "1000000040072f01"
#define PLAIN "1000000040072f02"

/* What the program prints; NULL where there is none. */
static char *
ask (const char *path, const char *sql)
{
  const char *const argv[] = { "sqlite3", path, sql, NULL };
  g_autofree char *program = g_find_program_in_path ("sqlite3");
  g_autofree char *said = NULL;
  g_autoptr (GError) error = NULL;
  char *output = NULL;
  int status;

  if (program == NULL)
    return NULL;
  g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output,
                               &said, &status, &error));
  g_assert_cmpstr (said, ==, "");
  g_assert_cmpint (status, ==, 0);
  return g_strchomp (output);
}

static void
assert_says (const char *path, const char *sql, const char *expected)
{
  g_autofree char *answer = ask (path, sql);

  if (answer == NULL)
    g_test_skip ("There is no sqlite3 program");
  else
    g_assert_cmpstr (answer, ==, expected);
}

static void
fill (PnRecordsFixture *self)
{
  g_autoptr (PnRecords) records = pn_records_fixture_open (self);
  PnRecord record = pn_records_fixture_passed (LOCKED);

  record.model = "Compute Module 5";
  record.mac = "2c:cf:67:00:00:01";
  record.duid = "1001";
  record.permanent = "customer-key device-key jtag-lock";
  record.evidence = "{\"secure-otp\":\"present\",\"secure-devkey\":\"not present\","
                    "\"device-public-key-sha256\":\"ab\",\"JTAG_LOCKED\":\"1\","
                    "\"mac-wifi\":\"not available\",\"MAC_WIFI_ADDR\":\"2c:cf:67:00:00:02\","
                    "\"mac-bt\":\"2c:cf:67:00:00:03\",\"mmc-cid\":\"c1d\","
                    "\"eeprom-size\":\"2097152\",\"eeprom-jedec\":\"ef4015\","
                    "\"eeprom-unique-id\":\"\",\"bootloader-build-timestamp\":\"1760000000\"}";
  pn_records_fixture_add (records, &record);
  record = pn_records_fixture_passed (PLAIN);
  record.key_hash = NULL;
  record.permanent = "";
  record.wanted_key = "";
  record.storage = "nvme";
  record.secure = FALSE;
  record.board_revision = 0xc04170;
  record.evidence = "no JSON";
  pn_records_fixture_add (records, &record);
  record.verdict = "failed";
  record.serial = "1000000040072f03";
  pn_records_fixture_add (records, &record);
}

static void
test_old_queries (PnRecordsFixture *self, gconstpointer data)
{
  fill (self);
  assert_says (self->path, "SELECT serial FROM rpi_sb_provisioner WHERE secure = 1", LOCKED);
  assert_says (self->path, "SELECT serial FROM devices WHERE signed_boot_enabled = 0", PLAIN);
  assert_says (self->path,
               "SELECT boardname, eth_mac, provision_ts FROM rpi_sb_provisioner"
               " WHERE serial = '" LOCKED "';",
               "Compute Module 5|2c:cf:67:00:00:01|2025-10-09 08:53:21");
  assert_says (self->path, "SELECT count(*) FROM devices", "2");
  assert_says (self->path, "SELECT serial, processor, memory FROM devices ORDER BY id DESC LIMIT 1",
               PLAIN "|BCM2712|4 GB");
}

/* Each of them, in the order of the table. */
static void
test_every_column (PnRecordsFixture *self, gconstpointer data)
{
  static const char *const views[] = { "devices", "rpi_sb_provisioner" };

  fill (self);
  for (guint i = 0; i < G_N_ELEMENTS (views); i++)
    {
      g_autofree char *columns =
          g_strdup_printf ("SELECT group_concat(name, ' ') FROM pragma_table_info('%s')", views[i]);
      g_autofree char *all =
          g_strdup_printf ("SELECT * FROM %s WHERE serial = '" LOCKED "'", views[i]);

      assert_says (self->path, columns,
                   "id boardname serial eth_mac wifi_mac bt_mac mmc_size mmc_cid rpi_duid "
                   "board_revision processor memory manufacturer secure jtag_locked "
                   "eeprom_write_protected pubkey_programmed devkey_revoked signed_boot_enabled "
                   "os_image_filename os_image_sha256 connect_registered connect_device_id "
                   "eeprom_size eeprom_jedec eeprom_unique_id bootloader_build_timestamp "
                   "customer_key_fingerprint customer_key_label provision_ts");
      assert_says (self->path, all,
                   "1|Compute Module 5|" LOCKED "|2c:cf:67:00:00:01|2c:cf:67:00:00:02|"
                   "2c:cf:67:00:00:03|1099511627776|c1d|1001|0x0|BCM2712|8 GB|Sony UK|1|1||1|0|1|"
                   "image.img|hash|||2097152|ef4015||1760000000|" PN_RECORDS_FIXTURE_KEY_A
                   "||2025-10-09 08:53:21");
    }
  /* What that tool had no NULL for has none. */
  assert_says (self->path,
               "SELECT count(*) FROM devices WHERE boardname IS NULL OR eth_mac IS NULL OR"
               " wifi_mac IS NULL OR bt_mac IS NULL OR mmc_size IS NULL OR mmc_cid IS NULL OR"
               " rpi_duid IS NULL OR board_revision IS NULL OR processor IS NULL OR"
               " memory IS NULL OR manufacturer IS NULL OR secure IS NULL",
               "0");
}

static void
test_permanent_bits (PnRecordsFixture *self, gconstpointer data)
{
  fill (self);
  assert_says (self->path,
               "SELECT customer_key_wanted, customer_key_read, customer_key_hash_wanted ="
               " customer_key_hash_read, device_key_wanted, device_key_read, jtag_lock_wanted,"
               " jtag_lock_read, rpiboot_gpio_wanted, rpiboot_gpio_read FROM permanent_bits"
               " WHERE id = 1",
               "1|1|1|1|1|1|1|0|");
  assert_says (self->path,
               "SELECT customer_key_wanted, customer_key_read, device_key_wanted,"
               " jtag_lock_read FROM permanent_bits WHERE id = 3",
               "0||0|");
}

/* ---- copies ---- */

static void
test_backup (PnRecordsFixture *self, gconstpointer data)
{
  g_autofree char *path = g_build_filename (self->folder, "copy.db", NULL);
  g_autofree char *log = g_strconcat (path, "-wal", NULL);
  g_autofree char *nowhere = g_build_filename (self->folder, "no", "copy.db", NULL);
  g_autoptr (PnRecords) records = NULL;
  g_autoptr (PnRecords) copied = NULL;
  g_autoptr (GError) error = NULL;
  PnRecord record = pn_records_fixture_passed (LOCKED);

  fill (self);
  /* In use, and what is in the log only is in the copy. */
  records = pn_records_fixture_open (self);
  pn_records_fixture_add (records, &record);
  g_assert_true (pn_records_backup (self->path, path, &error));
  g_assert_no_error (error);
  g_assert_false (g_file_test (log, G_FILE_TEST_EXISTS));
  assert_says (path, "PRAGMA integrity_check; SELECT count(*) FROM records", "ok\n4");
  pn_records_fixture_add (records, &record);
  copied = pn_records_open (path, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (pn_records_fixture_count (copied), ==, 4);
  g_assert_false (pn_records_backup (self->path, nowhere, &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_IO);
  g_clear_error (&error);
  g_assert_false (pn_records_backup (nowhere, path, &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_IO);
}

/* One a day, and not for ever. */
static void
test_daily (PnRecordsFixture *self, gconstpointer data)
{
  g_autoptr (GDateTime) day = g_date_time_new_utc (2026, 2, 25, 12, 0, 0);
  g_autoptr (GDir) dir = NULL;
  g_autoptr (GError) error = NULL;
  const char *name;
  guint n = 0;

  fill (self);
  for (int i = 0; i < PN_RECORDS_MAX_COPIES + 3; i++)
    {
      g_autoptr (GDateTime) now = g_date_time_add_days (day, i);

      for (guint j = 0; j < 2; j++)
        g_assert_true (pn_records_keep_copy (self->path, self->folder, now, &error));
      g_assert_no_error (error);
    }
  dir = g_dir_open (self->folder, 0, NULL);
  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (name, "records-"))
      {
        g_autofree char *path = g_build_filename (self->folder, name, NULL);

        g_assert_cmpstr (name, >=, "records-2026-02-28.db");
        assert_says (path, "SELECT count(*) FROM records", "3");
        n++;
      }
  g_assert_cmpuint (n, ==, PN_RECORDS_MAX_COPIES);
}

typedef struct
{
  PnRecordsFixture *records;
  GDateTime *now;
} Day;

static gpointer
keep_thread (gpointer data)
{
  Day *day = data;
  GError *error = NULL;

  (void) pn_records_keep_copy (day->records->path, day->records->folder, day->now, &error);
  return error;
}

/* Runs that end at the same moment, the first ones of a day. */
static void
test_daily_together (PnRecordsFixture *self, gconstpointer data)
{
  g_autoptr (GDateTime) first = g_date_time_new_utc (2026, 4, 1, 0, 0, 0);

  fill (self);
  for (int i = 0; i < PN_RECORDS_MAX_COPIES; i++)
    {
      g_autoptr (GDateTime) now = g_date_time_add_days (first, i);
      g_autofree char *name = g_date_time_format (now, "records-%Y-%m-%d.db");
      g_autofree char *path = g_build_filename (self->folder, name, NULL);
      Day day = { self, now };
      GThread *threads[8];

      for (guint j = 0; j < G_N_ELEMENTS (threads); j++)
        threads[j] = g_thread_new ("keep", keep_thread, &day);
      for (guint j = 0; j < G_N_ELEMENTS (threads); j++)
        g_assert_no_error ((GError *) g_thread_join (threads[j]));
      assert_says (path, "PRAGMA integrity_check; SELECT count(*) FROM records", "ok\n3");
    }
}

int
main (int argc, char **argv)
{
  static const PnRecordsTest tests[] = {
    { "/record-views/old-queries", test_old_queries },
    { "/record-views/every-column", test_every_column },
    { "/record-views/permanent-bits", test_permanent_bits },
    { "/record-views/backup", test_backup },
    { "/record-views/daily", test_daily },
    { "/record-views/daily-together", test_daily_together },
  };

  return pn_records_fixture_run (argc, argv, tests, G_N_ELEMENTS (tests));
}
