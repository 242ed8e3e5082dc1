/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-override-row.h"

#include <glib/gi18n.h>

#include "pn-app.h"
#include "pn-error.h"
#include "pn-window.h"

/* ---- which ---- */

static gboolean
is_for_cb (gpointer item, gpointer slot)
{
  const PnOverride *override = pn_client_override_get (item);

  return pn_override_is_for (override, pn_client_slot_get_name (slot),
                             pn_client_slot_get_serial (slot));
}

/* Another device comes, or says more of itself. */
static void
device_changed_cb (GtkFilter *filter)
{
  gtk_filter_changed (filter, GTK_FILTER_CHANGE_DIFFERENT);
}

GListModel *
pn_override_rows_for (PnClient *client, PnClientSlot *slot)
{
  GtkCustomFilter *filter = gtk_custom_filter_new (is_for_cb, g_object_ref (slot), g_object_unref);
  GtkFilterListModel *model = gtk_filter_list_model_new (
      g_object_ref (pn_client_get_overrides (client)), GTK_FILTER (g_object_ref (filter)));

  g_signal_connect_object (slot, "notify::serial", G_CALLBACK (device_changed_cb), filter,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (slot, "notify::state", G_CALLBACK (device_changed_cb), filter,
                           G_CONNECT_SWAPPED);
  g_object_unref (filter);
  return G_LIST_MODEL (model);
}

/* ---- in words ---- */

static const char *
describe_time (const PnOverride *override)
{
  return override->once ? _ ("this time") : _ ("until cleared");
}

char *
pn_override_describe (const PnOverride *override)
{
  /* Translators: an override, for how long, who decided it, and why: “Provision again, this time,
   * by alice: it was repaired”. */
  return g_strdup_printf (_ ("%s, %s, by %s: %s"), _ (pn_override_kind_to_label (override->kind)),
                          describe_time (override), override->who, override->reason);
}

/* ---- a row ---- */

static void
cleared_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GtkWidget) row = user_data;
  g_autoptr (GError) error = NULL;
  PnWindow *window = pn_window_of (row);

  if (!pn_client_override_finish (PN_CLIENT (source), result, &error) && window != NULL)
    pn_window_toast (window, pn_error_text (error));
}

static void
clear_cb (GtkButton *button, PnClientOverride *override)
{
  pn_client_clear_override_async (pn_app_get_client (pn_app_get_default ()),
                                  pn_client_override_get (override)->id, NULL, cleared_cb,
                                  g_object_ref (button));
}

static GtkWidget *
make_row (gpointer item, gpointer user_data)
{
  const PnOverride *override = pn_client_override_get (item);
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *clear = gtk_button_new_with_label (C_ ("override", "Clear"));
  const char *label = _ (pn_override_kind_to_label (override->kind));
  g_autofree char *title =
      override->recipe != NULL
          ? g_strdup_printf ("%s (%s) · %s", label, override->recipe, describe_time (override))
          : g_strdup_printf ("%s · %s", label, describe_time (override));
  g_autofree char *subtitle = g_strdup_printf ("%s: %s", override->who, override->reason);
  /* Translators: what a button clears: “Clear the override “Provision again””. */
  g_autofree char *said = g_strdup_printf (_ ("Clear the override “%s”"), label);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  gtk_widget_set_valign (clear, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (clear, said);
  gtk_accessible_update_property (GTK_ACCESSIBLE (clear), GTK_ACCESSIBLE_PROPERTY_LABEL, said, -1);
  g_signal_connect_object (clear, "clicked", G_CALLBACK (clear_cb), item, 0);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), clear);
  return row;
}

static void
items_changed_cb (GListModel *model, guint position, guint removed, guint added, GtkWidget *part)
{
  gtk_widget_set_visible (part, g_list_model_get_n_items (model) > 0);
}

void
pn_override_rows_show (GtkListBox *list, GtkWidget *part, PnClient *client, PnClientSlot *slot)
{
  g_autoptr (GListModel) model = pn_override_rows_for (client, slot);

  g_signal_connect_object (model, "items-changed", G_CALLBACK (items_changed_cb), part, 0);
  gtk_list_box_bind_model (list, model, make_row, NULL, NULL);
  items_changed_cb (model, 0, 0, 0, part);
}
