/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The variables of fastboot.md §8, their trailing NULs and newlines included. */
#include "config.h"

#include "pn-gadget-private.h"

#include <string.h>

#define MAX_LOG 1000 /* lines of the kernel log */

/* A value being made: FALSE from a getter means FAIL with that text. */
typedef gboolean (*Getter) (PnGadget *gadget, const char *const *arguments, GString *value);

/* Read from OTP row 32, which is the board's revision on BCM2712 alone (signing.md §10). */
#define BIT_FIELD(name, shift, mask)                                                               \
  static gboolean name (PnGadget *gadget, const char *const *arguments, GString *value)            \
  {                                                                                                \
    guint32 row = gadget->board.chip == PN_CHIP_BCM2712 ? gadget->board.board_revision : 0;        \
                                                                                                   \
    g_string_append_printf (value, "0x%X", (row >> (shift)) & (mask));                             \
    return TRUE;                                                                                   \
  }

BIT_FIELD (revision_processor, 12, 0xf)
BIT_FIELD (revision_manufacturer, 16, 0xf)
BIT_FIELD (revision_memory, 20, 0x7)
BIT_FIELD (revision_type, 4, 0xff)
BIT_FIELD (revision_revision, 0, 0xf)

/* What the device tree holds ends in a NUL. */
static gboolean
append_tree (GString *value, const char *text)
{
  g_string_append (value, text);
  g_string_append_c (value, '\0');
  return TRUE;
}

static gboolean
product (PnGadget *gadget, const char *const *arguments, GString *value)
{
  return append_tree (value, gadget->board.model);
}

static gboolean
serialno (PnGadget *gadget, const char *const *arguments, GString *value)
{
  return append_tree (value, gadget->board.serial);
}

/* Where there is no boot EEPROM, nobody puts these into the device tree. */
static gboolean
has_bootloader (PnGadget *gadget)
{
  return gadget->board.chip != PN_CHIP_BCM2710;
}

static gboolean
version_bootloader (PnGadget *gadget, const char *const *arguments, GString *value)
{
  return !has_bootloader (gadget) ||
         append_tree (value, "5d2ba5ca0d3c4e6f8a9b0c1d2e3f405162738495");
}

static gboolean
sdram_size (PnGadget *gadget, const char *const *arguments, GString *value)
{
  if (gadget->board.sdram_size == 0)
    return FALSE;
  g_string_append_printf (value, "%" G_GUINT64_FORMAT, gadget->board.sdram_size);
  return TRUE;
}

/* The three interfaces have consecutive addresses. */
static gboolean
append_mac (PnGadget *gadget, guint offset, GString *value)
{
  guint64 last = 0;

  /* OTP rows 50 to 55: on BCM2711 they are part of the customer key's hash. */
  if (gadget->board.chip != PN_CHIP_BCM2712)
    {
      g_string_append (value, "00:00:00:00:00:00");
      return TRUE;
    }
  if (gadget->board.mac == NULL || strlen (gadget->board.mac) != 17)
    return FALSE;
  g_ascii_string_to_unsigned (gadget->board.mac + 15, 16, 0, 255, &last, NULL);
  g_string_append_len (value, gadget->board.mac, 15);
  g_string_append_printf (value, "%02x", (guint) (last + offset) & 0xff);
  return TRUE;
}

static gboolean
mac_ethernet (PnGadget *gadget, const char *const *arguments, GString *value)
{
  return append_mac (gadget, 0, value);
}

static gboolean
mac_wifi (PnGadget *gadget, const char *const *arguments, GString *value)
{
  return append_mac (gadget, 1, value);
}

static gboolean
mac_bt (PnGadget *gadget, const char *const *arguments, GString *value)
{
  return append_mac (gadget, 2, value);
}

static gboolean
secure (PnGadget *gadget, const char *const *arguments, GString *value)
{
  g_string_append (value, pn_gadget_has_key (gadget) ? "yes" : "no");
  return TRUE;
}

static gboolean
append_present (PnGadget *gadget, gboolean present, GString *value)
{
  g_string_append (value, !has_bootloader (gadget) ? "not available"
                          : present                ? "present"
                                                   : "not present");
  return TRUE;
}

static gboolean
build_timestamp (PnGadget *gadget, const char *const *arguments, GString *value)
{
  g_string_append (value, has_bootloader (gadget) ? "1782432000" : "not available");
  return TRUE;
}

static gboolean
secure_eeprom (PnGadget *gadget, const char *const *arguments, GString *value)
{
  return append_present (gadget, gadget->board.signed_eeprom, value);
}

static gboolean
secure_devkey (PnGadget *gadget, const char *const *arguments, GString *value)
{
  return append_present (gadget, gadget->board.devkey_revoked, value);
}

static gboolean
secure_otp (PnGadget *gadget, const char *const *arguments, GString *value)
{
  return append_present (gadget, gadget->board.key_in_otp, value);
}

static gboolean
otp_lock_status (PnGadget *gadget, const char *const *arguments, GString *value)
{
  g_string_append (value, gadget->locked_at_start ? "ok" : "not-provisioned");
  return TRUE;
}

static gboolean
public_key (PnGadget *gadget, const char *const *arguments, GString *value)
{
  g_autofree char *pem = pn_gadget_public_key_pem (gadget);

  g_string_append (value, pem != NULL ? pem : "Could not read public key");
  return pem != NULL;
}

static gboolean
private_key (PnGadget *gadget, const char *const *arguments, GString *value)
{
  g_string_append (value, pn_gadget_has_key (gadget) ? "refused" : "error");
  return TRUE;
}

static gboolean
block_devices (PnGadget *gadget, const char *const *arguments, GString *value)
{
  g_string_append (value, pn_virtual_storage_get_disk (gadget->storage));
  return TRUE;
}

static gboolean
check_device_name (const char *name, GString *value)
{
  if (name == NULL)
    g_string_append (value, "Missing device name");
  else if (strchr (name, '/') != NULL || strstr (name, "..") != NULL)
    g_string_append (value, "Invalid device name");
  else
    return TRUE;
  return FALSE;
}

static gboolean
block_device_size (PnGadget *gadget, const char *const *arguments, GString *value)
{
  guint64 size;

  if (!check_device_name (arguments[0], value))
    return FALSE;
  if (pn_virtual_storage_look (gadget->storage, arguments[0], &size) == PN_NODE_MISSING)
    {
      g_string_append (value, "Cannot read device size");
      return FALSE;
    }
  g_string_append_printf (value, "%" G_GUINT64_FORMAT, size);
  return TRUE;
}

static gboolean
block_device_type (PnGadget *gadget, const char *const *arguments, GString *value)
{
  if (!check_device_name (arguments[0], value))
    return FALSE;
  if (g_str_equal (arguments[0], pn_virtual_storage_get_disk (gadget->storage)))
    g_string_append (value, pn_storage_to_word (pn_virtual_storage_get_kind (gadget->storage)));
  else
    g_string_append (value, "unknown");
  return TRUE;
}

static gboolean
partition_size (PnGadget *gadget, const char *const *arguments, GString *value)
{
  guint64 size;

  if (arguments[0] == NULL)
    {
      g_string_append (value, "Missing argument");
      return FALSE;
    }
  /* Opened for exclusive writing, so a busy one fails too. */
  if (pn_virtual_storage_look (gadget->storage, arguments[0], &size) != PN_NODE_FREE)
    {
      g_string_append (value, "Could not open partition");
      return FALSE;
    }
  g_string_append_printf (value, "0x%" G_GINT64_MODIFIER "X", size);
  return TRUE;
}

static gboolean
partition_type (PnGadget *gadget, const char *const *arguments, GString *value)
{
  guint64 size;

  if (arguments[0] == NULL)
    g_string_append (value, "Missing argument");
  else if (pn_virtual_storage_look (gadget->storage, arguments[0], &size) == PN_NODE_MISSING)
    g_string_append (value, "Invalid partition");
  else
    g_string_append (value, "Unable to retrieve partition type");
  return FALSE;
}

static gboolean
is_logical (PnGadget *gadget, const char *const *arguments, GString *value)
{
  guint64 size;
  gboolean there = arguments[0] != NULL && pn_virtual_storage_look (gadget->storage, arguments[0],
                                                                    &size) != PN_NODE_MISSING;

  g_string_append (value, there                  ? "no"
                          : arguments[0] != NULL ? "Partition not found"
                                                 : "Missing argument");
  return there;
}

static gboolean
mmc_only (PnGadget *gadget, GString *value, const char *format, guint64 number)
{
  guint64 size;

  if (pn_virtual_storage_look (gadget->storage, "mmcblk0", &size) == PN_NODE_MISSING)
    return TRUE;
  g_string_append_printf (value, "%" G_GUINT64_FORMAT "\n", number != 0 ? number : size / 512);
  return TRUE;
}

static gboolean
mmc_sector_size (PnGadget *gadget, const char *const *arguments, GString *value)
{
  return mmc_only (gadget, value, NULL, 512);
}

static gboolean
mmc_sector_count (PnGadget *gadget, const char *const *arguments, GString *value)
{
  return mmc_only (gadget, value, NULL, 0);
}

static gboolean
mmc_cid (PnGadget *gadget, const char *const *arguments, GString *value)
{
  if (pn_virtual_storage_get_kind (gadget->storage) != PN_STORAGE_NVME)
    g_string_append (value, pn_virtual_storage_get_identifier (gadget->storage));
  return TRUE;
}

static gboolean
data_plane_only (PnGadget *gadget, const char *const *arguments, GString *value)
{
  g_string_append (value, gadget->board.data_plane ? "yes" : "no");
  return TRUE;
}

static gboolean
fetch_size (PnGadget *gadget, const char *const *arguments, GString *value)
{
  g_string_append (value, "fetch not supported on user builds");
  return FALSE;
}

static gboolean
max_download_size (PnGadget *gadget, const char *const *arguments, GString *value)
{
  guint32 max = pn_virtual_storage_get_faults (gadget->storage).max_download;

  g_string_append_printf (value, "0x%x", max != 0 ? max : PN_GADGET_MAX_DOWNLOAD);
  return TRUE;
}

/* Of its network socket; with IPv6 only one that is not link-local: §8.5. */
static gboolean
has_address (PnGadget *gadget, gboolean six)
{
  const char *address = gadget->board.address;

  return address != NULL && (strchr (address, ':') != NULL) == six &&
         g_ascii_strncasecmp (address, "fe8", 3) != 0;
}

static gboolean
append_if (gboolean there, GString *value, const char *text)
{
  if (there)
    g_string_append (value, text);
  return there;
}

static gboolean
ipv4_address (PnGadget *gadget, const char *const *arguments, GString *value)
{
  return append_if (has_address (gadget, FALSE), value, gadget->board.address);
}

static gboolean
ipv4_netmask (PnGadget *gadget, const char *const *arguments, GString *value)
{
  return append_if (has_address (gadget, FALSE), value, "255.0.0.0");
}

static gboolean
ipv6_address (PnGadget *gadget, const char *const *arguments, GString *value)
{
  return append_if (has_address (gadget, TRUE), value, gadget->board.address);
}

static gboolean
ipv6_netmask (PnGadget *gadget, const char *const *arguments, GString *value)
{
  return append_if (has_address (gadget, TRUE), value, "128");
}

static gboolean
no_address (PnGadget *gadget, const char *const *arguments, GString *value)
{
  return FALSE;
}

/* How "all" lists a variable. */
typedef enum
{
  LIST_NEVER,
  LIST_ONCE,
  LIST_DISKS, /* once for each whole disk */
  LIST_NODES, /* once for each node that is not a mapping */
} Listing;

static const struct
{
  const char *name;
  Listing listing;
  const char *value; /* a constant, or */
  Getter getter;
  const char *failure; /* text where the getter leaves none */
} variables[] = {
  { "tcp-data-plane-only", LIST_ONCE, NULL, data_plane_only },
  { "block-device-type", LIST_DISKS, NULL, block_device_type },
  { "ipv6-dhcp", LIST_ONCE, "no" },
  { "ipv4-dns", LIST_ONCE, NULL, no_address, "No IPv4 DNS servers found" },
  { "private-key", LIST_ONCE, NULL, private_key },
  { "public-key", LIST_ONCE, NULL, public_key },
  { "bootloader-build-timestamp", LIST_ONCE, NULL, build_timestamp },
  { "eeprom-jedec", LIST_ONCE, "not available" },
  { "eeprom-sha256", LIST_ONCE, "not available" },
  { "eeprom-size", LIST_ONCE, "not available" },
  { "mmc-sector-size", LIST_ONCE, NULL, mmc_sector_size },
  { "cpu-abi", LIST_ONCE, "arm64-v8a" },
  { "is-userspace", LIST_ONCE, "yes" },
  { "partition-size", LIST_NODES, NULL, partition_size },
  { "revision-processor", LIST_ONCE, NULL, revision_processor },
  { "is-logical", LIST_NODES, NULL, is_logical },
  { "eeprom-spi-speed", LIST_ONCE, "not available" },
  { "secure-otp", LIST_ONCE, NULL, secure_otp },
  { "eeprom-device", LIST_ONCE, "not available" },
  { "serialno", LIST_ONCE, NULL, serialno },
  { "mac-bt", LIST_ONCE, NULL, mac_bt },
  { "eeprom-unique-id", LIST_ONCE, "not available" },
  { "max-download-size", LIST_ONCE, NULL, max_download_size },
  { "ipv4-dhcp", LIST_ONCE, "no" },
  { "version-fastbootd", LIST_ONCE, "14.0.0" },
  { "version-bootloader", LIST_ONCE, NULL, version_bootloader },
  { "revision-manufacturer", LIST_ONCE, NULL, revision_manufacturer },
  { "block-devices", LIST_ONCE, NULL, block_devices },
  { "secure-eeprom", LIST_ONCE, NULL, secure_eeprom },
  { "version", LIST_ONCE, "0.4" },
  { "revision-memory", LIST_ONCE, NULL, revision_memory },
  { "secure", LIST_ONCE, NULL, secure },
  { "sdram-size-bytes", LIST_ONCE, NULL, sdram_size },
  { "revision-revision", LIST_ONCE, NULL, revision_revision },
  { "block-device-size", LIST_DISKS, NULL, block_device_size },
  { "mac-ethernet", LIST_ONCE, NULL, mac_ethernet },
  { "otp-lock-status", LIST_ONCE, NULL, otp_lock_status },
  { "revision-type", LIST_ONCE, NULL, revision_type },
  { "mmc-sector-count", LIST_ONCE, NULL, mmc_sector_count },
  { "mmc-cid", LIST_ONCE, NULL, mmc_cid },
  { "secure-devkey", LIST_ONCE, NULL, secure_devkey },
  { "mac-wifi", LIST_ONCE, NULL, mac_wifi },
  { "product", LIST_ONCE, NULL, product },
  { "rpi-duid", LIST_ONCE, NULL, serialno },
  { "ipv4-address", LIST_ONCE, NULL, ipv4_address, "No IPv4 address found" },
  { "ipv4-netmask", LIST_ONCE, NULL, ipv4_netmask, "No IPv4 netmask found" },
  { "ipv4-gateway", LIST_ONCE, NULL, no_address, "No IPv4 gateway found" },
  { "ipv6-address", LIST_ONCE, NULL, ipv6_address, "No IPv6 address found" },
  { "ipv6-netmask", LIST_ONCE, NULL, ipv6_netmask, "No IPv6 prefix length found" },
  { "ipv6-gateway", LIST_ONCE, NULL, no_address, "No IPv6 gateway found" },
  { "ipv6-dns", LIST_ONCE, NULL, no_address, "No IPv6 DNS servers found" },
  { "partition-type", LIST_NEVER, NULL, partition_type },
  { "max-fetch-size", LIST_NEVER, NULL, fetch_size },
};

static gboolean
get (PnGadget *gadget, guint index, const char *const *arguments, GString *value)
{
  if (variables[index].getter == NULL)
    {
      g_string_append (value, variables[index].value);
      return TRUE;
    }
  if (variables[index].getter (gadget, arguments, value))
    return TRUE;
  if (value->len == 0 && variables[index].failure != NULL)
    g_string_append (value, variables[index].failure);
  return FALSE;
}

/* One line of "all"; variables whose getter fails are left out. */
static void
list_one (PnGadgetSession *self, guint index, const char *argument)
{
  const char *const arguments[] = { argument, NULL };
  g_autoptr (GString) value = g_string_new (NULL);

  if (!get (self->gadget, index, arguments, value))
    return;
  if (argument != NULL)
    pn_gadget_reply (self, "INFO", "%s:%s:%s", variables[index].name, argument, value->str);
  else
    pn_gadget_reply (self, "INFO", "%s:%s", variables[index].name, value->str);
}

static PnHandled
list_all (PnGadgetSession *self)
{
  g_auto (GStrv) nodes = pn_virtual_storage_list (self->gadget->storage);

  for (guint i = 0; i < G_N_ELEMENTS (variables); i++)
    {
      if (variables[i].listing == LIST_ONCE)
        list_one (self, i, NULL);
      else if (variables[i].listing == LIST_DISKS)
        list_one (self, i, pn_virtual_storage_get_disk (self->gadget->storage));
      else if (variables[i].listing == LIST_NODES)
        for (guint j = 0; nodes[j] != NULL; j++)
          if (!g_str_has_prefix (nodes[j], "mapper/"))
            list_one (self, i, nodes[j]);
    }
  return pn_gadget_reply (self, "OKAY", "%s", "");
}

/* Every command lands in the kernel log, and so in front of whoever asks next. */
void
pn_gadget_log (PnGadget *self, const char *line)
{
  gint64 now = g_get_monotonic_time () - self->started;

  g_mutex_lock (&self->mutex);
  if (self->log->len >= MAX_LOG)
    g_ptr_array_remove_index (self->log, 0);
  g_ptr_array_add (self->log, g_strdup_printf ("<6>[%5d.%06d] %s", (int) (now / G_USEC_PER_SEC),
                                               (int) (now % G_USEC_PER_SEC), line));
  g_mutex_unlock (&self->mutex);
}

static PnHandled
list_kernel_log (PnGadgetSession *self)
{
  g_autoptr (GPtrArray) lines = NULL;

  g_mutex_lock (&self->gadget->mutex);
  lines = g_ptr_array_copy (self->gadget->log, (GCopyFunc) (void (*) (void)) g_strdup, NULL);
  g_mutex_unlock (&self->gadget->mutex);
  for (guint i = 0; i < lines->len && !self->channel_failed; i++)
    pn_gadget_reply (self, "INFO", "%s", (const char *) g_ptr_array_index (lines, i));
  return pn_gadget_reply (self, "OKAY", "%s", "");
}

/* The variable answers for itself and the generic code answers again: fastboot.md §8.4. */
static PnHandled
mmc_extcsd (PnGadgetSession *self)
{
  switch (pn_virtual_storage_get_kind (self->gadget->storage))
    {
    case PN_STORAGE_EMMC:
      pn_gadget_reply (self, "FAIL", "MMC_SEND_EXT_CSD failed: Invalid argument");
      break;
    case PN_STORAGE_SD:
      pn_gadget_reply (self, "FAIL", "ext_csd not supported: card type is SD (requires MMC/eMMC)");
      break;
    case PN_STORAGE_NVME:
    default:
      pn_gadget_reply (self, "FAIL",
                       "Cannot determine card type (no /sys/block/mmcblk0/device/type)");
      break;
    }
  return pn_gadget_reply (self, "OKAY", "%s", "");
}

PnHandled
pn_gadget_getvar (PnGadgetSession *self, const char *const *words)
{
  const char *name = words[1];

  if (name == NULL)
    return pn_gadget_reply (self, "FAIL", "Missing argument");
  if (g_str_equal (name, "all"))
    return list_all (self);
  if (g_str_equal (name, "dmesg"))
    return list_kernel_log (self);
  if (g_str_equal (name, "mmc-extcsd"))
    return mmc_extcsd (self);
  for (guint i = 0; i < G_N_ELEMENTS (variables); i++)
    if (g_str_equal (name, variables[i].name))
      {
        g_autoptr (GString) value = g_string_new (NULL);
        gboolean fine = get (self->gadget, i, words + 2, value);

        return pn_gadget_reply_bytes (self, fine ? "OKAY" : "FAIL", (const guint8 *) value->str,
                                      value->len);
      }
  return pn_gadget_reply (self, "FAIL", "Unknown variable");
}
