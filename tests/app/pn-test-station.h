/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-client.h"

G_BEGIN_DECLS

/* What a station has: stand-in firmware, a gold master, a key, recipes in the user's store whose
 * bundles were really prepared, and a real helper on the private bus. One for a test program. */
typedef struct _PnTestStation PnTestStation;

/* Makes the inputs in a folder of its own; nothing is started. */
PnTestStation *pn_test_station_new (void);
void pn_test_station_free (PnTestStation *self); /* ends the helper */
const char *pn_test_station_get_folder (PnTestStation *self);
/* The path of an input: "gold-master.img", "customer.pem", "vendor-key-hash.txt" … */
char *pn_test_station_get_input (PnTestStation *self, const char *name);
/* Another image among the inputs, of about @mib MiB. */
void pn_test_station_make_image (PnTestStation *self, const char *name, guint mib);
/* The folder of an image set of the gold master, laid out as make-standin-set's @layout. */
char *pn_test_station_make_set (PnTestStation *self, const char *layout);
/* Saves a recipe in the user's store and prepares its bundle; its id. @mode is a word. */
char *pn_test_station_add_recipe (PnTestStation *self,
                                  const char *name,
                                  const char *mode,
                                  const char *storage,
                                  gboolean rehearsed);
/* Recipes that are added from now on have two scripts that run for each device; one may do what a
 * script can be allowed. */
void pn_test_station_set_hooks (PnTestStation *self, gboolean hooks);
/* The folders of the bundles that were prepared. (transfer full) */
GStrv pn_test_station_list_bundles (PnTestStation *self);
/* The last eight hexadecimal digits of the fingerprint of customer.pem. */
char *pn_test_station_get_fingerprint_end (PnTestStation *self);
/* Starts `punnetd --session` and waits until it has its name. */
void pn_test_station_start_helper (PnTestStation *self);
void pn_test_station_kill_helper (PnTestStation *self); /* as with kill -9 */
/* Plugs a virtual device into the slot @slot; further options of punnet-virtual, NULL-terminated.
 */
void pn_test_station_plug (PnTestStation *self, const char *slot, const char *serial, ...)
    G_GNUC_NULL_TERMINATED;
void pn_test_station_pull (PnTestStation *self, const char *slot);

G_END_DECLS
