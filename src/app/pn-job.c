/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-job.h"

#include "pn-error.h"

#define SHOW_MS 250
#define RATE_US (3 * G_USEC_PER_SEC) /* the rate is that of the last seconds */

struct _PnJob
{
  GObject parent_instance;
  char *kind, *title, *subject, *message;
  PnJobState state;
  gint64 started, ended;
  GCancellable *cancellable;
  /* as shown */
  char *step;
  guint64 done, total;
  double rate;
  gint64 rate_time; /* where the rate is counted from */
  guint64 rate_done;
  /* as reported, from any thread */
  GMutex mutex;
  char *next_step;
  guint64 next_done, next_total;
  guint show; /* timer; there is something to show */
};

typedef enum
{
  PROP_TITLE = 1,
  PROP_STEP,
  PROP_DONE,
  PROP_TOTAL,
  PROP_RATE,
  PROP_FRACTION,
  PROP_STATE,
  PROP_MESSAGE,
  PROP_STARTED,
  PROP_ENDED,
  N_PROPS
} PnJobProperty;
static GParamSpec *properties[N_PROPS];

G_DEFINE_ENUM_TYPE (PnJobState,
                    pn_job_state,
                    G_DEFINE_ENUM_VALUE (PN_JOB_WAITING, "waiting"),
                    G_DEFINE_ENUM_VALUE (PN_JOB_RUNNING, "running"),
                    G_DEFINE_ENUM_VALUE (PN_JOB_SUCCEEDED, "succeeded"),
                    G_DEFINE_ENUM_VALUE (PN_JOB_FAILED, "failed"),
                    G_DEFINE_ENUM_VALUE (PN_JOB_CANCELLED, "cancelled"))
G_DEFINE_FINAL_TYPE (PnJob, pn_job, G_TYPE_OBJECT)

static void
pn_job_finalize (GObject *object)
{
  PnJob *self = PN_JOB (object);

  g_clear_handle_id (&self->show, g_source_remove);
  g_object_unref (self->cancellable);
  g_free (self->kind);
  g_free (self->title);
  g_free (self->subject);
  g_free (self->message);
  g_free (self->step);
  g_free (self->next_step);
  g_mutex_clear (&self->mutex);
  G_OBJECT_CLASS (pn_job_parent_class)->finalize (object);
}

static void
pn_job_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PnJob *self = PN_JOB (object);

  switch ((PnJobProperty) prop_id)
    {
    case PROP_TITLE:
      g_value_set_string (value, self->title);
      break;
    case PROP_STEP:
      g_value_set_string (value, self->step);
      break;
    case PROP_DONE:
      g_value_set_uint64 (value, self->done);
      break;
    case PROP_TOTAL:
      g_value_set_uint64 (value, self->total);
      break;
    case PROP_RATE:
      g_value_set_double (value, self->rate);
      break;
    case PROP_FRACTION:
      g_value_set_double (value, pn_job_get_fraction (self));
      break;
    case PROP_STATE:
      g_value_set_enum (value, (int) self->state);
      break;
    case PROP_MESSAGE:
      g_value_set_string (value, self->message);
      break;
    case PROP_STARTED:
      g_value_set_int64 (value, self->started);
      break;
    case PROP_ENDED:
      g_value_set_int64 (value, self->ended);
      break;
    case N_PROPS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
pn_job_class_init (PnJobClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->finalize = pn_job_finalize;
  object_class->get_property = pn_job_get_property;
  properties[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, NULL, flags);
  properties[PROP_STEP] = g_param_spec_string ("step", NULL, NULL, NULL, flags);
  properties[PROP_DONE] = g_param_spec_uint64 ("done", NULL, NULL, 0, G_MAXUINT64, 0, flags);
  properties[PROP_TOTAL] = g_param_spec_uint64 ("total", NULL, NULL, 0, G_MAXUINT64, 0, flags);
  properties[PROP_RATE] = g_param_spec_double ("rate", NULL, NULL, 0, G_MAXDOUBLE, 0, flags);
  properties[PROP_FRACTION] = g_param_spec_double ("fraction", NULL, NULL, -1, 1, -1, flags);
  properties[PROP_STATE] =
      g_param_spec_enum ("state", NULL, NULL, PN_TYPE_JOB_STATE, PN_JOB_WAITING, flags);
  properties[PROP_MESSAGE] = g_param_spec_string ("message", NULL, NULL, NULL, flags);
  properties[PROP_STARTED] = g_param_spec_int64 ("started", NULL, NULL, 0, G_MAXINT64, 0, flags);
  properties[PROP_ENDED] = g_param_spec_int64 ("ended", NULL, NULL, 0, G_MAXINT64, 0, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
pn_job_init (PnJob *self)
{
  g_mutex_init (&self->mutex);
  self->cancellable = g_cancellable_new ();
}

PnJob *
pn_job_new (const char *kind, const char *title)
{
  PnJob *self = g_object_new (PN_TYPE_JOB, NULL);

  self->kind = g_strdup (kind);
  self->title = g_strdup (title);
  self->step = g_strdup ("");
  return self;
}

static void
set_state (PnJob *self, PnJobState state)
{
  if (self->state == state)
    return;
  self->state = state;
  if (state == PN_JOB_RUNNING)
    {
      self->started = g_get_real_time ();
      self->rate_time = g_get_monotonic_time ();
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STARTED]);
    }
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
}

static void
count_rate (PnJob *self, gboolean same_step)
{
  gint64 now = g_get_monotonic_time ();
  gint64 passed = now - self->rate_time;

  if (!same_step || self->done < self->rate_done)
    {
      self->rate = 0;
      self->rate_time = now;
      self->rate_done = self->done;
    }
  else if (passed >= SHOW_MS * 1000)
    self->rate = (double) (self->done - self->rate_done) * G_USEC_PER_SEC / (double) passed;
  if (passed >= RATE_US)
    {
      self->rate_time = now;
      self->rate_done = self->done;
    }
}

static gboolean
show_cb (gpointer user_data)
{
  PnJob *self = user_data;
  g_autofree char *step = NULL;

  g_mutex_lock (&self->mutex);
  self->show = 0;
  step = g_steal_pointer (&self->next_step);
  self->done = self->next_done;
  self->total = self->next_total;
  g_mutex_unlock (&self->mutex);
  if (!pn_job_is_going (self))
    return G_SOURCE_REMOVE;
  set_state (self, PN_JOB_RUNNING);
  count_rate (self, step == NULL);
  g_object_freeze_notify (G_OBJECT (self));
  if (step != NULL)
    {
      g_free (self->step);
      self->step = g_steal_pointer (&step);
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STEP]);
    }
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_DONE]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TOTAL]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RATE]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FRACTION]);
  g_object_thaw_notify (G_OBJECT (self));
  return G_SOURCE_REMOVE;
}

void
pn_job_report (PnJob *self, const char *step, guint64 done, guint64 total)
{
  g_mutex_lock (&self->mutex);
  if (step != NULL)
    {
      g_free (self->next_step);
      self->next_step = g_strdup (step);
    }
  self->next_done = done;
  self->next_total = total;
  /* The source holds the job: a report may be its last friend. */
  if (self->show == 0)
    self->show = g_timeout_add_full (G_PRIORITY_DEFAULT, step != NULL ? 0 : SHOW_MS, show_cb,
                                     g_object_ref (self), g_object_unref);
  g_mutex_unlock (&self->mutex);
}

void
pn_job_end (PnJob *self, const char *message, const GError *error)
{
  if (!pn_job_is_going (self))
    return;
  g_free (self->message);
  self->message = g_strdup (error != NULL ? pn_error_text (error) : message);
  self->ended = g_get_real_time ();
  self->rate = 0;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_MESSAGE]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ENDED]);
  set_state (self, error == NULL ? PN_JOB_SUCCEEDED
                   : pn_error_is_cancelled (error) || g_cancellable_is_cancelled (self->cancellable)
                       ? PN_JOB_CANCELLED
                       : PN_JOB_FAILED);
}

const char *
pn_job_get_kind (PnJob *self)
{
  return self->kind;
}

void
pn_job_set_subject (PnJob *self, const char *subject)
{
  g_free (self->subject);
  self->subject = g_strdup (subject);
}

const char *
pn_job_get_subject (PnJob *self)
{
  return self->subject;
}

const char *
pn_job_get_title (PnJob *self)
{
  return self->title;
}

const char *
pn_job_get_step (PnJob *self)
{
  return self->step;
}

const char *
pn_job_get_message (PnJob *self)
{
  return self->message;
}

PnJobState
pn_job_get_state (PnJob *self)
{
  return self->state;
}

guint64
pn_job_get_done (PnJob *self)
{
  return self->done;
}

guint64
pn_job_get_total (PnJob *self)
{
  return self->total;
}

double
pn_job_get_rate (PnJob *self)
{
  return self->rate;
}

double
pn_job_get_fraction (PnJob *self)
{
  return self->state == PN_JOB_SUCCEEDED ? 1
         : self->total == 0              ? -1
                                         : MIN ((double) self->done / (double) self->total, 1);
}

gint64
pn_job_get_started (PnJob *self)
{
  return self->started;
}

gint64
pn_job_get_ended (PnJob *self)
{
  return self->ended;
}

gboolean
pn_job_is_going (PnJob *self)
{
  return self->state == PN_JOB_WAITING || self->state == PN_JOB_RUNNING;
}

GCancellable *
pn_job_get_cancellable (PnJob *self)
{
  return self->cancellable;
}

void
pn_job_cancel (PnJob *self)
{
  g_cancellable_cancel (self->cancellable);
}
