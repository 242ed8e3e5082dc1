/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-words.h"

#include <string.h>

#define BRACKET "[!! "
#define MIN_LETTERS 3 /* in a row; less is a unit or a figure */

/* What is the same in every language, and the title that GTK gives to the shortcuts. */
static const char *const names[] = { "Punnet", "Raspberry Pi", "Shortcuts", NULL };

static gboolean
has_words (const char *text)
{
  guint letters = 0;

  for (const char *at = text; at != NULL && *at != '\0' && letters < MIN_LETTERS;
       at = g_utf8_next_char (at))
    letters = g_unichar_isalpha (g_utf8_get_char (at)) ? letters + 1 : 0;
  return letters >= MIN_LETTERS;
}

static void
look_at (GPtrArray *found, GtkWidget *widget, const char *text)
{
  /* A path is what it is. */
  if (!has_words (text) || g_path_is_absolute (text) || strstr (text, BRACKET) != NULL ||
      g_strv_contains (names, text))
    return;
  g_ptr_array_add (found, g_strdup_printf ("%s: %s", G_OBJECT_TYPE_NAME (widget), text));
}

static void
walk (GPtrArray *found, GtkWidget *widget)
{
  if (!gtk_widget_get_mapped (widget) || GTK_IS_WINDOW_CONTROLS (widget) ||
      GTK_IS_SHORTCUT_LABEL (widget))
    return;
  if (GTK_IS_LABEL (widget))
    look_at (found, widget, gtk_label_get_text (GTK_LABEL (widget)));
  look_at (found, widget, gtk_widget_get_tooltip_text (widget));
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    walk (found, child);
}

GPtrArray *
pn_words_find_untranslated (GtkWidget *root)
{
  GPtrArray *found = g_ptr_array_new_with_free_func (g_free);

  walk (found, root);
  return found;
}
