/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The front end over usbfs as umockdev emulates it (linux/usbdevice_fs.h): sysfs, uevents, and the
 * ioctls of each device's node, answered by the same model as the socket front end's.
 *
 * Nodes are plain files that hold the descriptors, as usbfs' do: a wrapped descriptor is read from
 * there. A plain file is always ready, so that libusb asks again and again while it waits; that
 * costs time, never correctness. */
#include "config.h"

#include "pn-virtual-umockdev.h"

#include <errno.h>
#include <linux/usbdevice_fs.h>
#include <string.h>
#include <sys/ioctl.h>

#include "pn-bytes.h"
#include "pn-digest.h"
#include "pn-virtual-descriptors.h"

#define BUS 1
#define ROOT_HUB "/devices/pci0000:00/0000:00:14.0/usb1"
#define SPEED_HIGH 3 /* linux/usb/ch9.h: USB_SPEED_HIGH */
#define MAX_URB (16 * 1024 * 1024)
#define KERNEL_MEMORY (16 * 1024 * 1024) /* bytes: usbfs_memory_mb where nobody has set it */
#define SETUP_SIZE 8

struct _PnVirtualBus
{
  UMockdevTestbed *testbed;
  GMutex mutex;
  guint next_number; /* addresses are never used twice */
  GPtrArray *ports;
  gsize memory, lent, most_lent; /* bytes; what the kernel lends to all that is not reaped */
};

typedef struct _Node Node;

typedef struct
{
  PnVirtualBus *bus;
  PnVirtualDevice *device;
  guint port;
  Node *node;       /* on the bus now */
  GPtrArray *nodes; /* all there ever were: a client may still hold one open */
} Port;

/* One enumeration. */
struct _Node
{
  Port *port;
  char *syspath, *path;
  GObject *handler;
  GMutex mutex;
  GQueue pending, done; /* Urb */
  gboolean gone;
  PnVirtualDescriptors descriptors;
};

typedef struct
{
  PnVirtualTransfer transfer; /* first */
  Node *node;
  gulong address;
  UMockdevIoctlData *data;
  UMockdevIoctlData *buffer; /* NULL = none */
  guint8 *bytes;
  gsize lent; /* bytes of the bus's memory */
} Urb;

/* FALSE where the kernel would have no memory for @size bytes more. */
static gboolean
lend (PnVirtualBus *bus, gsize size)
{
  gboolean fine;

  g_mutex_lock (&bus->mutex);
  fine = size <= bus->memory && bus->lent <= bus->memory - size;
  if (fine)
    {
      bus->lent += size;
      bus->most_lent = MAX (bus->most_lent, bus->lent);
    }
  g_mutex_unlock (&bus->mutex);
  return fine;
}

static void
give_back (PnVirtualBus *bus, gsize size)
{
  g_mutex_lock (&bus->mutex);
  bus->lent -= size;
  g_mutex_unlock (&bus->mutex);
}

static void
urb_free (Urb *urb)
{
  give_back (urb->node->port->bus, urb->lent);
  g_clear_object (&urb->buffer);
  g_clear_object (&urb->data);
  g_free (urb->bytes);
  g_free (urb);
}

/* From any thread. */
static void
completed_cb (PnVirtualTransfer *transfer, gpointer user_data)
{
  Urb *urb = user_data;
  Node *node = urb->node;

  g_mutex_lock (&node->mutex);
  g_queue_remove (&node->pending, urb);
  g_queue_push_tail (&node->done, urb);
  g_mutex_unlock (&node->mutex);
}

static void
finish (Urb *urb, int status, gsize actual)
{
  urb->transfer.status = status;
  urb->transfer.actual = actual;
  completed_cb (&urb->transfer, urb);
}

/* FALSE: it is for the model. */
static gboolean
answer_standard (Node *node, Urb *urb)
{
  guint8 answer[256];
  gssize size;

  if (!pn_virtual_descriptors_answer (&node->descriptors, urb->transfer.setup, answer, &size))
    return FALSE;
  if (size < 0)
    finish (urb, (int) size, 0);
  else
    {
      size = MIN (size, (gssize) urb->transfer.length);
      memcpy (urb->transfer.data, answer, (gsize) size);
      finish (urb, 0, (gsize) size);
    }
  return TRUE;
}

static int
submit_urb (Node *node, UMockdevIoctlData *argument)
{
  UMockdevIoctlData *data =
      umockdev_ioctl_data_resolve (argument, 0, sizeof (struct usbdevfs_urb), NULL);
  const struct usbdevfs_urb *request;
  gboolean control;
  Urb *urb;

  if (data == NULL)
    return -EFAULT;
  request = (const struct usbdevfs_urb *) data->data;
  control = request->type == USBDEVFS_URB_TYPE_CONTROL;
  if (request->buffer_length < (control ? SETUP_SIZE : 0) || request->buffer_length > MAX_URB)
    {
      g_object_unref (data);
      return -EINVAL;
    }
  if (!lend (node->port->bus, (gsize) request->buffer_length))
    {
      g_object_unref (data);
      return -ENOMEM;
    }
  urb = g_new0 (Urb, 1);
  urb->node = node;
  urb->data = data;
  urb->address = data->client_addr;
  urb->lent = (gsize) request->buffer_length;
  urb->bytes = g_malloc0 ((gsize) request->buffer_length + 1);
  if (request->buffer_length > 0)
    urb->buffer = umockdev_ioctl_data_resolve (data, G_STRUCT_OFFSET (struct usbdevfs_urb, buffer),
                                               (gsize) request->buffer_length, NULL);
  if (urb->buffer != NULL)
    memcpy (urb->bytes, urb->buffer->data, (gsize) request->buffer_length);
  urb->transfer.endpoint = control ? 0 : request->endpoint;
  urb->transfer.data = urb->bytes + (control ? SETUP_SIZE : 0);
  urb->transfer.length = (gsize) request->buffer_length - (control ? SETUP_SIZE : 0);
  urb->transfer.complete = completed_cb;
  urb->transfer.user_data = urb;
  if (control)
    {
      memcpy (urb->transfer.setup, urb->bytes, SETUP_SIZE);
      urb->transfer.length = MIN (urb->transfer.length, pn_peek_le16 (urb->bytes + 6));
    }
  g_mutex_lock (&node->mutex);
  g_queue_push_tail (&node->pending, urb);
  g_mutex_unlock (&node->mutex);
  if (!control || !answer_standard (node, urb))
    pn_virtual_device_submit (node->port->device, &urb->transfer);
  return 0;
}

static int
urb_status (int status)
{
  return status == -ECANCELED ? -ENOENT : status == -ENODEV ? -ESHUTDOWN : status;
}

static int
reap_urb (Node *node, UMockdevIoctlData *argument)
{
  struct usbdevfs_urb *result;
  UMockdevIoctlData *pointer;
  gboolean gone;
  Urb *urb;

  g_mutex_lock (&node->mutex);
  urb = g_queue_pop_head (&node->done);
  gone = node->gone;
  g_mutex_unlock (&node->mutex);
  if (urb == NULL)
    return gone ? -ENODEV : -EAGAIN;
  result = (struct usbdevfs_urb *) urb->data->data;
  result->status = urb_status (urb->transfer.status);
  result->actual_length = (int) urb->transfer.actual;
  if (urb->buffer != NULL)
    memcpy (urb->buffer->data, urb->bytes, (gsize) result->buffer_length);
  pointer = umockdev_ioctl_data_resolve (argument, 0, sizeof (gpointer), NULL);
  umockdev_ioctl_data_set_ptr (pointer, 0, urb->data);
  g_object_unref (pointer);
  urb_free (urb); /* what has to be written back, @argument holds */
  return 0;
}

static int
discard_urb (Node *node, UMockdevIoctlData *argument)
{
  gulong address = *(gulong *) argument->data;
  Urb *found = NULL;

  g_mutex_lock (&node->mutex);
  for (GList *at = node->pending.head; at != NULL && found == NULL; at = at->next)
    if (((Urb *) at->data)->address == address)
      found = at->data;
  g_mutex_unlock (&node->mutex);
  if (found == NULL)
    return -EINVAL;
  /* Completed meanwhile, it waits to be reaped, which only this thread does. */
  pn_virtual_device_cancel (node->port->device, &found->transfer);
  return 0;
}

static void
set_word (UMockdevIoctlData *argument, gsize size, guint32 value)
{
  UMockdevIoctlData *data = umockdev_ioctl_data_resolve (argument, 0, size, NULL);

  memset (data->data, 0, size);
  memcpy (data->data, &value, sizeof value);
  g_object_unref (data);
}

static int
serve (Node *node, gulong request, UMockdevIoctlData *argument)
{
  gboolean gone;

  if (request == USBDEVFS_REAPURBNDELAY || request == USBDEVFS_REAPURB)
    return reap_urb (node, argument);
  g_mutex_lock (&node->mutex);
  gone = node->gone;
  g_mutex_unlock (&node->mutex);
  if (gone)
    return -ENODEV;
  switch (request)
    {
    case USBDEVFS_SUBMITURB:
      return submit_urb (node, argument);
    case USBDEVFS_DISCARDURB:
      return discard_urb (node, argument);
    case USBDEVFS_GET_CAPABILITIES:
      set_word (argument, sizeof (guint32),
                USBDEVFS_CAP_ZERO_PACKET | USBDEVFS_CAP_REAP_AFTER_DISCONNECT |
                    USBDEVFS_CAP_NO_PACKET_SIZE_LIM | USBDEVFS_CAP_BULK_SCATTER_GATHER);
      return 0;
    case USBDEVFS_CONNECTINFO:
      set_word (argument, sizeof (struct usbdevfs_connectinfo), 2);
      return 0;
    case USBDEVFS_GET_SPEED:
      return SPEED_HIGH;
    case USBDEVFS_GETDRIVER:
      return -ENODATA;
    case USBDEVFS_CLAIMINTERFACE:
    case USBDEVFS_RELEASEINTERFACE:
    case USBDEVFS_DISCONNECT_CLAIM:
    case USBDEVFS_CLEAR_HALT:
      return 0;
    default:
      /* SETCONFIGURATION, SETINTERFACE, RESET: each would lose the gadget (fastboot.md §2.3). */
      return -ENOTTY;
    }
}

#define PN_TYPE_NODE_HANDLER (pn_node_handler_get_type ())
G_DECLARE_FINAL_TYPE (PnNodeHandler, pn_node_handler, PN, NODE_HANDLER, UMockdevIoctlBase)

struct _PnNodeHandler
{
  UMockdevIoctlBase parent_instance;
  Node *node;
};

G_DEFINE_FINAL_TYPE (PnNodeHandler, pn_node_handler, UMOCKDEV_TYPE_IOCTL_BASE)

static gboolean
handle_ioctl (UMockdevIoctlBase *base, UMockdevIoctlClient *client)
{
  int result = serve (PN_NODE_HANDLER (base)->node, umockdev_ioctl_client_get_request (client),
                      umockdev_ioctl_client_get_arg (client));

  umockdev_ioctl_client_complete (client, result < 0 ? -1 : result, result < 0 ? -result : 0);
  return TRUE;
}

static void
pn_node_handler_class_init (PnNodeHandlerClass *klass)
{
  UMOCKDEV_IOCTL_BASE_CLASS (klass)->handle_ioctl = handle_ioctl;
}

static void
pn_node_handler_init (PnNodeHandler *self)
{
}

static void
node_free (Node *node)
{
  Urb *urb;

  while ((urb = g_queue_pop_head (&node->done)) != NULL)
    urb_free (urb);
  g_clear_object (&node->handler);
  pn_virtual_descriptors_clear (&node->descriptors);
  g_free (node->syspath);
  g_free (node->path);
  g_mutex_clear (&node->mutex);
  g_free (node);
}

/* sysfs and uevent as the kernel makes them, with what udev would add. */
static char *
describe (Node *node, guint number)
{
  gsize size;
  const guint8 *config = g_bytes_get_data (node->descriptors.configuration, &size);
  g_autofree char *device_hex =
      pn_hex_encode (node->descriptors.device, sizeof node->descriptors.device);
  g_autofree char *config_hex = pn_hex_encode (config, size);
  g_autofree char *device_upper = g_ascii_strup (device_hex, -1);
  g_autofree char *config_upper = g_ascii_strup (config_hex, -1);
  guint vendor = pn_peek_le16 (node->descriptors.device + 8);
  guint product = pn_peek_le16 (node->descriptors.device + 10);
  const char *maker = node->descriptors.strings[0];
  g_autofree char *manufacturer =
      maker[0] != '\0' ? g_strdup_printf ("A: manufacturer=%s\\n\n", maker) : g_strdup ("");

  return g_strdup_printf (
      "P: %s\nN: bus/usb/%03d/%03u=%s%s\n"
      "E: DEVTYPE=usb_device\nE: DEVNAME=/dev/bus/usb/%03d/%03u\nE: BUSNUM=%03d\nE: DEVNUM=%03u\n"
      "E: PRODUCT=%x/%x/0\nE: MAJOR=189\nE: MINOR=%u\nE: SUBSYSTEM=usb\n"
      "E: ID_VENDOR_ID=%04x\nE: ID_MODEL_ID=%04x\n"
      "A: busnum=%d\\n\nA: devnum=%u\\n\nA: devpath=%u\\n\nA: bConfigurationValue=1\\n\n"
      "A: speed=480\\n\nA: idVendor=%04x\\n\nA: idProduct=%04x\\n\nA: dev=189:%u\\n\n%s"
      "H: descriptors=%s%s\n",
      node->syspath + strlen ("/sys"), BUS, number, device_upper, config_upper, BUS, number, BUS,
      number, vendor, product, number - 1, vendor, product, BUS, number, node->port->port, vendor,
      product, number - 1, manufacturer, device_upper, config_upper);
}

static void
attach_cb (PnVirtualDevice *device,
           const guint8 *device_descriptor,
           GBytes *configuration_descriptor,
           const char *manufacturer,
           const char *product,
           const char *serial,
           gpointer user_data)
{
  Port *port = user_data;
  PnVirtualBus *bus = port->bus;
  Node *node = g_new0 (Node, 1);
  g_autofree char *description = NULL;
  g_autoptr (GError) error = NULL;
  guint number;

  g_mutex_lock (&bus->mutex);
  number = bus->next_number++;
  g_mutex_unlock (&bus->mutex);
  g_mutex_init (&node->mutex);
  node->port = port;
  pn_virtual_descriptors_init (&node->descriptors, device_descriptor, configuration_descriptor,
                               manufacturer, product, serial);
  node->path = g_strdup_printf ("/dev/bus/usb/%03d/%03u", BUS, number);
  node->syspath = g_strdup_printf ("/sys" ROOT_HUB "/%d-%u", BUS, port->port);
  node->handler = g_object_new (PN_TYPE_NODE_HANDLER, NULL);
  PN_NODE_HANDLER (node->handler)->node = node;
  g_ptr_array_add (port->nodes, node);
  port->node = node;
  description = describe (node, number);
  /* The handler first: a client may open the node as soon as it hears of it. */
  if (!umockdev_testbed_attach_ioctl (bus->testbed, node->path, UMOCKDEV_IOCTL_BASE (node->handler),
                                      &error) ||
      !umockdev_testbed_add_from_string (bus->testbed, description, &error))
    g_error ("%s", error->message);
}

static void
detach_cb (PnVirtualDevice *device, gpointer user_data)
{
  Port *port = user_data;
  Node *node = g_steal_pointer (&port->node);

  if (node == NULL)
    return;
  g_mutex_lock (&node->mutex);
  node->gone = TRUE;
  g_mutex_unlock (&node->mutex);
  /* Said while the folder is still there, or the sender fails. */
  umockdev_testbed_uevent (port->bus->testbed, node->syspath, "remove");
  umockdev_testbed_remove_device (port->bus->testbed, node->syspath);
}

static void
port_free (Port *port)
{
  pn_virtual_device_unplug (port->device);
  pn_virtual_device_set_port (port->device, &(PnVirtualPort){ 0 }, NULL);
  g_object_unref (port->device);
  g_ptr_array_unref (port->nodes);
  g_free (port);
}

PnVirtualBus *
pn_virtual_bus_new (GError **error)
{
  PnVirtualBus *self = g_new0 (PnVirtualBus, 1);

  self->testbed = umockdev_testbed_new ();
  g_mutex_init (&self->mutex);
  self->next_number = 2;
  self->memory = KERNEL_MEMORY;
  self->ports = g_ptr_array_new_with_free_func ((GDestroyNotify) port_free);
  if (umockdev_testbed_add_from_string (
          self->testbed,
          "P: " ROOT_HUB "\nN: bus/usb/001/001\nE: DEVTYPE=usb_device\n"
          "E: DEVNAME=/dev/bus/usb/001/001\nE: BUSNUM=001\nE: DEVNUM=001\nE: MAJOR=189\n"
          "E: MINOR=0\nE: SUBSYSTEM=usb\nA: busnum=1\\n\nA: devnum=1\\n\n"
          "A: bConfigurationValue=1\\n\nA: speed=480\\n\nA: idVendor=1d6b\\n\n"
          "A: idProduct=0002\\n\nA: dev=189:0\\n\n"
          "H: descriptors=12010002090001406B1D0200000600000001"
          "0902190001010"
          "0E0000904000001090000000705810304000C\n",
          error))
    return self;
  pn_virtual_bus_free (self);
  return NULL;
}

void
pn_virtual_bus_free (PnVirtualBus *self)
{
  g_ptr_array_unref (self->ports);
  g_object_unref (self->testbed);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

void
pn_virtual_bus_connect (PnVirtualBus *self, PnVirtualDevice *device, guint port_number)
{
  static const PnVirtualPort front_end = { attach_cb, detach_cb };
  Port *port = g_new0 (Port, 1);

  port->bus = self;
  port->device = g_object_ref (device);
  port->port = port_number;
  port->nodes = g_ptr_array_new_with_free_func ((GDestroyNotify) node_free);
  g_ptr_array_add (self->ports, port);
  pn_virtual_device_set_port (device, &front_end, port);
}

gsize
pn_virtual_bus_set_memory (PnVirtualBus *self, gsize memory)
{
  gsize most;

  g_mutex_lock (&self->mutex);
  most = self->most_lent;
  self->most_lent = self->lent;
  self->memory = memory;
  g_mutex_unlock (&self->mutex);
  return most;
}

void
pn_virtual_bus_add_stick (PnVirtualBus *self, guint port)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *description = NULL;
  guint number;

  g_mutex_lock (&self->mutex);
  number = self->next_number++;
  g_mutex_unlock (&self->mutex);
  description = g_strdup_printf (
      "P: " ROOT_HUB "/%d-%u\nN: bus/usb/%03d/%03u\nE: DEVTYPE=usb_device\n"
      "E: DEVNAME=/dev/bus/usb/%03d/%03u\nE: BUSNUM=%03d\nE: DEVNUM=%03u\nE: SUBSYSTEM=usb\n"
      "A: idVendor=0781\\n\nA: idProduct=5567\\n\n",
      BUS, port, BUS, number, BUS, number, BUS, number);
  if (!umockdev_testbed_add_from_string (self->testbed, description, &error))
    g_error ("%s", error->message);
}
