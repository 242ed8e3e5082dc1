/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-attention.h"

struct _PnAttention
{
  GObject parent_instance;
  GListModel *slots, *batches;
  GHashTable *states; /* PnClientSlot → what it was last */
  GHashTable *passed; /* PnClientBatch → how many had passed */
  guint count;
};

enum
{
  PROP_COUNT = 1,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];
static guint ended_signal, complete_signal, resting_signal;

G_DEFINE_FINAL_TYPE (PnAttention, pn_attention, G_TYPE_OBJECT)

gboolean
pn_card_state_wants_person (PnCardState state)
{
  return state == PN_CARD_DECISION || state == PN_CARD_RESTING || state == PN_CARD_REFUSED ||
         state == PN_CARD_DONE_BEFORE || state == PN_CARD_FAILED_RETRY ||
         state == PN_CARD_FAILED_UNKNOWN || state == PN_CARD_SET_ASIDE || state == PN_CARD_LOST;
}

static void
recount (PnAttention *self)
{
  GHashTableIter iter;
  gpointer state;
  guint count = 0;

  g_hash_table_iter_init (&iter, self->states);
  while (g_hash_table_iter_next (&iter, NULL, &state))
    count += pn_card_state_wants_person (GPOINTER_TO_UINT (state));
  if (self->count == count)
    return;
  self->count = count;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_COUNT]);
}

static void
state_cb (PnClientSlot *slot, GParamSpec *pspec, PnAttention *self)
{
  PnCardState before = GPOINTER_TO_UINT (g_hash_table_lookup (self->states, slot));
  PnCardState state = pn_client_slot_get_state (slot);

  g_hash_table_insert (self->states, g_object_ref (slot), GUINT_TO_POINTER (state));
  if (pn_card_state_wants_person (state) || state == PN_CARD_PASSED)
    g_signal_emit (self, ended_signal, 0, slot, state);
  recount (self);
  if ((before == PN_CARD_RESTING) != (state == PN_CARD_RESTING))
    g_signal_emit (self, resting_signal, 0);
}

static void
forget (gpointer slot, gpointer state, gpointer user_data)
{
  g_signal_handlers_disconnect_by_data (slot, user_data);
}

/* Slots are few: all are looked at again. */
static void
slots_changed_cb (PnAttention *self)
{
  guint n = self->slots != NULL ? g_list_model_get_n_items (self->slots) : 0;

  g_hash_table_foreach (self->states, forget, self);
  g_hash_table_remove_all (self->states);
  for (guint i = 0; i < n; i++)
    {
      PnClientSlot *slot = g_list_model_get_item (self->slots, i);

      g_signal_connect (slot, "notify::state", G_CALLBACK (state_cb), self);
      g_hash_table_insert (self->states, slot, GUINT_TO_POINTER (pn_client_slot_get_state (slot)));
    }
  recount (self);
  g_signal_emit (self, resting_signal, 0);
}

static void
passed_cb (PnClientBatch *batch, GParamSpec *pspec, PnAttention *self)
{
  guint before = GPOINTER_TO_UINT (g_hash_table_lookup (self->passed, batch));
  guint now = pn_client_batch_get_passed (batch);
  guint count = pn_client_batch_get_count (batch);

  g_hash_table_insert (self->passed, g_object_ref (batch), GUINT_TO_POINTER (now));
  if (count > 0 && before < count && now >= count)
    g_signal_emit (self, complete_signal, 0, batch);
}

static void
batches_changed_cb (PnAttention *self)
{
  guint n = self->batches != NULL ? g_list_model_get_n_items (self->batches) : 0;

  g_hash_table_foreach (self->passed, forget, self);
  g_hash_table_remove_all (self->passed);
  for (guint i = 0; i < n; i++)
    {
      PnClientBatch *batch = g_list_model_get_item (self->batches, i);

      g_signal_connect (batch, "notify::passed", G_CALLBACK (passed_cb), self);
      g_hash_table_insert (self->passed, batch,
                           GUINT_TO_POINTER (pn_client_batch_get_passed (batch)));
    }
}

static void
pn_attention_dispose (GObject *object)
{
  PnAttention *self = PN_ATTENTION (object);

  pn_attention_set_client (self, NULL);
  G_OBJECT_CLASS (pn_attention_parent_class)->dispose (object);
}

static void
pn_attention_finalize (GObject *object)
{
  g_hash_table_unref (PN_ATTENTION (object)->states);
  g_hash_table_unref (PN_ATTENTION (object)->passed);
  G_OBJECT_CLASS (pn_attention_parent_class)->finalize (object);
}

static void
pn_attention_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  if (prop_id == PROP_COUNT)
    g_value_set_uint (value, PN_ATTENTION (object)->count);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
pn_attention_class_init (PnAttentionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = pn_attention_dispose;
  object_class->finalize = pn_attention_finalize;
  object_class->get_property = pn_attention_get_property;
  properties[PROP_COUNT] =
      g_param_spec_uint ("count", NULL, NULL, 0, G_MAXUINT, 0,
                         G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  ended_signal = g_signal_new ("ended", PN_TYPE_ATTENTION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                               G_TYPE_NONE, 2, PN_TYPE_CLIENT_SLOT, PN_TYPE_CARD_STATE);
  resting_signal = g_signal_new ("resting-changed", PN_TYPE_ATTENTION, G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 0);
  complete_signal = g_signal_new ("complete", PN_TYPE_ATTENTION, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 1, PN_TYPE_CLIENT_BATCH);
}

static void
pn_attention_init (PnAttention *self)
{
  self->states = g_hash_table_new_full (NULL, NULL, g_object_unref, NULL);
  self->passed = g_hash_table_new_full (NULL, NULL, g_object_unref, NULL);
}

PnAttention *
pn_attention_new (void)
{
  return g_object_new (PN_TYPE_ATTENTION, NULL);
}

static void
follow (PnAttention *self, GListModel **list, GListModel *next, void (*changed) (PnAttention *))
{
  if (*list != NULL)
    g_signal_handlers_disconnect_by_data (*list, self);
  g_set_object (list, next);
  if (next != NULL)
    g_signal_connect_swapped (next, "items-changed", G_CALLBACK (changed), self);
  changed (self);
}

void
pn_attention_set_client (PnAttention *self, PnClient *client)
{
  follow (self, &self->slots, client != NULL ? pn_client_get_slots (client) : NULL,
          slots_changed_cb);
  follow (self, &self->batches, client != NULL ? pn_client_get_batches (client) : NULL,
          batches_changed_cb);
}

guint
pn_attention_get_count (PnAttention *self)
{
  return self->count;
}
