/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-record-list.h"

G_BEGIN_DECLS

/* @values: a{sv}, taken. */
void pn_record_row_take_values (PnRecordRow *self, GVariant *values);

G_END_DECLS
