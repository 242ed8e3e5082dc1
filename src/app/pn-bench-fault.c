/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-bench-fault.h"

#include <glib/gi18n.h>

/* Amounts are chosen so that the fault comes while the system is written, whatever is sent before
 * and however small its image is. */
static const PnBenchFault faults[] = {
  { "unplug-after=24000000", N_ ("Bad cable"), N_ ("Loses its connection while it is written") },
  { "stall-after=40", N_ ("Never answers"), N_ ("Goes silent while it starts") },
  { "fail-write-after=8388608", N_ ("Storage fails"), N_ ("Takes so much, and then nothing more") },
  { "flip-bit-after=8388608", N_ ("Storage forgets"),
    N_ ("A bit is another one when it is read back") },
  { "plain-storage", N_ ("Storage stays readable"), N_ ("Says that it encrypts, and does not"),
    PN_FAULT_ENCRYPTED },
  { "write-delay=60000", N_ ("Slow storage"), N_ ("Takes its time to write") },
  { "gadget-serial=00000000badc0ffe", N_ ("Wrong serial number"),
    N_ ("Comes back as another device") },
  { "wrong-eeprom-hash", N_ ("Boot firmware differs"),
    N_ ("Reads back another one than was sent") },
  { "write-protected", N_ ("Boot firmware cannot be written"),
    N_ ("Its boot EEPROM is write-protected") },
  { "reject-recovery", N_ ("Refuses the recovery program"),
    N_ ("As a device that is locked to another key") },
  { "reject-gadget", N_ ("Refuses the writing tool"), N_ ("Its signature is not accepted") },
  { "silent-metadata", N_ ("Says nothing of itself"), N_ ("Its identity cannot be read") },
  { "idp-busy=3", N_ ("Partitions stay busy"), N_ ("Does not take up its new partition table"),
    PN_FAULT_IMAGE_SET },
  { "idp-lose=1", N_ ("Loses an answer"), N_ ("Does not say which image is the next one"),
    PN_FAULT_IMAGE_SET },
  { NULL, NULL, NULL },
};

#define N_FAULTS (G_N_ELEMENTS (faults) - 1)

const PnBenchFault *
pn_bench_faults (void)
{
  return faults;
}

char *
pn_bench_faults_to_text (const char *const *words)
{
  g_autoptr (GPtrArray) titles = g_ptr_array_new ();

  for (guint i = 0; words != NULL && words[i] != NULL; i++)
    {
      const char *title = words[i]; /* one that somebody else has set */

      for (guint j = 0; j < N_FAULTS; j++)
        if (g_str_equal (faults[j].word, words[i]))
          title = _ (faults[j].title);
      g_ptr_array_add (titles, (gpointer) title);
    }
  g_ptr_array_add (titles, NULL);
  return g_strjoinv (" · ", (char **) titles->pdata);
}

/* ---- the list ---- */

struct _PnFaultList
{
  AdwBin parent_instance;
  GtkWidget *rows[N_FAULTS];
  GtkSwitch *switches[N_FAULTS];
};

G_DEFINE_FINAL_TYPE (PnFaultList, pn_fault_list, ADW_TYPE_BIN)

static void
pn_fault_list_class_init (PnFaultListClass *klass)
{
}

static void
pn_fault_list_init (PnFaultList *self)
{
  GtkWidget *group = adw_preferences_group_new ();

  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (group), _ ("Faults"));
  for (guint i = 0; i < N_FAULTS; i++)
    {
      GtkWidget *row = adw_action_row_new ();

      self->rows[i] = row;
      self->switches[i] = GTK_SWITCH (gtk_switch_new ());
      gtk_widget_set_valign (GTK_WIDGET (self->switches[i]), GTK_ALIGN_CENTER);
      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _ (faults[i].title));
      adw_action_row_set_subtitle (ADW_ACTION_ROW (row), _ (faults[i].text));
      adw_action_row_add_suffix (ADW_ACTION_ROW (row), GTK_WIDGET (self->switches[i]));
      adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), GTK_WIDGET (self->switches[i]));
      adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), row);
    }
  adw_bin_set_child (ADW_BIN (self), group);
}

void
pn_fault_list_set_facts (PnFaultList *self, const PnBenchFacts *facts)
{
  for (guint i = 0; i < N_FAULTS; i++)
    gtk_widget_set_visible (self->rows[i],
                            gtk_switch_get_active (self->switches[i]) ||
                                (faults[i].of == PN_FAULT_ENCRYPTED   ? facts->encrypted
                                 : faults[i].of == PN_FAULT_IMAGE_SET ? facts->image_set
                                                                      : TRUE));
}

void
pn_fault_list_set (PnFaultList *self, const char *const *words)
{
  for (guint i = 0; i < N_FAULTS; i++)
    gtk_switch_set_active (self->switches[i],
                           words != NULL && g_strv_contains (words, faults[i].word));
}

GStrv
pn_fault_list_get (PnFaultList *self)
{
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();

  for (guint i = 0; i < N_FAULTS; i++)
    if (gtk_switch_get_active (self->switches[i]))
      g_strv_builder_add (words, faults[i].word);
  return g_strv_builder_end (words);
}
