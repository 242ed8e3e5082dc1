/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records only ever come to be, so in the order of their making a record has a number that never
 * changes: counted from the oldest one. Pages are cut by that number, also where the newest is
 * shown first; when a record is made, rows move down by one and nothing that is known is lost. In
 * another order rows change their contents instead, in place.
 *
 * Whatever is known may be out of date once a record was made; it stays on the screen and what is
 * looked at is asked for again. */
#include "config.h"

#include "pn-record-list.h"

#include "pn-record-row-private.h"

#define PAGE_ROWS 100
#define MAX_PAGES 40
#define MAX_ASKED 2  /* requests on their way */
#define MAX_WANTED 4 /* more than a screen shows: pages wanted before these were scrolled past */

typedef struct
{
  guint number;
  PnRecordRow *rows[PAGE_ROWS]; /* NULL: not looked at yet */
  guint64 used;                 /* the list's clock when it was last looked at */
  guint edition;                /* of the records when it was asked for; 0 = never */
  gboolean asked;
} Page;

struct _PnRecordList
{
  GObject parent_instance;
  PnClient *client;
  GVariant *query;
  GCancellable *life; /* of the query on this helper */
  gboolean counted;   /* n_rows is of this query */
  gboolean counting, count_again;
  guint n_rows;
  gboolean newest_first; /* so are the rows, which may still be of the query before */
  guint edition;         /* grows when records are made */
  GHashTable *pages;     /* number → Page */
  GArray *wanted;        /* guint, the most urgent last */
  guint n_asked;
  guint64 clock;
  guint pump;
  gboolean loading;
};

typedef enum
{
  PROP_LOADING = 1,
  N_PROPS
} PnRecordListProperty;
static GParamSpec *properties[N_PROPS];

static void list_model_iface_init (GListModelInterface *iface);
G_DEFINE_FINAL_TYPE_WITH_CODE (PnRecordList,
                               pn_record_list,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_iface_init))

static void
page_free (Page *page)
{
  for (guint i = 0; i < PAGE_ROWS; i++)
    g_clear_object (&page->rows[i]);
  g_free (page);
}

static PnRecordRow *
page_row (Page *page, guint index)
{
  if (page->rows[index] == NULL)
    page->rows[index] = g_object_new (PN_TYPE_RECORD_ROW, NULL);
  return page->rows[index];
}

static gboolean
is_newest_first (GVariant *query)
{
  const char *sort = "id";
  gboolean ascending = FALSE;

  (void) g_variant_lookup (query, "sort", "&s", &sort);
  (void) g_variant_lookup (query, "ascending", "b", &ascending);
  return !ascending && g_str_equal (sort, "id");
}

/* Of a position its number, and back. */
static guint
flip (PnRecordList *self, guint position)
{
  return self->newest_first ? self->n_rows - 1 - position : position;
}

static void
update_loading (PnRecordList *self)
{
  gboolean loading = self->counting || self->n_asked > 0 || self->wanted->len > 0;

  if (self->loading == loading)
    return;
  self->loading = loading;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LOADING]);
}

/* ---- asking ---- */

/* Does not keep the list: it is there while @life is not cancelled. */
typedef struct
{
  PnRecordList *list;
  GCancellable *life;
  guint page, first, last; /* numbers of rows; first is at the top */
  guint edition;
} Request;

static Request *
request_new (PnRecordList *self)
{
  Request *request = g_new0 (Request, 1);

  request->list = self;
  request->life = g_object_ref (self->life);
  request->edition = self->edition;
  return request;
}

static void
request_free (Request *request)
{
  g_object_unref (request->life);
  g_free (request);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Request, request_free)

static void want (PnRecordList *self, Page *page);
static void schedule (PnRecordList *self);

static void
fill (Page *page, const Request *request, GVariant *records)
{
  gsize n = MIN (g_variant_n_children (records), PAGE_ROWS);
  gboolean down = request->first > request->last;
  guint span = (down ? request->first - request->last : request->last - request->first) + 1;

  for (guint i = 0; i < MIN (n, span); i++)
    {
      guint number = down ? request->first - i : request->first + i;

      pn_record_row_take_values (page_row (page, number % PAGE_ROWS),
                                 g_variant_get_child_value (records, i));
    }
}

static void
queried_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Request) request = user_data;
  PnRecordList *self = request->list;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) records =
      pn_client_query_records_finish (PN_CLIENT (source), result, &error);
  Page *page;

  if (g_cancellable_is_cancelled (request->life))
    return;
  self->n_asked--;
  page = g_hash_table_lookup (self->pages, GUINT_TO_POINTER (request->page));
  if (page != NULL)
    {
      page->asked = FALSE;
      page->edition = request->edition;
      if (records != NULL)
        fill (page, request, records);
      else
        g_debug ("Records cannot be read: %s", error->message);
      if (page->edition != self->edition)
        want (self, page);
    }
  schedule (self);
}

static void
ask (PnRecordList *self, Page *page)
{
  Request *request = request_new (self);
  guint low = page->number * PAGE_ROWS;
  guint high = MIN (low + PAGE_ROWS, self->n_rows) - 1;
  gboolean down = self->newest_first;

  request->page = page->number;
  request->first = down ? high : low;
  request->last = down ? low : high;
  page->asked = TRUE;
  self->n_asked++;
  pn_client_query_records_async (self->client, flip (self, request->first), high - low + 1,
                                 self->query, self->life, queried_cb, request);
}

static gboolean
pump_cb (gpointer user_data)
{
  PnRecordList *self = user_data;

  self->pump = 0;
  while (self->counted && self->n_asked < MAX_ASKED && self->wanted->len > 0)
    {
      guint number = g_array_index (self->wanted, guint, self->wanted->len - 1);
      Page *page = g_hash_table_lookup (self->pages, GUINT_TO_POINTER (number));

      g_array_set_size (self->wanted, self->wanted->len - 1);
      if (page != NULL && !page->asked && page->edition != self->edition &&
          page->number <= (self->n_rows - 1) / PAGE_ROWS)
        ask (self, page);
    }
  update_loading (self);
  return G_SOURCE_REMOVE;
}

/* A list that is drawn asks for many rows in one go; they are looked through when it has. */
static void
schedule (PnRecordList *self)
{
  if (self->pump == 0)
    self->pump = g_idle_add_full (G_PRIORITY_DEFAULT, pump_cb, self, NULL);
}

static void
want (PnRecordList *self, Page *page)
{
  for (guint i = 0; i < self->wanted->len; i++)
    if (g_array_index (self->wanted, guint, i) == page->number)
      {
        g_array_remove_index (self->wanted, i);
        break;
      }
  g_array_append_val (self->wanted, page->number);
  if (self->wanted->len > MAX_WANTED)
    g_array_remove_index (self->wanted, 0);
  schedule (self);
}

/* ---- pages ---- */

static int
compare_used (gconstpointer a, gconstpointer b)
{
  const Page *first = *(Page *const *) a;
  const Page *second = *(Page *const *) b;

  return first->used < second->used ? -1 : first->used > second->used;
}

/* The one that was looked at longest ago first. (transfer container) */
static GPtrArray *
list_pages (PnRecordList *self)
{
  GPtrArray *pages = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer page;

  g_hash_table_iter_init (&iter, self->pages);
  while (g_hash_table_iter_next (&iter, NULL, &page))
    g_ptr_array_add (pages, page);
  g_ptr_array_sort (pages, compare_used);
  return pages;
}

static void
make_room (PnRecordList *self)
{
  g_autoptr (GPtrArray) pages = NULL;

  if (g_hash_table_size (self->pages) < MAX_PAGES)
    return;
  pages = list_pages (self);
  for (guint i = 0; i < pages->len; i++)
    {
      Page *page = pages->pdata[i];

      if (page->asked)
        continue;
      g_hash_table_remove (self->pages, GUINT_TO_POINTER (page->number));
      return;
    }
}

static Page *
look_at_page (PnRecordList *self, guint number)
{
  Page *page = g_hash_table_lookup (self->pages, GUINT_TO_POINTER (number));

  if (page == NULL)
    {
      make_room (self);
      page = g_new0 (Page, 1);
      page->number = number;
      g_hash_table_insert (self->pages, GUINT_TO_POINTER (number), page);
    }
  page->used = ++self->clock;
  if (!page->asked && page->edition != self->edition)
    want (self, page);
  return page;
}

/* ---- how many there are ---- */

static void count (PnRecordList *self);

static void
reset (PnRecordList *self, guint n_rows)
{
  guint before = self->n_rows;

  g_hash_table_remove_all (self->pages);
  g_array_set_size (self->wanted, 0);
  self->n_rows = n_rows;
  self->newest_first = is_newest_first (self->query);
  if (before > 0 || n_rows > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), 0, before, n_rows);
}

/* Records were made: what is looked at is asked for again, also what is on its way. */
static void
grow (PnRecordList *self, guint n_rows)
{
  guint before = self->n_rows;
  g_autoptr (GPtrArray) pages = list_pages (self);

  for (guint i = pages->len > MAX_WANTED ? pages->len - MAX_WANTED : 0; i < pages->len; i++)
    want (self, pages->pdata[i]);
  self->edition++;
  self->n_rows = n_rows;
  if (n_rows > before)
    g_list_model_items_changed (G_LIST_MODEL (self), self->newest_first ? 0 : before, 0,
                                n_rows - before);
}

static void
counted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Request) request = user_data;
  PnRecordList *self = request->list;
  g_autoptr (GError) error = NULL;
  gint64 n = pn_client_count_records_finish (PN_CLIENT (source), result, &error);

  if (g_cancellable_is_cancelled (request->life))
    return;
  self->counting = FALSE;
  if (n < 0)
    g_debug ("Records cannot be counted: %s", error->message);
  else if (!self->counted || n < self->n_rows)
    {
      self->counted = TRUE;
      reset (self, (guint) n);
    }
  else
    grow (self, (guint) n);
  if (self->count_again)
    count (self);
  schedule (self);
}

static void
count (PnRecordList *self)
{
  self->count_again = self->counting;
  if (self->counting)
    return;
  self->counting = TRUE;
  pn_client_count_records_async (self->client, self->query, self->life, counted_cb,
                                 request_new (self));
  update_loading (self);
}

/* What is on its way is of no use any more. Rows stay until it is known what takes their place. */
static void
begin (PnRecordList *self)
{
  g_cancellable_cancel (self->life);
  g_clear_object (&self->life);
  self->life = g_cancellable_new ();
  self->counted = FALSE;
  self->counting = FALSE;
  self->n_asked = 0;
  self->edition++;
  if (pn_client_get_state (self->client) == PN_CLIENT_READY)
    count (self);
  else
    reset (self, 0);
  update_loading (self);
}

static void
state_cb (PnClient *client, GParamSpec *pspec, PnRecordList *self)
{
  begin (self);
}

static void
record_count_cb (PnClient *client, GParamSpec *pspec, PnRecordList *self)
{
  if (pn_client_get_state (client) != PN_CLIENT_READY)
    return;
  count (self);
}

/* ---- the object ---- */

static GType
list_model_get_item_type (GListModel *model)
{
  return PN_TYPE_RECORD_ROW;
}

static guint
list_model_get_n_items (GListModel *model)
{
  return PN_RECORD_LIST (model)->n_rows;
}

static gpointer
list_model_get_item (GListModel *model, guint position)
{
  PnRecordList *self = PN_RECORD_LIST (model);
  guint number;

  if (position >= self->n_rows)
    return NULL;
  number = flip (self, position);
  return g_object_ref (page_row (look_at_page (self, number / PAGE_ROWS), number % PAGE_ROWS));
}

static void
list_model_iface_init (GListModelInterface *iface)
{
  iface->get_item_type = list_model_get_item_type;
  iface->get_n_items = list_model_get_n_items;
  iface->get_item = list_model_get_item;
}

static void
pn_record_list_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  switch ((PnRecordListProperty) prop_id)
    {
    case PROP_LOADING:
      g_value_set_boolean (value, PN_RECORD_LIST (object)->loading);
      break;
    case N_PROPS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
pn_record_list_dispose (GObject *object)
{
  PnRecordList *self = PN_RECORD_LIST (object);

  g_cancellable_cancel (self->life);
  g_clear_handle_id (&self->pump, g_source_remove);
  g_clear_object (&self->client);
  G_OBJECT_CLASS (pn_record_list_parent_class)->dispose (object);
}

static void
pn_record_list_finalize (GObject *object)
{
  PnRecordList *self = PN_RECORD_LIST (object);

  g_object_unref (self->life);
  g_hash_table_unref (self->pages);
  g_array_unref (self->wanted);
  g_variant_unref (self->query);
  G_OBJECT_CLASS (pn_record_list_parent_class)->finalize (object);
}

static void
pn_record_list_class_init (PnRecordListClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = pn_record_list_get_property;
  object_class->dispose = pn_record_list_dispose;
  object_class->finalize = pn_record_list_finalize;
  properties[PROP_LOADING] =
      g_param_spec_boolean ("loading", NULL, NULL, FALSE,
                            G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
pn_record_list_init (PnRecordList *self)
{
  self->pages = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) page_free);
  self->wanted = g_array_new (FALSE, FALSE, sizeof (guint));
  self->life = g_cancellable_new ();
}

static GVariant *
own_query (GVariant *options)
{
  return g_variant_ref_sink (
      options != NULL ? options : g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0));
}

PnRecordList *
pn_record_list_new (PnClient *client)
{
  PnRecordList *self = g_object_new (PN_TYPE_RECORD_LIST, NULL);

  self->client = g_object_ref (client);
  self->query = own_query (NULL);
  g_signal_connect_object (client, "notify::state", G_CALLBACK (state_cb), self, 0);
  g_signal_connect_object (client, "notify::record-count", G_CALLBACK (record_count_cb), self, 0);
  begin (self);
  return self;
}

void
pn_record_list_set_query (PnRecordList *self, GVariant *options)
{
  GVariant *query;

  g_return_if_fail (options == NULL || g_variant_is_of_type (options, G_VARIANT_TYPE_VARDICT));
  query = own_query (options);
  g_variant_unref (self->query);
  self->query = query;
  begin (self);
}

GVariant *
pn_record_list_get_query (PnRecordList *self)
{
  return self->query;
}
