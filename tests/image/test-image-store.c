/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The image library: what comes in, what is refused, and that nothing is left behind. */
#include "config.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "pn-content.h"
#include "pn-image-store.h"
#include "pn-io.h"
#include "pn-scratch.h"
#include "pn-sha256-sums.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static PnImageStore *
open_store (const char *name)
{
  g_autofree char *folder = pn_scratch_path (name);
  g_autoptr (GError) error = NULL;
  PnImageStore *store = pn_image_store_open (folder, &error);

  g_assert_no_error (error);
  return store;
}

/* Everything in the library's folder but its lock, by name. */
static void
assert_folder (const char *name, const char *expected)
{
  g_autofree char *said = pn_scratch_run ("ls -A %s | grep -v '^.lock$' || true", name);

  g_assert_cmpstr (g_strstrip (said), ==, expected);
}

static PnStoredImage *
take (PnImageStore *store, const char *name, const PnImportOptions *options, GError **error)
{
  g_autofree char *path = pn_scratch_path (name);

  return pn_image_store_import (store, path, options, NULL, NULL, NULL, error);
}

static void
count_cb (PnImportStep step, guint64 done, guint64 total, gpointer user_data)
{
  guint64 *seen = user_data;

  g_assert_cmpuint (done, <=, total);
  g_assert_cmpint (step, <=, PN_IMPORT_STORING);
  seen[step] = done;
}

static void
test_import (void)
{
  g_autoptr (PnImageStore) store = open_store ("import");
  g_autofree char *path = pn_scratch_path ("disc.img");
  g_autofree char *sum = pn_scratch_run ("sha256sum <disc.img | cut -c1-64");
  guint64 seen[PN_IMPORT_STORING + 1] = { 0 };
  const PnImportOptions options = { "Gate v2", "for the gate\n“new”", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (PnStoredImage) image =
      pn_image_store_import (store, path, &options, count_cb, seen, NULL, &error);
  const PnStoredImageFields *fields;
  g_autofree char *stored = NULL;
  g_autoptr (GPtrArray) list = NULL;

  g_assert_no_error (error);
  fields = pn_stored_image_get (image);
  g_assert_cmpstr (pn_stored_image_get_id (image), ==, g_strstrip (sum));
  g_assert_cmpstr (fields->name, ==, "Gate v2");
  g_assert_cmpstr (fields->notes, ==, "for the gate\n“new”");
  g_assert_cmpstr (fields->source, ==, "disc.img");
  g_assert_nonnull (strstr (fields->system, "Raspberry Pi OS"));
  g_assert_false (fields->published);
  for (guint step = 0; step <= PN_IMPORT_STORING; step++)
    g_assert_cmpuint (seen[step], ==, fields->size);
  stored = pn_image_store_get_path (store, pn_stored_image_get_id (image));
  g_free (pn_scratch_run ("cmp disc.img %s", stored));
  /* Holes stay holes: the source is sparse, the copy is no larger on disc. */
  g_free (pn_scratch_run ("test $(stat -c %%b %s) -le $(stat -c %%b disc.img)", stored));
  g_assert_cmpuint (fields->stored_size, <, fields->size / 2);
  list = pn_image_store_list (store, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (list->len, ==, 1);
  g_assert_cmpstr (pn_stored_image_get (list->pdata[0])->notes, ==, fields->notes);
  assert_folder ("import", pn_stored_image_get_id (image));
}

/* A recipe that has only the path says what people called the image. */
static void
test_name_file (void)
{
  g_autoptr (PnImageStore) store = open_store ("import");
  g_autoptr (PnStoredImage) image = pn_image_store_find (store, "Gate v2", NULL);
  g_autofree char *path = pn_image_store_get_path (store, pn_stored_image_get_id (image));
  g_autofree char *name = pn_image_store_name_file (path);
  g_autofree char *other = pn_image_store_name_file ("/nowhere/gate-2.4.img");
  g_autofree char *gone = pn_image_store_name_file ("/nowhere/disk.img");

  g_assert_cmpstr (name, ==, "Gate v2");
  g_assert_cmpstr (other, ==, "gate-2.4.img");
  g_assert_cmpstr (gone, ==, "disk.img");
}

static void
test_same_content (void)
{
  g_autoptr (PnImageStore) store = open_store ("import");
  g_autoptr (GError) error = NULL;

  g_free (pn_scratch_run ("cp --sparse=always disc.img other.img"));
  g_assert_null (take (store, "other.img", NULL, &error));
  pn_assert_refused (error, PN_ERROR_EXISTS, "Already here as ‘Gate v2’");
}

static void
test_same_name (void)
{
  g_autoptr (PnImageStore) store = open_store ("import");
  const PnImportOptions options = { "Gate v2", NULL, NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (PnStoredImage) image = NULL;
  g_autoptr (PnStoredImage) found = NULL;
  g_autofree char *id = NULL;

  /* One byte of the disk signature makes it another image. */
  g_free (pn_scratch_run ("printf X | dd of=other.img bs=1 seek=440 conv=notrunc status=none"));
  image = take (store, "other.img", &options, &error);
  g_assert_no_error (error);
  id = g_strdup (pn_stored_image_get_id (image));
  g_assert_cmpstr (pn_stored_image_get (image)->name, ==, "Gate v2 (2)");
  g_assert_null (pn_image_store_edit (store, id, "Gate v2", NULL, &error));
  pn_assert_refused (error, PN_ERROR_EXISTS, "Choose another name");
  g_clear_error (&error);
  g_assert_null (pn_image_store_edit (store, id, "a/b", NULL, &error));
  pn_assert_refused (error, PN_ERROR_INVALID_ARGUMENT, "slash");
  g_clear_error (&error);
  g_clear_object (&image);
  image = pn_image_store_edit (store, id, "Door", "new", &error);
  g_assert_no_error (error);
  found = pn_image_store_find (store, "Door", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (pn_stored_image_get (found)->notes, ==, "new");
}

static char *
used_cb (const char *id, gpointer user_data)
{
  return g_strdup (user_data);
}

static void
test_remove (void)
{
  g_autoptr (PnImageStore) store = open_store ("import");
  g_autoptr (GError) error = NULL;
  g_autoptr (PnStoredImage) image = pn_image_store_find (store, "Door", &error);
  g_autofree char *digits = NULL;
  g_autoptr (PnStoredImage) gate = NULL;

  g_assert_no_error (error);
  g_assert_false (pn_image_store_remove (store, pn_stored_image_get_id (image), used_cb,
                                         (gpointer) "Used by recipe ‘Gate v2’.", &error));
  pn_assert_refused (error, PN_ERROR_BUSY, "Used by recipe ‘Gate v2’.");
  g_clear_error (&error);
  g_assert_true (
      pn_image_store_remove (store, pn_stored_image_get_id (image), used_cb, NULL, &error));
  g_assert_no_error (error);
  g_assert_false (
      pn_image_store_remove (store, pn_stored_image_get_id (image), NULL, NULL, &error));
  pn_assert_refused (error, PN_ERROR_NOT_FOUND, "not in the library");
  g_clear_error (&error);
  g_assert_false (pn_image_store_remove (store, "../import", NULL, NULL, &error));
  pn_assert_refused (error, PN_ERROR_NOT_FOUND, "not in the library");
  g_clear_error (&error);
  gate = pn_image_store_find (store, "Gate v2", &error);
  digits = g_strndup (pn_stored_image_get_id (gate), 8);
  g_object_unref (pn_image_store_find (store, digits, &error));
  g_assert_no_error (error);
  assert_folder ("import", pn_stored_image_get_id (gate));
}

static void
test_damaged (void)
{
  g_autoptr (PnImageStore) store = open_store ("damaged");
  g_autoptr (GError) error = NULL;
  g_autoptr (PnStoredImage) image = take (store, "disc.img", NULL, &error);
  g_autoptr (GPtrArray) list = NULL;

  g_assert_no_error (error);
  g_free (pn_scratch_run (
      "truncate -s -1 damaged/*/disk.img; touch $(echo damaged/*)/image.json.ABCDEF"));
  g_test_expect_message ("pn-image", G_LOG_LEVEL_WARNING, "*cut off*ignoring");
  list = pn_image_store_list (store, &error);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (list->len, ==, 0);
  /* Another import of the same repairs it. */
  g_clear_object (&image);
  image = take (store, "disc.img", NULL, &error);
  g_assert_no_error (error);
  g_clear_pointer (&store, pn_image_store_unref);
  store = open_store ("damaged");
  g_free (pn_scratch_run ("cmp disc.img damaged/*/disk.img; test $(ls damaged/*/ | wc -l) = 2"));
}

/* ---- refusals ---- */

static void
test_refused (void)
{
  static const struct
  {
    const char *make, *says;
    PnError code;
  } cases[] = {
    { "mkfifo @", "a pipe", PN_ERROR_INVALID_ARGUMENT },
    { "ln -s /dev/zero @", "a device", PN_ERROR_INVALID_ARGUMENT },
    { "mkdir @", "a folder", PN_ERROR_NOT_SUPPORTED },
    { "touch @", "empty", PN_ERROR_INVALID_DATA },
    { "true", "No such file", PN_ERROR_NOT_FOUND },
    { "head -c 3M disc.img | xz -0 >@", "an xz archive. Packed", PN_ERROR_NOT_SUPPORTED },
    { "head -c 3M disc.img | gzip >@", "a gzip archive", PN_ERROR_NOT_SUPPORTED },
    { "head -c 3M disc.img | zstd -q >@", "a zstd archive", PN_ERROR_NOT_SUPPORTED },
    { "echo x >y; tar cf @ y", "a tar archive", PN_ERROR_NOT_SUPPORTED },
    { "python3 -c 'import bz2; open(\"@\",\"wb\").write(bz2.compress(b\"x\"))'", "a bzip2 archive",
      PN_ERROR_NOT_SUPPORTED },
    { "python3 -m zipfile -c @ /etc/passwd", "a zip archive", PN_ERROR_NOT_SUPPORTED },
    { "img2simg disc.img @", "an Android sparse image. Convert", PN_ERROR_NOT_SUPPORTED },
    { "printf '%%PDF-1.4\\n' >@", "looks like a PDF", PN_ERROR_NOT_SUPPORTED },
    { "cp /bin/true @", "looks like a program", PN_ERROR_NOT_SUPPORTED },
    { "echo ' {\"IGversion\": \"2.0.0\"}' >@", "an image description", PN_ERROR_NOT_SUPPORTED },
    { "openssl genrsa -out @ 2048 2>y", "a key or certificate", PN_ERROR_NOT_SUPPORTED },
    { "echo hello >@", "looks like a text", PN_ERROR_NOT_SUPPORTED },
    { "head -c 100000 /dev/zero >@", "partition table", PN_ERROR_INVALID_DATA },
    { "head -c 40M disc.img >@", "", PN_ERROR_INVALID_DATA },
    { "cp disc.img @; dd if=/dev/zero of=@ bs=1M seek=44 count=2 conv=notrunc status=none",
      "no root partition", PN_ERROR_NOT_SUPPORTED },
  };
  g_autoptr (PnImageStore) store = open_store ("refused");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GString) make = g_string_new (cases[i].make);

      g_string_replace (make, "@", "refused.img", 0);
      g_free (pn_scratch_run ("rm -rf refused.img; %s", make->str));
      g_test_message ("%s", make->str);
      g_assert_null (take (store, "refused.img", NULL, &error));
      pn_assert_refused (error, (int) cases[i].code, cases[i].says);
      assert_folder ("refused", "");
    }
}

/* What only e2fsck finds is found in the copy, which then goes. */
static void
test_refused_late (void)
{
  g_autoptr (PnImageStore) store = open_store ("refused");
  g_autoptr (GError) error = NULL;

  g_free (pn_scratch_run (
      "cp disc.img late.img; dd if=late.img of=late.ext4 bs=1M skip=44 status=none; "
      "debugfs -w -R 'set_inode_field /etc/fstab links_count 7' late.ext4 2>y; "
      "dd if=late.ext4 of=late.img bs=1M seek=44 conv=notrunc status=none"));
  g_assert_null (take (store, "late.img", NULL, &error));
  pn_assert_refused (error, PN_ERROR_INVALID_DATA, "");
  assert_folder ("refused", "");
}

static void
test_expected (void)
{
  g_autoptr (PnImageStore) store = open_store ("expected");
  const PnImportOptions wrong = { NULL, NULL, HEX };
  const PnImportOptions nonsense = { NULL, NULL, "abc" };
  g_autoptr (GError) error = NULL;
  g_autoptr (PnStoredImage) image = NULL;

  g_assert_null (take (store, "disc.img", &nonsense, &error));
  pn_assert_refused (error, PN_ERROR_INVALID_ARGUMENT, "64 digits");
  g_clear_error (&error);
  g_assert_null (take (store, "disc.img", &wrong, &error));
  pn_assert_refused (error, PN_ERROR_SIGNATURE, "not the published one");
  g_clear_error (&error);
  g_free (pn_scratch_run ("echo '" HEX "  disc.img' >SHA256SUMS"));
  g_assert_null (take (store, "disc.img", NULL, &error));
  pn_assert_refused (error, PN_ERROR_SIGNATURE, "It was not added");
  g_clear_error (&error);
  assert_folder ("expected", "");
  /* NAME.sha256 goes first. */
  g_free (pn_scratch_run ("sha256sum disc.img >disc.img.sha256"));
  image = take (store, "disc.img", NULL, &error);
  g_free (pn_scratch_run ("rm SHA256SUMS disc.img.sha256"));
  g_assert_no_error (error);
  g_assert_true (pn_stored_image_get (image)->published);
}

/* ---- in the middle ---- */

typedef struct
{
  GCancellable *cancellable;
  const char *command; /* run once, at half */
} Middle;

static void
middle_cb (PnImportStep step, guint64 done, guint64 total, gpointer user_data)
{
  Middle *middle = user_data;

  if (done < total / 2)
    return;
  if (middle->cancellable != NULL)
    g_cancellable_cancel (middle->cancellable);
  if (middle->command != NULL)
    g_free (pn_scratch_run ("%s", middle->command));
  middle->command = NULL;
}

static void
test_cancel (void)
{
  g_autoptr (PnImageStore) store = open_store ("cancel");
  g_autofree char *path = pn_scratch_path ("disc.img");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  /* It is really there half-way, so that its absence afterwards says something. */
  Middle middle = { cancellable, "test -e cancel/.import-*/disk.img" };
  g_autoptr (GError) error = NULL;

  g_assert_null (
      pn_image_store_import (store, path, NULL, middle_cb, &middle, cancellable, &error));
  pn_assert_refused (error, PN_ERROR_CANCELLED, "Nothing was kept");
  assert_folder ("cancel", "");
}

static void
test_changed (void)
{
  g_autoptr (PnImageStore) store = open_store ("changed");
  g_autofree char *path = pn_scratch_path ("changing.img");
  Middle middle = { NULL, "printf X | dd of=changing.img bs=1 seek=440 conv=notrunc status=none" };
  g_autoptr (GError) error = NULL;

  g_free (pn_scratch_run ("cp disc.img changing.img; touch -d '1 hour ago' changing.img"));
  g_assert_null (pn_image_store_import (store, path, NULL, middle_cb, &middle, NULL, &error));
  pn_assert_refused (error, PN_ERROR_STALE, "changed while it was read");
  assert_folder ("changed", "");
}

static void
kill_cb (PnImportStep step, guint64 done, guint64 total, gpointer user_data)
{
  if (done >= total / 2)
    raise (SIGKILL);
}

static void
test_crash (void)
{
  g_autoptr (PnImageStore) store = open_store ("crash");
  g_autofree char *path = pn_scratch_path ("disc.img");
  g_autoptr (PnImageStore) next = NULL;
  pid_t child = fork ();
  int status;

  if (child == 0)
    {
      (void) pn_image_store_import (store, path, NULL, kill_cb, NULL, NULL, NULL);
      _exit (1);
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL);
  g_free (pn_scratch_run ("test -e crash/.import-*/disk.img"));
  next = open_store ("crash");
  assert_folder ("crash", "");
}

/* A library opened elsewhere leaves an import that is alive alone. */
static void
open_cb (PnImportStep step, guint64 done, guint64 total, gpointer user_data)
{
  g_autoptr (PnImageStore) other = NULL;
  guint *n = user_data;

  if (done >= total / 2 && (*n)++ == 0)
    other = open_store ("alive");
}

static void
test_alive (void)
{
  g_autoptr (PnImageStore) store = open_store ("alive");
  g_autofree char *path = pn_scratch_path ("disc.img");
  g_autoptr (GError) error = NULL;
  g_autoptr (PnStoredImage) image = NULL;
  guint n = 0;

  image = pn_image_store_import (store, path, NULL, open_cb, &n, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (n, >, 0);
  assert_folder ("alive", pn_stored_image_get_id (image));
}

/* A small file system of our own, where this machine lets us mount one. */
static void
test_no_space (void)
{
  g_autofree char *able =
      pn_scratch_run ("unshare -rm sh -c 'mount -t tmpfs none /mnt' 2>y && echo yes || echo no");
  g_autofree char *said = NULL;

  if (!g_str_has_prefix (able, "yes"))
    {
      g_test_skip ("no file system can be mounted in a user namespace");
      return;
    }
  said =
      pn_scratch_run ("unshare -rm sh -c 'mount -t tmpfs -o size=20m none /mnt; "
                      "%s/src/ctl/punnetctl image import -l /mnt/library disc.img 2>&1 && exit 1; "
                      "ls -A /mnt/library'",
                      g_getenv ("PUNNET_BUILD_ROOT"));
  g_assert_nonnull (strstr (said, "There is not enough space: the image needs"));
  g_assert_null (strstr (said, ".import-"));
}

/* ---- pure parts ---- */

static void
test_names (void)
{
  g_autofree char *long_name = g_strnfill (PN_IMAGE_NAME_MAX + 1, 'x');
  const char *bad[] = { "", "a/b", " a", "a ", "a\nb", "a\x7f", "\xff", long_name };
  static const struct
  {
    const char *path, *name;
  } made[] = {
    { "/a/Gate v2.img", "Gate v2" }, { "/a/.img", ".img" },   { "x\ny.IMG", "xy" },
    { "/a/  .img", "Image" },        { "/a/ä%20b", "ä%20b" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (pn_image_name_check (bad[i], &error));
      g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_ARGUMENT);
    }
  long_name[PN_IMAGE_NAME_MAX] = '\0';
  g_assert_true (pn_image_name_check (long_name, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (made); i++)
    {
      g_autofree char *name = pn_image_name_from_file (made[i].path);

      g_assert_cmpstr (name, ==, made[i].name);
      g_assert_true (pn_image_name_check (name, NULL));
    }
}

static void
test_json (void)
{
  const PnStoredImageFields fields = {
    .name = "a \"b\" \\", .notes = "1\n2", .system = "S\x01ys", .size = 5, .imported = 7
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (PnStoredImage) image = pn_stored_image_new (&fields, &error);
  g_autoptr (GBytes) json = NULL;
  g_autoptr (PnStoredImage) again = NULL;

  g_assert_no_error (error);
  json = pn_stored_image_to_json (image);
  again = pn_stored_image_parse (json, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (pn_stored_image_get (again)->name, ==, fields.name);
  g_assert_cmpstr (pn_stored_image_get (again)->notes, ==, fields.notes);
  g_assert_cmpstr (pn_stored_image_get (again)->system, ==, "Sys");
  g_assert_null (pn_stored_image_get (again)->source);
  for (gsize size = 0; size < g_bytes_get_size (json); size++)
    {
      g_autoptr (GBytes) cut = g_bytes_new_from_bytes (json, 0, size);
      g_autoptr (GError) refused = NULL;

      g_assert_null (pn_stored_image_parse (cut, &refused));
      g_assert_error (refused, PN_ERROR, PN_ERROR_INVALID_DATA);
    }
}

static void
test_sums (void)
{
  static const struct
  {
    const char *text;
    gboolean found;
  } cases[] = {
    { HEX "  disc.img\n", TRUE },
    { HEX " *disc.img\r\n", TRUE },
    { "# comment\n" HEX "  ./images/disc.img", TRUE },
    { "SHA256 (disc.img) = " HEX, TRUE },
    { HEX "\n", TRUE },
    { HEX "  disc.img.xz\n", FALSE },
    { HEX "  xdisc.img\n", FALSE },
    { "SHA256 (disc.img) = " HEX "0", FALSE },
    { HEX " disc.img\n", FALSE },
    { "", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) text = g_bytes_new_static (cases[i].text, strlen (cases[i].text));
      g_autofree char *hex = NULL;
      PnSha256 digest;

      g_test_message ("%s", cases[i].text);
      g_assert_true (pn_sha256_sums_find (text, "disc.img", &digest) == cases[i].found);
      if (cases[i].found)
        hex = pn_sha256_to_hex (&digest);
      g_assert_cmpstr (hex, ==, cases[i].found ? HEX : NULL);
    }
}

/* Code of a boot loader may begin like anything: the signature of a boot sector decides. */
static void
test_content (void)
{
  guint8 sector[512] = "MZ";
  const char *what;

  g_assert_cmpint (pn_content_recognise (sector, sizeof sector, &what), ==, PN_CONTENT_OTHER);
  g_assert_cmpstr (what, ==, "a Windows program");
  sector[510] = 0x55;
  sector[511] = 0xaa;
  g_assert_cmpint (pn_content_recognise (sector, sizeof sector, &what), ==, PN_CONTENT_UNKNOWN);
  g_assert_null (what);
  g_assert_cmpint (pn_content_recognise ((const guint8 *) "[Recipe]\n", 9, &what), ==,
                   PN_CONTENT_RECIPE);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  pn_scratch_open ();
  g_free (pn_scratch_run ("%s/tests/tools/make-standin-image disc.img 64",
                          g_getenv ("PUNNET_SOURCE_ROOT")));
  g_test_add_func ("/image-store/import", test_import);
  g_test_add_func ("/image-store/name-file", test_name_file);
  g_test_add_func ("/image-store/same-content", test_same_content);
  g_test_add_func ("/image-store/same-name", test_same_name);
  g_test_add_func ("/image-store/remove", test_remove);
  g_test_add_func ("/image-store/damaged", test_damaged);
  g_test_add_func ("/image-store/refused", test_refused);
  g_test_add_func ("/image-store/refused-late", test_refused_late);
  g_test_add_func ("/image-store/expected", test_expected);
  g_test_add_func ("/image-store/cancel", test_cancel);
  g_test_add_func ("/image-store/changed", test_changed);
  g_test_add_func ("/image-store/crash", test_crash);
  g_test_add_func ("/image-store/alive", test_alive);
  g_test_add_func ("/image-store/no-space", test_no_space);
  g_test_add_func ("/image-store/names", test_names);
  g_test_add_func ("/image-store/json", test_json);
  g_test_add_func ("/image-store/sums", test_sums);
  g_test_add_func ("/image-store/content", test_content);
  status = g_test_run ();
  pn_scratch_close ();
  return status;
}
