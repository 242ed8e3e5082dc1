/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "pn-bootfiles.h"

#include <string.h>

#include "pn-bootcode.h"
#include "pn-bytes.h"
#include "pn-error.h"

/* ustar (POSIX.1-1988); the minimal reader of usbboot: bootfiles.c reads name and size only. */
#define BLOCK 512
#define NAME_SIZE 100
#define MAX_FILES 1024
#define LOADER_2712 "2712/bootcode5.bin"

static void
bootfile_free (PnBootfile *self)
{
  g_free (self->name);
  g_bytes_unref (self->content);
  g_free (self);
}

static GPtrArray *
files_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) bootfile_free);
}

static void
add_file (GPtrArray *files, const char *name, GBytes *content)
{
  PnBootfile *file = g_new0 (PnBootfile, 1);

  file->name = g_strdup (name);
  file->content = content;
  g_ptr_array_add (files, file);
}

static gboolean
parse_octal (const guint8 *field, gsize size, guint64 *value)
{
  g_autofree char *text = g_strndup ((const char *) field, size);

  g_strstrip (text);
  return g_ascii_string_to_unsigned (text, 8, 0, G_MAXINT64, value, NULL);
}

static guint64
checksum (const guint8 *header)
{
  guint64 sum = 0;

  for (guint i = 0; i < BLOCK; i++)
    sum += i >= 148 && i < 156 ? ' ' : header[i];
  return sum;
}

static gboolean
corrupted (GError **error, gsize at, const char *what)
{
  g_autofree char *part = pn_sentence_part (what);

  pn_set_error (error, PN_ERROR_INVALID_DATA, "bootfiles.bin is damaged: the entry at byte %s %s",
                PN_NUMBER (at), part);
  return FALSE;
}

/* One entry at @at; *@next is where the following begins. */
static gboolean
parse_entry (GBytes *archive, gsize at, GPtrArray *files, gsize *next, GError **error)
{
  gsize total;
  const guint8 *header = (const guint8 *) g_bytes_get_data (archive, &total) + at;
  g_autofree char *name = g_strndup ((const char *) header, NAME_SIZE);
  const char *plain = name;
  guint8 type = header[156];
  guint64 size, sum;

  while (g_str_has_prefix (plain, "./"))
    plain += 2;
  if (!parse_octal (header + 148, 8, &sum) || sum != checksum (header))
    return corrupted (error, at, N_ ("has a wrong checksum"));
  if (!parse_octal (header + 124, 12, &size))
    return corrupted (error, at, N_ ("has no size"));
  if (size > total - at - BLOCK)
    return corrupted (error, at, N_ ("runs past the end"));
  *next = MIN (total, at + BLOCK + (size + BLOCK - 1) / BLOCK * BLOCK);
  if (type != '0' && type != '\0')
    return TRUE;
  if (header[345] != '\0' || plain[0] == '\0' || plain[0] == '/' || strstr (plain, "..") != NULL)
    return corrupted (error, at, N_ ("has a name that is not allowed"));
  if (files->len == MAX_FILES)
    return corrupted (error, at, N_ ("is one too many"));
  if (pn_bootfiles_lookup (files, plain) != NULL)
    return corrupted (error, at, N_ ("has the name of an earlier one"));
  add_file (files, plain, g_bytes_new_from_bytes (archive, at + BLOCK, (gsize) size));
  return TRUE;
}

GPtrArray *
pn_bootfiles_parse (GBytes *archive, GError **error)
{
  g_autoptr (GPtrArray) files = files_new ();
  gsize size;
  const guint8 *data = g_bytes_get_data (archive, &size);
  gsize at = 0;

  while (size - at >= BLOCK)
    {
      if (pn_bytes_all (data + at, BLOCK, 0))
        at += BLOCK;
      else if (!parse_entry (archive, at, files, &at, error))
        return NULL;
    }
  if (files->len == 0)
    {
      pn_set_error (error, PN_ERROR_INVALID_DATA,
                    "It is not a bootfiles.bin: there is no file in it");
      return NULL;
    }
  return g_steal_pointer (&files);
}

GBytes *
pn_bootfiles_lookup (GPtrArray *files, const char *name)
{
  for (guint i = 0; i < files->len; i++)
    {
      PnBootfile *file = g_ptr_array_index (files, i);

      if (g_ascii_strcasecmp (file->name, name) == 0)
        return file->content;
    }
  return NULL;
}

static void
write_header (GByteArray *out, const char *name, gsize size)
{
  guint8 header[BLOCK] = { 0 };
  g_autofree char *octal = g_strdup_printf ("%011" G_GINT64_MODIFIER "o", (guint64) size);
  g_autofree char *sum = NULL;

  memcpy (header, name, strlen (name));
  memcpy (header + 100, "0000644", 7);
  memcpy (header + 108, "0000000", 7);
  memcpy (header + 116, "0000000", 7);
  memcpy (header + 124, octal, 11);
  memcpy (header + 136, "00000000000", 11);
  header[156] = '0';
  memcpy (header + 257, "ustar\00000", 8);
  sum = g_strdup_printf ("%06" G_GINT64_MODIFIER "o", checksum (header));
  memcpy (header + 148, sum, 6);
  header[155] = ' ';
  g_byte_array_append (out, header, sizeof header);
}

GBytes *
pn_bootfiles_build (GPtrArray *files, GError **error)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();

  for (guint i = 0; i < files->len; i++)
    {
      PnBootfile *file = g_ptr_array_index (files, i);
      gsize size;
      const guint8 *data = g_bytes_get_data (file->content, &size);

      if (strlen (file->name) >= NAME_SIZE)
        {
          pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                        "The name %s is too long for bootfiles.bin", file->name);
          return NULL;
        }
      write_header (out, file->name, size);
      g_byte_array_append (out, data, (guint) size);
      pn_write_fill (out, 0, (BLOCK - size % BLOCK) % BLOCK);
    }
  pn_write_fill (out, 0, 2 * BLOCK);
  return g_byte_array_free_to_bytes (g_steal_pointer (&out));
}

GBytes *
pn_bootfiles_countersign (GBytes *archive,
                          PnSigner *signer,
                          GCancellable *cancellable,
                          GError **error)
{
  g_autoptr (GPtrArray) files = pn_bootfiles_parse (archive, error);
  g_autoptr (GPtrArray) signed_files = files_new ();
  gboolean found = FALSE;

  if (files == NULL)
    return NULL;
  for (guint i = 0; i < files->len; i++)
    {
      PnBootfile *file = g_ptr_array_index (files, i);
      GBytes *content = g_bytes_ref (file->content);

      if (g_ascii_strcasecmp (file->name, LOADER_2712) == 0)
        {
          g_bytes_unref (content);
          content = pn_bootcode_countersign (file->content, signer, cancellable, error);
          if (content == NULL)
            {
              g_prefix_error (error, "%s: ", file->name);
              return NULL;
            }
          found = TRUE;
        }
      add_file (signed_files, file->name, content);
    }
  if (!found)
    {
      pn_set_error (error, PN_ERROR_NOT_FOUND, "bootfiles.bin has no %s: it is not for BCM2712",
                    LOADER_2712);
      return NULL;
    }
  return pn_bootfiles_build (signed_files, error);
}
