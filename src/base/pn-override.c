/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-override.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "pn-digest.h"
#include "pn-error.h"

#define MAX_SLOT 64

static const struct
{
  const char *word, *label;
} kinds[] = {
  [PN_OVERRIDE_SKIP_FIRMWARE] = { "skip-firmware", N_ ("Skip the firmware step") },
  [PN_OVERRIDE_AGAIN] = { "again", N_ ("Provision again") },
  [PN_OVERRIDE_RECIPE] = { "recipe", N_ ("Another recipe") },
};
G_STATIC_ASSERT (G_N_ELEMENTS (kinds) == PN_N_OVERRIDE_KINDS);

static void
clear_override (gpointer data)
{
  PnOverride *self = data;

  g_free (self->serial);
  g_free (self->slot);
  g_free (self->bundle);
  g_free (self->recipe);
  g_free (self->who);
  g_free (self->reason);
}

void
pn_override_unref (PnOverride *self)
{
  g_rc_box_release_full (self, clear_override);
}

const char *
pn_override_kind_to_word (PnOverrideKind kind)
{
  return kinds[kind].word;
}

gboolean
pn_override_kind_from_word (const char *word, PnOverrideKind *kind)
{
  for (guint i = 0; word != NULL && i < G_N_ELEMENTS (kinds); i++)
    if (g_str_equal (kinds[i].word, word))
      {
        *kind = (PnOverrideKind) i;
        return TRUE;
      }
  return FALSE;
}

const char *
pn_override_kind_to_label (PnOverrideKind kind)
{
  return kinds[kind].label;
}

/* ---- what comes from outside ---- */

static gboolean
is_one_line (const char *text, glong max)
{
  if (!g_utf8_validate (text, -1, NULL) || g_utf8_strlen (text, -1) > max)
    return FALSE;
  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at))
    if (!g_unichar_isprint (g_utf8_get_char (at)))
      return FALSE;
  return TRUE;
}

static gboolean
says_something (const char *text)
{
  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at))
    if (!g_unichar_isspace (g_utf8_get_char (at)))
      return TRUE;
  return FALSE;
}

gboolean
pn_override_check_reason (const char *reason, GError **error)
{
  if (reason != NULL && is_one_line (reason, PN_OVERRIDE_MAX_REASON) && says_something (reason))
    return TRUE;
  return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                       "An override needs a reason: one line of at most %s characters",
                       PN_NUMBER (PN_OVERRIDE_MAX_REASON));
}

static gboolean
is_serial (const char *text)
{
  gsize length = text != NULL ? strlen (text) : 0;

  return (length == 8 || length == 16) && strspn (text, "0123456789abcdefABCDEF") == length;
}

char *
pn_serial_normalise (const char *text)
{
  return is_serial (text) ? g_ascii_strdown (text, -1) : NULL;
}

static void
to_lower (char *text)
{
  for (; text != NULL && *text != '\0'; text++)
    *text = g_ascii_tolower (*text);
}

static gboolean
check_device (PnOverride *self, GError **error)
{
  if ((self->serial != NULL) == (self->slot != NULL))
    return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                         "An override is for one device, by its serial number, or for one slot");
  if (self->serial != NULL && !is_serial (self->serial))
    return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                         "A serial number has 8 or 16 hexadecimal digits");
  if (self->slot != NULL && (self->slot[0] == '\0' || !is_one_line (self->slot, MAX_SLOT)))
    return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT, "There is no slot of that name");
  to_lower (self->serial);
  return TRUE;
}

static gboolean
check_recipe (PnOverride *self, GError **error)
{
  PnSha256 digest;

  if (self->kind != PN_OVERRIDE_RECIPE && self->bundle != NULL)
    return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                         "Only the override “Another recipe” names a bundle");
  if (self->kind == PN_OVERRIDE_RECIPE &&
      (self->bundle == NULL || !pn_sha256_from_hex (self->bundle, &digest)))
    return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                         "The override “Another recipe” has to name its bundle, by the bundle's "
                         "digest of 64 hexadecimal digits");
  to_lower (self->bundle);
  return TRUE;
}

gboolean
pn_override_check (PnOverride *self, GError **error)
{
  return check_device (self, error) && check_recipe (self, error) &&
         pn_override_check_reason (self->reason, error);
}

gboolean
pn_override_is_for (const PnOverride *self, const char *slot, const char *serial)
{
  gsize ours, theirs;

  if (self->slot != NULL)
    return g_strcmp0 (self->slot, slot) == 0;
  if (!is_serial (serial))
    return FALSE;
  ours = strlen (self->serial);
  theirs = strlen (serial);
  return g_ascii_strcasecmp (self->serial + ours - MIN (ours, theirs),
                             serial + theirs - MIN (ours, theirs)) == 0;
}
