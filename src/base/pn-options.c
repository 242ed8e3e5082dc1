/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "pn-options.h"

#include "pn-error.h"

gboolean
pn_options_check (GVariant *options, const PnOption *known, GError **error)
{
  GVariantIter iter;
  const char *name;
  GVariant *value;

  g_variant_iter_init (&iter, options);
  while (g_variant_iter_next (&iter, "{&sv}", &name, &value))
    {
      g_autoptr (GVariant) owned = value;
      const PnOption *option = known;

      while (option->name != NULL && !g_str_equal (option->name, name))
        option++;
      if (option->name != NULL && g_variant_is_of_type (value, G_VARIANT_TYPE (option->type)))
        continue;
      if (option->name == NULL)
        pn_set_error (error, PN_ERROR_INVALID_ARGUMENT, "There is no option “%s” here", name);
      else
        pn_set_error (error, PN_ERROR_INVALID_ARGUMENT,
                      "The option “%s” has to be of type %s, not %s", name, option->type,
                      g_variant_get_type_string (value));
      return FALSE;
    }
  return TRUE;
}
