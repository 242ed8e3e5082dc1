/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-metadata.h"
#include "pn-transport.h"

G_BEGIN_DECLS

#define PN_RPIBOOT_VENDOR 0x0a5c

typedef enum
{
  PN_RPIBOOT_NONE,   /* not a Raspberry Pi in USB boot */
  PN_RPIBOOT_ROM,    /* wants a second stage */
  PN_RPIBOOT_SERVER, /* asks for files */
} PnRpibootStage;
PnRpibootStage pn_rpiboot_get_stage (const PnIdentity *identity);

/* Stage 1: sends the second stage. The ROM's return word goes to @status (-1 = none came).
 * TRUE means sent, not accepted: only the re-enumeration proves that. @progress in bytes. */
gboolean pn_rpiboot_send_second_stage (PnTransport *transport,
                                       GBytes *code,
                                       gint64 *status,
                                       PnTransportProgress progress,
                                       gpointer user_data,
                                       GCancellable *cancellable,
                                       GError **error);

/* Stage 2. What is served comes from the caller, by name; lookups are exact. */
typedef struct
{
  /* NULL = there is no such file. (transfer full) */
  GBytes *(*lookup) (const char *name, gpointer user_data);
  /* Bytes of the file being sent that the device has acknowledged; name borrowed. Nullable. */
  void (*progress) (const char *name, guint64 done, guint64 total, gpointer user_data);
  /* After each metadata message. Nullable. */
  void (*metadata) (const char *key, const char *value, gpointer user_data);
  gpointer user_data;
} PnFileServer;

typedef enum
{
  PN_RPIBOOT_END_DONE, /* Done, or an empty name */
  PN_RPIBOOT_END_LEFT, /* the device left the bus while we waited for a message */
} PnRpibootEnd;

/* Serves until the conversation ends. @inactivity: milliseconds without a message after which it is
 * PN_ERROR_TIMED_OUT; a single 20 s control timeout is not one (the device may be erasing flash).
 * Leaving in the middle of a file is PN_ERROR_DISCONNECTED. @metadata is filled, also on error. */
gboolean pn_rpiboot_serve (PnTransport *transport,
                           const PnFileServer *server,
                           PnMetadata *metadata,
                           guint inactivity,
                           PnRpibootEnd *end,
                           GCancellable *cancellable,
                           GError **error);

/* Pure: one 260-byte message (rpiboot.md §6.1). The name is cut at 255 bytes. */
typedef struct
{
  gint32 command;
  char name[256];
} PnFileMessage;
gboolean
pn_file_message_parse (const guint8 *data, gsize size, PnFileMessage *message, GError **error);

G_END_DECLS
