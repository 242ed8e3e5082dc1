/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* A window over the window: modal, closed by Escape. Derive a template from it. */
#define PN_TYPE_DIALOG (pn_dialog_get_type ())
G_DECLARE_DERIVABLE_TYPE (PnDialog, pn_dialog, PN, DIALOG, AdwWindow)

struct _PnDialogClass
{
  AdwWindowClass parent_class;
};

/* Shows it over the window that @parent is in. */
void pn_dialog_present (PnDialog *self, GtkWidget *parent);

G_END_DECLS
