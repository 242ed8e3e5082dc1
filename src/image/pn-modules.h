/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Which module files @names (module names or aliases such as "crypto-xts(aes)") need, their
 * dependencies first to last as modules.dep has them. Pure: the texts of one kernel's modules.dep,
 * modules.alias, modules.builtin (each nullable). (element-type utf8) paths below the kernel's
 * folder, sorted; PN_ERROR_NOT_FOUND names what is missing. */
GPtrArray *pn_modules_resolve (
    GBytes *dep, GBytes *alias, GBytes *builtin, const char *const *names, GError **error);

G_END_DECLS
