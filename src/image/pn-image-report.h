/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-image.h"
#include "pn-phase.h"

G_BEGIN_DECLS

/* What is inside an image, for people who decide whether to use it. Read without mounting. */

typedef struct
{
  guint number;
  guint64 offset, size; /* bytes */
  guint64 used;         /* bytes; G_MAXUINT64 = not known */
  char *kind;           /* "FAT32", "ext4"; NULL = not known */
  char *label;          /* nullable */
} PnReportPartition;

typedef struct
{
  char *version;
  guint chips;   /* bits: 1 << PnChip, those whose devices it starts on */
  char *missing; /* why it could not unlock an encrypted storage; NULL = all modules are there */
} PnReportKernel;

typedef enum
{
  PN_PASSWORD_NONE,  /* locked: nobody can log in with one */
  PN_PASSWORD_EMPTY, /* none is asked for */
  PN_PASSWORD_SET,
} PnPasswordState;

typedef struct
{
  char *name;
  PnPasswordState password;
  guint n_keys; /* SSH keys that may log in */
} PnReportAccount;

typedef enum
{
  PN_SSH_ABSENT, /* no server is installed */
  PN_SSH_OFF,
  PN_SSH_ON,
  PN_SSH_ON_FIRST_BOOT,
} PnSshState;

typedef enum
{
  PN_REMARK_LOCK_LINE,        /* argument: the line of config.txt */
  PN_REMARK_32_BIT,           /* the line */
  PN_REMARK_OWN_KERNEL,       /* the line */
  PN_REMARK_DEBUG_PORT,       /* the line */
  PN_REMARK_LONG_LINE,        /* its first characters */
  PN_REMARK_SERIAL_CONSOLE,   /* the word of cmdline.txt */
  PN_REMARK_SIGNED_ALREADY,   /* the file */
  PN_REMARK_DEBUG_SHELL,      /* the unit */
  PN_REMARK_EMPTY_PASSWORD,   /* the account */
  PN_REMARK_ROOT_PASSWORD,    /* none */
  PN_REMARK_DEFAULT_PASSWORD, /* the account */
  PN_REMARK_NO_LOGIN,         /* none */
} PnRemarkKind;

typedef struct
{
  PnRemarkKind kind;
  char *argument; /* nullable */
} PnRemark;

typedef struct
{
  PnTableKind table;
  guint64 size;          /* bytes */
  GPtrArray *partitions; /* PnReportPartition */
  char **boot_files;     /* names in the top folder of the boot partition, sorted */
  char *system;          /* os-release: PRETTY_NAME; nullable */
  char *version;         /* VERSION_ID; nullable */
  guint bits;            /* 64 or 32, of the installed programs; 0 = not known */
  GPtrArray *kernels;    /* PnReportKernel */
  GPtrArray *accounts;   /* PnReportAccount: root, and people's */
  PnSshState ssh;
  GPtrArray *first_boot; /* char *: what runs at the first start only */
  GPtrArray *remarks;    /* PnRemark */
} PnImageReport;

/* Never fails for what an image holds: what cannot be read is left out. Slow (reads file systems):
 * not for a main loop. */
PnImageReport *pn_image_report_new (PnImage *image, GCancellable *cancellable, GError **error);
void pn_image_report_free (PnImageReport *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnImageReport, pn_image_report_free)

gboolean pn_remark_is_warning (const PnRemark *self);
char *pn_remark_to_text (const PnRemark *self); /* a sentence in the user's language */

G_END_DECLS
