/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-certificate.h"

#include <string.h>

#include "pn-error.h"
#include "pn-json.h"
#include "pn-permanent.h"
#include "pn-second-person.h"

static const char *
get_text (GVariant *row, const char *column)
{
  const char *text = NULL;

  return g_variant_lookup (row, column, "&s", &text) ? text : NULL;
}

static gint64
get_number (GVariant *row, const char *column)
{
  gint64 number = 0;

  (void) g_variant_lookup (row, column, "x", &number);
  return number;
}

static void
add_text (GVariantDict *dict, const char *name, const char *text)
{
  if (text != NULL && text[0] != '\0')
    g_variant_dict_insert (dict, name, "s", text);
}

static void
add_time (GVariantDict *dict, const char *name, gint64 microseconds)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (microseconds / G_USEC_PER_SEC);
  g_autofree char *text = time != NULL ? g_date_time_format (time, "%Y-%m-%dT%H:%M:%SZ") : NULL;

  add_text (dict, name, text);
}

/* Columns of text and of numbers, under the names of the certificate. */
typedef struct
{
  const char *name, *column;
  gboolean number;
} Member;

static GVariant *
pick (GVariant *row, const Member *members, gsize n)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  for (gsize i = 0; i < n; i++)
    if (members[i].number)
      g_variant_dict_insert (&dict, members[i].name, "x", get_number (row, members[i].column));
    else
      add_text (&dict, members[i].name, get_text (row, members[i].column));
  return g_variant_dict_end (&dict);
}

static GVariant *
make_device (GVariant *row)
{
  static const Member members[] = {
    { "serial", "serial" }, { "model", "model" }, { "mac", "mac" }, { "duid", "duid" }
  };
  g_autofree char *revision =
      g_strdup_printf ("%06" G_GINT64_MODIFIER "x", (guint64) get_number (row, "board_revision"));
  g_autoptr (GVariant) picked = g_variant_ref_sink (pick (row, members, G_N_ELEMENTS (members)));
  GVariantDict dict;

  g_variant_dict_init (&dict, picked);
  add_text (&dict, "board-revision", revision);
  return g_variant_dict_end (&dict);
}

static GVariant *
make_software (GVariant *row)
{
  static const Member members[] = { { "recipe", "recipe" },
                                    { "recipe-revision", "recipe_revision", TRUE },
                                    { "mode", "mode" },
                                    { "bundle", "bundle" },
                                    { "image", "image_name" },
                                    { "image-sha256", "image_sha256" },
                                    { "storage", "storage" },
                                    { "storage-size", "storage_size", TRUE },
                                    { "bytes-sent", "bytes_sent", TRUE },
                                    { "bytes-verified", "bytes_verified", TRUE } };

  return pick (row, members, G_N_ELEMENTS (members));
}

/* NULL where the device did not say it. */
static const char *
get_said (GVariant *evidence, const char *name)
{
  const char *value = NULL;

  return g_variant_lookup (evidence, name, "&s", &value) && value[0] != '\0' &&
                 !g_str_equal (value, "not available")
             ? value
             : NULL;
}

static GVariant *
make_run (GVariant *row, GVariant *evidence)
{
  static const Member members[] = { { "record", "id", TRUE },
                                    { "slot", "slot" },
                                    { "batch", "batch" },
                                    { "operator", "operator" },
                                    { "attempt", "attempt", TRUE } };
  g_autoptr (GVariant) picked = g_variant_ref_sink (pick (row, members, G_N_ELEMENTS (members)));
  GVariantDict dict;

  g_variant_dict_init (&dict, picked);
  add_text (&dict, "second-person", get_said (evidence, PN_SECOND_PERSON_EVIDENCE));
  add_time (&dict, "started", get_number (row, "started"));
  add_time (&dict, "ended", get_number (row, "ended"));
  return g_variant_dict_end (&dict);
}

/* What was wanted for ever, and what was read back; "read" is not there where that is not known. */
static GVariant *
make_permanent (GVariant *row, GVariant *evidence)
{
  const struct
  {
    const char *word, *said, *yes;
  } bits[] = { { PN_PERMANENT_CUSTOMER_KEY, get_said (evidence, "secure-otp"), "present" },
               { PN_PERMANENT_DEVICE_KEY, get_said (evidence, "device-public-key-sha256"), NULL },
               { PN_PERMANENT_JTAG_LOCK, get_said (evidence, "JTAG_LOCKED"), "1" },
               { PN_PERMANENT_RPIBOOT_GPIO, NULL, NULL } };
  g_auto (GStrv) wanted =
      g_strsplit (get_text (row, "permanent") != NULL ? get_text (row, "permanent") : "", " ", 0);
  GVariantDict all;

  g_variant_dict_init (&all, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (bits); i++)
    {
      GVariantDict bit;

      g_variant_dict_init (&bit, NULL);
      g_variant_dict_insert (&bit, "wanted", "b",
                             g_strv_contains ((const char *const *) wanted, bits[i].word));
      if (bits[i].said != NULL)
        g_variant_dict_insert (&bit, "read", "b",
                               bits[i].yes == NULL || g_str_equal (bits[i].said, bits[i].yes));
      if (i == 0)
        {
          add_text (&bit, "wanted-hash", get_text (row, "wanted_key"));
          add_text (&bit, "read-hash", get_text (row, "key_hash"));
        }
      g_variant_dict_insert_value (&all, bits[i].word, g_variant_dict_end (&bit));
    }
  return g_variant_dict_end (&all);
}

char *
pn_certificate_write (GVariant *row, const char *station_key, GError **error)
{
  const char *text = get_text (row, "evidence");
  const char *station = get_text (row, "station");
  g_autoptr (GVariant) evidence = text != NULL ? pn_json_to_variant (text, "a{ss}") : NULL;
  GVariantDict all;

  if (g_strcmp0 (get_text (row, "verdict"), "passed") != 0)
    {
      pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                    "This run did not pass, so there is nothing to certify");
      return NULL;
    }
  if (station != NULL && station[0] != '\0')
    {
      pn_set_error (
          error, PN_ERROR_INVALID_ARGUMENT,
          "This record was taken over from “%s”: this station has not seen the device, and "
          "cannot vouch for it. Have the record certified by that station",
          station);
      return NULL;
    }
  if (evidence == NULL)
    evidence = g_variant_ref_sink (g_variant_new ("a{ss}", NULL));
  g_variant_dict_init (&all, NULL);
  g_variant_dict_insert (&all, "format", "s", "punnet-certificate-1");
  g_variant_dict_insert (&all, "station-key", "s", station_key);
  g_variant_dict_insert (&all, "verify", "s",
                         "openssl pkeyutl -verify -pubin -inkey station-key.pub -rawin -in "
                         "CERTIFICATE.json -sigfile CERTIFICATE.sig");
  g_variant_dict_insert_value (&all, "device", make_device (row));
  g_variant_dict_insert_value (&all, "software", make_software (row));
  g_variant_dict_insert_value (&all, "run", make_run (row, evidence));
  g_variant_dict_insert_value (&all, "permanent", make_permanent (row, evidence));
  g_variant_dict_insert_value (&all, "evidence", evidence);
  return pn_json_to_canonical (g_variant_dict_end (&all));
}
