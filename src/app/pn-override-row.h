/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pn-client.h"

G_BEGIN_DECLS

/* Those of @client's overrides that count for the device in @slot, as they come and go: a
 * GtkFilterListModel of PnClientOverride. (transfer full) */
GListModel *pn_override_rows_for (PnClient *client, PnClientSlot *slot) G_GNUC_WARN_UNUSED_RESULT;
/* Fills @list with them: what, for how long, by whom and why, and a button that clears it. @part is
 * what is shown of the page while there are any. */
void
pn_override_rows_show (GtkListBox *list, GtkWidget *part, PnClient *client, PnClientSlot *slot);
/* "Provision again, this time, by alice: a reason". (transfer full) */
char *pn_override_describe (const PnOverride *override);

G_END_DECLS
