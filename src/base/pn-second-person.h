/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a station may want a second person for, as flags. */
typedef enum
{
  PN_SECOND_PERSON_BURN = 1 << 0,     /* a batch that makes something permanent */
  PN_SECOND_PERSON_TRUST = 1 << 1,    /* whose bundles the station takes */
  PN_SECOND_PERSON_OVERRIDE = 1 << 2, /* something else for one device */
  PN_SECOND_PERSON_RULE = 1 << 3,     /* asking for less: always, where anything is asked */
} PnSecondPerson;
#define PN_SECOND_PERSON_ALL                                                                       \
  (PN_SECOND_PERSON_BURN | PN_SECOND_PERSON_TRUST | PN_SECOND_PERSON_OVERRIDE)

#define PN_SECOND_PERSON_LIMIT 120      /* s, after which nobody may approve it any more */
#define PN_SECOND_PERSON_MAX_TEXT 1000  /* bytes of what is shown to the second person */
#define PN_SECOND_PERSON_MAX_REASON 200 /* characters */
/* Under this name a run keeps who approved its batch. */
#define PN_SECOND_PERSON_EVIDENCE "second-person"

/* "burn": on the bus, in settings and on the command line. "" where @one is none of them. */
const char *pn_second_person_to_word (PnSecondPerson one);
gboolean pn_second_person_from_word (const char *word, PnSecondPerson *one);
/* What somebody wants to do, untranslated (marked for translation). */
const char *pn_second_person_to_label (PnSecondPerson one);

/* Those of PN_SECOND_PERSON_ALL in @set; in a container of its own: g_free (). */
const char **pn_second_person_to_words (guint set);
/* PN_ERROR_INVALID_ARGUMENT where there is one that is not of PN_SECOND_PERSON_ALL, or that
 * is there twice. */
gboolean pn_second_person_from_words (const char *const *words, guint *set, GError **error);

/* What of @values (a{sv}, as of Approval.Values) is shown, in this order, and as what: NULL behind
 * the last one. Untranslated (marked for translation). */
typedef struct
{
  const char *name, *label;
} PnSecondPersonValue;
const PnSecondPersonValue *pn_second_person_values (void);
/* "" where it is not there, or there is nothing to say. (transfer full) */
char *pn_second_person_value_to_text (GVariant *values, const char *name);

G_END_DECLS
