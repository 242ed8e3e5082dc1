/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How a value of an approval (pn-second-person.h) is told to people: words as they are called on
 * screen, a fingerprint in groups, “every slot” where none is named. What is not known is told as
 * it is. "" = nothing to tell. Translated. (transfer full) */
char *pn_approval_value_to_text (GVariant *values, const char *name);

/* The same of the list @all that is called @name; "Nothing" where it is empty. (transfer full) */
char *pn_approval_list_to_text (const char *name, const char *const *all, const char *separator);

G_END_DECLS
