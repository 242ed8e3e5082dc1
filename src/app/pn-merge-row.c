/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-merge-row.h"

#include <glib/gi18n.h>

#include "pn-error.h"
#include "pn-io.h"
#include "pn-open.h"

struct _PnMergeRow
{
  AdwExpanderRow parent_instance;
  GtkImage *mark;
  GtkSpinner *spinner;
  AdwEntryRow *station;
  AdwActionRow *more;

  PnClient *client;
  char *path;
  PnMergeState state;
  PnMergeReport report;
  GPtrArray *conflicts; /* rows */
  GCancellable *cancellable;
};

enum
{
  CHANGED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (PnMergeRow, pn_merge_row, ADW_TYPE_EXPANDER_ROW)

/* ---- what is shown ---- */

static void
show_mark (PnMergeRow *self, const char *icon, const char *style)
{
  const char *const styles[] = { "success", "warning", "error" };

  for (guint i = 0; i < G_N_ELEMENTS (styles); i++)
    gtk_widget_remove_css_class (GTK_WIDGET (self->mark), styles[i]);
  gtk_widget_add_css_class (GTK_WIDGET (self->mark), style);
  gtk_image_set_from_icon_name (self->mark, icon);
}

static void
set_state (PnMergeRow *self, PnMergeState state, const char *text)
{
  gboolean going =
      state == PN_MERGE_WAITING || state == PN_MERGE_LOOKING || state == PN_MERGE_TAKING;

  self->state = state;
  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (self), text);
  gtk_widget_set_visible (GTK_WIDGET (self->spinner), going);
  gtk_widget_set_visible (GTK_WIDGET (self->mark), !going);
  gtk_widget_set_sensitive (GTK_WIDGET (self->station), state == PN_MERGE_READY);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
show_conflict (PnMergeRow *self, GVariant *conflict)
{
  GtkWidget *row = adw_action_row_new ();
  const char *serial = "–", *slot = "–";
  gint64 line = 0, record = 0;
  g_autofree char *title = NULL;
  g_autofree char *text = NULL;

  (void) g_variant_lookup (conflict, "serial", "&s", &serial);
  (void) g_variant_lookup (conflict, "slot", "&s", &slot);
  (void) g_variant_lookup (conflict, "line", "x", &line);
  (void) g_variant_lookup (conflict, "record", "x", &record);
  /* Translators: a line of a file, a device’s serial and a slot. */
  title = g_strdup_printf (_ ("Line %u: %s in %s"), (guint) line, serial, slot);
  /* Translators: the number of a record. */
  text = g_strdup_printf (_ ("Says something else than record %u, which stays as it is."),
                          (guint) record);
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), text);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  adw_expander_row_add_row (ADW_EXPANDER_ROW (self), row);
  g_ptr_array_add (self->conflicts, row);
}

static void
show_conflicts (PnMergeRow *self)
{
  GVariant *all = self->report.conflicts;
  guint n = all != NULL ? (guint) g_variant_n_children (all) : 0;
  guint rest = self->report.n_conflicting - MIN (n, self->report.n_conflicting);
  g_autofree char *more = g_strdup_printf (
      ngettext ("%u more row is different", "%u more rows are different", rest), rest);

  for (guint i = 0; i < self->conflicts->len; i++)
    adw_expander_row_remove (ADW_EXPANDER_ROW (self), self->conflicts->pdata[i]);
  g_ptr_array_set_size (self->conflicts, 0);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GVariant) one = g_variant_get_child_value (all, i);

      show_conflict (self, one);
    }
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->more), more);
  gtk_widget_set_visible (GTK_WIDGET (self->more), rest > 0);
}

/* “312 new, 4 the same, 2 different” */
static char *
make_counts (PnMergeRow *self)
{
  const PnMergeReport *report = &self->report;

  /* Translators: how many records of a file. */
  return g_strdup_printf (_ ("%u new, %u the same, %u different"), report->n_new, report->n_same,
                          report->n_conflicting);
}

/* ---- looking and taking over ---- */

static void
merged_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PnMergeRow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_auto (PnMergeReport) report = { 0 };
  g_autofree char *counts = NULL;
  gboolean took = self->state == PN_MERGE_TAKING;

  (void) pn_client_merge_records_finish (PN_CLIENT (source), result, &report, &error);
  if (self->client == NULL || pn_error_is_cancelled (error))
    return;
  if (error != NULL)
    {
      show_mark (self, "pn-failed-symbolic", "error");
      set_state (self, PN_MERGE_FAILED, pn_error_text (error));
      return;
    }
  pn_merge_report_clear (&self->report);
  self->report = report;
  report.conflicts = NULL;
  counts = make_counts (self);
  show_conflicts (self);
  show_mark (self, self->report.n_conflicting > 0 ? "pn-decision-symbolic" : "pn-passed-symbolic",
             self->report.n_conflicting > 0 ? "warning" : "success");
  set_state (self, took ? PN_MERGE_TAKEN : PN_MERGE_READY, counts);
}

static void
opened_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  PnMergeRow *self = PN_MERGE_ROW (source);
  g_autoptr (GError) error = NULL;
  g_auto (PnFd) fd = pn_open_finish (result, &error);

  if (self->client == NULL)
    return;
  if (error != NULL)
    {
      show_mark (self, "pn-failed-symbolic", "error");
      set_state (self, PN_MERGE_FAILED, pn_error_text (error));
      return;
    }
  pn_client_merge_records_async (
      self->client, fd, gtk_editable_get_text (GTK_EDITABLE (self->station)),
      self->state == PN_MERGE_LOOKING, self->cancellable, merged_cb, g_object_ref (self));
}

static void
begin (PnMergeRow *self, PnMergeState state, const char *text)
{
  set_state (self, state, text);
  pn_open_async (G_OBJECT (self), self->path, opened_cb, NULL);
}

void
pn_merge_row_look (PnMergeRow *self)
{
  begin (self, PN_MERGE_LOOKING, _ ("Comparing it with the records here…"));
}

void
pn_merge_row_take (PnMergeRow *self)
{
  begin (self, PN_MERGE_TAKING, _ ("Taking its records over…"));
}

/* ---- the object ---- */

static void
pn_merge_row_dispose (GObject *object)
{
  PnMergeRow *self = PN_MERGE_ROW (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->client);
  G_OBJECT_CLASS (pn_merge_row_parent_class)->dispose (object);
}

static void
pn_merge_row_finalize (GObject *object)
{
  PnMergeRow *self = PN_MERGE_ROW (object);

  g_clear_object (&self->cancellable);
  pn_merge_report_clear (&self->report);
  g_ptr_array_unref (self->conflicts);
  g_free (self->path);
  G_OBJECT_CLASS (pn_merge_row_parent_class)->finalize (object);
}

static void
pn_merge_row_class_init (PnMergeRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_merge_row_dispose;
  G_OBJECT_CLASS (klass)->finalize = pn_merge_row_finalize;
  signals[CHANGED] = g_signal_new ("changed", PN_TYPE_MERGE_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-merge-row.ui");
  gtk_widget_class_bind_template_child (widget_class, PnMergeRow, mark);
  gtk_widget_class_bind_template_child (widget_class, PnMergeRow, spinner);
  gtk_widget_class_bind_template_child (widget_class, PnMergeRow, station);
  gtk_widget_class_bind_template_child (widget_class, PnMergeRow, more);
}

static void
pn_merge_row_init (PnMergeRow *self)
{
  self->conflicts = g_ptr_array_new ();
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
pn_merge_row_new (PnClient *client, const char *path)
{
  PnMergeRow *self = g_object_new (PN_TYPE_MERGE_ROW, NULL);
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *shown = g_filename_display_name (name);

  self->client = g_object_ref (client);
  self->path = g_strdup (path);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), shown);
  gtk_editable_set_text (GTK_EDITABLE (self->station), shown);
  set_state (self, PN_MERGE_WAITING, _ ("Waits for other files…"));
  return GTK_WIDGET (self);
}

PnMergeState
pn_merge_row_get_state (PnMergeRow *self)
{
  return self->state;
}

guint
pn_merge_row_get_new (PnMergeRow *self)
{
  return self->report.n_new;
}
