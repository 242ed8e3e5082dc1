/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Watches udev for devices that are ours to provision: Broadcom's boot ROM and file server
 * (rpiboot.md §3.1) and the fastboot gadget of Raspberry Pi (fastboot.md §2.1). One enumeration is
 * told once, in the main context of its creator; those that are there already are told from
 * pn_usb_watch_start
 * (). */
typedef struct
{
  /* Nullable. One of ours is in @port: FALSE leaves it alone, not even opened; the end of that is
   * told by left (). */
  gboolean (*wanted) (const char *port, gpointer user_data);
  /* @port: the socket's topology path, "1-1.2". Takes @fd, the opened node; -1 where it could not
   * be opened, and @error says why. @serial: as it describes itself, NULL = not at all. */
  void (*arrived) (
      const char *port, int fd, const char *serial, const GError *error, gpointer user_data);
  void (*left) (const char *port, gpointer user_data);
  /* Nullable. Anything at all was plugged into @port, whosever it is; it is not opened. */
  void (*plugged) (const char *port, gpointer user_data);
} PnUsbWatchFuncs;

typedef struct _PnUsbWatch PnUsbWatch;
PnUsbWatch *pn_usb_watch_start (const PnUsbWatchFuncs *funcs, gpointer user_data);
/* The path of the node of what is in @port; NULL = nothing of ours. (transfer full) */
char *pn_usb_watch_get_node (PnUsbWatch *self, const char *port);
/* Opens what is in @port now once more; -1 with @error. */
int pn_usb_watch_open (PnUsbWatch *self, const char *port, GError **error);
void pn_usb_watch_stop (PnUsbWatch *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnUsbWatch, pn_usb_watch_stop)

G_END_DECLS
