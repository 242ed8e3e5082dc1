/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-score-row.h"

#include <glib/gi18n.h>

struct _PnScoreRow
{
  GtkListBoxRow parent_instance;
  GtkImage *symbol, *padlock;
  GtkLabel *name, *advice, *wanted, *read, *permanence, *facts;
  GtkBox *columns;
  GtkWidget *permanence_part;
  gboolean narrow, cut; /* a column is too small for what it says */
};

enum
{
  PROP_NARROW = 1,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (PnScoreRow, pn_score_row, GTK_TYPE_LIST_BOX_ROW)

static const struct
{
  const char *icon, *style, *word; /* the word is said where the symbol cannot be seen */
} results[] = {
  [PN_SCORE_PROVEN] = { "pn-passed-symbolic", "ok", NC_ ("score", "Proven") },
  [PN_SCORE_AS_WANTED] = { "object-select-symbolic", "as-wanted", NC_ ("score", "As wanted") },
  [PN_SCORE_DIFFERENT] = { "pn-failed-symbolic", "different", NC_ ("score", "Different") },
  [PN_SCORE_NOT_READ] = { "pn-not-read-symbolic", "unread", NC_ ("score", "Not read") },
};

/* Into lines of at most the characters that the label's column has room for, where words allow it:
 * a label that wraps by itself does not keep to its column. TRUE where a word does not fit. */
static gboolean
set_folded (GtkLabel *label, const char *text)
{
  glong room = gtk_label_get_max_width_chars (label);
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  g_autoptr (GString) folded = g_string_new (NULL);
  gboolean cut = FALSE;
  glong used = 0;

  for (guint i = 0; words[i] != NULL; i++)
    {
      glong length = g_utf8_strlen (words[i], -1);
      gboolean fits = used + 1 + length <= room;

      if (i > 0)
        g_string_append_c (folded, fits ? ' ' : '\n');
      g_string_append (folded, words[i]);
      used = i > 0 && fits ? used + 1 + length : length;
      cut |= length > room;
    }
  gtk_label_set_label (label, folded->str);
  return cut;
}

/* Where there are no columns, or they are too small. */
static void
update_facts (PnScoreRow *self)
{
  gtk_widget_set_visible (GTK_WIDGET (self->columns), !self->narrow);
  gtk_widget_set_visible (GTK_WIDGET (self->facts), self->narrow || self->cut);
}

static void
show_line (PnScoreRow *self, PnScoreLine *line)
{
  PnScoreResult result = pn_score_line_get_result (line);
  PnPermanence permanence = pn_score_line_get_permanence (line);
  const char *permanence_text = pn_permanence_label (permanence);
  const char *advice = pn_score_line_get_advice (line);
  /* Translators: what was wanted and what was read back, in one line. */
  g_autofree char *facts =
      g_strdup_printf (_ ("Wanted: %s · Read back: %s"), pn_score_line_get_wanted (line),
                       pn_score_line_get_read (line));
  g_autofree char *in_line = g_strjoin (" · ", facts, permanence_text, NULL);
  g_autofree char *said = g_strdup_printf ("%s. %s. %s. %s. %s", pn_score_line_get_name (line),
                                           g_dpgettext2 (NULL, "score", results[result].word),
                                           facts, permanence_text, advice);

  gtk_image_set_from_icon_name (self->symbol, results[result].icon);
  gtk_widget_add_css_class (GTK_WIDGET (self), results[result].style);
  gtk_label_set_label (self->name, pn_score_line_get_name (line));
  gtk_label_set_label (self->advice, advice);
  gtk_widget_set_visible (GTK_WIDGET (self->advice), advice[0] != '\0');
  self->cut = set_folded (self->wanted, pn_score_line_get_wanted (line));
  self->cut |= set_folded (self->read, pn_score_line_get_read (line));
  gtk_label_set_label (self->facts, in_line);
  update_facts (self);
  (void) set_folded (self->permanence, permanence_text);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->permanence), permanence_text);
  gtk_widget_set_visible (GTK_WIDGET (self->padlock), permanence == PN_PERMANENCE_PERMANENT);
  gtk_widget_add_css_class (GTK_WIDGET (self->permanence),
                            permanence == PN_PERMANENCE_PERMANENT ? "heading" : "dim-label");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, said, -1);
}

static void
pn_score_row_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  if (prop_id == PROP_NARROW)
    g_value_set_boolean (value, PN_SCORE_ROW (object)->narrow);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
pn_score_row_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  PnScoreRow *self = PN_SCORE_ROW (object);

  if (prop_id != PROP_NARROW)
    {
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
      return;
    }
  self->narrow = g_value_get_boolean (value);
  update_facts (self);
}

static void
pn_score_row_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), PN_TYPE_SCORE_ROW);
  G_OBJECT_CLASS (pn_score_row_parent_class)->dispose (object);
}

static void
pn_score_row_class_init (PnScoreRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = pn_score_row_dispose;
  object_class->get_property = pn_score_row_get_property;
  object_class->set_property = pn_score_row_set_property;
  properties[PROP_NARROW] = g_param_spec_boolean ("narrow", NULL, NULL, FALSE,
                                                  G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-score-row.ui");
  gtk_widget_class_bind_template_child (widget_class, PnScoreRow, symbol);
  gtk_widget_class_bind_template_child (widget_class, PnScoreRow, padlock);
  gtk_widget_class_bind_template_child (widget_class, PnScoreRow, name);
  gtk_widget_class_bind_template_child (widget_class, PnScoreRow, advice);
  gtk_widget_class_bind_template_child (widget_class, PnScoreRow, wanted);
  gtk_widget_class_bind_template_child (widget_class, PnScoreRow, read);
  gtk_widget_class_bind_template_child (widget_class, PnScoreRow, permanence);
  gtk_widget_class_bind_template_child (widget_class, PnScoreRow, permanence_part);
  gtk_widget_class_bind_template_child (widget_class, PnScoreRow, facts);
  gtk_widget_class_bind_template_child (widget_class, PnScoreRow, columns);
}

static void
pn_score_row_init (PnScoreRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
pn_score_row_new (PnScoreLine *line, GtkSizeGroup *const columns[PN_N_SCORE_COLUMNS])
{
  PnScoreRow *self = g_object_new (PN_TYPE_SCORE_ROW, NULL);

  show_line (self, line);
  gtk_size_group_add_widget (columns[0], GTK_WIDGET (self->wanted));
  gtk_size_group_add_widget (columns[1], GTK_WIDGET (self->read));
  gtk_size_group_add_widget (columns[2], self->permanence_part);
  return GTK_WIDGET (self);
}
