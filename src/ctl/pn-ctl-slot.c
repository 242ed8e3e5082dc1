/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Slots that rest after failures in a row. */
#include "config.h"

#include <stdio.h>

#include "pn-ctl-helper.h"

#include "pn-dbus.h"

static PnDbusSlot *
find_slot (GDBusObjectManager *objects, const char *name, GError **error)
{
  g_autoptr (GPtrArray) slots = pn_ctl_list_interfaces (objects, PN_CTL_SLOT);

  for (guint i = 0; i < slots->len; i++)
    if (g_strcmp0 (pn_dbus_slot_get_name (slots->pdata[i]), name) == 0)
      return g_object_ref (slots->pdata[i]);
  g_set_error (error, PN_ERROR, PN_ERROR_NOT_FOUND,
               "There is no slot “%s”; `punnetctl devices` shows them", name);
  return NULL;
}

static int
use_again (int argc, char **argv)
{
  g_autoptr (GOptionContext) context =
      g_option_context_new ("SLOT — say that a slot which rests may be used again");
  g_autoptr (GDBusObjectManager) objects = NULL;
  g_autoptr (PnDbusSlot) slot = NULL;
  g_autoptr (GError) error = NULL;

  if (!pn_ctl_parse (context, &argc, &argv, 1, 1))
    return 2;
  objects = pn_ctl_connect (&error);
  if (objects == NULL || (slot = find_slot (objects, argv[1], &error)) == NULL ||
      !pn_dbus_slot_call_use_again_sync (slot, pn_ctl_no_options (), PN_CTL_CALL, -1, NULL, &error))
    return pn_ctl_fail_remote (error);
  return 0;
}

/* Shows or sets it. */
static int
rest_after (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (
      "[N] — after how many failures in a row a slot rests; 0 = it never does");
  g_autoptr (PnDbusManager) manager = NULL;
  g_autoptr (GError) error = NULL;
  guint64 failures = 0;

  if (!pn_ctl_parse (context, &argc, &argv, 0, 1))
    return 2;
  if (argc == 2 && !g_ascii_string_to_unsigned (argv[1], 10, 0, G_MAXUINT32, &failures, &error))
    {
      (void) pn_ctl_fail (error);
      return 2;
    }
  manager = pn_ctl_connect_manager (&error);
  if (manager == NULL)
    return pn_ctl_fail_remote (error);
  if (argc == 1)
    printf ("%u\n", pn_dbus_manager_get_rest_after (manager));
  else if (!pn_dbus_manager_call_set_rest_after_sync (
               manager, (guint) failures, pn_ctl_no_options (), PN_CTL_CALL, -1, NULL, &error))
    return pn_ctl_fail_remote (error);
  return 0;
}

int
pn_ctl_slot (int argc, char **argv)
{
  static const PnCtlCommand commands[] = {
    { "use-again", use_again, "Say that a slot which rests may be used again" },
    { "rest-after", rest_after, "Show or set after how many failures in a row a slot rests" },
    { NULL },
  };

  return pn_ctl_commands (commands, argc, argv);
}
