/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-bundle-store.h"

G_BEGIN_DECLS

/* What people set at a station, for ever: a key file in the state folder, of a few lines that a
 * person can read and mend. It is no part of the records, which may be moved, merged and kept by
 * others. Each change is on the disk when the call returns; one that cannot be kept is not made. */
typedef struct _PnSettings PnSettings;

/* A file that is not there is empty; one that cannot be read is PN_ERROR_INVALID_DATA: it may have
 * said that a slot is not to be touched. */
PnSettings *pn_settings_open (const char *path, GError **error);
void pn_settings_free (PnSettings *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnSettings, pn_settings_free)

gboolean pn_settings_get_paused (PnSettings *self);
/* The sentence that says why, "" where none does. (transfer full) */
char *pn_settings_get_pause_reason (PnSettings *self);
gboolean
pn_settings_set_paused (PnSettings *self, gboolean paused, const char *reason, GError **error);

/* After so many failures in a row a slot rests; 0 = never. */
guint pn_settings_get_rest_after (PnSettings *self);
gboolean pn_settings_set_rest_after (PnSettings *self, guint failures, GError **error);

/* What a second person is wanted for: PnSecondPerson flags. */
guint pn_settings_get_second_person (PnSettings *self);
gboolean pn_settings_set_second_person (PnSettings *self, guint wanted, GError **error);

/* Which bundles may be installed. */
void pn_settings_get_bundle_policy (PnSettings *self, PnBundlePolicy *policy);
gboolean
pn_settings_set_bundle_limits (PnSettings *self, const PnBundlePolicy *policy, GError **error);
gboolean pn_settings_set_enrolled_only (PnSettings *self, gboolean only, GError **error);
/* A fingerprint in hex, and one line of text. PN_ERROR_INVALID_ARGUMENT */
gboolean pn_settings_check_key (const char *fingerprint, const char *name, GError **error);
/* They were checked. One that is enrolled gets another name. */
gboolean
pn_settings_enrol_key (PnSettings *self, const char *fingerprint, const char *name, GError **error);
char *pn_settings_get_key_name (PnSettings *self,
                                const char *fingerprint); /* NULL = not enrolled */
gboolean pn_settings_remove_key (PnSettings *self, const char *fingerprint, GError **error);

typedef struct
{
  char *label; /* "" = none */
  gboolean used;
  gboolean usb; /* a socket of the machine; else a virtual device's */
} PnSlotSettings;
void pn_slot_settings_clear (PnSlotSettings *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PnSlotSettings, pn_slot_settings_clear)

GStrv pn_settings_list_slots (PnSettings *self); /* (transfer full): their names */
/* What it was set to, or what holds for a slot that was never set: used, no label. */
void pn_settings_get_slot (PnSettings *self, const char *name, PnSlotSettings *slot);
gboolean pn_settings_set_slot (PnSettings *self,
                               const char *name,
                               const PnSlotSettings *slot,
                               GError **error);
/* Runs in a row that failed there. Nobody has set such a slot: it is forgotten with the last of
 * them. */
guint pn_settings_get_failures (PnSettings *self, const char *name);
gboolean pn_settings_set_failures (
    PnSettings *self, const char *name, gboolean usb, guint failures, GError **error);
gboolean pn_settings_forget_slot (PnSettings *self, const char *name, GError **error);

G_END_DECLS
