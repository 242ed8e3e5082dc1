/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-client-override.h"

struct _PnClientOverride
{
  GObject parent_instance;
  PnOverride *override;
};

G_DEFINE_FINAL_TYPE (PnClientOverride, pn_client_override, G_TYPE_OBJECT)

static void
pn_client_override_finalize (GObject *object)
{
  g_clear_pointer (&PN_CLIENT_OVERRIDE (object)->override, pn_override_unref);
  G_OBJECT_CLASS (pn_client_override_parent_class)->finalize (object);
}

static void
pn_client_override_class_init (PnClientOverrideClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = pn_client_override_finalize;
}

static void
pn_client_override_init (PnClientOverride *self)
{
}

PnClientOverride *
pn_client_override_new (GVariant *values)
{
  g_autoptr (PnOverride) override = g_rc_box_new0 (PnOverride);
  PnClientOverride *self;
  const char *kind = NULL;
  gint64 once = 0;

  (void) g_variant_lookup (values, "id", "x", &override->id);
  (void) g_variant_lookup (values, "kind", "&s", &kind);
  (void) g_variant_lookup (values, "serial", "s", &override->serial);
  (void) g_variant_lookup (values, "slot", "s", &override->slot);
  (void) g_variant_lookup (values, "bundle", "s", &override->bundle);
  (void) g_variant_lookup (values, "recipe", "s", &override->recipe);
  (void) g_variant_lookup (values, "once", "x", &once);
  (void) g_variant_lookup (values, "who", "s", &override->who);
  (void) g_variant_lookup (values, "reason", "s", &override->reason);
  (void) g_variant_lookup (values, "made", "x", &override->made);
  override->once = once != 0;
  if (!pn_override_kind_from_word (kind, &override->kind) || override->who == NULL ||
      !pn_override_check (override, NULL))
    return NULL;
  self = g_object_new (PN_TYPE_CLIENT_OVERRIDE, NULL);
  self->override = g_steal_pointer (&override);
  return self;
}

const PnOverride *
pn_client_override_get (PnClientOverride *self)
{
  return self->override;
}
