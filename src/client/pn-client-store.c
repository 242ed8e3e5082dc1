/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a station keeps, and what it may keep: bundles, keys, copies of its records, its audit. */
#include "config.h"

#include "pn-client-private.h"

#define OF_MANAGER(self, name, nothing)                                                            \
  (pn_client_get_manager (self) != NULL                                                            \
       ? pn_dbus_manager_get_##name (pn_client_get_manager (self))                                 \
       : (nothing))

const char *
pn_client_get_version (PnClient *self)
{
  return pn_client_text (OF_MANAGER (self, version, NULL));
}

GVariant *
pn_client_get_enrolled_keys (PnClient *self)
{
  return OF_MANAGER (self, enrolled_keys, NULL);
}

gboolean
pn_client_get_enrolled_only (PnClient *self)
{
  return OF_MANAGER (self, enrolled_only, FALSE);
}

guint64
pn_client_get_store_room (PnClient *self)
{
  return OF_MANAGER (self, store_room, 0);
}

guint
pn_client_get_max_bundles (PnClient *self)
{
  return OF_MANAGER (self, max_bundles, 0);
}

guint64
pn_client_get_max_bundle_size (PnClient *self)
{
  return OF_MANAGER (self, max_bundle_size, 0);
}

guint64
pn_client_get_max_store_size (PnClient *self)
{
  return OF_MANAGER (self, max_store_size, 0);
}

gint64
pn_client_get_audit_number (PnClient *self)
{
  return OF_MANAGER (self, audit_number, 0);
}

/* A call that answers nothing, before which a person may be asked. */
static void
call (PnClient *self,
      const char *method,
      GVariant *arguments,
      GAsyncReadyCallback callback,
      gpointer user_data)
{
  pn_client_call (self, pn_client_get_manager (self), method, arguments, G_MAXINT, NULL, NULL,
                  callback, user_data);
}

void
pn_client_remove_bundle_async (PnClient *self,
                               const char *digest,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  call (self, "RemoveBundle", g_variant_new ("(sa{sv})", digest, NULL), callback, user_data);
}

void
pn_client_set_bundle_limits_async (PnClient *self,
                                   guint bundles,
                                   guint64 bundle_size,
                                   guint64 store_size,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  GVariantBuilder options;

  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "bundles", g_variant_new_uint32 (bundles));
  g_variant_builder_add (&options, "{sv}", "bundle-size", g_variant_new_uint64 (bundle_size));
  g_variant_builder_add (&options, "{sv}", "store-size", g_variant_new_uint64 (store_size));
  call (self, "SetBundleLimits", g_variant_new ("(a{sv})", &options), callback, user_data);
}

void
pn_client_enrol_key_async (PnClient *self,
                           const char *fingerprint,
                           const char *name,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  call (self, "EnrolKey", g_variant_new ("(ssa{sv})", fingerprint, name, NULL), callback,
        user_data);
}

void
pn_client_remove_key_async (PnClient *self,
                            const char *fingerprint,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  call (self, "RemoveKey", g_variant_new ("(sa{sv})", fingerprint, NULL), callback, user_data);
}

void
pn_client_set_enrolled_only_async (PnClient *self,
                                   gboolean only,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  call (self, "SetEnrolledOnly", g_variant_new ("(ba{sv})", only, NULL), callback, user_data);
}

gboolean
pn_client_store_finish (PnClient *self, GAsyncResult *result, GError **error)
{
  return pn_client_call_done (self, result, error);
}

void
pn_client_backup_records_async (PnClient *self,
                                int fd,
                                gboolean ask,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  g_autoptr (GUnixFDList) fds = g_unix_fd_list_new ();
  int handle = g_unix_fd_list_append (fds, fd, NULL);

  pn_client_call_asking (self, pn_client_get_manager (self), "BackupRecords",
                         g_variant_new ("(ha{sv})", handle, NULL), G_MAXINT, fds, ask, cancellable,
                         callback, user_data);
}

void
pn_client_query_audit_async (PnClient *self,
                             guint offset,
                             guint limit,
                             GVariant *options,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  pn_client_call (self, pn_client_get_manager (self), "QueryAudit",
                  g_variant_new ("(uu@a{sv})", offset, limit, options), -1, NULL, cancellable,
                  callback, user_data);
}

GVariant *
pn_client_query_audit_finish (PnClient *self, GAsyncResult *result, GError **error)
{
  g_autoptr (GVariant) reply = pn_client_call_take (self, result, error);

  return reply != NULL ? g_variant_get_child_value (reply, 0) : NULL;
}
