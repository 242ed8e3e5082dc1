/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define PN_SHA256_SIZE 32     /* bytes */
#define PN_SHA256_HEX_SIZE 64 /* digits */

typedef struct
{
  guint8 bytes[PN_SHA256_SIZE];
} PnSha256;

/* A hash being made. OpenSSL's EVP; create, update, finish (which also frees). */
typedef struct _PnHasher PnHasher;
PnHasher *pn_hasher_new (void);
void pn_hasher_update (PnHasher *self, const void *data, gsize size);
PnHasher *pn_hasher_copy (const PnHasher *self); /* as far as it is */
PnSha256 pn_hasher_finish (PnHasher *self);
void pn_hasher_free (PnHasher *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnHasher, pn_hasher_free)

PnSha256 pn_sha256 (const void *data, gsize size);
PnSha256 pn_sha256_bytes (GBytes *bytes);
/* Hash of @size bytes of a file from @offset, without moving its position; -1 = to the end. */
gboolean pn_sha256_fd (int fd,
                       goffset offset,
                       goffset size,
                       PnSha256 *digest,
                       GCancellable *cancellable,
                       GError **error);
gboolean pn_sha256_equal (const PnSha256 *a, const PnSha256 *b);
gboolean pn_sha256_is_zero (const PnSha256 *self);
char *pn_sha256_to_hex (const PnSha256 *self); /* lower case, 64 digits */
gboolean pn_sha256_from_hex (const char *hex,
                             PnSha256 *digest); /* exactly 64 digits, either case */

char *pn_hex_encode (const guint8 *data, gsize size); /* lower case */
/* NULL unless @length hex digits, even in number. */
GBytes *pn_hex_decode (const char *hex, gssize length);

G_END_DECLS
