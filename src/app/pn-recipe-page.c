/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-recipe-page.h"

#include <glib/gi18n.h>
#include <string.h>

#include "pn-app.h"
#include "pn-error.h"
#include "pn-format.h"
#include "pn-job-row.h"
#include "pn-phase-bar.h"
#include "pn-prepare-job.h"
#include "pn-recipe-editor.h"
#include "pn-recipe-list.h"
#include "pn-recipe-review.h"
#include "pn-rehearsal-job.h"
#include "pn-rehearsal-row.h"
#include "pn-window.h"

#define MAX_SHOWN 50 /* revisions */

struct _PnRecipePage
{
  PnPage parent_instance;
  AdwPreferencesPage *page;
  AdwPreferencesGroup *about, *revisions;
  AdwActionRow *unsaved, *bundle;
  PnRehearsalRow *rehearsal;
  GtkImage *bundle_icon;
  GtkBox *jobs;
  GtkButton *prepare;

  char *id;
  PnRecipeList *recipes;
  PnRecipeItem *item;   /* what is shown; NULL = nothing yet */
  GPtrArray *summary;   /* groups that were added for it */
  GPtrArray *rows;      /* of revisions */
  guint shown_revision; /* that these are of */
  PnJob *job;           /* that is shown */
};

G_DEFINE_FINAL_TYPE (PnRecipePage, pn_recipe_page, PN_TYPE_PAGE)

static void
toast_error (PnRecipePage *self, const GError *error)
{
  PnWindow *window = pn_window_of (GTK_WIDGET (self));

  if (window != NULL)
    pn_window_toast (window, pn_error_text (error));
}

/* ---- bundle ---- */

static void
show_bundle (PnRecipePage *self)
{
  const PnRecipeBundle *bundle = pn_recipe_item_get_entry (self->item)->bundle;
  gboolean idle = (self->job == NULL || !pn_job_is_going (self->job)) &&
                  !pn_rehearsal_row_is_going (self->rehearsal) &&
                  !pn_recipe_item_get_entry (self->item)->retired;
  PnRecipeState state = bundle != NULL ? PN_RECIPE_STATE_PREPARED : PN_RECIPE_STATE_SAVED;
  const char *style[] = { pn_recipe_state_to_style (state), NULL };
  g_autofree char *time =
      bundle != NULL ? pn_format_time (bundle->prepared * G_USEC_PER_SEC) : NULL;
  g_autofree char *digest = bundle != NULL ? pn_format_short_fingerprint (bundle->digest) : NULL;
  /* Translators: when it was prepared, and the first digits of its digest */
  g_autofree char *text = bundle != NULL ? g_strdup_printf (_ ("%s · %s"), time, digest) : NULL;

  gtk_image_set_from_icon_name (self->bundle_icon, pn_recipe_state_to_icon (state));
  gtk_widget_set_css_classes (GTK_WIDGET (self->bundle_icon), style);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->bundle),
                                 bundle != NULL ? _ ("Prepared") : _ ("Not prepared"));
  adw_action_row_set_subtitle (
      self->bundle, text != NULL ? text
                                 : _ ("Preparing puts everything that is sent to a device into one "
                                      "sealed bundle."));
  gtk_button_set_label (self->prepare, bundle != NULL ? _ ("Prepare again") : _ ("Prepare"));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "recipe.prepare", idle);
  if (bundle != NULL)
    gtk_widget_remove_css_class (GTK_WIDGET (self->prepare), "suggested-action");
  else
    gtk_widget_add_css_class (GTK_WIDGET (self->prepare), "suggested-action");
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "recipe.rehearse", idle && bundle != NULL);
  pn_rehearsal_row_show (self->rehearsal, self->item);
}

static void
job_changed_cb (PnRecipePage *self)
{
  if (self->item != NULL)
    show_bundle (self);
}

static void
show_job (PnRecipePage *self, PnJob *job)
{
  GtkWidget *before = gtk_widget_get_first_child (GTK_WIDGET (self->jobs));

  if (job == NULL || job == self->job)
    return;
  if (self->job != NULL)
    g_signal_handlers_disconnect_by_data (self->job, self);
  g_set_object (&self->job, job);
  g_signal_connect_swapped (job, "notify::state", G_CALLBACK (job_changed_cb), self);
  if (before != NULL)
    gtk_box_remove (self->jobs, before);
  gtk_box_append (self->jobs, pn_job_row_new (job));
  gtk_widget_set_visible (GTK_WIDGET (self->jobs), TRUE);
}

/* ---- revisions ---- */

static void
add_row (PnRecipePage *self, GtkWidget *row)
{
  adw_preferences_group_add (self->revisions, row);
  g_ptr_array_add (self->rows, row);
}

static GtkWidget *
make_change_row (const PnRecipeChange *change)
{
  GtkWidget *row = adw_action_row_new ();
  const char *nothing = C_ ("value", "nothing");
  g_autofree char *text = g_strdup_printf (C_ ("difference", "%s → %s"),
                                           change->before[0] != '\0' ? change->before : nothing,
                                           change->after[0] != '\0' ? change->after : nothing);
  g_autofree char *escaped = g_markup_escape_text (text, -1);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row),
                                 pn_recipe_field_get_label (change->field));
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), escaped);
  return row;
}

static void
show_revisions (PnRecipePage *self, GPtrArray *drafts, guint newest)
{
  for (guint i = 0; i < self->rows->len; i++)
    adw_preferences_group_remove (self->revisions, self->rows->pdata[i]);
  g_ptr_array_set_size (self->rows, 0);
  for (guint i = 0; i < drafts->len; i++)
    {
      GtkWidget *row = adw_expander_row_new ();
      g_autofree char *title = g_strdup_printf (_ ("Revision %u"), newest - i);
      g_autoptr (GPtrArray) changes =
          i + 1 < drafts->len ? pn_recipe_differences (drafts->pdata[i + 1], drafts->pdata[i])
                              : NULL;
      g_autofree char *text =
          changes == NULL
              ? g_strdup (_ ("The first one"))
              : g_strdup_printf (ngettext ("%u change", "%u changes", changes->len), changes->len);

      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
      adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (row), text);
      for (guint j = 0; changes != NULL && j < changes->len; j++)
        adw_expander_row_add_row (ADW_EXPANDER_ROW (row), make_change_row (changes->pdata[j]));
      adw_expander_row_set_enable_expansion (ADW_EXPANDER_ROW (row),
                                             changes != NULL && changes->len > 0);
      add_row (self, row);
    }
}

typedef struct
{
  char *id;
  guint newest;
} Loading;

static void
loading_free (Loading *loading)
{
  g_free (loading->id);
  g_free (loading);
}

/* The newest first. */
static void
load_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Loading *loading = data;
  g_autoptr (PnRecipeStore) store = pn_recipe_store_new (NULL, NULL);
  GPtrArray *drafts = g_ptr_array_new_with_free_func ((GDestroyNotify) pn_recipe_draft_free);

  for (guint i = loading->newest; i > 0 && drafts->len < MAX_SHOWN; i--)
    {
      PnRecipeDraft *draft = pn_recipe_store_load (store, loading->id, i, NULL);

      if (draft == NULL)
        break;
      g_ptr_array_add (drafts, draft);
    }
  g_task_return_pointer (task, drafts, (GDestroyNotify) g_ptr_array_unref);
}

static void
loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Loading *loading = g_task_get_task_data (G_TASK (result));
  g_autoptr (GPtrArray) drafts = g_task_propagate_pointer (G_TASK (result), NULL);

  if (PN_RECIPE_PAGE (source)->page != NULL)
    show_revisions (PN_RECIPE_PAGE (source), drafts, loading->newest);
}

static void
show_recipe (PnRecipePage *self)
{
  const PnRecipeEntry *entry = pn_recipe_item_get_entry (self->item);
  g_autoptr (GTask) task = NULL;
  g_autoptr (PnRecipe) recipe =
      entry->says != NULL ? pn_recipe_new_from_draft (entry->says, NULL) : NULL;
  Loading *loading;

  for (guint i = 0; self->summary != NULL && i < self->summary->len; i++)
    adw_preferences_page_remove (self->page, self->summary->pdata[i]);
  g_clear_pointer (&self->summary, g_ptr_array_unref);
  g_object_ref (self->revisions);
  adw_preferences_page_remove (self->page, self->revisions);
  if (recipe != NULL)
    {
      self->summary = pn_recipe_make_summary_groups (recipe);
      for (guint i = 0; i < self->summary->len; i++)
        adw_preferences_page_add (self->page, self->summary->pdata[i]);
    }
  adw_preferences_page_add (self->page, self->revisions);
  g_object_unref (self->revisions);
  loading = g_new0 (Loading, 1);
  loading->id = g_strdup (self->id);
  loading->newest = entry->revision;
  task = g_task_new (self, NULL, loaded_cb, NULL);
  g_task_set_task_data (task, loading, (GDestroyNotify) loading_free);
  g_task_run_in_thread (task, load_thread);
}

static void
update (PnRecipePage *self)
{
  PnRecipeItem *item = pn_recipe_list_find (self->recipes, self->id);
  const PnRecipeEntry *entry;
  g_autofree char *summary = NULL;
  g_autofree char *escaped = NULL;

  if (item == NULL)
    return;
  g_set_object (&self->item, item);
  entry = pn_recipe_item_get_entry (item);
  g_object_get (item, "summary", &summary, NULL);
  pn_page_set_title (PN_PAGE (self), pn_recipe_item_get_name (item));
  escaped = g_markup_escape_text (summary, -1);
  adw_preferences_group_set_description (self->about, escaped);
  gtk_widget_set_visible (GTK_WIDGET (self->unsaved), entry->has_draft);
  show_job (self, pn_app_find_job (pn_app_get_default (), PN_PREPARE_JOB, self->id));
  show_bundle (self);
  if (entry->revision == self->shown_revision)
    return;
  self->shown_revision = entry->revision;
  show_recipe (self);
}

/* ---- actions ---- */

static void
edit_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  PnWindow *window = pn_window_of (widget);

  if (window != NULL)
    pn_window_push (window, pn_recipe_editor_new (PN_RECIPE_PAGE (widget)->id));
}

static void
prepare_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  PnRecipePage *self = PN_RECIPE_PAGE (widget);

  if (self->item == NULL ||
      pn_app_find_job (pn_app_get_default (), PN_PREPARE_JOB, self->id) != NULL)
    return;
  show_job (self,
            pn_prepare_job_start (widget, self->id, pn_recipe_item_get_entry (self->item)->revision,
                                  pn_recipe_item_get_name (self->item)));
  show_bundle (self);
}

static void
rehearse_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  PnRecipePage *self = PN_RECIPE_PAGE (widget);

  (void) pn_rehearsal_job_start (self->id, pn_recipe_item_get_entry (self->item)->revision,
                                 pn_recipe_item_get_name (self->item));
  show_bundle (self);
}

static void
change_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_autoptr (PnRecipeStore) store = pn_recipe_store_new (NULL, NULL);
  g_autoptr (PnRecipeEntry) entry = NULL;
  const char *id = g_object_get_data (G_OBJECT (task), "id");
  GError *error = NULL;
  char *copy;

  if (g_str_equal (data, "duplicate"))
    {
      copy = pn_recipe_store_duplicate (store, id, &error);
      if (copy != NULL)
        g_task_return_pointer (task, copy, g_free);
      else
        g_task_return_error (task, error);
      return;
    }
  entry = pn_recipe_store_lookup (store, id, &error);
  if (entry != NULL && pn_recipe_store_set_retired (store, id, !entry->retired, &error))
    g_task_return_pointer (task, NULL, NULL);
  else
    g_task_return_error (task, error);
}

static void
changed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  PnRecipePage *self = PN_RECIPE_PAGE (source);
  g_autoptr (GError) error = NULL;
  g_autofree char *copy = g_task_propagate_pointer (G_TASK (result), &error);
  PnWindow *window = pn_window_of (GTK_WIDGET (self));

  if (self->recipes != NULL)
    pn_recipe_list_refresh (self->recipes);
  if (error != NULL)
    toast_error (self, error);
  if (copy != NULL && window != NULL)
    pn_window_push (window, pn_recipe_editor_new (copy));
}

static void
change_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  g_autoptr (GTask) task = g_task_new (widget, NULL, changed_cb, NULL);

  g_task_set_task_data (task, g_strdup (strchr (action, '.') + 1), g_free);
  g_object_set_data_full (G_OBJECT (task), "id", g_strdup (PN_RECIPE_PAGE (widget)->id), g_free);
  g_task_run_in_thread (task, change_thread);
}

/* ---- the object ---- */

static void
pn_recipe_page_dispose (GObject *object)
{
  PnRecipePage *self = PN_RECIPE_PAGE (object);

  gtk_widget_dispose_template (GTK_WIDGET (object), PN_TYPE_RECIPE_PAGE);
  if (self->recipes != NULL)
    g_signal_handlers_disconnect_by_data (self->recipes, self);
  if (self->job != NULL)
    g_signal_handlers_disconnect_by_data (self->job, self);
  g_clear_object (&self->recipes);
  g_clear_object (&self->job);
  g_clear_object (&self->item);
  G_OBJECT_CLASS (pn_recipe_page_parent_class)->dispose (object);
}

static void
pn_recipe_page_finalize (GObject *object)
{
  PnRecipePage *self = PN_RECIPE_PAGE (object);

  g_clear_pointer (&self->summary, g_ptr_array_unref);
  g_clear_pointer (&self->rows, g_ptr_array_unref);
  g_free (self->id);
  G_OBJECT_CLASS (pn_recipe_page_parent_class)->finalize (object);
}

static void
pn_recipe_page_class_init (PnRecipePageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_recipe_page_dispose;
  G_OBJECT_CLASS (klass)->finalize = pn_recipe_page_finalize;
  g_type_ensure (PN_TYPE_PHASE_BAR);
  g_type_ensure (PN_TYPE_REHEARSAL_ROW);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-recipe-page.ui");
  gtk_widget_class_bind_template_child (widget_class, PnRecipePage, page);
  gtk_widget_class_bind_template_child (widget_class, PnRecipePage, revisions);
  gtk_widget_class_bind_template_child (widget_class, PnRecipePage, unsaved);
  gtk_widget_class_bind_template_child (widget_class, PnRecipePage, bundle);
  gtk_widget_class_bind_template_child (widget_class, PnRecipePage, rehearsal);
  gtk_widget_class_bind_template_child (widget_class, PnRecipePage, about);
  gtk_widget_class_bind_template_child (widget_class, PnRecipePage, bundle_icon);
  gtk_widget_class_bind_template_child (widget_class, PnRecipePage, jobs);
  gtk_widget_class_bind_template_child (widget_class, PnRecipePage, prepare);
  gtk_widget_class_install_action (widget_class, "recipe.edit", NULL, edit_action);
  gtk_widget_class_install_action (widget_class, "recipe.prepare", NULL, prepare_action);
  gtk_widget_class_install_action (widget_class, "recipe.rehearse", NULL, rehearse_action);
  gtk_widget_class_install_action (widget_class, "recipe.duplicate", NULL, change_action);
  gtk_widget_class_install_action (widget_class, "recipe.retire", NULL, change_action);
}

static void
pn_recipe_page_init (PnRecipePage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->rows = g_ptr_array_new ();
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "recipe.rehearse", FALSE);
  g_signal_connect_object (self->rehearsal, "notify::going", G_CALLBACK (job_changed_cb), self,
                           G_CONNECT_SWAPPED);
}

PnPage *
pn_recipe_page_new (const char *id)
{
  PnRecipePage *self = g_object_new (PN_TYPE_RECIPE_PAGE, NULL);

  self->id = g_strdup (id);
  self->recipes = pn_recipe_list_get ();
  g_signal_connect_swapped (self->recipes, "changed", G_CALLBACK (update), self);
  update (self);
  return PN_PAGE (self);
}
