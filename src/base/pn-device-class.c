/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-device-class.h"

#include <glib/gi18n-lib.h>

static const struct
{
  const char *word, *sentence, *advice;
} classes[] = {
  [PN_DEVICE_UNKNOWN] = { "unknown", N_ ("What this device is has not been found out") },
  [PN_DEVICE_FRESH] = { "fresh", N_ ("A device that is not locked: no key is in it") },
  [PN_DEVICE_OURS] = { "ours", N_ ("A device that is locked with the key of this recipe") },
  [PN_DEVICE_UNFINISHED] = { "unfinished", N_ ("A device that was begun and not finished") },
  [PN_DEVICE_DONE] = { "done", N_ ("A device that has passed with this bundle before"),
                       N_ ("The device is as it was, and done. Unplug it; to write it again all "
                           "the same, add the override “Provision again” for it.") },
  [PN_DEVICE_OTHER_KEY] = { "other-key",
                            N_ ("A device that is locked, and not with the key of this recipe"),
                            N_ ("The device is as it was. Unplug it; only a recipe with the key "
                                "that it is locked with can be used on it.") },
  [PN_DEVICE_UNREADABLE] = { "unreadable", N_ ("A device that does not say whether it is locked"),
                             N_ ("The device is as it was. Unplug it; a bundle with newer "
                                 "firmware may be able to tell.") },
  [PN_DEVICE_WRITE_PROTECTED] = { "write-protected",
                                  N_ ("A device whose boot EEPROM is write-protected"),
                                  N_ ("Nothing is locked for good by this run. Unplug the device "
                                      "and "
                                      "release the write protection of its boot EEPROM (its /WP "
                                      "pin); or, where it may keep the firmware that it has, add "
                                      "the override “Skip the firmware step” for it.") },
  [PN_DEVICE_WRONG_FAMILY] = { "wrong-family",
                               N_ ("A device with another chip than the recipe is for"),
                               N_ ("The device is as it was. Unplug it; it needs a recipe for its "
                                   "own chip.") },
  [PN_DEVICE_WRONG_MODEL] = { "wrong-model", N_ ("A model that the recipe is not for"),
                              N_ ("The device is as it was. Unplug it; it needs a recipe for its "
                                  "own model.") },
  [PN_DEVICE_NO_STORAGE] = { "no-storage",
                             N_ ("A device without the storage that the recipe is for"),
                             N_ ("The device is as it was. Unplug it and fit that storage, or use "
                                 "a recipe for the storage that it has.") },
  [PN_DEVICE_SMALL_STORAGE] = { "small-storage",
                                N_ ("A device whose storage is too small for the image"),
                                N_ ("The device is as it was. Unplug it and fit larger storage, or "
                                    "use a recipe with a smaller image.") },
};

G_STATIC_ASSERT (G_N_ELEMENTS (classes) == PN_N_DEVICE_CLASSES);

const char *
pn_device_class_to_word (PnDeviceClass device)
{
  return classes[device].word;
}

gboolean
pn_device_class_from_word (const char *word, PnDeviceClass *device)
{
  for (guint i = 0; word != NULL && i < G_N_ELEMENTS (classes); i++)
    if (g_str_equal (classes[i].word, word))
      {
        *device = (PnDeviceClass) i;
        return TRUE;
      }
  return FALSE;
}

const char *
pn_device_class_to_sentence (PnDeviceClass device)
{
  return classes[device].sentence;
}

const char *
pn_device_class_to_advice (PnDeviceClass device)
{
  return classes[device].advice;
}
