/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A whole session over an in-memory channel: each line of the input is a command, and what a data
 * phase asks for is taken from what follows. The disk is a small nameless file. */
#include "config.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "pn-gadget.h"
#include "pn-virtual-storage.h"

#define DISK_SIZE ((guint64) 24 * 1024 * 1024)
#define MAX_SCRIPT 65536

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

typedef struct
{
  const guint8 *data;
  gsize left;
} Input;

static gboolean
read_command (gpointer channel, guint8 *buffer, gsize size, gsize *length)
{
  Input *input = channel;
  const guint8 *end;
  gsize count;

  if (input->left == 0)
    return FALSE;
  end = memchr (input->data, '\n', input->left);
  count = end != NULL ? (gsize) (end - input->data) : input->left;
  *length = MIN (count, size);
  memcpy (buffer, input->data, *length);
  count = *length < count ? *length : count + (end != NULL);
  input->data += count;
  input->left -= count;
  return TRUE;
}

static gboolean
read_data (gpointer channel, guint8 *buffer, gsize size)
{
  Input *input = channel;

  if (size > input->left)
    return FALSE;
  memcpy (buffer, input->data, size);
  input->data += size;
  input->left -= size;
  return TRUE;
}

static gboolean
write_message (gpointer channel, const guint8 *data, gsize size)
{
  g_assert_cmpuint (size, >, 0);
  return TRUE;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static const PnGadgetChannel channel = { read_command, read_data, write_message };
  g_autofree char *path = g_build_filename (g_get_tmp_dir (), "punnet-fuzz-XXXXXX", NULL);
  PnGadgetBoard board = { .model = (char *) "model", .serial = (char *) "0123456789abcdef" };
  Input input = { data, MIN (size, MAX_SCRIPT) };
  int fd = g_mkstemp (path);

  g_assert_cmpint (fd, >=, 0);
  g_close (fd, NULL);
  board.device_key[31] = 1;
  {
    g_autoptr (PnVirtualStorage) storage =
        pn_virtual_storage_open (path, PN_STORAGE_SD, DISK_SIZE, "id\n", NULL);
    g_autoptr (PnGadget) gadget = pn_gadget_new (&board, storage);

    g_assert_nonnull (storage);
    (void) pn_gadget_serve (gadget, &channel, &input, size % 2 == 1);
  }
  g_unlink (path);
  return 0;
}
