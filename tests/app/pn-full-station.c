/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-full-station.h"

#include "pn-client.h"

#define SECOND G_USEC_PER_SEC
#define SYSTEM_SIZE G_GUINT64_CONSTANT (2600000000)
#define FINGERPRINT "8c41d07e5b92aa1306f4e8c971d3220be95f3c841ab6077dc2f8914e3d0590be"

#define DONE "This device has been provisioned with this bundle already; nothing was changed"

/* What the helper says in each state. */
static const struct
{
  const char *slot;
  gboolean present, has_run;
  PnPhase phase;
  double fraction; /* of the phase; -1 = it does not say */
  const char *verdict, *condition, *message, *instruction;
  gboolean do_not_disconnect;
  const char *done; /* evidence "done-before" */
} facts[] = {
  [PN_CARD_EMPTY] = { "empty", FALSE, FALSE },
  [PN_CARD_UNUSED] = { "unused", FALSE, FALSE },
  [PN_CARD_EXCLUDED] = { "excluded", TRUE, FALSE },
  [PN_CARD_RESTING] = { "resting", TRUE, TRUE, PN_PHASE_WRITE, .31, "failed", "retry",
                        "The device stopped answering while it was written to" },
  [PN_CARD_FOUND] = { "waiting", TRUE, FALSE },
  [PN_CARD_HELD] = { "held", TRUE, FALSE },
  [PN_CARD_READY] = { "ready", TRUE, FALSE },
  [PN_CARD_LOOKING] = { "running", TRUE, TRUE, PN_PHASE_INSPECT, -1, "running" },
  [PN_CARD_FIRMWARE] = { "running", TRUE, TRUE, PN_PHASE_LOCK, .4, "running" },
  [PN_CARD_LOCKING] = { "running", TRUE, TRUE, PN_PHASE_LOCK, .7, "running", NULL, NULL, NULL,
                        TRUE },
  [PN_CARD_STARTING] = { "running", TRUE, TRUE, PN_PHASE_START, .5, "running" },
  [PN_CARD_STORAGE] = { "running", TRUE, TRUE, PN_PHASE_STORAGE, -1, "running" },
  [PN_CARD_WRITING] = { "running", TRUE, TRUE, PN_PHASE_WRITE, .62, "running" },
  [PN_CARD_FINISHING_WRITE] = { "running", TRUE, TRUE, PN_PHASE_WRITE, 1, "running" },
  [PN_CARD_CHECKING] = { "running", TRUE, TRUE, PN_PHASE_VERIFY, .27, "running" },
  [PN_CARD_RECORDING] = { "running", TRUE, TRUE, PN_PHASE_RECORD, -1, "running" },
  [PN_CARD_DECISION] = { "running", TRUE, TRUE, PN_PHASE_LOCK, -1, "running", NULL, NULL,
                         "The next step needs the boot ROM. Unplug the device, hold its power "
                         "button (or leave the nRPIBOOT jumper fitted) and plug it in again." },
  [PN_CARD_STALLED] = { "running", TRUE, TRUE, PN_PHASE_WRITE, .44, "running" },
  [PN_CARD_LOST] = { "running", FALSE, TRUE, PN_PHASE_WRITE, .31, "running" },
  [PN_CARD_PASSED] = { "finished", TRUE, TRUE, PN_PHASE_RECORD, 1, "passed", "done" },
  [PN_CARD_REFUSED] = { "finished", TRUE, TRUE, PN_PHASE_INSPECT, 1, "refused", "untouched",
                        "This device is locked with another key; only its owner can use it" },
  [PN_CARD_FAILED_RETRY] = { "finished", TRUE, TRUE, PN_PHASE_WRITE, .31, "failed", "retry",
                             "The device stopped answering while it was written to" },
  [PN_CARD_FAILED_UNKNOWN] = { "finished", TRUE, TRUE, PN_PHASE_WRITE, .7, "failed", "power-cycle",
                               "The device left while it was written to" },
  [PN_CARD_SET_ASIDE] = { "finished", TRUE, TRUE, PN_PHASE_LOCK, .7, "set-aside", "set-aside",
                          "The device left while it was being locked" },
  [PN_CARD_STOPPED] = { "finished", TRUE, TRUE, PN_PHASE_WRITE, .12, "cancelled", "retry" },
  [PN_CARD_DONE_BEFORE] = { "finished", TRUE, TRUE, PN_PHASE_INSPECT, 1, "refused", "untouched",
                            DONE, NULL, FALSE, "ask" },
  [PN_CARD_SKIPPED] = { "finished", TRUE, TRUE, PN_PHASE_INSPECT, 1, "refused", "untouched", DONE,
                        NULL, FALSE, "skip" },
};
G_STATIC_ASSERT (G_N_ELEMENTS (facts) == PN_CARD_SKIPPED + 1);

static const char *
advise (const char *condition)
{
  if (g_strcmp0 (condition, "retry") == 0)
    return "The device is good. Unplug it and plug it in again to go on.";
  if (g_strcmp0 (condition, "set-aside") == 0)
    return "Set the device aside: a permanent step may or may not have been made. Inspect it "
           "before you use it.";
  if (g_strcmp0 (condition, "untouched") == 0)
    return "The device is as it was. Unplug it; see the reason before you try it again.";
  return condition != NULL ? "The device is done. Unplug it." : "";
}

static GVariant *
make_phases (PnPhase until, gboolean over, gint64 now)
{
  static const guint seconds[PN_N_PHASES] = { 2, 5, 31, 24, 12, 139, 76, 2 };
  gint64 at = now;
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(sxx)"));
  for (guint i = 0; i <= until; i++)
    at -= (gint64) seconds[i] * SECOND;
  for (guint i = 0; i <= until; i++)
    {
      gint64 end = at + (gint64) seconds[i] * SECOND;

      g_variant_builder_add (&builder, "(sxx)", pn_phase_to_word (i), at,
                             i < until || over ? end : (gint64) 0);
      at = end;
    }
  return g_variant_builder_end (&builder);
}

static GVariant *
make_evidence (guint slot, PnPhase phase, const char *verdict, const char *done)
{
  g_autofree char *mac = g_strdup_printf ("d8:3a:dd:10:4e:%02x", 0x71 + slot);
  g_autofree char *serial = g_strdup_printf ("%016x", 0x4a1c9f03 + slot * 7919);
  gboolean locked = phase > PN_PHASE_LOCK;
  GVariantBuilder builder;
  const struct
  {
    const char *name, *value;
    gboolean known;
  } all[] = {
    { "serial", serial, TRUE },
    { "MAC_ADDR", mac, phase > PN_PHASE_CONNECT },
    { "USER_BOARDREV", "d04190", phase > PN_PHASE_CONNECT },
    { "JTAG_LOCKED", "0", phase > PN_PHASE_CONNECT },
    { "CUSTOMER_KEY_HASH",
      g_strcmp0 (verdict, "refused") == 0 && done == NULL
          ? "3f9a11c05b92aa1306f4e8c971d3220be95f3c841ab6077dc2f8914e3d059011"
          : FINGERPRINT,
      locked || g_strcmp0 (verdict, "refused") == 0 },
    { "EEPROM_HASH", "b71e02c45b92aa1306f4e8c971d3220be95f3c841ab6077dc2f8914e3d0590be", locked },
    { "SECURE_BOOT_PROVISION", "success", locked },
    { "secure-otp", "present", phase > PN_PHASE_START },
    { "secure-devkey", "not present", phase > PN_PHASE_START },
    { "eeprom-write-protect", "off", locked },
    { "storage-encryption", "luks2", phase > PN_PHASE_STORAGE },
    { "model", "Compute Module 5", phase > PN_PHASE_CONNECT },
    { "sdram-size-bytes", "8589934592", phase > PN_PHASE_START },
    { "storage_size", "31268536320", phase > PN_PHASE_START },
    { "version-bootloader", "2025-05-08", phase > PN_PHASE_START },
    { "device-class", "done", done != NULL },
    { "done-before", done, done != NULL },
    { "device-public-key-sha256",
      "77e01b2d5b92aa1306f4e8c971d3220be95f3c841ab6077dc2f8914e3d059022",
      phase > PN_PHASE_STORAGE },
  };

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ss}"));
  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    if (all[i].known)
      g_variant_builder_add (&builder, "{ss}", all[i].name, all[i].value);
  return g_variant_builder_end (&builder);
}

void
pn_full_station_progress (PnFullStation *self, guint slot, double fraction)
{
  PnDbusRun *run = self->runs[slot];

  pn_dbus_run_set_total (run, fraction < 0 ? 0 : SYSTEM_SIZE);
  pn_dbus_run_set_done (run, fraction < 0 ? 0 : (guint64) (fraction * (double) SYSTEM_SIZE));
}

static void
show_run (PnFullStation *self, guint slot, PnCardState state)
{
  PnDbusRun *run = self->runs[slot];
  const char *condition = facts[state].condition;
  gboolean over = !g_str_equal (facts[state].verdict, "running");
  gint64 now = g_get_real_time ();
  g_autofree char *path = g_strdup_printf (PN_FAKE_ROOT "/runs/%u", slot + 1);
  g_autofree char *serial = g_strdup_printf ("%016x", 0x4a1c9f03 + slot * 7919);
  GVariant *phases = make_phases (facts[state].phase, over, now);
  gint64 began;

  g_variant_get_child (phases, 0, "(&sxx)", NULL, &began, NULL);
  pn_dbus_run_set_phase (run, pn_phase_to_word (facts[state].phase));
  pn_full_station_progress (self, slot, facts[state].fraction);
  pn_dbus_run_set_started (run, began);
  pn_dbus_run_set_ended (run, over ? now : 0);
  pn_dbus_run_set_serial (run, serial);
  pn_dbus_run_set_batch (run, PN_FAKE_ROOT "/batches/1");
  pn_dbus_run_set_attempt (run, state == PN_CARD_FAILED_RETRY ? 2 : 1);
  pn_dbus_run_set_permanent (run, facts[state].phase > PN_PHASE_LOCK);
  pn_dbus_run_set_do_not_disconnect (run, facts[state].do_not_disconnect);
  pn_dbus_run_set_phases (run, phases);
  pn_dbus_run_set_evidence (
      run, make_evidence (slot, facts[state].phase, facts[state].verdict, facts[state].done));
  pn_dbus_run_set_instruction (run,
                               facts[state].instruction != NULL ? facts[state].instruction : "");
  pn_dbus_run_set_message (run, facts[state].message != NULL ? facts[state].message : "");
  pn_dbus_run_set_advice (run, advise (condition));
  pn_dbus_run_set_condition (run, condition != NULL ? condition : "untouched");
  pn_dbus_run_set_verdict (run, facts[state].verdict);
  pn_dbus_slot_set_run (self->slots[slot], path);
}

void
pn_full_station_show (PnFullStation *self, guint slot, PnCardState state)
{
  g_assert_cmpuint (slot, <, self->n_slots);
  if (facts[state].has_run)
    show_run (self, slot, state);
  pn_dbus_slot_set_present (self->slots[slot], facts[state].present);
  pn_dbus_slot_set_used (self->slots[slot], state != PN_CARD_UNUSED);
  pn_dbus_slot_set_failures (self->slots[slot], state == PN_CARD_RESTING ? 3 : 0);
  pn_dbus_slot_set_state (self->slots[slot], facts[state].slot);
}

static void
open_batch (PnFullStation *self)
{
  static const char *const permanent[] = { "customer-key", "device-key", NULL };

  self->batch = pn_fake_helper_add_batch (self->helper, 1);
  pn_dbus_batch_set_recipe (self->batch, "Gate controller v2, revision 7");
  pn_dbus_batch_set_reference (self->batch, "2026-118");
  pn_dbus_batch_set_mode (self->batch, "secure-boot");
  pn_dbus_batch_set_count (self->batch, 250);
  pn_dbus_batch_set_passed (self->batch, 184);
  pn_dbus_batch_set_failed (self->batch, 3);
  pn_dbus_batch_set_opened (self->batch, g_get_real_time () - (gint64) 3600 * SECOND);
  pn_dbus_batch_set_automatic (self->batch, TRUE);
  pn_dbus_batch_set_permanent (self->batch, permanent);
  pn_dbus_batch_set_fingerprint (self->batch, FINGERPRINT);
}

PnFullStation *
pn_full_station_new (guint n_slots)
{
  PnFullStation *self = g_new0 (PnFullStation, 1);

  self->helper = pn_fake_helper_new (PN_CLIENT_NAME);
  self->n_slots = n_slots;
  self->slots = g_new0 (PnDbusSlot *, n_slots);
  self->runs = g_new0 (PnDbusRun *, n_slots);
  open_batch (self);
  for (guint i = 0; i < n_slots; i++)
    {
      g_autofree char *name = g_strdup_printf ("1-1.%u", i + 1);
      g_autofree char *label = g_strdup_printf ("Slot %u", i + 1);

      self->runs[i] = pn_fake_helper_add_run (self->helper, i + 1);
      self->slots[i] = pn_fake_helper_add_slot (self->helper, i + 1, name);
      pn_dbus_slot_set_label (self->slots[i], label);
    }
  return self;
}

void
pn_full_station_free (PnFullStation *self)
{
  pn_fake_helper_free (self->helper);
  for (guint i = 0; i < self->n_slots; i++)
    {
      g_object_unref (self->slots[i]);
      g_object_unref (self->runs[i]);
    }
  g_object_unref (self->batch);
  g_free (self->slots);
  g_free (self->runs);
  g_free (self);
}
