/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "pn-bootcode.h"

#include <string.h>

#include "pn-bootcode-2711.h"
#include "pn-bytes.h"
#include "pn-chip.h"
#include "pn-error.h"

/* Offsets inside a block: signing.md §5.1. */
#define AT_SIGNATURE 12
#define AT_KEY 268
#define CUSTOMER_VERSION 0
#define MAX_VERSION 32

void
pn_bootcode_block_free (PnBootcodeBlock *self)
{
  g_clear_pointer (&self->key, pn_public_key_unref);
  g_free (self);
}

/* The block that ends at @end of @data; NULL where there is none. */
static PnBootcodeBlock *
read_block (GBytes *code, gsize end, GError **error)
{
  const guint8 *data = g_bytes_get_data (code, NULL);
  g_autoptr (GBytes) blob = NULL;
  g_autoptr (PnPublicKey) key = NULL;
  PnBootcodeBlock *block;
  PnSha256 digest;
  gsize at;

  if (end < PN_BOOTCODE_BLOCK_SIZE)
    return NULL;
  at = end - PN_BOOTCODE_BLOCK_SIZE;
  if (pn_peek_le32 (data + at) != at)
    return NULL;
  blob = g_bytes_new_from_bytes (code, at + AT_KEY, PN_PUBLIC_KEY_BLOB_SIZE);
  key = pn_public_key_new_from_blob (blob, NULL);
  if (key == NULL)
    return NULL;
  digest = pn_sha256 (data, at + AT_SIGNATURE);
  if (!pn_public_key_verify (key, &digest, data + at + AT_SIGNATURE, error))
    return NULL;
  block = g_new0 (PnBootcodeBlock, 1);
  block->offset = at;
  block->key_number = (gint32) pn_peek_le32 (data + at + 4);
  block->version = (gint32) pn_peek_le32 (data + at + 8);
  block->key = g_steal_pointer (&key);
  return block;
}

GPtrArray *
pn_bootcode_get_blocks (GBytes *code, GError **error)
{
  g_autoptr (GPtrArray) blocks =
      g_ptr_array_new_with_free_func ((GDestroyNotify) pn_bootcode_block_free);
  gsize end = g_bytes_get_size (code);

  for (;;)
    {
      g_autoptr (GError) local = NULL;
      PnBootcodeBlock *block = read_block (code, end, &local);
      gboolean customer;

      if (block == NULL)
        {
          pn_set_error_because (error, PN_ERROR_SIGNATURE,
                                N_ ("The boot code is not signed by Raspberry Pi"), local);
          return NULL;
        }
      customer = block->key_number == PN_BOOTCODE_KEY_CUSTOMER;
      g_ptr_array_add (blocks, block);
      if (block->version < 0 || block->version > MAX_VERSION || block->key_number < 0 ||
          (block->key_number > 3 && !customer) || (customer && blocks->len > 1))
        {
          pn_set_error (error, PN_ERROR_SIGNATURE,
                        "The boot code has a signature block that no boot ROM takes (key number "
                        "%s, version %s)",
                        PN_NUMBER (block->key_number), PN_NUMBER (block->version));
          return NULL;
        }
      if (!customer)
        return g_steal_pointer (&blocks);
      end = block->offset;
    }
}

GBytes *
pn_bootcode_countersign (GBytes *code, PnSigner *signer, GCancellable *cancellable, GError **error)
{
  g_autoptr (GPtrArray) blocks = pn_bootcode_get_blocks (code, error);
  g_autoptr (GByteArray) out = NULL;
  guint8 signature[PN_SIGNATURE_SIZE];
  gsize size;
  const guint8 *data = g_bytes_get_data (code, &size);
  GBytes *blob;
  PnSha256 digest;

  if (blocks == NULL)
    return NULL;
  if (blocks->len > 1)
    {
      pn_set_error (error, PN_ERROR_EXISTS, "The boot code is counter-signed already");
      return NULL;
    }
  if (size > PN_BOOTCODE_MAX_SIZE - PN_BOOTCODE_BLOCK_SIZE)
    {
      pn_set_error (error, PN_ERROR_NO_SPACE,
                    "The boot code has %s bytes; counter-signed it would be larger than %s",
                    PN_NUMBER (size), PN_NUMBER (PN_BOOTCODE_MAX_SIZE));
      return NULL;
    }
  out = g_byte_array_sized_new ((guint) size + PN_BOOTCODE_BLOCK_SIZE);
  g_byte_array_append (out, data, (guint) size);
  pn_write_le32 (out, (guint32) size);
  pn_write_le32 (out, PN_BOOTCODE_KEY_CUSTOMER);
  pn_write_le32 (out, CUSTOMER_VERSION);
  digest = pn_sha256 (out->data, out->len);
  if (!pn_signer_sign (signer, &digest, signature, cancellable, error))
    return NULL;
  g_byte_array_append (out, signature, sizeof signature);
  blob = pn_public_key_get_blob (pn_signer_get_public_key (signer));
  g_byte_array_append (out, g_bytes_get_data (blob, NULL), PN_PUBLIC_KEY_BLOB_SIZE);
  return g_byte_array_free_to_bytes (g_steal_pointer (&out));
}

/* Locking revokes the development key of a BCM2711 (signing.md §6). */
static gboolean
check_2711 (GBytes *code, gboolean locked, GError **error)
{
  gint32 number;

  if (!pn_bootcode_2711_get_key_number (code, &number, error))
    return FALSE;
  if (number == PN_BOOTCODE_2711_KEY_SECURE ||
      (number == PN_BOOTCODE_2711_KEY_DEVELOPMENT && !locked))
    return TRUE;
  pn_set_error (error, PN_ERROR_NOT_SUPPORTED,
                locked ? N_ ("The boot code is signed with key %s of BCM2711, which a locked board "
                             "does not take. Use a release from 2023 or later")
                       : N_ ("The boot code is signed with key %s of BCM2711, which a fresh board "
                             "does not take. Use a release from 2023 or later"),
                PN_NUMBER (number));
  return FALSE;
}

static gboolean
check_2712 (GBytes *code, GError **error)
{
  g_autoptr (GPtrArray) blocks = pn_bootcode_get_blocks (code, error);

  if (blocks == NULL || blocks->len == 1)
    return blocks != NULL;
  pn_set_error (error, PN_ERROR_EXISTS,
                "The boot code is counter-signed already, but has to be as it was published");
  return FALSE;
}

gboolean
pn_bootcode_check_published (GBytes *code, PnChip chip, gboolean locked, GError **error)
{
  const PnChipTraits *traits = pn_chip_get_traits (chip);
  gsize size = g_bytes_get_size (code);

  if (size == 0 || (traits->has_eeprom && size > PN_BOOTCODE_MAX_SIZE))
    {
      pn_set_error (error, PN_ERROR_INVALID_DATA, "Boot code has 1 to %s bytes, but this has %s",
                    PN_NUMBER (PN_BOOTCODE_MAX_SIZE), PN_NUMBER (size));
      return FALSE;
    }
  if (!traits->has_eeprom)
    return TRUE;
  return traits->countersigned ? check_2712 (code, error) : check_2711 (code, locked, error);
}
