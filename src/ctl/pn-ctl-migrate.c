/* SPDX-License-Identifier: GPL-3.0-or-later */
/* punnetctl migrate: the move from rpi-sb-provisioner. */
#include "config.h"

#include <gio/gunixfdlist.h>
#include <stdio.h>

#include "pn-ctl-helper.h"
#include "pn-io.h"
#include "pn-migration.h"
#include "pn-port-rules.h"
#include "pn-sentence.h"

static gboolean
add_override (PnDbusManager *manager, const PnOldFlag *flag, GError **error)
{
  g_autoptr (PnOverride) override = pn_old_flag_to_override (flag);
  GVariantBuilder options;

  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "serial", g_variant_new_string (override->serial));
  g_variant_builder_add (&options, "{sv}", "once", g_variant_new_boolean (override->once));
  return pn_dbus_manager_call_add_override_sync (manager, pn_override_kind_to_word (override->kind),
                                                 override->reason, g_variant_builder_end (&options),
                                                 PN_CTL_CALL, -1, NULL, NULL, error);
}

static void
add_overrides (PnMigration *migration, PnDbusManager *manager, const GError *missing)
{
  GPtrArray *flags = pn_migration_get_flags (migration);

  for (guint i = 0; i < flags->len; i++)
    {
      const PnOldFlag *flag = flags->pdata[i];
      g_autoptr (GError) error = NULL;

      if (manager == NULL)
        pn_migration_fail (migration, PN_MIGRATION_OVERRIDE, flag->serial, missing);
      else if (!add_override (manager, flag, &error))
        {
          pn_error_take_remote (&error);
          pn_migration_fail (migration, PN_MIGRATION_OVERRIDE, flag->serial, error);
        }
    }
}

static gboolean
merge_records (PnMigration *migration, PnDbusManager *manager, int fd, GError **error)
{
  g_autoptr (GUnixFDList) fds = g_unix_fd_list_new ();
  g_autoptr (GVariant) conflicts = NULL;
  guint n_new, n_same, n_conflicting;

  if (g_unix_fd_list_append (fds, fd, error) < 0 ||
      !pn_dbus_manager_call_merge_records_sync (manager, g_variant_new_handle (0),
                                                PN_MIGRATION_STATION, pn_ctl_no_options (),
                                                PN_CTL_CALL, G_MAXINT, fds, &n_new, &n_same,
                                                &n_conflicting, &conflicts, NULL, NULL, error))
    return FALSE;
  pn_migration_merged_records (migration, n_new, n_same, n_conflicting);
  return TRUE;
}

static void
take_records (PnMigration *migration, PnDbusManager *manager, const GError *missing)
{
  const char *name = pn_migration_get_records_name (migration);
  g_autoptr (GError) error = NULL;
  g_auto (PnFd) fd = manager != NULL ? pn_migration_open_records (migration, &error) : -1;

  if (manager == NULL)
    pn_migration_fail (migration, PN_MIGRATION_RECORDS, name, missing);
  else if (fd >= 0 && !merge_records (migration, manager, fd, &error))
    pn_error_take_remote (&error);
  if (error != NULL)
    pn_migration_fail (migration, PN_MIGRATION_RECORDS, name, error);
}

/* What the helper keeps; without one it stays where it is. */
static void
tell_helper (PnMigration *migration)
{
  g_autoptr (GError) missing = NULL;
  g_autoptr (PnDbusManager) manager = pn_ctl_connect_manager (&missing);

  add_overrides (migration, manager, missing);
  take_records (migration, manager, missing);
}

/* FALSE where the recipe could not be kept. */
static gboolean
apply (PnMigration *migration, const char *ports, char **name, GError **error)
{
  g_autoptr (PnRecipeStore) store = pn_recipe_store_new (NULL, NULL);
  g_autofree char *id = pn_migration_make_recipe (migration, store, name, error);
  g_autofree char *own =
      g_build_filename (g_get_user_config_dir (), "punnet", PN_PORT_RULES_FOLDER, NULL);

  if (id == NULL)
    return FALSE;
  pn_migration_copy_port_rules (migration, ports != NULL ? ports : own);
  tell_helper (migration);
  return TRUE;
}

static int
print_json (PnMigration *migration, const char *recipe)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  GPtrArray *items = pn_migration_get_items (migration);

  json_builder_begin_object (builder);
  pn_ctl_add_string (builder, "recipe", recipe);
  json_builder_set_member_name (builder, "items");
  json_builder_begin_array (builder);
  for (guint i = 0; i < items->len; i++)
    {
      const PnMigrationItem *item = items->pdata[i];
      g_autofree char *text = pn_sentence_to_english (item->sentence);

      json_builder_begin_object (builder);
      pn_ctl_add_string (builder, "kind", pn_migration_kind_to_word (item->kind));
      pn_ctl_add_string (builder, "outcome", pn_migration_outcome_to_word (item->outcome));
      pn_ctl_add_string (builder, "name", item->name);
      pn_ctl_add_string (builder, "sentence", text);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  return pn_ctl_print_json (builder);
}

static void
print_kind (PnMigration *migration, PnMigrationKind kind)
{
  GPtrArray *items = pn_migration_get_items (migration);
  gboolean first = TRUE;

  for (guint i = 0; i < items->len; i++)
    {
      const PnMigrationItem *item = items->pdata[i];
      g_autofree char *text = pn_sentence_to_english (item->sentence);

      if (item->kind != kind)
        continue;
      if (first)
        printf ("\n%s\n", pn_migration_kind_to_label (kind));
      first = FALSE;
      printf ("  %-8s %s%s%s\n", pn_migration_outcome_to_word (item->outcome), item->name,
              item->name[0] != '\0' ? ": " : "", text);
    }
}

static void
print_report (PnMigration *migration, const char *recipe)
{
  if (recipe != NULL)
    printf ("The configuration is the recipe “%s” now, a draft: `punnetctl recipe check` says what "
            "it lacks.\n",
            recipe);
  else
    puts ("Nothing is done yet; this is what would be done.");
  for (guint kind = 0; kind < PN_N_MIGRATION_KINDS; kind++)
    print_kind (migration, (PnMigrationKind) kind);
  printf ("\n%u taken, %u changed, %u left. The old installation stays as it is.\n",
          pn_migration_count (migration, PN_MIGRATION_TAKEN),
          pn_migration_count (migration, PN_MIGRATION_CHANGED),
          pn_migration_count (migration, PN_MIGRATION_LEFT));
}

int
pn_ctl_migrate (int argc, char **argv)
{
  g_autofree char *root = NULL;
  g_autofree char *ports = NULL;
  gboolean dry_run = FALSE, json = FALSE;
  const GOptionEntry entries[] = {
    { "root", 0, 0, G_OPTION_ARG_FILENAME, &root,
      "The folder that holds its etc and srv folders, where they were copied from another machine",
      "FOLDER" },
    { "usb-ports", 0, 0, G_OPTION_ARG_FILENAME, &ports,
      "Where port rules go, instead of your own folder; for a station, as root: "
      "/etc/punnet/usb-ports.d",
      "FOLDER" },
    { "dry-run", 0, 0, G_OPTION_ARG_NONE, &dry_run, "Only say what would be done", NULL },
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "For machines", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context =
      g_option_context_new ("— take over what rpi-sb-provisioner has on this machine");
  g_autoptr (PnMigration) migration = NULL;
  g_autofree char *recipe = NULL;
  g_autoptr (GError) error = NULL;
  PnOldStation *station;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!pn_ctl_parse (context, &argc, &argv, 0, 0))
    return 2;
  station = pn_old_station_read (root != NULL ? root : "/", &error);
  if (station == NULL)
    return pn_ctl_fail (error);
  migration = pn_migration_plan (station);
  if (!dry_run && !apply (migration, ports, &recipe, &error))
    return pn_ctl_fail (error);
  if (json)
    return print_json (migration, recipe);
  print_report (migration, recipe);
  return 0;
}
