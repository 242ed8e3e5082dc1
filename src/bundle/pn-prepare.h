/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-bundle.h"
#include "pn-recipe.h"
#include "pn-signer.h"

G_BEGIN_DECLS

/* Makes @output (must not exist): built aside, fsynced, verified, renamed. Same inputs and
 * @timestamp give the same bytes. @signer NULL in modes that do not sign. @say gets one sentence
 * (base/pn-sentence.h) a step and warnings, @progress the bytes of what the last sentence was
 * about; both are nullable and called on the calling thread. Cancelling leaves nothing behind. */
typedef void (*PnSayFunc) (const char *sentence, gboolean warning, gpointer user_data);
gboolean pn_prepare (const PnRecipe *recipe,
                     PnSigner *signer,
                     const char *output,
                     gint64 timestamp,
                     PnSayFunc say,
                     PnProgressFunc progress,
                     gpointer user_data,
                     GCancellable *cancellable,
                     GError **error);

G_END_DECLS
