/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-test-bundle.h"

G_BEGIN_DECLS

/* Bundles with the same artefacts as @inputs' bundle of mode naked for eMMC, but with names, and so
 * digests, of their own. */

/* (transfer full): the folder of the bundle of recipe "variant @number", made where it is not
 * there;
 * @digest (out, transfer full, nullable): in hex */
char *pn_test_variant (PnTestInputs *inputs, guint number, char **digest);
/* The bytes that it takes up in a store. */
guint64 pn_test_variant_size (PnTestInputs *inputs);

G_END_DECLS
