/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-rpiboot.h"

#include <string.h>

#include "pn-bytes.h"
#include "pn-pause.h"

/* rpiboot.md §4, §5, §6, §11.4; usbboot: main.c */
#define REQUEST_OUT 0x40 /* vendor, device */
#define REQUEST_IN 0xc0
#define BOOT_MESSAGE_SIZE 24
#define FILE_MESSAGE_SIZE 260
#define CHUNK 16384
#define MAX_SECOND_STAGE (4 * 1024 * 1024)
#define ANNOUNCE_TIMEOUT 1000 /* ms */
#define BULK_TIMEOUT 5000
#define MESSAGE_TIMEOUT 20000
#define STATUS_TIMEOUT 2000
#define RETRY_PAUSE 100    /* ms; a stall is answered at once */
#define MAX_MESSAGES 10000 /* of one conversation; the longest real one has some 40 */

enum
{
  COMMAND_SIZE = 0,
  COMMAND_READ = 1,
  COMMAND_DONE = 2,
};

PnRpibootStage
pn_rpiboot_get_stage (const PnIdentity *identity)
{
  if (identity->vendor != PN_RPIBOOT_VENDOR)
    return PN_RPIBOOT_NONE;
  switch (identity->product)
    {
    case 0x2763:
    case 0x2764:
    case 0x2711:
    case 0x2712:
      return identity->serial_index == 0 || identity->serial_index == 3 ? PN_RPIBOOT_ROM
                                                                        : PN_RPIBOOT_SERVER;
    default:
      return PN_RPIBOOT_NONE;
    }
}

/* The control transfer that announces @size bytes. */
static gboolean
announce (PnTransport *transport, gsize size, GCancellable *cancellable, GError **error)
{
  return pn_transport_control (transport, REQUEST_OUT, 0, size & 0xffff, (guint16) (size >> 16),
                               NULL, 0, ANNOUNCE_TIMEOUT, cancellable, error) >= 0;
}

gboolean
pn_rpiboot_send_second_stage (PnTransport *transport,
                              GBytes *code,
                              gint64 *status,
                              PnTransportProgress progress,
                              gpointer user_data,
                              GCancellable *cancellable,
                              GError **error)
{
  guint8 message[BOOT_MESSAGE_SIZE] = { 0 };
  guint8 answer[4] = { 0 };
  gsize size;
  const guint8 *data = g_bytes_get_data (code, &size);
  gssize got;

  *status = -1;
  if (size == 0 || size > MAX_SECOND_STAGE)
    {
      pn_set_error (error, PN_ERROR_INVALID_ARGUMENT, "A loader of %s bytes cannot be sent",
                    PN_NUMBER (size));
      return FALSE;
    }
  pn_poke_le32 (message, (guint32) size);
  if (!announce (transport, sizeof message, cancellable, error) ||
      !pn_transport_bulk_out_bytes (transport, message, sizeof message, CHUNK, BULK_TIMEOUT,
                                    cancellable, error) ||
      !announce (transport, size, cancellable, error) ||
      !pn_transport_bulk_out_bytes (transport, data, size, CHUNK, BULK_TIMEOUT, cancellable, error))
    return FALSE;
  if (progress != NULL)
    progress (size, user_data);
  /* The ROM may be gone already; that is no failure (§5.2). */
  got = pn_transport_control (transport, REQUEST_IN, 0, sizeof answer, 0, answer, sizeof answer,
                              STATUS_TIMEOUT, cancellable, NULL);
  if (got == sizeof answer)
    *status = pn_peek_le32 (answer);
  return !g_cancellable_set_error_if_cancelled (cancellable, error);
}

gboolean
pn_file_message_parse (const guint8 *data, gsize size, PnFileMessage *message, GError **error)
{
  if (size != FILE_MESSAGE_SIZE)
    {
      pn_set_error (error, PN_ERROR_PROTOCOL, "A file request has %s bytes instead of %s",
                    PN_NUMBER (size), PN_NUMBER (FILE_MESSAGE_SIZE));
      return FALSE;
    }
  message->command = (gint32) pn_peek_le32 (data);
  memcpy (message->name, data + 4, sizeof message->name);
  message->name[sizeof message->name - 1] = '\0';
  return TRUE;
}

/* One conversation. */
typedef struct
{
  PnTransport *transport;
  const PnFileServer *server;
  PnMetadata *metadata;
  GCancellable *cancellable;
  GBytes *open; /* by the last GetFileSize; NULL = none */
  char open_name[256];
} Conversation;

typedef struct
{
  const guint8 *data;
  gsize left;
  gsize total;
  Conversation *conversation;
} Sending;

static gssize
file_source (guint8 *buffer, gsize size, gpointer user_data, GError **error)
{
  Sending *sending = user_data;
  gsize count = MIN (size, sending->left);

  memcpy (buffer, sending->data, count);
  sending->data += count;
  sending->left -= count;
  return (gssize) count;
}

static void
file_progress (guint64 acknowledged, gpointer user_data)
{
  Sending *sending = user_data;
  const PnFileServer *server = sending->conversation->server;

  if (server->progress != NULL)
    server->progress (sending->conversation->open_name, acknowledged, sending->total,
                      server->user_data);
}

static gboolean
name_is_safe (const char *name)
{
  return name[0] != '/' && strstr (name, "..") == NULL;
}

static gboolean
answer_size (Conversation *self, const char *name, GError **error)
{
  g_clear_pointer (&self->open, g_bytes_unref);
  if (name_is_safe (name))
    self->open = self->server->lookup (name, self->server->user_data);
  if (self->open != NULL && g_bytes_get_size (self->open) > G_MAXINT32)
    g_clear_pointer (&self->open, g_bytes_unref);
  g_strlcpy (self->open_name, name, sizeof self->open_name);
  return announce (self->transport, self->open != NULL ? g_bytes_get_size (self->open) : 0,
                   self->cancellable, error);
}

static gboolean
answer_read (Conversation *self, GError **error)
{
  Sending sending = { .conversation = self };

  if (self->open == NULL)
    return announce (self->transport, 0, self->cancellable, error);
  sending.data = g_bytes_get_data (self->open, &sending.total);
  sending.left = sending.total;
  if (!announce (self->transport, sending.total, self->cancellable, error) ||
      !pn_transport_bulk_out (self->transport, sending.total, CHUNK, file_source, file_progress,
                              &sending, BULK_TIMEOUT, self->cancellable, error))
    {
      pn_prefix_error (error, "While sending %s", self->open_name);
      return FALSE;
    }
  g_clear_pointer (&self->open, g_bytes_unref);
  return TRUE;
}

static gboolean
answer_metadata (Conversation *self, const char *name, GError **error)
{
  if (pn_metadata_add (self->metadata, name) && self->server->metadata != NULL)
    {
      g_auto (GStrv) parts = g_strsplit (name, "*", 4);

      self->server->metadata (parts[1], pn_metadata_get (self->metadata, parts[1]),
                              self->server->user_data);
    }
  return announce (self->transport, 0, self->cancellable, error);
}

/* Answers one message; *@done at the end of the conversation. */
static gboolean
answer (Conversation *self, const PnFileMessage *message, gboolean *done, GError **error)
{
  g_autofree char *request = NULL;

  *done = FALSE;
  if (message->name[0] == '\0')
    {
      *done = TRUE;
      /* The device may leave without waiting for this. */
      (void) announce (self->transport, 0, self->cancellable, NULL);
      return TRUE;
    }
  if (message->name[0] == '*' && message->command != COMMAND_DONE)
    return answer_metadata (self, message->name, error);
  switch (message->command)
    {
    case COMMAND_SIZE:
      return answer_size (self, message->name, error);
    case COMMAND_READ:
      return answer_read (self, error);
    case COMMAND_DONE:
      *done = TRUE;
      return TRUE;
    default:
      request = g_strdup_printf ("%d", message->command);
      pn_set_error (error, PN_ERROR_PROTOCOL, "The device sent the unknown request %s", request);
      return FALSE;
    }
}

/* The next whole message. A timeout is retried until @inactivity ms are over: a device that erases
 * its flash is silent for longer than a control transfer may take. */
static gboolean
next_message (Conversation *self, guint inactivity, PnFileMessage *message, GError **error)
{
  gint64 deadline = g_get_monotonic_time () + inactivity * G_TIME_SPAN_MILLISECOND;
  guint8 data[FILE_MESSAGE_SIZE];

  for (;;)
    {
      gint64 left = (deadline - g_get_monotonic_time ()) / G_TIME_SPAN_MILLISECOND;
      g_autoptr (GError) local = NULL;
      gssize got;

      memset (data, 0, sizeof data);
      got = pn_transport_control (self->transport, REQUEST_IN, 0, sizeof data, 0, data, sizeof data,
                                  (guint) CLAMP (left, 1, MESSAGE_TIMEOUT), self->cancellable,
                                  &local);
      if (got == sizeof data)
        return pn_file_message_parse (data, sizeof data, message, error);
      if (got < 0 && !g_error_matches (local, PN_ERROR, PN_ERROR_TIMED_OUT) &&
          !g_error_matches (local, PN_ERROR, PN_ERROR_PROTOCOL))
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      if (g_get_monotonic_time () >= deadline)
        {
          pn_set_error (error, PN_ERROR_TIMED_OUT, "The device asked for nothing for %s seconds",
                        PN_NUMBER ((inactivity + 999) / 1000));
          return FALSE;
        }
      if (!g_error_matches (local, PN_ERROR, PN_ERROR_TIMED_OUT))
        pn_pause (RETRY_PAUSE, self->cancellable);
    }
}

gboolean
pn_rpiboot_serve (PnTransport *transport,
                  const PnFileServer *server,
                  PnMetadata *metadata,
                  guint inactivity,
                  PnRpibootEnd *end,
                  GCancellable *cancellable,
                  GError **error)
{
  Conversation self = { transport, server, metadata, cancellable };
  gboolean done = FALSE;
  gboolean fine = TRUE;

  *end = PN_RPIBOOT_END_DONE;
  for (guint messages = 0; fine && !done; messages++)
    {
      g_autoptr (GError) local = NULL;
      PnFileMessage message;

      if (messages == MAX_MESSAGES)
        {
          pn_set_error (error, PN_ERROR_PROTOCOL,
                        "The device asked %s times and did not come to an end",
                        PN_NUMBER (MAX_MESSAGES));
          fine = FALSE;
          break;
        }
      if (!next_message (&self, inactivity, &message, &local))
        {
          /* Leaving between two messages is how a device ends that has all it needs. */
          fine = g_error_matches (local, PN_ERROR, PN_ERROR_DISCONNECTED);
          done = fine;
          *end = PN_RPIBOOT_END_LEFT;
          if (!fine)
            g_propagate_error (error, g_steal_pointer (&local));
        }
      else
        fine = answer (&self, &message, &done, error);
    }
  g_clear_pointer (&self.open, g_bytes_unref);
  return fine;
}
