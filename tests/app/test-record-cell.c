/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-record-cell.h"
#include "pn-record-row-private.h"
#include "pn-test-app.h"

static gboolean
says (GtkWidget *widget, gpointer text)
{
  return g_strcmp0 (gtk_inscription_get_text (GTK_INSCRIPTION (widget)), text) == 0;
}

static void
give (PnRecordRow *row, const char *serial, const char *verdict)
{
  g_autofree char *text =
      g_strdup_printf ("{'serial': <'%s'>, 'verdict': <'%s'>}", serial, verdict);

  pn_record_row_take_values (row, g_variant_ref_sink (g_variant_new_parsed (text)));
}

static gboolean
cell_says (GtkWidget *cell, const char *text)
{
  return pn_test_find (cell, GTK_TYPE_INSCRIPTION, says, (gpointer) text) != NULL;
}

/* In another order than that of their making, rows get other values in place. */
static void
test_in_place (void)
{
  g_autoptr (PnRecordRow) row = g_object_new (PN_TYPE_RECORD_ROW, NULL);
  g_autoptr (GtkWidget) serial = g_object_ref_sink (pn_record_cell_new ("serial"));
  g_autoptr (GtkWidget) verdict = g_object_ref_sink (pn_record_cell_new ("verdict"));

  pn_record_cell_set_row (PN_RECORD_CELL (serial), row);
  pn_record_cell_set_row (PN_RECORD_CELL (verdict), row);
  pn_record_cell_show (PN_RECORD_CELL (serial));
  pn_record_cell_show (PN_RECORD_CELL (verdict));
  g_assert_true (cell_says (serial, "…"));
  give (row, "1", "passed");
  g_assert_true (cell_says (serial, "1") && cell_says (verdict, "Passed"));
  give (row, "2", "failed");
  g_assert_true (cell_says (serial, "2") && cell_says (verdict, "Failed"));
  pn_record_cell_set_row (PN_RECORD_CELL (serial), NULL);
  give (row, "3", "failed");
  g_assert_false (cell_says (serial, "3"));
}

int
main (int argc, char **argv)
{
  pn_test_init (&argc, &argv);
  g_test_add_func ("/record-cell/in-place", test_in_place);
  return g_test_run ();
}
