/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-batch-row.h"

#include <glib/gi18n.h>

#include "pn-app.h"

struct _PnBatchRow
{
  AdwBin parent_instance;
  PnClientBatch *batch;
};

enum
{
  PROP_BATCH = 1,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (PnBatchRow, pn_batch_row, ADW_TYPE_BIN)

static const struct
{
  const char *label, *icon, *style;
} looks[] = {
  [PN_BATCH_OPEN] = { NC_ ("batch", "Open"), "pn-batch-symbolic", "accent" },
  [PN_BATCH_PAUSED] = { NC_ ("batch", "Paused"), "media-playback-pause-symbolic", "dim-label" },
  [PN_BATCH_COMPLETE] = { NC_ ("batch", "Complete"), "pn-passed-symbolic", "success" },
  [PN_BATCH_CLOSED] = { NC_ ("batch", "Closed"), "pn-skipped-symbolic", "dim-label" },
};

PnBatchLook
pn_batch_get_look (PnClientBatch *batch)
{
  guint count = pn_client_batch_get_count (batch);

  return count > 0 && pn_client_batch_get_passed (batch) >= count ? PN_BATCH_COMPLETE
         : pn_client_batch_get_closed (batch)                     ? PN_BATCH_CLOSED
         : pn_client_batch_get_paused (batch)                     ? PN_BATCH_PAUSED
                                                                  : PN_BATCH_OPEN;
}

const char *
pn_batch_look_to_label (PnBatchLook look)
{
  return g_dpgettext2 (NULL, "batch", looks[look].label);
}

const char *
pn_batch_look_to_icon (PnBatchLook look)
{
  return looks[look].icon;
}

const char *
pn_batch_look_to_style (PnBatchLook look)
{
  return looks[look].style;
}

const char *
pn_batch_get_title (PnClientBatch *batch)
{
  const char *reference = pn_client_batch_get_reference (batch);

  return reference[0] != '\0' ? reference : pn_client_batch_get_recipe (batch);
}

char *
pn_batch_format_count (PnClientBatch *batch)
{
  guint passed = pn_client_batch_get_passed (batch);
  guint count = pn_client_batch_get_count (batch);

  if (count > 0)
    /* Translators: how many devices of a batch have passed, and how many are wanted. */
    return g_strdup_printf (_ ("%u of %u passed"), passed, count);
  return g_strdup_printf (ngettext ("%u passed", "%u passed", passed), passed);
}

char *
pn_batch_format_slots (const char *const *slots)
{
  PnClient *client = pn_app_get_client (pn_app_get_default ());
  g_autoptr (GString) text = g_string_new (NULL);

  if (slots == NULL || slots[0] == NULL)
    return g_strdup (_ ("every slot"));
  for (guint i = 0; slots[i] != NULL; i++)
    {
      PnClientSlot *slot = pn_client_find_slot (client, slots[i]);

      g_string_append_printf (text, "%s%s", i > 0 ? ", " : "",
                              slot != NULL ? pn_client_slot_get_label (slot) : slots[i]);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* ---- what the template shows ---- */

static char *
to_icon (PnBatchRow *self, guint passed, gboolean closed, gboolean paused)
{
  return g_strdup (self->batch != NULL ? pn_batch_look_to_icon (pn_batch_get_look (self->batch))
                                       : NULL);
}

static char **
to_style (PnBatchRow *self, guint passed, gboolean closed, gboolean paused)
{
  const char *words[] = {
    self->batch != NULL ? pn_batch_look_to_style (pn_batch_get_look (self->batch)) : NULL, NULL
  };

  return g_strdupv ((char **) words);
}

static char *
to_word (PnBatchRow *self, guint passed, gboolean closed, gboolean paused)
{
  return g_strdup (self->batch != NULL ? pn_batch_look_to_label (pn_batch_get_look (self->batch))
                                       : NULL);
}

static char *
to_title (PnBatchRow *self, const char *reference, const char *recipe)
{
  return g_strdup (self->batch != NULL ? pn_batch_get_title (self->batch) : NULL);
}

static char *
to_count (PnBatchRow *self, guint passed, guint count)
{
  return self->batch != NULL ? pn_batch_format_count (self->batch) : NULL;
}

static double
to_fraction (PnBatchRow *self, guint passed, guint count)
{
  return count > 0 ? MIN ((double) passed / count, 1) : 0;
}

static gboolean
has_count (PnBatchRow *self, guint count)
{
  return count > 0;
}

static void
pn_batch_row_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  if (prop_id == PROP_BATCH)
    g_value_set_object (value, PN_BATCH_ROW (object)->batch);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
pn_batch_row_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  if (prop_id != PROP_BATCH)
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
  else if (g_set_object (&PN_BATCH_ROW (object)->batch, g_value_get_object (value)))
    g_object_notify_by_pspec (object, pspec);
}

static void
pn_batch_row_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), PN_TYPE_BATCH_ROW);
  g_clear_object (&PN_BATCH_ROW (object)->batch);
  G_OBJECT_CLASS (pn_batch_row_parent_class)->dispose (object);
}

static void
pn_batch_row_class_init (PnBatchRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = pn_batch_row_dispose;
  object_class->get_property = pn_batch_row_get_property;
  object_class->set_property = pn_batch_row_set_property;
  properties[PROP_BATCH] =
      g_param_spec_object ("batch", NULL, NULL, PN_TYPE_CLIENT_BATCH,
                           G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-batch-row.ui");
  gtk_widget_class_bind_template_callback (widget_class, to_icon);
  gtk_widget_class_bind_template_callback (widget_class, to_style);
  gtk_widget_class_bind_template_callback (widget_class, to_word);
  gtk_widget_class_bind_template_callback (widget_class, to_title);
  gtk_widget_class_bind_template_callback (widget_class, to_count);
  gtk_widget_class_bind_template_callback (widget_class, to_fraction);
  gtk_widget_class_bind_template_callback (widget_class, has_count);
}

static void
pn_batch_row_init (PnBatchRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
pn_batch_row_new (PnClientBatch *batch)
{
  return g_object_new (PN_TYPE_BATCH_ROW, "batch", batch, NULL);
}
