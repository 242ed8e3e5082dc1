/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <sys/types.h>

G_BEGIN_DECLS

/* Who owns what, where the one who works on it is not root: what the program fakeroot is told and
 * says (its options -i and -s), by inode of one file system. */
typedef struct
{
  guint64 inode;
  guint32 mode; /* with its type: a device is an empty file on the disk */
  guint32 uid, gid;
  guint64 device; /* of a device node, as of makedev () */
} PnFakeOwner;

#define PN_FAKE_OWNERS_MAX (512 * 1024 * 1024) /* bytes of text */

/* Pure. guint64 * → PnFakeOwner *, both owned by the table. Lines of other file systems than
 * @device are left out; a line that is none is PN_ERROR_INVALID_DATA. */
GHashTable *pn_fake_owners_parse (GBytes *text, dev_t device, GError **error);
/* Puts one line behind the others. */
void pn_fake_owners_append (GString *text, dev_t device, const PnFakeOwner *owner, guint n_links);

G_END_DECLS
