/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-activity-page.h"

#include "pn-app.h"
#include "pn-job-row.h"

struct _PnActivityPage
{
  PnPage parent_instance;
  GtkStack *stack;
  GtkListBox *list;
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
jobs_changed_cb (PnActivityPage *self)
{
  guint n = g_list_model_get_n_items (pn_app_get_jobs (pn_app_get_default ()));

  gtk_stack_set_visible_child_name (self->stack, n > 0 ? "list" : "empty");
}

static void
pn_activity_page_class_init (PnActivityPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-activity-page.ui");
  gtk_widget_class_bind_template_child (widget_class, PnActivityPage, stack);
  gtk_widget_class_bind_template_child (widget_class, PnActivityPage, list);
}

static void
pn_activity_page_init (PnActivityPage *self)
{
  GListModel *jobs = pn_app_get_jobs (pn_app_get_default ());

  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_list_box_bind_model (self->list, jobs, make_row, NULL, NULL);
  g_signal_connect_object (jobs, "items-changed", G_CALLBACK (jobs_changed_cb), self,
                           G_CONNECT_SWAPPED);
  jobs_changed_cb (self);
}
