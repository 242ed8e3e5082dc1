/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a hook sees of the machine: its programs, read only; a small /tmp that ends with it; its own
 * folders; and what its recipe names. No devices, no homes, no sockets of other programs, nobody
 * else's processes, no network unless the recipe says so. */
#include "config.h"

#include "pn-hook-private.h"

#include <string.h>

#include "pn-error.h"

#define TMP_SIZE "67108864" /* bytes */

/* Of each process in it; the count is of all of them. Set in there: out here it would count what
 * else its user has running. */
#define LIMITS                                                                                     \
  "/usr/bin/prlimit", "--core=0", "--nproc=256", "--nofile=1024", "--fsize=4294967296",            \
      "--as=17179869184", "--memlock=0", "--msgqueue=0", "--"

/* What a hook makes is for everybody to read, whoever runs it. */
#define PLAIN "umask 022; exec \"$@\""
/* The same where it is told who owns what: fakeroot does not try to give anything away (which fails
 * in its own ways where there is only one user), and it must not end before that is written down,
 * since all that is in the sandbox ends with it. */
#define FAKED                                                                                      \
  "umask 022; FAKEROOTDONTTRYCHOWN=1 fakeroot -i /run/owners -s /run/owners -- \"$@\"; code=$?;"   \
  " while grep -qs '^faked' /proc/[0-9]*/comm; do sleep 0.01; done; exit $code"

static void
add (GByteArray *out, const char *argument)
{
  g_byte_array_append (out, (const guint8 *) argument, (guint) strlen (argument) + 1);
}

static void
add_all (GByteArray *out, const char *const *arguments)
{
  for (guint i = 0; arguments[i] != NULL; i++)
    add (out, arguments[i]);
}

static void
add_three (GByteArray *out, const char *option, const char *first, const char *second)
{
  const char *const arguments[] = { option, first, second, NULL };

  add_all (out, arguments);
}

/* Programs and libraries: /bin and the like may be links into /usr, or folders. */
static void
add_system (GByteArray *out)
{
  static const char *const folders[] = { "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32" };

  add_three (out, "--ro-bind", "/usr", "/usr");
  for (guint i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *target = g_file_read_link (folders[i], NULL);

      if (target != NULL)
        add_three (out, "--symlink", target, folders[i]);
      else
        add_three (out, "--ro-bind-try", folders[i], folders[i]);
    }
}

/* What programs need to know of the machine; nothing of it is anybody's secret. */
static void
add_settings (GByteArray *out, gboolean network)
{
  static const char *const always[] = { "alternatives",  "group",        "ld.so.cache",
                                        "ld.so.conf",    "ld.so.conf.d", "localtime",
                                        "nsswitch.conf", "passwd",       NULL };
  static const char *const online[] = { "ca-certificates", "gai.conf", "hosts",
                                        "resolv.conf",     "services", "ssl/certs",
                                        "ssl/openssl.cnf", NULL };

  for (const char *const *at = always; *at != NULL; at++)
    {
      g_autofree char *path = g_strconcat ("/etc/", *at, NULL);

      add_three (out, "--ro-bind-try", path, path);
    }
  for (const char *const *at = online; network && *at != NULL; at++)
    {
      g_autofree char *path = g_strconcat ("/etc/", *at, NULL);

      add_three (out, "--ro-bind-try", path, path);
    }
}

static void
add_environment (GByteArray *out, const char *const *environment)
{
  add (out, "--clearenv");
  add_three (out, "--setenv", "PATH", "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  add_three (out, "--setenv", "LC_ALL", "C.UTF-8");
  add_three (out, "--setenv", "HOME", "/tmp");
  for (guint i = 0; environment != NULL && environment[i] != NULL; i++)
    {
      const char *equals = strchr (environment[i], '=');
      g_autofree char *name = g_strndup (environment[i], (gsize) (equals - environment[i]));

      add_three (out, "--setenv", name, equals + 1);
    }
}

static void
add_folders (GByteArray *out, const PnHookJob *job)
{
  if (job->boot != NULL)
    add_three (out, "--bind", job->boot, PN_HOOK_BOOT);
  if (job->root != NULL)
    add_three (out, "--bind", job->root, PN_HOOK_ROOT);
  if (job->owners != NULL)
    add_three (out, "--bind", job->owners, "/run/owners");
  for (guint i = 0; job->write != NULL && job->write[i] != NULL; i++)
    add_three (out, "--bind", job->write[i], job->write[i]);
}

static char *
script_path (const PnHookJob *job)
{
  return g_strdup_printf ("/run/hook/%s.sh", pn_hook_stage_to_word (job->stage));
}

GBytes *
pn_sandbox_options (const PnHookJob *job)
{
  static const char *const walls[] = { "--unshare-user",
                                       "--unshare-ipc",
                                       "--unshare-pid",
                                       "--unshare-uts",
                                       "--unshare-cgroup-try",
                                       "--disable-userns",
                                       "--uid",
                                       "0",
                                       "--gid",
                                       "0",
                                       "--new-session",
                                       "--die-with-parent",
                                       "--json-status-fd",
                                       G_STRINGIFY (PN_SANDBOX_STATUS),
                                       NULL };
  static const char *const mounts[] = { "--proc", "/proc",   "--dev",    "/dev",         "--size",
                                        TMP_SIZE, "--tmpfs", "/dev/shm", "--remount-ro", "/dev",
                                        "--size", TMP_SIZE,  "--tmpfs",  "/tmp",         NULL };
  static const char *const script[] = { "--perms", "0555", "--ro-bind-data",
                                        G_STRINGIFY (PN_SANDBOX_SCRIPT), NULL };
  static const char *const end[] = { "--remount-ro", "/", "--chdir", "/tmp", NULL };
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_autofree char *path = script_path (job);

  add_all (out, walls);
  if (!job->network)
    add (out, "--unshare-net");
  add_system (out);
  add_settings (out, job->network);
  add_all (out, mounts);
  add_folders (out, job);
  add_all (out, script);
  add (out, path);
  add_environment (out, job->environment);
  add_all (out, end);
  return g_byte_array_free_to_bytes (g_steal_pointer (&out));
}

GStrv
pn_sandbox_command (const PnHookJob *job)
{
  const char *const around[] = { LIMITS, "/bin/sh", "-c", job->owners != NULL ? FAKED : PLAIN,
                                 "sh",   NULL };
  g_autoptr (GStrvBuilder) out = g_strv_builder_new ();
  g_autofree char *path = script_path (job);

  g_strv_builder_addv (out, (const char **) around);
  g_strv_builder_add (out, path);
  if (job->arguments != NULL)
    g_strv_builder_addv (out, (const char **) job->arguments);
  return g_strv_builder_end (out);
}

char *
pn_sandbox_find (GError **error)
{
  char *path = g_find_program_in_path ("bwrap");

  if (path == NULL)
    pn_set_error (error, PN_ERROR_NOT_SUPPORTED,
                  "Hooks run in a sandbox that is not installed here: install the package "
                  "bubblewrap, or leave the hooks out of the recipe");
  return path;
}
