/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "pn-error.h"
#include "pn-image-report.h"
#include "pn-signer.h"

G_BEGIN_DECLS

/* punnetctl GROUP …: each group is one function in a file of its own. argv[0] is the group's name.
 * Returns the exit status: 0 done, 1 failed (said on stderr, "punnetctl: sentence"), 2 usage. */
int pn_ctl_firmware (int argc, char **argv);
int pn_ctl_image (int argc, char **argv);
int pn_ctl_image_import (int argc, char **argv); /* commands of the group image */
int pn_ctl_image_list (int argc, char **argv);
int pn_ctl_image_rename (int argc, char **argv);
int pn_ctl_image_remove (int argc, char **argv);
int pn_ctl_inspect_image_set (const char *path, gboolean json);
int pn_ctl_prepare (int argc, char **argv);
int pn_ctl_recipe (int argc, char **argv);
int pn_ctl_bundle (int argc, char **argv);
int pn_ctl_bundle_install (int argc, char **argv); /* commands of the group bundle */
int pn_ctl_bundle_limits (int argc, char **argv);
int pn_ctl_bundle_list (int argc, char **argv);
int pn_ctl_bundle_pack (int argc, char **argv);
int pn_ctl_bundle_remove (int argc, char **argv);
int pn_ctl_bundle_unpack (int argc, char **argv);
int pn_ctl_key (int argc, char **argv);
int pn_ctl_batch (int argc, char **argv);
int pn_ctl_watch (int argc, char **argv);
int pn_ctl_devices (int argc, char **argv);
int pn_ctl_station (int argc, char **argv);
int pn_ctl_slot (int argc, char **argv);
int pn_ctl_records (int argc, char **argv);
int pn_ctl_records_backup (int argc, char **argv); /* commands of the group records */
int pn_ctl_records_certificate (int argc, char **argv);
int pn_ctl_records_merge (int argc, char **argv);
int pn_ctl_override (int argc, char **argv);
int pn_ctl_approvals (int argc, char **argv);
int pn_ctl_approve (int argc, char **argv);
int pn_ctl_refuse (int argc, char **argv);
int pn_ctl_station_second_person (int argc, char **argv); /* a command of the group station */
int pn_ctl_audit (int argc, char **argv);
int pn_ctl_complete (int argc, char **argv); /* for shells; see pn-ctl-complete.c */
int pn_ctl_migrate (int argc, char **argv);

/* The commands of a group, ended by one without a name. */
typedef struct
{
  const char *name;
  int (*run) (int argc, char **argv);
  const char *summary;
} PnCtlCommand;
int pn_ctl_commands (const PnCtlCommand *commands, int argc, char **argv);
/* From now on --help calls the program "… WORD". */
void pn_ctl_enter (const char *word);
/* FALSE, with what is wrong on stderr, unless there are @min to @max arguments: exit status 2. */
gboolean pn_ctl_parse (GOptionContext *context, int *argc, char ***argv, int min, int max);

/* Before anything is printed: what is, cannot speak to the terminal from now on. */
void pn_ctl_guard_terminal (void);
/* But this can. */
void pn_ctl_tell_terminal (const char *sequence);

/* What is inside an image; as members of the object that @builder is in. */
void pn_ctl_print_report (PnImageReport *report);
void pn_ctl_report_to_json (PnImageReport *report, JsonBuilder *builder);

/* A PEM file's signer. The passphrase of an encrypted one comes from @passphrase_fd, or with -1
 * from the terminal. */
PnSigner *pn_ctl_load_signer (const char *path, int passphrase_fd, GError **error);
/* PnSayFunc: to standard error. */
void pn_ctl_say (const char *sentence, gboolean warning, gpointer user_data);
/* Seconds since 1970 from @option, else SOURCE_DATE_EPOCH, else now. */
gboolean pn_ctl_choose_timestamp (const char *option, gint64 *timestamp, GError **error);
/* Refuses no path, and one that exists unless @force. */
gboolean pn_ctl_check_output (const char *path, gboolean force, GError **error);
/* Whole or not at all; to standard output for NULL and "-". */
gboolean pn_ctl_write (const char *path, GBytes *bytes, gboolean force, GError **error);
int pn_ctl_print_json (JsonBuilder *builder); /* 0 */
/* A member of the object that @builder is in; null for NULL. */
void pn_ctl_add_string (JsonBuilder *builder, const char *name, const char *value);

/* TRUE: @option says which helper is spoken to, and that is noted. */
gboolean pn_ctl_take_bus_option (const char *option);

/* Says error->message on stderr and returns 1. */
int pn_ctl_fail (const GError *error);

G_END_DECLS
