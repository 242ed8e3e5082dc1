/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-record-filter-bar.h"

#include <glib/gi18n.h>

#include "pn-date-chip.h"
#include "pn-value-chip.h"

static const struct
{
  const char *verdict, *label;
} chips[] = {
  { "", NC_ ("records", "All") },
  { "passed", NC_ ("records", "Passed") },
  { "failed", NC_ ("records", "Failed") },
  { "set-aside", NC_ ("records", "Set aside") },
  { "refused", NC_ ("records", "Refused") },
  { "cancelled", NC_ ("records", "Cancelled") },
};
#define N_CHIPS G_N_ELEMENTS (chips)

struct _PnRecordFilterBar
{
  AdwBin parent_instance;
  GtkBox *box;
  PnDateChip *date;
  GtkMenuButton *more_button;
  GtkLabel *more_label;
  GtkBox *more_box;
  PnValueChip *values[PN_RECORD_FILTER_N_COLUMNS]; /* in more_box */
  GtkToggleButton *buttons[N_CHIPS];
  GtkLabel *counts[N_CHIPS];
  PnRecordFilter *filter;
  PnClient *client;
  GCancellable *cancellable; /* of the counts that are asked for */
  guint waiting;             /* answers that are missing */
  gboolean again;            /* something changed meanwhile */
};

G_DEFINE_FINAL_TYPE (PnRecordFilterBar, pn_record_filter_bar, ADW_TYPE_BIN)

/* ---- counts ---- */

typedef struct
{
  PnRecordFilterBar *bar;
  guint chip;
} Count;

static void ask_counts (PnRecordFilterBar *self);

static void
counted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Count *asked = user_data;
  g_autoptr (PnRecordFilterBar) self = asked->bar;
  gint64 count = pn_client_count_records_finish (PN_CLIENT (source), result, NULL);

  self->waiting--;
  if (count >= 0 && self->client == PN_CLIENT (source))
    {
      /* Translators: a count on a chip; the apostrophe groups thousands where that is usual. */
      g_autofree char *text = g_strdup_printf (_ ("%'d"), (int) count);

      gtk_label_set_label (self->counts[asked->chip], text);
    }
  if (self->waiting == 0 && self->again)
    ask_counts (self);
}

static void
ask_counts (PnRecordFilterBar *self)
{
  if (self->client == NULL || self->filter == NULL ||
      pn_client_get_state (self->client) != PN_CLIENT_READY)
    return;
  self->again = self->waiting > 0;
  if (self->again)
    return;
  for (guint i = 0; i < N_CHIPS; i++)
    {
      GVariantDict options;
      Count *asked = g_new0 (Count, 1);

      asked->bar = g_object_ref (self);
      asked->chip = i;
      self->waiting++;
      g_variant_dict_init (&options, NULL);
      pn_record_filter_add_options (self->filter, &options, chips[i].verdict);
      pn_client_count_records_async (self->client, g_variant_dict_end (&options), self->cancellable,
                                     counted_cb, asked);
    }
}

/* ---- choosing ---- */

static void
chip_toggled_cb (GtkToggleButton *button, PnRecordFilterBar *self)
{
  if (self->filter == NULL || !gtk_toggle_button_get_active (button))
    return;
  for (guint i = 0; i < N_CHIPS; i++)
    if (self->buttons[i] == button)
      pn_record_filter_set_verdict (self->filter, chips[i].verdict);
}

/* One choice is shown itself, several by how many they are. */
static void
show_more (PnRecordFilterBar *self)
{
  const char *only = _ ("More filters");
  g_autofree char *many = NULL;
  guint n_chosen = 0;

  if (pn_date_chip_is_chosen (self->date) && n_chosen++ == 0)
    only = pn_date_chip_get_text (self->date);
  for (guint i = 0; i < PN_RECORD_FILTER_N_COLUMNS; i++)
    if (pn_value_chip_is_chosen (self->values[i]) && n_chosen++ == 0)
      only = pn_value_chip_get_text (self->values[i]);
  many = g_strdup_printf (ngettext ("%u filter", "%u filters", n_chosen), n_chosen);
  gtk_label_set_label (self->more_label, n_chosen > 1 ? many : only);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->more_button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  n_chosen > 1 ? many : only, -1);
  if (n_chosen == 0)
    gtk_widget_remove_css_class (GTK_WIDGET (self->more_button), "chosen");
  else
    gtk_widget_add_css_class (GTK_WIDGET (self->more_button), "chosen");
}

static void
filter_changed_cb (PnRecordFilterBar *self)
{
  const char *verdict = pn_record_filter_get_verdict (self->filter);

  for (guint i = 0; i < N_CHIPS; i++)
    if (g_str_equal (chips[i].verdict, verdict != NULL ? verdict : ""))
      gtk_toggle_button_set_active (self->buttons[i], TRUE);
  show_more (self);
  ask_counts (self);
}

/* ---- the object ---- */

static void
make_chips (PnRecordFilterBar *self)
{
  for (guint i = 0; i < N_CHIPS; i++)
    {
      GtkWidget *inside = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 4);
      GtkWidget *name = gtk_label_new (g_dpgettext2 (NULL, "records", chips[i].label));

      self->buttons[i] = GTK_TOGGLE_BUTTON (gtk_toggle_button_new ());
      self->counts[i] = GTK_LABEL (gtk_label_new (""));
      gtk_widget_add_css_class (GTK_WIDGET (self->counts[i]), "count");
      gtk_widget_add_css_class (GTK_WIDGET (self->counts[i]), "numeric");
      gtk_widget_add_css_class (GTK_WIDGET (self->buttons[i]), "chip");
      gtk_box_append (GTK_BOX (inside), name);
      gtk_box_append (GTK_BOX (inside), GTK_WIDGET (self->counts[i]));
      gtk_button_set_child (GTK_BUTTON (self->buttons[i]), inside);
      gtk_accessible_update_relation (GTK_ACCESSIBLE (self->buttons[i]),
                                      GTK_ACCESSIBLE_RELATION_LABELLED_BY, name, self->counts[i],
                                      NULL, -1);
      if (i > 0)
        gtk_toggle_button_set_group (self->buttons[i], self->buttons[0]);
      gtk_toggle_button_set_active (self->buttons[i], i == 0);
      g_signal_connect (self->buttons[i], "toggled", G_CALLBACK (chip_toggled_cb), self);
      gtk_box_insert_child_after (self->box, GTK_WIDGET (self->buttons[i]),
                                  i > 0 ? GTK_WIDGET (self->buttons[i - 1]) : NULL);
    }
}

static void
pn_record_filter_bar_dispose (GObject *object)
{
  PnRecordFilterBar *self = PN_RECORD_FILTER_BAR (object);

  pn_record_filter_bar_set_client (self, NULL);
  if (self->filter != NULL)
    g_signal_handlers_disconnect_by_data (self->filter, self);
  g_clear_object (&self->filter);
  G_OBJECT_CLASS (pn_record_filter_bar_parent_class)->dispose (object);
}

static void
pn_record_filter_bar_class_init (PnRecordFilterBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_record_filter_bar_dispose;
  g_type_ensure (PN_TYPE_DATE_CHIP);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-record-filter-bar.ui");
  gtk_widget_class_bind_template_child (widget_class, PnRecordFilterBar, box);
  gtk_widget_class_bind_template_child (widget_class, PnRecordFilterBar, date);
  gtk_widget_class_bind_template_child (widget_class, PnRecordFilterBar, more_button);
  gtk_widget_class_bind_template_child (widget_class, PnRecordFilterBar, more_label);
  gtk_widget_class_bind_template_child (widget_class, PnRecordFilterBar, more_box);
}

static void
pn_record_filter_bar_init (PnRecordFilterBar *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  make_chips (self);
  for (guint i = 0; i < PN_RECORD_FILTER_N_COLUMNS; i++)
    {
      self->values[i] = PN_VALUE_CHIP (pn_value_chip_new (i));
      gtk_box_append (self->more_box, GTK_WIDGET (self->values[i]));
    }
  show_more (self);
}

void
pn_record_filter_bar_set_filter (PnRecordFilterBar *self, PnRecordFilter *filter)
{
  g_set_object (&self->filter, filter);
  pn_date_chip_set_filter (self->date, filter);
  for (guint i = 0; i < PN_RECORD_FILTER_N_COLUMNS; i++)
    pn_value_chip_set_filter (self->values[i], filter);
  /* After the chips, whose texts are shown. */
  g_signal_connect_swapped (filter, "changed", G_CALLBACK (filter_changed_cb), self);
  ask_counts (self);
}

void
pn_record_filter_bar_set_client (PnRecordFilterBar *self, PnClient *client)
{
  if (self->client != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->client, self);
      g_cancellable_cancel (self->cancellable);
      g_clear_object (&self->cancellable);
    }
  g_set_object (&self->client, client);
  if (client == NULL)
    return;
  self->cancellable = g_cancellable_new ();
  g_signal_connect_swapped (client, "notify::record-count", G_CALLBACK (ask_counts), self);
  g_signal_connect_swapped (client, "notify::state", G_CALLBACK (ask_counts), self);
  for (guint i = 0; i < PN_RECORD_FILTER_N_COLUMNS; i++)
    pn_value_chip_set_client (self->values[i], client);
  ask_counts (self);
}

void
pn_record_filter_bar_clear (PnRecordFilterBar *self)
{
  pn_date_chip_reset (self->date);
  pn_record_filter_clear (self->filter);
}
