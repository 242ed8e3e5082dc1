/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who can log in to the system of an image, and how. Hashes of passwords are looked at only for
 * being there; nothing of them is kept. */
#include "config.h"

#include "pn-image-report-private.h"

#include <string.h>

#define FIRST_PERSON 1000 /* the smallest number of a person's account */
#define NOBODY 65534
#define WANTS "/etc/systemd/system/"

static guint
count_keys (PnExt4 *root, const char *home)
{
  g_autofree char *path = g_build_filename (home, ".ssh", "authorized_keys", NULL);
  g_autoptr (GBytes) text = pn_ext4_read_file (root, path, PN_REPORT_TEXT_MAX, NULL);
  g_auto (GStrv) lines = pn_report_lines (text);
  guint n = 0;

  for (guint i = 0; lines[i] != NULL; i++)
    {
      const char *line = g_strstrip (lines[i]);

      n += line[0] != '\0' && line[0] != '#';
    }
  return n;
}

static PnPasswordState
state_of (const char *hash)
{
  if (hash[0] == '\0')
    return PN_PASSWORD_EMPTY;
  return hash[0] == '!' || hash[0] == '*' ? PN_PASSWORD_NONE : PN_PASSWORD_SET;
}

/* The second field of the line of /etc/shadow (@lines) that begins with @name. */
static PnPasswordState
shadow_state (char *const *lines, const char *name)
{
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) fields = g_strsplit (lines[i], ":", 3);

      if (fields[0] != NULL && fields[1] != NULL && g_str_equal (fields[0], name))
        return state_of (fields[1]);
    }
  return PN_PASSWORD_NONE;
}

static gboolean
is_for_people (const char *number, const char *shell)
{
  guint64 uid;

  if (!g_ascii_string_to_unsigned (number, 10, 0, G_MAXUINT32, &uid, NULL) ||
      (uid != 0 && (uid < FIRST_PERSON || uid == NOBODY)))
    return FALSE;
  return uid == 0 || (!g_str_has_suffix (shell, "/nologin") && !g_str_has_suffix (shell, "/false"));
}

static void
remark_on (PnImageReport *self, const PnReportAccount *account)
{
  if (account->password == PN_PASSWORD_EMPTY)
    pn_report_remark (self, PN_REMARK_EMPTY_PASSWORD, account->name);
  else if (account->password == PN_PASSWORD_SET && g_str_equal (account->name, "root"))
    pn_report_remark (self, PN_REMARK_ROOT_PASSWORD, NULL);
  else if (account->password == PN_PASSWORD_SET && g_str_equal (account->name, "pi"))
    pn_report_remark (self, PN_REMARK_DEFAULT_PASSWORD, account->name);
}

static void
add_account (PnImageReport *self, PnExt4 *root, const char *line, char *const *shadow)
{
  /* name:password:uid:gid:comment:home:shell */
  g_auto (GStrv) fields = g_strsplit (line, ":", 7);
  PnReportAccount *account;

  if (g_strv_length (fields) != 7 || fields[0][0] == '\0' ||
      !is_for_people (fields[2], fields[6]) || self->accounts->len >= PN_REPORT_LIST_MAX)
    return;
  account = g_new0 (PnReportAccount, 1);
  account->name = pn_report_text (fields[0]);
  account->password =
      g_str_equal (fields[1], "x") ? shadow_state (shadow, fields[0]) : state_of (fields[1]);
  if (fields[5][0] == '/')
    account->n_keys = count_keys (root, fields[5]);
  g_ptr_array_add (self->accounts, account);
  remark_on (self, account);
}

static gboolean
is_wanted (PnExt4 *root, const char *target, const char *unit)
{
  g_autofree char *folder = g_strconcat (WANTS, target, ".wants", NULL);
  g_auto (GStrv) names = pn_ext4_list (root, folder, NULL);

  /* By name: the link's target may be anywhere. */
  return names != NULL && g_strv_contains ((const char *const *) names, unit);
}

void
pn_report_accounts (PnImageReport *self, PnExt4 *root)
{
  g_autoptr (GBytes) passwd = pn_ext4_read_file (root, "/etc/passwd", PN_REPORT_TEXT_MAX, NULL);
  g_autoptr (GBytes) shadow = pn_ext4_read_file (root, "/etc/shadow", PN_REPORT_TEXT_MAX, NULL);
  g_auto (GStrv) lines = pn_report_lines (passwd);
  g_auto (GStrv) shadow_lines = pn_report_lines (shadow);

  for (guint i = 0; lines[i] != NULL; i++)
    add_account (self, root, lines[i], shadow_lines);
  if (pn_ext4_exists (root, "/usr/sbin/sshd") || pn_ext4_exists (root, "/usr/sbin/dropbear"))
    self->ssh = PN_SSH_OFF;
  if (is_wanted (root, "multi-user.target", "ssh.service") ||
      is_wanted (root, "multi-user.target", "sshd.service") ||
      is_wanted (root, "sockets.target", "ssh.socket") ||
      is_wanted (root, "multi-user.target", "dropbear.service"))
    self->ssh = PN_SSH_ON;
  if (is_wanted (root, "sysinit.target", "debug-shell.service"))
    pn_report_remark (self, PN_REMARK_DEBUG_SHELL, "debug-shell.service");
}
