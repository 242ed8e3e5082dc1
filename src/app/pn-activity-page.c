/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-activity-page.h"

#include "pn-app.h"
#include "pn-audit-page.h"
#include "pn-job-row.h"
#include "pn-log-view.h"
#include "pn-station-log.h"
#include "pn-window.h"

struct _PnActivityPage
{
  PnPage parent_instance;
  GtkStack *stack;
  GtkListBox *list;
  GtkWidget *jobs;
  PnLogView *log;
  GListModel *lines; /* of the log */
};

G_DEFINE_FINAL_TYPE (PnActivityPage, pn_activity_page, PN_TYPE_PAGE)

static GtkWidget *
make_row (gpointer job, gpointer user_data)
{
  GtkWidget *row = gtk_list_box_row_new ();

  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), pn_job_row_new (job));
  return row;
}

static void
update (PnActivityPage *self)
{
  guint n_jobs = g_list_model_get_n_items (pn_app_get_jobs (pn_app_get_default ()));
  guint n_lines = g_list_model_get_n_items (self->lines);

  gtk_stack_set_visible_child_name (self->stack, n_jobs + n_lines > 0 ? "list" : "empty");
  gtk_widget_set_visible (self->jobs, n_jobs > 0);
  gtk_widget_set_visible (GTK_WIDGET (self->log), n_lines > 0);
}

static void
follow_client (PnActivityPage *self)
{
  g_autoptr (GListModel) lines = pn_station_log_new (pn_app_get_client (pn_app_get_default ()));

  if (self->lines != NULL)
    g_signal_handlers_disconnect_by_data (self->lines, self);
  g_set_object (&self->lines, lines);
  g_signal_connect_object (lines, "items-changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  pn_log_view_set_log (self->log, lines, "station");
  update (self);
}

static void
audit_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  pn_window_push (pn_window_of (widget), pn_audit_page_new ());
}

static void
pn_activity_page_dispose (GObject *object)
{
  g_clear_object (&PN_ACTIVITY_PAGE (object)->lines);
  G_OBJECT_CLASS (pn_activity_page_parent_class)->dispose (object);
}

static void
pn_activity_page_class_init (PnActivityPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_activity_page_dispose;
  g_type_ensure (PN_TYPE_LOG_VIEW);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-activity-page.ui");
  gtk_widget_class_bind_template_child (widget_class, PnActivityPage, stack);
  gtk_widget_class_bind_template_child (widget_class, PnActivityPage, list);
  gtk_widget_class_bind_template_child (widget_class, PnActivityPage, jobs);
  gtk_widget_class_bind_template_child (widget_class, PnActivityPage, log);
  gtk_widget_class_install_action (widget_class, "activity.audit", NULL, audit_action);
}

static void
pn_activity_page_init (PnActivityPage *self)
{
  GListModel *jobs = pn_app_get_jobs (pn_app_get_default ());

  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_list_box_bind_model (self->list, jobs, make_row, NULL, NULL);
  g_signal_connect_object (jobs, "items-changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (pn_app_get_default (), "notify::client", G_CALLBACK (follow_client),
                           self, G_CONNECT_SWAPPED);
  pn_log_view_set_open (self->log, TRUE);
  follow_client (self);
}
