/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <seccomp.h>

#include "pn-confine.h"

G_BEGIN_DECLS

guint pn_landlock_get_version (void); /* 0 = the kernel has none */
/* As a kernel with @version has it, which is this one's or an older. */
gboolean pn_landlock_apply (guint version, const char *program, GError **error);

/* Its rules, for an architecture of libseccomp; @programs: one that starts a program. NULL with
 * error. */
scmp_filter_ctx pn_seccomp_make (uint32_t architecture, gboolean programs, GError **error);
gboolean pn_seccomp_apply (gboolean programs, GError **error);

G_END_DECLS
