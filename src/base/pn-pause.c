/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-pause.h"

void
pn_pause (guint milliseconds, GCancellable *cancellable)
{
  GPollFD stop;

  if (cancellable == NULL || !g_cancellable_make_pollfd (cancellable, &stop))
    {
      g_usleep ((gulong) milliseconds * 1000);
      return;
    }
  (void) g_poll (&stop, 1, (int) MIN (milliseconds, G_MAXINT));
  g_cancellable_release_fd (cancellable);
}
