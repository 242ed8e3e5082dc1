/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-attempt-row.h"

#include <glib/gi18n.h>

#include "pn-card-look.h"
#include "pn-device-page.h"
#include "pn-device-story.h"
#include "pn-format.h"
#include "pn-window.h"

struct _PnAttemptRow
{
  AdwActionRow parent_instance;
  GtkImage *symbol;
  PnRecordRow *record;
};

G_DEFINE_FINAL_TYPE (PnAttemptRow, pn_attempt_row, ADW_TYPE_ACTION_ROW)

static void
update (PnAttemptRow *self)
{
  GVariant *values = pn_record_row_get_values (self->record);
  g_autoptr (PnDeviceStory) story = NULL;
  g_autofree char *sentence = NULL;
  g_autofree char *time = NULL;
  g_autofree char *title = NULL;
  PnCardState state;

  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (self), values != NULL);
  if (values == NULL)
    return;
  story = pn_device_story_new_for_record (values);
  state = pn_device_story_get_state (story);
  sentence = pn_device_story_make_sentence (story);
  time = pn_format_time (pn_device_story_get_started (story));
  title = g_strdup_printf ("%s · %s", pn_card_look_word (state), time);
  gtk_image_set_from_icon_name (self->symbol, pn_card_look (state)->icon);
  gtk_widget_add_css_class (GTK_WIDGET (self), pn_card_look (state)->style);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self), sentence);
}

static void
pn_attempt_row_activate (AdwActionRow *row)
{
  GVariant *values = pn_record_row_get_values (PN_ATTEMPT_ROW (row)->record);
  PnWindow *window = pn_window_of (GTK_WIDGET (row));

  if (values != NULL && window != NULL)
    pn_window_push (window, pn_device_page_new_for_record (values));
}

static void
pn_attempt_row_dispose (GObject *object)
{
  g_clear_object (&PN_ATTEMPT_ROW (object)->record);
  G_OBJECT_CLASS (pn_attempt_row_parent_class)->dispose (object);
}

static void
pn_attempt_row_class_init (PnAttemptRowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = pn_attempt_row_dispose;
  ADW_ACTION_ROW_CLASS (klass)->activate = pn_attempt_row_activate;
}

static void
pn_attempt_row_init (PnAttemptRow *self)
{
  self->symbol = GTK_IMAGE (gtk_image_new ());
  gtk_widget_add_css_class (GTK_WIDGET (self->symbol), "row-icon");
  gtk_widget_add_css_class (GTK_WIDGET (self->symbol), "state-symbol");
  adw_action_row_add_prefix (ADW_ACTION_ROW (self), GTK_WIDGET (self->symbol));
  adw_action_row_add_suffix (ADW_ACTION_ROW (self),
                             gtk_image_new_from_icon_name ("go-next-symbolic"));
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (self), 3);
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (self), FALSE);
  gtk_widget_add_css_class (GTK_WIDGET (self), "attempt");
}

GtkWidget *
pn_attempt_row_new (PnRecordRow *record)
{
  PnAttemptRow *self = g_object_new (PN_TYPE_ATTEMPT_ROW, NULL);

  self->record = g_object_ref (record);
  g_signal_connect_object (record, "notify::values", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
  return GTK_WIDGET (self);
}
