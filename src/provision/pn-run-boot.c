/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The boot ROM's part of a run: which loader is sent, which files are served, and what it means
 * when the device does not come back as it should (rpiboot.md §5, §6, §11; signing.md §7). */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "pn-bootfiles.h"
#include "pn-run-private.h"

/* A locked board that is not satisfied with boot.sig asks for it for ever: rpiboot.md §9. */
#define MAX_SIGNATURE_REQUESTS 4

int
pn_run_find_artefact (PnRunContext *self, PnRole role, const PnArtefact **artefact, GError **error)
{
  *artefact = pn_manifest_find (self->manifest, role);
  if (*artefact != NULL)
    return self->job->artefacts[pn_manifest_index_of (self->manifest, *artefact)];
  pn_set_error (error, PN_ERROR_INVALID_DATA, "The bundle has no %s", pn_role_to_word (role));
  return -1;
}

GBytes *
pn_run_artefact (PnRunContext *self, PnRole role, GError **error)
{
  g_autoptr (GMappedFile) file = NULL;
  const PnArtefact *artefact;
  int fd = pn_run_find_artefact (self, role, &artefact, error);
  g_autoptr (GBytes) bytes = NULL;
  PnSha256 digest;

  file = fd >= 0 ? g_mapped_file_new_from_fd (fd, FALSE, error) : NULL;
  if (file == NULL)
    return NULL;
  bytes = g_mapped_file_get_bytes (file);
  digest = pn_sha256_bytes (bytes);
  if (g_bytes_get_size (bytes) != artefact->size || !pn_sha256_equal (&digest, &artefact->digest))
    {
      pn_set_error (error, PN_ERROR_SIGNATURE, "The bundle's %s has changed", artefact->name);
      return NULL;
    }
  return g_steal_pointer (&bytes);
}

void
pn_run_forget_device (PnRunContext *self)
{
  g_clear_object (&self->fastboot);
  g_clear_object (&self->transport);
}

/* The ROM's serial is the low half of the board's (rpiboot.md §2.4). */
static gboolean
same_serial (const char *known, const char *now)
{
  gsize known_length = known != NULL ? strlen (known) : 0;
  gsize now_length = strlen (now);
  gsize common = MIN (known_length, now_length);

  return common == 0 ||
         g_ascii_strcasecmp (known + known_length - common, now + now_length - common) == 0;
}

static gboolean
check_identity (PnRunContext *self, const PnIdentity *identity, GError **error)
{
  PnDeviceFacts *facts = &self->result->facts;
  gboolean in_rom = identity->vendor == PN_RPIBOOT_VENDOR;

  if (in_rom && identity->product != self->traits->product)
    {
      pn_run_classify (self, PN_DEVICE_WRONG_FAMILY);
      pn_set_error (error, PN_ERROR_WRONG_DEVICE,
                    "This bundle is for the chip %s, but the device has another one (USB product "
                    "%s)",
                    pn_chip_to_word (pn_manifest_get_chip (self->manifest)),
                    PN_HEX (identity->product));
      return FALSE;
    }
  /* What its loaders show is nobody's serial number ("Broadcom"): rpiboot.md §2.4. */
  if (in_rom && !self->traits->tells_serial)
    return TRUE;
  if (!same_serial (facts->serial, identity->serial))
    {
      pn_set_error (error, PN_ERROR_WRONG_DEVICE,
                    "Another device came back in this slot: expected serial %s, found %s",
                    facts->serial, identity->serial);
      return FALSE;
    }
  if (strlen (identity->serial) > (facts->serial != NULL ? strlen (facts->serial) : 0))
    {
      g_free (facts->serial);
      facts->serial = g_ascii_strdown (identity->serial, -1);
      pn_run_host_facts (self->host, facts);
    }
  return TRUE;
}

gboolean
pn_run_next (PnRunContext *self, guint timeout, GError **error)
{
  g_autoptr (PnTransport) next = NULL;

  pn_run_forget_device (self);
  next = pn_run_host_next_device (self->host, timeout, self->cancellable, error);
  if (next == NULL || !check_identity (self, pn_transport_get_identity (next), error))
    return FALSE;
  self->transport = g_steal_pointer (&next);
  return TRUE;
}

static PnRpibootStage
current_stage (PnRunContext *self)
{
  if (self->transport == NULL)
    return PN_RPIBOOT_NONE;
  return pn_rpiboot_get_stage (pn_transport_get_identity (self->transport));
}

/* Timing out is an answer here, not an error: FALSE with @error unset. */
static gboolean
try_next (PnRunContext *self, guint timeout, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (pn_run_next (self, timeout, &local))
    return TRUE;
  if (!g_error_matches (local, PN_ERROR, PN_ERROR_TIMED_OUT))
    g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* How a person gets a device of the family into USB boot mode: rpiboot.md §1. */
static const char *
replug_sentence (PnRunContext *self)
{
  static const char *const sentences[] = {
    [PN_CHIP_BCM2710] = N_ ("Unplug the device, put an SD card into it that nothing starts from "
                            "(an erased one) and plug it in again."),
    [PN_CHIP_BCM2711] = N_ ("Unplug the device, leave its nRPIBOOT jumper (on a Raspberry Pi 4 or "
                            "400: the link from its RPIBOOT GPIO to ground) fitted and plug it in "
                            "again."),
    [PN_CHIP_BCM2712] =
        N_ ("Unplug the device, hold its power button (or leave the nRPIBOOT jumper "
            "fitted) and plug it in again."),
  };

  return sentences[pn_manifest_get_chip (self->manifest)];
}

gboolean
pn_run_need_rom (PnRunContext *self, gboolean come_back, const char *why, GError **error)
{
  g_autofree char *sentence = NULL;
  g_autoptr (GError) local = NULL;

  if (come_back)
    {
      pn_run_forget_device (self);
      if (!try_next (self, self->job->limits.appear, &local) && local != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
    }
  if (current_stage (self) == PN_RPIBOOT_ROM)
    return TRUE;

  sentence = pn_sentence_join (N_ ("%s %s"), why, replug_sentence (self));
  pn_run_host_instruct (self->host, sentence);
  pn_run_host_tell (self->host, sentence);
  do
    if (!pn_run_next (self, self->job->limits.replug, error))
      {
        pn_run_host_instruct (self->host, NULL);
        pn_prefix_error (error, "The device did not come back in USB boot mode");
        return FALSE;
      }
  while (current_stage (self) != PN_RPIBOOT_ROM);
  pn_run_host_instruct (self->host, NULL);
  return TRUE;
}

static void
report_progress (guint64 acknowledged, gpointer user_data)
{
  PnRunContext *self = user_data;

  pn_run_host_progress (self->host, acknowledged, 0);
}

/* Sends @code to the ROM. TRUE when the device came back as a file server. */
static gboolean
send_loader (PnRunContext *self, GBytes *code, PnLoaderFate *fate, GError **error)
{
  g_autoptr (GError) local = NULL;
  gint64 status = -1;
  gboolean sent;

  *fate = PN_LOADER_LOST;
  sent = pn_rpiboot_send_second_stage (self->transport, code, &status, report_progress, self,
                                       self->cancellable, &local);
  if (!sent && !g_error_matches (local, PN_ERROR, PN_ERROR_TIMED_OUT) &&
      !g_error_matches (local, PN_ERROR, PN_ERROR_PROTOCOL))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      pn_prefix_error (error, "Sending the loader failed");
      return FALSE;
    }
  if (status >= 0)
    pn_run_host_log (self->host, "The boot ROM answered %s", PN_HEX ((guint64) status));
  if (!pn_run_host_wait_gone (self->host, self->job->limits.rejected, self->cancellable))
    {
      if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
        return FALSE;
      pn_run_forget_device (self);
      *fate = PN_LOADER_REFUSED;
      pn_set_error (error, PN_ERROR_REJECTED,
                    "The boot ROM refused the loader: the device stayed in ROM mode");
      return FALSE;
    }
  if (!pn_run_next (self, self->job->limits.appear, error))
    {
      pn_prefix_error (error, "After the loader was sent");
      return FALSE;
    }
  if (current_stage (self) == PN_RPIBOOT_SERVER)
    {
      *fate = PN_LOADER_RAN;
      return TRUE;
    }
  if (current_stage (self) == PN_RPIBOOT_ROM)
    *fate = PN_LOADER_REFUSED;
  pn_set_error (error, *fate == PN_LOADER_REFUSED ? PN_ERROR_REJECTED : PN_ERROR_PROTOCOL,
                "The device did not run the loader: it came back as it was");
  return FALSE;
}

/* What is served in one conversation. */
typedef struct
{
  PnRunContext *run;
  GPtrArray *bootfiles; /* PnBootfile; NULL in a recovery run */
  GBytes *loader;
  GBytes *config;
  GBytes *image;     /* pieeprom.bin or boot.img; NULL = none */
  GBytes *signature; /* pieeprom.sig or boot.sig */
  guint signature_requests;
  gboolean image_sent;
  GCancellable *stop; /* cancelled to end a conversation that goes in circles */
} Served;

static GBytes *
lookup_served (const char *name, gpointer user_data)
{
  Served *served = user_data;
  const PnChipTraits *traits = served->run->traits;
  gboolean recovery = served->bootfiles == NULL;
  GBytes *found = NULL;

  if (g_str_equal (name, "config.txt") && traits->has_eeprom)
    found = served->config;
  else if (g_str_equal (name, traits->loader))
    found = served->loader;
  else if (g_str_equal (name, recovery ? "pieeprom.bin" : "boot.img"))
    found = served->image;
  else if (g_str_equal (name, recovery ? "pieeprom.sig" : "boot.sig"))
    {
      found = served->signature;
      if (++served->signature_requests > MAX_SIGNATURE_REQUESTS)
        g_cancellable_cancel (served->stop);
    }
  else if (!recovery)
    {
      g_autofree char *entry = g_strconcat (traits->folder, name, NULL);

      found = pn_bootfiles_lookup (served->bootfiles, entry);
    }
  return found != NULL ? g_bytes_ref (found) : NULL;
}

static void
served_progress (const char *name, guint64 done, guint64 total, gpointer user_data)
{
  Served *served = user_data;

  pn_run_host_progress (served->run->host, done, total);
  if (done == total && (g_str_equal (name, "pieeprom.bin") || g_str_equal (name, "boot.img")))
    served->image_sent = TRUE;
}

static void
served_metadata (const char *key, const char *value, gpointer user_data)
{
  Served *served = user_data;

  pn_run_host_evidence (served->run->host, key, value);
}

static void
forward_cancel_cb (GCancellable *cancellable, gpointer user_data)
{
  g_cancellable_cancel (user_data);
}

static gboolean
serve (PnRunContext *self, Served *served, PnMetadata *metadata, GError **error)
{
  PnFileServer server = {
    .lookup = lookup_served,
    .progress = served_progress,
    .metadata = served_metadata,
    .user_data = served,
  };
  g_autoptr (GCancellable) stop = g_cancellable_new ();
  PnRpibootEnd end;
  gulong handler = 0;
  gboolean done;

  served->run = self;
  served->stop = stop;
  if (self->cancellable != NULL)
    handler = g_cancellable_connect (self->cancellable, G_CALLBACK (forward_cancel_cb),
                                     g_object_ref (stop), g_object_unref);
  done = pn_rpiboot_serve (self->transport, &server, metadata, self->job->limits.message, &end,
                           stop, error);
  g_cancellable_disconnect (self->cancellable, handler);
  return done;
}

static void
clear_served (Served *served)
{
  g_clear_pointer (&served->bootfiles, g_ptr_array_unref);
  g_clear_pointer (&served->loader, g_bytes_unref);
  g_clear_pointer (&served->config, g_bytes_unref);
  g_clear_pointer (&served->image, g_bytes_unref);
  g_clear_pointer (&served->signature, g_bytes_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Served, clear_served)

gboolean
pn_run_recovery (PnRunContext *self,
                 PnBootVariant variant,
                 PnRole config,
                 PnMetadata *metadata,
                 PnLoaderFate *fate,
                 GError **error)
{
  gboolean writes = config != PN_ROLE_RECOVERY_CONFIG_INSPECT;
  gboolean ours = variant == PN_BOOT_COUNTERSIGNED && self->traits->countersigned;
  g_auto (Served) served = { 0 };
  gboolean done;

  *fate = PN_LOADER_LOST;
  served.loader =
      pn_run_artefact (self, ours ? PN_ROLE_RECOVERY_COUNTERSIGNED : PN_ROLE_RECOVERY, error);
  if (served.loader == NULL || (served.config = pn_run_artefact (self, config, error)) == NULL)
    return FALSE;
  if (writes &&
      ((served.image = pn_run_artefact (self, PN_ROLE_EEPROM, error)) == NULL ||
       (served.signature = pn_run_artefact (self, PN_ROLE_EEPROM_SIGNATURE, error)) == NULL))
    return FALSE;

  if (!send_loader (self, served.loader, fate, error))
    return FALSE;
  done = serve (self, &served, metadata, error);
  /* Until the whole image went out, recovery has nothing that it could flash or fuse. */
  self->eeprom_touched |= served.image_sent;
  if (!done)
    pn_prefix_error (error, "The recovery run did not finish");
  return done;
}

/* TRUE when the gadget is on the bus; @error says what became of boot.img otherwise. */
static gboolean
wait_for_gadget (PnRunContext *self, GError **error)
{
  if (!pn_run_next (self, self->job->limits.gadget, error))
    {
      if (error != NULL && g_error_matches (*error, PN_ERROR, PN_ERROR_TIMED_OUT))
        {
          g_clear_error (error);
          pn_set_error (error, PN_ERROR_REJECTED,
                        "The device took the provisioning system but did not start it");
        }
      return FALSE;
    }
  if (pn_fastboot_matches (pn_transport_get_identity (self->transport)))
    {
      self->fastboot = pn_fastboot_new_usb (self->transport);
      return TRUE;
    }
  pn_set_error (error, PN_ERROR_REJECTED,
                "The device did not start the provisioning system: it came back in USB boot "
                "mode");
  return FALSE;
}

/* What is served until the gadget starts. Where there is no boot EEPROM all of it is in the
 * archive. */
static gboolean
load_gadget (PnRunContext *self, PnBootVariant variant, Served *served, GError **error)
{
  gboolean ours = variant == PN_BOOT_COUNTERSIGNED && self->traits->countersigned;
  g_autofree char *loader = g_strconcat (self->traits->folder, self->traits->loader, NULL);
  g_autoptr (GBytes) archive =
      pn_run_artefact (self, ours ? PN_ROLE_BOOTFILES_COUNTERSIGNED : PN_ROLE_BOOTFILES, error);

  if (archive == NULL || (served->bootfiles = pn_bootfiles_parse (archive, error)) == NULL)
    return FALSE;
  served->loader = pn_bootfiles_lookup (served->bootfiles, loader);
  if (served->loader == NULL)
    {
      pn_set_error (error, PN_ERROR_INVALID_DATA, "The bundle's bootfiles.bin has no %s", loader);
      return FALSE;
    }
  g_bytes_ref (served->loader);
  if (!self->traits->has_eeprom)
    return TRUE;
  if ((served->config = pn_run_artefact (self, PN_ROLE_GADGET_CONFIG, error)) == NULL ||
      (served->image = pn_run_artefact (self, PN_ROLE_GADGET, error)) == NULL)
    return FALSE;
  if (pn_manifest_find (self->manifest, PN_ROLE_GADGET_SIGNATURE) == NULL)
    return TRUE;
  served->signature = pn_run_artefact (self, PN_ROLE_GADGET_SIGNATURE, error);
  return served->signature != NULL;
}

gboolean
pn_run_boot_gadget (PnRunContext *self, PnBootVariant variant, GError **error)
{
  g_autoptr (PnMetadata) metadata = pn_metadata_new ();
  g_auto (Served) served = { 0 };
  g_autoptr (GError) local = NULL;
  PnLoaderFate fate;

  if (!load_gadget (self, variant, &served, error))
    return FALSE;
  if (current_stage (self) == PN_RPIBOOT_ROM && !send_loader (self, served.loader, &fate, error))
    return FALSE;
  if (!serve (self, &served, metadata, &local))
    {
      self->wants_signature = served.signature_requests > MAX_SIGNATURE_REQUESTS;
      if (self->wants_signature)
        pn_set_error (error, PN_ERROR_REJECTED,
                      "The boot firmware on this device starts only signed systems, and is not "
                      "satisfied with the signature of this bundle");
      else if (served.image_sent)
        pn_set_error_because (error, PN_ERROR_REJECTED,
                              N_ ("The device refused the provisioning system"), local);
      else
        {
          g_propagate_error (error, g_steal_pointer (&local));
          pn_prefix_error (error, "Booting the provisioning system failed");
        }
      return FALSE;
    }
  return wait_for_gadget (self, error);
}
