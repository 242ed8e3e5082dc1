/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is asked of the helper as a whole. */
#include "config.h"

#include "pn-client-private.h"
#include "pn-client.h"

#include "pn-error.h"

void
pn_client_open_batch_async (PnClient *self,
                            const char *digest,
                            GVariant *options,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  pn_client_call (self, pn_client_get_manager (self), "OpenBatch",
                  g_variant_new ("(s@a{sv})", digest, options), G_MAXINT, NULL, cancellable,
                  callback, user_data);
}

char *
pn_client_open_batch_finish (PnClient *self, GAsyncResult *result, GError **error)
{
  g_autoptr (GVariant) reply = pn_client_call_take (self, result, error);
  char *path = NULL;

  if (reply != NULL)
    g_variant_get (reply, "(o)", &path);
  return path;
}

static GVariant *
or_nothing (GVariant *options)
{
  return options != NULL ? options : g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0);
}

void
pn_client_query_records_async (PnClient *self,
                               guint offset,
                               guint limit,
                               GVariant *options,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  pn_client_call (self, pn_client_get_manager (self), "QueryRecords",
                  g_variant_new ("(uu@a{sv})", offset, limit, or_nothing (options)), -1, NULL,
                  cancellable, callback, user_data);
}

void
pn_client_certify_record_async (PnClient *self,
                                gint64 record,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  pn_client_call (self, pn_client_get_manager (self), "CertifyRecord",
                  g_variant_new ("(x@a{sv})", record, or_nothing (NULL)), -1, NULL, cancellable,
                  callback, user_data);
}

PnCertificate *
pn_client_certify_record_finish (PnClient *self, GAsyncResult *result, GError **error)
{
  g_autoptr (GVariant) reply = pn_client_call_take (self, result, error);
  const char *json, *signature;

  if (reply == NULL)
    return NULL;
  g_variant_get (reply, "(&s&s)", &json, &signature);
  return pn_certificate_new (json, signature, error);
}

const char *
pn_client_get_station_key (PnClient *self)
{
  PnDbusManager *manager = pn_client_get_manager (self);
  const char *key = manager != NULL ? pn_dbus_manager_get_station_key (manager) : NULL;

  return key != NULL ? key : "";
}

static void
noted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!pn_client_call_done (source, result, &error))
    g_warning ("That records were saved is not in the audit: %s", error->message);
}

void
pn_client_note_export (PnClient *self, const char *form, guint count, const char *sha256)
{
  GVariantBuilder options;

  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "sha256", g_variant_new_string (sha256));
  pn_client_call (self, pn_client_get_manager (self), "NoteExport",
                  g_variant_new ("(su@a{sv})", form, count, g_variant_builder_end (&options)), -1,
                  NULL, NULL, noted_cb, NULL);
}

GVariant *
pn_client_query_records_finish (PnClient *self, GAsyncResult *result, GError **error)
{
  g_autoptr (GVariant) reply = pn_client_call_take (self, result, error);

  return reply != NULL ? g_variant_get_child_value (reply, 0) : NULL;
}

void
pn_client_count_records_async (PnClient *self,
                               GVariant *options,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  pn_client_call (self, pn_client_get_manager (self), "CountRecords",
                  g_variant_new ("(@a{sv})", or_nothing (options)), -1, NULL, cancellable, callback,
                  user_data);
}

gint64
pn_client_count_records_finish (PnClient *self, GAsyncResult *result, GError **error)
{
  g_autoptr (GVariant) reply = pn_client_call_take (self, result, error);
  guint32 count;

  if (reply == NULL)
    return -1;
  g_variant_get (reply, "(u)", &count);
  return count;
}

void
pn_client_list_values_async (PnClient *self,
                             const char *column,
                             guint limit,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  pn_client_call (self, pn_client_get_manager (self), "ListValues",
                  g_variant_new ("(sua{sv})", column, limit, NULL), -1, NULL, cancellable, callback,
                  user_data);
}

GStrv
pn_client_list_values_finish (PnClient *self, GAsyncResult *result, GError **error)
{
  g_autoptr (GVariant) reply = pn_client_call_take (self, result, error);
  GStrv values = NULL;

  if (reply != NULL)
    g_variant_get (reply, "(^as)", &values);
  return values;
}

void
pn_client_get_story_async (PnClient *self,
                           gint64 record,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  pn_client_call (self, pn_client_get_manager (self), "GetStory",
                  g_variant_new ("(xa{sv})", record, NULL), -1, NULL, cancellable, callback,
                  user_data);
}

GVariant *
pn_client_get_story_finish (PnClient *self, GAsyncResult *result, GError **error)
{
  return pn_client_call_take (self, result, error);
}

void
pn_client_set_paused_async (PnClient *self,
                            gboolean paused,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  pn_client_call (self, pn_client_get_manager (self), "SetPaused",
                  g_variant_new ("(ba{sv})", paused, NULL), G_MAXINT, NULL, cancellable, callback,
                  user_data);
}

gboolean
pn_client_set_paused_finish (PnClient *self, GAsyncResult *result, GError **error)
{
  return pn_client_call_done (self, result, error);
}

void
pn_client_set_rest_after_async (PnClient *self,
                                guint failures,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  pn_client_call (self, pn_client_get_manager (self), "SetRestAfter",
                  g_variant_new ("(ua{sv})", failures, NULL), G_MAXINT, NULL, cancellable, callback,
                  user_data);
}

gboolean
pn_client_set_rest_after_finish (PnClient *self, GAsyncResult *result, GError **error)
{
  return pn_client_call_done (self, result, error);
}

void
pn_client_set_second_person_async (PnClient *self,
                                   guint wanted,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  g_autofree const char **words = pn_second_person_to_words (wanted);

  pn_client_call (self, pn_client_get_manager (self), "SetSecondPerson",
                  g_variant_new ("(^asa{sv})", words, NULL), G_MAXINT, NULL, cancellable, callback,
                  user_data);
}

gboolean
pn_client_set_second_person_finish (PnClient *self, GAsyncResult *result, GError **error)
{
  return pn_client_call_done (self, result, error);
}

void
pn_client_add_override_async (PnClient *self,
                              const PnOverride *override,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  const struct
  {
    const char *name, *text;
  } texts[] = { { "serial", override->serial },
                { "slot", override->slot },
                { "bundle", override->bundle } };
  GVariantBuilder options;

  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    if (texts[i].text != NULL)
      g_variant_builder_add (&options, "{sv}", texts[i].name, g_variant_new_string (texts[i].text));
  g_variant_builder_add (&options, "{sv}", "once", g_variant_new_boolean (override->once));
  pn_client_call (self, pn_client_get_manager (self), "AddOverride",
                  g_variant_new ("(ssa{sv})", pn_override_kind_to_word (override->kind),
                                 override->reason, &options),
                  G_MAXINT, NULL, cancellable, callback, user_data);
}

void
pn_client_clear_override_async (PnClient *self,
                                gint64 id,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  pn_client_call (self, pn_client_get_manager (self), "ClearOverride",
                  g_variant_new ("(xa{sv})", id, NULL), G_MAXINT, NULL, cancellable, callback,
                  user_data);
}

gboolean
pn_client_override_finish (PnClient *self, GAsyncResult *result, GError **error)
{
  return pn_client_call_done (self, result, error);
}

void
pn_client_merge_records_async (PnClient *self,
                               int fd,
                               const char *station,
                               gboolean dry,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  g_autoptr (GUnixFDList) fds = g_unix_fd_list_new ();
  int handle = g_unix_fd_list_append (fds, fd, NULL);
  GVariantBuilder options;

  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "dry-run", g_variant_new_boolean (dry));
  pn_client_call (self, pn_client_get_manager (self), "MergeRecords",
                  g_variant_new ("(hsa{sv})", handle, station, &options), G_MAXINT, fds,
                  cancellable, callback, user_data);
}

void
pn_merge_report_clear (PnMergeReport *self)
{
  g_clear_pointer (&self->conflicts, g_variant_unref);
}

gboolean
pn_client_merge_records_finish (PnClient *self,
                                GAsyncResult *result,
                                PnMergeReport *report,
                                GError **error)
{
  g_autoptr (GVariant) reply = pn_client_call_take (self, result, error);

  if (reply != NULL)
    g_variant_get (reply, "(uuu@aa{sv})", &report->n_new, &report->n_same, &report->n_conflicting,
                   &report->conflicts);
  return reply != NULL;
}

void
pn_client_identify_async (PnClient *self,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  pn_client_call (self, pn_client_get_manager (self), "Identify", g_variant_new ("(a{sv})", NULL),
                  G_MAXINT, NULL, cancellable, callback, user_data);
}

char *
pn_client_identify_finish (PnClient *self, GAsyncResult *result, GError **error)
{
  g_autoptr (GVariant) reply = pn_client_call_take (self, result, error);
  char *port = NULL;

  if (reply != NULL)
    g_variant_get (reply, "(s)", &port);
  return port;
}

void
pn_client_add_slot_async (PnClient *self,
                          const char *port,
                          const char *label,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  GVariantBuilder options;

  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  if (label != NULL)
    g_variant_builder_add (&options, "{sv}", "label", g_variant_new_string (label));
  pn_client_call (self, pn_client_get_manager (self), "AddSlot",
                  g_variant_new ("(sa{sv})", port, &options), G_MAXINT, NULL, cancellable, callback,
                  user_data);
}

gboolean
pn_client_add_slot_finish (PnClient *self, GAsyncResult *result, GError **error)
{
  return pn_client_call_done (self, result, error);
}
