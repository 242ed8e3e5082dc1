/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lock & firmware: the one recovery run that writes. For a fresh device of a locking bundle it
 * burns the key's hash into OTP; its intent is in the journal before the loader is sent, and what
 * proves it is the device's own metadata, never that a transfer ended (workflows.md §4.3.5, H-5).
 */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "pn-run-private.h"

#define STEP_KEY "customer-key"
#define STEP_JTAG "jtag-lock"

static gboolean
require (
    PnMetadata *metadata, const char *key, const char *wanted, const char *meaning, GError **error)
{
  const char *value = pn_metadata_get (metadata, key);

  if (value != NULL && g_ascii_strcasecmp (value, wanted) == 0)
    return TRUE;
  pn_set_error (error, PN_ERROR_VERIFY, "The device reports %s = %s, expected %s", key,
                value != NULL ? value : "–", wanted);
  pn_prefix_error_sentence (error, meaning);
  return FALSE;
}

/* Recovery took the image and could not write it. The image itself was proved before it was
 * sealed, so what is left is the flash: eeprom.md §9. Where the key is known not to be in OTP
 * nothing is in doubt. */
static gboolean
check_written (PnRunContext *self, PnMetadata *metadata, GError **error)
{
  const char *said = pn_metadata_get (metadata, "EEPROM_UPDATE");

  if (self->open_intent || g_strcmp0 (said, "fail") != 0)
    return TRUE;
  pn_run_classify (self, PN_DEVICE_WRITE_PROTECTED);
  pn_set_error (error, PN_ERROR_REJECTED,
                "The device could not write its boot EEPROM (EEPROM_UPDATE = %s); most likely it "
                "is write-protected",
                said);
  return FALSE;
}

static gboolean
check_evidence (PnRunContext *self, PnMetadata *metadata, gboolean locking, GError **error)
{
  const PnArtefact *eeprom = pn_manifest_find (self->manifest, PN_ROLE_EEPROM);
  g_autofree char *eeprom_hash = pn_sha256_to_hex (&eeprom->digest);

  if (!check_written (self, metadata, error) ||
      !require (metadata, "EEPROM_UPDATE", "success", N_ ("The boot EEPROM was not written"),
                error) ||
      !require (metadata, "EEPROM_HASH", eeprom_hash,
                N_ ("The boot EEPROM holds something else than was sent"), error))
    return FALSE;
  if (locking && !require (metadata, "SECURE_BOOT_PROVISION", "success",
                           N_ ("The device was not locked"), error))
    return FALSE;
  if (locking && g_strv_contains (pn_manifest_get_permanent (self->manifest), STEP_JTAG) &&
      !require (metadata, "JTAG_LOCKED", "1", N_ ("JTAG was not locked"), error))
    return FALSE;
  if (locking)
    {
      PnSha256 ours = pn_public_key_get_fingerprint (pn_manifest_get_public_key (self->manifest));
      g_autofree char *hex = pn_sha256_to_hex (&ours);

      return require (metadata, "CUSTOMER_KEY_HASH", hex, N_ ("The key in OTP is not ours"), error);
    }
  return TRUE;
}

/* Writes down how the permanent step ended, as far as that is known. */
static gboolean
settle (PnRunContext *self, PnMetadata *metadata, GError **error)
{
  PnPublicKey *key = pn_manifest_get_public_key (self->manifest);
  PnSha256 ours = pn_public_key_get_fingerprint (key);
  PnSha256 hash;
  gboolean made;

  if (pn_metadata_get_key_hash (metadata, &hash))
    made = pn_sha256_equal (&hash, &ours);
  else if (!self->eeprom_touched)
    made = FALSE; /* the image never went out whole, so recovery had no key to burn */
  else
    return TRUE; /* not known: the intent stays open, somebody has to look */
  self->permanent |= made;
  self->open_intent = FALSE;
  if (made)
    self->key_state = PN_KEY_STATE_OURS;
  return pn_run_host_outcome (self->host, STEP_KEY, made, error);
}

/* What the system said of the lock when the device was looked at is about to be no longer so. */
static void
forget_lock_state (PnRunContext *self)
{
  static const char *const said[] = { "secure-eeprom", "secure-devkey", "secure-otp" };

  for (guint i = 0; i < G_N_ELEMENTS (said); i++)
    pn_run_host_evidence (self->host, said[i], "not available");
}

/* From here to the end of the conversation nobody may interrupt: flash and OTP are written. Only
 * the inactivity limits end it. */
static gboolean
run_uninterrupted (
    PnRunContext *self, PnBootVariant variant, PnRole config, PnMetadata *metadata, GError **error)
{
  GCancellable *cancellable = self->cancellable;
  PnLoaderFate fate;
  gboolean done;

  self->cancellable = NULL;
  self->result->facts.key_hash_known = FALSE;
  done = pn_run_recovery (self, variant, config, metadata, &fate, error);
  self->cancellable = cancellable;
  return done;
}

gboolean
pn_run_restore_firmware (PnRunContext *self, GError **error)
{
  g_autoptr (PnMetadata) metadata = pn_metadata_new ();

  if (!pn_run_need_rom (self, TRUE, N_ ("The next step needs the boot ROM."), error))
    return FALSE;
  pn_run_host_log (self->host, N_ ("Writing the boot EEPROM: do not unplug"));
  if (!run_uninterrupted (self, PN_BOOT_PLAIN, PN_ROLE_RECOVERY_CONFIG_UPDATE, metadata, error) ||
      !check_evidence (self, metadata, FALSE, error) ||
      !pn_run_check_metadata (self, metadata, FALSE, error))
    return FALSE;
  return pn_run_need_rom (self, TRUE, N_ ("The next step needs the boot ROM."), error);
}

gboolean
pn_run_lock (PnRunContext *self, GError **error)
{
  gboolean secure = pn_mode_locks (pn_manifest_get_mode (self->manifest));
  gboolean locking = secure && self->key_state != PN_KEY_STATE_OURS;
  g_autoptr (PnMetadata) metadata = pn_metadata_new ();
  g_autoptr (GError) settle_error = NULL;
  gboolean done;

  if (!pn_run_need_rom (self, TRUE, N_ ("The next step needs the boot ROM."), error))
    return FALSE;
  if (locking)
    {
      if (!pn_run_host_intent (self->host, STEP_KEY, &self->result->facts, self->cancellable,
                               error))
        return FALSE;
      self->open_intent = TRUE;
      forget_lock_state (self);
    }
  pn_run_host_log (self->host,
                   locking ? N_ ("Writing the boot EEPROM and locking the device: do not unplug")
                           : N_ ("Writing the boot EEPROM: do not unplug"));
  done = run_uninterrupted (self, secure && !locking ? PN_BOOT_COUNTERSIGNED : PN_BOOT_PLAIN,
                            locking ? PN_ROLE_RECOVERY_CONFIG_LOCK : PN_ROLE_RECOVERY_CONFIG_UPDATE,
                            metadata, error);
  if (locking && !settle (self, metadata, done ? error : &settle_error))
    return FALSE;
  if (!done || !check_evidence (self, metadata, locking, error) ||
      !pn_run_check_metadata (self, metadata, locking, error))
    return FALSE;
  /* A protected flash cannot be written, and no recipe has it protected afterwards. */
  pn_run_host_evidence (self->host, "eeprom-write-protect", "off");
  return TRUE;
}
