/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where records may lie, and where not. */
#include "config.h"

#include "pn-place.h"

#include <glib/gstdio.h>

#define MOUNTS                                                                                     \
  "21 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw\n"                                        \
  "36 21 0:45 / /srv/a\\040b rw,noatime - nfs4 server:/export rw,vers=4.2\n"                       \
  "37 21 0:46 / /data/x rw shared:3 master:1 - fuse.sshfs ann@host: rw\n"                          \
  "38 21 0:47 / /mnt/usb rw - fuseblk /dev/sdb1 rw\n"                                              \
  "nonsense\n39\n40 21 0:48\n41 21 0:49 / /short rw -\n"

static void
test_names (void)
{
  static const struct
  {
    guint64 magic;
    const char *kind, *name;
  } cases[] = {
    { 0xef53, "ext4", NULL },
    { 0x9123683e, "btrfs", NULL },
    { 0x58465342, "xfs", NULL },
    { 0x01021994, "tmpfs", NULL },
    { 0x794c7630, "overlay", NULL },
    { 0x65735546, "fuseblk", NULL },
    { 0x65735546, "fuse.ntfs-3g", NULL },
    { 0x65735546, "fuse.fuse-overlayfs", NULL },
    { 0x65735546, NULL, NULL },
    { 0xef53, "fuse.sshfs ext4", NULL },
    { 0xef53, "", NULL },
    { 0x6969, NULL, "NFS" },
    { 0x6969, "nfs4", "NFS" },
    { 0xff534d42, "cifs", "CIFS" },
    { 0xfe534d42, NULL, "SMB" },
    { 0x01021997, "9p", "9p" },
    { 0x65735546, "virtiofs", "9p" },
    { 0x00c36400, NULL, "Ceph" },
    { 0x65735546, "fuse.sshfs", "SSHFS" },
    { 0x65735546, "fuse.glusterfs", "GlusterFS" },
    { 0x65735546, "fuse.rclone", "a network file system" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpstr (pn_place_network_name (cases[i].magic, cases[i].kind), ==, cases[i].name);
}

static void
assert_kind (const char *text, guint minor, const char *expected)
{
  g_autofree char *kind = pn_place_find_kind (text, 0, minor);

  g_assert_cmpstr (kind, ==, expected);
}

static void
test_mountinfo (void)
{
  g_autofree char *root = pn_place_find_kind (MOUNTS, 8, 2);

  g_assert_cmpstr (root, ==, "ext4");
  assert_kind (MOUNTS, 45, "nfs4");
  assert_kind (MOUNTS, 46, "fuse.sshfs");
  assert_kind (MOUNTS, 47, "fuseblk");
  assert_kind (MOUNTS, 48, NULL);
  assert_kind (MOUNTS, 49, NULL);
  assert_kind (MOUNTS, 4, NULL);
  assert_kind ("", 45, NULL);
  for (gsize size = 0; size < sizeof MOUNTS; size++)
    {
      g_autofree char *part = g_strndup (MOUNTS, size);
      g_autofree char *kind = pn_place_find_kind (part, 0, 47);

      g_assert_true (kind == NULL || g_str_has_prefix ("fuseblk", kind));
    }
}

/* This machine's own. */
static void
test_here (void)
{
  g_autofree char *folder = g_dir_make_tmp ("punnet-place-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "records.db", NULL);
  g_autoptr (GError) error = NULL;

  if (!pn_place_check (path, &error))
    g_test_skip (error->message); /* tests run there */
  g_assert_true (pn_place_check ("/no/such/folder/records.db", NULL));
  g_assert_cmpint (g_remove (folder), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/place/names", test_names);
  g_test_add_func ("/place/mountinfo", test_mountinfo);
  g_test_add_func ("/place/here", test_here);
  return g_test_run ();
}
