/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define PN_OLD_REGISTRY_MAX (1024 * 1024) /* bytes */

/* One signing key that rpi-sb-provisioner knows (operations.md §10.1). */
typedef struct
{
  char *label;       /* never NULL */
  char *path;        /* of a PEM file; NULL = in a token */
  char *uri;         /* of a token's key; NULL = a file. It may hold a PIN: never shown */
  char *fingerprint; /* NULL = not said */
  gboolean wrapped;  /* only the board that the old tool ran on can read the file */
  gboolean active;
} PnOldKey;

/* Pure: what keys/registry.json lists. (element-type PnOldKey); PN_ERROR_INVALID_DATA. */
GPtrArray *pn_old_registry_parse (GBytes *json, GError **error);

G_END_DECLS
