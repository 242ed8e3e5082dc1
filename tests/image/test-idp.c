/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Descriptions of image sets: the real daemon's verdicts (../shared/vectors), and what a host has
 * to refuse although a device would take it. */
#include "config.h"

#include <string.h>

#include "pn-error.h"
#include "pn-idp.h"
#include "pn-io.h"

#define MIB ((guint64) 1024 * 1024)

/* Single quotes are double ones. A slotted set with a container, and one partition that grows. */
static const char good[] =
    "{'IGversion':'2.2.0','IGmeta':{'IGconf_device_class':'cm5','IGconf_device_variant':'none',"
    "'IGconf_device_storage_type':'emmc','IGconf_device_sector_size':512,"
    "'IGconf_image_version':'1.0','IGconf_image_outputdir':'/build'},"
    "'attributes':{'image-name':'a.img','image-size':67108864,'image-palign-bytes':'8M'},"
    "'layout':{'partitiontable':{'label':'gpt','id':'6C0F5B12-3A57-4C1D-9E21-7B1B0E5D2A01'},"
    "'partitionimages':{"
    "'boot':{'name':'boot','in-partition-table':'true','type':'vfat','image':'boot.vfat',"
    "'simage':'boot.sparse','size':8388608,'partition-label':'BOOT',"
    "'partition-type-uuid':'EBD0A0A2-B9E5-4433-87C0-68B6B72699C7',"
    "'partition-uuid':'0E2C6D4A-97B1-4B0F-8E11-2F7D53C1A001'},"
    "'root_a':{'image':'root.ext4','simage':'root.sparse','size':25165824,"
    "'partition-type-uuid':'0FC63DAF-8483-4772-8E79-3D69D8477DE4',"
    "'partition-uuid':'0E2C6D4A-97B1-4B0F-8E11-2F7D53C1A002'},"
    "'root_b':{'image':'root.ext4','simage':'root.sparse','size':25165824,"
    "'partition-type-uuid':'0FC63DAF-8483-4772-8E79-3D69D8477DE4'},"
    "'data':{'image':'data.ext4','simage':'data.sparse','size':9000000,"
    "'partition-type-uuid':'0FC63DAF-8483-4772-8E79-3D69D8477DE4'}},"
    "'provisionmap':[{'attributes':{'PMAPversion':'1.3.0','system_type':'slotted'}},"
    "{'slots':{'A':{'partitions':[{'image':'boot','static':{'role':'boot','id':'x'}}]}}},"
    "{'encrypted':{'luks2':{'key_size':512,'cipher':'aes-xts-plain64','hash':'sha256',"
    "'label':'ROOTS','uuid':'7f2d4f0c-5a55-4f7b-8d1e-1c2b3a495b6d','mname':'roots',"
    "'etype':'partitioned'},'slots':{'B':{'partitions':[{'image':'root_b'}]},"
    "'A':{'partitions':[{'image':'root_a','static':{'role':'system'}}]}}}},"
    "{'partitions':[{'image':'data','expand-to-fit':true}]}]}}";

/* The text with the first @from replaced. */
static GBytes *
make_json (const char *from, const char *to)
{
  g_autoptr (GString) text = g_string_new (good);

  if (from != NULL)
    g_assert_cmpuint (g_string_replace (text, from, to, 1), ==, 1);
  g_string_replace (text, "'", "\"", 0);
  return g_string_free_to_bytes (g_steal_pointer (&text));
}

static PnIdp *
parse_good (void)
{
  g_autoptr (GBytes) json = make_json (NULL, NULL);
  g_autoptr (GError) error = NULL;
  PnIdp *idp = pn_idp_parse (json, PN_IDP_HOST, &error);

  g_assert_no_error (error);
  return idp;
}

/* "node:file size[+]" of each target, by lines. */
static char *
describe_plan (const PnIdp *idp)
{
  g_autoptr (GPtrArray) plan = pn_idp_plan (idp);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < plan->len; i++)
    {
      const PnIdpTarget *target = plan->pdata[i];

      g_string_append_printf (text, "%s:%s %" G_GUINT64_FORMAT "%s\n", target->node,
                              target->item->image->file, target->size / MIB,
                              target->grows ? "+" : "");
    }
  return g_string_free (text, FALSE);
}

static void
test_plan (void)
{
  g_autoptr (PnIdp) idp = parse_good ();
  g_autofree char *plan = describe_plan (idp);

  g_assert_cmpstr (plan, ==,
                   "mmcblk0p1:boot.sparse 8\nmapper/roots1:root.sparse 24\n"
                   "mapper/roots2:root.sparse 24\nmmcblk0p3:data.sparse 16+\n");
  /* 16 MiB of header, two alignments of GPT, two roots; around it a GPT of the disk. */
  g_assert_cmpuint (pn_idp_get_item_size (idp, idp->items->pdata[1]), ==, 80 * MIB);
  g_assert_cmpuint (pn_idp_get_needed (idp), ==, (8 + 80 + 16 + 2 * 8) * MIB);
  g_assert_true (pn_idp_encrypts (idp));
}

static void
test_round_trip (void)
{
  g_autoptr (PnIdp) idp = parse_good ();
  g_autoptr (GBytes) json = pn_idp_to_json (idp);
  g_autoptr (GError) error = NULL;
  g_autoptr (PnIdp) again = pn_idp_parse (json, PN_IDP_HOST, &error);
  g_autoptr (PnIdp) device = NULL;
  g_autoptr (GBytes) same = NULL;
  g_autofree char *plan = describe_plan (idp);
  g_autofree char *plan_again = NULL;

  g_assert_no_error (error);
  same = pn_idp_to_json (again);
  g_assert_true (g_bytes_equal (json, same));
  plan_again = describe_plan (again);
  g_assert_cmpstr (plan, ==, plan_again);
  g_assert_cmpint (((PnIdpItem *) again->items->pdata[0])->role, ==, PN_IDP_ROLE_BOOT);
  /* Nothing of the machine that built it goes to a device. */
  g_assert_null (memmem (g_bytes_get_data (json, NULL), g_bytes_get_size (json), "/build", 6));
  device = pn_idp_parse (json, PN_IDP_DEVICE, &error);
  g_assert_no_error (error);
}

/* What is wrong, what the daemon does with it, and what our sentence has to name. */
static const struct
{
  const char *from, *to;
  gboolean device_takes;
  const char *says;
} wrong[] = {
  { "'2.2.0'", "'2.2'", FALSE, "IGversion" },
  { "'2.2.0'", "'3.0.0'", FALSE, "only 2.x" },
  { "'2.2.0'", "2", FALSE, "IGversion" },
  { "'1.3.0'", "'2.0.0'", FALSE, "PMAPversion" },
  { "'cm5'", "''", FALSE, "IGconf_device_class" },
  { "'cm5'", "'pi3'", TRUE, "device class" },
  { "'emmc'", "'usb'", FALSE, "storage" },
  { "_size':512", "_size':0", TRUE, "sector size" },
  { "_size':512", "_size':1024", TRUE, "sector size" },
  { "_size':512", "_size':513", FALSE, "sector size" },
  { "_size':512", "_size':-512", FALSE, "sector_size" },
  { "_size':512", "_size':'512'", FALSE, "sector_size" },
  { "'8M'", "'0'", TRUE, "0" },
  { "'8M'", "'512K'", FALSE, "1 MiB" },
  { "'8M'", "8388608", FALSE, "image-palign-bytes" },
  { "67108864", "0", FALSE, "image-size" },
  { "'gpt'", "'GPT'", FALSE, "gpt" },
  { "'gpt'", "'dos'", FALSE, "takes 4" },
  { "6C0F5B12-", "", TRUE, "UUID" },
  { "'boot.sparse'", "''", FALSE, "simage" },
  { "'boot.sparse'", "'../boot'", TRUE, "name" },
  { "'boot.sparse'", "'a:b'", TRUE, "name" },
  { "'boot.sparse'", "'.a'", TRUE, "name" },
  { "'boot.sparse'", "'a\\u0007'", TRUE, "name" },
  { "8388608,", "0,", TRUE, "size" },
  { "8388608,", "8388608.5,", FALSE, "size" },
  { "8388608,", "9223372036854775807,", TRUE, "size" },
  { "'partition-type-uuid':'EBD0", "'x':'EBD0", FALSE, "type" },
  { "'partition-type-uuid':'EBD0", "'partition-type':'0xc','x':'EBD0", TRUE, "type-uuid" },
  { "EBD0A0A2-", "EBD0A0A2", TRUE, "UUID" },
  { "53C1A002", "53C1A001", TRUE, "UUID" },
  { "'role':'boot',", "", FALSE, "role" },
  { "{'role':'boot','id':'x'}", "7", FALSE, "static" },
  { "'image':'root_b'}", "'image':'root_a'}", TRUE, "twice" },
  { "'image':'root_b'}", "'image':'nothing'}", FALSE, "nothing" },
  { "'image':'boot',", "'image':'boot','expand-to-fit':true,", TRUE, "last" },
  { "'expand-to-fit':true", "'expand-to-fit':'true'", FALSE, "expand-to-fit" },
  { "'slots':{'A':{'partitions':[{'image':'boot'", "'slots':{'C':{'partitions':[{'image':'boot'",
    TRUE, "slot" },
  { "'key_size':512", "'key_size':0", TRUE, "key size" },
  { "'key_size':512", "'key_size':511", FALSE, "key size" },
  { "'mname':'roots'", "'mname':'roots1'", TRUE, "name" },
  { "'mname':'roots'", "'mname':'a/b'", TRUE, "name" },
  { "'partitioned'", "'raw'", TRUE, "raw" },
  { "'partitioned'", "'other'", FALSE, "raw" },
  { "'ROOTS'", "'1234567890123456789012345678901234567'", FALSE, "36" },
  { "'7f2d4f0c-", "'", TRUE, "UUID" },
  { "'B':{'partitions':[{'image':'root_b'}]}", "'B':{'partitions':[],'encrypted':{}}", TRUE,
    "inside" },
  { "{'partitions':[{'image':'data'", "7,{'partitions':[{'image':'data'", TRUE, "object" },
  { "'slotted'", "'round'", FALSE, "flat" },
  { "'provisionmap':[",
    "'provisionmap':[{'attributes':{'PMAPversion':'1.3.0',"
    "'system_type':'flat'}},",
    FALSE, "twice" },
  { "'provisionmap'", "'map'", FALSE, "map" },
  { "'layout'", "'loyout'", FALSE, "layout" },
};

static void
test_wrong (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GBytes) json = make_json (wrong[i].from, wrong[i].to);
      g_autoptr (GError) error = NULL;
      g_autoptr (GError) device_error = NULL;
      g_autoptr (PnIdp) host = pn_idp_parse (json, PN_IDP_HOST, &error);
      g_autoptr (PnIdp) device = pn_idp_parse (json, PN_IDP_DEVICE, &device_error);

      g_test_message ("%s → %s: %s", wrong[i].from, wrong[i].to,
                      error != NULL ? error->message : "taken");
      g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_DATA);
      g_assert_null (host);
      g_assert_nonnull (strstr (error->message, wrong[i].says));
      g_assert_true ((device != NULL) == wrong[i].device_takes);
      if (device == NULL)
        g_assert_error (device_error, PN_ERROR, PN_ERROR_INVALID_DATA);
    }
}

/* What ends the daemon is an error of its own, so that the virtual device can end, too. */
static void
test_crash (void)
{
  static const char *const cases[][2] = {
    { "'8M'", "'8X'" },
    { "'8M'", "'M'" },
    { "'8M'", "'8MB'" },
    { "'8M'", "'-8M'" },
    { "[{'image':'root_b'}]", "['root_b']" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) json = make_json (cases[i][0], cases[i][1]);
      g_autoptr (GError) error = NULL;
      g_autoptr (GError) host_error = NULL;

      g_assert_null (pn_idp_parse (json, PN_IDP_DEVICE, &error));
      g_assert_error (error, PN_ERROR, PN_ERROR_FAILED);
      g_assert_null (pn_idp_parse (json, PN_IDP_HOST, &host_error));
      g_assert_error (host_error, PN_ERROR, PN_ERROR_INVALID_DATA);
    }
}

static void
test_truncated (void)
{
  g_autoptr (GBytes) json = make_json (NULL, NULL);

  for (gsize size = 0; size < g_bytes_get_size (json); size++)
    {
      g_autoptr (GBytes) cut = g_bytes_new_from_bytes (json, 0, size);
      g_autoptr (GError) error = NULL;

      g_assert_null (pn_idp_parse (cut, PN_IDP_HOST, &error));
      g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_DATA);
    }
}

/* Too deep, too many, too large: refused before anything is built of it. */
static void
test_limits (void)
{
  g_autoptr (GString) many = g_string_new ("[");
  g_autofree char *deep = g_strnfill (PN_IDP_MAX - 10, '[');
  g_autofree char *large = g_strnfill (PN_IDP_MAX + 1, ' ');
  const char *const texts[] = { deep, large, "/*\"*/{}", "[]", "null", "{}" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GBytes) json = g_bytes_new (texts[i], strlen (texts[i]));
      g_autoptr (GError) error = NULL;

      g_assert_null (pn_idp_parse (json, PN_IDP_DEVICE, &error));
      g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_DATA);
    }
  for (guint i = 0; i < PN_IDP_MAX_ITEMS; i++)
    g_string_append (many, "{'image':'boot'},");
  {
    g_autoptr (GBytes) json =
        make_json ("[{'image':'data'", g_string_append (many, "{'image':'data'")->str);
    g_autoptr (GError) error = NULL;

    g_assert_null (pn_idp_parse (json, PN_IDP_DEVICE, &error));
    g_assert_error (error, PN_ERROR, PN_ERROR_INVALID_DATA);
    g_assert_nonnull (strstr (error->message, "64"));
  }
}

static void
test_classes (void)
{
  g_assert_true (pn_idp_class_matches ("cm5", "Raspberry Pi 5 Model B Rev 1.0"));
  g_assert_true (pn_idp_class_matches ("PI5", "Raspberry Pi Compute Module 5 Rev 1.0"));
  g_assert_true (pn_idp_class_matches ("pi4", "Raspberry Pi 400 Rev 1.0"));
  g_assert_true (pn_idp_class_matches ("zero2w", "Raspberry Pi Zero 2 W Rev 1.0"));
  g_assert_true (pn_idp_class_matches ("model b", "Raspberry Pi 5 Model B Rev 1.0"));
  g_assert_false (pn_idp_class_matches ("pi4", "Raspberry Pi Compute Module 5 Rev 1.0"));
  g_assert_false (pn_idp_class_matches ("pi3", "Raspberry Pi 3 Model B Rev 1.2"));
}

/* The daemon's verdict on each descriptor, and what a host says; README.md of the vectors. */
static const struct
{
  const char *name;
  gboolean device, host;
} verdicts[] = {
  { "clear", TRUE, TRUE },
  { "slots", TRUE, TRUE },
  { "mbr", TRUE, TRUE },
  { "slots_with_encrypted", TRUE, TRUE },
  { "luks_nouuid", TRUE, TRUE },
  { "mixed_entry_order", TRUE, TRUE },
  { "two_expand", TRUE, FALSE },
  { "sector_0", TRUE, FALSE },
  { "bad1", TRUE, TRUE },
  { "bad3", TRUE, TRUE },
  { "bad4", FALSE, FALSE },
  { "bad5", FALSE, FALSE },
  { "bad6", FALSE, FALSE },
  { "bad7", FALSE, FALSE },
  { "bad8", FALSE, FALSE },
  { "bad9", FALSE, FALSE },
  { "static_empty", FALSE, FALSE },
  { "label_GPT", FALSE, FALSE },
  { "luks_label37", FALSE, FALSE },
  { "igversion_short", FALSE, FALSE },
  { "mbr_5parts", FALSE, FALSE },
  { "palign_8X", FALSE, FALSE },
  { "pmap_partition_not_obj", FALSE, FALSE },
};

static GBytes *
load_vector (const char *name)
{
  g_autofree char *file = g_strconcat (name, ".json", NULL);
  g_autofree char *path =
      g_build_filename (g_getenv ("PUNNET_VECTORS"), "fastboot", "idp", file, NULL);
  g_autoptr (GError) error = NULL;
  GBytes *json = pn_read_file (path, PN_IDP_MAX, &error);

  if (json == NULL)
    g_test_skip ("needs ../shared/vectors");
  return json;
}

static void
test_verdicts (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (verdicts); i++)
    {
      g_autoptr (GBytes) json = load_vector (verdicts[i].name);
      g_autoptr (GError) error = NULL;
      g_autoptr (GError) host_error = NULL;
      g_autoptr (PnIdp) device = NULL;
      g_autoptr (PnIdp) host = NULL;

      if (json == NULL)
        return;
      device = pn_idp_parse (json, PN_IDP_DEVICE, &error);
      host = pn_idp_parse (json, PN_IDP_HOST, &host_error);
      g_test_message ("%s: %s", verdicts[i].name, host != NULL ? "taken" : host_error->message);
      g_assert_true ((device != NULL) == verdicts[i].device);
      g_assert_true ((host != NULL) == verdicts[i].host);
      if (g_str_equal (verdicts[i].name, "palign_8X") ||
          g_str_equal (verdicts[i].name, "pmap_partition_not_obj"))
        g_assert_error (error, PN_ERROR, PN_ERROR_FAILED);
    }
}

/* What the real daemon listed (idp.md §4), and the storage that it asked for. */
static void
test_daemon (void)
{
  static const struct
  {
    const char *name, *plan;
    guint64 needed; /* bytes */
  } known[] = {
    { "clear", "mmcblk0p1:boot.vfat.sparse 8\nmmcblk0p2:root.ext4.sparse 24+\n", 48 * MIB },
    { "slots",
      "mmcblk0p1:config.vfat.sparse 8\nmmcblk0p2:boot.vfat.sparse 8\n"
      "mmcblk0p3:boot.vfat.sparse 8\nmapper/gw_crypt1:root.ext4.sparse 24\n"
      "mapper/gw_crypt2:root.ext4.sparse 24\nmmcblk0p5:data.ext4.sparse 16+\n",
      136 * MIB },
    { "mbr", "mmcblk0p1:boot.vfat.sparse 8\nmapper/sensor_crypt:root.ext4.sparse 32+\n", 56 * MIB },
    { "bad3", NULL, G_GUINT64_CONSTANT (17205035008) },
  };

  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    {
      g_autoptr (GBytes) json = load_vector (known[i].name);
      g_autoptr (GError) error = NULL;
      g_autoptr (PnIdp) idp = json != NULL ? pn_idp_parse (json, PN_IDP_HOST, &error) : NULL;
      g_autofree char *plan = NULL;

      if (json == NULL)
        return;
      g_assert_no_error (error);
      plan = describe_plan (idp);
      if (known[i].plan != NULL)
        g_assert_cmpstr (plan, ==, known[i].plan);
      g_assert_cmpuint (pn_idp_get_needed (idp), ==, known[i].needed);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/idp/plan", test_plan);
  g_test_add_func ("/idp/round-trip", test_round_trip);
  g_test_add_func ("/idp/wrong", test_wrong);
  g_test_add_func ("/idp/crash", test_crash);
  g_test_add_func ("/idp/truncated", test_truncated);
  g_test_add_func ("/idp/limits", test_limits);
  g_test_add_func ("/idp/classes", test_classes);
  g_test_add_func ("/idp/verdicts", test_verdicts);
  g_test_add_func ("/idp/daemon", test_daemon);
  return g_test_run ();
}
