/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-manifest-private.h"

G_BEGIN_DECLS

/* A manifest with made-up artefacts, not sealed yet: of a BCM2712 with eMMC, or of any. */
PnManifest *pn_manifest_fixture_new (PnMode mode);
PnManifest *pn_manifest_fixture_for (PnChip chip, PnMode mode, PnStorage storage);
/* The same with an image set of two images instead of a gold master. */
PnManifest *pn_manifest_fixture_with_set (PnMode mode);

G_END_DECLS
