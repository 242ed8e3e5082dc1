/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What somebody has decided for one device, or for what comes into one slot, instead of what would
 * be done with it else; with who and why, and until when. It never replaces a consent, and never
 * makes possible what the recipe's checks forbid. */
typedef enum
{
  PN_OVERRIDE_SKIP_FIRMWARE, /* leave the boot EEPROM as it is */
  PN_OVERRIDE_AGAIN,         /* provision a device that is done with this bundle */
  PN_OVERRIDE_RECIPE,        /* of several open batches, the one of another bundle */
} PnOverrideKind;
#define PN_N_OVERRIDE_KINDS (PN_OVERRIDE_RECIPE + 1)

#define PN_OVERRIDE_MAX_REASON 200 /* characters */
/* Before the kind's word, the name under which a record keeps who and why: "override-again". */
#define PN_OVERRIDE_EVIDENCE "override-"

typedef struct
{
  gint64 id; /* 0 = not kept yet */
  PnOverrideKind kind;
  char *serial;  /* 8 or 16 lower case hex digits; NULL: */
  char *slot;    /* … whatever device is in this slot */
  char *bundle;  /* digest in hex, of another recipe; else NULL */
  char *recipe;  /* that bundle's recipe's name, where it is known; else NULL */
  gboolean once; /* until a run with it has passed; else until it is cleared */
  guint32 uid;
  char *who; /* that user's name */
  char *reason;
  gint64 made; /* unix time, µs */
} PnOverride;
/* Made with g_rc_box_new0 (PnOverride); never changed once it is shared. One thread. */
void pn_override_unref (PnOverride *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnOverride, pn_override_unref)

/* "skip-firmware": on the bus and in records. */
const char *pn_override_kind_to_word (PnOverrideKind kind);
gboolean pn_override_kind_from_word (const char *word, PnOverrideKind *kind);
/* "Skip the firmware step", untranslated (marked for translation). */
const char *pn_override_kind_to_label (PnOverrideKind kind);

/* In lower case where it is a device's serial number, 8 or 16 hexadecimal digits; NULL for anything
 * else, NULL too. (transfer full) */
char *pn_serial_normalise (const char *text);

/* Everything but the id was filled in from outside: PN_ERROR_INVALID_ARGUMENT where it makes no
 * sense. Brings serial and digest into their form. */
gboolean pn_override_check (PnOverride *self, GError **error);
/* One line of 1 to PN_OVERRIDE_MAX_REASON characters. */
gboolean pn_override_check_reason (const char *reason, GError **error);
/* TRUE where it is for the device with @serial (nullable; 8 digits are the boot ROM's half), or for
 * whatever is in @slot. */
gboolean pn_override_is_for (const PnOverride *self, const char *slot, const char *serial);

G_END_DECLS
