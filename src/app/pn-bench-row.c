/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-bench-row.h"

#include <glib/gi18n.h>

#include "pn-bench-dialog.h"
#include "pn-bench-fault.h"
#include "pn-bench-model.h"
#include "pn-error.h"
#include "pn-recipe-field.h"
#include "pn-window.h"

struct _PnBenchRow
{
  GtkListBoxRow parent_instance;
  PnClientBenchDevice *device;
};

enum
{
  PROP_DEVICE = 1,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (PnBenchRow, pn_bench_row, GTK_TYPE_LIST_BOX_ROW)

/* ---- what the template shows; a closure's result is the caller's ---- */

static char *
look_up (const char *word, const char *const (*table)[2])
{
  for (guint i = 0; table[i][0] != NULL; i++)
    if (g_strcmp0 (table[i][0], word) == 0)
      return g_strdup (_ (table[i][1]));
  return g_strdup (word);
}

static char *
make_kind (PnBenchRow *self, const char *model, const char *storage, guint64 size)
{
  const PnBenchModel *known = pn_bench_model_find (model);
  const char *name = known != NULL ? pn_bench_model_get_label (known) : model;
  g_autofree char *space = g_format_size (size);
  PnStorage kind = PN_STORAGE_SD;

  if (storage == NULL || !pn_storage_from_word (storage, &kind))
    return g_strdup (name);
  return g_strdup_printf ("%s · %s %s", name, pn_storage_to_label (kind), space);
}

static char *
make_state (PnBenchRow *self, const char *state)
{
  static const char *const states[][2] = {
    { "fresh", N_ ("Never locked") },
    { "ours", N_ ("Locked with your key") },
    { "other-key", N_ ("Locked with somebody else’s key") },
    { "locked", N_ ("Locked while practising") },
    { NULL, NULL },
  };

  return look_up (state, states);
}

static char *
make_stage (PnBenchRow *self, const char *stage, gboolean plugged, gboolean done)
{
  static const char *const stages[][2] = {
    { "off", N_ ("Without power") },
    { "rom", N_ ("Waits in USB boot mode") },
    { "recovery", N_ ("Runs the recovery program") },
    { "boot-loader", N_ ("Starts") },
    { "gadget", N_ ("Runs the writing tool") },
    { "stuck", N_ ("Stands still until it is pulled out") },
    { "running", N_ ("Runs its own system") },
    { NULL, NULL },
  };

  if (!plugged)
    return g_strdup (done ? _ ("Finished, pulled out") : _ ("Pulled out"));
  if (done)
    return g_strdup (_ ("Finished: its light is off"));
  return look_up (stage, stages);
}

static char *
make_faults (PnBenchRow *self, GStrv faults)
{
  g_autofree char *text = pn_bench_faults_to_text ((const char *const *) faults);

  /* Translators: %s is a list of faults of a virtual device. */
  return text[0] != '\0' ? g_strdup_printf (_ ("Fault: %s"), text) : g_strdup ("");
}

static gboolean
is_text (PnBenchRow *self, const char *text)
{
  return text != NULL && text[0] != '\0';
}

static char *
to_picture (PnBenchRow *self, const char *model)
{
  const PnBenchModel *known = pn_bench_model_find (model);

  return g_strdup (known != NULL ? known->icon : "pn-board-cm5");
}

static char *
to_button (PnBenchRow *self, gboolean plugged)
{
  return g_strdup (plugged ? _ ("Pull out") : _ ("Plug in"));
}

static char **
to_styles (PnBenchRow *self, gboolean plugged)
{
  const char *styles[] = { "board", plugged ? "plugged" : "pulled", NULL };

  return g_strdupv ((char **) styles);
}

/* ---- what one can do to it ---- */

static void
called_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PnBenchRow) self = user_data;
  g_autoptr (GError) error = NULL;
  PnWindow *window = pn_window_of (GTK_WIDGET (self));

  if (!pn_client_bench_device_call_finish (PN_CLIENT_BENCH_DEVICE (source), result, &error) &&
      window != NULL)
    pn_window_toast (window, pn_error_text (error));
}

static void
plug_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  PnBenchRow *self = PN_BENCH_ROW (widget);

  if (pn_client_bench_device_get_plugged (self->device))
    pn_client_bench_device_pull_async (self->device, NULL, called_cb, g_object_ref (self));
  else
    pn_client_bench_device_plug_async (self->device, NULL, called_cb, g_object_ref (self));
}

static void
reset_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  PnBenchRow *self = PN_BENCH_ROW (widget);

  pn_client_bench_device_reset_async (self->device, NULL, called_cb, g_object_ref (self));
}

static void
remove_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  PnBenchRow *self = PN_BENCH_ROW (widget);

  pn_client_bench_device_remove_async (self->device, NULL, called_cb, g_object_ref (self));
}

static void
faults_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  pn_dialog_present (pn_bench_dialog_new_faults (PN_BENCH_ROW (widget)->device), widget);
}

/* ---- the object ---- */

static void
pn_bench_row_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  if (prop_id == PROP_DEVICE)
    g_value_set_object (value, PN_BENCH_ROW (object)->device);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
pn_bench_row_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  if (prop_id == PROP_DEVICE)
    PN_BENCH_ROW (object)->device = g_value_dup_object (value);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
pn_bench_row_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), PN_TYPE_BENCH_ROW);
  g_clear_object (&PN_BENCH_ROW (object)->device);
  G_OBJECT_CLASS (pn_bench_row_parent_class)->dispose (object);
}

static void
pn_bench_row_class_init (PnBenchRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = pn_bench_row_dispose;
  object_class->get_property = pn_bench_row_get_property;
  object_class->set_property = pn_bench_row_set_property;
  properties[PROP_DEVICE] =
      g_param_spec_object ("device", NULL, NULL, PN_TYPE_CLIENT_BENCH_DEVICE,
                           G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  g_type_ensure (PN_TYPE_CLIENT_BENCH_DEVICE);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-bench-row.ui");
  gtk_widget_class_bind_template_callback (widget_class, make_kind);
  gtk_widget_class_bind_template_callback (widget_class, make_state);
  gtk_widget_class_bind_template_callback (widget_class, make_stage);
  gtk_widget_class_bind_template_callback (widget_class, make_faults);
  gtk_widget_class_bind_template_callback (widget_class, is_text);
  gtk_widget_class_bind_template_callback (widget_class, to_picture);
  gtk_widget_class_bind_template_callback (widget_class, to_button);
  gtk_widget_class_bind_template_callback (widget_class, to_styles);
  gtk_widget_class_install_action (widget_class, "device.plug", NULL, plug_action);
  gtk_widget_class_install_action (widget_class, "device.reset", NULL, reset_action);
  gtk_widget_class_install_action (widget_class, "device.remove", NULL, remove_action);
  gtk_widget_class_install_action (widget_class, "device.faults", NULL, faults_action);
}

static void
pn_bench_row_init (PnBenchRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
pn_bench_row_new (PnClientBenchDevice *device)
{
  return g_object_new (PN_TYPE_BENCH_ROW, "device", device, NULL);
}
