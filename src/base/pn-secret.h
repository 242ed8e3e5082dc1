/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* A secret on pages of its own: locked in memory, left out of core dumps, overwritten with the
 * last reference. Boxed, immutable. */
#define PN_TYPE_SECRET (pn_secret_get_type ())

typedef struct _PnSecret PnSecret;

GType pn_secret_get_type (void);
PnSecret *pn_secret_new (const void *data, gsize size) G_GNUC_WARN_UNUSED_RESULT;
/* Reads at most 4096 bytes from a pipe, terminal or memfd; one trailing newline is dropped. */
PnSecret *pn_secret_new_from_fd (int fd, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* @size bytes of a regular file, as they are. */
PnSecret *pn_secret_new_from_file_fd (int fd, gsize size, GError **error) G_GNUC_WARN_UNUSED_RESULT;
PnSecret *pn_secret_ref (PnSecret *self);
void pn_secret_unref (PnSecret *self);
/* NUL-terminated behind its last byte. */
const char *pn_secret_get (const PnSecret *self);
gsize pn_secret_get_size (const PnSecret *self);

/* No core of this process, and of those that it starts, is kept or given to a program: libraries
 * have copies of secrets on pages that are not ours. For the start of main. */
void pn_forbid_cores (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnSecret, pn_secret_unref)

G_END_DECLS
