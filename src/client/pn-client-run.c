/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run says at once what a person should know at once, and lets progress wait for a beat that all
 * runs share: so that many cards change in one frame, and no more often than eyes can follow. The
 * beat goes on only while a run has something to say. */
#include "config.h"

#include "pn-client-private.h"
#include "pn-progress.h"

#define BEAT_MS 250

struct _PnClientRun
{
  GObject parent_instance;
  PnDbusRun *proxy;
  PnMode mode;
  PnProgress progress;
  guint64 done, total; /* as last notified */
  gint64 last_move;
  gboolean beating;
  GVariant *no_phases, *no_evidence;
  GHashTable *sentences; /* in our language, by what the helper says */
  GListModel *log;
};

typedef enum
{
  PROP_PATH = 1,
  PROP_FRACTION,
  PROP_TOTAL_FRACTION,
  PROP_RATE,
  PROP_SECONDS_LEFT,
  PROP_DONE,
  PROP_TOTAL,
  PROP_PHASE,
  PROP_VERDICT,
  PROP_CONDITION,
  PROP_EVIDENCE,
  PROP_PHASES,
  PROP_STARTED, /* from here on as the proxy has them */
  PROP_ENDED,
  PROP_PERMANENT,
  PROP_DO_NOT_DISCONNECT,
  PROP_INSTRUCTION,
  PROP_SERIAL,
  PROP_MESSAGE,
  PROP_ADVICE,
  PROP_ATTEMPT,
  PROP_RECORD,
  PROP_BATCH,
  N_PROPS
} PnClientRunProperty;
static GParamSpec *properties[N_PROPS];
static guint changed_signal;
G_DEFINE_FINAL_TYPE (PnClientRun, pn_client_run, G_TYPE_OBJECT)

/* The runs that wait for the beat; each is held. */
static GPtrArray *waiting;

static void
notify_if (PnClientRun *self, PnClientRunProperty property, gboolean changed)
{
  if (changed)
    g_object_notify_by_pspec (G_OBJECT (self), properties[property]);
}

static void
tell (PnClientRun *self)
{
  PnProgress before = self->progress;
  guint64 done = pn_client_run_get_done (self);
  guint64 total = pn_client_run_get_total (self);

  pn_progress_update (&self->progress, g_get_monotonic_time (), self->mode,
                      pn_client_run_get_verdict (self), pn_client_run_get_phase (self), done,
                      total);
  g_object_freeze_notify (G_OBJECT (self));
  notify_if (self, PROP_DONE, done != self->done);
  notify_if (self, PROP_TOTAL, total != self->total);
  notify_if (self, PROP_FRACTION, before.fraction != self->progress.fraction);
  notify_if (self, PROP_TOTAL_FRACTION, before.whole != self->progress.whole);
  notify_if (self, PROP_RATE, before.rate != self->progress.rate);
  notify_if (self, PROP_SECONDS_LEFT, before.seconds_left != self->progress.seconds_left);
  self->done = done;
  self->total = total;
  g_object_thaw_notify (G_OBJECT (self));
  g_signal_emit (self, changed_signal, 0);
}

static gboolean beat_cb (gpointer user_data);

static void
wait_for_beat (PnClientRun *self)
{
  if (self->beating)
    return;
  self->beating = TRUE;
  if (waiting == NULL)
    {
      waiting = g_ptr_array_new_with_free_func (g_object_unref);
      g_timeout_add (BEAT_MS, beat_cb, NULL);
    }
  g_ptr_array_add (waiting, g_object_ref (self));
}

static gboolean
beat_cb (gpointer user_data)
{
  g_autoptr (GPtrArray) now = g_steal_pointer (&waiting);

  for (guint i = 0; i < now->len; i++)
    {
      PnClientRun *self = now->pdata[i];

      self->beating = FALSE;
      tell (self);
      /* A rate has to be seen falling, too. */
      if (self->progress.rate > 0)
        wait_for_beat (self);
    }
  return G_SOURCE_REMOVE;
}

static void
proxy_notify_cb (GObject *proxy, GParamSpec *pspec, PnClientRun *self)
{
  self->last_move = g_get_monotonic_time ();
  if (g_str_equal (pspec->name, "done") || g_str_equal (pspec->name, "total"))
    {
      wait_for_beat (self);
      return;
    }
  pn_client_forward_notify_cb (proxy, pspec, G_OBJECT (self));
  tell (self);
}

static void
pn_client_run_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PnClientRun *self = PN_CLIENT_RUN (object);

  switch ((PnClientRunProperty) prop_id)
    {
    case PROP_PATH:
      g_value_set_string (value, pn_client_run_get_path (self));
      break;
    case PROP_FRACTION:
      g_value_set_double (value, self->progress.fraction);
      break;
    case PROP_TOTAL_FRACTION:
      g_value_set_double (value, self->progress.whole);
      break;
    case PROP_RATE:
      g_value_set_double (value, self->progress.rate);
      break;
    case PROP_SECONDS_LEFT:
      g_value_set_int (value, self->progress.seconds_left);
      break;
    case PROP_PHASE:
      g_value_set_uint (value, pn_client_run_get_phase (self));
      break;
    case PROP_VERDICT:
      g_value_set_uint (value, pn_client_run_get_verdict (self));
      break;
    case PROP_CONDITION:
      g_value_set_uint (value, pn_client_run_get_condition (self));
      break;
    case PROP_EVIDENCE:
      g_value_set_variant (value, pn_client_run_get_all_evidence (self));
      break;
    case PROP_PHASES:
      g_value_set_variant (value, pn_client_run_get_phases (self));
      break;
    case PROP_INSTRUCTION:
      g_value_set_string (value, pn_client_run_get_instruction (self));
      break;
    case PROP_MESSAGE:
      g_value_set_string (value, pn_client_run_get_message (self));
      break;
    case PROP_ADVICE:
      g_value_set_string (value, pn_client_run_get_advice (self));
      break;
    case PROP_DONE:
    case PROP_TOTAL:
    case PROP_STARTED:
    case PROP_ENDED:
    case PROP_PERMANENT:
    case PROP_DO_NOT_DISCONNECT:
    case PROP_SERIAL:
    case PROP_ATTEMPT:
    case PROP_RECORD:
    case PROP_BATCH:
      pn_client_get_proxy_property (self->proxy, pspec, value);
      break;
    case N_PROPS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
pn_client_run_dispose (GObject *object)
{
  PnClientRun *self = PN_CLIENT_RUN (object);

  g_clear_object (&self->log);
  g_clear_object (&self->proxy);
  G_OBJECT_CLASS (pn_client_run_parent_class)->dispose (object);
}

static void
pn_client_run_finalize (GObject *object)
{
  PnClientRun *self = PN_CLIENT_RUN (object);

  g_variant_unref (self->no_phases);
  g_variant_unref (self->no_evidence);
  g_hash_table_unref (self->sentences);
  G_OBJECT_CLASS (pn_client_run_parent_class)->finalize (object);
}

static void
pn_client_run_class_init (PnClientRunClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;
  const PnClientPlain plain[] = {
    { PROP_PATH, "path", G_TYPE_STRING },
    { PROP_INSTRUCTION, "instruction", G_TYPE_STRING },
    { PROP_SERIAL, "serial", G_TYPE_STRING },
    { PROP_MESSAGE, "message", G_TYPE_STRING },
    { PROP_ADVICE, "advice", G_TYPE_STRING },
    { PROP_BATCH, "batch", G_TYPE_STRING },
    { PROP_DONE, "done", G_TYPE_UINT64 },
    { PROP_TOTAL, "total", G_TYPE_UINT64 },
    { PROP_STARTED, "started", G_TYPE_INT64 },
    { PROP_ENDED, "ended", G_TYPE_INT64 },
    { PROP_RECORD, "record", G_TYPE_INT64 },
    { PROP_PERMANENT, "permanent", G_TYPE_BOOLEAN },
    { PROP_DO_NOT_DISCONNECT, "do-not-disconnect", G_TYPE_BOOLEAN },
    { PROP_ATTEMPT, "attempt", G_TYPE_UINT },
  };

  object_class->get_property = pn_client_run_get_property;
  object_class->dispose = pn_client_run_dispose;
  object_class->finalize = pn_client_run_finalize;
  pn_client_make_properties (plain, G_N_ELEMENTS (plain), properties);
  properties[PROP_FRACTION] = g_param_spec_double ("fraction", NULL, NULL, -1, 1, -1, flags);
  properties[PROP_TOTAL_FRACTION] =
      g_param_spec_double ("total-fraction", NULL, NULL, 0, 1, 0, flags);
  properties[PROP_RATE] = g_param_spec_double ("rate", NULL, NULL, 0, G_MAXDOUBLE, 0, flags);
  properties[PROP_SECONDS_LEFT] =
      g_param_spec_int ("seconds-left", NULL, NULL, -1, G_MAXINT, -1, flags);
  properties[PROP_PHASE] = g_param_spec_uint ("phase", NULL, NULL, 0, PN_PHASE_RECORD, 0, flags);
  properties[PROP_VERDICT] =
      g_param_spec_uint ("verdict", NULL, NULL, 0, PN_VERDICT_SET_ASIDE, 0, flags);
  properties[PROP_CONDITION] =
      g_param_spec_uint ("condition", NULL, NULL, 0, PN_CONDITION_DONE, 0, flags);
  properties[PROP_EVIDENCE] =
      g_param_spec_variant ("evidence", NULL, NULL, G_VARIANT_TYPE ("a{ss}"), NULL, flags);
  properties[PROP_PHASES] =
      g_param_spec_variant ("phases", NULL, NULL, G_VARIANT_TYPE ("a(sxx)"), NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  changed_signal = g_signal_new ("changed", PN_TYPE_CLIENT_RUN, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 0);
}

static void
pn_client_run_init (PnClientRun *self)
{
  self->no_phases = g_variant_ref_sink (g_variant_new_array (G_VARIANT_TYPE ("(sxx)"), NULL, 0));
  self->no_evidence = g_variant_ref_sink (g_variant_new_array (G_VARIANT_TYPE ("{ss}"), NULL, 0));
  self->sentences = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

PnClientRun *
pn_client_run_new (PnDbusRun *proxy)
{
  PnClientRun *self = g_object_new (PN_TYPE_CLIENT_RUN, NULL);

  self->proxy = g_object_ref (proxy);
  self->last_move = g_get_monotonic_time ();
  g_signal_connect_object (proxy, "notify", G_CALLBACK (proxy_notify_cb), self, 0);
  tell (self);
  return self;
}

void
pn_client_run_set_mode (PnClientRun *self, PnMode mode)
{
  self->mode = mode;
}

const char *
pn_client_run_get_path (PnClientRun *self)
{
  return g_dbus_proxy_get_object_path (G_DBUS_PROXY (self->proxy));
}

const char *
pn_client_run_get_batch (PnClientRun *self)
{
  return pn_client_text (pn_dbus_run_get_batch (self->proxy));
}

PnPhase
pn_client_run_get_phase (PnClientRun *self)
{
  PnPhase phase = PN_PHASE_CONNECT;

  (void) pn_phase_from_word (pn_dbus_run_get_phase (self->proxy), &phase);
  return phase;
}

double
pn_client_run_get_fraction (PnClientRun *self)
{
  return self->progress.fraction;
}

double
pn_client_run_get_total_fraction (PnClientRun *self)
{
  return self->progress.whole;
}

double
pn_client_run_get_rate (PnClientRun *self)
{
  return self->progress.rate;
}

int
pn_client_run_get_seconds_left (PnClientRun *self)
{
  return self->progress.seconds_left;
}

guint64
pn_client_run_get_done (PnClientRun *self)
{
  return pn_dbus_run_get_done (self->proxy);
}

guint64
pn_client_run_get_total (PnClientRun *self)
{
  return pn_dbus_run_get_total (self->proxy);
}

gint64
pn_client_run_get_started (PnClientRun *self)
{
  return pn_dbus_run_get_started (self->proxy);
}

gint64
pn_client_run_get_ended (PnClientRun *self)
{
  return pn_dbus_run_get_ended (self->proxy);
}

gboolean
pn_client_run_get_permanent (PnClientRun *self)
{
  return pn_dbus_run_get_permanent (self->proxy);
}

gboolean
pn_client_run_get_do_not_disconnect (PnClientRun *self)
{
  return pn_dbus_run_get_do_not_disconnect (self->proxy);
}

/* Lives as long as the run: it says few, and asks again and again. */
static const char *
in_our_language (PnClientRun *self, const char *sentence)
{
  const char *local;

  if (sentence == NULL || sentence[0] == '\0')
    return "";
  local = g_hash_table_lookup (self->sentences, sentence);
  if (local == NULL)
    {
      local = pn_sentence_to_local (sentence);
      g_hash_table_insert (self->sentences, g_strdup (sentence), (char *) local);
    }
  return local;
}

const char *
pn_client_run_get_instruction (PnClientRun *self)
{
  return in_our_language (self, pn_dbus_run_get_instruction (self->proxy));
}

const char *
pn_client_run_get_serial (PnClientRun *self)
{
  return pn_client_text (pn_dbus_run_get_serial (self->proxy));
}

PnVerdict
pn_client_run_get_verdict (PnClientRun *self)
{
  PnVerdict verdict = PN_VERDICT_RUNNING;

  (void) pn_verdict_from_word (pn_dbus_run_get_verdict (self->proxy), &verdict);
  return verdict;
}

PnCondition
pn_client_run_get_condition (PnClientRun *self)
{
  /* What is not known is not called good. */
  PnCondition condition = pn_client_run_get_verdict (self) == PN_VERDICT_RUNNING
                              ? PN_CONDITION_UNTOUCHED
                              : PN_CONDITION_SET_ASIDE;

  (void) pn_condition_from_word (pn_dbus_run_get_condition (self->proxy), &condition);
  return condition;
}

const char *
pn_client_run_get_message (PnClientRun *self)
{
  return in_our_language (self, pn_dbus_run_get_message (self->proxy));
}

const char *
pn_client_run_get_advice (PnClientRun *self)
{
  return in_our_language (self, pn_dbus_run_get_advice (self->proxy));
}

guint
pn_client_run_get_attempt (PnClientRun *self)
{
  return pn_dbus_run_get_attempt (self->proxy);
}

gint64
pn_client_run_get_record (PnClientRun *self)
{
  return pn_dbus_run_get_record (self->proxy);
}

GVariant *
pn_client_run_get_phases (PnClientRun *self)
{
  GVariant *phases = pn_dbus_run_get_phases (self->proxy);

  return phases != NULL ? phases : self->no_phases;
}

GVariant *
pn_client_run_get_all_evidence (PnClientRun *self)
{
  GVariant *evidence = pn_dbus_run_get_evidence (self->proxy);

  return evidence != NULL ? evidence : self->no_evidence;
}

const char *
pn_client_run_get_evidence (PnClientRun *self, const char *key)
{
  const char *value = NULL;

  (void) g_variant_lookup (pn_client_run_get_all_evidence (self), key, "&s", &value);
  return value;
}

gint64
pn_client_run_get_last_move (PnClientRun *self)
{
  return self->last_move;
}

GListModel *
pn_client_run_get_log (PnClientRun *self)
{
  if (self->log == NULL)
    self->log = pn_client_log_new (self->proxy);
  return self->log;
}

void
pn_client_run_cancel_async (PnClientRun *self,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  pn_client_call (self, self->proxy, "Cancel", g_variant_new ("(a{sv})", NULL), G_MAXINT, NULL,
                  cancellable, callback, user_data);
}

gboolean
pn_client_run_cancel_finish (PnClientRun *self, GAsyncResult *result, GError **error)
{
  return pn_client_call_done (self, result, error);
}
