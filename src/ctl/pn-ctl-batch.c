/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "pn-ctl-helper.h"

#include "pn-done-policy.h"

/* The new batch's path, or NULL. */
static char *
open_batch (GDBusObjectManager *objects,
            const char *bundle,
            char **slots,
            int count,
            const char *permit,
            const char *reference,
            const char *done,
            GError **error)
{
  g_autoptr (PnDbusManager) manager = pn_ctl_get_manager (objects);
  g_autofree char *digest = pn_ctl_install (objects, bundle, error);
  g_autofree char *path = NULL;
  GVariantBuilder options;

  if (digest == NULL)
    return NULL;
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "count", g_variant_new_uint32 ((guint) count));
  if (permit != NULL)
    g_variant_builder_add (&options, "{sv}", "permit-permanent", g_variant_new_string (permit));
  if (reference != NULL)
    g_variant_builder_add (&options, "{sv}", "reference", g_variant_new_string (reference));
  if (done != NULL)
    g_variant_builder_add (&options, "{sv}", "done", g_variant_new_string (done));
  if (slots != NULL)
    g_variant_builder_add (&options, "{sv}", "slots",
                           g_variant_new_strv ((const char *const *) slots, -1));
  g_dbus_proxy_set_default_timeout (G_DBUS_PROXY (manager), G_MAXINT);
  if (!pn_dbus_manager_call_open_batch_sync (manager, digest, g_variant_builder_end (&options),
                                             PN_CTL_CALL, G_MAXINT, &path, NULL, error))
    return NULL;
  return g_steal_pointer (&path);
}

static void
print_start (const char *path, gboolean json)
{
  GVariantBuilder builder;

  if (!json)
    {
      puts (path);
      fflush (stdout);
      return;
    }
  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "event", g_variant_new_string ("start"));
  g_variant_builder_add (&builder, "{sv}", "path", g_variant_new_string (path));
  pn_ctl_print_variant (g_variant_builder_end (&builder));
}

static gboolean
check_start (int count, gboolean wait, const char *done, GError **error)
{
  PnDonePolicy policy;
  const char *wrong = count < 0 ? "--count has to be 0 or more"
                      : done != NULL && !pn_done_policy_from_word (done, &policy)
                          ? "--done is one of ask, skip and again"
                      : wait && count == 0 ? "--wait needs a --count to wait for"
                                           : NULL;

  if (wrong != NULL)
    g_set_error_literal (error, PN_ERROR, PN_ERROR_INVALID_ARGUMENT, wrong);
  return wrong == NULL;
}

static int
start (int argc, char **argv)
{
  g_auto (GStrv) slots = NULL;
  g_autofree char *permit = NULL;
  g_autofree char *reference = NULL;
  g_autofree char *done = NULL;
  gboolean json = FALSE;
  gboolean wait = FALSE;
  int count = 0;
  const GOptionEntry entries[] = {
    { "slot", 0, 0, G_OPTION_ARG_STRING_ARRAY, &slots, "Only this slot (may be repeated)", "SLOT" },
    { "count", 0, 0, G_OPTION_ARG_INT, &count, "How many devices (0: no limit)", "N" },
    { "permit-permanent", 0, 0, G_OPTION_ARG_STRING, &permit,
      "Consent to what is permanent, in --count devices: the fingerprint of the key that may be "
      "burned, or the digest of a bundle without a key",
      "HEX" },
    { "reference", 0, 0, G_OPTION_ARG_STRING, &reference, "What the batch is for, in its records",
      "TEXT" },
    { "done", 0, 0, G_OPTION_ARG_STRING, &done,
      "What is done with a device that has passed with this bundle before: ask (refuse it until "
      "there is an override), skip or again",
      "ask|skip|again" },
    { "wait", 0, 0, G_OPTION_ARG_NONE, &wait,
      "Stay until --count devices have ended; status 0 where all of them passed", NULL },
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "One JSON object a line", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (
      "BUNDLE — provision devices with a bundle: its folder, its file, - for a "
      "pipe, or the digest of one that is installed");
  g_autoptr (GDBusObjectManager) objects = NULL;
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!pn_ctl_parse (context, &argc, &argv, 1, 1))
    return 2;
  if (!check_start (count, wait, done, &error))
    {
      (void) pn_ctl_fail (error);
      return 2;
    }
  objects = pn_ctl_connect (&error);
  if (objects == NULL ||
      (path = open_batch (objects, argv[1], slots, count, permit, reference, done, &error)) == NULL)
    return pn_ctl_fail_remote (error);
  print_start (path, json);
  return wait ? pn_ctl_watch_runs (objects, &(PnCtlWatching){ .json = json, .batch = path }) : 0;
}

/* "3" or a whole path. */
static PnDbusBatch *
find_batch (GDBusObjectManager *objects, const char *name, GError **error)
{
  g_autofree char *path =
      name[0] == '/' ? g_strdup (name) : g_strdup_printf (PN_CTL_ROOT "/batches/%s", name);
  GDBusInterface *found = g_variant_is_object_path (path)
                              ? g_dbus_object_manager_get_interface (objects, path, PN_CTL_BATCH)
                              : NULL;

  if (found != NULL)
    return PN_DBUS_BATCH (found);
  g_set_error (error, PN_ERROR, PN_ERROR_NOT_FOUND,
               "There is no batch “%s”; `punnetctl batch list` shows them", name);
  return NULL;
}

static int
close_batch (int argc, char **argv)
{
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "For machines", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context =
      g_option_context_new ("BATCH — begin no new run of a batch; those that go are not stopped");
  g_autoptr (GDBusObjectManager) objects = NULL;
  g_autoptr (PnDbusBatch) batch = NULL;
  g_autoptr (GError) error = NULL;
  GVariantBuilder options;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!pn_ctl_parse (context, &argc, &argv, 1, 1))
    return 2;
  objects = pn_ctl_connect (&error);
  if (objects == NULL || (batch = find_batch (objects, argv[1], &error)) == NULL)
    return pn_ctl_fail_remote (error);
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  if (!pn_dbus_batch_call_close_sync (batch, g_variant_builder_end (&options), PN_CTL_CALL, -1,
                                      NULL, &error))
    return pn_ctl_fail_remote (error);
  /* The news came before the answer, and waits to be read. */
  while (!pn_dbus_batch_get_closed (batch) && g_main_context_iteration (NULL, FALSE))
    ;
  if (json)
    pn_ctl_print_variant (pn_ctl_properties (G_DBUS_PROXY (batch), "closed"));
  else
    printf ("%s is closed: %u passed, %u failed, %u set aside, %u refused\n",
            g_dbus_proxy_get_object_path (G_DBUS_PROXY (batch)), pn_dbus_batch_get_passed (batch),
            pn_dbus_batch_get_failed (batch), pn_dbus_batch_get_set_aside (batch),
            pn_dbus_batch_get_refused (batch));
  return 0;
}

static void
print_batch (PnDbusBatch *batch)
{
  const char *number = strrchr (g_dbus_proxy_get_object_path (G_DBUS_PROXY (batch)), '/') + 1;
  const char *const *names = pn_dbus_batch_get_slots (batch);
  g_autofree char *slots = names != NULL ? g_strjoinv (" ", (char **) names) : g_strdup ("");
  g_autofree char *count = pn_dbus_batch_get_count (batch) > 0
                               ? g_strdup_printf ("%u", pn_dbus_batch_get_count (batch))
                               : g_strdup ("any");

  printf ("%-5s %-6s %-24s %6s %6u %6u %9u %7u  %s\n", number,
          pn_dbus_batch_get_closed (batch) ? "closed" : "open", pn_dbus_batch_get_recipe (batch),
          count, pn_dbus_batch_get_passed (batch), pn_dbus_batch_get_failed (batch),
          pn_dbus_batch_get_set_aside (batch), pn_dbus_batch_get_refused (batch),
          slots[0] != '\0' ? slots : "every slot");
}

static int
list (int argc, char **argv)
{
  gboolean json;
  int status;
  g_autoptr (GDBusObjectManager) objects =
      pn_ctl_begin_list (argc, argv, "— the batches of this helper", &json, &status);
  g_autoptr (GPtrArray) batches = NULL;

  if (objects == NULL)
    return status;
  if (json)
    return pn_ctl_print_all (objects, PN_CTL_BATCH);
  batches = pn_ctl_list_interfaces (objects, PN_CTL_BATCH);
  if (batches->len == 0)
    puts ("No batch was started.");
  else
    printf ("%-5s %-6s %-24s %6s %6s %6s %9s %7s  %s\n", "Batch", "State", "Recipe", "Wanted",
            "Passed", "Failed", "Set aside", "Refused", "Slots");
  for (guint i = 0; i < batches->len; i++)
    print_batch (batches->pdata[i]);
  return 0;
}

int
pn_ctl_batch (int argc, char **argv)
{
  static const PnCtlCommand commands[] = {
    { "start", start, "Provision devices with a bundle" },
    { "close", close_batch, "Begin no new run of a batch" },
    { "list", list, "The batches of this helper" },
    { NULL },
  };

  return pn_ctl_commands (commands, argc, argv);
}
