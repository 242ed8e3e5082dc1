/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-window.h"

G_BEGIN_DECLS

/* What tests of the window share. Any warning of GTK fails a test. */

/* Once, first in main (): gtk_test_init () and folders of the test's own. */
void pn_test_init (int *argc, char ***argv);
/* A running application with a window that is mapped; one at a time. */
PnWindow *pn_test_open_window (int width, int height);
/* Closes it and checks that nothing keeps it. */
void pn_test_close_window (PnWindow *window);
void pn_test_settle (void); /* until nothing is waiting to be drawn */
/* The first widget below @root that is of @type and for which @test (nullable) says TRUE. */
GtkWidget *
pn_test_find (GtkWidget *root, GType type, gboolean (*test) (GtkWidget *, gpointer), gpointer data);
GtkWidget *pn_test_find_button (GtkWidget *root, const char *label);
gboolean pn_test_shows_text (GtkWidget *root,
                             const char *text); /* a visible label or inscription has it in it */

/* Of the only recipe that is prepared, for all slots; devices start by themselves. @permit: with
 * the consent that it needs. */
void pn_test_open_batch (const char *reference, guint count, gboolean permit);

#define PN_TEST_WAIT_FOR(expression)                                                               \
  G_STMT_START                                                                                     \
  {                                                                                                \
    gint64 pn_test_end = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;                            \
    while (!(expression))                                                                          \
      {                                                                                            \
        if (g_get_monotonic_time () > pn_test_end)                                                 \
          g_error ("never came: %s", #expression);                                                 \
        if (!g_main_context_iteration (NULL, FALSE))                                               \
          g_usleep (1000);                                                                         \
      }                                                                                            \
  }                                                                                                \
  G_STMT_END

G_END_DECLS
