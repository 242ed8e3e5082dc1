/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lock & firmware: the one recovery run that writes. For a fresh device of a locking bundle it
 * burns the key's hash into OTP; its intent is in the journal before the loader is sent, and what
 * proves it is the device's own metadata, never that a transfer ended (workflows.md §4.3.5, H-5).
 */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "pn-run-private.h"

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

  if (self->open_intents > 0 || g_strcmp0 (said, "fail") != 0)
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
  if (self->key_state == PN_KEY_STATE_OURS &&
      pn_run_makes_permanent (self, PN_PERMANENT_JTAG_LOCK) &&
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

gboolean
pn_run_get_jtag (PnMetadata *metadata, gboolean *locked)
{
  const char *value = pn_metadata_get (metadata, "JTAG_LOCKED");

  *locked = g_strcmp0 (value, "1") == 0;
  return *locked || g_strcmp0 (value, "0") == 0;
}

/* ---- the journal ---- */

#define MAX_STEPS 3

/* What this run makes permanent, in the order in which recovery does it; NULL at the end. */
static void
list_steps (PnRunContext *self, gboolean locking, const char *steps[MAX_STEPS + 1])
{
  guint32 revision = self->result->facts.board_revision;
  guint n = 0;

  /* Where the board does not need a GPIO, none is burned. */
  if (locking && pn_run_makes_permanent (self, PN_PERMANENT_RPIBOOT_GPIO) &&
      (revision == 0 || pn_rpiboot_gpio_is_needed (revision)))
    steps[n++] = PN_PERMANENT_RPIBOOT_GPIO;
  if (locking)
    steps[n++] = PN_PERMANENT_CUSTOMER_KEY;
  if ((locking && pn_run_makes_permanent (self, PN_PERMANENT_JTAG_LOCK)) || self->jtag_missing)
    steps[n++] = PN_PERMANENT_JTAG_LOCK;
  steps[n] = NULL;
}

/* All intents, or none that stays open. */
static gboolean
intend (PnRunContext *self, const char *const *steps, GError **error)
{
  for (guint i = 0; steps[i] != NULL; i++)
    if (!pn_run_intend (self, steps[i], error))
      {
        while (i-- > 0)
          (void) pn_run_settle (self, steps[i], FALSE, NULL);
        return FALSE;
      }
  return TRUE;
}

/* What the device's own metadata tell of a step. FALSE where that is not known. */
static gboolean
was_made (PnRunContext *self, const char *step, PnMetadata *metadata, gboolean *made)
{
  PnSha256 ours = pn_public_key_get_fingerprint (pn_manifest_get_public_key (self->manifest));
  PnSha256 hash;

  *made = FALSE;
  if (!self->eeprom_touched)
    return TRUE; /* the image never went out whole, so recovery had nothing to begin with */
  if (g_str_equal (step, PN_PERMANENT_JTAG_LOCK))
    return pn_run_get_jtag (metadata, made);
  if (g_strcmp0 (pn_metadata_get (metadata, "EEPROM_UPDATE"), "fail") == 0 &&
      g_str_equal (step, PN_PERMANENT_RPIBOOT_GPIO))
    return TRUE; /* the flash is written before anything is burned: eeprom.md §9 */
  if (!pn_metadata_get_key_hash (metadata, &hash))
    return FALSE;
  *made = pn_sha256_equal (&hash, &ours);
  /* A board is not locked before its GPIO is burned; whether it was burned in vain is not said. */
  return *made || g_str_equal (step, PN_PERMANENT_CUSTOMER_KEY);
}

/* Writes down how the steps ended, as far as that is known; the intents of the others stay open,
 * and somebody has to look. */
static gboolean
settle (PnRunContext *self, const char *const *steps, PnMetadata *metadata, GError **error)
{
  g_autoptr (GError) local = NULL;
  gboolean fine = TRUE;

  for (guint i = 0; steps[i] != NULL; i++)
    {
      gboolean made;

      if (!was_made (self, steps[i], metadata, &made))
        continue;
      if (made && g_str_equal (steps[i], PN_PERMANENT_CUSTOMER_KEY))
        self->key_state = PN_KEY_STATE_OURS;
      fine &= pn_run_settle (self, steps[i], made, fine ? &local : NULL);
    }
  if (!fine)
    g_propagate_error (error, g_steal_pointer (&local));
  return fine;
}

/* ---- the run ---- */

/* What the system said of the lock when the device was looked at is about to be no longer so. */
static void
forget_lock_state (PnRunContext *self)
{
  static const char *const said[] = { "secure-eeprom", "secure-devkey", "secure-otp" };

  for (guint i = 0; i < G_N_ELEMENTS (said); i++)
    pn_run_host_evidence (self->host, said[i], "not available");
}

/* Protected: flash and OTP are written. @steps end with NULL. */
static gboolean
write_firmware (PnRunContext *self,
                PnRole config,
                const char *const *steps,
                PnMetadata *metadata,
                GError **error)
{
  gboolean ours = self->key_state == PN_KEY_STATE_OURS;
  gboolean locking = config == PN_ROLE_RECOVERY_CONFIG_LOCK;
  g_autoptr (GError) local = NULL;
  PnLoaderFate fate;
  gboolean done;

  if (!intend (self, steps, error))
    return FALSE;
  if (locking)
    forget_lock_state (self);
  self->result->facts.key_hash_known = FALSE;
  pn_run_host_log (self->host,
                   locking ? N_ ("Writing the boot EEPROM and locking the device: do not unplug")
                           : N_ ("Writing the boot EEPROM: do not unplug"));
  done = pn_run_recovery (self, ours ? PN_BOOT_COUNTERSIGNED : PN_BOOT_PLAIN, config, metadata,
                          &fate, error);
  if (settle (self, steps, metadata, done ? error : &local))
    return done;
  return FALSE;
}

/* The one recovery run that writes, and what the device itself says of it. */
static gboolean
run_recovery (PnRunContext *self, PnRole config, const char *const *steps, GError **error)
{
  gboolean locking = config == PN_ROLE_RECOVERY_CONFIG_LOCK;
  g_autoptr (PnMetadata) metadata = pn_metadata_new ();
  gboolean done;

  if (!pn_run_need_rom (self, TRUE, N_ ("The next step needs the boot ROM."), error))
    return FALSE;
  pn_run_protect (self);
  done = write_firmware (self, config, steps, metadata, error);
  pn_run_unprotect (self);
  return done && check_evidence (self, metadata, locking, error) &&
         pn_run_check_metadata (self, metadata, locking, error);
}

gboolean
pn_run_restore_firmware (PnRunContext *self, GError **error)
{
  const char *const none[] = { NULL };

  return run_recovery (self, PN_ROLE_RECOVERY_CONFIG_UPDATE, none, error) &&
         pn_run_need_rom (self, TRUE, N_ ("The next step needs the boot ROM."), error);
}

/* What has to follow once the device is locked is there and right. */
static gboolean
check_artefacts (PnRunContext *self, GError **error)
{
  for (PnRole role = PN_ROLE_RECOVERY; role <= PN_ROLE_GADGET_CONFIG; role++)
    {
      g_autoptr (GBytes) bytes = NULL;

      if (pn_manifest_find (self->manifest, role) == NULL)
        continue;
      bytes = pn_run_artefact (self, role, error);
      if (bytes == NULL)
        return FALSE;
    }
  return TRUE;
}

gboolean
pn_run_is_locking (PnRunContext *self)
{
  return pn_mode_locks (pn_manifest_get_mode (self->manifest)) &&
         self->key_state != PN_KEY_STATE_OURS;
}

gboolean
pn_run_lock (PnRunContext *self, GError **error)
{
  gboolean locking = pn_run_is_locking (self);
  PnRole config = locking              ? PN_ROLE_RECOVERY_CONFIG_LOCK
                  : self->jtag_missing ? PN_ROLE_RECOVERY_CONFIG_JTAG
                                       : PN_ROLE_RECOVERY_CONFIG_UPDATE;
  const char *steps[MAX_STEPS + 1];

  list_steps (self, locking, steps);
  if (!check_artefacts (self, error) || !run_recovery (self, config, steps, error))
    return FALSE;
  self->jtag_missing = FALSE;
  /* A protected flash cannot be written, and no recipe has it protected afterwards. */
  pn_run_host_evidence (self->host, "eeprom-write-protect", "off");
  return TRUE;
}
