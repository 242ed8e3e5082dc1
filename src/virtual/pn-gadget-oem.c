/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The oem commands of fastboot.md §9. Commands that reach the device's own files are answered as on
 * a device where nothing is there: a virtual device has no files but its disk. */
#include "config.h"

#include "pn-gadget-private.h"

#include <string.h>

#include "pn-digest.h"

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
  if (g_str_equal (words[0], "PWR"))
    {
      g_mutex_lock (&self->gadget->mutex);
      self->gadget->led_off = g_str_equal (words[1], "0");
      g_mutex_unlock (&self->gadget->mutex);
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

static PnHandled
sign_hash (PnGadgetSession *self, const char *const *words, guint n_words)
{
  g_autoptr (GBytes) digest = NULL;
  g_autofree char *signature = NULL;

  if (n_words < 2)
    return pn_gadget_reply (self, "FAIL",
                            "Usage: oem fwcrypto sign-hash <64-char-hex-sha256-digest>");
  if (strlen (words[1]) != 64)
    return pn_gadget_reply (self, "FAIL", "Digest must be exactly 64 hex characters (SHA-256)");
  digest = pn_hex_decode (words[1], -1);
  if (digest == NULL)
    return pn_gadget_reply (self, "FAIL", "Invalid hex character in digest");
  signature = pn_gadget_sign (self->gadget, g_bytes_get_data (digest, NULL));
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

/* NULL without a device key or an identifier. */
static char *
luks_key (PnGadgetSession *self)
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
        n_words < 1 ? "Insufficient arguments. Usage: oem cryptinit <block_device> <label> [cipher]"
                    : "Label not specified. Usage: oem cryptinit <block_device> <label>");
  if ((passphrase = luks_key (self)) == NULL)
    return no_luks_key (self);
  if (pn_virtual_storage_look (self->gadget->storage, words[0], &size) != PN_NODE_FREE)
    return pn_gadget_reply (self, "FAIL",
                            "Cannot create context for device /dev/%s as failed to open", words[0]);
  if (!pn_virtual_storage_format (self->gadget->storage, words[0], words[1],
                                  n_words > 2 ? words[2] : "aes-xts-plain64", passphrase))
    return pn_gadget_reply (self, "FAIL", "Cryptsetup failed");
  return pn_gadget_reply (self, "OKAY", "LUKS device formatted successfully");
}

static PnHandled
oem_cryptopen (PnGadgetSession *self, const char *const *words, guint n_words)
{
  g_autofree char *passphrase = NULL;
  guint64 size;

  if (n_words < 2)
    return pn_gadget_reply (self, "FAIL",
                            "Insufficient arguments provided. Usage: oem cryptopen "
                            "<block_device_path> <mapped_name>");
  if ((passphrase = luks_key (self)) == NULL)
    return no_luks_key (self);
  if (pn_virtual_storage_look (self->gadget->storage, words[0], &size) == PN_NODE_MISSING)
    return pn_gadget_reply (
        self, "FAIL", "Cannot perform cryptopen for device /dev/%s as failed to open.", words[0]);
  if (!pn_virtual_storage_map (self->gadget->storage, words[0], words[1], passphrase))
    return pn_gadget_reply (self, "FAIL", "cryptsetup luksOpen failed.");
  return pn_gadget_reply (self, "OKAY", "LUKS device opened successfully");
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
