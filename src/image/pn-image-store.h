/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-stored-image.h"

G_BEGIN_DECLS

/* The user's library of images: a folder with one folder for each image, named by its SHA-256. All
 * state is in the files, under locks that other processes respect: any thread may use a store. */
typedef struct _PnImageStore PnImageStore;

char *pn_image_store_default_folder (void); /* below $XDG_DATA_HOME */
/* Makes the folder where there is none, and removes what crashed imports left behind. */
PnImageStore *pn_image_store_open (const char *folder, GError **error);
PnImageStore *pn_image_store_ref (PnImageStore *self);
void pn_image_store_unref (PnImageStore *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PnImageStore, pn_image_store_unref)

const char *pn_image_store_get_folder (PnImageStore *self);
/* (element-type PnStoredImage) by name; damaged ones are left out with a warning. */
GPtrArray *pn_image_store_list (PnImageStore *self, GError **error);
/* By its SHA-256, at least 8 digits of it, or its name. PN_ERROR_NOT_FOUND. */
PnStoredImage *pn_image_store_find (PnImageStore *self, const char *word, GError **error);
/* Where the image with this id lies, to be read only. */
char *pn_image_store_get_path (PnImageStore *self, const char *id);
/* What people call the image at @path: its name in the library that holds it; else the file's. */
char *pn_image_store_name_file (const char *path);
/* @name, or where an image has it, "@name (2)" and so on. */
char *pn_image_store_free_name (PnImageStore *self, const char *name);
/* PN_ERROR_EXISTS where another image has the name. NULL leaves a field as it is. */
PnStoredImage *pn_image_store_edit (
    PnImageStore *self, const char *id, const char *name, const char *notes, GError **error);
/* Who uses the image, as a sentence ("Used by recipe ‘Gate v2’."; free with g_free), or NULL. */
typedef char *(*PnImageUsedBy) (const char *id, gpointer user_data);
/* PN_ERROR_BUSY with that sentence where it is used. @used_by is nullable. */
gboolean pn_image_store_remove (
    PnImageStore *self, const char *id, PnImageUsedBy used_by, gpointer user_data, GError **error);

typedef enum
{
  PN_IMPORT_READING,    /* copied and hashed in one pass */
  PN_IMPORT_INSPECTING, /* its file systems are checked */
  PN_IMPORT_STORING,    /* made to last */
} PnImportStep;
/* Bytes. From the thread that imports, often. */
typedef void (*PnImportProgress) (PnImportStep step,
                                  guint64 done,
                                  guint64 total,
                                  gpointer user_data);
typedef struct
{
  const char *name;     /* nullable: made of the file's */
  const char *notes;    /* nullable */
  const char *expected; /* SHA-256 in hex; nullable: looked for in a file beside it */
} PnImportOptions;

/* Refuses at once what is no regular file or cannot be an image, in one sentence; see also
 * pn_image_open (). */
gboolean pn_image_store_check_file (int fd, GError **error);
/* All of it or nothing, also when the process dies. @options is nullable. PN_ERROR_EXISTS names the
 * image that has the same content; PN_ERROR_SIGNATURE where the SHA-256 is not the expected one. */
PnStoredImage *pn_image_store_import (PnImageStore *self,
                                      const char *path,
                                      const PnImportOptions *options,
                                      PnImportProgress progress,
                                      gpointer user_data,
                                      GCancellable *cancellable,
                                      GError **error);
/* The same of an open file (borrowed; its position is not kept), which was called @source. */
PnStoredImage *pn_image_store_import_fd (PnImageStore *self,
                                         int fd,
                                         const char *source,
                                         const PnImportOptions *options,
                                         PnImportProgress progress,
                                         gpointer user_data,
                                         GCancellable *cancellable,
                                         GError **error);

G_END_DECLS
