/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a card says follows from what the helper says of the slot and its run, and from how long ago
 * that was. What protects the device goes first: while unplugging could cost it, the card says
 * nothing else, however silent the device is (it is, while it erases its EEPROM). */
#include "config.h"

#include "pn-card-state.h"

#define STALLED_AFTER (20 * G_USEC_PER_SEC)
/* A device that leaves for a moment was not pulled out; one that restarts is gone for longer. */
#define LOST_AFTER (5 * G_USEC_PER_SEC)
#define LOST_AFTER_RESTART (45 * G_USEC_PER_SEC)

static gboolean
may_restart (PnPhase phase)
{
  return phase < PN_PHASE_STORAGE;
}

static PnCardState
state_of_phase (const PnCardFacts *facts)
{
  switch (facts->phase)
    {
    case PN_PHASE_LOCK:
      return PN_CARD_FIRMWARE;
    case PN_PHASE_START:
      return PN_CARD_STARTING;
    case PN_PHASE_STORAGE:
      return PN_CARD_STORAGE;
    case PN_PHASE_WRITE:
      return facts->all_sent ? PN_CARD_FINISHING_WRITE : PN_CARD_WRITING;
    case PN_PHASE_VERIFY:
      return PN_CARD_CHECKING;
    case PN_PHASE_RECORD:
      return PN_CARD_RECORDING;
    case PN_PHASE_CONNECT:
    case PN_PHASE_INSPECT:
    default:
      return PN_CARD_LOOKING;
    }
}

static PnCardState
state_while_busy (const PnCardFacts *facts, gint64 *change)
{
  PnCardState state = state_of_phase (facts);
  gint64 lost = may_restart (facts->phase) ? LOST_AFTER_RESTART : LOST_AFTER;

  if (facts->do_not_disconnect)
    return PN_CARD_LOCKING;
  if (facts->instructed)
    return PN_CARD_DECISION;
  if (!facts->present)
    {
      if (facts->absent >= lost)
        return PN_CARD_LOST;
      *change = lost - facts->absent;
      return state;
    }
  /* The device says nothing while it saves the last data, and may take minutes. */
  if (state == PN_CARD_FINISHING_WRITE)
    return state;
  if (facts->still >= STALLED_AFTER)
    return PN_CARD_STALLED;
  *change = STALLED_AFTER - facts->still;
  return state;
}

static PnCardState
state_when_ended (const PnCardFacts *facts)
{
  switch (facts->verdict)
    {
    case PN_VERDICT_PASSED:
      return PN_CARD_PASSED;
    case PN_VERDICT_REFUSED:
      return facts->done_before ? PN_CARD_DONE_BEFORE
             : facts->skipped   ? PN_CARD_SKIPPED
                                : PN_CARD_REFUSED;
    case PN_VERDICT_CANCELLED:
      return PN_CARD_STOPPED;
    case PN_VERDICT_SET_ASIDE:
      return PN_CARD_SET_ASIDE;
    case PN_VERDICT_FAILED:
    case PN_VERDICT_RUNNING:
    default:
      return facts->condition == PN_CONDITION_UNTOUCHED || facts->condition == PN_CONDITION_RETRY
                 ? PN_CARD_FAILED_RETRY
                 : PN_CARD_FAILED_UNKNOWN;
    }
}

PnCardState
pn_card_state_derive (const PnCardFacts *facts, gint64 *change)
{
  static const struct
  {
    const char *word;
    PnCardState state;
  } quiet[] = {
    { "empty", PN_CARD_EMPTY },     { "unused", PN_CARD_UNUSED }, { "excluded", PN_CARD_EXCLUDED },
    { "resting", PN_CARD_RESTING }, { "waiting", PN_CARD_FOUND }, { "held", PN_CARD_HELD },
    { "ready", PN_CARD_READY },
  };

  *change = -1;
  for (guint i = 0; i < G_N_ELEMENTS (quiet); i++)
    if (g_strcmp0 (facts->slot_state, quiet[i].word) == 0)
      return quiet[i].state;
  /* "running" and "finished" are said by the run: its words may come a little earlier or later. */
  if (!facts->has_run)
    return g_strcmp0 (facts->slot_state, "running") == 0 ? PN_CARD_LOOKING
           : facts->present                              ? PN_CARD_FOUND
                                                         : PN_CARD_EMPTY;
  return facts->verdict == PN_VERDICT_RUNNING ? state_while_busy (facts, change)
                                              : state_when_ended (facts);
}

G_DEFINE_ENUM_TYPE (PnCardState,
                    pn_card_state,
                    G_DEFINE_ENUM_VALUE (PN_CARD_EMPTY, "empty"),
                    G_DEFINE_ENUM_VALUE (PN_CARD_UNUSED, "unused"),
                    G_DEFINE_ENUM_VALUE (PN_CARD_EXCLUDED, "excluded"),
                    G_DEFINE_ENUM_VALUE (PN_CARD_RESTING, "resting"),
                    G_DEFINE_ENUM_VALUE (PN_CARD_FOUND, "found"),
                    G_DEFINE_ENUM_VALUE (PN_CARD_HELD, "held"),
                    G_DEFINE_ENUM_VALUE (PN_CARD_READY, "ready"),
                    G_DEFINE_ENUM_VALUE (PN_CARD_LOOKING, "looking"),
                    G_DEFINE_ENUM_VALUE (PN_CARD_FIRMWARE, "firmware"),
                    G_DEFINE_ENUM_VALUE (PN_CARD_LOCKING, "locking"),
                    G_DEFINE_ENUM_VALUE (PN_CARD_STARTING, "starting"),
                    G_DEFINE_ENUM_VALUE (PN_CARD_STORAGE, "storage"),
                    G_DEFINE_ENUM_VALUE (PN_CARD_WRITING, "writing"),
                    G_DEFINE_ENUM_VALUE (PN_CARD_FINISHING_WRITE, "finishing-write"),
                    G_DEFINE_ENUM_VALUE (PN_CARD_CHECKING, "checking"),
                    G_DEFINE_ENUM_VALUE (PN_CARD_RECORDING, "recording"),
                    G_DEFINE_ENUM_VALUE (PN_CARD_DECISION, "decision"),
                    G_DEFINE_ENUM_VALUE (PN_CARD_STALLED, "stalled"),
                    G_DEFINE_ENUM_VALUE (PN_CARD_LOST, "lost"),
                    G_DEFINE_ENUM_VALUE (PN_CARD_PASSED, "passed"),
                    G_DEFINE_ENUM_VALUE (PN_CARD_REFUSED, "refused"),
                    G_DEFINE_ENUM_VALUE (PN_CARD_FAILED_RETRY, "failed-retry"),
                    G_DEFINE_ENUM_VALUE (PN_CARD_FAILED_UNKNOWN, "failed-unknown"),
                    G_DEFINE_ENUM_VALUE (PN_CARD_SET_ASIDE, "set-aside"),
                    G_DEFINE_ENUM_VALUE (PN_CARD_STOPPED, "stopped"),
                    G_DEFINE_ENUM_VALUE (PN_CARD_DONE_BEFORE, "done-before"),
                    G_DEFINE_ENUM_VALUE (PN_CARD_SKIPPED, "skipped"))
