/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-device-page.h"

#include <glib/gi18n.h>

#include "pn-app.h"
#include "pn-attempt-row.h"
#include "pn-card-look.h"
#include "pn-certificate-save.h"
#include "pn-device-identity.h"
#include "pn-device-story.h"
#include "pn-log-view.h"
#include "pn-narrow.h"
#include "pn-override-row.h"
#include "pn-phase-bar.h"
#include "pn-record-list.h"
#include "pn-score-row.h"
#include "pn-slot-actions.h"
#include "pn-timeline.h"

#define STACKED_WIDTH 960 /* below it what else stands side by side stands in one column */
#define CRAMPED_WIDTH 700 /* below it so do the facts of one line of the score */

struct _PnDevicePage
{
  PnPage parent_instance;
  GtkBox *verdict;
  GtkImage *symbol;
  GtkLabel *headline, *sentence;
  GtkWidget *phase_part;
  PnPhaseBar *phases;
  GtkLabel *phase_text;
  GtkBox *buttons;
  GtkButton *main_button, *second_button, *certificate_button;
  GtkBox *columns, *lower_columns;
  GtkListBox *score, *identity, *attempts;
  GtkSizeGroup *wanted_column, *read_column, *permanence_column;
  GtkWidget *score_head, *timeline_part, *attempts_part, *untold;
  GtkWidget *override, *overrides_part;
  GtkListBox *overrides;
  PnTimeline *timeline;
  PnLogView *log;

  PnDeviceStory *story;
  PnRecordList *records; /* of this device */
  char *serial;          /* that they are of */
  const char *style;     /* of the verdict, as last set */
  GVariant *evidence;    /* that the score and the identity were made of */
  PnCardState state;     /* then */
  gboolean stacked, cramped;
  guint resized; /* an idle source that looks at the width */
};

typedef enum
{
  PROP_SLOT = 1,
  PROP_CRAMPED,
  N_PROPS
} PnDevicePageProperty;
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (PnDevicePage, pn_device_page, PN_TYPE_PAGE)

/* ---- the head ---- */

static void
show_button (GtkButton *button, PnCardButton what)
{
  gtk_widget_set_visible (GTK_WIDGET (button),
                          what != PN_CARD_BUTTON_NONE && what != PN_CARD_BUTTON_DETAILS);
  if (!gtk_widget_get_visible (GTK_WIDGET (button)))
    return;
  gtk_button_set_label (button, pn_card_button_label (what));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), pn_card_button_action (what));
  if (what == PN_CARD_BUTTON_START || what == PN_CARD_BUTTON_TRY_AGAIN)
    gtk_widget_add_css_class (GTK_WIDGET (button), "suggested-action");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (button), "suggested-action");
}

static void
update_buttons (PnDevicePage *self, const PnCardLook *look)
{
  gboolean live = pn_device_story_get_slot (self->story) != NULL;

  show_button (self->main_button, live ? look->main : PN_CARD_BUTTON_NONE);
  show_button (self->second_button, live ? look->second : PN_CARD_BUTTON_NONE);
  gtk_widget_set_visible (GTK_WIDGET (self->certificate_button),
                          !live && pn_device_story_get_state (self->story) == PN_CARD_PASSED);
  if (live)
    pn_slot_actions_update (GTK_WIDGET (self));
}

static void
update_head (PnDevicePage *self)
{
  PnClientRun *run = pn_device_story_get_run (self->story);
  const PnCardLook *look = pn_card_look (pn_device_story_get_state (self->story));
  g_autofree char *title = pn_device_story_make_title (self->story);
  g_autofree char *headline = pn_device_story_make_headline (self->story);
  g_autofree char *sentence = pn_device_story_make_sentence (self->story);
  g_autofree char *phase = run != NULL ? pn_card_phase_text (run) : NULL;
  const char *model = pn_device_story_get_evidence (self->story, PN_EVIDENCE_MODEL);

  pn_page_set_title (PN_PAGE (self), title);
  pn_page_set_subtitle (PN_PAGE (self), model);
  gtk_image_set_from_icon_name (self->symbol, look->icon);
  gtk_label_set_label (self->headline, headline);
  gtk_label_set_label (self->sentence, sentence);
  gtk_widget_set_visible (self->phase_part, run != NULL);
  gtk_label_set_label (self->phase_text, phase != NULL ? phase : "");
  g_object_set (self->phases, "run", run, "still", !look->moving, NULL);
  if (self->style != look->style)
    {
      if (self->style != NULL)
        gtk_widget_remove_css_class (GTK_WIDGET (self->verdict), self->style);
      gtk_widget_add_css_class (GTK_WIDGET (self->verdict), look->style);
      self->style = look->style;
    }
  update_buttons (self, look);
}

static void
save_certificate_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  PnDevicePage *self = PN_DEVICE_PAGE (widget);

  pn_certificate_save_ask_one (widget, pn_app_get_client (pn_app_get_default ()),
                               pn_device_story_get_record (self->story));
}

/* ---- what is below it ---- */

static GtkWidget *
make_score_row (gpointer line, gpointer user_data)
{
  PnDevicePage *self = user_data;
  GtkSizeGroup *const columns[PN_N_SCORE_COLUMNS] = { self->wanted_column, self->read_column,
                                                      self->permanence_column };
  GtkWidget *row = pn_score_row_new (line, columns);

  g_object_bind_property (self, "cramped", row, "narrow", G_BINDING_SYNC_CREATE);
  return row;
}

static GtkWidget *
make_fact_row (gpointer fact, gpointer user_data)
{
  return pn_fact_row_new (fact);
}

static GtkWidget *
make_attempt_row (gpointer record, gpointer user_data)
{
  return pn_attempt_row_new (record);
}

/* Made again when the device has said more, or what became of it is another thing. */
static void
update_facts (PnDevicePage *self)
{
  PnClientRun *run = pn_device_story_get_run (self->story);
  PnCardState state = pn_device_story_get_state (self->story);
  GVariant *evidence = run != NULL ? pn_client_run_get_all_evidence (run) : NULL;
  g_autoptr (GListModel) score = NULL;
  g_autoptr (GListModel) identity = NULL;

  if (self->evidence != NULL && evidence == self->evidence && state == self->state)
    return;
  g_clear_pointer (&self->evidence, g_variant_unref);
  self->evidence = evidence != NULL ? g_variant_ref (evidence) : NULL;
  self->state = state;
  score = pn_score_new (self->story);
  identity = pn_device_identity_new (self->story);
  gtk_list_box_bind_model (self->score, score, make_score_row, self, NULL);
  gtk_list_box_bind_model (self->identity, identity, make_fact_row, NULL, NULL);
}

static void
records_changed_cb (PnDevicePage *self)
{
  gtk_widget_set_visible (self->attempts_part,
                          g_list_model_get_n_items (G_LIST_MODEL (self->records)) > 0);
}

/* Those that count now; those that were used are told among what is known of the device. */
static void
show_overrides (PnDevicePage *self, PnClient *client)
{
  PnClientSlot *slot = pn_device_story_get_slot (self->story);

  gtk_widget_set_visible (self->override, slot != NULL);
  if (slot != NULL)
    pn_override_rows_show (self->overrides, self->overrides_part, client, slot);
}

static void
update_attempts (PnDevicePage *self)
{
  const char *serial = pn_device_story_get_serial (self->story);
  GVariantBuilder query;

  if (serial[0] == '\0' || g_strcmp0 (serial, self->serial) == 0)
    return;
  g_free (self->serial);
  self->serial = g_strdup (serial);
  g_variant_builder_init (&query, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&query, "{sv}", "serial", g_variant_new_string (serial));
  pn_record_list_set_query (self->records, g_variant_builder_end (&query));
  gtk_list_box_bind_model (self->attempts, G_LIST_MODEL (self->records), make_attempt_row, NULL,
                           NULL);
}

/* What happened: of a record, once it has come, and where it was kept. */
static void
update_story (PnDevicePage *self)
{
  GListModel *log = pn_device_story_get_log (self->story);

  gtk_widget_set_visible (self->timeline_part, pn_device_story_get_phases (self->story) != NULL);
  gtk_widget_set_visible (self->untold, pn_device_story_is_untold (self->story));
  if (log == NULL)
    pn_log_view_set_run (self->log, pn_device_story_get_run (self->story));
  else if (!gtk_widget_get_visible (GTK_WIDGET (self->log)))
    {
      pn_log_view_set_log (self->log, log, pn_device_story_get_serial (self->story));
      gtk_widget_set_visible (GTK_WIDGET (self->log), TRUE);
    }
}

static void
update (PnDevicePage *self)
{
  update_head (self);
  update_facts (self);
  update_attempts (self);
  update_story (self);
}

static void
update_width (PnDevicePage *self)
{
  GtkOrientation orientation =
      self->stacked ? GTK_ORIENTATION_VERTICAL : GTK_ORIENTATION_HORIZONTAL;

  gtk_orientable_set_orientation (GTK_ORIENTABLE (self->columns), orientation);
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self->lower_columns), orientation);
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self->verdict), self->cramped
                                                                      ? GTK_ORIENTATION_VERTICAL
                                                                      : GTK_ORIENTATION_HORIZONTAL);
  gtk_widget_set_visible (self->score_head, !self->cramped);
  gtk_widget_set_size_request (self->timeline_part, self->stacked ? -1 : 300, -1);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CRAMPED]);
}

static gboolean
resized_cb (gpointer user_data)
{
  PnDevicePage *self = user_data;
  int width = gtk_widget_get_width (GTK_WIDGET (self));

  self->resized = 0;
  self->stacked = pn_is_narrow (GTK_WIDGET (self), width, STACKED_WIDTH);
  self->cramped = pn_is_narrow (GTK_WIDGET (self), width, CRAMPED_WIDTH);
  update_width (self);
  return G_SOURCE_REMOVE;
}

/* The layout of AdwBin, and a look at the width: a widget with a layout manager is not told it
 * otherwise. */
static void
measure (GtkWidget *widget,
         GtkOrientation orientation,
         int for_size,
         int *minimum,
         int *natural,
         int *minimum_baseline,
         int *natural_baseline)
{
  gtk_widget_measure (gtk_widget_get_first_child (widget), orientation, for_size, minimum, natural,
                      NULL, NULL);
}

static GtkSizeRequestMode
get_request_mode (GtkWidget *widget)
{
  return gtk_widget_get_request_mode (gtk_widget_get_first_child (widget));
}

static void
allocate (GtkWidget *widget, int width, int height, int baseline)
{
  PnDevicePage *self = PN_DEVICE_PAGE (widget);

  gtk_widget_allocate (gtk_widget_get_first_child (widget), width, height, baseline, NULL);
  if ((self->stacked != pn_is_narrow (widget, width, STACKED_WIDTH) ||
       self->cramped != pn_is_narrow (widget, width, CRAMPED_WIDTH)) &&
      self->resized == 0)
    self->resized = g_idle_add_full (G_PRIORITY_DEFAULT, resized_cb, self, NULL);
}

static void
set_story (PnDevicePage *self, PnDeviceStory *story)
{
  PnClient *client = pn_app_get_client (pn_app_get_default ());

  self->story = story;
  self->records = pn_record_list_new (client);
  g_signal_connect_object (self->records, "items-changed", G_CALLBACK (records_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (story, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  pn_timeline_set_story (self->timeline, story);
  show_overrides (self, client);
  update (self);
  pn_device_story_load (story, client);
}

/* ---- the object ---- */

static void
pn_device_page_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PnDevicePage *self = PN_DEVICE_PAGE (object);

  if (prop_id == PROP_CRAMPED)
    g_value_set_boolean (value, self->cramped);
  else if (prop_id == PROP_SLOT)
    g_value_set_object (value, self->story != NULL ? pn_device_story_get_slot (self->story) : NULL);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
pn_device_page_dispose (GObject *object)
{
  PnDevicePage *self = PN_DEVICE_PAGE (object);

  g_clear_handle_id (&self->resized, g_source_remove);
  gtk_widget_dispose_template (GTK_WIDGET (self), PN_TYPE_DEVICE_PAGE);
  g_clear_object (&self->records);
  g_clear_object (&self->story);
  g_clear_pointer (&self->evidence, g_variant_unref);
  g_clear_pointer (&self->serial, g_free);
  G_OBJECT_CLASS (pn_device_page_parent_class)->dispose (object);
}

static void
pn_device_page_class_init (PnDevicePageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = pn_device_page_dispose;
  object_class->get_property = pn_device_page_get_property;
  properties[PROP_SLOT] = g_param_spec_object ("slot", NULL, NULL, PN_TYPE_CLIENT_SLOT,
                                               G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_CRAMPED] =
      g_param_spec_boolean ("cramped", NULL, NULL, TRUE,
                            G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  g_type_ensure (PN_TYPE_LOG_VIEW);
  g_type_ensure (PN_TYPE_PHASE_BAR);
  g_type_ensure (PN_TYPE_TIMELINE);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-device-page.ui");
  gtk_widget_class_bind_template_child (widget_class, PnDevicePage, verdict);
  gtk_widget_class_bind_template_child (widget_class, PnDevicePage, symbol);
  gtk_widget_class_bind_template_child (widget_class, PnDevicePage, headline);
  gtk_widget_class_bind_template_child (widget_class, PnDevicePage, sentence);
  gtk_widget_class_bind_template_child (widget_class, PnDevicePage, phase_part);
  gtk_widget_class_bind_template_child (widget_class, PnDevicePage, phases);
  gtk_widget_class_bind_template_child (widget_class, PnDevicePage, phase_text);
  gtk_widget_class_bind_template_child (widget_class, PnDevicePage, buttons);
  gtk_widget_class_bind_template_child (widget_class, PnDevicePage, main_button);
  gtk_widget_class_bind_template_child (widget_class, PnDevicePage, second_button);
  gtk_widget_class_bind_template_child (widget_class, PnDevicePage, certificate_button);
  gtk_widget_class_bind_template_child (widget_class, PnDevicePage, columns);
  gtk_widget_class_bind_template_child (widget_class, PnDevicePage, lower_columns);
  gtk_widget_class_bind_template_child (widget_class, PnDevicePage, score);
  gtk_widget_class_bind_template_child (widget_class, PnDevicePage, score_head);
  gtk_widget_class_bind_template_child (widget_class, PnDevicePage, wanted_column);
  gtk_widget_class_bind_template_child (widget_class, PnDevicePage, read_column);
  gtk_widget_class_bind_template_child (widget_class, PnDevicePage, permanence_column);
  gtk_widget_class_bind_template_child (widget_class, PnDevicePage, identity);
  gtk_widget_class_bind_template_child (widget_class, PnDevicePage, attempts);
  gtk_widget_class_bind_template_child (widget_class, PnDevicePage, attempts_part);
  gtk_widget_class_bind_template_child (widget_class, PnDevicePage, timeline);
  gtk_widget_class_bind_template_child (widget_class, PnDevicePage, timeline_part);
  gtk_widget_class_bind_template_child (widget_class, PnDevicePage, untold);
  gtk_widget_class_bind_template_child (widget_class, PnDevicePage, override);
  gtk_widget_class_bind_template_child (widget_class, PnDevicePage, overrides);
  gtk_widget_class_bind_template_child (widget_class, PnDevicePage, overrides_part);
  gtk_widget_class_bind_template_child (widget_class, PnDevicePage, log);
  pn_slot_actions_install (widget_class);
  gtk_widget_class_install_action (widget_class, "device.save-certificate", NULL,
                                   save_certificate_action);
}

static void
pn_device_page_init (PnDevicePage *self)
{
  /* Begin narrow: a page that begins wide makes a narrow window wide. */
  self->stacked = self->cramped = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_widget_set_layout_manager (GTK_WIDGET (self),
                                 gtk_custom_layout_new (get_request_mode, measure, allocate));
  update_width (self);
}

static PnPage *
new_with_story (PnDeviceStory *story)
{
  PnDevicePage *self = g_object_new (PN_TYPE_DEVICE_PAGE, NULL);

  set_story (self, story);
  return PN_PAGE (self);
}

PnPage *
pn_device_page_new_for_slot (PnClientSlot *slot)
{
  PnClient *client = pn_app_get_client (pn_app_get_default ());

  return new_with_story (pn_device_story_new_for_slot (slot, client));
}

PnPage *
pn_device_page_new_for_record (GVariant *values)
{
  return new_with_story (pn_device_story_new_for_record (values));
}
