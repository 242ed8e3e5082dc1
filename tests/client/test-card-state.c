/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-card-state.h"

#define S G_USEC_PER_SEC

/* A run that goes, on a device that is there. */
#define BUSY .slot_state = "running", .present = TRUE, .has_run = TRUE

static const struct
{
  const char *name;
  PnCardFacts facts;
  PnCardState state;
  gint64 change;
} cases[] = {
  { "empty", { .slot_state = "empty" }, PN_CARD_EMPTY, -1 },
  { "empty-after-a-run",
    { .slot_state = "empty", .has_run = TRUE, .verdict = PN_VERDICT_PASSED },
    PN_CARD_EMPTY,
    -1 },
  { "unused", { .slot_state = "unused", .present = TRUE }, PN_CARD_UNUSED, -1 },
  { "excluded", { .slot_state = "excluded", .present = TRUE }, PN_CARD_EXCLUDED, -1 },
  { "found", { .slot_state = "waiting", .present = TRUE }, PN_CARD_FOUND, -1 },
  { "resting",
    { .slot_state = "resting",
      .present = TRUE,
      .has_run = TRUE,
      .verdict = PN_VERDICT_FAILED,
      .condition = PN_CONDITION_RETRY },
    PN_CARD_RESTING,
    -1 },
  { "held", { .slot_state = "held", .present = TRUE }, PN_CARD_HELD, -1 },
  { "ready", { .slot_state = "ready", .present = TRUE }, PN_CARD_READY, -1 },
  { "unknown-word", { .slot_state = "dancing", .present = TRUE }, PN_CARD_FOUND, -1 },
  { "no-word", { .slot_state = NULL }, PN_CARD_EMPTY, -1 },
  { "run-not-here-yet", { .slot_state = "running", .present = TRUE }, PN_CARD_LOOKING, -1 },
  { "connect", { BUSY, .phase = PN_PHASE_CONNECT }, PN_CARD_LOOKING, 20 * S },
  { "inspect", { BUSY, .phase = PN_PHASE_INSPECT, .still = 5 * S }, PN_CARD_LOOKING, 15 * S },
  { "firmware", { BUSY, .phase = PN_PHASE_LOCK }, PN_CARD_FIRMWARE, 20 * S },
  { "locking", { BUSY, .phase = PN_PHASE_LOCK, .do_not_disconnect = TRUE }, PN_CARD_LOCKING, -1 },
  { "locking-silent",
    { BUSY, .phase = PN_PHASE_LOCK, .do_not_disconnect = TRUE, .still = 300 * S },
    PN_CARD_LOCKING,
    -1 },
  { "locking-identity",
    { BUSY, .phase = PN_PHASE_STORAGE, .do_not_disconnect = TRUE },
    PN_CARD_LOCKING,
    -1 },
  { "locking-before-instruction",
    { BUSY, .phase = PN_PHASE_LOCK, .do_not_disconnect = TRUE, .instructed = TRUE },
    PN_CARD_LOCKING,
    -1 },
  { "starting", { BUSY, .phase = PN_PHASE_START }, PN_CARD_STARTING, 20 * S },
  { "storage", { BUSY, .phase = PN_PHASE_STORAGE }, PN_CARD_STORAGE, 20 * S },
  { "writing", { BUSY, .phase = PN_PHASE_WRITE }, PN_CARD_WRITING, 20 * S },
  { "finishing-write",
    { BUSY, .phase = PN_PHASE_WRITE, .all_sent = TRUE, .still = 400 * S },
    PN_CARD_FINISHING_WRITE,
    -1 },
  { "checking", { BUSY, .phase = PN_PHASE_VERIFY, .all_sent = TRUE }, PN_CARD_CHECKING, 20 * S },
  { "recording", { BUSY, .phase = PN_PHASE_RECORD }, PN_CARD_RECORDING, 20 * S },
  { "decision",
    { BUSY, .phase = PN_PHASE_INSPECT, .instructed = TRUE, .still = 900 * S },
    PN_CARD_DECISION,
    -1 },
  { "decision-unplugged",
    { .slot_state = "running",
      .has_run = TRUE,
      .phase = PN_PHASE_LOCK,
      .instructed = TRUE,
      .absent = 900 * S },
    PN_CARD_DECISION,
    -1 },
  { "nearly-stalled", { BUSY, .phase = PN_PHASE_WRITE, .still = 20 * S - 1 }, PN_CARD_WRITING, 1 },
  { "stalled", { BUSY, .phase = PN_PHASE_WRITE, .still = 20 * S }, PN_CARD_STALLED, -1 },
  { "glitch",
    { .slot_state = "running",
      .has_run = TRUE,
      .phase = PN_PHASE_WRITE,
      .absent = 1 * S,
      .still = 60 * S },
    PN_CARD_WRITING,
    4 * S },
  { "lost",
    { .slot_state = "running", .has_run = TRUE, .phase = PN_PHASE_WRITE, .absent = 5 * S },
    PN_CARD_LOST,
    -1 },
  { "restarting",
    { .slot_state = "running",
      .has_run = TRUE,
      .phase = PN_PHASE_START,
      .absent = 22 * S,
      .still = 22 * S },
    PN_CARD_STARTING,
    23 * S },
  { "lost-restarting",
    { .slot_state = "running", .has_run = TRUE, .phase = PN_PHASE_START, .absent = 45 * S },
    PN_CARD_LOST,
    -1 },
  { "passed",
    { .slot_state = "finished",
      .present = TRUE,
      .has_run = TRUE,
      .verdict = PN_VERDICT_PASSED,
      .still = 999 * S },
    PN_CARD_PASSED,
    -1 },
  { "passed-before-the-slot-says",
    { BUSY, .verdict = PN_VERDICT_PASSED, .phase = PN_PHASE_RECORD },
    PN_CARD_PASSED,
    -1 },
  { "finished-before-the-run-says",
    { .slot_state = "finished", .present = TRUE, .has_run = TRUE, .phase = PN_PHASE_RECORD },
    PN_CARD_RECORDING,
    20 * S },
  { "refused",
    { .slot_state = "finished", .has_run = TRUE, .verdict = PN_VERDICT_REFUSED },
    PN_CARD_REFUSED,
    -1 },
  { "done-before",
    { .slot_state = "finished",
      .has_run = TRUE,
      .verdict = PN_VERDICT_REFUSED,
      .done_before = TRUE },
    PN_CARD_DONE_BEFORE,
    -1 },
  { "skipped",
    { .slot_state = "finished", .has_run = TRUE, .verdict = PN_VERDICT_REFUSED, .skipped = TRUE },
    PN_CARD_SKIPPED,
    -1 },
  { "refused-before-it-was-skipped", { BUSY, .skipped = TRUE }, PN_CARD_LOOKING, 20 * S },
  { "failed-retry",
    { .slot_state = "finished",
      .has_run = TRUE,
      .verdict = PN_VERDICT_FAILED,
      .condition = PN_CONDITION_RETRY },
    PN_CARD_FAILED_RETRY,
    -1 },
  { "failed-untouched",
    { .slot_state = "finished",
      .has_run = TRUE,
      .verdict = PN_VERDICT_FAILED,
      .condition = PN_CONDITION_UNTOUCHED },
    PN_CARD_FAILED_RETRY,
    -1 },
  { "failed-power-cycle",
    { .slot_state = "finished",
      .has_run = TRUE,
      .verdict = PN_VERDICT_FAILED,
      .condition = PN_CONDITION_POWER_CYCLE },
    PN_CARD_FAILED_UNKNOWN,
    -1 },
  { "set-aside",
    { .slot_state = "finished",
      .has_run = TRUE,
      .verdict = PN_VERDICT_SET_ASIDE,
      .condition = PN_CONDITION_SET_ASIDE,
      .do_not_disconnect = TRUE },
    PN_CARD_SET_ASIDE,
    -1 },
  { "stopped",
    { .slot_state = "finished", .has_run = TRUE, .verdict = PN_VERDICT_CANCELLED },
    PN_CARD_STOPPED,
    -1 },
};

static void
test_case (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  gint64 change = 42;

  g_assert_cmpint (pn_card_state_derive (&cases[i].facts, &change), ==, cases[i].state);
  g_assert_cmpint (change, ==, cases[i].change);
}

/* After what @change said, and not before, the state is another one. */
static void
test_change (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      PnCardFacts facts = cases[i].facts;
      gint64 wait = cases[i].change;
      gint64 change;

      if (wait < 0)
        continue;
      facts.still += wait - 1;
      facts.absent += wait - 1;
      g_assert_cmpint (pn_card_state_derive (&facts, &change), ==, cases[i].state);
      g_assert_cmpint (change, ==, 1);
      facts.still++;
      facts.absent++;
      g_assert_cmpint (pn_card_state_derive (&facts, &change), !=, cases[i].state);
    }
}

/* Every state of a card comes of something. */
static void
test_all (void)
{
  g_autoptr (GEnumClass) states = g_type_class_ref (PN_TYPE_CARD_STATE);

  for (guint i = 0; i < states->n_values; i++)
    {
      gboolean found = FALSE;

      for (guint k = 0; k < G_N_ELEMENTS (cases); k++)
        found |= (int) cases[k].state == states->values[i].value;
      if (!found)
        g_error ("No case for %s", states->values[i].value_nick);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/card-state/", cases[i].name, NULL);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_case);
    }
  g_test_add_func ("/card-state-time", test_change);
  g_test_add_func ("/card-state-all", test_all);
  return g_test_run ();
}
