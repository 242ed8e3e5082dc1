/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-image-report-private.h"

#include <string.h>

#include "pn-error.h"
#include "pn-initramfs.h"
#include "pn-modules.h"

#define TEXT_MAX 200                 /* characters */
#define TABLE_MAX (16 * 1024 * 1024) /* bytes of modules.dep */

static void
free_partition (gpointer data)
{
  PnReportPartition *self = data;

  g_free (self->kind);
  g_free (self->label);
  g_free (self);
}

static void
free_kernel (gpointer data)
{
  PnReportKernel *self = data;

  g_free (self->version);
  g_free (self->missing);
  g_free (self);
}

static void
free_account (gpointer data)
{
  g_free (((PnReportAccount *) data)->name);
  g_free (data);
}

static void
free_remark (gpointer data)
{
  g_free (((PnRemark *) data)->argument);
  g_free (data);
}

void
pn_image_report_free (PnImageReport *self)
{
  g_ptr_array_unref (self->partitions);
  g_strfreev (self->boot_files);
  g_free (self->system);
  g_free (self->version);
  g_ptr_array_unref (self->kernels);
  g_ptr_array_unref (self->accounts);
  g_ptr_array_unref (self->first_boot);
  g_ptr_array_unref (self->remarks);
  g_free (self);
}

char *
pn_report_text (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_autoptr (GString) out = g_string_new (NULL);
  guint left = TEXT_MAX;

  for (const char *at = valid; *at != '\0' && left > 0; at = g_utf8_next_char (at), left--)
    if (!g_unichar_iscntrl (g_utf8_get_char (at)))
      g_string_append_unichar (out, g_utf8_get_char (at));
  return g_string_free (g_steal_pointer (&out), FALSE);
}

char **
pn_report_lines (GBytes *text)
{
  gsize size = 0;
  const char *data = text != NULL ? g_bytes_get_data (text, &size) : NULL;
  g_autofree char *string = g_strndup (size > 0 ? data : "", size);

  return g_strsplit (string, "\n", 0);
}

/* ---- partitions ---- */

static guint64
used_of_fat (PnImage *image, const PnPartition *partition, PnFat *fat)
{
  g_autoptr (PnRuns) runs = pn_fat_used_runs (fat, image->fd, partition->offset, NULL);

  return runs != NULL
             ? pn_runs_count_bytes (runs, PN_RUN_DATA) + pn_runs_count_bytes (runs, PN_RUN_FILL)
             : G_MAXUINT64;
}

static void
look_at_partition (PnImage *image, const PnPartition *partition, PnReportPartition *found)
{
  g_autoptr (PnExt4) ext4 =
      pn_ext4_open (image->fd, partition->offset, partition->size, FALSE, NULL);
  g_autoptr (PnFat) fat =
      ext4 == NULL ? pn_fat_open_fd (image->fd, partition->offset, partition->size, NULL) : NULL;
  g_autofree char *label = NULL;

  if (ext4 != NULL)
    {
      found->kind = g_strdup ("ext4");
      label = pn_ext4_get_label (ext4);
      found->used = MIN (pn_ext4_get_used (ext4), partition->size);
    }
  else if (fat != NULL)
    {
      g_auto (GStrv) names = pn_fat_list (fat, NULL); /* finds the label */

      found->kind = g_strdup_printf ("FAT%u", pn_fat_get_bits (fat));
      label = pn_fat_get_label (fat);
      found->used = MIN (used_of_fat (image, partition, fat), partition->size);
    }
  if (label != NULL && label[0] != '\0')
    found->label = pn_report_text (label);
}

static gboolean
report_partitions (PnImageReport *self, PnImage *image, GCancellable *cancellable, GError **error)
{
  for (guint i = 0; i < image->table->partitions->len; i++)
    {
      const PnPartition *partition = image->table->partitions->pdata[i];
      PnReportPartition *found = g_new0 (PnReportPartition, 1);

      g_ptr_array_add (self->partitions, found);
      found->number = partition->number;
      found->offset = partition->offset;
      found->size = partition->size;
      found->used = G_MAXUINT64;
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      look_at_partition (image, partition, found);
    }
  return TRUE;
}

/* ---- the system ---- */

static char *
release_value (char *const *lines, const char *key)
{
  for (guint i = 0; lines[i] != NULL; i++)
    {
      gsize length = strlen (key);
      g_autofree char *value = NULL;

      if (strncmp (lines[i], key, length) != 0 || lines[i][length] != '=')
        continue;
      value = g_shell_unquote (lines[i] + length + 1, NULL);
      return value != NULL ? pn_report_text (value) : NULL;
    }
  return NULL;
}

static void
report_system (PnImageReport *self, PnExt4 *root)
{
  g_autoptr (GBytes) release =
      pn_ext4_read_file (root, "/etc/os-release", PN_REPORT_TEXT_MAX, NULL);
  g_auto (GStrv) lines = pn_report_lines (release);

  self->system = release_value (lines, "PRETTY_NAME");
  self->version = release_value (lines, "VERSION_ID");
  /* Where the loaders of programs lie: Linux' ABI, the same on every system. */
  if (pn_ext4_exists (root, "/lib/ld-linux-aarch64.so.1") ||
      pn_ext4_exists (root, "/lib/ld-musl-aarch64.so.1"))
    self->bits = 64;
  else if (pn_ext4_exists (root, "/lib/ld-linux-armhf.so.3") ||
           pn_ext4_exists (root, "/lib/ld-musl-armhf.so.1"))
    self->bits = 32;
}

/* By the names that the packages give their kernels: "…-rpi-2712" is for the Pi 5 family alone,
 * "-v8" starts on every 64-bit device (on a Pi 5 where it has no other); "-v7l" and "-v7" are the
 * 32-bit ones. */
static guint
chips_of (const char *version)
{
  if (g_str_has_suffix (version, "2712"))
    return 1u << PN_CHIP_BCM2712;
  if (g_str_has_suffix (version, "-v7l"))
    return 1u << PN_CHIP_BCM2711;
  if (g_str_has_suffix (version, "-v7") || g_str_has_suffix (version, "-v7+"))
    return 1u << PN_CHIP_BCM2710;
  if (g_str_has_suffix (version, "v8") || g_str_has_suffix (version, "v8+") ||
      g_str_has_suffix (version, "-arm64") || g_str_has_suffix (version, "-raspi"))
    return 1u << PN_CHIP_BCM2710 | 1u << PN_CHIP_BCM2711 | 1u << PN_CHIP_BCM2712;
  return 0;
}

static GBytes *
read_table (PnExt4 *root, const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  return pn_ext4_read_file (root, path, TABLE_MAX, NULL);
}

static PnReportKernel *
look_at_kernel (PnExt4 *root, const char *folder, const char *version)
{
  PnReportKernel *kernel = g_new0 (PnReportKernel, 1);
  g_autoptr (GBytes) dep = read_table (root, folder, "modules.dep");
  g_autoptr (GBytes) alias = read_table (root, folder, "modules.alias");
  g_autoptr (GBytes) builtin = read_table (root, folder, "modules.builtin");
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) files =
      pn_modules_resolve (dep, alias, builtin, pn_initramfs_modules, &error);

  kernel->version = pn_report_text (version);
  kernel->chips = chips_of (version);
  if (files == NULL)
    kernel->missing = pn_report_text (error->message);
  for (guint i = 0; files != NULL && i < files->len && kernel->missing == NULL; i++)
    {
      g_autofree char *path = g_build_filename (folder, files->pdata[i], NULL);

      if (!pn_ext4_exists (root, path))
        kernel->missing = pn_report_text (files->pdata[i]);
    }
  return kernel;
}

void
pn_report_kernels (PnImageReport *self, PnExt4 *root)
{
  const char *base =
      pn_ext4_exists (root, "/usr/lib/modules") ? "/usr/lib/modules" : "/lib/modules";
  g_auto (GStrv) versions = pn_ext4_list (root, base, NULL);

  for (guint i = 0; versions != NULL && versions[i] != NULL; i++)
    {
      g_autofree char *folder = g_build_filename (base, versions[i], NULL);
      g_autofree char *own = g_build_filename (folder, "kernel", NULL);

      if (self->kernels->len < PN_REPORT_LIST_MAX && pn_ext4_exists (root, own))
        g_ptr_array_add (self->kernels, look_at_kernel (root, folder, versions[i]));
    }
}

static gboolean
can_log_in (PnImageReport *self)
{
  for (guint i = 0; i < self->accounts->len; i++)
    {
      const PnReportAccount *account = self->accounts->pdata[i];

      if (account->password != PN_PASSWORD_NONE || account->n_keys > 0)
        return TRUE;
    }
  return FALSE;
}

PnImageReport *
pn_image_report_new (PnImage *image, GCancellable *cancellable, GError **error)
{
  g_autoptr (PnImageReport) self = g_new0 (PnImageReport, 1);
  g_autoptr (PnFat) boot = pn_fat_open_fd (image->fd, image->boot->offset, image->boot->size, NULL);
  g_autoptr (PnExt4) root =
      pn_ext4_open (image->fd, image->root->offset, image->root->size, FALSE, NULL);

  self->table = image->table->kind;
  self->size = image->size;
  self->partitions = g_ptr_array_new_with_free_func (free_partition);
  self->boot_files = g_new0 (char *, 1);
  self->kernels = g_ptr_array_new_with_free_func (free_kernel);
  self->accounts = g_ptr_array_new_with_free_func (free_account);
  self->first_boot = g_ptr_array_new_with_free_func (g_free);
  self->remarks = g_ptr_array_new_with_free_func (free_remark);
  if (!report_partitions (self, image, cancellable, error))
    return NULL;
  if (root != NULL)
    {
      report_system (self, root);
      pn_report_kernels (self, root);
      pn_report_accounts (self, root);
    }
  if (boot != NULL)
    pn_report_boot (self, boot);
  if (!can_log_in (self) && self->first_boot->len == 0)
    pn_report_remark (self, PN_REMARK_NO_LOGIN, NULL);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;
  return g_steal_pointer (&self);
}
