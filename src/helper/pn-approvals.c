/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Four eyes: what one user was allowed to do begins when another one, who was shown exactly that,
 * has approved it. It is about people, so it goes by users, never by connections. */
#include "config.h"

#include "pn-approvals.h"

#include <glib/gi18n-lib.h>
#include <unistd.h>

#include "pn-authority.h"
#include "pn-matter.h"
#include "pn-station-audit.h"

#define MAX_OF_ONE 4 /* user */
#define MAX_ALL 32
#define PATH PN_STATION_PATH "/approvals/"

struct _PnApprovals
{
  PnStation *station;
  GPtrArray *pending; /* PnApproval, the newest last */
  guint n_asked;      /* for object paths */
};

typedef struct
{
  PnApprovals *all;
  PnDbusObjectSkeleton *skeleton;
  PnDbusApproval *object;
  char *path, *user;
  guint32 uid;
  GVariant *matter;
  PnCaller *caller;
  gulong left;
  guint timer;
  PnApprovalFunc answered;
  gpointer user_data;
} PnApproval;

static void
approval_free (gpointer data)
{
  PnApproval *self = data;

  g_clear_handle_id (&self->timer, g_source_remove);
  g_signal_handler_disconnect (self->caller->gone, self->left);
  g_dbus_object_manager_server_unexport (self->all->station->manager, self->path);
  g_object_unref (self->skeleton);
  g_object_unref (self->object);
  g_variant_unref (self->matter);
  pn_caller_unref (self->caller);
  g_free (self->path);
  g_free (self->user);
  g_free (self);
}

static PnApproval *
find (PnApprovals *self, const char *path)
{
  for (guint i = 0; i < self->pending->len; i++)
    if (g_str_equal (((PnApproval *) self->pending->pdata[i])->path, path))
      return self->pending->pdata[i];
  return NULL;
}

/* ---- the audit ---- */

/* @who: NULL where it is the helper's own doing. */
static gboolean
tell_answer (PnApproval *self,
             guint32 uid,
             const char *who,
             const char *answer,
             const char *reason,
             GError **error)
{
  PnAuditEntry entry = { .uid = uid,
                         .who = who != NULL ? who : "punnetd",
                         .what = "approval",
                         .object = self->path,
                         .after = answer,
                         .result = g_str_equal (answer, "approved") ? "done" : "refused" };
  GVariantBuilder details;

  g_variant_builder_init (&details, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&details, "{sv}", "asked-by", g_variant_new_string (self->user));
  g_variant_builder_add (&details, "{sv}", "method",
                         g_variant_new_string (pn_dbus_approval_get_method (self->object)));
  if (reason != NULL && reason[0] != '\0')
    g_variant_builder_add (&details, "{sv}", "reason", g_variant_new_string (reason));
  entry.details = g_variant_builder_end (&details);
  return pn_audit_add (self->all->station->records, &entry, error) != 0;
}

static gboolean
tell_asked (PnApproval *self, GError **error)
{
  PnAuditEntry entry = { .uid = self->uid,
                         .who = self->user,
                         .what = "approval-ask",
                         .object = self->path,
                         .after = pn_dbus_approval_get_method (self->object),
                         .result = "done",
                         .details = self->matter };

  return pn_audit_add (self->all->station->records, &entry, error) != 0;
}

/* ---- the end of one ---- */

/* It is no more when who asked hears of it. @why: taken, or NULL. */
static gboolean
end (PnApproval *self, guint32 approver, GError *why, GError **error)
{
  g_autoptr (GError) taken = why;
  PnApprovalFunc answered = self->answered;
  gpointer user_data = self->user_data;

  g_ptr_array_remove (self->all->pending, self);
  return answered (approver, taken, user_data, error);
}

/* Nobody has answered. */
static void
end_unanswered (PnApproval *self, guint32 uid, const char *who, const char *answer, GError *why)
{
  g_autoptr (GError) error = NULL;

  if (!tell_answer (self, uid, who, answer, NULL, &error))
    g_warning ("That an approval was not given is not in the audit: %s", error->message);
  (void) end (self, G_MAXUINT32, why, NULL);
}

static gboolean
expired_cb (gpointer user_data)
{
  PnApproval *self = user_data;

  self->timer = 0;
  end_unanswered (self, getuid (), NULL, "expired",
                  pn_error_new (PN_ERROR_TIMED_OUT,
                                "No second person approved this in time; nothing was done. Ask "
                                "again when somebody is there"));
  return G_SOURCE_REMOVE;
}

static void
left_cb (GCancellable *gone, gpointer user_data)
{
  PnApproval *self = user_data;

  end_unanswered (self, self->uid, self->user, "left",
                  pn_error_new (PN_ERROR_CANCELLED, "The caller has left"));
}

void
pn_approvals_end_all (PnApprovals *self)
{
  while (self->pending->len > 0)
    end_unanswered (self->pending->pdata[0], getuid (), NULL, "ended",
                    pn_error_new (PN_ERROR_BUSY, PN_STATION_ENDING));
}

/* ---- the bus ---- */

static const char *
read_request (GDBusMethodInvocation *invocation)
{
  const char *request;

  g_variant_get_child (g_dbus_method_invocation_get_parameters (invocation), 0, "&s", &request);
  return request;
}

gboolean
pn_approvals_check_answer (PnApprovals *self,
                           GDBusMethodInvocation *invocation,
                           guint32 uid,
                           char **requester,
                           char **summary,
                           GError **error)
{
  PnApproval *one = find (self, g_dbus_method_invocation_get_object_path (invocation));
  gboolean withdraws =
      g_str_equal (g_dbus_method_invocation_get_method_name (invocation), "Withdraw");

  if (one == NULL)
    return pn_set_error (error, PN_ERROR_NOT_FOUND,
                         "This request is not there any more: somebody has answered it, or it "
                         "has expired");
  if (withdraws && uid != one->uid)
    return pn_set_error (error, PN_ERROR_PERMISSION, "Only who asked can withdraw a request");
  if (!withdraws && uid == one->uid)
    return pn_set_error (error, PN_ERROR_PERMISSION,
                         "Who asks for something cannot answer it himself; another user has to");
  if (!withdraws &&
      !g_str_equal (read_request (invocation), pn_dbus_approval_get_request (one->object)))
    return pn_set_error (error, PN_ERROR_STALE,
                         "This is not the request that you looked at; look at it again");
  *requester = g_strdup (one->user);
  *summary = pn_matter_to_text (one->matter);
  return TRUE;
}

/* Asked again: the password may have taken a while. NULL with an answer sent. */
static PnApproval *
begin_answer (PnApprovals *self, GDBusMethodInvocation *invocation)
{
  g_autofree char *requester = NULL;
  g_autofree char *summary = NULL;
  GError *error = NULL;

  if (pn_approvals_check_answer (self, invocation, pn_authority_get_uid (invocation), &requester,
                                 &summary, &error))
    return find (self, g_dbus_method_invocation_get_object_path (invocation));
  pn_error_answer (invocation, error);
  return NULL;
}

static gboolean
approve_cb (PnDbusApproval *object,
            GDBusMethodInvocation *invocation,
            const char *request,
            GVariant *options,
            PnApprovals *self)
{
  guint32 uid = pn_authority_get_uid (invocation);
  g_autofree char *who = pn_station_name_user (uid);
  PnApproval *one = begin_answer (self, invocation);
  GError *error = NULL;

  if (one == NULL)
    return G_DBUS_METHOD_INVOCATION_HANDLED;
  if (tell_answer (one, uid, who, "approved", NULL, &error) && end (one, uid, NULL, &error))
    pn_dbus_approval_complete_approve (object, invocation);
  else
    pn_error_answer (invocation, error);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
check_reason (const char *reason, GError **error)
{
  if (g_utf8_strlen (reason, -1) > PN_SECOND_PERSON_MAX_REASON)
    return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT, "A reason has at most %s characters",
                         PN_NUMBER (PN_SECOND_PERSON_MAX_REASON));
  for (const char *at = reason; *at != '\0'; at = g_utf8_next_char (at))
    if (!g_unichar_isprint (g_utf8_get_char (at)))
      return pn_set_error (error, PN_ERROR_INVALID_ARGUMENT, "A reason is one line of text");
  return TRUE;
}

static gboolean
refuse_cb (PnDbusApproval *object,
           GDBusMethodInvocation *invocation,
           const char *request,
           const char *reason,
           GVariant *options,
           PnApprovals *self)
{
  guint32 uid = pn_authority_get_uid (invocation);
  g_autofree char *who = pn_station_name_user (uid);
  PnApproval *one = begin_answer (self, invocation);
  GError *error = NULL;

  if (one == NULL)
    return G_DBUS_METHOD_INVOCATION_HANDLED;
  if (!check_reason (reason, &error) || !tell_answer (one, uid, who, "refused", reason, &error))
    {
      pn_error_answer (invocation, error);
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }
  (void) end (
      one, uid,
      reason[0] != '\0'
          ? pn_error_new (PN_ERROR_PERMISSION,
                          "%s refused to approve this; nothing was done. The reason: %s", who,
                          reason)
          : pn_error_new (PN_ERROR_PERMISSION, "%s refused to approve this; nothing was done", who),
      NULL);
  pn_dbus_approval_complete_refuse (object, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
withdraw_cb (PnDbusApproval *object,
             GDBusMethodInvocation *invocation,
             GVariant *options,
             PnApprovals *self)
{
  PnApproval *one = begin_answer (self, invocation);

  if (one == NULL)
    return G_DBUS_METHOD_INVOCATION_HANDLED;
  end_unanswered (one, one->uid, one->user, "withdrawn",
                  pn_error_new (PN_ERROR_CANCELLED, "The request was withdrawn; nothing was done"));
  pn_dbus_approval_complete_withdraw (object, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/* ---- asking ---- */

static gboolean
check_room (PnApprovals *self, guint32 uid, GError **error)
{
  guint n = 0;

  for (guint i = 0; i < self->pending->len; i++)
    n += ((PnApproval *) self->pending->pdata[i])->uid == uid;
  if (n >= MAX_OF_ONE)
    return pn_set_error (error, PN_ERROR_BUSY,
                         "You wait for a second person %s times already; wait for an answer, or "
                         "withdraw one of them",
                         PN_NUMBER (MAX_OF_ONE));
  return self->pending->len < MAX_ALL ||
         pn_set_error (error, PN_ERROR_BUSY, "Too many requests wait for a second person already");
}

static PnDbusApproval *
make_object (PnApproval *self, const char *method, PnSecondPerson kind, guint limit_ms)
{
  PnDbusApproval *object = pn_dbus_approval_skeleton_new ();
  g_autofree char *request = g_uuid_string_random ();
  PnApprovals *all = self->all;

  pn_dbus_approval_set_request (object, request);
  pn_dbus_approval_set_kind (object, pn_second_person_to_word (kind));
  pn_dbus_approval_set_method (object, method);
  pn_dbus_approval_set_values (object, self->matter);
  pn_dbus_approval_set_uid (object, self->uid);
  pn_dbus_approval_set_user (object, self->user);
  pn_dbus_approval_set_caller (object, self->caller->name);
  pn_dbus_approval_set_asked (object, g_get_real_time ());
  pn_dbus_approval_set_expires (object, g_get_monotonic_time () + limit_ms * (gint64) 1000);
  g_signal_connect (object, "handle-approve", G_CALLBACK (approve_cb), all);
  g_signal_connect (object, "handle-refuse", G_CALLBACK (refuse_cb), all);
  g_signal_connect (object, "handle-withdraw", G_CALLBACK (withdraw_cb), all);
  g_signal_connect (object, "g-authorize-method", G_CALLBACK (pn_authority_authorize_cb),
                    all->station);
  return object;
}

gboolean
pn_approvals_ask (PnApprovals *self,
                  PnCaller *caller,
                  const char *method,
                  PnSecondPerson kind,
                  GVariant *matter,
                  PnApprovalFunc answered,
                  gpointer user_data,
                  GError **error)
{
  guint limit_ms = (guint) (PN_SECOND_PERSON_LIMIT * 1000 * self->station->time_scale);
  PnApproval *one;

  if (self->station->ending)
    return pn_set_error (error, PN_ERROR_BUSY, PN_STATION_ENDING);
  if (!check_room (self, caller->uid, error))
    return FALSE;
  one = g_new0 (PnApproval, 1);
  one->all = self;
  one->path = g_strdup_printf (PATH "%u", ++self->n_asked);
  one->uid = caller->uid;
  one->user = pn_station_name_user (caller->uid);
  one->matter = g_variant_ref (matter);
  one->caller = pn_caller_ref (caller);
  one->answered = answered;
  one->user_data = user_data;
  one->object = make_object (one, method, kind, limit_ms);
  one->skeleton = pn_dbus_object_skeleton_new (one->path);
  one->left = g_signal_connect (caller->gone, "cancelled", G_CALLBACK (left_cb), one);
  if (!tell_asked (one, error))
    {
      approval_free (one);
      return FALSE;
    }
  one->timer = g_timeout_add (limit_ms, expired_cb, one);
  pn_dbus_object_skeleton_set_approval (one->skeleton, one->object);
  g_ptr_array_add (self->pending, one);
  g_dbus_object_manager_server_export (self->station->manager,
                                       G_DBUS_OBJECT_SKELETON (one->skeleton));
  return TRUE;
}

/* ---- the rule ---- */

static gboolean
set_second_person_cb (PnDbusManager *object,
                      GDBusMethodInvocation *invocation,
                      const char *const *words,
                      GVariant *options,
                      PnStation *station)
{
  const char *const *now = pn_dbus_manager_get_second_person (object);
  g_autofree char *before = g_strjoinv (" ", (GStrv) now);
  g_autofree char *after = NULL;
  g_autofree const char **wanted = NULL;
  GError *error = NULL;
  PnAuditEntry entry = { .what = "second-person", .object = "", .before = before };
  guint set = 0;

  if (!pn_second_person_from_words (words, &set, &error) ||
      (set != 0 && !station->system &&
       !pn_set_error (&error, PN_ERROR_NOT_SUPPORTED,
                      "The helper of your session serves you alone, so there is no second person "
                      "who could approve anything; use the helper of a station")))
    {
      pn_error_answer (invocation, error);
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }
  wanted = pn_second_person_to_words (set);
  entry.after = after = g_strjoinv (" ", (GStrv) wanted);
  if (!pn_station_audit (station, invocation, entry, &error) ||
      !pn_settings_set_second_person (station->settings, set, &error))
    {
      pn_station_audit_failed (station, invocation, entry, error);
      pn_error_answer (invocation, error);
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }
  pn_dbus_manager_set_second_person (object, wanted);
  /* Whoever has the answer has the news, too. */
  g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (object));
  pn_dbus_manager_complete_set_second_person (object, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

void
pn_approvals_connect (PnStation *station)
{
  guint set = station->system ? pn_settings_get_second_person (station->settings) : 0;
  g_autofree const char **words = pn_second_person_to_words (set);

  pn_dbus_manager_set_second_person (station->object, words);
  g_signal_connect (station->object, "handle-set-second-person", G_CALLBACK (set_second_person_cb),
                    station);
}

PnApprovals *
pn_approvals_new (PnStation *station)
{
  PnApprovals *self = g_new0 (PnApprovals, 1);

  self->station = station;
  self->pending = g_ptr_array_new_with_free_func (approval_free);
  return self;
}

void
pn_approvals_free (PnApprovals *self)
{
  g_ptr_array_unref (self->pending);
  g_free (self);
}
