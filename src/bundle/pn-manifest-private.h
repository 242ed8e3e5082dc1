/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-manifest.h"

G_BEGIN_DECLS

/* A manifest being made; sealed once, then immutable. */
struct _PnManifest
{
  gatomicrefcount references;
  char *recipe_name;
  guint recipe_revision;
  PnChip chip;
  PnMode mode;
  PnStorage storage;
  char *cipher;
  PnPublicKey *public_key;
  char **permanent;
  gboolean updates_eeprom;
  gboolean network;
  guint rpiboot_gpio; /* 0 = none */
  guint32 disk_id;
  guint64 boot_partition_size;
  guint64 minimum_storage;
  char *image_name;
  PnSha256 image_digest;
  gint64 timestamp;
  GArray *artefacts; /* PnArtefact */
  GArray *hooks;     /* PnManifestHook, in the order of their stages */
  GBytes *bytes;     /* canonical, once sealed */
};

PnManifest *pn_manifest_new (void);
void pn_manifest_add (PnManifest *self,
                      PnRole role,
                      const char *name,
                      guint64 size,
                      const PnSha256 *digest,
                      guint64 expanded_size);
void pn_manifest_add_hook (
    PnManifest *self, PnHookStage stage, guint seconds, gboolean network, const char *const *write);
/* Checks it as a parsed one is, and makes its bytes. */
gboolean pn_manifest_seal (PnManifest *self, GError **error);

G_END_DECLS
