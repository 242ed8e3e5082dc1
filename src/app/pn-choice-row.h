/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* @row shows the enum @key of @settings, and sets it. @nicks: those of the enum in the order of the
 * row, ended by NULL, which live as long as the row. */
void pn_choice_row_bind (AdwComboRow *row,
                         GSettings *settings,
                         const char *key,
                         const char *const *nicks);

G_END_DECLS
