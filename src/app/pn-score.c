/* SPDX-License-Identifier: GPL-3.0-or-later */
/* "Not read" is a result of its own and never looks like a good one: a line is proven only by what
 * the device itself has said. */
#include "config.h"

#include "pn-score.h"

#include <glib/gi18n.h>
#include <string.h>

#include "pn-format.h"

#define UNKNOWN "–"

struct _PnScoreLine
{
  GObject parent_instance;
  PnScoreResult result;
  PnPermanence permanence;
  char *name, *wanted, *read, *advice;
};

G_DEFINE_FINAL_TYPE (PnScoreLine, pn_score_line, G_TYPE_OBJECT)

static void
pn_score_line_finalize (GObject *object)
{
  PnScoreLine *self = PN_SCORE_LINE (object);

  g_free (self->name);
  g_free (self->wanted);
  g_free (self->read);
  g_free (self->advice);
  G_OBJECT_CLASS (pn_score_line_parent_class)->finalize (object);
}

static void
pn_score_line_class_init (PnScoreLineClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = pn_score_line_finalize;
}

static void
pn_score_line_init (PnScoreLine *self)
{
}

PnScoreResult
pn_score_line_get_result (PnScoreLine *self)
{
  return self->result;
}

PnPermanence
pn_score_line_get_permanence (PnScoreLine *self)
{
  return self->permanence;
}

const char *
pn_score_line_get_name (PnScoreLine *self)
{
  return self->name;
}

const char *
pn_score_line_get_wanted (PnScoreLine *self)
{
  return self->wanted;
}

const char *
pn_score_line_get_read (PnScoreLine *self)
{
  return self->read;
}

const char *
pn_score_line_get_advice (PnScoreLine *self)
{
  return self->advice;
}

const char *
pn_permanence_label (PnPermanence permanence)
{
  switch (permanence)
    {
    case PN_PERMANENCE_PERMANENT:
      return _ ("Permanent");
    case PN_PERMANENCE_SAME_KEY:
      return _ ("Reversible with the same key");
    case PN_PERMANENCE_REVERSIBLE:
    default:
      return _ ("Reversible");
    }
}

/* ---- the lines ---- */

typedef enum
{
  NO,
  YES,
  NOT_KNOWN,
} Answer;

static const char *
advise (PnDeviceStory *story, PnScoreResult result, Answer wanted)
{
  if (result == PN_SCORE_DIFFERENT)
    return wanted == YES ? _ ("This is not what the recipe asks for. Set the device aside.")
                         : _ ("The recipe does not ask for it; the device has it.");
  if (result != PN_SCORE_NOT_READ)
    return "";
  if (pn_device_story_is_going (story))
    return _ ("Not read yet.");
  if (wanted == YES && pn_device_story_get_state (story) == PN_CARD_PASSED)
    return _ ("The device did not say. Inspect it before you rely on this.");
  return wanted == NO ? _ ("Not asked for by the recipe.") : "";
}

/* @wanted_text and @read_text: what is shown in place of yes and no; nullable. */
static void
add (GListStore *lines,
     PnDeviceStory *story,
     const char *name,
     PnPermanence permanence,
     Answer wanted,
     const char *wanted_text,
     Answer read,
     const char *read_text)
{
  const char *const words[] = { _ ("No"), _ ("Yes"), UNKNOWN };
  g_autoptr (PnScoreLine) line = g_object_new (PN_TYPE_SCORE_LINE, NULL);

  if (read == NOT_KNOWN)
    line->result = PN_SCORE_NOT_READ;
  else if (wanted == NOT_KNOWN)
    line->result = PN_SCORE_AS_WANTED;
  else if (wanted != read)
    line->result = PN_SCORE_DIFFERENT;
  else
    line->result = read == YES ? PN_SCORE_PROVEN : PN_SCORE_AS_WANTED;
  line->permanence = permanence;
  line->name = g_strdup (name);
  line->wanted = g_strdup (wanted_text != NULL ? wanted_text : words[wanted]);
  line->read = g_strdup (read == NOT_KNOWN   ? _ ("Not read")
                         : read_text != NULL ? read_text
                                             : words[read]);
  line->advice = g_strdup (advise (story, line->result, wanted));
  g_list_store_append (lines, line);
}

static gboolean
is_zero (const char *hex)
{
  return strspn (hex, "0") == strlen (hex);
}

static void
add_key (GListStore *lines, PnDeviceStory *story, Answer locking)
{
  const char *burned = pn_device_story_get_evidence (story, PN_EVIDENCE_KEY_HASH);
  const char *wanted = pn_device_story_get_wanted_key (story);
  g_autofree char *burned_text = NULL;
  g_autofree char *wanted_text = NULL;
  Answer read = NOT_KNOWN;

  if (locking == YES && wanted[0] != '\0')
    wanted_text = pn_format_short_fingerprint (wanted);
  if (burned != NULL && is_zero (burned))
    {
      read = NO;
      burned_text = g_strdup (C_ ("key", "None"));
    }
  else if (burned != NULL)
    {
      /* Another key than that which was wanted is as bad as none. */
      read = locking == YES && wanted[0] != '\0' && g_ascii_strcasecmp (burned, wanted) != 0 ? NO
                                                                                             : YES;
      burned_text = pn_format_short_fingerprint (burned);
    }
  add (lines, story, _ ("Key fingerprint burned"), PN_PERMANENCE_PERMANENT, locking,
       locking == NO ? C_ ("key", "None") : wanted_text, read, burned_text);
}

/* The engine compares the EEPROM's hash before it touches the storage, and stops where it differs.
 */
static gboolean
has_proved_firmware (PnDeviceStory *story)
{
  PnCardState state = pn_device_story_get_state (story);

  return state == PN_CARD_PASSED || (state >= PN_CARD_STORAGE && state <= PN_CARD_RECORDING);
}

static void
add_system (GListStore *lines, PnDeviceStory *story)
{
  guint64 verified = pn_device_story_get_verified (story);
  gboolean passed = pn_device_story_get_state (story) == PN_CARD_PASSED;
  g_autofree char *size = verified > 0 ? g_format_size (verified) : NULL;
  /* Translators: how much was read back and compared. */
  g_autofree char *text =
      size != NULL ? g_strdup_printf (_ ("%s compared"), size) : g_strdup (_ ("Compared"));

  add (lines, story, _ ("System as written"), PN_PERMANENCE_REVERSIBLE, YES, NULL,
       passed ? YES : NOT_KNOWN, text);
}

static Answer
answer (const char *text, const char *yes)
{
  return text == NULL ? NOT_KNOWN : g_ascii_strcasecmp (text, yes) == 0 ? YES : NO;
}

static Answer
wants (PnDeviceStory *story, const char *word)
{
  gboolean permanent;

  return !pn_device_story_get_permanent (story, word, &permanent) ? NOT_KNOWN
         : permanent                                              ? YES
                                                                  : NO;
}

/* BCM2711's boot ROM has a development key, which a lock revokes; no other chip has one. */
static gboolean
has_development_key (PnDeviceStory *story)
{
  const char *revision = pn_device_story_get_evidence (story, PN_EVIDENCE_REVISION);
  guint64 code = 0;

  return revision != NULL &&
         g_ascii_string_to_unsigned (revision, 16, 0, G_MAXUINT32, &code, NULL) &&
         (code >> 12 & 0xf) == 3;
}

static void
add_development_key (GListStore *lines, PnDeviceStory *story, Answer locking)
{
  const char *said = pn_device_story_get_evidence (story, PN_EVIDENCE_DEVELOPMENT_KEY);
  const char *word = pn_device_story_get_evidence (story, PN_EVIDENCE_BOOT_ROM);
  gboolean has = has_development_key (story);
  Answer read = answer (said, "present");
  guint64 bits;

  if (has && read == NOT_KNOWN && word != NULL &&
      g_ascii_string_to_unsigned (word, 16, 0, G_MAXUINT32, &bits, NULL))
    read = bits & 1 << 15 ? YES : NO;
  add (lines, story, _ ("Development key revoked"), PN_PERMANENCE_PERMANENT,
       has ? locking : NOT_KNOWN, NULL, read, NULL);
}

/* Nothing tells whether the flash is protected; but one that could be written is not. */
static void
add_write_protection (GListStore *lines, PnDeviceStory *story)
{
  const char *said = pn_device_story_get_evidence (story, PN_EVIDENCE_WRITE_PROTECTION);

  add (lines, story, _ ("Boot firmware write-protected"), PN_PERMANENCE_REVERSIBLE, NO, NULL,
       answer (said, "on"), said != NULL ? _ ("No: it was just written") : NULL);
}

static void
add_device_key (GListStore *lines, PnDeviceStory *story)
{
  const char *key = pn_device_story_get_evidence (story, PN_EVIDENCE_DEVICE_KEY);
  g_autofree char *text = key != NULL ? pn_format_short_fingerprint (key) : NULL;

  add (lines, story, _ ("Device has its own key"), PN_PERMANENCE_PERMANENT,
       wants (story, "device-key"), NULL, key != NULL ? YES : NOT_KNOWN, text);
}

static void
add_encryption (GListStore *lines, PnDeviceStory *story, Answer encrypting)
{
  const char *said = pn_device_story_get_evidence (story, PN_EVIDENCE_ENCRYPTION);
  Answer read = answer (said, "luks2");

  add (lines, story, _ ("Storage encrypted"), PN_PERMANENCE_REVERSIBLE, encrypting, NULL, read,
       read == YES ? "LUKS2" : NULL);
}

GListModel *
pn_score_new (PnDeviceStory *story)
{
  GListStore *lines = g_list_store_new (PN_TYPE_SCORE_LINE);
  PnMode mode;
  gboolean known = pn_device_story_get_mode (story, &mode);
  Answer locking = !known ? NOT_KNOWN : mode == PN_MODE_SECURE_BOOT ? YES : NO;
  Answer encrypting = !known ? NOT_KNOWN : mode != PN_MODE_NAKED ? YES : NO;
  const char *eeprom = pn_device_story_get_evidence (story, PN_EVIDENCE_EEPROM_HASH);
  g_autofree char *eeprom_text = eeprom != NULL ? pn_format_short_fingerprint (eeprom) : NULL;

  add_key (lines, story, locking);
  add (lines, story, _ ("Signed boot required"), PN_PERMANENCE_PERMANENT, locking, NULL,
       answer (pn_device_story_get_evidence (story, PN_EVIDENCE_SECURE_BOOT), "present"), NULL);
  add_development_key (lines, story, locking);
  add (lines, story, _ ("Debug port closed"), PN_PERMANENCE_PERMANENT, wants (story, "jtag-lock"),
       NULL, answer (pn_device_story_get_evidence (story, PN_EVIDENCE_JTAG), "1"), NULL);
  add (lines, story, _ ("Boot firmware as sent"), PN_PERMANENCE_SAME_KEY, YES, NULL,
       eeprom != NULL && has_proved_firmware (story) ? YES : NOT_KNOWN, eeprom_text);
  add_write_protection (lines, story);
  add_device_key (lines, story);
  add_encryption (lines, story, encrypting);
  add_system (lines, story);
  return G_LIST_MODEL (lines);
}
