/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-timeline.h"

#include <glib/gi18n.h>

#include "pn-card-look.h"
#include "pn-clock.h"
#include "pn-format.h"

typedef struct
{
  GtkWidget *row;
  GtkLabel *clock, *took;
  GtkProgressBar *bar;
} Row;

struct _PnTimeline
{
  AdwBin parent_instance;
  GtkListBox *list;
  Row rows[PN_N_PHASES];
  Row total;
  PnDeviceStory *story;
};

G_DEFINE_FINAL_TYPE (PnTimeline, pn_timeline, ADW_TYPE_BIN)

/* @clock: when it began, unix µs; 0 = not shown. */
static void
show_row (Row *row, gint64 clock, gint64 took)
{
  g_autoptr (GDateTime) time =
      clock > 0 ? g_date_time_new_from_unix_local (clock / G_USEC_PER_SEC) : NULL;
  /* Translators: a time of day with seconds, see strftime (3). */
  g_autofree char *clock_text =
      time != NULL ? g_date_time_format (time, _ ("%H:%M:%S")) : g_strdup ("");
  g_autofree char *took_text = pn_format_elapsed (took);

  gtk_label_set_label (row->clock, clock_text);
  gtk_label_set_label (row->took, took_text);
}

static void
update (PnTimeline *self)
{
  GVariant *phases = pn_device_story_get_phases (self->story);
  gint64 now = pn_clock_get_now (pn_clock_get_default ());
  gint64 began = pn_device_story_get_started (self->story);
  gint64 over = pn_device_story_get_ended (self->story);
  gint64 took[PN_N_PHASES] = { 0 }, starts[PN_N_PHASES] = { 0 }, most = 1;
  GVariantIter iter;
  const char *word;
  gint64 start, end;

  gtk_widget_set_visible (GTK_WIDGET (self), phases != NULL);
  if (phases == NULL)
    return;
  g_variant_iter_init (&iter, phases);
  while (g_variant_iter_next (&iter, "(&sxx)", &word, &start, &end))
    {
      PnPhase phase;

      if (!pn_phase_from_word (word, &phase))
        continue;
      if (starts[phase] == 0)
        starts[phase] = start;
      took[phase] += MAX ((end != 0 ? end : over != 0 ? over : now) - start, 0);
      most = MAX (most, took[phase]);
    }
  for (guint i = 0; i < PN_N_PHASES; i++)
    {
      gtk_widget_set_visible (self->rows[i].row, starts[i] != 0);
      show_row (&self->rows[i], starts[i], took[i]);
      gtk_progress_bar_set_fraction (self->rows[i].bar, (double) took[i] / (double) most);
    }
  show_row (&self->total, 0, began > 0 ? (over > 0 ? over : now) - began : 0);
}

static void
tick_cb (PnTimeline *self)
{
  if (self->story != NULL && pn_device_story_is_going (self->story))
    update (self);
}

static GtkLabel *
add_label (GtkWidget *box, const char *text, const char *style)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, style);
  gtk_widget_add_css_class (label, "numeric");
  gtk_box_append (GTK_BOX (box), label);
  return GTK_LABEL (label);
}

static void
add_row (PnTimeline *self, Row *row, const char *name)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 10);
  GtkLabel *label;

  row->row = gtk_list_box_row_new ();
  label = add_label (line, name, row == &self->total ? "heading" : "timeline-name");
  gtk_label_set_ellipsize (label, PANGO_ELLIPSIZE_END);
  gtk_widget_set_hexpand (GTK_WIDGET (label), TRUE);
  row->clock = add_label (line, "", "dim-label");
  row->took = add_label (line, "", "heading");
  gtk_box_append (GTK_BOX (box), line);
  if (row != &self->total)
    {
      row->bar = GTK_PROGRESS_BAR (gtk_progress_bar_new ());
      gtk_widget_add_css_class (GTK_WIDGET (row->bar), "timeline-bar");
      gtk_accessible_update_property (GTK_ACCESSIBLE (row->bar), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                      name, -1);
      gtk_box_append (GTK_BOX (box), GTK_WIDGET (row->bar));
    }
  gtk_widget_add_css_class (box, "timeline-row");
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row->row), FALSE);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row->row), box);
  gtk_list_box_append (self->list, row->row);
}

static void
pn_timeline_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (pn_timeline_parent_class)->map (widget);
  pn_clock_hold (pn_clock_get_default ());
}

static void
pn_timeline_unmap (GtkWidget *widget)
{
  pn_clock_release (pn_clock_get_default ());
  GTK_WIDGET_CLASS (pn_timeline_parent_class)->unmap (widget);
}

static void
pn_timeline_dispose (GObject *object)
{
  g_clear_object (&PN_TIMELINE (object)->story);
  G_OBJECT_CLASS (pn_timeline_parent_class)->dispose (object);
}

static void
pn_timeline_class_init (PnTimelineClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_timeline_dispose;
  widget_class->map = pn_timeline_map;
  widget_class->unmap = pn_timeline_unmap;
}

static void
pn_timeline_init (PnTimeline *self)
{
  self->list = GTK_LIST_BOX (gtk_list_box_new ());
  gtk_list_box_set_selection_mode (self->list, GTK_SELECTION_NONE);
  gtk_widget_add_css_class (GTK_WIDGET (self->list), "boxed-list");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Where the time went"), -1);
  for (guint i = 0; i < PN_N_PHASES; i++)
    add_row (self, &self->rows[i], pn_phase_label (i));
  add_row (self, &self->total, _ ("In all"));
  adw_bin_set_child (ADW_BIN (self), GTK_WIDGET (self->list));
  g_signal_connect_object (pn_clock_get_default (), "notify::now", G_CALLBACK (tick_cb), self,
                           G_CONNECT_SWAPPED);
}

void
pn_timeline_set_story (PnTimeline *self, PnDeviceStory *story)
{
  g_set_object (&self->story, story);
  g_signal_connect_object (story, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
}
