/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The gadget's image sets beyond what the transcripts show: containers, faults, what stays open. */
#include "config.h"

#include <string.h>

#include "pn-test-gadget.h"

#define MIB ((guint64) 1024 * 1024)

/* Single quotes are double ones. Two containers, one of them with a GPT inside. */
static const char description[] =
    "{'IGversion':'2.2.0','IGmeta':{'IGconf_device_class':'cm5','IGconf_device_variant':'none',"
    "'IGconf_device_storage_type':'emmc','IGconf_device_sector_size':512,"
    "'IGconf_image_version':'1'},'attributes':{'image-name':'a','image-size':1,"
    "'image-palign-bytes':'2M'},'layout':{'partitiontable':{'label':'gpt',"
    "'id':'6C0F5B12-3A57-4C1D-9E21-7B1B0E5D2A01'},'partitionimages':{"
    "'boot':{'image':'b','simage':'b.sparse','size':3000000,'partition-label':'BOOT',"
    "'partition-uuid':'0E2C6D4A-97B1-4B0F-8E11-2F7D53C1A001',"
    "'partition-type-uuid':'EBD0A0A2-B9E5-4433-87C0-68B6B72699C7'},"
    "'root':{'image':'r','simage':'r.sparse','size':4194304,'partition-label':'ROOT',"
    "'partition-type-uuid':'0FC63DAF-8483-4772-8E79-3D69D8477DE4'},"
    "'data':{'image':'d','simage':'d.sparse','size':1048576,"
    "'partition-type-uuid':'0FC63DAF-8483-4772-8E79-3D69D8477DE4'}},"
    "'provisionmap':[{'attributes':{'PMAPversion':'1.3.0','system_type':'flat'}},"
    "{'partitions':[{'image':'boot'}]},"
    "{'encrypted':{'luks2':{'key_size':256,'cipher':'aes-xts-plain64','hash':'sha512',"
    "'mname':'roots','etype':'partitioned'},'partitions':[{'image':'root'}]}},"
    "{'encrypted':{'luks2':{'key_size':512,'cipher':'aes-xts-plain64','hash':'sha256',"
    "'label':'DATA','mname':'vault','etype':'raw'},'partitions':[{'image':'data'}],"
    "'expand-to-fit':true}}]}}";

static void
stage_description (PnTestGadget *self)
{
  g_autoptr (GString) text = g_string_new (description);

  g_string_replace (text, "'", "\"", 0);
  pn_test_gadget_stage (self, text->str, text->len);
}

/* An answer of idpgetblk; NULL where the list ended. */
static char *
next_block (PnTestGadget *self)
{
  g_autofree char *line = NULL;
  g_autofree char *last = NULL;

  g_assert_true (pn_test_gadget_send_frame (self, "oem idpgetblk", 13));
  line = pn_test_gadget_reply (self);
  if (g_str_equal (line, "OKAYIDP:done"))
    return NULL;
  last = pn_test_gadget_reply (self);
  g_assert_cmpstr (last, ==, "OKAYIDP:done");
  g_assert_true (g_str_has_prefix (line, "INFO"));
  return g_strdup (line + 4);
}

static void
assert_size (PnTestGadget *self, const char *node, guint64 expected)
{
  guint64 size = 0;

  g_assert_cmpint (pn_virtual_storage_look (self->storage, node, &size), ==, PN_NODE_FREE);
  g_assert_cmpuint (size, ==, expected);
}

/* Partitions and containers are where they have to be, and closed by idpdone alone. */
static void
test_idp (PnTestGadget *self, gconstpointer data)
{
  static const char *const blocks[] = { "mmcblk0p1:b.sparse", "mapper/roots1:r.sparse",
                                        "mapper/vault:d.sparse" };
  PnGadgetFaults faults = { .flip_bit = -1, .fail_write_at = -1, .idp_busy = 1 };
  guint64 size;

  pn_gadget_set_faults (self->gadget, &faults);
  pn_test_gadget_shake (self);
  pn_test_gadget_say (self, "oem fwcrypto init", "OKAYKey provisioned and LOCKed");
  stage_description (self);
  pn_test_gadget_say (self, "oem idpinit", "OKAYIDP:ready");
  pn_test_gadget_say (
      self, "oem idpwrite",
      "FAILIDP:failed to start provisioning: timed out re-reading partition table on "
      "/dev/mmcblk0");
  pn_test_gadget_say (self, "oem idpgetblk", "FAILIDP:not partitioned (state 6)");
  pn_test_gadget_say (self, "oem idpinit", "FAILIDP:already initialised");
  pn_test_gadget_say (self, "oem idpdone", "OKAYIDP:done");
  pn_test_gadget_say (self, "oem idpinit", "OKAYIDP:ready");
  pn_test_gadget_say (self, "oem idpwrite", "OKAYIDP:ok");
  for (guint i = 0; i < G_N_ELEMENTS (blocks); i++)
    {
      g_autofree char *block = next_block (self);

      g_assert_cmpstr (block, ==, blocks[i]);
    }
  g_assert_null (next_block (self));
  assert_size (self, "mmcblk0p1", 4 * MIB);
  assert_size (self, "mapper/roots1", 4 * MIB);
  /* To the disk's last grain, without the alignment at which a container's data begins. */
  assert_size (self, "mapper/vault", (64 - 2 - 2 - 4 - 24 - 2) * MIB);
  g_assert_cmpint (pn_virtual_storage_look (self->storage, "mmcblk0p2", &size), ==, PN_NODE_BUSY);
  g_assert_cmpuint (size, ==, 24 * MIB);
  pn_test_gadget_stage (self, "hello", 5);
  pn_test_gadget_say (self, "flash:mapper/roots1", "OKAYFlashing succeeded");
  pn_test_gadget_say (self, "oem idpdone", "OKAYIDP:done");
  g_assert_cmpint (pn_virtual_storage_look (self->storage, "mapper/roots1", &size), ==,
                   PN_NODE_MISSING);
  g_assert_cmpint (pn_virtual_storage_look (self->storage, "mmcblk0", &size), ==, PN_NODE_FREE);
}

/* A session that ends in the middle leaves the containers open: nothing goes on before a reboot. */
static void
test_idp_left_open (PnTestGadget *self, gconstpointer data)
{
  PnGadgetFaults faults = { .flip_bit = -1, .fail_write_at = -1, .idp_lose = 1 };
  g_autofree char *second = NULL;

  pn_gadget_set_faults (self->gadget, &faults);
  pn_test_gadget_shake (self);
  pn_test_gadget_say (self, "oem fwcrypto init", "OKAYKey provisioned and LOCKed");
  stage_description (self);
  pn_test_gadget_say (self, "oem idpinit", "OKAYIDP:ready");
  pn_test_gadget_say (self, "oem idpwrite", "OKAYIDP:ok");
  second = next_block (self);
  g_assert_cmpstr (second, ==, "mapper/roots1:r.sparse"); /* the first answer was lost */
  pn_test_gadget_shake (self);
  pn_test_gadget_say (self, "oem idpgetblk", "FAILIDP:not initialised");
  stage_description (self);
  pn_test_gadget_say (self, "oem idpinit",
                      "FAILIDP:cannot provision: storage device not ready (/dev/mmcblk0)");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/gadget/idp", PnTestGadget, NULL, pn_test_gadget_set_up, test_idp,
              pn_test_gadget_tear_down);
  g_test_add ("/gadget/idp/left-open", PnTestGadget, NULL, pn_test_gadget_set_up,
              test_idp_left_open, pn_test_gadget_tear_down);
  return g_test_run ();
}
