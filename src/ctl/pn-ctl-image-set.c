/* SPDX-License-Identifier: GPL-3.0-or-later */
/* punnetctl image inspect of an image set: what a device will make of it. */
#include "config.h"

#include "pn-ctl.h"

#include <stdio.h>

#include "pn-idp-set.h"

#define MIB (1024.0 * 1024.0)

static const char *
role_of (const PnIdpTarget *target)
{
  switch (target->item->role)
    {
    case PN_IDP_ROLE_BOOT:
      return "boot";
    case PN_IDP_ROLE_SYSTEM:
      return "system";
    case PN_IDP_ROLE_NONE:
    default:
      return "other";
    }
}

static guint64
content_of (PnIdpSet *set, const PnIdpTarget *target)
{
  PnRuns *runs = pn_idp_set_get_runs (set, target->item->image->file);

  return pn_runs_count_bytes (runs, PN_RUN_DATA);
}

static void
print_set (PnIdpSet *set, GPtrArray *plan)
{
  const PnIdp *idp = pn_idp_set_get_description (set);

  printf ("Image set:   %s, version %s\nFor:         %s, %s, sectors of %u bytes\n", idp->name,
          idp->version, idp->device_class, pn_storage_to_word (idp->storage),
          (guint) idp->sector_size);
  printf ("Table:       %s, aligned to %.1f MiB\nNeeds:       %.1f MiB of storage%s\n",
          idp->gpt ? "GPT" : "MBR", idp->alignment / MIB, pn_idp_get_needed (idp) / MIB,
          pn_idp_encrypts (idp) ? ", and the device's own key (DeviceKey in the recipe)" : "");
  for (guint i = 0; i < plan->len; i++)
    {
      const PnIdpTarget *target = plan->pdata[i];

      printf ("  %-24s %10.1f MiB%s %-6s %s (%.1f MiB)%s%s\n", target->node, target->size / MIB,
              target->grows ? "+" : " ", role_of (target), target->item->image->file,
              content_of (set, target) / MIB, target->container != NULL ? ", encrypted with " : "",
              target->container != NULL ? target->container->luks->cipher : "");
    }
}

static void
add_target (JsonBuilder *builder, PnIdpSet *set, const PnIdpTarget *target)
{
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "device");
  json_builder_add_string_value (builder, target->node);
  json_builder_set_member_name (builder, "file");
  json_builder_add_string_value (builder, target->item->image->file);
  json_builder_set_member_name (builder, "size");
  json_builder_add_int_value (builder, (gint64) target->size);
  json_builder_set_member_name (builder, "grows");
  json_builder_add_boolean_value (builder, target->grows);
  json_builder_set_member_name (builder, "content");
  json_builder_add_int_value (builder, (gint64) content_of (set, target));
  json_builder_set_member_name (builder, "role");
  json_builder_add_string_value (builder, role_of (target));
  json_builder_set_member_name (builder, "slot");
  json_builder_add_string_value (builder, target->item->slot != NULL ? target->item->slot : "");
  json_builder_set_member_name (builder, "cipher");
  json_builder_add_string_value (builder,
                                 target->container != NULL ? target->container->luks->cipher : "");
  json_builder_end_object (builder);
}

static int
set_to_json (PnIdpSet *set, GPtrArray *plan)
{
  const PnIdp *idp = pn_idp_set_get_description (set);
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "image-set");
  json_builder_add_string_value (builder, idp->name);
  json_builder_set_member_name (builder, "version");
  json_builder_add_string_value (builder, idp->version);
  json_builder_set_member_name (builder, "device-class");
  json_builder_add_string_value (builder, idp->device_class);
  json_builder_set_member_name (builder, "storage");
  json_builder_add_string_value (builder, pn_storage_to_word (idp->storage));
  json_builder_set_member_name (builder, "table");
  json_builder_add_string_value (builder, idp->gpt ? "gpt" : "mbr");
  json_builder_set_member_name (builder, "needs");
  json_builder_add_int_value (builder, (gint64) pn_idp_get_needed (idp));
  json_builder_set_member_name (builder, "encrypted");
  json_builder_add_boolean_value (builder, pn_idp_encrypts (idp));
  json_builder_set_member_name (builder, "targets");
  json_builder_begin_array (builder);
  for (guint i = 0; i < plan->len; i++)
    add_target (builder, set, plan->pdata[i]);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  return pn_ctl_print_json (builder);
}

int
pn_ctl_inspect_image_set (const char *path, gboolean json)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PnIdpSet) set = pn_idp_set_open (path, NULL, NULL, &error);
  g_autoptr (GPtrArray) plan = NULL;

  if (set == NULL)
    return pn_ctl_fail (error);
  plan = pn_idp_plan (pn_idp_set_get_description (set));
  if (json)
    return set_to_json (set, plan);
  print_set (set, plan);
  return 0;
}
