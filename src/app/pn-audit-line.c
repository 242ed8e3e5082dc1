/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-audit-line.h"

#include <glib/gi18n.h>

#include "pn-audit-look.h"
#include "pn-format.h"
#include "pn-inscription.h"

struct _PnAuditLine
{
  AdwBin parent_instance;
  PnAuditItem *item;
  GtkImage *mark;
  GtkInscription *what, *result, *text, *time;
};

enum
{
  PROP_ITEM = 1,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (PnAuditLine, pn_audit_line, ADW_TYPE_BIN)

static void
set_style (GtkWidget *widget, const char *style)
{
  const char *const styles[] = { "success", "warning", "error" };

  for (guint i = 0; i < G_N_ELEMENTS (styles); i++)
    if (g_strcmp0 (styles[i], style) == 0)
      gtk_widget_add_css_class (widget, styles[i]);
    else
      gtk_widget_remove_css_class (widget, styles[i]);
}

/* All of it, as it was written. */
static char *
make_tooltip (PnAuditItem *item)
{
  const char *details = pn_audit_item_get_text (item, "details");
  const char *before = pn_audit_item_get_text (item, "before");
  const char *after = pn_audit_item_get_text (item, "after");
  g_autofree char *number =
      g_strdup_printf (_ ("Entry %u"), (guint) pn_audit_item_get_number (item));
  g_autofree char *head = g_strjoin ("\n", number, pn_audit_item_get_text (item, "what"),
                                     pn_audit_item_get_text (item, "object"), NULL);

  return g_strjoin ("\n", head, before, after, g_str_equal (details, "{}") ? "" : details, NULL);
}

static void
show (PnAuditLine *self)
{
  const char *result = self->item != NULL ? pn_audit_item_get_text (self->item, "result") : "done";
  g_autofree char *text = self->item != NULL ? pn_audit_look_text (self->item) : NULL;
  g_autofree char *time =
      self->item != NULL ? pn_format_time (pn_audit_item_get_time (self->item)) : NULL;
  g_autofree char *tooltip = self->item != NULL ? make_tooltip (self->item) : NULL;

  gtk_image_set_from_icon_name (self->mark, pn_audit_look_icon (result));
  set_style (GTK_WIDGET (self->mark), pn_audit_look_style (result));
  set_style (GTK_WIDGET (self->result), pn_audit_look_style (result));
  pn_inscription_set_text (
      self->what,
      self->item != NULL ? pn_audit_look_what (pn_audit_item_get_text (self->item, "what")) : NULL);
  pn_inscription_set_text (self->result, pn_audit_look_result (result));
  pn_inscription_set_text (self->text, text);
  pn_inscription_set_text (self->time, time);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), tooltip != NULL ? g_strchomp (tooltip) : NULL);
}

static void
pn_audit_line_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  if (prop_id == PROP_ITEM)
    g_value_set_object (value, PN_AUDIT_LINE (object)->item);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
pn_audit_line_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  PnAuditLine *self = PN_AUDIT_LINE (object);

  if (prop_id != PROP_ITEM)
    {
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
      return;
    }
  if (!g_set_object (&self->item, g_value_get_object (value)))
    return;
  show (self);
  g_object_notify_by_pspec (object, pspec);
}

static void
pn_audit_line_dispose (GObject *object)
{
  g_clear_object (&PN_AUDIT_LINE (object)->item);
  G_OBJECT_CLASS (pn_audit_line_parent_class)->dispose (object);
}

static void
pn_audit_line_class_init (PnAuditLineClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = pn_audit_line_dispose;
  object_class->get_property = pn_audit_line_get_property;
  object_class->set_property = pn_audit_line_set_property;
  properties[PROP_ITEM] =
      g_param_spec_object ("item", NULL, NULL, PN_TYPE_AUDIT_ITEM,
                           G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-audit-line.ui");
  gtk_widget_class_bind_template_child (widget_class, PnAuditLine, mark);
  gtk_widget_class_bind_template_child (widget_class, PnAuditLine, what);
  gtk_widget_class_bind_template_child (widget_class, PnAuditLine, result);
  gtk_widget_class_bind_template_child (widget_class, PnAuditLine, text);
  gtk_widget_class_bind_template_child (widget_class, PnAuditLine, time);
}

static void
pn_audit_line_init (PnAuditLine *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
