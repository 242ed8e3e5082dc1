/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-app.h"
#include "pn-export.h"

G_BEGIN_DECLS

/* Ends @job and says so in the window: “412 devices saved.” with Open folder and Copy SHA-256. */
void pn_export_toast_show (PnApp *app, const char *path, const PnExportResult *result, PnJob *job);

G_END_DECLS
