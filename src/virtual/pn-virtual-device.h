/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "pn-phase.h"
#include "pn-gadget.h"

G_BEGIN_DECLS

/* A whole virtual Raspberry Pi: OTP and EEPROM in files of a folder, ROM, recovery, file server
 * client, boot loader, gadget. Its folder: otp.json, eeprom.bin, storage.img. */
typedef struct
{
  PnChip chip;
  char *model;
  char *serial; /* 16 hex digits */
  guint32 board_revision;
  char *mac;
  PnStorage storage_kind;
  guint64 storage_size;
  char *storage_identifier;
  gboolean strap; /* nRPIBOOT jumper (or the RPIBOOT GPIO's link) fitted: every reset ends in ROM
                   * USB boot; else only a re-plug with the button held does. A BCM2710 has neither:
                   * it is in USB boot while its storage starts nothing */
  guint rpiboot_gpio; /* in OTP as it comes; 0 = none */
  char *network; /* address of its network socket (pn_gadget_join_network ()); NULL = no cable */
  GPtrArray *
      rom_key_hashes; /* PnSha256: keys the ROM takes a Raspberry Pi block from; empty = the real */
} PnVirtualBoard;
/* Model "cm5", "pi5", "cm4", "pi4", "pi400" or "zero2w", with the storage that it usually has, and
 * set up for USB boot as its guide says. What is set is borrowed from the program. */
gboolean pn_virtual_board_set_model (PnVirtualBoard *board, const char *model, GError **error);
/* Compute Modules with an SD card are those without eMMC. */
void pn_virtual_board_set_storage (PnVirtualBoard *board, PnStorage kind, guint64 size);
/* TRUE for boards that start USB boot only by a GPIO chosen in OTP. */
gboolean pn_virtual_board_needs_gpio (const PnVirtualBoard *board);

/* The fault dial. All off when zero or -1 (see the source for defaults by pn_virtual_faults_none).
 */
typedef struct
{
  gint64 unplug_after; /* bytes from the host after which the cable is pulled; -1 = never */
  guint step;          /* the step (PnVirtualStepFunc) that goes wrong; 0 = none, 1 = the first */
  PnStep step_fault;   /* how */
  gboolean reject_recovery; /* ROM or recovery refuses whatever is sent */
  gboolean reject_gadget;   /* boot.img is refused */
  char *gadget_serial;      /* the gadget says this serial instead */
  char *gadget_address;     /* … and this network address */
  gboolean no_data_plane;   /* an older gadget: nothing but USB */
  gboolean wrong_eeprom_hash;
  gboolean silent_metadata;
  gboolean write_protected; /* the boot EEPROM's /WP pin and bits: it cannot be written */
  gboolean no_reading;      /* a recovery that is offered no image says nothing, and stays */
  gboolean no_status;       /* ROM gone before the status read */
  guint stall_after;        /* file messages after which the device stays silent; 0 = never */
  PnGadgetFaults gadget;
} PnVirtualFaults;
PnVirtualFaults pn_virtual_faults_none (void);
/* "NAME" or "NAME=NUMBER", as punnet-virtual takes them. */
gboolean pn_virtual_faults_add (PnVirtualFaults *faults, const char *word, GError **error);
void pn_virtual_faults_clear (PnVirtualFaults *faults); /* what _add () made */

typedef enum
{
  PN_VIRTUAL_OFF,
  PN_VIRTUAL_ROM,
  PN_VIRTUAL_RECOVERY,
  PN_VIRTUAL_BOOTLOADER,
  PN_VIRTUAL_GADGET,
  PN_VIRTUAL_STUCK,   /* ROM after a refused loader: answers nothing until a power cycle */
  PN_VIRTUAL_RUNNING, /* booted from its storage, or halted: not on the bus */
} PnVirtualStage;

#define PN_TYPE_VIRTUAL_DEVICE (pn_virtual_device_get_type ())
G_DECLARE_FINAL_TYPE (PnVirtualDevice, pn_virtual_device, PN, VIRTUAL_DEVICE, GObject)

PnVirtualDevice *
pn_virtual_device_new (const char *folder, const PnVirtualBoard *board, GError **error);
void pn_virtual_device_set_faults (PnVirtualDevice *self, const PnVirtualFaults *faults);
/* The physical acts. Thread safe. @button: the power button is held while plugging in. */
void pn_virtual_device_plug (PnVirtualDevice *self, gboolean button);
void pn_virtual_device_unplug (PnVirtualDevice *self);
/* Unplugged, and off its plug; takes @self. Its thread has ended when this returns, whoever else
 * (who read from its stream, say) still holds it: another device can be attached in its place, and
 * the program can end. */
void pn_virtual_device_take_away (PnVirtualDevice *self);
gboolean pn_virtual_device_is_plugged (PnVirtualDevice *self);
PnVirtualStage pn_virtual_device_get_stage (PnVirtualDevice *self);
/* µs from the first time that it was on the bus to the first byte that a host sent to it; -1 = not
 * yet. */
gint64 pn_virtual_device_get_first_byte (PnVirtualDevice *self);
/* OTP as it is: the customer key hash, 32 bytes zero when blank. */
void pn_virtual_device_get_key_hash (PnVirtualDevice *self, guint8 *hash);
gboolean pn_virtual_device_get_jtag_locked (PnVirtualDevice *self);
guint pn_virtual_device_get_rpiboot_gpio (PnVirtualDevice *self); /* 0 = none */
void pn_virtual_device_get_device_key (PnVirtualDevice *self, guint8 *key);
/* Burns a key hash as an earlier owner would have; FALSE where OTP refuses. */
gboolean
pn_virtual_device_burn (PnVirtualDevice *self, const guint8 *key_hash, const guint8 *device_key);

/* Called from the device's thread at each change of stage. */
typedef void (*PnVirtualStageFunc) (PnVirtualDevice *self,
                                    PnVirtualStage stage,
                                    gpointer user_data);
void pn_virtual_device_set_stage_func (PnVirtualDevice *self,
                                       PnVirtualStageFunc func,
                                       gpointer user_data);
/* Called from the device's thread before each step, which is told in words; the answer says what
 * goes wrong in it. The host: "loader", "take FILE" and "got FILE", "data", "command LINE". The
 * device: "ask FILE", "tell KEY", "write eeprom", "burn FUSE", "reply LINE", "reset", and once it
 * is done, so that only UNPLUG and STALL mean something, "wrote eeprom" and "burned FUSE". */
typedef PnStep (*PnVirtualStepFunc) (PnVirtualDevice *self, const char *step, gpointer user_data);
void
pn_virtual_device_set_step_func (PnVirtualDevice *self, PnVirtualStepFunc func, gpointer user_data);
/* From now on, until the faults are set anew, the network is cut, or nothing moves on it. From any
 * thread, its step function too. */
void pn_virtual_device_lose_network (PnVirtualDevice *self, gboolean stalls);
/* TRUE once a host has switched the power LED off: it says that the device is done. */
gboolean pn_virtual_device_is_done (PnVirtualDevice *self);

/* Front ends attach here: what happens on the cable. Callbacks come from the device's thread. */
typedef struct
{
  /* The device enumerates. Descriptors as bytes; strings "" where there are none. */
  void (*attach) (PnVirtualDevice *device,
                  const guint8 *device_descriptor,
                  GBytes *configuration_descriptor,
                  const char *manufacturer,
                  const char *product,
                  const char *serial,
                  gpointer user_data);
  void (*detach) (PnVirtualDevice *device, gpointer user_data);
} PnVirtualPort;
void
pn_virtual_device_set_port (PnVirtualDevice *self, const PnVirtualPort *port, gpointer user_data);

/* A transfer from the host. The front end owns it until @complete; the device completes it from any
 * thread, exactly once, also at detach (-ENODEV) and cancel (-ECANCELED). */
typedef struct _PnVirtualTransfer PnVirtualTransfer;
struct _PnVirtualTransfer
{
  guint8 endpoint; /* 0 control; bit 7 = in */
  guint8 setup[8];
  guint8 *data;
  gsize length;
  gsize actual;
  int status; /* 0 or a negative errno */
  void (*complete) (PnVirtualTransfer *self, gpointer user_data);
  gpointer user_data;
};
void pn_virtual_device_submit (PnVirtualDevice *self, PnVirtualTransfer *transfer);
void pn_virtual_device_cancel (PnVirtualDevice *self, PnVirtualTransfer *transfer);

/* Front end over sockets (pn-vusb.h): runs until the plug socket closes. Takes @plug. Own threads.
 */
void pn_virtual_socket_attach (PnVirtualDevice *self, int plug);
/* Closes the plug of a device that was disposed of: nothing else of it uses it any more. */
void pn_virtual_socket_detach (PnVirtualDevice *self);

G_END_DECLS
