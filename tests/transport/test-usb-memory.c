/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the kernel's memory for USB transfers is shared: all devices together never ask for more than
 * there is, and none gets nothing. */
#include "config.h"

#include "pn-usb-memory.h"

#define KIB 1024u
#define MIB (G_GUINT64_CONSTANT (1024) * 1024)

static void
test_parse (void)
{
  const struct
  {
    const char *text;
    guint64 bytes;
  } cases[] = {
    { "16\n", 16 * MIB },
    { "1", 1 * MIB },
    { "1000\n", 1000 * MIB },
    { "0\n", PN_USB_MEMORY_UNLIMITED },
    { "4294967295\n", PN_USB_MEMORY_UNLIMITED },
    /* Not there, or not what the kernel says. */
    { NULL, 16 * MIB },
    { "", 16 * MIB },
    { "-1\n", 16 * MIB },
    { "4294967296", 16 * MIB },
    { "16 MB", 16 * MIB },
    { "0x10", 16 * MIB },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpuint (pn_usb_memory_parse (cases[i].text), ==, cases[i].bytes);
}

static void
test_share (void)
{
  const struct
  {
    guint64 memory;
    guint n, share;
  } cases[] = {
    { PN_USB_MEMORY_UNLIMITED, 1, 1024 * KIB },
    { PN_USB_MEMORY_UNLIMITED, 256, 1024 * KIB },
    { 16 * MIB, 0, 1024 * KIB },
    { 16 * MIB, 1, 1024 * KIB },
    { 16 * MIB, 14, 1024 * KIB },
    { 16 * MIB, 15, 944 * KIB },
    { 16 * MIB, 32, 448 * KIB },
    { 16 * MIB, 256, 48 * KIB },
    { 1 * MIB, 1, 896 * KIB },
    { 1 * MIB, 256, 3 * KIB },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpuint (pn_usb_memory_share (cases[i].memory, cases[i].n), ==, cases[i].share);
}

/* Whatever the kernel lends and however many there are, together they keep within it. */
static void
test_together (void)
{
  for (guint64 mib = 1; mib <= 64; mib++)
    for (guint n = 1; n <= 256; n++)
      {
        guint share = pn_usb_memory_share (mib * MIB, n);

        g_assert_cmpuint (share, >=, PN_USB_MEMORY_PIECE);
        g_assert_cmpuint (share % PN_USB_MEMORY_PIECE, ==, 0);
        g_assert_cmpuint (share, <=, PN_USB_MEMORY_ENOUGH);
        g_assert_cmpuint ((guint64) share * n, <, mib * MIB);
        for (gsize wanted = 512; wanted <= 256 * KIB; wanted *= 2)
          {
            gsize cut = pn_usb_memory_cut (wanted, share, 4);

            g_assert_cmpuint (cut, <=, wanted);
            g_assert_cmpuint (cut, >, 0);
            g_assert_true (cut == wanted || cut % PN_USB_MEMORY_PIECE == 0);
            g_assert_true (4 * cut <= share || cut <= PN_USB_MEMORY_PIECE);
          }
      }
}

static void
test_halve (void)
{
  guint steps = 0;

  g_assert_cmpuint (pn_usb_memory_halve (256 * KIB), ==, 128 * KIB);
  g_assert_cmpuint (pn_usb_memory_halve (100 * KIB), ==, 48 * KIB);
  g_assert_cmpuint (pn_usb_memory_halve (5000), ==, 2048);
  for (gsize size = 256 * KIB; size > PN_USB_MEMORY_PIECE; size = pn_usb_memory_halve (size))
    g_assert_cmpuint (++steps, <=, 8);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/usb-memory/parse", test_parse);
  g_test_add_func ("/usb-memory/share", test_share);
  g_test_add_func ("/usb-memory/together", test_together);
  g_test_add_func ("/usb-memory/halve", test_halve);
  return g_test_run ();
}
