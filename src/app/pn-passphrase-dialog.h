/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-dialog.h"
#include "pn-secret.h"

G_BEGIN_DECLS

/* Asks for the passphrase of a key's file. What is typed goes straight into a PnSecret. */
#define PN_TYPE_PASSPHRASE_DIALOG (pn_passphrase_dialog_get_type ())
G_DECLARE_FINAL_TYPE (PnPassphraseDialog, pn_passphrase_dialog, PN, PASSPHRASE_DIALOG, PnDialog)

/* Over the window that @parent is in. @problem (nullable): why it is asked for again. */
void pn_passphrase_dialog_ask_async (GtkWidget *parent,
                                     const char *file,
                                     const char *problem,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);
/* G_IO_ERROR_CANCELLED where the dialog was closed without an answer. */
PnSecret *pn_passphrase_dialog_ask_finish (GAsyncResult *result, GError **error);

G_END_DECLS
