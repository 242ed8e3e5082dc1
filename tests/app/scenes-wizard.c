/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-image-step.h"
#include "pn-ready-step.h"
#include "pn-review-step.h"
#include "pn-scene.h"
#include "pn-try-step.h"
#include "pn-wizard.h"

/* Steps are opened as if they had been left there. */
static void
open_draft (PnWindow *window, guint step, gboolean one_device, const char *draft)
{
  GSettings *settings = pn_app_get_settings (pn_app_get_default ());

  g_settings_set_string (settings, "setup-draft", draft);
  g_settings_set_boolean (settings, "setup-one-device", one_device);
  g_settings_set_uint (settings, "setup-step", step);
  pn_scene_over = GTK_WIDGET (pn_wizard_new ());
  pn_dialog_present (PN_DIALOG (pn_scene_over), GTK_WIDGET (window));
}

static void
open_at (PnWindow *window, guint step, gboolean one_device)
{
  static const char draft[] = "[Recipe]\nName=Gate controller\nMode=secure-boot\nChip=bcm2712\n"
                              "Storage=emmc\n\n[Image]\nFile=/nowhere/image.img\n";
  open_draft (window, step, one_device, step > 0 ? draft : "");
}

static void
open_welcome (PnWindow *window)
{
  open_at (window, 0, TRUE);
}

static void
open_check (PnWindow *window)
{
  open_at (window, 1, FALSE);
}

static void
open_devices (PnWindow *window)
{
  open_at (window, 2, FALSE);
}

static void
open_image (PnWindow *window)
{
  open_at (window, 3, FALSE);
}

static void
open_protection (PnWindow *window)
{
  open_at (window, 4, TRUE);
}

static void
open_slots (PnWindow *window)
{
  open_at (window, 5, FALSE);
}

/* ---- the image: held over the step, and chosen ---- */

static PnImageStep *
get_image_step (void)
{
  return PN_IMAGE_STEP (pn_test_find (pn_scene_over, PN_TYPE_IMAGE_STEP, NULL, NULL));
}

static void
hover (PnWindow *window, const char *input)
{
  g_autofree char *path = pn_test_station_get_input (pn_scene_need_station (), input);

  open_image (window);
  pn_image_step_hover (get_image_step (), path);
}

static void
open_over (PnWindow *window)
{
  hover (window, "gold-master.img");
}

static void
open_refused (PnWindow *window)
{
  hover (window, "vendor-key-hash.txt");
}

static gboolean
has_style (GtkWidget *widget, gpointer style)
{
  return gtk_widget_has_css_class (widget, style);
}

static gboolean
is_refused (PnWindow *window)
{
  return pn_test_find (pn_scene_over, GTK_TYPE_BOX, has_style, (gpointer) "refuse") != NULL;
}

/* ---- from the review to the end, for real ---- */

static void
open_real (PnWindow *window)
{
  g_autofree char *inputs = pn_test_station_get_input (pn_scene_need_station (), "");
  g_autofree char *image = pn_test_station_get_input (pn_scene_need_station (), "gold-master.img");
  g_autofree char *draft =
      g_strdup_printf ("[Recipe]\nName=Gate %d\nMode=naked\nChip=bcm2712\nStorage=emmc\n\n"
                       "[Image]\nFile=%s\n",
                       g_random_int_range (100, 1000), image);

  g_setenv ("PUNNET_FIRMWARE_DIR", inputs, TRUE);
  open_draft (window, 6, FALSE, draft);
}

static gboolean
is_mapped (GtkWidget *widget, gpointer data)
{
  return gtk_widget_get_mapped (widget);
}

static gboolean
can_go_on (PnWindow *window)
{
  GtkWidget *next =
      pn_test_find (pn_scene_over, GTK_TYPE_BUTTON, has_style, (gpointer) "suggested-action");

  return gtk_widget_get_sensitive (next);
}

/* Goes on from the review once it can. */
static gboolean
is_at (PnWindow *window, GType step)
{
  if (pn_test_find (pn_scene_over, PN_TYPE_REVIEW_STEP, is_mapped, NULL) != NULL &&
      can_go_on (window))
    gtk_widget_activate_action (pn_scene_over, "wizard.next", NULL);
  return pn_test_find (pn_scene_over, step, is_mapped, NULL) != NULL;
}

static gboolean
is_trying (PnWindow *window)
{
  return is_at (window, PN_TYPE_TRY_STEP);
}

static gboolean
is_done (PnWindow *window)
{
  return is_at (window, PN_TYPE_READY_STEP);
}

/* What it tries goes on behind the closed window. */
static void
cancel_jobs (PnWindow *window)
{
  GListModel *jobs = pn_app_get_jobs (pn_app_get_default ());

  for (guint i = 0; i < g_list_model_get_n_items (jobs); i++)
    {
      g_autoptr (PnJob) job = g_list_model_get_item (jobs, i);

      if (pn_job_is_going (job))
        pn_job_cancel (job);
      while (pn_job_is_going (job))
        g_main_context_iteration (NULL, TRUE);
    }
}

const PnScene pn_scenes_wizard[] = {
  { .name = "wizard-welcome", .open = open_welcome },
  { .name = "wizard-check", .open = open_check },
  { .name = "wizard-devices", .open = open_devices },
  { .name = "wizard-image", .open = open_image },
  { .name = "wizard-image-over", .open = open_over },
  { .name = "wizard-image-refused", .open = open_refused, .is_ready = is_refused },
  { .name = "wizard-protection", .open = open_protection },
  { .name = "wizard-slots", .open = open_slots },
  { .name = "wizard-review", .open = open_real, .is_ready = can_go_on },
  { .name = "wizard-try", .open = open_real, .is_ready = is_trying, .close = cancel_jobs },
  { .name = "wizard-ready", .open = open_real, .is_ready = is_done },
  { 0 },
};
