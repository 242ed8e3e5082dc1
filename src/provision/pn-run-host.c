/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-run.h"

G_DEFINE_INTERFACE (PnRunHost, pn_run_host, G_TYPE_OBJECT)

static void
pn_run_host_default_init (PnRunHostInterface *iface)
{
}

PnTransport *
pn_run_host_next_device (PnRunHost *self, guint timeout, GCancellable *cancellable, GError **error)
{
  return PN_RUN_HOST_GET_IFACE (self)->next_device (self, timeout, cancellable, error);
}

gboolean
pn_run_host_wait_gone (PnRunHost *self, guint timeout, GCancellable *cancellable)
{
  return PN_RUN_HOST_GET_IFACE (self)->wait_gone (self, timeout, cancellable);
}

gboolean
pn_run_host_admit (PnRunHost *self,
                   const PnDeviceFacts *facts,
                   GCancellable *cancellable,
                   GError **error)
{
  return PN_RUN_HOST_GET_IFACE (self)->admit (self, facts, cancellable, error);
}

gboolean
pn_run_host_vouch (PnRunHost *self, GCancellable *cancellable, GError **error)
{
  return PN_RUN_HOST_GET_IFACE (self)->vouch (self, cancellable, error);
}

PnHistory
pn_run_host_recall (PnRunHost *self, const char *serial, GCancellable *cancellable)
{
  return PN_RUN_HOST_GET_IFACE (self)->recall (self, serial, cancellable);
}

gboolean
pn_run_host_intent (PnRunHost *self,
                    const char *step,
                    const PnDeviceFacts *facts,
                    GCancellable *cancellable,
                    GError **error)
{
  return PN_RUN_HOST_GET_IFACE (self)->intent (self, step, facts, cancellable, error);
}

gboolean
pn_run_host_outcome (PnRunHost *self, const char *step, gboolean made, GError **error)
{
  return PN_RUN_HOST_GET_IFACE (self)->outcome (self, step, made, error);
}

int
pn_run_host_growth (PnRunHost *self, guint64 size, GCancellable *cancellable, GError **error)
{
  return PN_RUN_HOST_GET_IFACE (self)->growth (self, size, cancellable, error);
}

int
pn_run_host_dial (PnRunHost *self,
                  GPtrArray *addresses,
                  guint timeout,
                  char **name,
                  GCancellable *cancellable,
                  GError **error)
{
  return PN_RUN_HOST_GET_IFACE (self)->dial (self, addresses, timeout, name, cancellable, error);
}

gboolean
pn_run_host_hook (PnRunHost *self,
                  PnHookStage stage,
                  const PnRunResult *so_far,
                  GCancellable *cancellable,
                  GError **error)
{
  return PN_RUN_HOST_GET_IFACE (self)->hook (self, stage, so_far, cancellable, error);
}

void
pn_run_host_phase (PnRunHost *self, PnPhase phase)
{
  PN_RUN_HOST_GET_IFACE (self)->phase (self, phase);
}

void
pn_run_host_progress (PnRunHost *self, guint64 done, guint64 total)
{
  PN_RUN_HOST_GET_IFACE (self)->progress (self, done, total);
}

void
pn_run_host_facts (PnRunHost *self, const PnDeviceFacts *facts)
{
  PN_RUN_HOST_GET_IFACE (self)->facts (self, facts);
}

void
pn_run_host_evidence (PnRunHost *self, const char *key, const char *value)
{
  PN_RUN_HOST_GET_IFACE (self)->evidence (self, key, value);
}

void
pn_run_host_keep (PnRunHost *self, gboolean connected)
{
  PN_RUN_HOST_GET_IFACE (self)->keep (self, connected);
}

void
pn_run_host_instruct (PnRunHost *self, const char *sentence)
{
  PN_RUN_HOST_GET_IFACE (self)->instruct (self, sentence);
}

void
pn_run_host_tell (PnRunHost *self, const char *sentence)
{
  PN_RUN_HOST_GET_IFACE (self)->log (self, sentence);
}

void
pn_run_host_log (PnRunHost *self, const char *format, ...)
{
  g_autofree char *sentence = NULL;
  va_list args;

  va_start (args, format);
  sentence = pn_sentence_format_valist (format, args);
  va_end (args);
  pn_run_host_tell (self, sentence);
}
