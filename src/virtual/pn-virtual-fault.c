/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words that people use for models and faults. */
#include "config.h"

#include "pn-virtual-device.h"

#include "pn-chip.h"
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
  { "write-protected", G_STRUCT_OFFSET (PnVirtualFaults, write_protected) },
  { "no-reading", G_STRUCT_OFFSET (PnVirtualFaults, no_reading) },
  { "no-status", G_STRUCT_OFFSET (PnVirtualFaults, no_status) },
  { "no-data-plane", G_STRUCT_OFFSET (PnVirtualFaults, no_data_plane) },
  { "plain-storage", G_STRUCT_OFFSET (PnVirtualFaults, gadget.plain_storage) },
};

static gboolean
fail (GError **error, const char *sentence)
{
  g_set_error_literal (error, PN_ERROR, PN_ERROR_INVALID_ARGUMENT, sentence);
  return FALSE;
}

static const struct
{
  const char *name;
  PnStep fault;
} step_faults[] = {
  { "unplug-at", PN_STEP_UNPLUG },
  { "stall-at", PN_STEP_STALL },
  { "fail-at", PN_STEP_FAIL },
  { "lie-at", PN_STEP_LIE },
};

static gboolean
add_step (const char *name, guint64 number, PnVirtualFaults *faults)
{
  for (guint i = 0; i < G_N_ELEMENTS (step_faults); i++)
    if (g_str_equal (name, step_faults[i].name))
      {
        faults->step = (guint) MIN (number, G_MAXUINT);
        faults->step_fault = step_faults[i].fault;
        return TRUE;
      }
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
  else if (g_str_equal (name, "flip-bit-after"))
    faults->gadget.flip_after = number;
  else if (g_str_equal (name, "fail-write-after"))
    faults->gadget.fail_after = number;
  else if (g_str_equal (name, "idp-busy"))
    faults->gadget.idp_busy = (guint) MIN (number, G_MAXUINT);
  else if (g_str_equal (name, "idp-lose"))
    faults->gadget.idp_lose = (guint) MIN (number, G_MAXUINT);
  else if (g_str_equal (name, "max-download"))
    faults->gadget.max_download = (guint32) MIN (number, G_MAXUINT32);
  else if (g_str_equal (name, "network-cut-after"))
    faults->gadget.network_cut_after = number;
  else if (g_str_equal (name, "network-stall-after"))
    faults->gadget.network_stall_after = number;
  else if (g_str_equal (name, "write-delay"))
    faults->gadget.write_delay_us = (guint) MIN (number, G_MAXUINT);
  else if (!add_step (name, number, faults))
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

static const struct
{
  const char *word;
  PnChip chip;
  const char *name; /* of its device tree */
  guint32 revision;
  PnStorage storage;
  gboolean strap;
  guint gpio;
} models[] = {
  { "cm5", PN_CHIP_BCM2712, "Raspberry Pi Compute Module 5 Rev 1.0", 0xc04180, PN_STORAGE_EMMC,
    TRUE, 0 },
  { "pi5", PN_CHIP_BCM2712, "Raspberry Pi 5 Model B Rev 1.0", 0xd04170, PN_STORAGE_SD, FALSE, 0 },
  { "cm4", PN_CHIP_BCM2711, "Raspberry Pi Compute Module 4 Rev 1.1", 0xb03141, PN_STORAGE_EMMC,
    TRUE, 0 },
  { "pi4", PN_CHIP_BCM2711, "Raspberry Pi 4 Model B Rev 1.4", 0xc03114, PN_STORAGE_SD, TRUE, 8 },
  { "pi400", PN_CHIP_BCM2711, "Raspberry Pi 400 Rev 1.0", 0xc03130, PN_STORAGE_SD, TRUE, 8 },
  { "zero2w", PN_CHIP_BCM2710, "Raspberry Pi Zero 2 W Rev 1.0", 0x902120, PN_STORAGE_SD, FALSE, 0 },
};
#define CM5_LITE_NAME "Raspberry Pi Compute Module 5 Lite Rev 1.0"
#define CM5_LITE_REVISION 0xc041a0

gboolean
pn_virtual_board_set_model (PnVirtualBoard *board, const char *model, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (models); i++)
    if (g_str_equal (model, models[i].word))
      {
        board->chip = models[i].chip;
        board->model = (char *) models[i].name;
        board->board_revision = models[i].revision;
        board->storage_kind = models[i].storage;
        board->strap = models[i].strap;
        board->rpiboot_gpio = models[i].gpio;
        return TRUE;
      }
  return fail (error, "A virtual device's model is cm5, pi5, cm4, pi4, pi400 or zero2w");
}

gboolean
pn_virtual_board_needs_gpio (const PnVirtualBoard *board)
{
  return board->chip == PN_CHIP_BCM2711 && pn_rpiboot_gpio_is_needed (board->board_revision);
}

void
pn_virtual_board_set_storage (PnVirtualBoard *board, PnStorage kind, guint64 size)
{
  if (kind == PN_STORAGE_SD && g_strcmp0 (board->model, models[0].name) == 0)
    {
      board->model = (char *) CM5_LITE_NAME;
      board->board_revision = CM5_LITE_REVISION;
    }
  board->storage_kind = kind;
  board->storage_size = size;
  board->storage_identifier =
      (char *) (kind == PN_STORAGE_NVME ? "S4EVNX0R123456A     \n"
                                        : "1b534d45423151543012345678900145\n");
}
