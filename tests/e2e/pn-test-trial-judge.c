/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said of a trial's device is held against what it is, and each message and each fuse
 * against what has to come before it. */
#include "config.h"

#include "pn-test-trial-private.h"

#include <string.h>

void
pn_test_bench_complain (PnTestBench *bench, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_mutex_lock (&bench->mutex);
  g_string_append_printf (bench->trial->complaints, "%s; ", text);
  g_mutex_unlock (&bench->mutex);
}

/* Whether the journal's last word on @fuse is @word. */
static gboolean
last_word (char **journal, const char *word, const char *fuse)
{
  g_autofree char *wanted = g_strconcat (word, " ", fuse, NULL);
  g_autofree char *tail = g_strconcat (" ", fuse, NULL);
  const char *last = NULL;

  for (guint i = 0; journal[i] != NULL; i++)
    if (g_str_has_suffix (journal[i], tail))
      last = journal[i];
  return g_strcmp0 (last, wanted) == 0;
}

/* Nothing is burned without consent, and only what the journal says is about to be. */
void
pn_test_bench_check_burn (PnTestBench *bench, const char *fuse, const char *how)
{
  g_auto (GStrv) journal = pn_test_host_get_journal (bench->desk.host);

  if (!last_word (journal, "intent", fuse))
    pn_test_bench_complain (bench, "%s %s without an open intent", fuse, how);
  if (!bench->permitted || !bench->admitted)
    pn_test_bench_complain (bench, "%s %s without consent", fuse, how);
}

/* No message that changes anything goes out before the host has admitted the device, none that is
 * permanent without what it takes, and no file that the manifest does not name. */
void
pn_test_bench_wire_cb (PnTestWireKind kind, const char *what, gpointer user_data)
{
  PnTestBench *bench = user_data;

  if (kind == PN_WIRE_PERMANENT)
    pn_test_bench_check_burn (bench, what, "is sent for");
  else if (kind == PN_WIRE_WRITES && !bench->admitted)
    pn_test_bench_complain (bench, "“%s” is sent to a device that was not admitted", what);
  else if (kind == PN_WIRE_SERVED && !g_hash_table_contains (bench->trial->kit->served, what))
    pn_test_bench_complain (bench, "a file is sent that the manifest does not name: %s", what);
  bench->trial->n_permanent += kind == PN_WIRE_PERMANENT;
  bench->trial->n_writes += kind == PN_WIRE_WRITES;
}

static guint
check_fuse (PnTestBench *bench, char **journal, const char *fuse, gboolean before, gboolean after)
{
  gboolean open = last_word (journal, "intent", fuse);
  gboolean open_now = last_word (journal + bench->journal_from, "intent", fuse);

  if (before != after && !open && !last_word (journal, "made", fuse))
    pn_test_bench_complain (bench, "%s was made, and the journal does not know", fuse);
  if (last_word (journal, "made", fuse) && !after)
    pn_test_bench_complain (bench, "the journal says that %s was made, and it was not", fuse);
  return open_now;
}

/* How many intents of the run are open. */
guint
pn_test_bench_check_journal (PnTestBench *bench, const PnTestLook *before, const PnTestLook *after)
{
  g_auto (GStrv) journal = pn_test_host_get_journal (bench->desk.host);

  return check_fuse (bench, journal, "customer-key", !pn_sha256_is_zero (&before->key_hash),
                     !pn_sha256_is_zero (&after->key_hash)) +
         check_fuse (bench, journal, "device-key", before->device_key, after->device_key) +
         check_fuse (bench, journal, "jtag-lock", before->jtag_locked, after->jtag_locked) +
         check_fuse (bench, journal, "rpiboot-gpio", before->gpio != 0, after->gpio != 0);
}

/* What people are told of the device is so. */
static void
check_condition (PnTestBench *bench,
                 const PnTestLook *before,
                 const PnTestLook *after,
                 guint n_open)
{
  PnCondition condition = bench->desk.result.condition;
  PnVerdict verdict = bench->desk.result.verdict;
  gboolean otp = !g_str_equal (before->otp, after->otp);
  gboolean eeprom = !g_str_equal (before->eeprom, after->eeprom);
  gboolean storage = before->storage != after->storage;

  if ((condition == PN_CONDITION_UNTOUCHED || verdict == PN_VERDICT_REFUSED) &&
      (otp || eeprom || storage))
    pn_test_bench_complain (bench, "it is said to be as it was, but%s%s%s changed",
                            otp ? " OTP" : "", eeprom ? " EEPROM" : "", storage ? " storage" : "");
  if (condition == PN_CONDITION_RETRY && storage)
    pn_test_bench_complain (bench, "its storage changed, and nobody is told");
  if (n_open > 0 && condition != PN_CONDITION_SET_ASIDE)
    pn_test_bench_complain (bench, "an intent is open, and nobody has to look");
  if (condition == PN_CONDITION_SET_ASIDE &&
      (n_open == 0 && bench->desk.result.phase != PN_PHASE_LOCK))
    pn_test_bench_complain (bench, "it is set aside, and nothing is open");
}

static void
check_done (PnTestBench *bench, guint n_open)
{
  g_autofree char *wrong = NULL;

  pn_test_bench_unplug (bench);
  wrong = pn_test_judge_done (bench->folder, &bench->trial->kit->contents, bench->disk);
  if (wrong != NULL)
    pn_test_bench_complain (bench, "it passed, but %s", wrong);
  if (n_open > 0)
    pn_test_bench_complain (bench, "it passed with an open intent");
  if (bench->desk.result.bytes_verified < bench->desk.result.bytes_sent)
    pn_test_bench_complain (bench, "it passed, and not all was read back");
}

/* Why a device in this state must not pass, however often it is plugged in; -1 where it must. */
static int
expected_code (PnTestBench *bench)
{
  const PnTestKit *kit = bench->trial->kit;

  switch (bench->trial->state)
    {
    case PN_TEST_OTHER_KEY:
      return PN_ERROR_LOCKED_OTHER_KEY;
    case PN_TEST_PROTECTED:
      return kit->chip != PN_CHIP_BCM2710 ? PN_ERROR_REJECTED : -1;
    case PN_TEST_SMALL:
      return PN_ERROR_NO_SPACE;
    case PN_TEST_NO_STORAGE:
      return PN_ERROR_WRONG_DEVICE;
    case PN_TEST_FRESH:
    case PN_TEST_DONE:
    case PN_TEST_OURS:
    case PN_TEST_OLD_EEPROM:
    case PN_TEST_DEVICE_KEY:
    case PN_TEST_USED:
    case PN_TEST_OPEN:
    case PN_TEST_N_STATES:
    default:
      return -1;
    }
}

void
pn_test_bench_check_end (PnTestBench *bench, const char *when, const PnTestLook *before)
{
  int code = expected_code (bench);
  g_auto (PnTestLook) after = { 0 };
  guint n_open;

  pn_test_bench_settle (bench);
  pn_test_look (bench->folder, &after);
  n_open = pn_test_bench_check_journal (bench, before, &after);
  if (!bench->desk.passed)
    check_condition (bench, before, &after, n_open);
  if (bench->fault == PN_TEST_CHANGED && bench->desk.passed)
    pn_test_bench_complain (bench, "it passed with an artefact that is not the bundle's");
  if (bench->fault == PN_TEST_CHANGED && !g_str_equal (before->otp, after.otp))
    pn_test_bench_complain (bench,
                            "something was burned with an artefact that is not the bundle's");
  if (!bench->desk.passed && code < 0 &&
      (bench->fault == PN_TEST_CUT_NETWORK || bench->fault == PN_TEST_STALL_NETWORK))
    pn_test_bench_complain (bench, "only the network failed, and so did the run");
  if (bench->desk.passed && code >= 0)
    pn_test_bench_complain (bench, "%s: it passed", when);
  else if (bench->desk.passed)
    check_done (bench, n_open);
  else if (g_str_equal (when, "second") &&
           (code < 0 || !g_error_matches (bench->desk.error, PN_ERROR, code)))
    pn_test_bench_complain (bench, "%s: %s", when, bench->desk.error->message);
}
