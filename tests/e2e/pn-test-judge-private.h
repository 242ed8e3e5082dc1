/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-test-judge.h"
#include "pn-virtual-storage-private.h"

G_BEGIN_DECLS

/* Everything that @runs has to hold, byte by byte, from the byte @offset of @node on; NULL = it is
 * there. */
char *
pn_test_judge_compare (PnVirtualStorage *storage, const char *node, guint64 offset, PnRuns *runs);
/* pn-test-judge-set.c. @passphrase opens what is encrypted. */
char *pn_test_judge_set (PnVirtualStorage *storage, PnBundle *bundle, const char *passphrase);

G_END_DECLS
