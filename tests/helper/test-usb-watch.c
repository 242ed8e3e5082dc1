/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whose device is ours, as udev tells it: runs under umockdev-wrapper. */
#include "config.h"

#include <umockdev.h>

#include "pn-error.h"
#include "pn-io.h"
#include "pn-usb-watch.h"

typedef struct
{
  UMockdevTestbed *testbed;
  PnUsbWatch *watch;
  GString *told; /* "+1-1 -1-1 " */
} Fixture;

static void
arrived_cb (const char *port, int fd, const char *serial, const GError *error, gpointer user_data)
{
  g_assert_no_error (error);
  pn_fd_close (fd);
  g_string_append_printf (user_data, "+%s ", port);
}

static void
left_cb (const char *port, gpointer user_data)
{
  g_string_append_printf (user_data, "-%s ", port);
}

static void
plugged_cb (const char *port, gpointer user_data)
{
  g_string_append_printf (user_data, "(%s) ", port);
}

static const PnUsbWatchFuncs funcs = { NULL, arrived_cb, left_cb, plugged_cb };

static void
set_up (Fixture *self, gconstpointer data)
{
  self->testbed = umockdev_testbed_new ();
  self->told = g_string_new (NULL);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_clear_pointer (&self->watch, pn_usb_watch_stop);
  g_string_free (self->told, TRUE);
  g_object_unref (self->testbed);
}

/* @manufacturer NULL: it has no such string. */
static void
plug (
    Fixture *self, guint number, const char *vendor, const char *product, const char *manufacturer)
{
  g_autofree char *maker =
      manufacturer != NULL ? g_strdup_printf ("A: manufacturer=%s\\n\n", manufacturer) : NULL;
  g_autofree char *description = g_strdup_printf (
      "P: /devices/usb1/1-%u\nN: bus/usb/001/%03u\nE: DEVTYPE=usb_device\n"
      "E: DEVNAME=/dev/bus/usb/001/%03u\nE: BUSNUM=001\nE: DEVNUM=%03u\nE: SUBSYSTEM=usb\n"
      "A: idVendor=%s\\n\nA: idProduct=%s\\n\n%s",
      number, number, number, number, vendor, product, maker != NULL ? maker : "");
  g_autoptr (GError) error = NULL;

  umockdev_testbed_add_from_string (self->testbed, description, &error);
  g_assert_no_error (error);
}

static void
wait_for (Fixture *self, const char *told)
{
  while (!g_str_has_suffix (self->told->str, told))
    g_main_context_iteration (NULL, TRUE);
}

static void
assert_not_ours (Fixture *self, const char *port)
{
  g_autofree char *node = pn_usb_watch_get_node (self->watch, port);
  g_autoptr (GError) error = NULL;

  g_assert_null (node);
  g_assert_cmpint (pn_usb_watch_open (self->watch, port, &error), ==, -1);
  g_assert_error (error, PN_ERROR, PN_ERROR_NOT_FOUND);
}

/* A telephone in its fastboot has the gadget's number: it is not opened, and nothing is written. */
static void
test_telephone (Fixture *self, gconstpointer data)
{
  static const char *const makers[] = { "Google", "Raspberry Pi Ltd", "raspberry pi", "", NULL };

  plug (self, 1, "18d1", "4e40", "Google");
  self->watch = pn_usb_watch_start (&funcs, self->told);
  assert_not_ours (self, "1-1");
  for (guint i = 0; i < G_N_ELEMENTS (makers); i++)
    {
      g_autofree char *plugged = g_strdup_printf ("(1-%u) ", i + 2);
      g_autofree char *port = g_strdup_printf ("1-%u", i + 2);

      plug (self, i + 2, "18d1", "4e40", makers[i]);
      wait_for (self, plugged);
      assert_not_ours (self, port);
    }
  plug (self, 9, "18d1", "4e40", "Raspberry Pi");
  wait_for (self, "+1-9 ");
  g_assert_cmpstr (self->told->str, ==, "(1-2) (1-3) (1-4) (1-5) (1-6) (1-9) +1-9 ");
}

/* What is there before the helper is, and what comes after. */
static void
test_ours (Fixture *self, gconstpointer data)
{
  g_auto (PnFd) fd = -1;

  plug (self, 1, "18d1", "4e40", "Raspberry Pi");
  plug (self, 2, "0781", "5583", "SanDisk");
  self->watch = pn_usb_watch_start (&funcs, self->told);
  g_assert_cmpstr (self->told->str, ==, "+1-1 ");
  plug (self, 3, "0a5c", "2712", "Broadcom");
  wait_for (self, "(1-3) +1-3 ");
  plug (self, 4, "0a5c", "2711", NULL);
  wait_for (self, "(1-4) +1-4 ");
  plug (self, 5, "0a5c", "21e8", "Broadcom Corp");
  wait_for (self, "(1-5) ");
  assert_not_ours (self, "1-5");
  fd = pn_usb_watch_open (self->watch, "1-3", NULL);
  g_assert_cmpint (fd, >=, 0);
  umockdev_testbed_uevent (self->testbed, "/sys/devices/usb1/1-3", "remove");
  wait_for (self, "-1-3 ");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/usb-watch/ours", Fixture, NULL, set_up, test_ours, tear_down);
  g_test_add ("/usb-watch/telephone", Fixture, NULL, set_up, test_telephone, tear_down);
  return g_test_run ();
}
