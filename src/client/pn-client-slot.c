/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-card-state.h"
#include "pn-done-policy.h"
#include "pn-client-private.h"

struct _PnClientSlot
{
  GObject parent_instance;
  PnDbusSlot *proxy;
  PnClientRun *run;
  PnCardState state;
  gint64 left;    /* when it left the bus, monotonic µs */
  guint timer;    /* looks again when nothing has happened for long enough */
  gint64 look_at; /* when that is */
};

typedef enum
{
  PROP_RUN = 1,
  PROP_STATE,
  PROP_LABEL,
  PROP_NAME, /* from here on as the proxy has them */
  PROP_KIND,
  PROP_USED,
  PROP_PRESENT,
  PROP_FAILURES,
  PROP_SERIAL,
  N_PROPS
} PnClientSlotProperty;
static GParamSpec *properties[N_PROPS];
G_DEFINE_FINAL_TYPE (PnClientSlot, pn_client_slot, G_TYPE_OBJECT)

/* What became of a device that had passed before. */
static gboolean
has_done (PnClientRun *run, PnDonePolicy policy)
{
  return g_strcmp0 (pn_client_run_get_evidence (run, PN_DONE_EVIDENCE),
                    pn_done_policy_to_word (policy)) == 0;
}

static PnCardState
derive (PnClientSlot *self, gint64 now, gint64 *change)
{
  PnCardFacts facts = {
    .slot_state = pn_dbus_slot_get_state (self->proxy),
    .present = pn_client_slot_get_present (self),
    .absent = now - self->left,
    .has_run = self->run != NULL,
  };

  if (self->run != NULL)
    {
      guint64 total = pn_client_run_get_total (self->run);

      facts.verdict = pn_client_run_get_verdict (self->run);
      facts.condition = pn_client_run_get_condition (self->run);
      facts.done_before = has_done (self->run, PN_DONE_ASK);
      facts.skipped = has_done (self->run, PN_DONE_SKIP);
      facts.phase = pn_client_run_get_phase (self->run);
      facts.do_not_disconnect = pn_client_run_get_do_not_disconnect (self->run);
      facts.instructed = pn_client_run_get_instruction (self->run)[0] != '\0';
      facts.all_sent = total > 0 && pn_client_run_get_done (self->run) >= total;
      facts.still = now - pn_client_run_get_last_move (self->run);
    }
  return pn_card_state_derive (&facts, change);
}

static void look (PnClientSlot *self);

static gboolean
timer_cb (gpointer user_data)
{
  PnClientSlot *self = user_data;

  self->timer = 0;
  look (self);
  return G_SOURCE_REMOVE;
}

/* A timer that comes too early looks and waits again: so it is not set anew at each movement. */
static void
wait (PnClientSlot *self, gint64 now, gint64 change)
{
  if (change < 0)
    {
      g_clear_handle_id (&self->timer, g_source_remove);
      return;
    }
  if (self->timer != 0 && self->look_at <= now + change)
    return;
  g_clear_handle_id (&self->timer, g_source_remove);
  self->look_at = now + change;
  self->timer = g_timeout_add ((guint) (change / 1000) + 1, timer_cb, self);
}

static void
look (PnClientSlot *self)
{
  gint64 now = g_get_monotonic_time ();
  gint64 change;
  PnCardState state = derive (self, now, &change);

  wait (self, now, change);
  if (state == self->state)
    return;
  self->state = state;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
}

static void
run_changed_cb (PnClientRun *run, PnClientSlot *self)
{
  look (self);
}

static void
proxy_notify_cb (GObject *proxy, GParamSpec *pspec, PnClientSlot *self)
{
  if (g_str_equal (pspec->name, "present") && !pn_client_slot_get_present (self))
    self->left = g_get_monotonic_time ();
  /* Of the same name there, but of another kind: ours follow. */
  if (!g_str_equal (pspec->name, "state") && !g_str_equal (pspec->name, "run"))
    pn_client_forward_notify_cb (proxy, pspec, G_OBJECT (self));
  look (self);
}

static void
pn_client_slot_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PnClientSlot *self = PN_CLIENT_SLOT (object);

  switch ((PnClientSlotProperty) prop_id)
    {
    case PROP_RUN:
      g_value_set_object (value, self->run);
      break;
    case PROP_STATE:
      g_value_set_enum (value, (int) self->state);
      break;
    case PROP_LABEL:
      g_value_set_string (value, pn_client_slot_get_label (self));
      break;
    case PROP_NAME:
    case PROP_KIND:
    case PROP_USED:
    case PROP_PRESENT:
    case PROP_FAILURES:
    case PROP_SERIAL:
      pn_client_get_proxy_property (self->proxy, pspec, value);
      break;
    case N_PROPS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
pn_client_slot_dispose (GObject *object)
{
  PnClientSlot *self = PN_CLIENT_SLOT (object);

  g_clear_handle_id (&self->timer, g_source_remove);
  g_clear_object (&self->run);
  g_clear_object (&self->proxy);
  G_OBJECT_CLASS (pn_client_slot_parent_class)->dispose (object);
}

static void
pn_client_slot_class_init (PnClientSlotClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;
  const PnClientPlain plain[] = {
    { PROP_LABEL, "label", G_TYPE_STRING },      { PROP_NAME, "name", G_TYPE_STRING },
    { PROP_KIND, "kind", G_TYPE_STRING },        { PROP_USED, "used", G_TYPE_BOOLEAN },
    { PROP_PRESENT, "present", G_TYPE_BOOLEAN }, { PROP_FAILURES, "failures", G_TYPE_UINT },
    { PROP_SERIAL, "serial", G_TYPE_STRING },
  };

  object_class->get_property = pn_client_slot_get_property;
  object_class->dispose = pn_client_slot_dispose;
  properties[PROP_RUN] = g_param_spec_object ("run", NULL, NULL, PN_TYPE_CLIENT_RUN, flags);
  properties[PROP_STATE] =
      g_param_spec_enum ("state", NULL, NULL, PN_TYPE_CARD_STATE, PN_CARD_EMPTY, flags);
  pn_client_make_properties (plain, G_N_ELEMENTS (plain), properties);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
pn_client_slot_init (PnClientSlot *self)
{
}

PnClientSlot *
pn_client_slot_new (PnDbusSlot *proxy)
{
  PnClientSlot *self = g_object_new (PN_TYPE_CLIENT_SLOT, NULL);

  self->proxy = g_object_ref (proxy);
  self->left = g_get_monotonic_time ();
  g_signal_connect_object (proxy, "notify", G_CALLBACK (proxy_notify_cb), self, 0);
  look (self);
  return self;
}

const char *
pn_client_slot_get_run_path (PnClientSlot *self)
{
  const char *path = pn_dbus_slot_get_run (self->proxy);

  return path != NULL ? path : "/";
}

void
pn_client_slot_set_run (PnClientSlot *self, PnClientRun *run)
{
  if (self->run == run)
    return;
  if (self->run != NULL)
    g_signal_handlers_disconnect_by_data (self->run, self);
  g_set_object (&self->run, run);
  if (run != NULL)
    g_signal_connect_object (run, "changed", G_CALLBACK (run_changed_cb), self, 0);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RUN]);
  look (self);
}

const char *
pn_client_slot_get_name (PnClientSlot *self)
{
  return pn_client_text (pn_dbus_slot_get_name (self->proxy));
}

const char *
pn_client_slot_get_label (PnClientSlot *self)
{
  const char *label = pn_client_text (pn_dbus_slot_get_label (self->proxy));

  return label[0] != '\0' ? label : pn_client_slot_get_name (self);
}

gboolean
pn_client_slot_is_virtual (PnClientSlot *self)
{
  return g_strcmp0 (pn_dbus_slot_get_kind (self->proxy), "virtual") == 0;
}

gboolean
pn_client_slot_get_used (PnClientSlot *self)
{
  return pn_dbus_slot_get_used (self->proxy);
}

gboolean
pn_client_slot_get_present (PnClientSlot *self)
{
  return pn_dbus_slot_get_present (self->proxy);
}

/* The boot ROM says half of it; the run knows the whole. A slot that only waits is not about the
 * device that it had last. */
const char *
pn_client_slot_get_serial (PnClientSlot *self)
{
  const char *now = pn_client_text (pn_dbus_slot_get_serial (self->proxy));
  const char *whole = self->run != NULL ? pn_client_run_get_serial (self->run) : "";
  gboolean waits = self->state == PN_CARD_EMPTY || self->state == PN_CARD_FOUND ||
                   self->state == PN_CARD_HELD || self->state == PN_CARD_READY;

  if (now[0] == '\0')
    return waits ? "" : whole;
  return g_str_has_suffix (whole, now) ? whole : now;
}

guint
pn_client_slot_get_failures (PnClientSlot *self)
{
  return pn_dbus_slot_get_failures (self->proxy);
}

PnClientRun *
pn_client_slot_get_run (PnClientSlot *self)
{
  return self->run;
}

PnCardState
pn_client_slot_get_state (PnClientSlot *self)
{
  return self->state;
}

void
pn_client_slot_configure_async (PnClientSlot *self,
                                const char *label,
                                gboolean used,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  GVariantBuilder options;

  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "used", g_variant_new_boolean (used));
  if (label != NULL)
    g_variant_builder_add (&options, "{sv}", "label", g_variant_new_string (label));
  pn_client_call (self, self->proxy, "Configure", g_variant_new ("(a{sv})", &options), G_MAXINT,
                  NULL, cancellable, callback, user_data);
}

void
pn_client_slot_start_async (PnClientSlot *self,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  pn_client_call (self, self->proxy, "Start", g_variant_new ("(a{sv})", NULL), G_MAXINT, NULL,
                  cancellable, callback, user_data);
}

void
pn_client_slot_use_again_async (PnClientSlot *self,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  pn_client_call (self, self->proxy, "UseAgain", g_variant_new ("(a{sv})", NULL), G_MAXINT, NULL,
                  cancellable, callback, user_data);
}

void
pn_client_slot_remove_async (PnClientSlot *self,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  pn_client_call (self, self->proxy, "Remove", g_variant_new ("(a{sv})", NULL), G_MAXINT, NULL,
                  cancellable, callback, user_data);
}

gboolean
pn_client_slot_call_finish (PnClientSlot *self, GAsyncResult *result, GError **error)
{
  return pn_client_call_done (self, result, error);
}
