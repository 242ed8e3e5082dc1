/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A database of rpi-sb-provisioner's, from anybody: read, made lines of, and these read again. */
#include "config.h"

#include <glib/gstdio.h>
#include <string.h>

#include "pn-io.h"
#include "pn-old-record-line.h"
#include "pn-old-records.h"
#include "pn-record-line.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static gboolean
row_cb (GVariant *row, gpointer user_data, GError **error)
{
  g_autofree char *line = pn_old_record_to_line (row, NULL);
  g_autoptr (GVariant) record = NULL;
  g_autoptr (GError) why = NULL;

  g_assert_true (g_variant_is_normal_form (row));
  if (line != NULL)
    record = pn_record_line_parse (line, strlen (line), &why);
  g_assert_true ((record == NULL) == (line == NULL || why != NULL));
  return TRUE;
}

/* sqlite wants a name, and follows links to it. */
int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *path = NULL;
  g_auto (PnFd) fd = g_file_open_tmp ("punnet-fuzz-XXXXXX", &path, NULL);
  g_autoptr (GError) error = NULL;
  gboolean fine;

  g_assert_true (pn_write_all (fd, data, size, NULL));
  fine = pn_old_records_read (path, row_cb, NULL, &error);
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_true (fine == (error == NULL));
  if (error != NULL)
    g_assert_true (g_utf8_validate (error->message, -1, NULL));
  return 0;
}
