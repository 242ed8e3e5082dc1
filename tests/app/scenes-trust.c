/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a station keeps, by a real helper: bundles, keys, audit, and others' records. */
#include "config.h"

#include "pn-audit-page.h"
#include "pn-bundle-install.h"
#include "pn-bundle-row.h"
#include "pn-bundles-page.h"
#include "pn-enrol-dialog.h"
#include "pn-limits-dialog.h"
#include "pn-merge-dialog.h"
#include "pn-scene.h"
#include "pn-trust-group.h"

static PnClient *
get_client (void)
{
  return pn_app_get_client (pn_app_get_default ());
}

static gboolean
is_helper_ready (void)
{
  return pn_client_get_state (get_client ()) == PN_CLIENT_READY;
}

static guint
count_bundles (void)
{
  return g_list_model_get_n_items (pn_client_get_bundles (get_client ()));
}

/* Both of the station's are installed. */
static void
fill (void)
{
  static gboolean filled;
  g_auto (GStrv) folders = NULL;

  (void) pn_scene_need_station ();
  while (!is_helper_ready ())
    g_main_context_iteration (NULL, TRUE);
  if (filled)
    return;
  filled = TRUE;
  folders = pn_test_station_list_bundles (pn_scene_need_station ());
  for (guint i = 0; folders[i] != NULL; i++)
    {
      g_autoptr (GFile) folder = g_file_new_for_path (folders[i]);

      (void) pn_bundle_install_start (get_client (), folder);
    }
  while (count_bundles () < g_strv_length (folders))
    g_main_context_iteration (NULL, TRUE);
}

static void
open_empty (PnWindow *window)
{
  (void) pn_scene_need_station ();
  pn_window_push (window, pn_bundles_page_new ());
}

static gboolean
is_ready (PnWindow *window)
{
  return is_helper_ready ();
}

static void
open_bundles (PnWindow *window)
{
  fill ();
  pn_window_push (window, pn_bundles_page_new ());
}

static gboolean
show_bundles (PnWindow *window)
{
  GtkWidget *row = pn_test_find (GTK_WIDGET (window), PN_TYPE_BUNDLE_ROW, NULL, NULL);

  if (row == NULL || count_bundles () < 2)
    return FALSE;
  adw_expander_row_set_expanded (ADW_EXPANDER_ROW (row), TRUE);
  return TRUE;
}

static gboolean
show_limits (PnWindow *window)
{
  if (!show_bundles (window))
    return FALSE;
  if (pn_scene_over == NULL)
    {
      gtk_widget_activate_action (GTK_WIDGET (pn_window_get_visible_page (window)),
                                  "bundles.limits", NULL);
      pn_scene_over = pn_scene_find_window (PN_TYPE_LIMITS_DIALOG);
    }
  return gtk_widget_get_mapped (pn_scene_over);
}

static void
pop (PnWindow *window)
{
  pn_window_pop (window);
}

/* ---- settings ---- */

static void
enrolled_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  (void) pn_client_store_finish (PN_CLIENT (source), result, NULL);
}

static void
open_trust (PnWindow *window)
{
  fill ();
  pn_client_enrol_key_async (get_client (),
                             "8c41d07e51aa90c3f2be77021d6e4f9a0b5c8837e1d2940f6a3b7c5e9d1f2048",
                             "Line 2", enrolled_cb, NULL);
  pn_window_show_page (window, "settings");
}

/* It is below what is seen first. */
static gboolean
show_trust (PnWindow *window)
{
  GtkWidget *group = pn_test_find (GTK_WIDGET (window), PN_TYPE_TRUST_GROUP, NULL, NULL);
  GtkWidget *scrolled =
      group != NULL ? gtk_widget_get_ancestor (group, GTK_TYPE_SCROLLED_WINDOW) : NULL;
  GtkAdjustment *place;
  graphene_point_t at;

  if (scrolled == NULL || !pn_test_shows_text (group, "Line 2"))
    return FALSE;
  place = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scrolled));
  if (!gtk_widget_compute_point (group, scrolled, &GRAPHENE_POINT_INIT (0, 0), &at))
    return FALSE;
  gtk_adjustment_set_value (place, gtk_adjustment_get_value (place) + at.y - 12);
  return TRUE;
}

static gboolean
show_enrol (PnWindow *window)
{
  if (!is_helper_ready () || count_bundles () < 2)
    return FALSE;
  if (pn_scene_over == NULL)
    {
      pn_dialog_present (pn_enrol_dialog_new (get_client ()), GTK_WIDGET (window));
      pn_scene_over = pn_scene_find_window (PN_TYPE_ENROL_DIALOG);
    }
  return gtk_widget_get_mapped (pn_scene_over);
}

/* ---- the audit ---- */

static void
open_audit (PnWindow *window)
{
  fill ();
  pn_window_show_page (window, "activity");
  pn_window_push (window, pn_audit_page_new ());
}

static PnAuditPage *
get_audit (PnWindow *window)
{
  return PN_AUDIT_PAGE (pn_window_get_visible_page (window));
}

static gboolean
has_entries (PnWindow *window)
{
  return g_str_equal (pn_audit_page_get_shown (get_audit (window)), "list");
}

static gboolean
is_spinning (GtkWidget *spinner, gpointer data)
{
  return gtk_widget_get_mapped (spinner);
}

static gboolean
show_verified (PnWindow *window)
{
  static PnAuditPage *asked; /* not owned */
  GtkWidget *page = GTK_WIDGET (get_audit (window));

  if (!has_entries (window))
    return FALSE;
  if (asked != get_audit (window))
    gtk_widget_activate_action (page, "audit.verify", NULL);
  asked = get_audit (window);
  return pn_test_find (page, GTK_TYPE_SPINNER, is_spinning, NULL) == NULL;
}

static void
open_none (PnWindow *window)
{
  open_audit (window);
  g_object_set (get_audit (window), "searching", TRUE, "search-text", "nobody", NULL);
}

static gboolean
has_none (PnWindow *window)
{
  return g_str_equal (pn_audit_page_get_shown (get_audit (window)), "none");
}

/* ---- merging ---- */

static void
open_merge (PnWindow *window)
{
  g_autofree char *path = NULL;

  fill ();
  path = pn_test_station_get_input (pn_scene_need_station (), "station-2.jsonl");
  g_assert_true (g_file_set_contents (
      path,
      "{\"started\":1793606400000000,\"ended\":1793606580000000,\"slot\":\"1-1.2\","
      "\"serial\":\"1000000040073101\",\"verdict\":\"passed\"}\n",
      -1, NULL));
  pn_window_show_page (window, "records");
}

static gboolean
show_merge (PnWindow *window)
{
  g_autofree char *path = pn_test_station_get_input (pn_scene_need_station (), "station-2.jsonl");
  g_autofree char *other = pn_test_station_get_input (pn_scene_need_station (), "customer.pem");

  if (pn_scene_over == NULL)
    {
      pn_dialog_present (pn_merge_dialog_new (get_client ()), GTK_WIDGET (window));
      pn_scene_over = pn_scene_find_window (PN_TYPE_MERGE_DIALOG);
      pn_merge_dialog_add (PN_MERGE_DIALOG (pn_scene_over), path);
      pn_merge_dialog_add (PN_MERGE_DIALOG (pn_scene_over), other);
    }
  return gtk_widget_get_mapped (pn_scene_over);
}

const PnScene pn_scenes_trust[] = {
  { .name = "bundles-empty", .open = open_empty, .is_ready = is_ready, .close = pop },
  { .name = "bundles", .open = open_bundles, .is_ready = show_bundles, .close = pop },
  { .name = "limits", .open = open_bundles, .is_ready = show_limits, .close = pop },
  { .name = "settings-trust", .open = open_trust, .is_ready = show_trust },
  { .name = "enrol", .open = open_trust, .is_ready = show_enrol },
  { .name = "audit", .open = open_audit, .is_ready = has_entries, .close = pop },
  { .name = "audit-verified", .open = open_audit, .is_ready = show_verified, .close = pop },
  { .name = "audit-none", .open = open_none, .is_ready = has_none, .close = pop },
  { .name = "merge", .open = open_merge, .is_ready = show_merge },
  { 0 },
};
