/* SPDX-License-Identifier: GPL-3.0-or-later */
/* punnetctl complete WORD…: what the last word, which is being typed, can become. For shells
 * (data/completions): a line "text<tab>what it is" for each, ":files" or ":folders" where the shell
 * knows better. What there is comes from what each command says with --help, so it is never
 * another thing than what the command takes; a value's kind is its name there. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "pn-ctl-complete.h"

typedef struct
{
  char letter;   /* 0 = none */
  char *name;    /* without dashes */
  char *value;   /* its kind; NULL = it takes none */
  char *summary; /* may be "" */
} Option;

static void
option_free (Option *self)
{
  g_free (self->name);
  g_free (self->value);
  g_free (self->summary);
  g_free (self);
}

/* What the command of @path, or punnetctl itself, says with --help; NULL where it cannot be asked.
 * @path has only words that punnetctl said itself. */
static GStrv
ask_for_help (GPtrArray *path)
{
  g_autoptr (GPtrArray) command = g_ptr_array_new ();
  g_autofree char *text = NULL;

  g_ptr_array_add (command, (gpointer) "/proc/self/exe");
  for (guint i = 0; i < path->len; i++)
    g_ptr_array_add (command, path->pdata[i]);
  g_ptr_array_add (command, (gpointer) "--help");
  g_ptr_array_add (command, NULL);
  if (!g_spawn_sync (NULL, (char **) command->pdata, NULL, G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL,
                     &text, NULL, NULL, NULL))
    return NULL;
  return g_strsplit (text, "\n", -1);
}

/* "  name  summary": the summary, if the line is of command @name or, with NULL, of any; then
 * @found is its name. */
static char *
read_command (const char *line, const char *name, char **found)
{
  g_autofree char *word = NULL;
  const char *at = line + 2, *end;

  if (!g_str_has_prefix (line, "  ") || !g_ascii_islower (*at))
    return NULL;
  end = at + strcspn (at, " ");
  word = g_strndup (at, (gsize) (end - at));
  if (name != NULL && !g_str_equal (word, name))
    return NULL;
  if (found != NULL)
    *found = g_steal_pointer (&word);
  return g_strstrip (g_strdup (end));
}

static gboolean
has_commands (GStrv help)
{
  return help != NULL && g_strv_contains ((const char *const *) help, "Commands:");
}

static gboolean
is_command (GStrv help, const char *name)
{
  for (guint i = 0; help[i] != NULL; i++)
    {
      g_autofree char *summary = read_command (help[i], name, NULL);

      if (summary != NULL)
        return TRUE;
    }
  return FALSE;
}

static void
offer_commands (GStrv help, const char *typed)
{
  for (guint i = 0; help[i] != NULL; i++)
    {
      g_autofree char *name = NULL;
      g_autofree char *summary = read_command (help[i], NULL, &name);

      if (summary != NULL)
        pn_ctl_offer (name, summary, typed);
    }
}

/* "  -o, --output=FILE   Where to write the result"; NULL for other lines. */
static Option *
read_option (const char *line)
{
  static GRegex *pattern;
  g_autoptr (GMatchInfo) match = NULL;
  g_autofree char *letter = NULL;
  Option *option;

  if (pattern == NULL)
    pattern = g_regex_new ("^  (?:-(.), )?--([a-z0-9-]+)(?:=(\\S+))?\\s*(.*)$", 0, 0, NULL);
  if (!g_regex_match (pattern, line, 0, &match))
    return NULL;
  letter = g_match_info_fetch (match, 1);
  option = g_new0 (Option, 1);
  option->letter = letter[0];
  option->name = g_match_info_fetch (match, 2);
  option->value = g_match_info_fetch (match, 3);
  option->summary = g_match_info_fetch (match, 4);
  if (option->value[0] == '\0')
    g_clear_pointer (&option->value, g_free);
  return option;
}

static GPtrArray *
read_options (GStrv help)
{
  GPtrArray *options = g_ptr_array_new_with_free_func ((GDestroyNotify) option_free);

  for (guint i = 0; help[i] != NULL; i++)
    {
      Option *option = read_option (help[i]);

      if (option != NULL)
        g_ptr_array_add (options, option);
    }
  return options;
}

/* That of "--name", "--name=…" or "-n"; NULL where there is none. */
static const Option *
find_option (GPtrArray *options, const char *word)
{
  gsize length = strcspn (word, "=");

  for (guint i = 0; i < options->len; i++)
    {
      const Option *option = options->pdata[i];

      if (word[1] == '-' ? strlen (option->name) + 2 == length &&
                               strncmp (word + 2, option->name, length - 2) == 0
                         : word[1] == option->letter && word[1] != '\0' && word[2] == '\0')
        return option;
    }
  return NULL;
}

/* The kind of the argument of that number: a word of "punnetctl … [OPTION…] FILE [NAME] — summary".
 * The last one stands for all that follow if it ends in "…". NULL where none is taken. */
static char *
find_argument (GStrv help, guint number)
{
  static const char mark[] = "[OPTION…]";
  const char *at = NULL;
  g_auto (GStrv) words = NULL;
  g_autofree char *kind = NULL;
  char *stop;
  guint n;

  for (guint i = 0; help[i] != NULL && at == NULL; i++)
    at = strstr (help[i], mark);
  if (at == NULL)
    return NULL;
  kind = g_strdup (at + strlen (mark));
  stop = strstr (kind, "—");
  if (stop != NULL)
    *stop = '\0';
  words = g_strsplit (g_strstrip (kind), " ", -1);
  n = g_strv_length (words);
  if (n > 0 && number >= n && g_str_has_suffix (words[n - 1], "…"))
    number = n - 1;
  if (number >= n)
    return NULL;
  g_strdelimit (words[number], "[]", ' ');
  return g_strdup (g_strstrip (words[number]));
}

static void
offer_options (GPtrArray *options, const char *typed)
{
  for (guint i = 0; i < options->len; i++)
    {
      const Option *option = options->pdata[i];
      g_autofree char *text =
          g_strconcat ("--", option->name, option->value != NULL ? "=" : NULL, NULL);

      pn_ctl_offer (text, option->summary, typed);
    }
}

/* @words: what was typed after the command; the last is being typed. */
static void
complete_command (GPtrArray *path, GStrv help, char **words, guint n)
{
  g_autoptr (GPtrArray) options = read_options (help);
  g_autofree char *argument = NULL;
  const char *typed = words[n - 1];
  const Option *waits = NULL; /* for its value */
  gboolean plain = FALSE;     /* "--" was typed */
  guint number = 0;

  for (guint i = 0; i + 1 < n; i++)
    if (waits != NULL)
      waits = NULL;
    else if (plain || words[i][0] != '-' || words[i][1] == '\0')
      number++;
    else if (g_str_equal (words[i], "--"))
      plain = TRUE;
    else if ((waits = find_option (options, words[i])) != NULL &&
             (waits->value == NULL || strchr (words[i], '=') != NULL))
      waits = NULL;
  if (waits != NULL)
    pn_ctl_offer_values (waits->value, path, typed);
  else if (!plain && g_str_has_prefix (typed, "--") && strchr (typed, '=') != NULL)
    {
      const Option *option = find_option (options, typed);

      if (option != NULL && option->value != NULL)
        pn_ctl_offer_values (option->value, path, strchr (typed, '=') + 1);
    }
  else if (!plain && typed[0] == '-')
    offer_options (options, typed);
  else if ((argument = find_argument (help, number)) != NULL)
    pn_ctl_offer_values (argument, path, typed);
}

int
pn_ctl_complete (int argc, char **argv)
{
  g_autoptr (GPtrArray) path = g_ptr_array_new ();
  g_auto (GStrv) help = ask_for_help (path);
  int at = 1;

  if (argc < 2)
    return 2;
  while (at + 1 < argc && pn_ctl_take_bus_option (argv[at]))
    at++;
  for (; at + 1 < argc && has_commands (help) && is_command (help, argv[at]); at++)
    {
      g_ptr_array_add (path, argv[at]);
      g_strfreev (help);
      help = ask_for_help (path);
    }
  if (has_commands (help) && at + 1 == argc)
    offer_commands (help, argv[at]);
  else if (help != NULL && !has_commands (help))
    complete_command (path, help, argv + at, (guint) (argc - at));
  return 0;
}
