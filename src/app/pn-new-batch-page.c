/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-new-batch-page.h"

#include <glib/gi18n.h>

#include "pn-app.h"
#include "pn-batch-plan.h"
#include "pn-consent-page.h"
#include "pn-error.h"
#include "pn-recipe-field.h"
#include "pn-spinner.h"
#include "pn-window.h"

#define MAX_REFERENCE 60 /* characters */
#define MAX_QUANTITY 1000000

struct _PnNewBatchPage
{
  PnPage parent_instance;
  GListStore *plans;
  GCancellable *cancellable;
  GtkStack *stack;
  AdwEntryRow *reference;
  GtkLabel *reference_problem;
  AdwComboRow *recipe;
  GtkSpinButton *quantity;
  GtkSwitch *automatic;
  AdwComboRow *done;
  GtkSwitch *every_slot;
  AdwPreferencesGroup *slots_group;
  GtkListBox *slots;
  GtkLabel *hint;
  GtkButton *next;
  gboolean busy; /* it is being opened */
  int percent;   /* of the bundle that the helper has */
};

G_DEFINE_FINAL_TYPE (PnNewBatchPage, pn_new_batch_page, PN_TYPE_PAGE)

static PnClient *
get_client (void)
{
  return pn_app_get_client (pn_app_get_default ());
}

static PnBatchPlan *
get_plan (PnNewBatchPage *self)
{
  return adw_combo_row_get_selected_item (self->recipe);
}

static void update (PnNewBatchPage *self);

/* ---- slots ---- */

static GtkWidget *
make_slot_row (gpointer item, gpointer user_data)
{
  PnClientSlot *slot = item;
  PnNewBatchPage *self = user_data;
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *check = gtk_check_button_new ();

  gtk_check_button_set_active (GTK_CHECK_BUTTON (check), TRUE);
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), pn_client_slot_get_label (slot));
  if (!g_str_equal (pn_client_slot_get_label (slot), pn_client_slot_get_name (slot)))
    adw_action_row_set_subtitle (ADW_ACTION_ROW (row), pn_client_slot_get_name (slot));
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), check);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), check);
  g_object_set_data_full (G_OBJECT (row), "pn-slot", g_object_ref (slot), g_object_unref);
  g_object_set_data (G_OBJECT (row), "pn-check", check);
  g_signal_connect_object (check, "toggled", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  return row;
}

/* The names of the slots that are ticked; NULL = every slot. */
static GStrv
get_slots (PnNewBatchPage *self)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();

  if (gtk_switch_get_active (self->every_slot))
    return NULL;
  for (GtkWidget *row = gtk_widget_get_first_child (GTK_WIDGET (self->slots)); row != NULL;
       row = gtk_widget_get_next_sibling (row))
    if (gtk_check_button_get_active (g_object_get_data (G_OBJECT (row), "pn-check")))
      g_strv_builder_add (names,
                          pn_client_slot_get_name (g_object_get_data (G_OBJECT (row), "pn-slot")));
  return g_strv_builder_end (names);
}

/* ---- checks, while it is typed ---- */

static gboolean
reference_is_taken (const char *reference)
{
  GListModel *batches = pn_client_get_batches (get_client ());
  guint n = g_list_model_get_n_items (batches);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (PnClientBatch) batch = g_list_model_get_item (batches, i);

      if (g_str_equal (pn_client_batch_get_reference (batch), reference))
        return TRUE;
    }
  return FALSE;
}

/* The first thing that is wrong, or NULL. (transfer full) */
static char *
find_problem (PnNewBatchPage *self)
{
  g_auto (GStrv) slots = get_slots (self);
  PnBatchPlan *plan = get_plan (self);

  if (plan == NULL)
    return g_strdup (_ ("Choose a recipe."));
  if (slots != NULL && slots[0] == NULL)
    return g_strdup (_ ("Choose at least one slot."));
  pn_batch_plan_set_slots (plan, (const char *const *) slots);
  return pn_batch_plan_find_conflict (plan, get_client ());
}

static const char *
find_reference_problem (PnNewBatchPage *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->reference));

  if (text[0] == '\0')
    return _ ("Give the batch a reference, such as the order number.");
  if (g_utf8_strlen (text, -1) > MAX_REFERENCE)
    return _ ("This reference is too long.");
  if (reference_is_taken (text))
    return _ ("There is a batch with this reference.");
  return NULL;
}

static void
update (PnNewBatchPage *self)
{
  PnBatchPlan *plan = get_plan (self);
  const char *reference_problem = find_reference_problem (self);
  g_autofree char *slots_problem = find_problem (self);
  const char *problem = reference_problem != NULL ? reference_problem : slots_problem;
  gboolean typed = gtk_editable_get_text (GTK_EDITABLE (self->reference))[0] != '\0';
  gboolean permanent = plan != NULL && pn_batch_plan_is_permanent (plan);
  gboolean ready = pn_client_get_state (get_client ()) == PN_CLIENT_READY;
  /* Translators: how much of the bundle the service has taken over. */
  g_autofree char *busy = self->percent > 0 ? g_strdup_printf (_ ("Opening… %d %%"), self->percent)
                                            : g_strdup (_ ("Opening…"));

  gtk_label_set_label (self->reference_problem,
                       reference_problem != NULL && typed ? reference_problem : "");
  gtk_widget_set_visible (GTK_WIDGET (self->reference_problem), reference_problem != NULL && typed);
  if (reference_problem != NULL && typed)
    gtk_widget_add_css_class (GTK_WIDGET (self->reference), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->reference), "error");
  gtk_widget_set_visible (GTK_WIDGET (self->slots_group),
                          g_list_model_get_n_items (pn_client_get_slots (get_client ())) > 0);
  gtk_widget_set_visible (GTK_WIDGET (self->slots), !gtk_switch_get_active (self->every_slot));
  gtk_button_set_label (self->next, self->busy  ? busy
                                    : permanent ? _ ("Check and arm…")
                                                : _ ("Open the batch"));
  gtk_label_set_label (self->hint,
                       slots_problem != NULL ? slots_problem
                       : permanent ? _ ("This recipe locks devices for good. You see what becomes "
                                        "permanent before anything is armed.")
                                   : _ ("Nothing in this recipe is permanent."));
  gtk_widget_set_visible (GTK_WIDGET (self->hint), plan != NULL);
  gtk_widget_set_sensitive (GTK_WIDGET (self->next), problem == NULL && ready && !self->busy);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->next), problem);
}

/* ---- on ---- */

static void
set_busy (GtkWidget *page, int percent)
{
  PnNewBatchPage *self = PN_NEW_BATCH_PAGE (page);

  self->busy = percent != PN_BATCH_PLAN_IDLE;
  self->percent = percent;
  update (self);
}

static void
next_cb (PnNewBatchPage *self)
{
  PnBatchPlan *plan = get_plan (self);

  pn_batch_plan_set_reference (plan, gtk_editable_get_text (GTK_EDITABLE (self->reference)));
  pn_batch_plan_set_count (plan, (guint) gtk_spin_button_get_value_as_int (self->quantity));
  pn_batch_plan_set_automatic (plan, gtk_switch_get_active (self->automatic));
  pn_batch_plan_set_done (plan, (PnDonePolicy) adw_combo_row_get_selected (self->done));
  if (pn_batch_plan_is_permanent (plan))
    {
      pn_window_push (pn_window_of (GTK_WIDGET (self)), pn_consent_page_new (plan));
      return;
    }
  pn_batch_plan_open_from (plan, GTK_WIDGET (self), set_busy, FALSE, self->cancellable);
}

static void
listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PnNewBatchPage) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) plans = pn_batch_plan_list_finish (result, &error);
  PnWindow *window = pn_window_of (GTK_WIDGET (self));

  if (plans == NULL)
    {
      if (window != NULL)
        pn_window_toast (window, pn_error_text (error));
      return;
    }
  for (guint i = 0; i < plans->len; i++)
    g_list_store_append (self->plans, plans->pdata[i]);
  gtk_stack_set_visible_child_name (self->stack, plans->len > 0 ? "form" : "empty");
  update (self);
  gtk_widget_grab_focus (GTK_WIDGET (self->reference));
}

static char *
get_plan_title (PnBatchPlan *plan, gpointer user_data)
{
  return g_strdup (plan != NULL ? pn_batch_plan_get_title (plan) : "");
}

/* Where it is narrow the choice needs the room. A closure's result is the caller's. */
static char *
describe_done (PnNewBatchPage *self, gboolean narrow)
{
  return g_strdup (narrow ? "" : _ ("Devices that passed with this bundle before"));
}

static void
pn_new_batch_page_dispose (GObject *object)
{
  PnNewBatchPage *self = PN_NEW_BATCH_PAGE (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->plans);
  G_OBJECT_CLASS (pn_new_batch_page_parent_class)->dispose (object);
}

static void
pn_new_batch_page_class_init (PnNewBatchPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_new_batch_page_dispose;
  g_type_ensure (PN_TYPE_SPINNER);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-new-batch-page.ui");
  gtk_widget_class_bind_template_child (widget_class, PnNewBatchPage, stack);
  gtk_widget_class_bind_template_child (widget_class, PnNewBatchPage, reference);
  gtk_widget_class_bind_template_child (widget_class, PnNewBatchPage, reference_problem);
  gtk_widget_class_bind_template_child (widget_class, PnNewBatchPage, recipe);
  gtk_widget_class_bind_template_child (widget_class, PnNewBatchPage, quantity);
  gtk_widget_class_bind_template_child (widget_class, PnNewBatchPage, automatic);
  gtk_widget_class_bind_template_child (widget_class, PnNewBatchPage, done);
  gtk_widget_class_bind_template_callback (widget_class, describe_done);
  gtk_widget_class_bind_template_child (widget_class, PnNewBatchPage, every_slot);
  gtk_widget_class_bind_template_child (widget_class, PnNewBatchPage, slots_group);
  gtk_widget_class_bind_template_child (widget_class, PnNewBatchPage, slots);
  gtk_widget_class_bind_template_child (widget_class, PnNewBatchPage, hint);
  gtk_widget_class_bind_template_child (widget_class, PnNewBatchPage, next);
  gtk_widget_class_bind_template_callback (widget_class, update);
  gtk_widget_class_bind_template_callback (widget_class, next_cb);
}

static void
fill_done (PnNewBatchPage *self)
{
  g_autoptr (GtkStringList) labels = gtk_string_list_new (NULL);

  for (guint policy = 0; policy < PN_N_DONE_POLICIES; policy++)
    gtk_string_list_append (labels, _ (pn_done_policy_to_label ((PnDonePolicy) policy)));
  adw_combo_row_set_model (self->done, G_LIST_MODEL (labels));
}

static void
pn_new_batch_page_init (PnNewBatchPage *self)
{
  g_autoptr (GtkExpression) title = NULL;
  GListModel *slots = pn_client_get_slots (get_client ());

  self->cancellable = g_cancellable_new ();
  self->plans = g_list_store_new (PN_TYPE_BATCH_PLAN);
  gtk_widget_init_template (GTK_WIDGET (self));
  title = gtk_cclosure_expression_new (G_TYPE_STRING, NULL, 0, NULL, G_CALLBACK (get_plan_title),
                                       NULL, NULL);
  adw_combo_row_set_expression (self->recipe, title);
  adw_combo_row_set_model (self->recipe, G_LIST_MODEL (self->plans));
  fill_done (self);
  gtk_spin_button_set_range (self->quantity, 1, MAX_QUANTITY);
  gtk_spin_button_set_increments (self->quantity, 1, 10);
  gtk_list_box_bind_model (self->slots, slots, make_slot_row, self, NULL);
  g_signal_connect_object (get_client (), "notify::state", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  update (self);
  pn_batch_plan_list_async (self->cancellable, listed_cb, g_object_ref (self));
}

PnPage *
pn_new_batch_page_new (void)
{
  return g_object_new (PN_TYPE_NEW_BATCH_PAGE, NULL);
}
