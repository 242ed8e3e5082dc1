/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The image over the network: to a virtual device that listens there, over a network that fails at
 * any point, and to whoever else answers (H-11). In a network of the test's own, because all
 * devices have the same port. */
#include "config.h"

#include <string.h>

#include "pn-io.h"
#include "pn-test-desk.h"
#include "pn-test-impostor.h"
#include "pn-test-net.h"
#include "pn-virtual-private.h"
#include "pn-virtual-storage-private.h"

#define MIB (G_GUINT64_CONSTANT (1024) * 1024)
#define DISK (768 * MIB)
#define HERE "127.0.5.4"      /* the device */
#define ELSEWHERE "127.0.9.9" /* somebody else */
#define PIECE MIB             /* what the device takes at a time, where there are to be several */
#define N_CUTS 8

static PnTestInputs *inputs;
static gboolean own_network;
static const char *cable; /* the address of the next device */

typedef PnTestDesk Bench;

static void
plug_cable (PnVirtualBoard *board)
{
  board->network = (char *) cable;
}

static void
begin (Bench *bench, const char *name, PnMode mode, const char *address)
{
  cable = address;
  pn_test_desk_begin (
      bench, inputs, pn_test_inputs_network_bundle (inputs, mode),
      pn_test_inputs_model (inputs, name, "cm5", PN_STORAGE_EMMC, DISK, plug_cable));
}

static void
run_with (Bench *bench, const PnVirtualFaults *faults)
{
  pn_virtual_device_set_faults (bench->device, faults);
  pn_virtual_device_plug (bench->device, FALSE);
  pn_test_desk_run (bench);
}

static void
run (Bench *bench)
{
  PnVirtualFaults faults = pn_virtual_faults_none ();

  run_with (bench, &faults);
}

static guint64
get_number (Bench *bench, const char *evidence)
{
  const char *text = pn_test_host_get_evidence (bench->host, evidence);
  guint64 number = 0;

  g_assert_nonnull (text);
  g_assert_true (g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT64, &number, NULL));
  return number;
}

static void
assert_passed (Bench *bench, const char *route)
{
  g_assert_no_error (bench->error);
  g_assert_cmpint (bench->result.verdict, ==, PN_VERDICT_PASSED);
  g_assert_cmpuint (bench->result.bytes_verified, >, 0);
  g_assert_cmpstr (pn_test_host_get_evidence (bench->host, "data-route"), ==, route);
}

static void
assert_said (Bench *bench, const char *words)
{
  g_autofree char *log = pn_test_host_get_log (bench->host);

  if (strstr (log, words) == NULL)
    g_error ("“%s” is not in:\n%s", words, log);
}

/* Bytes that came over USB since the device was made. */
static guint64
get_usb_bytes (Bench *bench)
{
  guint64 received;

  g_mutex_lock (&bench->device->mutex);
  received = bench->device->received;
  g_mutex_unlock (&bench->device->mutex);
  return received;
}

/* ---- it works ---- */

static const struct
{
  const char *name, *address, *told;
  PnMode mode;
} ways[] = {
  { "ipv4", HERE, HERE, PN_MODE_NAKED },
  { "ipv6", "::1", "::1", PN_MODE_NAKED },
  { "link-local", PN_TEST_LINK_LOCAL "%lo", PN_TEST_LINK_LOCAL "%lo", PN_MODE_NAKED },
  { "secure", HERE, HERE, PN_MODE_SECURE_BOOT },
};

static void
test_network (gconstpointer data)
{
  gsize i = GPOINTER_TO_SIZE (data);
  guint64 carried;
  Bench bench;

  if (!own_network && i != 0)
    {
      g_test_skip ("needs a network of its own");
      return;
    }
  begin (&bench, ways[i].name, ways[i].mode, ways[i].address);
  run (&bench);
  assert_passed (&bench, "network");
  g_assert_cmpstr (pn_test_host_get_evidence (bench.host, "data-address"), ==, ways[i].told);
  carried = get_number (&bench, "data-network-bytes");
  g_assert_cmpuint (carried, >, PIECE);
  g_assert_cmpuint (carried, <, bench.result.bytes_sent); /* what wipes the disk is none of it */
  pn_test_desk_end (&bench);
}

/* Several images, behind encryption and not, on one connection that was proven once. */
static void
test_set (void)
{
  Bench bench;

  cable = HERE;
  pn_test_desk_begin (
      &bench, inputs, pn_test_inputs_network_set_bundle (inputs, PN_MODE_SECURE_BOOT, "slots"),
      pn_test_inputs_model (inputs, "set", "cm5", PN_STORAGE_EMMC, DISK, plug_cable));
  run (&bench);
  assert_passed (&bench, "network");
  g_assert_cmpstr (pn_test_host_get_evidence (bench.host, "image-set-closed"), ==, "yes");
  pn_test_desk_end (&bench);
}

/* As it was before there was a network: the recipe does not ask for it. */
static void
test_not_asked (void)
{
  Bench bench;

  cable = HERE;
  pn_test_desk_begin (
      &bench, inputs, pn_test_inputs_bundle (inputs, PN_MODE_NAKED, PN_STORAGE_EMMC),
      pn_test_inputs_model (inputs, "not-asked", "cm5", PN_STORAGE_EMMC, DISK, plug_cable));
  run (&bench);
  assert_passed (&bench, NULL);
  g_assert_null (pn_test_host_get_evidence (bench.host, "ipv4-address"));
  pn_test_desk_end (&bench);
}

/* ---- there is none ---- */

static void
test_no_cable (void)
{
  Bench bench;

  begin (&bench, "no-cable", PN_MODE_NAKED, NULL);
  run (&bench);
  assert_passed (&bench, "usb");
  g_assert_cmpuint (get_number (&bench, "data-network-bytes"), ==, 0);
  pn_test_desk_end (&bench);
}

static void
test_old_gadget (void)
{
  PnVirtualFaults faults = pn_virtual_faults_none ();
  Bench bench;

  faults.no_data_plane = TRUE;
  begin (&bench, "old-gadget", PN_MODE_NAKED, HERE);
  run_with (&bench, &faults);
  assert_passed (&bench, "usb");
  assert_said (&bench, "over USB only");
  pn_test_desk_end (&bench);
}

/* What the device says is an address, and is none, or nobody's. */
static void
test_no_address (gconstpointer data)
{
  PnVirtualFaults faults = pn_virtual_faults_none ();
  g_autofree char *address = g_strdup (data);
  Bench bench;

  faults.gadget_address = address;
  begin (&bench, data, PN_MODE_NAKED, NULL);
  bench.job.limits.network = 2000;
  run_with (&bench, &faults);
  assert_passed (&bench, "usb");
  pn_test_desk_end (&bench);
}

/* ---- it fails ---- */

/* What came over both cables, without what starts the device. */
static guint64
count_bytes (Bench *bench, guint64 usb_overhead, guint64 network)
{
  return get_usb_bytes (bench) - usb_overhead + network;
}

static void
run_cut (const char *name, gboolean stalls, guint64 at, Bench *bench)
{
  PnVirtualFaults faults = pn_virtual_faults_none ();

  faults.gadget.max_download = PIECE;
  if (stalls)
    faults.gadget.network_stall_after = at;
  else
    faults.gadget.network_cut_after = at;
  begin (bench, name, PN_MODE_NAKED, HERE);
  if (stalls)
    bench->job.limits.network = 2000;
  run_with (bench, &faults);
}

/* Cut at any point, the rest goes over USB: nothing is sent twice but the piece that was lost. */
static void
test_cut (void)
{
  guint64 image, overhead;
  Bench bench;

  run_cut ("whole", FALSE, 0, &bench);
  assert_passed (&bench, "network");
  image = get_number (&bench, "data-network-bytes");
  overhead = get_usb_bytes (&bench);
  g_assert_cmpuint (image, >, 4 * PIECE);
  pn_test_desk_end (&bench);
  for (guint i = 0; i < N_CUTS; i++)
    {
      guint64 at = 1 + i * (image / N_CUTS) + i * 4093;
      g_autofree char *name = g_strdup_printf ("cut-%u", i);
      guint64 carried, sent;

      run_cut (name, FALSE, at, &bench);
      carried = get_number (&bench, "data-network-bytes");
      assert_passed (&bench, carried > 0 ? "network-then-usb" : "usb");
      sent = count_bytes (&bench, overhead, at);
      g_test_message ("cut after %" G_GUINT64_FORMAT ": %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
                      " bytes arrived there, %" G_GUINT64_FORMAT " were sent",
                      at, carried, image, sent);
      g_assert_cmpuint (carried, <=, at);
      g_assert_cmpuint (at, <=, carried + 2 * PIECE);
      g_assert_cmpuint (sent, <, image + 2 * PIECE);
      pn_test_desk_end (&bench);
    }
}

static void
test_stall (void)
{
  guint64 at = 2 * PIECE + 12345;
  Bench bench;

  run_cut ("stall", TRUE, at, &bench);
  assert_passed (&bench, "network-then-usb");
  g_assert_cmpuint (get_number (&bench, "data-network-bytes"), >, 0);
  assert_said (&bench, "The network failed, and the rest goes over USB");
  pn_test_desk_end (&bench);
}

/* ---- somebody else is there ---- */

static PnTestImpostor *
begin_impostor (Bench *bench, const char *name, PnTestImpostorKind kind, PnVirtualFaults *faults)
{
  *faults = pn_virtual_faults_none ();
  faults->gadget_address = (char *) ELSEWHERE;
  begin (bench, name, PN_MODE_NAKED, HERE);
  bench->job.limits.network = 2000;
  return pn_test_impostor_new (kind, ELSEWHERE, HERE, NULL);
}

/* None of them gets a byte of the image, or is believed. */
static void
test_impostor (gconstpointer data)
{
  static const char *const names[] = {
    [PN_TEST_IMPOSTOR_YES_MAN] = "yes-man", [PN_TEST_IMPOSTOR_HUGE] = "huge",
    [PN_TEST_IMPOSTOR_SILENT] = "silent",   [PN_TEST_IMPOSTOR_STRANGE] = "strange",
    [PN_TEST_IMPOSTOR_OLD] = "old",
  };
  PnTestImpostorKind kind = (PnTestImpostorKind) GPOINTER_TO_INT (data);
  PnVirtualFaults faults;
  Bench bench;
  PnTestImpostor *impostor = begin_impostor (&bench, names[kind], kind, &faults);

  run_with (&bench, &faults);
  assert_passed (&bench, "usb");
  assert_said (&bench, "The image goes over USB, not over the network");
  if (kind == PN_TEST_IMPOSTOR_YES_MAN)
    assert_said (&bench, "another device");
  pn_test_desk_end (&bench);
  g_assert_cmpuint (pn_test_impostor_free (impostor), <, 8192); /* the mark, and how it is told */
}

/* Who is in between gets through, and drops the image: the device itself says so. */
static void
test_relay (void)
{
  PnVirtualFaults faults;
  Bench bench;
  PnTestImpostor *impostor = begin_impostor (&bench, "relay", PN_TEST_IMPOSTOR_RELAY, &faults);

  run_with (&bench, &faults);
  g_assert_false (bench.passed);
  g_assert_error (bench.error, PN_ERROR, PN_ERROR_VERIFY);
  g_assert_cmpint (bench.result.verdict, ==, PN_VERDICT_FAILED);
  g_assert_cmpint (bench.result.phase, ==, PN_PHASE_VERIFY);
  pn_test_desk_end (&bench);
  g_assert_cmpuint (pn_test_impostor_free (impostor), >, PIECE);
}

/* A real device that has the address, too: it gets the mark, and not the image. */
static void
test_other_device (void)
{
  g_autofree char *path = g_build_filename (inputs->folder, "other-device.img", NULL);
  g_autofree guint8 *content = g_malloc (4 * MIB);
  PnVirtualFaults faults = pn_virtual_faults_none ();
  PnGadgetBoard board = { .chip = PN_CHIP_BCM2712,
                          .model = (char *) "Raspberry Pi Compute Module 5 Rev 1.0",
                          .serial = (char *) "fedcba9876543210",
                          .sdram_size = 8000000000,
                          .data_plane = TRUE };
  g_autoptr (GError) error = NULL;
  PnVirtualStorage *storage = pn_virtual_storage_open (path, PN_STORAGE_EMMC, DISK, "x\n", &error);
  PnGadget *other;
  guint n_written = 0;
  Bench bench;

  g_assert_no_error (error);
  other = pn_gadget_new (&board, storage);
  pn_gadget_join_network (other, ELSEWHERE, &error);
  g_assert_no_error (error);
  faults.gadget_address = (char *) ELSEWHERE;
  begin (&bench, "same-address", PN_MODE_NAKED, HERE);
  run_with (&bench, &faults);
  assert_passed (&bench, "usb");
  assert_said (&bench, "another device");
  pn_test_desk_end (&bench);
  pn_gadget_free (other);
  g_assert_true (pn_virtual_storage_read (storage, "mmcblk0", 0, content, 4 * MIB));
  for (gsize i = 0; i < 4 * MIB; i++)
    n_written += content[i] != 0;
  g_assert_cmpuint (n_written, >, 0);
  g_assert_cmpuint (n_written, <=, 4096);
  pn_virtual_storage_close (storage);
}

/* Cancelled while nobody says anything there, it does not go on over USB. */
static void
test_cancel (void)
{
  PnVirtualFaults faults = pn_virtual_faults_none ();
  PnTestImpostor *impostor;
  Bench bench;

  faults.gadget_address = (char *) ELSEWHERE;
  begin (&bench, "cancel", PN_MODE_NAKED, HERE);
  bench.job.limits.network = 60000;
  impostor = pn_test_impostor_new (PN_TEST_IMPOSTOR_SILENT, ELSEWHERE, NULL, bench.cancellable);
  run_with (&bench, &faults);
  g_assert_false (bench.passed);
  g_assert_cmpint (bench.result.verdict, ==, PN_VERDICT_CANCELLED);
  g_assert_cmpint (bench.result.phase, ==, PN_PHASE_WRITE);
  pn_test_desk_end (&bench);
  (void) pn_test_impostor_free (impostor);
}

int
main (int argc, char **argv)
{
  static const char *const nobody[] = { "127.0.7.7", "10.99.99.99", "localhost", "127.0.0.1:22",
                                        "fe80::1%lo" };
  static const PnTestImpostorKind kinds[] = { PN_TEST_IMPOSTOR_YES_MAN, PN_TEST_IMPOSTOR_HUGE,
                                              PN_TEST_IMPOSTOR_SILENT, PN_TEST_IMPOSTOR_STRANGE,
                                              PN_TEST_IMPOSTOR_OLD };
  int status;

  own_network = pn_test_net_enter ();
  g_test_init (&argc, &argv, NULL);
  inputs = pn_test_inputs_new ();
  for (gsize i = 0; i < G_N_ELEMENTS (ways); i++)
    {
      g_autofree char *path = g_strdup_printf ("/network/%s", ways[i].name);

      g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_network);
    }
  g_test_add_func ("/network/set", test_set);
  g_test_add_func ("/network/not-asked", test_not_asked);
  g_test_add_func ("/network/no-cable", test_no_cable);
  g_test_add_func ("/network/old-gadget", test_old_gadget);
  for (gsize i = 0; i < G_N_ELEMENTS (nobody); i++)
    {
      g_autofree char *path = g_strdup_printf ("/network/nobody/%s", nobody[i]);

      g_test_add_data_func (path, nobody[i], test_no_address);
    }
  g_test_add_func ("/network/cut", test_cut);
  g_test_add_func ("/network/stall", test_stall);
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autofree char *path = g_strdup_printf ("/network/impostor/%u", kinds[i]);

      g_test_add_data_func (path, GINT_TO_POINTER ((int) kinds[i]), test_impostor);
    }
  g_test_add_func ("/network/relay", test_relay);
  g_test_add_func ("/network/other-device", test_other_device);
  g_test_add_func ("/network/cancel", test_cancel);
  status = g_test_run ();
  pn_test_inputs_free (inputs);
  return status;
}
