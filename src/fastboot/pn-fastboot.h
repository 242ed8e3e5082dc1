/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-transport.h"

G_BEGIN_DECLS

#define PN_FASTBOOT_MAX_COMMAND 256 /* bytes; more and the gadget is gone */
#define PN_FASTBOOT_MAX_REPLY 256
#define PN_FASTBOOT_MAX_DOWNLOAD 0x10000000u /* bytes */

/* A fastboot session: over a USB transport, or over TCP. Strictly one command at a time. */
#define PN_TYPE_FASTBOOT (pn_fastboot_get_type ())
G_DECLARE_FINAL_TYPE (PnFastboot, pn_fastboot, PN, FASTBOOT, GObject)

/* TRUE for interface ff/42/03 with 18d1:4e40 and manufacturer "Raspberry Pi". */
gboolean pn_fastboot_matches (const PnIdentity *identity);
PnFastboot *pn_fastboot_new_usb (PnTransport *transport); /* references it */
/* Over a connected stream socket, framing of TCP. Takes @fd. */
PnFastboot *
pn_fastboot_new_stream (int fd, guint timeout, GCancellable *cancellable, GError **error);

/* Each INFO (or TEXT) line, escaped to printable text. */
typedef void (*PnFastbootInfo) (const char *line, gpointer user_data);

/* One command to its final reply. OKAY's text (value stripped of trailing NUL, CR, LF, spaces) is
 * returned; FAIL is PN_ERROR_REJECTED with the device's reason; anything else PN_ERROR_PROTOCOL and
 * the session is over. @timeout: milliseconds between replies. Checks length and characters first.
 */
char *pn_fastboot_command (PnFastboot *self,
                           const char *command,
                           PnFastbootInfo info,
                           gpointer user_data,
                           guint timeout,
                           GCancellable *cancellable,
                           GError **error);
char *pn_fastboot_getvar (
    PnFastboot *self, const char *name, guint timeout, GCancellable *cancellable, GError **error);
/* getvar that is a number: "0x…" or decimal. */
gboolean pn_fastboot_getvar_size (PnFastboot *self,
                                  const char *name,
                                  guint64 *value,
                                  guint timeout,
                                  GCancellable *cancellable,
                                  GError **error);
/* "download:%08x", exactly @size bytes from @source, OKAY. If @source fails: TCP closes, USB
 * finishes the announced count with zeros (fastboot.md §11.6); the error is @source's. */
gboolean pn_fastboot_download (PnFastboot *self,
                               guint32 size,
                               PnTransportSource source,
                               PnTransportProgress progress,
                               gpointer user_data,
                               guint timeout,
                               GCancellable *cancellable,
                               GError **error);
gboolean pn_fastboot_download_bytes (
    PnFastboot *self, GBytes *bytes, guint timeout, GCancellable *cancellable, GError **error);
GBytes *pn_fastboot_upload (
    PnFastboot *self, gsize max, guint timeout, GCancellable *cancellable, GError **error);

/* Pure: one reply message. */
typedef enum
{
  PN_REPLY_OKAY,
  PN_REPLY_FAIL,
  PN_REPLY_DATA,
  PN_REPLY_INFO,
  PN_REPLY_TEXT,
} PnReplyKind;
typedef struct
{
  PnReplyKind kind;
  guint32 size;   /* DATA */
  char text[256]; /* NUL-terminated, non-printable bytes as \xNN cut to fit */
} PnReply;
gboolean pn_reply_parse (const guint8 *data, gsize size, PnReply *reply, GError **error);

/* The gadget's block map (fastboot.md §9.8). */
typedef struct
{
  guint32 first_block;
  guint32 last_block; /* inclusive */
  guint8 sha256[32];
} PnBmapRange;
GBytes *pn_bmap_build (guint32 block_size, const PnBmapRange *ranges, guint n_ranges);

G_END_DECLS
