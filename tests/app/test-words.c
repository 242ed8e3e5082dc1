/* SPDX-License-Identifier: GPL-3.0-or-later */
/* In the pseudo language every word that is seen has its brackets; one without them was forgotten.
 */
#include "config.h"

#include "pn-test-app.h"
#include "pn-words.h"

static void
check (GtkWidget *root, const char *where)
{
  g_autoptr (GPtrArray) found = pn_words_find_untranslated (root);

  for (guint i = 0; i < found->len; i++)
    {
      g_test_message ("Not translated on %s: %s", where, (const char *) found->pdata[i]);
      g_test_fail ();
    }
}

static void
test_pages (void)
{
  static const char *const pages[] = { "devices", "batches", "records",  "recipes",
                                       "images",  "keys",    "activity", "settings" };
  PnWindow *window = pn_test_open_window (1180, 800);
  guint n = 0;

  for (guint i = 0; i < G_N_ELEMENTS (pages); i++)
    {
      PnPage *page = pn_window_get_page (window, pages[i]);

      if (page == NULL)
        continue; /* a page that comes with its own issue */
      pn_window_show_page (window, pages[i]);
      PN_TEST_WAIT_FOR (gtk_widget_get_mapped (GTK_WIDGET (page)));
      pn_test_settle ();
      check (GTK_WIDGET (window), pages[i]);
      n++;
    }
  g_assert_cmpuint (n, >=, 2);
  pn_test_close_window (window);
}

static void
test_shortcuts (void)
{
  PnWindow *window = pn_test_open_window (1180, 800);
  GListModel *windows = gtk_window_get_toplevels ();
  g_autoptr (GtkWindow) shortcuts = NULL;

  gtk_widget_activate_action (GTK_WIDGET (window), "win.show-shortcuts", NULL);
  shortcuts = g_list_model_get_item (windows, g_list_model_get_n_items (windows) - 1);
  g_assert_true (GTK_IS_SHORTCUTS_WINDOW (shortcuts));
  PN_TEST_WAIT_FOR (gtk_widget_get_mapped (GTK_WIDGET (shortcuts)));
  pn_test_settle ();
  check (GTK_WIDGET (shortcuts), "the shortcuts");
  gtk_window_close (shortcuts);
  pn_test_close_window (window);
}

static void
test_finds_what_is_forgotten (void)
{
  GtkWidget *window = gtk_window_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *entry = gtk_entry_new ();
  g_autoptr (GPtrArray) found = NULL;

  gtk_entry_set_placeholder_text (GTK_ENTRY (entry), "Forgotten, too");
  gtk_widget_set_tooltip_text (box, "As this is");
  gtk_box_append (GTK_BOX (box), gtk_label_new ("Forgotten"));
  gtk_box_append (GTK_BOX (box), gtk_label_new ("[!! Ñöţ ţĥîš öñé !!]"));
  gtk_box_append (GTK_BOX (box), gtk_label_new ("3,1 GB"));
  gtk_box_append (GTK_BOX (box), entry);
  gtk_window_set_child (GTK_WINDOW (window), box);
  gtk_window_present (GTK_WINDOW (window));
  PN_TEST_WAIT_FOR (gtk_widget_get_mapped (entry));
  found = pn_words_find_untranslated (window);
  g_assert_cmpuint (found->len, ==, 3);
  gtk_window_destroy (GTK_WINDOW (window));
}

int
main (int argc, char **argv)
{
  pn_test_init (&argc, &argv);
  pn_app_set_up_language ();
  g_test_add_func ("/words/finds-what-is-forgotten", test_finds_what_is_forgotten);
  g_test_add_func ("/words/pages", test_pages);
  g_test_add_func ("/words/shortcuts", test_shortcuts);
  return g_test_run ();
}
