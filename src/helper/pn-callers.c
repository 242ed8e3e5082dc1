/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-callers.h"

struct _PnCallers
{
  GDBusConnection *connection;
  GHashTable *callers; /* name → PnCaller */
  guint filter;
  GFunc emptied;
  gpointer emptied_data;
};

PnCaller *
pn_caller_ref (PnCaller *self)
{
  return g_rc_box_acquire (self);
}

static void
clear (gpointer data)
{
  PnCaller *self = data;

  g_object_unref (self->gone);
  g_free (self->name);
}

void
pn_caller_unref (PnCaller *self)
{
  g_rc_box_release_full (self, clear);
}

/* It is forgotten. Whoever waits for something in its name hears of it. */
static void
leave (gpointer data)
{
  PnCaller *self = data;

  g_bus_unwatch_name (self->watch);
  g_cancellable_cancel (self->gone);
  pn_caller_unref (self);
}

static void
left_cb (GDBusConnection *connection, const char *name, gpointer user_data)
{
  PnCallers *self = user_data;

  if (g_hash_table_remove (self->callers, name) && g_hash_table_size (self->callers) == 0 &&
      self->emptied != NULL)
    self->emptied (self, self->emptied_data);
}

PnCaller *
pn_callers_get (PnCallers *self, const char *name)
{
  PnCaller *caller = g_hash_table_lookup (self->callers, name);

  if (caller != NULL)
    return caller;
  caller = g_rc_box_new0 (PnCaller);
  caller->name = g_strdup (name);
  caller->gone = g_cancellable_new ();
  caller->uid = G_MAXUINT32;
  g_hash_table_insert (self->callers, caller->name, caller);
  caller->watch = g_bus_watch_name_on_connection (
      self->connection, name, G_BUS_NAME_WATCHER_FLAGS_NONE, NULL, left_cb, self, NULL);
  return caller;
}

guint
pn_callers_count (PnCallers *self)
{
  return g_hash_table_size (self->callers);
}

/* ---- all that comes in ---- */

typedef struct
{
  PnCallers *callers;
  char *name;
} Heard;

static void
heard_free (gpointer data)
{
  Heard *heard = data;

  g_free (heard->name);
  g_free (heard);
}

static gboolean
heard_cb (gpointer user_data)
{
  Heard *heard = user_data;

  (void) pn_callers_get (heard->callers, heard->name);
  return G_SOURCE_REMOVE;
}

/* On GDBus's own thread. */
static GDBusMessage *
filter_cb (GDBusConnection *connection,
           GDBusMessage *message,
           gboolean incoming,
           gpointer user_data)
{
  Heard *heard;

  if (!incoming || g_dbus_message_get_message_type (message) != G_DBUS_MESSAGE_TYPE_METHOD_CALL ||
      g_dbus_message_get_sender (message) == NULL)
    return message;
  heard = g_new0 (Heard, 1);
  heard->callers = user_data;
  heard->name = g_strdup (g_dbus_message_get_sender (message));
  g_idle_add_full (G_PRIORITY_HIGH, heard_cb, heard, heard_free);
  return message;
}

void
pn_callers_listen (PnCallers *self, GFunc emptied, gpointer user_data)
{
  self->emptied = emptied;
  self->emptied_data = user_data;
  self->filter = g_dbus_connection_add_filter (self->connection, filter_cb, self, NULL);
}

PnCallers *
pn_callers_new (GDBusConnection *connection)
{
  PnCallers *self = g_new0 (PnCallers, 1);

  self->connection = g_object_ref (connection);
  self->callers = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, leave);
  return self;
}

void
pn_callers_free (PnCallers *self)
{
  if (self->filter != 0)
    g_dbus_connection_remove_filter (self->connection, self->filter);
  g_hash_table_unref (self->callers);
  g_object_unref (self->connection);
  g_free (self);
}
