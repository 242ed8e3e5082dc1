/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-hook.h"

G_BEGIN_DECLS

/* What goes between who wants a device hook run and the runner: one packet there, with two
 * descriptors (the script, a sealed file in memory; the pipe that it prints to), and one packet
 * back. Pure; nothing here believes what it reads. */
#define PN_HOOK_MAX_REQUEST (160 * 1024) /* bytes */
#define PN_HOOK_MAX_REPLY (16 * 1024)    /* the same */
#define PN_HOOK_FD_SCRIPT 0
#define PN_HOOK_FD_OUTPUT 1
#define PN_HOOK_N_FDS 2

typedef struct
{
  PnHookStage stage;
  GStrv arguments, environment, write;
  guint seconds;
  gboolean network;
} PnHookRequest;

/* The packet, and what such a packet says: PN_ERROR_INVALID_DATA where it says nothing, or asks for
 * what no recipe may. @self is to be cleared in any case. */
GBytes *pn_hook_request_new (const PnHookJob *job);
gboolean pn_hook_request_parse (PnHookRequest *self, GBytes *packet, GError **error);
void pn_hook_request_clear (PnHookRequest *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PnHookRequest, pn_hook_request_clear)

/* @problem: nullable, for a script that ended well. The other way round: FALSE with @error set
 * where it did not. */
GBytes *pn_hook_reply_new (const GError *problem);
gboolean pn_hook_reply_parse (GBytes *packet, GError **error);

G_END_DECLS
