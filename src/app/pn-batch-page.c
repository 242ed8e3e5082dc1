/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-batch-page.h"

#include <glib/gi18n.h>

#include "pn-app.h"
#include "pn-batch-row.h"
#include "pn-consent-fact.h"
#include "pn-error.h"
#include "pn-format.h"
#include "pn-record-list.h"
#include "pn-recipe-field.h"
#include "pn-window.h"

#define MAX_FAILURES 500 /* rows that are looked at for the reasons */

struct _PnBatchPage
{
  PnPage parent_instance;
  PnClientBatch *batch;
  GCancellable *cancellable;
  GtkLabel *figure, *unit, *state;
  GtkProgressBar *bar;
  GtkBox *facts;
  GtkListBox *about, *reasons;
  GtkWidget *reasons_part;
  GtkButton *pause;
  GtkWidget *close, *close_below; /* where it is wide, and where it is narrow */
};

G_DEFINE_FINAL_TYPE (PnBatchPage, pn_batch_page, PN_TYPE_PAGE)

/* ---- what went wrong, by reason ---- */

static int
compare_counts (gconstpointer a, gconstpointer b, gpointer counts)
{
  guint first = GPOINTER_TO_UINT (g_hash_table_lookup (counts, *(const char *const *) a));
  guint second = GPOINTER_TO_UINT (g_hash_table_lookup (counts, *(const char *const *) b));

  return first < second ? 1 : first > second ? -1 : 0;
}

static GtkWidget *
make_fact_row (const char *title, const char *text)
{
  GtkWidget *row = adw_action_row_new ();

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), text);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  gtk_widget_add_css_class (row, "fact");
  return row;
}

static void
clear_list (GtkListBox *list)
{
  GtkWidget *row;

  while ((row = gtk_widget_get_first_child (GTK_WIDGET (list))) != NULL)
    gtk_list_box_remove (list, row);
}

static void
reasons_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) records =
      pn_client_query_records_finish (PN_CLIENT (source), result, &error);
  g_autoptr (PnBatchPage) self = user_data;
  g_autoptr (GHashTable) counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray) order = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer message;

  if (records == NULL)
    return;
  for (gsize i = 0; i < g_variant_n_children (records); i++)
    {
      g_autoptr (GVariant) record = g_variant_get_child_value (records, i);
      g_autofree char *said = pn_record_format_for_people (record, "message");
      guint before;

      if (said[0] == '\0')
        continue;
      before = GPOINTER_TO_UINT (g_hash_table_lookup (counts, said));
      g_hash_table_insert (counts, g_steal_pointer (&said), GUINT_TO_POINTER (before + 1));
    }
  g_hash_table_iter_init (&iter, counts);
  while (g_hash_table_iter_next (&iter, &message, NULL))
    g_ptr_array_add (order, message);
  g_ptr_array_sort_with_data (order, compare_counts, counts);
  clear_list (self->reasons);
  for (guint i = 0; i < order->len; i++)
    {
      g_autofree char *count =
          g_strdup_printf ("%u", GPOINTER_TO_UINT (g_hash_table_lookup (counts, order->pdata[i])));

      gtk_list_box_append (self->reasons, make_fact_row (order->pdata[i], count));
    }
  gtk_widget_set_visible (self->reasons_part, order->len > 0);
}

static void
ask_reasons (PnBatchPage *self)
{
  const char *reference = pn_client_batch_get_reference (self->batch);
  const char *const verdicts[] = { "failed", "set-aside", "refused", NULL };
  GVariantBuilder options;

  if (pn_client_batch_get_failed (self->batch) + pn_client_batch_get_set_aside (self->batch) +
              pn_client_batch_get_refused (self->batch) ==
          0 ||
      reference[0] == '\0')
    return;
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "batch", g_variant_new_string (reference));
  g_variant_builder_add (&options, "{sv}", "verdicts", g_variant_new_strv (verdicts, -1));
  g_variant_builder_add (&options, "{sv}", "since",
                         g_variant_new_int64 (pn_client_batch_get_opened (self->batch)));
  pn_client_query_records_async (pn_app_get_client (pn_app_get_default ()), 0, MAX_FAILURES,
                                 g_variant_builder_end (&options), self->cancellable, reasons_cb,
                                 g_object_ref (self));
}

/* ---- the figures ---- */

static void
add_figure (PnBatchPage *self, char *taken)
{
  g_autofree char *text = taken;
  GtkWidget *label = gtk_label_new (text);

  gtk_widget_add_css_class (label, "numeric");
  gtk_box_append (self->facts, label);
}

/* Devices an hour since the batch was opened, and when it will have all of them. */
static void
add_rate (PnBatchPage *self)
{
  guint passed = pn_client_batch_get_passed (self->batch);
  guint count = pn_client_batch_get_count (self->batch);
  gint64 opened = pn_client_batch_get_opened (self->batch);
  double hours = (double) (g_get_real_time () - opened) / (3600.0 * G_USEC_PER_SEC);
  double rate = opened > 0 && hours > 0 ? passed / hours : 0;

  if (passed < 2)
    return;
  /* Translators: how many devices pass in an hour. */
  add_figure (self, g_strdup_printf (_ ("%.0f per hour"), rate));
  if (count > passed && pn_batch_get_look (self->batch) == PN_BATCH_OPEN)
    {
      g_autoptr (GDateTime) now = g_date_time_new_now_local ();
      g_autoptr (GDateTime) end = g_date_time_add_seconds (now, (count - passed) / rate * 3600);

      /* Translators: a time of the day, see strftime (3). */
      add_figure (self, g_date_time_format (end, _ ("done about %H:%M")));
    }
}

static void
update (PnBatchPage *self)
{
  guint passed = pn_client_batch_get_passed (self->batch);
  guint failed = pn_client_batch_get_failed (self->batch);
  guint set_aside = pn_client_batch_get_set_aside (self->batch);
  guint refused = pn_client_batch_get_refused (self->batch);
  guint skipped = pn_client_batch_get_skipped (self->batch);
  guint count = pn_client_batch_get_count (self->batch);
  guint ended = passed + failed + set_aside;
  gboolean paused = pn_client_batch_get_paused (self->batch);
  gboolean open = !pn_client_batch_get_closed (self->batch);
  gboolean narrow = pn_page_get_narrow (PN_PAGE (self));
  PnBatchLook look = pn_batch_get_look (self->batch);
  g_autofree char *figure = g_strdup_printf ("%u", passed);
  /* Translators: follows a large number: 3 “of 4 passed”. */
  g_autofree char *unit = count > 0 ? g_strdup_printf (_ ("of %u passed"), count)
                                    : g_strdup (C_ ("follows a large number of devices", "passed"));
  GtkWidget *fact;

  gtk_label_set_label (self->figure, figure);
  gtk_label_set_label (self->unit, unit);
  gtk_label_set_label (self->state, pn_batch_look_to_label (look));
  gtk_widget_set_visible (GTK_WIDGET (self->bar), count > 0);
  gtk_progress_bar_set_fraction (self->bar, count > 0 ? MIN ((double) passed / count, 1) : 0);
  while ((fact = gtk_widget_get_first_child (GTK_WIDGET (self->facts))) != NULL)
    gtk_box_remove (self->facts, fact);
  if (ended > 0)
    {
      g_autofree char *share = pn_format_percent ((double) passed / ended);

      /* Translators: the yield of a batch: how much of what was tried has passed. */
      add_figure (self, g_strdup_printf (_ ("%s yield"), share));
    }
  if (failed > 0)
    add_figure (self, g_strdup_printf (ngettext ("%u failed", "%u failed", failed), failed));
  if (set_aside > 0)
    add_figure (self,
                g_strdup_printf (ngettext ("%u set aside", "%u set aside", set_aside), set_aside));
  if (refused > skipped)
    add_figure (self, g_strdup_printf (ngettext ("%u refused", "%u refused", refused - skipped),
                                       refused - skipped));
  if (skipped > 0)
    /* Translators: devices that were done already. */
    add_figure (self, g_strdup_printf (ngettext ("%u skipped", "%u skipped", skipped), skipped));
  add_rate (self);
  gtk_button_set_icon_name (self->pause, paused ? "media-playback-start-symbolic"
                                                : "media-playback-pause-symbolic");
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->pause),
                               paused ? _ ("Resume: start devices again")
                                      : _ ("Pause: let running devices finish, start no new ones"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->pause), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  paused ? _ ("Resume") : _ ("Pause"), -1);
  gtk_widget_set_visible (GTK_WIDGET (self->pause),
                          look == PN_BATCH_OPEN || look == PN_BATCH_PAUSED);
  /* Where it is narrow the title needs the room. */
  gtk_widget_set_visible (self->close, open && !narrow);
  gtk_widget_set_visible (self->close_below, open && narrow);
  ask_reasons (self);
}

static void
fill_about (PnBatchPage *self)
{
  const char *fingerprint = pn_client_batch_get_fingerprint (self->batch);
  const char *const *permanent = pn_client_batch_get_permanent (self->batch);
  g_autofree char *slots = pn_batch_format_slots (pn_client_batch_get_slots (self->batch));
  g_autofree char *opened = pn_format_time (pn_client_batch_get_opened (self->batch));
  g_autofree char *short_digest = g_strndup (pn_client_batch_get_bundle (self->batch), 16);
  g_autofree char *groups = pn_format_fingerprint (fingerprint);

  gtk_list_box_append (
      self->about,
      make_fact_row (_ ("Protection"), pn_mode_to_label (pn_client_batch_get_mode (self->batch))));
  gtk_list_box_append (
      self->about,
      make_fact_row (_ ("Devices"), pn_chip_to_label (pn_client_batch_get_chip (self->batch))));
  gtk_list_box_append (
      self->about, make_fact_row (_ ("Storage"),
                                  pn_storage_to_label (pn_client_batch_get_storage (self->batch))));
  gtk_list_box_append (self->about,
                       make_fact_row (_ ("Image"), pn_client_batch_get_image (self->batch)));
  gtk_list_box_append (self->about, make_fact_row (_ ("Slots"), slots));
  gtk_list_box_append (
      self->about, make_fact_row (_ ("Devices start"), pn_client_batch_get_automatic (self->batch)
                                                           ? _ ("when they are plugged in")
                                                           : _ ("when their button is pressed")));
  gtk_list_box_append (
      self->about,
      make_fact_row (_ ("Done already"),
                     _ (pn_done_policy_to_label (pn_client_batch_get_done (self->batch)))));
  gtk_list_box_append (self->about, make_fact_row (_ ("Opened"), opened));
  gtk_list_box_append (self->about, make_fact_row (_ ("Bundle"), short_digest));
  if (fingerprint[0] != '\0')
    gtk_list_box_append (self->about, make_fact_row (_ ("Signing key"), groups));
  for (guint i = 0; permanent[i] != NULL; i++)
    gtk_list_box_append (self->about,
                         make_fact_row (_ ("Permanent"), pn_consent_fact_get_title (permanent[i])));
}

/* ---- pause, close ---- */

static void
called_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PnBatchPage) self = user_data;
  g_autoptr (GError) error = NULL;
  PnWindow *window = pn_window_of (GTK_WIDGET (self));

  if (!pn_client_batch_call_finish (PN_CLIENT_BATCH (source), result, &error) && window != NULL)
    pn_window_toast (window, pn_error_text (error));
}

static void
pause_cb (PnBatchPage *self)
{
  pn_client_batch_set_paused_async (self->batch, !pn_client_batch_get_paused (self->batch),
                                    self->cancellable, called_cb, g_object_ref (self));
}

static void
close_answered_cb (PnBatchPage *self, const char *response)
{
  if (g_str_equal (response, "close"))
    pn_client_batch_close_async (self->batch, self->cancellable, called_cb, g_object_ref (self));
}

static void
close_cb (PnBatchPage *self)
{
  GtkWindow *window = GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self)));
  GtkWidget *dialog = adw_message_dialog_new (window, _ ("Close this batch?"),
                                              _ ("No further device starts. Devices that are in "
                                                 "progress go on to their end. A closed batch "
                                                 "cannot be opened again."));

  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Keep it open"),
                                    "close", _ ("_Close the batch"), NULL);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_signal_connect_object (dialog, "response", G_CALLBACK (close_answered_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

/* ---- the page ---- */

static void
pn_batch_page_dispose (GObject *object)
{
  PnBatchPage *self = PN_BATCH_PAGE (object);

  g_cancellable_cancel (self->cancellable);
  if (self->batch != NULL)
    g_signal_handlers_disconnect_by_data (self->batch, self);
  g_clear_object (&self->batch);
  g_clear_object (&self->cancellable);
  G_OBJECT_CLASS (pn_batch_page_parent_class)->dispose (object);
}

static void
pn_batch_page_class_init (PnBatchPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_batch_page_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-batch-page.ui");
  gtk_widget_class_bind_template_child (widget_class, PnBatchPage, figure);
  gtk_widget_class_bind_template_child (widget_class, PnBatchPage, unit);
  gtk_widget_class_bind_template_child (widget_class, PnBatchPage, state);
  gtk_widget_class_bind_template_child (widget_class, PnBatchPage, bar);
  gtk_widget_class_bind_template_child (widget_class, PnBatchPage, facts);
  gtk_widget_class_bind_template_child (widget_class, PnBatchPage, about);
  gtk_widget_class_bind_template_child (widget_class, PnBatchPage, reasons);
  gtk_widget_class_bind_template_child (widget_class, PnBatchPage, reasons_part);
  gtk_widget_class_bind_template_child (widget_class, PnBatchPage, pause);
  gtk_widget_class_bind_template_child (widget_class, PnBatchPage, close);
  gtk_widget_class_bind_template_child (widget_class, PnBatchPage, close_below);
  gtk_widget_class_bind_template_callback (widget_class, pause_cb);
  gtk_widget_class_bind_template_callback (widget_class, close_cb);
}

static void
pn_batch_page_init (PnBatchPage *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

PnPage *
pn_batch_page_new (PnClientBatch *batch)
{
  static const char *const changes[] = { "notify::passed",    "notify::failed",
                                         "notify::set-aside", "notify::refused",
                                         "notify::skipped",   "notify::paused",
                                         "notify::closed",    NULL };
  PnBatchPage *self = g_object_new (PN_TYPE_BATCH_PAGE, NULL);

  self->batch = g_object_ref (batch);
  pn_page_set_title (PN_PAGE (self), pn_batch_get_title (batch));
  if (pn_client_batch_get_reference (batch)[0] != '\0')
    pn_page_set_subtitle (PN_PAGE (self), pn_client_batch_get_recipe (batch));
  g_signal_connect (self, "notify::narrow", G_CALLBACK (update), NULL);
  for (guint i = 0; changes[i] != NULL; i++)
    g_signal_connect_swapped (batch, changes[i], G_CALLBACK (update), self);
  fill_about (self);
  update (self);
  return PN_PAGE (self);
}
