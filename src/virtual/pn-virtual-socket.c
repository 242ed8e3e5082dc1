/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The front end over sockets (pn-vusb.h): a thread listens to the plug, and one for each stream
 * reads transfers; completions are written by whoever completes them. */
#include "config.h"

#include "pn-virtual-device.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "pn-bytes.h"
#include "pn-io.h"
#include "pn-vusb.h"

#define SUBMIT_SIZE 24
#define COMPLETE_SIZE 16
#define MAX_WAITING 64
#define SOCKET_BUFFER (4 * 1024 * 1024)

/* One stream of an enumeration: its socket and the transfers that are under way. */
typedef struct
{
  gatomicrefcount references;
  PnVirtualDevice *device; /* outlives it: detach comes before the end of the device */
  int fd;
  GMutex mutex;        /* guards the writing end and the table */
  GHashTable *waiting; /* id → Transfer, borrowed */
} Enumeration;

typedef struct
{
  PnVirtualTransfer base;
  Enumeration *enumeration;
  guint32 id;
} Transfer;

/* What the device's port points to. */
typedef struct
{
  gatomicrefcount references; /* the device's and the listener's */
  PnVirtualDevice *device;    /* not owned; there while there is an identity */
  int plug;
  GMutex mutex;     /* guards what follows */
  GBytes *identity; /* NULL = not on the bus */
  Enumeration *current;
  GThread *reader; /* of current */
} Plug;

static void
enumeration_unref (Enumeration *self)
{
  if (!g_atomic_ref_count_dec (&self->references))
    return;
  pn_fd_close (self->fd);
  g_hash_table_unref (self->waiting);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

static Enumeration *
enumeration_ref (Enumeration *self)
{
  g_atomic_ref_count_inc (&self->references);
  return self;
}

static gboolean
write_parts (int fd, struct iovec *parts, int n_parts)
{
  while (n_parts > 0)
    {
      struct msghdr header = { .msg_iov = parts, .msg_iovlen = (size_t) n_parts };
      gssize put = sendmsg (fd, &header, MSG_NOSIGNAL);

      if (put < 0 && errno == EINTR)
        continue;
      if (put < 0)
        return FALSE;
      pn_skip_parts (&parts, &n_parts, (gsize) put);
    }
  return TRUE;
}

static gboolean
read_exactly (int fd, guint8 *buffer, gsize size)
{
  while (size > 0)
    {
      gssize got = recv (fd, buffer, size, 0);

      if (got < 0 && errno == EINTR)
        continue;
      if (got <= 0)
        return FALSE;
      buffer += got;
      size -= (gsize) got;
    }
  return TRUE;
}

static void
complete_cb (PnVirtualTransfer *base, gpointer user_data)
{
  Transfer *transfer = user_data;
  Enumeration *enumeration = transfer->enumeration;
  gboolean in = base->endpoint == 0 ? (base->setup[0] & 0x80) != 0 : (base->endpoint & 0x80) != 0;
  guint8 header[COMPLETE_SIZE];
  struct iovec parts[2] = { { header, sizeof header }, { base->data, base->actual } };

  pn_poke_le32 (header, PN_VUSB_COMPLETE);
  pn_poke_le32 (header + 4, transfer->id);
  pn_poke_le32 (header + 8, (guint32) base->status);
  pn_poke_le32 (header + 12, (guint32) base->actual);
  g_mutex_lock (&enumeration->mutex);
  g_hash_table_remove (enumeration->waiting, GUINT_TO_POINTER (transfer->id));
  (void) write_parts (enumeration->fd, parts, in && base->actual > 0 ? 2 : 1);
  g_mutex_unlock (&enumeration->mutex);
  g_free (base->data);
  g_free (transfer);
  enumeration_unref (enumeration);
}

/* One SUBMIT whose first 8 bytes have been read. */
static gboolean
handle_submit (Enumeration *self, const guint8 *start)
{
  guint8 rest[SUBMIT_SIZE - 8];
  Transfer *transfer;
  guint32 length;
  gboolean in, room;

  if (!read_exactly (self->fd, rest, sizeof rest))
    return FALSE;
  length = pn_peek_le32 (rest + 4);
  if (length > PN_VUSB_MAX_TRANSFER)
    return FALSE;
  transfer = g_new0 (Transfer, 1);
  transfer->id = pn_peek_le32 (start + 4);
  transfer->enumeration = enumeration_ref (self);
  transfer->base.endpoint = (guint8) pn_peek_le32 (rest);
  memcpy (transfer->base.setup, rest + 8, 8);
  transfer->base.length = length;
  transfer->base.data = g_malloc0 (MAX (length, 1));
  transfer->base.complete = complete_cb;
  transfer->base.user_data = transfer;
  in = transfer->base.endpoint == 0 ? (transfer->base.setup[0] & 0x80) != 0
                                    : (transfer->base.endpoint & 0x80) != 0;
  g_mutex_lock (&self->mutex);
  /* A second transfer of the same number would not be counted. */
  room = g_hash_table_size (self->waiting) < MAX_WAITING &&
         !g_hash_table_contains (self->waiting, GUINT_TO_POINTER (transfer->id));
  if (room)
    g_hash_table_insert (self->waiting, GUINT_TO_POINTER (transfer->id), transfer);
  g_mutex_unlock (&self->mutex);
  if (!room || (!in && !read_exactly (self->fd, transfer->base.data, length)))
    {
      transfer->base.status = -ENODEV;
      complete_cb (&transfer->base, transfer);
      return FALSE;
    }
  pn_virtual_device_submit (self->device, &transfer->base);
  return TRUE;
}

static void
handle_cancel (Enumeration *self, guint32 id)
{
  Transfer *transfer;

  g_mutex_lock (&self->mutex);
  transfer = g_hash_table_lookup (self->waiting, GUINT_TO_POINTER (id));
  g_mutex_unlock (&self->mutex);
  /* The device knows by its queues whether it is still there; it never looks into it. */
  if (transfer != NULL)
    pn_virtual_device_cancel (self->device, &transfer->base);
}

/* As the kernel does it when a file is closed: what nobody waits for must not take the next one's
 * bytes. Nothing new comes meanwhile, for only the reader submits. */
static void
cancel_waiting (Enumeration *self)
{
  GList *waiting;

  g_mutex_lock (&self->mutex);
  waiting = g_hash_table_get_values (self->waiting);
  g_mutex_unlock (&self->mutex);
  for (GList *at = waiting; at != NULL; at = at->next)
    pn_virtual_device_cancel (self->device, &((Transfer *) at->data)->base);
  g_list_free (waiting);
}

static gpointer
reader_thread (gpointer data)
{
  Enumeration *self = data;
  guint8 start[8];

  while (read_exactly (self->fd, start, sizeof start))
    {
      guint32 kind = pn_peek_le32 (start);

      if (kind == PN_VUSB_CANCEL)
        handle_cancel (self, pn_peek_le32 (start + 4));
      else if (kind != PN_VUSB_SUBMIT || !handle_submit (self, start))
        break;
    }
  /* A host that breaks the rules would wait for answers that never come. */
  (void) shutdown (self->fd, SHUT_RDWR);
  cancel_waiting (self);
  g_object_unref (self->device);
  enumeration_unref (self);
  return NULL;
}

static void
write_string (GByteArray *blob, const char *text)
{
  pn_write_le16 (blob, (guint16) strlen (text));
  pn_write_string (blob, text);
}

/* Begins a stream on @fd, which it takes. Lock held. */
static void
begin_stream (Plug *plug, int fd)
{
  struct iovec part = { (gpointer) g_bytes_get_data (plug->identity, NULL),
                        g_bytes_get_size (plug->identity) };
  Enumeration *enumeration = g_new0 (Enumeration, 1);
  int buffer_size = SOCKET_BUFFER;

  (void) setsockopt (fd, SOL_SOCKET, SO_SNDBUF, &buffer_size, sizeof buffer_size);
  g_atomic_ref_count_init (&enumeration->references);
  enumeration->device = g_object_ref (plug->device);
  enumeration->fd = fd;
  enumeration->waiting = g_hash_table_new (NULL, NULL);
  g_mutex_init (&enumeration->mutex);
  (void) write_parts (fd, &part, 1);
  plug->current = enumeration_ref (enumeration);
  plug->reader = g_thread_new ("virtual-usb", reader_thread, enumeration);
}

static void
attach_cb (PnVirtualDevice *device,
           const guint8 *device_descriptor,
           GBytes *configuration,
           const char *manufacturer,
           const char *product,
           const char *serial,
           gpointer user_data)
{
  Plug *plug = user_data;
  g_autoptr (GByteArray) blob = g_byte_array_new ();
  int pair[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
    return;
  pn_write_le32 (blob, 0);
  g_byte_array_append (blob, device_descriptor, 18);
  pn_write_le16 (blob, (guint16) g_bytes_get_size (configuration));
  g_byte_array_append (blob, g_bytes_get_data (configuration, NULL),
                       (guint) g_bytes_get_size (configuration));
  write_string (blob, manufacturer);
  write_string (blob, product);
  write_string (blob, serial);
  pn_poke_le32 (blob->data, blob->len - 4);

  g_mutex_lock (&plug->mutex);
  plug->identity = g_byte_array_free_to_bytes (g_steal_pointer (&blob));
  begin_stream (plug, pair[0]);
  (void) pn_vusb_plug_send (plug->plug, PN_VUSB_ATTACH, pair[1], NULL);
  g_mutex_unlock (&plug->mutex);
  pn_fd_close (pair[1]);
}

static void
detach_cb (PnVirtualDevice *device, gpointer user_data)
{
  Plug *plug = user_data;
  Enumeration *enumeration;

  g_mutex_lock (&plug->mutex);
  enumeration = g_steal_pointer (&plug->current);
  if (enumeration != NULL)
    {
      (void) shutdown (enumeration->fd, SHUT_RDWR);
      (void) pn_vusb_plug_send (plug->plug, PN_VUSB_DETACH, -1, NULL);
      g_thread_unref (g_steal_pointer (&plug->reader));
    }
  g_clear_pointer (&plug->identity, g_bytes_unref);
  g_mutex_unlock (&plug->mutex);
  if (enumeration != NULL)
    enumeration_unref (enumeration);
}

/* The host opens the device once more. Takes @fd. */
static void
open_again (Plug *plug, int fd)
{
  g_autoptr (PnVirtualDevice) device = NULL; /* the reader's reference must not be the last */

  g_mutex_lock (&plug->mutex);
  if (plug->identity != NULL)
    {
      device = g_object_ref (plug->device);
      (void) shutdown (plug->current->fd, SHUT_RDWR);
      /* Until the stream before has given back all it had. */
      g_thread_join (g_steal_pointer (&plug->reader));
      enumeration_unref (g_steal_pointer (&plug->current));
      begin_stream (plug, fd);
    }
  else
    pn_fd_close (fd);
  g_mutex_unlock (&plug->mutex);
}

static void
plug_unref (Plug *plug)
{
  if (!g_atomic_ref_count_dec (&plug->references))
    return;
  pn_fd_close (plug->plug);
  g_mutex_clear (&plug->mutex);
  g_free (plug);
}

static gpointer
listener_thread (gpointer data)
{
  Plug *plug = data;
  guint32 message;
  int fd;

  while (pn_vusb_plug_receive (plug->plug, &message, &fd, NULL))
    if (message == PN_VUSB_OPEN && fd >= 0)
      open_again (plug, fd);
    else if (fd >= 0)
      pn_fd_close (fd);
  plug_unref (plug);
  return NULL;
}

static void
plug_close (gpointer data)
{
  Plug *plug = data;

  (void) shutdown (plug->plug, SHUT_RDWR);
  plug_unref (plug);
}

void
pn_virtual_socket_attach (PnVirtualDevice *self, int plug_fd)
{
  static const PnVirtualPort port = { attach_cb, detach_cb };
  Plug *plug = g_new0 (Plug, 1);

  g_atomic_ref_count_init (&plug->references);
  g_atomic_ref_count_inc (&plug->references);
  plug->device = self;
  plug->plug = plug_fd;
  g_mutex_init (&plug->mutex);
  g_thread_unref (g_thread_new ("virtual-plug", listener_thread, plug));
  pn_virtual_device_set_port (self, &port, plug);
  g_object_set_data_full (G_OBJECT (self), "pn-virtual-plug", plug, plug_close);
}

void
pn_virtual_socket_detach (PnVirtualDevice *self)
{
  pn_virtual_device_set_port (self, &(PnVirtualPort){ 0 }, NULL);
  g_object_set_data (G_OBJECT (self), "pn-virtual-plug", NULL);
}
