/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The device's end of a socket, in a thread of its own, that says whatever a test wants, also lies,
 * and may be cut off after any number of bytes. */
typedef struct
{
  int fd;
  guint64 budget;  /* bytes it may still say; then it hangs up */
  guint64 said;    /* bytes */
  guint cancelled; /* CANCEL messages seen */
  GThread *thread;
  void (*script) (gpointer peer, gpointer user_data);
  gpointer user_data;
} PnTestPeer;

typedef struct
{
  guint32 id;
  guint8 endpoint; /* 0 control; bit 7 = in */
  guint32 length;
  guint8 setup[8];
  guint8 *data; /* OUT; g_free */
} PnTestTransfer;

/* Runs @script (a PnTestPeer, @user_data) and hangs up. @host_fd: the other end. */
PnTestPeer *pn_test_peer_start (void (*script) (gpointer peer, gpointer user_data),
                                gpointer user_data,
                                guint64 budget,
                                int *host_fd);
/* Waits for the script's end; the bytes it has said. */
guint64 pn_test_peer_finish (PnTestPeer *self);

/* All FALSE once one side has hung up. */
gboolean pn_test_peer_say (PnTestPeer *self, gconstpointer data, gsize size);
gboolean pn_test_peer_hear (PnTestPeer *self, gpointer data, gsize size);
/* Hears until the other side hangs up: silence. */
void pn_test_peer_be_silent (PnTestPeer *self);

/* pn-vusb.h: a ROM or file server (0a5c:2712), or a gadget. */
GByteArray *pn_test_identity (gboolean gadget, const char *serial);
gboolean pn_test_peer_introduce (PnTestPeer *self, gboolean gadget);
/* The next transfer; cancellations of others are counted and not answered. */
gboolean pn_test_peer_next (PnTestPeer *self, PnTestTransfer *transfer);
void pn_test_transfer_clear (PnTestTransfer *transfer);
gboolean pn_test_peer_complete (PnTestPeer *self,
                                const PnTestTransfer *transfer,
                                int status,
                                gconstpointer data,
                                guint32 actual);
/* Anything in the place of a completion. */
gboolean
pn_test_peer_say_words (PnTestPeer *self, guint32 kind, guint32 id, guint32 status, guint32 actual);

/* Descriptors this process has open. */
guint pn_test_count_fds (void);

G_END_DECLS
