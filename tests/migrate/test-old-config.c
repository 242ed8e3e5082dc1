/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The old tool's configuration is read as a shell would take plain values, and nothing of it is
 * ever run. */
#include "config.h"

#include "pn-error.h"
#include "pn-old-config.h"
#include "pn-old-registry.h"

static PnOldConfig *
parse (const char *text)
{
  PnOldConfig *config = pn_old_config_new ();
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, strlen (text));
  g_autoptr (GError) error = NULL;

  g_assert_true (pn_old_config_add (config, bytes, &error));
  g_assert_no_error (error);
  return config;
}

static void
test_values (void)
{
  static const struct
  {
    const char *line, *value;
  } cases[] = {
    { "A=naked", "naked" },
    { "A=", "" },
    { "A=''", "" },
    { "A=/srv/images/a-b_c.img", "/srv/images/a-b_c.img" },
    { "A='two words'", "two words" },
    { "A='it'\\''s'", "it's" },
    { "A=\"a \\$b \\\"c\\\" \\\\ \\d\"", "a $b \"c\" \\ \\d" },
    { "A='$(id) `id` ; id'", "$(id) `id` ; id" },
    { "A=pkcs11:token=a%20b;object=c;type=private", "pkcs11:token=a%20b;object=c;type=private" },
    { "A=xchacha12,aes-adiantum-plain64", "xchacha12,aes-adiantum-plain64" },
    { "A=x # why", "x" },
    { "A=x#y", "x#y" },
    { "A=a=b", "a=b" },
    { "  export A=x  \r", "x" },
    { "A=1\nA=2", "2" },
    { "A=Gr\303\274n", "Gr\303\274n" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (PnOldConfig) config = parse (cases[i].line);

      g_assert_cmpstr (pn_old_config_get (config, "A"), ==, cases[i].value);
    }
}

/* Each would have a shell run something, or take a value from elsewhere. */
static void
test_hostile (void)
{
  static const char *const lines[] = {
    "A=$(touch x)", "A=`touch x`", "A=x; touch x", "A=x;touch", "A=x && touch x", "A=x|touch",
    "A=$HOME",      "A=\"$HOME\"", "A=\"`id`\"",   "A=x touch", "A=<(id)",        "A=x >y",
    "A='open",      "A=\"open",    "A=*",          "A=~root",   "A=x\\",          "A=(a b)",
    "touch x",      "source /x",   ". /x",         "A",         "A =x",           "1A=x",
    "A+=x",         "A[0]=x",      "-=x",          "=x",        "A=a\tb",
  };

  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_autoptr (PnOldConfig) config = parse (lines[i]);
      g_autoptr (GPtrArray) list = pn_old_config_list (config);
      const PnOldSetting *setting;

      g_test_message ("%s", lines[i]);
      g_assert_null (pn_old_config_get (config, "A"));
      g_assert_cmpuint (list->len, ==, 1);
      setting = list->pdata[0];
      g_assert_null (setting->value);
      g_assert_nonnull (strstr (setting->why, "not run"));
    }
}

static void
test_not_text (void)
{
  static const char bytes[] = "A=x\0B=y\n";
  static const char *const bad = "A=\377\376";
  g_autoptr (PnOldConfig) config = pn_old_config_new ();
  g_autoptr (GBytes) zero = g_bytes_new_static (bytes, sizeof bytes - 1);
  g_autoptr (GBytes) latin = g_bytes_new_static (bad, strlen (bad));
  g_autoptr (GBytes) large =
      g_bytes_new_take (g_strnfill (PN_OLD_CONFIG_MAX + 1, 'A'), PN_OLD_CONFIG_MAX + 1);
  g_autoptr (GBytes) many = g_bytes_new_take (g_strnfill (5000, '\n'), 5000);
  GBytes *const all[] = { zero, latin, large, many };

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (pn_old_config_add (config, all[i], &error));
      g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_DATA);
    }
}

static void
test_registry (void)
{
  static const char text[] = "{\"activeKeyId\": \"b\", \"keys\": [{\"id\": \"a\", \"label\": "
                             "\"Old\", \"type\": \"pkcs11\","
                             " \"uri\": \"pkcs11:object=x;type=private\"}, {\"id\": \"b\", "
                             "\"type\": \"pem\", \"label\": 5,"
                             " \"path\": \"/k.pem\", \"wrapped\": true}, \"what\"]}";
  g_autoptr (GBytes) json = g_bytes_new_static (text, sizeof text - 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) keys = pn_old_registry_parse (json, &error);
  const PnOldKey *key;

  g_assert_no_error (error);
  g_assert_cmpuint (keys->len, ==, 2);
  key = keys->pdata[0];
  g_assert_cmpstr (key->label, ==, "Old");
  g_assert_null (key->path);
  g_assert_false (key->active);
  key = keys->pdata[1];
  g_assert_cmpstr (key->label, ==, "b");
  g_assert_cmpstr (key->path, ==, "/k.pem");
  g_assert_true (key->wrapped && key->active);
}

static void
test_registry_damaged (void)
{
  static const char *const texts[] = {
    "", "[]", "{}", "{\"keys\": {}}", "{\"keys\": [", "\"keys\"", "{\"keys\": [] /* x */}"
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GBytes) json = g_bytes_new_static (texts[i], strlen (texts[i]));
      g_autoptr (GError) error = NULL;

      g_assert_null (pn_old_registry_parse (json, &error));
      g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_DATA);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/old-config/values", test_values);
  g_test_add_func ("/old-config/hostile", test_hostile);
  g_test_add_func ("/old-config/not-text", test_not_text);
  g_test_add_func ("/old-config/registry", test_registry);
  g_test_add_func ("/old-config/registry-damaged", test_registry_damaged);
  return g_test_run ();
}
