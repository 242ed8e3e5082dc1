/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "pn-client.h"

G_BEGIN_DECLS

/* Asks for a folder, and saves there what the station certifies of the runs with the numbers
 * @records (gint64); a toast of @widget's window says what came of it. Of several, those that did
 * not pass are left out, and counted. */
void pn_certificate_save_ask (GtkWidget *widget, PnClient *client, GArray *records);
void pn_certificate_save_ask_one (GtkWidget *widget, PnClient *client, gint64 record);
/* The same into @folder at once. */
void pn_certificate_save (GtkWidget *widget, PnClient *client, GArray *records, const char *folder);

G_END_DECLS
