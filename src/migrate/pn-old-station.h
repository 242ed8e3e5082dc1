/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-old-config.h"
#include "pn-old-registry.h"
#include "pn-override.h"

G_BEGIN_DECLS

/* A customisation script (operations.md §3). */
typedef struct
{
  char *name;       /* "sb-provisioner-post-flash.sh" */
  gboolean enabled; /* it is executable: the old tool runs only those */
  GBytes *script;   /* NULL = it cannot be a script, or cannot be read */
  char *why;        /* a sentence (pn-sentence.h), where it is NULL */
} PnOldHook;

/* A file of usb-ports.d (operations.md §4). */
typedef struct
{
  char *name;
  char *path;
  gboolean local; /* of /etc: it masks one of the same name that a package brought */
} PnOldPortRules;

/* A special flag of one device (workflows.md §4.6). */
typedef struct
{
  PnOverrideKind kind;
  char *serial; /* the file's name, whatever it is */
  gboolean once;
} PnOldFlag;

/* What an installation of rpi-sb-provisioner, 1.x or 2.x, has on its disk. */
typedef struct
{
  char *root;
  PnOldConfig *config;
  PnOldConfig *boot_package; /* of bootimg-package-config */
  GPtrArray *keys;           /* (element-type PnOldKey) */
  GPtrArray *hooks;          /* (element-type PnOldHook), by name */
  GPtrArray *port_rules;     /* (element-type PnOldPortRules), by name */
  GPtrArray *flags;          /* (element-type PnOldFlag), by name */
  GPtrArray *problems;       /* (element-type utf8) sentences on what is there and cannot be read */
} PnOldStation;

/* @root: "/", or a folder with a copy of another machine's files; nothing outside of it is read,
 * also where links lead there. PN_ERROR_NOT_FOUND where the old tool left nothing in it. Nothing is
 * run and nothing is changed. Blocking. */
PnOldStation *pn_old_station_read (const char *root, GError **error);
void pn_old_station_free (PnOldStation *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnOldStation, pn_old_station_free)

/* Where in this file system the file or folder lies that the old tool calls @path; NULL = it is not
 * there, or this user may not look. (transfer full) */
char *pn_old_station_locate (PnOldStation *self, const char *path);

/* What Punnet has for it; NULL where its file is not named after a serial number. Its id and who it
 * is of are not filled in. (transfer full) */
PnOverride *pn_old_flag_to_override (const PnOldFlag *flag);

G_END_DECLS
