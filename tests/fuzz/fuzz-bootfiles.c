/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "pn-bootfiles.h"

/* ustar */
#define BLOCK 512
#define AT_CHECKSUM 148
#define AT_MAGIC 257

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* Right checksums in every header, which a fuzzer would take ages to find. */
static GBytes *
mend (const guint8 *data, gsize size)
{
  guint8 *copy = g_memdup2 (data, size);

  for (gsize at = 0; size - at >= BLOCK; at += BLOCK)
    {
      g_autofree char *text = NULL;
      guint sum = 0;

      if (memcmp (copy + at + AT_MAGIC, "ustar", 5) != 0)
        continue;
      memset (copy + at + AT_CHECKSUM, ' ', 8);
      for (guint i = 0; i < BLOCK; i++)
        sum += copy[at + i];
      text = g_strdup_printf ("%06o", sum);
      memcpy (copy + at + AT_CHECKSUM, text, 7);
    }
  return g_bytes_new_take (copy, size);
}

static void
check (GBytes *bytes)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) files = pn_bootfiles_parse (bytes, &error);
  g_autoptr (GPtrArray) again = NULL;
  g_autoptr (GBytes) built = NULL;

  g_assert_true ((files == NULL) == (error != NULL));
  if (files == NULL)
    return;
  built = pn_bootfiles_build (files, NULL);
  if (built == NULL)
    return; /* a name too long to write with its NUL */
  again = pn_bootfiles_parse (built, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (again->len, ==, files->len);
  for (guint i = 0; i < files->len; i++)
    {
      PnBootfile *a = files->pdata[i];
      PnBootfile *b = again->pdata[i];

      g_assert_cmpstr (a->name, ==, b->name);
      g_assert_true (g_bytes_equal (a->content, b->content));
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) plain = g_bytes_new (data, size);
  g_autoptr (GBytes) mended = mend (data, size);

  check (plain);
  check (mended);
  return 0;
}
