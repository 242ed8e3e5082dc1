/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-secret.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "pn-io.h"

#define MAX_SECRET 4096 /* bytes */

struct _PnSecret
{
  gatomicrefcount references;
  gsize size;
  gsize mapped;
  char data[];
};

G_DEFINE_BOXED_TYPE (PnSecret, pn_secret, pn_secret_ref, pn_secret_unref)

static PnSecret *
secret_alloc (gsize size)
{
  gsize page = (gsize) sysconf (_SC_PAGESIZE);
  gsize mapped = (sizeof (PnSecret) + size + 1 + page - 1) / page * page;
  PnSecret *self = mmap (NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  g_assert (self != MAP_FAILED);
  /* Without the privilege to lock, the page may be swapped: worse, not wrong. */
  if (mlock (self, mapped) < 0)
    g_debug ("Cannot lock a secret in memory: %s", g_strerror (errno));
  (void) madvise (self, mapped, MADV_DONTDUMP);
  g_atomic_ref_count_init (&self->references);
  self->size = size;
  self->mapped = mapped;
  return self;
}

PnSecret *
pn_secret_new (const void *data, gsize size)
{
  PnSecret *self;

  g_return_val_if_fail (size <= MAX_SECRET, NULL);
  self = secret_alloc (size);
  memcpy (self->data, data, size);
  return self;
}

PnSecret *
pn_secret_new_from_fd (int fd, GError **error)
{
  g_autoptr (PnSecret) self = secret_alloc (MAX_SECRET);

  self->size = 0;
  while (self->size < MAX_SECRET)
    {
      gssize got = read (fd, self->data + self->size, MAX_SECRET - self->size);

      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        {
          pn_set_error_from_errno (error, errno, "Cannot read the passphrase");
          return NULL;
        }
      if (got == 0)
        break;
      self->size += (gsize) got;
      if (self->data[self->size - 1] == '\n')
        break;
    }
  if (self->size > 0 && self->data[self->size - 1] == '\n')
    self->data[--self->size] = '\0';
  return g_steal_pointer (&self);
}

PnSecret *
pn_secret_new_from_file_fd (int fd, gsize size, GError **error)
{
  g_autoptr (PnSecret) self = NULL;

  g_return_val_if_fail (size <= MAX_SECRET, NULL);
  self = secret_alloc (size);
  if (!pn_pread_all (fd, self->data, size, 0, error))
    return NULL;
  return g_steal_pointer (&self);
}

PnSecret *
pn_secret_ref (PnSecret *self)
{
  g_atomic_ref_count_inc (&self->references);
  return self;
}

void
pn_secret_unref (PnSecret *self)
{
  gsize mapped;

  if (!g_atomic_ref_count_dec (&self->references))
    return;
  mapped = self->mapped;
  explicit_bzero (self, mapped);
  (void) munmap (self, mapped);
}

const char *
pn_secret_get (const PnSecret *self)
{
  return self->data;
}

gsize
pn_secret_get_size (const PnSecret *self)
{
  return self->size;
}

void
pn_forbid_cores (void)
{
  struct rlimit core = { 0, 0 };

  /* One byte: the kernel gives no core to a program either then (it does with none at all). */
  (void) getrlimit (RLIMIT_CORE, &core);
  core.rlim_max = MIN (core.rlim_max, 1);
  core.rlim_cur = core.rlim_max;
  (void) setrlimit (RLIMIT_CORE, &core);
}
