/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Batches of a real helper: nothing, a new one, the ready-to-burn page, one that is under way. */
#include "config.h"

#include "pn-batch-page.h"
#include "pn-batch-plan.h"
#include "pn-consent-page.h"
#include "pn-new-batch-page.h"
#include "pn-scene.h"

static PnClient *
get_client (void)
{
  return pn_app_get_client (pn_app_get_default ());
}

static gboolean
is_helper_ready (PnWindow *window)
{
  return pn_client_get_state (get_client ()) == PN_CLIENT_READY;
}

static void
open_batches (PnWindow *window)
{
  pn_scene_need_station ();
  pn_window_show_page (window, "batches");
}

/* With devices in some slots, so that there is something to choose. */
static void
open_new (PnWindow *window)
{
  static const char *const slots[] = { "Left bench", "Right bench", "Shelf", "Trolley" };
  static gboolean plugged;

  open_batches (window);
  for (guint i = 0; i < G_N_ELEMENTS (slots) && !plugged; i++)
    {
      g_autofree char *serial = g_strdup_printf ("100000004007%04x", 0x3100 + i);

      pn_test_station_plug (pn_scene_need_station (), slots[i], serial, "--model", "cm5", NULL);
    }
  plugged = TRUE;
  pn_window_push (window, pn_new_batch_page_new ());
}

static gboolean
is_entry (GtkWidget *widget, gpointer data)
{
  return gtk_widget_get_mapped (widget);
}

static gboolean
is_new_ready (PnWindow *window)
{
  return pn_test_find (GTK_WIDGET (window), ADW_TYPE_ENTRY_ROW, is_entry, NULL) != NULL &&
         g_list_model_get_n_items (pn_client_get_slots (get_client ())) >= 4;
}

static gboolean
is_every_slot (GtkWidget *widget, gpointer data)
{
  return g_strcmp0 (gtk_buildable_get_buildable_id (GTK_BUILDABLE (widget)), "every_slot") == 0;
}

/* Which slots it is for is chosen one by one. */
static gboolean
are_slots_shown (PnWindow *window)
{
  GtkWidget *page = GTK_WIDGET (pn_window_get_visible_page (window));

  if (!is_new_ready (window))
    return FALSE;
  gtk_switch_set_active (GTK_SWITCH (pn_test_find (page, GTK_TYPE_SWITCH, is_every_slot, NULL)),
                         FALSE);
  return pn_test_find (page, GTK_TYPE_CHECK_BUTTON, is_entry, NULL) != NULL;
}

/* ---- consent ---- */

static void
listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GPtrArray) plans = pn_batch_plan_list_finish (result, NULL);

  for (guint i = 0; plans != NULL && i < plans->len; i++)
    if (pn_batch_plan_is_permanent (plans->pdata[i]))
      {
        pn_batch_plan_set_reference (plans->pdata[i], "2026-118");
        pn_batch_plan_set_count (plans->pdata[i], 250);
        pn_window_push (user_data, pn_consent_page_new (plans->pdata[i]));
        return;
      }
}

static void
open_consent (PnWindow *window)
{
  open_batches (window);
  pn_batch_plan_list_async (NULL, listed_cb, window);
}

/* Its scripts are on the page, too. */
static void
open_consent_hooks (PnWindow *window)
{
  PnTestStation *station = pn_scene_need_station ();

  pn_test_station_set_hooks (station, TRUE);
  g_free (pn_test_station_add_recipe (station, "A label for each", "secure-boot", "nvme", TRUE));
  pn_test_station_set_hooks (station, FALSE);
  open_consent (window);
}

static gboolean
is_consent_checked (PnWindow *window)
{
  PnPage *page = pn_window_get_visible_page (window);

  return PN_IS_CONSENT_PAGE (page) && pn_consent_page_is_checked (PN_CONSENT_PAGE (page));
}

static gboolean
is_group (GtkWidget *widget, gpointer data)
{
  return gtk_widget_has_css_class (widget, "fp");
}

static gboolean
is_consent_matched (PnWindow *window)
{
  GtkWidget *entry = pn_test_find (GTK_WIDGET (window), GTK_TYPE_ENTRY, is_group, NULL);
  g_autofree char *last = NULL;

  if (!is_consent_checked (window) || entry == NULL)
    return FALSE;
  last = pn_test_station_get_fingerprint_end (pn_scene_need_station ());
  gtk_editable_set_text (GTK_EDITABLE (entry), last);
  return TRUE;
}

static void
close_pushed (PnWindow *window)
{
  pn_window_show_page (window, "batches");
}

/* ---- one that is under way ---- */

static void
open_plans_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GPtrArray) plans = pn_batch_plan_list_finish (result, NULL);
  const char *const first[] = { "scene-1", NULL };
  const char *const second[] = { "scene-2", NULL };

  for (guint i = 0; plans != NULL && i < plans->len; i++)
    {
      gboolean permanent = pn_batch_plan_is_permanent (plans->pdata[i]);

      pn_batch_plan_set_reference (plans->pdata[i], permanent ? "2026-118" : "Workshop, May");
      pn_batch_plan_set_count (plans->pdata[i], permanent ? 4 : 12);
      pn_batch_plan_set_slots (plans->pdata[i], permanent ? first : second);
      pn_batch_plan_open_async (plans->pdata[i], get_client (), permanent, NULL, NULL, NULL, NULL,
                                NULL);
    }
}

static void
open_list (PnWindow *window)
{
  static gboolean opened;

  open_batches (window);
  if (opened)
    return;
  opened = TRUE;
  while (!is_helper_ready (window))
    g_main_context_iteration (NULL, TRUE);
  pn_test_station_plug (pn_scene_need_station (), "scene-1", "1000000040072f21", "--model", "cm5",
                        "--storage", "emmc", "--storage-size", "2G", NULL);
  pn_batch_plan_list_async (NULL, open_plans_cb, NULL);
}

/* The first batch that a device has passed of; NULL for none yet. It is held by the client. */
static PnClientBatch *
find_batch (void)
{
  GListModel *batches = pn_client_get_batches (get_client ());

  for (guint i = 0; i < g_list_model_get_n_items (batches); i++)
    {
      g_autoptr (PnClientBatch) batch = g_list_model_get_item (batches, i);

      if (pn_client_batch_get_passed (batch) > 0)
        return batch;
    }
  return NULL;
}

static gboolean
has_passed (PnWindow *window)
{
  return find_batch () != NULL;
}

static void
open_batch (PnWindow *window)
{
  open_list (window);
  while (find_batch () == NULL)
    g_main_context_iteration (NULL, TRUE);
  pn_window_push (window, pn_batch_page_new (find_batch ()));
}

static void
open_paused (PnWindow *window)
{
  open_batch (window);
  pn_client_batch_set_paused_async (find_batch (), TRUE, NULL, NULL, NULL);
}

static gboolean
is_paused (PnWindow *window)
{
  return pn_client_batch_get_paused (find_batch ());
}

static void
open_closed (PnWindow *window)
{
  open_batch (window);
  pn_client_batch_close_async (find_batch (), NULL, NULL, NULL);
}

static gboolean
is_closed (PnWindow *window)
{
  return pn_client_batch_get_closed (find_batch ());
}

/* What the devices of these batches said. */
static void
open_log (PnWindow *window)
{
  open_batch (window);
  pn_window_show_page (window, "activity");
}

const PnScene pn_scenes_batches[] = {
  { .name = "batches-empty", .open = open_batches, .is_ready = is_helper_ready },
  { .name = "new-batch", .open = open_new, .is_ready = is_new_ready, .close = close_pushed },
  { .name = "new-batch-slots",
    .open = open_new,
    .is_ready = are_slots_shown,
    .close = close_pushed },
  { .name = "consent",
    .open = open_consent,
    .is_ready = is_consent_checked,
    .close = close_pushed },
  { .name = "consent-matched",
    .open = open_consent,
    .is_ready = is_consent_matched,
    .close = close_pushed },
  { .name = "batches", .open = open_list, .is_ready = has_passed },
  { .name = "batch", .open = open_batch, .close = close_pushed },
  { .name = "activity-log", .open = open_log, .close = close_pushed },
  { .name = "batch-paused", .open = open_paused, .is_ready = is_paused, .close = close_pushed },
  { .name = "batch-closed", .open = open_closed, .is_ready = is_closed, .close = close_pushed },
  { .name = "consent-hooks",
    .open = open_consent_hooks,
    .is_ready = is_consent_checked,
    .close = close_pushed,
    .height = 1200 },
  { 0 },
};
