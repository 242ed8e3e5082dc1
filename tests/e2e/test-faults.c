/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mode × chip × data plane × start state × fault × step. A run in which nothing goes wrong says
 * which steps there are; each of them goes wrong in each way in which it can. faults.tsv in the
 * build folder has a line for each combination.
 *
 * There are tens of thousands. PUNNET_FAULTS says how many are run beside those that always are: a
 * number, which are then chosen at random (--seed says which, and the seed is told at the
 * beginning), or "all"; without it so many as take about a minute, always the same. */
#include "config.h"

#include <string.h>

#include "pn-chip.h"
#include "pn-test-trial.h"

#ifdef __SANITIZE_ADDRESS__
#define USUAL 26 /* combinations */
#else
#define USUAL 100 /* combinations */
#endif
#define N_FULL 2     /* kits of which every start state is in the usual set */
#define N_THREADS 4  /* devices wait most of the time */
#define PATIENCE 180 /* s for one combination */

static PnTestInputs *inputs;

static PnTestKit *kits;
static guint n_kits;

static gboolean
wants_all (void)
{
  return g_strcmp0 (g_getenv ("PUNNET_FAULTS"), "all") == 0;
}

/* ---- combinations ---- */

typedef struct
{
  PnTestTrial *trial;
  gboolean chosen;
} Combination;

/* Ways in which a step can go wrong. */
static gboolean
can_happen (const PnTestKit *kit, const char *step, PnTestFault fault)
{
  gboolean host = g_str_has_prefix (step, "host ");
  gboolean over = strstr (step, " burned ") != NULL || strstr (step, " wrote ") != NULL ||
                  strstr (step, " noted ") != NULL;

  switch (fault)
    {
    case PN_TEST_UNPLUG:
    case PN_TEST_STALL:
      return !host;
    case PN_TEST_FAIL:
      return !host && !over;
    case PN_TEST_LIE:
      return !host && !over && !g_str_has_prefix (step, "device ask ") &&
             !g_str_has_prefix (step, "device take ") && !g_str_has_prefix (step, "device got ") &&
             !g_str_equal (step, "device loader");
    case PN_TEST_FLIP:
      return g_str_has_prefix (step, "device reply flash:");
    case PN_TEST_CANCEL:
    case PN_TEST_KILL:
      return TRUE;
    case PN_TEST_REFUSE:
      return host && !over;
    case PN_TEST_CUT_NETWORK:
    case PN_TEST_STALL_NETWORK:
      return kit->network;
    case PN_TEST_NO_FAULT:
    case PN_TEST_SILENT:
    case PN_TEST_UNREAD:
    case PN_TEST_CHANGED:
    case PN_TEST_NO_CONSENT:
    case PN_TEST_OTHER_CONSENT:
    case PN_TEST_N_FAULTS:
    default:
      return FALSE;
    }
}

static void
add (GArray *all, PnTestKit *kit, PnTestState state, PnTestFault fault, const char *step)
{
  Combination combination = { pn_test_trial_new (kit, state, fault, step), FALSE };

  g_array_append_val (all, combination);
}

/* What a boot ROM may get. */
static void
add_artefacts (GArray *all, const PnTestTrial *clean)
{
  PnManifest *manifest = clean->kit->contents.manifest;

  for (PnRole role = PN_ROLE_RECOVERY; role <= PN_ROLE_GADGET_CONFIG; role++)
    if (pn_manifest_find (manifest, role) != NULL)
      add (all, clean->kit, clean->state, PN_TEST_CHANGED, pn_role_to_word (role));
}

/* All faults of a device that came as @clean's. */
static void
add_faults (GArray *all, const PnTestTrial *clean)
{
  static const PnTestFault whole[] = { PN_TEST_SILENT, PN_TEST_UNREAD, PN_TEST_NO_CONSENT,
                                       PN_TEST_OTHER_CONSENT };

  for (guint i = 0; i < G_N_ELEMENTS (whole); i++)
    if (clean->kit->chip != PN_CHIP_BCM2710 ||
        (whole[i] != PN_TEST_SILENT && whole[i] != PN_TEST_UNREAD))
      add (all, clean->kit, clean->state, whole[i], NULL);
  if (clean->state == PN_TEST_FRESH)
    add_artefacts (all, clean);
  for (guint i = 0; i < clean->n_steps; i++)
    for (PnTestFault fault = 0; fault < PN_TEST_N_FAULTS; fault++)
      if (can_happen (clean->kit, clean->steps->pdata[i], fault))
        add (all, clean->kit, clean->state, fault, clean->steps->pdata[i]);
}

/* What is always run: on devices as they come from the factory, all that has to do with what is
 * permanent, of the two kits that lock; of all kits what goes wrong before they begin; and a
 * network that fails while the image goes over it. */
static gboolean
is_always_run (const PnTestTrial *trial)
{
  static const char *const marks[] = { " burn ",   " burned ", " eeprom",
                                       " intent ", "outcome ", "fwcrypto init" };

  if (trial->state != PN_TEST_FRESH)
    return FALSE;
  if (trial->kit->network)
    return trial->kit->contents.disk != NULL && trial->step != NULL &&
           (trial->fault == PN_TEST_CUT_NETWORK || trial->fault == PN_TEST_STALL_NETWORK) &&
           strstr (trial->step, "flash:") != NULL;
  if (trial->step == NULL)
    return TRUE;
  if (trial->kit->contents.root == NULL || !pn_mode_locks (trial->kit->mode) ||
      trial->fault == PN_TEST_STALL)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (marks); i++)
    if (strstr (trial->step, marks[i]) != NULL)
      return TRUE;
  return trial->fault == PN_TEST_CHANGED;
}

/* Evenly over all, @n of them: of as many neighbours the last, or one at random. */
static void
choose_some (GArray *all, guint64 n, gboolean at_random)
{
  for (guint64 i = 0; i < n; i++)
    {
      guint64 first = i * all->len / n;
      guint64 end = (i + 1) * all->len / n;
      guint64 at = at_random && end > first
                       ? (guint64) g_test_rand_int_range ((gint32) first, (gint32) end)
                       : end - 1;

      g_array_index (all, Combination, MIN (at, all->len - 1)).chosen = TRUE;
    }
}

/* Chooses those that are run: what always is, and as many of the others as are wanted. */
static guint
choose (GArray *all)
{
  const char *wish = g_getenv ("PUNNET_FAULTS");
  guint64 n = USUAL;
  guint chosen = 0;

  if (wish != NULL && !wants_all ())
    g_assert_true (g_ascii_string_to_unsigned (wish, 10, 1, G_MAXUINT, &n, NULL));
  choose_some (all, MIN (n, all->len), wish != NULL);
  for (guint i = 0; i < all->len; i++)
    {
      Combination *combination = &g_array_index (all, Combination, i);

      combination->chosen |= wants_all () || is_always_run (combination->trial);
      chosen += combination->chosen;
    }
  return chosen;
}

/* ---- running them ---- */

typedef struct
{
  GMutex mutex;
  GCond cond;
  GArray *all;
  guint next, done;
  gint64 busy_since[N_THREADS]; /* monotonic; 0 = nothing to do any more */
  guint busy_with[N_THREADS];
} Work;

static void
describe (const PnTestTrial *trial, GString *line)
{
  g_string_append_printf (
      line, "%s\t%s\t%s%s\t%s\t%s\t%s\t%s\t%s\t%s%s%s\n", pn_mode_to_word (trial->kit->mode),
      pn_chip_to_word (trial->kit->chip), pn_storage_to_word (trial->kit->storage),
      trial->kit->layout != NULL ? "+set" : "", trial->kit->network ? "network" : "usb",
      pn_test_state_to_word (trial->state), pn_test_fault_to_word (trial->fault),
      trial->step != NULL ? trial->step : "-", trial->outcome,
      trial->second != NULL ? trial->second : "-\t-\t-\t-",
      trial->complaints->len > 0             ? "\tWRONG: "
      : trial->step != NULL && !trial->fired ? "\tnot reached"
                                             : "",
      trial->complaints->str);
}

typedef struct
{
  Work *work;
  guint index;
} Hand;

static gpointer
work_thread (gpointer data)
{
  Hand *hand = data;
  Work *work = hand->work;

  g_mutex_lock (&work->mutex);
  while (work->next < work->all->len)
    {
      guint number = work->next++;
      PnTestTrial *trial = g_array_index (work->all, Combination, number).trial;

      if (!g_array_index (work->all, Combination, number).chosen)
        continue;
      work->busy_with[hand->index] = number;
      work->busy_since[hand->index] = g_get_monotonic_time ();
      g_mutex_unlock (&work->mutex);
      pn_test_trial_run (trial, NULL);
      g_mutex_lock (&work->mutex);
      work->done++;
    }
  work->busy_since[hand->index] = 0;
  g_cond_broadcast (&work->cond);
  g_mutex_unlock (&work->mutex);
  return NULL;
}

/* FALSE once all hands are idle. Lock held. */
static gboolean
look_after (Work *work)
{
  gint64 now = g_get_monotonic_time ();
  gboolean busy = FALSE;

  for (guint i = 0; i < N_THREADS; i++)
    if (work->busy_since[i] != 0)
      {
        const PnTestTrial *trial = g_array_index (work->all, Combination, work->busy_with[i]).trial;

        busy = TRUE;
        if (now - work->busy_since[i] > PATIENCE * G_USEC_PER_SEC)
          g_error ("It hangs: %s, %s, %s, %s", trial->kit->name,
                   pn_test_state_to_word (trial->state), pn_test_fault_to_word (trial->fault),
                   trial->step != NULL ? trial->step : "-");
      }
  return busy;
}

static void
run_all (GArray *all)
{
  Work work = { .all = all };
  GThread *threads[N_THREADS];
  Hand hands[N_THREADS];

  g_mutex_init (&work.mutex);
  g_cond_init (&work.cond);
  for (guint i = 0; i < N_THREADS; i++)
    {
      hands[i] = (Hand){ &work, i };
      work.busy_since[i] = g_get_monotonic_time ();
      threads[i] = g_thread_new ("hand", work_thread, &hands[i]);
    }
  g_mutex_lock (&work.mutex);
  while (look_after (&work))
    g_cond_wait_until (&work.cond, &work.mutex, g_get_monotonic_time () + G_USEC_PER_SEC);
  g_mutex_unlock (&work.mutex);
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
  g_cond_clear (&work.cond);
  g_mutex_clear (&work.mutex);
}

/* ---- the table ---- */

static void
count (GHashTable *counts, const char *what)
{
  guint n = GPOINTER_TO_UINT (g_hash_table_lookup (counts, what));

  g_hash_table_insert (counts, g_strdup (what), GUINT_TO_POINTER (n + 1));
}

static void
print_counts (GHashTable *counts)
{
  g_autoptr (GList) keys = g_list_sort (g_hash_table_get_keys (counts), (GCompareFunc) strcmp);

  for (GList *at = keys; at != NULL; at = at->next)
    g_test_message ("%5u  %s", GPOINTER_TO_UINT (g_hash_table_lookup (counts, at->data)),
                    (const char *) at->data);
}

static void
count_routes (GArray *all)
{
  guint n[2] = { 0 };
  guint chosen[2] = { 0 };

  for (guint i = 0; i < all->len; i++)
    {
      const Combination *combination = &g_array_index (all, Combination, i);
      gboolean network = combination->trial->kit->network;

      n[network]++;
      chosen[network] += combination->chosen;
    }
  g_test_message ("the image over USB: %u of %u; over the network: %u of %u", chosen[FALSE],
                  n[FALSE], chosen[TRUE], n[TRUE]);
}

/* How many were wrong. */
static guint
write_table (GArray *all, guint n_chosen)
{
  g_autofree char *path = g_build_filename (g_getenv ("G_TEST_BUILDDIR"), "faults.tsv", NULL);
  g_autoptr (GHashTable) counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GString) table = g_string_new (
      "mode\tchip\tstorage\tdata\tstate\tfault\tstep\tverdict\tcondition\tphase\terror\t"
      "second verdict\tsecond condition\tsecond phase\tsecond error\n");
  g_autoptr (GError) error = NULL;
  guint wrong = 0;
  guint missed = 0;
  guint writes = 0;
  guint permanent = 0;

  for (guint i = 0; i < all->len; i++)
    {
      const PnTestTrial *trial = g_array_index (all, Combination, i).trial;
      g_autoptr (GString) line = g_string_new (NULL);
      g_auto (GStrv) first = NULL;
      g_autofree char *end = NULL;

      if (!g_array_index (all, Combination, i).chosen)
        continue;
      describe (trial, line);
      g_string_append (table, line->str);
      first = g_strsplit (trial->outcome, "\t", 3);
      end = g_strdup_printf ("%s, %s → %.12s", first[0], first[1],
                             trial->second != NULL ? trial->second : "-");
      g_strdelimit (end, "\t", ' ');
      count (counts, end);
      writes += trial->n_writes;
      permanent += trial->n_permanent;
      missed += trial->step != NULL && !trial->fired;
      if (trial->complaints->len > 0 && wrong++ < 60)
        g_test_message ("%s", line->str);
    }
  g_file_set_contents (path, table->str, (gssize) table->len, &error);
  g_assert_no_error (error);
  print_counts (counts);
  count_routes (all);
  g_test_message ("%u messages changed something, %u of them for ever: none before its time",
                  writes, permanent);
  g_test_message ("%u of %u combinations, %u of them did not come to their step, %u wrong: %s",
                  n_chosen, all->len, missed, wrong, path);
  return wrong;
}

/* ---- from beginning to end ---- */

static void
clear_combination (gpointer data)
{
  pn_test_trial_free (((Combination *) data)->trial);
}

static GArray *
new_combinations (void)
{
  GArray *all = g_array_new (FALSE, FALSE, sizeof (Combination));

  g_array_set_clear_func (all, clear_combination);
  return all;
}

/* Nothing goes wrong: these are combinations, too. The first of each kit leaves a device that is
 * done. */
static GArray *
run_clean (gboolean fresh)
{
  GArray *all = new_combinations ();

  for (guint i = 0; i < n_kits; i++)
    for (PnTestState state = 0; state < PN_TEST_N_STATES; state++)
      if (pn_test_kit_can_be (&kits[i], state) && fresh == (state == PN_TEST_FRESH) &&
          (fresh || i < N_FULL || wants_all () || (state + i) % 4 == 0))
        {
          add (all, &kits[i], state, PN_TEST_NO_FAULT, NULL);
          g_array_index (all, Combination, all->len - 1).chosen = TRUE;
        }
  return all;
}

static void
test_faults (void)
{
  g_autoptr (GArray) fresh = NULL;
  g_autoptr (GArray) others = NULL;
  g_autoptr (GArray) all = new_combinations ();
  guint chosen;
  guint wrong;

  kits = pn_test_kits_new (inputs, G_MAXUINT, &n_kits);
  for (guint i = 0; i < n_kits; i++)
    kits[i].every = wants_all ();
  fresh = run_clean (TRUE);
  for (guint i = 0; i < fresh->len; i++)
    {
      PnTestTrial *trial = g_array_index (fresh, Combination, i).trial;

      pn_test_trial_run (trial, &kits[i].done);
      g_test_message ("%s: %u steps", kits[i].name, trial->n_steps);
      if (g_getenv ("PUNNET_FAULT_STEPS") != NULL)
        for (guint j = 0; j < trial->n_steps; j++)
          g_test_message ("  %s", (char *) trial->steps->pdata[j]);
    }
  g_assert_cmpuint (write_table (fresh, fresh->len), ==, 0);
  others = run_clean (FALSE);
  run_all (others);
  wrong = write_table (others, others->len);
  for (guint i = 0; i < fresh->len; i++)
    add_faults (all, g_array_index (fresh, Combination, i).trial);
  for (guint i = 0; i < others->len; i++)
    add_faults (all, g_array_index (others, Combination, i).trial);
  chosen = choose (all);
  run_all (all);
  wrong += write_table (all, chosen);
  g_assert_cmpuint (wrong, ==, 0);
  pn_test_kits_free (kits, n_kits);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  inputs = pn_test_inputs_new ();
  g_test_add_func ("/faults", test_faults);
  status = g_test_run ();
  pn_test_inputs_free (inputs);
  return status;
}
