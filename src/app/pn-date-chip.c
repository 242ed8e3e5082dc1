/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-date-chip.h"

#include <glib/gi18n.h>

enum
{
  CHOICE_ANY,
  CHOICE_TODAY,
  CHOICE_WEEK,
  CHOICE_MONTH,
  CHOICE_DAYS,
  N_CHOICES
};

static const struct
{
  const char *label;
  int days; /* up to and with today; 0 = no end */
} choices[N_CHOICES] = {
  [CHOICE_ANY] = { N_ ("Any time"), 0 },
  [CHOICE_TODAY] = { N_ ("Today"), 1 },
  [CHOICE_WEEK] = { N_ ("Last 7 days"), 7 },
  [CHOICE_MONTH] = { N_ ("Last 30 days"), 30 },
  [CHOICE_DAYS] = { N_ ("From one day to another"), 0 },
};

struct _PnDateChip
{
  AdwBin parent_instance;
  GtkMenuButton *button;
  GtkBox *list;
  GtkRevealer *days;
  GtkToggleButton *from_button, *until_button;
  GtkLabel *from_label, *until_label;
  GtkCalendar *calendar;
  GtkCheckButton *checks[N_CHOICES];
  PnRecordFilter *filter;
  GDateTime *from, *until; /* local midnights; until's day counts */
  gboolean quiet;          /* what changes is not somebody's choice */
};

G_DEFINE_FINAL_TYPE (PnDateChip, pn_date_chip, ADW_TYPE_BIN)

static GDateTime *
midnight (GDateTime *time)
{
  return g_date_time_new_local (g_date_time_get_year (time), g_date_time_get_month (time),
                                g_date_time_get_day_of_month (time), 0, 0, 0);
}

/* Midnight of the day that is @days after today. A day need not have 24 hours. */
static GDateTime *
day (int days)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autoptr (GDateTime) then = g_date_time_add_days (now, days);

  return midnight (then);
}

static int
get_choice (PnDateChip *self)
{
  for (int i = 0; i < N_CHOICES; i++)
    if (gtk_check_button_get_active (self->checks[i]))
      return i;
  return CHOICE_ANY;
}

static char *
format_day (GDateTime *time)
{
  /* Translators: a day, see strftime (3). */
  return g_date_time_format (time, _ ("%-d %b %Y"));
}

static void
show_choice (PnDateChip *self)
{
  int choice = get_choice (self);
  g_autofree char *from = format_day (self->from);
  g_autofree char *until = format_day (self->until);
  g_autofree char *range = g_strdup_printf ("%s – %s", from, until);

  gtk_menu_button_set_label (self->button,
                             choice == CHOICE_DAYS ? range : _ (choices[choice].label));
  if (choice == CHOICE_ANY)
    gtk_widget_remove_css_class (GTK_WIDGET (self->button), "chosen");
  else
    gtk_widget_add_css_class (GTK_WIDGET (self->button), "chosen");
  gtk_revealer_set_reveal_child (self->days, choice == CHOICE_DAYS);
  gtk_label_set_label (self->from_label, from);
  gtk_label_set_label (self->until_label, until);
}

static gint64
to_microseconds (GDateTime *time)
{
  return g_date_time_to_unix (time) * G_USEC_PER_SEC;
}

static void
choose (PnDateChip *self)
{
  int choice = get_choice (self);
  g_autoptr (GDateTime) after = g_date_time_add_days (self->until, 1);
  g_autoptr (GDateTime) first = day (1 - choices[choice].days);

  if (self->quiet)
    return;
  show_choice (self);
  if (self->filter == NULL)
    return;
  if (choice == CHOICE_DAYS)
    pn_record_filter_set_time (self->filter, to_microseconds (self->from), to_microseconds (after));
  else
    pn_record_filter_set_time (self->filter, choice == CHOICE_ANY ? 0 : to_microseconds (first), 0);
}

/* The calendar is for one end of the time at once. */
static void
end_chosen_cb (PnDateChip *self)
{
  gboolean from = gtk_toggle_button_get_active (self->from_button);

  self->quiet = TRUE;
  gtk_calendar_select_day (self->calendar, from ? self->from : self->until);
  self->quiet = FALSE;
}

static void
day_selected_cb (PnDateChip *self)
{
  g_autoptr (GDateTime) selected = gtk_calendar_get_date (self->calendar);
  gboolean from = gtk_toggle_button_get_active (self->from_button);
  GDateTime **end = from ? &self->from : &self->until;
  GDateTime **other = from ? &self->until : &self->from;

  if (self->quiet)
    return;
  g_date_time_unref (*end);
  *end = midnight (selected);
  if (g_date_time_compare (self->from, self->until) > 0)
    {
      g_date_time_unref (*other);
      *other = g_date_time_ref (*end);
    }
  choose (self);
}

static void
pn_date_chip_dispose (GObject *object)
{
  PnDateChip *self = PN_DATE_CHIP (object);

  g_clear_object (&self->filter);
  g_clear_pointer (&self->from, g_date_time_unref);
  g_clear_pointer (&self->until, g_date_time_unref);
  G_OBJECT_CLASS (pn_date_chip_parent_class)->dispose (object);
}

static void
pn_date_chip_class_init (PnDateChipClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_date_chip_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-date-chip.ui");
  gtk_widget_class_bind_template_child (widget_class, PnDateChip, button);
  gtk_widget_class_bind_template_child (widget_class, PnDateChip, list);
  gtk_widget_class_bind_template_child (widget_class, PnDateChip, days);
  gtk_widget_class_bind_template_child (widget_class, PnDateChip, from_button);
  gtk_widget_class_bind_template_child (widget_class, PnDateChip, until_button);
  gtk_widget_class_bind_template_child (widget_class, PnDateChip, from_label);
  gtk_widget_class_bind_template_child (widget_class, PnDateChip, until_label);
  gtk_widget_class_bind_template_child (widget_class, PnDateChip, calendar);
  gtk_widget_class_bind_template_callback (widget_class, end_chosen_cb);
  gtk_widget_class_bind_template_callback (widget_class, day_selected_cb);
}

static void
check_toggled_cb (GtkCheckButton *check, PnDateChip *self)
{
  if (gtk_check_button_get_active (check))
    choose (self);
}

static void
pn_date_chip_init (PnDateChip *self)
{
  self->from = day (-6);
  self->until = day (0);
  gtk_widget_init_template (GTK_WIDGET (self));
  for (int i = 0; i < N_CHOICES; i++)
    {
      self->checks[i] = GTK_CHECK_BUTTON (gtk_check_button_new_with_label (_ (choices[i].label)));
      if (i > 0)
        gtk_check_button_set_group (self->checks[i], self->checks[0]);
      gtk_box_append (self->list, GTK_WIDGET (self->checks[i]));
    }
  gtk_check_button_set_active (self->checks[CHOICE_ANY], TRUE);
  for (int i = 0; i < N_CHOICES; i++)
    g_signal_connect (self->checks[i], "toggled", G_CALLBACK (check_toggled_cb), self);
  end_chosen_cb (self);
  show_choice (self);
}

void
pn_date_chip_set_filter (PnDateChip *self, PnRecordFilter *filter)
{
  g_set_object (&self->filter, filter);
}

gboolean
pn_date_chip_is_chosen (PnDateChip *self)
{
  return get_choice (self) != CHOICE_ANY;
}

const char *
pn_date_chip_get_text (PnDateChip *self)
{
  return gtk_menu_button_get_label (self->button);
}

void
pn_date_chip_reset (PnDateChip *self)
{
  self->quiet = TRUE;
  gtk_check_button_set_active (self->checks[CHOICE_ANY], TRUE);
  self->quiet = FALSE;
  show_choice (self);
}
