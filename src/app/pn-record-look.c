/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-record-look.h"

#include <glib/gi18n.h>

#include "pn-override.h"

static const struct
{
  const char *column, *title;
  int width;
  gboolean number;
} looks[] = {
  { "id", N_ ("Number"), 8, TRUE },
  { "started", N_ ("Started"), 19 },
  { "ended", N_ ("Ended"), 19 },
  { "slot", N_ ("Slot"), 9 },
  { "batch", N_ ("Batch"), 14 },
  { "recipe", N_ ("Recipe"), 20 },
  { "recipe_revision", N_ ("Recipe revision"), 9, TRUE },
  { "bundle", N_ ("Bundle"), 12 },
  { "image_name", N_ ("Image"), 20 },
  { "image_sha256", N_ ("Image SHA-256"), 14 },
  { "mode", N_ ("Protection"), 20 },
  { "permanent", N_ ("Made permanent"), 20 },
  { "storage", N_ ("Storage"), 8 },
  { "verdict", N_ ("Result"), 11 },
  { "condition", N_ ("What to do"), 18 },
  { "phase", N_ ("Last phase"), 14 },
  { "serial", N_ ("Serial"), 17 },
  { "model", N_ ("Model"), 20 },
  { "mac", N_ ("Ethernet MAC"), 17 },
  { "duid", N_ ("Identity code"), 18 },
  { "attempt", N_ ("Attempt"), 7, TRUE },
  { "operator", N_ ("Operator"), 14 },
  { "station", N_ ("Station"), 14 },
  { "device_class", N_ ("Found as"), 20 },
  { "overrides", N_ ("Overrides"), 20 },
  { "wanted_key", N_ ("Wanted key"), 16 },
  { "key_hash", N_ ("Key fingerprint"), 16 },
  { "error_code", N_ ("Error"), 14 },
  { "message", N_ ("Message"), 30 },
  { "board_revision", N_ ("Board revision"), 13 },
  { "storage_size", N_ ("Storage size"), 11, TRUE },
  { "bytes_sent", N_ ("Sent"), 9, TRUE },
  { "bytes_verified", N_ ("Read back"), 9, TRUE },
  { "secure", N_ ("Locked"), 7 },
  { "evidence", N_ ("Evidence"), 24 },
};

/* Words of the contract (base/pn-phase.h) as the screen says them. */
static const struct
{
  const char *column, *word, *text;
} words[] = {
  { "mode", "secure-boot", N_ ("Locked and encrypted") },
  { "mode", "fde-only", N_ ("Encrypted only") },
  { "mode", "naked", N_ ("Plain") },
  { "storage", "sd", N_ ("SD card") },
  { "storage", "emmc", N_ ("eMMC") },
  { "storage", "nvme", N_ ("NVMe") },
  { "condition", "untouched", N_ ("Nothing was changed") },
  { "condition", "retry", N_ ("Try again") },
  { "condition", "power-cycle", N_ ("Power off, try again") },
  { "condition", "set-aside", N_ ("Set aside") },
  { "condition", "done", N_ ("Nothing") },
  { "device_class", "fresh", N_ ("Not locked") },
  { "device_class", "ours", N_ ("Locked with this key") },
  { "device_class", "unfinished", N_ ("Begun, not finished") },
  { "device_class", "done", N_ ("Passed before") },
  { "device_class", "other-key", N_ ("Locked with another key") },
  { "device_class", "unreadable", N_ ("Lock not readable") },
  { "device_class", "write-protected", N_ ("Firmware write-protected") },
  { "device_class", "wrong-family", N_ ("Another chip") },
  { "device_class", "wrong-model", N_ ("Another model") },
  { "device_class", "no-storage", N_ ("Storage missing") },
  { "device_class", "small-storage", N_ ("Storage too small") },
  { "phase", "connect", N_ ("Connect") },
  { "phase", "inspect", N_ ("Inspect") },
  { "phase", "lock", N_ ("Lock & firmware") },
  { "phase", "start", N_ ("Start system") },
  { "phase", "storage", N_ ("Storage") },
  { "phase", "write", N_ ("Write") },
  { "phase", "verify", N_ ("Verify") },
  { "phase", "record", N_ ("Record") },
};

static const struct
{
  const char *verdict, *icon, *word, *color;
} verdicts[] = {
  { "passed", "pn-passed-symbolic", NC_ ("result", "Passed"), "pn_passed" },
  { "failed", "pn-failed-symbolic", NC_ ("result", "Failed"), "pn_failed" },
  { "set-aside", "pn-set-aside-symbolic", NC_ ("result", "Set aside"), "pn_aside" },
  { "refused", "pn-refused-symbolic", NC_ ("result", "Refused") },
  { "cancelled", "pn-stopped-symbolic", NC_ ("result", "Cancelled") },
};

static int
find_look (const char *column)
{
  for (guint i = 0; i < G_N_ELEMENTS (looks); i++)
    if (g_str_equal (looks[i].column, column))
      return (int) i;
  return -1;
}

const char *
pn_record_look_title (const char *column)
{
  int at = find_look (column);

  return at < 0 ? column : _ (looks[at].title);
}

int
pn_record_look_width (const char *column)
{
  int at = find_look (column);

  return at < 0 ? 12 : looks[at].width;
}

gboolean
pn_record_look_is_number (const char *column)
{
  int at = find_look (column);

  return at >= 0 && looks[at].number;
}

const char *
pn_record_look_word (const char *column, const char *word)
{
  PnOverrideKind kind;

  if (g_str_equal (column, "verdict"))
    return pn_record_look_verdict_word (word);
  if (g_str_equal (column, "overrides") && pn_override_kind_from_word (word, &kind))
    return _ (pn_override_kind_to_label (kind));
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_str_equal (words[i].column, column) && g_str_equal (words[i].word, word))
      return _ (words[i].text);
  return word;
}

/* "again skip-firmware" */
static char *
make_list (const char *column, const char *text)
{
  g_auto (GStrv) list = g_strsplit (text, " ", 0);
  g_autoptr (GPtrArray) said = g_ptr_array_new ();

  for (guint i = 0; list[i] != NULL; i++)
    g_ptr_array_add (said, (char *) pn_record_look_word (column, list[i]));
  g_ptr_array_add (said, NULL);
  return g_strjoinv (", ", (GStrv) said->pdata);
}

char *
pn_record_look_text (PnRecordRow *row, const char *column)
{
  const char *text = pn_record_row_get_text (row, column);
  const char *word = text != NULL ? pn_record_look_word (column, text) : NULL;

  if (word != text)
    return g_strdup (word);
  return text != NULL && g_str_equal (column, "overrides") ? make_list (column, text)
                                                           : pn_record_row_format (row, column);
}

static int
find_verdict (const char *verdict)
{
  for (guint i = 0; i < G_N_ELEMENTS (verdicts); i++)
    if (g_strcmp0 (verdicts[i].verdict, verdict) == 0)
      return (int) i;
  return -1;
}

const char *
pn_record_look_verdict_icon (const char *verdict)
{
  int at = find_verdict (verdict);

  return at < 0 ? "pn-not-read-symbolic" : verdicts[at].icon;
}

const char *
pn_record_look_verdict_word (const char *verdict)
{
  int at = find_verdict (verdict);

  return at < 0 ? verdict : g_dpgettext2 (NULL, "result", verdicts[at].word);
}

const char *
pn_record_look_verdict_color (const char *verdict)
{
  int at = find_verdict (verdict);

  return at < 0 ? NULL : verdicts[at].color;
}
