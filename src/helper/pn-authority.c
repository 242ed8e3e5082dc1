/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GDBus asks on a thread of its own whether a call may go on. It is told no and left alone: the
 * call is ours then, and goes on through the skeleton's table once it is allowed. So whoever thinks
 * about it for an hour holds neither a thread nor another's call. */
#include "config.h"

#include "pn-authority.h"

#include <glib/gi18n-lib.h>
#include <polkit/polkit.h>
#include <unistd.h>

#include "pn-approvals.h"
#include "pn-journal.h"
#include "pn-matter.h"
#include "pn-options.h"
#include "pn-rules.h"
#include "pn-station-audit.h"
#include "pn-warrant.h"

#define MAX_WAITING 64        /* calls of one caller that are not allowed yet */
#define MAX_CALL (256 * 1024) /* bytes of one of them */
#define INTERACTION_REQUIRED "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired"
#define UID "pn-uid"
#define APPROVER "pn-approver"
#define WARRANT "pn-warrant"

struct _PnAuthority
{
  PnStation *station;
  PnCallers *callers;
  gboolean system;
  PolkitAuthority *polkit; /* NULL until it was asked for the first time */
};

/* A call that is not allowed yet. */
typedef struct
{
  PnAuthority *authority;
  GDBusInterfaceSkeleton *skeleton;
  GDBusMethodInvocation *invocation;
  const PnRule *rule;
  PnManifest *manifest; /* of a rule that is of_bundle, or NULL */
  PnCaller *caller;
  const char *action;
  GVariant *matter;          /* that a second person is asked to approve, or NULL */
  char *requester, *summary; /* of who answers for a second person: whom, and what */
} Asking;

static void
asking_free (Asking *self)
{
  if (self->caller != NULL)
    {
      self->caller->n_waiting--;
      pn_caller_unref (self->caller);
    }
  g_clear_pointer (&self->manifest, pn_manifest_unref);
  g_clear_pointer (&self->matter, g_variant_unref);
  g_free (self->requester);
  g_free (self->summary);
  g_object_unref (self->skeleton);
  g_free (self);
}

/* ---- the end of it ---- */

static void
write_down (Asking *self, const char *outcome)
{
  g_autofree char *uid = g_strdup_printf ("%u", self->caller->uid);
  const char *method = g_dbus_method_invocation_get_method_name (self->invocation);
  gboolean routine = g_strcmp0 (self->action, PN_ACTION_READ_RECORDS) == 0;

  pn_journal (
      self->authority->system && !routine ? G_LOG_LEVEL_MESSAGE : G_LOG_LEVEL_DEBUG,
      &(PnJournalFields){
          .method = method, .action = self->action, .caller = self->caller->name, .uid = uid },
      "%s by user %s: %s", method, uid, outcome);
}

static void
refuse (Asking *self, GError *error)
{
  write_down (self, error->message);
  if (g_error_matches (error, PN_ERROR, PN_ERROR_PERMISSION))
    pn_station_audit_refused (self->authority->station, self->caller->uid,
                              g_dbus_method_invocation_get_method_name (self->invocation),
                              g_dbus_method_invocation_get_object_path (self->invocation));
  pn_error_answer (self->invocation, error);
  asking_free (self);
}

/* Nobody hears it; the call is given back all the same. */
static gboolean
has_left (Asking *self)
{
  if (!g_cancellable_is_cancelled (self->caller->gone))
    return FALSE;
  refuse (self, pn_error_new (PN_ERROR_CANCELLED, "The caller has left"));
  return TRUE;
}

static GVariant *
get_options (Asking *self)
{
  GVariant *parameters = g_dbus_method_invocation_get_parameters (self->invocation);

  return g_variant_get_child_value (parameters, g_variant_n_children (parameters) - 1);
}

/* The handler takes the call as if GDBus had let it through. */
static void
go_on (Asking *self)
{
  GDBusMethodInvocation *call = self->invocation;
  GDBusInterfaceVTable *table = g_dbus_interface_skeleton_get_vtable (self->skeleton);

  if (g_dbus_interface_skeleton_get_connection (self->skeleton) == NULL)
    {
      refuse (self, pn_error_new (PN_ERROR_NOT_FOUND, "What this was for is not there any more"));
      return;
    }
  table->method_call (g_dbus_method_invocation_get_connection (call),
                      g_dbus_method_invocation_get_sender (call),
                      g_dbus_method_invocation_get_object_path (call),
                      g_dbus_method_invocation_get_interface_name (call),
                      g_dbus_method_invocation_get_method_name (call),
                      g_dbus_method_invocation_get_parameters (call), call, self->skeleton);
  asking_free (self);
}

guint32
pn_authority_get_uid (GDBusMethodInvocation *invocation)
{
  return GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (invocation), UID)) - 1;
}

guint32
pn_authority_get_approver (GDBusMethodInvocation *invocation)
{
  return GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (invocation), APPROVER)) - 1;
}

gboolean
pn_authority_check_warrant (PnStation *station,
                            GDBusMethodInvocation *invocation,
                            PnManifest *manifest,
                            GVariant *options,
                            GError **error)
{
  PnWarrant *warrant = g_object_get_data (G_OBJECT (invocation), WARRANT);
  g_autoptr (PnWarrant) now = NULL;

  if (warrant == NULL)
    return TRUE; /* of a session's helper, which its user may ask for all that he could do himself
                  */
  now = pn_warrant_new (station, manifest, options);
  return pn_warrant_check (warrant, now, error);
}

/* ---- a second person ---- */

/* Slots may have changed; the bundle itself is looked at again when it is copied. */
static gboolean
still_holds (Asking *self, GError **error)
{
  g_autoptr (GVariant) options = NULL;

  if (self->manifest == NULL)
    return TRUE;
  options = get_options (self);
  return pn_authority_check_warrant (self->authority->station, self->invocation, self->manifest,
                                     options, error);
}

/* What was approved is what would be done now. */
static gboolean
is_still_approved (Asking *self, GError **error)
{
  g_autoptr (GVariant) now =
      pn_matter_new (self->authority->station, self->invocation, self->manifest, NULL);

  return still_holds (self, error) && pn_matter_check (self->matter, now, error);
}

static gboolean
answered_cb (guint32 approver, const GError *why, gpointer user_data, GError **error)
{
  Asking *self = user_data;
  GError *stale = NULL;

  if (why != NULL)
    {
      refuse (self, g_error_copy (why));
      return FALSE;
    }
  if (!is_still_approved (self, &stale))
    {
      g_propagate_error (error, g_error_copy (stale));
      refuse (self, stale);
      return FALSE;
    }
  g_object_set_data (G_OBJECT (self->invocation), APPROVER, GUINT_TO_POINTER (approver + 1));
  write_down (self, "approved");
  go_on (self);
  return TRUE;
}

/* It was allowed; whether one person is enough is the station's own rule. */
static void
go_on_or_ask (Asking *self)
{
  PnStation *station = self->authority->station;
  PnSecondPerson kind =
      pn_rule_get_second (self->rule, g_dbus_method_invocation_get_parameters (self->invocation),
                          self->action, pn_settings_get_second_person (station->settings));
  GError *error = NULL;

  if (kind == 0)
    {
      go_on (self);
      return;
    }
  self->matter = pn_matter_new (station, self->invocation, self->manifest, &error);
  if (self->matter == NULL ||
      !pn_approvals_ask (station->approvals, self->caller,
                         g_dbus_method_invocation_get_method_name (self->invocation), kind,
                         self->matter, answered_cb, self, &error))
    refuse (self, error);
}

/* ---- polkit ---- */

static void
refuse_without_polkit (Asking *self, const GError *why)
{
  refuse (self, pn_error_new (PN_ERROR_PERMISSION,
                              "Nothing is allowed while polkit cannot be asked: %s", why->message));
}

static void
answer_no (Asking *self, PolkitAuthorizationResult *result, gboolean may_ask)
{
  if (polkit_authorization_result_get_dismissed (result))
    refuse (self, pn_error_new_dismissed ());
  else if (!polkit_authorization_result_get_is_challenge (result))
    refuse (self, pn_error_new (PN_ERROR_PERMISSION, "You are not authorised to do this here"));
  else if (may_ask)
    refuse (self, pn_error_new (PN_ERROR_PERMISSION,
                                "This needs an authorisation, and it was not given: there was "
                                "nobody who could be asked, or the password was wrong"));
  else
    {
      write_down (self, "interaction is required");
      g_dbus_method_invocation_return_dbus_error (self->invocation, INTERACTION_REQUIRED,
                                                  "This needs an authorisation");
      asking_free (self);
    }
}

static gboolean
may_ask_person (Asking *self)
{
  GDBusMessage *message = g_dbus_method_invocation_get_message (self->invocation);

  return (g_dbus_message_get_flags (message) &
          G_DBUS_MESSAGE_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION) != 0;
}

/* What nobody can be told of later is not allowed. Looking at something is not told. */
static gboolean
tell_allowed (Asking *self, GError **error)
{
  PnAuditEntry entry = {
    .what = "authorise",
    .object = self->action,
    .after = g_dbus_method_invocation_get_method_name (self->invocation),
  };

  return g_str_equal (self->action, PN_ACTION_READ_RECORDS) ||
         pn_station_audit (self->authority->station, self->invocation, entry, error);
}

static void
checked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Asking *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (PolkitAuthorizationResult) answer =
      polkit_authority_check_authorization_finish (POLKIT_AUTHORITY (source), result, &error);

  if (has_left (self))
    return;
  if (answer == NULL)
    refuse_without_polkit (self, error);
  else if (!polkit_authorization_result_get_is_authorized (answer))
    answer_no (self, answer, may_ask_person (self));
  else if (!still_holds (self, &error) || !tell_allowed (self, &error))
    refuse (self, g_steal_pointer (&error));
  else
    {
      write_down (self, "allowed");
      go_on_or_ask (self);
    }
}

/* What the messages of the actions say of a bundle, and of what somebody else asks for. */
static PolkitDetails *
make_details (Asking *self)
{
  const PnWarrant *warrant = g_object_get_data (G_OBJECT (self->invocation), WARRANT);
  PolkitDetails *details = polkit_details_new ();
  g_autofree char *count = NULL;
  g_autofree char *permanent = NULL;

  if (self->requester != NULL)
    {
      polkit_details_insert (details, "requester", self->requester);
      polkit_details_insert (details, "summary", self->summary);
    }
  if (warrant == NULL)
    return details;
  count = g_strdup_printf ("%u", warrant->count);
  permanent = g_strjoinv (", ", warrant->permanent);
  polkit_details_insert (details, "fingerprint",
                         warrant->fingerprint[0] != '\0' ? warrant->fingerprint : "–");
  polkit_details_insert (details, "bundle", warrant->digest);
  polkit_details_insert (details, "mode", warrant->mode);
  polkit_details_insert (details, "count", count);
  polkit_details_insert (details, "slots", warrant->slots[0] != '\0' ? warrant->slots : "*");
  polkit_details_insert (details, "permanent", permanent);
  return details;
}

/* polkitd ends by itself what a caller asked who has left the bus. To cancel it, too, would lock
 * polkitd up for everybody: 122 waits for GDBus's lock while GDBus waits for it, when the agent
 * answers just then. */
static void
ask_polkit (Asking *self)
{
  g_autoptr (PolkitSubject) subject = polkit_system_bus_name_new (self->caller->name);
  g_autoptr (PolkitDetails) details = make_details (self);

  polkit_authority_check_authorization (
      self->authority->polkit, subject, self->action, details,
      may_ask_person (self) ? POLKIT_CHECK_AUTHORIZATION_FLAGS_ALLOW_USER_INTERACTION
                            : POLKIT_CHECK_AUTHORIZATION_FLAGS_NONE,
      NULL, checked_cb, self);
}

static void
polkit_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Asking *self = user_data;
  g_autoptr (GError) error = NULL;
  PolkitAuthority *polkit = polkit_authority_get_finish (result, &error);

  if (polkit != NULL && self->authority->polkit == NULL)
    self->authority->polkit = g_object_ref (polkit);
  g_clear_object (&polkit);
  if (has_left (self))
    return;
  if (self->authority->polkit != NULL)
    ask_polkit (self);
  else
    refuse_without_polkit (self, error);
}

/* ---- what is needed ---- */

/* Of the bundle that an OpenBatch names; NULL with @error. */
static PnManifest *
find_manifest (Asking *self, GError **error)
{
  g_autoptr (GPtrArray) all = pn_bundle_store_list (self->authority->station->bundles);
  const char *digest;

  g_variant_get_child (g_dbus_method_invocation_get_parameters (self->invocation), 0, "&s",
                       &digest);
  for (guint i = 0; i < all->len; i++)
    {
      PnStoredBundle *stored = all->pdata[i];

      if (g_str_equal (stored->digest, digest))
        return pn_manifest_ref (stored->manifest);
    }
  pn_set_error (error, PN_ERROR_NOT_FOUND, "The bundle is not installed at this station");
  return NULL;
}

/* Which action it is, and what of the bundle is shown to who is asked. */
static gboolean
choose_action (Asking *self, GError **error)
{
  GVariant *parameters = g_dbus_method_invocation_get_parameters (self->invocation);
  g_autoptr (GVariant) options = get_options (self);

  if (g_str_equal (self->rule->interface, "Approval") &&
      !pn_approvals_check_answer (self->authority->station->approvals, self->invocation,
                                  self->caller->uid, &self->requester, &self->summary, error))
    return FALSE;
  if (self->rule->of_bundle)
    {
      self->manifest = find_manifest (self, error);
      if (self->manifest == NULL)
        return FALSE;
      g_object_set_data_full (G_OBJECT (self->invocation), WARRANT,
                              pn_warrant_new (self->authority->station, self->manifest, options),
                              (GDestroyNotify) pn_warrant_free);
    }
  self->action = pn_rule_get_action (
      self->rule, parameters,
      self->manifest != NULL ? pn_manifest_get_permanent (self->manifest) : NULL);
  if (self->action == NULL)
    return pn_set_error (
        error, PN_ERROR_NOT_SUPPORTED,
        "A station has no virtual devices; practise with a helper of your session");
  return TRUE;
}

static void
ask (Asking *self)
{
  PnAuthority *authority = self->authority;
  g_autoptr (GError) error = NULL;

  g_object_set_data (G_OBJECT (self->invocation), UID, GUINT_TO_POINTER (self->caller->uid + 1));
  if (!authority->system && self->caller->uid != getuid ())
    refuse (self,
            pn_error_new (PN_ERROR_PERMISSION, "Only the helper's own user may ask for this"));
  else if (!authority->system)
    go_on (self);
  else if (!choose_action (self, &error))
    refuse (self, g_steal_pointer (&error));
  else if (authority->polkit == NULL)
    /* Not with what says that the caller has left: who else waits for the same would be told so. */
    polkit_authority_get_async (NULL, polkit_cb, self);
  else
    ask_polkit (self);
}

static void
uid_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Asking *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (reply != NULL)
    g_variant_get (reply, "(u)", &self->caller->uid);
  self->caller->is_known = reply != NULL;
  if (has_left (self))
    return;
  if (reply != NULL)
    ask (self);
  else
    refuse (self, pn_error_new (PN_ERROR_PERMISSION, "The bus does not say who asks for this"));
}

/* It stays in memory while somebody thinks about it. Files come as descriptors. */
static gboolean
check_size (Asking *self, GError **error)
{
  GVariant *parameters = g_dbus_method_invocation_get_parameters (self->invocation);

  return g_variant_get_size (parameters) <= MAX_CALL ||
         pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                       "What was asked for is too long: at most %s bytes are taken",
                       PN_NUMBER (MAX_CALL));
}

static gboolean
check_options (Asking *self, GError **error)
{
  static const PnOption none[] = { { NULL } };
  g_autoptr (GVariant) options = get_options (self);

  return self->rule->options || pn_options_check (options, none, error);
}

static gboolean
begin_cb (gpointer user_data)
{
  Asking *self = user_data;
  g_autoptr (GError) error = NULL;
  PnAuthority *authority = self->authority;
  const char *sender = g_dbus_method_invocation_get_sender (self->invocation);

  self->caller = pn_caller_ref (pn_callers_get (authority->callers, sender));
  self->caller->n_waiting++;
  if (self->rule == NULL)
    refuse (self, pn_error_new (PN_ERROR_PERMISSION, "No rule says who may ask for this"));
  else if (self->caller->n_waiting > MAX_WAITING)
    refuse (self, pn_error_new (PN_ERROR_BUSY, "Too many calls wait for an answer already; try it "
                                               "again in a moment"));
  else if (!check_size (self, &error) || !check_options (self, &error))
    refuse (self, g_steal_pointer (&error));
  else if (self->caller->is_known)
    ask (self);
  else
    g_dbus_connection_call (
        authority->station->connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
        "org.freedesktop.DBus", "GetConnectionUnixUser", g_variant_new ("(s)", sender),
        G_VARIANT_TYPE ("(u)"), G_DBUS_CALL_FLAGS_NONE, -1, self->caller->gone, uid_cb, self);
  return G_SOURCE_REMOVE;
}

gboolean
pn_authority_authorize_cb (GDBusInterfaceSkeleton *skeleton,
                           GDBusMethodInvocation *invocation,
                           gpointer station)
{
  Asking *self = g_new0 (Asking, 1);

  self->authority = ((PnStation *) station)->authority;
  self->skeleton = g_object_ref (skeleton);
  self->invocation = invocation;
  self->rule = pn_rules_find (g_dbus_method_invocation_get_interface_name (invocation),
                              g_dbus_method_invocation_get_method_name (invocation));
  g_idle_add_full (G_PRIORITY_DEFAULT, begin_cb, self, NULL);
  return FALSE;
}

PnCallers *
pn_authority_get_callers (PnAuthority *self)
{
  return self->callers;
}

PnAuthority *
pn_authority_new (PnStation *station, gboolean system)
{
  PnAuthority *self = g_new0 (PnAuthority, 1);

  self->station = station;
  self->system = system;
  self->callers = pn_callers_new (station->connection);
  return self;
}

void
pn_authority_free (PnAuthority *self)
{
  pn_callers_free (self->callers);
  g_clear_object (&self->polkit);
  g_free (self);
}
