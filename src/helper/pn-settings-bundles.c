/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Of the settings: which bundles the station takes. */
#include "config.h"

#include "pn-settings-private.h"

#include <string.h>

#include "pn-error.h"

#define BUNDLES "Bundles"
#define KEY "Key " /* and the fingerprint */
#define MAX_KEYS 64
#define MAX_NAME 60 /* characters */
#define DEFAULT_BUNDLES 64
#define DEFAULT_SIZE (G_GUINT64_CONSTANT (256) << 30) /* bytes of one bundle */

/* @otherwise where it is not there, or makes no sense. */
static guint64
get_size (PnSettings *self, const char *key, guint64 otherwise)
{
  g_autoptr (GError) error = NULL;
  guint64 size = g_key_file_get_uint64 (self->file, BUNDLES, key, &error);

  return error == NULL ? size : otherwise;
}

/* As it is written here: in lower case. */
static gboolean
is_fingerprint (const char *text)
{
  g_autofree char *lower = g_ascii_strdown (text, -1);
  PnSha256 digest;

  return g_str_equal (lower, text) && pn_sha256_from_hex (text, &digest);
}

static GStrv
list_keys (PnSettings *self)
{
  g_auto (GStrv) groups = g_key_file_get_groups (self->file, NULL);
  g_autoptr (GStrvBuilder) keys = g_strv_builder_new ();

  for (guint i = 0; groups[i] != NULL; i++)
    if (g_str_has_prefix (groups[i], KEY) && is_fingerprint (groups[i] + strlen (KEY)))
      g_strv_builder_add (keys, groups[i] + strlen (KEY));
  return g_strv_builder_end (keys);
}

void
pn_settings_get_bundle_policy (PnSettings *self, PnBundlePolicy *policy)
{
  g_autoptr (GError) error = NULL;

  *policy = (PnBundlePolicy){
    .max_bundles = (guint) MIN (get_size (self, "MaxBundles", DEFAULT_BUNDLES), G_MAXUINT),
    .max_bundle = get_size (self, "MaxBundleSize", DEFAULT_SIZE),
    .max_total = get_size (self, "MaxStoreSize", 0),
    .enrolled_only = g_key_file_get_boolean (self->file, BUNDLES, "EnrolledOnly", &error),
    .keys = list_keys (self),
  };
  /* What is said and makes no sense may have been that others are not to be taken. */
  if (g_error_matches (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE))
    policy->enrolled_only = TRUE;
}

gboolean
pn_settings_set_bundle_limits (PnSettings *self, const PnBundlePolicy *policy, GError **error)
{
  g_key_file_set_uint64 (self->file, BUNDLES, "MaxBundles", policy->max_bundles);
  g_key_file_set_uint64 (self->file, BUNDLES, "MaxBundleSize", policy->max_bundle);
  g_key_file_set_uint64 (self->file, BUNDLES, "MaxStoreSize", policy->max_total);
  return pn_settings_save (self, error);
}

gboolean
pn_settings_set_enrolled_only (PnSettings *self, gboolean only, GError **error)
{
  g_key_file_set_boolean (self->file, BUNDLES, "EnrolledOnly", only);
  return pn_settings_save (self, error);
}

/* ---- keys ---- */

static char *
group_of (const char *fingerprint)
{
  g_autofree char *lower = g_ascii_strdown (fingerprint, -1);

  return g_strconcat (KEY, lower, NULL);
}

static gboolean
is_line (const char *text)
{
  glong length = g_utf8_strlen (text, -1);

  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at))
    if (!g_unichar_isprint (g_utf8_get_char (at)))
      return FALSE;
  return length > 0 && length <= MAX_NAME && !g_ascii_isspace (text[0]);
}

gboolean
pn_settings_check_key (const char *fingerprint, const char *name, GError **error)
{
  PnSha256 digest;

  if (!pn_sha256_from_hex (fingerprint, &digest))
    return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                         "A key is named by its fingerprint, %s hexadecimal digits",
                         PN_NUMBER (PN_SHA256_HEX_SIZE));
  return is_line (name) ||
         pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                       "A key's name is one line of 1 to %s characters", PN_NUMBER (MAX_NAME));
}

gboolean
pn_settings_enrol_key (PnSettings *self, const char *fingerprint, const char *name, GError **error)
{
  g_autofree char *group = group_of (fingerprint);
  g_auto (GStrv) keys = list_keys (self);

  if (g_strv_length (keys) >= MAX_KEYS && !g_key_file_has_group (self->file, group))
    return pn_set_error (error, PN_ERROR_BUSY, "There are %s enrolled keys already; remove some",
                         PN_NUMBER (MAX_KEYS));
  g_key_file_set_string (self->file, group, "Name", name);
  return pn_settings_save (self, error);
}

char *
pn_settings_get_key_name (PnSettings *self, const char *fingerprint)
{
  g_autofree char *group = group_of (fingerprint);
  char *name = NULL;

  if (g_key_file_has_group (self->file, group))
    {
      name = g_key_file_get_string (self->file, group, "Name", NULL);
      return name != NULL ? name : g_strdup ("");
    }
  return NULL;
}

gboolean
pn_settings_remove_key (PnSettings *self, const char *fingerprint, GError **error)
{
  g_autofree char *group = group_of (fingerprint);

  return !g_key_file_remove_group (self->file, group, NULL) || pn_settings_save (self, error);
}
