/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-old-station.h"

#include <dirent.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "pn-hook.h"
#include "pn-io.h"

#define ETC "etc/rpi-sb-provisioner"
#define SHARE "usr/share/rpi-sb-provisioner"
#define MAX_FILES 4096 /* in a folder */
#define MAX_FLAG 64    /* bytes */
#define MAX_HOOKS 64   /* more than the old tool has names for */

static void
hook_free (PnOldHook *self)
{
  g_free (self->name);
  g_clear_pointer (&self->script, g_bytes_unref);
  g_free (self->why);
  g_free (self);
}

static void
port_rules_free (PnOldPortRules *self)
{
  g_free (self->name);
  g_free (self->path);
  g_free (self);
}

static void
flag_free (PnOldFlag *self)
{
  g_free (self->serial);
  g_free (self);
}

void
pn_old_station_free (PnOldStation *self)
{
  g_free (self->root);
  pn_old_config_free (self->config);
  pn_old_config_free (self->boot_package);
  g_ptr_array_unref (self->keys);
  g_ptr_array_unref (self->hooks);
  g_ptr_array_unref (self->port_rules);
  g_ptr_array_unref (self->flags);
  g_ptr_array_unref (self->problems);
  g_free (self);
}

/* ---- beneath the root ---- */

/* Links are followed as if the root were the whole file system. */
static int
open_beneath (PnOldStation *self, const char *path, int flags, GError **error)
{
  int never_waits = (flags & O_PATH) != 0 ? 0 : O_NONBLOCK | O_NOCTTY;
  struct open_how how = { .flags = (guint64) (flags | O_CLOEXEC | never_waits),
                          .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
  g_auto (PnFd) root = pn_open (self->root, O_PATH | O_DIRECTORY, error);
  int fd;

  if (root < 0)
    return -1;
  fd = (int) syscall (SYS_openat2, root, path, &how, sizeof how);
  if (fd < 0)
    pn_set_error_from_errno (error, errno, "Cannot open %s", path);
  return fd;
}

static char *
get_place (int fd)
{
  g_autofree char *link = g_strdup_printf ("/proc/self/fd/%d", fd);

  return g_file_read_link (link, NULL);
}

char *
pn_old_station_locate (PnOldStation *self, const char *path)
{
  g_auto (PnFd) fd = open_beneath (self, path, O_RDONLY, NULL);

  return fd >= 0 ? get_place (fd) : NULL;
}

/* What cannot be read is said, what is not there is not. */
static void
add_problem (PnOldStation *self, GError *error)
{
  if (error != NULL && !g_error_matches (error, PN_ERROR, PN_ERROR_NOT_FOUND))
    g_ptr_array_add (self->problems, pn_error_to_sentence (error));
}

/* NULL = not there, or a problem. */
static GBytes *
read_beneath (PnOldStation *self, const char *path, gsize max)
{
  g_autoptr (GError) error = NULL;
  g_auto (PnFd) fd = open_beneath (self, path, O_RDONLY, &error);
  g_autoptr (GBytes) bytes = fd >= 0 ? pn_read_file_fd (fd, max, &error) : NULL;

  if (bytes == NULL)
    add_problem (self, error);
  return g_steal_pointer (&bytes);
}

static int
compare_cb (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* The names of the regular files in the folder, in order; hidden ones are not looked at. */
static GPtrArray *
list_files (PnOldStation *self, const char *folder)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  int fd = open_beneath (self, folder, O_RDONLY | O_DIRECTORY, &error);
  DIR *dir = fd >= 0 ? fdopendir (fd) : NULL;
  struct dirent *entry;

  add_problem (self, error);
  if (dir == NULL)
    return names;
  while (names->len < MAX_FILES && (entry = readdir (dir)) != NULL)
    if (entry->d_name[0] != '.' && (entry->d_type == DT_REG || entry->d_type == DT_LNK) &&
        g_utf8_validate (entry->d_name, -1, NULL))
      g_ptr_array_add (names, g_strdup (entry->d_name));
  (void) closedir (dir);
  g_ptr_array_sort (names, compare_cb);
  return names;
}

/* ---- what is there ---- */

static void
read_config (PnOldStation *self, PnOldConfig *config, const char *path)
{
  g_autoptr (GBytes) text = read_beneath (self, path, PN_OLD_CONFIG_MAX);
  g_autoptr (GError) error = NULL;

  if (text != NULL && !pn_old_config_add (config, text, &error))
    {
      pn_prefix_error (&error, "%s", path);
      add_problem (self, error);
    }
}

static void
read_keys (PnOldStation *self)
{
  g_autoptr (GBytes) json = read_beneath (self, ETC "/keys/registry.json", PN_OLD_REGISTRY_MAX);
  g_autoptr (GError) error = NULL;
  GPtrArray *keys = json != NULL ? pn_old_registry_parse (json, &error) : NULL;

  add_problem (self, error);
  self->keys = keys != NULL ? keys : g_ptr_array_new ();
}

static void
read_script (PnOldHook *hook, int fd)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) script = pn_read_file_fd (fd, PN_HOOK_MAX, &error);

  if (script != NULL && pn_hook_check_script (script, &error))
    hook->script = g_steal_pointer (&script);
  else
    hook->why = pn_error_to_sentence (error);
}

static void
read_hooks (PnOldStation *self)
{
  g_autoptr (GPtrArray) names = list_files (self, ETC "/scripts");

  for (guint i = 0; i < names->len && self->hooks->len < MAX_HOOKS; i++)
    {
      g_autofree char *path = g_build_filename (ETC "/scripts", names->pdata[i], NULL);
      g_auto (PnFd) fd = open_beneath (self, path, O_RDONLY, NULL);
      struct stat status;
      PnOldHook *hook;

      if (fd < 0 || fstat (fd, &status) < 0 || !S_ISREG (status.st_mode))
        continue;
      hook = g_new0 (PnOldHook, 1);
      hook->name = g_strdup (names->pdata[i]);
      hook->enabled = (status.st_mode & S_IXUSR) != 0;
      read_script (hook, fd);
      g_ptr_array_add (self->hooks, hook);
    }
}

static void
read_port_rules (PnOldStation *self, const char *folder, gboolean local)
{
  g_autoptr (GPtrArray) names = list_files (self, folder);

  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *path = g_build_filename (folder, names->pdata[i], NULL);
      g_autofree char *place = pn_old_station_locate (self, path);
      PnOldPortRules *rules;

      if (place == NULL || !g_str_has_suffix (names->pdata[i], ".conf"))
        continue;
      rules = g_new0 (PnOldPortRules, 1);
      rules->name = g_strdup (names->pdata[i]);
      rules->path = g_steal_pointer (&place);
      rules->local = local;
      g_ptr_array_add (self->port_rules, rules);
    }
}

static void
read_flags (PnOldStation *self, const char *folder, PnOverrideKind kind)
{
  g_autoptr (GPtrArray) names = list_files (self, folder);

  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *path = g_build_filename (folder, names->pdata[i], NULL);
      g_autoptr (GBytes) text = read_beneath (self, path, MAX_FLAG);
      gsize size = 0;
      const char *data = text != NULL ? g_bytes_get_data (text, &size) : NULL;
      PnOldFlag *flag = g_new0 (PnOldFlag, 1);

      flag->kind = kind;
      flag->serial = g_strdup (names->pdata[i]);
      flag->once = size >= 4 && strncmp (data, "once", 4) == 0;
      g_ptr_array_add (self->flags, flag);
    }
}

PnOverride *
pn_old_flag_to_override (const PnOldFlag *flag)
{
  g_autofree char *serial = pn_serial_normalise (flag->serial);
  PnOverride *override;

  if (serial == NULL)
    return NULL;
  override = g_rc_box_new0 (PnOverride);
  override->kind = flag->kind;
  override->serial = g_steal_pointer (&serial);
  override->once = flag->once;
  override->reason = g_strdup ("Special flag of rpi-sb-provisioner");
  return override;
}

static gboolean
is_there (PnOldStation *self)
{
  static const char *const places[] = { ETC, SHARE, "srv/rpi-sb-provisioner" };
  gboolean found = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (places) && !found; i++)
    {
      g_auto (PnFd) fd = open_beneath (self, places[i], O_PATH | O_DIRECTORY, NULL);

      found = fd >= 0;
    }
  return found;
}

PnOldStation *
pn_old_station_read (const char *root, GError **error)
{
  g_autoptr (PnOldStation) self = g_new0 (PnOldStation, 1);

  self->root = g_canonicalize_filename (root, NULL);
  self->config = pn_old_config_new ();
  self->boot_package = pn_old_config_new ();
  self->hooks = g_ptr_array_new_with_free_func ((GDestroyNotify) hook_free);
  self->port_rules = g_ptr_array_new_with_free_func ((GDestroyNotify) port_rules_free);
  self->flags = g_ptr_array_new_with_free_func ((GDestroyNotify) flag_free);
  self->problems = g_ptr_array_new_with_free_func (g_free);
  read_keys (self);
  if (!is_there (self))
    {
      pn_set_error (error, PN_ERROR_NOT_FOUND,
                    "There is nothing of rpi-sb-provisioner in %s; choose the folder that has its "
                    "etc and srv folders in it",
                    root);
      return NULL;
    }
  read_config (self, self->config, SHARE "/defaults/config");
  read_config (self, self->config, ETC "/config");
  read_config (self, self->boot_package, SHARE "/defaults/bootimg-package-config");
  read_config (self, self->boot_package, ETC "/bootimg-package-config");
  read_hooks (self);
  read_port_rules (self, ETC "/usb-ports.d", TRUE);
  read_port_rules (self, SHARE "/usb-ports.d", FALSE);
  read_flags (self, ETC "/special-skip-eeprom", PN_OVERRIDE_SKIP_FIRMWARE);
  read_flags (self, ETC "/special-reprovision-device", PN_OVERRIDE_AGAIN);
  return g_steal_pointer (&self);
}
