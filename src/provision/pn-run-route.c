/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which way the image goes (workflows.md §5.2, H-11). USB commands and verifies in any case; where
 * the recipe says so, and the device offers it, the image alone goes over the network.
 *
 * Nothing authenticates that network. So an address counts only if the device itself told it over
 * USB, and before a byte of the image is sent there, a mark made of random bytes is: it goes over
 * the network to a block that the image overwrites anyway, and the device has to read it back over
 * USB. Whoever else answers there, a device with an address that was given twice for example,
 * cannot bring it about. What a failing network has not carried goes over USB instead, from the
 * piece on that was not acknowledged. */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <openssl/rand.h>
#include <string.h>

#include "pn-digest.h"
#include "pn-network.h"
#include "pn-run-private.h"
#include "pn-sparse-reader.h"
#include "pn-vusb-transport.h"

#define PROTOCOL "0.4"
#define SECTOR 512 /* bytes that stay zero: a mark on a whole disk is no partition table */

static PnReach
get_reach (PnRunContext *self)
{
  return PN_IS_VUSB_TRANSPORT (self->transport) ? PN_REACH_LOOPBACK : PN_REACH_LINK;
}

/* The link-local address is not among what the gadget tells, but it follows from the MAC. It is
 * all that there is on a cable without a DHCP server. */
static gboolean
find_addresses (PnRunContext *self, GPtrArray *addresses, GError **error)
{
  static const char *const names[] = { "ipv6-address", "ipv4-address" };
  const char *mac = self->result->facts.mac;
  g_autoptr (GInetAddress) own = mac != NULL ? pn_network_from_mac (mac) : NULL;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GError) local = NULL;
      g_autofree char *text = NULL;
      GInetAddress *address;

      if (!pn_run_variable (self, names[i], &text, error))
        return FALSE;
      address = text != NULL ? pn_network_parse (text, get_reach (self), &local) : NULL;
      if (address != NULL)
        g_ptr_array_add (addresses, address);
      else if (text != NULL)
        {
          g_autofree char *why = pn_error_to_sentence (local);

          pn_run_host_tell (self->host, why);
        }
    }
  if (own != NULL)
    g_ptr_array_add (addresses, g_steal_pointer (&own));
  return TRUE;
}

/* A session over the network with whoever is there. */
static gboolean
call (PnRunContext *self, GPtrArray *addresses, char **name, GError **error)
{
  guint timeout = self->job->limits.network;
  g_autofree char *version = NULL;
  int fd = pn_run_host_dial (self->host, addresses, timeout, name, self->cancellable, error);

  if (fd < 0)
    return FALSE;
  self->network = pn_fastboot_new_stream (fd, timeout, self->cancellable, error);
  if (self->network == NULL)
    return FALSE;
  version = pn_fastboot_getvar (self->network, "version", timeout, self->cancellable, error);
  if (version != NULL && !g_str_equal (version, PROTOCOL))
    return pn_set_error (error, PN_ERROR_PROTOCOL,
                         "What answers there speaks another protocol (%s)", version);
  return version != NULL;
}

/* ---- the mark ---- */

static GBytes *
make_mark (void)
{
  guint8 *mark = g_malloc0 (PN_RUN_BLOCK_SIZE);

  if (RAND_bytes (mark + SECTOR, PN_RUN_BLOCK_SIZE - SECTOR) != 1)
    g_clear_pointer (&mark, g_free);
  return mark != NULL ? g_bytes_new_take (mark, PN_RUN_BLOCK_SIZE) : NULL;
}

/* The first block that the image will write. */
static guint64
find_place (PnRuns *image)
{
  guint n_runs;
  const PnRun *runs = pn_runs_get (image, &n_runs);

  for (guint i = 0; i < n_runs; i++)
    if (runs[i].kind != PN_RUN_SKIP)
      return runs[i].first_block;
  return 0;
}

static gssize
read_cb (guint8 *buffer, gsize size, gpointer reader, GError **error)
{
  return pn_sparse_reader_read (reader, buffer, size, error);
}

static gboolean
send_mark (PnRunContext *self,
           const char *target,
           GBytes *mark,
           guint64 place,
           guint64 n_blocks,
           GError **error)
{
  g_autoptr (PnRuns) runs = pn_runs_new ();
  g_autoptr (PnSparseReader) reader = NULL;

  pn_runs_append_skip (runs, place);
  pn_runs_append_bytes (runs, mark);
  pn_runs_append_skip (runs, n_blocks - place - 1);
  reader = pn_sparse_reader_new (runs, 0, n_blocks, NULL, NULL);
  return pn_run_send (self, self->network, target, (guint32) pn_sparse_reader_get_size (reader),
                      read_cb, NULL, reader, error);
}

/* FALSE with PN_ERROR_VERIFY where the device on USB has not got what went over the network.
 * @usb_error: what ends the run. */
static gboolean
prove (PnRunContext *self, const char *target, PnRuns *image, GError **error, GError **usb_error)
{
  g_autoptr (GBytes) mark = make_mark ();
  guint64 place = find_place (image);
  PnBmapRange range = { (guint32) place, (guint32) place, { 0 } };
  g_autoptr (GError) local = NULL;
  PnSha256 digest;

  if (mark == NULL)
    return pn_set_error (error, PN_ERROR_FAILED, "This machine gives no random numbers");
  if (!send_mark (self, target, mark, place, pn_runs_get_n_blocks (image), error))
    return FALSE;
  digest = pn_sha256_bytes (mark);
  memcpy (range.sha256, digest.bytes, sizeof range.sha256);
  if (pn_run_compare (self, target, PN_RUN_BLOCK_SIZE, &range, 1, NULL, NULL, &local))
    return TRUE;
  if (g_error_matches (local, PN_ERROR, PN_ERROR_VERIFY))
    return pn_set_error (error, PN_ERROR_WRONG_DEVICE, "What answers there is another device");
  g_propagate_error (usb_error, g_steal_pointer (&local));
  return FALSE;
}

/* ---- the route ---- */

static void
stay_on_usb (PnRunContext *self, const char *name, const GError *why)
{
  g_autofree char *part = pn_error_to_sentence (why);
  g_autofree char *set_apart = pn_sentence_part (part);

  g_clear_object (&self->network);
  if (name != NULL)
    pn_run_host_log (self->host, "The image goes over USB, not over the network to %s: %s", name,
                     set_apart);
  else
    pn_run_host_log (self->host, "The image goes over USB, not over the network: %s", set_apart);
}

/* FALSE where the run has to end. */
static gboolean
offers_network (PnRunContext *self, gboolean *offers, GError **error)
{
  g_autofree char *split = NULL;

  if (!pn_run_variable (self, "tcp-data-plane-only", &split, error))
    return FALSE;
  *offers = g_strcmp0 (split, "yes") == 0;
  return TRUE;
}

gboolean
pn_run_route_open (PnRunContext *self, const char *target, PnRuns *image, GError **error)
{
  g_autoptr (GPtrArray) addresses = g_ptr_array_new_with_free_func (g_object_unref);
  g_autofree char *name = NULL;
  g_autoptr (GError) local = NULL;
  g_autoptr (GError) usb = NULL;
  gboolean offers;

  if (!pn_manifest_uses_network (self->manifest) || self->route_chosen ||
      self->result->phase != PN_PHASE_WRITE)
    return TRUE;
  self->route_chosen = TRUE;
  if (!offers_network (self, &offers, error) ||
      (offers && !find_addresses (self, addresses, error)))
    return FALSE;
  if (!offers || addresses->len == 0)
    {
      pn_run_host_log (self->host, offers
                                       ? N_ ("The device is on no network: the image goes over USB")
                                       : N_ ("The device takes the image over USB only"));
      return TRUE;
    }
  if (call (self, addresses, &name, &local) && prove (self, target, image, &local, &usb))
    {
      pn_run_host_log (self->host, "The image goes over the network, to %s", name);
      pn_run_host_evidence (self->host, "data-address", name);
      return TRUE;
    }
  if (usb == NULL && !g_cancellable_set_error_if_cancelled (self->cancellable, &usb))
    stay_on_usb (self, name, local);
  if (usb == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&usb));
  return FALSE;
}

gboolean
pn_run_route_leave (PnRunContext *self, GError **error)
{
  g_autofree char *why = NULL;
  g_autofree char *set_apart = NULL;

  if (self->network == NULL || g_cancellable_is_cancelled (self->cancellable))
    return FALSE;
  why = pn_error_to_sentence (*error);
  set_apart = pn_sentence_part (why);
  pn_run_host_log (self->host, "The network failed, and the rest goes over USB: %s", set_apart);
  g_clear_object (&self->network);
  g_clear_error (error);
  return TRUE;
}

void
pn_run_route_close (PnRunContext *self)
{
  g_autofree char *bytes = g_strdup_printf ("%" G_GUINT64_FORMAT, self->network_bytes);

  if (!self->route_chosen)
    return;
  pn_run_host_evidence (self->host, "data-route",
                        self->network_bytes == 0 ? "usb"
                        : self->network != NULL  ? "network"
                                                 : "network-then-usb");
  pn_run_host_evidence (self->host, "data-network-bytes", bytes);
  g_clear_object (&self->network);
}
