/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* What a person can do with one slot, for every widget that has a property "slot" (PnClientSlot):
 * slot.start (also "try again"), slot.stop, slot.details, slot.use, slot.disuse, slot.use-again,
 * slot.rename, slot.copy-serial. Refusals of the helper are told in a toast. */
void pn_slot_actions_install (GtkWidgetClass *widget_class);
/* Whenever the slot's state or run has changed. */
void pn_slot_actions_update (GtkWidget *widget);

G_END_DECLS
