/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-bench-dialog.h"

#include <glib/gi18n.h>

#include "pn-bench-facts.h"
#include "pn-bench-fault.h"
#include "pn-bench-model.h"
#include "pn-error.h"
#include "pn-recipe-field.h"

#define MAX_NAME 64
#define N_SIZES 5

static const char *const states[] = { "fresh", "other-key", "ours" };
static const guint64 sizes[N_SIZES] = { 4, 8, 16, 32, 64 };
#define GB G_GUINT64_CONSTANT (1000000000)
struct _PnBenchDialog
{
  PnDialog parent_instance;
  AdwWindowTitle *title_widget;
  GtkButton *accept;
  GtkLabel *problem;
  AdwPreferencesGroup *device_group;
  AdwEntryRow *name;
  AdwComboRow *model, *storage, *size, *state;
  GtkSwitch *person, *plug;
  PnFaultList *faults;
  PnClientBench *bench;        /* of a new device */
  PnClientBenchDevice *device; /* whose faults are chosen; or that was added */
  PnBenchFacts *facts;
  GCancellable *cancellable;
};

G_DEFINE_FINAL_TYPE (PnBenchDialog, pn_bench_dialog, PN_TYPE_DIALOG)

static void
show_problem (PnBenchDialog *self, const char *problem)
{
  gtk_label_set_label (self->problem, problem != NULL ? problem : "");
  gtk_widget_set_visible (GTK_WIDGET (self->problem), problem != NULL);
  gtk_widget_set_sensitive (GTK_WIDGET (self->accept), TRUE);
}

/* ---- what can be chosen ---- */

static void
set_choices (AdwComboRow *row, const char *const *words)
{
  g_autoptr (GtkStringList) list = gtk_string_list_new (words);

  adw_combo_row_set_model (row, G_LIST_MODEL (list));
}

static void
model_changed_cb (PnBenchDialog *self)
{
  const PnBenchModel *model = pn_bench_model_get (adw_combo_row_get_selected (self->model));
  const char *words[PN_BENCH_MAX_STORAGES + 1] = { NULL };

  if (model == NULL)
    return;
  for (guint i = 0; i < model->n_storages; i++)
    words[i] = pn_storage_to_label (model->storages[i]);
  set_choices (self->storage, words);
}

static void
set_models (PnBenchDialog *self)
{
  g_autoptr (GtkStringList) list = gtk_string_list_new (NULL);

  for (guint i = 0; pn_bench_model_get (i) != NULL; i++)
    gtk_string_list_append (list, pn_bench_model_get_label (pn_bench_model_get (i)));
  adw_combo_row_set_model (self->model, G_LIST_MODEL (list));
}

static void
set_sizes (PnBenchDialog *self)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) words = NULL;

  for (guint i = 0; i < N_SIZES; i++)
    {
      g_autofree char *word = g_format_size (sizes[i] * GB);

      g_strv_builder_add (builder, word);
    }
  words = g_strv_builder_end (builder);
  set_choices (self->size, (const char *const *) words);
}

/* As the newest bundle wants it. */
static void
take_facts (PnBenchDialog *self)
{
  const PnBenchFacts *facts = self->facts;
  const PnBenchModel *model = pn_bench_model_for (facts->chip, facts->storage);
  const char *words[] = { _ ("Never locked"), _ ("Locked with somebody else’s key"), NULL, NULL };

  if (facts->fingerprint != NULL)
    words[2] = _ ("Locked with your key");
  set_choices (self->state, words);
  for (guint i = 0; pn_bench_model_get (i) != NULL; i++)
    if (pn_bench_model_get (i) == model)
      adw_combo_row_set_selected (self->model, i);
  for (guint i = 0; i < model->n_storages; i++)
    if (model->storages[i] == facts->storage)
      adw_combo_row_set_selected (self->storage, i);
  for (guint i = N_SIZES; i > 0; i--)
    if (facts->size <= sizes[i - 1] * GB)
      adw_combo_row_set_selected (self->size, i - 1);
}

static gboolean
has_name (PnClientBench *bench, const char *name)
{
  GListModel *devices = pn_client_bench_get_devices (bench);

  for (guint i = 0; i < g_list_model_get_n_items (devices); i++)
    {
      g_autoptr (PnClientBenchDevice) device = g_list_model_get_item (devices, i);

      if (g_str_equal (pn_client_bench_device_get_name (device), name))
        return TRUE;
    }
  return FALSE;
}

/* It is the slot's name, too, and that is plain ASCII. */
static const char *
check_name (PnBenchDialog *self, const char *name)
{
  for (const char *at = name; *at != '\0'; at++)
    if (!g_ascii_isprint (*at))
      return _ ("A slot’s name has letters without accents, digits and signs only");
  if (strlen (name) > MAX_NAME)
    return _ ("The name is too long");
  return has_name (self->bench, name) ? _ ("There is a device with this name on the bench") : NULL;
}

static void
name_changed_cb (PnBenchDialog *self)
{
  const char *name = gtk_editable_get_text (GTK_EDITABLE (self->name));
  const char *problem = self->bench != NULL ? check_name (self, name) : NULL;

  if (self->bench == NULL)
    return;
  show_problem (self, problem);
  gtk_widget_set_sensitive (GTK_WIDGET (self->accept),
                            self->facts != NULL && name[0] != '\0' && problem == NULL);
}

static void
propose_name (PnBenchDialog *self)
{
  for (guint i = 1;; i++)
    {
      g_autofree char *name = g_strdup_printf ("Slot %u", i);

      if (has_name (self->bench, name))
        continue;
      gtk_editable_set_text (GTK_EDITABLE (self->name), name);
      return;
    }
}

static void
facts_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PnBenchDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  PnBenchFacts *facts = pn_bench_facts_load_finish (result, &error);

  if (pn_error_is_cancelled (error))
    return;
  if (facts == NULL)
    {
      show_problem (self, pn_error_text (error));
      return;
    }
  self->facts = facts;
  pn_fault_list_set_facts (self->faults, facts);
  take_facts (self);
  name_changed_cb (self);
}

/* ---- what is done ---- */

static void
done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PnBenchDialog) self = user_data;
  g_autoptr (GError) error = NULL;

  if (pn_client_bench_device_call_finish (PN_CLIENT_BENCH_DEVICE (source), result, &error))
    gtk_window_close (GTK_WINDOW (self));
  else
    show_problem (self, pn_error_text (error));
}

static void
added_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PnBenchDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = pn_client_bench_add_finish (PN_CLIENT_BENCH (source), result, &error);
  GListModel *devices = pn_client_bench_get_devices (PN_CLIENT_BENCH (source));
  const char *name = gtk_editable_get_text (GTK_EDITABLE (self->name));

  if (path == NULL)
    {
      show_problem (self, pn_error_text (error));
      return;
    }
  for (guint i = 0; gtk_switch_get_active (self->plug) && i < g_list_model_get_n_items (devices);
       i++)
    {
      g_autoptr (PnClientBenchDevice) device = g_list_model_get_item (devices, i);

      if (!g_str_equal (pn_client_bench_device_get_name (device), name))
        continue;
      pn_client_bench_device_plug_async (device, NULL, done_cb, g_object_ref (self));
      return;
    }
  gtk_window_close (GTK_WINDOW (self));
}

static void
add (PnBenchDialog *self)
{
  g_auto (GStrv) faults = pn_fault_list_get (self->faults);
  const PnBenchModel *chosen = pn_bench_model_get (adw_combo_row_get_selected (self->model));
  const PnBenchModel *model = chosen != NULL ? chosen : pn_bench_model_get (0);
  guint storage = MIN (adw_combo_row_get_selected (self->storage), model->n_storages - 1);
  guint state = MIN (adw_combo_row_get_selected (self->state), G_N_ELEMENTS (states) - 1);
  PnBenchPlan plan = {
    .model = model->word,
    .storage = model->storages[storage],
    .size = sizes[MIN (adw_combo_row_get_selected (self->size), N_SIZES - 1)] * GB,
    .state = states[state],
    .faults = (const char *const *) faults,
    .person = gtk_switch_get_active (self->person),
  };

  pn_client_bench_add_async (self->bench, gtk_editable_get_text (GTK_EDITABLE (self->name)),
                             pn_bench_plan_to_options (&plan, self->facts), NULL, added_cb,
                             g_object_ref (self));
}

static void
accept_cb (PnBenchDialog *self)
{
  gtk_widget_set_sensitive (GTK_WIDGET (self->accept), FALSE);
  if (self->bench != NULL)
    add (self);
  else
    {
      g_auto (GStrv) faults = pn_fault_list_get (self->faults);

      pn_client_bench_device_set_faults_async (self->device, (const char *const *) faults, NULL,
                                               done_cb, g_object_ref (self));
    }
}

/* ---- the window ---- */

static void
pn_bench_dialog_dispose (GObject *object)
{
  PnBenchDialog *self = PN_BENCH_DIALOG (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->bench);
  g_clear_object (&self->device);
  g_clear_pointer (&self->facts, pn_bench_facts_free);
  G_OBJECT_CLASS (pn_bench_dialog_parent_class)->dispose (object);
}

static void
pn_bench_dialog_class_init (PnBenchDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_bench_dialog_dispose;
  g_type_ensure (PN_TYPE_FAULT_LIST);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-bench-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, PnBenchDialog, title_widget);
  gtk_widget_class_bind_template_child (widget_class, PnBenchDialog, accept);
  gtk_widget_class_bind_template_child (widget_class, PnBenchDialog, problem);
  gtk_widget_class_bind_template_child (widget_class, PnBenchDialog, device_group);
  gtk_widget_class_bind_template_child (widget_class, PnBenchDialog, name);
  gtk_widget_class_bind_template_child (widget_class, PnBenchDialog, model);
  gtk_widget_class_bind_template_child (widget_class, PnBenchDialog, storage);
  gtk_widget_class_bind_template_child (widget_class, PnBenchDialog, size);
  gtk_widget_class_bind_template_child (widget_class, PnBenchDialog, state);
  gtk_widget_class_bind_template_child (widget_class, PnBenchDialog, person);
  gtk_widget_class_bind_template_child (widget_class, PnBenchDialog, plug);
  gtk_widget_class_bind_template_child (widget_class, PnBenchDialog, faults);
  gtk_widget_class_bind_template_callback (widget_class, accept_cb);
  gtk_widget_class_bind_template_callback (widget_class, name_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, model_changed_cb);
}

static void
pn_bench_dialog_init (PnBenchDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->cancellable = g_cancellable_new ();
  gtk_window_set_default_widget (GTK_WINDOW (self), GTK_WIDGET (self->accept));
  set_sizes (self);
  set_models (self);
  model_changed_cb (self);
}

static void
set_words (PnBenchDialog *self, const char *title, const char *subtitle, const char *accept)
{
  gtk_window_set_title (GTK_WINDOW (self), title);
  adw_window_title_set_title (self->title_widget, title);
  adw_window_title_set_subtitle (self->title_widget, subtitle);
  gtk_button_set_label (self->accept, accept);
}

PnDialog *
pn_bench_dialog_new (PnClientBench *bench)
{
  PnBenchDialog *self = g_object_new (PN_TYPE_BENCH_DIALOG, NULL);

  self->bench = g_object_ref (bench);
  set_words (self, _ ("Add a virtual device"), "", C_ ("bench", "Add"));
  propose_name (self);
  pn_bench_facts_load_async (self->cancellable, facts_cb, g_object_ref (self));
  return PN_DIALOG (self);
}

PnDialog *
pn_bench_dialog_new_faults (PnClientBenchDevice *device)
{
  PnBenchDialog *self = g_object_new (PN_TYPE_BENCH_DIALOG, NULL);
  g_auto (GStrv) faults = pn_client_bench_device_dup_faults (device);

  self->device = g_object_ref (device);
  set_words (self, _ ("Faults"), pn_client_bench_device_get_name (device), _ ("Apply"));
  gtk_widget_set_visible (GTK_WIDGET (self->device_group), FALSE);
  pn_fault_list_set (self->faults, (const char *const *) faults);
  pn_bench_facts_load_async (self->cancellable, facts_cb, g_object_ref (self));
  return PN_DIALOG (self);
}
