/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-partition-bar.h"

#include <glib/gi18n.h>

#define COLUMNS 60 /* the whole image */
#define MIN_COLUMNS 4

struct _PnPartitionBar
{
  AdwBin parent_instance;
};

G_DEFINE_FINAL_TYPE (PnPartitionBar, pn_partition_bar, ADW_TYPE_BIN)

static void
pn_partition_bar_class_init (PnPartitionBarClass *klass)
{
}

static void
pn_partition_bar_init (PnPartitionBar *self)
{
  gtk_widget_add_css_class (GTK_WIDGET (self), "partition-bar");
}

char *
pn_partition_bar_name (const PnReportPartition *partition)
{
  if (partition->label != NULL)
    return g_strdup (partition->label);
  return g_strdup_printf (_ ("Partition %u"), partition->number);
}

static GtkWidget *
make_segment (const PnReportPartition *partition)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  GtkWidget *bar = gtk_progress_bar_new ();
  g_autofree char *name = pn_partition_bar_name (partition);
  GtkWidget *label = gtk_label_new (name);
  gboolean known = partition->used != G_MAXUINT64;

  gtk_progress_bar_set_fraction (
      GTK_PROGRESS_BAR (bar),
      known && partition->size > 0 ? (double) partition->used / (double) partition->size : 0);
  if (!known)
    gtk_widget_add_css_class (bar, "unknown");
  gtk_accessible_update_property (GTK_ACCESSIBLE (bar), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, "caption");
  gtk_box_append (GTK_BOX (box), bar);
  gtk_box_append (GTK_BOX (box), label);
  return box;
}

GtkWidget *
pn_partition_bar_new (const PnImageReport *report)
{
  PnPartitionBar *self = g_object_new (PN_TYPE_PARTITION_BAR, NULL);
  GtkWidget *grid = gtk_grid_new ();
  int at = 0;

  gtk_grid_set_column_homogeneous (GTK_GRID (grid), TRUE);
  for (guint i = 0; i < report->partitions->len; i++)
    {
      const PnReportPartition *partition = report->partitions->pdata[i];
      int columns = (int) ((double) partition->size / (double) report->size * COLUMNS);

      columns = MAX (columns, MIN_COLUMNS);
      gtk_grid_attach (GTK_GRID (grid), make_segment (partition), at, 0, columns, 1);
      at += columns;
    }
  adw_bin_set_child (ADW_BIN (self), grid);
  return GTK_WIDGET (self);
}
