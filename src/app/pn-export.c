/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The main thread asks for a page; a thread puts it into words and writes it; then the next. So
 * there is never more than a page in memory, and nothing waits for a disc. Whoever runs now owns
 * the Export. */
#include "config.h"

#include "pn-export.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "pn-error.h"
#include "pn-io.h"

#define PAGE_ROWS 1000
#define CHUNK_SIZE (256 * 1024)
#define MAX_NAMES 100 /* tried */

typedef struct
{
  PnClient *client;
  PnJob *job;
  PnExportForm *form;
  GVariant *options;
  GVariant *page; /* aa{sv}, to be written */
  gboolean ended; /* it is the last */
  char *path, *aside;
  int fd;
  GChecksum *checksum;
  guint64 written, expected, count; /* bytes, rows, rows */
  gint64 last;
} Export;

static void
export_free (Export *self)
{
  if (self->fd >= 0)
    {
      (void) close (self->fd);
      if (self->aside != NULL)
        (void) g_unlink (self->aside);
    }
  g_object_unref (self->client);
  g_object_unref (self->job);
  pn_export_form_free (self->form);
  g_clear_pointer (&self->options, g_variant_unref);
  g_clear_pointer (&self->page, g_variant_unref);
  g_checksum_free (self->checksum);
  g_free (self->path);
  g_free (self->aside);
  g_free (self);
}

void
pn_export_result_free (PnExportResult *self)
{
  g_free (self->sha256);
  g_free (self);
}

/* ---- in a thread ---- */

/* A file without a name cannot be left behind, whatever ends us. Not every file system has it. */
static gboolean
create_aside (Export *self, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (self->path);

  self->fd = open (folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0644);
  if (self->fd >= 0)
    return TRUE;
  self->aside = g_build_filename (folder, ".punnet-export.XXXXXX", NULL);
  self->fd = g_mkstemp_full (self->aside, O_RDWR | O_CLOEXEC, 0644);
  if (self->fd >= 0)
    return TRUE;
  pn_set_error_from_errno (error, errno, "Cannot write into %s", folder);
  return FALSE;
}

/* Writes what @text holds, and empties it. */
static gboolean
flush (Export *self, GString *text, GError **error)
{
  if (!pn_write_all (self->fd, text->str, text->len, error))
    return FALSE;
  g_checksum_update (self->checksum, (const guchar *) text->str, (gssize) text->len);
  self->written += text->len;
  g_string_truncate (text, 0);
  return TRUE;
}

static void
report (Export *self)
{
  guint64 expected = MAX (self->expected, self->count);

  /* Rows are about equally long: so the size is known before the end. */
  pn_job_report (self->job, NULL, self->written,
                 self->count > 0 ? self->written / self->count * expected : 0);
}

static gboolean
write_page (Export *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (GString) text = g_string_sized_new (CHUNK_SIZE);
  GVariantIter rows;
  GVariant *row;
  gboolean fine = TRUE;

  if (self->fd < 0)
    {
      if (!create_aside (self, error))
        return FALSE;
      pn_export_form_append_head (self->form, text);
    }
  g_variant_iter_init (&rows, self->page);
  while (fine && g_variant_iter_loop (&rows, "@a{sv}", &row))
    {
      gint64 id = 0;

      pn_export_form_append_record (self->form, text, row);
      (void) g_variant_lookup (row, "id", "x", &id);
      self->last = MAX (self->last, id);
      self->count++;
      if (text->len >= CHUNK_SIZE)
        fine =
            !g_cancellable_set_error_if_cancelled (cancellable, error) && flush (self, text, error);
    }
  return fine && flush (self, text, error);
}

/* Gives the file a name of its own in its folder: only then can it take the place of another. */
static gboolean
name_aside (Export *self)
{
  g_autofree char *folder = g_path_get_dirname (self->path);
  g_autofree char *number = g_strdup_printf ("/proc/self/fd/%d", self->fd);

  if (self->aside != NULL)
    return TRUE;
  for (guint i = 0; i < MAX_NAMES; i++)
    {
      g_autofree char *name = g_strdup_printf ("%s/.punnet-export.%08x", folder, g_random_int ());

      if (linkat (AT_FDCWD, number, AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0)
        {
          self->aside = g_steal_pointer (&name);
          return TRUE;
        }
      if (errno != EEXIST)
        return FALSE;
    }
  return FALSE;
}

static gboolean
keep (Export *self, GCancellable *cancellable, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (self->path);
  g_auto (PnFd) folder_fd = -1;

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (fsync (self->fd) < 0 || !name_aside (self) || g_rename (self->aside, self->path) < 0)
    {
      pn_set_error_from_errno (error, errno, "Cannot write %s", self->path);
      return FALSE;
    }
  (void) close (g_steal_fd (&self->fd));
  /* It is there; not every file system can be asked to keep its folder. */
  folder_fd = pn_open (folder, O_RDONLY | O_DIRECTORY, NULL);
  if (folder_fd >= 0)
    (void) fsync (folder_fd);
  return TRUE;
}

static void
write_worker (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Export *self = data;
  g_autoptr (GError) error = NULL;

  if (write_page (self, cancellable, &error) && (!self->ended || keep (self, cancellable, &error)))
    {
      report (self);
      g_task_return_boolean (task, TRUE);
    }
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

/* ---- on the main thread ---- */

/* Ends @task with what to do about @error, in words. Takes @task and @error. */
static void
give_up (GTask *task, GError *error, gboolean reading)
{
  g_autoptr (GTask) ended = task;
  g_autoptr (GError) cause = error;

  if (g_cancellable_is_cancelled (g_task_get_cancellable (task)))
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "Cancelled");
  else if (reading)
    g_task_return_new_error (task, PN_ERROR, PN_ERROR_FAILED,
                             /* Translators: %s is a sentence that says why, without full stop. */
                             _ ("Nothing was saved. The records could not be read: %s."),
                             pn_error_text (cause));
  else if (g_error_matches (cause, PN_ERROR, PN_ERROR_NO_SPACE))
    g_task_return_new_error (
        task, PN_ERROR, PN_ERROR_NO_SPACE, "%s",
        _ ("There is no room for the file. Nothing was saved. Free up space, or choose another "
           "place."));
  else
    g_task_return_new_error (task, cause->domain, cause->code,
                             /* Translators: %s is a sentence that says why, without full stop. */
                             _ ("Nothing was saved. %s. Choose another place, or try again."),
                             pn_error_text (cause));
}

static void ask_page (GTask *task);

static void
written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Export *self = g_task_get_task_data (task);
  GError *error = NULL;
  PnExportResult *done;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    give_up (g_steal_pointer (&task), error, FALSE);
  else if (!self->ended)
    ask_page (g_steal_pointer (&task));
  else
    {
      done = g_new0 (PnExportResult, 1);
      done->count = self->count;
      done->sha256 = g_strdup (g_checksum_get_string (self->checksum));
      done->last = self->last;
      pn_client_note_export (self->client,
                             self->form->format == PN_EXPORT_CSV ? "csv" : "json-lines",
                             (guint) self->count, done->sha256);
      g_task_return_pointer (task, done, (GDestroyNotify) pn_export_result_free);
    }
}

/* Takes @task. */
static void
write_in_thread (GTask *task)
{
  Export *self = g_task_get_task_data (task);
  g_autoptr (GTask) worker = g_task_new (NULL, g_task_get_cancellable (task), written_cb, task);

  /* What comes of a cancelled write is looked at like any other: the file may be there. */
  g_task_set_check_cancellable (worker, FALSE);
  g_task_set_task_data (worker, self, NULL);
  g_task_run_in_thread (worker, write_worker);
}

static void
page_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Export *self = g_task_get_task_data (task);
  GError *error = NULL;
  GVariant *page = pn_client_query_records_finish (PN_CLIENT (source), result, &error);

  if (page == NULL)
    {
      give_up (g_steal_pointer (&task), error, TRUE);
      return;
    }
  g_clear_pointer (&self->page, g_variant_unref);
  self->page = page;
  self->ended = g_variant_n_children (page) == 0;
  write_in_thread (g_steal_pointer (&task));
}

/* Takes @task. Pages go on from the last number: records that come meanwhile move nothing. */
static void
ask_page (GTask *task)
{
  Export *self = g_task_get_task_data (task);
  GVariantDict options;

  g_variant_dict_init (&options, self->options);
  g_variant_dict_insert (&options, "sort", "s", "id");
  g_variant_dict_insert (&options, "ascending", "b", TRUE);
  if (self->last > 0)
    g_variant_dict_insert (&options, "after", "x", self->last);
  pn_client_query_records_async (self->client, 0, PAGE_ROWS, g_variant_dict_end (&options),
                                 g_task_get_cancellable (task), page_cb, task);
}

static GVariant *
collect (GPtrArray *records)
{
  GVariantBuilder page;

  g_variant_builder_init (&page, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < records->len; i++)
    g_variant_builder_add_value (&page, records->pdata[i]);
  return g_variant_ref_sink (g_variant_builder_end (&page));
}

void
pn_export_async (PnClient *client,
                 const PnExportSource *source,
                 const PnExportForm *form,
                 const char *path,
                 PnJob *job,
                 GAsyncReadyCallback callback,
                 gpointer user_data)
{
  GTask *task = g_task_new (NULL, pn_job_get_cancellable (job), callback, user_data);
  Export *self = g_new0 (Export, 1);

  g_task_set_source_tag (task, pn_export_async);
  g_task_set_check_cancellable (task, FALSE);
  self->client = g_object_ref (client);
  self->job = g_object_ref (job);
  self->form = pn_export_form_copy (form);
  self->path = g_strdup (path);
  self->fd = -1;
  self->checksum = g_checksum_new (G_CHECKSUM_SHA256);
  self->expected = source->count;
  g_task_set_task_data (task, self, (GDestroyNotify) export_free);
  pn_job_report (job, _ ("Saving records"), 0, 0);
  if (source->options == NULL)
    {
      self->page = collect (source->records);
      self->ended = TRUE;
      write_in_thread (task);
      return;
    }
  self->options = g_variant_ref (source->options);
  ask_page (task);
}

PnExportResult *
pn_export_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
