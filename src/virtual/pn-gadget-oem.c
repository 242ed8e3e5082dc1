/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The oem commands of fastboot.md §9 but those on files and mounts (pn-gadget-files.c), the block
 * map (pn-gadget-flash.c) and image sets (pn-gadget-idp.c). */
#include "config.h"

#include "pn-gadget-private.h"

#include <string.h>

typedef PnHandled (*Handler) (PnGadgetSession *self, const char *const *words, guint n_words);

static PnHandled
oem_led (PnGadgetSession *self, const char *const *words, guint n_words)
{
  static const char usage[] = "Usage:\r\n\toem led PWR 0";

  if (n_words < 2)
    return pn_gadget_reply (self, "FAIL", "Incorrect arguments for LED command: %s", usage);
  if (words[0][0] == '\0' || strspn (words[0], "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != strlen (words[0]))
    {
      pn_gadget_reply (self, "INFO", "Could not find LED device: %s", usage);
      return pn_gadget_reply (self, "OKAY", "%s", "");
    }
  if (!g_str_equal (words[0], "PWR") && !g_str_equal (words[0], "ACT"))
    {
      pn_gadget_reply (self, "INFO", "Could not open LED device: %s", usage);
      return pn_gadget_reply (self, "OKAY", "%s", "");
    }
  if (g_str_equal (words[0], "PWR") && g_str_equal (words[1], "0"))
    {
      pn_virtual_storage_settle (self->gadget->storage);
      if (self->gadget->done_func != NULL)
        self->gadget->done_func (self->gadget->done_data);
    }
  return pn_gadget_reply (self, "OKAY", "Wrote LED value");
}

static PnHandled
oem_gpioset (PnGadgetSession *self, const char *const *words, guint n_words)
{
  if (n_words < 1)
    return pn_gadget_reply (self, "FAIL", "oem gpioset gpiochip0 [OPTIONS] <line=value>...");
  return pn_gadget_reply (self, "OKAY", "GPIO set successfully");
}

/* As the daemon's scanf ("%2hhx"): a bad second digit ends the number, "0g" is 0. */
static gboolean
parse_digest (const char *hex, guint8 *digest)
{
  for (guint i = 0; i < 32; i++)
    {
      int high = g_ascii_xdigit_value (hex[2 * i]);
      int low = g_ascii_xdigit_value (hex[2 * i + 1]);

      if (high < 0)
        return FALSE;
      digest[i] = (guint8) (low < 0 ? high : high * 16 + low);
    }
  return TRUE;
}

static PnHandled
sign_hash (PnGadgetSession *self, const char *const *words, guint n_words)
{
  guint8 digest[32];
  g_autofree char *signature = NULL;

  if (n_words < 2)
    return pn_gadget_reply (self, "FAIL",
                            "Usage: oem fwcrypto sign-hash <64-char-hex-sha256-digest>");
  if (strlen (words[1]) != 64)
    return pn_gadget_reply (self, "FAIL", "Digest must be exactly 64 hex characters (SHA-256)");
  if (!parse_digest (words[1], digest))
    return pn_gadget_reply (self, "FAIL", "Invalid hex character in digest");
  signature = pn_gadget_sign (self->gadget, digest);
  if (signature == NULL)
    return pn_gadget_reply (self, "FAIL", "ECDSA sign failed: Key not set (all zeros)");
  pn_gadget_reply (self, "INFO", "connect-signature:%s", signature);
  return pn_gadget_reply (self, "OKAY", "%s", "");
}

static PnHandled
oem_fwcrypto (PnGadgetSession *self, const char *const *words, guint n_words)
{
  if (n_words < 1)
    return pn_gadget_reply (self, "FAIL", "Usage: oem fwcrypto <status|init|sign-hash>");
  if (g_str_equal (words[0], "status"))
    return pn_gadget_reply (self, "OKAY",
                            pn_gadget_has_key (self->gadget) ? "Key is provisioned"
                                                             : "Key is not provisioned");
  if (g_str_equal (words[0], "init"))
    {
      if (pn_gadget_has_key (self->gadget))
        return pn_gadget_reply (self, "OKAY", "Key already provisioned");
      if (pn_gadget_make_key (self->gadget))
        return pn_gadget_reply (self, "OKAY", "Key provisioned and LOCKed");
      return pn_gadget_reply (self, "FAIL", "Failed to provision key: OTP read error");
    }
  if (g_str_equal (words[0], "sign-hash"))
    return sign_hash (self, words, n_words);
  return pn_gadget_reply (self, "FAIL",
                          "Unknown fwcrypto subcommand. Use 'status', 'init', or 'sign-hash'");
}

static PnHandled
oem_partinit (PnGadgetSession *self, const char *const *words, guint n_words)
{
  static const char hint[] = "e.g:\r\n\toem partinit mmcblk0 <label> [id]";

  if (n_words < 2 || n_words > 3)
    return pn_gadget_reply (self, "FAIL",
                            "Invalid argument count. Wanted oem partinit mmcblk0 <label> [id]");
  switch (pn_virtual_storage_init_table (self->gadget->storage, words[0], words[1],
                                         n_words > 2 ? words[2] : NULL))
    {
    case PN_TABLE_NO_DISK:
      return pn_gadget_reply (self, "FAIL", "Incorrect block device. %s", hint);
    case PN_TABLE_REFUSED:
      return pn_gadget_reply (self, "FAIL", "Failed to create disk label.%s", hint);
    case PN_TABLE_NOT_WRITTEN:
      return pn_gadget_reply (self, "FAIL", "Error writing PT.%s", hint);
    case PN_TABLE_OK:
    default:
      return pn_gadget_reply (self, "OKAY", "Initialised partition successfully");
    }
}

static PnHandled
oem_partapp (PnGadgetSession *self, const char *const *words, guint n_words)
{
  static const char hint[] = "e.g:\r\n\toem partapp mmcblk0 <part code> <size>";
  guint64 size = 0;
  gboolean hex;

  if (n_words < 2 || n_words > 3)
    return pn_gadget_reply (self, "FAIL", "Invalid argument count. %s", hint);
  hex = n_words > 2 && g_ascii_strncasecmp (words[2], "0x", 2) == 0;
  if (n_words > 2 && !g_ascii_string_to_unsigned (hex ? words[2] + 2 : words[2], hex ? 16 : 10, 0,
                                                  G_MAXINT64, &size, NULL))
    return pn_gadget_reply (self, "FAIL", "Unable to parse partition size. %s", hint);
  switch (pn_virtual_storage_append (self->gadget->storage, words[0], words[1], size))
    {
    case PN_TABLE_NO_DISK:
      return pn_gadget_reply (self, "FAIL", "Incorrect block device. %s", hint);
    case PN_TABLE_REFUSED:
      return pn_gadget_reply (self, "FAIL", "Failed to append partition. %s", hint);
    case PN_TABLE_NOT_WRITTEN:
      return pn_gadget_reply (self, "FAIL",
                              "Error writing PT.e.g:\r\n\toem partinit mmcblk0 <label> [id]");
    case PN_TABLE_OK:
    default:
      return pn_gadget_reply (self, "OKAY", "Wrote new partition.");
    }
}

char *
pn_gadget_luks_key (PnGadgetSession *self)
{
  PnGadget *gadget = self->gadget;
  guint8 key[32];
  char *passphrase;

  if (!pn_gadget_has_key (gadget))
    return NULL;
  g_mutex_lock (&gadget->mutex);
  memcpy (key, gadget->board.device_key, sizeof key);
  g_mutex_unlock (&gadget->mutex);
  passphrase =
      pn_virtual_storage_passphrase (key, pn_virtual_storage_get_identifier (gadget->storage));
  explicit_bzero (key, sizeof key);
  return passphrase;
}

static PnHandled
no_luks_key (PnGadgetSession *self)
{
  return pn_gadget_reply (self, "FAIL", "Cannot generate LUKS key - unsupported device type");
}

static PnHandled
oem_cryptinit (PnGadgetSession *self, const char *const *words, guint n_words)
{
  g_autofree char *passphrase = NULL;
  guint64 size;

  if (n_words < 2)
    return pn_gadget_reply (
        self, "FAIL",
        "Insufficient arguments. Usage: oem cryptinit <block_device> <label> [cipher]");
  if (words[0][0] == '\0')
    return pn_gadget_reply (
        self, "FAIL",
        "Block device not specified. Usage: oem cryptinit <block_device> <label> [cipher]");
  if (words[1][0] == '\0')
    return pn_gadget_reply (self, "FAIL",
                            "Label not specified. Usage: oem cryptinit <block_device> <label>");
  if (pn_virtual_storage_look (self->gadget->storage, words[0], &size) == PN_NODE_MISSING)
    return pn_gadget_reply (self, "FAIL",
                            "Cannot create context for device /dev/%s as failed to open", words[0]);
  if ((passphrase = pn_gadget_luks_key (self)) == NULL)
    return no_luks_key (self);
  if (!pn_virtual_storage_format (self->gadget->storage, words[0], words[1],
                                  n_words > 2 ? words[2] : "aes-xts-plain64", passphrase))
    return pn_gadget_reply (self, "FAIL", "Cryptsetup failed");
  return pn_gadget_reply (self, "OKAY", "LUKS device formatted successfully");
}

static PnHandled
oem_cryptopen (PnGadgetSession *self, const char *const *words, guint n_words)
{
  g_autofree char *passphrase = NULL;
  const char *node = n_words > 0 ? words[0] : "";
  g_autofree char *path = NULL;
  g_autofree char *mapper = NULL;
  guint64 size;

  if (n_words < 2)
    return pn_gadget_reply (self, "FAIL",
                            "Insufficient arguments provided. Usage: oem cryptopen "
                            "<block_device_path> <mapped_name>");
  /* An absolute path as it is, else below /dev/mapper where it is there, else below /dev. */
  path = node[0] == '/' ? g_strdup (node) : g_strconcat ("/dev/", node, NULL);
  mapper = g_strconcat ("mapper/", node, NULL);
  if (g_str_has_prefix (node, "/dev/"))
    node += strlen ("/dev/");
  else if (pn_virtual_storage_look (self->gadget->storage, mapper, &size) != PN_NODE_MISSING)
    node = mapper;
  if (pn_virtual_storage_look (self->gadget->storage, node, &size) == PN_NODE_MISSING)
    return pn_gadget_reply (self, "FAIL",
                            "Cannot perform cryptopen for device %s as failed to open.", path);
  if ((passphrase = pn_gadget_luks_key (self)) == NULL)
    return no_luks_key (self);
  if (!pn_virtual_storage_map (self->gadget->storage, node, words[1], passphrase))
    return pn_gadget_reply (self, "FAIL", "cryptsetup luksOpen failed.");
  return pn_gadget_reply (self, "OKAY", "LUKS device opened successfully");
}

static PnHandled
oem_cryptsetpassword (PnGadgetSession *self, const char *const *words, guint n_words)
{
  g_autofree char *passphrase = NULL;
  gboolean removal;

  if (n_words < 2)
    return pn_gadget_reply (self, "FAIL",
                            "Usage: oem cryptsetpassword <block_device> <passphrase>");
  if ((passphrase = pn_gadget_luks_key (self)) == NULL)
    return no_luks_key (self);
  removal = words[1][0] == '\0';
  if (!pn_virtual_storage_set_passphrase (self->gadget->storage, words[0], passphrase,
                                          removal ? NULL : words[1]))
    return pn_gadget_reply (self, "FAIL",
                            removal ? "Failed to remove user passphrase"
                                    : "Failed to set user passphrase");
  return pn_gadget_reply (self, "OKAY",
                          removal ? "User passphrase removed" : "User passphrase set successfully");
}

/* This build has no libflashrom, and the board shows no SPI device of its own accord. */
static PnHandled
eeprom (PnGadgetSession *self,
        const char *command,
        const char *const *words,
        guint n_words,
        const char *hint,
        const char *missing)
{
  if (n_words < 1 || words[0][0] == '\0')
    return pn_gadget_reply (self, "FAIL", "%s: no SPI device found%s", command, hint);
  if (missing != NULL && self->buffer_size == 0)
    return pn_gadget_reply (self, "FAIL", "%s: no image staged; download %s first", command,
                            missing);
  return pn_gadget_reply (self, "FAIL", "%s: fastbootd built without libflashrom support", command);
}

static PnHandled
oem_eeprom_update (PnGadgetSession *self, const char *const *words, guint n_words)
{
  return eeprom (self, "eeprom-update", words, n_words,
                 "; pass explicitly: oem eeprom-update /dev/spidevN.0", "signed image");
}

static PnHandled
oem_eeprom_verify (PnGadgetSession *self, const char *const *words, guint n_words)
{
  return eeprom (self, "eeprom-verify", words, n_words, "", "expected image");
}

static PnHandled
oem_eeprom_read (PnGadgetSession *self, const char *const *words, guint n_words)
{
  return eeprom (self, "eeprom-read", words, n_words, "", NULL);
}

/* ^system-[a-z0-9]{1,14}$ */
static gboolean
is_slot (const char *slot)
{
  gsize length;

  if (!g_str_has_prefix (slot, "system-"))
    return FALSE;
  slot += strlen ("system-");
  length = strlen (slot);
  return length >= 1 && length <= 14 &&
         strspn (slot, "abcdefghijklmnopqrstuvwxyz0123456789") == length;
}

/* Only its refusals: signing dm-verity parameters is not modelled. The real daemon ends the session
 * after the checks of slot and lock (fastboot.md §13.3). */
static PnHandled
oem_veritysetup (PnGadgetSession *self, const char *const *words, guint n_words)
{
  guint64 size;

  if (n_words < 2)
    return pn_gadget_reply (self, "FAIL", "Usage: oem veritysetup <device_name> <slot>");
  if (pn_virtual_storage_look (self->gadget->storage, words[0], &size) == PN_NODE_MISSING)
    return pn_gadget_reply (self, "FAIL", "Cannot open device /dev/%s", words[0]);
  if (!is_slot (words[1]))
    pn_gadget_reply (self, "FAIL", "invalid slot name (expected ^system-[a-z0-9]{1,14}$): %s",
                     words[1]);
  else
    pn_gadget_reply (self, "FAIL", "SLOT_DEVICE_MISMATCH: %s is not /dev/%s", words[1], words[0]);
  return PN_HANDLED_END;
}

static PnHandled
oem_verityappend (PnGadgetSession *self, const char *const *words, guint n_words)
{
  guint64 size;

  if (n_words < 3)
    return pn_gadget_reply (self, "FAIL",
                            "Usage: oem verityappend <device_name> <data_size_bytes> <slot>");
  if (!g_ascii_string_to_unsigned (words[1], 10, 0, G_MAXINT64, &size, NULL))
    return pn_gadget_reply (self, "FAIL", "Invalid data size: %s", words[1]);
  return pn_gadget_reply (self, "FAIL", "Cannot get device size"); /* always: §13.1 */
}

static const struct
{
  const char *name;
  Handler handler;
} commands[] = {
  { "led", oem_led },
  { "gpioset", oem_gpioset },
  { "fwcrypto", oem_fwcrypto },
  { "partinit", oem_partinit },
  { "partapp", oem_partapp },
  { "cryptinit", oem_cryptinit },
  { "cryptopen", oem_cryptopen },
  { "cryptsetpassword", oem_cryptsetpassword },
  { "mount", pn_gadget_mount },
  { "umount", pn_gadget_umount },
  { "download-file", pn_gadget_download_file },
  { "upload-file", pn_gadget_upload_file },
  { "eeprom-update", oem_eeprom_update },
  { "eeprom-verify", oem_eeprom_verify },
  { "eeprom-read", oem_eeprom_read },
  { "veritysetup", oem_veritysetup },
  { "verityappend", oem_verityappend },
  { "idpinit", pn_gadget_idp_init },
  { "idpwrite", pn_gadget_idp_write },
  { "idpgetblk", pn_gadget_idp_next },
  { "idpdone", pn_gadget_idp_done },
  { "bmap-load", pn_gadget_bmap_load },
  { "bmap-verify", pn_gadget_bmap_verify },
};

PnHandled
pn_gadget_oem (PnGadgetSession *self, const char *line)
{
  g_auto (GStrv) words = g_strsplit (line + strlen ("oem "), " ", 0);
  guint n_words = g_strv_length (words);

  for (guint i = 0; i < G_N_ELEMENTS (commands) && n_words > 0; i++)
    if (g_str_equal (words[0], commands[i].name))
      return commands[i].handler (self, (const char *const *) words + 1, n_words - 1);
  return pn_gadget_reply (self, "FAIL", "Unknown OEM command.");
}
