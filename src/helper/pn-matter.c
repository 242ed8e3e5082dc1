/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-matter.h"

#include <string.h>

#include "pn-overrides.h"
#include "pn-second-person.h"
#include "pn-warrant.h"

typedef GVariant *(*Reader) (PnStation *station,
                             GVariant *parameters,
                             PnManifest *manifest,
                             GError **error);

static void
add_text (GVariantBuilder *builder, const char *name, const char *text)
{
  if (text != NULL)
    g_variant_builder_add (builder, "{sv}", name, g_variant_new_string (text));
}

static GVariant *
read_batch (PnStation *station, GVariant *parameters, PnManifest *manifest, GError **error)
{
  g_autoptr (GVariant) options = g_variant_get_child_value (parameters, 1);
  g_autoptr (PnWarrant) warrant = NULL;
  const char *reference = "";
  GVariantBuilder values;

  if (!pn_batch_check_options (options, error))
    return NULL;
  warrant = pn_warrant_new (station, manifest, options);
  (void) g_variant_lookup (options, "reference", "&s", &reference);
  g_variant_builder_init (&values, G_VARIANT_TYPE_VARDICT);
  add_text (&values, "recipe", pn_manifest_get_recipe_name (manifest));
  add_text (&values, "reference", reference);
  add_text (&values, "image", pn_manifest_get_image_name (manifest));
  add_text (&values, "chip", pn_chip_to_word (pn_manifest_get_chip (manifest)));
  add_text (&values, "mode", warrant->mode);
  g_variant_builder_add (&values, "{sv}", "permanent",
                         g_variant_new_strv ((const char *const *) warrant->permanent, -1));
  g_variant_builder_add (&values, "{sv}", "count", g_variant_new_uint32 (warrant->count));
  add_text (&values, "slots", warrant->slots);
  add_text (&values, "fingerprint", warrant->fingerprint);
  add_text (&values, "bundle", warrant->digest);
  return g_variant_builder_end (&values);
}

static GVariant *
make_key (const char *action, const char *name, const char *fingerprint)
{
  GVariantBuilder values;

  g_variant_builder_init (&values, G_VARIANT_TYPE_VARDICT);
  add_text (&values, "action", action);
  add_text (&values, "name", name);
  add_text (&values, "fingerprint", fingerprint);
  return g_variant_builder_end (&values);
}

static GVariant *
read_enrol (PnStation *station, GVariant *parameters, PnManifest *manifest, GError **error)
{
  const char *fingerprint, *name;

  g_variant_get (parameters, "(&s&s@a{sv})", &fingerprint, &name, NULL);
  return pn_settings_check_key (fingerprint, name, error) ? make_key ("enrol", name, fingerprint)
                                                          : NULL;
}

static GVariant *
read_remove (PnStation *station, GVariant *parameters, PnManifest *manifest, GError **error)
{
  g_autofree char *name = NULL;
  const char *fingerprint;

  g_variant_get (parameters, "(&s@a{sv})", &fingerprint, NULL);
  name = pn_settings_get_key_name (station->settings, fingerprint);
  if (name != NULL)
    return make_key ("remove", name, fingerprint);
  pn_set_error (error, PN_ERROR_NOT_FOUND, "This key is not enrolled");
  return NULL;
}

static GVariant *
read_enrolled_only (PnStation *station, GVariant *parameters, PnManifest *manifest, GError **error)
{
  gboolean only;

  g_variant_get (parameters, "(b@a{sv})", &only, NULL);
  return make_key (only ? "enrolled-only" : "any-bundle", NULL, NULL);
}

static GVariant *
read_override (PnStation *station, GVariant *parameters, PnManifest *manifest, GError **error)
{
  g_autoptr (GVariant) options = NULL;
  g_autoptr (PnOverride) override = NULL;
  const char *kind, *reason;
  GVariantBuilder values;

  g_variant_get (parameters, "(&s&s@a{sv})", &kind, &reason, &options);
  override = pn_overrides_read (station, kind, reason, options, error);
  if (override == NULL)
    return NULL;
  g_variant_builder_init (&values, G_VARIANT_TYPE_VARDICT);
  add_text (&values, "kind", pn_override_kind_to_word (override->kind));
  add_text (&values, "serial", override->serial);
  add_text (&values, "slot", override->slot);
  add_text (&values, "bundle", override->bundle);
  add_text (&values, "duration", override->once ? "once" : "lasting");
  add_text (&values, "reason", override->reason);
  return g_variant_builder_end (&values);
}

static GVariant *
read_rule (PnStation *station, GVariant *parameters, PnManifest *manifest, GError **error)
{
  g_autofree const char **from =
      pn_second_person_to_words (pn_settings_get_second_person (station->settings));
  g_autofree const char **words = NULL;
  g_autofree const char **to = NULL;
  GVariantBuilder values;
  guint wanted;

  g_variant_get_child (parameters, 0, "^a&s", &words);
  if (!pn_second_person_from_words ((const char *const *) words, &wanted, error))
    return NULL;
  to = pn_second_person_to_words (wanted);
  g_variant_builder_init (&values, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&values, "{sv}", "from", g_variant_new_strv (from, -1));
  g_variant_builder_add (&values, "{sv}", "to", g_variant_new_strv (to, -1));
  return g_variant_builder_end (&values);
}

/* Who asks must not be able to hide anything: what is shown is short, and of plain characters that
 * say nothing of how others are shown. */
static gboolean
can_be_shown (const char *text)
{
  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at))
    {
      GUnicodeType type = g_unichar_type (g_utf8_get_char (at));

      if (type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT ||
          type == G_UNICODE_LINE_SEPARATOR || type == G_UNICODE_PARAGRAPH_SEPARATOR)
        return FALSE;
    }
  return strlen (text) <= PN_SECOND_PERSON_MAX_TEXT;
}

static gboolean
check_shown (GVariant *matter, GError **error)
{
  for (const PnSecondPersonValue *one = pn_second_person_values (); one->name != NULL; one++)
    {
      g_autofree char *text = pn_second_person_value_to_text (matter, one->name);

      if (!can_be_shown (text))
        return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                             "What a second person would have to approve here cannot be shown: "
                             "“%s” is too long, or has characters that hide others",
                             one->name);
    }
  return TRUE;
}

GVariant *
pn_matter_new (PnStation *station,
               GDBusMethodInvocation *invocation,
               PnManifest *manifest,
               GError **error)
{
  static const struct
  {
    const char *method;
    Reader read;
  } readers[] = {
    { "OpenBatch", read_batch },      { "EnrolKey", read_enrol },
    { "RemoveKey", read_remove },     { "SetEnrolledOnly", read_enrolled_only },
    { "SetSecondPerson", read_rule }, { "AddOverride", read_override },
  };
  const char *method = g_dbus_method_invocation_get_method_name (invocation);
  g_autoptr (GVariant) matter = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (readers); i++)
    if (g_str_equal (readers[i].method, method))
      {
        matter = readers[i].read (station, g_dbus_method_invocation_get_parameters (invocation),
                                  manifest, error);
        if (matter == NULL)
          return NULL;
        g_variant_ref_sink (matter);
        return check_shown (matter, error) ? g_steal_pointer (&matter) : NULL;
      }
  pn_set_error (error, PN_ERROR_NOT_SUPPORTED, "Nobody can be asked to approve this");
  return NULL;
}

gboolean
pn_matter_check (GVariant *matter, GVariant *now, GError **error)
{
  return (now != NULL && g_variant_equal (matter, now)) ||
         pn_set_error (error, PN_ERROR_STALE,
                       "What the second person was shown has changed meanwhile; nothing was done. "
                       "Ask again");
}

char *
pn_matter_to_text (GVariant *matter)
{
  GString *text = g_string_new (NULL);

  for (const PnSecondPersonValue *one = pn_second_person_values (); one->name != NULL; one++)
    {
      g_autofree char *value = pn_second_person_value_to_text (matter, one->name);

      if (value[0] != '\0')
        g_string_append_printf (text, "%s%s: %s", text->len > 0 ? ", " : "", one->name, value);
    }
  return g_string_free (text, FALSE);
}
