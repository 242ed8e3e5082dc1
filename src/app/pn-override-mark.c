/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-override-mark.h"

#include "pn-app.h"
#include "pn-override-row.h"

struct _PnOverrideMark
{
  AdwBin parent_instance;
  PnClientSlot *slot;
  GListModel *overrides; /* that count for its device */
};

typedef enum
{
  PROP_SLOT = 1,
  N_PROPS
} PnOverrideMarkProperty;
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (PnOverrideMark, pn_override_mark, ADW_TYPE_BIN)

static void
update (PnOverrideMark *self)
{
  guint n = self->overrides != NULL ? g_list_model_get_n_items (self->overrides) : 0;
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (PnClientOverride) one = g_list_model_get_item (self->overrides, i);
      g_autofree char *line = pn_override_describe (pn_client_override_get (one));

      g_string_append_printf (text, "%s%s", i > 0 ? "\n" : "", line);
    }
  gtk_widget_set_visible (GTK_WIDGET (self), n > 0);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), text->str);
  gtk_accessible_update_property (GTK_ACCESSIBLE (adw_bin_get_child (ADW_BIN (self))),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, text->str, -1);
}

static void
set_slot (PnOverrideMark *self, PnClientSlot *slot)
{
  if (!g_set_object (&self->slot, slot))
    return;
  if (self->overrides != NULL)
    g_signal_handlers_disconnect_by_data (self->overrides, self);
  g_clear_object (&self->overrides);
  if (slot != NULL)
    {
      self->overrides = pn_override_rows_for (pn_app_get_client (pn_app_get_default ()), slot);
      g_signal_connect_object (self->overrides, "items-changed", G_CALLBACK (update), self,
                               G_CONNECT_SWAPPED);
    }
  update (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SLOT]);
}

static void
pn_override_mark_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  if (prop_id == PROP_SLOT)
    g_value_set_object (value, PN_OVERRIDE_MARK (object)->slot);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
pn_override_mark_set_property (GObject *object,
                               guint prop_id,
                               const GValue *value,
                               GParamSpec *pspec)
{
  if (prop_id == PROP_SLOT)
    set_slot (PN_OVERRIDE_MARK (object), g_value_get_object (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
pn_override_mark_dispose (GObject *object)
{
  PnOverrideMark *self = PN_OVERRIDE_MARK (object);

  g_clear_object (&self->overrides);
  g_clear_object (&self->slot);
  G_OBJECT_CLASS (pn_override_mark_parent_class)->dispose (object);
}

static void
pn_override_mark_class_init (PnOverrideMarkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = pn_override_mark_get_property;
  object_class->set_property = pn_override_mark_set_property;
  object_class->dispose = pn_override_mark_dispose;
  properties[PROP_SLOT] =
      g_param_spec_object ("slot", NULL, NULL, PN_TYPE_CLIENT_SLOT,
                           G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
pn_override_mark_init (PnOverrideMark *self)
{
  adw_bin_set_child (ADW_BIN (self), gtk_image_new_from_icon_name ("pn-override-symbolic"));
  gtk_widget_add_css_class (GTK_WIDGET (self), "override-mark");
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}
