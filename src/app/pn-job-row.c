/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-job-row.h"

#include <glib/gi18n.h>

#include "pn-format.h"

struct _PnJobRow
{
  AdwBin parent_instance;
  PnJob *job;
};

enum
{
  PROP_JOB = 1,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (PnJobRow, pn_job_row, ADW_TYPE_BIN)

/* ---- what the template shows ---- */

/* A closure's result is the caller's. */
static char *
state_to_icon (PnJobRow *self, PnJobState state)
{
  static const char *const icons[] = {
    [PN_JOB_WAITING] = "content-loading-symbolic", [PN_JOB_RUNNING] = "content-loading-symbolic",
    [PN_JOB_SUCCEEDED] = "pn-passed-symbolic",     [PN_JOB_FAILED] = "pn-failed-symbolic",
    [PN_JOB_CANCELLED] = "pn-skipped-symbolic",
  };

  return g_strdup (icons[state]);
}

static char **
state_to_style (PnJobRow *self, PnJobState state)
{
  const char *words[] = { state == PN_JOB_SUCCEEDED ? "success"
                          : state == PN_JOB_FAILED  ? "error"
                                                    : "dim-label",
                          NULL };

  return g_strdupv ((char **) words);
}

static char *
make_text (PnJobRow *self,
           PnJobState state,
           const char *step,
           guint64 done,
           guint64 total,
           double rate,
           const char *message)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (state == PN_JOB_WAITING)
    return g_strdup (C_ ("job", "Waiting"));
  if (state == PN_JOB_CANCELLED)
    return g_strdup (C_ ("job", "Cancelled. Nothing was kept."));
  if (state != PN_JOB_RUNNING)
    return g_strdup (message != NULL ? message : "");
  g_string_append (text, step != NULL ? step : "");
  if (total > 0)
    {
      g_autofree char *part = pn_format_progress (done, total, rate);

      g_string_append_printf (text, "%s%s", text->len > 0 ? " · " : "", part);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static gboolean
is_running (PnJobRow *self, PnJobState state)
{
  return state == PN_JOB_RUNNING || state == PN_JOB_WAITING;
}

static double
to_bar (PnJobRow *self, double fraction)
{
  return MAX (fraction, 0);
}

static void
cancel_cb (PnJobRow *self)
{
  if (self->job != NULL)
    pn_job_cancel (self->job);
}

/* ---- the object ---- */

static void
pn_job_row_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  if (prop_id == PROP_JOB)
    g_value_set_object (value, PN_JOB_ROW (object)->job);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
pn_job_row_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  if (prop_id != PROP_JOB)
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
  else if (g_set_object (&PN_JOB_ROW (object)->job, g_value_get_object (value)))
    g_object_notify_by_pspec (object, pspec);
}

static void
pn_job_row_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), PN_TYPE_JOB_ROW);
  g_clear_object (&PN_JOB_ROW (object)->job);
  G_OBJECT_CLASS (pn_job_row_parent_class)->dispose (object);
}

static void
pn_job_row_class_init (PnJobRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = pn_job_row_dispose;
  object_class->get_property = pn_job_row_get_property;
  object_class->set_property = pn_job_row_set_property;
  properties[PROP_JOB] =
      g_param_spec_object ("job", NULL, NULL, PN_TYPE_JOB,
                           G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  g_type_ensure (PN_TYPE_JOB);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/punnet/Punnet/ui/pn-job-row.ui");
  gtk_widget_class_bind_template_callback (widget_class, state_to_icon);
  gtk_widget_class_bind_template_callback (widget_class, state_to_style);
  gtk_widget_class_bind_template_callback (widget_class, make_text);
  gtk_widget_class_bind_template_callback (widget_class, is_running);
  gtk_widget_class_bind_template_callback (widget_class, to_bar);
  gtk_widget_class_bind_template_callback (widget_class, cancel_cb);
}

static void
pn_job_row_init (PnJobRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
pn_job_row_new (PnJob *job)
{
  return g_object_new (PN_TYPE_JOB_ROW, "job", job, NULL);
}
