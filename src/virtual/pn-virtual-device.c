/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-virtual-private.h"

#include <string.h>

#include "pn-eeprom.h"
#include "pn-io.h"
#include "pn-virtual-storage-private.h"

#define OFF_BUS_MS 30 /* between two enumerations; some 1.5 s on silicon */

G_DEFINE_FINAL_TYPE (PnVirtualDevice, pn_virtual_device, G_TYPE_OBJECT)

PnVirtualFaults
pn_virtual_faults_none (void)
{
  return (PnVirtualFaults){
    .unplug_after = -1,
    .gadget = { .flip_bit = -1, .fail_write_at = -1 },
  };
}

/* A counter-signed EEPROM does not start on a blank BCM2712, nor a plain one on a locked board
 * (signing.md §7). */
static gboolean
eeprom_starts (PnVirtualDevice *self)
{
  g_autoptr (GBytes) image = pn_virtual_read_eeprom (self);
  g_autoptr (PnEeprom) eeprom = image != NULL ? pn_eeprom_new (image, NULL) : NULL;
  g_autoptr (GBytes) code = NULL;

  if (image == NULL)
    return TRUE; /* as it came from the factory, or from its earlier owner */
  code = eeprom != NULL ? pn_eeprom_get_file (eeprom, "bootcode.bin", NULL) : NULL;
  if (code == NULL)
    return FALSE;
  return self->board.chip == PN_CHIP_BCM2711 ? pn_boot_rom_trusts_2711 (self, code)
                                             : pn_boot_rom_trusts_2712 (self, code);
}

/* A pin that is connected to ground counts where OTP says which; Compute Modules have one of their
 * own. */
static gboolean
strap_counts (PnVirtualDevice *self)
{
  return self->board.strap && (!pn_virtual_board_needs_gpio (&self->board) || self->otp->gpio != 0);
}

PnNext
pn_virtual_reset (PnVirtualDevice *self, gboolean usb_boot)
{
  PnStep fault = pn_virtual_step (self, "reset", NULL);

  if (!pn_virtual_sleep (self, OFF_BUS_MS))
    return PN_NEXT_OFF;
  if (fault == PN_STEP_FAIL)
    return PN_NEXT_STORAGE; /* whatever it should have started */
  if (self->board.chip == PN_CHIP_BCM2710)
    return pn_virtual_storage_starts (self) ? PN_NEXT_STORAGE : PN_NEXT_ROM;
  if (strap_counts (self))
    return PN_NEXT_ROM;
  return usb_boot && eeprom_starts (self) ? PN_NEXT_BOOTLOADER : PN_NEXT_STORAGE;
}

static PnNext
run_rom (PnVirtualDevice *self)
{
  g_autoptr (GBytes) code = pn_boot_rom_run (self);

  if (code == NULL)
    return PN_NEXT_OFF;
  if (self->board.chip == PN_CHIP_BCM2710)
    return pn_bootcode_run (self);
  if (pn_virtual_is_recovery (code))
    return pn_recovery_run (self);
  return pn_bootloader_run (self, TRUE);
}

/* From power on to power off. */
static void
run_power (PnVirtualDevice *self, gboolean button)
{
  PnNext next = button || strap_counts (self) ? PN_NEXT_ROM : PN_NEXT_STORAGE;

  if (self->board.chip == PN_CHIP_BCM2710) /* it has neither button nor jumper */
    next = pn_virtual_storage_starts (self) ? PN_NEXT_STORAGE : PN_NEXT_ROM;

  while (next != PN_NEXT_OFF && pn_virtual_alive (self))
    switch (next)
      {
      case PN_NEXT_ROM:
        next = run_rom (self);
        break;
      case PN_NEXT_BOOTLOADER:
        next = pn_bootloader_run (self, FALSE);
        break;
      case PN_NEXT_GADGET:
        next = pn_gadget_usb_run (self);
        break;
      case PN_NEXT_STORAGE:
        pn_virtual_set_stage (self, PN_VIRTUAL_RUNNING);
        pn_virtual_hold (self);
        next = PN_NEXT_OFF;
        break;
      case PN_NEXT_OFF:
      default:
        break;
      }
  /* What neither answered nor went away is still on the bus: with power that is. */
  pn_virtual_hold (self);
  pn_virtual_detach (self);
}

static gpointer
device_thread (gpointer data)
{
  PnVirtualDevice *self = data;

  for (;;)
    {
      gboolean button;

      g_mutex_lock (&self->mutex);
      while (!self->quit && !(self->plugged && self->running != self->power))
        g_cond_wait (&self->cond, &self->mutex);
      self->running = self->power;
      button = self->button;
      if (self->quit)
        {
          g_mutex_unlock (&self->mutex);
          return NULL;
        }
      g_mutex_unlock (&self->mutex);
      run_power (self, button);
      if (!pn_virtual_device_is_plugged (self))
        pn_virtual_set_stage (self, PN_VIRTUAL_OFF);
    }
}

/* The thread ends here, while the object can still be referenced by what it attaches. */
static void
pn_virtual_device_dispose (GObject *object)
{
  PnVirtualDevice *self = PN_VIRTUAL_DEVICE (object);
  GThread *thread;

  g_mutex_lock (&self->mutex);
  self->quit = TRUE;
  thread = g_steal_pointer (&self->thread);
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
  if (thread != NULL)
    g_thread_join (thread);
  pn_virtual_detach (self);
  G_OBJECT_CLASS (pn_virtual_device_parent_class)->dispose (object);
}

static void
pn_virtual_device_finalize (GObject *object)
{
  PnVirtualDevice *self = PN_VIRTUAL_DEVICE (object);

  g_clear_pointer (&self->otp, pn_otp_free);
  g_clear_pointer (&self->storage, pn_virtual_storage_close);
  g_clear_pointer (&self->board.rom_key_hashes, g_ptr_array_unref);
  g_free (self->board.model);
  g_free (self->board.serial);
  g_free (self->board.mac);
  g_free (self->board.network);
  g_free (self->board.storage_identifier);
  g_free (self->folder);
  g_free (self->fault_serial);
  g_free (self->fault_address);
  g_mutex_clear (&self->port_mutex);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->cond);
  G_OBJECT_CLASS (pn_virtual_device_parent_class)->finalize (object);
}

static void
pn_virtual_device_class_init (PnVirtualDeviceClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = pn_virtual_device_dispose;
  G_OBJECT_CLASS (klass)->finalize = pn_virtual_device_finalize;
}

static void
pn_virtual_device_init (PnVirtualDevice *self)
{
  g_mutex_init (&self->port_mutex);
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  self->faults = pn_virtual_faults_none ();
}

static GPtrArray *
copy_hashes (GPtrArray *hashes)
{
  GPtrArray *copy = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; hashes != NULL && i < hashes->len; i++)
    g_ptr_array_add (copy, g_memdup2 (hashes->pdata[i], sizeof (PnSha256)));
  return copy;
}

PnVirtualDevice *
pn_virtual_device_new (const char *folder, const PnVirtualBoard *board, GError **error)
{
  g_autoptr (PnVirtualDevice) self = g_object_new (PN_TYPE_VIRTUAL_DEVICE, NULL);
  g_autofree char *otp = g_build_filename (folder, "otp.json", NULL);
  g_autofree char *storage = g_build_filename (folder, "storage.img", NULL);

  self->folder = g_strdup (folder);
  self->board = *board;
  self->board.model = g_strdup (board->model);
  self->board.serial = g_strdup (board->serial);
  self->board.mac = g_strdup (board->mac);
  self->board.network = g_strdup (board->network);
  self->board.storage_identifier = g_strdup (board->storage_identifier);
  self->board.rom_key_hashes = copy_hashes (board->rom_key_hashes);
  self->otp = pn_otp_open (otp, board->storage_identifier, error);
  if (self->otp == NULL)
    return NULL;
  if (board->rpiboot_gpio != 0 && self->otp->gpio == 0)
    (void) pn_otp_burn_gpio (self->otp, board->rpiboot_gpio);
  self->storage = pn_virtual_storage_open (storage, board->storage_kind, board->storage_size,
                                           board->storage_identifier, error);
  if (self->storage == NULL)
    return NULL;
  self->thread = g_thread_new ("virtual-device", device_thread, self);
  return g_steal_pointer (&self);
}

void
pn_virtual_device_set_faults (PnVirtualDevice *self, const PnVirtualFaults *faults)
{
  g_mutex_lock (&self->mutex);
  self->faults = *faults;
  g_free (self->fault_serial);
  self->fault_serial = g_strdup (faults->gadget_serial);
  g_free (self->fault_address);
  self->fault_address = g_strdup (faults->gadget_address);
  g_mutex_unlock (&self->mutex);
}

void
pn_virtual_device_lose_network (PnVirtualDevice *self, gboolean stalls)
{
  PnGadgetFaults now = pn_virtual_storage_get_faults (self->storage);
  guint64 *const after = stalls ? &now.network_stall_after : &now.network_cut_after;

  *after = 1;
  pn_virtual_storage_set_faults (self->storage, &now);
  g_mutex_lock (&self->mutex);
  self->faults.gadget.network_cut_after = now.network_cut_after;
  self->faults.gadget.network_stall_after = now.network_stall_after;
  g_mutex_unlock (&self->mutex);
}

void
pn_virtual_device_plug (PnVirtualDevice *self, gboolean button)
{
  g_mutex_lock (&self->mutex);
  if (!self->plugged)
    {
      self->plugged = TRUE;
      self->button = button;
      self->power++;
      g_cond_broadcast (&self->cond);
    }
  g_mutex_unlock (&self->mutex);
}

void
pn_virtual_device_unplug (PnVirtualDevice *self)
{
  g_mutex_lock (&self->mutex);
  self->plugged = FALSE;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
  pn_virtual_detach (self);
}

void
pn_virtual_device_take_away (PnVirtualDevice *self)
{
  pn_virtual_device_unplug (self);
  g_object_run_dispose (G_OBJECT (self));
  pn_virtual_socket_detach (self);
  g_object_unref (self);
}

gboolean
pn_virtual_device_is_plugged (PnVirtualDevice *self)
{
  gboolean plugged;

  g_mutex_lock (&self->mutex);
  plugged = self->plugged;
  g_mutex_unlock (&self->mutex);
  return plugged;
}

PnVirtualStage
pn_virtual_device_get_stage (PnVirtualDevice *self)
{
  PnVirtualStage stage;

  g_mutex_lock (&self->mutex);
  stage = self->plugged ? self->stage : PN_VIRTUAL_OFF;
  g_mutex_unlock (&self->mutex);
  return stage;
}

gboolean
pn_virtual_device_is_done (PnVirtualDevice *self)
{
  gboolean done;

  g_mutex_lock (&self->mutex);
  done = self->done;
  g_mutex_unlock (&self->mutex);
  return done;
}

void
pn_virtual_device_get_key_hash (PnVirtualDevice *self, guint8 *hash)
{
  memcpy (hash, self->otp->key_hash, sizeof self->otp->key_hash);
}

gboolean
pn_virtual_device_get_jtag_locked (PnVirtualDevice *self)
{
  return self->otp->jtag_locked;
}

void
pn_virtual_device_get_device_key (PnVirtualDevice *self, guint8 *key)
{
  memcpy (key, self->otp->device_key, sizeof self->otp->device_key);
}

guint
pn_virtual_device_get_rpiboot_gpio (PnVirtualDevice *self)
{
  return self->otp->gpio;
}

gboolean
pn_virtual_device_burn (PnVirtualDevice *self, const guint8 *key_hash, const guint8 *device_key)
{
  return (key_hash == NULL || pn_otp_burn_key_hash (self->otp, key_hash)) &&
         (device_key == NULL || pn_otp_burn_device_key (self->otp, device_key));
}

void
pn_virtual_device_set_port (PnVirtualDevice *self, const PnVirtualPort *port, gpointer user_data)
{
  g_mutex_lock (&self->mutex);
  self->port = *port;
  self->port_data = user_data;
  g_mutex_unlock (&self->mutex);
}

void
pn_virtual_device_set_step_func (PnVirtualDevice *self, PnVirtualStepFunc func, gpointer user_data)
{
  g_mutex_lock (&self->mutex);
  self->step_func = func;
  self->step_data = user_data;
  g_mutex_unlock (&self->mutex);
}

PnStep
pn_virtual_step (PnVirtualDevice *self, const char *kind, const char *what)
{
  g_autofree char *step = what != NULL ? g_strdup_printf ("%s %s", kind, what) : g_strdup (kind);
  PnVirtualStepFunc func;
  gpointer data;
  PnStep fault = PN_STEP_FINE;

  if (!pn_virtual_alive (self))
    return PN_STEP_UNPLUG;
  g_mutex_lock (&self->mutex);
  if (++self->steps == self->faults.step)
    fault = self->faults.step_fault;
  func = self->step_func;
  data = self->step_data;
  g_mutex_unlock (&self->mutex);
  if (func != NULL && fault == PN_STEP_FINE)
    fault = func (self, step, data);
  if (fault == PN_STEP_UNPLUG)
    pn_virtual_device_unplug (self);
  else if (fault == PN_STEP_STALL)
    pn_virtual_hold (self);
  return fault;
}

void
pn_virtual_device_set_stage_func (PnVirtualDevice *self,
                                  PnVirtualStageFunc func,
                                  gpointer user_data)
{
  self->stage_func = func;
  self->stage_data = user_data;
}
