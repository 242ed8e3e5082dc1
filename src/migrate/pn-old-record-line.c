/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-old-record-line.h"

#include <json-glib/json-glib.h>

#include "pn-error.h"

#define OWN_NAME "rpi-sb-provisioner-"

/* What the old tool read from the device, and what evidence calls it here. The others are kept
 * under the names of their own. */
static const struct
{
  const char *column, *evidence;
} read_back[] = {
  { "wifi_mac", "mac-wifi" },
  { "bt_mac", "mac-bt" },
  { "mmc_cid", "mmc-cid" },
  { "eeprom_size", "eeprom-size" },
  { "eeprom_jedec", "eeprom-jedec" },
  { "eeprom_unique_id", "eeprom-unique-id" },
  { "bootloader_build_timestamp", "bootloader-build-timestamp" },
};

/* Columns of ours that it fills. */
static const struct
{
  const char *column, *ours;
} taken[] = {
  { "serial", "serial" },
  { "boardname", "model" },
  { "eth_mac", "mac" },
  { "rpi_duid", "duid" },
  { "os_image_filename", "image_name" },
  { "os_image_sha256", "image_sha256" },
};

/* NULL = nothing is said. */
static const char *
get_text (GVariant *record, const char *column)
{
  const char *text = NULL;

  return g_variant_lookup (record, column, "&s", &text) ? text : NULL;
}

/* @otherwise where nothing is said. */
static gint64
get_number (GVariant *record, const char *column, gint64 otherwise)
{
  gint64 number = otherwise;

  (void) g_variant_lookup (record, column, "x", &number);
  return number;
}

/* Version 1 says it with "secure"; in version 2 that means only that the device has a key of its
 * own (operations.md §9). */
static gboolean
is_locked (GVariant *record)
{
  gint64 locked = get_number (record, "signed_boot_enabled", -1);

  if (locked < 0)
    locked = get_number (record, "pubkey_programmed", -1);
  if (locked < 0)
    locked = get_number (record, "secure", 0);
  return locked > 0;
}

static void
add_text (JsonBuilder *builder, const char *name, const char *text)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, text);
}

static void
add_number (JsonBuilder *builder, const char *name, gint64 number)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, number);
}

static char *
to_json (JsonBuilder *builder)
{
  g_autoptr (JsonNode) root = json_builder_get_root (builder);

  return json_to_string (root, FALSE);
}

static gboolean
is_taken (const char *column)
{
  for (guint i = 0; i < G_N_ELEMENTS (taken); i++)
    if (g_str_equal (taken[i].column, column))
      return TRUE;
  return FALSE;
}

static char *
name_evidence (const char *column)
{
  for (guint i = 0; i < G_N_ELEMENTS (read_back); i++)
    if (g_str_equal (read_back[i].column, column))
      return g_strdup (read_back[i].evidence);
  return g_strconcat (OWN_NAME, column, NULL);
}

static char *
make_evidence (GVariant *record)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  GVariantIter iter;
  const char *column;
  GVariant *value;

  json_builder_begin_object (builder);
  g_variant_iter_init (&iter, record);
  while (g_variant_iter_loop (&iter, "{&sv}", &column, &value))
    {
      g_autofree char *name = name_evidence (column);
      g_autofree char *number = NULL;

      if (is_taken (column))
        continue;
      if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT64))
        number = g_strdup_printf ("%" G_GINT64_FORMAT, g_variant_get_int64 (value));
      add_text (builder, name, number != NULL ? number : g_variant_get_string (value, NULL));
    }
  json_builder_end_object (builder);
  return to_json (builder);
}

/* "2025-03-01 10:11:12", UTC; microseconds, or -1. */
static gint64
get_time (GVariant *record)
{
  const char *text = get_text (record, "provision_ts");
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  g_autoptr (GDateTime) time = text != NULL ? g_date_time_new_from_iso8601 (text, utc) : NULL;

  return time != NULL ? g_date_time_to_unix (time) * G_USEC_PER_SEC : -1;
}

static void
add_columns (JsonBuilder *builder, GVariant *record)
{
  /* What a record of ours cannot be without, and the old tool did not know. */
  static const char *const unknown[] = { "slot", "batch", "recipe", "bundle", "storage" };
  static const char *const zero[] = { "board_revision", "bytes_sent", "bytes_verified" };

  for (guint i = 0; i < G_N_ELEMENTS (unknown); i++)
    add_text (builder, unknown[i], "");
  for (guint i = 0; i < G_N_ELEMENTS (zero); i++)
    add_number (builder, zero[i], 0);
  for (guint i = 0; i < G_N_ELEMENTS (taken); i++)
    {
      const char *text = get_text (record, taken[i].column);

      add_text (builder, taken[i].ours, text != NULL ? text : "");
    }
}

char *
pn_old_record_to_line (GVariant *record, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autofree char *evidence = NULL;
  gint64 time = get_time (record);

  if (time < 0 || get_text (record, "serial") == NULL)
    {
      pn_set_error (error, PN_ERROR_INVALID_DATA,
                    "A record has no serial number, or no time that makes sense");
      return NULL;
    }
  evidence = make_evidence (record);
  json_builder_begin_object (builder);
  add_number (builder, "started", time);
  add_number (builder, "ended", time);
  add_columns (builder, record);
  add_number (builder, "storage_size", MAX (get_number (record, "mmc_size", 0), 0));
  add_number (builder, "secure", is_locked (record));
  add_text (builder, "mode", is_locked (record) ? "secure-boot" : "");
  add_text (builder, "verdict", "passed");
  add_text (builder, "condition", "done");
  add_text (builder, "phase", "record");
  add_text (builder, "evidence", evidence);
  json_builder_end_object (builder);
  return to_json (builder);
}
