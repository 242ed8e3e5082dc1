/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-otp.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "pn-chip.h"
#include "pn-digest.h"
#include "pn-io.h"

#define MAX_FILE 65536

static gboolean
save (PnOtp *self, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *hash = pn_hex_encode (self->key_hash, sizeof self->key_hash);
  g_autofree char *key = pn_hex_encode (self->device_key, sizeof self->device_key);
  g_autoptr (GBytes) bytes = NULL;
  gsize size;
  char *text;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "customer-key-hash");
  json_builder_add_string_value (builder, hash);
  json_builder_set_member_name (builder, "device-key");
  json_builder_add_string_value (builder, key);
  json_builder_set_member_name (builder, "jtag-locked");
  json_builder_add_boolean_value (builder, self->jtag_locked);
  if (self->gpio != 0)
    {
      json_builder_set_member_name (builder, "rpiboot-gpio");
      json_builder_add_int_value (builder, self->gpio);
    }
  json_builder_set_member_name (builder, "storage-identifier");
  json_builder_add_string_value (builder, self->storage_identifier);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  json_generator_set_root (generator, root);
  json_generator_set_pretty (generator, TRUE);
  text = json_generator_to_data (generator, &size);
  bytes = g_bytes_new_take (text, size);
  return pn_replace_file (self->path, bytes, error);
}

static void
load_hex (JsonObject *object, const char *member, guint8 *out)
{
  PnSha256 value;

  if (json_object_has_member (object, member) &&
      pn_sha256_from_hex (json_object_get_string_member (object, member), &value))
    memcpy (out, value.bytes, sizeof value.bytes);
}

PnOtp *
pn_otp_open (const char *path, const char *storage_identifier, GError **error)
{
  g_autoptr (PnOtp) self = g_new0 (PnOtp, 1);
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GBytes) bytes = NULL;

  self->path = g_strdup (path);
  self->storage_identifier = g_strdup (storage_identifier);
  bytes = pn_read_file (path, MAX_FILE, NULL);
  if (bytes == NULL)
    return save (self, error) ? g_steal_pointer (&self) : NULL;
  if (!json_parser_load_from_data (parser, g_bytes_get_data (bytes, NULL),
                                   (gssize) g_bytes_get_size (bytes), error))
    return NULL;
  if (JSON_NODE_HOLDS_OBJECT (json_parser_get_root (parser)))
    {
      JsonObject *object = json_node_get_object (json_parser_get_root (parser));

      load_hex (object, "customer-key-hash", self->key_hash);
      load_hex (object, "device-key", self->device_key);
      self->jtag_locked =
          json_object_get_boolean_member_with_default (object, "jtag-locked", FALSE);
      self->gpio = (guint) json_object_get_int_member_with_default (object, "rpiboot-gpio", 0);
    }
  return g_steal_pointer (&self);
}

void
pn_otp_free (PnOtp *self)
{
  g_free (self->path);
  g_free (self->storage_identifier);
  explicit_bzero (self->device_key, sizeof self->device_key);
  g_free (self);
}

static gboolean
is_blank (const guint8 *value)
{
  static const guint8 blank[32];

  return memcmp (value, blank, sizeof blank) == 0;
}

gboolean
pn_otp_is_locked (PnOtp *self)
{
  return !is_blank (self->key_hash);
}

/* The chip would or the bits together; what is wanted is there, or can be burned into blank rows.
 */
static gboolean
burn (PnOtp *self, guint8 *rows, const guint8 *value)
{
  if (memcmp (rows, value, 32) == 0)
    return TRUE;
  if (!is_blank (rows))
    return FALSE;
  memcpy (rows, value, 32);
  return save (self, NULL);
}

gboolean
pn_otp_burn_key_hash (PnOtp *self, const guint8 *hash)
{
  return !is_blank (hash) && burn (self, self->key_hash, hash);
}

gboolean
pn_otp_burn_device_key (PnOtp *self, const guint8 *key)
{
  return !is_blank (key) && burn (self, self->device_key, key);
}

/* What is chosen once is chosen. */
gboolean
pn_otp_burn_gpio (PnOtp *self, guint gpio)
{
  if (!pn_rpiboot_gpio_is_valid (gpio) || (self->gpio != 0 && self->gpio != gpio))
    return FALSE;
  self->gpio = gpio;
  return save (self, NULL);
}

gboolean
pn_otp_burn_jtag_lock (PnOtp *self)
{
  self->jtag_locked = TRUE;
  return save (self, NULL);
}
