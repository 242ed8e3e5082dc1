/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who may call what: one row a method, and none that is not here. */
#include "config.h"

#include "pn-rules.h"

#define PREFIX "org.punnet.Provisioner1."
#define MAX_PAGE 1000 /* records; more at a time are taken away, not looked at */

static const char *
choose_query (GVariant *parameters)
{
  guint limit = 0;

  g_variant_get_child (parameters, 1, "u", &limit);
  return limit > MAX_PAGE ? PN_ACTION_EXPORT_RECORDS : PN_ACTION_READ_RECORDS;
}

static const PnRule rules[] = {
  { "Manager", "InstallBundle", PN_ACTION_INSTALL_BUNDLE, .options = TRUE },
  { "Manager", "RemoveBundle", PN_ACTION_INSTALL_BUNDLE },
  { "Manager", "SetBundleLimits", PN_ACTION_MANAGE, .options = TRUE },
  { "Manager", "EnrolKey", PN_ACTION_TRUST_KEYS, .second = PN_SECOND_PERSON_TRUST },
  { "Manager", "RemoveKey", PN_ACTION_TRUST_KEYS, .second = PN_SECOND_PERSON_TRUST },
  { "Manager", "SetEnrolledOnly", PN_ACTION_TRUST_KEYS, .second = PN_SECOND_PERSON_TRUST },
  { "Manager", "OpenBatch", PN_ACTION_RUN, NULL, TRUE, PN_SECOND_PERSON_BURN, .options = TRUE },
  { "Manager", "AttachVirtual" },
  { "Manager", "QueryRecords", PN_ACTION_READ_RECORDS, choose_query, .options = TRUE },
  { "Manager", "CountRecords", PN_ACTION_READ_RECORDS, .options = TRUE },
  { "Manager", "ListValues", PN_ACTION_READ_RECORDS },
  { "Manager", "GetStory", PN_ACTION_READ_RECORDS },
  { "Manager", "ListOverrides", PN_ACTION_READ_RECORDS, .options = TRUE },
  { "Manager", "QueryAudit", PN_ACTION_READ_RECORDS, .options = TRUE },
  { "Manager", "NoteExport", PN_ACTION_EXPORT_RECORDS, .options = TRUE },
  { "Manager", "BackupRecords", PN_ACTION_EXPORT_RECORDS },
  { "Manager", "CertifyRecord", PN_ACTION_EXPORT_RECORDS },
  { "Manager", "MergeRecords", PN_ACTION_MANAGE, .options = TRUE },
  { "Manager", "AddOverride", PN_ACTION_OVERRIDE, .second = PN_SECOND_PERSON_OVERRIDE,
    .options = TRUE },
  { "Manager", "ClearOverride", PN_ACTION_OVERRIDE },
  { "Manager", "SetSecondPerson", PN_ACTION_SECOND_PERSON, .second = PN_SECOND_PERSON_RULE },
  { "Manager", "SetPaused", PN_ACTION_OPERATE },
  { "Manager", "SetRestAfter", PN_ACTION_MANAGE },
  { "Manager", "Identify", PN_ACTION_MANAGE },
  { "Manager", "AddSlot", PN_ACTION_MANAGE, .options = TRUE },
  { "Slot", "Configure", PN_ACTION_MANAGE, .options = TRUE },
  { "Slot", "Remove", PN_ACTION_MANAGE },
  { "Slot", "Start", PN_ACTION_OPERATE },
  { "Slot", "UseAgain", PN_ACTION_OPERATE },
  { "Run", "Cancel", PN_ACTION_OPERATE },
  { "Run", "GetLog", PN_ACTION_READ_RECORDS },
  { "Batch", "Close", PN_ACTION_RUN },
  { "Batch", "SetPaused", PN_ACTION_OPERATE },
  { "Approval", "Approve", PN_ACTION_APPROVE },
  { "Approval", "Refuse", PN_ACTION_APPROVE },
  { "Approval", "Withdraw", PN_ACTION_OPERATE },
};

const PnRule *
pn_rules_find (const char *interface, const char *method)
{
  if (!g_str_has_prefix (interface, PREFIX))
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
    if (g_str_equal (rules[i].interface, interface + sizeof PREFIX - 1) &&
        g_str_equal (rules[i].method, method))
      return &rules[i];
  return NULL;
}

const char *
pn_rule_get_action (const PnRule *rule, GVariant *parameters, const char *const *permanent)
{
  if (permanent != NULL && permanent[0] != NULL)
    return PN_ACTION_BURN;
  return rule->choose != NULL ? rule->choose (parameters) : rule->action;
}

PnSecondPerson
pn_rule_get_second (const PnRule *rule, GVariant *parameters, const char *action, guint wanted)
{
  g_autofree const char **words = NULL;
  guint next = 0;

  if (rule->of_bundle && !g_str_equal (action, PN_ACTION_BURN))
    return 0;
  if (rule->second != PN_SECOND_PERSON_RULE)
    return wanted & rule->second;
  g_variant_get_child (parameters, 0, "^a&s", &words);
  /* What makes no sense is refused later. */
  if (!pn_second_person_from_words ((const char *const *) words, &next, NULL))
    return 0;
  return (wanted & ~next) != 0 ? PN_SECOND_PERSON_RULE : 0;
}
