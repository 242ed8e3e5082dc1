/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recipes with scripts: what they did is in the bundle, the same bytes each time, as other people's
 * programs read it; and what they must not do is refused. */
#include "config.h"

#include <fcntl.h>
#include <string.h>

#include "pn-chip.h"
#include "pn-io.h"
#include "pn-pem-signer.h"
#include "pn-prepare.h"
#include "pn-recipe-files.h"
#include "pn-scratch.h"

#define TIMESTAMP 1760000000 /* unix seconds */
#define BOOT_AT "4194304"    /* bytes in the stand-in image */
#define ROOT_AT "46137344"

static const char boot_script[] =
    "#!/bin/sh\nset -e\n[ $# = 2 ]\n[ \"$GOLD_MASTER_OS_KIND\" = image ]\n"
    "echo 'dtparam=audio=on' >>$1/config.txt\nmkdir $1/station\necho 42 >$1/station/number.txt\n"
    "echo \"storage is $RPI_DEVICE_STORAGE_TYPE\"\ndate >/tmp/now\n";
static const char root_script[] =
    "#!/bin/sh\nset -e\n[ $(id -u) = 0 ]\necho factory >$2/etc/hostname\nmkdir -p $2/opt/app\n"
    "install -m 0640 -o 1000 -g 33 $1/station/number.txt $2/opt/app/number\n"
    "ln -s app $2/opt/link\nln $2/etc/hostname $2/opt/hard\nmknod $2/opt/null c 1 3\n"
    "chmod 4755 $2/opt/hard\nrm -f $2/etc/motd\n"
    "for i in $(seq 300 | shuf); do echo $i >$2/opt/app/file-$i; done\n";

static void
save_script (const char *name, const char *text)
{
  g_free (pn_scratch_run ("rm -f %s", name));
  pn_scratch_save (name, text, strlen (text));
}

/* A section, frozen as the script is now. */
static char *
section (PnHookStage stage, const char *name, const char *more)
{
  g_autoptr (GBytes) script = pn_scratch_load (name);
  PnSha256 digest = pn_sha256_bytes (script);
  g_autofree char *hex = pn_sha256_to_hex (&digest);

  return g_strdup_printf ("[Hook %s]\nFile=%s\nSha256=%s\n%s\n", pn_hook_stage_to_word (stage),
                          name, hex, more);
}

static PnRecipe *
make_recipe (PnMode mode, const char *hooks, GError **error)
{
  g_autofree char *folder = pn_scratch_path ("");
  g_autofree char *text = g_strdup_printf (
      "[Recipe]\nName=test\nRevision=2\nMode=%s\nChip=bcm2712\nStorage=nvme\n[Image]\n"
      "File=gold-master.img\n[Firmware]\nEeprom=pieeprom.bin\nRecovery=recovery.bin\n"
      "Bootfiles=bootfiles.bin\nGadget=fastboot-gadget.img\nInitramfs=cryptroot_initramfs\n"
      "[Key]\nPem=customer.pem\n%s",
      pn_mode_to_word (mode), hooks);
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

  return pn_recipe_parse (bytes, folder, error);
}

static void
say_cb (const char *sentence, gboolean warning, gpointer said)
{
  g_autofree char *english = pn_sentence_to_english (sentence);

  g_string_append_printf (said, "%s\n", english);
}

static gboolean
prepare (PnMode mode, const char *hooks, const char *output, GString *said, GError **error)
{
  g_autoptr (PnRecipe) recipe = make_recipe (mode, hooks, error);
  g_autofree char *path = pn_scratch_path (output);
  g_autoptr (PnSigner) signer = NULL;

  if (recipe == NULL)
    return FALSE;
  if (pn_mode_locks (mode))
    signer = pn_pem_signer_new_from_file (recipe->key, NULL, NULL, error);
  return pn_prepare (recipe, signer, path, TIMESTAMP, said != NULL ? say_cb : NULL, NULL, said,
                     NULL, error);
}

static char *
both_hooks (void)
{
  g_autofree char *boot = NULL;
  g_autofree char *root = NULL;

  save_script ("boot.sh", boot_script);
  save_script ("root.sh", root_script);
  boot = section (PN_HOOK_BOOTFS_MOUNTED, "boot.sh", "");
  root = section (PN_HOOK_ROOTFS_MOUNTED, "root.sh", "Seconds=300");
  return g_strconcat (boot, root, NULL);
}

static void
assert_prints (const char *command, const char *expected)
{
  g_autofree char *printed = pn_scratch_run ("%s", command);

  if (strstr (printed, expected) == NULL)
    g_error ("%s: “%s” instead of “%s”", command, printed, expected);
}

/* A root file system as the script left it. @where: the image, and an offset behind "?". */
static void
assert_root (const char *where)
{
  static const struct
  {
    const char *question, *expected;
  } asked[] = {
    { "cat /etc/hostname", "factory" },
    { "cat /opt/app/number", "42" },
    { "stat /opt/app/number", "Mode:  0640" },
    { "stat /opt/app/number", "User:  1000   Group:    33" },
    { "stat /opt/app/number", "mtime: 0x68e77800" },
    { "stat /opt/hard", "Mode:  04755" },
    { "stat /etc/hostname", "Links: 2" },
    { "stat /opt/link", "Fast link dest: \"app\"" },
    { "stat /opt/null", "character special" },
    { "cat /opt/app/file-300", "300" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (asked); i++)
    {
      g_autofree char *command =
          g_strdup_printf ("debugfs -R '%s' '%s' 2>/dev/null", asked[i].question, where);

      assert_prints (command, asked[i].expected);
    }
}

static void
assert_manifest (const char *name, const char *expected)
{
  g_autofree char *command = g_strdup_printf ("cat %s/manifest.json", name);

  assert_prints (command, expected);
}

static void
test_secure (void)
{
  g_autofree char *hooks = both_hooks ();
  g_autoptr (GString) said = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  prepare (PN_MODE_SECURE_BOOT, hooks, "secure", said, &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (said->str, "Running the hook rootfs-mounted\n"));
  g_assert_nonnull (strstr (said->str, "bootfs-mounted: storage is nvme\n"));
  assert_manifest ("secure",
                   "\"hooks\":[{\"network\":false,\"seconds\":60,\"stage\":\"bootfs-mounted\","
                   "\"write\":[]},{\"network\":false,\"seconds\":300,\"stage\":\"rootfs-mounted\","
                   "\"write\":[]}]");
  g_free (pn_scratch_run ("cmp secure/hook-bootfs-mounted.sh boot.sh; "
                          "cmp secure/hook-rootfs-mounted.sh root.sh; [ ! -e secure/hooks ]"));
  g_free (pn_scratch_run ("simg2img secure/root-filesystem.simg root.img; e2fsck -fn root.img; "
                          "simg2img secure/boot-partition.simg boot.img; fsck.fat -n boot.img; "
                          "mcopy -n -i boot.img ::boot.img inner.img"));
  assert_root ("root.img");
  assert_prints ("mtype -i inner.img ::station/number.txt", "42");
  assert_prints ("mtype -i inner.img ::config.txt", "dtparam=audio=on");
  /* What makes it an encrypted system was there before, and is there still. */
  assert_prints ("mtype -i inner.img ::cmdline.txt", "fsck.repair=yes");
  assert_prints ("mdir -b -i inner.img ::", "initramfs8");
  /* The metadata that is grown at the station is that of the changed file system. */
  g_free (pn_scratch_run ("rm root.img boot.img inner.img"));
}

static void
test_reproducible (void)
{
  g_autofree char *hooks = both_hooks ();
  g_autoptr (GError) error = NULL;

  prepare (PN_MODE_SECURE_BOOT, hooks, "again", NULL, &error);
  g_assert_no_error (error);
  g_free (pn_scratch_run ("diff -r secure again; rm -r again"));
}

static void
test_naked (void)
{
  g_autofree char *hooks = both_hooks ();
  g_autoptr (GError) error = NULL;

  prepare (PN_MODE_NAKED, hooks, "naked", NULL, &error);
  g_assert_no_error (error);
  g_free (pn_scratch_run ("simg2img naked/disk.simg disk.img; e2fsck -fn 'disk.img?offset=" ROOT_AT
                          "'; dd if=disk.img of=part.img bs=1M skip=4 count=40 status=none; "
                          "fsck.fat -n part.img"));
  assert_root ("disk.img?offset=" ROOT_AT);
  assert_prints ("mtype -i disk.img@@" BOOT_AT " ::station/number.txt", "42");
  /* Everything else is as the image has it: the table, the serial, the other files. */
  g_free (pn_scratch_run ("cmp -n 512 disk.img gold-master.img; for i in disk gold-master; do "
                          "mlabel -s -i $i.img@@" BOOT_AT
                          " :: >$i.label; mcopy -s -i $i.img@@" BOOT_AT
                          " ::cmdline.txt $i.cmdline; done; cmp disk.cmdline gold-master.cmdline; "
                          "cmp disk.label gold-master.label; rm disk.img part.img"));
}

/* Without a hook for it the root file system is an empty folder, and stays as it is. */
static void
test_boot_only (void)
{
  g_autofree char *hooks = NULL;
  g_autoptr (GError) error = NULL;

  save_script ("only.sh",
               "#!/bin/sh\n[ -z \"$(ls -A $2)\" ] && touch $2/x && touch $1/empty.txt\n");
  hooks = section (PN_HOOK_BOOTFS_MOUNTED, "only.sh", "");
  prepare (PN_MODE_NAKED, hooks, "only", NULL, &error);
  g_assert_no_error (error);
  prepare (PN_MODE_NAKED, "", "plain", NULL, &error);
  g_assert_no_error (error);
  g_free (pn_scratch_run ("for i in only plain; do simg2img $i/disk.simg $i.img; "
                          "tail -c +46137345 $i.img >$i.root; done; cmp only.root plain.root; "
                          "rm -r only plain only.* plain.*"));
}

static const struct
{
  PnMode mode;
  PnHookStage stage;
  const char *script, *more;
  PnError code;
  const char *says;
} refusals[] = {
  { PN_MODE_NAKED, PN_HOOK_BOOTFS_MOUNTED, "#!/bin/sh\necho why; exit 3\n", "", PN_ERROR_REJECTED,
    "status 3" },
  { PN_MODE_NAKED, PN_HOOK_ROOTFS_MOUNTED, "#!/bin/sh\nsleep 1000\n", "Seconds=1",
    PN_ERROR_TIMED_OUT, "rootfs-mounted" },
  { PN_MODE_SECURE_BOOT, PN_HOOK_BOOTFS_MOUNTED, "#!/bin/sh\nrm $1/cmdline.txt\n", "",
    PN_ERROR_INVALID_DATA, "cmdline.txt" },
  { PN_MODE_NAKED, PN_HOOK_BOOTFS_MOUNTED, "#!/bin/sh\nln -s /etc/passwd $1/passwd\n", "",
    PN_ERROR_INVALID_DATA, "passwd" },
  { PN_MODE_NAKED, PN_HOOK_BOOTFS_MOUNTED, "#!/bin/sh\nmkfifo $1/pipe\n", "", PN_ERROR_INVALID_DATA,
    "pipe" },
  { PN_MODE_NAKED, PN_HOOK_ROOTFS_MOUNTED, "#!/bin/sh\nhead -c 90000000 /dev/zero >$2/big\n",
    "Seconds=300", PN_ERROR_NO_SPACE, "does not fit" },
  { PN_MODE_NAKED, PN_HOOK_BOOTFS_MOUNTED, "#!/bin/sh\ntrue\n", "Write=/tmp/punnet-there-is-none",
    PN_ERROR_NOT_FOUND, "punnet-there-is-none" },
};

static void
test_refused (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_autofree char *hooks = NULL;
      g_autoptr (GString) said = g_string_new (NULL);
      g_autoptr (GError) error = NULL;

      save_script ("bad.sh", refusals[i].script);
      hooks = section (refusals[i].stage, "bad.sh", refusals[i].more);
      g_assert_false (prepare (refusals[i].mode, hooks, "refused", said, &error));
      g_test_message ("%u: %s\n%s", i, error->message, said->str);
      pn_assert_refused (error, (int) refusals[i].code, refusals[i].says);
      g_free (pn_scratch_run ("! ls -d refused*"));
    }
}

/* The recipe's revision is for one script. */
static void
test_changed (void)
{
  g_autofree char *hooks = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (PnRecipe) recipe = NULL;

  save_script ("changed.sh", "#!/bin/sh\necho one\n");
  hooks = section (PN_HOOK_POST_FLASH, "changed.sh", "");
  save_script ("changed.sh", "#!/bin/sh\necho two\n");
  recipe = make_recipe (PN_MODE_NAKED, hooks, &error);
  g_assert_no_error (error);
  g_assert_null (
      pn_recipe_load_hook (&recipe->hooks[PN_HOOK_POST_FLASH], PN_HOOK_POST_FLASH, &error));
  pn_assert_refused (error, PN_ERROR_STALE, "make a new revision");
  g_clear_error (&error);
  g_assert_false (prepare (PN_MODE_NAKED, hooks, "refused", NULL, &error));
  pn_assert_refused (error, PN_ERROR_STALE, "post-flash");
}

/* Scripts for the station travel and do not run; those that are off do not even travel. */
static void
test_device_hooks (void)
{
  g_autofree char *after = NULL;
  g_autofree char *off = NULL;
  g_autofree char *hooks = NULL;
  g_autofree char *path = pn_scratch_path ("device");
  g_autoptr (GError) error = NULL;
  g_autoptr (PnBundle) bundle = NULL;
  g_auto (PnFd) fd = -1;
  const PnManifestHook *hook;

  save_script ("after.sh", "#!/bin/sh\nexit 1\n");
  after = section (PN_HOOK_POST_FLASH, "after.sh",
                   "Seconds=7\nNetwork=true\nWrite=/srv/labels;/media/stick");
  off = section (PN_HOOK_BOOTSTRAP, "after.sh", "Enabled=false");
  hooks = g_strconcat (after, off, NULL);
  prepare (PN_MODE_NAKED, hooks, "device", NULL, &error);
  g_assert_no_error (error);
  fd = pn_open (path, O_RDONLY | O_DIRECTORY, &error);
  bundle = pn_bundle_open (fd, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  hook = pn_manifest_find_hook (pn_bundle_get_manifest (bundle), PN_HOOK_POST_FLASH);
  g_assert_nonnull (hook);
  g_assert_cmpuint (hook->seconds, ==, 7);
  g_assert_true (hook->network);
  g_assert_true (g_strv_equal ((const char *const *) hook->write,
                               (const char *[]){ "/srv/labels", "/media/stick", NULL }));
  g_assert_null (pn_manifest_find_hook (pn_bundle_get_manifest (bundle), PN_HOOK_BOOTSTRAP));
  g_free (
      pn_scratch_run ("cmp device/hook-post-flash.sh after.sh; [ ! -e device/hook-bootstrap.sh ]"
                      "; rm -r device"));
}

/* Nothing is begun on a machine that cannot do it. */
static void
test_no_sandbox (void)
{
  g_autofree char *hooks = both_hooks ();
  g_autofree char *path = g_strdup (g_getenv ("PATH"));
  g_autofree char *here = pn_scratch_path ("");
  g_autoptr (GString) said = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  gboolean made;

  g_setenv ("PATH", here, TRUE);
  made = prepare (PN_MODE_SECURE_BOOT, hooks, "refused", said, &error);
  g_setenv ("PATH", path, TRUE);
  g_assert_false (made);
  g_assert_error (error, PN_ERROR, PN_ERROR_NOT_SUPPORTED);
}

int
main (int argc, char **argv)
{
  const char *build;
  int status;

  g_test_init (&argc, &argv, NULL);
  build = g_getenv ("PUNNET_BUILD_ROOT");
  pn_scratch_open ();
  g_free (pn_scratch_run ("%s/tests/tools/punnet-standins .; "
                          "%s/tests/tools/make-standin-image gold-master.img 64",
                          build, build));
  g_test_add_func ("/hooks/secure", test_secure);
  g_test_add_func ("/hooks/reproducible", test_reproducible);
  g_test_add_func ("/hooks/naked", test_naked);
  g_test_add_func ("/hooks/boot-only", test_boot_only);
  g_test_add_func ("/hooks/refused", test_refused);
  g_test_add_func ("/hooks/changed", test_changed);
  g_test_add_func ("/hooks/device-hooks", test_device_hooks);
  g_test_add_func ("/hooks/no-sandbox", test_no_sandbox);
  status = g_test_run ();
  pn_scratch_close ();
  return status;
}
