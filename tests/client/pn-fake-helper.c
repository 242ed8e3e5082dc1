/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-fake-helper.h"

#include <string.h>

#include "pn-error.h"

GDBusConnection *
pn_fake_connect (void)
{
  g_autoptr (GError) error = NULL;
  GDBusConnection *bus =
      g_dbus_connection_new_for_address_sync (g_getenv ("DBUS_SESSION_BUS_ADDRESS"),
                                              G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                  G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                              NULL, NULL, &error);

  g_assert_no_error (error);
  return bus;
}

static GVariant *
make_record (guint number)
{
  g_autofree char *serial = g_strdup_printf ("%016x", number);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "id", g_variant_new_int64 (number));
  g_variant_builder_add (&builder, "{sv}", "serial", g_variant_new_string (serial));
  g_variant_builder_add (&builder, "{sv}", "verdict", g_variant_new_string ("passed"));
  return g_variant_builder_end (&builder);
}

/* "text" is the end of a serial here. */
static guint
step (GVariant *options)
{
  const char *text = NULL;

  return g_variant_lookup (options, "text", "&s", &text) ? 1u << (4 * strlen (text)) : 1;
}

static gboolean
query_cb (PnDbusManager *manager,
          GDBusMethodInvocation *invocation,
          guint offset,
          guint limit,
          GVariant *options,
          PnFakeHelper *self)
{
  guint each = step (options);
  guint n = self->n_records / each;
  gboolean ascending = FALSE;
  GVariantBuilder rows;

  (void) g_variant_lookup (options, "ascending", "b", &ascending);
  self->n_queries++;
  self->max_limit = MAX (self->max_limit, limit);
  g_variant_builder_init (&rows, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = offset; i < n && i - offset < limit; i++)
    g_variant_builder_add_value (&rows, make_record ((ascending ? i + 1 : n - i) * each));
  pn_dbus_manager_complete_query_records (manager, invocation, g_variant_builder_end (&rows));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
count_cb (PnDbusManager *manager,
          GDBusMethodInvocation *invocation,
          GVariant *options,
          PnFakeHelper *self)
{
  pn_dbus_manager_complete_count_records (manager, invocation, self->n_records / step (options));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void export(PnFakeHelper *self,
                   const char *kind,
                   guint number,
                   GDBusInterfaceSkeleton *interface)
{
  g_autofree char *path = number > 0 ? g_strdup_printf (PN_FAKE_ROOT "/%s/%u", kind, number)
                                     : g_strdup_printf (PN_FAKE_ROOT "/%s", kind);
  g_autoptr (PnDbusObjectSkeleton) object = pn_dbus_object_skeleton_new (path);

  g_dbus_object_skeleton_add_interface (G_DBUS_OBJECT_SKELETON (object), interface);
  g_dbus_object_manager_server_export (self->objects, G_DBUS_OBJECT_SKELETON (object));
}

PnFakeHelper *
pn_fake_helper_new (const char *name)
{
  PnFakeHelper *self = g_new0 (PnFakeHelper, 1);
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) error = NULL;

  self->bus = pn_fake_connect ();
  self->log = g_ptr_array_new_with_free_func (g_free);
  self->objects = g_dbus_object_manager_server_new (PN_FAKE_ROOT);
  self->manager = pn_dbus_manager_skeleton_new ();
  g_signal_connect (self->manager, "handle-query-records", G_CALLBACK (query_cb), self);
  g_signal_connect (self->manager, "handle-count-records", G_CALLBACK (count_cb), self);
  export(self, "manager", 0, G_DBUS_INTERFACE_SKELETON (self->manager));
  g_dbus_object_manager_server_set_connection (self->objects, self->bus);
  reply = g_dbus_connection_call_sync (self->bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                       "org.freedesktop.DBus", "RequestName",
                                       g_variant_new ("(su)", name, 0), NULL,
                                       G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
  g_assert_no_error (error);
  return self;
}

void
pn_fake_helper_free (PnFakeHelper *self)
{
  g_assert_true (g_dbus_connection_close_sync (self->bus, NULL, NULL));
  g_dbus_object_manager_server_set_connection (self->objects, NULL);
  g_signal_handlers_disconnect_by_data (self->manager, self);
  g_object_unref (self->objects);
  g_object_unref (self->manager);
  g_object_unref (self->bus);
  g_ptr_array_unref (self->log);
  g_free (self);
}

void
pn_fake_helper_set_records (PnFakeHelper *self, guint n_records)
{
  self->n_records = n_records;
  pn_dbus_manager_set_record_count (self->manager, n_records);
}

PnDbusSlot *
pn_fake_helper_add_slot (PnFakeHelper *self, guint number, const char *name)
{
  PnDbusSlot *slot = pn_dbus_slot_skeleton_new ();

  pn_dbus_slot_set_name (slot, name);
  pn_dbus_slot_set_kind (slot, "virtual");
  pn_dbus_slot_set_used (slot, TRUE);
  pn_dbus_slot_set_state (slot, "empty");
  pn_dbus_slot_set_run (slot, "/");
  export(self, "slots", number, G_DBUS_INTERFACE_SKELETON (slot));
  return slot;
}

static gboolean
get_log_cb (PnDbusRun *run,
            GDBusMethodInvocation *invocation,
            guint first,
            GVariant *options,
            PnFakeHelper *self)
{
  GVariantBuilder lines;

  g_variant_builder_init (&lines, G_VARIANT_TYPE ("a(xs)"));
  for (guint i = first; i < self->log->len; i++)
    g_variant_builder_add (&lines, "(xs)", (gint64) i, self->log->pdata[i]);
  pn_dbus_run_complete_get_log (run, invocation, g_variant_builder_end (&lines), self->log->len);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

PnDbusRun *
pn_fake_helper_add_run (PnFakeHelper *self, guint number)
{
  PnDbusRun *run = pn_dbus_run_skeleton_new ();

  pn_dbus_run_set_batch (run, "/");
  pn_dbus_run_set_phase (run, "connect");
  pn_dbus_run_set_verdict (run, "running");
  g_signal_connect (run, "handle-get-log", G_CALLBACK (get_log_cb), self);
  export(self, "runs", number, G_DBUS_INTERFACE_SKELETON (run));
  return run;
}

PnDbusBatch *
pn_fake_helper_add_batch (PnFakeHelper *self, guint number)
{
  PnDbusBatch *batch = pn_dbus_batch_skeleton_new ();

  pn_dbus_batch_set_mode (batch, "naked");
  pn_dbus_batch_set_chip (batch, "bcm2712");
  pn_dbus_batch_set_storage (batch, "nvme");
  export(self, "batches", number, G_DBUS_INTERFACE_SKELETON (batch));
  return batch;
}

PnDbusApproval *
pn_fake_helper_add_approval (PnFakeHelper *self, guint number, guint uid, const char *caller)
{
  PnDbusApproval *approval = pn_dbus_approval_skeleton_new ();
  g_autofree char *request = g_strdup_printf ("request-%u", number);

  pn_dbus_approval_set_request (approval, request);
  pn_dbus_approval_set_kind (approval, "burn");
  pn_dbus_approval_set_method (approval, "OpenBatch");
  pn_dbus_approval_set_values (
      approval,
      g_variant_new_parsed (
          "{'recipe': <'Gate controller v2, revision 7'>, 'reference': <'2026-118'>,"
          " 'image': <'gate-2.1.img'>, 'chip': <'bcm2712'>, 'mode': <'secure-boot'>,"
          " 'permanent': <['customer-key', 'device-key']>, 'count': <uint32 250>,"
          " 'slots': <'1-1.1 (Slot 1), 1-1.2 (Slot 2)'>, 'fingerprint':"
          " <'8c41d07e5b92aa1306f4e8c971d3220be95f3c841ab6077dc2f8914e3d0590be'>, 'bundle':"
          " <'b71e02c45b92aa1306f4e8c971d3220be95f3c841ab6077dc2f8914e3d0590be'>}"));
  pn_dbus_approval_set_uid (approval, uid);
  pn_dbus_approval_set_user (approval, "ann");
  pn_dbus_approval_set_caller (approval, caller);
  pn_dbus_approval_set_expires (approval, g_get_monotonic_time () + 103 * G_USEC_PER_SEC);
  export(self, "approvals", number, G_DBUS_INTERFACE_SKELETON (approval));
  return approval;
}

void
pn_fake_helper_remove (PnFakeHelper *self, const char *kind, guint number)
{
  g_autofree char *path = g_strdup_printf (PN_FAKE_ROOT "/%s/%u", kind, number);

  g_assert_true (g_dbus_object_manager_server_unexport (self->objects, path));
}

void
pn_fake_helper_log (PnFakeHelper *self, PnDbusRun *run, const char *sentence)
{
  g_ptr_array_add (self->log, g_strdup (sentence));
  pn_dbus_run_emit_logged (run, (gint64) self->log->len - 1, sentence);
}
