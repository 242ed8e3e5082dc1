/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-import-row.h"

#include <glib/gi18n.h>

#include "pn-image-library.h"

struct _PnImportRow
{
  AdwExpanderRow parent_instance;
  PnImportItem *item;
  AdwEntryRow *name, *expected, *notes;
  gboolean removable;
};

enum
{
  PROP_ITEM = 1,
  PROP_REMOVABLE,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];
static guint removed_signal;

G_DEFINE_FINAL_TYPE (PnImportRow, pn_import_row, ADW_TYPE_EXPANDER_ROW)

/* ---- what the template shows ---- */

static char *
make_icon (PnImportRow *self, const char *problem)
{
  return g_strdup (problem != NULL ? "pn-failed-symbolic" : "pn-image-symbolic");
}

static char **
make_icon_style (PnImportRow *self, const char *problem)
{
  const char *words[] = { problem != NULL ? "error" : "dim-label", NULL };

  return g_strdupv ((char **) words);
}

static gboolean
is_taken (const char *name)
{
  GListModel *images = pn_image_library_get_images (pn_image_library_get_default ());
  guint n = g_list_model_get_n_items (images);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (PnStoredImage) image = g_list_model_get_item (images, i);

      if (g_str_equal (pn_stored_image_get (image)->name, name))
        return TRUE;
    }
  return FALSE;
}

static char *
make_hint (PnImportRow *self, const char *issue, const char *name, const char *found)
{
  g_autofree char *plain = g_strstrip (g_strdup (name != NULL ? name : ""));

  if (issue != NULL)
    return g_strdup (issue);
  if (is_taken (plain))
    return g_strdup_printf (_ ("There is an image with this name; it will be ‘%s (2)’."), plain);
  if (found != NULL)
    return g_strdup_printf (_ ("The SHA-256 was found in ‘%s’ beside the file."), found);
  return g_strdup (_ ("The SHA-256 is optional. Paste the published value; a file ‘.sha256’ or "
                      "‘SHA256SUMS’ beside the image is found by itself."));
}

static char **
make_hint_style (PnImportRow *self, const char *issue)
{
  const char *words[] = { "caption", issue != NULL ? "error" : "dim-label", NULL };

  return g_strdupv ((char **) words);
}

static void
remove_cb (PnImportRow *self)
{
  g_signal_emit (self, removed_signal, 0);
}

/* Not bindings of the template: GTK 4.8 cannot end those of the template's own properties. */
static void
show_head (PnImportRow *self)
{
  AdwExpanderRow *row = ADW_EXPANDER_ROW (self);
  const char *problem = pn_import_item_get_problem (self->item);
  g_autofree char *size = g_format_size (pn_import_item_get_size (self->item));
  /* Translators: %s is a size: "2.6 GB on disc". */
  g_autofree char *on_disc = g_strdup_printf (_ ("%s on disc"), size);
  gboolean checking;

  g_object_get (self->item, "checking", &checking, NULL);
  adw_expander_row_set_enable_expansion (row, problem == NULL);
  adw_expander_row_set_subtitle (row, checking          ? _ ("Looking at it…")
                                      : problem != NULL ? problem
                                                        : on_disc);
}

/* ---- the object ---- */

static void
take_item (PnImportRow *self, PnImportItem *item)
{
  const GBindingFlags flags = G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE;

  if (!g_set_object (&self->item, item) || item == NULL)
    return;
  g_object_bind_property (item, "name", self->name, "text", flags);
  g_object_bind_property (item, "expected", self->expected, "text", flags);
  g_object_bind_property (item, "notes", self->notes, "text", flags);
  g_signal_connect_object (item, "notify::problem", G_CALLBACK (show_head), self,
                           G_CONNECT_SWAPPED);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), pn_import_item_get_title (item));
  show_head (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ITEM]);
}

static void
pn_import_row_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PnImportRow *self = PN_IMPORT_ROW (object);

  if (prop_id == PROP_ITEM)
    g_value_set_object (value, self->item);
  else if (prop_id == PROP_REMOVABLE)
    g_value_set_boolean (value, self->removable);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
pn_import_row_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  PnImportRow *self = PN_IMPORT_ROW (object);

  if (prop_id == PROP_ITEM)
    take_item (self, g_value_get_object (value));
  else if (prop_id != PROP_REMOVABLE)
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
  else if (self->removable != g_value_get_boolean (value))
    {
      self->removable = g_value_get_boolean (value);
      g_object_notify_by_pspec (object, pspec);
    }
}

static void
pn_import_row_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), PN_TYPE_IMPORT_ROW);
  g_clear_object (&PN_IMPORT_ROW (object)->item);
  G_OBJECT_CLASS (pn_import_row_parent_class)->dispose (object);
}

static void
pn_import_row_class_init (PnImportRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->get_property = pn_import_row_get_property;
  object_class->set_property = pn_import_row_set_property;
  object_class->dispose = pn_import_row_dispose;
  properties[PROP_ITEM] = g_param_spec_object ("item", NULL, NULL, PN_TYPE_IMPORT_ITEM, flags);
  properties[PROP_REMOVABLE] = g_param_spec_boolean ("removable", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  removed_signal = g_signal_new ("removed", PN_TYPE_IMPORT_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 0);
  g_type_ensure (PN_TYPE_IMPORT_ITEM);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-import-row.ui");
  gtk_widget_class_bind_template_child (widget_class, PnImportRow, name);
  gtk_widget_class_bind_template_child (widget_class, PnImportRow, expected);
  gtk_widget_class_bind_template_child (widget_class, PnImportRow, notes);
  gtk_widget_class_bind_template_callback (widget_class, make_icon);
  gtk_widget_class_bind_template_callback (widget_class, make_icon_style);
  gtk_widget_class_bind_template_callback (widget_class, make_hint);
  gtk_widget_class_bind_template_callback (widget_class, make_hint_style);
  gtk_widget_class_bind_template_callback (widget_class, remove_cb);
}

static void
pn_import_row_init (PnImportRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
pn_import_row_new (PnImportItem *item)
{
  return g_object_new (PN_TYPE_IMPORT_ROW, "item", item, NULL);
}
