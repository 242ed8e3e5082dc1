/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bootcode.bin of a BCM2710 (rpiboot.md §9): without an EEPROM everything comes from the host, by
 * the names that would be on an SD card; nothing is signed. */
#include "config.h"

#include "pn-virtual-private.h"

#include <string.h>

#include "pn-fat.h"
#include "pn-virtual-storage-private.h"

#define OFF_BUS_MS 20
#define BOOT_NODE "mmcblk0p1"

static gboolean
read_node (gpointer user_data, guint64 offset, void *buffer, gsize size, GError **error)
{
  PnVirtualDevice *self = user_data;

  if (pn_virtual_storage_read (self->storage, BOOT_NODE, offset, buffer, size))
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "The card cannot be read");
  return FALSE;
}

gboolean
pn_virtual_storage_starts (PnVirtualDevice *self)
{
  g_autoptr (PnFat) fat = NULL;
  g_auto (GStrv) names = NULL;
  guint64 size;

  if (pn_virtual_storage_look (self->storage, BOOT_NODE, &size) == PN_NODE_MISSING)
    return FALSE;
  fat = pn_fat_open (read_node, self, size, NULL);
  names = fat != NULL ? pn_fat_list (fat, NULL) : NULL;
  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    if (g_ascii_strcasecmp (names[i], "bootcode.bin") == 0)
      return TRUE;
  return FALSE;
}

/* What follows @key at the start of a line; NULL where there is none. */
static char *
find_line (GBytes *config, const char *key)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (config == NULL)
    return NULL;
  text = g_strndup (g_bytes_get_data (config, NULL), g_bytes_get_size (config));
  lines = g_strsplit_set (text, "\r\n", 0);
  for (guint i = 0; lines[i] != NULL; i++)
    if (g_str_has_prefix (lines[i], key))
      return g_strdup (g_strstrip (lines[i] + strlen (key)));
  return NULL;
}

static gboolean
load (PnVirtualDevice *self, const char *name)
{
  g_autoptr (GBytes) file = pn_file_client_get (self, name);

  return file != NULL;
}

/* The names a host may leave out are asked for all the same. */
static gboolean
load_system (PnVirtualDevice *self)
{
  static const char *const probes[] = { "autoboot.txt", "recovery.elf" };
  g_autoptr (GBytes) config = NULL;
  g_autofree char *kernel = NULL;
  g_autofree char *initramfs = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (probes); i++)
    (void) pn_file_client_size (self, probes[i]);
  config = pn_file_client_get (self, "config.txt");
  if (!load (self, "start.elf") || !load (self, "fixup.dat"))
    return FALSE;
  (void) pn_file_client_size (self, "dt-blob.bin");
  (void) load (self, "cmdline.txt");
  kernel = find_line (config, "kernel=");
  initramfs = find_line (config, "initramfs ");
  return load (self, kernel != NULL ? kernel : "kernel8.img") &&
         (initramfs == NULL || load (self, initramfs)) && load (self, "bcm2710-rpi-zero-2-w.dtb");
}

PnNext
pn_bootcode_run (PnVirtualDevice *self)
{
  gboolean refuse;
  PnUsbFace face;

  pn_virtual_set_stage (self, PN_VIRTUAL_BOOTLOADER);
  pn_boot_rom_face (self, &face, TRUE);
  if (!pn_virtual_attach (self, &face))
    return PN_NEXT_OFF;
  g_mutex_lock (&self->mutex);
  refuse = self->faults.reject_gadget;
  g_mutex_unlock (&self->mutex);
  if (!load_system (self) || refuse)
    {
      pn_virtual_hold (self);
      return PN_NEXT_OFF;
    }
  pn_virtual_detach (self);
  return pn_virtual_sleep (self, OFF_BUS_MS) ? PN_NEXT_GADGET : PN_NEXT_OFF;
}
