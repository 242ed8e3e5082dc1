/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inspect: whose is the device, and is everything that a permanent step needs in place? Nothing in
 * this phase changes the device.
 *
 * A BCM2712 tells its key only by what it accepts: a plain loader proves a blank OTP, a
 * counter-signed one proves our key, and one that refuses both is somebody else's (signing.md §7).
 * A BCM2711 runs Raspberry Pi's loader in any case, and then reports the key; where it does not,
 * the provisioning system knows. A BCM2710 can hold no key, and has no recovery that could be
 * asked. Before a fresh device is locked, the provisioning system is started on it once, unsigned,
 * so that its model, its storage and the system itself are known to be right while nothing is
 * permanent. */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "pn-run-private.h"
#include "pn-support.h"

static void
say_error (PnRunContext *self, const GError *error)
{
  g_autofree char *sentence = pn_error_to_sentence (error);

  pn_run_host_tell (self->host, sentence);
}

static void
set_fact (char **fact, const char *value)
{
  if (value != NULL)
    {
      g_free (*fact);
      *fact = g_strdup (value);
    }
}

static void
learn_metadata (PnRunContext *self, PnMetadata *metadata)
{
  PnDeviceFacts *facts = &self->result->facts;
  const char *uuid = pn_metadata_get (metadata, "FACTORY_UUID");
  guint32 revision = pn_metadata_get_board_revision (metadata);

  set_fact (&facts->mac, pn_metadata_get (metadata, "MAC_ADDR"));
  if (uuid != NULL)
    {
      g_free (facts->duid);
      facts->duid = pn_duid_decode (uuid);
    }
  if (revision != 0)
    facts->board_revision = revision;
  if (pn_metadata_get_key_hash (metadata, &facts->key_hash))
    facts->key_hash_known = TRUE;
  pn_run_host_facts (self->host, facts);
}

/* The serial that recovery reports has no leading zeros (rpiboot.md §7.2). */
static gboolean
check_reported_serial (PnRunContext *self, PnMetadata *metadata, GError **error)
{
  const char *reported = pn_metadata_get (metadata, "USER_SERIAL_NUM");
  const char *serial = self->result->facts.serial;
  guint64 a, b;

  if (reported == NULL || serial == NULL ||
      !g_ascii_string_to_unsigned (reported, 16, 0, G_MAXUINT64, &a, NULL) ||
      !g_ascii_string_to_unsigned (serial, 16, 0, G_MAXUINT64, &b, NULL))
    return TRUE;
  if ((a & G_MAXUINT32) == (b & G_MAXUINT32))
    return TRUE;
  pn_set_error (error, PN_ERROR_WRONG_DEVICE,
                "The device says two serial numbers: %s on USB, %s from recovery", serial,
                reported);
  return FALSE;
}

gboolean
pn_run_check_board (PnRunContext *self, guint32 revision, const char *model, GError **error)
{
  PnChip chip = pn_manifest_get_chip (self->manifest);
  PnSupport support =
      pn_support_check_board (chip, pn_manifest_get_mode (self->manifest),
                              pn_manifest_get_storage (self->manifest), revision, model);
  g_autofree char *board =
      g_strdup_printf ("%06x%s%s", revision, model != NULL ? ", " : "", model != NULL ? model : "");
  PnChip found;

  if (model != NULL ? pn_support_find_chip (model, &found) && found != chip
                    : revision != 0 && ((revision >> 12) & 0xf) != self->traits->processor)
    {
      pn_run_classify (self, PN_DEVICE_WRONG_FAMILY);
      pn_set_error (error, PN_ERROR_WRONG_DEVICE,
                    "This bundle is for the chip %s, but this is a board with another one (%s)",
                    pn_chip_to_word (chip), board);
    }
  else if (support != PN_SUPPORT_YES)
    {
      pn_run_classify (self, support == PN_SUPPORT_MODEL_STORAGE ? PN_DEVICE_NO_STORAGE
                                                                 : PN_DEVICE_WRONG_MODEL);
      pn_set_error (error, PN_ERROR_WRONG_DEVICE, "Board revision %s", board);
      pn_prefix_error_sentence (error, pn_support_to_sentence (support));
    }
  else
    return TRUE;
  return FALSE;
}

gboolean
pn_run_check_metadata (PnRunContext *self, PnMetadata *metadata, gboolean locking, GError **error)
{
  PnPublicKey *key = pn_manifest_get_public_key (self->manifest);
  const PnDeviceFacts *facts = &self->result->facts;
  PnSha256 ours;

  learn_metadata (self, metadata);
  if (!check_reported_serial (self, metadata, error) ||
      !pn_run_check_board (self, facts->board_revision, NULL, error))
    return FALSE;
  if (!facts->key_hash_known)
    return TRUE;
  if (pn_sha256_is_zero (&facts->key_hash))
    {
      if (self->key_state != PN_KEY_STATE_OURS && !locking)
        return TRUE;
      pn_set_error (error, PN_ERROR_VERIFY,
                    "The device reports that no key is in OTP, although it must hold ours");
      return FALSE;
    }
  if (key != NULL)
    {
      ours = pn_public_key_get_fingerprint (key);
      if (pn_sha256_equal (&ours, &facts->key_hash))
        return TRUE;
    }
  pn_set_error (error, PN_ERROR_LOCKED_OTHER_KEY,
                key != NULL
                    ? N_ ("This device is locked with another key; only its owner can use it")
                    : N_ ("This device is locked; a bundle without protection cannot be used"));
  return FALSE;
}

/* As soon as the device's serial is known. */
static void
recall (PnRunContext *self)
{
  const char *serial = self->result->facts.serial;

  if (self->recalled || serial == NULL)
    return;
  self->recalled = TRUE;
  self->history = pn_run_host_recall (self->host, serial, self->cancellable);
}

/* What the device says of its key goes before what the records say: one that holds none is not
 * done, whatever they have of its number. */
static void
classify (PnRunContext *self)
{
  gboolean locks = pn_mode_locks (pn_manifest_get_mode (self->manifest));
  const PnHistory *history = &self->history;

  if (history->done && !(locks && self->key_state == PN_KEY_STATE_BLANK))
    pn_run_classify (self, PN_DEVICE_DONE);
  else if (history->unfinished)
    {
      pn_run_classify (self, PN_DEVICE_UNFINISHED);
      pn_run_host_evidence (self->host, PN_UNFINISHED_EVIDENCE, pn_phase_to_word (history->phase));
    }
  else if (self->key_state == PN_KEY_STATE_OURS)
    pn_run_classify (self, PN_DEVICE_OURS);
  else if (self->key_state == PN_KEY_STATE_BLANK)
    pn_run_classify (self, PN_DEVICE_FRESH);
}

/* A recovery that ran and then said nothing is not asked again: where no image is offered to it,
 * that is one way to take it (rpiboot.md §9). What the boot ROM took of us still counts. */
static gboolean
fell_silent (PnRunContext *self, PnLoaderFate fate, const GError *error)
{
  if (fate != PN_LOADER_RAN || (!g_error_matches (error, PN_ERROR, PN_ERROR_TIMED_OUT) &&
                                !g_error_matches (error, PN_ERROR, PN_ERROR_PROTOCOL)))
    return FALSE;
  say_error (self, error);
  pn_run_host_log (self->host, "The device does not answer without being given new firmware; "
                               "going on without its answers");
  return TRUE;
}

/* Tries the loaders in turn until recovery has run once, reading only. */
static gboolean
try_loaders (PnRunContext *self, PnMetadata *metadata, GError **error)
{
  gboolean secure = pn_mode_locks (pn_manifest_get_mode (self->manifest));
  gboolean known = secure && self->history.locked;
  PnBootVariant first = known ? PN_BOOT_COUNTERSIGNED : PN_BOOT_PLAIN;
  PnBootVariant variants[2] = { first, PN_BOOT_COUNTERSIGNED - first };
  guint n_variants = secure ? 2 : 1;

  for (guint i = 0; i < n_variants; i++)
    {
      g_autoptr (GError) local = NULL;
      PnLoaderFate fate;

      if (i > 0 &&
          !pn_run_need_rom (self, FALSE,
                            N_ ("The device refused the first loader; it is probably locked "
                                "already."),
                            error))
        return FALSE;
      if (pn_run_recovery (self, variants[i], PN_ROLE_RECOVERY_CONFIG_INSPECT, metadata, &fate,
                           &local) ||
          fell_silent (self, fate, local))
        {
          self->key_state = variants[i] == PN_BOOT_PLAIN ? PN_KEY_STATE_BLANK : PN_KEY_STATE_OURS;
          return TRUE;
        }
      if (fate != PN_LOADER_REFUSED)
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      say_error (self, local);
    }
  pn_set_error (
      error, PN_ERROR_LOCKED_OTHER_KEY,
      secure
          ? N_ ("The device refused both the plain loader and the one signed with our key: it is "
                "locked with another key, or its boot ROM does not accept the recovery.bin of this "
                "bundle")
          : N_ ("The device refused the loader: either it is locked, and a bundle without "
                "protection cannot be used on it, or its boot ROM does not accept the recovery.bin "
                "of this bundle; then prepare it with a newer one"));
  return FALSE;
}

/* One recovery run, reading only, and what it tells of the key. */
static gboolean
read_key (PnRunContext *self, PnMetadata *metadata, GError **error)
{
  const PnDeviceFacts *facts = &self->result->facts;
  g_autoptr (GError) local = NULL;
  PnLoaderFate fate;

  recall (self);
  if (self->traits->countersigned)
    return try_loaders (self, metadata, error) &&
           pn_run_check_metadata (self, metadata, FALSE, error);
  if (!pn_run_recovery (self, PN_BOOT_PLAIN, PN_ROLE_RECOVERY_CONFIG_INSPECT, metadata, &fate,
                        &local) &&
      !fell_silent (self, fate, local))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (!pn_run_check_metadata (self, metadata, FALSE, error))
    return FALSE;
  if (facts->key_hash_known)
    self->key_state = pn_sha256_is_zero (&facts->key_hash) ? PN_KEY_STATE_BLANK : PN_KEY_STATE_OURS;
  return TRUE;
}

/* A device that lost its power between its key and its JTAG lock has the one without the other. */
static gboolean
read_device (PnRunContext *self, GError **error)
{
  g_autoptr (PnMetadata) metadata = pn_metadata_new ();
  gboolean locked;

  if (!read_key (self, metadata, error))
    return FALSE;
  self->jtag_missing = self->key_state == PN_KEY_STATE_OURS &&
                       pn_run_makes_permanent (self, PN_PERMANENT_JTAG_LOCK) &&
                       !(pn_run_get_jtag (metadata, &locked) && locked);
  return TRUE;
}

/* Before anything is changed: what is not there yet and will be for ever has been agreed to. */
static gboolean
check_consent (PnRunContext *self, GError **error)
{
  gboolean locking = pn_mode_locks (pn_manifest_get_mode (self->manifest)) &&
                     self->key_state == PN_KEY_STATE_BLANK;
  gboolean other = self->job->permit_permanent;

  if (locking && self->job->skip_firmware)
    return pn_set_error (error, PN_ERROR_NOT_SUPPORTED,
                         "The override “Skip the firmware step” is for a device that is locked "
                         "with the recipe's key already, and this one is not locked; nothing was "
                         "changed. Clear the override");
  if (self->jtag_missing && self->job->skip_firmware)
    return pn_set_error (error, PN_ERROR_NOT_SUPPORTED,
                         "The override “Skip the firmware step” would leave the debug port (JTAG) "
                         "of this device open, which the recipe wants closed; nothing was changed. "
                         "Clear the override");
  if ((!locking && !self->jtag_missing && !self->device_key_missing) || pn_run_is_permitted (self))
    return TRUE;
  if (locking)
    pn_set_error (
        error, PN_ERROR_CONSENT,
        other ? N_ ("The consent names another key than the bundle's; nothing was changed")
              : N_ ("Locking this device is permanent and was not consented to; nothing was "
                    "changed"));
  else if (self->jtag_missing)
    pn_set_error (
        error, PN_ERROR_CONSENT,
        other ? N_ ("The consent names another key than the bundle's; nothing was changed")
              : N_ ("Closing the debug port (JTAG) is permanent for this device and was not "
                    "consented to; nothing was changed"));
  else
    pn_set_error (error, PN_ERROR_CONSENT,
                  other ? N_ ("The consent is for another bundle; nothing was changed")
                        : N_ ("Making an identity of its own is permanent for this device and was "
                              "not consented to; nothing was changed"));
  return FALSE;
}

/* A device in the provisioning system was left there by an earlier run: where a jumper leads it
 * back to the boot ROM, nobody has to unplug it. Only at a person's word, as it may be one that is
 * done. */
static void
restart_device (PnRunContext *self)
{
  g_autofree char *answer = NULL;
  g_autoptr (GError) error = NULL;

  self->fastboot = pn_fastboot_new_usb (self->transport);
  answer = pn_run_command (self, self->job->limits.rejected, &error, "reboot");
  if (answer == NULL)
    pn_run_host_log (self->host, "The device did not restart by itself: %s", error->message);
  else
    (void) pn_run_next (self, self->job->limits.rejected, NULL);
}

static gboolean
admit (PnRunContext *self, GError **error)
{
  if (!pn_run_host_vouch (self->host, self->cancellable, error) ||
      !pn_run_host_admit (self->host, &self->result->facts, self->cancellable, error))
    return FALSE;
  if (self->bootstrapped)
    return TRUE;
  self->bootstrapped = TRUE;
  return pn_run_hook (self, PN_HOOK_BOOTSTRAP, error);
}

/* A device that is not locked, and whose boot firmware was signed by somebody, starts nothing any
 * more (workflows.md H-22). What brings it back is the firmware that this run writes anyway. */
static gboolean
start_system (PnRunContext *self, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (pn_run_boot_gadget (self, PN_BOOT_PLAIN, &local))
    return TRUE;
  if (!self->wants_signature || self->key_state != PN_KEY_STATE_BLANK ||
      pn_mode_locks (pn_manifest_get_mode (self->manifest)) ||
      !pn_manifest_updates_eeprom (self->manifest) || self->job->skip_firmware)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  pn_run_host_log (self->host, "The boot firmware on this device starts only signed systems, "
                               "although the device is not locked: it is replaced first");
  return pn_run_restore_firmware (self, error) && pn_run_boot_gadget (self, PN_BOOT_PLAIN, error);
}

/* The provisioning system is started to look around, while nothing is permanent. */
static gboolean
look_inside (PnRunContext *self, gboolean *in_gadget, GError **error)
{
  if (!start_system (self, error) || !pn_run_identify (self, error))
    return FALSE;
  recall (self);
  classify (self);
  if (!self->traits->tells_serial && !admit (self, error))
    return FALSE;
  *in_gadget = TRUE;
  return check_consent (self, error) && pn_run_plan_storage (self, error);
}

gboolean
pn_run_inspect (PnRunContext *self, gboolean *in_gadget, GError **error)
{
  *in_gadget = FALSE;
  if (self->job->by_hand && pn_fastboot_matches (pn_transport_get_identity (self->transport)))
    restart_device (self);
  if (!pn_run_need_rom (self, FALSE, N_ ("The device is not in USB boot mode."), error))
    return FALSE;
  if (!self->traits->has_eeprom)
    {
      self->key_state = PN_KEY_STATE_BLANK;
      return look_inside (self, in_gadget, error);
    }
  if (!read_device (self, error))
    return FALSE;
  classify (self);
  if (!admit (self, error) || !check_consent (self, error))
    return FALSE;
  if (self->key_state == PN_KEY_STATE_OURS)
    {
      pn_run_host_log (self->host, "The device is locked with our key");
      return TRUE;
    }
  pn_run_host_log (
      self->host,
      self->key_state == PN_KEY_STATE_BLANK
          ? N_ ("The device is not locked; starting the system to look at it")
          : N_ ("The device does not say whether it is locked; starting the system to look"));
  pn_run_forget_device (self);
  if (!pn_run_next (self, self->job->limits.appear, NULL) &&
      !pn_run_need_rom (self, FALSE, N_ ("The device did not come back."), error))
    return FALSE;
  return look_inside (self, in_gadget, error);
}
