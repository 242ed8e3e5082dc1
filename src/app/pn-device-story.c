/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-device-story.h"

#include <glib/gi18n.h>

#include "pn-card-look.h"
#include "pn-error.h"
#include "pn-format.h"
#include "pn-json.h"
#include "pn-record-format.h"

struct _PnDeviceStory
{
  GObject parent_instance;
  PnClientSlot *slot;
  PnClient *client;
  GSignalGroup *run_signals;
  GVariant *values;   /* of a record */
  GVariant *evidence; /* a{ss}, of a record */
  GVariant *phases;   /* a(sxx), of a record whose story was loaded */
  GListModel *log;    /* likewise */
  gboolean untold;
};

static guint changed_signal;

G_DEFINE_FINAL_TYPE (PnDeviceStory, pn_device_story, G_TYPE_OBJECT)

static const char *
get_text (PnDeviceStory *self, const char *column)
{
  const char *text = NULL;

  if (self->values == NULL || !g_variant_lookup (self->values, column, "&s", &text))
    return "";
  return text;
}

static gint64
get_number (PnDeviceStory *self, const char *column)
{
  gint64 number = 0;
  guint64 unsigned_number;

  if (self->values == NULL)
    return 0;
  if (g_variant_lookup (self->values, column, "t", &unsigned_number))
    return (gint64) unsigned_number;
  (void) g_variant_lookup (self->values, column, "x", &number);
  return number;
}

/* ---- what it is about ---- */

PnClientSlot *
pn_device_story_get_slot (PnDeviceStory *self)
{
  return self->slot;
}

PnClientRun *
pn_device_story_get_run (PnDeviceStory *self)
{
  return self->slot != NULL ? pn_client_slot_get_run (self->slot) : NULL;
}

PnClientBatch *
pn_device_story_get_batch (PnDeviceStory *self)
{
  PnClientRun *run = pn_device_story_get_run (self);
  GListModel *batches = self->client != NULL ? pn_client_get_batches (self->client) : NULL;

  for (guint i = 0; run != NULL && i < g_list_model_get_n_items (batches); i++)
    {
      g_autoptr (PnClientBatch) batch = g_list_model_get_item (batches, i);

      /* The list holds it. */
      if (g_strcmp0 (pn_client_batch_get_path (batch), pn_client_run_get_batch (run)) == 0)
        return batch;
    }
  return NULL;
}

static PnCardState
state_of_record (PnDeviceStory *self)
{
  PnVerdict verdict;
  PnCondition condition;

  if (!pn_verdict_from_word (get_text (self, "verdict"), &verdict) ||
      !pn_condition_from_word (get_text (self, "condition"), &condition))
    return PN_CARD_FAILED_UNKNOWN;
  switch (verdict)
    {
    case PN_VERDICT_PASSED:
      return PN_CARD_PASSED;
    case PN_VERDICT_REFUSED:
      return PN_CARD_REFUSED;
    case PN_VERDICT_CANCELLED:
      return PN_CARD_STOPPED;
    case PN_VERDICT_SET_ASIDE:
      return PN_CARD_SET_ASIDE;
    case PN_VERDICT_FAILED:
    case PN_VERDICT_RUNNING:
    default:
      return condition == PN_CONDITION_UNTOUCHED || condition == PN_CONDITION_RETRY
                 ? PN_CARD_FAILED_RETRY
                 : PN_CARD_FAILED_UNKNOWN;
    }
}

PnCardState
pn_device_story_get_state (PnDeviceStory *self)
{
  return self->slot != NULL ? pn_client_slot_get_state (self->slot) : state_of_record (self);
}

gboolean
pn_device_story_is_going (PnDeviceStory *self)
{
  PnClientRun *run = pn_device_story_get_run (self);

  return run != NULL && pn_client_run_get_ended (run) == 0;
}

/* ---- facts ---- */

const char *
pn_device_story_get_serial (PnDeviceStory *self)
{
  PnClientRun *run = pn_device_story_get_run (self);

  return run != NULL ? pn_client_run_get_serial (run) : get_text (self, "serial");
}

const char *
pn_device_story_get_evidence (PnDeviceStory *self, PnEvidence evidence)
{
  PnClientRun *run = pn_device_story_get_run (self);
  const char *text;

  if (run != NULL)
    return pn_evidence_get (run, evidence);
  /* A record has columns of its own for what is asked for most. */
  for (const char *const *name = pn_evidence_names (evidence); *name != NULL; name++)
    if ((text = get_text (self, *name))[0] != '\0')
      return text;
  return self->evidence != NULL ? pn_evidence_lookup (self->evidence, evidence) : NULL;
}

GVariant *
pn_device_story_get_phases (PnDeviceStory *self)
{
  PnClientRun *run = pn_device_story_get_run (self);

  return run != NULL ? pn_client_run_get_phases (run) : self->phases;
}

GListModel *
pn_device_story_get_log (PnDeviceStory *self)
{
  return self->log;
}

gboolean
pn_device_story_is_untold (PnDeviceStory *self)
{
  return self->untold;
}

gint64
pn_device_story_get_started (PnDeviceStory *self)
{
  PnClientRun *run = pn_device_story_get_run (self);

  return run != NULL ? pn_client_run_get_started (run) : get_number (self, "started");
}

gint64
pn_device_story_get_ended (PnDeviceStory *self)
{
  PnClientRun *run = pn_device_story_get_run (self);

  return run != NULL ? pn_client_run_get_ended (run) : get_number (self, "ended");
}

gint64
pn_device_story_get_record (PnDeviceStory *self)
{
  PnClientRun *run = pn_device_story_get_run (self);

  return run != NULL ? pn_client_run_get_record (run) : get_number (self, "id");
}

guint64
pn_device_story_get_verified (PnDeviceStory *self)
{
  return (guint64) get_number (self, "bytes_verified");
}

gboolean
pn_device_story_get_mode (PnDeviceStory *self, PnMode *mode)
{
  PnClientBatch *batch = pn_device_story_get_batch (self);

  if (batch == NULL)
    return pn_mode_from_word (get_text (self, "mode"), mode);
  *mode = pn_client_batch_get_mode (batch);
  return TRUE;
}

gboolean
pn_device_story_get_permanent (PnDeviceStory *self, const char *word, gboolean *permanent)
{
  PnClientBatch *batch = pn_device_story_get_batch (self);
  g_auto (GStrv) words = NULL;
  const char *text = NULL;

  if (batch != NULL)
    {
      *permanent = g_strv_contains (pn_client_batch_get_permanent (batch), word);
      return TRUE;
    }
  if (self->values == NULL || !g_variant_lookup (self->values, "permanent", "&s", &text))
    return FALSE;
  words = g_strsplit (text, " ", 0);
  *permanent = g_strv_contains ((const char *const *) words, word);
  return TRUE;
}

const char *
pn_device_story_get_wanted_key (PnDeviceStory *self)
{
  PnClientBatch *batch = pn_device_story_get_batch (self);

  return batch != NULL ? pn_client_batch_get_fingerprint (batch) : get_text (self, "wanted_key");
}

/* ---- words ---- */

char *
pn_device_story_make_title (PnDeviceStory *self)
{
  const char *serial = pn_device_story_get_serial (self);

  if (self->slot != NULL)
    return g_strdup (pn_client_slot_get_label (self->slot));
  return g_strdup (serial[0] != '\0' ? serial : _ ("Device without a serial number"));
}

char *
pn_device_story_make_headline (PnDeviceStory *self)
{
  PnCardState state = pn_device_story_get_state (self);

  if (state == PN_CARD_PASSED)
    return g_strdup (_ ("This device is good"));
  return g_strdup (pn_card_look_word (state));
}

static char *
make_passed_sentence (PnDeviceStory *self)
{
  PnMode mode;
  gboolean locked = pn_device_story_get_mode (self, &mode) && mode == PN_MODE_SECURE_BOOT;

  return g_strconcat (locked ? _ ("It starts only software signed with your key.") : "",
                      locked ? " " : "", _ ("What was written has been read back and matches."),
                      self->slot != NULL ? " " : NULL, _ ("Unplug it now."), NULL);
}

/* What became of a device whose run did not pass. */
static const char *
condition_text (const char *word)
{
  PnCondition condition;

  if (!pn_condition_from_word (word, &condition))
    return "";
  switch (condition)
    {
    case PN_CONDITION_UNTOUCHED:
      return _ ("The device was left as it came.");
    case PN_CONDITION_RETRY:
      return _ ("The device was good; it could be plugged in again.");
    case PN_CONDITION_POWER_CYCLE:
      return _ ("The device had to be powered off before it could be tried again.");
    case PN_CONDITION_SET_ASIDE:
      return _ ("The device had to be set aside: a permanent step may or may not have been made.");
    case PN_CONDITION_DONE:
    default:
      return "";
    }
}

char *
pn_device_story_make_sentence (PnDeviceStory *self)
{
  g_autofree char *message =
      self->values != NULL ? pn_record_format_for_people (self->values, "message") : g_strdup ("");

  if (pn_device_story_get_state (self) == PN_CARD_PASSED)
    return make_passed_sentence (self);
  if (self->slot != NULL)
    return pn_card_sentence (self->slot);
  return g_strdup_printf ("%s%s%s", message,
                          message[0] == '\0'                ? ""
                          : g_str_has_suffix (message, ".") ? " "
                                                            : ". ",
                          condition_text (get_text (self, "condition")));
}

/* ---- the object ---- */

static void
tell (PnDeviceStory *self)
{
  g_signal_emit (self, changed_signal, 0);
}

static void
loaded_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (PnDeviceStory) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) story = pn_client_get_story_finish (PN_CLIENT (source), result, &error);
  g_autoptr (GVariant) lines = NULL;

  if (story != NULL && self->log == NULL)
    {
      self->phases = g_variant_get_child_value (story, 0);
      lines = g_variant_get_child_value (story, 1);
      self->log = pn_client_log_new_from_lines (lines);
    }
  self->untold = g_error_matches (error, PN_ERROR, PN_ERROR_NOT_FOUND);
  tell (self);
}

void
pn_device_story_load (PnDeviceStory *self, PnClient *client)
{
  gint64 record = get_number (self, "id");

  if (record > 0)
    pn_client_get_story_async (client, record, NULL, loaded_cb, g_object_ref (self));
}

static void
slot_changed_cb (PnDeviceStory *self)
{
  g_signal_group_set_target (self->run_signals, pn_device_story_get_run (self));
  tell (self);
}

static void
pn_device_story_dispose (GObject *object)
{
  PnDeviceStory *self = PN_DEVICE_STORY (object);

  g_clear_object (&self->run_signals);
  g_clear_object (&self->slot);
  g_clear_object (&self->client);
  g_clear_pointer (&self->values, g_variant_unref);
  g_clear_pointer (&self->evidence, g_variant_unref);
  g_clear_pointer (&self->phases, g_variant_unref);
  g_clear_object (&self->log);
  G_OBJECT_CLASS (pn_device_story_parent_class)->dispose (object);
}

static void
pn_device_story_class_init (PnDeviceStoryClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = pn_device_story_dispose;
  changed_signal = g_signal_new ("changed", PN_TYPE_DEVICE_STORY, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 0);
}

static void
pn_device_story_init (PnDeviceStory *self)
{
  self->run_signals = g_signal_group_new (PN_TYPE_CLIENT_RUN);
  g_signal_group_connect_swapped (self->run_signals, "changed", G_CALLBACK (tell), self);
}

PnDeviceStory *
pn_device_story_new_for_slot (PnClientSlot *slot, PnClient *client)
{
  PnDeviceStory *self = g_object_new (PN_TYPE_DEVICE_STORY, NULL);

  self->slot = g_object_ref (slot);
  self->client = g_object_ref (client);
  g_signal_connect_object (slot, "notify", G_CALLBACK (slot_changed_cb), self, G_CONNECT_SWAPPED);
  slot_changed_cb (self);
  return self;
}

PnDeviceStory *
pn_device_story_new_for_record (GVariant *values)
{
  PnDeviceStory *self = g_object_new (PN_TYPE_DEVICE_STORY, NULL);

  self->values = g_variant_ref_sink (values);
  /* A record keeps what the device said as a JSON object of strings. */
  self->evidence = pn_json_to_variant (get_text (self, "evidence"), "a{ss}");
  return self;
}
