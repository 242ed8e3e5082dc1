/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What a station certified of a device (Manager.CertifyRecord), for people and on a disk. */
#define PN_CERTIFICATE_MAX (256 * 1024) /* bytes of JSON */

typedef struct
{
  char *json;
  char *signature; /* hex */
  char *name;      /* of its files, without an ending: "1000000040072f01-12" */
  char *serial;
  char *digest; /* SHA-256 of the JSON, hex */
} PnCertificate;
/* PN_ERROR_INVALID_DATA. (transfer full) */
PnCertificate *pn_certificate_new (const char *json, const char *signature, GError **error);
void pn_certificate_free (PnCertificate *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnCertificate, pn_certificate_free)

/* One page, A4, PDF, in this process's language; the same each time. PN_ERROR_FAILED. (transfer
 * full) */
GBytes *pn_certificate_to_pdf (PnCertificate *self, GError **error);

/* Writes NAME.json, NAME.sig and NAME.pdf of each of @certificates (PnCertificate), the station's
 * public key, an index and how to verify them into @folder, which is made. What is there already is
 * PN_ERROR_EXISTS unless @replace. */
gboolean pn_certificates_save (GPtrArray *certificates,
                               const char *station_key,
                               const char *folder,
                               gboolean replace,
                               GError **error);

G_END_DECLS
