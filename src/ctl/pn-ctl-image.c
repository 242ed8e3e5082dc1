/* SPDX-License-Identifier: GPL-3.0-or-later */
/* punnetctl image: what an image is, and each builder of the image room, alone. */
#include "config.h"

#include "pn-ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "pn-boot-image.h"
#include "pn-idp-set.h"
#include "pn-image.h"
#include "pn-io.h"
#include "pn-sparse.h"

#define MIB (1024.0 * 1024.0)
#define MAX_BOOT_FILES ((guint64) 1024 * 1024 * 1024) /* bytes */
#define MAX_DEPTH 16

/* @error is looked at after @done was worked out, whatever the order of arguments. */
static int
end (gboolean done, GError **error)
{
  return done ? 0 : pn_ctl_fail (*error);
}

/* ---- inspect ---- */

static const char *
role_of (PnImage *image, const PnPartition *partition)
{
  return partition == image->boot ? "boot" : partition == image->root ? "root" : "other";
}

static void
print_image (PnImage *image, guint64 used)
{
  printf ("System:      %s\nSize:        %.1f MiB\nTable:       %s, disk id %08x\n",
          image->os_release != NULL ? image->os_release : "unknown", image->size / MIB,
          image->table->kind == PN_TABLE_GPT ? "GPT" : "MBR", image->table->disk_id);
  for (guint i = 0; i < image->table->partitions->len; i++)
    {
      const PnPartition *partition = image->table->partitions->pdata[i];

      printf ("  %2u  %10.1f MiB at %10.1f MiB  %s\n", partition->number, partition->size / MIB,
              partition->offset / MIB, role_of (image, partition));
    }
  printf ("Root in use: %.1f MiB\n", used / MIB);
}

static int
image_to_json (PnImage *image, guint64 used, PnImageReport *report)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "system");
  json_builder_add_string_value (builder, image->os_release != NULL ? image->os_release : "");
  json_builder_set_member_name (builder, "size");
  json_builder_add_int_value (builder, (gint64) image->size);
  json_builder_set_member_name (builder, "table");
  json_builder_add_string_value (builder, image->table->kind == PN_TABLE_GPT ? "gpt" : "mbr");
  json_builder_set_member_name (builder, "disk-id");
  json_builder_add_int_value (builder, image->table->disk_id);
  json_builder_set_member_name (builder, "root-used");
  json_builder_add_int_value (builder, (gint64) used);
  json_builder_set_member_name (builder, "partitions");
  json_builder_begin_array (builder);
  for (guint i = 0; i < image->table->partitions->len; i++)
    {
      const PnPartition *partition = image->table->partitions->pdata[i];

      json_builder_begin_object (builder);
      json_builder_set_member_name (builder, "number");
      json_builder_add_int_value (builder, partition->number);
      json_builder_set_member_name (builder, "offset");
      json_builder_add_int_value (builder, (gint64) partition->offset);
      json_builder_set_member_name (builder, "size");
      json_builder_add_int_value (builder, (gint64) partition->size);
      json_builder_set_member_name (builder, "role");
      json_builder_add_string_value (builder, role_of (image, partition));
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  pn_ctl_report_to_json (report, builder);
  json_builder_end_object (builder);
  return pn_ctl_print_json (builder);
}

/* The root file system's used blocks; @ext4 has to live as long. */
static PnRuns *
root_runs (PnImage *image, PnExt4 **ext4, GError **error)
{
  *ext4 = pn_ext4_open (image->fd, image->root->offset, image->root->size, FALSE, error);
  return *ext4 != NULL ? pn_ext4_used_runs (*ext4, error) : NULL;
}

static int
inspect (int argc, char **argv)
{
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "Print as JSON", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("IMAGE");
  g_autoptr (PnImage) image = NULL;
  g_autoptr (PnExt4) ext4 = NULL;
  g_autoptr (PnRuns) runs = NULL;
  g_autoptr (PnImageReport) report = NULL;
  g_autoptr (GError) error = NULL;
  guint64 used;

  g_option_context_set_summary (context,
                                "Says what is in a gold master or an image set (a folder, or a tar "
                                "of one), or why it cannot be used.");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!pn_ctl_parse (context, &argc, &argv, 1, 1))
    return 2;
  if (pn_idp_set_is (argv[1]))
    return pn_ctl_inspect_image_set (argv[1], json);
  image = pn_image_open (argv[1], TRUE, &error);
  if (image != NULL)
    runs = root_runs (image, &ext4, &error);
  if (runs != NULL)
    report = pn_image_report_new (image, NULL, &error);
  if (report == NULL)
    return pn_ctl_fail (error);
  used = pn_runs_count_bytes (runs, PN_RUN_DATA) + pn_runs_count_bytes (runs, PN_RUN_FILL);
  if (json)
    return image_to_json (image, used, report);
  print_image (image, used);
  pn_ctl_print_report (report);
  return 0;
}

/* ---- sparse ---- */

/* Beside @path, then renamed. */
static gboolean
write_sparse (PnRuns *runs, const char *path, GError **error)
{
  g_autofree char *aside = g_strconcat (path, ".partial", NULL);
  g_auto (PnFd) fd = pn_open (aside, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, error);
  gboolean done = fd >= 0 && pn_sparse_write_fd (runs, fd, NULL, error);

  if (done && (fsync (fd) < 0 || rename (aside, path) < 0))
    {
      pn_set_error_from_errno (error, errno, "Cannot write %s", path);
      done = FALSE;
    }
  if (!done && fd >= 0)
    (void) unlink (aside);
  return done;
}

static int
sparse (int argc, char **argv)
{
  g_autofree char *output = NULL;
  gboolean root = FALSE;
  gboolean force = FALSE;
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output, "Where to write the result", "FILE" },
    { "root", 0, 0, G_OPTION_ARG_NONE, &root, "Only the root file system", NULL },
    { "force", 'f', 0, G_OPTION_ARG_NONE, &force, "Replace a file that exists", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("IMAGE");
  g_autoptr (PnImage) image = NULL;
  g_autoptr (PnExt4) ext4 = NULL;
  g_autoptr (PnRuns) runs = NULL;
  g_autoptr (GError) error = NULL;

  g_option_context_set_summary (
      context, "Writes the used blocks of a gold master as an Android sparse file.");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!pn_ctl_parse (context, &argc, &argv, 1, 1))
    return 2;
  if (pn_ctl_check_output (output, force, &error))
    image = pn_image_open (argv[1], TRUE, &error);
  if (image != NULL)
    runs = root ? root_runs (image, &ext4, &error) : pn_image_disk_runs (image, NULL, NULL, &error);
  return end (runs != NULL && write_sparse (runs, output, &error) &&
                  pn_image_check_unchanged (image, &error),
              &error);
}

/* ---- boot-image ---- */

static gboolean
add_folder (GPtrArray *files, const char *folder, const char *prefix, guint depth, GError **error);

static gboolean
add_entry (GPtrArray *files,
           const char *folder,
           const char *prefix,
           const char *name,
           guint depth,
           GError **error)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *inside = g_strconcat (prefix, name, NULL);
  g_autoptr (GBytes) content = NULL;

  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    {
      g_autofree char *below = g_strconcat (inside, "/", NULL);

      return add_folder (files, path, below, depth + 1, error);
    }
  content = pn_read_file (path, G_MAXUINT32, error);
  if (content == NULL)
    return FALSE;
  g_ptr_array_add (files, pn_fat_file_new (inside, content));
  return TRUE;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* In the order of their names, so that the same folder makes the same bytes. */
static gboolean
add_folder (GPtrArray *files, const char *folder, const char *prefix, guint depth, GError **error)
{
  g_autoptr (GDir) dir = NULL;
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  if (depth > MAX_DEPTH)
    {
      g_set_error (error, PN_ERROR, PN_ERROR_INVALID_ARGUMENT, "%s is nested too deeply", folder);
      return FALSE;
    }
  dir = g_dir_open (folder, 0, error);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  for (guint i = 0; i < names->len; i++)
    if (!add_entry (files, folder, prefix, names->pdata[i], depth, error))
      return FALSE;
  return dir != NULL;
}

/* The files of a folder, or of an image's boot partition. */
static GPtrArray *
read_boot_files (const char *source, GError **error)
{
  g_autoptr (PnImage) image = NULL;
  g_autoptr (PnFat) fat = NULL;

  if (g_file_test (source, G_FILE_TEST_IS_DIR))
    {
      g_autoptr (GPtrArray) files =
          g_ptr_array_new_with_free_func ((GDestroyNotify) pn_fat_file_free);

      return add_folder (files, source, "", 0, error) ? g_steal_pointer (&files) : NULL;
    }
  image = pn_image_open (source, FALSE, error);
  if (image != NULL)
    fat = pn_fat_open_fd (image->fd, image->boot->offset, image->boot->size, error);
  return fat != NULL ? pn_fat_read_all (fat, MAX_BOOT_FILES, error) : NULL;
}

static int
boot_image (int argc, char **argv)
{
  g_autofree char *output = NULL;
  g_autofree char *chip_word = g_strdup (pn_chip_to_word (PN_CHIP_BCM2712));
  gboolean force = FALSE;
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output, "Where to write the result", "FILE" },
    { "chip", 'c', 0, G_OPTION_ARG_STRING, &chip_word,
      "Leave out what this chip does not need (default bcm2712)", "CHIP" },
    { "force", 'f', 0, G_OPTION_ARG_NONE, &force, "Replace a file that exists", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("FOLDER|IMAGE");
  g_autoptr (GPtrArray) files = NULL;
  g_autoptr (GPtrArray) dropped = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GBytes) result = NULL;
  g_autoptr (GError) error = NULL;
  PnChip chip;

  g_option_context_set_summary (
      context, "Writes a boot.img of a folder's files, or of an image's boot partition, as they "
               "are.\nMake its boot.sig with `punnetctl firmware digest`.");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!pn_ctl_parse (context, &argc, &argv, 1, 1))
    return 2;
  if (!pn_chip_from_word (chip_word, &chip))
    g_set_error (&error, PN_ERROR, PN_ERROR_INVALID_ARGUMENT,
                 "There is no chip “%s”: bcm2710, bcm2711 or bcm2712", chip_word);
  else if (pn_ctl_check_output (output, force, &error))
    files = read_boot_files (argv[1], &error);
  if (files != NULL)
    result = pn_boot_image_build (files, chip, dropped, &error);
  if (result == NULL || !pn_ctl_write (output, result, force, &error))
    return pn_ctl_fail (error);
  for (guint i = 0; i < dropped->len; i++)
    fprintf (stderr, "   Left out: %s\n", (char *) dropped->pdata[i]);
  return 0;
}

int
pn_ctl_image (int argc, char **argv)
{
  static const PnCtlCommand commands[] = {
    { "import", pn_ctl_image_import, "Take an image into the library" },
    { "list", pn_ctl_image_list, "List the library" },
    { "rename", pn_ctl_image_rename, "Give an image of the library another name" },
    { "remove", pn_ctl_image_remove, "Delete an image from the library" },
    { "inspect", inspect, "Say what is in an image" },
    { "sparse", sparse, "Write the used blocks as an Android sparse file" },
    { "boot-image", boot_image, "Make a boot.img" },
    { NULL, NULL, NULL },
  };

  return pn_ctl_commands (commands, argc, argv);
}
