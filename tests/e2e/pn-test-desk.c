/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-test-desk.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pn-io.h"

void
pn_test_desk_replug_cb (const char *sentence, gpointer user_data)
{
  PnTestDesk *self = user_data;

  g_test_message ("person: %s", sentence);
  pn_virtual_device_unplug (self->device);
  pn_virtual_device_plug (self->device, TRUE);
}

static void
phase_cb (PnPhase phase, gpointer user_data)
{
  PnTestDesk *self = user_data;

  if (self->unplug && phase == self->unplug_at)
    pn_virtual_device_unplug (self->device);
}

void
pn_test_desk_begin_unplugged (PnTestDesk *self,
                              PnTestInputs *inputs,
                              PnBundle *bundle,
                              PnVirtualDevice *device)
{
  memset (self, 0, sizeof *self);
  self->inputs = inputs;
  self->bundle = bundle;
  self->job = pn_test_job (bundle);
  self->device = device;
  self->host = pn_test_host_new (bundle);
  self->cancellable = g_cancellable_new ();
  pn_test_host_set_person (self->host, pn_test_desk_replug_cb, self);
  pn_test_host_set_phase_func (self->host, phase_cb, self);
}

void
pn_test_desk_connect (PnTestDesk *self)
{
  int pair[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), ==, 0);
  pn_test_host_listen (self->host, pair[0]);
  pn_virtual_socket_attach (self->device, pair[1]);
}

void
pn_test_desk_begin (PnTestDesk *self,
                    PnTestInputs *inputs,
                    PnBundle *bundle,
                    PnVirtualDevice *device)
{
  pn_test_desk_begin_unplugged (self, inputs, bundle, device);
  pn_test_desk_connect (self);
}

void
pn_test_desk_run (PnTestDesk *self)
{
  pn_run_result_clear (&self->result);
  g_clear_error (&self->error);
  self->passed =
      pn_run (&self->job, PN_RUN_HOST (self->host), &self->result, self->cancellable, &self->error);
  g_assert_true (self->passed == (self->error == NULL));
  if (self->error != NULL)
    g_test_message ("%s in %s, %s: %s", pn_verdict_to_word (self->result.verdict),
                    pn_phase_to_word (self->result.phase),
                    pn_condition_to_word (self->result.condition), self->error->message);
}

void
pn_test_desk_end (PnTestDesk *self)
{
  pn_virtual_device_unplug (self->device);
  g_clear_object (&self->device); /* closes the plug, so that the listener ends */
  g_clear_object (&self->host);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->bundle, pn_bundle_free);
  pn_run_result_clear (&self->result);
  g_clear_error (&self->error);
}

gboolean
pn_test_desk_otp_is_blank (PnTestDesk *self)
{
  guint8 hash[32];

  pn_virtual_device_get_key_hash (self->device, hash);
  return pn_sha256_is_zero ((PnSha256 *) hash);
}

gboolean
pn_test_desk_has_device_key (PnTestDesk *self)
{
  PnSha256 key;

  pn_virtual_device_get_device_key (self->device, key.bytes);
  return !pn_sha256_is_zero (&key);
}

gboolean
pn_test_desk_storage_is_blank (PnTestDesk *self, const char *name)
{
  g_autofree char *path = g_build_filename (self->inputs->folder, name, "storage.img", NULL);
  g_autoptr (GError) error = NULL;
  g_auto (PnFd) fd = pn_open (path, O_RDONLY, &error);

  g_assert_no_error (error);
  return lseek (fd, 0, SEEK_DATA) < 0;
}

void
pn_test_desk_assert_refused (PnTestDesk *self, const char *name, PnError code)
{
  g_assert_false (self->passed);
  g_assert_error (self->error, PN_ERROR, (int) code);
  g_assert_cmpint (self->result.verdict, ==, PN_VERDICT_REFUSED);
  g_assert_cmpint (self->result.condition, ==, PN_CONDITION_UNTOUCHED);
  g_assert_true (pn_test_desk_storage_is_blank (self, name));
}

void
pn_test_desk_assert_locked_with_ours (PnTestDesk *self)
{
  PnSha256 ours = pn_public_key_get_fingerprint (pn_manifest_get_public_key (self->job.manifest));
  PnSha256 hash;

  pn_virtual_device_get_key_hash (self->device, hash.bytes);
  g_assert_true (pn_sha256_equal (&hash, &ours));
}
