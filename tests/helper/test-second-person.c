/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which calls need a second person, how that is kept, and in which words it is said. */
#include "config.h"

#include <glib/gstdio.h>

#include "pn-error.h"
#include "pn-rules.h"
#include "pn-settings.h"

#define MANAGER "org.punnet.Provisioner1.Manager"

static PnSecondPerson
get_second (const char *method, GVariant *parameters, const char *action, guint wanted)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (parameters);

  return pn_rule_get_second (pn_rules_find (MANAGER, method), owned, action, wanted);
}

/* Any parameters do, where they do not matter. */
static PnSecondPerson
plainly (const char *method, guint wanted)
{
  return get_second (method, g_variant_new ("()"), pn_rules_find (MANAGER, method)->action, wanted);
}

static PnSecondPerson
set_rule (const char *const *words, guint wanted)
{
  return get_second ("SetSecondPerson", g_variant_new ("(^asa{sv})", words, NULL),
                     PN_ACTION_SECOND_PERSON, wanted);
}

static void
test_rules (void)
{
  static const char *const trusting[] = { "EnrolKey", "RemoveKey", "SetEnrolledOnly" };
  static const char *const others[] = { "ClearOverride", "SetPaused",     "InstallBundle",
                                        "SetRestAfter",  "MergeRecords",  "QueryRecords",
                                        "AddSlot",       "BackupRecords", "SetBundleLimits" };
  const guint all = PN_SECOND_PERSON_ALL;

  for (guint i = 0; i < G_N_ELEMENTS (trusting); i++)
    {
      g_assert_cmpint (plainly (trusting[i], all), ==, PN_SECOND_PERSON_TRUST);
      g_assert_cmpint (plainly (trusting[i], all & ~PN_SECOND_PERSON_TRUST), ==, 0);
    }
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    g_assert_cmpint (plainly (others[i], all), ==, 0);
  g_assert_cmpint (plainly ("AddOverride", all), ==, PN_SECOND_PERSON_OVERRIDE);
  g_assert_cmpint (plainly ("AddOverride", PN_SECOND_PERSON_BURN), ==, 0);
  g_assert_cmpint (plainly ("OpenBatch", all), ==, 0);
  g_assert_cmpint (get_second ("OpenBatch", g_variant_new ("()"), PN_ACTION_BURN, all), ==,
                   PN_SECOND_PERSON_BURN);
  g_assert_cmpint (
      get_second ("OpenBatch", g_variant_new ("()"), PN_ACTION_BURN, PN_SECOND_PERSON_TRUST), ==,
      0);
}

/* Every step down, from and to every set. */
static void
test_weakening (void)
{
  for (guint from = 0; from <= PN_SECOND_PERSON_ALL; from++)
    for (guint to = 0; to <= PN_SECOND_PERSON_ALL; to++)
      {
        g_autofree const char **words = pn_second_person_to_words (to);
        gboolean loses = (from & ~to) != 0;

        g_assert_cmpint (set_rule (words, from), ==, loses ? PN_SECOND_PERSON_RULE : 0);
      }
}

static void
test_words (void)
{
  static const char *const wrong[][3] = {
    { "burn", "rule" }, { "" }, { "Burn" }, { "burn", "burn;trust" }, { "burn", "burn" }
  };
  g_autoptr (GError) error = NULL;
  guint set = 77;

  for (guint all = 0; all <= PN_SECOND_PERSON_ALL; all++)
    {
      g_autofree const char **words = pn_second_person_to_words (all);

      g_assert_true (pn_second_person_from_words (words, &set, &error));
      g_assert_cmpuint (set, ==, all);
    }
  set = 77;
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_assert_false (pn_second_person_from_words (wrong[i], &set, &error));
      g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_ARGUMENT);
      g_clear_error (&error);
    }
  g_assert_cmpuint (set, ==, 77);
}

static guint
read_settings (const char *path, const char *text)
{
  g_autoptr (PnSettings) settings = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  settings = pn_settings_open (path, &error);
  g_assert_no_error (error);
  return pn_settings_get_second_person (settings);
}

/* Somebody mends the file: what cannot be read is never taken for “nobody is needed”. */
static void
test_settings (void)
{
  static const char *const odd[] = { "",   "nobody", "burn;nobody", "burn,trust",
                                     ";;", "off",    "false",       "\\q" };
  g_autofree char *folder = g_dir_make_tmp ("punnet-second-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "station.conf", NULL);
  g_autoptr (GError) error = NULL;

  for (guint all = 0; all <= PN_SECOND_PERSON_ALL; all++)
    {
      g_autoptr (PnSettings) settings = pn_settings_open (path, &error);
      g_autoptr (PnSettings) again = NULL;

      g_assert_no_error (error);
      g_assert_true (pn_settings_set_second_person (settings, all, &error));
      again = pn_settings_open (path, &error);
      g_assert_cmpuint (pn_settings_get_second_person (again), ==, all);
    }
  g_assert_cmpuint (read_settings (path, "[Station]\nPaused=true\n"), ==, 0);
  g_assert_cmpuint (read_settings (path, "[Station]\nSecondPerson=burn;\n"), ==,
                    PN_SECOND_PERSON_BURN);
  for (guint i = 0; i < G_N_ELEMENTS (odd); i++)
    {
      g_autofree char *text = g_strdup_printf ("[Station]\nSecondPerson=%s\n", odd[i]);

      g_assert_cmpuint (read_settings (path, text), ==, PN_SECOND_PERSON_ALL);
    }
  (void) g_unlink (path);
  (void) g_rmdir (folder);
}

/* What is shown, of each type; and nothing of what is not one of them. */
static void
test_values (void)
{
  g_autoptr (GVariant) values =
      g_variant_ref_sink (g_variant_new_parsed ("{'recipe': <'Gate'>, 'count': <uint32 4>,"
                                                " 'permanent': <['customer-key', 'device-key']>,"
                                                " 'to': <@as []>, 'mode': <true>}"));
  const struct
  {
    const char *name, *text;
  } wanted[] = {
    { "recipe", "Gate" }, { "count", "4" }, { "permanent", "customer-key, device-key" },
    { "to", "–" },        { "mode", "" },   { "reason", "" }
  };

  for (guint i = 0; i < G_N_ELEMENTS (wanted); i++)
    {
      g_autofree char *text = pn_second_person_value_to_text (values, wanted[i].name);

      g_assert_cmpstr (text, ==, wanted[i].text);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/second-person/rules", test_rules);
  g_test_add_func ("/second-person/weakening", test_weakening);
  g_test_add_func ("/second-person/words", test_words);
  g_test_add_func ("/second-person/settings", test_settings);
  g_test_add_func ("/second-person/values", test_values);
  return g_test_run ();
}
