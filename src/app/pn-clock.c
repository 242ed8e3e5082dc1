/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-clock.h"

struct _PnClock
{
  GObject parent_instance;
  guint holders;
  guint timer;
};

enum
{
  PROP_NOW = 1,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (PnClock, pn_clock, G_TYPE_OBJECT)

static gboolean
tick_cb (gpointer user_data)
{
  g_object_notify_by_pspec (user_data, properties[PROP_NOW]);
  return G_SOURCE_CONTINUE;
}

static void
pn_clock_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  if (prop_id == PROP_NOW)
    g_value_set_int64 (value, pn_clock_get_now (PN_CLOCK (object)));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
pn_clock_class_init (PnClockClass *klass)
{
  G_OBJECT_CLASS (klass)->get_property = pn_clock_get_property;
  properties[PROP_NOW] =
      g_param_spec_int64 ("now", NULL, NULL, 0, G_MAXINT64, 0,
                          G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (G_OBJECT_CLASS (klass), N_PROPS, properties);
}

static void
pn_clock_init (PnClock *self)
{
}

PnClock *
pn_clock_get_default (void)
{
  static PnClock *clock;

  if (clock == NULL)
    clock = g_object_new (PN_TYPE_CLOCK, NULL);
  return clock;
}

gint64
pn_clock_get_now (PnClock *self)
{
  return g_get_real_time ();
}

void
pn_clock_hold (PnClock *self)
{
  if (self->holders++ == 0)
    self->timer = g_timeout_add_seconds (1, tick_cb, self);
}

void
pn_clock_release (PnClock *self)
{
  g_return_if_fail (self->holders > 0);
  if (--self->holders == 0)
    g_clear_handle_id (&self->timer, g_source_remove);
}
