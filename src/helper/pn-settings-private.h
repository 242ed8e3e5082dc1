/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-settings.h"

G_BEGIN_DECLS

struct _PnSettings
{
  char *path;
  GKeyFile *file;
  GBytes *kept; /* the text of the file, as it was read or written last; NULL = none */
};

/* What could not be kept is as if it had never been said. */
gboolean pn_settings_save (PnSettings *self, GError **error);

G_END_DECLS
