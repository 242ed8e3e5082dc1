/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-ctl.h"
#include "pn-dbus.h"

G_BEGIN_DECLS

#define PN_CTL_ROOT "/org/punnet/Provisioner1"
#define PN_CTL_RUN "org.punnet.Provisioner1.Run"
#define PN_CTL_SLOT "org.punnet.Provisioner1.Slot"
#define PN_CTL_BUNDLE "org.punnet.Provisioner1.Bundle"
#define PN_CTL_APPROVAL "org.punnet.Provisioner1.Approval"
#define PN_CTL_BATCH "org.punnet.Provisioner1.Batch"

/* What the commands that speak to the helper share. */

/* Every call may have to wait for a person's password. */
#define PN_CTL_CALL G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION

/* The station's helper where there is one, else the session's, unless the command line says which.
 * PN_ERROR_NOT_FOUND where no helper runs. */
GDBusObjectManager *pn_ctl_connect (GError **error);
/* The same, and starts none: NULL. */
GDBusObjectManager *pn_ctl_connect_running (void);
PnDbusManager *pn_ctl_get_manager (GDBusObjectManager *objects);
/* Where nothing but the manager is needed. */
PnDbusManager *pn_ctl_connect_manager (GError **error);
/* A command that shows what the helper has, says @summary of itself, and takes no argument but
 * --json. NULL where it is at its end: its exit status in @status. */
GDBusObjectManager *
pn_ctl_begin_list (int argc, char **argv, const char *summary, gboolean *json, int *status);
/* An a{sv} with nothing in it; floating. */
GVariant *pn_ctl_no_options (void);
/* All proxies of an interface, in the order of their paths' numbers. */
GPtrArray *pn_ctl_list_interfaces (GDBusObjectManager *objects, const char *interface);
/* "path" and the properties in lower case, as a{sv}; first "event" where it is not NULL.
 * (transfer floating) */
GVariant *pn_ctl_properties (GDBusProxy *proxy, const char *event);
/* One line; takes a floating @value. */
void pn_ctl_print_variant (GVariant *value);
int pn_ctl_print_all (GDBusObjectManager *objects, const char *interface); /* 0 */
/* Tells the audit, before anything is said, that @count entries leave in the @form that is named;
 * with the option @name of NoteExport. Takes a floating @value. */
gboolean pn_ctl_note_export (PnDbusManager *manager,
                             const char *form,
                             guint count,
                             const char *name,
                             GVariant *value,
                             GError **error);
/* As pn_ctl_fail (), without the words that D-Bus puts before the helper's sentence. */
int pn_ctl_fail_remote (const GError *error);

/* Installs the bundle that is named: a folder, a file, or "-", a pipe at standard input; one that
 * is named by its digest has to be there. (transfer full): its digest */
char *pn_ctl_install (GDBusObjectManager *objects, const char *bundle, GError **error);

/* Shows runs until there is nothing to wait for. @batch: the path of the one that is waited for, or
 * NULL. Returns the exit status. */
typedef struct
{
  gboolean json;
  gboolean until_idle;
  const char *batch;
} PnCtlWatching;
int pn_ctl_watch_runs (GDBusObjectManager *objects, const PnCtlWatching *what);

G_END_DECLS
