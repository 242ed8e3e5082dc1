/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-app.h"
#include "pn-banner.h"
#include "pn-page.h"

G_BEGIN_DECLS

/* The window: a sidebar of pages that folds away, the page, what lies on it, banners and toasts.
 * Properties: "folded" (the sidebar is not beside the page), "narrow" (under 600 px). Actions:
 * win.show-page(s), win.pop, win.search, win.show-sidebar, win.full-screen. */
#define PN_TYPE_WINDOW (pn_window_get_type ())
G_DECLARE_FINAL_TYPE (PnWindow, pn_window, PN, WINDOW, AdwApplicationWindow)

PnWindow *pn_window_new (PnApp *app) G_GNUC_WARN_UNUSED_RESULT;
/* The window that @widget is in, or that its dialog is over; NULL where there is none. */
PnWindow *pn_window_of (GtkWidget *widget);

/* @name as in the sidebar: "devices", "images", …; unknown ones are ignored. */
void pn_window_show_page (PnWindow *self, const char *name);
PnPage *pn_window_get_page (PnWindow *self,
                            const char *name);       /* (transfer none); made if need be */
PnPage *pn_window_get_visible_page (PnWindow *self); /* (transfer none) */
/* Lays @page on the others (takes it); "win.pop", Alt+Left and a swipe take it away again. */
void pn_window_push (PnWindow *self, PnPage *page);
void pn_window_pop (PnWindow *self);
void pn_window_toast (PnWindow *self, const char *text);
/* What went wrong with something of @widget's; nothing where @error is NULL, its window gone, or
 * where a person did not want to authorise it. */
void pn_window_toast_error (GtkWidget *widget, const GError *error);
/* With a button that does @action (detailed name: "win.show-page::images"). */
void
pn_window_toast_action (PnWindow *self, const char *text, const char *button, const char *action);
void pn_window_add_toast (PnWindow *self, AdwToast *toast); /* taken */
GListModel *pn_window_get_banners (PnWindow *self);         /* (transfer none), PnBanner */
void
pn_window_set_banner (PnWindow *self, PnBannerKind kind, PnBanner *banner); /* taken, NULL = none */
/* Files that were dropped on the window or opened with it. */
void pn_window_open_files (PnWindow *self, GFile **files, guint n_files);

G_END_DECLS
