/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* A row under a field's row that says with an icon and a sentence what is wrong with it, or what
 * was found; it is not there where there is nothing to say. */
#define PN_TYPE_FIELD_STATUS (pn_field_status_get_type ())
G_DECLARE_FINAL_TYPE (PnFieldStatus, pn_field_status, PN, FIELD_STATUS, AdwPreferencesRow)

GtkWidget *pn_field_status_new (void);
/* @problem or, where there is none, @remark; both may be NULL. The @field (nullable) is marked as
 * invalid, and told that this row describes it. */
void pn_field_status_set (PnFieldStatus *self,
                          GtkWidget *field,
                          const char *problem,
                          const char *remark);
const char *pn_field_status_get_text (PnFieldStatus *self);

G_END_DECLS
