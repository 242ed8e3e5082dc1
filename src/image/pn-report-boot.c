/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the boot partition of an image tells, and the remarks about it. */
#include "config.h"

#include "pn-image-report-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define LINE_LIMIT 98 /* characters of a line that the firmware reads */
#define LOCK "lock_device_private_key="

void
pn_report_remark (PnImageReport *self, PnRemarkKind kind, const char *argument)
{
  PnRemark *remark;

  if (self->remarks->len >= PN_REPORT_LIST_MAX)
    return;
  remark = g_new0 (PnRemark, 1);
  remark->kind = kind;
  remark->argument = argument != NULL ? pn_report_text (argument) : NULL;
  g_ptr_array_add (self->remarks, remark);
}

gboolean
pn_remark_is_warning (const PnRemark *self)
{
  switch (self->kind)
    {
    case PN_REMARK_OWN_KERNEL:
    case PN_REMARK_LONG_LINE:
    case PN_REMARK_SERIAL_CONSOLE:
    case PN_REMARK_NO_LOGIN:
      return FALSE;
    case PN_REMARK_LOCK_LINE:
    case PN_REMARK_32_BIT:
    case PN_REMARK_DEBUG_PORT:
    case PN_REMARK_SIGNED_ALREADY:
    case PN_REMARK_DEBUG_SHELL:
    case PN_REMARK_EMPTY_PASSWORD:
    case PN_REMARK_ROOT_PASSWORD:
    case PN_REMARK_DEFAULT_PASSWORD:
    default:
      return TRUE;
    }
}

char *
pn_remark_to_text (const PnRemark *self)
{
  const char *argument = self->argument != NULL ? self->argument : "";

  switch (self->kind)
    {
    case PN_REMARK_LOCK_LINE:
      return g_strdup_printf (
          _ ("config.txt says “%s”, which forbids what locked start-up needs. Remove the line."),
          argument);
    case PN_REMARK_32_BIT:
      return g_strdup_printf (_ ("config.txt asks for a 32-bit system: “%s”."), argument);
    case PN_REMARK_OWN_KERNEL:
      return g_strdup_printf (_ ("config.txt chooses what is started itself: “%s”."), argument);
    case PN_REMARK_DEBUG_PORT:
      return g_strdup_printf (_ ("config.txt opens the debug port: “%s”."), argument);
    case PN_REMARK_LONG_LINE:
      return g_strdup_printf (
          _ ("A line of config.txt is longer than 98 characters; the firmware cuts it: “%s…”."),
          argument);
    case PN_REMARK_SERIAL_CONSOLE:
      return g_strdup_printf (_ ("A log-in is offered on the serial port: “%s”."), argument);
    case PN_REMARK_SIGNED_ALREADY:
      return g_strdup_printf (_ ("The boot partition holds a signed %s already."), argument);
    case PN_REMARK_DEBUG_SHELL:
      return g_strdup_printf (_ ("%s gives whoever has a keyboard a root shell."), argument);
    case PN_REMARK_EMPTY_PASSWORD:
      return g_strdup_printf (_ ("The account ‘%s’ needs no password."), argument);
    case PN_REMARK_ROOT_PASSWORD:
      return g_strdup (_ ("‘root’ can log in with a password."));
    case PN_REMARK_DEFAULT_PASSWORD:
      return g_strdup_printf (
          _ ("The account ‘%s’ has a password: make sure it is not the well-known one."), argument);
    case PN_REMARK_NO_LOGIN:
    default:
      return g_strdup (_ ("Nobody can log in: no account has a password or a key."));
    }
}

void
pn_report_scan_config (PnImageReport *self, GBytes *text)
{
  static const struct
  {
    const char *prefix;
    PnRemarkKind kind;
  } known[] = {
    { "arm_64bit=0", PN_REMARK_32_BIT },
    { "kernel=", PN_REMARK_OWN_KERNEL },
    { "os_prefix=", PN_REMARK_OWN_KERNEL },
    { "initramfs ", PN_REMARK_OWN_KERNEL },
    { "enable_jtag_gpio=1", PN_REMARK_DEBUG_PORT },
  };
  g_auto (GStrv) lines = pn_report_lines (text);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      const char *line = g_strstrip (lines[i]);

      if (line[0] == '#')
        continue;
      if (strlen (line) > LINE_LIMIT)
        {
          g_autofree char *start = g_strndup (line, 40);

          pn_report_remark (self, PN_REMARK_LONG_LINE, start);
        }
      if (g_str_has_prefix (line, LOCK) && !g_str_equal (line, LOCK "1"))
        pn_report_remark (self, PN_REMARK_LOCK_LINE, line);
      for (guint k = 0; k < G_N_ELEMENTS (known); k++)
        if (g_str_has_prefix (line, known[k].prefix))
          pn_report_remark (self, known[k].kind, line);
    }
}

static void
add_first_boot (PnImageReport *self, const char *what)
{
  if (self->first_boot->len < PN_REPORT_LIST_MAX)
    g_ptr_array_add (self->first_boot, pn_report_text (what));
}

void
pn_report_scan_cmdline (PnImageReport *self, GBytes *text)
{
  g_auto (GStrv) lines = pn_report_lines (text);
  g_auto (GStrv) words = g_strsplit_set (lines[0] != NULL ? lines[0] : "", " \t\r", 0);

  for (guint i = 0; words[i] != NULL; i++)
    {
      if (g_str_has_prefix (words[i], "console=serial") ||
          g_str_has_prefix (words[i], "console=ttyAMA") ||
          g_str_has_prefix (words[i], "console=ttyS"))
        pn_report_remark (self, PN_REMARK_SERIAL_CONSOLE, words[i]);
      if (g_str_has_prefix (words[i], "systemd.run=") ||
          (g_str_has_prefix (words[i], "init=") &&
           (strstr (words[i], "first") != NULL || strstr (words[i], "resize") != NULL)))
        add_first_boot (self, words[i]);
    }
}

static GBytes *
read_text (PnFat *boot, const char *name)
{
  return pn_fat_read_file (boot, name, PN_REPORT_TEXT_MAX, NULL);
}

void
pn_report_boot (PnImageReport *self, PnFat *boot)
{
  static const char *const first[] = { "firstrun.sh", "userconf", "userconf.txt", "custom.toml",
                                       "user-data",   "ssh",      "ssh.txt",      NULL };
  g_auto (GStrv) names = pn_fat_list (boot, NULL);
  g_autoptr (GBytes) config = read_text (boot, "config.txt");
  g_autoptr (GBytes) cmdline = read_text (boot, "cmdline.txt");

  pn_report_scan_config (self, config);
  pn_report_scan_cmdline (self, cmdline);
  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    {
      g_autofree char *plain = g_ascii_strdown (names[i], -1);

      if (g_strv_contains (first, plain))
        add_first_boot (self, names[i]);
      if (self->ssh == PN_SSH_OFF && (g_str_equal (plain, "ssh") || g_str_equal (plain, "ssh.txt")))
        self->ssh = PN_SSH_ON_FIRST_BOOT;
      if (g_str_equal (plain, "boot.img") || g_str_equal (plain, "boot.sig"))
        pn_report_remark (self, PN_REMARK_SIGNED_ALREADY, names[i]);
    }
  if (names != NULL)
    {
      g_strfreev (self->boot_files);
      self->boot_files = g_steal_pointer (&names);
    }
}
