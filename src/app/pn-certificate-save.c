/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-certificate-save.h"

#include <glib/gi18n.h>

#include "pn-error.h"
#include "pn-window.h"

typedef struct
{
  GtkWidget *widget; /* where it was asked for */
  PnClient *client;
  gint64 record;
  char *folder, *station_key;
  GPtrArray *certificates; /* PnCertificate */
} Saving;

static void
saving_free (gpointer data)
{
  Saving *self = data;

  g_object_unref (self->widget);
  g_object_unref (self->client);
  g_ptr_array_unref (self->certificates);
  g_free (self->folder);
  g_free (self->station_key);
  g_free (self);
}

static Saving *
saving_new (GtkWidget *widget, PnClient *client, gint64 record)
{
  Saving *self = g_new0 (Saving, 1);

  self->widget = g_object_ref (widget);
  self->client = g_object_ref (client);
  self->record = record;
  self->certificates = g_ptr_array_new_with_free_func ((GDestroyNotify) pn_certificate_free);
  return self;
}

static void
tell (Saving *self, const GError *error)
{
  PnWindow *window = pn_window_of (self->widget);
  g_autofree char *text =
      error != NULL
          /* Translators: %s is a sentence that says why, without full stop. */
          ? g_strdup_printf (_ ("The certificate was not saved: %s."), pn_error_text (error))
          /* Translators: %s is a folder. */
          : g_strdup_printf (_ ("Certificate saved in %s."), self->folder);

  if (window != NULL)
    pn_window_toast (window, text);
}

static void
write_worker (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Saving *self = data;
  GError *error = NULL;

  if (pn_certificates_save (self->certificates, self->station_key, self->folder, TRUE, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  (void) g_task_propagate_boolean (G_TASK (result), &error);
  tell (g_task_get_task_data (G_TASK (result)), error);
}

static void
certified_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Saving *self = user_data;
  g_autoptr (GError) error = NULL;
  PnCertificate *certificate = pn_client_certify_record_finish (PN_CLIENT (source), result, &error);
  g_autoptr (GTask) task = NULL;

  if (certificate == NULL)
    {
      tell (self, error);
      saving_free (self);
      return;
    }
  g_ptr_array_add (self->certificates, certificate);
  self->station_key = g_strdup (pn_client_get_station_key (self->client));
  task = g_task_new (NULL, NULL, written_cb, NULL);
  g_task_set_task_data (task, self, saving_free);
  g_task_run_in_thread (task, write_worker);
}

/* Takes @self, which has a folder. */
static void
begin (Saving *self)
{
  pn_client_certify_record_async (self->client, self->record, NULL, certified_cb, self);
}

void
pn_certificate_save (GtkWidget *widget, PnClient *client, gint64 record, const char *folder)
{
  Saving *self = saving_new (widget, client, record);

  self->folder = g_strdup (folder);
  begin (self);
}

static void
chosen_cb (GtkNativeDialog *chooser, int response, Saving *self)
{
  g_autoptr (GFile) folder = response == GTK_RESPONSE_ACCEPT
                                 ? gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser))
                                 : NULL;

  self->folder = folder != NULL ? g_file_get_path (folder) : NULL;
  if (self->folder != NULL)
    begin (self);
  else
    saving_free (self);
  gtk_native_dialog_destroy (chooser);
  g_object_unref (chooser);
}

void
pn_certificate_save_ask (GtkWidget *widget, PnClient *client, gint64 record)
{
  GtkFileChooserNative *chooser = gtk_file_chooser_native_new (
      _ ("Save certificate"), GTK_WINDOW (gtk_widget_get_root (widget)),
      GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _ ("_Save"), _ ("_Cancel"));

  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (chooser), TRUE);
  g_signal_connect (chooser, "response", G_CALLBACK (chosen_cb),
                    saving_new (widget, client, record));
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}
