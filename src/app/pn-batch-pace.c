/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-batch-pace.h"

#define HOUR (3600 * (double) G_USEC_PER_SEC)
#define ENOUGH 2 /* devices that passed, before a pace can be told */

typedef struct
{
  gint64 started; /* of the first try */
  gboolean passed;
} FirstTry;

static void
learn_first (GHashTable *tries, const char *serial, gint64 started, gboolean passed)
{
  FirstTry *first = g_hash_table_lookup (tries, serial);

  if (first == NULL)
    {
      first = g_new0 (FirstTry, 1);
      g_hash_table_insert (tries, g_strdup (serial), first);
    }
  else if (first->started <= started)
    return;
  *first = (FirstTry){ started, passed };
}

PnBatchPace
pn_batch_pace (GVariant *records, gint64 now, guint left)
{
  g_autoptr (GHashTable) tries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  gint64 begin = now;
  guint recent = 0;
  PnBatchPace pace = { 0 };
  GHashTableIter first_iter;
  gpointer first;

  for (gsize i = 0; i < g_variant_n_children (records); i++)
    {
      g_autoptr (GVariant) record = g_variant_get_child_value (records, i);
      const char *serial = NULL, *verdict = "";
      gint64 started = 0, ended = 0;
      gboolean passed;

      (void) g_variant_lookup (record, "serial", "&s", &serial);
      (void) g_variant_lookup (record, "verdict", "&s", &verdict);
      (void) g_variant_lookup (record, "started", "x", &started);
      (void) g_variant_lookup (record, "ended", "x", &ended);
      passed = g_str_equal (verdict, "passed");
      begin = MIN (begin, started);
      recent += passed && (double) (now - ended) < HOUR;
      if (serial != NULL && serial[0] != '\0')
        learn_first (tries, serial, started, passed);
    }
  g_hash_table_iter_init (&first_iter, tries);
  while (g_hash_table_iter_next (&first_iter, NULL, &first))
    pace.first_time += ((FirstTry *) first)->passed;
  pace.devices = g_hash_table_size (tries);
  if (recent >= ENOUGH && now > begin)
    pace.per_hour = recent * HOUR / MIN ((double) (now - begin), HOUR);
  if (pace.per_hour > 0 && left > 0)
    pace.end = now + (gint64) (left / pace.per_hour * HOUR);
  return pace;
}
