/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-image-library.h"

#include <glib/gi18n.h>

#include "pn-app.h"
#include "pn-error.h"
#include "pn-io.h"
#include "pn-recipe-store.h"

#define SETTLE_MS 300 /* the disc changes in bursts */

/* What one look at the disc gave. */
typedef struct
{
  PnImageStore *store;
  GPtrArray *images;
  GHashTable *users; /* id → GStrv */
  char *summary;     /* equal where nothing that is shown changed */
} Look;

typedef struct
{
  PnJob *job;
  char *path, *name, *notes, *expected;
} Import;

struct _PnImageLibrary
{
  GObject parent_instance;
  GListStore *images;
  PnImageStore *store; /* NULL until it was opened */
  GHashTable *users;
  char *summary, *problem;
  GQueue waiting; /* Import */
  GFileMonitor *monitor;
  guint settle;
  gboolean ready, looking, look_again, importing;
};

typedef enum
{
  PROP_READY = 1,
  PROP_PROBLEM,
  N_PROPS
} PnImageLibraryProperty;
static GParamSpec *properties[N_PROPS];
static guint imported_signal;

G_DEFINE_FINAL_TYPE (PnImageLibrary, pn_image_library, G_TYPE_OBJECT)

static void
look_free (Look *self)
{
  g_clear_pointer (&self->store, pn_image_store_unref);
  g_clear_pointer (&self->images, g_ptr_array_unref);
  g_clear_pointer (&self->users, g_hash_table_unref);
  g_free (self->summary);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Look, look_free)

static void
import_free (Import *self)
{
  g_object_unref (self->job);
  g_free (self->path);
  g_free (self->name);
  g_free (self->notes);
  g_free (self->expected);
  g_free (self);
}

/* ---- on other threads ---- */

static PnImageStore *
open_store (GError **error)
{
  g_autofree char *folder = pn_image_store_default_folder ();

  return pn_image_store_open (folder, error);
}

static char **
find_users (PnImageStore *store, const char *id)
{
  g_autoptr (PnRecipeStore) recipes = pn_recipe_store_new (NULL, NULL);
  g_autofree char *path = pn_image_store_get_path (store, id);
  g_autoptr (GPtrArray) names = pn_recipe_store_find_users (recipes, path, NULL);
  g_autoptr (GStrvBuilder) list = g_strv_builder_new ();

  for (guint i = 0; names != NULL && i < names->len; i++)
    g_strv_builder_add (list, names->pdata[i]);
  return g_strv_builder_end (list);
}

static void
look_worker (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_autoptr (Look) look = g_new0 (Look, 1);
  g_autoptr (GString) summary = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  look->store = data != NULL ? pn_image_store_ref (data) : open_store (&error);
  look->images = look->store != NULL ? pn_image_store_list (look->store, &error) : NULL;
  if (look->images == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  look->users =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_strfreev);
  for (guint i = 0; i < look->images->len; i++)
    {
      PnStoredImage *image = look->images->pdata[i];
      const char *id = pn_stored_image_get_id (image);
      g_autoptr (GBytes) json = pn_stored_image_to_json (image);
      char **users = find_users (look->store, id);
      g_autofree char *joined = g_strjoinv ("\n", users);

      g_hash_table_insert (look->users, g_strdup (id), users);
      g_string_append_len (summary, g_bytes_get_data (json, NULL),
                           (gssize) g_bytes_get_size (json));
      g_string_append (summary, joined);
    }
  look->summary = g_strdup (summary->str);
  g_task_return_pointer (task, g_steal_pointer (&look), (GDestroyNotify) look_free);
}

static void
report_cb (PnImportStep step, guint64 done, guint64 total, gpointer user_data)
{
  static const char *const words[] = { N_ ("Reading"), N_ ("Inspecting"), N_ ("Storing") };

  pn_job_report (user_data, done == 0 || step != PN_IMPORT_READING ? _ (words[step]) : NULL, done,
                 total);
}

static void
import_worker (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Import *import = data;
  const PnImportOptions options = { import->name, import->notes, import->expected };
  g_autoptr (GError) error = NULL;
  g_autoptr (PnImageStore) store = open_store (&error);
  g_autoptr (PnStoredImage) image = NULL;

  if (store != NULL)
    image = pn_image_store_import (store, import->path, &options, report_cb, import->job,
                                   cancellable, &error);
  if (image != NULL)
    g_task_return_pointer (task, g_steal_pointer (&image), g_object_unref);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static char *
used_by (const char *id, gpointer store)
{
  g_auto (GStrv) users = find_users (store, id);

  return users[0] != NULL ? g_strdup_printf (_ ("Used by recipe ‘%s’."), users[0]) : NULL;
}

typedef struct
{
  char *id, *name, *notes;
  gboolean remove;
} Change;

static void
change_free (Change *self)
{
  g_free (self->id);
  g_free (self->name);
  g_free (self->notes);
  g_free (self);
}

static void
change_worker (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Change *change = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (PnImageStore) store = open_store (&error);
  g_autoptr (PnStoredImage) edited = NULL;
  gboolean done = FALSE;

  if (store != NULL && change->remove)
    done = pn_image_store_remove (store, change->id, used_by, store, &error);
  else if (store != NULL)
    edited = pn_image_store_edit (store, change->id, change->name, change->notes, &error);
  if (done || edited != NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

/* ---- looking ---- */

static void
set_problem (PnImageLibrary *self, const char *problem)
{
  if (g_strcmp0 (self->problem, problem) == 0)
    return;
  g_free (self->problem);
  self->problem = g_strdup (problem);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PROBLEM]);
}

static gboolean
settled_cb (gpointer user_data)
{
  PnImageLibrary *self = user_data;

  self->settle = 0;
  pn_image_library_refresh (self);
  return G_SOURCE_REMOVE;
}

static void
disc_changed_cb (PnImageLibrary *self)
{
  if (self->settle == 0)
    self->settle = g_timeout_add (SETTLE_MS, settled_cb, self);
}

static void
take_store (PnImageLibrary *self, Look *look)
{
  g_autoptr (GFile) folder = NULL;

  if (self->store != NULL)
    return;
  self->store = pn_image_store_ref (look->store);
  folder = g_file_new_for_path (pn_image_store_get_folder (self->store));
  self->monitor = g_file_monitor_directory (folder, G_FILE_MONITOR_WATCH_MOVES, NULL, NULL);
  if (self->monitor != NULL)
    g_signal_connect_object (self->monitor, "changed", G_CALLBACK (disc_changed_cb), self,
                             G_CONNECT_SWAPPED);
}

static void
take_look (PnImageLibrary *self, Look *look)
{
  take_store (self, look);
  if (g_strcmp0 (self->summary, look->summary) == 0)
    return;
  g_free (self->summary);
  self->summary = g_steal_pointer (&look->summary);
  g_clear_pointer (&self->users, g_hash_table_unref);
  self->users = g_steal_pointer (&look->users);
  g_list_store_splice (self->images, 0, g_list_model_get_n_items (G_LIST_MODEL (self->images)),
                       look->images->pdata, look->images->len);
}

static void
looked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  PnImageLibrary *self = PN_IMAGE_LIBRARY (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (Look) look = g_task_propagate_pointer (G_TASK (result), &error);

  self->looking = FALSE;
  set_problem (self, error != NULL ? pn_error_text (error) : NULL);
  if (look != NULL)
    take_look (self, look);
  if (!self->ready)
    {
      self->ready = TRUE;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_READY]);
    }
  if (self->look_again)
    pn_image_library_refresh (self);
}

void
pn_image_library_refresh (PnImageLibrary *self)
{
  g_autoptr (GTask) task = NULL;

  self->look_again = self->looking;
  if (self->looking)
    return;
  self->looking = TRUE;
  task = g_task_new (self, NULL, looked_cb, NULL);
  if (self->store != NULL)
    g_task_set_task_data (task, pn_image_store_ref (self->store),
                          (GDestroyNotify) pn_image_store_unref);
  g_task_run_in_thread (task, look_worker);
}

/* ---- importing ---- */

static void start_next (PnImageLibrary *self);

static void
imported_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  PnImageLibrary *self = PN_IMAGE_LIBRARY (source);
  g_autoptr (PnJob) job = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (PnStoredImage) image = g_task_propagate_pointer (G_TASK (result), &error);

  self->importing = FALSE;
  pn_job_end (job, _ ("The image is in the library."), error);
  pn_image_library_refresh (self);
  if (image != NULL)
    g_signal_emit (self, imported_signal, 0, image);
  start_next (self);
}

static void
start_next (PnImageLibrary *self)
{
  Import *import;
  g_autoptr (GTask) task = NULL;

  if (self->importing || (import = g_queue_pop_head (&self->waiting)) == NULL)
    return;
  self->importing = TRUE;
  task = g_task_new (self, pn_job_get_cancellable (import->job), imported_cb,
                     g_object_ref (import->job));
  /* What was cancelled at the last moment is in the library all the same, and says so. */
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, import, (GDestroyNotify) import_free);
  g_task_run_in_thread (task, import_worker);
}

/* One that only waits need not wait for its turn to be cancelled. */
static void
cancelled_cb (GCancellable *cancellable, gpointer user_data)
{
  PnImageLibrary *self = user_data;

  for (GList *at = self->waiting.head; at != NULL; at = at->next)
    {
      Import *import = at->data;
      g_autoptr (GError) error = NULL;

      if (pn_job_get_cancellable (import->job) != cancellable)
        continue;
      g_queue_delete_link (&self->waiting, at);
      g_cancellable_set_error_if_cancelled (cancellable, &error);
      pn_job_end (import->job, NULL, error);
      import_free (import);
      return;
    }
}

PnJob *
pn_image_library_import (PnImageLibrary *self,
                         const char *path,
                         const char *name,
                         const char *notes,
                         const char *expected)
{
  g_autofree char *title = g_path_get_basename (path);
  g_autofree char *shown = g_utf8_make_valid (title, -1);
  Import *import = g_new0 (Import, 1);
  PnJob *job;

  import->job = job = pn_job_new ("import", name != NULL ? name : shown);
  import->path = g_strdup (path);
  import->name = g_strdup (name);
  import->notes = g_strdup (notes);
  import->expected = g_strdup (expected);
  pn_app_add_job (pn_app_get_default (), import->job);
  g_signal_connect_object (pn_job_get_cancellable (import->job), "cancelled",
                           G_CALLBACK (cancelled_cb), self, 0);
  g_queue_push_tail (&self->waiting, import);
  start_next (self);
  return job;
}

/* ---- changing ---- */

static void
changed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data; /* the caller's */
  g_autoptr (GError) error = NULL;

  pn_image_library_refresh (PN_IMAGE_LIBRARY (source));
  if (g_task_propagate_boolean (G_TASK (result), &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static void
change (PnImageLibrary *self, Change *change_data, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);
  g_autoptr (GTask) worker = g_task_new (self, NULL, changed_cb, task);

  g_task_set_task_data (worker, change_data, (GDestroyNotify) change_free);
  g_task_run_in_thread (worker, change_worker);
}

void
pn_image_library_edit_async (PnImageLibrary *self,
                             const char *id,
                             const char *name,
                             const char *notes,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  Change *data = g_new0 (Change, 1);

  data->id = g_strdup (id);
  data->name = g_strdup (name);
  data->notes = g_strdup (notes);
  change (self, data, callback, user_data);
}

void
pn_image_library_remove_async (PnImageLibrary *self,
                               const char *id,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  Change *data = g_new0 (Change, 1);

  data->id = g_strdup (id);
  data->remove = TRUE;
  change (self, data, callback, user_data);
}

gboolean
pn_image_library_change_finish (PnImageLibrary *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* ---- the object ---- */

static void
pn_image_library_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PnImageLibrary *self = PN_IMAGE_LIBRARY (object);

  switch ((PnImageLibraryProperty) prop_id)
    {
    case PROP_READY:
      g_value_set_boolean (value, self->ready);
      break;
    case PROP_PROBLEM:
      g_value_set_string (value, self->problem);
      break;
    case N_PROPS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
pn_image_library_class_init (PnImageLibraryClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = pn_image_library_get_property;
  properties[PROP_READY] = g_param_spec_boolean ("ready", NULL, NULL, FALSE, flags);
  properties[PROP_PROBLEM] = g_param_spec_string ("problem", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  imported_signal = g_signal_new ("imported", PN_TYPE_IMAGE_LIBRARY, G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 1, PN_TYPE_STORED_IMAGE);
}

static void
pn_image_library_init (PnImageLibrary *self)
{
  self->images = g_list_store_new (PN_TYPE_STORED_IMAGE);
  g_queue_init (&self->waiting);
}

PnImageLibrary *
pn_image_library_get_default (void)
{
  static PnImageLibrary *library;

  if (library == NULL)
    {
      library = g_object_new (PN_TYPE_IMAGE_LIBRARY, NULL);
      pn_image_library_refresh (library);
    }
  return library;
}

gboolean
pn_image_library_is_ready (PnImageLibrary *self)
{
  return self->ready;
}

GListModel *
pn_image_library_get_images (PnImageLibrary *self)
{
  return G_LIST_MODEL (self->images);
}

PnStoredImage *
pn_image_library_find (PnImageLibrary *self, const char *id)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->images));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (PnStoredImage) image = g_list_model_get_item (G_LIST_MODEL (self->images), i);

      if (g_str_equal (pn_stored_image_get_id (image), id))
        return image; /* the store holds it */
    }
  return NULL;
}

PnStoredImage *
pn_image_library_find_path (PnImageLibrary *self, const char *path)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->images)); i++)
    {
      g_autoptr (PnStoredImage) image = g_list_model_get_item (G_LIST_MODEL (self->images), i);
      g_autofree char *own = pn_image_library_get_path (self, pn_stored_image_get_id (image));

      if (g_strcmp0 (own, path) == 0)
        return image; /* the store holds it */
    }
  return NULL;
}

char *
pn_image_library_get_path (PnImageLibrary *self, const char *id)
{
  return self->store != NULL ? pn_image_store_get_path (self->store, id) : NULL;
}

const char *const *
pn_image_library_get_users (PnImageLibrary *self, const char *id)
{
  static const char *const none[] = { NULL };
  const char *const *users = self->users != NULL ? g_hash_table_lookup (self->users, id) : NULL;

  return users != NULL ? users : none;
}
