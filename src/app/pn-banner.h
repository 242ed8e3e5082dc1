/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Something that lasts and that the person at the station should know, most severe first. */
typedef enum
{
  PN_BANNER_HELPER,   /* the helper cannot be reached */
  PN_BANNER_STATION,  /* device after device fails here: it has paused by itself */
  PN_BANNER_APPROVAL, /* somebody waits for a second person */
  PN_BANNER_PRACTICE, /* no real device is touched; striped */
  PN_BANNER_PAUSED,
  PN_BANNER_SPACE,
  PN_BANNER_RESTING, /* slots that were switched off */
  PN_BANNER_OTHER,
} PnBannerKind;

/* Constant once made. Properties: none; the list that holds it is what changes. */
#define PN_TYPE_BANNER (pn_banner_get_type ())
G_DECLARE_FINAL_TYPE (PnBanner, pn_banner, PN, BANNER, GObject)

/* @button and @action (such as "win.resume") may be NULL together. */
PnBanner *pn_banner_new (PnBannerKind kind,
                         const char *text,
                         const char *button,
                         const char *action) G_GNUC_WARN_UNUSED_RESULT;
PnBannerKind pn_banner_get_kind (PnBanner *self);
const char *pn_banner_get_text (PnBanner *self);
const char *pn_banner_get_button (PnBanner *self);
const char *pn_banner_get_action (PnBanner *self);

/* In a GListStore of banners there is at most one of a kind: puts @banner (taken; NULL = none) in
 * its place. Nothing happens where the same one is there. */
void pn_banner_store_set (GListStore *store, PnBannerKind kind, PnBanner *banner);

G_END_DECLS
