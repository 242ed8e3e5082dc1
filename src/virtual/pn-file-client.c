/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The device's side of the file server (rpiboot.md §6): it asks, the host answers. */
#include "config.h"

#include "pn-virtual-private.h"

#include <errno.h>
#include <string.h>

#include "pn-bytes.h"

#define REQUEST_OUT 0x40
#define REQUEST_IN 0xc0
#define MESSAGE_SIZE 260
#define MAX_FILE (512u * 1024 * 1024)

/* Hands one message to the host's pending read. */
static gboolean
ask (PnVirtualDevice *self, guint32 command, const char *name)
{
  PnVirtualTransfer *transfer;
  gboolean stalled;

  g_mutex_lock (&self->mutex);
  self->messages++;
  stalled = self->faults.stall_after > 0 && self->messages > self->faults.stall_after;
  g_mutex_unlock (&self->mutex);
  if (stalled)
    pn_virtual_hold (self);
  while ((transfer = pn_virtual_next_control (self, 0)) != NULL)
    {
      if (transfer->setup[0] == REQUEST_IN && transfer->length == MESSAGE_SIZE)
        {
          memset (transfer->data, 0, MESSAGE_SIZE);
          pn_poke_le32 (transfer->data, command);
          g_strlcpy ((char *) transfer->data + 4, name, MESSAGE_SIZE - 4);
          pn_virtual_complete (transfer, 0, MESSAGE_SIZE);
          return TRUE;
        }
      pn_virtual_complete (transfer, -EPIPE, 0);
    }
  return FALSE;
}

static gboolean
answer (PnVirtualDevice *self, guint32 *length)
{
  PnVirtualTransfer *transfer = pn_virtual_next_control (self, 0);

  if (transfer == NULL)
    return FALSE;
  if (transfer->setup[0] != REQUEST_OUT || pn_peek_le16 (transfer->setup + 6) != 0)
    {
      pn_virtual_complete (transfer, -EPIPE, 0);
      return FALSE;
    }
  *length = pn_peek_le32 (transfer->setup + 2);
  pn_virtual_complete (transfer, 0, 0);
  return TRUE;
}

guint32
pn_file_client_size (PnVirtualDevice *self, const char *name)
{
  PnStep fault = pn_virtual_step (self, "ask", name);
  guint32 size;

  if (!ask (self, 0, name) || !answer (self, &size))
    return 0;
  return fault == PN_STEP_FAIL ? 0 : size;
}

GBytes *
pn_file_client_get (PnVirtualDevice *self, const char *name)
{
  guint32 announced = pn_file_client_size (self, name);
  g_autofree guint8 *data = NULL;
  guint32 size;

  if (announced == 0 || announced > MAX_FILE || !ask (self, 1, name) || !answer (self, &size) ||
      size != announced)
    return NULL;
  data = g_malloc (size);
  if (!pn_virtual_read_bulk (self, data, size / 2))
    return NULL;
  (void) pn_virtual_step (self, "take", name);
  if (!pn_virtual_read_bulk (self, data + size / 2, size - size / 2) ||
      pn_virtual_step (self, "got", name) != PN_STEP_FINE)
    return NULL;
  return g_bytes_new_take (g_steal_pointer (&data), size);
}

gboolean
pn_file_client_metadata (PnVirtualDevice *self, const char *key, const char *value)
{
  PnStep fault = pn_virtual_step (self, "tell", key);
  g_autofree char *name = g_strdup_printf ("*%s*%s", key, value);
  guint32 length;

  if (fault == PN_STEP_FAIL)
    return TRUE; /* not said */
  if (fault == PN_STEP_LIE)
    name[strlen (name) - 1] ^= 1;
  return ask (self, 0, name) && answer (self, &length) && length == 0;
}

gboolean
pn_file_client_done (PnVirtualDevice *self)
{
  return ask (self, 2, "Done");
}
