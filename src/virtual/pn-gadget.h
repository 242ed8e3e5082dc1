/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "pn-phase.h"

G_BEGIN_DECLS

/* The device side of fastboot, as the real daemon answers (fastboot.md), over any byte channel. */

/* What the board is, as the gadget's variables show it. */
typedef struct
{
  char *model;  /* "Raspberry Pi 5 Model B Rev 1.0" */
  char *serial; /* 16 lower-case hex digits */
  guint32 board_revision;
  guint64 sdram_size; /* bytes as the gadget says them */
  char *mac;
  gboolean signed_eeprom;  /* secure-eeprom */
  gboolean devkey_revoked; /* secure-devkey */
  gboolean key_in_otp;     /* secure-otp */
  guint8 device_key[32];   /* P-256 scalar; all zero = not provisioned */
  PnChip chip;
  gboolean data_plane; /* -i usb+tcp */
  char *address; /* what it says is its network socket's; NULL = the cable is not plugged in */
} PnGadgetBoard;

typedef struct _PnVirtualStorage PnVirtualStorage;

/* Shared by all sessions of one booted gadget. Threads: each session in one thread of its own. */
typedef struct _PnGadget PnGadget;
PnGadget *pn_gadget_new (const PnGadgetBoard *board,
                         PnVirtualStorage *storage); /* borrows storage */
void pn_gadget_free (PnGadget *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnGadget, pn_gadget_free)
/* Called when "oem fwcrypto init" made a key: the board stores it in OTP. FALSE = OTP refuses. */
typedef gboolean (*PnGadgetKeyFunc) (const guint8 *key, gpointer user_data);
void pn_gadget_set_key_func (PnGadget *self, PnGadgetKeyFunc func, gpointer user_data);

/* Called when "oem led PWR 0" came, from the session's thread: the host says that the device is
 * done. */
typedef void (*PnGadgetDoneFunc) (gpointer user_data);
void pn_gadget_set_done_func (PnGadget *self, PnGadgetDoneFunc func, gpointer user_data);

/* A channel of one session. Each blocks; FALSE ends the session. */
typedef struct
{
  /* One command, at most @size bytes; the length in @length. */
  gboolean (*read_command) (gpointer channel, guint8 *buffer, gsize size, gsize *length);
  /* Exactly @size bytes of a data phase. */
  gboolean (*read_data) (gpointer channel, guint8 *buffer, gsize size);
  /* One reply, or a piece of an upload. */
  gboolean (*write) (gpointer channel, const guint8 *data, gsize size);
} PnGadgetChannel;

typedef enum
{
  PN_GADGET_END_CHANNEL, /* the channel ended */
  PN_GADGET_END_FAILED,  /* a handler ended the session, or the daemon crashed */
  PN_GADGET_END_REBOOT,
  PN_GADGET_END_SHUTDOWN,
} PnGadgetEnd;
/* Serves one session to its end. @data_plane: the restricted TCP side of usb+tcp. */
PnGadgetEnd pn_gadget_serve (PnGadget *self,
                             const PnGadgetChannel *channel,
                             gpointer user_data,
                             gboolean data_plane);
/* The TCP front end: handshake and frames on a connected socket, then pn_gadget_serve (). */
PnGadgetEnd pn_gadget_serve_tcp (PnGadget *self, int fd, gboolean data_plane); /* borrows fd */
/* Listens and serves, in threads of its own, until @cancellable or pn_gadget_free (). @address: one
 * of this machine's loopback interface; NULL = both ordinary loopback addresses. @port 0 takes a
 * free one. @data_plane: several at once, restricted; else one at a time. PN_ERROR_IO. */
gboolean pn_gadget_listen (PnGadget *self,
                           const char *address,
                           guint16 port,
                           gboolean data_plane,
                           GCancellable *cancellable,
                           GError **error);
/* Plugs a network cable in: the restricted data plane listens at @address ("" = a free loopback
 * one) with the port that every device has, and unless it says another, that is what it says. */
gboolean pn_gadget_join_network (PnGadget *self, const char *address, GError **error);
guint16 pn_gadget_get_port (PnGadget *self); /* 0 = not listening */

/* What goes wrong in one step of what host and device do with each other. */
typedef enum
{
  PN_STEP_FINE,
  PN_STEP_UNPLUG, /* the cable is pulled */
  PN_STEP_STALL,  /* the device says nothing any more */
  PN_STEP_FAIL,   /* it is not done, and said to have failed where there is somebody to say it to */
  PN_STEP_LIE,    /* it is not done, and said to be done; of something said: something else is */
} PnStep;
/* Called before each step, from the session's thread: "command" with the command's line before it
 * is carried out, "reply" with the same line when it was. */
typedef PnStep (*PnGadgetStepFunc) (const char *kind, const char *what, gpointer user_data);
void pn_gadget_set_step_func (PnGadget *self, PnGadgetStepFunc func, gpointer user_data);

/* Faults (design.md §7), thread safe. */
typedef struct
{
  gint64 flip_bit;        /* after all writes, bit at this byte of the disk flips; -1 = none */
  guint write_delay_us;   /* per MiB */
  gint64 fail_write_at;   /* byte of the disk whose write fails with EIO; -1 = none */
  guint64 flip_after;     /* the bit is in what is being written when so many bytes are; 0 = none */
  guint64 fail_after;     /* so many bytes are written, then no more; 0 = never */
  guint idp_busy;         /* so many idpwrites cannot read the new table again */
  guint idp_lose;         /* so many answers of idpgetblk are lost */
  gboolean plain_storage; /* says that it encrypts, and does not */
  guint32 max_download;   /* bytes it takes at a time; 0 = as many as the real one */
  /* After so many bytes over the network the connection is cut, or nothing moves on it any more;
   * 0 = never. */
  guint64 network_cut_after, network_stall_after;
} PnGadgetFaults;
void pn_gadget_set_faults (PnGadget *self, const PnGadgetFaults *faults);

G_END_DECLS
