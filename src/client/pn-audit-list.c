/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pages are counted from the newest entry, and there may be newer ones when the next page is asked
 * for: then it begins with entries that are here already, which are told by their numbers. */
#include "config.h"

#include "pn-audit-list.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "pn-error.h"
#include "pn-json.h"

#define PAGE 200
/* Outside strings, as pn_json_to_canonical () writes. */
#define ALLOWED "{}[]:,-0123456789truefals"
#define MAX_DEPTH 8

/* ---- an entry ---- */

struct _PnAuditItem
{
  GObject parent_instance;
  GVariant *values;
};

G_DEFINE_FINAL_TYPE (PnAuditItem, pn_audit_item, G_TYPE_OBJECT)

static void
pn_audit_item_finalize (GObject *object)
{
  g_clear_pointer (&PN_AUDIT_ITEM (object)->values, g_variant_unref);
  G_OBJECT_CLASS (pn_audit_item_parent_class)->finalize (object);
}

static void
pn_audit_item_class_init (PnAuditItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = pn_audit_item_finalize;
}

static void
pn_audit_item_init (PnAuditItem *self)
{
}

static PnAuditItem *
pn_audit_item_new (GVariant *values)
{
  PnAuditItem *self = g_object_new (PN_TYPE_AUDIT_ITEM, NULL);

  self->values = g_variant_ref (values);
  return self;
}

static gint64
get_number (PnAuditItem *self, const char *name)
{
  gint64 number = 0;

  (void) g_variant_lookup (self->values, name, "x", &number);
  return number;
}

gint64
pn_audit_item_get_number (PnAuditItem *self)
{
  return get_number (self, "number");
}

gint64
pn_audit_item_get_time (PnAuditItem *self)
{
  return get_number (self, "time");
}

const char *
pn_audit_item_get_text (PnAuditItem *self, const char *name)
{
  const char *text = "";

  (void) g_variant_lookup (self->values, name, "&s", &text);
  return text;
}

char *
pn_audit_item_get_detail (PnAuditItem *self, const char *name)
{
  const char *details = pn_audit_item_get_text (self, "details");
  g_autoptr (JsonNode) node = NULL;
  JsonNode *member = NULL;

  if (pn_json_scan (details, strlen (details), ALLOWED, MAX_DEPTH) > 0)
    node = json_from_string (details, NULL);
  if (node != NULL && JSON_NODE_HOLDS_OBJECT (node))
    member = json_object_get_member (json_node_get_object (node), name);
  return member != NULL && json_node_get_value_type (member) == G_TYPE_STRING
             ? json_node_dup_string (member)
             : NULL;
}

/* ---- all of them ---- */

struct _PnAuditList
{
  GObject parent_instance;
  PnClient *client;
  GPtrArray *items;
  char *text, *what, *error;
  GCancellable *asking;  /* for older ones; NULL = nobody asks */
  GCancellable *looking; /* for newer ones; the same */
  gboolean complete;
};

enum
{
  PROP_LOADING = 1,
  PROP_COMPLETE,
  PROP_ERROR,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

static GType
get_item_type (GListModel *model)
{
  return PN_TYPE_AUDIT_ITEM;
}

static guint
get_n_items (GListModel *model)
{
  return PN_AUDIT_LIST (model)->items->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  GPtrArray *items = PN_AUDIT_LIST (model)->items;

  return position < items->len ? g_object_ref (items->pdata[position]) : NULL;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (PnAuditList,
                               pn_audit_list,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static void
notify_all (PnAuditList *self)
{
  for (guint i = PROP_LOADING; i < N_PROPS; i++)
    g_object_notify_by_pspec (G_OBJECT (self), properties[i]);
}

static void
stop (GCancellable **cancellable)
{
  g_cancellable_cancel (*cancellable);
  g_clear_object (cancellable);
}

static GVariant *
make_options (PnAuditList *self, gint64 after)
{
  GVariantBuilder options;

  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  if (self->text != NULL)
    g_variant_builder_add (&options, "{sv}", "text", g_variant_new_string (self->text));
  if (self->what != NULL)
    g_variant_builder_add (&options, "{sv}", "what", g_variant_new_string (self->what));
  if (after > 0)
    g_variant_builder_add (&options, "{sv}", "after", g_variant_new_int64 (after));
  return g_variant_builder_end (&options);
}

static gint64
number_at (PnAuditList *self, guint position)
{
  return position < self->items->len ? pn_audit_item_get_number (self->items->pdata[position]) : 0;
}

/* ---- older ones ---- */

static void
append_rows (PnAuditList *self, GVariant *rows)
{
  guint before = self->items->len;
  gint64 oldest = before > 0 ? number_at (self, before - 1) : G_MAXINT64;

  for (gsize i = 0; i < g_variant_n_children (rows); i++)
    {
      g_autoptr (GVariant) row = g_variant_get_child_value (rows, i);
      g_autoptr (PnAuditItem) item = pn_audit_item_new (row);

      if (pn_audit_item_get_number (item) < oldest)
        g_ptr_array_add (self->items, g_steal_pointer (&item));
    }
  self->complete = g_variant_n_children (rows) < PAGE;
  if (self->items->len > before)
    g_list_model_items_changed (G_LIST_MODEL (self), before, 0, self->items->len - before);
}

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PnAuditList) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) rows = pn_client_query_audit_finish (PN_CLIENT (source), result, &error);

  if (pn_error_is_cancelled (error))
    return;
  g_clear_object (&self->asking);
  g_free (self->error);
  self->error = error != NULL ? g_strdup (pn_error_text (error)) : NULL;
  if (rows != NULL)
    append_rows (self, rows);
  notify_all (self);
}

void
pn_audit_list_load_more (PnAuditList *self)
{
  if (self->asking != NULL || self->complete ||
      pn_client_get_state (self->client) != PN_CLIENT_READY)
    return;
  self->asking = g_cancellable_new ();
  pn_client_query_audit_async (self->client, self->items->len, PAGE, make_options (self, 0),
                               self->asking, answered_cb, g_object_ref (self));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LOADING]);
}

/* Reads all of it again: something else is asked for. */
static void
begin (PnAuditList *self)
{
  guint n = self->items->len;

  stop (&self->asking);
  stop (&self->looking);
  g_ptr_array_set_size (self->items, 0);
  g_clear_pointer (&self->error, g_free);
  self->complete = FALSE;
  if (n > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), 0, n, 0);
  pn_audit_list_load_more (self);
  notify_all (self);
}

/* ---- newer ones ---- */

static void look (PnAuditList *self);

static void
looked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PnAuditList) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) rows = pn_client_query_audit_finish (PN_CLIENT (source), result, &error);
  gsize n = rows != NULL ? g_variant_n_children (rows) : 0;

  if (pn_error_is_cancelled (error))
    return;
  g_clear_object (&self->looking);
  if (n >= PAGE)
    {
      begin (self); /* too many to be put before what is shown */
      return;
    }
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) row = g_variant_get_child_value (rows, i);

      g_ptr_array_insert (self->items, (int) i, pn_audit_item_new (row));
    }
  if (n > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), 0, 0, (guint) n);
  if (n > 0)
    look (self);
}

/* The number of the newest entry may be of one that was not asked for. */
static void
look (PnAuditList *self)
{
  if (self->items->len == 0)
    begin (self);
  else if (self->looking == NULL && pn_client_get_audit_number (self->client) > number_at (self, 0))
    {
      self->looking = g_cancellable_new ();
      pn_client_query_audit_async (self->client, 0, PAGE, make_options (self, number_at (self, 0)),
                                   self->looking, looked_cb, g_object_ref (self));
    }
}

/* ---- the object ---- */

static void
pn_audit_list_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PnAuditList *self = PN_AUDIT_LIST (object);

  switch (prop_id)
    {
    case PROP_LOADING:
      g_value_set_boolean (value, pn_audit_list_is_loading (self));
      break;
    case PROP_COMPLETE:
      g_value_set_boolean (value, self->complete);
      break;
    case PROP_ERROR:
      g_value_set_string (value, self->error);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
pn_audit_list_dispose (GObject *object)
{
  PnAuditList *self = PN_AUDIT_LIST (object);

  stop (&self->asking);
  stop (&self->looking);
  g_clear_object (&self->client);
  G_OBJECT_CLASS (pn_audit_list_parent_class)->dispose (object);
}

static void
pn_audit_list_finalize (GObject *object)
{
  PnAuditList *self = PN_AUDIT_LIST (object);

  g_ptr_array_unref (self->items);
  g_free (self->text);
  g_free (self->what);
  g_free (self->error);
  G_OBJECT_CLASS (pn_audit_list_parent_class)->finalize (object);
}

static void
pn_audit_list_class_init (PnAuditListClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = pn_audit_list_get_property;
  object_class->dispose = pn_audit_list_dispose;
  object_class->finalize = pn_audit_list_finalize;
  properties[PROP_LOADING] = g_param_spec_boolean ("loading", NULL, NULL, FALSE, flags);
  properties[PROP_COMPLETE] = g_param_spec_boolean ("complete", NULL, NULL, FALSE, flags);
  properties[PROP_ERROR] = g_param_spec_string ("error", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
pn_audit_list_init (PnAuditList *self)
{
  self->items = g_ptr_array_new_with_free_func (g_object_unref);
}

PnAuditList *
pn_audit_list_new (PnClient *client)
{
  PnAuditList *self = g_object_new (PN_TYPE_AUDIT_LIST, NULL);

  self->client = g_object_ref (client);
  g_signal_connect_object (client, "notify::state", G_CALLBACK (begin), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (client, "notify::audit-number", G_CALLBACK (look), self,
                           G_CONNECT_SWAPPED);
  begin (self);
  return self;
}

void
pn_audit_list_set_query (PnAuditList *self, const char *text, const char *what)
{
  if (text != NULL && text[0] == '\0')
    text = NULL;
  if (g_strcmp0 (text, self->text) == 0 && g_strcmp0 (what, self->what) == 0)
    return;
  g_free (self->text);
  self->text = g_strdup (text);
  g_free (self->what);
  self->what = g_strdup (what);
  begin (self);
}

gboolean
pn_audit_list_is_loading (PnAuditList *self)
{
  return self->asking != NULL;
}

gboolean
pn_audit_list_is_complete (PnAuditList *self)
{
  return self->complete;
}

const char *
pn_audit_list_get_error (PnAuditList *self)
{
  return self->error;
}
