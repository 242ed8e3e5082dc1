/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mode × chip × point × what is killed there: the worker's process, the helper's, both, or the
 * cable. A run in which nothing is killed says which points there are. What is left is looked at,
 * the helper is started where it was killed, and the device is plugged in again. kills.tsv in the
 * build folder has a line for each.
 *
 * Without PUNNET_KILLS=all as many are run as bring each kind of step of each mode (with
 * sanitizers: of any mode) together with each kill. */
#include "config.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "pn-chip.h"
#include "pn-test-victim-judge.h"
#include "pn-virtual-private.h"
#include "pn-virtual-storage-private.h"

#define AT_ONCE 12 /* devices of a station */
/* Of the kits: both chips that are locked, and one of each other mode, as many of its steps as
 * there are. */
#ifdef __SANITIZE_ADDRESS__
#define USUAL_KITS (1 << 1 | 1 << 6)
#define EACH_MODE FALSE
#else
#define USUAL_KITS (1 << 0 | 1 << 1 | 1 << 3 | 1 << 6 | 1 << 8)
#define EACH_MODE TRUE
#endif
#define QUIET_MS 300 /* what a device does by itself goes on without longer pauses */

static PnTestInputs *inputs;
static PnTestRelays *relays;

static gboolean
wants_all (void)
{
  return g_strcmp0 (g_getenv ("PUNNET_KILLS"), "all") == 0;
}

/* ---- points ---- */

/* The kind of step at @point, NULL for those that are no place for a kill. (transfer full) */
static char *
get_kind (const char *point)
{
  static const char *const steps[] = { "call Intent ",    "answer Intent ", "call Outcome ",
                                       "answer Outcome ", "device burn ",   "device burned " };
  static const struct
  {
    const char *mark, *kind;
  } others[] = { { "fwcrypto init", "device-key" }, { "eeprom", "eeprom" },
                 { " Admit", "admission" },         { " Growth", "storage" },
                 { " oem partinit", "storage" },    { " oem crypt", "storage" },
                 { " oem idpwrite", "storage" },    { "call Phase w", "writing" },
                 { "device data", "writing" },      { "call Phase v", "verifying" },
                 { " Finished", "record" },         { " oem led", "record" } };

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    if (g_str_has_prefix (point, steps[i]))
      {
        const char *step = point + strlen (steps[i]);

        return g_strndup (step, strcspn (step, " "));
      }
  if (g_str_has_prefix (point, "device ask ") || g_str_has_prefix (point, "device tell ") ||
      strstr (point, " getvar:") != NULL)
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    if (strstr (point, others[i].mark) != NULL)
      return g_strdup (others[i].kind);
  return NULL;
}

/* The piece of the image in the middle. */
static const char *
find_middle (const PnTestVictim *clean)
{
  g_autoptr (GPtrArray) pieces = g_ptr_array_new ();
  gboolean writing = FALSE;

  for (guint i = 0; i < clean->points->len; i++)
    {
      const char *point = clean->points->pdata[i];

      if (g_str_has_prefix (point, "call Phase "))
        writing = g_str_equal (point, "call Phase write");
      else if (writing && g_str_has_prefix (point, "device data"))
        g_ptr_array_add (pieces, (gpointer) point);
    }
  return pieces->len > 0 ? pieces->pdata[pieces->len / 2] : NULL;
}

/* ---- combinations ---- */

static void
add_kills (GPtrArray *all, const PnTestVictim *clean)
{
  const char *middle = find_middle (clean);

  for (guint i = 0; i < clean->points->len; i++)
    {
      const char *point = clean->points->pdata[i];
      g_autofree char *kind = get_kind (point);

      if (kind == NULL || (g_str_has_prefix (point, "device data") && point != middle))
        continue;
      for (PnTestKill kill = 0; kill < PN_TEST_N_KILLS; kill++)
        g_ptr_array_add (all, pn_test_victim_new (clean->kit, kill, point));
    }
}

/* Mode, kind of step and kill. (transfer full) */
static char *
get_class (const PnTestVictim *victim)
{
  g_autofree char *kind = get_kind (victim->point);

  if (!EACH_MODE && !wants_all ())
    return g_strdup_printf ("%s, %s", kind, pn_test_kill_to_word (victim->kill));
  return g_strdup_printf ("%s%s, %s, %s", pn_mode_to_word (victim->kit->mode),
                          victim->kit->layout != NULL ? " (set)" : "", kind,
                          pn_test_kill_to_word (victim->kill));
}

/* class → GPtrArray of its victims, in their order */
static GHashTable *
sort (GPtrArray *all)
{
  GHashTable *classes =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);

  for (guint i = 0; i < all->len; i++)
    {
      g_autofree char *class = get_class (all->pdata[i]);
      GPtrArray *members = g_hash_table_lookup (classes, class);

      if (members == NULL)
        {
          members = g_ptr_array_new ();
          g_hash_table_insert (classes, g_steal_pointer (&class), members);
        }
      g_ptr_array_add (members, all->pdata[i]);
    }
  return classes;
}

/* All, or one of each class, and not the same point for each kill. (transfer container) */
static GPtrArray *
choose (GPtrArray *all)
{
  g_autoptr (GHashTable) classes = sort (all);
  GPtrArray *chosen = g_ptr_array_new ();

  for (guint i = 0; i < all->len; i++)
    {
      PnTestVictim *victim = all->pdata[i];
      g_autofree char *class = get_class (victim);
      const GPtrArray *members = g_hash_table_lookup (classes, class);
      guint which = (guint) victim->kill * members->len / PN_TEST_N_KILLS + members->len / 8;

      if (wants_all () || members->pdata[which % members->len] == victim)
        g_ptr_array_add (chosen, victim);
    }
  return chosen;
}

/* ---- rounds ---- */

static gboolean
kills_helper (const PnTestVictim *victim)
{
  return victim->kill == PN_TEST_KILL_HELPER || victim->kill == PN_TEST_KILL_BOTH;
}

static void
open_batch (PnTestStation *station, const PnTestKit *kit)
{
  g_autofree char *folder =
      pn_test_inputs_get_bundle_folder (inputs, kit->chip, kit->mode, kit->storage, kit->layout,
                                        kit->layout != NULL ? "" : kit->permanent);
  PnSha256 consent = pn_manifest_get_consent (kit->contents.manifest);
  g_autofree char *permit = pn_sha256_to_hex (&consent);
  gboolean permanent = pn_manifest_get_permanent (kit->contents.manifest)[0] != NULL;
  g_autoptr (PnDbusBatch) batch =
      pn_test_station_open_folder (station, folder, permanent ? permit : NULL, 1000, TRUE);

  g_assert_nonnull (batch);
}

static gboolean
quiet_cb (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

static guint
count_points (GPtrArray *victims)
{
  guint n = 0;

  for (guint i = 0; i < victims->len; i++)
    n += pn_test_victim_count_points (victims->pdata[i]);
  return n;
}

/* What devices do by themselves goes on when nobody is there. */
static void
settle (GPtrArray *victims)
{
  guint before;

  do
    {
      gboolean over = FALSE;

      before = count_points (victims);
      g_timeout_add (QUIET_MS, quiet_cb, &over);
      while (!over)
        g_main_context_iteration (NULL, TRUE);
    }
  while (count_points (victims) != before);
}

/* Nothing starts from it any more. */
static void
empty_card (PnTestVictim *victim)
{
  g_autofree char *path = g_build_filename (victim->folder, "storage.img", NULL);

  g_assert_cmpint (truncate (path, 0), ==, 0);
  g_assert_cmpint (truncate (path, (off_t) victim->kit->disk), ==, 0);
}

/* A person at the slot, who does what is said there. */
static void
help (PnTestVictim *victim, PnTestStation *station)
{
  g_autoptr (PnDbusSlot) slot = pn_test_station_find_slot (station, victim->name);
  g_autoptr (GDBusInterface) run =
      slot != NULL
          ? g_dbus_object_manager_get_interface (station->objects, pn_dbus_slot_get_run (slot),
                                                 "org.punnet.Provisioner1.Run")
          : NULL;

  if (run == NULL || pn_dbus_run_get_instruction (PN_DBUS_RUN (run))[0] == '\0')
    return;
  pn_virtual_device_unplug (victim->device);
  if (victim->kit->chip == PN_CHIP_BCM2710)
    empty_card (victim);
  pn_virtual_device_plug (victim->device, TRUE);
  while (pn_dbus_run_get_instruction (PN_DBUS_RUN (run))[0] != '\0')
    g_main_context_iteration (NULL, TRUE);
}

/* Until no run is going any more. Where one waits for a person, that is done: a cable that came off
 * at the right moment is only plugged in again. */
static void
wait_ended (GPtrArray *victims, PnTestStation *station)
{
  for (guint i = 0; i < victims->len; i++)
    while (((PnTestVictim *) victims->pdata[i])->control >= 0)
      {
        g_main_context_iteration (NULL, TRUE);
        for (guint j = i; station != NULL && j < victims->len; j++)
          help (victims->pdata[j], station);
      }
}

/* The devices are held at their points; then there is an end of it. */
static void
run_first (GPtrArray *victims, PnTestStation *station)
{
  gboolean helper = kills_helper (victims->pdata[0]);

  for (guint i = 0; i < victims->len; i++)
    {
      pn_test_victim_take_out (victims->pdata[i]);
      pn_test_victim_plug (victims->pdata[i], station, relays);
    }
  for (guint i = 0; i < victims->len; i++)
    pn_test_victim_wait (victims->pdata[i]);
  if (helper)
    pn_test_station_kill (station);
  for (guint i = 0; i < victims->len; i++)
    pn_test_victim_kill (victims->pdata[i]);
  for (guint i = 0; i < victims->len; i++)
    pn_test_victim_let_go (victims->pdata[i]);
  wait_ended (victims, helper ? NULL : station);
  for (guint i = 0; !helper && i < victims->len; i++)
    pn_test_victim_judge_shown (victims->pdata[i], station);
  settle (victims);
  for (guint i = 0; i < victims->len; i++)
    pn_test_victim_unplug (victims->pdata[i]);
  if (helper)
    {
      pn_test_station_start_again (station);
      open_batch (station, ((PnTestVictim *) victims->pdata[0])->kit);
    }
  for (guint i = 0; i < victims->len; i++)
    pn_test_victim_judge_first (victims->pdata[i], station);
}

/* TRUE for one that starts from its card from now on, and is not seen by any slot. */
static gboolean
is_out_of_reach (const PnTestVictim *victim)
{
  return victim->passed && victim->kit->chip == PN_CHIP_BCM2710;
}

/* A station where so many fail in the same way pauses itself; somebody has looked. */
static void
resume (PnTestStation *station)
{
  g_autoptr (GError) error = NULL;

  pn_dbus_manager_call_set_paused_sync (station->manager, FALSE, pn_test_options (NULL, NULL),
                                        G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
  g_assert_no_error (error);
}

static void
run_second (GPtrArray *all, PnTestStation *station)
{
  g_autoptr (GPtrArray) victims = g_ptr_array_new ();

  resume (station);
  for (guint i = 0; i < all->len; i++)
    if (is_out_of_reach (all->pdata[i]))
      pn_test_victim_put_away (all->pdata[i]);
    else
      g_ptr_array_add (victims, all->pdata[i]);
  for (guint i = 0; i < victims->len; i++)
    {
      PnTestVictim *victim = victims->pdata[i];
      g_autoptr (PnDbusSlot) slot = pn_test_station_find_slot (station, victim->name);

      if (slot != NULL)
        pn_test_station_wait_state (slot, "empty");
      /* pn_condition_advice () */
      if (victim->kit->chip == PN_CHIP_BCM2710 && !victim->passed &&
          victim->before.storage != victim->after.storage)
        empty_card (victim);
      pn_test_victim_plug (victim, station, relays);
    }
  wait_ended (victims, station);
  for (guint i = 0; i < victims->len; i++)
    {
      pn_test_victim_judge_shown (victims->pdata[i], station);
      pn_test_victim_unplug (victims->pdata[i]);
      pn_test_victim_judge_second (victims->pdata[i], station);
      pn_test_victim_put_away (victims->pdata[i]);
    }
}

static PnTestStation *
start_station (const PnTestKit *kit)
{
  static guint n_stations;
  g_autofree char *folder = g_strdup_printf ("station-%u", n_stations++);
  PnTestStation *station = pn_test_station_new_with (inputs, folder, FALSE, NULL, relays->folder);

  open_batch (station, kit);
  return station;
}

static void
run_round (GPtrArray *victims)
{
  PnTestStation *station = start_station (((PnTestVictim *) victims->pdata[0])->kit);

  run_first (victims, station);
  run_second (victims, station);
  pn_test_station_free (station);
}

/* A station of its own for @victim, until that is held at its point or has come to its end. */
static PnTestStation *
start_alone (PnTestVictim *victim)
{
  PnTestStation *station = start_station (victim->kit);

  pn_test_victim_take_out (victim);
  pn_test_victim_plug (victim, station, relays);
  pn_test_victim_wait (victim);
  return station;
}

/* Nothing is killed. */
static PnTestVictim *
run_clean (PnTestKit *kit)
{
  PnTestVictim *victim = pn_test_victim_new (kit, PN_TEST_N_KILLS, NULL);
  PnTestStation *station = start_alone (victim);

  pn_test_victim_judge_shown (victim, station);
  pn_test_victim_unplug (victim);
  pn_test_victim_judge_first (victim, station);
  pn_test_victim_put_away (victim);
  g_assert_cmpstr (victim->complaints->str, ==, "");
  g_assert_true (victim->passed);
  pn_test_station_free (station);
  return victim;
}

/* ---- the table ---- */

static void
describe (const PnTestVictim *victim, GString *line)
{
  g_autofree char *kind = get_kind (victim->point);
  gboolean wrong = victim->complaints->len > 0;

  g_string_append_printf (line, "%s\t%s\t%s\t%s\t%s\t%s\t%s%s\n", victim->kit->name, kind,
                          victim->point, pn_test_kill_to_word (victim->kill),
                          victim->first != NULL ? victim->first : "-\t-\t-\t-",
                          victim->second != NULL ? victim->second : "-\t-\t-\t-",
                          wrong ? "WRONG: " : "", victim->complaints->str);
}

/* How many were wrong. */
static guint
write_table (GPtrArray *all, guint n_points)
{
  g_autofree char *path = g_build_filename (g_getenv ("G_TEST_BUILDDIR"), "kills.tsv", NULL);
  g_autoptr (GHashTable) classes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) ends = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GString) table = g_string_new (
      "kit\tkind of step\tpoint\tkilled\tverdict\tcondition\tphase\terror\tsecond verdict\tsecond "
      "condition\tsecond phase\tsecond error\tcomplaints\n");
  g_autoptr (GError) error = NULL;
  guint wrong = 0;

  for (guint i = 0; i < all->len; i++)
    {
      const PnTestVictim *victim = all->pdata[i];
      g_autoptr (GString) line = g_string_new (NULL);

      describe (victim, line);
      g_string_append (table, line->str);
      g_hash_table_add (classes, get_class (victim));
      if (victim->complaints->len > 0 && wrong++ < 60)
        g_test_message ("%s", line->str);
    }
  g_file_set_contents (path, table->str, (gssize) table->len, &error);
  g_assert_no_error (error);
  g_test_message ("%u kills at %u points (%u classes of mode, kind of step and kill), %u wrong: %s",
                  all->len, n_points, g_hash_table_size (classes), wrong, path);
  return wrong;
}

/* ---- from beginning to end ---- */

/* The next of @all that can be in one station at once, which are taken out of it. */
static GPtrArray *
take_round (GPtrArray *all)
{
  GPtrArray *round = g_ptr_array_new ();
  const PnTestVictim *leader = all->pdata[0];

  for (guint i = 0; i < all->len && round->len < AT_ONCE;)
    {
      const PnTestVictim *victim = all->pdata[i];

      if (victim->kit == leader->kit && kills_helper (victim) == kills_helper (leader))
        g_ptr_array_add (round, g_ptr_array_remove_index (all, i));
      else
        i++;
    }
  return round;
}

static void
run_all (GPtrArray *all)
{
  g_autoptr (GPtrArray) left = g_ptr_array_copy (all, NULL, NULL);

  g_ptr_array_set_free_func (left, NULL);
  while (left->len > 0)
    {
      g_autoptr (GPtrArray) round = take_round (left);
      const PnTestVictim *leader = round->pdata[0];
      gint64 began = g_get_monotonic_time ();

      run_round (round);
      g_test_message ("%s: %u devices, %s killed, %.1f s", leader->kit->name, round->len,
                      kills_helper (leader) ? "helper" : "worker or cable",
                      (double) (g_get_monotonic_time () - began) / G_USEC_PER_SEC);
    }
}

static void
test_kills (void)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func ((GDestroyNotify) pn_test_victim_free);
  g_autoptr (GPtrArray) chosen = NULL;
  guint n_kits;
  PnTestKit *kits = pn_test_kits_new (inputs, wants_all () ? G_MAXUINT : USUAL_KITS, &n_kits);
  guint wrong;

  for (guint i = 0; i < n_kits; i++)
    {
      PnTestVictim *clean = run_clean (&kits[i]);

      add_kills (all, clean);
      pn_test_victim_free (clean);
    }
  chosen = choose (all);
  run_all (chosen);
  wrong = write_table (chosen, all->len / PN_TEST_N_KILLS);
  g_assert_cmpuint (wrong, ==, 0);
  pn_test_kits_free (kits, n_kits);
}

/* ---- by themselves ---- */

#define FDE_KIT (1 << 3)

static gboolean
is_open (PnTestVictim *victim, const char *node)
{
  return pn_virtual_storage_node_busy (victim->device->storage, node);
}

static PnDbusRun *
get_run (PnTestVictim *victim, PnTestStation *station)
{
  g_autoptr (PnDbusSlot) slot = pn_test_station_wait_slot (station, victim->name);

  return pn_test_station_wait_run (station, slot);
}

/* A worker that dies while an encrypted disk is written leaves the gadget with an open mapping, and
 * no run could partition that disk again. People are told to take away the power; a person who
 * starts the device again without that does no harm: it is restarted. */
static void
test_open_mapping (void)
{
  guint n_kits;
  PnTestKit *kits = pn_test_kits_new (inputs, FDE_KIT, &n_kits);
  PnTestVictim *clean = run_clean (&kits[0]);
  PnTestVictim *victim = pn_test_victim_new (&kits[0], PN_TEST_KILL_WORKER, find_middle (clean));
  g_autoptr (GPtrArray) victims = g_ptr_array_new ();
  PnTestStation *station = start_alone (victim);
  g_autoptr (PnDbusSlot) slot = NULL;
  g_autoptr (PnDbusRun) run = NULL;
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (victims, victim);
  pn_test_victim_kill (victim);
  pn_test_victim_let_go (victim);
  wait_ended (victims, station);
  pn_test_victim_judge_shown (victim, station);
  run = get_run (victim, station);
  g_assert_cmpstr (pn_dbus_run_get_condition (run), ==, "power-cycle");
  g_assert_nonnull (strstr (pn_dbus_run_get_message (run), "power-cycle the device"));
  g_assert_cmpint (pn_virtual_device_get_stage (victim->device), ==, PN_VIRTUAL_GADGET);
  g_assert_true (is_open (victim, "mmcblk0p2"));

  slot = pn_test_station_wait_slot (station, victim->name);
  pn_dbus_slot_call_start_sync (slot, pn_test_options (NULL, NULL), G_DBUS_CALL_FLAGS_NONE, -1,
                                NULL, &error);
  g_assert_no_error (error);
  pn_test_victim_meet (victim, relays);
  wait_ended (victims, station);
  pn_test_victim_judge_shown (victim, station);
  pn_test_victim_unplug (victim);
  pn_test_victim_judge_second (victim, station);
  g_assert_cmpstr (victim->complaints->str, ==, "");

  pn_test_victim_put_away (victim);
  pn_test_victim_free (victim);
  pn_test_victim_free (clean);
  pn_test_station_free (station);
  pn_test_kits_free (kits, n_kits);
}

/* The helper has done all that it was told before this. */
static void
ask_helper (PnTestStation *station)
{
  g_autoptr (GVariant) rows = NULL;
  g_autoptr (GError) error = NULL;

  (void) pn_dbus_manager_call_query_records_sync (station->manager, 0, 1,
                                                  pn_test_options (NULL, NULL),
                                                  G_DBUS_CALL_FLAGS_NONE, -1, &rows, NULL, &error);
  g_assert_no_error (error);
}

/* A helper that is told to end, and told again, leaves a worker alone that writes OTP. */
static void
test_told_while_burning (void)
{
  guint n_kits;
  PnTestKit *kits = pn_test_kits_new (inputs, FDE_KIT, &n_kits);
  PnTestVictim *victim = pn_test_victim_new (&kits[0], PN_TEST_N_KILLS, "device burn device-key");
  g_autoptr (GPtrArray) victims = g_ptr_array_new ();
  PnTestStation *station = start_alone (victim);

  g_ptr_array_add (victims, victim);
  for (guint i = 0; i < 3; i++)
    {
      g_subprocess_send_signal (station->process, SIGTERM);
      ask_helper (station);
    }
  g_assert_cmpint (kill (victim->worker, 0), ==, 0);
  /* Else it could be in the storage before it has read that it is to end. */
  while (!pn_test_victim_has_point (victim, "answer Cancel"))
    g_main_context_iteration (NULL, TRUE);
  pn_test_victim_let_go (victim);
  wait_ended (victims, NULL);
  settle (victims);
  pn_test_victim_unplug (victim);
  pn_test_station_start_again (station);
  open_batch (station, &kits[0]);
  pn_test_victim_judge_first (victim, station);
  g_assert_true (victim->after.device_key);
  g_assert_true (g_str_has_prefix (victim->first, "cancelled\tretry\t"));
  run_second (victims, station);
  g_assert_cmpstr (victim->complaints->str, ==, "");

  pn_test_victim_free (victim);
  pn_test_station_free (station);
  pn_test_kits_free (kits, n_kits);
}

/* Whoever stops a run before its permanent step was written down is heard, though the worker is on
 * its way already. */
static void
test_cancelled_before_intent (void)
{
  guint n_kits;
  PnTestKit *kits = pn_test_kits_new (inputs, FDE_KIT, &n_kits);
  PnTestVictim *victim = pn_test_victim_new (&kits[0], PN_TEST_N_KILLS, "call Intent device-key");
  g_autoptr (GPtrArray) victims = g_ptr_array_new ();
  PnTestStation *station = start_alone (victim);
  g_autoptr (PnDbusRun) run = NULL;
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (victims, victim);
  run = get_run (victim, station);
  pn_dbus_run_call_cancel_sync (run, pn_test_options (NULL, NULL), G_DBUS_CALL_FLAGS_NONE, -1, NULL,
                                &error);
  g_assert_no_error (error);
  pn_test_victim_let_go (victim);
  wait_ended (victims, station);
  pn_test_victim_judge_shown (victim, station);
  pn_test_victim_unplug (victim);
  pn_test_victim_judge_first (victim, station);
  g_assert_false (victim->after.device_key);
  g_assert_cmpstr (victim->first, ==, "cancelled\tretry\tstart\tcancelled");
  run_second (victims, station);
  g_assert_cmpstr (victim->complaints->str, ==, "");

  pn_test_victim_free (victim);
  pn_test_station_free (station);
  pn_test_kits_free (kits, n_kits);
}

int
main (int argc, char **argv)
{
  GTestDBus *bus;
  int status;

  g_test_init (&argc, &argv, NULL);
  /* What grows a file system writes down when it did. */
  g_setenv ("E2FSPROGS_FAKE_TIME", "1760000000", TRUE);
  bus = pn_test_bus_new ();
  inputs = pn_test_inputs_new ();
  relays = pn_test_relays_new (inputs);
  g_test_add_func ("/kills/open-mapping", test_open_mapping);
  g_test_add_func ("/kills/told-while-burning", test_told_while_burning);
  g_test_add_func ("/kills/cancelled-before-intent", test_cancelled_before_intent);
  g_test_add_func ("/kills/table", test_kills);
  status = g_test_run ();
  pn_test_relays_free (relays);
  pn_test_inputs_free (inputs);
  g_test_dbus_down (bus);
  g_object_unref (bus);
  return status;
}
