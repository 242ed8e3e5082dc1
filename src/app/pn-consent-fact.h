/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What people are told of a permanent change, by its word in a manifest. Translated; a word that is
 * not known is told as it is, so that nothing permanent can ever be left out. */
const char *pn_consent_fact_get_title (const char *word);
const char *pn_consent_fact_get_consequence (const char *word);
const char *pn_consent_fact_get_before (const char *word);
const char *pn_consent_fact_get_after (const char *word);

G_END_DECLS
