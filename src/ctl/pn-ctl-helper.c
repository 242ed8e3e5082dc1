/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-ctl-helper.h"

#include <stdio.h>
#include <string.h>

#include "pn-client.h"
#include "pn-error.h"

/* The helper that is spoken to: another one, such as that of the practice bench, by its bus name in
 * the environment. */
static const char *
get_helper_name (void)
{
  const char *name = g_getenv ("PUNNET_HELPER");

  return name != NULL ? name : PN_CLIENT_NAME;
}

static PnClientBus wish = PN_CLIENT_BUS_AUTOMATIC;

gboolean
pn_ctl_take_bus_option (const char *option)
{
  gboolean system = g_str_equal (option, "--system");

  if (!system && !g_str_equal (option, "--session"))
    return FALSE;
  wish = system ? PN_CLIENT_BUS_SYSTEM : PN_CLIENT_BUS_SESSION;
  return TRUE;
}

/* A station's helper may ask a person before it answers, whatever it is asked for. */
static void
have_patience (GDBusObjectManager *objects)
{
  GList *all = g_dbus_object_manager_get_objects (objects);

  for (GList *at = all; at != NULL; at = at->next)
    {
      GList *interfaces = g_dbus_object_get_interfaces (at->data);

      for (GList *one = interfaces; one != NULL; one = one->next)
        g_dbus_proxy_set_default_timeout (one->data, G_MAXINT);
      g_list_free_full (interfaces, g_object_unref);
    }
  g_list_free_full (all, g_object_unref);
}

/* Whoever waits is told what for. On GDBus's own thread, as this one waits for the answer. */
static GDBusMessage *
filter_cb (GDBusConnection *bus, GDBusMessage *message, gboolean incoming, gpointer user_data)
{
  g_autoptr (GVariant) interfaces = NULL;
  g_autoptr (GVariant) approval = NULL;
  const char *path, *caller = NULL;

  if (!incoming || g_dbus_message_get_message_type (message) != G_DBUS_MESSAGE_TYPE_SIGNAL ||
      g_strcmp0 (g_dbus_message_get_member (message), "InterfacesAdded") != 0 ||
      !g_str_equal (g_dbus_message_get_signature (message), "oa{sa{sv}}"))
    return message;
  g_variant_get (g_dbus_message_get_body (message), "(&o@a{sa{sv}})", &path, &interfaces);
  approval = g_variant_lookup_value (interfaces, PN_CTL_APPROVAL, G_VARIANT_TYPE_VARDICT);
  if (approval != NULL && g_variant_lookup (approval, "Caller", "&s", &caller) &&
      g_strcmp0 (caller, g_dbus_connection_get_unique_name (bus)) == 0)
    fprintf (stderr, "Waiting for a second person: “punnetctl approve %s”, by another user.\n",
             strrchr (path, '/') + 1);
  return message;
}

static void
unheard_cb (GDBusConnection *bus,
            const char *sender,
            const char *path,
            const char *interface,
            const char *signal,
            GVariant *arguments,
            gpointer user_data)
{
}

static GDBusObjectManager *
connect_with (GDBusObjectManagerClientFlags flags, GError **error)
{
  GDBusObjectManager *manager = NULL;
  g_autoptr (GDBusConnection) bus = NULL;
  g_autofree char *owner = NULL;

  if (!g_dbus_is_name (get_helper_name ()) || g_dbus_is_unique_name (get_helper_name ()))
    {
      g_set_error_literal (error, PN_ERROR, PN_ERROR_INVALID_ARGUMENT,
                           "PUNNET_HELPER is not the name of a helper on the bus");
      return NULL;
    }
  bus = pn_client_bus_choose (
      g_str_equal (get_helper_name (), PN_CLIENT_NAME) ? wish : PN_CLIENT_BUS_SESSION,
      get_helper_name (), error);
  if (bus == NULL)
    return NULL;
  g_dbus_connection_add_filter (bus, filter_cb, NULL, NULL);
  /* For the filter, which hears only what somebody listens to. */
  g_dbus_connection_signal_subscribe (bus, get_helper_name (), "org.freedesktop.DBus.ObjectManager",
                                      "InterfacesAdded", PN_CTL_ROOT, NULL,
                                      G_DBUS_SIGNAL_FLAGS_NONE, unheard_cb, NULL, NULL);
  manager = pn_dbus_object_manager_client_new_sync (bus, flags, get_helper_name (), PN_CTL_ROOT,
                                                    NULL, error);
  if (manager == NULL)
    return NULL;
  owner = g_dbus_object_manager_client_get_name_owner (G_DBUS_OBJECT_MANAGER_CLIENT (manager));
  if (owner != NULL)
    {
      have_patience (manager);
      return manager;
    }
  g_object_unref (manager);
  g_set_error_literal (error, PN_ERROR, PN_ERROR_NOT_FOUND,
                       "The helper is not running; start it with `punnetd --session`");
  return NULL;
}

GDBusObjectManager *
pn_ctl_connect (GError **error)
{
  return connect_with (G_DBUS_OBJECT_MANAGER_CLIENT_FLAGS_NONE, error);
}

GDBusObjectManager *
pn_ctl_connect_running (void)
{
  return connect_with (G_DBUS_OBJECT_MANAGER_CLIENT_FLAGS_DO_NOT_AUTO_START, NULL);
}

PnDbusManager *
pn_ctl_get_manager (GDBusObjectManager *objects)
{
  return PN_DBUS_MANAGER (g_dbus_object_manager_get_interface (objects, PN_CTL_ROOT "/manager",
                                                               "org.punnet.Provisioner1.Manager"));
}

PnDbusManager *
pn_ctl_connect_manager (GError **error)
{
  g_autoptr (GDBusObjectManager) objects = pn_ctl_connect (error);

  return objects != NULL ? pn_ctl_get_manager (objects) : NULL;
}

GDBusObjectManager *
pn_ctl_begin_list (int argc, char **argv, const char *summary, gboolean *json, int *status)
{
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, json, "For machines", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (summary);
  g_autoptr (GDBusObjectManager) objects = NULL;
  g_autoptr (GError) error = NULL;

  *json = FALSE;
  *status = 2;
  g_option_context_add_main_entries (context, entries, NULL);
  if (!pn_ctl_parse (context, &argc, &argv, 0, 0))
    return NULL;
  objects = pn_ctl_connect (&error);
  if (objects == NULL)
    *status = pn_ctl_fail_remote (error);
  return g_steal_pointer (&objects);
}

GVariant *
pn_ctl_no_options (void)
{
  return g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0);
}

/* "…/runs/12" → 12 */
static guint64
path_number (GDBusProxy *proxy)
{
  const char *end = strrchr (g_dbus_proxy_get_object_path (proxy), '/');
  guint64 number = 0;

  (void) g_ascii_string_to_unsigned (end + 1, 10, 0, G_MAXUINT64, &number, NULL);
  return number;
}

static int
compare_paths (gconstpointer a, gconstpointer b)
{
  guint64 first = path_number (*(GDBusProxy *const *) a);
  guint64 second = path_number (*(GDBusProxy *const *) b);

  return first < second ? -1 : first > second;
}

GPtrArray *
pn_ctl_list_interfaces (GDBusObjectManager *objects, const char *interface)
{
  GPtrArray *found = g_ptr_array_new_with_free_func (g_object_unref);
  GList *all = g_dbus_object_manager_get_objects (objects);

  for (GList *at = all; at != NULL; at = at->next)
    {
      GDBusInterface *one = g_dbus_object_get_interface (at->data, interface);

      if (one != NULL)
        g_ptr_array_add (found, one);
    }
  g_list_free_full (all, g_object_unref);
  g_ptr_array_sort (found, compare_paths);
  return found;
}

GVariant *
pn_ctl_properties (GDBusProxy *proxy, const char *event)
{
  g_auto (GStrv) names = g_dbus_proxy_get_cached_property_names (proxy);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  if (event != NULL)
    g_variant_builder_add (&builder, "{sv}", "event", g_variant_new_string (event));
  g_variant_builder_add (&builder, "{sv}", "path",
                         g_variant_new_string (g_dbus_proxy_get_object_path (proxy)));
  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    {
      g_autoptr (GVariant) value = g_dbus_proxy_get_cached_property (proxy, names[i]);
      g_autofree char *name = g_ascii_strdown (names[i], -1);

      g_variant_builder_add (&builder, "{sv}", name, value);
    }
  return g_variant_builder_end (&builder);
}

void
pn_ctl_print_variant (GVariant *value)
{
  g_autoptr (GVariant) owned = g_variant_ref_sink (value);
  g_autofree char *text = json_gvariant_serialize_data (owned, NULL);
  g_autofree char *english = pn_sentence_to_english (text);

  puts (english);
  fflush (stdout);
}

int
pn_ctl_print_all (GDBusObjectManager *objects, const char *interface)
{
  g_autoptr (GPtrArray) found = pn_ctl_list_interfaces (objects, interface);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < found->len; i++)
    g_variant_builder_add_value (&builder, pn_ctl_properties (found->pdata[i], NULL));
  pn_ctl_print_variant (g_variant_builder_end (&builder));
  return 0;
}

gboolean
pn_ctl_note_export (PnDbusManager *manager,
                    const char *form,
                    guint count,
                    const char *name,
                    GVariant *value,
                    GError **error)
{
  GVariantBuilder options;

  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", name, value);
  return pn_dbus_manager_call_note_export_sync (
      manager, form, count, g_variant_builder_end (&options), PN_CTL_CALL, -1, NULL, error);
}

int
pn_ctl_fail_remote (const GError *error)
{
  g_autoptr (GError) said = g_error_copy (error);

  pn_error_take_remote (&said);
  return pn_ctl_fail (said);
}
