/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The keyboard in a log: the line that has it is in sight, and following does not take it away. */
#include "config.h"

#include "pn-log-view.h"
#include "pn-test-app.h"

#define N_LINES 16

typedef struct
{
  GListStore *lines;
  GtkWindow *window;
  PnLogView *view;
  GtkWidget *list;
} Fixture;

static void
add_line (Fixture *self, guint number)
{
  g_autofree char *sentence = g_strdup_printf (
      "Line %u%s", number,
      number % 5 == 2
          ? ": a sentence that says so much that it has to go on below, as those do that "
            "tell what went wrong and what to do about it"
          : "");
  g_autoptr (PnLogLine) line = pn_log_line_new (number * G_USEC_PER_SEC, sentence);

  g_list_store_append (self->lines, line);
}

static void
set_up (Fixture *self, gconstpointer data)
{
  self->lines = g_list_store_new (PN_TYPE_LOG_LINE);
  for (guint i = 0; i < N_LINES; i++)
    add_line (self, i);
  self->view = g_object_new (PN_TYPE_LOG_VIEW, NULL);
  self->window = GTK_WINDOW (adw_window_new ());
  gtk_window_set_default_size (self->window, 600, 400);
  adw_window_set_content (ADW_WINDOW (self->window), GTK_WIDGET (self->view));
  pn_log_view_set_open (self->view, TRUE);
  pn_log_view_set_log (self->view, G_LIST_MODEL (self->lines), "test");
  gtk_window_present (self->window);
  self->list = pn_test_find (GTK_WIDGET (self->view), GTK_TYPE_LIST_VIEW, NULL, NULL);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  gtk_window_destroy (self->window);
  g_clear_object (&self->lines);
}

/* Whether the text is on a row that is whole within the list. */
static gboolean
is_in_sight (Fixture *self, GtkWidget *row)
{
  graphene_rect_t bounds;

  pn_test_settle ();
  return row != NULL && gtk_widget_get_child_visible (row) &&
         gtk_widget_compute_bounds (row, self->list, &bounds) && bounds.origin.y >= 0 &&
         bounds.origin.y + bounds.size.height <= (float) gtk_widget_get_height (self->list);
}

static gboolean
has_text (GtkWidget *label, gpointer text)
{
  return g_str_has_prefix (gtk_label_get_label (GTK_LABEL (label)), text) &&
         gtk_widget_get_child_visible (label);
}

/* Of that line, which may be there and out of sight. */
static GtkWidget *
find_row (Fixture *self, guint number)
{
  g_autofree char *text = g_strdup_printf ("Line %u", number);
  GtkWidget *label = pn_test_find (self->list, GTK_TYPE_LABEL, has_text, text);

  return label != NULL ? gtk_widget_get_ancestor (label, g_type_from_name ("GtkListItemWidget"))
                       : NULL;
}

static GtkWidget *
get_focus (Fixture *self)
{
  return gtk_root_get_focus (GTK_ROOT (self->window));
}

static gboolean
is_on_line (Fixture *self)
{
  return g_str_equal (G_OBJECT_TYPE_NAME (get_focus (self)), "GtkListItemWidget");
}

static void
move (Fixture *self, GtkDirectionType direction)
{
  (void) gtk_widget_child_focus (GTK_WIDGET (self->window), direction);
}

static void
go_to_lines (Fixture *self)
{
  PN_TEST_WAIT_FOR (is_in_sight (self, find_row (self, N_LINES - 1)));
  g_assert_false (is_in_sight (self, find_row (self, 0)));
  for (guint i = 0; i < 10 && (get_focus (self) == NULL || !is_on_line (self)); i++)
    move (self, GTK_DIR_TAB_FORWARD);
  g_assert_true (is_on_line (self));
  g_assert_true (is_in_sight (self, get_focus (self)));
}

/* All lines are one stop, there and back. */
static void
test_tab (Fixture *self, gconstpointer data)
{
  go_to_lines (self);
  move (self, GTK_DIR_TAB_FORWARD);
  g_assert_false (get_focus (self) != NULL && is_on_line (self));
  go_to_lines (self);
  move (self, GTK_DIR_TAB_BACKWARD);
  g_assert_cmpstr (gtk_widget_get_tooltip_text (get_focus (self)), ==, "Save the log…");
}

/* A line that is read stays, whatever comes; whoever leaves it sees what is new. */
static void
test_follow (Fixture *self, gconstpointer data)
{
  go_to_lines (self);
  for (guint i = 0; i < 20; i++)
    add_line (self, N_LINES + i);
  pn_test_settle ();
  g_assert_true (is_in_sight (self, get_focus (self)));
  g_assert_true (get_focus (self) == find_row (self, N_LINES - 1));
  move (self, GTK_DIR_TAB_BACKWARD);
  add_line (self, N_LINES + 20);
  PN_TEST_WAIT_FOR (is_in_sight (self, find_row (self, N_LINES + 20)));
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(char **) user_data = gdk_clipboard_read_text_finish (GDK_CLIPBOARD (source), result, NULL);
}

static void
test_copy (Fixture *self, gconstpointer data)
{
  g_autofree char *text = NULL;

  go_to_lines (self);
  g_assert_true (gtk_widget_activate_action (get_focus (self), "log.copy-line", NULL));
  gdk_clipboard_read_text_async (gtk_widget_get_clipboard (self->list), NULL, read_cb, &text);
  PN_TEST_WAIT_FOR (text != NULL);
  g_assert_cmpstr (text, ==, "Line 15");
}

int
main (int argc, char **argv)
{
  pn_test_init (&argc, &argv);
  g_test_add ("/log-view/tab", Fixture, NULL, set_up, test_tab, tear_down);
  g_test_add ("/log-view/follow", Fixture, NULL, set_up, test_follow, tear_down);
  g_test_add ("/log-view/copy", Fixture, NULL, set_up, test_copy, tear_down);
  return g_test_run ();
}
