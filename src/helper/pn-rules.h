/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-second-person.h"

G_BEGIN_DECLS

/* The polkit actions of org.punnet.Provisioner1.policy. */
#define PN_ACTION_MANAGE "org.punnet.provisioner1.manage"
#define PN_ACTION_INSTALL_BUNDLE "org.punnet.provisioner1.install-bundle"
#define PN_ACTION_TRUST_KEYS "org.punnet.provisioner1.trust-keys"
#define PN_ACTION_OPERATE "org.punnet.provisioner1.operate"
#define PN_ACTION_RUN "org.punnet.provisioner1.run"
#define PN_ACTION_BURN "org.punnet.provisioner1.burn"
#define PN_ACTION_READ_RECORDS "org.punnet.provisioner1.read-records"
#define PN_ACTION_EXPORT_RECORDS "org.punnet.provisioner1.export-records"
#define PN_ACTION_OVERRIDE "org.punnet.provisioner1.override"
#define PN_ACTION_SECOND_PERSON "org.punnet.provisioner1.second-person"
#define PN_ACTION_APPROVE "org.punnet.provisioner1.approve"

typedef struct
{
  const char *interface; /* behind org.punnet.Provisioner1. */
  const char *method;
  const char *action; /* NULL: a station does it for nobody, a session's helper for its user */
  /* What a call with these parameters needs instead; NULL: always @action. */
  const char *(*choose) (GVariant *parameters);
  gboolean of_bundle;    /* @action, or PN_ACTION_BURN where the bundle makes something permanent */
  PnSecondPerson second; /* what a second person may be wanted for; 0 = nothing */
  gboolean options;      /* it looks at its options itself; without this none may be given */
} PnRule;

/* The rule of a method; NULL where there is none: nobody may call it. */
const PnRule *pn_rules_find (const char *interface, const char *method);

/* The action that a call needs; NULL: none that a station knows. @permanent: what the bundle of a
 * rule that is of_bundle makes permanent, else NULL. */
const char *
pn_rule_get_action (const PnRule *rule, GVariant *parameters, const char *const *permanent);

/* What a second person has to approve before a call that needs @action goes on, where @wanted
 * (PnSecondPerson flags) is wanted at the station; 0 = nothing. */
PnSecondPerson
pn_rule_get_second (const PnRule *rule, GVariant *parameters, const char *action, guint wanted);

G_END_DECLS
