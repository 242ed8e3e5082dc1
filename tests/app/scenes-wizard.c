/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-scene.h"
#include "pn-wizard.h"

/* Steps are opened as if they had been left there. */
static void
open_at (PnWindow *window, guint step, gboolean one_device)
{
  static const char draft[] = "[Recipe]\nName=Gate controller\nMode=secure-boot\nChip=bcm2712\n"
                              "Storage=emmc\n\n[Image]\nFile=/nowhere/image.img\n";
  GSettings *settings = pn_app_get_settings (pn_app_get_default ());

  g_settings_set_string (settings, "setup-draft", step > 0 ? draft : "");
  g_settings_set_boolean (settings, "setup-one-device", one_device);
  g_settings_set_uint (settings, "setup-step", step);
  pn_scene_over = GTK_WIDGET (pn_wizard_new ());
  pn_dialog_present (PN_DIALOG (pn_scene_over), GTK_WIDGET (window));
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

static void
open_review (PnWindow *window)
{
  open_at (window, 6, FALSE);
}

const PnScene pn_scenes_wizard[] = {
  { .name = "wizard-welcome", .open = open_welcome },
  { .name = "wizard-check", .open = open_check },
  { .name = "wizard-devices", .open = open_devices },
  { .name = "wizard-image", .open = open_image },
  { .name = "wizard-protection", .open = open_protection },
  { .name = "wizard-slots", .open = open_slots },
  { .name = "wizard-review", .open = open_review },
  { 0 },
};
