/* SPDX-License-Identifier: GPL-3.0-or-later */
/* punnetctl records certificate: what the station vouches for. */
#include "config.h"

#include <libintl.h>
#include <stdio.h>

#include "pn-certificate-page.h"
#include "pn-ctl-helper.h"

static PnCertificate *
fetch (PnDbusManager *manager, const char *argument, GError **error)
{
  g_autofree char *json = NULL;
  g_autofree char *signature = NULL;
  gint64 record;

  if (!g_ascii_string_to_signed (argument, 10, 1, G_MAXINT64, &record, NULL))
    {
      g_set_error (error, PN_ERROR, PN_ERROR_INVALID_ARGUMENT,
                   "“%s” is not a record's number; see punnetctl records", argument);
      return NULL;
    }
  if (!pn_dbus_manager_call_certify_record_sync (manager, record, g_variant_new ("a{sv}", NULL),
                                                 PN_CTL_CALL, -1, &json, &signature, NULL, error))
    return NULL;
  return pn_certificate_new (json, signature, error);
}

int
pn_ctl_records_certificate (int argc, char **argv)
{
  g_autofree char *folder = NULL;
  gboolean force = FALSE;
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &folder, "The folder; it is made", "FOLDER" },
    { "force", 0, 0, G_OPTION_ARG_NONE, &force, "Replace certificates that are there", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context =
      g_option_context_new ("NUMBER… — what the station vouches for of these runs");
  g_autoptr (GPtrArray) certificates =
      g_ptr_array_new_with_free_func ((GDestroyNotify) pn_certificate_free);
  g_autoptr (PnDbusManager) manager = NULL;
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_set_description (
      context,
      "For each: NUMBER.json, what was proven; NUMBER.sig, the station's signature of it; "
      "NUMBER.pdf,\n"
      "the same for people, in your language. Beside them the station's public key, an index, and\n"
      "VERIFY.txt, which says how to verify them:\n"
      "  openssl pkeyutl -verify -pubin -inkey station-key.pub -rawin -in X.json -sigfile X.sig\n");
  if (!pn_ctl_parse (context, &argc, &argv, 1, 1000))
    return 2;
  if (folder == NULL)
    {
      fputs ("Say with -o into which folder.\n", stderr);
      return 2;
    }
  /* The page is for people. */
  (void) bindtextdomain (GETTEXT_PACKAGE, PN_LOCALEDIR);
  (void) bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  manager = pn_ctl_connect_manager (&error);
  for (int i = 1; manager != NULL && error == NULL && i < argc; i++)
    {
      PnCertificate *one = fetch (manager, argv[i], &error);

      if (one != NULL)
        g_ptr_array_add (certificates, one);
    }
  if (error != NULL ||
      !pn_certificates_save (certificates, pn_dbus_manager_get_station_key (manager), folder, force,
                             &error))
    return pn_ctl_fail_remote (error);
  for (guint i = 0; i < certificates->len; i++)
    printf ("%s/%s.json\n", folder, ((PnCertificate *) certificates->pdata[i])->name);
  return 0;
}
