/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What a station vouches with for what it wrote itself: its audit and its certificates. An Ed25519
 * key of its own, made at first use; it never signs what a device boots. */
typedef struct _PnStationKey PnStationKey;

#define PN_STATION_KEY_FILE "station-key.pem"        /* 0600 */
#define PN_STATION_KEY_PUBLIC_FILE "station-key.pub" /* PEM, for everybody */
#define PN_STATION_SIGNATURE_SIZE 64                 /* bytes */
#define PN_STATION_KEY_PUBLIC_MAX 4096               /* bytes of PEM */

/* The key in the folder @folder, made where there is none (*@made); the public half lies beside it
 * when the call returns. PN_ERROR_KEY where what is there is no such key: it stays as it is. */
PnStationKey *pn_station_key_open (const char *folder, gboolean *made, GError **error);
void pn_station_key_free (PnStationKey *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnStationKey, pn_station_key_free)

const char *pn_station_key_get_public (PnStationKey *self);      /* PEM */
const char *pn_station_key_get_fingerprint (PnStationKey *self); /* hex */
/* 64 bytes, or NULL with PN_ERROR_SIGNATURE. */
GBytes *pn_station_key_sign (PnStationKey *self, const void *data, gsize size, GError **error);

/* The public half alone, from a file or a message. */
typedef struct _PnStationPublicKey PnStationPublicKey;
/* PN_ERROR_KEY unless @pem is an Ed25519 public key. */
PnStationPublicKey *pn_station_public_key_new (const char *pem, gssize size, GError **error);
void pn_station_public_key_free (PnStationPublicKey *self); /* nullable */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnStationPublicKey, pn_station_public_key_free)
/* SHA-256 of the key as DER (SubjectPublicKeyInfo), in hex: what
 * `openssl pkey -pubin -in FILE -outform DER | sha256sum` says. */
const char *pn_station_public_key_get_fingerprint (const PnStationPublicKey *self);
gboolean pn_station_public_key_verify (const PnStationPublicKey *self,
                                       const void *data,
                                       gsize size,
                                       GBytes *signature);

G_END_DECLS
