/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-batch-plan.h"

#include <fcntl.h>
#include <glib/gi18n.h>

#include "pn-app.h"
#include "pn-bundle.h"
#include "pn-error.h"
#include "pn-io.h"
#include "pn-recipe-store.h"
#include "pn-window.h"

struct _PnBatchPlan
{
  GObject parent_instance;
  char *recipe, *title, *folder, *digest, *fingerprint; /* @recipe: its id */
  PnManifest *manifest;
  gint64 rehearsed; /* unix seconds */
  gboolean passed;  /* the rehearsal */
  char *reference;
  GStrv slots;
  guint count;
  gboolean automatic;
  PnDonePolicy done;
};

enum
{
  PROP_TITLE = 1,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (PnBatchPlan, pn_batch_plan, G_TYPE_OBJECT)

static void
pn_batch_plan_finalize (GObject *object)
{
  PnBatchPlan *self = PN_BATCH_PLAN (object);

  g_free (self->recipe);
  g_free (self->title);
  g_free (self->folder);
  g_free (self->digest);
  g_free (self->fingerprint);
  g_clear_pointer (&self->manifest, pn_manifest_unref);
  g_free (self->reference);
  g_strfreev (self->slots);
  G_OBJECT_CLASS (pn_batch_plan_parent_class)->finalize (object);
}

static void
pn_batch_plan_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  if (prop_id == PROP_TITLE)
    g_value_set_string (value, PN_BATCH_PLAN (object)->title);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
pn_batch_plan_class_init (PnBatchPlanClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = pn_batch_plan_finalize;
  object_class->get_property = pn_batch_plan_get_property;
  properties[PROP_TITLE] =
      g_param_spec_string ("title", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
pn_batch_plan_init (PnBatchPlan *self)
{
  self->reference = g_strdup ("");
  self->count = 1;
  self->automatic = TRUE;
}

/* ---- the list ---- */

static PnManifest *
read_manifest (const char *folder)
{
  g_auto (PnFd) fd = pn_open (folder, O_RDONLY | O_DIRECTORY, NULL);
  g_auto (PnFd) file = fd >= 0 ? pn_open_at (fd, PN_MANIFEST_NAME, O_RDONLY, NULL) : -1;
  g_autoptr (GBytes) bytes = file >= 0 ? pn_read_file_fd (file, PN_MANIFEST_MAX, NULL) : NULL;

  return bytes != NULL ? pn_manifest_parse (bytes, NULL) : NULL;
}

static PnBatchPlan *
new_plan (const PnRecipeEntry *entry)
{
  PnBatchPlan *self;
  PnManifest *manifest;

  if (entry->retired || entry->revision == 0 || entry->says == NULL || entry->bundle == NULL)
    return NULL;
  manifest = read_manifest (entry->bundle->folder);
  if (manifest == NULL)
    return NULL;
  self = g_object_new (PN_TYPE_BATCH_PLAN, NULL);
  /* Translators: the name of a recipe and the number of its revision. */
  self->title = g_strdup_printf (_ ("%s, revision %u"), pn_manifest_get_recipe_name (manifest),
                                 entry->revision);
  self->manifest = manifest;
  self->recipe = g_strdup (entry->id);
  self->folder = g_strdup (entry->bundle->folder);
  self->digest = g_strdup (entry->bundle->digest);
  self->fingerprint = g_strdup (entry->bundle->fingerprint);
  self->rehearsed = entry->bundle->rehearsed;
  self->passed = entry->bundle->passed;
  return self;
}

static void
list_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_autoptr (PnRecipeStore) store = pn_recipe_store_new (NULL, NULL);
  g_autoptr (GPtrArray) plans = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) entries = NULL;
  GError *error = NULL;

  entries = pn_recipe_store_list (store, &error);
  if (entries == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  for (guint i = 0; i < entries->len; i++)
    {
      PnBatchPlan *plan = new_plan (entries->pdata[i]);

      if (plan != NULL)
        g_ptr_array_add (plans, plan);
    }
  g_task_return_pointer (task, g_steal_pointer (&plans), (GDestroyNotify) g_ptr_array_unref);
}

PnBatchPlan *
pn_batch_plan_new_for (const char *id, guint revision, GError **error)
{
  g_autoptr (PnRecipeStore) store = pn_recipe_store_new (NULL, NULL);
  g_autoptr (PnRecipeEntry) entry = pn_recipe_store_lookup (store, id, error);
  PnBatchPlan *plan = NULL;

  if (entry == NULL)
    return NULL;
  if (entry->revision != revision)
    g_set_error_literal (error, PN_ERROR, PN_ERROR_STALE,
                         _ ("There is a newer revision meanwhile"));
  else if ((plan = new_plan (entry)) == NULL)
    g_set_error_literal (error, PN_ERROR, PN_ERROR_NOT_FOUND,
                         _ ("There is no bundle of this revision that can be used: prepare it"));
  return plan;
}

void
pn_batch_plan_list_async (GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, pn_batch_plan_list_async);
  g_task_run_in_thread (task, list_thread);
}

GPtrArray *
pn_batch_plan_list_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- what was chosen ---- */

const char *
pn_batch_plan_get_title (PnBatchPlan *self)
{
  return self->title;
}

PnManifest *
pn_batch_plan_get_manifest (PnBatchPlan *self)
{
  return self->manifest;
}

const char *
pn_batch_plan_get_folder (PnBatchPlan *self)
{
  return self->folder;
}

const char *
pn_batch_plan_get_digest (PnBatchPlan *self)
{
  return self->digest;
}

const char *
pn_batch_plan_get_fingerprint (PnBatchPlan *self)
{
  return self->fingerprint;
}

gboolean
pn_batch_plan_is_permanent (PnBatchPlan *self)
{
  return pn_manifest_get_permanent (self->manifest)[0] != NULL;
}

gboolean
pn_batch_plan_is_rehearsed (PnBatchPlan *self)
{
  return self->rehearsed != 0 && self->passed;
}

gint64
pn_batch_plan_get_rehearsed (PnBatchPlan *self)
{
  return self->rehearsed;
}

const char *
pn_batch_plan_get_reference (PnBatchPlan *self)
{
  return self->reference;
}

void
pn_batch_plan_set_reference (PnBatchPlan *self, const char *reference)
{
  g_free (self->reference);
  self->reference = g_strdup (reference);
}

guint
pn_batch_plan_get_count (PnBatchPlan *self)
{
  return self->count;
}

void
pn_batch_plan_set_count (PnBatchPlan *self, guint count)
{
  self->count = count;
}

const char *const *
pn_batch_plan_get_slots (PnBatchPlan *self)
{
  return (const char *const *) self->slots;
}

void
pn_batch_plan_set_slots (PnBatchPlan *self, const char *const *slots)
{
  GStrv copy = g_strdupv ((char **) slots);

  g_strfreev (self->slots);
  self->slots = copy;
}

void
pn_batch_plan_set_automatic (PnBatchPlan *self, gboolean automatic)
{
  self->automatic = automatic;
}

void
pn_batch_plan_set_done (PnBatchPlan *self, PnDonePolicy done)
{
  self->done = done;
}

/* TRUE where @batch can still start a device. */
static gboolean
is_live (PnClientBatch *batch)
{
  guint count = pn_client_batch_get_count (batch);

  return !pn_client_batch_get_closed (batch) &&
         (count == 0 || pn_client_batch_get_used (batch) < count);
}

char *
pn_batch_plan_find_conflict (PnBatchPlan *self, PnClient *client)
{
  GListModel *batches = pn_client_get_batches (client);
  guint n = g_list_model_get_n_items (batches);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (PnClientBatch) batch = g_list_model_get_item (batches, i);
      const char *const *taken = pn_client_batch_get_slots (batch);

      if (!is_live (batch))
        continue;
      if (self->slots == NULL || taken[0] == NULL)
        return g_strdup_printf (
            _ ("The batch ‘%s’ has slots of this one. Close it first, or choose other slots."),
            pn_client_batch_get_reference (batch));
      for (guint k = 0; self->slots[k] != NULL; k++)
        if (g_strv_contains (taken, self->slots[k]))
          return g_strdup_printf (
              _ ("The slot ‘%s’ belongs to the batch ‘%s’. Close it first, or choose other slots."),
              self->slots[k], pn_client_batch_get_reference (batch));
    }
  return NULL;
}

/* ---- opening ---- */

static GVariant *
make_options (PnBatchPlan *self, gboolean consent)
{
  GVariantBuilder options;

  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "reference", g_variant_new_string (self->reference));
  g_variant_builder_add (&options, "{sv}", "count", g_variant_new_uint32 (self->count));
  g_variant_builder_add (&options, "{sv}", "automatic", g_variant_new_boolean (self->automatic));
  g_variant_builder_add (&options, "{sv}", "done",
                         g_variant_new_string (pn_done_policy_to_word (self->done)));
  if (self->slots != NULL)
    g_variant_builder_add (&options, "{sv}", "slots",
                           g_variant_new_strv ((const char *const *) self->slots, -1));
  if (consent && pn_batch_plan_is_permanent (self))
    {
      PnSha256 permit = pn_manifest_get_consent (self->manifest);
      g_autofree char *hex = pn_sha256_to_hex (&permit);

      g_variant_builder_add (&options, "{sv}", "permit-permanent", g_variant_new_string (hex));
    }
  return g_variant_builder_end (&options);
}

static void
note_worker (GTask *task, gpointer source, gpointer recipe, GCancellable *cancellable)
{
  g_autoptr (PnRecipeStore) store = pn_recipe_store_new (NULL, NULL);
  g_autoptr (GError) error = NULL;

  if (!pn_recipe_store_set_used (store, recipe, &error))
    g_message ("Cannot note that the recipe was used: %s", error->message);
  g_task_return_boolean (task, TRUE);
}

/* The list of recipes says when each was used last. */
static void
note_used (PnBatchPlan *self)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, NULL, NULL);

  g_task_set_task_data (task, g_strdup (self->recipe), g_free);
  g_task_run_in_thread (task, note_worker);
}

static void
opened_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  char *path = pn_client_open_batch_finish (PN_CLIENT (source), result, &error);

  if (path == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  note_used (PN_BATCH_PLAN (g_task_get_source_object (task)));
  g_task_return_pointer (task, path, g_free);
}

typedef struct
{
  gboolean consent;
  PnClientProgressFunc progress;
  gpointer progress_data;
} PlanOpening;

static void
installed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  PlanOpening *opening = g_task_get_task_data (task);
  PnBatchPlan *self = g_task_get_source_object (task);
  GError *error = NULL;
  g_autofree char *digest = pn_client_install_bundle_finish (PN_CLIENT (source), result, &error);

  if (digest == NULL)
    g_task_return_error (task, error);
  else
    pn_client_open_batch_async (PN_CLIENT (source), digest, make_options (self, opening->consent),
                                g_task_get_cancellable (task), opened_cb, g_object_ref (task));
}

void
pn_batch_plan_open_async (PnBatchPlan *self,
                          PnClient *client,
                          gboolean consent,
                          PnClientProgressFunc progress,
                          gpointer progress_data,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_auto (PnFd) directory = -1;
  PlanOpening *opening = g_new0 (PlanOpening, 1);
  GError *error = NULL;

  *opening = (PlanOpening){ consent, progress, progress_data };
  g_task_set_task_data (task, opening, g_free);
  g_task_set_source_tag (task, pn_batch_plan_open_async);
  directory = pn_open (self->folder, O_RDONLY | O_DIRECTORY, &error);
  if (directory < 0)
    g_task_return_error (task, error);
  else
    pn_client_install_bundle_async (client, directory, progress, progress_data, cancellable,
                                    installed_cb, g_steal_pointer (&task));
}

char *
pn_batch_plan_open_finish (PnBatchPlan *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- from a page ---- */

typedef struct
{
  GtkWidget *page;
  void (*set_busy) (GtkWidget *page, int percent);
  gboolean consent;
} Opening;

static void
installing_cb (guint64 done, guint64 total, gpointer user_data)
{
  Opening *opening = user_data;

  if (total > 0)
    opening->set_busy (opening->page, (int) (100.0 * (double) done / (double) total));
}

static void
opened_from_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Opening *opening = user_data;
  g_autoptr (GtkWidget) page = opening->page;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = pn_batch_plan_open_finish (PN_BATCH_PLAN (source), result, &error);
  PnWindow *window = pn_window_of (page);

  if (window == NULL)
    return; /* it was closed meanwhile */
  opening->set_busy (page, PN_BATCH_PLAN_IDLE);
  if (path == NULL)
    {
      pn_window_toast (window, pn_error_text (error));
      return;
    }
  pn_window_show_page (window, "devices");
  pn_window_toast (window, opening->consent ? _ ("The batch is armed. Plug devices in.")
                                            : _ ("The batch is open. Plug devices in."));
}

void
pn_batch_plan_open_from (PnBatchPlan *self,
                         GtkWidget *page,
                         void (*set_busy) (GtkWidget *page, int percent),
                         gboolean consent,
                         GCancellable *cancellable)
{
  Opening *opening = g_new0 (Opening, 1);

  *opening = (Opening){ g_object_ref (page), set_busy, consent };
  set_busy (page, 0);
  pn_batch_plan_open_async (self, pn_app_get_client (pn_app_get_default ()), consent, installing_cb,
                            opening, cancellable, opened_from_cb, opening);
}
