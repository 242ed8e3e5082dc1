/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-bytes.h"

#include <string.h>

void
pn_reader_init (PnReader *self, const guint8 *data, gsize size)
{
  self->data = data;
  self->size = size;
  self->position = 0;
}

void
pn_reader_init_bytes (PnReader *self, GBytes *bytes)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  pn_reader_init (self, data, size);
}

gsize
pn_reader_left (const PnReader *self)
{
  return self->size - self->position;
}

gboolean
pn_reader_seek (PnReader *self, gsize position)
{
  if (position > self->size)
    return FALSE;
  self->position = position;
  return TRUE;
}

gboolean
pn_reader_skip (PnReader *self, gsize count)
{
  return pn_reader_take (self, count) != NULL || count == 0;
}

const guint8 *
pn_reader_take (PnReader *self, gsize count)
{
  const guint8 *at;

  if (count > pn_reader_left (self) || self->data == NULL)
    return NULL;
  at = self->data + self->position;
  self->position += count;
  return at;
}

char *
pn_reader_string (PnReader *self, gsize count)
{
  const guint8 *at = pn_reader_take (self, count);

  return at != NULL ? g_strndup ((const char *) at, count) : NULL;
}

gboolean
pn_reader_u8 (PnReader *self, guint8 *value)
{
  const guint8 *at = pn_reader_take (self, 1);

  if (at == NULL)
    return FALSE;
  *value = *at;
  return TRUE;
}

guint16
pn_peek_le16 (const guint8 *at)
{
  return (guint16) (((guint16) at[0] << 0) | ((guint16) at[1] << 8));
}

gboolean
pn_reader_le16 (PnReader *self, guint16 *value)
{
  const guint8 *at = pn_reader_take (self, 2);

  if (at == NULL)
    return FALSE;
  *value = pn_peek_le16 (at);
  return TRUE;
}

void
pn_poke_le16 (guint8 *at, guint16 value)
{
  for (guint i = 0; i < 2; i++)
    at[i] = (guint8) (value >> (8 * i));
}

void
pn_write_le16 (GByteArray *out, guint16 value)
{
  guint8 buffer[2];

  pn_poke_le16 (buffer, value);
  g_byte_array_append (out, buffer, sizeof buffer);
}

guint32
pn_peek_le32 (const guint8 *at)
{
  return (guint32) (((guint32) at[0] << 0) | ((guint32) at[1] << 8) | ((guint32) at[2] << 16) |
                    ((guint32) at[3] << 24));
}

gboolean
pn_reader_le32 (PnReader *self, guint32 *value)
{
  const guint8 *at = pn_reader_take (self, 4);

  if (at == NULL)
    return FALSE;
  *value = pn_peek_le32 (at);
  return TRUE;
}

void
pn_poke_le32 (guint8 *at, guint32 value)
{
  for (guint i = 0; i < 4; i++)
    at[i] = (guint8) (value >> (8 * i));
}

void
pn_write_le32 (GByteArray *out, guint32 value)
{
  guint8 buffer[4];

  pn_poke_le32 (buffer, value);
  g_byte_array_append (out, buffer, sizeof buffer);
}

guint64
pn_peek_le64 (const guint8 *at)
{
  return (guint64) (((guint64) at[0] << 0) | ((guint64) at[1] << 8) | ((guint64) at[2] << 16) |
                    ((guint64) at[3] << 24) | ((guint64) at[4] << 32) | ((guint64) at[5] << 40) |
                    ((guint64) at[6] << 48) | ((guint64) at[7] << 56));
}

gboolean
pn_reader_le64 (PnReader *self, guint64 *value)
{
  const guint8 *at = pn_reader_take (self, 8);

  if (at == NULL)
    return FALSE;
  *value = pn_peek_le64 (at);
  return TRUE;
}

void
pn_poke_le64 (guint8 *at, guint64 value)
{
  for (guint i = 0; i < 8; i++)
    at[i] = (guint8) (value >> (8 * i));
}

void
pn_write_le64 (GByteArray *out, guint64 value)
{
  guint8 buffer[8];

  pn_poke_le64 (buffer, value);
  g_byte_array_append (out, buffer, sizeof buffer);
}

static guint16
pn_peek_be16 (const guint8 *at)
{
  return (guint16) (((guint16) at[0] << 8) | ((guint16) at[1] << 0));
}

gboolean
pn_reader_be16 (PnReader *self, guint16 *value)
{
  const guint8 *at = pn_reader_take (self, 2);

  if (at == NULL)
    return FALSE;
  *value = pn_peek_be16 (at);
  return TRUE;
}

static void
pn_poke_be16 (guint8 *at, guint16 value)
{
  for (guint i = 0; i < 2; i++)
    at[1 - i] = (guint8) (value >> (8 * i));
}

void
pn_write_be16 (GByteArray *out, guint16 value)
{
  guint8 buffer[2];

  pn_poke_be16 (buffer, value);
  g_byte_array_append (out, buffer, sizeof buffer);
}

guint32
pn_peek_be32 (const guint8 *at)
{
  return (guint32) (((guint32) at[0] << 24) | ((guint32) at[1] << 16) | ((guint32) at[2] << 8) |
                    ((guint32) at[3] << 0));
}

gboolean
pn_reader_be32 (PnReader *self, guint32 *value)
{
  const guint8 *at = pn_reader_take (self, 4);

  if (at == NULL)
    return FALSE;
  *value = pn_peek_be32 (at);
  return TRUE;
}

void
pn_poke_be32 (guint8 *at, guint32 value)
{
  for (guint i = 0; i < 4; i++)
    at[3 - i] = (guint8) (value >> (8 * i));
}

void
pn_write_be32 (GByteArray *out, guint32 value)
{
  guint8 buffer[4];

  pn_poke_be32 (buffer, value);
  g_byte_array_append (out, buffer, sizeof buffer);
}

guint64
pn_peek_be64 (const guint8 *at)
{
  return (guint64) (((guint64) at[0] << 56) | ((guint64) at[1] << 48) | ((guint64) at[2] << 40) |
                    ((guint64) at[3] << 32) | ((guint64) at[4] << 24) | ((guint64) at[5] << 16) |
                    ((guint64) at[6] << 8) | ((guint64) at[7] << 0));
}

gboolean
pn_reader_be64 (PnReader *self, guint64 *value)
{
  const guint8 *at = pn_reader_take (self, 8);

  if (at == NULL)
    return FALSE;
  *value = pn_peek_be64 (at);
  return TRUE;
}

void
pn_poke_be64 (guint8 *at, guint64 value)
{
  for (guint i = 0; i < 8; i++)
    at[7 - i] = (guint8) (value >> (8 * i));
}

void
pn_write_be64 (GByteArray *out, guint64 value)
{
  guint8 buffer[8];

  pn_poke_be64 (buffer, value);
  g_byte_array_append (out, buffer, sizeof buffer);
}

void
pn_write_u8 (GByteArray *out, guint8 value)
{
  g_byte_array_append (out, &value, 1);
}

void
pn_write_fill (GByteArray *out, guint8 value, gsize count)
{
  guint old = out->len;

  g_byte_array_set_size (out, old + count);
  memset (out->data + old, value, count);
}

void
pn_write_string (GByteArray *out, const char *string)
{
  g_byte_array_append (out, (const guint8 *) string, strlen (string));
}

gboolean
pn_bytes_all (const guint8 *data, gsize count, guint8 value)
{
  /* The first bytes by hand, then the rest against itself, shifted: memcmp is vectorised. */
  for (gsize i = 0; i < count && i < 16; i++)
    if (data[i] != value)
      return FALSE;
  return count <= 16 || memcmp (data, data + 16, count - 16) == 0;
}
