/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* A bin that looks otherwise where there is little room: property "narrow". */
#define PN_TYPE_NARROW_BIN (pn_narrow_bin_get_type ())
G_DECLARE_DERIVABLE_TYPE (PnNarrowBin, pn_narrow_bin, PN, NARROW_BIN, AdwBin)

struct _PnNarrowBinClass
{
  AdwBinClass parent_class;
  void (*narrow_changed) (PnNarrowBin *self, gboolean narrow); /* and once when it is made */
};

G_END_DECLS
