/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-hook-row.h"

#include <glib/gi18n.h>
#include <string.h>

#include "pn-error.h"
#include "pn-field-status.h"
#include "pn-file-row.h"
#include "pn-format.h"
#include "pn-hook-template.h"
#include "pn-hook-trial.h"
#include "pn-hook.h"
#include "pn-window.h"

struct _PnHookRow
{
  AdwExpanderRow parent_instance;
  PnHookStage stage;
  PnFileRow *file;
  PnFieldStatus *status;
  AdwActionRow *digest, *on_row, *seconds_row, *network_row, *try_row, *begin;
  GtkButton *again;
  GtkSwitch *on, *network;
  GtkSpinButton *seconds;
  AdwEntryRow *write;
  GtkFileChooserNative *chooser;
  gboolean filling;
};

static guint said_signal;

G_DEFINE_FINAL_TYPE (PnHookRow, pn_hook_row, ADW_TYPE_EXPANDER_ROW)

static void
say (PnHookRow *self, PnRecipeHookKey key, const char *value)
{
  if (!self->filling)
    g_signal_emit (self, said_signal, 0, (guint) pn_recipe_hook_field (self->stage, key), value);
}

/* Another script is frozen anew; without one there is nothing to be said of it. */
static void
path_changed_cb (PnHookRow *self)
{
  g_autofree char *path = g_strdup (pn_file_row_get_path (self->file));

  if (self->filling)
    return;
  /* The row follows what is said at once. */
  say (self, PN_RECIPE_HOOK_FILE, path);
  say (self, PN_RECIPE_HOOK_SHA256, NULL);
  for (guint key = PN_RECIPE_HOOK_ENABLED; path == NULL && key < PN_N_RECIPE_HOOK_KEYS; key++)
    say (self, (PnRecipeHookKey) key, NULL);
}

static void
again_cb (PnHookRow *self)
{
  say (self, PN_RECIPE_HOOK_SHA256, NULL);
}

static void
switched_cb (PnHookRow *self, GParamSpec *pspec, GtkSwitch *widget)
{
  say (self, widget == self->on ? PN_RECIPE_HOOK_ENABLED : PN_RECIPE_HOOK_NETWORK,
       gtk_switch_get_active (widget) ? "true" : "false");
}

static void
seconds_changed_cb (PnHookRow *self)
{
  g_autofree char *number =
      g_strdup_printf ("%d", gtk_spin_button_get_value_as_int (self->seconds));

  say (self, PN_RECIPE_HOOK_SECONDS, number);
}

static void
write_cb (PnHookRow *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->write));

  say (self, PN_RECIPE_HOOK_WRITE, text[0] != '\0' ? text : NULL);
}

/* ---- a template ---- */

static void
saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PnHookRow) self = user_data;
  PnWindow *window = pn_window_of (GTK_WIDGET (self));
  g_autoptr (GError) error = NULL;

  if (g_file_replace_contents_finish (G_FILE (source), result, NULL, &error))
    pn_file_row_set_path (self->file, g_file_peek_path (G_FILE (source)));
  else if (window != NULL)
    pn_window_toast (window, pn_error_text (error));
}

static void
response_cb (PnHookRow *self, int response)
{
  const char *text = pn_hook_stage_get_template (self->stage);
  g_autoptr (GFile) file = NULL;

  if (response == GTK_RESPONSE_ACCEPT &&
      (file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (self->chooser))) != NULL)
    g_file_replace_contents_async (file, text, strlen (text), NULL, FALSE, G_FILE_CREATE_NONE, NULL,
                                   saved_cb, g_object_ref (self));
  g_clear_object (&self->chooser);
}

static void
template_cb (PnHookRow *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  g_autofree char *name = g_strconcat (pn_hook_stage_to_word (self->stage), ".sh", NULL);

  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (_ ("Save Template"),
                                               GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL,
                                               GTK_FILE_CHOOSER_ACTION_SAVE, _ ("Save"), NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (self->chooser), name);
  g_signal_connect_swapped (self->chooser, "response", G_CALLBACK (response_cb), self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

/* ---- trying it ---- */

/* As the row stands now, whether it is kept or not. */
static void
try_cb (PnHookRow *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->write));
  g_auto (GStrv) write = g_strsplit (text, ";", -1);
  PnDialog *trial =
      pn_hook_trial_new (self->stage, pn_file_row_get_path (self->file),
                         (guint) gtk_spin_button_get_value_as_int (self->seconds),
                         gtk_switch_get_active (self->network), (const char *const *) write);

  pn_dialog_present (trial, GTK_WIDGET (self));
}

/* ---- what is shown ---- */

static const char *
get (PnHookRow *self, const PnRecipeDraft *draft, PnRecipeHookKey key)
{
  return pn_recipe_draft_get (draft, pn_recipe_hook_field (self->stage, key));
}

static void
show_settings (PnHookRow *self, const PnRecipeDraft *draft)
{
  const char *seconds = get (self, draft, PN_RECIPE_HOOK_SECONDS);
  const char *write = get (self, draft, PN_RECIPE_HOOK_WRITE);
  guint64 number = PN_HOOK_SECONDS_DEFAULT;

  if (seconds != NULL)
    (void) g_ascii_string_to_unsigned (seconds, 10, 1, PN_HOOK_SECONDS_MAX, &number, NULL);
  gtk_spin_button_set_value (self->seconds, (double) number);
  gtk_switch_set_active (self->on,
                         pn_recipe_draft_get_switch (
                             draft, pn_recipe_hook_field (self->stage, PN_RECIPE_HOOK_ENABLED)));
  gtk_switch_set_active (self->network,
                         pn_recipe_draft_get_switch (
                             draft, pn_recipe_hook_field (self->stage, PN_RECIPE_HOOK_NETWORK)));
  if (g_strcmp0 (write != NULL ? write : "", gtk_editable_get_text (GTK_EDITABLE (self->write))) !=
      0)
    gtk_editable_set_text (GTK_EDITABLE (self->write), write != NULL ? write : "");
}

void
pn_hook_row_show (PnHookRow *self, const PnRecipeDraft *draft)
{
  GtkWidget *const settings[] = { GTK_WIDGET (self->digest),      GTK_WIDGET (self->on_row),
                                  GTK_WIDGET (self->seconds_row), GTK_WIDGET (self->network_row),
                                  GTK_WIDGET (self->write),       GTK_WIDGET (self->try_row) };
  gboolean there = pn_recipe_draft_has_hook (draft, self->stage);
  const char *hex = get (self, draft, PN_RECIPE_HOOK_SHA256);
  const char *path = get (self, draft, PN_RECIPE_HOOK_FILE);
  g_autofree char *groups = hex != NULL ? pn_format_fingerprint (hex) : NULL;
  g_autofree char *name = path != NULL ? g_filename_display_basename (path) : NULL;

  self->filling = TRUE;
  pn_file_row_set_path (self->file, path);
  adw_action_row_set_subtitle (self->digest, groups != NULL ? groups : _ ("Reading…"));
  show_settings (self, draft);
  self->filling = FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    gtk_widget_set_visible (settings[i], there);
  gtk_widget_set_visible (GTK_WIDGET (self->begin), !there);
  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (self), name != NULL ? name : _ ("No script"));
}

void
pn_hook_row_show_check (PnHookRow *self, PnRecipeChecker *checker)
{
  const char *problem = NULL;

  for (guint key = 0; key < PN_N_RECIPE_HOOK_KEYS && problem == NULL; key++)
    problem = pn_recipe_checker_get_problem (
        checker, pn_recipe_hook_field (self->stage, (PnRecipeHookKey) key));
  pn_field_status_set (self->status, GTK_WIDGET (self->file), problem,
                       pn_recipe_checker_get_remark (
                           checker, pn_recipe_hook_field (self->stage, PN_RECIPE_HOOK_FILE)));
}

/* ---- the object ---- */

static void
pn_hook_row_dispose (GObject *object)
{
  PnHookRow *self = PN_HOOK_ROW (object);

  g_clear_object (&self->chooser);
  gtk_widget_dispose_template (GTK_WIDGET (object), PN_TYPE_HOOK_ROW);
  G_OBJECT_CLASS (pn_hook_row_parent_class)->dispose (object);
}

static void
pn_hook_row_class_init (PnHookRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_hook_row_dispose;
  said_signal = g_signal_new ("said", PN_TYPE_HOOK_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                              G_TYPE_NONE, 2, G_TYPE_UINT, G_TYPE_STRING);
  g_type_ensure (PN_TYPE_FILE_ROW);
  g_type_ensure (PN_TYPE_FIELD_STATUS);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-hook-row.ui");
  gtk_widget_class_bind_template_child (widget_class, PnHookRow, file);
  gtk_widget_class_bind_template_child (widget_class, PnHookRow, status);
  gtk_widget_class_bind_template_child (widget_class, PnHookRow, digest);
  gtk_widget_class_bind_template_child (widget_class, PnHookRow, on_row);
  gtk_widget_class_bind_template_child (widget_class, PnHookRow, seconds_row);
  gtk_widget_class_bind_template_child (widget_class, PnHookRow, network_row);
  gtk_widget_class_bind_template_child (widget_class, PnHookRow, try_row);
  gtk_widget_class_bind_template_child (widget_class, PnHookRow, begin);
  gtk_widget_class_bind_template_child (widget_class, PnHookRow, again);
  gtk_widget_class_bind_template_child (widget_class, PnHookRow, on);
  gtk_widget_class_bind_template_child (widget_class, PnHookRow, network);
  gtk_widget_class_bind_template_child (widget_class, PnHookRow, seconds);
  gtk_widget_class_bind_template_child (widget_class, PnHookRow, write);
  gtk_widget_class_bind_template_callback (widget_class, path_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, again_cb);
  gtk_widget_class_bind_template_callback (widget_class, switched_cb);
  gtk_widget_class_bind_template_callback (widget_class, seconds_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, write_cb);
  gtk_widget_class_bind_template_callback (widget_class, template_cb);
  gtk_widget_class_bind_template_callback (widget_class, try_cb);
}

static void
pn_hook_row_init (PnHookRow *self)
{
  self->filling = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));
  self->filling = FALSE;
}

GtkWidget *
pn_hook_row_new (PnHookStage stage)
{
  PnHookRow *self = g_object_new (PN_TYPE_HOOK_ROW, "title", pn_hook_stage_to_label (stage), NULL);

  self->stage = stage;
  return GTK_WIDGET (self);
}
