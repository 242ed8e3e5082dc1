/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every edge-case image of ../shared/tools/make-gold-master --fixtures through prepare, in both
 * modes: taken and judged by other people's programs, or refused with a sentence that fits. */
#include "config.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>

#include "pn-image.h"
#include "pn-io.h"
#include "pn-pem-signer.h"
#include "pn-prepare.h"
#include "pn-scratch.h"
#include "pn-sentence.h"

#define TIMESTAMP 1760000000 /* the one recorded clock */
#define SLACK 65536          /* bytes: what else two images may differ in */

typedef struct
{
  const char *name;
  const char *says;  /* NULL = taken */
  const char *warns; /* secure-boot only; NULL = no warning */
  gboolean naked;    /* TRUE where mode naked takes it nevertheless: it copies what it is given */
  gboolean copied;   /* TRUE where that copy is judged */
} Case;

#define ARCHIVE "unpack or convert it first"
#define CUT_OFF "cut off"
#define NO_SET "it is not an image set"
#define NO_BOOT "no boot partition"
#define NO_ROOT "no root partition that is supported"
/* These lack most of what a device needs; whole sets are e2e/test-image-set's matter. */
#define OLD_SET "“IGversion” is not a version"
#define NO_TABLE "no partition table"
#define NO_64_BIT "no 64-bit kernel"

static const Case cases[] = {
  { "good.img", NULL, NULL, TRUE },
  { "good-trailing-space.img", NULL, NULL, TRUE },
  { "good-extra-partition.img", NULL, "3 partitions", TRUE, TRUE },
  { "good-one-flavour.img", NULL, NULL, TRUE },
  { "good-no-journal.img", NULL, NULL, TRUE },
  { "good-64bit.img", NULL, NULL, TRUE },
  { "good-1k-blocks.img", NULL, NULL, TRUE, TRUE },
  { "good-ext3.img", NULL, NULL, TRUE },
  { "good-table-order.img", NULL, NULL, TRUE, TRUE },
  { "good-stale-free-blocks.img", NULL, NULL, TRUE, TRUE },
  { "good-crlf-config.img", NULL, NULL, TRUE },
  { "good-os-prefix.img", NULL, "chooses the kernel itself", TRUE },
  { "good-no-fstab.img", NULL, "no /etc/fstab", TRUE },
  { "good-not-pi-gen.img", NULL, NULL, TRUE },
  { "good-encrypt-feature.img", NULL, NULL, TRUE },
  { "good-inline-data.img", NULL, NULL, TRUE },
  { "bad-gpt.img", NULL, NULL, TRUE, TRUE }, /* bad for tools that know the MBR only */
  { "good.img.xz", "an xz archive", NULL, FALSE },
  { "good.img.gz", "a gzip archive", NULL, FALSE },
  { "good.img.zst", "a zstd archive", NULL, FALSE },
  { "good-wrong-suffix.img", "an xz archive", NULL, FALSE },
  { "bad-truncated.img.xz", ARCHIVE, NULL, FALSE },
  { "bad-corrupt.img.gz", ARCHIVE, NULL, FALSE },
  { "bad-trailing-junk.img.xz", ARCHIVE, NULL, FALSE },
  { "bad-nested.img.xz.gz", ARCHIVE, NULL, FALSE },
  { "good.zip", "a zip archive", NULL, FALSE },
  { "good-with-notes.zip", ARCHIVE, NULL, FALSE },
  { "bad-two-images.zip", ARCHIVE, NULL, FALSE },
  { "bad-no-image.zip", ARCHIVE, NULL, FALSE },
  { "good-hostile-path.zip", ARCHIVE, NULL, FALSE },
  { "bad-bomb.img.gz", ARCHIVE, NULL, FALSE },
  { "bad-tar.img.xz", ARCHIVE, NULL, FALSE },
  { "sparse-good.simg", "an Android sparse image", NULL, FALSE },
  { "sparse-truncated.simg", "an Android sparse image", NULL, FALSE },
  { "sparse-bad-chunk.simg", "an Android sparse image", NULL, FALSE },
  { "bad-qcow2.img", "a qcow2 disk", NULL, FALSE },
  { "bad-vmdk.img", "a VMDK disk", NULL, FALSE },
  { "bad-vhdx.img", "a VHDX disk", NULL, FALSE },
  { "bad-wic-bmap.img", "an XML text", NULL, FALSE },
  { "bad-iso.img", NO_TABLE, NULL, FALSE },
  { "bad-truncated.img", CUT_OFF, NULL, FALSE },
  { "bad-truncated-in-boot.img", CUT_OFF, NULL, FALSE },
  { "bad-beyond-end.img", CUT_OFF, NULL, FALSE },
  { "bad-fs-larger-than-partition.img", CUT_OFF, NULL, FALSE },
  { "bad-empty.img", "is empty", NULL, FALSE },
  { "bad-short.img", "It is a text", NULL, FALSE },
  { "bad-zeros.img", NO_TABLE, NULL, FALSE },
  { "bad-text.img", "It is a text", NULL, FALSE },
  { "bad-bare-ext4.img", "single ext4 file system", NULL, FALSE },
  { "bad-bare-fat.img", "single FAT file system", NULL, FALSE },
  { "bad-overlap.img", "overlap", NULL, FALSE },
  { "bad-zero-length.img", "Partition 2 is empty", NULL, FALSE },
  { "bad-extended.img", "extended partition", NULL, FALSE },
  { "bad-4kn.img", NO_BOOT, NULL, FALSE },
  { "bad-no-boot.img", NO_BOOT, NULL, FALSE },
  { "bad-boot-not-fat.img", NO_BOOT, NULL, FALSE },
  { "bad-no-config-txt.img", NO_BOOT, NULL, FALSE },
  { "bad-no-root.img", NO_ROOT, NULL, FALSE },
  { "bad-root-luks.img", NO_ROOT, NULL, FALSE },
  { "bad-root-btrfs.img", NO_ROOT, NULL, FALSE },
  { "bad-root-f2fs.img", NO_ROOT, NULL, FALSE },
  { "bad-root-squashfs.img", NO_ROOT, NULL, FALSE },
  { "bad-root-unknown.img", NO_ROOT, NULL, FALSE },
  { "bad-not-linux.img", "no root file system", NULL, FALSE },
  { "bad-fs-corrupt.img", "e2fsck finds errors", NULL, FALSE },
  { "bad-fs-errors.img", "marked as damaged", NULL, FALSE },
  { "bad-dirty-journal.img", "not cleanly unmounted", NULL, FALSE },
  { "bad-unknown-feature.img", "uses the feature", NULL, FALSE },
  { "bad-32bit-only.img", NO_64_BIT, NULL, TRUE },
  { "bad-32bit-kernel8.img", "for 32 bits", NULL, TRUE },
  { "bad-no-kernel.img", NO_64_BIT, NULL, TRUE },
  { "bad-no-cmdline-txt.img", "no cmdline.txt", NULL, TRUE },
  { "bad-lock-conflict.img", "lock_device_private_key=0", NULL, TRUE },
  { "bad-already-signed.img", "signed boot.img already", NULL, TRUE },
  { "bad-no-modules.img", "no kernel modules", NULL, TRUE },
  { "bad-folder.img", NO_SET, NULL, FALSE },
  { "idp-good", OLD_SET, NULL, FALSE },
  { "idp-missing-part", OLD_SET, NULL, FALSE },
  { "idp-two-descriptions", "more than one .json", NULL, FALSE },
  { "idp-bad-json", "no JSON object", NULL, FALSE },
  { "idp-raw-part", OLD_SET, NULL, FALSE },
};

static void
say_cb (const char *sentence, gboolean warning, gpointer user_data)
{
  GString *warnings = user_data;
  g_autofree char *text = pn_sentence_to_english (sentence);

  if (warning)
    g_string_append_printf (warnings, "%s\n", text);
}

static gboolean
prepare (const char *image, PnMode mode, GString *warnings, GError **error)
{
  gboolean secure = mode == PN_MODE_SECURE_BOOT;
  g_autofree char *text = g_strdup_printf (
      "[Recipe]\nName=test\nRevision=1\nMode=%s\nChip=bcm2712\nStorage=emmc\n"
      "[Image]\nFile=fixtures/%s\n"
      "[Firmware]\nEeprom=pieeprom.bin\nRecovery=recovery.bin\nBootfiles=bootfiles.bin\n"
      "Gadget=fastboot-gadget.img\n%s",
      pn_mode_to_word (mode), image,
      secure ? "Initramfs=cryptroot_initramfs\n[Key]\nPem=customer.pem\n" : "");
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autofree char *folder = pn_scratch_path (".");
  g_autofree char *output = pn_scratch_path ("out");
  g_autoptr (PnRecipe) recipe = pn_recipe_parse (bytes, folder, error);
  g_autoptr (PnSigner) signer = NULL;

  g_assert_nonnull (recipe);
  if (secure)
    {
      signer = pn_pem_signer_new_from_file (recipe->key, NULL, NULL, error);
      g_assert_nonnull (signer);
    }
  return pn_prepare (recipe, signer, output, TIMESTAMP, say_cb, NULL, warnings, NULL, error);
}

/* The made-up kernels have no Adiantum, which real ones do: an alias stands for it. A file of 64
 * MiB of nothing goes: it would take most of the test's time, and test-prepare has one. */
static void
complete_modules (const char *name)
{
  g_autofree char *relative = g_build_filename ("fixtures", name, NULL);
  g_autofree char *path = pn_scratch_path (relative);
  g_autoptr (PnImage) image = pn_image_open (path, FALSE, NULL);
  g_autoptr (PnExt4) root =
      image != NULL ? pn_ext4_open (image->fd, image->root->offset, image->root->size, FALSE, NULL)
                    : NULL;

  if (root != NULL && pn_ext4_exists (root, "/usr/lib/modules"))
    g_free (pn_scratch_run ("debugfs -w -f debugfs.txt '%s?offset=%" G_GUINT64_FORMAT "'", relative,
                            image->root->offset));
}

static void
judge (const char *image, PnMode mode)
{
  g_free (pn_scratch_run ("'%s/tests/bundle/judge-bundle' out fixtures/%s %s",
                          g_getenv ("PUNNET_SOURCE_ROOT"), image,
                          mode == PN_MODE_SECURE_BOOT ? "public.pem" : ""));
}

static void
check_warnings (const Case *self, GString *warnings)
{
  g_test_message ("%s: %s", self->name, warnings->str);
  if (self->warns == NULL)
    g_assert_cmpstr (warnings->str, ==, "");
  else if (strstr (warnings->str, self->warns) == NULL)
    g_error ("%s: “%s” was not said", self->name, self->warns);
}

static void
check (const Case *self, PnMode mode)
{
  gboolean taken = self->says == NULL || (mode == PN_MODE_NAKED && self->naked);
  g_autoptr (GString) warnings = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  gboolean made = prepare (self->name, mode, warnings, &error);

  if (taken)
    {
      g_test_message ("%s, %s", self->name, pn_mode_to_word (mode));
      g_assert_no_error (error);
      g_assert_true (made);
      /* A copy of the whole disk differs in nothing but the layout. */
      if (mode == PN_MODE_SECURE_BOOT || self->copied)
        judge (self->name, mode);
      if (mode == PN_MODE_SECURE_BOOT)
        check_warnings (self, warnings);
      g_free (pn_scratch_run ("mv out 'made/%s.%s'", self->name, pn_mode_to_word (mode)));
      return;
    }
  g_assert_false (made);
  g_assert_nonnull (error);
  g_test_message ("%s: %s", self->name, error->message);
  g_assert_cmpint ((int) error->domain, ==, (int) PN_ERROR);
  if (strstr (error->message, self->says) == NULL)
    g_error ("%s: “%s” does not say “%s”", self->name, error->message, self->says);
  g_free (pn_scratch_run ("! ls -d out*"));
}

static void
test_mode (gconstpointer mode)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    check (&cases[i], (PnMode) GPOINTER_TO_UINT (mode));
}

/* A fixture that is new has to be judged here too. */
static void
test_all_known (void)
{
  g_autofree char *names = pn_scratch_run ("sed 1d fixtures/fixtures.tsv | cut -f 1");
  g_auto (GStrv) lines = g_strsplit (g_strchomp (names), "\n", 0);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      gboolean known = FALSE;

      for (guint k = 0; k < G_N_ELEMENTS (cases); k++)
        known |= g_str_equal (cases[k].name, lines[i]);
      if (!known)
        g_error ("What is to be expected of %s is not said here", lines[i]);
    }
  g_assert_cmpuint (g_strv_length (lines), ==, G_N_ELEMENTS (cases));
}

static goffset
size_of (const char *name)
{
  g_autofree char *path = pn_scratch_path (name);
  g_autoptr (GError) error = NULL;
  g_auto (PnFd) fd = pn_open (path, O_RDONLY, &error);

  g_assert_no_error (error);
  return pn_file_size (fd, &error);
}

/* What was deleted from the image does not reach a device. */
static void
test_stale (void)
{
  g_assert_cmpint (size_of ("made/good-stale-free-blocks.img.secure-boot/root-filesystem.simg"), <,
                   size_of ("made/good.img.secure-boot/root-filesystem.simg") + SLACK);
  g_assert_cmpint (size_of ("made/good-stale-free-blocks.img.naked/disk.simg"), <,
                   size_of ("made/good.img.naked/disk.simg") + SLACK);
}

static void
make_inputs (const char *maker)
{
  g_autoptr (GString) alias = g_string_new ("alias crypto-xts(aes) xts\n");
  g_autoptr (GString) commands = g_string_new ("rm /var/lib/gold-master/sparse\n");
  static const char *const kernels[] = { "6.12.0+rpt-rpi-v8", "6.12.0+rpt-rpi-2712" };
  static const char *const missing[] = { "adiantum", "nhpoly1305", "xchacha12" };
  g_autofree char *alias_path = pn_scratch_path ("alias.txt");

  for (guint i = 0; i < G_N_ELEMENTS (missing); i++)
    g_string_append_printf (alias, "alias crypto-%s xts\n", missing[i]);
  for (guint i = 0; i < G_N_ELEMENTS (kernels); i++)
    g_string_append_printf (commands,
                            "cd /usr/lib/modules/%s\nrm modules.alias\nwrite %s modules.alias\n",
                            kernels[i], alias_path);
  pn_scratch_save ("alias.txt", alias->str, alias->len);
  pn_scratch_save ("debugfs.txt", commands->str, commands->len);
  g_free (pn_scratch_run ("'%s/tests/tools/punnet-standins' . && mkdir made && "
                          "openssl rsa -in customer.pem -pubout -out public.pem",
                          g_getenv ("PUNNET_BUILD_ROOT")));
  g_free (pn_scratch_run ("python3 '%s' --fixtures fixtures", maker));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    complete_modules (cases[i].name);
}

static void
skip (void)
{
  g_test_skip ("needs ../shared/tools/make-gold-master");
}

int
main (int argc, char **argv)
{
  const char *vectors = g_getenv ("PUNNET_VECTORS");
  g_autofree char *maker = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  if (vectors != NULL)
    maker = g_build_filename (vectors, "..", "tools", "make-gold-master", NULL);
  if (maker == NULL || !g_file_test (maker, G_FILE_TEST_EXISTS))
    {
      g_test_add_func ("/fixtures/all-known", skip);
      return g_test_run ();
    }
  pn_scratch_open ();
  make_inputs (maker);
  g_test_add_func ("/fixtures/all-known", test_all_known);
  g_test_add_data_func ("/fixtures/secure-boot", GUINT_TO_POINTER (PN_MODE_SECURE_BOOT), test_mode);
  g_test_add_data_func ("/fixtures/naked", GUINT_TO_POINTER (PN_MODE_NAKED), test_mode);
  g_test_add_func ("/fixtures/stale", test_stale);
  status = g_test_run ();
  pn_scratch_close ();
  return status;
}
