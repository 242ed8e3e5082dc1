/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-audit-look.h"

#include <glib/gi18n.h>
#include <string.h>

#include "pn-approval-text.h"
#include "pn-digest.h"
#include "pn-second-person.h"

static const struct
{
  const char *word, *text;
} kinds[] = {
  { "approval", N_ ("Answer of a second person") },
  { "approval-ask", N_ ("Second person asked") },
  { "authorise", N_ ("Authorised") },
  { "backup", N_ ("Records copied") },
  { "batch-close", N_ ("Batch closed") },
  { "batch-open", N_ ("Batch opened") },
  { "batch-pause", N_ ("Batch paused or resumed") },
  { "bundle-install", N_ ("Bundle installed") },
  { "bundle-limits", N_ ("Limits of bundles changed") },
  { "bundle-remove", N_ ("Bundle removed") },
  { "certificate", N_ ("Certificate made") },
  { "enrolled-only", N_ ("Only enrolled keys’ bundles") },
  { "export", N_ ("Records exported") },
  { "key-enrol", N_ ("Key enrolled") },
  { "key-remove", N_ ("Key removed") },
  { "merge", N_ ("Records merged") },
  { "override-add", N_ ("Override added") },
  { "override-clear", N_ ("Override cleared") },
  { "override-use", N_ ("Override used") },
  { "record", N_ ("Record made") },
  { "rest-after", N_ ("Resting of slots changed") },
  { "run-cancel", N_ ("Run stopped") },
  { "run-start", N_ ("Run started by hand") },
  { "second-person", N_ ("When a second person is asked") },
  { "slot-configure", N_ ("Slot changed") },
  { "slot-remove", N_ ("Slot removed") },
  { "slot-use-again", N_ ("Slot used again") },
  { "station-key", N_ ("Station’s key made") },
  { "station-pause", N_ ("Station paused or resumed") },
};

/* What a second person was asked for, by its call on the bus. */
static const struct
{
  const char *method;
  PnSecondPerson kind;
} asked[] = {
  { "AddOverride", PN_SECOND_PERSON_OVERRIDE },  { "EnrolKey", PN_SECOND_PERSON_TRUST },
  { "OpenBatch", PN_SECOND_PERSON_BURN },        { "RemoveKey", PN_SECOND_PERSON_TRUST },
  { "SetEnrolledOnly", PN_SECOND_PERSON_TRUST }, { "SetSecondPerson", PN_SECOND_PERSON_RULE },
};

/* How that ended. */
static const struct
{
  const char *word, *text;
} answers[] = {
  { "approved", N_ ("approved") },
  { "ended", N_ ("the background service ended") },
  { "expired", N_ ("nobody answered in time") },
  { "left", N_ ("who asked has left") },
  { "refused", N_ ("not approved") },
  { "withdrawn", N_ ("withdrawn") },
};

static const struct
{
  const char *word, *text, *icon, *style;
} results[] = {
  { "done", N_ ("Done"), "pn-passed-symbolic", "success" },
  { "refused", N_ ("Refused"), "pn-refused-symbolic", "warning" },
  { "failed", N_ ("Failed"), "pn-failed-symbolic", "error" },
};

const char *
pn_audit_look_what (const char *what)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_equal (kinds[i].word, what))
      return _ (kinds[i].text);
  return what;
}

const char **
pn_audit_look_list (void)
{
  const char **words = g_new0 (const char *, G_N_ELEMENTS (kinds) + 1);

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    words[i] = kinds[i].word;
  return words;
}

/* A digest or a fingerprint by its beginning: the whole is in the tooltip. */
static char *
shorten (const char *text)
{
  PnSha256 digest;

  return pn_sha256_from_hex (text, &digest) ? g_strdup_printf ("%.16s…", text) : g_strdup (text);
}

/* What it was or is, @text, of an entry of the kind @what. */
static char *
value_to_text (const char *what, const char *text)
{
  if (g_str_equal (what, "second-person"))
    {
      g_auto (GStrv) kinds_asked = g_strsplit (text, " ", -1);

      return pn_approval_list_to_text ("kinds", (const char *const *) kinds_asked, ", ");
    }
  for (guint i = 0; g_str_equal (what, "approval") && i < G_N_ELEMENTS (answers); i++)
    if (g_str_equal (answers[i].word, text))
      return g_strdup (_ (answers[i].text));
  for (guint i = 0; g_str_equal (what, "approval-ask") && i < G_N_ELEMENTS (asked); i++)
    if (g_str_equal (asked[i].method, text))
      return g_strdup (_ (pn_second_person_to_label (asked[i].kind)));
  return shorten (text);
}

static char *
object_to_text (const char *what, const char *object)
{
  /* Where it was on the bus. Translators: %s is a number. */
  return g_str_has_prefix (what, "approval") && strrchr (object, '/') != NULL
             ? g_strdup_printf (_ ("Request %s"), strrchr (object, '/') + 1)
             : shorten (object);
}

/* What it was done to, and what changed. */
static char *
make_object (PnAuditItem *item)
{
  const char *what = pn_audit_item_get_text (item, "what");
  g_autofree char *object = object_to_text (what, pn_audit_item_get_text (item, "object"));
  g_autofree char *before = value_to_text (what, pn_audit_item_get_text (item, "before"));
  g_autofree char *after = value_to_text (what, pn_audit_item_get_text (item, "after"));
  g_autofree char *change = NULL;

  if (before[0] != '\0' && after[0] != '\0')
    /* Translators: what it was, and what it is now. */
    change = g_strdup_printf (C_ ("audit", "%s → %s"), before, after);
  else
    change = g_strdup (before[0] != '\0' ? before : after);
  if (object[0] == '\0' || change[0] == '\0')
    return g_strconcat (object, change, NULL);
  /* Translators: what something was done to, and how it changed. */
  return g_strdup_printf (C_ ("audit", "%s: %s"), object, change);
}

/* Who else had to do with it: who approved it, or who had asked. */
static char *
make_other (PnAuditItem *item)
{
  g_autofree char *second = pn_audit_item_get_detail (item, "second-person");
  g_autofree char *asker = pn_audit_item_get_detail (item, "asked-by");

  if (second != NULL)
    /* Translators: %s is a user’s name. */
    return g_strdup_printf (C_ ("audit", "approved by %s"), second);
  /* Translators: %s is a user’s name. */
  return asker != NULL ? g_strdup_printf (C_ ("audit", "asked by %s"), asker) : g_strdup ("");
}

char *
pn_audit_look_text (PnAuditItem *item)
{
  g_autofree char *object = make_object (item);
  g_autofree char *other = make_other (item);
  g_autoptr (GString) text = g_string_new (pn_audit_item_get_text (item, "who"));

  if (object[0] != '\0')
    g_string_append_printf (text, " · %s", object);
  if (other[0] != '\0')
    g_string_append_printf (text, " · %s", other);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* Of a result that is not known, as of one that failed: it is looked at. */
static guint
find_result (const char *result)
{
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    if (g_str_equal (results[i].word, result))
      return i;
  return G_N_ELEMENTS (results) - 1;
}

const char *
pn_audit_look_icon (const char *result)
{
  return results[find_result (result)].icon;
}

const char *
pn_audit_look_result (const char *result)
{
  return _ (results[find_result (result)].text);
}

const char *
pn_audit_look_style (const char *result)
{
  return results[find_result (result)].style;
}
