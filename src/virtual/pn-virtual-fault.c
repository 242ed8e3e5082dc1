/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words that people use for models and faults. */
#include "config.h"

#include "pn-virtual-device.h"

#include "pn-error.h"

/* Faults that are there or not, and where. */
static const struct
{
  const char *name;
  gsize offset; /* of a gboolean */
} switches[] = {
  { "reject-recovery", G_STRUCT_OFFSET (PnVirtualFaults, reject_recovery) },
  { "reject-gadget", G_STRUCT_OFFSET (PnVirtualFaults, reject_gadget) },
  { "wrong-eeprom-hash", G_STRUCT_OFFSET (PnVirtualFaults, wrong_eeprom_hash) },
  { "silent-metadata", G_STRUCT_OFFSET (PnVirtualFaults, silent_metadata) },
  { "no-status", G_STRUCT_OFFSET (PnVirtualFaults, no_status) },
  { "plain-storage", G_STRUCT_OFFSET (PnVirtualFaults, gadget.plain_storage) },
};

static gboolean
fail (GError **error, const char *sentence)
{
  g_set_error_literal (error, PN_ERROR, PN_ERROR_INVALID_ARGUMENT, sentence);
  return FALSE;
}

static gboolean
add_number (const char *name, const char *value, PnVirtualFaults *faults, GError **error)
{
  guint64 number = 0;

  if (!g_ascii_string_to_unsigned (value, 10, 0, G_MAXINT64, &number, NULL))
    return fail (error, "A fault's value is a number");
  if (g_str_equal (name, "unplug-after"))
    faults->unplug_after = (gint64) number;
  else if (g_str_equal (name, "stall-after"))
    faults->stall_after = (guint) MIN (number, G_MAXUINT);
  else if (g_str_equal (name, "flip-bit"))
    faults->gadget.flip_bit = (gint64) number;
  else if (g_str_equal (name, "fail-write-at"))
    faults->gadget.fail_write_at = (gint64) number;
  else if (g_str_equal (name, "idp-busy"))
    faults->gadget.idp_busy = (guint) MIN (number, G_MAXUINT);
  else if (g_str_equal (name, "idp-lose"))
    faults->gadget.idp_lose = (guint) MIN (number, G_MAXUINT);
  else if (g_str_equal (name, "write-delay"))
    faults->gadget.write_delay_us = (guint) MIN (number, G_MAXUINT);
  else
    return fail (error, "There is no such fault");
  return TRUE;
}

gboolean
pn_virtual_faults_add (PnVirtualFaults *faults, const char *word, GError **error)
{
  g_auto (GStrv) pair = g_strsplit (word, "=", 2);

  if (pair[0] != NULL && pair[1] == NULL)
    for (guint i = 0; i < G_N_ELEMENTS (switches); i++)
      if (g_str_equal (pair[0], switches[i].name))
        {
          G_STRUCT_MEMBER (gboolean, faults, switches[i].offset) = TRUE;
          return TRUE;
        }
  if (pair[0] == NULL || pair[1] == NULL)
    return fail (error, "A fault is NAME or NAME=NUMBER, and this is none");
  if (!g_str_equal (pair[0], "gadget-serial"))
    return add_number (pair[0], pair[1], faults, error);
  g_free (faults->gadget_serial);
  faults->gadget_serial = g_strdup (pair[1]);
  return TRUE;
}

void
pn_virtual_faults_clear (PnVirtualFaults *faults)
{
  g_clear_pointer (&faults->gadget_serial, g_free);
}

gboolean
pn_virtual_board_set_model (PnVirtualBoard *board, const char *model, GError **error)
{
  gboolean pi5 = g_str_equal (model, "pi5");

  if (!pi5 && !g_str_equal (model, "cm5"))
    return fail (error, "A virtual device's model is cm5 or pi5");
  board->chip = PN_CHIP_BCM2712;
  board->model =
      (char *) (pi5 ? "Raspberry Pi 5 Model B Rev 1.0" : "Raspberry Pi Compute Module 5 Rev 1.0");
  board->board_revision = pi5 ? 0xd04170 : 0xc04180;
  return TRUE;
}

void
pn_virtual_board_set_storage (PnVirtualBoard *board, PnStorage kind, guint64 size)
{
  board->storage_kind = kind;
  board->storage_size = size;
  board->storage_identifier =
      (char *) (kind == PN_STORAGE_NVME ? "S4EVNX0R123456A     \n"
                                        : "1b534d45423151543012345678900145\n");
}
