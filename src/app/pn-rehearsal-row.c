/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-rehearsal-row.h"

#include <glib/gi18n.h>

#include "pn-app.h"
#include "pn-format.h"
#include "pn-rehearsal-job.h"
#include "pn-rehearsal.h"

struct _PnRehearsalRow
{
  AdwActionRow parent_instance;
  GtkImage *symbol;
  GtkButton *start, *cancel;

  PnRecipeItem *item;
  PnJob *job; /* the one that goes, or the last that was seen; or NULL */
  PnClientRun *run;
};

typedef enum
{
  PROP_GOING = 1,
  PROP_RUN,
  N_PROPS
} PnRehearsalRowProperty;
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (PnRehearsalRow, pn_rehearsal_row, ADW_TYPE_ACTION_ROW)

/* ---- what it says ---- */

static void
say (PnRehearsalRow *self, PnRecipeState state, const char *title, const char *text)
{
  const char *style[] = { pn_recipe_state_to_style (state), NULL };
  g_autofree char *escaped = g_markup_escape_text (text, -1);

  gtk_image_set_from_icon_name (self->symbol, pn_recipe_state_to_icon (state));
  gtk_widget_set_css_classes (GTK_WIDGET (self->symbol), style);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self), escaped);
}

/* TRUE where the last rehearsal came to nothing that could be noted with @bundle. */
static gboolean
is_broken_off (PnRehearsalRow *self, const PnRecipeBundle *bundle)
{
  gint64 noted = MAX (bundle->prepared, bundle->rehearsed);

  return self->job != NULL && pn_job_get_state (self->job) == PN_JOB_FAILED &&
         (noted + 1) * G_USEC_PER_SEC <= pn_job_get_started (self->job);
}

static void
say_result (PnRehearsalRow *self, const PnRecipeBundle *bundle)
{
  g_autofree char *time = pn_format_time (bundle->rehearsed * G_USEC_PER_SEC);
  /* Translators: how a rehearsal went, and when it was */
  g_autofree char *text = g_strdup_printf (_ ("%s\n%s"), bundle->message, time);

  if (bundle->passed)
    say (self, PN_RECIPE_STATE_REHEARSED, _ ("Passed on a virtual device"), time);
  else
    say (self, PN_RECIPE_STATE_FAILED, _ ("Did not pass on a virtual device"), text);
}

static void
update (PnRehearsalRow *self)
{
  const PnRecipeBundle *bundle = pn_recipe_item_get_entry (self->item)->bundle;
  gboolean going = pn_rehearsal_row_is_going (self);
  gboolean passed = bundle != NULL && bundle->rehearsed > 0 && bundle->passed;

  if (going)
    say (self, PN_RECIPE_STATE_PREPARED, _ ("Rehearsing on a virtual device"),
         pn_job_get_step (self->job) != NULL ? pn_job_get_step (self->job) : "");
  else if (bundle == NULL)
    say (self, PN_RECIPE_STATE_SAVED, _ ("Not rehearsed"),
         _ ("A prepared bundle is tried on a virtual device before a real one."));
  else if (is_broken_off (self, bundle))
    say (self, PN_RECIPE_STATE_FAILED, _ ("The rehearsal broke off"),
         pn_job_get_message (self->job));
  else if (bundle->rehearsed > 0)
    say_result (self, bundle);
  else
    say (self, PN_RECIPE_STATE_SAVED, _ ("Not rehearsed"),
         _ ("Try the bundle on a virtual device before a real one."));
  gtk_widget_set_visible (GTK_WIDGET (self->start), !going);
  gtk_widget_set_visible (GTK_WIDGET (self->cancel), going);
  gtk_button_set_label (self->start, bundle != NULL && bundle->rehearsed > 0 ? _ ("Rehearse again")
                                                                             : _ ("Rehearse"));
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->start),
                               bundle == NULL ? _ ("Prepare the bundle first") : NULL);
  if (bundle != NULL && !passed)
    gtk_widget_add_css_class (GTK_WIDGET (self->start), "suggested-action");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->start), "suggested-action");
}

/* ---- the job ---- */

static void
job_cb (PnRehearsalRow *self)
{
  if (g_set_object (&self->run, pn_rehearsal_get_run (self->job)))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RUN]);
  update (self);
}

static void
job_state_cb (PnRehearsalRow *self)
{
  job_cb (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_GOING]);
}

static void
set_job (PnRehearsalRow *self, PnJob *job)
{
  if (self->job == job)
    return;
  if (self->job != NULL)
    g_signal_handlers_disconnect_by_data (self->job, self);
  g_set_object (&self->job, job);
  if (job == NULL)
    return;
  g_signal_connect_swapped (job, "notify::step", G_CALLBACK (job_cb), self);
  g_signal_connect_swapped (job, "notify::state", G_CALLBACK (job_state_cb), self);
  job_state_cb (self);
}

void
pn_rehearsal_row_show (PnRehearsalRow *self, PnRecipeItem *item)
{
  PnJob *job =
      pn_app_find_job (pn_app_get_default (), PN_REHEARSAL_JOB, pn_recipe_item_get_id (item));

  g_set_object (&self->item, item);
  if (job != NULL)
    set_job (self, job);
  update (self);
}

gboolean
pn_rehearsal_row_is_going (PnRehearsalRow *self)
{
  return self->job != NULL && pn_job_is_going (self->job);
}

/* ---- the object ---- */

static void
cancel_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  PnRehearsalRow *self = PN_REHEARSAL_ROW (widget);

  if (self->job != NULL)
    pn_job_cancel (self->job);
}

static void
pn_rehearsal_row_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PnRehearsalRow *self = PN_REHEARSAL_ROW (object);

  switch ((PnRehearsalRowProperty) prop_id)
    {
    case PROP_GOING:
      g_value_set_boolean (value, pn_rehearsal_row_is_going (self));
      break;
    case PROP_RUN:
      g_value_set_object (value, self->run);
      break;
    case N_PROPS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
pn_rehearsal_row_dispose (GObject *object)
{
  PnRehearsalRow *self = PN_REHEARSAL_ROW (object);

  set_job (self, NULL);
  g_clear_object (&self->run);
  g_clear_object (&self->item);
  G_OBJECT_CLASS (pn_rehearsal_row_parent_class)->dispose (object);
}

static void
pn_rehearsal_row_class_init (PnRehearsalRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = pn_rehearsal_row_get_property;
  object_class->dispose = pn_rehearsal_row_dispose;
  properties[PROP_GOING] = g_param_spec_boolean ("going", NULL, NULL, FALSE, flags);
  properties[PROP_RUN] = g_param_spec_object ("run", NULL, NULL, PN_TYPE_CLIENT_RUN, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-rehearsal-row.ui");
  gtk_widget_class_bind_template_child (widget_class, PnRehearsalRow, symbol);
  gtk_widget_class_bind_template_child (widget_class, PnRehearsalRow, start);
  gtk_widget_class_bind_template_child (widget_class, PnRehearsalRow, cancel);
  gtk_widget_class_install_action (widget_class, "rehearsal.cancel", NULL, cancel_action);
}

static void
pn_rehearsal_row_init (PnRehearsalRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
