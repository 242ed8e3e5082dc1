/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* punnetctl GROUP …: each group is one function in a file of its own. argv[0] is the group's name.
 * Returns the exit status: 0 done, 1 failed (said on stderr, "punnetctl: sentence"), 2 usage. */
int pn_ctl_firmware (int argc, char **argv);
int pn_ctl_image (int argc, char **argv);
int pn_ctl_prepare (int argc, char **argv);
int pn_ctl_bundle (int argc, char **argv);
int pn_ctl_batch (int argc, char **argv);
int pn_ctl_watch (int argc, char **argv);
int pn_ctl_devices (int argc, char **argv);
int pn_ctl_records (int argc, char **argv);

/* Says error->message on stderr and returns 1. */
int pn_ctl_fail (const GError *error);

G_END_DECLS
