/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-consent-page.h"

#include <glib/gi18n.h>
#include <string.h>

#include "pn-app.h"
#include "pn-batch-row.h"
#include "pn-consent-check.h"
#include "pn-consent-fact.h"
#include "pn-error.h"
#include "pn-format.h"
#include "pn-recipe-field.h"
#include "pn-window.h"

#define N_GROUPS 8
#define GROUP_SIZE 8 /* hexadecimal digits */
#define HASH_SIZE 12 /* the same */

struct _PnConsentPage
{
  PnPage parent_instance;
  PnBatchPlan *plan;
  GCancellable *cancellable;
  GListModel *checks;
  GtkLabel *count, *count_title, *count_text;
  GtkImage *checks_symbol;
  GtkLabel *checks_title, *rehearsed;
  GtkFlowBox *checks_box;
  GtkListBox *problems;
  GtkBox *burn;
  GtkWidget *hooks_section; /* where there are any */
  GtkListBox *hooks;
  GtkWidget *key_section; /* not where nothing is locked to a key */
  GtkGrid *groups;
  GtkLabel *hint;
  GtkEntry *last; /* in groups */
  GtkImage *foot_symbol;
  GtkLabel *foot;
  GtkButton *not_now, *arm;
  gboolean busy; /* it is being opened */
  int percent;   /* of the bundle that the helper has */
};

G_DEFINE_FINAL_TYPE (PnConsentPage, pn_consent_page, PN_TYPE_PAGE)

/* ---- checks ---- */

static const char *
state_to_icon (PnCheckState state)
{
  return state == PN_CHECK_PASSED   ? "object-select-symbolic"
         : state == PN_CHECK_FAILED ? "pn-failed-symbolic"
                                    : "content-loading-symbolic";
}

static const char *
state_to_phrase (PnCheckState state)
{
  return state == PN_CHECK_PASSED   ? C_ ("check", "passed")
         : state == PN_CHECK_FAILED ? C_ ("check", "failed")
                                    : C_ ("check", "still checking");
}

static void
show_check (PnConsentCheck *check, GParamSpec *pspec, GtkWidget *child)
{
  PnCheckState state = pn_consent_check_get_state (check);
  GtkWidget *symbol = g_object_get_data (G_OBJECT (child), "pn-symbol");
  /* Translators: a check and how it ended: “Every signature verifies: passed”. */
  g_autofree char *name =
      g_strdup_printf (_ ("%s: %s"), pn_consent_check_get_title (check), state_to_phrase (state));

  gtk_image_set_from_icon_name (GTK_IMAGE (symbol), state_to_icon (state));
  gtk_widget_remove_css_class (symbol, "success");
  gtk_widget_remove_css_class (symbol, "error");
  if (state == PN_CHECK_PASSED || state == PN_CHECK_FAILED)
    gtk_widget_add_css_class (symbol, state == PN_CHECK_PASSED ? "success" : "error");
  gtk_accessible_update_property (GTK_ACCESSIBLE (child), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

static GtkWidget *
make_check (gpointer item, gpointer user_data)
{
  PnConsentCheck *check = item;
  GtkWidget *child = gtk_flow_box_child_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *symbol = gtk_image_new ();
  GtkWidget *label = gtk_label_new (pn_consent_check_get_title (check));

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_box_append (GTK_BOX (box), symbol);
  gtk_box_append (GTK_BOX (box), label);
  gtk_flow_box_child_set_child (GTK_FLOW_BOX_CHILD (child), box);
  gtk_widget_set_focusable (child, FALSE);
  g_object_set_data (G_OBJECT (child), "pn-symbol", symbol);
  g_signal_connect_object (check, "notify::state", G_CALLBACK (show_check), child, 0);
  show_check (check, NULL, child);
  return child;
}

/* How many of the checks are in @state. */
static guint
count_checks (PnConsentPage *self, PnCheckState state)
{
  guint n = g_list_model_get_n_items (self->checks);
  guint count = 0;

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (PnConsentCheck) check = g_list_model_get_item (self->checks, i);

      count += pn_consent_check_get_state (check) == state;
    }
  return count;
}

static void
show_problems (PnConsentPage *self)
{
  guint n = g_list_model_get_n_items (self->checks);
  GtkWidget *row;
  gboolean any = FALSE;

  while ((row = gtk_widget_get_first_child (GTK_WIDGET (self->problems))) != NULL)
    gtk_list_box_remove (self->problems, row);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (PnConsentCheck) check = g_list_model_get_item (self->checks, i);

      if (pn_consent_check_get_problem (check) == NULL)
        continue;
      row = adw_action_row_new ();
      adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), pn_consent_check_get_title (check));
      adw_action_row_set_subtitle (ADW_ACTION_ROW (row), pn_consent_check_get_problem (check));
      adw_action_row_set_icon_name (ADW_ACTION_ROW (row), "pn-failed-symbolic");
      gtk_widget_add_css_class (row, "error");
      gtk_list_box_append (self->problems, row);
      any = TRUE;
    }
  gtk_widget_set_visible (GTK_WIDGET (self->problems), any);
}

/* ---- what may be done ---- */

static gboolean
is_typed_right (PnConsentPage *self)
{
  const char *typed = gtk_editable_get_text (GTK_EDITABLE (self->last));
  const char *fingerprint = pn_batch_plan_get_fingerprint (self->plan);

  /* Where no key is burned there is none to be recognised. */
  return fingerprint == NULL ||
         (strlen (typed) == GROUP_SIZE &&
          g_ascii_strcasecmp (typed, fingerprint + (N_GROUPS - 1) * GROUP_SIZE) == 0);
}

static void
update (PnConsentPage *self)
{
  guint n = g_list_model_get_n_items (self->checks);
  guint passed = count_checks (self, PN_CHECK_PASSED);
  guint failed = count_checks (self, PN_CHECK_FAILED);
  const char *typed = gtk_editable_get_text (GTK_EDITABLE (self->last));
  gboolean right = is_typed_right (self);
  gboolean wrong = !right && strlen (typed) >= GROUP_SIZE;
  /* Translators: how much of the bundle it has. */
  g_autofree char *busy =
      self->percent > 0
          ? g_strdup_printf (_ ("The service takes over the bundle… %d %%"), self->percent)
          : g_strdup (_ ("The service takes over the bundle…"));
  g_autofree char *title =
      failed > 0
          ? g_strdup_printf (ngettext ("%u check failed", "%u checks failed", failed), failed)
          : g_strdup_printf (_ ("%u of %u checks passed"), passed, n);

  gtk_label_set_label (self->checks_title, title);
  gtk_image_set_from_icon_name (self->checks_symbol, failed > 0    ? "pn-failed-symbolic"
                                                     : passed == n ? "pn-passed-symbolic"
                                                                   : "content-loading-symbolic");
  gtk_widget_remove_css_class (GTK_WIDGET (self->checks_symbol), "success");
  gtk_widget_remove_css_class (GTK_WIDGET (self->checks_symbol), "error");
  if (failed > 0 || passed == n)
    gtk_widget_add_css_class (GTK_WIDGET (self->checks_symbol), failed > 0 ? "error" : "success");
  show_problems (self);
  gtk_widget_remove_css_class (GTK_WIDGET (self->last), "good");
  gtk_widget_remove_css_class (GTK_WIDGET (self->last), "error");
  if (right || wrong)
    gtk_widget_add_css_class (GTK_WIDGET (self->last), right ? "good" : "error");
  gtk_accessible_update_state (GTK_ACCESSIBLE (self->last), GTK_ACCESSIBLE_STATE_INVALID,
                               wrong ? GTK_ACCESSIBLE_INVALID_TRUE : GTK_ACCESSIBLE_INVALID_FALSE,
                               -1);
  gtk_label_set_label (
      self->hint,
      right ? _ ("The groups match the signing key.")
      : wrong
          ? _ ("This is not the last group of this key’s fingerprint. Is it the right key?")
          : _ ("The last group is left out on purpose. Type it from your recovery sheet or token "
               "label: that proves it is the right key."));
  gtk_label_set_label (self->foot, failed > 0 ? _ ("A check has failed. Nothing can be armed.")
                                   : passed < n
                                       ? _ ("Checking. This takes as long as reading the image.")
                                   : !right ? _ ("The last group of the fingerprint is missing.")
                                   : self->busy ? busy
                                                : _ ("This cannot be undone."));
  if (right && passed == n)
    gtk_widget_add_css_class (GTK_WIDGET (self->foot_symbol), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->foot_symbol), "error");
  gtk_widget_set_sensitive (GTK_WIDGET (self->last), !self->busy);
  gtk_widget_set_sensitive (GTK_WIDGET (self->arm), right && passed == n && !self->busy);
}

/* Enter ends the typing; it is no way to press the button. */
static void
last_activated_cb (PnConsentPage *self)
{
  if (is_typed_right (self) && gtk_widget_get_mapped (GTK_WIDGET (self->not_now)))
    gtk_widget_grab_focus (GTK_WIDGET (self->not_now));
}

static void
set_busy (GtkWidget *page, int percent)
{
  PnConsentPage *self = PN_CONSENT_PAGE (page);

  self->busy = percent != PN_BATCH_PLAN_IDLE;
  self->percent = percent;
  update (self);
}

static void
arm_cb (PnConsentPage *self)
{
  /* Whoever presses it without going there would leave the keyboard in an insensitive entry. */
  gtk_widget_grab_focus (GTK_WIDGET (self->arm));
  pn_batch_plan_open_from (self->plan, GTK_WIDGET (self), set_busy, TRUE, self->cancellable);
}

static void
not_now_cb (PnConsentPage *self)
{
  pn_window_pop (pn_window_of (GTK_WIDGET (self)));
}

/* ---- what is shown ---- */

static GtkWidget *
make_label (const char *text, const char *style, float xalign)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), xalign);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_natural_wrap_mode (GTK_LABEL (label), GTK_NATURAL_WRAP_NONE);
  if (style != NULL)
    gtk_widget_add_css_class (label, style);
  return label;
}

static void
add_permanent (PnConsentPage *self, const char *word)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 16);
  GtkWidget *what = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  GtkWidget *change = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  GtkWidget *symbol = gtk_image_new_from_icon_name ("pn-locking-symbolic");

  gtk_widget_add_css_class (symbol, "row-icon");
  gtk_widget_add_css_class (row, "row");
  gtk_widget_set_hexpand (what, TRUE);
  gtk_widget_set_valign (change, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (what), make_label (pn_consent_fact_get_title (word), "what", 0));
  gtk_box_append (GTK_BOX (what), make_label (pn_consent_fact_get_consequence (word), NULL, 0));
  gtk_box_append (GTK_BOX (change), make_label (pn_consent_fact_get_before (word), "dim-label", 1));
  gtk_box_append (GTK_BOX (change), make_label (pn_consent_fact_get_after (word), "heading", 1));
  gtk_box_append (GTK_BOX (row), symbol);
  gtk_box_append (GTK_BOX (row), what);
  gtk_box_append (GTK_BOX (row), change);
  gtk_box_append (self->burn, row);
}

/* What it may do, and the beginning of its hash, by which it can be recognised. */
static char *
describe_hook (PnManifest *manifest, const PnManifestHook *hook)
{
  const PnArtefact *script = pn_manifest_find (manifest, (PnRole) (PN_ROLE_HOOKS + hook->stage));
  g_autofree char *hex = pn_sha256_to_hex (&script->digest);
  g_autofree char *folders = g_strjoinv (", ", hook->write);
  /* Translators: follows the name of a script's stage; %s are folders. */
  g_autofree char *write = hook->write[0] != NULL ? g_strdup_printf (_ ("may write to %s"), folders)
                                                  : g_strdup (_ ("nothing that it writes stays"));

  hex[HASH_SIZE] = '\0';
  /* Translators: the beginning of a hash, whether a script may use the network, where it may write:
   * “1a2b3c4d5e6f – no network – nothing that it writes stays”. */
  return g_strdup_printf (_ ("%s – %s – %s"), hex,
                          hook->network ? _ ("may use the network") : _ ("no network"), write);
}

/* Those that run for each device. */
static void
fill_hooks (PnConsentPage *self, PnManifest *manifest)
{
  gboolean any = FALSE;

  for (guint i = PN_HOOK_BOOTSTRAP; i < PN_N_HOOK_STAGES; i++)
    {
      const PnManifestHook *hook = pn_manifest_find_hook (manifest, (PnHookStage) i);
      g_autofree char *text = hook != NULL ? describe_hook (manifest, hook) : NULL;
      GtkWidget *row;

      if (hook == NULL)
        continue;
      row = adw_action_row_new ();
      adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row),
                                     pn_hook_stage_to_label (hook->stage));
      adw_action_row_set_subtitle (ADW_ACTION_ROW (row), text);
      adw_action_row_set_title_lines (ADW_ACTION_ROW (row), 0);
      adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
      if (hook->network || hook->write[0] != NULL)
        adw_action_row_set_icon_name (ADW_ACTION_ROW (row), "pn-decision-symbolic");
      gtk_list_box_append (self->hooks, row);
      any = TRUE;
    }
  gtk_widget_set_visible (self->hooks_section, any);
}

/* Seven groups, and an entry for the eighth. */
static void
fill_fingerprint (PnConsentPage *self, int columns)
{
  const char *fingerprint = pn_batch_plan_get_fingerprint (self->plan);
  GtkWidget *child;

  gtk_widget_set_visible (self->key_section, fingerprint != NULL);
  if (fingerprint == NULL)
    return;
  g_object_ref (self->last);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->groups))) != NULL)
    gtk_grid_remove (self->groups, child);
  for (int i = 0; i < N_GROUPS; i++)
    {
      g_autofree char *group = g_strndup (fingerprint + i * GROUP_SIZE, GROUP_SIZE);
      GtkWidget *cell = i == N_GROUPS - 1 ? GTK_WIDGET (self->last) : make_label (group, "fp", .5);

      gtk_grid_attach (self->groups, cell, i % columns, i / columns, 1, 1);
    }
  g_object_unref (self->last);
}

static void
narrow_cb (PnConsentPage *self)
{
  gboolean narrow = pn_page_get_narrow (PN_PAGE (self));

  fill_fingerprint (self, narrow ? 2 : 4);
  /* The way back is in the header bar; the sentence needs the room. */
  gtk_widget_set_visible (GTK_WIDGET (self->not_now), !narrow);
}

static void
fill (PnConsentPage *self)
{
  PnManifest *manifest = pn_batch_plan_get_manifest (self->plan);
  const char *const *permanent = pn_manifest_get_permanent (manifest);
  guint count = pn_batch_plan_get_count (self->plan);
  g_autofree char *number = g_strdup_printf ("%u", count);
  g_autofree char *slots = pn_batch_format_slots (pn_batch_plan_get_slots (self->plan));
  /* Translators: follows a large number: 4 “devices at most, on Slot 1, Slot 2”. */
  g_autofree char *title =
      g_strdup_printf (ngettext ("device at most, on %s", "devices at most, on %s", count), slots);
  /* Translators: %s is a family of devices, such as “Raspberry Pi 5 family”. */
  g_autofree char *text = g_strdup_printf (_ ("%s only. Any other device is refused untouched."),
                                           pn_chip_to_label (pn_manifest_get_chip (manifest)));
  g_autofree char *when =
      pn_format_time (pn_batch_plan_get_rehearsed (self->plan) * G_USEC_PER_SEC);
  /* Translators: %s is a time: “Rehearsed 5 minutes ago”. */
  g_autofree char *rehearsed = g_strdup_printf (_ ("Rehearsed %s"), when);

  gtk_label_set_label (self->count, number);
  gtk_label_set_label (self->count_title, title);
  gtk_label_set_label (self->count_text, text);
  gtk_label_set_label (self->rehearsed,
                       pn_batch_plan_is_rehearsed (self->plan) ? rehearsed : _ ("Not rehearsed"));
  for (guint i = 0; permanent[i] != NULL; i++)
    add_permanent (self, permanent[i]);
  fill_hooks (self, manifest);
  narrow_cb (self);
}

/* ---- the page ---- */

static void
pn_consent_page_dispose (GObject *object)
{
  PnConsentPage *self = PN_CONSENT_PAGE (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->checks);
  g_clear_object (&self->plan);
  G_OBJECT_CLASS (pn_consent_page_parent_class)->dispose (object);
}

static void
pn_consent_page_class_init (PnConsentPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pn_consent_page_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/punnet/Punnet/ui/pn-consent-page.ui");
  gtk_widget_class_bind_template_child (widget_class, PnConsentPage, count);
  gtk_widget_class_bind_template_child (widget_class, PnConsentPage, count_title);
  gtk_widget_class_bind_template_child (widget_class, PnConsentPage, count_text);
  gtk_widget_class_bind_template_child (widget_class, PnConsentPage, checks_symbol);
  gtk_widget_class_bind_template_child (widget_class, PnConsentPage, checks_title);
  gtk_widget_class_bind_template_child (widget_class, PnConsentPage, rehearsed);
  gtk_widget_class_bind_template_child (widget_class, PnConsentPage, checks_box);
  gtk_widget_class_bind_template_child (widget_class, PnConsentPage, problems);
  gtk_widget_class_bind_template_child (widget_class, PnConsentPage, burn);
  gtk_widget_class_bind_template_child (widget_class, PnConsentPage, hooks_section);
  gtk_widget_class_bind_template_child (widget_class, PnConsentPage, hooks);
  gtk_widget_class_bind_template_child (widget_class, PnConsentPage, key_section);
  gtk_widget_class_bind_template_child (widget_class, PnConsentPage, groups);
  gtk_widget_class_bind_template_child (widget_class, PnConsentPage, last);
  gtk_widget_class_bind_template_child (widget_class, PnConsentPage, hint);
  gtk_widget_class_bind_template_child (widget_class, PnConsentPage, foot_symbol);
  gtk_widget_class_bind_template_child (widget_class, PnConsentPage, foot);
  gtk_widget_class_bind_template_child (widget_class, PnConsentPage, not_now);
  gtk_widget_class_bind_template_child (widget_class, PnConsentPage, arm);
  gtk_widget_class_bind_template_callback (widget_class, update);
  gtk_widget_class_bind_template_callback (widget_class, last_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, arm_cb);
  gtk_widget_class_bind_template_callback (widget_class, not_now_cb);
}

static void
pn_consent_page_init (PnConsentPage *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  /* Hexadecimal runs from left to right in every script. */
  gtk_widget_set_direction (GTK_WIDGET (self->groups), GTK_TEXT_DIR_LTR);
  gtk_widget_set_direction (GTK_WIDGET (self->last), GTK_TEXT_DIR_LTR);
  if (gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL)
    gtk_widget_set_halign (GTK_WIDGET (self->groups), GTK_ALIGN_END);
  g_signal_connect (self, "notify::narrow", G_CALLBACK (narrow_cb), NULL);
}

PnPage *
pn_consent_page_new (PnBatchPlan *plan)
{
  PnConsentPage *self = g_object_new (PN_TYPE_CONSENT_PAGE, NULL);
  guint n;

  self->plan = g_object_ref (plan);
  pn_page_set_subtitle (PN_PAGE (self), pn_batch_plan_get_title (plan));
  self->checks =
      pn_consent_checks_run (plan, pn_app_get_client (pn_app_get_default ()), self->cancellable);
  gtk_flow_box_bind_model (self->checks_box, self->checks, make_check, NULL, NULL);
  n = g_list_model_get_n_items (self->checks);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (PnConsentCheck) check = g_list_model_get_item (self->checks, i);

      g_signal_connect_object (check, "notify::state", G_CALLBACK (update), self,
                               G_CONNECT_SWAPPED);
    }
  fill (self);
  update (self);
  return PN_PAGE (self);
}

gboolean
pn_consent_page_is_checked (PnConsentPage *self)
{
  return count_checks (self, PN_CHECK_PASSED) == g_list_model_get_n_items (self->checks);
}
