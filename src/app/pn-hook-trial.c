/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-hook-trial.h"

#include <glib/gi18n.h>

#include "pn-error.h"
#include "pn-hook-example.h"
#include "pn-io.h"

struct _PnHookTrial
{
  PnDialog parent_instance;
  AdwActionRow *state;
  GtkStack *mark;
  GtkImage *ended;
  GtkButton *stop, *again;
  GtkTextView *output;
  GtkStack *output_stack;

  PnHookStage stage;
  char *path;
  guint seconds;
  gboolean network;
  GStrv write;
  GCancellable *cancellable; /* NULL = nothing runs */
};

G_DEFINE_FINAL_TYPE (PnHookTrial, pn_hook_trial, PN_TYPE_DIALOG)

/* ---- the thread ---- */

typedef struct
{
  /* A window must not outlive the one that it is over. */
  GWeakRef dialog;
  PnHookStage stage;
  char *path;
  guint seconds;
  gboolean network;
  GStrv write;
  char *output; /* what it printed */
} Trial;

static void
trial_free (Trial *self)
{
  g_weak_ref_clear (&self->dialog);
  g_free (self->path);
  g_strfreev (self->write);
  g_free (self->output);
  g_free (self);
}

static void
trial_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Trial *self = data;
  GError *error = NULL;
  g_autoptr (GBytes) script = pn_read_file (self->path, PN_HOOK_MAX, &error);
  const PnHookJob job = { .stage = self->stage,
                          .script = script,
                          .seconds = self->seconds,
                          .network = self->network,
                          .write = (const char *const *) self->write };

  if (script != NULL && pn_hook_check_script (script, &error) &&
      pn_hook_try (&job, &self->output, cancellable, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* ---- what is shown ---- */

static void
show_running (PnHookTrial *self, gboolean running)
{
  gtk_stack_set_visible_child_name (self->mark, running ? "running" : "ended");
  gtk_widget_set_visible (GTK_WIDGET (self->stop), running);
  gtk_widget_set_visible (GTK_WIDGET (self->again), !running);
}

static void
show_state (PnHookTrial *self, const char *icon, const char *style, const char *title)
{
  gtk_image_set_from_icon_name (self->ended, icon);
  gtk_widget_remove_css_class (GTK_WIDGET (self->ended), "success");
  gtk_widget_remove_css_class (GTK_WIDGET (self->ended), "error");
  gtk_widget_add_css_class (GTK_WIDGET (self->ended), style);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->state), title);
}

static void
ended_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Trial *trial = g_task_get_task_data (G_TASK (result));
  g_autoptr (PnHookTrial) self = g_weak_ref_get (&trial->dialog);
  const char *printed = trial->output != NULL ? trial->output : "";
  g_autoptr (GError) error = NULL;
  gboolean fine = g_task_propagate_boolean (G_TASK (result), &error);

  /* The dialog was closed. */
  if (self == NULL || g_task_get_cancellable (G_TASK (result)) != self->cancellable)
    return;
  g_clear_object (&self->cancellable);
  if (fine)
    show_state (self, "pn-passed-symbolic", "success", _ ("The script ended with status 0"));
  else
    show_state (self, "pn-failed-symbolic", "error", pn_error_text (error));
  gtk_text_buffer_set_text (gtk_text_view_get_buffer (self->output), printed, -1);
  gtk_stack_set_visible_child_name (self->output_stack, printed[0] != '\0' ? "text" : "nothing");
  show_running (self, FALSE);
  gtk_widget_grab_focus (GTK_WIDGET (self->again));
}

static void
run (PnHookTrial *self)
{
  g_autoptr (GTask) task = NULL;
  Trial *trial = g_new0 (Trial, 1);

  self->cancellable = g_cancellable_new ();
  g_weak_ref_init (&trial->dialog, self);
  trial->stage = self->stage;
  trial->path = g_strdup (self->path);
  trial->seconds = self->seconds;
  trial->network = self->network;
  trial->write = g_strdupv (self->write);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->state), _ ("The script runs…"));
  gtk_stack_set_visible_child_name (self->output_stack, "running");
  show_running (self, TRUE);
  task = g_task_new (NULL, self->cancellable, ended_cb, NULL);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, trial, (GDestroyNotify) trial_free);
  g_task_run_in_thread (task, trial_thread);
}

static void
stop_cb (PnHookTrial *self)
{
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
}

static void
again_cb (PnHookTrial *self)
{
  if (self->cancellable == NULL)
    run (self);
}

/* ---- the object ---- */

static gboolean
close_request_cb (PnHookTrial *self)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  return GDK_EVENT_PROPAGATE;
}

static void
pn_hook_trial_dispose (GObject *object)
{
  PnHookTrial *self = PN_HOOK_TRIAL (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  gtk_widget_dispose_template (GTK_WIDGET (object), PN_TYPE_HOOK_TRIAL);
  G_OBJECT_CLASS (pn_hook_trial_parent_class)->dispose (object);
}

static void
pn_hook_trial_finalize (GObject *object)
{
  PnHookTrial *self = PN_HOOK_TRIAL (object);

  g_free (self->path);
  g_strfreev (self->write);
  G_OBJECT_CLASS (pn_hook_trial_parent_class)->finalize (object);
}

static void
pn_hook_trial_class_init (PnHookTrialClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_hook_trial_dispose;
  G_OBJECT_CLASS (klass)->finalize = pn_hook_trial_finalize;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-hook-trial.ui");
  gtk_widget_class_bind_template_child (widget_class, PnHookTrial, state);
  gtk_widget_class_bind_template_child (widget_class, PnHookTrial, mark);
  gtk_widget_class_bind_template_child (widget_class, PnHookTrial, ended);
  gtk_widget_class_bind_template_child (widget_class, PnHookTrial, stop);
  gtk_widget_class_bind_template_child (widget_class, PnHookTrial, again);
  gtk_widget_class_bind_template_child (widget_class, PnHookTrial, output);
  gtk_widget_class_bind_template_child (widget_class, PnHookTrial, output_stack);
  gtk_widget_class_bind_template_callback (widget_class, stop_cb);
  gtk_widget_class_bind_template_callback (widget_class, again_cb);
  gtk_widget_class_bind_template_callback (widget_class, close_request_cb);
}

static void
pn_hook_trial_init (PnHookTrial *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  /* What a script prints runs as scripts are written. */
  gtk_widget_set_direction (GTK_WIDGET (self->output), GTK_TEXT_DIR_LTR);
}

PnDialog *
pn_hook_trial_new (
    PnHookStage stage, const char *path, guint seconds, gboolean network, const char *const *write)
{
  PnHookTrial *self = g_object_new (PN_TYPE_HOOK_TRIAL, NULL);
  g_autofree char *name = g_filename_display_basename (path);

  self->stage = stage;
  self->path = g_strdup (path);
  self->seconds = seconds;
  self->network = network;
  self->write = g_strdupv ((GStrv) write);
  adw_action_row_set_subtitle (self->state, name);
  run (self);
  return PN_DIALOG (self);
}

gboolean
pn_hook_trial_is_over (PnHookTrial *self)
{
  return self->cancellable == NULL;
}
