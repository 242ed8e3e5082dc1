/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-enrol-dialog.h"

#include <glib/gi18n.h>
#include <string.h>

#include "pn-error.h"
#include "pn-file-row.h"
#include "pn-format.h"
#include "pn-io.h"
#include "pn-public-key.h"

#define MAX_NAME 60 /* characters, as of EnrolKey */

struct _PnEnrolDialog
{
  PnDialog parent_instance;
  GtkButton *enrol;
  GtkLabel *problem;
  AdwComboRow *which;
  PnFileRow *file;
  AdwActionRow *fingerprint;
  AdwEntryRow *name;

  PnClient *client;
  GPtrArray *known; /* fingerprints of the keys that can be chosen, the file after them */
  char *read;       /* fingerprint of the key in the file; NULL = none */
  GCancellable *reading;
};

G_DEFINE_FINAL_TYPE (PnEnrolDialog, pn_enrol_dialog, PN_TYPE_DIALOG)

/* NULL while there is none. */
static const char *
get_fingerprint (PnEnrolDialog *self)
{
  guint chosen = adw_combo_row_get_selected (self->which);

  return chosen < self->known->len ? self->known->pdata[chosen] : self->read;
}

static char *
get_name (PnEnrolDialog *self)
{
  return g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->name))));
}

static void
show_problem (PnEnrolDialog *self, const char *text)
{
  gtk_label_set_label (self->problem, text != NULL ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (self->problem), text != NULL);
}

static void
changed_cb (PnEnrolDialog *self)
{
  const char *fingerprint = get_fingerprint (self);
  g_autofree char *groups = fingerprint != NULL ? pn_format_fingerprint (fingerprint) : NULL;
  g_autofree char *name = get_name (self);
  glong length = g_utf8_strlen (name, -1);

  gtk_widget_set_visible (GTK_WIDGET (self->file),
                          adw_combo_row_get_selected (self->which) >= self->known->len);
  adw_action_row_set_subtitle (self->fingerprint, groups != NULL ? groups : _ ("Not known yet"));
  gtk_widget_set_sensitive (GTK_WIDGET (self->enrol),
                            fingerprint != NULL && length >= 1 && length <= MAX_NAME);
  if (length > MAX_NAME)
    gtk_widget_add_css_class (GTK_WIDGET (self->name), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->name), "error");
}

/* ---- which key ---- */

static gboolean
is_enrolled (PnEnrolDialog *self, const char *fingerprint)
{
  GVariant *keys = pn_client_get_enrolled_keys (self->client);

  for (gsize i = 0; keys != NULL && i < g_variant_n_children (keys); i++)
    {
      const char *one;

      g_variant_get_child (keys, i, "(&s&s)", &one, NULL);
      if (g_str_equal (one, fingerprint))
        return TRUE;
    }
  return FALSE;
}

/* Those that signed a bundle which the station has, and that it does not know yet. */
static void
find_known (PnEnrolDialog *self)
{
  GListModel *bundles = pn_client_get_bundles (self->client);
  g_autoptr (GtkStringList) words = gtk_string_list_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (bundles); i++)
    {
      g_autoptr (PnClientBundle) bundle = g_list_model_get_item (bundles, i);
      const char *fingerprint = pn_client_bundle_get_fingerprint (bundle);
      g_autofree char *start = pn_format_short_fingerprint (fingerprint);
      /* Translators: the start of a key's fingerprint, and a recipe's name. */
      g_autofree char *word =
          g_strdup_printf (_ ("%s, of “%s”"), start, pn_client_bundle_get_recipe (bundle));

      if (fingerprint[0] == '\0' || is_enrolled (self, fingerprint) ||
          g_ptr_array_find_with_equal_func (self->known, fingerprint, g_str_equal, NULL))
        continue;
      g_ptr_array_add (self->known, g_strdup (fingerprint));
      gtk_string_list_append (words, word);
    }
  gtk_string_list_append (words, _ ("From a file"));
  adw_combo_row_set_model (self->which, G_LIST_MODEL (words));
  gtk_widget_set_visible (GTK_WIDGET (self->which), self->known->len > 0);
}

static void
read_thread (GTask *task, gpointer source, gpointer path, GCancellable *cancellable)
{
  GError *error = NULL;
  g_autoptr (GBytes) pem = pn_read_file (path, PN_PUBLIC_KEY_PEM_MAX, &error);
  g_autoptr (PnPublicKey) key = pem != NULL ? pn_public_key_new_from_pem (pem, &error) : NULL;
  PnSha256 fingerprint;

  if (key == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  fingerprint = pn_public_key_get_fingerprint (key);
  g_task_return_pointer (task, pn_sha256_to_hex (&fingerprint), g_free);
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  PnEnrolDialog *self = PN_ENROL_DIALOG (source);
  g_autoptr (GError) error = NULL;
  char *fingerprint = g_task_propagate_pointer (G_TASK (result), &error);

  if (pn_error_is_cancelled (error))
    return;
  g_free (self->read);
  self->read = fingerprint;
  show_problem (self, error != NULL ? pn_error_text (error) : NULL);
  changed_cb (self);
}

static void
path_cb (PnEnrolDialog *self)
{
  const char *path = pn_file_row_get_path (self->file);
  g_autoptr (GTask) task = NULL;

  g_cancellable_cancel (self->reading);
  g_clear_object (&self->reading);
  g_clear_pointer (&self->read, g_free);
  show_problem (self, NULL);
  changed_cb (self);
  if (path == NULL)
    return;
  self->reading = g_cancellable_new ();
  task = g_task_new (self, self->reading, read_cb, NULL);
  g_task_set_task_data (task, g_strdup (path), g_free);
  g_task_run_in_thread (task, read_thread);
}

/* ---- enrolling ---- */

static void
enrolled_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PnEnrolDialog) self = user_data;
  g_autoptr (GError) error = NULL;

  if (pn_client_store_finish (PN_CLIENT (source), result, &error))
    {
      gtk_window_close (GTK_WINDOW (self));
      return;
    }
  changed_cb (self);
  show_problem (self, pn_error_is_dismissed (error) ? NULL : pn_error_text (error));
}

static void
enrol_cb (PnEnrolDialog *self)
{
  g_autofree char *name = get_name (self);

  if (!gtk_widget_get_sensitive (GTK_WIDGET (self->enrol)))
    return;
  gtk_widget_set_sensitive (GTK_WIDGET (self->enrol), FALSE);
  pn_client_enrol_key_async (self->client, get_fingerprint (self), name, enrolled_cb,
                             g_object_ref (self));
}

/* ---- the object ---- */

static void
pn_enrol_dialog_dispose (GObject *object)
{
  PnEnrolDialog *self = PN_ENROL_DIALOG (object);

  g_cancellable_cancel (self->reading);
  g_clear_object (&self->reading);
  gtk_widget_dispose_template (GTK_WIDGET (self), PN_TYPE_ENROL_DIALOG);
  g_clear_object (&self->client);
  g_clear_pointer (&self->known, g_ptr_array_unref);
  g_clear_pointer (&self->read, g_free);
  G_OBJECT_CLASS (pn_enrol_dialog_parent_class)->dispose (object);
}

static void
pn_enrol_dialog_class_init (PnEnrolDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_enrol_dialog_dispose;
  g_type_ensure (PN_TYPE_FILE_ROW);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-enrol-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, PnEnrolDialog, enrol);
  gtk_widget_class_bind_template_child (widget_class, PnEnrolDialog, problem);
  gtk_widget_class_bind_template_child (widget_class, PnEnrolDialog, which);
  gtk_widget_class_bind_template_child (widget_class, PnEnrolDialog, file);
  gtk_widget_class_bind_template_child (widget_class, PnEnrolDialog, fingerprint);
  gtk_widget_class_bind_template_child (widget_class, PnEnrolDialog, name);
  gtk_widget_class_bind_template_callback (widget_class, changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, enrol_cb);
}

static void
pn_enrol_dialog_init (PnEnrolDialog *self)
{
  self->known = g_ptr_array_new_with_free_func (g_free);
  gtk_widget_init_template (GTK_WIDGET (self));
}

PnDialog *
pn_enrol_dialog_new (PnClient *client)
{
  PnEnrolDialog *self = g_object_new (PN_TYPE_ENROL_DIALOG, NULL);

  self->client = g_object_ref (client);
  find_known (self);
  g_signal_connect_swapped (self->which, "notify::selected", G_CALLBACK (changed_cb), self);
  g_signal_connect_swapped (self->file, "notify::path", G_CALLBACK (path_cb), self);
  changed_cb (self);
  return PN_DIALOG (self);
}
