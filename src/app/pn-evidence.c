/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-evidence.h"

#include <glib/gi18n.h>

#include "pn-card-look.h"
#include "pn-device-class.h"
#include "pn-override.h"

/* Ours come first (as in records), then what recovery says, then the writing tool's variables. */
static const char *const names[PN_N_EVIDENCE][5] = {
  [PN_EVIDENCE_MODEL] = { "model", "product" },
  [PN_EVIDENCE_SERIAL] = { "serial", "serialno" },
  [PN_EVIDENCE_REVISION] = { "board_revision", "board-revision", "USER_BOARDREV" },
  [PN_EVIDENCE_DUID] = { "duid", "FACTORY_UUID" },
  [PN_EVIDENCE_ETHERNET] = { "mac", "mac-ethernet", "MAC_ADDR" },
  [PN_EVIDENCE_WIFI] = { "mac-wifi", "MAC_WIFI_ADDR" },
  [PN_EVIDENCE_BLUETOOTH] = { "mac-bt", "MAC_BT_ADDR" },
  [PN_EVIDENCE_MEMORY] = { "sdram-size-bytes" },
  [PN_EVIDENCE_STORAGE_SIZE] = { "storage_size", "storage-size" },
  [PN_EVIDENCE_STORAGE_CID] = { "mmc-cid" },
  [PN_EVIDENCE_BOOTLOADER] = { "version-bootloader", "bootloader-build-timestamp" },
  [PN_EVIDENCE_BOOTLOADER_TIME] = { "bootloader-build-timestamp" },
  [PN_EVIDENCE_KEY_HASH] = { "key_hash", "key-hash", "CUSTOMER_KEY_HASH" },
  [PN_EVIDENCE_LOCK_RESULT] = { "SECURE_BOOT_PROVISION" },
  [PN_EVIDENCE_SECURE_BOOT] = { "secure-otp" },
  [PN_EVIDENCE_DEVELOPMENT_KEY] = { "secure-devkey" },
  [PN_EVIDENCE_BOOT_ROM] = { "BOOT_ROM" },
  [PN_EVIDENCE_JTAG] = { "JTAG_LOCKED" },
  [PN_EVIDENCE_EEPROM_HASH] = { "EEPROM_HASH" },
  [PN_EVIDENCE_EEPROM_SIZE] = { "eeprom-size" },
  [PN_EVIDENCE_EEPROM_JEDEC] = { "eeprom-jedec" },
  [PN_EVIDENCE_EEPROM_ID] = { "eeprom-unique-id" },
  [PN_EVIDENCE_WRITE_PROTECTION] = { "eeprom-write-protect" },
  [PN_EVIDENCE_ENCRYPTION] = { "storage-encryption" },
  [PN_EVIDENCE_DEVICE_KEY] = { "device-public-key-sha256" },
  [PN_EVIDENCE_CLASS] = { PN_DEVICE_CLASS_EVIDENCE },
  [PN_EVIDENCE_UNFINISHED] = { PN_UNFINISHED_EVIDENCE },
  [PN_EVIDENCE_ROUTE] = { "data-route" },
  [PN_EVIDENCE_ADDRESS] = { "data-address" },
  [PN_EVIDENCE_SKIP_FIRMWARE] = { PN_OVERRIDE_EVIDENCE "skip-firmware" },
  [PN_EVIDENCE_AGAIN] = { PN_OVERRIDE_EVIDENCE "again" },
  [PN_EVIDENCE_RECIPE] = { PN_OVERRIDE_EVIDENCE "recipe" },
};

static gboolean
is_said (const char *value)
{
  return value != NULL && value[0] != '\0' && !g_str_equal (value, "not available");
}

const char *const *
pn_evidence_names (PnEvidence evidence)
{
  return names[evidence];
}

const char *
pn_evidence_get (PnClientRun *run, PnEvidence evidence)
{
  for (const char *const *name = names[evidence]; *name != NULL; name++)
    {
      const char *value = pn_client_run_get_evidence (run, *name);

      if (is_said (value))
        return value;
    }
  return NULL;
}

const char *
pn_evidence_lookup (GVariant *all, PnEvidence evidence)
{
  for (const char *const *name = names[evidence]; *name != NULL; name++)
    {
      const char *value = NULL;

      if (g_variant_lookup (all, *name, "&s", &value) && is_said (value))
        return value;
    }
  return NULL;
}

char *
pn_evidence_class_text (const char *device_class, const char *unfinished)
{
  PnDeviceClass device;
  PnPhase phase;

  if (!pn_device_class_from_word (device_class, &device) || device == PN_DEVICE_UNKNOWN)
    return NULL;
  if (device == PN_DEVICE_UNFINISHED && unfinished != NULL &&
      pn_phase_from_word (unfinished, &phase))
    /* Translators: a phase: “Write”. */
    return g_strdup_printf (
        _ ("A device that was begun and not finished: its last run ended at “%s”"),
        pn_phase_label (phase));
  return g_strdup (_ (pn_device_class_to_sentence (device)));
}
