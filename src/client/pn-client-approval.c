/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-client-private.h"

#include <unistd.h>

struct _PnClientApproval
{
  GObject parent_instance;
  PnDbusApproval *proxy;
};

G_DEFINE_FINAL_TYPE (PnClientApproval, pn_client_approval, G_TYPE_OBJECT)

static void
pn_client_approval_dispose (GObject *object)
{
  g_clear_object (&PN_CLIENT_APPROVAL (object)->proxy);
  G_OBJECT_CLASS (pn_client_approval_parent_class)->dispose (object);
}

static void
pn_client_approval_class_init (PnClientApprovalClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = pn_client_approval_dispose;
}

static void
pn_client_approval_init (PnClientApproval *self)
{
}

PnClientApproval *
pn_client_approval_new (PnDbusApproval *proxy)
{
  PnClientApproval *self = g_object_new (PN_TYPE_CLIENT_APPROVAL, NULL);

  self->proxy = g_object_ref (proxy);
  return self;
}

PnSecondPerson
pn_client_approval_get_kind (PnClientApproval *self)
{
  PnSecondPerson kind = 0;

  (void) pn_second_person_from_word (pn_dbus_approval_get_kind (self->proxy), &kind);
  return kind;
}

const char *
pn_client_approval_get_user (PnClientApproval *self)
{
  return pn_client_text (pn_dbus_approval_get_user (self->proxy));
}

GVariant *
pn_client_approval_get_values (PnClientApproval *self)
{
  return pn_dbus_approval_get_values (self->proxy);
}

gint64
pn_client_approval_get_expires (PnClientApproval *self)
{
  return pn_dbus_approval_get_expires (self->proxy);
}

guint
pn_client_approval_get_seconds (PnClientApproval *self)
{
  gint64 left = pn_client_approval_get_expires (self) - g_get_monotonic_time ();

  return left > 0 ? (guint) ((left + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC) : 0;
}

gboolean
pn_client_approval_is_own (PnClientApproval *self)
{
  return pn_dbus_approval_get_uid (self->proxy) == getuid ();
}

gboolean
pn_client_approval_is_from_here (PnClientApproval *self)
{
  GDBusConnection *bus = g_dbus_proxy_get_connection (G_DBUS_PROXY (self->proxy));

  return g_strcmp0 (pn_dbus_approval_get_caller (self->proxy),
                    g_dbus_connection_get_unique_name (bus)) == 0;
}

void
pn_client_approval_approve_async (PnClientApproval *self,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  const char *request = pn_client_text (pn_dbus_approval_get_request (self->proxy));

  pn_client_call (self, self->proxy, "Approve", g_variant_new ("(sa{sv})", request, NULL), G_MAXINT,
                  NULL, cancellable, callback, user_data);
}

void
pn_client_approval_refuse_async (PnClientApproval *self,
                                 const char *reason,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  const char *request = pn_client_text (pn_dbus_approval_get_request (self->proxy));

  pn_client_call (self, self->proxy, "Refuse", g_variant_new ("(ssa{sv})", request, reason, NULL),
                  G_MAXINT, NULL, cancellable, callback, user_data);
}

void
pn_client_approval_withdraw_async (PnClientApproval *self,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  pn_client_call (self, self->proxy, "Withdraw", g_variant_new ("(a{sv})", NULL), G_MAXINT, NULL,
                  cancellable, callback, user_data);
}

gboolean
pn_client_approval_call_finish (PnClientApproval *self, GAsyncResult *result, GError **error)
{
  return pn_client_call_done (self, result, error);
}
