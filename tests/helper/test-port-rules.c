/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "pn-error.h"
#include "pn-port-rules.h"

static const struct
{
  const char *rules, *port;
  gboolean allowed;
} cases[] = {
  { "", "1-1", TRUE },
  { "\n  # nothing but words\n\t\r\n", "7-1.2.3", TRUE },
  { "1-1", "1-1", TRUE },
  { "1-1", "1-10", FALSE },
  { "1-1", "1-1.2", FALSE },
  { "1-1.*", "1-1.2", TRUE },
  { "1-1.*", "1-1", FALSE },
  { "*", "3-4.1", TRUE },
  { "1-*", "1-1.2.3.4", TRUE }, /* a star takes dots, too */
  { "1-1.?", "1-1.4", TRUE },
  { "1-1.?", "1-1.12", FALSE },
  { "1-1.[24]", "1-1.4", TRUE },
  { "1-1.[!24]", "1-1.4", FALSE },
  { "2-1\n1-3 # the second head\n", "1-3", TRUE },
  { " 1 - 3\r\n", "1-3", TRUE },
  { "#1-3\n1-4", "1-3", FALSE },
  { "1-3", "1-3", TRUE },
};

static void
test_match (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GPtrArray) patterns = g_ptr_array_new_with_free_func (g_free);
      g_autoptr (GError) error = NULL;

      g_test_message ("%u: %s", i, cases[i].rules);
      g_assert_true (
          pn_port_rules_parse (cases[i].rules, strlen (cases[i].rules), patterns, &error));
      g_assert_no_error (error);
      g_ptr_array_add (patterns, NULL);
      g_assert_cmpint (pn_port_rules_match ((const char *const *) patterns->pdata, cases[i].port),
                       ==, cases[i].allowed);
    }
}

static void
assert_refused (const char *text, gsize size, const char *word)
{
  g_autoptr (GPtrArray) patterns = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;

  g_assert_false (pn_port_rules_parse (text, size, patterns, &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_DATA);
  g_assert_nonnull (strstr (error->message, word));
}

static void
test_hostile (void)
{
  g_autofree char *longest = g_strnfill (65, '1');
  g_autoptr (GString) many = g_string_new (NULL);

  assert_refused ("1-1\n\001\n", 6, "Line 2");
  assert_refused ("1-\xc3\xa4\n", 5, "Line 1");
  assert_refused ("1-1\n1\0", 6, "zero");
  assert_refused (longest, 65, "too long");
  assert_refused ("*1*1*1*1*1*1*1*1*", 17, "too long");
  for (guint i = 0; i < 600; i++)
    g_string_append (many, "1-1\n");
  assert_refused (many->str, many->len, "Line 513");
}

static void
put (const char *folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (path, text, -1, &error));
  g_assert_no_error (error);
}

static gboolean
allows (const char *const *folders, const char *port)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) patterns = pn_port_rules_read (folders, &error);

  g_assert_no_error (error);
  return pn_port_rules_match ((const char *const *) patterns, port);
}

static void
test_folders (void)
{
  g_autofree char *local = g_dir_make_tmp ("punnet-XXXXXX", NULL);
  g_autofree char *package = g_build_filename (local, "package", NULL);
  g_autofree char *b = g_build_filename (local, "b.conf", NULL);
  g_autofree char *nested = g_build_filename (local, "nested.conf", NULL);
  const char *const folders[] = { local, package, NULL };
  static const char *const files[] = { "a.conf", "b.conf", "not-a-rule.txt", ".hidden.conf" };
  g_autoptr (GError) error = NULL;

  g_assert_true (allows (folders, "1-1")); /* the second is not there yet */
  g_assert_cmpint (g_mkdir (package, 0700), ==, 0);
  put (package, "a.conf", "1-1\n");
  put (local, "not-a-rule.txt", "5-5\n");
  put (local, ".hidden.conf", "5-5\n");
  g_assert_true (allows (folders, "1-1"));
  g_assert_false (allows (folders, "1-2"));
  g_assert_false (allows (folders, "5-5"));
  put (local, "b.conf", "1-2\n");
  g_assert_true (allows (folders, "1-1"));
  g_assert_true (allows (folders, "1-2"));
  put (local, "a.conf", ""); /* masks the other wholly */
  g_assert_false (allows (folders, "1-1"));
  g_assert_true (allows (folders, "1-2"));
  put (local, "b.conf", "");
  g_assert_true (allows (folders, "9-9"));
  put (package, "b.conf", "3-3\n");
  g_assert_cmpint (g_unlink (b), ==, 0);
  g_assert_false (allows (folders, "9-9"));
  g_assert_cmpint (symlink ("/dev/null", b), ==, 0);
  g_assert_true (allows (folders, "9-9"));
  g_assert_cmpint (g_unlink (b), ==, 0);
  /* A link that leads nowhere is not nothing. */
  g_assert_cmpint (symlink ("/dev/nullified", b), ==, 0);
  g_assert_null (pn_port_rules_read (folders, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  g_assert_cmpint (g_unlink (b), ==, 0);

  /* What cannot be read is no leave. */
  g_assert_cmpint (g_mkdir (nested, 0700), ==, 0);
  g_assert_null (pn_port_rules_read (folders, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  (void) g_rmdir (nested);
  put (local, "b.conf", "\001\n");
  g_assert_null (pn_port_rules_read (folders, &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_DATA);
  g_assert_nonnull (strstr (error->message, "b.conf: Line 1"));

  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *one = g_build_filename (local, files[i], NULL);
      g_autofree char *other = g_build_filename (package, files[i], NULL);

      (void) g_unlink (one);
      (void) g_unlink (other);
    }
  g_assert_cmpint (g_rmdir (package), ==, 0);
  g_assert_cmpint (g_rmdir (local), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/port-rules/match", test_match);
  g_test_add_func ("/port-rules/hostile", test_hostile);
  g_test_add_func ("/port-rules/folders", test_folders);
  return g_test_run ();
}
