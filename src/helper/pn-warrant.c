/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-warrant.h"

#include <glib/gi18n-lib.h>

#include "pn-phase.h"

/* "1-1.2 (Left), 1-1.3" */
static char *
describe_slots (PnStation *station, GVariant *options)
{
  g_autofree const char **names = NULL;
  GString *text = g_string_new (NULL);

  (void) g_variant_lookup (options, "slots", "^a&s", &names);
  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    {
      PnSlot *slot = g_hash_table_lookup (station->slots, names[i]);

      g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", names[i]);
      if (slot != NULL && slot->settings.label[0] != '\0')
        g_string_append_printf (text, " (%s)", slot->settings.label);
      else if (slot == NULL)
        g_string_append (text, " (–)");
    }
  return g_string_free (text, FALSE);
}

PnWarrant *
pn_warrant_new (PnStation *station, PnManifest *manifest, GVariant *options)
{
  PnWarrant *self = g_new0 (PnWarrant, 1);
  PnPublicKey *key = pn_manifest_get_public_key (manifest);
  PnSha256 digest = pn_manifest_get_digest (manifest);

  self->digest = pn_sha256_to_hex (&digest);
  if (key != NULL)
    digest = pn_public_key_get_fingerprint (key);
  self->fingerprint = key != NULL ? pn_sha256_to_hex (&digest) : g_strdup ("");
  self->mode = g_strdup (pn_mode_to_word (pn_manifest_get_mode (manifest)));
  self->permanent = g_strdupv ((GStrv) pn_manifest_get_permanent (manifest));
  self->slots = describe_slots (station, options);
  (void) g_variant_lookup (options, "count", "u", &self->count);
  return self;
}

void
pn_warrant_free (PnWarrant *self)
{
  g_free (self->digest);
  g_free (self->fingerprint);
  g_free (self->mode);
  g_free (self->slots);
  g_strfreev (self->permanent);
  g_free (self);
}

gboolean
pn_warrant_check (const PnWarrant *self, const PnWarrant *now, GError **error)
{
  if (!g_str_equal (self->digest, now->digest))
    return pn_set_error (error, PN_ERROR_STALE,
                         "The bundle was changed while it was being allowed; nothing was started. "
                         "Look at it again");
  if (!g_str_equal (self->slots, now->slots) || self->count != now->count)
    return pn_set_error (error, PN_ERROR_STALE,
                         "The slots were changed while the batch was being allowed; nothing was "
                         "started. Look at them again");
  return TRUE;
}
