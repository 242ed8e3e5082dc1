/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A program that keeps records is killed at any moment, or finds the disk full: what it had said
 * that it kept is there, with its entry in the audit, and nothing is there by halves. PUNNET_KILLS
 * says how often (60). */
#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pn-audit.h"
#include "pn-error.h"
#include "pn-io.h"
#include "pn-records-fixture.h"

#define KILLS 60
#define MAX_REPORTS 12    /* until it is killed */
#define MAX_DELAY 4000    /* µs after the last of them */
#define ROOM (256 * 1024) /* bytes until the disk is full */
#define MAX_TRIES 1000

static PnRecords *
open_all (PnRecordsFixture *self)
{
  PnRecords *records = pn_records_fixture_open (self);
  g_autoptr (GError) error = NULL;
  guint n_lost;

  g_assert_true (pn_audit_open (records, self->folder, &error));
  g_assert_no_error (error);
  g_assert_true (pn_records_recover (records, NULL, &n_lost, &error));
  g_assert_no_error (error);
  return records;
}

/* As the helper does it: a run, its story, its record and its entry. The number, or 0. */
static gint64
keep_one (PnRecords *records)
{
  PnRecord record = pn_records_fixture_passed ("1000000040072f01");
  g_autofree char *number = NULL;
  PnAuditEntry entry = { .who = "punnetd", .what = "record", .result = "done" };
  gint64 run = pn_records_begin (records, &record, NULL), id = 0;
  gboolean fine;

  if (run == 0 || !pn_records_enter (records, NULL))
    return 0;
  fine = pn_records_keep_story (records, run, g_variant_new ("a(sxx)", NULL),
                                g_variant_new ("a(xs)", NULL), NULL) &&
         (id = pn_records_add (records, run, &record, NULL)) != 0;
  number = g_strdup_printf ("%" G_GINT64_FORMAT, id);
  entry.object = number;
  fine = fine && pn_audit_add (records, &entry, NULL) != 0;
  return pn_records_leave (records, fine, NULL) ? id : 0;
}

/* Says each record that is kept, until it is ended. */
static void
keep_for_ever (PnRecordsFixture *self, int pipe)
{
  PnRecords *records = open_all (self);

  for (;;)
    {
      gint64 id = keep_one (records);

      if (id == 0 || write (pipe, &id, sizeof id) != sizeof id)
        _exit (1);
    }
}

/* The same where there is room for a few more only. */
static void
keep_until_full (PnRecordsFixture *self, int pipe)
{
  PnRecords *records = open_all (self);
  g_autofree char *log = g_strconcat (self->path, "-wal", NULL);
  struct rlimit limit;
  struct stat status;

  g_assert_cmpint (stat (log, &status), ==, 0);
  (void) signal (SIGXFSZ, SIG_IGN);
  limit.rlim_cur = limit.rlim_max = (rlim_t) status.st_size + ROOM;
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  for (guint i = 0; i < MAX_TRIES; i++)
    {
      gint64 id = keep_one (records);

      if (id != 0 && write (pipe, &id, sizeof id) != sizeof id)
        _exit (1);
    }
  _exit (0);
}

typedef struct
{
  gint64 last; /* that was said to be kept */
  guint count;
} Reports;

static pid_t
start (PnRecordsFixture *self, void (*func) (PnRecordsFixture *self, int pipe), int *reading)
{
  int fds[2];
  pid_t child;

  g_assert_cmpint (pipe2 (fds, O_CLOEXEC), ==, 0);
  child = fork ();
  g_assert_cmpint (child, >=, 0);
  if (child == 0)
    {
      (void) close (fds[0]);
      func (self, fds[1]);
    }
  (void) close (fds[1]);
  *reading = fds[0];
  return child;
}

/* At most @most, or all there are. */
static void
read_reports (int reading, Reports *reports, guint most)
{
  gint64 id;

  for (guint i = 0; i < most && read (reading, &id, sizeof id) == sizeof id; i++)
    {
      g_assert_cmpint (id, >, reports->last);
      reports->last = id;
      reports->count++;
    }
}

static gint64
ask_number (PnRecordsFixture *self, const char *sql)
{
  g_autofree char *answer = pn_records_fixture_ask (self->path, sql);
  gint64 number = -1;

  (void) g_ascii_string_to_signed (answer, 10, 0, G_MAXINT64, &number, NULL);
  return number;
}

static void
check (PnRecordsFixture *self, const Reports *reports)
{
  g_autofree char *kept = g_strdup_printf (
      "SELECT count(*) FROM records WHERE verdict = 'passed' AND id <= %" G_GINT64_FORMAT,
      reports->last);
  g_autofree char *pem = NULL;
  g_autofree char *key_path = g_build_filename (self->folder, PN_STATION_KEY_PUBLIC_FILE, NULL);
  g_autofree char *head_path = g_build_filename (self->folder, PN_AUDIT_HEAD_FILE, NULL);
  g_autofree char *health = pn_records_fixture_ask (self->path, "PRAGMA integrity_check");
  g_autoptr (PnStationPublicKey) key = NULL;
  g_autoptr (GBytes) bytes = pn_read_file (head_path, PN_AUDIT_HEAD_MAX, NULL);
  g_auto (PnAuditHead) head = { 0 };
  g_autoptr (GError) error = NULL;
  gint64 count, first_bad;

  g_assert_cmpstr (health, ==, "ok");
  /* All that was said, and at most the one that could not be said any more. */
  g_assert_cmpint (ask_number (self, kept), >=, reports->count);
  /* A record and its entry are one. */
  g_assert_cmpint (ask_number (self, "SELECT count(*) FROM records WHERE verdict = 'passed' AND"
                                     " CAST(id AS TEXT) NOT IN (SELECT object FROM audit WHERE"
                                     " what = 'record')"),
                   ==, 0);
  g_assert_cmpint (ask_number (self, "SELECT count(*) FROM audit WHERE what = 'record' AND object"
                                     " NOT IN (SELECT CAST(id AS TEXT) FROM records)"),
                   ==, 0);
  g_assert_true (g_file_get_contents (key_path, &pem, NULL, NULL));
  key = pn_station_public_key_new (pem, -1, &error);
  g_assert_no_error (error);
  g_assert_true (
      pn_audit_head_parse (&head, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL));
  {
    const PnStationPublicKey *const keys[] = { key, NULL };

    g_assert_true (pn_audit_verify_file (self->path, keys, &head, &count, &first_bad, &error));
  }
  g_assert_no_error (error);
}

static void
test_kill (PnRecordsFixture *self, gconstpointer data)
{
  const char *wanted = g_getenv ("PUNNET_KILLS");
  guint64 n = KILLS;
  Reports reports = { 0, 0 };

  if (wanted != NULL)
    g_assert_true (g_ascii_string_to_unsigned (wanted, 10, 1, 1000000, &n, NULL));
  pn_records_close (open_all (self));
  for (guint64 i = 0; i < n; i++)
    {
      int reading;
      pid_t child = start (self, keep_for_ever, &reading);

      read_reports (reading, &reports, (guint) g_random_int_range (0, MAX_REPORTS));
      g_usleep ((gulong) g_random_int_range (0, MAX_DELAY));
      g_assert_cmpint (kill (child, SIGKILL), ==, 0);
      g_assert_cmpint (waitpid (child, NULL, 0), ==, child);
      read_reports (reading, &reports, G_MAXUINT);
      (void) close (reading);
      pn_records_close (open_all (self));
      if (i % 10 == 9 || i + 1 == n)
        check (self, &reports);
    }
  g_test_message ("killed %u times; %u records were reported", (guint) n, reports.count);
  g_assert_cmpuint (reports.count, >, 0);
}

static void
test_full (PnRecordsFixture *self, gconstpointer data)
{
  Reports reports = { 0, 0 };
  int reading, status;
  pid_t child;

  pn_records_close (open_all (self));
  child = start (self, keep_until_full, &reading);
  read_reports (reading, &reports, G_MAXUINT);
  (void) close (reading);
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
  g_assert_cmpuint (reports.count, >, 0);
  g_assert_cmpuint (reports.count, <, MAX_TRIES);
  pn_records_close (open_all (self));
  check (self, &reports);
  g_assert_cmpint (ask_number (self, "SELECT count(*) FROM records WHERE verdict = 'passed'"), ==,
                   reports.count);
}

/* ---- the copy before the schema changes ---- */

#define BALLAST (256 * 1024) /* bytes; what sqlite makes beside the file has 32 KiB */

static pid_t
update_with_little_room (PnRecordsFixture *self)
{
  const struct rlimit little = { BALLAST / 2, BALLAST / 2 };
  pid_t child = fork ();

  g_assert_cmpint (child, >=, 0);
  if (child > 0)
    return child;
  (void) signal (SIGXFSZ, SIG_DFL);
  (void) setrlimit (RLIMIT_FSIZE, &little);
  (void) pn_records_open (self->path, NULL);
  _exit (0);
}

/* What is about to be changed is kept whole, also where the first try was cut off in its middle. */
static void
test_update (PnRecordsFixture *self, gconstpointer data)
{
  g_autofree char *version = NULL;
  g_autofree char *copy = NULL;
  g_autofree char *kept = NULL;
  g_autofree char *older = NULL;
  g_autofree char *fill =
      g_strdup_printf ("CREATE TABLE ballast AS SELECT zeroblob (%d) AS it", BALLAST);
  pid_t child;
  int status;

  pn_records_close (open_all (self));
  version = g_strdup_printf ("%" G_GINT64_FORMAT, ask_number (self, "PRAGMA user_version") - 1);
  older = g_strconcat ("PRAGMA user_version = ", version, NULL);
  pn_records_fixture_do (self->path, fill);
  pn_records_fixture_do (self->path, "DROP TABLE merging");
  pn_records_fixture_do (self->path, older);
  child = update_with_little_room (self);
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGXFSZ);
  pn_records_close (open_all (self));
  copy = g_strconcat (self->path, ".version-", version, NULL);
  kept = pn_records_fixture_ask (copy, "SELECT length (it) FROM ballast");
  g_assert_cmpstr (kept, ==, "262144");
}

int
main (int argc, char **argv)
{
  static const PnRecordsTest tests[] = {
    { "/record-crash/kill", test_kill },
    { "/record-crash/full", test_full },
    { "/record-crash/update", test_update },
  };

  return pn_records_fixture_run (argc, argv, tests, G_N_ELEMENTS (tests));
}
