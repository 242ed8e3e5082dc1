/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pn-batch-plan.h"

G_BEGIN_DECLS

typedef enum
{
  PN_CHECK_WAITING,
  PN_CHECK_RUNNING,
  PN_CHECK_PASSED,
  PN_CHECK_FAILED,
} PnCheckState;
#define PN_TYPE_CHECK_STATE (pn_check_state_get_type ())
GType pn_check_state_get_type (void) G_GNUC_CONST;

/* One thing that must hold before devices are armed. Properties: "title", "state", "problem" (why
 * it failed, else NULL). */
#define PN_TYPE_CONSENT_CHECK (pn_consent_check_get_type ())
G_DECLARE_FINAL_TYPE (PnConsentCheck, pn_consent_check, PN, CONSENT_CHECK, GObject)

const char *pn_consent_check_get_title (PnConsentCheck *self);
PnCheckState pn_consent_check_get_state (PnConsentCheck *self);
const char *pn_consent_check_get_problem (PnConsentCheck *self);

/* All of them for @plan, as a list of PnConsentCheck that run at once: every file is read, hashed
 * and verified with the public key, in a thread. @cancellable ends that. */
GListModel *pn_consent_checks_run (PnBatchPlan *plan, PnClient *client, GCancellable *cancellable);

G_END_DECLS
