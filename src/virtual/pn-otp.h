/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* One-time-programmable memory, in a file: bits go from 0 to 1 and never back. Not thread safe. */
typedef struct
{
  char *path;
  guint8 key_hash[32];   /* SHA-256 of the customer's public key; zero = none */
  guint8 device_key[32]; /* P-256 scalar; zero = none */
  gboolean jtag_locked;
  guint gpio;               /* RPIBOOT, 0 = none; BCM2711 */
  char *storage_identifier; /* kept beside for whoever judges the storage */
} PnOtp;

PnOtp *pn_otp_open (const char *path, const char *storage_identifier, GError **error);
void pn_otp_free (PnOtp *self);
gboolean pn_otp_is_locked (PnOtp *self);
/* FALSE where a bit would have to go back, or where another value is there. Durable on return. */
gboolean pn_otp_burn_key_hash (PnOtp *self, const guint8 *hash);
gboolean pn_otp_burn_device_key (PnOtp *self, const guint8 *key);
gboolean pn_otp_burn_jtag_lock (PnOtp *self);
gboolean pn_otp_burn_gpio (PnOtp *self, guint gpio);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnOtp, pn_otp_free)

G_END_DECLS
