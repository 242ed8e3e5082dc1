/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-error.h"

#define BUS_NAME "org.punnet.Error."

static const GDBusErrorEntry entries[] = {
  { PN_ERROR_FAILED, BUS_NAME "Failed" },
  { PN_ERROR_INVALID_ARGUMENT, BUS_NAME "InvalidArgument" },
  { PN_ERROR_INVALID_DATA, BUS_NAME "InvalidData" },
  { PN_ERROR_NOT_SUPPORTED, BUS_NAME "NotSupported" },
  { PN_ERROR_NOT_FOUND, BUS_NAME "NotFound" },
  { PN_ERROR_EXISTS, BUS_NAME "Exists" },
  { PN_ERROR_IO, BUS_NAME "Io" },
  { PN_ERROR_BUSY, BUS_NAME "Busy" },
  { PN_ERROR_STALE, BUS_NAME "Stale" },
  { PN_ERROR_PERMISSION, BUS_NAME "Permission" },
  { PN_ERROR_KEY, BUS_NAME "Key" },
  { PN_ERROR_SIGNATURE, BUS_NAME "Signature" },
  { PN_ERROR_NO_SPACE, BUS_NAME "NoSpace" },
  { PN_ERROR_PROTOCOL, BUS_NAME "Protocol" },
  { PN_ERROR_TIMED_OUT, BUS_NAME "TimedOut" },
  { PN_ERROR_DISCONNECTED, BUS_NAME "Disconnected" },
  { PN_ERROR_REJECTED, BUS_NAME "Rejected" },
  { PN_ERROR_WRONG_DEVICE, BUS_NAME "WrongDevice" },
  { PN_ERROR_LOCKED_OTHER_KEY, BUS_NAME "LockedOtherKey" },
  { PN_ERROR_VERIFY, BUS_NAME "Verify" },
  { PN_ERROR_CONSENT, BUS_NAME "Consent" },
  { PN_ERROR_CANCELLED, BUS_NAME "Cancelled" },
};
G_STATIC_ASSERT (G_N_ELEMENTS (entries) == PN_ERROR_CANCELLED + 1);

static const char *const words[] = {
  "failed",
  "invalid-argument",
  "invalid-data",
  "not-supported",
  "not-found",
  "exists",
  "io",
  "busy",
  "stale",
  "permission",
  "key",
  "signature",
  "no-space",
  "protocol",
  "timed-out",
  "disconnected",
  "rejected",
  "wrong-device",
  "locked-other-key",
  "verify",
  "consent",
  "cancelled",
};
G_STATIC_ASSERT (G_N_ELEMENTS (words) == G_N_ELEMENTS (entries));

GQuark
pn_error_quark (void)
{
  static gsize quark = 0;

  g_dbus_error_register_error_domain ("pn-error-quark", &quark, entries, G_N_ELEMENTS (entries));
  return (GQuark) quark;
}

const char *
pn_error_word (const GError *error)
{
  if (error->domain == G_IO_ERROR && error->code == G_IO_ERROR_CANCELLED)
    return words[PN_ERROR_CANCELLED];
  if (error->domain != PN_ERROR || error->code < 0 || error->code >= (int) G_N_ELEMENTS (words))
    return words[PN_ERROR_FAILED];
  return words[error->code];
}
