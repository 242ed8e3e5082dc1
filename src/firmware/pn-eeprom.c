/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The section list is read again after each edit, so that an edit can never go by stale offsets. An
 * edit is made in a copy, which takes the image's place only when it reads back as it should. */
#include "config.h"

#include <glib/gi18n-lib.h>

#include "pn-eeprom.h"

#include <string.h>

#include "pn-bytes.h"
#include "pn-error.h"

/* eeprom.md §1, §2, §3 */
#define MAGIC_BOOTCODE 0x55aaf00fu
#define MAGIC_PADDING 0x55aafeefu
#define MAGIC_FILE 0x55aaf11fu
#define MAGIC_MASK 0xfffff00fu
#define HEADER_SIZE 8
#define NAME_SIZE 12
#define NAMED_HEADER_SIZE 24 /* header, name and four zero bytes */
#define SCRATCH_SIZE 4096    /* the last page belongs to the boot loader */
#define READ_ONLY_END 0x10000u
#define PARTITION_1 0x107000u
#define MAX_FILE 4076
#define MAX_BOOTCODE 112640
#define MAX_SECTIONS 512
#define TIME_SIZE 8 /* bytes: the time's complement, and the time */
#define RESERVED_BOOTCODE 0x20000u

struct _PnEeprom
{
  guint8 *data;
  gsize size;
  GArray *sections; /* PnEepromSection */
};

static gboolean
corrupt (GError **error, gsize offset, const char *what)
{
  g_autofree char *part = pn_sentence_part (what);

  pn_set_error (error, PN_ERROR_INVALID_DATA, "The EEPROM image is damaged: the section at %s %s",
                PN_HEX (offset), part);
  return FALSE;
}

/* One section at @offset; *@more FALSE at the end of the list. */
static gboolean
read_section (PnEeprom *self, gsize offset, gboolean *more, GError **error)
{
  PnEepromSection section = { .offset = offset };
  guint32 magic = pn_peek_be32 (self->data + offset);

  *more = FALSE;
  if (magic == 0 || magic == 0xffffffff)
    return TRUE;
  if ((magic & MAGIC_MASK) != MAGIC_BOOTCODE && magic != MAGIC_PADDING)
    return corrupt (error, offset, N_ ("has an unknown magic number"));
  section.magic = magic;
  section.length = pn_peek_be32 (self->data + offset + 4);
  if (section.length > self->size - offset - HEADER_SIZE)
    return corrupt (error, offset, N_ ("reaches beyond the end"));
  section.content_offset = offset + HEADER_SIZE;
  section.content_size = section.length;
  if (magic != MAGIC_BOOTCODE && magic != MAGIC_PADDING)
    {
      if (section.length < NAMED_HEADER_SIZE - HEADER_SIZE)
        return corrupt (error, offset, N_ ("is too short for its name"));
      for (guint i = 0; i < NAME_SIZE; i++)
        section.name[i] = (char) self->data[offset + HEADER_SIZE + i];
      section.content_offset = offset + NAMED_HEADER_SIZE;
      section.content_size = section.length - (NAMED_HEADER_SIZE - HEADER_SIZE);
    }
  if (self->sections->len == MAX_SECTIONS)
    return corrupt (error, offset, N_ ("is one too many"));
  g_array_append_val (self->sections, section);
  *more = TRUE;
  return TRUE;
}

static gboolean
parse (PnEeprom *self, GError **error)
{
  gsize offset = 0;
  gboolean more = TRUE;

  g_array_set_size (self->sections, 0);
  while (more && offset + HEADER_SIZE <= self->size)
    {
      const PnEepromSection *last;

      if (!read_section (self, offset, &more, error))
        return FALSE;
      if (!more)
        break;
      last = &g_array_index (self->sections, PnEepromSection, self->sections->len - 1);
      offset = (offset + HEADER_SIZE + last->length + 7) & ~(gsize) 7;
    }
  if (self->sections->len == 0 ||
      g_array_index (self->sections, PnEepromSection, 0).magic != MAGIC_BOOTCODE)
    {
      pn_set_error (error, PN_ERROR_INVALID_DATA,
                    "It is not an EEPROM image: it does not begin with boot code");
      return FALSE;
    }
  return TRUE;
}

static PnEeprom *
eeprom_new (const guint8 *data, gsize size)
{
  PnEeprom *self = g_new0 (PnEeprom, 1);

  self->data = g_memdup2 (data, size);
  self->size = size;
  self->sections = g_array_new (FALSE, TRUE, sizeof (PnEepromSection));
  return self;
}

static void
swap_contents (PnEeprom *a, PnEeprom *b)
{
  PnEeprom saved = *a;

  *a = *b;
  *b = saved;
}

PnEeprom *
pn_eeprom_new (GBytes *image, GError **error)
{
  g_autoptr (PnEeprom) self = NULL;
  gsize size;
  const guint8 *data = g_bytes_get_data (image, &size);

  if (size != PN_EEPROM_SIZE_2711 && size != PN_EEPROM_SIZE_2712)
    {
      pn_set_error (
          error, PN_ERROR_INVALID_DATA,
          "It is not an EEPROM image: it has %s bytes, expected %s (BCM2711) or %s (BCM2712)",
          PN_NUMBER (size), PN_NUMBER (PN_EEPROM_SIZE_2711), PN_NUMBER (PN_EEPROM_SIZE_2712));
      return NULL;
    }
  self = eeprom_new (data, size);
  if (!parse (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
pn_eeprom_free (PnEeprom *self)
{
  g_free (self->data);
  g_array_unref (self->sections);
  g_free (self);
}

PnChip
pn_eeprom_get_chip (PnEeprom *self)
{
  return self->size == PN_EEPROM_SIZE_2712 ? PN_CHIP_BCM2712 : PN_CHIP_BCM2711;
}

static guint
find_name (PnEeprom *self, const char *name, gsize from, gsize to)
{
  for (guint i = 0; i < self->sections->len; i++)
    {
      const PnEepromSection *section = &g_array_index (self->sections, PnEepromSection, i);

      if (section->magic == MAGIC_FILE && section->offset >= from && section->offset < to &&
          g_str_equal (section->name, name))
        return i;
    }
  return G_MAXUINT;
}

gboolean
pn_eeprom_is_ab (PnEeprom *self)
{
  return find_name (self, "bootsys", 0, self->size) != G_MAXUINT;
}

const PnEepromSection *
pn_eeprom_get_sections (PnEeprom *self, guint *n_sections)
{
  *n_sections = self->sections->len;
  return (const PnEepromSection *) (gpointer) self->sections->data;
}

/* The index of the section that @name means; 0 is the boot code. */
static gboolean
find_file (PnEeprom *self, const char *name, guint *index, GError **error)
{
  *index =
      g_str_equal (name, "bootcode.bin") ? 0 : find_name (self, name, READ_ONLY_END, PARTITION_1);
  if (*index != G_MAXUINT)
    return TRUE;
  pn_set_error (error, PN_ERROR_NOT_FOUND, "The EEPROM image has no file %s", name);
  return FALSE;
}

GBytes *
pn_eeprom_get_file (PnEeprom *self, const char *name, GError **error)
{
  const PnEepromSection *section;
  guint index;

  if (!find_file (self, name, &index, error))
    return NULL;
  section = &g_array_index (self->sections, PnEepromSection, index);
  return g_bytes_new (self->data + section->content_offset, section->content_size);
}

/* Where the next section that is not padding begins. */
static gsize
next_section (PnEeprom *self, guint index)
{
  for (guint i = index + 1; i < self->sections->len; i++)
    {
      const PnEepromSection *section = &g_array_index (self->sections, PnEepromSection, i);

      if (section->magic != MAGIC_PADDING)
        return section->offset;
    }
  return MIN (self->size - SCRATCH_SIZE, PARTITION_1);
}

static gboolean
check_bootcode (PnEeprom *self, gsize next, GError **error)
{
  if (self->size != PN_EEPROM_SIZE_2712)
    {
      pn_set_error (error, PN_ERROR_NOT_SUPPORTED,
                    "Boot code is replaced in BCM2712 images only; this one is for BCM2711");
      return FALSE;
    }
  if (!pn_eeprom_is_ab (self) && next < RESERVED_BOOTCODE)
    {
      pn_set_error (error, PN_ERROR_NOT_SUPPORTED,
                    "This image reserves less than 128 KiB for the boot code: it is too old to "
                    "be counter-signed. Use a release from February 2024 or later");
      return FALSE;
    }
  return TRUE;
}

/* The same sections in the same places, padding aside: an edit moves nothing and adds nothing. */
static gboolean
same_sections (PnEeprom *self, PnEeprom *other)
{
  guint i = 0;
  guint j = 0;

  for (;;)
    {
      const PnEepromSection *a, *b;

      while (i < self->sections->len &&
             g_array_index (self->sections, PnEepromSection, i).magic == MAGIC_PADDING)
        i++;
      while (j < other->sections->len &&
             g_array_index (other->sections, PnEepromSection, j).magic == MAGIC_PADDING)
        j++;
      if (i == self->sections->len || j == other->sections->len)
        return i == self->sections->len && j == other->sections->len;
      a = &g_array_index (self->sections, PnEepromSection, i++);
      b = &g_array_index (other->sections, PnEepromSection, j++);
      if (a->offset != b->offset || a->magic != b->magic || !g_str_equal (a->name, b->name))
        return FALSE;
    }
}

gboolean
pn_eeprom_replace_file (PnEeprom *self, const char *name, GBytes *content, GError **error)
{
  g_autoptr (PnEeprom) edited = NULL;
  gsize length;
  const guint8 *data = g_bytes_get_data (content, &length);
  gboolean bootcode = g_str_equal (name, "bootcode.bin");
  gboolean firmware = bootcode || g_str_equal (name, "bootsys");
  gsize header = bootcode ? HEADER_SIZE : NAMED_HEADER_SIZE;
  const PnEepromSection *section;
  gsize offset, next, at, rest, max;
  gboolean last;
  guint index;

  if (!find_file (self, name, &index, error))
    return FALSE;
  section = &g_array_index (self->sections, PnEepromSection, index);
  offset = section->offset;
  last = index + 1 == self->sections->len;
  next = next_section (self, index);
  if (bootcode && !check_bootcode (self, next, error))
    return FALSE;
  if (next < offset + header)
    return corrupt (error, offset, N_ ("lies in the boot loader's own page"));
  max = MIN (next - offset - header, (gsize) (firmware ? MAX_BOOTCODE : MAX_FILE));
  if (length > max)
    {
      pn_set_error (error, PN_ERROR_NO_SPACE,
                    "%s has %s bytes, but this EEPROM image has room for %s", name,
                    PN_NUMBER (length), PN_NUMBER (max));
      return FALSE;
    }
  edited = eeprom_new (self->data, self->size);
  pn_poke_be32 (edited->data + offset + 4, (guint32) (length + header - HEADER_SIZE));
  at = offset + header;
  if (length > 0)
    memcpy (edited->data + at, data, length);
  at += length;
  while (at % 8 != 0)
    edited->data[at++] = 0xff;
  rest = next - at;
  memset (edited->data + at, 0xff, rest);
  if (rest >= HEADER_SIZE && !last)
    {
      pn_poke_be32 (edited->data + at, MAGIC_PADDING);
      pn_poke_be32 (edited->data + at + 4, (guint32) (rest - HEADER_SIZE));
    }
  /* Only in an image with something odd behind its last section can this fail. */
  if (!parse (edited, error))
    return FALSE;
  if (!same_sections (self, edited))
    return corrupt (error, offset, N_ ("is followed by bytes that would become part of it"));
  swap_contents (self, edited);
  return TRUE;
}

static void
write_time (guint8 *at, guint32 unix_time)
{
  pn_poke_le32 (at, ~unix_time);
  pn_poke_le32 (at + 4, unix_time);
}

/* The first updatetime from @from to @to that has room for a time; NULL where there is none. */
static guint8 *
find_time (PnEeprom *self, gsize from, gsize to)
{
  guint index = find_name (self, "updatetime", from, to);
  const PnEepromSection *section;

  if (index == G_MAXUINT)
    return NULL;
  section = &g_array_index (self->sections, PnEepromSection, index);
  return section->content_size >= TIME_SIZE ? self->data + section->content_offset : NULL;
}

void
pn_eeprom_set_timestamp (PnEeprom *self, guint32 unix_time)
{
  guint8 *read_only = find_time (self, 0, READ_ONLY_END);
  guint8 *partition = find_time (self, READ_ONLY_END, PARTITION_1);

  if (read_only == NULL)
    {
      write_time (self->data + self->size - TIME_SIZE, unix_time);
      return;
    }
  write_time (read_only, unix_time);
  if (partition != NULL)
    write_time (partition, unix_time);
}

/* The text behind @key where @accept takes it, up to the NUL. Parts of the names also occur
 * elsewhere in the image by accident, so every occurrence is looked at. */
static char *
find_text (PnEeprom *self, const char *key, gboolean (*accept) (const char *value))
{
  gsize key_length = strlen (key);
  const guint8 *at = self->data;
  const guint8 *end = self->data + self->size;

  while ((at = memmem (at, (gsize) (end - at), key, key_length)) != NULL)
    {
      const guint8 *value = at + key_length;
      gsize length = strnlen ((const char *) value, MIN (64, (gsize) (end - value)));
      g_autofree char *text = g_strndup ((const char *) value, length);

      if (accept (text))
        return g_steal_pointer (&text);
      at = value;
    }
  return NULL;
}

static gboolean
is_decimal (const char *value)
{
  guint64 number;

  return g_ascii_string_to_unsigned (value, 10, 0, G_MAXINT64, &number, NULL);
}

static gboolean
is_version (const char *value)
{
  return strlen (value) == 8 && strspn (value, "0123456789abcdef") == 8;
}

/* The number behind @key, or @fallback. */
static guint64
find_number (PnEeprom *self, const char *key, guint64 fallback)
{
  g_autofree char *text = find_text (self, key, is_decimal);
  guint64 number = fallback;

  if (text != NULL)
    g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT64, &number, NULL);
  return number;
}

guint64
pn_eeprom_get_build_timestamp (PnEeprom *self)
{
  return find_number (self, "BUILD_TIMESTAMP=", 0);
}

char *
pn_eeprom_get_version (PnEeprom *self)
{
  return find_text (self, "VERSION:", is_version);
}

int
pn_eeprom_get_mfg_version (PnEeprom *self)
{
  guint64 version = find_number (self, "MFG_VER: ", G_MAXUINT64);

  return version <= G_MAXINT ? (int) version : -1;
}

GBytes *
pn_eeprom_to_bytes (PnEeprom *self)
{
  return g_bytes_new (self->data, self->size);
}
