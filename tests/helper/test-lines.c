/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a worker writes on its standard error, whatever it is. */
#include "config.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "pn-io.h"
#include "pn-lines.h"

static void
add_cb (const char *line, gpointer user_data)
{
  g_assert_true (g_utf8_validate (line, -1, NULL));
  g_ptr_array_add (user_data, g_strdup (line));
}

typedef struct
{
  int pipe[2];
  GPtrArray *told;
  PnLines *lines;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  g_assert_cmpint (pipe2 (self->pipe, O_CLOEXEC), ==, 0);
  g_assert_cmpint (fcntl (self->pipe[0], F_SETFL, O_NONBLOCK), ==, 0);
  self->told = g_ptr_array_new_with_free_func (g_free);
  self->lines = pn_lines_new (self->pipe[0], add_cb, self->told);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_clear_pointer (&self->lines, pn_lines_free);
  g_ptr_array_unref (self->told);
}

static void
say (Fixture *self, const char *bytes, gsize size)
{
  g_assert_cmpint (write (self->pipe[1], bytes, size), ==, (gssize) size);
}

static void
wait_for (Fixture *self, guint n)
{
  while (self->told->len < n)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_lines (Fixture *self, gconstpointer data)
{
  say (self, "one\n\ntw", 7);
  wait_for (self, 1);
  say (self, "o\nthree", 7);
  wait_for (self, 2);
  g_assert_cmpstr (self->told->pdata[0], ==, "one");
  g_assert_cmpstr (self->told->pdata[1], ==, "two");
  /* Its last words, which nobody has read yet when it is over. */
  say (self, " four\nfive", 10);
  pn_fd_close (self->pipe[1]);
  g_clear_pointer (&self->lines, pn_lines_free);
  g_assert_cmpuint (self->told->len, ==, 4);
  g_assert_cmpstr (self->told->pdata[2], ==, "three four");
  g_assert_cmpstr (self->told->pdata[3], ==, "five");
}

/* Nothing in a line could be taken for another field, or move a terminal's cursor. */
static void
test_bytes (Fixture *self, gconstpointer data)
{
  static const char bytes[] = "a\033[2Jb\0c\r\x7f\tPUNNET_SLOT=x\xff\xc3\n";

  say (self, bytes, sizeof bytes - 1);
  wait_for (self, 1);
  for (const char *at = self->told->pdata[0]; *at != '\0'; at++)
    g_assert_true ((guchar) *at >= ' ' && *at != 0x7f);
  g_assert_true (g_str_has_prefix (self->told->pdata[0], "a [2Jb c"));
  pn_fd_close (self->pipe[1]);
}

static void
test_limits (Fixture *self, gconstpointer data)
{
  g_autofree char *much = g_malloc (30000);

  memset (much, 'x', 30000);
  say (self, much, 30000);
  say (self, "\n", 1);
  wait_for (self, 1);
  g_assert_cmpuint (strlen (self->told->pdata[0]), ==, 1000);
  for (guint i = 0; i < 10000; i++)
    {
      say (self, "line\n", 5);
      while (g_main_context_iteration (NULL, FALSE))
        continue;
    }
  g_assert_cmpuint (self->told->len, ==, 500);
  g_assert_cmpstr (self->told->pdata[498], ==, "line");
  g_assert_true (g_str_has_prefix (self->told->pdata[499], "…"));
  pn_fd_close (self->pipe[1]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/lines/lines", Fixture, NULL, set_up, test_lines, tear_down);
  g_test_add ("/lines/bytes", Fixture, NULL, set_up, test_bytes, tear_down);
  g_test_add ("/lines/limits", Fixture, NULL, set_up, test_limits, tear_down);
  return g_test_run ();
}
