/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* The words that are seen below @root and lack the brackets of the pseudo language: on labels, as
 * tooltips, in empty entries. Words of GTK's own widgets do not count. (transfer full) */
GPtrArray *pn_words_find_untranslated (GtkWidget *root) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
