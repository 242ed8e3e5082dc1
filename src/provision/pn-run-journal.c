/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The journal around permanent steps: an intent before each, its outcome after it. Without an
 * outcome nobody knows whether it was made, and the device is set aside. */
#include "config.h"

#include "pn-run-private.h"

gboolean
pn_run_makes_permanent (PnRunContext *self, const char *step)
{
  return g_strv_contains (pn_manifest_get_permanent (self->manifest), step);
}

gboolean
pn_run_is_permitted (PnRunContext *self)
{
  PnSha256 consent = pn_manifest_get_consent (self->manifest);

  return self->job->permit_permanent && pn_sha256_equal (&consent, &self->job->permit_fingerprint);
}

void
pn_run_protect (PnRunContext *self)
{
  self->interrupt = g_steal_pointer (&self->cancellable);
  pn_run_host_keep (self->host, TRUE);
}

void
pn_run_unprotect (PnRunContext *self)
{
  self->cancellable = g_steal_pointer (&self->interrupt);
  pn_run_host_keep (self->host, FALSE);
}

gboolean
pn_run_intend (PnRunContext *self, const char *step, GError **error)
{
  g_return_val_if_fail (pn_run_makes_permanent (self, step), FALSE);

  if (!pn_run_is_permitted (self))
    {
      pn_set_error (error, PN_ERROR_CONSENT, "This step is permanent and was not consented to");
      return FALSE;
    }
  if (g_cancellable_set_error_if_cancelled (self->interrupt, error))
    return FALSE;
  if (!pn_run_host_vouch (self->host, self->cancellable, error) ||
      !pn_run_host_intent (self->host, step, &self->result->facts, self->cancellable, error))
    return FALSE;
  self->open_intents++;
  self->intended = TRUE;
  return TRUE;
}

gboolean
pn_run_settle (PnRunContext *self, const char *step, gboolean made, GError **error)
{
  self->permanent |= made;
  if (!pn_run_host_outcome (self->host, step, made, error))
    return FALSE;
  self->open_intents--;
  return TRUE;
}
