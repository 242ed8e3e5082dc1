/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Run in German: a sentence that was made in one process is said by another in its own language,
 * and nothing that a peer sends is more than text. */
#include "config.h"

#include <libintl.h>
#include <locale.h>
#include <string.h>

#include "pn-error.h"

#define TEXT "\342\201\250"
#define SENTENCE "\342\201\246"
#define END "\342\201\251"

static void
assert_local (const char *sentence, const char *expected)
{
  g_autofree char *local = pn_sentence_to_local (sentence);

  g_assert_cmpstr (local, ==, expected);
}

static void
test_words (void)
{
  g_autofree char *made = pn_sentence_format ("The storage is too small: it has %s MiB, and this "
                                              "bundle needs %s MiB",
                                              PN_NUMBER (7), PN_NUMBER (G_MAXUINT64));
  g_autofree char *english = pn_sentence_to_english (made);

  g_assert_cmpstr (english, ==,
                   "The storage is too small: it has 7 MiB, and this bundle needs "
                   "18446744073709551615 MiB");
  assert_local (made, "Der Speicher ist zu klein: Er hat 7 MiB, und dieses Bündel braucht "
                      "18446744073709551615 MiB");
  g_assert_cmpstr (PN_HEX (0xc04170), ==, "0xc04170");
  /* What has no parts needs no marks, and may have been kept before there were any. */
  assert_local ("The device did not come back.", "Das Gerät kam nicht zurück.");
  assert_local ("", "");
}

static void
test_joined (void)
{
  g_autofree char *first = pn_sentence_join ("%s %s", "The device did not come back.",
                                             "The next step needs the boot ROM.");
  g_autofree char *english = pn_sentence_to_english (first);

  g_assert_cmpstr (english, ==, "The device did not come back. The next step needs the boot ROM.");
  assert_local (first, "Das Gerät kam nicht zurück. Der nächste Schritt braucht das Boot-ROM.");
}

static void
assert_kind (const char *sentence, const char *expected)
{
  g_autofree char *kind = pn_sentence_to_kind (sentence);

  g_assert_cmpstr (kind, ==, expected);
}

/* The same whatever was inserted. */
static void
test_kind (void)
{
  g_autofree char *made = pn_sentence_format ("It has %s of 100 %%", "⁨7⁩");
  g_autofree char *joined = pn_sentence_join ("%s: %s", "It failed", made);

  assert_kind ("", "");
  assert_kind ("Plain, 5 %s", "Plain, 5 %s");
  assert_kind (made, "It has %s of 100 %");
  assert_kind (joined, "It failed: It has %s of 100 %");
  assert_kind ("\xe2\x81\xa8"
               "open \xe2\x81\xa9\xe2\x81\xa9\xe2\x81\xa8"
               "ever",
               "%sever");
}

/* A text is not a sentence, whatever it says. */
static void
test_inserted_text (void)
{
  g_autofree char *made = pn_sentence_format ("The device refused: %s", "Partitioning");

  g_autofree char *part = pn_sentence_part ("Partitioning");
  g_autofree char *known = pn_sentence_format ("The device refused: %s", part);

  assert_local (made, "Das Gerät lehnte ab: Partitioning");
  assert_local (known, "Das Gerät lehnte ab: Der Speicher wird partitioniert");
}

static void
test_unknown (void)
{
  g_autofree char *made =
      pn_sentence_format ("A newer helper says %s of %s, 100 %% sure", "this", "that");

  assert_local (made, "A newer helper says this of that, 100 % sure");
  assert_local ("100 % is not a format, %d %n %s", "100 % is not a format, %d %n %s");
}

static void
test_hostile (void)
{
  g_autoptr (GString) deep = g_string_new (NULL);
  g_autoptr (GString) many = g_string_new (NULL);
  g_autofree char *said_deep = NULL;
  g_autofree char *said_many = NULL;

  assert_local ("The device refused: " TEXT "%n%s%99$s%*d" END,
                "Das Gerät lehnte ab: %n%s%99$s%*d");
  /* Fewer, more, or wrongly nested parts than the sentence has: English, as far as it goes. */
  assert_local ("The device refused: %s", "The device refused: %s");
  assert_local ("The device refused: " TEXT "a" END TEXT "b" END, "The device refused: ab");
  assert_local ("The device refused: " TEXT "a", "The device refused: a");
  assert_local ("The device refused: " END "a" TEXT, "The device refused: a");
  assert_local (TEXT END, "");
  assert_local (SENTENCE SENTENCE END, "");

  for (guint i = 0; i < 100000; i++)
    {
      g_string_append (deep, SENTENCE "a");
      g_string_append (many, SENTENCE "Encrypting" END);
    }
  for (guint i = 0; i < 100000; i++)
    g_string_append (deep, END);
  said_deep = pn_sentence_to_local (deep->str);
  said_many = pn_sentence_to_local (many->str);
  g_assert_cmpuint (strlen (said_deep), <=, 16384);
  g_assert_cmpuint (strlen (said_many), <=, 16384);
  g_assert_null (strstr (said_deep, SENTENCE));
  g_assert_true (g_str_has_prefix (said_many, "Encrypting"));
}

static void
test_error (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) copy = NULL;
  g_autofree char *sentence = NULL;

  pn_set_error (&error, PN_ERROR_REJECTED, "The device refused: %s", "no space");
  g_assert_error (error, PN_ERROR, PN_ERROR_REJECTED);
  g_assert_cmpstr (error->message, ==, "The device refused: no space");
  pn_prefix_error (&error, "Writing %s failed", "mmcblk0");
  g_assert_cmpstr (error->message, ==, "Writing mmcblk0 failed: The device refused: no space");
  g_prefix_error (&error, "/a/path: ");
  copy = g_error_copy (error);
  g_assert_cmpstr (copy->message, ==,
                   "/a/path: Writing mmcblk0 failed: The device refused: no space");
  g_assert_cmpstr (pn_error_text (copy), ==,
                   "/a/path: mmcblk0 ließ sich nicht schreiben: Das Gerät lehnte ab: no space");
  sentence = pn_error_to_sentence (copy);
  assert_local (sentence, pn_error_text (copy));
}

/* As GDBus hands it over: what went in at the other end comes out. */
static void
test_remote (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) cause = NULL;
  g_autofree char *sentence = NULL;
  g_autofree char *name = NULL;
  g_autoptr (GError) arrived = NULL;

  pn_set_error (&cause, PN_ERROR_DISCONNECTED, "The device left the bus");
  pn_set_error_because (&error, PN_ERROR_REJECTED, "The device refused the provisioning system",
                        cause);
  name = g_dbus_error_encode_gerror (error);
  g_assert_cmpstr (name, ==, "org.punnet.Error.Rejected");
  sentence = pn_error_to_sentence (error);
  arrived = g_dbus_error_new_for_dbus_error (name, sentence);
  pn_error_take_remote (&arrived);
  g_assert_error (arrived, PN_ERROR, PN_ERROR_REJECTED);
  g_assert_cmpstr (arrived->message, ==,
                   "The device refused the provisioning system: The device left the bus");
  g_assert_cmpstr (pn_error_text (arrived), ==,
                   "Das Gerät lehnte das Schreibsystem ab: Das Gerät verließ den Bus");
}

/* The first error of a program may be one from the bus. */
static void
test_first_is_remote (void)
{
  g_autoptr (GError) arrived = g_dbus_error_new_for_dbus_error (
      "org.punnet.Error.Busy", "This slot is not used; use it first");

  pn_error_take_remote (&arrived);
  g_assert_error (arrived, PN_ERROR, PN_ERROR_BUSY);
  g_assert_cmpstr (arrived->message, ==, "This slot is not used; use it first");
}

/* Errors of others stay theirs: who waits for a cancellation still finds it. */
static void
test_foreign_error (void)
{
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "Cancelled");

  pn_prefix_error (&error, "Writing %s failed", "mmcblk0");
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpstr (pn_error_text (error), ==, "Writing mmcblk0 failed: Cancelled");
}

int
main (int argc, char **argv)
{
  const char *folder = g_getenv ("PUNNET_LOCALE_DIR");

  (void) setlocale (LC_ALL, "");
  g_assert_nonnull (folder);
  (void) bindtextdomain (GETTEXT_PACKAGE, folder);
  (void) bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sentence/first-is-remote", test_first_is_remote);
  g_test_add_func ("/sentence/words", test_words);
  g_test_add_func ("/sentence/kind", test_kind);
  g_test_add_func ("/sentence/joined", test_joined);
  g_test_add_func ("/sentence/inserted-text", test_inserted_text);
  g_test_add_func ("/sentence/unknown", test_unknown);
  g_test_add_func ("/sentence/hostile", test_hostile);
  g_test_add_func ("/sentence/error", test_error);
  g_test_add_func ("/sentence/remote", test_remote);
  g_test_add_func ("/sentence/foreign-error", test_foreign_error);
  return g_test_run ();
}
