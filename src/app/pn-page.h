/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* What every page of the window is: a header bar, a place for the window's banner, a search bar and
 * the content. In a template: <child type="start"> and <child type="end"> go into the header bar, a
 * plain <child> is the content. Properties: "title", "subtitle", "can-pop" (the window sets it on a
 * page that lies on another), "folded" and "narrow" (as the window is), "searchable",
 * "search-text", "searching" (the search bar is open). */
#define PN_TYPE_PAGE (pn_page_get_type ())
G_DECLARE_DERIVABLE_TYPE (PnPage, pn_page, PN, PAGE, AdwBin)

struct _PnPageClass
{
  AdwBinClass parent_class;
  /* What is dropped on the window while this page is seen; NULL = nothing of this page's. */
  void (*open_files) (PnPage *self, GFile **files, guint n_files);
  const char *drop_words; /* N_ (): what dropping them does */
};

const char *pn_page_get_title (PnPage *self);
void pn_page_set_title (PnPage *self, const char *title);
void pn_page_set_subtitle (PnPage *self, const char *subtitle);
gboolean pn_page_get_narrow (PnPage *self);
const char *pn_page_get_search_text (PnPage *self); /* never NULL */
void pn_page_start_search (PnPage *self);           /* nothing where it is not searchable */

/* Gives the keyboard, as soon as the page is laid out, to the first thing of its content that takes
 * it, unless something of it has it already. */
void pn_page_take_focus (PnPage *self);
/* @opener: what had the keyboard when this page was laid on another; NULL = nothing. Not kept. */
void pn_page_set_opener (PnPage *self, GtkWidget *opener);
/* The page is left for @to: the keyboard is at the opener again, or, where that is gone, in the
 * content of @to. */
void pn_page_return_focus (PnPage *self, PnPage *to);

G_END_DECLS
