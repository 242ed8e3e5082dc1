/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-recipe-editor.h"

#include <glib/gi18n.h>

#include "pn-chip.h"
#include "pn-choice.h"
#include "pn-error.h"
#include "pn-field-status.h"
#include "pn-file-row.h"
#include "pn-firmware-folder.h"
#include "pn-format.h"
#include "pn-hook-row.h"
#include "pn-image-chooser.h"
#include "pn-image-library.h"
#include "pn-mark.h"
#include "pn-recipe-checker.h"
#include "pn-recipe-keeping.h"
#include "pn-recipe-list.h"
#include "pn-recipe-review.h"
#include "pn-window.h"

#define N_CHOICES 3

struct _PnRecipeEditor
{
  PnPage parent_instance;
  GtkFlowBox *families, *modes;
  AdwPreferencesGroup *family_group, *mode_group, *key_group, *hooks_group;
  AdwActionRow *cipher, *fingerprint, *lock;
  GtkRevealer *revealer;
  GtkBox *bar;
  GtkLabel *state;
  GtkButton *save, *go;

  GtkWidget *rows[PN_N_RECIPE_FIELDS]; /* what is focused for a field; NULL = it has no row */
  GtkWidget *statuses[PN_N_RECIPE_FIELDS];
  GtkSwitch *switches[PN_N_RECIPE_FIELDS];
  GtkWidget *marks[PN_N_RECIPE_FIELDS];
  PnChoice *family_cards[N_CHOICES], *mode_cards[N_CHOICES];
  GtkWidget *hooks[PN_N_HOOK_STAGES];

  char *id;
  PnRecipeDraft *base;  /* the newest revision, or what a new recipe says by itself */
  PnRecipeDraft *draft; /* NULL until it is loaded */
  PnRecipeChecker *checker;
  gboolean filling; /* the rows follow the draft, not the other way round */
  gboolean storing, store_again;
};

G_DEFINE_FINAL_TYPE (PnRecipeEditor, pn_recipe_editor, PN_TYPE_PAGE)

/* The fields that have a row in the template, and its name there. */
static const struct
{
  PnRecipeField field;
  const char *name;
} fields[] = {
  { PN_RECIPE_NAME, "name" },
  { PN_RECIPE_STORAGE, "storage" },
  { PN_RECIPE_IMAGE, "image" },
  { PN_RECIPE_KEY, "key" },
  { PN_RECIPE_UPDATE_EEPROM, "update_eeprom" },
  { PN_RECIPE_MATCH_BOOT_ORDER, "match_boot_order" },
  { PN_RECIPE_CONFIG, "config" },
  { PN_RECIPE_EEPROM, "eeprom" },
  { PN_RECIPE_RECOVERY, "recovery" },
  { PN_RECIPE_BOOTFILES, "bootfiles" },
  { PN_RECIPE_GADGET, "gadget" },
  { PN_RECIPE_INITRAMFS, "initramfs" },
  { PN_RECIPE_NETWORK, "network" },
  { PN_RECIPE_JTAG_LOCK, "jtag_lock" },
  { PN_RECIPE_DEVICE_KEY, "device_key" },
  { PN_RECIPE_RPIBOOT_GPIO, "rpiboot_gpio" },
};

/* What can be chosen for it. */
static const char *const gpios[] = { "2", "4", "5", "6", "7", "8", NULL };

/* ---- what is shown ---- */

static gboolean
is_changed (PnRecipeEditor *self)
{
  g_autoptr (GPtrArray) changes = NULL;

  if (self->draft == NULL)
    return FALSE;
  changes = pn_recipe_differences (self->base, self->draft);
  return changes->len > 0;
}

static guint
next_revision (PnRecipeEditor *self)
{
  const char *number = pn_recipe_draft_get (self->draft, PN_RECIPE_REVISION);
  guint64 base = 0;

  if (number != NULL)
    (void) g_ascii_string_to_unsigned (number, 10, 1, G_MAXINT - 1, &base, NULL);
  return (guint) base + 1;
}

static void
show_bar (PnRecipeEditor *self)
{
  gboolean busy = pn_recipe_checker_is_busy (self->checker);
  gboolean changed = is_changed (self);
  gboolean free = !self->storing && (self->id != NULL || !changed);
  PnRecipeField wrong;
  gboolean problem = pn_recipe_checker_get_first (self->checker, &wrong);
  const char *sentence = problem ? pn_recipe_checker_get_problem (self->checker, wrong) : NULL;
  g_autofree char *save = NULL;
  g_autofree char *text = NULL;

  if (self->draft == NULL)
    return;
  save = g_strdup_printf (_ ("Save as revision %u"), next_revision (self));
  /* Translators: a field's name and what is wrong with it */
  text = problem ? g_strdup_printf (_ ("%s: %s"), pn_recipe_field_get_label (wrong), sentence)
         : busy  ? g_strdup (_ ("Checking…"))
                 : g_strdup (_ ("Everything fits together."));
  gtk_button_set_label (self->save, save);
  gtk_label_set_label (self->state, text);
  gtk_widget_set_visible (GTK_WIDGET (self->go), problem);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->save), problem ? text : NULL);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "editor.save",
                                 changed && free && !busy && !problem);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "editor.discard", changed && free);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "editor.go-to-problem", problem);
  gtk_revealer_set_reveal_child (self->revealer, changed);
}

/* Nothing is called wrong in a form that nobody has begun to fill in. */
static void
show_statuses (PnRecipeEditor *self)
{
  gboolean begun = self->id != NULL || is_changed (self);

  for (guint i = 0; i < PN_N_RECIPE_FIELDS; i++)
    if (self->statuses[i] != NULL)
      pn_field_status_set (PN_FIELD_STATUS (self->statuses[i]), self->rows[i],
                           begun ? pn_recipe_checker_get_problem (self->checker, (PnRecipeField) i)
                                 : NULL,
                           pn_recipe_checker_get_remark (self->checker, (PnRecipeField) i));
  for (guint i = 0; i < PN_N_HOOK_STAGES; i++)
    pn_hook_row_show_check (PN_HOOK_ROW (self->hooks[i]), self->checker);
  adw_preferences_group_set_description (
      self->family_group, pn_recipe_checker_get_problem (self->checker, PN_RECIPE_CHIP));
  adw_preferences_group_set_description (
      self->mode_group, pn_recipe_checker_get_problem (self->checker, PN_RECIPE_MODE));
}

/* The rows that the mode has, and how lasting each choice is in it. */
static void
show_mode (PnRecipeEditor *self)
{
  PnMode mode = pn_recipe_draft_get_mode (self->draft);
  static const PnRecipeField hidden[] = {
    PN_RECIPE_UPDATE_EEPROM, PN_RECIPE_MATCH_BOOT_ORDER, PN_RECIPE_CONFIG,    PN_RECIPE_EEPROM,
    PN_RECIPE_RECOVERY,      PN_RECIPE_GADGET,           PN_RECIPE_INITRAMFS, PN_RECIPE_NETWORK,
    PN_RECIPE_JTAG_LOCK,     PN_RECIPE_RPIBOOT_GPIO,
  };
  gboolean locked = pn_mode_locks (mode);
  gboolean encrypts = pn_mode_encrypts (mode);
  PnChip chip = pn_recipe_draft_get_chip (self->draft);

  for (guint i = 0; i < PN_N_RECIPE_FIELDS; i++)
    if (self->marks[i] != NULL)
      pn_mark_set_permanence (PN_MARK (self->marks[i]),
                              pn_recipe_field_get_permanence ((PnRecipeField) i, mode));
  gtk_widget_set_visible (GTK_WIDGET (self->key_group), locked);
  gtk_widget_set_visible (GTK_WIDGET (self->cipher), encrypts);
  gtk_widget_set_visible (GTK_WIDGET (self->lock), locked);
  /* As if the EEPROM were written: the switch hides nothing. */
  for (guint i = 0; i < G_N_ELEMENTS (hidden); i++)
    gtk_widget_set_visible (self->rows[hidden[i]],
                            pn_recipe_field_is_used (hidden[i], chip, mode, TRUE));
  gtk_widget_set_sensitive (GTK_WIDGET (self->switches[PN_RECIPE_DEVICE_KEY]), !encrypts);
  gtk_widget_set_sensitive (self->rows[PN_RECIPE_UPDATE_EEPROM], !locked);
  for (guint i = 0; i < N_CHOICES; i++)
    {
      pn_choice_set_why_not (self->mode_cards[i], pn_recipe_why_not (chip, (PnMode) i));
      pn_choice_set_why_not (self->family_cards[i], pn_recipe_why_not ((PnChip) i, PN_MODE_NAKED));
    }
}

static void
show_fingerprint (PnRecipeEditor *self)
{
  const char *hex = pn_recipe_draft_get (self->draft, PN_RECIPE_FINGERPRINT);
  g_autofree char *groups = hex != NULL ? pn_format_fingerprint (hex) : NULL;

  adw_action_row_set_subtitle (self->fingerprint,
                               groups != NULL ? groups
                                              : _ ("Known once the key’s passphrase was given."));
  gtk_widget_set_visible (GTK_WIDGET (self->fingerprint),
                          pn_recipe_draft_get (self->draft, PN_RECIPE_KEY) != NULL);
}

static void show_image_name (PnRecipeEditor *self);

static void
show_draft (PnRecipeEditor *self)
{
  const char *name = pn_recipe_draft_get (self->draft, PN_RECIPE_NAME);
  const char *gpio = pn_recipe_draft_get (self->draft, PN_RECIPE_RPIBOOT_GPIO);
  PnStorage storage;
  PnChip chip;
  PnMode mode = pn_recipe_draft_get_mode (self->draft);

  self->filling = TRUE;
  if (name != NULL && !g_str_equal (name, gtk_editable_get_text (GTK_EDITABLE (self->rows[0]))))
    gtk_editable_set_text (GTK_EDITABLE (self->rows[PN_RECIPE_NAME]), name);
  pn_page_set_title (PN_PAGE (self), name != NULL && name[0] != '\0' ? name : _ ("New recipe"));
  if (pn_chip_from_word (pn_recipe_draft_get (self->draft, PN_RECIPE_CHIP), &chip))
    gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (self->family_cards[chip]), TRUE);
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (self->mode_cards[mode]), TRUE);
  if (gpio != NULL)
    for (guint i = 0; gpios[i] != NULL; i++)
      if (g_str_equal (gpio, gpios[i]))
        adw_combo_row_set_selected (ADW_COMBO_ROW (self->rows[PN_RECIPE_RPIBOOT_GPIO]), i);
  if (pn_storage_from_word (pn_recipe_draft_get (self->draft, PN_RECIPE_STORAGE), &storage))
    adw_combo_row_set_selected (ADW_COMBO_ROW (self->rows[PN_RECIPE_STORAGE]), storage);
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      PnRecipeField field = fields[i].field;

      if (PN_IS_FILE_ROW (self->rows[field]))
        pn_file_row_set_path (PN_FILE_ROW (self->rows[field]),
                              pn_recipe_draft_get (self->draft, field));
      if (self->switches[field] != NULL)
        gtk_switch_set_active (self->switches[field],
                               pn_recipe_draft_get_switch (self->draft, field));
    }
  for (guint i = 0; i < PN_N_HOOK_STAGES; i++)
    pn_hook_row_show (PN_HOOK_ROW (self->hooks[i]), self->draft);
  self->filling = FALSE;
  show_image_name (self);
  show_mode (self);
  show_fingerprint (self);
  show_bar (self);
}

/* ---- keeping what is changed ---- */

static void keep (PnRecipeEditor *self);

static void
kept_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PnRecipeEditor) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *id = pn_recipe_keep_finish (result, &error);
  PnWindow *window = pn_window_of (GTK_WIDGET (self));

  self->storing = FALSE;
  if (id != NULL && self->id == NULL)
    self->id = g_steal_pointer (&id);
  if (error != NULL && window != NULL)
    pn_window_toast (window, pn_error_text (error));
  if (self->store_again)
    keep (self);
  show_bar (self);
}

static void
keep (PnRecipeEditor *self)
{
  self->store_again = self->storing;
  if (self->storing)
    return;
  self->storing = TRUE;
  pn_recipe_keep_async (self->id, self->draft, kept_cb, g_object_ref (self));
}

static void
draft_changed (PnRecipeEditor *self)
{
  pn_recipe_checker_set (self->checker, self->draft, self->id, FALSE);
  show_draft (self);
}

/* The recipe is for the scripts as they are now. TRUE where it says more than before. */
static gboolean
freeze_hooks (PnRecipeEditor *self)
{
  gboolean said = FALSE;

  for (guint i = 0; i < PN_N_HOOK_STAGES; i++)
    {
      PnRecipeField field = pn_recipe_hook_field ((PnHookStage) i, PN_RECIPE_HOOK_SHA256);
      const char *hash = pn_recipe_checker_get_hash (self->checker, (PnHookStage) i);

      if (hash == NULL || pn_recipe_draft_get (self->draft, field) != NULL)
        continue;
      pn_recipe_draft_set (self->draft, field, hash);
      said = TRUE;
    }
  return said;
}

static void
checked_cb (PnRecipeEditor *self)
{
  const char *found = pn_recipe_checker_get_fingerprint (self->checker);

  /* The recipe is for the key that is in the file now, not for whatever will be there some day. */
  if (found != NULL && is_changed (self) &&
      pn_recipe_draft_get (self->draft, PN_RECIPE_FINGERPRINT) == NULL)
    pn_recipe_draft_set (self->draft, PN_RECIPE_FINGERPRINT, found);
  if (freeze_hooks (self))
    {
      pn_recipe_checker_set (self->checker, self->draft, self->id, TRUE);
      show_draft (self);
      return;
    }
  show_statuses (self);
  show_fingerprint (self);
  if (is_changed (self))
    keep (self);
  show_bar (self);
}

void
pn_recipe_editor_set (PnRecipeEditor *self, PnRecipeField field, const char *value)
{
  g_autofree char *folder = pn_app_get_firmware_folder (pn_app_get_default ());
  PnChip before;

  if (self->draft == NULL || g_strcmp0 (pn_recipe_draft_get (self->draft, field), value) == 0)
    return;
  before = pn_recipe_draft_get_chip (self->draft);
  pn_recipe_draft_set (self->draft, field, value);
  if (field == PN_RECIPE_CHIP)
    pn_firmware_folder_follow (folder, before, self->draft);
  if (field == PN_RECIPE_KEY)
    pn_recipe_draft_set (self->draft, PN_RECIPE_FINGERPRINT, NULL);
  if (field == PN_RECIPE_MODE || field == PN_RECIPE_CHIP)
    pn_recipe_draft_adapt (self->draft);
  draft_changed (self);
}

/* ---- the rows ---- */

static void
name_changed_cb (PnRecipeEditor *self, GtkEditable *row)
{
  if (!self->filling)
    pn_recipe_editor_set (self, PN_RECIPE_NAME, gtk_editable_get_text (row));
}

static void
storage_changed_cb (PnRecipeEditor *self, GParamSpec *pspec, AdwComboRow *row)
{
  if (!self->filling)
    pn_recipe_editor_set (self, PN_RECIPE_STORAGE,
                          pn_storage_to_word ((PnStorage) adw_combo_row_get_selected (row)));
}

static void
gpio_changed_cb (PnRecipeEditor *self, GParamSpec *pspec, AdwComboRow *row)
{
  if (!self->filling)
    pn_recipe_editor_set (self, PN_RECIPE_RPIBOOT_GPIO, gpios[adw_combo_row_get_selected (row)]);
}

/* ---- the image: one of the library, or any file ---- */

static void
show_image_name (PnRecipeEditor *self)
{
  const char *path = pn_file_row_get_path (PN_FILE_ROW (self->rows[PN_RECIPE_IMAGE]));
  PnStoredImage *image =
      path != NULL ? pn_image_library_find_path (pn_image_library_get_default (), path) : NULL;

  g_object_set (self->rows[PN_RECIPE_IMAGE], "words",
                image != NULL ? pn_stored_image_get (image)->name : NULL, NULL);
}

static void
image_chosen_cb (PnRecipeEditor *self, const char *path)
{
  pn_file_row_set_path (PN_FILE_ROW (self->rows[PN_RECIPE_IMAGE]), path);
}

static void
other_image_cb (PnRecipeEditor *self)
{
  pn_file_row_browse (PN_FILE_ROW (self->rows[PN_RECIPE_IMAGE]), FALSE);
}

static void
image_folder_cb (PnRecipeEditor *self)
{
  pn_file_row_browse (PN_FILE_ROW (self->rows[PN_RECIPE_IMAGE]), TRUE);
}

static gboolean
choose_image_cb (PnRecipeEditor *self, PnFileRow *row)
{
  PnDialog *dialog = pn_image_chooser_new (pn_file_row_get_path (row));

  g_signal_connect_object (dialog, "chosen", G_CALLBACK (image_chosen_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (dialog, "other", G_CALLBACK (other_image_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (dialog, "folder", G_CALLBACK (image_folder_cb), self, G_CONNECT_SWAPPED);
  pn_dialog_present (dialog, GTK_WIDGET (self));
  return TRUE;
}

static PnRecipeField
field_of (PnRecipeEditor *self, GtkWidget *widget)
{
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    if (self->rows[fields[i].field] == widget ||
        GTK_WIDGET (self->switches[fields[i].field]) == widget)
      return fields[i].field;
  g_assert_not_reached ();
}

static void
path_changed_cb (PnRecipeEditor *self, GParamSpec *pspec, PnFileRow *row)
{
  if (!self->filling)
    pn_recipe_editor_set (self, field_of (self, GTK_WIDGET (row)), pn_file_row_get_path (row));
}

static void
switched_cb (PnRecipeEditor *self, GParamSpec *pspec, GtkSwitch *widget)
{
  PnRecipeField field;

  if (self->filling)
    return;
  field = field_of (self, GTK_WIDGET (widget));
  if (gtk_switch_get_active (widget) != pn_recipe_draft_get_switch (self->draft, field))
    pn_recipe_editor_set (self, field, gtk_switch_get_active (widget) ? "true" : "false");
}

static void
card_toggled_cb (PnRecipeEditor *self, GtkToggleButton *card)
{
  if (self->filling || !gtk_toggle_button_get_active (card))
    return;
  for (guint i = 0; i < N_CHOICES; i++)
    {
      if (card == GTK_TOGGLE_BUTTON (self->family_cards[i]))
        pn_recipe_editor_set (self, PN_RECIPE_CHIP, pn_chip_to_word ((PnChip) i));
      if (card == GTK_TOGGLE_BUTTON (self->mode_cards[i]))
        pn_recipe_editor_set (self, PN_RECIPE_MODE, pn_mode_to_word ((PnMode) i));
    }
}

static void
said_cb (PnRecipeEditor *self, guint field, const char *value)
{
  if (!self->filling)
    pn_recipe_editor_set (self, (PnRecipeField) field, value);
}

static void
make_hooks (PnRecipeEditor *self)
{
  for (guint i = 0; i < PN_N_HOOK_STAGES; i++)
    {
      self->hooks[i] = pn_hook_row_new ((PnHookStage) i);
      g_signal_connect_object (self->hooks[i], "said", G_CALLBACK (said_cb), self,
                               G_CONNECT_SWAPPED);
      adw_preferences_group_add (self->hooks_group, self->hooks[i]);
    }
}

/* ---- actions ---- */

static void
go_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  PnRecipeEditor *self = PN_RECIPE_EDITOR (widget);
  PnRecipeField field;
  PnHookStage stage;

  if (!pn_recipe_checker_get_first (self->checker, &field))
    return;
  if (pn_recipe_field_get_hook (field, &stage, NULL))
    {
      adw_expander_row_set_expanded (ADW_EXPANDER_ROW (self->hooks[stage]), TRUE);
      gtk_widget_child_focus (self->hooks[stage], GTK_DIR_TAB_FORWARD);
      return;
    }
  if (field == PN_RECIPE_MODE)
    gtk_widget_grab_focus (GTK_WIDGET (self->mode_cards[PN_MODE_NAKED]));
  else if (field == PN_RECIPE_CHIP)
    gtk_widget_grab_focus (GTK_WIDGET (self->family_cards[PN_CHIP_BCM2712]));
  else if (self->rows[field] != NULL)
    gtk_widget_child_focus (self->rows[field], GTK_DIR_TAB_FORWARD);
}

static void
saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PnRecipeEditor) self = user_data;
  PnWindow *window = pn_window_of (GTK_WIDGET (self));
  g_autoptr (GError) error = NULL;
  guint revision = pn_recipe_review_finish (result, &error);
  g_autofree char *text = NULL;

  if (window == NULL || pn_error_is_cancelled (error))
    return;
  if (revision == 0)
    {
      pn_window_toast (window, pn_error_text (error));
      return;
    }
  text = g_strdup_printf (_ ("Saved as revision %u."), revision);
  pn_window_pop (window);
  pn_window_toast (window, text);
}

static void
save_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  PnRecipeEditor *self = PN_RECIPE_EDITOR (widget);
  PnWindow *window = pn_window_of (widget);

  /* The folder of a new recipe is there once its first draft was kept. */
  if (window == NULL || self->id == NULL)
    return;
  pn_recipe_review_run_async (window, self->id, self->base, self->draft, saved_cb,
                              g_object_ref (self));
}

static void
discarded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PnRecipeList) list = pn_recipe_list_get ();

  pn_recipe_list_refresh (list);
}

static void
discard_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  PnRecipeEditor *self = PN_RECIPE_EDITOR (widget);
  PnWindow *window = pn_window_of (widget);

  pn_recipe_discard_async (self->id, discarded_cb, NULL);
  self->store_again = FALSE;
  if (pn_recipe_draft_get (self->base, PN_RECIPE_NAME) == NULL && window != NULL)
    {
      pn_window_pop (window);
      return;
    }
  pn_recipe_draft_free (self->draft);
  self->draft = pn_recipe_draft_copy (self->base);
  pn_recipe_checker_set (self->checker, self->draft, self->id, TRUE);
  show_draft (self);
}

/* ---- loading ---- */

static void
loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PnRecipeEditor) self = user_data;
  PnWindow *window = pn_window_of (GTK_WIDGET (self));
  g_autoptr (GError) error = NULL;

  if (!pn_recipe_load_finish (result, &self->base, &self->draft, &error))
    {
      if (window != NULL)
        pn_window_toast (window, pn_error_text (error));
      return;
    }
  gtk_widget_set_sensitive (GTK_WIDGET (self), TRUE);
  pn_page_take_focus (PN_PAGE (self));
  show_draft (self);
  pn_recipe_checker_set (self->checker, self->draft, self->id, TRUE);
}

static void
load (PnRecipeEditor *self)
{
  g_autofree char *firmware = pn_app_get_firmware_folder (pn_app_get_default ());

  pn_recipe_load_async (self->id, firmware, loaded_cb, g_object_ref (self));
}

/* ---- the object ---- */

static void
pn_recipe_editor_dispose (GObject *object)
{
  PnRecipeEditor *self = PN_RECIPE_EDITOR (object);

  if (self->checker != NULL)
    g_signal_handlers_disconnect_by_data (self->checker, self);
  g_clear_object (&self->checker);
  G_OBJECT_CLASS (pn_recipe_editor_parent_class)->dispose (object);
}

static void
pn_recipe_editor_finalize (GObject *object)
{
  PnRecipeEditor *self = PN_RECIPE_EDITOR (object);

  g_free (self->id);
  g_clear_pointer (&self->base, pn_recipe_draft_free);
  g_clear_pointer (&self->draft, pn_recipe_draft_free);
  G_OBJECT_CLASS (pn_recipe_editor_parent_class)->finalize (object);
}

static void
pn_recipe_editor_class_init (PnRecipeEditorClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_recipe_editor_dispose;
  G_OBJECT_CLASS (klass)->finalize = pn_recipe_editor_finalize;
  g_type_ensure (PN_TYPE_FILE_ROW);
  g_type_ensure (PN_TYPE_FIELD_STATUS);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-recipe-editor.ui");
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      PnRecipeField field = fields[i].field;
      g_autofree char *status = g_strconcat (fields[i].name, "_status", NULL);
      g_autofree char *toggle = g_strconcat (fields[i].name, "_switch", NULL);

      gtk_widget_class_bind_template_child_full (widget_class, fields[i].name, FALSE,
                                                 G_STRUCT_OFFSET (PnRecipeEditor, rows) +
                                                     (gssize) (field * sizeof (gpointer)));
      gtk_widget_class_bind_template_child_full (widget_class, status, FALSE,
                                                 G_STRUCT_OFFSET (PnRecipeEditor, statuses) +
                                                     (gssize) (field * sizeof (gpointer)));
      if (pn_recipe_field_get_kind (field) == PN_RECIPE_KIND_SWITCH)
        gtk_widget_class_bind_template_child_full (widget_class, toggle, FALSE,
                                                   G_STRUCT_OFFSET (PnRecipeEditor, switches) +
                                                       (gssize) (field * sizeof (gpointer)));
    }
  gtk_widget_class_bind_template_child (widget_class, PnRecipeEditor, families);
  gtk_widget_class_bind_template_child (widget_class, PnRecipeEditor, modes);
  gtk_widget_class_bind_template_child (widget_class, PnRecipeEditor, family_group);
  gtk_widget_class_bind_template_child (widget_class, PnRecipeEditor, mode_group);
  gtk_widget_class_bind_template_child (widget_class, PnRecipeEditor, key_group);
  gtk_widget_class_bind_template_child (widget_class, PnRecipeEditor, hooks_group);
  gtk_widget_class_bind_template_child (widget_class, PnRecipeEditor, cipher);
  gtk_widget_class_bind_template_child (widget_class, PnRecipeEditor, fingerprint);
  gtk_widget_class_bind_template_child (widget_class, PnRecipeEditor, lock);
  gtk_widget_class_bind_template_child (widget_class, PnRecipeEditor, revealer);
  gtk_widget_class_bind_template_child (widget_class, PnRecipeEditor, bar);
  gtk_widget_class_bind_template_child (widget_class, PnRecipeEditor, state);
  gtk_widget_class_bind_template_child (widget_class, PnRecipeEditor, save);
  gtk_widget_class_bind_template_child (widget_class, PnRecipeEditor, go);
  gtk_widget_class_bind_template_callback (widget_class, name_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, storage_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, gpio_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, choose_image_cb);
  gtk_widget_class_bind_template_callback (widget_class, path_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, switched_cb);
  gtk_widget_class_install_action (widget_class, "editor.save", NULL, save_action);
  gtk_widget_class_install_action (widget_class, "editor.discard", NULL, discard_action);
  gtk_widget_class_install_action (widget_class, "editor.go-to-problem", NULL, go_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_s, GDK_CONTROL_MASK, "editor.save",
                                       NULL);
}

/* @note (nullable): what is permanent in it. */
static PnChoice *
add_card (
    PnRecipeEditor *self, GtkFlowBox *box, const char *title, const char *text, const char *note)
{
  PnChoice *card = g_object_new (PN_TYPE_CHOICE, "flat", TRUE, "title", title, "text", text, "note",
                                 note, "permanent", note != NULL, NULL);

  g_signal_connect_swapped (card, "toggled", G_CALLBACK (card_toggled_cb), self);
  gtk_flow_box_append (box, GTK_WIDGET (card));
  gtk_widget_set_focusable (gtk_widget_get_parent (GTK_WIDGET (card)), FALSE);
  /* The box passes over an insensitive child; at one with an insensitive card Tab would stay. */
  g_object_bind_property (card, "sensitive", gtk_widget_get_parent (GTK_WIDGET (card)), "sensitive",
                          G_BINDING_SYNC_CREATE);
  return card;
}

static void
make_cards (PnRecipeEditor *self)
{
  self->family_cards[PN_CHIP_BCM2712] = add_card (self, self->families, _ ("Raspberry Pi 5 family"),
                                                  _ ("5, 500, Compute Module 5"), NULL);
  self->family_cards[PN_CHIP_BCM2711] = add_card (self, self->families, _ ("Raspberry Pi 4 family"),
                                                  _ ("4, 400, Compute Module 4 and 4S"), NULL);
  self->family_cards[PN_CHIP_BCM2710] =
      add_card (self, self->families, _ ("Raspberry Pi Zero 2 W"), _ ("Cannot be locked"), NULL);
  self->mode_cards[PN_MODE_SECURE_BOOT] = add_card (
      self, self->modes, _ ("Locked and encrypted"),
      _ ("Only your signed software starts, and nobody reads the storage elsewhere. Takes about "
         "half a minute longer."),
      _ ("Each device is bound to your key for ever"));
  self->mode_cards[PN_MODE_FDE_ONLY] =
      add_card (self, self->modes, _ ("Encrypted only"),
                _ ("Nobody reads the storage elsewhere, but any software starts."),
                _ ("Each device makes an identity of its own"));
  self->mode_cards[PN_MODE_NAKED] =
      add_card (self, self->modes, _ ("Plain"),
                _ ("The image as it is. Nothing is protected, and everything can be changed "
                   "later. The fastest."),
                NULL);
  for (guint i = 1; i < N_CHOICES; i++)
    {
      gtk_toggle_button_set_group (GTK_TOGGLE_BUTTON (self->family_cards[i]),
                                   GTK_TOGGLE_BUTTON (self->family_cards[0]));
      gtk_toggle_button_set_group (GTK_TOGGLE_BUTTON (self->mode_cards[i]),
                                   GTK_TOGGLE_BUTTON (self->mode_cards[0]));
    }
}

static void
narrow_cb (PnRecipeEditor *self)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self->bar), pn_page_get_narrow (PN_PAGE (self))
                                                                  ? GTK_ORIENTATION_VERTICAL
                                                                  : GTK_ORIENTATION_HORIZONTAL);
}

static void
make_marks (PnRecipeEditor *self)
{
  static const PnRecipeField marked[] = {
    PN_RECIPE_STORAGE, PN_RECIPE_IMAGE,     PN_RECIPE_KEY,        PN_RECIPE_UPDATE_EEPROM,
    PN_RECIPE_CONFIG,  PN_RECIPE_JTAG_LOCK, PN_RECIPE_DEVICE_KEY, PN_RECIPE_RPIBOOT_GPIO,
  };

  for (guint i = 0; i < G_N_ELEMENTS (marked); i++)
    {
      PnRecipeField field = marked[i];

      self->marks[field] = pn_mark_new (PN_PERMANENCE_REVERSIBLE);
      adw_action_row_add_suffix (ADW_ACTION_ROW (self->rows[field]), self->marks[field]);
    }
  adw_action_row_add_suffix (self->lock, pn_mark_new (PN_PERMANENCE_PERMANENT));
}

static void
pn_recipe_editor_init (PnRecipeEditor *self)
{
  g_autoptr (GtkStringList) storages = gtk_string_list_new (NULL);
  g_autoptr (GtkStringList) pins = gtk_string_list_new (gpios);
  GListModel *images = pn_image_library_get_images (pn_image_library_get_default ());

  gtk_widget_init_template (GTK_WIDGET (self));
  self->checker = pn_recipe_checker_new ();
  g_signal_connect_swapped (self->checker, "checked", G_CALLBACK (checked_cb), self);
  self->filling = TRUE;
  for (guint i = 0; i <= PN_STORAGE_NVME; i++)
    gtk_string_list_append (storages, pn_storage_to_label ((PnStorage) i));
  adw_combo_row_set_model (ADW_COMBO_ROW (self->rows[PN_RECIPE_STORAGE]), G_LIST_MODEL (storages));
  adw_combo_row_set_model (ADW_COMBO_ROW (self->rows[PN_RECIPE_RPIBOOT_GPIO]), G_LIST_MODEL (pins));
  g_signal_connect_object (images, "items-changed", G_CALLBACK (show_image_name), self,
                           G_CONNECT_SWAPPED);
  make_cards (self);
  make_marks (self);
  make_hooks (self);
  self->filling = FALSE;
  g_signal_connect (self, "notify::narrow", G_CALLBACK (narrow_cb), NULL);
  narrow_cb (self);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "editor.save", FALSE);
  gtk_widget_set_sensitive (GTK_WIDGET (self), FALSE);
}

PnPage *
pn_recipe_editor_new (const char *id)
{
  PnRecipeEditor *self = g_object_new (PN_TYPE_RECIPE_EDITOR, NULL);

  self->id = g_strdup (id);
  load (self);
  return PN_PAGE (self);
}

gboolean
pn_recipe_editor_is_loaded (PnRecipeEditor *self)
{
  return self->draft != NULL && !pn_recipe_checker_is_busy (self->checker);
}

const PnRecipeDraft *
pn_recipe_editor_get_draft (PnRecipeEditor *self)
{
  return self->draft;
}
