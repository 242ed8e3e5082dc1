/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-hook-stage.h"

G_BEGIN_DECLS

/* A script to begin with. */
const char *pn_hook_stage_get_template (PnHookStage stage);

G_END_DECLS
