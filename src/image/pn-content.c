/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "pn-content.h"

#include <string.h>

typedef struct
{
  PnContent content;
  const char *what;
  gsize offset, size; /* bytes */
  const char *magic;
} Magic;

#define MAGIC(content, what, offset, magic)                                                        \
  {                                                                                                \
    PN_CONTENT_##content, what, offset, sizeof (magic) - 1, magic                                  \
  }

static const Magic magics[] = {
  MAGIC (PACKED, N_ ("an xz archive"), 0, "\xfd\x37zXZ"),
  MAGIC (PACKED, N_ ("a gzip archive"), 0, "\x1f\x8b"),
  MAGIC (PACKED, N_ ("a zstd archive"), 0, "\x28\xb5\x2f\xfd"),
  MAGIC (PACKED, N_ ("a bzip2 archive"), 0, "BZh"),
  MAGIC (PACKED, N_ ("an lz4 archive"), 0, "\x04\x22\x4d\x18"),
  MAGIC (PACKED, N_ ("a zip archive"), 0, "PK\x03\x04"),
  MAGIC (PACKED, N_ ("a 7-Zip archive"), 0, "7z\xbc\xaf\x27\x1c"),
  MAGIC (PACKED, N_ ("a RAR archive"), 0, "Rar!\x1a\x07"),
  MAGIC (PACKED, N_ ("a tar archive"), 257, "ustar"),
  MAGIC (CONVERTIBLE, N_ ("an Android sparse image"), 0, "\x3a\xff\x26\xed"),
  MAGIC (CONVERTIBLE, N_ ("a qcow2 disk of a virtual machine"), 0, "QFI\xfb"),
  MAGIC (CONVERTIBLE, N_ ("a VMDK disk of a virtual machine"), 0, "KDMV"),
  MAGIC (CONVERTIBLE, N_ ("a VHDX disk of a virtual machine"), 0, "vhdxfile"),
  MAGIC (KEY, N_ ("a key or certificate"), 0, "-----BEGIN "),
  MAGIC (RECIPE, N_ ("a recipe"), 0, "[Recipe]"),
  MAGIC (OTHER, N_ ("a PDF"), 0, "%PDF-"),
  MAGIC (OTHER,
         N_ ("a program"),
         0,
         "\x7f"
         "ELF"),
  MAGIC (OTHER, N_ ("a Windows program"), 0, "MZ"),
  MAGIC (OTHER, N_ ("a script"), 0, "#!"),
  MAGIC (OTHER, N_ ("a PNG picture"), 0, "\x89PNG"),
  MAGIC (OTHER, N_ ("a JPEG picture"), 0, "\xff\xd8\xff"),
  MAGIC (OTHER, N_ ("an XML text"), 0, "<?xml"),
  MAGIC (OTHER, N_ ("a web page"), 0, "<!DOCTYPE"),
  MAGIC (OTHER, N_ ("a web page"), 0, "<html"),
  MAGIC (OTHER, N_ ("a Debian package"), 0, "!<arch>\ndebian"),
  MAGIC (OTHER,
         N_ ("a file of a Git large-file store, without its content"),
         0,
         "version https://git-lfs"),
};

/* A master boot record is code, which may begin with any bytes: the short magics of text and
 * programs count only without its signature. */
static gboolean
has_boot_signature (const guint8 *start, gsize size)
{
  return size >= 512 && start[510] == 0x55 && start[511] == 0xaa;
}

static gboolean
is_json (const guint8 *start, gsize size)
{
  gsize at = 0;

  while (at < size && g_ascii_isspace (start[at]))
    at++;
  if (at == size || start[at] != '{')
    return FALSE;
  for (at++; at < size && g_ascii_isspace (start[at]); at++)
    ;
  return at < size && (start[at] == '"' || start[at] == '}');
}

static gboolean
is_text (const guint8 *start, gsize size)
{
  for (gsize i = 0; i < size; i++)
    if (start[i] < 0x20 && !g_ascii_isspace (start[i]))
      return FALSE;
  return size > 0;
}

PnContent
pn_content_recognise (const guint8 *start, gsize size, const char **what)
{
  size = MIN (size, PN_CONTENT_SIZE);
  *what = NULL;
  if (has_boot_signature (start, size))
    return PN_CONTENT_UNKNOWN;
  for (guint i = 0; i < G_N_ELEMENTS (magics); i++)
    {
      const Magic *magic = &magics[i];

      if (size >= magic->offset + magic->size &&
          memcmp (start + magic->offset, magic->magic, magic->size) == 0)
        {
          *what = magic->what;
          return magic->content;
        }
    }
  if (is_json (start, size))
    {
      *what = N_ ("an image description");
      return PN_CONTENT_DESCRIPTION;
    }
  if (is_text (start, size))
    {
      *what = N_ ("a text");
      return PN_CONTENT_OTHER;
    }
  return PN_CONTENT_UNKNOWN;
}
