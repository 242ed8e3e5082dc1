/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-error.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define DISMISSED N_ ("The authorisation was dismissed; nothing was done")
/* Translators: what happened, and why. */
#define BECAUSE N_ ("%s: %s")
#define BUS_NAME "org.punnet.Error."

static const GDBusErrorEntry entries[] = {
  { PN_ERROR_FAILED, BUS_NAME "Failed" },
  { PN_ERROR_INVALID_ARGUMENT, BUS_NAME "InvalidArgument" },
  { PN_ERROR_INVALID_DATA, BUS_NAME "InvalidData" },
  { PN_ERROR_NOT_SUPPORTED, BUS_NAME "NotSupported" },
  { PN_ERROR_NOT_FOUND, BUS_NAME "NotFound" },
  { PN_ERROR_EXISTS, BUS_NAME "Exists" },
  { PN_ERROR_IO, BUS_NAME "Io" },
  { PN_ERROR_BUSY, BUS_NAME "Busy" },
  { PN_ERROR_STALE, BUS_NAME "Stale" },
  { PN_ERROR_PERMISSION, BUS_NAME "Permission" },
  { PN_ERROR_KEY, BUS_NAME "Key" },
  { PN_ERROR_SIGNATURE, BUS_NAME "Signature" },
  { PN_ERROR_NO_SPACE, BUS_NAME "NoSpace" },
  { PN_ERROR_PROTOCOL, BUS_NAME "Protocol" },
  { PN_ERROR_TIMED_OUT, BUS_NAME "TimedOut" },
  { PN_ERROR_DISCONNECTED, BUS_NAME "Disconnected" },
  { PN_ERROR_REJECTED, BUS_NAME "Rejected" },
  { PN_ERROR_WRONG_DEVICE, BUS_NAME "WrongDevice" },
  { PN_ERROR_LOCKED_OTHER_KEY, BUS_NAME "LockedOtherKey" },
  { PN_ERROR_VERIFY, BUS_NAME "Verify" },
  { PN_ERROR_CONSENT, BUS_NAME "Consent" },
  { PN_ERROR_CANCELLED, BUS_NAME "Cancelled" },
};
G_STATIC_ASSERT (G_N_ELEMENTS (entries) == PN_ERROR_CANCELLED + 1);

static const char *const words[] = {
  "failed",
  "invalid-argument",
  "invalid-data",
  "not-supported",
  "not-found",
  "exists",
  "io",
  "busy",
  "stale",
  "permission",
  "key",
  "signature",
  "no-space",
  "protocol",
  "timed-out",
  "disconnected",
  "rejected",
  "wrong-device",
  "locked-other-key",
  "verify",
  "consent",
  "cancelled",
};
G_STATIC_ASSERT (G_N_ELEMENTS (words) == G_N_ELEMENTS (entries));

typedef struct
{
  char *sentence; /* NULL: the message, which has no parts */
  char *local;    /* once it was asked for */
} PnSaidErrorPrivate;

static void
pn_said_error_private_init (PnSaidErrorPrivate *self)
{
}

static void
pn_said_error_private_copy (const PnSaidErrorPrivate *self, PnSaidErrorPrivate *copy)
{
  copy->sentence = g_strdup (self->sentence);
}

static void
pn_said_error_private_clear (PnSaidErrorPrivate *self)
{
  g_free (self->sentence);
  g_free (self->local);
}

GQuark pn_said_error_quark (void);
G_DEFINE_EXTENDED_ERROR (PnSaidError, pn_said_error)

GQuark
pn_error_quark (void)
{
  static gsize quark = 0;

  if (g_once_init_enter (&quark))
    {
      GQuark ours = pn_said_error_quark ();

      for (guint i = 0; i < G_N_ELEMENTS (entries); i++)
        g_dbus_error_register_error (ours, entries[i].error_code, entries[i].dbus_error_name);
      g_once_init_leave (&quark, ours);
    }
  return (GQuark) quark;
}

/* Takes @sentence. */
static void
set_sentence (GError *error, char *sentence)
{
  PnSaidErrorPrivate *private = pn_said_error_get_private (error);

  g_free (private->sentence);
  g_clear_pointer (&private->local, g_free);
  private->sentence = sentence;
  g_free (error->message);
  error->message = pn_sentence_to_english (sentence);
}

/* Takes @sentence. */
static GError *
new_error (PnError code, char *sentence)
{
  GError *error = g_error_new_literal (PN_ERROR, (int) code, "");

  set_sentence (error, sentence);
  return error;
}

GError *
pn_error_new (PnError code, const char *format, ...)
{
  GError *error;
  va_list args;

  va_start (args, format);
  error = new_error (code, pn_sentence_format_valist (format, args));
  va_end (args);
  return error;
}

gboolean
pn_set_error (GError **error, PnError code, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  pn_set_error_valist (error, code, format, args);
  va_end (args);
  return FALSE;
}

void
pn_set_error_valist (GError **error, PnError code, const char *format, va_list args)
{
  if (error != NULL)
    g_propagate_error (error, new_error (code, pn_sentence_format_valist (format, args)));
}

void
pn_prefix_error (GError **error, const char *format, ...)
{
  g_autofree char *sentence = NULL;
  va_list args;

  va_start (args, format);
  sentence = pn_sentence_format_valist (format, args);
  va_end (args);
  pn_prefix_error_sentence (error, sentence);
}

void
pn_prefix_error_sentence (GError **error, const char *sentence)
{
  g_autofree char *text = NULL;

  if (error == NULL || *error == NULL)
    return;
  if ((*error)->domain == PN_ERROR)
    {
      text = pn_error_to_sentence (*error);
      set_sentence (*error, pn_sentence_join (BECAUSE, sentence, text));
      return;
    }
  /* Whose error it is has to stay; it is in English then. */
  text = pn_sentence_to_english (sentence);
  g_prefix_error (error, "%s: ", text);
}

void
pn_set_error_because (GError **error, PnError code, const char *sentence, const GError *why)
{
  g_autofree char *reason = why != NULL ? pn_error_to_sentence (why) : NULL;

  if (error != NULL)
    g_propagate_error (error, new_error (code, reason != NULL
                                                   ? pn_sentence_join (BECAUSE, sentence, reason)
                                                   : g_strdup (sentence)));
}

char *
pn_error_to_sentence (const GError *error)
{
  const char *sentence =
      error->domain == PN_ERROR ? pn_said_error_get_private (error)->sentence : NULL;
  g_autofree char *english = sentence != NULL ? pn_sentence_to_english (sentence) : NULL;
  g_autofree char *before = NULL;

  if (sentence == NULL)
    return g_strdup (error->message);
  if (!g_str_has_suffix (error->message, english))
    return g_strdup (error->message);
  /* Somebody put something before it that is not ours to translate: "/a/path: ". */
  before = g_strndup (error->message, strlen (error->message) - strlen (english));
  if (g_str_has_suffix (before, ": "))
    {
      before[strlen (before) - strlen (": ")] = '\0';
      return pn_sentence_join (BECAUSE, before, sentence);
    }
  return g_strconcat (before, sentence, NULL);
}

void
pn_error_answer (GDBusMethodInvocation *invocation, GError *error)
{
  char *sentence = pn_error_to_sentence (error);

  g_free (error->message);
  error->message = sentence;
  g_dbus_method_invocation_take_error (invocation, error);
}

void
pn_error_take_remote (GError **error)
{
  g_autofree char *name = NULL;

  if (error == NULL || *error == NULL)
    return;
  name = g_dbus_error_get_remote_error (*error);
  g_dbus_error_strip_remote_error (*error);
  /* The first of our domain may have come before GDBus knew the domain. */
  for (guint i = 0; name != NULL && (*error)->domain != PN_ERROR && i < G_N_ELEMENTS (entries); i++)
    if (g_str_equal (entries[i].dbus_error_name, name))
      {
        g_autoptr (GError) unknown = *error;

        *error = g_error_new_literal (PN_ERROR, entries[i].error_code, unknown->message);
      }
  if ((*error)->domain == PN_ERROR)
    set_sentence (*error, g_strdup ((*error)->message));
}

const char *
pn_error_text (const GError *error)
{
  g_autofree char *sentence = NULL;
  PnSaidErrorPrivate *private;

  if (error->domain != PN_ERROR)
    return error->message;
  private = pn_said_error_get_private (error);
  if (private->local == NULL)
    {
      sentence = pn_error_to_sentence (error);
      private->local = pn_sentence_to_local (sentence);
    }
  return private->local;
}

const char *
pn_error_word (const GError *error)
{
  if (error->domain == G_IO_ERROR && error->code == G_IO_ERROR_CANCELLED)
    return words[PN_ERROR_CANCELLED];
  if (error->domain != PN_ERROR || error->code < 0 || error->code >= (int) G_N_ELEMENTS (words))
    return words[PN_ERROR_FAILED];
  return words[error->code];
}

gboolean
pn_error_is_cancelled (const GError *error)
{
  return g_error_matches (error, PN_ERROR, PN_ERROR_CANCELLED) ||
         g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

GError *
pn_error_new_dismissed (void)
{
  return pn_error_new (PN_ERROR_PERMISSION, DISMISSED);
}

gboolean
pn_error_is_dismissed (const GError *error)
{
  return g_error_matches (error, PN_ERROR, PN_ERROR_PERMISSION) &&
         g_str_equal (error->message, DISMISSED);
}
