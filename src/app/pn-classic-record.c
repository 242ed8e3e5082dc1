/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-classic-record.h"

#include <json-glib/json-glib.h>

#include "pn-record-format.h"

static const char *const columns[] = {
  "id",
  "boardname",
  "serial",
  "eth_mac",
  "wifi_mac",
  "bt_mac",
  "mmc_size",
  "mmc_cid",
  "rpi_duid",
  "board_revision",
  "processor",
  "memory",
  "manufacturer",
  "secure",
  "jtag_locked",
  "eeprom_write_protected",
  "pubkey_programmed",
  "devkey_revoked",
  "signed_boot_enabled",
  "os_image_filename",
  "os_image_sha256",
  "connect_registered",
  "connect_device_id",
  "eeprom_size",
  "eeprom_jedec",
  "eeprom_unique_id",
  "bootloader_build_timestamp",
  "customer_key_fingerprint",
  "customer_key_label",
  "provision_ts",
  NULL,
};

/* What is the same under another name. */
static const struct
{
  const char *classic, *column;
} renamed[] = {
  { "id", "id" },
  { "boardname", "model" },
  { "serial", "serial" },
  { "eth_mac", "mac" },
  { "rpi_duid", "duid" },
  { "secure", "secure" },
  { "os_image_filename", "image_name" },
  { "os_image_sha256", "image_sha256" },
  { "customer_key_fingerprint", "key_hash" },
};

/* What the device said of itself. */
static const struct
{
  const char *classic, *key;
} evidence[] = {
  { "wifi_mac", "MAC_WIFI_ADDR" },
  { "bt_mac", "MAC_BT_ADDR" },
  { "jtag_locked", "JTAG_LOCKED" },
  { "bootloader_build_timestamp", "bootloader-build-timestamp" },
  { "mmc_cid", "mmc-cid" },
  { "eeprom_size", "eeprom-size" },
  { "eeprom_jedec", "eeprom-jedec" },
  { "eeprom_unique_id", "eeprom-unique-id" },
};

/* The code tables of new-style revision codes. */
#define NEW_STYLE (1u << 23)
static const char *const processors[] = { "BCM2835", "BCM2836", "BCM2837", "BCM2711", "BCM2712" };
static const char *const memories[] = {
  "256 MB", "512 MB", "1 GB", "2 GB", "4 GB", "8 GB", "16 GB"
};
static const char *const makers[] = { "Sony UK",    "Egoman", "Embest",
                                      "Sony Japan", "Embest", "Stadium" };

const char *const *
pn_classic_columns (void)
{
  return columns;
}

static gint64
get_number (GVariant *record, const char *column)
{
  gint64 number = 0;

  (void) g_variant_lookup (record, column, "x", &number);
  return number;
}

static JsonObject *
parse_evidence (GVariant *record)
{
  g_autoptr (JsonNode) root = NULL;
  const char *text = NULL;

  (void) g_variant_lookup (record, "evidence", "&s", &text);
  root = text != NULL ? json_from_string (text, NULL) : NULL;
  return root != NULL && JSON_NODE_HOLDS_OBJECT (root) ? json_node_dup_object (root)
                                                       : json_object_new ();
}

static const char *
get_evidence (JsonObject *object, const char *key)
{
  JsonNode *node = json_object_get_member (object, key);

  const char *value =
      node != NULL && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_string (node) : NULL;

  return g_strcmp0 (value, "not available") != 0 ? value : NULL;
}

static void
insert (GVariantDict *classic, const char *column, const char *text)
{
  if (text != NULL && text[0] != '\0')
    g_variant_dict_insert (classic, column, "s", text);
}

/* @key said as @yes, as another word, or not at all. */
static void
insert_answer (
    GVariantDict *classic, const char *column, JsonObject *said, const char *key, const char *yes)
{
  const char *answer = get_evidence (said, key);

  if (answer != NULL)
    g_variant_dict_insert (classic, column, "x", (gint64) g_str_equal (answer, yes));
}

static const char *
lookup (const char *const *table, gsize n, guint code)
{
  return code < n ? table[code] : NULL;
}

static void
insert_revision (GVariantDict *classic, guint code)
{
  g_autofree char *revision = g_strdup_printf ("0x%x", code & 0xf);

  if ((code & NEW_STYLE) == 0)
    return;
  insert (classic, "board_revision", revision);
  insert (classic, "processor", lookup (processors, G_N_ELEMENTS (processors), code >> 12 & 0xf));
  insert (classic, "memory", lookup (memories, G_N_ELEMENTS (memories), code >> 20 & 0x7));
  insert (classic, "manufacturer", lookup (makers, G_N_ELEMENTS (makers), code >> 16 & 0xf));
}

/* The older tool wrote one fact twice: signed_boot_enabled is a copy of pubkey_programmed. */
static void
insert_lock (GVariantDict *classic, GVariant *record, const char *otp)
{
  gboolean locked = otp != NULL ? g_str_equal (otp, "present") : get_number (record, "secure") == 1;

  g_variant_dict_insert (classic, "pubkey_programmed", "x", (gint64) locked);
  g_variant_dict_insert (classic, "signed_boot_enabled", "x", (gint64) locked);
}

GVariant *
pn_classic_record (GVariant *record, gboolean local_times)
{
  g_autoptr (JsonObject) said = parse_evidence (record);
  g_autofree char *time = pn_record_format_plain (record, "ended", local_times);
  const char *storage = NULL;
  GVariantDict classic;

  g_variant_dict_init (&classic, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (renamed); i++)
    {
      g_autoptr (GVariant) value = g_variant_lookup_value (record, renamed[i].column, NULL);

      if (value != NULL)
        g_variant_dict_insert_value (&classic, renamed[i].classic, value);
    }
  for (guint i = 0; i < G_N_ELEMENTS (evidence); i++)
    insert (&classic, evidence[i].classic, get_evidence (said, evidence[i].key));
  (void) g_variant_lookup (record, "storage", "&s", &storage);
  /* Of an NVMe drive the older tool did not know the size. */
  g_variant_dict_insert (&classic, "mmc_size", "x",
                         g_strcmp0 (storage, "nvme") == 0 ? (gint64) 0
                                                          : get_number (record, "storage_size"));
  insert_revision (&classic, (guint) get_number (record, "board_revision"));
  insert_answer (&classic, "devkey_revoked", said, "secure-devkey", "present");
  insert_answer (&classic, "eeprom_write_protected", said, "eeprom-write-protect", "on");
  insert_lock (&classic, record, get_evidence (said, "secure-otp"));
  insert (&classic, "provision_ts", time);
  return g_variant_ref_sink (g_variant_dict_end (&classic));
}
