/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-image-row.h"

#include <glib/gi18n.h>

#include "pn-format.h"

struct _PnImageRow
{
  AdwActionRow parent_instance;
  PnStoredImage *image;
  GtkLabel *digest, *used;
  GtkImage *published, *arrow;
  gboolean narrow;
};

enum
{
  PROP_NARROW = 1,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (PnImageRow, pn_image_row, ADW_TYPE_ACTION_ROW)

static void
pn_image_row_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  if (prop_id == PROP_NARROW)
    g_value_set_boolean (value, PN_IMAGE_ROW (object)->narrow);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
pn_image_row_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  PnImageRow *self = PN_IMAGE_ROW (object);

  if (prop_id != PROP_NARROW)
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
  else if (self->narrow != g_value_get_boolean (value))
    {
      self->narrow = g_value_get_boolean (value);
      g_object_notify_by_pspec (object, pspec);
    }
}

static void
pn_image_row_dispose (GObject *object)
{
  g_clear_object (&PN_IMAGE_ROW (object)->image);
  G_OBJECT_CLASS (pn_image_row_parent_class)->dispose (object);
}

static void
pn_image_row_class_init (PnImageRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = pn_image_row_get_property;
  object_class->set_property = pn_image_row_set_property;
  object_class->dispose = pn_image_row_dispose;
  properties[PROP_NARROW] =
      g_param_spec_boolean ("narrow", NULL, NULL, FALSE,
                            G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-image-row.ui");
  gtk_widget_class_bind_template_child (widget_class, PnImageRow, arrow);
  gtk_widget_class_bind_template_child (widget_class, PnImageRow, digest);
  gtk_widget_class_bind_template_child (widget_class, PnImageRow, used);
  gtk_widget_class_bind_template_child (widget_class, PnImageRow, published);
}

static void
pn_image_row_init (PnImageRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/* "Debian GNU/Linux 12 · 2.6 GB, 1.1 GB on disc · 5 minutes ago" */
static char *
make_subtitle (const PnStoredImageFields *fields)
{
  g_autofree char *size = g_format_size (fields->size);
  g_autofree char *stored = g_format_size (fields->stored_size);
  g_autofree char *time = pn_format_time (fields->imported * G_USEC_PER_SEC);
  /* Translators: sizes: "2.6 GB, 1.1 GB on disc". */
  g_autofree char *sizes = g_strdup_printf (_ ("%s, %s on disc"), size, stored);

  return g_strjoin (" · ", fields->system != NULL ? fields->system : _ ("Unknown system"), sizes,
                    time, NULL);
}

GtkWidget *
pn_image_row_new (PnStoredImage *image, const char *const *users)
{
  PnImageRow *self = g_object_new (PN_TYPE_IMAGE_ROW, NULL);
  const PnStoredImageFields *fields = pn_stored_image_get (image);
  g_autofree char *subtitle = make_subtitle (fields);
  g_autofree char *digest = g_strndup (pn_stored_image_get_id (image), 8);
  guint n_users = g_strv_length ((char **) users);

  self->image = g_object_ref (image);
  g_object_bind_property (image, "name", self, "title", G_BINDING_SYNC_CREATE);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self), subtitle);
  gtk_label_set_label (self->digest, digest);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->digest), pn_stored_image_get_id (image));
  gtk_widget_set_visible (GTK_WIDGET (self->published), fields->published);
  gtk_widget_set_visible (GTK_WIDGET (self->used), n_users > 0);
  if (n_users > 0)
    {
      g_autofree char *text =
          g_strdup_printf (ngettext ("%u recipe", "%u recipes", n_users), n_users);
      g_autofree char *names = g_strjoinv ("\n", (char **) users);

      gtk_label_set_label (self->used, text);
      gtk_widget_set_tooltip_text (GTK_WIDGET (self->used), names);
    }
  return GTK_WIDGET (self);
}

void
pn_image_row_set_chosen (PnImageRow *self, gboolean chosen)
{
  gtk_image_set_from_icon_name (self->arrow, "object-select-symbolic");
  gtk_widget_set_opacity (GTK_WIDGET (self->arrow), chosen ? 1 : 0);
  gtk_accessible_update_state (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_STATE_SELECTED, chosen, -1);
}

PnStoredImage *
pn_image_row_get_image (PnImageRow *self)
{
  return self->image;
}
