/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-export-dialog.h"

#include <glib/gi18n.h>

#include "pn-column-list.h"
#include "pn-error.h"
#include "pn-export-preview.h"
#include "pn-export-toast.h"
#include "pn-export.h"
#include "pn-job-row.h"
#include "pn-window.h"

#define PREVIEW_ROWS 4

typedef enum
{
  WHICH_FILTER,
  WHICH_ALL,
  WHICH_BATCH,
  WHICH_NEW, /* since the last export */
  WHICH_SELECTED,
} Which;

struct _PnExportDialog
{
  PnDialog parent_instance;
  GtkStack *stack;
  GtkButton *save;
  GtkLabel *problem, *facts;
  PnExportPreview *preview;
  AdwComboRow *which_row, *batch_row, *format_row, *preset_row;
  AdwComboRow *separator_row, *encoding_row, *dates_row;
  AdwActionRow *guard_row;
  GtkSwitch *guard;
  AdwExpanderRow *columns_row;
  PnColumnList *column_list;
  PnJobRow *job_row;

  PnClient *client;
  PnRecordFilter *filter;
  GPtrArray *selected;
  GArray *which;         /* of Which, as the row lists them */
  GStrv own_columns;     /* of the last own choice */
  GCancellable *looking; /* of the preview and the count */
  guint look;            /* an idle source */
  guint number;          /* of the choice that is looked at */
  gboolean ready, quiet;
  gint64 count;
  guint64 size;
};

G_DEFINE_FINAL_TYPE (PnExportDialog, pn_export_dialog, PN_TYPE_DIALOG)

/* ---- what was chosen ---- */

static Which
get_which (PnExportDialog *self)
{
  guint at = adw_combo_row_get_selected (self->which_row);

  return at < self->which->len ? g_array_index (self->which, Which, at) : WHICH_ALL;
}

static PnExportPreset
get_preset (PnExportDialog *self)
{
  return (PnExportPreset) MIN (adw_combo_row_get_selected (self->preset_row), PN_EXPORT_OWN);
}

static PnExportForm *
get_form (PnExportDialog *self)
{
  static const char separators[] = { ',', ';', '\t' };
  PnExportPreset preset = get_preset (self);
  const char *const *columns = pn_export_preset_get_columns (preset);
  PnExportForm *form = g_new0 (PnExportForm, 1);

  form->format = (PnExportFormat) adw_combo_row_get_selected (self->format_row);
  form->preset = preset;
  form->columns = columns != NULL ? g_strdupv ((char **) columns)
                                  : pn_column_list_get_chosen (self->column_list);
  form->separator = separators[MIN (adw_combo_row_get_selected (self->separator_row), 2)];
  form->byte_order_mark = adw_combo_row_get_selected (self->encoding_row) == 1;
  form->local_times = adw_combo_row_get_selected (self->dates_row) == 1;
  form->guard_formulas = gtk_switch_get_active (self->guard);
  return form;
}

static const char *
get_batch (PnExportDialog *self)
{
  GtkStringObject *item = adw_combo_row_get_selected_item (self->batch_row);

  return item != NULL ? gtk_string_object_get_string (item) : "";
}

/* The options that choose; NULL where it is what was selected. (transfer full) */
static GVariant *
get_options (PnExportDialog *self)
{
  Which which = get_which (self);
  GVariantDict options;

  if (which == WHICH_SELECTED)
    return NULL;
  g_variant_dict_init (&options, NULL);
  if (which == WHICH_FILTER)
    pn_record_filter_add_options (self->filter, &options, NULL);
  else if (which == WHICH_BATCH)
    g_variant_dict_insert (&options, "batch", "s", get_batch (self));
  else if (which == WHICH_NEW)
    g_variant_dict_insert (
        &options, "after", "x",
        g_settings_get_int64 (pn_app_get_settings (pn_app_get_default ()), "export-last"));
  pn_export_preset_add_options (get_preset (self), &options);
  return g_variant_ref_sink (g_variant_dict_end (&options));
}

static GPtrArray *
get_selected (PnExportDialog *self)
{
  g_autoptr (GPtrArray) taken = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);

  for (guint i = 0; i < self->selected->len; i++)
    if (pn_export_preset_takes (get_preset (self), self->selected->pdata[i]))
      g_ptr_array_add (taken, g_variant_ref (self->selected->pdata[i]));
  return g_steal_pointer (&taken);
}

/* ---- the preview and the count ---- */

static void
show_count (PnExportDialog *self)
{
  g_autoptr (PnExportForm) form = get_form (self);
  gboolean columns = form->columns[0] != NULL;
  guint n = (guint) MAX (self->count, 0);
  g_autofree char *records = g_strdup_printf (ngettext ("%'u record", "%'u records", n), n);
  g_autofree char *button =
      g_strdup_printf (ngettext ("Save %'u record…", "Save %'u records…", n), n);

  adw_action_row_set_subtitle (ADW_ACTION_ROW (self->which_row), self->count < 0 ? "" : records);
  gtk_button_set_label (self->save, self->count > 0 ? button : _ ("Save…"));
  gtk_widget_set_sensitive (GTK_WIDGET (self->save), self->count > 0 && columns);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->save), !columns ? _ ("Choose at least one column")
                                                        : self->count == 0
                                                            ? _ ("There is no such record")
                                                            : NULL);
}

static void
show_facts (PnExportDialog *self, gsize shown)
{
  g_autofree char *size = g_format_size (self->size);
  /* Translators: “First 4 of 412 rows · about 61 kB”. */
  g_autofree char *text = g_strdup_printf (_ ("First %u of %'u rows · about %s"), (guint) shown,
                                           (guint) MAX (self->count, 0), size);

  gtk_label_set_label (self->facts, self->count > 0 ? text : self->count == 0 ? _ ("No rows") : "");
}

static void
show_preview (PnExportDialog *self, GVariant *records)
{
  g_autoptr (PnExportForm) form = get_form (self);

  if (form->columns[0] != NULL)
    self->size =
        pn_export_preview_show (self->preview, form, records, (guint64) MAX (self->count, 0));
  show_count (self);
  show_facts (self, g_variant_n_children (records));
}

/* What a question was asked for: another choice may have been made when it is answered. */
typedef struct
{
  PnExportDialog *dialog;
  guint number;
} Look;

static Look *
look_new (PnExportDialog *self)
{
  Look *look = g_new (Look, 1);

  look->dialog = g_object_ref (self);
  look->number = self->number;
  return look;
}

static void
look_free (Look *look)
{
  g_object_unref (look->dialog);
  g_free (look);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Look, look_free)

static void
records_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Look) look = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) records =
      pn_client_query_records_finish (PN_CLIENT (source), result, &error);

  if (look->number != look->dialog->number)
    return;
  if (records != NULL)
    show_preview (look->dialog, records);
  else
    gtk_label_set_label (look->dialog->facts, pn_error_text (error));
}

static void
counted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Look) look = user_data;
  PnExportDialog *self = look->dialog;
  gint64 count = pn_client_count_records_finish (PN_CLIENT (source), result, NULL);
  g_autoptr (GVariant) options = NULL;
  GVariantDict dict;

  if (look->number != self->number)
    return;
  self->count = count;
  show_count (self);
  options = get_options (self);
  g_variant_dict_init (&dict, options);
  g_variant_dict_insert (&dict, "sort", "s", "id");
  g_variant_dict_insert (&dict, "ascending", "b", TRUE);
  pn_client_query_records_async (self->client, 0, PREVIEW_ROWS, g_variant_dict_end (&dict),
                                 self->looking, records_cb, g_steal_pointer (&look));
}

static void
look_at_selected (PnExportDialog *self)
{
  g_autoptr (GPtrArray) records = get_selected (self);
  g_autoptr (GVariant) first = NULL;

  self->count = records->len;
  first = g_variant_ref_sink (g_variant_new_array (G_VARIANT_TYPE_VARDICT,
                                                   (GVariant *const *) records->pdata,
                                                   MIN (records->len, PREVIEW_ROWS)));
  show_preview (self, first);
}

static gboolean
look_cb (gpointer user_data)
{
  PnExportDialog *self = user_data;
  g_autoptr (GVariant) options = get_options (self);

  self->look = 0;
  self->number++;
  if (self->looking != NULL)
    g_cancellable_cancel (self->looking);
  g_clear_object (&self->looking);
  self->looking = g_cancellable_new ();
  if (options != NULL)
    pn_client_count_records_async (self->client, options, self->looking, counted_cb,
                                   look_new (self));
  else
    look_at_selected (self);
  return G_SOURCE_REMOVE;
}

/* ---- choosing ---- */

static void
show_rows (PnExportDialog *self)
{
  PnExportPreset preset = get_preset (self);
  gboolean csv = adw_combo_row_get_selected (self->format_row) == PN_EXPORT_CSV;
  g_autoptr (PnExportForm) form = get_form (self);
  guint n = g_strv_length (form->columns);
  g_autofree char *columns = g_strdup_printf (ngettext ("%u column", "%u columns", n), n);

  gtk_widget_set_visible (GTK_WIDGET (self->batch_row), get_which (self) == WHICH_BATCH);
  gtk_widget_set_visible (GTK_WIDGET (self->separator_row), csv);
  gtk_widget_set_visible (GTK_WIDGET (self->encoding_row), csv);
  gtk_widget_set_visible (GTK_WIDGET (self->guard_row), csv);
  gtk_widget_set_visible (GTK_WIDGET (self->dates_row), csv || preset == PN_EXPORT_CLASSIC);
  gtk_widget_set_visible (GTK_WIDGET (self->columns_row), preset != PN_EXPORT_CLASSIC);
  adw_action_row_set_subtitle (
      ADW_ACTION_ROW (self->preset_row),
      preset == PN_EXPORT_CLASSIC
          ? _ ("Columns, names and order of the older tool; what is not known stays empty")
      : preset == PN_EXPORT_SECURED  ? _ ("Only devices that are locked")
      : preset == PN_EXPORT_SHIPPING ? _ ("Only devices that passed")
                                     : "");
  adw_expander_row_set_subtitle (self->columns_row, columns);
}

static void
changed_cb (PnExportDialog *self)
{
  if (!self->ready || self->quiet)
    return;
  show_rows (self);
  if (self->look == 0)
    self->look = g_idle_add (look_cb, self);
}

static void
preset_cb (PnExportDialog *self)
{
  PnExportPreset preset = get_preset (self);
  const char *const *columns = preset == PN_EXPORT_OWN ? (const char *const *) self->own_columns
                                                       : pn_export_preset_get_columns (preset);

  if (!self->ready || self->quiet)
    return;
  if (preset != PN_EXPORT_CLASSIC)
    pn_column_list_set_chosen (self->column_list, columns);
  changed_cb (self);
}

/* Whoever changes a ready-made choice has an own one. */
static void
columns_cb (PnExportDialog *self)
{
  g_strfreev (self->own_columns);
  self->own_columns = pn_column_list_get_chosen (self->column_list);
  self->quiet = TRUE;
  adw_combo_row_set_selected (self->preset_row, PN_EXPORT_OWN);
  self->quiet = FALSE;
  changed_cb (self);
}

/* ---- settings ---- */

static void
load_settings (PnExportDialog *self)
{
  GSettings *settings = pn_app_get_settings (pn_app_get_default ());

  self->own_columns = g_settings_get_strv (settings, "export-columns");
  if (self->own_columns[0] == NULL)
    {
      g_strfreev (self->own_columns);
      self->own_columns = g_strdupv ((char **) pn_export_preset_get_columns (PN_EXPORT_EVERYTHING));
    }
  adw_combo_row_set_selected (self->format_row,
                              (guint) g_settings_get_enum (settings, "export-format"));
  adw_combo_row_set_selected (self->separator_row,
                              (guint) g_settings_get_enum (settings, "export-separator"));
  adw_combo_row_set_selected (self->encoding_row,
                              g_settings_get_boolean (settings, "export-byte-order-mark"));
  adw_combo_row_set_selected (self->dates_row,
                              g_settings_get_boolean (settings, "export-local-times"));
  gtk_switch_set_active (self->guard, g_settings_get_boolean (settings, "export-guard-formulas"));
  adw_combo_row_set_selected (self->preset_row,
                              (guint) g_settings_get_enum (settings, "export-preset"));
}

static void
save_settings (PnExportDialog *self, const char *path)
{
  GSettings *settings = pn_app_get_settings (pn_app_get_default ());
  g_autoptr (PnExportForm) form = get_form (self);
  g_autofree char *folder = g_path_get_dirname (path);

  (void) g_settings_set_enum (settings, "export-format", (int) form->format);
  (void) g_settings_set_enum (settings, "export-preset", (int) form->preset);
  (void) g_settings_set_enum (settings, "export-separator",
                              (int) adw_combo_row_get_selected (self->separator_row));
  (void) g_settings_set_boolean (settings, "export-byte-order-mark", form->byte_order_mark);
  (void) g_settings_set_boolean (settings, "export-local-times", form->local_times);
  (void) g_settings_set_boolean (settings, "export-guard-formulas", form->guard_formulas);
  (void) g_settings_set_strv (settings, "export-columns", (const char *const *) self->own_columns);
  (void) g_settings_set_string (settings, "export-folder", folder);
}

/* ---- saving ---- */

typedef struct
{
  GWeakRef dialog;
  PnJob *job;
  char *path;
  gboolean practice;
} Saving;

static void
saving_free (Saving *self)
{
  g_weak_ref_clear (&self->dialog);
  g_object_unref (self->job);
  g_free (self->path);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Saving, saving_free)

static void
show_problem (PnExportDialog *self, const char *text)
{
  gtk_label_set_label (self->problem, text);
  gtk_widget_set_visible (GTK_WIDGET (self->problem), text[0] != '\0');
  gtk_stack_set_visible_child_name (self->stack, "choices");
  gtk_widget_set_visible (GTK_WIDGET (self->save), TRUE);
}

static void
exported_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Saving) saving = user_data;
  g_autoptr (PnExportDialog) dialog = g_weak_ref_get (&saving->dialog);
  g_autoptr (GError) error = NULL;
  g_autoptr (PnExportResult) exported = pn_export_finish (result, &error);
  PnApp *app = pn_app_get_default ();

  g_application_release (G_APPLICATION (app));
  if (exported == NULL)
    {
      pn_job_end (saving->job, NULL, error);
      if (dialog != NULL)
        show_problem (dialog, g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
                                  ? _ ("Cancelled. Nothing was saved.")
                                  : pn_error_text (error));
      return;
    }
  if (!saving->practice)
    (void) g_settings_set_int64 (pn_app_get_settings (app), "export-last", exported->last);
  pn_export_toast_show (app, saving->path, exported, saving->job);
  if (dialog != NULL)
    gtk_window_destroy (GTK_WINDOW (dialog));
}

void
pn_export_dialog_save (PnExportDialog *self, const char *path)
{
  g_autoptr (GVariant) options = get_options (self);
  g_autoptr (GPtrArray) selected = options == NULL ? get_selected (self) : NULL;
  g_autoptr (PnExportForm) form = get_form (self);
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *shown = g_filename_display_name (name);
  PnExportSource source = { options, selected, (guint64) MAX (self->count, 0) };
  Saving *saving = g_new0 (Saving, 1);
  PnApp *app = pn_app_get_default ();

  saving->job = pn_job_new ("export", shown);
  saving->path = g_strdup (path);
  saving->practice = pn_app_get_practice (app);
  g_weak_ref_init (&saving->dialog, self);
  save_settings (self, path);
  pn_app_add_job (app, saving->job);
  g_object_set (self->job_row, "job", saving->job, NULL);
  gtk_stack_set_visible_child_name (self->stack, "saving");
  gtk_widget_set_visible (GTK_WIDGET (self->save), FALSE);
  /* The last window may be closed: the file is made nevertheless, or not at all. */
  g_application_hold (G_APPLICATION (app));
  pn_export_async (self->client, &source, form, path, saving->job, exported_cb, saving);
}

static void
file_chosen_cb (GtkNativeDialog *chooser, int response, PnExportDialog *self)
{
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser));
  g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;

  if (response == GTK_RESPONSE_ACCEPT && path != NULL)
    pn_export_dialog_save (self, path);
  else if (response == GTK_RESPONSE_ACCEPT)
    show_problem (self, _ ("Records can be saved on this computer only. Choose another place."));
  g_object_unref (chooser);
}

static char *
suggest_name (PnExportDialog *self)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *date = g_date_time_format (now, "%Y-%m-%d");
  const char *ending =
      adw_combo_row_get_selected (self->format_row) == PN_EXPORT_CSV ? "csv" : "jsonl";
  const char *batch = get_which (self) == WHICH_BATCH ? get_batch (self)
                      : get_which (self) == WHICH_FILTER
                          ? pn_record_filter_get_value (self->filter, PN_RECORD_FILTER_BATCH)
                          : NULL;
  g_autofree char *what = g_strdup (batch != NULL ? batch : date);

  g_strdelimit (what, "/\\:\n", '-');
  /* Translators: the name of a file; the first %s is a batch or a date, the second is “csv”. */
  return g_strdup_printf (_ ("Records %s.%s"), what, ending);
}

static void
save_cb (PnExportDialog *self)
{
  GtkFileChooserNative *chooser =
      gtk_file_chooser_native_new (_ ("Save records"), GTK_WINDOW (self),
                                   GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Save"), _ ("_Cancel"));
  g_autofree char *last =
      g_settings_get_string (pn_app_get_settings (pn_app_get_default ()), "export-folder");
  const char *folder = last[0] != '\0' ? last : g_get_user_special_dir (G_USER_DIRECTORY_DOCUMENTS);
  g_autoptr (GFile) start = g_file_new_for_path (folder != NULL ? folder : g_get_home_dir ());
  g_autofree char *name = suggest_name (self);

  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (chooser), TRUE);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (chooser), name);
  (void) gtk_file_chooser_set_current_folder (GTK_FILE_CHOOSER (chooser), start, NULL);
  g_signal_connect_object (chooser, "response", G_CALLBACK (file_chosen_cb), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

/* ---- the object ---- */

static void
pn_export_dialog_dispose (GObject *object)
{
  PnExportDialog *self = PN_EXPORT_DIALOG (object);

  self->ready = FALSE;
  self->number++;
  g_clear_handle_id (&self->look, g_source_remove);
  if (self->looking != NULL)
    g_cancellable_cancel (self->looking);
  g_clear_object (&self->looking);
  g_clear_object (&self->client);
  g_clear_object (&self->filter);
  g_clear_pointer (&self->selected, g_ptr_array_unref);
  g_clear_pointer (&self->which, g_array_unref);
  g_clear_pointer (&self->own_columns, g_strfreev);
  G_OBJECT_CLASS (pn_export_dialog_parent_class)->dispose (object);
}

static void
pn_export_dialog_class_init (PnExportDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_export_dialog_dispose;
  g_type_ensure (PN_TYPE_COLUMN_LIST);
  g_type_ensure (PN_TYPE_EXPORT_PREVIEW);
  g_type_ensure (PN_TYPE_JOB_ROW);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-export-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, PnExportDialog, stack);
  gtk_widget_class_bind_template_child (widget_class, PnExportDialog, save);
  gtk_widget_class_bind_template_child (widget_class, PnExportDialog, problem);
  gtk_widget_class_bind_template_child (widget_class, PnExportDialog, facts);
  gtk_widget_class_bind_template_child (widget_class, PnExportDialog, preview);
  gtk_widget_class_bind_template_child (widget_class, PnExportDialog, which_row);
  gtk_widget_class_bind_template_child (widget_class, PnExportDialog, batch_row);
  gtk_widget_class_bind_template_child (widget_class, PnExportDialog, format_row);
  gtk_widget_class_bind_template_child (widget_class, PnExportDialog, preset_row);
  gtk_widget_class_bind_template_child (widget_class, PnExportDialog, separator_row);
  gtk_widget_class_bind_template_child (widget_class, PnExportDialog, encoding_row);
  gtk_widget_class_bind_template_child (widget_class, PnExportDialog, dates_row);
  gtk_widget_class_bind_template_child (widget_class, PnExportDialog, guard_row);
  gtk_widget_class_bind_template_child (widget_class, PnExportDialog, guard);
  gtk_widget_class_bind_template_child (widget_class, PnExportDialog, columns_row);
  gtk_widget_class_bind_template_child (widget_class, PnExportDialog, column_list);
  gtk_widget_class_bind_template_child (widget_class, PnExportDialog, job_row);
  gtk_widget_class_bind_template_callback (widget_class, changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, preset_cb);
  gtk_widget_class_bind_template_callback (widget_class, columns_cb);
  gtk_widget_class_bind_template_callback (widget_class, save_cb);
}

static void
pn_export_dialog_init (PnExportDialog *self)
{
  g_autoptr (GtkStringList) presets = gtk_string_list_new (NULL);

  self->count = -1;
  self->which = g_array_new (FALSE, FALSE, sizeof (Which));
  gtk_widget_init_template (GTK_WIDGET (self));
  for (int i = 0; i < PN_N_EXPORT_PRESETS; i++)
    gtk_string_list_append (presets, pn_export_preset_get_title ((PnExportPreset) i));
  adw_combo_row_set_model (self->preset_row, G_LIST_MODEL (presets));
  load_settings (self);
}

static void
offer (PnExportDialog *self, GtkStringList *labels, Which which, const char *label)
{
  gtk_string_list_append (labels, label);
  g_array_append_val (self->which, which);
}

/* The batches that are known, and the one that is looked at. */
static void
fill_batches (PnExportDialog *self)
{
  g_autoptr (GtkStringList) batches = gtk_string_list_new (NULL);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GListModel *known = pn_client_get_batches (self->client);
  const char *shown = pn_record_filter_get_value (self->filter, PN_RECORD_FILTER_BATCH);

  if (shown != NULL && g_hash_table_add (seen, g_strdup (shown)))
    gtk_string_list_append (batches, shown);
  for (guint i = 0; i < g_list_model_get_n_items (known); i++)
    {
      g_autoptr (PnClientBatch) batch = g_list_model_get_item (known, i);
      const char *reference = pn_client_batch_get_reference (batch);

      if (reference != NULL && reference[0] != '\0' &&
          g_hash_table_add (seen, g_strdup (reference)))
        gtk_string_list_append (batches, reference);
    }
  adw_combo_row_set_model (self->batch_row, G_LIST_MODEL (batches));
}

/* Only what can be chosen is offered. */
static void
fill_which (PnExportDialog *self)
{
  GSettings *settings = pn_app_get_settings (pn_app_get_default ());
  g_autoptr (GtkStringList) labels = gtk_string_list_new (NULL);
  guint n_selected = self->selected != NULL ? self->selected->len : 0;
  g_autofree char *selected = g_strdup_printf (_ ("Selected (%'u)"), n_selected);

  if (pn_record_filter_is_set (self->filter))
    offer (self, labels, WHICH_FILTER, _ ("Current filter"));
  offer (self, labels, WHICH_ALL, _ ("All"));
  if (g_list_model_get_n_items (adw_combo_row_get_model (self->batch_row)) > 0)
    offer (self, labels, WHICH_BATCH, _ ("Batch"));
  if (!pn_app_get_practice (pn_app_get_default ()) &&
      g_settings_get_int64 (settings, "export-last") > 0)
    offer (self, labels, WHICH_NEW, _ ("Since the last export"));
  if (n_selected > 0)
    offer (self, labels, WHICH_SELECTED, selected);
  adw_combo_row_set_model (self->which_row, G_LIST_MODEL (labels));
  /* One row is selected by the click that looks at it; several are selected for something. */
  if (n_selected > 1)
    adw_combo_row_set_selected (self->which_row, self->which->len - 1);
}

PnExportDialog *
pn_export_dialog_new (PnClient *client, PnRecordFilter *filter, GPtrArray *selected)
{
  PnExportDialog *self = g_object_new (PN_TYPE_EXPORT_DIALOG, NULL);

  self->client = g_object_ref (client);
  self->filter = g_object_ref (filter);
  self->selected = selected != NULL ? g_ptr_array_ref (selected) : NULL;
  fill_batches (self);
  fill_which (self);
  self->ready = TRUE;
  preset_cb (self);
  return self;
}

gint64
pn_export_dialog_get_count (PnExportDialog *self)
{
  return self->count;
}
