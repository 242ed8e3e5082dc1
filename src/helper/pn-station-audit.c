/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-station-audit.h"

#include <pwd.h>
#include <string.h>

#include "pn-authority.h"
#include "pn-options.h"

#define HOUR G_TIME_SPAN_HOUR
#define MAX_FORM 64 /* bytes */
#define FORM_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789-"

char *
pn_station_name_user (guint32 uid)
{
  struct passwd *entry = getpwuid (uid);

  if (entry != NULL && g_utf8_validate (entry->pw_name, -1, NULL))
    return g_strdup (entry->pw_name);
  return g_strdup_printf ("%u", uid);
}

/* With who approved it, where somebody had to. Takes a floating @details. */
static GVariant *
add_second_person (GVariant *details, guint32 approver)
{
  g_autoptr (GVariant) taken = details != NULL ? g_variant_ref_sink (details) : NULL;
  g_autofree char *name = pn_station_name_user (approver);
  GVariantDict dict;

  g_variant_dict_init (&dict, taken);
  g_variant_dict_insert (&dict, "second-person", "s", name);
  g_variant_dict_insert (&dict, "second-person-uid", "u", approver);
  return g_variant_dict_end (&dict);
}

gboolean
pn_station_audit (PnStation *station,
                  GDBusMethodInvocation *invocation,
                  PnAuditEntry entry,
                  GError **error)
{
  guint32 approver = pn_authority_get_approver (invocation);
  g_autofree char *who = NULL;

  if (approver != G_MAXUINT32)
    entry.details = add_second_person (entry.details, approver);
  entry.uid = pn_authority_get_uid (invocation);
  entry.who = who = pn_station_name_user (entry.uid);
  if (entry.result == NULL)
    entry.result = "done";
  return pn_audit_add (station->records, &entry, error) != 0;
}

void
pn_station_audit_failed (PnStation *station,
                         GDBusMethodInvocation *invocation,
                         PnAuditEntry entry,
                         const GError *why)
{
  g_autoptr (GError) error = NULL;
  GVariantBuilder details;

  g_variant_builder_init (&details, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&details, "{sv}", "why", g_variant_new_string (why->message));
  entry.details = g_variant_builder_end (&details);
  entry.result = "failed";
  if (!pn_station_audit (station, invocation, entry, &error))
    g_warning ("That something failed is not in the audit: %s", error->message);
}

/* ---- refusals ---- */

typedef struct
{
  PnStation *station;
  guint32 uid;
  char *method, *object;
} Refusal;

static void
refusal_free (gpointer data)
{
  Refusal *self = data;

  g_free (self->method);
  g_free (self->object);
  g_free (self);
}

/* That others were refused, too, is said once. */
static GVariant *
make_last (void)
{
  GVariantBuilder details;

  g_variant_builder_init (&details, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (
      &details, "{sv}", "more",
      g_variant_new_string ("what is refused for an hour from the first of these "
                            "on is not in the audit any more"));
  return g_variant_builder_end (&details);
}

/* On the main thread. Who asks without end must not fill the disk. */
static gboolean
refused_cb (gpointer data)
{
  Refusal *refusal = data;
  PnStation *station = refusal->station;
  gint64 now = g_get_monotonic_time ();
  g_autofree char *who = pn_station_name_user (refusal->uid);
  g_autoptr (GError) error = NULL;
  PnAuditEntry entry = { .uid = refusal->uid,
                         .who = who,
                         .what = refusal->method,
                         .object = refusal->object,
                         .result = "refused" };

  if (station->refusals_since == 0 || now - station->refusals_since > HOUR)
    {
      station->refusals_since = now;
      station->n_refusals = 0;
    }
  if (station->n_refusals == PN_STATION_MAX_REFUSALS - 1)
    entry.details = make_last ();
  if (station->n_refusals++ < PN_STATION_MAX_REFUSALS &&
      pn_audit_add (station->records, &entry, &error) == 0)
    g_warning ("That somebody was refused is not in the audit: %s", error->message);
  return G_SOURCE_REMOVE;
}

void
pn_station_audit_refused (PnStation *station, guint32 uid, const char *method, const char *object)
{
  Refusal *refusal = g_new (Refusal, 1);

  *refusal = (Refusal){ station, uid, g_strdup (method), g_strdup (object) };
  g_main_context_invoke_full (NULL, G_PRIORITY_DEFAULT, refused_cb, refusal, refusal_free);
}

/* ---- the bus ---- */

static gboolean
query_audit_cb (PnDbusManager *object,
                GDBusMethodInvocation *invocation,
                guint offset,
                guint limit,
                GVariant *options,
                PnStation *station)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) rows = pn_audit_query (station->records, offset, limit, options, &error);

  if (rows == NULL)
    pn_error_answer (invocation, g_steal_pointer (&error));
  else
    pn_dbus_manager_complete_query_audit (object, invocation, rows);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
note_export_cb (PnDbusManager *object,
                GDBusMethodInvocation *invocation,
                const char *form,
                guint count,
                GVariant *options,
                PnStation *station)
{
  static const PnOption known[] = { { "choice", "a{sv}" }, { "sha256", "s" }, { NULL } };
  g_autofree char *number = g_strdup_printf ("%u", count);
  g_autoptr (GError) error = NULL;
  PnAuditEntry entry = { .what = "export", .object = form, .after = number, .details = options };

  if (form[0] == '\0' || strlen (form) > MAX_FORM || form[strspn (form, FORM_CHARACTERS)] != '\0')
    return pn_refuse (invocation, PN_ERROR_INVALID_ARGUMENT, "The form of an export is one word");
  if (pn_options_check (options, known, &error) &&
      pn_station_audit (station, invocation, entry, &error))
    pn_dbus_manager_complete_note_export (object, invocation);
  else
    pn_error_answer (invocation, g_steal_pointer (&error));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
grown_cb (gint64 number, gpointer user_data)
{
  PnStation *station = user_data;

  pn_dbus_manager_set_audit_number (station->object, number);
}

void
pn_station_audit_connect (PnStation *station)
{
  pn_audit_set_grown (station->records, grown_cb, station);
  grown_cb (pn_audit_get_number (station->records), station);
  g_signal_connect (station->object, "handle-query-audit", G_CALLBACK (query_audit_cb), station);
  g_signal_connect (station->object, "handle-note-export", G_CALLBACK (note_export_cb), station);
}
