/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-slot-list.h"

#include <gtk/gtk.h>

#include "pn-attention.h"
#include "pn-evidence.h"

struct _PnSlotList
{
  GObject parent_instance;
  GListModel *slots;
  GPtrArray *followed; /* PnClientSlot, as in slots */
  GtkFilter *used_filter, *unused_filter, *shown_filter;
  GtkSorter *sorter;
  GtkFilterListModel *used, *unused;
  GtkSortListModel *shown;
  PnCardGroup group;
  char *search; /* folded; NULL = everything */
  gboolean needs_you_first;
  guint counts[PN_N_CARD_GROUPS];
};

static guint counts_changed_signal, slot_changed_signal;

G_DEFINE_FINAL_TYPE (PnSlotList, pn_slot_list, G_TYPE_OBJECT)

/* ---- choosing and ordering ---- */

static gboolean
is_used (gpointer slot, gpointer user_data)
{
  return pn_client_slot_get_state (slot) != PN_CARD_UNUSED;
}

static gboolean
is_unused (gpointer slot, gpointer user_data)
{
  return !is_used (slot, user_data);
}

static gboolean
contains (const char *text, const char *folded)
{
  g_autofree char *fold = text != NULL ? g_utf8_casefold (text, -1) : NULL;

  return fold != NULL && g_strstr_len (fold, -1, folded) != NULL;
}

static gboolean
is_found (PnSlotList *self, PnClientSlot *slot)
{
  PnClientRun *run = pn_client_slot_get_run (slot);

  if (self->search == NULL || contains (pn_client_slot_get_label (slot), self->search) ||
      contains (pn_client_slot_get_name (slot), self->search))
    return TRUE;
  return run != NULL && (contains (pn_client_run_get_serial (run), self->search) ||
                         contains (pn_evidence_get (run, PN_EVIDENCE_ETHERNET), self->search) ||
                         contains (pn_evidence_get (run, PN_EVIDENCE_DUID), self->search));
}

static gboolean
is_shown (gpointer slot, gpointer user_data)
{
  PnSlotList *self = user_data;
  PnCardGroup group = pn_card_look (pn_client_slot_get_state (slot))->group;

  return (self->group == PN_CARD_GROUP_ALL || self->group == group) && is_found (self, slot);
}

/* The less, the sooner somebody should come. */
static int
get_rank (gconstpointer slot)
{
  PnCardState state = pn_client_slot_get_state ((PnClientSlot *) slot);

  if (pn_card_state_wants_person (state))
    return 0;
  if (state == PN_CARD_PASSED || state == PN_CARD_READY || state == PN_CARD_STALLED)
    return 1; /* to be unplugged, started, looked at */
  return state == PN_CARD_EMPTY ? 3 : 2;
}

/* Slot order is that of the client's list. */
static int
compare (gconstpointer a, gconstpointer b, gpointer user_data)
{
  PnSlotList *self = user_data;
  int difference = self->needs_you_first ? get_rank (a) - get_rank (b) : 0;
  guint position_a = 0, position_b = 0;

  if (difference != 0)
    return difference;
  (void) g_ptr_array_find (self->followed, a, &position_a);
  (void) g_ptr_array_find (self->followed, b, &position_b);
  return (int) position_a - (int) position_b;
}

static void
choose_again (PnSlotList *self)
{
  gtk_filter_changed (self->shown_filter, GTK_FILTER_CHANGE_DIFFERENT);
  gtk_sorter_changed (self->sorter, GTK_SORTER_CHANGE_DIFFERENT);
}

/* ---- following ---- */

static void
count (PnSlotList *self)
{
  guint counts[PN_N_CARD_GROUPS] = { 0 };

  for (guint i = 0; i < self->followed->len; i++)
    {
      PnCardState state = pn_client_slot_get_state (self->followed->pdata[i]);

      if (state == PN_CARD_UNUSED)
        continue;
      counts[PN_CARD_GROUP_ALL]++;
      if (pn_card_look (state)->group != PN_CARD_GROUP_ALL)
        counts[pn_card_look (state)->group]++;
    }
  for (guint i = 0; i < PN_N_CARD_GROUPS; i++)
    if (counts[i] != self->counts[i])
      {
        for (guint j = 0; j < PN_N_CARD_GROUPS; j++)
          self->counts[j] = counts[j];
        g_signal_emit (self, counts_changed_signal, 0);
        return;
      }
}

static void
state_cb (PnClientSlot *slot, GParamSpec *pspec, PnSlotList *self)
{
  gtk_filter_changed (self->used_filter, GTK_FILTER_CHANGE_DIFFERENT);
  gtk_filter_changed (self->unused_filter, GTK_FILTER_CHANGE_DIFFERENT);
  choose_again (self);
  count (self);
  g_signal_emit (self, slot_changed_signal, 0, slot);
}

static void
unfollow (PnSlotList *self)
{
  for (guint i = 0; i < self->followed->len; i++)
    g_signal_handlers_disconnect_by_data (self->followed->pdata[i], self);
  g_ptr_array_set_size (self->followed, 0);
}

/* Slots are few: all are looked at again. */
static void
slots_changed_cb (PnSlotList *self)
{
  guint n = self->slots != NULL ? g_list_model_get_n_items (self->slots) : 0;

  unfollow (self);
  for (guint i = 0; i < n; i++)
    {
      PnClientSlot *slot = g_list_model_get_item (self->slots, i);

      g_signal_connect (slot, "notify::state", G_CALLBACK (state_cb), self);
      g_ptr_array_add (self->followed, slot);
    }
  count (self);
}

void
pn_slot_list_set_slots (PnSlotList *self, GListModel *slots)
{
  if (self->slots == slots)
    return;
  if (self->slots != NULL)
    g_signal_handlers_disconnect_by_data (self->slots, self);
  g_set_object (&self->slots, slots);
  if (slots != NULL)
    g_signal_connect_swapped (slots, "items-changed", G_CALLBACK (slots_changed_cb), self);
  slots_changed_cb (self);
  gtk_filter_list_model_set_model (self->used, slots);
  gtk_filter_list_model_set_model (self->unused, slots);
}

void
pn_slot_list_set_group (PnSlotList *self, PnCardGroup group)
{
  if (self->group == group)
    return;
  self->group = group;
  choose_again (self);
}

PnCardGroup
pn_slot_list_get_group (PnSlotList *self)
{
  return self->group;
}

void
pn_slot_list_set_search (PnSlotList *self, const char *text)
{
  g_autofree char *stripped = text != NULL ? g_strstrip (g_strdup (text)) : g_strdup ("");

  g_clear_pointer (&self->search, g_free);
  if (stripped[0] != '\0')
    self->search = g_utf8_casefold (stripped, -1);
  choose_again (self);
}

void
pn_slot_list_set_needs_you_first (PnSlotList *self, gboolean first)
{
  if (self->needs_you_first == first)
    return;
  self->needs_you_first = first;
  choose_again (self);
}

GListModel *
pn_slot_list_get_shown (PnSlotList *self)
{
  return G_LIST_MODEL (self->shown);
}

GListModel *
pn_slot_list_get_unused (PnSlotList *self)
{
  return G_LIST_MODEL (self->unused);
}

guint
pn_slot_list_get_count (PnSlotList *self, PnCardGroup group)
{
  return self->counts[group];
}

PnClientSlot *
pn_slot_list_get_nth (PnSlotList *self, guint n)
{
  return g_list_model_get_item (G_LIST_MODEL (self->used), n);
}

/* ---- the object ---- */

static void
pn_slot_list_dispose (GObject *object)
{
  PnSlotList *self = PN_SLOT_LIST (object);

  if (self->slots != NULL)
    g_signal_handlers_disconnect_by_data (self->slots, self);
  g_clear_object (&self->slots);
  unfollow (self);
  g_clear_object (&self->shown);
  g_clear_object (&self->used);
  g_clear_object (&self->unused);
  g_clear_object (&self->used_filter);
  g_clear_object (&self->unused_filter);
  g_clear_object (&self->shown_filter);
  g_clear_object (&self->sorter);
  G_OBJECT_CLASS (pn_slot_list_parent_class)->dispose (object);
}

static void
pn_slot_list_finalize (GObject *object)
{
  PnSlotList *self = PN_SLOT_LIST (object);

  g_ptr_array_unref (self->followed);
  g_free (self->search);
  G_OBJECT_CLASS (pn_slot_list_parent_class)->finalize (object);
}

static void
pn_slot_list_class_init (PnSlotListClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = pn_slot_list_dispose;
  object_class->finalize = pn_slot_list_finalize;
  counts_changed_signal = g_signal_new ("counts-changed", PN_TYPE_SLOT_LIST, G_SIGNAL_RUN_LAST, 0,
                                        NULL, NULL, NULL, G_TYPE_NONE, 0);
  slot_changed_signal = g_signal_new ("slot-changed", PN_TYPE_SLOT_LIST, G_SIGNAL_RUN_LAST, 0, NULL,
                                      NULL, NULL, G_TYPE_NONE, 1, PN_TYPE_CLIENT_SLOT);
}

static void
pn_slot_list_init (PnSlotList *self)
{
  self->followed = g_ptr_array_new_with_free_func (g_object_unref);
  self->used_filter = GTK_FILTER (gtk_custom_filter_new (is_used, self, NULL));
  self->unused_filter = GTK_FILTER (gtk_custom_filter_new (is_unused, self, NULL));
  self->shown_filter = GTK_FILTER (gtk_custom_filter_new (is_shown, self, NULL));
  self->sorter = GTK_SORTER (gtk_custom_sorter_new (compare, self, NULL));
  self->used = gtk_filter_list_model_new (NULL, g_object_ref (self->used_filter));
  self->unused = gtk_filter_list_model_new (NULL, g_object_ref (self->unused_filter));
  self->shown = gtk_sort_list_model_new (
      G_LIST_MODEL (gtk_filter_list_model_new (g_object_ref (G_LIST_MODEL (self->used)),
                                               g_object_ref (self->shown_filter))),
      g_object_ref (self->sorter));
}

PnSlotList *
pn_slot_list_new (void)
{
  return g_object_new (PN_TYPE_SLOT_LIST, NULL);
}
