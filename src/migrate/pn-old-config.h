/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define PN_OLD_CONFIG_MAX (256 * 1024) /* bytes */

/* A configuration file of rpi-sb-provisioner (operations.md §2.1): NAME=value a line, with the
 * shell's quotes. The old tool has a shell run it; here only plain values are taken, and a line on
 * which a shell would do anything else is refused, never run. */
typedef struct _PnOldConfig PnOldConfig;

typedef struct
{
  char *name;
  char *value; /* without quotes; NULL = refused */
  char *why;   /* a sentence (pn-sentence.h), where it was refused */
  guint line;  /* from 1 */
} PnOldSetting;

PnOldConfig *pn_old_config_new (void);
void pn_old_config_free (PnOldConfig *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnOldConfig, pn_old_config_free)

/* Pure. Adds what @text says: it counts instead of what the same names were before. Refused lines
 * are kept as such; PN_ERROR_INVALID_DATA where @text is no text at all, or too much of it. */
gboolean pn_old_config_add (PnOldConfig *self, GBytes *text, GError **error);
/* NULL = not said, or refused. "" is a value. */
const char *pn_old_config_get (PnOldConfig *self, const char *name);
/* (element-type PnOldSetting) by name, refused ones in it. (transfer container) */
GPtrArray *pn_old_config_list (PnOldConfig *self);

G_END_DECLS
