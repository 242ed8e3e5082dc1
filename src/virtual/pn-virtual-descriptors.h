/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What a device says of itself when it enumerates (USB 2.0 §9.6). */
typedef struct
{
  guint8 device[18];
  GBytes *configuration;
  char *strings[3]; /* manufacturer, product, serial; ASCII, "" = none */
} PnVirtualDescriptors;

void pn_virtual_descriptors_init (PnVirtualDescriptors *self,
                                  const guint8 *device,
                                  GBytes *configuration,
                                  const char *manufacturer,
                                  const char *product,
                                  const char *serial);
void pn_virtual_descriptors_clear (PnVirtualDescriptors *self);

/* How a device's own USB stack answers a request: bytes in @answer (255 at least), or -EPIPE. FALSE
 * where the request is for the device's program. */
gboolean pn_virtual_descriptors_answer (const PnVirtualDescriptors *self,
                                        const guint8 *setup,
                                        guint8 *answer,
                                        gssize *size);

G_END_DECLS
