/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-station-log.h"

#define MAX_LINES 20000
#define CUT 1000 /* so many lines go at once when there are too many */

/* Goes with the list of lines. */
typedef struct
{
  GListStore *lines; /* not held: it holds this */
  GListModel *slots;
  GPtrArray *followed; /* PnClientSlot */
  GPtrArray *sources;  /* Source */
} Following;

/* The log of one run, and how far it was taken over. */
typedef struct
{
  Following *following;
  GListModel *log;
  PnClientRun *run;
  char *label;
  guint taken;
} Source;

static void
source_free (Source *self)
{
  g_signal_handlers_disconnect_by_data (self->log, self);
  g_object_unref (self->log);
  g_object_unref (self->run);
  g_free (self->label);
  g_free (self);
}

static int
compare_times (gconstpointer a, gconstpointer b, gpointer unused)
{
  gint64 first = pn_log_line_get_time ((PnLogLine *) a);
  gint64 second = pn_log_line_get_time ((PnLogLine *) b);

  return (first > second) - (first < second);
}

static void
take_lines (Source *self)
{
  guint n = g_list_model_get_n_items (self->log);
  g_autoptr (GPtrArray) added = g_ptr_array_new_with_free_func (g_object_unref);
  GListStore *lines = self->following->lines;
  guint there = g_list_model_get_n_items (G_LIST_MODEL (lines));
  g_autoptr (PnLogLine) last = NULL;

  /* A run's log drops its oldest lines when it is long. */
  for (guint i = MIN (self->taken, n); i < n; i++)
    {
      g_autoptr (PnLogLine) line = g_list_model_get_item (self->log, i);
      g_autofree char *sentence =
          g_strdup_printf ("%s: %s", self->label, pn_log_line_get_sentence (line));

      g_ptr_array_add (added, pn_log_line_new (pn_log_line_get_time (line), sentence));
    }
  self->taken = n;
  if (added->len == 0)
    return;
  if (there > 0)
    last = g_list_model_get_item (G_LIST_MODEL (lines), there - 1);
  if (last == NULL || compare_times (last, added->pdata[0], NULL) <= 0)
    g_list_store_splice (lines, there, 0, added->pdata, added->len);
  else /* what a slot said before anybody listened */
    for (guint i = 0; i < added->len; i++)
      g_list_store_insert_sorted (lines, added->pdata[i], compare_times, NULL);
  if (there + added->len > MAX_LINES)
    g_list_store_splice (lines, 0, CUT, NULL, 0);
}

static void
log_changed_cb (Source *self, guint position, guint removed, guint added)
{
  if (position == 0 && removed > 0)
    self->taken -= MIN (self->taken, removed);
  take_lines (self);
}

static void
run_cb (PnClientSlot *slot, GParamSpec *pspec, Following *self)
{
  PnClientRun *run = pn_client_slot_get_run (slot);
  Source *source;

  if (run == NULL)
    return;
  for (guint i = 0; i < self->sources->len; i++)
    if (((Source *) self->sources->pdata[i])->run == run)
      return;
  source = g_new0 (Source, 1);
  source->following = self;
  source->run = g_object_ref (run);
  source->log = g_object_ref (pn_client_run_get_log (run));
  source->label = g_strdup (pn_client_slot_get_label (slot));
  g_ptr_array_add (self->sources, source);
  g_signal_connect_swapped (source->log, "items-changed", G_CALLBACK (log_changed_cb), source);
  take_lines (source);
}

static void
unfollow (gpointer slot, gpointer self)
{
  g_signal_handlers_disconnect_by_data (slot, self);
}

static void
slots_changed_cb (Following *self)
{
  guint n = g_list_model_get_n_items (self->slots);

  g_ptr_array_foreach (self->followed, unfollow, self);
  g_ptr_array_set_size (self->followed, 0);
  for (guint i = 0; i < n; i++)
    {
      PnClientSlot *slot = g_list_model_get_item (self->slots, i);

      g_ptr_array_add (self->followed, slot);
      g_signal_connect (slot, "notify::run", G_CALLBACK (run_cb), self);
      run_cb (slot, NULL, self);
    }
}

static void
following_free (Following *self)
{
  g_ptr_array_foreach (self->followed, unfollow, self);
  g_ptr_array_unref (self->followed);
  g_ptr_array_unref (self->sources);
  g_signal_handlers_disconnect_by_data (self->slots, self);
  g_object_unref (self->slots);
  g_free (self);
}

GListModel *
pn_station_log_new (PnClient *client)
{
  GListStore *lines = g_list_store_new (PN_TYPE_LOG_LINE);
  Following *self = g_new0 (Following, 1);

  self->lines = lines;
  self->slots = g_object_ref (pn_client_get_slots (client));
  self->followed = g_ptr_array_new_with_free_func (g_object_unref);
  self->sources = g_ptr_array_new_with_free_func ((GDestroyNotify) source_free);
  g_object_set_data_full (G_OBJECT (lines), "pn-following", self, (GDestroyNotify) following_free);
  g_signal_connect_swapped (self->slots, "items-changed", G_CALLBACK (slots_changed_cb), self);
  slots_changed_cb (self);
  return G_LIST_MODEL (lines);
}
