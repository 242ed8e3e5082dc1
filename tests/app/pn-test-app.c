/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-test-app.h"

#include <glib/gstdio.h>
#include <string.h>

static PnApp *app;

void
pn_test_init (int *argc, char ***argv)
{
  g_autofree char *folder = g_dir_make_tmp ("punnet-app-XXXXXX", NULL);
  static const char *const names[] = { "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME",
                                       "XDG_STATE_HOME", NULL };

  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autofree char *path = g_build_filename (folder, names[i], NULL);

      g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
      g_setenv (names[i], path, TRUE);
    }
  gtk_test_init (argc, argv, NULL);
  adw_init ();
}

void
pn_test_settle (void)
{
  gint64 end = g_get_monotonic_time () + G_USEC_PER_SEC; /* what moves for ever is never quiet */

  for (guint quiet = 0; quiet < 5 && g_get_monotonic_time () < end; quiet++)
    {
      while (g_main_context_iteration (NULL, FALSE) && g_get_monotonic_time () < end)
        quiet = 0;
      g_usleep (4000);
    }
}

PnWindow *
pn_test_open_window (int width, int height)
{
  g_autoptr (GError) error = NULL;
  PnWindow *window;

  /* One for the whole program: only g_application_run () could end it properly. */
  if (app == NULL)
    {
      app = pn_app_new (G_APPLICATION_NON_UNIQUE);
      g_assert_true (g_application_register (G_APPLICATION (app), NULL, &error));
      g_assert_no_error (error);
    }
  window = pn_window_new (app);
  gtk_window_set_default_size (GTK_WINDOW (window), width, height);
  gtk_window_present (GTK_WINDOW (window));
  PN_TEST_WAIT_FOR (gtk_widget_get_mapped (GTK_WIDGET (window)) &&
                    gtk_widget_get_width (GTK_WIDGET (window)) > 0);
  pn_test_settle ();
  return window;
}

void
pn_test_close_window (PnWindow *window)
{
  gpointer weak = window;

  g_object_add_weak_pointer (G_OBJECT (window), &weak);
  gtk_window_destroy (GTK_WINDOW (window));
  PN_TEST_WAIT_FOR (weak == NULL);
}

GtkWidget *
pn_test_find (GtkWidget *root, GType type, gboolean (*test) (GtkWidget *, gpointer), gpointer data)
{
  if (g_type_is_a (G_OBJECT_TYPE (root), type) && (test == NULL || test (root, data)))
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = pn_test_find (child, type, test, data);

      if (found != NULL)
        return found;
    }
  return NULL;
}

static gboolean
has_label (GtkWidget *widget, gpointer label)
{
  return gtk_widget_get_mapped (widget) &&
         g_strcmp0 (gtk_button_get_label (GTK_BUTTON (widget)), label) == 0;
}

GtkWidget *
pn_test_find_button (GtkWidget *root, const char *label)
{
  return pn_test_find (root, GTK_TYPE_BUTTON, has_label, (gpointer) label);
}

static gboolean
contains (GtkWidget *widget, gpointer text)
{
  return gtk_widget_get_mapped (widget) &&
         strstr (gtk_label_get_text (GTK_LABEL (widget)), text) != NULL;
}

gboolean
pn_test_shows_text (GtkWidget *root, const char *text)
{
  return pn_test_find (root, GTK_TYPE_LABEL, contains, (gpointer) text) != NULL;
}
