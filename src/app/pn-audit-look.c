/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-audit-look.h"

#include <glib/gi18n.h>
#include <string.h>

#include "pn-digest.h"

static const struct
{
  const char *word, *text;
} kinds[] = {
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
  { "record", N_ ("Record made") },
  { "rest-after", N_ ("Resting of slots changed") },
  { "run-cancel", N_ ("Run stopped") },
  { "run-start", N_ ("Run started by hand") },
  { "slot-configure", N_ ("Slot changed") },
  { "slot-remove", N_ ("Slot removed") },
  { "slot-use-again", N_ ("Slot used again") },
  { "station-key", N_ ("Station’s key made") },
  { "station-pause", N_ ("Station paused or resumed") },
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

char *
pn_audit_look_object (PnAuditItem *item)
{
  g_autofree char *object = shorten (pn_audit_item_get_text (item, "object"));
  g_autofree char *before = shorten (pn_audit_item_get_text (item, "before"));
  g_autofree char *after = shorten (pn_audit_item_get_text (item, "after"));
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
