/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-ctl.h"

G_BEGIN_DECLS

/* Prints @text, and @summary if there is one, where @text begins with @typed. */
void pn_ctl_offer (const char *text, const char *summary, const char *typed);
/* Prints what a value of this kind can be: "FILE", "SLOT", "verify|show" … @path: the command. */
void pn_ctl_offer_values (const char *kind, GPtrArray *path, const char *typed);

G_END_DECLS
