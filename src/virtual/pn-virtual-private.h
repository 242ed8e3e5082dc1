/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-otp.h"
#include "pn-virtual-device.h"
#include "pn-virtual-storage.h"

G_BEGIN_DECLS

/* The device's thread runs straight through: ROM, recovery, boot loader, gadget. Each call that
 * waits for the host returns FALSE once the power is gone; everything then unwinds to the start. */
struct _PnVirtualDevice
{
  GObject parent_instance;

  PnVirtualBoard board;
  char *folder;
  PnOtp *otp;
  PnVirtualStorage *storage;
  GThread *thread;

  GMutex port_mutex;         /* attach and detach reach the port one after the other */
  GMutex mutex;              /* guards all below */
  gint64 on_bus, first_byte; /* monotonic, µs: when they were first; 0 = not yet */
  GCond cond;
  gboolean quit;
  gboolean plugged;
  gboolean button;
  guint power;   /* counts the times it was plugged in */
  guint running; /* the one that the thread is in */
  gboolean attached;
  gboolean broken; /* the gadget's session was ended by something the host did */
  PnVirtualStage stage;
  PnVirtualFaults faults;
  char *fault_serial; /* owned copies of what faults has */
  char *fault_address;
  guint64 received; /* bulk bytes since it was made */
  guint messages;
  gboolean done;              /* the host switched the LED off */
  GQueue controls, outs, ins; /* PnVirtualTransfer that wait for the device */
  gsize out_used;             /* bytes taken from the first of outs */
  guint8 out_endpoint, in_endpoint;
  PnVirtualPort port;
  gpointer port_data;
  void (*stage_func) (PnVirtualDevice *self, PnVirtualStage stage, gpointer user_data);
  gpointer stage_data;
  guint steps;
  PnVirtualStepFunc step_func;
  gpointer step_data;
};

/* pn-virtual-usb.c; called from the device's thread. */
typedef struct
{
  guint16 vendor, product;
  guint8 serial_index;
  const char *manufacturer, *product_name, *serial;
  gboolean gadget;       /* interface ff/42/03 instead of the boot ROM's */
  gboolean mass_storage; /* the boot ROM's is the second interface, after one that is not used */
} PnUsbFace;
gboolean pn_virtual_alive (PnVirtualDevice *self);
gboolean pn_virtual_attach (PnVirtualDevice *self, const PnUsbFace *face);
void pn_virtual_detach (PnVirtualDevice *self);
gboolean pn_virtual_sleep (PnVirtualDevice *self, guint milliseconds);
void pn_virtual_set_stage (PnVirtualDevice *self, PnVirtualStage stage);
/* Before a step (PnVirtualStepFunc); @what nullable. UNPLUG and STALL have happened when it
 * returns: there is no power then. */
PnStep pn_virtual_step (PnVirtualDevice *self, const char *kind, const char *what);
/* Waits until the power is gone. */
void pn_virtual_hold (PnVirtualDevice *self);
/* The next control transfer; NULL when there is none within @timeout ms (0 = for ever) or no power.
 */
PnVirtualTransfer *pn_virtual_next_control (PnVirtualDevice *self, guint timeout);
void pn_virtual_complete (PnVirtualTransfer *transfer, int status, gsize actual);
/* Exactly @size bytes of bulk OUT, in whatever transfers. */
gboolean pn_virtual_read_bulk (PnVirtualDevice *self, guint8 *buffer, gsize size);
/* One whole bulk OUT transfer of at most @size bytes; FALSE also for a longer one. */
gboolean
pn_virtual_read_transfer (PnVirtualDevice *self, guint8 *buffer, gsize size, gsize *length);
/* One message into bulk IN transfers. */
gboolean pn_virtual_write_bulk (PnVirtualDevice *self, const guint8 *data, gsize size);

/* pn-boot-rom.c: a loader the ROM accepted, or NULL. */
GBytes *pn_boot_rom_run (PnVirtualDevice *self);
/* Whether boot code runs with what is in OTP now. */
gboolean pn_boot_rom_trusts_2711 (PnVirtualDevice *self, GBytes *code);
gboolean pn_boot_rom_trusts_2712 (PnVirtualDevice *self, GBytes *code);
void pn_boot_rom_face (PnVirtualDevice *self, PnUsbFace *face, gboolean server);

/* pn-file-client.c: the device's side of the file server. */
/* NULL where the host has no such file, or the power is gone (see pn_virtual_alive ()). */
GBytes *pn_file_client_get (PnVirtualDevice *self, const char *name);
guint32 pn_file_client_size (PnVirtualDevice *self, const char *name);
gboolean pn_file_client_metadata (PnVirtualDevice *self, const char *key, const char *value);
gboolean pn_file_client_done (PnVirtualDevice *self);

/* pn-recovery.c. What the board does next. */
typedef enum
{
  PN_NEXT_OFF, /* the power is gone */
  PN_NEXT_ROM,
  PN_NEXT_BOOTLOADER, /* the EEPROM's boot loader as a file server */
  PN_NEXT_STORAGE,    /* boots from its storage, or does nothing: off the bus */
  PN_NEXT_GADGET,
} PnNext;
PnNext pn_recovery_run (PnVirtualDevice *self);
gboolean pn_virtual_is_recovery (GBytes *code);
/* A reset; @usb_boot: the next boot order is USB. */
PnNext pn_virtual_reset (PnVirtualDevice *self, gboolean usb_boot);
GBytes *pn_virtual_read_eeprom (PnVirtualDevice *self); /* NULL = as it left the factory */

/* pn-bootloader.c. @second_stage: loaded by the ROM, so that it asks for the firmware first. */
PnNext pn_bootloader_run (PnVirtualDevice *self, gboolean second_stage);

/* pn-bootcode-run.c: the second stage of a BCM2710, which needs no EEPROM. */
PnNext pn_bootcode_run (PnVirtualDevice *self);
/* TRUE where its storage holds something that it starts from. */
gboolean pn_virtual_storage_starts (PnVirtualDevice *self);

/* pn-gadget-usb.c */
PnNext pn_gadget_usb_run (PnVirtualDevice *self);

G_END_DECLS
