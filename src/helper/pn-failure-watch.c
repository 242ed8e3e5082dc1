/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-failure-watch.h"

typedef struct
{
  char *failure;
  gint64 time;
} Failure;

struct _PnFailureWatch
{
  GHashTable *last; /* slot → Failure */
};

static void
failure_free (gpointer data)
{
  Failure *self = data;

  g_free (self->failure);
  g_free (self);
}

PnFailureWatch *
pn_failure_watch_new (void)
{
  PnFailureWatch *self = g_new0 (PnFailureWatch, 1);

  self->last = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, failure_free);
  return self;
}

void
pn_failure_watch_free (PnFailureWatch *self)
{
  g_hash_table_unref (self->last);
  g_free (self);
}

gboolean
pn_failure_watch_failed (PnFailureWatch *self, const char *slot, const char *failure, gint64 now)
{
  Failure *one = g_new0 (Failure, 1);
  GHashTableIter iter;
  gpointer other;
  guint n = 0;

  one->failure = g_strdup (failure);
  one->time = now;
  g_hash_table_replace (self->last, g_strdup (slot), one);
  g_hash_table_iter_init (&iter, self->last);
  while (g_hash_table_iter_next (&iter, NULL, &other))
    n += g_str_equal (((Failure *) other)->failure, failure) &&
         now - ((Failure *) other)->time <= PN_FAILURE_WATCH_TIME;
  return n >= PN_FAILURE_WATCH_SLOTS;
}

void
pn_failure_watch_passed (PnFailureWatch *self, const char *slot)
{
  g_hash_table_remove (self->last, slot);
}

void
pn_failure_watch_clear (PnFailureWatch *self)
{
  g_hash_table_remove_all (self->last);
}
