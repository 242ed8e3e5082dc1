/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is found inside real images, into which the public tools put files. */
#include "config.h"

#include <fcntl.h>
#include <string.h>

#include "pn-image-report.h"
#include "pn-io.h"
#include "pn-scratch.h"

static PnImageReport *
report_on (const char *name)
{
  g_autofree char *path = pn_scratch_path (name);
  g_autoptr (GError) error = NULL;
  g_autoptr (PnImage) image = pn_image_open (path, FALSE, &error);
  PnImageReport *report;

  g_assert_no_error (error);
  report = pn_image_report_new (image, NULL, &error);
  g_assert_no_error (error);
  return report;
}

static gboolean
has_remark (PnImageReport *report, PnRemarkKind kind, const char *argument)
{
  for (guint i = 0; i < report->remarks->len; i++)
    {
      const PnRemark *remark = report->remarks->pdata[i];

      if (remark->kind == kind && g_strcmp0 (remark->argument, argument) == 0)
        return TRUE;
    }
  return FALSE;
}

static void
test_standin (void)
{
  g_autoptr (PnImageReport) report = report_on ("disc.img");
  g_autofree char *used = pn_scratch_run (
      "dd if=disc.img of=root.ext4 bs=1M skip=44 conv=sparse status=none; dumpe2fs -h root.ext4 "
      "2>y | awk '/^Block count:/ {b=$3} /^Free blocks:/ {print (b-$3)*4096}'");
  const PnReportPartition *boot, *root;
  const PnReportKernel *first, *second;

  g_assert_cmpuint (report->partitions->len, ==, 2);
  boot = report->partitions->pdata[0];
  root = report->partitions->pdata[1];
  g_assert_cmpstr (boot->kind, ==, "FAT32");
  g_assert_cmpstr (boot->label, ==, "bootfs");
  g_assert_cmpuint (boot->used, >, 7000000);
  g_assert_cmpuint (boot->used, <, 12000000);
  g_assert_cmpstr (root->kind, ==, "ext4");
  g_assert_cmpstr (root->label, ==, "rootfs");
  g_assert_cmpuint (root->used, ==, g_ascii_strtoull (used, NULL, 10));
  g_assert_true (g_strv_contains ((const char *const *) report->boot_files, "cmdline.txt"));
  g_assert_true (g_strv_contains ((const char *const *) report->boot_files, "overlays"));
  g_assert_nonnull (strstr (report->system, "stand-in"));
  g_assert_cmpuint (report->kernels->len, ==, 2);
  first = report->kernels->pdata[0];
  second = report->kernels->pdata[1];
  g_assert_cmpstr (first->version, ==, "6.12.34+rpt-rpi-2712");
  g_assert_cmpuint (first->chips, ==, 1u << PN_CHIP_BCM2712);
  g_assert_null (first->missing);
  g_assert_cmpuint (second->chips & 1u << PN_CHIP_BCM2711, !=, 0);
  g_assert_cmpuint (report->first_boot->len, ==, 1);
  g_assert_cmpstr (report->first_boot->pdata[0], ==,
                   "init=/usr/lib/raspberrypi-sys-mods/firstboot");
  g_assert_true (has_remark (report, PN_REMARK_SERIAL_CONSOLE, "console=serial0,115200"));
  g_assert_cmpint (report->ssh, ==, PN_SSH_ABSENT);
}

/* An image that somebody lived in. */
static void
make_lived_in (void)
{
  g_free (pn_scratch_run (
      "cp disc.img lived.img; dd if=lived.img of=root.ext4 bs=1M skip=44 status=none\n"
      "printf 'root:x:0:0:root:/root:/bin/bash\\nwww:x:33:33::/var:/usr/sbin/nologin\\n"
      "pi:x:1000:1000:,,,:/people/pi:/bin/bash\\nempty:x:1001:1001::/people/empty:/bin/sh\\n"
      "svc:x:1002:1002::/:/usr/sbin/nologin\\nbroken:line\\nkey:*:1003:1003::/people/key:/bin/"
      "sh\\n'"
      " >passwd\n"
      "printf 'root:$y$abc$def:1:0:9:7:::\\npi:$6$salt$hash:1::::::\\nempty::1::::::\\n' >shadow\n"
      "printf '# comment\\nssh-ed25519 AAAA a\\n\\nssh-rsa BBBB b\\n' >keys\n"
      "printf x >x\n"
      "cat >commands <<END\n"
      "write passwd etc/passwd\nwrite shadow etc/shadow\n"
      "mkdir people\nmkdir people/key\nmkdir people/key/.ssh\nwrite keys "
      "people/key/.ssh/authorized_keys\n"
      "mkdir usr/sbin\nwrite x usr/sbin/sshd\nmkdir usr/lib/aarch\n"
      "symlink lib usr/lib\nwrite x usr/lib/ld-linux-aarch64.so.1\n"
      "mkdir etc/systemd\nmkdir etc/systemd/system\n"
      "mkdir etc/systemd/system/sysinit.target.wants\n"
      "symlink etc/systemd/system/sysinit.target.wants/debug-shell.service /lib/nowhere\n"
      "rm usr/lib/modules/6.12.34+rpt-rpi-v8/kernel/drivers/md/dm-crypt.ko.xz\n"
      "END\n"
      "debugfs -w -f commands root.ext4 2>&1\n"
      "dd if=root.ext4 of=lived.img bs=1M seek=44 conv=notrunc status=none\n"
      "printf '[all]\\nenable_jtag_gpio=1\\n#arm_64bit=0\\nlock_device_private_key=0\\n"
      "kernel=my.img\\n%%0120d\\n' 0 >config.txt\n"
      "mcopy -o -i lived.img@@4M config.txt ::config.txt; mcopy -i lived.img@@4M x ::ssh\n"
      "mcopy -i lived.img@@4M x ::boot.img"));
}

static void
test_lived_in (void)
{
  static const struct
  {
    const char *name;
    PnPasswordState password;
    guint n_keys;
  } expected[] = {
    { "root", PN_PASSWORD_SET, 0 },
    { "pi", PN_PASSWORD_SET, 0 },
    { "empty", PN_PASSWORD_EMPTY, 0 },
    { "key", PN_PASSWORD_NONE, 2 },
  };
  g_autoptr (PnImageReport) report = NULL;

  make_lived_in ();
  report = report_on ("lived.img");
  g_assert_cmpuint (report->accounts->len, ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      const PnReportAccount *account = report->accounts->pdata[i];

      g_assert_cmpstr (account->name, ==, expected[i].name);
      g_assert_cmpint (account->password, ==, expected[i].password);
      g_assert_cmpuint (account->n_keys, ==, expected[i].n_keys);
    }
  g_assert_cmpuint (report->bits, ==, 64);
  g_assert_cmpint (report->ssh, ==, PN_SSH_ON_FIRST_BOOT);
  g_assert_cmpuint (report->first_boot->len, ==, 2);
  g_assert_null (((PnReportKernel *) report->kernels->pdata[0])->missing);
  g_assert_nonnull (strstr (((PnReportKernel *) report->kernels->pdata[1])->missing, "dm-crypt"));
  g_assert_true (has_remark (report, PN_REMARK_ROOT_PASSWORD, NULL));
  g_assert_true (has_remark (report, PN_REMARK_DEFAULT_PASSWORD, "pi"));
  g_assert_true (has_remark (report, PN_REMARK_EMPTY_PASSWORD, "empty"));
  g_assert_true (has_remark (report, PN_REMARK_DEBUG_SHELL, "debug-shell.service"));
  g_assert_true (has_remark (report, PN_REMARK_DEBUG_PORT, "enable_jtag_gpio=1"));
  g_assert_true (has_remark (report, PN_REMARK_LOCK_LINE, "lock_device_private_key=0"));
  g_assert_true (has_remark (report, PN_REMARK_OWN_KERNEL, "kernel=my.img"));
  g_assert_true (has_remark (report, PN_REMARK_SIGNED_ALREADY, "boot.img"));
  g_assert_false (has_remark (report, PN_REMARK_32_BIT, "arm_64bit=0"));
  g_assert_false (has_remark (report, PN_REMARK_NO_LOGIN, NULL));
  for (guint i = 0; i < report->remarks->len; i++)
    {
      g_autofree char *text = pn_remark_to_text (report->remarks->pdata[i]);

      g_test_message ("%s", text);
      g_assert_true (g_str_has_suffix (text, "."));
    }
}

/* Damage anywhere gives less, never a crash: the sanitizers watch. */
static void
test_damaged (void)
{
  g_autofree char *path = pn_scratch_path ("hurt.img");
  g_autoptr (GRand) random = g_rand_new_with_seed (20261126);

  for (guint round = 0; round < 40; round++)
    {
      g_autoptr (PnImage) image = NULL;
      g_autoptr (PnImageReport) report = NULL;
      g_autoptr (GError) error = NULL;
      g_auto (PnFd) fd = -1;

      g_free (pn_scratch_run ("cp --sparse=always lived.img hurt.img"));
      image = pn_image_open (path, FALSE, &error);
      g_assert_no_error (error);
      fd = pn_open (path, O_RDWR, &error);
      g_assert_no_error (error);
      /* Metadata of both file systems lies at their starts. */
      for (guint i = 0; i < 60; i++)
        {
          guint8 byte = (guint8) g_rand_int_range (random, 0, 256);

          pn_pwrite_all (fd, &byte, 1,
                         (i % 2 == 0 ? 4 : 44) * 1048576 + g_rand_int_range (random, 0, 400000),
                         &error);
          g_assert_no_error (error);
        }
      report = pn_image_report_new (image, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (report->partitions->len, ==, 2);
    }
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  pn_scratch_open ();
  g_free (pn_scratch_run ("%s/tests/tools/make-standin-image disc.img 64",
                          g_getenv ("PUNNET_SOURCE_ROOT")));
  g_test_add_func ("/image-report/standin", test_standin);
  g_test_add_func ("/image-report/lived-in", test_lived_in);
  g_test_add_func ("/image-report/damaged", test_damaged);
  status = g_test_run ();
  pn_scratch_close ();
  return status;
}
