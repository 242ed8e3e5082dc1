/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-manifest-private.h"

G_BEGIN_DECLS

/* A manifest of each mode with made-up artefacts, not sealed yet. */
PnManifest *pn_manifest_fixture_new (PnMode mode);

G_END_DECLS
