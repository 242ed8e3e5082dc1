/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What is there for those who try something. */
typedef struct
{
  char *folder, *file; /* the file in it, readable and writable; and one named "removed" */
  int own;             /* the file, open */
  int bystander;       /* a socket that is not bound */
  guint16 port;        /* somebody listens there, on the loopback */
} PnStage;

#define PN_KILLED 1000 /* plus the signal */

/* Something that a confined process must not do. */
typedef struct
{
  const char *name;
  int (*action) (const PnStage *stage); /* 0 or an error number */
  int worker;                           /* what it comes to there, or PN_KILLED + … */
  int grower;    /* … and in one that may start a program; 0 = it may do it */
  int landlock;  /* … where Landlock is alone; 0 = that does not know of it */
  guint version; /* … of Landlock that knows of it */
} PnTrial;

extern const PnTrial pn_trials[];
extern const gsize pn_n_trials;

G_END_DECLS
