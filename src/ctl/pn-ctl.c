/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-ctl.h"

#include <locale.h>
#include <stdio.h>

#include "pn-secret.h"

static const struct
{
  const char *name;
  int (*run) (int argc, char **argv);
  const char *summary;
} groups[] = {
  { "recipe", pn_ctl_recipe, "Keep recipes, look at them and check them" },
  { "prepare", pn_ctl_prepare, "Make a sealed bundle from a recipe" },
  { "bundle", pn_ctl_bundle, "Look at bundles, verify, pack and install them" },
  { "key", pn_ctl_key, "Say whose bundles a station takes" },
  { "firmware", pn_ctl_firmware, "Take EEPROM images apart, build and sign them" },
  { "image", pn_ctl_image, "Look into images; make sparse files and boot.img" },
  { "batch", pn_ctl_batch, "Provision devices with a bundle" },
  { "watch", pn_ctl_watch, "Watch the runs as they go" },
  { "devices", pn_ctl_devices, "The slots and what is in them" },
  { "station", pn_ctl_station, "Whether new devices start; pause and resume" },
  { "slot", pn_ctl_slot, "Use a slot again that rests after failures" },
  { "records", pn_ctl_records, "What is kept of each run" },
  { "override", pn_ctl_override, "Decide something for one device, and say why" },
  { "approvals", pn_ctl_approvals, "What waits for a second person" },
  { "approve", pn_ctl_approve, "Approve, as the second person, what somebody asks for" },
  { "refuse", pn_ctl_refuse, "Refuse it, or withdraw what you ask for" },
  { "audit", pn_ctl_audit, "Who did what, and whether it is all there" },
  { "migrate", pn_ctl_migrate, "Take over what rpi-sb-provisioner has" },
  { NULL, NULL, NULL },
};

int
pn_ctl_fail (const GError *error)
{
  fprintf (stderr, "punnetctl: %s\n", error->message);
  return 1;
}

static int
usage (FILE *out)
{
  fputs ("Usage: punnetctl [--system | --session] COMMAND [OPTION…]\n\nCommands:\n", out);
  for (guint i = 0; groups[i].name != NULL; i++)
    fprintf (out, "  %-10s %s\n", groups[i].name, groups[i].summary);
  fputs ("\n`punnetctl COMMAND --help` says more.\n", out);
  return out == stdout ? 0 : 2;
}

int
main (int argc, char **argv)
{
  pn_forbid_cores ();
  setlocale (LC_ALL, "");
  pn_ctl_guard_terminal ();
  g_set_prgname ("punnetctl");
  while (argc > 1 && pn_ctl_take_bus_option (argv[1]))
    {
      argc--;
      argv++;
    }
  if (argc < 2)
    return usage (stderr);
  if (g_str_equal (argv[1], "--help") || g_str_equal (argv[1], "help"))
    return usage (stdout);
  if (g_str_equal (argv[1], "--version"))
    {
      puts ("punnetctl " PN_VERSION);
      return 0;
    }
  if (g_str_equal (argv[1], "complete"))
    return pn_ctl_complete (argc - 1, argv + 1);
  for (guint i = 0; groups[i].name != NULL; i++)
    if (g_str_equal (argv[1], groups[i].name))
      {
        pn_ctl_enter (argv[1]);
        return groups[i].run (argc - 1, argv + 1);
      }
  fprintf (stderr, "punnetctl: There is no command “%s”\n", argv[1]);
  return usage (stderr);
}
