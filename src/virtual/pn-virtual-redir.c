/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-virtual-redir.h"

#include <errno.h>
#include <gio/gunixsocketaddress.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <string.h>
#include <usbredirparser.h>

#include "pn-bytes.h"
#include "pn-virtual-descriptors.h"

#define MAX_PACKET 512 /* high speed, bulk */
#define MAX_PACKET_0 64
#define MAX_BULK (16 * 1024 * 1024)

/* What the device's thread has for the main one. */
typedef struct
{
  gboolean attach;
  PnVirtualDescriptors descriptors; /* of an attach */
} Event;

struct _PnVirtualRedir
{
  PnVirtualDevice *device;
  char *path;
  GSocketService *service;
  GSocketConnection *connection; /* NULL = no machine is there */
  struct usbredirparser *parser;
  guint source;
  gboolean greeted; /* it has said what it can */
  gboolean on_bus;  /* the device is, as far as the events went */
  gboolean shown;   /* and the machine knows it */
  PnVirtualDescriptors descriptors;
  GHashTable *pending; /* id → Request */

  GMutex mutex; /* of what the device's thread touches */
  GQueue events, done;
  guint idle;
};

typedef struct
{
  PnVirtualTransfer transfer; /* first */
  PnVirtualRedir *redir;
  guint64 id;
  struct usb_redir_control_packet_header control; /* as it was asked */
  gboolean stale;                                 /* the machine is gone, or the enumeration */
} Request;

static void
request_free (Request *request)
{
  g_free (request->transfer.data);
  g_free (request);
}

/* ---- the connection ---- */

static void
flush (PnVirtualRedir *self)
{
  while (self->parser != NULL && usbredirparser_has_data_to_write (self->parser) > 0)
    if (usbredirparser_do_write (self->parser) < 0)
      return; /* reading says that it is gone */
}

static int
read_cb (void *data, uint8_t *bytes, int count)
{
  PnVirtualRedir *self = data;
  g_autoptr (GError) error = NULL;
  gssize n = g_pollable_input_stream_read_nonblocking (
      G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (G_IO_STREAM (self->connection))),
      bytes, (gsize) count, NULL, &error);

  if (n < 0 && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    return 0;
  return n <= 0 ? -1 : (int) n;
}

/* The machine always reads: waiting for it is short, and nothing is lost. */
static int
write_cb (void *data, uint8_t *bytes, int count)
{
  PnVirtualRedir *self = data;
  gsize written;

  return g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (self->connection)),
                                    bytes, (gsize) count, &written, NULL, NULL)
             ? count
             : -1;
}

static void
log_cb (void *data, int level, const char *text)
{
  if (level <= usbredirparser_warning)
    g_warning ("usbredir: %s", text);
}

/* ---- enumerations ---- */

static guint
endpoint_index (guint8 endpoint)
{
  return (guint) ((endpoint & 0x80) >> 3 | (endpoint & 0x0f));
}

/* Interfaces and endpoints as the configuration descriptor has them (USB 2.0 §9.6.5, §9.6.6). */
static void
describe (PnVirtualRedir *self,
          struct usb_redir_interface_info_header *interfaces,
          struct usb_redir_ep_info_header *endpoints)
{
  gsize size;
  const guint8 *bytes = g_bytes_get_data (self->descriptors.configuration, &size);
  guint8 interface = 0;

  for (gsize at = 0; at + 2 <= size && bytes[at] >= 2 && at + bytes[at] <= size; at += bytes[at])
    if (bytes[at + 1] == 4)
      {
        guint n = interfaces->interface_count++;

        interface = bytes[at + 2];
        interfaces->interface[n] = interface;
        interfaces->interface_class[n] = bytes[at + 5];
        interfaces->interface_subclass[n] = bytes[at + 6];
        interfaces->interface_protocol[n] = bytes[at + 7];
      }
    else if (bytes[at + 1] == 5)
      {
        guint index = endpoint_index (bytes[at + 2]);

        endpoints->type[index] = usb_redir_type_bulk;
        endpoints->interface[index] = interface;
        endpoints->max_packet_size[index] = MAX_PACKET;
      }
}

static void
show_device (PnVirtualRedir *self)
{
  const guint8 *device = self->descriptors.device;
  struct usb_redir_interface_info_header interfaces = { 0 };
  struct usb_redir_ep_info_header endpoints = { 0 };
  struct usb_redir_device_connect_header connect = {
    .speed = usb_redir_speed_high,
    .device_class = device[4],
    .device_subclass = device[5],
    .device_protocol = device[6],
    .vendor_id = pn_peek_le16 (device + 8),
    .product_id = pn_peek_le16 (device + 10),
    .device_version_bcd = pn_peek_le16 (device + 12),
  };

  if (self->parser == NULL || !self->greeted || !self->on_bus || self->shown)
    return;
  memset (endpoints.type, usb_redir_type_invalid, sizeof endpoints.type);
  endpoints.type[0] = endpoints.type[16] = usb_redir_type_control;
  endpoints.max_packet_size[0] = endpoints.max_packet_size[16] = MAX_PACKET_0;
  describe (self, &interfaces, &endpoints);
  usbredirparser_send_interface_info (self->parser, &interfaces);
  usbredirparser_send_ep_info (self->parser, &endpoints);
  usbredirparser_send_device_connect (self->parser, &connect);
  self->shown = TRUE;
}

static void
forget_requests (PnVirtualRedir *self)
{
  GHashTableIter iter;
  gpointer request;

  g_hash_table_iter_init (&iter, self->pending);
  while (g_hash_table_iter_next (&iter, NULL, &request))
    ((Request *) request)->stale = TRUE;
  g_hash_table_remove_all (self->pending);
}

static void
hide_device (PnVirtualRedir *self)
{
  if (self->parser != NULL && self->shown)
    usbredirparser_send_device_disconnect (self->parser);
  self->shown = FALSE;
  forget_requests (self);
}

/* ---- transfers ---- */

static guint8
to_status (int status)
{
  switch (status)
    {
    case 0:
      return usb_redir_success;
    case -EPIPE:
      return usb_redir_stall;
    case -ECANCELED:
      return usb_redir_cancelled;
    case -EOVERFLOW:
      return usb_redir_babble;
    default:
      return usb_redir_ioerror;
    }
}

static void
answer_control (PnVirtualRedir *self, Request *request)
{
  struct usb_redir_control_packet_header header = request->control;
  gboolean in = (header.requesttype & 0x80) != 0;
  gsize size = request->transfer.status == 0 ? request->transfer.actual : 0;

  header.status = to_status (request->transfer.status);
  header.length = (guint16) size;
  usbredirparser_send_control_packet (self->parser, request->id, &header,
                                      in && size > 0 ? request->transfer.data : NULL,
                                      in ? (int) size : 0);
}

static void
answer_bulk (PnVirtualRedir *self, Request *request)
{
  gboolean in = (request->transfer.endpoint & 0x80) != 0;
  gsize size = request->transfer.status == 0 ? request->transfer.actual : 0;
  struct usb_redir_bulk_packet_header header = {
    .endpoint = request->transfer.endpoint,
    .status = to_status (request->transfer.status),
    .length = (guint16) (size & 0xffff),
    .length_high = (guint16) (size >> 16),
  };

  usbredirparser_send_bulk_packet (self->parser, request->id, &header,
                                   in && size > 0 ? request->transfer.data : NULL,
                                   in ? (int) size : 0);
}

static void
answer (PnVirtualRedir *self, Request *request)
{
  if (!request->stale && self->parser != NULL)
    {
      g_hash_table_remove (self->pending, &request->id);
      if (request->transfer.endpoint == 0)
        answer_control (self, request);
      else
        answer_bulk (self, request);
    }
  request_free (request);
}

static gboolean work_cb (gpointer user_data);

/* Lock held. */
static void
wake (PnVirtualRedir *self)
{
  if (self->idle == 0)
    self->idle = g_idle_add_full (G_PRIORITY_HIGH, work_cb, self, NULL);
}

/* From any thread. */
static void
completed_cb (PnVirtualTransfer *transfer, gpointer user_data)
{
  PnVirtualRedir *self = ((Request *) transfer)->redir;

  g_mutex_lock (&self->mutex);
  g_queue_push_tail (&self->done, transfer);
  wake (self);
  g_mutex_unlock (&self->mutex);
}

static void
submit (PnVirtualRedir *self, Request *request)
{
  request->redir = self;
  request->transfer.complete = completed_cb;
  request->transfer.user_data = request;
  g_hash_table_insert (self->pending, &request->id, request);
  pn_virtual_device_submit (self->device, &request->transfer);
}

static void
control_cb (void *data,
            uint64_t id,
            struct usb_redir_control_packet_header *header,
            uint8_t *bytes,
            int size)
{
  PnVirtualRedir *self = data;
  Request *request = g_new0 (Request, 1);
  guint8 reply[256];
  gssize n;

  request->id = id;
  request->control = *header;
  request->transfer.setup[0] = header->requesttype;
  request->transfer.setup[1] = header->request;
  pn_poke_le16 (request->transfer.setup + 2, header->value);
  pn_poke_le16 (request->transfer.setup + 4, header->index);
  pn_poke_le16 (request->transfer.setup + 6, header->length);
  request->transfer.length = header->length;
  request->transfer.data = g_malloc0 ((gsize) header->length + 1);
  if ((header->requesttype & 0x80) == 0 && size == header->length && size > 0)
    memcpy (request->transfer.data, bytes, (gsize) size);
  usbredirparser_free_packet_data (self->parser, bytes);
  if (!pn_virtual_descriptors_answer (&self->descriptors, request->transfer.setup, reply, &n))
    {
      submit (self, request);
      return;
    }
  request->transfer.status = n < 0 ? (int) n : 0;
  request->transfer.actual = n < 0 ? 0 : MIN ((gsize) n, request->transfer.length);
  memcpy (request->transfer.data, reply, request->transfer.actual);
  answer_control (self, request);
  request_free (request);
}

static void
bulk_cb (
    void *data, uint64_t id, struct usb_redir_bulk_packet_header *header, uint8_t *bytes, int size)
{
  PnVirtualRedir *self = data;
  gsize length = (gsize) header->length | (gsize) header->length_high << 16;
  Request *request = g_new0 (Request, 1);

  request->id = id;
  request->transfer.endpoint = header->endpoint;
  request->transfer.length = MIN (length, MAX_BULK);
  request->transfer.data = g_malloc0 (request->transfer.length + 1);
  if ((header->endpoint & 0x80) == 0 && size > 0)
    memcpy (request->transfer.data, bytes, MIN ((gsize) size, request->transfer.length));
  usbredirparser_free_packet_data (self->parser, bytes);
  submit (self, request);
}

static void
cancel_cb (void *data, uint64_t id)
{
  PnVirtualRedir *self = data;
  Request *request = g_hash_table_lookup (self->pending, &id);

  if (request != NULL)
    pn_virtual_device_cancel (self->device, &request->transfer);
}

/* ---- what a device without choices says yes to ---- */

/* The model has to hear of it: some requests end a gadget's session (USB 2.0 §9.4). */
static void
tell_model (PnVirtualRedir *self, guint8 type, guint8 what, guint16 value)
{
  Request *request = g_new0 (Request, 1);

  request->stale = TRUE;
  request->redir = self;
  request->transfer.setup[0] = type;
  request->transfer.setup[1] = what;
  pn_poke_le16 (request->transfer.setup + 2, value);
  request->transfer.complete = completed_cb;
  request->transfer.user_data = request;
  pn_virtual_device_submit (self->device, &request->transfer);
}

static void
send_configuration (PnVirtualRedir *self, guint64 id)
{
  struct usb_redir_configuration_status_header status = { .configuration = 1 };

  usbredirparser_send_configuration_status (self->parser, id, &status);
}

/* The kernel sets it once when the device enumerates; gadgets get used to that one. */
static void
set_configuration_cb (void *data, uint64_t id, struct usb_redir_set_configuration_header *header)
{
  send_configuration (data, id);
}

static void
get_configuration_cb (void *data, uint64_t id)
{
  send_configuration (data, id);
}

static void
send_setting (PnVirtualRedir *self, guint64 id, guint8 interface, guint8 setting)
{
  struct usb_redir_alt_setting_status_header status = { .interface = interface, .alt = setting };

  usbredirparser_send_alt_setting_status (self->parser, id, &status);
}

static void
set_setting_cb (void *data, uint64_t id, struct usb_redir_set_alt_setting_header *header)
{
  tell_model (data, 0x01, 11, header->alt);
  send_setting (data, id, header->interface, header->alt);
}

static void
get_setting_cb (void *data, uint64_t id, struct usb_redir_get_alt_setting_header *header)
{
  send_setting (data, id, header->interface, 0);
}

static void
reset_cb (void *data)
{
  /* A port's reset, which comes before every enumeration: the model begins with that. */
}

static void
hello_cb (void *data, struct usb_redir_hello_header *hello)
{
  PnVirtualRedir *self = data;

  self->greeted = TRUE;
  show_device (self);
}

/* ---- machines ---- */

static void
drop_machine (PnVirtualRedir *self)
{
  g_clear_handle_id (&self->source, g_source_remove);
  forget_requests (self);
  g_clear_pointer (&self->parser, usbredirparser_destroy);
  g_clear_object (&self->connection);
  self->greeted = self->shown = FALSE;
}

static gboolean
readable_cb (int fd, GIOCondition condition, gpointer user_data)
{
  PnVirtualRedir *self = user_data;

  if (usbredirparser_do_read (self->parser) == usbredirparser_read_io_error)
    {
      self->source = 0;
      drop_machine (self);
      return G_SOURCE_REMOVE;
    }
  flush (self);
  return G_SOURCE_CONTINUE;
}

static struct usbredirparser *
make_parser (PnVirtualRedir *self)
{
  struct usbredirparser *parser = usbredirparser_create ();
  uint32_t capabilities[USB_REDIR_CAPS_SIZE] = { 0 };

  parser->priv = self;
  parser->log_func = log_cb;
  parser->read_func = read_cb;
  parser->write_func = write_cb;
  parser->hello_func = hello_cb;
  parser->reset_func = reset_cb;
  parser->set_configuration_func = set_configuration_cb;
  parser->get_configuration_func = get_configuration_cb;
  parser->set_alt_setting_func = set_setting_cb;
  parser->get_alt_setting_func = get_setting_cb;
  parser->control_packet_func = control_cb;
  parser->bulk_packet_func = bulk_cb;
  parser->cancel_data_packet_func = cancel_cb;
  usbredirparser_caps_set_cap (capabilities, usb_redir_cap_connect_device_version);
  usbredirparser_caps_set_cap (capabilities, usb_redir_cap_ep_info_max_packet_size);
  usbredirparser_caps_set_cap (capabilities, usb_redir_cap_64bits_ids);
  usbredirparser_caps_set_cap (capabilities, usb_redir_cap_32bits_bulk_length);
  usbredirparser_init (parser, "punnet " PN_VERSION, capabilities, USB_REDIR_CAPS_SIZE,
                       usbredirparser_fl_usb_host);
  return parser;
}

static gboolean
incoming_cb (GSocketService *service,
             GSocketConnection *connection,
             GObject *source,
             PnVirtualRedir *self)
{
  drop_machine (self);
  self->connection = g_object_ref (connection);
  self->parser = make_parser (self);
  self->source = g_unix_fd_add (g_socket_get_fd (g_socket_connection_get_socket (connection)),
                                G_IO_IN | G_IO_HUP, readable_cb, self);
  flush (self);
  return TRUE;
}

/* ---- the device's thread ---- */

static void
handle_event (PnVirtualRedir *self, Event *event)
{
  hide_device (self);
  pn_virtual_descriptors_clear (&self->descriptors);
  self->on_bus = event->attach;
  self->descriptors = event->descriptors; /* taken */
  g_free (event);
  show_device (self);
}

/* Transfers of an enumeration are all completed before its end is told, and in one queue's order
 * behind it nothing of it is left. */
static gboolean
work_cb (gpointer user_data)
{
  PnVirtualRedir *self = user_data;
  gpointer next;

  g_mutex_lock (&self->mutex);
  self->idle = 0;
  while ((next = g_queue_pop_head (&self->done)) != NULL)
    {
      g_mutex_unlock (&self->mutex);
      answer (self, next);
      g_mutex_lock (&self->mutex);
    }
  while ((next = g_queue_pop_head (&self->events)) != NULL)
    {
      g_mutex_unlock (&self->mutex);
      handle_event (self, next);
      g_mutex_lock (&self->mutex);
    }
  g_mutex_unlock (&self->mutex);
  flush (self);
  return G_SOURCE_REMOVE;
}

static void
push_event (PnVirtualRedir *self, Event *event)
{
  g_mutex_lock (&self->mutex);
  g_queue_push_tail (&self->events, event);
  wake (self);
  g_mutex_unlock (&self->mutex);
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
  Event *event = g_new0 (Event, 1);

  event->attach = TRUE;
  pn_virtual_descriptors_init (&event->descriptors, device_descriptor, configuration_descriptor,
                               manufacturer, product, serial);
  push_event (user_data, event);
}

static void
detach_cb (PnVirtualDevice *device, gpointer user_data)
{
  push_event (user_data, g_new0 (Event, 1));
}

/* ---- the front end ---- */

PnVirtualRedir *
pn_virtual_redir_new (PnVirtualDevice *device, const char *path, GError **error)
{
  static const PnVirtualPort front_end = { attach_cb, detach_cb };
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  PnVirtualRedir *self = g_new0 (PnVirtualRedir, 1);

  g_mutex_init (&self->mutex);
  self->device = device;
  self->path = g_strdup (path);
  self->pending = g_hash_table_new (g_int64_hash, g_int64_equal);
  self->service = g_socket_service_new ();
  (void) g_unlink (path);
  if (!g_socket_listener_add_address (G_SOCKET_LISTENER (self->service), address,
                                      G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, NULL, NULL,
                                      error))
    {
      pn_virtual_redir_free (self);
      return NULL;
    }
  g_signal_connect (self->service, "incoming", G_CALLBACK (incoming_cb), self);
  pn_virtual_device_set_port (device, &front_end, self);
  return self;
}

void
pn_virtual_redir_free (PnVirtualRedir *self)
{
  gpointer next;

  g_socket_service_stop (self->service);
  g_object_unref (self->service);
  drop_machine (self);
  g_clear_handle_id (&self->idle, g_source_remove);
  while ((next = g_queue_pop_head (&self->done)) != NULL)
    request_free (next);
  while ((next = g_queue_pop_head (&self->events)) != NULL)
    {
      pn_virtual_descriptors_clear (&((Event *) next)->descriptors);
      g_free (next);
    }
  pn_virtual_descriptors_clear (&self->descriptors);
  g_hash_table_unref (self->pending);
  (void) g_unlink (self->path);
  g_mutex_clear (&self->mutex);
  g_free (self->path);
  g_free (self);
}
