/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a bundle may come in, and what has to go for it. */
#include "config.h"

#include "pn-bundle-store-private.h"

#include <errno.h>
#include <sys/statvfs.h>

#include "pn-error.h"
#include "pn-io.h"

#define TENTHS 9 /* of what the file system has; the rest is for records and logs */

gboolean
pn_bundle_policy_check_key (const PnBundlePolicy *self, PnManifest *manifest, GError **error)
{
  PnPublicKey *key = pn_manifest_get_public_key (manifest);
  g_autofree char *hex = NULL;
  PnSha256 fingerprint;

  if (!self->enrolled_only)
    return TRUE;
  if (key == NULL)
    return pn_set_error (error, PN_ERROR_PERMISSION,
                         "This station takes only bundles that are signed by an enrolled key, and "
                         "this bundle is not signed");
  fingerprint = pn_public_key_get_fingerprint (key);
  hex = pn_sha256_to_hex (&fingerprint);
  return (self->keys != NULL && g_strv_contains ((const char *const *) self->keys, hex)) ||
         pn_set_error (error, PN_ERROR_PERMISSION,
                       "This station takes only bundles that are signed by an enrolled key, and "
                       "%s is not enrolled; whoever is responsible for the station can enrol it",
                       hex);
}

/* What there is and what may be. */
typedef struct
{
  guint count, max_count;
  guint64 size, max_size; /* bytes of bundles, those too that come in */
  guint64 free;           /* bytes of the file system that nobody waits for */
} Room;

static gboolean
look (PnBundleStore *self, const PnBundlePolicy *policy, Room *room, GError **error)
{
  GHashTableIter iter;
  gpointer stored;
  struct statvfs there;
  guint64 waiting = self->reserved - self->written;

  if (fstatvfs (self->fd, &there) < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot find out how much space is left");
      return FALSE;
    }
  *room = (Room){ .count = g_hash_table_size (self->bundles) + self->n_incoming,
                  .max_count = policy->max_bundles,
                  .size = self->reserved,
                  .free = (guint64) there.f_bavail * there.f_frsize };
  g_hash_table_iter_init (&iter, self->bundles);
  while (g_hash_table_iter_next (&iter, NULL, &stored))
    room->size += ((PnStoredBundle *) stored)->size;
  room->max_size = policy->max_total != 0 ? policy->max_total
                                          : (room->free + room->size - waiting) / 10 * TENTHS;
  room->free -= MIN (room->free, waiting);
  return TRUE;
}

static gboolean
fits (const Room *room, guint64 size)
{
  return room->count < room->max_count && size <= room->free && size <= room->max_size &&
         room->size <= room->max_size - size;
}

static gint
by_use (gconstpointer a, gconstpointer b)
{
  const PnStoredBundle *first = *(PnStoredBundle *const *) a;
  const PnStoredBundle *second = *(PnStoredBundle *const *) b;

  return first->used < second->used ? -1 : first->used > second->used;
}

/* Those that nobody holds, the one first that was not used for the longest time. */
static GPtrArray *
list_idle (PnBundleStore *self)
{
  GPtrArray *idle = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer stored;

  g_hash_table_iter_init (&iter, self->bundles);
  while (g_hash_table_iter_next (&iter, NULL, &stored))
    if (((PnStoredBundle *) stored)->holders == 0)
      g_ptr_array_add (idle, stored);
  g_ptr_array_sort (idle, by_use);
  return idle;
}

guint64
pn_bundle_store_get_room (PnBundleStore *self, const PnBundlePolicy *policy)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  g_autoptr (GPtrArray) idle = list_idle (self);
  Room room;

  if (!look (self, policy, &room, NULL))
    return 0;
  for (guint i = 0; i < idle->len; i++)
    {
      guint64 size = ((const PnStoredBundle *) idle->pdata[i])->size;

      room.size -= size;
      room.free += size;
    }
  return room.max_size > room.size ? MIN (room.free, room.max_size - room.size) : 0;
}

static gboolean
refuse (const Room *before, const Room *after, guint64 size, GError **error)
{
  g_autofree char *needed = g_format_size (size);
  g_autofree char *allowed = g_format_size (before->max_size);
  g_autofree char *left = g_format_size (after->free);

  if (size > before->max_size)
    return pn_set_error (error, PN_ERROR_NO_SPACE,
                         "There is no room for the bundle: it needs %s, and all bundles of the "
                         "station together may have %s. Free up space on its disk, or let bundles "
                         "have more of it",
                         needed, allowed);
  if (after->count >= after->max_count)
    return pn_set_error (error, PN_ERROR_NO_SPACE,
                         "There are %s bundles already, and all are in use. Close batches that are "
                         "done",
                         PN_NUMBER (after->count));
  if (size > after->free)
    return pn_set_error (error, PN_ERROR_NO_SPACE,
                         "The disk of the station is full: the bundle needs %s, and %s are left. "
                         "Free up space and install it again",
                         needed, left);
  return pn_set_error (error, PN_ERROR_NO_SPACE,
                       "There is no room for the bundle: it needs %s, all bundles of the station "
                       "together may have %s, and those that are there are in use. Close batches "
                       "that are done",
                       needed, allowed);
}

gboolean
pn_bundle_store_make_room (PnBundleStore *self,
                           const PnBundlePolicy *policy,
                           guint64 size,
                           GPtrArray *aside,
                           GError **error)
{
  g_autoptr (GPtrArray) idle = NULL;
  Room room, after;
  guint n = 0;

  if (!look (self, policy, &room, error))
    return FALSE;
  idle = list_idle (self);
  after = room;
  while (!fits (&after, size) && n < idle->len)
    {
      const PnStoredBundle *stored = idle->pdata[n++];

      after.count--;
      after.size -= stored->size;
      after.free += stored->size;
    }
  /* Nothing goes where it would not help. */
  if (!fits (&after, size))
    return refuse (&room, &after, size, error);
  for (guint i = 0; i < n; i++)
    {
      PnStoredBundle *stored = idle->pdata[i];
      g_autofree char *digest = g_strdup (stored->digest);
      g_autofree char *recipe = g_strdup (pn_manifest_get_recipe_name (stored->manifest));
      char *folder = pn_bundle_store_take_out (self, stored, error);

      if (folder == NULL)
        return FALSE;
      g_ptr_array_add (aside, folder);
      g_log_structured (G_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE, "PUNNET_BUNDLE", digest, "MESSAGE",
                        "The bundle %s (%s) was removed to make room for another", digest, recipe);
    }
  return TRUE;
}
