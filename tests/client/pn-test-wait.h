/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

/* Runs the main loop until @condition, which is looked at again each time; fails where it never
 * comes to that. */
#define pn_test_wait_long(condition, seconds)                                                      \
  G_STMT_START                                                                                     \
  {                                                                                                \
    gboolean pn_test_over = FALSE;                                                                 \
    guint pn_test_timer = g_timeout_add_seconds (seconds, pn_test_over_cb, &pn_test_over);         \
                                                                                                   \
    while (!(condition) && !pn_test_over)                                                          \
      g_main_context_iteration (NULL, TRUE);                                                       \
    if (pn_test_over)                                                                              \
      g_error ("%s:%d: it never came to %s", __FILE__, __LINE__, #condition);                      \
    g_source_remove (pn_test_timer);                                                               \
  }                                                                                                \
  G_STMT_END
#define pn_test_wait(condition) pn_test_wait_long (condition, 30)

static inline gboolean
pn_test_over_cb (gpointer over)
{
  *(gboolean *) over = TRUE;
  return G_SOURCE_CONTINUE;
}

/* Lets the main loop run for so long. */
static inline void
pn_test_run_for (guint milliseconds)
{
  gboolean over = FALSE;
  guint timer = g_timeout_add (milliseconds, pn_test_over_cb, &over);

  while (!over)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (timer);
}

/* The result of the one call that is waited for. */
static inline void
pn_test_result_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}
