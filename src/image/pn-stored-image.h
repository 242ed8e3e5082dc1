/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-digest.h"

G_BEGIN_DECLS

#define PN_IMAGE_NAME_MAX 80            /* characters */
#define PN_IMAGE_NOTES_MAX 1000         /* characters */
#define PN_STORED_IMAGE_MAX (16 * 1024) /* bytes of the JSON text */

/* What is kept about an image of the library. Its properties are "name" and "notes"; the rest
 * never changes. */
#define PN_TYPE_STORED_IMAGE (pn_stored_image_get_type ())
G_DECLARE_FINAL_TYPE (PnStoredImage, pn_stored_image, PN, STORED_IMAGE, GObject)

typedef struct
{
  const char *name;
  PnSha256 digest;     /* of the whole image */
  guint64 size;        /* bytes */
  guint64 stored_size; /* bytes it takes on the disc */
  gint64 imported;     /* seconds since 1970 */
  const char *system;  /* "Debian GNU/Linux 12 (bookworm)"; nullable */
  const char *notes;   /* nullable */
  const char *source;  /* name of the file it came from; nullable */
  gboolean published;  /* its SHA-256 was compared with a published one */
} PnStoredImageFields;

/* PN_ERROR_INVALID_ARGUMENT where a field breaks a rule; strings are copied. @system and @source,
 * which others chose, are cut and rid of control characters instead. */
PnStoredImage *pn_stored_image_new (const PnStoredImageFields *fields, GError **error);
/* Canonical JSON and back; the parser is pure and takes nothing that the writer would not write. */
GBytes *pn_stored_image_to_json (PnStoredImage *self);
PnStoredImage *pn_stored_image_parse (GBytes *json, GError **error);

const char *pn_stored_image_get_id (PnStoredImage *self); /* the SHA-256, 64 digits */
const PnStoredImageFields *pn_stored_image_get (PnStoredImage *self);
/* Refuses what pn_image_name_check () and the limit of notes do; NULL leaves a field alone. Only
 * the object changes. */
gboolean
pn_stored_image_edit (PnStoredImage *self, const char *name, const char *notes, GError **error);

/* 1 to 80 characters, no slash, no control character, no space at an end. */
gboolean pn_image_name_check (const char *name, GError **error);
/* A name that passes the check, made of a file's: without folder and ".img". */
char *pn_image_name_from_file (const char *path);

G_END_DECLS
