/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One device from connect to record. The phases are in files of their own; here is their order, and
 * what a failure in one of them means for the device. */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "pn-run-private.h"
#include "pn-support.h"

PnLimits
pn_limits_default (void)
{
  return (PnLimits){
    .appear = 30 * 1000,
    .gadget = 90 * 1000,
    .replug = 10 * 60 * 1000,
    .rejected = 8 * 1000,
    .message = 60 * 1000,
    .command = 30 * 1000,
    .node = 10 * 1000,
    .network = 10 * 1000,
    .flash = 600 * 1000,
  };
}

PnLimits
pn_limits_scale (PnLimits limits, double factor)
{
  guint *const all[] = { &limits.appear,   &limits.gadget,  &limits.replug,
                         &limits.rejected, &limits.message, &limits.command,
                         &limits.node,     &limits.network, &limits.flash };
  G_STATIC_ASSERT (G_N_ELEMENTS (all) == sizeof limits / sizeof (guint));

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    *all[i] = (guint) MAX (1, *all[i] * factor);
  return limits;
}

void
pn_device_facts_clear (PnDeviceFacts *self)
{
  g_free (self->serial);
  g_free (self->model);
  g_free (self->mac);
  g_free (self->duid);
  memset (self, 0, sizeof *self);
}

void
pn_run_result_clear (PnRunResult *self)
{
  pn_device_facts_clear (&self->facts);
  memset (self, 0, sizeof *self);
}

static void
clear_written (gpointer data)
{
  g_clear_pointer (&((PnWritten *) data)->ranges, g_array_unref);
}

static void
clear_context (PnRunContext *self)
{
  pn_run_forget_device (self);
  g_clear_object (&self->network);
  pn_run_set_clear (self);
  g_clear_pointer (&self->root, pn_runs_free);
  g_clear_pointer (&self->boot, pn_runs_free);
  g_clear_pointer (&self->written, g_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PnRunContext, clear_context)

static void
begin (PnRunContext *self, PnPhase phase)
{
  self->result->phase = phase;
  pn_run_host_phase (self->host, phase);
}

gboolean
pn_run_hook (PnRunContext *self, PnHookStage stage, GError **error)
{
  if (pn_manifest_find_hook (self->manifest, stage) == NULL)
    return TRUE;
  pn_run_host_log (self->host, "Running the hook %s", pn_hook_stage_to_word (stage));
  return pn_run_host_hook (self->host, stage, self->result, self->cancellable, error);
}

/* A manifest that says otherwise does not parse; here is where it would do harm. */
static gboolean
connect_device (PnRunContext *self, GError **error)
{
  PnSupport support = pn_support_check (pn_manifest_get_chip (self->manifest),
                                        pn_manifest_get_mode (self->manifest),
                                        pn_manifest_get_storage (self->manifest));

  begin (self, PN_PHASE_CONNECT);
  if (support != PN_SUPPORT_YES)
    {
      pn_set_error (error, PN_ERROR_NOT_SUPPORTED, "%s, %s, %s",
                    pn_chip_to_word (pn_manifest_get_chip (self->manifest)),
                    pn_mode_to_word (pn_manifest_get_mode (self->manifest)),
                    pn_storage_to_word (pn_manifest_get_storage (self->manifest)));
      pn_prefix_error_sentence (error, pn_support_to_sentence (support));
      return FALSE;
    }
  return pn_run_next (self, self->job->limits.appear, error);
}

/* The system that was started to look at the device gives way to the boot ROM again. */
static gboolean
leave_gadget (PnRunContext *self, GError **error)
{
  g_autofree char *answer = pn_run_command (self, self->job->limits.command, error, "reboot");

  return answer != NULL;
}

static gboolean
lock_and_start (PnRunContext *self, gboolean in_gadget, GError **error)
{
  gboolean secure = pn_mode_locks (pn_manifest_get_mode (self->manifest));

  begin (self, PN_PHASE_LOCK);
  if (self->job->skip_firmware)
    pn_run_host_log (self->host, "The firmware step is left out: the boot EEPROM stays as it is");
  if (pn_run_is_locking (self) || self->jtag_missing ||
      (pn_manifest_updates_eeprom (self->manifest) && !self->job->skip_firmware))
    {
      if (in_gadget && !leave_gadget (self, error))
        return FALSE;
      if (!pn_run_lock (self, error))
        return FALSE;
      in_gadget = FALSE;
    }
  begin (self, PN_PHASE_START);
  if (!in_gadget)
    {
      pn_run_forget_device (self);
      if (!pn_run_next (self, self->job->limits.appear, NULL) &&
          !pn_run_need_rom (self, FALSE, N_ ("The device did not come back."), error))
        return FALSE;
      if (!pn_run_boot_gadget (self, secure ? PN_BOOT_COUNTERSIGNED : PN_BOOT_PLAIN, error) ||
          !pn_run_identify (self, error))
        return FALSE;
    }
  return pn_run_device_key (self, error);
}

static gboolean
finish (PnRunContext *self, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *answer = NULL;

  begin (self, PN_PHASE_RECORD);
  if (!pn_run_hook (self, PN_HOOK_POST_FLASH, error))
    {
      self->hook_failed = TRUE;
      return FALSE;
    }
  /* The visible sign at the device; it proves nothing, and its failure is none of ours. */
  answer = pn_run_command (self, self->job->limits.command, &local, "oem led PWR 0");
  if (answer == NULL)
    pn_run_host_log (self->host, "The device's power LED could not be switched off (%s)",
                     local->message);
  return TRUE;
}

static gboolean
run_phases (PnRunContext *self, GError **error)
{
  gboolean in_gadget = FALSE;

  if (!pn_run_set_load (self, error) || !connect_device (self, error))
    return FALSE;
  begin (self, PN_PHASE_INSPECT);
  if (!pn_run_inspect (self, &in_gadget, error) || !lock_and_start (self, in_gadget, error))
    return FALSE;
  begin (self, PN_PHASE_STORAGE);
  if (!pn_run_hook (self, PN_HOOK_PROVISION_STARTED, error) || !pn_run_storage (self, error))
    return FALSE;
  begin (self, PN_PHASE_WRITE);
  if (!pn_run_write (self, error))
    return FALSE;
  begin (self, PN_PHASE_VERIFY);
  if (!pn_run_verify (self, error))
    return FALSE;
  if (self->set != NULL)
    return pn_run_set_close (self, error) && finish (self, error);
  /* The disk was read back, and is the image as it is. */
  if (pn_manifest_get_mode (self->manifest) == PN_MODE_NAKED)
    pn_run_host_evidence (self->host, "storage-encryption", "none");
  return finish (self, error);
}

static PnVerdict
judge (PnRunContext *self, const GError *error)
{
  if (pn_error_is_cancelled (error))
    return PN_VERDICT_CANCELLED;
  if (self->permanent || self->open_intents > 0 || self->storage_touched || self->eeprom_touched)
    return PN_VERDICT_FAILED;
  switch ((PnError) (error->domain == PN_ERROR ? error->code : PN_ERROR_FAILED))
    {
    case PN_ERROR_WRONG_DEVICE:
    case PN_ERROR_LOCKED_OTHER_KEY:
    case PN_ERROR_NO_SPACE:
    case PN_ERROR_CONSENT:
    case PN_ERROR_NOT_SUPPORTED:
    case PN_ERROR_EXISTS:
    case PN_ERROR_PERMISSION:
    case PN_ERROR_STALE:
      return PN_VERDICT_REFUSED;
    case PN_ERROR_FAILED:
    case PN_ERROR_INVALID_ARGUMENT:
    case PN_ERROR_INVALID_DATA:
    case PN_ERROR_NOT_FOUND:
    case PN_ERROR_IO:
    case PN_ERROR_BUSY:
    case PN_ERROR_KEY:
    case PN_ERROR_SIGNATURE:
    case PN_ERROR_PROTOCOL:
    case PN_ERROR_TIMED_OUT:
    case PN_ERROR_DISCONNECTED:
    case PN_ERROR_REJECTED:
    case PN_ERROR_VERIFY:
    case PN_ERROR_CANCELLED:
    default:
      return PN_VERDICT_FAILED;
    }
}

void
pn_run_classify (PnRunContext *self, PnDeviceClass device)
{
  if (self->result->device_class == device)
    return;
  self->result->device_class = device;
  pn_run_host_evidence (self->host, PN_DEVICE_CLASS_EVIDENCE, pn_device_class_to_word (device));
}

/* What an error has found out of the device, where that is not said where it is found. */
static void
classify_failure (PnRunContext *self, const GError *error)
{
  if (g_error_matches (error, PN_ERROR, PN_ERROR_LOCKED_OTHER_KEY))
    pn_run_classify (self, PN_DEVICE_OTHER_KEY);
  else if (g_error_matches (error, PN_ERROR, PN_ERROR_NO_SPACE) && !self->storage_touched)
    pn_run_classify (self, PN_DEVICE_SMALL_STORAGE);
  else if (g_error_matches (error, PN_ERROR, PN_ERROR_EXISTS))
    pn_run_classify (self, PN_DEVICE_DONE);
}

static PnCondition
condition_of (PnRunContext *self, const GError *error)
{
  if (self->open_intents > 0)
    return PN_CONDITION_SET_ASIDE;
  /* What the device says of what was burned is not what was wanted. Flash alone is written again.
   */
  if (self->intended && self->eeprom_touched && self->result->phase == PN_PHASE_LOCK &&
      g_error_matches (error, PN_ERROR, PN_ERROR_VERIFY))
    return PN_CONDITION_SET_ASIDE;
  if (self->hook_failed)
    return PN_CONDITION_DONE;
  if (self->storage_touched)
    return PN_CONDITION_POWER_CYCLE;
  if (self->permanent || self->eeprom_touched)
    return PN_CONDITION_RETRY;
  return PN_CONDITION_UNTOUCHED;
}

/* What the device is says best what to do with it, while no run has begun to change it. */
static const char *
class_advice (const PnRunResult *self)
{
  gboolean said =
      self->device_class == PN_DEVICE_WRITE_PROTECTED
          ? self->condition == PN_CONDITION_RETRY
          : self->verdict == PN_VERDICT_REFUSED && self->condition == PN_CONDITION_UNTOUCHED;

  return said ? pn_device_class_to_advice (self->device_class) : NULL;
}

const char *
pn_run_result_advice (const PnRunResult *self)
{
  const char *advice = class_advice (self);

  if (advice != NULL)
    return advice;
  switch (self->condition)
    {
    case PN_CONDITION_UNTOUCHED:
      return self->verdict == PN_VERDICT_REFUSED
                 ? N_ ("The device is as it was. Unplug it; see the reason before you try it "
                       "again.")
                 : N_ ("The device is as it was. Unplug it and plug it in again to retry.");
    case PN_CONDITION_RETRY:
      return N_ ("The device is good. Unplug it and plug it in again to go on.");
    case PN_CONDITION_POWER_CYCLE:
      /* Once there is something on its card that it starts from, it is not seen any more. */
      if (!pn_chip_get_traits (self->chip)->has_eeprom)
        return N_ ("The device is good, but what is on its SD card is not complete. Take away its "
                   "power, erase the card or put in an empty one, then plug it in again.");
      return N_ (
          "The device is good, but what is on its storage is not complete. Take away its power, "
          "then plug it in again.");
    case PN_CONDITION_SET_ASIDE:
      return N_ ("Set the device aside: a permanent step may or may not have been made. Inspect it "
                 "before you use it.");
    case PN_CONDITION_DONE:
    default:
      if (self->verdict != PN_VERDICT_PASSED)
        return N_ (
            "The device is written and verified; only the hook after it failed, and what it "
            "was to do is not done. Its output is in the log. Plug the device in again to do "
            "everything anew.");
      return N_ ("The device is done. Unplug it.");
    }
}

gboolean
pn_run (const PnJob *job,
        PnRunHost *host,
        PnRunResult *result,
        GCancellable *cancellable,
        GError **error)
{
  g_auto (PnRunContext) self = {
    .job = job,
    .manifest = job->manifest,
    .traits = pn_chip_get_traits (pn_manifest_get_chip (job->manifest)),
    .host = host,
    .result = result,
    .cancellable = cancellable,
  };
  g_autoptr (GError) local = NULL;

  memset (result, 0, sizeof *result);
  result->chip = pn_manifest_get_chip (job->manifest);
  self.written = g_array_new (FALSE, FALSE, sizeof (PnWritten));
  g_array_set_clear_func (self.written, clear_written);
  if (run_phases (&self, &local))
    {
      result->verdict = PN_VERDICT_PASSED;
      result->condition = PN_CONDITION_DONE;
      return TRUE;
    }
  classify_failure (&self, local);
  result->condition = condition_of (&self, local);
  result->verdict =
      result->condition == PN_CONDITION_SET_ASIDE ? PN_VERDICT_SET_ASIDE : judge (&self, local);
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}
