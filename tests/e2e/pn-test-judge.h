/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-bundle.h"
#include "pn-runs.h"

G_BEGIN_DECLS

/* What a virtual device is like, read from the files it is made of: OTP, EEPROM and storage. The
 * engine is not asked. */
typedef struct
{
  char *otp;      /* otp.json as it is, the device's own key masked: it is another one each time */
  char *eeprom;   /* its SHA-256, "" = as it left the factory */
  gint64 storage; /* when it was last written, ns */
  PnSha256 key_hash; /* zero = none */
  gboolean device_key, jtag_locked;
  guint gpio; /* 0 = none */
} PnTestLook;
void pn_test_look (const char *folder, PnTestLook *look);
void pn_test_look_clear (PnTestLook *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PnTestLook, pn_test_look_clear)

/* What the storage has to hold. NULL = not looked at. */
typedef struct
{
  PnManifest *manifest; /* borrowed */
  PnRuns *disk;         /* without encryption: the disk */
  PnRuns *boot, *root;  /* with it */
  PnBundle *set;        /* borrowed: that of an image set */
} PnTestContents;

/* What is not as @contents' manifest says of a device that is done, switched off; NULL = nothing.
 * @storage_size in bytes. */
char *pn_test_judge_done (const char *folder, const PnTestContents *contents, guint64 storage_size);

G_END_DECLS
