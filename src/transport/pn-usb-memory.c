/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-usb-memory.h"

#define MIB (G_GUINT64_CONSTANT (1024) * 1024)
#define KERNEL_DEFAULT 16         /* MiB: drivers/usb/core/devio.c */
#define MAX_MIB (1024 * 1024)     /* the parameter is 32 bits wide; so much is as good as all */
#define KERNEL_BUFFER (16 * 1024) /* bytes: the kernel takes memory in such buffers */
#define LEFT_TO_OTHERS(memory) ((memory) / 8)

guint64
pn_usb_memory_parse (const char *text)
{
  g_autofree char *number = g_strstrip (g_strdup (text != NULL ? text : ""));
  guint64 mib;

  if (!g_ascii_string_to_unsigned (number, 10, 0, G_MAXUINT32, &mib, NULL))
    mib = KERNEL_DEFAULT;
  return mib == 0 || mib > MAX_MIB ? PN_USB_MEMORY_UNLIMITED : mib * MIB;
}

/* Whole buffers, or at least whole pieces. */
static guint64
round_down (guint64 size)
{
  guint64 unit = size >= KERNEL_BUFFER ? KERNEL_BUFFER : PN_USB_MEMORY_PIECE;

  return MAX (size / unit * unit, PN_USB_MEMORY_PIECE);
}

guint
pn_usb_memory_share (guint64 memory, guint n_devices)
{
  guint64 each;

  if (memory == PN_USB_MEMORY_UNLIMITED)
    return PN_USB_MEMORY_ENOUGH;
  each = (memory - LEFT_TO_OTHERS (memory)) / MAX (n_devices, 1);
  return (guint) MIN (round_down (each), PN_USB_MEMORY_ENOUGH);
}

gsize
pn_usb_memory_cut (gsize wanted, guint share, guint n_transfers)
{
  return MIN (wanted, (gsize) round_down (share / MAX (n_transfers, 1)));
}

gsize
pn_usb_memory_halve (gsize size)
{
  return (gsize) round_down (size / 2);
}
