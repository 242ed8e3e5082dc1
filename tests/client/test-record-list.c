/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Many records, of which only those that are looked at travel. */
#include "config.h"

#include "pn-record-list.h"

#include "pn-fake-helper.h"
#include "pn-test-wait.h"

#define NAME "org.punnet.TestRecords"
#define MANY 100000

typedef struct
{
  PnFakeHelper *helper;
  PnClient *client;
  PnRecordList *list;
  guint position, removed, added; /* as of the last items-changed */
  guint n_changes;
} Fixture;

static void
items_changed_cb (GListModel *list, guint position, guint removed, guint added, Fixture *fixture)
{
  fixture->position = position;
  fixture->removed = removed;
  fixture->added = added;
  fixture->n_changes++;
}

static gboolean
is_loading (Fixture *fixture)
{
  gboolean loading;

  g_object_get (fixture->list, "loading", &loading, NULL);
  return loading;
}

static guint
n_rows (Fixture *fixture)
{
  return g_list_model_get_n_items (G_LIST_MODEL (fixture->list));
}

static PnRecordRow *
row_at (Fixture *fixture, guint position)
{
  return g_list_model_get_item (G_LIST_MODEL (fixture->list), position);
}

static void
look_at (Fixture *fixture, guint position)
{
  g_object_unref (row_at (fixture, position));
}

static gint64
id_at (Fixture *fixture, guint position)
{
  g_autoptr (PnRecordRow) row = row_at (fixture, position);

  pn_test_wait (pn_record_row_is_loaded (row));
  return pn_record_row_get_number (row, "id");
}

static void
settle (Fixture *fixture)
{
  /* What was looked at is asked for when this thread comes round. */
  while (g_main_context_iteration (NULL, FALSE))
    ;
  pn_test_wait (!is_loading (fixture));
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->helper = pn_fake_helper_new (NAME);
  pn_fake_helper_set_records (fixture->helper, GPOINTER_TO_UINT (data));
  fixture->client = pn_client_new (NAME);
  fixture->list = pn_record_list_new (fixture->client);
  g_signal_connect (fixture->list, "items-changed", G_CALLBACK (items_changed_cb), fixture);
  pn_test_wait (pn_client_get_state (fixture->client) == PN_CLIENT_READY);
  settle (fixture);
  g_assert_cmpuint (n_rows (fixture), ==, fixture->helper->n_records);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  gpointer watched = fixture->list;

  /* It goes at once, whatever is on its way. */
  look_at (fixture, n_rows (fixture) / 2);
  g_main_context_iteration (NULL, FALSE);
  g_object_add_weak_pointer (watched, &watched);
  g_object_unref (fixture->list);
  g_assert_null (watched);
  g_object_unref (fixture->client);
  g_clear_pointer (&fixture->helper, pn_fake_helper_free);
}

static void
test_arrive (Fixture *fixture, gconstpointer data)
{
  g_autoptr (PnRecordRow) row = row_at (fixture, 0);
  g_autoptr (PnRecordRow) again = row_at (fixture, 0);
  g_autofree char *nothing = pn_record_row_format (row, "serial");
  g_autofree char *id = NULL;

  /* It is there at once, and says that it is empty. */
  g_assert_true (row == again);
  g_assert_false (pn_record_row_is_loaded (row));
  g_assert_null (pn_record_row_get_values (row));
  g_assert_cmpstr (nothing, ==, "");
  g_assert_cmpuint (fixture->helper->n_queries, ==, 0);
  pn_test_wait (pn_record_row_is_loaded (row));
  g_assert_cmpint (pn_record_row_get_number (row, "id"), ==, MANY);
  g_assert_cmpstr (pn_record_row_get_text (row, "serial"), ==, "00000000000186a0");
  g_assert_null (pn_record_row_get_text (row, "nothing"));
  id = pn_record_row_format (row, "id");
  g_assert_cmpstr (id, ==, "100000");
  g_assert_null (row_at (fixture, MANY));
  g_assert_cmpint (id_at (fixture, MANY - 1), ==, 1);
  g_assert_cmpint (id_at (fixture, 54321), ==, MANY - 54321);
  settle (fixture);
  g_assert_cmpuint (fixture->helper->n_queries, ==, 3);
  g_assert_cmpuint (fixture->helper->max_limit, ==, 100);
}

/* From the top to the bottom, as with a wheel: each page once. */
static void
test_scroll (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 20000; i++)
    g_assert_cmpint (id_at (fixture, i), ==, MANY - i);
  settle (fixture);
  g_assert_cmpuint (fixture->helper->n_queries, ==, 200);
  /* The last forty pages are still known; those before are asked for again. */
  for (guint i = 16000; i < 20000; i += 50)
    g_assert_cmpint (id_at (fixture, i), ==, MANY - i);
  g_assert_cmpuint (fixture->helper->n_queries, ==, 200);
  g_assert_cmpint (id_at (fixture, 15999), ==, MANY - 15999);
  g_assert_cmpint (id_at (fixture, 0), ==, MANY);
  g_assert_cmpuint (fixture->helper->n_queries, ==, 202);
}

/* With the scroll bar: what was only passed is not asked for. */
static void
test_fling (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < MANY; i += 37)
    look_at (fixture, i);
  settle (fixture);
  g_assert_cmpuint (fixture->helper->n_queries, <=, 4);
  g_assert_cmpint (id_at (fixture, MANY - 1), ==, 1);
  g_assert_cmpint (id_at (fixture, MANY - 150), ==, 150);
  g_assert_cmpuint (fixture->helper->n_queries, <=, 4);
  /* What was dropped comes when it is looked at. */
  g_assert_cmpint (id_at (fixture, 777), ==, MANY - 777);
}

/* A record is made: rows move, and stay what they were. */
static void
test_grow (Fixture *fixture, gconstpointer data)
{
  g_autoptr (PnRecordRow) first = NULL;
  g_autoptr (PnRecordRow) moved = NULL;
  guint n_queries, n_changes;

  g_assert_cmpint (id_at (fixture, 0), ==, 250);
  g_assert_cmpint (id_at (fixture, 249), ==, 1);
  settle (fixture);
  first = row_at (fixture, 0);
  n_queries = fixture->helper->n_queries;
  n_changes = fixture->n_changes;
  pn_fake_helper_set_records (fixture->helper, 253);
  pn_test_wait (n_rows (fixture) == 253);
  g_assert_cmpuint (fixture->n_changes, ==, n_changes + 1);
  g_assert_cmpuint (fixture->position, ==, 0);
  g_assert_cmpuint (fixture->removed, ==, 0);
  g_assert_cmpuint (fixture->added, ==, 3);
  moved = row_at (fixture, 3);
  g_assert_true (moved == first);
  g_assert_true (pn_record_row_is_loaded (moved));
  settle (fixture);
  g_assert_cmpint (pn_record_row_get_number (first, "id"), ==, 250);
  for (guint i = 0; i < 253; i++)
    g_assert_cmpint (id_at (fixture, i), ==, 253 - i);
  g_assert_cmpuint (fixture->helper->n_queries, <=, n_queries + 3);
}

/* Many are made while the list is looked at: in the end all is right. */
static void
test_grow_while_loading (Fixture *fixture, gconstpointer data)
{
  for (guint i = 251; i <= 500; i++)
    {
      pn_fake_helper_set_records (fixture->helper, i);
      look_at (fixture, (i * 7) % n_rows (fixture));
      if (i % 3 == 0)
        g_main_context_iteration (NULL, FALSE);
      if (i % 50 == 0)
        pn_test_run_for (5);
    }
  pn_test_wait (n_rows (fixture) == 500);
  for (guint i = 0; i < 500; i++)
    {
      /* What is known may be old, but not for long after it was looked at. */
      look_at (fixture, i);
      settle (fixture);
      g_assert_cmpint (id_at (fixture, i), ==, 500 - i);
    }
}

static void
test_query (Fixture *fixture, gconstpointer data)
{
  g_assert_cmpint (id_at (fixture, 0), ==, MANY);
  pn_record_list_set_query (fixture->list, g_variant_new_parsed ("{'ascending': <true>}"));
  /* Until it is known what the answer is, the rows stay. */
  g_assert_cmpint (id_at (fixture, 0), ==, MANY);
  settle (fixture);
  g_assert_cmpint (id_at (fixture, 0), ==, 1);
  pn_fake_helper_set_records (fixture->helper, MANY + 2);
  pn_test_wait (n_rows (fixture) == MANY + 2);
  g_assert_cmpuint (fixture->position, ==, MANY);
  g_assert_cmpuint (fixture->added, ==, 2);
  g_assert_cmpint (id_at (fixture, MANY + 1), ==, MANY + 2);
  /* Typing: only the last one counts. */
  pn_record_list_set_query (fixture->list, g_variant_new_parsed ("{'text': <'a'>}"));
  look_at (fixture, 0);
  pn_record_list_set_query (fixture->list, g_variant_new_parsed ("{'text': <'aa'>}"));
  look_at (fixture, 0);
  pn_record_list_set_query (fixture->list, g_variant_new_parsed ("{'text': <'aaa'>}"));
  settle (fixture);
  g_assert_cmpuint (n_rows (fixture), ==, MANY / 4096);
  g_assert_cmpint (id_at (fixture, 0), ==, MANY / 4096 * 4096);
  pn_record_list_set_query (fixture->list, g_variant_new_parsed ("{'text': <'aaaaa'>}"));
  settle (fixture);
  g_assert_cmpuint (n_rows (fixture), ==, 0);
  g_assert_null (row_at (fixture, 0));
  pn_record_list_set_query (fixture->list, NULL);
  settle (fixture);
  g_assert_cmpuint (n_rows (fixture), ==, MANY + 2);
}

/* A helper goes while it is asked, and another one comes. */
static void
test_restart (Fixture *fixture, gconstpointer data)
{
  look_at (fixture, 0);
  g_main_context_iteration (NULL, FALSE);
  g_clear_pointer (&fixture->helper, pn_fake_helper_free);
  pn_test_wait (n_rows (fixture) == 0);
  g_assert_false (is_loading (fixture));
  fixture->helper = pn_fake_helper_new (NAME);
  pn_fake_helper_set_records (fixture->helper, 7);
  pn_test_wait (n_rows (fixture) == 7);
  g_assert_cmpint (id_at (fixture, 0), ==, 7);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    guint n;
    void (*test) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "/record-list/arrive", MANY, test_arrive },
    { "/record-list/scroll", MANY, test_scroll },
    { "/record-list/fling", MANY, test_fling },
    { "/record-list/grow", 250, test_grow },
    { "/record-list/grow-while-loading", 250, test_grow_while_loading },
    { "/record-list/query", MANY, test_query },
    { "/record-list/restart", MANY, test_restart },
  };
  g_autoptr (GTestDBus) daemon = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  daemon = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (daemon);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, GUINT_TO_POINTER (tests[i].n), set_up, tests[i].test,
                tear_down);
  status = g_test_run ();
  g_test_dbus_stop (daemon);
  return status;
}
