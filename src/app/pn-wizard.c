/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-wizard.h"

#include <glib/gi18n.h>

#include "pn-app.h"
#include "pn-check-step.h"
#include "pn-family-step.h"
#include "pn-image-step.h"
#include "pn-narrow.h"
#include "pn-protection-step.h"
#include "pn-ready-step.h"
#include "pn-review-step.h"
#include "pn-slots-step.h"
#include "pn-try-step.h"
#include "pn-welcome-step.h"
#include "pn-window.h"

#define NARROW_WIDTH 600

static GType (*const steps[]) (void) = {
  pn_welcome_step_get_type, pn_check_step_get_type,      pn_family_step_get_type,
  pn_image_step_get_type,   pn_protection_step_get_type, pn_slots_step_get_type,
  pn_review_step_get_type,  pn_try_step_get_type,        pn_ready_step_get_type,
};
#define N_STEPS G_N_ELEMENTS (steps)
#define CREATED 7 /* the first step after which nothing that was chosen can be changed */

struct _PnWizard
{
  PnDialog parent_instance;
  AdwWindowTitle *title;
  GtkButton *back, *next;
  GtkBox *bar;
  GtkStack *stack;
  PnSetup *setup;
  PnWizardStep *pages[N_STEPS];
  GtkProgressBar *pieces[N_STEPS];
  guint at;
  gboolean narrow;
  guint resized;      /* an idle source that looks at the width */
  guint taking_focus; /* a tick callback */
};

enum
{
  PROP_NARROW = 1,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (PnWizard, pn_wizard, PN_TYPE_DIALOG)

/* ---- where it is ---- */

/* The step before, or @self->at where there is none to go back to. */
static guint
find_before (PnWizard *self)
{
  guint first = self->at > CREATED ? self->at : self->at == CREATED ? CREATED - 1 : 0;

  for (guint i = self->at; i > first; i--)
    if (!pn_wizard_step_skip (self->pages[i - 1]))
      return i - 1;
  return self->at == CREATED ? CREATED - 1 : self->at;
}

static void
show_pieces (PnWizard *self)
{
  static const char *const styles[] = { "done", "now", "none" };

  for (guint i = 0; i < N_STEPS; i++)
    {
      GtkWidget *piece = GTK_WIDGET (self->pieces[i]);

      for (guint j = 0; j < G_N_ELEMENTS (styles); j++)
        gtk_widget_remove_css_class (piece, styles[j]);
      gtk_widget_add_css_class (piece, styles[i < self->at ? 0 : i == self->at ? 1 : 2]);
      gtk_widget_set_hexpand (piece, i == self->at);
      gtk_progress_bar_set_fraction (self->pieces[i], i < self->at ? 1 : i == self->at ? .5 : 0);
    }
}

static void
update (PnWizard *self)
{
  PnWizardStep *page = self->pages[self->at];
  g_autofree char *title = NULL, *next = NULL, *problem = NULL;
  g_autofree char *where = g_strdup_printf (_ ("Step %u of %u"), self->at + 1, (guint) N_STEPS);
  gboolean busy, can_back;

  g_object_get (page, "title", &title, "next", &next, "problem", &problem, "busy", &busy, NULL);
  can_back = find_before (self) != self->at;
  adw_window_title_set_title (self->title, title);
  adw_window_title_set_subtitle (self->title, where);
  gtk_widget_set_visible (GTK_WIDGET (self->back), can_back);
  gtk_widget_set_sensitive (GTK_WIDGET (self->back), !busy);
  /* The first step has a choice for each way on. */
  gtk_widget_set_visible (GTK_WIDGET (self->next), self->at > 0);
  gtk_button_set_label (self->next, next != NULL ? next : C_ ("set-up", "Next"));
  gtk_widget_set_sensitive (GTK_WIDGET (self->next), problem == NULL && !busy);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->next), problem);
}

/* What is written or chosen first; where there is nothing of the kind, Next. Nothing that is not
 * shown may have the focus: it would swallow every key. Only once everything has its place: before,
 * any of it would be the first. */
static gboolean
take_focus_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  PnWizard *self = PN_WIZARD (widget);
  GtkWidget *page = GTK_WIDGET (self->pages[self->at]);

  if (gtk_widget_get_width (page) == 0)
    return G_SOURCE_CONTINUE;
  self->taking_focus = 0;
  if (!gtk_widget_child_focus (page, GTK_DIR_TAB_FORWARD) &&
      gtk_widget_get_mapped (GTK_WIDGET (self->next)))
    gtk_widget_grab_focus (GTK_WIDGET (self->next));
  return G_SOURCE_REMOVE;
}

static void
focus_first (PnWizard *self)
{
  if (self->taking_focus == 0)
    self->taking_focus =
        gtk_widget_add_tick_callback (GTK_WIDGET (self), take_focus_cb, NULL, NULL);
}

static void
go_to (PnWizard *self, guint at)
{
  gboolean on = at >= self->at;

  self->at = at;
  pn_setup_set_step (self->setup, at);
  pn_wizard_step_enter (self->pages[at]);
  gtk_stack_set_transition_type (self->stack, on ? GTK_STACK_TRANSITION_TYPE_SLIDE_LEFT
                                                 : GTK_STACK_TRANSITION_TYPE_SLIDE_RIGHT);
  gtk_stack_set_visible_child (self->stack, GTK_WIDGET (self->pages[at]));
  show_pieces (self);
  update (self);
  focus_first (self);
}

static void
go_on_cb (PnWizard *self, PnWizardStep *page)
{
  if (self->pages[self->at] != page)
    return;
  if (self->at + 1 == N_STEPS)
    {
      gtk_window_close (GTK_WINDOW (self));
      return;
    }
  for (guint i = self->at + 1; i < N_STEPS; i++)
    if (!pn_wizard_step_skip (self->pages[i]))
      {
        go_to (self, i);
        return;
      }
}

/* ---- actions ---- */

static void
next_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  PnWizard *self = PN_WIZARD (widget);

  if (self->at > 0 && gtk_widget_get_sensitive (GTK_WIDGET (self->next)))
    pn_wizard_step_leave (self->pages[self->at]);
}

static void
back_action (GtkWidget *widget, const char *action, GVariant *parameter)
{
  PnWizard *self = PN_WIZARD (widget);
  guint before = find_before (self);

  if (before != self->at && gtk_widget_get_sensitive (GTK_WIDGET (self->back)))
    go_to (self, before);
}

/* Enter is Next, also on a card or in an entry: only a button or a row that does something of its
 * own keeps it. */
static gboolean
key_cb (PnWizard *self, guint key, guint code, GdkModifierType state)
{
  GtkWidget *focus = gtk_root_get_focus (GTK_ROOT (self));
  gboolean own =
      (GTK_IS_BUTTON (focus) && !GTK_IS_TOGGLE_BUTTON (focus)) ||
      (GTK_IS_LIST_BOX_ROW (focus) && gtk_list_box_row_get_activatable (GTK_LIST_BOX_ROW (focus)));

  if ((key != GDK_KEY_Return && key != GDK_KEY_KP_Enter) || (state & GDK_CONTROL_MASK) != 0 ||
      own || self->at == 0)
    return FALSE;
  gtk_widget_activate_action (GTK_WIDGET (self), "wizard.next", NULL);
  return TRUE;
}

static gboolean
close_request_cb (PnWizard *self)
{
  g_settings_set_boolean (pn_app_get_settings (pn_app_get_default ()), "first-run-done", TRUE);
  return FALSE;
}

/* ---- the window ---- */

static gboolean
resized_cb (gpointer user_data)
{
  PnWizard *self = user_data;

  self->resized = 0;
  self->narrow =
      pn_is_narrow (GTK_WIDGET (self), gtk_widget_get_width (GTK_WIDGET (self)), NARROW_WIDTH);
  if (self->narrow)
    gtk_widget_add_css_class (GTK_WIDGET (self), "narrow");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "narrow");
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_NARROW]);
  return G_SOURCE_REMOVE;
}

static void
pn_wizard_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  PnWizard *self = PN_WIZARD (widget);

  GTK_WIDGET_CLASS (pn_wizard_parent_class)->size_allocate (widget, width, height, baseline);
  if (self->narrow != pn_is_narrow (widget, width, NARROW_WIDTH) && self->resized == 0)
    self->resized = g_idle_add (resized_cb, self);
}

static void
pn_wizard_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  if (prop_id == PROP_NARROW)
    g_value_set_boolean (value, PN_WIZARD (object)->narrow);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
pn_wizard_dispose (GObject *object)
{
  PnWizard *self = PN_WIZARD (object);

  g_clear_handle_id (&self->resized, g_source_remove);
  g_clear_object (&self->setup);
  G_OBJECT_CLASS (pn_wizard_parent_class)->dispose (object);
}

static void
pn_wizard_class_init (PnWizardClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = pn_wizard_dispose;
  object_class->get_property = pn_wizard_get_property;
  widget_class->size_allocate = pn_wizard_size_allocate;
  properties[PROP_NARROW] =
      g_param_spec_boolean ("narrow", NULL, NULL, FALSE,
                            G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/punnet/Punnet/ui/pn-wizard.ui");
  gtk_widget_class_bind_template_child (widget_class, PnWizard, title);
  gtk_widget_class_bind_template_child (widget_class, PnWizard, back);
  gtk_widget_class_bind_template_child (widget_class, PnWizard, next);
  gtk_widget_class_bind_template_child (widget_class, PnWizard, bar);
  gtk_widget_class_bind_template_child (widget_class, PnWizard, stack);
  gtk_widget_class_bind_template_callback (widget_class, close_request_cb);
  gtk_widget_class_bind_template_callback (widget_class, key_cb);
  gtk_widget_class_install_action (widget_class, "wizard.next", NULL, next_action);
  gtk_widget_class_install_action (widget_class, "wizard.back", NULL, back_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Left, GDK_ALT_MASK, "wizard.back",
                                       NULL);
}

static void
pn_wizard_init (PnWizard *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  /* Until its width is known: what is wide would widen it. */
  self->narrow = TRUE;
  gtk_widget_add_css_class (GTK_WIDGET (self), "narrow");
  self->setup = pn_setup_new (pn_app_get_settings (pn_app_get_default ()));
  for (guint i = 0; i < N_STEPS; i++)
    {
      PnWizardStep *page = g_object_new (steps[i](), NULL);

      self->pages[i] = page;
      pn_wizard_step_set_setup (page, self->setup);
      g_object_bind_property (self, "narrow", page, "narrow", G_BINDING_SYNC_CREATE);
      g_signal_connect_swapped (page, "go-on", G_CALLBACK (go_on_cb), self);
      g_signal_connect_swapped (page, "notify::problem", G_CALLBACK (update), self);
      g_signal_connect_swapped (page, "notify::busy", G_CALLBACK (update), self);
      gtk_stack_add_child (self->stack, GTK_WIDGET (page));
      self->pieces[i] = GTK_PROGRESS_BAR (gtk_progress_bar_new ());
      gtk_box_append (self->bar, GTK_WIDGET (self->pieces[i]));
    }
}

PnDialog *
pn_wizard_new (void)
{
  PnWizard *self = g_object_new (PN_TYPE_WIZARD, NULL);
  guint step = MIN (pn_setup_get_step (self->setup), CREATED - 1);

  go_to (self, step);
  return PN_DIALOG (self);
}
