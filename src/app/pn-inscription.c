/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-inscription.h"

#define RIGHT_TO_LEFT_MARK "\u200f"
#define FIRST_STRONG_ISOLATE "\u2068"
#define END_ISOLATE "\u2069"

void
pn_inscription_set_text (GtkInscription *self, const char *text)
{
  g_autofree char *mirrored = NULL;

  if (gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL && text != NULL &&
      text[0] != '\0')
    text = mirrored =
        g_strconcat (RIGHT_TO_LEFT_MARK FIRST_STRONG_ISOLATE, text, END_ISOLATE, NULL);
  if (g_strcmp0 (gtk_inscription_get_text (self), text) != 0)
    gtk_inscription_set_text (self, text);
}
