/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-gadget.h"
#include "pn-virtual-storage-private.h"

G_BEGIN_DECLS

#define PN_GADGET_MAX_DOWNLOAD 0x10000000u
#define PN_GADGET_TEXT 252 /* bytes of a reply behind its kind */

struct _PnGadget
{
  PnGadgetBoard board;
  PnVirtualStorage *storage;
  GMutex mutex; /* guards what follows */
  PnGadgetKeyFunc key_func;
  gpointer key_data;
  PnGadgetDoneFunc done_func;
  gpointer done_data;
  PnGadgetStepFunc step_func;
  gpointer step_data;
  gboolean locked_at_start; /* otp-lock-status: there was a key to lock when the daemon started */
  GHashTable *flashing;     /* nodes that a flash is writing */
  GCond flashed;
  GHashTable *files;    /* path → GBytes: the daemon's file system, in memory */
  GPtrArray *log;       /* lines of the kernel log */
  gint64 started;       /* monotonic time, microseconds */
  GPtrArray *listeners; /* PnGadgetListener, pn-gadget-listen.c */
  guint16 port;         /* what is listened on, 0 = nothing */
  guint64 carried;      /* bytes that came over the network's data plane */
  GBytes *bmap;
  char *bmap_target;
};

typedef struct _PnGadgetIdp PnGadgetIdp;

/* One session; in one thread. */
typedef struct
{
  PnGadget *gadget;
  const PnGadgetChannel *channel;
  gpointer user_data;
  gboolean data_plane;
  guint8 *buffer; /* the download buffer */
  gsize buffer_size;
  gboolean channel_failed;
  const char *command; /* the line that is carried out; NULL between two */
  PnGadgetIdp *idp;    /* pn-gadget-idp.c; NULL before the first command */
} PnGadgetSession;

/* What a handler makes of the session. */
typedef enum
{
  PN_HANDLED,     /* go on */
  PN_HANDLED_END, /* the session ends, as the real daemon's does */
  PN_HANDLED_REBOOT,
  PN_HANDLED_SHUTDOWN,
} PnHandled;

PnHandled pn_gadget_reply (PnGadgetSession *self, const char *kind, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
PnHandled
pn_gadget_reply_bytes (PnGadgetSession *self, const char *kind, const guint8 *text, gsize size);
void pn_gadget_clear_buffer (PnGadgetSession *self);

PnHandled pn_gadget_getvar (PnGadgetSession *self, const char *const *words);
PnHandled pn_gadget_oem (PnGadgetSession *self, const char *line);
PnHandled pn_gadget_flash (PnGadgetSession *self, const char *target);
PnHandled pn_gadget_bmap_load (PnGadgetSession *self, const char *const *words, guint n_words);
PnHandled pn_gadget_bmap_verify (PnGadgetSession *self, const char *const *words, guint n_words);
/* pn-gadget-idp.c: idpinit, idpwrite, idpgetblk, idpdone. */
PnHandled pn_gadget_idp_init (PnGadgetSession *self, const char *const *words, guint n_words);
PnHandled pn_gadget_idp_write (PnGadgetSession *self, const char *const *words, guint n_words);
PnHandled pn_gadget_idp_next (PnGadgetSession *self, const char *const *words, guint n_words);
PnHandled pn_gadget_idp_done (PnGadgetSession *self, const char *const *words, guint n_words);
void pn_gadget_idp_free (PnGadgetIdp *self);
/* pn-gadget-files.c: upload-file, download-file, mount, umount. */
PnHandled pn_gadget_download_file (PnGadgetSession *self, const char *const *words, guint n_words);
PnHandled pn_gadget_upload_file (PnGadgetSession *self, const char *const *words, guint n_words);
PnHandled pn_gadget_mount (PnGadgetSession *self, const char *const *words, guint n_words);
PnHandled pn_gadget_umount (PnGadgetSession *self, const char *const *words, guint n_words);
/* pn-gadget-vars.c: a line for getvar:dmesg. */
void pn_gadget_log (PnGadget *self, const char *line);
/* pn-gadget-tcp.c. */
gboolean pn_gadget_shake_hands (int fd);
PnGadgetEnd pn_gadget_serve_frames (PnGadget *self, int fd, gboolean data_plane);
/* pn-gadget-listen.c: ends the sessions and waits for their threads. */
void pn_gadget_stop_listening (PnGadget *self);

gboolean pn_gadget_has_key (PnGadget *self);
/* The passphrase of this board's containers; NULL without a device key. */
char *pn_gadget_luks_key (PnGadgetSession *self);
char *pn_gadget_public_key_pem (PnGadget *self); /* NULL while there is none */
gboolean pn_gadget_make_key (PnGadget *self);
/* base64 of the DER signature over a SHA-256 digest */
char *pn_gadget_sign (PnGadget *self, const guint8 *digest);

G_END_DECLS
