/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs one script of a recipe for whoever is at the other end of its standard input, and holds
 * nothing else. */
#include "config.h"

#include <locale.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "pn-hook-runner.h"
#include "pn-io.h"

static gboolean
is_connection (int fd)
{
  int type;
  socklen_t size = sizeof type;

  return getsockopt (fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

/* Whom it works for: the user @name, else its own. FALSE where there is no such user. */
static gboolean
find_peer (const char *name, uid_t *peer)
{
  const struct passwd *entry = name != NULL ? getpwnam (name) : NULL;

  *peer = entry != NULL ? entry->pw_uid : geteuid ();
  return name == NULL || entry != NULL;
}

int
main (int argc, char **argv)
{
  g_autofree char *name = NULL;
  const GOptionEntry entries[] = {
    { "peer", 0, 0, G_OPTION_ARG_STRING, &name, "Whose processes may have hooks run (yours)",
      "USER" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("— run a script of a recipe");
  g_autoptr (GError) error = NULL;
  const struct rlimit nothing = { 0, 0 };
  uid_t peer;

  setlocale (LC_ALL, "");
  (void) setrlimit (RLIMIT_CORE, &nothing);
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      fprintf (stderr, "punnet-hook-runner: %s\n", error->message);
      return 2;
    }
  if (argc > 1 || !is_connection (STDIN_FILENO) || !find_peer (name, &peer))
    {
      fprintf (stderr, "punnet-hook-runner: It takes no arguments, is asked over a socket that is "
                       "its standard input, and --peer is a user\n");
      return 2;
    }
  if (pn_hook_serve (STDIN_FILENO, peer, &error))
    return 0;
  fprintf (stderr, "punnet-hook-runner: %s\n", error->message);
  return 1;
}
