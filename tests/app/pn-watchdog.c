/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-watchdog.h"

#include <stdio.h>

#define EVERY_US 4000

struct _PnWatchdog
{
  GThread *thread;
  GMutex mutex;
  GCond cond;
  gboolean stop;
  gboolean answered;
  gint64 at;     /* monotonic, µs, of the answer */
  GArray *waits; /* double, ms */
};

/* For how long the main thread was ready to run and did not, in µs since it began; 0 where the
 * kernel does not say. */
static gint64
get_delay (void)
{
  g_autofree char *text = NULL;
  guint64 spent, delay = 0;

  if (g_file_get_contents ("/proc/self/schedstat", &text, NULL, NULL) &&
      sscanf (text, "%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, &spent, &delay) != 2)
    delay = 0;
  return (gint64) (delay / 1000);
}

static gboolean
answer_cb (gpointer user_data)
{
  PnWatchdog *self = user_data;

  g_mutex_lock (&self->mutex);
  self->answered = TRUE;
  self->at = g_get_monotonic_time ();
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->mutex);
  return G_SOURCE_REMOVE;
}

/* Not g_main_context_invoke (): that would run it here while the loop is between two turns. */
static void
ask (PnWatchdog *self)
{
  GSource *source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_HIGH);
  g_source_set_callback (source, answer_cb, self, NULL);
  g_source_attach (source, NULL);
  g_source_unref (source);
}

static gpointer
watch_thread (gpointer data)
{
  PnWatchdog *self = data;

  g_mutex_lock (&self->mutex);
  while (!self->stop)
    {
      gint64 delay = get_delay ();
      gint64 asked = g_get_monotonic_time ();
      double wait;

      self->answered = FALSE;
      ask (self);
      while (!self->answered)
        g_cond_wait (&self->cond, &self->mutex);
      wait = (double) (self->at - asked - (get_delay () - delay)) / 1000;
      wait = MAX (wait, 0);
      g_array_append_val (self->waits, wait);
      (void) g_cond_wait_until (&self->cond, &self->mutex, g_get_monotonic_time () + EVERY_US);
    }
  g_mutex_unlock (&self->mutex);
  return NULL;
}

PnWatchdog *
pn_watchdog_start (void)
{
  PnWatchdog *self = g_new0 (PnWatchdog, 1);

  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  self->waits = g_array_new (FALSE, FALSE, sizeof (double));
  self->thread = g_thread_new ("watchdog", watch_thread, self);
  return self;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  const double first = *(const double *) a, second = *(const double *) b;

  return (first > second) - (first < second);
}

PnWatchdogResult
pn_watchdog_stop (PnWatchdog *self)
{
  PnWatchdogResult result = { 0 };
  gboolean answered;

  g_mutex_lock (&self->mutex);
  self->stop = TRUE;
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->mutex);
  /* What it asked last is answered still. */
  do
    {
      g_main_context_iteration (NULL, FALSE);
      g_mutex_lock (&self->mutex);
      answered = self->answered;
      g_mutex_unlock (&self->mutex);
    }
  while (!answered);
  g_thread_join (self->thread);
  g_array_sort (self->waits, compare);
  result.n = self->waits->len;
  if (result.n > 0)
    {
      result.longest = g_array_index (self->waits, double, result.n - 1);
      result.third_longest = g_array_index (self->waits, double, result.n - MIN (result.n, 3));
      result.usual = g_array_index (self->waits, double, (result.n - 1) * 99 / 100);
    }
  g_array_unref (self->waits);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->cond);
  g_free (self);
  return result;
}
