/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-place.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>

#include "pn-error.h"

#define FUSE 0x65735546u

static const struct
{
  guint64 magic;
  const char *kinds; /* of mountinfo, with spaces around each */
  const char *name;
} networks[] = {
  { 0x6969, " nfs nfs4 ", "NFS" },
  { 0xff534d42, " cifs ", "CIFS" },
  { 0xfe534d42, " smb2 smb3 ", "SMB" },
  { 0x517b, " smbfs ", "SMB" },
  { 0x01021997, " 9p virtiofs ", "9p" }, /* virtiofs has FUSE's number */
  { 0x00c36400, " ceph fuse.ceph fuse.ceph-fuse ", "Ceph" },
  { 0x5346414f, " afs ", "AFS" },
  { 0x6b414653, " kafs ", "AFS" },
  { 0x73757245, " coda ", "Coda" },
  { 0x564c, " ncpfs ", "NCP" },
  { 0x0bd00bd0, " lustre ", "Lustre" },
  { 0x01161970, " gfs2 ", "GFS2" },
  { 0x7461636f, " ocfs2 ", "OCFS2" },
  { 0x20030528, " pvfs2 ", "OrangeFS" },
  { 0x19830326, " fhgfs beegfs ", "BeeGFS" },
  { 0x786f4256, " vboxsf ", "a folder shared with a virtual machine" },
  { 0xbacbacbc, " vmhgfs fuse.vmhgfs-fuse ", "a folder shared with a virtual machine" },
  { FUSE, " fuse.sshfs ", "SSHFS" },
  { FUSE, " fuse.glusterfs ", "GlusterFS" },
  { FUSE,
    " fuse.s3fs fuse.rclone fuse.goofys fuse.gcsfuse fuse.blobfuse fuse.davfs "
    "fuse.davfs2 davfs fuse.curlftpfs fuse.smbnetfs fuse.juicefs fuse.mfs fuse.moosefs "
    "fuse.afp fuse.nfs fuse.gvfsd-fuse fuse.kio-fuse fuse.seaweedfs fuse.xtreemfs ",
    "a network file system" },
};

const char *
pn_place_network_name (guint64 magic, const char *kind)
{
  g_autofree char *wanted = kind != NULL ? g_strdup_printf (" %s ", kind) : NULL;

  for (guint i = 0; i < G_N_ELEMENTS (networks); i++)
    if ((magic == networks[i].magic && magic != FUSE) ||
        (wanted != NULL && strchr (kind, ' ') == NULL &&
         strstr (networks[i].kinds, wanted) != NULL))
      return networks[i].name;
  return NULL;
}

char *
pn_place_find_kind (const char *mountinfo, guint major, guint minor)
{
  g_autofree char *wanted = g_strdup_printf ("%u:%u", major, minor);
  g_auto (GStrv) lines = g_strsplit (mountinfo, "\n", 0);

  /* "36 35 98:0 /root /mnt rw,noatime master:1 - ext3 /dev/root rw": blanks in names are escaped.
   */
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) words = g_strsplit (lines[i], " ", 0);
      guint n = g_strv_length (words);

      if (n < 7 || !g_str_equal (words[2], wanted))
        continue;
      for (guint j = 6; j + 1 < n; j++)
        if (g_str_equal (words[j], "-"))
          return g_strdup (words[j + 1]);
    }
  return NULL;
}

gboolean
pn_place_check (const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *mountinfo = NULL;
  g_autofree char *kind = NULL;
  const char *name;
  struct statfs system;
  struct stat status;

  /* A link counts for what it leads to. */
  if ((statfs (path, &system) < 0 || stat (path, &status) < 0) &&
      (statfs (folder, &system) < 0 || stat (folder, &status) < 0))
    return TRUE;
  if (g_file_get_contents ("/proc/self/mountinfo", &mountinfo, NULL, NULL))
    kind = pn_place_find_kind (mountinfo, major (status.st_dev), minor (status.st_dev));
  name = pn_place_network_name ((guint64) system.f_type & 0xffffffff, kind);
  return name == NULL ||
         pn_set_error (error, PN_ERROR_NOT_SUPPORTED,
                       "%s is on a network file system (%s), where records would be lost. Choose a "
                       "folder on a local disk, and bring stations together with “punnetctl "
                       "records merge”",
                       folder, name);
}
