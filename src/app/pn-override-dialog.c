/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-override-dialog.h"

#include <glib/gi18n.h>

#include "pn-device-class.h"
#include "pn-error.h"
#include "pn-evidence.h"
#include "pn-override-row.h"
#include "pn-window.h"

struct _PnOverrideDialog
{
  PnDialog parent_instance;
  GtkButton *add;
  GtkLabel *problem;
  AdwActionRow *device;
  GtkCheckButton *again, *skip_firmware, *another_recipe;
  AdwComboRow *recipe, *duration;
  AdwEntryRow *reason;
  AdwActionRow *recipe_row;
  GtkWidget *existing_part;
  GtkListBox *existing;

  PnClient *client;
  PnClientSlot *slot;
  GPtrArray *batches; /* PnClientBatch, that could be used for the slot instead */
  char *serial;       /* of the device; NULL: for the slot */
  GCancellable *cancellable;
};

G_DEFINE_FINAL_TYPE (PnOverrideDialog, pn_override_dialog, PN_TYPE_DIALOG)

static PnOverrideKind
get_kind (PnOverrideDialog *self)
{
  return gtk_check_button_get_active (self->skip_firmware)    ? PN_OVERRIDE_SKIP_FIRMWARE
         : gtk_check_button_get_active (self->another_recipe) ? PN_OVERRIDE_RECIPE
                                                              : PN_OVERRIDE_AGAIN;
}

static char *
get_reason (PnOverrideDialog *self)
{
  return g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->reason))));
}

/* While the reason is no good the field says so, once something stands in it. */
static void
changed_cb (PnOverrideDialog *self)
{
  g_autofree char *reason = get_reason (self);
  gboolean fine = pn_override_check_reason (reason, NULL);

  gtk_widget_set_visible (GTK_WIDGET (self->recipe), get_kind (self) == PN_OVERRIDE_RECIPE);
  gtk_widget_set_sensitive (GTK_WIDGET (self->add), fine);
  if (!fine && reason[0] != '\0')
    gtk_widget_add_css_class (GTK_WIDGET (self->reason), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->reason), "error");
}

/* ---- what can be chosen ---- */

static gboolean
is_offered (PnOverrideDialog *self, PnClientBatch *batch)
{
  const char *const *slots = pn_client_batch_get_slots (batch);

  if (pn_client_batch_get_closed (batch))
    return FALSE;
  for (guint i = 0; i < self->batches->len; i++)
    if (g_str_equal (pn_client_batch_get_bundle (self->batches->pdata[i]),
                     pn_client_batch_get_bundle (batch)))
      return FALSE;
  return slots == NULL || slots[0] == NULL ||
         g_strv_contains (slots, pn_client_slot_get_name (self->slot));
}

static void
find_recipes (PnOverrideDialog *self)
{
  GListModel *batches = pn_client_get_batches (self->client);
  g_autoptr (GtkStringList) words = gtk_string_list_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (batches); i++)
    {
      g_autoptr (PnClientBatch) batch = g_list_model_get_item (batches, i);
      const char *reference = pn_client_batch_get_reference (batch);
      g_autofree char *word =
          reference[0] != '\0'
              ? g_strdup_printf ("%s (%s)", pn_client_batch_get_recipe (batch), reference)
              : g_strdup (pn_client_batch_get_recipe (batch));

      if (!is_offered (self, batch))
        continue;
      g_ptr_array_add (self->batches, g_object_ref (batch));
      gtk_string_list_append (words, word);
    }
  adw_combo_row_set_model (self->recipe, G_LIST_MODEL (words));
  /* Of one there is no other. */
  gtk_widget_set_sensitive (GTK_WIDGET (self->recipe_row), self->batches->len > 1);
  if (self->batches->len <= 1)
    adw_action_row_set_subtitle (
        self->recipe_row,
        _ ("Only where several batches are open for this slot: then one of the others."));
}

static void
show_device (PnOverrideDialog *self)
{
  const char *serial = pn_client_slot_get_serial (self->slot);

  self->serial = pn_serial_normalise (serial);
  if (self->serial != NULL)
    {
      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->device), _ ("For the device"));
      adw_action_row_set_subtitle (self->device, self->serial);
      return;
    }
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->device),
                                 _ ("For whatever is in the slot"));
  adw_action_row_set_subtitle (self->device, pn_client_slot_get_label (self->slot));
}

/* ---- adding ---- */

static void
added_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PnOverrideDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  PnWindow *window = pn_window_of (GTK_WIDGET (self));
  gboolean added = pn_client_override_finish (PN_CLIENT (source), result, &error);

  if (pn_error_is_cancelled (error))
    return;
  if (!added)
    {
      gtk_label_set_label (self->problem, pn_error_text (error));
      gtk_widget_set_visible (GTK_WIDGET (self->problem), TRUE);
      changed_cb (self);
      return;
    }
  if (window != NULL)
    pn_window_toast (window, _ ("The override counts from the device’s next run on."));
  gtk_window_close (GTK_WINDOW (self));
}

static void
add_cb (PnOverrideDialog *self)
{
  g_autoptr (PnOverride) override = NULL;
  guint recipe = adw_combo_row_get_selected (self->recipe);

  if (!gtk_widget_get_sensitive (GTK_WIDGET (self->add)))
    return;
  override = g_rc_box_new0 (PnOverride);
  override->kind = get_kind (self);
  override->serial = g_strdup (self->serial);
  if (self->serial == NULL)
    override->slot = g_strdup (pn_client_slot_get_name (self->slot));
  if (override->kind == PN_OVERRIDE_RECIPE && recipe < self->batches->len)
    override->bundle = g_strdup (pn_client_batch_get_bundle (self->batches->pdata[recipe]));
  override->once = adw_combo_row_get_selected (self->duration) == 0;
  override->reason = get_reason (self);
  gtk_widget_set_visible (GTK_WIDGET (self->problem), FALSE);
  gtk_widget_set_sensitive (GTK_WIDGET (self->add), FALSE);
  pn_client_add_override_async (self->client, override, self->cancellable, added_cb,
                                g_object_ref (self));
}

/* ---- the object ---- */

static gboolean
close_request_cb (PnOverrideDialog *self)
{
  g_cancellable_cancel (self->cancellable);
  return FALSE;
}

static void
pn_override_dialog_dispose (GObject *object)
{
  PnOverrideDialog *self = PN_OVERRIDE_DIALOG (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), PN_TYPE_OVERRIDE_DIALOG);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->client);
  g_clear_object (&self->slot);
  g_clear_pointer (&self->batches, g_ptr_array_unref);
  g_clear_pointer (&self->serial, g_free);
  G_OBJECT_CLASS (pn_override_dialog_parent_class)->dispose (object);
}

static void
pn_override_dialog_class_init (PnOverrideDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_override_dialog_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-override-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, PnOverrideDialog, add);
  gtk_widget_class_bind_template_child (widget_class, PnOverrideDialog, problem);
  gtk_widget_class_bind_template_child (widget_class, PnOverrideDialog, device);
  gtk_widget_class_bind_template_child (widget_class, PnOverrideDialog, again);
  gtk_widget_class_bind_template_child (widget_class, PnOverrideDialog, skip_firmware);
  gtk_widget_class_bind_template_child (widget_class, PnOverrideDialog, another_recipe);
  gtk_widget_class_bind_template_child (widget_class, PnOverrideDialog, recipe);
  gtk_widget_class_bind_template_child (widget_class, PnOverrideDialog, recipe_row);
  gtk_widget_class_bind_template_child (widget_class, PnOverrideDialog, duration);
  gtk_widget_class_bind_template_child (widget_class, PnOverrideDialog, reason);
  gtk_widget_class_bind_template_child (widget_class, PnOverrideDialog, existing_part);
  gtk_widget_class_bind_template_child (widget_class, PnOverrideDialog, existing);
  gtk_widget_class_bind_template_callback (widget_class, add_cb);
  gtk_widget_class_bind_template_callback (widget_class, changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, close_request_cb);
}

static void
pn_override_dialog_init (PnOverrideDialog *self)
{
  self->batches = g_ptr_array_new_with_free_func (g_object_unref);
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

/* What is most likely wanted. */
static void
choose_kind (PnOverrideDialog *self)
{
  PnClientRun *run = pn_client_slot_get_run (self->slot);
  const char *device = run != NULL ? pn_evidence_get (run, PN_EVIDENCE_CLASS) : NULL;
  const char *protected = pn_device_class_to_word (PN_DEVICE_WRITE_PROTECTED);

  gtk_check_button_set_active (
      g_strcmp0 (device, protected) == 0 ? self->skip_firmware : self->again, TRUE);
}

PnDialog *
pn_override_dialog_new (PnClient *client, PnClientSlot *slot)
{
  PnOverrideDialog *self = g_object_new (PN_TYPE_OVERRIDE_DIALOG, NULL);

  self->client = g_object_ref (client);
  self->slot = g_object_ref (slot);
  show_device (self);
  find_recipes (self);
  pn_override_rows_show (self->existing, self->existing_part, self->client, self->slot);
  choose_kind (self);
  changed_cb (self);
  return PN_DIALOG (self);
}
