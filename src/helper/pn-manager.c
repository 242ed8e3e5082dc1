/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The manager's methods. */
#include "config.h"

#include "pn-authority.h"

#include <glib/gi18n-lib.h>
#include <gio/gunixfdlist.h>
#include <string.h>
#include <sys/socket.h>

#include "pn-io.h"
#include "pn-options.h"
#include "pn-station-audit.h"

#define MAX_NAME 64
#define MAX_REST_AFTER 1000

gboolean
pn_refuse (GDBusMethodInvocation *invocation, PnError code, const char *sentence)
{
  g_dbus_method_invocation_return_error_literal (invocation, PN_ERROR, (int) code, sentence);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

int
pn_take_fd (GDBusMethodInvocation *invocation, GUnixFDList *fds, GVariant *handle)
{
  gint32 index = g_variant_get_handle (handle);
  gboolean is_there = fds != NULL && index >= 0 && index < g_unix_fd_list_get_length (fds);
  int fd = is_there ? g_unix_fd_list_get (fds, index, NULL) : -1;

  if (fd < 0)
    pn_refuse (invocation, PN_ERROR_INVALID_ARGUMENT, "A descriptor is missing");
  return fd;
}

static gboolean
name_is_fit (const char *name)
{
  gsize length = strlen (name);

  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isprint (name[i]))
      return FALSE;
  return length > 0 && length <= MAX_NAME;
}

static gboolean
is_plug (int fd)
{
  int domain = 0, type = 0;
  socklen_t size = sizeof domain;

  return getsockopt (fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX &&
         getsockopt (fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

static gboolean
attach_virtual_cb (PnDbusManager *object,
                   GDBusMethodInvocation *invocation,
                   GUnixFDList *fds,
                   GVariant *handle,
                   const char *name,
                   GVariant *options,
                   PnStation *self)
{
  int plug = pn_take_fd (invocation, fds, handle);
  PnSlot *slot = g_hash_table_lookup (self->slots, name);

  if (plug < 0)
    return G_DBUS_METHOD_INVOCATION_HANDLED;
  if (self->ending)
    {
      pn_fd_close (plug);
      return pn_refuse (invocation, PN_ERROR_BUSY, PN_STATION_ENDING);
    }
  if (!name_is_fit (name) || !is_plug (plug))
    {
      pn_fd_close (plug);
      return pn_refuse (invocation, PN_ERROR_INVALID_ARGUMENT,
                        "A slot's name has 1 to 64 printable ASCII characters, and its plug is a "
                        "packet socket");
    }
  if (slot == NULL || !slot->settings.usb)
    slot = pn_station_take_slot (self, name, FALSE);
  if (slot == NULL || slot->settings.usb || pn_slot_is_plugged (slot))
    {
      pn_fd_close (plug);
      return pn_refuse (invocation, PN_ERROR_BUSY,
                        "A slot of that name is in use, or there are too many");
    }
  pn_slot_replug (slot, plug);
  pn_dbus_manager_complete_attach_virtual (
      object, invocation, NULL, g_dbus_object_get_object_path (G_DBUS_OBJECT (slot->skeleton)));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
query_records_cb (PnDbusManager *object,
                  GDBusMethodInvocation *invocation,
                  guint offset,
                  guint limit,
                  GVariant *options,
                  PnStation *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) rows = pn_records_query (self->records, offset, limit, options, &error);

  if (rows == NULL)
    pn_error_answer (invocation, g_steal_pointer (&error));
  else
    pn_dbus_manager_complete_query_records (object, invocation, rows);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
count_records_cb (PnDbusManager *object,
                  GDBusMethodInvocation *invocation,
                  GVariant *options,
                  PnStation *self)
{
  g_autoptr (GError) error = NULL;
  gint64 count = pn_records_count (self->records, options, &error);

  if (count < 0)
    pn_error_answer (invocation, g_steal_pointer (&error));
  else
    pn_dbus_manager_complete_count_records (object, invocation, (guint) count);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
list_values_cb (PnDbusManager *object,
                GDBusMethodInvocation *invocation,
                const char *column,
                guint limit,
                GVariant *options,
                PnStation *self)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) values = pn_records_list_values (self->records, column, limit, &error);

  if (values == NULL)
    pn_error_answer (invocation, g_steal_pointer (&error));
  else
    pn_dbus_manager_complete_list_values (object, invocation, (const char *const *) values);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
get_story_cb (PnDbusManager *object,
              GDBusMethodInvocation *invocation,
              gint64 record,
              GVariant *options,
              PnStation *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) story = pn_records_get_story (self->records, record, &error);

  if (story == NULL)
    pn_error_answer (invocation, g_steal_pointer (&error));
  else
    {
      g_autoptr (GVariant) phases = g_variant_get_child_value (story, 0);
      g_autoptr (GVariant) lines = g_variant_get_child_value (story, 1);

      pn_dbus_manager_complete_get_story (object, invocation, phases, lines);
    }
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
set_rest_after_cb (PnDbusManager *object,
                   GDBusMethodInvocation *invocation,
                   guint failures,
                   GVariant *options,
                   PnStation *self)
{
  g_autofree char *before = g_strdup_printf ("%u", pn_dbus_manager_get_rest_after (object));
  g_autofree char *after = g_strdup_printf ("%u", failures);
  g_autoptr (GError) error = NULL;
  PnAuditEntry entry = { .what = "rest-after", .object = "", .before = before, .after = after };

  if (failures > MAX_REST_AFTER)
    return pn_refuse (invocation, PN_ERROR_INVALID_ARGUMENT,
                      "A slot rests after 1 to 1000 failures in a row, or with 0 never");
  if (!pn_station_audit (self, invocation, entry, &error) ||
      !pn_settings_set_rest_after (self->settings, failures, &error))
    {
      pn_station_audit_failed (self, invocation, entry, error);
      pn_error_answer (invocation, g_steal_pointer (&error));
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }
  pn_dbus_manager_set_rest_after (object, failures);
  pn_station_consider (self);
  pn_dbus_manager_complete_set_rest_after (object, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/* "1-1.2"; in practice a socket may be called what one likes. */
static gboolean
port_is_fit (PnStation *self, const char *port)
{
  return name_is_fit (port) &&
         (self->practice || g_regex_match_simple ("^[0-9]+-[0-9]+(\\.[0-9]+)*$", port, 0, 0));
}

static gboolean
add_slot_cb (PnDbusManager *object,
             GDBusMethodInvocation *invocation,
             const char *port,
             GVariant *options,
             PnStation *self)
{
  g_autoptr (GError) error = NULL;
  PnSlot *slot;
  gboolean is_new;

  if (!port_is_fit (self, port))
    return pn_refuse (invocation, PN_ERROR_INVALID_ARGUMENT,
                      "A USB socket is named by its place, such as 1-1.2");
  is_new = !g_hash_table_contains (self->slots, port);
  slot = pn_station_take_slot (self, port, !self->practice);
  if (slot == NULL)
    return pn_refuse (invocation, PN_ERROR_BUSY, "There are too many slots; remove some");
  if (!pn_slot_configure (slot, invocation, options, &error))
    {
      if (is_new)
        g_hash_table_remove (self->slots, port);
      pn_error_answer (invocation, g_steal_pointer (&error));
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }
  pn_dbus_manager_complete_add_slot (
      object, invocation, g_dbus_object_get_object_path (G_DBUS_OBJECT (slot->skeleton)));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

void
pn_manager_connect (PnStation *station)
{
  static const struct
  {
    const char *signal;
    GCallback handler;
  } handlers[] = { { "handle-open-batch", G_CALLBACK (pn_opening_begin) },
                   { "handle-attach-virtual", G_CALLBACK (attach_virtual_cb) },
                   { "handle-query-records", G_CALLBACK (query_records_cb) },
                   { "handle-count-records", G_CALLBACK (count_records_cb) },
                   { "handle-list-values", G_CALLBACK (list_values_cb) },
                   { "handle-get-story", G_CALLBACK (get_story_cb) },
                   { "handle-set-paused", G_CALLBACK (pn_station_set_paused_cb) },
                   { "handle-set-rest-after", G_CALLBACK (set_rest_after_cb) },
                   { "handle-identify", G_CALLBACK (pn_identify_begin) },
                   { "handle-add-slot", G_CALLBACK (add_slot_cb) },
                   { "g-authorize-method", G_CALLBACK (pn_authority_authorize_cb) } };

  for (guint i = 0; i < G_N_ELEMENTS (handlers); i++)
    g_signal_connect (station->object, handlers[i].signal, handlers[i].handler, station);
}
