/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-confine-private.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "pn-io.h"
#include "pn-secret.h"

#define MAX_FILES 512        /* descriptors */
#define MAX_DATA (1UL << 30) /* bytes */

#ifdef __SANITIZE_ADDRESS__
#define IS_SANITIZED TRUE /* its shadow memory has no limit */
/* The search for leaks stops all threads by ptrace, from another process: just what is refused
 * here. Processes that are not confined are still searched. */
int __lsan_is_turned_off (void);
static int no_leak_search;
int
__lsan_is_turned_off (void)
{
  return no_leak_search;
}
#define STOP_LEAK_SEARCH no_leak_search = 1
#else
#define IS_SANITIZED FALSE
#define STOP_LEAK_SEARCH (void) 0
#endif

gboolean
pn_confine_is_possible (GError **error)
{
  if (pn_landlock_get_version () == 0)
    return pn_set_error (
        error, PN_ERROR_NOT_SUPPORTED,
        "This kernel has no Landlock, which confines the processes that listen to devices. Boot it "
        "with “lsm=landlock,…” (Linux 5.13 or newer), or start the helper with --unconfined");
  if (prctl (PR_GET_SECCOMP, 0, 0, 0, 0) < 0)
    return pn_set_error (
        error, PN_ERROR_NOT_SUPPORTED,
        "This kernel has no seccomp, which confines the processes that listen to devices. Use one "
        "with CONFIG_SECCOMP_FILTER, or start the helper with --unconfined");
  return TRUE;
}

static gboolean
set_limit (__rlimit_resource_t what, rlim_t most, GError **error)
{
  const struct rlimit limit = { most, most };

  if (setrlimit (what, &limit) == 0)
    return TRUE;
  pn_set_error_from_errno (error, errno, "A limit of this process cannot be set");
  return FALSE;
}

gboolean
pn_confine_limits (GError **error)
{
  if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl (PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
    {
      pn_set_error_from_errno (error, errno, "This process cannot give up what it may do");
      return FALSE;
    }
  pn_forbid_cores ();
  return set_limit (RLIMIT_NOFILE, MAX_FILES, error) &&
         (IS_SANITIZED || set_limit (RLIMIT_DATA, MAX_DATA, error));
}

gboolean
pn_confine (const char *program, GError **error)
{
  /* What libraries look at files for, once. */
  (void) g_strerror (EPERM);
  (void) OPENSSL_init_crypto (OPENSSL_INIT_LOAD_CONFIG, NULL);
  if (!pn_confine_is_possible (error) || !pn_confine_limits (error))
    return FALSE;
  STOP_LEAK_SEARCH;
  return pn_landlock_apply (pn_landlock_get_version (), program, error) &&
         pn_seccomp_apply (program != NULL, error);
}

char *
pn_confine_describe (void)
{
  return g_strdup_printf ("landlock %u, seccomp", pn_landlock_get_version ());
}
