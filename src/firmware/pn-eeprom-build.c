/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a mode makes of a published image (eeprom.md §7). The mode decides whether it is signed,
 * never that a key happens to be there (workflows.md H-2). */
#include "config.h"

#include "pn-bootcode.h"
#include "pn-bootloader-config.h"
#include "pn-bytes.h"
#include "pn-eeprom.h"
#include "pn-error.h"
#include "pn-sig-file.h"

#define FIRST_SECURE_RELEASE 1632136573 /* BUILD_TIMESTAMP, 2021-09-20: eeprom.md §5 */
#define TRAILER_2711 284                /* bytes behind BCM2711 boot code: signing.md §6 */
#define SECURE_KEY_2711 1

/* A locked BCM2711 runs only boot code signed with ROM key 1; older images carry the development
 * key, which locking revokes. */
static gboolean
check_2711_bootcode (PnEeprom *eeprom, GError **error)
{
  g_autoptr (GBytes) code = pn_eeprom_get_file (eeprom, "bootcode.bin", error);
  const guint8 *data;
  gsize size;

  if (code == NULL)
    return FALSE;
  data = g_bytes_get_data (code, &size);
  if (size >= TRAILER_2711 && pn_peek_le32 (data + size - TRAILER_2711) == size - TRAILER_2711 &&
      pn_peek_le32 (data + size - TRAILER_2711 + 4) == SECURE_KEY_2711)
    return TRUE;
  g_set_error_literal (
      error, PN_ERROR, PN_ERROR_NOT_SUPPORTED,
      "This BCM2711 EEPROM image would not start on a locked board: its boot code is "
      "signed with the development key. Use a release from 2023 or later");
  return FALSE;
}

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
      g_prefix_error (error, "%s of the EEPROM image: ", name);
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

  if (pn_eeprom_get_build_timestamp (eeprom) < FIRST_SECURE_RELEASE)
    {
      g_set_error_literal (error, PN_ERROR, PN_ERROR_NOT_SUPPORTED,
                           "This EEPROM image is too old for secure boot. Use a release after "
                           "September 2021");
      return FALSE;
    }
  if (pn_eeprom_get_chip (eeprom) == PN_CHIP_BCM2711)
    {
      if (!check_2711_bootcode (eeprom, error))
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
