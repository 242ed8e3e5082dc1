/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What several commands need: keys, times, files that are written whole or not at all. */
#include "config.h"

#include "pn-ctl.h"

#include <fcntl.h>
#include <json-glib/json-glib.h>
#include <stdio.h>
#include <termios.h>

#include "pn-io.h"
#include "pn-pem-signer.h"
#include "pn-sentence.h"

/* Asks on the terminal itself, without echo, so that pipes to and from us do not matter. */
static PnSecret *
ask_on_terminal (GError **error)
{
  g_auto (PnFd) fd = open ("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
  struct termios before, silent;
  PnSecret *secret;

  if (fd < 0 || tcgetattr (fd, &before) < 0)
    {
      g_set_error_literal (error, PN_ERROR, PN_ERROR_KEY,
                           "The key file is encrypted and there is no terminal to ask for its "
                           "passphrase: give it with --passphrase-fd");
      return NULL;
    }
  silent = before;
  silent.c_lflag = (silent.c_lflag & ~(tcflag_t) ECHO) | ICANON;
  (void) tcsetattr (fd, TCSAFLUSH, &silent);
  dprintf (fd, "Passphrase of the signing key: ");
  secret = pn_secret_new_from_fd (fd, error);
  (void) tcsetattr (fd, TCSAFLUSH, &before);
  dprintf (fd, "\n");
  return secret;
}

static PnSecret *
passphrase_cb (gpointer user_data, GError **error)
{
  int *fd = user_data;

  return *fd < 0 ? ask_on_terminal (error) : pn_secret_new_from_fd (*fd, error);
}

PnSigner *
pn_ctl_load_signer (const char *path, int passphrase_fd, GError **error)
{
  return pn_pem_signer_new_from_file (path, passphrase_cb, &passphrase_fd, error);
}

gboolean
pn_ctl_choose_timestamp (const char *option, gint64 *timestamp, GError **error)
{
  const char *text = option != NULL ? option : g_getenv ("SOURCE_DATE_EPOCH");
  guint64 value;

  if (text == NULL || text[0] == '\0')
    {
      *timestamp = g_get_real_time () / G_USEC_PER_SEC;
      return TRUE;
    }
  if (!g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT32, &value, NULL))
    {
      g_set_error (error, PN_ERROR, PN_ERROR_INVALID_ARGUMENT,
                   "The timestamp is “%s”, but seconds since 1970 are needed", text);
      return FALSE;
    }
  *timestamp = (gint64) value;
  return TRUE;
}

gboolean
pn_ctl_check_output (const char *path, gboolean force, GError **error)
{
  if (path == NULL)
    {
      g_set_error_literal (error, PN_ERROR, PN_ERROR_INVALID_ARGUMENT,
                           "Say with -o where the result is to go");
      return FALSE;
    }
  if (!force && g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_set_error (error, PN_ERROR, PN_ERROR_EXISTS,
                   "%s exists already; choose another name, or give --force", path);
      return FALSE;
    }
  return TRUE;
}

gboolean
pn_ctl_write (const char *path, GBytes *bytes, gboolean force, GError **error)
{
  gsize size;
  const char *data = g_bytes_get_data (bytes, &size);

  if (path == NULL || g_str_equal (path, "-"))
    return pn_write_all (STDOUT_FILENO, data, size, error);
  return pn_ctl_check_output (path, force, error) && pn_replace_file (path, bytes, error);
}

int
pn_ctl_print_json (JsonBuilder *builder)
{
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  g_autofree char *text = json_to_string (root, TRUE);

  puts (text);
  return 0;
}

void
pn_ctl_add_string (JsonBuilder *builder, const char *name, const char *value)
{
  json_builder_set_member_name (builder, name);
  if (value != NULL)
    json_builder_add_string_value (builder, value);
  else
    json_builder_add_null_value (builder);
}

void
pn_ctl_enter (const char *word)
{
  g_autofree char *name = g_strconcat (g_get_prgname (), " ", word, NULL);

  g_set_prgname (name);
}

int
pn_ctl_commands (const PnCtlCommand *commands, int argc, char **argv)
{
  gboolean help = argc > 1 && (g_str_equal (argv[1], "--help") || g_str_equal (argv[1], "help"));
  FILE *out = help ? stdout : stderr;

  for (guint i = 0; argc > 1 && commands[i].name != NULL; i++)
    if (g_str_equal (argv[1], commands[i].name))
      {
        pn_ctl_enter (argv[1]);
        return commands[i].run (argc - 1, argv + 1);
      }
  if (argc > 1 && !help)
    fprintf (stderr, "punnetctl: There is no command “%s %s”\n", argv[0], argv[1]);
  fprintf (out, "Usage: punnetctl %s COMMAND [OPTION…]\n\nCommands:\n", argv[0]);
  for (guint i = 0; commands[i].name != NULL; i++)
    fprintf (out, "  %-12s %s\n", commands[i].name, commands[i].summary);
  fprintf (out, "\n`punnetctl %s COMMAND --help` says more.\n", argv[0]);
  return help ? 0 : 2;
}

gboolean
pn_ctl_parse (GOptionContext *context, int *argc, char ***argv, int min, int max)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *help = NULL;

  if (!g_option_context_parse (context, argc, argv, &error))
    {
      (void) pn_ctl_fail (error);
      return FALSE;
    }
  if (*argc - 1 >= min && *argc - 1 <= max)
    return TRUE;
  help = g_option_context_get_help (context, TRUE, NULL);
  fputs (help, stderr);
  return FALSE;
}

void
pn_ctl_say (const char *sentence, gboolean warning, gpointer user_data)
{
  g_autofree char *text = pn_sentence_to_english (sentence);

  fprintf (stderr, warning ? "   Warning: %s\n" : "   %s\n", text);
}
