/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define PN_CONTENT_SIZE 1024 /* bytes from the start of a file that are looked at */

/* What somebody gave us where the image of a disc is wanted. */
typedef enum
{
  PN_CONTENT_UNKNOWN,     /* none of the others: perhaps a disc */
  PN_CONTENT_PACKED,      /* an archive or a compressed file, which may hold an image */
  PN_CONTENT_CONVERTIBLE, /* a disc in the format of another program */
  PN_CONTENT_DESCRIPTION, /* the JSON of an image-description set */
  PN_CONTENT_KEY,         /* PEM */
  PN_CONTENT_RECIPE,      /* a recipe file of ours */
  PN_CONTENT_OTHER,       /* something else that is known: a PDF, a program, … */
} PnContent;

/* Recognises a file by its first bytes (fewer than PN_CONTENT_SIZE only where the file is shorter).
 * Pure. @what gets a phrase with its article, "an xz archive", or NULL for UNKNOWN. */
PnContent pn_content_recognise (const guint8 *start, gsize size, const char **what);

G_END_DECLS
