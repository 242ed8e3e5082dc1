/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-usb-watch.h"

#include <errno.h>
#include <fcntl.h>
#include <gudev/gudev.h>

#include "pn-io.h"

struct _PnUsbWatch
{
  GUdevClient *client;
  GHashTable *ports; /* port → the device number of what is there */
  PnUsbWatchFuncs funcs;
  gpointer user_data;
};

static const struct
{
  const char *vendor, *product;
  const char *manufacturer; /* NULL = whatever it says, or nothing */
} ids[] = {
  { "0a5c", "2711", NULL },           /* BCM2711 */
  { "0a5c", "2712", NULL },           /* BCM2712 */
  { "0a5c", "2763", NULL },           /* BCM2708 */
  { "0a5c", "2764", NULL },           /* BCM2710 */
  { "18d1", "4e40", "Raspberry Pi" }, /* the gadget; many a telephone has the number, too */
};

static gboolean
is_ours (GUdevDevice *device)
{
  const char *vendor = g_udev_device_get_sysfs_attr (device, "idVendor");
  const char *product = g_udev_device_get_sysfs_attr (device, "idProduct");
  const char *manufacturer = g_udev_device_get_sysfs_attr (device, "manufacturer");

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    if (g_strcmp0 (vendor, ids[i].vendor) == 0 && g_strcmp0 (product, ids[i].product) == 0)
      return ids[i].manufacturer == NULL || g_strcmp0 (manufacturer, ids[i].manufacturer) == 0;
  return FALSE;
}

static int
open_node (const char *path, GError **error)
{
  int fd = open (path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

  if (fd >= 0)
    return fd;
  if (errno == EACCES || errno == EPERM)
    pn_set_error (
        error, PN_ERROR_PERMISSION,
        "The helper may not open the USB device %s. Give its user access with a udev rule "
        "for the vendors 0a5c and 18d1, then plug the device in again",
        path);
  else
    pn_set_error_from_errno (error, errno, "Cannot open the USB device %s", path);
  return -1;
}

static void
add_device (PnUsbWatch *self, GUdevDevice *device)
{
  const char *port = g_udev_device_get_name (device);
  const char *number = g_udev_device_get_property (device, "DEVNUM");
  const char *path = g_udev_device_get_device_file (device);
  g_autoptr (GError) error = NULL;
  int fd;

  /* An arrival can be told twice: what is listed may be announced, too. */
  if (!is_ours (device) || number == NULL || path == NULL ||
      g_strcmp0 (g_hash_table_lookup (self->ports, port), number) == 0)
    return;
  if (g_hash_table_contains (self->ports, port))
    self->funcs.left (port, self->user_data); /* its leaving was lost */
  g_hash_table_insert (self->ports, g_strdup (port), g_strdup (number));
  if (self->funcs.wanted != NULL && !self->funcs.wanted (port, self->user_data))
    return;
  fd = open_node (path, &error);
  self->funcs.arrived (port, fd, g_udev_device_get_sysfs_attr (device, "serial"), error,
                       self->user_data);
}

static void
uevent_cb (GUdevClient *client, const char *action, GUdevDevice *device, PnUsbWatch *self)
{
  const char *port = g_udev_device_get_name (device);

  if (g_str_equal (action, "add"))
    {
      /* "usb1" is a root hub: no socket. */
      if (self->funcs.plugged != NULL && g_ascii_isdigit (port[0]))
        self->funcs.plugged (port, self->user_data);
      add_device (self, device);
    }
  else if (g_str_equal (action, "remove") &&
           g_strcmp0 (g_hash_table_lookup (self->ports, port),
                      g_udev_device_get_property (device, "DEVNUM")) == 0)
    {
      g_hash_table_remove (self->ports, port);
      self->funcs.left (port, self->user_data);
    }
}

PnUsbWatch *
pn_usb_watch_start (const PnUsbWatchFuncs *funcs, gpointer user_data)
{
  static const char *const subsystems[] = { "usb/usb_device", NULL };
  PnUsbWatch *self = g_new0 (PnUsbWatch, 1);
  GList *devices;

  self->funcs = *funcs;
  self->user_data = user_data;
  self->ports = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->client = g_udev_client_new (subsystems);
  g_signal_connect (self->client, "uevent", G_CALLBACK (uevent_cb), self);
  devices = g_udev_client_query_by_subsystem (self->client, "usb");
  for (GList *at = devices; at != NULL; at = at->next)
    if (g_strcmp0 (g_udev_device_get_devtype (at->data), "usb_device") == 0)
      add_device (self, at->data);
  g_list_free_full (devices, g_object_unref);
  return self;
}

char *
pn_usb_watch_get_node (PnUsbWatch *self, const char *port)
{
  g_autoptr (GUdevDevice) device =
      g_udev_client_query_by_subsystem_and_name (self->client, "usb", port);

  return device != NULL && is_ours (device) ? g_strdup (g_udev_device_get_device_file (device))
                                            : NULL;
}

int
pn_usb_watch_open (PnUsbWatch *self, const char *port, GError **error)
{
  g_autoptr (GUdevDevice) device =
      g_udev_client_query_by_subsystem_and_name (self->client, "usb", port);
  const char *path = device != NULL ? g_udev_device_get_device_file (device) : NULL;

  if (path != NULL && is_ours (device))
    return open_node (path, error);
  pn_set_error (error, PN_ERROR_NOT_FOUND, "There is no device in %s", port);
  return -1;
}

void
pn_usb_watch_stop (PnUsbWatch *self)
{
  g_signal_handlers_disconnect_by_data (self->client, self);
  g_object_unref (self->client);
  g_hash_table_unref (self->ports);
  g_free (self);
}
