/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pn-attention.h"
#include "pn-backup.h"
#include "pn-client-bench.h"
#include "pn-job.h"

G_BEGIN_DECLS

typedef struct _PnAlerts PnAlerts;

#define PN_APP_ID "org.punnet.Punnet"

/* The application. Properties: "client" (the helper that is talked to: another object in practice),
 * "practice". */
#define PN_TYPE_APP (pn_app_get_type ())
G_DECLARE_FINAL_TYPE (PnApp, pn_app, PN, APP, AdwApplication)

/* Before anything else in a program: the language of its words. PUNNET_LOCALE_DIR names another
 * folder with translations, for a program that is not installed. */
void pn_app_set_up_language (void);
PnApp *pn_app_new (GApplicationFlags flags) G_GNUC_WARN_UNUSED_RESULT;
PnApp *pn_app_get_default (void);          /* (transfer none) */
PnClient *pn_app_get_client (PnApp *self); /* (transfer none) */
GSettings *pn_app_get_settings (PnApp *self);
gboolean pn_app_get_practice (PnApp *self);
void pn_app_set_practice (PnApp *self, gboolean practice);
PnClientBench *pn_app_get_bench (PnApp *self); /* (transfer none); NULL unless practising */
void pn_app_start_bench (PnApp *self);         /* again, where it has ended */
/* Where boot firmware and the writing tool are; "" = where packages put them. PUNNET_FIRMWARE_DIR
 * comes before the setting. */
char *pn_app_get_firmware_folder (PnApp *self);
PnAttention *pn_app_get_attention (PnApp *self); /* (transfer none); follows the client */
PnBackup *pn_app_get_backup (PnApp *self);       /* (transfer none) */
PnAlerts *pn_app_get_alerts (PnApp *self);       /* (transfer none) */
/* Starts the helper that the client is for. */
void pn_app_start_helper (PnApp *self);

/* Jobs, the newest first; those that are over stay until there are 200. Takes nothing. */
GListModel *pn_app_get_jobs (PnApp *self);
void pn_app_add_job (PnApp *self, PnJob *job);
/* The one of that kind that goes for @subject: (transfer none) or NULL. */
PnJob *pn_app_find_job (PnApp *self, const char *kind, const char *subject);

G_END_DECLS
