/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-settings-private.h"

#include <string.h>

#include "pn-io.h"
#include "pn-second-person.h"

#define MAX_FILE (1024 * 1024) /* bytes */
#define REST_AFTER 3           /* failures, where nothing else is set */
#define STATION "Station"
#define SLOT "Slot " /* and the name, escaped where a group's name could not have it */

static gboolean
parse (PnSettings *self, GError **error)
{
  return g_bytes_get_size (self->kept) == 0 ||
         g_key_file_load_from_bytes (self->file, self->kept, G_KEY_FILE_NONE, error);
}

static gboolean
load (PnSettings *self, GError **error)
{
  g_autoptr (GError) local = NULL;

  self->kept = pn_read_file (self->path, MAX_FILE, &local);
  if (g_error_matches (local, PN_ERROR, PN_ERROR_NOT_FOUND) ||
      (self->kept != NULL && parse (self, &local)))
    return TRUE;
  pn_set_error (error, PN_ERROR_INVALID_DATA,
                "The settings in %s cannot be read: %s. Mend the file, or move it away and set the "
                "slots again",
                self->path, local->message);
  return FALSE;
}

PnSettings *
pn_settings_open (const char *path, GError **error)
{
  g_autoptr (PnSettings) self = g_new0 (PnSettings, 1);

  self->path = g_strdup (path);
  self->file = g_key_file_new ();
  return load (self, error) ? g_steal_pointer (&self) : NULL;
}

void
pn_settings_free (PnSettings *self)
{
  g_key_file_unref (self->file);
  g_clear_pointer (&self->kept, g_bytes_unref);
  g_free (self->path);
  g_free (self);
}

/* Whatever is the matter with the disk, what was said before counts: it may be that others are not
 * to be trusted. */
gboolean
pn_settings_save (PnSettings *self, GError **error)
{
  gsize size;
  char *text = g_key_file_to_data (self->file, &size, NULL);
  g_autoptr (GBytes) bytes = g_bytes_new_take (text, size);

  if (pn_replace_file (self->path, bytes, error))
    {
      g_clear_pointer (&self->kept, g_bytes_unref);
      self->kept = g_steal_pointer (&bytes);
      return TRUE;
    }
  g_key_file_unref (self->file);
  self->file = g_key_file_new ();
  if (self->kept != NULL)
    (void) parse (self, NULL);
  return FALSE;
}

gboolean
pn_settings_get_paused (PnSettings *self)
{
  return g_key_file_get_boolean (self->file, STATION, "Paused", NULL);
}

char *
pn_settings_get_pause_reason (PnSettings *self)
{
  char *reason = pn_settings_get_paused (self)
                     ? g_key_file_get_string (self->file, STATION, "PauseReason", NULL)
                     : NULL;

  return reason != NULL ? reason : g_strdup ("");
}

gboolean
pn_settings_set_paused (PnSettings *self, gboolean paused, const char *reason, GError **error)
{
  g_key_file_set_boolean (self->file, STATION, "Paused", paused);
  if (reason[0] != '\0')
    g_key_file_set_string (self->file, STATION, "PauseReason", reason);
  else
    g_key_file_remove_key (self->file, STATION, "PauseReason", NULL);
  return pn_settings_save (self, error);
}

/* @otherwise where it is not there, or makes no sense. */
static guint
get_number (PnSettings *self, const char *group, const char *key, guint otherwise)
{
  g_autoptr (GError) error = NULL;
  int number = g_key_file_get_integer (self->file, group, key, &error);

  return error == NULL && number >= 0 ? (guint) number : otherwise;
}

guint
pn_settings_get_rest_after (PnSettings *self)
{
  return get_number (self, STATION, "RestAfter", REST_AFTER);
}

gboolean
pn_settings_set_rest_after (PnSettings *self, guint failures, GError **error)
{
  g_key_file_set_integer (self->file, STATION, "RestAfter", (int) failures);
  return pn_settings_save (self, error);
}

/* What is said and makes no sense may have been anything: all of it is wanted. */
guint
pn_settings_get_second_person (PnSettings *self)
{
  g_auto (GStrv) words = NULL;
  guint wanted = PN_SECOND_PERSON_ALL;

  if (!g_key_file_has_key (self->file, STATION, "SecondPerson", NULL))
    return 0;
  words = g_key_file_get_string_list (self->file, STATION, "SecondPerson", NULL, NULL);
  if (words == NULL || words[0] == NULL)
    return PN_SECOND_PERSON_ALL;
  (void) pn_second_person_from_words ((const char *const *) words, &wanted, NULL);
  return wanted;
}

gboolean
pn_settings_set_second_person (PnSettings *self, guint wanted, GError **error)
{
  g_autofree const char **words = pn_second_person_to_words (wanted);

  if (words[0] != NULL)
    g_key_file_set_string_list (self->file, STATION, "SecondPerson", words,
                                g_strv_length ((GStrv) words));
  else
    (void) g_key_file_remove_key (self->file, STATION, "SecondPerson", NULL);
  return pn_settings_save (self, error);
}

void
pn_slot_settings_clear (PnSlotSettings *self)
{
  g_clear_pointer (&self->label, g_free);
}

static char *
group_of (const char *name)
{
  g_autofree char *escaped = g_uri_escape_string (name, NULL, FALSE);

  return g_strconcat (SLOT, escaped, NULL);
}

GStrv
pn_settings_list_slots (PnSettings *self)
{
  g_auto (GStrv) groups = g_key_file_get_groups (self->file, NULL);
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();

  for (guint i = 0; groups[i] != NULL; i++)
    if (g_str_has_prefix (groups[i], SLOT))
      {
        g_autofree char *name = g_uri_unescape_string (groups[i] + strlen (SLOT), NULL);

        if (name != NULL && name[0] != '\0')
          g_strv_builder_add (names, name);
      }
  return g_strv_builder_end (names);
}

void
pn_settings_get_slot (PnSettings *self, const char *name, PnSlotSettings *slot)
{
  g_autofree char *group = group_of (name);
  g_autoptr (GError) error = NULL;

  slot->label = g_key_file_get_string (self->file, group, "Label", NULL);
  if (slot->label == NULL)
    slot->label = g_strdup ("");
  /* What is said and makes no sense may have been that it is not to be touched. */
  slot->used =
      g_key_file_get_boolean (self->file, group, "Used", &error) ||
      (error != NULL && !g_error_matches (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE));
  slot->usb = g_key_file_get_boolean (self->file, group, "Usb", NULL);
}

gboolean
pn_settings_set_slot (PnSettings *self,
                      const char *name,
                      const PnSlotSettings *slot,
                      GError **error)
{
  g_autofree char *group = group_of (name);

  g_key_file_set_string (self->file, group, "Label", slot->label);
  g_key_file_set_boolean (self->file, group, "Used", slot->used);
  g_key_file_set_boolean (self->file, group, "Usb", slot->usb);
  return pn_settings_save (self, error);
}

guint
pn_settings_get_failures (PnSettings *self, const char *name)
{
  g_autofree char *group = group_of (name);

  return get_number (self, group, "Failures", 0);
}

gboolean
pn_settings_set_failures (
    PnSettings *self, const char *name, gboolean usb, guint failures, GError **error)
{
  g_autofree char *group = group_of (name);

  if (failures > 0)
    {
      g_key_file_set_integer (self->file, group, "Failures", (int) failures);
      g_key_file_set_boolean (self->file, group, "Usb", usb);
    }
  else if (g_key_file_has_key (self->file, group, "Label", NULL) ||
           g_key_file_has_key (self->file, group, "Used", NULL))
    g_key_file_remove_key (self->file, group, "Failures", NULL);
  else
    g_key_file_remove_group (self->file, group, NULL);
  return pn_settings_save (self, error);
}

gboolean
pn_settings_forget_slot (PnSettings *self, const char *name, GError **error)
{
  g_autofree char *group = group_of (name);

  return !g_key_file_remove_group (self->file, group, NULL) || pn_settings_save (self, error);
}
