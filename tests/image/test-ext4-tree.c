/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ext4 as mke2fs makes it, unpacked, worked on by real programs under fakeroot and taken back; with
 * e2fsck and debugfs as judges. */
#include "config.h"

#include <fcntl.h>
#include <string.h>

#include "pn-error.h"
#include "pn-ext4-tree.h"
#include "pn-fake-owners.h"
#include "pn-io.h"
#include "pn-scratch.h"

#define NOW 1760000000 /* unix seconds */
#define MIB 48

static const struct
{
  const char *name, *options;
} kinds[] = {
  { "default", "-t ext4 -b 4096" },
  { "1k-blocks", "-t ext4 -b 1024" },
  { "inline", "-t ext4 -b 4096 -I 256 -O inline_data" },
  { "no-checksums", "-t ext4 -b 4096 -O ^metadata_csum,uninit_bg" },
  { "small-inodes", "-t ext4 -b 4096 -I 128" },
  { "ext3", "-t ext3 -b 4096" },
  { "ext2", "-t ext2 -b 1024" },
};

/* What the root file system of an image has in it, with everything that is easily lost. */
static void
make_tree (void)
{
  g_free (pn_scratch_run (
      "mkdir -p tree/etc tree/usr/bin tree/many tree/var/pi tree/gone/deep tree/dev; cd tree; "
      "echo pi > etc/hostname; seq 1 30000 > etc/long; ln etc/long etc/hard; ln -s long etc/link; "
      "ln -s \"$(printf '%%0200d' 0 | tr 0 d)\" etc/long-target; printf '' > etc/empty; "
      "echo ping > usr/bin/ping; echo sudo > usr/bin/sudo; echo old > gone/deep/file; "
      "for i in $(seq 700); do echo $i > many/file-$i; done; echo mine > var/pi/mine; "
      "truncate -s 3M etc/sparse; printf end >> etc/sparse; chmod 0 etc/empty; chmod 555 gone"));
}

static void
make_image (guint kind)
{
  g_free (pn_scratch_run ("rm -f ext4.img; truncate -s %dM ext4.img; mke2fs -q -F %s "
                          "-E root_owner=0:0,hash_seed=50756e6e-6574-4000-8000-000000000003 "
                          "-U 50756e6e-6574-4000-8000-000000000002 -d tree ext4.img",
                          MIB, kinds[kind].options));
  g_free (pn_scratch_run (
      "debugfs -w -f - ext4.img >/dev/null 2>&1 <<'END'\n"
      "cd /dev\nmknod console c 5 1\nmknod disk b 259 300\nmknod pipe p\ncd /\n"
      "set_inode_field /usr/bin/sudo mode 0104755\nset_inode_field /var/pi uid 1000\n"
      "set_inode_field /var/pi/mine uid 100000\nset_inode_field /var/pi/mine gid 70000\n"
      "ea_set /usr/bin/ping security.capability cap\nea_set /usr/bin/sudo security.capability cap\n"
      "ea_set /usr/bin/ping user.note kept\nea_set /var/pi user.note folder\n"
      "END\n"
      "e2fsck -fn ext4.img >/dev/null 2>&1"));
}

typedef struct
{
  PnFd fd;
  PnExt4 *ext4;
  PnExt4Tree *tree;
  char *folder;
} Unpacked;

static void
unpacked_clear (Unpacked *self)
{
  g_clear_pointer (&self->tree, pn_ext4_tree_free);
  g_clear_pointer (&self->ext4, pn_ext4_free);
  pn_fd_close (self->fd);
  pn_remove_tree (self->folder);
  g_assert_false (g_file_test (self->folder, G_FILE_TEST_EXISTS));
  g_free (self->folder);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Unpacked, unpacked_clear)

static Unpacked
unpack (const char *image, const char *name)
{
  g_autofree char *path = pn_scratch_path (image);
  g_autoptr (GError) error = NULL;
  Unpacked self = { .fd = pn_open (path, O_RDONLY, NULL), .folder = pn_scratch_path (name) };

  g_free (pn_scratch_run ("mkdir %s", name));
  self.ext4 = pn_ext4_open (self.fd, 0, (guint64) pn_file_size (self.fd, NULL), TRUE, &error);
  g_assert_no_error (error);
  self.tree = pn_ext4_unpack (self.ext4, self.folder, NULL, &error);
  g_assert_no_error (error);
  return self;
}

/* Everything of a tree but its times, as fakeroot shows it. */
static char *
describe (Unpacked *self)
{
  return pn_scratch_run (
      "cd %s; fakeroot -i %s -- sh -c 'find . -printf \"%%p %%M %%U %%G %%l\\n\" | sort; "
      "stat -c \"%%n %%t:%%T\" dev/*; "
      "find . -type f -print0 | sort -z | xargs -0 sha256sum'",
      pn_ext4_tree_get_root (self->tree), pn_ext4_tree_get_owners (self->tree));
}

static void
work (Unpacked *self, const char *script)
{
  g_autofree char *quoted = g_shell_quote (script);

  const char *owners = pn_ext4_tree_get_owners (self->tree);

  /* What it leaves behind it writes the list, and then ends. */
  g_free (pn_scratch_run ("cd %s; fakeroot -i %s -s %s -- sh -ec %s; "
                          "while pgrep -f '[f]aked.*%s' >/dev/null; do sleep 0.05; done",
                          pn_ext4_tree_get_root (self->tree), owners, owners, quoted, owners));
}

/* Writes what is there now as a file of its own. */
static void
write_image (PnExt4 *ext4, const char *name)
{
  g_autofree char *path = pn_scratch_path (name);
  g_autoptr (GError) error = NULL;
  g_autoptr (PnRuns) runs = pn_ext4_used_runs (ext4, &error);
  g_autofree guint8 *buffer = g_malloc (1024 * 1024);
  guint64 size;
  g_auto (PnFd) fd = pn_open (path, O_RDWR | O_CREAT | O_TRUNC, NULL);

  g_assert_no_error (error);
  size = pn_runs_get_n_blocks (runs) * PN_RUN_BLOCK_SIZE;
  for (guint64 at = 0; at < size; at += 1024 * 1024)
    {
      gsize count = (gsize) MIN (1024 * 1024, size - at);

      g_assert_true (pn_runs_read (runs, at, buffer, count, NULL));
      g_assert_true (pn_pwrite_all (fd, buffer, count, (goffset) at, NULL));
    }
}

static void
merge (Unpacked *self, const char *image)
{
  g_autoptr (GError) error = NULL;

  pn_ext4_tree_merge (self->tree, NOW, NULL, &error);
  g_assert_no_error (error);
  write_image (self->ext4, image);
  g_free (pn_scratch_run ("e2fsck -fn %s", image));
}

static char *
ask (const char *image, const char *question)
{
  return pn_scratch_run ("debugfs -R '%s' %s 2>/dev/null", question, image);
}

static void
assert_says (const char *image, const char *question, const char *expected, gboolean there)
{
  g_autofree char *answer = ask (image, question);

  if ((strstr (answer, expected) != NULL) != there)
    g_error ("%s of %s: %s", question, image, answer);
}

/* Nothing changed: nothing is written. */
static void
test_untouched (gconstpointer data)
{
  make_image (GPOINTER_TO_UINT (data));
  {
    g_auto (Unpacked) one = unpack ("ext4.img", "one");
    g_autofree char *described = describe (&one);

    g_test_message ("%s", described);
    g_assert_nonnull (strstr (described, "./usr/bin/sudo -rwsr-xr-x 0 0 \n"));
    g_assert_nonnull (strstr (described, "./var/pi/mine -rw-r--r-- 100000 70000 \n"));
    g_assert_nonnull (strstr (described, "dev/console 5:1\ndev/disk 103:12c\ndev/pipe 0:0\n"));
    g_free (pn_scratch_run ("cd %s; diff -r --no-dereference . ../../tree | grep -v ': dev$\\|Only "
                            "in ./dev\\|Only in .: lost+found' | grep . && exit 1 || true",
                            pn_ext4_tree_get_root (one.tree)));
    write_image (one.ext4, "before.img");
    merge (&one, "after.img");
    g_free (pn_scratch_run ("cmp before.img after.img"));
  }
}

static const char changes[] =
    /* contents: in place, replaced, grown, emptied, by hard link */
    "echo station > etc/hostname; seq 1 10 >> etc/hard; sed -i s/sudo/doas/ usr/bin/sudo; "
    "echo more >> usr/bin/ping; : > etc/sparse; "
    /* owners and modes */
    "chown 1001:1002 many/file-1; chmod 4711 many/file-2; chown -h 7:8 etc/link; chown 5 var/pi; "
    /* new ones of every kind */
    "mkdir -p opt/app/data; head -c 3000000 /dev/urandom > opt/app/data/blob; "
    "seq 1 100 > opt/app/list; ln opt/app/list opt/app/list2; ln -s list opt/app/link; "
    "ln -s \"$(printf '%0300d' 0 | tr 0 e)\" opt/app/far; mknod dev/tty9 c 4 9; "
    "mknod dev/big b 300 70000; install -m 0600 -o 33 -g 33 etc/long opt/app/key; "
    "ln etc/long opt/long-too; for i in $(seq 900); do echo $i > many/new-name-$i; done; "
    /* moved, gone, and another thing of the same name */
    "mv many/file-3 etc/moved; mv gone/deep was; rm -r gone; rm many/file-4*; rm etc/empty; "
    "mkdir etc/empty; rm -r etc/long-target; echo file > etc/long-target; mv dev/pipe dev/fifo; ";

static void
test_changed (gconstpointer data)
{
  g_autofree char *worked = NULL;
  g_autofree char *come_back = NULL;

  make_image (GPOINTER_TO_UINT (data));
  {
    g_auto (Unpacked) one = unpack ("ext4.img", "one");

    work (&one, changes);
    worked = describe (&one);
    merge (&one, "after.img");
  }
  {
    g_auto (Unpacked) two = unpack ("after.img", "two");

    come_back = describe (&two);
  }
  g_assert_cmpstr (worked, ==, come_back);
  /* Other files keep what is not on the disk; one that was written to loses its capabilities. */
  assert_says ("after.img", "ea_list /usr/bin/ping", "user.note", TRUE);
  assert_says ("after.img", "ea_list /usr/bin/ping", "security.capability", FALSE);
  assert_says ("after.img", "ea_list /var/pi", "user.note", TRUE);
  assert_says ("after.img", "ea_list /usr/bin/sudo", "security.capability", FALSE);
  assert_says ("after.img", "stat /opt/app/list", "mtime: 0x68e77800", TRUE);
  assert_says ("after.img", "stat /etc/hostname", "mtime: 0x68e77800", TRUE);
  assert_says ("after.img", "stat /etc/long", "Links: 3", TRUE);
}

/* The same end by other ways, at other times, is the same bytes. */
static void
test_deterministic (void)
{
  make_image (0);
  for (guint i = 0; i < 2; i++)
    {
      g_auto (Unpacked) one = unpack ("ext4.img", "one");

      work (&one, i == 0
                      ? "mkdir b; echo 1 > a; echo 2 > b/c; chown 3 b/c; rm many/file-7; "
                        "mv many/file-8 d; ln etc/long e"
                      : "ln etc/long e; rm many/file-7; echo x > t; rm t; mkdir z; echo 2 > z/c; "
                        "mv z b; sleep 1.1; ln many/file-8 d; rm many/file-8; echo 0 > a; "
                        "rm a; seq 9 > y; rm y; echo 1 > a; chown 3 b/c; touch etc");
      merge (&one, i == 0 ? "after.img" : "again.img");
    }
  g_free (pn_scratch_run ("cmp after.img again.img"));
}

static void
test_full (void)
{
  g_autoptr (GError) error = NULL;

  make_image (0);
  {
    g_auto (Unpacked) one = unpack ("ext4.img", "one");

    work (&one, "head -c 60000000 /dev/zero > big");
    g_assert_false (pn_ext4_tree_merge (one.tree, NOW, NULL, &error));
    pn_assert_refused (error, PN_ERROR_NO_SPACE, "does not fit");
  }
}

static void
test_cancelled (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  make_image (0);
  {
    g_auto (Unpacked) one = unpack ("ext4.img", "one");

    g_cancellable_cancel (cancellable);
    g_assert_false (pn_ext4_tree_merge (one.tree, NOW, cancellable, &error));
    g_assert_true (pn_error_is_cancelled (error));
  }
}

static void
test_owners (void)
{
  static const char *const wrong[] = {
    "x\n",
    "dev=1,ino=2,mode=100644,uid=0,gid=0,nlink=1\n",
    "dev=1,ino=2,mode=100644,uid=0,gid=0,nlink=1,rdev=0,more=1\n",
    "dev=1,ino=-2,mode=100644,uid=0,gid=0,nlink=1,rdev=0\n",
    "dev=1,ino=2,mode=1000000,uid=0,gid=0,nlink=1,rdev=0\n",
    "dev=1,ino=2,mode=100644,uid=4294967296,gid=0,nlink=1,rdev=0\n",
    "dev=1,ino=2,mode=100648,uid=0,gid=0,nlink=1,rdev=0\n",
    "dev=1,ino=2,mode=100644,uid=0,gid=0,nlink=1,rdev=0\n\n",
  };
  const PnFakeOwner owner = { 12, 0100644, 1000, 1001, 0 };
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GHashTable) owners = NULL;
  const PnFakeOwner *read;
  guint64 inode = 12;

  pn_fake_owners_append (text, 0xfe00, &owner, 2);
  g_assert_cmpstr (text->str, ==, "dev=fe00,ino=12,mode=100644,uid=1000,gid=1001,nlink=2,rdev=0\n");
  pn_fake_owners_append (text, 0xfe01, &owner, 2);
  bytes = g_bytes_new (text->str, text->len);
  owners = pn_fake_owners_parse (bytes, 0xfe00, NULL);
  g_assert_cmpuint (g_hash_table_size (owners), ==, 1);
  read = g_hash_table_lookup (owners, &inode);
  g_assert_cmpmem (read, sizeof *read, &owner, sizeof owner);
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GBytes) broken = g_bytes_new_static (wrong[i], strlen (wrong[i]));
      g_autoptr (GError) error = NULL;

      g_assert_null (pn_fake_owners_parse (broken, 1, &error));
      pn_assert_refused (error, PN_ERROR_INVALID_DATA, "fakeroot");
    }
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  pn_scratch_open ();
  make_tree ();
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autofree char *untouched = g_strconcat ("/ext4-tree/untouched/", kinds[i].name, NULL);
      g_autofree char *changed = g_strconcat ("/ext4-tree/changed/", kinds[i].name, NULL);

      g_test_add_data_func (untouched, GUINT_TO_POINTER (i), test_untouched);
      g_test_add_data_func (changed, GUINT_TO_POINTER (i), test_changed);
    }
  g_test_add_func ("/ext4-tree/deterministic", test_deterministic);
  g_test_add_func ("/ext4-tree/full", test_full);
  g_test_add_func ("/ext4-tree/cancelled", test_cancelled);
  g_test_add_func ("/ext4-tree/owners", test_owners);
  status = g_test_run ();
  pn_scratch_close ();
  return status;
}
