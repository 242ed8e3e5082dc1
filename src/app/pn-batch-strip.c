/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-batch-strip.h"

#include <glib/gi18n.h>

#include "pn-batch-pace.h"
#include "pn-clock.h"

#define MAX_RECORDS 10000
#define REST_MS 1000 /* between a record and asking for the pace: they come in crowds */

struct _PnBatchStrip
{
  AdwBin parent_instance;
  PnClient *client;
  PnClientBatch *batch;
  gboolean narrow;
  GSignalGroup *client_signals, *batches_signals, *batch_signals;
  GPtrArray *followed; /* PnClientBatch: one that closes makes place for another */
  GCancellable *asking;
  GVariant *records; /* aa{sv} of the batch, as last answered; NULL = none */
  guint rest;
};

typedef enum
{
  PROP_CLIENT = 1,
  PROP_BATCH,
  PROP_NARROW,
  PROP_TITLE,
  PROP_FIGURE,
  PROP_UNIT,
  PROP_FRACTION,
  PROP_FACTS,
  N_PROPS
} PnBatchStripProperty;
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (PnBatchStrip, pn_batch_strip, ADW_TYPE_BIN)

/* ---- what it says ---- */

static char *
make_title (PnClientBatch *batch)
{
  const char *reference = pn_client_batch_get_reference (batch);

  return g_strconcat (pn_client_batch_get_recipe (batch), reference[0] != '\0' ? " · " : "",
                      reference, NULL);
}

static char *
make_unit (PnClientBatch *batch)
{
  guint count = pn_client_batch_get_count (batch);
  guint failed = pn_client_batch_get_failed (batch);

  if (count > 0)
    /* Translators: after a large number: “184 of 250 passed”. */
    return g_strdup_printf (_ ("of %u passed"), count);
  if (failed > 0)
    /* Translators: after a large number: “184 passed, 3 failed”. */
    return g_strdup_printf (_ ("passed, %u failed"), failed);
  /* Translators: after a large number: “184 passed”. */
  return g_strdup (_ ("passed"));
}

static char *
make_facts (PnBatchStrip *self)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);
  guint count = pn_client_batch_get_count (self->batch);
  guint passed = pn_client_batch_get_passed (self->batch);
  guint skipped = pn_client_batch_get_skipped (self->batch);
  PnBatchPace pace;

  if (self->records == NULL)
    return g_strdup ("");
  pace = pn_batch_pace (self->records, pn_clock_get_now (pn_clock_get_default ()),
                        count > passed ? count - passed : 0);
  if (pace.per_hour > 0)
    /* Translators: devices that pass in one hour. */
    g_ptr_array_add (parts, g_strdup_printf (_ ("%.0f per hour"), pace.per_hour));
  if (pace.devices > 0)
    /* Translators: the share of devices that passed at the first try. */
    g_ptr_array_add (
        parts, g_strdup_printf (_ ("%.0f %% first time"), 100.0 * pace.first_time / pace.devices));
  if (pace.end > 0)
    {
      g_autoptr (GDateTime) end = g_date_time_new_from_unix_local (pace.end / G_USEC_PER_SEC);
      /* Translators: a time of day, see strftime (3). */
      g_autofree char *clock = end != NULL ? g_date_time_format (end, _ ("%H:%M")) : NULL;

      if (clock != NULL)
        /* Translators: the time at which the batch will probably be complete. */
        g_ptr_array_add (parts, g_strdup_printf (_ ("done about %s"), clock));
    }
  if (skipped > 0)
    /* Translators: devices that were done already. */
    g_ptr_array_add (parts,
                     g_strdup_printf (ngettext ("%u skipped", "%u skipped", skipped), skipped));
  g_ptr_array_add (parts, NULL);
  return g_strjoinv ("   ", (char **) parts->pdata);
}

static void
update (PnBatchStrip *self)
{
  gtk_widget_set_visible (GTK_WIDGET (self), self->batch != NULL);
  for (guint i = PROP_TITLE; i < N_PROPS; i++)
    g_object_notify_by_pspec (G_OBJECT (self), properties[i]);
}

/* ---- its records ---- */

/* Nothing holds the strip but its page: a template child that outlives the widget which its
 * bindings look at makes GTK warn. */
static void
answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  PnBatchStrip *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) records =
      pn_client_query_records_finish (PN_CLIENT (source), result, &error);

  /* Then somebody else asks, or the strip is gone. */
  if (g_cancellable_is_cancelled (g_task_get_cancellable (G_TASK (result))))
    return;
  if (records == NULL)
    {
      g_debug ("The records of the batch cannot be read: %s", error->message);
      return;
    }
  g_clear_pointer (&self->records, g_variant_unref);
  self->records = g_steal_pointer (&records);
  update (self);
}

static gboolean
ask_cb (gpointer user_data)
{
  PnBatchStrip *self = user_data;
  GVariantBuilder options;

  self->rest = 0;
  if (self->batch == NULL || pn_client_get_state (self->client) != PN_CLIENT_READY)
    return G_SOURCE_REMOVE;
  g_cancellable_cancel (self->asking);
  g_clear_object (&self->asking);
  self->asking = g_cancellable_new ();
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "batch",
                         g_variant_new_string (pn_client_batch_get_reference (self->batch)));
  g_variant_builder_add (&options, "{sv}", "since",
                         g_variant_new_int64 (pn_client_batch_get_opened (self->batch)));
  pn_client_query_records_async (self->client, 0, MAX_RECORDS, g_variant_builder_end (&options),
                                 self->asking, answered_cb, self);
  return G_SOURCE_REMOVE;
}

static void
ask (PnBatchStrip *self)
{
  if (self->rest == 0)
    self->rest = g_timeout_add (REST_MS, ask_cb, self);
}

/* ---- which batch ---- */

static void
choose (PnBatchStrip *self)
{
  GListModel *batches = self->client != NULL ? pn_client_get_batches (self->client) : NULL;
  guint n = batches != NULL ? g_list_model_get_n_items (batches) : 0;
  g_autoptr (PnClientBatch) open = NULL;

  for (guint i = 0; i < n && open == NULL; i++)
    {
      g_autoptr (PnClientBatch) batch = g_list_model_get_item (batches, i);

      if (!pn_client_batch_get_closed (batch))
        open = g_steal_pointer (&batch);
    }
  if (g_set_object (&self->batch, open))
    {
      g_clear_pointer (&self->records, g_variant_unref);
      g_signal_group_set_target (self->batch_signals, open);
      ask (self);
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BATCH]);
    }
  update (self);
}

static void
batches_changed_cb (PnBatchStrip *self)
{
  GListModel *batches = pn_client_get_batches (self->client);

  for (guint i = 0; i < self->followed->len; i++)
    g_signal_handlers_disconnect_by_func (self->followed->pdata[i], choose, self);
  g_ptr_array_set_size (self->followed, 0);
  for (guint i = 0; i < g_list_model_get_n_items (batches); i++)
    {
      PnClientBatch *batch = g_list_model_get_item (batches, i);

      g_signal_connect_swapped (batch, "notify::closed", G_CALLBACK (choose), self);
      g_ptr_array_add (self->followed, batch);
    }
  choose (self);
}

static void
set_client (PnBatchStrip *self, PnClient *client)
{
  if (!g_set_object (&self->client, client))
    return;
  g_signal_group_set_target (self->client_signals, client);
  g_signal_group_set_target (self->batches_signals,
                             client != NULL ? pn_client_get_batches (client) : NULL);
  if (client != NULL)
    batches_changed_cb (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CLIENT]);
}

PnClientBatch *
pn_batch_strip_get_batch (PnBatchStrip *self)
{
  return self->batch;
}

/* ---- the object ---- */

static void
pn_batch_strip_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PnBatchStrip *self = PN_BATCH_STRIP (object);
  guint passed = self->batch != NULL ? pn_client_batch_get_passed (self->batch) : 0;
  guint count = self->batch != NULL ? pn_client_batch_get_count (self->batch) : 0;

  switch ((PnBatchStripProperty) prop_id)
    {
    case PROP_CLIENT:
      g_value_set_object (value, self->client);
      break;
    case PROP_BATCH:
      g_value_set_object (value, self->batch);
      break;
    case PROP_NARROW:
      g_value_set_boolean (value, self->narrow);
      break;
    case PROP_TITLE:
      g_value_take_string (value, self->batch != NULL ? make_title (self->batch) : g_strdup (""));
      break;
    case PROP_FIGURE:
      g_value_take_string (value, g_strdup_printf ("%u", passed));
      break;
    case PROP_UNIT:
      g_value_take_string (value, self->batch != NULL ? make_unit (self->batch) : g_strdup (""));
      break;
    case PROP_FRACTION:
      g_value_set_double (value, count > 0 ? MIN ((double) passed / count, 1) : 0);
      break;
    case PROP_FACTS:
      g_value_take_string (value, self->batch != NULL ? make_facts (self) : g_strdup (""));
      break;
    case N_PROPS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
pn_batch_strip_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  PnBatchStrip *self = PN_BATCH_STRIP (object);

  switch (prop_id)
    {
    case PROP_CLIENT:
      set_client (self, g_value_get_object (value));
      break;
    case PROP_NARROW:
      if (self->narrow == g_value_get_boolean (value))
        break;
      self->narrow = !self->narrow;
      g_object_notify_by_pspec (object, pspec);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static gboolean
has_count (PnBatchStrip *self, PnClientBatch *batch, guint count)
{
  return batch != NULL && count > 0;
}

static gboolean
shows_facts (PnBatchStrip *self, gboolean narrow, const char *facts)
{
  return !narrow && facts != NULL && facts[0] != '\0';
}

static void
pn_batch_strip_dispose (GObject *object)
{
  PnBatchStrip *self = PN_BATCH_STRIP (object);

  g_cancellable_cancel (self->asking);
  g_clear_object (&self->asking);
  g_clear_handle_id (&self->rest, g_source_remove);
  gtk_widget_dispose_template (GTK_WIDGET (self), PN_TYPE_BATCH_STRIP);
  for (guint i = 0; i < self->followed->len; i++)
    g_signal_handlers_disconnect_by_func (self->followed->pdata[i], choose, self);
  g_ptr_array_set_size (self->followed, 0);
  g_clear_object (&self->client_signals);
  g_clear_object (&self->batches_signals);
  g_clear_object (&self->batch_signals);
  g_clear_object (&self->batch);
  g_clear_object (&self->client);
  g_clear_pointer (&self->records, g_variant_unref);
  G_OBJECT_CLASS (pn_batch_strip_parent_class)->dispose (object);
}

static void
pn_batch_strip_finalize (GObject *object)
{
  g_ptr_array_unref (PN_BATCH_STRIP (object)->followed);
  G_OBJECT_CLASS (pn_batch_strip_parent_class)->finalize (object);
}

static void
pn_batch_strip_class_init (PnBatchStripClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  const GParamFlags read = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->dispose = pn_batch_strip_dispose;
  object_class->finalize = pn_batch_strip_finalize;
  object_class->get_property = pn_batch_strip_get_property;
  object_class->set_property = pn_batch_strip_set_property;
  properties[PROP_CLIENT] =
      g_param_spec_object ("client", NULL, NULL, PN_TYPE_CLIENT, read | G_PARAM_WRITABLE);
  properties[PROP_BATCH] = g_param_spec_object ("batch", NULL, NULL, PN_TYPE_CLIENT_BATCH, read);
  properties[PROP_NARROW] =
      g_param_spec_boolean ("narrow", NULL, NULL, FALSE, read | G_PARAM_WRITABLE);
  properties[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, NULL, read);
  properties[PROP_FIGURE] = g_param_spec_string ("figure", NULL, NULL, NULL, read);
  properties[PROP_UNIT] = g_param_spec_string ("unit", NULL, NULL, NULL, read);
  properties[PROP_FRACTION] = g_param_spec_double ("fraction", NULL, NULL, 0, 1, 0, read);
  properties[PROP_FACTS] = g_param_spec_string ("facts", NULL, NULL, NULL, read);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-batch-strip.ui");
  gtk_widget_class_bind_template_callback (widget_class, has_count);
  gtk_widget_class_bind_template_callback (widget_class, shows_facts);
}

static void
pn_batch_strip_init (PnBatchStrip *self)
{
  self->followed = g_ptr_array_new_with_free_func (g_object_unref);
  self->client_signals = g_signal_group_new (PN_TYPE_CLIENT);
  self->batches_signals = g_signal_group_new (G_TYPE_LIST_MODEL);
  self->batch_signals = g_signal_group_new (PN_TYPE_CLIENT_BATCH);
  g_signal_group_connect_swapped (self->client_signals, "notify::record-count", G_CALLBACK (ask),
                                  self);
  g_signal_group_connect_swapped (self->batches_signals, "items-changed",
                                  G_CALLBACK (batches_changed_cb), self);
  g_signal_group_connect_swapped (self->batch_signals, "notify", G_CALLBACK (update), self);
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}
