/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-classic-record.h"

#include "pn-evidence.h"
#include "pn-json.h"
#include "pn-record-format.h"

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
  { "os_image_filename", "image_name" },
  { "os_image_sha256", "image_sha256" },
  { "customer_key_fingerprint", "key_hash" },
};

/* What the device said of itself. */
static const struct
{
  const char *classic;
  PnEvidence evidence;
  gboolean number;
} said_columns[] = {
  { "wifi_mac", PN_EVIDENCE_WIFI },
  { "bt_mac", PN_EVIDENCE_BLUETOOTH },
  { "mmc_cid", PN_EVIDENCE_STORAGE_CID },
  { "jtag_locked", PN_EVIDENCE_JTAG, TRUE },
  { "eeprom_size", PN_EVIDENCE_EEPROM_SIZE, TRUE },
  { "eeprom_jedec", PN_EVIDENCE_EEPROM_JEDEC },
  { "eeprom_unique_id", PN_EVIDENCE_EEPROM_ID },
  { "bootloader_build_timestamp", PN_EVIDENCE_BOOTLOADER_TIME, TRUE },
};

/* The code tables of new-style revision codes. */
#define NEW_STYLE (1u << 23)
static const char *const processors[] = { "BCM2835", "BCM2836", "BCM2837", "BCM2711", "BCM2712" };
static const char *const memories[] = {
  "256 MB", "512 MB", "1 GB", "2 GB", "4 GB", "8 GB", "16 GB"
};
static const char *const makers[] = { "Sony UK",    "Egoman", "Embest",
                                      "Sony Japan", "Embest", "Stadium" };

static gint64
get_number (GVariant *record, const char *column)
{
  gint64 number = 0;

  (void) g_variant_lookup (record, column, "x", &number);
  return number;
}

/* a{ss}. (transfer full) */
static GVariant *
get_evidence (GVariant *record)
{
  const char *text = NULL;
  GVariant *said;

  (void) g_variant_lookup (record, "evidence", "&s", &text);
  said = text != NULL ? pn_json_to_variant (text, "a{ss}") : NULL;
  return said != NULL ? said : g_variant_ref_sink (g_variant_new ("a{ss}", NULL));
}

static void
insert (GVariantDict *classic, const char *column, const char *text)
{
  if (text != NULL && text[0] != '\0')
    g_variant_dict_insert (classic, column, "s", text);
}

static void
insert_said (GVariantDict *classic, GVariant *said)
{
  for (guint i = 0; i < G_N_ELEMENTS (said_columns); i++)
    {
      const char *text = pn_evidence_lookup (said, said_columns[i].evidence);

      if (text != NULL && said_columns[i].number)
        g_variant_dict_insert (classic, said_columns[i].classic, "x",
                               g_ascii_strtoll (text, NULL, 10));
      else
        insert (classic, said_columns[i].classic, text);
    }
}

/* Said as @yes, as another word, or not at all. */
static void
insert_answer (
    GVariantDict *classic, const char *column, GVariant *said, PnEvidence evidence, const char *yes)
{
  const char *answer = pn_evidence_lookup (said, evidence);

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

/* The older tool's "secure" says that the device has a private key of its own, which a locked one
 * has, too. It wrote one fact twice: signed_boot_enabled is a copy of pubkey_programmed. */
static void
insert_lock (GVariantDict *classic, GVariant *record, GVariant *said)
{
  const char *otp = pn_evidence_lookup (said, PN_EVIDENCE_SECURE_BOOT);
  gboolean was_locked = get_number (record, "secure") == 1;
  gboolean locked = otp != NULL ? g_str_equal (otp, "present") : was_locked;
  gboolean secure = was_locked || pn_evidence_lookup (said, PN_EVIDENCE_DEVICE_KEY) != NULL;

  g_variant_dict_insert (classic, "secure", "x", (gint64) secure);
  g_variant_dict_insert (classic, "pubkey_programmed", "x", (gint64) locked);
  g_variant_dict_insert (classic, "signed_boot_enabled", "x", (gint64) locked);
}

GVariant *
pn_classic_record (GVariant *record, gboolean local_times)
{
  g_autoptr (GVariant) said = get_evidence (record);
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
  insert_said (&classic, said);
  (void) g_variant_lookup (record, "storage", "&s", &storage);
  /* Of an NVMe drive the older tool did not know the size. */
  g_variant_dict_insert (&classic, "mmc_size", "x",
                         g_strcmp0 (storage, "nvme") == 0 ? (gint64) 0
                                                          : get_number (record, "storage_size"));
  insert_revision (&classic, (guint) get_number (record, "board_revision"));
  insert_answer (&classic, "devkey_revoked", said, PN_EVIDENCE_DEVELOPMENT_KEY, "present");
  insert_answer (&classic, "eeprom_write_protected", said, PN_EVIDENCE_WRITE_PROTECTION, "on");
  insert_lock (&classic, record, said);
  insert (&classic, "provision_ts", time);
  return g_variant_ref_sink (g_variant_dict_end (&classic));
}
