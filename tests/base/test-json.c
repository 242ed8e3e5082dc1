/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-json.h"

#include <string.h>

#define ALLOWED "{}[]:,0123456789 "

static void
test_scan (void)
{
  static const struct
  {
    const char *text;
    gssize opened;
  } cases[] = {
    { "", 0 },           { "{}", 1 },        { "{}{}", 2 },         { "[1, {\"a\": [2]}]", 3 },
    { "[[[[1]]]]", -1 }, { "]]]{", 1 },      { "[\"[[[[[[\"]", 1 }, { "[\"\\\"[[[[\", 1]", 1 },
    { "[\"open", 1 },    { "[1] // [", -1 }, { "['[']", -1 },       { "[true]", -1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%s", cases[i].text);
      g_assert_cmpint (pn_json_scan (cases[i].text, strlen (cases[i].text), ALLOWED, 3), ==,
                       cases[i].opened);
    }
  g_assert_cmpint (pn_json_scan ("[\0]", 3, ALLOWED, 3), ==, -1);
}

static void
test_to_variant (void)
{
  static const char *const wrong[] = { "",
                                       "[[1",
                                       "[]",
                                       "1",
                                       "null",
                                       "{\"a\": \"b\"} {",
                                       "/* */ {}",
                                       "{\"a\": \"b\", \"c\": 1}",
                                       "{\"a\": {}}",
                                       "{\"a\": null}" };
  static const char *const wrong_rows[] = {
    "{}",          "[[1]]", "[[1, \"a\", 2]]", "[[\"a\", 1]]", "[[1, \"a\"], [1.5, \"a\"]]",
    "[[1, null]]", "[1]"
  };
  g_autoptr (GVariant) value = pn_json_to_variant ("{\"a\": \"[\", \"b\": \"ü\"}", "a{ss}");
  g_autoptr (GVariant) rows = pn_json_to_variant ("[[1, \"a\"], [-2, \"\"]]", "a(xs)");
  g_autoptr (GVariant) no_rows = pn_json_to_variant ("[]", "a(xs)");
  g_autofree char *deep = g_strnfill (100000, '[');
  g_autofree char *printed = NULL;
  const char *text;

  g_assert_nonnull (value);
  g_assert_false (g_variant_is_floating (value));
  g_assert_true (g_variant_lookup (value, "b", "&s", &text));
  g_assert_cmpstr (text, ==, "ü");
  g_assert_null (pn_json_to_variant (deep, "a{ss}"));
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    g_assert_null (pn_json_to_variant (wrong[i], "a{ss}"));
  g_assert_nonnull (rows);
  printed = g_variant_print (rows, FALSE);
  g_assert_cmpstr (printed, ==, "[(1, 'a'), (-2, '')]");
  g_assert_nonnull (no_rows);
  for (guint i = 0; i < G_N_ELEMENTS (wrong_rows); i++)
    g_assert_null (pn_json_to_variant (wrong_rows[i], "a(xs)"));
}

/* As RFC 8785 says it. */
static void
test_canonical (void)
{
  static const struct
  {
    const char *value, *text;
  } cases[] = {
    { "@a{sv} {}", "{}" },
    { "@av []", "[]" },
    { "{'b': <@u 1>, 'a': <'x'>, 'ab': <true>, 'B': <@x -7>}",
      "{\"B\":-7,\"a\":\"x\",\"ab\":true,\"b\":1}" },
    { "{'n': <{'z': <'1'>, 'a': <['q', 'p']>}>}", "{\"n\":{\"a\":[\"q\",\"p\"],\"z\":\"1\"}}" },
    { "'\\\\ \\\" / \\b\\f\\n\\r\\t \\u001f \\u007f ü 😀'",
      "\"\\\\ \\\" / \\b\\f\\n\\r\\t \\u001f \177 ü 😀\"" },
    { "[@t 18446744073709551615, 0]", "[18446744073709551615,0]" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *text = NULL;
      g_autoptr (GVariant) value = g_variant_parse (NULL, cases[i].value, NULL, NULL, &error);

      g_assert_no_error (error);
      text = pn_json_to_canonical (value);
      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json/scan", test_scan);
  g_test_add_func ("/json/to-variant", test_to_variant);
  g_test_add_func ("/json/canonical", test_canonical);
  return g_test_run ();
}
