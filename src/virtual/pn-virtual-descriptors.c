/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-virtual-descriptors.h"

#include <errno.h>
#include <string.h>

#define DEVICE_TO_HOST 0x80 /* standard, of the device */
#define REQUEST_GET_STATUS 0
#define REQUEST_GET_DESCRIPTOR 6
#define REQUEST_GET_CONFIGURATION 8
#define MAX_ANSWER 255

void
pn_virtual_descriptors_init (PnVirtualDescriptors *self,
                             const guint8 *device,
                             GBytes *configuration,
                             const char *manufacturer,
                             const char *product,
                             const char *serial)
{
  memcpy (self->device, device, sizeof self->device);
  self->configuration = g_bytes_ref (configuration);
  self->strings[0] = g_strdup (manufacturer);
  self->strings[1] = g_strdup (product);
  self->strings[2] = g_strdup (serial);
}

void
pn_virtual_descriptors_clear (PnVirtualDescriptors *self)
{
  g_clear_pointer (&self->configuration, g_bytes_unref);
  for (guint i = 0; i < G_N_ELEMENTS (self->strings); i++)
    g_clear_pointer (&self->strings[i], g_free);
}

/* A string descriptor of UTF-16 (USB 2.0 §9.6.7); Latin letters only, as all of ours. */
static gssize
make_string (const PnVirtualDescriptors *self, guint8 index, guint8 *out)
{
  const guint8 *indices = self->device + 14;
  guint8 size = 2;

  out[1] = 3;
  if (index == 0)
    {
      out[2] = 9;
      out[3] = 4;
      size = 4;
    }
  for (guint i = 0; index != 0 && i < G_N_ELEMENTS (self->strings); i++)
    if (indices[i] == index)
      {
        for (const char *at = self->strings[i]; *at != '\0' && size < MAX_ANSWER - 1; at++)
          {
            out[size++] = (guint8) *at;
            out[size++] = 0;
          }
        break;
      }
  out[0] = size;
  return size;
}

static gssize
get_descriptor (const PnVirtualDescriptors *self, const guint8 *setup, guint8 *answer)
{
  gsize size = sizeof self->device;
  gconstpointer bytes = self->device;

  if (setup[3] == 3)
    return make_string (self, setup[2], answer);
  if (setup[3] == 2)
    bytes = g_bytes_get_data (self->configuration, &size);
  else if (setup[3] != 1)
    return -EPIPE;
  size = MIN (size, MAX_ANSWER);
  memcpy (answer, bytes, size);
  return (gssize) size;
}

gboolean
pn_virtual_descriptors_answer (const PnVirtualDescriptors *self,
                               const guint8 *setup,
                               guint8 *answer,
                               gssize *size)
{
  if (setup[0] != DEVICE_TO_HOST)
    return FALSE;
  memset (answer, 0, MAX_ANSWER);
  answer[0] = setup[1] == REQUEST_GET_CONFIGURATION;
  if (setup[1] == REQUEST_GET_DESCRIPTOR)
    *size = get_descriptor (self, setup, answer);
  else
    *size = setup[1] == REQUEST_GET_CONFIGURATION ? 1 : setup[1] == REQUEST_GET_STATUS ? 2 : -EPIPE;
  return TRUE;
}
