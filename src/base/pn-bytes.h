/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The one place that knows endianness and bounds. A reader walks over bytes it does not own and
 * never past their end; a failed read leaves the position and the out argument alone. */
typedef struct
{
  const guint8 *data;
  gsize size;
  gsize position;
} PnReader;

void pn_reader_init (PnReader *self, const guint8 *data, gsize size);
void pn_reader_init_bytes (PnReader *self, GBytes *bytes);
gsize pn_reader_left (const PnReader *self);
gboolean pn_reader_seek (PnReader *self, gsize position);
gboolean pn_reader_skip (PnReader *self, gsize count);
gboolean pn_reader_u8 (PnReader *self, guint8 *value);
gboolean pn_reader_le16 (PnReader *self, guint16 *value);
gboolean pn_reader_le32 (PnReader *self, guint32 *value);
gboolean pn_reader_le64 (PnReader *self, guint64 *value);
gboolean pn_reader_be16 (PnReader *self, guint16 *value);
gboolean pn_reader_be32 (PnReader *self, guint32 *value);
gboolean pn_reader_be64 (PnReader *self, guint64 *value);
/* Points into the reader's bytes; NULL where fewer than @count are left. */
const guint8 *pn_reader_take (PnReader *self, gsize count);
/* A NUL-padded field of @count bytes as a string (free with g_free); NULL at the end. */
char *pn_reader_string (PnReader *self, gsize count);

/* A writer appends to a GByteArray that the caller owns. */
void pn_write_u8 (GByteArray *out, guint8 value);
void pn_write_le16 (GByteArray *out, guint16 value);
void pn_write_le32 (GByteArray *out, guint32 value);
void pn_write_le64 (GByteArray *out, guint64 value);
void pn_write_be16 (GByteArray *out, guint16 value);
void pn_write_be32 (GByteArray *out, guint32 value);
void pn_write_be64 (GByteArray *out, guint64 value);
void pn_write_fill (GByteArray *out, guint8 value, gsize count);
void pn_write_string (GByteArray *out, const char *string); /* without its NUL */

/* The same at a place inside a buffer the caller knows to be large enough. */
void pn_poke_le16 (guint8 *at, guint16 value);
void pn_poke_le32 (guint8 *at, guint32 value);
void pn_poke_le64 (guint8 *at, guint64 value);
void pn_poke_be32 (guint8 *at, guint32 value);
void pn_poke_be64 (guint8 *at, guint64 value);
guint16 pn_peek_le16 (const guint8 *at);
guint32 pn_peek_le32 (const guint8 *at);
guint64 pn_peek_le64 (const guint8 *at);
guint32 pn_peek_be32 (const guint8 *at);
guint64 pn_peek_be64 (const guint8 *at);

/* TRUE where all @count bytes at @data are @value. */
gboolean pn_bytes_all (const guint8 *data, gsize count, guint8 value);

G_END_DECLS
