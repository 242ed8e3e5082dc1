/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-sentence.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define TEXT "\xe2\x81\xa8"     /* U+2068 FIRST STRONG ISOLATE */
#define SENTENCE "\xe2\x81\xa6" /* U+2066 LEFT-TO-RIGHT ISOLATE */
#define END "\xe2\x81\xa9"      /* U+2069 POP DIRECTIONAL ISOLATE */
#define MARK_SIZE 3
/* What another process says is shown up to here. */
#define MAX_DEPTH 8
#define MAX_ARGUMENTS 16
#define MAX_SIZE 16384 /* bytes */

static gboolean
is_mark (const char *at, const char *mark)
{
  return strncmp (at, mark, MARK_SIZE) == 0;
}

static gboolean
is_begin (const char *at)
{
  return is_mark (at, TEXT) || is_mark (at, SENTENCE);
}

/* From a format's '%' to what follows the conversion. */
static const char *
skip_conversion (const char *at)
{
  at++;
  at += strspn (at, "0123456789$#-+ '.*hljzt");
  return *at != '\0' ? at + 1 : at;
}

char *
pn_sentence_format_valist (const char *format, va_list args)
{
  g_autoptr (GString) marked = g_string_new (NULL);

  while (*format != '\0')
    {
      const char *end = *format == '%' ? skip_conversion (format) : format + 1;
      gboolean inserts = *format == '%' && end[-1] != '%';

      if (inserts)
        g_string_append (marked, TEXT);
      g_string_append_len (marked, format, end - format);
      if (inserts)
        g_string_append (marked, END);
      format = end;
    }
  return g_strdup_vprintf (marked->str, args);
}

char *
pn_sentence_format (const char *format, ...)
{
  char *sentence;
  va_list args;

  va_start (args, format);
  sentence = pn_sentence_format_valist (format, args);
  va_end (args);
  return sentence;
}

char *
pn_sentence_part (const char *sentence)
{
  return g_strconcat (SENTENCE, sentence, END, NULL);
}

char *
pn_sentence_join (const char *format, const char *first, const char *second)
{
  g_auto (GStrv) parts = g_strsplit (format, "%s", 3);

  g_return_val_if_fail (g_strv_length (parts) == 3, NULL);
  return g_strconcat (parts[0], SENTENCE, first, END, parts[1], SENTENCE, second, END, parts[2],
                      NULL);
}

const char *
pn_sentence_number (char buffer[static 24], guint64 number, gboolean hex)
{
  (void) g_snprintf (buffer, 24, hex ? "0x%" G_GINT64_MODIFIER "x" : "%" G_GUINT64_FORMAT, number);
  return buffer;
}

char *
pn_sentence_to_english (const char *sentence)
{
  GString *english = g_string_new (NULL);

  while (*sentence != '\0')
    if (is_begin (sentence) || is_mark (sentence, END))
      sentence += MARK_SIZE;
    else
      g_string_append_c (english, *sentence++);
  return g_string_free (english, FALSE);
}

/* The end mark that belongs to the one that is open at @at; NULL = there is none. */
static const char *
find_end (const char *at)
{
  guint depth = 1;

  for (; *at != '\0'; at++)
    if (is_begin (at))
      depth++;
    else if (is_mark (at, END) && --depth == 0)
      return at;
  return NULL;
}

char *
pn_sentence_to_kind (const char *sentence)
{
  GString *kind = g_string_new (NULL);

  while (*sentence != '\0')
    {
      const char *end = is_mark (sentence, TEXT) ? find_end (sentence + MARK_SIZE) : NULL;

      if (end != NULL)
        {
          g_string_append (kind, "%s");
          sentence = end + MARK_SIZE;
        }
      else if (is_begin (sentence) || is_mark (sentence, END))
        sentence += MARK_SIZE;
      else
        g_string_append_c (kind, *sentence++);
    }
  return g_string_free (kind, FALSE);
}

/* Takes the sentence apart into its msgid and what was inserted, each with its opening mark. FALSE
 * where it has no such form. */
static gboolean
take_apart (const char *sentence, GString *msgid, GPtrArray *arguments)
{
  while (*sentence != '\0')
    {
      const char *end;

      if (is_mark (sentence, END))
        return FALSE;
      if (!is_begin (sentence))
        {
          g_string_append (msgid, *sentence == '%' ? "%" : "");
          g_string_append_c (msgid, *sentence++);
          continue;
        }
      end = find_end (sentence + MARK_SIZE);
      if (end == NULL || arguments->len == MAX_ARGUMENTS)
        return FALSE;
      g_ptr_array_add (arguments, g_strndup (sentence, (gsize) (end - sentence)));
      g_string_append (msgid, "%s");
      sentence = end + MARK_SIZE;
    }
  return msgid->len > 0;
}

/* Which argument the conversion that begins at @at is for, from 0: "%2$s" says it, others count. */
static guint
which_argument (const char *at, guint *next)
{
  gsize digits = strspn (at + 1, "0123456789");

  if (digits > 0 && at[1 + digits] == '$')
    return (guint) g_ascii_strtoull (at + 1, NULL, 10) - 1;
  return (*next)++;
}

static void append_local (GString *local, const char *sentence, guint depth);

static void
append_argument (GString *local, const char *argument, guint depth)
{
  const char *inner = argument + MARK_SIZE;
  g_autofree char *part = NULL;
  g_autofree char *text = NULL;

  if (is_mark (argument, SENTENCE))
    {
      append_local (local, inner, depth + 1);
      return;
    }
  /* A text that is nothing but a sentence: pn_sentence_part (). */
  if (is_mark (inner, SENTENCE) && depth < MAX_DEPTH)
    {
      const char *end = find_end (inner + MARK_SIZE);

      if (end != NULL && end[MARK_SIZE] == '\0')
        {
          part = g_strndup (inner, (gsize) (end - inner));
          append_argument (local, part, depth + 1);
          return;
        }
    }
  text = pn_sentence_to_english (argument);
  g_string_append (local, text);
}

/* @format is a translation, or nothing but the msgid; its arguments are @arguments and no others.
 */
static void
insert_arguments (GString *local, const char *format, GPtrArray *arguments, guint depth)
{
  guint next = 0;

  while (*format != '\0')
    {
      const char *end;
      guint which;

      if (*format != '%')
        {
          g_string_append_c (local, *format++);
          continue;
        }
      end = skip_conversion (format);
      if (end[-1] == '%')
        g_string_append_c (local, '%');
      else if ((which = which_argument (format, &next)) < arguments->len)
        append_argument (local, arguments->pdata[which], depth);
      format = end;
    }
}

static void
append_local (GString *local, const char *sentence, guint depth)
{
  g_autoptr (GPtrArray) arguments = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GString) msgid = g_string_new (NULL);
  g_autofree char *english = NULL;

  if (local->len < MAX_SIZE && depth < MAX_DEPTH && take_apart (sentence, msgid, arguments))
    {
      insert_arguments (local, g_dgettext (GETTEXT_PACKAGE, msgid->str), arguments, depth);
      return;
    }
  english = pn_sentence_to_english (sentence);
  g_string_append (local, english);
}

char *
pn_sentence_to_local (const char *sentence)
{
  g_autoptr (GString) local = g_string_new (NULL);

  append_local (local, sentence, 0);
  if (local->len <= MAX_SIZE)
    return g_strdup (local->str);
  g_string_truncate (local, MAX_SIZE);
  return g_utf8_make_valid (local->str, -1);
}
