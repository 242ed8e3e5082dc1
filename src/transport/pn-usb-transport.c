/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libusb over a descriptor that somebody else opened. All transfers are asynchronous underneath, so
 * that a cancellable is heard and several can be in flight. Never a configuration, an alternate
 * setting or a reset: each of them loses the gadget (fastboot.md §2.3). */
#include "config.h"

#include "pn-usb-transport.h"

#include <libusb.h>
#include <string.h>

#include "pn-io.h"
#include "pn-transport-private.h"

#define IN_FLIGHT 4
#define EVENT_MS 50 /* how soon a cancellable is heard */
#define MAX_STRING 256

G_DEFINE_AUTOPTR_CLEANUP_FUNC (libusb_context, libusb_exit)

struct _PnUsbTransport
{
  PnTransport parent_instance;
  int fd;
  libusb_context *context;
  libusb_device_handle *handle;
  int interface_number; /* -1 = not claimed */
};

G_DEFINE_FINAL_TYPE (PnUsbTransport, pn_usb_transport, PN_TYPE_TRANSPORT)

/* One transfer under way. */
typedef struct
{
  struct libusb_transfer *transfer;
  guint8 *buffer;
  int completed;
} Slot;

static gboolean
set_error (GError **error, int code)
{
  PnError kind = PN_ERROR_PROTOCOL;

  if (code == LIBUSB_ERROR_NO_DEVICE || code == LIBUSB_ERROR_IO || code == LIBUSB_ERROR_NOT_FOUND)
    kind = PN_ERROR_DISCONNECTED;
  else if (code == LIBUSB_ERROR_TIMEOUT)
    kind = PN_ERROR_TIMED_OUT;
  else if (code == LIBUSB_ERROR_ACCESS)
    kind = PN_ERROR_PERMISSION;
  pn_set_error (error, (int) kind, "USB: %s", libusb_strerror (code));
  return FALSE;
}

static gboolean
status_error (GError **error, enum libusb_transfer_status status)
{
  switch (status)
    {
    case LIBUSB_TRANSFER_COMPLETED:
      return TRUE;
    case LIBUSB_TRANSFER_TIMED_OUT:
      return set_error (error, LIBUSB_ERROR_TIMEOUT);
    case LIBUSB_TRANSFER_STALL:
      return set_error (error, LIBUSB_ERROR_PIPE);
    case LIBUSB_TRANSFER_OVERFLOW:
      return set_error (error, LIBUSB_ERROR_OVERFLOW);
    case LIBUSB_TRANSFER_CANCELLED:
      return set_error (error, LIBUSB_ERROR_INTERRUPTED);
    case LIBUSB_TRANSFER_NO_DEVICE:
      return set_error (error, LIBUSB_ERROR_NO_DEVICE);
    case LIBUSB_TRANSFER_ERROR:
    default:
      return set_error (error, LIBUSB_ERROR_IO);
    }
}

static void
completed_cb (struct libusb_transfer *transfer)
{
  *(int *) transfer->user_data = 1;
}

/* Runs events until @slot is done. Cancelling takes the transfer back first; it is done then, too.
 */
static void
wait_slot (PnUsbTransport *self, Slot *slot, GCancellable *cancellable)
{
  gboolean cancelled = FALSE;

  while (!slot->completed)
    {
      struct timeval limit = { 0, EVENT_MS * 1000 };

      if (!cancelled && g_cancellable_is_cancelled (cancellable))
        {
          (void) libusb_cancel_transfer (slot->transfer);
          cancelled = TRUE;
        }
      (void) libusb_handle_events_timeout_completed (self->context, &limit, &slot->completed);
    }
}

static gboolean
submit (Slot *slot, GError **error)
{
  int result;

  slot->completed = 0;
  result = libusb_submit_transfer (slot->transfer);
  if (result == 0)
    return TRUE;
  slot->completed = 1;
  return set_error (error, result);
}

static gssize
pn_usb_transport_control (PnTransport *transport,
                          guint8 request_type,
                          guint8 request,
                          guint16 value,
                          guint16 index,
                          guint8 *data,
                          guint16 length,
                          guint timeout,
                          GCancellable *cancellable,
                          GError **error)
{
  PnUsbTransport *self = PN_USB_TRANSPORT (transport);
  g_autofree guint8 *buffer = g_malloc0 (LIBUSB_CONTROL_SETUP_SIZE + (gsize) length);
  Slot slot = { libusb_alloc_transfer (0), buffer, 0 };
  gboolean in = (request_type & LIBUSB_ENDPOINT_IN) != 0;
  gssize actual = -1;

  libusb_fill_control_setup (buffer, request_type, request, value, index, length);
  if (!in && length > 0)
    memcpy (buffer + LIBUSB_CONTROL_SETUP_SIZE, data, length);
  libusb_fill_control_transfer (slot.transfer, self->handle, buffer, completed_cb, &slot.completed,
                                timeout);
  if (submit (&slot, error))
    {
      wait_slot (self, &slot, cancellable);
      if (slot.transfer->status == LIBUSB_TRANSFER_COMPLETED)
        {
          actual = slot.transfer->actual_length;
          if (in)
            memcpy (data, buffer + LIBUSB_CONTROL_SETUP_SIZE, (gsize) actual);
        }
      else if (!g_cancellable_set_error_if_cancelled (cancellable, error))
        status_error (error, slot.transfer->status);
    }
  libusb_free_transfer (slot.transfer);
  return actual;
}

static gssize
pn_usb_transport_bulk_in (PnTransport *transport,
                          guint8 *buffer,
                          gsize size,
                          guint timeout,
                          GCancellable *cancellable,
                          GError **error)
{
  PnUsbTransport *self = PN_USB_TRANSPORT (transport);
  Slot slot = { libusb_alloc_transfer (0), buffer, 0 };
  gssize actual = -1;

  libusb_fill_bulk_transfer (slot.transfer, self->handle,
                             pn_transport_get_identity (transport)->endpoint_in, buffer, (int) size,
                             completed_cb, &slot.completed, timeout);
  if (submit (&slot, error))
    {
      wait_slot (self, &slot, cancellable);
      if (slot.transfer->status == LIBUSB_TRANSFER_COMPLETED)
        actual = slot.transfer->actual_length;
      else if (!g_cancellable_set_error_if_cancelled (cancellable, error))
        status_error (error, slot.transfer->status);
    }
  libusb_free_transfer (slot.transfer);
  return actual;
}

/* The sending of one stream: slots in the order in which they were submitted. */
typedef struct
{
  PnUsbTransport *self;
  Slot slots[IN_FLIGHT];
  guint first, n; /* of those under way */
  guint64 acknowledged;
} Stream;

/* Waits for the oldest; FALSE where it failed. */
static gboolean
finish_oldest (Stream *stream, GCancellable *cancellable, GError **error)
{
  Slot *slot = &stream->slots[stream->first];

  wait_slot (stream->self, slot, cancellable);
  stream->first = (stream->first + 1) % IN_FLIGHT;
  stream->n--;
  if (slot->transfer->status != LIBUSB_TRANSFER_COMPLETED)
    return g_cancellable_set_error_if_cancelled (cancellable, error)
               ? FALSE
               : status_error (error, slot->transfer->status);
  if (slot->transfer->actual_length != slot->transfer->length)
    {
      pn_set_error (error, PN_ERROR_PROTOCOL, "USB: The device took too little");
      return FALSE;
    }
  stream->acknowledged += (guint64) slot->transfer->actual_length;
  return TRUE;
}

static gboolean
send_next (Stream *stream,
           gsize count,
           PnTransportSource source,
           gpointer user_data,
           guint timeout,
           GError **error)
{
  Slot *slot = &stream->slots[(stream->first + stream->n) % IN_FLIGHT];
  gssize got = source (slot->buffer, count, user_data, error);

  if (got < 0)
    return FALSE;
  if ((gsize) got != count)
    {
      pn_set_error (error, PN_ERROR_IO, "The data ended too early");
      return FALSE;
    }
  libusb_fill_bulk_transfer (slot->transfer, stream->self->handle,
                             pn_transport_get_identity (PN_TRANSPORT (stream->self))->endpoint_out,
                             slot->buffer, (int) count, completed_cb, &slot->completed, timeout);
  if (!submit (slot, error))
    return FALSE;
  stream->n++;
  return TRUE;
}

static gboolean
pn_usb_transport_bulk_out (PnTransport *transport,
                           guint64 total,
                           gsize chunk,
                           PnTransportSource source,
                           PnTransportProgress progress,
                           gpointer user_data,
                           guint timeout,
                           GCancellable *cancellable,
                           GError **error)
{
  Stream stream = { .self = PN_USB_TRANSPORT (transport) };
  gsize room = (gsize) MIN (chunk, MAX (total, 1));
  guint64 left = total;
  gboolean fine = TRUE;

  for (guint i = 0; i < IN_FLIGHT; i++)
    {
      stream.slots[i].transfer = libusb_alloc_transfer (0);
      stream.slots[i].buffer = g_malloc (room);
    }
  while (fine && (left > 0 || stream.n > 0))
    {
      if (left > 0 && stream.n < IN_FLIGHT)
        {
          gsize count = (gsize) MIN (left, chunk);

          fine = send_next (&stream, count, source, user_data, timeout, error);
          left -= count;
        }
      else
        {
          fine = finish_oldest (&stream, cancellable, error);
          if (fine && progress != NULL)
            progress (stream.acknowledged, user_data);
        }
    }
  /* After a failure the others are taken back before their buffers go. */
  for (guint i = 0; i < stream.n; i++)
    (void) libusb_cancel_transfer (stream.slots[(stream.first + i) % IN_FLIGHT].transfer);
  while (stream.n > 0)
    (void) finish_oldest (&stream, NULL, NULL);
  for (guint i = 0; i < IN_FLIGHT; i++)
    {
      libusb_free_transfer (stream.slots[i].transfer);
      g_free (stream.slots[i].buffer);
    }
  return fine;
}

static void
pn_usb_transport_finalize (GObject *object)
{
  PnUsbTransport *self = PN_USB_TRANSPORT (object);

  if (self->handle != NULL)
    {
      if (self->interface_number >= 0)
        (void) libusb_release_interface (self->handle, self->interface_number);
      libusb_close (self->handle);
    }
  if (self->context != NULL)
    libusb_exit (self->context);
  if (self->fd >= 0)
    pn_fd_close (self->fd);
  G_OBJECT_CLASS (pn_usb_transport_parent_class)->finalize (object);
}

static void
pn_usb_transport_class_init (PnUsbTransportClass *klass)
{
  PnTransportClass *transport_class = PN_TRANSPORT_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = pn_usb_transport_finalize;
  transport_class->control = pn_usb_transport_control;
  transport_class->bulk_in = pn_usb_transport_bulk_in;
  transport_class->bulk_out = pn_usb_transport_bulk_out;
}

static void
pn_usb_transport_init (PnUsbTransport *self)
{
  self->fd = -1;
  self->interface_number = -1;
}

static char *
read_string (PnUsbTransport *self, guint8 index)
{
  guint8 text[MAX_STRING] = { 0 };

  if (index == 0 ||
      libusb_get_string_descriptor_ascii (self->handle, index, text, sizeof text - 1) < 0)
    return g_strdup ("");
  return g_utf8_make_valid ((const char *) text, -1);
}

static PnIdentity *
read_identity (PnUsbTransport *self, GError **error)
{
  g_autoptr (PnIdentity) identity = g_new0 (PnIdentity, 1);
  libusb_device *device = libusb_get_device (self->handle);
  struct libusb_device_descriptor descriptor;
  guint8 raw[512];
  int size;

  if (libusb_get_device_descriptor (device, &descriptor) != 0)
    {
      set_error (error, LIBUSB_ERROR_IO);
      return NULL;
    }
  identity->vendor = descriptor.idVendor;
  identity->product = descriptor.idProduct;
  identity->serial_index = descriptor.iSerialNumber;
  size = libusb_get_descriptor (self->handle, LIBUSB_DT_CONFIG, 0, raw, sizeof raw);
  if (size < 0)
    {
      set_error (error, size);
      return NULL;
    }
  if (!pn_identity_parse_configuration (identity, raw, (gsize) size, error))
    return NULL;
  identity->manufacturer = read_string (self, descriptor.iManufacturer);
  identity->product_name = read_string (self, descriptor.iProduct);
  identity->serial = read_string (self, descriptor.iSerialNumber);
  return g_steal_pointer (&identity);
}

PnTransport *
pn_usb_transport_new (int fd, GCancellable *cancellable, GError **error)
{
  g_autoptr (PnUsbTransport) self = g_object_new (PN_TYPE_USB_TRANSPORT, NULL);
  PnIdentity *identity;
  int result;

  self->fd = fd;
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;
  (void) libusb_set_option (NULL, LIBUSB_OPTION_NO_DEVICE_DISCOVERY);
  result = libusb_init (&self->context);
  if (result == 0)
    result = libusb_wrap_sys_device (self->context, (intptr_t) fd, &self->handle);
  if (result != 0)
    {
      set_error (error, result);
      return NULL;
    }
  identity = read_identity (self, error);
  if (identity == NULL)
    return NULL;
  pn_transport_take_identity (PN_TRANSPORT (self), identity);
  result = libusb_claim_interface (self->handle, (int) identity->interface_number);
  if (result != 0)
    {
      set_error (error, result);
      pn_prefix_error (error, "The device is used by another program");
      return NULL;
    }
  self->interface_number = (int) identity->interface_number;
  return PN_TRANSPORT (g_steal_pointer (&self));
}
