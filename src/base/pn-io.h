/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <sys/uio.h>
#include <unistd.h>

#include "pn-error.h"

G_BEGIN_DECLS

/* g_auto (PnFd) fd = -1; closes at the end of the scope; hand over with g_steal_fd (&fd). */
typedef int PnFd;

static inline void
pn_fd_close (int fd)
{
  (void) close (fd);
}

G_DEFINE_AUTO_CLEANUP_FREE_FUNC (PnFd, pn_fd_close, -1)

/* All set PN_ERROR_IO (or PN_ERROR_NOT_FOUND, PN_ERROR_PERMISSION) with the file's name or none. */
int pn_open (const char *path, int flags, GError **error); /* O_CLOEXEC; never waits; 0644 */
int pn_open_at (int dir_fd, const char *name, int flags, GError **error);
/* Once, restarted when interrupted; the count read, 0 at the end, -1 with @error set. */
gssize pn_pread (int fd, void *buffer, gsize size, goffset offset, GError **error);
/* All of it or an error. */
gboolean pn_pread_all (int fd, void *buffer, gsize size, goffset offset, GError **error);
gboolean pn_pwrite_all (int fd, const void *buffer, gsize size, goffset offset, GError **error);
gboolean pn_write_all (int fd, const void *buffer, gsize size, GError **error);
/* Goes on behind the first @size bytes of what is written in parts. */
void pn_skip_parts (struct iovec **parts, int *n_parts, gsize size);
/* The whole of a regular file from its start; refuses more than @max bytes (NO_SPACE). */
GBytes *pn_read_file_fd (int fd, gsize max, GError **error);
GBytes *pn_read_file (const char *path, gsize max, GError **error);
goffset pn_file_size (int fd, GError **error); /* -1 on error; regular files only */
/* Writes NAME.XXXX beside it, fsyncs, renames over, fsyncs the folder. */
gboolean pn_replace_file (const char *path, GBytes *contents, GError **error);
/* The same where there is no such file yet: PN_ERROR_EXISTS, and what is there stays as it is. */
gboolean pn_create_file (const char *path, GBytes *contents, GError **error);
/* The name of what has just been given one is on the disk. */
gboolean pn_flush_folder_of (const char *path, GError **error);
/* Removes what lies in the folder @path, as far as that can be; folders in it stay. */
void pn_empty_folder (const char *path);
void pn_remove_folder (const char *path); /* the same, and the folder itself */
/* Whatever it is, with all that lies in it; follows no links. */
void pn_remove_tree (const char *path);
/* A nameless file in the temporary folder, O_RDWR. */
int pn_temporary_file (GError **error);
/* Sets @error from errno with a printf-like prefix: "Cannot open %s". */
void pn_set_error_from_errno (GError **error, int saved_errno, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

G_END_DECLS
