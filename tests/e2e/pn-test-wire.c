/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-test-wire.h"

#include <string.h>

#include "pn-digest.h"
#include "pn-transport-private.h"

#define BOOT_VENDOR 0x0a5c
#define FILE_MESSAGE 260
#define BOOT_HEADER 24
#define MAX_COMMAND 256

struct _PnTestWire
{
  PnTransport parent_instance;
  PnTransport *below;
  PnTestWireFunc func;
  gpointer user_data;
  gboolean boot;            /* ROM or file server; else fastboot */
  gboolean recovers;        /* there is a recovery program for the chip, which reads config.txt */
  char asked[FILE_MESSAGE]; /* the last file that was asked for */
  gboolean data_phase;      /* fastboot: the device has said DATA */
};

G_DEFINE_FINAL_TYPE (PnTestWire, pn_test_wire, PN_TYPE_TRANSPORT)

static void
tell (PnTestWire *self, PnTestWireKind kind, const char *what)
{
  self->func (kind, what, self->user_data);
}

/* Lines of a config.txt that recovery burns something for, or that outlive it in another way. */
static void
classify_config (PnTestWire *self, const guint8 *data, gsize size)
{
  static const struct
  {
    const char *key, *fuse;
  } fuses[] = { { "program_pubkey", "customer-key" },
                { "program_jtag_lock", "jtag-lock" },
                { "program_rpiboot_gpio", "rpiboot-gpio" } };
  static const char *const harmless[] = { "recovery_reboot", "recovery_metadata",
                                          "set_reboot_order", "boot_ramdisk", "uart_2ndstage" };
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_auto (GStrv) lines = g_strsplit (text, "\n", 0);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) pair = g_strsplit (lines[i], "=", 2);
      gboolean known = g_strv_length (pair) < 2;

      for (guint j = 0; !known && j < G_N_ELEMENTS (harmless); j++)
        known = g_str_equal (pair[0], harmless[j]);
      for (guint j = 0; !known && j < G_N_ELEMENTS (fuses); j++)
        if (g_str_equal (pair[0], fuses[j].key))
          {
            tell (self, PN_WIRE_PERMANENT, fuses[j].fuse);
            known = TRUE;
          }
      if (!known)
        tell (self, PN_WIRE_PERMANENT, lines[i]);
    }
}

static void
classify_command (PnTestWire *self, const guint8 *data, gsize size)
{
  static const struct
  {
    const char *prefix;
    PnTestWireKind kind;
  } commands[] = {
    { "getvar:", PN_WIRE_READS },
    { "download:", PN_WIRE_READS },
    { "oem fwcrypto status", PN_WIRE_READS },
    { "oem led ", PN_WIRE_READS },
    { "oem bmap-load ", PN_WIRE_READS },
    { "oem bmap-verify ", PN_WIRE_READS },
    { "oem idpinit", PN_WIRE_READS },
    { "oem idpgetblk", PN_WIRE_READS },
    { "oem idpdone", PN_WIRE_READS },
    { "reboot", PN_WIRE_READS },
    { "oem cryptopen ", PN_WIRE_READS },
    { "flash:", PN_WIRE_WRITES },
    { "oem partinit ", PN_WIRE_WRITES },
    { "oem partapp ", PN_WIRE_WRITES },
    { "oem cryptinit ", PN_WIRE_WRITES },
    { "oem idpwrite", PN_WIRE_WRITES },
  };
  g_autofree char *command = g_strndup ((const char *) data, size);

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    if (g_str_has_prefix (command, commands[i].prefix))
      {
        tell (self, commands[i].kind, command);
        return;
      }
  tell (self, PN_WIRE_PERMANENT,
        g_str_equal (command, "oem fwcrypto init") ? "device-key" : command);
}

/* ---- listening ---- */

static gssize
pn_test_wire_control (PnTransport *transport,
                      guint8 request_type,
                      guint8 request,
                      guint16 value,
                      guint16 index,
                      guint8 *data,
                      guint16 length,
                      guint timeout,
                      GCancellable *cancellable,
                      GError **error)
{
  PnTestWire *self = PN_TEST_WIRE (transport);
  gssize got = pn_transport_control (self->below, request_type, request, value, index, data, length,
                                     timeout, cancellable, error);

  if ((request_type & 0x80) != 0 && got == FILE_MESSAGE)
    (void) g_strlcpy (self->asked, (const char *) data + 4, sizeof self->asked);
  return got;
}

static gssize
pn_test_wire_bulk_in (PnTransport *transport,
                      guint8 *buffer,
                      gsize size,
                      guint timeout,
                      GCancellable *cancellable,
                      GError **error)
{
  PnTestWire *self = PN_TEST_WIRE (transport);
  gssize got = pn_transport_bulk_in (self->below, buffer, size, timeout, cancellable, error);

  self->data_phase = got >= 4 && memcmp (buffer, "DATA", 4) == 0;
  return got;
}

/* What goes out in one piece. */
typedef struct
{
  PnTestWire *wire;
  PnTransportSource source;
  gpointer user_data;
  PnHasher *hasher;
  guint64 total;
  gboolean begun;
} Outgoing;

static void
look (Outgoing *self, const guint8 *data, gsize size)
{
  PnTestWire *wire = self->wire;

  if (!wire->boot)
    classify_command (wire, data, MIN (size, MAX_COMMAND));
  else if (wire->recovers && g_str_equal (wire->asked, "config.txt"))
    classify_config (wire, data, size);
  else if (g_str_has_prefix (wire->asked, "pieeprom."))
    tell (wire, PN_WIRE_WRITES, wire->asked);
}

static gssize
outgoing_source (guint8 *buffer, gsize size, gpointer user_data, GError **error)
{
  Outgoing *self = user_data;
  gssize got = self->source (buffer, size, self->user_data, error);

  if (got > 0 && !self->begun && !self->wire->data_phase)
    {
      /* A configuration and a command fit into the first piece. */
      look (self, buffer, (gsize) got);
      self->begun = TRUE;
    }
  if (got > 0 && self->wire->boot)
    pn_hasher_update (self->hasher, buffer, (gsize) got);
  return got;
}

static gboolean
pn_test_wire_bulk_out (PnTransport *transport,
                       guint64 total,
                       gsize chunk,
                       PnTransportSource source,
                       PnTransportProgress progress,
                       gpointer user_data,
                       guint timeout,
                       GCancellable *cancellable,
                       GError **error)
{
  PnTestWire *self = PN_TEST_WIRE (transport);
  Outgoing outgoing = { self, source, user_data, pn_hasher_new (), total, FALSE };
  gboolean fine;

  /* The callee's progress takes the caller's data; without a listener nobody misses it. */
  fine = pn_transport_bulk_out (self->below, total, chunk, outgoing_source, NULL, &outgoing,
                                timeout, cancellable, error);
  if (fine && progress != NULL)
    progress (total, user_data);
  if (fine && self->boot && total != BOOT_HEADER)
    {
      PnSha256 digest = pn_hasher_finish (g_steal_pointer (&outgoing.hasher));
      g_autofree char *hex = pn_sha256_to_hex (&digest);

      tell (self, PN_WIRE_SERVED, hex);
    }
  g_clear_pointer (&outgoing.hasher, pn_hasher_free);
  if (fine)
    self->data_phase = FALSE;
  return fine;
}

static void
pn_test_wire_finalize (GObject *object)
{
  g_clear_object (&PN_TEST_WIRE (object)->below);
  G_OBJECT_CLASS (pn_test_wire_parent_class)->finalize (object);
}

static void
pn_test_wire_class_init (PnTestWireClass *klass)
{
  PnTransportClass *transport_class = PN_TRANSPORT_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = pn_test_wire_finalize;
  transport_class->control = pn_test_wire_control;
  transport_class->bulk_in = pn_test_wire_bulk_in;
  transport_class->bulk_out = pn_test_wire_bulk_out;
}

static void
pn_test_wire_init (PnTestWire *self)
{
}

PnTransport *
pn_test_wire_new (PnTransport *below, PnTestWireFunc func, gpointer user_data)
{
  PnTestWire *self = g_object_new (PN_TYPE_TEST_WIRE, NULL);
  const PnIdentity *identity = pn_transport_get_identity (below);

  self->below = g_object_ref (below);
  self->func = func;
  self->user_data = user_data;
  self->boot = identity->vendor == BOOT_VENDOR;
  self->recovers = identity->product == 0x2711 || identity->product == 0x2712;
  pn_transport_take_identity (PN_TRANSPORT (self), pn_identity_copy (identity));
  return PN_TRANSPORT (self);
}
