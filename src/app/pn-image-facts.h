/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "pn-image-report.h"
#include "pn-stored-image.h"

G_BEGIN_DECLS

/* Groups of rows that say in words what is known of an image; appended to @box. */
void pn_image_facts_add_report (GtkBox *box, const PnImageReport *report);
void pn_image_facts_add_image (GtkBox *box, PnStoredImage *image, const char *const *users);

G_END_DECLS
