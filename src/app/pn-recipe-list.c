/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-recipe-list.h"

#include <glib/gstdio.h>

#define QUIET_MS 100 /* a save touches several files */

struct _PnRecipeList
{
  GObject parent_instance;
  GPtrArray *items;     /* PnRecipeItem */
  GHashTable *monitors; /* folder → GFileMonitor: the store's, and each recipe's */
  char *folder;
  gboolean loaded, reading, again;
  guint soon;
};

enum
{
  PROP_LOADED = 1,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];
static guint changed_signal;
static PnRecipeList *the_list;

static void pn_recipe_list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (PnRecipeList,
                               pn_recipe_list,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, pn_recipe_list_model_init))

static GType
get_item_type (GListModel *model)
{
  return PN_TYPE_RECIPE_ITEM;
}

static guint
get_n_items (GListModel *model)
{
  return PN_RECIPE_LIST (model)->items->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  PnRecipeList *self = PN_RECIPE_LIST (model);

  return position < self->items->len ? g_object_ref (self->items->pdata[position]) : NULL;
}

static void
pn_recipe_list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

static void
read_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_autoptr (PnRecipeStore) store = pn_recipe_store_new (NULL, NULL);
  GError *error = NULL;
  GPtrArray *entries = pn_recipe_store_list (store, &error);

  if (entries != NULL)
    g_task_return_pointer (task, entries, (GDestroyNotify) g_ptr_array_unref);
  else
    g_task_return_error (task, error);
}

static gboolean
soon_cb (gpointer user_data)
{
  PnRecipeList *self = user_data;

  self->soon = 0;
  pn_recipe_list_refresh (self);
  return G_SOURCE_REMOVE;
}

static void
folder_changed_cb (PnRecipeList *self)
{
  if (self->soon == 0)
    self->soon = g_timeout_add (QUIET_MS, soon_cb, self);
}

static void
watch (PnRecipeList *self, const char *folder)
{
  g_autoptr (GFile) file = NULL;
  GFileMonitor *monitor;

  if (g_hash_table_contains (self->monitors, folder))
    return;
  file = g_file_new_for_path (folder);
  monitor = g_file_monitor_directory (file, G_FILE_MONITOR_NONE, NULL, NULL);
  if (monitor == NULL)
    return;
  g_signal_connect_swapped (monitor, "changed", G_CALLBACK (folder_changed_cb), self);
  g_hash_table_insert (self->monitors, g_strdup (folder), monitor);
}

static gboolean
is_gone (gpointer folder, gpointer monitor, gpointer self)
{
  if (g_file_test (folder, G_FILE_TEST_IS_DIR))
    return FALSE;
  g_signal_handlers_disconnect_by_data (monitor, self);
  return TRUE;
}

static void
take_entries (PnRecipeList *self, GPtrArray *entries)
{
  g_autoptr (GPtrArray) before = g_steal_pointer (&self->items);

  g_hash_table_foreach_remove (self->monitors, is_gone, self);
  self->items = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_set_free_func (entries, NULL); /* the items take them */
  for (guint i = 0; i < entries->len; i++)
    {
      PnRecipeItem *item = pn_recipe_item_new (entries->pdata[i]);
      g_autofree char *folder = g_build_filename (self->folder, pn_recipe_item_get_id (item), NULL);

      g_ptr_array_add (self->items, item);
      watch (self, folder);
    }
  g_list_model_items_changed (G_LIST_MODEL (self), 0, before->len, self->items->len);
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  PnRecipeList *self = PN_RECIPE_LIST (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) entries = g_task_propagate_pointer (G_TASK (result), &error);

  self->reading = FALSE;
  if (entries != NULL)
    take_entries (self, entries);
  else
    g_warning ("Cannot read the recipes: %s", error->message);
  if (!self->loaded)
    {
      self->loaded = TRUE;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LOADED]);
    }
  g_signal_emit (self, changed_signal, 0);
  if (self->again)
    pn_recipe_list_refresh (self);
}

void
pn_recipe_list_refresh (PnRecipeList *self)
{
  g_autoptr (GTask) task = NULL;

  self->again = self->reading;
  if (self->reading)
    return;
  self->reading = TRUE;
  task = g_task_new (self, NULL, read_cb, NULL);
  g_task_run_in_thread (task, read_thread);
}

gboolean
pn_recipe_list_is_loaded (PnRecipeList *self)
{
  return self->loaded;
}

PnRecipeItem *
pn_recipe_list_find (PnRecipeList *self, const char *id)
{
  for (guint i = 0; i < self->items->len; i++)
    if (g_str_equal (pn_recipe_item_get_id (self->items->pdata[i]), id))
      return self->items->pdata[i];
  return NULL;
}

static void
pn_recipe_list_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  if (prop_id == PROP_LOADED)
    g_value_set_boolean (value, PN_RECIPE_LIST (object)->loaded);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
pn_recipe_list_finalize (GObject *object)
{
  PnRecipeList *self = PN_RECIPE_LIST (object);
  GHashTableIter iter;
  gpointer monitor;

  g_clear_handle_id (&self->soon, g_source_remove);
  g_hash_table_iter_init (&iter, self->monitors);
  while (g_hash_table_iter_next (&iter, NULL, &monitor))
    g_signal_handlers_disconnect_by_data (monitor, self);
  g_hash_table_unref (self->monitors);
  g_ptr_array_unref (self->items);
  g_free (self->folder);
  G_OBJECT_CLASS (pn_recipe_list_parent_class)->finalize (object);
}

static void
pn_recipe_list_class_init (PnRecipeListClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = pn_recipe_list_finalize;
  object_class->get_property = pn_recipe_list_get_property;
  properties[PROP_LOADED] =
      g_param_spec_boolean ("loaded", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  changed_signal = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 0);
}

static void
pn_recipe_list_init (PnRecipeList *self)
{
  g_autoptr (PnRecipeStore) store = pn_recipe_store_new (NULL, NULL);

  self->items = g_ptr_array_new_with_free_func (g_object_unref);
  self->monitors = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self->folder = g_strdup (pn_recipe_store_get_folder (store));
  /* What is not there cannot be watched. */
  (void) g_mkdir_with_parents (self->folder, 0700);
  watch (self, self->folder);
  pn_recipe_list_refresh (self);
}

PnRecipeList *
pn_recipe_list_get (void)
{
  if (the_list != NULL)
    return g_object_ref (the_list);
  the_list = g_object_new (PN_TYPE_RECIPE_LIST, NULL);
  g_object_add_weak_pointer (G_OBJECT (the_list), (gpointer *) &the_list);
  return the_list;
}
