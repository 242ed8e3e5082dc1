/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether the station starts devices, and why not; and what it wants a second person for. */
#include "config.h"

#include <stdio.h>

#include "pn-ctl-helper.h"
#include "pn-dbus.h"
#include "pn-sentence.h"

static int
show (int argc, char **argv)
{
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "For machines", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context =
      g_option_context_new ("— whether new devices start, and why not");
  g_autoptr (PnDbusManager) manager = NULL;
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *reason = NULL;
  const char *said;
  gboolean paused;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!pn_ctl_parse (context, &argc, &argv, 0, 0))
    return 2;
  manager = pn_ctl_connect_manager (&error);
  if (manager == NULL)
    return pn_ctl_fail_remote (error);
  paused = pn_dbus_manager_get_paused (manager);
  said = pn_dbus_manager_get_pause_reason (manager);
  reason = pn_sentence_to_english (said != NULL ? said : "");
  if (!json)
    {
      puts (paused ? "Paused: new devices wait." : "Ready.");
      if (reason[0] != '\0')
        puts (reason);
      return 0;
    }
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "paused");
  json_builder_add_boolean_value (builder, paused);
  pn_ctl_add_string (builder, "reason", reason[0] != '\0' ? reason : NULL);
  json_builder_end_object (builder);
  return pn_ctl_print_json (builder);
}

static int
set_paused (int argc, char **argv, gboolean paused, const char *help)
{
  g_autoptr (GOptionContext) context = g_option_context_new (help);
  g_autoptr (PnDbusManager) manager = NULL;
  g_autoptr (GError) error = NULL;

  if (!pn_ctl_parse (context, &argc, &argv, 0, 0))
    return 2;
  manager = pn_ctl_connect_manager (&error);
  if (manager == NULL)
    return pn_ctl_fail_remote (error);
  if (!pn_dbus_manager_call_set_paused_sync (manager, paused, pn_ctl_no_options (), PN_CTL_CALL, -1,
                                             NULL, &error))
    return pn_ctl_fail_remote (error);
  return 0;
}

static int
pause_station (int argc, char **argv)
{
  return set_paused (argc, argv, TRUE, "— start no new device; those that go are not stopped");
}

static int
resume_station (int argc, char **argv)
{
  return set_paused (argc, argv, FALSE, "— start devices again");
}

int
pn_ctl_station (int argc, char **argv)
{
  static const PnCtlCommand commands[] = {
    { "show", show, "Whether new devices start, and why not" },
    { "pause", pause_station, "Start no new device" },
    { "resume", resume_station, "Start devices again" },
    { "second-person", pn_ctl_station_second_person, "What needs a second person" },
    { NULL },
  };

  return pn_ctl_commands (commands, argc, argv);
}
