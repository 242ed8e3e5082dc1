/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-unused-slot.h"

#include <glib/gi18n.h>

#include "pn-slot-actions.h"

struct _PnUnusedSlot
{
  AdwBin parent_instance;
  PnClientSlot *slot;
};

enum
{
  PROP_SLOT = 1,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (PnUnusedSlot, pn_unused_slot, ADW_TYPE_BIN)

static char *
make_text (PnUnusedSlot *self, const char *label)
{
  /* Translators: the name of a slot. */
  return g_strdup_printf (_ ("%s – not used. Devices plugged in here are not touched."), label);
}

static void
pn_unused_slot_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  if (prop_id == PROP_SLOT)
    g_value_set_object (value, PN_UNUSED_SLOT (object)->slot);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
pn_unused_slot_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  if (prop_id != PROP_SLOT)
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
  else if (g_set_object (&PN_UNUSED_SLOT (object)->slot, g_value_get_object (value)))
    g_object_notify_by_pspec (object, pspec);
}

static void
pn_unused_slot_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), PN_TYPE_UNUSED_SLOT);
  g_clear_object (&PN_UNUSED_SLOT (object)->slot);
  G_OBJECT_CLASS (pn_unused_slot_parent_class)->dispose (object);
}

static void
pn_unused_slot_class_init (PnUnusedSlotClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = pn_unused_slot_dispose;
  object_class->get_property = pn_unused_slot_get_property;
  object_class->set_property = pn_unused_slot_set_property;
  properties[PROP_SLOT] =
      g_param_spec_object ("slot", NULL, NULL, PN_TYPE_CLIENT_SLOT,
                           G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-unused-slot.ui");
  gtk_widget_class_bind_template_callback (widget_class, make_text);
  pn_slot_actions_install (widget_class);
}

static void
pn_unused_slot_init (PnUnusedSlot *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
pn_unused_slot_new (PnClientSlot *slot)
{
  return g_object_new (PN_TYPE_UNUSED_SLOT, "slot", slot, NULL);
}
