/* SPDX-License-Identifier: GPL-3.0-or-later */
/* "dev=fd00,ino=1234,mode=100644,uid=0,gid=0,nlink=1,rdev=0", a line each. */
#include "config.h"

#include "pn-fake-owners.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "pn-error.h"

#define MAX_LINE 200 /* bytes */

typedef struct
{
  guint64 device;
  PnFakeOwner owner;
} Line;

/* The number after "NAME=", and moves *@at behind the comma that follows it, or to the end. */
static gboolean
take_number (char **at, const char *name, guint base, guint64 max, guint64 *number)
{
  gsize length = strlen (name);
  char *comma;

  if (strncmp (*at, name, length) != 0)
    return FALSE;
  *at += length;
  comma = strchr (*at, ',');
  if (comma != NULL)
    *comma = '\0';
  if (!g_ascii_string_to_unsigned (*at, base, 0, max, number, NULL))
    return FALSE;
  *at = comma != NULL ? comma + 1 : *at + strlen (*at);
  return TRUE;
}

static gboolean
parse_line (char *text, Line *line)
{
  guint64 mode, uid, gid, links, rdev;

  if (!take_number (&text, "dev=", 16, G_MAXUINT64, &line->device) ||
      !take_number (&text, "ino=", 10, G_MAXUINT64, &line->owner.inode) ||
      !take_number (&text, "mode=", 8, 0177777, &mode) ||
      !take_number (&text, "uid=", 10, G_MAXUINT32, &uid) ||
      !take_number (&text, "gid=", 10, G_MAXUINT32, &gid) ||
      !take_number (&text, "nlink=", 10, G_MAXUINT64, &links) ||
      !take_number (&text, "rdev=", 10, G_MAXUINT64, &rdev) || *text != '\0')
    return FALSE;
  line->owner.mode = (guint32) mode;
  line->owner.uid = (guint32) uid;
  line->owner.gid = (guint32) gid;
  line->owner.device = rdev;
  return TRUE;
}

GHashTable *
pn_fake_owners_parse (GBytes *text, dev_t device, GError **error)
{
  g_autoptr (GHashTable) owners = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free);
  gsize size;
  const char *at = g_bytes_get_data (text, &size);
  const char *end = at + size;

  while (at < end)
    {
      const char *newline = memchr (at, '\n', (gsize) (end - at));
      gsize length = (gsize) ((newline != NULL ? newline : end) - at);
      g_autofree char *one = g_strndup (at, MIN (length, MAX_LINE + 1));
      Line line = { 0 };

      if (length > MAX_LINE || !parse_line (one, &line))
        return pn_set_error (error, PN_ERROR_INVALID_DATA,
                             "What the hook did cannot be taken over: fakeroot’s list of owners is "
                             "not valid"),
               NULL;
      if (line.device == device)
        {
          PnFakeOwner *owner = g_memdup2 (&line.owner, sizeof line.owner);

          g_hash_table_replace (owners, &owner->inode, owner);
        }
      at += length + 1;
    }
  return g_steal_pointer (&owners);
}

void
pn_fake_owners_append (GString *text, dev_t device, const PnFakeOwner *owner, guint n_links)
{
  g_string_append_printf (text,
                          "dev=%" G_GINT64_MODIFIER "x,ino=%" G_GUINT64_FORMAT
                          ",mode=%o,uid=%u,gid=%u,nlink=%u,rdev=%" G_GUINT64_FORMAT "\n",
                          (guint64) device, owner->inode, owner->mode, owner->uid, owner->gid,
                          n_links, owner->device);
}
