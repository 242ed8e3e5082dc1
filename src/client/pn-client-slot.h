/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-client-run.h"

G_BEGIN_DECLS

/* What a card shows; the words of user-interface.md §4.2 that this helper can tell. */
typedef enum
{
  PN_CARD_EMPTY,
  PN_CARD_UNUSED,   /* "ignored": no card, a quiet line */
  PN_CARD_EXCLUDED, /* a device where the port rules allow none: it is left alone */
  PN_CARD_RESTING,  /* after failures in a row: somebody has to look at the socket */
  PN_CARD_FOUND,    /* a device, but no batch for it */
  PN_CARD_HELD,     /* paused, or the batch is complete */
  PN_CARD_READY,    /* waits for its button */
  PN_CARD_LOOKING,  /* connect, inspect */
  PN_CARD_FIRMWARE,
  PN_CARD_LOCKING, /* a permanent step is going on: do not disconnect */
  PN_CARD_STARTING,
  PN_CARD_STORAGE,
  PN_CARD_WRITING,
  PN_CARD_FINISHING_WRITE, /* all bytes sent; the device syncs */
  PN_CARD_CHECKING,
  PN_CARD_RECORDING,
  PN_CARD_DECISION, /* an instruction for the person at the slot */
  PN_CARD_STALLED,  /* nothing moved for 20 s */
  PN_CARD_LOST,     /* the device left while working */
  PN_CARD_PASSED,
  PN_CARD_REFUSED,      /* somebody else's key, another chip, too small …: nothing was changed */
  PN_CARD_FAILED_RETRY, /* safe to try again */
  PN_CARD_FAILED_UNKNOWN, /* look first, or power cycle */
  PN_CARD_SET_ASIDE,      /* a permanent step may or may not have been made */
  PN_CARD_STOPPED,        /* by a person */
  PN_CARD_DONE_BEFORE,    /* refused since it is done; a person may want it again */
  PN_CARD_SKIPPED,        /* the same, and nobody is asked */
} PnCardState;
#define PN_TYPE_CARD_STATE (pn_card_state_get_type ())
GType pn_card_state_get_type (void) G_GNUC_CONST;

/* One slot. Properties (all notify): "name", "label" (never empty: the name where there is none),
 * "kind", "used", "present", "serial" (of what is on the bus), "run" (PnClientRun or NULL: the one
 * that goes, or the last), "state", "failures" (in a row). */
#define PN_TYPE_CLIENT_SLOT (pn_client_slot_get_type ())
G_DECLARE_FINAL_TYPE (PnClientSlot, pn_client_slot, PN, CLIENT_SLOT, GObject)

const char *pn_client_slot_get_name (PnClientSlot *self);
const char *pn_client_slot_get_label (PnClientSlot *self);
gboolean pn_client_slot_is_virtual (PnClientSlot *self);
gboolean pn_client_slot_get_used (PnClientSlot *self);
gboolean pn_client_slot_get_present (PnClientSlot *self);
/* Of the device that its card is about, as far as it is known: "" = not. */
const char *pn_client_slot_get_serial (PnClientSlot *self);
guint pn_client_slot_get_failures (PnClientSlot *self);
PnClientRun *pn_client_slot_get_run (PnClientSlot *self); /* (transfer none) or NULL */
PnCardState pn_client_slot_get_state (PnClientSlot *self);

/* Each answers with g_task; finish with pn_client_slot_call_finish (). @label NULL = as it is. */
void pn_client_slot_configure_async (PnClientSlot *self,
                                     const char *label,
                                     gboolean used,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);
void pn_client_slot_start_async (PnClientSlot *self,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
void pn_client_slot_use_again_async (PnClientSlot *self,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);
void pn_client_slot_remove_async (PnClientSlot *self,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
gboolean pn_client_slot_call_finish (PnClientSlot *self, GAsyncResult *result, GError **error);

G_END_DECLS
