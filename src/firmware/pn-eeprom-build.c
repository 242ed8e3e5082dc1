/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a mode makes of a published image (eeprom.md §7). The mode decides whether it is signed,
 * never that a key happens to be there (workflows.md H-2). */
#include "config.h"

#include "pn-bootcode.h"
#include "pn-bootloader-config.h"
#include "pn-eeprom.h"
#include "pn-error.h"
#include "pn-sig-file.h"

#define FIRST_SECURE_RELEASE 1632136573 /* BUILD_TIMESTAMP, 2021-09-20: eeprom.md §5 */

static gboolean
countersign_file (
    PnEeprom *eeprom, const char *name, PnSigner *signer, GCancellable *cancellable, GError **error)
{
  g_autoptr (GBytes) code = pn_eeprom_get_file (eeprom, name, error);
  g_autoptr (GBytes) signed_code = NULL;

  if (code == NULL)
    return FALSE;
  signed_code = pn_bootcode_countersign (code, signer, cancellable, error);
  if (signed_code == NULL)
    {
      pn_prefix_error (error, "%s of the EEPROM image", name);
      return FALSE;
    }
  return pn_eeprom_replace_file (eeprom, name, signed_code, error);
}

static gboolean
sign_image (PnEeprom *eeprom,
            GBytes *config,
            PnSigner *signer,
            gint64 unix_time,
            GCancellable *cancellable,
            GError **error)
{
  PnSha256 digest = pn_sha256_bytes (config);
  g_autoptr (GBytes) signature = NULL;
  g_autoptr (GBytes) code = NULL;

  if (pn_eeprom_get_build_timestamp (eeprom) < FIRST_SECURE_RELEASE)
    {
      pn_set_error (error, PN_ERROR_NOT_SUPPORTED,
                    "This EEPROM image is too old for secure boot. Use a release after "
                    "September 2021");
      return FALSE;
    }
  if (pn_eeprom_get_chip (eeprom) == PN_CHIP_BCM2711)
    {
      code = pn_eeprom_get_file (eeprom, "bootcode.bin", error);
      if (code == NULL || !pn_bootcode_check_published (code, PN_CHIP_BCM2711, TRUE, error))
        return FALSE;
    }
  else if (!countersign_file (eeprom, "bootcode.bin", signer, cancellable, error) ||
           (pn_eeprom_is_ab (eeprom) &&
            !countersign_file (eeprom, "bootsys", signer, cancellable, error)))
    return FALSE;
  signature = pn_sig_file_build (&digest, unix_time, 0, signer, cancellable, error);
  return signature != NULL && pn_eeprom_replace_file (eeprom, "bootconf.sig", signature, error) &&
         pn_eeprom_replace_file (eeprom, "pubkey.bin",
                                 pn_public_key_get_blob (pn_signer_get_public_key (signer)), error);
}

GBytes *
pn_eeprom_build (GBytes *source,
                 GBytes *config,
                 PnSigner *signer,
                 gint64 unix_time,
                 GCancellable *cancellable,
                 GError **error)
{
  g_autoptr (PnEeprom) eeprom = pn_eeprom_new (source, error);

  if (eeprom == NULL || !pn_bootloader_config_check (config, error) ||
      !pn_eeprom_replace_file (eeprom, "bootconf.txt", config, error))
    return NULL;
  if (signer != NULL && !sign_image (eeprom, config, signer, unix_time, cancellable, error))
    return NULL;
  return pn_eeprom_to_bytes (eeprom);
}
