/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Who answers at the address of a device on the network, and is not that device; or the device
 * itself, up to a point. In a thread of its own, one connection. */
typedef enum
{
  PN_TEST_IMPOSTOR_YES_MAN, /* takes everything, and says that it is written */
  PN_TEST_IMPOSTOR_RELAY,   /* hands the first flash on to the device, and is a yes-man then */
  PN_TEST_IMPOSTOR_HUGE,    /* announces a message of 2^63 bytes */
  PN_TEST_IMPOSTOR_SILENT,  /* takes the connection, and says nothing */
  PN_TEST_IMPOSTOR_STRANGE, /* speaks something else */
  PN_TEST_IMPOSTOR_OLD,     /* speaks another version of fastboot */
} PnTestImpostorKind;

typedef struct _PnTestImpostor PnTestImpostor;

/* At @address with the port that devices have. @device: the address of the device, RELAY.
 * @cancellable (nullable) is cancelled when somebody connects. */
PnTestImpostor *pn_test_impostor_new (PnTestImpostorKind kind,
                                      const char *address,
                                      const char *device,
                                      GCancellable *cancellable);
/* Hangs up; bytes that were sent to it. */
guint64 pn_test_impostor_free (PnTestImpostor *self);

G_END_DECLS
