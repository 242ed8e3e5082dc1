/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-consent-check.h"

#include <fcntl.h>
#include <glib/gi18n.h>

#include "pn-bundle.h"
#include "pn-error.h"
#include "pn-io.h"

struct _PnConsentCheck
{
  GObject parent_instance;
  const char *title; /* translated */
  PnCheckState state;
  char *problem;
};

typedef enum
{
  PROP_TITLE = 1,
  PROP_STATE,
  PROP_PROBLEM,
  N_PROPS
} PnConsentCheckProperty;
static GParamSpec *properties[N_PROPS];

G_DEFINE_ENUM_TYPE (PnCheckState,
                    pn_check_state,
                    G_DEFINE_ENUM_VALUE (PN_CHECK_WAITING, "waiting"),
                    G_DEFINE_ENUM_VALUE (PN_CHECK_RUNNING, "running"),
                    G_DEFINE_ENUM_VALUE (PN_CHECK_PASSED, "passed"),
                    G_DEFINE_ENUM_VALUE (PN_CHECK_FAILED, "failed"))
G_DEFINE_FINAL_TYPE (PnConsentCheck, pn_consent_check, G_TYPE_OBJECT)

static void
pn_consent_check_finalize (GObject *object)
{
  g_free (PN_CONSENT_CHECK (object)->problem);
  G_OBJECT_CLASS (pn_consent_check_parent_class)->finalize (object);
}

static void
pn_consent_check_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PnConsentCheck *self = PN_CONSENT_CHECK (object);

  switch ((PnConsentCheckProperty) prop_id)
    {
    case PROP_TITLE:
      g_value_set_string (value, self->title);
      break;
    case PROP_STATE:
      g_value_set_enum (value, (int) self->state);
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
pn_consent_check_class_init (PnConsentCheckClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->finalize = pn_consent_check_finalize;
  object_class->get_property = pn_consent_check_get_property;
  properties[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, NULL, flags);
  properties[PROP_STATE] =
      g_param_spec_enum ("state", NULL, NULL, PN_TYPE_CHECK_STATE, PN_CHECK_WAITING, flags);
  properties[PROP_PROBLEM] = g_param_spec_string ("problem", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
pn_consent_check_init (PnConsentCheck *self)
{
}

const char *
pn_consent_check_get_title (PnConsentCheck *self)
{
  return self->title;
}

PnCheckState
pn_consent_check_get_state (PnConsentCheck *self)
{
  return self->state;
}

const char *
pn_consent_check_get_problem (PnConsentCheck *self)
{
  return self->problem;
}

static void
set (PnConsentCheck *self, PnCheckState state, const char *problem)
{
  self->state = state;
  g_free (self->problem);
  self->problem = g_strdup (problem);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PROBLEM]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
}

static PnConsentCheck *
add (GListStore *store, const char *title)
{
  g_autoptr (PnConsentCheck) self = g_object_new (PN_TYPE_CONSENT_CHECK, NULL);

  self->title = title;
  g_list_store_append (store, self);
  return self;
}

/* ---- the bundle, in a thread ---- */

typedef struct
{
  char *folder, *digest, *fingerprint;
  /* the list's, told on the main thread */
  PnConsentCheck *whole, *signatures, *same, *permanent;
  GListStore *store;
} Reading;

static void
reading_free (Reading *self)
{
  g_free (self->folder);
  g_free (self->digest);
  g_free (self->fingerprint);
  g_object_unref (self->store);
  g_free (self);
}

typedef struct
{
  gboolean whole, verified, same, permanent;
  char *whole_problem, *verify_problem;
} Findings;

static void
findings_free (Findings *self)
{
  g_free (self->whole_problem);
  g_free (self->verify_problem);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Findings, findings_free)

/* A bundle that locks names its key, and its key is the one whose fingerprint is shown. */
static gboolean
is_as_shown (PnManifest *manifest, const char *fingerprint)
{
  PnPublicKey *key = pn_manifest_get_public_key (manifest);
  g_autofree char *hex = NULL;
  PnSha256 found;

  if (key == NULL)
    return fingerprint == NULL;
  found = pn_public_key_get_fingerprint (key);
  hex = pn_sha256_to_hex (&found);
  return g_strcmp0 (hex, fingerprint) == 0;
}

static void
read_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Reading *reading = data;
  g_autoptr (Findings) findings = g_new0 (Findings, 1);
  g_autoptr (PnBundle) bundle = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (PnFd) directory = pn_open (reading->folder, O_RDONLY | O_DIRECTORY, &error);

  if (directory >= 0)
    bundle = pn_bundle_open (directory, NULL, NULL, cancellable, &error);
  findings->whole = bundle != NULL;
  if (bundle != NULL)
    {
      PnManifest *manifest = pn_bundle_get_manifest (bundle);
      PnSha256 digest = pn_manifest_get_digest (manifest);
      g_autofree char *hex = pn_sha256_to_hex (&digest);

      findings->same = g_str_equal (hex, reading->digest);
      findings->permanent = is_as_shown (manifest, reading->fingerprint);
      findings->verified = pn_bundle_verify (bundle, cancellable, &error);
    }
  if (error != NULL)
    *(bundle == NULL ? &findings->whole_problem : &findings->verify_problem) =
        g_strdup (pn_error_text (error));
  if (!g_task_return_error_if_cancelled (task))
    g_task_return_pointer (task, g_steal_pointer (&findings), (GDestroyNotify) findings_free);
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Reading *reading = g_task_get_task_data (G_TASK (result));
  g_autoptr (Findings) findings = g_task_propagate_pointer (G_TASK (result), NULL);

  if (findings == NULL)
    return;
  set (reading->whole, findings->whole ? PN_CHECK_PASSED : PN_CHECK_FAILED,
       findings->whole_problem);
  set (reading->signatures, findings->verified ? PN_CHECK_PASSED : PN_CHECK_FAILED,
       findings->verify_problem);
  set (reading->same, findings->same ? PN_CHECK_PASSED : PN_CHECK_FAILED,
       findings->same || !findings->whole
           ? NULL
           : _ ("The bundle is not the one that was prepared. Prepare the recipe again."));
  /* What the boot configurations make permanent is part of verifying them. */
  set (reading->permanent,
       findings->verified && findings->permanent ? PN_CHECK_PASSED : PN_CHECK_FAILED,
       findings->permanent || !findings->whole
           ? NULL
           : _ ("The bundle holds another key than the one that is shown. Prepare the recipe "
                "again."));
}

/* The service may come, and go, while the page is looked at. */
static void
client_state_cb (PnConsentCheck *self, GParamSpec *pspec, PnClient *client)
{
  gboolean ready = pn_client_get_state (client) == PN_CLIENT_READY;

  set (self, ready ? PN_CHECK_PASSED : PN_CHECK_FAILED,
       ready ? NULL : _ ("The background service is not running."));
}

GListModel *
pn_consent_checks_run (PnBatchPlan *plan, PnClient *client, GCancellable *cancellable)
{
  GListStore *store = g_list_store_new (PN_TYPE_CONSENT_CHECK);
  Reading *reading = g_new0 (Reading, 1);
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, read_cb, NULL);
  g_autofree char *taken = pn_batch_plan_find_conflict (plan, client);
  gboolean rehearsed = pn_batch_plan_is_rehearsed (plan);
  PnConsentCheck *service;

  reading->store = g_object_ref (store);
  reading->folder = g_strdup (pn_batch_plan_get_folder (plan));
  reading->digest = g_strdup (pn_batch_plan_get_digest (plan));
  reading->fingerprint = g_strdup (pn_batch_plan_get_fingerprint (plan));
  reading->whole = add (store, _ ("Every file reads back whole"));
  reading->signatures = add (store, _ ("Every signature verifies"));
  reading->same = add (store, _ ("It is the prepared bundle"));
  reading->permanent = add (store, _ ("Nothing else is permanent"));
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (store)); i++)
    {
      g_autoptr (PnConsentCheck) check = g_list_model_get_item (G_LIST_MODEL (store), i);

      set (check, PN_CHECK_RUNNING, NULL);
    }
  set (add (store, _ ("Rehearsal passed")), rehearsed ? PN_CHECK_PASSED : PN_CHECK_FAILED,
       rehearsed ? NULL
                 : _ ("This bundle has not passed a rehearsal on a virtual device. Rehearse it on "
                      "the page of its recipe."));
  set (add (store, _ ("Slots are free")), taken == NULL ? PN_CHECK_PASSED : PN_CHECK_FAILED, taken);
  service = add (store, _ ("Service is ready"));
  g_signal_connect_object (client, "notify::state", G_CALLBACK (client_state_cb), service,
                           G_CONNECT_SWAPPED);
  client_state_cb (service, NULL, client);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, reading, (GDestroyNotify) reading_free);
  g_task_run_in_thread (task, read_thread);
  return G_LIST_MODEL (store);
}
