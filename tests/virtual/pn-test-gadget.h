/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-gadget.h"
#include "pn-virtual-storage-private.h"

G_BEGIN_DECLS

/* A gadget with a disk of its own behind a TCP port, and one connection to it. */
typedef struct
{
  const char *file;
  PnStorage kind;
  guint64 size;
  gboolean key;
  gboolean data_plane;
} PnTestGadgetSetting;

typedef struct
{
  const PnTestGadgetSetting *setting;
  char *folder;
  char *path;
  PnVirtualStorage *storage;
  PnGadget *gadget;
  int fd;             /* the connection, or -1 */
  const char *sent;   /* the last command as the transcript writes it */
  gboolean swap_disk; /* the transcript's other disk is ours from here on */
} PnTestGadget;

void pn_test_gadget_set_up (PnTestGadget *self, gconstpointer data);
void pn_test_gadget_hang_up (PnTestGadget *self);
void pn_test_gadget_tear_down (PnTestGadget *self, gconstpointer data);
void pn_test_gadget_dial (PnTestGadget *self);
gboolean pn_test_gadget_send_bytes (PnTestGadget *self, const void *data, gsize size);
gboolean pn_test_gadget_send_frame (PnTestGadget *self, const void *data, gsize size);
/* FALSE at the end of the connection. */
gboolean pn_test_gadget_receive_bytes (PnTestGadget *self, guint8 *data, gsize size);
GBytes *pn_test_gadget_receive_frame (PnTestGadget *self);
void pn_test_gadget_shake (PnTestGadget *self);
/* A reply as text; NULL at the end of the connection. */
char *pn_test_gadget_reply (PnTestGadget *self);
void pn_test_gadget_say (PnTestGadget *self, const char *command, const char *expected);
void pn_test_gadget_stage (PnTestGadget *self, const void *data, gsize size);

G_END_DECLS
