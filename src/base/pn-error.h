/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "pn-sentence.h"

G_BEGIN_DECLS

/* One domain for all rooms; also known to D-Bus, so a code means the same on both sides. */
#define PN_ERROR (pn_error_quark ())

typedef enum
{
  PN_ERROR_FAILED,           /* none of the others */
  PN_ERROR_INVALID_ARGUMENT, /* what the caller asked for makes no sense */
  PN_ERROR_INVALID_DATA,     /* bytes from outside are malformed */
  PN_ERROR_NOT_SUPPORTED,    /* well formed, but not something we handle */
  PN_ERROR_NOT_FOUND,
  PN_ERROR_EXISTS,
  PN_ERROR_IO,
  PN_ERROR_BUSY,
  PN_ERROR_STALE, /* what was agreed to changed meanwhile */
  PN_ERROR_PERMISSION,
  PN_ERROR_KEY,              /* a key is of the wrong kind, or its passphrase is wrong */
  PN_ERROR_SIGNATURE,        /* a signature or hash does not match what it covers */
  PN_ERROR_NO_SPACE,         /* it does not fit */
  PN_ERROR_PROTOCOL,         /* the device said something its protocol does not allow */
  PN_ERROR_TIMED_OUT,        /* nothing happened for longer than the inactivity limit */
  PN_ERROR_DISCONNECTED,     /* the device left the bus */
  PN_ERROR_REJECTED,         /* the device understood and refused */
  PN_ERROR_WRONG_DEVICE,     /* not the chip, model or serial the run is for */
  PN_ERROR_LOCKED_OTHER_KEY, /* the device is locked with a key that is not ours */
  PN_ERROR_VERIFY,           /* what was read back is not what was written */
  PN_ERROR_CONSENT,          /* a permanent step without a matching consent */
  PN_ERROR_CANCELLED,
} PnError;

GQuark pn_error_quark (void);

/* Every error of ours is made here: @format is a sentence as of pn-sentence.h, found by xgettext
 * (with N_ () where it is chosen: fits ? N_ ("…") : N_ ("…")). error->message is the English one.
 */
gboolean pn_set_error (GError **error, PnError code, const char *format, ...)
    G_GNUC_PRINTF (3, 4); /* FALSE */
void pn_set_error_valist (GError **error, PnError code, const char *format, va_list args)
    G_GNUC_PRINTF (3, 0);
GError *pn_error_new (PnError code, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* "@sentence: what @why says", or @sentence alone. */
void pn_set_error_because (GError **error, PnError code, const char *sentence, const GError *why);

/* "The sentence: what it was", where *@error is set. */
void pn_prefix_error (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);
void pn_prefix_error_sentence (GError **error, const char *sentence);

/* As it travels (pn-sentence.h). (transfer full) */
char *pn_error_to_sentence (const GError *error);

/* Between processes: answers a call with @error (taken), as a sentence; and takes such an answer.
 */
void pn_error_answer (GDBusMethodInvocation *invocation, GError *error);
void pn_error_take_remote (GError **error);

/* For people, in this process's language; lives as long as @error. */
const char *pn_error_text (const GError *error);

/* A kebab-case word for a code, stable, for JSON and records: "locked-other-key".
 * Errors of another domain give "failed". */
const char *pn_error_word (const GError *error);
/* TRUE where somebody did not want it any more, in our words or in GIO's. @error is nullable. */
gboolean pn_error_is_cancelled (const GError *error);
/* A person was asked to authorise it and did not want to: nothing that they need be told. */
GError *pn_error_new_dismissed (void);
gboolean pn_error_is_dismissed (const GError *error);

G_END_DECLS
