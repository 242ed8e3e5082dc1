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
  GArray *records; /* gint64 */
  guint next;      /* of them */
  guint left_out;  /* those that did not pass here */
  char *folder, *station_key;
  GPtrArray *certificates; /* PnCertificate */
} Saving;

static void
saving_free (gpointer data)
{
  Saving *self = data;

  g_object_unref (self->widget);
  g_object_unref (self->client);
  g_array_unref (self->records);
  g_ptr_array_unref (self->certificates);
  g_free (self->folder);
  g_free (self->station_key);
  g_free (self);
}

static Saving *
saving_new (GtkWidget *widget, PnClient *client, GArray *records)
{
  Saving *self = g_new0 (Saving, 1);

  self->widget = g_object_ref (widget);
  self->client = g_object_ref (client);
  self->records = g_array_ref (records);
  self->certificates = g_ptr_array_new_with_free_func ((GDestroyNotify) pn_certificate_free);
  return self;
}

/* (transfer full) */
static char *
describe (Saving *self)
{
  guint n = self->certificates->len;
  /* Translators: %2$s is a folder. */
  g_autofree char *saved = g_strdup_printf (
      ngettext ("%1$u certificate saved in %2$s.", "%1$u certificates saved in %2$s.", n), n,
      self->folder);
  g_autofree char *left_out =
      self->left_out > 0
          ? g_strdup_printf (ngettext ("%u run did not pass at this station, and has none.",
                                       "%u runs did not pass at this station, and have none.",
                                       self->left_out),
                             self->left_out)
          : NULL;

  if (n == 0)
    return g_steal_pointer (&left_out);
  return g_strjoin (" ", saved, left_out, NULL);
}

static void
tell (Saving *self, const GError *error)
{
  PnWindow *window = pn_window_of (self->widget);
  g_autofree char *text =
      error != NULL
          /* Translators: %s is a sentence that says why, without full stop. */
          ? g_strdup_printf (_ ("Nothing was certified: %s."), pn_error_text (error))
          : describe (self);

  if (window != NULL && !pn_error_is_dismissed (error))
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

static void begin (Saving *self);

static void
write_all (Saving *self)
{
  g_autoptr (GTask) task = NULL;

  if (self->certificates->len == 0)
    {
      tell (self, NULL);
      saving_free (self);
      return;
    }
  self->station_key = g_strdup (pn_client_get_station_key (self->client));
  task = g_task_new (NULL, NULL, written_cb, NULL);
  g_task_set_task_data (task, self, saving_free);
  g_task_run_in_thread (task, write_worker);
}

static void
certified_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Saving *self = user_data;
  g_autoptr (GError) error = NULL;
  PnCertificate *certificate = pn_client_certify_record_finish (PN_CLIENT (source), result, &error);

  self->next++;
  if (certificate != NULL)
    g_ptr_array_add (self->certificates, certificate);
  else if (self->records->len > 1 && g_error_matches (error, PN_ERROR, PN_ERROR_INVALID_ARGUMENT))
    self->left_out++;
  else
    {
      tell (self, error);
      saving_free (self);
      return;
    }
  begin (self);
}

/* Takes @self, which has a folder. */
static void
begin (Saving *self)
{
  if (self->next >= self->records->len)
    write_all (self);
  else
    pn_client_certify_record_async (self->client, g_array_index (self->records, gint64, self->next),
                                    NULL, certified_cb, self);
}

void
pn_certificate_save (GtkWidget *widget, PnClient *client, GArray *records, const char *folder)
{
  Saving *self = saving_new (widget, client, records);

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
pn_certificate_save_ask (GtkWidget *widget, PnClient *client, GArray *records)
{
  GtkFileChooserNative *chooser = gtk_file_chooser_native_new (
      ngettext ("Save certificate", "Save certificates", records->len),
      GTK_WINDOW (gtk_widget_get_root (widget)), GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _ ("_Save"),
      _ ("_Cancel"));

  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (chooser), TRUE);
  g_signal_connect (chooser, "response", G_CALLBACK (chosen_cb),
                    saving_new (widget, client, records));
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

void
pn_certificate_save_ask_one (GtkWidget *widget, PnClient *client, gint64 record)
{
  g_autoptr (GArray) records = g_array_new (FALSE, FALSE, sizeof (gint64));

  g_array_append_val (records, record);
  pn_certificate_save_ask (widget, client, records);
}
