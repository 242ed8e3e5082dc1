/* SPDX-License-Identifier: GPL-3.0-or-later */
/* punnet: the window. */
#include "config.h"

#include <glib/gi18n.h>

#include "pn-app.h"
#include "pn-secret.h"

int
main (int argc, char **argv)
{
  g_autoptr (PnApp) app = NULL;

  pn_forbid_cores ();
  pn_app_set_up_language ();
  g_set_application_name (_ ("Punnet"));
  app = pn_app_new (G_APPLICATION_DEFAULT_FLAGS);
  return g_application_run (G_APPLICATION (app), argc, argv);
}
