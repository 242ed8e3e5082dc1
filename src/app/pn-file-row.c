/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-file-row.h"

#include <glib/gi18n.h>

struct _PnFileRow
{
  AdwActionRow parent_instance;
  char *path, *placeholder, *words, *folder;
  GtkWidget *clear, *choose;
  GtkFileChooserNative *chooser;
};

typedef enum
{
  PROP_PATH = 1,
  PROP_PLACEHOLDER,
  PROP_WORDS,
  N_PROPS
} PnFileRowProperty;
static GParamSpec *properties[N_PROPS];
static guint choose_signal;

G_DEFINE_FINAL_TYPE (PnFileRow, pn_file_row, ADW_TYPE_ACTION_ROW)

static void
show (PnFileRow *self)
{
  g_autofree char *name = self->path != NULL ? g_filename_display_basename (self->path) : NULL;
  g_autofree char *whole = self->path != NULL ? g_filename_display_name (self->path) : NULL;
  const char *text = name == NULL ? self->placeholder : self->words != NULL ? self->words : name;
  g_autofree char *escaped = g_markup_escape_text (text != NULL ? text : "", -1);

  adw_action_row_set_subtitle (ADW_ACTION_ROW (self), escaped);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), whole);
  gtk_widget_set_visible (self->clear, self->path != NULL);
}

const char *
pn_file_row_get_path (PnFileRow *self)
{
  return self->path;
}

void
pn_file_row_set_path (PnFileRow *self, const char *path)
{
  if (g_strcmp0 (self->path, path) == 0)
    return;
  g_free (self->path);
  self->path = g_strdup (path);
  show (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PATH]);
}

void
pn_file_row_set_folder (PnFileRow *self, const char *folder)
{
  g_free (self->folder);
  self->folder = g_strdup (folder);
}

static void
chosen_cb (PnFileRow *self, int response)
{
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (self->chooser));
  g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;

  if (response == GTK_RESPONSE_ACCEPT && path != NULL)
    pn_file_row_set_path (self, path);
  g_clear_object (&self->chooser);
}

void
pn_file_row_browse (PnFileRow *self, gboolean for_folder)
{
  g_autofree char *start =
      self->path != NULL ? g_path_get_dirname (self->path) : g_strdup (self->folder);
  g_autoptr (GFile) folder = start != NULL ? g_file_new_for_path (start) : NULL;

  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (
      adw_preferences_row_get_title (ADW_PREFERENCES_ROW (self)),
      GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))),
      for_folder ? GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER : GTK_FILE_CHOOSER_ACTION_OPEN,
      _ ("_Choose"), _ ("_Cancel"));
  g_signal_connect_swapped (self->chooser, "response", G_CALLBACK (chosen_cb), self);
  if (folder != NULL)
    gtk_file_chooser_set_current_folder (GTK_FILE_CHOOSER (self->chooser), folder, NULL);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
choose_cb (PnFileRow *self)
{
  gboolean handled = FALSE;

  g_signal_emit (self, choose_signal, 0, &handled);
  if (!handled)
    pn_file_row_browse (self, FALSE);
}

static void
clear_cb (PnFileRow *self)
{
  pn_file_row_set_path (self, NULL);
}

static gboolean
drop_cb (PnFileRow *self, const GValue *value)
{
  GSList *files = g_value_get_boxed (value);
  g_autofree char *path = files != NULL ? g_file_get_path (files->data) : NULL;

  if (path == NULL)
    return FALSE;
  pn_file_row_set_path (self, path);
  return TRUE;
}

static void
pn_file_row_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PnFileRow *self = PN_FILE_ROW (object);

  switch ((PnFileRowProperty) prop_id)
    {
    case PROP_PATH:
      g_value_set_string (value, self->path);
      break;
    case PROP_PLACEHOLDER:
      g_value_set_string (value, self->placeholder);
      break;
    case PROP_WORDS:
      g_value_set_string (value, self->words);
      break;
    case N_PROPS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
pn_file_row_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  PnFileRow *self = PN_FILE_ROW (object);

  switch ((PnFileRowProperty) prop_id)
    {
    case PROP_PATH:
      pn_file_row_set_path (self, g_value_get_string (value));
      break;
    case PROP_PLACEHOLDER:
      g_free (self->placeholder);
      self->placeholder = g_value_dup_string (value);
      show (self);
      break;
    case PROP_WORDS:
      g_free (self->words);
      self->words = g_value_dup_string (value);
      show (self);
      break;
    case N_PROPS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
pn_file_row_finalize (GObject *object)
{
  PnFileRow *self = PN_FILE_ROW (object);

  g_clear_object (&self->chooser);
  g_free (self->path);
  g_free (self->placeholder);
  g_free (self->words);
  g_free (self->folder);
  G_OBJECT_CLASS (pn_file_row_parent_class)->finalize (object);
}

static void
pn_file_row_class_init (PnFileRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->finalize = pn_file_row_finalize;
  object_class->get_property = pn_file_row_get_property;
  object_class->set_property = pn_file_row_set_property;
  properties[PROP_PATH] = g_param_spec_string ("path", NULL, NULL, NULL, flags);
  properties[PROP_PLACEHOLDER] = g_param_spec_string ("placeholder", NULL, NULL, NULL, flags);
  properties[PROP_WORDS] = g_param_spec_string ("words", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  choose_signal = g_signal_new ("choose", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                g_signal_accumulator_true_handled, NULL, NULL, G_TYPE_BOOLEAN, 0);
}

static GtkWidget *
make_button (const char *icon, const char *label)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (button, label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  -1);
  gtk_widget_add_css_class (button, "flat");
  return button;
}

static void
pn_file_row_init (PnFileRow *self)
{
  GtkDropTarget *target = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);

  self->clear = make_button ("edit-clear-symbolic", _ ("Use no file of your own"));
  self->choose = make_button ("document-open-symbolic", _ ("Choose a file…"));
  g_signal_connect_swapped (self->clear, "clicked", G_CALLBACK (clear_cb), self);
  g_signal_connect_swapped (self->choose, "clicked", G_CALLBACK (choose_cb), self);
  adw_action_row_add_suffix (ADW_ACTION_ROW (self), self->clear);
  adw_action_row_add_suffix (ADW_ACTION_ROW (self), self->choose);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (self), self->choose);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (self), 2);
  g_signal_connect_swapped (target, "drop", G_CALLBACK (drop_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (target));
  show (self);
}
