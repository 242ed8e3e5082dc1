/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each life of a helper gets an object manager of its own, made for the helper's unique name: one
 * for the well-known name would ask the next helper for everything in a blocking call (GLib does
 * when a name gets a new owner), and this thread belongs to a window. */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "pn-client-bus.h"
#include "pn-client-private.h"
#include "pn-client-start.h"
#include "pn-client.h"

#include <pwd.h>
#include <string.h>

#include "pn-error.h"

#define ROOT "/org/punnet/Provisioner1"
#define INTERFACE "org.punnet.Provisioner1."
#define START_LIMIT_S 10

struct _PnClient
{
  GObject parent_instance;
  char *bus_name;
  GBusType bus;           /* NONE until it is chosen */
  GCancellable *choosing; /* NULL once it is */
  PnClientState state;
  char *error;
  guint watch;
  GCancellable *life;     /* of this helper */
  GCancellable *starting; /* of an attempt to start one */
  guint start_timer;
  GDBusObjectManager *objects; /* of this helper; NULL = none */
  PnDbusManager *manager;
  GListStore *slots;
  GListStore *batches;
  GListStore *overrides;
  GListStore *approvals;
  GListStore *bundles;
  char *runs_as;     /* whose process the helper is; NULL = not known */
  GHashTable *known; /* path → PnClientSlot, PnClientBatch, PnClientRun, PnClientApproval,
                        PnClientBundle */
};

typedef enum
{
  PROP_STATE = 1,
  PROP_SLOTS,
  PROP_BATCHES,
  PROP_PAUSED,
  PROP_PAUSE_REASON,
  PROP_REST_AFTER,
  PROP_PRACTICE,
  PROP_RECORD_COUNT,
  PROP_AUDIT_NUMBER,
  PROP_ENROLLED_KEYS,
  PROP_ENROLLED_ONLY,
  PROP_STORE_ROOM,
  PROP_MAX_BUNDLES,
  PROP_MAX_BUNDLE_SIZE,
  PROP_MAX_STORE_SIZE,
  PROP_RUNS_AS,
  PROP_RUNNING,
  PROP_SECOND_PERSON,
  PROP_ERROR,
  N_PROPS
} PnClientProperty;
static GParamSpec *properties[N_PROPS];
G_DEFINE_FINAL_TYPE (PnClient, pn_client, G_TYPE_OBJECT)
G_DEFINE_ENUM_TYPE (PnClientState,
                    pn_client_state,
                    G_DEFINE_ENUM_VALUE (PN_CLIENT_CONNECTING, "connecting"),
                    G_DEFINE_ENUM_VALUE (PN_CLIENT_ABSENT, "absent"),
                    G_DEFINE_ENUM_VALUE (PN_CLIENT_STARTING, "starting"),
                    G_DEFINE_ENUM_VALUE (PN_CLIENT_READY, "ready"))

static void
set_error (PnClient *self, const char *sentence)
{
  if (g_strcmp0 (self->error, sentence) == 0)
    return;
  g_free (self->error);
  self->error = g_strdup (sentence);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ERROR]);
}

static void
set_state (PnClient *self, PnClientState state, const char *error)
{
  set_error (self, error);
  if (self->state == state)
    return;
  self->state = state;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
}

/* ---- what the helper has ---- */

/* "…/batches/12" → 12 */
static guint64
path_number (const char *path)
{
  guint64 number = 0;

  (void) g_ascii_string_to_unsigned (strrchr (path, '/') + 1, 10, 0, G_MAXUINT64, &number, NULL);
  return number;
}

static int
compare_batches (gconstpointer a, gconstpointer b, gpointer user_data)
{
  guint64 first = path_number (pn_client_batch_get_path ((PnClientBatch *) a));
  guint64 second = path_number (pn_client_batch_get_path ((PnClientBatch *) b));

  return first > second ? -1 : first < second;
}

/* The oldest first: it expires first. */
static int
compare_approvals (gconstpointer a, gconstpointer b, gpointer user_data)
{
  gint64 first = pn_client_approval_get_expires ((PnClientApproval *) a);
  gint64 second = pn_client_approval_get_expires ((PnClientApproval *) b);

  return first < second ? -1 : first > second;
}

static int
compare_bundles (gconstpointer a, gconstpointer b, gpointer user_data)
{
  gint64 first = pn_client_bundle_get_installed ((PnClientBundle *) a);
  gint64 second = pn_client_bundle_get_installed ((PnClientBundle *) b);

  return first > second ? -1 : first < second;
}

/* "1-1.2" before "1-1.10" */
static int
compare_slots (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const char *first = pn_client_slot_get_name ((PnClientSlot *) a);
  const char *second = pn_client_slot_get_name ((PnClientSlot *) b);
  g_autofree char *first_key = g_utf8_collate_key_for_filename (first, -1);
  g_autofree char *second_key = g_utf8_collate_key_for_filename (second, -1);

  return strcmp (first_key, second_key);
}

static gpointer
lookup (PnClient *self, GType type, const char *path)
{
  gpointer found = g_hash_table_lookup (self->known, path);

  return found != NULL && G_TYPE_CHECK_INSTANCE_TYPE (found, type) ? found : NULL;
}

/* Slots name their runs by path, and either may come first. A run that was only taken off the bus
 * stays with its slot until the slot says what is next. */
static void
link_slot (PnClient *self, PnClientSlot *slot)
{
  const char *path = pn_client_slot_get_run_path (slot);
  PnClientRun *run = lookup (self, PN_TYPE_CLIENT_RUN, path);

  if (run != NULL || g_str_equal (path, "/"))
    pn_client_slot_set_run (slot, run);
}

/* A run's batch says what it will do. */
static void
link_run (PnClient *self, PnClientRun *run)
{
  PnClientBatch *batch = lookup (self, PN_TYPE_CLIENT_BATCH, pn_client_run_get_batch (run));

  if (batch != NULL)
    pn_client_run_set_mode (run, pn_client_batch_get_mode (batch));
}

static void
link_all (PnClient *self)
{
  GHashTableIter iter;
  gpointer one;

  g_hash_table_iter_init (&iter, self->known);
  while (g_hash_table_iter_next (&iter, NULL, &one))
    if (PN_IS_CLIENT_SLOT (one))
      link_slot (self, one);
    else if (PN_IS_CLIENT_RUN (one))
      link_run (self, one);
}

static void
slot_run_cb (GDBusProxy *proxy, GParamSpec *pspec, PnClient *self)
{
  PnClientSlot *slot = lookup (self, PN_TYPE_CLIENT_SLOT, g_dbus_proxy_get_object_path (proxy));

  if (slot != NULL)
    link_slot (self, slot);
}

static void
verdict_cb (PnClientRun *run, GParamSpec *pspec, PnClient *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RUNNING]);
}

static void
remember (PnClient *self, GDBusObject *object, gpointer one)
{
  g_hash_table_insert (self->known, g_strdup (g_dbus_object_get_object_path (object)), one);
}

static void
manager_notify_cb (GObject *proxy, GParamSpec *pspec, PnClient *self)
{
  pn_client_forward_notify_cb (proxy, pspec, G_OBJECT (self));
}

/* Whole: they are few, and change seldom. */
static void
overrides_changed_cb (PnClient *self)
{
  GVariant *values = self->manager != NULL ? pn_dbus_manager_get_overrides (self->manager) : NULL;
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (g_object_unref);

  for (gsize i = 0; values != NULL && i < g_variant_n_children (values); i++)
    {
      g_autoptr (GVariant) one = g_variant_get_child_value (values, i);
      PnClientOverride *override = pn_client_override_new (one);

      if (override != NULL)
        g_ptr_array_add (all, override);
    }
  g_list_store_splice (self->overrides, 0,
                       g_list_model_get_n_items (G_LIST_MODEL (self->overrides)), all->pdata,
                       all->len);
}

static void
add_object (PnClient *self, GDBusObject *object)
{
  g_autoptr (PnDbusSlot) slot = pn_dbus_object_get_slot (PN_DBUS_OBJECT (object));
  g_autoptr (PnDbusRun) run = pn_dbus_object_get_run (PN_DBUS_OBJECT (object));
  g_autoptr (PnDbusBatch) batch = pn_dbus_object_get_batch (PN_DBUS_OBJECT (object));
  g_autoptr (PnDbusApproval) approval = pn_dbus_object_get_approval (PN_DBUS_OBJECT (object));
  g_autoptr (PnDbusBundle) bundle = pn_dbus_object_get_bundle (PN_DBUS_OBJECT (object));
  g_autoptr (PnDbusManager) manager = pn_dbus_object_get_manager (PN_DBUS_OBJECT (object));

  if (slot != NULL)
    {
      PnClientSlot *one = pn_client_slot_new (slot);

      remember (self, object, one);
      g_signal_connect_object (slot, "notify::run", G_CALLBACK (slot_run_cb), self, 0);
      link_slot (self, one);
      g_list_store_insert_sorted (self->slots, one, compare_slots, NULL);
    }
  else if (run != NULL)
    {
      PnClientRun *one = pn_client_run_new (run);

      remember (self, object, one);
      g_signal_connect_object (one, "notify::verdict", G_CALLBACK (verdict_cb), self, 0);
      link_all (self);
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RUNNING]);
    }
  else if (batch != NULL)
    {
      PnClientBatch *one = pn_client_batch_new (batch);

      remember (self, object, one);
      link_all (self);
      g_list_store_insert_sorted (self->batches, one, compare_batches, NULL);
    }
  else if (approval != NULL)
    {
      PnClientApproval *one = pn_client_approval_new (approval);

      remember (self, object, one);
      g_list_store_insert_sorted (self->approvals, one, compare_approvals, NULL);
    }
  else if (bundle != NULL)
    {
      PnClientBundle *one = pn_client_bundle_new (bundle);

      remember (self, object, one);
      g_list_store_insert_sorted (self->bundles, one, compare_bundles, NULL);
    }
  else if (manager != NULL && self->manager == NULL)
    {
      self->manager = g_steal_pointer (&manager);
      g_signal_connect_object (self->manager, "notify", G_CALLBACK (manager_notify_cb), self, 0);
      g_signal_connect_object (self->manager, "notify::overrides",
                               G_CALLBACK (overrides_changed_cb), self, G_CONNECT_SWAPPED);
      overrides_changed_cb (self);
    }
}

static void
remove_from (GListStore *store, gpointer one)
{
  guint position;

  if (g_list_store_find (store, one, &position))
    g_list_store_remove (store, position);
}

static void
object_added_cb (GDBusObjectManager *objects, GDBusObject *object, PnClient *self)
{
  add_object (self, object);
}

static void
object_removed_cb (GDBusObjectManager *objects, GDBusObject *object, PnClient *self)
{
  g_autofree char *path = NULL;
  g_autoptr (GObject) one = NULL;

  if (!g_hash_table_steal_extended (self->known, g_dbus_object_get_object_path (object),
                                    (gpointer *) &path, (gpointer *) &one))
    return;
  if (PN_IS_CLIENT_SLOT (one))
    remove_from (self->slots, one);
  else if (PN_IS_CLIENT_BATCH (one))
    remove_from (self->batches, one);
  else if (PN_IS_CLIENT_APPROVAL (one))
    remove_from (self->approvals, one);
  else if (PN_IS_CLIENT_BUNDLE (one))
    remove_from (self->bundles, one);
  else
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RUNNING]);
}

/* ---- a helper's life ---- */

/* All that comes from the manager. */
static void
notify_manager (PnClient *self)
{
  for (guint i = PROP_PAUSED; i < PROP_ERROR; i++)
    g_object_notify_by_pspec (G_OBJECT (self), properties[i]);
}

static void
forget_helper (PnClient *self)
{
  g_cancellable_cancel (self->life);
  g_clear_object (&self->life);
  /* Who it runs as may be known before its objects are. */
  g_clear_pointer (&self->runs_as, g_free);
  if (self->objects == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->objects, self);
  g_clear_object (&self->objects);
  if (self->manager != NULL)
    g_signal_handlers_disconnect_by_data (self->manager, self);
  g_clear_object (&self->manager);
  g_hash_table_remove_all (self->known);
  g_list_store_remove_all (self->slots);
  g_list_store_remove_all (self->batches);
  g_list_store_remove_all (self->overrides);
  g_list_store_remove_all (self->approvals);
  g_list_store_remove_all (self->bundles);
  notify_manager (self);
}

static void
end_start (PnClient *self)
{
  g_cancellable_cancel (self->starting);
  g_clear_object (&self->starting);
  g_clear_handle_id (&self->start_timer, g_source_remove);
}

static void
objects_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GCancellable) life = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusObjectManager) objects =
      pn_dbus_object_manager_client_new_finish (result, &error);
  PnClient *self;
  GList *all;

  if (g_cancellable_is_cancelled (life))
    return; /* we are gone, or the helper is */
  self = g_object_get_data (G_OBJECT (life), "pn-client");
  end_start (self);
  if (objects == NULL)
    {
      error = pn_client_explain (g_steal_pointer (&error));
      set_state (self, PN_CLIENT_ABSENT, pn_error_text (error));
      return;
    }
  self->objects = g_steal_pointer (&objects);
  g_signal_connect (self->objects, "object-added", G_CALLBACK (object_added_cb), self);
  g_signal_connect (self->objects, "object-removed", G_CALLBACK (object_removed_cb), self);
  all = g_dbus_object_manager_get_objects (self->objects);
  for (GList *at = all; at != NULL; at = at->next)
    add_object (self, at->data);
  g_list_free_full (all, g_object_unref);
  notify_manager (self);
  set_state (self, PN_CLIENT_READY, NULL);
}

static void
owner_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GCancellable) life = user_data;
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);
  PnClient *self;
  const struct passwd *user;
  guint32 uid;

  if (reply == NULL || g_cancellable_is_cancelled (life))
    return;
  self = g_object_get_data (G_OBJECT (life), "pn-client");
  g_variant_get (reply, "(u)", &uid);
  user = getpwuid (uid);
  g_free (self->runs_as);
  self->runs_as = user != NULL ? g_utf8_make_valid (user->pw_name, -1)
                               : g_strdup_printf ("%" G_GUINT32_FORMAT, uid);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RUNS_AS]);
}

static void
appeared_cb (GDBusConnection *bus, const char *name, const char *owner, gpointer user_data)
{
  PnClient *self = user_data;

  forget_helper (self);
  self->life = g_cancellable_new ();
  g_object_set_data (G_OBJECT (self->life), "pn-client", self);
  pn_dbus_object_manager_client_new (bus, G_DBUS_OBJECT_MANAGER_CLIENT_FLAGS_DO_NOT_AUTO_START,
                                     owner, ROOT, self->life, objects_cb,
                                     g_object_ref (self->life));
  g_dbus_connection_call (
      bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
      "GetConnectionUnixUser", g_variant_new ("(s)", owner), G_VARIANT_TYPE ("(u)"),
      G_DBUS_CALL_FLAGS_NONE, -1, self->life, owner_cb, g_object_ref (self->life));
}

static void
vanished_cb (GDBusConnection *bus, const char *name, gpointer user_data)
{
  PnClient *self = user_data;

  forget_helper (self);
  /* One that was asked for may be on its way. */
  if (self->state != PN_CLIENT_STARTING)
    set_state (self, PN_CLIENT_ABSENT,
               bus != NULL ? self->error
               : self->bus == G_BUS_TYPE_SYSTEM
                   ? _ ("There is no system bus to reach the helper on")
                   : _ ("There is no session bus to reach the helper on"));
}

static void
started_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GCancellable) starting = user_data;
  g_autoptr (GError) error = NULL;
  PnClient *self;

  if (pn_client_start_helper_finish (result, &error) || g_cancellable_is_cancelled (starting))
    return;
  self = g_object_get_data (G_OBJECT (starting), "pn-client");
  end_start (self);
  set_state (self, PN_CLIENT_ABSENT, pn_error_text (error));
}

static gboolean
start_timer_cb (gpointer user_data)
{
  PnClient *self = user_data;

  self->start_timer = 0;
  end_start (self);
  set_state (self, PN_CLIENT_ABSENT,
             _ ("The helper did not start within 10 seconds; see its log for the reason"));
  return G_SOURCE_REMOVE;
}

void
pn_client_start (PnClient *self, const char *const *command)
{
  g_return_if_fail (PN_IS_CLIENT (self));
  if (self->state == PN_CLIENT_READY || self->state == PN_CLIENT_STARTING ||
      self->bus == G_BUS_TYPE_NONE)
    return;
  self->starting = g_cancellable_new ();
  g_object_set_data (G_OBJECT (self->starting), "pn-client", self);
  self->start_timer = g_timeout_add_seconds (START_LIMIT_S, start_timer_cb, self);
  set_state (self, PN_CLIENT_STARTING, NULL);
  pn_client_start_helper_async (self->bus, self->bus_name,
                                self->bus == G_BUS_TYPE_SYSTEM ? NULL : command, self->starting,
                                started_cb, g_object_ref (self->starting));
}

/* ---- the object ---- */

static void
pn_client_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PnClient *self = PN_CLIENT (object);

  switch ((PnClientProperty) prop_id)
    {
    case PROP_STATE:
      g_value_set_enum (value, (int) self->state);
      break;
    case PROP_SLOTS:
      g_value_set_object (value, self->slots);
      break;
    case PROP_BATCHES:
      g_value_set_object (value, self->batches);
      break;
    case PROP_PAUSED:
      g_value_set_boolean (value, pn_client_get_paused (self));
      break;
    case PROP_PAUSE_REASON:
      g_value_take_string (value, pn_client_get_pause_reason (self));
      break;
    case PROP_REST_AFTER:
      g_value_set_uint (value, pn_client_get_rest_after (self));
      break;
    case PROP_PRACTICE:
      g_value_set_boolean (value, pn_client_get_practice (self));
      break;
    case PROP_RECORD_COUNT:
      g_value_set_uint (value, pn_client_get_record_count (self));
      break;
    case PROP_AUDIT_NUMBER:
      g_value_set_int64 (value, pn_client_get_audit_number (self));
      break;
    case PROP_ENROLLED_KEYS:
      g_value_set_variant (value, pn_client_get_enrolled_keys (self));
      break;
    case PROP_ENROLLED_ONLY:
      g_value_set_boolean (value, pn_client_get_enrolled_only (self));
      break;
    case PROP_STORE_ROOM:
      g_value_set_uint64 (value, pn_client_get_store_room (self));
      break;
    case PROP_MAX_BUNDLES:
      g_value_set_uint (value, pn_client_get_max_bundles (self));
      break;
    case PROP_MAX_BUNDLE_SIZE:
      g_value_set_uint64 (value, pn_client_get_max_bundle_size (self));
      break;
    case PROP_MAX_STORE_SIZE:
      g_value_set_uint64 (value, pn_client_get_max_store_size (self));
      break;
    case PROP_RUNS_AS:
      g_value_set_string (value, self->runs_as);
      break;
    case PROP_RUNNING:
      g_value_set_uint (value, pn_client_get_running (self));
      break;
    case PROP_SECOND_PERSON:
      g_value_set_uint (value, pn_client_get_second_person (self));
      break;
    case PROP_ERROR:
      g_value_set_string (value, self->error);
      break;
    case N_PROPS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
pn_client_dispose (GObject *object)
{
  PnClient *self = PN_CLIENT (object);

  if (self->choosing != NULL)
    g_cancellable_cancel (self->choosing);
  g_clear_object (&self->choosing);
  g_clear_handle_id (&self->watch, g_bus_unwatch_name);
  end_start (self);
  forget_helper (self);
  G_OBJECT_CLASS (pn_client_parent_class)->dispose (object);
}

static void
pn_client_finalize (GObject *object)
{
  PnClient *self = PN_CLIENT (object);

  g_hash_table_unref (self->known);
  g_object_unref (self->slots);
  g_object_unref (self->batches);
  g_object_unref (self->overrides);
  g_object_unref (self->approvals);
  g_object_unref (self->bundles);
  g_free (self->bus_name);
  g_free (self->error);
  G_OBJECT_CLASS (pn_client_parent_class)->finalize (object);
}

static void
pn_client_class_init (PnClientClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = pn_client_get_property;
  object_class->dispose = pn_client_dispose;
  object_class->finalize = pn_client_finalize;
  properties[PROP_STATE] =
      g_param_spec_enum ("state", NULL, NULL, PN_TYPE_CLIENT_STATE, PN_CLIENT_CONNECTING, flags);
  properties[PROP_SLOTS] = g_param_spec_object ("slots", NULL, NULL, G_TYPE_LIST_MODEL, flags);
  properties[PROP_BATCHES] = g_param_spec_object ("batches", NULL, NULL, G_TYPE_LIST_MODEL, flags);
  properties[PROP_PAUSED] = g_param_spec_boolean ("paused", NULL, NULL, FALSE, flags);
  properties[PROP_PAUSE_REASON] = g_param_spec_string ("pause-reason", NULL, NULL, NULL, flags);
  properties[PROP_REST_AFTER] =
      g_param_spec_uint ("rest-after", NULL, NULL, 0, G_MAXUINT, 0, flags);
  properties[PROP_PRACTICE] = g_param_spec_boolean ("practice", NULL, NULL, FALSE, flags);
  properties[PROP_RECORD_COUNT] =
      g_param_spec_uint ("record-count", NULL, NULL, 0, G_MAXUINT, 0, flags);
  properties[PROP_AUDIT_NUMBER] =
      g_param_spec_int64 ("audit-number", NULL, NULL, 0, G_MAXINT64, 0, flags);
  properties[PROP_ENROLLED_KEYS] =
      g_param_spec_variant ("enrolled-keys", NULL, NULL, G_VARIANT_TYPE ("a(ss)"), NULL, flags);
  properties[PROP_ENROLLED_ONLY] = g_param_spec_boolean ("enrolled-only", NULL, NULL, FALSE, flags);
  properties[PROP_STORE_ROOM] =
      g_param_spec_uint64 ("store-room", NULL, NULL, 0, G_MAXUINT64, 0, flags);
  properties[PROP_MAX_BUNDLES] =
      g_param_spec_uint ("max-bundles", NULL, NULL, 0, G_MAXUINT, 0, flags);
  properties[PROP_MAX_BUNDLE_SIZE] =
      g_param_spec_uint64 ("max-bundle-size", NULL, NULL, 0, G_MAXUINT64, 0, flags);
  properties[PROP_MAX_STORE_SIZE] =
      g_param_spec_uint64 ("max-store-size", NULL, NULL, 0, G_MAXUINT64, 0, flags);
  properties[PROP_RUNS_AS] = g_param_spec_string ("runs-as", NULL, NULL, NULL, flags);
  properties[PROP_RUNNING] = g_param_spec_uint ("running", NULL, NULL, 0, G_MAXUINT, 0, flags);
  properties[PROP_SECOND_PERSON] =
      g_param_spec_uint ("second-person", NULL, NULL, 0, G_MAXUINT, 0, flags);
  properties[PROP_ERROR] = g_param_spec_string ("error", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
pn_client_init (PnClient *self)
{
  self->known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self->slots = g_list_store_new (PN_TYPE_CLIENT_SLOT);
  self->batches = g_list_store_new (PN_TYPE_CLIENT_BATCH);
  self->overrides = g_list_store_new (PN_TYPE_CLIENT_OVERRIDE);
  self->approvals = g_list_store_new (PN_TYPE_CLIENT_APPROVAL);
  self->bundles = g_list_store_new (PN_TYPE_CLIENT_BUNDLE);
}

static void
watch (PnClient *self, GBusType bus)
{
  self->bus = bus;
  self->watch = g_bus_watch_name (bus, self->bus_name, G_BUS_NAME_WATCHER_FLAGS_NONE, appeared_cb,
                                  vanished_cb, self, NULL);
}

static void
chosen_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GCancellable) choosing = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) bus = pn_client_bus_choose_finish (result, &error);
  PnClient *self;

  if (g_cancellable_is_cancelled (choosing))
    return;
  self = g_object_get_data (G_OBJECT (choosing), "pn-client");
  g_clear_object (&self->choosing);
  if (bus != NULL)
    watch (self, pn_client_bus_is_system (bus) ? G_BUS_TYPE_SYSTEM : G_BUS_TYPE_SESSION);
  else
    set_state (self, PN_CLIENT_ABSENT, pn_error_text (error));
}

PnClient *
pn_client_new_on (PnClientBus wish, const char *bus_name)
{
  PnClient *self;

  g_return_val_if_fail (g_dbus_is_name (bus_name), NULL);
  (void) pn_error_quark (); /* makes the helper's errors known to D-Bus */
  self = g_object_new (PN_TYPE_CLIENT, NULL);
  self->bus_name = g_strdup (bus_name);
  if (wish == PN_CLIENT_BUS_SESSION)
    {
      watch (self, G_BUS_TYPE_SESSION);
      return self;
    }
  self->choosing = g_cancellable_new ();
  g_object_set_data (G_OBJECT (self->choosing), "pn-client", self);
  pn_client_bus_choose_async (wish, bus_name, self->choosing, chosen_cb,
                              g_object_ref (self->choosing));
  return self;
}

PnClient *
pn_client_new (const char *bus_name)
{
  return pn_client_new_on (PN_CLIENT_BUS_SESSION, bus_name);
}

PnClientState
pn_client_get_state (PnClient *self)
{
  return self->state;
}

const char *
pn_client_get_error (PnClient *self)
{
  return self->error;
}

GListModel *
pn_client_get_slots (PnClient *self)
{
  return G_LIST_MODEL (self->slots);
}

GListModel *
pn_client_get_batches (PnClient *self)
{
  return G_LIST_MODEL (self->batches);
}

GListModel *
pn_client_get_overrides (PnClient *self)
{
  return G_LIST_MODEL (self->overrides);
}

GListModel *
pn_client_get_approvals (PnClient *self)
{
  return G_LIST_MODEL (self->approvals);
}

/* What a newer helper wants besides is not known here. */
guint
pn_client_get_second_person (PnClient *self)
{
  const char *const *words =
      self->manager != NULL ? pn_dbus_manager_get_second_person (self->manager) : NULL;
  PnSecondPerson one;
  guint wanted = 0;

  for (guint i = 0; words != NULL && words[i] != NULL; i++)
    if (pn_second_person_from_word (words[i], &one))
      wanted |= one;
  return wanted;
}

gboolean
pn_client_is_station (PnClient *self)
{
  return self->bus == G_BUS_TYPE_SYSTEM;
}

GListModel *
pn_client_get_bundles (PnClient *self)
{
  return G_LIST_MODEL (self->bundles);
}

const char *
pn_client_get_runs_as (PnClient *self)
{
  return self->runs_as;
}

gboolean
pn_client_get_paused (PnClient *self)
{
  return self->manager != NULL && pn_dbus_manager_get_paused (self->manager);
}

char *
pn_client_get_pause_reason (PnClient *self)
{
  const char *reason =
      self->manager != NULL ? pn_dbus_manager_get_pause_reason (self->manager) : NULL;

  return reason != NULL ? pn_sentence_to_local (reason) : g_strdup ("");
}

guint
pn_client_get_rest_after (PnClient *self)
{
  return self->manager != NULL ? pn_dbus_manager_get_rest_after (self->manager) : 0;
}

gboolean
pn_client_get_practice (PnClient *self)
{
  return self->manager != NULL && pn_dbus_manager_get_practice (self->manager);
}

guint
pn_client_get_record_count (PnClient *self)
{
  return self->manager != NULL ? pn_dbus_manager_get_record_count (self->manager) : 0;
}

guint
pn_client_get_running (PnClient *self)
{
  GHashTableIter iter;
  gpointer one;
  guint n = 0;

  g_hash_table_iter_init (&iter, self->known);
  while (g_hash_table_iter_next (&iter, NULL, &one))
    n += PN_IS_CLIENT_RUN (one) && pn_client_run_get_verdict (one) == PN_VERDICT_RUNNING;
  return n;
}

PnClientSlot *
pn_client_find_slot (PnClient *self, const char *name)
{
  GHashTableIter iter;
  gpointer one;

  g_hash_table_iter_init (&iter, self->known);
  while (g_hash_table_iter_next (&iter, NULL, &one))
    if (PN_IS_CLIENT_SLOT (one) && g_str_equal (pn_client_slot_get_name (one), name))
      return one;
  return NULL;
}

PnDbusManager *
pn_client_get_manager (PnClient *self)
{
  return self->manager;
}
