/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "pn-client-slot.h"

G_BEGIN_DECLS

/* The texts of a slot that cards, list and detail share; each also a closure of templates by the
 * same name without "pn_slot_text_" (its arguments are what it depends on). All (transfer full), ""
 * where there is nothing to say. */
char *pn_slot_text_model (gpointer self, PnClientRun *run, GVariant *evidence);
char *pn_slot_text_serial (gpointer self, PnClientRun *run, const char *serial); /* its end */
/* The serial's end, and the MAC or the how many-th try it is. */
char *pn_slot_text_identity (
    gpointer self, PnClientRun *run, const char *serial, GVariant *evidence, guint attempt);
/* All of it, for a tooltip; NULL where there is nothing. */
char *pn_slot_text_whole_identity (
    gpointer self, PnClientRun *run, const char *serial, GVariant *evidence, guint attempt);
char *pn_slot_text_mac (gpointer self, PnClientRun *run, GVariant *evidence);
char *pn_slot_text_percent (gpointer self, double fraction);
char *pn_slot_text_rate (gpointer self, double rate);
char *pn_slot_text_left (gpointer self, int seconds);
char *pn_slot_text_elapsed (gpointer self, gint64 started, gint64 ended, gint64 now);

void pn_slot_text_bind (GtkWidgetClass *widget_class);

G_END_DECLS
