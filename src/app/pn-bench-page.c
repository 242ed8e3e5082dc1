/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-bench-page.h"

#include <glib/gi18n.h>

#include "pn-app.h"
#include "pn-bench-dialog.h"
#include "pn-bench-row.h"
#include "pn-error.h"
#include "pn-scenario.h"
#include "pn-spinner.h"
#include "pn-window.h"

struct _PnBenchPage
{
  PnPage parent_instance;
  GtkStack *stack;
  AdwStatusPage *gone;
  GtkListBox *list;
  GtkLabel *hint;
  GtkMenuButton *scenarios;
  PnClientBench *bench; /* NULL unless practising */
  GCancellable *playing;
};

G_DEFINE_FINAL_TYPE (PnBenchPage, pn_bench_page, PN_TYPE_PAGE)

/* ---- what is shown ---- */

static void
show (PnBenchPage *self)
{
  PnClientState state =
      self->bench != NULL ? pn_client_bench_get_state (self->bench) : PN_CLIENT_ABSENT;
  guint n = self->bench != NULL
                ? g_list_model_get_n_items (pn_client_bench_get_devices (self->bench))
                : 0;
  const char *problem = self->bench != NULL ? pn_client_bench_get_error (self->bench) : NULL;
  g_autofree char *count =
      g_strdup_printf (ngettext ("%u virtual device", "%u virtual devices", n), n);

  adw_status_page_set_description (self->gone, problem);
  gtk_stack_set_visible_child_name (self->stack,
                                    state == PN_CLIENT_READY ? n > 0 ? "devices" : "empty"
                                    : state == PN_CLIENT_ABSENT && problem != NULL ? "gone"
                                                                                   : "starting");
  pn_page_set_subtitle (PN_PAGE (self), n > 0 ? count : "");
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "bench.add", state == PN_CLIENT_READY);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "bench.play",
                                 state == PN_CLIENT_READY && self->playing == NULL);
}

static GtkWidget *
make_row (gpointer device, gpointer user_data)
{
  return pn_bench_row_new (device);
}

static void
follow_bench (PnBenchPage *self)
{
  PnClientBench *bench = pn_app_get_bench (pn_app_get_default ());

  g_cancellable_cancel (self->playing);
  if (!g_set_object (&self->bench, bench))
    return;
  gtk_list_box_bind_model (self->list, bench != NULL ? pn_client_bench_get_devices (bench) : NULL,
                           make_row, NULL, NULL);
  if (bench != NULL)
    {
      g_signal_connect_object (bench, "notify", G_CALLBACK (show), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (pn_client_bench_get_devices (bench), "items-changed",
                               G_CALLBACK (show), self, G_CONNECT_SWAPPED);
    }
  show (self);
}

/* Devices do nothing by themselves: what makes them go is a batch. */
static void
show_hint (PnBenchPage *self)
{
  GListModel *batches = pn_client_get_batches (pn_app_get_client (pn_app_get_default ()));
  gboolean open = FALSE;

  for (guint i = 0; i < g_list_model_get_n_items (batches); i++)
    {
      g_autoptr (PnClientBatch) batch = g_list_model_get_item (batches, i);

      open = open || !pn_client_batch_get_closed (batch);
    }
  gtk_label_set_label (
      self->hint, open ? _ ("An open batch provisions what is plugged in. Watch it under Devices.")
                       : _ ("Open a batch, and what is plugged in is provisioned."));
}

static void
follow_client (PnBenchPage *self)
{
  g_signal_connect_object (pn_client_get_batches (pn_app_get_client (pn_app_get_default ())),
                           "items-changed", G_CALLBACK (show_hint), self, G_CONNECT_SWAPPED);
  show_hint (self);
}

/* ---- what one can do ---- */

static void
add_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  PnBenchPage *self = PN_BENCH_PAGE (widget);

  pn_dialog_present (pn_bench_dialog_new (self->bench), widget);
}

static void
played_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PnBenchPage) self = user_data;
  g_autoptr (GError) error = NULL;
  PnWindow *window = pn_window_of (GTK_WIDGET (self));

  g_clear_object (&self->playing);
  if (!pn_scenario_play_finish (result, &error) && window != NULL && !pn_error_is_cancelled (error))
    pn_window_toast (window, pn_error_text (error));
  show (self);
}

static void
play (PnBenchPage *self, const char *scenario)
{
  self->playing = g_cancellable_new ();
  show (self);
  pn_scenario_play_async (self->bench, scenario, self->playing, played_cb, g_object_ref (self));
}

static void
answered_cb (AdwMessageDialog *dialog, const char *response, PnBenchPage *self)
{
  if (g_str_equal (response, "play") && self->bench != NULL && self->playing == NULL)
    play (self, g_object_get_data (G_OBJECT (dialog), "scenario"));
}

/* Devices that are there go: it is asked first where one is plugged in. */
static void
play_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  PnBenchPage *self = PN_BENCH_PAGE (widget);
  GListModel *devices = pn_client_bench_get_devices (self->bench);
  const char *scenario = g_variant_get_string (parameter, NULL);
  gboolean plugged = FALSE;
  AdwMessageDialog *dialog;

  for (guint i = 0; i < g_list_model_get_n_items (devices); i++)
    {
      g_autoptr (PnClientBenchDevice) device = g_list_model_get_item (devices, i);

      plugged = plugged || pn_client_bench_device_get_plugged (device);
    }
  if (!plugged)
    {
      play (self, scenario);
      return;
    }
  dialog = ADW_MESSAGE_DIALOG (adw_message_dialog_new (
      GTK_WINDOW (gtk_widget_get_root (widget)), _ ("Clear the bench?"),
      _ ("The scenario brings its own devices. Those on the bench are pulled out and removed.")));
  adw_message_dialog_add_responses (dialog, "cancel", _ ("_Cancel"), "play", _ ("_Clear and play"),
                                    NULL);
  adw_message_dialog_set_response_appearance (dialog, "play", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (dialog, "play");
  g_object_set_data_full (G_OBJECT (dialog), "scenario", g_strdup (scenario), g_free);
  g_signal_connect_object (dialog, "response", G_CALLBACK (answered_cb), self, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
make_menu (PnBenchPage *self)
{
  g_autoptr (GMenu) menu = g_menu_new ();

  for (const PnScenario *at = pn_scenario_list (); at->name != NULL; at++)
    {
      g_autofree char *action = g_strdup_printf ("bench.play::%s", at->name);

      g_menu_append (menu, _ (at->title), action);
    }
  gtk_menu_button_set_menu_model (self->scenarios, G_MENU_MODEL (menu));
}

/* ---- the page ---- */

static void
pn_bench_page_dispose (GObject *object)
{
  PnBenchPage *self = PN_BENCH_PAGE (object);

  gtk_widget_dispose_template (GTK_WIDGET (object), PN_TYPE_BENCH_PAGE);
  g_cancellable_cancel (self->playing);
  g_clear_object (&self->bench);
  G_OBJECT_CLASS (pn_bench_page_parent_class)->dispose (object);
}

static void
pn_bench_page_class_init (PnBenchPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_bench_page_dispose;
  g_type_ensure (PN_TYPE_SPINNER);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-bench-page.ui");
  gtk_widget_class_bind_template_child (widget_class, PnBenchPage, stack);
  gtk_widget_class_bind_template_child (widget_class, PnBenchPage, gone);
  gtk_widget_class_bind_template_child (widget_class, PnBenchPage, list);
  gtk_widget_class_bind_template_child (widget_class, PnBenchPage, hint);
  gtk_widget_class_bind_template_child (widget_class, PnBenchPage, scenarios);
  gtk_widget_class_install_action (widget_class, "bench.add", NULL, add_action);
  gtk_widget_class_install_action (widget_class, "bench.play", "s", play_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_n, GDK_CONTROL_MASK, "bench.add",
                                       NULL);
}

static void
pn_bench_page_init (PnBenchPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  make_menu (self);
  g_signal_connect_object (pn_app_get_default (), "notify::practice", G_CALLBACK (follow_bench),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (pn_app_get_default (), "notify::client", G_CALLBACK (follow_client),
                           self, G_CONNECT_SWAPPED);
  follow_bench (self);
  follow_client (self);
  show (self);
}
