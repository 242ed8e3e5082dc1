/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "pn-io.h"
#include "pn-migration-private.h"
#include "pn-old-record-line.h"
#include "pn-old-records.h"
#include "pn-port-rules.h"

#define RECIPE_NAME "rpi-sb-provisioner"
#define RECORDS_DEFAULT "/srv/rpi-sb-provisioner/manufacturing.db"

static const struct
{
  const char *word, *label;
} outcomes[] = {
  [PN_MIGRATION_TAKEN] = { "taken", N_ ("Taken") },
  [PN_MIGRATION_CHANGED] = { "changed", N_ ("Changed") },
  [PN_MIGRATION_LEFT] = { "left", N_ ("Left") },
};

static const struct
{
  const char *word, *label;
} kinds[PN_N_MIGRATION_KINDS] = {
  [PN_MIGRATION_SETTING] = { "setting", N_ ("Configuration") },
  [PN_MIGRATION_KEY] = { "key", N_ ("Signing keys") },
  [PN_MIGRATION_HOOK] = { "hook", N_ ("Hooks") },
  [PN_MIGRATION_PORT_RULES] = { "port-rules", N_ ("USB port rules") },
  [PN_MIGRATION_OVERRIDE] = { "override", N_ ("Special flags of devices") },
  [PN_MIGRATION_RECORDS] = { "records", N_ ("Records") },
  [PN_MIGRATION_BOOT_PACKAGE] = { "boot-package", N_ ("Boot image packages") },
  [PN_MIGRATION_PROBLEM] = { "problem", N_ ("Not readable") },
};

const char *
pn_migration_outcome_to_word (PnMigrationOutcome outcome)
{
  return outcomes[outcome].word;
}

const char *
pn_migration_outcome_to_label (PnMigrationOutcome outcome)
{
  return outcomes[outcome].label;
}

const char *
pn_migration_kind_to_word (PnMigrationKind kind)
{
  return kinds[kind].word;
}

const char *
pn_migration_kind_to_label (PnMigrationKind kind)
{
  return kinds[kind].label;
}

/* ---- items ---- */

static void
item_free (PnMigrationItem *self)
{
  g_free (self->name);
  g_free (self->sentence);
  g_free (self);
}

void
pn_migration_add (PnMigration *self,
                  PnMigrationKind kind,
                  PnMigrationOutcome outcome,
                  const char *name,
                  char *sentence)
{
  PnMigrationItem *item = g_new0 (PnMigrationItem, 1);

  item->kind = kind;
  item->outcome = outcome;
  item->name = g_strdup (name);
  item->sentence = sentence;
  g_ptr_array_add (self->items, item);
}

void
pn_migration_say (PnMigration *self,
                  PnMigrationKind kind,
                  PnMigrationOutcome outcome,
                  const char *name,
                  const char *sentence)
{
  for (guint i = 0; i < self->items->len; i++)
    {
      PnMigrationItem *item = self->items->pdata[i];

      if (item->kind == kind && g_str_equal (item->name, name) && item->outcome != outcome)
        {
          item->outcome = outcome;
          g_free (item->sentence);
          item->sentence = g_strdup (sentence);
        }
    }
}

void
pn_migration_fail (PnMigration *self, PnMigrationKind kind, const char *name, const GError *error)
{
  g_autofree char *sentence = pn_error_to_sentence (error);

  pn_migration_say (self, kind, PN_MIGRATION_LEFT, name, sentence);
}

guint
pn_migration_count (PnMigration *self, PnMigrationOutcome outcome)
{
  guint n = 0;

  for (guint i = 0; i < self->items->len; i++)
    n += ((PnMigrationItem *) self->items->pdata[i])->outcome == outcome;
  return n;
}

/* ---- the plan ---- */

static void
plan_keys (PnMigration *self)
{
  const char *chosen = pn_old_config_get (self->station->config, "CUSTOMER_KEY_FILE_PEM");

  for (guint i = 0; i < self->station->keys->len; i++)
    {
      const PnOldKey *key = self->station->keys->pdata[i];
      gboolean used = key->path != NULL && g_strcmp0 (key->path, chosen) == 0 &&
                      pn_recipe_draft_get (self->draft, PN_RECIPE_KEY) != NULL;
      const char *sentence =
          used                ? N_ ("The recipe uses the file where it lies")
          : key->path == NULL ? N_ ("Keys in tokens are not supported yet; it stays in its token")
          : key->wrapped      ? N_ ("Only the board that the old tool runs on can read it")
                              : N_ ("Not in use; its file stays where it lies");

      pn_migration_add (self, PN_MIGRATION_KEY, used ? PN_MIGRATION_TAKEN : PN_MIGRATION_LEFT,
                        key->label, g_strdup (sentence));
    }
}

/* The first of that name, which masks the others. */
static gboolean
is_masked (GPtrArray *rules, guint index)
{
  const PnOldPortRules *one = rules->pdata[index];

  for (guint i = 0; i < index; i++)
    if (g_str_equal (((PnOldPortRules *) rules->pdata[i])->name, one->name))
      return TRUE;
  return FALSE;
}

static gboolean
check_port_rules (const char *path, GError **error)
{
  g_autoptr (GBytes) text = pn_read_file (path, PN_PORT_RULES_MAX_FILE, error);
  g_autoptr (GPtrArray) patterns = g_ptr_array_new_with_free_func (g_free);
  gsize size = 0;
  const char *data = text != NULL ? g_bytes_get_data (text, &size) : NULL;

  return text != NULL && pn_port_rules_parse (data, size, patterns, error);
}

static void
plan_port_rules (PnMigration *self)
{
  for (guint i = 0; i < self->station->port_rules->len; i++)
    {
      const PnOldPortRules *rules = self->station->port_rules->pdata[i];
      g_autoptr (GError) error = NULL;

      if (is_masked (self->station->port_rules, i))
        pn_migration_add (self, PN_MIGRATION_PORT_RULES, PN_MIGRATION_LEFT, rules->path,
                          g_strdup (N_ ("One of the same name in /etc counts instead")));
      else if (check_port_rules (rules->path, &error))
        pn_migration_add (self, PN_MIGRATION_PORT_RULES, PN_MIGRATION_TAKEN, rules->path,
                          g_strdup (N_ ("Only these sockets are touched")));
      else
        pn_migration_add (self, PN_MIGRATION_PORT_RULES, PN_MIGRATION_LEFT, rules->path,
                          pn_error_to_sentence (error));
    }
}

static void
plan_flags (PnMigration *self)
{
  for (guint i = 0; i < self->station->flags->len; i++)
    {
      PnOldFlag *flag = self->station->flags->pdata[i];
      g_autoptr (PnOverride) override = pn_old_flag_to_override (flag);
      const char *label = pn_override_kind_to_label (flag->kind);

      if (override == NULL)
        {
          pn_migration_add (self, PN_MIGRATION_OVERRIDE, PN_MIGRATION_LEFT, flag->serial,
                            g_strdup (N_ ("That is no serial number")));
          continue;
        }
      pn_migration_add (self, PN_MIGRATION_OVERRIDE, PN_MIGRATION_TAKEN, flag->serial,
                        pn_sentence_format (flag->once ? N_ ("%s, until a run with it has passed")
                                                       : N_ ("%s, until it is cleared"),
                                            label));
      g_ptr_array_add (self->flags, flag);
    }
}

static gboolean
count_cb (GVariant *row, gpointer n, GError **error)
{
  (*(guint *) n)++;
  return TRUE;
}

static void
plan_records (PnMigration *self)
{
  PnOldConfig *config = self->station->config;
  const char *said = pn_old_config_get (config, "RPI_SB_PROVISIONER_MANUFACTURING_DB");
  const char *path;
  g_autoptr (GError) error = NULL;
  guint n = 0;

  if (said == NULL || said[0] == '\0')
    said = pn_old_config_get (config, "RPI_SB_PROVISONER_MANUFACTURING_DB");
  path = said != NULL && said[0] != '\0' ? said : RECORDS_DEFAULT;
  self->records_name = g_strdup (path);
  self->records = pn_old_station_locate (self->station, path);
  if (self->records == NULL)
    {
      pn_migration_add (self, PN_MIGRATION_RECORDS, PN_MIGRATION_LEFT, path,
                        g_strdup (N_ ("It is not there, or you may not read it")));
      return;
    }
  if (pn_old_records_read (self->records, count_cb, &n, &error))
    {
      pn_migration_add (
          self, PN_MIGRATION_RECORDS, PN_MIGRATION_TAKEN, path,
          pn_sentence_format (N_ ("Records that join those here: %s"), PN_NUMBER (n)));
      return;
    }
  pn_migration_add (self, PN_MIGRATION_RECORDS, PN_MIGRATION_LEFT, path,
                    pn_error_to_sentence (error));
  g_clear_pointer (&self->records, g_free);
}

PnMigration *
pn_migration_plan (PnOldStation *station)
{
  PnMigration *self = g_new0 (PnMigration, 1);

  self->station = station;
  self->items = g_ptr_array_new_with_free_func ((GDestroyNotify) item_free);
  self->flags = g_ptr_array_new ();
  self->draft = pn_recipe_draft_new ();
  pn_migration_plan_settings (self);
  plan_keys (self);
  pn_migration_plan_hooks (self);
  plan_port_rules (self);
  plan_flags (self);
  plan_records (self);
  for (guint i = 0; i < station->problems->len; i++)
    pn_migration_add (self, PN_MIGRATION_PROBLEM, PN_MIGRATION_LEFT, "",
                      g_strdup (station->problems->pdata[i]));
  return self;
}

void
pn_migration_free (PnMigration *self)
{
  g_ptr_array_unref (self->items);
  g_ptr_array_unref (self->flags);
  pn_recipe_draft_free (self->draft);
  pn_old_station_free (self->station);
  g_free (self->records);
  g_free (self->records_name);
  g_free (self);
}

GPtrArray *
pn_migration_get_items (PnMigration *self)
{
  return self->items;
}

const PnRecipeDraft *
pn_migration_get_draft (PnMigration *self)
{
  return self->draft;
}

GPtrArray *
pn_migration_get_flags (PnMigration *self)
{
  return self->flags;
}

const char *
pn_migration_get_records_name (PnMigration *self)
{
  return self->records_name;
}

/* ---- doing it ---- */

char *
pn_migration_make_recipe (PnMigration *self, PnRecipeStore *store, char **name, GError **error)
{
  g_autofree char *chosen = pn_recipe_store_choose_name (store, RECIPE_NAME);
  g_autofree char *beside = g_path_get_dirname (pn_recipe_store_get_folder (store));
  g_autofree char *scripts = g_build_filename (beside, "scripts", NULL);
  char *id;

  pn_migration_copy_hooks (self, scripts);
  pn_recipe_draft_set (self->draft, PN_RECIPE_NAME, chosen);
  id = pn_recipe_store_create (store, self->draft, error);
  if (id != NULL)
    *name = g_steal_pointer (&chosen);
  return id;
}

/* One that makes no sense is left out: the others are worth having. */
static gboolean
write_record_cb (GVariant *row, gpointer fd, GError **error)
{
  g_autofree char *line = pn_old_record_to_line (row, NULL);

  return line == NULL || (pn_write_all (GPOINTER_TO_INT (fd), line, strlen (line), error) &&
                          pn_write_all (GPOINTER_TO_INT (fd), "\n", 1, error));
}

int
pn_migration_open_records (PnMigration *self, GError **error)
{
  g_auto (PnFd) fd = self->records != NULL ? pn_temporary_file (error) : -1;

  if (fd < 0 ||
      !pn_old_records_read (self->records, write_record_cb, GINT_TO_POINTER (fd), error) ||
      lseek (fd, 0, SEEK_SET) < 0)
    return -1;
  return g_steal_fd (&fd);
}

void
pn_migration_merged_records (PnMigration *self, guint n_new, guint n_same, guint n_conflicting)
{
  g_autofree char *sentence = pn_sentence_format (
      N_ ("New: %s, there already: %s, with another content than those here, which stay: %s"),
      PN_NUMBER (n_new), PN_NUMBER (n_same), PN_NUMBER (n_conflicting));

  for (guint i = 0; i < self->items->len; i++)
    {
      PnMigrationItem *item = self->items->pdata[i];

      if (item->kind == PN_MIGRATION_RECORDS)
        {
          item->outcome = n_conflicting > 0 ? PN_MIGRATION_CHANGED : PN_MIGRATION_TAKEN;
          g_free (item->sentence);
          item->sentence = g_strdup (sentence);
        }
    }
}

static gboolean
copy_rules (const char *path, const char *folder, GError **error)
{
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *target = g_build_filename (folder, name, NULL);
  g_autoptr (GBytes) text = pn_read_file (path, PN_PORT_RULES_MAX_FILE, error);

  return text != NULL && pn_create_file (target, text, error);
}

void
pn_migration_copy_port_rules (PnMigration *self, const char *folder)
{
  int made = 0;

  for (guint i = 0; i < self->items->len; i++)
    {
      const PnMigrationItem *item = self->items->pdata[i];
      g_autoptr (GError) error = NULL;

      if (item->kind != PN_MIGRATION_PORT_RULES || item->outcome == PN_MIGRATION_LEFT)
        continue;
      if (made == 0)
        made = g_mkdir_with_parents (folder, 0755) == 0 ? 1 : -1;
      if (made < 0)
        pn_set_error_from_errno (&error, errno, "Cannot make %s", folder);
      else
        (void) copy_rules (item->name, folder, &error);
      if (error != NULL)
        pn_migration_fail (self, PN_MIGRATION_PORT_RULES, item->name, error);
    }
}
