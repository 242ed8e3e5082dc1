/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-export-preview.h"

#include <glib/gi18n.h>
#include <string.h>

#define MAX_COLUMNS 8 /* the shape is looked at, not the content */
#define CELL_CHARACTERS 24
#define LINE_CHARACTERS 96
#define BYTE_ORDER_MARK "\357\273\277"

struct _PnExportPreview
{
  AdwBin parent_instance;
};

G_DEFINE_FINAL_TYPE (PnExportPreview, pn_export_preview, ADW_TYPE_BIN)

static void
pn_export_preview_class_init (PnExportPreviewClass *klass)
{
}

static void
pn_export_preview_init (PnExportPreview *self)
{
}

/* A file runs from left to right, whatever the screen does. */
static GtkWidget *
make_label (const char *text, const char *style, int characters)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_widget_set_direction (label, GTK_TEXT_DIR_LTR);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label),
                           characters > 0 ? PANGO_ELLIPSIZE_END : PANGO_ELLIPSIZE_NONE);
  gtk_label_set_max_width_chars (GTK_LABEL (label), characters > 0 ? characters : -1);
  gtk_label_set_single_line_mode (GTK_LABEL (label), TRUE);
  if (characters > 0)
    gtk_label_set_width_chars (GTK_LABEL (label), MIN ((int) g_utf8_strlen (text, -1), characters));
  if (style != NULL)
    gtk_widget_add_css_class (label, style);
  return label;
}

static char *
to_visible (const char *start, gsize length)
{
  g_autofree char *cell = g_strndup (start, length);
  g_auto (GStrv) lines = g_strsplit (cell, "\n", -1);
  g_autofree char *joined = g_strjoinv ("⏎", lines);
  g_auto (GStrv) parts = g_strsplit (joined, "\r", -1);

  return g_strjoinv ("", parts);
}

static void
add_cell (GtkGrid *grid, guint row, guint column, char separator, const char *start, gsize length)
{
  g_autofree char *text = to_visible (start, length);
  const char mark[] = { separator, '\0' };
  const char *style = row == 0 ? "h" : NULL;

  if (column > MAX_COLUMNS)
    return;
  if (column == MAX_COLUMNS)
    gtk_grid_attach (grid, make_label ("…", "sep", 0), (int) (2 * column), (int) row, 1, 1);
  else
    {
      gtk_grid_attach (grid, make_label (text, style, CELL_CHARACTERS), (int) (2 * column),
                       (int) row, 1, 1);
      if (separator != '\n')
        gtk_grid_attach (grid, make_label (separator == '\t' ? "→" : mark, "sep", 0),
                         (int) (2 * column + 1), (int) row, 1, 1);
    }
}

/* @text is what we wrote: what it says of quotes is right. */
static GtkWidget *
make_table (const char *text, char separator)
{
  GtkWidget *grid = gtk_grid_new ();
  guint row = 0, column = 0;
  gboolean quoted = FALSE;
  const char *start;

  if (g_str_has_prefix (text, BYTE_ORDER_MARK))
    text += strlen (BYTE_ORDER_MARK);
  start = text;
  for (const char *at = text; *at != '\0'; at++)
    {
      if (*at == '"')
        quoted = !quoted;
      if (quoted || (*at != separator && *at != '\n'))
        continue;
      add_cell (GTK_GRID (grid), row, column, *at, start, (gsize) (at - start));
      column = *at == '\n' ? 0 : column + 1;
      row += *at == '\n';
      start = at + 1;
    }
  gtk_grid_set_row_spacing (GTK_GRID (grid), 4);
  gtk_grid_set_column_spacing (GTK_GRID (grid), 4);
  gtk_widget_set_direction (grid, GTK_TEXT_DIR_LTR);
  return grid;
}

static GtkWidget *
make_lines (const char *text)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    if (lines[i][0] != '\0')
      gtk_box_append (GTK_BOX (box), make_label (lines[i], NULL, LINE_CHARACTERS));
  return box;
}

guint64
pn_export_preview_show (PnExportPreview *self,
                        const PnExportForm *form,
                        GVariant *records,
                        guint64 count)
{
  g_autoptr (GString) text = g_string_new (NULL);
  gsize n = g_variant_n_children (records);
  GtkWidget *scrolled = gtk_scrolled_window_new ();
  GtkWidget *shown;
  gsize head;

  pn_export_form_append_head (form, text);
  head = text->len;
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) record = g_variant_get_child_value (records, i);

      pn_export_form_append_record (form, text, record);
    }
  shown = form->format == PN_EXPORT_CSV ? make_table (text->str, form->separator)
                                        : make_lines (text->str);
  gtk_widget_add_css_class (scrolled, "preview");
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_AUTOMATIC,
                                  GTK_POLICY_NEVER);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), shown);
  gtk_widget_set_direction (scrolled, GTK_TEXT_DIR_LTR);
  gtk_widget_set_direction (gtk_scrolled_window_get_child (GTK_SCROLLED_WINDOW (scrolled)),
                            GTK_TEXT_DIR_LTR);
  gtk_accessible_update_property (GTK_ACCESSIBLE (scrolled), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("First lines of the file"), -1);
  adw_bin_set_child (ADW_BIN (self), scrolled);
  return n > 0 ? head + (text->len - head) * count / n : head;
}
