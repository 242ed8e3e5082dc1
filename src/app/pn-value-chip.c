/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-value-chip.h"

#include <glib/gi18n.h>
#include <string.h>

#include "pn-format.h"
#include "pn-record-look.h"

#define MAX_VALUES 500 /* listed; others are typed */
#define SHORT_ENOUGH 8 /* characters of a fingerprint that are shown whole */

static const struct
{
  const char *column; /* of the records */
  const char *title, *any, *tooltip;
  const char *other; /* what can be typed; NULL = only what is listed */
} kinds[PN_RECORD_FILTER_N_COLUMNS] = {
  [PN_RECORD_FILTER_BATCH] = { "batch", N_ ("Batch"), N_ ("All batches"),
                               N_ ("Batch whose records are shown"), N_ ("Another reference") },
  [PN_RECORD_FILTER_MODEL] = { "model", N_ ("Model"), N_ ("All models"),
                               N_ ("Model whose records are shown"), NULL },
  [PN_RECORD_FILTER_IMAGE] = { "image_name", N_ ("Image"), N_ ("All images"),
                               N_ ("Image whose records are shown"), N_ ("Name or SHA-256") },
  [PN_RECORD_FILTER_KEY] = { "key_hash", N_ ("Key"), N_ ("All keys"),
                             N_ ("Key whose records are shown"), NULL },
  [PN_RECORD_FILTER_CLASS] = { "device_class", N_ ("Found as"), N_ ("Anything"),
                               N_ ("What devices were found to be whose records are shown"), NULL },
  [PN_RECORD_FILTER_OVERRIDE] = { "overrides", N_ ("Override"), N_ ("With or without"),
                                  N_ ("Override whose records are shown"), NULL },
};

struct _PnValueChip
{
  AdwBin parent_instance;
  GtkLabel *title, *label;
  GtkMenuButton *button;
  GtkListBox *list;
  GtkEntry *entry;
  PnRecordFilterColumn column;
  gboolean is_empty; /* no record has a value */
  PnRecordFilter *filter;
  PnClient *client;
  GCancellable *cancellable;
};

G_DEFINE_FINAL_TYPE (PnValueChip, pn_value_chip, ADW_TYPE_BIN)

static const char *
get_value (PnValueChip *self)
{
  return self->filter != NULL ? pn_record_filter_get_value (self->filter, self->column) : NULL;
}

/* @value: NULL = any. */
static char *
make_text (PnValueChip *self, const char *value)
{
  if (value == NULL)
    return g_strdup (_ (kinds[self->column].any));
  if (self->column == PN_RECORD_FILTER_KEY && strlen (value) > SHORT_ENOUGH &&
      g_str_is_ascii (value))
    return pn_format_short_fingerprint (value);
  return g_strdup (pn_record_look_word (kinds[self->column].column, value));
}

static void
show_choice (PnValueChip *self)
{
  const char *value = get_value (self);
  g_autofree char *text = make_text (self, value);

  gtk_label_set_label (self->label, text);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->button),
                               value != NULL ? value : _ (kinds[self->column].tooltip));
  if (value == NULL)
    gtk_widget_remove_css_class (GTK_WIDGET (self->button), "chosen");
  else
    gtk_widget_add_css_class (GTK_WIDGET (self->button), "chosen");
  /* What is chosen can be given up, whatever the records have. */
  gtk_widget_set_sensitive (GTK_WIDGET (self->button), value != NULL || !self->is_empty);
}

static void
choose (PnValueChip *self, const char *value)
{
  gtk_menu_button_popdown (self->button);
  pn_record_filter_set_value (self->filter, self->column, value);
}

static void
add_row (PnValueChip *self, const char *value)
{
  g_autofree char *text = make_text (self, value);
  GtkWidget *label = gtk_label_new (text);
  GtkWidget *row = gtk_list_box_row_new ();

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 30);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), label);
  gtk_widget_set_tooltip_text (row, value);
  g_object_set_data_full (G_OBJECT (row), "value", g_strdup (value), g_free);
  gtk_list_box_append (self->list, row);
}

static void
show_values (PnValueChip *self, const char *const *values)
{
  GtkWidget *row;

  while ((row = gtk_widget_get_first_child (GTK_WIDGET (self->list))) != NULL)
    gtk_list_box_remove (self->list, row);
  add_row (self, NULL);
  for (guint i = 0; values != NULL && values[i] != NULL; i++)
    add_row (self, values[i]);
  self->is_empty = values != NULL && values[0] == NULL;
  show_choice (self);
}

/* A failure leaves what was known. */
static void
listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PnValueChip) self = user_data;
  g_auto (GStrv) values = pn_client_list_values_finish (PN_CLIENT (source), result, NULL);

  if (values != NULL && PN_CLIENT (source) == self->client)
    show_values (self, (const char *const *) values);
}

/* Each time the chip comes into sight: there may be new records. */
static void
ask (PnValueChip *self)
{
  if (self->client != NULL && pn_client_get_state (self->client) == PN_CLIENT_READY)
    pn_client_list_values_async (self->client, kinds[self->column].column, MAX_VALUES,
                                 self->cancellable, listed_cb, g_object_ref (self));
}

static void
opened_cb (PnValueChip *self)
{
  gtk_editable_set_text (GTK_EDITABLE (self->entry), "");
}

static void
row_activated_cb (PnValueChip *self, GtkListBoxRow *row)
{
  choose (self, g_object_get_data (G_OBJECT (row), "value"));
}

static void
entry_activated_cb (PnValueChip *self)
{
  g_autofree char *text =
      g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->entry))));

  if (text[0] != '\0')
    choose (self, text);
}

static void
pn_value_chip_dispose (GObject *object)
{
  PnValueChip *self = PN_VALUE_CHIP (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->filter);
  g_clear_object (&self->client);
  G_OBJECT_CLASS (pn_value_chip_parent_class)->dispose (object);
}

static void
pn_value_chip_class_init (PnValueChipClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_value_chip_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-value-chip.ui");
  gtk_widget_class_bind_template_child (widget_class, PnValueChip, title);
  gtk_widget_class_bind_template_child (widget_class, PnValueChip, label);
  gtk_widget_class_bind_template_child (widget_class, PnValueChip, button);
  gtk_widget_class_bind_template_child (widget_class, PnValueChip, list);
  gtk_widget_class_bind_template_child (widget_class, PnValueChip, entry);
  gtk_widget_class_bind_template_callback (widget_class, ask);
  gtk_widget_class_bind_template_callback (widget_class, opened_cb);
  gtk_widget_class_bind_template_callback (widget_class, row_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, entry_activated_cb);
}

static void
pn_value_chip_init (PnValueChip *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

static void
set_name (GtkWidget *widget, const char *name)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

GtkWidget *
pn_value_chip_new (PnRecordFilterColumn column)
{
  PnValueChip *self = g_object_new (PN_TYPE_VALUE_CHIP, NULL);
  const char *other = kinds[column].other != NULL ? _ (kinds[column].other) : "";

  self->column = column;
  gtk_label_set_label (self->title, _ (kinds[column].title));
  set_name (GTK_WIDGET (self->list), _ (kinds[column].tooltip));
  set_name (GTK_WIDGET (self->entry), other);
  gtk_entry_set_placeholder_text (self->entry, other);
  gtk_widget_set_visible (GTK_WIDGET (self->entry), kinds[column].other != NULL);
  gtk_accessible_update_relation (GTK_ACCESSIBLE (self->button),
                                  GTK_ACCESSIBLE_RELATION_LABELLED_BY, self->title, self->label,
                                  NULL, -1);
  show_values (self, NULL);
  return GTK_WIDGET (self);
}

void
pn_value_chip_set_filter (PnValueChip *self, PnRecordFilter *filter)
{
  g_set_object (&self->filter, filter);
  g_signal_connect_object (filter, "changed", G_CALLBACK (show_choice), self, G_CONNECT_SWAPPED);
  show_choice (self);
}

void
pn_value_chip_set_client (PnValueChip *self, PnClient *client)
{
  if (!g_set_object (&self->client, client))
    return;
  show_values (self, NULL);
  if (gtk_widget_get_mapped (GTK_WIDGET (self)))
    ask (self);
}

gboolean
pn_value_chip_is_chosen (PnValueChip *self)
{
  return get_value (self) != NULL;
}

const char *
pn_value_chip_get_text (PnValueChip *self)
{
  return gtk_label_get_label (self->label);
}
