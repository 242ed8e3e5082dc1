/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The second person: what he is shown, and what who asked sees until he has answered. */
#include "config.h"

#include <unistd.h>

#include "pn-approval-dialog.h"
#include "pn-fake-helper.h"
#include "pn-scene.h"

static PnFakeHelper *helper;
static PnDbusApproval *approval;

static PnClient *
get_client (void)
{
  return pn_app_get_client (pn_app_get_default ());
}

static void
begin (PnWindow *window, guint uid, const char *caller)
{
  helper = pn_fake_helper_new (PN_CLIENT_NAME);
  approval = pn_fake_helper_add_approval (helper, 1, uid, caller);
  pn_window_show_page (window, "devices");
}

static void
close_helper (PnWindow *window)
{
  /* It would close by itself. */
  if (pn_scene_over != NULL)
    gtk_window_destroy (GTK_WINDOW (pn_scene_over));
  pn_scene_over = NULL;
  g_clear_object (&approval);
  g_clear_pointer (&helper, pn_fake_helper_free);
  while (pn_client_get_state (get_client ()) != PN_CLIENT_ABSENT)
    g_main_context_iteration (NULL, TRUE);
}

static void
open_others (PnWindow *window)
{
  begin (window, getuid () + 1, ":1.4711");
}

static void
open_own (PnWindow *window)
{
  begin (window, getuid (), ":1.4711");
}

static gboolean
is_told (PnWindow *window)
{
  return g_list_model_get_n_items (pn_client_get_approvals (get_client ())) == 1;
}

static gboolean
is_dialog_shown (PnWindow *window)
{
  if (!is_told (window))
    return FALSE;
  if (pn_scene_over == NULL)
    gtk_widget_activate_action (GTK_WIDGET (window), "win.look-at-approval", NULL);
  pn_scene_over = pn_scene_find_window (PN_TYPE_APPROVAL_DIALOG);
  return pn_scene_over != NULL;
}

static void
open_override (PnWindow *window)
{
  open_others (window);
  pn_dbus_approval_set_kind (approval, "override");
  pn_dbus_approval_set_values (
      approval,
      g_variant_new_parsed ("{'kind': <'skip-firmware'>, 'serial': <'1000000040072f11'>,"
                            " 'duration': <'once'>, 'reason': <'Its EEPROM is write-protected; see"
                            " order 2026-118'>}"));
}

static void
open_rule (PnWindow *window)
{
  open_others (window);
  pn_dbus_approval_set_kind (approval, "rule");
  pn_dbus_approval_set_values (approval, g_variant_new_parsed ("{'from': <['burn', 'trust']>,"
                                                               " 'to': <@as []>}"));
}

/* It has expired while somebody looked at it. */
static gboolean
is_over (PnWindow *window)
{
  static gboolean removed;

  if (pn_scene_over == NULL)
    removed = FALSE;
  if (pn_scene_over == NULL && !is_dialog_shown (window))
    return FALSE;
  if (!removed)
    pn_fake_helper_remove (helper, "approvals", 1);
  removed = TRUE;
  return g_list_model_get_n_items (pn_client_get_approvals (get_client ())) == 0;
}

const PnScene pn_scenes_approvals[] = {
  { .name = "approval-banner", .open = open_others, .is_ready = is_told, .close = close_helper },
  { .name = "approval-burn",
    .open = open_others,
    .is_ready = is_dialog_shown,
    .close = close_helper },
  { .name = "approval-override",
    .open = open_override,
    .is_ready = is_dialog_shown,
    .close = close_helper },
  { .name = "approval-rule",
    .open = open_rule,
    .is_ready = is_dialog_shown,
    .close = close_helper },
  { .name = "approval-own", .open = open_own, .is_ready = is_dialog_shown, .close = close_helper },
  { .name = "approval-over", .open = open_others, .is_ready = is_over, .close = close_helper },
  { 0 },
};
