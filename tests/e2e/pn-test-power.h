/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A disk whose power fails. The program is linked so that what it asks of a watched folder comes
 * through here first (--wrap, see meson.build). After each call that changes names or flushes, two
 * folders are made as the disk could be found then: with nothing but what was flushed, files and
 * names; and with all names, but only the contents that were flushed. @judge gets each.
 * @honest FALSE: nothing is ever flushed, whatever is answered. */
typedef void (*PnTestPowerFunc) (const char *folder, gpointer user_data);
void pn_test_power_watch (const char *folder,
                          gboolean honest,
                          PnTestPowerFunc judge,
                          gpointer user_data);
void pn_test_power_fail (void); /* now, too */
void pn_test_power_end (void);

G_END_DECLS
