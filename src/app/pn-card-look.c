/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-card-look.h"

#include <glib/gi18n.h>

#include "pn-evidence.h"
#include "pn-format.h"

#define LINE(name, text)                                                                           \
  static char *name (PnClientSlot *slot) { return g_strdup (text); }

LINE (say_empty, _ ("Plug in a device."))
LINE (say_unused, _ ("Devices plugged in here are not touched."))
LINE (say_excluded, _ ("The station’s port rules leave this socket alone."))
LINE (say_found, _ ("A device waits in USB boot mode. Open a batch to start it."))
LINE (say_held, _ ("The device waits: paused, or the batch has all its devices."))
LINE (say_ready, _ ("A device is plugged in. Press Start to begin."))
LINE (say_firmware, _ ("The boot firmware is being written."))
LINE (say_starting, _ ("The writing tool is loading on the device. It may restart by itself."))
LINE (say_storage, _ ("Storage gets its partitions; what was on it is lost."))
LINE (say_writing, _ ("The system is being written."))
LINE (say_finishing, _ ("The device is saving the last data."))
LINE (say_checking, _ ("What was written is read back and compared."))
LINE (say_recording, _ ("The record is being saved."))
LINE (say_stalled, _ ("Nothing has moved for 20 seconds. Waiting up to the limit of this step."))
LINE (say_lost, _ ("The device left while working. Plug it in again; work goes on where it can."))
LINE (say_done_before,
      _ ("This device has passed with this bundle before. Unplug it, or do it again."))
LINE (say_skipped, _ ("This device has passed with this bundle before. Unplug it."))
LINE (say_passed, _ ("Unplug the device now. What was written has been read back."))

static char *
say_resting (PnClientSlot *slot)
{
  guint failures = pn_client_slot_get_failures (slot);

  return g_strdup_printf (ngettext ("Resting after %u failure – check the cable or socket, then "
                                    "press Use again.",
                                    "Resting after %u failures in a row – check the cable or "
                                    "socket, then press Use again.",
                                    failures),
                          failures);
}

static char *
say_locking (PnClientSlot *slot)
{
  PnClientRun *run = pn_client_slot_get_run (slot);

  if (run != NULL && pn_client_run_get_phase (run) == PN_PHASE_STORAGE)
    return g_strdup (_ ("The device makes its own key, once and for ever."));
  return g_strdup (_ ("Permanent settings are being written."));
}

/* What the device of a run turned out to be; NULL = not found out. */
static char *
find_class (PnClientRun *run)
{
  return run != NULL ? pn_evidence_class_text (pn_evidence_get (run, PN_EVIDENCE_CLASS),
                                               pn_evidence_get (run, PN_EVIDENCE_UNFINISHED))
                     : NULL;
}

static char *
say_looking (PnClientSlot *slot)
{
  g_autofree char *found = find_class (pn_client_slot_get_run (slot));

  if (found == NULL)
    return g_strdup (_ ("Reading the device; nothing is changed."));
  return g_strconcat (found, ".", NULL);
}

static char *
say_decision (PnClientSlot *slot)
{
  PnClientRun *run = pn_client_slot_get_run (slot);

  return g_strdup (run != NULL ? pn_client_run_get_instruction (run) : "");
}

char *
pn_card_end_text (PnClientRun *run)
{
  const char *message = pn_client_run_get_message (run);
  const char *advice = pn_client_run_get_advice (run);
  const char *stop =
      message[0] == '\0' || g_str_has_suffix (message, ".") || g_str_has_suffix (message, "…")
          ? ""
          : ".";

  return g_strconcat (message, stop, message[0] != '\0' && advice[0] != '\0' ? " " : "", advice,
                      NULL);
}

static char *
say_end (PnClientSlot *slot)
{
  PnClientRun *run = pn_client_slot_get_run (slot);

  return run != NULL ? pn_card_end_text (run) : g_strdup ("");
}

static char *
say_stopped (PnClientSlot *slot)
{
  PnClientRun *run = pn_client_slot_get_run (slot);

  return g_strdup_printf ("%s %s", _ ("Stopped by a person."),
                          run != NULL ? pn_client_run_get_advice (run) : "");
}

#define WORKING PN_CARD_GROUP_WORKING
#define WAITING PN_CARD_GROUP_WAITING
#define NEEDS_YOU PN_CARD_GROUP_NEEDS_YOU
#define FAILED PN_CARD_GROUP_FAILED
#define ICON(name) ("pn-" name "-symbolic")

static const PnCardLook looks[] = {
  { PN_CARD_EMPTY, NC_ ("card", "Empty"), ICON ("empty"), "empty", PN_CARD_GROUP_ALL, FALSE,
    PN_CARD_BUTTON_NONE, PN_CARD_BUTTON_NONE, say_empty },
  { PN_CARD_UNUSED, NC_ ("card", "Not used"), ICON ("skipped"), "unused", PN_CARD_GROUP_ALL, FALSE,
    PN_CARD_BUTTON_USE, PN_CARD_BUTTON_NONE, say_unused },
  { PN_CARD_EXCLUDED, NC_ ("card", "Excluded"), ICON ("excluded"), "unused", PN_CARD_GROUP_ALL,
    FALSE, PN_CARD_BUTTON_NONE, PN_CARD_BUTTON_NONE, say_excluded },
  { PN_CARD_RESTING, NC_ ("card", "Resting"), ICON ("resting"), "decision", NEEDS_YOU, FALSE,
    PN_CARD_BUTTON_USE_AGAIN, PN_CARD_BUTTON_DETAILS, say_resting },
  { PN_CARD_FOUND, NC_ ("card", "Found"), ICON ("found"), "waiting", WAITING, FALSE,
    PN_CARD_BUTTON_NONE, PN_CARD_BUTTON_NONE, say_found },
  { PN_CARD_HELD, NC_ ("card", "Held"), ICON ("held"), "waiting", WAITING, FALSE,
    PN_CARD_BUTTON_NONE, PN_CARD_BUTTON_NONE, say_held },
  { PN_CARD_READY, NC_ ("card", "Ready"), ICON ("ready"), "waiting", WAITING, FALSE,
    PN_CARD_BUTTON_START, PN_CARD_BUTTON_NONE, say_ready },
  { PN_CARD_LOOKING, NC_ ("card", "Looking"), ICON ("inspecting"), "working", WORKING, TRUE,
    PN_CARD_BUTTON_STOP, PN_CARD_BUTTON_DETAILS, say_looking },
  { PN_CARD_FIRMWARE, NC_ ("card", "Updating firmware"), ICON ("firmware"), "working", WORKING,
    TRUE, PN_CARD_BUTTON_STOP, PN_CARD_BUTTON_DETAILS, say_firmware },
  { PN_CARD_LOCKING, NC_ ("card", "Locking"), ICON ("locking"), "locking", WORKING, TRUE,
    PN_CARD_BUTTON_DETAILS, PN_CARD_BUTTON_NONE, say_locking },
  { PN_CARD_STARTING, NC_ ("card", "Starting system"), ICON ("starting"), "working", WORKING, TRUE,
    PN_CARD_BUTTON_STOP, PN_CARD_BUTTON_DETAILS, say_starting },
  { PN_CARD_STORAGE, NC_ ("card", "Dividing storage"), ICON ("storage"), "working", WORKING, TRUE,
    PN_CARD_BUTTON_STOP, PN_CARD_BUTTON_DETAILS, say_storage },
  { PN_CARD_WRITING, NC_ ("card", "Writing system"), ICON ("writing"), "working", WORKING, TRUE,
    PN_CARD_BUTTON_STOP, PN_CARD_BUTTON_DETAILS, say_writing },
  { PN_CARD_FINISHING_WRITE, NC_ ("card", "Finishing write"), ICON ("finishing"), "working",
    WORKING, TRUE, PN_CARD_BUTTON_DETAILS, PN_CARD_BUTTON_NONE, say_finishing },
  { PN_CARD_CHECKING, NC_ ("card", "Checking"), ICON ("verifying"), "working", WORKING, TRUE,
    PN_CARD_BUTTON_STOP, PN_CARD_BUTTON_DETAILS, say_checking },
  { PN_CARD_RECORDING, NC_ ("card", "Saving record"), ICON ("recording"), "working", WORKING, TRUE,
    PN_CARD_BUTTON_DETAILS, PN_CARD_BUTTON_NONE, say_recording },
  { PN_CARD_DECISION, NC_ ("card", "Needs you"), ICON ("decision"), "decision", NEEDS_YOU, FALSE,
    PN_CARD_BUTTON_DETAILS, PN_CARD_BUTTON_STOP, say_decision },
  { PN_CARD_STALLED, NC_ ("card", "No movement"), ICON ("stalled"), "stalled", WORKING, FALSE,
    PN_CARD_BUTTON_STOP, PN_CARD_BUTTON_DETAILS, say_stalled },
  { PN_CARD_LOST, NC_ ("card", "Gone"), ICON ("lost"), "decision", NEEDS_YOU, FALSE,
    PN_CARD_BUTTON_DETAILS, PN_CARD_BUTTON_STOP, say_lost },
  { PN_CARD_PASSED, NC_ ("card", "Passed"), ICON ("passed"), "passed", PN_CARD_GROUP_PASSED, FALSE,
    PN_CARD_BUTTON_DETAILS, PN_CARD_BUTTON_NONE, say_passed },
  { PN_CARD_REFUSED, NC_ ("card", "Refused"), ICON ("refused"), "refused", NEEDS_YOU, FALSE,
    PN_CARD_BUTTON_DETAILS, PN_CARD_BUTTON_TRY_AGAIN, say_end },
  { PN_CARD_FAILED_RETRY, NC_ ("card", "Failed – try again"), ICON ("failed"), "failed", FAILED,
    FALSE, PN_CARD_BUTTON_TRY_AGAIN, PN_CARD_BUTTON_DETAILS, say_end },
  { PN_CARD_FAILED_UNKNOWN, NC_ ("card", "Failed – look first"), ICON ("failed-unknown"), "failed",
    FAILED, FALSE, PN_CARD_BUTTON_DETAILS, PN_CARD_BUTTON_INSPECT_AGAIN, say_end },
  { PN_CARD_SET_ASIDE, NC_ ("card", "Set aside"), ICON ("set-aside"), "set-aside", NEEDS_YOU, FALSE,
    PN_CARD_BUTTON_DETAILS, PN_CARD_BUTTON_INSPECT_AGAIN, say_end },
  { PN_CARD_STOPPED, NC_ ("card", "Stopped"), ICON ("stopped"), "waiting", WAITING, FALSE,
    PN_CARD_BUTTON_TRY_AGAIN, PN_CARD_BUTTON_DETAILS, say_stopped },
  { PN_CARD_DONE_BEFORE, NC_ ("card", "Done before"), ICON ("done-before"), "decision", NEEDS_YOU,
    FALSE, PN_CARD_BUTTON_DO_AGAIN, PN_CARD_BUTTON_DETAILS, say_done_before },
  { PN_CARD_SKIPPED, NC_ ("card", "Skipped"), ICON ("passed-over"), "waiting", WAITING, FALSE,
    PN_CARD_BUTTON_DETAILS, PN_CARD_BUTTON_NONE, say_skipped },
};
G_STATIC_ASSERT (G_N_ELEMENTS (looks) == PN_CARD_SKIPPED + 1);

static const struct
{
  const char *label, *action;
} buttons[PN_N_CARD_BUTTONS] = {
  [PN_CARD_BUTTON_START] = { NC_ ("card button", "Start"), "slot.start" },
  [PN_CARD_BUTTON_STOP] = { NC_ ("card button", "Stop"), "slot.stop" },
  [PN_CARD_BUTTON_TRY_AGAIN] = { NC_ ("card button", "Try again"), "slot.start" },
  [PN_CARD_BUTTON_INSPECT_AGAIN] = { NC_ ("card button", "Inspect again"), "slot.start" },
  [PN_CARD_BUTTON_DETAILS] = { NC_ ("card button", "Details"), "slot.details" },
  [PN_CARD_BUTTON_USE] = { NC_ ("card button", "Use this slot"), "slot.use" },
  [PN_CARD_BUTTON_DO_AGAIN] = { NC_ ("card button", "Again…"), "slot.again" },
  [PN_CARD_BUTTON_USE_AGAIN] = { NC_ ("card button", "Use again"), "slot.use-again" },
};

const PnCardLook *
pn_card_look (PnCardState state)
{
  g_return_val_if_fail ((guint) state < G_N_ELEMENTS (looks), &looks[0]);
  return &looks[state];
}

const char *
pn_card_look_word (PnCardState state)
{
  return g_dpgettext2 (NULL, "card", pn_card_look (state)->word);
}

const char *
pn_card_group_label (PnCardGroup group)
{
  static const char *const labels[PN_N_CARD_GROUPS] = {
    NC_ ("chip", "All"),    NC_ ("chip", "Working"), NC_ ("chip", "Needs you"),
    NC_ ("chip", "Passed"), NC_ ("chip", "Failed"),  NC_ ("chip", "Waiting"),
  };

  return g_dpgettext2 (NULL, "chip", labels[group]);
}

const char *
pn_card_button_label (PnCardButton button)
{
  const char *label = buttons[button].label;

  return label != NULL ? g_dpgettext2 (NULL, "card button", label) : NULL;
}

const char *
pn_card_button_action (PnCardButton button)
{
  return buttons[button].action;
}

const char *
pn_phase_label (PnPhase phase)
{
  static const char *const labels[PN_N_PHASES] = {
    NC_ ("phase", "Connect"),      NC_ ("phase", "Inspect"), NC_ ("phase", "Lock & firmware"),
    NC_ ("phase", "Start system"), NC_ ("phase", "Storage"), NC_ ("phase", "Write"),
    NC_ ("phase", "Verify"),       NC_ ("phase", "Record"),
  };

  return g_dpgettext2 (NULL, "phase", labels[phase]);
}

char *
pn_card_phase_text (PnClientRun *run)
{
  PnPhase phase = pn_client_run_get_phase (run);

  if (pn_client_run_get_verdict (run) == PN_VERDICT_PASSED)
    return g_strdup_printf (ngettext ("All %d phase", "All %d phases", PN_N_PHASES), PN_N_PHASES);
  /* Translators: a phase, its number, and how many there are: “Write · 6 of 8”. */
  return g_strdup_printf (_ ("%s · %d of %d"), pn_phase_label (phase), (int) phase + 1,
                          PN_N_PHASES);
}

char *
pn_card_sentence (PnClientSlot *slot)
{
  return pn_card_look (pn_client_slot_get_state (slot))->sentence (slot);
}

char *
pn_card_describe (PnClientSlot *slot)
{
  PnCardState state = pn_client_slot_get_state (slot);
  PnClientRun *run = pn_client_slot_get_run (slot);
  const PnCardLook *look = pn_card_look (state);
  g_autoptr (GString) text = g_string_new (pn_client_slot_get_label (slot));
  const char *model = run != NULL ? pn_evidence_get (run, PN_EVIDENCE_MODEL) : NULL;

  if (model != NULL && state != PN_CARD_EMPTY)
    g_string_append_printf (text, ", %s", model);
  g_string_append_printf (text, ", %s", pn_card_look_word (state));
  if (look->moving && run != NULL && pn_client_run_get_fraction (run) >= 0)
    {
      g_autofree char *percent = pn_format_percent (pn_client_run_get_fraction (run));
      g_autofree char *left = pn_format_left (pn_client_run_get_seconds_left (run));

      g_string_append_printf (text, ", %s%s%s", percent, left[0] != '\0' ? ", " : "", left);
    }
  else
    {
      g_autofree char *sentence = look->sentence (slot);

      g_string_append_printf (text, ". %s", sentence);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}
