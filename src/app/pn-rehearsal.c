/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One rehearsal: its folder is made, its helper started, a batch opened, its device plugged in; the
 * run is followed to its end. Whatever ends it ends the two programs first; when both are gone,
 * what it came to is noted and the folder removed. */
#include "config.h"

#include "pn-rehearsal.h"

#include <glib/gi18n.h>
#include <signal.h>
#include <unistd.h>

#include "pn-app.h"
#include "pn-bench-facts.h"
#include "pn-bench-model.h"
#include "pn-card-look.h"
#include "pn-client-start.h"
#include "pn-error.h"
#include "pn-io.h"
#include "pn-recipe-store.h"
#include "pn-rehearsal-folder.h"

#define SLOT "rehearsal"
#define SERIAL "1000000000000001"
#define PERSON "3"   /* times that somebody plugs it in again */
#define PATIENCE 2   /* s, from one signal to a program that goes on to the next */
#define N_WARNINGS 3 /* then it is killed */
#define RUN_DATA "pn-rehearsal-run"

typedef struct
{
  GTask *task; /* not owned: it owns this */
  char *id;
  guint revision;
  PnJob *job;           /* or NULL */
  GSource *cancelled;   /* nobody wants it any more */
  char *firmware;       /* folder */
  PnBatchPlan *plan;    /* NULL until it was looked up, in a thread */
  PnBenchFacts *facts;  /* the same */
  char *folder;         /* the same */
  int folder_fd;        /* holds it */
  char *bus_name;       /* of the helper */
  GCancellable *living; /* what was asked of the helper */
  PnClient *client;
  PnClientSlot *slot;
  PnClientRun *run;
  GSubprocess *helper, *device;
  guint n_going;  /* these, and the thread that looks, as long as they have not ended */
  guint patience; /* timer */
  guint n_warnings;
  gboolean ending;
  /* what it came to */
  GError *error; /* or else: */
  gboolean passed;
  char *message;
} Rehearsal;

static void
rehearsal_free (Rehearsal *self)
{
  g_clear_object (&self->job);
  g_clear_object (&self->plan);
  g_clear_object (&self->living);
  g_clear_pointer (&self->facts, pn_bench_facts_free);
  g_clear_error (&self->error);
  g_free (self->id);
  g_free (self->firmware);
  g_free (self->folder);
  g_free (self->bus_name);
  g_free (self->message);
  g_free (self);
}

static void
report (Rehearsal *self, const char *step, guint64 done, guint64 total)
{
  if (self->job != NULL)
    pn_job_report (self->job, step, done, total);
}

/* ---- the end ---- */

static void
tidy_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Rehearsal *self = data;
  g_autoptr (PnRecipeStore) store = pn_recipe_store_new (NULL, NULL);

  if (self->error == NULL)
    (void) pn_recipe_store_set_rehearsal (store, self->id, self->revision,
                                          pn_batch_plan_get_digest (self->plan), self->passed,
                                          self->message, &self->error);
  if (self->folder_fd >= 0)
    {
      pn_remove_tree (self->folder);
      pn_fd_close (self->folder_fd);
    }
  g_task_return_boolean (task, TRUE);
}

static void
tidied_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Rehearsal *self = g_task_get_task_data (task);

  if (self->error != NULL)
    g_task_return_error (task, g_steal_pointer (&self->error));
  else
    g_task_return_boolean (task, TRUE);
  g_application_release (g_application_get_default ());
}

/* Where it has ended and everything is gone; each that goes comes here. */
static void
tidy (Rehearsal *self)
{
  g_autoptr (GTask) worker = NULL;

  if (!self->ending || self->n_going > 0)
    return;
  worker = g_task_new (NULL, NULL, tidied_cb, self->task);
  g_clear_handle_id (&self->patience, g_source_remove);
  report (self, _ ("Tidying up"), 0, 0);
  g_task_set_task_data (worker, self, NULL);
  g_task_run_in_thread (worker, tidy_thread);
}

static gboolean
patience_cb (gpointer user_data)
{
  Rehearsal *self = user_data;
  int signal_number = ++self->n_warnings < N_WARNINGS ? SIGTERM : SIGKILL;

  if (self->device != NULL)
    g_subprocess_send_signal (self->device, signal_number);
  if (self->helper != NULL)
    g_subprocess_send_signal (self->helper, signal_number);
  return G_SOURCE_CONTINUE;
}

static void
forget_helper (Rehearsal *self)
{
  g_cancellable_cancel (self->living);
  if (self->run != NULL)
    g_signal_handlers_disconnect_by_data (self->run, self);
  if (self->slot != NULL)
    g_signal_handlers_disconnect_by_data (self->slot, self);
  if (self->client != NULL)
    {
      g_signal_handlers_disconnect_by_data (pn_client_get_slots (self->client), self);
      g_signal_handlers_disconnect_by_data (self->client, self);
    }
  if (self->job != NULL)
    g_object_set_data (G_OBJECT (self->job), RUN_DATA, NULL);
  g_clear_object (&self->run);
  g_clear_object (&self->slot);
  g_clear_object (&self->client);
}

/* Once: what it came to is in the fields. */
static void
end (Rehearsal *self)
{
  self->ending = TRUE;
  g_source_destroy (self->cancelled);
  g_clear_pointer (&self->cancelled, g_source_unref);
  g_signal_handlers_disconnect_by_data (g_application_get_default (), self);
  forget_helper (self);
  (void) patience_cb (self);
  self->patience = g_timeout_add_seconds (PATIENCE, patience_cb, self);
  tidy (self);
}

/* Nothing is noted; the error is taken. */
static void
end_with_error (Rehearsal *self, GError *error)
{
  if (self->ending)
    {
      g_error_free (error);
      return;
    }
  self->error = error;
  end (self);
}

static void
end_with_result (Rehearsal *self, gboolean passed, const char *message)
{
  self->passed = passed;
  self->message = g_strdup (message);
  end (self);
}

static gboolean
cancelled_cb (GCancellable *cancellable, gpointer user_data)
{
  end_with_error (user_data, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED,
                                                  _ ("The rehearsal was cancelled")));
  return G_SOURCE_REMOVE;
}

/* Where the last window is closed, nobody waits for the result. */
static void
window_removed_cb (GtkApplication *application, GtkWindow *window, gpointer user_data)
{
  if (gtk_application_get_windows (application) == NULL)
    (void) cancelled_cb (NULL, user_data);
}

/* ---- its programs ---- */

static void
program_ended_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Rehearsal *self = g_task_get_task_data (task);
  gboolean helper = (gpointer) source == self->helper;

  (void) g_subprocess_wait_finish (G_SUBPROCESS (source), result, NULL);
  g_clear_object (helper ? &self->helper : &self->device);
  self->n_going--;
  tidy (self);
  if (!self->ending)
    end_with_error (
        self, g_error_new_literal (PN_ERROR, PN_ERROR_FAILED,
                                   helper ? _ ("The helper of the rehearsal ended unexpectedly")
                                          : _ ("The virtual device ended unexpectedly")));
}

static GSubprocess *
start_program (Rehearsal *self, const char *const *command)
{
  GError *error = NULL;
  GSubprocess *program = pn_client_spawn_child (command, &error);

  if (program == NULL)
    {
      g_prefix_error (&error, _ ("The program ‘%s’ cannot be started: "), command[0]);
      end_with_error (self, error);
      return NULL;
    }
  self->n_going++;
  g_subprocess_wait_async (program, NULL, program_ended_cb, g_object_ref (self->task));
  return program;
}

/* ---- the run ---- */

static void
run_changed_cb (Rehearsal *self)
{
  PnClientRun *run = self->run;
  PnVerdict verdict = pn_client_run_get_verdict (run);
  g_autofree char *text = NULL;

  if (verdict == PN_VERDICT_RUNNING)
    {
      text = pn_card_phase_text (run);
      report (self, text, pn_client_run_get_done (run), pn_client_run_get_total (run));
      return;
    }
  text = verdict == PN_VERDICT_PASSED
             ? g_strdup (_ ("A fresh virtual device took everything, and it was read back."))
             : pn_card_end_text (run);
  end_with_result (self, verdict == PN_VERDICT_PASSED, text);
}

static void
slot_run_cb (Rehearsal *self)
{
  PnClientRun *run = pn_client_slot_get_run (self->slot);

  if (run == NULL || self->run != NULL)
    return; /* only the first one counts */
  self->run = g_object_ref (run);
  g_signal_connect_swapped (run, "changed", G_CALLBACK (run_changed_cb), self);
  if (self->job != NULL)
    g_object_set_data_full (G_OBJECT (self->job), RUN_DATA, g_object_ref (run), g_object_unref);
  run_changed_cb (self);
}

static void
slots_cb (Rehearsal *self)
{
  PnClientSlot *slot = pn_client_find_slot (self->client, SLOT);

  if (slot == NULL || self->slot != NULL)
    return;
  self->slot = g_object_ref (slot);
  g_signal_connect_swapped (slot, "notify::run", G_CALLBACK (slot_run_cb), self);
  slot_run_cb (self);
}

static void
plug_device (Rehearsal *self)
{
  g_autofree char *folder = g_build_filename (self->folder, "device", NULL);
  g_autofree char *size = g_strdup_printf ("%" G_GUINT64_FORMAT, self->facts->size);
  const PnBenchModel *model = pn_bench_model_for (self->facts->chip, self->facts->storage);
  g_autoptr (GPtrArray) command = g_ptr_array_new ();
  const char *const usual[] = {
    "punnet-virtual", "--attach",     SLOT,
    "--helper",       self->bus_name, "--folder",
    folder,           "--serial",     SERIAL,
    "--operator",     PERSON,         "--model",
    model->word,      "--storage",    pn_storage_to_word (self->facts->storage),
    "--storage-size", size,
  };

  for (guint i = 0; i < G_N_ELEMENTS (usual); i++)
    g_ptr_array_add (command, (gpointer) usual[i]);
  if (model->strap)
    g_ptr_array_add (command, (gpointer) "--strap");
  if (self->facts->vendor_key != NULL)
    {
      g_ptr_array_add (command, (gpointer) "--rom-key-hash");
      g_ptr_array_add (command, self->facts->vendor_key);
    }
  g_ptr_array_add (command, NULL);
  report (self, _ ("Plugging in a virtual device"), 0, 0);
  self->device = start_program (self, (const char *const *) command->pdata);
}

/* ---- the helper ---- */

/* TRUE where it is the bundle that is wrong. */
static gboolean
is_verdict (const GError *error)
{
  return g_error_matches (error, PN_ERROR, PN_ERROR_INVALID_DATA) ||
         g_error_matches (error, PN_ERROR, PN_ERROR_NOT_SUPPORTED) ||
         g_error_matches (error, PN_ERROR, PN_ERROR_SIGNATURE) ||
         g_error_matches (error, PN_ERROR, PN_ERROR_VERIFY);
}

static void
opened_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Rehearsal *self = g_task_get_task_data (task);
  GError *error = NULL;
  g_autofree char *path = pn_batch_plan_open_finish (PN_BATCH_PLAN (source), result, &error);

  if (path != NULL && !self->ending)
    plug_device (self);
  else if (error != NULL && !self->ending && is_verdict (error))
    {
      end_with_result (self, FALSE, pn_error_text (error));
      g_error_free (error);
    }
  else if (error != NULL)
    end_with_error (self, error);
}

static void
installing_cb (guint64 done, guint64 total, gpointer user_data)
{
  report (user_data, _ ("Handing over the bundle"), done, total);
}

static void
client_state_cb (Rehearsal *self)
{
  const char *const slots[] = { SLOT, NULL };

  if (pn_client_get_state (self->client) != PN_CLIENT_READY)
    return; /* where it went, its program ends */
  g_signal_connect_swapped (pn_client_get_slots (self->client), "items-changed",
                            G_CALLBACK (slots_cb), self);
  report (self, _ ("Handing over the bundle"), 0, 0);
  pn_batch_plan_set_reference (self->plan, SLOT);
  pn_batch_plan_set_slots (self->plan, slots);
  pn_batch_plan_open_async (self->plan, self->client, TRUE, installing_cb, self, self->living,
                            opened_cb, g_object_ref (self->task));
}

static void
start_helper (Rehearsal *self)
{
  static guint number;
  g_autofree char *state = g_build_filename (self->folder, "state", NULL);
  const char *command[] = { "punnetd", "--session",   "--practice", "--bus-name",
                            NULL,      "--state-dir", state,        NULL };

  self->bus_name = g_strdup_printf ("org.punnet.Rehearsal1.r%d_%u", (int) getpid (), ++number);
  command[4] = self->bus_name;
  self->helper = start_program (self, command);
  if (self->helper == NULL)
    return;
  self->client = pn_client_new (self->bus_name);
  g_signal_connect_swapped (self->client, "notify::state", G_CALLBACK (client_state_cb), self);
}

/* ---- the beginning ---- */

static void
look_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Rehearsal *self = data;
  GError *error = NULL;

  self->plan = pn_batch_plan_new_for (self->id, self->revision, &error);
  if (self->plan != NULL)
    {
      self->facts = pn_bench_facts_new (self->plan, self->firmware);
      self->folder_fd = pn_rehearsal_folder_make (&self->folder, &error);
    }
  if (error == NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
looked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Rehearsal *self = g_task_get_task_data (task);
  GError *error = NULL;

  self->n_going--;
  tidy (self);
  if (!g_task_propagate_boolean (G_TASK (result), &error))
    end_with_error (self, error);
  else if (!self->ending)
    start_helper (self);
}

void
pn_rehearsal_run_async (const char *recipe_id,
                        guint revision,
                        PnJob *job,
                        GCancellable *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  g_autoptr (GTask) worker = g_task_new (NULL, NULL, looked_cb, g_object_ref (task));
  Rehearsal *self = g_new0 (Rehearsal, 1);

  self->task = task;
  self->id = g_strdup (recipe_id);
  self->revision = revision;
  g_set_object (&self->job, job);
  self->firmware = pn_app_get_firmware_folder (pn_app_get_default ());
  self->folder_fd = -1;
  self->n_going = 1;
  self->living = g_cancellable_new ();
  g_task_set_source_tag (task, pn_rehearsal_run_async);
  g_task_set_check_cancellable (task, FALSE); /* it ends when all is tidy */
  g_task_set_task_data (task, self, (GDestroyNotify) rehearsal_free);
  g_application_hold (g_application_get_default ());
  g_signal_connect (g_application_get_default (), "window-removed", G_CALLBACK (window_removed_cb),
                    self);
  self->cancelled = g_cancellable_source_new (cancellable);
  g_source_set_callback (self->cancelled, G_SOURCE_FUNC (cancelled_cb), self, NULL);
  (void) g_source_attach (self->cancelled, NULL);
  report (self, _ ("Starting a helper for it"), 0, 0);
  g_task_set_task_data (worker, self, NULL);
  g_task_run_in_thread (worker, look_thread);
}

gboolean
pn_rehearsal_run_finish (GAsyncResult *result, gboolean *passed, char **message, GError **error)
{
  Rehearsal *self = g_task_get_task_data (G_TASK (result));

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;
  *passed = self->passed;
  *message = g_strdup (self->message);
  return TRUE;
}

PnClientRun *
pn_rehearsal_get_run (PnJob *job)
{
  return g_object_get_data (G_OBJECT (job), RUN_DATA);
}
