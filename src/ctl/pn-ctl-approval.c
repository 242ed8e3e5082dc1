/* SPDX-License-Identifier: GPL-3.0-or-later */
/* punnetctl approvals, approve, refuse: the second person. Also what needs one. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "pn-ctl-helper.h"
#include "pn-second-person.h"

#define PATH PN_CTL_ROOT "/approvals/"

static guint
count_seconds (PnDbusApproval *approval)
{
  gint64 left = pn_dbus_approval_get_expires (approval) - g_get_monotonic_time ();

  return left > 0 ? (guint) (left / G_USEC_PER_SEC) : 0;
}

static const char *
number_of (PnDbusApproval *approval)
{
  return strrchr (g_dbus_proxy_get_object_path (G_DBUS_PROXY (approval)), '/') + 1;
}

static void
print_approval (PnDbusApproval *approval)
{
  GVariant *values = pn_dbus_approval_get_values (approval);
  PnSecondPerson kind = 0;
  guint left = count_seconds (approval);

  (void) pn_second_person_from_word (pn_dbus_approval_get_kind (approval), &kind);
  printf ("Request %s, %u:%02u left: %s\n", number_of (approval), left / 60, left % 60,
          pn_second_person_to_label (kind));
  printf ("  %-28s %s (user %u)\n", "Asked by", pn_dbus_approval_get_user (approval),
          pn_dbus_approval_get_uid (approval));
  for (const PnSecondPersonValue *one = pn_second_person_values (); one->name != NULL; one++)
    {
      g_autofree char *text = pn_second_person_value_to_text (values, one->name);

      if (text[0] != '\0')
        printf ("  %-28s %s\n", one->label, text);
    }
}

static void
print_json (GPtrArray *approvals)
{
  GVariantBuilder all;

  g_variant_builder_init (&all, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < approvals->len; i++)
    {
      g_autoptr (GVariant) values =
          g_variant_ref_sink (pn_ctl_properties (approvals->pdata[i], NULL));
      GVariantDict dict;

      g_variant_dict_init (&dict, values);
      g_variant_dict_insert (&dict, "number", "s", number_of (approvals->pdata[i]));
      g_variant_dict_insert (&dict, "seconds", "u", count_seconds (approvals->pdata[i]));
      g_variant_builder_add_value (&all, g_variant_dict_end (&dict));
    }
  pn_ctl_print_variant (g_variant_builder_end (&all));
}

int
pn_ctl_approvals (int argc, char **argv)
{
  gboolean json;
  int status;
  g_autoptr (GDBusObjectManager) objects =
      pn_ctl_begin_list (argc, argv, "— what waits for a second person", &json, &status);
  g_autoptr (GPtrArray) approvals = NULL;

  if (objects == NULL)
    return status;
  approvals = pn_ctl_list_interfaces (objects, PN_CTL_APPROVAL);
  if (json)
    {
      print_json (approvals);
      return 0;
    }
  if (approvals->len == 0)
    puts ("Nothing waits for a second person.");
  for (guint i = 0; i < approvals->len; i++)
    print_approval (approvals->pdata[i]);
  return 0;
}

/* ---- answers ---- */

/* NULL with @error. (transfer full) */
static PnDbusApproval *
find_approval (const char *number, GError **error)
{
  g_autoptr (GDBusObjectManager) objects = pn_ctl_connect (error);
  g_autofree char *path = g_strconcat (PATH, number, NULL);
  GDBusInterface *found = NULL;

  if (objects == NULL)
    return NULL;
  if (g_variant_is_object_path (path))
    found = g_dbus_object_manager_get_interface (objects, path, PN_CTL_APPROVAL);
  if (found != NULL)
    return PN_DBUS_APPROVAL (found);
  g_set_error (error, PN_ERROR, PN_ERROR_NOT_FOUND,
               "No request “%s” waits for a second person: somebody has answered it, or it has "
               "expired; see punnetctl approvals",
               number);
  return NULL;
}

/* The whole word, so that nobody approves something by habit. */
static gboolean
is_confirmed (void)
{
  char line[16] = "";

  printf ("Type “yes” to approve exactly this: ");
  fflush (stdout);
  if (fgets (line, sizeof line, stdin) == NULL)
    puts ("");
  return g_str_equal (line, "yes\n");
}

int
pn_ctl_approve (int argc, char **argv)
{
  g_autoptr (GOptionContext) context =
      g_option_context_new ("REQUEST — approve, as the second person, what somebody else asks for");
  g_autoptr (PnDbusApproval) approval = NULL;
  g_autoptr (GError) error = NULL;

  if (!pn_ctl_parse (context, &argc, &argv, 1, 1))
    return 2;
  approval = find_approval (argv[1], &error);
  if (approval == NULL)
    return pn_ctl_fail_remote (error);
  print_approval (approval);
  if (pn_dbus_approval_get_uid (approval) == getuid ())
    {
      fputs ("punnetctl: You have asked for this yourself; another user has to approve it\n",
             stderr);
      return 1;
    }
  if (!is_confirmed ())
    {
      fputs ("punnetctl: It was not approved, and not refused; it waits until it expires\n",
             stderr);
      return 1;
    }
  if (!pn_dbus_approval_call_approve_sync (approval, pn_dbus_approval_get_request (approval),
                                           pn_ctl_no_options (), PN_CTL_CALL, -1, NULL, &error))
    return pn_ctl_fail_remote (error);
  puts ("Approved.");
  return 0;
}

int
pn_ctl_refuse (int argc, char **argv)
{
  g_autofree char *reason = NULL;
  const GOptionEntry entries[] = {
    { "reason", 0, 0, G_OPTION_ARG_STRING, &reason, "Why; who asked is told", "TEXT" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (
      "REQUEST — refuse what somebody else asks for, or withdraw what you ask for yourself");
  g_autoptr (PnDbusApproval) approval = NULL;
  g_autoptr (GError) error = NULL;
  gboolean done;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!pn_ctl_parse (context, &argc, &argv, 1, 1))
    return 2;
  approval = find_approval (argv[1], &error);
  if (approval == NULL)
    return pn_ctl_fail_remote (error);
  print_approval (approval);
  if (pn_dbus_approval_get_uid (approval) == getuid ())
    done = pn_dbus_approval_call_withdraw_sync (approval, pn_ctl_no_options (), PN_CTL_CALL, -1,
                                                NULL, &error);
  else
    done = pn_dbus_approval_call_refuse_sync (approval, pn_dbus_approval_get_request (approval),
                                              reason != NULL ? reason : "", pn_ctl_no_options (),
                                              PN_CTL_CALL, -1, NULL, &error);
  if (!done)
    return pn_ctl_fail_remote (error);
  puts (pn_dbus_approval_get_uid (approval) == getuid () ? "Withdrawn." : "Refused.");
  return 0;
}

/* ---- what needs one ---- */

static int
show_wanted (PnDbusManager *manager, gboolean json)
{
  const char *const *words = pn_dbus_manager_get_second_person (manager);
  PnSecondPerson one;

  if (json)
    {
      pn_ctl_print_variant (g_variant_new_strv (words, words != NULL ? -1 : 0));
      return 0;
    }
  if (words == NULL || words[0] == NULL)
    puts ("Nothing needs a second person.");
  for (guint i = 0; words != NULL && words[i] != NULL; i++)
    if (pn_second_person_from_word (words[i], &one))
      printf ("%-10s %s\n", words[i], pn_second_person_to_label (one));
  return 0;
}

int
pn_ctl_station_second_person (int argc, char **argv)
{
  gboolean json = FALSE, none = FALSE;
  const GOptionEntry entries[] = {
    { "none", 0, 0, G_OPTION_ARG_NONE, &none, "Nothing needs a second person any more", NULL },
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "For machines", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (
      "burn|trust|override… — what needs a second person; without any, shows it");
  g_autoptr (PnDbusManager) manager = NULL;
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!pn_ctl_parse (context, &argc, &argv, 0, 3))
    return 2;
  if (none && argc > 1)
    {
      fputs ("punnetctl: Say what needs a second person, or --none, not both\n", stderr);
      return 2;
    }
  manager = pn_ctl_connect_manager (&error);
  if (manager == NULL)
    return pn_ctl_fail_remote (error);
  if (!none && argc == 1)
    return show_wanted (manager, json);
  if (!pn_dbus_manager_call_set_second_person_sync (manager, (const char *const *) argv + 1,
                                                    pn_ctl_no_options (), PN_CTL_CALL, -1, NULL,
                                                    &error))
    return pn_ctl_fail_remote (error);
  return 0;
}
