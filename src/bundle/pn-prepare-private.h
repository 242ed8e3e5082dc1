/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-idp-set.h"
#include "pn-image.h"
#include "pn-manifest-private.h"
#include "pn-prepare.h"

G_BEGIN_DECLS

/* A bundle being made. */
typedef struct
{
  const PnRecipe *recipe;
  PnSigner *signer;
  gint64 timestamp;
  PnSayFunc say;
  PnProgressFunc progress;
  gpointer user_data;
  GCancellable *cancellable;
  PnManifest *manifest;
  char *folder; /* where it is made */
  int folder_fd;
  PnImage *image;                    /* the gold master, or NULL */
  PnIdpSet *set;                     /* the image set, or NULL */
  GBytes *scripts[PN_N_HOOK_STAGES]; /* that run; NULL = none of that stage */
} PnPreparing;

/* As pn_sentence_format (); xgettext finds it. */
void pn_preparing_say (PnPreparing *self, gboolean warning, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
/* Each writes one artefact into the folder, and into the manifest. */
gboolean pn_preparing_add_bytes (
    PnPreparing *self, PnRole role, const char *name, GBytes *content, GError **error);
gboolean pn_preparing_add_text (
    PnPreparing *self, PnRole role, const char *name, const char *text, GError **error);
gboolean pn_preparing_add_runs (
    PnPreparing *self, PnRole role, const char *name, PnRuns *runs, GError **error);

/* What a boot loader starts that takes nothing else: (element-type PnFatFile) boot.img of @files,
 * its signature where there is a signer, and the configuration that says so. */
GPtrArray *pn_preparing_wrap_boot (PnPreparing *self, GPtrArray *files, GError **error);
/* pn-prepare-hook.c: takes the scripts of the recipe that are on, as it has frozen them, into the
 * bundle; refuses those that could not be run. Before anything is done. */
gboolean pn_preparing_add_hooks (PnPreparing *self, GError **error);
gboolean pn_preparing_has_image_hooks (PnPreparing *self);
/* Runs the image hooks on the boot partition's (element-type PnFatFile) files, which are changed,
 * and the root file system. */
gboolean pn_preparing_run_hooks (PnPreparing *self, GPtrArray *files, PnExt4 *root, GError **error);
/* pn-prepare-folder.c: files of a FAT file system in a folder, which is made, and what is in it
 * afterwards; files that did not change keep their times. */
gboolean pn_preparing_write_folder (GPtrArray *files, const char *folder, GError **error);
gboolean pn_preparing_read_folder (GPtrArray *files, const char *folder, GError **error);

/* pn-prepare-set.c: the description and the images. */
gboolean pn_preparing_add_image_set (PnPreparing *self, GError **error);

G_END_DECLS
