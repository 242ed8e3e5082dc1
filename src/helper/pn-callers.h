/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Those on the bus who have spoken to the helper and have not left. Main thread only. */
typedef struct _PnCallers PnCallers;

/* One of them. It lives as long as somebody holds it, also when it has left. */
typedef struct
{
  char *name; /* unique: the bus never gives it to another */
  guint watch;
  GCancellable *gone; /* cancelled when it has left */
  gboolean is_known;  /* uid was asked for */
  guint32 uid;
  guint n_waiting; /* calls that are not allowed yet */
} PnCaller;

PnCallers *pn_callers_new (GDBusConnection *connection);
void pn_callers_free (PnCallers *self);
/* Also whoever only reads properties counts from now on. @emptied is called when the last one has
 * left. */
void pn_callers_listen (PnCallers *self, GFunc emptied, gpointer user_data);
guint pn_callers_count (PnCallers *self);
PnCaller *pn_callers_get (PnCallers *self, const char *name); /* (transfer none) */
PnCaller *pn_caller_ref (PnCaller *self);
void pn_caller_unref (PnCaller *self);

G_END_DECLS
