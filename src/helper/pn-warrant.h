/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-station.h"

G_BEGIN_DECLS

/* What somebody is asked to allow of one OpenBatch, in the words in which he is asked. It is made
 * when he is asked and again when he has answered: what differs then was not allowed. */
typedef struct
{
  char *digest;      /* of the bundle, hex */
  char *fingerprint; /* of the key, hex; "" = it has none */
  char *mode;
  char *slots; /* their names and labels; "" = every slot */
  GStrv permanent;
  guint count;
} PnWarrant;

PnWarrant *pn_warrant_new (PnStation *station, PnManifest *manifest, GVariant *options);
void pn_warrant_free (PnWarrant *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnWarrant, pn_warrant_free)
/* TRUE where @now is the same; else PN_ERROR_STALE says what is not. */
gboolean pn_warrant_check (const PnWarrant *self, const PnWarrant *now, GError **error);

G_END_DECLS
