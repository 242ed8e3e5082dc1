/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-hook-wire.h"

#include <string.h>

#include "pn-error.h"

#define REQUEST "(sasasubas)"
#define REPLY "(us)" /* 0 = it ended well, else an error's code and 1 */
#define MAX_ARGUMENTS 16
#define MAX_VARIABLES 256

/* As bytes; takes @variant. */
static GBytes *
to_bytes (GVariant *variant)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (variant);

  return g_variant_get_data_as_bytes (owned);
}

/* NULL where @packet is no such thing. */
static GVariant *
from_bytes (const char *type, GBytes *packet, gsize max)
{
  g_autoptr (GVariant) variant = NULL;

  if (g_bytes_get_size (packet) == 0 || g_bytes_get_size (packet) > max)
    return NULL;
  variant = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (type), packet, FALSE));
  return g_variant_is_normal_form (variant) ? g_steal_pointer (&variant) : NULL;
}

static const char *const *
or_nothing (const char *const *strings)
{
  static const char *const nothing[] = { NULL };

  return strings != NULL ? strings : nothing;
}

GBytes *
pn_hook_request_new (const PnHookJob *job)
{
  return to_bytes (g_variant_new ("(s^as^asub^as)", pn_hook_stage_to_word (job->stage),
                                  or_nothing (job->arguments), or_nothing (job->environment),
                                  job->seconds, job->network, or_nothing (job->write)));
}

/* "NAME=value", and a name as shells have it. */
static gboolean
is_variable (const char *text)
{
  gsize length = strspn (text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

  return length > 0 && text[length] == '=' && !g_ascii_isdigit (text[0]);
}

static gboolean
check (const PnHookRequest *self)
{
  if (pn_hook_stage_is_image (self->stage) || g_strv_length (self->arguments) > MAX_ARGUMENTS ||
      g_strv_length (self->environment) > MAX_VARIABLES || self->seconds == 0 ||
      self->seconds > PN_HOOK_SECONDS_MAX || g_strv_length (self->write) > PN_HOOK_MAX_FOLDERS)
    return FALSE;
  for (guint i = 0; self->environment[i] != NULL; i++)
    if (!is_variable (self->environment[i]))
      return FALSE;
  for (guint i = 0; self->write[i] != NULL; i++)
    if (!pn_hook_check_folder (self->write[i], NULL))
      return FALSE;
  return TRUE;
}

gboolean
pn_hook_request_parse (PnHookRequest *self, GBytes *packet, GError **error)
{
  g_autoptr (GVariant) variant = from_bytes (REQUEST, packet, PN_HOOK_MAX_REQUEST);
  const char *word = "";

  *self = (PnHookRequest){ 0 };
  if (variant != NULL)
    g_variant_get (variant, "(&s^as^asub^as)", &word, &self->arguments, &self->environment,
                   &self->seconds, &self->network, &self->write);
  if (variant != NULL && pn_hook_stage_from_word (word, &self->stage) && check (self))
    return TRUE;
  return pn_set_error (error, PN_ERROR_INVALID_DATA,
                       "What was asked of the hook runner is not what a recipe may ask for");
}

void
pn_hook_request_clear (PnHookRequest *self)
{
  g_clear_pointer (&self->arguments, g_strfreev);
  g_clear_pointer (&self->environment, g_strfreev);
  g_clear_pointer (&self->write, g_strfreev);
}

GBytes *
pn_hook_reply_new (const GError *problem)
{
  g_autofree char *sentence = problem != NULL ? pn_error_to_sentence (problem) : g_strdup ("");
  guint code = problem == NULL               ? 0
               : problem->domain == PN_ERROR ? (guint) problem->code + 1
                                             : PN_ERROR_FAILED + 1;

  return to_bytes (g_variant_new (REPLY, code, sentence));
}

gboolean
pn_hook_reply_parse (GBytes *packet, GError **error)
{
  g_autoptr (GVariant) variant = from_bytes (REPLY, packet, PN_HOOK_MAX_REPLY);
  const char *sentence;
  guint code;

  if (variant == NULL)
    return pn_set_error (error, PN_ERROR_PROTOCOL,
                         "The hook runner’s answer makes no sense: it may be of another version");
  g_variant_get (variant, "(u&s)", &code, &sentence);
  if (code == 0)
    return TRUE;
  if (code > PN_ERROR_CANCELLED + 1 || sentence[0] == '\0')
    code = PN_ERROR_FAILED + 1;
  pn_set_error_because (error, (PnError) (code - 1), sentence, NULL);
  return FALSE;
}
