/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-device-story.h"

G_BEGIN_DECLS

typedef enum
{
  PN_SCORE_PROVEN,    /* wanted, and the device says that it is so */
  PN_SCORE_AS_WANTED, /* not wanted, and the device says that it is not so */
  PN_SCORE_DIFFERENT, /* the device says something else than was wanted */
  PN_SCORE_NOT_READ,  /* nobody has read it: neither good nor bad */
} PnScoreResult;

typedef enum
{
  PN_PERMANENCE_REVERSIBLE,
  PN_PERMANENCE_SAME_KEY, /* reversible with the same key */
  PN_PERMANENCE_PERMANENT,
} PnPermanence;

/* One thing that protects a device. */
#define PN_TYPE_SCORE_LINE (pn_score_line_get_type ())
G_DECLARE_FINAL_TYPE (PnScoreLine, pn_score_line, PN, SCORE_LINE, GObject)
PnScoreResult pn_score_line_get_result (PnScoreLine *self);
PnPermanence pn_score_line_get_permanence (PnScoreLine *self);
const char *pn_score_line_get_name (PnScoreLine *self);
const char *pn_score_line_get_wanted (PnScoreLine *self); /* "–" = not known or not asked for */
const char *pn_score_line_get_read (PnScoreLine *self);
const char *pn_score_line_get_advice (PnScoreLine *self); /* "" = nothing to do */

/* What was wanted of the device against what was read back from it. (transfer full) GListStore of
 * PnScoreLine */
GListModel *pn_score_new (PnDeviceStory *story) G_GNUC_WARN_UNUSED_RESULT;
const char *pn_permanence_label (PnPermanence permanence); /* translated */

G_END_DECLS
