/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-app.h"

G_BEGIN_DECLS

#define PN_BUNDLE_INSTALL_JOB "install-bundle"

/* Has the helper of @client take the bundle that @file is, its folder or its one file, into its
 * store. The job is the application's. (transfer none) */
PnJob *pn_bundle_install_start (PnClient *client, GFile *file);

G_END_DECLS
