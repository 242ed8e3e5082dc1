/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-recipes-page.h"

#include <glib/gi18n.h>
#include <string.h>

#include "pn-recipe-editor.h"
#include "pn-recipe-list.h"
#include "pn-recipe-page.h"
#include "pn-spinner.h"
#include "pn-window.h"

struct _PnRecipesPage
{
  PnPage parent_instance;
  GtkStack *stack;
  GtkListBox *list;
  PnRecipeList *recipes;
  GtkFilterListModel *shown;
};

G_DEFINE_FINAL_TYPE (PnRecipesPage, pn_recipes_page, PN_TYPE_PAGE)

static GtkWidget *
make_row (gpointer object, gpointer user_data)
{
  PnRecipeItem *item = object;
  PnRecipeState state = pn_recipe_item_get_state (item);
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *icon = gtk_image_new_from_icon_name (pn_recipe_state_to_icon (state));
  GtkWidget *word = gtk_label_new (pn_recipe_state_to_label (state));
  g_autofree char *summary = NULL;

  g_object_get (item, "summary", &summary, NULL);
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), pn_recipe_item_get_name (item));
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), summary);
  gtk_widget_set_valign (box, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (box, pn_recipe_state_to_style (state));
  gtk_box_append (GTK_BOX (box), icon);
  gtk_box_append (GTK_BOX (box), word);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), box);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row),
                             gtk_image_new_from_icon_name ("go-next-symbolic"));
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  return row;
}

static gboolean
matches (gpointer object, gpointer user_data)
{
  const char *text = pn_page_get_search_text (user_data);
  g_autofree char *wanted = g_utf8_casefold (text, -1);
  g_autofree char *name = g_utf8_casefold (pn_recipe_item_get_name (object), -1);

  return strstr (name, wanted) != NULL;
}

static void
search_cb (PnRecipesPage *self)
{
  gtk_filter_changed (gtk_filter_list_model_get_filter (self->shown), GTK_FILTER_CHANGE_DIFFERENT);
}

static void
update (PnRecipesPage *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->recipes));
  guint shown = g_list_model_get_n_items (G_LIST_MODEL (self->shown));

  gtk_stack_set_visible_child_name (self->stack, !pn_recipe_list_is_loaded (self->recipes)
                                                     ? "loading"
                                                 : n == 0     ? "empty"
                                                 : shown == 0 ? "none"
                                                              : "list");
}

static void
new_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  PnWindow *window = pn_window_of (widget);

  if (window != NULL)
    pn_window_push (window, pn_recipe_editor_new (NULL));
}

static void
row_activated_cb (PnRecipesPage *self, GtkListBoxRow *row)
{
  g_autoptr (PnRecipeItem) item =
      g_list_model_get_item (G_LIST_MODEL (self->shown), (guint) gtk_list_box_row_get_index (row));
  PnWindow *window = pn_window_of (GTK_WIDGET (self));

  if (item == NULL || window == NULL || pn_recipe_item_get_state (item) == PN_RECIPE_STATE_DAMAGED)
    return;
  pn_window_push (window, pn_recipe_item_get_state (item) == PN_RECIPE_STATE_DRAFT
                              ? pn_recipe_editor_new (pn_recipe_item_get_id (item))
                              : pn_recipe_page_new (pn_recipe_item_get_id (item)));
}

static void
pn_recipes_page_dispose (GObject *object)
{
  PnRecipesPage *self = PN_RECIPES_PAGE (object);

  if (self->recipes != NULL)
    g_signal_handlers_disconnect_by_data (self->recipes, self);
  if (self->shown != NULL)
    gtk_filter_list_model_set_filter (self->shown, NULL);
  g_clear_object (&self->shown);
  g_clear_object (&self->recipes);
  G_OBJECT_CLASS (pn_recipes_page_parent_class)->dispose (object);
}

static void
pn_recipes_page_class_init (PnRecipesPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_recipes_page_dispose;
  g_type_ensure (PN_TYPE_SPINNER);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-recipes-page.ui");
  gtk_widget_class_bind_template_child (widget_class, PnRecipesPage, stack);
  gtk_widget_class_bind_template_child (widget_class, PnRecipesPage, list);
  gtk_widget_class_bind_template_callback (widget_class, row_activated_cb);
  gtk_widget_class_install_action (widget_class, "recipes.new", NULL, new_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_n, GDK_CONTROL_MASK, "recipes.new",
                                       NULL);
}

static void
pn_recipes_page_init (PnRecipesPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->recipes = pn_recipe_list_get ();
  self->shown =
      gtk_filter_list_model_new (G_LIST_MODEL (g_object_ref (self->recipes)),
                                 GTK_FILTER (gtk_custom_filter_new (matches, self, NULL)));
  gtk_list_box_bind_model (self->list, G_LIST_MODEL (self->shown), make_row, NULL, NULL);
  g_signal_connect_swapped (self->recipes, "changed", G_CALLBACK (update), self);
  g_signal_connect_object (self->shown, "items-changed", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect (self, "notify::search-text", G_CALLBACK (search_cb), NULL);
  update (self);
}
