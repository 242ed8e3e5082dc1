/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-client.h"
#include "pn-evidence.h"

G_BEGIN_DECLS

/* All that can be told of one device: from the run that is going in its slot, or from a record. The
 * signal "changed" follows whatever changes it. */
#define PN_TYPE_DEVICE_STORY (pn_device_story_get_type ())
G_DECLARE_FINAL_TYPE (PnDeviceStory, pn_device_story, PN, DEVICE_STORY, GObject)

/* @client: where the run's batch is looked up. */
PnDeviceStory *pn_device_story_new_for_slot (PnClientSlot *slot,
                                             PnClient *client) G_GNUC_WARN_UNUSED_RESULT;
/* @values: a{sv} of a record. */
PnDeviceStory *pn_device_story_new_for_record (GVariant *values) G_GNUC_WARN_UNUSED_RESULT;

PnClientSlot *pn_device_story_get_slot (PnDeviceStory *self); /* (transfer none), NULL: a record */
PnClientRun *pn_device_story_get_run (PnDeviceStory *self);   /* (transfer none) or NULL */
PnClientBatch *pn_device_story_get_batch (PnDeviceStory *self); /* (transfer none) or NULL */
PnCardState pn_device_story_get_state (PnDeviceStory *self);
gboolean pn_device_story_is_going (PnDeviceStory *self);

const char *pn_device_story_get_serial (PnDeviceStory *self); /* "" = not known */
/* What the device said; (transfer none) or NULL. */
const char *pn_device_story_get_evidence (PnDeviceStory *self, PnEvidence evidence);
GVariant *pn_device_story_get_phases (PnDeviceStory *self); /* (transfer none) a(sxx) or NULL */
/* Of a record, once it was loaded: GListModel of PnLogLine; (transfer none) or NULL. */
GListModel *pn_device_story_get_log (PnDeviceStory *self);
/* Asks @client for what happened in the run of a record; "changed" says that it is there. */
void pn_device_story_load (PnDeviceStory *self, PnClient *client);
gboolean pn_device_story_is_untold (PnDeviceStory *self); /* TRUE: that was not kept */
gint64 pn_device_story_get_started (PnDeviceStory *self); /* unix µs; 0 = not known */
gint64 pn_device_story_get_ended (PnDeviceStory *self);
gint64 pn_device_story_get_record (PnDeviceStory *self); /* 0 = none yet */
/* Bytes that were read back and compared; 0 = not known. */
guint64 pn_device_story_get_verified (PnDeviceStory *self);
/* FALSE where it is not known. */
gboolean pn_device_story_get_mode (PnDeviceStory *self, PnMode *mode);
/* Whether the recipe makes it permanent, "jtag-lock" for example. FALSE where that is not known. */
gboolean pn_device_story_get_permanent (PnDeviceStory *self, const char *word, gboolean *permanent);
/* Of the key that the device was to be locked with, hex; "" = none, or not known. */
const char *pn_device_story_get_wanted_key (PnDeviceStory *self);

/* For people; (transfer full). */
char *pn_device_story_make_title (PnDeviceStory *self);    /* of the page */
char *pn_device_story_make_headline (PnDeviceStory *self); /* "This device is good" */
char *pn_device_story_make_sentence (PnDeviceStory *self); /* why, and what to do now */

G_END_DECLS
