/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-app.h"
#include "pn-bundles-page.h"

#include <glib/gi18n.h>

#include "pn-bundle-install.h"
#include "pn-bundle-row.h"
#include "pn-error.h"
#include "pn-job-row.h"
#include "pn-limits-dialog.h"
#include "pn-window.h"

struct _PnBundlesPage
{
  PnPage parent_instance;
  GtkStack *stack;
  AdwActionRow *room;
  GtkWidget *install, *install_narrow, *jobs_part;
  GtkListBox *jobs, *list;

  PnClient *client;
  GListModel *bundles;
  GtkFilterListModel *installing; /* jobs */
  GtkFileChooserNative *chooser;
  gint64 opened; /* unix time, µs */
};

G_DEFINE_FINAL_TYPE (PnBundlesPage, pn_bundles_page, PN_TYPE_PAGE)

/* ---- what is shown ---- */

char *
pn_bundles_describe (PnClient *client)
{
  GListModel *bundles = pn_client_get_bundles (client);
  guint n = g_list_model_get_n_items (bundles);
  guint64 bytes = 0;
  g_autofree char *size = NULL;

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (PnClientBundle) bundle = g_list_model_get_item (bundles, i);

      bytes += pn_client_bundle_get_size (bundle);
    }
  size = g_format_size (bytes);
  if (n == 0)
    return g_strdup (_ ("None"));
  /* Translators: %s is the size of all of them. */
  return g_strdup_printf (ngettext ("%u bundle, %s", "%u bundles, %s", n), n, size);
}

static void
show_room (PnBundlesPage *self)
{
  guint max = pn_client_get_max_bundles (self->client);
  g_autofree char *used = pn_bundles_describe (self->client);
  g_autofree char *left = g_format_size (pn_client_get_store_room (self->client));
  g_autofree char *room = g_strdup_printf (
      ngettext ("Room for %2$s of bundles that are not there yet; at most %1$u bundle.",
                "Room for %2$s of bundles that are not there yet; at most %1$u bundles.", max),
      max, left);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->room), used);
  adw_action_row_set_subtitle (self->room, room);
}

static void
show (PnBundlesPage *self)
{
  gboolean ready = pn_client_get_state (self->client) == PN_CLIENT_READY;
  gboolean narrow = pn_page_get_narrow (PN_PAGE (self));
  guint n = g_list_model_get_n_items (self->bundles);
  guint n_jobs = g_list_model_get_n_items (G_LIST_MODEL (self->installing));

  gtk_stack_set_visible_child_name (self->stack, !ready            ? "gone"
                                                 : n + n_jobs == 0 ? "empty"
                                                                   : "list");
  gtk_widget_set_visible (self->install, ready && n + n_jobs > 0 && !narrow);
  gtk_widget_set_visible (self->install_narrow, ready && n + n_jobs > 0 && narrow);
  gtk_widget_set_visible (self->jobs_part, n_jobs > 0);
  gtk_widget_set_visible (GTK_WIDGET (self->list), n > 0);
  show_room (self);
}

/* ---- removing ---- */

static void
removed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PnBundlesPage) self = user_data;
  g_autoptr (GError) error = NULL;

  (void) pn_client_store_finish (PN_CLIENT (source), result, &error);
  pn_window_toast_error (GTK_WIDGET (self), error);
}

static void
answered_cb (AdwMessageDialog *dialog, const char *response, PnBundlesPage *self)
{
  const char *digest = g_object_get_data (G_OBJECT (dialog), "digest");

  if (g_str_equal (response, "remove"))
    pn_client_remove_bundle_async (self->client, digest, removed_cb, g_object_ref (self));
}

static void
remove_cb (PnBundleRow *row, PnBundlesPage *self)
{
  PnClientBundle *bundle = pn_bundle_row_get_bundle (row);
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))),
                                              _ ("Remove this bundle?"), NULL);

  adw_message_dialog_format_body (
      ADW_MESSAGE_DIALOG (dialog),
      _ ("“%s” is no longer at this station then. It can be installed again from where it was "
         "prepared."),
      pn_client_bundle_get_recipe (bundle));
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), "remove",
                                    _ ("_Remove"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "remove",
                                              ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_object_set_data_full (G_OBJECT (dialog), "digest",
                          g_strdup (pn_client_bundle_get_digest (bundle)), g_free);
  g_signal_connect_object (dialog, "response", G_CALLBACK (answered_cb), self, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

static GtkWidget *
make_row (gpointer bundle, gpointer self)
{
  GtkWidget *row = pn_bundle_row_new (bundle);

  g_signal_connect_object (row, "remove", G_CALLBACK (remove_cb), self, 0);
  return row;
}

/* ---- installing ---- */

/* Whatever of it is over and went well is in the list; what failed is of this page's time. */
static gboolean
is_shown (gpointer item, gpointer user_data)
{
  PnBundlesPage *self = user_data;

  return g_str_equal (pn_job_get_kind (item), PN_BUNDLE_INSTALL_JOB) &&
         (pn_job_is_going (item) ||
          (pn_job_get_state (item) == PN_JOB_FAILED && pn_job_get_ended (item) >= self->opened));
}

static void
job_state_cb (PnBundlesPage *self, GParamSpec *pspec, PnJob *job)
{
  PnWindow *window = pn_window_of (GTK_WIDGET (self));

  gtk_filter_changed (gtk_filter_list_model_get_filter (self->installing),
                      GTK_FILTER_CHANGE_DIFFERENT);
  if (window != NULL && pn_job_get_state (job) == PN_JOB_SUCCEEDED)
    pn_window_toast (window, _ ("Bundle installed."));
}

static GtkWidget *
make_job_row (gpointer job, gpointer self)
{
  GtkWidget *row = gtk_list_box_row_new ();

  (void) g_signal_handlers_disconnect_by_func (job, job_state_cb, self);
  g_signal_connect_object (job, "notify::state", G_CALLBACK (job_state_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), pn_job_row_new (job));
  return row;
}

static void
install_files (PnPage *page, GFile **files, guint n_files)
{
  PnBundlesPage *self = PN_BUNDLES_PAGE (page);

  for (guint i = 0; i < n_files; i++)
    if (g_file_peek_path (files[i]) != NULL)
      (void) pn_bundle_install_start (self->client, files[i]);
}

static void
chosen_cb (PnBundlesPage *self, int response)
{
  g_autoptr (GListModel) files = gtk_file_chooser_get_files (GTK_FILE_CHOOSER (self->chooser));
  guint n = g_list_model_get_n_items (files);

  for (guint i = 0; i < n && response == GTK_RESPONSE_ACCEPT; i++)
    {
      g_autoptr (GFile) file = g_list_model_get_item (files, i);

      install_files (PN_PAGE (self), &file, 1);
    }
  g_clear_object (&self->chooser);
}

static void
install_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  PnBundlesPage *self = PN_BUNDLES_PAGE (widget);
  gboolean folder = g_str_equal (action, "bundles.install-folder");

  g_clear_object (&self->chooser);
  self->chooser = gtk_file_chooser_native_new (
      _ ("Choose a bundle"), GTK_WINDOW (gtk_widget_get_root (widget)),
      folder ? GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER : GTK_FILE_CHOOSER_ACTION_OPEN, _ ("_Install"),
      _ ("_Cancel"));
  gtk_file_chooser_set_select_multiple (GTK_FILE_CHOOSER (self->chooser), TRUE);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (chosen_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
limits_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  pn_dialog_present (pn_limits_dialog_new (PN_BUNDLES_PAGE (widget)->client), widget);
}

/* ---- the object ---- */

static void
forget_client (PnBundlesPage *self)
{
  if (self->client == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->client, self);
  g_signal_handlers_disconnect_by_data (self->bundles, self);
  gtk_list_box_bind_model (self->list, NULL, NULL, NULL, NULL);
  g_clear_object (&self->client);
  g_clear_object (&self->bundles);
}

static void
follow_client (PnBundlesPage *self)
{
  forget_client (self);
  self->client = g_object_ref (pn_app_get_client (pn_app_get_default ()));
  self->bundles = g_object_ref (pn_client_get_bundles (self->client));
  gtk_list_box_bind_model (self->list, self->bundles, make_row, self, NULL);
  g_signal_connect_swapped (self->bundles, "items-changed", G_CALLBACK (show), self);
  g_signal_connect_swapped (self->client, "notify", G_CALLBACK (show), self);
  show (self);
}

static void
pn_bundles_page_dispose (GObject *object)
{
  PnBundlesPage *self = PN_BUNDLES_PAGE (object);

  forget_client (self);
  if (self->installing != NULL)
    g_signal_handlers_disconnect_by_data (self->installing, self);
  g_clear_object (&self->installing);
  g_clear_object (&self->chooser);
  G_OBJECT_CLASS (pn_bundles_page_parent_class)->dispose (object);
}

static void
pn_bundles_page_class_init (PnBundlesPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  PnPageClass *page_class = PN_PAGE_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_bundles_page_dispose;
  page_class->open_files = install_files;
  page_class->drop_words = N_ ("Drop to install the bundle");
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-bundles-page.ui");
  gtk_widget_class_bind_template_child (widget_class, PnBundlesPage, stack);
  gtk_widget_class_bind_template_child (widget_class, PnBundlesPage, room);
  gtk_widget_class_bind_template_child (widget_class, PnBundlesPage, install);
  gtk_widget_class_bind_template_child (widget_class, PnBundlesPage, install_narrow);
  gtk_widget_class_bind_template_child (widget_class, PnBundlesPage, jobs_part);
  gtk_widget_class_bind_template_child (widget_class, PnBundlesPage, jobs);
  gtk_widget_class_bind_template_child (widget_class, PnBundlesPage, list);
  gtk_widget_class_install_action (widget_class, "bundles.install-file", NULL, install_action);
  gtk_widget_class_install_action (widget_class, "bundles.install-folder", NULL, install_action);
  gtk_widget_class_install_action (widget_class, "bundles.limits", NULL, limits_action);
}

static void
pn_bundles_page_init (PnBundlesPage *self)
{
  PnApp *app = pn_app_get_default ();

  self->opened = g_get_real_time ();
  gtk_widget_init_template (GTK_WIDGET (self));
  self->installing =
      gtk_filter_list_model_new (g_object_ref (pn_app_get_jobs (app)),
                                 GTK_FILTER (gtk_custom_filter_new (is_shown, self, NULL)));
  gtk_list_box_bind_model (self->jobs, G_LIST_MODEL (self->installing), make_job_row, self, NULL);
  g_signal_connect_swapped (self->installing, "items-changed", G_CALLBACK (show), self);
  g_signal_connect_object (app, "notify::client", G_CALLBACK (follow_client), self,
                           G_CONNECT_SWAPPED);
  follow_client (self);
  g_signal_connect (self, "notify::narrow", G_CALLBACK (show), NULL);
}

PnPage *
pn_bundles_page_new (void)
{
  return g_object_new (PN_TYPE_BUNDLES_PAGE, NULL);
}
