/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-import-item.h"

#include <fcntl.h>
#include <glib/gi18n.h>
#include <string.h>
#include <sys/stat.h>

#include "pn-error.h"
#include "pn-image-library.h"
#include "pn-io.h"
#include "pn-sha256-sums.h"

#define MAX_FILES 100  /* of a folder */
#define STAT_BLOCK 512 /* bytes: unit of st_blocks */

/* What looking at the file gave. */
typedef struct
{
  char *problem, *expected, *found;
  guint64 size;
} Look;

struct _PnImportItem
{
  GObject parent_instance;
  char *path, *title;
  char *name, *expected, *notes;
  char *problem, *found, *issue;
  guint64 size; /* bytes */
  gboolean checking;
};

typedef enum
{
  PROP_CHECKING = 1,
  PROP_PROBLEM,
  PROP_NAME,
  PROP_EXPECTED,
  PROP_NOTES,
  PROP_FOUND,
  PROP_ISSUE,
  PROP_READY,
  N_PROPS
} PnImportItemProperty;
static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (PnImportItem, pn_import_item, G_TYPE_OBJECT)

static void
look_free (Look *self)
{
  g_free (self->problem);
  g_free (self->expected);
  g_free (self->found);
  g_free (self);
}

static void
look_worker (GTask *task, gpointer source, gpointer path, GCancellable *cancellable)
{
  Look *look = g_new0 (Look, 1);
  g_autoptr (GError) error = NULL;
  g_auto (PnFd) fd = pn_open (path, O_RDONLY, &error);
  struct stat status;
  PnSha256 digest;

  if (fd < 0 || !pn_image_store_check_file (fd, &error))
    look->problem = g_strdup (pn_error_text (error));
  else
    {
      if (fstat (fd, &status) == 0)
        look->size = MIN ((guint64) status.st_size, (guint64) status.st_blocks * STAT_BLOCK);
      if (pn_sha256_sums_beside (path, &digest, &look->found))
        look->expected = pn_sha256_to_hex (&digest);
    }
  g_task_return_pointer (task, look, (GDestroyNotify) look_free);
}

static char *
find_issue (PnImportItem *self)
{
  g_autofree char *name = g_strstrip (g_strdup (self->name));
  g_autofree char *expected = g_strstrip (g_strdup (self->expected));
  g_autoptr (GError) error = NULL;
  PnSha256 digest;

  if (!pn_image_name_check (name, &error))
    return g_strdup_printf ("%s.", pn_error_text (error));
  if (expected[0] != '\0' && !pn_sha256_from_hex (expected, &digest))
    return g_strdup_printf (_ ("A SHA-256 has 64 digits from 0 to 9 and a to f; this has %u."),
                            (guint) g_utf8_strlen (expected, -1));
  if (g_utf8_strlen (self->notes, -1) > PN_IMAGE_NOTES_MAX)
    return g_strdup (_ ("The notes have more than 1000 characters."));
  return NULL;
}

static void
update (PnImportItem *self)
{
  g_free (self->issue);
  self->issue = find_issue (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ISSUE]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_READY]);
}

static void
looked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  PnImportItem *self = PN_IMPORT_ITEM (source);
  Look *look = g_task_propagate_pointer (G_TASK (result), NULL);

  self->checking = FALSE;
  self->problem = g_steal_pointer (&look->problem);
  self->found = g_steal_pointer (&look->found);
  self->size = look->size;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CHECKING]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PROBLEM]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FOUND]);
  if (look->expected != NULL && self->expected[0] == '\0')
    g_object_set (self, "expected", look->expected, NULL);
  look_free (look);
  update (self);
}

static void
set_text (PnImportItem *self, char **field, const GValue *value, PnImportItemProperty property)
{
  const char *text = g_value_get_string (value) != NULL ? g_value_get_string (value) : "";

  if (g_strcmp0 (*field, text) == 0)
    return;
  g_free (*field);
  *field = g_strdup (text);
  g_object_notify_by_pspec (G_OBJECT (self), properties[property]);
  update (self);
}

static void
pn_import_item_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  PnImportItem *self = PN_IMPORT_ITEM (object);

  if (prop_id == PROP_NAME)
    set_text (self, &self->name, value, PROP_NAME);
  else if (prop_id == PROP_EXPECTED)
    set_text (self, &self->expected, value, PROP_EXPECTED);
  else if (prop_id == PROP_NOTES)
    set_text (self, &self->notes, value, PROP_NOTES);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
pn_import_item_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PnImportItem *self = PN_IMPORT_ITEM (object);

  switch ((PnImportItemProperty) prop_id)
    {
    case PROP_CHECKING:
      g_value_set_boolean (value, self->checking);
      break;
    case PROP_PROBLEM:
      g_value_set_string (value, self->problem);
      break;
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_EXPECTED:
      g_value_set_string (value, self->expected);
      break;
    case PROP_NOTES:
      g_value_set_string (value, self->notes);
      break;
    case PROP_FOUND:
      g_value_set_string (value, self->found);
      break;
    case PROP_ISSUE:
      g_value_set_string (value, self->issue);
      break;
    case PROP_READY:
      g_value_set_boolean (value, pn_import_item_is_ready (self));
      break;
    case N_PROPS:
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
pn_import_item_finalize (GObject *object)
{
  PnImportItem *self = PN_IMPORT_ITEM (object);

  g_free (self->path);
  g_free (self->title);
  g_free (self->name);
  g_free (self->expected);
  g_free (self->notes);
  g_free (self->problem);
  g_free (self->found);
  g_free (self->issue);
  G_OBJECT_CLASS (pn_import_item_parent_class)->finalize (object);
}

static void
pn_import_item_class_init (PnImportItemClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags told = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;
  const GParamFlags asked = told | G_PARAM_WRITABLE;

  object_class->get_property = pn_import_item_get_property;
  object_class->set_property = pn_import_item_set_property;
  object_class->finalize = pn_import_item_finalize;
  properties[PROP_CHECKING] = g_param_spec_boolean ("checking", NULL, NULL, TRUE, told);
  properties[PROP_PROBLEM] = g_param_spec_string ("problem", NULL, NULL, NULL, told);
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, "", asked);
  properties[PROP_EXPECTED] = g_param_spec_string ("expected", NULL, NULL, "", asked);
  properties[PROP_NOTES] = g_param_spec_string ("notes", NULL, NULL, "", asked);
  properties[PROP_FOUND] = g_param_spec_string ("found", NULL, NULL, NULL, told);
  properties[PROP_ISSUE] = g_param_spec_string ("issue", NULL, NULL, NULL, told);
  properties[PROP_READY] = g_param_spec_boolean ("ready", NULL, NULL, FALSE, told);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
pn_import_item_init (PnImportItem *self)
{
  self->checking = TRUE;
  self->expected = g_strdup ("");
  self->notes = g_strdup ("");
}

PnImportItem *
pn_import_item_new (const char *path)
{
  PnImportItem *self = g_object_new (PN_TYPE_IMPORT_ITEM, NULL);
  g_autofree char *base = g_path_get_basename (path);
  g_autoptr (GTask) task = g_task_new (self, NULL, looked_cb, NULL);

  self->path = g_strdup (path);
  self->title = g_utf8_make_valid (base, -1);
  self->name = pn_image_name_from_file (path);
  g_task_set_task_data (task, g_strdup (path), g_free);
  g_task_run_in_thread (task, look_worker);
  return self;
}

const char *
pn_import_item_get_path (PnImportItem *self)
{
  return self->path;
}

const char *
pn_import_item_get_title (PnImportItem *self)
{
  return self->title;
}

const char *
pn_import_item_get_name (PnImportItem *self)
{
  return self->name;
}

const char *
pn_import_item_get_notes (PnImportItem *self)
{
  return self->notes;
}

const char *
pn_import_item_get_expected (PnImportItem *self)
{
  return self->expected;
}

const char *
pn_import_item_get_problem (PnImportItem *self)
{
  return self->problem;
}

guint64
pn_import_item_get_size (PnImportItem *self)
{
  return self->size;
}

gboolean
pn_import_item_is_ready (PnImportItem *self)
{
  return !self->checking && self->problem == NULL && self->issue == NULL;
}

/* ---- folders ---- */

static int
compare_paths (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static void
expand_folder (GPtrArray *paths, const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  while (dir != NULL && found->len < MAX_FILES && (name = g_dir_read_name (dir)) != NULL)
    if (strlen (name) > 4 && g_ascii_strcasecmp (name + strlen (name) - 4, ".img") == 0)
      g_ptr_array_add (found, g_build_filename (folder, name, NULL));
  if (found->len == 0)
    g_ptr_array_add (found, g_strdup (folder));
  g_ptr_array_sort (found, compare_paths);
  g_ptr_array_extend_and_steal (paths, g_steal_pointer (&found));
}

GPtrArray *
pn_import_expand_paths (const char *const *paths)
{
  GPtrArray *all = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; paths[i] != NULL; i++)
    if (g_file_test (paths[i], G_FILE_TEST_IS_DIR))
      expand_folder (all, paths[i]);
    else
      g_ptr_array_add (all, g_strdup (paths[i]));
  return all;
}
