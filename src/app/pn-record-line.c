/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-record-line.h"

#include <glib/gi18n.h>

#include "pn-format.h"
#include "pn-inscription.h"
#include "pn-record-cell.h"
#include "pn-record-look.h"
#include "pn-verdict-mark.h"

struct _PnRecordLine
{
  AdwBin parent_instance;
  PnVerdictMark *mark;
  GtkInscription *serial, *verdict, *text, *time;
  PnRecordRow *row;
};

typedef enum
{
  PROP_ROW = 1,
  N_PROPS
} PnRecordLineProperty;
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (PnRecordLine, pn_record_line, ADW_TYPE_BIN)

/* "Slot 4 · Compute Module 5 · Gate": what is known of it. */
static char *
join (PnRecordRow *row)
{
  static const char *const columns[] = { "slot", "model", "recipe" };
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
    {
      g_autofree char *part = pn_record_look_text (row, columns[i]);

      if (part[0] != '\0')
        g_string_append_printf (text, "%s%s", text->len > 0 ? " · " : "", part);
    }
  return g_string_free (text, FALSE);
}

static void
show_verdict (PnRecordLine *self)
{
  const char *verdict = self->row != NULL ? pn_record_row_get_text (self->row, "verdict") : NULL;

  pn_verdict_mark_set_verdict (self->mark, verdict);
  pn_verdict_mark_color_word (self->verdict, verdict);
}

static void
show_row (PnRecordLine *self)
{
  gboolean loaded = self->row != NULL && pn_record_row_is_loaded (self->row);
  g_autofree char *serial = loaded ? pn_record_look_text (self->row, "serial") : g_strdup ("…");
  g_autofree char *verdict = loaded ? pn_record_look_text (self->row, "verdict") : g_strdup ("");
  g_autofree char *time =
      loaded ? pn_format_time (pn_record_row_get_number (self->row, "ended")) : g_strdup ("");
  g_autofree char *text = loaded ? join (self->row) : g_strdup ("…");

  pn_inscription_set_text (self->serial, serial[0] != '\0' ? serial : _ ("Serial not known"));
  pn_inscription_set_text (self->verdict, verdict);
  pn_inscription_set_text (self->time, time);
  pn_inscription_set_text (self->text, text);
  show_verdict (self);
  gtk_widget_set_opacity (GTK_WIDGET (self), loaded ? 1 : PN_RECORD_CELL_UNLOADED);
}

static void
set_row (PnRecordLine *self, PnRecordRow *row)
{
  if (self->row == row)
    return;
  if (self->row != NULL)
    g_signal_handlers_disconnect_by_func (self->row, show_row, self);
  g_set_object (&self->row, row);
  if (row != NULL)
    g_signal_connect_swapped (row, "notify::values", G_CALLBACK (show_row), self);
  show_row (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ROW]);
}

static void
pn_record_line_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  if (prop_id == PROP_ROW)
    g_value_set_object (value, PN_RECORD_LINE (object)->row);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
pn_record_line_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  if (prop_id == PROP_ROW)
    set_row (PN_RECORD_LINE (object), g_value_get_object (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
pn_record_line_dispose (GObject *object)
{
  PnRecordLine *self = PN_RECORD_LINE (object);

  if (self->row != NULL)
    g_signal_handlers_disconnect_by_func (self->row, show_row, self);
  g_clear_object (&self->row);
  G_OBJECT_CLASS (pn_record_line_parent_class)->dispose (object);
}

/* Dark instead of light, say. */
static void
pn_record_line_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (pn_record_line_parent_class)->css_changed (widget, change);
  if (PN_RECORD_LINE (widget)->row != NULL)
    show_verdict (PN_RECORD_LINE (widget));
}

static void
pn_record_line_class_init (PnRecordLineClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->css_changed = pn_record_line_css_changed;
  object_class->dispose = pn_record_line_dispose;
  object_class->get_property = pn_record_line_get_property;
  object_class->set_property = pn_record_line_set_property;
  properties[PROP_ROW] =
      g_param_spec_object ("row", NULL, NULL, PN_TYPE_RECORD_ROW,
                           G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  g_type_ensure (PN_TYPE_VERDICT_MARK);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-record-line.ui");
  gtk_widget_class_bind_template_child (widget_class, PnRecordLine, mark);
  gtk_widget_class_bind_template_child (widget_class, PnRecordLine, serial);
  gtk_widget_class_bind_template_child (widget_class, PnRecordLine, verdict);
  gtk_widget_class_bind_template_child (widget_class, PnRecordLine, time);
  gtk_widget_class_bind_template_child (widget_class, PnRecordLine, text);
}

static void
pn_record_line_init (PnRecordLine *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
