/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a device is, as inspection and the records have it (user-interface.md §4.5): the engine says
 * it, cards show it, records keep it under the name PN_DEVICE_CLASS_EVIDENCE. */
typedef enum
{
  PN_DEVICE_UNKNOWN,         /* not looked at yet */
  PN_DEVICE_FRESH,           /* no key is in it */
  PN_DEVICE_OURS,            /* locked with the bundle's key */
  PN_DEVICE_UNFINISHED,      /* the last run that changed it did not end well */
  PN_DEVICE_DONE,            /* the last run that changed it passed, with this bundle */
  PN_DEVICE_OTHER_KEY,       /* locked, and not with the bundle's key */
  PN_DEVICE_UNREADABLE,      /* nothing says whether it is locked */
  PN_DEVICE_WRITE_PROTECTED, /* its boot EEPROM was not written */
  PN_DEVICE_WRONG_FAMILY,    /* another chip than the bundle's */
  PN_DEVICE_WRONG_MODEL,     /* a model of that chip that the bundle is not for */
  PN_DEVICE_NO_STORAGE,      /* not the storage that the bundle is for */
  PN_DEVICE_SMALL_STORAGE,
} PnDeviceClass;
#define PN_N_DEVICE_CLASSES (PN_DEVICE_SMALL_STORAGE + 1)

#define PN_DEVICE_CLASS_EVIDENCE "device-class"
/* The phase in which the last run of an unfinished device ended. */
#define PN_UNFINISHED_EVIDENCE "unfinished-at"

/* "other-key": on the bus and in records. */
const char *pn_device_class_to_word (PnDeviceClass device);
gboolean pn_device_class_from_word (const char *word, PnDeviceClass *device);
/* What such a device is, in one line, untranslated (marked for translation). */
const char *pn_device_class_to_sentence (PnDeviceClass device);
/* What to do with one that was not gone on with; NULL where that depends on what happened. */
const char *pn_device_class_to_advice (PnDeviceClass device);

G_END_DECLS
