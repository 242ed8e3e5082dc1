/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-review-step.h"

#include <glib/gi18n.h>

#include "pn-app.h"
#include "pn-error.h"
#include "pn-recipe-checker.h"
#include "pn-recipe-store.h"
#include "pn-recipe-summary.h"

#define N_MARKS (PN_PERMANENCE_PERMANENT + 1)

struct _PnReviewStep
{
  PnWizardStep parent_instance;
  AdwEntryRow *name;
  GtkListBox *does, *marks[N_MARKS]; /* by PnPermanence */
  AdwPreferencesGroup *does_group, *mark_groups[N_MARKS];
  GtkLabel *problem;
  PnRecipeChecker *checker;
};

G_DEFINE_FINAL_TYPE (PnReviewStep, pn_review_step, PN_TYPE_WIZARD_STEP)

static PnSetup *
get_setup (PnReviewStep *self)
{
  return pn_wizard_step_get_setup (PN_WIZARD_STEP (self));
}

/* ---- what is shown ---- */

static void
clear (GtkListBox *list)
{
  GtkWidget *row;

  while ((row = gtk_widget_get_first_child (GTK_WIDGET (list))) != NULL)
    gtk_list_box_remove (list, row);
}

static void
add_line (GtkListBox *list, const char *text)
{
  GtkWidget *row = adw_action_row_new ();

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), text);
  adw_action_row_set_title_lines (ADW_ACTION_ROW (row), 0);
  gtk_list_box_append (list, row);
}

static void
show_summary (PnReviewStep *self)
{
  g_autoptr (PnRecipe) recipe =
      pn_recipe_new_from_draft (pn_setup_get_draft (get_setup (self)), NULL);
  g_autoptr (GPtrArray) lines = recipe != NULL ? pn_recipe_summary (recipe) : NULL;
  guint n[N_MARKS] = { 0 };

  clear (self->does);
  for (guint i = 0; i < N_MARKS; i++)
    clear (self->marks[i]);
  for (guint i = 0; lines != NULL && i < lines->len; i++)
    {
      const PnSummaryLine *line = lines->pdata[i];

      add_line (line->does ? self->does : self->marks[line->permanence], line->text);
      n[line->permanence] += !line->does;
    }
  gtk_widget_set_visible (GTK_WIDGET (self->does_group), lines != NULL);
  for (guint i = 0; i < N_MARKS; i++)
    gtk_widget_set_visible (GTK_WIDGET (self->mark_groups[i]), n[i] > 0);
}

static void
show_problem (PnReviewStep *self)
{
  PnRecipeField field;
  const char *problem = pn_recipe_checker_is_busy (self->checker) ? _ ("Still checking")
                        : pn_recipe_checker_get_first (self->checker, &field)
                            ? pn_recipe_checker_get_problem (self->checker, field)
                            : NULL;

  gtk_label_set_label (self->problem, problem != NULL ? problem : "");
  gtk_widget_set_visible (GTK_WIDGET (self->problem),
                          problem != NULL && !pn_recipe_checker_is_busy (self->checker));
  pn_wizard_step_set_problem (PN_WIZARD_STEP (self), problem);
}

static void
name_changed_cb (PnReviewStep *self)
{
  pn_setup_set (get_setup (self), PN_RECIPE_NAME,
                gtk_editable_get_text (GTK_EDITABLE (self->name)));
  pn_recipe_checker_set (self->checker, pn_setup_get_draft (get_setup (self)), NULL, FALSE);
  show_problem (self);
  show_summary (self);
}

/* ---- making the recipe ---- */

typedef struct
{
  PnRecipeDraft *draft;
  char *id;
  guint revision;
} Making;

static void
making_free (Making *making)
{
  pn_recipe_draft_free (making->draft);
  g_free (making->id);
  g_free (making);
}

static void
make_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Making *making = data;
  g_autoptr (PnRecipeStore) store = pn_recipe_store_new (NULL, NULL);
  GError *error = NULL;

  making->id = pn_recipe_store_create (store, making->draft, &error);
  if (making->id != NULL)
    making->revision = pn_recipe_store_save (store, making->id, making->draft, &error);
  if (making->revision == 0)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

static void
made_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  PnReviewStep *self = PN_REVIEW_STEP (source);
  Making *making = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;

  pn_wizard_step_set_busy (PN_WIZARD_STEP (self), FALSE);
  if (!g_task_propagate_boolean (G_TASK (result), &error))
    {
      gtk_label_set_label (self->problem, pn_error_text (error));
      gtk_widget_set_visible (GTK_WIDGET (self->problem), TRUE);
      return;
    }
  pn_setup_set_created (get_setup (self), making->id, making->revision);
  pn_wizard_step_go_on (PN_WIZARD_STEP (self));
}

static void
pn_review_step_leave (PnWizardStep *step)
{
  PnSetup *setup = pn_wizard_step_get_setup (step);
  g_autoptr (GTask) task = NULL;
  Making *making;

  if (pn_setup_get_recipe (setup) != NULL)
    {
      pn_wizard_step_go_on (step); /* it was made before */
      return;
    }
  making = g_new0 (Making, 1);
  making->draft = pn_recipe_draft_copy (pn_setup_get_draft (setup));
  task = g_task_new (step, NULL, made_cb, NULL);
  g_task_set_source_tag (task, pn_review_step_leave);
  g_task_set_task_data (task, making, (GDestroyNotify) making_free);
  pn_wizard_step_set_busy (step, TRUE);
  g_task_run_in_thread (task, make_thread);
}

/* ---- the step ---- */

static char *
propose_name (PnSetup *setup)
{
  return g_strdup (pn_setup_is_one_device (setup) ? _ ("My Raspberry Pi") : _ ("Production"));
}

static void
named_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_autoptr (PnRecipeStore) store = pn_recipe_store_new (NULL, NULL);

  g_task_return_pointer (task, pn_recipe_store_choose_name (store, data), g_free);
}

static void
named_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree char *name = g_task_propagate_pointer (G_TASK (result), NULL);

  if (name != NULL)
    gtk_editable_set_text (GTK_EDITABLE (PN_REVIEW_STEP (source)->name), name);
}

static void
pn_review_step_enter (PnWizardStep *step)
{
  PnReviewStep *self = PN_REVIEW_STEP (step);
  PnSetup *setup = pn_wizard_step_get_setup (step);
  g_autofree char *folder = pn_app_get_firmware_folder (pn_app_get_default ());
  const char *name = pn_setup_get (setup, PN_RECIPE_NAME);

  pn_setup_take_firmware (setup, folder);
  if (name != NULL && name[0] != '\0')
    {
      gtk_editable_set_text (GTK_EDITABLE (self->name), name);
      name_changed_cb (self);
    }
  else
    {
      g_autoptr (GTask) task = g_task_new (self, NULL, named_cb, NULL);

      g_task_set_source_tag (task, pn_review_step_enter);
      g_task_set_task_data (task, propose_name (setup), g_free);
      g_task_run_in_thread (task, named_thread);
    }
}

static void
pn_review_step_dispose (GObject *object)
{
  g_clear_object (&PN_REVIEW_STEP (object)->checker);
  G_OBJECT_CLASS (pn_review_step_parent_class)->dispose (object);
}

static void
pn_review_step_class_init (PnReviewStepClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  static const char *const lists[] = { "reversible", "same_key", "permanent" };
  static const char *const groups[] = { "reversible_group", "same_key_group", "permanent_group" };

  G_OBJECT_CLASS (klass)->dispose = pn_review_step_dispose;
  PN_WIZARD_STEP_CLASS (klass)->enter = pn_review_step_enter;
  PN_WIZARD_STEP_CLASS (klass)->leave = pn_review_step_leave;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-review-step.ui");
  gtk_widget_class_bind_template_child (widget_class, PnReviewStep, name);
  gtk_widget_class_bind_template_child (widget_class, PnReviewStep, does);
  gtk_widget_class_bind_template_child (widget_class, PnReviewStep, does_group);
  gtk_widget_class_bind_template_child (widget_class, PnReviewStep, problem);
  for (guint i = 0; i < N_MARKS; i++)
    {
      gtk_widget_class_bind_template_child_full (
          widget_class, lists[i], FALSE,
          (gssize) (G_STRUCT_OFFSET (PnReviewStep, marks) + i * sizeof (gpointer)));
      gtk_widget_class_bind_template_child_full (
          widget_class, groups[i], FALSE,
          (gssize) (G_STRUCT_OFFSET (PnReviewStep, mark_groups) + i * sizeof (gpointer)));
    }
  gtk_widget_class_bind_template_callback (widget_class, name_changed_cb);
}

static void
pn_review_step_init (PnReviewStep *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->checker = pn_recipe_checker_new ();
  g_signal_connect_object (self->checker, "checked", G_CALLBACK (show_problem), self,
                           G_CONNECT_SWAPPED);
  pn_wizard_step_set_problem (PN_WIZARD_STEP (self), _ ("Still checking"));
}
