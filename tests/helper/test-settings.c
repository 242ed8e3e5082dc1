/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a station keeps of what people set: kept as it was said, read as a person may have mended
 * it, and never thrown away because it cannot be read. */
#include "config.h"

#include "pn-settings.h"

#include <glib/gstdio.h>
#include <string.h>

#include "pn-error.h"
#include "pn-second-person.h"

typedef struct
{
  char *folder, *path;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  self->folder = g_dir_make_tmp ("punnet-settings-XXXXXX", NULL);
  self->path = g_build_filename (self->folder, "station.conf", NULL);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  (void) g_unlink (self->path);
  (void) g_rmdir (self->folder);
  g_free (self->path);
  g_free (self->folder);
}

static PnSettings *
open_settings (Fixture *self)
{
  g_autoptr (GError) error = NULL;
  PnSettings *settings = pn_settings_open (self->path, &error);

  g_assert_no_error (error);
  return settings;
}

static void
write_file (Fixture *self, const char *text, gssize size)
{
  g_assert_true (g_file_set_contents (self->path, text, size, NULL));
}

static void
assert_slot (PnSettings *settings, const char *name, const char *label, gboolean used, gboolean usb)
{
  g_auto (PnSlotSettings) slot = { 0 };

  pn_settings_get_slot (settings, name, &slot);
  g_assert_cmpstr (slot.label, ==, label);
  g_assert_cmpint (slot.used, ==, used);
  g_assert_cmpint (slot.usb, ==, usb);
}

static const char *const names[] = { "1-1.2", "Bench [1]", "a/b %41 = #", "Größe\xf0\x9f\x8d\x93",
                                     " ",     "Station",   "Slot x",      NULL };
static const char *const labels[] = {
  "Left", "  spaces on both sides  ", "two\nlines\ttab", "; # = [group]", "\\s\\n", "\xd7\xa9", "",
};

#define REASON                                                                                     \
  " Why\n\xe2\x81\xa6 it: \xe2\x81\xa8"                                                            \
  "50 %s\xe2\x81\xa9 \xe2\x81\xa9"

static void
assert_reason (PnSettings *settings, const char *expected)
{
  g_autofree char *reason = pn_settings_get_pause_reason (settings);

  g_assert_cmpstr (reason, ==, expected);
}

static void
test_kept (Fixture *self, gconstpointer data)
{
  g_autoptr (PnSettings) settings = open_settings (self);
  g_autoptr (GError) error = NULL;

  g_assert_false (pn_settings_get_paused (settings));
  assert_reason (settings, "");
  g_assert_true (pn_settings_set_paused (settings, TRUE, REASON, &error));
  for (guint i = 0; names[i] != NULL; i++)
    {
      const PnSlotSettings slot = { (char *) labels[i], i % 2 == 0, i % 3 == 0 };

      assert_slot (settings, names[i], "", TRUE, FALSE);
      g_assert_true (pn_settings_set_slot (settings, names[i], &slot, &error));
    }
  g_assert_no_error (error);
  for (guint again = 0; again < 2; again++)
    {
      g_auto (GStrv) listed = NULL;

      g_assert_true (pn_settings_get_paused (settings));
      assert_reason (settings, REASON);
      listed = pn_settings_list_slots (settings);
      g_assert_true (g_strv_equal ((const char *const *) listed, names));
      for (guint i = 0; names[i] != NULL; i++)
        assert_slot (settings, names[i], labels[i], i % 2 == 0, i % 3 == 0);
      g_clear_pointer (&settings, pn_settings_free);
      settings = open_settings (self);
    }
  g_assert_true (pn_settings_set_paused (settings, FALSE, "", &error));
  assert_reason (settings, "");
}

static void
test_forgotten (Fixture *self, gconstpointer data)
{
  g_autoptr (PnSettings) settings = open_settings (self);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) listed = NULL;
  const PnSlotSettings slot = { (char *) "Left", FALSE, TRUE };

  g_assert_true (pn_settings_forget_slot (settings, "1-1", &error)); /* it was never set */
  g_assert_false (g_file_test (self->path, G_FILE_TEST_EXISTS));
  g_assert_true (pn_settings_set_slot (settings, "1-1", &slot, &error));
  g_assert_true (pn_settings_forget_slot (settings, "1-1", &error));
  g_clear_pointer (&settings, pn_settings_free);
  settings = open_settings (self);
  listed = pn_settings_list_slots (settings);
  g_assert_cmpuint (g_strv_length (listed), ==, 0);
  assert_slot (settings, "1-1", "", TRUE, FALSE);
}

/* A slot that nobody has set is kept for its failures only; one that was set stays. */
static void
test_failures (Fixture *self, gconstpointer data)
{
  g_autoptr (PnSettings) settings = open_settings (self);
  g_autoptr (GError) error = NULL;
  const PnSlotSettings slot = { (char *) "Left", FALSE, FALSE };

  g_assert_cmpuint (pn_settings_get_rest_after (settings), ==, 3);
  g_assert_true (pn_settings_set_rest_after (settings, 0, &error));
  g_assert_true (pn_settings_set_slot (settings, "a", &slot, &error));
  g_assert_true (pn_settings_set_failures (settings, "a", FALSE, 1, &error));
  g_assert_true (pn_settings_set_failures (settings, "1-1", TRUE, 2, &error));
  for (guint again = 0; again < 2; again++)
    {
      g_assert_cmpuint (pn_settings_get_rest_after (settings), ==, 0);
      g_assert_cmpuint (pn_settings_get_failures (settings, "a"), ==, 1);
      g_assert_cmpuint (pn_settings_get_failures (settings, "1-1"), ==, 2);
      g_assert_cmpuint (pn_settings_get_failures (settings, "1-2"), ==, 0);
      assert_slot (settings, "a", "Left", FALSE, FALSE);
      assert_slot (settings, "1-1", "", TRUE, TRUE);
      g_clear_pointer (&settings, pn_settings_free);
      settings = open_settings (self);
    }
  g_assert_true (pn_settings_set_slot (settings, "a", &slot, &error));
  g_assert_cmpuint (pn_settings_get_failures (settings, "a"), ==, 1);
  g_assert_true (pn_settings_set_failures (settings, "a", FALSE, 0, &error));
  g_assert_true (pn_settings_set_failures (settings, "1-1", TRUE, 0, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (pn_settings_get_failures (settings, "a"), ==, 0);
  assert_slot (settings, "a", "Left", FALSE, FALSE);
  {
    g_auto (GStrv) listed = pn_settings_list_slots (settings);

    g_assert_cmpuint (g_strv_length (listed), ==, 1);
  }
  g_clear_pointer (&settings, pn_settings_free);
  write_file (self, "[Station]\nRestAfter=often\n[Slot a]\nFailures=-1\n", -1);
  settings = open_settings (self);
  g_assert_cmpuint (pn_settings_get_rest_after (settings), ==, 3);
  g_assert_cmpuint (pn_settings_get_failures (settings, "a"), ==, 0);
}

/* As a person may write it: what is not said holds as for a slot that was never set, but what is
 * said and makes no sense may have been "do not touch it". */
static void
test_by_hand (Fixture *self, gconstpointer data)
{
  g_autoptr (PnSettings) settings = NULL;

  write_file (self,
              "# ours\n[Slot 1-1]\nLabel=Left\n\n[Slot 1-2]\nUsed=false\n[Slot 1-3]\nUsed=perhaps\n"
              "Usb=\n[Slot %]\n[Slot ]\n[Other]\nUsed=false\n",
              -1);
  settings = open_settings (self);
  assert_slot (settings, "1-1", "Left", TRUE, FALSE);
  assert_slot (settings, "1-2", "", FALSE, FALSE);
  assert_slot (settings, "1-3", "", FALSE, FALSE);
  g_assert_false (pn_settings_get_paused (settings));
}

/* Neither written nor read any more: what was said before counts all the same, and none of it is
 * lost when the disk is well again. */
static void
test_unreachable (Fixture *self, gconstpointer data)
{
  g_autoptr (PnSettings) settings = open_settings (self);
  g_autofree char *inside = g_build_filename (self->path, "inside", NULL);
  g_autoptr (GError) error = NULL;
  const PnSlotSettings slot = { (char *) "Left", FALSE, FALSE };

  g_assert_true (pn_settings_set_enrolled_only (settings, TRUE, &error));
  g_assert_true (pn_settings_set_second_person (settings, PN_SECOND_PERSON_BURN, &error));
  g_assert_true (pn_settings_set_slot (settings, "a", &slot, &error));
  g_assert_no_error (error);
  g_assert_cmpint (g_unlink (self->path), ==, 0);
  g_assert_cmpint (g_mkdir_with_parents (inside, 0700), ==, 0);
  g_assert_false (pn_settings_set_rest_after (settings, 7, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  g_assert_cmpint (g_rmdir (inside), ==, 0);
  g_assert_cmpint (g_rmdir (self->path), ==, 0);
  for (guint again = 0; again < 2; again++)
    {
      g_auto (PnBundlePolicy) policy = { 0 };

      g_assert_cmpuint (pn_settings_get_rest_after (settings), ==, 3);
      g_assert_cmpuint (pn_settings_get_second_person (settings), ==, PN_SECOND_PERSON_BURN);
      pn_settings_get_bundle_policy (settings, &policy);
      g_assert_true (policy.enrolled_only);
      assert_slot (settings, "a", "Left", FALSE, FALSE);
      g_assert_true (pn_settings_set_paused (settings, TRUE, "", &error));
      g_assert_no_error (error);
      g_clear_pointer (&settings, pn_settings_free);
      settings = open_settings (self);
    }
}

/* It stays as it is: somebody may mend it. */
static void
test_damaged (Fixture *self, gconstpointer data)
{
  static const char *const damaged[] = { "no group=1\n", "[Slot 1-1\nUsed=false\n", "\xff\xfe\n",
                                         "[Slot 1-1]\nUsed\n", NULL };
  g_autofree char *large = g_strnfill (1024 * 1024 + 1, '#');

  for (guint i = 0; i <= G_N_ELEMENTS (damaged) - 1; i++)
    {
      const char *text = damaged[i] != NULL ? damaged[i] : large;
      g_autoptr (GError) error = NULL;
      g_autofree char *after = NULL;

      write_file (self, text, -1);
      g_assert_null (pn_settings_open (self->path, &error));
      g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_DATA);
      g_assert_nonnull (strstr (error->message, self->path));
      g_assert_true (g_file_get_contents (self->path, &after, NULL, NULL));
      g_assert_cmpstr (after, ==, text);
    }
}

/* What could not be kept was never said. */
static void
test_not_kept (Fixture *self, gconstpointer data)
{
  g_autoptr (PnSettings) settings = open_settings (self);
  g_autoptr (GError) error = NULL;
  const PnSlotSettings slot = { (char *) "Left", FALSE, TRUE };

  g_assert_cmpint (g_rmdir (self->folder), ==, 0);
  g_assert_false (pn_settings_set_slot (settings, "1-1", &slot, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  assert_slot (settings, "1-1", "", TRUE, FALSE);
  g_assert_false (pn_settings_set_paused (settings, TRUE, "", &error));
  g_assert_nonnull (error);
  g_assert_false (pn_settings_get_paused (settings));
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    void (*test) (Fixture *self, gconstpointer data);
  } tests[] = {
    { "/settings/kept", test_kept },
    { "/settings/forgotten", test_forgotten },
    { "/settings/by-hand", test_by_hand },
    { "/settings/damaged", test_damaged },
    { "/settings/not-kept", test_not_kept },
    { "/settings/failures", test_failures },
    { "/settings/unreachable", test_unreachable },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Fixture, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
