/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-passphrase-dialog.h"

#include <glib/gi18n.h>
#include <string.h>

struct _PnPassphraseDialog
{
  PnDialog parent_instance;
  AdwPreferencesGroup *group;
  AdwPasswordEntryRow *passphrase;
  GtkLabel *problem;
  GtkButton *unlock;
  GTask *task; /* until it is answered */
};

G_DEFINE_FINAL_TYPE (PnPassphraseDialog, pn_passphrase_dialog, PN_TYPE_DIALOG)

static void
changed_cb (PnPassphraseDialog *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->passphrase));

  gtk_widget_set_sensitive (GTK_WIDGET (self->unlock), text[0] != '\0');
}

static void
unlock_cb (PnPassphraseDialog *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->passphrase));
  g_autoptr (GTask) task = NULL;
  PnSecret *secret;

  if (text[0] == '\0' || self->task == NULL)
    return;
  secret = pn_secret_new (text, strlen (text));
  gtk_editable_set_text (GTK_EDITABLE (self->passphrase), "");
  task = g_steal_pointer (&self->task);
  g_task_return_pointer (task, secret, (GDestroyNotify) pn_secret_unref);
  gtk_window_close (GTK_WINDOW (self));
}

static void
pn_passphrase_dialog_dispose (GObject *object)
{
  PnPassphraseDialog *self = PN_PASSPHRASE_DIALOG (object);

  if (self->task != NULL)
    g_task_return_new_error (self->task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "%s",
                             _ ("No passphrase was given"));
  g_clear_object (&self->task);
  G_OBJECT_CLASS (pn_passphrase_dialog_parent_class)->dispose (object);
}

static void
pn_passphrase_dialog_class_init (PnPassphraseDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_passphrase_dialog_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-passphrase-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, PnPassphraseDialog, group);
  gtk_widget_class_bind_template_child (widget_class, PnPassphraseDialog, passphrase);
  gtk_widget_class_bind_template_child (widget_class, PnPassphraseDialog, problem);
  gtk_widget_class_bind_template_child (widget_class, PnPassphraseDialog, unlock);
  gtk_widget_class_bind_template_callback (widget_class, changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, unlock_cb);
}

static void
pn_passphrase_dialog_init (PnPassphraseDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
pn_passphrase_dialog_ask_async (GtkWidget *parent,
                                const char *file,
                                const char *problem,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  PnPassphraseDialog *self = g_object_new (PN_TYPE_PASSPHRASE_DIALOG, NULL);
  g_autofree char *name = g_filename_display_basename (file);
  g_autofree char *escaped = g_markup_escape_text (name, -1);
  /* Translators: the name of a key's file */
  g_autofree char *text = g_strdup_printf (_ ("The signing key in ‘%s’ is protected. Its "
                                              "passphrase is used once, now, and kept nowhere."),
                                           escaped);

  self->task = g_task_new (NULL, cancellable, callback, user_data);
  g_task_set_source_tag (self->task, pn_passphrase_dialog_ask_async);
  adw_preferences_group_set_description (self->group, text);
  gtk_label_set_label (self->problem, problem != NULL ? problem : "");
  gtk_widget_set_visible (GTK_WIDGET (self->problem), problem != NULL);
  pn_dialog_present (PN_DIALOG (self), parent);
  gtk_widget_grab_focus (GTK_WIDGET (self->passphrase));
}

PnSecret *
pn_passphrase_dialog_ask_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
