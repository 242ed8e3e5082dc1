/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-image-report.h"

G_BEGIN_DECLS

#define PN_REPORT_TEXT_MAX (1024 * 1024) /* bytes of a text file that is looked at */
#define PN_REPORT_LIST_MAX 64            /* kernels, accounts, remarks, … */

/* Valid UTF-8 without control characters, at most 200 characters. */
char *pn_report_text (const char *text);
void pn_report_remark (PnImageReport *self, PnRemarkKind kind, const char *argument);
/* Lines of a text; NULL is none. */
char **pn_report_lines (GBytes *text);

/* Each adds what it finds. The scans of texts are pure. */
void pn_report_scan_config (PnImageReport *self, GBytes *text);
void pn_report_scan_cmdline (PnImageReport *self, GBytes *text);
void pn_report_boot (PnImageReport *self, PnFat *boot);
void pn_report_kernels (PnImageReport *self, PnExt4 *root);
void pn_report_accounts (PnImageReport *self, PnExt4 *root);

G_END_DECLS
