/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The running gadget: is it the device we mean, what has it got, and its own key (workflows.md
 * §5.3, §5.5). */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>

#include "pn-run-private.h"

char *
pn_run_command (PnRunContext *self, guint timeout, GError **error, const char *format, ...)
{
  g_autofree char *command = NULL;
  char *answer;
  va_list args;

  va_start (args, format);
  command = g_strdup_vprintf (format, args);
  va_end (args);
  answer =
      pn_fastboot_command (self->fastboot, command, NULL, NULL, timeout, self->cancellable, error);
  if (answer == NULL)
    pn_prefix_error (error, "“%s”", command);
  return answer;
}

gboolean
pn_run_variable (PnRunContext *self, const char *name, char **value, GError **error)
{
  g_autoptr (GError) local = NULL;

  *value = pn_fastboot_getvar (self->fastboot, name, self->job->limits.command, self->cancellable,
                               &local);
  if (*value != NULL)
    pn_run_host_evidence (self->host, name, *value);
  else if (!g_error_matches (local, PN_ERROR, PN_ERROR_REJECTED))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  return TRUE;
}

static gboolean
expect_variable (
    PnRunContext *self, const char *name, const char *wanted, const char *meaning, GError **error)
{
  g_autofree char *value = NULL;

  if (!pn_run_variable (self, name, &value, error))
    return FALSE;
  if (g_strcmp0 (value, wanted) == 0)
    return TRUE;
  pn_set_error (error, PN_ERROR_WRONG_DEVICE, "%s is “%s”, expected “%s”", name,
                value != NULL ? value : "–", wanted);
  pn_prefix_error_sentence (error, meaning);
  return FALSE;
}

/* What nothing has told yet: a device that started a system which is not signed is not locked, and
 * one that is locked and started ours is locked with our key. */
static gboolean
learn_key_state (PnRunContext *self, const char *otp, GError **error)
{
  gboolean secure = pn_mode_locks (pn_manifest_get_mode (self->manifest));

  if (g_str_equal (otp, "present"))
    self->key_state = PN_KEY_STATE_OURS;
  else if (g_str_equal (otp, "not present") || !secure)
    self->key_state = PN_KEY_STATE_BLANK;
  else
    {
      pn_run_classify (self, PN_DEVICE_UNREADABLE);
      pn_set_error (error, PN_ERROR_NOT_SUPPORTED,
                    "Neither its firmware nor the provisioning system says whether this "
                    "device is locked; nothing was changed");
      return FALSE;
    }
  return TRUE;
}

/* secure-otp answers "not available" where the gadget cannot tell; then recovery's metadata and
 * what the ROM accepted have decided already. */
static gboolean
check_lock_state (PnRunContext *self, GError **error)
{
  g_autofree char *otp = NULL;
  gboolean locked;

  if (!pn_run_variable (self, "secure-otp", &otp, error))
    return FALSE;
  if (self->key_state == PN_KEY_STATE_UNKNOWN &&
      !learn_key_state (self, otp != NULL ? otp : "not available", error))
    return FALSE;
  /* A key in a device that a bundle without protection is for is somebody's. */
  locked =
      self->key_state == PN_KEY_STATE_OURS && pn_mode_locks (pn_manifest_get_mode (self->manifest));
  if (otp == NULL || g_str_equal (otp, "not available") ||
      g_str_equal (otp, locked ? "present" : "not present"))
    return TRUE;
  pn_set_error (error, locked ? PN_ERROR_VERIFY : PN_ERROR_LOCKED_OTHER_KEY,
                locked ? N_ ("The system says that no key is in OTP (secure-otp: %s), although the "
                             "device was locked")
                       : N_ ("The system says that a key is in OTP (secure-otp: %s), although the "
                             "device started what is not signed with it"),
                otp);
  return FALSE;
}

static gboolean
check_serial (PnRunContext *self, GError **error)
{
  PnDeviceFacts *facts = &self->result->facts;
  g_autofree char *serial = pn_fastboot_getvar (
      self->fastboot, "serialno", self->job->limits.command, self->cancellable, error);
  const char *usb = pn_transport_get_identity (self->transport)->serial;

  if (serial == NULL)
    return FALSE;
  /* The engine compared the USB serial with the ROM's when the gadget came up. */
  if (strlen (serial) != 16 || g_ascii_strcasecmp (serial, usb) != 0)
    {
      pn_set_error (error, PN_ERROR_WRONG_DEVICE,
                    "The system's serial number is “%s”, but “%s” on USB", serial, usb);
      return FALSE;
    }
  g_free (facts->serial);
  facts->serial = g_steal_pointer (&serial);
  return TRUE;
}

static gboolean
check_storage (PnRunContext *self, GError **error)
{
  PnStorage storage = pn_manifest_get_storage (self->manifest);
  const char *disk = pn_storage_to_disk (storage);
  g_autofree char *size_name = g_strdup_printf ("block-device-size:%s", disk);
  g_autofree char *type_name = g_strdup_printf ("block-device-type:%s", disk);
  guint64 minimum = pn_manifest_get_minimum_storage (self->manifest);
  guint64 *size = &self->result->facts.storage_size;
  g_autoptr (GError) local = NULL;

  if (!pn_fastboot_getvar_size (self->fastboot, size_name, size, self->job->limits.command,
                                self->cancellable, &local))
    {
      if (!g_error_matches (local, PN_ERROR, PN_ERROR_REJECTED))
        g_propagate_error (error, g_steal_pointer (&local));
      else
        {
          pn_run_classify (self, PN_DEVICE_NO_STORAGE);
          pn_set_error (error, PN_ERROR_WRONG_DEVICE,
                        "The device has no %s storage (%s is not there)",
                        pn_storage_to_word (storage), disk);
        }
      return FALSE;
    }
  pn_run_host_facts (self->host, &self->result->facts);
  if (!expect_variable (self, type_name, pn_storage_to_word (storage),
                        N_ ("The device has another kind of storage than the recipe names"),
                        &local))
    {
      if (g_error_matches (local, PN_ERROR, PN_ERROR_WRONG_DEVICE))
        pn_run_classify (self, PN_DEVICE_NO_STORAGE);
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (*size >= minimum)
    return TRUE;
  pn_set_error (error, PN_ERROR_NO_SPACE,
                "The storage is too small: it has %s MiB, and this bundle needs %s MiB",
                PN_NUMBER (*size >> 20), PN_NUMBER ((minimum + 0xfffff) >> 20));
  return FALSE;
}

/* Gadgets older than this variable derive another passphrase on NVMe than the boot-time unlocker:
 * the container would never open (fastboot.md §14). */
static gboolean
check_nvme_passphrase (PnRunContext *self, GError **error)
{
  g_autofree char *value = NULL;

  if (pn_manifest_get_storage (self->manifest) != PN_STORAGE_NVME ||
      (self->set != NULL ? !pn_idp_encrypts (self->set)
                         : pn_manifest_get_cipher (self->manifest) == NULL))
    return TRUE;
  if (!pn_run_variable (self, "bootloader-build-timestamp", &value, error))
    return FALSE;
  return value != NULL ||
         pn_set_error (error, PN_ERROR_NOT_SUPPORTED,
                       "The provisioning system in this bundle is too old for encrypted NVMe: the "
                       "device could never open its storage. Use one from July 2026 or later");
}

static gboolean
check_model (PnRunContext *self, GError **error)
{
  PnDeviceFacts *facts = &self->result->facts;
  guint64 processor;
  g_autofree char *model = pn_fastboot_getvar (self->fastboot, "product", self->job->limits.command,
                                               self->cancellable, error);

  if (model == NULL)
    return FALSE;
  g_free (facts->model);
  facts->model = g_steal_pointer (&model);
  pn_run_host_facts (self->host, facts);
  if (!pn_run_check_board (self, facts->board_revision, facts->model, error))
    return FALSE;
  if (!self->traits->otp_as_read)
    return TRUE;
  if (!pn_fastboot_getvar_size (self->fastboot, "revision-processor", &processor,
                                self->job->limits.command, self->cancellable, error))
    return FALSE;
  if (processor == self->traits->processor)
    return TRUE;
  pn_run_classify (self, PN_DEVICE_WRONG_FAMILY);
  pn_set_error (error, PN_ERROR_WRONG_DEVICE,
                "This bundle is for the chip %s, but the system runs on “%s” (processor %s)",
                pn_chip_to_word (pn_manifest_get_chip (self->manifest)), facts->model,
                PN_NUMBER (processor));
  return FALSE;
}

/* What nothing depends on, for the record. */
static gboolean
record_variables (PnRunContext *self, GError **error)
{
  static const char *const recorded[] = { "version-fastbootd",
                                          "version-bootloader",
                                          "bootloader-build-timestamp",
                                          "secure-eeprom",
                                          "secure-devkey",
                                          "otp-lock-status",
                                          "sdram-size-bytes",
                                          "mac-ethernet",
                                          "mac-wifi",
                                          "mac-bt",
                                          "mmc-cid",
                                          "eeprom-size",
                                          "eeprom-jedec",
                                          "eeprom-unique-id" };
  PnDeviceFacts *facts = &self->result->facts;

  for (guint i = 0; i < G_N_ELEMENTS (recorded); i++)
    {
      g_autofree char *value = NULL;

      if (g_str_equal (recorded[i], "mac-ethernet") && !self->traits->otp_as_read)
        continue;
      if (!pn_run_variable (self, recorded[i], &value, error))
        return FALSE;
      if (value != NULL && g_str_equal (recorded[i], "mac-ethernet") && facts->mac == NULL)
        {
          facts->mac = g_steal_pointer (&value);
          pn_run_host_facts (self->host, facts);
        }
    }
  return TRUE;
}

typedef enum
{
  DEVICE_KEY_UNKNOWN,
  DEVICE_KEY_MISSING,
  DEVICE_KEY_THERE,
} DeviceKey;

static DeviceKey
ask_device_key (PnRunContext *self)
{
  g_autoptr (GError) local = NULL;
  /* A blank device may answer FAIL here: unknown, not a failure (workflows.md §5.3). */
  g_autofree char *status =
      pn_run_command (self, self->job->limits.command, &local, "oem fwcrypto status");

  if (g_strcmp0 (status, "Key is provisioned") == 0)
    return DEVICE_KEY_THERE;
  return g_strcmp0 (status, "Key is not provisioned") == 0 ? DEVICE_KEY_MISSING
                                                           : DEVICE_KEY_UNKNOWN;
}

gboolean
pn_run_identify (PnRunContext *self, GError **error)
{
  if (!expect_variable (self, "version", "0.4", N_ ("The system speaks another protocol"), error) ||
      !expect_variable (self, "is-userspace", "yes", N_ ("It is not the provisioning system"),
                        error) ||
      !check_serial (self, error) || !check_model (self, error) ||
      !record_variables (self, error) || !check_lock_state (self, error) ||
      !check_storage (self, error) || !check_nvme_passphrase (self, error))
    return FALSE;
  self->device_key_missing = pn_run_makes_permanent (self, PN_PERMANENT_DEVICE_KEY) &&
                             ask_device_key (self) != DEVICE_KEY_THERE;
  return TRUE;
}

/* The PEM the device gives must be a P-256 public key; its fingerprint is kept. */
static gboolean
check_public_key (PnRunContext *self, GError **error)
{
  g_autofree char *pem = pn_fastboot_getvar (self->fastboot, "public-key",
                                             self->job->limits.command, self->cancellable, error);
  g_autofree char *fingerprint = NULL;
  BIO *bio;
  EVP_PKEY *key;
  char group[64] = "";
  PnSha256 digest;

  if (pem == NULL)
    return FALSE;
  bio = BIO_new_mem_buf (pem, -1);
  key = PEM_read_bio_PUBKEY (bio, NULL, NULL, NULL);
  BIO_free (bio);
  if (key != NULL)
    (void) EVP_PKEY_get_group_name (key, group, sizeof group, NULL);
  EVP_PKEY_free (key);
  if (!g_str_equal (group, "prime256v1"))
    {
      pn_set_error (error, PN_ERROR_VERIFY,
                    "The device did not give a valid public key of its own");
      return FALSE;
    }
  digest = pn_sha256 (pem, strlen (pem));
  fingerprint = pn_sha256_to_hex (&digest);
  pn_run_host_evidence (self->host, "device-public-key-sha256", fingerprint);
  return TRUE;
}

/* What the device answers to the command is no proof of anything; it is asked again. */
static gboolean
make_device_key (PnRunContext *self, GError **error)
{
  g_autoptr (GError) refusal = NULL;
  g_autofree char *answer = NULL;
  DeviceKey after;

  if (!pn_run_intend (self, PN_PERMANENT_DEVICE_KEY, error))
    return FALSE;
  answer = pn_run_command (self, self->job->limits.command, &refusal, "oem fwcrypto init");
  after = ask_device_key (self);
  if (after != DEVICE_KEY_UNKNOWN &&
      !pn_run_settle (self, PN_PERMANENT_DEVICE_KEY, after == DEVICE_KEY_THERE, error))
    return FALSE;
  self->device_key_missing = after != DEVICE_KEY_THERE;
  if (!self->device_key_missing)
    return TRUE;
  if (answer == NULL)
    g_propagate_error (error, g_steal_pointer (&refusal));
  else
    pn_set_error (error, PN_ERROR_VERIFY, "The device made no key of its own although it said so");
  return FALSE;
}

gboolean
pn_run_device_key (PnRunContext *self, GError **error)
{
  gboolean made = TRUE;

  if (!pn_run_makes_permanent (self, PN_PERMANENT_DEVICE_KEY))
    return TRUE;
  if (self->device_key_missing)
    {
      pn_run_protect (self);
      made = make_device_key (self, error);
      pn_run_unprotect (self);
    }
  return made && check_public_key (self, error);
}
