/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-client.h"

G_BEGIN_DECLS

/* What the helper said of every run since the window was opened, in the order in which it came: a
 * list of PnLogLine whose sentences begin with the slot. The newest 20,000 lines are kept;
 * (transfer full). It follows @client while somebody holds it. */
GListModel *pn_station_log_new (PnClient *client) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
