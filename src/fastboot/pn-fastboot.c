/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-fastboot.h"

#include <string.h>

#include "pn-fastboot-link.h"

/* fastboot.md §2.1, §3, §11 */
#define VENDOR 0x18d1
#define PRODUCT 0x4e40
#define MANUFACTURER "Raspberry Pi"
#define MAX_INFO_LINES 100000

struct _PnFastboot
{
  GObject parent_instance;
  PnFastbootLink *link; /* NULL once the session is over */
};

G_DEFINE_FINAL_TYPE (PnFastboot, pn_fastboot, G_TYPE_OBJECT)

static void
pn_fastboot_finalize (GObject *object)
{
  g_clear_pointer (&PN_FASTBOOT (object)->link, pn_fastboot_link_free);
  G_OBJECT_CLASS (pn_fastboot_parent_class)->finalize (object);
}

static void
pn_fastboot_class_init (PnFastbootClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = pn_fastboot_finalize;
}

static void
pn_fastboot_init (PnFastboot *self)
{
}

gboolean
pn_fastboot_matches (const PnIdentity *identity)
{
  return identity->vendor == VENDOR && identity->product == PRODUCT &&
         identity->interface_class == 0xff && identity->interface_subclass == 0x42 &&
         identity->interface_protocol == 0x03 &&
         g_strcmp0 (identity->manufacturer, MANUFACTURER) == 0;
}

PnFastboot *
pn_fastboot_new_usb (PnTransport *transport)
{
  PnFastboot *self = g_object_new (PN_TYPE_FASTBOOT, NULL);

  self->link = pn_fastboot_link_new_usb (transport);
  return self;
}

PnFastboot *
pn_fastboot_new_stream (int fd, guint timeout, GCancellable *cancellable, GError **error)
{
  PnFastbootLink *link = pn_fastboot_link_new_stream (fd, timeout, cancellable, error);
  PnFastboot *self;

  if (link == NULL)
    return NULL;
  self = g_object_new (PN_TYPE_FASTBOOT, NULL);
  self->link = link;
  return self;
}

static gboolean
check_command (const char *command, GError **error)
{
  gsize size = strlen (command);

  if (size == 0 || size > PN_FASTBOOT_MAX_COMMAND)
    {
      pn_set_error (error, PN_ERROR_INVALID_ARGUMENT, "A command of %s bytes cannot be sent",
                    PN_NUMBER (size));
      return FALSE;
    }
  for (gsize i = 0; i < size; i++)
    if (g_ascii_iscntrl (command[i]))
      {
        pn_set_error (error, PN_ERROR_INVALID_ARGUMENT, "A command cannot hold control characters");
        return FALSE;
      }
  return TRUE;
}

/* Something that leaves host and device out of step. */
static void
end_session (PnFastboot *self)
{
  g_clear_pointer (&self->link, pn_fastboot_link_abandon);
}

static gboolean
check_session (PnFastboot *self, GError **error)
{
  if (self->link != NULL)
    return TRUE;
  pn_set_error (error, PN_ERROR_PROTOCOL, "The session with the device is over");
  return FALSE;
}

/* Replies up to the one that ends this part: OKAY, or DATA where @data. */
static gboolean
read_replies (PnFastboot *self,
              gboolean data,
              PnReply *reply,
              PnFastbootInfo info,
              gpointer user_data,
              guint timeout,
              GCancellable *cancellable,
              GError **error)
{
  guint8 buffer[PN_FASTBOOT_MAX_REPLY];

  for (guint lines = 0; lines < MAX_INFO_LINES; lines++)
    {
      gssize got =
          pn_fastboot_link_receive (self->link, buffer, sizeof buffer, timeout, cancellable, error);

      if (got < 0 || !pn_reply_parse (buffer, (gsize) got, reply, error))
        {
          end_session (self);
          return FALSE;
        }
      if (reply->kind == PN_REPLY_INFO || reply->kind == PN_REPLY_TEXT)
        {
          if (info != NULL)
            info (reply->text, user_data);
          continue;
        }
      if (reply->kind == PN_REPLY_FAIL)
        {
          pn_set_error (error, PN_ERROR_REJECTED, "The device refused: %s", reply->text);
          return FALSE;
        }
      if ((reply->kind == PN_REPLY_DATA) == data)
        return TRUE;
      end_session (self);
      pn_set_error (error, PN_ERROR_PROTOCOL, "The device's reply does not belong to the command");
      return FALSE;
    }
  end_session (self);
  pn_set_error (error, PN_ERROR_PROTOCOL, "The device sent %s lines without coming to an end",
                PN_NUMBER (MAX_INFO_LINES));
  return FALSE;
}

static gboolean
send_command (
    PnFastboot *self, const char *command, guint timeout, GCancellable *cancellable, GError **error)
{
  if (!check_session (self, error) || !check_command (command, error))
    return FALSE;
  if (pn_fastboot_link_send (self->link, command, timeout, cancellable, error))
    return TRUE;
  end_session (self);
  return FALSE;
}

char *
pn_fastboot_command (PnFastboot *self,
                     const char *command,
                     PnFastbootInfo info,
                     gpointer user_data,
                     guint timeout,
                     GCancellable *cancellable,
                     GError **error)
{
  PnReply reply;

  if (!send_command (self, command, timeout, cancellable, error) ||
      !read_replies (self, FALSE, &reply, info, user_data, timeout, cancellable, error))
    return NULL;
  return g_strdup (reply.text);
}

char *
pn_fastboot_getvar (
    PnFastboot *self, const char *name, guint timeout, GCancellable *cancellable, GError **error)
{
  g_autofree char *command = g_strconcat ("getvar:", name, NULL);
  char *value = pn_fastboot_command (self, command, NULL, NULL, timeout, cancellable, error);

  if (value == NULL)
    g_prefix_error (error, "%s: ", name);
  return value;
}

gboolean
pn_fastboot_getvar_size (PnFastboot *self,
                         const char *name,
                         guint64 *value,
                         guint timeout,
                         GCancellable *cancellable,
                         GError **error)
{
  g_autofree char *text = pn_fastboot_getvar (self, name, timeout, cancellable, error);
  gboolean hex;

  if (text == NULL)
    return FALSE;
  hex = g_ascii_strncasecmp (text, "0x", 2) == 0;
  if (g_ascii_string_to_unsigned (hex ? text + 2 : text, hex ? 16 : 10, 0, G_MAXINT64, value, NULL))
    return TRUE;
  pn_set_error (error, PN_ERROR_PROTOCOL, "%s is “%s”, not a number", name, text);
  return FALSE;
}

/* A source that goes on with zeros when the real one fails, for USB: the announced count has to be
 * kept, and a reset would lose the device (fastboot.md §11.6). */
typedef struct
{
  PnTransportSource source;
  PnTransportProgress progress;
  gpointer user_data;
  GError *error;
} Padded;

static gssize
padded_source (guint8 *buffer, gsize size, gpointer user_data, GError **error)
{
  Padded *padded = user_data;
  gssize got;

  if (padded->error == NULL)
    {
      got = padded->source (buffer, size, padded->user_data, &padded->error);
      if (got == (gssize) size)
        return got;
      if (got >= 0)
        pn_set_error (&padded->error, PN_ERROR_IO, "The data ended too early");
    }
  memset (buffer, 0, size);
  return (gssize) size;
}

static void
padded_progress (guint64 acknowledged, gpointer user_data)
{
  Padded *padded = user_data;

  if (padded->progress != NULL && padded->error == NULL)
    padded->progress (acknowledged, padded->user_data);
}

static gboolean
send_data (PnFastboot *self,
           guint32 size,
           PnTransportSource source,
           PnTransportProgress progress,
           gpointer user_data,
           guint timeout,
           GCancellable *cancellable,
           GError **error)
{
  Padded padded = { source, progress, user_data, NULL };

  if (!pn_fastboot_link_is_usb (self->link))
    return pn_fastboot_link_send_data (self->link, size, source, progress, user_data, timeout,
                                       cancellable, error);
  if (!pn_fastboot_link_send_data (self->link, size, padded_source, padded_progress, &padded,
                                   timeout, cancellable, error))
    {
      g_clear_error (&padded.error);
      return FALSE;
    }
  if (padded.error == NULL)
    return TRUE;
  g_propagate_error (error, padded.error);
  return FALSE;
}

gboolean
pn_fastboot_download (PnFastboot *self,
                      guint32 size,
                      PnTransportSource source,
                      PnTransportProgress progress,
                      gpointer user_data,
                      guint timeout,
                      GCancellable *cancellable,
                      GError **error)
{
  g_autofree char *command = g_strdup_printf ("download:%08x", size);
  PnReply reply;

  if (size == 0 || size > PN_FASTBOOT_MAX_DOWNLOAD)
    {
      pn_set_error (error, PN_ERROR_INVALID_ARGUMENT, "%s bytes cannot be sent at once",
                    PN_NUMBER (size));
      return FALSE;
    }
  if (!send_command (self, command, timeout, cancellable, error) ||
      !read_replies (self, TRUE, &reply, NULL, NULL, timeout, cancellable, error))
    return FALSE;
  if (reply.size != size)
    {
      end_session (self);
      pn_set_error (error, PN_ERROR_PROTOCOL,
                    "The device is ready for another number of bytes than was announced");
      return FALSE;
    }
  if (!send_data (self, size, source, progress, user_data, timeout, cancellable, error))
    {
      end_session (self);
      return FALSE;
    }
  return read_replies (self, FALSE, &reply, NULL, NULL, timeout, cancellable, error);
}

gboolean
pn_fastboot_download_bytes (
    PnFastboot *self, GBytes *bytes, guint timeout, GCancellable *cancellable, GError **error)
{
  PnTransportMemory memory = { .left = g_bytes_get_size (bytes) };

  memory.data = g_bytes_get_data (bytes, NULL);
  return pn_fastboot_download (self, (guint32) MIN (memory.left, G_MAXUINT32),
                               pn_transport_memory_read, NULL, &memory, timeout, cancellable,
                               error);
}

GBytes *
pn_fastboot_upload (
    PnFastboot *self, gsize max, guint timeout, GCancellable *cancellable, GError **error)
{
  g_autofree guint8 *data = NULL;
  PnReply reply;
  gsize size;

  if (!send_command (self, "upload", timeout, cancellable, error) ||
      !read_replies (self, TRUE, &reply, NULL, NULL, timeout, cancellable, error))
    return NULL;
  size = reply.size;
  if (size > max)
    {
      end_session (self);
      pn_set_error (error, PN_ERROR_NO_SPACE,
                    "The device wants to send %s bytes, at most %s are accepted", PN_NUMBER (size),
                    PN_NUMBER (max));
      return NULL;
    }
  data = g_malloc (MAX (size, 1));
  if (!pn_fastboot_link_receive_data (self->link, data, size, timeout, cancellable, error))
    {
      end_session (self);
      return NULL;
    }
  if (!read_replies (self, FALSE, &reply, NULL, NULL, timeout, cancellable, error))
    return NULL;
  return g_bytes_new_take (g_steal_pointer (&data), size);
}
