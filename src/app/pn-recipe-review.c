/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-recipe-review.h"

#include <glib/gi18n.h>

#include "pn-recipe-list.h"

struct _PnRecipeReview
{
  PnPage parent_instance;
  AdwPreferencesPage *page;
  GtkButton *save;

  char *id;
  PnRecipeDraft *draft;
  GTask *task; /* until it is answered */
};

G_DEFINE_FINAL_TYPE (PnRecipeReview, pn_recipe_review, PN_TYPE_PAGE)

/* @icon and @style are nullable. */
static GtkWidget *
make_row (const char *icon, const char *style, const char *title, const char *subtitle)
{
  GtkWidget *row = adw_action_row_new ();

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  if (subtitle != NULL)
    adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  if (icon != NULL)
    {
      GtkWidget *image = gtk_image_new_from_icon_name (icon);

      if (style != NULL)
        gtk_widget_add_css_class (image, style);
      adw_action_row_add_prefix (ADW_ACTION_ROW (row), image);
    }
  return row;
}

static AdwPreferencesGroup *
make_group (const char *title, const char *description)
{
  AdwPreferencesGroup *group = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());

  adw_preferences_group_set_title (group, title);
  adw_preferences_group_set_description (group, description);
  return group;
}

GPtrArray *
pn_recipe_make_summary_groups (const PnRecipe *recipe)
{
  static const struct
  {
    gboolean does;
    PnPermanence permanence;
    const char *title, *icon, *style;
  } headings[] = {
    { TRUE, PN_PERMANENCE_REVERSIBLE, N_ ("Each device will"), NULL, NULL },
    { FALSE, PN_PERMANENCE_PERMANENT, N_ ("Permanently"), "pn-locking-symbolic", "warning" },
    { FALSE, PN_PERMANENCE_SAME_KEY, N_ ("Reversibly, with the same key"), "edit-undo-symbolic",
      NULL },
    { FALSE, PN_PERMANENCE_REVERSIBLE, N_ ("Reversibly"), "edit-undo-symbolic", NULL },
  };
  g_autoptr (GPtrArray) lines = pn_recipe_summary (recipe);
  GPtrArray *groups = g_ptr_array_new ();

  for (guint i = 0; i < G_N_ELEMENTS (headings); i++)
    {
      AdwPreferencesGroup *group = NULL;

      for (guint j = 0; j < lines->len; j++)
        {
          const PnSummaryLine *line = lines->pdata[j];

          if (line->does != headings[i].does ||
              (!line->does && line->permanence != headings[i].permanence))
            continue;
          if (group == NULL)
            group = make_group (_ (headings[i].title), NULL);
          adw_preferences_group_add (
              group, make_row (headings[i].icon, headings[i].style, line->text, NULL));
        }
      if (group == NULL && !headings[i].does && headings[i].permanence == PN_PERMANENCE_PERMANENT)
        {
          group = make_group (_ (headings[i].title), NULL);
          adw_preferences_group_add (group, make_row ("pn-passed-symbolic", "success",
                                                      _ ("Nothing. It can be set up again in any "
                                                         "way."),
                                                      NULL));
        }
      if (group != NULL)
        g_ptr_array_add (groups, group);
    }
  return groups;
}

static void
add_differences (PnRecipeReview *self, const PnRecipeDraft *base)
{
  g_autoptr (GPtrArray) changes = pn_recipe_differences (base, self->draft);
  const char *number = pn_recipe_draft_get (base, PN_RECIPE_REVISION);
  g_autofree char *title = NULL;
  AdwPreferencesGroup *group;

  if (number == NULL)
    return;
  title = g_strdup_printf (_ ("Different from revision %s"), number);
  group = make_group (title, NULL);
  for (guint i = 0; i < changes->len; i++)
    {
      const PnRecipeChange *change = changes->pdata[i];
      const char *nothing = C_ ("value", "nothing");
      /* Translators: what a field said before, and what it says now */
      g_autofree char *text = g_strdup_printf (C_ ("difference", "%s → %s"),
                                               change->before[0] != '\0' ? change->before : nothing,
                                               change->after[0] != '\0' ? change->after : nothing);

      adw_preferences_group_add (group, make_row ("document-edit-symbolic", "accent",
                                                  pn_recipe_field_get_label (change->field), text));
    }
  adw_preferences_page_add (self->page, group);
}

static void
fill (PnRecipeReview *self, const PnRecipeDraft *base)
{
  g_autoptr (PnRecipe) recipe = pn_recipe_new_from_draft (self->draft, NULL);
  g_autoptr (GPtrArray) groups = NULL;
  AdwPreferencesGroup *checks = make_group (_ ("Checks"), NULL);

  if (recipe == NULL)
    return;
  groups = pn_recipe_make_summary_groups (recipe);
  for (guint i = 0; i < groups->len; i++)
    adw_preferences_page_add (self->page, groups->pdata[i]);
  add_differences (self, base);
  adw_preferences_group_add (checks, make_row ("pn-passed-symbolic", "success",
                                               _ ("Every choice fits with the others"), NULL));
  adw_preferences_group_add (checks,
                             make_row ("pn-passed-symbolic", "success",
                                       _ ("Every file is there and of the right kind"), NULL));
  adw_preferences_group_add (
      checks,
      make_row ("content-loading-symbolic", "dim-label",
                _ ("Signatures and contents are checked when the recipe is prepared"), NULL));
  adw_preferences_page_add (self->page, checks);
}

/* ---- saving ---- */

static void
save_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  PnRecipeReview *self = data;
  g_autoptr (PnRecipeStore) store = pn_recipe_store_new (NULL, NULL);
  GError *error = NULL;
  guint revision = pn_recipe_store_save (store, self->id, self->draft, &error);

  if (revision > 0)
    g_task_return_int (task, revision);
  else
    g_task_return_error (task, error);
}

static void
saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PnRecipeReview) self = user_data;
  g_autoptr (PnRecipeList) list = pn_recipe_list_get ();
  g_autoptr (GTask) task = g_steal_pointer (&self->task);
  PnWindow *window = pn_window_of (GTK_WIDGET (self));
  GError *error = NULL;
  gssize revision = g_task_propagate_int (G_TASK (result), &error);

  pn_recipe_list_refresh (list);
  if (window != NULL)
    pn_window_pop (window);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_int (task, revision);
}

static void
save_cb (PnRecipeReview *self)
{
  g_autoptr (GTask) saving = g_task_new (NULL, NULL, saved_cb, g_object_ref (self));

  gtk_widget_set_sensitive (GTK_WIDGET (self->save), FALSE);
  g_task_set_task_data (saving, self, NULL); /* id and draft do not change any more */
  g_task_run_in_thread (saving, save_thread);
}

/* ---- the object ---- */

static void
pn_recipe_review_dispose (GObject *object)
{
  PnRecipeReview *self = PN_RECIPE_REVIEW (object);

  if (self->task != NULL)
    g_task_return_new_error (self->task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "Not saved");
  g_clear_object (&self->task);
  G_OBJECT_CLASS (pn_recipe_review_parent_class)->dispose (object);
}

static void
pn_recipe_review_finalize (GObject *object)
{
  PnRecipeReview *self = PN_RECIPE_REVIEW (object);

  g_free (self->id);
  g_clear_pointer (&self->draft, pn_recipe_draft_free);
  G_OBJECT_CLASS (pn_recipe_review_parent_class)->finalize (object);
}

static void
pn_recipe_review_class_init (PnRecipeReviewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_recipe_review_dispose;
  G_OBJECT_CLASS (klass)->finalize = pn_recipe_review_finalize;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-recipe-review.ui");
  gtk_widget_class_bind_template_child (widget_class, PnRecipeReview, page);
  gtk_widget_class_bind_template_child (widget_class, PnRecipeReview, save);
  gtk_widget_class_bind_template_callback (widget_class, save_cb);
}

static void
pn_recipe_review_init (PnRecipeReview *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
pn_recipe_review_run_async (PnWindow *window,
                            const char *id,
                            const PnRecipeDraft *base,
                            const PnRecipeDraft *draft,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  PnRecipeReview *self = g_object_new (PN_TYPE_RECIPE_REVIEW, NULL);

  self->id = g_strdup (id);
  self->draft = pn_recipe_draft_copy (draft);
  self->task = g_task_new (NULL, NULL, callback, user_data);
  pn_page_set_subtitle (PN_PAGE (self), pn_recipe_draft_get (draft, PN_RECIPE_NAME));
  fill (self, base);
  pn_window_push (window, PN_PAGE (self));
}

guint
pn_recipe_review_finish (GAsyncResult *result, GError **error)
{
  gssize revision = g_task_propagate_int (G_TASK (result), error);

  return revision > 0 ? (guint) revision : 0;
}
