/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libusb over a descriptor that somebody else opened. All transfers are asynchronous underneath, so
 * that a cancellable is heard and several can be in flight. Never a configuration, an alternate
 * setting or a reset: each of them loses the gadget (fastboot.md §2.3). */
#include "config.h"

#include "pn-usb-transport.h"

#include <libusb.h>
#include <string.h>

#include "pn-io.h"
#include "pn-pause.h"
#include "pn-transport-private.h"
#include "pn-usb-memory.h"

#define IN_FLIGHT 4
#define MEMORY_MS 50 /* how soon the kernel is asked again for memory */
#define MAX_STRING 256

G_DEFINE_AUTOPTR_CLEANUP_FUNC (libusb_context, libusb_exit)

struct _PnUsbTransport
{
  PnTransport parent_instance;
  int fd;
  libusb_context *context;
  libusb_device_handle *handle;
  int interface_number; /* -1 = not claimed */
  const guint *share;   /* atomic, not ours; NULL = as much as one likes */
  gboolean refused;     /* by a kernel without memory, at least once */
};

enum
{
  MEMORY_REFUSED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

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

static void
interrupt_cb (GCancellable *cancellable, gpointer context)
{
  libusb_interrupt_event_handler (context);
}

/* Runs events until @slot is done. Cancelling takes the transfer back first; it is done then, too.
 */
static void
wait_slot (PnUsbTransport *self, Slot *slot, GCancellable *cancellable)
{
  gboolean cancelled = FALSE;
  gulong handler =
      cancellable != NULL
          ? g_cancellable_connect (cancellable, G_CALLBACK (interrupt_cb), self->context, NULL)
          : 0;

  while (!slot->completed)
    {
      if (!cancelled && g_cancellable_is_cancelled (cancellable))
        {
          (void) libusb_cancel_transfer (slot->transfer);
          cancelled = TRUE;
        }
      (void) libusb_handle_events_completed (self->context, &slot->completed);
    }
  g_cancellable_disconnect (cancellable, handler);
}

/* 0 or libusb's error. */
static int
submit (Slot *slot)
{
  int result;

  slot->completed = 0;
  result = libusb_submit_transfer (slot->transfer);
  if (result != 0)
    slot->completed = 1;
  return result;
}

/* At most so many bytes are one of @n_transfers that are under way at once. */
static gsize
cut (PnUsbTransport *self, gsize wanted, guint n_transfers)
{
  return self->share == NULL
             ? wanted
             : pn_usb_memory_cut (wanted, (guint) g_atomic_int_get (self->share), n_transfers);
}

/* What to submit after the kernel had no memory for @size bytes and nothing of ours is under way:
 * less, and in the end the same again a little later, as nobody tells when there is memory. 0 where
 * that has lasted until @deadline (monotonic, µs). */
static gsize
yield_memory (
    PnUsbTransport *self, gsize size, gint64 deadline, GCancellable *cancellable, GError **error)
{
  if (!self->refused)
    {
      self->refused = TRUE;
      g_signal_emit (self, signals[MEMORY_REFUSED], 0);
    }
  if (size > PN_USB_MEMORY_PIECE)
    return pn_usb_memory_halve (size);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return 0;
  if (g_get_monotonic_time () < deadline)
    {
      pn_pause (MEMORY_MS, cancellable);
      return size;
    }
  pn_set_error (error, PN_ERROR_BUSY,
                "The kernel has no memory left for USB transfers; provision fewer devices at once, "
                "or raise usbfs_memory_mb of usbcore");
  return 0;
}

static gint64
deadline_after (guint timeout)
{
  return g_get_monotonic_time () + (gint64) timeout * G_TIME_SPAN_MILLISECOND;
}

/* Submits the one transfer that is under way. What is @whole is not cut. */
static gboolean
submit_alone (PnUsbTransport *self,
              Slot *slot,
              gboolean whole,
              guint timeout,
              GCancellable *cancellable,
              GError **error)
{
  gint64 deadline = deadline_after (timeout);
  int result;

  while ((result = submit (slot)) == LIBUSB_ERROR_NO_MEM)
    {
      gsize size = whole ? PN_USB_MEMORY_PIECE : (gsize) slot->transfer->length;
      gsize less = yield_memory (self, size, deadline, cancellable, error);

      if (less == 0)
        return FALSE;
      if (!whole)
        slot->transfer->length = (int) MIN (less, size);
    }
  return result == 0 || set_error (error, result);
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
  if (submit_alone (self, &slot, TRUE, timeout, cancellable, error))
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
                             pn_transport_get_identity (transport)->endpoint_in, buffer,
                             (int) cut (self, size, 1), completed_cb, &slot.completed, timeout);
  if (submit_alone (self, &slot, FALSE, timeout, cancellable, error))
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
  gsize room;     /* bytes that the kernel takes at once, as far as is known */
  guint64 acknowledged;
  PnTransportSource source;
  PnTransportProgress progress;
  gpointer user_data;
  guint timeout;
  GCancellable *cancellable;
} Stream;

/* Waits for the oldest; FALSE where it failed. */
static gboolean
finish_oldest (Stream *stream, GError **error)
{
  Slot *slot = &stream->slots[stream->first];

  wait_slot (stream->self, slot, stream->cancellable);
  stream->first = (stream->first + 1) % IN_FLIGHT;
  stream->n--;
  if (slot->transfer->status != LIBUSB_TRANSFER_COMPLETED)
    return g_cancellable_set_error_if_cancelled (stream->cancellable, error)
               ? FALSE
               : status_error (error, slot->transfer->status);
  if (slot->transfer->actual_length != slot->transfer->length)
    {
      pn_set_error (error, PN_ERROR_PROTOCOL, "USB: The device took too little");
      return FALSE;
    }
  stream->acknowledged += (guint64) slot->transfer->actual_length;
  if (stream->progress != NULL)
    stream->progress (stream->acknowledged, stream->user_data);
  return TRUE;
}

/* Submits what the next slot holds from @sent on, or as much of it as the kernel takes. -1 with
 * error; 0 where something that is under way has to end first, and did. */
static gssize
submit_next (Stream *stream, Slot *slot, gsize sent, gsize count, gint64 deadline, GError **error)
{
  gsize piece = MIN (count - sent, stream->room);
  int result;

  libusb_fill_bulk_transfer (slot->transfer, stream->self->handle,
                             pn_transport_get_identity (PN_TRANSPORT (stream->self))->endpoint_out,
                             slot->buffer + sent, (int) piece, completed_cb, &slot->completed,
                             stream->timeout);
  result = submit (slot);
  if (result == 0)
    {
      stream->n++;
      return (gssize) piece;
    }
  if (result != LIBUSB_ERROR_NO_MEM)
    {
      set_error (error, result);
      return -1;
    }
  if (stream->n > 0)
    return finish_oldest (stream, error) ? 0 : -1;
  stream->room = yield_memory (stream->self, piece, deadline, stream->cancellable, error);
  return stream->room > 0 ? 0 : -1;
}

static gboolean
send_next (Stream *stream, gsize count, GError **error)
{
  guint next = (stream->first + stream->n) % IN_FLIGHT;
  Slot *slot = &stream->slots[next];
  gssize got = stream->source (slot->buffer, count, stream->user_data, error);
  gint64 deadline = deadline_after (stream->timeout);
  gsize sent = 0;

  if (got < 0)
    return FALSE;
  if ((gsize) got != count)
    {
      pn_set_error (error, PN_ERROR_IO, "The data ended too early");
      return FALSE;
    }
  while (sent < count)
    {
      gssize submitted = submit_next (stream, slot, sent, count, deadline, error);

      if (submitted < 0)
        return FALSE;
      sent += (gsize) submitted;
      /* A slot has one transfer: the rest of its bytes waits for that. */
      while (submitted > 0 && sent < count && stream->n > 0)
        if (!finish_oldest (stream, error))
          return FALSE;
      if (stream->n == 0)
        stream->first = next;
    }
  return TRUE;
}

/* After a failure the others are taken back before their buffers go. */
static void
take_back (Stream *stream)
{
  stream->progress = NULL;
  for (guint i = 0; i < stream->n; i++)
    (void) libusb_cancel_transfer (stream->slots[(stream->first + i) % IN_FLIGHT].transfer);
  while (stream->n > 0)
    (void) finish_oldest (stream, NULL);
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
  Stream stream = { .self = PN_USB_TRANSPORT (transport),
                    .room = chunk,
                    .source = source,
                    .progress = progress,
                    .user_data = user_data,
                    .timeout = timeout,
                    .cancellable = cancellable };
  gsize buffer_size = (gsize) MIN (chunk, MAX (total, 1));
  guint64 left = total;
  gboolean fine = TRUE;

  for (guint i = 0; i < IN_FLIGHT; i++)
    {
      stream.slots[i].transfer = libusb_alloc_transfer (0);
      stream.slots[i].buffer = g_malloc (buffer_size);
    }
  while (fine && (left > 0 || stream.n > 0))
    if (left > 0 && stream.n < IN_FLIGHT)
      {
        gsize count = (gsize) MIN (left, MIN (cut (stream.self, chunk, IN_FLIGHT), stream.room));

        fine = send_next (&stream, count, error);
        left -= count;
      }
    else
      fine = finish_oldest (&stream, error);
  take_back (&stream);
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
  /* The kernel had no memory for a transfer; it goes on with smaller ones. Once in a transport's
   * life, from the thread that uses it. */
  signals[MEMORY_REFUSED] = g_signal_new ("memory-refused", G_TYPE_FROM_CLASS (klass),
                                          G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
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
pn_usb_transport_new (int fd, const guint *share, GCancellable *cancellable, GError **error)
{
  g_autoptr (PnUsbTransport) self = g_object_new (PN_TYPE_USB_TRANSPORT, NULL);
  PnIdentity *identity;
  int result;

  self->fd = fd;
  self->share = share;
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
