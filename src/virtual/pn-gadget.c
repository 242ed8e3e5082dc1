/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-gadget-private.h"

#include <string.h>

#define COMMAND_SIZE 256 /* read at a time: fastboot.md §1 */

PnGadget *
pn_gadget_new (const PnGadgetBoard *board, PnVirtualStorage *storage)
{
  PnGadget *self = g_new0 (PnGadget, 1);

  self->board = *board;
  self->board.model = g_strdup (board->model);
  self->board.serial = g_strdup (board->serial);
  self->board.mac = g_strdup (board->mac);
  self->board.address = g_strdup (board->address);
  self->storage = storage;
  g_mutex_init (&self->mutex);
  g_cond_init (&self->flashed);
  self->flashing = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->files =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref);
  self->log = g_ptr_array_new_with_free_func (g_free);
  self->listeners = g_ptr_array_new ();
  self->started = g_get_monotonic_time ();
  self->locked_at_start = pn_gadget_has_key (self);
  pn_gadget_log (self, "Booting Linux on physical CPU 0x0000000000 [0x414fd0b1]");
  pn_gadget_log (self, "Command line: console=ttyAMA10,115200 rdinit=/sbin/init");
  return self;
}

void
pn_gadget_free (PnGadget *self)
{
  pn_gadget_stop_listening (self);
  /* Mappings and mounts end with the kernel that made them. */
  pn_virtual_storage_unmap_all (self->storage);
  g_hash_table_unref (self->flashing);
  g_hash_table_unref (self->files);
  g_ptr_array_unref (self->log);
  g_ptr_array_unref (self->listeners);
  g_cond_clear (&self->flashed);
  g_free (self->board.model);
  g_free (self->board.serial);
  g_free (self->board.mac);
  g_free (self->board.address);
  explicit_bzero (self->board.device_key, sizeof self->board.device_key);
  g_clear_pointer (&self->bmap, g_bytes_unref);
  g_free (self->bmap_target);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

void
pn_gadget_set_key_func (PnGadget *self, PnGadgetKeyFunc func, gpointer user_data)
{
  self->key_func = func;
  self->key_data = user_data;
}

void
pn_gadget_set_faults (PnGadget *self, const PnGadgetFaults *faults)
{
  pn_virtual_storage_set_faults (self->storage, faults);
}

void
pn_gadget_set_done_func (PnGadget *self, PnGadgetDoneFunc func, gpointer user_data)
{
  self->done_func = func;
  self->done_data = user_data;
}

void
pn_gadget_set_step_func (PnGadget *self, PnGadgetStepFunc func, gpointer user_data)
{
  self->step_func = func;
  self->step_data = user_data;
}

static PnStep
step (PnGadgetSession *self, const char *kind)
{
  if (self->gadget->step_func == NULL || self->command == NULL)
    return PN_STEP_FINE;
  return self->gadget->step_func (kind, self->command, self->gadget->step_data);
}

PnHandled
pn_gadget_reply_bytes (PnGadgetSession *self, const char *kind, const guint8 *text, gsize size)
{
  guint8 message[4 + PN_GADGET_TEXT];
  gboolean last = !g_str_equal (kind, "INFO");
  PnStep fault = last ? step (self, "reply") : PN_STEP_FINE;

  size = MIN (size, PN_GADGET_TEXT);
  memcpy (message, fault == PN_STEP_FAIL ? "FAIL" : kind, 4);
  if (size > 0)
    memcpy (message + 4, text, size);
  if (size > 0 && fault == PN_STEP_LIE)
    message[4 + size - 1] ^= 1;
  if (!self->channel->write (self->user_data, message, 4 + size))
    self->channel_failed = TRUE;
  return PN_HANDLED;
}

PnHandled
pn_gadget_reply (PnGadgetSession *self, const char *kind, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  return pn_gadget_reply_bytes (self, kind, (const guint8 *) text, strlen (text));
}

void
pn_gadget_clear_buffer (PnGadgetSession *self)
{
  g_clear_pointer (&self->buffer, g_free);
  self->buffer_size = 0;
}

static PnHandled
download (PnGadgetSession *self, const char *argument)
{
  guint32 max = pn_virtual_storage_get_faults (self->gadget->storage).max_download;
  guint64 size;

  if (argument == NULL)
    return pn_gadget_reply (self, "FAIL", "size argument unspecified");
  if (strlen (argument) != 8)
    return pn_gadget_reply (self, "FAIL", "Invalid size (length of size != 8)");
  if (!g_ascii_string_to_unsigned (argument, 16, 0, max != 0 ? max : PN_GADGET_MAX_DOWNLOAD, &size,
                                   NULL))
    return pn_gadget_reply (self, "FAIL", "Invalid size");
  if (size == 0)
    return pn_gadget_reply (self, "FAIL", "Invalid size (0)");
  pn_gadget_clear_buffer (self);
  self->buffer = g_try_malloc (size);
  if (self->buffer == NULL)
    return pn_gadget_reply (self, "FAIL", "Couldn't download data");
  pn_gadget_reply (self, "DATA", "%08x", (guint) size);
  if (self->channel_failed || !self->channel->read_data (self->user_data, self->buffer, size))
    {
      self->channel_failed = TRUE;
      return PN_HANDLED_END;
    }
  self->buffer_size = size;
  return pn_gadget_reply (self, "OKAY", "%s", "");
}

static PnHandled
upload (PnGadgetSession *self)
{
  if (self->buffer_size == 0)
    return pn_gadget_reply (self, "FAIL", "Invalid size (0)");
  pn_gadget_reply (self, "DATA", "%08x", (guint) self->buffer_size);
  if (!self->channel->write (self->user_data, self->buffer, self->buffer_size))
    self->channel_failed = TRUE;
  pn_gadget_clear_buffer (self);
  return pn_gadget_reply (self, "OKAY", "%s", "");
}

/* Answers OKAY for any node that exists and touches nothing: fastboot.md §13.1. */
static PnHandled
erase (PnGadgetSession *self, const char *target)
{
  guint64 size;

  if (target == NULL)
    return pn_gadget_reply (self, "FAIL", "Invalid arguments");
  if (pn_virtual_storage_look (self->gadget->storage, target, &size) == PN_NODE_MISSING)
    return pn_gadget_reply (self, "FAIL", "Partition doesn't exist");
  return pn_gadget_reply (self, "OKAY", "Erasing succeeded");
}

static PnHandled
set_active (PnGadgetSession *self, const char *slot)
{
  if (slot == NULL)
    return pn_gadget_reply (self, "FAIL", "Missing slot argument");
  if (strlen (slot) != 1 || slot[0] < 'a' || slot[0] > 'z')
    return pn_gadget_reply (self, "FAIL", "Bad slot suffix");
  return pn_gadget_reply (self, "FAIL", "Unable to set slot");
}

/* The restricted connection of usb+tcp mode: fastboot.md §5. */
static PnHandled
data_plane (PnGadgetSession *self, const char *line, const char *const *words)
{
  if (g_str_equal (words[0], "getvar"))
    {
      if (words[1] == NULL)
        return pn_gadget_reply (self, "FAIL",
                                "data-plane connection: getvar requires a variable name");
      if (!g_str_equal (words[1], "version") && !g_str_equal (words[1], "max-download-size"))
        return pn_gadget_reply (self, "FAIL", "data-plane connection: getvar %s not permitted",
                                words[1]);
      return pn_gadget_getvar (self, words);
    }
  if (g_str_equal (words[0], "download"))
    return download (self, words[1]);
  if (g_str_equal (words[0], "flash"))
    return pn_gadget_flash (self, words[1]);
  return pn_gadget_reply (self, "FAIL", "Unrecognized command %s",
                          g_str_has_prefix (line, "oem ") ? line : words[0]);
}

static PnHandled
full_plane (PnGadgetSession *self, const char *line, const char *const *words)
{
  const char *command = words[0];

  if (g_str_has_prefix (line, "oem "))
    return pn_gadget_oem (self, line);
  if (g_str_equal (line, "oem"))
    return PN_HANDLED_END; /* crashes the real daemon: §13.4 */
  if (g_str_equal (command, "getvar"))
    return pn_gadget_getvar (self, words);
  if (g_str_equal (command, "download") || g_str_equal (command, "stage"))
    return download (self, words[1]);
  if (g_str_equal (command, "upload"))
    return upload (self);
  if (g_str_equal (command, "flash"))
    return pn_gadget_flash (self, words[1]);
  if (g_str_equal (command, "erase"))
    return erase (self, words[1]);
  if (g_str_equal (command, "set_active"))
    return set_active (self, words[1]);
  if (g_str_equal (command, "fetch"))
    return pn_gadget_reply (self, "FAIL", "Fetch is not allowed on user build");
  if (g_str_equal (command, "reboot"))
    {
      pn_gadget_reply (self, "OKAY", "Rebooting");
      return PN_HANDLED_REBOOT;
    }
  if (g_str_equal (command, "reboot-bootloader"))
    {
      pn_gadget_reply (self, "OKAY", "Rebooting bootloader");
      return PN_HANDLED_REBOOT;
    }
  if (g_str_equal (command, "shutdown"))
    {
      pn_gadget_reply (self, "OKAY", "Shutting down");
      return PN_HANDLED_SHUTDOWN;
    }
  return pn_gadget_reply (self, "FAIL", "Unrecognized command %s", command);
}

static PnHandled
handle (PnGadgetSession *self, const guint8 *command, gsize size)
{
  g_autofree char *line = g_strndup ((const char *) command, size);
  g_auto (GStrv) words = NULL;
  PnHandled handled;
  PnStep fault;

  for (gsize i = 0; i < size; i++)
    if (command[i] < 0x20 || command[i] == 0x7f)
      return pn_gadget_reply (self, "FAIL", "Command contains control character");
  pn_gadget_log (self->gadget, line);
  words = g_strsplit (line, ":", 0);
  if (words[0] == NULL)
    return pn_gadget_reply (self, "FAIL", "Unrecognized command ");
  self->command = line;
  fault = step (self, "command");
  if (fault == PN_STEP_FAIL || fault == PN_STEP_LIE)
    {
      self->command = NULL;
      return fault == PN_STEP_FAIL ? pn_gadget_reply (self, "FAIL", "Input/output error")
                                   : pn_gadget_reply (self, "OKAY", "%s", "");
    }
  handled = self->data_plane ? data_plane (self, line, (const char *const *) words)
                             : full_plane (self, line, (const char *const *) words);
  self->command = NULL;
  return handled;
}

PnGadgetEnd
pn_gadget_serve (PnGadget *gadget,
                 const PnGadgetChannel *channel,
                 gpointer user_data,
                 gboolean restricted)
{
  PnGadgetSession self = { gadget, channel, user_data, restricted };
  PnGadgetEnd end = PN_GADGET_END_CHANNEL;
  guint8 command[COMMAND_SIZE];
  gsize size;

  while (!self.channel_failed && channel->read_command (user_data, command, sizeof command, &size))
    {
      PnHandled handled = handle (&self, command, size);

      if (handled == PN_HANDLED)
        continue;
      end = handled == PN_HANDLED_REBOOT     ? PN_GADGET_END_REBOOT
            : handled == PN_HANDLED_SHUTDOWN ? PN_GADGET_END_SHUTDOWN
                                             : PN_GADGET_END_FAILED;
      break;
    }
  pn_gadget_clear_buffer (&self);
  g_clear_pointer (&self.idp, pn_gadget_idp_free);
  pn_virtual_storage_settle (gadget->storage);
  return end;
}
