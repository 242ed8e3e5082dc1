/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-test-records.h"

#include <glib/gstdio.h>
#include <sqlite3.h>

#include "pn-records.h"

/* Of record i: all of it follows from the number. */
#define FILL                                                                                       \
  "WITH RECURSIVE made (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM made WHERE i < %u)"            \
  " INSERT INTO records (started, ended, slot, batch, recipe, bundle, image_name, image_sha256,"   \
  " mode, storage, verdict, condition, phase, serial, model, mac, duid, key_hash, error_code,"     \
  " message, board_revision, storage_size, bytes_sent, bytes_verified, secure, evidence,"          \
  " device_class, overrides)"                                                                      \
  " SELECT 1790000000000000 + i * 40000000, 1790000281000000 + i * 40000000,"                      \
  " 'Slot ' || (1 + i %% 8), '2026-' || (100 + i / 412), 'Gate controller, 7',"                    \
  " printf('%%064x', i / 412), 'gate-2.4.img', printf('%%064x', i / 412), 'secure-boot', 'emmc',"  \
  " CASE WHEN i %% 83 = 0 THEN 'failed' WHEN i %% 199 = 0 THEN 'refused'"                          \
  " WHEN i %% 503 = 0 THEN 'cancelled' ELSE 'passed' END,"                                         \
  " CASE WHEN i %% 83 = 0 THEN 'power-cycle' WHEN i %% 199 = 0 THEN 'untouched' ELSE 'done' END,"  \
  " CASE WHEN i %% 83 = 0 THEN 'verify' ELSE 'record' END,"                                        \
  " printf('10000000%%08x', 1241292547 + i * 7919), 'Compute Module 5',"                           \
  " printf('d8:3a:dd:%%02x:%%02x:%%02x', i / 65536, i / 256 %% 256, i %% 256), NULL,"              \
  " printf('8c41d07e%%056x', 10), CASE WHEN i %% 83 = 0 THEN 'verify' END,"                        \
  " CASE WHEN i %% 83 = 0 THEN 'What was read back is not what was written'"                       \
  " WHEN i %% 199 = 0 THEN 'The device is locked with another key' END,"                           \
  " 12599680, 31268536320, 2600000000, 2600000000, i %% 83 AND i %% 199 AND i %% 503,"             \
  " '{\"secure-otp\":\"present\",\"MAC_WIFI_ADDR\":\"d8:3a:dd:00:00:01\"}',"                       \
  " CASE WHEN i %% 199 = 0 THEN 'other-key' ELSE 'fresh' END,"                                     \
  " iif(i = 7, 'skip-firmware again', '') FROM made"

/* Of the first: how its run went. */
#define PHASES                                                                                     \
  "[('connect', int64 1795000000000000, int64 1795000001000000),"                                  \
  " ('write', 1795000001000000, 1795000100000000)]"
#define LINES "[(int64 1795000001000000, 'The first line'), (1795000100000000, 'two\\nlines <b>')]"

static void
add_hostile (PnRecords *records)
{
  static const struct
  {
    const char *serial, *model, *message;
  } rows[PN_TEST_N_HOSTILE] = {
    { "100000000000000a", "=HYPERLINK(\"x\")", "two\nlines; and \"quotes\"" },
    { "100000000000000b", "+1,2", "\ttab\tand\rreturn" },
    { "100000000000000c", "@cmd|' /C calc'!A0", "-1" },
    { NULL, "Raspberry Pi 5 \xff\xfe broken", "<b>&amp; \xf0\x9f\x8d\x93 \xd7\xa2\xd7\x91" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      gint64 run;
      PnRecord record = {
        .started = 1795000000000000 + (gint64) i * G_USEC_PER_SEC,
        .ended = 1795000100000000 + (gint64) i * G_USEC_PER_SEC,
        .slot = "1-1.2",
        .batch = PN_TEST_HOSTILE_BATCH,
        .recipe = "Recipe",
        .bundle = "b",
        .image_name = "image.img",
        .image_sha256 = "s",
        .mode = "naked",
        .storage = "sd",
        .verdict = i == 3 ? "set-aside" : "passed",
        .condition = i == 3 ? "set-aside" : "done",
        .phase = "record",
        .serial = rows[i].serial,
        .model = rows[i].model,
        .message = rows[i].message,
        .evidence = "{}",
      };

      run = pn_records_begin (records, &record, &error);
      if (i == 0)
        g_assert_true (pn_records_keep_story (records, run, g_variant_new_parsed (PHASES),
                                              g_variant_new_parsed (LINES), &error));
      g_assert_cmpint (pn_records_add (records, run, &record, &error), >, 0);
      g_assert_no_error (error);
    }
}

static char *
get_path (void)
{
  return g_build_filename (g_get_user_state_dir (), "punnet", "records.db", NULL);
}

void
pn_test_change_records (const char *sql)
{
  g_autofree char *path = get_path ();
  sqlite3 *db = NULL;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  (void) sqlite3_busy_timeout (db, 60000);
  if (sqlite3_exec (db, sql, NULL, NULL, NULL) != SQLITE_OK)
    g_error ("%s", sqlite3_errmsg (db));
  g_assert_cmpint (sqlite3_close (db), ==, SQLITE_OK);
}

void
pn_test_fill_records (guint n)
{
  g_autofree char *path = get_path ();
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *sql = g_strdup_printf (FILL, n - PN_TEST_N_HOSTILE);
  g_autoptr (GError) error = NULL;
  g_autoptr (PnRecords) records = NULL;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  records = pn_records_open (path, &error);
  g_assert_no_error (error);
  pn_test_change_records (sql);
  add_hostile (records);
}
