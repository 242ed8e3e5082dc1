/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Overrides: what is taken from outside, which device one is for, and what is kept of it. */
#include "config.h"

#include <string.h>

#include "pn-error.h"
#include "pn-records-fixture.h"

#define DIGEST "cc00000000000000000000000000000000000000000000000000000000000000"

/* Nothing is taken but copies. */
static PnOverride *
make (PnOverrideKind kind, const char *serial, const char *slot, const char *reason)
{
  PnOverride *self = g_rc_box_new0 (PnOverride);

  self->kind = kind;
  self->serial = g_strdup (serial);
  self->slot = g_strdup (slot);
  self->bundle = kind == PN_OVERRIDE_RECIPE ? g_strdup (DIGEST) : NULL;
  self->once = TRUE;
  self->uid = 1000;
  self->who = g_strdup ("alice");
  self->reason = g_strdup (reason);
  self->made = 1760000000000000;
  return self;
}

static gint64
add (PnRecords *records, PnOverrideKind kind, const char *serial, const char *slot)
{
  g_autoptr (PnOverride) override = make (kind, serial, slot, "A reason");
  g_autoptr (GError) error = NULL;
  gint64 id;

  g_assert_true (pn_override_check (override, &error));
  g_assert_no_error (error);
  id = pn_records_add_override (records, override, &error);
  g_assert_no_error (error);
  g_assert_cmpint (id, >, 0);
  return id;
}

static guint
count (PnRecords *records, gboolean all)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) rows = pn_records_list_overrides (records, all, &error);

  g_assert_no_error (error);
  return (guint) g_variant_n_children (rows);
}

/* ---- from outside ---- */

static void
test_check (PnRecordsFixture *self, gconstpointer data)
{
  g_autofree char *long_reason = g_strnfill (PN_OVERRIDE_MAX_REASON, 'x');
  g_autofree char *too_long = g_strnfill (PN_OVERRIDE_MAX_REASON + 1, 'x');
  const struct
  {
    const char *serial, *slot, *reason;
    gboolean fine;
  } cases[] = {
    { "40072f01", NULL, "Keine Zeit für anderes", TRUE },
    { "1000000040072F01", NULL, long_reason, TRUE },
    { NULL, "1-1.2", "It was repaired", TRUE },
    { "40072f01", NULL, too_long, FALSE },
    { "40072f01", NULL, "", FALSE },
    { "40072f01", NULL, " \u2003 ", FALSE },
    { "40072f01", NULL, "two\nlines", FALSE },
    { "40072f01", NULL, "bell\a", FALSE },
    { "40072f01", NULL, "turned \u202e round", FALSE },
    { "40072f01", NULL, "a sentence's \u2068mark\u2069", FALSE },
    { "40072f01", NULL, "\xff\xfe", FALSE },
    { "40072f01", NULL, NULL, FALSE },
    { "40072f01", "1-1.2", "both", FALSE },
    { NULL, NULL, "neither", FALSE },
    { "40072f0", NULL, "short", FALSE },
    { "40072f0g", NULL, "not hexadecimal", FALSE },
    { "%", NULL, "a pattern", FALSE },
    { "", NULL, "nothing", FALSE },
    { NULL, "", "nothing", FALSE },
    { NULL, "1-1\n", "a slot of two lines", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (PnOverride) override =
          make (PN_OVERRIDE_AGAIN, cases[i].serial, cases[i].slot, cases[i].reason);
      g_autoptr (GError) error = NULL;

      g_test_message ("%u", i);
      g_assert_cmpint (pn_override_check (override, &error), ==, cases[i].fine);
      if (!cases[i].fine)
        g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_ARGUMENT);
    }
}

/* Only one kind names a bundle, and that one has to. */
static void
test_bundle (PnRecordsFixture *self, gconstpointer data)
{
  static const char *const digests[] = { NULL, "", "cc", "../../etc/passwd" };
  g_autoptr (PnOverride) again = make (PN_OVERRIDE_AGAIN, "40072f01", NULL, "x");
  g_autoptr (PnOverride) recipe = make (PN_OVERRIDE_RECIPE, "40072F01", NULL, "x");

  g_assert_true (pn_override_check (recipe, NULL));
  g_assert_cmpstr (recipe->serial, ==, "40072f01");
  for (guint i = 0; i < G_N_ELEMENTS (digests); i++)
    {
      g_free (recipe->bundle);
      recipe->bundle = g_strdup (digests[i]);
      g_assert_false (pn_override_check (recipe, NULL));
    }
  again->bundle = g_strdup (DIGEST);
  g_assert_false (pn_override_check (again, NULL));
}

static void
test_is_for (PnRecordsFixture *self, gconstpointer data)
{
  g_autoptr (PnOverride) whole = make (PN_OVERRIDE_AGAIN, "1000000040072f01", NULL, "x");
  g_autoptr (PnOverride) half = make (PN_OVERRIDE_AGAIN, "40072f01", NULL, "x");
  g_autoptr (PnOverride) slot = make (PN_OVERRIDE_AGAIN, NULL, "1-1", "x");

  /* What the boot ROM says, and what the whole number is. */
  g_assert_true (pn_override_is_for (whole, "1-9", "40072f01"));
  g_assert_true (pn_override_is_for (whole, NULL, "1000000040072F01"));
  g_assert_false (pn_override_is_for (whole, NULL, "2000000040072f01"));
  g_assert_true (pn_override_is_for (half, NULL, "2000000040072f01"));
  g_assert_false (pn_override_is_for (half, NULL, "40072f02"));
  g_assert_false (pn_override_is_for (half, "1-1", NULL));
  g_assert_false (pn_override_is_for (half, "1-1", ""));
  g_assert_false (pn_override_is_for (half, "1-1", "Broadcom"));
  g_assert_true (pn_override_is_for (slot, "1-1", NULL));
  g_assert_true (pn_override_is_for (slot, "1-1", "40072f01"));
  g_assert_false (pn_override_is_for (slot, "1-1.1", "40072f01"));
  g_assert_false (pn_override_is_for (slot, NULL, "40072f01"));
}

/* ---- kept ---- */

static void
test_kept (PnRecordsFixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = pn_records_fixture_open (self);
  g_autoptr (GPtrArray) all = NULL;
  g_autoptr (GVariant) rows = NULL;
  g_autoptr (GVariant) row = NULL;
  const char *text = NULL;
  gint64 number = 0;
  const PnOverride *one;

  (void) add (records, PN_OVERRIDE_RECIPE, "1000000040072f01", NULL);
  (void) add (records, PN_OVERRIDE_AGAIN, NULL, "1-1");
  g_clear_pointer (&records, pn_records_close);
  records = pn_records_fixture_open (self);
  all = pn_records_get_overrides (records, NULL);
  g_assert_cmpuint (all->len, ==, 2);
  one = all->pdata[0];
  g_assert_cmpint (one->kind, ==, PN_OVERRIDE_RECIPE);
  g_assert_cmpstr (one->serial, ==, "1000000040072f01");
  g_assert_null (one->slot);
  g_assert_cmpstr (one->bundle, ==, DIGEST);
  g_assert_cmpstr (one->who, ==, "alice");
  g_assert_cmpstr (one->reason, ==, "A reason");
  g_assert_cmpuint (one->uid, ==, 1000);
  g_assert_true (one->once);
  rows = pn_records_list_overrides (records, FALSE, NULL);
  row = g_variant_get_child_value (rows, 0); /* the newest */
  g_assert_true (g_variant_lookup (row, "kind", "&s", &text));
  g_assert_cmpstr (text, ==, "again");
  g_assert_true (g_variant_lookup (row, "slot", "&s", &text));
  g_assert_cmpstr (text, ==, "1-1");
  g_assert_false (g_variant_lookup (row, "serial", "&s", &text));
  g_assert_true (g_variant_lookup (row, "made", "x", &number));
  g_assert_cmpint (number, ==, 1760000000000000);
}

static void
test_twice (PnRecordsFixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = pn_records_fixture_open (self);
  g_autoptr (PnOverride) same = make (PN_OVERRIDE_AGAIN, "1000000040072f01", NULL, "x");
  g_autoptr (GError) error = NULL;
  gint64 first = add (records, PN_OVERRIDE_AGAIN, "40072f01", NULL);

  (void) add (records, PN_OVERRIDE_SKIP_FIRMWARE, "40072f01", NULL);
  (void) add (records, PN_OVERRIDE_AGAIN, "40072f02", NULL);
  (void) add (records, PN_OVERRIDE_AGAIN, NULL, "1-1");
  g_assert_cmpint (pn_records_add_override (records, same, &error), ==, 0);
  g_assert_error (error, PN_ERROR, PN_ERROR_EXISTS);
  g_assert_true (pn_records_clear_override (records, first, "bob", NULL));
  g_assert_cmpint (pn_records_add_override (records, same, NULL), >, 0);
}

static void
test_cleared (PnRecordsFixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = pn_records_fixture_open (self);
  gint64 id = add (records, PN_OVERRIDE_AGAIN, "40072f01", NULL);
  g_autofree char *by = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (pn_records_clear_override (records, id, "bob", NULL));
  g_assert_cmpuint (count (records, FALSE), ==, 0);
  g_assert_cmpuint (count (records, TRUE), ==, 1);
  by = pn_records_fixture_ask (self->path, "SELECT cleared_by FROM overrides");
  g_assert_cmpstr (by, ==, "bob");
  g_assert_false (pn_records_clear_override (records, id, "bob", &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_false (pn_records_clear_override (records, G_MAXINT64, "bob", &error));
  g_assert_error (error, PN_ERROR, PN_ERROR_NOT_FOUND);
}

/* One that lasts is used again and again; one for once is spent by the run that passes. */
static void
test_used (PnRecordsFixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = pn_records_fixture_open (self);
  gint64 id = add (records, PN_OVERRIDE_AGAIN, "40072f01", NULL);
  g_autofree char *uses = NULL;
  g_autofree char *record = NULL;
  g_autofree char *by = NULL;

  g_assert_true (pn_records_use_override (records, id, 11, FALSE, NULL));
  g_assert_cmpuint (count (records, FALSE), ==, 1);
  g_assert_true (pn_records_use_override (records, id, 12, TRUE, NULL));
  g_assert_cmpuint (count (records, FALSE), ==, 0);
  uses = pn_records_fixture_ask (self->path, "SELECT uses FROM overrides");
  record = pn_records_fixture_ask (self->path, "SELECT record FROM overrides");
  by = pn_records_fixture_ask (self->path, "SELECT cleared_by FROM overrides");
  g_assert_cmpstr (uses, ==, "2");
  g_assert_cmpstr (record, ==, "12");
  g_assert_null (by); /* nobody: it was spent */
  g_assert_false (pn_records_use_override (records, id + 1, 12, TRUE, NULL));
}

static void
test_limits (PnRecordsFixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = pn_records_fixture_open (self);
  g_autoptr (PnOverride) more = make (PN_OVERRIDE_AGAIN, NULL, "one more", "x");
  g_autoptr (GError) error = NULL;
  gint64 used;

  pn_records_fixture_do (self->path,
                         "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE"
                         " i < 1500) INSERT INTO overrides (kind, slot, once, uid, who, reason,"
                         " made, cleared) SELECT 'again', 's' || i, 1, 0, 'x', 'y', 1, 2 FROM n");
  for (guint i = 0; i < PN_RECORDS_MAX_OVERRIDES - 1; i++)
    {
      g_autofree char *slot = g_strdup_printf ("slot %u", i);

      (void) add (records, PN_OVERRIDE_AGAIN, NULL, slot);
    }
  used = add (records, PN_OVERRIDE_AGAIN, NULL, "used");
  g_assert_cmpint (pn_records_add_override (records, more, &error), ==, 0);
  g_assert_error (error, PN_ERROR, PN_ERROR_BUSY);
  /* What no run has used is not kept without end; what one has is. */
  g_assert_true (pn_records_use_override (records, used, 1, FALSE, NULL));
  g_assert_true (pn_records_clear_override (records, used, "bob", NULL));
  {
    g_autofree char *n = pn_records_fixture_ask (
        self->path, "SELECT count(*) FROM overrides WHERE cleared IS NOT NULL AND uses = 0");
    g_autofree char *kept =
        pn_records_fixture_ask (self->path, "SELECT count(*) FROM overrides WHERE uses = 1");

    g_assert_cmpstr (n, ==, "1000");
    g_assert_cmpstr (kept, ==, "1");
  }
  g_assert_cmpuint (count (records, TRUE), ==, 1000);
}

/* A row that somebody else wrote does not count, and brings nothing down. */
static void
test_strangers (PnRecordsFixture *self, gconstpointer data)
{
  g_autoptr (PnRecords) records = pn_records_fixture_open (self);
  g_autoptr (GPtrArray) all = NULL;

  pn_records_fixture_do (
      self->path,
      "INSERT INTO overrides (kind, serial, once, uid, who, reason, made) VALUES"
      " ('burn-everything', '40072f01', 1, 0, 'x', 'y', 1), ('again', '%', 1, 0, 'x', 'y', 1),"
      " ('again', '40072f01', 1, 0, 'x', CAST(x'ff0a' AS TEXT), 1),"
      " ('recipe', '40072f01', 1, 0, 'x', 'y', 1), ('again', '40072f01', 1, -1, 'x', 'y', 1)");
  all = pn_records_get_overrides (records, NULL);
  g_assert_cmpuint (all->len, ==, 1);
  g_assert_cmpuint (count (records, FALSE), ==, 5);
}

int
main (int argc, char **argv)
{
  static const PnRecordsTest tests[] = {
    { "/overrides/check", test_check },         { "/overrides/bundle", test_bundle },
    { "/overrides/is-for", test_is_for },       { "/overrides/kept", test_kept },
    { "/overrides/twice", test_twice },         { "/overrides/cleared", test_cleared },
    { "/overrides/used", test_used },           { "/overrides/limits", test_limits },
    { "/overrides/strangers", test_strangers },
  };

  return pn_records_fixture_run (argc, argv, tests, G_N_ELEMENTS (tests));
}
