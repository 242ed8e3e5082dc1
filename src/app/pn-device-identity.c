/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-device-identity.h"

#include <glib/gi18n.h>

#include "pn-format.h"
#include "pn-override.h"
#include "pn-window.h"

struct _PnFact
{
  GObject parent_instance;
  char *name, *value;
};

G_DEFINE_FINAL_TYPE (PnFact, pn_fact, G_TYPE_OBJECT)

static void
pn_fact_finalize (GObject *object)
{
  g_free (PN_FACT (object)->name);
  g_free (PN_FACT (object)->value);
  G_OBJECT_CLASS (pn_fact_parent_class)->finalize (object);
}

static void
pn_fact_class_init (PnFactClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = pn_fact_finalize;
}

static void
pn_fact_init (PnFact *self)
{
}

const char *
pn_fact_get_name (PnFact *self)
{
  return self->name;
}

const char *
pn_fact_get_value (PnFact *self)
{
  return self->value;
}

/* ---- what is known ---- */

/* Takes @value; nothing is added where it is not known. */
static void
add (GListStore *facts, const char *name, char *value)
{
  g_autoptr (PnFact) fact = NULL;

  if (value == NULL || value[0] == '\0')
    {
      g_free (value);
      return;
    }
  fact = g_object_new (PN_TYPE_FACT, NULL);
  fact->name = g_strdup (name);
  fact->value = value;
  g_list_store_append (facts, fact);
}

static void
add_evidence (GListStore *facts, PnDeviceStory *story, const char *name, PnEvidence evidence)
{
  add (facts, name, g_strdup (pn_device_story_get_evidence (story, evidence)));
}

static void
add_size (
    GListStore *facts, PnDeviceStory *story, const char *name, PnEvidence evidence, gboolean binary)
{
  const char *text = pn_device_story_get_evidence (story, evidence);
  guint64 size;

  if (text == NULL || !g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT64, &size, NULL))
    return;
  add (facts, name, g_format_size_full (size, binary ? G_FORMAT_SIZE_IEC_UNITS : 0));
}

/* Which way the image went, where the recipe left it open. */
static void
add_route (GListStore *facts, PnDeviceStory *story)
{
  const char *route = pn_device_story_get_evidence (story, PN_EVIDENCE_ROUTE);
  const char *address = pn_device_story_get_evidence (story, PN_EVIDENCE_ADDRESS);
  const char *name = _ ("Image sent over");

  if (g_strcmp0 (route, "usb") == 0)
    add (facts, name, g_strdup (_ ("USB")));
  else if (g_strcmp0 (route, "network") == 0 && address != NULL)
    /* Translators: an address */
    add (facts, name, g_strdup_printf (_ ("the network, to %s"), address));
  else if (g_strcmp0 (route, "network-then-usb") == 0 && address != NULL)
    /* Translators: an address */
    add (facts, name, g_strdup_printf (_ ("the network, to %s, and then USB"), address));
}

/* What was decided for the device, by whom and why, and was used. */
static void
add_overrides (GListStore *facts, PnDeviceStory *story)
{
  static const PnEvidence evidence[PN_N_OVERRIDE_KINDS] = {
    [PN_OVERRIDE_SKIP_FIRMWARE] = PN_EVIDENCE_SKIP_FIRMWARE,
    [PN_OVERRIDE_AGAIN] = PN_EVIDENCE_AGAIN,
    [PN_OVERRIDE_RECIPE] = PN_EVIDENCE_RECIPE,
  };

  for (guint i = 0; i < PN_N_OVERRIDE_KINDS; i++)
    {
      /* Translators: what was decided: “Override: Provision again”. */
      g_autofree char *name =
          g_strdup_printf (_ ("Override: %s"), _ (pn_override_kind_to_label ((PnOverrideKind) i)));

      add_evidence (facts, story, name, evidence[i]);
    }
}

GListModel *
pn_device_identity_new (PnDeviceStory *story)
{
  GListStore *facts = g_list_store_new (PN_TYPE_FACT);
  gint64 started = pn_device_story_get_started (story);
  gint64 record = pn_device_story_get_record (story);

  add (facts, _ ("What it is"),
       pn_evidence_class_text (pn_device_story_get_evidence (story, PN_EVIDENCE_CLASS),
                               pn_device_story_get_evidence (story, PN_EVIDENCE_UNFINISHED)));
  add_overrides (facts, story);
  add_evidence (facts, story, _ ("Model"), PN_EVIDENCE_MODEL);
  add (facts, _ ("Serial number"), g_strdup (pn_device_story_get_serial (story)));
  add_evidence (facts, story, _ ("Board revision"), PN_EVIDENCE_REVISION);
  add_evidence (facts, story, _ ("Identity code"), PN_EVIDENCE_DUID);
  add_evidence (facts, story, _ ("Ethernet MAC"), PN_EVIDENCE_ETHERNET);
  add_evidence (facts, story, _ ("Wi-Fi MAC"), PN_EVIDENCE_WIFI);
  add_evidence (facts, story, _ ("Bluetooth MAC"), PN_EVIDENCE_BLUETOOTH);
  add_size (facts, story, _ ("Memory"), PN_EVIDENCE_MEMORY, TRUE);
  add_size (facts, story, _ ("Storage"), PN_EVIDENCE_STORAGE_SIZE, FALSE);
  add_evidence (facts, story, _ ("Boot firmware"), PN_EVIDENCE_BOOTLOADER);
  add_evidence (facts, story, _ ("Key fingerprint in the device"), PN_EVIDENCE_KEY_HASH);
  add_evidence (facts, story, _ ("Fingerprint of the device’s own key"), PN_EVIDENCE_DEVICE_KEY);
  add_route (facts, story);
  if (started > 0)
    add (facts, _ ("Started"), pn_format_time (started));
  if (record > 0)
    add (facts, _ ("Record"), g_strdup_printf ("%" G_GINT64_FORMAT, record));
  return G_LIST_MODEL (facts);
}

/* ---- a row ---- */

static void
copy_cb (GtkButton *button, PnFact *fact)
{
  PnWindow *window = pn_window_of (GTK_WIDGET (button));

  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (button)), fact->value);
  if (window != NULL)
    pn_window_toast (window, _ ("Copied."));
}

GtkWidget *
pn_fact_row_new (PnFact *fact)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *copy = gtk_button_new_from_icon_name ("edit-copy-symbolic");
  /* Translators: what a button copies: “Copy Serial number”. */
  g_autofree char *said = g_strdup_printf (_ ("Copy %s"), fact->name);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), fact->name);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), fact->value);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  gtk_widget_add_css_class (row, "fact");
  gtk_widget_set_valign (copy, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (copy, "flat");
  gtk_widget_set_tooltip_text (copy, said);
  gtk_accessible_update_property (GTK_ACCESSIBLE (copy), GTK_ACCESSIBLE_PROPERTY_LABEL, said, -1);
  g_signal_connect_object (copy, "clicked", G_CALLBACK (copy_cb), fact, 0);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), copy);
  return row;
}
